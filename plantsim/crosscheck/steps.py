"""Each step has units that can do it, alone or with others, one batch or several."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from plantsim.crosscheck.recipes import procedure_of
from plantsim.errors import Fault, did_you_mean
from plantsim.plant import Unit
from plantsim.recipe import Product
from plantsim.step import Step
from plantsim.unitops.model import Operation, Own

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


def steps_of(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], Product, Step]]:
    for product, recipe in scenario.products.items():
        for name, step in recipe.steps.items():
            yield ("products", product, "steps", name), recipe, step


def able_words(scenario: Scenario) -> dict[str, None]:
    """What a step may name."""
    kinds = (unit.kind for unit in scenario.units.values())
    return dict.fromkeys([*kinds, *scenario.units, *scenario.plant.unit_names])


def able(scenario: Scenario) -> Iterator[Fault]:
    """For each step there is a unit that can do it."""
    known = able_words(scenario)
    for at, _, step in steps_of(scenario):
        if not scenario.plant.units_for(step.on):
            hint = did_you_mean(step.on, known)
            yield Fault((*at, "on"), f"no unit can do this step: there is no {step.on!r}{hint}")


def moving_on(scenario: Scenario) -> Iterator[Fault]:
    """A batch finds another unit than the one that it is in, or a buffer in which to wait for it."""
    for at, recipe, step in steps_of(scenario):
        units, procedure = scenario.plant.units_for(step.on), procedure_of(recipe)
        before = procedure.before[at[3]] if procedure is not None else ()
        if len(units) != 1 or len(before) != 1 or step.split or step.joins or step.pools:
            continue
        if scenario.plant.units_for(recipe.steps[before[0]].on) == units and _no_way_back(scenario, units[0]):
            here = scenario.plant.unit_names[units[0]]
            text = f"comes after {before[0]!r}, which is on {here!r} too: no batch goes from a unit to the same one"
            yield Fault((*at, "on"), f"{text}; make them phases of one step, or give it a buffer or a second unit")


def _no_way_back(scenario: Scenario, single: str) -> bool:
    """Whether no buffer leads from a unit, which holds one batch or one load, back to it."""
    plant = scenario.plant
    apart = scenario.units[plant.unit_names[single]].places > 1
    return not (apart or any(single in plant.reach(buffer)[0] for buffer in plant.reach(single)[1]))


def fitting(scenario: Scenario) -> Iterator[Fault]:
    """Units have a rate where a step has no time, and take the batch."""
    plant, masses = scenario.plant, {name: _masses(scenario, each) for name, each in scenario.products.items()}
    for at, _, step in steps_of(scenario):
        doing = [scenario.units[name] for name in dict.fromkeys(map(plant.unit_names.get, plant.units_for(step.on)))]  # type: ignore[index]
        if not doing:
            continue
        if step.by_rate and any(unit.rate is None for unit in doing):
            yield Fault(at, f"has no time, and not every unit of {step.on!r} has a rate; give one of them")
        most = max(inf if unit.load is None else unit.load for unit in doing)
        mass = masses[at[1]][at[3]]
        if most < mass * (1.0 - 1e-12):
            text = f"no unit can do this step: the batch is {mass:g} kg, the largest load {most:g} kg"
            yield Fault((*at, "on"), text)


def _masses(scenario: Scenario, recipe: Product) -> dict[str, float]:
    procedure = procedure_of(recipe)
    return procedure.masses(scenario.plant.units_for) if procedure else dict.fromkeys(recipe.steps, 0.0)


def models(scenario: Scenario) -> Iterator[Fault]:
    """Figures of units are those that a model on them reads; the first model of a recipe finds what it reads."""
    for at, recipe, step in steps_of(scenario):
        if isinstance(step.model, Operation) and recipe.charge is None and step.made_of is None:
            text = f"the model needs to know what a batch is made of: give the product a charge, {_charge(step.model)}"
            yield Fault((*at, "model"), text)
        elif isinstance(step.model, Operation) and _first(recipe, at[3]):
            told = _told(scenario, recipe, at[3])
            for word in step.model.reads:
                if word not in told:
                    whose = "charge of the product" if step.made_of is None else "batch of its own"
                    yield Fault(
                        (*at, "model"), f"reads {word!r}, which the {whose} does not have{did_you_mean(word, told)}"
                    )
    for name, unit in scenario.units.items():
        yield from _design(scenario, name, unit)


def _charge(model: Operation) -> str:
    return "such as {quality: {" + ", ".join(f"{word}: 0.25" for word in model.reads) + "}}"


def _first(recipe: Product, name: str) -> bool:
    """Whether no step before this one has a model, which might say more of a batch."""
    procedure = procedure_of(recipe)
    return procedure is not None and all(recipe.steps[each].model is None for each in procedure.upstream[name])


def _told(scenario: Scenario, recipe: Product, name: str) -> dict[str, None]:
    """The attributes that are told of what comes to a step: of the batch, of side branches, of what steps take."""
    procedure = procedure_of(recipe)
    here = {name, *(procedure.upstream[name] if procedure is not None else ())}
    steps = {word: step for word, step in recipe.steps.items() if word in here}
    first = [step for word, step in steps.items() if procedure is None or step.made_of or not procedure.before[word]]
    made = [recipe.charge if step.made_of is None else step.made_of for step in first]
    taken = [word for step in steps.values() for word in step.takes if word in scenario.materials]
    lots = [scenario.materials[word].charge for word in taken]
    return dict.fromkeys(word for each in (*made, *lots) if each is not None for word in each.quality)


def _design(scenario: Scenario, name: str, unit: Unit) -> Iterator[Fault]:
    """The figures of a unit fit the models of the steps on it."""
    if not unit.design:
        return
    singles = {single for single, group in scenario.plant.unit_names.items() if group == name}
    on_it = [step.model for _, _, step in steps_of(scenario) if singles & {*scenario.plant.units_for(step.on)}]
    known = dict.fromkeys(word for model in on_it if isinstance(model, Operation) for word in model.words)
    for word, figure in unit.design.items():
        if word not in known and not any(isinstance(model, Own) for model in on_it):
            text = f"no model of a step on it reads {word!r}{did_you_mean(word, known)}"
            yield Fault(("units", name, "design", word), text)
        for model in on_it:
            wrong = model.misfit(word, figure) if isinstance(model, Operation) else ""
            if wrong:
                yield Fault(("units", name, "design", word), wrong)
                break


def company(scenario: Scenario) -> Iterator[Fault]:
    """What a step keeps beside its own unit is there, in that number, and may be kept so."""
    plant, known = scenario.plant, able_words(scenario)
    for at, _, step in steps_of(scenario):
        seen = set(plant.units_for(step.on))
        for word, number in step.with_.items():
            units = plant.units_for(word)
            if not units:
                yield Fault((*at, "with"), f"there is no {word!r}{did_you_mean(word, known)}")
            elif len(units) < number or number != int(number):
                yield Fault((*at, "with"), f"needs {number} of {word!r}, of which there are {len(units)}")
            elif not seen.isdisjoint(units):
                yield Fault((*at, "with"), f"{word!r} is named twice: a unit is on the step, or with it, once")
            seen.update(units)
            for name in dict.fromkeys(plant.unit_names[unit] for unit in units):
                for text in _not_beside(scenario.units[name]):
                    yield Fault(("units", name), f"{text}, which a step can't keep beside its own unit ({word!r})")
        if step.with_ and step.hold == 0.0:
            yield Fault((*at, "with"), "several units can't be booked ahead: no 'hold: 0 h' with it")


def _not_beside(unit: Unit) -> Iterator[str]:
    if unit.calendar:
        yield "has a calendar"
    if unit.holds > 1:
        yield "holds several batches"


def holding(scenario: Scenario) -> Iterator[Fault]:
    """A unit that takes several batches together may wait for more, which zero wait forbids."""
    plant = scenario.plant
    for product, recipe in scenario.products.items():
        steps = list(recipe.steps.items())
        for number, (name, step) in enumerate(steps):
            zero = step.hold == 0.0 and number + 1 < len(steps)
            chained = zero or (number > 0 and steps[number - 1][1].hold == 0.0)
            able = [plant.unit_names[unit] for unit in plant.units_for(step.on)]
            if number > 0 and steps[number - 1][1].hold == 0.0 and step.with_:
                text = "several units can't be booked ahead: no 'hold: 0 h' before it"
                yield Fault(("products", product, "steps", name), text)
            yield from _apart(scenario, ("products", product, "steps", name), step, able)
            if chained and any(scenario.units[unit].holds > 1 for unit in able):
                text = f"{step.on!r} holds several batches, which can't be booked ahead: no 'hold: 0 h' before or after"
                yield Fault(("products", product, "steps", name), text)


def _apart(scenario: Scenario, at: tuple[str, ...], step: Step, able: list[str]) -> Iterator[Fault]:
    """What batches that come and go each at its own time share, none of them can keep or slow down for itself."""
    units = {name: scenario.units[name] for name in dict.fromkeys(able) if not scenario.units[name].together}
    if units and step.keeps:
        text = f"batches come and go in {step.on!r} each at its own time: say under 'needs' what each uses meanwhile"
        yield Fault((*at, "keeps"), text)


def slowing(scenario: Scenario) -> Iterator[Fault]:
    """A unit in which each batch goes its own way works at its rate, or not at all."""
    for name, unit in scenario.units.items():
        for mode in unit.failures:
            rule = scenario.failures.get(mode)
            if not unit.together and rule is not None and rule.rate < 1.0:
                text = f"its batches come and go each at its own time, and can't all slow down: {mode!r} has a rate"
                yield Fault(("units", name), text)

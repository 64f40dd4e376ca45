"""Cross-checks: what one part of a scenario says of another must be there, fit, and be reachable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from plantsim.containercheck import containers
from plantsim.errors import Fault, did_you_mean
from plantsim.moving import Transfer, ends, placed
from plantsim.plant import Timetable, Unit
from plantsim.recipe import Product, Step
from plantsim.recipecheck import after, clearance, parts, procedure_of
from plantsim.unitops.model import Operation, Own
from plantsim.utility import RATES, Utility

if TYPE_CHECKING:
    from plantsim.cleaning import Clean, Cleaning
    from plantsim.scenario import Scenario

Check: TypeAlias = "Callable[[Scenario], Iterator[Fault]]"
RULES = ("first_come", "least_changeover", "earliest_due", "shortest_first")


def faults(scenario: Scenario, without: Collection[Check] = ()) -> Iterator[Fault]:
    """All that does not fit together, less what some checks would find."""
    for check in CHECKS:
        if check not in without:
            yield from check(scenario)


def names(scenario: Scenario) -> Iterator[Fault]:
    """Names are unique over units, buffers, pools, utilities, materials and tests, since causes and links use them."""
    seen: dict[str, str] = {}
    for place in ("units", "buffers", "pools", "utilities", "materials", "tests"):
        for name in getattr(scenario, place):
            if name in seen:
                yield Fault((place, name), f"the name {name!r} is taken in {seen[name]}; give it another")
            elif name in scenario.plant.unit_names:
                unit = scenario.plant.unit_names[name]
                yield Fault((place, name), f"the name {name!r} is taken by a single unit of {unit!r}; give it another")
            if not name.strip() or "->" in name:
                yield Fault((place, name), "a name needs a letter or a figure, and no '->' in it; give it another")
            seen.setdefault(name, place)


def contents(scenario: Scenario) -> Iterator[Fault]:
    """Something is there to play, for a time that can be told."""
    if not scenario.units:
        yield Fault(("units",), "a plant needs at least one unit")
    if not scenario.orders:
        yield Fault(("orders",), "nothing is ordered; give at least one order")
    if scenario.report.from_ >= scenario.run.horizon:
        text = f"must be before the horizon of {scenario.run.horizon:g} h, got {scenario.report.from_:g} h"
        yield Fault(("report", "from"), text)
    try:
        datetime.fromisoformat(scenario.start or "2027-03-01")
    except ValueError:
        yield Fault(("start",), f"expected a date and time such as 2027-03-01T06:00, got {scenario.start!r}")


def words(scenario: Scenario) -> Iterator[Fault]:
    """Rules, modes, calendars and pools that units and pools name are there."""
    for name, unit in scenario.units.items():
        yield from _unit_words(scenario, ("units", name), unit)
    for name, pool in scenario.pools.items():
        yield from _unknown(("pools", name, "calendar"), pool.calendar, scenario.calendars, "calendar")
    for place in ("failures", "maintenance"):
        for name, rule in getattr(scenario, place).items():
            yield from _lent(scenario, (place, name, "pool"), {rule.pool: 1} if rule.pool else {})


def cleaning(scenario: Scenario) -> Iterator[Fault]:
    """The cleans and products that a cleaning rule names are there, and what they need."""
    for name, rule in scenario.cleaning.items():
        at = ("cleaning", name)
        times = [law.mean_hours for law in (rule.minor, rule.major, rule.setup) if law is not None]
        yield from _needs(scenario, (*at, "needs"), rule.needs, max(times, default=0.0))
        for word in ("minor", "major", "setup"):
            if getattr(rule, word) is not None and word in rule.cleans:
                yield Fault((*at, word), f"is given in cleans too; give {word!r} once")
        for word, clean in rule.cleans.items():
            yield from _clean_needs(scenario, (*at, "cleans", word), clean)
        yield from _clean_words(rule, at)
        for word, following in rule.between.items():
            for product in (word, *following):
                yield from _unknown((*at, "between", word), product, scenario.products, "product")
        for product in rule.turns:
            yield from _unknown((*at, "turns"), product, scenario.products, "product")


def _clean_needs(scenario: Scenario, at: tuple[str, ...], clean: Clean) -> Iterator[Fault]:
    hours = [phase.time.mean_hours for name, phase in clean.parts.items() if name != "verification"]
    yield from _needs(scenario, (*at, "needs"), clean.needs, max(hours))
    for name, phase in clean.phases.items():
        both = {pool: number + clean.needs.get(pool, 0) for pool, number in phase.needs.items()}
        yield from _needs(scenario, (*at, "phases", name, "needs"), both, phase.time.mean_hours)
    if clean.verify is not None:
        yield from _needs(scenario, (*at, "verify", "needs"), clean.verify.needs, clean.verify.time.mean_hours)
        if clean.verify.fails >= 1.0:
            yield Fault((*at, "verify", "fails"), "must be less than 1, got 1: the clean would be repeated for ever")


def _clean_words(rule: Cleaning, at: tuple[str, ...]) -> Iterator[Fault]:
    """Each clean that a rule names is one of its own, and does what it is named for."""
    known = (*rule.named, "none")
    for last, following in rule.between.items():
        for word in following.values():
            yield from _unknown((*at, "between", last), word, known, "clean")
    for limit in ("after_dirty_hold", "after_clean_hold", "after_sterile_hold", "after_opening"):
        word = getattr(rule, limit)
        if limit in rule.model_fields_set:
            yield from _unknown((*at, limit.replace("_", " ")), word, known, "clean")
        if limit != "after_sterile_hold" and word in rule.named and rule.named[word].sterilises:
            yield Fault((*at, limit.replace("_", " ")), f"{word!r} only sterilises a unit that is clean; name another")
    if "major" in rule.named and not rule.renews("major"):
        yield Fault((*at, "cleans", "major", "renews"), "must be true: a limit ends with the major clean")


def _unit_words(scenario: Scenario, at: tuple[str, ...], unit: Unit) -> Iterator[Fault]:
    yield from _unknown((*at, "cleaning"), unit.cleaning, scenario.cleaning, "cleaning rule")
    yield from _unknown((*at, "calendar"), unit.calendar, scenario.calendars, "calendar")
    for each in unit.failures:
        yield from _unknown((*at, "failures"), each, scenario.failures, "failure mode")
    for each in unit.maintenance:
        yield from _unknown((*at, "maintenance"), each, scenario.maintenance, "maintenance")


def _unknown(path: tuple[str, ...], word: str, known: Iterable[str], what: str) -> Iterator[Fault]:
    if word and word not in known:
        yield Fault(path, f"there is no {what} {word!r}{did_you_mean(word, known)}")


def _needs(scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, float], hours: float) -> Iterator[Fault]:
    """What is needed for so long is there: pools, and rates of utilities."""
    known = (*scenario.pools, *scenario.utilities)
    for name, rate in needs.items():
        if name in scenario.utilities:
            yield from _drawn(path, name, scenario.utilities[name], rate, hours)
        elif name not in scenario.pools:
            yield from _unknown(path, name, known, "pool or utility" if scenario.utilities else "pool")
    yield from _lent(scenario, path, {name: number for name, number in needs.items() if name in scenario.pools})


def _drawn(path: tuple[str, ...], name: str, utility: Utility, rate: float, hours: float) -> Iterator[Fault]:
    unit = RATES[utility.unit]
    if rate > utility.most:
        text = f"draws {rate:g} {unit} of {name!r}, which gives at most {utility.most:g} {unit}"
        yield Fault(path, f"{text}: nothing would ever begin")
    elif not utility.carries(rate, hours):
        text = f"draws {rate:g} {unit} of {name!r} for {hours:g} h, more than its full tank lasts"
        yield Fault(path, f"{text}: nothing would ever begin")


def _lent(scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, float]) -> Iterator[Fault]:
    for name, count in needs.items():
        if name in scenario.utilities:
            yield Fault(path, f"{name!r} is a utility, which is drawn in acts: name it under the needs of a step")
            continue
        yield from _unknown(path, name, scenario.pools, "pool")
        if name in scenario.pools and count > scenario.pools[name].count:
            size = scenario.pools[name].count
            yield Fault(path, f"needs {count:g} of {name!r}, which has only {size}: nothing would ever begin")


def links(scenario: Scenario) -> Iterator[Fault]:
    """Links lead from somewhere to somewhere."""
    known = [*scenario.units, *scenario.buffers, *(unit.kind for unit in scenario.units.values())]
    for number, pair in enumerate(scenario.links):
        for name in pair:
            if not scenario.plant.singles(name):
                yield Fault(("links", number), f"there is no unit or buffer {name!r}{did_you_mean(name, known)}")


def areas(scenario: Scenario) -> Iterator[Fault]:
    """The areas in which units and buffers stand are there."""
    for place in ("units", "buffers"):
        for name, thing in getattr(scenario, place).items():
            yield from _unknown((place, name, "area"), thing.area, scenario.areas, "area")


def transfers(scenario: Scenario) -> Iterator[Fault]:
    """Transfers go over links that are there, once, by what is there, between positions if these count."""
    plant, seen = scenario.plant, dict[tuple[str, str], str]()
    known = [*scenario.units, *scenario.buffers, *(unit.kind for unit in scenario.units.values())]
    for name, transfer in scenario.transfers.items():
        at = ("transfers", name)
        yield from _lent(scenario, (*at, "pipe"), {transfer.pipe: 1} if transfer.pipe else {})
        yield from _lent(scenario, (*at, "by"), transfer.by)
        if transfer.pipe in transfer.by:
            yield Fault((*at, "by"), f"{transfer.pipe!r} is the pipe: what goes through it needs it once")
        for word in (word for pair in transfer.links for word in pair if not plant.singles(word)):
            yield Fault((*at, "links"), f"there is no unit or buffer {word!r}{did_you_mean(word, known)}")
        firsts = dict.fromkeys(seen.setdefault(pair, name) for pair in ends(plant, transfer))
        for first in firsts:
            if first != name:
                yield Fault((*at, "links"), f"goes over a link of {first!r}, too: name each link in one transfer")
        yield from _reached(scenario, (*at, "links"), transfer)


def _reached(scenario: Scenario, at: tuple[str, ...], transfer: Transfer) -> Iterator[Fault]:
    """Batches go over the links of a transfer, and a distance of them is known if it counts."""
    plant = scenario.plant
    for here, there in transfer.links:
        pairs = [(a, b) for a in plant.singles(here) for b in plant.singles(there)]
        if pairs and not any(plant.direct(*pair) for pair in pairs):
            yield Fault(at, f"no batch goes from {here!r} to {there!r}: link them, or leave it out")
        if transfer.speed is None or transfer.distance is not None:
            continue
        for word in (here, there):
            if any(placed(plant, single).at is None for single in plant.singles(word)):
                yield Fault(at, f"{word!r} has no position: give it one, such as 'at: [4 m, 2 m]', or give a distance")


def calendars(scenario: Scenario) -> Iterator[Fault]:
    """Each calendar opens once at least."""
    for name, calendar in scenario.calendars.items():
        timetable = Timetable(calendar)
        if not timetable.is_open(0) and timetable.change(0) > scenario.run.horizon * 3_600_000:
            yield Fault(("calendars", name), f"never opens within the horizon of {scenario.run.horizon:g} h")


def _steps(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], Product, Step]]:
    for product, recipe in scenario.products.items():
        for name, step in recipe.steps.items():
            yield ("products", product, "steps", name), recipe, step


def _able_words(scenario: Scenario) -> dict[str, None]:
    """What a step may name."""
    kinds = (unit.kind for unit in scenario.units.values())
    return dict.fromkeys([*kinds, *scenario.units, *scenario.plant.unit_names])


def able(scenario: Scenario) -> Iterator[Fault]:
    """For each step there is a unit that can do it."""
    known = _able_words(scenario)
    for at, _, step in _steps(scenario):
        if not scenario.plant.units_for(step.on):
            hint = did_you_mean(step.on, known)
            yield Fault((*at, "on"), f"no unit can do this step: there is no {step.on!r}{hint}")


def fitting(scenario: Scenario) -> Iterator[Fault]:
    """Units have a rate where a step has no time, and take the batch."""
    plant, masses = scenario.plant, {name: _masses(scenario, each) for name, each in scenario.products.items()}
    for at, _, step in _steps(scenario):
        doing = [scenario.units[name] for name in dict.fromkeys(map(plant.unit_names.get, plant.units_for(step.on)))]  # type: ignore[index]
        if not doing:
            continue
        if step.time is None and step.model is None and any(unit.rate is None for unit in doing):
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
    for at, recipe, step in _steps(scenario):
        if isinstance(step.model, Operation) and recipe.charge is None:
            text = f"the model needs to know what a batch is made of: give the product a charge, {_charge(step.model)}"
            yield Fault((*at, "model"), text)
        elif isinstance(step.model, Operation) and recipe.charge is not None:
            for word in step.model.reads:
                if word not in recipe.charge.quality and step is _first(recipe):
                    known = did_you_mean(word, recipe.charge.quality)
                    yield Fault((*at, "model"), f"reads {word!r}, which the charge of the product does not have{known}")
    for name, unit in scenario.units.items():
        yield from _design(scenario, name, unit)


def _charge(model: Operation) -> str:
    return "such as {quality: {" + ", ".join(f"{word}: 0.25" for word in model.reads) + "}}"


def _first(recipe: Product) -> Step | None:
    """The first step with a model."""
    return next((step for step in recipe.steps.values() if step.model is not None), None)


def _design(scenario: Scenario, name: str, unit: Unit) -> Iterator[Fault]:
    """The figures of a unit fit the models of the steps on it."""
    if not unit.design:
        return
    singles = {single for single, group in scenario.plant.unit_names.items() if group == name}
    on_it = [step.model for _, _, step in _steps(scenario) if singles & {*scenario.plant.units_for(step.on)}]
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


def needs(scenario: Scenario) -> Iterator[Fault]:
    """What steps need is there, in acts that they have."""
    for at, recipe, step in _steps(scenario):
        for act, needed in step.needs.items():
            share, hours = step.slows.get(act, 1.0), _mean_hours(scenario, recipe, step, act)
            slowed = {name: each * share if name in scenario.utilities else each for name, each in needed.items()}
            yield from _needs(scenario, (*at, "needs", act), slowed, hours / share)
            # what all acts need alike was not said of this one
            if act != "run" and getattr(step, act) is None and needed != step.needs.get("run"):
                yield Fault((*at, "needs", act), f"the step has no {act}; give it a time, such as '{act}: 15 min'")
        yield from _lent(scenario, (*at, "keeps"), step.keeps)
        yield from _slow(scenario, at, step)


def _slow(scenario: Scenario, at: tuple[str, ...], step: Step) -> Iterator[Fault]:
    """What may be slow draws a utility, and nobody asks that it fits, since it may take longer than known."""
    singles = scenario.plant.units_for(step.on)
    unit = next((each for each in singles if scenario.units[scenario.plant.unit_names[each]].work == "fits"), "")
    for act in step.slows:
        if not any(name in scenario.utilities for name in step.needs.get(act, {})):
            yield Fault(
                (*at, "slows", act), f"draws no utility in its {act}: give it one under 'needs', or leave it out"
            )
        if step.work == "fits" or unit:
            text = f"work of {unit!r}" if unit else "work"
            yield Fault((*at, "slows", act), f"may last longer than known, so it can't be asked to fit: change {text}")


def _mean_hours(scenario: Scenario, recipe: Product, step: Step, act: str) -> float:
    """How long an act of a step takes on average, on the fastest unit [h]."""
    law = getattr(step, "time" if act == "run" else act)
    if law is not None:
        return float(law.mean_hours)
    if act == "run" and step.model is not None:
        return next((recipe.model_hours[name] for name, each in recipe.steps.items() if each is step), 0.0)
    rates = [scenario.units[scenario.plant.unit_names[name]].rate or 0.0 for name in scenario.plant.units_for(step.on)]
    most = max(rates, default=0.0)
    return recipe.batch / most if act == "run" and most else 0.0


def company(scenario: Scenario) -> Iterator[Fault]:
    """What a step keeps beside its own unit is there, in that number, and may be kept so."""
    plant, known = scenario.plant, _able_words(scenario)
    for at, _, step in _steps(scenario):
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
                for text in _not_beside(scenario, scenario.units[name]):
                    yield Fault(("units", name), f"{text}, which a step can't keep beside its own unit ({word!r})")
        if step.with_ and step.hold == 0.0:
            yield Fault((*at, "with"), "several units can't be booked ahead: no 'hold: 0 h' with it")


def _not_beside(scenario: Scenario, unit: Unit) -> Iterator[str]:
    rule = scenario.cleaning.get(unit.cleaning)
    if unit.failures:
        yield "has failures"
    if unit.calendar:
        yield "has a calendar"
    if unit.holds > 1:
        yield "holds several batches"
    if rule is not None and (rule.when != "at once" or rule.major is not None):
        yield f"is cleaned by {unit.cleaning!r}, which is not only a minor clean at once"


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
            if step.takes and any(scenario.units[unit].holds > 1 for unit in able):
                text = f"{step.on!r} holds several batches, which can't take materials: take them in a step before"
                yield Fault(("products", product, "steps", name, "takes"), text)
            if chained and any(scenario.units[unit].holds > 1 for unit in able):
                text = f"{step.on!r} holds several batches, which can't be booked ahead: no 'hold: 0 h' before or after"
                yield Fault(("products", product, "steps", name), text)


def reworks(scenario: Scenario) -> Iterator[Fault]:
    """A batch that fails goes back to a step before; where batches part or meet, their tests are over."""
    for product, recipe in scenario.products.items():
        procedure, names = procedure_of(recipe), list(recipe.steps)
        for number, (name, step) in enumerate(recipe.steps.items()):
            at = ("products", product, "steps", name, "tests")
            backs = [each.rework for each in step.tests.values() if each.rework]
            for back in backs:
                if back not in names[: number + 1]:
                    hint = did_you_mean(back, names[: number + 1])
                    yield Fault((*at, "rework"), f"there is no step {back!r} to go back to{hint}")
            first = min([name, *(back for back in backs if back in names)], key=names.index)
            if step.tests and procedure is not None and not procedure.plain_from(first):
                yield Fault(at, f"the batch parts or meets others after {first!r}: test it after that")


def materials(scenario: Scenario) -> Iterator[Fault]:
    """Materials and tests that steps name are there; zero wait leaves no time for a verdict."""
    for name, material in scenario.materials.items():
        yield from _unknown(("materials", name, "test"), material.test, scenario.tests, "test")
        if material.test in scenario.tests and scenario.tests[material.test].spec:
            text = f"{material.test!r} looks at attributes, which a lot has none of: give it a test with 'fails'"
            yield Fault(("materials", name, "test"), text)
    for name, test in scenario.tests.items():
        yield from _lent(scenario, ("tests", name, "needs"), test.needs)
    for at, _, step in _steps(scenario):
        for word in ("takes", "gives"):
            for name in getattr(step, word):
                yield from _unknown((*at, word, name), name, scenario.materials, "material")
        for name, sampling in step.tests.items():
            yield from _unknown((*at, "tests", name), name, scenario.tests, "test")
            if step.hold == 0.0 and not sampling.at_risk:
                yield Fault(
                    (*at, "tests", name),
                    "zero wait leaves no time for a verdict: say 'at risk: true', or remove 'hold: 0 h'",
                )


def routes(scenario: Scenario) -> Iterator[Fault]:
    """Each step can be reached from each unit of the step before."""
    if not scenario.links or any(True for _ in links(scenario)):
        return
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        pairs = [] if procedure is None else [(each, name) for name in recipe.steps for each in procedure.before[name]]
        for before, name in pairs:
            step = recipe.steps[name]
            unit = _dead_end(scenario, recipe.steps[before], step)
            if unit:
                text = f"cannot be reached: no link leads from {unit!r} ({before!r}) to any {step.on!r}"
                yield Fault(("products", product, "steps", name), text)


def _dead_end(scenario: Scenario, first: Step, then: Step) -> str:
    """A unit of the first step from which no unit of the next can be reached, if there is one."""
    plant, goals = scenario.plant, scenario.plant.units_for(then.on)
    for unit in plant.units_for(first.on):
        if goals and goals != (unit,) and plant.reach(unit)[0].isdisjoint(goals):
            return unit
    return ""


def orders(scenario: Scenario) -> Iterator[Fault]:
    """What is ordered and the dispatch rule are there."""
    for name, order in scenario.orders.items():
        for product in order.mix:
            yield from _unknown(("orders", name, "product"), product, scenario.products, "product")
    rule = scenario.run.dispatch
    if isinstance(rule, str) and ":" not in rule:
        yield from _unknown(("run", "dispatch"), rule or " ", RULES, "dispatch rule")
    elif not isinstance(rule, str) and not callable(rule):
        yield Fault(("run", "dispatch"), f"expected the name of a rule, such as 'first_come', got {rule!r}")


def unasked(scenario: Scenario) -> Iterator[Fault]:
    """Each unit is named by a step; one that a misspelt word means is, too."""
    plant, known = scenario.plant, _able_words(scenario)
    steps = {word for _, _, step in _steps(scenario) for word in (step.on, *step.with_, *step.into)}
    meant = {near for word in steps - known.keys() for near in get_close_matches(word, known, 1)}
    asked = {unit for word in steps | meant for unit in plant.units_for(word)}
    for word, name in _without(scenario, asked):
        kind = scenario.units[name].kind
        yield Fault(("units", name), f"no recipe reaches {word!r}: name its kind {kind!r} in a step, or remove it")


def unlinked(scenario: Scenario) -> Iterator[Fault]:
    """Each unit that a step names can be come to by the links."""
    if not scenario.links or any(True for check in (links, able, after) for _ in check(scenario)):
        return
    met = {unit for recipe in scenario.products.values() for unit in _met(scenario, recipe)}
    asked = {unit for _, _, step in _steps(scenario) for unit in scenario.plant.units_for(step.on)}
    for word, name in _without(scenario, met):
        if not asked.isdisjoint(scenario.plant.units_for(word)):
            text = f"no recipe reaches {word!r}: no link leads to it from the step before; link it, or remove it"
            yield Fault(("units", name), text)


def _without(scenario: Scenario, met: Collection[str]) -> Iterator[tuple[str, str]]:
    """(single unit, or the name of all if none was met; its name) of each unit that is not among these."""
    names = scenario.plant.unit_names
    whole = set(scenario.units) - {names[single] for single in met}
    for single, name in names.items():
        if name in whole:
            if single == f"{name}-1":
                yield name, name
        elif single not in met:
            yield single, name


def _met(scenario: Scenario, recipe: Product) -> set[str]:
    """The units that batches of a product can come to, step by step."""
    plant, procedure = scenario.plant, procedure_of(recipe)
    met: dict[str, set[str]] = {}
    for name in procedure.order() if procedure else ():
        met[name] = set(plant.units_for(recipe.steps[name].on))
        for before in procedure.before[name] if procedure and scenario.links else ():
            met[name] &= met[before].union(*(plant.reach(unit)[0] for unit in met[before]))
    words = (word for step in recipe.steps.values() for word in (*step.with_, *step.into))
    beside = {unit for word in words for unit in plant.units_for(word)}
    return beside.union(*met.values())


CHECKS: tuple[Check, ...] = (
    areas, transfers,
    names, reworks, contents, words, cleaning, links, calendars, after, parts, clearance, able, fitting, models, needs,
    company, containers, holding, materials, routes, orders, unasked, unlinked,
)  # fmt: skip

"""Cross-checks of containers: mobile units that a step fills, that go with the batch, and that a later step empties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plantsim.crosscheck.recipes import Place, procedure_of
from plantsim.errors import Fault, did_you_mean
from plantsim.procedure import Procedure
from plantsim.step import Step

if TYPE_CHECKING:
    from plantsim.plant import Plant, Unit
    from plantsim.scenario import Scenario


def containers(scenario: Scenario) -> Iterator[Fault]:
    """What steps fill and empty goes with batches; it is filled once, and emptied before they part, meet or end."""
    for name, unit in scenario.units.items():
        if unit.mobile:
            for text in _not_mobile(scenario, unit):
                yield Fault(("units", name), f"{text}, which a container can't: leave it out, or 'mobile: true'")
    for number, pair in enumerate(scenario.links):
        for word in pair:
            if _mobile(scenario, word):
                yield Fault(("links", number), f"{word!r} is mobile: it goes where its batch goes, without a link")
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        at = ("products", product, "steps")
        for name, step in recipe.steps.items():
            yield from _words(scenario, (*at, name), step)
        if procedure is not None:
            masses = procedure.masses(scenario.plant.units_for)
            for name, step in recipe.steps.items():
                yield from _enough(scenario, (*at, name), step, masses[name])
                yield from _booked(procedure, (*at, name), name)
            yield from _ways(scenario.plant, procedure, at)


def _mobile(scenario: Scenario, word: str) -> bool:
    """Whether a word means containers."""
    return any(scenario.units[scenario.plant.unit_names[unit]].mobile for unit in scenario.plant.units_for(word))


def _not_mobile(scenario: Scenario, unit: Unit) -> Iterator[str]:
    rule = scenario.cleaning.get(unit.cleaning)
    if unit.calendar:
        yield "has a calendar"
    if unit.holds > 1:
        yield "holds several batches"
    if unit.locks:
        yield "locks"
    if rule is not None and rule.turns:
        yield f"is cleaned by {unit.cleaning!r}, which changes over in turns"


def _words(scenario: Scenario, at: Place, step: Step) -> Iterator[Fault]:
    """What a step fills and empties is there, and mobile; what it is on or keeps is not."""
    units, plant = scenario.units, scenario.plant
    known = [*(unit.kind for unit in units.values() if unit.mobile), *(n for n, unit in units.items() if unit.mobile)]
    for place, words in (("on", (step.on,)), ("with", tuple(step.with_))):
        for word in words:
            if _mobile(scenario, word):
                yield Fault((*at, place), f"{word!r} is mobile, no unit to work on: fill it with 'into: {word}'")
    seen: set[str] = set()
    for place, words in (("into", tuple(step.into)), ("out of", tuple(step.out_of))):
        for word in words:
            if not plant.units_for(word):
                yield Fault((*at, place), f"there is no {word!r}{did_you_mean(word, known)}")
            elif not _mobile(scenario, word):
                yield Fault((*at, place), f"{word!r} does not go with a batch: say 'mobile: true' of it")
    for word in step.into:
        if not seen.isdisjoint(plant.units_for(word)):
            yield Fault((*at, "into"), f"{word!r} is named twice: say once how many it fills")
        seen.update(plant.units_for(word))
    for word, when in step.out_of.items():
        if when == "transfer" and step.transfer is None:
            yield Fault((*at, "out of", word), "the step has no transfer; give it a time, such as 'transfer: 15 min'")
    several = [units[plant.unit_names[unit]] for unit in plant.units_for(step.on)]
    if step.into and any(unit.holds > 1 and unit.together for unit in several):
        yield Fault((*at, "into"), f"{step.on!r} holds several batches: fill containers in a step of one batch")


def _enough(scenario: Scenario, at: Place, step: Step, mass: float) -> Iterator[Fault]:
    """There are as many as the batch needs."""
    for word, each in step.into.items():
        number = each if isinstance(each, int) else max(1, -int(-(mass - 1e-9) // each))
        there = len(scenario.plant.units_for(word))
        if 0 < there < number:
            why = "" if isinstance(each, int) else f" for {mass:g} kg"
            yield Fault((*at, "into"), f"needs {number} of {word!r}{why}, of which there are {there}")


def _booked(procedure: Procedure, at: Place, name: str) -> Iterator[Fault]:
    """Nothing is filled in a chain with zero wait."""
    step = procedure.steps[name]
    zero = [each for each in procedure.before[name] if procedure.steps[each].hold == 0.0]
    if step.into and (zero or (step.hold == 0.0 and procedure.then[name])):
        yield Fault((*at, "into"), "containers can't be booked ahead: no 'hold: 0 h' before or after it")


def _ways(plant: Plant, procedure: Procedure, at: Place) -> Iterator[Fault]:
    """Each container goes from the step that fills it to one that empties it."""
    reached: set[tuple[str, str]] = set()
    for name, step in procedure.steps.items():
        for word in step.into:
            text = _way(plant, procedure, name, word, reached)
            if text:
                yield Fault((*at, name, "into"), text)
    for name, step in procedure.steps.items():
        for word in step.out_of:
            mobile = any(plant.units[plant.unit_names[unit]].mobile for unit in plant.units_for(word))
            if (name, word) not in reached and mobile:
                yield Fault((*at, name, "out of"), f"no step before it fills {word!r}: say 'into: {word}' in one")


def _way(plant: Plant, procedure: Procedure, name: str, word: str, reached: set[tuple[str, str]]) -> str:
    """What is wrong on the way of a container from here to where it is emptied; note where that is."""
    mine, there = {*plant.units_for(word)}, procedure.then[name]
    while mine and there:
        following = there[0]
        step = procedure.steps[following]
        if len(there) > 1 or procedure.meets(following) or step.split:
            return f"batches part or meet before {following!r}, still in {word!r}: empty it before"
        out = [each for each in step.out_of if mine <= {*plant.units_for(each)}]
        if out:
            reached.add((following, out[0]))
            return ""
        if any(not mine.isdisjoint(plant.units_for(each)) for each in step.into):
            return f"{following!r} fills {word!r} again before it is empty: say 'out of: {word}' there or before"
        there = procedure.then[following]
    return f"no later step empties {word!r}: say 'out of: {word}' in one" if mine else ""

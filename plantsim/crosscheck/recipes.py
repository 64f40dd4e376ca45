"""Cross-checks of recipes that are a graph: what comes after what, what parts, and what meets."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError
from typing import TYPE_CHECKING

from plantsim.errors import Fault, did_you_mean
from plantsim.procedure import Procedure, steps_before
from plantsim.recipe import Product

if TYPE_CHECKING:
    from plantsim.scenario import Scenario

Place = tuple[str, ...]


def procedure_of(recipe: Product) -> Procedure | None:
    """The procedure of a recipe; None if its steps don't follow one another."""
    if any(word not in recipe.steps for those in steps_before(recipe).values() for word in those):
        return None
    try:
        return Procedure(recipe)
    except CycleError:
        return None


def after(scenario: Scenario) -> Iterator[Fault]:
    """Steps come after steps that are there, and none after itself."""
    for product, recipe in scenario.products.items():
        at, known = ("products", product, "steps"), True
        for name, step in recipe.steps.items():
            for word in step.after or ():
                if word not in recipe.steps:
                    known = False
                    yield Fault((*at, name, "after"), f"there is no step {word!r}{did_you_mean(word, recipe.steps)}")
            if len({*(step.after or ())}) < len(step.after or ()):
                yield Fault((*at, name, "after"), "names a step twice; once is enough")
        if known and (ring := _ring(recipe)):
            text = f"comes after itself: {' -> '.join(ring)}; let one of them begin after another step, or after []"
            yield Fault((*at, ring[0], "after"), text)


def _ring(recipe: Product) -> list[str]:
    """Steps that come after one another in a ring, beginning with the first of them in the recipe."""
    try:
        Procedure(recipe)
    except CycleError as error:
        ring: list[str] = error.args[1][:-1]
        first = ring.index(min(ring, key=list(recipe.steps).index))
        return [*ring[first:], *ring[:first], ring[first]]
    return []


def parts(scenario: Scenario) -> Iterator[Fault]:
    """Where batches part and meet, the words fit together."""
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        if procedure is not None:
            at = ("products", product, "steps")
            for name in recipe.steps:
                yield from _shares(procedure, (*at, name), name)
                yield from _meetings(procedure, (*at, name), name)
                yield from _alone(scenario, procedure, (*at, name), name)
            for name in procedure.then:
                yield from _sums(procedure, at, name)


def _shares(procedure: Procedure, at: Place, name: str) -> Iterator[Fault]:
    step, before = procedure.steps[name], procedure.before[name]
    beside = len(procedure.then[before[0] if before else ""]) > 1 if len(before) < 2 else False
    if step.batch is not None and not beside:
        text = "has a batch of its own, but does not begin beside another step; only a side branch may have one"
        yield Fault((*at, "batch"), text)
    elif step.batch is not None and before and step.made_of is None:
        text = f"begins with a batch of its own beside what comes of {before[0]!r}: say what that is 'made of'"
        yield Fault((*at, "batch"), text)
    if step.made_of is not None and step.batch is None:
        text = "says what its batch is made of, but has none of its own: give it one, as side branches may"
        yield Fault((*at, "made of"), text)
    if step.share is not None and not beside:
        yield Fault((*at, "share"), "takes a share, but no other step goes on beside it that could take the rest")
    if step.share is not None and step.batch is not None:
        yield Fault((*at, "share"), "has a batch of its own and a share of another; give only one of them")


def _sums(procedure: Procedure, at: Place, name: str) -> Iterator[Fault]:
    there = [each for each in procedure.then[name] if procedure.steps[each].batch is None]
    if len(procedure.then[name]) < 2:
        return
    if not there:
        first = procedure.then[name][0]
        text = "all first steps have a batch of their own; leave out that of the main one, which is the product's"
        if name:
            text = f"all that come after {name!r} have a batch of their own; leave out that of one, for what there is"
        yield Fault((*at, first, "batch"), text)
        return
    told = [share for each in there if (share := procedure.steps[each].share) is not None]
    if sum(told) > 1.0 + 1e-9 or (len(told) == len(there) and sum(told) < 1.0 - 1e-9):
        where = f"after {name!r}" if name else "of the product's batch"
        first = next(each for each in there if procedure.steps[each].share is not None)
        yield Fault((*at, first, "share"), f"the shares {where} add up to {sum(told):g}, not to 1")


def clearance(scenario: Scenario) -> Iterator[Fault]:
    """No batch that may not wait goes through a buffer that may have to be clear first."""
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        for name, step in recipe.steps.items():
            for then in procedure.then[name] if procedure is not None and step.hold == 0.0 else ():
                shelf = _cleared(scenario, step.on, recipe.steps[then].on)
                if shelf:
                    text = f"a batch may have to wait until {shelf!r} is clear, which zero wait forbids: link round it"
                    yield Fault(("products", product, "steps", name, "hold"), text)


def _cleared(scenario: Scenario, here: str, there: str) -> str:
    """A buffer with line clearance through which batches go from units to others that no link leads to; '' if none."""
    plant = scenario.plant
    for unit in plant.units_for(here):
        far = [goal for goal in plant.units_for(there) if not plant.direct(unit, goal)]
        for name in plant.reach(unit)[1]:
            if scenario.buffers[name].clearance and any(plant.direct(name, goal) for goal in far):
                return name
    return ""


def _meetings(procedure: Procedure, at: Place, name: str) -> Iterator[Fault]:
    step, joins = procedure.steps[name], procedure.joins(name)
    words = [word for word, said in (("joins", joins), ("pools", step.pools), ("split", step.split)) if said]
    if len(words) > 1:
        yield Fault(at, f"{words[0]} and {words[1]} at once: give one of them a step of its own")
    if step.joins == "all" and not any(procedure.steps[each].split for each in procedure.upstream[name]):
        yield Fault((*at, "joins"), "joins nothing: no step before it splits the batch")
    elif step.joins == "all" and not procedure.whole(name):
        yield Fault((*at, "joins"), "joins parts of which some of the mass goes another way: join that first")
    if step.pools is not None and not procedure.before[name]:
        yield Fault((*at, "pools"), "pools batches that stand nowhere yet: let a step come before it")
    elif step.pools is not None and not procedure.one(name):
        yield Fault((*at, "pools"), "pools parts of batches: join those in a step before it")
    if step.lost != "scrap" and not joins:
        yield Fault((*at, "lost"), "loses no part: it joins none")
    if step.hold == 0.0:
        there = procedure.then[name]
        special = [each for each in there if len(there) > 1 or procedure.meets(each) or procedure.steps[each].split]
        if special:
            text = f"zero wait can't be promised before {special[0]!r}, for which batches part or meet"
            yield Fault((*at, "hold"), text)


def _alone(scenario: Scenario, procedure: Procedure, at: Place, name: str) -> Iterator[Fault]:
    """Where batches part or meet, a unit has room for one, and a step needs no other unit beside it."""
    step, plant = procedure.steps[name], scenario.plant
    there = procedure.then[name]
    parts = len(there) > 1 or any(procedure.meets(each) or procedure.steps[each].split for each in there)
    if not (parts or procedure.meets(name) or step.split):
        return
    several = [unit for unit in plant.units_for(step.on) if scenario.units[plant.unit_names[unit]].holds > 1]
    if several:
        yield Fault((*at, "on"), f"batches part or meet here, which they can't in a load: {several[0]!r} holds several")
    if step.with_:
        yield Fault((*at, "with"), "batches part or meet here, which they can't on several units at once")

"""Links lead from somewhere to somewhere, and batches come to where they are worked on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from plantsim.crosscheck.needs import lent
from plantsim.crosscheck.recipes import after, procedure_of
from plantsim.crosscheck.steps import able, able_words, steps_of
from plantsim.crosscheck.unknown import unknown
from plantsim.errors import Fault, did_you_mean
from plantsim.moving import Transfer, ends, placed
from plantsim.recipe import Product
from plantsim.step import Step

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


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
            yield from unknown((place, name, "area"), thing.area, scenario.areas, "area")


def transfers(scenario: Scenario) -> Iterator[Fault]:
    """Transfers go over links that are there, once, by what is there, between positions if these count."""
    plant, seen = scenario.plant, dict[tuple[str, str], str]()
    known = [*scenario.units, *scenario.buffers, *(unit.kind for unit in scenario.units.values())]
    for name, transfer in scenario.transfers.items():
        at = ("transfers", name)
        yield from lent(scenario, (*at, "pipe"), {transfer.pipe: 1} if transfer.pipe else {})
        yield from lent(scenario, (*at, "by"), transfer.by)
        yield from lent(scenario, (*at, "flush needs"), transfer.flush_needs)
        twice = next((pool for pool in transfer.flush_needs if pool == transfer.pipe or pool in transfer.by), "")
        if twice:
            text = f"{twice!r} is the pipe, or moves what goes through it: the flush has it then: leave it out here"
            yield Fault((*at, "flush needs"), text)
        if transfer.pipe in transfer.by:
            yield Fault((*at, "by"), f"{transfer.pipe!r} is the pipe: what goes through it needs it once")
        for word in (word for pair in transfer.links for word in pair if not plant.singles(word)):
            yield Fault((*at, "links"), f"there is no unit or buffer {word!r}{did_you_mean(word, known)}")
        firsts = dict.fromkeys(seen.setdefault(pair, name) for pair in ends(plant, transfer))
        for first in firsts:
            if first != name:
                yield Fault((*at, "links"), f"goes over a link of {first!r}, too: name each link in one transfer")
        yield from _reached(scenario, (*at, "links"), transfer)
        if not _takes_time(scenario, transfer):
            yield Fault(at, "takes no time: give a rate, a speed, or the times to load and unload")
        if transfer.volume_rate is not None:
            yield from _told_in_litres(scenario, name)


def _takes_time(scenario: Scenario, transfer: Transfer) -> bool:
    """Whether a move takes time: by what it says, or by a floor or an airlock between two of its places."""
    if transfer.rate or transfer.volume_rate or transfer.speed or transfer.load or transfer.unload:
        return True
    airlocks = {name: area.airlock for name, area in scenario.areas.items()}
    pairs = [[placed(scenario.plant, each) for each in pair] for pair in ends(scenario.plant, transfer)]
    return any(
        (a.area != b.area and airlocks.get(a.area, 0.0) + airlocks.get(b.area, 0.0) > 0.0)
        or (a.floor != b.floor and transfer.lift > 0.0)
        for a, b in pairs
    )


def _told_in_litres(scenario: Scenario, name: str) -> Iterator[Fault]:
    """What goes over a transfer at a rate by volume has one: of the recipe, or of what a side branch is made of."""
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        over = [] if procedure is None else [step for step in recipe.steps if _goes_over(scenario, recipe, step, name)]
        for step in over:
            before = procedure.upstream[step] if procedure is not None else ()
            sources = [recipe.charge, *(recipe.steps[each].made_of for each in before)]
            if not any(each is not None and each.volume for each in sources):
                text = (
                    f"the volume of batches of {product!r} is not known: give their charge a volume, or a rate by mass"
                )
                yield Fault(("transfers", name, "volume rate"), text)
                break


def _goes_over(scenario: Scenario, recipe: Product, step: str, transfer: str) -> bool:
    """Whether batches come to a step by this transfer, from some unit of a step before."""
    procedure = procedure_of(recipe)
    if procedure is None or recipe.steps[step].transfer is not None:
        return False
    here = [unit for each in procedure.before[step] for unit in _units(scenario, recipe, each)]
    hops = (scenario.hops["", a, b] for a in here for b in _units(scenario, recipe, step))
    return any(transfer in hop.names for hop in hops if hop is not None)


def _units(scenario: Scenario, recipe: Product, step: str) -> tuple[str, ...]:
    return scenario.plant.units_for(recipe.steps[step].on)


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


def routes(scenario: Scenario) -> Iterator[Fault]:
    """Each step can be reached from each unit of the step before."""
    if not scenario.links or any(True for _ in links(scenario)):
        return
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        pairs = [] if procedure is None else [(each, name) for name in recipe.steps for each in procedure.before[name]]
        for before, name in pairs:
            step = recipe.steps[name]
            unit = dead_end(scenario, recipe.steps[before], step)
            if unit:
                text = f"cannot be reached: no link leads from {unit!r} ({before!r}) to any {step.on!r}"
                yield Fault(("products", product, "steps", name), text)


def dead_end(scenario: Scenario, first: Step, then: Step) -> str:
    """A unit of the first step from which no unit of the next can be reached, if there is one."""
    plant, goals = scenario.plant, scenario.plant.units_for(then.on)
    for unit in plant.units_for(first.on):
        if goals and goals != (unit,) and plant.reach(unit)[0].isdisjoint(goals):
            return unit
    return ""


def unasked(scenario: Scenario) -> Iterator[Fault]:
    """Each unit is named by a step; one that a misspelt word means is, too."""
    plant, known = scenario.plant, able_words(scenario)
    steps = {word for _, _, step in steps_of(scenario) for word in (step.on, *step.with_, *step.into)}
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
    asked = {unit for _, _, step in steps_of(scenario) for unit in scenario.plant.units_for(step.on)}
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

"""Interventions: what one could do about a plant, each as an edit of its scenario that changes nobody else's luck."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

from plantsim.errors import LayoutError, PlantsimError, did_you_mean
from plantsim.laws import Constant
from plantsim.recipe import Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.edits import Edit, changed, in_turn, longer, paced_on, stretched, varied, with_steps

SHARE, TANK, SHIFT = 0.1, 0.2, 1.0  # so much shorter or longer; so much more of a tank; hours more of a shift


@dataclass(frozen=True)
class Intervention:
    """Something that one could do, and to what."""

    name: str
    kind: str
    on: tuple[str, ...]  # names of what it is done to
    edit: Edit
    parts: tuple[str, ...] = ()  # of a pair: the names of both

    def __and__(self, other: Intervention) -> Intervention:
        """Both together."""
        name, both = f"{self.name} and {other.name}", (self.name, other.name)
        return Intervention(name, "pair", (*self.on, *other.on), in_turn(self.edit, other.edit), both)


Found = Iterator[Intervention]


def _units(scenario: Scenario, share: float) -> Found:
    """One more of each name of unit."""
    for name, unit in scenario.units.items():
        word = "container" if unit.mobile else "unit"
        more = varied("units", [name], partial(_more, field="count"))
        yield Intervention(f"one more {name}", word, (name, unit.kind), more)


def _pools(scenario: Scenario, share: float) -> Found:
    """One more of each pool: a member of a crew, a skid."""
    for name in scenario.pools:
        yield Intervention(
            f"one more of {name}", "pool", (name,), varied("pools", [name], partial(_more, field="count"))
        )


def _places(scenario: Scenario, share: float) -> Found:
    """One more place in each buffer that has an end."""
    for name, buffer in scenario.buffers.items():
        if buffer.places is not None:
            more = varied("buffers", [name], partial(_more, field="places"))
            yield Intervention(f"one more place in {name}", "place", (name,), more)


def _shifts(scenario: Scenario, share: float) -> Found:
    """Each stretch of a calendar ends an hour later."""
    for name, calendar in scenario.calendars.items():
        if longer(calendar, SHIFT) != calendar:
            things: list[tuple[str, Any]] = [*scenario.pools.items(), *scenario.units.items()]
            things += scenario.utilities.items()
            on = (name, *(each for each, thing in things if thing.calendar == name))
            edit = varied("calendars", [name], partial(longer, hours=SHIFT))
            yield Intervention(f"{name} an hour longer", "shift", on, edit)


def _times(scenario: Scenario, share: float) -> Found:
    """The steps on each kind of unit are shorter."""
    for word in _words(scenario):
        units = scenario.plant.units_for(word)
        on = dict.fromkeys((word, *(scenario.plant.unit_names[unit] for unit in units)))
        kinds = dict.fromkeys(scenario.units[name].kind for name in on if name in scenario.units)
        yield Intervention(f"steps on {word} {share:.0%} shorter", "time", (*on, *kinds), paced_on(word, 1.0 - share))


def _tests(scenario: Scenario, share: float) -> Found:
    """The verdict of each test, and of each investigation of a deviation, comes sooner."""
    for section, said in (("tests", "{}"), ("investigations", "investigation of {}")):
        for name in getattr(scenario, section):
            edit = varied(section, [name], partial(stretched, factor=1.0 - share))
            yield Intervention(f"{said.format(name)} {share:.0%} shorter", "test", (name,), edit)


def _cleans(scenario: Scenario, share: float) -> Found:
    """All cleans of a rule are shorter."""
    for name in scenario.cleaning:
        on = (name, *(unit for unit, each in scenario.units.items() if each.cleaning == name))
        edit = varied("cleaning", [name], partial(stretched, factor=1.0 - share))
        yield Intervention(f"cleans of {name} {share:.0%} shorter", "clean", on, edit)


def _repairs(scenario: Scenario, share: float) -> Found:
    """The repairs of a failure mode are shorter, with what qualifies the unit anew."""
    for name, failure in scenario.failures.items():
        laws = {word: law for word in ("repair", "requalify") if (law := getattr(failure, word)) is not None}
        shorter = {word: stretched(law, 1.0 - share) for word, law in laws.items()}
        edit = varied("failures", [name], partial(changed, **shorter))
        yield Intervention(f"repairs of {name} {share:.0%} shorter", "repair", _struck(scenario, name), edit)


def _lives(scenario: Scenario, share: float) -> Found:
    """The times to a failure are longer; of lives that are so many cycles, by whole cycles."""
    for name, failure in scenario.failures.items():
        after, more = failure.after, share
        if failure.clock == "cycles" and isinstance(after, Constant):
            more = ceil(after.value * (1.0 + share) - 1e-9) / after.value - 1.0
        edit = varied("failures", [name], partial(changed, after=stretched(after, 1.0 + more)))
        yield Intervention(f"{name} {more:.0%} later", "life", _struck(scenario, name), edit)
    for name, unit in scenario.units.items():
        if unit.minor_stops is not None:
            rarer = changed(unit.minor_stops, every=stretched(unit.minor_stops.every, 1.0 + share))
            edit = varied("units", [name], partial(changed, minor_stops=rarer))
            yield Intervention(f"minor stops of {name} {share:.0%} later", "life", (name, unit.kind), edit)


def _works(scenario: Scenario, share: float) -> Found:
    """One more batch of an order that is released by work in process."""
    for name, order in scenario.orders.items():
        if order.release.wip is not None:
            release = partial(_more, field="wip")
            edit = varied("orders", [name], partial(_released, change=release))
            yield Intervention(f"one more batch of {name} in process", "wip", (name,), edit)


def _released(order: object, change: Callable[[object], object]) -> object:
    return changed(order, release=change(order.release))  # type: ignore[attr-defined]


def _holds(scenario: Scenario, share: float) -> Found:
    """The holds of batches, and of dirty, clean and sterile units, are longer."""

    def held(which: str, place: tuple[str, str], step: Step) -> Step:
        longer = place[1] == which and step.hold
        return changed(step, hold=longer * (1.0 + share)) if longer else step

    steps = [(name, step) for recipe in scenario.products.values() for name, step in recipe.steps.items() if step.hold]
    for name, step in dict(steps).items():
        edit: Edit = partial(with_steps, change=partial(held, name))
        yield Intervention(f"hold after {name} {share:.0%} longer", "hold", (name, step.on), edit)
    for name, rule in scenario.cleaning.items():
        for limit in ("dirty_hold", "clean_hold", "sterile_hold"):
            hours = getattr(rule, limit)
            if hours is not None:
                edit = varied("cleaning", [name], partial(changed, **{limit: hours * (1.0 + share)}))
                yield Intervention(f"{limit.replace('_', ' ')} of {name} {share:.0%} longer", "hold", (name,), edit)


def _tanks(scenario: Scenario, share: float) -> Found:
    """Each tank is larger, and what makes a utility gives more."""
    for name, utility in scenario.utilities.items():
        if utility.tank is not None:
            edit = varied("utilities", [name], partial(changed, tank=utility.tank * (1.0 + TANK)))
            yield Intervention(f"tank of {name} {TANK:.0%} larger", "tank", (name,), edit)
        rates = {word: rate * (1.0 + share) for word in ("makes", "peak") if (rate := getattr(utility, word))}
        edit = varied("utilities", [name], partial(changed, **rates))
        yield Intervention(f"{share:.0%} more of {name}", "utility", (name,), edit)


KINDS: dict[str, Callable[[Scenario, float], Found]] = {
    "unit": _units, "pool": _pools, "place": _places, "shift": _shifts, "time": _times, "clean": _cleans,
    "repair": _repairs, "life": _lives, "hold": _holds, "tank": _tanks, "test": _tests, "wip": _works,
}  # fmt: skip
"""Kind -> the interventions of that kind that a scenario has; `container` belongs to `unit`, `utility` to `tank`."""


def interventions(scenario: Scenario, kinds: Sequence[str] = (), share: float = SHARE) -> list[Intervention]:
    """All that one could do about a plant, of some kinds or of all, and that changes anything.

    `share`: by how much times are shorter, lives and holds longer.

    Raises:
        PlantsimError: if there is no such kind, or the share is not between 0 and 1.

    >>> from plantsim.layout import read_layout
    >>> [each.name for each in interventions(read_layout("layouts/flow_line.yaml"), ["unit", "repair"])]
    ['one more m1', 'one more m2', 'one more m3', 'one more m4', 'one more m5', 'repairs of stop 10% shorter', \
'repairs of long stop 10% shorter']
    """
    for kind in kinds:
        if kind not in KINDS:
            raise PlantsimError(f"there is no kind of intervention {kind!r}{did_you_mean(kind, KINDS)}")
    if not 0.0 < share < 1.0:
        raise PlantsimError(f"share= is by how much times are shorter: more than 0 and less than 1, got {share:g}")
    found = [each for kind, of in KINDS.items() if not kinds or kind in kinds for each in of(scenario, share)]
    return [each for each in found if each.edit(scenario) != scenario]


def forbidden(scenario: Scenario, each: Intervention) -> str:
    """Why the layout's own rules do not allow an intervention; '' if they do."""
    try:
        each.edit(scenario).check()
    except LayoutError as error:
        return f"not possible: {error.faults[0].text}"
    return ""


def meddled(scenario: Scenario, each: Intervention) -> str:
    """A name of which an intervention changes anything though it is not on it; '' if there is none.

    Luck goes with names: an address is drawn alike by today's plant and by the changed one, if what bears its name
    is as it was.  So whatever differs must be one of the names that the intervention is on, or a step that is, or is
    on one; and names neither come nor go, nor change their order.
    """
    variant = each.edit(scenario)
    for section in type(scenario).model_fields:
        before, after = getattr(scenario, section), getattr(variant, section)
        if before is not after and before != after:
            found = _strange(section, before, after, each.on)
            if found:
                return found
    return ""


def _strange(section: str, before: Any, after: Any, on: Sequence[str]) -> str:
    """The first name of a section that differs and is not among those that an intervention is on."""
    if not isinstance(before, Mapping):
        return section
    if list(before) != list(after):
        return next((name for name in [*before, *after] if (name in before) != (name in after)), section)
    others = [name for name in before if name not in on and before[name] != after[name]]
    if section != "products":
        return others[0] if others else ""
    return next((found for name in others if (found := _strange_step(name, before[name], after[name], on))), "")


def _strange_step(name: str, before: Product, after: Product, on: Sequence[str]) -> str:
    """The product, if more of it differs than its steps; else the first step that neither is named nor on a name."""
    if list(before.steps) != list(after.steps) or changed(before, steps=after.steps) != after:
        return name
    steps = [word for word, step in before.steps.items() if step != after.steps[word]]
    return next((f"{name}, {word}" for word in steps if not {word, before.steps[word].on} & {*on}), "")


def _more(thing: object, field: str) -> object:
    return changed(thing, **{field: getattr(thing, field) + 1})


def _words(scenario: Scenario) -> list[str]:
    """What steps are on."""
    return list(dict.fromkeys(step.on for product in scenario.products.values() for step in product.steps.values()))


def _struck(scenario: Scenario, failure: str) -> tuple[str, ...]:
    units = [name for name, unit in scenario.units.items() if failure in unit.failures]
    return (failure, *units, *(name for name, each in scenario.utilities.items() if failure in each.failures))

"""What reports ask of a scenario: groups of units, planned times, the line that it may be; and the scenario as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from math import inf
from typing import Any, Literal, TypeAlias, overload

from plantsim.calendars import Calendar, Timetable, longest_open
from plantsim.chance import milliseconds
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.prices import YEAR
from plantsim.procedure import Procedure
from plantsim.scenario import Scenario
from plantsim.utility import RATES

By = ("unit", "name", "kind")
Cut: TypeAlias = tuple[int, int]  # from, until [ms]
Shifts: TypeAlias = tuple[
    Callable[[str, int], int],
    Callable[[str], int],
    Callable[[str, str], str],
    Callable[[str, str], bool],
    Callable[[str, float, int], bool],
]


@overload
def groups(scenario: Scenario, by: Literal["name", "kind"]) -> dict[str, str]: ...
@overload
def groups(scenario: Scenario, by: str) -> dict[str, str] | None: ...


def groups(scenario: Scenario, by: str) -> dict[str, str] | None:
    """Single unit -> its name in the layout, or its kind; None for each unit by itself.

    Raises:
        PlantsimError: of any other word.
    """
    if by not in By:
        raise PlantsimError(f"units are not grouped by {by!r}{did_you_mean(by, By)}")
    names = scenario.plant.unit_names
    if by == "unit":
        return None
    return {single: name if by == "name" else scenario.units[name].kind for single, name in names.items()}


def planned(scenario: Scenario) -> dict[tuple[str, str, str], tuple[float, float]]:
    """(unit, product, step) -> planned run time: hours a batch, and hours a kg where the unit's rate gives the time."""
    plan = {}
    for product, recipe in scenario.products.items():
        for name, step in recipe.steps.items():
            acts = step.mean_hours(0.0, None) - (step.transfer.mean_hours if step.transfer else 0.0)
            fixed, by_rate = acts + recipe.model_hours.get(name, 0.0), step.by_rate
            for unit in scenario.plant.units_for(step.on):
                rate = scenario.units[scenario.plant.unit_names[unit]].rate
                plan[unit, product, name] = (
                    fixed,
                    1.0 / rate if by_rate and rate else 0.0,
                )
    return plan


def size_at(scenario: Scenario, pool: str, time: int) -> float:
    """How many can fill a need of a pool or a skill at a time [ms], or the largest rate of a utility."""
    if pool in scenario.utilities:
        return scenario.utilities[pool].most
    there = [scenario.pools[name] for name in scenario.plant.crews_for(pool)]
    tables = {each.calendar: Timetable(scenario.calendars[each.calendar]) for each in there if each.calendar}
    return sum(each.count for each in there if not each.calendar or tables[each.calendar].is_open(time))


def shifts(scenario: Scenario) -> Shifts:
    """What calendars say of pools, skills and single units, and which steps begin only if they fit."""
    tables = {name: Timetable(each) for name, each in scenario.calendars.items()}

    def all_of(name: str) -> list[str]:
        unit = scenario.plant.unit_names.get(name)
        if unit is not None:
            return [scenario.units[unit].calendar if scenario.units[unit].work in ("fits", "restart") else ""]
        return [scenario.pools[pool].calendar for pool in scenario.plant.crews_for(name) if pool in scenario.pools]

    def left(name: str, now: int) -> int:
        return max((_left(tables.get(each), now) for each in all_of(name)), default=2**62)

    def most(name: str) -> int:
        return max((longest_open(tables[each]) if each else 2**62 for each in all_of(name)), default=2**62)

    def work(product: str, step: str) -> str:
        if not product:
            return scenario.units[scenario.plant.unit_names[step]].work if step in scenario.plant.unit_names else ""
        recipe = scenario.products.get(product)
        return recipe.steps[step].work if recipe is not None and step in recipe.steps else ""

    def slows(product: str, step: str) -> bool:
        if not product:
            rule = scenario.cleaning.get(scenario.units[scenario.plant.unit_names[step]].cleaning)
            cleans = rule.named.values() if rule is not None else ()
            return any(phase.slows is not None for clean in cleans for phase in clean.phases.values())
        recipe = scenario.products.get(product)
        return recipe is not None and step in recipe.steps and bool(recipe.steps[step].slow)

    def gives(name: str, rate: float, ms: int) -> bool:
        utility = scenario.utilities.get(name)
        if utility is None:
            return True
        on_end = longest_open(tables[utility.calendar]) if utility.calendar and not utility.tank else 2**62
        return ms <= on_end and utility.carries(rate, ms / 3_600_000)

    return left, most, work, slows, gives


def _left(table: Timetable | None, now: int) -> int:
    """For how long [ms] a calendar is open from a time on."""
    if table is None:
        return 2**62
    return table.change(now) - now if table.is_open(now) else 0


def measures(scenario: Scenario) -> dict[str, tuple[str, str, bool]]:
    """Utility -> units of measure of its level and of its rates, and whether it is a drain."""
    return {name: (utility.unit, RATES[utility.unit], utility.drain) for name, utility in scenario.utilities.items()}


def stretches(scenario: Scenario, calendar: str, cut: Cut) -> list[Cut]:
    """When a calendar is open within a window [ms]; without a calendar, always."""
    return _open(scenario.calendars[calendar], cut) if calendar else [cut]


def _open(calendar: Calendar, cut: Cut) -> list[Cut]:
    table, now, found = Timetable(calendar), cut[0], list[Cut]()
    while now < cut[1]:
        until = min(table.change(now), cut[1])
        if table.is_open(now):
            found.append((now, until))
        now = until
    return found


def may_work(scenario: Scenario, cut: Cut) -> dict[str, int]:
    """Single unit -> for how long [ms] it may work within a window, all its batches together.

    Its calendar's hours; if it finishes what it has begun as that closes, all hours.
    """
    found = {}
    for single, name in scenario.plant.unit_names.items():
        unit = scenario.units[name]
        open_ = stretches(scenario, "" if unit.work == "finish" else unit.calendar, cut)
        found[single] = unit.holds * sum(end - begin for begin, end in open_)
    return found


def areas(scenario: Scenario) -> dict[str, str]:
    """Single unit or buffer -> the area in which it stands, or ''."""
    units = {single: scenario.units[name].area for single, name in scenario.plant.unit_names.items()}
    return {**units, **{name: buffer.area for name, buffer in scenario.buffers.items()}}


def holds(scenario: Scenario) -> dict[str, tuple[float, float, float]]:
    """Single unit that is cleaned -> hours for which it may be clean, sterile and dirty."""
    found = {}
    for single, name in scenario.plant.unit_names.items():
        if scenario.units[name].cleaning:
            rule = scenario.cleaning[scenario.units[name].cleaning]
            limits = (rule.clean_hold, rule.sterile_hold, rule.dirty_hold)
            clean, sterile, dirty = (inf if each is None else each for each in limits)
            found[single] = clean, sterile, dirty
    return found


def stations(scenario: Scenario) -> list[str]:
    """Single containers that have a place of their own, from which they go to be filled and to which they come back."""
    plant, units = scenario.plant, scenario.units
    return [
        single
        for single, name in plant.unit_names.items()
        if units[name].mobile and (units[name].at is not None or units[name].area)
    ]


def consumption(scenario: Scenario) -> dict[tuple[str, str], dict[str, float]]:
    """(unit, clean) -> consumables that it uses up."""
    names = scenario.plant.unit_names.items()
    rules = {name: scenario.cleaning[rule] for name, group in names if (rule := scenario.units[group].cleaning)}
    return {(name, word): clean.consumes for name, rule in rules.items() for word, clean in rule.named.items()}


def paid(scenario: Scenario, cut: Cut = (0, milliseconds(YEAR))) -> dict[str, tuple[str, float, str, float | None]]:
    """Name with a price -> its group, price, unit of measure, and how much of it is paid for an hour, if that is fixed.

    Equipment is written off; of a crew the hours of a window [ms] for which it is there are paid, gowning and all, less
    closed days.  Without a window that is the first year.
    """
    prices = scenario.prices
    found: dict[str, tuple[str, float, str, float | None]] = {}
    for name, price in (prices.each if prices is not None else {}).items():
        thing = scenario.units.get(name) or scenario.buffers.get(name)
        if thing is not None and prices is not None:
            found[name] = "equipment", price, "bought", getattr(thing, "count", 1) / prices.life
        elif name in scenario.pools:
            pool = scenario.pools[name]
            there = _open(scenario.calendars[pool.calendar].present, cut) if pool.calendar else [cut]
            share = sum(end - begin for begin, end in there) / (cut[1] - cut[0]) if cut[1] > cut[0] else 0.0
            found[name] = "labour", price, "h", pool.count * share
        else:
            found[name] = _bought(scenario, name, price)
    return found


def fixed_cost(scenario: Scenario) -> float | None:
    """What a year costs whatever is made, of all that has a price; None without prices."""
    if scenario.prices is None:
        return None
    return YEAR * sum(price * fixed for _, price, _, fixed in paid(scenario).values() if fixed is not None)


def _bought(scenario: Scenario, name: str, price: float) -> tuple[str, float, str, None]:
    """What is paid for as it is used."""
    if name in scenario.utilities:
        return "utilities", price, scenario.utilities[name].unit, None
    if name in scenario.tests or name in scenario.investigations:
        return "tests", price, "sample", None
    if name in scenario.materials:
        return "materials", price, scenario.materials[name].unit, None
    if name in scenario.products:
        return "materials", price, "kg", None
    return "consumables", price, "1", None


def water_and_energy(scenario: Scenario) -> tuple[dict[str, float], dict[str, float]]:
    """Utility -> L of water, and kWh of energy, in one of its unit of measure."""
    kwh = {name: 1.0 for name, utility in scenario.utilities.items() if utility.unit == "kWh"}
    if scenario.prices is None:
        return {}, kwh
    litres = {name: 1000.0 if scenario.utilities[name].unit == "m3" else 1.0 for name in scenario.prices.water}
    return litres, {**kwh, **scenario.prices.energy}


def line(scenario: Scenario) -> list[tuple[str, tuple[str, ...]]]:
    """The stages of a line, (word, its units), if all recipes go through their stages in one and the same order.

    Empty if a unit serves two stages, if a recipe comes back to a stage, or if recipes part and go side by side.
    """
    if not all(Procedure(recipe).plain for recipe in scenario.products.values()):
        return []
    units_for = scenario.plant.units_for
    routes = [[units_for(step.on) for step in recipe.steps.values()] for recipe in scenario.products.values()]
    words = {units_for(step.on): step.on for recipe in scenario.products.values() for step in recipe.steps.values()}
    if len({unit for units in words for unit in units}) < sum(map(len, words)):
        return []
    order = _in_order(routes)
    steps = {pair for route in routes for pair in pairwise(route)}
    return [(words[units], units) for units in order] if all(pair in steps for pair in pairwise(order)) else []


def _in_order(routes: list[list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    sorter: TopologicalSorter[tuple[str, ...]] = TopologicalSorter()
    for route in routes:
        for stage in route:
            sorter.add(stage)
        for before, after in pairwise(route):
            sorter.add(after, before)
    try:
        return list(sorter.static_order())
    except CycleError:
        return []


def as_json(scenario: Scenario) -> tuple[str, list[str]]:
    """The scenario as JSON in its file's words, and the dotted paths of a user's own code in it.

    Own code is written as its dotted path, by which `from_json` finds a dispatch rule again; code that has no path
    that can be imported, such as a lambda, is named but can't be read back.
    """
    own: list[str] = []

    def path(thing: Any) -> str:
        own.append(f"{getattr(thing, '__module__', '')}:{getattr(thing, '__qualname__', type(thing).__qualname__)}")
        return own[-1]

    raw: Mapping[str, Any] = scenario.model_dump(by_alias=True)
    return json.dumps(raw, default=path, separators=(",", ":"), ensure_ascii=False), own


def files(scenario: Scenario) -> dict[str, str]:
    """Files that models of steps read, such as a table or an FMU, and their sha256; '' of one that is not there."""
    found: dict[str, str] = {}
    for recipe in scenario.products.values():
        for step in recipe.steps.values():
            found.update(_files_of(step.model))
    return found


def _files_of(model: Any) -> Mapping[str, str]:
    """Those of a model, or of the one that it wraps."""
    if model is None or hasattr(type(model), "files"):
        try:
            return {} if model is None else model.files
        except FileNotFoundError as error:
            return {str(error.filename): ""}
    return _files_of(getattr(model, "use", None) or getattr(model, "model", None))


def from_json(text: str) -> Scenario:
    """Read what `as_json` wrote."""
    return Scenario.model_validate(json.loads(text))

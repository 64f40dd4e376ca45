"""What names, words and calendars say is there, and fits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from plantsim.calendars import Timetable
from plantsim.crosscheck.needs import lent
from plantsim.crosscheck.unknown import unknown
from plantsim.errors import Fault
from plantsim.plant import Unit
from plantsim.utility import Utility

if TYPE_CHECKING:
    from plantsim.scenario import Scenario

RULES = ("first_come", "least_changeover", "earliest_due", "shortest_first")


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
    for name, pool in scenario.pools.items():
        for skill in pool.skills:
            if seen.get(skill, "pools") != "pools":
                yield Fault(("pools", name, "skills"), f"the name {skill!r} is taken in {seen[skill]}; give it another")


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
        yield from unknown(("pools", name, "calendar"), pool.calendar, scenario.calendars, "calendar")
    for name, utility in scenario.utilities.items():
        yield from _utility_words(scenario, ("utilities", name), utility)
    for place in ("failures", "maintenance"):
        for name, rule in getattr(scenario, place).items():
            yield from lent(scenario, (place, name, "pool"), {rule.pool: 1} if rule.pool else {})


def _unit_words(scenario: Scenario, at: tuple[str, ...], unit: Unit) -> Iterator[Fault]:
    yield from unknown((*at, "cleaning"), unit.cleaning, scenario.cleaning, "cleaning rule")
    yield from unknown((*at, "calendar"), unit.calendar, scenario.calendars, "calendar")
    for each in unit.failures:
        yield from unknown((*at, "failures"), each, scenario.failures, "failure mode")
    for each in unit.maintenance:
        yield from unknown((*at, "maintenance"), each, scenario.maintenance, "maintenance")


def _utility_words(scenario: Scenario, at: tuple[str, ...], utility: Utility) -> Iterator[Fault]:
    """What stops a utility counts all hours: it has no hours of its own, and nobody draws on without it."""
    yield from unknown((*at, "calendar"), utility.calendar, scenario.calendars, "calendar")
    for mode in utility.failures:
        yield from unknown((*at, "failures"), mode, scenario.failures, "failure mode")
        rule = scenario.failures.get(mode)
        if rule is not None and rule.clock != "calendar":
            text = f"a utility counts no hours or batches of its own: give {mode!r} 'clock: calendar'"
            yield Fault((*at, "failures"), text)
        elif rule is not None and rule.work == "finish":
            text = f"what draws it can't finish without it: give {mode!r} 'work: pause', restart or scrap"
            yield Fault((*at, "failures"), text)


def calendars(scenario: Scenario) -> Iterator[Fault]:
    """Each calendar opens once at least."""
    for name, calendar in scenario.calendars.items():
        timetable = Timetable(calendar)
        if not timetable.is_open(0) and timetable.change(0) > scenario.run.horizon * 3_600_000:
            yield Fault(("calendars", name), f"never opens within the horizon of {scenario.run.horizon:g} h")


def orders(scenario: Scenario) -> Iterator[Fault]:
    """What is ordered and the dispatch rule are there."""
    for name, order in scenario.orders.items():
        for product in order.mix:
            yield from unknown(("orders", name, "product"), product, scenario.products, "product")
    rule = scenario.run.dispatch
    if isinstance(rule, str) and ":" not in rule:
        yield from unknown(("run", "dispatch"), rule or " ", RULES, "dispatch rule")
    elif not isinstance(rule, str) and not callable(rule):
        yield Fault(("run", "dispatch"), f"expected the name of a rule, such as 'first_come', got {rule!r}")


def prices(scenario: Scenario) -> Iterator[Fault]:
    """What has a price is there; water and energy are utilities."""
    said = scenario.prices
    if said is None:
        return
    rules = [clean for rule in scenario.cleaning.values() for clean in rule.named.values()]
    consumables = [name for clean in rules for name in clean.consumes]
    places = ("units", "buffers", "pools", "utilities", "materials", "products", "tests", "investigations")
    known = [*(name for place in places for name in getattr(scenario, place)), *consumables]
    for name in said.each:
        yield from unknown(("prices", "each", name), name, known, "unit, pool, utility, material or consumable")
    for word in ("water", "energy"):
        for name in getattr(said, word):
            yield from unknown(("prices", word, name), name, scenario.utilities, "utility")

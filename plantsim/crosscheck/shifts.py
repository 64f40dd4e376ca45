"""Work that may not go beyond a shift fits into one: what never could begin, or end, is said before any run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import inf, lcm
from typing import TYPE_CHECKING, NamedTuple

from plantsim.calendars import Calendar, Timetable, longest_open
from plantsim.chance import milliseconds
from plantsim.crosscheck.recipes import procedure_of
from plantsim.crosscheck.steps import steps_of
from plantsim.errors import Fault
from plantsim.laws import Constant, Empirical, Law, Lognormal, Trace, Triangular, Uniform
from plantsim.procedure import given_back, grouped
from plantsim.recipe import Product
from plantsim.step import Step

if TYPE_CHECKING:
    from plantsim.scenario import Scenario

Range = tuple[float, float]  # hours that it takes at least, and at most
Asked = tuple[str, tuple[str, ...], float]  # who; calendars, any of which would do; hours for which it is asked on end
EDGES = 2000  # times at which calendars change: of more it is not looked whether they meet
SHORT = 1.0 / 3_600_000  # hours: the shortest time


class Ask(NamedTuple):
    """For how many hours on end something is asked for, and for how many it is there."""

    name: str
    calendar: str
    longest: float
    hours: float
    work: str


class Act(NamedTuple):
    """An act of a step, and how long it takes."""

    name: str
    uses: tuple[tuple[str, float], ...]
    apart: bool
    hours: Range


def shifts(scenario: Scenario) -> Iterator[Fault]:
    """Each step finds crews and a unit for long enough, at some time of their calendars."""
    masses = {name: _masses(scenario, recipe) for name, recipe in scenario.products.items()}
    for at, recipe, step in steps_of(scenario):
        units = scenario.plant.units_for(step.on)
        told = {unit: _wrong(scenario, recipe, step, unit, masses[at[1]][at[3]]) for unit in units}
        if told and all(told.values()):
            yield Fault(at, next(iter(told.values())))


def mended(scenario: Scenario) -> Iterator[Fault]:
    """A repair or a maintenance that may not go beyond a shift ends within one of those who do it."""
    rules = [(("failures", name), rule, rule.repair) for name, rule in scenario.failures.items()]
    rules += [(("maintenance", name), rule, rule.lasts) for name, rule in scenario.maintenance.items()]  # type: ignore[misc]
    for at, rule, law in rules:
        if rule.at_shift_end not in ("fits", "restart") or rule.pool not in scenario.plant.crews:
            continue
        longest = max(_longest(scenario, name) for name in _calendars(scenario, rule.pool))
        hours = next((hours for hours in spread(law) if longest < hours < inf), None)
        if hours is not None:
            text = f"may take {hours:g} h, and {rule.pool!r} are there for {longest:g} h on end: it would never be over"
            yield Fault((*at, "at shift end"), f"{text}; give it less time, a longer shift, or 'pause'")


def _masses(scenario: Scenario, recipe: Product) -> dict[str, float]:
    procedure = procedure_of(recipe)
    return procedure.masses(scenario.plant.units_for) if procedure else dict.fromkeys(recipe.steps, 0.0)


def _wrong(scenario: Scenario, recipe: Product, step: Step, single: str, mass: float) -> str:
    """Why a step could never begin, or end, on a unit; '' if it could."""
    unit = scenario.units[scenario.plant.unit_names[single]]
    if not (unit.calendar or any(scenario.pools[pool].calendar for pool in _pools(scenario, step))):
        return ""
    on_end = any(work in ("fits", "restart") for work in (step.work, unit.work))
    acts = _acts(scenario, recipe, step, mass / unit.rate if unit.rate else 0.0, on_end)
    stints = grouped(acts)
    sure, most = _asks(scenario, step, single, stints, 0), _asks(scenario, step, single, stints, 1)
    too_long = next((ask for ask in sure if ask.hours > ask.longest), None)
    if too_long is not None:
        at_least = "" if most[sure.index(too_long)].hours == too_long.hours else "at least "
        return _says(too_long, f"takes {at_least}", "nothing")
    too_long = next((ask for ask in most if ask.longest < ask.hours < inf), None)
    return _says(too_long, "may take ", "a batch that does") if too_long else _apart(scenario, step, single, stints)


def _asks(scenario: Scenario, step: Step, single: str, stints: list[list[Act]], most: int) -> list[Ask]:
    """For how long a step asks on end for its unit and for each crew; `most`: 0 at least, 1 at most."""
    unit = scenario.units[scenario.plant.unit_names[single]]
    hours = [[act.hours[most] for act in stint] for stint in stints]
    found = []
    if unit.work in ("fits", "restart"):
        whole = sum(map(sum, hours)) if unit.work == "fits" else max(map(sum, hours))
        found.append(Ask(f"open {single!r}", unit.calendar, _longest(scenario, unit.calendar), whole, unit.work))
    for stint, each in zip(stints, hours, strict=True) if step.work in ("fits", "restart") else ():
        for word, _, k in given_back(stint):
            best = max(_calendars(scenario, word), key=lambda name: _longest(scenario, name))
            found.append(Ask(repr(word), best, _longest(scenario, best), sum(each[: k + 1]), step.work))
    return found


def _pools(scenario: Scenario, step: Step) -> Iterator[str]:
    """All pools that may come to a step."""
    for act in step.acts:
        for word in step.uses(act):
            yield from scenario.plant.crews.get(word, ())


def _acts(scenario: Scenario, recipe: Product, step: Step, by_rate: float, on_end: bool) -> list[Act]:
    """The acts of a step; its run takes as long as its model says on average, or the mass by the rate of its unit."""
    found = []
    for name in step.acts:
        law = step.law(name)
        if law is not None:
            hours = spread(law)
        elif name == "run":
            mean = _modelled(recipe, step) if step.model is not None and on_end else by_rate
            hours = mean, mean
        else:
            continue
        uses = [(word, number) for word, number in step.uses(name).items() if word in scenario.plant.crews]
        found.append(Act(name, tuple(sorted(uses)), name in step.apart, hours))
    return found


def _modelled(recipe: Product, step: Step) -> float:
    return next((recipe.model_hours[name] for name, each in recipe.steps.items() if each is step), 0.0)


def spread(law: Law) -> Range:
    """The least and the most that a time can be [h]; without a bound: 0 and infinity.

    >>> spread(Uniform(low=2.0, high=9.0))
    (2.0, 9.0)
    """
    if isinstance(law, Constant):
        return law.value, law.value
    if isinstance(law, Uniform | Triangular):
        return law.low, law.high
    if isinstance(law, Lognormal):
        return law.least, inf
    return (min(law.times), max(law.times)) if isinstance(law, Empirical | Trace) else (0.0, inf)


def _longest(scenario: Scenario, calendar: str) -> float:
    """Hours for which a calendar is open on end; without one, or of one that is not there, always."""
    known = scenario.calendars.get(calendar)
    return inf if known is None else longest_open(Timetable(known)) / 3_600_000


def _says(ask: Ask, takes: str, who: str) -> str:
    least = f"{takes}{ask.hours:g} h of {ask.name}, of which there are {ask.longest:g} h on end by {ask.calendar!r}"
    rule = "begin, since only what fits begins" if ask.work == "fits" else "end, since it begins anew after each shift"
    would = "would ever" if who == "nothing" else "would never"
    return f"{least}: {who} {would} {rule}; give it less time, a longer shift, or 'work: pause'"


# ---- calendars that never meet ---------------------------------------------------------------------------------------


def _apart(scenario: Scenario, step: Step, single: str, stints: list[list[Act]]) -> str:
    """Who is needed at once and is never there at once for long enough; '' if none is."""
    unit, kept = scenario.units[scenario.plant.unit_names[single]], tuple(step.keeps)
    whole = sum(act.hours[0] for stint in stints for act in stint) if unit.work == "fits" else SHORT
    asked = [[(single, (unit.calendar,), whole), *((pool, _calendars(scenario, pool), SHORT) for pool in kept)]]
    for stint in stints:
        hours = [act.hours[0] for act in stint]
        uses = [(word, sum(hours[: k + 1])) for word, _, k in given_back(stint)]
        on_end = step.work in ("fits", "restart")
        words = [(word, _calendars(scenario, word), held if on_end else SHORT) for word, held in uses]
        asked.append([(single, (unit.calendar,), sum(hours) if unit.work in ("fits", "restart") else SHORT), *words])
    return next((_never(those) for those in asked if not _together(scenario, those)), "")


def _together(scenario: Scenario, asked: list[Asked]) -> bool:
    """Whether all of these are there at some time, each for as long as it is asked for."""
    each = [[(scenario.calendars.get(name), hours) for name in names] for _, names, hours in asked]
    ways = product(*(those for those in each if all(calendar is not None for calendar, _ in those)))
    return any(meet([(calendar, hours) for calendar, hours in way if calendar is not None]) for way in ways)


def _never(asked: list[Asked]) -> str:
    who, long = " and ".join(dict.fromkeys(repr(name) for name, _, _ in asked)), max(each[2] for each in asked)
    for_ = f" for {long:g} h on end" if long > SHORT else ""
    return f"needs {who} at once, whose calendars are never open together{for_}: nothing would ever begin"


def _calendars(scenario: Scenario, word: str) -> tuple[str, ...]:
    return tuple(scenario.pools[pool].calendar for pool in scenario.plant.crews.get(word, ()))


def meet(asked: list[tuple[Calendar, float]]) -> bool:
    """Whether calendars are open at one time, each for so many hours on end from then on; exceptions apart.

    >>> early, late = (Calendar(open=((a, a + 8.0),), period=24.0) for a in (6.0, 12.0))
    >>> meet([(early, 2.0), (late, 8.0)]), meet([(early, 3.0), (late, 1.0)])
    (True, False)
    """
    tables = [(Timetable(each.model_copy(update={"closed": ()})), milliseconds(hours)) for each, hours in asked]
    period = lcm(*(table.period for table, _ in tables))
    if sum(period // table.period for table, _ in tables) > EDGES:
        return True
    openings = (
        base + begin for table, _ in tables for base in range(0, period, table.period) for begin, _ in table.open
    )
    return not tables or any(
        all(table.is_open(at) and table.change(at) - at >= hours for table, hours in tables) for at in openings
    )

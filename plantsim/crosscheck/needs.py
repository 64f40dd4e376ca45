"""Pools are lent and utilities drawn in numbers that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import TYPE_CHECKING

from plantsim.calendars import Timetable, longest_open
from plantsim.crews import assigned
from plantsim.crosscheck.steps import steps_of
from plantsim.crosscheck.unknown import unknown
from plantsim.errors import Fault
from plantsim.recipe import Product
from plantsim.step import AROUND, Step
from plantsim.utility import RATES

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


def needs(scenario: Scenario) -> Iterator[Fault]:
    """What steps need is there, in acts that they have."""
    for at, recipe, step in steps_of(scenario):
        has = [step.uses(act) for act in step.acts if act not in AROUND or step.law(act) is not None]
        for act in step.acts:
            needed = step.uses(act)
            share, hours = step.slow.get(act, 1.0), _mean_hours(scenario, recipe, step, act)
            slowed = {name: each * share if name in scenario.utilities else each for name, each in needed.items()}
            where = ("phases", act, "needs") if act in step.phases and step.phases[act].needs else ("needs", act)
            if share == 1.0 or any(draws(scenario, (*at, *where), needed, hours)):  # what may be slow need not be
                yield from draws(scenario, (*at, *where), slowed, hours / share)
            # what all acts need alike was not said of this one
            if act in AROUND and needed and step.law(act) is None and needed not in has:
                yield Fault((*at, "needs", act), f"the step has no {act}; give it a time, such as '{act}: 15 min'")
            yield from _besides(scenario, (*at, *where), needed, step.keeps)
        yield from kept(scenario, (*at, "keeps"), step.keeps)
        yield from _slow(scenario, at, step)


def draws(scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, float], hours: float) -> Iterator[Fault]:
    """What is needed for so long is there: pools, and rates of utilities."""
    known = scenario.plant.lent
    for name, rate in needs.items():
        if name in scenario.utilities:
            yield from _drawn(path, name, scenario, rate, hours)
        elif name not in known:
            yield from unknown(path, name, known, "pool or utility" if scenario.utilities else "pool")
    yield from lent(scenario, path, {name: each for name, each in needs.items() if name in scenario.plant.crews})


def _drawn(path: tuple[str, ...], name: str, scenario: Scenario, rate: float, hours: float) -> Iterator[Fault]:
    utility = scenario.utilities[name]
    unit, calendar = RATES[utility.unit], scenario.calendars.get(utility.calendar)
    longest = longest_open(Timetable(calendar)) / 3_600_000 if calendar is not None and not utility.tank else inf
    if rate > utility.most:
        text = f"draws {rate:g} {unit} of {name!r}, which gives at most {utility.most:g} {unit}"
        yield Fault(path, f"{text}: nothing would ever begin")
    elif not utility.carries(rate, hours):
        text = f"draws {rate:g} {unit} of {name!r} for {hours:g} h, more than its full tank lasts"
        yield Fault(path, f"{text}: nothing would ever begin")
    elif hours > longest:
        text = f"draws {name!r} for {hours:g} h, which has no tank and is made for {longest:g} h on end by its calendar"
        yield Fault(path, f"{text}: nothing would ever begin")


def lent(scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, float]) -> Iterator[Fault]:
    """What is needed of pools and skills is there, each alone and all together."""
    crews, pools, alone = scenario.plant.crews, scenario.pools, True
    for name, count in needs.items():
        if name in scenario.utilities:
            yield Fault(path, f"{name!r} is a utility, which is drawn in acts: name it under the needs of a step")
            continue
        yield from unknown(path, name, crews, "pool")
        size = sum(pools[pool].count for pool in crews.get(name, ()))
        if name in crews and count > size:
            alone = False
            others = ", with all who can do it" if crews[name] != (name,) else ""
            yield Fault(path, f"needs {count:g} of {name!r}, which has only {size}{others}: nothing would ever begin")
    asked = [(name, count, 0) for name, count in needs.items() if name in crews]
    sizes = {name: float(pool.count) for name, pool in pools.items()}
    if alone and assigned(asked, lambda word, _: crews[word], sizes) is None:
        words = " and ".join(f"{count:g} of {name!r}" for name, count, _ in asked)
        yield Fault(path, f"needs {words} at once, which are partly the same people: nothing would ever begin")


def kept(scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, float]) -> Iterator[Fault]:
    """What is kept is a pool of its own, with so many in it."""
    for name, count in needs.items():
        if name not in scenario.plant.crews:
            yield from lent(scenario, path, {name: count})
        elif name not in scenario.pools:
            yield Fault(path, f"{name!r} is a skill, and what is kept is of one pool: name a pool that has it")
        elif count > scenario.pools[name].count:
            size = scenario.pools[name].count
            yield Fault(path, f"needs {count:g} of {name!r}, which has only {size}: nothing would ever begin")


def _besides(
    scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, float], keeps: Mapping[str, float]
) -> Iterator[Fault]:
    """What an act needs of a pool is there beside what its own step keeps of it."""
    for name, count in needs.items():
        size = scenario.pools[name].count if scenario.plant.crews.get(name) == (name,) else inf
        if name in keeps and max(count, keeps[name]) <= size < count + keeps[name] - 1e-9:
            text = f"needs {count:g} of {name!r} while the step keeps {keeps[name]:g} of the {size}"
            yield Fault(path, f"{text}: it would never begin; say what it keeps only under 'keeps'")


def _slow(scenario: Scenario, at: tuple[str, ...], step: Step) -> Iterator[Fault]:
    """What may be slow draws a utility, and nobody asks that it fits, since it may take longer than known."""
    singles = scenario.plant.units_for(step.on)
    unit = next((each for each in singles if scenario.units[scenario.plant.unit_names[each]].work == "fits"), "")
    for act in step.slow:
        where = ("slows", act) if act in step.slows else ("phases", act, "slows")
        if not any(name in scenario.utilities for name in step.uses(act)):
            yield Fault((*at, *where), f"draws no utility in its {act}: give it one under 'needs', or leave it out")
        if step.work == "fits" or unit:
            text = f"work of {unit!r}" if unit else "work"
            yield Fault((*at, *where), f"may last longer than known, so it can't be asked to fit: change {text}")


def _mean_hours(scenario: Scenario, recipe: Product, step: Step, act: str) -> float:
    """How long an act of a step takes on average, on the fastest unit [h]."""
    law = step.law(act)
    if law is not None:
        return float(law.mean_hours)
    if act == "run" and step.model is not None:
        return next((recipe.model_hours[name] for name, each in recipe.steps.items() if each is step), 0.0)
    rates = [scenario.units[scenario.plant.unit_names[name]].rate or 0.0 for name in scenario.plant.units_for(step.on)]
    most = max(rates, default=0.0)
    return recipe.batch / most if act == "run" and most else 0.0

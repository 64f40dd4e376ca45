"""Failure clocks, availability, and machines that share their mechanics, against closed forms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import gamma
from typing import Any

import pytest
from theory.measure import (
    Case,
    Figures,
    Look,
    Luck,
    cases,
    estimate,
    line,
    luck_of_failures,
    mean,
    read,
    seed_of,
    station,
)

from plantsim.engine.simulate import simulate
from plantsim.laws import Constant, Exponential, Gamma, Law, Weibull
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step

pytestmark = pytest.mark.theory

RENEWAL = "closed form, renewal reward"


def unit_figures(look: Look) -> Figures:
    """What the only unit does, and what it makes an hour."""
    down = look.share("mill-1", "down")
    return {
        "throughput": look.rate(look.done.values()),
        "down": down,
        "availability": 1.0 - down,
        "working": look.share("mill-1", "working"),
    }


def unit_luck(look: Look, failure: Failure) -> Luck:
    """Failures and repairs of exponential lives, less what is to be expected."""
    lives, repairs = {"mill-1": failure.after.mean_hours}, {"mill-1": failure.repair.mean_hours}
    luck = luck_of_failures(look, lives, repairs, "working" if failure.clock == "running" else "up")
    return luck if isinstance(failure.after, Exponential) else {}


def alone(name: str, origin: str, failure: Failure, release: Any, exact: Mapping[str, float], *, time: float,
          hours: float, headline: str) -> Case:  # fmt: skip
    """One unit with one failure mode."""
    return Case(
        id=name,
        origin=origin,
        scenario=station(Constant(value=time), release, failure=failure),
        exact=exact,
        headline=(headline,),
        figures=unit_figures,
        luck=partial(unit_luck, failure=failure),
        begin=500.0,
        end=500.0 + hours,
    )


# ---- one unit --------------------------------------------------------------------------------------------------------


def availability() -> list[Case]:
    """A unit that is never starved is up MTTF / (MTTF + MTTR) of the time: on both clocks, for all distributions."""
    life, repair = Exponential(mean=100.0), Exponential(mean=10.0)
    worn, narrow = Weibull(scale=100.0 / gamma(1.5), shape=2.0), Gamma(mean=10.0, cv=0.5)
    exact = {"availability": 0.9090909090909091, "throughput": 1.8181818181818181}
    return [
        alone(f"availability_100_10:{word}", RENEWAL, failure, "as taken", exact, time=0.5, hours=hours,
              headline="throughput")
        for word, failure, hours in (
            ("running", Failure(after=life, repair=repair), 2_000.0),
            ("calendar", Failure(after=life, repair=repair, clock="calendar"), 2_000.0),
            ("running, Weibull and gamma", Failure(after=worn, repair=narrow), 2_000.0),
            ("calendar, Weibull and gamma", Failure(after=worn, repair=narrow, clock="calendar"), 2_000.0),
        )
    ]  # fmt: skip


def clocks() -> list[Case]:
    """D1: at half load a unit is down 12.5 % of the time if it wears while it runs, and 20 % if it wears all the time.

    Saturated it makes the same on both clocks.
    """
    life, repair = Exponential(mean=20.0), Exponential(mean=5.0)
    running, calendar = Failure(after=life, repair=repair), Failure(after=life, repair=repair, clock="calendar")
    half, saturated = {"every": Exponential(mean=2.0)}, "as taken"
    return [
        alone(f"clocks:{word}", RENEWAL, failure, release, exact, time=1.0, hours=6_000.0, headline=headline)
        for word, failure, release, exact, headline in (
            ("running, half load", running, half, {"down": 0.125, "working": 0.5}, "down"),
            ("calendar, half load", calendar, half, {"down": 0.2, "working": 0.5}, "down"),
            ("running, saturated", running, saturated, {"down": 0.2, "throughput": 0.8}, "throughput"),
            ("calendar, saturated", calendar, saturated, {"down": 0.2, "throughput": 0.8}, "throughput"),
        )
    ]


IN_STEP = 1.0 / (1.0 + 3.0 * 10.0 / 100.0)  # Buzacott (1967): 1 / (1 + sum of MTTR / MTTF)
STOP_OF_THREE = Failure(after=Exponential(mean=100.0), repair=Exponential(mean=10.0))


def three_in_step() -> Case:
    """Three stations that move together and stop together: in plantsim one unit with three failure modes."""
    modes = dict.fromkeys(("first", "second", "third"), STOP_OF_THREE)
    unit = {"mill": Unit(kind="mill", failures=tuple(modes))}
    return Case(
        id="three in step",
        origin="closed form, Buzacott (1967)",
        scenario=station(Constant(value=1.0), "as taken").replace(units=unit, failures=modes),
        exact={"throughput": IN_STEP, "down": 1.0 - IN_STEP},
        headline=("throughput",),
        figures=unit_figures,
        luck=partial(luck_of_failures, lives={"mill-1": 100.0 / 3.0}, repairs={"mill-1": 10.0}, state="working"),
        begin=500.0,
        end=4_500.0,
    )


@cases(*availability(), *clocks(), three_in_step(), quick=("availability_100_10:calendar", "clocks:running, half load"))
def test_one_unit(case: Case) -> None:
    """Availability, throughput and time down are the exact ones."""
    case.judge()


@pytest.mark.long
def test_three_machines_without_places_are_not_in_step() -> None:
    """A line in which each machine stops by itself makes a little more, since two may be down at once."""
    hour: Law = Constant(value=1.0)
    scenario = line([hour] * 3, [0, 0], [STOP_OF_THREE] * 3)
    made = []
    for k in range(32):
        record = simulate(scenario, seed=seed_of("not in step"), replication=k, horizon=4_500.0).record
        made.append(read(scenario, record, 500.0, 4_500.0))
    machines = {f"m{k}-1": 100.0 for k in (1, 2, 3)}
    luck = [luck_of_failures(look, machines, dict.fromkeys(machines, 10.0), "working") for look in made]
    found = estimate([look.rate(look.done.values()) for look in made], [list(each.values()) for each in luck])
    assert found.value - found.half > IN_STEP
    assert found.value + found.half < 1.01 * IN_STEP


# ---- machines and mechanics ------------------------------------------------------------------------------------------


def repairman(name: str, machines: int, mechanics: int, rate: float, repair_rate: float, exact: Mapping[str, float],
              hours: float) -> Case:  # fmt: skip
    """Machines that fail at any time and need one of a few mechanics; what they make does not matter."""
    life, repair = 1.0 / rate, 1.0 / repair_rate
    rule = Failure(after=Exponential(mean=life), repair=Exponential(mean=repair), clock="calendar", pool="mechanics")
    grind = Step(on="mill", time=1.0)
    scenario = Scenario(
        units={"mill": Unit(kind="mill", count=machines, failures=("stop",))},
        pools={"mechanics": Pool(count=mechanics)},
        failures={"stop": rule},
        products={"powder": Product(batch=1.0, steps={"grind": grind})},
        orders={"one": Order(product="powder", batches=1)},
    )
    return Case(
        id=name,
        origin="birth-death chain",
        scenario=scenario,
        exact=exact,
        headline=("mean_down", "availability"),
        figures=partial(repair_figures, mechanics=mechanics),
        luck=partial(repair_luck, life=life, repair=repair),
        begin=200.0,
        end=200.0 + hours,
        after=100.0,
    )


def repair_figures(look: Look, mechanics: int) -> Figures:
    """How many are down, how long each, how busy the mechanics are, and how often all machines are up."""
    down = look.mean_number((repair.failed, repair.over) for repair in look.repairs)
    return {
        "mean_down": down,
        "availability": 1.0 - down / len(look.hours),
        "repair_completions_rate": look.rate(repair.over for repair in look.repairs),
        "mean_down_duration": mean(each.over - each.failed for each in look.repairs if look.within(each.failed)),
        "repairman_util": look.mean_number((repair.begun, repair.over) for repair in look.repairs) / mechanics,
        "P_all_up": all_up(look),
    }


def all_up(look: Look) -> float:
    """Share of the time in which no unit is down."""
    ends = [(repair.failed, 1) for repair in look.repairs] + [(repair.over, -1) for repair in look.repairs]
    down, since, free = 0, 0.0, []
    for time, change in sorted(ends):
        if down == 0:
            free.append((since, time))
        down, since = down + change, time
    return look.mean_number([*free, (since, look.end)] if down == 0 else free)


def repair_luck(look: Look, life: float, repair: float) -> Luck:
    """Failures less the hours up by their mean life; repairs less their mean, alone and times the number then down."""
    numbers = drawn = drawn_down = 0.0
    repairs = sorted(look.repairs, key=lambda each: each.failed)
    over: list[float] = []  # of the machines that are down
    for one in repairs:
        over = [time for time in over if time > one.failed]
        if look.within(one.failed):
            numbers += 1.0
            drawn += one.drawn - repair
            drawn_down += len(over) * (one.drawn - repair)
        over.append(one.over)
    up = sum(look.length - hours.get("down", 0.0) for hours in look.hours.values())
    sums = {"failures": numbers - up / life, "repairs": drawn, "repairs times down": drawn_down}
    return {name: total / look.length for name, total in sums.items()}


@cases(
    repairman("repairman_5_1", 5, 1, 0.1, 0.5,
              {"mean_down": 1.4243391066545126, "availability": 0.7151321786690975,
               "repair_completions_rate": 0.35756608933454875, "mean_down_duration": 3.9834289356277894,
               "repairman_util": 0.7151321786690975, "P_all_up": 0.28486782133090244}, hours=5_000.0),
    repairman("repairman_20_3", 20, 3, 0.05, 0.4,
              {"mean_down": 2.8801378048851785, "availability": 0.8559931097557409,
               "repair_completions_rate": 0.855993109755741, "mean_down_duration": 3.3646740517654754,
               "repairman_util": 0.7133275914631174, "P_all_up": 0.07840612883060034}, hours=5_000.0),
    quick=("repairman_5_1",),
)  # fmt: skip
def test_repairmen(case: Case) -> None:
    """Machines wait for their mechanics as long as they should."""
    case.judge()

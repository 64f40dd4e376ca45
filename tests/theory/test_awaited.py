"""Exact cases of arrivals that are lost, of loads, and of steps whose time a model says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from math import exp, log
from typing import Any

import pytest
from theory.measure import Case, Figures, Look, Luck, luck_of_work, mean, read, station

from plantsim.charge import StartingCharge
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.laws import Exponential
from plantsim.plant import Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.unitops.reactor import Reactor

pytestmark = pytest.mark.theory

HOUR_EACH = Exponential(mean=1.0)


def case(name: str) -> pytest.MarkDecorator:
    """The id of a test."""
    return pytest.mark.parametrize("name", [name])


def judge(name: str, origin: str, scenario: Scenario, exact: dict[str, float], figures: Callable[[Look], Figures],
          luck: Callable[[Look], Luck] = lambda look: {}, headline: str = "W") -> None:  # fmt: skip
    """Run it as all others are run."""
    Case(id=name, origin=origin, scenario=scenario, exact=exact, headline=(headline,), figures=figures, luck=luck,
         begin=600.0, end=20_600.0, after=400.0).judge()  # fmt: skip


def luck_of_loads(look: Look) -> dict[str, float]:
    """Gaps between arrivals less their mean, alone and times who waits then; works of loads less theirs, likewise."""
    visits = sorted(look.visits, key=lambda visit: visit.asked)
    starts = sorted(visit.granted for visit in visits)
    sums = {"gaps": 0.0, "gaps waiting": 0.0}
    for came, (now, then) in enumerate(pairwise(visits), start=1):
        if look.within(now.asked):
            longer = then.asked - now.asked - 1.0 / 3.0
            sums["gaps"] += longer
            sums["gaps waiting"] += longer * (came - bisect_right(starts, now.asked))
    return {name: total / look.length for name, total in sums.items()} | luck_of_work(look, {"mill-1": 1.0}, waits=True)


def arriving(rate: float, **more: Any) -> Release:
    """Poisson arrivals, with whatever more there is to say of them."""
    return Release(every=Exponential(mean=1.0 / rate), **more)


def waits(look: Look) -> Figures:
    """Waiting and flow time, mean numbers, load."""
    came = [visit for visit in look.visits if look.within(visit.asked)]
    return {
        "Wq": mean(visit.waited for visit in came),
        "W": mean(visit.left - visit.asked for visit in came),
        "Lq": look.mean_number((visit.asked, visit.granted) for visit in look.visits),
        "L": look.mean_number((visit.asked, visit.left) for visit in look.visits),
        "load": look.share("mill-1", "working"),
        "throughput": look.rate(look.done.values()),
    }


@pytest.mark.long
@case("mm1k_3")
def test_arrivals_that_find_it_full_are_lost(name: str) -> None:
    """M/M/1/3 (birth-death chain)."""
    scenario = station(HOUR_EACH, arriving(0.8, lost_above=3))
    exact = {
        "throughput": 0.6612466124661247,
        "L": 1.2249322493224932,
        "W": 1.8524590163934425,
        "load": 0.6612466124661247,
    }
    judge(name, "birth-death chain", scenario, exact, waits)


@pytest.mark.long
@case("bulk_b4")
def test_bulk_service_of_those_who_wait(name: str) -> None:
    """M/M[1..4]/1 (characteristic root)."""
    plain = station(HOUR_EACH, arriving(3.0))
    scenario = plain.replace(units={"mill": Unit(kind="mill", holds=4)})
    exact = {"Lq": 7.657496176014502, "Wq": 2.5524987253381672, "load": 1.0 - 0.035934058033459955}
    judge(name, "characteristic root", scenario, exact, waits, luck_of_loads, headline="Wq")


@pytest.mark.long
@case("fullbatch_b4")
def test_bulk_service_of_full_loads(name: str) -> None:
    """Four at a time, no fewer: E4/M/1 (GI/M/1)."""
    plain = station(HOUR_EACH, arriving(3.0))
    scenario = plain.replace(units={"mill": Unit(kind="mill", holds=4, least=4)})
    exact = {"Wq": 2.1476391439899656, "W": 3.1476391439899656, "load": 0.75}
    judge(name, "E4/M/1 (GI/M/1)", scenario, exact, waits, luck_of_loads)


def timed(step: Step, name: str, **charge: Any) -> float:
    """How long [h] the only step of the only batch, of 500 kg and 500 L, takes."""
    start = StartingCharge(volume=500.0, **charge)
    scenario = Scenario(
        units={"vessel": Unit(kind="vessel", volume=500.0)},
        products={"product": Product(batch=500.0, steps={name: step}, charge=start)},
        orders={"one": Order(product="product", batches=1)},
    )
    look = read(scenario, simulate(scenario, horizon=100.0).record, 0.0, 100.0)
    return look.visits[0].left - look.visits[0].granted


@case("rx_first_order")
def test_reaction_of_first_order(name: str) -> None:
    """A -> B with k = 0.35 1/h to 98 % conversion: -ln(1 - X) / k (closed form); by the built-in reactor."""
    first = {"equation": "A -> B", "k0": 0.35 / 3600.0, "energy": 1e-9}
    model = Reactor(reactions={"r": first}, weights={"A": 100.0, "B": 100.0}, key="A", temperature=20.0,
                    conversion=0.98)  # fmt: skip
    hours = timed(Step(on="vessel", model=model), name, composition={"A": 0.1, "solvent": 0.9})
    assert hours == pytest.approx(11.177208586937558, rel=1e-6)
    assert -log(1.0 - 0.98) / 0.35 == pytest.approx(11.177208586937558)


def rinse(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """3000 L/h through a well-mixed vessel, to 1 ppm."""
    return Outcome(charge.volume / 3000.0 * log(charge.quality["ppm"]), charge.but(ppm=1.0))


@case("cip_rinse")
def test_rinse_to_a_residue(name: str) -> None:
    """500 L, 50 L/min, 2000 ppm to 1 ppm in a well-mixed vessel: V / Q ln(c0 / c) (closed form)."""
    hours = timed(Step(on="vessel", model=rinse), name, quality={"ppm": 2000.0})
    assert 60.0 * hours == pytest.approx(76.00902459542083, rel=1e-6)


def washed_out(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """Until a share of a pulse has left three tanks in series, 4 min each: 1 - e^-x (1 + x + x^2 / 2), by halving."""
    early, late = 0.0, 100.0
    for _ in range(60):
        x = (early + late) / 2.0
        gone = 1.0 - exp(-x) * (1.0 + x + x * x / 2.0)
        early, late = (early, x) if gone > charge.quality["until"] else (x, late)
    return Outcome(late * 4.0 / 60.0, charge)


@case("rtd_tis")
def test_residence_times(name: str) -> None:
    """Three tanks in series with 12 min in all: 57.68 % has left after 12 min; mean 12, variance 48 (closed form)."""
    hours = timed(Step(on="vessel", model=washed_out), name, quality={"until": 0.5768099188731565})
    assert 60.0 * hours == pytest.approx(12.0, rel=1e-6)

"""Exact cases that plantsim can't express yet: each says what it needs, and fails because the word is not there.

When the feature comes, perhaps under another name, the test has to be made to fit, and passes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from math import log
from typing import Any

import pytest
from pydantic import ValidationError
from theory.measure import Case, Figures, Look, Luck, luck_of_work, mean, read, station

from plantsim.chance import Exponential
from plantsim.engine.simulate import simulate
from plantsim.plant import Unit
from plantsim.recipe import Order, Product, Release, Step
from plantsim.scenario import Scenario

pytestmark = pytest.mark.theory

HOUR_EACH = Exponential(mean=1.0)


def needs(feature: str) -> pytest.MarkDecorator:
    """It is expected to fail, for want of a word and for no other reason."""
    return pytest.mark.xfail(strict=True, raises=ValidationError, reason=f"needs: {feature}")


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


@case("bulk_b4")
def test_bulk_service_of_those_who_wait(name: str) -> None:
    """M/M[1..4]/1 (characteristic root)."""
    plain = station(HOUR_EACH, arriving(3.0))
    scenario = plain.replace(units={"mill": Unit(kind="mill", holds=4)})
    exact = {"Lq": 7.657496176014502, "Wq": 2.5524987253381672, "load": 1.0 - 0.035934058033459955}
    judge(name, "characteristic root", scenario, exact, waits, luck_of_loads, headline="Wq")


@case("fullbatch_b4")
def test_bulk_service_of_full_loads(name: str) -> None:
    """Four at a time, no fewer: E4/M/1 (GI/M/1)."""
    plain = station(HOUR_EACH, arriving(3.0))
    scenario = plain.replace(units={"mill": Unit(kind="mill", holds=4, least=4)})
    exact = {"Wq": 2.1476391439899656, "W": 3.1476391439899656, "load": 0.75}
    judge(name, "E4/M/1 (GI/M/1)", scenario, exact, waits, luck_of_loads)


def timed(step: Step, name: str) -> float:
    """How long [h] the only step of the only batch takes."""
    scenario = Scenario(
        units={"vessel": Unit(kind="vessel", volume=500.0)},
        products={"product": Product(batch=500.0, steps={name: step})},
        orders={"one": Order(product="product", batches=1)},
    )
    look = read(scenario, simulate(scenario, horizon=100.0).record, 0.0, 100.0)
    return look.visits[0].left - look.visits[0].granted


@needs("a model in the step: reaction to a conversion")
@case("rx_first_order")
def test_reaction_of_first_order(name: str) -> None:
    """A -> B with k = 0.35 1/h to 98 % conversion: -ln(1 - X) / k (closed form)."""
    model = {"use": "FirstOrderReaction", "rate": 0.35, "until": 0.98}
    hours = timed(Step(on="vessel", model=model), name)  # type: ignore[call-arg]
    assert hours == pytest.approx(11.177208586937558, rel=1e-6)
    assert -log(1.0 - 0.98) / 0.35 == pytest.approx(11.177208586937558)


@needs("a model in the step: rinse to a residue")
@case("cip_rinse")
def test_rinse_to_a_residue(name: str) -> None:
    """500 L, 50 L/min, 2000 ppm to 1 ppm in a well-mixed vessel: V / Q ln(c0 / c) (closed form)."""
    model = {"use": "Rinse", "flow": 3000.0, "from": 2000.0, "until": 1.0}
    hours = timed(Step(on="vessel", model=model), name)  # type: ignore[call-arg]
    assert 60.0 * hours == pytest.approx(76.00902459542083, rel=1e-6)


@needs("a model in the step: residence times of a continuous line")
@case("rtd_tis")
def test_residence_times(name: str) -> None:
    """Three tanks in series with 12 min in all: 57.68 % has left after 12 min; mean 12, variance 48 (closed form)."""
    model = {"use": "TanksInSeries", "tanks": 3, "mean": 0.2, "until": 0.5768099188731565}
    hours = timed(Step(on="vessel", model=model), name)  # type: ignore[call-arg]
    assert 60.0 * hours == pytest.approx(12.0, rel=1e-6)

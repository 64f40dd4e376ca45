"""Batches in parts against exact results."""

from __future__ import annotations

import pytest
from theory.measure import Case, Figures, Look, luck_of_arrivals, mean

from plantsim.laws import Exponential
from plantsim.plant import Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step

pytestmark = pytest.mark.theory

HOUR_EACH = Exponential(mean=1.0)


def side_by_side(rate: float) -> Scenario:
    """Two parts of a batch, each on a unit of its own, from its release on."""
    steps = {f"s{k}": Step(on=f"m{k}", time=HOUR_EACH, after=()) for k in (1, 2)}
    return Scenario(
        units={f"m{k}": Unit(kind=f"m{k}") for k in (1, 2)},
        products={"pair": Product(batch=1.0, steps=steps)},
        orders={"order": Order(product="pair", release=Release(every=Exponential(mean=1.0 / rate)))},
    )


def of_both(look: Look) -> Figures:
    """From the release until both parts are done, and until one is."""
    came = [visit for visit in look.visits if look.within(visit.asked)]
    done = {visit.batch: max(look.done[f"{visit.batch[:-3]}/s{k}"] for k in (1, 2)) for visit in came}
    return {
        "T": mean(done[visit.batch] - visit.asked for visit in came if visit.step == "s1"),
        "T_single": mean(visit.left - visit.asked for visit in came),
    }


@pytest.mark.long
@pytest.mark.parametrize("name", ["forkjoin2_0.5"])
def test_two_parts_at_a_time(name: str) -> None:
    """Two M/M/1 with the same arrivals, done when both are (Nelson and Tantawi 1988, exact for two)."""
    Case(
        id=name, origin="Nelson and Tantawi (1988)", scenario=side_by_side(0.5), exact={"T": 2.875, "T_single": 2.0},
        headline=("T",), figures=of_both, luck=lambda look: luck_of_arrivals(look, 2.0, 2.0, 2.0),
        begin=600.0, end=20_600.0, after=400.0,
    ).judge()  # fmt: skip

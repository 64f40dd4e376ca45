"""A unit that changes over to the next product while nothing waits, against the theory of polling."""

from __future__ import annotations

import pytest
from theory.measure import Case, Figures, Look, luck_of_arrivals, mean, station

from plantsim.cleaning import Cleaning
from plantsim.laws import Constant, Exponential
from plantsim.plant import Unit
from plantsim.recipe import Order, Product, Release

pytestmark = pytest.mark.theory


def flow_time(look: Look) -> Figures:
    """From asking to leaving, the clean before use included."""
    came = [visit for visit in look.visits if look.within(visit.asked)]
    return {"W": mean(visit.left - visit.asked for visit in came)}


@pytest.mark.long
@pytest.mark.parametrize("name", ["polling_2_0.3"])
def test_campaigns_until_the_queue_is_empty(name: str) -> None:
    """Two products, each served until none of it waits; then 1 h of cleaning, also if nothing waits (Takagi).

    Symmetric and exhaustive: a mean wait of 3.25 h, and 1 h of work.
    """
    plain = station(Exponential(mean=1.0), Release(every=Exponential(mean=1.0 / 0.6)))
    steps = plain.products["powder"].steps
    scenario = plain.replace(
        units={"mill": Unit(kind="mill", cleaning="change")},
        cleaning={"change": Cleaning(major=Constant(value=1.0), turns=("A", "B"))},
        products={word: Product(batch=1.0, steps=steps) for word in "AB"},
        orders={word: Order(product=word, release=Release(every=Exponential(mean=1.0 / 0.3))) for word in "AB"},
        dispatch="least_changeover",
    )
    Case(
        id=name,
        origin="Takagi, symmetric and exhaustive",
        scenario=scenario,
        exact={"W": 4.25},
        headline=("W",),
        figures=flow_time,
        luck=lambda look: luck_of_arrivals(look, 1.0 / 0.6, 1.0),
        begin=600.0,
        end=20_600.0,
        after=400.0,
    ).judge()

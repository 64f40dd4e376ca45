"""The twin: fed with rows, it stands where the plant stands, forecasts it, and names what deviates."""

from __future__ import annotations

import pytest

from plantsim.chance import HOUR
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.laws import Lognormal
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.twin import Twin


def dryer(mean: float = 10.0) -> Scenario:
    """A dryer that works on batch after batch."""
    step = Step(on="dryer", time=Lognormal(mean=mean, cv=0.2))
    return Scenario(
        units={"dryer": Unit(kind="dryer")},
        products={"powder": Product(batch=100.0, steps={"dry": step})},
        orders={"march": Order(product="powder")},
    )


def observed(hours: float, mean: float = 10.0) -> list:  # type: ignore[type-arg]
    return [row for row in simulate(dryer(mean), seed=1).record if row[0] <= hours * HOUR]


def test_it_stands_where_the_plant_stands() -> None:
    twin = Twin(dryer()).observe(observed(300.0)).observe([], until=300.0)
    assert twin.state() == simulate(dryer(), seed=1).state_at(300.0)
    assert twin.so_far().until == 300.0


def test_it_forecasts_what_is_in_progress_first() -> None:
    twin = Twin(dryer()).observe(observed(300.0))
    forecast = twin.forecast(hours=72, replications=20)
    (batch,) = twin.state().batches
    table = forecast.batches()
    assert list(table.index) == [batch]
    assert table.loc[batch, "likely"] == 1.0
    assert 4 <= forecast.done().median() <= 9
    assert str(forecast).startswith("20 futures from")


def test_a_plant_that_is_as_the_model_hardly_deviates_and_a_slow_one_does() -> None:
    assert len(Twin(dryer()).observe(observed(1300.0)).deviations()) <= 5  # about 1 % of 130 steps
    slow = Twin(dryer()).observe(observed(1300.0, mean=18.0)).deviations()
    assert len(slow) > 20
    assert (slow["took"] > slow["expected"]).all()


def test_rows_that_can_not_follow_are_refused_and_nothing_is_lost() -> None:
    rows = observed(50.0)
    twin = Twin(dryer()).observe(rows)
    before = twin.state()
    with pytest.raises(PlantsimError, match="is of 0 h, before"):
        twin.observe([rows[0]])
    with pytest.raises(PlantsimError, match="unknown kind 'dance'"):
        twin.observe([(60 * HOUR, "dance", "", "", "", "", 0.0, "", None)])
    with pytest.raises(PlantsimError, match="can't follow what came before"):
        twin.observe([(60 * HOUR, "leave", "dryer-1", "march/99", "dry", "powder", 0.0, "", None)])
    assert twin.state() == before

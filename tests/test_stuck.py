"""A plant in which batches wait for one another in a ring says so at once, with the ring; any other goes on."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from plants import hours, small

from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError, StuckPlant
from plantsim.plant import Buffer, Calendar, Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release, Step
from plantsim.scenario import Scenario

ONCE = Release(at_once=True)


def crossing(forth: int = 1, back: int = 1, **more: Any) -> Scenario:
    """One product goes from x to y and then to z, the other from y to x; without room between they meet."""
    more.setdefault("units", {name: Unit(kind=name) for name in "xyz"})
    return small(
        {},
        products={
            "forth": Product(
                batch=1.0,
                steps={"a": Step(on="x", time=1.0), "b": Step(on="y", time=1.0), "c": Step(on="z", time=1.0)},
            ),
            "back": Product(batch=1.0, steps={"a": Step(on="y", time=2.0), "b": Step(on="x", time=1.0)}),
        },
        orders={
            "forth": Order(product="forth", batches=forth, release=ONCE),
            "back": Order(product="back", batches=back, release=ONCE),
        },
        **more,
    )


def stuck(scenario: Scenario) -> str:
    with pytest.raises(StuckPlant) as caught:
        simulate(scenario)
    assert pickle.loads(pickle.dumps(caught.value)).ring == caught.value.ring  # as it comes from another process
    assert isinstance(caught.value, PlantsimError)
    return str(caught.value)


def test_two_recipes_that_cross_without_room_between_get_stuck() -> None:
    assert stuck(crossing()) == (
        "the plant is stuck after 2 h: back/1 holds y-1 and waits for x-1; forth/1 holds x-1 and waits for y-1"
    )


def test_it_says_so_at_once_whatever_else_goes_on() -> None:
    """z works on and breaks down for years to come; closing and opening of x would change nothing."""
    plant = crossing(
        units={
            "x": Unit(kind="x", calendar="days"),
            "y": Unit(kind="y"),
            "z": Unit(kind="z", failures=("power",)),
            "w": Unit(kind="w"),
        },
        calendars={"days": Calendar(open=((0.0, 1.5), (10.0, 24.0)), period=24.0)},
        failures={"power": Failure(after=1.0, repair=1.0, clock="calendar")},
    )
    other = Product(batch=1.0, steps={"s": Step(on="w", time=1.0)})
    plant = plant.replace(
        products={**plant.products, "other": other}, orders={**plant.orders, "other": Order(product="other")}
    )
    assert stuck(plant) == (
        "the plant is stuck after 2 h: back/1 holds y-1 and waits for x-1; forth/1 holds x-1 and waits for y-1"
    )


def test_those_who_wait_behind_a_ring_are_not_of_it() -> None:
    """A batch on z waits for x too, but nobody waits for z."""
    plant = crossing(forth=1, back=1)
    behind = Product(batch=1.0, steps={"a": Step(on="z", time=1.5), "b": Step(on="x", time=1.0)})
    plant = plant.replace(
        products={**plant.products, "behind": behind},
        orders={**plant.orders, "behind": Order(product="behind", batches=1, release=ONCE)},
    )
    assert stuck(plant) == (
        "the plant is stuck after 2 h: back/1 holds y-1 and waits for x-1; forth/1 holds x-1 and waits for y-1"
    )


def test_a_ring_may_go_over_a_full_buffer() -> None:
    """The one place is taken by a batch that waits for x."""
    plant = crossing(forth=2, back=2, buffers={"b": Buffer(places=1)}, links=["x -> y", "y -> b -> x", "y -> z"])
    assert stuck(plant) == (
        "the plant is stuck after 4 h: back/2 holds y-1 and waits for x-1; forth/1 holds x-1 and waits for y-1"
    )


def test_a_ring_may_go_over_a_kept_pool() -> None:
    """Each batch keeps one of two bins on x, and needs a second one on y."""
    plant = small(
        {"a": Step(on="x", time=1.0, keeps={"bins": 1}), "b": Step(on="y", time=1.0, keeps={"bins": 1})},
        batches=2,
        units={"x": Unit(kind="x", count=2), "y": Unit(kind="y", count=2)},
        pools={"bins": Pool(count=2)},
    )
    found = stuck(plant)
    assert found.startswith("the plant is stuck after 1 h: ")
    assert "o/1 holds x-1 and waits for bins" in found
    assert hours(list(simulate(plant.with_pool("bins", 3)).record), "done", "o/2") == [2.0]


def test_a_batch_may_lack_what_it_keeps_itself() -> None:
    plant = small(
        {"a": Step(on="x", time=1.0, keeps={"bins": 1}), "b": Step(on="y", time=1.0, keeps={"bins": 1})},
        batches=1,
        pools={"bins": Pool(count=1)},
    )
    assert stuck(plant) == "the plant is stuck after 1 h: o/1 holds x-1 and waits for bins"


@pytest.mark.parametrize(
    "plant",
    [
        crossing(buffers={"b": Buffer(places=1)}),
        crossing(units={"x": Unit(kind="x", count=2), "y": Unit(kind="y"), "z": Unit(kind="z")}),
        crossing(forth=3, back=3, buffers={"b": Buffer()}),
    ],
    ids=["a buffer", "an alternative", "a buffer without limit"],
)
def test_where_somebody_can_let_go_nothing_is_stuck(plant: Scenario) -> None:
    rows = list(simulate(plant).record)
    ordered = sum(order.batches or 0 for order in plant.orders.values())
    assert sum(row[1] == "done" for row in rows) == ordered


@pytest.mark.parametrize(
    "units",
    [
        {"y": Unit(kind="y", failures=("power",))},
        {"y": Unit(kind="y", calendar="late")},
    ],
    ids=["broken down", "closed"],
)
def test_a_plant_that_is_blocked_for_a_time_is_not_stuck(units: dict[str, Unit]) -> None:
    """All batches of x wait for y, which holds none and comes back."""
    plant = small(
        {"a": Step(on="x", time=1.0), "b": Step(on="y", time=1.0)},
        batches=3,
        units={"x": Unit(kind="x", count=3), **units},
        calendars={"late": Calendar(open=((30.0, 100.0),), period=100.0)},
        failures={"power": Failure(after=0.5, repair=29.5, clock="calendar")},
    )
    assert hours(list(simulate(plant, horizon=35.0).record), "grant", "o/1") == [0.0, 30.0]


def test_a_batch_that_lacks_a_crew_will_have_it_again() -> None:
    plant = crossing(
        pools={"crew": Pool(count=1, calendar="late")}, calendars={"late": Calendar(open=((50.0, 60.0),), period=100.0)}
    )
    steps = {"a": Step(on="y", time=2.0, needs={"run": {"crew": 1}}), "b": Step(on="z", time=1.0)}
    plant = plant.replace(products={**plant.products, "back": Product(batch=1.0, steps=steps)})
    rows = list(simulate(plant).record)
    assert hours(rows, "done", "back/1") == [53.0]
    assert hours(rows, "done", "forth/1") == [54.0]

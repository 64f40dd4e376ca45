"""A plant in which batches wait for one another in a ring says so at once, with the ring; any other goes on."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from plants import hours, small

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError, StuckPlant
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step

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
    """Forth is done on x at 1 h and wants y; back is done on y at 2 h and wants x: neither can leave."""
    assert stuck(crossing()) == (
        "the plant is stuck after 2 h: back/1 holds y-1 and waits for x-1; forth/1 holds x-1 and waits for y-1"
    )


def test_it_says_so_at_once_whatever_else_goes_on() -> None:
    """z and w work on and break down for years to come; closing and opening of x would change nothing: stuck at 2 h."""
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
    """A batch that is done on z at 1.5 h waits for x too, but nobody waits for z: of the
    two on x and y alone is told.
    """
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
    """Back/1 is done on y at 2 h and goes into the one place, for forth/1 stands on x, which wants y.

    Back/2, which has asked for y first, has it to 4 h: then its way is full, and nobody can go on.
    """
    plant = crossing(forth=2, back=2, buffers={"b": Buffer(places=1)}, links=["x -> y", "y -> b -> x", "y -> z"])
    assert stuck(plant) == (
        "the plant is stuck after 4 h: back/2 holds y-1 and waits for x-1; forth/1 holds x-1 and waits for y-1"
    )


def test_a_ring_may_go_over_a_kept_pool() -> None:
    """Each of two batches keeps one of two bins on x to 1 h, and needs a second one on
    y: stuck, as o/1 has one itself.

    With three bins o/1 has the third, and as it leaves x at 1 h its first is for o/2: both are done at 2 h.
    """
    plant = small(
        {"a": Step(on="x", time=1.0, keeps={"bins": 1}), "b": Step(on="y", time=1.0, keeps={"bins": 1})},
        batches=2,
        units={"x": Unit(kind="x", count=2), "y": Unit(kind="y", count=2)},
        pools={"bins": Pool(count=2)},
    )
    assert stuck(plant) == "the plant is stuck after 1 h: o/1 holds x-1 and waits for bins"
    assert hours(list(simulate(plant.with_pool("bins", 3)).record), "done", "o/2") == [2.0]


def test_a_batch_may_lack_what_it_keeps_itself() -> None:
    """It keeps the only bin on x, and needs one more on y at 1 h."""
    plant = small(
        {"a": Step(on="x", time=1.0, keeps={"bins": 1}), "b": Step(on="y", time=1.0, keeps={"bins": 1})},
        batches=1,
        pools={"bins": Pool(count=1)},
    )
    assert stuck(plant) == "the plant is stuck after 1 h: o/1 holds x-1 and waits for bins"


@pytest.mark.parametrize(
    ("plant", "done"),
    [
        (crossing(buffers={"b": Buffer(places=1)}), {"back/1": 3, "forth/1": 4}),
        (
            crossing(units={"x": Unit(kind="x", count=2), "y": Unit(kind="y"), "z": Unit(kind="z")}),
            {"back/1": 3, "forth/1": 4},
        ),
        (
            crossing(forth=3, back=3, buffers={"b": Buffer()}),
            {"back/1": 4, "back/2": 5, "back/3": 7, "forth/1": 8, "forth/2": 9, "forth/3": 10},
        ),
    ],
    ids=["a buffer", "an alternative", "a buffer without limit"],
)
def test_where_somebody_can_let_go_nothing_is_stuck(plant: Scenario, done: dict[str, int]) -> None:
    """Forth stands aside from 1 h on, in the buffer, or in one of two x: back goes from
    y to x at 2 h, and is done at 3 h.

    Forth has y then and z from 3 h to 4 h. Of three each, y takes those of back first, to 2, 4 and 6 h, and
    then those of forth, to 7, 8 and 9 h, which are on z for an hour more. x has forth/3 to 3 h, and so back/1
    to 4 h, back/2 to 5 h and back/3 to 7 h.
    """
    assert {row[3]: row[0] / HOUR for row in simulate(plant).record if row[1] == "done"} == done


@pytest.mark.parametrize(
    "units",
    [
        {"y": Unit(kind="y", failures=("power",))},
        {"y": Unit(kind="y", calendar="late")},
    ],
    ids=["broken down", "closed"],
)
def test_a_plant_that_is_blocked_for_a_time_is_not_stuck(units: dict[str, Unit]) -> None:
    """All batches of x wait from 1 h on for y, which holds none and comes back at 30 h:
    the first is granted it then.
    """
    plant = small(
        {"a": Step(on="x", time=1.0), "b": Step(on="y", time=1.0)},
        batches=3,
        units={"x": Unit(kind="x", count=3), **units},
        calendars={"late": Calendar(open=((30.0, 100.0),), period=100.0)},
        failures={"power": Failure(after=0.5, repair=29.5, clock="calendar")},
    )
    assert hours(list(simulate(plant, horizon=35.0).record), "grant", "o/1") == [0.0, 30.0]


def test_a_batch_that_lacks_a_crew_will_have_it_again() -> None:
    """Back has y at 0 h, and its crew from 50 h to 52 h, then z to 53 h; forth waits on x for y from 1 h on.

    It has y from 52 h to 53 h, and z to 54 h.
    """
    plant = crossing(
        pools={"crew": Pool(count=1, calendar="late")}, calendars={"late": Calendar(open=((50.0, 60.0),), period=100.0)}
    )
    steps = {"a": Step(on="y", time=2.0, needs={"run": {"crew": 1}}), "b": Step(on="z", time=1.0)}
    plant = plant.replace(products={**plant.products, "back": Product(batch=1.0, steps=steps)})
    rows = list(simulate(plant).record)
    assert hours(rows, "done", "back/1") == [53.0]
    assert hours(rows, "done", "forth/1") == [54.0]

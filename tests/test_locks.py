"""`locks: true`: a unit that is down or closed keeps the batch that is done in it; small plants worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import hours, lines, play, small, told

from plantsim.calendars import Calendar
from plantsim.engine.simulate import simulate
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step

ONCE = Failure(after=2.5, repair=3.0, clock="calendar")  # down from 2.5 to 5.5, then again at 8
STEPS = {"grind": Step(on="mill", time=1.0), "press": Step(on="press", time=4.0)}


def mill(locks: bool, *, press: Step | None = None, **more: Any) -> Scenario:
    """A mill of 1 h before a press of 4 h; the mill fails at 2.5 for 3 h."""
    units = {"mill": Unit(kind="mill", failures=("jam",), locks=locks), "press": Unit(kind="press")}
    given = {"units": units, "failures": {"jam": ONCE}, "batches": 2, "run": {"horizon": 8.0}, **more}
    return small({**STEPS, "press": press or STEPS["press"]}, **given)


@pytest.mark.parametrize(("locks", "left"), [(True, 5.5), (False, 5.0)])
def test_a_unit_that_is_down_keeps_its_batch(locks: bool, left: float) -> None:
    """The second batch is done in the mill at 2 h; the press has the first from 1 h to
    5 h; the mill is down to 5.5 h.

    So the press takes it at 5.5 h if the mill locks, and else at 5 h.
    """
    rows = play(mill(locks))
    assert hours(rows, "grant", "o/2") == [1.0, left]


def test_the_batch_waits_for_its_own_unit() -> None:
    """Done at 2 h, it lacks the press, which is in use to 5 h; from 2.5 h on, when the
    mill is down, it lacks the mill.
    """
    rows = play(mill(True))
    assert [line for line in told(rows, "wait") if "o/2" in line] == lines(
        """
        0 wait o/2 mill
        2 wait mill-1 o/2 press
        2.5 wait mill-1 o/2 mill-1
        """
    )
    stays = simulate(mill(True), 1).check().spans("batches")
    waits = stays[(stays["batch"] == "o/2") & (stays["place"] == "mill-1") & (stays["state"] == "waiting for unit")]
    assert waits[["start", "end", "cause"]].values.tolist() == [[2.0, 2.5, "press"], [2.5, 5.5, "mill-1"]]


def test_another_passes_it() -> None:
    """o/1 and o/2 are done at 1 h in the two mills; the press has o/1 to 5 h and o/2 to 9 h.

    o/3 is done in the first mill at 2 h, o/4 in the second at 6 h, since o/2 stands there until 5 h. At 9 h the first
    mill is down, from 8 h on, as it was from 2.5 h to 5.5 h: if it locks, o/4 passes o/3.
    """
    steps = {"grind": Step(on="mill", time=1.0), "press": Step(on="press", time=4.0)}
    for locks, third in ((True, "o/4"), (False, "o/3")):
        units = {
            "a": Unit(kind="mill", failures=("jam",), locks=locks),
            "b": Unit(kind="mill"),
            "press": Unit(kind="press"),
        }
        rows = play(small(steps, batches=4, units=units, failures={"jam": ONCE}, run={"horizon": 10.0}))
        assert [line for line in told(rows, "grant") if "press" in line] == [
            "1 grant press-1 o/1",
            "5 grant press-1 o/2",
            f"9 grant press-1 {third}",
        ]


def test_a_place_in_a_buffer_is_not_come_to() -> None:
    """Done at 0.75, 1.5 and 2.25; the press has the first until 4.75, then takes the second out of the bin.

    The third could come into the bin then, but is in the mill, which is down until 5.5.
    """
    steps = {**STEPS, "grind": Step(on="mill", time=0.75)}
    for locks, stored in ((True, 5.5), (False, 4.75)):
        units = {"mill": Unit(kind="mill", failures=("jam",), locks=locks), "press": Unit(kind="press")}
        bins = {"buffers": {"bin": Buffer(places=1)}, "links": ["mill -> bin -> press"]}
        rows = play(small(steps, batches=3, units=units, failures={"jam": ONCE}, run={"horizon": 8.0}, **bins))
        assert hours(rows, "store", "o/2") == [1.5]
        assert hours(rows, "store", "o/3") == [stored]


@pytest.mark.parametrize("locks", [True, False])
def test_who_is_done_as_a_shift_ends_passes_on_if_there_is_room(locks: bool) -> None:
    """The mill closes at 0.5, works on until 1 and passes the batch on; the next one is done at 11."""
    units = {"mill": Unit(kind="mill", calendar="day", locks=locks), "press": Unit(kind="press")}
    day = Calendar(open=((0.0, 0.5), (10.0, 12.0)), period=100.0)
    rows = play(small(STEPS, units=units, calendars={"day": day}, run={"horizon": 20.0}))
    assert hours(rows, "grant", "o/1") == [0.0, 1.0]
    assert hours(rows, "grant", "o/2") == [10.0, 11.0]


def test_a_closed_unit_keeps_its_batch() -> None:
    """The second batch is done at 2; the mill closes at 4, the press is free at 5, the mill opens at 10."""
    units = {"mill": Unit(kind="mill", calendar="day", locks=True), "press": Unit(kind="press")}
    day = Calendar(open=((0.0, 4.0), (10.0, 12.0)), period=100.0)
    rows = play(small(STEPS, units=units, calendars={"day": day}, run={"horizon": 20.0}))
    assert hours(rows, "grant", "o/2") == [1.0, 10.0]


def test_it_strikes_before_the_batch_that_is_done_just_then_is_gone() -> None:
    """The work is done at 2.5, when the mill fails: the batch stays until 5.5."""
    units = {"mill": Unit(kind="mill", failures=("jam",), locks=True), "press": Unit(kind="press")}
    steps = {"grind": Step(on="mill", time=2.5), "press": Step(on="press", time=4.0)}
    rows = play(small(steps, batches=1, units=units, failures={"jam": ONCE}, run={"horizon": 8.0}))
    assert hours(rows, "grant", "o/1") == [0.0, 5.5]


def test_a_batch_that_has_its_next_unit_stays_too() -> None:
    """Its press is granted at 1 and the crew comes at 5.25, but the mill, down from 2.5 to 5.5, does not let it go."""
    press = Step(on="press", time=1.0, charge=0.5, needs={"charge": {"crew": 1}})
    pools = {"crew": Pool(count=1, calendar="late")}
    late = Calendar(open=((5.25, 20.0),), period=100.0)
    rows = play(mill(True, press=press, pools=pools, calendars={"late": late}, batches=1))
    assert told(rows, "wait", "begin") == lines(
        """
        1 wait press-1 o/1 crew
        2.5 wait press-1 o/1 mill-1
        5.5 begin press-1 o/1
        """
    )


def test_why_it_waits_ends_at_its_own_unit() -> None:
    """At 4 h the mill is down, from 2.5 h to 5.5 h: that is the root, and nobody waits in a ring."""
    why = simulate(mill(True), 1).why("o/2", at=4.0)
    assert why.links[-1] == "mill-1 is down by jam" and not why.ring


def test_a_batch_kept_for_longer_than_its_hold_is_lost() -> None:
    """Done at 2, it may wait until 5.25 for the press, which is free at 5; the mill keeps it until 5.5."""
    grind = Step(on="mill", time=1.0, hold=3.25, after_hold="scrap")
    for locks, fate in ((True, [5.25]), (False, [])):
        scenario = mill(locks).replace(products={"p": {"batch": 100.0, "steps": {**STEPS, "grind": grind}}})
        assert hours(play(scenario), "scrap", "o/2") == fate


def test_who_was_kept_in_has_not_lost_its_turn() -> None:
    """p/2 is done in a at 2 and q/2 in b at 3; a is down from 2.5 to 5, when the press takes q/1 out of the store.

    So p/2, which has asked first, has the place in the store, and q/2 the next one at 9.
    """
    plant = small(
        {},
        units={"a": Unit(kind="a", failures=("jam",), locks=True), "b": Unit(kind="b"), "press": Unit(kind="press")},
        buffers={"store": Buffer(places=1)},
        links=["a -> store -> press", "b -> store -> press"],
        failures={"jam": Failure(after=2.5, repair=2.5, clock="calendar")},
        products={
            name: Product(batch=1.0, steps={"m": Step(on=on, time=time), "press": Step(on="press", time=4.0)})
            for name, on, time in (("p", "a", 1.0), ("q", "b", 1.5))
        },
        orders={name: Order(product=name, batches=2, release=Release(at_once=True)) for name in "pq"},
        run={"horizon": 10.0},
    )
    assert told(play(plant), "store") == lines(
        """
        1.5 store store q/1 press
        5 store store p/2 press
        9 store store q/2 press
        """
    )

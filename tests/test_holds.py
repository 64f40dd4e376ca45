"""How long a batch may stand before its next step: until that begins with it, or it moves, whatever is lacking."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, resumes, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.laws import Constant, Trace
from plantsim.materials import Rework
from plantsim.moving import Transfer
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility

LATE: dict[str, Any] = {"calendars": {"late": Calendar(open=((11.0, 14.0),), period=100.0)}}
OP: dict[str, Any] = {"pools": {"op": Pool(count=1, calendar="late")}, **LATE}
ONCE = Release(at_once=True)
HIDE = ("release", "book")


def stood(then: Any = "scrap", hold: float = 1.0, **more: Any) -> Scenario:
    """1 h on x, then 1 h on y; in between it may stand for 1 h."""
    steps = {
        "s": Step(on="x", time=1.0, hold=hold, after_hold=then),
        "u": Step(on="y", time=1.0, **more.pop("step", {"needs": {"run": {"op": 1}}})),
    }
    return small(steps, batches=1, **more)


def test_a_batch_that_has_its_unit_but_no_crew_breaks_its_hold() -> None:
    """It has y at 1 h, and there is nobody before 11 h: at 2 h it has stood on x for 1 h, and is scrapped."""
    assert told(resumes(stood(**OP)), hide=HIDE) == lines("""
        0 grant x-1 o/1
        1 grant y-1 o/1
        1 wait y-1 o/1 op
        2 leave x-1 o/1
        2 leave y-1 o/1
        2 scrap o/1 hold
    """)


def test_a_deviation_is_noted_where_it_stands() -> None:
    """As above; noted at 2 h, it goes on at 11 h, as the crew comes."""
    assert told(resumes(stood("deviation", **OP)), hide=HIDE) == lines("""
        0 grant x-1 o/1
        1 grant y-1 o/1
        1 wait y-1 o/1 op
        2 deviation x-1 o/1 hold
        11 begin y-1 o/1
        11 leave x-1 o/1
        12 leave y-1 o/1
        12 done o/1
    """)


def test_the_claim_of_one_that_goes_back_is_given_back() -> None:
    """At 2 h it goes back to x, and y is free: done again till 3 h, it stands till 4 h, and is scrapped then.

    y has done nothing, and counts no batch.
    """
    rows = resumes(stood(Rework(rework="s"), **OP))
    assert told(rows, hide=HIDE) == lines("""
        0 grant x-1 o/1
        1 grant y-1 o/1
        1 wait y-1 o/1 op
        2 leave x-1 o/1
        2 leave y-1 o/1
        2 rework o/1 hold
        2 grant x-1 o/1
        3 grant y-1 o/1
        3 wait y-1 o/1 op
        4 leave x-1 o/1
        4 leave y-1 o/1
        4 scrap o/1 hold
    """)
    assert state_at(stood(**OP), rows, 5 * HOUR).units["y-1"].cycles == 0


def test_who_comes_at_that_very_instant_saves_it() -> None:
    """It may stand till 11 h, when the crew comes: nothing is broken."""
    assert "scrap" not in {row[1] for row in resumes(stood(hold=10.0, **OP))}


def test_a_batch_that_waits_for_a_tank_breaks_its_hold() -> None:
    """110 L/h for 1 h, of a tank that is empty at first and gets 10 L/h: 9 h from 1 h on would do; scrapped at 2 h.

    Since 10 L come while it draws, the tank must have 100 L, which it has at 10 h.
    """
    wfi = {"wfi": Utility(unit="L", makes=10.0, tank=100.0, at_first=0.0)}
    step = {"needs": {"run": {"wfi": 110.0}}}
    assert told(resumes(stood(utilities=wfi, step=step)), "wait", "begin", "scrap") == [
        "1 wait y-1 o/1 wfi",
        "2 scrap o/1 hold",
    ]
    assert "10 begin y-1 o/1" in told(resumes(stood("deviation", utilities=wfi, step=step)), hide=HIDE)


@pytest.mark.parametrize("phases", [False, True])
def test_a_clean_before_use_is_cut_as_the_hold_is_broken(phases: bool) -> None:
    """y was used from 1 h to 2 h. It is cleaned for the second batch from 3 h on, for 10 h: that is scrapped at 4 h.

    A plain clean ends with its batch, so for the third one, which comes to it at 11.5 h and may stand till 12.5 h,
    it is as dirty as before; one with phases goes on without it, to 13 h.
    """
    rule = Cleaning(minor=10.0, dirty_hold=90.0) if phases else Cleaning(minor=10.0)
    orders = {
        name: Order(product="p", batches=1, release=ONCE, start=at)
        for name, at in (("a", 0.0), ("b", 2.0), ("c", 10.5))
    }
    plant = stood(
        hold=1.0,
        step={},
        cleaning={"w": rule},
        orders=orders,
        units={"x": Unit(kind="x"), "y": Unit(kind="y", cleaning="w")},
    )
    rows = resumes(plant, 20)
    assert told(rows, "scrap", "done", "cleaned") == (
        ["2 done a/1", "4 scrap b/1 hold", "12.5 scrap c/1 hold", "13 cleaned y-1 minor"]
        if phases
        else ["2 done a/1", "4 scrap b/1 hold", "12.5 scrap c/1 hold"]
    )
    u = state_at(plant, rows, 20 * HOUR).units["y-1"]
    assert (u.dirty, u.cycles) == (not phases, 1)


def test_a_batch_that_lacks_its_mover_breaks_its_hold_where_it_stands() -> None:
    """y is free at 1 h, but the cart, which takes half an hour, comes at 11 h: on x since 1 h, it breaks 5 h at 6 h."""
    plant = stood(
        "deviation",
        5.0,
        step={},
        links=["x -> y"],
        transfers={"t": Transfer(links=["x -> y"], by={"cart": 1}, load=0.5)},
        pools={"cart": Pool(count=1, calendar="late")},
        **LATE,
    )
    assert told(resumes(plant), hide=HIDE) == lines("""
        0 grant x-1 o/1
        1 grant y-1 o/1
        1 wait y-1 o/1 cart
        6 deviation x-1 o/1 hold
        11 begin y-1 o/1
        11.5 leave x-1 o/1
        11.5 begin y-1 o/1
        12.5 leave y-1 o/1
        12.5 done o/1
    """)


def test_what_moves_stands_no_more() -> None:
    """It may stand for 1 h and moves from 1 h on, for 3 h, within which the hold ends: nothing is broken."""
    plant = stood(step={"transfer": 3.0, "needs": {"transfer": {"op": 1}}}, pools={"op": Pool(count=1)})
    assert told(resumes(plant), "scrap", "done") == ["5 done o/1"]


def test_zero_wait_without_a_crew_is_a_deviation_at_once() -> None:
    """y is booked and ready at 1 h, but nobody is there before 11 h: it stands from 1 h on, and may not."""
    plant = stood("deviation", 0.0, **OP)
    assert told(resumes(plant), "wait", "deviation", "begin") == [
        "1 wait y-1 o/1 op",
        "1 deviation x-1 o/1 hold",
        "11 begin y-1 o/1",
    ]
    assert told(resumes(stood("scrap", 0.0, **OP)), "scrap") == ["1 scrap o/1 hold"]


def test_zero_wait_before_a_unit_that_is_down_is_a_deviation_at_once() -> None:
    """The power of y goes at 0.5 h, for 2 h: the batch, which is booked for 1 h, stands on x till 2.5 h."""
    power = Failure(after=Trace(times=(0.5, 1000.0)), repair=Constant(value=2.0), clock="calendar")
    units = {"x": Unit(kind="x"), "y": Unit(kind="y", failures=("power",))}
    plant = stood("deviation", 0.0, step={}, units=units, failures={"power": power})
    assert told(resumes(plant), "wait", "deviation", "grant") == [
        "0 grant x-1 o/1",
        "1 wait x-1 o/1 y",
        "1 deviation x-1 o/1 hold",
        "2.5 grant y-1 o/1",
    ]


def test_each_batch_of_a_load_has_its_own_hold() -> None:
    """Two batches come to y at 1 h and at 1.5 h, and have it together at 1.5 h, but nobody is there before 11 h.

    The first has stood for 1 h at 2 h; the second, which rides, at 2.5 h.
    """
    orders = {name: Order(product="p", batches=1, release=ONCE, start=at) for name, at in (("a", 0.0), ("b", 0.5))}
    units = {"x": Unit(kind="x", count=2), "y": Unit(kind="y", holds=2, least=2)}
    plant = stood("deviation", orders=orders, units=units, **OP)
    assert told(resumes(plant), "ride", "deviation", "begin", "done") == [
        "1.5 ride y-1 b/1",
        "2 deviation x-1 a/1 hold",
        "2.5 deviation x-2 b/1 hold",
        "11 begin y-1 a/1",
        "12 done a/1",
        "12 done b/1",
    ]


def test_parts_that_have_joined_keep_the_holds_of_their_steps() -> None:
    """a lasts till 1 h and b till 2 h; joined at 2 h, they have y, but nobody is there before 11 h.

    What comes from a may stand for 4 h, till 5 h, what comes from b for 5 h, till 7 h.
    """
    steps = {
        "a": Step(on="x", time=1.0, hold=4.0, after=()),
        "b": Step(on="z", time=2.0, hold=5.0, after=()),
        "u": Step(on="y", time=1.0, after=("a", "b"), needs={"run": {"op": 1}}),
    }
    plant = small(
        {}, products={"p": Product(batch=1.0, steps=steps)}, units={k: Unit(kind=k) for k in "xyz"}, batches=1, **OP
    )
    rows = resumes(plant)
    assert told(rows, "deviation") == ["5 deviation z-1 o/1 hold", "7 deviation z-1 o/1 hold"]
    simulate(plant).check()


@pytest.mark.parametrize(("a", "b"), [("deviation", "scrap"), ("scrap", "deviation")])
def test_of_two_holds_that_end_at_one_instant_the_stricter_counts(a: Any, b: Any) -> None:
    """a lasts till 1 h and may stand for 4 h, b till 2 h and may stand for 3 h: joined, they are over at 5 h.

    For the one that would only be noted, for the other it is lost: it is lost.
    """
    steps = {
        "a": Step(on="x", time=1.0, hold=4.0, after=(), after_hold=a),
        "b": Step(on="z", time=2.0, hold=3.0, after=(), after_hold=b),
        "u": Step(on="y", time=1.0, after=("a", "b"), needs={"run": {"op": 1}}),
    }
    plant = small(steps, units={k: Unit(kind=k) for k in "xyz"}, batches=1, **OP)
    assert told(resumes(plant, 8), "deviation", "scrap") == ["5 scrap o/1 hold"]

"""A utility that is made by a calendar: levels stay exact, claims look ahead along it; worked out to the minute."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import carried, fresh, play, small, told
from test_outages import resumes, trip

from plantsim.calendars import Calendar, Timetable
from plantsim.chance import Streams
from plantsim.engine.machine import Machine
from plantsim.engine.simulate import simulate
from plantsim.engine.tank import Tank
from plantsim.errors import LayoutError
from plantsim.plant import Unit
from plantsim.recipe import Order, Product, Release
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.state import close, fine
from plantsim.state.stints import lend
from plantsim.step import Step
from plantsim.utility import Utility

DAY = Calendar(open=((0.0, 8.0),), period=24.0)


def still(starts: tuple[float, ...], rate: float, hours: float, calendar: Calendar = DAY, **wfi: Any) -> Scenario:
    """Batches that ask at these hours, each for a vessel of its own, and draw at a rate for so long."""
    step = Step(on="vessel", time=hours, needs={"run": {"wfi": rate}})
    release = Release(at_once=True)
    return small(
        {},
        units={"v": Unit(kind="vessel", count=len(starts))},
        products={"p": Product(batch=1.0, steps={"rinse": step})},
        orders={f"o{k}": Order(product="p", batches=1, release=release, start=at) for k, at in enumerate(starts, 1)},
        utilities={"wfi": Utility(calendar="day shift", **wfi)},
        calendars={"day shift": calendar},
        run={"horizon": 60.0},
    )


def begun(rows: list[RowTuple]) -> list[str]:
    return told(rows, "begin")


def test_a_still_on_day_shift_does_not_fill_its_tank_over_night() -> None:
    """100 L/h are made from 0 h to 8 h of each day.  o1 draws 400 L/h from 7 h to 9 h: 1000 - 300 - 400 = 300 L.

    o2 asks at 9 h for the same.  Nothing is made until 24 h; then 600 L are needed, 300 L/h net for 2 h: at 27 h.
    With a still that always runs these 600 L are there at 9 h + 2 h, when o1 has left 400 L at 9 h.
    """
    plant = still((7.0, 9.0), 400.0, 2.0, makes=100.0, tank=1000.0)
    assert begun(resumes(plant)) == ["7 begin v-1 o1/1", "27 begin v-1 o2/1"]
    always = plant.replace(utilities={"wfi": Utility(makes=100.0, tank=1000.0)})
    assert begun(play(always)) == ["7 begin v-1 o1/1", "11 begin v-1 o2/1"]


def test_a_claim_looks_ahead_to_the_end_of_the_shift() -> None:
    """400 L/h for 3 h of a full tank of 1000 L.  From 6 h on: 300 L/h net to 8 h, then 400 L: just empty."""
    assert begun(resumes(still((6.0,), 400.0, 3.0, makes=100.0, tank=1000.0))) == ["6 begin v-1 o1/1"]


def test_a_claim_that_the_night_would_not_carry_begins_so_that_the_morning_does() -> None:
    """From 6.5 h on: 450 L to 8 h, then 600 L: 1050 L.  All by night: 1200 L.  From x h before 24 h on: 400 x +
    300 (3 - x) = 1000 L if x = 1: it begins at 23 h, in the middle of the night, and ends with an empty tank at 26 h.
    """
    assert begun(resumes(still((6.5,), 400.0, 3.0, makes=100.0, tank=1000.0))) == ["23 begin v-1 o1/1"]


def test_without_a_tank_a_draw_fits_into_a_shift() -> None:
    """3 h each, one at a time: from 0 h, from 3 h; from 6 h to 9 h would be too late: from 24 h."""
    plant = still((0.0, 0.0, 0.0, 5.5), 100.0, 3.0, makes=100.0)
    assert begun(resumes(plant)) == ["0 begin v-1 o1/1", "3 begin v-2 o2/1", "24 begin v-3 o3/1", "27 begin v-1 o4/1"]


def test_a_shutdown_is_waited_for() -> None:
    """Closed from 20 h to 50 h: after 6 h, too late for 3 h, comes the shift of the third day, from 50 h on."""
    calendar = Calendar(open=((0.0, 8.0),), period=24.0, closed=((20.0, 50.0),))
    assert begun(resumes(still((6.0,), 100.0, 3.0, calendar, makes=100.0))) == ["50 begin v-1 o1/1"]


def test_a_repair_in_the_night_brings_nothing_before_the_morning() -> None:
    """It trips at 7 h, is up at 9 h and closed: o1, of whose 3 h 2 h are done, has 1 h to go from 24 h on."""
    plant = still((5.0,), 100.0, 3.0, makes=100.0)
    utility = Utility(makes=100.0, calendar="day shift", failures="still trip")
    plant = plant.replace(utilities={"wfi": utility}, failures={"still trip": trip(7.0, 2.0)})
    assert told(resumes(plant), "fail", "repaired", "halt", "begin", "leave", "close", "open")[:8] == [
        "5 begin v-1 o1/1",
        "7 fail wfi still trip",
        "7 halt v-1 o1/1 wfi",
        "8 close wfi calendar",
        "9 repaired wfi still trip",
        "24 open wfi calendar",
        "24 begin v-1 o1/1",
        "25 leave v-1 o1/1",
    ]
    run = simulate(plant).check()
    assert run.outages("wfi", 0, 24)[["start", "end", "cause"]].to_numpy().tolist() == [
        [7.0, 9.0, "still trip"],
        [9.0, 24.0, "closed"],
    ]
    assert str(run.why("o1/1", at=10.0)) == "o1/1 holds v-1 and waits for wfi (100 L/h): it is not made now: closed"


def test_levels_follow_the_calendar() -> None:
    """o1 of the first test, and then: full at 24 h + 7 h, after 300 L at 9 h."""
    run = simulate(still((7.0,), 400.0, 2.0, makes=100.0, tank=1000.0)).check()
    frame = run.utility("wfi", 6.0, 32.0)[["start", "end", "drawn", "made", "level", "level at end"]]
    assert frame.to_numpy().tolist() == [
        [6.0, 7.0, 0.0, 0.0, 1000.0, 1000.0],
        [7.0, 8.0, 400.0, 100.0, 1000.0, 700.0],
        [8.0, 9.0, 400.0, 0.0, 700.0, 300.0],
        [9.0, 24.0, 0.0, 0.0, 300.0, 300.0],
        [24.0, 31.0, 0.0, 100.0, 300.0, 1000.0],
        [31.0, 32.0, 0.0, 0.0, 1000.0, 1000.0],
    ]


def test_what_no_shift_is_long_enough_for_is_said() -> None:
    """A draw of 9 h, without a tank, fits into no shift of 8 h."""
    with pytest.raises(LayoutError) as caught:
        still((0.0,), 100.0, 9.0, makes=100.0).check()
    text = "draws 'wfi' for 9 h, which has no tank and is made for 8 h on end by its calendar: nothing would ever begin"
    assert [str(fault) for fault in caught.value.faults] == [f"products.p.steps.rinse.needs.run: {text}"]


# ---- the first start at which a draw is carried ----------------------------------------------------------------------

GRAIN, MINUTE = 15_000, 60_000  # ms
spans = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=3)


@settings(max_examples=60)
@given(
    spans,
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=2),
    st.tuples(st.integers(1, 6), st.integers(1, 8)),
    st.integers(1, 6),
    st.integers(0, 30),
)
def test_the_first_start_is_the_first_of_all(
    shifts: list[tuple[int, int]], there: list[tuple[int, int]], claim: tuple[int, int], makes: int, tank: int
) -> None:
    """Against trying every fifteen seconds in fractions: shifts of minutes, up to two draws, a tank or none."""
    at, open_ = 0, []
    for shut, long in shifts:
        open_.append(((at + shut) / 60, (at + shut + long) / 60))
        at += shut + long
    utility = Utility(makes=float(makes), tank=tank / 40 or None, peak=9.0, calendar="day shift")
    calendar = Calendar(open=tuple(open_), period=at / 60)
    plant = still((0.0,), 1.0, 0.01, calendar, makes=1.0).replace(utilities={"wfi": utility})
    state = fresh(plant)
    desk = Tank(0, "wfi", utility, state, Machine(0, "wfi", "wfi", plant, state, Streams(1)))
    if not Timetable(calendar).is_open(0):
        close(state, (0, "close", "wfi", "", "", "", 0.0, "calendar", None))
    for k, (rate, minutes) in enumerate(there):
        if desk.lends((("wfi", float(rate), minutes * MINUTE),), 0):
            lend(state, "wfi", (minutes * MINUTE, float(rate), f"b{k}"), 0)
    uses = (("wfi", float(claim[0]), claim[1] * MINUTE),)
    first = desk.first([(claim[1] * MINUTE, fine(claim[0]))], 0)
    tries = range(0, 60 * MINUTE, GRAIN)
    tried = next((at for at in tries if carried(plant, state, "wfi", uses, at)), None)
    if tried is None:
        assert first > 60 * MINUTE - GRAIN
    else:
        assert tried - GRAIN < first <= tried
        assert carried(plant, state, "wfi", uses, first)

"""Phases of cleans that draw at what rate is free, and last longer, on plants worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.demand import course
from plantsim.engine.simulate import simulate
from plantsim.plant import Failure, Pool, Unit
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility

SHIFTS = {"shifts": Calendar(open=((0.0, 3.0), (4.0, 24.0)), period=24.0)}


def rinsed(
    slows: float | None,
    makes: float = 140.0,
    crew: dict[str, Any] | None = None,
    failures: tuple[str, ...] = (),
    **clean: Any,
) -> Scenario:
    """Two mills end their batches at 2 h, and are rinsed for 1 h with 100 L/h each, of 140 L/h that there are."""
    needs = {"water": 100.0, **({"crew": 1} if crew is not None else {})}
    phases = {"rinse": Phase(time=1.0, needs=needs, slows=slows), "drain": Phase(time=0.5)}
    return small(
        {"grind": Step(on="mill", time=2.0)},
        units={"mill": Unit(kind="mill", count=2, cleaning="wet")},
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": Clean(phases=phases, **clean)})},
        utilities={"water": Utility(makes=makes, failures=failures)},
        pools={"crew": Pool(**crew)} if crew is not None else {},
        calendars=SHIFTS,
        run={"horizon": 12.0},
    )


def rinses(rows: list[RowTuple]) -> list[str]:
    return told(rows, "clean", "begin", "phase", "halt", "wait", "cleaned")


def test_a_rinse_takes_what_is_free_and_lasts_longer() -> None:
    """mill-1 takes 100 L/h; 40 L/h are left, with which the 100 L of mill-2 take 2.5 h: 2 h + 2.5 h + 0.5 h = 5 h."""
    rows = play(rinsed(0.4))
    assert rinses(rows) == lines("""
        2 clean mill-1 minor
        2 clean mill-2 minor
        2 begin mill-1
        2 begin mill-2
        3 phase mill-1 minor
        3.5 cleaned mill-1 minor
        4.5 phase mill-2 minor
        5 cleaned mill-2 minor
    """)
    assert [row[8] for row in rows if row[1] == "begin"] == ["clean", ("clean", (("water", 40),), (), 9_000_000)]


@pytest.mark.parametrize("slows", [None, 0.41])
def test_a_rinse_that_may_not_be_so_slow_waits_for_the_water(slows: float | None) -> None:
    """40 L/h beside the first are too few, or below 41 % of 100 L/h: mill-2 waits for the water from 2 h to 3 h.

    It is rinsed to 4 h and drained to 4.5 h.
    """
    assert rinses(play(rinsed(slows)))[3:] == lines("""
        2 wait mill-2 water
        3 phase mill-1 minor
        3 begin mill-2
        3.5 cleaned mill-1 minor
        4 phase mill-2 minor
        4.5 cleaned mill-2 minor
    """)


@pytest.mark.parametrize(("work", "over"), [("pause", 4.6), ("restart", 5.0)])
def test_a_slow_rinse_that_is_cut_goes_on_with_the_rest_at_full_rate(work: str, over: float) -> None:
    """The crew goes from 3 h to 4 h: mill-2 has drawn 40 L by then, and draws the other 60 L at 100 L/h in 36 min.

    From the first phase on, it draws 100 L again, from 4 h to 5 h.
    """
    rows = play(rinsed(0.4, crew={"count": 2, "calendar": "shifts"}, work=work))
    assert told(rows, "halt") == ["3 halt mill-2 crew"]
    assert [row[0] / HOUR for row in rows if row[1] == "phase"] == [3.0, over]


def test_as_much_is_drawn_however_slow() -> None:
    """Two rinses of 100 L each, one of them at 40 L/h."""
    run = simulate(rinsed(0.4, crew={"count": 2}))
    drawn = course(run.all_spans, run.start, "water", (0, run.record.until))
    assert float((drawn["drawn"] * (drawn["end"] - drawn["start"])).sum() / HOUR) == pytest.approx(200.0)
    run.check()


def test_others_may_lend_what_a_slow_phase_needs() -> None:
    """The one of the crew rinses mill-1; a mechanic, who can do it too, comes for mill-2, at 40 L/h and for 2.5 h."""
    scenario = rinsed(0.4, crew={"count": 1})
    scenario = scenario.replace(pools={"crew": Pool(count=1), "mechanics": Pool(count=1, skills=("crew",))})
    begun = [row[8] for row in play(scenario) if row[1] == "begin"]
    assert begun == ["clean", ("clean", (("mechanics", 1), ("water", 40)), (), 9_000_000)]


@pytest.mark.parametrize("hour", [1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.3, 4.6])
def test_a_run_goes_on_from_any_state(hour: float) -> None:
    """Before the rinses of 2 h, while both draw, at the halt of 3 h, while nobody is
    there, and while the rest is drawn.
    """
    scenario = rinsed(0.4, crew={"count": 2, "calendar": "shifts"}, work="pause")
    rows, time = play(scenario), int(hour * HOUR)
    assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]


def test_a_forecast_knows_how_slow_a_phase_is() -> None:
    """Halfway through its 2.5 h, the rinse of mill-2, whose time is certain, is over at 4.5 h as before."""
    run = simulate(rinsed(0.4))
    ahead = simulate(run.scenario, start=run.state_at(3.25), luck="ahead")
    assert list(ahead.record) == [row for row in run.record if row[0] > 3.25 * HOUR]


def test_a_slow_rinse_that_an_outage_cuts_goes_on_with_the_rest() -> None:
    """No water from 2.5 h to 3.5 h.  mill-1 has drawn 50 L by then, and draws the other 50 L from 3.5 h to 4 h.

    mill-2 has drawn 20 L, at 40 L/h; the 80 L that are left need 2 h of the 40 L/h that mill-1 leaves: to 5.5 h.
    """
    trip = Failure(after=2.5, repair=1.0, clock="calendar")
    scenario = rinsed(0.4, failures=("trip",)).replace(failures={"trip": trip}, run={"horizon": 6.0})
    rows = play(scenario)
    assert told(rows, "fail", "halt", "repaired", "phase", "cleaned") == lines("""
        2.5 fail water trip
        2.5 halt mill-2 water
        2.5 halt mill-1 water
        3.5 repaired water trip
        4 phase mill-1 minor
        4.5 cleaned mill-1 minor
        5.5 phase mill-2 minor
    """)
    run = simulate(scenario).check()
    drawn = course(run.all_spans, run.start, "water", (0, run.record.until))
    assert float((drawn["drawn"] * (drawn["end"] - drawn["start"])).sum() / HOUR) == pytest.approx(200.0)
    for quarter in range(8, 24):
        time = quarter * HOUR // 4
        later = [row for row in rows if row[0] > time]
        assert play(scenario, start=state_at(scenario, rows, time)) == later, quarter / 4
        ahead = simulate(scenario, start=state_at(scenario, rows, time), luck="ahead")
        assert list(ahead.record) == later, quarter / 4

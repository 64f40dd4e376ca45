"""What becomes of work that is stopped, and of units that break down, in plants worked out by hand; times in hours."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, small, told

from plantsim.chance import Trace
from plantsim.engine.simulate import simulate
from plantsim.plant import Buffer, Calendar, Failure, Pool, Unit
from plantsim.recipe import Step
from plantsim.record import RowTuple
from plantsim.scenario import Scenario

MORNING = {"morning": Calendar(open=((0.0, 4.0),), period=24.0)}


def rows_of(scenario: Scenario) -> list[RowTuple]:
    return list(simulate(scenario.check()).record)


def of(rows: list[RowTuple], batch: str) -> list[str]:
    """What is told of one batch."""
    return told([row for row in rows if row[3] == batch], hide=("release", "wait"))


# ---- one vocabulary --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("finish", ["3 begin m-1 o/2", "6 leave m-1 o/2", "6 done o/2"]),
        ("pause", ["3 begin m-1 o/2", "4 halt m-1 o/2 crew", "24 begin m-1 o/2", "26 leave m-1 o/2", "26 done o/2"]),
        ("restart", ["3 begin m-1 o/2", "4 halt m-1 o/2 crew", "24 begin m-1 o/2", "27 leave m-1 o/2", "27 done o/2"]),
        ("scrap", ["3 begin m-1 o/2", "4 halt m-1 o/2 crew", "4 leave m-1 o/2", "4 scrap o/2 crew"]),
        ("fits", ["24 begin m-1 o/2", "27 leave m-1 o/2", "27 done o/2"]),
    ],
)
def test_what_becomes_of_work_at_the_end_of_a_shift(work: str, expected: list[str]) -> None:
    """The crew is there until 4 h, and from 24 h on again; the second batch of 3 h would begin at 3 h."""
    steps = {"s": Step(on="m", time=3.0, needs={"run": {"crew": 1}}, work=work)}
    rows = rows_of(small(steps, pools={"crew": Pool(count=1, calendar="morning")}, calendars=MORNING))
    assert of(rows, "o/2") == ["3 grant m-1 o/2", *expected]


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("finish", ["3 grant m-1 o/2", "6 leave m-1 o/2", "6 done o/2"]),
        ("pause", ["3 grant m-1 o/2", "4 close m-1 o/2 calendar", "26 leave m-1 o/2", "26 done o/2"]),
        ("restart", ["3 grant m-1 o/2", "4 close m-1 o/2 calendar", "27 leave m-1 o/2", "27 done o/2"]),
        ("scrap", ["3 grant m-1 o/2", "4 close m-1 o/2 calendar", "4 leave m-1 o/2", "4 scrap o/2 calendar"]),
        ("fits", ["24 grant m-1 o/2", "27 leave m-1 o/2", "27 done o/2"]),
    ],
)
def test_what_becomes_of_work_when_the_calendar_of_its_unit_closes(work: str, expected: list[str]) -> None:
    """The unit is open until 4 h, and from 24 h on again; the second batch of 3 h would begin at 3 h."""
    units = {"m": Unit(kind="m", calendar="morning", work=work)}
    assert of(rows_of(small({"s": Step(on="m", time=3.0)}, units=units, calendars=MORNING)), "o/2") == expected


def test_a_later_stint_that_does_not_fit_waits_for_the_unit_to_open() -> None:
    """Charging ends at 1 h; the crew for the run comes at 2 h, when the 3 h of the run no longer fit before 4 h."""
    plant = small(
        {"s": Step(on="m", charge=1.0, time=3.0, needs={"run": {"crew": 1}})},
        batches=1,
        units={"m": Unit(kind="m", calendar="morning", work="fits")},
        pools={"crew": Pool(count=1, calendar="late")},
        calendars={**MORNING, "late": Calendar(open=((2.0, 100.0),), period=100.0)},
    )
    assert told(rows_of(plant)) == lines(
        """
        0 grant m-1 o/1
        1 wait m-1 o/1 crew
        2 wait m-1 o/1 m-1
        4 close m-1 calendar
        24 open m-1 calendar
        24 begin m-1 o/1
        27 leave m-1 o/1
        28 close m-1 calendar
        48 open m-1 calendar
        52 close m-1 calendar
        72 open m-1 calendar
        76 close m-1 calendar
        96 open m-1 calendar
        """
    )


def broken(time: float = 5.0, **rule: Any) -> list[str]:
    """One batch of 5 h on a unit that breaks down after an hour of work."""
    rule = {"after": Trace(times=(1.0, 90.0)), **rule}
    step = Step(on="m", time=time, longest_pause=rule.pop("of_step", None))
    units = {"m": Unit(kind="m", failures=("seal",))}
    return of(rows_of(small({"s": step}, batches=1, units=units, failures={"seal": Failure(**rule)})), "o/1")


def test_a_failure_due_in_the_middle_of_a_long_step_halts_it_then() -> None:
    """Not before it, and not after it: an hour of work, 2 h of repair, the other 99 h of the work."""
    rows = rows_of(
        small(
            {"s": Step(on="m", time=100.0)},
            batches=1,
            units={"m": Unit(kind="m", failures=("seal",))},
            failures={"seal": Failure(after=Trace(times=(1.0, 900.0)), repair=2.0)},
            run={"horizon": 200.0},
        )
    )
    assert told(rows, hide=("release",)) == lines(
        """
        0 grant m-1 o/1
        1 fail m-1 o/1 seal
        3 repaired m-1 seal
        102 leave m-1 o/1
        102 done o/1
        """
    )


def test_a_batch_that_stands_for_longer_than_the_longest_pause_is_scrapped() -> None:
    lost = ["0 grant m-1 o/1", "1 fail m-1 o/1 seal", "3 leave m-1 o/1", "3 scrap o/1 longest pause"]
    saved = ["0 grant m-1 o/1", "1 fail m-1 o/1 seal"]
    assert broken(repair=2.5, longest_pause=2.0) == lost
    assert broken(repair=2.5, of_step=2.0) == lost
    assert broken(repair=2.5, of_step=2.0, longest_pause=9.0) == lost
    assert broken(repair=2.5, of_step=9.0) == [*saved, "7.5 leave m-1 o/1", "7.5 done o/1"]
    assert broken(repair=2.5, of_step=9.0, work="restart") == [*saved, "8.5 leave m-1 o/1", "8.5 done o/1"]
    assert broken(repair=2.0, longest_pause=2.0) == [*saved, "7 leave m-1 o/1", "7 done o/1"]


def test_a_pause_goes_on_while_the_batch_waits_for_its_crew_after_the_repair() -> None:
    """Halted at 1 h, repaired at 3 h, and the crew went home at 2 h: at 5 h the batch is lost."""
    plant = small(
        {"s": Step(on="m", time=5.0, needs={"run": {"crew": 1}}, longest_pause=4.0)},
        batches=1,
        units={"m": Unit(kind="m", failures=("seal",))},
        pools={"crew": Pool(count=1, calendar="short")},
        calendars={"short": Calendar(open=((0.0, 2.0),), period=24.0)},
        failures={"seal": Failure(after=Trace(times=(1.0, 90.0)), repair=2.0)},
    )
    assert told(rows_of(plant), hide=("release",)) == lines(
        """
        0 grant m-1 o/1
        0 begin m-1 o/1
        1 fail m-1 o/1 seal
        3 repaired m-1 seal
        3 wait m-1 o/1 crew
        5 leave m-1 o/1
        5 scrap o/1 longest pause
        """
    )


# ---- the hold after a step -------------------------------------------------------------------------------------------


def held(hold: float, after: str, **more: Any) -> list[str]:
    """An hour on x, then 5 h on y: the second batch is ready at 2 h and waits until 6 h."""
    steps = {"a": Step(on="x", time=1.0, hold=hold, after_hold=after), "b": Step(on="y", time=5.0)}
    return of(rows_of(small(steps, **more)), "o/2")


def test_a_batch_that_waits_for_longer_than_its_hold_is_scrapped_or_only_noted() -> None:
    begun = ["1 grant x-1 o/2"]
    goes_on = ["6 grant y-1 o/2", "6 leave x-1 o/2", "11 leave y-1 o/2", "11 done o/2"]
    assert held(3.0, "scrap") == [*begun, "5 leave x-1 o/2", "5 scrap o/2 hold"]
    assert held(3.0, "deviation") == [*begun, "5 deviation x-1 o/2 hold", *goes_on]
    assert held(4.0, "scrap") == [*begun, *goes_on]


def test_the_hold_runs_on_in_a_buffer() -> None:
    assert held(3.0, "scrap", buffers={"b": Buffer(places=1)}) == lines(
        """
        1 grant x-1 o/2
        2 store b o/2 y
        2 leave x-1 o/2
        5 leave b o/2
        5 scrap o/2 hold
        """
    )


# ---- at one instant --------------------------------------------------------------------------------------------------


def test_a_failure_by_the_calendar_halts_the_stint_that_begins_as_it_strikes() -> None:
    """The transfer to y ends at 3 h, as y breaks down; the run begins, is halted at once, and goes on at 4 h."""
    plant = small(
        {"a": Step(on="x", time=1.0), "b": Step(on="y", transfer=2.0, time=2.0)},
        batches=1,
        units={"x": Unit(kind="x"), "y": Unit(kind="y", failures=("power",))},
        failures={"power": Failure(after=Trace(times=(3.0, 200.0)), repair=1.0, clock="calendar")},
    )
    assert told(rows_of(plant)) == lines(
        """
        0 grant x-1 o/1
        1 grant y-1 o/1
        3 leave x-1 o/1
        3 begin y-1 o/1
        3 fail y-1 o/1 power
        4 repaired y-1 power
        6 leave y-1 o/1
        """
    )

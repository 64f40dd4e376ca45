"""What becomes of work that is stopped, and of units that break down, in plants worked out by hand; times in hours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from plants import lines, small, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR, Streams
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.laws import Exponential, Lognormal, Trace, Weibull
from plantsim.layout import read_layout, to_yaml, write_layout
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility

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
    """The crew is there until 4 h, and from 24 h on again; the second batch of 3 h would begin at 3 h.

    It finishes at 6 h; or pauses at 4 h with 2 h left, to 26 h; or begins anew, to 27 h; or is lost at 4 h; or, since
    3 h don't fit before 4 h, begins at 24 h.
    """
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
    """The unit is open until 4 h, and from 24 h on again; the second batch of 3 h would begin at 3 h.

    It finishes at 6 h; or pauses at 4 h with 2 h left, to 26 h; or begins anew, to 27 h; or is lost at 4 h; or, since
    3 h don't fit before 4 h, begins at 24 h.
    """
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
    """Halted at 1 h with 4 h of 5 h to go, and mended 2.5 h later, at 3.5 h: a pause of
    2 h is over at 3 h, and it is lost.

    The step's word of 2 h comes before the failure's of 9 h. With 9 h it goes on to 7.5 h, or begins anew to 8.5 h. A
    repair of 2 h is over at 3 h, just in time: to 7 h.
    """
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
    """y has the first batch from 1 h to 6 h; the second is ready at 2 h.

    A hold of 3 h is broken at 5 h: it is lost then, or that is noted, and it goes on at 6 h, to 11 h. A hold of 4 h
    ends at 6 h, when y is free: nothing is broken.
    """
    begun = ["1 grant x-1 o/2"]
    goes_on = ["6 grant y-1 o/2", "6 leave x-1 o/2", "11 leave y-1 o/2", "11 done o/2"]
    assert held(3.0, "scrap") == [*begun, "5 leave x-1 o/2", "5 scrap o/2 hold"]
    assert held(3.0, "deviation") == [*begun, "5 deviation x-1 o/2 hold", *goes_on]
    assert held(4.0, "scrap") == [*begun, *goes_on]


def test_the_hold_runs_on_in_a_buffer() -> None:
    """Stored as it is ready, at 2 h, the second batch may stand for 3 h: it is lost out of the buffer at 5 h."""
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


# ---- clocks that count batches ---------------------------------------------------------------------------------------


def test_by_cycles_a_unit_fails_as_the_next_batch_begins() -> None:
    """Lives of 2 and 1.5 batches of 1 h: two are done at 2 h, and it fails as the third begins, to 2.5 h.

    That one and the fourth are done at 3.5 h and 4.5 h: 1.5 are over within the fourth,
    so it fails as the fifth begins, to 5 h.
    """
    plant = small(
        {"s": Step(on="m", time=1.0)},
        batches=5,
        units={"m": Unit(kind="m", failures=("clog",))},
        failures={"clog": Failure(after=Trace(times=(2.0, 1.5, 9.0)), repair=0.5, clock="cycles")},
    )
    assert told(rows_of(plant), "fail", "repaired", "leave") == lines(
        """
        1 leave m-1 o/1
        2 leave m-1 o/2
        2 fail m-1 o/3 clog
        2.5 repaired m-1 clog
        3.5 leave m-1 o/3
        4.5 leave m-1 o/4
        4.5 fail m-1 o/5 clog
        5 repaired m-1 clog
        6 leave m-1 o/5
        """
    )


def test_maintenance_by_cycles_comes_after_so_many_batches() -> None:
    """Five batches of 1 h, and half an hour after each two: at 2 h, and after those from 2.5 h to 4.5 h."""
    plant = small(
        {"s": Step(on="m", time=1.0)},
        batches=5,
        units={"m": Unit(kind="m", maintenance=("oil",))},
        maintenance={"oil": Maintenance(every=2.0, lasts=0.5, clock="cycles")},
    )
    assert told(rows_of(plant), "maintain") == ["2 maintain m-1 oil", "4.5 maintain m-1 oil"]


# ---- failures that units share ---------------------------------------------------------------------------------------


def struck(**rule: Any) -> Scenario:
    """Two units of x, of which one is used, and one of y, all of which fail at 2 h, 2 h after the repair, and so on."""
    return small(
        {"a": Step(on="x", time=4.0), "b": Step(on="y", time=1.0)},
        batches=1,
        units={"x": Unit(kind="x", count=2, failures=("power",)), "y": Unit(kind="y", failures=("power",))},
        pools={"mechanic": Pool(count=1, calendar="late")},
        calendars={"late": Calendar(open=((5.0, 100.0),), period=100.0)},
        failures={"power": Failure(after=Trace(times=(2.0, 90.0)), clock="calendar", common=True, **rule)},
        run={"horizon": 20.0},
    )


def test_a_common_failure_strikes_all_units_at_once_also_idle_ones() -> None:
    """At 2 h x-1 works, x-2 and y-1 are idle: all three are down until 3.5 h.

    The batch has 2 h of 4 h left on x, to 5.5 h, and 1 h on y, to 6.5 h.
    """
    assert told(rows_of(struck(repair=1.5))) == lines(
        """
        0 grant x-1 o/1
        2 fail x-1 o/1 power
        2 fail x-2 power
        2 fail y-1 power
        3.5 repaired x-1 power
        3.5 repaired x-2 power
        3.5 repaired y-1 power
        5.5 grant y-1 o/1
        5.5 leave x-1 o/1
        6.5 leave y-1 o/1
        """
    )


def test_one_repair_mends_all_that_a_common_failure_struck() -> None:
    """Struck at 2 h; the part comes at 3 h, the mechanic at 5 h; he works for an hour and a half, once, to 6.5 h.

    The batch has 2 h of 4 h left on x, to 8.5 h, and 1 h on y, to 9.5 h.
    """
    run = simulate(struck(repair=1.5, pool="mechanic", spare=1.0).check())
    assert told(list(run.record)) == lines(
        """
        0 grant x-1 o/1
        2 fail x-1 o/1 power
        2 fail x-2 power
        2 fail y-1 power
        3 wait x-1 mechanic
        3 wait x-2 mechanic
        3 wait y-1 mechanic
        5 begin x-1
        5 begin x-2
        5 begin y-1
        6.5 repaired x-1 power
        6.5 repaired x-2 power
        6.5 repaired y-1 power
        8.5 grant y-1 o/1
        8.5 leave x-1 o/1
        9.5 leave y-1 o/1
        """
    )
    uses = run.spans("pools")
    assert uses[["start", "end", "number"]].to_numpy().tolist() == [[5.0, 6.5, 1]]


def test_the_luck_of_a_common_failure_is_that_of_all_units() -> None:
    """It has one life, drawn at its own address: it strikes first at that hour, and each time all three units."""
    plant = struck(repair=Weibull(scale=2.0, shape=1.5))
    rule = plant.failures["power"].model_copy(update={"after": Weibull(scale=5.0, shape=1.5)})
    rows = rows_of(plant.replace(failures={"power": rule}))
    struck_at: dict[int, list[str]] = {}
    for row in rows:
        if row[1] == "fail":
            struck_at.setdefault(row[0], []).append(row[2])
    assert len(struck_at) > 1
    assert set(map(tuple, struck_at.values())) == {("x-1", "x-2", "y-1")}
    assert min(struck_at) == Streams(1).time(rule.after, "common/life/power")


# ---- spare parts and what a repair leaves ----------------------------------------------------------------------------


def test_a_repair_waits_for_its_spare_part_without_the_crew() -> None:
    """m-1 fails at 1 h and its part comes at 4 h; from 2 h to 4.5 h the mechanic mends n-1, which needs no part.

    Then he mends m-1, to 5 h. n-1 has 3 h of 5 h left at 4.5 h, to 7.5 h; m-1 has 4 h left at 5 h, to 9 h.
    """
    plant = small(
        {"s": Step(on="m", time=5.0)},
        units={
            "m": Unit(kind="m", failures=("seal",)),
            "n": Unit(kind="m", failures=("belt",)),
        },
        pools={"mechanic": Pool(count=1)},
        failures={
            "seal": Failure(after=Trace(times=(1.0, 90.0)), repair=0.5, pool="mechanic", spare=3.0),
            "belt": Failure(after=Trace(times=(2.0, 90.0)), repair=2.5, pool="mechanic"),
        },
    )
    run = simulate(plant.check())
    assert told(list(run.record)) == lines(
        """
        0 grant m-1 o/1
        0 grant n-1 o/2
        1 fail m-1 o/1 seal
        2 fail n-1 o/2 belt
        2 begin n-1
        4 wait m-1 mechanic
        4.5 repaired n-1 belt
        4.5 begin m-1
        5 repaired m-1 seal
        7.5 leave n-1 o/2
        9 leave m-1 o/1
        """
    )
    down = run.spans("units").query("unit == 'm-1' and state == 'down'")
    assert down[["start", "end", "detail"]].to_numpy().tolist() == [
        [1.0, 4.0, "spare part"],
        [4.0, 4.5, "mechanic"],
        [4.5, 5.0, ""],
    ]


@pytest.mark.parametrize("renews", [1.0, 0.5, 0.0])
def test_a_unit_is_after_a_repair_as_old_as_that_left_it(renews: float) -> None:
    """Weibull lives of scale 10 and shape 2: of a unit of age a, the life l has (l / 10)^2 = (a / 10)^2 - ln(1 - u)."""
    plant = small(
        {"s": Step(on="m", time=1000.0)},
        batches=1,
        units={"m": Unit(kind="m", failures=("seal",))},
        failures={"seal": Failure(after=Weibull(scale=10.0, shape=2.0), repair=1.0, renews=renews)},
        run={"horizon": 50.0},
    )
    found = [row[0] / HOUR for row in rows_of(plant) if row[1] == "fail"]
    expected, age, worked = [], 0.0, 0.0
    for k in range(1, len(found) + 1):
        u = Streams(1).number("m-1/life/seal", k)
        life = 10.0 * ((age / 10.0) ** 2 - math.log(1.0 - u)) ** 0.5
        worked += life - age
        expected.append(worked + (k - 1))
        age = life * (1.0 - renews)
    assert len(found) >= 3
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_trace_says_how_long_a_repaired_unit_lasts() -> None:
    """Lives of 2 h and 3 h, though a repair renews nothing: it fails at 2 h, is mended at 3 h, and fails at 6 h.

    5 h of 9 h are done then; mended at 7 h, the batch leaves at 11 h.
    """
    plant = small(
        {"s": Step(on="m", time=9.0)},
        batches=1,
        units={"m": Unit(kind="m", failures=("seal",))},
        failures={"seal": Failure(after=Trace(times=(2.0, 3.0, 90.0)), repair=1.0, renews=0.0)},
    )
    assert told(rows_of(plant), "fail", "leave") == ["2 fail m-1 o/1 seal", "6 fail m-1 o/1 seal", "11 leave m-1 o/1"]


def test_cycles_are_written_and_read_as_cycles(tmp_path: Path) -> None:
    """A life of 0.75 and a maintenance after 20 batches are written as such, and read again as the same plant."""
    plant = small(
        {"s": Step(on="m", time=1.0)},
        units={"m": Unit(kind="m", failures=("clog",), maintenance=("oil",))},
        failures={"clog": Failure(after=Weibull(scale=0.75, shape=2.0), repair=0.5, clock="cycles")},
        maintenance={"oil": Maintenance(every=20.0, lasts=1.0, clock="cycles")},
    )
    text = to_yaml(plant)
    assert "{weibull: {scale: 0.75 cycles, shape: 2.0}}" in text
    assert "every: 20 cycles" in text
    assert read_layout(write_layout(plant, tmp_path / "plant.yaml")) == plant


# ---- planned maintenance ---------------------------------------------------------------------------------------------


def kept(starts: list[float], **rule: Any) -> list[str]:
    """A unit that is maintained for an hour every 10 h; batches of 2 h come when they come, by turns of a and b."""
    orders = {
        f"o{k}": Order(product="ab"[k % 2], batches=1, release=Release(at_once=True), start=start)
        for k, start in enumerate(starts)
    }
    plant = small(
        {},
        units={"m": Unit(kind="m", maintenance=("oil",))},
        products={name: Product(batch=1.0, steps={"s": Step(on="m", time=2.0)}) for name in "ab"},
        orders=orders,
        maintenance={"oil": Maintenance(every=10.0, lasts=1.0, **rule)},
        run={"horizon": 12.5},
    )
    return told(rows_of(plant), "maintain", "maintained", "grant")


def test_within_its_window_maintenance_is_done_as_soon_as_nobody_wants_the_unit() -> None:
    """Due at 10 h for 1 h; batches take 2 h. Without a window, after a batch from 5 h to
    7 h, it is done from 10 h on.

    With one of 4 h it may be done from 6 h on: at 7 h, after that batch; at 6 h, if the unit is idle since 5 h. If two
    more wait at 7 h, they go first, to 9 h and 11 h, though it is due at 10 h: it is done then, to 12 h.
    """
    assert kept([5.0]) == ["5 grant m-1 o0/1", "10 maintain m-1 oil", "11 maintained m-1 oil"]
    assert kept([5.0], window=4.0) == ["5 grant m-1 o0/1", "7 maintain m-1 oil", "8 maintained m-1 oil"]
    assert kept([3.0], window=4.0) == ["3 grant m-1 o0/1", "6 maintain m-1 oil", "7 maintained m-1 oil"]
    assert kept([5.0, 7.0, 6.5], window=4.0) == lines(
        """
        5 grant m-1 o0/1
        7 grant m-1 o2/1
        9 grant m-1 o1/1
        11 maintain m-1 oil
        12 maintained m-1 oil
        """
    )


@pytest.mark.parametrize(("clock", "every", "window"), [("running", 4.0, 2.0), ("cycles", 2.0, 1.0)])
def test_a_window_may_count_hours_worked_or_batches(clock: Any, every: float, window: float) -> None:
    """Batches of 3 h begin at 0 h and 10 h. Due after 4 h of work or 2 batches, it may
    be done 2 h or 1 batch sooner.

    So it is done as the unit is idle, after each: at 3 h and at 13 h. Without a window only
    at 13 h, after 6 h of work or 2 batches.
    """
    orders = {f"o{k}": Order(product="p", batches=1, release=Release(at_once=True), start=10.0 * k) for k in (0, 1)}
    plant = small(
        {"s": Step(on="m", time=3.0)},
        orders=orders,
        units={"m": Unit(kind="m", maintenance=("oil",))},
        maintenance={"oil": Maintenance(every=every, lasts=1.0, clock=clock, window=window)},
        run={"horizon": 30.0},
    )
    assert told(rows_of(plant), "maintain") == ["3 maintain m-1 oil", "13 maintain m-1 oil"]
    late = plant.replace(maintenance={"oil": Maintenance(every=every, lasts=1.0, clock=clock)})
    assert told(rows_of(late), "maintain") == ["13 maintain m-1 oil"]


def test_a_unit_with_several_modes_keeps_a_clock_for_each() -> None:
    """Batches of 3 h; the seal goes after each 2 h of work for 1 h, the power 7 h after it is back, for 2 h.

    o/1 works to 2 h and from 3 h to 4 h.  o/2 works to 5 h, when the seal has run for 2 h again, and from 6 h to 7 h,
    when the power goes; then from 9 h to 10 h.  The clog comes with every third batch, as it begins: 30 min at 10 h.
    """
    plant = small(
        {"s": Step(on="m", time=3.0)},
        batches=3,
        units={"m": Unit(kind="m", failures=("seal", "power", "clog"))},
        failures={
            "seal": Failure(after=Trace(times=(2.0, 2.0, 100.0)), repair=1.0),
            "power": Failure(after=7.0, repair=2.0, clock="calendar"),
            "clog": Failure(after=2.0, repair=0.5, clock="cycles"),
        },
        run={"horizon": 15.0},
    )
    assert told(rows_of(plant), "fail", "repaired", "done") == lines("""
        2 fail m-1 o/1 seal
        3 repaired m-1 seal
        4 done o/1
        5 fail m-1 o/2 seal
        6 repaired m-1 seal
        7 fail m-1 o/2 power
        9 repaired m-1 power
        10 done o/2
        10 fail m-1 o/3 clog
        10.5 repaired m-1 clog
        13.5 done o/3
    """)


def test_after_it_the_next_window_counts_from_its_end() -> None:
    """Due at 10 h with a window of 6 h, the idle unit is maintained from 4 h to 5 h; due again at 15 h, from 9 h on."""
    assert kept([99.0], window=6.0)[::2] == ["4 maintain m-1 oil", "9 maintain m-1 oil"]


def test_within_its_window_maintenance_is_done_at_a_change_of_product() -> None:
    """The window opens at 6 h. At 7 h a batch of a waits as well as one of b: that of a goes first, to 9 h; then one
    of b is left, before which the unit is maintained, to 10 h.

    If at 7 h only the one of b waits, it is maintained then, to 8 h. At 3 h the window is not open: b goes on at once.
    """
    assert kept([5.0, 5.5, 6.0], window=4.0, at_change=True) == lines(
        """
        5 grant m-1 o0/1
        7 grant m-1 o2/1
        9 maintain m-1 oil
        10 maintained m-1 oil
        10 grant m-1 o1/1
        """
    )
    assert kept([5.0, 5.5], window=4.0, at_change=True)[1:3] == ["7 maintain m-1 oil", "8 maintained m-1 oil"]
    assert kept([1.0, 1.5], window=4.0, at_change=True)[1] == "3 grant m-1 o1/1"


def test_who_maintains_or_repairs_a_unit_is_free_while_it_is_qualified_anew() -> None:
    """Both units fail at 2 h; the mechanic has m-1 from 2 h to 3 h and m-2 to 4 h; each
    is qualified for half an hour then.

    They are up at 3.5 h and 4.5 h, with 3 h of 5 h left: the batches leave at 6.5 h and 7.5 h.
    """
    plant = small(
        {"s": Step(on="m", time=5.0)},
        units={"m": Unit(kind="m", count=2, failures=("seal",))},
        pools={"mechanic": Pool(count=1)},
        failures={"seal": Failure(after=Trace(times=(2.0, 90.0)), repair=1.0, pool="mechanic", requalify=0.5)},
    )
    run = simulate(plant.check())
    assert told(list(run.record)) == lines(
        """
        0 grant m-1 o/1
        0 grant m-2 o/2
        2 fail m-1 o/1 seal
        2 fail m-2 o/2 seal
        2 begin m-1
        2 wait m-2 mechanic
        3 begin m-2
        3.5 repaired m-1 seal
        4.5 repaired m-2 seal
        6.5 leave m-1 o/1
        7.5 leave m-2 o/2
        """
    )
    assert run.spans("pools")[["start", "end"]].to_numpy().tolist() == [[2.0, 3.0], [3.0, 4.0]]


def test_after_maintenance_a_unit_is_qualified_anew_and_what_was_opened_is_cleaned() -> None:
    """Two units are due at 10 h; the mechanic opens and serves m-1 to 11 h and m-2 to 12 h, and is free then.

    Each is qualified for half an hour, in which nobody is needed, to 11.5 h and 12.5 h, and then cleaned for 2 h: to
    13.5 h and 14.5 h.  Until then the minor clean of the one batch, from 1 h to 1.5 h, is all that was to be cleaned.
    """
    plant = small(
        {"s": Step(on="m", time=1.0)},
        batches=1,
        units={"m": Unit(kind="m", count=2, maintenance=("service",), cleaning="wet")},
        pools={"mechanic": Pool(count=1)},
        maintenance={"service": Maintenance(every=10.0, lasts=1.0, pool="mechanic", opens=True, requalify=0.5)},
        cleaning={"wet": Cleaning(when="at once", minor=0.5, major=2.0, dirty_hold=99.0)},
        run={"horizon": 15.0},
    )
    run = simulate(plant).check()
    assert told(list(run.record), "maintain", "wait", "begin", "maintained", "clean", "cleaned") == lines(
        """
        1 clean m-1 minor
        1.5 cleaned m-1 minor
        10 maintain m-1 service
        10 maintain m-2 service
        10 begin m-1
        10 wait m-2 mechanic
        11 begin m-2
        11.5 maintained m-1 service
        11.5 clean m-1 major
        12.5 maintained m-2 service
        12.5 clean m-2 major
        13.5 cleaned m-1 major
        14.5 cleaned m-2 major
        """
    )
    assert run.spans("pools")[["start", "end"]].to_numpy().tolist() == [[10.0, 11.0], [11.0, 12.0]]


# ---- units that work on ----------------------------------------------------------------------------------------------


def limping(**rule: Any) -> list[str]:
    """Two batches of an hour of charging, 4 h of work and an hour of discharging by the crew; after 3 h it limps."""
    plant = small(
        {"s": Step(on="m", charge=1.0, time=4.0, discharge=1.0, needs={"discharge": {"crew": 1}})},
        units={"m": Unit(kind="m", failures=("seal",))},
        pools={"crew": Pool(count=1)},
        failures={"seal": Failure(repair=2.0, work="finish", **rule)},
    )
    return told(rows_of(plant))


def test_a_unit_that_works_on_is_repaired_once_it_is_empty() -> None:
    """By the running clock, which goes in the run from 1 h to 5 h, the seal goes at 4 h; the batch is done at 6 h.

    Then the repair of 2 h begins: the next batch has the unit at 8 h, runs from 9 h to 13 h and leaves at 14 h.
    """
    assert limping(after=Trace(times=(3.0, 90.0))) == lines(
        """
        0 grant m-1 o/1
        0 wait o/2 m
        4 impair m-1 o/1 seal
        5 begin m-1 o/1
        6 leave m-1 o/1
        6 fail m-1 seal
        8 repaired m-1 seal
        8 grant m-1 o/2
        13 begin m-1 o/2
        14 leave m-1 o/2
        """
    )


def test_a_unit_that_works_on_slower_takes_longer_for_what_is_left() -> None:
    """At half the rate from 4 h on, the last hour of the run takes 2 h, to 6 h, and the
    discharge of 1 h 2 h, to 8 h.
    """
    assert limping(after=Trace(times=(3.0, 90.0)), rate=0.5)[2:6] == lines(
        """
        4 impair m-1 o/1 seal
        6 begin m-1 o/1
        8 leave m-1 o/1
        8 fail m-1 seal
        """
    )


def test_what_draws_a_utility_keeps_its_pace_in_a_unit_that_works_on_slower() -> None:
    """Charged for 1 h, it runs on steam from 1 h to 5 h; at 4 h, after 3 h of run, the unit limps at half its rate.

    The run ends at 5 h all the same, for what it draws was promised so; the discharge of 1 h takes 2 h, to 7 h.
    """
    plant = small(
        {
            "s": Step(
                on="m",
                charge=1.0,
                time=4.0,
                discharge=1.0,
                needs={"run": {"steam": 10.0}, "discharge": {"crew": 1}},
            )
        },
        batches=1,
        units={"m": Unit(kind="m", failures=("seal",))},
        pools={"crew": Pool(count=1)},
        utilities={"steam": Utility(unit="kg", peak=20.0)},
        failures={"seal": Failure(after=Trace(times=(3.0, 90.0)), repair=2.0, work="finish", rate=0.5)},
    )
    assert told(rows_of(plant)) == lines(
        """
        0 grant m-1 o/1
        1 begin m-1 o/1
        4 impair m-1 o/1 seal
        5 begin m-1 o/1
        7 leave m-1 o/1
        7 fail m-1 seal
        9 repaired m-1 seal
        """
    )


def drifting(batches: int) -> Scenario:
    """5 h of work, 2 h of discharging by the crew; by the calendar, the unit works at half its rate from 6 h on."""
    return small(
        {"s": Step(on="m", time=5.0, discharge=2.0, needs={"discharge": {"crew": 1}})},
        batches=batches,
        units={"m": Unit(kind="m", failures=("power",))},
        pools={"crew": Pool(count=1)},
        failures={
            "power": Failure(after=Trace(times=(6.0, 90.0)), repair=1.0, clock="calendar", work="finish", rate=0.5)
        },
        run={"horizon": 20.0},
    )


def test_the_crew_of_a_slower_unit_comes_back_later() -> None:
    """It is asked for 2 h from 5 h on; at 6 h an hour is left, which takes 2 h, to 8 h; the repair is over at 9 h."""
    run = simulate(drifting(1).check())
    assert told(list(run.record))[-3:] == ["8 leave m-1 o/1", "8 fail m-1 power", "9 repaired m-1 power"]
    assert run.spans("pools")[["start", "end"]].to_numpy().tolist() == [[5.0, 6.0], [6.0, 8.0]]
    busy = run.spans("units").query("state == 'busy'")
    assert busy[["start", "end", "act"]].to_numpy().tolist() == [
        [0.0, 5.0, "run"],
        [5.0, 6.0, "discharge"],
        [6.0, 8.0, "discharge"],
    ]


def test_an_idle_unit_that_fails_is_repaired_at_once() -> None:
    """Its batch of 1 h is long done at 6 h, when the power goes: mended at 7 h, and nothing has been slowed."""
    steps = {"s": Step(on="m", time=1.0)}
    plant = drifting(1).replace(products={"p": Product(batch=1.0, steps=steps)})
    assert told(rows_of(plant), "fail", "impair", "repaired") == ["6 fail m-1 power", "7 repaired m-1 power"]


# ---- down time -------------------------------------------------------------------------------------------------------


def test_down_time_is_repair_time() -> None:
    """Of one unit with one failure mode, to the millisecond; the run ends between two failures.

    40 batches of 3 h are 120 h at work: the last one leaves at 120 h and the sum of all repairs.
    """
    plant = small(
        {"s": Step(on="m", time=3.0)},
        batches=40,
        units={"m": Unit(kind="m", failures=("seal",))},
        failures={"seal": Failure(after=Exponential(mean=7.0), repair=Lognormal(mean=2.0, cv=0.8))},
        run={"horizon": 500.0},
    )
    run = simulate(plant.check())
    repairs = [row[8][0] for row in run.record if row[1] == "fail"]
    spans = run.spans("units")
    down, busy = (spans[spans["state"] == state] for state in ("down", "busy"))
    assert len(repairs) > 10
    assert sum(repairs) == round((down["end"] - down["start"]).sum() * HOUR)
    assert (busy["end"] - busy["start"]).sum() == pytest.approx(40 * 3.0)
    assert list(run.record)[-1][0] == 40 * 3 * HOUR + sum(repairs)

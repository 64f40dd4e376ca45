"""What happens when, in plants so small that it can be worked out by hand; all times are in hours."""

from __future__ import annotations

from typing import Any

import pytest
from plants import hours, lines, rich, small, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.contracts import Claim, UnitView
from plantsim.engine.simulate import simulate
from plantsim.errors import ModelError
from plantsim.laws import Trace
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.record import MEANING, Record, RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step


def rows_of(scenario: Scenario, **options: Any) -> list[RowTuple]:
    return list(simulate(scenario.check(), **options).record)


def one(product: str = "p", **step: Any) -> dict[str, Product]:
    return {product: Product(batch=100.0, steps={"s": Step(on="m", **step)})}


def two(first: float, then: float, **more: Any) -> Scenario:
    """x for `first` hours, then y for `then` hours."""
    return small({"a": Step(on="x", time=first), "b": Step(on="y", time=then)}, **more)


# ---- units and buffers -----------------------------------------------------------------------------------------------


def test_a_batch_that_cannot_go_on_blocks_its_unit() -> None:
    """2 h on x, 3 h on y: o/2 is done on x at 4 h and stands there until y, which has
    o/1 from 2 h on, is free at 5 h.

    It leaves y at 8 h.
    """
    assert told(rows_of(two(2.0, 3.0))) == lines(
        """
        0 grant x-1 o/1
        0 wait o/2 x
        2 grant y-1 o/1
        2 leave x-1 o/1
        2 grant x-1 o/2
        4 wait x-1 o/2 y
        5 leave y-1 o/1
        5 grant y-1 o/2
        5 leave x-1 o/2
        8 leave y-1 o/2
        """
    )


def test_a_buffer_takes_as_many_as_it_has_places() -> None:
    """1 h on x, 4 h on y, one place between: y has the four batches one after the other, from 1 h to 17 h.

    o/2 is stored at 2 h; o/3 is done at 3 h and stands on x until that place is free, at 5 h; o/4 from 6 h to 9 h.
    """
    rows = rows_of(two(1.0, 4.0, batches=4, buffers={"b": Buffer(places=1)}))
    assert told(rows, "store", "leave", "wait") == lines(
        """
        0 wait o/2 x
        0 wait o/3 x
        0 wait o/4 x
        1 leave x-1 o/1
        2 store b o/2 y
        2 leave x-1 o/2
        3 wait x-1 o/3 y
        5 leave y-1 o/1
        5 leave b o/2
        5 store b o/3 y
        5 leave x-1 o/3
        6 wait x-1 o/4 y
        9 leave y-1 o/2
        9 leave b o/3
        9 store b o/4 y
        9 leave x-1 o/4
        13 leave y-1 o/3
        13 leave b o/4
        17 leave y-1 o/4
        """
    )


def test_a_buffer_without_limit_never_blocks() -> None:
    """1 h on x, 4 h on y: o/2 to o/5 are stored as they are done, at 2, 3, 4 and 5 h; y has five from 1 h to 21 h."""
    rows = rows_of(two(1.0, 4.0, batches=5, buffers={"b": Buffer()}))
    assert told(rows, "store") == ["2 store b o/2 y", "3 store b o/3 y", "4 store b o/4 y", "5 store b o/5 y"]
    assert told(rows, "wait") == [f"0 wait o/{k} x" for k in (2, 3, 4, 5)]
    assert hours(rows, "done", "o/5") == [21.0]


def test_a_way_through_a_buffer_needs_no_stop_there_if_the_unit_is_free() -> None:
    """2 h on x, 1 h on y: each finds y free, at 2 h and 4 h, and goes straight through; the second is done at 5 h."""
    rows = rows_of(two(2.0, 1.0, buffers={"b": Buffer(places=1)}, links=["x -> b -> y"]))
    assert told(rows, "store") == []
    assert hours(rows, "done", "o/2") == [5.0]


def test_only_a_link_to_a_buffer_leads_into_it() -> None:
    """1 h on x, 4 h on y. Without a link into the buffer nobody stands there.

    With one, o/2 is stored at 2 h, and o/3, done at 3 h, as y takes o/2 at 5 h.
    """
    plant = two(1.0, 4.0, batches=3, buffers={"b": Buffer(places=1)}, links=["x -> y", "b -> y"])
    assert told(rows_of(plant), "store") == []
    assert told(rows_of(plant.replace(links=["x -> y", "x -> b -> y"])), "store") == [
        "2 store b o/2 y",
        "5 store b o/3 y",
    ]


def test_a_batch_waits_in_its_unit_while_the_only_way_is_full() -> None:
    """1 h on x, 4 h on y: y-1 has o/1 from 1 h to 5 h, y-2 has o/2 from 2 h to 6 h. o/3 is stored at 3 h.

    At 5 h it is granted y-1, which is cleaned for 3 h first, so that its place is taken until 8 h. y-2 is free at 6 h,
    but o/4, done at 4 h, can't come through until then; its own clean ends at 11 h.
    """
    plant = small(
        {"a": Step(on="x", time=1.0), "b": Step(on="y", time=4.0)},
        batches=4,
        units={"x": Unit(kind="x"), "y": Unit(kind="y", count=2, cleaning="wash")},
        buffers={"b": Buffer(places=1)},
        links=["x -> b -> y"],
        cleaning={"wash": Cleaning(when="before use", minor=3.0)},
    )
    assert told(rows_of(plant), "grant", "store", "wait", "begin")[-9:] == lines(
        """
        2 grant x-1 o/3
        3 store b o/3 y
        3 grant x-1 o/4
        4 wait x-1 o/4 y
        5 grant y-1 o/3
        8 begin y-1 o/3
        8 store b o/4 y
        8 grant y-2 o/4
        11 begin y-2 o/4
        """
    )


def test_units_of_a_kind_stand_in_for_one_another_and_the_first_is_taken_first() -> None:
    """3 h each on either mill: a-1 and b-1 at 0 h, and again at 3 h, in the order of the names.

    A step that names b waits for b, and one that names a-1 goes there, at 3 h.
    """
    plant = small({"s": Step(on="mill", time=3.0)}, batches=4, units={"a": Unit(kind="mill"), "b": Unit(kind="mill")})
    assert told(rows_of(plant), "grant") == ["0 grant a-1 o/1", "0 grant b-1 o/2", "3 grant a-1 o/3", "3 grant b-1 o/4"]
    named = plant.replace(
        products={"p": Product(batch=1.0, steps={"s": Step(on="b", time=3.0), "t": Step(on="a-1", time=1.0)})}
    )
    assert told(rows_of(named), "grant")[:3] == ["0 grant b-1 o/1", "3 grant a-1 o/1", "3 grant b-1 o/2"]


def test_a_transfer_holds_both_units() -> None:
    """1 h on x, half an hour from x to y, 1 h on y: both are held from 1 h to 1.5 h, when o/2 begins on x.

    It is done there at 2.5 h, as y is free, moves to 3 h and leaves y at 4 h.
    """
    plant = small({"a": Step(on="x", time=1.0), "b": Step(on="y", time=1.0, transfer=0.5)})
    assert told(rows_of(plant)) == lines(
        """
        0 grant x-1 o/1
        0 wait o/2 x
        1 grant y-1 o/1
        1.5 leave x-1 o/1
        1.5 begin y-1 o/1
        1.5 grant x-1 o/2
        2.5 leave y-1 o/1
        2.5 grant y-1 o/2
        3 leave x-1 o/2
        3 begin y-1 o/2
        4 leave y-1 o/2
        """
    )


def test_a_batch_goes_only_where_it_fits() -> None:
    """100 kg fit into the mill of 200 kg alone: at 0 h and at 2 h; 50 kg fit into both: two at 0 h."""
    plant = small(
        {"s": Step(on="mill", time=2.0)},
        units={"small": Unit(kind="mill", load=50.0), "big": Unit(kind="mill", load=200.0)},
    )
    assert told(rows_of(plant), "grant") == ["0 grant big-1 o/1", "2 grant big-1 o/2"]
    light = plant.replace(products={"p": Product(batch=50.0, steps={"s": Step(on="mill", time=2.0)})})
    assert told(rows_of(light), "grant") == ["0 grant small-1 o/1", "0 grant big-1 o/2"]


def test_a_rate_gives_the_time_of_what_comes_in_and_losses_the_mass_that_goes_out() -> None:
    """Of 100 kg 4 kg are lost at the start and a tenth of the rest: 86.4 kg, which take
    2.16 h at 40 kg/h: 1 h to 3.16 h.

    6.4 kg are lost there: 80 kg; and half of them in the last hour, to 4.16 h: 40 kg.
    """
    steps = {
        "a": Step(on="x", time=1.0, yield_=0.9, startup_loss=4.0),
        "b": Step(on="y", startup_loss=6.4),
        "c": Step(on="z", time=1.0, yield_=0.5),
    }
    units = {"x": Unit(kind="x"), "y": Unit(kind="y", rate=40.0), "z": Unit(kind="z")}
    rows = rows_of(small(steps, batches=1, units=units))
    assert told(rows, "leave") == ["1 leave x-1 o/1", "3.16 leave y-1 o/1", "4.16 leave z-1 o/1"]  # 86.4 kg at 40 kg/h
    assert [row[6] for row in rows if row[1] == "leave"] == pytest.approx([(100.0 - 4.0) * 0.9, 80.0, 40.0])
    assert rows[-1][1] == "done"
    assert rows[-1][6] == pytest.approx(40.0)


# ---- failures --------------------------------------------------------------------------------------------------------


def breaking(release: Any = "at once", **rule: Any) -> Scenario:
    """One unit, work of 2 h, unless told otherwise, which breaks down."""
    step = Step(on="m", time=rule.pop("time", 2.0))
    return small(
        {"s": step},
        batches=rule.pop("batches", 4),
        release=release,
        units={"m": Unit(kind="m", count=rule.pop("count", 1), failures=("seal",))},
        pools=rule.pop("pools", {}),
        failures={"seal": Failure(**rule)},
        run={"horizon": 16.0},
    )


def test_by_the_running_clock_a_unit_ages_while_it_works() -> None:
    """Lives of 3 h, batches of 2 h at 0, 4, 8 and 12 h: 2 h are worked in the first, and 1 h in the second, at 5 h.

    Mended at 6 h, 1 h of it is left, to 7 h; with the 2 h of the third it has worked for 3 h again at 10 h, as that
    ends, which is let go; it strikes as the next one begins, at 12 h, to 13 h.
    """
    rows = rows_of(breaking({"every": 4.0}, after=3.0, repair=1.0, clock="running"))
    assert told(rows) == lines(
        """
        0 grant m-1 o/1
        2 leave m-1 o/1
        4 grant m-1 o/2
        5 fail m-1 o/2 seal
        6 repaired m-1 seal
        7 leave m-1 o/2
        8 grant m-1 o/3
        10 leave m-1 o/3
        12 grant m-1 o/4
        12 fail m-1 o/4 seal
        13 repaired m-1 seal
        15 leave m-1 o/4
        """
    )


def test_by_the_calendar_a_unit_ages_at_all_times_but_in_repair() -> None:
    """Lives of 3 h, repairs of 2 h: down from 3, 8 and 13 h, idle or not."""
    rows = rows_of(breaking({"every": 4.0}, after=3.0, repair=2.0, clock="calendar"))
    assert told(rows) == lines(
        """
        0 grant m-1 o/1
        2 leave m-1 o/1
        3 fail m-1 seal
        4 wait o/2 m
        5 repaired m-1 seal
        5 grant m-1 o/2
        7 leave m-1 o/2
        8 fail m-1 seal
        8 wait o/3 m
        10 repaired m-1 seal
        10 grant m-1 o/3
        12 leave m-1 o/3
        12 grant m-1 o/4
        13 fail m-1 o/4 seal
        15 repaired m-1 seal
        """
    )


def test_work_that_is_paused_goes_on_after_the_repair() -> None:
    """5 h of work; lives of 1 h and 3 h, half an hour to mend: down at 1 h and, 3 h after 1.5 h, at 4.5 h.

    The last hour goes from 5 h to 6 h.
    """
    rows = rows_of(breaking(batches=1, time=5.0, after=Trace(times=(1.0, 3.0, 9.0)), repair=0.5))
    assert told(rows, "fail", "leave") == ["1 fail m-1 o/1 seal", "4.5 fail m-1 o/1 seal", "6 leave m-1 o/1"]


def test_work_that_is_restarted_begins_anew_after_the_repair() -> None:
    """3 h of work; lives of 2 h and 2.5 h, 1 h to mend: down at 2 h; begun anew at 3 h,
    down at 5.5 h; from 6.5 h to 9.5 h.
    """
    rows = rows_of(breaking(batches=1, time=3.0, after=Trace(times=(2.0, 2.5, 50.0)), repair=1.0, work="restart"))
    assert told(rows, "fail", "leave") == ["2 fail m-1 o/1 seal", "5.5 fail m-1 o/1 seal", "9.5 leave m-1 o/1"]


def test_work_that_is_scrapped_makes_room_for_the_next_after_the_repair() -> None:
    """3 h of work; down at 2 h, when the 100 kg of o/1 are lost; mended at 3 h, o/2 goes from then to 6 h."""
    rows = rows_of(breaking(batches=2, time=3.0, after=Trace(times=(2.0, 50.0)), repair=1.0, work="scrap"))
    assert told(rows, hide=("release",)) == lines(
        """
        0 grant m-1 o/1
        0 wait o/2 m
        2 fail m-1 o/1 seal
        2 leave m-1 o/1
        2 scrap o/1 seal
        3 repaired m-1 seal
        3 grant m-1 o/2
        6 leave m-1 o/2
        6 done o/2
        """
    )
    assert [row[6] for row in rows if row[1] == "scrap"] == [100.0]


def test_one_mechanic_repairs_one_unit_after_another() -> None:
    """Both are down at 2 h with 1 h of 3 h to go; mended at 3 h and at 4 h, their batches leave at 4 h and 5 h."""
    rule = {"after": Trace(times=(2.0, 50.0)), "repair": 1.0, "pool": "mechanic"}
    rows = rows_of(breaking(batches=2, time=3.0, count=2, pools={"mechanic": Pool(count=1)}, **rule))
    assert told(rows) == lines(
        """
        0 grant m-1 o/1
        0 grant m-2 o/2
        2 fail m-1 o/1 seal
        2 fail m-2 o/2 seal
        2 begin m-1
        2 wait m-2 mechanic
        3 repaired m-1 seal
        3 begin m-2
        4 leave m-1 o/1
        4 repaired m-2 seal
        5 leave m-2 o/2
        """
    )


def test_a_batch_that_waits_in_a_unit_does_not_go_on_because_that_is_repaired() -> None:
    """Its transfer of 3 h, from 1 h on, is halted as y closes at 2 h; x, from which it
    comes, is down from 3 h to 4 h.

    y opens at 10 h: moved to 12 h, it is done at 13 h.
    """
    plant = small(
        {"a": Step(on="x", time=1.0), "b": Step(on="y", time=1.0, transfer=3.0)},
        batches=1,
        units={
            "x": Unit(kind="x", failures=("power",)),
            "y": Unit(kind="y", calendar="days", work="pause"),
        },
        calendars={"days": Calendar(open=((0.0, 2.0), (10.0, 24.0)), period=24.0)},
        failures={"power": Failure(after=Trace(times=(3.0, 90.0)), repair=1.0, clock="calendar")},
    )
    assert told(rows_of(plant, horizon=20.0)) == lines(
        """
        0 grant x-1 o/1
        1 grant y-1 o/1
        2 close y-1 o/1 calendar
        3 fail x-1 power
        4 repaired x-1 power
        10 open y-1 calendar
        12 leave x-1 o/1
        12 begin y-1 o/1
        13 leave y-1 o/1
        """
    )


def test_planned_maintenance_waits_until_a_unit_is_empty() -> None:
    """Due every 4 h for 1.5 h; batches of 2 h come at 0, 3, 6 and 9 h. Due at 4 h, it
    waits for o/2 to leave, at 5 h.

    o/3 waits until 6.5 h; due again at 10.5 h, it waits for o/4 to leave, at 11 h.
    """
    plant = small(
        {"s": Step(on="m", time=2.0)},
        batches=4,
        release={"every": 3.0},
        units={"m": Unit(kind="m", maintenance=("oil",))},
        maintenance={"oil": Maintenance(every=4.0, lasts=1.5)},
        run={"horizon": 16.0},
    )
    assert told(rows_of(plant)) == lines(
        """
        0 grant m-1 o/1
        2 leave m-1 o/1
        3 grant m-1 o/2
        5 leave m-1 o/2
        5 maintain m-1 oil
        6 wait o/3 m
        6.5 maintained m-1 oil
        6.5 grant m-1 o/3
        8.5 leave m-1 o/3
        9 grant m-1 o/4
        11 leave m-1 o/4
        11 maintain m-1 oil
        12.5 maintained m-1 oil
        """
    )


# ---- calendars -------------------------------------------------------------------------------------------------------

MORNING = {"morning": Calendar(open=((0.0, 4.0),), period=24.0)}


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("finish", ["3 begin m-1 o/2", "6 leave m-1 o/2"]),
        ("pause", ["3 begin m-1 o/2", "4 halt m-1 o/2 crew", "24 begin m-1 o/2", "26 leave m-1 o/2"]),
        ("fits", ["3 wait m-1 o/2 crew", "24 begin m-1 o/2", "27 leave m-1 o/2"]),
    ],
)
def test_at_the_end_of_a_shift_work_finishes_or_pauses_or_was_not_begun(work: str, expected: list[str]) -> None:
    """The crew is there until 4 h, and from 24 h on again; o/2, 3 h, would begin at 3 h.

    It finishes at 6 h; or pauses at 4 h with 2 h left, to 26 h; or does not fit before 4 h and goes from 24 h to 27 h.
    """
    steps = {"s": Step(on="m", time=3.0, needs={"run": {"crew": 1}}, work=work)}
    rows = rows_of(small(steps, pools={"crew": Pool(count=1, calendar="morning")}, calendars=MORNING))
    assert told([row for row in rows if row[3] == "o/2"], "begin", "halt", "leave", "wait") == [
        "0 wait o/2 m",
        *expected,
    ]


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("finish", ["6 close m-1 calendar", "6 leave m-1 o/2", "24 open m-1 calendar", "27 leave m-1 o/3"]),
        (
            "pause",
            ["4 close m-1 o/2 calendar", "24 open m-1 calendar", "26 leave m-1 o/2", "28 close m-1 o/3 calendar"],
        ),
    ],
)
def test_as_a_unit_closes_its_work_finishes_or_pauses(work: str, expected: list[str]) -> None:
    """Open to 4 h of each day; o/2, 3 h, begins at 3 h. It finishes at 6 h, and o/3 goes from 24 h to 27 h.

    Or it pauses at 4 h and goes on at 24 h, to 26 h; then o/3 has 1 h of 3 h left as the unit closes at 28 h.
    """
    plant = small(
        {"s": Step(on="m", time=3.0)},
        batches=3,
        units={"m": Unit(kind="m", calendar="morning", work=work)},
        calendars=MORNING,
        run={"horizon": 40.0},
    )
    found = told(rows_of(plant), "leave", "close", "open")
    assert found[1:5] == expected


def test_a_unit_that_is_closed_at_first_opens_when_its_calendar_says() -> None:
    """Open from 6 h to 10 h: 3 h of work go from 6 h to 9 h."""
    calendars = {"noon": Calendar(open=((6.0, 10.0),), period=24.0)}
    for work in ("finish", "pause"):
        units = {"m": Unit(kind="m", calendar="noon", work=work)}
        rows = rows_of(small({"s": Step(on="m", time=3.0)}, batches=1, units=units, calendars=calendars))
        assert hours(rows, "grant", "o/1") == [6.0]
        assert hours(rows, "done", "o/1") == [9.0]


def test_a_closed_stretch_comes_once() -> None:
    """Open for 4 h of each day, but shut from 20 h to 26 h: of batches of 0, 24, 48 and
    72 h the second waits to 26 h.
    """
    plant = small(
        {"s": Step(on="m", time=1.0)},
        batches=4,
        release={"every": 24.0},
        units={"m": Unit(kind="m", calendar="days")},
        calendars={"days": Calendar(open=((0.0, 4.0),), period=24.0, closed=((20.0, 26.0),))},
    )
    assert [hours(rows_of(plant), "grant", f"o/{k}") for k in (1, 2, 3, 4)] == [[0.0], [26.0], [48.0], [72.0]]


# ---- pools -----------------------------------------------------------------------------------------------------------


def test_a_crew_is_used_only_in_the_acts_that_need_it() -> None:
    """Charged for 1 h and discharged for 1 h by one crew, with 2 h of work between: o/1
    is charged first, o/2 from 1 h to 2 h.

    o/1 is discharged from 3 h to 4 h; then the crew is free for o/2, whose work ends at 4 h, to 5 h.
    """
    plant = small(
        {
            "s": Step(
                on="m", charge=1.0, time=2.0, discharge=1.0, needs={"charge": {"crew": 1}, "discharge": {"crew": 1}}
            )
        },
        units={"m": Unit(kind="m", count=2)},
        pools={"crew": Pool(count=1)},
    )
    assert told(rows_of(plant)) == lines(
        """
        0 grant m-1 o/1
        0 grant m-2 o/2
        0 begin m-1 o/1
        0 wait m-2 o/2 crew
        1 begin m-2 o/2
        3 begin m-1 o/1
        4 leave m-1 o/1
        4 begin m-2 o/2
        5 leave m-2 o/2
        """
    )


def test_what_a_stint_needs_of_one_pool_is_counted_together() -> None:
    """Two of three hands for 2 h of work, and one of these for 1 h of discharge: two are asked for, not three.

    o/1 gives one back at 2 h, so that two are free, and o/2 begins then.
    """
    plant = small(
        {"s": Step(on="m", time=2.0, discharge=1.0, needs={"run": {"crew": 2}, "discharge": {"crew": 1}})},
        units={"m": Unit(kind="m", count=2)},
        pools={"crew": Pool(count=3)},
    )
    assert [hours(rows_of(plant), "begin", f"o/{k}") for k in (1, 2)] == [[0.0], [2.0]]


def test_what_is_kept_is_kept_until_the_unit_is_left() -> None:
    """One bin for x, 2 h, before y, 3 h: o/1 gives it back as it leaves x at 2 h.

    o/2 is done at 4 h and stands on x with the bin until y is free at 5 h; o/3 begins then.
    """
    plant = small(
        {"a": Step(on="x", time=2.0, keeps={"bins": 1}), "b": Step(on="y", time=3.0)},
        batches=3,
        units={"x": Unit(kind="x", count=2), "y": Unit(kind="y")},
        pools={"bins": Pool(count=1)},
    )
    assert told(rows_of(plant))[:12] == lines(
        """
        0 grant x-1 o/1
        0 wait o/2 bins
        0 wait o/3 bins
        2 grant y-1 o/1
        2 leave x-1 o/1
        2 grant x-1 o/2
        4 wait x-1 o/2 y
        5 leave y-1 o/1
        5 grant y-1 o/2
        5 leave x-1 o/2
        5 grant x-1 o/3
        7 wait x-1 o/3 y
        """
    )


def lacking(bin_until: float, taken_from: float, batches: int) -> list[str]:
    """z uses the bin; m is on x for 4 h; batches of k ask from 0.5 h on for x, on which they keep the bin."""
    plant = small(
        {},
        units={"x": Unit(kind="x"), "z": Unit(kind="z")},
        products={
            "z": Product(batch=1.0, steps={"s": Step(on="z", time=bin_until, needs={"run": {"bin": 1}})}),
            "m": Product(batch=1.0, steps={"s": Step(on="x", time=4.0)}),
            "k": Product(batch=1.0, steps={"s": Step(on="x", time=1.0, keeps={"bin": 1})}),
        },
        pools={"bin": Pool(count=1)},
        orders={
            name: Order(product=name, batches=number, release=Release(at_once=True), start=start)
            for name, number, start in (("z", 1, 0.0), ("m", 1, taken_from), ("k", batches, 0.5))
        },
    )
    return told([row for row in rows_of(plant) if row[3].startswith("k")], "wait", "grant")


def test_who_lacks_something_else_than_before_says_so() -> None:
    """The bin comes back at 2 h, but by then x is taken."""
    assert lacking(2.0, 1.0, batches=1) == ["0.5 wait k/1 bin", "2 wait k/1 x", "5 grant x-1 k/1"]


def test_all_who_wait_in_a_line_say_what_they_lack() -> None:
    """At 4 h x is free, and still nobody has the bin."""
    assert lacking(5.0, 0.0, batches=2) == lines(
        """
        0.5 wait k/1 x
        0.5 wait k/2 x
        4 wait k/1 bin
        4 wait k/2 bin
        5 grant x-1 k/1
        6 grant x-1 k/2
        """
    )


@pytest.mark.parametrize("how", [{"needs": {"run": {"crew": 1}}}, {"keeps": {"crew": 1}}], ids=["used", "kept"])
@pytest.mark.parametrize(("patience", "begins"), [(4.0, 6.0), (1.0, 3.0), (90.0, 11.0)])
def test_a_big_claim_does_not_starve(patience: float, begins: float, how: dict[str, Any]) -> None:
    """Two crews take turns on work of 2 h, one from 0 h to 10 h, the other from 1 h to
    11 h; what needs both asks at 0.5 h.

    With a patience of 4 h what comes free is for it from 4.5 h on, at 5 h and 6 h; with one of 1 h
    from 1.5 h on, at 2 h and 3 h; without end it waits until all else is done, at 11 h. So it is
    whether the others use or keep their crew.
    """
    work = {"time": 2.0, **how}
    products = {
        "left": Product(batch=1.0, steps={"s": Step(on="a", **work)}),
        "right": Product(batch=1.0, steps={"s": Step(on="b", **work)}),
        "big": Product(batch=1.0, steps={"s": Step(on="c", time=1.0, needs={"run": {"crew": 2}})}),
    }
    plant = small(
        {},
        units={name: Unit(kind=name) for name in "abc"},
        products=products,
        pools={"crew": Pool(count=2, patience=patience)},
        orders={
            "l": Order(product="left", batches=5, release=Release(at_once=True)),
            "r": Order(product="right", batches=5, release=Release(at_once=True), start=1.0),
            "big": Order(product="big", batches=1, release=Release(at_once=True), start=0.5),
        },
    )
    assert hours(rows_of(plant), "begin", "big/1") == [begins]


# ---- cleaning --------------------------------------------------------------------------------------------------------


def washed(**rule: Any) -> list[str]:
    """Two batches of A and one of B, of an hour each, with minor cleans of 0.5 h and major ones of 2 h."""
    plant = small(
        {},
        units={"m": Unit(kind="m", cleaning="wash")},
        products={**one("A", time=1.0), **one("B", time=1.0)},
        orders={
            "a": Order(product="A", batches=2, release=Release(at_once=True)),
            "b": Order(product="B", batches=1, release=Release(at_once=True)),
        },
        cleaning={"wash": Cleaning(minor=0.5, major=2.0, **rule)},
    )
    return told(rows_of(plant), hide=("release", "done", "wait"))


def test_a_clean_before_use_is_done_when_the_next_batch_has_the_unit() -> None:
    """1 h each: A to 1 h, half an hour of minor clean, A to 2.5 h, 2 h of major clean, B
    from 4.5 h to 5.5 h; none after it.
    """
    assert washed(when="before use") == lines(
        """
        0 grant m-1 a/1
        1 leave m-1 a/1
        1 grant m-1 a/2
        1.5 begin m-1 a/2
        2.5 leave m-1 a/2
        2.5 grant m-1 b/1
        4.5 begin m-1 b/1
        5.5 leave m-1 b/1
        """
    )


def test_a_clean_at_once_is_done_as_the_unit_is_empty_for_the_batch_that_comes_next() -> None:
    """Of two cleans at 2.5 h only the major one is made, since B waits; after B nobody comes: the minor one."""
    assert washed(when="at once") == lines(
        """
        0 grant m-1 a/1
        1 leave m-1 a/1
        1 clean m-1 minor
        1.5 cleaned m-1 minor
        1.5 grant m-1 a/2
        2.5 leave m-1 a/2
        2.5 clean m-1 major
        4.5 cleaned m-1 major
        4.5 grant m-1 b/1
        5.5 leave m-1 b/1
        5.5 clean m-1 minor
        6 cleaned m-1 minor
        """
    )


def test_at_the_end_of_a_campaign_the_major_clean_is_done_at_once() -> None:
    """The minor clean is made for the second A, to 1.5 h; that ends a campaign of two at
    2.5 h: the major one is made at once.

    B finds it clean at 4.5 h.
    """
    assert washed(when="at campaign end", longest_campaign=2) == lines(
        """
        0 grant m-1 a/1
        1 leave m-1 a/1
        1 grant m-1 a/2
        1.5 begin m-1 a/2
        2.5 leave m-1 a/2
        2.5 clean m-1 major
        4.5 cleaned m-1 major
        4.5 grant m-1 b/1
        5.5 leave m-1 b/1
        """
    )


def test_the_longest_campaign_ends_in_a_major_clean() -> None:
    """Five batches of 1 h, 0.5 h of minor clean, 2 h of major after each two: to 1 h, from 1.5 h to 2.5 h, from
    4.5 h to 5.5 h, from 6 h to 7 h, and from 9 h to 10 h.
    """
    plant = small(
        {"s": Step(on="m", time=1.0)},
        batches=5,
        units={"m": Unit(kind="m", cleaning="wash")},
        cleaning={"wash": Cleaning(minor=0.5, major=2.0, longest_campaign=2)},
    )
    assert [hours(rows_of(plant), "done", f"o/{k}") for k in range(1, 6)] == [[1.0], [2.5], [5.5], [7.0], [10.0]]


def test_a_clean_waits_for_what_it_needs() -> None:
    """Both units are empty at 1 h; their cleans of 2 h need the one skid: from 1 h to 3 h, and from 3 h to 5 h."""
    plant = small(
        {"s": Step(on="m", time=1.0)},
        batches=2,
        units={"m": Unit(kind="m", count=2, cleaning="wash")},
        pools={"skid": Pool(count=1)},
        cleaning={"wash": Cleaning(when="at once", minor=2.0, needs={"skid": 1})},
    )
    assert told(rows_of(plant), "clean", "begin", "wait", "cleaned") == lines(
        """
        1 clean m-1 minor
        1 clean m-2 minor
        1 begin m-1
        1 wait m-2 skid
        3 cleaned m-1 minor
        3 begin m-2
        5 cleaned m-2 minor
        """
    )


# ---- who comes first -------------------------------------------------------------------------------------------------


def test_names_with_numbers_come_by_number() -> None:
    """Eleven batches that come at once are taken as 1, 2, ... 10, 11, not as 1, 10, 11, 2."""
    rows = rows_of(small({"s": Step(on="m", time=1.0)}, batches=11))
    assert [row[3] for row in rows if row[1] == "grant"] == [f"o/{k}" for k in range(1, 12)]


def test_the_higher_priority_comes_first_even_if_it_comes_as_the_unit_goes_free() -> None:
    """Three of low priority, 2 h each, wait from 0 h on. b/1 comes at 2 h, as the unit is free, and has it to 3 h.

    a/2 has it to 5 h, when b/2 comes, which has it to 6 h; then a/3.
    """
    plant = small(
        {},
        units={"m": Unit(kind="m")},
        products={**one("low", time=2.0), "high": Product(batch=1.0, priority=1, steps={"s": Step(on="m", time=1.0)})},
        orders={
            "a": Order(product="low", batches=3, release=Release(at_once=True)),
            "b": Order(product="high", batches=2, release=Release(every=3.0), start=2.0),
        },
    )
    assert told(rows_of(plant), "grant") == lines(
        """
        0 grant m-1 a/1
        2 grant m-1 b/1
        3 grant m-1 a/2
        5 grant m-1 b/2
        6 grant m-1 a/3
        """
    )


def last_name_first(claim: Claim, unit: UnitView, now: float) -> int:
    return -int(claim.batch.split("/")[1])


def seen(claim: Claim, unit: UnitView, now: float) -> tuple[object, ...]:
    SEEN.append(
        (now, claim.batch, claim.order, claim.product, claim.step, claim.priority, claim.amount, claim.asked, claim.due,
         claim.hours_to_go, unit.name, unit.kind, unit.last, unit.changeover("p"))
    )  # fmt: skip
    return ()


SEEN: list[tuple[object, ...]] = []


def test_ones_own_rule_says_who_comes_first() -> None:
    """By a rule that prefers the last name, four batches go backwards."""
    plant = small({"s": Step(on="m", time=1.0)}, batches=4).replace(dispatch=last_name_first)
    assert [row[3] for row in rows_of(plant) if row[1] == "grant"] == ["o/4", "o/3", "o/2", "o/1"]


def test_a_rule_sees_the_claim_the_unit_and_the_time() -> None:
    """At 0 h o/1 has 6 h to go: 2 h on x, 1 h to charge and 3 h on y. At 2 h o/2 comes to x, where p was last.

    It asks for y at 4 h with 4 h to go, and gets it at 6 h, after half an hour of minor clean for the same product.
    """
    plant = small(
        {"a": Step(on="x", time=2.0, yield_=0.5), "b": Step(on="y", time=3.0, charge=1.0)},
        batches=1,
        units={"x": Unit(kind="x"), "y": Unit(kind="y", cleaning="wash")},
        cleaning={"wash": Cleaning(minor=0.5, major=2.0)},
        orders={"o": Order(product="p", batches=2, release=Release(at_once=True), due=50.0)},
        run={"horizon": 100.0, "dispatch": seen},
    )
    SEEN.clear()
    rows_of(plant)
    assert (0.0, "o/1", "o", "p", "a", 0, 100.0, 0.0, 50.0, 6.0, "x-1", "x", "", 0.0) in SEEN
    assert (2.0, "o/2", "o", "p", "a", 0, 100.0, 0.0, 50.0, 6.0, "x-1", "x", "p", 0.0) in SEEN
    assert (6.0, "o/2", "o", "p", "b", 0, 100.0, 4.0, 50.0, 4.0, "y-1", "y", "p", 0.5) in SEEN


def test_a_rule_that_fails_is_named() -> None:
    """It is said which rule failed, on which batch and unit, and how."""

    def broken(claim: Claim, unit: UnitView, now: float) -> float:
        raise ZeroDivisionError("no slack")

    plant = small({"s": Step(on="m", time=1.0)}, batches=2).replace(dispatch=broken)
    with pytest.raises(ModelError, match=r"dispatch rule broken on o/1 and m-1: ZeroDivisionError\('no slack'\)"):
        simulate(plant)


def test_the_rules_of_the_house() -> None:
    """At 1 h: A has been asked for first, B is due first, C has the least to do and needs no clean after C."""
    order = {"batches": 1, "start": 0.5, "release": Release(at_once=True)}
    plant = small(
        {},
        units={"m": Unit(kind="m", cleaning="wash")},
        products={**one("A", time=5.0), **one("B", time=6.0), **one("C", time=1.0)},
        orders={
            "first": Order(product="C", batches=1, release=Release(at_once=True)),
            "a": Order(product="A", **{**order, "start": 0.25}),
            "b": Order(product="B", due=20.0, **order),
            "c": Order(product="C", due=40.0, **order),
        },
        cleaning={"wash": Cleaning(major=2.0)},
    )
    winners = {"first_come": "a", "earliest_due": "b", "shortest_first": "c", "least_changeover": "c"}
    for rule, winner in winners.items():
        grants = [row[3] for row in rows_of(plant.replace(dispatch=rule)) if row[1] == "grant"]
        assert grants[1] == f"{winner}/1", rule


def test_a_rule_chooses_among_all_batches_that_wait_also_those_of_one_product() -> None:
    """All three wait at 0 h: due at 50, 90 and 95 h, they go in this order."""
    order = {"product": "p", "batches": 1, "release": Release(at_once=True)}
    plant = small(
        {"s": Step(on="m", time=1.0)},
        orders={"may": Order(due=90.0, **order), "june": Order(due=95.0, **order), "april": Order(due=50.0, **order)},
        run={"horizon": 100.0, "dispatch": "earliest_due"},
    )
    assert [row[3] for row in rows_of(plant) if row[1] == "grant"] == ["april/1", "may/1", "june/1"]


# ---- orders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({}, [0.0, 2.0, 4.0, 6.0, 8.0]),
        ({"at_once": True}, [0.0] * 5),
        ({"every": 3.0}, [0.0, 3.0, 6.0, 9.0, 12.0]),
        ({"every": 3.0, "size": 2}, [0.0, 0.0, 3.0, 3.0, 6.0]),
        ({"every": Trace(times=(1.0, 5.0))}, [0.0, 1.0, 6.0, 7.0, 12.0]),
        ({"wip": 2}, [0.0, 0.0, 5.0, 8.0, 11.0]),
    ],
    ids=str,
)
@pytest.mark.parametrize("start", [0.0, 7.5])
def test_orders_release_their_batches_as_they_say(release: Any, expected: list[float], start: float) -> None:
    """2 h on x, then 3 h on y, with room between."""
    plant = two(
        2.0, 3.0, buffers={"b": Buffer()}, orders={"o": Order(product="p", batches=5, release=release, start=start)}
    )
    found = [row[0] / HOUR for row in rows_of(plant) if row[1] == "release"]
    assert found == [start + time for time in expected]


def test_an_order_without_end_goes_on_to_the_horizon() -> None:
    """2 h each, taken as the unit is free: at 0, 2, ... 48 h, 25 batches before 50 h."""
    rows = rows_of(small({"s": Step(on="m", time=2.0)}, batches=None, release={}), horizon=50.0)
    assert sum(row[1] == "release" for row in rows) == 25


def test_batches_that_wait_come_before_an_order_that_is_taken_from_outside() -> None:
    """2 h each. At 2 h in/1 waits, since 0.5 h, and at 4 h in/2, since 1.5 h: the second
    from outside is taken at 6 h.
    """
    orders = {
        "out": Order(product="p", batches=2),
        "in": Order(product="p", batches=2, release=Release(every=1.0), start=0.5),
    }
    rows = rows_of(small({"s": Step(on="m", time=2.0)}, orders=orders))
    assert [row[3] for row in rows if row[1] == "grant"] == ["out/1", "in/1", "in/2", "out/2"]


@pytest.mark.parametrize(
    ("mix", "campaign", "expected"),
    [({"A": 2, "B": 1}, 1, "ABAABAABA"), ({"A": 2, "B": 1}, 2, "AABBAAAAB"), ({"A": 1, "B": 1}, 3, "AAABBBAAA")],
)
def test_a_mix_comes_by_turns_in_campaigns(mix: dict[str, float], campaign: int, expected: str) -> None:
    """2 of A to 1 of B are ABA, ABA and so on: 2/3, 4/3 and 2 of A are due after 1, 2 and 3 batches.

    In campaigns of 2 there are AA, BB, AA, AA and again B; of equal shares in campaigns of 3 AAA, BBB and AAA.
    """
    plant = small(
        {},
        units={"m": Unit(kind="m")},
        products={**one("A", time=1.0), **one("B", time=1.0)},
        orders={"o": Order(product=mix, batches=9, campaign=campaign)},
    )
    assert "".join(row[5] for row in rows_of(plant) if row[1] == "release") == expected


def test_a_mix_by_chance_has_the_shares_that_it_says() -> None:
    """Of 800 with a share of 3/4 600 are A, with a standard error of (800 x 3/16)^0.5 =
    12.2; B comes thrice in a row, too.
    """
    order = {"product": {"A": 3, "B": 1}, "batches": 800, "draw": True, "release": Release(at_once=True)}
    plant = small(
        {},
        units={"m": Unit(kind="m")},
        products={**one("A", time=1.0), **one("B", time=1.0)},
        orders={"o": Order(**order)},
    )
    made = [row[5] for row in rows_of(plant) if row[1] == "release"]
    assert made.count("A") == pytest.approx(600, abs=49)  # 4 standard errors
    assert any(made[k : k + 3] == ["B"] * 3 for k in range(800))


# ---- zero wait -------------------------------------------------------------------------------------------------------


def test_with_zero_wait_a_batch_starts_as_late_as_the_next_unit_asks() -> None:
    """1 h on x, 3 h on y: y has o/1 from 1 h to 4 h, so that o/2 begins on x at 3 h."""
    plant = small({"a": Step(on="x", time=1.0, hold=0.0), "b": Step(on="y", time=3.0)})
    assert told(rows_of(plant)) == lines(
        """
        0 book y-1 o/1
        0 grant x-1 o/1
        0 wait o/2 x
        1 grant y-1 o/1
        1 leave x-1 o/1
        1 wait o/2 y
        3 book y-1 o/2
        3 grant x-1 o/2
        4 leave y-1 o/1
        4 grant y-1 o/2
        4 leave x-1 o/2
        7 leave y-1 o/2
        """
    )


# ---- the run itself --------------------------------------------------------------------------------------------------


def test_the_plant_with_every_feature_shows_every_kind_of_row() -> None:
    """All kinds of rows but those of features that other plants of these tests have."""
    assert {row[1] for row in rows_of(rich())} == set(MEANING) - {
        "book",
        "deviation",
        "empty",
        "fill",
        "lapse",
        "skip",
        "impair",
        "join",
        "lost",
        "opened",
        "phase",
        "split",
        "unclean",
    }


def test_a_run_ends_at_its_horizon() -> None:
    """100 h as the plant says, or 11 h as is asked: the rows before 11 h are the same."""
    plant = small({"s": Step(on="m", time=2.0)}, batches=None, release={})
    assert simulate(plant).record.until == 100 * HOUR
    run = simulate(plant, horizon=11.0)
    assert run.record.until == 11 * HOUR
    assert list(run.record) == [row for row in simulate(plant).record if row[0] < 11 * HOUR]


def test_a_sink_sees_the_record_grow_and_progress_rises_to_one() -> None:
    """A sink may pack the rows into blocks as they come: they stay the same, and none is lost."""
    lengths: list[int] = []
    shares: list[float] = []

    def sink(record: Record) -> None:
        lengths.append(len(record))
        record.pack(least=50)

    plain = list(simulate(rich(100.0)).record)
    run = simulate(rich(100.0), sink=sink, progress=shares.append)
    assert list(run.record) == plain
    assert lengths == sorted(lengths)
    assert len(run.record.blocks) > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

"""Units in which several batches come and go each at its own time, worked out by hand; all times are in hours."""

from __future__ import annotations

from math import factorial, sqrt
from statistics import fmean, stdev
from typing import Any

import pytest
from plants import fresh, lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, StuckPlant
from plantsim.laws import Exponential, Trace, Uniform
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.spans import in_hours, read
from plantsim.step import Step


def incubator(step: Step | None = None, *, then: Step | None = None, release: Any = None, **unit: Any) -> Scenario:
    """Batches of 100 kg for an incubator, 4 h, with three places unless told otherwise; at 0, 1, 6 and 7."""
    words = ("batches", "pools", "buffers", "modes", "jobs", "washes", "days", "run")
    more = {word: unit.pop(word) for word in words if word in unit}
    for word, name in (("modes", "failures"), ("jobs", "maintenance"), ("washes", "cleaning"), ("days", "calendars")):
        more[name] = more.pop(word, {})
    unit = {"holds": 3, "together": False, **unit}
    units = {"i": Unit(kind="i", failures=tuple(more["failures"]), maintenance=tuple(more["maintenance"]), **unit)}
    steps = {"grow": step or Step(on="i", time=4.0)} | ({"spin": then} if then else {})
    units |= {then.on: Unit(kind=then.on)} if then else {}
    release = release or {"every": Trace(times=(1.0, 5.0, 1.0))}
    return small(steps, units=units, release=release, **{"batches": 4, **more})


def test_each_batch_has_its_own_stay_and_the_next_one_takes_the_place_that_is_free() -> None:
    """Two places, one batch each half hour: the third waits from 1 till the first leaves at 2, and so on."""
    plant = incubator(Step(on="i", time=2.0), holds=2, release={"every": 0.5})
    assert told(play(plant)) == lines(
        """
        0 grant i-1 o/1
        0.5 grant i-1 o/2
        1 wait o/3 i
        1.5 wait o/4 i
        2 leave i-1 o/1
        2 grant i-1 o/3
        2.5 leave i-1 o/2
        2.5 grant i-1 o/4
        4 leave i-1 o/3
        4.5 leave i-1 o/4
        """
    )


def test_places_taken_are_counted() -> None:
    """In it: 1 from 0, 2 from 1, 1 from 4, none from 5, 1 from 6, 2 from 7, 1 from 10, none from 11: 16 h of 20."""
    run = simulate(incubator(run={"horizon": 20.0}))
    assert run.spans("places")[["start", "end", "number"]].to_numpy().tolist() == [
        [0, 1, 1], [1, 4, 2], [4, 5, 1], [5, 6, 0], [6, 7, 1], [7, 10, 2], [10, 11, 1], [11, 20, 0]
    ]  # fmt: skip
    assert run.places().loc["i-1"].to_dict() == {
        "places": 3, "mean": 16 / 20, "most": 2, "share of calendar hours full": 0.0
    }  # fmt: skip
    assert run.utilisation().loc["i-1", "busy"] == pytest.approx(10 / 20)
    assert run.why("i-1", 2.0).links == ("i-1 has o/1, o/2", "o/1 is in i-1 (grow) until 0 d 04:00")
    assert simulate(incubator(), horizon=0.0 + 1e-3).places()["mean"].tolist() == [1.0]


def test_the_unit_is_busy_while_any_batch_is_worked_on_and_holds_those_that_cannot_leave() -> None:
    """The spinner takes 3 h: o/1 from 4 to 7; o/2, done at 5, stays until then; o/3 is worked on from 6 to 10."""
    plant = incubator(then=Step(on="s", time=3.0), batches=3, run={"horizon": 15.0})
    run = simulate(plant)
    assert told(run.record, "leave") == lines(
        """
        4 leave i-1 o/1
        7 leave s-1 o/1
        7 leave i-1 o/2
        10 leave s-1 o/2
        10 leave i-1 o/3
        13 leave s-1 o/3
        """
    )
    units = in_hours(read(run.record, fresh(plant))["units"])
    stays = units[units["unit"] == "i-1"][["start", "end", "state", "batch", "step"]].to_dict("split")["data"]
    assert stays == [
        [0.0, 4.0, "busy", "o/1", "grow"],
        [4.0, 5.0, "busy", "o/2", "grow"],
        [5.0, 6.0, "holding", "o/2", "grow"],
        [6.0, 10.0, "busy", "o/3", "grow"],
        [10.0, 15.0, "idle", "", ""],
    ]


# ---- what strikes it -------------------------------------------------------------------------------------------------


def leak(**more: Any) -> dict[str, Failure]:
    return {"leak": Failure(**{"after": 7.0, "repair": 1.0, **more})}


def test_a_failure_halts_all_that_are_in_it_after_so_many_hours_in_which_any_was_worked_on() -> None:
    """Worked from 0 to 5 and from 6 on: 7 h at 8, when o/3 has 2 h left and o/4 3 h; repaired at 9."""
    rows = play(incubator(modes=leak()))
    assert told(rows)[4:] == lines(
        """
        6 grant i-1 o/3
        7 grant i-1 o/4
        8 fail i-1 leak
        8 halt i-1 o/3 leak
        8 halt i-1 o/4 leak
        9 repaired i-1 leak
        11 leave i-1 o/3
        12 leave i-1 o/4
        """
    )


def test_a_failure_that_restarts_or_scraps_does_so_to_all_that_run() -> None:
    """Struck at 8 h and mended at 9 h: begun anew, both take 4 h from then, to 13 h; or both are lost at 8 h.

    A batch that is done and waits in it is not lost: spun for 5 h each, o/2 goes on at 9 h, to 14 h.
    """
    assert told(play(incubator(modes=leak(work="restart"))), "leave")[2:] == ["13 leave i-1 o/3", "13 leave i-1 o/4"]
    rows = play(incubator(modes=leak(work="scrap"), then=Step(on="s", time=5.0)))
    # o/2 is done at 5 and stays until the spinner is free, at 9; o/3 and o/4 are lost at 8
    assert told(rows, "scrap", "done", hide=()) == ["8 scrap o/3 leak", "8 scrap o/4 leak", "9 done o/1", "14 done o/2"]


def test_a_failure_by_the_calendar_and_one_that_lasts_too_long() -> None:
    """At 8 by the calendar, for 3 h; who stands for 2 h is lost."""
    rows = play(incubator(modes=leak(after=8.0, clock="calendar", repair=3.0, longest_pause=2.0)))
    assert told(rows, "fail", "halt", "scrap", "repaired")[:6] == lines(
        """
        8 fail i-1 leak
        8 halt i-1 o/3 leak
        8 halt i-1 o/4 leak
        10 scrap o/3 longest pause
        10 scrap o/4 longest pause
        11 repaired i-1 leak
        """
    )


def test_a_failure_by_batches_halts_who_is_still_in_it_as_the_last_of_them_leaves() -> None:
    """The first leaves at 4: o/2 has an hour left, and goes on at 5.5."""
    rows = play(incubator(modes=leak(after=1.0, clock="cycles", repair=1.5), batches=2))
    assert told(rows, "leave", "fail", "halt") == lines(
        """
        4 leave i-1 o/1
        4 fail i-1 leak
        4 halt i-1 o/2 leak
        6.5 leave i-1 o/2
        """
    )


def test_a_failure_that_lets_the_work_finish_keeps_others_out_until_it_is_mended() -> None:
    """It strikes at 2; o/1 and o/2 go on, o/3 comes at 3 and waits until the unit is empty, at 5, and mended, at 6."""
    rows = play(incubator(modes=leak(after=2.0, work="finish"), release={"every": Trace(times=(1.0, 2.0))}, batches=3))
    assert told(rows, "impair", "wait", "leave", "fail", "grant")[2:8] == lines(
        """
        2 impair i-1 leak
        3 wait o/3 i
        4 leave i-1 o/1
        5 leave i-1 o/2
        5 fail i-1 leak
        6 grant i-1 o/3
        """
    )


def shift(work: Any) -> Scenario:
    """Open from 0 to 8 of each 12 h: o/3 and o/4 have 2 and 3 h left at 8."""
    return incubator(days={"d": Calendar(open=((0.0, 8.0),), period=12.0)}, calendar="d", work=work)


def test_one_that_works_on_does_not_lock_what_is_done_in_it() -> None:
    """o/1 is spun from 4 to 10; o/2 is done at 5, and leaves at 10, though the incubator leaks from 6 on; mended 10-11.

    A unit that locks does so while it is down: what works on until it is empty must be emptied to be mended.
    """
    plant = incubator(
        then=Step(on="s", time=6.0),
        batches=3,
        locks=True,
        modes={"leak": Failure(after=Trace(times=(6.0, 1000.0)), repair=1.0, clock="calendar", work="finish")},
    )
    assert told(play(plant), "grant", "impair", "wait", "fail", "repaired") == lines(
        """
        0 grant i-1 o/1
        1 grant i-1 o/2
        4 grant s-1 o/1
        5 wait i-1 o/2 s
        6 impair i-1 leak
        6 wait o/3 i
        10 grant s-1 o/2
        10 fail i-1 leak
        11 repaired i-1 leak
        11 grant i-1 o/3
        15 wait i-1 o/3 s
        16 grant s-1 o/3
        """
    )


@pytest.mark.parametrize(
    ("work", "left"),
    [("pause", [4, 5, 14, 15]), ("restart", [4, 5, 16, 16]), ("finish", [4, 5, 10, 11]), ("scrap", [4, 5])],
)
def test_a_shift_end_halts_all_that_are_in_it_by_the_word_of_the_unit(work: str, left: list[float]) -> None:
    """4 h each from 0, 1, 6 and 7 h: o/3 has 2 h left and o/4 3 h as it closes at 8 h, to 12 h.

    Paused, they are done at 14 h and 15 h; begun anew, both at 16 h; finished, at 10 h
    and 11 h; or they are lost at 8 h.
    """
    rows = play(shift(work))
    assert [row[0] / HOUR for row in rows if row[1] == "done"] == left
    assert told(rows, "close", "open")[0] == "8 close i-1 calendar"
    lost = ["8 scrap o/3 calendar", "8 scrap o/4 calendar"] if work == "scrap" else []
    assert told(rows, "scrap") == lost


def test_nobody_comes_in_while_it_is_closed_though_what_is_in_it_finishes() -> None:
    """o/1 is in it from 7 to 11, o/2, released at 8, comes in at 12."""
    plant = shift("finish").replace(orders={"o": Order(product="p", batches=2, start=7.0, release={"every": 1.0})})
    assert told(play(plant), "grant", "wait") == ["7 grant i-1 o/1", "8 wait o/2 i", "12 grant i-1 o/2"]


def test_what_does_not_fit_waits_for_the_next_opening() -> None:
    """o/3 at 6 would end at 10, after the unit closes at 8."""
    assert told(play(shift("fits")), "grant", "wait")[2:] == [
        "6 wait o/3 i", "7 wait o/4 i", "12 grant i-1 o/3", "12 grant i-1 o/4"
    ]  # fmt: skip


# ---- clean -----------------------------------------------------------------------------------------------------------


def test_it_is_cleaned_when_it_is_empty_and_not_between() -> None:
    """Empty at 5: cleaned till 5.5; at 11 again."""
    rows = play(incubator(cleaning="wash", washes={"wash": Cleaning(when="at once", minor=0.5)}))
    assert told(rows, "clean", "cleaned") == ["5 clean i-1 minor", "5.5 cleaned i-1 minor", "11 clean i-1 minor",
                                              "11.5 cleaned i-1 minor"]  # fmt: skip


def test_a_clean_before_use_is_made_before_the_first_that_comes_and_the_next_waits_for_it() -> None:
    """o/3 comes to a dirty unit at 6, which is cleaned for 1.5 h; o/4, at 7, goes in with it at 7.5."""
    rows = play(incubator(cleaning="wash", washes={"wash": Cleaning(minor=1.5)}))
    assert told(rows)[4:] == lines(
        """
        6 clean i-1 minor
        6 grant i-1 o/3
        6 wait i-1 o/3 i-1
        7 wait o/4 i
        7.5 cleaned i-1 minor
        7.5 begin i-1 o/3
        7.5 grant i-1 o/4
        11.5 leave i-1 o/3
        11.5 leave i-1 o/4
        """
    )


def test_a_unit_in_which_others_are_is_not_dirty_for_too_long() -> None:
    """6 h each from 0, 5 and 10 h; it may be dirty for 3 h.  o/1 leaves at 6 h, but o/2 is in it to 11 h.

    So o/3 comes in at 10 h without a clean, and the limit is broken 3 h after that has left, at 19 h.
    """
    rule = {"wash": Cleaning(major=2.0, dirty_hold=3.0)}
    plant = incubator(Step(on="i", time=6.0), release={"every": 5.0}, batches=3, cleaning="wash", washes=rule,
                      run={"horizon": 25.0})  # fmt: skip
    assert told(play(plant), "grant", "wait", "clean", "deviation", "leave") == lines(
        """
        0 grant i-1 o/1
        5 grant i-1 o/2
        6 leave i-1 o/1
        10 grant i-1 o/3
        11 leave i-1 o/2
        16 leave i-1 o/3
        19 deviation i-1 dirty hold
        """
    )


def two_products(rule: Cleaning | None) -> Scenario:
    """a at 0 and 1, b at 2, and an a again at 3; 4 h each."""
    product = Product(batch=100.0, steps={"grow": Step(on="i", time=4.0)})
    gaps = {"a": Trace(times=(1.0, 2.0)), "b": Trace(times=(1.0,))}
    return small(
        {},
        units={"i": Unit(kind="i", holds=5, together=False, cleaning="wash" if rule else "")},
        cleaning={"wash": rule} if rule else {},
        products={"a": product, "b": product},
        orders={
            name: Order(product=name, batches=number, start=start, release={"every": gaps[name]})
            for name, number, start in (("a", 3, 0.0), ("b", 1, 2.0))
        },
    )


def test_products_share_it_if_no_clean_is_due_between_them() -> None:
    """Without a clean, or with one that only batches of one product ask for, which waits until it is empty: each
    comes in as it is released, at 0, 1, 2 and 3 h.
    """
    come = ["0 grant i-1 a/1", "1 grant i-1 a/2", "2 grant i-1 b/1", "3 grant i-1 a/3"]
    assert told(play(two_products(None)), "wait", "grant") == come
    assert told(play(two_products(Cleaning(minor=1.0))), "wait", "grant") == come


def test_another_product_waits_until_it_is_empty_and_clean_and_nobody_passes_it() -> None:
    """b waits from 2 to 5, and for its clean of 2 h; the a of 3 does not pass it, and waits for 11 and a clean."""
    rows = play(two_products(Cleaning(major=2.0)))
    assert told(rows, "wait", "grant", "clean", "cleaned", "leave") == lines(
        """
        0 grant i-1 a/1
        1 grant i-1 a/2
        2 wait b/1 i
        3 wait a/3 i
        4 leave i-1 a/1
        5 leave i-1 a/2
        5 clean i-1 major
        5 grant i-1 b/1
        5 wait i-1 b/1 i-1
        7 cleaned i-1 major
        11 leave i-1 b/1
        11 clean i-1 major
        11 grant i-1 a/3
        11 wait i-1 a/3 i-1
        13 cleaned i-1 major
        17 leave i-1 a/3
        """
    )


def test_maintenance_that_is_due_is_done_when_those_in_it_have_left() -> None:
    """Due at 2; o/3, at 3, waits till it is empty, at 5, and maintained, at 6."""
    plant = incubator(jobs={"look": Maintenance(every=2.0, lasts=1.0)}, release={"every": Trace(times=(1.0, 2.0))},
                      batches=3)  # fmt: skip
    assert told(play(plant), "wait", "maintain", "maintained", "grant")[2:6] == lines(
        """
        3 wait o/3 i
        5 maintain i-1 look
        6 maintained i-1 look
        6 grant i-1 o/3
        """
    )


def test_the_load_limit_counts_all_that_are_in_it() -> None:
    """250 kg: two of 100 kg from 0 h to 4 h, and the third then."""
    assert told(play(incubator(load=250.0, release="at once", batches=3)), "grant")[-1] == "4 grant i-1 o/3"


def test_each_batch_uses_what_it_needs_for_itself() -> None:
    """A hand for half an hour at the end of each, after 4 h: o/1 is taken out from 4 h
    to 4.5 h, and o/2 from then to 5 h.
    """
    step = Step(on="i", time=4.0, discharge=0.5, needs={"discharge": {"hand": 1}})  # type: ignore[dict-item]
    rows = play(incubator(step, release="at once", batches=2, pools={"hand": Pool(count=1)}))
    assert told(rows, "wait", "leave") == ["4 wait i-1 o/2 hand", "4.5 leave i-1 o/1", "5 leave i-1 o/2"]


# ---- stuck, and said to be wrong -------------------------------------------------------------------------------------


def ring(holds: int) -> Scenario:
    """All go from i to s and back to i; there is room for so many in i."""
    steps = {"a": Step(on="i", time=1.0), "b": Step(on="s", time=1.0), "c": Step(on="i", time=1.0)}
    units = {"i": Unit(kind="i", holds=holds, together=False), "s": Unit(kind="s")}
    return small(steps, units=units, batches=4)


def test_a_ring_through_its_places_is_told() -> None:
    """With two places: o/1 is in s from 1 h to 2 h and wants to go back; o/2 and o/3
    stand in i and want s: stuck at 2 h.

    With four places all four are there at 0 h; s takes one an hour, from 1 h to 5 h, and
    each is in i for an hour again.
    """
    with pytest.raises(StuckPlant) as caught:
        simulate(ring(2))
    assert str(caught.value) == (
        "the plant is stuck after 2 h: o/1 holds s-1 and waits for i-1; o/2 holds i-1 and waits for s-1"
    )
    assert told(simulate(ring(4)).record, "done") == ["3 done o/1", "4 done o/2", "5 done o/3", "6 done o/4"]


def faults(plant: Scenario) -> list[str]:
    with pytest.raises(LayoutError) as caught:
        plant.check()
    return [str(fault) for fault in caught.value.faults]


def test_what_such_a_unit_can_not_do_is_said() -> None:
    """It has several places and no load, keeps nothing for a batch, can't work slower for all, and can't be booked."""
    with pytest.raises(ValueError, match="holds one batch: 'together: false' needs a 'holds' of more than 1"):
        Unit(kind="i", together=False)
    with pytest.raises(ValueError, match="its batches do not wait for one another: 'least' needs 'together: true'"):
        Unit(kind="i", holds=3, least=2, together=False)
    assert faults(incubator(Step(on="i", time=1.0, keeps={"bin": 1}), pools={"bin": Pool(count=1)})) == [
        "products.p.steps.grow.keeps: batches come and go in 'i' each at its own time: "
        "say under 'needs' what each uses meanwhile"
    ]
    assert faults(incubator(modes=leak(work="finish", rate=0.5))) == [
        "units.i: its batches come and go each at its own time, and can't all slow down: 'leak' has a rate"
    ]
    assert faults(incubator(Step(on="i", time=1.0, hold=0.0), then=Step(on="s", time=1.0))) == [
        "products.p.steps.grow: 'i' holds several batches, which can't be booked ahead: no 'hold: 0 h' before or after"
    ]


# ---- go on -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("work", ["pause", "restart"])
def test_it_goes_on_after_a_resume_at_any_time(work: Any) -> None:
    """At each quarter of an hour, in a plant with failures on three clocks, shifts, cleans, and a crew."""
    step = Step(on="i", charge=0.25, time=Uniform(low=2.0, high=5.0), needs={"charge": {"hand": 1}})  # type: ignore[dict-item]
    modes = {
        "leak": Failure(after=Exponential(mean=6.0), repair=0.75),
        "power": Failure(after=Exponential(mean=9.0), repair=0.5, clock="calendar", work="restart"),
        "clog": Failure(after=Uniform(low=2.0, high=5.0), repair=0.5, clock="cycles"),
    }
    plant = incubator(
        step, then=Step(on="s", time=1.2), release={"every": Exponential(mean=1.3)}, batches=20, modes=modes,
        cleaning="wash", washes={"wash": Cleaning(when="at once", minor=0.5)}, work=work, calendar="d",
        days={"d": Calendar(open=((0.0, 8.0),), period=10.0)}, pools={"hand": Pool(count=1)},
        buffers={"b": Buffer(places=1)}, run={"horizon": 50.0},
    )  # fmt: skip
    rows = play(plant)
    assert {row[7] for row in rows if row[1] == "halt"} == {"leak", "power", "clog", "calendar"}
    for quarter in range(200):
        time = quarter * HOUR // 4
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], quarter / 4


# ---- theory ----------------------------------------------------------------------------------------------------------


def queue(gap: float, service: Any, until: float, **unit: Any) -> Scenario:
    return Scenario(
        units={"i": Unit(kind="i", **unit)},
        products={"p": Product(batch=1.0, steps={"s": Step(on="i", time=service)})},
        orders={"o": Order(product="p", release=Release(every=Exponential(mean=gap)))},
        run={"horizon": until},
    )


def _begun(rows: list[RowTuple]) -> list[tuple[int, str]]:
    return [(row[0], row[3]) for row in rows if row[1] in ("grant", "leave")]


def test_places_of_one_unit_are_as_good_as_so_many_units() -> None:
    """The same luck: each batch begins and ends at the same millisecond."""
    several = play(queue(1 / 2.4, Exponential(mean=1.0), 400.0, count=3))
    assert _begun(play(queue(1 / 2.4, Exponential(mean=1.0), 400.0, holds=3, together=False))) == _begun(several)


def test_places_are_the_servers_of_a_queue() -> None:
    """M/M/3 at a load of 0.8: the mean wait is C / (3 - 2.4) = 1.079 h, C by Erlang; 2.4 places are taken.

    C = (a^3/3!) / (1 - 0.8) / (1 + a + a^2/2 + (a^3/3!) / (1 - 0.8)) with a = 2.4.
    """
    a, c = 2.4, 3
    tail = a**c / factorial(c) / (1 - a / c)
    wait = tail / (sum(a**k / factorial(k) for k in range(c)) + tail) / (c - a)
    assert wait == pytest.approx(1.0787, abs=1e-4)
    waits, taken = [], []
    for replication in range(12):
        run = simulate(queue(1 / a, Exponential(mean=1.0), 900.0, holds=c, together=False), replication=replication)
        stays = run.spans("batches", 100.0)
        released = run.spans("lives")["start"].between(100.0, 900.0).sum()
        waits.append(stays[stays["state"] == "waiting for unit"]["hours"].sum() / released)
        taken.append(run.places(100.0).loc["i-1", "mean"])
    for found, known in ((waits, wait), (taken, a)):
        assert abs(fmean(found) - known) < 4 * stdev(found) / sqrt(len(found)), (found, known)


def test_an_incubator_with_room_for_all_holds_what_littles_law_says() -> None:
    """M/G/inf: 4 an hour for 5 h on average, whatever the law: 20 are in it; on the path the law holds exactly."""
    means = []
    for replication in range(6):
        run = simulate(
            queue(0.25, Uniform(low=1.0, high=9.0), 300.0, holds=200, together=False), replication=replication
        )
        stays = run.spans("batches", 50.0)
        means.append(run.places(50.0).loc["i-1", "mean"])
        assert means[-1] * 250.0 == pytest.approx(stays["hours"].sum(), rel=1e-9)
    assert abs(fmean(means) - 20.0) < 4 * stdev(means) / sqrt(len(means)), means

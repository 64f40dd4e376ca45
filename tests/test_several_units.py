"""Steps that need several units at once, worked out by hand; all times are in hours."""

from __future__ import annotations

from math import sqrt
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
from plantsim.plant import Failure, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.spans import in_hours, read
from plantsim.step import Step

ONCE = Release(at_once=True)


def harvest(**more: Any) -> Scenario:
    """Growth of 10 h; then 4 h through a centrifuge and a filter into a pool tank, and 3 h of hold in it."""
    return small(
        {
            "grow": Step(on="bioreactor", time=10.0),
            "harvest": Step(on="pool tank", transfer=4.0, time=0.0, with_={"centrifuge": 1, "filter": 2}),
            "treat": Step(on="pool tank", time=3.0),
        },
        units={
            "bioreactor": Unit(kind="bioreactor", count=2),
            "centrifuge": Unit(kind="centrifuge", cleaning="cip"),
            "filter": Unit(kind="filter", count=2),
            "pool tank": Unit(kind="pool tank", count=2),
        },
        cleaning={"cip": Cleaning(when="at once", minor=1.0)},
        **more,
    )


def test_a_harvest_holds_bioreactor_centrifuge_filters_and_pool_tank_at_once() -> None:
    """Both have grown at 10. The first is harvested from 10 to 14; the centrifuge is cleaned until 15, and the second
    lacks it till then, though a pool tank and both filters are free; its bioreactor is kept until 19."""
    plant = harvest()
    plant = plant.replace(
        products={"p": Product(batch=100.0, steps={**plant.products["p"].steps, "treat": Step(on="hold", time=3.0)})},
        units={**plant.units, "hold": Unit(kind="hold", count=2)},
    )
    rows = play(plant)
    assert told(rows) == lines(
        """
        0 grant bioreactor-1 o/1
        0 grant bioreactor-2 o/2
        10 grant pool tank-1 o/1
        10 wait bioreactor-2 o/2 centrifuge
        14 leave bioreactor-1 o/1
        14 begin pool tank-1 o/1
        14 leave centrifuge-1 o/1
        14 clean centrifuge-1 minor
        14 leave filter-1 o/1
        14 leave filter-2 o/1
        14 grant hold-1 o/1
        14 leave pool tank-1 o/1
        15 cleaned centrifuge-1 minor
        15 grant pool tank-1 o/2
        17 leave hold-1 o/1
        19 leave bioreactor-2 o/2
        19 begin pool tank-1 o/2
        19 leave centrifuge-1 o/2
        19 clean centrifuge-1 minor
        19 leave filter-1 o/2
        19 leave filter-2 o/2
        19 grant hold-1 o/2
        19 leave pool tank-1 o/2
        20 cleaned centrifuge-1 minor
        22 leave hold-1 o/2
        """
    )
    assert next(row for row in rows if row[1] == "grant" and row[2] == "pool tank-1")[8][2] == (
        "centrifuge-1",
        "filter-1",
        "filter-2",
    )
    units = in_hours(read(simulate(plant).record, fresh(plant))["units"])
    stays = units[units["unit"] == "centrifuge-1"][["start", "end", "state", "batch"]].to_dict("split")["data"]
    assert stays == [
        [0.0, 10.0, "idle", ""],
        [10.0, 14.0, "transferring", "o/1"],
        [14.0, 15.0, "cleaning", ""],
        [15.0, 19.0, "transferring", "o/2"],
        [19.0, 20.0, "cleaning", ""],
        [20.0, 100.0, "idle", ""],
    ]


def crossing(**more: Any) -> Scenario:
    """a works on the vessel with the skid, b on the skid with the vessel, 2 h each."""
    return small(
        {},
        units={"vessel": Unit(kind="vessel"), "skid": Unit(kind="skid")},
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="vessel", time=2.0, with_={"skid": 1})}),
            "b": Product(batch=1.0, steps={"s": Step(on="skid", time=2.0, with_={"vessel": 1})}),
        },
        orders={name: Order(product=name, batches=3, release=ONCE) for name in "ab"},
        **more,
    )


def test_vessel_and_skid_asked_for_in_opposite_orders_never_lock() -> None:
    """One after the other, by age and name: six batches of 2 h take 12 h."""
    assert told(play(crossing()), "grant", "done", hide=()) == lines(
        """
        0 grant vessel-1 a/1
        2 done a/1
        2 grant vessel-1 a/2
        4 done a/2
        4 grant vessel-1 a/3
        6 done a/3
        6 grant skid-1 b/1
        8 done b/1
        8 grant skid-1 b/2
        10 done b/2
        10 grant skid-1 b/3
        12 done b/3
        """
    )


def test_what_is_lacking_turns_from_the_unit_to_what_goes_with_it() -> None:
    """x works for a until 3 h, and y, with the pump, for b until 5 h: c lacks x at
    first, then the pump, and begins at 5 h.
    """
    plant = small(
        {},
        units={name: Unit(kind=name) for name in ("x", "y", "pump")},
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="x", time=3.0)}),
            "b": Product(batch=1.0, steps={"s": Step(on="y", time=5.0, with_={"pump": 1})}),
            "c": Product(batch=1.0, steps={"s": Step(on="x", time=1.0, with_={"pump": 1})}),
        },
        orders={name: Order(product=name, batches=1, release=ONCE) for name in "abc"},
    )
    assert told(play(plant), "wait", "grant") == lines(
        """
        0 grant x-1 a/1
        0 grant y-1 b/1
        0 wait c/1 x
        3 wait c/1 pump
        5 grant x-1 c/1
        """
    )


def test_units_held_by_batches_that_wait_for_one_another_are_told_as_stuck() -> None:
    """a is done on x at 1 h and needs z with y; b is done on y at 2 h and needs z with
    x: neither can leave from then on.
    """
    plant = small(
        {},
        units={name: Unit(kind=name) for name in "xyz"},
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="x", time=1.0), "t": Step(on="z", time=1.0, with_={"y": 1})}),
            "b": Product(batch=1.0, steps={"s": Step(on="y", time=2.0), "t": Step(on="z", time=1.0, with_={"x": 1})}),
        },
        orders={name: Order(product=name, batches=1, release=ONCE) for name in "ab"},
    )
    with pytest.raises(StuckPlant) as caught:
        simulate(plant)
    assert str(caught.value) == (
        "the plant is stuck after 2 h: b/1 holds y-1 and waits for x-1; a/1 holds x-1 and waits for y-1"
    )


@pytest.mark.parametrize("plant", [harvest(batches=4), crossing()], ids=["harvest", "crossing"])
def test_a_step_on_several_units_goes_on_after_a_resume(plant: Scenario) -> None:
    """From the state at each half hour to 30 h, the rest of the rows is the same."""
    rows = play(plant)
    for half in range(60):
        time = half * HOUR // 2
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], half / 2


def faults(scenario: Scenario) -> list[str]:
    with pytest.raises(LayoutError) as caught:
        scenario.check()
    return [str(fault) for fault in caught.value.faults]


def beside(with_: dict[str, Any], hold: float | None = None, **unit: Any) -> Scenario:
    return small(
        {"s": Step(on="x", time=1.0, with_=with_, hold=hold)},
        units={"x": Unit(kind="x"), "pump": Unit(kind="pump", **unit)},
        failures={"seal": Failure(after=5.0, repair=1.0)},
        calendars={"days": Calendar(open=((0.0, 9.0),), period=24.0)},
        cleaning={"wash": Cleaning(minor=1.0)},
    )


def test_what_a_step_can_not_keep_beside_its_unit_is_said() -> None:
    """Who isn't there, is there once, or is named twice; what has a calendar, holds
    several, or would have to be booked.
    """
    at = "products.p.steps.s.with"
    assert faults(beside({"pump": 1, "pmp": 1})) == [f"{at}: there is no 'pmp'; did you mean 'pump'?"]
    assert faults(beside({"pump": 2})) == [f"{at}: needs 2 of 'pump', of which there are 1"]
    assert faults(beside({"pump": 1, "x": 1})) == [
        f"{at}: 'x' is named twice: a unit is on the step, or with it, once",
    ]
    why = "which a step can't keep beside its own unit ('pump')"
    assert faults(beside({"pump": 1}, calendar="days")) == [f"units.pump: has a calendar, {why}"]
    assert faults(beside({"pump": 1}, holds=2)) == [f"units.pump: holds several batches, {why}"]
    assert faults(beside({"pump": 1}, hold=0.0)) == [
        f"{at}: several units can't be booked ahead: no 'hold: 0 h' with it"
    ]


# ---- what strikes the units beside, and how they are cleaned ---------------------------------------------------------


def spun(batches: int = 2, *, step: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """A tank and a pump beside it; charged for 1 h, in which no running clock goes, and 4 h of work."""
    pump = more.pop("pump", {})
    unit = Unit(kind="pump", failures=tuple(more.get("failures", ())), **pump)
    words = {"charge": 1.0, "time": 4.0, "with_": {"pump": 1}, **(step or {})}
    return small(
        {"s": Step(on="tank", **words)}, units={"tank": Unit(kind="tank"), "pump": unit}, batches=batches, **more
    )


def test_a_unit_beside_that_fails_halts_the_step_and_ages_only_in_its_run() -> None:
    """Run from 1 to 5 and from 6: six hours worked at 8, for 1.5 h; o/2 has 2 h left, and is done at 11.5."""
    rows = play(spun(failures={"leak": Failure(after=6.0, repair=1.5)}))
    assert told(rows)[2:] == lines(
        """
        5 leave pump-1 o/1
        5 leave tank-1 o/1
        5 grant tank-1 o/2
        8 fail pump-1 o/2 leak
        9.5 repaired pump-1 leak
        11.5 leave pump-1 o/2
        11.5 leave tank-1 o/2
        """
    )


@pytest.mark.parametrize(("work", "left"), [("pause", 11.5), ("restart", 14.5), ("finish", 10.0), ("scrap", 0.0)])
def test_what_becomes_of_the_work_is_the_word_of_the_failure_of_the_unit_beside(work: Any, left: float) -> None:
    """At 8 of o/2, which began at 5; begun anew at 9.5, it takes 5 h; with finish it goes on, the pump is mended."""
    rows = play(spun(failures={"leak": Failure(after=6.0, repair=1.5, work=work)}))
    assert [row[0] / HOUR for row in rows if row[1] == "done"] == [5.0, *([left] if left else [])]
    assert told(rows, "scrap") == ([] if left else ["8 scrap o/2 leak"])
    assert told(rows, "repaired") == [f"{11.5 if work == 'finish' else 9.5:g} repaired pump-1 leak"]


def test_a_unit_beside_that_slows_down_slows_the_step() -> None:
    """o/2 runs from 6 h on; the pump has worked for 6 h at 8 h, and at half its rate the 2 h that are left take 4 h."""
    rows = play(spun(failures={"leak": Failure(after=6.0, repair=1.5, work="finish", rate=0.5)}))
    assert [row[0] / HOUR for row in rows if row[1] == "done"] == [5.0, 12.0]


def test_a_unit_beside_fails_by_the_calendar_idle_or_not() -> None:
    """It is down from 5 to 7, as the second asks; that gets both then.  It stands still from 9 + 5 = 14, to 16."""
    plant = spun(3, failures={"storm": Failure(after=5.0, repair=2.0, clock="calendar")}, run={"horizon": 14.0})
    assert told(play(plant), "fail", "repaired", "grant") == lines(
        """
        0 grant tank-1 o/1
        5 fail pump-1 storm
        7 repaired pump-1 storm
        7 grant tank-1 o/2
        12 fail pump-1 storm
        """
    )


def test_a_unit_beside_fails_as_its_third_batch_begins() -> None:
    """After two batches, at 10: the third has the units, and begins when the pump is mended, at 11."""
    plant = spun(3, failures={"clog": Failure(after=2.0, repair=1.0, clock="cycles")})
    rows = play(plant)
    assert told(rows, "fail", "repaired") == ["10 fail pump-1 o/3 clog", "11 repaired pump-1 clog"]
    assert told(rows, "done", hide=())[-1] == "16 done o/3"


def test_both_must_work_before_the_step_goes_on() -> None:
    """The tank fails by the calendar at 2, for 4 h; the pump at 3, for 2 h, or 4: the step has 3 h left at 2."""
    for lasts, done in ((2.0, 9.0), (4.0, 10.0)):
        plant = spun(1, failures={"p": Failure(after=Trace(times=(3.0, 50.0)), repair=lasts, clock="calendar")})
        tank = Unit(kind="tank", failures=("t",))
        plant = plant.replace(
            units={**plant.units, "tank": tank},
            failures={**plant.failures, "t": Failure(after=Trace(times=(2.0, 50.0)), repair=4.0, clock="calendar")},
        )
        rows = play(plant)
        assert [row[0] / HOUR for row in rows if row[1] == "done"] == [done], told(rows)


def changing(rule: Cleaning) -> Scenario:
    """Products a and b in turn; the pump is cleaned by the rule, the tank never."""
    product = Product(batch=100.0, steps={"s": Step(on="tank", time=2.0, with_={"pump": 1})})
    plant = spun(4, pump={"cleaning": "cip"}, cleaning={"cip": rule})
    return plant.replace(
        products={"a": product, "b": product},
        orders={"o": Order(product={"a": 1, "b": 1}, campaign=2, batches=4, release=ONCE)},
    )


def test_a_clean_before_use_of_a_unit_beside_is_made_before_the_step_begins() -> None:
    """Minor, 0.5 h, between batches of a product; major, 1.5 h, at its change: both units are kept meanwhile."""
    rows = play(changing(Cleaning(minor=0.5, major=1.5)))
    assert told(rows, "grant", "wait", "clean", "cleaned", "begin", "leave")[4:] == lines(
        """
        2 leave pump-1 o/1
        2 leave tank-1 o/1
        2 clean pump-1 minor
        2 grant tank-1 o/2
        2 wait tank-1 o/2 pump-1
        2.5 cleaned pump-1 minor
        2.5 begin tank-1 o/2
        4.5 leave pump-1 o/2
        4.5 leave tank-1 o/2
        4.5 clean pump-1 major
        4.5 grant tank-1 o/3
        4.5 wait tank-1 o/3 pump-1
        6 cleaned pump-1 major
        6 begin tank-1 o/3
        8 leave pump-1 o/3
        8 leave tank-1 o/3
        8 clean pump-1 minor
        8 grant tank-1 o/4
        8 wait tank-1 o/4 pump-1
        8.5 cleaned pump-1 minor
        8.5 begin tank-1 o/4
        10.5 leave pump-1 o/4
        10.5 leave tank-1 o/4
        """
    )
    assert simulate(changing(Cleaning(minor=0.5, major=1.5))).why("o/3", 5.0).links[0].startswith("o/3 holds tank-1")


def test_a_major_clean_at_the_end_of_a_campaign_and_a_dirty_hold_of_a_unit_beside() -> None:
    """Two batches, then a major clean of 3 h: 0 to 4, 7 to 11."""
    rows = play(changing(Cleaning(when="at campaign end", major=3.0, longest_campaign=2)))
    assert told(rows, "clean", "cleaned") == lines(
        """
        4 clean pump-1 major
        7 cleaned pump-1 major
        11 clean pump-1 major
        14 cleaned pump-1 major
        """
    )
    late = spun(2, step={"hold": None}, release={"every": 10.0}, pump={"cleaning": "cip"},
                cleaning={"cip": Cleaning(minor=0.5, major=1.5, dirty_hold=3.0, clean_hold=2.0)})  # fmt: skip
    # left at 5; o/2 comes at 10, 2 h after the hold was over at 8: a deviation, and the major clean
    assert told(play(late), "deviation", "clean") == ["8 deviation pump-1 dirty hold", "10 clean pump-1 major",
                                                      "19.5 deviation pump-1 dirty hold"]  # fmt: skip


@pytest.mark.parametrize("work", ["pause", "restart", "finish"])
def test_units_beside_that_fail_and_are_cleaned_go_on_after_a_resume(work: Any) -> None:
    """At each quarter of an hour for 50 h."""
    modes = {
        "leak": Failure(after=Exponential(mean=9.0), repair=1.0, work=work, opens=True),
        "power": Failure(after=Exponential(mean=12.0), repair=1.0, clock="calendar"),
        "clog": Failure(after=Uniform(low=1.0, high=4.0), repair=0.5, clock="cycles"),
    }
    rule = Cleaning(minor=0.5, major=1.5, longest_campaign=3, clean_hold=6.0, dirty_hold=4.0)
    plant = spun(30, step={"time": Exponential(mean=2.0)}, release={"every": Exponential(mean=4.0)}, failures=modes,
                 pump={"cleaning": "cip"}, cleaning={"cip": rule}, run={"horizon": 50.0})  # fmt: skip
    rows = play(plant)
    for quarter in range(200):
        time = quarter * HOUR // 4
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], quarter / 4


def test_a_step_does_not_go_on_in_a_unit_that_has_closed_while_one_beside_it_was_down() -> None:
    """10 h from 0 h: the pump is down from 7 h to 9 h, the bowl closes at 8 h; the other 3 h go from 24 h to 27 h."""
    plant = small(
        {"spin": Step(on="bowl", time=10.0, with_={"pump": 1})},
        batches=1,
        units={"bowl": Unit(kind="bowl", calendar="day"), "pump": Unit(kind="pump", failures="trip")},
        calendars={"day": Calendar(open=((0.0, 8.0),), period=24.0)},
        failures={"trip": Failure(after=Trace(times=(7.0, 900.0)), repair=2.0, clock="calendar")},
        run={"horizon": 48.0},
    )
    rows = play(plant)
    assert told(rows, "leave") == ["27 leave pump-1 o/1", "27 leave bowl-1 o/1"]
    for time in (7 * HOUR, 8 * HOUR, 9 * HOUR, 25 * HOUR):
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time]


def test_a_synchronous_line_is_a_step_on_all_its_units() -> None:
    """D2, Buzacott 1967: three units in one line without a place between, each failing after 100 h of work for 10 h.

    It works 1 / (1 + 3 * 10 / 100) = 0.76923 of the time; within 2 % and within 4 standard errors.
    """
    unit = {name: Unit(kind=name, failures=("stop",)) for name in ("first", "second", "third")}
    plant = small(
        {"s": Step(on="first", time=6.0, with_={"second": 1, "third": 1})},
        units=unit,
        failures={"stop": Failure(after=Exponential(mean=100.0), repair=Exponential(mean=10.0))},
        batches=None,
        release="as taken",
        run={"horizon": 20000.0},
    )
    shares = [simulate(plant, replication=k).utilisation().loc["first-1", "busy"] for k in range(8)]
    error = stdev(shares) / sqrt(len(shares))
    assert fmean(shares) == pytest.approx(0.76923, rel=0.02)
    assert abs(fmean(shares) - 1 / 1.3) < 4 * error, (fmean(shares), error)


def test_all_of_a_load_stand_still_when_a_unit_beside_it_breaks_down() -> None:
    """Two batches bake for 3 h in an oven with a fan beside it, which breaks down at 1 h for 2 h.

    Both are worked on from 0 to 1, stand from 1 to 3, and are worked on from 3 to 5: the one that rides, too.
    """
    scenario = small(
        {"bake": Step(on="oven", time=3.0, with_={"fan": 1}, work="pause")},
        units={"oven": Unit(kind="oven", holds=2, least=2), "fan": Unit(kind="fan", failures=("belt",))},
        failures={"belt": Failure(after=Trace(times=(1.0, 99.0)), repair=2.0, clock="calendar", work="pause")},
    )
    stays = in_hours(simulate(scenario).all_spans["batches"])
    told = [(*each,) for each in stays[["batch", "start", "end", "state"]].itertuples(index=False)]
    assert told == [
        (batch, *each) for batch in ("o/1", "o/2") for each in ((0, 1, "busy"), (1, 3, "halted"), (3, 5, "busy"))
    ]


def test_a_common_failure_strikes_the_unit_of_a_step_and_the_one_beside_it_at_once() -> None:
    """A bake of 4 h in an oven with a fan; at 2 h the power fails for both, for 1 h: it is over at 5 h."""
    scenario = small(
        {"bake": Step(on="oven", time=4.0, with_={"fan": 1}, work="pause")},
        units={"oven": Unit(kind="oven", failures=("power",)), "fan": Unit(kind="fan", failures=("power",))},
        failures={"power": Failure(after=Trace(times=(2.0, 99.0)), repair=1.0, clock="calendar", common=True)},
        batches=1,
    )
    assert told(play(scenario)) == lines(
        """0 grant oven-1 o/1
        2 fail oven-1 o/1 power
        2 fail fan-1 power
        3 repaired fan-1 power
        3 repaired oven-1 power
        5 leave fan-1 o/1
        5 leave oven-1 o/1"""
    )

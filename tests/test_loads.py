"""Units that hold several batches which begin and end together, worked out by hand; all times are in hours."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from plants import fresh, lines, play, small, state_at, told

from plantsim.chance import HOUR
from plantsim.charge import StartingCharge
from plantsim.cleaning import Cleaning
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, StuckPlant
from plantsim.kpi import little
from plantsim.laws import Trace
from plantsim.materials import Material, QualityTest
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.spans import in_hours, read
from plantsim.state import fold
from plantsim.step import Step
from plantsim.utility import Utility


def dryer(step: Step | None = None, *, then: Step | None = None, release: Any = "at once", **unit: Any) -> Scenario:
    """Batches of 100 kg for a freeze dryer, 2 h, that holds three unless told otherwise."""
    words = ("batches", "failures", "pools", "washes", "buffers")
    more = {word: unit.pop(word) for word in words if word in unit}
    unit["failures"] = tuple(more.get("failures", ()))
    more["cleaning"] = more.pop("washes", {})
    units = {"f": Unit(kind="f", **{"holds": 3, **unit})} | ({then.on: Unit(kind=then.on)} if then else {})
    steps = {"dry": step or Step(on="f", time=2.0)} | ({"cap": then} if then else {})
    return small(steps, units=units, release=release, **{"batches": 4, **more})


def test_as_many_as_it_holds_go_together_and_the_rest_after_them() -> None:
    """Five stand ready: three go at 0 and end at 2; two, without waiting for a third, go at 2 and end at 4."""
    assert told(play(dryer(batches=5))) == lines(
        """
        0 grant f-1 o/1
        0 ride f-1 o/2
        0 ride f-1 o/3
        0 wait o/4 f
        0 wait o/5 f
        2 leave f-1 o/1
        2 leave f-1 o/2
        2 leave f-1 o/3
        2 grant f-1 o/4
        2 ride f-1 o/5
        4 leave f-1 o/4
        4 leave f-1 o/5
        """
    )


def test_it_waits_for_the_least_number_and_says_that_it_is_the_load_that_is_lacking() -> None:
    """One batch an hour from 0: the second comes at 1; while they are in (until 3), two more come and lack the unit."""
    rows = play(dryer(release={"every": 1.0}, least=2, batches=4))
    assert told(rows) == lines(
        """
        0 wait o/1 load
        1 grant f-1 o/1
        1 ride f-1 o/2
        2 wait o/3 f
        3 leave f-1 o/1
        3 leave f-1 o/2
        3 grant f-1 o/3
        3 ride f-1 o/4
        5 leave f-1 o/3
        5 leave f-1 o/4
        """
    )


def test_what_a_batch_lacks_turns_from_the_unit_to_the_load_when_the_unit_is_free() -> None:
    """Releases at 0, 2, 4: the third comes as the first two are in (2 to 4.5), and stays alone."""
    step = Step(on="f", time=2.5)
    rows = play(dryer(step, release={"every": 2.0}, least=2, batches=3))
    assert told(rows, "wait", "grant", "ride") == lines(
        """
        0 wait o/1 load
        2 grant f-1 o/1
        2 ride f-1 o/2
        4 wait o/3 f
        4.5 wait o/3 load
        """
    )


def test_the_longest_wait_lets_a_smaller_load_go() -> None:
    """Of three that are wanted two are there at 1; the first has waited for 3 h at 3; the next, alone since 5, at 8."""
    rows = play(dryer(release={"every": Trace(times=(1.0, 4.0))}, least=3, longest_wait=3.0, batches=3))
    assert told(rows, "wait", "grant", "ride", "leave") == lines(
        """
        0 wait o/1 load
        1 wait o/2 load
        3 grant f-1 o/1
        3 ride f-1 o/2
        5 leave f-1 o/1
        5 leave f-1 o/2
        5 wait o/3 load
        8 grant f-1 o/3
        10 leave f-1 o/3
        """
    )


def test_the_load_limit_counts_the_sum_and_a_load_that_takes_no_more_goes() -> None:
    """250 kg take two of 100 kg, and do not wait for the third that `least` asks for: they go at 0 h.

    The third lacks the unit to 2 h, and others from then on.
    """
    rows = play(dryer(least=3, load=250.0, batches=3))
    assert told(rows, "grant", "ride")[:2] == ["0 grant f-1 o/1", "0 ride f-1 o/2"]
    assert told(rows, "wait") == ["0 wait o/3 f", "2 wait o/3 load"]


def test_the_rate_counts_the_mass_of_the_whole_load() -> None:
    """Three of 100 kg at 50 kg/h: 6 h; the fourth alone: 2 h more, to 8 h."""
    assert told(play(dryer(Step(on="f"), rate=50.0)), "leave")[-2:] == ["6 leave f-1 o/3", "8 leave f-1 o/4"]


def test_a_load_is_of_one_product() -> None:
    """a and b by turns, all there at 0 h: a/1 and a/3 go first, for 2 h, then b/2 and b/4."""
    step = {"dry": Step(on="f", time=2.0)}
    plant = small(
        {},
        units={"f": Unit(kind="f", holds=3)},
        products={name: Product(batch=10.0, steps=step) for name in "ab"},
        orders={"o": Order(product={"a": 1.0, "b": 1.0}, batches=4, release=Release(at_once=True))},
    )
    assert told(play(plant), "grant", "ride") == lines(
        """
        0 grant f-1 o/1
        0 ride f-1 o/3
        2 grant f-1 o/2
        2 ride f-1 o/4
        """
    )


def test_released_as_taken_a_unit_takes_all_that_it_holds() -> None:
    """Outside stand as many as are wanted, so no load waits: three at 0 h; the last one, at 2 h, is what is left."""
    rows = play(dryer(release="as taken", least=2))
    assert told(rows, "grant", "ride", "wait", hide=()) == lines(
        """
        0 grant f-1 o/1
        0 ride f-1 o/2
        0 ride f-1 o/3
        2 grant f-1 o/4
        """
    )


def test_a_unit_is_free_when_the_last_of_its_load_has_left() -> None:
    """All three ask at 2 for the capper, 1 h each: the dryer is blocked until the third leaves at 4."""
    rows = play(dryer(then=Step(on="c", time=1.0)))
    assert told(rows) == lines(
        """
        0 grant f-1 o/1
        0 ride f-1 o/2
        0 ride f-1 o/3
        0 wait o/4 f
        2 grant c-1 o/1
        2 leave f-1 o/1
        2 wait f-1 o/2 c
        2 wait f-1 o/3 c
        3 leave c-1 o/1
        3 grant c-1 o/2
        3 leave f-1 o/2
        4 leave c-1 o/2
        4 grant c-1 o/3
        4 leave f-1 o/3
        4 grant f-1 o/4
        5 leave c-1 o/3
        6 grant c-1 o/4
        6 leave f-1 o/4
        7 leave c-1 o/4
        """
    )


def moved(**unit: Any) -> Scenario:
    """x fills in 1 h, y in 2 h; the dryer takes both, in a transfer of half an hour, and is cleaned for 1 h."""
    return small(
        {"fill": Step(on="filler", yield_=0.9), "dry": Step(on="f", time=2.0, transfer=0.5)},
        units={
            "x": Unit(kind="filler", rate=100.0),
            "y": Unit(kind="filler", rate=50.0),
            "f": Unit(kind="f", holds=2, least=2, cleaning="wash", **unit),
        },
        cleaning={"wash": Cleaning(when="at once", minor=1.0)},
        failures={"leak": Failure(after=1.5, repair=1.0), "wreck": Failure(after=1.5, repair=1.0, work="scrap")},
    )


def test_all_of_a_load_leave_the_place_before_when_the_transfer_is_over() -> None:
    """Both are there at 2; the fillers are left at 2.5, a tenth is lost; one clean for both when the dryer is empty."""
    rows = play(moved())
    assert told(rows) == lines(
        """
        0 grant x-1 o/1
        0 grant y-1 o/2
        1 wait x-1 o/1 load
        2 grant f-1 o/1
        2 ride f-1 o/2
        2.5 leave x-1 o/1
        2.5 leave y-1 o/2
        2.5 begin f-1 o/1
        4.5 leave f-1 o/1
        4.5 leave f-1 o/2
        4.5 clean f-1 minor
        5.5 cleaned f-1 minor
        """
    )
    assert [row[6] for row in rows if row[1] in ("leave", "done")] == pytest.approx([90.0] * 6)


def test_a_failure_halts_all_that_are_in_the_unit() -> None:
    """After 1.5 h of work, at 4, since the transfer is none; repaired at 5, half an hour left."""
    assert told(play(moved(failures="leak")), "fail", "repaired", "begin", "leave")[2:] == lines(
        """
        2.5 begin f-1 o/1
        4 fail f-1 o/1 leak
        5 repaired f-1 leak
        5.5 leave f-1 o/1
        5.5 leave f-1 o/2
        """
    )


def test_a_failure_that_scraps_takes_the_whole_load() -> None:
    """The wreck strikes at 4 h, after 1.5 h of work: both batches are lost then, and no unit has one."""
    rows = play(moved(failures="wreck"))
    assert told(rows, "scrap", "done", hide=()) == ["4 scrap o/2 wreck", "4 scrap o/1 wreck"]
    assert {unit.batch for unit in fold(fresh(moved()), rows).units.values()} == {""}


def test_spans_show_each_batch_of_a_load_at_work_and_waiting() -> None:
    """All three are dried from 0 h to 2 h, and capped for 1 h each: o/2 waits in the
    dryer to 3 h and is done at 4 h.

    So the dryer holds o/2 to 3 h, and o/3 from then to 4 h.
    """
    run = simulate(dryer(then=Step(on="c", time=1.0)).check())
    spans = read(run.record, fresh(run.scenario))
    frame = in_hours(spans["batches"])
    of_2 = frame[frame["batch"] == "o/2"][["start", "end", "state", "place", "cause"]].to_dict("split")["data"]
    assert of_2 == [
        [0.0, 2.0, "busy", "f-1", ""],
        [2.0, 3.0, "waiting for unit", "f-1", "c"],
        [3.0, 4.0, "busy", "c-1", ""],
    ]
    units = in_hours(spans["units"])
    of_f = units[units["unit"] == "f-1"][["start", "end", "state", "batch"]].to_dict("split")["data"]
    assert of_f[:3] == [[0.0, 2.0, "busy", "o/1"], [2.0, 3.0, "holding", "o/2"], [3.0, 4.0, "holding", "o/3"]]
    little(spans["lives"], spans["batches"], (0, 100 * HOUR))


def test_what_is_kept_with_a_load_comes_back_when_the_last_has_left() -> None:
    """Dried to 2 h and capped for 1 h each, the last leaves the dryer at 4 h: one
    trolley is kept from 0 h to 4 h for all.
    """
    plant = dryer(Step(on="f", time=2.0, keeps={"trolley": 1}), then=Step(on="c", time=1.0), batches=3,
                  pools={"trolley": Pool(count=2)})  # fmt: skip
    frame = in_hours(read(simulate(plant.check()).record, fresh(plant))["pools"])
    assert frame[["start", "end", "number"]].to_dict("split")["data"] == [[0.0, 4.0, 1]]


def test_one_who_would_come_through_a_full_buffer_goes_along_when_that_is_left() -> None:
    """o/1 waits from 1 h in the only place for a second batch, which is filled at 2 h and can't come in.

    It passes through as o/1 leaves: both go at 2 h.
    """
    plant = small(
        {"fill": Step(on="x", time=1.0), "dry": Step(on="f", time=2.0)},
        units={"x": Unit(kind="x"), "f": Unit(kind="f", holds=2, least=2)},
        buffers={"b": Buffer(places=1)},
        links=["x -> b -> f"],
    )
    assert told(play(plant), "store", "grant", "ride") == lines(
        """
        0 grant x-1 o/1
        1 store b o/1 load
        1 grant x-1 o/2
        2 grant f-1 o/1
        2 ride f-1 o/2
        """
    )


def test_a_load_that_can_never_be_full_is_told_as_stuck() -> None:
    """Two are let into the plant at a time, three are wanted: nothing goes on from 0 h."""
    with pytest.raises(StuckPlant, match=r"stuck after 0 h: o/[12] waits for load; o/[12] waits for load"):
        simulate(dryer(release="wip 2", least=3).check())


def test_what_is_left_of_an_order_waits_to_the_end() -> None:
    """Of four three are dried from 0 h to 2 h; from then on the fourth waits for two more, which do not come."""
    rows = play(dryer(batches=4, least=3))
    assert told(rows, "wait", "done")[1:] == ["2 done o/1", "2 done o/2", "2 done o/3", "2 wait o/4 load"]


def test_a_load_waits_for_no_more_than_it_holds() -> None:
    """A dryer of three never has four, and one that does not wait for others has no longest wait."""
    with pytest.raises(ValueError, match="would wait for ever for 4 batches: it holds 3"):
        Unit(kind="f", holds=3, least=4)
    with pytest.raises(ValueError, match="'longest wait' needs a 'least' of more than 1"):
        Unit(kind="f", holds=3, longest_wait=4.0)


def test_zero_wait_and_loads_exclude_one_another() -> None:
    """What goes on at once must be booked, and nobody knows beforehand when a load will go."""
    plant = dryer(Step(on="f", time=1.0, hold=0.0), then=Step(on="c", time=1.0))
    with pytest.raises(LayoutError) as caught:
        plant.check()
    text = "'f' holds several batches, which can't be booked ahead: no 'hold: 0 h' before or after"
    assert [str(fault) for fault in caught.value.faults] == [f"products.p.steps.dry: {text}"]


@pytest.mark.parametrize("wait", [0.0, 3.0])
def test_a_load_in_the_making_goes_on_after_a_resume(wait: float) -> None:
    """At each half hour of a plant in which loads wait for a number, a time, a unit, a repair and a clean."""
    plant = dryer(
        then=Step(on="c", time=1.5),
        release={"every": Trace(times=(0.5, 1.0, 2.5, 0.5, 4.0, 1.0))},
        batches=9,
        least=3,
        longest_wait=wait,
        failures={"leak": Failure(after=5.0, repair=1.0)},
        cleaning="wash",
        washes={"wash": Cleaning(minor=0.5)},
    )
    rows = play(plant)
    for half in range(60):
        time = half * HOUR // 2
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], half / 2


def test_the_future_draws_the_rest_of_a_load_anew() -> None:
    """Seen at 1 h, with times that are certain: dried to 2 h, and the first is capped to 3 h."""
    plant = dryer(then=Step(on="c", time=1.0))
    state = state_at(plant, play(plant), HOUR)
    ahead = simulate(plant, start=state, luck="ahead")
    assert told(ahead.record, "leave")[:2] == ["2 leave f-1 o/1", "3 leave c-1 o/1"]


def batches_at_once(rows: list[RowTuple]) -> list[list[str]]:
    """The batches that go into a unit together."""
    into = [(row[0], row[2], row[3]) for row in rows if row[1] in ("grant", "ride")]
    return [[batch for _, _, batch in each] for _, each in groupby(into, key=lambda each: each[:2])]


def test_a_dispatch_rule_says_who_leads_and_age_who_rides() -> None:
    """By a rule that prefers the last, o/5 leads at 0 h, and the oldest two go along; at
    2 h o/4 leads, and o/3 goes along.
    """

    def last_first(claim: Any, unit: Any, now: float) -> object:
        return -int(claim.batch.split("/")[1])

    rows = play(dryer(batches=5).replace(dispatch=last_first))
    assert batches_at_once(rows) == [["o/5", "o/1", "o/2"], ["o/4", "o/3"]]


# ---- arrivals that are turned away -----------------------------------------------------------------------------------


def test_an_arrival_that_finds_too_many_is_turned_away_and_keeps_its_number() -> None:
    """One an hour, 2.5 h of work, two in the plant at most; who is turned away keeps the number that it came with.

    o/1 works to 2.5 h and o/2, which waits, to 5 h: o/3 finds both at 2 h, o/4 one of them at 3 h, o/5 two at 4 h. As
    o/2 leaves at 5 h, o/6 finds only o/4, which works to 7.5 h.
    """
    plant = small(
        {"s": Step(on="m", time=2.5)}, batches=6, release={"every": 1.0, "lost_above": 2}, run={"horizon": 9.0}
    )
    rows = play(plant)
    assert told(rows, "release", "lost", "done") == lines(
        """
        0 release o/1
        1 release o/2
        2 lost o/3 lost above
        2.5 done o/1
        3 release o/4
        4 lost o/5 lost above
        5 done o/2
        5 release o/6
        7.5 done o/4
        """
    )
    for half in range(18):
        time = half * HOUR // 2
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], half / 2


# ---- materials -------------------------------------------------------------------------------------------------------


def stoppered(salt: Material, **more: Any) -> Scenario:
    """Each batch takes 10 kg of salt."""
    step = Step(on="f", time=2.0, takes={"salt": {"amount": 10.0}})
    return dryer(step=step, **more).replace(materials={"salt": salt})


def test_each_batch_of_a_load_takes_its_own() -> None:
    """25 kg are there for two of five batches; 40 kg come at 3 h, of which the other three take 30 kg, until 5 h."""
    rows = play(stoppered(Material(stock=25.0, reorder=5.0, order=40.0, delivery=3.0), batches=5))
    assert told(rows, "grant", "ride", "take", "wait", "deliver", "done") == lines(
        """
        0 deliver salt
        0 grant f-1 o/1
        0 take f-1 o/1 salt
        0 ride f-1 o/2
        0 take f-1 o/2 salt
        0 wait o/3 f
        0 wait o/4 f
        0 wait o/5 f
        2 done o/1
        2 done o/2
        2 wait o/3 salt
        2 wait o/4 salt
        2 wait o/5 salt
        3 deliver salt
        3 grant f-1 o/3
        3 take f-1 o/3 salt
        3 ride f-1 o/4
        3 ride f-1 o/5
        3 take f-1 o/4 salt
        3 take f-1 o/5 salt
        5 done o/3
        5 done o/4
        5 done o/5
        """
    )
    assert [row[8] for row in rows if row[1] == "take"][2] == (("salt/0", 5.0), ("salt/1", 5.0))


@pytest.mark.parametrize("release", ["at once", "as taken"])
def test_a_load_waits_until_there_is_enough_for_the_least_number(release: str) -> None:
    """Three need 30 kg; 25 kg are there, and 10 kg more come at 1 h: they go then, and the cause was the salt.

    Those that stand ready say so, each for itself; of those to be released as taken, the order does.
    """
    salt = Material(stock=25.0, reorder=25.0, order=10.0, delivery=1.0)
    rows = play(stoppered(salt, batches=3, least=3, release=release))
    assert told(rows, "grant", "ride") == ["1 grant f-1 o/1", "1 ride f-1 o/2", "1 ride f-1 o/3"]
    waits = ["0 wait o/1 salt", "0 wait o/2 salt", "0 wait o/3 salt"] if release == "at once" else ["0 wait salt"]
    assert told(rows, "wait") == waits


def test_a_tired_load_goes_with_those_for_whom_there_is_enough() -> None:
    """Three wait for 1.5 h; 25 kg are enough for two of 10 kg, which go then."""
    rows = play(stoppered(Material(stock=25.0), batches=3, least=3, longest_wait=1.5))
    assert told(rows, "grant", "ride") == ["1.5 grant f-1 o/1", "1.5 ride f-1 o/2"]
    assert len(told(rows, "take")) == 2


@pytest.mark.parametrize("hour", [0.0, 0.5, 2.0, 2.5, 3.0, 4.0])
def test_loads_with_materials_go_on_from_any_state(hour: float) -> None:
    """As above: while two are dried, while three wait for the salt of 3 h, as it comes, and while they are dried."""
    scenario = stoppered(Material(stock=25.0, reorder=5.0, order=40.0, delivery=3.0), batches=5)
    rows, time = play(scenario), int(hour * HOUR)
    assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]


@pytest.mark.parametrize("salt", [{"amount": 10.0}, {"share": 0.1}])
@pytest.mark.parametrize("charged", [False, True])
def test_what_is_added_becomes_part_of_each_batch_of_a_load(salt: dict[str, float], charged: bool) -> None:
    """Three batches of 100 kg and 10 kg of salt each at 110 kg/h: 330 kg take 3 h, and each is 110 kg then.

    If it is known what they are made of, a tenth of what was there before is salt: 1 / 11 of it.
    """
    step = Step(on="f", takes={"salt": {**salt, "adds": True}})
    scenario = dryer(step=step, batches=3, rate=110.0).replace(materials={"salt": Material(stock=50.0)})
    if charged:
        made = scenario.products["p"].model_copy(update={"charge": StartingCharge(composition={"drug": 1.0})})
        scenario = scenario.replace(products={"p": made})
    run = simulate(scenario).check()
    rows = list(run.record)
    assert [(row[0] / HOUR, row[6]) for row in rows if row[1] == "done"] == [(3.0, pytest.approx(110.0))] * 3
    assert run.mass_balance()["out"] == pytest.approx(330.0)
    said = [row[8]["composition"] for row in rows if row[1] == "charge" and row[0]]
    assert said == [pytest.approx({"drug": 10 / 11, "salt": 1 / 11})] * 3 * charged
    assert play(scenario, start=state_at(scenario, rows, HOUR)) == [row for row in rows if row[0] > HOUR]


def test_a_model_is_asked_of_each_batch_of_a_load_with_what_was_added_to_it() -> None:
    """Twice 100 kg with 25 kg of salt each: the model lasts for its charge's mass by 50 kg/h, 2.5 h; 125 kg each.

    What it draws, 10 kW for each 125 kg, is drawn twice.
    """

    def mill(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(charge.mass / 50.0, charge, draws={"power": ((0.0, charge.mass * 0.08),)})

    step = Step(on="f", model=mill, takes={"salt": {"amount": 25.0, "adds": True}})
    base = dryer(step=step, batches=2)
    made = base.products["p"].model_copy(update={"charge": StartingCharge(composition={"drug": 1.0})})
    scenario = base.replace(materials={"salt": Material(stock=50.0)}, products={"p": made},
                            utilities={"power": Utility(unit="kWh", peak=100.0)})  # fmt: skip
    run = simulate(scenario).check()
    assert [(row[0] / HOUR, row[6]) for row in run.record if row[1] == "done"] == [(2.5, pytest.approx(125.0))] * 2
    drawn = run.utility("power")
    assert drawn["drawn"].tolist()[0] == pytest.approx(20.0)


def test_who_rides_leaves_its_place_with_a_leader_that_stood_in_none() -> None:
    """Milled until 4 h, the first waits 3 h for a second, is dried alone to 8 h, fails at 9 h and is taken out.

    The second is milled from 7 h to 11 h; the first, which has asked for longer, leads both; the mill takes the third.
    """
    steps = {"mill": Step(on="m", time=4.0), "dry": Step(on="f", time=1.0, tests={"assay": {"rework": "dry"}})}
    units = {"m": Unit(kind="m"), "f": Unit(kind="f", holds=2, least=2, longest_wait=3.0)}
    tests = {"assay": QualityTest(time=1.0, fails=1.0)}
    scenario = small(steps, units=units, tests=tests, batches=3, run={"horizon": 11.5})
    rows = list(simulate(scenario).check().record)
    assert told(rows, "grant", "ride", "leave", "rework") == lines(
        """
        0 grant m-1 o/1
        7 grant f-1 o/1
        7 leave m-1 o/1
        7 grant m-1 o/2
        8 leave f-1 o/1
        9 rework o/1 assay
        11 grant f-1 o/1
        11 ride f-1 o/2
        11 leave m-1 o/2
        11 grant m-1 o/3
        """
    )

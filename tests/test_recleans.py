"""Holds that end, re-cleans and what they cost, and what each phase of a clean draws; each worked out by hand."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Any

import pytest
from plants import lines, play, small, state_at, told
from test_cleaning import held, mill, rows, two_mills, verified, why

from plantsim.calendars import Calendar
from plantsim.chance import HOUR, Streams
from plantsim.cleaning import Clean, Cleaning, Phase, Verification
from plantsim.engine.simulate import simulate
from plantsim.laws import Trace
from plantsim.plant import Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.report.cleaning import cleaning
from plantsim.report.prose import Findings
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.show import print_trial, recleans
from plantsim.step import Step
from plantsim.study import replicate
from plantsim.utility import Utility

# ---- holds that end --------------------------------------------------------------------------------------------------


def test_before_use_an_expiry_is_told_when_it_comes() -> None:
    """As new at 0 h, it is clean for 10 h; for the batch of 12 h it is cleaned to
    12.5 h, and that leaves it at 13.5 h.

    For that of 20 h there is a minor clean, to 20.5 h; it leaves at 21.5 h, and what is dirty lapses no more.
    """
    rule = Cleaning(minor=0.5, clean_hold=10.0)
    assert rows(mill(rule, ("A", 12), ("A", 20), until=50.0), "lapse", "clean", "cleaned", "done") == lines(
        """
        10 lapse m-1 clean hold
        12 clean m-1 minor
        12.5 cleaned m-1 minor
        13.5 done o1/1
        20 clean m-1 minor
        20.5 cleaned m-1 minor
        21.5 done o2/1
        """
    )


def crewed(hour: float, rule: Cleaning, at: float = 8.0, **more: Any) -> Scenario:
    """A batch of 1 h comes to the mill and needs a crew, which comes later."""
    steps = {"s": Step(on="mill", time=1.0, needs={"run": {"crew": 1}})}
    return mill(
        rule,
        ("A", at),
        products={"A": Product(batch=100.0, steps=steps)},
        pools={"crew": Pool(count=1, calendar="late")},
        calendars={"late": Calendar(open=((hour, 100.0),), period=100.0)},
        until=30.0,
        **more,
    )


@pytest.mark.parametrize("when", ["before use", "at once"])
def test_a_clean_hold_that_ends_while_a_batch_waits_for_its_crew_is_seen(when: Any) -> None:
    """The batch gets the mill clean at 8 h; its hold is over at 10 h, the crew comes at 14 h.

    By then it is not clean: it is cleaned for half an hour, and the batch is worked on from 14.5 h to 15.5 h.
    """
    scenario = crewed(14.0, Cleaning(minor=0.5, clean_hold=10.0, when=when))
    whole = play(scenario)
    assert told(whole, "grant", "wait", "lapse", "clean", "cleaned", "begin")[:7] == lines(
        """
        8 grant m-1 o1/1
        8 wait m-1 o1/1 crew
        10 lapse m-1 clean hold
        14 clean m-1 minor
        14 wait m-1 o1/1 m-1
        14.5 cleaned m-1 minor
        14.5 begin m-1 o1/1
        """
    )
    assert told(whole, "done", hide=()) == ["15.5 done o1/1"]
    assert why(scenario)[0] == "minor: clean hold"
    assert simulate(scenario.replace(horizon=15.5)).check().recleans()["in batches"].tolist() == [0.5]
    for hour in (8.0, 9.0, 10.0, 12.0, 14.0, 14.25, 14.5, 15.0):
        state = state_at(scenario, whole, int(hour * HOUR))
        assert play(scenario, start=state) == [row for row in whole if row[0] > hour * HOUR], hour


def test_a_crew_that_comes_in_time_finds_the_unit_clean() -> None:
    """At 9.5 h, half an hour before the end of the hold; and what is in use lapses no more."""
    scenario = crewed(9.5, Cleaning(minor=0.5, clean_hold=10.0))
    assert rows(scenario, "lapse", "clean", "begin") == ["9.5 begin m-1 o1/1"]


def test_a_unit_that_was_cleaned_for_its_batch_may_lapse_too() -> None:
    """Cleaned from 12 h to 12.5 h for the batch that has it; the crew comes at 23 h, half an hour after that hold."""
    scenario = crewed(23.0, Cleaning(minor=0.5, clean_hold=10.0), at=12.0)
    assert rows(scenario, "lapse", "cleaned", "begin") == lines(
        """
        10 lapse m-1 clean hold
        12.5 cleaned m-1 minor
        22.5 lapse m-1 clean hold
        23.5 cleaned m-1 minor
        23.5 begin m-1 o1/1
        """
    )


def test_each_unit_carries_its_cleanliness() -> None:
    """As new, sterile for 4 h and clean for 10 h; the batch of 12 h has it cleaned to 12.5 h and leaves it at 13.5 h.

    Then it may be dirty for 6 h.  Cleaned at once, it is clean since 1.5 h, after a batch of A from 0 h to 1 h.
    """
    rule = Cleaning(minor=0.5, clean_hold=10.0, sterile_hold=4.0, dirty_hold=6.0)

    def at(run: Results, hour: float) -> list[Any]:
        return [None if each != each else each for each in run.cleanliness(hour).loc["m-1"]]

    run = simulate(mill(rule, ("A", 12), until=20.0))
    assert at(run, 1.0) == ["new", 0.0, "", 10.0, 4.0, None]
    assert at(run, 5.0) == ["expired", 4.0, "", 10.0, 4.0, None]
    assert at(run, 11.0) == ["expired", 10.0, "", 10.0, 4.0, None]
    assert at(run, 12.25) == ["being cleaned", 12.0, "A", None, None, None]
    assert at(run, 13.0) == ["in use", None, "A", None, None, None]
    assert at(run, 14.0) == ["dirty", 13.5, "A", None, None, 19.5]
    run = simulate(mill(Cleaning(when="at once", minor=0.5, clean_hold=10.0), ("A", 0), until=20.0))
    assert at(run, 2.0) == ["clean", 1.5, "A", 11.5, inf, None]
    run = simulate(crewed(14.0, Cleaning(minor=0.5, clean_hold=10.0)))  # the batch that has it from 8 h on waits
    assert [at(run, hour)[0] for hour in (9.0, 12.0, 15.0)] == ["clean", "expired", "in use"]


def test_a_container_in_use_does_not_lapse() -> None:
    """The only bin, new at 0 h, is filled then; emptied at 5 h, cleaned for the next batch to 6 h, and in use to 11 h.

    Its clean hold of 3 h is over at 3 h and at 9 h, when it is in use; it is dirty from 11 h on, for 2 h at most.
    """
    steps = {"grind": Step(on="mill", time=2.0, into="bin"), "press": Step(on="press", time=3.0, out_of="bin")}  # type: ignore[arg-type]
    units = {"mill": Unit(kind="mill"), "press": Unit(kind="press"), "bin": Unit(kind="bin", mobile=True, cleaning="w")}
    rule = Cleaning(minor=1.0, clean_hold=3.0, dirty_hold=2.0, after_dirty_hold="minor")
    scenario = small(steps, units=units, cleaning={"w": rule}, run={"horizon": 15.0})
    assert rows(scenario, "lapse", "clean", "cleaned", "empty", "deviation") == lines(
        """
        5 empty bin-1 o/1
        5 clean bin-1 minor
        6 cleaned bin-1 minor
        11 empty bin-1 o/2
        13 deviation bin-1 dirty hold
        """
    )


def test_a_unit_that_one_batch_works_in_does_not_lapse_for_another_that_waits() -> None:
    """Two places: A has one from 8 h on and waits for its crew to 14 h, B works in the other from 9 h to 20 h."""
    needs = {"run": {"crew": 1}}
    products = {
        "A": Product(batch=1.0, steps={"s": Step(on="mill", time=1.0, needs=needs)}),
        "B": Product(batch=1.0, steps={"s": Step(on="mill", time=11.0)}),
    }
    scenario = crewed(14.0, Cleaning(minor=0.5, clean_hold=10.0))
    orders = {name: Order(product=name, batches=1, start=hour) for name, hour in (("A", 8.0), ("B", 9.0))}
    units = {"m": Unit(kind="mill", holds=2, together=False, cleaning="wet")}
    scenario = scenario.replace(products=products, orders=orders, units=units)
    assert rows(scenario, "lapse", "clean", "begin", "done") == ["14 begin m-1 A/1", "15 done A/1", "20 done B/1"]


def test_of_two_holds_that_are_over_the_clean_one_counts() -> None:
    """Sterile for 5 h and clean for 10 h: at 14 h the mill is washed, not steamed; at 9 h it is only steamed."""
    steam = {"steam": Clean(time=1.0, sterilises=True)}
    rule = Cleaning(minor=0.5, cleans=steam, clean_hold=10.0, sterile_hold=5.0, after_sterile_hold="steam")
    assert rows(crewed(14.0, rule, at=1.0), "lapse", "clean", "begin") == lines(
        """
        5 lapse m-1 sterile hold
        10 lapse m-1 clean hold
        14 clean m-1 minor
        14.5 begin m-1 o1/1
        """
    )
    assert rows(crewed(8.0, rule, at=1.0), "lapse", "clean", "begin") == lines(
        """
        5 lapse m-1 sterile hold
        8 clean m-1 steam
        9 begin m-1 o1/1
        """
    )


def test_what_is_not_clean_is_washed_though_it_is_not_sterile_either() -> None:
    """Clean for 5 h and sterile for 10 h, the other way round: at 14 h it is washed, which makes it sterile, too."""
    steam = {"steam": Clean(time=1.0, sterilises=True)}
    rule = Cleaning(minor=0.5, cleans=steam, clean_hold=5.0, sterile_hold=10.0, after_sterile_hold="steam")
    assert rows(crewed(14.0, rule, at=1.0), "lapse", "clean", "begin") == lines(
        """
        5 lapse m-1 clean hold
        10 lapse m-1 sterile hold
        14 clean m-1 minor
        14.5 begin m-1 o1/1
        """
    )


def test_a_hold_that_is_over_as_another_clean_ends_is_over() -> None:
    """Steamed from 9 h to 10 h, when the clean hold ends: it is washed from 10 h to 10.5 h."""
    steam = {"steam": Clean(time=1.0, sterilises=True)}
    rule = Cleaning(minor=0.5, cleans=steam, clean_hold=10.0, sterile_hold=5.0, after_sterile_hold="steam")
    assert rows(crewed(9.0, rule, at=1.0), "lapse", "cleaned", "begin") == lines(
        """
        5 lapse m-1 sterile hold
        10 cleaned m-1 steam
        10 lapse m-1 clean hold
        10.5 cleaned m-1 minor
        10.5 begin m-1 o1/1
        """
    )


def test_a_unit_beside_a_step_may_lapse_as_well() -> None:
    """The pump beside the mill was clean for 10 h; the crew comes at 14 h, and the step begins when it is clean."""
    pump = Unit(kind="pump", cleaning="pump")
    units = {"m": Unit(kind="mill"), "pump": pump}
    steps = {"s": Step(on="mill", time=1.0, needs={"run": {"crew": 1}}, with_={"pump": 1})}
    scenario = crewed(14.0, Cleaning(minor=0.5, clean_hold=10.0))
    scenario = scenario.replace(
        units=units, cleaning={"pump": scenario.cleaning["wet"]}, products={"A": Product(batch=100.0, steps=steps)}
    )
    assert rows(scenario, "lapse", "clean", "cleaned", "begin") == lines(
        """
        10 lapse pump-1 clean hold
        14 clean pump-1 minor
        14.5 cleaned pump-1 minor
        14.5 begin m-1 o1/1
        """
    )


# ---- what each phase draws -------------------------------------------------------------------------------------------


def drawing(**more: Any) -> Scenario:
    """Rinses of half an hour with 1,200 L/h, and a wash of 1 h with 300 L/h and 40 kg/h of steam; one skid."""
    rinse = Phase(time=0.5, needs={"wfi": 1200.0})
    wash = Phase(time=1.0, needs={"wfi": 300.0, "steam": 40.0})
    clean = Clean(phases={"rinse": rinse, "wash": wash, "last rinse": rinse}, needs={"skid": 1}, **more)
    return two_mills(
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": clean})},
        pools={"skid": Pool(count=1)},
        utilities={"wfi": Utility(makes=500.0, tank=5000.0), "steam": Utility(unit="kg", peak=100.0)},
    )


def test_each_phase_has_its_own_draw_and_the_totals_are_their_sums() -> None:
    """600 L, 300 L with 40 kg, 600 L: a clean of 2 h draws 1,500 L and 40 kg, one mill after the other on the skid."""
    run = simulate(drawing()).check()
    table = run.phases()
    assert table.drop(columns=["cause", "hours"]).to_numpy().tolist() == [
        ["m-1", 1.0, 1.5, "clean minor: rinse", 600.0, 0.0],
        ["m-1", 1.5, 2.5, "clean minor: wash", 300.0, 40.0],
        ["m-1", 2.5, 3.0, "clean minor: last rinse", 600.0, 0.0],
        ["m-2", 3.0, 3.5, "clean minor: rinse", 600.0, 0.0],
        ["m-2", 3.5, 4.5, "clean minor: wash", 300.0, 40.0],
        ["m-2", 4.5, 5.0, "clean minor: last rinse", 600.0, 0.0],
    ]
    for name, total in (("wfi", 3000.0), ("steam", 80.0)):
        frame = run.utility(name)
        assert table[name].sum() == float((frame["drawn"] * frame["hours"]).sum()) == total
    plans = [row[8][3] for row in run.record if row[1] == "clean"]  # the row says what each phase will draw
    assert plans[0] == (
        ("clean minor: rinse", HOUR // 2, (("wfi", 1200.0),)),
        ("clean minor: wash", HOUR, (("steam", 40.0), ("wfi", 300.0))),
        ("clean minor: last rinse", HOUR // 2, (("wfi", 1200.0),)),
    )
    assert run.phases(1.25, 2.0)["wfi"].tolist() == [300.0, 150.0]


def test_a_rate_of_the_whole_clean_is_drawn_in_each_phase_besides_its_own() -> None:
    """100 L/h throughout: 50 + 600 L, 100 L, 50 + 600 L; without phases 100 L/h for its 2 h."""
    rinse = Phase(time=0.5, needs={"wfi": 1200.0})
    clean = Clean(phases={"rinse": rinse, "wash": Phase(time=1.0), "last rinse": rinse}, needs={"wfi": 100.0})
    utilities = {"wfi": Utility(peak=2000.0)}
    for cleans, drawn in (
        ({"minor": clean}, [650.0, 100.0, 650.0]),
        ({"minor": Clean(time=2.0, needs={"wfi": 100.0})}, [200.0]),
    ):
        rule = Cleaning(when="at once", cleans=cleans)
        assert simulate(mill(rule, ("A", 0), until=9.0, utilities=utilities)).phases()["wfi"].tolist() == drawn


def test_a_clean_that_is_an_act_of_a_step_has_its_draw_too() -> None:
    """By a plain rule, before use: half an hour at 100 L/h before the second batch, which itself draws nothing."""
    utilities = {"wfi": Utility(peak=2000.0)}
    scenario = mill(Cleaning(minor=0.5, needs={"wfi": 100.0}), ("A", 0), ("A", 5), until=9.0, utilities=utilities)
    table = simulate(scenario).phases()
    assert table[["unit", "start", "end", "wfi"]].to_numpy().tolist() == [["m-1", 5.0, 5.5, 50.0]]


def test_a_verification_needs_people_too() -> None:
    """A swab of 2 h after a clean of 1 h: the analyst comes at 6 h and reads one of the two mills' swabs at a time.

    Cleaned from 1 h to 2 h, both wait for her until 6 h; they are known to be clean at 8 h and at 10 h.
    """
    swab = Verification(time=2.0, needs={"analyst": 1, "wfi": 10.0})
    scenario = two_mills(
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": Clean(time=1.0, needs={"skid": 1}, verify=swab)})},
        pools={"analyst": Pool(count=1, calendar="day"), "skid": Pool(count=2)},
        calendars={"day": Calendar(open=((6.0, 24.0),), period=24.0)},
        utilities={"wfi": Utility(peak=100.0)},
    )
    assert rows(scenario, "clean", "phase", "wait", "begin", "cleaned") == lines(
        """
        1 clean m-1 minor
        1 clean m-2 minor
        1 begin m-1
        1 begin m-2
        2 phase m-1 minor
        2 phase m-2 minor
        2 wait m-1 analyst
        2 wait m-2 analyst
        6 begin m-1
        8 cleaned m-1 minor
        8 begin m-2
        10 cleaned m-2 minor
        """
    )
    run = simulate(scenario).check()
    uses = run.spans("pools")
    assert uses[uses["pool"] == "analyst"][["start", "end", "who"]].to_numpy().tolist() == [
        [6.0, 8.0, "m-1"],
        [8.0, 10.0, "m-2"],
    ]
    assert uses[uses["pool"] == "skid"]["end"].tolist() == [2.0, 2.0]  # it is not kept for the swab
    assert run.phases()["wfi"].sum() == 40.0  # 2 h of 10 L/h each, with the swabs
    assert run.recleans().empty
    whole = play(scenario)
    for hour in (1.5, 2.0, 4.0, 6.0, 7.0, 8.0):
        state = state_at(scenario, whole, int(hour * HOUR))
        assert play(scenario, start=state) == [row for row in whole if row[0] > hour * HOUR], hour


# ---- re-cleans, and the capacity that they cost ----------------------------------------------------------------------


def test_recleans_by_expiry_cost_batches() -> None:
    """Clean from 1.5 h on, for 10 h: cleaned anew at 11.5 h and at 22 h, for half an hour each; a batch takes 1 h.

    In 30 h these are 2 cleans, 1 h, a thirtieth of the calendar hours, and one batch.
    """
    rule = Cleaning(when="at once", minor=0.5, clean_hold=10.0, when_expired="at once")
    run = simulate(mill(rule, ("A", 0), until=30.0)).check()
    assert run.cleans().reset_index().to_numpy().tolist() == [
        ["m-1", "clean hold", 2.0, 1.0, 0.0, pytest.approx(1 / 30), 1.0],
        ["m-1", "minor", 1.0, 0.5, 0.0, pytest.approx(0.5 / 30), 0.5],
    ]
    assert run.recleans().reset_index().to_numpy().tolist() == [
        ["mill", "clean hold", 2.0, 1.0, 0.0, pytest.approx(1 / 30), 1.0],
    ]
    half = run.recleans("unit", 11.75, 22.25)  # half of either, and no batch
    assert half["hours"].tolist() == [0.5] and half["in batches"].isna().all()


def test_recleans_by_a_dirty_hold_cost_batches() -> None:
    """Dirty since 1 h, for 6 h at most: the long clean of 4 h before the batch of 10 h, where half an hour would do.

    Two batches of 1 h each: 4 h are 4 batches, a fifth of 20 h.
    """
    run = simulate(mill(held(), ("A", 0), ("A", 10), until=20.0)).check()
    assert run.recleans().reset_index().to_numpy().tolist() == [["mill", "dirty hold", 1.0, 4.0, 0.0, 0.2, 4.0]]


def test_recleans_by_bad_swabs_cost_batches() -> None:
    """Each clean takes 3 h with its swab; so many verdicts are bad as lie below 0.95 in turn, and a batch takes 1 h.

    So each repeat costs 3 h and 3 batches.
    """
    streams, bad = Streams(1), 0
    while streams.number("m-1/verdict minor", bad + 1) < 0.95:
        bad += 1
    assert 0 < bad < 32  # of 3 h each, from 4 h on: they end within 100 h
    run = simulate(verified(0.95, until=100.0)).check()
    table = run.recleans()
    assert table.index.tolist() == [("mill", "failed verification")]
    assert table["cleans"].tolist() == [bad]
    assert table["hours"].tolist() == [3.0 * bad] and table["in batches"].tolist() == [3.0 * bad]


def test_what_was_opened_is_a_reclean_and_a_change_of_product_is_none() -> None:
    """Left by A at 1 h, the mill is boiled out for the B of 5 h, to 3 h; left by B at 6 h it is rinsed, to 6.5 h.

    Serviced from 10 h to 11 h, which opens it, it is cleaned for 2 h: these alone would not have been but for a cause.
    """
    rule = Cleaning(when="at once", minor=0.5, major=2.0, dirty_hold=99.0)
    scenario = mill(
        rule,
        ("A", 0),
        ("B", 5),
        units={"m": Unit(kind="mill", cleaning="wet", maintenance="service")},
        maintenance={"service": Maintenance(every=10.0, lasts=1.0, opens=True)},
        until=20.0,
    )
    run = simulate(scenario).check()
    assert rows(scenario, "clean") == ["1 clean m-1 major", "6 clean m-1 minor", "11 clean m-1 major"]
    assert why(scenario) == ["major: change of product", "minor: minor", "major: after service"]
    assert run.recleans()["hours"].to_dict() == {("mill", "after service"): 2.0}


@pytest.mark.parametrize("work", ["restart", "pause"])
def test_a_clean_that_is_cut_and_repeated_is_a_reclean(work: Any) -> None:
    """Begun at 1 h, of 2 + 2 h; the crew goes from 4 h to 10 h.  Repeated, it waits for 6 h and takes 4 h, to 14 h.

    These 10 h are 10 batches of 1 h.  One that goes on is no other clean: it has 10 h in all, to 11 h.
    """
    clean = Clean(phases={"wash": Phase(time=2.0), "rinse": Phase(time=2.0)}, needs={"crew": 1}, work=work)
    scenario = mill(
        Cleaning(when="at once", cleans={"minor": clean}),
        ("A", 0),
        pools={"crew": Pool(count=1, calendar="shift")},
        calendars={"shift": Calendar(open=((0.0, 4.0), (10.0, 24.0)), period=24.0)},
        until=20.0,
    )
    run = simulate(scenario).check()
    table = run.cleans().reset_index().to_numpy().tolist()
    if work == "pause":
        assert table == [["m-1", "minor", 1.0, 10.0, 6.0, 0.5, 10.0]] and run.recleans().empty
        return
    assert table == [["m-1", "cut by crew", 1.0, 10.0, 6.0, 0.5, 10.0], ["m-1", "minor", 1.0, 3.0, 0.0, 0.15, 3.0]]
    assert run.recleans().index.tolist() == [("mill", "cut by crew")]
    whole = play(scenario)
    for hour in (3.0, 4.0, 7.0, 12.0):
        rest = simulate(scenario, start=run.state_at(hour)) if hour < 20.0 else run
        assert list(rest.record) == [row for row in whole if row[0] > hour * HOUR]
        assert rest.recleans().loc[("mill", "cut by crew"), "hours"] == min(10.0, 14.0 - hour)


def test_a_load_counts_for_all_its_batches() -> None:
    """Two batches of 1 h go together: an hour of the mill is two batches, and a reclean of half an hour is one."""
    rule = Cleaning(when="at once", minor=0.5, clean_hold=10.0, when_expired="at once")
    units = {"m": Unit(kind="mill", cleaning="wet", holds=2, least=2)}
    run = simulate(mill(rule, ("A", 0), ("A", 0), units=units, until=15.0)).check()
    assert run.recleans()[["cleans", "hours", "in batches"]].to_numpy().tolist() == [[1.0, 0.5, 1.0]]


def test_the_summary_of_a_trial_tells_recleans_if_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    """As above, 2 re-cleans in 30 h, which cost a batch, in each of two replications without luck."""
    rule = Cleaning(when="at once", minor=0.5, clean_hold=10.0, when_expired="at once")
    trial = replicate(mill(rule, ("A", 0), until=30.0), 2, executor=ThreadPoolExecutor(1))
    assert recleans(trial) == [("mill", "clean hold", *((each, each, each, 2) for each in (2.0, 1.0, 1.0)))]
    print_trial(trial)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "clean hold" in line)
    assert line.replace("│", "").split() == ["mill", "clean", "hold", "2", "1", "1"]
    print_trial(replicate(mill(Cleaning(minor=0.5), ("A", 0), ("A", 5), until=30.0), 1))
    assert "re-cleans" not in capsys.readouterr().out


def test_the_report_tells_what_cleaning_costs() -> None:
    """The long clean of 4 h for the dirty hold: 20 % of 20 h, 4 batches; and that nothing else was cleaned."""
    page = cleaning(Findings(simulate(mill(held(), ("A", 0), ("A", 10), until=20.0))))
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", page.split("<tbody>")[1])
    assert cells == ["mill", "dirty hold", "1", "4", "0", "20.0&nbsp;%", "4"]
    page = cleaning(Findings(simulate(mill(Cleaning(minor=0.5), ("A", 0), ("A", 5), until=30.0))))
    assert "There were no re-cleans" in page and page.count("<tbody>") == 1
    assert "Nothing was cleaned" in cleaning(Findings(simulate(small({"s": Step(on="m", time=1.0)}))))


def test_a_repair_that_opens_the_product_side_makes_a_clean_due() -> None:
    """The seal goes after half an hour of run and is mended for 1 h: the batch is done at 2 h, and the mill washed.

    The long clean of 2 h instead of half an hour: 2 batches of capacity, of which the run of 1 h is one.
    """
    seal = {"seal": Failure(after=Trace(times=(0.5, 1000.0)), repair=1.0, work="pause", opens=True)}
    units = {"m": Unit(kind="mill", cleaning="wet", failures="seal")}
    rule = Cleaning(when="at once", minor=0.5, major=2.0, dirty_hold=99.0)
    scenario = mill(rule, ("A", 0), units=units, failures=seal, until=10.0)
    assert rows(scenario, "repaired", "opened", "done", "clean", "cleaned") == lines(
        """
        1.5 repaired m-1 seal
        1.5 opened m-1 seal
        2 clean m-1 major
        2 done o1/1
        4 cleaned m-1 major
        """
    )
    assert simulate(scenario).check().recleans()["in batches"].to_dict() == {("mill", "after seal"): 2.0}

"""A utility that fails: who draws it is halted as it runs dry, and goes on by his word; worked out to the minute."""

from __future__ import annotations

from functools import partial
from statistics import fmean, stdev
from typing import Any

import pytest
from plants import play, small, state_at, told
from plants import resumes as gone_on

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.charts import demand
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError
from plantsim.laws import Constant, Trace, Uniform
from plantsim.materials import Material
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.twin import Twin
from plantsim.utility import Utility


def trip(after: float = 1.0, repair: float = 1.5, **more: Any) -> Failure:
    """A boiler that trips once, and not again within the run."""
    return Failure(after=Trace(times=(after, 1000.0)), repair=Constant(value=repair), clock="calendar", **more)


def dryers(
    count: int = 1, mode: Failure | None = None, work: Any = "finish", more: dict[str, Any] | None = None, **steam: Any
) -> Scenario:
    """So many dryers at once that draw 100 kg/h of steam for 4 h each; 300 kg/h are made."""
    step = Step(on="dryer", time=4.0, needs={"run": {"steam": 100.0}}, work=work)
    utility = {"unit": "kg", "makes": 300.0, "failures": ("boiler trip",)} | steam
    return small(
        {"dry": step},
        batches=count,
        units={"d": Unit(kind="dryer", count=count)},
        utilities={"steam": Utility(**utility)},
        failures={"boiler trip": mode or trip()},
        run={"horizon": 24.0},
        **more or {},
    )


def washing(work: Any = "finish", plain: bool = False) -> Scenario:
    """A vessel is worked on for 1 h, then drained for 30 min, then rinsed for 2 h with 100 L/h."""
    needs = {"wfi": 100.0}
    clean = Clean(phases={"drain": Phase(time=0.5), "rinse": Phase(time=2.0, needs=needs)}, work=work)
    cleans: dict[str, Any] = {"minor": 2.5, "needs": needs} if plain else {"cleans": {"minor": clean}}
    return small(
        {"mix": Step(on="vessel", time=1.0)},
        batches=1,
        units={"v": Unit(kind="vessel", cleaning="wash")},
        utilities={"wfi": Utility(makes=300.0, failures="still trip")},
        failures={"still trip": trip(2.0)},
        cleaning={"wash": Cleaning(when="at once", **cleans)},
        run={"horizon": 24.0},
    )


resumes = partial(gone_on, hours=12)


# ---- without a tank --------------------------------------------------------------------------------------------------


def test_a_step_pauses_while_the_boiler_is_down() -> None:
    """4 h from 0 h, of which 1 h is done as it trips; the other 3 h from 2.5 h on: it is over at 5.5 h, 1.5 h late."""
    assert told(resumes(dryers()), "fail", "halt", "repaired", "begin", "leave") == [
        "0 begin d-1 o/1",
        "1 fail steam boiler trip",
        "1 halt d-1 o/1 steam",
        "2.5 repaired steam boiler trip",
        "2.5 begin d-1 o/1",
        "5.5 leave d-1 o/1",
    ]


def test_a_story_tells_that_none_is_made() -> None:
    """It is halted at 1 h, as the boiler trips, and waits until 2.5 h, while nobody draws any of what is not made.

    By a calendar that opens at 6 h, one that waits from 0 h is told that it is closed.
    """
    halted = simulate(dryers()).story("o/1").frame
    assert halted["start"].tolist() == [0.0, 1.0, 2.5]
    assert halted["held by"].tolist() == ["", "it is down by boiler trip; nobody draws any, of at most 300 kg/h", ""]
    day = Calendar(open=((6.0, 14.0),), period=24.0)
    closed = simulate(dryers(calendar="day", failures=(), more={"calendars": {"day": day}})).story("o/1").frame
    assert closed["held by"].tolist() == ["it is not made now: closed; nobody draws any, of at most 300 kg/h", ""]


@pytest.mark.parametrize(("work", "mode"), [("restart", trip()), ("finish", trip(work="restart"))])
def test_a_step_begins_anew_by_its_word_or_that_of_the_failure(work: str, mode: Failure) -> None:
    """4 h from 2.5 h on: 6.5 h."""
    rows = resumes(dryers(work=work, mode=mode))
    assert told(rows, "begin", "leave") == ["0 begin d-1 o/1", "2.5 begin d-1 o/1", "6.5 leave d-1 o/1"]


def test_the_word_of_the_step_comes_before_that_of_the_failure() -> None:
    """The step pauses, though the failure would scrap: 1 h is done at 1 h, and the other 3 h from 2.5 h to 5.5 h."""
    rows = resumes(dryers(work="pause", mode=trip(work="scrap")))
    assert told(rows, "scrap", "leave") == ["5.5 leave d-1 o/1"]


def test_a_batch_is_scrapped_by_its_word_or_after_the_longest_pause() -> None:
    """At once, at 1 h, or 1 h after the trip, at 2 h; of a pause of 1.5 h the repair
    comes just in time, and it is done at 5.5 h.
    """
    assert told(resumes(dryers(work="scrap")), "scrap") == ["1 scrap o/1 steam"]
    assert told(resumes(dryers(mode=trip(longest_pause=1.0))), "scrap") == ["2 scrap o/1 longest pause"]
    assert told(resumes(dryers(mode=trip(longest_pause=1.5))), "scrap", "leave") == ["5.5 leave d-1 o/1"]


def test_a_repair_waits_for_who_makes_it_and_says_so() -> None:
    """The only mechanic mends the dryer's own seal from 0.5 h to 3 h: the boiler is up at 4.5 h; 3.5 h are left."""
    step = Step(on="dryer", time=4.0, needs={"run": {"steam": 100.0}})
    seal = Failure(after=Trace(times=(0.5, 1000.0)), repair=Constant(value=2.5), pool="mechanics")
    scenario = small(
        {"dry": step},
        batches=1,
        units={"d": Unit(kind="dryer", failures="seal")},
        pools={"mechanics": Pool(count=1)},
        utilities={"steam": Utility(unit="kg", makes=300.0, failures="boiler trip")},
        failures={"seal": seal, "boiler trip": trip(pool="mechanics")},
        run={"horizon": 24.0},
    )
    assert told(resumes(scenario), "fail", "wait", "repaired", "leave") == [
        "0.5 fail d-1 o/1 seal",
        "1 fail steam boiler trip",
        "1 wait steam mechanics",
        "3 repaired d-1 seal",
        "3 wait d-1 o/1 steam",
        "4.5 repaired steam boiler trip",
        "8 leave d-1 o/1",
    ]
    run = simulate(scenario)
    text = "o/1 holds d-1 and waits for steam (100 kg/h): it is down by boiler trip, repaired at 0 d 04:30"
    assert str(run.why("o/1", at=3.5)) == text
    assert run.check().outages("steam").to_dict("split")["data"] == [[1.0, 4.5, "boiler trip", 3.5]]


def test_a_trip_while_nobody_draws_harms_nobody() -> None:
    """It is down from 4.5 h to 6 h, after the only step."""
    plain, tripped = play(dryers(failures=())), play(dryers(mode=trip(4.5)))
    assert [row for row in tripped if row[2] != "steam"] == plain
    assert told(tripped, "fail", "repaired") == ["4.5 fail steam boiler trip", "6 repaired steam boiler trip"]


def test_a_power_cut_strikes_units_and_utilities_together() -> None:
    """A common failure: dryer and steam are down from 1 h to 2.5 h, repaired once."""
    scenario = dryers(mode=trip(common=True))
    scenario = scenario.replace(units={"d": Unit(kind="dryer", failures="boiler trip")})
    assert told(resumes(scenario), "fail", "halt", "repaired", "leave") == [
        "1 fail d-1 o/1 boiler trip",
        "1 fail steam boiler trip",
        "2.5 repaired d-1 boiler trip",
        "2.5 repaired steam boiler trip",
        "5.5 leave d-1 o/1",
    ]


def test_nobody_finishes_without_what_he_draws() -> None:
    """A failure of steam that lets work finish is refused: there is nothing to work on with."""
    with pytest.raises(LayoutError) as caught:
        dryers(mode=trip(work="finish")).check()
    text = "what draws it can't finish without it: give 'boiler trip' 'work: pause', restart or scrap"
    assert [str(fault) for fault in caught.value.faults] == [f"utilities.steam.failures: {text}"]


# ---- with a tank -----------------------------------------------------------------------------------------------------


def test_a_tank_carries_who_draws_until_it_is_dry() -> None:
    """A full tank of 50 kg lasts for 30 min after the trip at 1 h; 2.5 h are left at 2.5 h: over at 5 h."""
    rows = resumes(dryers(tank=50.0))
    assert told(rows, "halt", "leave") == ["1.5 halt d-1 o/1 steam", "5 leave d-1 o/1"]


def test_a_tank_that_lasts_longer_than_the_outage_hides_it() -> None:
    """150 kg are as much as is drawn in 1.5 h: nobody is halted; of 149 kg the last minute is lacking: at 2.49 h."""
    assert told(resumes(dryers(tank=150.0)), "halt", "leave") == ["4 leave d-1 o/1"]
    assert told(resumes(dryers(tank=149.0)), "halt", "leave") == ["2.49 halt d-1 o/1 steam", "4.01 leave d-1 o/1"]


def test_a_level_below_the_least_is_not_drawn() -> None:
    """Of 80 kg the last 30 kg stay: as with 50 kg."""
    assert told(resumes(dryers(tank=80.0, least=30.0)), "halt") == ["1.5 halt d-1 o/1 steam"]


def test_two_users_run_dry_together_and_who_began_last_is_halted_first() -> None:
    """200 kg/h of a tank of 100 kg: dry 30 min after the trip; both have 2.5 h to go at 2.5 h, with 300 kg/h made."""
    assert told(resumes(dryers(2, tank=100.0)), "halt", "begin", "leave") == [
        "0 begin d-1 o/1",
        "0 begin d-2 o/2",
        "1.5 halt d-2 o/2 steam",
        "1.5 halt d-1 o/1 steam",
        "2.5 begin d-1 o/1",
        "2.5 begin d-2 o/2",
        "5 leave d-1 o/1",
        "5 leave d-2 o/2",
    ]


def test_what_an_outage_has_cost_may_lack_long_after_it() -> None:
    """100 kg/h are made and 200 kg/h drawn for 4 h: the full tank of 500 kg loses
    100 kg/h, and would have 100 kg at the end.

    Down from 1 h to 2.5 h, it loses 200 kg/h: 400 - 300 = 100 kg at 2.5 h, and is dry at 3.5 h. Then d-2 is halted; d-1
    draws what is made to its end at 4 h. The rest of d-2, 30 min, is carried by what is made from then, to 4.5 h.
    """
    rows = resumes(dryers(2, makes=100.0, tank=500.0))
    assert told(rows, "halt", "leave") == ["3.5 halt d-2 o/2 steam", "4 leave d-1 o/1", "4.5 leave d-2 o/2"]


def test_levels_and_outages_are_told() -> None:
    """With a tank of 50 kg: full to 1 h, empty from 1.5 h to 2.5 h, full again at 2.75 h; halted for 1 h."""
    run = simulate(dryers(tank=50.0))
    run.check()
    frame = run.utility("steam")
    assert frame[["start", "end", "drawn", "made", "level", "level at end"]].to_numpy().tolist()[:5] == [
        [0.0, 1.0, 100.0, 100.0, 50.0, 50.0],
        [1.0, 1.5, 100.0, 0.0, 50.0, 0.0],
        [1.5, 2.5, 0.0, 0.0, 0.0, 0.0],
        [2.5, 2.75, 100.0, 300.0, 0.0, 50.0],
        [2.75, 5.0, 100.0, 100.0, 50.0, 50.0],
    ]
    use = run.utilities().loc["steam"]
    assert (use["hours down"], use["failures"], use["waiting hours"]) == (1.5, 1, 1.0)
    grounds = [(shape.x0, shape.x1, shape.y1) for shape in demand(run, "steam").layout.shapes if shape.type == "rect"]
    assert grounds == [(1.5, 2.5, 1), (1.0, 2.5, 0.2)]


# ---- cleans ----------------------------------------------------------------------------------------------------------


def test_a_rinse_goes_on_after_the_outage_or_the_clean_begins_anew() -> None:
    """Rinsed from 1.5 h on, halted at 2 h, up at 3.5 h: 1.5 h of rinse to 5 h.

    Anew, it is drained from 2 h to 2.5 h meanwhile, which needs no water, and rinsed for 2 h from 3.5 h on.
    """
    rows = resumes(washing())
    assert told(rows, "halt", "cleaned") == ["2 halt v-1 wfi", "5 cleaned v-1 minor"]
    assert told(resumes(washing("restart")), "halt", "cleaned") == ["2 halt v-1 wfi", "5.5 cleaned v-1 minor"]


def test_a_clean_without_phases_pauses_too() -> None:
    """2.5 h from 1 h on, of which 1 h is done at 2 h; 1.5 h more from 3.5 h on."""
    assert told(resumes(washing(plain=True)), "halt", "cleaned") == ["2 halt v-1 wfi", "5 cleaned v-1 minor"]


# ---- spare parts and forecasts ---------------------------------------------------------------------------------------


def test_a_boiler_takes_gaskets_out_of_store_and_waits_for_one() -> None:
    """One gasket in store; the next is ordered as it is taken at 1 h and comes at 6 h.

    The second trip, 2 h after the repair, at 4.5 h, waits for it: up at 7.5 h.  Dried for 1 h, for 2 h from 2.5 h on,
    and for the last hour from 7.5 h to 8.5 h.
    """
    mode = Failure(after=Trace(times=(1.0, 2.0, 1000.0)), repair=1.5, clock="calendar", takes="gasket")
    gasket = Material(unit="pieces", stock=1, reorder=0, order=1, delivery=5.0)
    scenario = dryers(mode=mode, more={"materials": {"gasket": gasket}})
    assert told(resumes(scenario), "fail", "wait", "take", "deliver", "repaired", "leave") == [
        "0 deliver gasket",
        "1 fail steam boiler trip",
        "1 take steam gasket",
        "2.5 repaired steam boiler trip",
        "4.5 fail steam boiler trip",
        "4.5 wait steam gasket",
        "6 deliver gasket",
        "6 take steam gasket",
        "7.5 repaired steam boiler trip",
        "8.5 leave d-1 o/1",
        "11 deliver gasket",
    ]
    run = simulate(scenario).check()
    assert run.lots()[["lot", "batches"]].to_numpy().tolist()[:2] == [["gasket/0", "steam"], ["gasket/1", "steam"]]
    text = "it is down by boiler trip, and waits for gasket: in store nothing; the next lot comes at 0 d 06:00"
    assert str(run.why("o/1", at=5.0)) == f"o/1 holds d-1 and waits for steam (100 kg/h): {text}"


@pytest.mark.parametrize("tank", [None, 50.0])
def test_a_forecast_of_what_is_certain_is_the_run(tank: float | None) -> None:
    """A boiler that trips each hour for 90 min, with and without a tank: nothing is left to luck, at no quarter."""
    scenario = dryers(2, mode=Failure(after=1.0, repair=1.5, clock="calendar"), tank=tank)
    rows = play(scenario)
    assert told(rows, "done")
    for quarter in range(1, 48):
        time = quarter * HOUR // 4
        ahead = simulate(scenario, start=state_at(scenario, rows, time), luck="ahead")
        assert list(ahead.record) == [row for row in rows if row[0] > time], quarter / 4


def test_a_twin_forecasts_the_next_trip_and_the_repair_in_progress() -> None:
    """Lives of 0 to 10 h, of which 6 h have passed: the trip comes between 6 h and 10 h, at 8 h on average.

    Repairs of 0 to 4 h, of which 1 h has passed: over after 1 h to 4 h, 2.5 h on average.
    """
    mode = Failure(after=Uniform(low=0.0, high=10.0), repair=Uniform(low=0.0, high=4.0), clock="calendar")
    scenario = dryers(mode=mode, work="pause")
    runs = {seed: simulate(scenario, seed) for seed in range(1, 30)}

    def first(run: Results, kind: str) -> float:
        return next(row[0] for row in run.record if row[1] == kind) / HOUR

    def futures(run: Results, at: float, kind: str) -> list[float]:
        twin = Twin(scenario).observe([row for row in run.record if row[0] <= at * HOUR]).observe([], until=at)
        return [first(each, kind) for each in twin.forecast(hours=30, replications=100).runs]

    trips = futures(next(run for run in runs.values() if first(run, "fail") > 6.0), 6.0, "fail")
    assert min(trips) >= 6.0 and max(trips) <= 10.0
    assert abs(fmean(trips) - 8.0) < 4.0 * stdev(trips) / 100**0.5
    down = next(run for run in runs.values() if first(run, "repaired") > first(run, "fail") + 1.0)
    since = first(down, "fail")
    ends = [end - since for end in futures(down, since + 1.0, "repaired")]
    assert min(ends) >= 1.0 and max(ends) <= 4.0
    assert abs(fmean(ends) - 2.5) < 4.0 * stdev(ends) / 100**0.5


def test_a_repair_keeps_its_crew_while_a_clean_of_the_same_unit_is_cut() -> None:
    """The rinse of v-1 takes 2 of 3 hands from 1 h on; its seal goes at 1.5 h, and is mended by one of them until 5 h.

    So the rinse gives back its two, with which w-1 works from 1.75 h to 2.75 h, while the still trips; x-1, which needs
    three, begins as the repair is over.
    """
    clean = Clean(phases={"rinse": Phase(time=2.0, needs={"wfi": 100.0, "hands": 2})})
    seal = Failure(after=1.5, repair=3.5, clock="calendar", pool="hands")
    hands = {"v": {}, "w": {"run": {"hands": 2}}, "x": {"run": {"hands": 3}}}
    scenario = small(
        {},
        units={
            name: Unit(kind=name, **({"cleaning": "wash", "failures": "seal"} if name == "v" else {})) for name in hands
        },
        products={
            name: Product(batch=1.0, steps={"s": Step(on=name, time=1.0, needs=needs)}) for name, needs in hands.items()
        },
        orders={
            name: Order(product=name, batches=1, release="at once", start=at)
            for name, at in (("v", 0.0), ("w", 1.75), ("x", 1.8))
        },
        pools={"hands": Pool(count=3, patience=50.0)},
        utilities={"wfi": Utility(makes=300.0, failures="still trip")},
        failures={"still trip": Failure(after=2.0, repair=100.0, clock="calendar"), "seal": seal},
        cleaning={"wash": Cleaning(when="at once", cleans={"minor": clean})},
        run={"horizon": 13.0},
    )
    assert told(resumes(scenario), "fail", "halt", "begin", "repaired")[:8] == [
        "1 begin v-1",
        "1.5 fail v-1 seal",
        "1.5 halt v-1 seal",
        "1.5 begin v-1",
        "1.75 begin w-1 w/1",
        "2 fail wfi still trip",
        "5 repaired v-1 seal",
        "5 begin x-1 x/1",
    ]
    for time in (1.75, 2.5, 4.0):
        state = simulate(scenario).state_at(time)
        ahead = [row[:8] for row in simulate(scenario, start=state, luck="ahead").record]
        assert ahead == [row[:8] for row in play(scenario) if row[0] > time * HOUR]

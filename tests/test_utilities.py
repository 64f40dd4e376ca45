"""Utilities that run out: rates, tanks and peaks, worked out by hand to the minute."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from plants import lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.charts import demand
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.state import level_at
from plantsim.step import Step
from plantsim.utility import Utility


def rinses(count: int = 2, hours: float = 1.0, rate: float = 1200.0, **wfi: Any) -> Scenario:
    """So many units at once that draw water for injection."""
    step = Step(on="vessel", time=hours, needs={"run": {"wfi": rate}})
    units = {"v": Unit(kind="vessel", count=count)}
    return small({"rinse": step}, batches=count, units=units, utilities={"wfi": Utility(**wfi)})


# ---- without a tank --------------------------------------------------------------------------------------------------


def test_without_a_tank_no_more_is_drawn_than_is_made() -> None:
    """60 of 100 kW for 1 h: two together would be 120, so that the second waits for the first, its cause power."""
    plant = rinses(rate=60.0, unit="kWh", makes=100.0)
    assert told(play(plant), "begin", "wait") == ["0 begin v-1 o/1", "0 wait v-2 o/2 wfi", "1 begin v-2 o/2"]


def test_a_peak_below_what_is_made_is_kept_to() -> None:
    """50 + 50 of a peak of 100 go together though 500 are made; a third waits."""
    plant = rinses(3, rate=50.0, makes=500.0, peak=100.0)
    assert told(play(plant), "begin") == ["0 begin v-1 o/1", "0 begin v-2 o/2", "1 begin v-3 o/3"]


# ---- with a tank -----------------------------------------------------------------------------------------------------


def test_a_claim_waits_until_the_level_carries_it_to_its_end() -> None:
    """Two draws of 1200 L/h for 1 h, 600 L/h are made, the tank of 900 L is full.

    The first begins at once: the level falls by 600 L/h to 300 L.  The second, s hours later, lets it fall by 1800 L/h
    while both draw, then by 600 L/h for another s hours: 900 - 600 s - 1800 (1 - s) - 600 s >= 0, so that s = 1.5 is
    beyond 1 h.  After the first the level is 300 L and rises by 600 L/h; the second needs 600 L: it begins at 1.5 h.
    """
    plant = rinses(makes=600.0, tank=900.0)
    assert told(play(plant), "begin", "wait") == ["0 begin v-1 o/1", "0 wait v-2 o/2 wfi", "1.5 begin v-2 o/2"]


def test_a_claim_begins_while_another_draws_if_the_level_lasts() -> None:
    """As before with a tank of 1500 L: 1500 - 600 s - 1800 (1 - s) - 600 s >= 0 from s =
    0.5 on, so the second begins then.
    """
    plant = rinses(makes=600.0, tank=1500.0)
    assert told(play(plant), "begin") == ["0 begin v-1 o/1", "0.5 begin v-2 o/2"]


def test_a_start_is_found_to_the_millisecond() -> None:
    """2 h at 1200 L/h, 500 L/h are made, 1400 L are there: the second needs 1400 L again, 0 L + 500 L/h for 2.8 h."""
    rows = play(rinses(hours=2.0, makes=500.0, tank=1400.0))
    assert [row[0] for row in rows if row[1] == "begin"] == [0, 4 * 3_600_000 + 48 * 60_000]
    rows = play(rinses(hours=2.0, makes=499.0, tank=1402.0))
    waits = 1402.0 / 499.0 * 3_600_000  # 10 114 629.26 ms
    assert [row[0] for row in rows if row[1] == "begin"] == [0, 2 * 3_600_000 + int(waits) + 1]


def test_a_level_below_the_least_is_nobodys() -> None:
    """900 L, of which 300 L stay: the first takes all the rest; the second needs 600 L above 300 L, at 1 h + 1 h."""
    plant = rinses(makes=600.0, tank=900.0, least=300.0)
    assert told(play(plant), "begin") == ["0 begin v-1 o/1", "2 begin v-2 o/2"]


def test_an_empty_tank_fills_first() -> None:
    """600 L are needed, 0 L are there at first, 600 L/h are made: at 1 h; then again after that."""
    plant = rinses(makes=600.0, tank=900.0, at_first=0.0)
    assert told(play(plant), "begin") == ["1 begin v-1 o/1", "3 begin v-2 o/2"]


def test_the_peak_counts_also_when_the_tank_is_full() -> None:
    """Two draws of 1200 L/h where at most 2000 L/h may be drawn: from 0 h to 1 h, and
    from then on, though 90,000 L are there.
    """
    plant = rinses(makes=600.0, tank=90_000.0, peak=2000.0)
    assert told(play(plant), "begin") == ["0 begin v-1 o/1", "1 begin v-2 o/2"]


def test_who_draws_less_may_pass_until_patience_is_lost() -> None:
    """A small draw is carried while a big one waits for the tank to fill; patience of 0 h keeps what comes for the big.

    a: 1000 L/h for 1 h from 1000 L, 100 L/h made: 100 L at 1 h.  b needs 900 L: at 1 h + 8 h = 9 h.  c, from 2 h on,
    150 L/h for 1 h, needs 50 L net; it may pass, and b waits for 150 L longer, to 10.5 h.
    """

    def plant(patience: float) -> Scenario:
        products = {
            name: Product(batch=1.0, steps={"s": Step(on=name, time=1.0, needs={"run": {"wfi": rate}})})
            for name, rate in (("a", 1000.0), ("b", 1000.0), ("c", 150.0))
        }
        orders = {
            name: Order(product=name, batches=1, release={"at_once": True}, start=start)
            for name, start in (("a", 0.0), ("b", 0.5), ("c", 2.0))
        }
        return small({}, units={name: Unit(kind=name) for name in "abc"}, products=products, orders=orders,
                     utilities={"wfi": Utility(makes=100.0, tank=1000.0, patience=patience)})  # fmt: skip

    assert told(play(plant(100.0)), "begin") == ["0 begin a-1 a/1", "2 begin c-1 c/1", "10.5 begin b-1 b/1"]
    assert told(play(plant(0.0)), "begin") == ["0 begin a-1 a/1", "9 begin b-1 b/1", "10.5 begin c-1 c/1"]


# ---- cleans ----------------------------------------------------------------------------------------------------------


def test_two_cleans_whose_rinses_meet_on_one_tank_start_apart() -> None:
    """Two vessels are empty at 1 h; each is cleaned for 30 min with 2000 L/h. 1000 L/h are made, the tank has 600 L.

    The first takes 500 L of 600 L. Together, s hours after it: 600 - 1000 s - 3000 (0.5 - s) - 1000 s >= 0 asks for s =
    0.9 h, beyond the first's end. After it, at 1.5 h, there are 100 L; the second needs 500 L, which are there 24 min
    later: it starts 54 min after the first, at 1.9 h, and is clean at 2.4 h.
    """
    cleaning = {"rinse": Cleaning(when="at once", minor=0.5, needs={"wfi": 2000.0})}
    units = {"v": Unit(kind="vessel", count=2, cleaning="rinse")}
    plant = small({"mix": Step(on="vessel", time=1.0)}, units=units, cleaning=cleaning,
                  utilities={"wfi": Utility(makes=1000.0, tank=600.0)})  # fmt: skip
    assert told(play(plant), "begin", "wait", "cleaned") == lines("""
        1 begin v-1
        1 wait v-2 wfi
        1.5 cleaned v-1 minor
        1.9 begin v-2
        2.4 cleaned v-2 minor
    """)


def test_a_draw_that_halts_gives_back_and_claims_the_rest() -> None:
    """A press whose calendar closes at 1 h halts its draw of 100 L/h for 2 h; the other goes on from 1 h to 2 h.

    At 3 h it opens again, and what is left, 1 h, begins at once, since nobody draws.
    """
    steps = {"s": Step(on="vessel", time=2.0, needs={"run": {"wfi": 100.0}})}
    units = {
        "v": Unit(kind="vessel", calendar="short", work="pause"),
        "w": Unit(kind="vessel"),
    }
    plant = small(steps, units=units, utilities={"wfi": Utility(makes=100.0)},
                  calendars={"short": Calendar(open=((0.0, 1.0), (3.0, 100.0)), period=100.0)})  # fmt: skip
    assert told(play(plant), "begin", "close", "open", "leave") == lines("""
        0 begin v-1 o/1
        1 close v-1 o/1 calendar
        1 begin w-1 o/2
        3 leave w-1 o/2
        3 open v-1 calendar
        3 begin v-1 o/1
        4 leave v-1 o/1
    """)


def test_a_draw_that_halts_leaves_the_rest_in_the_tank() -> None:
    """100 L, 10 L/h made, 60 L/h drawn from 0 h, halted at 1 h: 50 L then, 60 L at 2 h; w begins at the halt.

    It draws 60 L/h for 1.5 h and needs 75 L, which are there at 3.5 h; v goes on as it opens.
    """
    steps = {"s": Step(on="vessel", time=1.5, needs={"run": {"wfi": 60.0}})}
    units = {"v": Unit(kind="vessel", calendar="short", work="pause"), "w": Unit(kind="vessel")}
    plant = small(steps, units=units, utilities={"wfi": Utility(makes=10.0, tank=100.0, patience=0.0)},
                  calendars={"short": Calendar(open=((0.0, 1.0), (9.0, 100.0)), period=100.0)})  # fmt: skip
    run = simulate(plant, horizon=12.0)
    assert told(run.record, "begin", "close") == [
        "0 begin v-1 o/1",
        "1 close v-1 o/1 calendar",
        "3.5 begin w-1 o/2",
        "9 begin v-1 o/1",
    ]
    state = run.state_at(2.0)
    assert level_at(state.tanks["wfi"], [], 2 * 3_600_000) == 60 * 1000 * 3_600_000


@pytest.mark.parametrize("makes", [500.0, 600.0, 10_000.0])
def test_with_more_made_than_drawn_nobody_ever_waits(makes: float) -> None:
    """Five draw 100 L/h each, 500 L/h in all, of 500 L/h or more that are made: all
    begin at 0 h, with a tank of 1 L.
    """
    rows = play(rinses(5, rate=100.0, makes=makes, tank=1.0))
    assert told(rows, "begin", "wait") == [f"0 begin v-{k} o/{k}" for k in range(1, 6)]


# ---- means and peaks -------------------------------------------------------------------------------------------------


def loop(**needs: dict[str, float]) -> Scenario:
    """Five vessels that work for 2 h and are rinsed for 1 h, on a loop that makes 1500 L/h and has no tank."""
    step = Step(on="vessel", time=2.0, discharge=1.0, needs=needs)
    units = {"v": Unit(kind="vessel", count=5)}
    return small({"make": step}, batches=None, release={}, units=units, run={"horizon": 300.5},
                 utilities={"wfi": Utility(makes=1500.0)})  # fmt: skip


def made(plant: Scenario) -> int:
    return sum(row[1] == "done" for row in play(plant))


ON_AVERAGE = {"run": {"wfi": 280.0}, "discharge": {"wfi": 280.0}}
AS_DRAWN = {"discharge": {"wfi": 840.0}}


def test_a_plant_that_passes_on_the_mean_draw_stalls_on_the_peaks() -> None:
    """840 L a batch: five vessels with a batch every 3 h draw 1400 L/h on average, less than the 1500 L/h made.

    Spread evenly, nobody waits: 100 batches of each vessel in 300 h.  As it is, 840 L/h for 1 h, no two rinses go
    together; a batch leaves each hour from 3 h to 300 h: 298, and 202 of 500 are lost, two in five.
    """
    assert made(loop(**ON_AVERAGE)) == 500
    assert not told(play(loop(**ON_AVERAGE)), "wait")
    assert made(loop(**AS_DRAWN)) == 298
    assert {row[7] for row in play(loop(**AS_DRAWN)) if row[1] == "wait"} == {"wfi"}


def test_the_tank_that_brings_the_lost_batches_back() -> None:
    """Five rinses at once draw 4200 L/h: 2700 L more than is made in the hour, which are there again 2 h later.

    With 2699 L one of them waits, once: from then on it comes later than the others.
    """
    enough = loop(**AS_DRAWN).with_utility("wfi", tank=2700.0)
    assert made(enough) == 500
    assert not told(play(enough), "wait")
    assert told(play(enough.with_utility("wfi", tank=2699.0)), "wait") == ["2 wait v-5 o/5 wfi"]


def test_the_figures_of_a_utility_show_where_it_stalls() -> None:
    """From 3 h to 300 h: one rinse of 840 L/h at a time, 56 % of what is made.

    Each vessel works for 2 h of 5 h, is rinsed for 1 h and waits for 2 h: two of five wait at any time. From 3 h to 4 h
    there is one more, since all five began together: 2 x 297 + 1 = 595 h.
    """
    run = simulate(loop(**AS_DRAWN)).check()
    figures = run.utilities(3.0, 300.0).loc["wfi"]
    assert figures["mean drawn"] == pytest.approx(840.0)
    assert figures["most drawn"] == 840.0
    assert figures["mean share of makes"] == pytest.approx(0.56)
    waited = run.waiting(3.0, 300.0, by=("cause",)).loc["wfi", "hours"]
    assert figures["waiting hours"] == pytest.approx(waited)
    assert waited == 595.0


# ---- what is read from the record ------------------------------------------------------------------------------------


def test_the_course_of_a_level_has_its_corners() -> None:
    """900 L, 600 L/h made, 1200 L/h for 1 h from 0 h and from 1.5 h: down to 300 L, up to 600 L, down to 0 L, full."""
    run = simulate(rinses(makes=600.0, tank=900.0), horizon=5.0).check()
    frame = run.utility("wfi")
    assert frame.iloc[:, :6].round(6).to_numpy().tolist() == [
        [0.0, 1.0, 1200.0, 600.0, 900.0, 300.0],
        [1.0, 1.5, 0.0, 600.0, 300.0, 600.0],
        [1.5, 2.5, 1200.0, 600.0, 600.0, 0.0],
        [2.5, 4.0, 0.0, 600.0, 0.0, 900.0],
        [4.0, 5.0, 0.0, 0.0, 900.0, 900.0],
    ]
    assert run.utilities().loc["wfi", ["lowest level", "waiting hours", "waits"]].tolist() == [0.0, 1.5, 1.0]
    half = run.utility("wfi", 0.5, 1.25)
    assert half[["start", "end", "level", "level at end"]].round(6).to_numpy().tolist() == [
        [0.5, 1.0, 600.0, 300.0],
        [1.0, 1.25, 300.0, 450.0],
    ]


def test_a_run_that_goes_on_from_a_state_has_the_same_course() -> None:
    """At 2.25 h the second of three draws, from 1.5 h to 2.5 h, and the third waits, to 3.5 h."""
    plant = rinses(3, makes=600.0, tank=900.0)
    whole = simulate(plant, horizon=9.0)
    rest = simulate(plant, horizon=9.0, start=whole.state_at(2.25))
    pd.testing.assert_frame_equal(rest.utility("wfi"), whole.utility("wfi", 2.25, 9.0), check_exact=False)


def test_a_state_that_comes_from_another_tank_has_the_tank_of_the_plant() -> None:
    """900 L are there at 4.5 h; with a tank of 650 L there are 650 L, with one of 9000 L still 900 L."""
    state = simulate(rinses(makes=600.0, tank=900.0), horizon=9.0).state_at(4.5)
    for tank, level in ((650.0, 650.0), (9000.0, 900.0)):
        run = simulate(rinses(makes=600.0, tank=900.0).with_utility("wfi", tank=tank), horizon=9.0, start=state)
        assert run.utility("wfi")["level"].iloc[0] == level


def test_an_unknown_utility_is_named() -> None:
    """Asked for 'wif', it says that there is none, and that there is 'wfi'."""
    with pytest.raises(PlantsimError, match="there is no utility 'wif'; did you mean 'wfi'"):
        simulate(rinses(makes=600.0, tank=900.0)).utility("wif")


def test_a_wait_of_a_clean_counts_for_its_utility() -> None:
    """Two cleans of 1 h from 1 h on, of 100 L/h each, can't go together on 150 L/h: the second waits for 1 h."""
    cleaning = {"rinse": Cleaning(when="at once", minor=1.0, needs={"wfi": 100.0})}
    units = {"v": Unit(kind="vessel", count=2, cleaning="rinse")}
    plant = small({"mix": Step(on="vessel", time=1.0)}, units=units, cleaning=cleaning,
                  utilities={"wfi": Utility(makes=150.0)})  # fmt: skip
    assert simulate(plant).utilities().loc["wfi", ["waiting hours", "waits"]].tolist() == [1.0, 1.0]


def test_the_chart_shows_what_is_drawn_against_what_there_is() -> None:
    """The course above: 1200 L/h in two hours, below a peak of 2000 L/h and above the 600 L/h made; v-2 waits 1.5 h."""
    chart = demand(simulate(rinses(makes=600.0, tank=900.0, peak=2000.0), horizon=5.0), "wfi")
    rates, level = chart.data
    assert list(zip(rates.x, rates.y, strict=True)) == [
        (0.0, 1200.0), (1.0, 0.0), (1.5, 1200.0), (2.5, 0.0), (4.0, 0.0), (5.0, 0.0),
    ]  # fmt: skip
    assert list(zip(level.x, level.y, strict=True)) == [
        (0.0, 900.0), (1.0, 300.0), (1.5, 600.0), (2.5, 0.0), (4.0, 900.0), (5.0, 900.0),
    ]  # fmt: skip
    lines = [(shape.y0, shape.line.dash) for shape in chart.layout.shapes if shape.type == "line"]
    assert lines == [(600.0, "dash"), (2000.0, "dot"), (900.0, "dash"), (0.0, "dot")]
    assert [(shape.x0, shape.x1) for shape in chart.layout.shapes if shape.type == "rect"] == [(0.0, 1.5)]


# ---- drains, and power -----------------------------------------------------------------------------------------------


def test_a_drain_that_is_full_lets_nobody_in() -> None:
    """4 m3/h are drained for half an hour each, into 2.5 m3 that are emptied at 1 m3/h.

    The first fills 1.5 m3 by 0.5 h; the second, 1.5 m3 net, begins at 1 h, when 1 m3 is left in it, and fills it.
    """
    step = Step(on="vessel", time=0.5, needs={"run": {"sewer": 4.0}})
    sewer = {"sewer": Utility(unit="m3", makes=1.0, tank=2.5, drain=True)}
    plant = small({"drain": step}, units={"v": Unit(kind="vessel", count=2)}, utilities=sewer, run={"horizon": 5.0})
    run = simulate(plant).check()
    assert told(run.record, "begin", "wait") == ["0 begin v-1 o/1", "0 wait v-2 o/2 sewer", "1 begin v-2 o/2"]
    filled = demand(run, "sewer").data[1]
    assert list(zip(filled.x, filled.y, strict=True)) == [
        (0.0, 0.0), (0.5, 1.5), (1.0, 1.0), (1.5, 2.5), (4.0, 0.0), (5.0, 0.0),
    ]  # fmt: skip
    assert run.why("o/2", at=0.25).links[0] == (
        "o/2 holds v-2 and waits for sewer (4 m3/h): 0.75 of 2.5 m3 are filled, 1 m3/h are emptied; o/1 drains 4 m3/h"
    )


def test_a_drain_is_as_full_at_first_as_it_is_said_to_be() -> None:
    """200 L/h for 1 h into 150 L that are emptied at 100 L/h need room for 100 L.

    With 120 L in it at first there are 50 L left at 0.7 h: it begins then, and has filled the drain at 1.7 h.
    With all 150 L it begins at 1 h. More than what is kept free leaves is none.
    """
    step = Step(on="vessel", time=1.0, needs={"run": {"sewer": 200.0}})

    def played(at_first: float) -> list[str]:
        sewer = Utility(makes=100.0, tank=150.0, drain=True, at_first=at_first)
        return told(simulate(small({"drain": step}, batches=1, utilities={"sewer": sewer})).record, "begin", "leave")

    assert played(120.0) == ["0.7 begin vessel-1 o/1", "1.7 leave vessel-1 o/1"]
    assert played(150.0) == ["1 begin vessel-1 o/1", "2 leave vessel-1 o/1"]
    assert played(0.0) == ["0 begin vessel-1 o/1", "1 leave vessel-1 o/1"]
    with pytest.raises(
        ValueError, match="what is in the drain at first, 120 L, and what is kept free, 50 L, must have"
    ):
        Utility(makes=100.0, tank=150.0, drain=True, at_first=120.0, least=50.0)


def test_power_has_a_peak_that_steps_and_cleans_share() -> None:
    """A clean of 70 kW from 1 h on leaves 30 of 100 kW; the next batch, of 40 kW, waits until 1.5 h."""
    cleaning = {"wash": Cleaning(when="at once", minor=0.5, needs={"power": 70.0})}
    units = {"v": Unit(kind="vessel", cleaning="wash"), "w": Unit(kind="mixer")}
    products = {
        "p": Product(batch=1.0, steps={"mix": Step(on="vessel", time=1.0)}),
        "q": Product(batch=1.0, steps={"stir": Step(on="mixer", time=1.0, needs={"run": {"power": 40.0}})}),
    }
    orders = {"p": Order(product="p", batches=1), "q": Order(product="q", batches=1, start=1.25)}
    plant = small({}, units=units, cleaning=cleaning, products=products, orders=orders, run={"horizon": 4.0},
                  utilities={"power": Utility(unit="kWh", peak=100.0)})  # fmt: skip
    run = simulate(plant).check()
    assert told(run.record, "begin", "wait", "cleaned") == lines("""
        1 begin v-1
        1.25 wait w-1 q/1 power
        1.5 cleaned v-1 minor
        1.5 begin w-1 q/1
    """)
    use = run.utilities().loc["power"]
    assert use[["mean drawn", "most drawn", "waiting hours"]].tolist() == [(35.0 + 40.0) / 4.0, 70.0, 0.25]
    assert run.matter()["energy in [kWh]"] == 75.0


# ---- acts that may be slow -------------------------------------------------------------------------------------------


def slow(count: int = 2, share: float = 0.25, **more: Any) -> Scenario:
    """Vessels that draw 100 kg/h of steam for 1 h, at as little as a quarter of that."""
    step = Step(on="vessel", time=1.0, needs={"run": {"steam": 100.0}}, slows={"run": share})
    units = {"v": Unit(kind="vessel", count=count)}
    return small({"heat": step}, batches=count, units=units, utilities={"steam": Utility(unit="kg", **more)})


def test_what_may_be_slow_takes_the_rate_that_is_free_at_its_start() -> None:
    """150 kg/h are made: 100 for the first, 50 for the second, which lasts 2 h, also when 150 are free after 1 h."""
    rows = play(slow(makes=150.0))
    assert told(rows, "begin", "wait", "done", hide=()) == lines("""
        0 begin v-1 o/1
        0 begin v-2 o/2
        1 done o/1
        2 done o/2
    """)
    assert rows[5][8] == ((("run", 7_200_000),), 7_200_000, (("steam", 50, 7_200_000),), 0, 7_200_000, "start")


def test_what_may_be_slow_waits_for_its_least_rate() -> None:
    """110 kg/h are made: 10 are free beside the first, less than a quarter of 100; the second waits for 1 h, to 1 h."""
    assert told(play(slow(makes=110.0)), "begin", "wait") == lines("""
        0 begin v-1 o/1
        0 wait v-2 o/2 steam
        1 begin v-2 o/2
    """)


def test_what_may_be_slow_takes_what_a_tank_carries() -> None:
    """60 kg/h are made, 50 kg are there: 100 kg/h for 1 h take 40 kg of them, and leave 10 kg.

    A second from the start would have to live on 10 kg/h beside the first, and its least rate is 25 kg/h.  From s on,
    50 - 40 s - (40 + 25) (1 - s) >= 0: at 0.6 h it begins with 25 kg/h, for 4 h.
    """
    rows = play(slow(makes=60.0, tank=50.0))
    assert told(rows, "begin", "done", hide=()) == lines("""
        0 begin v-1 o/1
        0.6 begin v-2 o/2
        1 done o/1
        4.6 done o/2
    """)


def test_the_amount_stays_the_same() -> None:
    """Three of 100 kg/h for 1 h on 130 kg/h: the second draws 30 kg/h for 3 h 20 min,
    but each draws 100 kg, within a gram.
    """
    run = simulate(slow(3, share=0.1, makes=130.0)).check()
    frame = run.utility("steam")
    assert float((frame["drawn"] * frame["hours"]).sum()) == pytest.approx(300.0, abs=0.001)


def test_a_slow_act_that_is_halted_claims_the_rest_anew() -> None:
    """The second, at 50 kg/h, is halted after 0.5 h with 75 kg to go; at 1.5 h all is free: 0.75 h more, to 2.25 h."""
    plant = slow(makes=150.0)
    calendars = {"gap": Calendar(open=((0.0, 0.5), (1.5, 100.0)), period=100.0)}
    units = {"v": Unit(kind="vessel"), "w": Unit(kind="vessel", calendar="gap", work="pause")}
    plant = plant.replace(units=units, calendars=calendars)
    assert told(play(plant), "begin", "close", "done", hide=()) == lines("""
        0 begin v-1 o/1
        0 begin w-1 o/2
        0.5 close w-1 o/2 calendar
        1 done o/1
        1.5 begin w-1 o/2
        2.25 done o/2
    """)


def test_slow_acts_resume_at_any_time() -> None:
    """Five on 170 kg/h with a tank of 60 kg, gone on from each of 28 times of 6 h: the rest of the rows is the same."""
    plant = slow(5, makes=170.0, tank=60.0)
    rows = play(plant)
    for time in range(0, 6 * 3_600_000, 777_777):
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], time


def test_a_forecast_draws_the_rest_of_a_slow_act() -> None:
    """1 h to 3 h at full rate, at half of it twice as long: one that has gone on for 3 h ends between 3 h and 6 h."""
    step = Step(on="vessel", time={"uniform": {"low": 1.0, "high": 3.0}}, needs={"run": {"steam": 100.0}},
                slows={"run": 0.5})  # fmt: skip
    plant = small({"heat": step}, batches=1, utilities={"steam": Utility(unit="kg", peak=50.0)})
    runs = [simulate(plant, seed) for seed in range(1, 10)]
    state = next(run.state_at(3.0) for run in runs if run.record.rows[-1][0] > 3 * 3_600_000)
    ends = [simulate(plant, seed, start=state, luck="ahead").record.rows[-1][0] / 3_600_000 for seed in range(1, 201)]
    assert 3.0 <= min(ends) < max(ends) <= 6.0
    assert sum(ends) / 200 == pytest.approx(4.5, abs=4 * 0.866 / 200**0.5)


def test_a_tank_without_a_peak_gives_at_any_rate_and_the_scenario_says_so() -> None:
    """What is made at 300 L/h goes into a tank, from which as much may be drawn at once as is in it."""
    made = {"caustic": Utility(makes=300.0, tank=500.0), "steam": Utility(unit="kg", makes=200.0)}
    scenario = small({"s": Step(on="m", time=1.0)}, utilities=made)
    assert "utilities: caustic (any rate), steam (200 kg/h)" in str(scenario)

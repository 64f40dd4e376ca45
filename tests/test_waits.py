"""Why something waits, link by link, against small plants worked out by hand."""

from __future__ import annotations

from functools import partial

import pytest
from plants import lines, play, small, state_at
from test_stuck import crossing

from plantsim.calendars import Calendar
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.long_waits import Wait
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.reported import size_at
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility
from plantsim.waits import Why, why

LATE = {"late": Calendar(open=((50.0, 100.0),), period=100.0)}


def line(**more: object) -> Results:
    """Three batches through x (1 h) and y (3 h), which needs a crew that comes after 50 h."""
    steps = {"a": Step(on="x", time=1.0), "b": Step(on="y", time=3.0, needs={"run": {"crew": 1}})}
    more.setdefault("pools", {"crew": Pool(count=1, calendar="late")})
    return simulate(small(steps, batches=3, calendars=LATE, **more))


def test_a_chain_ends_in_its_root() -> None:
    """o/1 is done on x at 1 h and granted y, but stays on x until the crew comes at 50 h; o/2 waits for x.

    At 52 h o/1 is on y, to 53 h = 2 d 05:00, for which o/2 waits, done on x at 51 h, as o/3 waits for x.
    """
    told = line().why("o/2", at=10.0)
    root = "o/1 holds x-1 and waits for crew: nobody; none is there at that time"
    assert told == Why("o/2", 10.0, ("o/2 waits for x: x-1 has o/1", root), ring=False)
    assert line().why("o/3", at=52.0).links == (
        "o/3 waits for x: x-1 has o/2",
        "o/2 holds x-1 and waits for y: y-1 has o/1",
        "o/1 is in y-1 (b) until 2 d 05:00",
    )


def test_a_batch_in_a_buffer_stands_there() -> None:
    """y works from 50 h to 53 h, and what waits for it has a place of its own."""
    told = line(buffers={"shelf": Buffer()}, links=["x -> shelf -> y"]).why("o/3", at=52.5)
    assert told.links[0] == "o/3 stands in shelf and waits for y: y-1 has o/1"


def test_a_repair_that_waits_for_the_mechanic_is_a_link() -> None:
    """Both units fail after 1 h at work; the one mechanic takes 10 h for each."""
    plant = small(
        {"s": Step(on="u", time=5.0)},
        batches=3,
        units={"u": Unit(kind="u", count=2, failures=("jam",))},
        failures={"jam": Failure(after=1.0, repair=10.0, pool="mechanic")},
        pools={"mechanic": Pool(count=1)},
    )
    run = simulate(plant)
    assert str(run.why("o/3", at=5.0)).splitlines() == [
        "o/3 waits for u: u-1 is down by jam; u-2 is down by jam, and waits for mechanic: u-1 (1), of 1",
        "u-2 is down by jam, and waits for mechanic: u-1 (1), of 1",
        "u-1 is down by jam",
    ]
    assert run.why("o/1", at=5.0).links == ("o/1 is halted in u-1: jam", "u-1 is down by jam")
    assert run.why("u-2", at=5.0).links[-1] == "u-1 is down by jam"


def of(scenario: Scenario, name: str, hours: float) -> Why:
    """Why something waits in a plant that gets stuck."""
    state = state_at(scenario, play(scenario), int(hours * 3_600_000))
    return why(name, state, scenario.plant.units_for, partial(size_at, scenario))


def test_a_ring_is_said_with_the_words_of_a_stuck_plant() -> None:
    """At 2 h back stands on y and wants x, and forth stands on x and wants y: the chain
    comes back to where it began.
    """
    told = of(crossing(), "back/1", 2.0)
    assert told.ring
    assert told.links == (
        "back/1 holds y-1 and waits for x: x-1 has forth/1",
        "forth/1 holds x-1 and waits for y: y-1 has back/1",
        "that is back/1 again: they wait for one another in a ring",
    )


def test_an_alternative_that_runs_is_the_root_and_no_ring() -> None:
    """Two units x: at 1.5 h forth/1 waits in one of them for y, from 1 h on, but forth/2, which waits
    too, is no ring: back works on y to 2 h.
    """
    plant = crossing(forth=2, units={"x": Unit(kind="x", count=2), "y": Unit(kind="y"), "z": Unit(kind="z")})
    assert not of(plant, "back/1", 1.5).ring


def test_long_waits_are_told_with_their_chain() -> None:
    """o/1 waits from 1 h to 50 h, o/2 from 0 h to 50 h; it then holds x until 53 h, so o/3 waits for it from 0 h."""
    run = line()
    found = run.long_waits(longer=20.0)
    assert [wait[2:4] for wait in found] == [(0.0, 53.0), (0.0, 50.0), (1.0, 50.0)]
    assert list(found.values())[2] == run.why("o/1", at=21.0)
    assert list(run.long_waits(longer=20.0, most=1)) == [Wait("o/3", "a", 0.0, 53.0, "x")]
    assert run.long_waits(longer=53.0) == {}
    assert run.why("o/1") == run.why("o/1", at=25.5)


def test_a_story_tells_its_long_waits() -> None:
    """Done on x at 1 h, o/1 waits there for the crew of 50 h: 49 h, and works to 53 h = 2 d 05:00.

    Of waits longer than 49 h there is none.
    """
    assert lines(str(line().story("o/1"))) == lines(
        """
        o/1
        0 d 00:00  0 d 01:00  busy (run)        x-1  a
        0 d 01:00  2 d 02:00  waiting for pool  x-1  b  crew  nobody; none is there at that time
        2 d 02:00  2 d 05:00  busy (run)        y-1  b

        it waited 49 h for crew, from 0 d 01:00 to 2 d 02:00:
        o/1 holds x-1 and waits for crew: nobody; none is there at that time
        """
    )
    assert "it waited" not in str(line().story("o/1", longer=49.0))
    assert "<li>o/1 holds x-1 and waits for crew" in line().story("o/1")._repr_html_()


def test_who_is_not_there_has_no_reason() -> None:
    """There are three batches: asked for the ninth, it names one that is there."""
    with pytest.raises(
        PlantsimError, match="there is no batch or unit 'o/9' in the plant after 10 h; did you mean 'o/"
    ):
        line().why("o/9", at=10.0)


# ---- utilities -------------------------------------------------------------------------------------------------------


def rinses(**wfi: float) -> Scenario:
    """Two vessels draw 1200 L/h of water for 1 h each, at once if they may."""
    step = Step(on="vessel", time=1.0, needs={"run": {"wfi": 1200.0}})
    return small(
        {"rinse": step}, units={"v": Unit(kind="vessel", count=2)}, utilities={"wfi": Utility(makes=600.0, **wfi)}
    )


def test_a_wait_for_a_tank_tells_its_level_and_who_draws() -> None:
    """A full tank of 900 L loses 600 L/h net: 600 L at 0.5 h, 300 L at 1 h, 450 L at 1.25 h, when nobody draws."""
    run = simulate(rinses(tank=900.0, peak=2400.0))
    assert run.why("o/2", at=0.5).links == (
        "o/2 holds v-2 and waits for wfi (1,200 L/h): 600 of 900 L are there, 600 L/h are made; "
        "o/1 draws 1,200 L/h, of at most 2,400 L/h",
        "o/1 is in v-1 (rinse) until 0 d 01:00",
    )
    assert run.why("o/2", at=1.25).links == (
        "o/2 holds v-2 and waits for wfi (1,200 L/h): 450 of 900 L are there, 600 L/h are made; "
        "nobody draws any, of at most 2,400 L/h",
    )
    assert "waiting for pool  v-2  rinse  wfi  o/1 draws 1,200 L/h, of at most 2,400 L/h" in str(run.story("o/2"))


def test_a_wait_for_a_rate_tells_who_draws() -> None:
    """60 kW of at most 100 kW are drawn in the first hour."""
    step = Step(on="vessel", time=1.0, needs={"run": {"power": 60.0}})
    power = {"power": Utility(unit="kWh", peak=100.0)}
    run = simulate(small({"mix": step}, units={"v": Unit(kind="vessel", count=2)}, utilities=power))
    assert run.why("o/2", at=0.5).links[0] == (
        "o/2 holds v-2 and waits for power (60 kW): o/1 draws 60 kW, of at most 100 kW"
    )


def test_a_clean_that_waits_for_water_tells_what_it_wants() -> None:
    """Both vessels are empty at 1 h and are rinsed for 0.5 h with 2000 L/h, of which 2400 L/h may be drawn at once."""
    cleaning = {"rinse": Cleaning(when="at once", minor=0.5, needs={"wfi": 2000.0})}
    units = {"v": Unit(kind="vessel", count=2, cleaning="rinse")}
    wfi = {"wfi": Utility(makes=1000.0, tank=9000.0, peak=2400.0)}
    run = simulate(
        small({"mix": Step(on="vessel", time=1.0)}, units=units, cleaning=cleaning, utilities=wfi, batches=3)
    )
    assert run.why("o/3", at=1.25).links[0] == (
        "o/3 waits for vessel: v-1 is cleaned: minor; v-2 is cleaned: minor, and waits for wfi (2,000 L/h): "
        "8,750 of 9,000 L are there, 1,000 L/h are made; v-1 draws 2,000 L/h, of at most 2,400 L/h"
    )


def test_a_part_waits_for_the_other_that_is_still_to_come() -> None:
    """After 1 h in x one side takes 1 h in y and the other 5 h in z, so that the first waits from 2 h to 6 h."""
    steps = {
        "a": Step(on="x", time=1.0),
        "quick": Step(on="y", time=1.0, after=("a",)),
        "slow": Step(on="z", time=5.0, after=("a",)),
        "both": Step(on="x", time=1.0, after=("quick", "slow")),
    }
    run = simulate(small(steps, batches=1))
    assert run.why("o/1/quick", at=3.0).links == (
        "o/1/quick holds y-1 and waits for slow: o/1/slow is still to come",
        "o/1/slow is in z-1 (slow) until 0 d 06:00",
    )

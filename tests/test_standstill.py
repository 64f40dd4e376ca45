"""Whoever stands still for ever is told, with the chain to its root: a tiny plant for each thing that may lack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from plants import play, scenarios, small, state_at
from typer.testing import CliRunner

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.cli import app
from plantsim.crosscheck.leftovers import leftovers
from plantsim.engine.simulate import simulate
from plantsim.laws import Own, Trace
from plantsim.layout import write_layout
from plantsim.materials import Material, QualityTest
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order
from plantsim.reported import shifts
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.standstill import Standstill
from plantsim.step import Step
from plantsim.unfit import Shifts, again
from plantsim.utility import Utility

DAYS = {"days": Calendar(open=((6.0, 14.0),), period=24.0)}
SALT = {"salt": Material(stock=70.0)}
KIT = {"kit": Material(unit="pieces", stock=1)}
LEFT = "in store salt/0 (20 kg, released); nothing is on its way"
NONE = "in store nothing; nothing is on its way"


class Nine:
    """A law of one's own, of which nobody knows before it is drawn that it is always 9 h."""

    def quantile(self, u: float) -> float:
        return 9.0


NINE = Own(distribution=Nine())


def on(name: str, time: Any = 1.0, **more: Any) -> Step:
    return Step(on=name, time=time, **more)


def salted(name: str = "n") -> Step:
    """A step of which each batch takes 50 kg of the 70 kg in store: the second one finds 20 kg, and nobody orders."""
    return on(name, takes={"salt": {"amount": 50.0}})


def played(steps: dict[str, Step], **more: Any) -> Results:
    run = simulate(small(steps, **more))
    run.check()
    return run


def told(steps: dict[str, Step], **more: Any) -> list[str]:
    return [note.removeprefix("stuck: ") for note in played(steps, **more).notes()]


# ---- what is lacking -------------------------------------------------------------------------------------------------


def test_a_material_of_which_no_more_comes() -> None:
    """70 kg are in store; the second batch wants 50 kg and finds 20 kg."""
    assert told({"a": salted()}, materials=SALT) == [f"o/2 waits for salt: {LEFT}"]


def test_an_order_that_is_released_as_taken_and_never_finds_its_material() -> None:
    """The first batch is over at 1 h, and the next one stands ready from then on; the run ends at 100 h."""
    run = played({"a": salted()}, materials=SALT, release="as taken")
    link = f"o/2 stands ready, is not begun and waits for salt: {LEFT}"
    assert run.notes() == [f"stuck: {link}"]
    assert run.why("o").links == run.why("o/2", at=50.0).links == (link,)
    assert [tuple(wait) for wait in run.long_waits(24.0)] == [("o/2", "a", 1.0, 100.0, "salt")]
    waits = [row[:2] + row[4:8] for row in run.record if row[1] == "wait"]
    assert waits == [(HOUR, "wait", "a", "p", 100.0, "salt")]


def test_an_order_that_is_released_as_taken_finds_it_in_the_end() -> None:
    """What is ordered at 20 kg, with the first batch at 0 h, comes at 30 h: the second one waits from 1 h to 30 h."""
    salt = Material(stock=70.0, reorder=30.0, order=100.0, delivery=30.0)
    run = played({"a": salted()}, materials={"salt": salt}, release="as taken")
    assert run.stuck() == {}
    assert [tuple(wait) for wait in run.long_waits(24.0)] == [("o/2", "a", 1.0, 30.0, "salt")]
    assert (
        run.why("o/2", at=10.0).links[0].endswith("in store salt/0 (20 kg, released); the next lot comes at 1 d 06:00")
    )


def test_a_unit_whose_batch_stands_still() -> None:
    assert told({"a": on("m"), "b": salted()}, materials=SALT, batches=4) == [
        f"o/2 holds m-1 and waits for salt: {LEFT}; 2 more wait for that"
    ]


def test_a_place_that_is_not_clear() -> None:
    """The second batch stands in the buffer, the third one in m, the fourth one outside."""
    steps = {"a": on("m"), "b": salted()}
    more: dict[str, Any] = {"buffers": {"x": Buffer(clearance="batch")}, "links": ["m -> x -> n"]}
    assert told(steps, materials=SALT, batches=4, **more) == [
        f"o/2 stands in x and waits for salt: {LEFT}; 2 more wait for that"
    ]


def test_a_pool_that_is_kept() -> None:
    """The second batch keeps the one skid with n-1, and the others lack it though two more of n are free."""
    units = {"n": Unit(kind="n", count=3), "m": Unit(kind="m")}
    steps = {"a": on("n", keeps={"skid": 1}), "b": salted("m")}
    run = played(steps, units=units, pools={"skid": Pool(count=1)}, materials=SALT, batches=3)
    assert run.notes() == [f"stuck: o/2 holds n-1 and waits for salt: {LEFT}; 1 more waits for that"]
    assert run.stuck()["o/3"].links[0] == "o/3 waits for skid: o/2 (1), of 1"


def test_a_container() -> None:
    units = {"bin": Unit(kind="bin", mobile=True), "m": Unit(kind="m", count=2), "n": Unit(kind="n")}
    steps = {"a": on("m", into="bin"), "b": on("n", out_of="bin", takes={"salt": {"amount": 50.0}})}
    run = played(steps, units=units, materials=SALT, batches=3)
    assert run.notes() == [f"stuck: o/2 holds m-1, in bin-1, and waits for salt: {LEFT}; 1 more waits for that"]
    assert run.stuck()["o/3"].links[0] == "o/3 waits for bin: bin-1 has o/2"


def test_a_part_that_never_comes() -> None:
    steps = {
        "a": on("m"),
        "q": on("x", after=("a",)),
        "w": on("y", after=("a",), takes={"salt": {"amount": 80.0}}),
        "both": on("z", after=("q", "w")),
    }
    run = played(steps, materials=SALT, batches=1)
    root = "o/1/w holds m-1 and waits for salt: in store salt/0 (70 kg, released); nothing is on its way"
    assert run.notes() == [f"stuck: {root}; 1 more waits for that"]
    assert run.stuck()["o/1/q"].links == ("o/1/q holds x-1 and waits for w: o/1/w is still to come", root)


def test_a_load_for_which_no_more_batches_come() -> None:
    """Two go together; the third one is alone."""
    units = {"m": Unit(kind="m", holds=2, least=2)}
    assert told({"a": on("m")}, units=units, batches=3) == [
        "o/3 waits for load: more batches are wanted before its unit begins"
    ]
    assert told({"a": on("m")}, units={"m": units["m"].model_copy(update={"longest_wait": 5.0})}, batches=3) == []
    assert told({"a": on("m")}, units=units, batches=None, run={"horizon": 3.5}, release={"wip": 3}) == []


QC = {"qc": QualityTest(time=1.0, holds=2, least=2)}


def test_a_verdict_of_samples_that_wait_for_more() -> None:
    """Two samples are tested together; that of the third batch is alone."""
    assert told({"a": on("m", tests="qc")}, tests=QC, batches=3) == [
        "o/3 waits for qc: its sample waits for a load: more samples are wanted before they are tested together"
    ]


def test_a_lot_whose_test_waits_for_more() -> None:
    """With the first batch 20 kg are left, and 100 kg come at once, to be tested together with another lot."""
    salt = Material(stock=70.0, reorder=60.0, order=100.0, test="qc")
    run = played({"a": salted()}, materials={"salt": salt}, tests=QC)
    assert run.stuck()["o/2"].links == (
        "o/2 waits for salt: in store salt/0 (20 kg, released), salt/1 (100 kg, quarantine); nothing is on its way",
        "salt/1/qc waits: its sample waits for a load: more samples are wanted before they are tested together",
    )
    assert list(run.stuck()) == ["o/2"]


def test_a_repair_without_a_spare_part() -> None:
    """m-1 fails after 2 h and takes the one kit, and again after 2 h at work: it is down, with o/1 in it."""
    seal = {"seal": Failure(after=2.0, repair=1.0, takes="kit")}
    run = played({"a": on("m", 5.0)}, units={"m": Unit(kind="m", failures=("seal",))}, failures=seal, materials=KIT)
    root = f"m-1 is down by seal, and waits for kit: {NONE}"
    assert run.notes() == [f"stuck: {root}; 2 more wait for that"]
    assert run.stuck()["o/1"].links == ("o/1 is halted in m-1: seal", root)


def test_a_unit_that_locks_its_batch_in() -> None:
    """n-1 works until m-1 fails for the second time, as o/2 is done in it: it can't get out."""
    seal = {"seal": Failure(after=2.0, repair=1.0, takes="kit")}
    units = {"m": Unit(kind="m", failures=("seal",), locks=True), "n": Unit(kind="n")}
    steps = {"a": on("m", 2.0), "b": on("n")}
    run = played(steps, units=units, failures=seal, materials=KIT, batches=3)
    assert run.notes()[0].startswith(f"stuck: m-1 is down by seal, and waits for kit: {NONE}")


def test_maintenance_without_its_part() -> None:
    """After 5 h at work the one kit is used, after 10 h there is none: ten batches are made, and two are not."""
    oil = {"oil": Maintenance(every=5.0, lasts=1.0, takes="kit")}
    units = {"m": Unit(kind="m", maintenance=("oil",))}
    assert told({"a": on("m")}, units=units, maintenance=oil, materials=KIT, batches=12) == [
        f"m-1 is maintained: oil, and waits for kit: {NONE}; 2 more wait for that"
    ]


def test_a_utility_that_is_not_repaired() -> None:
    """It trips after 2 h, takes the one kit, and trips again at 5 h, as o/1 is done with 2 h, 2 h and 1 h."""
    trip = {"trip": Failure(after=2.0, repair=1.0, takes="kit", clock="calendar", work="pause")}
    wfi = {"wfi": Utility(makes=10.0, failures=("trip",))}
    run = played({"a": on("m", 5.0, needs={"run": {"wfi": 1.0}})}, utilities=wfi, failures=trip, materials=KIT)
    root = f"o/1 holds m-1 and waits for wfi (1 L/h): it is down by trip, and waits for kit: {NONE}"
    assert run.notes() == [f"stuck: {root}; 1 more waits for that"]


def test_a_crew_whose_shifts_are_too_short_for_what_was_drawn() -> None:
    """9 h were drawn, and a shift has 8 h; that it might be so is no error, since 9 h are no bound."""
    steps = {"a": on("m", NINE, work="fits", needs={"run": {"crew": 1}})}
    run = played(steps, pools={"crew": Pool(count=1, calendar="days")}, calendars=DAYS)
    never = "9 h are needed on end, and its longest shift has 8 h: that never fits"
    assert run.notes() == [
        "stuck: o/1 holds m-1 and waits for crew: nobody; none is there at that time; "
        + never
        + "; 1 more waits for that"
    ]
    assert run.why("o/1", at=7.0).links == (f"o/1 holds m-1 and waits for crew: nobody, of 1; {never}",)


@pytest.mark.parametrize("release", ["at once", "as taken"])
def test_a_unit_that_is_never_open_for_long_enough(release: str) -> None:
    unit = {"m": Unit(kind="m", calendar="days", work="fits")}
    who = "o/1 waits for m" if release == "at once" else "o/1 stands ready, is not begun and waits for m"
    assert told({"a": on("m", NINE)}, units=unit, calendars=DAYS, batches=1, release=release) == [
        f"{who}: m-1 is closed; 9 h are needed on end, and its longest shift has 8 h: that never fits"
    ]


def test_work_that_begins_anew_after_each_shift() -> None:
    """9 h are never done in shifts of 8 h; at 100 h the fifth shift is on, and o/1 is at it for the fifth time."""
    again = "9 h are needed on end, and the longest shift of {} has 8 h: it begins anew for ever; 1 more waits for that"
    crew = {"pools": {"crew": Pool(count=1, calendar="days")}, "calendars": DAYS, "run": {"horizon": 105.0}}
    steps = {"a": on("m", NINE, work="restart", needs={"run": {"crew": 1}})}
    assert told(steps, **crew) == [f"o/1 is in m-1 (a); {again.format('crew')}"]
    crew["run"] = {"horizon": 100.0}
    assert told(steps, **crew)[0].startswith(
        "o/1 holds m-1 and waits for crew: nobody; none is there at that time; 9 h"
    )
    unit = {"m": Unit(kind="m", calendar="days", work="restart")}
    assert told({"a": on("m", NINE)}, units=unit, calendars=DAYS) == [
        f"o/1 is halted in m-1: closed; {again.format('m-1')}"
    ]


def test_a_tank_that_never_carries_what_was_drawn() -> None:
    """A full tank of 300 L, into which 10 L/h flow, gives 100 L/h for 3.33 h: for 1 h thrice, and never for 9 h."""
    times = Trace(times=(1.0, 1.0, 1.0, 9.0))
    run = played(
        {"a": on("m", times, needs={"run": {"wfi": 100.0}})},
        utilities={"wfi": Utility(makes=10.0, tank=300.0)},
        batches=5,
    )
    assert run.notes() == [
        "stuck: o/4 holds m-1 and waits for wfi (100 L/h): 300 of 300 L are there, 10 L/h are made; nobody draws any; "
        "100 L/h for 9 h are more than it ever gives on end; 1 more waits for that"
    ]


def test_a_ring_of_a_batch_and_a_repair() -> None:
    """At 2 h o/1 keeps half of the one mechanic, and lacks water; whose repair wants the whole of him."""
    trip = {"trip": Failure(after=2.0, repair=1.0, pool="mechanic", clock="calendar", work="pause")}
    more: dict[str, Any] = {"utilities": {"wfi": Utility(makes=10.0, failures=("trip",))}, "failures": trip}
    step = on("m", 5.0, keeps={"mechanic": 0.5}, needs={"run": {"wfi": 1.0}})
    run = played({"a": step}, pools={"mechanic": Pool(count=1)}, batches=1, **more)
    ring = "it is down by trip, and waits for mechanic: o/1 (0.5), of 1"
    assert run.notes() == [f"stuck: o/1 holds m-1 and waits for wfi (1 L/h): {ring}"]


def test_a_clean_that_a_tank_never_carries() -> None:
    """The third clean lasts 9 h at 100 L/h, which a full tank of 300 L carries for 3.33 h: six of nine still wait."""
    clean = Clean(phases={"rinse": Phase(time=Trace(times=(1.0, 1.0, 9.0, 1.0)), needs={"wfi": 100.0})})
    units = {"m": Unit(kind="m", cleaning="c")}
    more: dict[str, Any] = {"units": units, "cleaning": {"c": Cleaning(when="at once", cleans={"minor": clean})}}
    run = played({"a": on("m")}, utilities={"wfi": Utility(makes=10.0, tank=300.0)}, batches=9, **more)
    full = "300 of 300 L are there, 10 L/h are made; nobody draws any"
    never = f"{full}; 100 L/h for 9 h are more than it ever gives on end"
    assert run.notes() == [f"stuck: m-1 is cleaned: minor, and waits for wfi (100 L/h): {never}; 6 more wait for that"]


def test_a_batch_whose_unit_is_never_clean() -> None:
    """The third clean of m-1, once o/4 has it, lasts 9 h at 100 L/h, which a full tank never carries; o/5 is behind."""
    clean = Clean(phases={"rinse": Phase(time=Trace(times=(1.0, 1.0, 9.0, 1.0)), needs={"wfi": 100.0})})
    rule = Cleaning(when="before use", cleans={"minor": clean})
    more: dict[str, Any] = {"units": {"m": Unit(kind="m", cleaning="c")}, "cleaning": {"c": rule}, "batches": 5}
    run = played({"a": on("m")}, utilities={"wfi": Utility(makes=10.0, tank=300.0)}, **more)
    assert list(run.stuck()) == ["o/4", "o/5", "m-1"]


def test_what_may_be_left_over_is_told_before_any_run(tmp_path: Path) -> None:
    """Two go together and two samples are tested together, of an order that ends; not of one without end."""
    units = {"m": Unit(kind="m", holds=2, least=2), "n": Unit(kind="n", holds=2, least=2, longest_wait=5.0)}
    plant = small({"a": on("m", tests="qc"), "b": on("n")}, units=units, tests=QC, batches=3)
    endless = plant.replace(orders={"o": Order(product="p", release={"wip": 2})})
    assert [str(each) for each in leftovers(plant)] == [
        "units.m: waits for 2 batches, so the last ones of an order may wait for ever: give it a 'longest wait'",
        "tests.qc: waits for 2 samples, so the last ones of an order may wait for ever: give it a 'longest wait'",
    ]
    assert list(leftovers(endless)) == []
    write_layout(plant, tmp_path / "plant.yaml")
    said = CliRunner().invoke(app, ["check", str(tmp_path / "plant.yaml")])
    assert said.exit_code == 0 and "\nnote: units.m: waits for 2 batches" in said.output


# ---- what is said while it waits -------------------------------------------------------------------------------------


def test_what_does_not_fit_is_told_with_its_hours() -> None:
    """Of a shift from 6 to 14 h two batches take 6 h; at 12.5 h 1.5 h are left, and the third one needs 3 h."""
    steps = {"a": on("m", 3.0, needs={"run": {"crew": 1}}, work="fits")}
    crew = {"pools": {"crew": Pool(count=1, calendar="days")}, "calendars": DAYS}
    run = played(steps, units={"m": Unit(kind="m", count=3)}, batches=3, **crew)
    assert run.why("o/3", at=12.5).links == (
        "o/3 holds m-3 and waits for crew: nobody, of 1; its shift leaves 1.5 h, 3 h are needed",
    )
    assert run.stuck() == {}
    unit = {"m": Unit(kind="m", calendar="days", work="fits")}
    run = played({"a": on("m", 3.0)}, units=unit, calendars=DAYS, batches=3)
    assert run.why("o/3", at=12.5).links == ("o/3 waits for m: m-1 is free; its shift leaves 1.5 h, 3 h are needed",)
    late = {"o": Order(product="p", batches=1, release="at once", start=12.0)}
    run = played({"a": on("m", 3.0)}, units=unit, calendars=DAYS, orders=late)
    assert run.why("o/1", at=12.5).links == ("o/1 waits for m: m-1 is free; its shift leaves 1.5 h, 3 h are needed",)
    run = played({"a": on("m", 3.0)}, units=unit, calendars=DAYS, batches=3, release="as taken")
    assert run.why("o", at=12.5).links[0].endswith("m-1 is free; its shift leaves 1.5 h, 3 h are needed")


def test_who_is_only_late_is_not_stuck() -> None:
    """All of these wait at 5 h, and for nothing for ever: for a shift, a delivery, a repair, a verdict, a unit."""
    salt = Material(stock=70.0, reorder=30.0, order=100.0, delivery=30.0)
    seal = {"seal": Failure(after=2.0, repair=9.0, pool="crew")}
    crew = {"pools": {"crew": Pool(count=1, calendar="days")}, "calendars": DAYS}
    plants: list[Scenario] = [
        small({"a": salted()}, materials={"salt": salt}),
        small({"a": on("m", 5.0, needs={"run": {"crew": 1}})}, **crew),
        small({"a": on("m", 5.0)}, units={"m": Unit(kind="m", failures=("seal",))}, failures=seal, **crew),
        small({"a": on("m", tests="qc"), "b": on("n")}, tests={"qc": QualityTest(time=9.0, needs={"crew": 1})}, **crew),
        small({"a": on("m", 50.0)}, batches=3),
    ]
    for plant in plants:
        run = simulate(plant)
        assert not Standstill(plant, run.state_at(5.0)).names
        assert len(run.state_at(5.0).batches) > 0


def test_what_a_hold_will_take_away_is_not_stuck() -> None:
    """The second batch may stand for 9 h before b, from 2 h on, and is lost at 11 h; then the third one, at 21 h."""
    steps = {"a": on("m", hold=9.0, after_hold="scrap"), "b": salted()}
    run = played(steps, materials=SALT, batches=3)
    assert [(row[0] / HOUR, row[3]) for row in run.record if row[1] == "scrap"] == [(11.0, "o/2"), (21.0, "o/3")]
    assert not Standstill(run.scenario, run.state_at(5.0)).names


def test_a_run_of_which_nobody_stands_still_says_nothing_of_it() -> None:
    run = played({"a": on("m")})
    assert run.stuck() == {} and run.notes() == [] and "stuck" not in str(run)
    order = {"o": Order(product="p", batches=2)}
    assert "stuck       o/2 waits for salt" in str(
        played({"a": salted()}, materials=SALT, orders=order | {"o": Order(product="p", batches=2, release="at once")})
    )


STILL = ("wait", "sample", "deviation", "impair")  # rows of a batch that stands, and of its unit
ANEW = ("begin", "halt", "close")  # of one that begins anew after each shift


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_whoever_is_said_to_stand_still_never_moves_again(plant: Scenario) -> None:
    """Told from the state at a third, and at two thirds, of a run that then goes on; some begin anew, and anew."""
    rows, calendars = play(plant), Shifts(*shifts(plant))
    for k in (1, 2):
        at = rows[-1][0] * k // 3 if rows else 0
        state = state_at(plant, rows, at)
        still = {name: STILL for name in Standstill(plant, state).names if name in state.batches}
        still |= {name: STILL + ANEW for name in still if again(state.batches[name], calendars)}
        assert [row for row in rows if row[0] > at and row[1] not in still.get(row[3], (row[1],))] == []

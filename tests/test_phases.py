"""Phases of a step on its unit, each with its time, crew and draw; worked out by hand, times in hours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import drying, lines, play, resumes, small, state_at, told
from pydantic import ValidationError
from test_invariants import INVARIANTS

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.engine.simulate import simulate
from plantsim.laws import Lognormal, Trace
from plantsim.layout import read_layout, write_layout
from plantsim.plant import Failure, Pool, Unit
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step, StepPhase
from plantsim.study.edits import paced
from plantsim.utility import Utility

STEAM = {"steam": Utility(unit="kg", makes=100.0)}
BATCH = Step(
    on="reactor",
    charge=0.5,
    phases={
        "heat": StepPhase(time=1.0, needs={"steam": 80.0}),
        "react": StepPhase(time=3.0),
        "cool": StepPhase(time=2.0, needs={"crew": 1}),
    },
    discharge=0.25,
    needs={"charge": {"crew": 1}},
)


def plant(step: Step = BATCH, batches: int = 1, count: int = 1, **more: object) -> Scenario:
    """Reactors with steam and a crew of one."""
    more = {"units": {"reactor": Unit(kind="reactor", count=count)}, **more}
    return small({"make": step}, batches=batches, utilities=STEAM, pools={"crew": Pool(count=1)}, **more)


def acts(run: Results, batch: str) -> list[tuple[str, float, float]]:
    """(act, from, until) [h] of a batch on its unit."""
    spans = run.spans("batches")
    mine = spans[(spans["batch"] == batch) & (spans["act"] != "")]
    return [(str(row.act), row.start, row.end) for row in mine.itertuples()]


def test_phases_follow_one_another_between_charge_and_discharge() -> None:
    """Charged until 0:30, heated to 1:30, react until 4:30, cooled until 6:30, emptied until 6:45; 80 kg of steam."""
    run = simulate(plant().check()).check()
    assert acts(run, "o/1") == [
        ("charge", 0.0, 0.5),
        ("heat", 0.5, 1.5),
        ("react", 1.5, 4.5),
        ("cool", 4.5, 6.5),
        ("discharge", 6.5, 6.75),
    ]
    assert 100.0 * run.utilities().loc["steam", "mean drawn"] == pytest.approx(80.0)


def test_two_that_heat_take_turns_at_the_steam() -> None:
    """The crew charges one until 0:30, the other until 1:00; the first heats from 0:30 to 1:30 with 80 of 100 kg/h, so
    the other waits for steam from 1:00 to 1:30 and heats until 2:30, reacts until 5:30.  The first is cooled by the
    crew from 4:30 to 6:30; the other waits for it from 5:30 on, and is cooled until 8:30, discharged until 8:45."""
    run = simulate(plant(batches=2, count=2).check()).check()
    assert acts(run, "o/2")[1:] == [
        ("heat", 1.5, 2.5),
        ("react", 2.5, 5.5),
        ("cool", 6.5, 8.5),
        ("discharge", 8.5, 8.75),
    ]
    waits = ["0 wait reactor-2 o/2 crew", "1 wait reactor-2 o/2 steam", "5.5 wait reactor-2 o/2 crew"]
    assert told(run.record, "wait") == waits


def test_what_all_acts_need_is_needed_by_phases_too() -> None:
    """The crew stays for 0:30 + 1:00 + 3:00 + 0:15 = 4:45; the second reactor begins then, and ends at 9:30."""
    step = Step(on="reactor", charge=0.5, phases={"heat": {"time": 1.0}, "react": {"time": 3.0}}, discharge=0.25,
                needs={"crew": 1})  # fmt: skip
    run = simulate(plant(step, batches=2, count=2).check()).check()
    assert [row[0] / HOUR for row in run.record if row[1] == "done"] == [4.75, 9.5]
    assert sum(row[1] == "begin" for row in run.record) == 2  # all of it is one claim


@pytest.mark.parametrize(("work", "end"), [("pause", 7.75), ("restart", 9.75)])
def test_phases_are_work_of_the_unit(work: str, end: float) -> None:
    """A failure after 2 h of work strikes at 2:30, since the charge of 30 min is none: 1 h into the reaction.

    The repair takes until 3:30.  What pauses goes on then, and ends an hour late, at 7:45.  What begins anew does so
    from its last claim on, that of the steam to heat it, which the reaction needed no more of: 3:30 + 1:00 + 3:00 +
    2:00 + 0:15 = 9:45.
    """
    unit = Unit(kind="reactor", failures=("seal",))
    seal = Failure(after=Trace(times=(2.0, 1000.0)), repair=1.0, work=work)
    rows = resumes(plant(units={"reactor": unit}, failures={"seal": seal}), 10, 4)
    assert told(rows, "fail") == ["2.5 fail reactor-1 o/1 seal"]
    assert [row[0] / HOUR for row in rows if row[1] == "done"] == [end]


def test_the_run_comes_where_the_phases_name_it() -> None:
    """Heated for 1 h, dried as the model says, cooled for 30 min; without a place the run comes last.

    Of 20 % of moisture the model dries for 1 h to 3 h: what its outcome says; minor stops lengthen that alone.
    """
    heat = {"heat": {"time": 1.0}}
    assert Step(on="m", model=drying, phases=heat).acts == ("transfer", "charge", "heat", "run", "discharge")
    assert Step(on="m", phases=heat).acts == ("transfer", "charge", "heat", "discharge")
    step = Step(on="reactor", model=drying, phases={"heat": {"time": 1.0}, "run": {}, "cool": {"time": 0.5}})
    run = simulate(plant(step).check()).check()
    hours = next(row[8][0] for row in run.record if row[1] == "outcome")
    assert 1.0 < hours < 3.0
    known = [name for name, *_ in acts(run, "o/1")], [begin for _, begin, _ in acts(run, "o/1")]
    assert known == (["heat", "run", "cool"], pytest.approx([0.0, 1.0, 1.0 + hours], abs=1e-6))
    resumes(plant(step), 4, 4)


def test_minor_stops_keep_who_is_there_for_the_run_and_lengthen_what_follows() -> None:
    """A run of 2:30 stops after 1 h and after 2 h for 15 min: over at 3:00; the crew is needed until then.

    What is held for 1 h after it needs nobody: the first is done at 4:00, the second begins at 3:00.
    """
    phases = {"run": {"time": 2.5, "needs": {"crew": 1}}, "hold": {"time": 1.0}}
    unit = Unit(kind="reactor", count=2, minor_stops={"every": 1.0, "lasts": 0.25})
    run = simulate(plant(Step(on="reactor", phases=phases), batches=2, units={"reactor": unit}).check()).check()
    assert told(run.record, "begin", "done") == lines(
        """
        0 begin reactor-1 o/1
        3 begin reactor-2 o/2
        4 done o/1
        7 done o/2
        """
    )


def test_what_a_model_draws_is_drawn_in_the_run_and_not_in_the_phases_before() -> None:
    """Warmed up for 1 h without a draw; the model then draws 10 kW from 1:00 on."""
    step = Step(on="reactor", model=drying, phases={"warm": {"time": 1.0}, "run": {}})
    heat = {"heat": Utility(unit="kWh", makes=100.0)}
    run = simulate(small({"make": step}, batches=1, utilities=heat).check()).check()
    drawn = run.utility("heat")
    first = drawn[drawn["drawn"] > 0.0].iloc[0]
    assert (first["start"], first["drawn"]) == (1.0, 10.0)


def test_a_run_by_the_rate_of_its_unit_has_a_place_too() -> None:
    """Set up for 1 h, 100 kg at 50 kg/h for 2 h, emptied for 30 min: 3:30."""
    step = Step(on="reactor", phases={"set up": {"time": 1.0}, "run": {}, "empty": {"time": 0.5}})
    run = simulate(plant(step, units={"reactor": Unit(kind="reactor", rate=50.0)}).check()).check()
    assert acts(run, "o/1") == [("set up", 0.0, 1.0), ("run", 1.0, 3.0), ("empty", 3.0, 3.5)]


def test_a_phase_slows_down_where_it_may() -> None:
    """Two reactors heat at once with 80 kg/h of 100: the second begins with the 20 that are left, a quarter, as it may.

    It heats for 4 h, from 1:00 to 5:00, 20 kg/h: 80 kg, as much as the first.
    """
    heat = StepPhase(time=1.0, needs={"steam": 80.0}, slows=0.25)
    step = Step(on="reactor", charge=0.5, phases={"heat": heat}, needs={"charge": {"crew": 1}})
    run = simulate(plant(step, batches=2, count=2).check()).check()
    assert acts(run, "o/1")[1] == ("heat", 0.5, 1.5)
    assert acts(run, "o/2")[1] == ("heat", 1.0, 5.0)
    assert 100.0 * run.utilities().loc["steam", "mean drawn"] == pytest.approx(160.0)


def test_what_may_be_slow_need_not_be_slow_to_be_sound() -> None:
    """Steam is made for 8 h on end: 4 h at 20 kg/h fit, which at the least share would be 13 h 20 min."""
    step = Step(on="reactor", phases={"heat": {"time": 4.0, "needs": {"steam": 20.0}, "slows": 0.3}})
    steam = {"steam": Utility(unit="kg", makes=100.0, calendar="day")}
    day = {"day": Calendar(open=((0.0, 8.0),), period=24.0)}
    made = small({"make": step}, batches=1, utilities=steam, calendars=day)
    assert acts(simulate(made.check()), "o/1") == [("heat", 0.0, 4.0)]


def test_what_may_be_slow_begins_when_its_full_rates_are_carried() -> None:
    """Of 100 kg/h, made until 8:00, the first takes 80 until 4:00: the 20 that are left are less than a third of 80.

    A third would take 12 h, which no day has on end; at its full rate the other fits from 4:00 to 8:00, and begins at
    4:00, not on the next day or never.
    """
    heat = StepPhase(time=4.0, needs={"steam": 80.0}, slows=1 / 3)
    steam = {"steam": Utility(unit="kg", makes=100.0, calendar="day")}
    day = {"day": Calendar(open=((0.0, 8.0),), period=24.0)}
    reactors = {"reactor": Unit(kind="reactor", count=2)}
    step = Step(on="reactor", phases={"heat": heat})
    made = small({"make": step}, batches=2, utilities=steam, calendars=day, units=reactors)
    assert told(made_rows := resumes(made.check(), 10, 4), "done") == ["4 done o/1", "8 done o/2"]
    assert told(made_rows, "wait") == ["0 wait reactor-2 o/2 steam"]


def test_who_may_heat_slowly_is_not_told_as_stuck() -> None:
    """160 kg/h are never there, but half of it is: the first heats with all 100 for 2:24; the other waits at 1:00."""
    heat = StepPhase(time=1.5, needs={"steam": 160.0}, slows=0.5)
    run = simulate(plant(Step(on="reactor", phases={"heat": heat}), batches=2, count=2, run={"horizon": 1.0}).check())
    assert told(run.record, "wait") == ["0 wait reactor-2 o/2 steam"]
    assert not run.stuck()


def test_means_bounds_and_edits_know_phases() -> None:
    """A batch keeps its reactor for 6:45, so one reactor makes 168 / 6.75 batches a week; pace is of all phases.

    The crew works for 0:30 + 2:00 a batch.
    """
    scenario = plant(batches=2)
    limits = {each.name: each for each in scenario.mean().limits}
    assert limits["reactor"].most == pytest.approx(168 / 6.75)
    assert limits["crew"].hours == pytest.approx(2.5)
    quick = paced(BATCH, 0.5)
    assert [quick.law(act).value for act in quick.acts if quick.law(act)] == [0.25, 0.5, 1.5, 1.0, 0.125]


def test_phases_are_read_and_written(tmp_path: Path) -> None:
    """A file with phases, rates in units of measure, and needs of all acts said once, is read as it was written."""
    scenario = plant(Step(on="reactor", time=2.0, phases=BATCH.phases, needs={"crew": 1})).check()
    write_layout(scenario, tmp_path / "plant.yaml")
    assert read_layout(tmp_path / "plant.yaml") == scenario
    assert "steam: 80 kg/h" in (tmp_path / "plant.yaml").read_text()
    assert "needs: {crew: 1}" in (tmp_path / "plant.yaml").read_text()
    untimed = plant(Step(on="reactor", phases={"heat": {"time": 1.0}}, needs={"crew": 1})).check()
    write_layout(untimed, tmp_path / "untimed.yaml")
    assert read_layout(tmp_path / "untimed.yaml") == untimed


HEAT = {"heat": {"time": 1.0}}


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"phases": {"heat": {}}}, "'heat' has no time: only the phase 'run' takes that of its step, model or unit"),
        ({"phases": {"charge": {"time": 1.0}}}, "'charge' is an act that each step may have: give it beside 'phases'"),
        ({"phases": {"clean it": {"time": 1.0}}}, "'clean it' is what the record calls something else: give the phase"),
        (
            {"phases": HEAT, "needs": {"heta": {"c": 1}}},
            "unknown word 'heta'; did you mean 'heat'?",
        ),
        ({"time": 1.0, "phases": {"run": {"time": 2.0}}}, "the phase 'run' has a time, and so has the step: give one"),
    ],
)
def test_phases_that_make_no_sense_are_faults(said: dict[str, object], rule: str) -> None:
    """Each says what is wrong and what to do."""
    with pytest.raises(ValidationError) as found:
        Step(on="reactor", **said)
    assert rule in str(found.value)


def test_a_run_with_phases_goes_on_from_any_time() -> None:
    """Times by chance, two reactors, a crew and steam for one: gone on from each quarter of an hour it is the same."""
    phases = {"heat": {"time": Lognormal(mean=1.0, cv=0.5), "needs": {"steam": 80.0}},
              "react": {"time": Lognormal(mean=3.0, cv=0.5)}, "cool": {"time": 2.0, "needs": {"crew": 1}}}  # fmt: skip
    step = Step(on="reactor", charge=0.5, phases=phases, needs={"charge": {"crew": 1}}, work="pause")
    resumes(plant(step, batches=3, count=2), 16, 4)


LENGTHS = st.sampled_from([0.0, 0.5, 1.0, 2.0, {"lognormal": {"mean": 1.0, "cv": 0.7}}, {"exponential": 1.5}])
USES = st.sampled_from([{}, {"crew": 1}, {"crew": 2}, {"steam": 80.0}, {"crew": 1, "steam": 40.0}])
WORK = st.sampled_from(["finish", "pause", "restart", "scrap"])


@st.composite
def phased(draw: st.DrawFn) -> Scenario:
    """Two reactors that fail, with minor stops and a clean, a crew in shifts, and steps of several phases."""
    parts = draw(st.lists(st.sampled_from(["heat", "run", "hold", "cool"]), unique=True, max_size=4))
    phases = {name: {"time": draw(LENGTHS), "needs": draw(USES)} for name in parts if name != "run"}
    for phase in phases.values():  # what is drawn may be slow
        phase["slows"] = draw(st.sampled_from([None, 0.3, 0.7])) if "steam" in phase["needs"] else None
    phases = {name: phases.get(name, {"needs": draw(USES)}) for name in parts}
    model = draw(st.sampled_from([None, drying]))
    step = Step(
        on="reactor",
        time=None if model else draw(LENGTHS),
        model=model,
        phases=phases,
        charge=draw(LENGTHS),
        needs={"charge": draw(USES)},
        work=draw(WORK),
        longest_pause=draw(st.sampled_from([None, 3.0])),
    )
    stops = draw(st.sampled_from([None, {"every": 0.5, "lasts": 0.1}]))
    return small(
        {"make": step},
        batches=4,
        units={"reactor": Unit(kind="reactor", count=2, failures=("seal",), minor_stops=stops, cleaning="rinse")},
        cleaning={"rinse": {"when": "at once", "minor": 0.5, "needs": {"crew": 1}}},
        failures={"seal": Failure(after={"exponential": 6.0}, repair=1.0, work=draw(WORK))},
        pools={"crew": Pool(count=2, calendar="day")},
        calendars={"day": Calendar(open=((0.0, 10.0), (12.0, 20.0)), period=24.0)},
        utilities={
            "steam": Utility(
                unit="kg",
                makes=100.0,
                tank=draw(st.sampled_from([None, 300.0])),
                calendar=draw(st.sampled_from(["", "day"])),
            )
        },
        run={"horizon": 60.0},
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(phased())
def test_plants_with_phases_keep_all_that_others_keep(scenario: Scenario) -> None:
    """Balances, states that tile time, nobody passed, gone on from any state: with phases, halts, models, shifts."""
    rows = play(scenario)
    for check in INVARIANTS:
        check(scenario, rows)
    for time in range(0, 48 * HOUR, 7 * HOUR // 2):
        assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]

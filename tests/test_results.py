"""Results of real runs: figures agree with one another and with the record, stories tell who held what was lacking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plantsim.calendars import Calendar
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.record import HOUR, Record
from plantsim.reported import as_json, from_json, line
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.spans import window
from plantsim.state import fold
from plantsim.step import Step


def plant(**changes: Any) -> Scenario:
    """A mill, two presses behind a store of two places, a crew in one shift, and presses that break down."""
    scenario = Scenario(
        name="Tablets",
        start="2027-03-01T06:00",
        units={
            "mill": Unit(kind="mill", cleaning="wet"),
            "press": Unit(kind="tablet press", count=2, rate=15.0, failures=("seal",)),
        },
        buffers={"store": Buffer(places=2)},
        pools={"crew": Pool(count=2, calendar="days"), "mechanics": Pool(count=1)},
        links=("mill -> store", "store -> press", "mill -> press"),
        calendars={"days": Calendar(open=((0, 16),), period=24.0)},
        failures={"seal": Failure(after={"exponential": {"mean": 9.0}}, repair=2.0, pool="mechanics")},
        cleaning={"wet": Cleaning(when="at once", minor=0.5)},
        products={
            "statin": Product(
                batch=100.0,
                steps={
                    "grind": Step(on="mill", time=1.5, charge=0.25, needs={"charge": {"crew": 1}}),
                    "compress": Step(on="tablet press", yield_=0.98),
                },
            )
        },
        orders={"march": Order(product="statin", batches=60, due=50.0)},
        run={"horizon": 150.0},
        report={"from": 10.0},
    )
    return scenario.replace(**changes)


@pytest.fixture(scope="module")
def run() -> Results:
    return simulate(plant(), seed=1)


def test_a_run_passes_its_own_checks(run: Results) -> None:
    assert run.check() is run


def test_windows_are_in_hours_and_must_lie_in_the_run(run: Results) -> None:
    assert run.window == (10.0, 150.0)
    assert run.cut(0.0, 20.0) == (0, 20 * HOUR)
    for from_, to in ((20.0, 10.0), (0.0, 151.0), (20.0, 20.0)):
        with pytest.raises(PlantsimError, match="must lie in the run, which goes from 0 h to 150 h"):
            run.cut(from_, to)


def test_a_run_that_ends_before_the_warm_up_is_reported_whole() -> None:
    short = simulate(plant(), seed=1, horizon=8.0)
    assert short.window == (0.0, 8.0)
    assert "reported from 0 h" in str(short)


def test_figures_agree_with_the_record(run: Results) -> None:
    figures = run.figures()
    done = [row for row in run.record if row[1] == "done" and row[0] > 10 * HOUR]
    assert figures["batches [1]"] == len(done)
    assert figures["mass [kg]"] == pytest.approx(98.0 * len(done))
    assert figures["batches a week [1/week]"] == pytest.approx(len(done) * 168 / 140)
    assert run.throughput(0.0).loc["all", "batches"] == sum(row[1] == "done" for row in run.record)
    summary = run.summary()
    assert summary.loc["mass a week", "unit"] == "kg/week"
    assert summary.loc["mass a week", "value"] == figures["mass a week [kg/week]"]


def test_shares_of_all_states_make_one(run: Results) -> None:
    for by in ("unit", "name", "kind"):
        for of in ("calendar", "scheduled", "available"):
            shares = run.utilisation(of, by)  # type: ignore[arg-type]
            assert shares.iloc[:, 1:].sum(axis=1).tolist() == pytest.approx([1.0] * len(shares))
    assert run.utilisation(by="kind").index.tolist() == ["mill", "tablet press"]
    with pytest.raises(PlantsimError, match="not grouped by 'kinds'; did you mean 'kind'"):
        run.utilisation(by="kinds")


def test_repairs_of_a_constant_time_take_that_and_the_waiting(run: Results) -> None:
    stops = run.stops(0.0)
    assert stops["stops"].sum() == sum(row[1] == "fail" for row in run.record)
    assert (stops["hours to repair"] - stops["of which waiting"]).tolist() == pytest.approx([2.0, 2.0])


def test_the_presses_hold_this_plant_back(run: Results) -> None:
    frame = run.bottleneck(by="kind")
    assert frame["sole"].idxmax() == "tablet press"
    assert frame.index[frame["turning point"]].tolist() == ["tablet press"]
    assert run.bottleneck()["kind"].tolist() == ["mill", "tablet press", "tablet press"]
    assert "tablet press holds back most" in str(run)


def test_a_planned_time_is_all_that_a_rate_gives(run: Results) -> None:
    """A batch of 100 kg takes 100 / 15 h: but for those that the window cuts, presses are as effective as planned."""
    figures = run.iso22400()
    assert figures.loc["press-1", "effectiveness"] == pytest.approx(1.0, abs=0.1)
    assert run.iso22400(by="kind").loc["mill", "quality ratio"] == 1.0


def test_time_elements_are_changed_through_the_scenario() -> None:
    changed = simulate(plant(report={"from": 10.0, "elements": {"holding": "out", "charge": "ASUT"}}), seed=1)
    figures = changed.iso22400().loc["mill-1"]
    assert figures["ADET"] == 0.0
    assert figures["ASUT"] > 0.0


def test_orders_pools_buffers_and_mass(run: Results) -> None:
    march = run.orders().loc["march"]
    assert march["batches"] == 60
    assert march["done"] + march["in plant"] <= 60
    assert run.pools().loc["crew", "most in use"] <= 2
    assert run.buffers().loc["store", "most"] == 2
    assert abs(run.mass_balance()["gap"]) < 1e-9 * run.mass_balance()["in"]
    assert run.wip()["number"].max() <= 5


def test_an_order_is_late_when_its_last_batch_is() -> None:
    done = simulate(plant(orders={"march": Order(product="statin", batches=3, due=1.0)}), seed=1).orders().loc["march"]
    assert done[["done", "in plant"]].tolist() == [3, 0]
    assert done["late"] == done["done at"] - 1.0


def test_spans_are_cut_to_the_window_in_hours(run: Results) -> None:
    units = run.spans("units")
    assert units["start"].min() == 10.0
    assert units["hours"].sum() == pytest.approx(3 * 140.0)
    assert run.spans("lives")["start"].min() == 0.0
    assert len(run.frame()) == len(run.record)


# ---- the state at a time ---------------------------------------------------------------------------------------------


def test_the_state_at_a_time_is_the_fold(run: Results) -> None:
    at = run.state_at(33.3)
    assert at == fold(run.start.copy(), run.record.before(at.time), at.time)
    assert at.time == round(33.3 * HOUR)
    with pytest.raises(PlantsimError, match="the run goes from 0 h to 150 h, not 151 h"):
        run.state_at(151.0)


def test_a_run_that_goes_on_from_a_state_has_the_same_stays(run: Results) -> None:
    rest = simulate(plant(), seed=1, start=run.state_at(40.0)).check()
    assert rest.window == (40.0, 150.0)
    for kind in ("batches", "buffers"):
        whole = window(run.all_spans[kind], 40 * HOUR, 150 * HOUR).astype(object).reset_index(drop=True)
        assert rest.all_spans[kind].astype(object).equals(whole)
    assert rest.throughput().equals(run.throughput(40.0))


# ---- stories ---------------------------------------------------------------------------------------------------------


def test_the_story_of_a_batch_says_who_held_what_it_lacked(run: Results) -> None:
    story = run.story("march/7")
    stored = story.frame[story.frame["state"] == "stored"].iloc[0]
    assert stored["cause"] == "tablet press"
    assert "press-1: " in stored["held by"]
    assert "press-2: " in stored["held by"]
    assert story.frame["start"].tolist()[1:] == story.frame["end"].tolist()[:-1]
    assert str(story).startswith("march/7\n0 d ")
    assert story._repr_html_().count("<tr>") == len(story.frame) + 1


def test_the_story_of_a_unit_names_causes(run: Results) -> None:
    frame = run.story("press-1").frame
    assert (frame.loc[frame["state"] == "down", "cause"].str.startswith("seal")).all()
    waits = run.story("mill-1").frame
    lacking = waits[(waits["state"] == "holding") & (waits["cause"] == "crew")]
    assert "none is there at that time" in lacking["held by"].iloc[0], "the crew is off at night"


def test_a_wrong_name_is_corrected(run: Results) -> None:
    with pytest.raises(PlantsimError, match="no batch or unit 'pres-2'; did you mean 'press-2'"):
        run.story("pres-2")


# ---- files and print -------------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(run: Results, tmp_path: Path) -> None:
    again = Results.load(run.save(tmp_path / "run"))
    assert again.scenario == run.scenario
    assert list(again.record) == list(run.record)
    assert again.figures() == run.figures()
    assert again.manifest == run.manifest
    kept = json.loads((tmp_path / "run" / "kpis.json").read_text())
    assert kept["batches [1]"] == run.figures()["batches [1]"]


def test_a_manifest_tells_runs_apart(run: Results) -> None:
    manifest = run.manifest
    assert manifest["seed"] == 1
    assert {"python", "plantsim", "simpy", "numpy", "pandas", "networkx", "plotly"} < set(manifest)
    other = Results(plant(horizon=151.0), Record(until=HOUR)).manifest
    assert other["scenario sha256"] != manifest["scenario sha256"]
    assert Results(plant(), Record(until=HOUR)).manifest["scenario sha256"] == manifest["scenario sha256"]


def least_slack(claim: Any, unit: Any, now: float) -> object:
    return claim.due - now - claim.hours_to_go


def test_own_code_is_written_as_its_path() -> None:
    text, own = as_json(plant(dispatch=least_slack))
    assert own == [f"{__name__}:least_slack"]
    assert from_json(text).run.dispatch == own[0]


def test_print_is_six_lines(run: Results) -> None:
    lines = str(run).splitlines()
    assert [each.split()[0] for each in lines] == ["run", "made", "lead", "in", "busy", "bottleneck"]
    assert run._repr_html_().count("<tr>") == 6


def test_a_plant_that_is_pushed_says_so() -> None:
    slow = simulate(plant(orders={"march": Order(product="statin", release={"every": 10.0})}), seed=1)
    assert slow.notes() == ["march released by the clock: throughput is that of the orders, not a capacity"]
    fast = simulate(plant(orders={"march": Order(product="statin", release={"every": 1.0})}), seed=1)
    assert "the queue before the first step grew from" in fast.notes()[0]
    assert simulate(plant(), seed=1).notes() == []


# ---- what reports ask of a scenario ----------------------------------------------------------------------------------


def steps(*kinds: str) -> dict[str, Step]:
    return {f"{number} {kind}": Step(on=kind, time=1.0) for number, kind in enumerate(kinds)}


@pytest.mark.parametrize(
    ("routes", "stages"),
    [
        ([("mill", "tablet press")], ["mill", "tablet press"]),
        ([("mill", "tablet press"), ("tablet press",)], ["mill", "tablet press"]),
        ([("mill", "tablet press", "mill")], []),
        ([("mill",), ("tablet press",)], []),
        ([("tablet press", "press-1")], []),
    ],
)
def test_what_is_a_line(routes: list[tuple[str, ...]], stages: list[str]) -> None:
    products = {f"p{k}": Product(batch=100.0, steps=steps(*route)) for k, route in enumerate(routes)}
    assert [word for word, _ in line(plant(products=products))] == stages

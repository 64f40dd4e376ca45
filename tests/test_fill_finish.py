"""The fill and finish plant plays a year, and what is said of it is what the runs say."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from plantsim.chance import HOUR
from plantsim.contracts import Equipment
from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout
from plantsim.results import Results

FILE = Path(__file__).parents[1] / "layouts" / "fill_finish.yaml"


@cache
def year(change: str = "") -> Results:
    """A year of it, perhaps with a change, always on the same luck."""
    return simulate(read_layout(FILE, change) if change else read_layout(FILE), seed=1)


def made(change: str = "") -> float:
    return year(change).figures()["batches a week [1/week]"]


def loads(run: Results) -> list[int]:
    """Batches of each load of a freeze dryer: who rides is told right after the one that leads."""
    told = [row for row in run.record if row[2].startswith("dryer") and row[1] in ("grant", "ride")]
    sizes = [len(list(group)) for kind, group in groupby(told, key=lambda row: row[1]) if kind == "ride"]
    assert set(sizes) == {1}  # a dryer holds two
    return [2] * len(sizes) + [1] * (sum(row[1] == "grant" for row in told) - len(sizes))


def test_a_year_holds_what_must_hold_of_any_run() -> None:
    run = year().check()
    assert run.until == 8736.0
    assert run.solver["calls"] < 0.1 * sum(row[1] == "grant" for row in run.record)


def test_filling_takes_as_long_as_its_vials_and_its_stops() -> None:
    """25,000 vials at 125 a minute are 200 min, and a stop of 3 min an hour makes 10 min of it: 3.5 h on average.

    Of the times' variance, by Poisson and exponential: 3.33 stops x 2 x (0.05 h)^2, so 0.129 h.
    """
    units = year().all_spans["units"]
    filled = units[
        units["unit"].astype(str).str.startswith("filler") & (units["step"] == "fill") & (units["state"] == "busy")
    ]
    hours = (filled["end"] - filled["start"]).groupby(filled["act"].astype(str)).sum() / HOUR
    fills = sum(row[1] == "outcome" and row[4] == "fill" for row in year().record)
    assert hours["run"] / fills == pytest.approx(200.0 / 60.0, rel=0.005)  # the load cell is right on average
    assert abs((hours["run"] + hours["minor stops"]) / fills - 3.5) < 4.0 * 0.129 / fills**0.5 + 0.005 * 3.5


def test_the_freeze_dryers_limit_it_on_paper_and_in_the_run() -> None:
    """By the mean run, and by the run that holds back most; that makes less than 60 % of what full dryers would."""
    mean = read_layout(FILE).mean()
    assert mean.limiting.name == "freeze dryer"
    assert year().bottleneck(by="kind").attrs["says"].startswith("freeze dryer holds back most")
    assert made() < 0.6 * mean.limiting.most


def test_dryers_are_half_empty_so_another_dryer_and_another_filling_line_help_and_people_do_not() -> None:
    """Two loads in five and more are of one batch, for the other is not filled in time;
    with two lines less than one in five.

    A dryer or a line more makes half a batch a week more at least; people more make none.
    """
    alone = loads(year()).count(1)
    assert alone > 0.4 * len(loads(year()))
    assert loads(year("units.filler.count=2")).count(1) < 0.2 * len(loads(year("units.filler.count=2")))
    assert min(made("units.dryer.count=3"), made("units.filler.count=2")) > made() + 0.5
    assert made("pools.filling crew.count=6") == made("pools.qc analysts.count=9") == made()


def test_below_capacity_few_vials_stand_for_too_long() -> None:
    """Every batch that is released as taken, almost; one in five if one is released every 36 h."""

    def shares(run: Results) -> float:
        late = run.deviations()
        filled = sum(row[1] == "grant" and row[4] == "freeze dry" for row in run.record) + sum(
            row[1] == "ride" for row in run.record
        )
        return float((late["step"] == "freeze dry").sum() / filled)

    assert shares(year()) > 0.8
    assert shares(year("orders.year.release=every 36 h")) < 0.25


@pytest.mark.parametrize("product", ["peptide", "antiviral"])
def test_the_phases_of_drying_are_within_the_published_ranges(product: str) -> None:
    """Freezing takes 2 to 8 h, primary drying 20 to 60 h, secondary drying 4 to 12 h: of the usual batch."""
    scenario = read_layout(FILE)
    recipe = scenario.products[product]
    told = recipe.steps["freeze dry"].model(recipe.model_charges["freeze dry"], Equipment(), lambda _: 0.5).quality
    ranges = {"freezing": (2.0, 8.0), "primary drying": (20.0, 60.0), "secondary drying": (4.0, 12.0)}
    for name, (least, most) in ranges.items():
        assert least < told[f"{name}: hours"] < most
    hours = [row[8][0] for row in year().record if row[1] == "outcome" and row[4:6] == ("freeze dry", product)]
    assert 1.0 < max(hours) / min(hours) < 1.3


def test_no_batch_leaves_before_its_test_for_sterility() -> None:
    """The test takes 14 days from its sample on, and each of the 300 batches of a year has it."""
    sampled: dict[str, int] = {}
    waited = []
    for row in year().record:
        if row[1] == "sample" and row[7] == "sterility":
            sampled[row[3]] = row[0]
        if row[1] == "done":
            waited.append(row[0] - sampled[row[3]])
    assert len(waited) > 250
    assert min(waited) >= 14 * 24 * HOUR


def test_materials_are_bought_in_time() -> None:
    """Each is ordered anew, and fills wait for vials and stoppers for less than 100 h in all."""
    rows = list(year().record)
    for material in year().scenario.materials:
        bought = [row for row in rows if row[1] == "purchase" and row[7] == material]
        assert bought, material
    waited = year().waiting()["hours"]
    assert sum(hours for (_, cause), hours in waited.items() if cause in ("vials", "stoppers")) < 100.0


def test_what_happens_at_one_instant_is_in_the_same_order_after_a_resume() -> None:
    """At that time a batch goes into a buffer, and its sample waits for analysts: whatever else is due then."""
    scenario = read_layout(FILE).replace(horizon=1000.0)
    run = simulate(scenario, seed=1)
    at = int(743.153 * HOUR)
    again = simulate(scenario, seed=1, start=run.state_at(743.153))
    assert list(again.record) == [row for row in run.record if row[0] > at]

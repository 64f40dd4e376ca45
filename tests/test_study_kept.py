"""Kept results: a study that was killed goes on, and ends as the one that was not; another study is not mixed in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_study import WEEKLY, late, line

from plantsim.errors import PlantsimError
from plantsim.layout import read_layout
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.reported import files
from plantsim.results import Results
from plantsim.scenario import RunPlan, Scenario
from plantsim.step import Step
from plantsim.study import FIGURE, Precision, compare, replicate, warm_up
from plantsim.study.edits import paced_on

SHORT = line().replace(horizon=60.0)


def weekly(run: Results) -> dict[str, float]:
    """What it makes a week, and how long that takes, counted in the record."""
    done = sum(row[1] == "done" for row in run.record)
    return {WEEKLY[1]: done * 168.0 / run.until, "lead time [h]": run.until / done}


ALONE: dict[str, Any] = {"also": weekly, "only": True}  # nothing else is read, which takes most of the time
STUDY = """
import sys
sys.path.insert(0, {tests!r})
from test_study import line
from plantsim.study import compare, kept

if __name__ == "__main__":
    kept.SECONDS = 0.0  # a block each run
    compare({{"a": line(), "b": line().with_units("press", 2)}}, 6, seed=3, folder={folder!r})
"""


def test_a_killed_study_continued_equals_the_uninterrupted_one(tmp_path: Path) -> None:
    """Killed by SIGKILL with all its processes as soon as a first block is written: to the last digit."""
    folder, scenarios = tmp_path / "kept", {"a": line(), "b": line().with_units("press", 2)}
    code = STUDY.format(tests=str(Path(__file__).parent), folder=str(folder))
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    for _ in range(1200):
        if [*folder.glob("block-*.parquet")]:
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    ready = sum(pd.read_parquet(file)[["scenario", "replication"]].drop_duplicates().shape[0]
                for file in folder.glob("block-*.parquet"))  # fmt: skip
    assert 0 < ready < 12  # there is something, and something is missing
    told: list[float] = []
    with ThreadPoolExecutor(1) as one:
        continued = compare(scenarios, 6, seed=3, folder=folder, executor=one, progress=told.append)
    assert told[0] == pytest.approx((ready + 1) / 12)  # what is there is not made again
    pd.testing.assert_frame_equal(continued.frame, compare(scenarios, 6, seed=3).frame, check_exact=True)


def test_the_folder_is_read_by_others(tmp_path: Path) -> None:
    """pandas and DuckDB read all blocks as one table; the manifest says what they hang on."""
    trial = replicate(line(), 3, folder=tmp_path)
    frame = pd.read_parquet([*tmp_path.glob("block-*.parquet")])
    mine = frame[(frame["table"] == FIGURE) & (frame["row"] == WEEKLY[1])].sort_values("replication")
    assert mine["value"].tolist() == trial.values()[WEEKLY].tolist()
    duckdb = pytest.importorskip("duckdb")
    query = f"select avg(value) from '{tmp_path}/*.parquet' where \"row\" = '{WEEKLY[1]}'"
    assert duckdb.sql(query).fetchall()[0][0] == pytest.approx(trial.interval(WEEKLY).mean)
    assert json.loads((tmp_path / "manifest.json").read_text())["seed"] == 1


def test_a_study_of_something_else_is_not_mixed_in(tmp_path: Path) -> None:
    """Another seed, another scenario of that name, other figures; more replications and scenarios are welcome."""
    replicate(line(), 1, folder=tmp_path)
    (tmp_path / ".block-half.parquet.1").write_bytes(b"half a file of a killed process")
    with pytest.raises(PlantsimError, match=r"holds a study with seed 1, not 2: choose another folder"):
        replicate(line(), 1, seed=2, folder=tmp_path)
    with pytest.raises(PlantsimError, match=r"holds results of another 'line': the scenario has changed since"):
        replicate(line().with_units("press", 2), 1, folder=tmp_path)
    with pytest.raises(PlantsimError, match=r"figures of one's own '', not 'test_study:late'"):
        replicate(line(), 1, folder=tmp_path, also=late)
    assert compare({"line": line(), "two": line().with_units("press", 2)}, 1, folder=tmp_path).replications == 1
    assert replicate(line(), 2, folder=tmp_path).replications == 2
    assert replicate(line(), 1, folder=tmp_path).replications == 1


MEASURED = """plantsim: 1
units: {dryer: {kind: dryer}}
products:
  p: {batch: 100 kg, charge: {quality: {moisture: 25 %}}, steps: {dry: {on: dryer, model: MODEL}}}
orders: {o: {product: p, batches: 2}}
run: {horizon: 1 week}
"""


def test_a_study_goes_on_only_with_the_files_that_its_models_read(tmp_path: Path) -> None:
    """With another content of the table it is refused, with the old one it goes on; what wraps a model reads it too."""
    times, kept = tmp_path / "times.csv", tmp_path / "kept"
    text = MEASURED.replace("MODEL", f"{{use: MeasuredTimes, file: {times}}}")

    def plant(hours: int) -> Scenario:
        times.write_text(f"moisture,hours\n0.2,{hours}\n0.3,{2 * hours}\n")
        (tmp_path / "plant.yaml").write_text(text)
        return read_layout(tmp_path / "plant.yaml")

    def lead(scenario: Scenario) -> float:
        with ThreadPoolExecutor(1) as one:
            trial = compare({"dry": scenario}, 2, folder=kept, executor=one, also=weekly, only=True)
        return trial.interval((FIGURE, "lead time [h]", "")).mean

    assert lead(plant(1)) == pytest.approx(168.0 / 2)
    with pytest.raises(PlantsimError) as refusal:
        lead(plant(10))
    assert str(refusal.value) == (
        f"{kept} holds results of 'dry' with another content of {times}: the file has changed since; "
        "choose another folder, or another name for the scenario"
    )
    slow = paced_on("dryer", 0.5)
    ten = files(slow(plant(10)))
    assert ten == files(plant(10)) != files(slow(plant(1))) and [*ten] == [str(times)]
    assert lead(plant(1)) == pytest.approx(168.0 / 2)
    times.unlink()
    assert files(read_layout(tmp_path / "plant.yaml")) == {str(times): ""}


def test_a_precision_is_reached_and_not_overshot(tmp_path: Path) -> None:
    """The same stop from a folder that holds more runs than were needed, since the rule sees the first n alone."""
    wanted = Precision(relative=0.2)
    with ThreadPoolExecutor(1) as one:
        trial = replicate(SHORT, until=wanted, executor=one, **ALONE)
        replicate(SHORT, trial.replications + 7, folder=tmp_path, executor=one, **ALONE)
        again = replicate(SHORT, until=wanted, folder=tmp_path, executor=one, **ALONE)
    assert trial.precise and trial.looks[-1].half <= trial.looks[-1].asked
    assert not any(look.narrow for look in trial.looks[:-1])
    assert trial.looks[-1].asked == pytest.approx(0.2 * trial.interval(WEEKLY).mean)
    assert "are enough for ±" in trial.says()
    pd.testing.assert_frame_equal(trial.frame, again.frame, check_exact=True)


def test_a_precision_that_is_not_reached_says_so() -> None:
    with ThreadPoolExecutor(1) as one:
        trial = replicate(SHORT, until=Precision(absolute=0.001, most=12), executor=one, **ALONE)
        pair = compare({"a": SHORT, "b": SHORT}, until=Precision(absolute=0.001), executor=one, **ALONE)
    assert trial.replications == 12 and trial.precise is False and "are not enough" in trial.says()
    assert pair.replications == 10 and pair.precise  # on the same luck the difference is nothing
    unknown = Precision(relative=0.1, figure="batches a weak")
    with (
        ThreadPoolExecutor(1) as one,
        pytest.raises(PlantsimError, match=r"there is no figure 'batches a weak'; did you mean"),
    ):
        replicate(SHORT, until=unknown, executor=one, **ALONE)
    with pytest.raises(ValueError, match="one of relative and absolute"):
        Precision()


def test_the_warm_up_of_a_line_that_fills(tmp_path: Path) -> None:
    """Twice the same, the second time from the folder; a run of 400 h has too few weeks."""
    how = {"every": 10.0, "replications": 3, "folder": tmp_path}
    with ThreadPoolExecutor(1) as one:
        found = warm_up(line().replace(horizon=600.0), **how, executor=one)  # type: ignore[arg-type]
        again = warm_up(line().replace(horizon=600.0), **how, executor=one)  # type: ignore[arg-type]
    assert found == again and found.trusted and found.hours <= 200.0
    assert found.scenario.report.from_ == found.hours
    short = warm_up(line(), replications=1)
    assert not short.trusted and "2 observations are 0 batches of 5; it takes 10 or more" in str(short)


def campaigns() -> Scenario:
    """Three batches of one powder, then three of the other, on a mill that takes 1 h or 3 h."""
    steps = {name: {"grind": Step(on="mill", time=hours)} for name, hours in (("a", 1.0), ("b", 3.0))}
    return Scenario(
        units={"mill": Unit(kind="mill")},
        products={name: Product(batch=100.0, steps=each) for name, each in steps.items()},
        orders={"mix": Order(product={"a": 1.0, "b": 1.0}, campaign=3)},
        run=RunPlan(horizon=125.0),
    )


def test_a_campaign_plant_is_observed_by_whole_campaign_cycles() -> None:
    """A cycle of 3 x 1 h + 3 x 3 h = 12 h gives 6 batches: 84 a week in each of the ten whole cycles of 125 h.

    By days of 24 h it would be the same, but not by windows of 10 h, which hold four, five or eight batches.
    """
    found = warm_up(campaigns(), replications=1)
    assert found.series == pytest.approx([84.0] * 10) and found.ends == pytest.approx([12.0 * k for k in range(1, 11)])
    assert "over 10 campaign cycles" in str(found)
    assert len({*warm_up(campaigns(), every=10.0, replications=1).series}) > 1


@pytest.mark.parametrize("content", ["hello", "[1, 2]", '{"made by": "somebody else"}'])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(PlantsimError) as told:
        replicate(SHORT, 1, folder=tmp_path)
    assert str(told.value) == f"{tmp_path} holds something else than finished runs: choose another folder"
    assert (tmp_path / "manifest.json").read_text() == content

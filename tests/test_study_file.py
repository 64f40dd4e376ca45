"""Study files: carried out, kept, gone on from; what is wrong in them is said with its line."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from test_study import line
from typer.testing import CliRunner

from plantsim import charts
from plantsim.cli import app
from plantsim.errors import LayoutError, PlantsimError
from plantsim.layout import write_layout
from plantsim.layout.study import read_study
from plantsim.study import FIGURE, Trial, compare
from plantsim.study.plan import carry_out

ROOT = Path(__file__).parents[1]
FILE = """study: A second press
layout: line.yaml
scenarios:
  today:
  two mills: units.mill.count=2
  two presses: {layout: line.yaml, change: units.press.count=2}
"""


def study(folder: Path, more: str = "replications: 4\n") -> Path:
    """A study file beside a layout of half a week."""
    write_layout(line().replace(horizon=84.0), folder / "line.yaml")
    (folder / "study.yaml").write_text(FILE + more)
    return folder / "study.yaml"


def test_a_study_file_is_carried_out_and_gone_on_from(tmp_path: Path) -> None:
    """The second time there is nothing left to do, and it says the same."""
    said = []
    for _ in range(2):
        done = CliRunner().invoke(app, ["study", str(study(tmp_path)), "--out", str(tmp_path / "out")])
        assert done.exit_code == 0, done.output
        said.append(done.stdout)
        blocks = len([*(tmp_path / "out").glob("block-*.parquet")])
    assert said[0] == said[1] and blocks == len([*(tmp_path / "out").glob("block-*.parquet")])
    assert "4 replications, seed 1, 95 % intervals" in said[0]
    assert "differences to today, which hold together" in said[0]
    page = (tmp_path / "out" / "study.html").read_text()
    assert "A second press" in page and "press-2" in page


def test_a_warm_up_that_is_not_to_be_trusted_leaves_the_layout_as_it_is(tmp_path: Path) -> None:
    """Half a week is no whole week to observe, so 84 h are too short; the line's own 10 h stay, and that is said."""
    file = study(tmp_path, "replications: 2\nwarm up: mser-5\nweeks: 2\n")
    write_layout(line().replace(horizon=84.0, from_=10.0), tmp_path / "line.yaml")
    plan, scenarios = read_study(file)
    with ThreadPoolExecutor(1) as one:
        done = carry_out(plan, scenarios, tmp_path / "out", executor=one)
    assert isinstance(done.found, Trial)
    assert {each.report.from_ for each in done.found.scenarios.values()} == {10.0}
    assert (
        str(done)
        .splitlines()[0]
        .endswith(
            "not to be trusted: 2 observations are 0 batches of 5; it takes 10 or more; "
            "reports begin at 10 h, as the layout says"
        )
    )


def test_a_study_file_selects(tmp_path: Path) -> None:
    file = study(tmp_path, "select: {indifference: 50, most: 10}\n")
    done = CliRunner().invoke(app, ["study", str(file), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert " is the best, or within 50 of the best," in done.stdout


def test_a_study_is_told_as_json(tmp_path: Path) -> None:
    """Of a comparison, a selection and a design: one document, with what is printed otherwise."""

    def told(more: str, name: str, text: str = FILE) -> dict[str, Any]:
        file = study(tmp_path)
        file.write_text(text + more)
        done = CliRunner().invoke(app, ["study", str(file), "--folder", str(tmp_path / name), "--json"])
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    trial = told("replications: 2\n", "trial")
    assert [each["scenario"] for each in trial["differences"]] == ["today", "two mills", "two presses"]
    assert trial["replications"] == 2 and Path(trial["chart"]).exists()
    one = "study: S\nlayout: line.yaml\nweeks: 0.25\nscenarios: {today: }\n"
    design = "design: {kind: %s, factors: {units.mill.count: [1, 2]}, replications: 1}\n"
    effects = told(design % "factorial", "factorial", one)
    assert [each["factor"] for each in effects["effects"]] == ["units.mill.count"] and len(effects["points"]) == 2
    ends = told(design % "tornado", "tornado", one)
    assert ends["method"] == "tornado" and ends["as it is"] > 0.0 and ends["refused"] == []
    chosen = told("weeks: 0.25\nselect: {indifference: 500, most: 10}\n", "chosen")
    assert chosen["best"] in ("today", "two mills", "two presses") and len(chosen["designs"]) == 3
    drawn = Path(chosen["chart"]).read_text(encoding="utf-8")
    assert f"<figcaption>{chosen['best']} {'is' if chosen['settled'] else 'may be'} the best" in drawn


def test_an_interrupted_study_says_where_it_goes_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_c(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plantsim.study.plan.compare", ctrl_c)
    done = CliRunner().invoke(app, ["study", str(study(tmp_path)), "--out", str(tmp_path / "out")])
    assert done.exit_code == 130
    said = f"interrupted: what is finished is in {tmp_path / 'out'}, and the same command goes on from there"
    assert said in done.stderr.replace("\n", "")


def test_what_is_wrong_in_a_study_file_is_said_with_its_line(tmp_path: Path) -> None:
    """Whole texts: a word, a change, a rule over two words, a layout."""
    file = study(tmp_path, "presicion: {relative: 0.02}\n")
    with pytest.raises(LayoutError) as error:
        read_study(file)
    assert str(error.value) == f"{file}:7: presicion: unknown word 'presicion'; did you mean 'precision'?"
    file.write_text(FILE.replace("mill.count", "mil.count"))
    with pytest.raises(LayoutError) as error:
        read_study(file)
    assert str(error.value) == f"{file}:5: scenarios.two mills: there is no 'mil' in units; did you mean 'mill'?"
    file.write_text(FILE + "precision: {relative: 0.02, absolute: 1}\n")
    with pytest.raises(LayoutError, match=r"study.yaml:7: precision: give one of relative and absolute"):
        read_study(file)
    shutil.move(tmp_path / "line.yaml", tmp_path / "gone.yaml")
    file.write_text(FILE)
    with pytest.raises(LayoutError, match=r"line.yaml"):
        read_study(file)


def test_charts_of_a_study(tmp_path: Path) -> None:
    """What is drawn is what is known: means, looks, changes; a number of replications has no looks."""
    from concurrent.futures import ThreadPoolExecutor

    from plantsim.study import Precision, compare, warm_up

    plants = {"today": line().replace(horizon=60.0), "two": line().replace(horizon=60.0).with_units("press", 2)}
    with ThreadPoolExecutor(1) as one:
        trial = compare(plants, until=Precision(absolute=50.0), executor=one)
        found = warm_up(plants["today"], every=1.0, replications=1, executor=one)
    means = [trial.interval(("figure", "batches a week [1/week]", ""), name).mean for name in plants]
    assert list(charts.scenarios(trial).data[0].x) == means
    assert list(charts.precision(trial).data[0].y) == [look.half for look in trial.looks]
    assert list(charts.warm_up(found).data[0].y) == list(found.series)
    graph = charts.difference(trial.changes()["two"])
    assert [trace.name for trace in graph.data if trace.name] == ["added", "same"]
    assert list(graph.data[-2].text) == ["press-2"]


def test_a_figure_that_is_not_known_is_said_before_any_run_is_made(tmp_path: Path) -> None:
    """Whole text, without a run in the folder; and from Python, of each way to ask a trial for it."""
    file = study(tmp_path, "replications: 4\nfigure: batches a weak\n")
    done = CliRunner().invoke(app, ["study", str(file), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2 and not [*tmp_path.glob("out/block-*")]
    said = "there is no figure 'batches a weak'; did you mean 'batches a week [1/week]'?"
    assert said in done.output
    with ThreadPoolExecutor(1) as one:
        trial = compare({"one": line(), "two": line().with_units("mill", 2)}, 2, executor=one)
    for ask in (
        lambda: trial.interval((FIGURE, "batches a weak", "")),
        lambda: trial.difference((FIGURE, "batches a weak", ""), "two"),
        lambda: trial.table(("batches a weak",)),
        lambda: trial.together("batches a weak"),
        lambda: trial.best("batches a weak"),
    ):
        with pytest.raises(PlantsimError, match=re.escape(said)):
            ask()
    with pytest.raises(PlantsimError) as told:
        trial.interval(("unit", "prss-1", "busy"))
    assert str(told.value) == "no run keeps anything of 'busy' under 'prss-1' in the table 'unit'"

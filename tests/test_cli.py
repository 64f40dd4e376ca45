"""The command line, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plantsim.cli import app
from plantsim.results import Results

LAYOUTS = Path(__file__).parents[1] / "layouts"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What one run of two replications writes and prints."""
    out = tmp_path_factory.mktemp("results") / "tablets"
    words = ["run", str(LAYOUTS / "tablets.yaml"), "--weeks", "3", "--replications", "2", "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return out, result.output


def test_run_prints_the_main_figures_with_intervals(folder: tuple[Path, str]) -> None:
    said = folder[1]
    for word in ("throughput [batches a week]", "throughput [kg a week]", "lead time [h]", "busiest unit: press-",
                 "main cause of waiting: tablet press", "95 % interval", "qc laboratory", "cleaning"):  # fmt: skip
        assert word in said, said


def test_run_writes_record_figures_manifest_and_report(folder: tuple[Path, str]) -> None:
    out = folder[0]
    run = Results.load(out)
    assert run.until == 3 * 168.0
    assert run.check().figures()["batches [1]"] > 0
    kpis = json.loads((out / "kpis.json").read_text())
    assert {"table", "row", "column", "mean", "low", "high", "n"} <= set(kpis[0])
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["seed"], manifest["replications"], manifest["layout"]) == (1, 2, "tablets.yaml")
    assert len(manifest["layout sha256"]) == 64
    assert (out / "report.html").read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")


def test_story_and_export(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["story", str(LAYOUTS / "flow_line.yaml"), "m3"])
    assert told.exit_code == 2
    assert "did you mean" in told.output
    told = CliRunner().invoke(app, ["story", str(LAYOUTS / "two_suites.yaml"), "nothing like it"])
    assert told.exit_code == 2
    result = CliRunner().invoke(
        app, ["export", str(LAYOUTS / "two_suites.yaml"), "--out", str(tmp_path), "--formats", "csv"]
    )
    assert result.exit_code == 0, result.output
    assert all(Path(line).exists() for line in result.output.split())


def test_what_is_wrong_is_said_without_a_traceback(tmp_path: Path) -> None:
    for words in (["run", str(tmp_path)], ["run", str(tmp_path / "none.yaml")], ["story", str(tmp_path), "x"]):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 2
        assert "Traceback" not in result.output


def test_a_rule_of_ones_own_may_lie_beside_the_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for the worker processes of a study."""
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))  # restores sys.path after the test
    (tmp_path / "site_rules.py").write_text("def newest(claim, unit, now):\n    return -claim.asked\n")
    text = f"extends: {LAYOUTS / 'two_suites.yaml'}\nrun: {{horizon: 2 weeks, dispatch: 'site_rules:newest'}}\n"
    (tmp_path / "own.yaml").write_text(text + "report: {from: 0 h}\n")
    words = ["run", str(tmp_path / "own.yaml"), "--replications", "2", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    (tmp_path / "own.yaml").write_text(text.replace("newest", "oldest"))
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "can't import 'site_rules:oldest'" in result.output

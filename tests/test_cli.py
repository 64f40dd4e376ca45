"""The command line, as a user meets it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_study_folders import Counting
from typer.main import get_command
from typer.testing import CliRunner

from plantsim.cli import app
from plantsim.layout import read_layout
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


# ---- a new plant, comparisons, charts, JSON --------------------------------------------------------------------------


def told(*words: str, code: int = 0) -> str:
    """What a command prints on standard output, or if it fails on standard error; never a traceback."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr if code else result.stdout


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_plant_is_sound_and_runs(elsewhere: Path) -> None:
    assert told("new", "my_plant") == "my_plant.yaml is written; next: plantsim run my_plant.yaml --mean\n"
    text = Path("my_plant.yaml").read_text()
    assert "name: My plant\n" in text
    assert not any(word in text for word in ("NAME", "FILE"))
    assert told("check", "my_plant.yaml").startswith("plant      My plant: 4 units of 3 names\n")
    assert "operators limits the plant" in told("run", "my_plant.yaml", "--mean")
    said = json.loads(told("run", "my_plant.yaml", "--replications", "2", "--json"))
    assert said["scenarios"]["My plant"]["batches a week [1/week]"]["mean"] > 5.0
    assert told("new", "my_plant", code=2) == "my_plant.yaml is there already; choose another name\n"
    assert Path("my_plant.yaml").read_text() == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/folder", "no/such/folder.yaml: no such file or directory\n"),
        ("a: b", "'a: b': a plant is called by letters, digits, '_' and '-', such as my_plant\n"),
    ],
)
def test_a_new_plant_needs_a_name_and_a_place(elsewhere: Path, name: str, said: str) -> None:
    assert told("new", name, code=2) == said


def test_compare_lays_changes_of_a_layout_beside_it(elsewhere: Path) -> None:
    told("new", "p")
    words = ["compare", "p.yaml", "--with", "units.press.count=1", "--replications", "3", "--weeks", "3"]
    table = told(*words)
    assert "3 replications, seed 1; differences to 'p' on the same luck" in table
    assert "units.press.count=1: " in table and "batches a week fewer than p (95 % interval" in table
    said = json.loads(told(*words, "--with", "one: units.press.count=1", "--json", "--out", "drawn.html"))
    assert "2 of 2 can be told apart from p, by 3 replications" in Path(said["chart"]).read_text(encoding="utf-8")
    assert list(said["scenarios"]) == ["p", "units.press.count=1", "one"]
    assert said["scenarios"]["one"] == said["scenarios"]["units.press.count=1"]
    own = said["scenarios"]["one"]["batches a week [1/week]"]
    assert own["difference"]["high"] < 0.0
    assert own["mean"] == pytest.approx(
        said["scenarios"]["p"]["batches a week [1/week]"]["mean"] + own["difference"]["mean"]
    )


def test_compare_lays_files_side_by_side(elsewhere: Path) -> None:
    told("new", "p")
    Path("q.yaml").write_text("extends: p.yaml\nname: Another name\n")
    table = told("compare", "p.yaml", "q.yaml", "--replications", "2", "--weeks", "2")
    assert "q: exactly as many batches a week as p" in table


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is nothing to compare: give two layouts, or a change such as plantsim compare p.yaml --with "
             "units.press.count=3\n"),
        (["p.yaml"], "'p.yaml' is given twice; leave one out, or name it: --with 'NAME: PATH=VALUE'\n"),
        (["--with", "units.pres.count=3"], "--with:1: there is no 'pres' in units; did you mean 'press'?\n"),
        (["--with", "a: units.press.count=2, units.press.cuont=3"],
         "--with:2: units.press.cuont: unknown word 'cuont'; did you mean 'count'?\n"),
        (["--with", "unit.press.count=3"], "--with:1: unknown word 'unit'; did you mean 'units'?\n"),
        (["--with", "more presses"], "--with:1: expected a change such as 'units.press.count=3', got 'more presses'\n"),
        (["--with", "units.press.count=[3"], "--with:1: 'units.press.count=[3': is not YAML: "),
        (["--with", "units.press.cleaning.when.at=3"],
         "--with:1: units.press.cleaning holds no words of its own, so there is no 'when.at' in it\n"),
        (["--with", "units.press.count=3", "--weeks", "0"], "--weeks: a run must be longer than nothing, got 0 weeks"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_comparison_is_a_line(elsewhere: Path, words: list[str], said: str) -> None:
    told("new", "p")
    assert told("compare", "p.yaml", *words, code=2).startswith(said)


def test_a_change_may_remove_and_reach_names_with_dots(elsewhere: Path) -> None:
    told("new", "p")
    text = Path("p.yaml").read_text().replace("tablets 10 mg", "tablets 2.5 mg")
    Path("p.yaml").write_text(text)
    plain = read_layout(
        "p.yaml", "units.press.failures=null", "products.tablets 2.5 mg.batch=120 kg, run.horizon=2 weeks"
    )
    assert plain.units["press"].failures == ()
    assert (plain.products["tablets 2.5 mg"].batch, plain.run.horizon) == (120.0, 336.0)
    assert read_layout("p.yaml", "calendars.two shifts.hours=[06:00-14:00, 14:00-20:00]").calendars["two shifts"].open


def test_a_gantt_chart_is_a_file_that_opens_offline(elsewhere: Path) -> None:
    told("new", "p")
    assert told("gantt", "p.yaml", "--window", "0", "24") == (
        "the Gantt chart from 0 h to 24 h is in results/p/gantt.html\n"
    )
    page = Path("results/p/gantt.html").read_text(encoding="utf-8")
    assert "What each unit did" in page and "plotly" in page
    assert not re.search(r'<script[^>]+src=|<link[^>]+href="http', page)
    told("gantt", "p.yaml", "--by", "batch", "--out", "b.html", "--window", "0", "24")
    assert "What each batch did" in Path("b.html").read_text(encoding="utf-8")
    assert "must end after it begins" in told("gantt", "p.yaml", "--window", "9", "3", code=2)
    assert "did you mean" in told("gantt", "p.yaml", "--only", "pres", code=2)


def test_json_is_one_document_and_nothing_else(elsewhere: Path) -> None:
    told("new", "p")
    Path("bad.yaml").write_text("extends: p.yaml\nunits: {press: {cuont: 3}}\n")
    assert json.loads(told("check", "p.yaml", "--json")) == [
        {"file": "p.yaml", "sound": True, "faults": [], "notes": []}
    ]
    wrong = CliRunner().invoke(app, ["check", "p.yaml", "bad.yaml", "--json"])
    assert wrong.exit_code == 2 and not wrong.stderr
    fault = {"file": "bad.yaml", "line": 2, "path": ["units", "press", "cuont"]}
    assert json.loads(wrong.stdout)[1]["faults"] == [fault | {"text": "unknown word 'cuont'; did you mean 'count'?"}]
    mean = json.loads(told("run", "p.yaml", "--mean", "--json"))
    assert (mean["limiting"], mean["makespan [h]"]) == ("operators", None)
    assert mean["figures"]["batches a week [1/week]"] > 5.0
    told_ = json.loads(told("story", "p.yaml", "march/1", "--json"))
    assert told_["stretches"][0]["state"] == "busy"
    assert json.loads(told("schema"))["title"] == "plantsim layout"


def test_an_interrupted_command_says_so(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    told("new", "p")
    monkeypatch.setattr("plantsim.study.compare", interrupted)
    words = ["compare", "p.yaml", "--with", "units.press.count=3"]
    assert told(*words, code=130).endswith("interrupted before anything was done\n")


def test_commands_keep_runs_in_a_folder_and_go_on_from_it(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time all runs are there; stopped, the folder is named; one for both runs and results is refused."""

    def none_are_made(*_: object, **__: object) -> None:
        raise AssertionError("a run was made")

    def ctrl_c(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    told("new", "p")
    commands = COMMANDS[:4]
    said = [told(*words, "--weeks", "1.5", "--folder", f"{words[0]} runs", "--json") for words in commands]
    with monkeypatch.context() as patched:
        patched.setattr("plantsim.study.jobs.replication", none_are_made)
        patched.setattr("plantsim.study.jobs.attempt", none_are_made)
        for words, before in zip(commands, said, strict=True):
            assert told(*words, "--weeks", "1.5", "--folder", f"{words[0]} runs", "--json") == before
    monkeypatch.setattr("plantsim.study.runs.done", ctrl_c)
    for words in commands:
        ended = told(*words, "--folder", "new runs", code=130)
        assert ended.endswith("interrupted: what is finished is in new runs, and the same command goes on from there\n")
    refused = told("run", "p.yaml", "--folder", "here", "--out", "here", code=2)
    assert refused == "--folder: finished runs need a folder of their own, here is that of the results\n"


@pytest.mark.parametrize("command", ["run", "compare", "bottlenecks", "waterfall", "study"])
def test_each_command_of_many_runs_has_the_same_words(command: str) -> None:
    """--dask, --folder, --json: where runs are made, where they are kept, how it is told."""
    options = {word for each in get_command(app).commands[command].params for word in each.opts}  # type: ignore[attr-defined]
    assert options >= {"--dask", "--folder", "--json"}


COMMANDS = (
    ["run", "p.yaml", "--replications", "1"],
    ["compare", "p.yaml", "--with", "units.press.count=3", "--replications", "1"],
    ["waterfall", "p.yaml", "--replications", "2"],
    ["bottlenecks", "p.yaml", "--kinds", "shift", "--replications", "2"],
    ["study", "s.yaml"],
    ["study", "d.yaml"],
)
STUDY = "study: s\nlayout: p.yaml\nweeks: 1.5\nscenarios: {today: }\nreplications: 1\n"
DESIGN = "design: {kind: factorial, factors: {units.press.count: [1, 2]}, replications: 1}\n"


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_dask_makes_the_runs_of_each_command(
    words: list[str], elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At an address where somebody answers, all runs go there; where nobody does, it is said."""
    asked: list[str] = []
    one = Counting()

    @contextmanager
    def dask(address: str) -> Iterator[Executor]:
        asked.append(address)
        yield one

    told("new", "p")
    Path("s.yaml").write_text(STUDY)
    Path("d.yaml").write_text(STUDY + DESIGN)
    weeks = ["--weeks", "1.5"] if words[0] != "study" else []
    assert told(*words, *weeks, "--dask", "tcpp://nowhere:1", code=2).startswith("there is no Dask scheduler at tcpp")
    monkeypatch.setattr("plantsim.study.dask", dask)
    monkeypatch.setattr("plantsim.study.jobs._loky", None)  # nobody else makes any
    told(*words, *weeks, "--dask", "tcp://10.0.0.5:8786", "--json")
    assert asked == ["tcp://10.0.0.5:8786"] and one.jobs >= 1


def test_a_run_whose_queue_grows_says_that_it_is_no_capacity(elsewhere: Path) -> None:
    """Twenty batches a day are asked of a plant that makes three."""
    told("new", "p")
    Path("pushed.yaml").write_text("extends: p.yaml\norders: {march: {release: every 72 min}}\nreport: {from: 0 h}\n")
    said = told("run", "pushed.yaml", "--replications", "1", "--weeks", "2")
    assert "note: the queue before the first step grew from " in said
    assert "this throughput is not a capacity" in said
    assert "this throughput is not a capacity" in told("run", "pushed.yaml", "--mean", "--weeks", "2")


def test_the_longest_waits_are_told_with_their_chains(elsewhere: Path) -> None:
    told("new", "p")
    said = told("waits", "p.yaml", "--longer", "8", "--most", "2")
    assert len(said.split("\n\n")) == 2
    assert re.match(r"march/\d+ waited [\d.]+ h for ", said)
    found = json.loads(told("waits", "p.yaml", "--longer", "8", "--most", "2", "--json"))
    assert [len(each["why"]) > 0 for each in found] == [True, True]
    assert told("waits", "p.yaml", "--longer", "800") == "no batch waited longer than 800 h for one thing\n"


def test_bottlenecks_are_named_by_intervention(tmp_path: Path) -> None:
    page = tmp_path / "chart.html"
    words = [
        str(LAYOUTS / "flow_line.yaml"),
        "--kinds",
        "unit",
        "--weeks",
        "0.5",
        "--replications",
        "2",
        "--first",
        "2",
        "--out",
        str(page),
    ]
    result = CliRunner().invoke(app, ["bottlenecks", *words, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [each["kind"] for each in told["interventions"]].count("unit") == 5
    assert page.exists()
    wrong = CliRunner().invoke(app, ["bottlenecks", str(LAYOUTS / "flow_line.yaml"), "--kinds", "units"])
    assert wrong.exit_code == 2
    assert "there is no kind of intervention 'units'; did you mean 'unit'" in wrong.output


def test_a_plant_is_explained_before_any_run() -> None:
    result = CliRunner().invoke(app, ["explain", str(LAYOUTS / "two_suites.yaml")])
    assert result.exit_code == 0, result.output
    assert "operators limits the plant: 30.9 batches a week at most on means" in result.output
    told = json.loads(CliRunner().invoke(app, ["explain", str(LAYOUTS / "two_suites.yaml"), "--json"]).stdout)
    assert told["limiting"] == ["operators"]
    assert told["batches a week at most"] == pytest.approx(30.857, abs=1e-3)  # 3 x 120 h / 11.67 h


def test_the_waterfall_of_a_plant_adds_up(tmp_path: Path) -> None:
    page = tmp_path / "chart.html"
    words = ["waterfall", str(LAYOUTS / "flow_line.yaml"), "--weeks", "0.5", "--replications", "2", "--out", str(page)]
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert "breakdowns" in [bar["cause"] for bar in told["bars"]]
    assert 0.0 < sum(bar["in order"][0] for bar in told["bars"]) < told["nameplate"]
    assert page.exists()

"""The report: one HTML file that opens offline, with the answer in words, the charts and tables, and the inputs."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from plantsim.report.page import INSIDES, chart, page
from plantsim.report.prose import Findings, answer
from plantsim.report.sections import SECTIONS, head

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.results import Results
    from plantsim.study import Trial
    from plantsim.study.plan import Studied

__all__ = ["write_chart", "write_report", "write_study"]


def write_report(run: Results, path: str | Path, trial: Trial | None = None, profiles: int = INSIDES) -> Path:
    """Write what happened in a run, and how sure it is if a trial of its scenario is given, as one HTML file.

    The file has all that it needs in it, also plotly.js, and opens without a network.  Of the steps of its first week
    that have a model, it shows what happened inside, in charts of so many bytes (`profiles`) in all.

    >>> from tempfile import mkdtemp
    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=14 * 24.0), seed=1)
    >>> write_report(run, Path(mkdtemp()) / "report.html").name
    'report.html'
    """
    found = Findings(run, trial, profiles)
    title = f"{run.scenario.name or 'Plant'}: what was simulated"
    text = page(
        title,
        head(found, answer(found)),
        [make(found) for make in SECTIONS],
        f"Made by plantsim {run.manifest['plantsim']}.",
    )
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_chart(figure: go.Figure, path: str | Path, title: str) -> Path:
    """Write one chart as an HTML file that has all that it needs in it and opens without a network."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    words = str(figure.layout.title.text or title).replace("<br>", " ")
    path.write_text(page(title, "", [chart(figure, "one", words)], "Made by plantsim."), encoding="utf-8")
    return path


def write_study(done: Studied, path: str | Path) -> Path:
    """Write the charts of a study as one HTML file that has all that it needs in it."""
    from plantsim.charts import changes, studies
    from plantsim.study import Trial

    charts = {f"warm-up of {name}": studies.warm_up(each) for name, each in done.warm_ups.items()}
    if isinstance(done.found, Trial):
        charts["scenarios"] = studies.scenarios(done.found, done.plan.figure)
        charts["precision"] = studies.precision(done.found)
        charts.update({f"changes in {name}": changes.difference(each) for name, each in done.found.changes().items()})
    else:
        charts["selection"] = studies.selection(done.found)
    path = Path(path)
    parts = [chart(each, f"chart{number}", words) for number, (words, each) in enumerate(charts.items())]
    head = f"<h1>{escape(done.plan.study)}</h1><pre>{escape(str(done))}</pre>"
    path.write_text(page(done.plan.study, head, parts, "Made by plantsim."), encoding="utf-8")
    return path

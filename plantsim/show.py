"""What the command line shows of a trial, and what it writes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from plantsim.study import FIGURE, Interval, Trial

Line = tuple[str, str, str]  # what, value, 95 % interval


class Bar:
    """A progress bar with the time that is left; silent where nobody looks."""

    def __init__(self, text: str) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(text), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        self._progress = Progress(*columns)
        self._task = self._progress.add_task(text, total=1.0)

    def __call__(self, share: float) -> None:
        self._progress.update(self._task, completed=share)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()


def print_trial(trial: Trial) -> None:
    """Print the summary of the first scenario, and the table of its units."""
    from rich.console import Console

    console = Console(width=max(Console().width, 118))  # narrower, the columns break within words
    console.print(_summary_table(trial))
    console.print(_state_table(trial))


def _summary_table(trial: Trial) -> object:
    from rich.markup import escape
    from rich.table import Table

    scenario = trial.scenarios[trial.first]
    weeks = (scenario.run.horizon - scenario.report.from_) / 168.0
    title = f"{trial.first}: {weeks:g} weeks, {trial.replications} replications, seed {trial.seed}"
    table = Table("", "mean", "95 % interval", title=escape(title), title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for line in summary(trial):
        table.add_row(*map(escape, line))
    return table


def summary(trial: Trial) -> Iterator[Line]:
    """Throughput, lead time, busiest unit and main cause of waiting, each with its interval."""
    for name, word in (
        ("batches a week [1/week]", "throughput [batches a week]"),
        ("mass a week [kg/week]", "throughput [kg a week]"),
        ("lead time [h]", "lead time [h]"),
        ("in plant [batches]", "batches in the plant"),
    ):
        yield _line(word, trial.interval((FIGURE, name, "")))
    if unit := trial.most("unit"):
        yield _line(f"busiest unit: {unit[1]} [share of calendar hours]", trial.interval(unit), share=True)
    if cause := trial.most("waiting"):
        yield _line(f"main cause of waiting: {cause[1]} [batch hours]", trial.interval(cause))


def _line(word: str, value: Interval, share: bool = False) -> Line:
    def said(value: float) -> str:
        return f"{value:.1%}" if share else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

    return word, said(value.mean), f"{said(value.low)} to {said(value.high)}" if value.n > 1 else "one run only"


def _state_table(trial: Trial) -> object:
    """Share of calendar hours of each kind of unit in each state, with half of its interval."""
    from rich.markup import escape
    from rich.table import Table

    keys = [key for key in trial.values().columns if key[0] == "utilisation"]
    states = [state for state in dict.fromkeys(key[2] for key in keys) if _any(trial, state)]
    table = Table("share of calendar hours [%]", *states, title="kinds of unit by state", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind in dict.fromkeys(key[1] for key in keys):
        cells = [trial.interval(("utilisation", kind, state)) for state in states]
        table.add_row(escape(kind), *(_cell(cell) for cell in cells))
    return table


def _any(trial: Trial, state: str) -> bool:
    """Whether any kind of unit was ever in this state."""
    values = trial.values()
    return any(values[key].max() > 0 for key in values.columns if key[0] == "utilisation" and key[2] == state)


def _cell(value: Interval) -> str:
    half = (value.high - value.low) / 2.0
    return f"{100 * value.mean:.1f}" + (f" ± {100 * half:.1f}" if value.n > 1 and value.mean > 0 else "")


def save_trial(trial: Trial, folder: Path, layout: Path) -> str:
    """Write record, figures, manifest and report into a folder; say what is there."""
    from plantsim.report import write_report

    run = trial.run()
    run.save(folder)
    intervals = trial.intervals().reset_index().astype(object).where(lambda frame: frame.notna(), None)
    (folder / "kpis.json").write_text(json.dumps(intervals.to_dict(orient="records"), indent=1))
    manifest = {
        **run.manifest,
        "replications": trial.replications,
        "layout": layout.name,
        "layout sha256": sha256(layout.read_bytes()).hexdigest(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    values = trial.values()
    values.columns = ["|".join(key) for key in values.columns]
    values.to_parquet(folder / "replications.parquet")
    report = write_report(run, folder / "report.html", trial=trial)
    return f"record of replication 0, figures, manifest and report are in {folder}: open {report}"

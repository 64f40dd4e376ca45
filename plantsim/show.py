"""What the command line shows of a trial or a mean run, as tables or as plain values, and what it writes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Any

from plantsim.cleaned import BATCHES
from plantsim.long_waits import Wait
from plantsim.mean import HEAD, MeanRun
from plantsim.study import FIGURE, Interval, Trial
from plantsim.study.bounds import expected
from plantsim.study.explain import Bounds
from plantsim.study.jobs import AGAIN
from plantsim.waits import Why, clock

Line = tuple[str, str, str]  # what, value, 95 % interval
COMPARED = {  # what is printed of a comparison: word -> figure
    "batches a week": "batches a week [1/week]",
    "kg a week": "mass a week [kg/week]",
    "lead time [h]": "lead time [h]",
}


class Bar:
    """A progress bar with the time that is left; silent where nobody looks."""

    def __init__(self, text: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn(text), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(text, total=1.0)

    def __call__(self, share: float) -> None:
        self._progress.update(self._task, completed=share)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()


def _print(*tables: object) -> None:
    from rich.console import Console

    console = Console(width=max(Console().width, 118))  # narrower, the columns break within words
    for table in tables:
        console.print(table)


def print_trial(trial: Trial) -> None:
    """Print the summary of the first scenario, the table of its units, and what re-cleans have cost."""
    _print(_summary_table(trial), _state_table(trial), *_reclean_table(trial))


def print_mean(mean: MeanRun) -> None:
    """Print cycle times and what limits the plant, and what the run without luck makes."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        "", *map(escape, HEAD), title=escape(f"{mean.scenario.name}: without luck and failures"), title_justify="left"
    )
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for row in mean.rows():
        table.add_row(*map(escape, row), style="bold" if row[0] == mean.limiting.name else "")
    _print(table)


def print_bounds(bounds: Bounds) -> None:
    """Print what each kind of unit, pool and utility has to do at the bound on means."""
    from rich.markup import escape
    from rich.table import Table

    head, *rows = bounds.cells()
    title = f"{bounds.scenario.name}: at the bound on means, shares of open hours and of size"
    table = Table("", *map(escape, head[1:]), title=escape(title), title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    limiting = [each.name for each in bounds.limiting]
    for row in rows:
        table.add_row(*map(escape, row), style="bold" if row[0] in limiting else "")
    _print(table)


def print_comparison(trial: Trial) -> None:
    """Print each variant, and its difference to the first on the same luck."""
    from rich.markup import escape
    from rich.table import Table

    title = f"{trial.replications} replications, seed {trial.seed}; differences to {trial.first!r} on the same luck"
    table = Table("", "", "mean", "difference", "95 % interval", title=escape(title), title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    for name in trial.scenarios:
        for word, key in COMPARED.items():
            table.add_row(*map(escape, (name if key == first(COMPARED) else "", word, *_compared(trial, name, key))))
        table.add_section()
    _print(table)


def first(words: Mapping[str, str]) -> str:
    """The first value of a map."""
    return next(iter(words.values()))


def _compared(trial: Trial, name: str, figure: str) -> tuple[str, str, str]:
    mean = _said(trial.interval((FIGURE, figure, ""), name).mean)
    if name == trial.first:
        return mean, "", ""
    own = trial.difference((FIGURE, figure, ""), name)
    if own.n < 2:
        return mean, _signed(own.mean), "one run only"
    return mean, _signed(own.mean), f"{_signed(own.low)} to {_signed(own.high)}"


def verdicts(trial: Trial) -> Iterator[str]:
    """What each variant brings in a sentence, or that it can't be told from chance."""
    for name in list(trial.scenarios)[1:]:
        own = trial.difference((FIGURE, first(COMPARED), ""), name)
        if own.low == own.high == 0.0:
            yield f"{name}: exactly as many batches a week as {trial.first}"
        elif own.n < 2 or own.low <= 0.0 <= own.high:
            yield f"{name}: no difference in batches a week that {trial.replications} replications can tell from chance"
        else:
            word = "more" if own.mean > 0.0 else "fewer"
            low, high = sorted((abs(own.low), abs(own.high)))
            sure = f"95 % interval {_said(low)} to {_said(high)}"
            yield f"{name}: {_said(abs(own.mean))} batches a week {word} than {trial.first} ({sure})"


def trial_values(trial: Trial) -> dict[str, Any]:
    """A trial as plain values: figures of each scenario, with the paired differences of all but the first."""
    return {
        "replications": trial.replications, "seed": trial.seed, "first": trial.first,
        "scenarios": {name: dict(_values(trial, name)) for name in trial.scenarios},
    }  # fmt: skip


def _values(trial: Trial, name: str) -> Iterator[tuple[str, Any]]:
    own = trial.intervals(name)
    other = trial.differences(name) if name != trial.first else None
    for key in own.index:
        words = {word: float(own.loc[[key]].iloc[0][word]) for word in ("mean", "low", "high")}
        if other is not None:
            row = other.loc[[key]].iloc[0]
            words["difference"] = {word: float(row[word]) for word in ("mean", "low", "high")}  # type: ignore[assignment]
        yield ": ".join(word for word in key if word and word != FIGURE), words


def wait_lines(found: Mapping[Wait, Why]) -> Iterator[str]:
    """Each wait, with its chain below it."""
    for wait, why in found.items():
        hours = f"waited {wait.end - wait.start:.4g} h for {wait.cause}, from {clock(wait.start)} to {clock(wait.end)}"
        yield "\n".join([f"{wait.batch} {hours}; after {clock(why.hours)}:", *(f"  {link}" for link in why.links)])


def wait_values(found: Mapping[Wait, Why]) -> list[dict[str, Any]]:
    """Waits and their chains as plain values."""
    return [
        {**wait._asdict(), "at": why.hours, "why": list(why.links), "ring": why.ring} for wait, why in found.items()
    ]


def document(value: Any) -> str:
    """A value as a JSON document; what is not finite is null, as JSON has no word for it."""
    return json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value


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
    made = trial.interval((FIGURE, "batches a week [1/week]", ""))
    yield _line("throughput [batches a week]", made)
    if most := expected(trial.scenarios[trial.first]):
        share = Interval(made.mean / most, made.low / most, made.high / most, made.n)
        yield _line(f"share of the bound on means, {_said(most)} a week", share, share=True)
    for name, word in (
        ("mass a week [kg/week]", "throughput [kg a week]"),
        ("lead time [h]", "lead time [h]"),
        ("in plant [batches]", "batches in the plant"),
    ):
        yield _line(word, trial.interval((FIGURE, name, "")))
    if unit := trial.most("unit"):
        yield _line(f"busiest unit: {unit[1]} [share of calendar hours]", trial.interval(unit), share=True)
    if cause := trial.most("waiting"):
        yield _line(f"main cause of waiting: {cause[1]} [batch hours]", trial.interval(cause))


def _said(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _signed(value: float) -> str:
    return f"+{_said(value)}" if value > 0.0 else _said(value)


def _line(word: str, value: Interval, share: bool = False) -> Line:
    def said(value: float) -> str:
        return f"{value:.1%}" if share else _said(value)

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


def _reclean_table(trial: Trial) -> Iterator[object]:
    """Re-cleans by kind of unit and by cause, with half of their intervals, the dearest first."""
    from rich.markup import escape
    from rich.table import Table

    found = recleans(trial)
    if not found:
        return
    head = ("unit", "cause", "number", "hours", "in batches")
    table = Table(*head, title="re-cleans, and the capacity that they cost", title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    for kind, cause, *cells in found:
        table.add_row(escape(kind), escape(cause), *map(_counted, cells))
    yield table


def recleans(trial: Trial) -> list[tuple[str, str, Interval, Interval, Interval]]:
    """(kind of unit, cause, number, hours, batches that would have been made in these), the dearest first."""
    found = []
    for key in trial.values().columns:
        if key[0].startswith(AGAIN) and key[2] == BATCHES:
            number, hours, batches = (trial.interval((*key[:2], word)) for word in ("cleans", "hours", BATCHES))
            found.append((key[0].removeprefix(AGAIN), key[1], number, hours, batches))
    return sorted(found, key=lambda each: (-each[4].mean, each[0], each[1]))


def _counted(value: Interval) -> str:
    half = (value.high - value.low) / 2.0
    return _said(value.mean) + (f" ± {_said(half)}" if value.n > 1 and half > 0.0 else "")


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

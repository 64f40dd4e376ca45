"""What commands share: the words that they ask for, the scenario of a file, where runs are made, what is printed."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plantsim.errors import PlantsimError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    import pandas as pd

    from plantsim.scenario import Scenario

WRONG = 2  # the exit code for whatever plantsim itself has found wrong
STOPPED = 130  # that for a run which was stopped by Ctrl-C before anything was done

File = Annotated[Path, typer.Argument(help="a layout file", show_default=False)]
Weeks = Annotated[float | None, typer.Option(help="length of a run; none: as the file says")]
Replications = Annotated[int, typer.Option(min=1, help="runs, each with luck of its own")]
Seed = Annotated[int, typer.Option(help="all the luck there is")]
Dask = Annotated[str | None, typer.Option(metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.5:8786")]
Folder = Annotated[
    Path | None, typer.Option(help="keeps finished runs, from which the same command goes on; none: they are not kept")
]
Chart = Annotated[Path | None, typer.Option("--out", help="HTML file for its chart; none: it is not drawn")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document, and nothing else")]


def complain(text: str) -> None:
    """Print what is wrong to stderr, in red where that can be seen."""
    typer.secho(text, err=True, fg=typer.colors.RED)


def read(file: Path, weeks: float | None = None, change: str = "") -> Scenario:
    """The scenario of a layout; code of the user's own that it names may lie in its folder."""
    from plantsim.layout import read_layout

    scenario = read_layout(file, change) if change else read_layout(file)
    if isinstance(scenario.run.dispatch, str) and ":" in scenario.run.dispatch:
        sys.path.insert(0, str(file.resolve().parent))
    if weeks is not None and not weeks > 0.0:
        raise PlantsimError(f"--weeks: a run must be longer than nothing, got {weeks:g} weeks")
    return scenario if weeks is None else scenario.replace(horizon=weeks * 168.0).check()


def cluster(address: str | None) -> AbstractContextManager[Executor | None]:
    """The executor of a Dask cluster, or none, which means all cores of this machine."""
    if address is None:
        return nullcontext()
    from plantsim.study import dask

    return dask(address)


def print_json(value: Any) -> None:
    """Print one JSON document."""
    from plantsim.show import document

    typer.echo(document(value))


def tell(found: object, plain: dict[str, Any], chart: Path | None, as_json: bool) -> None:
    """Print what was found, and where its chart is, if there is one; or as plain values."""
    if as_json:
        print_json(plain if chart is None else {**plain, "chart": str(chart)})
    else:
        typer.echo(str(found) if chart is None else f"{found}\nthe chart is in {chart}")


def drawn(chart: str, found: object, out: Path | None, title: str) -> Path | None:
    """Where a chart of what was found is written, if that is asked for; only then the room of charts is loaded."""
    if out is None:
        return None
    import plantsim.charts as charts
    from plantsim.report import write_chart

    return write_chart(getattr(charts, chart)(found), out, title)


def tell_interrupted(done: int, wanted: int, folder: Path | None) -> None:
    """Say of how many replications the results are, if they were to be more."""
    if done < wanted:
        more = "" if folder is None else f"; the same command goes on from {folder}"
        complain(f"interrupted: the results are those of {done} replications{more}")


@contextmanager
def going_on(folder: Path | None) -> Iterator[None]:
    """Ctrl-C is told with the folder from which the same command goes on, if there is one."""
    try:
        yield
    except KeyboardInterrupt:
        if folder is None:
            raise
        complain(f"interrupted: what is finished is in {folder}, and the same command goes on from there")
        raise typer.Exit(STOPPED) from None


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as plain values, a row each."""
    flat = frame.reset_index()
    flat.columns = [": ".join(filter(None, map(str, each))) if isinstance(each, tuple) else str(each)
                    for each in flat.columns]  # fmt: skip
    found = flat.astype(object).where(flat.notna(), None).to_dict("records")
    return [{str(word): value for word, value in row.items()} for row in found]

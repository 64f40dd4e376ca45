"""The command line: each command reads its files, calls the room that does the work, and prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from plantsim.errors import PlantsimError

if TYPE_CHECKING:
    from plantsim.scenario import Scenario

WRONG = 2  # the exit code for whatever plantsim itself has found wrong


class _Told(TyperGroup):
    """What plantsim raises on purpose is a message and an exit code, in whichever command."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except PlantsimError as error:
            complain(str(error))
            raise typer.Exit(WRONG) from None


app = typer.Typer(
    cls=_Told,
    help="A digital twin of a pharmaceutical plant, from one layout file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def complain(text: str) -> None:
    """Print what is wrong to stderr, in red where that can be seen."""
    typer.secho(text, err=True, fg=typer.colors.RED)


def main() -> None:
    """The entry point of `plantsim`."""
    app()


def _read(file: Path) -> Scenario:
    """The scenario of a layout; code of the user's own that it names may lie in its folder."""
    from plantsim.layout import read_layout

    scenario = read_layout(file)
    if isinstance(scenario.run.dispatch, str) and ":" in scenario.run.dispatch:
        sys.path.insert(0, str(file.resolve().parent))
    return scenario


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="layout files", show_default=False)],
    load: Annotated[bool, typer.Option("--import", help="import the user's own code that a layout names")] = False,
) -> None:
    """Say all that is wrong with layout files, a fault a line; report those that are sound."""
    from plantsim.errors import LayoutError
    from plantsim.layout import read_layout
    from plantsim.layout.code import code_faults

    wrong = False
    for number, file in enumerate(files):
        try:
            scenario = read_layout(file)
            if load and (faults := code_faults(scenario, file)):
                raise LayoutError(faults)
        except LayoutError as error:
            complain(str(error))
            wrong = True
        else:
            typer.echo(f"\n{scenario}" if number else str(scenario))
    if wrong:
        raise typer.Exit(WRONG)


@app.command()
def schema() -> None:
    """Print the JSON Schema of layout files, for completion and checking in editors."""
    import json

    from plantsim.layout import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="a layout file", show_default=False)],
    weeks: Annotated[float | None, typer.Option(help="length of a run; none: as the file says")] = None,
    replications: Annotated[int, typer.Option(min=1, help="runs, each with luck of its own")] = 20,
    seed: Annotated[int, typer.Option(help="all the luck there is")] = 1,
    out: Annotated[Path | None, typer.Option(help="folder for the results; none: results/NAME")] = None,
) -> None:
    """Simulate a plant: print how much it makes, where it waits and what holds it back; write a report."""
    from plantsim.show import Bar, print_trial, save_trial
    from plantsim.study import replicate

    scenario = _read(file)
    if weeks is not None:
        scenario = scenario.replace(horizon=weeks * 168.0).check()
    folder = out or Path("results") / file.stem
    with Bar(f"{replications} replications") as bar:
        trial = replicate(scenario, replications, seed, progress=bar)
    if trial.replications < replications:
        complain(f"interrupted: the results are those of {trial.replications} replications")
    print_trial(trial)
    typer.echo("\n" + save_trial(trial, folder, file))


@app.command()
def story(
    file: Annotated[Path, typer.Argument(help="a layout file", show_default=False)],
    name: Annotated[str, typer.Argument(help="a batch such as march/7, or a unit such as press-2", show_default=False)],
    seed: Annotated[int, typer.Option(help="all the luck there is")] = 1,
) -> None:
    """Tell the life of a batch or a unit in one run: every stretch, its cause, and who held what was lacking."""
    from plantsim.engine.simulate import simulate

    typer.echo(str(simulate(_read(file), seed).story(name)))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="a layout file", show_default=False)],
    out: Annotated[Path, typer.Option(help="folder for the tables")] = Path("results/export"),
    formats: Annotated[str, typer.Option(help="csv, parquet, ocel; with commas between")] = "csv,parquet",
    seed: Annotated[int, typer.Option(help="all the luck there is")] = 1,
) -> None:
    """Write the record of one run and its spans as tables."""
    from plantsim.engine.simulate import simulate

    for path in simulate(_read(file), seed).export(out, [each.strip() for each in formats.split(",")]):
        typer.echo(str(path))


if __name__ == "__main__":
    main()

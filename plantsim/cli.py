"""The command line: each command reads its files, calls the room that does the work, and prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from plantsim.errors import PlantsimError

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


if __name__ == "__main__":
    main()

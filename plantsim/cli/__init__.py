"""The command line: each command reads its files, calls the room that does the work, and prints."""

from __future__ import annotations

import typer
from typer.core import TyperGroup

from plantsim.cli.asked import STOPPED, WRONG, complain
from plantsim.cli.before import costs, explain, size
from plantsim.cli.files import check, new, schema
from plantsim.cli.runs import compare, run
from plantsim.cli.studies import bottlenecks, spread, study, waterfall
from plantsim.cli.tellings import export, gantt, story, waits
from plantsim.errors import PlantsimError


class _Told(TyperGroup):
    """What plantsim raises on purpose is a message and an exit code, in whichever command."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except PlantsimError as error:
            complain(str(error))
        except OSError as error:
            complain(f"{error.filename or 'a file'}: {(error.strerror or str(error)).lower()}")
        except KeyboardInterrupt:
            complain("interrupted before anything was done")
            raise typer.Exit(STOPPED) from None
        raise typer.Exit(WRONG) from None


app = typer.Typer(
    cls=_Told,
    help="A digital twin of a pharmaceutical plant, from one layout file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (
    check, schema, new, run, explain, size, costs, compare, bottlenecks, study, waterfall, spread, gantt, story, waits,
    export,
):  # fmt: skip
    app.command()(command)


def main() -> None:
    """The entry point of `plantsim`."""
    app()

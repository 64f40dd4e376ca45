"""Commands about layout files themselves: check them, their schema, a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plantsim.cli.asked import WRONG, AsJson, complain, print_json
from plantsim.errors import PlantsimError

if TYPE_CHECKING:
    from plantsim.errors import Fault
    from plantsim.scenario import Scenario


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="layout files", show_default=False)],
    load: Annotated[bool, typer.Option("--import", help="import the user's own code that a layout names")] = False,
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong with layout files, a fault a line; report those that are sound."""
    from plantsim.crosscheck.leftovers import leftovers
    from plantsim.errors import LayoutError
    from plantsim.layout import read_layout
    from plantsim.layout.code import code_faults

    said: dict[Path, Scenario | tuple[Fault, ...]] = {}
    for file in files:
        try:
            said[file] = scenario = read_layout(file)
            if load and (faults := code_faults(scenario, file)):
                raise LayoutError(faults)
        except LayoutError as error:
            said[file] = error.faults
    if as_json:
        print_json([_checked(file, what) for file, what in said.items()])
    for number, what in enumerate(() if as_json else said.values()):
        if isinstance(what, tuple):
            complain("\n".join(map(str, what)))
        else:
            notes = (f"note: {each}" for each in leftovers(what))
            typer.echo("\n".join([f"\n{what}" if number else str(what), *notes]))
    if any(isinstance(what, tuple) for what in said.values()):
        raise typer.Exit(WRONG)


def _checked(file: Path, what: Scenario | tuple[Any, ...]) -> dict[str, Any]:
    from plantsim.crosscheck.leftovers import leftovers

    if not isinstance(what, tuple):
        return {"file": str(file), "sound": True, "faults": [], "notes": [str(each) for each in leftovers(what)]}
    faults = [{"file": each.file, "line": each.line, "path": list(each.path), "text": each.text} for each in what]
    return {"file": str(file), "sound": False, "faults": faults}


def schema() -> None:
    """Print the JSON Schema of layout files, for completion and checking in editors."""
    from plantsim.layout import json_schema

    print_json(json_schema())


def new(
    name: Annotated[str, typer.Argument(help="what the plant is called, such as my_plant", show_default=False)],
) -> None:
    """Write a layout to begin with, with remarks; it runs as it is."""
    from importlib.resources import files

    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    called = path.stem.replace("_", " ").strip()
    if not called or not all(sign.isalnum() or sign in " -." for sign in called):
        raise PlantsimError(f"{name!r}: a plant is called by letters, digits, '_' and '-', such as my_plant")
    if path.exists():
        raise PlantsimError(f"{path} is there already; choose another name")
    text = files("plantsim").joinpath("starter.yaml").read_text(encoding="utf-8")
    text = text.replace("NAME", called[0].upper() + called[1:]).replace("FILE", str(path))
    path.write_text(text, encoding="utf-8")
    typer.echo(f"{path} is written; next: plantsim run {path} --mean")

"""Commands that tell of one run: its Gantt chart, a life, the longest waits, its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from plantsim.cli.asked import AsJson, File, Seed, print_json, read
from plantsim.errors import PlantsimError

Longer = Annotated[float, typer.Option(help="tell waits longer than so many hours with who held up whom")]


def gantt(
    file: File,
    window: Annotated[tuple[float, float], typer.Option(help="from when to when [h]")] = (0.0, 168.0),
    by: Annotated[Literal["unit", "batch"], typer.Option(help="a row a unit, or a row a batch")] = "unit",
    colour: Annotated[Literal["state", "product"], typer.Option(help="of a bar")] = "state",
    only: Annotated[
        list[str] | None, typer.Option(help="kind, name or single unit to show; may be given again")
    ] = None,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="HTML file; none: results/NAME/gantt.html")] = None,
) -> None:
    """Write the Gantt chart of one run: who did what when; one HTML file that opens offline."""
    from plantsim.charts import gantt as chart
    from plantsim.engine.simulate import simulate
    from plantsim.report import write_chart

    scenario = read(file)
    if not 0.0 <= window[0] < window[1]:
        raise PlantsimError(f"--window: must end after it begins, got {window[0]:g} h to {window[1]:g} h")
    played = simulate(scenario, seed, horizon=window[1])
    path = write_chart(chart(played, window, by, colour, only or ()), out or Path("results") / file.stem / "gantt.html",
                       f"{scenario.name or file.stem}: who did what when")  # fmt: skip
    typer.echo(f"the Gantt chart from {window[0]:g} h to {window[1]:g} h is in {path}")


def story(
    file: File,
    name: Annotated[str, typer.Argument(help="a batch such as march/7, or a unit such as press-2", show_default=False)],
    longer: Longer = 24.0,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Tell the life of a batch or a unit in one run: every stretch, its cause, and who held what was lacking."""
    from plantsim.engine.simulate import simulate
    from plantsim.show import wait_values

    told = simulate(read(file), seed).story(name, longer)
    if as_json:
        stretches = told.frame.astype(object).to_dict("records")
        print_json({"name": told.name, "stretches": stretches, "waits": wait_values(told.waits)})
    else:
        typer.echo(str(told))


def waits(
    file: File,
    longer: Longer = 24.0,
    most: Annotated[int, typer.Option(min=1, help="so many, the longest first")] = 5,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Tell the longest waits of one run, and why: who waited for what held by whom, to the root of it."""
    from plantsim.engine.simulate import simulate
    from plantsim.show import wait_lines, wait_values
    from plantsim.standstill import told

    played = simulate(read(file), seed)
    found, stuck = played.long_waits(longer, most), played.stuck()
    if as_json:
        print_json([{**each, "stuck": each["batch"] in stuck} for each in wait_values(found)])
        return
    none = f"no batch waited longer than {longer:g} h for one thing"
    typer.echo("\n\n".join([*wait_lines(found), *told(stuck)]) or none)


def export(
    file: File,
    out: Annotated[Path, typer.Option(help="folder for the tables")] = Path("results/export"),
    formats: Annotated[str, typer.Option(help="csv, parquet, ocel; with commas between")] = "csv,parquet",
    seed: Seed = 1,
) -> None:
    """Write the record of one run and its spans as tables."""
    from plantsim.engine.simulate import simulate

    for path in simulate(read(file), seed).export(out, [each.strip() for each in formats.split(",")]):
        typer.echo(str(path))

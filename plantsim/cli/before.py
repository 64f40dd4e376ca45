"""Commands that look at a plant before a study of it: what will limit it, how many of each it needs, what it costs."""

from __future__ import annotations

from typing import Annotated

import typer

from plantsim.cli.asked import AsJson, Chart, File, Seed, Weeks, drawn, read, rows, tell
from plantsim.errors import PlantsimError


def explain(file: File, out: Chart = None, as_json: AsJson = False) -> None:
    """Say before any run what limits a plant: the bound on means, what one more would bring, where batches queue."""
    from plantsim.show import print_bounds
    from plantsim.study.explain import explain as explained

    found = explained(read(file))
    chart = drawn("bounds", found, out, f"{found.scenario.name or file.stem}: what limits it")
    if not as_json:
        print_bounds(found)
    tell("\n".join(found.says()), found.to_dict(), chart, as_json)


def size(
    file: File,
    batches: Annotated[float | None, typer.Option(help="so many of today's batches a week")] = None,
    flow: Annotated[float | None, typer.Option(help="or so much mass at the release of batches [kg/h]")] = None,
    fill: Annotated[float, typer.Option(help="part of a volume that a batch fills")] = 1.0,
    out: Chart = None,
    as_json: AsJson = False,
) -> None:
    """Say how many of each kind make what is wanted of the mix, or how large those that there are must be."""
    from plantsim.study.sizing import size as sized

    found = sized(read(file), flow=flow, batches=batches, fill=fill)
    tell(found, found.to_dict(), drawn("sizing", found, out, f"{file.stem}: how many, how large"), as_json)


def costs(file: File, weeks: Weeks = None, seed: Seed = 1, out: Chart = None, as_json: AsJson = False) -> None:
    """Say what a batch and a kg cost in one run, by the prices of the layout, and what mass and energy they take."""
    from plantsim.charts.digits import number
    from plantsim.engine.simulate import simulate

    scenario = read(file, weeks)
    if scenario.prices is None:
        raise PlantsimError(
            f"{file}: has no prices; say what things cost, such as 'prices: {{each: {{press: 640000}}}}'"
        )
    run = simulate(scenario, seed)
    frame, matter = run.cost_of_goods(), run.matter()
    plain = {"currency": scenario.prices.currency, "costs": rows(frame), "matter": matter.to_dict()}
    chart = drawn("cost_of_goods", run, out, f"{scenario.name or file.stem}: what a batch costs")
    table = frame.to_string(float_format=number, na_rep="")
    tell(f"{table}\nprices in {scenario.prices.currency}\n{matter.map(number).to_string()}", plain, chart, as_json)

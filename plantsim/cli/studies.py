"""Commands that carry out studies: a study file, what would bring more, where capacity goes, what spreads a step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plantsim.cli.asked import STOPPED, AsJson, Dask, File, Seed, Weeks, cluster, complain, print_json, read

if TYPE_CHECKING:
    from plantsim.layout.study import Design, StudyPlan
    from plantsim.scenario import Scenario


def study(
    file: Annotated[Path, typer.Argument(help="a study file", show_default=False)],
    dask: Dask = None,
    out: Annotated[Path | None, typer.Option(help="folder for the results; none: as the file says")] = None,
) -> None:
    """Carry out a study file: compare scenarios, or select the best; interrupted, the same command goes on."""
    from plantsim.layout.study import levels_of, read_study
    from plantsim.report import write_study
    from plantsim.show import Bar
    from plantsim.study.plan import carry_out

    plan, scenarios = read_study(file)
    if plan.design is not None:
        levels = levels_of(file, plan, plan.design)
        _designed(plan, plan.design, next(iter(scenarios.values())), levels, dask, out or Path("results") / file.stem)
        return
    folder = out or (file.parent / plan.folder if plan.folder else Path("results") / file.stem)
    with cluster(dask) as executor, Bar(f"{plan.study}: {len(scenarios)} scenarios") as bar:
        try:
            done = carry_out(plan, scenarios, folder, executor, bar)
        except KeyboardInterrupt:
            complain(f"interrupted: what is finished is in {folder}, and the same command goes on from there")
            raise typer.Exit(STOPPED) from None
    typer.echo(str(done))
    typer.echo(f"the runs and the charts are in {folder}: open {write_study(done, folder / 'study.html')}")


def _designed(
    plan: StudyPlan,
    design: Design,
    scenario: Scenario,
    levels: dict[str, list[Scenario]],
    dask: str | None,
    folder: Path,
) -> None:
    """Carry out a study file that names a design: say what came out, and write its chart."""
    from plantsim.charts import indices, main_effects, tornado
    from plantsim.report import write_chart
    from plantsim.show import Bar
    from plantsim.study.design import Experiment
    from plantsim.study.designed import designed

    with cluster(dask) as executor, Bar(f"{plan.study}: {design.kind}") as bar:
        found = designed(plan, design, scenario, levels, executor, bar)
    drawn = main_effects(found) if isinstance(found, Experiment) else \
        tornado(found) if found.method == "tornado" else indices(found)  # fmt: skip
    if isinstance(found, Experiment):
        folder.mkdir(parents=True, exist_ok=True)
        found.frame.to_csv(folder / "runs.csv")
    typer.echo(str(found))
    typer.echo(f"the chart is in {write_chart(drawn, folder / 'study.html', plan.study)}")


def bottlenecks(
    file: File,
    kinds: Annotated[
        str, typer.Option(help="of interventions, with commas between: unit, pool, place, shift, time ...; none: all")
    ] = "",
    weeks: Weeks = None,
    replications: Annotated[int, typer.Option(min=2, help="runs of each intervention that may still matter")] = 24,
    first: Annotated[int, typer.Option(min=2, help="runs of each, before the hopeless ones are left out")] = 6,
    seed: Seed = 1,
    out: Annotated[
        Path | None, typer.Option(help="HTML file of the chart; none: results/NAME/bottlenecks.html")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what holds a plant back: what one more of each thing, or shorter times, would bring on the same luck."""
    from plantsim.charts import interventions as chart
    from plantsim.report import write_chart
    from plantsim.show import Bar
    from plantsim.study.bottlenecks import bottlenecks as search

    scenario = read(file, weeks)
    chosen = [each.strip() for each in kinds.split(",") if each.strip()]
    with Bar("interventions") as bar:
        found = search(scenario, chosen, replications=replications, first=min(first, replications), seed=seed,
                       progress=lambda _, share: bar(share))  # fmt: skip
    title = f"{scenario.name or file.stem}: what would bring more"
    path = write_chart(chart(found), out or Path("results") / file.stem / "bottlenecks.html", title)
    if as_json:
        rows = found.table().reset_index().astype(object).where(lambda each: each.notna(), None)
        print_json({"interventions": rows.to_dict("records"), "says": found.says(), "left out": found.left_out})
        return
    typer.echo(f"{found}\nthe chart is in {path}")


def waterfall(
    file: File,
    weeks: Weeks = None,
    replications: Annotated[int, typer.Option(min=2, help="runs of each")] = 12,
    shapley: Annotated[bool, typer.Option("--shapley", help="also fair shares of the six that cost most")] = False,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="HTML file; none: results/NAME/waterfall.html")] = None,
    as_json: AsJson = False,
) -> None:
    """Say where the capacity of a plant goes: from its nameplate to what it makes, cause by cause."""
    from plantsim.charts import waterfall as chart
    from plantsim.report import write_chart
    from plantsim.show import Bar
    from plantsim.study.waterfall import waterfall as fallen

    scenario = read(file, weeks)
    with Bar("causes") as bar:
        found = fallen(scenario, replications=replications, seed=seed, shapley=shapley, progress=bar)
    title = f"{scenario.name or file.stem}: where the capacity goes"
    path = write_chart(chart(found), out or Path("results") / file.stem / "waterfall.html", title)
    if as_json:
        print_json({"bars": found.values(), "nameplate": found.nameplate, "says": found.says()})
        return
    typer.echo(f"{found}\nthe chart is in {path}")


def spread(
    file: File,
    product: Annotated[str, typer.Argument(help="a product of the layout", show_default=False)],
    step: Annotated[str, typer.Argument(help="a step of its recipe that has a model", show_default=False)],
    changes: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="PATH=VALUE", help="the layout with a change, such as a distribution where "
                     "a figure stands; may be given again"),
    ] = None,
    samples: Annotated[int, typer.Option(min=2, help="base of the samples; each input takes so many more")] = 128,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="HTML file of the chart; none: results/NAME/spread.html")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what spreads the hours and the product of a step: what goes in, what comes out, who explains how much."""
    from plantsim.charts import spread as chart
    from plantsim.report import write_chart
    from plantsim.study.spread import spread as search

    found = search(read(file, change=", ".join(changes or [])), product, step, samples=samples, seed=seed)
    path = write_chart(chart(found), out or Path("results") / file.stem / "spread.html", f"What spreads {step}")
    if as_json:
        print_json(found.to_dict())
        return
    typer.echo(f"{found}\nthe chart is in {path}")

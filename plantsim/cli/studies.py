"""Commands that carry out studies: a study file, what would bring more, where capacity goes, what spreads a step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plantsim.cli.asked import (
    AsJson,
    Dask,
    File,
    Folder,
    Seed,
    Weeks,
    cluster,
    going_on,
    print_json,
    read,
    rows,
    tell,
)

if TYPE_CHECKING:
    from plantsim.layout.study import StudyPlan
    from plantsim.scenario import Scenario
    from plantsim.study.design import Experiment
    from plantsim.study.plan import Studied
    from plantsim.study.sensitivity import Sensitivity


def study(
    file: Annotated[Path, typer.Argument(help="a study file", show_default=False)],
    dask: Dask = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", "--out", help="for finished runs and charts; none: as the file says")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Carry out a study file: compare scenarios, or select the best; interrupted, the same command goes on."""
    from plantsim.layout.study import read_study
    from plantsim.report import write_study
    from plantsim.show import Bar
    from plantsim.study.plan import carry_out

    plan, scenarios = read_study(file)
    folder = folder or (file.parent / plan.folder if plan.folder else Path("results") / file.stem)
    if plan.design is not None:
        _designed(file, plan, next(iter(scenarios.values())), folder, dask, as_json)
        return
    with going_on(folder), cluster(dask) as executor, Bar(f"{plan.study}: {len(scenarios)} scenarios") as bar:
        done = carry_out(plan, scenarios, folder, executor, bar)
    page = write_study(done, folder / "study.html")
    if as_json:
        print_json({**_studied(done), "chart": str(page)})
        return
    typer.echo(str(done))
    typer.echo(f"the runs and the charts are in {folder}: open {page}")


def _studied(done: Studied) -> dict[str, Any]:
    """What a study gave as plain values."""
    from plantsim.show import trial_values
    from plantsim.study import Trial

    warm = {name: {"hours": each.hours, "trusted": each.trusted, "says": str(each)}
            for name, each in done.warm_ups.items()}  # fmt: skip
    said: dict[str, Any] = {
        "study": done.plan.study,
        "figure": done.plan.figure,
        "warm-up": warm,
        "says": done.found.says(),
    }
    if not isinstance(done.found, Trial):
        return {**said, "best": done.found.best, "settled": done.found.settled, "designs": rows(done.found.table)}
    if len(done.found.scenarios) > 1:
        said["differences"] = rows(done.found.together(done.plan.figure))
        said["against the best"] = rows(done.found.best(done.plan.figure))
    return {**said, **trial_values(done.found)}


def _designed(file: Path, plan: StudyPlan, scenario: Scenario, folder: Path, dask: str | None, as_json: bool) -> None:
    """Carry out a study file that names a design: say what came out, and write its chart."""
    from plantsim.charts import indices, main_effects, tornado
    from plantsim.layout.study import levels_of
    from plantsim.report import write_chart
    from plantsim.show import Bar
    from plantsim.study.design import Experiment
    from plantsim.study.designed import designed

    assert plan.design is not None
    levels = levels_of(file, plan, plan.design)
    with going_on(folder), cluster(dask) as executor, Bar(f"{plan.study}: {plan.design.kind}") as bar:
        found = designed(plan, plan.design, scenario, levels, folder, executor, bar)
    drawn = main_effects(found) if isinstance(found, Experiment) else \
        tornado(found) if found.method == "tornado" else indices(found)  # fmt: skip
    if isinstance(found, Experiment):
        found.frame.to_csv(folder / "runs.csv")
    page = write_chart(drawn, folder / "study.html", plan.study)
    if as_json:
        print_json({"study": plan.study, **_values(found), "chart": str(page)})
        return
    typer.echo(str(found))
    typer.echo(f"the runs and the chart are in {folder}: open {page}")


def _values(found: Experiment | Sensitivity) -> dict[str, Any]:
    """What a design gave as plain values."""
    from plantsim.study.design import Experiment

    if isinstance(found, Experiment):
        return {"figure": found.figure, "design": found.design, "seed": found.asked.seed,
                "effects": rows(found.effects()), "points": rows(found.table())}  # fmt: skip
    return {"figure": found.figure, "method": found.method, "seed": found.seed, "as it is": found.base,
            "factors": rows(found.table()), "refused": list(found.refused)}  # fmt: skip


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
    dask: Dask = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Say what holds a plant back: what one more of each thing, or shorter times, would bring on the same luck."""
    from plantsim.charts import interventions as chart
    from plantsim.report import write_chart
    from plantsim.show import Bar
    from plantsim.study.bottlenecks import bottlenecks as search

    scenario = read(file, weeks)
    chosen = [each.strip() for each in kinds.split(",") if each.strip()]
    with going_on(folder), cluster(dask) as executor, Bar("interventions") as bar:
        found = search(scenario, chosen, replications=replications, first=min(first, replications), seed=seed,
                       folder=folder, executor=executor, progress=lambda _, share: bar(share))  # fmt: skip
    title = f"{scenario.name or file.stem}: what would bring more"
    path = write_chart(chart(found), out or Path("results") / file.stem / "bottlenecks.html", title)
    plain = {"interventions": rows(found.table()), "says": found.says(), "left out": found.left_out}
    tell(found, plain, path, as_json)


def waterfall(
    file: File,
    weeks: Weeks = None,
    replications: Annotated[int, typer.Option(min=2, help="runs of each")] = 12,
    shapley: Annotated[bool, typer.Option("--shapley", help="also fair shares of the six that cost most")] = False,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="HTML file; none: results/NAME/waterfall.html")] = None,
    dask: Dask = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Say where the capacity of a plant goes: from its nameplate to what it makes, cause by cause."""
    from plantsim.charts import waterfall as chart
    from plantsim.report import write_chart
    from plantsim.show import Bar
    from plantsim.study.waterfall import waterfall as fallen

    scenario = read(file, weeks)
    with going_on(folder), cluster(dask) as executor, Bar("causes") as bar:
        found = fallen(scenario, replications=replications, seed=seed, shapley=shapley, folder=folder,
                       executor=executor, progress=bar)  # fmt: skip
    title = f"{scenario.name or file.stem}: where the capacity goes"
    path = write_chart(chart(found), out or Path("results") / file.stem / "waterfall.html", title)
    tell(found, {"bars": found.values(), "nameplate": found.nameplate, "says": found.says()}, path, as_json)


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
    tell(found, found.to_dict(), path, as_json)

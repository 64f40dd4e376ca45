"""The command line: each command reads its files, calls the room that does the work, and prints."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from plantsim.errors import PlantsimError

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from plantsim.layout.study import Design, StudyPlan
    from plantsim.scenario import Scenario

WRONG = 2  # the exit code for whatever plantsim itself has found wrong
STOPPED = 130  # that for a run which was stopped by Ctrl-C before anything was done


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

File = Annotated[Path, typer.Argument(help="a layout file", show_default=False)]
Weeks = Annotated[float | None, typer.Option(help="length of a run; none: as the file says")]
Replications = Annotated[int, typer.Option(min=1, help="runs, each with luck of its own")]
Seed = Annotated[int, typer.Option(help="all the luck there is")]
Dask = Annotated[str | None, typer.Option(metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.5:8786")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document, and nothing else")]


def complain(text: str) -> None:
    """Print what is wrong to stderr, in red where that can be seen."""
    typer.secho(text, err=True, fg=typer.colors.RED)


def main() -> None:
    """The entry point of `plantsim`."""
    app()


def _read(file: Path, weeks: float | None = None, change: str = "") -> Scenario:
    """The scenario of a layout; code of the user's own that it names may lie in its folder."""
    from plantsim.layout import read_layout

    scenario = read_layout(file, change) if change else read_layout(file)
    if isinstance(scenario.run.dispatch, str) and ":" in scenario.run.dispatch:
        sys.path.insert(0, str(file.resolve().parent))
    if weeks is not None and not weeks > 0.0:
        raise PlantsimError(f"--weeks: a run must be longer than nothing, got {weeks:g} weeks")
    return scenario if weeks is None else scenario.replace(horizon=weeks * 168.0).check()


def _cluster(address: str | None) -> AbstractContextManager[Executor | None]:
    """The executor of a Dask cluster, or none, which means all cores of this machine."""
    if address is None:
        return nullcontext()
    from plantsim.study import dask

    return dask(address)


def _print_json(value: Any) -> None:
    from plantsim.show import document

    typer.echo(document(value))


def _interrupted(done: int, wanted: int) -> None:
    if done < wanted:
        complain(f"interrupted: the results are those of {done} replications")


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="layout files", show_default=False)],
    load: Annotated[bool, typer.Option("--import", help="import the user's own code that a layout names")] = False,
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong with layout files, a fault a line; report those that are sound."""
    from plantsim.errors import Fault, LayoutError
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
        _print_json([_checked(file, what) for file, what in said.items()])
    for number, what in enumerate(() if as_json else said.values()):
        if isinstance(what, tuple):
            complain("\n".join(map(str, what)))
        else:
            typer.echo(f"\n{what}" if number else str(what))
    if any(isinstance(what, tuple) for what in said.values()):
        raise typer.Exit(WRONG)


def _checked(file: Path, what: Scenario | tuple[Any, ...]) -> dict[str, Any]:
    if not isinstance(what, tuple):
        return {"file": str(file), "sound": True, "faults": []}
    faults = [{"file": each.file, "line": each.line, "path": list(each.path), "text": each.text} for each in what]
    return {"file": str(file), "sound": False, "faults": faults}


@app.command()
def schema() -> None:
    """Print the JSON Schema of layout files, for completion and checking in editors."""
    from plantsim.layout import json_schema

    _print_json(json_schema())


@app.command()
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


@app.command()
def run(
    file: File,
    weeks: Weeks = None,
    replications: Replications = 20,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="folder for the results; none: results/NAME")] = None,
    mean: Annotated[
        bool, typer.Option("--mean", help="without luck and failures: cycle times, and what limits")
    ] = False,
    dask: Dask = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a plant: print how much it makes, where it waits and what holds it back; write a report."""
    from plantsim.show import Bar, print_trial, save_trial, trial_values
    from plantsim.study import replicate

    scenario = _read(file, weeks)
    if mean:
        _mean(scenario, as_json)
        return
    folder = out or Path("results") / file.stem
    with _cluster(dask) as executor, Bar(f"{replications} replications") as bar:
        trial = replicate(scenario, replications, seed, executor=executor, progress=bar)
    _interrupted(trial.replications, replications)
    saved, notes = save_trial(trial, folder, file), trial.run().notes()
    if as_json:
        _print_json({**trial_values(trial), "notes": notes, "results": str(folder)})
        return
    print_trial(trial)
    typer.echo("\n".join(["", *(f"note: {note}" for note in notes), saved]))


def _mean(scenario: Scenario, as_json: bool) -> None:
    """Print the mean run."""
    from plantsim.show import print_mean

    mean = scenario.mean()
    if as_json:
        stuck = {} if mean.stuck else {"figures": mean.run.figures(), "notes": mean.run.notes()}
        _print_json({**mean.to_dict(), **stuck})
        return
    print_mean(mean)
    typer.echo("\n".join(mean.says()))
    if not mean.stuck:
        typer.echo(f"\nthe run without luck, in which batches wait for one another:\n{mean.run}")


@app.command()
def explain(file: File, as_json: AsJson = False) -> None:
    """Say before any run what limits a plant: the bound on means, what one more would bring, where batches queue."""
    from plantsim.show import print_bounds
    from plantsim.study.explain import explain as explained

    found = explained(_read(file))
    if as_json:
        _print_json(found.to_dict())
        return
    print_bounds(found)
    typer.echo("\n".join(found.says()))


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="layout files", show_default=False)],
    changes: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="PATH=VALUE", help="the first file with a change, such as units.press.count=3; "
                     "with commas between: several at once; 'NAME: PATH=VALUE' names it; may be given again"),
    ] = None,
    weeks: Weeks = None,
    replications: Replications = 20,
    seed: Seed = 1,
    dask: Dask = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare layouts, or one with changes of it, on the same luck: means, and differences to the first one."""
    from plantsim.show import Bar, print_comparison, trial_values, verdicts
    from plantsim.study import compare as compared

    scenarios = _variants(files, changes or [], weeks)
    with _cluster(dask) as executor, Bar(f"{replications} replications of {len(scenarios)}") as bar:
        trial = compared(scenarios, replications, seed, executor=executor, progress=bar)
    _interrupted(trial.replications, replications)
    if as_json:
        _print_json({**trial_values(trial), "verdicts": list(verdicts(trial))})
        return
    print_comparison(trial)
    typer.echo("\n".join(verdicts(trial)))


def _variants(files: list[Path], changes: list[str], weeks: float | None) -> dict[str, Scenario]:
    """What is to be compared, by name: the files, and the first one with each of the changes."""
    from plantsim.layout.change import parts

    stems = [file.stem for file in files]
    names = stems if len({*stems}) == len(stems) else [str(file) for file in files]
    given = [
        *zip(names, files, [""] * len(files), strict=True),
        *((parts(text)[0], files[0], text) for text in changes),
    ]
    if len(given) < 2:
        raise PlantsimError("there is nothing to compare: give two layouts, or a change such as "
                            f"plantsim compare {files[0]} --with units.press.count=3")  # fmt: skip
    scenarios: dict[str, Scenario] = {}
    for name, file, change in given:
        if name in scenarios:
            raise PlantsimError(f"{name!r} is given twice; leave one out, or name it: --with 'NAME: PATH=VALUE'")
        scenarios[name] = _read(file, weeks, change)
    return scenarios


@app.command()
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

    scenario = _read(file, weeks)
    chosen = [each.strip() for each in kinds.split(",") if each.strip()]
    with Bar("interventions") as bar:
        found = search(scenario, chosen, replications=replications, first=min(first, replications), seed=seed,
                       progress=lambda _, share: bar(share))  # fmt: skip
    title = f"{scenario.name or file.stem}: what would bring more"
    path = write_chart(chart(found), out or Path("results") / file.stem / "bottlenecks.html", title)
    if as_json:
        rows = found.table().reset_index().astype(object).where(lambda each: each.notna(), None)
        _print_json({"interventions": rows.to_dict("records"), "says": found.says(), "left out": found.left_out})
        return
    typer.echo(f"{found}\nthe chart is in {path}")


@app.command()
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
    with _cluster(dask) as executor, Bar(f"{plan.study}: {len(scenarios)} scenarios") as bar:
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

    with _cluster(dask) as executor, Bar(f"{plan.study}: {design.kind}") as bar:
        found = designed(plan, design, scenario, levels, executor, bar)
    drawn = main_effects(found) if isinstance(found, Experiment) else \
        tornado(found) if found.method == "tornado" else indices(found)  # fmt: skip
    if isinstance(found, Experiment):
        folder.mkdir(parents=True, exist_ok=True)
        found.frame.to_csv(folder / "runs.csv")
    typer.echo(str(found))
    typer.echo(f"the chart is in {write_chart(drawn, folder / 'study.html', plan.study)}")


@app.command()
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

    scenario = _read(file, weeks)
    with Bar("causes") as bar:
        found = fallen(scenario, replications=replications, seed=seed, shapley=shapley, progress=bar)
    title = f"{scenario.name or file.stem}: where the capacity goes"
    path = write_chart(chart(found), out or Path("results") / file.stem / "waterfall.html", title)
    if as_json:
        _print_json({"bars": found.values(), "nameplate": found.nameplate, "says": found.says()})
        return
    typer.echo(f"{found}\nthe chart is in {path}")


@app.command()
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

    found = search(_read(file, change=", ".join(changes or [])), product, step, samples=samples, seed=seed)
    path = write_chart(chart(found), out or Path("results") / file.stem / "spread.html", f"What spreads {step}")
    if as_json:
        _print_json(found.to_dict())
        return
    typer.echo(f"{found}\nthe chart is in {path}")


@app.command()
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

    scenario = _read(file)
    if not 0.0 <= window[0] < window[1]:
        raise PlantsimError(f"--window: must end after it begins, got {window[0]:g} h to {window[1]:g} h")
    played = simulate(scenario, seed, horizon=window[1])
    path = write_chart(chart(played, window, by, colour, only or ()), out or Path("results") / file.stem / "gantt.html",
                       f"{scenario.name or file.stem}: who did what when")  # fmt: skip
    typer.echo(f"the Gantt chart from {window[0]:g} h to {window[1]:g} h is in {path}")


Longer = Annotated[float, typer.Option(help="tell waits longer than so many hours with who held up whom")]


@app.command()
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

    told = simulate(_read(file), seed).story(name, longer)
    if as_json:
        stretches = told.frame.astype(object).to_dict("records")
        _print_json({"name": told.name, "stretches": stretches, "waits": wait_values(told.waits)})
    else:
        typer.echo(str(told))


@app.command()
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

    found = simulate(_read(file), seed).long_waits(longer, most)
    if as_json:
        _print_json(wait_values(found))
    else:
        typer.echo("\n\n".join(wait_lines(found)) or f"no batch waited longer than {longer:g} h for one thing")


@app.command()
def export(
    file: File,
    out: Annotated[Path, typer.Option(help="folder for the tables")] = Path("results/export"),
    formats: Annotated[str, typer.Option(help="csv, parquet, ocel; with commas between")] = "csv,parquet",
    seed: Seed = 1,
) -> None:
    """Write the record of one run and its spans as tables."""
    from plantsim.engine.simulate import simulate

    for path in simulate(_read(file), seed).export(out, [each.strip() for each in formats.split(",")]):
        typer.echo(str(path))


if __name__ == "__main__":
    main()

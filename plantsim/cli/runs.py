"""Commands that run a plant: a plant by itself, and plants beside one another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plantsim.cli.asked import (
    AsJson,
    Chart,
    Dask,
    File,
    Folder,
    Replications,
    Seed,
    Weeks,
    cluster,
    drawn,
    going_on,
    print_json,
    read,
    tell,
    tell_interrupted,
)
from plantsim.errors import PlantsimError

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


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
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a plant: print how much it makes, where it waits and what holds it back; write a report."""
    from plantsim.show import Bar, print_trial, save_trial, trial_values
    from plantsim.study import replicate

    scenario = read(file, weeks)
    if mean:
        _mean(scenario, as_json)
        return
    out = out or Path("results") / file.stem
    if folder is not None and folder.resolve() == out.resolve():
        raise PlantsimError(f"--folder: finished runs need a folder of their own, {folder} is that of the results")
    with going_on(folder), cluster(dask) as executor, Bar(f"{replications} replications") as bar:
        trial = replicate(scenario, replications, seed, folder=folder, executor=executor, progress=bar)
    tell_interrupted(trial.replications, replications, folder)
    saved, notes = save_trial(trial, out, file), trial.run().notes()
    if as_json:
        print_json({**trial_values(trial), "notes": notes, "results": str(out)})
        return
    print_trial(trial)
    typer.echo("\n".join(["", *(f"note: {note}" for note in notes), saved]))


def _mean(scenario: Scenario, as_json: bool) -> None:
    """Print the mean run."""
    from plantsim.show import print_mean

    mean = scenario.mean()
    if as_json:
        stuck = {} if mean.stuck else {"figures": mean.run.figures(), "notes": mean.run.notes()}
        print_json({**mean.to_dict(), **stuck})
        return
    print_mean(mean)
    typer.echo("\n".join(mean.says()))
    if not mean.stuck:
        typer.echo(f"\nthe run without luck, in which batches wait for one another:\n{mean.run}")


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
    folder: Folder = None,
    out: Chart = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare layouts, or one with changes of it, on the same luck: means, and differences to the first one."""
    from plantsim.show import Bar, print_comparison, trial_values, verdicts
    from plantsim.study import compare as compared

    scenarios = _variants(files, changes or [], weeks)
    with going_on(folder), cluster(dask) as executor, Bar(f"{replications} replications of {len(scenarios)}") as bar:
        trial = compared(scenarios, replications, seed, folder=folder, executor=executor, progress=bar)
    tell_interrupted(trial.replications, replications, folder)
    chart = drawn("scenarios", trial, out, "what each variant makes")
    if not as_json:
        print_comparison(trial)
    tell("\n".join(verdicts(trial)), {**trial_values(trial), "verdicts": list(verdicts(trial))}, chart, as_json)


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
        scenarios[name] = read(file, weeks, change)
    return scenarios

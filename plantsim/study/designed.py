"""A study file that names a design: an experiment, or what a figure depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Literal, TypeAlias, cast

from plantsim.layout.study import Design, StudyPlan
from plantsim.scenario import Scenario
from plantsim.study.design import Experiment, experiment
from plantsim.study.factors import Factor, read
from plantsim.study.runs import Progress
from plantsim.study.sensitivity import Sensitivity, sensitivity

Levels: TypeAlias = Mapping[str, Sequence[Scenario]]


def designed(
    plan: StudyPlan,
    design: Design,
    scenario: Scenario,
    levels: Levels,
    folder: Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Experiment | Sensitivity:
    """Make the runs of a design; `levels` are the scenarios in which a factor alone has one of its levels."""
    factors = [_factor(path, design.factors[path].between, made) for path, made in levels.items()]
    if design.kind in ("factorial", "lhs", "sobol"):
        return experiment(
            scenario, factors, design.kind, design.runs or 32,
            design.replications, figure=plan.figure, seed=plan.seed, folder=folder, executor=executor,
            progress=progress,
        )  # fmt: skip
    method = cast(Literal["tornado", "sobol", "morris"], design.kind.removesuffix(" indices"))
    return sensitivity(
        scenario, factors, method, plan.figure, runs=design.runs, replications=design.replications, seed=plan.seed,
        folder=folder, executor=executor, progress=progress,
    )  # fmt: skip


def _factor(path: str, between: bool, made: Sequence[Scenario]) -> Factor:
    """A factor whose levels are read where the file says them, in hours, kg, L ..."""
    values = [read(each, path) for each in made]
    return Factor(path, *values) if between else Factor(path, levels=tuple(values))

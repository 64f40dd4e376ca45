"""A study file carried out: warm-up, replications or a selection, kept in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from plantsim.engine.simulate import simulate
from plantsim.layout.study import StudyPlan
from plantsim.scenario import Scenario
from plantsim.study.jobs import measures
from plantsim.study.precision import Precision
from plantsim.study.replicate import compare
from plantsim.study.runs import Progress
from plantsim.study.selection import Selection, select
from plantsim.study.trial import FIGURE, MAIN, Trial, value_of
from plantsim.study.warmup import WarmUp, warm_up

if TYPE_CHECKING:
    import pandas as pd

BLINK = 0.01  # hours


@dataclass(frozen=True)
class Studied:
    """What a study gave: the warm-up of each scenario if it was asked for, and a trial or a selection."""

    plan: StudyPlan
    warm_ups: Mapping[str, WarmUp]
    found: Trial | Selection

    def __str__(self) -> str:
        said = [f"{name}: {each}" for name, each in self.warm_ups.items()]
        if isinstance(self.found, Selection):
            return "\n".join([*said, str(self.found)])
        return "\n".join([*said, self.found.says(), *_tables(self.found, self.plan.figure)])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(name)}: {escape(str(each))}</p>" for name, each in self.warm_ups.items())
        return said + self.found._repr_html_()


def _tables(trial: Trial, figure: str) -> list[str]:
    if len(trial.scenarios) < 2:
        return [trial.table((figure,)).round(3).to_string()]
    best = trial.best(figure).rename(columns={"difference": "to the best of the others"})
    return [f"{figure}: differences to {trial.first}, which hold together", _text(trial.together(figure)),
            "each against the best of the others", _text(best)]  # fmt: skip


def _text(frame: pd.DataFrame) -> str:
    return frame.astype(object).to_string(float_format=lambda each: f"{each:.3g}", na_rep="")


def _must_know(figure: str, scenario: Scenario) -> None:
    """Raise if a plant has no such figure: as a run of it that is over at once tells."""
    if figure != MAIN:
        value_of(measures(simulate(scenario, horizon=BLINK)), (FIGURE, figure, ""))


def carry_out(
    plan: StudyPlan,
    scenarios: Mapping[str, Scenario],
    folder: Path,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Studied:
    """Make the runs that a study file asks for, but for those that its folder has already.

    Raises:
        PlantsimError: if there is no such figure, which is told before any of them is made.
    """
    _must_know(plan.figure, next(iter(scenarios.values())))
    warm: dict[str, WarmUp] = {}
    if plan.warm_up is not None:
        for name, scenario in scenarios.items():
            own = folder / "warm-up" / name
            warm[name] = warm_up(scenario, plan.figure, seed=plan.seed, folder=own, executor=executor)
        latest = max(
            each.reported for each in warm.values()
        )  # one for all, so that they are reported over the same time
        scenarios = {name: scenario.replace(from_=latest) for name, scenario in scenarios.items()}
    if plan.select is not None:
        how = plan.select
        chosen = select(
            scenarios, plan.figure, how.probability, how.indifference, plan.seed, rule=how.rule, larger=how.larger,
            most=how.most, folder=folder, executor=executor, progress=progress,
        )  # fmt: skip
        return Studied(plan, warm, chosen)
    until = None
    if plan.precision is not None:
        asked = plan.precision
        until = Precision(asked.relative, asked.absolute, plan.figure, most=asked.most, skewed=asked.skewed)
    trial = compare(
        scenarios, plan.replications, plan.seed, until=until, folder=folder, executor=executor, progress=progress
    )
    return Studied(plan, warm, trial)

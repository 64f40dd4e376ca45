"""The bottleneck by intervention: what each change of a plant would bring, on the same luck, and how sure that is.

The busiest unit is often not what holds a plant back.  So each intervention is tried: the plant runs with it and
without it on common luck, under more orders than it can make (see `screening`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.prices import YEAR as HOURS
from plantsim.reported import fixed_cost
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.study.edits import saturated
from plantsim.study.interventions import SHARE, Intervention, interventions
from plantsim.study.precision import lucky
from plantsim.study.runs import Runs
from plantsim.study.trial import Interval, interval_of

if TYPE_CHECKING:
    import pandas as pd

WORTH = 0.002  # of what the plant makes: less is not worth speaking of
ERROR = 0.05
DRAWS = 20_000  # of the means, by which the chance of being the best is judged
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"


@dataclass(repr=False)
class Bottlenecks:
    """What interventions would bring: batches a year more than today, of each run of the plant."""

    scenario: Scenario  # under more orders than it can make
    tried: list[Intervention]
    today: list[float]  # batches a year of each replication
    gains: dict[str, list[float]]  # intervention -> batches a year more, replication by replication
    seed: int = 1
    left_out: dict[str, str] = field(default_factory=dict)  # intervention -> why it was not tried, or not gone on with
    interrupted: bool = False  # before all runs were made

    @property
    def ranked(self) -> list[Intervention]:
        """The interventions, pairs too, that which brings most first."""
        return sorted(self.tried, key=lambda each: (-float(np.mean(self.gains[each.name])), each.name))

    @property
    def singles(self) -> list[Intervention]:
        """Those that are no pairs, that which brings most first."""
        return [each for each in self.ranked if not each.parts]

    @property
    def best(self) -> Intervention:
        """The single intervention that brings most."""
        return self.singles[0]

    @property
    def least(self) -> float:
        """Batches a year that are just worth speaking of."""
        return WORTH * float(np.mean(self.today))

    def gain(self, name: str) -> Interval:
        """Batches a year more than today; 95 % for all that were tried together (Bonferroni)."""
        return interval_of(self.gains[name], ERROR / len(self.tried), least=self.rounding)

    @cached_property
    def rounding(self) -> float:
        """The standard deviation [batches a year] that rounding alone gives a difference of two runs: step / sqrt(6).

        A run makes whole batches, so what it makes a year goes by steps of one batch over its hours.  Rounding to
        whole steps is uniform, of variance step² / 12; a difference has that of two.  Runs that happen to give the
        same whole number are so not taken for ones without luck; where nothing is left to chance it is nothing.
        """
        horizon, from_ = self.scenario.run.horizon, self.scenario.report.from_
        step = HOURS / (horizon - from_ if from_ < horizon else horizon)
        return step / sqrt(6.0) if lucky(self.scenario) else 0.0

    @cached_property
    def chances(self) -> dict[str, float]:
        """How likely it is that each single intervention is the one that brings most.

        The means of those that had all the runs are drawn from Student's t with their covariance, which is no less than
        that of rounding.
        """
        chances = dict.fromkeys((each.name for each in self.singles), 0.0)
        whole = [name for name in chances if len(self.gains[name]) == len(self.today)]
        runs, luck = np.array([self.gains[name] for name in whole]), np.random.default_rng(self.seed)
        n = runs.shape[1]
        covariance = np.atleast_2d(np.cov(runs))
        np.fill_diagonal(covariance, np.maximum(np.diag(covariance), self.rounding**2))
        draws = luck.multivariate_normal(np.zeros(len(whole)), covariance / n, DRAWS, method="eigh")
        draws = runs.mean(axis=1) + draws / np.sqrt(luck.chisquare(n - 1, DRAWS) / (n - 1))[:, None]
        top = draws >= draws.max(axis=1, keepdims=True) - 1e-9
        for name, share in zip(whole, (top / top.sum(axis=1, keepdims=True)).mean(axis=0), strict=True):
            chances[name] = float(share)
        return chances

    @cached_property
    def tied(self) -> list[str]:
        """The single interventions that can't be told apart from the best one (Bonferroni over those that remain)."""
        best, whole = np.array(self.gains[self.best.name]), len(self.today)
        others = [each.name for each in self.singles[1:] if len(self.gains[each.name]) == whole]
        error = 2.0 * ERROR / max(1, len(others))  # of one side
        return [
            name for name in others if interval_of(list(best - self.gains[name]), error, least=self.rounding).low <= 0.0
        ]

    def cost(self, each: Intervention) -> float | None:
        """What it adds to the fixed costs of a year, by the layout's prices; None if they do not tell."""
        today, then = fixed_cost(self.scenario), fixed_cost(each.edit(self.scenario))
        return then - today if today is not None and then is not None and then != today else None

    def table(self, most: int | None = None) -> pd.DataFrame:
        """Each intervention with the batches a year it brings, their interval, and the chance that it is the best.

        Where the layout has prices, also what it costs a year, and what one batch more costs.
        """
        import pandas as pd

        rows = []
        for each in self.ranked[:most]:
            gain = self.gain(each.name)
            share = gain.mean / float(np.mean(self.today))
            row = (each.kind, gain.mean, gain.low, gain.high, share, self.chances.get(each.name), gain.n)
            rows.append((*row, cost := self.cost(each), cost / gain.mean if cost and gain.low > 0.0 else None))
        columns = ["kind", "batches a year more", "low", "high", "share of today", "chance of being best", "runs",
                   "cost a year", "cost of one more"]  # fmt: skip
        index = pd.Index([each.name for each in self.ranked[:most]], name="intervention")
        frame = pd.DataFrame(rows, index=index, columns=columns)
        return frame if self.scenario.prices is not None else frame.drop(columns=columns[-2:])

    @cached_property
    def run(self) -> Results:
        """A run of today's plant, whose usual measures stand beside."""
        return simulate(self.scenario, self.seed)

    @cached_property
    def signs(self) -> dict[str, tuple[str, str]]:
        """Usual sign of a bottleneck -> (what it names, in words): busiest, longest active, longest waited for."""
        from plantsim.study.verdict import signs

        return dict(signs(self.run))

    def says(self) -> list[str]:
        """The answer in sentences; where the usual measures name something else, it is said."""
        from plantsim.study.verdict import says

        return list(says(self))

    def __repr__(self) -> str:
        return f"<Bottlenecks of {self.scenario.name!r}: {len(self.tried)} tried>"

    def __str__(self) -> str:
        frame = self.table(12).round(3).to_string(na_rep="")
        head = f"{self.scenario.name or 'plant'}: {np.mean(self.today):.4g} batches a year at most with what there is"
        return "\n".join([head, frame, *self.says()])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(each)}</p>" for each in self.says())
        return f"{self.table().round(3).to_html(na_rep='')}{said}"


def bottlenecks(
    scenario: Scenario,
    kinds: Sequence[str] = (),
    *,
    replications: int = 24,
    first: int = 6,
    seed: int = 1,
    share: float = SHARE,
    pairs: bool = True,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Bottlenecks:
    """What holds the plant back: each intervention of some kinds, or of all, tried on common luck.

    Each is tried `first` times; those that may matter go on to `replications`; pairs of the three best are tried too.
    `share`: by how much times are shorter, lives and holds longer.  A `folder` keeps what is finished: the same call
    goes on from what is there.  `progress` is told what is done, and how much.  Interrupted (Ctrl-C) after the first
    round, it gives what there is.

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if there is nothing to try, the plant makes nothing, or the folder holds another study.
    """
    from plantsim.study.screening import Told, search, weekly

    if min(first, replications) < 2:
        raise PlantsimError(f"one run tells nothing of chance: give at least 2, got {min(first, replications)}")
    plant = saturated(scenario.check()).check()
    tried = interventions(plant, kinds, share)
    if not tried:
        raise PlantsimError(f"there is nothing to try: the plant has nothing of {', '.join(kinds) or 'any kind'}")
    told, runs = Told(progress), Runs({}, seed, folder, executor)
    return search(plant, tried, weekly(runs, told), replications, first, seed, pairs, told)

"""Steady state from one long run: an interval by batch means, beside replications.

Observations of one run (whole campaign cycles of an order, or weeks) hang together, so that they can't be taken as so
many values.  Means of long enough stretches of them hardly do.  After the warm-up (MSER-5) the run is cut into 20
stretches, as long as it allows: between 10 and 30 little is lost (Schmeiser, 1982), and what does not divide is left
out at the beginning.  Overlapping ones begin at each observation (Meketon and Schmeiser, 1984), with 1.5 (n / m - 1)
degrees of freedom, n observations in stretches of m.  Whether 20 stretches hang together still is tested by von
Neumann's ratio of their means, 2 (1 - r) with r their first autocorrelation, at 5 %: then the run is too short.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.jobs import own_figures
from plantsim.study.long import long_run
from plantsim.study.runs import Progress, Runs
from plantsim.study.trial import MAIN, Interval, interval_of
from plantsim.study.warmup import Series, WarmUp, found_in, observed, series_runs

if TYPE_CHECKING:
    import pandas as pd

STRETCHES = 20
NEUMANN = 1.645  # standard errors of the first autocorrelation that independent means stay below in 95 of 100 cases


def stretches(series: Sequence[float], number: int = STRETCHES) -> list[float]:
    """The means of so many equal stretches of a series, as long as can be; the first few that are over are left out.

    >>> stretches([9.0, 1.0, 3.0, 5.0, 7.0], 2)
    [2.0, 6.0]
    """
    long = len(series) // number
    rest = series[len(series) - number * long :]
    return [sum(rest[k * long : (k + 1) * long]) / long for k in range(number)]


def batch_means(series: Sequence[float], *, overlapping: bool = False, error: float = 0.05) -> Interval:
    """Mean and interval of a series that has settled, by 20 stretches of it; n: how many of them count (see above).

    Those that do not overlap may be skewed: the interval is that of Willink (see `interval_of`).

    Raises:
        PlantsimError: if it is shorter than two observations a stretch.

    >>> one = [float(k * 7 % 10) for k in range(400)]
    >>> batch_means(one).mean
    4.5
    """
    if len(series) < 2 * STRETCHES:
        raise PlantsimError(f"{len(series)} observations are too few for {STRETCHES} stretches of two: "
                            "make the run longer")  # fmt: skip
    return _overlapping(series, error) if overlapping else interval_of(stretches(series), error, skewed=True)


def _overlapping(series: Sequence[float], error: float) -> Interval:
    """By the means of all stretches that begin anywhere: variance of the mean n m / ((n - m + 1) (n - m)) sum / n."""
    import numpy as np
    from scipy.special import stdtrit

    n, long = len(series), len(series) // STRETCHES
    sums = np.concatenate([[0.0], np.cumsum(series)])
    means, mean = (sums[long:] - sums[:-long]) / long, float(sums[-1] / n)
    variance = long * float(((means - mean) ** 2).sum()) / ((n - long + 1) * (n - long))
    degrees = 1.5 * (n / long - 1.0)
    half = float(stdtrit(degrees, 1.0 - error / 2.0)) * sqrt(variance)
    return Interval(mean, mean - half, mean + half, STRETCHES)


def together(means: Sequence[float]) -> float:
    """The first autocorrelation of the means of stretches, from von Neumann's ratio; 0 of those that are all alike."""
    level = sum(means) / len(means)
    spread = sum((each - level) ** 2 for each in means)
    if not spread:
        return 0.0
    steps = sum((b - a) ** 2 for a, b in pairwise(means))
    ends = (means[0] - level) ** 2 + (means[-1] - level) ** 2
    return 1.0 - (steps + ends) / (2.0 * spread)


@dataclass(frozen=True)
class SteadyState:
    """A figure of a plant that runs on, from one long run: its interval, and why that may not be trusted."""

    warm: WarmUp
    overlapping: bool = False

    @property
    def series(self) -> tuple[float, ...]:
        """The observations after the warm-up."""
        return self.warm.series[self.warm.found.cut :]

    @cached_property
    def interval(self) -> Interval:
        """Mean and 95 % interval."""
        return batch_means(self.series, overlapping=self.overlapping)

    @property
    def doubt(self) -> str:
        """Why the interval is not to be trusted; '' if it is."""
        if not self.warm.trusted:
            return self.warm.found.doubt
        r = together(stretches(self.series))
        far = r > NEUMANN * sqrt((STRETCHES - 2) / (STRETCHES**2 - 1))
        return f"stretches still hang together (autocorrelation {r:.2f}): make the run longer" if far else ""

    @property
    def trusted(self) -> bool:
        """Whether the warm-up is found, and stretches are long enough."""
        return not self.doubt

    def table(self) -> pd.DataFrame:
        """A row each stretch: its mean; those of an interval that overlap are not listed."""
        import pandas as pd

        index = pd.RangeIndex(1, STRETCHES + 1, name="stretch")
        return pd.DataFrame({self.warm.figure: stretches(self.series)}, index=index)

    def __str__(self) -> str:
        own, what = self.interval, "campaign cycles" if self.warm.observed.batches else "observations"
        doubt = f"; not to be trusted: {self.doubt}" if self.doubt else ""
        way = "overlapping stretches" if self.overlapping else f"{STRETCHES} stretches"
        said = f"{self.warm.figure}: {own.mean:.4g} ({own.low:.4g} to {own.high:.4g}) in the steady state"
        each = len(self.series) // STRETCHES
        return f"{said}, by {way} of {each} {what} after {self.warm.hours:g} h of warm-up{doubt}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.table().round(4).to_html()}"


def steady_state(
    scenario: Scenario,
    figure: str = MAIN,
    every: float | None = None,
    seed: int = 1,
    *,
    overlapping: bool = False,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> SteadyState:
    """A figure of a plant that runs on and on, from one long run of it, by batch means of its observations.

    Observed are whole campaign cycles if the plant has campaigns, else weeks, or so many hours (`every`).  The run is
    as long as the scenario says: give it a horizon of a hundred observations or more.  A `folder` keeps the record of
    the run piece by piece: the same call goes on from what is there, and ends as one that was not interrupted.  With
    an `executor` the run is one job of it, and kept as it ends.

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if there is no such figure, the run is too short, or the folder holds another study.

    >>> from plantsim.layout import read_layout
    >>> line = read_layout("layouts/flow_line.yaml").replace(horizon=24.0)
    >>> steady_state(line, every=0.1).interval.n
    20
    """
    how = observed(scenario.check(), figure, every)
    runs = series_runs(scenario, how, seed, folder, executor)
    if folder is not None and executor is None:
        _in_pieces(runs, how, folder, progress)
    runs.make(1, progress)
    state = SteadyState(found_in(runs, scenario, how, 1), overlapping)
    batch_means(state.series)  # which tells if the run is too short
    return state


def _in_pieces(runs: Runs, how: Series, folder: str | Path, progress: Progress | None) -> None:
    """Make the run, unless it is made, so that it can be gone on with if it is killed."""
    ((called, whole),) = runs.scenarios.items()
    if (called, 0) not in runs.kept:
        run = long_run(whole, runs.seed, folder, progress).check()
        runs.keep((called, 0), own_figures(run, how))

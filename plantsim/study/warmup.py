"""Warm-up: how much at the beginning of a run is left out, by MSER-5, and whether that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import pairwise
from math import ceil, isnan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from plantsim.errors import PlantsimError
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.study.runs import Progress, Runs

if TYPE_CHECKING:
    import pandas as pd

WEEK = 168.0
BATCH = 5  # observations that MSER-5 takes together
FEWEST = 10  # batches of them, below which the minimum says nothing


class Truncation(NamedTuple):
    """How many observations to leave out, and why that is not to be trusted ('' if it is)."""

    cut: int
    doubt: str

    @property
    def trusted(self) -> bool:
        """Whether the series is long enough, and settles in its first half."""
        return not self.doubt


def mser(series: Sequence[float], batch: int = BATCH) -> Truncation:
    """Where a series has settled: the cut after which the squared standard error of the mean is least.

    MSER(d) = sum over i > d of (y_i - mean)^2 / (n - d)^2, of means y of `batch` observations (White 1997; White, Cobb
    and Spratt 2000).  The last five means are never left alone: a few that happen to agree would always win.

    >>> mser([9.0, 7.0, 5.0, 3.0, 1.0] + [0.1, -0.1] * 40).cut
    5
    """
    means = [sum(series[k : k + batch]) / batch for k in range(0, len(series) - batch + 1, batch)]
    n = len(means)
    if n < FEWEST:
        return Truncation(0, f"{len(series)} observations are {n} batches of {batch}; it takes {FEWEST} or more")
    cut = min(range(n - 4), key=lambda d: (_error(means[d:]), d))
    late = 2 * cut > n
    return Truncation(cut * batch, "the series settles in its last half, if at all: make the runs longer" * late)


def _error(rest: Sequence[float]) -> float:
    mean = sum(rest) / len(rest)
    return sum((each - mean) ** 2 for each in rest) / len(rest) ** 2


@dataclass(frozen=True)
class Series:
    """A figure of a run, observation by observation: windows of so many hours, or whole campaign cycles of an order."""

    figure: str
    every: float = WEEK
    order: str = ""
    batches: int = 0

    def __call__(self, run: Results) -> dict[str, float]:
        """Each observation under its number, and the hour at which it ends."""
        said: dict[str, float] = {}
        for number, (begin, end) in enumerate(pairwise(self.edges(run))):
            said[f"{number:06d}"] = self._value(run, begin, end)
            said[f"{number:06d} ends [h]"] = end
        return said

    def edges(self, run: Results) -> list[float]:
        """Where observations begin and end [h]."""
        begun = run.start.time / 3_600_000
        if not self.batches:
            return [begun + k * self.every for k in range(int((run.until - begun) / self.every + 1e-9) + 1)]
        lives = run.all_spans["lives"]
        mine = lives[(lives["order"] == self.order) & (lives["fate"] == "done")]
        ends = sorted(float(end) / 3_600_000 for end in mine["end"])
        return [begun, *ends[self.batches - 1 :: self.batches]]

    def _value(self, run: Results, begin: float, end: float) -> float:
        if self.figure == "batches a week [1/week]":
            return float(run.throughput(begin, end)["batches a week"]["all"])
        figures = run.figures(begin, end)
        if self.figure not in figures:
            raise PlantsimError(f"there is no figure {self.figure!r}; there are {', '.join(figures)}")
        return figures[self.figure]


def observed(scenario: Scenario, figure: str, every: float | None = None) -> Series:
    """How a plant is observed: by so many hours, else by whole campaign cycles if it has campaigns, else by weeks.

    Raises:
        PlantsimError: if an observation has no length.
    """
    if every is not None and not every > 0.0:
        raise PlantsimError(f"every= is how long an observation is: more than 0 h, got {every:g} h")
    cycles = [(name, order.cycle) for name, order in scenario.orders.items() if order.campaign > 1]
    if every is None and len(cycles) == 1 and len(scenario.orders) == 1:
        return Series(figure, order=cycles[0][0], batches=cycles[0][1])
    return Series(figure, WEEK if every is None else every)


@dataclass(frozen=True)
class WarmUp:
    """The warm-up of a scenario: `scenario` is the one that is reported from there on."""

    before: Scenario
    figure: str
    observed: Series
    series: tuple[float, ...]  # mean of each observation over the replications
    ends: tuple[float, ...]  # when it was over in all of them [h]
    found: Truncation
    replications: int

    @property
    def hours(self) -> float:
        """What is left out at the beginning [h]."""
        return float(ceil(self.ends[self.found.cut - 1])) if self.found.cut else 0.0

    @property
    def trusted(self) -> bool:
        """Whether the truncation can be relied on."""
        return self.found.trusted

    @property
    def reported(self) -> float:
        """From when on to report [h]: after the warm-up; if that is not to be trusted, as the layout says."""
        return self.hours if self.trusted else self.before.report.from_

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, reported after its warm-up: for steady-state studies."""
        return self.before.replace(from_=self.reported)

    @property
    def frame(self) -> pd.DataFrame:
        """The series: when each observation ends [h], its mean, and whether it is left out."""
        import pandas as pd

        out = [k < self.found.cut for k in range(len(self.series))]
        return pd.DataFrame({"ends [h]": self.ends, self.figure: self.series, "left out": out})

    def __str__(self) -> str:
        what = "campaign cycles" if self.observed.batches else f"windows of {self.observed.every:g} h"
        said = f"warm-up {self.hours:g} h by MSER-5 of {self.figure} over {len(self.series)} {what}, "
        stays = f"reports begin at {self.reported:g} h, as the layout says"
        doubt = "" if self.trusted else f"; not to be trusted: {self.found.doubt}; {stays}"
        return f"{said}mean of {self.replications} replications{doubt}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.frame.round(3).to_html()}"


def warm_up(
    scenario: Scenario,
    figure: str = "batches a week [1/week]",
    every: float | None = None,
    replications: int = 10,
    seed: int = 1,
    *,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> WarmUp:
    """The warm-up of a plant that runs on, by MSER-5 of a figure over its campaign cycles, weeks or `every` hours.

    The series is the mean over some replications, which settles as one long run does but scatters less.

    Raises:
        PlantsimError: if there is no such figure, or nothing to observe.

    >>> from plantsim.layout import read_layout
    >>> line = read_layout("layouts/flow_line.yaml")
    >>> len(warm_up(line.replace(horizon=24.0), every=0.25, replications=1).series)
    96
    """
    how = observed(scenario.check(), figure, every)
    if replications < 1:
        raise PlantsimError(f"a warm-up takes one replication or more, got {replications}")
    runs = series_runs(scenario, how, seed, folder, executor)
    runs.make(replications, progress)
    return found_in(runs, scenario, how, replications)


def series_runs(
    scenario: Scenario, how: Series, seed: int, folder: str | Path | None = None, executor: Executor | None = None
) -> Runs:
    """Runs of a scenario of which its series is kept, from the beginning on."""
    whole = {scenario.name or "scenario": scenario.replace(from_=0.0)}
    return Runs(whole, seed, folder, executor, how, only=True)


def found_in(runs: Runs, scenario: Scenario, how: Series, replications: int) -> WarmUp:
    """The warm-up in the series of runs that are made.

    Raises:
        PlantsimError: if there is nothing to observe.
    """
    (called,) = runs.scenarios
    made = [{key[1]: value for key, value in runs.kept[called, k].items()} for k in range(replications)]
    names = [name for name in made[0] if not name.endswith("[h]") and all(name in each for each in made)]
    if not names:
        raise PlantsimError("the run is shorter than one observation: make the horizon longer, or give every=")
    known = {name: [each[name] for each in made if not isnan(each[name])] for name in names}
    series = {name: sum(each) / len(each) for name, each in known.items() if each}
    ends = tuple(max(each[f"{name} ends [h]"] for each in made) for name in series)
    return WarmUp(scenario, how.figure, how, tuple(series.values()), ends, mser([*series.values()]), replications)

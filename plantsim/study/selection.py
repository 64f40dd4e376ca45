"""Selection: of many designs the best with stated probability and least effort; who can't be told apart is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from itertools import permutations
from math import erfc, isfinite, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.jobs import Also, Job
from plantsim.study.runs import Progress, Runs
from plantsim.study.together import key_of
from plantsim.study.trial import FIGURE, Interval, Key, interval_of

if TYPE_CHECKING:
    import pandas as pd

Draw = Callable[[Sequence[Job]], Mapping[Job, float]]  # (name, replication) -> value of the figure
Rule = Literal["kim-nelson", "ocba"]


class Sample:
    """The values seen so far of each design: larger is better in here, whatever the figure is."""

    def __init__(self, names: Sequence[str], draw: Draw, larger: bool = True) -> None:
        self.values: dict[str, list[float]] = {name: [] for name in names}
        self._sums: dict[str, list[float]] = {name: [0.0] for name in names}
        self._draw, self._sign = draw, 1.0 if larger else -1.0

    def to(self, counts: Mapping[str, int]) -> None:
        """See so many replications of each, one round over all of them at a time."""
        jobs = [(name, k) for name, n in counts.items() for k in range(len(self.values[name]), n)]
        seen = self._draw(jobs) if jobs else {}
        for name, k in jobs:
            if not isfinite(seen[name, k]):
                raise PlantsimError(f"replication {k} of {name!r} gave {seen[name, k]!r}, which can't be compared")
            self.values[name].append(self._sign * seen[name, k])
            self._sums[name].append(self._sums[name][-1] + self._sign * seen[name, k])

    def mean(self, name: str, n: int | None = None) -> float:
        """The mean of the first n."""
        n = len(self.values[name]) if n is None else n
        return self._sums[name][n] / n

    def pairs(self, a: str, b: str, n: int) -> list[float]:
        """Differences of the first n on common luck."""
        return [x - y for x, y in zip(self.values[a][:n], self.values[b][:n], strict=True)]

    def shown(self, name: str) -> float:
        """The mean of the figure itself."""
        return self._sign * self.mean(name)

    def interval(self, name: str) -> Interval:
        """The mean of the figure itself with its 95 % interval."""
        return interval_of([self._sign * each for each in self.values[name]])

    def to_best(self, ahead: Interval) -> Interval:
        """By how much the figure itself is other than that of the best, which is so far ahead."""
        return Interval(-ahead.mean, -ahead.high, -ahead.low, ahead.n) if self._sign > 0.0 else ahead


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((each - mean) ** 2 for each in values) / (len(values) - 1)


def kim_nelson(
    sample: Sample, probability: float, indifference: float, first: int = 10, step: int = 1, most: int = 10000
) -> dict[str, int]:
    """Drop designs, replication by replication, until one is left: name -> replications after which it was dropped.

    Who is left has the value `most + 1`.  KN of Kim and Nelson (2001) with c = 1, on common luck: i goes after r
    replications if its mean is below that of some j by more than (h2 S2_ij / d - d r) / (2 r), where d is the
    indifference, S2 the variance of the first n0 differences, a the error allowed among k designs, and
    h2 = ((2 a / (k - 1)) ** (-2 / (n0 - 1)) - 1) (n0 - 1).  A best that is better than all others by d or more is kept
    with the stated probability, if observations are normal.
    """
    names = list(sample.values)
    h2 = ((2.0 * (1.0 - probability) / (len(names) - 1)) ** (-2.0 / (first - 1)) - 1.0) * (first - 1)
    sample.to(dict.fromkeys(names, first))
    reach = {pair: h2 * _variance(sample.pairs(*pair, first)) / indifference for pair in permutations(names, 2)}
    gone: dict[str, int] = {}
    left, r = names, first
    while True:
        means = {name: sample.mean(name, r) for name in left}
        out = [name for name in left if _beaten(name, means, reach, indifference, r)]
        gone.update(dict.fromkeys(out, r))
        left = [name for name in left if name not in out]
        if len(left) < 2 or r >= most:
            return {**gone, **dict.fromkeys(left, most + 1)}
        r = min(r + step, most)
        sample.to(dict.fromkeys(left, r))


def _beaten(
    name: str, means: Mapping[str, float], reach: Mapping[tuple[str, str], float], indifference: float, r: int
) -> bool:
    """Whether another mean is out of reach, or ahead once nothing more can tell them apart."""
    for other in means:
        if other != name:
            room = max(0.0, (reach[name, other] - indifference * r) / (2.0 * r))
            if means[other] - means[name] > room or (not room and _ahead(means, other, name)):
                return True
    return False


def _ahead(means: Mapping[str, float], b: str, a: str) -> bool:
    """Whether b goes before a once nothing can tell them apart: by their means, else in the order given."""
    names = list(means)
    return means[b] > means[a] or (means[b] == means[a] and names.index(b) < names.index(a))


def ocba(
    sample: Sample,
    probability: float = 0.95,
    indifference: float = 0.0,
    first: int = 10,
    step: int = 10,
    most: int = 10000,
) -> float:
    """Give each next batch of `step` replications to where it helps most; the probability at the end that it is right.

    Optimal computing budget allocation of Chen et al. (2000): N_i / N_j = (s_i / d_i)^2 / (s_j / d_j)^2, where d is
    the distance to the best b, and N_b = s_b sqrt(sum N_i^2 / s_i^2).  It ends once the approximate probability
    that the best mean is that of the best, or of one within the indifference, is reached (Bonferroni over normal
    posteriors), or once `most` replications are made in all.
    """
    names = list(sample.values)
    sample.to(dict.fromkeys(names, first))
    while True:
        sure = _sure(sample, indifference)
        total = sum(map(len, sample.values.values()))
        if sure >= probability or total >= most:
            return sure
        sample.to(_allotted(sample, min(step, most - total), indifference))


def _best(sample: Sample) -> str:
    return max(sample.values, key=lambda name: (sample.mean(name), -list(sample.values).index(name)))


def _sure(sample: Sample, indifference: float) -> float:
    """Probability that the best mean is right, at least."""
    best = _best(sample)
    return 1.0 - sum(_wrong(sample, best, name, indifference) for name in sample.values if name != best)


def _wrong(sample: Sample, best: str, name: str, indifference: float) -> float:
    apart = sample.mean(best) - sample.mean(name) + indifference
    noise = sqrt(sum(_variance(sample.values[each]) / len(sample.values[each]) for each in (best, name)))
    return 0.5 * erfc(apart / noise / sqrt(2.0)) if noise else 0.5 * (apart <= 0.0)


def _allotted(sample: Sample, more: int, indifference: float) -> dict[str, int]:
    """How many replications each shall have after so many more."""
    best, now = _best(sample), {name: len(values) for name, values in sample.values.items()}
    others = [name for name in now if name != best]
    spread = {name: max(_variance(values), 1e-300) for name, values in sample.values.items()}
    apart = {name: max(sample.mean(best) - sample.mean(name), indifference, 1e-12) for name in others}
    weight = {name: spread[name] / apart[name] ** 2 for name in others}
    weight[best] = sqrt(spread[best] * sum(weight[name] ** 2 / spread[name] for name in others))
    goal, whole = sum(now.values()) + more, sum(weight.values())
    lack = {name: goal * weight[name] / whole - now[name] for name in now}
    for _ in range(more):
        name = max(lack, key=lambda each: lack[each])
        now[name], lack[name] = now[name] + 1, lack[name] - 1.0
    return now


@dataclass(frozen=True)
class Selection:
    """Which design is the best, with which probability, at which effort, and which can't be told from it.

    `told` says of each design: "best", "can't be told apart", or "not the best".
    """

    best: str
    probability: float
    indifference: float
    means: dict[str, float]
    replications: dict[str, int]
    told: dict[str, str]
    settled: bool  # whether the rule came to its end before the replications did
    intervals: dict[str, Interval]  # mean and 95 % interval of each by itself
    to_best: dict[str, Interval]  # paired difference to the best; they all hold together with the probability
    figure: str = ""

    @property
    def finalists(self) -> tuple[str, ...]:
        """The best, and those that can't be told from it."""
        return tuple(name for name, word in self.told.items() if word != "not the best")

    @property
    def table(self) -> pd.DataFrame:
        """A row each design: mean, difference to the best with its interval, runs, and what is said; the best first."""
        import pandas as pd

        apart = {word: {name: getattr(each, word) for name, each in self.to_best.items()}
                 for word in ("mean", "low", "high")}  # fmt: skip
        columns = {"mean": self.means, "to the best": apart["mean"], "low": apart["low"], "high": apart["high"],
                   "replications": self.replications, "": self.told}  # fmt: skip
        frame = pd.DataFrame(columns, index=list(self.means))
        return frame.loc[sorted(frame.index, key=self._rank)]

    def _rank(self, name: str) -> tuple[bool, bool, float]:
        """The best first, then what can't be told from it, then the others, the nearest first."""
        apart = self.to_best[name].mean if name in self.to_best else 0.0
        return name != self.best, self.told[name] == "not the best", abs(apart)

    def says(self) -> str:
        """The answer in a sentence."""
        effort = f"{sum(self.replications.values())} replications"
        sure = f"with probability {self.probability:.3g}" if self.settled else "but that is not sure after"
        within = f", or within {self.indifference:.3g} of the best," if self.indifference else ""
        said = f"{self.best} is the best{within} {sure}" + (f" ({effort})" if self.settled else f" {effort}")
        others = [name for name in self.finalists if name != self.best]
        return said + (f"; can't be told apart from it: {', '.join(others)}" if others else "")

    def __str__(self) -> str:
        return f"{self.table.to_string(float_format='{:.4g}'.format, na_rep='')}\n{self.says()}"

    def _repr_html_(self) -> str:
        return f"{self.table.to_html(float_format='{:.4g}'.format, na_rep='')}<p>{escape(self.says())}</p>"


def selected(
    names: Sequence[str],
    draw: Draw,
    probability: float = 0.95,
    indifference: float = 1.0,
    *,
    rule: Rule = "kim-nelson",
    larger: bool = True,
    first: int = 10,
    step: int = 1,
    most: int = 10000,
) -> Selection:
    """The best of designs whose values come from a function of (name, replication); see `select`.

    >>> heights = {"low": 1.0, "high": 3.0}
    >>> noisy = lambda jobs: {(name, k): heights[name] + 0.1 * (-1) ** k for name, k in jobs}
    >>> selected(["low", "high"], noisy).best
    'high'
    """
    if len(names) < 2 or not 0.0 < probability < 1.0 or indifference < 0.0 or first < 2 or step < 1:
        raise ValueError("give two designs or more, a probability between 0 and 1, and two replications at first")
    if rule == "kim-nelson" and not indifference > 0.0:
        raise ValueError("Kim and Nelson's rule needs an indifference: how much better is worth knowing?")
    sample = Sample(names, draw, larger)
    if rule == "ocba":
        settled = ocba(sample, probability, indifference, first, step, most) >= probability
        best = _best(sample)
    else:
        gone = kim_nelson(sample, probability, indifference, first, step, most)
        left = [name for name in names if gone[name] > most]
        best, settled = max(left, key=lambda name: sample.mean(name)), len(left) == 1
    ahead = {name: _ahead_of(sample, best, name, probability) for name in names if name != best}
    told = {name: "best" if name == best else _verdict(ahead[name]) for name in names}
    counts = {name: len(values) for name, values in sample.values.items()}
    means = {name: sample.shown(name) for name in names}
    own = {name: sample.interval(name) for name in names}
    apart = {name: sample.to_best(each) for name, each in ahead.items()}
    return Selection(best, probability, indifference, means, counts, told, settled, own, apart)


def _ahead_of(sample: Sample, best: str, name: str, probability: float) -> Interval:
    """By how much the best is better than a design: paired, and Bonferroni over all."""
    n = min(len(sample.values[name]), len(sample.values[best]))
    return interval_of(sample.pairs(best, name, n), 2.0 * (1.0 - probability) / (len(sample.values) - 1))


def _verdict(ahead: Interval) -> str:
    return "not the best" if ahead.low > 0.0 else "can't be told apart"


def select(
    scenarios: Mapping[str, Scenario],
    figure: str | Key = "batches a week [1/week]",
    probability: float = 0.95,
    indifference: float = 1.0,
    seed: int = 1,
    *,
    rule: Rule = "kim-nelson",
    larger: bool = True,
    first: int = 10,
    step: int | None = None,
    most: int = 1000,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> Selection:
    """The best of many scenarios with stated probability and least effort, on common luck.

    If the best is better than all others by the indifference or more, it is found with the stated probability
    (`rule="kim-nelson"`); what is nearer may be taken for it, and is named as one that can't be told apart.
    `rule="ocba"` gives the next replications to where they help most instead.  After `first` replications of each,
    `step` are made at a time (of all that are left, or in all; none: 5, or 20), and `most` at most (of each, or in all)
    before it ends unsettled.

    Raises:
        ValueError: if the numbers make no sense.
        PlantsimError: if there is no such figure, or a run has no value of it.
    """
    for scenario in scenarios.values():
        scenario.check()
    runs = Runs(scenarios, seed, folder, executor, also)
    key = key_of(figure)
    draw = partial(_drawn, runs, key, progress)
    step = (20 if rule == "ocba" else 5) if step is None else step
    most = max(most, first * len(scenarios)) if rule == "ocba" else most
    how = {"first": first, "step": step, "most": most}
    found = selected(list(scenarios), draw, probability, indifference, rule=rule, larger=larger, **how)
    return replace(found, figure=key[1] if key[0] == FIGURE else " ".join(filter(None, key)))


def _drawn(runs: Runs, key: Key, progress: Progress | None, jobs: Sequence[Job]) -> dict[Job, float]:
    runs.do(list(jobs), progress)
    return {job: runs.value(job, key) for job in jobs}

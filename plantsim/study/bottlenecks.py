"""The bottleneck by intervention: what each change of a plant would bring, on the same luck, and how sure that is.

The busiest unit is often not what holds a plant back.  So each intervention is tried: the plant runs with it and
without it on common luck, under more orders than it can make.  Runs go to those that may still matter: after each
round those are left out which, by the paired differences of the runs so far, bring nothing worth speaking of, or less
than the third best (Student's t, shared out over interventions and rounds by Bonferroni).  Pairs are tried too, since
a chain may need both; among interventions that bring nothing alone, those on the busiest units are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from plantsim.engine.simulate import simulate
from plantsim.reported import fixed_cost
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.study.edits import saturated
from plantsim.study.interventions import SHARE, Intervention, interventions
from plantsim.study.jobs import done
from plantsim.study.trial import FIGURE, Interval

if TYPE_CHECKING:
    import pandas as pd

YEAR = 365.25 / 7.0  # weeks
TODAY = "today"
MADE = (FIGURE, "batches a week [1/week]", "")
KEPT = 3  # the best so many are always gone on with, and tried in pairs
WORTH = 0.002  # of what the plant makes: less is not worth speaking of
RISK = 0.05  # that one of them is left out that should not be
DRAWS = 20_000  # of the means, by which the chance of being the best is judged
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Values: TypeAlias = Callable[[Mapping[str, Scenario], Sequence[int]], Mapping[tuple[str, int], float]]


@dataclass(repr=False)
class Bottlenecks:
    """What interventions would bring: batches a year more than today, of each run of the plant."""

    scenario: Scenario  # under more orders than it can make
    tried: list[Intervention]
    today: list[float]  # batches a year of each replication
    gains: dict[str, list[float]]  # intervention -> batches a year more, replication by replication
    seed: int = 1
    left_out: dict[str, str] = field(default_factory=dict)  # intervention -> why it was not gone on with

    @property
    def ranked(self) -> list[Intervention]:
        """The interventions, pairs too, that which brings most first."""
        return sorted(self.tried, key=lambda each: (-self.gain(each.name).mean, each.name))

    @property
    def best(self) -> Intervention:
        """The single intervention that brings most."""
        return next(each for each in self.ranked if each.kind != "pair")

    def gain(self, name: str) -> Interval:
        """Batches a year more than today, with the 95 % interval of the paired difference."""
        return interval(np.array(self.gains[name]))

    @cached_property
    def chances(self) -> dict[str, float]:
        """How likely it is that each single intervention is the one that brings most.

        The means of those that had all the runs are drawn from the normal distribution with their covariance.
        """
        singles = [each.name for each in self.tried if each.kind != "pair"]
        whole = [name for name in singles if len(self.gains[name]) == len(self.today)]
        chances = dict.fromkeys(singles, 0.0)
        runs = np.array([self.gains[name] for name in whole])
        covariance = np.atleast_2d(np.cov(runs)) / runs.shape[1]
        draws = np.random.default_rng(self.seed).multivariate_normal(
            runs.mean(axis=1), covariance, DRAWS, method="eigh"
        )
        top = draws >= draws.max(axis=1, keepdims=True) - 1e-9
        for name, share in zip(whole, (top / top.sum(axis=1, keepdims=True)).mean(axis=0), strict=True):
            chances[name] = float(share)
        return chances

    def cost(self, each: Intervention) -> float | None:
        """What it adds to the fixed costs of a year, by the layout's prices; None if they do not tell."""
        today, then = fixed_cost(self.scenario), fixed_cost(each.edit(self.scenario))
        return then - today if today is not None and then is not None and then != today else None

    def tied(self) -> list[str]:
        """The single interventions that can't be told apart from the best one."""
        best = np.array(self.gains[self.best.name])
        found = []
        for each in self.ranked:
            own = np.array(self.gains[each.name])
            if each.kind != "pair" and each is not self.best and len(own) == len(best):
                mean, half = _mean(best - own)
                found += [each.name] if mean - half <= 0.0 else []
        return found

    def table(self, most: int | None = None) -> pd.DataFrame:
        """Each intervention with the batches a year it brings, their interval, and the chance that it is the best."""
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
        return dict(_signs(self.run))

    def says(self) -> list[str]:
        """The answer in sentences; where the usual measures name something else, it is said."""
        return list(_says(self))

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
    executor: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Bottlenecks:
    """What holds the plant back: each intervention of some kinds, or of all, tried on common luck.

    Each is tried `first` times; those that may matter go on to `replications`; pairs of the three best are tried too.
    `share`: by how much times are shorter, lives and holds longer.  `progress` is told what is done, and how much.

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if there is no such kind of intervention.
    """
    plant = saturated(scenario.check()).check()
    return search(
        plant, interventions(plant, kinds, share), weekly(seed, executor), replications, first, seed, pairs, progress
    )


def search(
    plant: Scenario,
    tried: list[Intervention],
    values: Values,
    replications: int,
    first: int = 6,
    seed: int = 1,
    pairs: bool = True,
    progress: Callable[[str, float], None] | None = None,
) -> Bottlenecks:
    """As `bottlenecks`, of given interventions, and of what says what a scenario makes in run k [batches a week]."""
    found = Bottlenecks(plant, list(tried), [], {each.name: [] for each in tried}, seed)
    rounds = list(_rounds(first, replications))
    alive = list(tried)
    for number, (begin, end) in enumerate(rounds):
        _play(found, alive, range(begin, end), values)
        if progress is not None:
            progress(f"round {number + 1}: {len(alive)} interventions", end / replications)
        if end < replications:
            alive = _going_on(found, alive, len(rounds))
    if pairs and len(tried) > 1:
        whole = [each for each in found.tried if len(found.gains[each.name]) == replications]
        couples = [one & other for one, other in combinations(_first(found, whole), 2)]
        found.gains.update({each.name: [] for each in couples})
        _play(found, couples, range(replications), values, today=False)
        found.tried += couples
    return found


def _rounds(first: int, replications: int) -> Iterator[tuple[int, int]]:
    """From which replication to which each round goes: twice as many each time."""
    begin, end = 0, min(first, replications)
    while begin < replications:
        yield begin, end
        begin, end = end, min(2 * end, replications)


def _play(found: Bottlenecks, alive: list[Intervention], ks: range, values: Values, today: bool = True) -> None:
    """Run today's plant and each intervention; what each brings is kept."""
    scenarios = {each.name: each.edit(found.scenario) for each in alive}
    if today:
        scenarios[TODAY] = found.scenario
    made = values(scenarios, ks)
    if today:
        found.today += [YEAR * made[TODAY, k] for k in ks]
    for each in alive:
        found.gains[each.name] += [YEAR * made[each.name, k] - found.today[k] for k in ks]


def _going_on(found: Bottlenecks, alive: list[Intervention], rounds: int) -> list[Intervention]:
    """Those that may still matter; of the others it is kept why they do not."""
    risk = RISK / (len(alive) * rounds)
    best, least = _first(found, alive), WORTH * float(np.mean(found.today))
    third = np.array(found.gains[best[-1].name])
    kept = []
    for each in alive:
        own = np.array(found.gains[each.name])
        if each not in best and _most(own, risk) < least:
            found.left_out[each.name] = "brings nothing worth speaking of"
        elif each not in best and _most(own - third, risk) < 0.0:
            found.left_out[each.name] = f"brings less than {best[-1].name}"
        else:
            kept.append(each)
    return kept


def _first(found: Bottlenecks, alive: list[Intervention]) -> list[Intervention]:
    """The best three; of those that bring alike, or nothing worth speaking of, the ones on what is busiest."""
    least, busy = WORTH * float(np.mean(found.today)), _busy(found.run)

    def place(each: Intervention) -> tuple[int, float, str]:
        load = max((float(busy.get(name, 0.0)) for name in each.on), default=0.0)
        return -round(max(found.gain(each.name).mean, 0.0) / least), -load, each.name

    return sorted(alive, key=place)[:KEPT]


def weekly(seed: int, executor: Executor | None) -> Values:
    """Batches a week of runs of scenarios, over an executor."""

    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        jobs = [(name, k) for k in ks for name in scenarios]
        return {key: kept[MADE] for key, kept in done(scenarios, jobs, seed, executor, None)}

    return values


def interval(numbers: Numbers) -> Interval:
    """Mean and 95 % interval of numbers that are independent of one another."""
    mean, half = _mean(numbers)
    return Interval(mean, mean - half, mean + half, len(numbers))


def _mean(numbers: Numbers) -> tuple[float, float]:
    """Mean, and half of its 95 % interval."""
    from scipy.special import stdtrit

    n = len(numbers)
    if n < 2:
        return float(numbers.mean()), float("nan")
    return float(numbers.mean()), float(stdtrit(n - 1, 0.975)) * float(numbers.std(ddof=1)) / sqrt(n)


def _most(numbers: Numbers, risk: float) -> float:
    """The most that the mean may be, but for this risk."""
    from scipy.special import stdtrit

    n = len(numbers)
    if n < 2:
        return float("inf")
    return float(numbers.mean()) + float(stdtrit(n - 1, 1.0 - risk)) * float(numbers.std(ddof=1)) / sqrt(n)


# ---- in words --------------------------------------------------------------------------------------------------------


def _busy(run: Results) -> pd.Series[float]:
    """Share of calendar hours in which each name of unit works, the busiest first."""
    return run.utilisation(by="name")["busy"].sort_values(ascending=False)


def _signs(run: Results) -> Iterator[tuple[str, tuple[str, str]]]:
    """What the usual measures name."""
    busy = _busy(run)
    yield "busiest", (str(busy.index[0]), f"busy {busy.iloc[0]:.0%} of calendar hours")
    periods = run.bottleneck(by="name")
    shares = (periods["sole"] + periods["shifting"]).sort_values(ascending=False)
    if len(shares) and shares.iloc[0] > 0.0:
        yield (
            "longest active",
            (str(shares.index[0]), f"the longest active period for {shares.iloc[0]:.0%} of the time"),
        )
    waits = run.waiting(by=("cause",))
    if len(waits):
        yield "most waited for", (str(waits.index[0]), f"{waits['hours'].iloc[0]:,.0f} batch hours of waiting")


def _says(found: Bottlenecks) -> Iterator[str]:
    best, gain = found.best, found.gain(found.best.name)
    if gain.high <= 0.0 or gain.mean <= WORTH * float(np.mean(found.today)):
        yield "nothing that was tried alone brings anything worth speaking of"
        yield from _pairs(found)
        return
    yield (f"{best.name} brings most: {_range(gain)} batches a year more, the best with a chance of "
           f"{found.chances[best.name]:.0%}")  # fmt: skip
    tied = found.tied()
    if tied:
        yield f"not told apart from it: {', '.join(tied[:5])}"
    yield from _pairs(found)
    yield from _differing(found)


def _pairs(found: Bottlenecks) -> Iterator[str]:
    """The best pair, if it brings more than its two parts one by one."""
    pair = next((each for each in found.ranked if each.kind == "pair"), None)
    if pair is None:
        return
    one, other = pair.name.split(" and ")[0], pair.name.split(" and ", 1)[1]
    if one not in found.gains or other not in found.gains:
        return
    more = np.array(found.gains[pair.name]) - np.array(found.gains[one]) - np.array(found.gains[other])
    mean, half = _mean(more)
    if mean - half > 0.0:
        yield f"{pair.name}: {_range(found.gain(pair.name))}, more than one by one: a chain holds the plant back"


def _differing(found: Bottlenecks) -> Iterator[str]:
    """What the usual measures name, if that is not what helps; and what the best that was tried there brings."""
    helps = {name for each in found.ranked if _tells(found, each) for name in each.on}
    named: dict[str, list[str]] = {}
    for sign, (name, words) in found.signs.items():
        if name not in helps:
            named.setdefault(name, []).append(f"{sign}: {words}")
    for name, signs in named.items():
        there = next((each for each in found.ranked if name in each.on and each.kind != "pair"), None)
        tried = f", where {there.name} brings {_range(found.gain(there.name))}" if there is not None else ""
        yield f"the usual measures differ and name {name} ({'; '.join(signs)}){tried}"


def _tells(found: Bottlenecks, each: Intervention) -> bool:
    """Whether it is the best, or not told apart from it."""
    return each is found.best or each.name in found.tied()


def _range(gain: Interval) -> str:
    return f"{gain.mean:+.3g} ({gain.low:.3g} to {gain.high:.3g})"

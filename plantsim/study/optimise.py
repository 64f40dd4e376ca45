"""Optimisation: the best point of a plant, or the front of several objectives, with runs where they matter.

Points are proposed by Optuna: by a tree-structured Parzen estimator for one objective (Bergstra et al., 2011), by
NSGA-II for several (Deb et al., 2002).  Each is first played a few times, on the same luck as all others.  Then runs
go to the contenders: after each round those are left out that are worse than another point in every objective, by the
paired differences of the runs so far (Student's t, shared out over points and rounds by Bonferroni); the others are
played twice as often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from html import escape
from itertools import product
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.study.asking import Asked, Numbers, Subject, called
from plantsim.study.design import not_played
from plantsim.study.factors import Factor, Factors, Point, Value, as_factors
from plantsim.study.jobs import Also
from plantsim.study.proposals import distributions, optuna_there, point_of, sampler
from plantsim.study.runs import Progress
from plantsim.study.trial import Interval, interval_of

if TYPE_CHECKING:
    import pandas as pd

Direction: TypeAlias = Literal["max", "min"]
Within: TypeAlias = Callable[[Point], float]
RISK = 0.05  # that one is left out that should not be
TOGETHER = 4  # points that are proposed at once, so that they can be played at the same time
STALE = 24  # proposals in a row that are not new, after which no more are asked for
SEARCH = 0.5  # of the budget; the rest is for contenders
STARTS = 20  # points that are tried until one can be played
BELOW = 1e-12  # within a limit but for rounding


class Optimisation:
    """Points that were tried, how often, and which of them may be the best.

    `contenders`: those that no other point is better than, as far as the runs tell.
    """

    def __init__(self, asked: Asked, objectives: Mapping[str, Direction], first: int, budget: int) -> None:
        self.asked, self.objectives, self.first, self.budget = asked, dict(objectives), first, budget
        self.tried: list[dict[str, Value]] = []
        self.runs_of: list[int] = []  # of each point
        self.contenders: list[int] = []  # numbers of points
        self.refused: dict[str, str] = {}  # point that can't be played -> why

    @property
    def runs(self) -> int:
        """How many were made in all."""
        return self.asked.runs

    def point(self, number: int) -> dict[str, Value]:
        """A point by its number."""
        return self.tried[number]

    def interval(self, number: int, objective: str = "") -> Interval:
        """Mean and 95 % interval of an objective at a point."""
        name = objective or next(iter(self.objectives))
        return interval_of(self.asked.values(name, [self.tried[number]], range(self.runs_of[number]))[0])

    @property
    def front(self) -> list[int]:
        """The contenders that no other contender is better than in its means: of one objective the best alone."""
        means = {each: self.worth(each, self.runs_of[each]).mean(axis=1) for each in self.contenders}
        left = [one for one, own in means.items() if not any(_better(other, own) for other in means.values())]
        return sorted(left, key=lambda each: (-means[each][0], each))[: 1 if len(self.objectives) == 1 else None]

    @property
    def best(self) -> dict[str, Value]:
        """The best point; of several objectives the one of the front that is best in the first."""
        return self.tried[self.front[0]]

    def worth(self, number: int, runs: int) -> Numbers:
        """A row each objective, so that more is better; a column each run."""
        signs = [1.0 if way == "max" else -1.0 for way in self.objectives.values()]
        rows = [self.asked.values(name, [self.tried[number]], range(runs))[0] for name in self.objectives]
        return np.array([sign * row for sign, row in zip(signs, rows, strict=True)])

    def table(self, most: int | None = None) -> pd.DataFrame:
        """The points, those of the front first, then contenders: factors, objectives with intervals, and runs."""
        import pandas as pd

        front, rows = self.front, []
        place = {each: 0 if each in front else 1 if each in self.contenders else 2 for each in range(len(self.tried))}
        means = {each: float(self.worth(each, self.runs_of[each])[0].mean()) for each in place}
        chosen = sorted(place, key=lambda each: (place[each], -means[each], each))[:most]
        for each in chosen:
            row: dict[str, Any] = dict(self.tried[each])
            for name in self.objectives:
                found = self.interval(each, name)
                row |= {name: found.mean, f"{name} ±": found.high - found.mean}
            word = (
                "can't be played"
                if called(self.tried[each]) in self.refused
                else ("front", "contender", "")[place[each]]
            )
            rows.append({**row, "runs": self.runs_of[each], "": word})
        return pd.DataFrame(rows, index=pd.Index(chosen, name="point"))

    def _heading(self) -> str:
        aims = ", ".join(f"{'most' if way == 'max' else 'least'} {name}" for name, way in self.objectives.items())
        return (f"{aims}: {len(self.tried)} points, {self.runs} runs, {len(self.contenders)} contenders, "
                f"{len(self.front)} on the front{not_played(list(self.refused.values()))}")  # fmt: skip

    def __str__(self) -> str:
        return f"{self._heading()}\n{self.table(12).round(4).to_string(na_rep='')}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading())}</p>{self.table(40).round(4).to_html(na_rep='')}"


def optimise(
    subject: Subject,
    factors: Factors,
    objectives: str | Mapping[str, Direction] = "",
    budget: int = 200,
    *,
    first: int = 3,
    most: int = 48,
    within: Within | None = None,
    seed: int = 1,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> Optimisation:
    """The best point of a plant, or of a plain function; of several objectives the Pareto front.

    `objectives`: a figure that is to be as great as can be, or {figure: "max" or "min"}.  `budget`: runs in all; each
    point gets `first`, contenders up to `most`.  `within`: a limit on points, at most 0 where it is kept, and how far
    it is overstepped where it is not; points beyond it are not played.  The subject is that of `experiment`.  Where
    all factors are whole or levels, the neighbours of the best are tried as well, until none is better.  A point that
    can't be played is left out, with the reason.  A `folder` keeps what is finished: the same call goes on from there.

    Raises:
        LayoutError: with all paths that are not there, and values that do not fit.
        PlantsimError: if there is no such figure, no point within the limit or none that can be played, the folder
            holds another study, or Optuna is not there.

    >>> found = optimise(lambda at: -(at["x"] - 2) ** 2, {"x": [0, 1, 2, 3, 4, 5]}, budget=20)
    >>> found.best
    {'x': 2}
    """
    if budget < 2 or first < 1:
        raise PlantsimError(f"give a budget of two runs at least, and one run of each point, got {budget} and {first}")
    asked = Asked(subject, as_factors(factors), seed, folder=folder, executor=executor, also=also)
    start = _first(asked, within, seed)
    aims = _aims(asked, objectives)
    first = first if asked.noisy else 1
    found = Optimisation(asked, aims, first, budget)
    _try(found, [start], progress)
    share = SEARCH if asked.noisy else 1.0
    fine = len(aims) == 1 and all(each.whole or each.levels for each in asked.factors)
    for points in _proposed(found, within, share * budget * (0.6 if fine else 1.0), seed):
        _try(found, points, progress)
    if fine:
        _climb(found, within, share * budget, progress)
    _grow(found, most, progress)
    return found


def _aims(asked: Asked, objectives: str | Mapping[str, Direction]) -> dict[str, Direction]:
    """Full name of a figure -> "max" or "min"."""
    said: Mapping[str, Direction] = {objectives: "max"} if isinstance(objectives, str) else objectives
    if not said:
        raise PlantsimError('give at least one objective, such as {"batches a week": "max"}')
    for name, way in said.items():
        if way not in ("max", "min"):
            raise PlantsimError(f"{name}: expected 'max' or 'min', got {way!r}{did_you_mean(way, ('max', 'min'))}")
    return {asked.named(name): way for name, way in said.items()}


def _allowed(within: Within | None, point: Point) -> float:
    return float(within(point)) if within is not None else 0.0


def _first(asked: Asked, within: Within | None, seed: int) -> dict[str, Value]:
    """A point within the limit that can be played, from which one learns what figures there are."""
    luck, tried = np.random.default_rng(seed), 0
    for _ in range(10_000):
        point = {each.path: each.at(float(luck.random())) for each in asked.factors}
        if _allowed(within, point) <= BELOW:
            tried += 1
            try:
                asked.ask([point], [0])
            except PlantsimError:
                if tried == STARTS:
                    raise
            else:
                return point
    raise PlantsimError("none of 10,000 points is within the limit; give factors that can keep it")


def _try(found: Optimisation, points: Sequence[dict[str, Value]], progress: Progress | None) -> None:
    """Play points that are new, a few times each."""
    fresh = [point for n, point in enumerate(points) if point not in found.tried and point not in points[:n]]
    if fresh:
        found.asked.ask(fresh, range(found.first), _so_far(found, progress, len(fresh) * found.first))
        sound = [point for point in fresh if not _refused(found, point, range(found.first))]
        found.tried += sound
        found.runs_of += [found.first] * len(sound)


def _so_far(found: Optimisation, progress: Progress | None, more: int) -> Progress | None:
    """Who is told of a share of so many more runs, as a share of all."""
    before = found.asked.runs
    return None if progress is None else lambda share: progress(min(1.0, (before + share * more) / found.budget))


def _refused(found: Optimisation, point: Point, ks: range) -> bool:
    """Whether a point can't be played; why is kept."""
    (why,) = found.asked.refused([point], ks)
    if why:
        found.refused[called(point)] = why
    return bool(why)


def _proposed(found: Optimisation, within: Within | None, budget: float, seed: int) -> Iterator[list[dict[str, Value]]]:
    """Points to be tried, until so many runs are made; what they gave is told to the sampler when it goes on."""
    optuna = optuna_there()
    study = optuna.create_study(
        directions=["maximize"] * len(found.objectives), sampler=sampler(optuna, len(found.objectives), budget, seed)
    )
    names, stale = distributions(optuna, found.asked.factors), 0
    while found.asked.runs < budget and stale < STALE:
        trials = [study.ask(names) for _ in range(TOGETHER if found.asked.noisy else 1)]
        points = [point_of(found.asked.factors, trial.params) for trial in trials]
        over = [_allowed(within, point) for point in points]
        before = len(found.tried)
        yield [point for point, beyond in zip(points, over, strict=True) if beyond <= BELOW]
        stale = 0 if len(found.tried) > before else stale + len(trials)
        for trial, point, beyond in zip(trials, points, over, strict=True):
            trial.set_user_attr("over", beyond)
            if beyond <= BELOW and point not in found.tried:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            kept = beyond <= BELOW
            worth = found.worth(found.tried.index(point), found.first).mean(axis=1).tolist() if kept else None
            study.tell(trial, worth or [0.0] * len(found.objectives))


# ---- whole numbers and levels: the neighbours ------------------------------------------------------------------------


def _climb(found: Optimisation, within: Within | None, budget: float, progress: Progress | None) -> None:
    """Try the neighbours of the best, and theirs, until none is better or the runs are made."""
    done: list[int] = []
    while found.asked.runs < budget:
        worth = [float(found.worth(each, found.first)[0].mean()) for each in range(len(found.tried))]
        best = max(range(len(worth)), key=lambda each: worth[each])
        if best in done:
            return
        done.append(best)
        near = [point for point in _near(found.asked.factors, found.tried[best]) if _allowed(within, point) <= BELOW]
        for begin in range(0, len(near), TOGETHER):
            if found.asked.runs < budget:
                _try(found, near[begin : begin + TOGETHER], progress)


def _near(factors: Sequence[Factor], point: Point) -> list[dict[str, Value]]:
    """Points that are a step away in one or two factors, the nearest first."""
    steps = [[0, -1, 1]] * len(factors)
    moves = [move for move in product(*steps) if 0 < sum(map(abs, move)) <= 2]
    found = []
    for move in sorted(moves, key=lambda each: sum(map(abs, each))):
        values = [_step(each, point[each.path], by) for each, by in zip(factors, move, strict=True)]
        if None not in values:
            found.append({each.path: value for each, value in zip(factors, values, strict=True)})
    return found


def _step(factor: Factor, value: Value, by: int) -> Value:
    """The next value; None beyond the end."""
    if factor.levels:
        place = factor.levels.index(value) + by
        return factor.levels[place] if 0 <= place < len(factor.levels) else None
    low, high = factor.ends
    return value + by if low <= value + by <= high else None


# ---- runs where they matter ------------------------------------------------------------------------------------------


def _grow(found: Optimisation, most: int, progress: Progress | None) -> None:
    """Play contenders twice as often, and leave out what is worse, until one is left or the runs are made."""
    alive, runs = list(range(len(found.tried))), found.first
    rounds = max(1, (most // max(1, runs)).bit_length())
    while True:
        alive = _left(found, alive, runs, rounds)
        more = min(2 * runs, most, runs + (found.budget - found.asked.runs) // len(alive))
        if not found.asked.noisy or more <= runs or (len(alive) == 1 and len(found.tried) > 1):
            break
        told = _so_far(found, progress, len(alive) * (more - runs))
        found.asked.ask([found.tried[each] for each in alive], range(runs, more), told)
        alive = [each for each in alive if not _refused(found, found.tried[each], range(runs, more))]
        if not alive:
            raise PlantsimError(f"no point that is left can be played: {next(iter(found.refused.values()))}")
        for each in alive:
            found.runs_of[each] = more
        runs = more
    found.contenders = alive


def _left(found: Optimisation, alive: list[int], runs: int, rounds: int) -> list[int]:
    """Those that no other is better than in every objective, as far as the runs tell."""
    worth = {each: found.worth(each, runs) for each in alive}
    if not found.asked.noisy:
        means = {each: values.mean(axis=1) for each, values in worth.items()}
        return [one for one in alive if not any(_better(means[other], means[one]) for other in alive)]
    risk = RISK / (len(alive) * rounds * len(found.objectives))
    leading = _leading(worth)
    return [one for one in alive
            if not any(other != one and _surely(worth[other] - worth[one], risk) for other in leading)]  # fmt: skip


def _leading(worth: Mapping[int, Numbers]) -> list[int]:
    """Those of the front of the means: only they are held against the others."""
    means = {each: values.mean(axis=1) for each, values in worth.items()}
    return [one for one in means if not any(_better(other, means[one]) for other in means.values())]


def _better(one: Numbers, other: Numbers) -> bool:
    """Whether one is at least as good in every objective and better in one."""
    return bool((one >= other).all() and (one > other).any())


def _surely(more: Numbers, risk: float) -> bool:
    """Whether the mean of each row is above nothing, but for this risk; with two runs or fewer that is not known."""
    from scipy.special import stdtrit

    runs = more.shape[1]
    if runs < 3:
        return False
    reach = float(stdtrit(runs - 1, 1.0 - risk)) * more.std(axis=1, ddof=1) / sqrt(runs)
    return bool((more.mean(axis=1) - reach >= 0.0).all() and (more.mean(axis=1) > 0.0).any())

"""Sensitivity: what a figure depends on, one factor at a time or over the whole range of all.

Tornado: each factor alone at its low and its high end, the others as they are.  Morris (1991): the effect of each
factor on its own, from many starting points; mu* is how much it matters, sigma how much that depends on the others.
Sobol' (1993; estimators of Saltelli et al., 2010, by SALib): the share of the variance of the figure that a factor
explains by itself (S1), and with all that it does together with others (ST).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.scenario import Scenario
from plantsim.study.asking import Asked, Numbers, Subject
from plantsim.study.design import not_played
from plantsim.study.factors import Factor, Factors, Point, as_factors, read
from plantsim.study.jobs import Also
from plantsim.study.runs import Progress
from plantsim.study.trial import interval_of

if TYPE_CHECKING:
    import pandas as pd

Method: TypeAlias = Literal["tornado", "sobol", "morris"]
Mask: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
METHODS = ("tornado", "sobol", "morris")
USUAL = {"tornado": 0, "sobol": 64, "morris": 10}  # points of the base sample; trajectories
CORNERS = 4  # levels of Morris's grid


@dataclass(frozen=True)
class Sensitivity:
    """How much a figure depends on each factor, the one that matters most first."""

    method: str
    figure: str
    frame: pd.DataFrame  # a row each factor
    base: float | None  # of a tornado: the figure with nothing changed
    points: int
    replications: int
    seed: int
    refused: tuple[str, ...] = ()  # of each point that can't be played, why

    def table(self) -> pd.DataFrame:
        """A row each factor; of a tornado what the figure is more at the low and the high end, with 95 % intervals."""
        return self.frame

    def __str__(self) -> str:
        return f"{self._heading()}\n{self.frame.round(4).to_string(na_rep='')}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading())}</p>{self.frame.round(4).to_html(na_rep='')}"

    def _heading(self) -> str:
        base = "" if self.base is None else f", {self.base:.4g} as it is"
        return (f"{self.figure}: {self.method}{base}; {self.points} points, {self.replications} runs each, "
                f"seed {self.seed}{not_played(self.refused)}")  # fmt: skip


def sensitivity(
    subject: Subject,
    factors: Factors,
    method: Method = "tornado",
    figure: str = "",
    *,
    runs: int | None = None,
    replications: int = 3,
    base: Point | None = None,
    seed: int = 1,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> Sensitivity:
    """What a figure of a plant, or of a plain function, depends on.

    `method`: "tornado", "sobol" or "morris"; the latter two ask for the extra `doe`.  `runs`: points of the base sample
    of sobol (a power of two; there are runs x (factors + 2) points in all), trajectories of morris (runs x (factors +
    1)).  `base`: the values from which a tornado starts, of a scenario its own, of a function the middles.
    `replications` are averaged on the same luck.  A point that can't be played is left out, of sobol and morris with
    those that belong to it.  A `folder` keeps what is finished: the same call goes on from what is there.

    Raises:
        LayoutError: with all paths that are not there, and values that do not fit.
        PlantsimError: if there is no such method or figure, too little can be played, the folder holds another study,
            or SALib is not there.

    >>> found = sensitivity(lambda at: 3.0 * at["a"] - at["b"], {"a": (0.0, 2.0), "b": (0.0, 1.0)})
    >>> found.table()[["at low", "at high"]].values.tolist()
    [[-3.0, 3.0], [0.5, -0.5]]
    """
    if method not in METHODS:
        raise PlantsimError(f"there is no method {method!r}{did_you_mean(method, METHODS)}")
    if replications < 1:
        raise PlantsimError(f"give at least one replication, got {replications}")
    asked = Asked(subject, as_factors(factors), seed, folder=folder, executor=executor, also=also)
    number = runs or USUAL[method]
    if method == "tornado":
        return _tornado(asked, figure, replications, _base(asked, base), progress)
    sample, analyse = _sobol(asked.factors, number, seed) if method == "sobol" else _morris(asked.factors, number, seed)
    points = [{each.path: each.at(share) for each, share in zip(asked.factors, row, strict=True)} for row in sample]
    asked.ask(points, range(replications), progress)
    replications = replications if asked.noisy else 1
    answers = asked.values(figure, points, range(replications)).mean(axis=1)
    together = len(asked.factors) + (2 if method == "sobol" else 1)
    frame = analyse(answers, _whole(answers, together))
    why = tuple(filter(None, asked.refused(points, range(replications))))
    return Sensitivity(method, asked.named(figure), frame, None, len(points), replications, seed, why)


def _whole(answers: Numbers, together: int) -> Mask:
    """The points of whose group of so many each has an answer.

    Raises:
        PlantsimError: if there are fewer than two groups.
    """
    groups: Mask = np.asarray(np.isfinite(answers).reshape(-1, together).all(axis=1))
    if groups.sum() < 2:
        raise PlantsimError(f"in {groups.sum()} of {len(groups)} groups of points each has an answer; two are needed")
    return np.repeat(groups, together)


# ---- one factor at a time --------------------------------------------------------------------------------------------


def _base(asked: Asked, given: Point | None) -> dict[str, Any]:
    if isinstance(asked.subject, Scenario):
        usual = {each.path: read(asked.subject, each.path) for each in asked.factors}
    else:
        usual = {each.path: each.at(0.5) for each in asked.factors}
    unknown = [path for path in given or {} if path not in usual]
    if unknown:
        raise PlantsimError(f"base: {unknown[0]!r} is no factor{did_you_mean(unknown[0], usual)}")
    return {**usual, **(given or {})}


def _tornado(
    asked: Asked, figure: str, replications: int, base: dict[str, Any], progress: Progress | None
) -> Sensitivity:
    import pandas as pd

    ends = [{**base, each.path: end} for each in asked.factors for end in each.ends]
    asked.ask([base, *ends], range(replications), progress)
    ks = range(replications if asked.noisy else 1)
    from_, *values = asked.values(figure, [base, *ends], ks)
    why = asked.refused([base, *ends], ks)
    if why[0]:
        raise PlantsimError(f"the plant as it is can't be played: {why[0]}")
    rows: list[tuple[Any, ...]] = []
    for number, each in enumerate(asked.factors):
        low, high = (interval_of(values[2 * number + end] - from_) for end in (0, 1))
        rows.append((*each.ends, low.mean, low.low, low.high, high.mean, high.low, high.high))
    columns = ["low", "high", "at low", "at low, from", "at low, to", "at high", "at high, from", "at high, to"]
    frame = pd.DataFrame(rows, index=_index(asked.factors), columns=columns)
    wide = (frame[["at low", "at high"]].max(axis=1) - frame[["at low", "at high"]].min(axis=1)).sort_values(
        ascending=False, kind="stable"
    )
    return Sensitivity("tornado", asked.named(figure), frame.loc[wide.index], float(from_.mean()), len(ends) + 1,
                       len(ks), asked.seed, tuple(filter(None, why)))  # fmt: skip


# ---- over the whole range --------------------------------------------------------------------------------------------


def _problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """The unit cube, as SALib asks for it."""
    return {"num_vars": len(factors), "names": [each.path for each in factors], "bounds": [[0.0, 1.0]] * len(factors)}


def _salib(part: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"SALib.{part}")
    except ModuleNotFoundError as error:
        raise PlantsimError("sobol and morris are computed by SALib; install it: pip install 'pharma-plantsim[doe]'") \
            from error  # fmt: skip


def _sobol(factors: Sequence[Factor], runs: int, seed: int) -> tuple[Numbers, Any]:
    import pandas as pd

    if runs < 2 or runs & (runs - 1):
        raise PlantsimError(f"runs of sobol must be a power of two, such as 64, got {runs}")
    problem = _problem(factors)
    sample = _salib("sample.sobol").sample(problem, runs, calc_second_order=False, seed=seed)

    def analyse(answers: Numbers, whole: Mask) -> pd.DataFrame:
        answers = answers[whole]
        if not np.ptp(answers):
            raise PlantsimError("the figure is the same at all points, so it depends on none of the factors")
        answers = (answers - answers.mean()) / answers.std()
        found = _salib("analyze.sobol").analyze(problem, answers, calc_second_order=False, seed=seed)
        columns = {"S1": found["S1"], "S1 ±": found["S1_conf"], "ST": found["ST"], "ST ±": found["ST_conf"]}
        return pd.DataFrame(columns, index=_index(factors)).sort_values("ST", ascending=False, kind="stable")

    return sample, analyse


def _morris(factors: Sequence[Factor], runs: int, seed: int) -> tuple[Numbers, Any]:
    import pandas as pd

    if runs < 2:
        raise PlantsimError(f"morris needs two trajectories at least, got {runs}")
    problem = _problem(factors)
    sample = _salib("sample.morris").sample(problem, runs, num_levels=CORNERS, seed=seed)

    def analyse(answers: Numbers, whole: Mask) -> pd.DataFrame:
        found = _salib("analyze.morris").analyze(problem, sample[whole], answers[whole], num_levels=CORNERS, seed=seed)
        columns = {"mu*": found["mu_star"], "mu* ±": found["mu_star_conf"], "mu": found["mu"], "sigma": found["sigma"]}
        frame = pd.DataFrame({word: np.asarray(each, dtype=float) for word, each in columns.items()},
                             index=_index(factors))  # fmt: skip
        return frame.sort_values("mu*", ascending=False, kind="stable")

    return sample, analyse


def _index(factors: Sequence[Factor]) -> pd.Index[str]:
    import pandas as pd

    return pd.Index([each.path for each in factors], name="factor")

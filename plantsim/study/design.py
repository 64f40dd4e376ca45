"""Experiments: a plant at the points of a design, the same luck at each, and the effects of its factors.

A full factorial design takes all combinations of levels; a Latin hypercube or a Sobol sequence spreads a number of
points evenly (scipy.stats.qmc).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from html import escape
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.study.asking import Asked, Numbers, Subject
from plantsim.study.factors import Factor, Factors, Value, as_factors
from plantsim.study.jobs import Also
from plantsim.study.runs import Progress
from plantsim.study.surrogate import Kind, Surrogate, fitted
from plantsim.study.trial import interval_of

if TYPE_CHECKING:
    import pandas as pd

Design: TypeAlias = Literal["factorial", "lhs", "sobol"]
DESIGNS = ("factorial", "lhs", "sobol")


def points_of(
    design: Design, factors: Sequence[Factor], runs: int, levels: int = 2, seed: int = 1
) -> list[dict[str, Value]]:
    """The points of a design.

    `levels`: of each factor of a full factorial, which says by itself how many points it has; a Sobol design takes
    the next power of two.

    Raises:
        PlantsimError: if there is no such design, or a number is too small.

    >>> points_of("factorial", [Factor("a", 0.0, 1.0), Factor("b", levels=("x", "y"))], 0)
    [{'a': 0.0, 'b': 'x'}, {'a': 0.0, 'b': 'y'}, {'a': 1.0, 'b': 'x'}, {'a': 1.0, 'b': 'y'}]
    """
    if design not in DESIGNS:
        raise PlantsimError(f"there is no design {design!r}{did_you_mean(design, DESIGNS)}")
    if levels < 2 or (design != "factorial" and runs < 2):
        raise PlantsimError(f"a design needs two levels and two runs at least, got {levels} and {runs}")
    names = [each.path for each in factors]
    if design == "factorial":
        return [dict(zip(names, row, strict=True)) for row in product(*(each.spread(levels) for each in factors))]
    shares = cube(design, len(factors), runs, seed)
    return [{each.path: each.at(share) for each, share in zip(factors, row, strict=True)} for row in shares]


def cube(design: str, dimensions: int, runs: int, seed: int) -> list[list[float]]:
    """Points that are spread evenly in the unit cube."""
    from scipy.stats import qmc

    if design == "lhs":
        found = qmc.LatinHypercube(dimensions, seed=np.random.default_rng(seed)).random(runs)
    else:
        sobol = qmc.Sobol(dimensions, seed=np.random.default_rng(seed))
        found = sobol.random_base2((runs - 1).bit_length())
    return found.tolist()


class Experiment:
    """A subject at the points of a design, each with the same luck, replication by replication."""

    def __init__(
        self, asked: Asked, points: Sequence[dict[str, Value]], replications: int, design: str, figure: str = ""
    ) -> None:
        self.asked, self.factors, self.points, self.design = asked, asked.factors, list(points), design
        self.replications = replications if asked.noisy else 1
        self.figure = asked.named(figure)

    def values(self, figure: str = "") -> Numbers:
        """A row each point, a column each replication, of one figure; by default of that of the experiment."""
        return self.asked.values(figure or self.figure, self.points, range(self.replications))

    @property
    def refused(self) -> dict[int, str]:
        """The points that can't be played, by number, and why."""
        told = self.asked.refused(self.points, range(self.replications))
        return {number: why for number, why in enumerate(told) if why}

    @property
    def frame(self) -> pd.DataFrame:
        """A row each (point, replication), a column each factor and figure; why, of what can't be played."""
        import pandas as pd

        rows = {
            (n, k): {**point, **self.asked.answer(point, k), **_why(self.asked.refused([point], [k])[0])}
            for n, point in enumerate(self.points) for k in range(self.replications)
        }  # fmt: skip
        frame = pd.DataFrame.from_dict(rows, orient="index")
        frame.index = pd.MultiIndex.from_tuples(list(rows), names=["point", "replication"])
        return frame

    def table(self, *figures: str) -> pd.DataFrame:
        """A row each point: its factors, of each figure the mean with its 95 % interval, and why it can't be played."""
        import pandas as pd

        table = pd.DataFrame(self.points, index=pd.RangeIndex(len(self.points), name="point"))
        for figure in figures or ("",):
            found = [interval_of(row) for row in self.values(figure)]
            name = self.asked.named(figure or self.figure)
            table[name] = [each.mean for each in found]
            if self.replications > 1:
                table[f"{name}, low"] = [each.low for each in found]
                table[f"{name}, high"] = [each.high for each in found]
        if self.refused:
            table["refused"] = [self.refused.get(number, "") for number in table.index]
        return table

    def effects(self, figure: str = "") -> pd.DataFrame:
        """What each factor brings from its low end to its high one, with the 95 % interval, the greatest first.

        By least squares in the coded factors (-1 at the low end, 1 at the high one), replication by replication; in a
        full factorial of two levels that is the mean at the high end less that at the low end, and the interactions of
        two factors stand beside: half of what the one brings more if the other is high than if it is low.
        """
        import pandas as pd

        columns, answers = dict(self._columns()), self.values(figure)
        whole = np.isfinite(answers).all(axis=1)
        matrix = np.column_stack([np.ones(len(self.points)), *(column for column, _ in columns.values())])[whole]
        if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
            raise PlantsimError(f"{len(matrix)} points do not tell {len(columns)} effects apart; give more runs")
        slopes = np.linalg.lstsq(matrix, answers[whole], rcond=None)[0][1:]
        found = [interval_of(slope * times) for slope, (_, times) in zip(slopes, columns.values(), strict=True)]
        rows = [(each.mean, each.low, each.high) for each in found]
        table = pd.DataFrame(rows, index=pd.Index(list(columns), name="factor"), columns=["effect", "low", "high"])
        return table.sort_values("effect", key=abs, ascending=False, kind="stable")

    def fit(self, figure: str = "", kind: Kind = "best") -> Surrogate:
        """A meta-model of a figure: quadratic, Gaussian process, or the better of the two by leave-one-out R²."""
        means = self.values(figure).mean(axis=1)
        whole = [number for number, each in enumerate(means) if np.isfinite(each)]
        return fitted(self.factors, [self.points[number] for number in whole], means[whole], kind,
                      self.asked.named(figure or self.figure))  # fmt: skip

    def _columns(self) -> list[tuple[str, tuple[Numbers, float]]]:
        """Name of an effect -> its column, and what the slope is to be multiplied by."""
        found: list[tuple[str, tuple[Numbers, float]]] = []
        for each in self.factors:
            values = [point[each.path] for point in self.points]
            if each.numeric:
                found.append((each.path, (np.array([each.coded(value) for value in values]), 2.0)))
                continue
            for level in each.levels[1:]:
                column = np.array([float(value == level) for value in values])
                found.append((f"{each.path}: {level}, not {each.levels[0]}", (column, 1.0)))
        plain = all(each.numeric and len({p[each.path] for p in self.points}) == 2 for each in self.factors)
        if self.design == "factorial" and plain:
            found += [
                (f"{one} x {other}", (a * b, 2.0)) for (one, (a, _)), (other, (b, _)) in combinations(found[:], 2)
            ]
        return found

    def _heading(self) -> str:
        told = not_played(list(self.refused.values()))
        return (f"{self.figure}: {self.design} design: {len(self.factors)} factors, {len(self.points)} points, "
                f"{self.replications} runs each, seed {self.asked.seed}{told}")  # fmt: skip

    def __str__(self) -> str:
        return f"{self._heading()}\n{self.effects().round(4).to_string(na_rep='')}"

    def _repr_html_(self) -> str:
        tables = (self.effects(), self.table())
        return f"<p>{escape(self._heading())}</p>" + "".join(each.round(4).to_html(na_rep="") for each in tables)


def not_played(reasons: Sequence[str], what: str = "points") -> str:
    """How many can't be played, and why the first of them can't; '' if all can."""
    return f"; {len(reasons)} {what} can't be played, the first since {reasons[0]}" if reasons else ""


def _why(text: str) -> dict[str, str]:
    return {"refused": text} if text else {}


def experiment(
    subject: Subject,
    factors: Factors,
    design: Design = "lhs",
    runs: int = 32,
    replications: int = 3,
    *,
    figure: str = "",
    levels: int = 2,
    seed: int = 1,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> Experiment:
    """A plant, or a plain function of a point, at the points of a design.

    `design`: "factorial" of so many `levels`, "lhs" or "sobol" of so many `runs`.  `factors`: a list of Factor, or
    {path: (low, high)}, or {path: [level, level]}.  `figure`: what is told of, unless another is asked for.  The
    subject may also be a function that gives a Scenario for a point, or a number, or {figure: number}; one that takes
    (point, k) is noisy, k is the number of the replication.  A point that can't be played is a row with the reason.
    A `folder` keeps what is finished: the same call goes on from what is there.

    Raises:
        LayoutError: with all paths that are not there, and values that do not fit.
        PlantsimError: if a factor or the design can't be, no point can be played, or the folder holds another study.

    >>> found = experiment(lambda at: 3.0 * at["a"] - at["b"], {"a": (0.0, 2.0), "b": (0.0, 1.0)}, "factorial")
    >>> [round(each, 6) for each in found.effects()["effect"]]
    [6.0, -1.0, 0.0]
    """
    if replications < 1:
        raise PlantsimError(f"give at least one replication, got {replications}")
    asked = Asked(subject, as_factors(factors), seed, folder=folder, executor=executor, also=also)
    points = points_of(design, asked.factors, runs, levels, seed)
    asked.ask(points, range(replications), progress)
    return Experiment(asked, points, replications, design, figure)

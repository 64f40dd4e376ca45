"""Meta-models: a smooth function fitted to what a plant answered at the points of a design, and how good it is.

Quadratic: least squares in 1, x, x², x y, as far as the points tell them apart.  Gaussian process: squared exponential
with a length for each factor and a nugget for noise, by greatest likelihood (Rasmussen and Williams, 2006, ch. 2, 5).
Both are judged by leaving out one point after the other, whose answers are known in closed form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.study.asking import Numbers
from plantsim.study.factors import Factor, Point, Value

if TYPE_CHECKING:
    import pandas as pd

Kind: TypeAlias = Literal["quadratic", "gaussian process", "best"]
Predict: TypeAlias = Callable[[Numbers], Numbers]
Found: TypeAlias = tuple[Predict, Numbers]  # answers at new points, and at each old one as if it were new
LEAST = 4  # points


@dataclass(frozen=True)
class Surrogate:
    """A fitted meta-model; called with a point, it gives what the plant would answer there."""

    factors: tuple[Factor, ...]
    figure: str
    kind: str
    r2: float  # by leaving one point out after the other: 1 is perfect, 0 no better than the mean
    error: float  # root mean square of what it is wrong by at a point that was left out
    at: tuple[Point, ...] = field(repr=False)  # to which it was fitted
    answers: Numbers = field(repr=False)  # what was simulated there
    left_out: Numbers = field(repr=False)  # what it says of each of them if fitted to the others alone
    _predict: Predict = field(repr=False)

    @property
    def points(self) -> int:
        """How many it was fitted to."""
        return len(self.at)

    def __call__(self, point: Point) -> float:
        """The figure at a point."""
        return float(self.predict([point])[0])

    def predict(self, points: Sequence[Point]) -> Numbers:
        """The figure at points."""
        return self._predict(coded(self.factors, points))

    def effect(self, factor: Factor, number: int = 21) -> dict[Value, float]:
        """The figure over one factor, all others at the middle of their range, or at their first level."""
        middle = {each.path: _middle(each) for each in self.factors}
        values = sorted(factor.spread(number)) if factor.numeric else list(factor.levels)
        answers = self.predict([{**middle, factor.path: each} for each in values])
        return dict(zip(values, map(float, answers), strict=True))

    def effects(self) -> pd.DataFrame:
        """A row each factor: what the figure is at its low and high end, and how far it swings; the widest first."""
        import pandas as pd

        rows = {}
        for each in self.factors:
            found = self.effect(each)
            ends = list(found.values())
            rows[each.path] = (ends[0], ends[-1], max(ends) - min(ends))
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=["at the low end", "at the high end", "swing"])
        return frame.rename_axis("factor").sort_values("swing", ascending=False, kind="stable")

    def table(self) -> pd.DataFrame:
        """A row each point: its factors, what was simulated, what it says without that point, and the difference."""
        import pandas as pd

        frame = pd.DataFrame(list(self.at), index=pd.RangeIndex(len(self.at), name="point"))
        answers = {"simulated": self.answers, "predicted": self.left_out, "residual": self.answers - self.left_out}
        return frame.assign(**answers)

    def __str__(self) -> str:
        return (f"{self.figure}: {self.kind} of {len(self.factors)} factors, fitted to {self.points} points; "
                f"R² {self.r2:.3f} and error {self.error:.3g} at points left out")  # fmt: skip

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>{self.effects().to_html(float_format='{:.4g}'.format)}"


def _middle(factor: Factor) -> Value:
    """The middle of what a factor may be; of words the first."""
    values = sorted(factor.spread(3)) if factor.numeric else factor.levels[:1]
    return values[len(values) // 2]


def fitted(factors: Sequence[Factor], points: Sequence[Point], answers: Numbers, kind: Kind, figure: str) -> Surrogate:
    """A meta-model of answers at points.

    Raises:
        PlantsimError: if there is no such kind, or there are too few points.
    """
    ways = {"quadratic": _quadratic, "gaussian process": _process}
    if kind != "best" and kind not in ways:
        raise PlantsimError(f"there is no meta-model {kind!r}{did_you_mean(kind, [*ways, 'best'])}")
    if len(points) < LEAST:
        raise PlantsimError(f"{len(points)} points are too few for a meta-model; give at least {LEAST}")
    x, made = coded(factors, points), []
    for word, way in ways.items():
        if kind in (word, "best"):
            predict, left_out = way(x, answers)
            wrong, spread = float(((answers - left_out) ** 2).sum()), float(((answers - answers.mean()) ** 2).sum())
            r2 = 1.0 - wrong / spread if spread > 0.0 else float(wrong == 0.0)
            error = sqrt(wrong / len(x))
            made.append(Surrogate(tuple(factors), figure, word, r2, error, tuple(points), answers, left_out, predict))
    return max(made, key=lambda each: each.r2)


def coded(factors: Sequence[Factor], points: Sequence[Point]) -> Numbers:
    """Points as rows: numbers from -1 to 1, and of words a column for each level but the first."""
    columns: list[list[float]] = []
    for each in factors:
        values = [point[each.path] for point in points]
        if each.numeric:
            columns.append([each.coded(value) for value in values])
        else:
            columns += [[float(value == level) for value in values] for level in each.levels[1:]]
    return np.array(columns).T


def _terms(x: Numbers) -> Iterator[tuple[int, ...]]:
    """Which columns are multiplied, of each term: first none, then one, then squares, then pairs."""
    many = range(x.shape[1])
    yield ()
    yield from ((k,) for k in many)
    yield from ((k, k) for k in many)
    yield from combinations(many, 2)


def _quadratic(x: Numbers, y: Numbers) -> Found:
    terms: list[tuple[int, ...]] = []
    for term in _terms(x):
        more = _matrix(x, [*terms, term])
        if more.shape[1] <= len(x) - 1 and np.linalg.matrix_rank(more) == more.shape[1]:
            terms.append(term)
    matrix = _matrix(x, terms)
    q, r = np.linalg.qr(matrix)
    slopes = np.linalg.solve(r, q.T @ y)
    free = np.maximum(1.0 - (q**2).sum(axis=1), 1e-12)  # one less the leverage: what a point is not told by itself
    return (lambda new: _matrix(new, terms) @ slopes), y - (y - matrix @ slopes) / free


def _matrix(x: Numbers, terms: Sequence[tuple[int, ...]]) -> Numbers:
    return np.column_stack([np.prod(x[:, list(term)], axis=1) for term in terms])


def _process(x: Numbers, y: Numbers) -> Found:
    mean, scale = float(y.mean()), float(y.std()) or 1.0
    z = (y - mean) / scale
    words = _most_likely(x, z)
    inverse = np.linalg.inv(_covariance(x, x, words) + _nugget(words) * np.eye(len(x)))
    weights = inverse @ z
    left_out = mean + scale * (z - weights / np.diag(inverse))
    return (lambda new: mean + scale * (_covariance(new, x, words) @ weights)), left_out


def _covariance(a: Numbers, b: Numbers, words: Numbers) -> Numbers:
    """v exp(-1/2 sum ((a_k - b_k) / l_k)²); the logarithms are of the lengths l, of v, and of the nugget."""
    lengths = np.exp(words[:-2])
    apart = (((a[:, None, :] - b[None, :, :]) / lengths) ** 2).sum(axis=2)
    return np.asarray(np.exp(words[-2]) * np.exp(-0.5 * apart))


def _nugget(words: Numbers) -> float:
    return float(np.exp(words[-1]))


def _most_likely(x: Numbers, z: Numbers) -> Numbers:
    """The logarithms of the greatest likelihood, from three starts."""
    from scipy.optimize import minimize

    def against(words: Numbers) -> float:
        lower = np.linalg.cholesky(_covariance(x, x, words) + _nugget(words) * np.eye(len(x)))
        part = np.linalg.solve(lower, z)
        return float(0.5 * part @ part + np.log(np.diag(lower)).sum())

    many = x.shape[1]
    bounds = [(np.log(0.1), np.log(30.0))] * many + [(np.log(1e-2), np.log(1e4)), (np.log(1e-8), np.log(2.0))]
    found: list[Any] = []
    for length, noise in ((1.0, 1e-2), (3.0, 1e-4), (0.5, 1e-1)):
        start = np.log([*[length] * many, 1.0, noise])
        found.append(minimize(against, start, method="L-BFGS-B", bounds=bounds))
    best: Numbers = min(found, key=lambda each: float(each.fun)).x
    return best

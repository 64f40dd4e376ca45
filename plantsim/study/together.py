"""Intervals that hold together: of many scenarios against the first, and of each against the best of the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import nan
from typing import TYPE_CHECKING

from plantsim.errors import PlantsimError
from plantsim.study.trial import FIGURE, Interval, Key, interval_of

if TYPE_CHECKING:
    import pandas as pd

    from plantsim.study.trial import Trial

COLUMNS = ["mean", "difference", "low", "high", "n", "variance removed", "verdict"]


def against_first(trial: Trial, key: Key, confidence: float = 0.95) -> pd.DataFrame:
    """Paired differences to the first scenario with intervals that all hold together (Bonferroni).

    `variance removed` is what the common luck took off the variance of a difference, 1 - var(a - b) / (var a + var b):
    by that share fewer replications are needed for the same interval.
    """
    import pandas as pd

    first, *others = trial.scenarios
    rows = [_row(trial.series(key, first), None, "")]
    for name in others:
        mine = trial.series(key, name)
        pairs = [a - b for a, b in zip(mine, trial.series(key, first), strict=True)]
        own = interval_of(pairs, (1.0 - confidence) / len(others))
        word = "more" if own.low > 0.0 else "less" if own.high < 0.0 else "can't be told apart"
        rows.append(
            _row(mine, own, "the same" if own.low == own.high == 0.0 else word, removed(trial, key, first, name))
        )
    return pd.DataFrame(rows, index=pd.Index([first, *others], name="scenario"), columns=COLUMNS)


def against_best(trial: Trial, key: Key, larger: bool = True, confidence: float = 0.95) -> pd.DataFrame:
    """Each scenario against the best of the others, with intervals that all hold together (Hsu's MCB).

    From all pairs by Bonferroni, which holds for any dependence, so also on common luck: the difference of one to the
    best of the others is the least of its differences to each.  Intervals hold 0 or end there (constrained, Hsu 1984).

    Raises:
        PlantsimError: if there is nothing to compare.
    """
    import pandas as pd

    names = list(trial.scenarios)
    if len(names) < 2:
        raise PlantsimError("there is one scenario only: it takes two to say which is the best")
    sign = 1.0 if larger else -1.0
    values = {name: [sign * each for each in trial.series(key, name)] for name in names}
    pairs = _pairs(values, (1.0 - confidence) / (len(names) * (len(names) - 1) / 2.0))
    rows = []
    for name in names:
        all_of = [pairs[name, other] for other in names if other != name]
        nearest = min(all_of, key=lambda each: each.mean)
        low, high = _constrained(all_of)
        word = "best" if low == 0.0 < high else "not the best" if low < 0.0 == high else "may be the best"
        low, high = (low, high) if larger else (-high, -low)
        best = Interval(sign * nearest.mean + 0.0, low, high, nearest.n)
        rows.append(_row(trial.series(key, name), best, word))
    frame = pd.DataFrame(rows, index=pd.Index(names, name="scenario"), columns=COLUMNS)
    return frame.drop(columns="variance removed")


def _pairs(values: dict[str, list[float]], error: float) -> dict[tuple[str, str], Interval]:
    pairs = {}
    for a, b in combinations(values, 2):
        own = interval_of([x - y for x, y in zip(values[a], values[b], strict=True)], error)
        pairs[a, b], pairs[b, a] = own, Interval(-own.mean, -own.high, -own.low, own.n)
    return pairs


def _constrained(differences: Sequence[Interval]) -> tuple[float, float]:
    """From where to where the difference to the best of the others is, which holds 0 or ends there; of one run, nan."""
    if any(each.n < 2 for each in differences):
        return nan, nan
    return min(0.0, *(each.low for each in differences)), max(0.0, min(each.high for each in differences))


def _row(values: Sequence[float], own: Interval | None, word: str, less: float | None = None) -> list[object]:
    mean = sum(values) / len(values)
    if own is None:
        return [mean, None, None, None, len(values), less, word]
    return [mean, own.mean, own.low, own.high, own.n, less, word]


def removed(trial: Trial, key: Key, first: str, name: str) -> float | None:
    """Share of the variance of a difference that the common luck took off; None if there is none anyhow."""
    import numpy as np

    a, b = (np.array(trial.series(key, each)) for each in (first, name))
    if len(a) < 2:
        return None
    apart = float(a.var(ddof=1) + b.var(ddof=1))
    return 1.0 - float((a - b).var(ddof=1)) / apart if apart else None


def key_of(figure: str | Key) -> Key:
    """A figure by its name, or anything that is kept by its key."""
    return (FIGURE, figure, "") if isinstance(figure, str) else figure

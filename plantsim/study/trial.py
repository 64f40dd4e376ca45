"""A trial: what replications of one or more scenarios gave, with intervals of means and of paired differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from math import cbrt, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.results import Results
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from plantsim.study.changes import Difference
    from plantsim.study.precision import Look

Key = tuple[str, str, str]
FIGURE = "figure"
MAIN = "batches a week [1/week]"


class Interval(NamedTuple):
    """A mean with its 95 % interval over n replications; of one replication the interval is not known."""

    mean: float
    low: float
    high: float
    n: int


class Trial:
    """What replications of one or more scenarios gave: the same luck for each scenario, replication by replication."""

    def __init__(
        self,
        scenarios: Mapping[str, Scenario],
        kept: Mapping[tuple[str, int], Mapping[Key, float]],
        seed: int,
        looks: Sequence[Look] = (),
    ) -> None:
        self.scenarios, self.seed = dict(scenarios), seed
        self.looks = list(looks)  # what was seen on the way to a precision
        whole = sorted({k for _, k in kept if all((name, k) in kept for name in scenarios)})
        self._kept = {(name, k): dict(kept[name, k]) for name in scenarios for k in whole}

    @property
    def first(self) -> str:
        """Name of the scenario to which the others are compared."""
        return next(iter(self.scenarios))

    @property
    def replications(self) -> int:
        """How many there are of each scenario."""
        return len(self._kept) // len(self.scenarios)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row each (scenario, replication), a column each (table, row, column)."""
        import pandas as pd

        frame = pd.DataFrame.from_dict(self._kept, orient="index")
        frame.index = pd.MultiIndex.from_tuples(list(self._kept), names=["scenario", "replication"])
        frame.columns = pd.MultiIndex.from_tuples(
            [tuple(key) for key in frame.columns], names=["table", "row", "column"]
        )
        shares = [key for key in frame.columns if key[0] != FIGURE]
        return frame.fillna(dict.fromkeys(shares, 0.0))  # a cause or a state that did not occur

    def values(self, name: str | None = None) -> pd.DataFrame:
        """A row each replication of a scenario (the first, unless named)."""
        rows = self.frame.index.get_level_values("scenario") == (self.first if name is None else name)
        return self.frame[rows].droplevel("scenario")

    def series(self, key: Key, name: str | None = None) -> list[float]:
        """One thing that is kept of a scenario, replication by replication."""
        called = self.first if name is None else name
        return [value_of(values, key) for (each, _), values in self._kept.items() if each == called]

    def intervals(self, name: str | None = None) -> pd.DataFrame:
        """Mean and 95 % interval of all that is kept of a scenario (the first, unless named)."""
        return _interval(self.values(name))

    def interval(self, key: Key, name: str | None = None, skewed: bool = False) -> Interval:
        """Mean and 95 % interval of one thing that is kept of a scenario, such as ("unit", "press-2", "busy").

        `skewed`: that for values with a long tail (see `interval_of`).

        Raises:
            PlantsimError: if there is no such figure, or nothing was kept under this key.
        """
        self._must_have(key)
        return interval_of(self.values(name)[key].dropna(), skewed=True) if skewed else _row(self.intervals(name), key)

    def most(self, table: str, name: str | None = None) -> Key | None:
        """What has the greatest mean in a table, such as the busiest of "unit" or the main cause of "waiting"."""
        means = {key: float(values.mean()) for key, values in self.values(name).items() if key[0] == table}  # type: ignore[index]
        return max(means, key=lambda key: means[key], default=None)  # type: ignore[return-value]

    def differences(self, name: str) -> pd.DataFrame:
        """Mean and 95 % interval of the paired differences to the first scenario."""
        return _interval(self.values(name) - self.values(self.first))

    def difference(self, key: Key, name: str) -> Interval:
        """Mean and 95 % interval of the paired difference to the first scenario, of one thing that is kept."""
        self._must_have(key)
        return _row(self.differences(name), key)

    def together(self, figure: str | Key = MAIN, confidence: float = 0.95) -> pd.DataFrame:
        """Differences to the first scenario whose intervals all hold together, and what the common luck removed."""
        from plantsim.study.together import against_first, key_of

        return against_first(self, key_of(figure), confidence)

    def best(self, figure: str | Key = MAIN, larger: bool = True, confidence: float = 0.95) -> pd.DataFrame:
        """Each scenario against the best of the others, by intervals that all hold together."""
        from plantsim.study.together import against_best, key_of

        return against_best(self, key_of(figure), larger, confidence)

    def changes(self) -> dict[str, Difference]:
        """What each of the other scenarios has other than the first: units, links, and all that is declared."""
        from plantsim.study.changes import difference

        others = list(self.scenarios)[1:]
        return {name: difference(self.scenarios[self.first], self.scenarios[name]) for name in others}

    def table(self, figures: tuple[str, ...] = (MAIN, "lead time [h]")) -> pd.DataFrame:
        """For each scenario the mean, and the paired difference to the first with its 95 % interval."""
        import pandas as pd

        for figure in figures:
            self._must_have((FIGURE, figure, ""))
        rows = [self._compared(name, figures) for name in self.scenarios]
        columns = pd.MultiIndex.from_tuples(list(rows[0]), names=["figure", ""])
        index = pd.Index(self.scenarios, name="scenario")
        return pd.DataFrame([list(row.values()) for row in rows], index=index, columns=columns)

    def _must_have(self, key: Key) -> None:
        """Raise if nothing is kept under a key in any run."""
        if key not in self.frame.columns:
            value_of({each: 0.0 for values in self._kept.values() for each in values}, key)
            raise PlantsimError(f"no run keeps anything of {key[2]!r} under {key[1]!r} in the table {key[0]!r}")

    def _compared(self, name: str, figures: tuple[str, ...]) -> dict[tuple[str, str], float]:
        own, other = self.intervals(name), self.differences(name)
        row: dict[tuple[str, str], float] = {}
        for figure in figures:
            key = (FIGURE, figure, "")
            row[figure, "mean"] = float(own["mean"][key])
            for word in ("mean", "low", "high"):
                difference = float(other[word][key]) if name != self.first else nan
                row[figure, "difference" if word == "mean" else word] = difference
        return row

    def run(self, name: str | None = None, replication: int = 0) -> Results:
        """One of the runs, made again: its record is the same."""
        return simulate(self.scenarios[self.first if name is None else name], self.seed, replication=replication)

    @property
    def precise(self) -> bool | None:
        """Whether the precision that was asked for is reached; None: a number of replications was asked for."""
        return self.looks[-1].narrow if self.looks else None

    def says(self) -> str:
        """How many replications, and how precise they are, in a sentence."""
        said = f"{self.replications} replications, seed {self.seed}, 95 % intervals"
        if not self.looks:
            return said
        last = self.looks[-1]
        if not last.told:
            rare = "it may be rare, and " if not last.interval.mean else ""
            return f"{said}: what was looked at is {last.interval.mean:.4g} in each of them; {rare}no more can be told"
        word = "are enough" if self.precise else "are not enough"
        return f"{said}: they {word} for ± {last.asked:.3g} ({last.interval.mean:.4g} ± {last.half:.3g})"

    def __str__(self) -> str:
        return self.says() + "\n" + self.table().round(3).to_string()

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.says())}</p>" + self.table().round(3).to_html()


def value_of(values: Mapping[Key, float], key: Key) -> float:
    """What is kept of a run under a key; a cause or a state that did not occur is nothing.

    Raises:
        PlantsimError: if there is no such figure.
    """
    if key in values:
        return values[key]
    if key[0] != FIGURE:
        return 0.0
    known = [name for table, name, _ in values if table == FIGURE]
    raise PlantsimError(f"there is no figure {key[1]!r}{did_you_mean(key[1], known)}")


def interval_of(values: Iterable[float], error: float = 0.05, skewed: bool = False, least: float = 0.0) -> Interval:
    """Mean and interval of Student's t, which fails to cover with probability `error`; of one value it is nan.

    `skewed`: that of Willink (2005), whose ends are moved by the third moment, so that it covers as often where values
    have a long tail: mean - G(t) s / sqrt(n) to mean - G(-t) s / sqrt(n), G(t) = ((1 + 6 a (t - a))^(1/3) - 1) / (2 a)
    with a = m3 / (6 sqrt(n) s³) and m3 the unbiased third central moment.  It takes three values.

    `least`: the standard deviation that Student's values are taken to have at least, such as that of their rounding.

    >>> interval_of([1.0, 2.0, 3.0]).mean
    2.0
    """
    from scipy.special import stdtrit

    numbers = [float(each) for each in values]
    n = len(numbers)
    mean = sum(numbers) / n if n else nan
    if n < 2:
        return Interval(mean, nan, nan, n)
    t = float(stdtrit(n - 1, 1.0 - error / 2.0))
    error_of_mean = sqrt(sum((each - mean) ** 2 for each in numbers) / (n - 1) / n)
    if skewed and n > 2 and error_of_mean:
        third = n / (n - 1) / (n - 2) * sum((each - mean) ** 3 for each in numbers)
        a = third / (6.0 * n**2 * error_of_mean**3)
        return Interval(mean, mean - _bent(t, a) * error_of_mean, mean - _bent(-t, a) * error_of_mean, n)
    error_of_mean = max(error_of_mean, least / sqrt(n))
    return Interval(mean, mean - t * error_of_mean, mean + t * error_of_mean, n)


def _bent(t: float, a: float) -> float:
    """Willink's G; without skewness t itself."""
    return t if abs(a) < 1e-9 else (cbrt(1.0 + 6.0 * a * (t - a)) - 1.0) / (2.0 * a)


def _row(intervals: pd.DataFrame, key: Key) -> Interval:
    row = intervals.loc[[key]].iloc[0]
    return Interval(float(row["mean"]), float(row["low"]), float(row["high"]), int(row["n"]))


def _interval(values: pd.DataFrame) -> pd.DataFrame:
    """Mean, low and high of the 95 % interval, and the number of replications that have a value, of each column."""
    import pandas as pd

    found = [interval_of(column.dropna()) for _, column in values.items()]
    return pd.DataFrame(found, index=values.columns, columns=list(Interval._fields))

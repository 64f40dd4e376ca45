"""A trial: what replications of one or more scenarios gave, with intervals of means and of paired differences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from html import escape
from math import nan
from typing import TYPE_CHECKING, NamedTuple

from plantsim.engine.simulate import simulate
from plantsim.results import Results
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[str, str, str]
FIGURE = "figure"


class Interval(NamedTuple):
    """A mean with its 95 % interval over n replications; of one replication the interval is not known."""

    mean: float
    low: float
    high: float
    n: int


class Trial:
    """What replications of one or more scenarios gave: the same luck for each scenario, replication by replication."""

    def __init__(
        self, scenarios: Mapping[str, Scenario], kept: Mapping[tuple[str, int], Mapping[Key, float]], seed: int
    ) -> None:
        self.scenarios, self.seed = dict(scenarios), seed
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

    def intervals(self, name: str | None = None) -> pd.DataFrame:
        """Mean and 95 % interval of all that is kept of a scenario (the first, unless named)."""
        return _interval(self.values(name))

    def interval(self, key: Key, name: str | None = None) -> Interval:
        """Mean and 95 % interval of one thing that is kept of a scenario, such as ("unit", "press-2", "busy")."""
        return _row(self.intervals(name), key)

    def most(self, table: str, name: str | None = None) -> Key | None:
        """What has the greatest mean in a table, such as the busiest of "unit" or the main cause of "waiting"."""
        means = {key: float(values.mean()) for key, values in self.values(name).items() if key[0] == table}  # type: ignore[index]
        return max(means, key=lambda key: means[key], default=None)  # type: ignore[return-value]

    def differences(self, name: str) -> pd.DataFrame:
        """Mean and 95 % interval of the paired differences to the first scenario."""
        return _interval(self.values(name) - self.values(self.first))

    def difference(self, key: Key, name: str) -> Interval:
        """Mean and 95 % interval of the paired difference to the first scenario, of one thing that is kept."""
        return _row(self.differences(name), key)

    def table(self, figures: tuple[str, ...] = ("batches a week [1/week]", "lead time [h]")) -> pd.DataFrame:
        """For each scenario the mean, and the paired difference to the first with its 95 % interval."""
        import pandas as pd

        rows = [self._compared(name, figures) for name in self.scenarios]
        columns = pd.MultiIndex.from_tuples(list(rows[0]), names=["figure", ""])
        index = pd.Index(self.scenarios, name="scenario")
        return pd.DataFrame([list(row.values()) for row in rows], index=index, columns=columns)

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

    def __str__(self) -> str:
        heading = f"{self.replications} replications, seed {self.seed}, 95 % intervals"
        return heading + "\n" + self.table().round(3).to_string()

    def _repr_html_(self) -> str:
        heading = escape(f"{self.replications} replications, seed {self.seed}, 95 % intervals")
        return f"<p>{heading}</p>" + self.table().round(3).to_html()


def _row(intervals: pd.DataFrame, key: Key) -> Interval:
    row = intervals.loc[[key]].iloc[0]
    return Interval(float(row["mean"]), float(row["low"]), float(row["high"]), int(row["n"]))


def _interval(values: pd.DataFrame) -> pd.DataFrame:
    """Mean, low and high of the 95 % interval by Student's t, and the number of replications, of each column."""
    import numpy as np
    import pandas as pd
    from scipy.special import stdtrit

    n = values.count()
    mean = values.mean()
    t = pd.Series([float(stdtrit(max(each - 1, 1), 0.975)) for each in n], index=n.index)
    half: pd.Series[float] = (t * values.std(ddof=1) / np.sqrt(n)).where(n > 1)
    return pd.DataFrame({"mean": mean, "low": mean - half, "high": mean + half, "n": n})

"""Replications and comparisons: how much, how sure, and what a change brings on the same luck."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, as_completed
from functools import cached_property
from html import escape
from math import nan
from typing import TYPE_CHECKING, Any, NamedTuple

from plantsim.engine.simulate import simulate
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.spans import STATES

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[str, str, str]


class Interval(NamedTuple):
    """A mean with its 95 % interval over n replications; of one replication the interval is not known."""

    mean: float
    low: float
    high: float
    n: int


Progress = Callable[[float], None]
Also = Callable[[Results], Mapping[str, float]]  # figures of one's own, by name and [unit of measure]
FIGURE = "figure"
IDLE = 600  # seconds after which a process without a job ends; short of it one may end just as a job is sent to it


def measures(run: Results, also: Also | None = None) -> dict[Key, float]:
    """(table, row, column) -> value: what is kept of each replication."""
    figures = {**run.figures(), **(also(run) if also is not None else {})}
    kept: dict[Key, float] = {(FIGURE, name, ""): value for name, value in figures.items()}
    for kind, states in run.utilisation(by="kind").iterrows():
        shares = {str(state): float(share) for state, share in states.items() if state in STATES}
        kept.update({("utilisation", str(kind), state): share for state, share in shares.items()})
    for unit, states in run.utilisation(by="unit").iterrows():
        kept["unit", str(unit), "busy"] = float(states["busy"])
    for cause, hours in run.waiting(by=("cause",))["hours"].items():
        kept["waiting", str(cause), "hours"] = float(hours)
    return kept


def _one(
    scenario: Scenario, seed: int, replication: int, path: tuple[str, ...], also: Also | None = None
) -> dict[Key, float]:
    """A replication, in whatever process it runs; what the caller can import can be imported there."""
    sys.path.extend(folder for folder in path if folder not in sys.path)
    return measures(simulate(scenario, seed, replication=replication).check(), also)


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


def replicate(
    scenario: Scenario,
    replications: int = 20,
    seed: int = 1,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> Trial:
    """So many runs of a scenario, each with luck of its own, on all cores.

    The results do not depend on the executor or the number of cores.  `progress` is called with the share done; `also`
    gives figures of your own of each run, such as {"late [h]": 3.0}, which are kept beside the usual ones.
    """
    return compare(
        {scenario.name or "scenario": scenario}, replications, seed, executor=executor, progress=progress, also=also
    )


def compare(
    scenarios: Mapping[str, Scenario],
    replications: int = 30,
    seed: int = 1,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> Trial:
    """Scenarios side by side on the same luck; `executor` is any of `concurrent.futures`, by default all cores by loky.

    `progress` and `also` are those of `replicate`.  Interrupted (Ctrl-C), it gives what is done of all scenarios, if
    that is anything.

    Raises:
        LayoutError: if a scenario is not sound.
        ValueError: if there is nothing to compare.
    """
    if not scenarios or replications < 1:
        raise ValueError("give at least one scenario and one replication")
    for scenario in scenarios.values():
        scenario.check()
    jobs = [(name, k) for k in range(replications) for name in scenarios]
    kept: dict[tuple[str, int], dict[Key, float]] = {}
    try:
        for key, values in _done(scenarios, jobs, seed, executor, also):
            kept[key] = values
            if progress is not None:
                progress(len(kept) / len(jobs))
    except KeyboardInterrupt:
        if not Trial(scenarios, kept, seed).replications:
            raise
    return Trial(scenarios, kept, seed)


def _done(
    scenarios: Mapping[str, Scenario],
    jobs: list[tuple[str, int]],
    seed: int,
    executor: Executor | None,
    also: Also | None,
) -> Iterator[tuple[tuple[str, int], dict[Key, float]]]:
    """The runs, as they are done."""
    if executor is None and len(jobs) == 1:
        ((name, k),) = jobs
        yield (name, k), _one(scenarios[name], seed, k, (), also)
        return
    pool: Any = executor if executor is not None else _loky()
    futures = {pool.submit(_one, scenarios[name], seed, k, tuple(sys.path), also): (name, k) for name, k in jobs}
    with warnings.catch_warnings():
        # loky starts a process anew that has grown by 300 MB, as one does that has loaded pandas and scipy, and says so
        warnings.filterwarnings("ignore", "A worker ", UserWarning)
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()


def _loky() -> Executor:
    """All cores, in processes that stay for the next call; no `__main__` guard is needed in scripts."""
    from loky import get_reusable_executor

    return get_reusable_executor(timeout=IDLE)  # type: ignore[no-any-return]

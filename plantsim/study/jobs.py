"""Jobs: one replication each, over any executor, as they are done."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, as_completed
from typing import Any

from plantsim.engine.simulate import simulate
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.spans import STATES
from plantsim.study.trial import FIGURE, Key

Also = Callable[[Results], Mapping[str, float]]  # figures of one's own, by name and [unit of measure]
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


def done(
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

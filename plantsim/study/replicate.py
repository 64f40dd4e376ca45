"""Replications and comparisons: how much, how sure, and what a change brings on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor

from plantsim.scenario import Scenario
from plantsim.study.jobs import Also, done
from plantsim.study.trial import Key, Trial

Progress = Callable[[float], None]


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
        for key, values in done(scenarios, jobs, seed, executor, also):
            kept[key] = values
            if progress is not None:
                progress(len(kept) / len(jobs))
    except KeyboardInterrupt:
        if not Trial(scenarios, kept, seed).replications:
            raise
    return Trial(scenarios, kept, seed)

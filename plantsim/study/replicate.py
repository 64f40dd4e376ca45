"""Replications and comparisons: how much, how sure, and what a change brings on the same luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

from plantsim.scenario import Scenario
from plantsim.study.jobs import Also
from plantsim.study.precision import Look, Precision, look, looks, lucky
from plantsim.study.runs import Progress, Runs
from plantsim.study.trial import Trial


def replicate(
    scenario: Scenario,
    replications: int = 20,
    seed: int = 1,
    *,
    until: Precision | None = None,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
    only: bool = False,
) -> Trial:
    """So many runs of a scenario, each with luck of its own, on all cores; or as many as a precision needs.

    The results do not depend on the executor or the number of cores.  `until` is a precision, such as
    `Precision(relative=0.02)`, instead of a number.  A `folder` keeps what is finished: the same call goes on from what
    is there.  `progress` is called with the share done; `also` gives figures of your own of each run, such as
    {"late [h]": 3.0}, which are kept beside the usual ones, or alone with `only`.
    """
    return compare(
        {scenario.name or "scenario": scenario}, replications, seed,
        until=until, folder=folder, executor=executor, progress=progress, also=also, only=only,
    )  # fmt: skip


def compare(
    scenarios: Mapping[str, Scenario],
    replications: int = 30,
    seed: int = 1,
    *,
    until: Precision | None = None,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
    only: bool = False,
) -> Trial:
    """Scenarios side by side on the same luck; `executor` is any of `concurrent.futures`, by default all cores by loky.

    With `until`, all paired differences to the first scenario are as narrow as asked, together; what is relative is so
    to the first.  The other words are those of `replicate`.  Interrupted (Ctrl-C), it gives what is done of all
    scenarios, if that is anything.

    Raises:
        LayoutError: if a scenario is not sound.
        ValueError: if there is nothing to compare.
        PlantsimError: if the folder holds another study, or workers are lost again and again.
    """
    if not scenarios or replications < 1:
        raise ValueError("give at least one scenario and one replication")
    for scenario in scenarios.values():
        scenario.check()
    runs = Runs(scenarios, seed, folder, executor, also, only)
    try:
        seen = _until(runs, until or replications, progress)
    except KeyboardInterrupt:
        if not Trial(scenarios, runs.kept, seed).replications:
            raise
        return Trial(scenarios, runs.kept, seed)
    first = {job: values for job, values in runs.kept.items() if job[1] < runs.asked}
    return Trial(scenarios, first, seed, seen)


def _until(runs: Runs, wanted: Precision | int, progress: Progress | None) -> list[Look]:
    """Make so many runs, or until what is looked at is narrow; the widest that was seen at each look."""
    if isinstance(wanted, int):
        runs.make(wanted, progress)
        return []
    luck = _lucky(runs.scenarios)
    latest: list[Look] = []
    seen: list[Look] = []
    for n in looks(wanted, latest):
        runs.make(n, progress)
        latest[:] = sorted(_seen(runs, wanted, n, luck), key=lambda each: (each.told, -each.half))
        seen.append(latest[0])
    return seen


def _lucky(scenarios: Mapping[str, Scenario]) -> list[bool]:
    """Of one scenario whether anything is left to chance; of several whether each difference to the first is."""
    first, *others = scenarios.values()
    if not others:
        return [lucky(first)]
    chance = lucky(first)
    return [each.replace(name=first.name) != first and (chance or lucky(each)) for each in others]


def _seen(runs: Runs, wanted: Precision, n: int, luck: Sequence[bool]) -> list[Look]:
    first, *others = (runs.values(name, wanted.key, n) for name in runs.scenarios)
    level = sum(first) / n
    if not others:
        return [look(wanted, first, level, luck=luck[0])]
    pairs = ([a - b for a, b in zip(other, first, strict=True)] for other in others)
    return [look(wanted, pair, level, len(others), each) for pair, each in zip(pairs, luck, strict=True)]

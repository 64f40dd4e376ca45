"""Replications and comparisons: how much, how sure, and what a change brings on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import is_dataclass
from math import isnan
from pathlib import Path

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.jobs import Also, Job, Values, done
from plantsim.study.kept import Folder, manifest
from plantsim.study.precision import Look, Precision, look, looks
from plantsim.study.trial import Key, Trial, value_of

Progress = Callable[[float], None]


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


class Runs:
    """The runs of scenarios as far as they are made, and the folder that keeps them."""

    def __init__(
        self,
        scenarios: Mapping[str, Scenario],
        seed: int,
        folder: str | Path | None = None,
        executor: Executor | None = None,
        also: Also | None = None,
        only: bool = False,
    ) -> None:
        self.scenarios, self.seed, self.executor = dict(scenarios), seed, executor
        self.also, self.only, self.asked = also, only, 0
        self.folder = None if folder is None else Folder(folder, manifest(scenarios, seed, _called(also, only)))
        self.kept: dict[Job, Values] = {} if self.folder is None else self.folder.read()

    def make(self, replications: int, progress: Progress | None = None) -> None:
        """Make so many of each scenario."""
        self.asked = replications
        self.do([(name, k) for k in range(replications) for name in self.scenarios], progress)

    def do(self, wanted: list[Job], progress: Progress | None = None) -> None:
        """Make these, but for those that are made already."""
        jobs = [job for job in wanted if job not in self.kept]
        ready = len(wanted) - len(jobs)
        made = done(self.scenarios, jobs, self.seed, self.executor, self.also, self.only)
        try:
            for number, (job, values) in enumerate(made, start=ready + 1):
                self.kept[job] = values
                if self.folder is not None:
                    self.folder.add(job, values)
                if progress is not None:
                    progress(number / len(wanted))
        finally:
            if self.folder is not None:
                self.folder.write()

    def values(self, name: str, key: Key, n: int) -> list[float]:
        """One thing that is kept of the first n replications of a scenario.

        Raises:
            PlantsimError: if there is no such figure, or a run has no value of it.
        """
        return [self.value((name, k), key) for k in range(n)]

    def value(self, job: Job, key: Key) -> float:
        """One thing that is kept of one replication of a scenario.

        Raises:
            PlantsimError: if there is no such figure, or the run has no value of it.
        """
        found = value_of(self.kept[job], key)
        if isnan(found):
            text = f"{key[1]!r} has no value in replication {job[1]} of {job[0]!r}, in which nothing was done"
            raise PlantsimError(f"{text}: make runs longer")
        return found


def _called(also: Also | None, only: bool) -> str:
    if also is None:
        return ""
    own = repr(also) if is_dataclass(also) else getattr(also, "__qualname__", type(also).__qualname__)
    name = f"{getattr(also, '__module__', '')}:{own}"
    return f"{name}, alone" if only else name


def _until(runs: Runs, wanted: Precision | int, progress: Progress | None) -> list[Look]:
    """Make so many runs, or until what is looked at is narrow; the widest that was seen at each look."""
    if isinstance(wanted, int):
        runs.make(wanted, progress)
        return []
    latest: list[Look] = []
    seen: list[Look] = []
    for n in looks(wanted, latest):
        runs.make(n, progress)
        latest[:] = sorted(_seen(runs, wanted, n), key=lambda each: -each.half)
        seen.append(latest[0])
    return seen


def _seen(runs: Runs, wanted: Precision, n: int) -> list[Look]:
    first, *others = (runs.values(name, wanted.key, n) for name in runs.scenarios)
    level = sum(first) / n
    if not others:
        return [look(wanted, first, level)]
    pairs = ([a - b for a, b in zip(other, first, strict=True)] for other in others)
    return [look(wanted, pair, level, len(others)) for pair in pairs]

"""Runs: replications of scenarios as far as they are made, over any executor, and the folder that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import is_dataclass
from math import isnan
from pathlib import Path

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.jobs import Also, Job, Values, done, refused
from plantsim.study.kept import Folder, manifest
from plantsim.study.trial import Key, value_of

Progress = Callable[[float], None]


class Runs:
    """The runs of scenarios as far as they are made; what a folder holds already is not made again."""

    def __init__(
        self,
        scenarios: Mapping[str, Scenario],
        seed: int,
        folder: str | Path | None = None,
        executor: Executor | None = None,
        also: Also | None = None,
        only: bool = False,
    ) -> None:
        self.scenarios: dict[str, Scenario] = {}
        self.seed, self.executor, self.also, self.only, self.asked = seed, executor, also, only, 0
        self.folder = None if folder is None else Folder(folder, manifest({}, seed, _called(also, only)))
        self.kept: dict[Job, Values] = {} if self.folder is None else self.folder.read()
        self.more(scenarios)

    def more(self, scenarios: Mapping[str, Scenario]) -> None:
        """Further scenarios, by names of their own.

        Raises:
            PlantsimError: if the folder holds runs of another scenario of that name.
        """
        new = {name: each for name, each in scenarios.items() if name not in self.scenarios}
        if self.folder is not None and new:
            self.folder.take(manifest(new, self.seed, _called(self.also, self.only)))
        self.scenarios.update(new)

    def make(self, replications: int, progress: Progress | None = None) -> None:
        """Make so many of each scenario."""
        self.asked = replications
        self.do([(name, k) for k in range(replications) for name in self.scenarios], progress)

    def do(self, wanted: Sequence[Job], progress: Progress | None = None, patient: bool = False) -> None:
        """Make these, but for those that are made already; of one that can't be played, `patient` keeps the reason."""
        jobs = [job for job in wanted if job not in self.kept or (refused(self.kept[job]) and not patient)]
        ready = len(wanted) - len(jobs)
        made = done(self.scenarios, jobs, self.seed, self.executor, self.also, self.only, patient)
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

    def keep(self, job: Job, values: Values) -> None:
        """Take what somebody else has made."""
        self.kept[job] = values
        if self.folder is not None:
            self.folder.add(job, values)
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

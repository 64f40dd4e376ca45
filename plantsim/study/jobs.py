"""Jobs: one replication each, over any executor, as they are done; what a lost worker held is done again."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from math import nan
from typing import Any, TypeVar

from plantsim.cleaned import BATCHES
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.spans import STATES
from plantsim.study.trial import FIGURE, Key

Also = Callable[[Results], Mapping[str, float]]  # figures of one's own, by name and [unit of measure]
Job = tuple[str, int]  # scenario, replication
Values = dict[Key, float]
REFUSED = "refused"  # the table of a run that can't be played; its row is the reason
V = TypeVar("V")
IDLE = 600  # seconds after which a process without a job ends; short of it one may end just as a job is sent to it
AGAIN = "re-cleans of "  # a kind of unit: the table of its re-cleans
TRIES = 3  # rounds in a row in which workers are lost and nothing is done


def measures(run: Results, also: Also | None = None) -> Values:
    """(table, row, column) -> value: what is kept of each replication."""
    figures = {**run.figures(), **(also(run) if also is not None else {})}
    kept: Values = {(FIGURE, name, ""): value for name, value in figures.items()}
    for kind, states in run.utilisation(by="kind").iterrows():
        shares = {str(state): float(share) for state, share in states.items() if state in STATES}
        kept.update({("utilisation", str(kind), state): share for state, share in shares.items()})
    for unit, states in run.utilisation(by="unit").iterrows():
        kept["unit", str(unit), "busy"] = float(states["busy"])
    for cause, hours in run.waiting(by=("cause",))["hours"].items():
        kept["waiting", str(cause), "hours"] = float(hours)
    again: Any = run.recleans().to_dict("index") if run.scenario.cleaning else {}
    for (kind, cause), cost in again.items():
        kept.update({(f"{AGAIN}{kind}", cause, word): float(cost[word]) for word in ("cleans", "hours", BATCHES)})
    return kept


def replication(scenario: Scenario, seed: int, number: int, also: Also | None = None, only: bool = False) -> Values:
    """One run, read; with `only`, nothing but the figures of one's own."""
    run = simulate(scenario, seed, replication=number).check()
    if only and also is not None:
        return own_figures(run, also)
    return measures(run, also)


def own_figures(run: Results, also: Also) -> Values:
    """The figures of one's own of a run, and no others."""
    return {(FIGURE, name, ""): float(value) for name, value in also(run).items()}


def attempt(scenario: Scenario, seed: int, number: int, also: Also | None = None, only: bool = False) -> Values:
    """One run, read; of one that can't be played, why."""
    try:
        return replication(scenario, seed, number, also, only)
    except Exception as error:
        return {(REFUSED, reason(error), ""): nan}


def reason(error: Exception) -> str:
    """What an error says, in a line; one that is not plantsim's own with its name."""
    text = next(iter(str(error).splitlines()), "")
    return text if isinstance(error, PlantsimError) else f"{type(error).__name__}: {text}"


def refused(values: Mapping[Key, float]) -> str:
    """Why a run could not be played; '' if it was."""
    return next((text for table, text, _ in values if table == REFUSED), "")


def done(
    scenarios: Mapping[str, Scenario],
    jobs: Sequence[Job],
    seed: int,
    executor: Executor | None,
    also: Also | None = None,
    only: bool = False,
    patient: bool = False,
) -> Iterator[tuple[Job, Values]]:
    """Replications of scenarios, as they are done (see `finished`); `patient`: of one that can't be played, why."""
    work = attempt if patient else replication
    return finished(work, {(name, k): (scenarios[name], seed, k, also, only) for name, k in jobs}, executor)


def finished(
    work: Callable[..., V], jobs: Mapping[Job, tuple[Any, ...]], executor: Executor | None
) -> Iterator[tuple[Job, V]]:
    """What the work gives for the arguments of each job, as it is done; what is lost with a worker is done again.

    Raises:
        PlantsimError: if the executor is broken, or workers are lost again and again.
    """
    if executor is None and len(jobs) == 1:
        ((job, arguments),) = jobs.items()
        yield job, work(*arguments)
        return
    left, tries = dict(jobs), 0
    while left:
        before, lost = len(left), None
        for job, future in _futures(work, left, executor):
            try:
                value = future.result()
            except (Exception, CancelledError) as error:
                if not _worker_lost(error):
                    raise
                lost = error
                continue
            del left[job]
            yield job, value
        tries = tries + 1 if len(left) == before else 0
        if lost is not None and tries >= TRIES:
            raise _hopeless(next(iter(left)), lost) from lost


def _futures(
    work: Callable[..., V], jobs: Mapping[Job, tuple[Any, ...]], executor: Executor | None
) -> Iterator[tuple[Job, Future[V]]]:
    """The jobs as futures, as they are done; those that nobody waits for any more are cancelled."""
    pool: Executor = executor if executor is not None else _loky()
    path, futures = tuple(sys.path), {}
    with warnings.catch_warnings():
        # loky starts a process anew that has grown by 300 MB, as one does that has loaded pandas and scipy, and says so
        warnings.filterwarnings("ignore", "A worker ", UserWarning)
        try:
            for job, arguments in jobs.items():
                futures[pool.submit(_there, path, work, *arguments)] = job
            for future in as_completed(futures):
                yield futures[future], future
        except BrokenExecutor as error:  # it takes no more jobs
            raise _broken(error) from error
        finally:
            for future in futures:
                future.cancel()


def _there(path: tuple[str, ...], work: Callable[..., V], *arguments: Any) -> V:
    """The work in whatever process it is done; what the caller can import can be imported there."""
    sys.path.extend(folder for folder in path if folder not in sys.path)
    return work(*arguments)


def _worker_lost(error: BaseException) -> bool:
    """Whether a job is not to blame itself: its process, or its worker of a cluster, is gone."""
    if isinstance(error, (BrokenExecutor, CancelledError)):
        return True
    return type(error).__module__.startswith("distributed") and type(error).__name__ in (
        "KilledWorker",
        "CommClosedError",
    )


def _hopeless(job: Job, error: BaseException) -> PlantsimError:
    name, number = job
    return PlantsimError(
        f"replication {number} of {name!r}: its worker was lost {TRIES} times in a row ({type(error).__name__}); "
        "does it need more memory than there is?"
    )


def _broken(error: BaseException) -> PlantsimError:
    return PlantsimError(
        f"the executor is broken and takes no more runs ({type(error).__name__}): one of its processes has ended. "
        "If it starts them by 'spawn' or 'forkserver', a script must do its work below if __name__ == \"__main__\":; "
        "else it may have run out of memory. Without executor= neither matters, and with folder= what is done is kept"
    )


def _loky() -> Executor:
    """All cores, in processes that stay for the next call; no `__main__` guard is needed in scripts."""
    from loky import get_reusable_executor

    return get_reusable_executor(timeout=IDLE)  # type: ignore[no-any-return]

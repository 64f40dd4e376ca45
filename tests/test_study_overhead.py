"""What a study costs beside its runs, counted: whole runs are shared out, few bytes each, few calls in the parent."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from test_study import line

from plantsim.scenario import Scenario
from plantsim.study.jobs import Values, replication
from plantsim.study.replicate import compare

SCENARIO = line().replace(horizon=2000.0)


class Made(Executor):
    """Gives what is known already, and keeps what it was asked, so that all work that is seen is the parent's."""

    def __init__(self, values: Values) -> None:
        self.values, self.asked = values, list[tuple[Any, ...]]()

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        """The job is done as soon as it is asked for."""
        self.asked.append(arguments)
        future: Future[Any] = Future()
        future.set_result(self.values)
        return future


def calls(work: Callable[[], object]) -> int:
    """How many Python functions are called in a piece of work."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_the_parent_makes_few_calls_a_run(tmp_path: Path) -> None:
    """Under 1 % of the calls of the run itself, with a folder; a run is counted as a worker makes it, checks and all.

    Of 40 runs less those of 20, so that what is done once (the manifest, the first look) is left out.
    """
    values = replication(SCENARIO, 1, 0)
    alone = calls(lambda: replication(SCENARIO, 1, 1))
    compare({"a": SCENARIO}, 5, executor=Made(values), folder=tmp_path / "first")  # loads what is loaded once
    few, many = (
        calls(lambda n=n: compare({"a": SCENARIO}, n, executor=Made(values), folder=tmp_path / str(n)))  # type: ignore[misc]
        for n in (20, 40)
    )
    assert 0 < (many - few) / 20 < 0.01 * alone


def test_a_job_is_a_whole_replication() -> None:
    """Nothing is shared out but runs: one job each of three scenarios and five replications, and none besides."""
    made = Made(replication(SCENARIO, 1, 0))
    plants = {"a": SCENARIO, "b": SCENARIO.with_units("press", 2), "c": SCENARIO.with_units("mill", 2)}
    compare(plants, 5, seed=4, executor=made).intervals()
    assert [each[1] for each in made.asked] == [replication] * 15
    sent = {(scenario, seed, number) for _, _, scenario, seed, number, *_ in _named(plants, made.asked)}
    assert sent == {(name, 4, k) for name in plants for k in range(5)}


def _named(plants: dict[str, Scenario], asked: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The jobs, with the names of the scenarios that are run."""
    names = {id(plant): name for name, plant in plants.items()}
    return [(*each[:2], names[id(each[2])], *each[3:]) for each in asked]


def test_what_goes_there_and_back_does_not_grow_with_the_run() -> None:
    """There goes the scenario and nothing of its size besides; back come figures, of 400 h as many as of 4,000 h."""
    made = Made(replication(SCENARIO, 1, 0))
    compare({"a": SCENARIO}, 2, executor=made)
    path, *job = made.asked[0]
    assert len(pickle.dumps(job)) < len(pickle.dumps(SCENARIO)) + 200
    short, long = (len(pickle.dumps(replication(line().replace(horizon=hours), 1, 0))) for hours in (400.0, 4000.0))
    assert long < 1.1 * short < 10_000
    assert isinstance(path, tuple)

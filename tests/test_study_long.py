"""One long run is kept piece by piece: killed or interrupted, it goes on, and ends as the one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from plants import rich

from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.record import Record
from plantsim.scenario import Scenario
from plantsim.study import long
from plantsim.study.interventions import interventions
from plantsim.study.steady import SteadyState, steady_state
from plantsim.study.warmup import warm_up

KILLED = """
import sys
sys.path.insert(0, {tests!r})
from test_study_long import plant
from plantsim.study import long
from plantsim.study.interventions import interventions
from plantsim.study.steady import steady_state

long.SECONDS = 0.0  # a piece each hundredth of the run
steady_state(plant(), every=4.0, seed=3, folder={folder!r})
"""


def plant() -> Scenario:
    """Reactors, presses, crews, cleans, failures, parts, utilities: all that may be in the midst of something."""
    return rich(300.0)


def whole(folder: Path) -> list[object]:
    """All rows that a folder keeps."""
    return [row for file in sorted((folder / "record").glob("rows-*.parquet")) for row in Record.load(file).rows]


def assert_the_same(found: SteadyState, folder: Path) -> None:
    """Its rows are those of a run that was never interrupted, and so is what is told of it, to the last digit."""
    assert whole(folder) == list(simulate(plant().replace(from_=0.0), 3).record)
    uninterrupted = steady_state(plant(), every=4.0, seed=3)
    assert found.series == uninterrupted.series and found.interval == uninterrupted.interval
    assert str(found) == str(uninterrupted)


def test_a_long_run_that_was_killed_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    """Killed by SIGKILL as soon as it has written its third piece."""
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    for _ in range(4000):
        if len([*tmp_path.glob("record/rows-*.parquet")]) >= 3:
            break
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    there = len(whole(tmp_path))
    assert not [*tmp_path.glob("block-*.parquet")]  # it was not over
    found = steady_state(plant(), every=4.0, seed=3, folder=tmp_path)
    assert 0 < there < len(whole(tmp_path))
    assert_the_same(found, tmp_path)


def test_a_long_run_may_be_interrupted_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long, "SECONDS", 0.0)
    for until in (0.3, 0.55, 0.8):
        shares: list[float] = []

        def stop(share: float, until: float = until, shares: list[float] = shares) -> None:
            shares.append(share)
            if share >= until:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            steady_state(plant(), every=4.0, seed=3, folder=tmp_path, progress=stop)
        assert shares[0] >= until - 0.3  # what is there is not made again
    assert_the_same(steady_state(plant(), every=4.0, seed=3, folder=tmp_path), tmp_path)
    rows = whole(tmp_path)
    monkeypatch.setattr(long, "simulate", lambda *_, **__: pytest.fail("what is finished was made again"))
    steady_state(plant(), every=4.0, seed=3, folder=tmp_path)
    assert whole(tmp_path) == rows


def test_a_piece_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long, "SECONDS", 0.0)
    pieces = long.Pieces(tmp_path)
    pieces.add([(0, "release", "", "o/1", "", "A", 1.0, "", ["o", 1])])
    pieces.add([(5, "done", "", "o/1", "", "A", 1.0, "", None)])
    assert len(long.Pieces(tmp_path).read()) == 2
    (tmp_path / "rows-000000000000.parquet").unlink()
    with pytest.raises(PlantsimError) as told:
        long.Pieces(tmp_path).read()
    assert str(told.value) == (
        f"{tmp_path} lacks the piece rows-000000000000.parquet of its run: choose another folder, or remove the "
        "pieces after it"
    )


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: steady_state(plant(), every=0.0), "every= is how long an observation is: more than 0 h, got 0 h"),
        (lambda: warm_up(plant(), every=-5.0), "every= is how long an observation is: more than 0 h, got -5 h"),
        (lambda: warm_up(plant(), replications=0), "a warm-up takes one replication or more, got 0"),
        (
            lambda: interventions(plant(), share=1.5),
            "share= is by how much times are shorter: more than 0 and less than 1, got 1.5",
        ),
    ],
)
def test_numbers_that_mean_nothing_are_told(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(PlantsimError) as told:
        ask()
    assert str(told.value) == said

"""The same seed gives the same record, in any interpreter; another seed or replication gives another."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from plants import rich

from plantsim.engine.simulate import simulate
from plantsim.record import RowTuple

TELL = """
import sys
sys.path.insert(0, {tests!r})
from test_determinism import fingerprint, run_of
print(fingerprint(run_of(1)), hash("march"))
"""


def run_of(seed: int, replication: int = 0) -> list[RowTuple]:
    return list(simulate(rich(), seed, replication=replication).record)


def fingerprint(rows: list[RowTuple]) -> str:
    return sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def elsewhere(hash_seed: str) -> list[str]:
    """The fingerprint of the run in a fresh interpreter, and what it makes of a word."""
    code = TELL.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_order_of_hashes_changes_no_row() -> None:
    (first, word), (second, other) = elsewhere("0"), elsewhere("12345")
    assert word != other  # the interpreters do differ
    assert first == second == fingerprint(run_of(1))


def test_a_run_can_be_repeated_in_the_same_interpreter() -> None:
    assert run_of(1) == run_of(1)


@pytest.mark.parametrize(("seed", "replication"), [(2, 0), (1, 1), (1, 2)])
def test_another_seed_or_replication_is_another_run(seed: int, replication: int) -> None:
    assert run_of(seed, replication) != run_of(1)


def test_one_run_does_not_change_the_next() -> None:
    """Runs of other plants in between leave nothing behind."""
    scenario = rich(100.0)
    rows = list(simulate(scenario, 1).record)
    simulate(scenario.with_units("p", 5), 2)
    simulate(scenario, 3, horizon=50.0)
    assert list(simulate(scenario, 1).record) == rows

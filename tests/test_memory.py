"""A run that nobody reads any more takes no memory: a study of ten thousand runs needs no more than one of ten."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from weakref import ref

import pytest
from plants import rich

from plantsim.engine.simulate import simulate
from plantsim.record import MANY, no_collection


class Ring:
    """A thing that holds itself, which only the collector can find."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def _young() -> Iterator[None]:
    """The collector begins afresh and waits to be asked."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_young")
def test_the_engine_lets_go_of_the_rows_of_a_run() -> None:
    """Three know the rows: the record, the name here, and the call that counts."""
    run = simulate(rich(), seed=1)
    rows = run.record.rows
    assert len(rows) > 100
    assert sys.getrefcount(rows) == 3


@pytest.mark.usefixtures("_young")
def test_what_a_pause_of_the_collector_leaves_is_found_by_its_next_look_at_the_young() -> None:
    with no_collection():
        ring = ref(Ring())
    gc.collect(1)
    assert ring() is None


@pytest.mark.usefixtures("_young")
def test_after_many_rows_the_young_are_not_looked_at() -> None:
    with no_collection():
        rows = [[k] for k in range(2 * MANY)]
        ring = ref(Ring())
    gc.collect(1)
    assert ring() is not None and len(rows) == 2 * MANY
    del rows
    gc.collect()
    assert ring() is None

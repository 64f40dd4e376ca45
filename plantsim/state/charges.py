"""What rows mean to what a batch is made of."""

from __future__ import annotations

from plantsim.record import RowTuple
from plantsim.state.things import State


def outcome(state: State, row: RowTuple) -> None:
    """The model of a step has said what will come of it."""
    state.batches[row[3]].outcome = row[8]


def charge(state: State, row: RowTuple) -> None:
    """A batch is made of something else, and has the mass of that."""
    b = state.batches[row[3]]
    b.charge, b.amount, b.outcome = row[8], row[6], None

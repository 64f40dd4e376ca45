"""What rows mean to what a batch is made of."""

from __future__ import annotations

from plantsim.record import RowTuple
from plantsim.state.things import State


def outcome(state: State, row: RowTuple) -> None:
    """The model of a step has said what will come of it; after a halt, also the stint that is left."""
    b = state.batches[row[3]]
    b.outcome, b.halted = row[8][:7], 0
    if len(row[8]) == 7:
        return
    stint = row[8][7]
    b.plan, b.left = (*b.plan[: b.stint], stint, *b.plan[b.stint + 1 :]), stint[1]
    if b.phase == "run" and stint[2]:  # it claims what nobody needed for the rest as it was
        b.phase, b.asked = "claim", row[0]


def charge(state: State, row: RowTuple) -> None:
    """A batch is made of something else, and has the mass of that."""
    b = state.batches[row[3]]
    b.charge, b.amount, b.outcome, b.taken = row[8], row[6], None, []

"""What rows mean to containers: mobile units that go with a batch from the step that fills them to one that empties."""

from __future__ import annotations

from plantsim.record import RowTuple
from plantsim.state.things import State


def fill(state: State, row: RowTuple) -> None:
    _, _, unit, batch, step, product, amount, *_ = row
    state.batches[batch].containers[unit] = step
    u = state.units[unit]
    u.batch, u.last, u.set_for, u.dirty = batch, product, "", True
    u.campaign += 1
    u.mass += amount


def empty(state: State, row: RowTuple) -> None:
    time, _, unit, batch, *_ = row
    del state.batches[batch].containers[unit]
    u = state.units[unit]
    u.batch = ""
    u.cycles += 1
    u.left = time

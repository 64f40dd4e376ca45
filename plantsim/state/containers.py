"""What rows mean to containers: mobile units that go with a batch from the step that fills them to one that empties."""

from __future__ import annotations

from plantsim.record import RowTuple
from plantsim.state.stints import aged
from plantsim.state.stocks import doubt
from plantsim.state.things import State


def fill(state: State, row: RowTuple) -> None:
    time, _, unit, batch, step, product, amount, *_ = row
    b, u = state.batches[batch], state.units[unit]
    b.containers[unit] = step
    if u.jobs and b.phase == "run":  # it is still being cleaned: the step does not begin before that is over
        b.phase, b.stood, b.asked = "claim", b.asked, time
    u.batch, u.last, u.set_for, u.dirty = batch, product, "", True
    u.campaign += 1
    u.mass += amount
    doubt(b, u)


def empty(state: State, row: RowTuple) -> None:
    time, _, unit, batch, *_ = row
    b, u = state.batches[batch], state.units[unit]
    del b.containers[unit]
    if b.phase == "run":  # the stint by which it is emptied has aged it
        u.ran += aged(b, time)
    u.batch, u.fresh = "", False
    u.cycles += 1
    u.left = time

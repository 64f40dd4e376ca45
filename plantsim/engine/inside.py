"""What happened inside a step with a model: the model called again, with the charge that the record tells of."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from plantsim.chance import Streams
from plantsim.contracts import Outcome
from plantsim.engine.physics import Models
from plantsim.engine.riding import rode
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import HOUR, RowTuple
from plantsim.state import BatchState, State, apply

if TYPE_CHECKING:
    from plantsim.results import Results

Stretch = tuple[RowTuple, BatchState, BatchState | None]  # the row of an outcome, of whom it tells, and who rides there


def inside(run: Results, batch: str, step: str) -> list[tuple[Outcome, RowTuple, float]]:
    """Of each stretch of a batch's step its outcome, the row that told it, and hours worked in it; halts part them.

    Of a batch that rode in a load, the row is that of the batch that led, and the outcome its own.

    Raises:
        PlantsimError: if no model was called for that batch and step in this run.
    """
    found, known = _stretches(run, batch, step)
    if not found:
        hint = did_you_mean(step, known) or "; none of its steps has one"
        raise PlantsimError(f"no model was called for step {step!r} of batch {batch!r} in this run{hint}")
    outcomes = [_again(run, *each) for each in found]
    worked = [row[8][8] / HOUR for row, _, _ in found[1:]]
    rows = [row for row, _, _ in found]
    return list(zip(outcomes, rows, [*worked, outcomes[-1].hours], strict=True))


def _stretches(run: Results, batch: str, step: str) -> tuple[list[Stretch], list[str]]:
    """The stretches of a batch's step, and the names of its steps for which a model was called."""
    known, found = list[str](), list[Stretch]()
    state, last, open_ = run.start.copy(), dict[str, tuple[RowTuple, BatchState]](), False
    for row in run.record:
        if open_ and row[1] == "charge" and row[3] == batch:  # who rides: by now it has the mass that has come in
            found[-1], open_ = (*found[-1][:2], copy(state.batches[batch])), False
        apply(state, row)
        if row[1] == "outcome":
            last[row[2]] = row, copy(state.batches[row[3]])
        if not _begins(row, batch, state, last):
            continue
        known.append(row[4])
        if row[4] == step:
            open_ = state.batches[batch].phase == "ride"
            lead = last[row[2]]
            found = [*(found if row[7] else []), (*lead, state.batches[batch] if open_ else None)]
    return found, known


def _begins(row: RowTuple, batch: str, state: State, last: dict[str, tuple[RowTuple, BatchState]]) -> bool:
    """Whether a stretch of a batch's step begins with a row: its own, or that of the batch with which it rides."""
    if row[1] == "ride" and row[3] == batch:
        lead = state.batches.get(state.units[row[2]].batch)
        return row[2] in last and lead is not None and lead.outcome is not None
    if row[1] != "outcome" or row[3] == batch:
        return row[1] == "outcome"
    return batch in state.units[row[2]].riders and state.batches[batch].phase == "ride"


def _again(run: Results, row: RowTuple, lead: BatchState, rider: BatchState | None) -> Outcome:
    """The outcome that a row told of, or that of who rode there."""
    models, start = Models(run.scenario), run.start
    streams = Streams(run.seed, run.replication, start.salt, start.given)
    k, found = next(iter(models.tried(lead, streams).items()), (1, None))
    if found is None:
        raise PlantsimError(f"the model of step {row[4]!r} no longer says what it said of batch {row[3]!r} in this run")
    return found if rider is None else rode(lead, rider, models, streams, k)

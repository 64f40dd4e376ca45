"""What happened inside a step with a model: the model called again, with the charge that the record tells of."""

from __future__ import annotations

from collections.abc import Collection
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

Inside = tuple[Outcome, RowTuple, float]
Stretch = tuple[RowTuple, BatchState, BatchState | None]  # the row of an outcome, of whom it tells, and who rides there


def inside(run: Results, batch: str, step: str) -> list[Inside]:
    """Of each stretch of a batch's step its outcome, the row that told it, and hours worked in it; halts part them.

    Of a batch that rode in a load, the row is that of the batch that led, and the outcome its own.

    Raises:
        PlantsimError: if no model was called for that batch and step in this run.
    """
    found = _stretches(run, {batch})
    if (batch, step) not in found:
        hint = did_you_mean(step, [name for _, name in found]) or "; none of its steps has one"
        raise PlantsimError(f"no model was called for step {step!r} of batch {batch!r} in this run{hint}")
    return _parts(run, found[batch, step], Models(run.scenario))


def insides(run: Results, steps: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Inside]]:
    """The same of several (batch, step), of which the record is gone through once."""
    found, models = _stretches(run, {batch for batch, _ in steps}), Models(run.scenario)
    return {each: _parts(run, found[each], models) for each in steps if each in found}


def _parts(run: Results, found: list[Stretch], models: Models) -> list[Inside]:
    outcomes = [_again(run, *each, models) for each in found]
    worked = [row[8][8] / HOUR for row, _, _ in found[1:]]
    rows = [row for row, _, _ in found]
    return list(zip(outcomes, rows, [*worked, outcomes[-1].hours], strict=True))


def _stretches(run: Results, batches: Collection[str]) -> dict[tuple[str, str], list[Stretch]]:
    """(batch, step) -> its stretches, of all steps of some batches for which a model was called."""
    found, riding = dict[tuple[str, str], list[Stretch]](), dict[str, str]()
    state, last = run.start.copy(), dict[str, tuple[RowTuple, BatchState]]()
    for row in run.record:
        if row[1] == "charge" and row[3] in riding:  # by now it has the mass that has come in
            own = found[row[3], riding.pop(row[3])]
            own[-1] = (*own[-1][:2], copy(state.batches[row[3]]))
        apply(state, row)
        if row[1] == "outcome":
            last[row[2]] = row, copy(state.batches[row[3]])
        for batch in _who(row, state):
            if batch in batches and _begins(row, batch, state, last):
                riding.pop(batch, None)
                rides = state.batches[batch].phase == "ride"
                if rides:
                    riding[batch] = row[4]
                before = found.get((batch, row[4]), []) if row[7] else []
                found[batch, row[4]] = [*before, (*last[row[2]], state.batches[batch] if rides else None)]
    return found


def _who(row: RowTuple, state: State) -> list[str]:
    """The batches of which a row may begin a stretch."""
    if row[1] == "outcome":
        return [row[3], *state.units[row[2]].riders]
    return [row[3]] if row[1] == "ride" else []


def _begins(row: RowTuple, batch: str, state: State, last: dict[str, tuple[RowTuple, BatchState]]) -> bool:
    """Whether a stretch of a batch's step begins with a row: its own, or that of the batch with which it rides."""
    if row[1] == "ride" and row[3] == batch:
        lead = state.batches.get(state.units[row[2]].batch)
        return row[2] in last and lead is not None and lead.outcome is not None
    if row[1] != "outcome" or row[3] == batch:
        return row[1] == "outcome"
    return batch in state.units[row[2]].riders and state.batches[batch].phase == "ride"


def _again(run: Results, row: RowTuple, lead: BatchState, rider: BatchState | None, models: Models) -> Outcome:
    """The outcome that a row told of, or that of who rode there."""
    start = run.start
    streams = Streams(run.seed, run.replication, start.salt, start.given)
    k, found = next(iter(models.tried(lead, streams).items()), (1, None))
    if found is None:
        raise PlantsimError(f"the model of step {row[4]!r} no longer says what it said of batch {row[3]!r} in this run")
    return found if rider is None else rode(lead, rider, models, streams, k)

"""What happened inside a step with a model: the model called again, with the charge that the record tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import Streams
from plantsim.contracts import Charge, Outcome
from plantsim.engine.physics import TRIES, Models, entered
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import HOUR, RowTuple
from plantsim.state import apply

if TYPE_CHECKING:
    from plantsim.results import Results


def inside(run: Results, batch: str, step: str) -> list[tuple[Outcome, RowTuple, float]]:
    """Of each stretch of a batch's step its outcome, the row that told it, and hours worked in it; halts part them.

    Raises:
        PlantsimError: if no model was called for that batch and step in this run.
    """
    known, found = list[str](), list[tuple[RowTuple, str, Charge]]()
    state = run.start.copy()
    for row in run.record:
        apply(state, row)
        if row[3] != batch:
            continue
        if row[1] == "outcome":
            known.append(row[4])
            if row[4] == step:
                b = state.batches[batch]
                told = (row, b.luck, entered(b, row[8][1]))
                found = [*found, told] if row[7] else [told]
    if not found:
        hint = did_you_mean(step, known) or "; none of its steps has one"
        raise PlantsimError(f"no model was called for step {step!r} of batch {batch!r} in this run{hint}")
    worked = [row[8][7] / HOUR for row, _, _ in found[1:]]
    outcomes = [_again(run, *each) for each in found]
    return [
        (each, told[0], hours) for each, told, hours in zip(outcomes, found, [*worked, outcomes[-1].hours], strict=True)
    ]


def _again(run: Results, row: RowTuple, luck: str, charge: Charge) -> Outcome:
    """The outcome that a row told of; of a forecast's step in progress, the try that was taken."""
    models, start = Models(run.scenario), run.start
    streams = Streams(run.seed, run.replication, start.salt, start.given)
    outcomes = (models.outcome(luck, row[5], row[4], row[2], charge, streams, k) for k in range(1, TRIES + 1))
    found = next((each for each in outcomes if abs(each.hours - row[8][0]) < 1e-9), None)
    if found is None:
        raise PlantsimError(f"the model of step {row[4]!r} no longer says what it said of batch {row[3]!r} in this run")
    return found

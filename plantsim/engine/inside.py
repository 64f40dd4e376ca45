"""What happened inside a step with a model: the model called again, with the charge that the record tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.chance import Streams
from plantsim.contracts import Outcome
from plantsim.engine.physics import TRIES, Models, charge_of
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import HOUR, RowTuple

if TYPE_CHECKING:
    from plantsim.results import Results


def inside(run: Results, batch: str, step: str) -> list[tuple[Outcome, RowTuple, float]]:
    """Of each stretch of a batch's step its outcome, the row that told it, and hours worked in it; halts part them.

    Raises:
        PlantsimError: if no model was called for that batch and step in this run.
    """
    b = run.start.batches.get(batch)
    said, known, found = (b.charge if b else None), list[str](), list[tuple[RowTuple, Any]]()
    for row in run.record:
        if row[3] != batch:
            continue
        if row[1] == "charge":
            said = row[8]
        elif row[1] == "outcome":
            known.append(row[4])
            if row[4] == step:
                found = [*found, (row, said)] if row[7] else [(row, said)]
    if not found:
        hint = did_you_mean(step, known) or "; none of its steps has one"
        raise PlantsimError(f"no model was called for step {step!r} of batch {batch!r} in this run{hint}")
    worked = [row[8][7] / HOUR for row, _ in found[1:]]
    outcomes = [_again(run, row, charge) for row, charge in found]
    return [
        (each, row, hours) for each, (row, _), hours in zip(outcomes, found, [*worked, outcomes[-1].hours], strict=True)
    ]


def _again(run: Results, row: RowTuple, said: dict[str, float] | None) -> Outcome:
    """The outcome that a row told of; of a forecast's step in progress, the try that was taken."""
    models, start = Models(run.scenario), run.start
    streams = Streams(run.seed, run.replication, start.salt, start.given)
    charge = charge_of(said, row[8][1])
    outcomes = (models.outcome(row[3], row[5], row[4], row[2], charge, streams, k) for k in range(1, TRIES + 1))
    found = next((each for each in outcomes if abs(each.hours - row[8][0]) < 1e-9), None)
    if found is None:
        raise PlantsimError(f"the model of step {row[4]!r} no longer says what it said of batch {row[3]!r} in this run")
    return found

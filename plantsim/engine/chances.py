"""What else might have come of a step with a model: for forecasts of what is in progress, and to judge a time."""

from __future__ import annotations

from collections.abc import Callable

from plantsim.chance import HOUR, Streams
from plantsim.contracts import Charge, Outcome
from plantsim.engine.physics import SECOND, TRIES, Models, entered
from plantsim.state import BatchState

FEW, MANY = 12, 101  # drawings by which a time is judged
GOLDEN = 0.6180339887498949


def redrawn(
    models: Models, b: BatchState, passed: int, streams: Streams, whole: Callable[[Outcome, int], Outcome]
) -> tuple[Outcome, float] | None:
    """What may come of a step in progress, given how long [ms] its run has taken, and hours of b; None: as it was.

    `whole` gives that of all of a load, from that of the batch which leads it and the number of the try.
    """
    charge, seen = entered(b, b.outcome[1] if b.outcome else b.amount), dict[float, None]()
    for k in range(1, TRIES + 1):
        own = models.outcome(b.luck, b.product, b.step, b.unit, charge, streams, k)
        found = whole(own, k)
        if found.hours * HOUR > passed:
            return found, own.hours
        seen[found.hours] = None
        if k > 9 and len(seen) == 1:  # it has no luck in it
            return None
    return None


def judge(models: Models, b: BatchState, amount: float, hours: float) -> tuple[float, float]:
    """What the model of a step expects [h] of a batch on its unit, and how likely a time as rare as this one is.

    Few drawings tell that a time is usual; only one that lies beyond all of them is worth many.
    """
    for number in (FEW, MANY):
        drawn = sorted(_spread(models, b, entered(b, amount), number))
        expected = sum(drawn) / number
        below = sum(each <= hours + SECOND for each in drawn) / number
        above = sum(each >= hours - SECOND for each in drawn) / number
        if below > 0.0 and above > 0.0:
            return expected, min(1.0, 2.0 * min(below, above))
    return expected, 0.0


def _spread(models: Models, b: BatchState, charge: Charge, number: int) -> list[float]:
    """How long [h] a step takes with luck that is spread evenly over all that there is."""
    told: dict[str, int] = {}

    def outcome_of(k: int) -> float:
        def number_of(name: str) -> float:
            shift = told.setdefault(name, len(told))
            return ((k + 0.5) / number * (1 + shift * 7) + shift * GOLDEN) % 1.0

        return models.said(b.luck, b.product, b.step, b.unit, charge, number_of).hours

    return [outcome_of(k) for k in range(number)]

"""Who rides in a load with a model: it is asked about each one's own charge, in the hours of the batch that leads.

It is asked as if each had the mass of the one that leads, with the luck of that, so that batches alike become alike in
one call of it; what it says is for the mass that each has.  One that would need longer comes out as it is by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from plantsim.contracts import Charge, Outcome
from plantsim.engine.physics import SECOND, Models, missed, with_taken, written
from plantsim.state import charge as charge_row
from plantsim.state import deviate
from plantsim.unitops.cache import times_the_mass

if TYPE_CHECKING:
    from plantsim.chance import Streams
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.state import BatchState

UNREACHED = "end point"  # of one that would need longer than the one that leads


def rides(lead: BatchState, along: Sequence[Journey], floor: Floor) -> list[Outcome]:
    """What comes of those who ride with a batch; none, if its step has no model."""
    if lead.outcome is None or floor.models is None:
        return []
    k = next(iter(floor.models.tried(lead, floor.streams)), 1)
    return [rode(lead, each.b, floor.models, floor.streams, k) for each in along]


def rode(lead: BatchState, b: BatchState, models: Models, streams: Streams, k: int) -> Outcome:
    """What comes of a batch that rides with another, whose model was asked with its k-th luck."""
    own = with_taken(b.charge, b.amount, b.product, b.taken)
    hours, mass = lead.outcome[:2] if lead.outcome else (0.0, 0.0)
    if not own.mass or not mass:
        return Outcome(hours, own)
    address = f"{lead.luck}/{lead.step}/model"
    like, share = own.but(mass=mass, volume=own.volume / own.mass * mass), own.mass / mass
    found = models.said(
        b.name, b.product, lead.step, lead.unit, like, lambda name: streams.number(f"{address}/{name}", k)
    )
    return times_the_mass(ended(found, hours), share)


def ended(found: Outcome, hours: float) -> Outcome:
    """What is left of an outcome that is ended after so many hours; without a profile, its end is all that is known.

    >>> drying = Outcome(2.0, Charge(80.0), profile=lambda hours: Charge(100.0 - 10.0 * hours))
    >>> ended(drying, 1.5).charge.mass, ended(drying, 1.5).late, ended(drying, 3.0).charge.mass
    (85.0, 'end point', 80.0)
    """
    if found.hours <= hours + SECOND:
        return found
    last = found.charge if found.profile is None else as_after(found.profile(hours), found.charge)
    return replace(found, hours=hours, charge=last, late=found.late or UNREACHED)


def as_after(inside: Charge, end: Charge) -> Charge:
    """A charge in the midst of a step without what only the step must remember."""
    return replace(inside, quality={name: number for name, number in inside.quality.items() if name in end.quality})


def get_out(b: BatchState, found: Outcome, floor: Floor, now: int) -> None:
    """A batch that rode becomes what has come of it."""
    for cause in missed(found):
        floor.put(deviate, (now, "deviation", b.unit, b.name, b.step, b.product, b.amount, cause, None))
    become(b, found.charge, floor, now)


def become(b: BatchState, made: Charge, floor: Floor, now: int) -> None:
    """A batch that rides is this now."""
    floor.put(charge_row, (now, "charge", b.unit, b.name, b.step, b.product, made.mass, "", written(made)))


def rested(b: BatchState, found: Outcome, ran: float, halt: float, models: Models) -> Charge:
    """What a halt after so many hours makes of a batch that rides."""
    if found.profile is None:
        return found.charge
    return models.idled(b, found.profile(min(ran, found.hours)), halt)

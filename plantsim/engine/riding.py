"""Who rides in a load with a model: it is asked about each one's own charge, and lasts as long as its slowest batch.

It is asked as if each had the mass of the one that leads, with the luck of that, so that batches alike become alike in
one call of it; what it says is for the mass that each has.  Who is done sooner stays as it is; what all draw adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from plantsim.contracts import Charge, Flow, Outcome
from plantsim.engine.moving import arrives
from plantsim.engine.physics import SECOND, Models, missed, report, with_taken, written
from plantsim.state import charge as charge_row
from plantsim.unitops.cache import times_the_mass

if TYPE_CHECKING:
    from plantsim.chance import Streams
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
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
    return ended(one_of(models, lead, b, own, mass, streams, k), hours)


def one_of(
    models: Models, lead: BatchState, b: BatchState, own: Charge, mass: float, streams: Streams, k: int
) -> Outcome:
    """What the model says of a batch that rides with another, of a mass [kg], by itself."""
    if not own.mass or not mass:
        return Outcome(0.0, own)
    address = f"{lead.luck}/{lead.step}/model"
    like, share = own.but(mass=mass, volume=own.volume / own.mass * mass), own.mass / mass
    found = models.said(
        b.name, b.product, lead.step, lead.unit, like, lambda name: streams.number(f"{address}/{name}", k)
    )
    return times_the_mass(found, share)


def foreseen(lead: Outcome, b: BatchState, amount: float, along: Sequence[Journey], step: StepPlan, unit: str,
             floor: Floor) -> Outcome:  # fmt: skip
    """What comes of a load that is about to go: `lead` is that of its batch b, of a mass [kg], by itself."""
    models: Models = floor.models  # type: ignore[assignment]
    head = replace(b, step=step.name, unit=unit)
    mass, masses, asked = amount + step.adds(amount), [amount], list[Outcome]()
    for way in along:
        own = _coming(way, step, unit, floor, masses)
        asked.append(one_of(models, head, way.b, own, mass, floor.streams, 1))
        masses.append(arrives(way, unit))
    return together(lead, asked)


def _coming(way: Journey, step: StepPlan, unit: str, floor: Floor, before: Sequence[float]) -> Charge:
    """What a batch that rides will be once it is in the unit, where batches of these masses [kg] take theirs before."""
    b, mass = way.b, arrives(way, unit)
    return with_taken(b.charge, mass, b.product, step.taking(mass, floor.stocks, before) if step.mixes else [])


def in_all(
    own: Outcome, lead: BatchState, along: Sequence[BatchState], models: Models, streams: Streams, k: int
) -> Outcome:
    """What comes of a load in progress, from what comes of the batch that leads with its k-th luck."""
    mass = lead.outcome[1] if lead.outcome else 0.0
    charges = [with_taken(b.charge, b.amount, b.product, b.taken) for b in along]
    asked = [one_of(models, lead, b, each, mass, streams, k) for b, each in zip(along, charges, strict=True)]
    return together(own, asked)


def together(lead: Outcome, others: Sequence[Outcome]) -> Outcome:
    """The outcome of the batch that leads, as long as the slowest of the load, with what all of them draw.

    >>> oven = Outcome(1.0, Charge(50.0), draws={"power": ((0.0, 2.0),)})
    >>> both = together(oven, [Outcome(3.0, Charge(60.0), draws={"power": ((0.0, 2.0), (2.0, 1.0))})])
    >>> both.hours, both.charge.mass, both.draws
    (3.0, 50.0, {'power': ((0.0, 4.0), (2.0, 3.0))})
    """
    if not others:
        return lead
    names = dict.fromkeys(name for each in (lead, *others) for name in each.draws)
    draws = {name: _sum([each.draws[name] for each in (lead, *others) if name in each.draws]) for name in names}
    return replace(lead, hours=max(each.hours for each in (lead, *others)), draws=draws)


def _sum(flows: Sequence[Flow]) -> Flow:
    """Rates that add up; each goes on as it was last."""
    times = sorted({at for flow in flows for at, _ in flow})
    return tuple([(at, sum([next((r for t, r in reversed(f) if t <= at), 0.0) for f in flows])) for at in times])


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
    report(missed(found), b, floor, now)
    become(b, found.charge, floor, now)


def become(b: BatchState, made: Charge, floor: Floor, now: int) -> None:
    """A batch that rides is this now."""
    floor.put(charge_row, (now, "charge", b.unit, b.name, b.step, b.product, made.mass, "", written(made)))


def rested(b: BatchState, found: Outcome, ran: float, halt: float, models: Models) -> Charge:
    """What a halt after so many hours makes of a batch that rides."""
    if found.profile is None:
        return found.charge
    return models.idled(b, found.profile(min(ran, found.hours)), halt)

"""The act of moving to a unit, where a transfer of the layout says how: its length, what it uses, what stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.chance import milliseconds
from plantsim.errors import ModelError

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
    from plantsim.moving import Hop
    from plantsim.state import BatchState, Plan, StintPlan


def hop_to(step: StepPlan, b: BatchState, place: str, unit: str) -> Hop | None:
    """How a batch that stands at a place goes to a unit for a step."""
    if step.hops is None:
        return None
    return step.hops[b.came if place in step.hops.plant.buffers else "", place, unit]


def litres(hop: Hop, b: BatchState, mass: float, step: StepPlan, said: dict[str, Any] | None) -> float:
    """The volume [L] of a mass [kg] of a batch, made of what is said, that is moved at a rate by volume; else 0.

    Raises:
        ModelError: if it has no volume.
    """
    if not hop.per_litre:
        return 0.0
    each = float(said["volume"]) if said is not None else 0.0
    if not each and mass:
        text = f"is moved by volume ({' + '.join(hop.names)}), and has none by now: give what it is made of a volume"
        raise ModelError(f"batch {b.name} of {b.product!r}, before step {step.name!r}: {text}")
    return each * mass


def with_move(plan: Plan, hop: Hop, mass: float, volume: float, step: StepPlan) -> Plan:
    """The stints of a step with the move of a mass [kg] and volume [L] before them, once the unit is clean."""
    cleans = len(plan) - len(step.stints)
    return (*plan[:cleans], move(hop, mass, volume), *plan[cleans:])


def move(hop: Hop, mass: float, volume: float, left: str = "end") -> StintPlan:
    """The stint of a move; `left`: when the place before is left, in the words of a stint."""
    ms = milliseconds(hop.hours(mass, volume))
    uses = tuple([(pool, number, ms + milliseconds(longer)) for pool, number, longer in hop.uses])
    return (("transfer", ms),), ms, uses, 0, 0, left


def masses(load: list[Journey], unit: str) -> tuple[float, float, float]:
    """Mass [kg] of those who ride as they leave where they are, after the losses there, and as they arrive; volume."""
    left = arrived = volume = 0.0
    for way in load:
        step: StepPlan = way.want  # type: ignore[assignment]
        b = way.b
        mass = step.before.out(b.amount) if step.before is not None and b.unit else b.amount
        hop = hop_to(step, b, b.place or b.unit, unit)
        left, arrived = left + mass, arrived + arrives(way, unit)
        volume += 0.0 if hop is None else litres(hop, b, mass, step, b.charge)
    return left, arrived, volume


def arrives(way: Journey, unit: str) -> float:
    """Mass [kg] with which a batch that asks for a unit comes to it, after the losses where it is and on its way."""
    step: StepPlan = way.want  # type: ignore[assignment]
    b = way.b
    mass = step.before.out(b.amount) if step.before is not None and b.unit else b.amount
    hop = hop_to(step, b, b.place or b.unit, unit)
    return mass if hop is None else hop.arrives(mass)


def stays_behind(way: Journey, place: str) -> float:
    """Mass [kg] that stays behind at most as a batch leaves a place for the unit that it was granted."""
    step, machine = way.doing, way.machine
    hop = hop_to(step, way.b, place, machine.name) if step is not None and machine is not None else None
    return 0.0 if hop is None else hop.held_up

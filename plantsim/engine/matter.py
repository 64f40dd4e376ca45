"""What batches are made of as they are released, take materials, and meet others; what steps give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.chance import Streams
from plantsim.contracts import Charge
from plantsim.engine.physics import charge_of, tell_charge, with_taken, written
from plantsim.state import charge
from plantsim.unitops.mixing import mixed

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.parts import Ways
    from plantsim.engine.route import StepPlan
    from plantsim.recipe import Product
    from plantsim.state import BatchState

Said = dict[str, Any]


def beginnings(
    recipe: Product, name: str, product: str, ways: Ways, streams: Streams
) -> tuple[Said | None, list[Said]]:
    """What a batch is made of at its release, and its parts, if a side branch says what it is made of itself.

    None if the recipe does not say; no parts if all are made of the same.
    """
    made = {step.name: recipe.steps[step.name].made_of for step, _, _ in ways}
    if not any(made.values()):
        return (written(recipe.charge.drawn(name, recipe.batch, streams)) if recipe.charge else None), []
    main = recipe.charge.drawn(name, recipe.batch, streams) if recipe.charge else Charge(recipe.batch)
    parts: list[Charge] = []
    for step, _, mass in ways:
        own = made[step.name]
        drawn = main if own is None else own.drawn(f"{name}/{step.name}", mass, streams)
        parts.append(charge_of(written(drawn if own else main), mass))
    return written(mixed([(each, product) for each in parts])), [written(each) for each in parts]


def begin_anew(b: BatchState, step: StepPlan, floor: Floor) -> None:
    """A side branch begins beside what goes on, with a batch of its own: what that is made of stands in the record."""
    assert step.own is not None
    mass, law = step.own
    drawn = law.drawn(f"{b.luck}/{step.name}", mass, floor.streams)
    floor.put(charge, (floor.state.time, "charge", b.unit, b.name, b.step, b.product, mass, "", written(drawn)))


def mix_in(b: BatchState, floor: Floor, now: int) -> None:
    """A step without a model is over: what it has taken is part of the batch."""
    if b.taken:
        whole = with_taken(b.charge, b.amount, b.product, b.taken)
        floor.put(charge, (now, "charge", b.unit, b.name, b.step, b.product, whole.mass, "", written(whole)))


def mix_joined(b: BatchState, parts: list[tuple[Said | None, float]], floor: Floor, now: int) -> None:
    """Parts or batches of these charges and masses [kg] have become one."""
    if any(said is not None for said, _ in parts):
        whole = mixed([(charge_of(said, mass), b.product) for said, mass in parts])
        tell_charge(b, written(whole), floor, now)

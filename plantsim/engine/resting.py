"""A run that was halted goes on from its state, with what the halt has done to it: the model is asked anew.

Only a model is asked that tells what a halt does to a charge, by `idle(charge, hours, unit)`, and by a profile what is
so inside; of any other the rest of its time is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import HOUR, milliseconds
from plantsim.engine import loads
from plantsim.engine.drawn import lent
from plantsim.engine.physics import flows_of, impossible, told, written
from plantsim.engine.riding import become, rested, rides
from plantsim.errors import ModelError
from plantsim.state import charge, outcome

if TYPE_CHECKING:
    from plantsim.contracts import Charge, Outcome
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.physics import Models
    from plantsim.state import BatchState, StintPlan, Uses


def uses_after(way: Journey, floor: Floor, now: int) -> Uses | None:
    """What a halted run would claim if it went on now; None: as its plan has it."""
    found = _rested(way, floor, now)
    return None if found is None else found[2][2]


def go_on_rested(way: Journey, floor: Floor, now: int) -> None:
    """A halted run goes on: what has become of its charge, and what its model says of that, stands in the record."""
    found, b = _rested(way, floor, now), way.b
    if found is None:
        return
    idled, after, stint, ran = found
    along = loads.led_by(way, floor)
    models: Models = floor.models  # type: ignore[assignment]
    for each, own in zip(along, rides(b, along, floor), strict=True):
        become(each.b, rested(each.b, own, ran / HOUR, (now - b.halted) / HOUR, models), floor, now)
    floor.put(charge, (now, "charge", b.unit, b.name, b.step, b.product, idled.mass, "halt", written(idled)))
    detail = (*told(after, idled.mass, _load(way, floor)), stint, ran)
    floor.put(outcome, (now, "outcome", b.unit, b.name, b.step, b.product, b.amount, "halt", detail))


def _rested(way: Journey, floor: Floor, now: int) -> tuple[Charge, Outcome, StintPlan, int] | None:
    """(the charge as it is now, what its model says of it, the stint of what is left); None if nothing has changed."""
    b, models, step = way.b, floor.models, way.doing
    if models is None or step is None or b.outcome is None or not b.halted or b.unit not in floor.machines:
        return None
    stint, run = b.plan[b.stint], milliseconds(b.outcome[0])
    ran = stint[1] - b.left - stint[3]
    if not models.idles(b.product, b.step, b.unit) or stint[4] - stint[3] != run or not 0 < ran < run:
        return None
    before = models.recalled(b, floor.streams)
    if before is None or before.profile is None:
        return None
    idled = models.idled(b, before.profile(ran / HOUR), (now - b.halted) / HOUR)
    found = models.outcome(b.luck, b.product, b.step, b.unit, idled, floor.streams)
    drawn = (
        ()
        if "run" in step.slows
        else lent(flows_of(found, _load(way, floor)), milliseconds(found.hours), floor.state.tanks)
    )
    rest = _rest(b, stint, run - ran, milliseconds(found.hours), drawn, lent(b.outcome[5], run, floor.state.tanks))
    wrong = impossible(rest, found, floor)
    if wrong:
        raise ModelError(models.where(b.name, b.product, b.step, b.unit) + wrong)
    return idled, found, rest, ran


def _rest(b: BatchState, stint: StintPlan, left: int, run: int, drawn: Uses, before: Uses) -> StintPlan:
    """What is left of a stint whose run takes so long [ms] from here on instead of what was left of it."""
    acts, ms, uses, _, ends, word = stint
    worked = ms - b.left
    k = next(k for k, (act, _) in enumerate(acts) if act == "run")
    own = [use for use in uses if use not in before and use[2] > worked]
    rest = tuple([(pool, number, held - worked + (run - left if held >= ends else 0)) for pool, number, held in own])
    return (("run", run), *acts[k + 1 :]), b.left - left + run, (*rest, *drawn), 0, run, word


def _load(way: Journey, floor: Floor) -> float:
    """How many times the mass of the batch that leads a load is."""
    mass = way.b.amount
    return (mass + sum(each.b.amount for each in loads.led_by(way, floor))) / mass if mass else 1.0

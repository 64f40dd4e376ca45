"""A run that was halted goes on from its state, with what the halt has done to it: the model is asked anew.

Only a model is asked that tells what a halt does to a charge, by `idle(charge, hours, unit)`, and by a profile what is
so inside; of any other the rest of its time is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from plantsim.chance import HOUR, milliseconds
from plantsim.engine import loads
from plantsim.engine.drawn import lent
from plantsim.engine.physics import impossible, told, written
from plantsim.engine.riding import become, one_of, rested, rides, together
from plantsim.errors import ModelError
from plantsim.state import charge, outcome

if TYPE_CHECKING:
    from plantsim.contracts import Charge, Outcome
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.state import BatchState, StintPlan, Uses


def uses_after(way: Journey, floor: Floor, now: int) -> Uses | None:
    """What a halted run would claim if it went on now; None: as its plan has it."""
    found = _rested(way, floor, now)
    return None if found is None else found[3][2]


def go_on_rested(way: Journey, floor: Floor, now: int) -> None:
    """A halted run goes on: what has become of its charge, and what its model says of that, stands in the record."""
    found, b = _rested(way, floor, now), way.b
    if found is None:
        return
    charges, after, own, stint, ran = found
    idled = charges[0]
    for each, each_idled in zip(loads.led_by(way, floor), charges[1:], strict=True):
        become(each.b, each_idled, floor, now)
    floor.put(charge, (now, "charge", b.unit, b.name, b.step, b.product, idled.mass, "halt", written(idled)))
    detail = (*told(after, own, idled.mass), stint, ran)
    floor.put(outcome, (now, "outcome", b.unit, b.name, b.step, b.product, b.amount, "halt", detail))


Rested: TypeAlias = "tuple[list[Charge], Outcome, float, StintPlan, int]"


def _rested(way: Journey, floor: Floor, now: int) -> Rested | None:
    """What has become of a halted run; None if nothing has changed.

    (the charges of the batch and of who rides as they are now, what the model says of all, hours of that batch itself,
    the stint that is left, how long [ms] it had run.)
    """
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
    halt = (now - b.halted) / HOUR
    idled = models.idled(b, before.profile(min(ran / HOUR, before.hours)), halt)
    own = models.outcome(b.luck, b.product, b.step, b.unit, idled, floor.streams)
    along = loads.led_by(way, floor)
    others = [rested(each.b, each_own, ran / HOUR, halt, models)
              for each, each_own in zip(along, rides(b, along, floor), strict=True)]  # fmt: skip
    asked = [one_of(models, b, each.b, made, idled.mass, floor.streams, 1)
             for each, made in zip(along, others, strict=True)]  # fmt: skip
    found = together(own, asked)
    drawn = () if "run" in step.slows else lent(found.draws, milliseconds(found.hours), floor.state.tanks)
    rest = _rest(b, stint, run - ran, milliseconds(found.hours), drawn, lent(b.outcome[5], run, floor.state.tanks))
    wrong = impossible(rest, found, floor)
    if wrong:
        raise ModelError(models.where(b.name, b.product, b.step, b.unit) + wrong)
    return [idled, *others], found, own.hours, rest, ran


def _rest(b: BatchState, stint: StintPlan, left: int, run: int, drawn: Uses, before: Uses) -> StintPlan:
    """What is left of a stint whose run takes so long [ms] from here on instead of what was left of it."""
    acts, ms, uses, _, ends, word = stint
    worked = ms - b.left
    k = next(k for k, (act, _) in enumerate(acts) if act == "run")
    own = [use for use in uses if use not in before and use[2] > worked]
    rest = tuple([(pool, number, held - worked + (run - left if held >= ends else 0)) for pool, number, held in own])
    return (("run", run), *acts[k + 1 :]), b.left - left + run, (*rest, *drawn), 0, run, word

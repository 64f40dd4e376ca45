"""Batches that go back to an earlier step: for a bad verdict, or since they stood still for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine import company, loads
from plantsim.engine.halting import PAUSE, let_go
from plantsim.engine.matter import mix_in
from plantsim.engine.places import hush
from plantsim.engine.riding import as_after, become, rested, rode
from plantsim.engine.samples import drop, inquire
from plantsim.materials import Rework
from plantsim.state import deviate, halt, rework

if TYPE_CHECKING:
    from plantsim.contracts import Charge
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
    from plantsim.materials import Afterwards
    from plantsim.state import BatchState


def broken(way: Journey, word: str, then: tuple[str, Afterwards], floor: Floor, now: int) -> None:
    """A batch has stood still for too long: it is lost or goes back, with the load that it leads, or that is noted.

    `then` is the step that says so, and what becomes of the batch.
    """
    b, (step, after) = way.b, then
    if after == "deviation":
        place = b.place or b.unit
        floor.put(deviate, (now, "deviation", place, b.name, b.step, b.product, b.amount, word, None))
        inquire(word, b, "", floor, now)
        return
    if b.phase == "run":  # its unit is being cleaned for it
        _cut_clean(way, word, floor, now)
    if not isinstance(after, Rework) or b.reworked.get(f"{step}/{word}", 0) >= after.most:
        floor.scrap(way, word, now)
    else:
        along = loads.led_by(way, floor)
        made = _taken_out(way, along, floor, now) if word == PAUSE else []
        for each, charge in zip((*along, way), made or [None] * (len(along) + 1), strict=True):
            if charge is not None:
                become(each.b, charge, floor, now)
            go_back(each, (step, word), after.rework, floor, now, _done(each, floor))


def _done(way: Journey, floor: Floor) -> StepPlan | None:
    """The step that was done in the unit in which a batch waits, if its losses are still to be taken off."""
    b = way.b
    if b.phase != "wait" or not b.unit or b.gate or b.joins or b.over:
        return None
    return floor.steps[b.product][b.step].before


def _cut_clean(way: Journey, word: str, floor: Floor, now: int) -> None:
    """The clean of the unit that a batch has got ends with its claim."""
    b = way.b
    used = [pool for pool, _, _ in b.plan[b.stint][2]]
    hush(way, floor)
    floor.put(halt, (now, "halt", b.unit, b.name, b.step, b.product, b.amount, word, None))
    floor.give_back(used)


def go_back(way: Journey, why: tuple[str, str], to: str, floor: Floor, now: int, done: StepPlan | None = None) -> None:
    """A batch is taken out, and asks for an earlier step; its tests are not made any more.

    `why`: the step and the test, or the limit, for which it goes back; `done`: the step that was done in the unit in
    which it stands.
    """
    b, step = way.b, floor.steps[way.b.product][to]
    drop(way, floor)
    company.part(way, floor, now)
    let_go(way, floor)
    if b.containers:
        company.pour_out(way, company.filled_since(b, step), floor, now)
    under_way = way.doing is None and way.want is not None and b.place in floor.machines  # into a buffer
    before = way.want.before if under_way and way.want is not None else way.doing.before if way.doing else None
    floor.leave(way, before, now, moves=False)
    if way.machine is not None:
        added = sum(mass for _, mass, _ in b.taken) if done is None and b.stood < 0 else 0.0
        floor.leave_unit(b, way.machine, done, now, -added)
        way.machine = None
    booked = [machine for machine in floor.machines.values() if b.booked and machine.booked_for(b.name)]
    floor.put(rework, (now, "rework", "", b.name, why[0], b.product, b.amount, why[1], (to,)))
    for machine in booked:
        if machine.way is None:
            floor.ready(machine, now)
    way.want, way.doing = step, None
    way.key = (-way.priority, now, way.rank)
    floor.asking.append(way)


# ---- what is taken out in the middle of a step -----------------------------------------------------------------------


def _taken_out(way: Journey, along: list[Journey], floor: Floor, now: int) -> list[Charge | None]:
    """What a halted load has become by now, those who ride first; without a model what was taken is mixed in."""
    b, models, step = way.b, floor.models, way.doing
    found = models.recalled(b, floor.streams) if models is not None and b.outcome is not None else None
    if models is None or found is None or step is None:
        for each in (*along, way) if step is not None and step.mixes else ():
            mix_in(each.b, floor, now)
        return []
    ran, halt = _ran(b) / HOUR, (now - b.halted) / HOUR
    k = next(iter(models.tried(b, floor.streams)), 1)
    idles = models.idles(b.product, b.step, b.unit)
    outcomes = [*[rode(b, each.b, models, floor.streams, k) for each in along], found]
    made: list[Charge | None] = []
    for each, own in zip((*along, way), outcomes, strict=True):
        if own.profile is None:  # the model tells nothing of its midst
            mix_in(each.b, floor, now)
            made.append(None)
        else:
            inside = rested(each.b, own, ran, halt, models) if idles else own.profile(min(ran, own.hours))
            made.append(as_after(inside, own.charge))
    return made


def _ran(b: BatchState) -> int:
    """How much [ms] of the run of its step is done."""
    worked = [stint[1] for stint in b.plan[: b.stint]] + [b.plan[b.stint][1] - b.left]
    return sum(min(max(ms - stint[3], 0), stint[4] - stint[3]) for ms, stint in zip(worked, b.plan, strict=False))

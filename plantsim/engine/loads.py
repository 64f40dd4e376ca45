"""Loads: a unit that holds several takes batches that begin and end together.

The oldest of them leads: it has the plan, its journey has the event.  The others ride: they are in the unit and go
through its acts.  When the load is done each asks for its own next step; the unit is free when the last has left.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from plantsim.engine.chain import Wake
from plantsim.engine.journey import by_age
from plantsim.engine.station import unblock
from plantsim.state import ride, usable

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Line

DUST = 1e-9  # kg: what rounding may leave of a lot
LACKING = "load"  # what a batch waits for whose unit is free, but wants more batches


def due(way: Journey, machine: Machine, floor: Floor, now: int) -> bool:
    """Whether a load that this batch would lead may go now: enough are there, no more fit, or the oldest is tired."""
    station, step = machine.station, way.want
    asks = step is not None and step.takes and station is not None and machine.least > 1
    if asks and station is not None and (name := short([way] * machine.least, machine)):
        floor.stocks[name].stations[station.rank] = station  # look again when more of it comes
        each = dict(step.takes)[name] if step is not None else None
        floor.stocks[name].lacked(each.of(comes_with(way)) * machine.least if each is not None else 0.0, floor, now)
        if way.line is None:
            floor.sources[way.b.order].say(name, 0, floor, now)
            return False
    if machine.least <= 1 or way.line is None or station is None or _outside(way, machine) is not None:
        return True  # outside the plant stand as many as it takes
    load, full = _gather(way, machine)
    if full or len(load) >= machine.least:
        return True
    if machine.longest_wait is None:
        return False
    at = min(each.key[1] for each in load) + machine.longest_wait
    if now < at < station.wake:
        station.wake = at
        floor.alarm(at - now, Wake(station))
    return at <= now


def _gather(way: Journey, machine: Machine) -> tuple[list[Journey], bool]:
    """(the load that this batch would lead: it, and who asks for the same by age; whether no more fit)."""
    load, weight, most = [way], way.b.amount, machine.load
    lines = machine.station.lines if machine.station is not None else ()
    claims = [claim for line in lines if line.step is way.want for claim in line.claims if claim is not way]
    for claim in sorted(claims, key=by_age):
        if claim.line is None or not (claim.line.takes(claim, machine) or _behind(claim, claim.line, load, machine)):
            continue
        weight += claim.b.amount
        if most is not None and weight > most:
            return load, True
        if short([*load, claim], machine):
            return load, False
        load.append(claim)
        if len(load) == machine.holds:
            return load, True
    return load, most is not None and weight + way.b.amount > most


def lacking(way: Journey, machine: Machine) -> str:
    """What a batch waits for whose unit is free: a material for the next one of the load, or more batches."""
    load = _gather(way, machine)[0]
    return (short([*load, way], machine) if len(load) < _asking(way, machine) else "") or LACKING


def _asking(way: Journey, machine: Machine) -> int:
    lines = machine.station.lines if machine.station is not None else ()
    return sum(len(line.claims) for line in lines if line.step is way.want)


def short(load: list[Journey], machine: Machine) -> str:
    """The material of which there is too little in store for each of a load to take its own; '' if there is enough."""
    step = load[0].want
    for name, each in step.takes if step is not None else ():
        lots = machine.whole.stocks[name].lots.values()
        there = fsum(lot.amount for lot in lots if usable(lot, at_risk=each.at_risk))
        if fsum(each.of(comes_with(way)) for way in load) > there + DUST:
            return name
    return ""


def comes_with(way: Journey) -> float:
    """Mass [kg] with which a batch comes to the step that it asks for, after the losses of the one before."""
    step: StepPlan = way.want  # type: ignore[assignment]
    return step.before.out(way.b.amount) if step.before is not None and way.b.unit else way.b.amount


def gathered(way: Journey, machine: Machine) -> list[Journey]:
    """The load that this batch would lead, if it went now."""
    return _gather(way, machine)[0] if machine.holds > 1 else [way]


def _behind(way: Journey, line: Line, load: list[Journey], machine: Machine) -> bool:
    """Whether its way leads through a buffer, full or not clear, which those of the load leave as they go."""
    if machine.name not in line.able or (machine.load is not None and machine.load < way.b.amount):
        return False
    left, names = [each.b.place for each in load], [each.b.name for each in load]
    shelves = [shelf for shelf in line.buffers if machine.name in shelf.onward and shelf.name in left]
    return any(shelf.cleared(way.b) or all(name in names for name in shelf.stored) for shelf in shelves)


def riders(way: Journey, machine: Machine, floor: Floor, now: int) -> list[Journey]:
    """Who rides with a batch that has got the unit: they stand in no line any more, and have entered the plant."""
    load = _gather(way, machine)[0][1:]
    for each in load:
        if each.line is not None:
            each.line.remove(each)
            each.line = None
    while len(load) + 1 < machine.holds:
        outside = _outside(way, machine)
        weight = way.b.amount + sum(each.b.amount for each in load)
        if (
            outside is None
            or short([way, *load, outside], machine)
            or (machine.load is not None and weight + outside.b.amount > machine.load)
        ):
            break
        floor.sources[outside.b.order].take(floor, outside, now)
        load.append(outside)
    return load


def _outside(way: Journey, machine: Machine) -> Journey | None:
    """The next batch of an order released as taken that could go along."""
    taken = machine.station.taken if machine.station is not None else ()
    return next((each for each in taken if each.want is way.want), None)


def mass(load: list[Journey]) -> float:
    """Mass [kg] of those who ride, after the losses of the step before."""
    return sum([comes_with(way) for way in load], 0.0)


def board(load: list[Journey], machine: Machine, step: StepPlan, floor: Floor, now: int) -> None:
    """They are in the unit, as soon as the place before is left."""
    for way in load:
        b = way.b
        floor.put(ride, (now, "ride", machine.name, b.name, step.name, b.product, b.amount, "", None))
        if way.machine is not None:
            way.behind = way.machine
        way.machine, way.doing, way.want = machine, step, None
        unblock(way)


def inside(machine: Machine, floor: Floor) -> list[Journey]:
    """Who rides in a unit."""
    return [floor.ways[name] for name in machine.state.riders]


def led_by(way: Journey, floor: Floor) -> list[Journey]:
    """Who rides with this batch, if it leads a load that is not done."""
    machine = way.machine
    if machine is None or machine.way is not way or not machine.state.riders:
        return []
    return [each for each in inside(machine, floor) if each.b.phase == "ride"]


def leave_behind(way: Journey, machine: Machine, floor: Floor, now: int) -> None:
    """The load moves in: if this batch leads it, those who ride leave the place before, too."""
    if machine.way is way:
        for each in led_by(way, floor):
            floor.leave(each, each.doing.before if each.doing is not None else None, now)

"""Units that lock: while they are down or closed, no batch leaves them; what is done in them waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.halting import watch_hold
from plantsim.engine.loads import inside
from plantsim.engine.station import unblock
from plantsim.state import wait

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine


def lock_in(way: Journey, floor: Floor, now: int) -> None:
    """A batch that waits in a unit which is stopped can't leave it; it asks anew when that works again."""
    b, line, step = way.b, way.line, way.want
    if line is not None:
        line.remove(way)
        way.line = None
        if line.station.free:  # there is a new head to look at
            floor.touched[line.station.rank] = line.station
    unblock(way)
    if step is not None and step.limit >= 0 and way.key[1] == now:  # it asks from now on
        watch_hold(way, floor, now)
    wanted = step.name if step is not None else b.step
    floor.put(wait, (now, "wait", b.unit, b.name, wanted, b.product, b.amount, b.unit, None))


def lock(machine: Machine, floor: Floor, now: int) -> None:
    """A unit is stopped: who waits in it stays; who has got the next unit but not left yet looks what it lacks."""
    for way in _all_in(machine, floor):
        if way.desk is not None:
            floor.knocked[way.desk.rank] = way.desk
        if way.machine is machine and way.line is not None:
            lock_in(way, floor, now)


def unlock(machine: Machine, floor: Floor) -> None:
    """A unit works again: who was kept in it asks anew."""
    for way in _all_in(machine, floor):
        b = way.b
        if way.machine is machine:
            asks = b.joins or b.gate or way in floor.asking or any(each[0] is way for each in floor.coming)
            if b.phase == "wait" and way.line is None and not asks:
                floor.asking.append(way)
        elif b.phase == "claim" and way.desk is None and way not in floor.claims:
            floor.reask(way, b.asked)


def _all_in(machine: Machine, floor: Floor) -> list[Journey]:
    return [*([machine.way] if machine.way is not None else []), *inside(machine, floor)]

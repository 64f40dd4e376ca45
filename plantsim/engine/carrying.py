"""The way into a buffer, where a transfer of the layout says how: it takes its time and what moves it as it goes in.

The batch has a place in the buffer from when it sets off, or asks for what moves it, and keeps its unit until it is
there; then it asks for its next unit, as old as it was.
"""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING

from simpy.events import NORMAL

from plantsim.engine import chain
from plantsim.engine.crews import crewed
from plantsim.engine.gate import line_of
from plantsim.engine.machine import Machine
from plantsim.engine.moving import litres, move
from plantsim.engine.station import standing
from plantsim.state import begin, carry, store

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Shelf
    from plantsim.moving import Hop


def way_in(way: Journey, shelf: Shelf) -> Hop | None:
    """How a batch goes from its unit into a buffer; None: in no time."""
    step = way.want
    if step is None or step.hops is None or way.machine is None:
        return None
    return step.hops["", way.machine.name, shelf.name]


def set_off(way: Journey, shelf: Shelf, hop: Hop, cause: str, floor: Floor, now: int) -> None:
    """A batch goes into a buffer, or asks for what moves it there."""
    b, step = way.b, way.want
    assert step is not None
    mass = step.before.out(b.amount) if step.before is not None else b.amount
    plan = (move(hop, mass, litres(hop, b, mass, step, b.charge), ""),)
    floor.put(carry, (now, "carry", shelf.name, b.name, step.name, b.product, b.amount, cause, plan))
    way.behind, way.machine, way.doing = way.machine, None, None
    if plan[0][2]:
        floor.reask(way, now)
    else:
        be_under_way(way, floor)


def begin_move(way: Journey, floor: Floor, now: int) -> None:
    """What moves it is there."""
    b = way.b
    others = crewed(way, None, floor, now) if floor.parties else None
    floor.put(begin, (now, "begin", b.unit, b.name, b.step, b.product, b.amount, "", others))
    be_under_way(way, floor)


def be_under_way(way: Journey, floor: Floor) -> None:
    """Set the event for when it is there: what has begun is finished, whoever's shift should end."""
    event = way.event
    assert event is not None
    event._ok, event._value = True, None
    heappush(floor.queue, (way.b.since + way.b.left, NORMAL, next(floor.numbers), event))


def arrive(way: Journey, floor: Floor, now: int) -> None:
    """A batch has come into its buffer: its unit is left, and it asks for the next one."""
    from plantsim.engine.quality import rejected

    b, step, machine = way.b, way.want, way.behind
    assert step is not None and isinstance(machine, Machine)
    shelf, hop = floor.shelves[b.unit], step.hops and step.hops["", machine.name, b.unit]
    floor.put(store, (now, "store", shelf.name, b.name, step.name, b.product, b.amount, b.cause or step.on, None))
    way.behind, way.doing = shelf, step.before
    floor.leave_unit(b, machine, step.before, now, hop.held_up if hop else 0.0)
    way.key = (-way.priority, b.asked, way.rank)
    if b.verdict is not None:  # it was rejected on its way
        rejected(way, *b.verdict, floor, now)
        return
    _ask_again(way, step, shelf, floor, now)


def _ask_again(way: Journey, step: StepPlan, shelf: Shelf, floor: Floor, now: int) -> None:
    b = way.b
    line = way.line = line_of(way, step, standing(b) if b.more else shelf.name)
    line.park(way)
    if line.station.free:
        floor.touched[line.station.rank] = line.station
    floor.unmet.append(way)
    if way.b.booked:
        chain.arrive(way, floor, now)
    elif line.tells:
        chain.stand(way, floor)


def turn_back(way: Journey, floor: Floor, now: int) -> None:
    """A batch that is lost, or taken out, on its way into a buffer gives up its place there."""
    if way.b.unit in floor.shelves:
        floor.leave_shelf(way.b, floor.shelves[way.b.unit], now)

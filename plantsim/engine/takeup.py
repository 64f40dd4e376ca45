"""The only way in: what is in progress goes on from what the state says, be it a fresh plant or one at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.carrying import be_under_way
from plantsim.engine.chain import stand
from plantsim.engine.gate import line_of
from plantsim.engine.halting import PAUSE, expire, stands, watch_on
from plantsim.engine.journey import Journey
from plantsim.engine.limits import watch_limit
from plantsim.engine.places import has_room
from plantsim.engine.source import Source, releases
from plantsim.engine.station import standing
from plantsim.engine.stints import start
from plantsim.engine.upkeep import Job, Tick, watch
from plantsim.engine.washing import Wash

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine
    from plantsim.engine.resolve import Resolved


def take_up_unit(floor: Floor, machine: Machine) -> None:
    """The jobs of a unit go on, its clocks run, and it is free if nothing says otherwise."""
    clocks = {clock.name: clock for clock in (*machine.failures, *machine.maintenance)}
    state, now = machine.state, floor.state.time
    for name, job in state.jobs.items():
        handle = Job(machine, name, clocks.get(name))
        if name == "clean" and machine.washes is not None:
            handle = machine.wash = Wash(machine, name, None)
        if job.running:
            handle.run(floor, now)
        elif handle.clock is not None and handle.clock.leader is not None:
            continue  # it is mended with another unit
        elif job.part > now:
            floor.alarm(job.part - now, handle)
        else:
            _repark(floor, handle, job.lacks)
            if isinstance(handle, Wash):
                handle.watch(floor, now)
    watch_limit(machine, floor, now)
    free = has_room(machine, now) if machine.places > 1 else not (state.batch or state.jobs or state.closed)
    if machine.station is not None and free and not state.booked:
        machine.station.put_back(machine)
    calendars = [clock for clock in clocks.values() if clock.kind == "calendar"]
    for clock in (*calendars, *([None] if machine.timetable else [])):
        tick = Tick(machine, clock)
        floor.ticks[machine.name, tick.name] = tick
        if clock is not None and clock.window:
            tick.set(floor, now)
        else:
            floor.env.process(watch(tick, floor))


def take_up_batch(floor: Floor, made: Resolved, name: str) -> None:
    """A batch goes on with its stint, or waits on."""
    b = floor.state.batches[name]
    way = made.journey(b)
    way.key = (-way.priority, b.asked, way.rank)
    floor.enter(way)
    for place in filter(None, (b.place, b.unit)):
        if place in floor.machines and floor.machines[place].state.batch == name:
            floor.machines[place].way = way
    for place in b.more:
        if place in floor.machines and floor.machines[place].state.batch == name:
            floor.machines[place].way = way
    for name_ in (*b.withs, *b.containers):
        floor.machines[name_].way = way
    way.machine = floor.machines.get(b.unit)
    way.behind = floor.machines.get(b.place) or floor.shelves.get(b.place)
    if b.phase == "run":
        (start if way.machine is not None else be_under_way)(way, floor)
    elif b.phase == "wait":
        _stand_again(floor, way)
    elif b.phase == "claim":
        _repark(floor, way, b.cause)
    if stands(way) >= 0 or b.phase == "ride":
        watch_on(way, b.asked if b.phase == "wait" else b.stood, floor, floor.state.time)
    if b.lost:
        expire(way, PAUSE, b.lost, floor, floor.state.time)


def take_up_order(floor: Floor, source: Source) -> None:
    """An order goes on with its releases."""
    floor.env.process(releases(source, floor))
    if source.order.release.as_taken and source.start < floor.state.time:
        source.offer(None)


def _repark(floor: Floor, claim: Journey | Job, lacking: str) -> None:
    """A claim for pools that was waiting waits on."""
    desk = floor.desks.get(lacking)
    if desk is not None:
        claim.desk = desk
        desk.park(claim)


def _stand_again(floor: Floor, way: Journey) -> None:
    """A claim for a unit that was waiting waits on."""
    b = way.b
    if way.want is None:
        return
    if way.machine is not None and way.machine.locked and not b.joins:
        return
    line = line_of(way, way.want, standing(b) if b.more else b.place or b.unit)
    if not b.joins:
        way.line = line
        line.park(way)
        stand(way, floor)
    if line.buffers and not b.place and b.unit:
        way.blocked = line.buffers
        for shelf in line.buffers:
            shelf.refuse(way)
    if b.cause in floor.desks and not b.joins:
        floor.desks[b.cause].stations[line.station.rank] = line.station

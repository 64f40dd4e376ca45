"""Units with places for several batches that come and go each at its own time: incubators, stability chambers, ovens.

The unit works while any of them does: so long its running clocks go, whoever comes and goes meanwhile.  What strikes
it halts all that are worked on in it.  It is cleaned and maintained when it is empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine.breakdown import strike
from plantsim.engine.cleanliness import due
from plantsim.engine.clock import NEVER, Clock
from plantsim.engine.company import exposed
from plantsim.engine.halting import halted, terms
from plantsim.engine.impaired import works_on
from plantsim.engine.journey import Alarm, natural
from plantsim.engine.limits import watch_limit
from plantsim.state import close, halt, ran_since, runs

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.station import Station


def names(machine: Machine) -> list[str]:
    """The batches in a unit, the one that has been in it for longest first."""
    u = machine.state
    return [u.batch, *u.riders] if u.batch else []


def inside(machine: Machine, floor: Floor) -> list[Journey]:
    """The batches in a unit; of a unit in which they are not each for itself, the one that leads."""
    if machine.places == 1:
        return [] if machine.way is None else [machine.way]
    return [floor.ways[name] for name in names(machine) if name in floor.ways]


def running(machine: Machine, floor: Floor, now: int) -> list[Journey]:
    """The batches whose stint in the unit goes on beyond now."""
    ways = [way for way in inside(machine, floor) if exposed(way, machine) and way.b.phase == "run"]
    return [way for way in ways if way.b.since + way.b.left > now]


# ---- to come in ------------------------------------------------------------------------------------------------------


def has_room(machine: Machine, now: int) -> bool:
    """Whether another batch may come in, as far as the unit alone is concerned."""
    u = machine.state
    shut = machine.timetable is not None and not machine.timetable.is_open(now)
    return not (u.jobs or u.closed or u.impaired or shut) and len(names(machine)) < machine.places


def admits(way: Journey, machine: Machine, floor: Floor, now: int) -> bool:
    """Whether this batch may join those in the unit; none passes one who waits until they have left."""
    if not machine.state.batch:
        return True
    if not bears(way, machine, floor, now):
        return False
    station: Station = machine.station  # type: ignore[assignment]
    heads = station.heads() if floor.rule is None else []
    return all(
        each is way
        or (way.line is not None and way.key < each.key)
        or each.line is None
        or each.line.tells
        or not each.line.takes(each, machine)
        or bears(each, machine, floor, now)
        for each in heads
    )


def bears(way: Journey, machine: Machine, floor: Floor, now: int) -> bool:
    """Whether this batch may be in the unit with those that are: they are not too heavy, and nothing is due before."""
    state = machine.whole
    if machine.load is not None:
        held = sum(state.batches[name].amount for name in names(machine))
        if held + way.b.amount > machine.load:
            return False
    if machine.maintenance and machine.maintenance_due(now, ran_since(state, machine.state, now)) is not None:
        return False
    if machine.washes is None:
        return True
    word, why = due(machine, machine.washes, way.b.product, now)
    return not word or why == "minor" or word == "minor" or (why == "setup" and not machine.state.opened)


def taken(machine: Machine, floor: Floor, now: int) -> None:
    """A batch has got a place: the unit stays free if there is another one."""
    machine.way = floor.ways.get(machine.state.batch)
    station: Station = machine.station  # type: ignore[assignment]
    if machine in station.free and not has_room(machine, now):
        station.free.remove(machine)


def left(machine: Machine, floor: Floor, now: int) -> None:
    """A batch has left its place: another may come in; an empty unit tends itself."""
    station: Station = machine.station  # type: ignore[assignment]
    machine.way = floor.ways.get(machine.state.batch)
    if machine.state.batch:
        if machine.cycled <= machine.state.cycles * HOUR:
            floor.alarm(0, Strain(machine))
        open_up(machine, floor, now)
        return
    if machine in station.free:
        station.free.remove(machine)
    if machine.washes is not None:
        watch_limit(machine, floor, now)
    floor.ready(machine, now)


def open_up(machine: Machine, floor: Floor, now: int) -> None:
    """A unit with batches in it is free for others, if it has room."""
    station: Station = machine.station  # type: ignore[assignment]
    if has_room(machine, now):
        if machine not in station.free:
            station.put_back(machine)
        if station.waiting or station.taken:
            floor.touched[station.rank] = station


# ---- what strikes ----------------------------------------------------------------------------------------------------


class Strain:
    """So many batches have left a unit that it fails, with others still in it."""

    __slots__ = ("machine", "rank")

    def __init__(self, machine: Machine) -> None:
        self.machine, self.rank = machine, natural(machine.name)

    def close(self, floor: Floor, now: int) -> None:
        """All that run in it are halted; if none does, it fails as the next one begins."""
        if running(self.machine, floor, now):
            cut(self.machine, floor, now)


def worn_at(machine: Machine, now: int) -> int:
    """When [ms] the next failure by hours worked strikes, if nobody comes or goes before; NEVER if none does."""
    rest = machine.wears - machine.state.ran
    if machine.wears < NEVER:
        for begin, end in runs(machine.whole, machine.state):
            if rest < end - begin:
                return max(now, begin + max(rest, 0))
            rest -= end - begin
    return NEVER


def safe(way: Journey, machine: Machine, floor: Floor) -> int:
    """How long [ms] after its stint began nothing strikes the unit, if nobody comes or goes before."""
    b, now = way.b, floor.state.time
    at = min(worn_at(machine, now), machine.strikes)
    if machine.cycled <= machine.state.cycles * HOUR:
        at = min(at, now)
    if machine.pauses is not None:
        at = min(at, machine.pauses.change(b.since))
    return max(at - b.since, 0)


def struck(machine: Machine, now: int) -> Clock | None:
    """The failure that strikes now; by hours worked it does so only while some batch runs."""
    aged = ran_since(machine.whole, machine.state, now)
    for clock in machine.failures:
        due_now = machine.may_fail(clock) and clock.due(machine.state) <= clock.reads(machine.state, now, aged)
        if due_now and (clock.kind != "running" or worn_at(machine, now) <= now):
            return clock
    return None


def cut(machine: Machine, floor: Floor, now: int) -> bool:
    """Whether something strikes the unit now: it fails or closes, and all that run in it are halted."""
    clock = struck(machine, now)
    if clock is not None:
        if clock.work == "finish":
            works_on(machine, clock, floor, now)
            floor.down(machine, now)
            return False
        strike(machine, clock, None, floor, now)
        floor.down(machine, now)
        stop(machine, clock.work, clock.longest, clock.name, floor, now)
        return True
    if machine.pauses is None or machine.pauses.is_open(now):
        return False
    if not machine.state.closed:
        floor.put(close, (now, "close", machine.name, "", "", "", 0.0, "calendar", None))
        floor.down(machine, now)
    stop(machine, machine.work, NEVER, "calendar", floor, now)
    return True


def stop(machine: Machine, work: str, longest: int, cause: str, floor: Floor, now: int) -> None:
    """All that run in a unit are halted."""
    for way in running(machine, floor, now):
        b, used = way.b, [pool for pool, _, _ in way.b.plan[way.b.stint][2]]
        hush(way, floor)
        detail = terms(way, work, longest, now)
        floor.put(halt, (now, "halt", machine.name, b.name, b.step, b.product, b.amount, cause, detail))
        halted(way, work, cause, floor, now)
        floor.give_back(used)


def hush(way: Journey, floor: Floor) -> None:
    """The end of a stint that is set already does not come: its process waits for another event."""
    old = way.event
    if old is not None and old.triggered and old.callbacks:
        way.event = Alarm(floor.env)
        way.event.callbacks, old.callbacks = old.callbacks, []


def may_close(machine: Machine, floor: Floor) -> bool:
    """Whether a unit closes as its calendar does; else it does so when what runs in it is over, or cuts that."""
    ways = [way for way in inside(machine, floor) if way.machine is machine and way.b.phase == "run"]
    return not ways or (machine.places > 1 and machine.pauses is None)

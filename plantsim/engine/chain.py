"""Zero wait: a batch begins a chain of steps only when each unit after the first will be ready as it comes.

The lengths of all acts are known at the grant, since luck is addressed; so the units are booked ahead, and a booked
unit is cleaned for its batch before it comes.  A failure on the way, or a crew that is not there, makes a batch late:
then it waits, and the record says for what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.cleanliness import due, foreseen, lasts, rest, ripens
from plantsim.engine.clock import NEVER
from plantsim.engine.machine import Machine, clean_law
from plantsim.engine.physics import played
from plantsim.policies.cleaning import clean_due
from plantsim.state import Plan, book

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.station import Station

Booking = tuple[Machine, int, int]  # unit, from, until [ms]


class Wake:
    """A claim with zero wait can begin at this time, if nothing else happens."""

    __slots__ = ("rank", "station")

    def __init__(self, station: Station) -> None:
        self.station, self.rank = station, station.rank

    def close(self, floor: Floor, now: int) -> None:
        """Look at the claims again."""
        if self.station.wake <= now:
            self.station.wake = NEVER
        floor.touched[self.rank] = self.station


def feasible(way: Journey, machine: Machine, floor: Floor, now: int) -> bool:
    """Whether the whole chain finds its units ready, if it begins now on this unit."""
    return not _lacks(way, machine, floor, now)


def reserve(way: Journey, machine: Machine, floor: Floor, now: int) -> None:
    """Book the units of the chain that begins now."""
    b = way.b
    for unit, begins, ends in _path(way, machine, floor, now)[0] or ():
        row = (now, "book", unit.name, b.name, b.step, b.product, b.amount, "", (begins, ends))
        floor.put(book, row)
        station = unit.station
        if station is not None and unit in station.free:
            station.free.remove(unit)
            floor.ready(unit, now)


def lacking(way: Journey, machine: Machine, floor: Floor, now: int) -> str:
    """The kind of unit for which a chain can't begin on this unit, though that is free; '' if there is none."""
    return _lacks(way, machine, floor, now)


def _lacks(way: Journey, machine: Machine, floor: Floor, now: int) -> str:
    """What a chain that begins now on this unit lacks, which is looked at again when it will be there; or ''."""
    path, early, lacking = _path(way, machine, floor, now)
    if path is not None:
        return ""
    station: Station = machine.station  # type: ignore[assignment]
    floor.chained[station.rank] = station  # also of an order that is released as taken
    at = min([now + early, *(ripens(unit, unit.washes, now) for unit in floor.washed if unit.washes is not None)])
    if at < station.wake:
        station.wake = at
        floor.alarm(at - now, Wake(station))
    return lacking


def stand(way: Journey, floor: Floor) -> None:
    """A claim with zero wait stands in line: whatever happens, it is looked at again."""
    line = way.line
    if line is not None and line.step.zero and not way.b.booked:
        floor.chained[line.station.rank] = line.station


def look_again(floor: Floor) -> None:
    """What claims with zero wait need, anything that happens anywhere may change."""
    for rank, station in list(floor.chained.items()):
        if station.waiting or station.taken:
            floor.touched[rank] = station
        else:
            del floor.chained[rank]


def _path(way: Journey, machine: Machine, floor: Floor, now: int) -> tuple[list[Booking] | None, int, str]:
    """(the bookings that the chain needs, 0, ''), or (None, how much [ms] later it could begin, for want of what)."""
    b, step = way.b, way.want
    assert step is not None
    amount = step.before.out(b.amount) if b.unit and step.before else b.amount
    ms, amount, charge = played(b, step, amount, b.charge, machine, floor, place=b.place or b.unit)
    at = now + ms
    if machine.washes is not None:
        at += lasts(machine, machine.washes, due(machine, machine.washes, b.product, now)[0])
    path: list[Booking] = []
    while step.zero and step.next is not None:
        following = step.next
        able, place = following.lines[machine.name].able, machine.name
        units = [floor.machines[name] for name in sorted(able)]
        ready, _, machine = min((_ready(unit, b.product, floor, now), unit.rank, unit) for unit in units)
        if ready > at:
            return None, ready - at if ready < NEVER else NEVER, following.on
        ms, amount, charge = played(b, following, amount, charge, machine, floor, True, place)
        leaves = at + ms if following.zero or following.last else NEVER
        path.append((machine, at, leaves))
        at, step = leaves, following
    return path, 0, ""


def _length(plan: Plan) -> int:
    return sum(stint[1] for stint in plan)


def _ready(unit: Machine, product: str, floor: Floor, now: int) -> int:
    """When [ms] a unit will be empty, clean and not booked any more; NEVER if that is not known."""
    state = unit.state
    at = now
    for job in state.jobs.values():
        at = max(at, job.since + job.left + rest(job) if job.running else NEVER)
    if state.closed or state.impaired:
        return NEVER
    if unit.way is not None:
        at = max(at, _leaves(unit.way))
    last, number = state.last, len(state.booked)
    for _, ends, who in state.booked:
        holder = floor.ways[who]
        at = max(at, ends + _late(holder, floor) if ends < NEVER else NEVER)
        last = holder.b.product
    return NEVER if at >= NEVER else at + _cleans(unit, last, product, number, floor, now)


def _leaves(way: Journey) -> int:
    """When [ms] a batch leaves its unit; NEVER if that is not known."""
    b = way.b
    if b.phase != "run" or way.doing is None or not (b.booked or way.doing.last):
        return NEVER
    return b.since + b.left + _length(b.plan[b.stint + 1 :])


def _late(way: Journey, floor: Floor) -> int:
    """By how much [ms] a batch comes later than it is booked."""
    leaves = _leaves(way)
    if leaves >= NEVER:
        return NEVER
    booked = [begins for unit in floor.machines.values() for begins, _, who in unit.state.booked if who == way.b.name]
    return max(0, leaves - min(booked, default=leaves))


def _cleans(unit: Machine, last: str, product: str, booked: int, floor: Floor, now: int) -> int:
    """How long [ms] the clean takes that is due between the last batch and one of this product."""
    rule, state = unit.cleaning, unit.state
    if unit.washes is not None:
        return foreseen(unit, unit.washes, last, product, booked, now)
    if rule is None or not last:
        return 0
    if not booked and unit.way is None:
        word = clean_due(state, rule, product)
    else:
        longest = rule.longest_campaign is not None and state.campaign + booked >= rule.longest_campaign
        word = "major" if last != product or longest else "minor"
    law = clean_law(rule, word)
    return floor.streams.time(law, f"{unit.name}/clean {word}", state.cleans + booked + 1) if law else 0


def arrive(way: Journey, floor: Floor, now: int) -> None:
    """A batch comes to where it is booked."""
    line = way.line
    assert line is not None
    booked = [
        (begins, machine.rank)
        for machine in line.station.machines
        for begins, _, who in machine.state.booked
        if who == way.b.name and machine.name in line.able
    ]
    for machine in line.station.machines:
        if booked and machine.rank == min(booked)[1]:
            floor.expected[machine.rank] = machine


def awaited(machine: Machine, floor: Floor) -> Journey | None:
    """The batch that a booked unit waits for, if it has come and the unit can take it."""
    state = machine.state
    if state.batch or state.jobs or state.closed or not state.booked:
        return None
    way = floor.ways.get(state.booked[0][2])
    return way if way is not None and way.line is not None and machine.name in way.line.able else None


def product_awaited(machine: Machine, floor: Floor) -> str:
    """The product for which a booked unit must be clean, or ''."""
    booked = machine.state.booked
    return floor.state.batches[booked[0][2]].product if booked else ""

"""Claims for units: who gets which free unit, who goes into a buffer, who waits where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine import chain, company, loads, locks, places
from plantsim.engine.carrying import set_off, way_in
from plantsim.engine.clearance import uncleared
from plantsim.engine.desk import CRUMB
from plantsim.engine.expecting import worth
from plantsim.engine.gate import awaited_test, line_of
from plantsim.engine.granting import NOBODY, grant_unit
from plantsim.engine.halting import unfit, watch_hold
from plantsim.engine.journey import Journey, by_age
from plantsim.engine.lending import set_knock
from plantsim.engine.machine import Machine
from plantsim.engine.parts import clear_rest, put_aside, want_aside
from plantsim.engine.planned import keeps_for_change
from plantsim.engine.station import standing, unblock
from plantsim.state import store, wait

if TYPE_CHECKING:
    from plantsim.engine.desk import Desk
    from plantsim.engine.floor import Floor
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Line, Shelf, Station


def take(floor: Floor, now: int) -> None:
    """Who asks for a unit stands in line; whom nothing can be given yet is remembered."""
    asking, floor.asking = floor.asking, []
    if len(asking) > 1:
        asking.sort(key=by_age)
    for way in asking:
        b, step = way.b, way.want
        assert step is not None
        if way.machine is not None and way.machine.locks and way.machine.state.jobs:
            locks.lock_in(way, floor, now)
            continue
        line = way.line = line_of(way, step, standing(b) if b.more else b.place or b.unit)
        line.park(way)
        station = line.station
        if station.free:
            floor.touched[station.rank] = station
        floor.unmet.append(way)
        if way.key[1] < now and line.buffers and not (b.place or way.blocked):  # it was kept in, and asked long ago
            want_aside(way, line.buffers)
            floor.rooms.update((shelf.rank, shelf) for shelf in line.buffers)
        if b.booked:
            chain.arrive(way, floor, now)


def ask_alone(way: Journey, floor: Floor, now: int) -> None:
    """As `take`, for the only one that asks at this instant: a free unit is granted without standing in line."""
    b = way.b
    step: StepPlan = way.want  # type: ignore[assignment]
    line = step.lines[standing(b) if b.more else b.place or b.unit]
    station = line.station
    if b.pending and any(b.pending.values()):
        pass
    elif station.free and not station.waiting and floor.rule is None and not station.holds:
        if line.easy and not b.booked and _open(line):
            grant_unit(way, station.free[0], floor, now)
            return
        way.line = line
        for machine in station.free:
            if suits(way, machine, floor, now):
                way.line = None
                grant_unit(way, machine, floor, now)
                return
    elif not station.free and not b.booked and not b.place:
        for shelf in line.buffers:
            if shelf.open_to(b):
                _put_away(way, line, step, shelf, floor, now)
                if step.limit >= 0 or b.over:
                    watch_hold(way, floor, now)
                return
    floor.asking.append(way)
    take(floor, now)


def match(station: Station, floor: Floor, now: int) -> None:
    """Give free units to claims: the least pair first."""
    free = station.free
    while free and (station.waiting or station.taken):
        way = station.first() if station.waiting and floor.rule is None else None
        if way is not None and (line := way.line) is not None and line.easy and _open(line) and not way.b.booked:
            line.remove(way)
            way.line = None
            grant_unit(way, free[0], floor, now)
            continue
        pair = _pick(station, floor, now)
        if pair is None:
            break
        give(*pair, floor, now)
    if station.taken and not free:
        _say_taken(station, floor, now)
    if station.tells:
        floor.shifted[station.rank] = station


def _say_taken(station: Station, floor: Floor, now: int) -> None:
    """No unit is free any more: that is what orders lack which are released as taken, and have lacked something."""
    for way in station.taken:
        source = floor.sources[way.b.order]
        if source.state.lacks and way.want is not None:
            source.say(way.want.on, 0, floor, now)


def say_anew(station: Station, floor: Floor, now: int) -> None:
    """Units of a station came and went: claims that need more than a unit may lack another thing than before."""
    for way in sorted((way for line in station.lines for way in _who_tells(line)), key=by_age):
        b, line = way.b, way.line
        if line is None or b.phase != "wait" or b.booked:
            continue
        cause = _cause(way, line, line.step, floor, now)
        if cause != b.cause:
            row = (now, "wait", b.place or b.unit, b.name, line.step.name, b.product, b.amount, cause, None)
            floor.put(wait, row)
            if line.fills or line.step.withs:
                floor.suspects.append(way)
        if cause in floor.desks:
            floor.desks[cause].stations[station.rank] = station
            set_knock(floor.desks[cause], floor, now)


def _who_tells(line: Line) -> Iterable[Journey]:
    """Who of a line says what it lacks whenever that changes: with zero wait, only the one that is next."""
    if line.step.zero:
        first = next((way for way in line.claims if not way.b.booked), None)
        return () if first is None else (first,)
    return line.claims if line.step.more or line.step.withs or line.fills or line.clears else ()


def _open(line: Line) -> bool:
    """Whether the way to the units of the line is open."""
    via = line.via
    return via is None or via.places is None or len(via.stored) < via.places


def admit(machine: Machine, floor: Floor, now: int) -> None:
    """A booked unit takes its batch, if that has come."""
    way = chain.awaited(machine, floor)
    if way is not None and way.line is not None and not _kept_away(way, way.line, floor, now):
        give(way, machine, floor, now)


def give(way: Journey, machine: Machine, floor: Floor, now: int) -> None:
    """A unit goes to a claim; a batch that stood ready outside enters the plant."""
    if way.line is not None:
        way.line.remove(way)
        way.line = None
    else:
        way = floor.sources[way.b.order].take(floor, way, now)
    grant_unit(way, machine, floor, now)


def _pick(station: Station, floor: Floor, now: int) -> tuple[Journey, Machine] | None:
    """The claim and the unit that come first: by the rule, else by priority, age and name; orders not begun last."""
    if floor.rule is not None:
        everybody = [way for line in station.lines for way in line.claims]
        return _by_rule([*everybody, *station.taken], station, floor, now)
    heads = station.heads() if station.waiting else NOBODY
    free = station.free
    for way in heads:
        for machine in free:
            if suits(way, machine, floor, now):
                return way, machine
    for way in station.taken:
        for machine in station.free:
            if suits(way, machine, floor, now):
                return way, machine
    return None


def _by_rule(heads: list[Journey], station: Station, floor: Floor, now: int) -> tuple[Journey, Machine] | None:
    """The least of all feasible pairs; ties end in age and name."""
    rule, hours = floor.rule, now / HOUR
    assert rule is not None
    best = None
    for way in heads:
        for machine in station.free:
            if suits(way, machine, floor, now):
                value = (worth(rule, way, machine, hours), way.line is None, way.key, machine.rank)
                if best is None or value < best[0]:
                    best = value, way, machine
    return best[1:] if best else None


def suits(way: Journey, machine: Machine, floor: Floor, now: int) -> bool:
    """Whether this unit would do, and all that must be kept with it is there."""
    step = way.want
    assert step is not None
    line = way.line or step.lines[""]
    if way.b.booked:
        return False  # it waits for its own unit
    if line.easy:
        return _open(line)
    if not line.takes(way, machine):
        return False
    if step.withs and machine.station is not None and (short := company.lacking(way, step, machine.station)):
        if way.line is None:
            floor.sources[way.b.order].say(short[0], 0, floor, now)
        return False
    if machine.holds > 1 and not loads.due(way, machine, floor, now):
        return False
    if machine.places > 1 and not places.admits(way, machine, floor, now):
        return False
    if machine.changes and keeps_for_change(machine, way.b.product, floor, now):
        return False
    if step.more and _kept_away(way, line, floor, now):
        return False
    if step.zero and not chain.feasible(way, machine, floor, now):
        return False
    # last, since it changes without anything happening: what else is lacking is known whether it fits or not
    lasts = unfit(way, machine, floor, now) if machine.fits else 0
    if lasts:
        _say_unfit(way, line, lasts, floor, now)
    return not lasts


def _say_unfit(way: Journey, line: Line, lasts: int, floor: Floor, now: int) -> None:
    """A free unit would close before a step that takes so long [ms] is over: say so, once."""
    b = way.b
    if way.line is None:
        floor.sources[b.order].say(line.step.on, lasts, floor, now)
    elif way in floor.unmet:
        way.unfit = lasts
    elif b.phase == "wait" and not b.lasts:
        whose = (b.place or b.unit, b.name, line.step.name, b.product, b.amount)
        floor.put(wait, (now, "wait", *whose, line.step.on, lasts))


def _kept_away(way: Journey, line: Line, floor: Floor, now: int) -> bool:
    """Whether a pool that must be kept with the unit is lacking; then the claim is looked at when some come back."""
    asks = line.step.asks(company.mass_of(way, line.step))
    short = {name: number for name, number in asks if not _free(name, number, line.step, floor, now)}
    gone = [floor.desks[name] for name in short]
    if gone:
        for desk in gone:
            desk.lacked(short[desk.name], floor, now)
        _lack(way, line, next((desk for desk in gone if desk.name == way.b.cause), gone[0]), floor, now)
    return bool(gone)


def _free(name: str, number: float, step: StepPlan, floor: Floor, now: int) -> bool:
    """Whether so many of a pool may be kept from now on, or so much of a material be taken."""
    if name in step.risks:
        return floor.stocks[name].there(now, at_risk=True) + CRUMB >= number
    desk = floor.desks[name]
    return desk.free(now) + CRUMB >= number and not (desk.waiting and desk.reserved(now))


def _lack(way: Journey, line: Line, desk: Desk, floor: Floor, now: int) -> None:
    """A claim for a unit lacks a pool; look again when something comes back to it."""
    b = way.b
    if way.line is None:
        floor.sources[b.order].say(desk.name, 0, floor, now)
    elif b.phase == "wait" and b.cause != desk.name and way not in floor.unmet:
        floor.put(wait, (now, "wait", b.place or b.unit, b.name, line.step.name, b.product, b.amount, desk.name, None))
    desk.stations[line.station.rank] = line.station
    set_knock(desk, floor, now)


def let_wait(way: Journey, floor: Floor, now: int) -> None:
    """A claim that could not be served goes into a buffer, or waits where it stands."""
    line, b, step = way.line, way.b, way.want
    if line is None or step is None:
        return
    if way.machine is not None and way.machine.locked:
        locks.lock_in(way, floor, now)
        return
    if b.more and clear_rest(way, step, floor, now):
        line.remove(way)
        way.line = step.lines[standing(b)]
        way.line.park(way)
        floor.unmet.append(way)
        return
    if step.limit >= 0 or b.over:
        watch_hold(way, floor, now)
    if line.buffers and not (b.place or way.blocked):
        for shelf in line.buffers:
            if shelf.open_to(b):
                _put_away(way, line, step, shelf, floor, now)
                return
        way.blocked = line.buffers
        for shelf in line.buffers:
            shelf.refuse(way)
    cause = _cause(way, line, step, floor, now)
    lasts = way.unfit if cause == step.on else 0
    way.unfit = 0
    floor.put(wait, (now, "wait", b.place or b.unit, b.name, step.name, b.product, b.amount, cause, lasts or None))
    if step.zero:
        chain.stand(way, floor)
    if b.unit or b.place or b.containers or cause == loads.LACKING:
        floor.suspects.append(way)


def _cause(way: Journey, line: Line, step: StepPlan, floor: Floor, now: int) -> str:
    """What a claim lacks: a buffer that is clear, if no way leads round it; a pool, if a unit is free; else a unit."""
    if line.open is not None:
        return awaited_test(way.b, floor)
    if line.clears and not step.zero and (shelf := uncleared(way, line)):
        return shelf
    if not line.tells:
        return step.on
    asks = step.asks(company.mass_of(way, step)) if step.more else ()
    gone = [name for name, number in asks if not _free(name, number, step, floor, now)]
    if way.b.phase == "wait" and way.b.cause in gone:  # what it waits for already stays its cause
        return way.b.cause
    if way.b.booked:
        free = any(chain.awaited(machine, floor) is way for machine in line.station.machines)
    else:
        units = [machine for machine in line.station.free if line.takes(way, machine)]
        free = bool(units)
        # what the units say comes first: a pool that comes and goes meanwhile is not looked at
        if units and step.withs and (short := company.lacking(way, step, line.station)):
            return way.b.cause if way.b.cause in short else short[0]
        if units and line.fills and not any(loads.due(way, machine, floor, now) for machine in units):
            return loads.lacking(way, units[0])
        if units and not gone and step.zero:
            head = line.claims[0] if line.claims else way  # the line lacks what its head lacks
            return chain.lacking(head, units[-1], floor, now) or step.on
    return gone[0] if free and gone else step.on


def _put_away(way: Journey, line: Line, step: StepPlan, shelf: Shelf, floor: Floor, now: int) -> None:
    """A batch that waits goes from its unit into a buffer."""
    b, machine = way.b, way.machine
    cause = _cause(way, line, step, floor, now) if line.tells else step.on
    hop = None if step.hops is None else way_in(way, shelf)
    if hop is not None:
        if way.line is not None:
            _out_of_line(way, line, floor)
        set_off(way, shelf, hop, cause, floor, now)
        return
    if shelf.clearance is not None:  # others wait for those who stand in it
        floor.suspects.append(way)
    row = (now, "store", shelf.name, b.name, step.name, b.product, b.amount, cause, None)
    floor.rows.append(row)
    store(floor.state, row)
    if way.line is not None:
        _out_of_line(way, line, floor)
    way.machine, way.behind = None, shelf
    way.line = line_of(way, step, standing(b) if b.more else shelf.name)
    way.line.park(way)
    if line.tells:
        chain.stand(way, floor)
    if b.containers:
        floor.suspects.append(way)
    if machine is not None:
        floor.leave_unit(b, machine, step.before, now)


def _out_of_line(way: Journey, line: Line, floor: Floor) -> None:
    line.remove(way)
    way.line = None
    if line.station.free:  # there is a new head to look at
        floor.touched[line.station.rank] = line.station


def fill(shelf: Shelf, floor: Floor, now: int) -> None:
    """Places are free in a buffer: who was refused comes in, oldest first."""
    while (way := shelf.next_in()) is not None:
        unblock(way)
        if way.line is not None and way.want is not None:
            _put_away(way, way.line, way.want, shelf, floor, now)
            floor.unmet = [each for each in floor.unmet if each is not way]
        elif way.b.joins:
            put_aside(way, shelf, way.b.amount, way.b.cause, floor, now)
    for way in shelf.blocked:
        if way.line is not None and way.line.direct is not None:
            floor.touched[way.line.station.rank] = way.line.station
            if shelf.clearance:
                floor.shifted[way.line.station.rank] = way.line.station

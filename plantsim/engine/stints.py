"""Stints: acts that follow one another without a new claim, with one event; and what cuts them."""

from __future__ import annotations

from heapq import heappush
from typing import TYPE_CHECKING

from simpy.events import NORMAL

from plantsim.chance import HOUR
from plantsim.engine import company, loads, places
from plantsim.engine.breakdown import strike
from plantsim.engine.carrying import arrive
from plantsim.engine.clock import NEVER
from plantsim.engine.crews import crewed
from plantsim.engine.desk import CRUMB
from plantsim.engine.halting import halted, stint_fits, terms
from plantsim.engine.impaired import works_on
from plantsim.engine.machine import Machine
from plantsim.engine.matter import mix_in
from plantsim.engine.parts import after_step
from plantsim.engine.physics import conclude
from plantsim.engine.quality import after
from plantsim.engine.resting import go_on_rested
from plantsim.engine.riding import get_out, rides
from plantsim.engine.slowing import at_best
from plantsim.engine.upkeep import strike_too
from plantsim.state import aged, begin, close, halt

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Alarm, Journey
    from plantsim.engine.route import StepPlan
    from plantsim.state import BatchState, StintPlan, Uses


def start(way: Journey, floor: Floor) -> None:
    """Set the event for the end of the stint that has begun; what is known to strike within it is folded into it."""
    b = way.b
    machine: Machine = way.machine  # type: ignore[assignment]
    event: Alarm = way.event  # type: ignore[assignment]
    delay, stint = b.left, b.plan[b.stint]
    if machine.hazards and machine.places > 1:
        delay = min(delay, places.safe(way, machine, floor))
    elif machine.hazards:
        rest = machine.wears - machine.state.ran
        if stint[3] or stint[4] != stint[1]:
            rest = _until_worn(stint, stint[1] - delay, rest)
        if rest < delay:
            delay = rest if rest > 0 else 0
        if machine.strikes - b.since < delay:
            delay = machine.strikes - b.since
        if machine.cycled <= machine.state.cycles * HOUR:
            delay = 0
        if machine.pauses is not None:
            delay = min(delay, machine.pauses.change(b.since) - b.since)
    if b.withs or b.containers:
        for each in company.beside(way, floor):
            delay = min(delay, _until_struck(each, stint, b))
    if way.doing is not None and way.doing.halts and (stint[2] or way.doing.keeps):
        delay = min(delay, _shift_left(stint, b, floor), kept_left(way.doing, b.since, floor))
    event._ok, event._value = True, None
    # as simpy's own `schedule` does, without the call: this is done for each stint
    heappush(floor.queue, (b.since + delay, NORMAL, next(floor.numbers), event))


def _until_struck(machine: Machine, stint: StintPlan, b: BatchState) -> int:
    """How long [ms] after its stint began nothing strikes a unit beside that of the batch."""
    if machine.cycled <= machine.state.cycles * HOUR:
        return 0
    worn = _until_worn(stint, stint[1] - b.left, machine.wears - machine.state.ran)
    return max(0, min(worn, machine.strikes - b.since))


def _until_worn(stint: StintPlan, worked: int, rest: int) -> int:
    """How long [ms] from here on a stint works until its unit has run for `rest` more, if it comes to that."""
    begins, ends, rest = stint[3], stint[4], max(rest, 0)
    at = max(worked, begins)
    return at - worked + rest if at < ends and rest < ends - at else NEVER


def _shift_left(stint: StintPlan, b: BatchState, floor: Floor) -> int:
    """How long [ms] all pools that the running stint uses stay open, or are needed no longer."""
    left = NEVER
    worked = stint[1] - b.left
    for pool, _, held in stint[2]:
        at = floor.desks[pool].closes(b.since) - b.since
        if at < held - worked:
            left = min(left, at)
    return left


def kept_left(step: StepPlan, now: int, floor: Floor) -> int:
    """How long [ms] all pools that a step keeps stay open from now on, if their going halts it."""
    if not (step.halts and step.keeps):
        return NEVER
    desks = [floor.desks[pool] for pool, _ in step.keeps]
    return min([desk.closes(now) - now if desk.size_at(now) else 0 for desk in desks])


def over(way: Journey, floor: Floor, now: int) -> None:
    """A stint is over, or is cut: the next stint begins, or the batch asks for its next unit, or it is done."""
    b = way.b
    if b.phase != "run":  # what else is in its unit has been halted at this instant, and it with that
        return
    if b.since + b.left > now:
        cut(way, floor, now)
        return
    machine = way.machine
    if machine is None:  # it has come into a buffer
        arrive(way, floor, now)
        return
    plan, following = b.plan, b.stint + 1
    step: StepPlan = way.doing  # type: ignore[assignment]
    if machine.timetable is not None:
        floor.shut(machine, now)
    if following < len(plan):
        if plan[b.stint][5] == "end":
            floor.leave(way, step.before, now)
            if step.early:
                company.moved_in(way, step, floor, now)
        uses = plan[following][2]
        stops = machine.state.jobs or machine.state.closed or (machine.fits and not stint_fits(way, machine, now))
        if (b.withs or b.containers) and company.stopped(way, floor) is not None:
            stops = True
        stops = stops or not kept_left(step, now, floor)
        if not stops and (not uses or at_hand(uses, step.pauses, floor, now)):
            begin_stint(way, floor, now)
        else:
            floor.reask(way, now)
        return
    load = machine.state.riders and machine.places == 1
    if step.onward is not None and not load:  # the usual case: it asks for the next step
        way.want = step.onward
        way.key = (-way.priority, now, way.rank)
        floor.asking.append(way)
        return
    along = loads.inside(machine, floor) if load else ()
    ends = rides(b, along, floor) if along else []
    go_on(way, step, floor, now)
    for number, each in enumerate(along):
        if ends:
            get_out(each.b, ends[number], floor, now)
        go_on(each, step, floor, now)


def go_on(way: Journey, step: StepPlan, floor: Floor, now: int) -> None:
    """A step is over: the batch asks for its next unit, or it is done."""
    if step.model is not None:
        conclude(way.b, floor, now)
    elif step.mixes:
        mix_in(way.b, floor, now)
    if step.withs:
        company.part(way, floor, now)
    if step.empties:
        company.pour_out(way, company.emptied(way.b, step, step.empties), floor, now)
    if step.tested and after(way, step, floor, now):
        return
    if step.next is not None:
        way.want = step.next
        way.key = (-way.priority, now, way.rank)
        floor.asking.append(way)
    elif step.ways:
        after_step(way, step, floor)
    else:
        floor.finish(way, step, now)


def at_hand(uses: Uses, pauses: str, floor: Floor, now: int) -> bool:
    """Whether a stint may begin without standing in line: it alone asks, for one pool, for which nobody waits."""
    if not floor.alone or floor.claims or len(uses) > 1 or pauses == "fits":
        return False
    pool, number, _ = uses[0]
    desk = floor.desks[pool]
    return desk.plain and not desk.waiting and desk.free(now) + CRUMB >= number


def begin_stint(way: Journey, floor: Floor, now: int) -> None:
    """The next stint, or what is left of a halted one, begins."""
    b = way.b
    slower = None
    if b.phase == "claim" and b.halted and b.outcome is not None:
        go_on_rested(way, floor, now)
    if way.doing is not None and way.doing.slows:
        slower = at_best(way, floor, now)
        if slower == b.plan[b.stint + 1 if b.phase == "run" else b.stint]:
            slower = None
    if floor.parties:
        slower = crewed(way, slower, floor, now)
    row = (now, "begin", b.unit, b.name, b.step, b.product, b.amount, "", slower)
    floor.rows.append(row)
    begin(floor.state, row)
    stood = way.behind is not None or (way.machine is not None and way.machine.state.riders)
    if stood and b.plan[b.stint][5] == "start" and way.doing is not None:
        floor.leave(way, way.doing.before, now)
    start(way, floor)


def cut(way: Journey, floor: Floor, now: int) -> None:
    """Something strikes within a stint: its unit fails or closes, or a pool is lost to a shift end."""
    b, machine = way.b, way.machine
    assert machine is not None
    if machine.places > 1 and places.cut(machine, floor, now):
        return
    used = [pool for pool, _, _ in b.plan[b.stint][2]]
    clock = None if machine.places > 1 else machine.struck(now, aged(b, now))
    if clock is None and (b.withs or b.containers):
        for each in company.beside(way, floor):
            clock = each.struck(now, aged(b, now))
            if clock is not None:
                machine = each
                break
    if clock is not None:
        if clock.work == "finish":
            works_on(machine, clock, floor, now)
            start(way, floor)
            return
        exposed = [each for each in (way.machine, *company.beside(way, floor)) if each is not None]
        strike(machine, clock, way, floor, now)
        halted(way, clock.work, clock.name, floor, now)
        for each in exposed:
            strike_too(each, floor, now)
    elif machine.places == 1 and machine.pauses is not None and not machine.pauses.is_open(now):
        detail = terms(way, machine.work, NEVER, now)
        floor.put(close, (now, "close", machine.name, b.name, b.step, b.product, b.amount, "calendar", detail))
        halted(way, machine.work, "calendar", floor, now)
    else:
        kept = [pool for pool, _ in way.doing.keeps] if way.doing is not None else []
        gone = next((pool for pool in (*used, *kept) if not floor.desks[pool].size_at(now)), "")
        if not gone and machine.places > 1:  # what would have struck will strike later: another batch stands still now
            start(way, floor)
            return
        work = way.doing.pauses if way.doing is not None else ""
        detail = terms(way, work, NEVER, now)
        floor.put(halt, (now, "halt", b.unit, b.name, b.step, b.product, b.amount, gone, detail))
        if not halted(way, work, gone, floor, now):
            floor.reask(way, now)
    floor.give_back(used)

"""A unit takes a batch: what is known of its step stands in the rows of the grant, and its first stint begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from plantsim.chance import milliseconds
from plantsim.engine import chain, company, loads, places
from plantsim.engine.halting import watch_hold
from plantsim.engine.journey import Journey
from plantsim.engine.machine import Machine
from plantsim.engine.moving import arrives, hop_to, litres, masses, with_move
from plantsim.engine.physics import drawing, foresee, tell_outcome
from plantsim.engine.riding import foreseen
from plantsim.engine.station import unblock
from plantsim.engine.stints import at_hand, begin_stint, start
from plantsim.engine.washing import wash_before
from plantsim.state import grant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plantsim.contracts import Outcome
    from plantsim.engine.floor import Floor
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Station
    from plantsim.state import Plan

NOBODY: list[Journey] = []
Others: TypeAlias = "list[tuple[company.Beside, list[Machine]]]"
# plan and detail of a grant, mass that comes to the unit, hours that it needs itself, what the model says of the load,
# units beside, who rides
More: TypeAlias = "tuple[Plan, tuple[object, ...], float, float, Outcome | None, Others, list[Journey]]"


def grant_unit(way: Journey, machine: Machine, floor: Floor, now: int) -> None:
    """The unit takes the batch; the first stint begins at once if it uses nothing."""
    b = way.b
    step: StepPlan = way.want  # type: ignore[assignment]
    station: Station = machine.station  # type: ignore[assignment]
    before, amount = step.before, b.amount
    if before is not None and before.loses and b.unit:
        amount = before.out(amount)
    more: More | None = None
    if step.special or machine.special:
        more = _gather_more(way, machine, step, amount, floor, now)
        plan, detail = more[:2]
    else:
        plan = step.plan(b.luck if b.reworked else b.name, amount, machine, b.product, floor.streams)
        detail = plan, step.keeps
    row = (now, "grant", machine.name, b.name, step.name, b.product, b.amount, "", detail)
    floor.rows.append(row)
    grant(floor.state, row)
    free = station.free
    if machine.places > 1:
        places.taken(machine, floor, now)
    elif free and free[0] is machine:
        del free[0]
    elif machine in free:
        free.remove(machine)
    if way.machine is not None:
        way.behind = way.machine
    if station.tells:
        floor.shifted[station.rank] = station
    way.machine, way.doing, way.want = machine, step, None
    if machine.places == 1:
        machine.way = way
    if way.blocked:
        unblock(way)
    if more is not None:
        _bring_more(way, machine, step, more, floor, now)
    if b.stood >= 0:
        _watch((way, *more[-1]) if more is not None else (way,), step, floor, now)
    uses = plan[0][2]
    if uses or b.phase == "claim":  # it, or a unit beside it, is still being cleaned
        if uses and not (machine.state.jobs or company.stopped(way, floor)) and at_hand(uses, step.pauses, floor, now):
            begin_stint(way, floor, now)
        else:
            floor.reask(way, now)
        return
    if (way.behind is not None or machine.state.riders) and plan[0][5] == "start":  # they have left a place, if not it
        floor.leave(way, before, now)
    start(way, floor)


def _watch(load: Iterable[Journey], step: StepPlan, floor: Floor, now: int) -> None:
    """Who has got the unit still stands where he stood, and must not do so for longer than he may."""
    for way in load:
        if step.limit >= 0 or way.b.over:
            watch_hold(way, floor, now)


def _gather_more(way: Journey, machine: Machine, step: StepPlan, amount: float, floor: Floor, now: int) -> More:
    """Of a grant of more than a batch to a unit: plan and detail, what the model says, units beside, who rides."""
    b, found = way.b, None
    load = loads.riders(way, machine, floor, now) if machine.holds > 1 else NOBODY
    hop, carried = hop_to(step, b, b.place or b.unit, machine.name), amount
    if hop is not None:
        amount = hop.arrives(amount)
    left, arrived, volume = masses(load, machine.name)
    own = 0.0
    if load:
        arrived += step.adds(arrived, len(load))
    if step.model is not None:
        found = foresee(b, step, amount, b.charge, machine, floor)
        own = found.hours
        if load:
            found = foreseen(found, b, amount, load, step, machine.name, floor)
        plan = step.plan(b.luck, amount, machine, b.product, floor.streams, milliseconds(found.hours))
    else:
        whole = amount + step.adds(amount) + arrived
        plan = step.plan(b.luck, whole, machine, b.product, floor.streams)
    if hop is not None:
        volume += litres(hop, b, carried, step, b.charge)
        plan = with_move(plan, hop, carried + left, volume, step)
    if found is not None:
        plan = drawing(plan, found, b, step, machine, floor)
    if step.zero and not b.booked:
        chain.reserve(way, machine, floor, now)
    if machine.washes is not None and not machine.state.batch:
        wash_before(machine, machine.washes, b.product, floor, now)
    others = company.chosen(way, step, machine.station) if step.withs and machine.station is not None else []
    for unit in [unit for _, units in others for unit in units]:
        if unit.washes is not None:
            wash_before(unit, unit.washes, b.product, floor, now)
    names = tuple([unit.name for each, units in others if not each.stays for unit in units])
    detail: tuple[object, ...] = (plan, step.keeps, names) if names or machine.places > 1 else (plan, step.keeps)
    if machine.places > 1:
        detail = (*detail, "apart")
    return plan, detail, amount, own, found, others, load


def _bring_more(
    way: Journey,
    machine: Machine,
    step: StepPlan,
    more: More,
    floor: Floor,
    now: int,
) -> None:
    """The row of the grant is written: what its model says, what it takes, and who comes along."""
    _, _, amount, own_hours, found, others, load = more
    if step.takes:
        _take(way, step, amount, floor, now)
    if found is not None:
        tell_outcome(way.b, found, own_hours, floor, amount + step.adds(amount), now)
    company.bring(way, others, floor, now)
    own = [arrives(each, machine.name) for each in load] if step.takes else []
    loads.board(load, machine, step, floor, now)
    for each, mass in zip(load, own, strict=False):
        _take(each, step, mass, floor, now)


def _take(way: Journey, step: StepPlan, amount: float, floor: Floor, now: int) -> None:
    """The step takes its materials."""
    b = way.b
    for name, each in step.takes:
        mass = each.of(amount)
        if mass > 0.0:
            floor.stocks[name].taken(
                (b.unit, b.name, b.step, b.product), mass, each.adds, floor, now, at_risk=each.at_risk
            )

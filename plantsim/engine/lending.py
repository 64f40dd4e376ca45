"""Claims for the pools of a stint or a job: who begins, who stands in line, who may not be passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine import company
from plantsim.engine.clock import NEVER
from plantsim.engine.crews import Crew, serve_party
from plantsim.engine.halting import stint_fits
from plantsim.engine.journey import Journey, by_age
from plantsim.engine.machine import Machine
from plantsim.engine.resting import uses_after
from plantsim.engine.slowing import uses_now

if TYPE_CHECKING:
    from plantsim.engine.desk import Desk
    from plantsim.engine.floor import Floor
    from plantsim.engine.samples import Sample
    from plantsim.engine.station import Station
    from plantsim.engine.upkeep import Job


def lacks(claim: Journey | Job | Sample, floor: Floor, now: int) -> Desk | Machine | None:
    """The first thing that a claim lacks; what it waits for already, if it still lacks that."""
    fits = tight = False
    machine: Machine | None = None
    if type(claim) is Journey:
        machine = claim.machine
        if machine is not None:
            if machine.state.jobs or machine.state.closed:
                return machine
            if (claim.b.withs or claim.b.containers) and (other := company.stopped(claim, floor)) is not None:
                return other
            tight = machine.fits and not stint_fits(claim, machine, now)
        behind = claim.behind
        if type(behind) is Machine and behind.locked:
            return behind
        fits = claim.doing is not None and claim.doing.pauses == "fits"
        if claim.doing is not None and claim.doing.halts:
            for pool, _ in claim.doing.keeps:
                if not floor.desks[pool].size_at(now):
                    return floor.desks[pool]
    elif getattr(claim, "fits", False):
        fits = True
    elif (held_up := getattr(claim, "held_up", None)) is not None and held_up():  # a clean of a unit that is stopped
        return claim.machine  # type: ignore[union-attr]
    lacking = None
    uses = claim.uses()
    if (claim.doing is not None and claim.doing.slows) if type(claim) is Journey else hasattr(claim, "slow"):
        uses = uses_now(claim, floor, now)
    elif type(claim) is Journey and claim.b.halted and claim.b.outcome is not None:
        uses = uses if (rested := uses_after(claim, floor, now)) is None else rested
    for pool in [uses[0][0]] if len(uses) == 1 else dict.fromkeys([pool for pool, _, _ in uses]):
        desk = floor.desks[pool]
        if not desk.lends(uses, now, fits):
            if desk is claim.desk:
                return desk
            lacking = lacking or desk
    return machine if tight and lacking is None else lacking


def take(floor: Floor, now: int) -> None:
    """Who asks for pools begins, or stands in line before the one that is lacking or has a line already."""
    claims, floor.claims = floor.claims, []
    if len(claims) > 1:
        claims.sort(key=by_age)
    for claim in claims:
        lacking = lacks(claim, floor, now)
        if lacking is None:
            for pool, _, _ in claim.uses():
                if floor.desks[pool].waiting:
                    lacking = floor.desks[pool]
                    break
            else:
                claim.begin(floor, now)
                continue
        stand(claim, lacking, floor, now)


def stand(claim: Journey | Job | Sample, lacking: Desk | Machine, floor: Floor, now: int) -> None:
    """Park a claim under what it lacks."""
    if isinstance(lacking, Machine):
        claim.desk = None
        claim.let_wait(floor, lacking.name, now)
    else:
        claim.desk = lacking
        lacking.lacked(sum(number for name, number, _ in claim.uses() if name == lacking.name), floor, now)
        lacking.park(claim)
        floor.knocked[lacking.rank] = lacking


def serve(desk: Desk, floor: Floor, now: int) -> None:
    """Something came back to a pool, or somebody asks: by age; none may pass one that has lost patience."""
    if isinstance(desk, Crew):
        serve_party(desk, floor, now)
        return
    reserved = False
    for claim in list(desk.waiting):
        lacking = desk if reserved else lacks(claim, floor, now)
        if lacking is desk:
            claim.let_wait(floor, desk.name, now)
            reserved = reserved or now - claim.key[1] >= desk.patience
            continue
        serve_or_pass(claim, desk.waiting, lacking, floor, now)
    if desk.stations and not reserved:
        look_at(desk.stations, floor)
    if desk.waiting or desk.stations:
        set_knock(desk, floor, now)


def serve_or_pass(
    claim: Journey | Job | Sample,
    waiting: list[Journey | Job | Sample],
    lacking: Desk | Machine | None,
    floor: Floor,
    now: int,
) -> None:
    """A claim lacks what it stood in line for no more: it begins, or stands before another thing."""
    waiting.remove(claim)
    claim.desk = None
    if lacking is None:
        claim.begin(floor, now)
    else:
        stand(claim, lacking, floor, now)


def look_at(stations: dict[int, Station], floor: Floor) -> None:
    """Claims for units, and for those that are booked, may be served now that something came back."""
    there = list(stations.values())
    stations.clear()
    for station in there:
        floor.touched[station.rank] = station
        floor.expected.update({unit.rank: unit for unit in station.machines if unit.state.booked})


def set_knock(desk: Desk, floor: Floor, now: int) -> None:
    """One timer for a pool, for when something comes back by itself, and only while somebody waits for it."""
    at = desk.next_change(now)
    if at < NEVER and desk.knock != at:
        desk.knock = at
        floor.alarm(at - now, desk)

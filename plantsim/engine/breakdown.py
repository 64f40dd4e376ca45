"""Failures: a unit breaks down, waits for a spare part and for who repairs it; some strike many units at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.engine.halting import terms
from plantsim.state import begin, fail, wait

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plantsim.engine.clock import Clock
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine


def strike(machine: Machine, clock: Clock, way: Journey | None, floor: Floor, now: int) -> None:
    """A failure: the stint of the batch, if one runs, is halted; the unit needs its repair."""
    from plantsim.engine.upkeep import start_job

    b = way.b if way is not None else None
    batch, step, product, amount = (b.name, b.step, b.product, b.amount) if b else ("", "", "", 0.0)
    detail = _detail(machine, clock, way, now)
    floor.put(fail, (now, "fail", machine.name, batch, step, product, amount, clock.name, detail))
    machine.look_ahead()
    leader = clock.leader
    if leader is None or machine.state.jobs[clock.name].running:
        start_job(machine, clock.name, clock, floor, now)
    elif clock.name in leader.state.jobs:  # it was struck at this instant, and may have begun or lack something
        job = leader.state.jobs[clock.name]
        if job.running:
            _join(machine, clock, floor, now)
        elif job.lacks:
            let_all_wait([(machine, clock)], job.lacks, floor, now)


def _detail(machine: Machine, clock: Clock, way: Journey | None, now: int) -> tuple[Any, ...]:
    """(repair in ms, its uses, what becomes of the work), and what is unusual of it."""
    state, streams = machine.state, machine.streams
    said = terms(way, clock.work, clock.longest, now) if way is not None else None
    part = clock.part(state, streams)
    after = clock.proof(state, streams)
    usual = (clock.repair(state, streams) + after, clock.uses, clock.work)
    lost, there = said[1] if said else 0, now + part if part else 0
    if clock.leader is not None or after or clock.takes:
        whole = (*usual, lost, there, clock.leader.name if clock.leader else "", after)
        return (*whole, clock.takes) if clock.takes else whole
    return (*usual, lost, there) if there else (*usual, lost) if lost else usual


def _join(machine: Machine, clock: Clock, floor: Floor, now: int) -> None:
    """The repair that has begun at the leader mends this unit too."""
    from plantsim.engine.upkeep import Job

    floor.put(begin, (now, "begin", machine.name, "", "", "", 0.0, "", clock.name))
    Job(machine, clock.name, clock).run(floor, now)


def begin_all(fellows: Iterable[tuple[Machine, Clock]], floor: Floor, now: int) -> None:
    """The repair begins: of all units that were struck together."""
    for machine, clock in fellows:
        job = machine.state.jobs.get(clock.name)
        if job is not None and not job.running:
            _join(machine, clock, floor, now)


def let_all_wait(fellows: Iterable[tuple[Machine, Clock]], lacking: str, floor: Floor, now: int) -> None:
    """The repair lacks something: so do all units that were struck together."""
    for machine, clock in fellows:
        job = machine.state.jobs.get(clock.name)
        if job is not None and not job.running and job.lacks != lacking:
            floor.put(wait, (now, "wait", machine.name, "", "", "", 0.0, lacking, clock.name))

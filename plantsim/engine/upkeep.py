"""What units do for themselves: repairs, cleans, maintenance, opening and closing."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeAlias

import simpy

from plantsim.engine.breakdown import begin_all, let_all_wait, strike
from plantsim.engine.clock import NEVER, Clock
from plantsim.engine.crews import lent_for
from plantsim.engine.expecting import product_next
from plantsim.engine.impaired import mend, works_on
from plantsim.engine.journey import Alarm, Key, natural
from plantsim.engine.machine import Machine, clean_law
from plantsim.engine.planned import begin_maintenance, look_for_chance
from plantsim.policies.cleaning import clean_due
from plantsim.state import MEANS, JobState, Uses, begin, clean, halt, opened, wait

if TYPE_CHECKING:
    from plantsim.engine.desk import Desk
    from plantsim.engine.floor import Floor

Lent: TypeAlias = tuple[tuple[str, float], ...]  # (pool, number) ...

OVER = {"fail": "repaired", "clean": "cleaned", "maintain": "maintained"}


class Job:
    """A unit's own work; it claims pools as a stint does."""

    __slots__ = ("clock", "desk", "key", "machine", "name", "rank")

    def __init__(self, machine: Machine, name: str, clock: Clock | None) -> None:
        self.machine, self.name, self.clock = machine, name, clock
        self.rank = (*natural(machine.name), *natural(name))  # it may be beside a batch that is called like the unit
        self.desk: Desk | None = None
        self.key: Key = (0, machine.state.jobs[name].since, self.rank)

    def uses(self) -> Uses:
        """(pool or spare part, number, ms) that it needs to begin."""
        job = self.machine.state.jobs[self.name]
        return tuple([(name, number, job.left - job.after) for name, number in (*job.uses, *job.takes)])

    @property
    def fits(self) -> bool:
        """Whether it begins only if who does it stays to its end."""
        return self.clock is not None and self.clock.at_shift_end == "fits"

    def begin(self, floor: Floor, now: int) -> None:
        """The pools are there."""
        detail = self.told(floor, now)
        floor.put(begin, (now, "begin", self.machine.name, "", "", "", 0.0, "", detail))
        for name, number in self.machine.state.jobs[self.name].takes:
            floor.stocks[name].taken((self.machine.name, "", "", ""), number, False, floor, now)
        self.run(floor, now)
        if self.clock is not None and self.clock.fellows:
            begin_all(self.clock.fellows, floor, now)

    def told(self, floor: Floor, now: int) -> Any:
        """What the row of its begin says: its name, or also who comes (see `crewed`)."""
        if not floor.parties:
            return self.name
        found = self.crewed(tuple([use for use in self.uses() if use[0] not in floor.stocks]), floor, now)
        return self.name if found is None else (self.name, *found)

    def crewed(self, uses: Uses, floor: Floor, now: int) -> tuple[Lent, Lent] | None:
        """(who is used, who is kept) if others than the pools come."""
        found = lent_for(uses, floor, now, self.fits)
        if found is None:
            return None
        job = self.machine.state.jobs[self.name]
        lent = [(pool, number) for pool, number, _ in found[0]]
        words = dict(job.keeps) if job.phase < job.kept and not job.held else {}
        kept = [each for each, word in zip(lent, found[1], strict=True) if word in words]
        used = [each for each, word in zip(lent, found[1], strict=True) if word not in words]
        return tuple(used), tuple(kept)

    def run(self, floor: Floor, now: int) -> None:
        """Set the alarm for its end, or for when the shift of who does it ends, if it does not finish."""
        job = self.machine.state.jobs[self.name]
        ends = job.since + job.left
        if self.clock is not None and self.clock.at_shift_end in ("pause", "restart"):
            shift = min((floor.desks[pool].closes(job.since) for pool, _ in job.uses), default=NEVER)
            ends = shift if shift < ends - job.after else ends
        floor.alarm(ends - now, self)

    def let_wait(self, floor: Floor, lacking: str, now: int) -> None:
        """It lacks something: say so, once."""
        if self.machine.state.jobs[self.name].lacks != lacking:
            floor.put(wait, (now, "wait", self.machine.name, "", "", "", 0.0, lacking, self.name))
        if self.clock is not None and self.clock.fellows:
            let_all_wait(self.clock.fellows, lacking, floor, now)

    def close(self, floor: Floor, now: int) -> None:
        """It is over; or the spare part for it has come, and it asks for who does it."""
        job, machine = self.machine.state.jobs.get(self.name), self.machine
        if job is None:  # it has halted, and gone on at once with others: two alarms are set for its end
            return
        if not job.running or job.since + job.left > now:
            self._early(job, floor, now)
            return
        detail = self.clock.renewed(machine.state, now) if self.clock is not None else None
        cause = job.cause if self.clock is None else self.name
        floor.put(MEANS[OVER[job.kind]], (now, OVER[job.kind], machine.name, "", "", "", 0.0, cause, detail))
        if self.clock is not None:
            self.clock.wind(machine.state, machine.streams)
            machine.look_ahead()
            floor.wind(machine, self.clock, now)
            if self.clock.opens and machine.washes is not None:
                floor.put(opened, (now, "opened", machine.name, "", "", "", 0.0, self.name, None))
        floor.up(machine, now)

    def _early(self, job: JobState, floor: Floor, now: int) -> None:
        """Its spare part has come, or a shift ends; or the alarm was set before it halted with another unit's."""
        gone = next((pool for pool, _ in job.uses if not floor.desks[pool].size_at(now)), "")
        if not job.running and job.part == now:
            floor.claims.append(self)
        elif job.running and gone and self.clock is not None:
            self._halt(self.clock, gone, floor, now)

    def _halt(self, clock: Clock, gone: str, floor: Floor, now: int) -> None:
        """The shift of who does it ends: it goes on later, or begins anew; so do those that are mended with it."""
        used = [pool for pool, _ in self.machine.state.jobs[self.name].uses]
        for machine in [self.machine, *(machine for machine, _ in clock.fellows)]:
            job = machine.state.jobs.get(self.name)
            if job is not None and job.running:
                left = job.whole if clock.at_shift_end == "restart" else job.since + job.left - now
                floor.put(halt, (now, "halt", machine.name, "", "", "", 0.0, gone, (self.name, left)))
        floor.give_back(used)
        self.key = (0, now, self.rank)
        floor.claims.append(self)


def start_job(machine: Machine, name: str, clock: Clock | None, floor: Floor, now: int) -> None:
    """A job whose row is written begins at once, or asks for the pools that it needs."""
    handle, job = Job(machine, name, clock), machine.state.jobs[name]
    if job.running:
        handle.run(floor, now)
    elif job.part > now:
        floor.alarm(job.part - now, handle)
    else:
        floor.claims.append(handle)


def tend(machine: Machine, floor: Floor, now: int) -> bool:
    """Let an empty unit do what it owes itself: maintenance that is due, a clean at once; whether there was any."""
    state = machine.state
    if state.impaired:
        mend(machine, floor, now)
        return True
    clock = machine.maintenance_due(now) if machine.maintenance else None
    if clock is not None:
        begin_maintenance(machine, clock, floor, now)
        return True
    if machine.washes is not None:
        from plantsim.engine.washing import tend_clean

        return tend_clean(machine, machine.washes, floor, now)
    word = clean_owed(machine, floor, now)
    law = clean_law(machine.cleaning, word) if machine.cleaning and word else None
    if machine.cleaning is None or law is None:
        return False
    length = machine.streams.time(law, f"{machine.name}/clean {word}", state.cleans + 1)
    uses = tuple(sorted(machine.cleaning.needs.items()))
    floor.put(clean, (now, "clean", machine.name, "", "", "", 0.0, word, (length, uses)))
    start_job(machine, "clean", None, floor, now)
    return True


def clean_owed(machine: Machine, floor: Floor, now: int) -> str:
    """The clean that an empty unit owes itself: for the batch it is booked for, or that will come next."""
    rule, state = machine.cleaning, machine.state
    if rule is None or not (state.booked or (state.dirty and rule.when != "before use")):
        return ""
    word = clean_due(state, rule, product_next(machine, rule, floor, now))
    return word if state.booked or rule.when == "at once" or word == "major" else ""


class Tick:
    """A clock of a unit that is over by the calendar: a failure, maintenance, opening or closing."""

    __slots__ = ("clock", "event", "machine", "name", "rank")

    def __init__(self, machine: Machine, clock: Clock | None) -> None:
        self.machine, self.clock = machine, clock
        self.name = clock.name if clock else ""
        self.rank = (*natural(machine.name), self.name)
        self.event: Alarm | None = None

    def close(self, floor: Floor, now: int) -> None:
        """Strike, unless a stint has taken the strike already."""
        machine, clock = self.machine, self.clock
        if clock is None:
            floor.shut_or_open(machine, now)
        elif clock in machine.maintenance:
            floor.tend_free(machine, now)
            if clock.window and machine.station is not None and machine in machine.station.free:
                look_for_chance(machine, floor, now)
        elif machine.may_fail(clock) and clock.due(machine.state) <= now and not self._in_stint(floor, now):
            if clock.work == "finish" and machine.state.batch:
                works_on(machine, clock, floor, now)
                if machine.places > 1:  # it takes no more until it is empty
                    floor.down(machine, now)
                return
            strike(machine, clock, None, floor, now)
            floor.down(machine, now)

    def _in_stint(self, floor: Floor, now: int) -> bool:
        """Whether a stint runs, also one that has begun at this instant: it takes the strike itself."""
        from plantsim.engine.places import running

        return bool(running(self.machine, floor, now))

    def set(self, floor: Floor, now: int) -> None:
        """Of a maintenance with a window, which may be done early: alarms at its beginning and when it is due."""
        if self.clock is not None and self.name not in self.machine.state.jobs:
            due = self.clock.due(self.machine.state)
            for at in (due - self.clock.window, due):
                if at > now:
                    floor.alarm(at - now, self)

    def next(self, now: int) -> int:
        """When [ms] it is over; never, while what it struck is not mended."""
        machine, clock = self.machine, self.clock
        if clock is None:
            return machine.timetable.change(now) if machine.timetable else NEVER
        due = clock.due(machine.state)
        return due if clock.name not in machine.state.jobs and due > now else NEVER


def strike_too(machine: Machine, floor: Floor, now: int) -> None:
    """Strike what is due by the calendar as something else cuts a stint: it was left to the stint."""
    for clock in machine.failures:
        if clock.kind == "calendar" and clock.due(machine.state) == now:
            Tick(machine, clock).close(floor, now)


def watch(tick: Tick, floor: Floor) -> Generator[simpy.Event, Any, None]:
    """The simpy process of a calendar clock of a unit: strike after strike."""
    while True:
        tick.event = Alarm(floor.env)
        now: int = floor.env._now  # type: ignore[assignment]
        at = tick.next(now)
        if at < NEVER:
            tick.event.start(at - now)
        yield tick.event
        floor.ring(tick)

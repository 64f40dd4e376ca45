"""Cleans with phases: when they begin, go on, are cut and are repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from plantsim.cleaning import Clean, Cleaning
from plantsim.engine.cleanliness import due, keeps, phases, used
from plantsim.engine.clock import NEVER, Clock
from plantsim.engine.expecting import product_next
from plantsim.engine.limits import begun, watch_limit
from plantsim.engine.machine import Machine
from plantsim.engine.planned import begin_maintenance, opened_first
from plantsim.engine.samples import inquire
from plantsim.engine.slowing import at_best
from plantsim.engine.upkeep import Job
from plantsim.policies.cleaning import between
from plantsim.record import RowTuple
from plantsim.state import JobState, State, StintPlan, Uses, clean, cleaned, halt, phase, unclean

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.slowing import Slow

Means = Callable[[State, RowTuple], None]


def owed(machine: Machine, rule: Cleaning, floor: Floor, now: int) -> tuple[str, str, str]:
    """(clean, why, product) that an empty unit owes itself: for the batch it is booked for, or that will come next."""
    booked = bool(machine.state.booked)
    if rule.waits_for_use and not booked:
        return "", "", ""
    product = product_next(machine, rule, floor, now)
    word, why = due(machine, rule, product, now)
    own = machine.policy is not None and machine.state.lapsed and not machine.state.dirty
    when = rule.when_expired if own or why in ("clean hold", "sterile hold") else rule.when
    soon = booked or when == "at once" or (when == "at campaign end" and bool(word) and rule.renews(word))
    return (word, why, product) if word and soon else ("", "", "")


# ---- the clean itself ------------------------------------------------------------------------------------------------


class Wash(Job):
    """A clean in phases: what it keeps is claimed with the first one, what a phase needs with that."""

    __slots__ = ("rings",)

    def __init__(self, machine: Machine, name: str, clock: Clock | None) -> None:
        super().__init__(machine, name, clock)
        self.rings = NEVER  # when [ms] the alarm for its end goes off; another one is of a phase that was cut

    def uses(self) -> Uses:
        """(pool, number, ms) that it needs to begin or to go on."""
        job = self.machine.state.jobs[self.name]
        more = job.keeps if job.phase < job.kept and not job.held else ()
        return tuple([(pool, number, job.left) for pool, number in (*more, *job.uses)])

    def slow(self) -> tuple[StintPlan, int, Slow] | None:
        """(its phase as a stint, how much [ms] of it is worked, how slow it may be), if it may be slow."""
        job, tanks = self.machine.state.jobs[self.name], self.machine.whole.tanks
        clean = self._clean(job)
        least = None if self._awaits(job) else list(clean.washes.values())[job.phase].slows
        if least is None:
            return None
        act, whole, _ = job.phases[job.phase]
        uses = tuple([(name, number, whole) for name, number, _ in self.uses()])
        full = {name: rate for name, rate in used(clean, job.phase, tanks).items() if name in tanks}
        return (((act, whole),), whole, uses, 0, 0, ""), whole - job.left, (least, full)

    def told(self, floor: Floor, now: int) -> Any:
        """What the row of its begin says; of a slow phase, also what it uses, and how long it lasts now."""
        job = self.machine.state.jobs[self.name]
        stint = at_best(self, floor, now)
        if stint is None or stint[1] == job.phases[job.phase][1]:
            return super().told(floor, now)
        uses = tuple([(name, number, held - stint[1] + job.left) for name, number, held in stint[2]])
        found = self.crewed(uses, floor, now) if floor.parties else None
        words = dict(job.keeps) if job.phase < job.kept and not job.held else {}
        plain = tuple([(name, number) for name, number, _ in uses if name not in words])
        return (self.name, *(found or (plain, ())), stint[1])

    def run(self, floor: Floor, now: int) -> None:
        """Set the alarm for the end of the phase, or for when a pool that it uses closes."""
        job = self.machine.state.jobs[self.name]
        ends = job.since + job.left
        if self._clean(job).work != "finish":
            ends = min([ends, *(floor.desks[pool].closes(job.since) for pool, _ in self._holds(job))])
        self.rings = ends
        floor.alarm(ends - now, self)

    def close(self, floor: Floor, now: int) -> None:
        """A phase is over, or is cut, or something that it keeps goes while it waits."""
        if self.rings != now:
            return
        self.rings = NEVER
        job = self.machine.state.jobs[self.name]
        if not job.running or job.since + job.left > now:
            self.cut(self._gone(job, floor, now), floor, now)
        elif job.phase + 1 < len(job.phases):
            held = job.held
            self._put(phase, "phase", job.cause, None, floor, now)
            if held and not job.held:
                floor.give_back(pool for pool, _ in job.keeps)
            if gone := self._gone(job, floor, now):
                self.cut(gone, floor, now)
            else:
                self.go(floor, now)
        else:
            self._judge(job, floor, now)

    def _gone(self, job: JobState, floor: Floor, now: int) -> str:
        """A pool of which it has something and that is closed now, if it does not finish without."""
        if self._clean(job).work == "finish":
            return ""
        has = self._holds(job) if job.running else job.keeps if job.held else ()
        return next((pool for pool, _ in has if not floor.desks[pool].size_at(now)), "")

    def go(self, floor: Floor, now: int) -> None:
        """A phase whose row is written begins, or asks for what it needs, or waits until its unit works again."""
        job = self.machine.state.jobs[self.name]
        if self.held_up():
            self.stop(floor, now)
        elif job.running:
            self.run(floor, now)
        else:
            self.key = (0, job.since, self.rank)
            floor.claims.append(self)
            self.watch(floor, now)

    def watch(self, floor: Floor, now: int) -> None:
        """Set the alarm for when something goes that it keeps while it waits for more."""
        job = self.machine.state.jobs[self.name]
        if job.held and self._clean(job).work != "finish":
            self.rings = min((floor.desks[pool].closes(now) for pool, _ in job.keeps), default=NEVER)
            if self.rings < NEVER:
                floor.alarm(self.rings - now, self)

    def held_up(self) -> bool:
        """Whether something else stops its unit; an awaited verdict needs no unit, and what must finish does."""
        u = self.machine.state
        job = u.jobs[self.name]
        shut = u.closed and not (self._clean(job).work == "finish" and begun(job))
        return (len(u.jobs) > 1 or shut) and not self._awaits(job)

    def stop(self, floor: Floor, now: int) -> None:
        """Its unit has failed or closed: what is done halts, and who waits for a pool waits for the unit."""
        u = self.machine.state
        job, cause = u.jobs[self.name], next((name for name in u.jobs if name != self.name), "calendar")
        if job.running or job.held:
            self.cut(cause, floor, now)
        elif self.desk is not None:
            floor.knocked[self.desk.rank] = self.desk
        else:
            self.let_wait(floor, self.machine.name, now)

    def go_on(self, floor: Floor, now: int) -> None:
        """Its unit works again, or is open."""
        waits = not self.machine.state.jobs[self.name].running and self.desk is None and self not in floor.claims
        if waits and not self.held_up():
            self.go(floor, now)

    def cut(self, gone: str, floor: Floor, now: int) -> None:
        """Something that it uses has gone: it goes on later, or from the first phase; an awaited verdict is no work."""
        self.rings = NEVER
        job = self.machine.state.jobs[self.name]
        self.withdraw(floor)
        holds, clean = [pool for pool, _ in self._holds(job)], self._clean(job)
        worked = begun(job) and (job.phase or job.left < job.phases[0][1] or now > job.since)
        again = clean.work == "restart" and worked and not self._awaits(job)
        self._put(halt, "halt", gone, bool(again), floor, now)
        floor.give_back(holds)
        if self.held_up():
            return
        self.go(floor, now)

    def withdraw(self, floor: Floor) -> None:
        """It asks for nothing any more."""
        if self.desk is not None:
            self.desk.waiting.remove(self)
            self.desk = None
        elif self in floor.claims:
            floor.claims.remove(self)

    def give_way(self, word: str, why: str, floor: Floor, now: int) -> None:
        """One that has not begun gives way to another clean."""
        job = self.machine.state.jobs[self.name]
        self.withdraw(floor)
        wash(self.machine, word, why, job.product, floor, now)

    def _awaits(self, job: JobState) -> bool:
        """Whether it is over but for its verdict."""
        return job.phase >= len(self._clean(job).washes)

    def _judge(self, job: JobState, floor: Floor, now: int) -> None:
        """It is over, and well done, or is repeated."""
        machine, rule = self.machine, self.machine.washes
        assert rule is not None
        verify = self._clean(job).verify
        address = f"{machine.name}/verdict {job.cause}"
        if verify is not None and machine.streams.number(address, machine.state.cleans + 1) < verify.fails:
            inquire("failed clean", None, machine.name, floor, now)
            self._put(unclean, "unclean", job.cause, None, floor, now)
            wash(machine, job.cause, "failed verification", job.product, floor, now)
            return
        held = [pool for pool, _ in job.keeps] if job.held else []
        detail = (rule.renews(job.cause), self._clean(job).sterilises)
        self._put(cleaned, "cleaned", job.cause, detail, floor, now)
        floor.give_back(held)
        machine.wash = None
        watch_limit(machine, floor, now)
        floor.up(machine, now)

    def _put(self, means: Means, kind: str, cause: str, detail: object, floor: Floor, now: int) -> None:
        product = self.machine.state.jobs[self.name].product
        floor.put(means, (now, kind, self.machine.name, "", "", product, 0.0, cause, detail))

    def _clean(self, job: JobState) -> Clean:
        rule = self.machine.washes
        assert rule is not None
        return rule.named[job.cause]

    def _holds(self, job: JobState) -> list[tuple[str, float]]:
        return [*job.uses, *(job.keeps if job.held else ())]


def wash(machine: Machine, word: str, why: str, product: str, floor: Floor, now: int) -> None:
    """A clean begins at once, or asks for what it needs."""
    rule = machine.washes
    assert rule is not None
    plan, kept = phases(machine, rule, word), keeps(machine, rule, word)
    _, left, uses = plan[0]
    detail = (left, uses, why, plan, kept, len(rule.named[word].washes) if kept else 0)
    floor.put(clean, (now, "clean", machine.name, "", "", product, 0.0, word, detail))
    machine.wash = Wash(machine, "clean", None)
    machine.wash.go(floor, now)


def tend_clean(machine: Machine, rule: Cleaning, floor: Floor, now: int) -> bool:
    """Let an empty unit begin the clean that it owes itself, or what opens it before that; whether there is one."""
    word, why, product = owed(machine, rule, floor, now)
    clock = opened_first(machine, product, now) if word and machine.changes else None
    if clock is not None:
        begin_maintenance(machine, clock, floor, now)
    elif word:
        wash(machine, word, why, product, floor, now)
    return bool(word)


def wash_before(machine: Machine, rule: Cleaning, product: str, floor: Floor, now: int) -> None:
    """A unit that a batch is about to get begins the clean that is due before it."""
    word, why = due(machine, rule, product, now)
    if word:
        wash(machine, word, why, product, floor, now)


def wash_lapsed(way: Journey, floor: Floor, now: int) -> bool:
    """Of units that a batch has got clean, and whose hold was over before all else was there: they are cleaned anew."""
    lapsed = False
    for name in (way.b.unit, *way.b.withs):
        machine = floor.machines[name]
        word = _due_anew(machine) if machine.state.lapsed and machine.state.fresh else ""
        if word:
            wash(machine, word, machine.state.lapsed, way.b.product, floor, now)
            lapsed = True
            way.let_wait(floor, name, now)
    return lapsed


def _due_anew(machine: Machine) -> str:
    """The clean that a hold which is over makes due; a rule of one's own is not asked again."""
    rule = machine.washes
    if rule is None or machine.policy is not None:
        return ""
    words = {"clean hold": rule.after_clean_hold, "sterile hold": rule.after_sterile_hold}
    word = rule.hold_clean(words[machine.state.lapsed])
    return word if word in rule.named else ""


def turn(machine: Machine, floor: Floor, now: int) -> None:
    """A free unit for which nothing waits changes over to the next product in turn."""
    rule, station, last = machine.washes, machine.station, machine.last
    if rule is None or station is None or machine not in station.free or machine.state.batch:
        return
    turns = rule.turns
    product = turns[(turns.index(last) + 1) % len(turns)] if last in turns else turns[0]
    word = between(rule, last, product, "major")
    if product != last and word in rule.named:
        wash(machine, word, "turn", product, floor, now)
        floor.down(machine, now)

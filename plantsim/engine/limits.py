"""The limits that a unit may break: it has been dirty, clean or sterile for as long as it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import milliseconds
from plantsim.cleaning import Cleaning
from plantsim.engine.clock import NEVER
from plantsim.engine.journey import natural
from plantsim.engine.samples import inquire
from plantsim.state import JobState, deviate, lapse

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine


class Expiry:
    """A unit has been dirty, clean or sterile for as long as it may be."""

    __slots__ = ("machine", "rank")

    def __init__(self, machine: Machine) -> None:
        self.machine, self.rank = machine, natural(machine.name)

    def close(self, floor: Floor, now: int) -> None:
        """A dirty unit breaks a limit; a clean one that must stay so is cleaned anew."""
        machine = self.machine
        rule, state = machine.washes, machine.state
        if machine.limit == now and rule is not None:
            machine.limit = NEVER
            if state.fresh or not state.dirty:
                self._lapse(rule, floor, now)
            elif _dirty_until(machine, rule) == now:
                breach(machine, rule, floor, now)
        watch_limit(machine, floor, now)

    def _lapse(self, rule: Cleaning, floor: Floor, now: int) -> None:
        """A hold of a clean unit is over: at once, it is cleaned anew; if a batch has it, with all else there."""
        machine = self.machine
        if "clean" in machine.state.jobs:
            return
        for word, at in _holds(machine, rule):
            if at == now:
                floor.put(lapse, (now, "lapse", machine.name, "", "", machine.last, 0.0, word, None))
        if rule.when_expired == "at once":
            floor.tend_free(machine, now)


def _holds(machine: Machine, rule: Cleaning) -> list[tuple[str, int]]:
    """(hold, when [ms] it is over) of a clean unit; the longer clean last."""
    u = machine.state
    ends = (("sterile hold", u.sterile, rule.sterile_hold), ("clean hold", u.cleaned, rule.clean_hold))
    return [(word, since + milliseconds(hold)) for word, since, hold in ends if hold is not None]


def limit_at(machine: Machine, rule: Cleaning, now: int) -> int:
    """When [ms] the next limit of a unit will be reached, if nothing is done."""
    u = machine.state
    if u.dirty and not u.fresh:
        at = _dirty_until(machine, rule)
        return at if at > now else NEVER
    return min((at for _, at in _holds(machine, rule) if at > now), default=NEVER)


def _dirty_until(machine: Machine, rule: Cleaning) -> int:
    """When [ms] a dirty unit breaks its limit; one that a batch has got clean is in use, and breaks none."""
    u = machine.state
    job = u.jobs.get("clean")
    held = job.dirty if job is not None else not u.batch
    return u.left + milliseconds(rule.dirty_hold) if held and rule.dirty_hold is not None else NEVER


def watch_limit(machine: Machine, floor: Floor, now: int) -> None:
    """Set an alarm for the next limit of a unit, if none is set for it yet."""
    rule = machine.washes
    at = limit_at(machine, rule, now) if rule is not None else NEVER
    if at < NEVER and machine.limit not in (at, now):  # one that goes off now will look for the next
        machine.limit = at
        floor.alarm(at - now, Expiry(machine))


def breach(machine: Machine, rule: Cleaning, floor: Floor, now: int) -> None:
    """A unit has been dirty for too long: that is a deviation, and a clean that waits becomes the longer one."""
    job = machine.state.jobs.get("clean")
    if job is not None and begun(job):
        return  # it began in time
    floor.put(deviate, (now, "deviation", machine.name, "", "", machine.state.last, 0.0, "dirty hold", None))
    inquire("dirty hold", None, machine.name, floor, now)
    word, waiting = rule.after_dirty_hold, machine.wash
    if job is None or waiting is None or word not in rule.named:
        return
    waiting.give_way(word, "dirty hold", floor, now)


def begun(job: JobState) -> bool:
    """Whether something of a clean is done, or being done."""
    return bool(job.running or job.phase or job.left < job.phases[0][1])

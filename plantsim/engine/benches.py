"""Runs of a test: samples that wait for the same test are tested together, as batches that share a unit are a load.

The oldest of them leads: it asks for the analysts, once for all.  Each has a verdict of its own, as the run ends.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine.clock import NEVER
from plantsim.engine.journey import by_age
from plantsim.engine.loads import LACKING
from plantsim.state import wait

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.samples import Sample
    from plantsim.materials import QualityTest


class Bench:
    """Where samples wait for the next run of a test."""

    __slots__ = ("holds", "lead", "least", "longest_wait", "rank", "waiting", "wake")

    def __init__(self, rank: int, rule: QualityTest) -> None:
        self.rank, self.holds, self.least = rank, rule.holds, rule.least
        self.longest_wait = None if rule.longest_wait is None else int(rule.longest_wait * HOUR + 0.5)
        self.waiting: list[Sample] = []  # by age
        self.lead: Sample | None = None  # which asks for the analysts
        self.wake = NEVER  # when the timer that is set will go off

    def join(self, each: Sample, floor: Floor) -> None:
        """A sample waits for the next run."""
        insort(self.waiting, each, key=by_age)
        floor.benched[self.rank] = self

    def close(self, floor: Floor, now: int) -> None:
        """The oldest has waited for so long that it waits for no others."""
        if self.wake <= now:
            self.wake = NEVER
        floor.benched[self.rank] = self

    def look(self, floor: Floor, now: int) -> None:
        """A run is due, and the oldest asks for the analysts; or all wait for more samples."""
        lead = self.waiting[0] if self.waiting and self._due_at() <= now else None
        if lead is not self.lead:
            self._call(lead, floor)
        if lead is None:
            self.say(LACKING, floor, now)
            self._set_timer(floor, now)
        elif lead.desk is not None:
            self.say(floor.state.samples[lead.name].lacks, floor, now)

    def _due_at(self) -> int:
        """When [ms] a run may go: enough are there, or the oldest is tired; NEVER: not yet known."""
        if len(self.waiting) >= self.least:
            return 0
        return NEVER if self.longest_wait is None else self.waiting[0].key[1] + self.longest_wait

    def _call(self, lead: Sample | None, floor: Floor) -> None:
        """Another one leads, or none; what has stood before a pool already stands there again."""
        old, self.lead = self.lead, lead
        if old is not None and old.desk is not None:
            old.desk.waiting.remove(old)
            old.desk = None
        elif old is not None:
            floor.claims = [claim for claim in floor.claims if claim is not old]
        if lead is None:
            return
        desk = floor.desks.get(floor.state.samples[lead.name].lacks)
        if desk is None:
            floor.claims.append(lead)
        else:
            lead.desk = desk
            desk.park(lead)
            floor.knocked[desk.rank] = desk

    def _set_timer(self, floor: Floor, now: int) -> None:
        at = self._due_at() if self.waiting else NEVER
        if now < at < self.wake:
            self.wake = at
            floor.alarm(at - now, self)

    def say(self, lacking: str, floor: Floor, now: int) -> None:
        """What keeps the next run is what each of them waits for: say so, once."""
        for each in self.waiting:
            if lacking and floor.state.samples[each.name].lacks != lacking:
                floor.put(wait, (now, "wait", "", "", "", "", 0.0, lacking, each.name))

    def leave(self, floor: Floor) -> list[Sample]:
        """The run begins: who is tested in it with the oldest."""
        run, self.waiting = self.waiting[: self.holds], self.waiting[self.holds :]
        self.lead = None
        if self.waiting:
            floor.benched[self.rank] = self
        return run[1:]

    def drop(self, gone: list[str], floor: Floor) -> None:
        """The batches of some are lost: they wait no more."""
        if self.lead is not None and self.lead.name in gone:
            self.lead = None
        rest = [each for each in self.waiting if each.name not in gone]
        if len(rest) < len(self.waiting):
            self.waiting = rest
            floor.benched[self.rank] = self

"""The clocks of a unit: what strikes it after so many hours worked, hours of the calendar, or batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import HOUR, Streams
from plantsim.laws import Law, Trace
from plantsim.plant import Failure, Maintenance
from plantsim.state import UnitState

if TYPE_CHECKING:
    from plantsim.engine.machine import Machine

NEVER = 2**62
COMMON = "common"  # whose luck it is that many units share; no unit is called so, since units are numbered


class Clock:
    """What strikes a unit after so long on its clock: a failure mode, or a planned maintenance."""

    __slots__ = (
        "after", "at_change", "at_shift_end", "fellows", "kind", "leader", "length", "life", "longest", "name", "opens",
        "owner", "rate", "renews", "requalify", "spare", "takes", "uses", "window", "work",
    )  # fmt: skip

    def __init__(self, owner: str, name: str, rule: Failure | Maintenance) -> None:
        self.owner, self.name, self.kind = owner_of(owner, rule), name, rule.clock
        self.after: Law | int = rule.after if isinstance(rule, Failure) else int(rule.every * HOUR)
        self.length: Law = rule.repair if isinstance(rule, Failure) else rule.lasts
        self.work, self.longest, self.renews, self.rate = "", NEVER, 1.0, 1.0
        self.spare: Law | None = rule.spare if isinstance(rule, Failure) else None
        if isinstance(rule, Failure):
            self.work, self.renews, self.rate = rule.work, rule.renews, rule.rate
            self.longest = NEVER if rule.longest_pause is None else int(rule.longest_pause * HOUR + 0.5)
        self.requalify, self.at_shift_end = rule.requalify, rule.at_shift_end
        self.window, self.at_change = 0, False
        if isinstance(rule, Maintenance):
            self.window, self.at_change = int(rule.window * HOUR + 0.5), rule.at_change
        self.uses = ((rule.pool, 1),) if rule.pool else ()
        self.takes = tuple([(name, float(number)) for name, number in sorted(rule.takes.items())])
        self.opens = rule.opens
        self.life = 0
        self.leader: Machine | None = None  # of a common failure: the unit whose repair mends this one too
        self.fellows: list[tuple[Machine, Clock]] = []  # of a common failure: whom the repair here mends too

    def wind(self, state: UnitState, streams: Streams) -> int:
        """Draw the life that has begun; give the reading [ms] at which it ends."""
        lives = state.lives.get(self.name, 0) + 1
        if isinstance(self.after, int):
            self.life = self.after
            return self.due(state)
        address, age = f"{self.owner}/life/{self.name}", state.worn.get(self.name, 0)
        if not age or f"{address}/{lives}" in streams.given:
            self.life = streams.time(self.after, address, lives)
        else:
            self.life = rest_of_life(self.after, age, lives, address, streams)
        return self.due(state)

    def reads(self, state: UnitState, now: int, aged: int = 0) -> int:
        """The reading [ms] of the clock; a batch counts an hour; the stint in progress has aged it so much."""
        if self.kind == "running":
            return state.ran + aged
        return now if self.kind == "calendar" else state.cycles * HOUR

    def due(self, state: UnitState) -> int:
        """The reading [ms] of its clock at which it strikes."""
        return state.renewed.get(self.name, 0) + self.life

    def repair(self, state: UnitState, streams: Streams) -> int:
        """How long [ms] the repair or maintenance takes that begins now."""
        return streams.time(self.length, f"{self.owner}/repair/{self.name}", state.lives.get(self.name, 0) + 1)

    def part(self, state: UnitState, streams: Streams) -> int:
        """How long [ms] it takes until the spare part for the repair is there."""
        if self.spare is None:
            return 0
        return streams.time(self.spare, f"{self.owner}/spare/{self.name}", state.lives.get(self.name, 0) + 1)

    def proof(self, state: UnitState, streams: Streams) -> int:
        """How long [ms] it takes to qualify the unit anew."""
        if self.requalify is None:
            return 0
        return streams.time(self.requalify, f"{self.owner}/requalify/{self.name}", state.lives.get(self.name, 0) + 1)

    def renewed(self, state: UnitState, now: int) -> int | tuple[int, int]:
        """What the row of its end says: the reading [ms]; if the unit is not as new, also the age [ms] that is left."""
        reading = self.reads(state, now)
        age = round((reading - state.renewed.get(self.name, 0)) * (1.0 - self.renews))
        return (reading, age) if age > 0 else reading


def owner_of(unit: str, rule: Failure | Maintenance) -> str:
    """Whose luck it is: the unit's own, or that of all units which share a failure."""
    return COMMON if isinstance(rule, Failure) and rule.common else unit


def rest_of_life(law: Law, age: int, k: int, address: str, streams: Streams) -> int:
    """The life [ms] of what a repair has left at an age [ms]: it is longer than that."""
    if isinstance(law, Trace):
        hours = age / HOUR + law.value(streams.number, address, k)
    else:
        hours = law.rest(streams.number(address, k), age / HOUR)
    return max(age, int(hours * HOUR + 0.5))

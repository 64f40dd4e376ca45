"""A pool as the engine sees it: how many are free is a function of time; who waits stands in line by age."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from plantsim.calendars import Timetable
from plantsim.chance import HOUR
from plantsim.engine.journey import by_age
from plantsim.plant import Pool
from plantsim.state import State, Uses

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.samples import Sample
    from plantsim.engine.station import Station
    from plantsim.engine.upkeep import Job

NEVER = 2**62
CRUMB = 1e-9  # of a pool: fractions that add up to all of it are all of it


class Desk:
    """Lends the things of one pool."""

    deep = False  # whether what is there depends on what was drawn before (see `tank.Tank`)
    plain = True  # whether it lends if so many are free, and else does not
    __slots__ = ("knock", "name", "patience", "rank", "size", "state", "stations", "timetable", "waiting")

    def __init__(self, rank: int, name: str, pool: Pool, timetable: Timetable | None, state: State) -> None:
        self.rank, self.name, self.size, self.timetable, self.state = rank, name, pool.count, timetable, state
        self.patience = int(pool.patience * HOUR)
        self.waiting: list[Journey | Job | Sample] = []  # claims for a stint that lack this pool, by age
        self.stations: dict[int, Station] = {}  # where a claim for a unit lacks this pool
        self.knock = NEVER  # when the timer that is set will go off

    def size_at(self, now: int) -> int:
        """How many there are at this time."""
        return self.size if self.timetable is None or self.timetable.is_open(now) else 0

    def free(self, now: int) -> float:
        """How many are there and neither used nor kept."""
        free: float = self.size if self.timetable is None or self.timetable.is_open(now) else 0
        for until, number, _ in reversed(self.state.pools[self.name]):
            if until <= now:
                break
            free -= number
        return free - self.state.kept[self.name]

    def lends(self, uses: Uses, now: int, fits: bool = False) -> bool:
        """Whether all that a claim uses of this pool is there, and perhaps stays for as long as it is needed."""
        own = [(number, held) for pool, number, held in uses if pool == self.name]
        if fits and any(self.closes(now) - now < held for _, held in own):
            return False
        return self.free(now) + CRUMB >= sum(number for number, _ in own)

    def never(self, uses: Uses) -> str:
        """Why a claim would not even be served if it were alone; '' if it would."""
        return ""

    def next_change(self, now: int) -> int:
        """When [ms] some come back or the calendar changes, without anything else happening."""
        back = min((until for until, _, _ in self.state.pools[self.name] if until > now), default=NEVER)
        return back if self.timetable is None else min(back, self.timetable.change(now))

    def closes(self, now: int) -> int:
        """When [ms] it closes, if it is open now."""
        return NEVER if self.timetable is None else self.timetable.change(now)

    def lacked(self, number: float, floor: Floor, now: int) -> None:
        """What is lent comes back by itself."""

    def reserved(self, now: int) -> bool:
        """Whether what comes free is kept for a claim that has lost its patience."""
        return any(now - claim.key[1] >= self.patience for claim in self.waiting)

    def close(self, floor: Floor, now: int) -> None:
        """Its timer is over: look who can be served."""
        if self.knock <= now:
            self.knock = NEVER
        floor.knocked[self.rank] = self

    def park(self, claim: Journey | Job | Sample) -> None:
        """Let a claim wait here."""
        insort(self.waiting, claim, key=by_age)

"""A single unit as the engine sees it: its state, its rules, and the readings at which it will be struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import HOUR, Law, Streams
from plantsim.plant import Cleaning, Failure, Maintenance, Timetable, Unit
from plantsim.scenario import Scenario
from plantsim.state import Plan, UnitState

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.station import Station

NEVER = 2**62


class Clock:
    """What strikes a unit after so long on its clock: a failure mode, or a planned maintenance."""

    __slots__ = ("after", "length", "life", "longest", "name", "owner", "running", "uses", "work")

    def __init__(self, owner: str, name: str, rule: Failure | Maintenance) -> None:
        self.owner, self.name, self.running = owner, name, rule.clock == "running"
        self.after: Law | int = rule.after if isinstance(rule, Failure) else int(rule.every * HOUR)
        self.length: Law = rule.repair if isinstance(rule, Failure) else rule.lasts
        self.work = rule.work if isinstance(rule, Failure) else ""
        longest = rule.longest_pause if isinstance(rule, Failure) else None
        self.longest = NEVER if longest is None else int(longest * HOUR + 0.5)
        self.uses = ((rule.pool, 1),) if rule.pool else ()
        self.life = 0

    def wind(self, state: UnitState, streams: Streams) -> int:
        """Draw the life that has begun; give the reading [ms] at which it ends."""
        lives = state.lives.get(self.name, 0)
        if isinstance(self.after, int):
            self.life = self.after
        else:
            self.life = streams.time(self.after, f"{self.owner}/life/{self.name}", lives + 1)
        return self.due(state)

    def due(self, state: UnitState) -> int:
        """The reading [ms] of its clock at which it strikes."""
        return state.renewed.get(self.name, 0) + self.life

    def repair(self, state: UnitState, streams: Streams) -> int:
        """How long [ms] the repair or maintenance takes that begins now."""
        return streams.time(self.length, f"{self.owner}/repair/{self.name}", state.lives.get(self.name, 0) + 1)


class Machine:
    """A single unit: what a dispatch rule may read of it, and what the floor needs."""

    __slots__ = (
        "cleaning",
        "cleans",
        "failures",
        "fits",
        "group",
        "hazards",
        "kind",
        "load",
        "maintenance",
        "name",
        "pauses",
        "plain",
        "rank",
        "rate",
        "state",
        "station",
        "streams",
        "strikes",
        "tends",
        "timetable",
        "way",
        "wears",
        "work",
    )

    def __init__(
        self, rank: int, name: str, group: str, scenario: Scenario, state: UnitState, streams: Streams
    ) -> None:
        unit: Unit = scenario.units[group]
        self.name, self.group, self.rank, self.state, self.streams = name, group, rank, state, streams
        self.kind, self.load, self.rate, self.work = unit.kind, unit.load, unit.rate, unit.work
        self.timetable = Timetable(scenario.calendars[unit.calendar]) if unit.calendar else None
        self.cleaning: Cleaning | None = scenario.cleaning[unit.cleaning] if unit.cleaning else None
        self.cleans: dict[str, Plan] = {}  # word -> its stint, where that is always the same
        self.failures = [Clock(name, mode, scenario.failures[mode]) for mode in unit.failures]
        self.maintenance = [Clock(name, each, scenario.maintenance[each]) for each in unit.maintenance]
        self.station: Station | None = None
        self.way: Journey | None = None  # whose batch it was granted to
        self.wears = self.strikes = NEVER
        for clock in (*self.failures, *self.maintenance):
            clock.wind(state, streams)
        self.pauses = self.timetable if self.work != "finish" else None
        self.fits = self.work == "fits" and self.timetable is not None
        # nothing but failures to look at when it is left
        self.plain = not (unit.cleaning or unit.calendar or unit.maintenance)
        self.tends = bool(unit.maintenance) or (self.cleaning is not None and self.cleaning.when != "before use")
        self.look_ahead()

    # ---- what a rule may read

    @property
    def last(self) -> str:
        """Product of the last batch."""
        return self.state.last

    def changeover(self, product: str) -> float:
        """Expected cleaning [h] before a batch of this product may enter."""
        law = self.cleaning and clean_law(self.cleaning, clean_due(self.state, self.cleaning, product))
        return law.mean_hours if law else 0.0

    # ---- what the floor needs

    @property
    def stopped(self) -> bool:
        """Whether it can't work now."""
        return bool(self.state.jobs) or self.state.closed

    def look_ahead(self) -> None:
        """Note the readings of the running clock and of the calendar at which a failure will strike next."""
        due = [(clock.running, clock.due(self.state)) for clock in self.failures if clock.name not in self.state.jobs]
        self.wears = min((at for running, at in due if running), default=NEVER)
        self.strikes = min((at for running, at in due if not running), default=NEVER)
        self.hazards = self.wears < NEVER or self.strikes < NEVER or self.pauses is not None

    def booked_for(self, batch: str) -> bool:
        """Whether the unit is booked for this batch."""
        return any(who == batch for _, _, who in self.state.booked)

    def struck(self, now: int, aged: int) -> Clock | None:
        """The failure that strikes now, the running clock having gone by `aged` [ms] in the stint."""
        for clock in self.failures:
            if clock.name not in self.state.jobs:
                reading = self.state.ran + aged if clock.running else now
                if clock.due(self.state) <= reading:
                    return clock
        return None

    def maintenance_due(self, now: int) -> Clock | None:
        """The planned maintenance that is due now."""
        for clock in self.maintenance:
            if clock.due(self.state) <= (self.state.ran if clock.running else now):
                return clock
        return None


def clean_due(state: UnitState, rule: Cleaning, product: str) -> str:
    """'major', 'minor' or '': the clean that is due before a batch of this product ('': before any)."""
    if not state.last:
        return ""
    other = product not in ("", state.last)
    longest = rule.longest_campaign is not None and state.campaign >= rule.longest_campaign
    if (other or longest) and state.campaign:
        return "major" if rule.major is not None else ""
    return "minor" if state.dirty and rule.minor is not None else ""


def clean_law(rule: Cleaning, word: str) -> Law | None:
    """How long a minor or a major clean takes."""
    return rule.major if word == "major" else rule.minor if word == "minor" else None

"""A single unit as the engine sees it: its state, its rules, and the readings at which it will be struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.calendars import Timetable
from plantsim.chance import Streams, milliseconds
from plantsim.cleaning import Cleaning
from plantsim.contracts import CleaningPolicy
from plantsim.engine.cleanliness import due
from plantsim.engine.clock import NEVER, Clock
from plantsim.laws import Law
from plantsim.plant import Unit
from plantsim.policies.cleaning import clean_due
from plantsim.scenario import Scenario
from plantsim.state import Plan, State

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.station import Station
    from plantsim.engine.tank import Tank
    from plantsim.engine.washing import Wash


class Machine:
    """A single unit: what a dispatch rule may read of it, and what the floor needs."""

    __slots__ = (
        "changes",
        "cleaning",
        "cleans",
        "cycled",
        "failures",
        "fits",
        "group",
        "hazards",
        "holds",
        "kind",
        "least",
        "limit",
        "load",
        "locks",
        "longest_wait",
        "maintenance",
        "name",
        "pauses",
        "places",
        "plain",
        "policy",
        "rank",
        "rate",
        "special",
        "state",
        "station",
        "stops",
        "streams",
        "strikes",
        "tank",
        "tends",
        "timetable",
        "wash",
        "washes",
        "way",
        "wears",
        "whole",
        "windows",
        "work",
    )

    def __init__(
        self, rank: int, name: str, group: str, scenario: Scenario, whole: State, streams: Streams, beside: bool = False
    ) -> None:
        unit = scenario.units.get(group) or _maker(scenario, group)
        self.whole, state = whole, whole.tended(name)
        self.tank: Tank | None = None  # of what makes a utility
        self.name, self.group, self.rank, self.state, self.streams = name, group, rank, state, streams
        self.kind, self.load, self.rate, self.work = unit.kind, unit.load, unit.rate, unit.work
        self.holds, self.least = unit.holds if unit.together else 1, unit.least  # of a load
        self.places = unit.places  # for batches that come and go at their own times (see `places`)
        self.longest_wait = None if unit.longest_wait is None else milliseconds(unit.longest_wait)
        self.locks, self.stops = unit.locks, unit.minor_stops
        self.timetable = Timetable(scenario.calendars[unit.calendar]) if unit.calendar else None
        self.cleaning: Cleaning | None = scenario.cleaning[unit.cleaning] if unit.cleaning else None
        self.cleans: dict[str, Plan] = {}  # word -> its stint, where that is always the same
        self.washes: Cleaning | None = None  # its cleaning rule, if that is more than a plain one
        self.policy: CleaningPolicy | None = None
        self.wash: Wash | None = None  # its clean by that rule, while it lasts
        self.limit = NEVER  # when the alarm for its next limit will go off
        self.failures = [Clock(name, mode, scenario.failures[mode]) for mode in unit.failures]
        self.maintenance = [Clock(name, each, scenario.maintenance[each]) for each in unit.maintenance]
        self.windows = any(clock.window for clock in self.maintenance)
        self.changes = any(clock.at_change for clock in self.maintenance)
        self.station: Station | None = None
        self.way: Journey | None = None  # whose batch it was granted to
        opens = any(each.opens for each in self.clocks)
        several = opens or self.places > 1 or (self.cleaning is not None and _needs_what_stops(self.cleaning, scenario))
        if self.cleaning and (several or not self.cleaning.plain or (beside and not self.cleaning.short)):
            self.washes = self.cleaning
        # a batch alone does not say what a grant of it is
        self.special = self.holds > 1 or self.places > 1 or self.washes is not None
        self.wears = self.strikes = self.cycled = NEVER
        for clock in self.clocks:
            clock.wind(state, streams)
        self.pauses = self.timetable if self.work != "finish" else None
        self.fits = self.work == "fits" and self.timetable is not None
        # nothing but failures to look at when it is left
        works_on = any(clock.work == "finish" for clock in self.failures)
        self.plain = not (unit.cleaning or unit.calendar or unit.maintenance or works_on)
        self.tends = bool(unit.maintenance) or (self.cleaning is not None and not self.cleaning.waits_for_use)
        self.look_ahead()

    @property
    def clocks(self) -> list[Clock]:
        """All that strikes it."""
        return [*self.failures, *self.maintenance]

    # ---- what a rule may read

    @property
    def last(self) -> str:
        """Product of the last batch, or for which it was cleaned since."""
        return self.state.set_for or self.state.last

    def changeover(self, product: str) -> float:
        """Expected cleaning [h] before a batch of this product may enter."""
        if self.state.apart and self.state.batch:
            return 0.0
        if self.washes is not None:
            word = due(self, self.washes, product, self.whole.time)[0]
            return self.washes.named[word].mean_hours if word else 0.0
        law = self.cleaning and clean_law(self.cleaning, clean_due(self.state, self.cleaning, product))
        return law.mean_hours if law else 0.0

    # ---- what the floor needs

    @property
    def stopped(self) -> bool:
        """Whether it can't work now."""
        return bool(self.state.jobs) or self.state.closed

    @property
    def locked(self) -> bool:
        """Whether no batch may leave it now."""
        return self.locks and self.stopped

    def look_ahead(self) -> None:
        """Note the readings of its clocks at which a failure will strike next."""
        due = {"running": NEVER, "calendar": NEVER, "cycles": NEVER}
        for clock in self.failures:
            if self.may_fail(clock):
                due[clock.kind] = min(due[clock.kind], clock.due(self.state))
        self.wears, self.strikes, self.cycled = due["running"], due["calendar"], due["cycles"]
        self.hazards = min(due.values()) < NEVER or self.pauses is not None

    def may_fail(self, clock: Clock) -> bool:
        """Whether a failure can strike: it has not struck already."""
        return clock.name not in self.state.jobs and clock.name not in self.state.impaired

    def booked_for(self, batch: str) -> bool:
        """Whether the unit is booked for this batch."""
        return any(who == batch for _, _, who in self.state.booked)

    def struck(self, now: int, aged: int) -> Clock | None:
        """The failure that strikes now, the running clock having gone by `aged` [ms] in the stint."""
        for clock in self.failures:
            if self.may_fail(clock) and clock.due(self.state) <= clock.reads(self.state, now, aged):
                return clock
        return None

    def maintenance_due(self, now: int, aged: int = 0) -> Clock | None:
        """The planned maintenance that is due now, the running clock having gone by `aged` [ms] besides."""
        for clock in self.maintenance:
            if clock.due(self.state) <= clock.reads(self.state, now, aged):
                return clock
        return None

    def maintenance_near(self, now: int) -> Clock | None:
        """The planned maintenance that may be done now, due or not."""
        for clock in self.maintenance:
            if clock.due(self.state) - clock.window <= clock.reads(self.state, now):
                return clock
        return None


def _maker(scenario: Scenario, name: str) -> Unit:
    """What makes a utility, as a unit in which nothing is ever done."""
    utility = scenario.utilities[name]
    return Unit(kind=name, failures=utility.failures, calendar=utility.calendar)


def _needs_what_stops(rule: Cleaning, scenario: Scenario) -> bool:
    """Whether a clean without phases may be cut: it draws a utility that fails."""
    return any(name in scenario.utilities and scenario.utilities[name].failures for name in rule.needs)


def clean_law(rule: Cleaning, word: str) -> Law | None:
    """How long a minor or a major clean takes."""
    return rule.major if word == "major" else rule.minor if word == "minor" else None

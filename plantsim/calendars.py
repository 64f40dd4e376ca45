"""Calendars: when units, crews and utilities are there; said in hours, and looked at in whole milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from plantsim.chance import milliseconds
from plantsim.schema import (
    Declared,
    Hours,
    PositiveHours,
)

if TYPE_CHECKING:
    pass


class Calendar(Declared):
    """Open stretches [from, until) in a period that repeats from the start of the run, less closed stretches."""

    open: Annotated[tuple[tuple[Hours, Hours], ...], Field(description="[from, until] in each period")]
    period: Annotated[PositiveHours, Field(description="after which the open stretches repeat")] = 168.0
    closed: Annotated[
        tuple[tuple[Hours, Hours], ...], Field(description="[from, until] since the start of the run, each once")
    ] = ()
    gowning: Annotated[Hours, Field(description="lost as each open stretch begins")] = 0.0
    degowning: Annotated[Hours, Field(description="lost before each open stretch ends")] = 0.0
    paid: Annotated[
        tuple[tuple[Hours, Hours], ...], Field(description="[from, until] for which a crew is paid; none: as open")
    ] = ()

    @model_validator(mode="after")
    def _opens(self) -> Calendar:
        for begin, end in (*self.open, *self.closed, *self.paid):
            if begin >= end:
                raise ValueError(f"a stretch must end after it begins, got {begin:g} h to {end:g} h")
        if not self.open:
            raise ValueError("never opens: give at least one open stretch")
        if any(end > self.period for _, end in self.open):
            raise ValueError(f"an open stretch ends after the period of {self.period:g} h")
        if not self.worked:
            lost = self.gowning + self.degowning
            raise ValueError(f"never opens: {lost:g} h of gowning leave no time in any open stretch; give a longer one")
        return self

    @property
    def present(self) -> Calendar:
        """The hours for which a crew is paid for being there, gowning and all, less closed stretches."""
        return self.model_copy(update={"open": self.paid or self.open, "gowning": 0.0, "degowning": 0.0})

    @property
    def worked(self) -> tuple[tuple[float, float], ...]:
        """The open stretches [from, until] less gowning; one that goes on in the next period is one stretch.

        >>> Calendar(open=((6.0, 14.0), (22.0, 24.0), (0.0, 4.0)), period=24.0, gowning=0.5, degowning=0.25).worked
        ((6.5, 13.75), (22.5, 24.0), (0.0, 3.75))
        """
        if not (self.gowning or self.degowning):
            return self.open
        goes_on = min(a for a, _ in self.open) == 0.0 and max(b for _, b in self.open) == self.period
        ends = [
            (a if goes_on and a == 0.0 else a + self.gowning, b if goes_on and b == self.period else b - self.degowning)
            for a, b in self.open
        ]
        return tuple([(a, b) for a, b in ends if a < b])


class Timetable:
    """A calendar in whole milliseconds: is it open, and when does it next change?"""

    __slots__ = ("closed", "open", "period")

    def __init__(self, calendar: Calendar) -> None:
        def stretches(pairs: tuple[tuple[float, float], ...]) -> list[tuple[int, int]]:
            merged: list[tuple[int, int]] = []
            for begin, end in sorted((milliseconds(a), milliseconds(b)) for a, b in pairs):
                if merged and begin <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
                else:
                    merged.append((begin, end))
            return merged

        self.period = milliseconds(calendar.period)
        self.open, self.closed = stretches(calendar.worked), stretches(calendar.closed)

    def is_open(self, now: int) -> bool:
        """Whether it is open at a time [ms]."""
        phase = now % self.period
        within = any(begin <= phase < end for begin, end in self.open)
        return within and not any(begin <= now < end for begin, end in self.closed)

    def change(self, now: int) -> int:
        """The first time [ms] after now at which it opens or closes; very late if never."""
        was, at = self.is_open(now), now
        if self.open == [(0, self.period)]:
            edges = sorted(each for stretch in self.closed for each in stretch if each > now)
            return next((each for each in edges if self.is_open(each) != was), 2**62)
        while True:
            at = next((end for begin, end in self.closed if begin <= at < end), 0) or self._edge(at)
            if self.is_open(at) != was:
                return at

    def _edge(self, now: int) -> int:
        base, phase = now - now % self.period, now % self.period
        edges = [base + at for stretch in self.open for at in stretch if at > phase]
        edges += [base + self.period + self.open[0][0]]
        edges += [at for stretch in self.closed for at in stretch if at > now]
        return min(edges)


def longest_open(table: Timetable) -> int:
    """The longest stretch [ms] for which a calendar is open on end, exceptions apart; very long if it is always open.

    >>> longest_open(Timetable(Calendar(open=((0.0, 4.0), (8.0, 12.0), (20.0, 24.0)), period=24.0))) / 3_600_000
    8.0
    """
    ends = [end - begin for begin, end in table.open]
    if table.open[0][0] > 0 or table.open[-1][1] < table.period:
        return max(ends)
    return 2**62 if len(ends) == 1 else max(*ends, ends[0] + ends[-1])

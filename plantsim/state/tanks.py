"""Levels of tanks: exact at any time, from the level at one time and what has been drawn since.

Rates are whole thousandths of what is drawn in an hour; a level is such a rate times milliseconds.  Between two rows
what is drawn can only end, so that a level falls at most until it rises, and stays where it is once the tank is full.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from plantsim.record import HOUR

if TYPE_CHECKING:
    from plantsim.state.things import State, Use

FINE = 1000
Draw: TypeAlias = tuple[int, int]  # (until [ms], rate)


def fine(rate: float) -> int:
    """A rate in whole thousandths, so that sums and levels are exact."""
    return round(rate * FINE)


@dataclass(slots=True)
class TankState:
    """A utility: how fast it is made, its tank, and the level at a time; without a tank, size and level are 0."""

    makes: int
    size: int
    level: int
    since: int = 0  # ms: when the level was so
    stopped: bool = False  # none is made: what makes it is down or closed

    @classmethod
    def of(cls, makes: float, size: float, level: float, since: int = 0) -> TankState:
        """From a rate and stocks in a unit of measure."""
        return cls(fine(makes), fine(size) * HOUR, fine(level) * HOUR, since)

    @property
    def made(self) -> int:
        """The rate at which it is made now, as long as the tank is not full."""
        return 0 if self.stopped else self.makes


def draws(uses: Iterable[Use], since: int) -> list[Draw]:
    """What is drawn at a time [ms], by when it ends."""
    return sorted((until, fine(rate)) for until, rate, _ in uses if until > since)


def level_at(tank: TankState, drawn: list[Draw], time: int) -> int:
    """The level at a time [ms], if all that is drawn began before the level was last reckoned."""
    level, at = tank.level, tank.since
    net = tank.made - sum(rate for _, rate in drawn)
    for until, rate in drawn:
        if until >= time:
            break
        level, at = flowed(tank, level, net * (until - at)), until
        net += rate
    return flowed(tank, level, net * (time - at))


def flowed(tank: TankState, level: int, more: int) -> int:
    """A level after so much more or less: never below empty nor above full."""
    return min(tank.size, max(0, level + more))


def advance(state: State, name: str, time: int) -> None:
    """Reckon the level anew, before anything begins or ends that nobody knew."""
    tank = state.tanks[name]
    if time > tank.since:
        tank.level = level_at(tank, draws(state.pools[name], tank.since), time)
        tank.since = time


def pieces(uses: list[tuple[str, int, int, float]]) -> list[tuple[str, int, int, float]]:
    """(what, from [ms], until [ms], rate) of what begins at one time: a rate that rises later as pieces that follow.

    >>> pieces([("steam", 0, 2, 30.0), ("steam", 0, 1, -20.0), ("crew", 0, 2, 1.0)])
    [('crew', 0, 2, 1.0), ('steam', 0, 1, 10.0), ('steam', 1, 2, 30.0)]
    """
    rising = dict.fromkeys(name for name, _, _, rate in uses if rate < 0)
    found = [use for use in uses if use[0] not in rising] if rising else uses
    for name in rising:
        own = [use for use in uses if use[0] == name]
        since = own[0][1]
        for end in sorted({until for _, _, until, _ in own}):
            rate = round(sum(rate for *_, until, rate in own if until >= end), 9)
            if rate:
                found.append((name, since, end, rate))
            since = end
    return found

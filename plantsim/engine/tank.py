"""A utility as the engine sees it: who draws is let in when the level carries the draw to its end, and not before.

What is drawn begins now and can only end, so a time from which a claim is carried is followed by no time at which it
is not; the first of them is found by halving, to the millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine.desk import NEVER, Desk
from plantsim.engine.slowing import least_uses
from plantsim.state import State, TankState, Uses, advance, draws, fine, level_at
from plantsim.utility import Stock, Utility

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.quality import Sample
    from plantsim.engine.upkeep import Job


class Tank(Desk):
    """Lends rates of one utility, as far as its peak and the level of its tank allow."""

    deep = True
    __slots__ = ("least", "peak", "tank")

    def __init__(self, rank: int, name: str, utility: Utility, state: State) -> None:
        self.rank, self.name, self.timetable, self.state = rank, name, None, state
        self.patience = int(utility.patience * HOUR)
        self.waiting: list[Journey | Job | Sample] = []
        self.stations = {}
        self.knock = NEVER
        self.size = 1  # it is always there
        self.tank = state.tanks[name]
        self.least = fine(utility.least) * HOUR
        self.peak = NEVER if utility.peak is None else fine(utility.peak)

    def lends(self, uses: Uses, now: int) -> bool:
        """Whether all that a claim draws is carried from now to its end."""
        return self.carries(self._wanted(uses), now)

    def next_change(self, now: int) -> int:
        """When [ms] the first of those who wait is carried, if nobody else draws before."""
        starts = (self.first(self._wanted(least_uses(claim)), now) for claim in self.waiting)
        return min((at for at in starts if at > now), default=NEVER)

    def _wanted(self, uses: Uses) -> list[tuple[int, int]]:
        """(for how long [ms], rate) of what a claim draws here."""
        return [(held, fine(rate)) for name, rate, held in uses if name == self.name]

    def carries(self, wanted: list[tuple[int, int]], at: int) -> bool:
        """Whether the peak and the level allow a draw from a time [ms] on, with all that is drawn already."""
        uses = self.state.pools[self.name]
        flows = draws(uses, at)
        flows += [(at + held, rate) for held, rate in wanted]
        drawn = sum(rate for _, rate in flows)
        if drawn > self.peak:
            return False
        level, net = level_at(self.tank, draws(uses, self.tank.since), at), self.tank.makes - drawn
        for until, rate in sorted(flows):  # it falls, ever more slowly, and rises from then on
            if net >= 0:
                break
            level, at = level + net * (until - at), until
            net += rate
        return level >= self.least

    def first(self, wanted: list[tuple[int, int]], now: int) -> int:
        """The first time [ms] from now on at which a draw is carried; NEVER, if not even a full tank carries it."""
        if self.carries(wanted, now):
            return now
        late = self._full(now)
        if late >= NEVER or not self.carries(wanted, late):
            return NEVER
        early = now
        while late - early > 1:
            half = (early + late) // 2
            if self.carries(wanted, half):
                late = half
            else:
                early = half
        return late

    def _full(self, now: int) -> int:
        """When [ms] nothing is drawn any more of what is drawn now, and the tank is full again."""
        tank, flows = self.tank, draws(self.state.pools[self.name], self.tank.since)
        over = max((until for until, _ in flows), default=now)
        over = max(over, now)
        lacks = tank.size - level_at(tank, flows, over)
        if lacks and not tank.makes:
            return NEVER
        return over + -(-lacks // tank.makes) if lacks else over


def fit(state: State, stocks: Mapping[str, Stock]) -> None:
    """Let a state that comes from a variant of a plant have the rates and tanks of this one."""
    for name, stock in stocks.items():
        tank, own = state.tanks.get(name), TankState.of(*stock, since=state.time)
        if tank is None:
            state.tanks[name] = own
            state.pools.setdefault(name, [])
            state.kept.setdefault(name, 0)
        elif (tank.makes, tank.size) != (own.makes, own.size):
            advance(state, name, state.time)
            tank.makes, tank.size = own.makes, own.size
            tank.level = min(tank.level, own.size)

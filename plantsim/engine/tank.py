"""A utility as the engine sees it: who draws is let in when the level carries the draw to its end, and not before.

What is needed begins now and can only end, so a time from which a claim is carried is followed by no time at which it
is not; the first of them is found by halving, to the millisecond.  What a model draws may also rise later (see
`drawn`).  Then the start is sought between the times at which an end of what is drawn meets one of what is claimed:
from one to the next the lowest level on the way is a concave function of the start, with one top.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine.desk import NEVER, Desk
from plantsim.engine.slowing import least_uses
from plantsim.state import State, TankState, UnitState, Uses, advance, draws, fine, level_at, make
from plantsim.state.tanks import FINE, Draw
from plantsim.utility import Utility

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.quality import Sample
    from plantsim.engine.upkeep import Job
    from plantsim.scenario import Scenario


class Tank(Desk):
    """Lends rates of one utility, as far as its peak and the level of its tank allow."""

    deep, plain = True, False
    __slots__ = ("least", "maker", "peak", "tank")

    def __init__(self, rank: int, name: str, utility: Utility, state: State, maker: Machine | None = None) -> None:
        self.rank, self.name, self.timetable, self.state = rank, name, None, state
        self.patience = int(utility.patience * HOUR)
        self.waiting: list[Journey | Job | Sample] = []
        self.stations = {}
        self.knock = NEVER
        self.size = 1  # it is always there
        self.tank = state.tanks[name]
        self.maker = maker  # what makes it, if that may stop
        if maker is not None:
            maker.tank = self
        self.least = fine(utility.least) * HOUR
        self.peak = NEVER if utility.peak is None else fine(utility.peak)

    def lends(self, uses: Uses, now: int, fits: bool = False) -> bool:
        """Whether all that a claim draws is carried from now to its end."""
        return self.carries(self._wanted(uses), now)

    def next_change(self, now: int) -> int:
        """When [ms] the first of those who wait is carried, if nobody else draws before."""
        starts = (self.first(self._wanted(least_uses(claim)), now) for claim in self.waiting)
        return min((at for at in starts if at > now), default=NEVER)

    def _wanted(self, uses: Uses) -> list[Draw]:
        """(for how long [ms], rate) of what a claim draws here."""
        return [(held, fine(rate)) for name, rate, held in uses if name == self.name]

    def carries(self, wanted: list[Draw], at: int) -> bool:
        """Whether the peak and the level allow a draw from a time [ms] on, with all that is drawn already."""
        return self._lowest(wanted, at) >= self.least

    def _lowest(self, wanted: list[Draw], at: int) -> int:
        """The lowest level from a time [ms] on, with a draw that begins then; far below empty, if a peak is broken."""
        uses = self.state.pools[self.name]
        level = level_at(self.tank, draws(uses, self.tank.since), at)
        return self._along(level, [*draws(uses, at), *((at + held, rate) for held, rate in wanted)], at)

    def _along(self, level: int, flows: list[Draw], at: int) -> int:
        drawn, lowest, size, made = sum([rate for _, rate in flows]), level, self.tank.size, self.tank.made
        for until, rate in sorted(flows):
            if until > at:
                if drawn > self.peak:
                    return -NEVER
                level = min(size, level + (made - drawn) * (until - at))
                lowest, at = min(lowest, level), until
            drawn -= rate
        return lowest

    def never(self, uses: Uses) -> str:
        """Why not even a full tank, from which nobody else draws, carries a claim; '' if it does."""
        wanted = self._wanted(uses)
        ends = sorted({0, *(held for held, _ in wanted)})
        most = max(sum(rate for held, rate in wanted if held > at) for at in ends)
        if most > self.peak or (not self.tank.size and most > self.tank.makes):
            top = min(self.peak, NEVER if self.tank.size else self.tank.makes)
            return f"draws {most / FINE:g} of {self.name!r}, which gives at most {top / FINE:g} at once"
        if self._along(self.tank.size, wanted, 0) < self.least:
            return f"draws more of {self.name!r} than a full tank carries to the end"
        return ""

    def first(self, wanted: list[Draw], now: int) -> int:
        """The first time [ms] from now on at which a draw is carried; NEVER, if not even a full tank carries it."""
        if self.carries(wanted, now):
            return now
        late = self._full(now)
        if late >= NEVER or not self.carries(wanted, late):
            return NEVER
        rates = [rate for _, rate in (*draws(self.state.pools[self.name], now), *wanted)]
        if any(rate < 0 for rate in rates):
            return self._first_of_many(wanted, now, late)
        return self._halved(wanted, now, late)

    def _halved(self, wanted: list[Draw], early: int, late: int) -> int:
        """The first time at which a draw is carried, if it is so from then on until `late`, and not at `early`."""
        while late - early > 1:
            half = (early + late) // 2
            if self.carries(wanted, half):
                late = half
            else:
                early = half
        return late

    def _first_of_many(self, wanted: list[Draw], now: int, late: int) -> int:
        """The first time at which a draw is carried, where that may be so at first and later not."""
        ends = [until for until, _ in draws(self.state.pools[self.name], now)]
        meet = {end - held for end in ends for held in (0, *[held for held, _ in wanted])}
        corners = [now, *sorted(at for at in meet if now < at < late), late]
        for early, then in pairwise(corners):
            top = self._top(wanted, early + 1, then - 1)
            if top > early and self.carries(wanted, top):
                return self._halved(wanted, early, top)
            if self.carries(wanted, then):
                return then
        return late

    def _top(self, wanted: list[Draw], early: int, late: int) -> int:
        """The time between two at which the lowest level is highest."""
        while early < late:
            half = (early + late) // 2
            if self._lowest(wanted, half) < self._lowest(wanted, half + 1):
                early = half + 1
            else:
                late = half
        return late

    def _full(self, now: int) -> int:
        """When [ms] nothing is drawn any more of what is drawn now, and the tank is full again."""
        tank, flows = self.tank, draws(self.state.pools[self.name], self.tank.since)
        over = max((until for until, _ in flows), default=now)
        over = max(over, now)
        lacks = tank.size - level_at(tank, flows, over)
        if not tank.made:  # until what makes it works again
            return over
        return over + -(-lacks // tank.made) if lacks else over

    def dry(self, now: int) -> int:
        """The last time [ms] at which the level is not below the least, if all goes on as it is; NEVER: it stays so."""
        uses, size, made = self.state.pools[self.name], self.tank.size, self.tank.made
        level, flows, at = level_at(self.tank, draws(uses, self.tank.since), now), draws(uses, now), now
        drawn = sum([rate for _, rate in flows])
        for until, rate in flows:
            net = made - drawn
            if net < 0 and level + net * (until - at) < self.least:
                return at + (level - self.least) // -net
            level, at = min(size, level + net * (until - at)), until
            drawn -= rate
        return NEVER


def fit(state: State, scenario: Scenario) -> None:
    """Let a state that comes from a variant of a plant have the rates and tanks of this one."""
    for name, utility in scenario.utilities.items():
        _mend(state.makers.setdefault(name, UnitState()), utility)
    for name, stock in scenario.plant.stocks.items():
        tank, own = state.tanks.get(name), TankState.of(*stock, since=state.time)
        if tank is None:
            state.tanks[name] = own
            state.pools.setdefault(name, [])
            state.kept.setdefault(name, 0)
        elif (tank.makes, tank.size) != (own.makes, own.size):
            advance(state, name, state.time)
            tank.makes, tank.size = own.makes, own.size
            tank.level = min(tank.level, own.size)
        stops = bool(state.makers[name].jobs) or state.makers[name].closed
        if state.tanks[name].stopped != stops:
            make(state, name, state.time)


def _mend(maker: UnitState, utility: Utility) -> None:
    """What can't fail in this variant is not down, and what has no calendar not closed."""
    for mode in [mode for mode in maker.jobs if mode not in utility.failures]:
        del maker.jobs[mode]
    maker.closed = maker.closed and bool(utility.calendar)

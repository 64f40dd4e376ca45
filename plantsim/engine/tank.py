"""A utility as the engine sees it: who draws is let in when the level carries the draw to its end, and not before.

What is needed begins now and can only end, so a time from which a claim is carried is followed by no time at which it
is not; the first of them is found by halving, to the millisecond.  What a model draws may also rise later (see
`drawn`).  Then the start is sought between the times at which an end of what is drawn meets one of what is claimed:
from one to the next the lowest level on the way is a concave function of the start, with one top.  So are changes of
the calendar by which a utility is made: a claim looks ahead along it.  When a repair will be over nobody knows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from plantsim.calendars import Timetable, longest_open
from plantsim.chance import HOUR
from plantsim.engine.desk import NEVER, Desk
from plantsim.engine.slowing import least_uses, whole_uses
from plantsim.state import State, TankState, UnitState, Uses, advance, draws, fine, level_at, make
from plantsim.state.tanks import FINE, Draw, flowed
from plantsim.utility import Utility

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.samples import Sample
    from plantsim.engine.upkeep import Job
    from plantsim.scenario import Scenario


class Tank(Desk):
    """Lends rates of one utility, as far as its peak and the level of its tank allow."""

    deep, plain = True, False
    __slots__ = ("edges", "least", "maker", "peak", "table", "tank")

    def __init__(self, rank: int, name: str, utility: Utility, state: State, maker: Machine | None = None) -> None:
        self.rank, self.name, self.timetable, self.state = rank, name, None, state
        self.patience = int(utility.patience * HOUR)
        self.waiting: list[Journey | Job | Sample] = []
        self.stations = {}
        self.knock = NEVER
        self.size = 1  # it is always there
        self.tank = state.tanks[name]
        self.maker = maker  # what makes it, if that may stop
        self.table, self.edges = None if maker is None else maker.timetable, [0]  # ms at which it opens or closes
        if maker is not None:
            maker.tank = self
        self.least = fine(utility.least) * HOUR
        self.peak = NEVER if utility.peak is None else fine(utility.peak)

    def lends(self, uses: Uses, now: int, fits: bool = False) -> bool:
        """Whether all that a claim draws is carried from now to its end."""
        return self.carries(self._wanted(uses), now)

    def next_change(self, now: int) -> int:
        """When [ms] the first of those who wait is carried, if nobody else draws before."""
        asked = [uses for claim in self.waiting for uses in (least_uses(claim), whole_uses(claim)) if uses is not None]
        starts = (self.first(self._wanted(uses), now) for uses in asked)
        return min((at for at in starts if at > now), default=NEVER)

    def _wanted(self, uses: Uses) -> list[Draw]:
        """(for how long [ms], rate) of what a claim draws here."""
        return [(held, fine(rate)) for name, rate, held in uses if name == self.name]

    def carries(self, wanted: list[Draw], at: int) -> bool:
        """Whether the peak and the level allow a draw from a time [ms] on, with all that is drawn already."""
        return self._lowest(wanted, at) >= self.least

    def _lowest(self, wanted: list[Draw], at: int) -> int:
        """The lowest level from a time [ms] on, with a draw that begins then; far below empty, if a peak is broken."""
        flows = [*draws(self.state.pools[self.name], at), *((at + held, rate) for held, rate in wanted)]
        return self._along(self.level(at), flows, at, self.down)

    def _along(self, level: int, flows: list[Draw], at: int, down: bool) -> int:
        lowest, size = level, self.tank.size
        for here, there, drawn, made in self._course(flows, at, down):
            if drawn > self.peak:
                return -NEVER
            level = min(size, level + (made - drawn) * (there - here))
            lowest = min(lowest, level)
        return lowest

    # ---- what is made, and the level

    @property
    def down(self) -> bool:
        """Whether none is made, and nobody knows until when."""
        return self.maker is not None and bool(self.maker.state.jobs)

    def level(self, at: int) -> int:
        """The level at a time [ms] from now on, if nobody else draws before."""
        tank = self.tank
        flows = draws(self.state.pools[self.name], tank.since)
        if self.table is None:
            return level_at(tank, flows, at)
        level = tank.level
        for here, there, drawn, made in self._course([*flows, (at, 0)], tank.since, self.down):
            if here >= at:
                break
            level = flowed(tank, level, (made - drawn) * (min(there, at) - here))
        return level

    def _course(self, flows: list[Draw], at: int, down: bool) -> Iterator[tuple[int, int, int, int]]:
        """(from, until [ms], drawn, made) of each stretch from a time on in which these stay the same."""
        drawn = sum([rate for _, rate in flows])
        for until, rate in sorted(flows):
            if until > at:
                for there, made in self._making(at, until, down):
                    yield at, there, drawn, made
                    at = there
            drawn -= rate

    def _making(self, at: int, until: int, down: bool) -> Iterator[tuple[int, int]]:
        """(until [ms], rate at which it is made) of each stretch between two times."""
        if down or self.table is None:
            yield until, 0 if down else self.tank.makes
            return
        for edge in (*self._changes(at, until), until):
            yield edge, self.tank.makes if self.table.is_open(at) else 0
            at = edge

    def _changes(self, at: int, until: int) -> list[int]:
        """The times [ms] between two at which the calendar opens or closes."""
        while self.table is not None and self.edges[-1] < until:
            self.edges.append(self.table.change(self.edges[-1]))
        return self.edges[bisect_right(self.edges, at) : bisect_left(self.edges, until)]

    def never(self, uses: Uses) -> str:
        """Why not even a full tank, from which nobody else draws, carries a claim; '' if it does."""
        wanted = self._wanted(uses)
        ends = sorted({0, *(held for held, _ in wanted)})
        most = max(sum(rate for held, rate in wanted if held > at) for at in ends)
        if most > self.peak or (not self.tank.size and most > self.tank.makes):
            top = min(self.peak, NEVER if self.tank.size else self.tank.makes)
            return f"draws {most / FINE:g} of {self.name!r}, which gives at most {top / FINE:g} at once"
        if self._fullest(wanted) < self.least:
            return f"draws more of {self.name!r} than a full tank carries to the end"
        if self.table is not None and not self.tank.size and ends[-1] > longest_open(self.table):
            return f"draws {self.name!r} for longer than it is made on end"
        return ""

    def _fullest(self, wanted: list[Draw]) -> int:
        """The lowest level with a draw from a full tank, if it were always made."""
        lowest = level = self.tank.size
        at, drawn = 0, sum(rate for _, rate in wanted)
        for until, rate in sorted(wanted):
            level = min(self.tank.size, level + (self.tank.makes - drawn) * (until - at))
            lowest, at, drawn = min(lowest, level), until, drawn - rate
        return lowest

    def first(self, wanted: list[Draw], now: int) -> int:
        """The first time [ms] from now on at which a draw is carried; NEVER, if not even a full tank carries it."""
        if self.carries(wanted, now):
            return now
        late = self._full(now)
        if self.table is not None and not self.down:
            return self._first_of_many(wanted, now, self._round(self.table, late))
        if not self.carries(wanted, late):
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
        holds = (0, *[held for held, _ in wanted])
        ends += self._changes(now, late + max(holds)) if self.table is not None and not self.down else ()
        meet = {end - held for end in ends for held in holds}
        corners = [now, *sorted(at for at in meet if now < at < late), late]
        for early, then in pairwise(corners):
            top = self._top(wanted, early + 1, then - 1)
            if top > early and self.carries(wanted, top):
                return self._halved(wanted, early, top)
            if self.carries(wanted, then):
                return then
        return NEVER

    def _round(self, table: Timetable, full: int) -> int:
        """A time [ms] by which the calendar has come round once more since the tank was full, exceptions apart."""
        closed = max((end for _, end in table.closed), default=0)
        return max(full, closed if closed > full else 0) + 2 * table.period

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
        over = max([now, *(until for until, _ in flows)])
        lacks = tank.size - self.level(over)
        if not lacks or self.down:
            return over
        if self.table is None:
            return over - -lacks // tank.makes
        while lacks > 0:  # one open stretch after the other
            at = self.table.change(over)
            if at >= NEVER and not self.table.is_open(over):
                return over
            lacks -= (at - over) * tank.makes if self.table.is_open(over) else 0
            over = at
        return over

    def dry(self, now: int) -> int:
        """The last time [ms] at which the level is not below the least, if all goes on as it is; NEVER: it stays so."""
        level = self.level(now)
        for here, there, drawn, made in self._course(draws(self.state.pools[self.name], now), now, self.down):
            net = made - drawn
            if net < 0 and level + net * (there - here) < self.least:
                return here + (level - self.least) // -net
            level = min(self.tank.size, level + net * (there - here))
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

"""Units that may stand in for one another, the lines of like claims before them, and the buffers between."""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from plantsim.engine.journey import by_age
from plantsim.state import BatchState, State

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.plant import Buffer


NEVER = 2**62


class Line:
    """Like claims, by age: one product for one step from places with the same ways out."""

    __slots__ = (
        "able", "buffers", "claims", "clears", "direct", "easy", "fills", "gated", "open", "station", "step", "tells",
        "via",
    )  # fmt: skip

    def __init__(
        self,
        step: StepPlan,
        able: frozenset[str],
        direct: frozenset[str],
        buffers: tuple[Shelf, ...],
        station: Station,
        open_: Line | None = None,
    ) -> None:
        self.step, self.able, self.buffers, self.station = step, able, buffers, station
        self.direct = None if direct == able else direct  # units that need no way through a buffer; None: all
        self.claims: deque[Journey] = deque()
        self.clears = any(shelf.clearance for shelf in buffers)  # a batch may have to wait until others have left one
        # the one buffer that leads to them all, if there is no other way
        alone = not direct and len(buffers) == 1 and not self.clears
        self.via = buffers[0] if alone and buffers[0].onward >= able else None
        whole = len(able) == len(station.machines) and (self.direct is None or self.via is not None)
        # any free unit of the station will do, whatever the batch, if there is room in `via`
        plain = all(unit.load is None and not (unit.fits or unit.changes) for unit in station.machines)
        self.easy = whole and not (step.more or step.withs) and not step.zero and plain and not station.holds
        self.fills = any(unit.least > 1 for unit in station.machines if unit.name in able)  # may wait for a load
        self.open = open_  # of a line for batches that wait for a verdict: the line in which they ask after it
        self.gated: Line | None = None  # of any other: the line for those
        if open_ is None:
            station.lines.append(self)
        more = step.more or step.zero or self.fills or bool(step.withs)
        self.tells = more or open_ is not None  # what a claim lacks may be more than a unit or room in a buffer
        station.tells = station.tells or more

    def behind_gate(self) -> Line:
        """The line for batches that wait for a verdict before they ask here: no decision looks at it."""
        if self.gated is None:
            direct = self.able if self.direct is None else self.direct
            self.gated = Line(self.step, self.able, direct, self.buffers, self.station, self)
        return self.gated

    def takes(self, way: Journey, machine: Machine) -> bool:
        """Whether this unit may work on the batch, which can come to it."""
        if machine.name not in self.able or (machine.load is not None and machine.load < way.b.amount):
            return False
        if self.direct is None or machine.name in self.direct:
            return True
        return any(shelf.admits(way.b) for shelf in self.buffers if machine.name in shelf.onward)

    def park(self, way: Journey) -> None:
        """Let a claim wait here, in the order of age and name."""
        claims = self.claims
        self.station.waiting += 1
        if not claims or claims[-1].key <= way.key:
            claims.append(way)
        else:
            whole = list(claims)
            insort(whole, way, key=by_age)
            claims.clear()
            claims.extend(whole)

    def remove(self, way: Journey) -> None:
        """Take a claim out of the line."""
        self.station.waiting -= 1
        if self.claims[0] is way:
            self.claims.popleft()
        else:
            self.claims.remove(way)


class Station:
    """Units that share claims, directly or through others; decided together."""

    __slots__ = ("free", "holds", "lines", "machines", "name", "rank", "taken", "tells", "waiting", "wake")

    def __init__(self, rank: int, machines: list[Machine]) -> None:
        self.rank, self.machines, self.name = rank, machines, machines[0].name
        self.free: list[Machine] = []
        self.lines: list[Line] = []
        self.taken: list[Journey] = []  # next batch of each order that is released as taken
        self.waiting = 0
        # some of its units take several batches
        self.holds = any(machine.holds > 1 or machine.places > 1 for machine in machines)
        self.tells = False  # some of its claims need more than a unit, so that what they lack may change
        self.wake = NEVER  # when a claim with zero wait can begin, for all that is known
        for machine in machines:
            machine.station = self

    def put_back(self, machine: Machine) -> None:
        """A unit is free."""
        if self.free:
            insort(self.free, machine, key=_by_rank)
        else:
            self.free.append(machine)

    def first(self) -> Journey | None:
        """The oldest claim that may be served next."""
        oldest: Journey | None = None
        for line in self.lines:
            if line.claims:
                way = line.claims[0]
                if oldest is None or way.key < oldest.key:
                    oldest = way
        return oldest

    def heads(self) -> list[Journey]:
        """The claims that may be served next, oldest first."""
        heads = [line.claims[0] for line in self.lines if line.claims]
        if len(heads) > 1:
            heads.sort(key=by_age)
        return heads


class Shelf:
    """A buffer as the engine sees it: its places, and who would like to come in."""

    __slots__ = ("batches", "blocked", "clearance", "name", "onward", "places", "rank", "stored")

    def __init__(self, rank: int, name: str, buffer: Buffer, onward: frozenset[str], state: State) -> None:
        self.rank, self.name, self.places, self.onward = rank, name, buffer.places, onward
        self.clearance, self.batches, self.stored = buffer.clearance, state.batches, state.buffers[name]
        self.blocked: list[Journey] = []

    def cleared(self, b: BatchState) -> bool:
        """Whether it holds nothing that must leave before this batch may come in."""
        if self.clearance is None or not self.stored:
            return True
        inside = [self.batches[name] for name in self.stored]
        if self.clearance == "product":
            return all(each.product == b.product for each in inside)
        return all((each.order, each.number) == (b.order, b.number) for each in inside)

    def admits(self, b: BatchState) -> bool:
        """Whether this batch may come in: there is room, and no other stands in it that it must not meet."""
        return (self.places is None or len(self.stored) < self.places) and (self.clearance is None or self.cleared(b))

    def open_to(self, b: BatchState) -> bool:
        """Whether a batch that asks now may come in, and keeps out nobody who waits for that."""
        return self.admits(b) and not any(self.admits(way.b) for way in self.blocked)

    def next_in(self) -> Journey | None:
        """Who comes in next, of those who found no place: the oldest who may."""
        return next((way for way in self.blocked if self.admits(way.b)), None)

    def refuse(self, way: Journey) -> None:
        """Remember who found no place."""
        insort(self.blocked, way, key=by_age)


def unblock(way: Journey) -> None:
    """It does not want a place in a buffer any more."""
    for shelf in way.blocked:
        shelf.blocked.remove(way)
    way.blocked = ()


def standing(b: BatchState) -> str:
    """All places in which the material of a batch that was joined stands, as `Lines` knows them."""
    return "\n".join([b.place or b.unit, *sorted(dict.fromkeys(b.more))])


def _by_rank(machine: Machine) -> int:
    return machine.rank

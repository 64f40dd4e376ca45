"""What releases the batches of an order."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from math import fsum, inf
from typing import TYPE_CHECKING, Any

import simpy

from plantsim.chance import HOUR
from plantsim.engine.journey import Alarm, Journey
from plantsim.engine.matter import beginnings
from plantsim.engine.parts import Ways, at_release, meet, shared
from plantsim.engine.physics import tell_charge
from plantsim.procedure import split_into
from plantsim.recipe import Order
from plantsim.state import BatchState, OrderState, lose, release, wait

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.resolve import Resolved


class Source:
    """Sends the batches of one order to the floor; the backlog stays here."""

    __slots__ = ("coming", "event", "made", "name", "order", "rank", "start", "state")

    def __init__(self, number: int, name: str, order: Order, made: Resolved) -> None:
        self.name, self.order, self.made = name, order, made
        self.rank: tuple[object, ...] = (number,)
        self.start = int(order.start * HOUR)
        self.state: OrderState = made.state.orders[name]
        self.event: Alarm | None = None
        self.coming: Journey | None = None  # the next batch of an order that is released as taken

    @property
    def left(self) -> float:
        """How many batches are still to be released."""
        return self.order.size - self.state.released

    def gap_end(self) -> int:
        """When [ms] the next release by the clock is due: the first at the start, then gap after gap."""
        rule, state = self.order.release, self.state
        if not state.released or rule.every is None:
            return self.start
        return state.last + self.made.streams.time(rule.every, f"{self.name}/gap", state.released // rule.size)

    # ---- what happens

    def close(self, floor: Floor, now: int) -> None:
        """It is time: release what is to be released now."""
        rule = self.order.release
        if rule.as_taken:
            self.offer(floor)
        elif rule.at_once:
            self.send(floor, int(self.left), now)
        elif rule.every is not None:
            self.send(floor, int(min(rule.size, self.left)), now, rule.lost_above)
            if self.event is not None and self.left > 0:
                self.event.start(max(self.gap_end() - now, 0))
        else:
            self.fill(floor, now)

    def gone(self, floor: Floor, now: int) -> None:
        """One of its batches has left the plant."""
        if self.order.release.wip is not None:
            self.fill(floor, now)

    def fill(self, floor: Floor, now: int) -> None:
        """Keep so many batches in the plant."""
        inside = self.state.released - self.state.finished
        self.send(floor, int(min((self.order.release.wip or 0) - inside, self.left)), now)

    def send(self, floor: Floor, count: int, now: int, most: int | None = None) -> None:
        """Release so many batches; those that would be more than `most` in the plant are turned away."""
        for _ in range(count):
            way = self.next_way()
            if most is not None and self.state.released - self.state.finished >= most:
                b = way.b
                floor.put(lose, (now, "lost", "", b.name, "", b.product, b.amount, "lost above", (b.order, b.number)))
                continue
            self.admit(floor, way, now)
            begins = self.parts_of(way.b.product)
            if begins:
                self._part(way, begins, floor, now)
            else:
                floor.asking.append(way)

    def _part(self, way: Journey, begins: Ways, floor: Floor, now: int) -> None:
        """A batch goes its ways from its release on; a side branch may be made of something else."""
        b = way.b
        at_release(way, begins, floor)
        for (_, part, _), said in zip(begins, self._made_of(b.name, b.product)[1], strict=False):
            tell_charge(floor.ways[f"{b.name}/{part}"].b, said, floor, now)

    def _made_of(self, name: str, product: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """What a batch of this name is made of, and its parts if they are not made of the same."""
        made = self.made
        if made.models is None:
            return None, []
        return beginnings(made.scenario.products[product], name, product, made.begins[product], made.streams)

    def admit(self, floor: Floor, way: Journey, now: int) -> None:
        """A batch enters the plant."""
        b, step = way.b, way.want
        first = step.name if step else ""
        floor.put(release, (now, "release", "", b.name, first, b.product, b.amount, "", (b.order, b.number)))
        way.b = floor.state.batches[b.name]
        if b.charge is not None:
            tell_charge(way.b, b.charge, floor, now)
        way.key = (-way.priority, now, way.rank)
        floor.enter(way)

    def next_way(self) -> Journey:
        """The batch that comes next, not yet in the plant."""
        made, number = self.made, self.state.released + 1
        product = self.order.product_of(self.name, number, made.streams)
        amount = fsum(mass for _, _, mass in made.begins[product])
        b = BatchState(f"{self.name}/{number}", self.name, number, product, amount, 0)
        b.charge = self._made_of(b.name, product)[0]
        return self.made.journey(b)

    # ---- batches that begin in parts

    def parts_of(self, product: str) -> Ways:
        """Where the parts of a batch begin; empty if it begins as one."""
        begins = self.made.begins[product]
        return begins if len(begins) > 1 or begins[0][0].split is not None else []

    def _first_part(self) -> Journey:
        """The part of the next batch that is taken by a free unit; the others come with it."""
        way = self.next_way()
        begins = self.parts_of(way.b.product)
        if not begins:
            return way
        step, part, mass = begins[0]
        name = f"{way.b.name}/{part}" if len(begins) > 1 else way.b.name
        if step.split is not None:
            number = split_into(step.split, mass, len(step.lines[""].able))
            name, mass = f"{name}/1", shared(mass, [1.0 / number] * number)[0]
        parts = self._made_of(way.b.name, way.b.product)[1]
        return self.made.journey(replace(way.b, name=name, amount=mass, charge=parts[0] if parts else way.b.charge))

    def brings(self, product: str) -> bool:
        """Whether another batch of this product is still to be released."""
        if self.order.batches is None:
            return product in self.order.mix
        numbers = range(self.state.released + 1, self.order.batches + 1)
        return any(self.order.product_of(self.name, k, self.made.streams) == product for k in numbers)

    def knows(self, k: int) -> bool:
        """Whether it is known of which product batch k will be: one drawn by chance is so once it stands ready."""
        order, released = self.order, self.state.released
        if not order.draw or (order.release.as_taken and k == released + 1):
            return True
        return released > 0 and (k - 1) // order.campaign == (released - 1) // order.campaign

    def waits_for(self, floor: Floor) -> Iterator[str]:
        """The batches any of which keep the next one out; '' if it will come by itself."""
        rule = self.order.release
        if self.coming is not None and self.coming.want is not None:
            for machine in self.coming.want.lines[""].station.machines:
                if machine.name in self.coming.want.lines[""].able:
                    if machine.places > 1 + len(machine.state.riders):  # it has room, and will take one by itself
                        yield ""
                    yield machine.state.batch
                    yield from machine.state.riders
        elif rule.wip is not None and self.state.released - self.state.finished >= rule.wip:
            yield from (b.name for b in floor.state.batches.values() if b.order == self.name)
        else:
            yield ""

    # ---- released as taken: the next batch stands ready before the units of its first step

    def offer(self, floor: Floor | None) -> None:
        """Let the next batch be taken by a first unit that is free."""
        if self.left <= 0 or self.coming is not None:
            return
        way = self.coming = self._first_part()
        if way.want is None:
            return
        station = way.want.lines[""].station
        station.taken.append(way)
        station.taken.sort(key=lambda each: (-each.priority, self.made.sources[each.b.order].rank))
        if floor is not None and station.free:
            floor.touched[station.rank] = station

    def say(self, lacking: str, lasts: int, floor: Floor, now: int) -> None:
        """What the batch that stands ready lacks, and how long [ms] a step takes that doesn't fit: say so, once."""
        way, state = self.coming, self.state
        if way is not None and way.want is not None and (state.lacks != lacking or (lasts and not state.lasts)):
            whose = ("", "", way.want.name, way.b.product, way.b.amount)
            floor.put(wait, (now, "wait", *whose, lacking, (self.name, lasts)))

    def take(self, floor: Floor, way: Journey, now: int) -> Journey:
        """A free unit takes the batch that stood ready, or the first part of it."""
        if way.want is not None:
            way.want.lines[""].station.taken.remove(way)
        self.coming = None
        begins = self.parts_of(way.b.product)
        if begins:
            way = self._part_taken(floor, way.b.name, begins, now)
        else:
            self.admit(floor, way, now)
        self.offer(floor)
        return way

    def _part_taken(self, floor: Floor, name: str, begins: Ways, now: int) -> Journey:
        whole = self.next_way()
        self.admit(floor, whole, now)
        self._part(whole, begins, floor, now)
        meet(floor, now)
        floor.asking.remove(floor.ways[name])
        return floor.ways[name]


def releases(source: Source, floor: Floor) -> Generator[simpy.Event, Any, None]:
    """The simpy process that opens an order at its start and releases its batches by the clock."""
    env = floor.env
    at, now = source.gap_end(), floor.state.time
    if source.left <= 0 or at < now:
        return
    source.event = Alarm(env)
    source.event.start(at - now)
    while source.event is not None:
        yield source.event
        source.event = Alarm(env) if source.order.release.every is not None else None
        floor.ring(source)


def due_of(order: Order) -> float:
    """When an order is due [h]."""
    return inf if order.due is None else order.due

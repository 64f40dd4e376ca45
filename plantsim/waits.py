"""Why something waits: who waits for what, held by whom, link by link, to the root of it or round in a ring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.reading import batch_doing, unit_doing
from plantsim.record import HOUR
from plantsim.state import State, draws, level_at
from plantsim.state.tanks import FINE
from plantsim.unfit import ALWAYS, Shifts, again, lasts, short, too_much

if TYPE_CHECKING:
    from plantsim.state import BatchState, OrderState
    from plantsim.state.things import SampleState

WAITS = ("waiting for unit", "waiting for pool", "waiting to join", "stored", "quarantine")
OWN = {"down": "is down by", "maintenance": "is maintained:", "cleaning": "is cleaned:"}  # of a unit's own work
UnitsFor = Callable[[str], tuple[str, ...]]
SizeAt = Callable[[str, int], float]
CrewsFor = Callable[[str], tuple[str, ...]]
Measures = Mapping[str, tuple[str, str, bool]]  # utility -> units of measure of level and rates; whether it is a drain
NOWHERE: Measures = MappingProxyType({})


@dataclass(frozen=True)
class Why:
    """The chain of waiting that begins at a batch or unit, at a time [h]; the last link is its root, or its ring."""

    name: str
    hours: float
    links: tuple[str, ...]
    ring: bool

    def __str__(self) -> str:
        return "\n".join(self.links)

    def _repr_html_(self) -> str:
        return "<ol>" + "".join(f"<li>{escape(link)}</li>" for link in self.links) + "</ol>"


def clock(hours: float) -> str:
    """A time [h] as days, hours and minutes since the start.

    >>> clock(49.25)
    '2 d 01:15'
    """
    minutes = round(hours * 60)
    return f"{minutes // 1440} d {minutes // 60 % 24:02}:{minutes % 60:02}"


def tells(state: State, name: str, held: str, wanted: str) -> str:
    """Who waits for what, and what it keeps from others meanwhile."""
    keeps = f" {'stands in' if held in state.buffers else 'holds'} {held} and" if held else ""
    inside = state.batches[name].containers
    keeps = f"{keeps.removesuffix(' and')}, in {', '.join(inside)}, and" if inside else keeps
    return f"{name}{keeps} waits for {wanted}"


def lent(uses: Mapping[str, float], size: float) -> str:
    """Who has how many of a pool, and of how many.

    >>> lent({"march/4": 1, "press-2": 0.5}, 2)
    'march/4 (1), press-2 (0.5), of 2'
    """
    users = ", ".join(f"{who} ({number:g})" for who, number in uses.items()) or "nobody"
    return f"{users}, of {size:g}" if size else f"{users}; none is there at that time"


def drawn(uses: Mapping[str, float], most: float, rates: str, drain: bool = False) -> str:
    """Who draws a utility at which rate, or drains into it, and how much may be drawn at once.

    >>> drawn({"march/4": 1200.0}, 2000.0, "L/h"), drawn({}, inf, "L/h")
    ('march/4 draws 1,200 L/h, of at most 2,000 L/h', 'nobody draws any')
    """
    word = "drains" if drain else "draws"
    users = " and ".join(f"{who} {word} {said(rate)} {rates}" for who, rate in uses.items() if rate > 0.0)
    return (users or f"nobody {word} any") + (f", of at most {said(most)} {rates}" if most < inf else "")


def said(value: float) -> str:
    """A rate or a level: whole, if it is large.

    >>> said(12345.67), said(0.5)
    ('12,346', '0.5')
    """
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def itself(word: str) -> tuple[str, ...]:
    """A word that means the pool of that name alone."""
    return (word,)


def why(
    name: str,
    state: State,
    units_for: UnitsFor,
    size_at: SizeAt,
    crews_for: CrewsFor = itself,
    measures: Measures = NOWHERE,
    shifts: Shifts = ALWAYS,
) -> Why:
    """Why something waits at the time of a state: a batch, a unit, a utility, a test, an order's next batch.

    `crews_for` gives the pools that can fill a need.

    Raises:
        PlantsimError: if nothing is called so at that time.
    """
    look, path, links = _Look(state, units_for, size_at, crews_for, measures, shifts), [name], list[str]()
    if not look.knows(name):
        hint = did_you_mean(name, [*state.batches, *state.units])
        raise PlantsimError(f"there is no batch or unit {name!r} in the plant after {state.time / HOUR:g} h{hint}")
    while True:
        link, holders = look.at(path[-1])
        links.append(link)
        fresh = [each for each in holders if each not in path]
        if not fresh:
            break
        path.append(next((each for each in fresh if look.waits(each)), fresh[0]))
    if holders:
        links.append(f"that is {holders[0]} again: they wait for one another in a ring")
    return Why(name, state.time / HOUR, tuple(links), bool(holders))


class _Look:
    """What a state says of who waits for what."""

    def __init__(
        self,
        state: State,
        units_for: UnitsFor,
        size_at: SizeAt,
        crews_for: CrewsFor,
        measures: Measures,
        shifts: Shifts,
    ) -> None:
        self.state, self.units_for, self.size_at, self.crews_for = state, units_for, size_at, crews_for
        self.measures, self.shifts = measures, shifts
        self.next = {name: each for name, each in state.orders.items() if each.lacks}
        self.next |= {f"{name}/{each.released + 1}": each for name, each in self.next.items()}

    def knows(self, name: str) -> bool:
        """Whether something is called so that may wait."""
        things = (self.state.batches, self.state.units, self.state.makers, self.state.samples, self.next)
        return any(name in each for each in things)

    def at(self, name: str) -> tuple[str, list[str]]:
        """What a thing does, in words, and who could let it go on."""
        if name in self.state.batches:
            return self.of_batch(name)
        if name in self.state.units:
            return self.of_unit(name)
        if name in self.next:
            return self.of_order(name, self.next[name])
        if name in self.state.makers and self.state.makers[name].jobs:
            return f"{name}: {(self.outage(name) or ('', []))[0]}", []
        each = self.state.samples.get(name)
        return self.of_gone(name) if each is None or not each.lacks else self.of_sample(name, each)

    def of_order(self, name: str, order: OrderState) -> tuple[str, list[str]]:
        """What the next batch of an order that is released as taken lacks."""
        batch = name if name not in self.state.orders else f"{name}/{order.released + 1}"
        held, holders = self.holders(order.lacks, order.lasts)
        return f"{batch} stands ready, is not begun and waits for {order.lacks}: {held}", holders

    def of_sample(self, name: str, sample: SampleState) -> tuple[str, list[str]]:
        """What a test lacks."""
        held, holders = self.untested(sample)
        return f"{name} waits: {held}", holders

    def waits(self, name: str) -> bool:
        """Whether it waits itself."""
        return bool(self.at(name)[1])

    def of_gone(self, name: str) -> tuple[str, list[str]]:
        """Of what is neither a batch nor a unit any more, or is a test: until when it uses what was lent to it."""
        until = max(until for uses in self.state.pools.values() for until, _, who in uses if who == name)
        return f"what {name} uses comes back at {clock(until / HOUR)}", []

    def of_batch(self, name: str) -> tuple[str, list[str]]:
        state, b = self.state, self.state.batches[name]
        word, place, unit, step, _, cause, *_ = batch_doing(state, b)
        if word in WAITS:
            needed = lasts(b, cause, self.shifts)
            held, holders = self.tested(b.pending, cause) or self.parts(b, cause) or self.holders(cause, needed)
            wanted = cause + (self.asked(b, cause) if b.phase == "claim" else "")
            held += again(b, self.shifts) + self.never(b, cause) + self.besides(b, cause)
            return f"{tells(state, name, place, wanted)}: {held}", [each for each in holders if each != name]
        if word == "halted":
            stopped = [
                each
                for each in dict.fromkeys((b.unit, b.place, *b.withs, *b.containers))
                if each in state.units and state.units[each].jobs
            ]
            return f"{name} is halted in {place}: {cause}{again(b, self.shifts)}", stopped
        runs = state.batches[state.units[b.unit].batch] if b.phase == "ride" else b
        if endless := again(runs, self.shifts):
            return f"{name} is in {unit or place} ({step}){endless}", []
        return f"{name} is in {unit or place} ({step}) until {clock((runs.since + runs.left) / HOUR)}", []

    def never(self, b: BatchState, utility: str) -> str:
        """That what a batch would draw of a utility is more than that ever gives; '' if it isn't."""
        found = too_much(b, utility, self.shifts) if utility in self.measures else None
        if found is None:
            return ""
        return self._too_much(utility, *found)

    def _too_much(self, utility: str, rate: float, ms: int) -> str:
        told = f"{said(rate)} {self.measures[utility][1]} for {ms / HOUR:.4g} h"
        return f"; {told} are more than it ever gives on end"

    def besides(self, b: BatchState, cause: str) -> str:
        """What else a batch asks for that is not made now."""
        names = dict.fromkeys([name for name, *_ in b.plan[b.stint][2]]) if b.phase == "claim" else {}
        stopped = [(name, self.outage(name)) for name in names if name != cause and name in self.state.makers]
        return "".join(f"; and {name} is wanted: {told[0]}" for name, told in stopped if told)

    def asked(self, b: BatchState, utility: str) -> str:
        """Of a wait for a utility: at which rate it is to be drawn, by the batch or the clean of its unit."""
        job = self.state.units[b.unit].jobs.get("clean") if b.unit in self.state.units else None
        uses = [use[:2] for use in b.plan[b.stint][2]] if job is None else job.uses
        return self._rate(utility, sum(rate for name, rate in uses if name == utility))

    def _rate(self, utility: str, rate: float) -> str:
        return f" ({said(rate)} {self.measures[utility][1]})" if utility in self.measures and rate > 0.0 else ""

    def of_unit(self, name: str) -> tuple[str, list[str]]:
        """Of a unit that keeps others waiting: its own work, the batch in it, or whom it is booked for."""
        word, batch, _, _, cause, lacks, *_ = unit_doing(self.state, name)
        if word in OWN:
            if not lacks:
                return f"{name} {OWN[word]} {cause}", []
            held, holders = self.holders(lacks)
            job = next(iter(self.state.units[name].jobs.values()))
            rate = sum(rate for each, rate in job.uses if each == lacks)
            wanted = lacks + self._rate(lacks, rate)
            if lacks in self.measures and not (self.shifts.slows("", name) or self.shifts.gives(lacks, rate, job.left)):
                held += self._too_much(lacks, rate, job.left)
            return f"{name} {OWN[word]} {cause}, and waits for {wanted}: {held}", holders
        if word == "closed" and batch:
            return f"{name} is closed, with {batch} in it", [batch]
        booked = self.state.units[name].booked
        u = self.state.units[name]
        those = [u.batch, *u.riders] if u.apart and u.batch else [batch] * bool(batch)
        if those or not booked:
            told = f"has {', '.join(those)}" if those else f"is {word if word == 'closed' else 'free'}"
            return f"{name} {told}", those
        return f"{name} is booked for {booked[0][2]}", [booked[0][2]]

    def tested(self, pending: Iterable[str], cause: str) -> tuple[str, list[str]] | None:
        """When the verdict of a batch's test comes, or for whom that waits."""
        samples = (self.state.samples[key] for key in pending)
        sample = next((each for each in samples if each.test == cause), None)
        return None if sample is None else self.untested(sample)

    def untested(self, sample: SampleState) -> tuple[str, list[str]]:
        """When the verdict of a test comes, or for whom that waits."""
        if not sample.lacks:
            return f"its verdict comes at {clock((sample.since + sample.left) / HOUR)}", []
        if sample.lacks == "load" and sample.lacks not in self.state.pools:
            return "its sample waits for a load: more samples are wanted before they are tested together", []
        held, holders = self.holders(sample.lacks)
        return f"its sample waits for {sample.lacks}: {held}", holders

    def parts(self, b: BatchState, step: str) -> tuple[str, list[str]] | None:
        """Of a part that waits to meet others: those of its batch that are still on their way."""
        if not b.joins:
            return None
        others = [each for each in self.state.batches.values() if (each.order, each.number) == (b.order, b.number)]
        coming = [each for each in others if not each.joins]
        found = [each.name for each in coming if each.step == step] or [each.name for each in coming]
        return (f"{' and '.join(found)} {'is' if len(found) == 1 else 'are'} still to come", found) if found else None

    def holders(self, lacking: str, needed: int = 0) -> tuple[str, list[str]]:
        """In words who holds what is lacking, perhaps for so long [ms] on end, and their names."""
        if lacking == "load" and lacking not in self.state.pools:
            return "more batches are wanted before its unit begins", []
        if lacking in self.state.buffers:
            stored = self.state.buffers[lacking]
            return f"it is not clear before {' and '.join(stored)} {'has' if len(stored) == 1 else 'have'} left", stored
        if lacking in self.state.stocks:
            tests = [name for name, each in self.state.samples.items() if each.material == lacking and each.lacks]
            return _store(self.state, lacking), tests
        if lacking not in self.state.pools:
            units = self.units_for(lacking)
            told = "; ".join(self.unit_for(unit, needed) for unit in units)
            return told or "nobody holds it", list(self._in(units))
        if lacking in self.state.makers and (stopped := self.outage(lacking)):
            return stopped
        uses: dict[str, float] = {}
        for who, number in (user for pool in self.crews_for(lacking) for user in self._users(pool)):
            uses[who] = uses.get(who, 0) + number
        told = (
            self.level(lacking, uses)
            if lacking in self.measures
            else lent(uses, self.size_at(lacking, self.state.time))
        )
        return told + self.short(lacking, needed), [who for who in uses if who]

    def unit_for(self, unit: str, needed: int) -> str:
        """What a unit does, and whether what is to be done in it fits before it closes."""
        empty = not (self.state.units[unit].batch or self.state.units[unit].jobs)
        return self.of_unit(unit)[0] + (self.short(unit, needed) if empty else "")

    def short(self, name: str, needed: int) -> str:
        return short(self.shifts, name, needed, self.state.time) if needed else ""

    def level(self, utility: str, uses: Mapping[str, float]) -> str:
        """What there is of a utility: its level, if it has a tank, how fast it is made, and who draws it."""
        tank, now, (stock, rates, drain) = self.state.tanks[utility], self.state.time, self.measures[utility]
        told = drawn(uses, self.size_at(utility, now), rates, drain)
        if not tank.size:
            return told
        level = level_at(tank, draws(self.state.pools[utility], tank.since), now)
        there, size = (said(each / FINE / HOUR) for each in (tank.size - level if drain else level, tank.size))
        words = ("filled", "emptied") if drain else ("there", "made")
        return f"{there} of {size} {stock} are {words[0]}, {said(tank.made / FINE)} {rates} are {words[1]}; {told}"

    def outage(self, utility: str) -> tuple[str, list[str]] | None:
        """Why a utility is not made now, and for whom its repair waits; None: it is made."""
        maker = self.state.makers[utility]
        if not maker.jobs:
            return ("it is not made now: closed", []) if maker.closed else None
        mode, job = next(iter(maker.jobs.items()))
        if not job.lacks:
            until = f", repaired at {clock((job.since + job.left) / HOUR)}" if job.running else ""
            return f"it is down by {mode}{until}", []
        if job.lacks in self.state.stocks:
            return f"it is down by {mode}, and waits for {job.lacks}: {_store(self.state, job.lacks)}", []
        if job.lacks not in self.state.pools:
            return f"it is down by {mode}, and waits for {job.lacks}", []
        held, holders = self.holders(job.lacks)
        return f"it is down by {mode}, and waits for {job.lacks}: {held}", holders

    def _in(self, units: Iterable[str]) -> Iterator[str]:
        """The batch in each unit, or the unit itself if it has work of its own."""
        for unit in units:
            held = self.of_unit(unit)[1]
            yield from [unit] if self.state.units[unit].jobs else held

    def _users(self, pool: str) -> Iterator[tuple[str, float]]:
        yield from ((who, number) for until, number, who in self.state.pools[pool] if until > self.state.time)
        yield from ((u.batch, u.kept[pool]) for u in self.state.units.values() if pool in u.kept)
        jobs = ((name, job) for name, u in self.state.units.items() for job in u.jobs.values() if job.held)
        yield from ((name, number) for name, job in jobs for word, number in job.keeps if word == pool)


def _store(state: State, material: str) -> str:
    """What is in store of a material, and when more comes."""
    stock = state.stocks[material]
    there = ", ".join(f"{lot} ({each.amount:g} {stock.unit}, {each.status})" for lot, each in stock.lots.items())
    more = min((due for due, *_ in stock.coming), default=None)
    coming = "nothing is on its way" if more is None else f"the next lot comes at {clock(more / HOUR)}"
    return f"in store {there or 'nothing'}; {coming}"

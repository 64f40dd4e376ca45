"""Who waits for what can never come: from the state alone, beside what the plant is and what is still ordered.

All that waits is taken to stand still at first; then whoever could be helped by something that doesn't is let go, until
nobody is left to be let go.  Where a state doesn't say enough, a wait is taken to end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING

from plantsim.reading import batch_doing
from plantsim.record import HOUR
from plantsim.reported import shifts
from plantsim.unfit import Shifts, again, lasts, too_much
from plantsim.waits import WAITS, Why

if TYPE_CHECKING:
    from plantsim.plant import Unit
    from plantsim.scenario import Scenario
    from plantsim.state import BatchState, JobState, State, UnitState
    from plantsim.state.things import SampleState

CRUMB = 1e-9  # of a pool, or of a lot [kg]


class Standstill:
    """Batches, units, utilities, samples and orders that wait for ever, as far as is known."""

    def __init__(self, scenario: Scenario, state: State) -> None:
        self.scenario, self.state, self.shifts = scenario, state, Shifts(*shifts(scenario))
        self.names: dict[str, None] = dict.fromkeys(self._waiting())
        while freed := [name for name in self.names if self._goes_on(name)]:
            for name in freed:
                del self.names[name]

    @property
    def roots(self) -> list[str]:
        """Those of them for whom no other one speaks: no test of what stands still, no utility that another lacks."""
        state = self.state
        causes = [batch_doing(state, state.batches[name])[5] for name in self.names if name in state.batches]
        causes += [state.orders[name].lacks for name in self.names if name in state.orders]
        tests = {name: each for name, each in state.samples.items() if name in self.names}
        told = [name for name, each in tests.items() if each.subject in self.names or each.material in causes]
        return [name for name in self.names if name not in told and name not in causes]

    def _waiting(self) -> Iterable[str]:
        state = self.state
        stands = (name for name, b in state.batches.items() if b.phase not in ("run", "ride") or again(b, self.shifts))
        yield from stands
        for things in (state.units, state.makers):
            yield from (name for name, u in things.items() if any(job.lacks for job in u.jobs.values()))
        yield from (name for name, each in state.samples.items() if each.lacks)
        yield from (name for name, order in state.orders.items() if order.lacks and name not in state.batches)

    def _goes_on(self, name: str) -> bool:
        state = self.state
        if name in state.batches:
            return self._batch_goes_on(state.batches[name])
        if name in state.units or name in state.makers:
            u = state.tended(name)
            return all(self._job_goes_on(name, u, job) for job in u.jobs.values())
        if name in state.samples:
            return self._sample_goes_on(state.samples[name])
        order = state.orders[name]
        number = order.released + 1
        product = self._next_product(name, number)
        return self._comes(order.lacks, self._asked(product, "", order.lacks), order.lasts)

    # ---- who waits

    def _batch_goes_on(self, b: BatchState) -> bool:
        word, *_, cause, _, _ = batch_doing(self.state, b)
        if self._may_be_lost(b):
            return True
        own = [place for place in (b.unit, b.place, *b.withs, *b.containers) if place in self.state.units]
        if again(b, self.shifts):
            return False
        if word == "halted" or cause in own:
            return not any(each in self.names for each in own) and not self._beyond(b, cause)
        if word not in WAITS:
            return True
        for key in b.pending:
            if key in self.state.samples and self.state.samples[key].test == cause:
                return key not in self.names
        if b.joins:
            return self._others_come(b)
        if cause == "load" and cause not in self.state.pools:
            return self._load_comes(b)
        if b.phase == "claim":
            if any(each in self.names for each in (b.unit, *b.withs, *b.containers)):
                return False
            stint = b.plan[b.stint]
            names = dict.fromkeys([name for name, _, ms in stint[2] if ms > stint[1] - b.left])
            return all(self._lent(b, name) for name in (names or (cause,)))  # all at once, or none
        return self._comes(cause, self._asked(b.product, b.step, cause, b.amount), b.lasts)

    def _lent(self, b: BatchState, name: str) -> bool:
        """Whether a batch may be lent what its stint uses of a pool or a utility."""
        if name in self.state.makers:
            return name not in self.names and too_much(b, name, self.shifts) is None
        number = fsum(number for pool, number, _ in b.plan[b.stint][2] if pool == name)
        return self._comes(name, number, lasts(b, name, self.shifts))

    def _may_be_lost(self, b: BatchState) -> bool:
        """Whether something that is still to come takes a batch out: a limit, a verdict, the loss of another part."""
        if b.lost > self.state.time or any(key not in self.names for key in b.pending):
            return True
        if any(name not in self.names for name in self._kin.get((b.order, b.number), ())):
            return True
        since = b.stood if b.stood >= 0 else b.asked
        holds = [
            step.hold for step in self.scenario.products[b.product].steps.values() if step.after_hold != "deviation"
        ]
        return any(hold is not None and since + hold * HOUR >= self.state.time for hold in holds)

    @cached_property
    def _kin(self) -> dict[tuple[str, int], list[str]]:
        """The parts of each batch that is in parts."""
        found: dict[tuple[str, int], list[str]] = {}
        for name, b in self.state.batches.items():
            found.setdefault((b.order, b.number), []).append(name)
        return {key: names for key, names in found.items() if len(names) > 1}

    def _beyond(self, b: BatchState, unit: str) -> bool:
        """Whether the rest of its stint never fits before its own unit closes."""
        if b.phase != "claim" or unit != b.unit or self._whole(unit).work != "fits":
            return False
        return b.left > self.shifts.most(unit)

    def _job_goes_on(self, name: str, u: UnitState, job: JobState) -> bool:
        if not job.lacks or job.lacks == name:
            return True
        uses = () if job.held else job.keeps
        number = fsum(number for word, number, *_ in (*job.uses, *uses, *job.takes) if word == job.lacks)
        drawn = job.kind == "clean" and job.lacks in self.state.makers and not self.shifts.slows("", name)
        if drawn and not self.shifts.gives(job.lacks, number, job.left):
            return False
        return self._comes(job.lacks, number, 0)

    def _sample_goes_on(self, sample: SampleState) -> bool:
        if sample.lacks != "load" or sample.lacks in self.state.pools:
            return self._comes(sample.lacks, fsum(number for pool, number, _ in sample.uses if pool == sample.lacks), 0)
        rule, test = self.scenario.tests.get(sample.test), sample.test
        if rule is None or rule.longest_wait is not None:
            return True
        products, materials = self.scenario.products.items(), self.scenario.materials.items()
        makes = [name for name, each in products if any(test in step.tests for step in each.steps.values())]
        tested = [name for name, each in materials if each.test == test]
        return any(map(self._product_comes, makes)) or any(map(self._more_of, tested))

    # ---- what may come

    def _comes(self, cause: str, number: float, ms: int) -> bool:
        """Whether so much of what is lacking may come, for so long [ms] on end."""
        state, plant = self.state, self.scenario.plant
        if cause in state.stocks:
            return self._in_store(cause) + CRUMB >= number > 0.0 or self._more_of(cause)
        if cause in state.makers:
            return cause not in self.names
        if cause in plant.crews:
            names = plant.crews_for(cause)
            if ms > self.shifts.most(cause):
                return False
            there = sum(self.scenario.pools[name].count for name in names)
            return there - sum(self._kept(name) for name in names) + CRUMB >= number
        if cause in state.buffers:
            return all(name not in self.names for name in state.buffers[cause])
        units = plant.units_for(cause)
        return not units or any(self._unit_comes(unit, ms) for unit in units)

    def _kept(self, pool: str) -> float:
        """How many of a pool those keep that stand still."""
        found = 0.0
        for name, u in self.state.units.items():
            if pool in u.kept and u.batch in self.names:
                found += u.kept[pool]
            if name in self.names:
                found += fsum(n for job in u.jobs.values() if job.held for word, n in job.keeps if word == pool)
        return found

    def _unit_comes(self, name: str, ms: int) -> bool:
        """Whether a unit may be free again, and open for so long [ms]."""
        u, unit = self.state.units[name], self._whole(name)
        if name in self.names or (unit.work == "fits" and ms > self.shifts.most(name)):
            return False
        if any(who in self.names for *_, who in u.booked):
            return False
        inside = [u.batch, *u.riders] if u.batch else []
        if unit.places > 1:
            return len(inside) < unit.places or any(each not in self.names for each in inside)
        return not any(each in self.names for each in inside)

    def _in_store(self, material: str) -> float:
        lots = self.state.stocks[material].lots.values()
        return fsum(lot.amount for lot in lots if lot.status == "released")

    def _more_of(self, material: str) -> bool:
        """Whether more of a material may come into store, or be released."""
        stock, rule = self.state.stocks[material], self.scenario.materials[material]
        waiting = [name for name, each in self.state.samples.items() if each.material == material]
        if stock.coming or any(name not in self.names for name in waiting):
            return True
        if rule.reorder is not None and rule.order is not None and not waiting:
            return True
        products = self.scenario.products.items()
        makes = [name for name, each in products if any(material in step.gives for step in each.steps.values())]
        return any(map(self._product_comes, makes))

    def _product_comes(self, product: str, but: BatchState | None = None) -> bool:
        """Whether a batch of a product goes on, or is still to be released."""
        there = (b for b in self.state.batches.values() if b.product == product and b is not but)
        orders = (name for name, each in self.scenario.orders.items() if product in each.mix)
        return any(b.name not in self.names for b in there) or any(map(self._order_goes_on, orders))

    def _order_goes_on(self, name: str) -> bool:
        """Whether an order releases another batch."""
        order, state = self.scenario.orders[name], self.state.orders[name]
        if order.size <= state.released or name in self.names:
            return False
        if order.release.wip is not None and state.released - state.finished >= order.release.wip:
            return any(b.order == name and b.name not in self.names for b in self.state.batches.values())
        if order.release.as_taken:
            product = self._next_product(name, state.released + 1)
            first = next((step for step in self.scenario.products[product].steps.values()), None) if product else None
            return first is None or any(self._unit_comes(unit, 0) for unit in self.scenario.plant.units_for(first.on))
        return True

    def _next_product(self, order: str, number: int) -> str:
        """What an order makes next; '' if that is drawn."""
        mix = self.scenario.orders[order].mix
        return next(iter(mix)) if len(mix) == 1 else ""

    def _asked(self, product: str, step: str, cause: str, mass: float | None = None) -> float:
        """How much [kg, or a number] of something a step asks for with its unit; 0 if that is not known."""
        recipe = self.scenario.products.get(product)
        if recipe is None:
            return 0.0
        there = recipe.steps.get(step) or next(iter(recipe.steps.values()))
        if cause in there.takes:
            return there.takes[cause].of(recipe.batch if mass is None else mass)
        return there.keeps.get(cause, 0.0)

    def _others_come(self, b: BatchState) -> bool:
        """Whether all parts come that a batch waits for, or another batch to pool."""
        step = self.scenario.products[b.product].steps[b.step]
        if step.pools is not None:
            others = [each for each in self.state.batches.values() if each.order == b.order and not each.joins]
            return any(each.name not in self.names for each in others) or self._order_goes_on(b.order)
        kin = [each for each in self.state.batches.values() if (each.order, each.number) == (b.order, b.number)]
        return not any(each.name in self.names and not each.joins for each in kin)

    def _load_comes(self, b: BatchState) -> bool:
        """Whether another batch may come for a load, or it need not wait for one."""
        step = self.scenario.products[b.product].steps[b.step]
        tires = any(self._whole(unit).longest_wait is not None for unit in self.scenario.plant.units_for(step.on))
        return tires or self._product_comes(b.product, b)

    # ---- what is there

    def _whole(self, single: str) -> Unit:
        return self.scenario.units[self.scenario.plant.unit_names[single]]


def told(stuck: Mapping[str, Why], most: int = 3) -> list[str]:
    """A sentence for each root of a standstill, with how many wait for it; so many of them.

    >>> told({"o/2": Why("o/2", 9.0, ("o/2 waits for m: m-1 has o/1", "o/1 waits for salt"), False)})
    ['stuck: o/1 waits for salt']
    """
    roots: dict[str, int] = {}
    for each in stuck.values():
        roots[each.links[-1]] = roots.get(each.links[-1], -1) + 1
    more = [f"; {n} more {'waits' if n == 1 else 'wait'} for that" if n else "" for n in roots.values()]
    return [f"stuck: {root}{n}" for root, n in zip(roots, more, strict=True)][:most]

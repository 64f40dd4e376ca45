"""The hours that an average batch asks of units and pools at the mean, with the cleans that the sequence makes due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf, lcm
from types import MappingProxyType
from typing import NamedTuple

from plantsim.calendars import Calendar, Timetable
from plantsim.cleaning import Clean
from plantsim.contracts import Cleanliness
from plantsim.mix import sequence_of, shares_of, weights_of
from plantsim.plant import Unit
from plantsim.policies.cleaning import clean_due, due
from plantsim.procedure import Procedure
from plantsim.scenario import Scenario
from plantsim.state import UnitState
from plantsim.step import Step

WEEK = 168.0
PLAYED = 20_000  # visits over which cleans are counted


@dataclass(frozen=True)
class Limit:
    """How many batches a week a kind of unit, a pool or a utility lets through at most."""

    name: str
    of: str  # unit, pool or utility
    visits: float  # a batch; of a pool or utility 1
    hours: float  # that a visit keeps one of them busy [h], with its clean; of a pool: of all its uses by a batch;
    # of a utility: how much of it a batch draws
    cleaning: float  # of these hours, mean cleans
    count: float  # how many there are, or of units that hold several, their places; of a utility: its rate
    open: float  # hours a week in which they can work

    @property
    def cycle(self) -> float:
        """Cycle time: hours a visit x visits a batch / how many there are [h of work]."""
        return self.hours * self.visits / self.count

    @property
    def most(self) -> float:
        """Batches a week at most."""
        return max(self.open, 0.0) / self.cycle if self.cycle else inf


class Moved(NamedTuple):
    """How long [h] a batch is on its way to a step, straight on; the way out of the place before, as far as a buffer on
    it, and the way in, from there; and the hours for which each pool is used."""

    whole: float = 0.0
    out: float = 0.0
    into: float = 0.0
    uses: Mapping[str, float] = MappingProxyType({})


class Load:
    """The hours that an average batch asks of units and pools."""

    def __init__(self, plain: Scenario) -> None:
        self.plain, self.plant = plain, plain.plant
        self.weights = weights_of(plain)
        self.shares = shares_of(plain, self.weights)
        self.sequence = sequence_of(plain, self.weights)
        self.visits = {product: list(self._visits(product)) for product in self.shares}
        self.stays = {product: list(self._stays(product)) for product in self.shares}
        self.cleaned: dict[tuple[str, ...], dict[tuple[str, str], float]] = {}

    def _visits(self, product: str) -> Iterator[tuple[Step, tuple[str, ...], float, float]]:
        """(step, units that can do it, hours of its acts, hours until it is left) of each step."""
        recipe = self.plain.products[product]
        then = Procedure(recipe).then
        for name, step in recipe.steps.items():
            amount = recipe.masses[name]
            able = tuple(unit for unit in self.plant.units_for(step.on) if _takes(self.unit(unit), amount))
            run = recipe.model_hours.get(name, 0.0)
            each = [self._hours(step, amount, run, self.unit(single)) for single in able]
            alike = len(dict.fromkeys(each)) == 1
            hours = each[0] if alike else len(each) / sum(1.0 / hours for hours in each) if all(each) else 0.0
            moves = [law.mean_hours for each in then[name] if (law := recipe.steps[each].transfer) is not None]
            moves += [self.moved(product, each).out for each in then[name]]
            move = self.moved(product, name)
            yield step, able, hours + move.whole, hours + move.into + max(moves, default=0.0)

    def _hours(self, step: Step, amount: float, run: float, unit: Unit) -> float:
        """Hours of the acts of a step on a unit, with its minor stops; `run`: what a model says of its run."""
        hours = run + step.mean_hours(amount, unit.rate)
        if unit.minor_stops is None:
            return hours
        others = sum(law.mean_hours for act in step.acts if act != "run" and (law := step.law(act)) is not None)
        return hours + unit.minor_stops.mean_hours(hours - others)

    def moved(self, product: str, name: str) -> Moved:
        """How batches come to the units of a step by transfers of the layout, on average over the pairs of units."""
        recipe = self.plain.products[product]
        step, then = recipe.steps[name], Procedure(recipe).then if self.plain.transfers else {}
        if step.transfer is not None:
            return Moved()
        before = [
            unit
            for each in recipe.steps
            if name in then.get(each, ())
            for unit in self.plant.units_for(recipe.steps[each].on)
        ]
        pairs = [(here, there) for here in before for there in self.plant.units_for(step.on)]
        total, uses = [0.0, 0.0, 0.0], dict[str, float]()
        for hop in [found for pair in pairs if (found := self.plain.hops["", *pair]) is not None]:
            each = [leg.hours(recipe.masses[name], recipe.masses[name] * recipe.litres_a_kg) for leg in hop.legs]
            total = [a + b / len(pairs) for a, b in zip(total, (sum(each), each[0], each[-1]), strict=True)]
            for leg, hours in zip(hop.legs, each, strict=True):
                for pool, number, longer in leg.uses:
                    uses[pool] = uses.get(pool, 0.0) + number * (hours + longer) / len(pairs)
        return Moved(total[0], total[1], total[2], uses)

    def _stays(self, product: str) -> Iterator[tuple[str, tuple[str, ...], float]]:
        """(who is asked for, units that can do it, hours until it is left) of each step, and of the units beside it."""
        for step, able, hours, kept in self.visits[product]:
            yield step.on, able, kept
            for word, number in step.with_.items():
                yield from [(word, tuple(self.plant.units_for(word)), hours)] * int(number)
        yield from self._carried(product)

    def _carried(self, product: str) -> Iterator[tuple[str, tuple[str, ...], float]]:
        """(word, containers, hours from filling to emptying) of each container that a batch fills."""
        recipe, procedure = self.plain.products[product], Procedure(self.plain.products[product])
        hours = {name: visit[2] for name, visit in zip(recipe.steps, self.visits[product], strict=True)}
        for name, step in recipe.steps.items():
            for word, each in step.into.items():
                number = each if isinstance(each, int) else max(1, -int(-(recipe.masses[name] - 1e-9) // each))
                total, here, units = hours[name], procedure.then[name][0], self.plant.units_for(word)
                while (when := self._emptied(recipe.steps[here], units)) is None:
                    total, here = total + hours[here], procedure.then[here][0]
                moves = recipe.steps[here].transfer
                total += moves.mean_hours if when == "transfer" and moves else hours[here]
                yield from [(word, units, total)] * number

    def _emptied(self, step: Step, units: tuple[str, ...]) -> str | None:
        """When a step empties these containers: at the end of its transfer, or of all of it; None: it does not."""
        return next((when for word, when in step.out_of.items() if {*units} <= {*self.plant.units_for(word)}), None)

    def unit(self, single: str) -> Unit:
        """What is declared of a single unit."""
        return self.plain.units[self.plant.unit_names[single]]

    def way(self, product: str) -> float:
        """Hours from the release to the end of the last step, if nothing waits."""
        procedure = Procedure(self.plain.products[product])
        hours = {name: visit[2] for name, visit in zip(procedure.steps, self.visits[product], strict=True)}
        over: dict[str, float] = {}
        for name in procedure.order():
            over[name] = hours[name] + max((over[each] for each in procedure.before[name]), default=0.0)
        return max(over.values())

    # ---- units

    def of_units(self) -> Iterator[Limit]:
        """A row for each kind of unit, and for each smaller group that some step names."""
        groups: dict[tuple[str, ...], str] = {}
        for kind in dict.fromkeys(unit.kind for unit in self.plain.units.values()):
            groups[self.plant.units_for(kind)] = kind
        for word, able, _ in (stay for stays in self.stays.values() for stay in stays):
            groups.setdefault(able, word if able == self.plant.units_for(word) else ", ".join(able))
        for units, name in groups.items():
            limit = self._limit(name, units)
            if limit.visits:
                yield limit

    def _limit(self, name: str, units: tuple[str, ...]) -> Limit:
        visits = hours = 0.0
        for product, share in self.shares.items():
            mine = [kept for _, able, kept in self.stays[product] if set(able) <= set(units)]
            visits, hours = visits + share * len(mine), hours + share * sum(mine)
        cleaning = sum(number * self._clean(*which).mean_hours for which, number in self.cleans(units).items())
        wear = sum(self._wear(unit) for unit in units) / len(units)
        each_time = sum(self._after_batches(unit) for unit in units) / len(units)
        whole = hours / visits * (1.0 + wear) + cleaning + each_time if visits else 0.0
        open_ = sum(self._open(unit) for unit in units) / len(units)
        return Limit(name, "unit", visits, whole, cleaning, sum(map(self.places, units)), open_)

    def places(self, single: str) -> int:
        """Batches that are in a unit at a time if it is as full as it can be."""
        unit = self.unit(single)
        if unit.holds == 1 or unit.load is None:
            return unit.holds
        made = [self.plain.products[product] for product in self.shares]
        asked = [(recipe.masses[name], step.on) for recipe in made for name, step in recipe.steps.items()]
        heaviest = max((mass for mass, on in asked if single in self.plant.units_for(on)), default=unit.load)
        return max(1, min(unit.holds, int(unit.load / heaviest)))

    def _together(self, single: str) -> int:
        """Batches that go through a step in a unit together, at most."""
        return self.places(single) if self.unit(single).together else 1

    def _open(self, single: str) -> float:
        """Hours a week in which a unit can work: those of its calendar, less maintenance on the calendar clock."""
        unit = self.unit(single)
        rules = [self.plain.maintenance[name] for name in unit.maintenance]
        lost = sum(each.mean_hours / (each.every + each.mean_hours) for each in rules if each.clock == "calendar")
        return self.open_hours(unit.calendar) - WEEK * lost

    def _wear(self, single: str) -> float:
        """Hours of maintenance an hour worked, of that which is due by hours worked."""
        rules = [self.plain.maintenance[name] for name in self.unit(single).maintenance]
        return sum(each.mean_hours / each.every for each in rules if each.clock == "running")

    def _after_batches(self, single: str) -> float:
        """Hours of maintenance a batch, of that which is due by batches."""
        rules = [self.plain.maintenance[name] for name in self.unit(single).maintenance]
        return sum(each.mean_hours / each.every for each in rules if each.clock == "cycles")

    def open_hours(self, name: str) -> float:
        """Hours a week in which a calendar is open, but for what it closes once."""
        return _open_share(self.plain.calendars[name]) * WEEK if name else WEEK

    def _clean(self, rule: str, word: str) -> Clean:
        return self.plain.cleaning[rule].named[word]

    def cleans(self, units: tuple[str, ...]) -> dict[tuple[str, str], float]:
        """(cleaning rule, clean) -> number of it a visit, if the batches go to the units in turn, again and again."""
        if units not in self.cleaned:
            rules = [self.plain.cleaning.get(self.unit(single).cleaning) for single in units]
            asked = [(product, able) for product in self.sequence
                     for _, able, _ in self.stays[product] if set(able) <= set(units)]  # fmt: skip
            campaigns = [rule.longest_campaign or 1 for rule in rules if rule]
            rounds = min(len(units) * lcm(*campaigns), PLAYED // max(len(asked), 1)) or 1
            due = self._cleans_due(asked, rounds) if any(rules) else {}
            self.cleaned[units] = {which: number / (rounds * len(asked)) for which, number in due.items()}
        return self.cleaned[units]

    def _cleans_due(self, asked: list[tuple[str, tuple[str, ...]]], rounds: int) -> dict[tuple[str, str], int]:
        """Number of cleans by rule and name, in so many rounds; as many come before them, so that no unit is as new."""
        states: dict[str, UnitState] = {}
        had: dict[str, int] = {}
        due: dict[tuple[str, str], int] = {}
        for k in range(2 * rounds):
            for product, able in asked:
                single = min(able, key=lambda name: (had.get(name, 0), able.index(name)))
                had[single] = had.get(single, 0) + 1
                rule = self.unit(single).cleaning
                word = self._visited(states.setdefault(single, UnitState()), rule, product) if rule else ""
                if word and k >= rounds:
                    due[rule, word] = due.get((rule, word), 0) + 1
        return due

    def _visited(self, state: UnitState, rule: str, product: str) -> str:
        """The clean that is due before this visit to a unit, or ''."""
        declared = self.plain.cleaning[rule]
        if declared.plain:
            word = clean_due(state, declared, product)
        else:  # without its clocks and limits of time, which the mean run does not know
            word, _ = due(declared, Cleanliness("", state.last, state.dirty, state.campaign), product)
        state.campaign = 1 if word and declared.renews(word) else state.campaign + 1
        state.last, state.dirty = product, True
        return word

    # ---- pools

    def of_pools(self) -> Iterator[Limit]:
        """A row for each pool or skill, with all who can fill it, and each utility that batches and cleans need."""
        for name, crews in self.plant.crews.items():
            cleaning = self._pool_cleans(name)
            hours = sum(share * self._pool_hours(name, product) for product, share in self.shares.items()) + cleaning
            if hours:
                there = [
                    (pool.count, self.open_hours(pool.calendar)) for pool in map(self.plain.pools.get, crews) if pool
                ]
                count = sum(number for number, _ in there)
                yield Limit(name, "pool", 1.0, hours, cleaning, count, sum(n * each for n, each in there) / count)
        for name, utility in self.plain.utilities.items():
            cleaning = self._pool_cleans(name)
            drawn = sum(share * self._pool_hours(name, product) for product, share in self.shares.items()) + cleaning
            if drawn:
                made = utility.most if utility.makes is None else utility.makes
                yield Limit(name, "utility", 1.0, drawn, cleaning, made, self.open_hours(utility.calendar))

    def _pool_hours(self, pool: str, product: str) -> float:
        """Pool hours that the steps of a batch use and keep."""
        total, recipe = 0.0, self.plain.products[product]
        for name, (step, able, hours, kept) in zip(recipe.steps, self.visits[product], strict=True):
            move, _, _, uses = self.moved(product, name)
            lengths = {act: law.mean_hours for act in step.acts if act != "run" and (law := step.law(act)) is not None}
            lengths["run"] = hours - move - sum(lengths.values())
            used = sum(step.uses(act).get(pool, 0) * length for act, length in lengths.items())
            used += step.keeps.get(pool, 0) * kept + uses.get(pool, 0.0)
            total += used / max(map(self._together, able), default=1)  # which a load needs once
            total += sum(self._tested(test, pool) * sampling.usual for test, sampling in step.tests.items())
            total += recipe.model_draws[name].get(pool, 0.0)
        return total

    def _tested(self, name: str, pool: str) -> float:
        """Pool hours of a test of a batch, in a run that is as full as it can be."""
        test = self.plain.tests[name]
        hours = test.time.mean_hours if test.hands_on is None else test.hands_on
        return test.needs.get(pool, 0) * hours / test.holds

    def _pool_cleans(self, pool: str) -> float:
        """Pool hours of the cleans that a batch makes due."""
        groups = dict.fromkeys(self.plant.units_for(unit.kind) for unit in self.plain.units.values())
        total = 0.0
        for units in groups:
            visits = sum(share * sum(set(able) <= set(units) for _, able, _ in self.stays[product])
                         for product, share in self.shares.items())  # fmt: skip
            places = max(map(self.places, units), default=1)
            total += sum(
                visits * number / places * _uses(self._clean(*which), pool)
                for which, number in self.cleans(units).items()
            )
        return total


def _uses(clean: Clean, pool: str) -> float:
    """Pool hours of a clean, or what it draws of a utility."""
    used = sum(phase.needs.get(pool, 0) * phase.time.mean_hours for phase in clean.phases.values())
    verified = clean.verify.needs.get(pool, 0) * clean.verify.mean_hands_on if clean.verify is not None else 0.0
    return clean.needs.get(pool, 0) * clean.washed_hours + used + verified


def _takes(unit: Unit, amount: float) -> bool:
    return unit.load is None or unit.load >= amount


def _open_share(calendar: Calendar) -> float:
    table = Timetable(calendar)
    return sum(end - begin for begin, end in table.open) / table.period

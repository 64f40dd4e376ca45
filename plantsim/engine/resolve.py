"""A scenario with all its names resolved once: what the floor works with."""

from __future__ import annotations

from math import inf

import simpy

from plantsim.calendars import Timetable
from plantsim.chance import Streams
from plantsim.contracts import DispatchRule
from plantsim.engine.company import Beside
from plantsim.engine.crews import crews_of
from plantsim.engine.desk import Desk
from plantsim.engine.journey import Journey, natural
from plantsim.engine.machine import Machine
from plantsim.engine.meeting import Meet
from plantsim.engine.parts import Ways
from plantsim.engine.physics import Models, charged, modelled
from plantsim.engine.route import StepPlan
from plantsim.engine.source import Source
from plantsim.engine.station import Line, Shelf, Station
from plantsim.engine.stock import Stock
from plantsim.engine.tank import Tank
from plantsim.procedure import Procedure
from plantsim.scenario import Scenario
from plantsim.state import BatchState, State
from plantsim.step import Step


class Lines(dict[str, Line]):
    """Place -> the line in which a batch that stands there asks for a step."""

    def __init__(self, made: Resolved, step: StepPlan) -> None:
        super().__init__()
        self.made, self.step = made, step

    def __missing__(self, place: str) -> Line:
        line = self[place] = self.made.line(self.step, place)
        return line


class Resolved:
    """Machines, desks, shelves, stations, steps and sources by name."""

    def __init__(self, scenario: Scenario, state: State, streams: Streams, rule: DispatchRule | None) -> None:
        self.scenario, self.state, self.streams, self.rule = scenario, state, streams, rule
        self.env = simpy.Environment(state.time)
        self.models = Models(scenario) if modelled(scenario) else None
        self.machines = self._machines()
        self.makers = self._makers()
        self._share_failures()
        self.stocks = self._stocks()
        self.desks: dict[str, Desk] = {**self._desks(), **self.stocks}  # type: ignore[dict-item]
        self.begins: dict[str, Ways] = {}  # product -> where a batch begins, and with which mass
        self.steps = {name: self._steps(name) for name in scenario.products}
        self.shelves = self._shelves()
        self._stations()
        self.sources = {
            name: Source(number, name, order, self) for number, (name, order) in enumerate(scenario.orders.items())
        }

    def _in_company(self) -> frozenset[str]:
        """Units that some step keeps beside its own, and containers."""
        plant, products = self.scenario.plant, self.scenario.products.values()
        words = [word for product in products for step in product.steps.values() for word in (*step.with_, *step.into)]
        return frozenset(name for word in words for name in plant.units_for(word))

    def _machines(self) -> dict[str, Machine]:
        names = self.scenario.plant.unit_names
        beside = self._in_company()
        return {
            name: Machine(rank, name, group, self.scenario, self.state, self.streams, name in beside)
            for rank, (name, group) in enumerate(names.items())
        }

    def _makers(self) -> dict[str, Machine]:
        """What makes the utilities that may stop: units without a station."""
        stops = [name for name, each in self.scenario.utilities.items() if each.failures or each.calendar]
        return {
            name: Machine(rank, name, name, self.scenario, self.state, self.streams)
            for rank, name in enumerate(stops, start=len(self.machines))
        }

    def _share_failures(self) -> None:
        """A common failure strikes all that name it, and is repaired at the first of them."""
        things = (*self.machines.values(), *self.makers.values())
        for mode, rule in self.scenario.failures.items():
            if rule.common:
                struck = [(each, clock) for each in things for clock in each.failures if clock.name == mode]
                for _, clock in struck[1:]:
                    clock.leader = struck[0][0]
                if struck:
                    struck[0][1].fellows = struck[1:]

    def _desks(self) -> dict[str, Desk]:
        tables = {name: Timetable(calendar) for name, calendar in self.scenario.calendars.items()}
        pools, utilities = self.scenario.pools, self.scenario.utilities
        desks: dict[str, Desk] = {
            name: Desk(rank, name, pool, tables.get(pool.calendar), self.state)
            for rank, (name, pool) in enumerate(pools.items())
        }
        desks |= crews_of(pools, self.scenario.plant.crews, tables, self.state)
        tanks = {
            name: Tank(rank, name, utility, self.state, self.makers.get(name))
            for rank, (name, utility) in enumerate(utilities.items(), start=len(pools))
        }
        return {**desks, **tanks}

    def _stocks(self) -> dict[str, Stock]:
        begin = len(self.scenario.pools) + len(self.scenario.utilities)
        return {
            name: Stock(begin + rank, name, rule, self.state)
            for rank, (name, rule) in enumerate(self.scenario.materials.items())
        }

    def _steps(self, product: str) -> dict[str, StepPlan]:
        """Each step of a product, with what comes after it."""
        recipe = self.scenario.products[product]
        procedure, steps = Procedure(recipe), dict[str, StepPlan]()
        masses, known = procedure.masses(self.scenario.plant.units_for), charged(recipe)
        for name in reversed(procedure.order()):
            step, then = recipe.steps[name], [steps[each] for each in procedure.then[name]]
            rates = [rate for unit in self.scenario.plant.units_for(step.on) if (rate := self.machines[unit].rate)]
            run = recipe.model_hours.get(name, 0.0)
            plain = len(then) == 1 and then[0].meet is None and then[0].split is None
            plan = steps[name] = StepPlan(
                name, step, rates, masses[name], then[0] if plain else None, self.scenario.utilities, run
            )
            plan.lines = Lines(self, plan)
            if step.transfer is None and self.scenario.transfers:
                plan.hops = self.scenario.hops
            plan.mixes = known and any(each.adds for each in step.takes.values())
            plan.withs = self._beside(step)
            plan.empties, plan.early = self._emptied(step, "end"), self._emptied(step, "transfer")
            if procedure.meets(name):
                plan.meet = Meet(name, procedure)
            if not plain:
                plan.ways = [(steps[there], part, share) for there, part, share in procedure.parting(name)]
                plan.togo += max((each.togo for each in then), default=0.0)
        tested = bool(self.scenario.investigations) or any(
            step.tests or any(each.at_risk for each in step.takes.values()) for step in recipe.steps.values()
        )
        for each in steps.values():
            each.tested = tested
            each.settle()
        self.begins[product] = [(steps[there], part, mass) for there, part, mass in procedure.parting("")]
        return {name: steps[name] for name in recipe.steps}

    def _beside(self, step: Step) -> tuple[Beside, ...]:
        """The units and containers that a step needs with its own unit."""
        able = {word: frozenset(self.scenario.plant.units_for(word)) for word in (*step.with_, *step.into)}
        units = [Beside(word, able[word], int(number)) for word, number in sorted(step.with_.items())]
        for word, each in sorted(step.into.items()):
            number = each if isinstance(each, int) else 0
            units.append(Beside(word, able[word], number, 0.0 if number else each, stays=True))
        return tuple(units)

    def _emptied(self, step: Step, at: str) -> frozenset[str]:
        """The containers that are empty at the end of a step, or of its transfer."""
        plant = self.scenario.plant
        return frozenset(unit for word, when in step.out_of.items() if when == at for unit in plant.units_for(word))

    def _shelves(self) -> dict[str, Shelf]:
        plant = self.scenario.plant
        return {
            name: Shelf(rank, name, buffer, plant.reach(name)[0], self.state)
            for rank, (name, buffer) in enumerate(self.scenario.buffers.items())
        }

    def _stations(self) -> None:
        """Units that occur together in what some step may use are one station, directly or through others."""
        together: dict[str, list[str]] = {name: [name] for name in self.machines}
        for steps in self.steps.values():
            for step in steps.values():
                able = [
                    *self.scenario.plant.units_for(step.on),
                    *(name for each in step.withs for name in sorted(each.able)),
                ]
                for other in able[1:]:
                    first, second = together[able[0]], together[other]
                    if first is not second:
                        first.extend(second)
                        together.update(dict.fromkeys(second, first))
        groups = {id(group): group for group in together.values()}
        for rank, group in enumerate(groups.values()):
            Station(rank, sorted((self.machines[name] for name in group), key=lambda machine: machine.rank))

    def line(self, step: StepPlan, place: str) -> Line:
        """A line for batches that stand at a place, or at several, and ask for a step; a like one will do."""
        plant, places = self.scenario.plant, place.split("\n")
        _, through = plant.reach(places[0])
        able = frozenset(plant.units_for(step.on)).intersection(*(plant.reach(each)[0] for each in places))
        shelves = [self.shelves[name] for name in through]
        buffers = tuple(shelf for shelf in shelves if shelf.onward & able)
        direct = frozenset(name for name in able if all(plant.direct(each, name) for each in places))
        for line in step.lines.values():
            if (line.able, line.direct or line.able, line.buffers) == (able, direct, buffers):
                return line
        if not able:
            raise LookupError(f"no unit for step {step.name!r} can be reached from {place!r}")
        station = self.machines[min(able, key=natural)].station
        assert station is not None
        return Line(step, able, direct, buffers, station)

    def journey(self, b: BatchState) -> Journey:
        """The way of a batch, as far as it has come."""
        order, recipe = self.scenario.orders[b.order], self.scenario.products[b.product]
        way = Journey(b, natural(b.name), recipe.priority, inf if order.due is None else order.due)
        steps = self.steps[b.product]
        if not b.step:
            way.want = self.begins[b.product][0][0]
        elif b.gate:
            way.doing = steps[b.step]
        elif b.phase == "wait":
            way.want = steps[b.step]
            way.doing = way.want.before
        elif b.unit in self.shelves:
            way.want = steps[b.step]
        else:
            way.doing = steps[b.step]
        return way

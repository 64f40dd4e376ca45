"""Who has what and who waits.  Everything is decided here, at the end of an instant, from facts in the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import simpy

from plantsim.contracts import DispatchRule
from plantsim.engine import chain, company, lending, loads, locks, matching, parts, places
from plantsim.engine.benches import Bench
from plantsim.engine.clock import Clock
from plantsim.engine.crews import Crew
from plantsim.engine.desk import Desk
from plantsim.engine.halting import Limit, let_go
from plantsim.engine.journey import Alarm, Journey, live
from plantsim.engine.limits import Expiry, watch_limit
from plantsim.engine.machine import Machine
from plantsim.engine.moving import stays_behind
from plantsim.engine.outage import Dry, watch_level
from plantsim.engine.physics import Models
from plantsim.engine.planned import Chance, look_for_chance
from plantsim.engine.resting import go_on_rested
from plantsim.engine.route import StepPlan
from plantsim.engine.samples import Sample, drop
from plantsim.engine.source import Source
from plantsim.engine.station import Shelf, Station
from plantsim.engine.stints import over, start
from plantsim.engine.stock import Delivery, RetestDate, Stock, give
from plantsim.engine.stuck import check
from plantsim.engine.tank import Tank
from plantsim.engine.upkeep import Job, Tick, tend
from plantsim.engine.washing import Wash, turn
from plantsim.materials import QualityTest
from plantsim.record import RowTuple
from plantsim.state import BatchState, State, close, finish, leave, open_, scrap

if TYPE_CHECKING:
    from plantsim.engine.resolve import Resolved

# in which things of one instant happen
TURNS = (
    Journey, Job, Wash, Tick, Expiry, places.Strain, Source, Desk, Crew, Tank, chain.Wake, Limit, Delivery, RetestDate,
    Sample, Dry, Bench,
)  # fmt: skip


class Floor:
    """Indexes over the state, and the decisions; the state itself is changed by rows alone."""

    def __init__(self, made: Resolved, rows: list[RowTuple]) -> None:
        self.env: simpy.Environment = made.env
        self.numbers = made.env._eid
        self.queue = made.env._queue  # to look what is next without a call; it is looked at for every event
        self.state: State = made.state
        self.rows = rows
        self.machines: dict[str, Machine] = made.machines
        self.washed = [machine for machine in made.machines.values() if machine.washes is not None]
        self.desks: dict[str, Desk] = made.desks
        crews = [desk for desk in made.desks.values() if isinstance(desk, Crew)]
        self.parties = list({id(desk.party): desk.party for desk in crews}.values())
        self.stocks: dict[str, Stock] = made.stocks
        self.tests = made.scenario.verdicts
        shared = [(name, rule) for name, rule in self.tests.items() if isinstance(rule, QualityTest) and rule.holds > 1]
        self.benches = {name: Bench(rank, rule) for rank, (name, rule) in enumerate(shared)}
        self.steps = made.steps
        self.shelves: dict[str, Shelf] = made.shelves
        self.rule: DispatchRule | None = made.rule
        self.streams = made.streams
        self.models: Models | None = made.models
        self.sources: dict[str, Source] = made.sources
        self.meets = {name: any(step.meet for step in steps.values()) for name, steps in made.steps.items()}
        self.plant = made.scenario.plant
        self.ahead: dict[Any, dict[str, int]] = {}  # what is known of the units that recipes use (see `expecting`)
        self.ways: dict[str, Journey] = {}
        self.ticks: dict[tuple[str, str], Tick] = {}
        self.alone = False  # only one batch has something over at this instant
        self.crowded = False  # several things are due at this instant
        self.due: list[Any] = []  # of this instant: what is over
        self.asking: list[Journey] = []  # who asks for a unit
        self.coming: list[parts.Coming] = []  # who parts, or comes to where parts or batches meet
        self.lost: list[BatchState] = []  # parts, and batches of recipes with parts, that were scrapped
        self.claims: list[Journey | Job | Sample] = []  # who asks for the pools of a stint or job
        self.benched: dict[int, Bench] = {}  # where samples come or go that are tested together
        self.unmet: list[Journey] = []  # who has asked and is not yet known to wait
        self.touched: dict[int, Station] = {}
        self.knocked: dict[int, Desk] = {}
        self.rooms: dict[int, Shelf] = {}
        self.chained: dict[int, Station] = {}  # where claims with zero wait stand
        self.expected: dict[int, Machine] = {}  # booked units that their batch could enter
        self.shifted: dict[int, Station] = {}  # whose units came or went, with claims that need more than a unit
        self.late: dict[Any, Limit | Chance] = {}  # what is looked at once all else of an instant is decided
        self.suspects: list[Journey] = []
        self.turning: dict[int, Machine] = {}  # free units that change over while nothing waits

    def fold(self) -> None:
        """Let go of all at the end: what holds one another in rings would keep the rows of a run that nobody reads."""
        self.queue.clear()
        self.__dict__.clear()

    # ---- rows, and time passing

    def put(self, means: Callable[[State, RowTuple], None], row: RowTuple) -> None:
        """Write a row; the state follows."""
        self.rows.append(row)
        means(self.state, row)

    def ring(self, thing: Any) -> None:
        """Something is over.  What is over at one instant gathers; who finds nothing else due settles it.

        Only when something else is due at this very instant, an event that comes after all of it settles.
        """
        env = self.env
        now: int = env._now  # type: ignore[assignment]
        a_way = type(thing) is Journey
        if a_way:
            thing.event = Alarm(env)
        if (not self.queue or self.queue[0][0] > now) and not self.due:
            self.state.time = now
            if a_way:
                self.alone = True
                over(thing, self, now)
                if len(self.asking) == 1 and not (self.touched or self.claims):  # the usual case: it alone asks
                    matching.ask_alone(self.asking.pop(), self, now)
                self.alone = False
            else:
                thing.close(self, now)
            if (
                self.touched
                or self.claims
                or self.benched
                or self.asking
                or self.unmet
                or self.knocked
                or self.rooms
                or self.expected
                or self.suspects
                or self.shifted
                or self.chained
                or self.late
                or self.turning
                or self.coming
                or self.lost
            ):
                self.decide(now)
            return
        self.due.append(thing)
        if not self.crowded:
            self.crowded = True
            Alarm(env).settle(self.settle)

    def rung(self, event: simpy.Event) -> None:
        """The callback of an alarm."""
        self.ring(event.value)

    def alarm(self, delay: int, thing: Any) -> None:
        """Let a thing ring after a delay [ms]."""
        callbacks = self.env.timeout(delay, thing).callbacks
        if callbacks is not None:
            callbacks.append(self.rung)

    def settle(self, event: simpy.Event) -> None:
        """All that is over at this instant, in the order of names; then the decisions."""
        now: int = self.env._now  # type: ignore[assignment]
        self.state.time = now
        due, self.due, self.crowded = self.due, [], False
        due.sort(key=_turn)
        for thing in due:
            if type(thing) is Journey:
                over(thing, self, now)
            else:
                thing.close(self, now)
        self.decide(now)

    # ---- decisions

    def decide(self, now: int) -> None:
        """Until nothing more can be given; then who could not be served waits."""
        looked = -1  # how many rows there were when claims with zero wait were looked at
        while True:
            if self.coming or self.lost:
                parts.meet(self, now)
            elif self.benched:
                _least(self.benched).look(self, now)
            elif self.claims:
                lending.take(self, now)
            elif self.asking:
                matching.take(self, now)
            elif self.knocked:
                lending.serve(_least(self.knocked), self, now)
            elif self.touched:
                matching.match(_least(self.touched), self, now)
            elif self.rooms:
                matching.fill(_least(self.rooms), self, now)
            elif self.expected:
                matching.admit(_least(self.expected), self, now)
            elif self.chained and looked < len(self.rows):
                looked = len(self.rows)
                chain.look_again(self)
            elif self.unmet:
                matching.let_wait(self.unmet.pop(0), self, now)
            elif self.shifted:
                matching.say_anew(_least(self.shifted), self, now)
            elif self.late:
                self.late.pop(min(self.late)).settle(self, now)
            elif self.turning:
                turn(_least(self.turning), self, now)
            else:
                break
        if self.suspects:
            suspects, self.suspects = self.suspects, []
            for way in suspects:
                if way.line is not None or (way.b.joins and self.ways.get(way.b.name) is way):
                    check(way, self, now)

    def look_round(self) -> None:
        """Consider everything that waits; a state at the end of an instant has nothing left to decide."""
        for desk in self.desks.values():
            if desk.waiting or desk.stations:
                self.knocked[desk.rank] = desk
        for machine in self.machines.values():
            station = machine.station
            if station is not None and station.free and (station.waiting or station.taken):
                self.touched[station.rank] = station
        self.decide(self.state.time)

    def reask(self, way: Journey, asked: int) -> None:
        """A batch with a unit asks for the pools of its stint."""
        way.key = (-way.priority, asked, way.rank)
        self.claims.append(way)

    def give_back(self, pools: Iterable[str]) -> None:
        """Something came back to pools before its time."""
        for pool in pools:
            desk = self.desks[pool]
            if desk.waiting or desk.stations:
                self.knocked[desk.rank] = desk

    # ---- places

    def leave(self, way: Journey, step: StepPlan | None, now: int, *, moves: bool = True) -> None:
        """The material leaves the unit, with the losses of the step that was done there, or the buffer behind it.

        What is lost or taken out does not move to the unit that it was granted, and leaves nothing on its way there.
        """
        place, b = way.behind, way.b
        way.behind = None
        if b.more:
            parts.leave_rest(way, self, now)
        lost = 0.0
        if moves and place is not None and way.doing is not None and way.doing.hops is not None:
            lost = stays_behind(way, place.name)
        if type(place) is Machine:
            self.leave_unit(b, place, step, now, lost)
        elif type(place) is Shelf:
            self.leave_shelf(b, place, now, lost)
        if way.machine is not None and way.machine.state.riders:
            loads.leave_behind(way, way.machine, self, now)

    def leave_shelf(self, b: BatchState, shelf: Shelf, now: int, behind: float = 0.0) -> None:
        """A batch leaves a buffer, but for what stays behind on its way."""
        row = (now, "leave", shelf.name, b.name, b.step, b.product, max(0.0, b.amount - behind), "", None)
        self.rows.append(row)
        leave(self.state, row)
        if shelf.blocked:
            self.rooms[shelf.rank] = shelf

    def leave_unit(self, b: BatchState, machine: Machine, step: StepPlan | None, now: int, behind: float = 0.0) -> None:
        """A batch leaves a unit, with the losses of the step that was done there and what stays behind on its way."""
        kept, amount = machine.state.kept, b.amount
        if step is not None and step.loses:
            if step.gives:
                give(b, machine, step, self, now)
            amount = step.out(amount)
        if behind:
            amount = max(0.0, amount - behind)
        row = (now, "leave", machine.name, b.name, b.step, b.product, amount, "", None)
        self.rows.append(row)
        leave(self.state, row)
        if machine.places > 1:
            places.left(machine, self, now)
            return
        if machine.state.batch:  # others of a load, or parts of it, are still in it
            machine.way = self.ways.get(machine.state.batch)
            return
        machine.way = None
        if kept:
            self.give_back(kept)
        if machine.plain and not (self.chained or machine.state.jobs or machine.state.booked):
            station: Station = machine.station  # type: ignore[assignment]
            station.put_back(machine)
            if station.waiting or station.taken:
                self.touched[station.rank] = station
        else:
            if machine.washes is not None:
                watch_limit(machine, self, now)
            self.ready(machine, now)

    def ready(self, machine: Machine, now: int) -> None:
        """An empty unit tends itself, or is free, or waits for the batch that it is booked for."""
        if machine.timetable is not None:
            self.shut(machine, now)
        state = machine.state
        if state.jobs or state.closed:
            return
        if (machine.tends or state.booked or state.impaired) and tend(machine, self, now):
            return
        if state.booked:
            self.expected[machine.rank] = machine
            return
        station = machine.station
        if station is not None:
            station.put_back(machine)
            if station.waiting or station.taken:
                self.touched[station.rank] = station
            if machine.windows:
                look_for_chance(machine, self, now)
            if machine.washes is not None and machine.washes.turns:
                self.turning[machine.rank] = machine

    def down(self, machine: Machine, now: int) -> None:
        """A unit is not free any more; the batch in it lacks it now, and stays there if the unit locks."""
        station = machine.station
        if station is not None and machine in station.free:
            station.free.remove(machine)
            if station.tells:
                self.shifted[station.rank] = station
        for way in places.inside(machine, self):
            if company.exposed(way, machine) and way.desk is not None:
                self.knocked[way.desk.rank] = way.desk
        if machine.wash is not None and machine.wash.held_up():
            machine.wash.stop(self, now)
        if machine.locked:  # not one that works on after a failure until it is empty
            locks.lock(machine, self, now)
        if machine.tank is not None:
            watch_level(machine, self, now)

    def tend_free(self, machine: Machine, now: int) -> None:
        """A free unit has maintenance that is due."""
        empty = machine.station is not None and machine in machine.station.free and not machine.state.batch
        if empty and tend(machine, self, now):
            self.down(machine, now)

    def up(self, machine: Machine, now: int) -> None:
        """One thing less stops a unit: its batch goes on, or asks anew; an empty unit is ready."""
        if machine.stopped:
            if machine.wash is not None:
                machine.wash.go_on(self, now)
            return
        if machine.way is None:
            self.ready(machine, now)
        for way in places.inside(machine, self):
            if company.exposed(way, machine):
                self._go_on(way, now)
        if machine.places > 1 and machine.state.batch:
            places.open_up(machine, self, now)
        if machine.locks:
            locks.unlock(machine, self)
        if machine.tank is not None:
            self.give_back([machine.name])

    def _go_on(self, way: Journey, now: int) -> None:
        """What a unit has stopped goes on, or asks anew."""
        stood = way.event is not None and not way.event.triggered  # else it was not stopped
        if way.b.phase == "run" and stood and way.b.outcome is not None:
            go_on_rested(way, self, now)
        if way.b.phase == "run" and stood:
            start(way, self)
        elif way.b.phase == "claim" and way.desk is None and way not in self.claims:
            self.reask(way, way.b.asked)

    def shut(self, machine: Machine, now: int) -> None:
        """A unit whose calendar has closed while it worked closes when it is over."""
        if machine.timetable is not None and not machine.state.closed and not machine.timetable.is_open(now):
            self.put(close, (now, "close", machine.name, "", "", "", 0.0, "calendar", None))

    def shut_or_open(self, machine: Machine, now: int) -> None:
        """The calendar of a unit changes."""
        timetable = machine.timetable
        if timetable is None:
            return
        if timetable.is_open(now):
            if machine.state.closed:
                self.put(open_, (now, "open", machine.name, "", "", "", 0.0, "calendar", None))
                self.up(machine, now)
        elif places.may_close(machine, self):
            self.shut(machine, now)
            self.down(machine, now)

    def wind(self, machine: Machine, clock: Clock, now: int) -> None:
        """A clock that runs by the calendar starts again."""
        tick = self.ticks.get((machine.name, clock.name))
        if tick is not None and tick.event is not None:
            tick.event.start(max(clock.due(machine.state) - now, 0))
        elif tick is not None:
            tick.set(self, now)

    def lets_go(self, name: str) -> bool:
        """Whether a batch does not wait for a unit, so that it will let go of what it holds by itself."""
        way = self.ways.get(name)
        return way is None or way.b.phase != "wait"

    # ---- batches come and go

    def enter(self, way: Journey) -> None:
        """A batch comes to the floor: its process begins."""
        self.ways[way.b.name] = way
        way.event = Alarm(self.env)
        self.env.process(live(way, self))

    def finish(self, way: Journey, step: StepPlan, now: int) -> None:
        """A batch is done and leaves the plant."""
        b = way.b
        if way.machine is not None:
            self.leave_unit(b, way.machine, step, now)
        self.put(finish, (now, "done", "", b.name, b.step, b.product, b.amount, "", None))
        self._gone(way, now)

    def scrap(self, way: Journey, cause: str, now: int) -> None:
        """A batch is lost, with the load that it leads."""
        for each in loads.led_by(way, self):
            self.lose(each, cause, now)
        self.lose(way, cause, now)

    def lose(self, way: Journey, cause: str, now: int) -> None:
        """This batch alone is lost."""
        b = way.b
        company.part(way, self, now)
        company.pour_out(way, list(b.containers), self, now)
        let_go(way, self)
        self.leave(way, None, now, moves=False)
        if way.machine is not None:
            self.leave_unit(b, way.machine, None, now)
        if b.pending:
            drop(way, self)
        booked = [machine for machine in self.machines.values() if b.booked and machine.booked_for(b.name)]
        self.put(scrap, (now, "scrap", "", b.name, b.step, b.product, b.amount, cause, None))
        for machine in booked:
            if machine.way is None:
                self.ready(machine, now)
        if self.meets[b.product]:
            self.lost.append(b)
        self._gone(way, now)

    def end(self, way: Journey) -> None:
        """The process of a batch ends."""
        event, way.event = way.event, None
        if event is not None and event.callbacks and not event.triggered:  # its process has gone on to wait for it
            event.start(0)
        del self.ways[way.b.name]

    def _gone(self, way: Journey, now: int) -> None:
        """A batch is on the floor no more: its process ends; its order may send the next one."""
        self.end(way)
        self.sources[way.b.order].gone(self, now)


def _turn(thing: Any) -> tuple[int, Any]:
    return TURNS.index(type(thing)), thing.rank


def _least(things: dict[int, Any]) -> Any:
    """Take out the thing of the least rank."""
    return things.popitem()[1] if len(things) == 1 else things.pop(min(things))

"""Who has what and who waits.  Everything is decided here, at the end of an instant, from facts in the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import simpy

from plantsim.contracts import DispatchRule
from plantsim.engine.desk import Desk
from plantsim.engine.journey import Alarm, Journey, live
from plantsim.engine.machine import NEVER, Clock, Machine
from plantsim.engine.route import StepPlan
from plantsim.engine.station import Line, Shelf, Station
from plantsim.engine.stuck import check
from plantsim.engine.upkeep import Job, Tick, strike, tend
from plantsim.record import RowTuple
from plantsim.state import MEANS, State, aged

if TYPE_CHECKING:
    from plantsim.engine.resolve import Resolved
    from plantsim.engine.source import Source

ORDER_OF = {Journey: 0, Job: 1, Tick: 2}  # of things that happen at one instant; the others come after


class Floor:
    """Indexes over the state, and the decisions; the state itself is changed by rows alone."""

    def __init__(self, made: Resolved, rows: list[RowTuple]) -> None:
        self.env: simpy.Environment = made.env
        self.state: State = made.state
        self.rows = rows
        self.machines: dict[str, Machine] = made.machines
        self.desks: dict[str, Desk] = made.desks
        self.shelves: dict[str, Shelf] = made.shelves
        self.line_of: Callable[[str, StepPlan, str], Line] = made.line_of
        self.rule: DispatchRule | None = made.rule
        self.streams = made.streams
        self.sources: dict[str, Source] = made.sources
        self.ways: dict[str, Journey] = {}
        self.ticks: dict[tuple[str, str], Tick] = {}
        self.crowded = False  # several things are due at this instant
        self.due: list[Any] = []  # of this instant: what is over
        self.asking: list[Journey] = []  # who asks for a unit
        self.claims: list[Journey | Job] = []  # who asks for the pools of a stint or job
        self.unmet: list[Journey] = []  # who has asked and is not yet known to wait
        self.touched: dict[int, Station] = {}
        self.knocked: dict[int, Desk] = {}
        self.rooms: dict[int, Shelf] = {}
        self.suspects: list[Journey] = []

    # ---- rows, and time passing

    def put(self, row: RowTuple) -> None:
        """Write a row; the state follows."""
        self.rows.append(row)
        self.state.time = row[0]
        MEANS[row[1]](self.state, row)

    def ring(self, thing: Any) -> None:
        """Something is over.  What is over at one instant gathers; who finds nothing else due settles it.

        Only when something else is due at this very instant, an event that comes after all of it settles.
        """
        env = self.env
        now = env._now
        if type(thing) is Journey:
            thing.event = Alarm(env)
        self.due.append(thing)
        if env.peek() > now:
            self.settle(now)
        elif not self.crowded:
            self.crowded = True
            Alarm(env).settle(self.clear)

    def clear(self, event: simpy.Event) -> None:
        """Everything that is over at this instant has gathered."""
        self.crowded = False
        self.settle(self.env._now)

    def rung(self, event: simpy.Event) -> None:
        """The callback of an alarm."""
        self.ring(event.value)

    def alarm(self, delay: int, thing: Any) -> None:
        """Let a thing ring after a delay [ms]."""
        callbacks = self.env.timeout(delay, thing).callbacks
        if callbacks is not None:
            callbacks.append(self.rung)

    def settle(self, now: int) -> None:
        """All that is over at this instant, in the order of names; then the decisions."""
        due, self.due = self.due, []
        if len(due) > 1:
            due.sort(key=lambda thing: (ORDER_OF.get(type(thing), 3), thing.rank))
        for thing in due:
            if type(thing) is Journey:
                self.over(thing, now)
            else:
                thing.close(self, now)
        self.decide(now)

    # ---- stints

    def start(self, way: Journey) -> None:
        """One event for the stint that has begun; what is known to strike within it is folded into it."""
        b, machine, event = way.b, way.machine, way.event
        assert machine is not None and event is not None
        stint = b.plan[b.stint]
        delay = b.left
        if machine.wears < NEVER:
            rest = machine.wears - machine.state.ran
            if stint[3] == 0 and stint[4] == stint[1]:
                delay = min(delay, max(rest, 0))
            else:
                delay = min(delay, _until_worn(stint[3], stint[4], stint[1] - b.left, max(rest, 0)))
        if machine.strikes < NEVER:
            delay = min(delay, machine.strikes - b.since)
        if machine.timetable is not None and machine.work == "pause":
            delay = min(delay, machine.timetable.change(b.since) - b.since)
        if way.step is not None and way.step.work == "pause" and stint[2]:
            delay = min(delay, self.shift_left(way, b.since))
        event.start(b.since + delay - self.env._now)

    def shift_left(self, way: Journey, since: int) -> int:
        """How long [ms] all pools that the running stint uses stay open, or are needed no longer."""
        b = way.b
        worked = b.plan[b.stint][1] - b.left
        left = NEVER
        for pool, _, held in b.plan[b.stint][2]:
            at = self.desks[pool].closes(since) - since
            if at < held - worked:
                left = min(left, at)
        return left

    def over(self, way: Journey, now: int) -> None:
        """A stint is over, or is cut: the next stint begins, or the batch asks for its next unit, or it is done."""
        b = way.b
        if b.since + b.left > now:
            self.cut(way, now)
            return
        plan, following = b.plan, b.stint + 1
        machine, step = way.machine, way.step
        assert machine is not None and step is not None
        if machine.timetable is not None:
            self.shut(machine, now)
        if following < len(plan):
            if plan[b.stint][5] == "end" and b.place:
                self.leave(b.name, b.place, step.before, now)
            if plan[following][2] or machine.stopped:
                self.reask(way, now)
            else:
                self.begin_stint(way, now)
        elif step.next is not None:
            way.want = step.next
            way.key = (-way.priority, now, way.rank)
            self.asking.append(way)
        else:
            self.finish(way, step, now)

    def begin_stint(self, way: Journey, now: int) -> None:
        """The next stint, or what is left of a halted one, begins."""
        b = way.b
        self.put((now, "begin", b.unit, b.name, b.step, b.product, b.amount, "", None))
        if b.place and b.plan[b.stint][5] == "start" and way.step is not None:
            self.leave(b.name, b.place, way.step.before, now)
        self.start(way)

    def cut(self, way: Journey, now: int) -> None:
        """Something strikes within a stint: its unit closes, fails, or loses a pool to a shift end."""
        b, machine = way.b, way.machine
        assert machine is not None
        used = [pool for pool, _, _ in b.plan[b.stint][2]]
        clock = machine.struck(now, aged(b, now))
        if clock is not None:
            strike(machine, clock, b.name, self, now)
            if clock.work == "scrap":
                self.scrap(way, clock.name, now)
        elif machine.timetable is not None and not machine.timetable.is_open(now):
            self.put((now, "close", machine.name, b.name, b.step, b.product, b.amount, "calendar", None))
        else:
            gone = next(pool for pool in used if not self.desks[pool].size_at(now))
            self.put((now, "halt", b.unit, b.name, b.step, b.product, b.amount, gone, None))
            self.reask(way, now)
        self.give_back(used)

    def reask(self, way: Journey, asked: int) -> None:
        """A batch with a unit asks for the pools of its stint."""
        way.key = (-way.priority, asked, way.rank)
        self.claims.append(way)

    def give_back(self, pools: list[str]) -> None:
        """Something came back to pools before its time."""
        for pool in pools:
            desk = self.desks[pool]
            if desk.waiting or desk.stations:
                self.knocked[desk.rank] = desk

    # ---- places

    def leave(self, batch: str, place: str, step: StepPlan | None, now: int) -> None:
        """The batch leaves a unit, with the losses of the step that was done there, or a buffer."""
        b = self.state.batches[batch]
        machine = self.machines.get(place)
        if machine is None:
            self.put((now, "leave", place, batch, b.step, b.product, b.amount, "", None))
            shelf = self.shelves[place]
            if shelf.blocked:
                self.rooms[shelf.rank] = shelf
            return
        kept = list(machine.state.kept)
        amount = step.out(b.amount) if step is not None else b.amount
        self.put((now, "leave", place, batch, b.step, b.product, amount, "", None))
        if kept:
            self.give_back(kept)
        machine.way = None
        self.ready(machine, now)

    def ready(self, machine: Machine, now: int) -> None:
        """An empty unit tends itself, or is free."""
        if machine.timetable is not None:
            self.shut(machine, now)
        if machine.state.jobs or machine.state.closed:
            return
        if (machine.maintenance or machine.cleans_at_once) and tend(machine, self, now):
            return
        station = machine.station
        if station is not None:
            station.put_back(machine)
            if station.waiting or station.taken:
                self.touched[station.rank] = station

    def down(self, machine: Machine) -> None:
        """A unit is not free any more; a claim of the batch in it lacks the unit now."""
        if machine.station is not None and machine in machine.station.free:
            machine.station.free.remove(machine)
        way = machine.way
        if way is not None and way.machine is machine and way.desk is not None:
            self.knocked[way.desk.rank] = way.desk

    def tend_free(self, machine: Machine, now: int) -> None:
        """A free unit has maintenance that is due."""
        if machine.station is not None and machine in machine.station.free and tend(machine, self, now):
            self.down(machine)

    def up(self, machine: Machine, now: int) -> None:
        """One thing less stops a unit: its batch goes on, or asks anew; an empty unit is ready."""
        if machine.stopped:
            return
        way = machine.way
        if way is None:
            self.ready(machine, now)
        elif way.machine is machine:
            if way.b.phase == "run":
                self.start(way)
            elif way.b.phase == "claim" and way.desk is None:
                self.reask(way, way.b.asked)

    def shut(self, machine: Machine, now: int) -> None:
        """A unit whose calendar has closed while it worked closes when it is over."""
        if machine.timetable is not None and not machine.state.closed and not machine.timetable.is_open(now):
            self.put((now, "close", machine.name, "", "", "", 0.0, "calendar", None))

    def shut_or_open(self, machine: Machine, now: int) -> None:
        """The calendar of a unit changes."""
        timetable, way = machine.timetable, machine.way
        if timetable is None:
            return
        if timetable.is_open(now):
            if machine.state.closed:
                self.put((now, "open", machine.name, "", "", "", 0.0, "calendar", None))
                self.up(machine, now)
        elif way is None or way.machine is not machine or way.b.phase != "run":
            self.shut(machine, now)
            self.down(machine)

    def wind(self, machine: Machine, clock: Clock, now: int) -> None:
        """A clock that runs by the calendar starts again."""
        tick = self.ticks.get((machine.name, clock.name))
        if tick is not None and tick.event is not None:
            tick.event.start(max(clock.due(machine.state) - now, 0))

    # ---- the way of a batch

    def enter(self, way: Journey) -> None:
        """A batch comes to the floor: its process begins."""
        self.ways[way.b.name] = way
        way.event = Alarm(self.env)
        self.env.process(live(way, self))

    def finish(self, way: Journey, step: StepPlan, now: int) -> None:
        """A batch is done and leaves the plant."""
        b = way.b
        self.leave(b.name, b.unit, step, now)
        self.put((now, "done", "", b.name, b.step, b.product, b.amount, "", None))
        self.gone(way, now)

    def scrap(self, way: Journey, cause: str, now: int) -> None:
        """A batch is lost."""
        b = way.b
        for place in filter(None, (b.place, b.unit)):
            self.leave(b.name, place, None, now)
        self.put((now, "scrap", "", b.name, b.step, b.product, b.amount, cause, None))
        self.gone(way, now)

    def gone(self, way: Journey, now: int) -> None:
        """A batch is on the floor no more: its process ends; its order may send the next one."""
        event, way.event = way.event, None
        if event is not None:
            event.start(0)
        del self.ways[way.b.name]
        self.source_of(way.b.order).gone(self, now)

    def source_of(self, order: str) -> Source:
        """What releases the batches of an order."""
        return self.sources[order]

    # ---- taking up what the state says

    def repark(self, claim: Journey | Job, lacking: str) -> None:
        """A claim for pools that was waiting waits on."""
        desk = self.desks.get(lacking)
        if desk is not None:
            claim.desk = desk
            desk.park(claim)

    def repark_unit_claim(self, way: Journey) -> None:
        """A claim for a unit that was waiting waits on."""
        b = way.b
        if way.want is None:
            return
        way.key = (-way.priority, b.asked, way.rank)
        line = way.line = self.line_of(b.product, way.want, b.place or b.unit)
        line.park(way)
        if line.buffers and not b.place and b.unit:
            way.blocked = line.buffers
            for shelf in line.buffers:
                shelf.refuse(way)
        if b.cause in self.desks:
            self.desks[b.cause].stations[line.station.name] = line.station

    def look_round(self) -> None:
        """Consider everything that waits; a state at the end of an instant has nothing left to decide."""
        for desk in self.desks.values():
            if desk.waiting:
                self.knocked[desk.rank] = desk
        for machine in self.machines.values():
            station = machine.station
            if station is not None and station.free and (station.waiting or station.taken):
                self.touched[station.rank] = station
        self.decide(self.state.time)

    # ---- decisions

    def decide(self, now: int) -> None:
        """Until nothing more can be given; then who could not be served waits."""
        while True:
            if self.claims:
                self.take_claims(now)
            elif self.asking:
                self.take_asking()
            elif self.knocked:
                self.serve(_least(self.knocked), now)
            elif self.touched:
                self.match(_least(self.touched), now)
            elif self.rooms:
                self.fill(_least(self.rooms), now)
            elif self.unmet:
                self.let_wait(self.unmet.pop(0), now)
            else:
                break
        if self.suspects:
            suspects, self.suspects = self.suspects, []
            for way in suspects:
                if way.line is not None:
                    check(way, self, now)

    def take_asking(self) -> None:
        """Who asks for a unit stands in line."""
        asking, self.asking = self.asking, []
        for way in asking:
            self.stand(way)
            self.unmet.append(way)
        if len(asking) > 1:
            self.unmet.sort(key=_by_key)

    def stand(self, way: Journey) -> None:
        """Put a claim for a unit into its line."""
        b = way.b
        if way.want is None:
            return
        line = way.line = self.line_of(b.product, way.want, b.place or b.unit)
        line.park(way)
        station = line.station
        if station.free:
            self.touched[station.rank] = station

    def match(self, station: Station, now: int) -> None:
        """Give free units to claims: the least pair first."""
        while station.free and (station.waiting or station.taken):
            pair = self.pick(station, now)
            if pair is None:
                break
            way, machine = pair
            if way.line is not None:
                way.line.remove(way)
                way.line = None
            else:
                self.source_of(way.b.order).take(self, way, now)
            self.grant(way, machine, now)

    def pick(self, station: Station, now: int) -> tuple[Journey, Machine] | None:
        """The claim and the unit that come first: by the rule, else by priority, age and name; orders not yet begun last."""
        heads = station.heads() if station.waiting else []
        if self.rule is not None:
            return self.by_rule([*heads, *station.taken], station, now)
        for way in heads:
            for machine in station.free:
                if self.suits(way, machine, now):
                    return way, machine
        for way in station.taken:
            for machine in station.free:
                if self.suits(way, machine, now):
                    return way, machine
        return None

    def by_rule(self, heads: list[Journey], station: Station, now: int) -> tuple[Journey, Machine] | None:
        """The least of all feasible pairs; ties end in age and name."""
        rule, hours = self.rule, now / 3_600_000
        pairs = [
            (rule(way, machine, hours), way.line is None, way.key, machine.rank, way, machine)  # type: ignore[misc]
            for way in heads
            for machine in station.free
            if self.suits(way, machine, now)
        ]
        return min(pairs, key=lambda pair: pair[:4])[4:] if pairs else None

    def suits(self, way: Journey, machine: Machine, now: int) -> bool:
        """Whether this unit would do, and all that must be kept with it is there."""
        step = way.want
        assert step is not None
        line = way.line or self.line_of(way.b.product, step, "")
        if not (line.open or machine.name in line.able):
            return False
        if machine.load is not None and machine.load < way.b.amount:
            return False
        if line.direct is not None and machine.name not in line.direct:
            through = [shelf for shelf in line.buffers if machine.name in shelf.onward]
            if not any(shelf.roomy for shelf in through):
                return False
        gone = [self.desks[pool] for pool, number in step.keeps if self.desks[pool].free(now) < number]
        if gone:
            self.lack(way, next((desk for desk in gone if desk.name == way.b.cause), gone[0]), now)
        return not gone

    def lack(self, way: Journey, desk: Desk, now: int) -> None:
        """A claim for a unit lacks a pool; look again when something comes back to it."""
        if way.line is None:
            line = self.line_of(way.b.product, way.want, "") if way.want else None
        else:
            line = way.line
            if way.b.phase == "wait" and way.b.cause != desk.name and way not in self.unmet:
                b = way.b
                self.put((now, "wait", b.place or b.unit, b.name, b.step, b.product, b.amount, desk.name, None))
        if line is not None:
            desk.stations[line.station.name] = line.station
            self.set_knock(desk, now)

    def grant(self, way: Journey, machine: Machine, now: int) -> None:
        """The unit takes the batch; the first stint begins at once if it uses nothing."""
        step, b, station = way.want, way.b, machine.station
        assert step is not None and station is not None
        amount = step.before.out(b.amount) if b.unit and step.before else b.amount
        plan = step.plan(b.name, amount, machine, b.product, self.streams)
        self.put((now, "grant", machine.name, b.name, step.name, b.product, b.amount, "", (plan, step.keeps)))
        station.free.remove(machine)
        way.machine, way.step, way.want, machine.way = machine, step, None, way
        if way.blocked:
            self.unblock(way)
        if plan[0][2]:
            self.reask(way, now)
            return
        if b.place and plan[0][5] == "start":
            self.leave(b.name, b.place, step.before, now)
        self.start(way)

    def unblock(self, way: Journey) -> None:
        """It does not want a place in a buffer any more."""
        for shelf in way.blocked:
            shelf.blocked.remove(way)
        way.blocked = ()

    def let_wait(self, way: Journey, now: int) -> None:
        """A claim that could not be served goes into a buffer, or waits where it stands."""
        line, b, step = way.line, way.b, way.want
        if line is None or step is None:
            return
        if line.buffers and not b.place:
            for shelf in line.buffers:
                if shelf.roomy and not shelf.blocked:
                    self.put_away(way, shelf, now)
                    return
            way.blocked = line.buffers
            for shelf in line.buffers:
                shelf.refuse(way)
        cause = self.cause(way, now)
        self.put((now, "wait", b.place or b.unit, b.name, step.name, b.product, b.amount, cause, None))
        if b.unit or b.place:
            self.suspects.append(way)

    def cause(self, way: Journey, now: int) -> str:
        """What a claim for a unit lacks: a pool, if a unit is free, else a unit."""
        step, line = way.want, way.line
        assert step is not None and line is not None
        if step.keeps and any(machine.name in line.able for machine in line.station.free):
            for pool, number in step.keeps:
                if self.desks[pool].free(now) < number:
                    return pool
        return step.on

    def put_away(self, way: Journey, shelf: Shelf, now: int) -> None:
        """A batch that waits goes from its unit into a buffer."""
        b, step, line = way.b, way.want, way.line
        assert step is not None and line is not None
        unit, cause = b.unit, self.cause(way, now)
        self.put((now, "store", shelf.name, b.name, step.name, b.product, b.amount, cause, None))
        way.machine = None
        if unit:
            self.leave(b.name, unit, step.before, now)
        line.remove(way)
        way.line = self.line_of(b.product, step, shelf.name)
        way.line.park(way)

    def fill(self, shelf: Shelf, now: int) -> None:
        """Places are free in a buffer: who was refused comes in, oldest first."""
        while shelf.blocked and shelf.roomy:
            way = shelf.blocked[0]
            self.unblock(way)
            self.put_away(way, shelf, now)
        for way in shelf.blocked:
            if way.line is not None and way.line.direct is not None:
                self.touched[way.line.station.rank] = way.line.station

    # ---- pools

    def lacks(self, claim: Journey | Job, now: int) -> Desk | Machine | None:
        """The first thing that a claim for a stint or a job lacks."""
        machine = claim.machine
        fits = type(claim) is Journey and claim.step is not None and claim.step.work == "fits"
        if type(claim) is Journey and machine is not None and machine.stopped:
            return machine
        lacking = None
        for pool, number, held in claim.uses():
            desk = self.desks[pool]
            if desk.free(now) < number or (fits and desk.closes(now) - now < held):
                if desk is claim.desk:  # what it waits for already stays its cause
                    return desk
                lacking = lacking or desk
        return lacking

    def take_claims(self, now: int) -> None:
        """Who asks for pools begins, or stands in line before the one that is lacking or has a line already."""
        claims, self.claims = self.claims, []
        if len(claims) > 1:
            claims.sort(key=_by_key)
        for claim in claims:
            lacking = self.lacks(claim, now)
            if lacking is None:
                lined = [desk for pool, _, _ in claim.uses() if (desk := self.desks[pool]).waiting]
                if not lined:
                    claim.begin(self, now)
                    continue
                lacking = lined[0]
            self.stand_at(claim, lacking, now)

    def stand_at(self, claim: Journey | Job, lacking: Desk | Machine, now: int) -> None:
        """Park a claim for pools under what it lacks."""
        if isinstance(lacking, Machine):
            claim.desk = None
            claim.let_wait(self, lacking.name, now)
        else:
            claim.desk = lacking
            lacking.park(claim)
            self.knocked[lacking.rank] = lacking

    def serve(self, desk: Desk, now: int) -> None:
        """Something came back to a pool, or somebody asks: by age, and none may pass one that has lost patience."""
        reserved = False
        for claim in list(desk.waiting):
            lacking = desk if reserved else self.lacks(claim, now)
            if lacking is desk:
                claim.let_wait(self, desk.name, now)
                reserved = reserved or now - claim.key[1] >= desk.patience
                continue
            desk.waiting.remove(claim)
            claim.desk = None
            if lacking is None:
                claim.begin(self, now)
            else:
                self.stand_at(claim, lacking, now)
        stations, desk.stations = desk.stations, {}
        for station in stations.values():
            if not reserved:
                self.touched[station.rank] = station
            else:
                desk.stations[station.name] = station
        if desk.waiting or stations:
            self.set_knock(desk, now)

    def set_knock(self, desk: Desk, now: int) -> None:
        """One timer for a pool, for when something comes back by itself, and only while somebody waits for it."""
        at = desk.next_change(now)
        if at < NEVER and desk.knock != at:
            desk.knock = at
            self.alarm(at - now, desk)


def _until_worn(begin: int, end: int, worked: int, rest: int) -> int:
    """How long [ms] from here on a stint works until its unit has run for `rest` more, if it comes to that."""
    start = max(worked, begin)
    return start - worked + rest if start < end and rest < end - start else NEVER


def _by_key(way: Journey | Job) -> tuple[int, int, tuple[object, ...]]:
    return way.key


def _least(things: dict[int, Any]) -> Any:
    """Take out the thing of the least rank."""
    return things.popitem()[1] if len(things) == 1 else things.pop(min(things))



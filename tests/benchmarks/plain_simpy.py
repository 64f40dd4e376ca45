"""Two plants in plain simpy, written as a simpy user would: the yardstick for the engine.

They keep no record and no statistics beyond counts.  Run this file to print the CPU time
per part-move and per step, and the simpy events each of them takes.
"""

import math
import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Literal
from unittest.mock import patch

import simpy

Steps = Generator[simpy.Event, Any, None]

# --- (a) a serial line -----------------------------------------------------------------

Clock = Literal["running", "calendar"]
MEAN_WORK, MTTF, MTTR, PLACES = 1.0, 100.0, 10.0, 5


@dataclass
class LineResult:
    parts: int  # parts that left the last machine
    moves: int  # operations completed, over all machines


@dataclass
class Machine:
    """A machine that takes a part, works it, and holds it until the next buffer has a place.

    A breaker process interrupts the work; the part goes on with what was left after the repair.
    """

    env: simpy.Environment
    rng: random.Random
    clock: Clock
    source: simpy.Store | None
    sink: simpy.Store | None
    done: int = 0
    working: bool = False
    repair: simpy.Event | None = None

    def __post_init__(self) -> None:
        self.process = self.env.process(self.run())
        self.env.process(self.breaker())

    def run(self) -> Steps:
        while True:
            part: object = self.done  # the first machine makes its parts out of nothing
            if self.source is not None:
                part = yield self.source.get()
            yield from self.work(self.rng.expovariate(1 / MEAN_WORK))
            self.done += 1
            if self.sink is not None:
                yield self.sink.put(part)

    def work(self, left: float) -> Steps:
        while left > 0:
            if self.repair is not None:
                yield self.repair
            start = self.env.now
            self.working = True
            try:
                yield self.env.timeout(left)
                left = 0
            except simpy.Interrupt:
                left -= self.env.now - start
            self.working = False

    def breaker(self) -> Steps:
        while True:
            yield self.env.timeout(self.rng.expovariate(1 / MTTF))
            if self.working:
                self.process.interrupt()
            elif self.clock == "running":
                continue  # a rest stops this clock; exponential lives forget, so just redraw
            self.repair = self.env.timeout(self.rng.expovariate(1 / MTTR))
            yield self.repair
            self.repair = None


def line(until: float = 20_000, seed: int = 1, machines: int = 10, clock: Clock = "running") -> LineResult:
    """Machines in series with a small buffer between each two, blocking after service.

    The first never starves and the last never blocks; each breaks down by the hours it has
    worked (clock="running") or by the hours since its last repair (clock="calendar").
    """
    env = simpy.Environment()
    rng = random.Random(seed)
    buffers = [simpy.Store(env, capacity=PLACES) for _ in range(machines - 1)]
    row = [
        Machine(env, rng, clock, source, sink) for source, sink in zip([None, *buffers], [*buffers, None], strict=True)
    ]
    env.run(until=until)
    return LineResult(parts=row[-1].done, moves=sum(machine.done for machine in row))


# --- (b) a batch plant -----------------------------------------------------------------

FLOORS = {"A": (4, 5, 3, 4, 5, 3), "B": (3, 4, 5, 3, 4, 5), "C": (5, 3, 4, 5, 3, 4)}
KINDS, UNITS_PER_KIND, OPERATORS = 6, 2, 4
SIGMA = math.sqrt(math.log(1.25))  # mean 2 h and cv 0.5 on top of the floor
MU = math.log(2) - SIGMA * SIGMA / 2
CLEAN_SAME, CLEAN_OTHER, HANDLING, ORDER_GAP = 2.0, 8.0, 0.25, 9.0


@dataclass
class BatchResult:
    batches: int = 0  # batches finished
    steps: int = 0  # steps completed


@dataclass
class Unit:
    last: str | None = None  # the product it held last


class Plant:
    """Batches go through one unit of each kind; there is no storage between the kinds.

    A batch keeps its unit until it has got and cleaned the next one; operators charge and
    discharge every step.
    """

    def __init__(self, env: simpy.Environment, rng: random.Random) -> None:
        self.env, self.rng = env, rng
        self.result = BatchResult()
        self.operators = simpy.Resource(env, capacity=OPERATORS)
        self.kinds = [simpy.Store(env) for _ in range(KINDS)]
        for kind in self.kinds:
            for _ in range(UNITS_PER_KIND):
                kind.put(Unit())
        env.process(self.orders())

    def orders(self) -> Steps:
        while True:
            yield self.env.timeout(self.rng.expovariate(1 / ORDER_GAP))
            self.env.process(self.batch(self.rng.choice("ABC")))

    def batch(self, product: str) -> Steps:
        held: tuple[simpy.Store, Unit] | None = None
        for kind, floor in zip(self.kinds, FLOORS[product], strict=True):
            unit: Unit = yield kind.get()
            if unit.last is not None:
                same = unit.last == product
                yield self.env.timeout(CLEAN_SAME if same else CLEAN_OTHER)
            unit.last = product
            if held is not None:
                held[0].put(held[1])  # the material moves on; its old unit is free
            held = kind, unit
            yield from self.handle()
            yield self.env.timeout(floor + self.rng.lognormvariate(MU, SIGMA))
            yield from self.handle()
            self.result.steps += 1
        if held is not None:
            held[0].put(held[1])
        self.result.batches += 1

    def handle(self) -> Steps:
        with self.operators.request() as operator:
            yield operator
            yield self.env.timeout(HANDLING)


def batch_plant(hours: float = 8766, seed: int = 1) -> BatchResult:
    """Three products, six steps on six kinds of two units, four operators, random orders.

    The orders ask for slightly more than the plant can do, so it runs full behind a backlog.
    """
    env = simpy.Environment()
    plant = Plant(env, random.Random(seed))
    env.run(until=hours)
    return plant.result


# --- the yardstick ---------------------------------------------------------------------


def count_events(model: Callable[[], object]) -> int:
    """The simpy events one run of the model takes."""
    count = 0
    step = simpy.Environment.step

    def counting(env: simpy.Environment) -> None:
        nonlocal count
        count += 1
        step(env)

    with patch.object(simpy.Environment, "step", counting):  # run() calls it for every event
        model()
    return count


def main() -> None:
    """Time one run of each model, then run it again to count its events."""
    begin = time.process_time()
    moves = line().moves
    seconds = time.process_time() - begin
    print(f"line: {1e6 * seconds / moves:.2f} us/part-move ({moves} moves, {seconds:.3f} s)")
    begin = time.process_time()
    steps = batch_plant().steps
    seconds = time.process_time() - begin
    print(f"batch plant: {1e6 * seconds / steps:.2f} us/step ({steps} steps, {seconds:.3f} s)")
    print(f"line: {count_events(line) / moves:.3f} events/part-move")
    print(f"batch plant: {count_events(batch_plant) / steps:.3f} events/step")


if __name__ == "__main__":
    main()

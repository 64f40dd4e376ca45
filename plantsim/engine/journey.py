"""A batch's way through the plant: stint after stint, one event each, whatever waiting lies before it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from plantsim.chance import HOUR
from plantsim.state import BatchState, Uses, wait

if TYPE_CHECKING:
    from plantsim.engine.desk import Desk
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.engine.samples import Sample
    from plantsim.engine.station import Line, Shelf
    from plantsim.engine.upkeep import Job

LAST = simpy.events.EventPriority(2)  # after simpy's own NORMAL
Key = tuple[int, int, tuple[object, ...]]


class Alarm(simpy.Event):
    """An event that is made while its time is not known yet, so that waiting and the stint after it cost one event."""

    def start(self, delay: int) -> None:
        """Let it happen after a delay [ms]."""
        self._ok = True
        self._value = None
        self.env.schedule(self, delay=delay)

    def settle(self, callback: Callable[[simpy.Event], None]) -> None:
        """Let it happen after all else of this instant."""
        self._ok = True
        self._value = None
        self.callbacks = [callback]
        self.env.schedule(self, priority=LAST)


class Journey:
    """A batch on its way; also the claim that a dispatch rule sees.  What is so is in its state, `b`."""

    __slots__ = (
        "b",
        "behind",
        "blocked",
        "desk",
        "doing",
        "due_at",
        "event",
        "key",
        "line",
        "machine",
        "priority",
        "rank",
        "unfit",
        "want",
    )

    def __init__(self, b: BatchState, rank: tuple[object, ...], priority: int, due: float) -> None:
        self.b, self.rank, self.priority, self.due_at = b, rank, priority, due
        self.event: Alarm | None = None
        self.machine: Machine | None = None  # the unit that it was granted
        self.behind: Machine | Shelf | None = None  # where its material is, while it is not in that unit
        self.doing: StepPlan | None = None  # the step on that unit
        self.want: StepPlan | None = None  # for which it asks for a unit
        self.line: Line | None = None
        self.desk: Desk | None = None  # the pool that it lacks
        self.blocked: tuple[Shelf, ...] = ()  # buffers that it would go into
        self.unfit = 0  # how long [ms] the step takes for which it asks at this instant, if a free unit closes before
        self.key: Key = (-priority, b.asked, rank)

    # ---- what a rule may read

    @property
    def batch(self) -> str:
        """Name of the batch."""
        return self.b.name

    @property
    def order(self) -> str:
        """Name of its order."""
        return self.b.order

    @property
    def product(self) -> str:
        """What it becomes."""
        return self.b.product

    @property
    def step(self) -> str:
        """Name of the step that it asks for."""
        return self.want.name if self.want else ""

    @property
    def amount(self) -> float:
        """Mass [kg]."""
        return self.b.amount

    @property
    def asked(self) -> float:
        """When it asked [h]."""
        return self.key[1] / HOUR

    @property
    def due(self) -> float:
        """When its order is due [h], or infinity."""
        return self.due_at

    @property
    def hours_to_go(self) -> float:
        """Expected work [h] from the step that it asks for to the last one."""
        return self.want.togo if self.want else 0.0

    # ---- as a claim for the pools of its next stint (see also `upkeep.Job`)

    def uses(self) -> Uses:
        """(pool, number, ms) that the stint which it asks to begin still needs."""
        b = self.b
        if b.phase == "run":  # that stint is over; the next one asks
            return tuple([use for use in b.plan[b.stint + 1][2] if use[2] > 0])
        stint = b.plan[b.stint]
        worked = stint[1] - b.left
        return tuple([(pool, number, held - worked) for pool, number, held in stint[2] if held > worked])

    def begin(self, floor: Floor, now: int) -> None:
        """The pools are there."""
        from plantsim.engine.carrying import begin_move
        from plantsim.engine.stints import begin_stint
        from plantsim.engine.washing import wash_lapsed

        if self.machine is None:  # it goes into a buffer
            begin_move(self, floor, now)
            return
        if self.b.phase == "claim" and self.b.stint == 0 and wash_lapsed(self, floor, now):
            return
        begin_stint(self, floor, now)

    def let_wait(self, floor: Floor, lacking: str, now: int) -> None:
        """It lacks something: say so, once."""
        b = self.b
        if b.phase != "claim" or b.cause != lacking:
            floor.put(wait, (now, "wait", b.unit, b.name, b.step, b.product, b.amount, lacking, None))


def by_age(claim: Journey | Job | Sample) -> Key:
    """Priority, age and name: the order in which like claims are served."""
    return claim.key


def live(way: Journey, floor: Floor) -> Generator[simpy.Event, Any, None]:
    """The simpy process of a batch on the floor."""
    while way.event is not None:
        yield way.event
        if way.event is None:
            return
        floor.ring(way)


def natural(name: str) -> tuple[object, ...]:
    """A key by which names with numbers sort by number.

    >>> sorted(["march/10", "march/9"], key=natural)
    ['march/9', 'march/10']
    """
    parts: list[object] = []
    for piece in name.replace("-", "/").split("/"):
        parts += [1, "", int(piece)] if piece.isdecimal() else [0, piece, 0]
    return tuple(parts)

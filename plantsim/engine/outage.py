"""A utility that is not made any more: who draws it goes on as long as the tank lasts, and is halted as it runs dry.

Nobody knows beforehand when that is, since what is drawn changes until then; so this cuts what runs.  Who began last is
halted first, until the level carries who is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.clock import NEVER
from plantsim.engine.halting import halted, terms
from plantsim.engine.journey import Journey, natural
from plantsim.engine.places import hush
from plantsim.state import halt

if TYPE_CHECKING:
    from plantsim.engine.clock import Clock
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine
    from plantsim.engine.tank import Tank
    from plantsim.engine.washing import Wash


class Dry:
    """The time at which a tank will be dry, if nothing changes until then."""

    __slots__ = ("maker", "rank")

    def __init__(self, maker: Machine) -> None:
        self.maker, self.rank = maker, natural(maker.name)

    def close(self, floor: Floor, now: int) -> None:
        """It is time: who draws is halted, or there is more than was thought."""
        watch_level(self.maker, floor, now)


def watch_level(maker: Machine, floor: Floor, now: int) -> None:
    """Halt who can't draw on now that less is made, and look again when the level of the tank is at its least."""
    tank: Tank = maker.tank  # type: ignore[assignment]
    while (at := tank.dry(now)) <= now:
        who = _last(tank, floor, now)
        if who is None:
            return
        if isinstance(who, Journey):
            _cut(who, tank, floor, now)
        else:
            who.cut(tank.name, floor, now)
    if at < NEVER:
        floor.alarm(at - now, Dry(maker))


def _last(tank: Tank, floor: Floor, now: int) -> Journey | Wash | None:
    """Who draws, and began to last."""
    names = dict.fromkeys(who for until, _, who in floor.state.pools[tank.name] if until > now)
    found: list[tuple[int, tuple[object, ...], Journey | Wash]] = []
    for name in names:
        way, machine = floor.ways.get(name), floor.machines.get(name)
        if way is not None and way.b.phase == "run":
            found.append((way.b.since, way.rank, way))
        elif machine is not None and machine.wash is not None:
            found.append((machine.state.jobs["clean"].since, machine.wash.rank, machine.wash))
    return max(found, key=lambda each: each[:2])[2] if found else None


def _cut(way: Journey, tank: Tank, floor: Floor, now: int) -> None:
    """A stint halts for want of a utility; it claims it anew, unless its batch is lost."""
    b, used = way.b, [pool for pool, _, _ in way.b.plan[way.b.stint][2]]
    work, longest = _word(way, tank)
    hush(way, floor)
    detail = terms(way, work, longest, now)
    floor.put(halt, (now, "halt", b.unit, b.name, b.step, b.product, b.amount, tank.name, detail))
    if not halted(way, work, tank.name, floor, now):
        floor.reask(way, now)
    floor.give_back(used)


def _word(way: Journey, tank: Tank) -> tuple[str, int]:
    """(what becomes of the work, after how long [ms] a batch is lost): as the step says, or else the failure."""
    down = _mode(tank)
    work: str = way.doing.pauses if way.doing is not None else "pause"
    if work in ("finish", "fits"):  # it can't finish without
        work = down.work if down is not None else "pause"
    return work, NEVER if down is None else down.longest


def _mode(tank: Tank) -> Clock | None:
    """The failure by which a utility is down."""
    maker: Machine = tank.maker  # type: ignore[assignment]
    return next((clock for clock in maker.failures if clock.name in maker.state.jobs), None)

"""What becomes of work that stops before its end, and of a batch that stands still for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import HOUR, milliseconds
from plantsim.engine import loads
from plantsim.engine.clock import NEVER
from plantsim.engine.machine import Machine
from plantsim.engine.moving import hop_to, litres, with_move
from plantsim.engine.physics import foresee
from plantsim.engine.riding import foreseen

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan

PAUSE = "longest pause"  # the cause for which a batch is lost, or goes back, whose halted work has not gone on


def terms(way: Journey, work: str, longest: int, now: int) -> tuple[str, int] | None:
    """What the row of a halt says besides: (what becomes of the work, when [ms] the batch is lost); None: it pauses."""
    longest = min(longest, way.doing.patience if way.doing is not None else NEVER)
    lost = now + longest if longest < NEVER and work != "scrap" else 0
    return (work, lost) if work in ("restart", "scrap") or lost else None


def halted(way: Journey, work: str, cause: str, floor: Floor, now: int) -> bool:
    """The row of a halt is written: whether the batch is scrapped for it; else it may be lost if it stands too long."""
    if work == "scrap":
        floor.scrap(way, cause, now)
        return True
    if way.b.lost > now:
        expire(way, PAUSE, way.b.lost, floor, now)
    return False


def unfit(way: Journey, machine: Machine, floor: Floor, now: int) -> int:
    """How long [ms] the step takes for which a batch asks, if it doesn't end before the unit closes; 0: it does."""
    step, timetable = way.want, machine.timetable
    if step is None or timetable is None:
        return 0
    load, run = loads.gathered(way, machine), None
    amount = loads.mass(load)
    if step.model is not None:
        leads = loads.comes_with(way)
        found = foresee(way.b, step, leads, way.b.charge, machine, floor)
        run = milliseconds(foreseen(found, way.b, leads, load[1:], step, machine.name, floor).hours)
    whole = amount + step.adds(amount, len(load))
    plan = step.plan(way.b.luck, whole, machine, way.b.product, floor.streams, run)
    hop = hop_to(step, way.b, way.b.place or way.b.unit, machine.name)
    if hop is not None:
        plan = with_move(plan, hop, amount, litres(hop, way.b, amount, step, way.b.charge), step)
    ms = sum(stint[1] for stint in plan)
    return ms if timetable.change(now) - now < ms else 0


def stint_fits(way: Journey, machine: Machine, now: int) -> bool:
    """Whether the next stint of a batch, or the rest of a halted one, ends before the calendar of its unit closes."""
    b = way.b
    left = b.plan[b.stint + 1][1] if b.phase == "run" else b.left
    return machine.timetable is None or machine.timetable.change(now) - now >= left


class Limit:
    """The time at which a batch will have stood still for too long, if it still does then."""

    __slots__ = ("at", "rank", "way", "word")

    def __init__(self, way: Journey, word: str, at: int) -> None:
        self.way, self.word, self.at, self.rank = way, word, at, (word, way.rank)

    def close(self, floor: Floor, now: int) -> None:
        """It is time: once all else of this instant is decided, look whether the batch still stands."""
        floor.late[self.rank] = self

    def settle(self, floor: Floor, now: int) -> None:
        """The batch is lost, or that it stood for too long is only noted."""
        from plantsim.engine.rework import broken

        way, b = self.way, self.way.b
        if floor.ways.get(b.name) is not way:
            return
        if self.word == PAUSE:
            if b.lost == now and b.phase in ("halted", "claim") and way.doing is not None:
                broken(way, PAUSE, (b.step, way.doing.after_pause), floor, now)
        elif (asked := stands(way)) >= 0:
            over = [step for at, step in holds(way, asked, floor) if at == now]
            if over:
                strictest = next((step for step in over if step.after_hold == "scrap"), over[0])
                broken(way, self.word, (strictest.name, strictest.after_hold), floor, now)


def stands(way: Journey) -> int:
    """Since when [ms] a batch asks for its unit, or has it and is not taken out yet; -1 if it does not stand."""
    b, machine = way.b, way.machine
    if b.phase == "wait":
        return b.asked
    lead = machine.way.b if machine is not None and machine.way is not None and b.phase == "ride" else b
    return b.stood if lead.stood >= 0 and b.place else -1


def holds(way: Journey, asked: int, floor: Floor) -> list[tuple[int, StepPlan]]:
    """(when [ms] a batch that has asked then will have stood for too long, the step that says so).

    What parts or meets comes from steps of its own, each with its hold; another batch from the step before; one that
    was sent back, and stands nowhere, from none.
    """
    b, step = way.b, way.doing if way.want is None and way.b.stood >= 0 else way.want
    if b.over:
        steps = [(at, floor.steps[b.product][name]) for name, at in b.over]
        return [(at + each.hold, each) for at, each in steps if each.hold >= 0]
    if step is None or step.before is None or step.limit < 0 or not (b.place or (b.unit and b.stood < 0)):
        return []
    return [(asked + step.limit, step.before)]


def watch_hold(way: Journey, floor: Floor, now: int) -> None:
    """A batch that asks for its next unit, or for others, or has got it, must not stand for longer than it may."""
    asked = way.b.stood if way.b.stood >= 0 else way.key[1]
    for at, _ in holds(way, asked, floor):
        if at == now == asked:  # zero wait
            floor.late["hold", way.rank] = Limit(way, "hold", at)
    watch_on(way, asked, floor, now)


def watch_on(way: Journey, asked: int, floor: Floor, now: int) -> None:
    """The holds of a batch that stands since then end later than now, or have been looked at."""
    for at, _ in holds(way, asked, floor):
        expire(way, "hold", at, floor, now)


def expire(way: Journey, word: str, at: int, floor: Floor, now: int) -> None:
    """A batch stands still, and must not do so for longer than until `at` [ms]."""
    if at > now:
        floor.alarm(at - now, Limit(way, word, at))


def let_go(way: Journey, floor: Floor) -> None:
    """A batch that is lost waits for nothing any more."""
    from plantsim.engine.carrying import turn_back

    line, desk = way.line, way.desk
    turn_back(way, floor, floor.state.time)
    floor.coming = [each for each in floor.coming if each[0] is not way]  # let go by another verdict of this instant
    floor.unmet = [each for each in floor.unmet if each is not way]
    if line is not None:
        line.remove(way)
        way.line = None
        floor.touched[line.station.rank] = line.station
    if desk is not None:
        desk.waiting.remove(way)
        way.desk = None
        floor.knocked[desk.rank] = desk
    for shelf in way.blocked:
        shelf.blocked.remove(way)
    way.blocked = ()


def patience(hours: float | None) -> int:
    """A longest time [ms] for which something may stand still; none: never too long."""
    return NEVER if hours is None else int(hours * HOUR + 0.5)

"""Units that work on after a failure, perhaps slower, and are repaired once they are empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.company import exposed
from plantsim.state import impair

if TYPE_CHECKING:
    from plantsim.engine.clock import Clock
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine
    from plantsim.state import BatchState, Plan, StintPlan


def works_on(machine: Machine, clock: Clock, floor: Floor, now: int) -> None:
    """A failure that lets the work finish: what is left of the step in the unit takes longer from now on."""
    alone = machine.way is not None and exposed(machine.way, machine) and machine.places == 1
    way = machine.way if alone else None
    b = way.b if way is not None and way.b.phase in ("run", "claim", "halted") else None
    who = (b.name, b.step, b.product, b.amount) if b else ("", "", "", 0.0)
    detail = (clock.rate, slowed(b, clock.rate, floor, now) if b else ())
    floor.put(impair, (now, "impair", machine.name, *who, clock.name, detail))
    machine.look_ahead()


def slowed(b: BatchState, rate: float, floor: Floor, now: int) -> Plan:
    """The plan of a batch, of which the rest is worked at a part of the rate; what draws a utility keeps its pace."""
    worked = b.plan[b.stint][1] - b.left + (now - b.since if b.phase == "run" else 0)
    plan = list(b.plan)
    for k in range(b.stint, len(plan)):
        if not any(name in floor.state.tanks for name, _, _ in plan[k][2]):
            plan[k] = _stretched(plan[k], worked if k == b.stint else 0, rate)
    return tuple(plan)


def _stretched(stint: StintPlan, worked: int, rate: float) -> StintPlan:
    def at(ms: int) -> int:
        return ms if ms <= worked else worked + int((ms - worked) / rate + 0.5)

    acts, begin = [], 0
    for act, ms in stint[0]:
        acts.append((act, at(begin + ms) - at(begin)))
        begin += ms
    ends = [(pool, number, held, min(held, stint[1])) for pool, number, held in stint[2]]  # a flush keeps its pace
    uses = tuple([(pool, number, held - end + at(end)) for pool, number, held, end in ends])
    return tuple(acts), at(stint[1]), uses, at(stint[3]), at(stint[4]), stint[5]


def mend(machine: Machine, floor: Floor, now: int) -> None:
    """An empty unit that had worked on is down now, and is repaired."""
    from plantsim.engine.breakdown import strike

    for clock in machine.failures:
        if clock.name in machine.state.impaired:
            strike(machine, clock, None, floor, now)

"""What a claim for a unit does besides being served: it waits for a verdict first, or wants a place in a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Line
    from plantsim.state import BatchState


def line_of(way: Journey, step: StepPlan, place: str) -> Line:
    """Where a batch at this place asks for a step, or waits for the verdict that it needs before."""
    line = step.lines[place]
    return line.behind_gate() if way.b.pending and any(way.b.pending.values()) else line


def awaited_test(b: BatchState, floor: Floor) -> str:
    """The test whose verdict a batch waits for before its next step, or ''."""
    return next((floor.state.samples[key].test for key, waits in b.pending.items() if waits), "")


def unblock(way: Journey) -> None:
    """It does not want a place in a buffer any more."""
    for shelf in way.blocked:
        shelf.blocked.remove(way)
    way.blocked = ()

"""Where a batch that needs a verdict asks for its next unit."""

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

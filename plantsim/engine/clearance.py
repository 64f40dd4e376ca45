"""Line clearance: a buffer takes another batch, or another product, only when it is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.station import Line, Shelf


def uncleared(way: Journey, line: Line) -> str:
    """The buffer that others must leave before a batch can go on at all; '' if there is another way."""
    if line.direct is None or line.direct or way.b.place:
        return ""
    return "" if any(shelf.cleared(way.b) for shelf in line.buffers) else line.buffers[0].name


def out_of(shelf: Shelf, way: Journey) -> list[tuple[str, ...]]:
    """Who must leave a buffer for a batch to come in: any one of those in it, or all of them."""
    return [(name,) for name in shelf.stored] if shelf.cleared(way.b) else [tuple(shelf.stored)]


def ways_to(machine: Machine, way: Journey, line: Line) -> list[tuple[str, ...]]:
    """Who must leave the buffer on the way to a unit, for each such way: nobody, or all that stand in it."""
    if not line.clears or line.direct is None or machine.name in line.direct or way.b.place:
        return [()]
    shelves = [shelf for shelf in line.buffers if machine.name in shelf.onward]
    return [() if shelf.cleared(way.b) else tuple(shelf.stored) for shelf in shelves]

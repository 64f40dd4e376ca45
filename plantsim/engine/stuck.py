"""Follow who waits for whom over what is kept: a plant in which nobody can move any more says so, with its ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine.desk import CRUMB
from plantsim.errors import StuckPlant
from plantsim.waits import tells

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey


def check(way: Journey, floor: Floor, now: int) -> None:
    """Raise StuckPlant if all that this batch waits for is held by batches that wait for one another."""
    seen = {way.b.name: way}
    todo = [way]
    while todo:
        for name in holders(todo.pop(), floor):
            holder = floor.ways.get(name)
            if holder is None or holder.b.phase != "wait":
                return  # somebody, or the unit itself, will let go
            if name not in seen:
                seen[name] = holder
                todo.append(holder)
    raise StuckPlant(now / HOUR, [_tells(each, floor) for each in _ring(way, floor)])


def holders(way: Journey, floor: Floor) -> Iterator[str]:
    """The batches any of which could let this one go on; '' for a thing that holds nothing and will be there again."""
    line = way.line
    if line is None:
        yield ""
        return
    for pool, number in line.step.keeps:
        desk = floor.desks[pool]
        if way.b.cause == pool and desk.size - floor.state.kept[pool] + CRUMB < number:
            keeping = [u.batch for u in floor.state.units.values() if pool in u.kept]
            yield from keeping
            return
    for machine in line.station.machines:
        if machine.name in line.able:
            yield machine.state.batch
    for shelf in line.buffers if not way.b.place else ():
        yield from shelf.stored


def _ring(way: Journey, floor: Floor) -> list[Journey]:
    """Follow the first holder of each until one comes again."""
    path = [way]
    while True:
        following = floor.ways[next(iter(holders(path[-1], floor)))]
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _tells(way: Journey, floor: Floor) -> str:
    held = way.b.unit or way.b.place
    wanted = ", ".join(dict.fromkeys(name for name in _wanted(way, floor)))
    return tells(floor.state, way.b.name, held, wanted)


def _wanted(way: Journey, floor: Floor) -> Iterator[str]:
    line = way.line
    if line is None:
        return
    if way.b.cause in floor.desks:
        yield way.b.cause
        return
    yield from (machine.name for machine in line.station.machines if machine.name in line.able)

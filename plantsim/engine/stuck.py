"""Follow who waits for whom over what is kept: a plant in which nobody can move any more says so, with its ring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from typing import TYPE_CHECKING, TypeAlias

from plantsim.chance import HOUR
from plantsim.engine import company, meeting, places
from plantsim.engine.clearance import out_of, ways_to
from plantsim.engine.desk import CRUMB
from plantsim.engine.journey import natural
from plantsim.engine.loads import LACKING
from plantsim.errors import StuckPlant
from plantsim.waits import tells

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.station import Line

Choice: TypeAlias = tuple[str, ...]  # batches all of which must let go; one that is not waiting will


def check(way: Journey, floor: Floor, now: int) -> None:
    """Raise StuckPlant if all that this batch waits for is held by batches that wait for one another."""
    if _one_moves(way, floor):
        return
    seen = {way.b.name: choices(way, floor)}
    todo, single = [way.b.name], True
    while todo:
        for choice in seen[todo.pop()]:
            single = single and len(choice) <= 1
            if single and all(map(floor.lets_go, choice)):
                return  # somebody, or the unit itself, will let go, and then one after the other up to this one
            for name in choice:
                if name not in seen and not floor.lets_go(name):
                    seen[name] = choices(floor.ways[name], floor)
                    todo.append(name)
    if way.b.name in _held(seen):
        raise StuckPlant(now / HOUR, [_tells(each, floor) for each in _ring(way, floor, _held(seen))])


def _one_moves(way: Journey, floor: Floor) -> bool:
    """Whether somebody before it goes on by himself, and then one after the other: the usual case, without a search."""
    for _ in floor.machines:
        line, holder = way.line, ""
        if line is None or line.tells or line.clears or way.b.joins:
            return False
        for machine in line.station.machines:
            u = machine.state
            if machine.name in line.able and not u.riders:
                if floor.lets_go(u.batch):
                    return True
                holder = u.batch
        if not holder:
            return False
        way = floor.ways[holder]
    return False


def _held(seen: dict[str, list[Choice]]) -> dict[str, None]:
    """Who can't go on, whoever else does: each of its choices has one of them in it."""
    held = dict.fromkeys(seen)
    while True:
        freed = [name for name in held if any(not any(each in held for each in choice) for choice in seen[name])]
        if not freed:
            return held
        for name in freed:
            del held[name]


def choices(way: Journey, floor: Floor) -> list[Choice]:
    """What could let this one go on: any of these, each by all the batches in it; () is there again by itself."""
    line = way.line
    if way.b.joins:
        names = tuple(meeting.awaited(way, floor))
        pools = way.want is not None and way.want.meet is not None and way.want.meet.pools
        aside = [some for shelf in way.blocked for some in out_of(shelf, way)]  # to go in there when they leave
        return [*([(name,) if name else () for name in names] if pools else [names]), *aside]
    if line is None or line.open is not None or way.b.cause in floor.stocks:
        return [()]
    if way.b.cause == LACKING:
        return _who_may_come(way, line, floor)
    for pool, number in line.step.keeps:
        desk = floor.desks[pool]
        if way.b.cause == pool and desk.size - floor.state.kept[pool] + CRUMB < number:
            keeping = [u for u in floor.state.units.values() if pool in u.kept]
            others = floor.state.kept[pool] - sum(u.kept[pool] for u in keeping)  # a clean will give it back
            return [*([()] if others > CRUMB else []), *((u.batch, *u.riders) for u in keeping)]
    units = [machine for machine in line.station.machines if machine.name in line.able]
    shelves = line.buffers if not way.b.place else ()
    ways = [(unit, some) for unit in units for some in ways_to(unit, way, line)]
    enter = [those + some for unit, some in ways for those in _to_enter(unit, way, floor)]
    return [
        *_all_of(enter, way, line, floor),
        *(some for shelf in shelves for some in out_of(shelf, way)),
    ]


def _all_of(units: list[Choice], way: Journey, line: Line, floor: Floor) -> list[Choice]:
    """Each way to have one of these units and all that the step needs beside it."""
    mass = company.in_all(way, line.step)
    others = [_so_many(sorted(each.able), each.count(mass), floor) for each in line.step.withs]
    return [sum(each, ()) for each in product(units, *others)]


def _so_many(names: list[str], number: int, floor: Floor) -> list[Choice]:
    """Each way to have so many of these units: by itself, or by the least that those who keep them let go."""
    holders = [_inside(floor.machines[name]) for name in names]
    kept = Counter(each for each in holders if not all(map(floor.lets_go, each)))
    lacking = number - (len(holders) - kept.total())
    if lacking <= 0:
        return [()]
    found: list[Choice] = []
    for size in range(1, min(lacking, len(kept)) + 1):
        for few in combinations(kept, size):
            counts = [kept[each] for each in few]
            if 0 <= sum(counts) - lacking < min(counts):
                found.append(sum(few, ()))
    return found


def _who_may_come(way: Journey, line: Line, floor: Floor) -> list[Choice]:
    """For a load: the batches of the product that have not come so far, and any that the orders still send."""
    steps = [line.step]
    while steps[-1].before is not None:
        steps.append(steps[-1].before)
    names = [step.name for step in steps]
    left = [source for source in floor.sources.values() if source.left > 0 and way.product in source.order.mix]
    tires = any(unit.longest_wait is not None for unit in line.station.machines if unit.name in line.able)
    if tires or not left or any(source.order.release.wip is None for source in left):
        return [()]  # it goes with what there is; that none comes any more is no ring
    return [
        (each.b.name,)
        for each in floor.ways.values()
        if each is not way and each.b.product == way.product and each.b.step in names
    ] or [(way.b.name,)]


def _to_enter(machine: Machine, way: Journey, floor: Floor) -> list[Choice]:
    """Who must leave a unit so that this batch can come in: all, or, of those that are each for itself, any one."""
    if machine.places == 1 or not machine.state.batch:
        return [_inside(machine)]
    if not places.admits(way, machine, floor, floor.state.time):
        return [_inside(machine)]
    those = _inside(machine)
    return [(name,) for name in those] if len(those) >= machine.places else [()]


def _inside(machine: Machine) -> Choice:
    return (machine.state.batch, *machine.state.riders) if machine.state.batch else ()


def _ring(way: Journey, floor: Floor, held: dict[str, None]) -> list[Journey]:
    """Follow the first holder of each until one comes again."""
    path = [way]
    while True:
        choice = choices(path[-1], floor)[0]
        following = floor.ways[next(name for name in choice if name in held)]
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _tells(way: Journey, floor: Floor) -> str:
    held = way.b.unit or way.b.place
    wanted = ", ".join(dict.fromkeys(name for name in _wanted(way, floor)))
    return tells(floor.state, way.b.name, held, wanted)


def _wanted(way: Journey, floor: Floor) -> Iterator[str]:
    line = way.line
    if way.b.joins:
        names = [name for name in meeting.awaited(way, floor) if name != way.b.name]
        yield from names or ["more batches to pool"]
        return
    if line is None:
        return
    if way.b.cause in floor.desks or way.b.cause == LACKING or way.b.cause in floor.shelves:
        yield way.b.cause
        return
    for each in line.step.withs:
        if each.word == way.b.cause:
            yield from sorted(each.able, key=natural)
            return
    yield from (machine.name for machine in line.station.machines if machine.name in line.able)

"""Batches that part and meet: splits, steps side by side, joins, pools; and batches that have lost a part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import fsum
from typing import TYPE_CHECKING

from plantsim.engine import meeting
from plantsim.engine.gate import awaited_test
from plantsim.engine.halting import watch_hold
from plantsim.engine.journey import Journey, natural
from plantsim.engine.matter import begin_anew, mix_joined
from plantsim.engine.stock import give
from plantsim.procedure import split_into
from plantsim.state import BatchState, halt, join, split, store, wait

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Shelf

Ways = list[tuple["StepPlan", str, float]]  # (step, name of the part that goes there, its mass or share) ...
Coming = tuple[Journey, "StepPlan", float]  # who comes to which step with which mass [kg]


# ---- to part ---------------------------------------------------------------------------------------------------------


def go_on(way: Journey, ways: Ways, masses: list[float], after: str, floor: Floor) -> None:
    """A batch goes on where its recipe says: to one step, or to several, side by side, as parts of these masses."""
    if len(ways) == 1:
        floor.coming.append((way, ways[0][0], masses[0]))
        return
    named = [(f"{way.b.name}/{part}", mass) for (_, part, _), mass in zip(ways, masses, strict=True)]
    for part, (step, _, _) in zip(_part(way, "fork", after, named, floor), ways, strict=True):
        if step.own is not None and after:
            begin_anew(part.b, step, floor)
        floor.coming.append((part, step, part.b.amount))


def shared(amount: float, shares: Iterable[float]) -> list[float]:
    """A mass in shares that add up to 1; the last takes what is left, so that nothing is lost in rounding."""
    *masses, _ = [amount * share for share in shares]
    return [*masses, max(0.0, amount - fsum(masses))]


def after_step(way: Journey, step: StepPlan, floor: Floor) -> None:
    """A step is over after which the batch parts, or meets others; its losses are taken off here."""
    amount = step.out(way.b.amount) if step.loses else way.b.amount
    if step.gives and way.machine is not None:
        give(way.b, way.machine, step, floor, floor.state.time)
    if awaited_test(way.b, floor):
        floor.coming.append((way, step, amount))
    else:
        leave_step(way, step, amount, floor)


def leave_step(way: Journey, step: StepPlan, amount: float, floor: Floor) -> None:
    """A batch of this mass [kg] goes on from a step after which it parts, or meets others."""
    go_on(way, step.ways, shared(amount, [share for _, _, share in step.ways]), step.name, floor)


def at_release(way: Journey, ways: Ways, floor: Floor) -> None:
    """A batch has entered the plant in parts."""
    go_on(way, ways, [mass for _, _, mass in ways], "", floor)


def _part(way: Journey, cause: str, step: str, named: list[tuple[str, float]], floor: Floor) -> list[Journey]:
    """A batch becomes parts, which stand where it stood."""
    b, now = way.b, floor.state.time
    amount = fsum(mass for _, mass in named)
    floor.put(split, (now, "split", b.unit, b.name, step, b.product, amount, cause, tuple(named)))
    _retire(way, floor)
    parts = [_enter(name, way, floor) for name, _ in named]
    for part in parts:
        part.machine, part.doing = way.machine, way.doing
    return parts


def _enter(name: str, like: Journey, floor: Floor) -> Journey:
    """The way of a batch that begins where others end."""
    way = Journey(floor.state.batches[name], natural(name), like.priority, like.due_at)
    floor.enter(way)
    unit = floor.machines.get(way.b.unit)
    if unit is not None:
        unit.way = floor.ways.get(unit.state.batch)
    return way


def _retire(way: Journey, floor: Floor) -> None:
    """A batch goes on under other names: its process ends."""
    for shelf in way.blocked:
        shelf.blocked.remove(way)
    way.blocked = ()
    floor.end(way)


def _ask(way: Journey, step: StepPlan, floor: Floor, now: int) -> None:
    way.want = step
    way.key = (-way.priority, now, way.rank)
    floor.asking.append(way)


def _proceed(way: Journey, step: StepPlan, amount: float, floor: Floor, now: int) -> None:
    """Ask for a unit; a batch that is split before the step does so in parts."""
    if step.split is None:
        _ask(way, step, floor, now)
        return
    b = way.b
    number = split_into(step.split, amount, len(step.lines[b.place or b.unit].able))
    masses = shared(amount, [1.0 / number] * number)
    named = [(f"{b.name}/{b.made + k}", mass) for k, mass in enumerate(masses, start=1)]
    for part in _part(way, "split", step.name, named, floor):
        _ask(part, step, floor, now)


# ---- to meet ---------------------------------------------------------------------------------------------------------


def meet(floor: Floor, now: int) -> None:
    """Who has come to a step at which parts or batches meet goes on with them, or waits; others ask for their unit."""
    lost, floor.lost = floor.lost, []
    for b in lost:
        _mourn(b, floor, now)
    for way, step, amount in [each for each in floor.coming if each[1] is each[0].doing]:
        _at_gate(way, step, amount, floor, now)
    coming, floor.coming = [each for each in floor.coming if each[1] is not each[0].doing], []
    coming.sort(key=lambda each: each[0].rank)
    for way, step, amount in coming:
        if step.meet is None:
            _proceed(way, step, amount, floor, now)
    here = {way.b.name: (step, amount) for way, step, amount in coming if step.meet is not None}
    seen = [floor.ways[name] for name in here]
    seen += [way for b in lost for way in _waiting(b.order, b.product, floor)]
    for way in seen:
        if floor.ways.get(way.b.name) is way:
            _try(way, here, floor, now)
    for way in seen:
        if floor.ways.get(way.b.name) is way:
            _stand(way, here, floor, now)
    for way in seen:
        if floor.ways.get(way.b.name) is way:
            for other in meeting.beside(way, floor):
                _stand(other, here, floor, now)


def _at_gate(way: Journey, step: StepPlan, amount: float, floor: Floor, now: int) -> None:
    """A batch goes on from a step after which it parts or meets others, or waits where it stands for its verdict."""
    b, test = way.b, awaited_test(way.b, floor)
    if not test:
        leave_step(way, step, amount, floor)
        return
    floor.put(wait, (now, "wait", b.unit, b.name, step.name, b.product, amount, test, "gate"))
    way.key = (-way.priority, b.asked, way.rank)
    watch_hold(way, floor, now)


def _waiting(order: str, product: str, floor: Floor) -> list[Journey]:
    """All of an order that wait for others to join."""
    ways = [floor.ways[b.name] for b in floor.state.batches.values() if b.joins and b.order == order]
    return sorted((way for way in ways if way.b.product == product), key=lambda way: way.rank)


def _try(way: Journey, here: meeting.Here, floor: Floor, now: int) -> None:
    """Join all that meet at the step to which a batch has come, if nothing is lacking."""
    step, _ = here.get(way.b.name) or (way.want, 0.0)
    assert step is not None
    members = meeting.complete(way, step, here, floor, now)
    if not members:
        return
    ways = sorted((floor.ways[name] for name in members), key=lambda each: each.rank)
    detail = tuple((each.b.name, here[each.b.name][1] if each.b.name in here else each.b.amount) for each in ways)
    charges = [(each.b.charge, mass) for each, (_, mass) in zip(ways, detail, strict=True)]
    name, amount = meeting.called(ways, step, floor), fsum(mass for _, mass in detail)
    place = way.b.place or way.b.unit
    floor.put(join, (now, "join", place, name, step.name, way.b.product, amount, "", detail))
    for each in ways:
        here.pop(each.b.name, None)
        _retire(each, floor)
    joined = _enter(name, way, floor)
    mix_joined(joined.b, charges, floor, now)
    joined.machine, joined.behind = floor.machines.get(joined.b.unit), floor.shelves.get(joined.b.place)
    for other in joined.b.more:
        if other in floor.machines:
            floor.machines[other].way = floor.ways[floor.machines[other].state.batch]
    for stood in (joined.b.place, *joined.b.more):
        if stood in floor.shelves and floor.shelves[stood].blocked:  # what stands there goes by another name
            floor.rooms[floor.shelves[stood].rank] = floor.shelves[stood]
    _proceed(joined, step, amount, floor, now)
    if step.meet is not None and step.meet.pools:
        floor.sources[joined.b.order].gone(floor, now)


def _stand(way: Journey, here: meeting.Here, floor: Floor, now: int) -> None:
    """A batch waits for others to join: in a buffer on its way, if one has room, else where it stands."""
    b = way.b
    new = None if b.joins else here.get(b.name)
    if new is not None:
        way.want, way.key = new[0], (-way.priority, now, way.rank)
    step, amount = way.want, b.amount if new is None else new[1]
    assert step is not None
    cause = meeting.lacking(way, step, here, floor)
    if new is None:
        if cause != b.cause:
            row = (now, "wait", b.place or b.unit, b.name, step.name, b.product, amount, cause, "join")
            floor.put(wait, row)
        return
    line = step.lines[b.place or b.unit]
    shelf = next((each for each in line.buffers if each.open_to(b)), None)
    if shelf is not None:
        put_aside(way, shelf, amount, cause, floor, now)
    else:
        want_aside(way, line.buffers)
        floor.put(wait, (now, "wait", b.unit, b.name, step.name, b.product, amount, cause, "join"))
        floor.suspects.append(way)
    watch_hold(way, floor, now)


def want_aside(way: Journey, shelves: tuple[Shelf, ...]) -> None:
    """It would go into one of these buffers, if they had room."""
    way.blocked = shelves
    for shelf in shelves:
        shelf.refuse(way)


def put_aside(way: Journey, shelf: Shelf, amount: float, cause: str, floor: Floor, now: int) -> None:
    """A batch that waits for others to join goes into a buffer."""
    b, machine, step = way.b, way.machine, way.want
    assert step is not None
    floor.put(store, (now, "store", shelf.name, b.name, step.name, b.product, amount, cause, "join"))
    way.machine, way.behind = None, shelf
    if machine is not None:
        floor.leave_unit(b, machine, None, now)
    floor.suspects.append(way)


def clear_rest(way: Journey, step: StepPlan, floor: Floor, now: int) -> bool:
    """Of a batch that was joined and waits, what stands in units goes into buffers; whether any of it did."""
    b, moved = way.b, False
    for place in [each for each in b.more if each in floor.machines]:
        shelf = next((each for each in step.lines[place].buffers if each.open_to(b)), None)
        if shelf is not None:
            row = (now, "store", shelf.name, b.name, step.name, b.product, b.amount, b.cause or step.on, "more")
            floor.put(store, row)
            floor.leave_unit(b, floor.machines[place], None, now)
            moved = True
    return moved


def leave_rest(way: Journey, floor: Floor, now: int) -> None:
    """A batch that was joined leaves the other places in which it stood."""
    for place in list(way.b.more):
        if place in floor.machines:
            floor.leave_unit(way.b, floor.machines[place], None, now)
        else:
            floor.leave_shelf(way.b, floor.shelves[place], now)


# ---- a part is lost --------------------------------------------------------------------------------------------------


def _mourn(b: BatchState, floor: Floor, now: int) -> None:
    """A part is lost: the whole batch is scrapped, if a step that joins it says so."""
    root = b.parent
    while root in floor.state.parted and floor.state.parted[root].parent:
        root = floor.state.parted[root].parent
    joins = [step for step in floor.steps[b.product].values() if step.meet is not None and not step.meet.pools]
    needed = [step for step in joins if b.step in step.meet.upstream or (b.joins and b.step == step.name)]  # type: ignore[union-attr]
    if root in floor.state.parted and needed and needed[0].meet.lost == "scrap":  # type: ignore[union-attr]
        for name in list(leaves(root, floor)):
            _doom(floor.ways[name], b.name, floor, now)


def leaves(name: str, floor: Floor) -> Iterator[str]:
    """The parts of a batch that are on the floor."""
    entry = floor.state.parted.get(name)
    if entry is None:
        yield name
        return
    for part in entry.parts:
        yield from leaves(part, floor)


def _doom(way: Journey, cause: str, floor: Floor, now: int) -> None:
    """A batch is taken off the floor, whatever it does or waits for."""
    b = way.b
    if b.phase == "run":
        used = [pool for pool, _, _ in b.plan[b.stint][2]]
        floor.put(halt, (now, "halt", b.unit, b.name, b.step, b.product, b.amount, cause, None))
        floor.give_back(used)
    floor.asking = [each for each in floor.asking if each is not way]
    floor.unmet = [each for each in floor.unmet if each is not way]
    floor.claims = [each for each in floor.claims if each is not way]
    floor.coming = [each for each in floor.coming if each[0] is not way]
    floor.scrap(way, cause, now)

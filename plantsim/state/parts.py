"""What rows mean to batches that split into parts, and that join."""

from __future__ import annotations

from collections.abc import Sequence

from plantsim.record import RowTuple
from plantsim.state.stints import turn
from plantsim.state.things import BatchState, Over, PartedState, State, UnitState


def swap(u: UnitState, old: str, new: Sequence[str]) -> None:
    """Others stand in a unit where one stood."""
    names = [name for each in (u.batch, *u.riders) for name in (new if each == old else (each,))]
    u.batch, *u.riders = dict.fromkeys(names)


def ends(b: BatchState, time: int) -> Over:
    """The steps from which a batch comes that parts, or meets others, and when they were over."""
    return ((b.step, time),) if b.phase == "run" else b.over


def meet(b: BatchState, word: str, row: RowTuple) -> None:
    """A batch waits for others to join ('join'), or for a verdict before it parts or meets others ('gate')."""
    b.over = ends(b, row[0])
    b.joins, b.gate, b.amount = word == "join", word == "gate", row[6]


def others(state: State, name: str, parent: str) -> bool:
    """Take a part off the list of its batch; whether others of the whole batch are still in the plant."""
    while parent in state.parted:
        entry = state.parted[parent]
        entry.parts.remove(name)
        if entry.parts:
            return True
        del state.parted[parent]
        name, parent = parent, entry.parent
    return False


def split(state: State, row: RowTuple) -> None:
    time, _, _, name, step, _, _, cause, detail = row
    b = state.batches.pop(name)
    over = ends(b, time)
    if b.phase == "run":
        turn(state, b, time)
    parts = [part for part, _ in detail]
    made, fork = (b.made + len(parts), None) if cause == "split" else (b.made, step)
    state.parted[name] = PartedState(b.order, b.number, b.product, b.released, b.parent, fork, made, parts)
    if b.unit:
        swap(state.units[b.unit], name, parts)
    for part, amount in detail:
        state.batches[part] = BatchState(
            part, b.order, b.number, b.product, amount, time, b.step,
            unit=b.unit, asked=time, parent=name, charge=b.charge, over=over,
            pending={**b.pending}, verdict=b.verdict,
        )  # fmt: skip


def join(state: State, row: RowTuple) -> None:
    time, _, place, name, step, _, amount, _, detail = row
    came = [state.batches.pop(part) for part, _ in detail]
    over = tuple(each for b in came for each in ends(b, time))
    for b in came:
        if b.phase == "run":
            turn(state, b, time)
    joined = state.batches[name] = _joined(state, came, name, step, time)
    joined.amount, joined.asked, joined.step, joined.over = amount, time, step, over
    joined.pending = {key: waits for b in came for key, waits in b.pending.items()}
    joined.verdict = next((b.verdict for b in came if b.verdict is not None), None)
    _take_places(state, came, joined, place)


def _joined(state: State, came: list[BatchState], name: str, step: str, time: int) -> BatchState:
    """The batch that goes on: the whole one again, a larger part of it, or the first of those that are pooled."""
    first = came[0]
    whole = state.parted.pop(name, None) or next((b for b in came if b.name == name), None)
    scope = "" if whole else name[: -len(step) - 1]
    if scope:
        state.parted[scope].parts.append(name)
    for b in came:
        if b.parent:
            others(state, b.name, b.parent)
        elif b is not whole:
            state.orders[b.order].finished += 1
    if whole is None:
        return BatchState(name, first.order, first.number, first.product, 0.0, time, parent=scope)
    return BatchState(
        name, whole.order, whole.number, whole.product, 0.0, whole.released, parent=whole.parent, made=whole.made
    )


def _take_places(state: State, came: list[BatchState], joined: BatchState, place: str) -> None:
    """It stands wherever they stood; in units once, in buffers as often as they did."""
    places = [b.place or b.unit for b in came]
    for b, where in zip(came, places, strict=True):
        if where in state.units:
            swap(state.units[where], b.name, [joined.name])
        elif where:
            stored = state.buffers[where]
            stored[stored.index(b.name)] = joined.name
    units = dict.fromkeys(each for each in places if each in state.units)
    joined.more = [*units, *(each for each in places if each in state.buffers)]
    if place:
        joined.more.remove(place)
        joined.unit, joined.place = (place, "") if place in state.units else ("", place)

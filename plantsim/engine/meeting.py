"""Who meets for a step: the parts of a batch that a join waits for, the batches of an order that are pooled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plantsim.engine.journey import Journey
from plantsim.procedure import Procedure
from plantsim.state import BatchState, State

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.route import StepPlan

Here = dict[str, tuple["StepPlan", float]]  # who has come now, to which step, with which mass [kg]


class Meet:
    """What a step at which parts or batches meet waits for."""

    __slots__ = ("after", "all", "fork", "lost", "pools", "upstream", "whole")

    def __init__(self, name: str, procedure: Procedure) -> None:
        step = procedure.steps[name]
        self.pools, self.lost, self.all = step.pools or 0, step.lost, step.joins == "all"
        self.upstream, self.fork, self.whole = procedure.upstream[name], procedure.fork(name), procedure.whole(name)
        self.after = [(each, procedure.upstream[each] | {each}) for each in procedure.before[name]]


def scope(b: BatchState, meet: Meet, state: State) -> str:
    """The batch in parts whose parts meet; '' for a batch that is no part."""
    name = b.parent
    if meet.fork is not None:
        while name and state.parted[name].fork != meet.fork:
            name = state.parted[name].parent
    while meet.all and name:
        over = state.parted[name].parent
        if (
            not over
            or state.parted[over].fork is not None
            or (meet.fork is None and state.parted[name].fork is not None)
        ):
            break
        name = over
    return name


def _kin(way: Journey, meet: Meet, floor: Floor) -> Iterator[BatchState]:
    """All on the floor that could meet with a batch."""
    b, state = way.b, floor.state
    if meet.pools:
        yield from (each for each in state.batches.values() if (each.order, each.product) == (b.order, b.product))
        return
    todo = [scope(b, meet, state) or b.name]
    while todo:
        name = todo.pop(0)
        entry = state.parted.get(name)
        if entry is None:
            yield state.batches[name]
        else:
            todo = [*entry.parts, *todo]


def at(b: BatchState, here: Here, floor: Floor) -> str:
    """The step that a batch is in, or has come to."""
    if b.name in here:
        return here[b.name][0].name
    return next((step.name for way, step, _ in floor.coming if way.b is b), b.step)


def _met(way: Journey, step: StepPlan, here: Here, floor: Floor) -> list[BatchState]:
    """Who waits at the step, or has come to it now."""
    assert step.meet is not None
    return [
        each
        for each in _kin(way, step.meet, floor)
        if (each.name in here and here[each.name][0] is step)
        or (each.joins and each.step == step.name and each.name not in here)
    ]


def _missing(way: Journey, step: StepPlan, here: Here, floor: Floor) -> list[str]:
    """The steps in which those are that are still to come."""
    assert step.meet is not None
    met = [each.name for each in _met(way, step, here, floor)]
    return [
        at(each, here, floor)
        for each in _kin(way, step.meet, floor)
        if each.name not in met and at(each, here, floor) in step.meet.upstream
    ]


def complete(way: Journey, step: StepPlan, here: Here, floor: Floor, now: int) -> list[str]:
    """The names of those who go on as one with this batch; none if somebody is lacking."""
    assert step.meet is not None
    met = _met(way, step, here, floor)
    if step.meet.pools:
        met.sort(key=lambda b: (now if b.name in here else b.asked, floor.ways[b.name].rank))
        if len(met) < step.meet.pools and _more_to_come(way, step, here, floor):
            return []
        first = [b.name for b in met[: step.meet.pools]]
        return first if way.b.name in first else []
    return [] if _missing(way, step, here, floor) else [b.name for b in met]


def _more_to_come(way: Journey, step: StepPlan, here: Here, floor: Floor) -> bool:
    """Whether a pool can still be filled: by batches that are on their way, or not yet released."""
    return bool(_missing(way, step, here, floor)) or floor.sources[way.b.order].brings(way.b.product)


def lacking(way: Journey, step: StepPlan, here: Here, floor: Floor) -> str:
    """The step that is not over for all who are to meet."""
    assert step.meet is not None
    after = step.meet.after
    missing = _missing(way, step, here, floor)
    return next((name for name, whole in after if any(each in whole for each in missing)), after[0][0])


def called(ways: list[Journey], step: StepPlan, floor: Floor) -> str:
    """The name of what goes on: the whole batch again, or a part named by the step; of a pool, the first batch."""
    assert step.meet is not None
    over = "" if step.meet.pools else scope(ways[0].b, step.meet, floor.state)
    if not over:
        return ways[0].b.name
    return over if step.meet.whole else f"{over}/{step.name}"


def beside(way: Journey, floor: Floor) -> list[Journey]:
    """Others that wait for the same step, whose cause may have changed."""
    step = way.want
    if step is None or step.meet is None or step.meet.pools:
        return []
    return [floor.ways[b.name] for b in _met(way, step, {}, floor) if b is not way.b]


def awaited(way: Journey, floor: Floor) -> Iterator[str]:
    """Those without whom a batch that waits to be joined can't go on; '' for one that is still to be released."""
    step = way.want
    if step is None or step.meet is None:
        return
    met = [each.name for each in _met(way, step, {}, floor)]
    for each in _kin(way, step.meet, floor):
        if each.name not in met and each.step in step.meet.upstream:
            yield each.name
    if step.meet.pools:
        source = floor.sources[way.b.order]
        if source.brings(way.b.product):
            yield from source.waits_for(floor)

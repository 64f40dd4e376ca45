"""What a stint in progress uses and works, and what it gives back when it ends or halts."""

from __future__ import annotations

from bisect import insort
from typing import TypeAlias

from plantsim.state.tanks import advance
from plantsim.state.things import BatchState, State, UnitState, Use, Uses

Terms: TypeAlias = tuple[str, int] | None  # what becomes of halted work, when the batch is lost [ms]; None: it pauses


def lend(state: State, pool: str, use: Use, time: int) -> None:
    if pool in state.tanks:
        advance(state, pool, time)
    uses = state.pools[pool]
    while uses and uses[0][0] <= time:  # those have come back
        del uses[0]
    insort(uses, use)


def aged(b: BatchState, time: int) -> int:
    """How much [ms] the running clocks of its unit have gone since the batch's stint began or went on."""
    stint = b.plan[b.stint]
    worked = time - b.since
    if stint[3] == 0 and stint[4] == stint[1]:
        return worked
    before = stint[1] - b.left
    return max(0, min(before + worked, stint[4]) - max(before, stint[3]))


def runs(state: State, u: UnitState) -> list[tuple[int, int]]:
    """(from, until) [ms] of each stretch in which the running clocks of a unit go on, whichever of its batches runs."""
    found: list[tuple[int, int]] = []
    for name in (u.batch, *u.riders):
        b = state.batches.get(name)
        if b is not None and b.phase == "run" and state.units.get(b.unit) is u:
            stint = b.plan[b.stint]
            begun = b.since - (stint[1] - b.left)
            found.append((max(b.since, begun + stint[3], u.counted), begun + stint[4]))
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        elif begin < end:
            merged.append((begin, end))
    return merged


def ran_since(state: State, u: UnitState, time: int) -> int:
    """How much [ms] the running clocks of a unit have gone since they were last counted, whoever ran in it."""
    return sum(max(0, min(end, time) - begin) for begin, end in runs(state, u))


def turn(state: State, b: BatchState, time: int) -> None:
    """The stint that ran is over, or a part of it is worked: the unit has aged by what ran of it."""
    stint = b.plan[b.stint]
    worked = time - b.since
    u = state.units.get(b.unit)
    if u is None:  # it goes into a buffer: no unit works
        pass
    elif u.apart:
        u.ran, u.counted = u.ran + ran_since(state, u, time), time
    else:
        u.ran += stint[4] - stint[3] if worked == stint[1] else aged(b, time)
    for name in (*b.withs, *b.containers):
        state.units[name].ran += aged(b, time)
    b.left -= worked
    b.asked = time


def stop(state: State, b: BatchState, time: int, phase: str, terms: Terms) -> None:
    """The stint halts with what is left of it, and gives back what it uses."""
    turn(state, b, time)
    b.phase, b.halted = phase, time
    if terms is not None:
        work, b.lost = terms
        if work == "restart":
            b.left = b.plan[b.stint][1]
    give_back(state, b.name, b.plan[b.stint][2], time)
    if b.words:
        ask_anew(b)


def ask_anew(b: BatchState) -> None:
    """A stint that halts asks for what it needs, not for who lent it: the next time others may."""
    stint = b.plan[b.stint]
    each = list(zip(b.words, stint[2], strict=True))
    others = {(word, held) for word, (pool, _, held) in each if pool != word}
    uses: list[tuple[str, float, int]] = []
    for word, (_, number, held) in each:
        k = next((k for k, use in enumerate(uses) if (word, held) in others and (use[0], use[2]) == (word, held)), None)
        if k is None:
            uses.append((word, number, held))
        else:
            uses[k] = (word, round(uses[k][1] + number, 9), held)
    b.plan = (*b.plan[: b.stint], (*stint[:2], tuple(uses), *stint[3:]), *b.plan[b.stint + 1 :])
    b.words = ()


def give_back(state: State, who: str, uses: Uses, time: int) -> None:
    """What something used comes back before its time."""
    for pool, _, _ in uses:
        if pool in state.tanks:
            advance(state, pool, time)
        state.pools[pool] = [use for use in state.pools[pool] if use[2] != who]

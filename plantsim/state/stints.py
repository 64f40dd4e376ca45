"""What a stint in progress uses and works, and what it gives back when it ends or halts."""

from __future__ import annotations

from bisect import insort
from typing import TypeAlias

from plantsim.state.tanks import advance
from plantsim.state.things import BatchState, State, Use, Uses

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


def turn(state: State, b: BatchState, time: int) -> None:
    """The stint that ran is over, or a part of it is worked: the unit has aged by what ran of it."""
    stint = b.plan[b.stint]
    worked = time - b.since
    state.units[b.unit].ran += stint[4] - stint[3] if worked == stint[1] else aged(b, time)
    for name in b.withs:
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

"""Who can do what: a need is filled by the pool of its name, or by any pool that has the skill."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Able: TypeAlias = Mapping[str, tuple[str, ...]]  # word -> the pools that can fill it, in the order in which they come
Need: TypeAlias = tuple[str, float, int]  # (word, number, for how many ms)
Lent: TypeAlias = tuple[str, float, int, str]  # (pool, number, for how many ms, word)

CRUMB = 1e-9  # of a person: fractions that add up to one are one


def who_can(skills: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Word -> the pools that can fill it: who can do the least else comes first, then as in the file.

    >>> who_can({"technicians": ["operators", "weighing"], "operators": [], "porters": ["weighing"]})["operators"]
    ('operators', 'technicians')
    """
    fills = {pool: dict.fromkeys((pool, *more)) for pool, more in skills.items()}
    words = dict.fromkeys([*skills, *(word for more in skills.values() for word in more)])
    able = {word: [pool for pool in skills if word in fills[pool]] for word in words}
    return {word: tuple(sorted(pools, key=lambda pool: len(fills[pool]))) for word, pools in able.items()}


def parties(able: Able) -> list[tuple[str, ...]]:
    """Words that share a pool, directly or through others; words that one pool alone can fill are in none.

    >>> parties(who_can({"technicians": ["operators"], "operators": [], "bins": []}))
    [('technicians', 'operators')]
    """
    together = {word: [word] for word in able}
    for word, pools in able.items():
        for pool in pools:
            first, second = together[pool], together[word]
            if first is not second:
                first.extend(second)
                together.update(dict.fromkeys(second, first))
    groups = {id(group): group for group in together.values()}
    return [tuple(word for word in able if word in group) for group in groups.values() if len(group) > 1]


def assigned(
    needs: Sequence[Need], who: Callable[[str, int], Sequence[str]], free: Mapping[str, float]
) -> list[Lent] | None:
    """Which pool lends how many for each need, all at one time; None: there is no way.

    The first who can are taken first, if all else can then be filled; a fraction is of one person.

    >>> def who(word: str, held: int) -> tuple[str, ...]:
    ...     return who_can({"operators": [], "technicians": ["operators"]})[word]
    >>> assigned([("operators", 2, 60), ("technicians", 1, 60)], who, {"operators": 1, "technicians": 2})
    [('operators', 1, 60, 'operators'), ('technicians', 1, 60, 'operators'), ('technicians', 1, 60, 'technicians')]
    >>> assigned([("operators", 2, 60), ("technicians", 1, 60)], who, {"operators": 1, "technicians": 1})
    """
    left, taken = dict(free), list[Lent]()
    failed: set[tuple[object, ...]] = set()

    def fill(k: int, j: int, need: float) -> bool:
        """Whether the rest of a need is filled by those who can from the j-th on, and then all needs after it."""
        if need <= CRUMB:
            return k + 1 == len(needs) or fill(k + 1, 0, needs[k + 1][1])
        word, _, held = needs[k]
        pools, so_far = who(word, held), (k, j, need, *left.values())
        if j == len(pools) or so_far in failed:
            return False
        pool = pools[j]
        for number in _so_many(need, left[pool]):
            left[pool] -= number
            taken.append((pool, number, held, word))
            if fill(k, j + 1, round(need - number, 9)):
                return True
            taken.pop()
            left[pool] += number
        failed.add(so_far)
        return False

    if needs and not fill(0, 0, needs[0][1]):
        return None
    return [each for each in taken if each[1]]


def _so_many(need: float, free: float) -> list[float]:
    """How many of a need one pool may lend, the most first: whole persons, and the fraction or not."""
    whole = int(need + CRUMB)
    part = round(need - whole, 9)
    numbers: list[float] = [k + more for k in range(whole, -1, -1) for more in ((part, 0) if part else (0,))]
    return [number for number in numbers if not number or number <= free + CRUMB]

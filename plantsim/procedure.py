"""The procedure of a recipe: which step comes after which, as a graph; where batches part, and where parts meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Protocol, TypeAlias, TypeVar

from plantsim.recipe import Product

Uses: TypeAlias = tuple[tuple[str, float], ...]  # (pool or utility, number or rate) ...
Parting = tuple[tuple[str, str, float], ...]  # (step, name of the part that goes there, its share or mass) ...


def steps_before(recipe: Product) -> dict[str, tuple[str, ...]]:
    """Step -> the steps that it comes after; none: it begins as the batch is released."""
    before: dict[str, tuple[str, ...]] = {}
    last: tuple[str, ...] = ()
    for name, step in recipe.steps.items():
        before[name] = last if step.after is None else step.after
        last = (name,)
    return before


class Procedure:
    """The steps of a recipe as a graph without cycles.

    >>> from plantsim.recipe import Product
    >>> from plantsim.step import Step
    >>> steps = {"a": Step(on="x"), "b": Step(on="y", after=()), "c": Step(on="z", after=("a", "b"))}
    >>> way = Procedure(Product(batch=1.0, steps=steps))
    >>> way.then[""], way.upstream["c"] == {"a", "b"}, way.whole("c")
    (('a', 'b'), True, True)
    """

    def __init__(self, recipe: Product) -> None:
        self.recipe, self.steps = recipe, recipe.steps
        self.before = steps_before(recipe)
        self.then: dict[str, tuple[str, ...]] = dict.fromkeys(("", *self.steps), ())
        for name, those in self.before.items():
            for each in those or ("",):
                self.then[each] += (name,)
        self.order()

    @cached_property
    def upstream(self) -> dict[str, frozenset[str]]:
        """Step -> all steps that come before it, directly or through others."""
        upstream: dict[str, frozenset[str]] = {}
        for name in self.order():
            those = self.before[name]
            upstream[name] = frozenset(those).union(*(upstream[each] for each in those))
        return upstream

    @cached_property
    def sure(self) -> dict[str, tuple[str, ...]]:
        """Step -> '' for the release, and the steps through which all ways to it lead, in order; it itself last."""
        sure: dict[str, tuple[str, ...]] = {"": ("",)}
        for name in self.order():
            ways = [sure[each] for each in self.before[name] or ("",)]
            sure[name] = (*(each for each in ways[0] if all(each in way for way in ways)), name)
        return sure

    def order(self) -> list[str]:
        """The steps, each after those that it comes after.

        Raises:
            graphlib.CycleError: if a step comes after itself.
        """
        return list(TopologicalSorter(self.before).static_order())

    @property
    def plain(self) -> bool:
        """Whether its steps follow one another, and the batch is always one."""
        return all(len(those) < 2 for those in self.then.values()) and not any(
            step.split or step.pools or self.joins(name) for name, step in self.steps.items()
        )

    def plain_from(self, name: str) -> bool:
        """Whether the batch goes on as it is from this step to its end."""
        rest = [each for each in self.steps if name in self.upstream[each]]
        return all(len(self.then[each]) < 2 for each in (name, *rest)) and not any(
            self.steps[each].split or self.meets(each) for each in rest
        )

    def straight(self, back: str, name: str) -> bool:
        """Whether the batch goes as it is from one step to another, neither parting nor meeting others."""
        while name != back:
            before = self.before[name]
            if self.meets(name) or self.steps[name].split or len(before) != 1 or len(self.then[before[0]]) > 1:
                return False
            name = before[0]
        return True

    def joins(self, name: str) -> bool:
        """Whether parts of a batch meet for this step."""
        return len(self.before[name]) > 1 or self.steps[name].joins == "all"

    def meets(self, name: str) -> bool:
        """Whether parts or batches meet for this step."""
        return self.joins(name) or self.steps[name].pools is not None

    def fork(self, name: str) -> str | None:
        """The step, or '' for the release, after which the steps part that this one joins; None: it joins none."""
        return self.sure[name][-2] if len(self.before[name]) > 1 else None

    def whole(self, name: str) -> bool:
        """Whether all that parted becomes one for this step."""
        origin = self._origin(name)
        inside = {each for each in self.upstream[name] | {""} if origin in self.sure[each]}
        return all(there in inside or there == name for each in inside for there in self.then[each])

    def one(self, name: str) -> bool:
        """Whether the batch is in one piece as it comes to this step."""
        joins = [each for each in self.sure[name][1:-1] if self.joins(each) and self.whole(each)]
        split = [each for each in self.upstream[name] if self.steps[each].split]
        again = [each for each in split if not any(each in self.upstream[join] for join in joins)]
        inside = self.upstream[name] | {""}
        return not again and all(there in inside or there == name for each in inside for there in self.then[each])

    def masses(self, units_for: Callable[[str], Sequence[str]]) -> dict[str, float]:
        """Step -> the largest mass [kg] that comes to it at once, losses apart; `units_for`: who does what it names."""
        if self.plain:
            return dict.fromkeys(self.steps, self.recipe.batch)
        total, part = {"": 1.0}, {"": 1.0}
        for name in self.order():
            step = self.steps[name]
            ways = [(each, self._share(each, name)) for each in self.before[name] or ("",)]
            own = (step.batch or 0.0) if self.before[name] else 0.0
            total[name] = own + sum(total[each] * share for each, share in ways)
            part[name] = own + sum(part[each] * share for each, share in ways)
            if step.joins == "all" and self.whole(name):
                part[name] = total[name]
            total[name] *= step.pools or 1
            part[name] *= step.pools or 1
            if step.split is not None:
                part[name] /= split_into(step.split, part[name], max(1, len(units_for(step.on))))
        return {name: part[name] for name in self.steps}

    def _share(self, name: str, there: str) -> float:
        return next(share for each, _, share in self.parting(name) if each == there)

    def _origin(self, name: str) -> str:
        """Where all that becomes one for this step was one before."""
        here = self.fork(name)
        if self.steps[name].joins != "all":
            return name if here is None else here
        here = origin = name if here is None else here
        while here:
            over = self.sure[here][-2]
            if self.steps[here].split:
                origin = here
            if len(self.then[over]) > 1 and not (len(self.before[here]) > 1 and self.whole(here)):
                return over if origin == name else origin
            here = over
        return origin

    def parting(self, name: str) -> Parting:
        """What goes on after a step, in shares of its mass; after the release ('') in kg."""
        there = self.then[name]
        told = {each: self._told(name, each) for each in there}
        whole = 1.0 if name else self.recipe.batch
        rest = [each for each in there if told[each] is None]
        left = whole - sum(self._of_whole(name, each) for each in there)
        shares = {each: left / len(rest) if (share := told[each]) is None else share for each in there}
        return tuple((each, self._part(name, each), shares[each]) for each in there)

    def _told(self, name: str, there: str) -> float | None:
        step = self.steps[there]
        if step.batch is not None:  # beside the steps that go on with what there is, it begins with its own
            return 0.0 if name else step.batch
        return None if step.share is None else step.share * (1.0 if name else self.recipe.batch)

    def _of_whole(self, name: str, there: str) -> float:
        """How much of the mass that is parted is told to go this way; a mass of its own is none of it."""
        if not name and self.steps[there].batch is not None:
            return 0.0
        return self._told(name, there) or 0.0

    def _part(self, name: str, there: str) -> str:
        """What the part that goes this way is called."""
        return f"{name} to {there}" if self.meets(there) else there


def split_into(split: int | float | str, amount: float, units: int) -> int:
    """How many parts a batch of this mass becomes before a step that so many units can do."""
    if isinstance(split, float):
        return max(1, -int(-(amount - 1e-9) // split))
    return split if isinstance(split, int) else units


# ---- the acts of a step ----------------------------------------------------------------------------------------------


class Acting(Protocol):
    """An act, as far as it says what is claimed with which."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def uses(self) -> Uses:
        """What is claimed for it."""

    @property
    def apart(self) -> bool:
        """Whether it is claimed for by itself, since it may take longer than known."""


AnAct = TypeVar("AnAct", bound=Acting)


def grouped(acts: Sequence[AnAct]) -> list[list[AnAct]]:
    """Acts that follow one another without a new claim are one stint: none needs more of a pool than the one before."""
    groups: list[list[AnAct]] = []
    for act in acts:
        last = groups[-1][-1] if groups else act
        if (
            groups
            and not (last.name == "transfer" or last.apart or act.apart)
            and _no_more(act.uses, groups[-1][-1].uses)
        ):
            groups[-1].append(act)
        else:
            groups.append([act])
    return groups


def _no_more(uses: Uses, before: Uses) -> bool:
    had = dict(before)
    return all(number <= had.get(pool, 0) for pool, number in uses)


def given_back(acts: Sequence[Acting]) -> list[tuple[str, float, int]]:
    """(pool, number, act of a stint at whose end they come back)."""
    uses: list[tuple[str, float, int]] = []
    for pool in dict.fromkeys(pool for act in acts for pool, _ in act.uses):
        numbers = [dict(act.uses).get(pool, 0) for act in acts] + [0]
        uses += [(pool, round(now - then, 9), k) for k, (now, then) in enumerate(pairwise(numbers)) if now > then]
    return uses

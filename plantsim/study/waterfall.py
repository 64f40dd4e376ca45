"""Where the capacity goes: from the nameplate to what the plant makes, cause by cause, on common luck."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import combinations
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.scenario import Scenario
from plantsim.study.bounds import in_turns, most_at_mix
from plantsim.study.edits import saturated
from plantsim.study.losses import LOSSES, REST, Loss, losses
from plantsim.study.runs import Runs
from plantsim.study.screening import YEAR, Told, Values, numbers, weekly
from plantsim.study.trial import Interval, interval_of

if TYPE_CHECKING:
    import pandas as pd

MOST = 6  # causes of which Shapley values are worked out: 2 to the power of them are played
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Lifted: TypeAlias = frozenset[str]


@dataclass(frozen=True, repr=False)
class Waterfall:
    """What each cause costs a plant [batches a year]: alone, in order, and shared out fairly."""

    scenario: Scenario  # under more orders than it can make
    causes: tuple[str, ...]  # in the order in which they are lifted
    made: Mapping[Lifted, Numbers]  # causes that are lifted -> batches a year, replication by replication
    nameplate: float  # batches a year that are expected without losses
    shared: tuple[str, ...] = ()  # causes of which there are Shapley values

    @property
    def achieved(self) -> Interval:
        """What the plant makes today."""
        return interval_of(list(self.made[frozenset()]))

    def alone(self, cause: str) -> Interval:
        """What it would make more if this cause alone were lifted."""
        return interval_of(list(self.made[frozenset([cause])] - self.made[frozenset()]))

    def in_order(self, cause: str) -> Interval:
        """What it would make more if this cause were lifted once those before it are; of the rest, what is left."""
        number = len(self.causes) if cause == REST else self.causes.index(cause)
        before = self.made[frozenset(self.causes[:number])]
        after = self.nameplate if cause == REST else self.made[frozenset(self.causes[: number + 1])]
        return interval_of(list(after - before))

    def shapley(self, cause: str) -> Interval:
        """The mean of what it brings over all orders in which the causes could be lifted (Shapley, 1953)."""
        others, n = [each for each in self.shared if each != cause], len(self.shared)
        total: Numbers = np.zeros_like(self.made[frozenset()])
        for size in range(n):
            for chosen in combinations(others, size):
                gain = self.made[frozenset((*chosen, cause))] - self.made[frozenset(chosen)]
                total = total + gain / (n * comb(n - 1, size))
        return interval_of(list(total))

    @cached_property
    def bars(self) -> list[tuple[str, Interval | None, Interval]]:
        """(cause, alone, in order) from the nameplate down; the rest has no edit of its own, so it is in order only."""
        rest: list[tuple[str, Interval | None, Interval]] = [(REST, None, self.in_order(REST))]
        return rest + [(cause, self.alone(cause), self.in_order(cause)) for cause in reversed(self.causes)]

    def values(self) -> list[dict[str, object]]:
        """The bars as plain values."""
        return [
            {"cause": cause, "in order": list(one[:3]), "alone": list(alone[:3]) if alone else None,
             "Shapley": list(self.shapley(cause)[:3]) if cause in self.shared else None}
            for cause, alone, one in self.bars
        ]  # fmt: skip

    def table(self) -> pd.DataFrame:
        """A row each cause, with intervals; the bars in order add up to nameplate less achieved."""
        import pandas as pd

        rows, kinds = [], ("in order", "alone", *(["Shapley"] if self.shared else []))
        for cause, alone, one in self.bars:
            fair = self.shapley(cause) if cause in self.shared else None
            three = (one, alone, fair)[: len(kinds)]
            rows.append([value for each in three for value in (each[:3] if each else (None,) * 3)])
        words = [(word, which) for word in kinds for which in ("mean", "low", "high")]
        index = pd.Index([cause for cause, *_ in self.bars], name="batches a year lost")
        return pd.DataFrame(rows, index=index, columns=pd.MultiIndex.from_tuples(words))

    def says(self) -> list[str]:
        """The answer in sentences."""
        share = self.achieved.mean / self.nameplate
        ranked = sorted(self.causes, key=lambda cause: -self.alone(cause).mean)
        told = [f"the plant makes {self.achieved.mean:.4g} batches a year, {share:.0%} of its nameplate of "
                f"{self.nameplate:.4g} (the expected limit without losses)",
                f"lifted in this order: {', '.join(self.causes)}"]  # fmt: skip
        for cause in ranked[:2]:
            gain = self.alone(cause)
            if gain.low > 0.0:
                text = f"{cause} alone costs {gain.mean:.3g} ({gain.low:.3g} to {gain.high:.3g}) batches a year"
                told.append(text)
        return told

    def __repr__(self) -> str:
        return f"<Waterfall of {self.scenario.name!r}: {', '.join(self.causes)}>"

    def __str__(self) -> str:
        return "\n".join([self.table().astype(float).round(1).to_string(na_rep=""), *self.says()])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(each)}</p>" for each in self.says())
        return self.table().astype(float).round(1).to_html(na_rep="") + said


def waterfall(
    scenario: Scenario,
    causes: Sequence[str] = (),
    *,
    replications: int = 12,
    seed: int = 1,
    shapley: bool = False,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> Waterfall:
    """Where the capacity of a plant goes, by the causes that it has, or by some of them in an order of one's own.

    `shapley`: also their fair shares, of the six that cost most alone.  A `folder` keeps what is finished: the same
    call goes on from what is there.

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if there is no such cause, it can't be played, or the folder holds another study.
    """
    for cause in causes:
        if cause not in LOSSES:
            raise PlantsimError(f"there is no cause {cause!r}{did_you_mean(cause, LOSSES)}")
    if replications < 2:
        raise PlantsimError(f"one run tells nothing of chance: give at least 2 replications, got {replications}")
    plant = saturated(scenario.check()).check()
    told = Told(None if progress is None else lambda _, share: progress(share))
    values = weekly(Runs({}, seed, folder, executor), told)
    return fall(plant, losses(plant, dict.fromkeys(causes) or tuple(LOSSES)), values, replications, shapley, told)


def fall(
    plant: Scenario,
    causes: Sequence[Loss],
    values: Values,
    replications: int,
    shapley: bool = False,
    told: Told | None = None,
) -> Waterfall:
    """As `waterfall`, of given causes, and of what says what a scenario makes in run k [batches a week]."""
    names = tuple(each.name for each in causes)
    singles = [frozenset([name]) for name in names]
    chain = [frozenset(names[:number]) for number in range(len(names) + 1)]
    made: dict[Lifted, Numbers] = {}
    told = told or Told()
    told.stretch("causes", 0.0, 0.5 if shapley else 1.0)
    _play(made, [*chain, *singles], plant, causes, values, replications)
    shared: tuple[str, ...] = ()
    if shapley:
        today = made[frozenset()]
        shared = tuple(sorted(names, key=lambda name: -float((made[frozenset([name])] - today).mean()))[:MOST])
        subsets = [frozenset(each) for size in range(len(shared) + 1) for each in combinations(shared, size)]
        told.stretch("fair shares", 0.5, 1.0)
        _play(made, subsets, plant, causes, values, replications)
    return Waterfall(plant, names, made, YEAR * nameplate(_lift(plant, causes, frozenset(names))), shared)


def nameplate(lifted: Scenario) -> float:
    """Batches a week that the units of a plant without losses are expected to let through, in the mix of its orders."""
    limits, mix = in_turns(lifted)
    return sum(most_at_mix(limits, mix, of=("unit",)).values())


def _play(
    made: dict[Lifted, Numbers], wanted: Iterable[Lifted], plant: Scenario, causes: Sequence[Loss], values: Values,
    replications: int,
) -> None:  # fmt: skip
    """Run the plant with each of these sets of causes lifted, those that are not there yet."""
    new = {_called(each, causes): each for each in dict.fromkeys(wanted) if each not in made}
    found = values({name: _lift(plant, causes, each) for name, each in new.items()}, range(replications))
    for name, each in new.items():
        made[each] = YEAR * np.array(numbers(found, name, range(replications)))


def _lift(plant: Scenario, causes: Sequence[Loss], lifted: Lifted) -> Scenario:
    for each in causes:
        if each.name in lifted:
            plant = each.lifted(plant)
    return plant


def _called(lifted: Lifted, causes: Sequence[Loss]) -> str:
    return " + ".join(_names(lifted, causes)) or "today"


def _names(lifted: Lifted, causes: Sequence[Loss]) -> Iterator[str]:
    yield from (each.name for each in causes if each.name in lifted)

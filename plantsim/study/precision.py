"""Precision: how many replications are enough, looked at after batches of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import NamedTuple

from plantsim.scenario import Scenario
from plantsim.study.trial import FIGURE, MAIN, Interval, Key, interval_of

LOOKS = 0.75  # of the error allowed: what is left of it for an interval that is looked at again and again (measured)


@dataclass(frozen=True)
class Precision:
    """How narrow the interval of a figure shall be: mean ± `relative` x mean, or ± `absolute`.

    Looked at first after `least` replications, then after batches of at least as many as `batch`.  An interval that is
    looked at until it is narrow is narrow a little too often by chance: the true mean is then in a 95 % interval in as
    few as 93.8 % of studies.  So it is that of 96.25 %, which covers in 95 % and more (tests/test_study_coverage.py).
    `most` replications are made at most.  Values that are all alike have an interval without width, which is luck if
    what makes them differ is rare; so a relative precision goes on until that can't matter (see `told`), and of what
    is 0 in all of them to `most`.  `skewed`, for figures with a long tail: the interval is Willink's (see
    `interval_of`), and what is relative is so to the true mean, r / (1 + r) of that which is seen (Law, 2015, 9.4.1).

    Raises:
        ValueError: if not one of relative and absolute is given, or a number makes no sense.

    >>> Precision(relative=0.02).asked(50.0)
    1.0
    """

    relative: float | None = None
    absolute: float | None = None
    figure: str | Key = MAIN
    confidence: float = 0.95
    least: int = 10
    batch: int = 10
    most: int = 1000
    skewed: bool = False

    def __post_init__(self) -> None:
        if (self.relative is None) == (self.absolute is None):
            raise ValueError("give one of relative and absolute")
        if not (self.relative or self.absolute or 0.0) > 0.0 or not 0.0 < self.confidence < 1.0:
            raise ValueError("a precision is more than nothing, and a confidence between 0 and 1")
        if self.least < 10 or self.batch < 1 or self.most < self.least:
            raise ValueError("look first after 10 replications or more, and make no fewer at most")

    @property
    def key(self) -> Key:
        """What is looked at."""
        return (FIGURE, self.figure, "") if isinstance(self.figure, str) else self.figure

    def asked(self, mean: float) -> float:
        """Half the width that the interval may have."""
        if self.absolute is not None:
            return self.absolute
        relative = self.relative or 0.0
        return (relative / (1.0 + relative) if self.skewed else relative) * abs(mean)


class Look(NamedTuple):
    """An interval after some replications, and half the width that was asked for."""

    interval: Interval
    asked: float
    told: bool = True  # whether its width tells how sure the mean is

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.interval.high - self.interval.low) / 2.0

    @property
    def narrow(self) -> bool:
        """Whether it is narrow enough."""
        return self.told and self.half <= self.asked


def look(wanted: Precision, values: Sequence[float], level: float, among: int = 1, luck: bool = True) -> Look:
    """The interval of one of `among` figures that shall be narrow together; what is relative is so to a level.

    `luck`: whether there is any, so that values which are alike may yet differ.
    """
    error = (1.0 - wanted.confidence) * LOOKS / among
    sure = not luck or min(values) < max(values) or told(wanted, len(values), level, error)
    return Look(interval_of(values, error, wanted.skewed), wanted.asked(level), sure)


def told(wanted: Precision, n: int, level: float, error: float) -> bool:
    """Whether n values that are all alike tell their mean.

    A value that is other is then no more frequent than p = 1 - error^(1 / n), but for that error (about 3 / n at 5 %;
    Hanley and Lippman-Hand, 1983).  If it is off by the level at most, as 0 is, the mean is off by p times the level.
    """
    if wanted.relative is None:
        return True
    return level != 0.0 and 1.0 - error ** (1.0 / n) <= wanted.relative


def lucky(scenario: Scenario) -> bool:
    """Whether anything in a scenario is left to chance, as far as is known: own code may draw numbers."""
    stops = any(unit.minor_stops is not None for unit in scenario.units.values())
    checks = any(clean.verify is not None for rule in scenario.cleaning.values() for clean in rule.named.values())
    return stops or checks or scenario.without_luck() != scenario


def looks(wanted: Precision, latest: Sequence[Look]) -> Iterator[int]:
    """After how many replications to look; no more once all that was seen at the `latest` is narrow."""
    n = min(wanted.least, wanted.most)
    yield n
    while n < wanted.most and not all(each.narrow for each in latest):
        ratio = max((each.half / each.asked if each.asked else inf) for each in latest)
        need = ceil(n * min(ratio, 2.0) ** 2)
        n = min(max(n + wanted.batch, min(need, 2 * n)), wanted.most)
        yield n

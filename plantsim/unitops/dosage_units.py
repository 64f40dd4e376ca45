"""Uniformity of dosage units by USP <905>: acceptance value AV = |M - x| + k s, all in percent of the label's claim.

x: mean of the contents, s: their standard deviation, k: 2.4 for 10 units, 2.0 for 30.  M is x while that lies between
98.5 and 101.5 (or the target, if that is more), else the nearer of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev

LOW, HIGH = 98.5, 101.5
FACTORS = {10: 2.4, 30: 2.0}
MOST = 15.0  # L1
APART = 0.25  # L2: what a single unit may differ by from M


def reference(mean: float, target: float = 100.0) -> float:
    """The reference M for a mean content, all in percent of the claim."""
    return min(max(mean, LOW), max(HIGH, target))


def acceptance_value(mean: float, sd: float, units: int = 10, target: float = 100.0) -> float:
    """The acceptance value of 10 or 30 units.

    Raises:
        ValueError: if there are not 10 or 30, or the figures can't be.

    >>> round(acceptance_value(97.0, 3.0), 9)
    8.7
    """
    if units not in FACTORS:
        raise ValueError(f"an acceptance value is of 10 or of 30 units, got {units}")
    if not (mean >= 0.0 and sd >= 0.0):
        raise ValueError(f"contents need a mean and a deviation of at least 0, got {mean:g} and {sd:g}")
    return abs(reference(mean, target) - mean) + FACTORS[units] * sd


def level(contents: Sequence[float], target: float = 100.0) -> int:
    """At which level contents [% of the claim] pass: 1 by the first 10, 2 by all 30, 0: they do not.

    >>> level([99.0, 101.0] * 5), level([70.0, 130.0] * 15)
    (1, 0)
    """
    first = contents[:10]
    if acceptance_value(fmean(first), stdev(first), len(first), target) <= MOST:
        return 1
    if len(contents) < 30:
        return 0
    m = reference(fmean(contents), target)
    near = all(abs(each - m) <= APART * m for each in contents)
    return 2 if near and acceptance_value(fmean(contents), stdev(contents), len(contents), target) <= MOST else 0

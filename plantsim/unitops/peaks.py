"""The highest that something comes to along a path: looked for at steps of the solver, and then between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from plantsim.unitops.ode import Knot, State

GOLDEN = 0.6180339887498949
ROUNDS = 12  # by which a place is known to a hundredth of what lies between three points, and its height far better
Stretch = tuple[Sequence[Knot], Callable[[float], State], Callable[[State], float]]


class Peak:
    """The highest value so far, of what each stretch (points of a path, path, function of its state) tells."""

    def __init__(self, stretches: Sequence[Stretch], before: float) -> None:
        self.found = [(float("-inf"), before)]
        for knots, at, of in stretches:
            times, values = [time for time, _ in knots], [of(state) for _, state in knots]
            k = max(range(len(values)), key=values.__getitem__)
            low, high = times[max(k - 1, 0)], times[min(k + 1, len(times) - 1)]
            self.found += [*zip(times, values, strict=True), _between(at, of, low, high)]
        self.found.sort()

    def until(self, hours: float) -> float:
        """The highest up to a time [h]."""
        return max(value for time, value in self.found if time <= hours)


def _between(
    at: Callable[[float], State], of: Callable[[State], float], low: float, high: float
) -> tuple[float, float]:
    """Where it is highest between two times that have only one peak between them, by the golden section."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    a, b = of(at(left)), of(at(right))
    for _ in range(ROUNDS):
        if a > b:
            high, right, b = right, left, a
            left = high - GOLDEN * (high - low)
            a = of(at(left))
        else:
            low, left, a = left, right, b
            right = low + GOLDEN * (high - low)
            b = of(at(right))
    return (left, a) if a > b else (right, b)

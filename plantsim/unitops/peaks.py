"""The highest that something comes to along a path: looked for on a grid, and then between its points."""

from __future__ import annotations

from collections.abc import Callable, Sequence

GOLDEN = 0.6180339887498949
Stretch = tuple[float, float, Callable[[float], float]]


class Peak:
    """The highest value so far, of what each stretch (from, to, function of time) tells; none so far: `before`."""

    def __init__(self, stretches: Sequence[Stretch], before: float, points: int = 8) -> None:
        self.found = [(float("-inf"), before)]
        for begin, end, of in stretches:
            times = [begin + (end - begin) * k / points for k in range(points + 1)] if end > begin else []
            values = [of(time) for time in times]
            self.found += zip(times, values, strict=True)
            if values:
                k = max(range(len(values)), key=values.__getitem__)
                self.found.append(_between(of, times[max(k - 1, 0)], times[min(k + 1, points)]))
        self.found.sort()

    def until(self, hours: float) -> float:
        """The highest up to a time [h]."""
        return max(value for time, value in self.found if time <= hours)


def _between(of: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where it is highest between two times that have only one peak between them, by the golden section."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    a, b = of(left), of(right)
    for _ in range(24):
        if a > b:
            high, right, b = right, left, a
            left = high - GOLDEN * (high - low)
            a = of(left)
        else:
            low, left, a = left, right, b
            right = low + GOLDEN * (high - low)
            b = of(right)
    return (left, a) if a > b else (right, b)

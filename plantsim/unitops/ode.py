"""Ordinary differential equations until an end point: the one door to scipy's solver."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, TypeAlias

State: TypeAlias = Sequence[float]
Slope: TypeAlias = Callable[[float, State], Sequence[float]]
End: TypeAlias = Callable[[float, State], float]  # falls through zero at the end point


class Path:
    """A solution in pieces, each dense between its corners."""

    def __init__(self, start: State) -> None:
        self.times, self.pieces, self.last = [0.0], list[Any](), list(start)

    @property
    def hours(self) -> float:
        """How far it has come [h]."""
        return self.times[-1]

    def at(self, hours: float) -> list[float]:
        """The state at a time [h]; beyond the end, that at the end."""
        if hours >= self.times[-1] or not self.pieces:
            return list(self.last)
        piece = self.pieces[max(0, bisect_right(self.times, hours) - 1)]
        return [float(each) for each in piece(max(hours, 0.0))]

    def follow(self, slope: Slope, until: float, ends: Sequence[End] = (), tol: float = 1e-9) -> int:
        """Go on until an end point falls through zero, or a time [h]; give which, or -1 for the time.

        Raises:
            ArithmeticError: if the solver fails, or comes to what is no number.
        """
        import numpy as np
        from scipy.integrate import LSODA, OdeSolution

        told = [end(self.hours, self.last) for end in ends]
        for number, value in enumerate(told):
            if value <= 0.0:
                return number
        if until <= self.hours:
            return -1
        scale = [tol * max(abs(each), 1e-3) for each in self.last]
        solver: Any = LSODA(_plain(slope), self.hours, np.asarray(self.last), until, rtol=tol, atol=scale)
        times, inside, found = [self.hours], list[Any](), -1
        while solver.status == "running" and found < 0:
            message = solver.step()
            if solver.status == "failed":
                raise ArithmeticError(f"the solver failed: {message}")
            before, time, state, piece = times[-1], float(solver.t), solver.y.tolist(), solver.dense_output()
            now = [end(time, state) for end in ends]
            roots = [(_root(ends[k], piece, (before, told[k]), (time, now[k])), k) for k in _fallen(told, now)]
            if roots:
                time, found = min(roots)
                state = piece(time).tolist()
            times.append(time)
            inside.append(piece)
            told, self.last = now, state
        self.pieces.append(OdeSolution(times, inside, alt_segment=True))
        self.times.append(times[-1])
        if not all(map(isfinite, self.last)):
            raise ArithmeticError(f"the solver came to {self.last} after {self.hours:g} h")
        return found


def _plain(slope: Slope) -> Any:
    """The equations on plain numbers, which are quicker one by one than those of an array."""
    return lambda time, state: slope(time, state.tolist())


def _fallen(told: Sequence[float], now: Sequence[float]) -> list[int]:
    """The end points that have come to zero from above."""
    return [k for k, (before, after) in enumerate(zip(told, now, strict=True)) if before >= 0.0 >= after]


def _root(end: End, piece: Any, first: tuple[float, float], last: tuple[float, float]) -> float:
    """When an end point falls through zero, between two times at which its values are known.

    They are not asked for again: by the interpolant they may be of the other sign, by rounding.
    """
    from scipy.optimize import brentq

    known = dict([first, last])

    def value(time: float) -> float:
        return known[time] if time in known else end(time, piece(time).tolist())

    return float(brentq(value, first[0], last[0], xtol=1e-15, rtol=1e-15))

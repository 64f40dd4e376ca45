"""Ordinary differential equations until an end point: the one door to scipy's solver."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, TypeAlias

State: TypeAlias = Sequence[float]
Knot: TypeAlias = tuple[float, State]  # a time and the state then
Slope: TypeAlias = Callable[[float, State], Sequence[float]]
End: TypeAlias = Callable[[float, State], float]  # falls through zero at the end point
LEAST = 1e-3  # of a state: what is smaller is known as well as this


@dataclass(slots=True)
class Solving:
    """A solver on its way, which may have gone beyond the end point that was met."""

    by: tuple[Slope, float, float]  # equations, how long at most, tolerance
    solver: Any
    piece: Any = None  # its last step, dense


class Path:
    """A solution in steps, each dense; corners are where an end point was met or a time was over.

    The tolerance is a share of each state, or of the largest that it has been at a corner, or of its size, if given.
    """

    def __init__(self, start: State, sizes: State = ()) -> None:
        self.times, self.last, self.solving = [0.0], list(start), None
        self.sizes = [max(LEAST, each) for each in sizes or [0.0] * len(start)]
        self.begins, self.begun, self.steps = list[float](), list[State](), list[Any]()

    solving: Solving | None

    @property
    def hours(self) -> float:
        """How far it has come [h]."""
        return self.times[-1]

    def at(self, hours: float) -> list[float]:
        """The state at a time [h]; beyond the end, that at the end."""
        if hours >= self.times[-1] or not self.steps:
            return list(self.last)
        piece = self.steps[max(0, bisect_right(self.begins, hours) - 1)]
        found: list[float] = piece(max(hours, 0.0)).tolist()
        return found

    def knots(self, begin: float, end: float) -> list[Knot]:
        """The times [h] and states at which steps of the solver began between two corners, and that at the second."""
        inside = slice(bisect_left(self.begins, begin), bisect_left(self.begins, end))
        return [*zip(self.begins[inside], self.begun[inside], strict=True), (end, self.at(end))]

    def turns(self, begin: float, end: float, of: End) -> list[float]:
        """About when [h] between two corners a function of time and state changes its sign."""
        told = [(time, of(time, state)) for time, state in self.knots(begin, end)]
        first = bisect_left(self.begins, begin)
        pairs = [(k, a, b) for k, (a, b) in enumerate(pairwise(told)) if a[1] * b[1] < 0.0]
        return [_root(of, self.steps[first + k], a, b, 1e-9) for k, a, b in pairs]

    def follow(
        self, slope: Slope, until: float, ends: Sequence[End] = (), tol: float = 1e-9, smooth: bool = False
    ) -> int:
        """Go on until an end point falls through zero, or a time [h]; give which, or -1 for the time.

        If it is smooth where it begins, a solver that met an end point there by the same equations, time and tolerance
        goes on; else a new one begins with the smallest of steps.

        Raises:
            ArithmeticError: if the solver fails, or comes to what is no number.
        """
        told, before, found = [end(self.hours, self.last) for end in ends], self.hours, -1
        for number, value in enumerate(told):
            if value <= 0.0:
                return number
        if not smooth:
            self.solving = None
        for time, state, piece in self._stepping(slope, until, tol) if until > self.hours else ():
            now = [end(time, state) for end in ends]
            self.begins.append(before)
            self.begun.append(self.last)
            self.steps.append(piece)
            roots = [(_root(ends[k], piece, (before, told[k]), (time, now[k])), k) for k in _fallen(told, now)]
            before, told, self.last = time, now, state
            if roots:
                before, found = min(roots)
                self.last = piece(before).tolist()
                break
        if before > self.hours:
            self.times.append(before)
        if not all(map(isfinite, self.last)):
            raise ArithmeticError(f"the solver came to {self.last} after {self.hours:g} h")
        return found

    def _stepping(self, slope: Slope, until: float, tol: float) -> Iterator[tuple[float, list[float], Any]]:
        """(end, state, dense) of each step; first the rest of one in which an end point was met, if there is any."""
        if self.solving is None or self.solving.by != (slope, until, tol):
            self.solving = self._solving(slope, until, tol)
        going, solver = self.solving, self.solving.solver
        if solver.t > self.hours:
            yield float(solver.t), solver.y.tolist(), going.piece
        while solver.status == "running":
            message = solver.step()
            if solver.status == "failed":
                raise ArithmeticError(f"the solver failed: {message}")
            going.piece = solver.dense_output()
            yield float(solver.t), solver.y.tolist(), going.piece

    def _solving(self, slope: Slope, until: float, tol: float) -> Solving:
        """A solver that begins where the path has come to."""
        import numpy as np
        from scipy.integrate import LSODA

        self.sizes = [max(abs(each), size) for each, size in zip(self.last, self.sizes, strict=True)]
        scale = [tol * size for size in self.sizes]
        solver = LSODA(_plain(slope), self.hours, np.asarray(self.last), until, rtol=tol, atol=scale)
        return Solving((slope, until, tol), solver)


def _plain(slope: Slope) -> Any:
    """The equations on plain numbers, which are quicker one by one than those of an array."""
    return lambda time, state: slope(time, state.tolist())


def _fallen(told: Sequence[float], now: Sequence[float]) -> list[int]:
    """The end points that have come to zero from above."""
    return [k for k, (before, after) in enumerate(zip(told, now, strict=True)) if before >= 0.0 >= after]


def _root(end: End, piece: Any, first: tuple[float, float], last: tuple[float, float], near: float = 1e-15) -> float:
    """When an end point falls through zero, between two times at which its values are known.

    They are not asked for again: by the interpolant they may be of the other sign, by rounding.
    """
    from scipy.optimize import brentq

    known = dict([first, last])

    def value(time: float) -> float:
        return known[time] if time in known else end(time, piece(time).tolist())

    return float(brentq(value, first[0], last[0], xtol=near, rtol=max(near, 1e-15)))

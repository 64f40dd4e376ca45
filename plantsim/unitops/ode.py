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
        from scipy.integrate import solve_ivp

        solve: Any = solve_ivp
        for number, end in enumerate(ends):
            if end(self.hours, self.last) <= 0.0:
                return number
        if until <= self.hours:
            return -1
        events = [_terminal(end) for end in ends]
        span = (self.hours, until)
        scale = [tol * max(abs(each), 1e-3) for each in self.last]
        done = solve(slope, span, self.last, method="LSODA", events=events, dense_output=True, rtol=tol, atol=scale)
        if not done.success:
            raise ArithmeticError(f"the solver failed: {done.message}")
        self.pieces.append(done.sol)
        self.times.append(float(done.t[-1]))
        self.last = [float(each) for each in done.y[:, -1]]
        if not all(map(isfinite, self.last)):
            raise ArithmeticError(f"the solver came to {self.last} after {self.hours:g} h")
        return next((k for k, times in enumerate(done.t_events or ()) if len(times)), -1)


def _terminal(end: End) -> Any:
    """An end point as the solver wants it: at one time it has one value.

    The solver looks for a root between two states, and asks again for the values there of its interpolant; where these
    are of the other sign by rounding, as at the start of a piece that begins where it ends, it would find no root.
    """
    told: dict[float, float] = {}

    def event(time: float, state: State) -> float:
        if time not in told:
            told[time] = end(time, state)
        return told[time]

    event.terminal, event.direction = True, -1.0  # type: ignore[attr-defined]
    return event

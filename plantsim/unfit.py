"""What does not fit before a shift ends, in words: how long the shift still is, and how long the work takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from plantsim.record import HOUR

if TYPE_CHECKING:
    from plantsim.state import BatchState


class Shifts(NamedTuple):
    """What calendars say of pools, skills and units, and which steps begin only if they fit."""

    left: Callable[[str, int], int]  # for how long [ms] one is open from a time [ms] on; 0: it is closed
    most: Callable[[str], int]  # for how long [ms] one is open on end at most
    fits: Callable[[str, str], bool]  # whether a step of a product must end before its crew leaves


ALWAYS = Shifts(lambda name, time: 2**62, lambda name: 2**62, lambda product, step: False)


def short(shifts: Shifts, name: str, ms: int, now: int) -> str:
    """Why work of so long [ms] does not begin now, as the end of a sentence; '' if it fits.

    >>> shifts = ALWAYS._replace(left=lambda name, time: 2 * HOUR, most=lambda name: 8 * HOUR)
    >>> short(shifts, "crew", 3 * HOUR, 0)
    '; its shift leaves 2 h, 3 h are needed'
    >>> short(shifts, "crew", 9 * HOUR, 0)
    '; 9 h are needed on end, and its longest shift has 8 h: that never fits'
    """
    left, most = shifts.left(name, now), shifts.most(name)
    if ms > most:
        return f"; {ms / HOUR:.4g} h are needed on end, and its longest shift has {most / HOUR:.4g} h: that never fits"
    return f"; its shift leaves {left / HOUR:.4g} h, {ms / HOUR:.4g} h are needed" if 0 < left < ms else ""


def lasts(b: BatchState, lacking: str, shifts: Shifts) -> int:
    """For how long [ms] a batch asks on end for what it lacks; 0 if it need not be there to the end."""
    if b.phase == "wait":
        return b.lasts
    if b.phase != "claim":
        return 0
    if lacking == b.unit:
        return b.left
    stint = b.plan[b.stint]
    held = [ms - (stint[1] - b.left) for name, _, ms in stint[2] if name == lacking]
    return max(held, default=0) if shifts.fits(b.product, b.step) else 0

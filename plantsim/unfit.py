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
    work: Callable[[str, str], str]  # product, step -> what becomes of it when its crew leaves: fits, restart ...
    # '', unit -> what becomes of work in it when it closes
    slows: Callable[[str, str], bool]  # product, step; '', unit -> whether it, or its cleans, may draw less at a time
    gives: Callable[[str, float, int], bool]  # whether a utility ever gives this rate for so long [ms] on end


ALWAYS = Shifts(
    lambda name, time: 2**62,
    lambda name: 2**62,
    lambda product, step: "",
    lambda product, step: False,
    lambda name, rate, ms: True,
)


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


def again(b: BatchState, shifts: Shifts) -> str:
    """Why the stint of a batch begins anew for ever, as the end of a sentence; '' if it does not."""
    if not b.plan or b.phase not in ("claim", "run", "halted") or not shifts.work("", b.unit):  # a move is finished
        return ""
    stint, asked = b.plan[b.stint], list[tuple[str, int]]()
    if shifts.work("", b.unit) == "restart":
        asked.append((b.unit, stint[1]))
    if shifts.work(b.product, b.step) == "restart":
        asked += [(pool, ms) for pool, _, ms in stint[2]]
    told = ((name, ms, shifts.most(name)) for name, ms in asked)
    return next((anew(name, ms, most) for name, ms, most in told if ms > most), "")


def anew(name: str, ms: int, most: int) -> str:
    """That work of so long [ms] does not end, since it begins anew whenever a shift ends.

    >>> anew("crew", 9 * HOUR, 8 * HOUR)
    '; 9 h are needed on end, and the longest shift of crew has 8 h: it begins anew for ever'
    """
    hours = f"; {ms / HOUR:.4g} h are needed on end, and the longest shift of {name} has {most / HOUR:.4g} h"
    return hours + ": it begins anew for ever"


def too_much(b: BatchState, utility: str, shifts: Shifts) -> tuple[float, int] | None:
    """(rate, for so long [ms]) that a batch asks of a utility, which never gives that; None: it may, or be slow."""
    if b.phase != "claim" or shifts.slows(b.product, b.step):
        return None
    stint = b.plan[b.stint]
    uses = [(rate, ms - (stint[1] - b.left)) for name, rate, ms in stint[2] if name == utility]
    return next(((rate, ms) for rate, ms in uses if not shifts.gives(utility, rate, ms)), None)


def lasts(b: BatchState, lacking: str, shifts: Shifts) -> int:
    """For how long [ms] a batch asks on end for what it lacks; 0 if it need not be there to the end."""
    if b.phase == "wait":
        return b.lasts
    if b.phase != "claim" or not shifts.work("", b.unit):
        return 0
    if lacking == b.unit:
        return b.left
    stint = b.plan[b.stint]
    held = [ms - (stint[1] - b.left) for name, _, ms in stint[2] if name == lacking]
    return max(held, default=0) if shifts.work(b.product, b.step) == "fits" else 0

"""Acts that may be slow: they take the rate that is free as they begin, and last longer, so that the amount stays.

One begins as soon as its full rates are carried to its end, or its least: what is between is taken once it may begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.state import Acts, StintPlan, Uses, fine

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.samples import Sample
    from plantsim.engine.upkeep import Job

FINE = 1000
Slow = tuple[float, dict[str, float]]  # (least share of the rates, {utility: rate})


def whole_uses(claim: Journey | Job | Sample) -> Uses | None:
    """What a claim that may be slow asks for at its full rates, from now on; None: it may not."""
    stint = _stretch(claim, 0)
    return None if stint is None else _from_now(stint, claim)


def least_uses(claim: Journey | Job | Sample) -> Uses:
    """What a claim asks for at least, from now on; what may be slow, at its slowest."""
    stint = _stretch(claim, None)
    return claim.uses() if stint is None else _from_now(stint, claim)


def uses_now(claim: Journey | Job | Sample, floor: Floor, now: int) -> Uses:
    """What a claim would use if it began now: at the largest rates that are free, or at its slowest."""
    stint = at_best(claim, floor, now)
    return claim.uses() if stint is None else _from_now(stint, claim)


def at_best(claim: Journey | Job | Sample, floor: Floor, now: int) -> StintPlan | None:
    """The stint that may be slow, at the largest rates that are carried, or else at its slowest; None: it may not."""
    whole = _stretch(claim, 0)
    if whole is None or _carried(_from_now(whole, claim), floor, now):
        return whole
    early, late = 0, _most(claim)
    if not _carried(least_uses(claim), floor, now):
        return _stretch(claim, None)
    while late - early > 1:
        half = (early + late) // 2
        stint = _stretch(claim, half)
        if stint is not None and _carried(_from_now(stint, claim), floor, now):
            late = half
        else:
            early = half
    return _stretch(claim, late)


def _carried(uses: Uses, floor: Floor, now: int) -> bool:
    """Whether all utilities among these carry them; pools are another matter."""
    desks = (floor.desks[name] for name in dict.fromkeys(name for name, _, _ in uses))
    return all(desk.lends(uses, now) for desk in desks if desk.deep)


def slow_of(claim: Journey | Job | Sample) -> tuple[StintPlan, int, Slow] | None:
    """(the stint that a claim asks to begin, how much [ms] of it is worked, how slow it may be), if it may be slow."""
    if (slow := getattr(claim, "slow", None)) is not None:  # of a clean
        found: tuple[StintPlan, int, Slow] | None = slow()
        return found
    b = getattr(claim, "b", None)
    step = getattr(claim, "doing", None)
    if b is None or step is None or not step.slows:
        return None
    running = b.phase == "run"  # that stint is over; the next one asks
    stint: StintPlan = b.plan[b.stint + 1 if running else b.stint]
    slow = step.slows.get(stint[0][0][0])
    return None if slow is None else (stint, 0 if running else stint[1] - b.left, slow)


def _base(stint: StintPlan, worked: int, slow: Slow) -> int:
    """How long [ms] the rest of a stint takes at its full rates."""
    name, full = next(iter(slow[1].items()))
    rate = next(number for each, number, _ in stint[2] if each == name)
    return -(-(stint[1] - worked) * fine(rate) // fine(full))


def _most(claim: Journey | Job | Sample) -> int:
    """By how much [ms] the rest of a stint may last longer than at its full rates."""
    found = slow_of(claim)
    if found is None:
        return 0
    base = _base(*found)
    return max(0, int(base / found[2][0] + 1e-6) - base)


def _stretch(claim: Journey | Job | Sample, longer: int | None) -> StintPlan | None:
    """The stint that a claim asks to begin, if its rest lasts longer by so much [ms]; None: by all that it may."""
    found = slow_of(claim)
    if found is None:
        return None
    stint, worked, slow = found
    base = _base(stint, worked, slow)
    length = base + (_most(claim) if longer is None else longer)
    whole = worked + length
    rates = {name: -(-fine(rate) * base // max(length, 1)) for name, rate in slow[1].items()}
    uses = tuple([(name, _plain(rates[name]) if name in rates else number, whole) for name, number, _ in stint[2]])
    acts = _longer(stint, whole)
    run = (0, acts[0][1]) if stint[4] else (0, 0)
    return acts, whole, uses, *run, stint[5]


def _longer(stint: StintPlan, whole: int) -> Acts:
    """The acts of a stint that lasts longer: a run that takes longer has as much more of minor stops."""
    (name, ms), *stops = stint[0]
    if not stops:
        return ((name, whole),)
    run = whole * ms // stint[1]
    return (name, run), (stops[0][0], whole - run)


def _plain(rate: int) -> float:
    return rate // FINE if rate % FINE == 0 else rate / FINE


def _from_now(stint: StintPlan, claim: Journey | Job | Sample) -> Uses:
    found = slow_of(claim)
    worked = found[1] if found is not None else 0
    return tuple([(name, number, held - worked) for name, number, held in stint[2] if held > worked])

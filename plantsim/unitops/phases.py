"""A step that is a list of phases, each with what comes to the charge or leaves it evenly, and what it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plantsim.contracts import Flow


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a step."""

    hours: float
    gains: Mapping[str, float] = field(default_factory=dict)  # what -> how much of it comes (or, below 0, goes)
    draws: Mapping[str, float] = field(default_factory=dict)  # utility -> rate


def length(phases: Sequence[Phase]) -> float:
    """How long they take, one after the other [h]."""
    return sum(phase.hours for phase in phases)


def gained(phases: Sequence[Phase], hours: float) -> dict[str, float]:
    """What has come to the charge after so many hours."""
    found, begin = dict[str, float](), 0.0
    for phase in phases:
        share = 1.0 if phase.hours <= 0.0 else min(1.0, max(0.0, (hours - begin) / phase.hours))
        for name, amount in phase.gains.items():
            found[name] = found.get(name, 0.0) + (share * amount if hours >= begin else 0.0)
        begin += phase.hours
    return found


def drawn(phases: Sequence[Phase], begun: float, until: float) -> dict[str, Flow]:
    """The rates of what is drawn between two hours of the step, counted from the first of them."""
    names = dict.fromkeys(name for phase in phases for name in phase.draws)
    found = {name: _rates(phases, name, begun, until) for name in names}
    return {name: rates for name, rates in found.items() if any(rate for _, rate in rates)}


def _rates(phases: Sequence[Phase], name: str, begun: float, until: float) -> Flow:
    found, begin = list[tuple[float, float]](), 0.0
    for phase in phases:
        end, rate = begin + phase.hours, phase.draws.get(name, 0.0)
        if end > begun and begin < until and (not found or found[-1][1] != rate):
            found.append((max(0.0, begin - begun), rate))
        begin = end
    if found and found[-1][1]:
        found.append((min(begin, until) - begun, 0.0))
    return tuple(found)

"""What can't be: in a charge that a model is asked about, and in what it says of it."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from plantsim.contracts import Charge, Flow, Outcome

CRITICAL = 373.9  # °C: the critical point of water
ABOVE = f"which is above its critical point, {CRITICAL} °C"
LONGEST = 87_600.0  # h: ten years, in which no step ends that is one
ULP = 1e-9  # h: what a corner may lie beyond the end of a step, by rounding


def nonsense(found: Outcome) -> str:
    """What can't be in an outcome; '' if nothing.

    >>> nonsense(Outcome(1e300, Charge(1.0)))
    'gives hours = 1e+300, which is longer than ten years'
    """
    wrong = _negative([("hours", found.hours)])
    if not wrong and found.hours > LONGEST:
        wrong = f"hours = {found.hours!r}, which is longer than ten years"
    wrong = wrong or no_charge(found.charge) or _infinite(found.quality.items())
    if not wrong:
        wrong = next(filter(None, (_no_flow(name, flow, found.hours) for name, flow in found.draws.items())), "")
    return f"gives {wrong}" if wrong else ""


def no_charge(charge: Charge) -> str:
    """What can't be in a charge; '' if nothing.

    >>> no_charge(Charge(100.0, temperature=400.0, composition={"water": 1.0}))
    'temperature = 400.0 of what holds water, which is above its critical point, 373.9 °C'
    """
    parts = charge.composition
    wrong = _negative([("mass", charge.mass), ("volume", charge.volume)])
    wrong = wrong or _negative((f"fraction of {name}", share) for name, share in parts.items())
    wrong = wrong or _infinite([("temperature", charge.temperature), *charge.quality.items()])
    if wrong:
        return wrong
    if charge.temperature < -273.15:
        return f"temperature = {charge.temperature!r}, which is below absolute zero"
    if parts.get("water", 0.0) > 1e-6 and charge.temperature > CRITICAL:
        return f"temperature = {charge.temperature!r} of what holds water, {ABOVE}"
    if parts and abs(sum(parts.values()) - 1.0) > 1e-6:
        return f"fractions that add up to {sum(parts.values()):.9g} instead of 1"
    return ""


def _number(number: Any) -> bool:
    return isinstance(number, (int, float)) and isfinite(number)


def _negative(numbers: Iterable[tuple[str, Any]]) -> str:
    for name, number in numbers:
        if not _number(number) or number < -1e-9:
            return f"{name} = {number!r}, which must be a number that is not negative"
    return ""


def _infinite(numbers: Iterable[tuple[str, Any]]) -> str:
    for name, number in numbers:
        if not _number(number):
            return f"{name} = {number!r}, which must be a finite number"
    return ""


def _sound(flow: Flow, hours: float) -> bool:
    """Whether nothing is wrong with a rate: the quick look, since all that is kept is looked at each time."""
    try:
        times = [at for at, _ in flow]
        rates = sum([rate for _, rate in flow])
    except (TypeError, ValueError):
        return False
    if not isfinite(rates + sum(times)) or any(rate < 0.0 for _, rate in flow):
        return False
    return not times or (times[0] == 0.0 and times[-1] <= hours and times == sorted(times))


def _no_flow(name: str, flow: Flow, hours: float) -> str:
    """What can't be in a rate over the hours of a step."""
    if _sound(flow, hours):
        return ""
    before = 0.0
    for k, (at, rate) in enumerate(flow):
        if wrong := _negative([(f"draw of {name}", rate)]):
            return wrong
        place = f"draw of {name} from {at!r} h on, which "
        if not _number(at):
            return f"{place}must be a finite number"
        if k == 0 and at != 0.0:
            return f"{place}must begin at 0 h"
        if at < before:
            return f"{place}comes after that from {before!r} h on: times must rise"
        if at > hours + ULP:
            return f"{place}lies beyond its {hours!r} hours"
        before = at
    return ""

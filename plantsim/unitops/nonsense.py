"""What can't be: in a charge that a model is asked about, and in what it says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from math import inf, isfinite
from typing import Any, TypeAlias

from plantsim.contracts import Charge, Flow, Outcome
from plantsim.unitops.mixing import per_litre

CRITICAL = 373.9  # °C: the critical point of water
ABOVE = f"which is above its critical point, {CRITICAL} °C"
LONGEST = 87_600.0  # h: ten years, in which no step ends that is one
SHARES = ("viability", "porosity", "solid fraction", "dried", "frozen", "conversion", "yield")
AMOUNTS = (
    *("moisture", "assay", "solids", "purity", "impurity", "fines", "hardness", "weight gain", "f0"),
    *(
        "acceptance value",
        "dead",
        "debris",
        "hcp",
        "glucose",
        "glutamine",
        "lactate",
        "ammonia",
        "d10",
        "d50",
        "d90",
        "d43",
    ),
)
NOTHING = 1e-6  # of what came in: what rounding may leave more of it
ANY = (-inf, inf)
Bounds: TypeAlias = Mapping[str, tuple[float, float]]
ULP = 1e-9  # h: what a corner may lie beyond the end of a step, by rounding


def nonsense(found: Outcome, bounds: Bounds | None = None, came: float = inf, adds: float = 0.0) -> str:
    """What can't be in an outcome, of so much mass [kg] that came in and that its model may add; '' if nothing.

    >>> nonsense(Outcome(1e300, Charge(1.0)))
    'gives hours = 1e+300, which is longer than ten years'
    """
    wrong = _negative([("hours", found.hours)])
    if not wrong and found.hours > LONGEST:
        wrong = f"hours = {found.hours!r}, which is longer than ten years"
    wrong = (
        wrong
        or no_charge(found.charge, bounds)
        or _negative([("added", found.added)])
        or _infinite(found.quality.items())
    )
    wrong = wrong or from_nothing(found.charge, came, adds + found.added)
    if not wrong:
        wrong = next(filter(None, (_no_flow(name, flow, found.hours) for name, flow in found.draws.items())), "")
    return f"gives {wrong}" if wrong else ""


def from_nothing(charge: Charge, came: float, added: float) -> str:
    """Mass that was made from nothing, of so much [kg] that came in and was added; '' if none.

    >>> from_nothing(Charge(102.0), came=100.0, added=2.0)
    ''
    """
    if charge.mass <= (came + added) * (1.0 + NOTHING) + ULP:
        return ""
    more = f" and {added:.6g} kg that it adds" if added else "; what it adds itself must be told as 'added'"
    return f"mass = {charge.mass!r} out of {came:.6g} kg that came in{more}"


def damp(before: Charge, after: Charge) -> float:
    """The water [kg] that what stands has taken up, by the moistures that it tells.

    >>> round(damp(Charge(110.0, quality={"moisture": 0.1}), Charge(120.0, quality={"moisture": 0.2})), 9)
    10.0
    """
    was, now = (each.quality.get("moisture", 0.0) for each in (before, after))
    return max(0.0, now - was) * before.mass / (1.0 + was)


@cache
def limits(word: str) -> tuple[float, float]:
    """Between what an attribute of quality of this name must lie.

    >>> limits("viability"), limits("titre"), limits("zeta potential")
    ((0.0, 1.0), (0.0, inf), (-inf, inf))
    """
    if word in SHARES:
        return 0.0, 1.0
    return (0.0, inf) if word in AMOUNTS or per_litre(word) or word.split()[-1:] in [["rsd"], ["hours"]] else ANY


def no_charge(charge: Charge, bounds: Bounds | None = None) -> str:
    """What can't be in a charge, by bounds of attributes that a model declares too; '' if nothing.

    >>> no_charge(Charge(100.0, temperature=400.0, composition={"water": 1.0}))
    'temperature = 400.0 of what holds water, which is above its critical point, 373.9 °C'
    """
    parts = charge.composition
    wrong = _negative([("mass", charge.mass), ("volume", charge.volume)])
    wrong = wrong or _negative((f"fraction of {name}", share) for name, share in parts.items())
    wrong = wrong or _infinite([("temperature", charge.temperature), *charge.quality.items()])
    wrong = wrong or _beyond(charge.quality, bounds or {})
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


def _beyond(quality: Mapping[str, float], bounds: Bounds) -> str:
    """The first attribute beyond its bounds, or beyond the limits of its name if there are none for it."""
    for word, number in quality.items():
        least, most = bounds.get(word) or limits(word)
        if not least - ULP <= number <= most + ULP:
            rule = f"at least {least:g}" if most == inf else f"from {least:g} to {most:g}"
            return f"{word} = {number!r}, which must be {rule}"
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

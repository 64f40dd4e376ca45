"""A charge under way: what it must be to go into a model, what it is made of, and what it remembers of a halted step.

What is remembered is an attribute of its quality, which is there while the step lasts and gone when it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite

from plantsim.contracts import Charge

SO_FAR = "hours so far"  # how long the step has already been worked on this charge [h]
CRITICAL = 373.95  # °C; above it there is no liquid water
HOTTEST = 1000.0  # °C; nothing here is


def sound(charge: Charge, *attributes: str, empty: bool = True) -> Charge:
    """The charge, if there can be one like it: attributes that are named must not be negative; `empty`: if it may be.

    Raises:
        ValueError: if it has a mass, a temperature, a fraction or an attribute that can't be.
        KeyError: if an attribute that is named is missing.

    >>> sound(Charge(-1.0))
    Traceback (most recent call last):
    ValueError: the mass of a charge must be a number that is not negative, got -1 kg
    """
    if not empty and not (isfinite(charge.mass) and charge.mass > 0.0):
        raise ValueError(f"a charge needs a mass of more than 0 kg, got {charge.mass:g} kg")
    if not isfinite(charge.mass) or charge.mass < 0.0:
        raise ValueError(f"the mass of a charge must be a number that is not negative, got {charge.mass:g} kg")
    if not -273.15 <= charge.temperature <= HOTTEST:
        said = f"must be a number from -273.15 to {HOTTEST:g} degC"
        raise ValueError(f"the temperature of a charge {said}, got {charge.temperature:g}")
    _mixture(charge)
    for name, number in charge.quality.items():
        if not isfinite(number) and name not in attributes:
            raise ValueError(f"{name} must be a finite number, got {number:g}")
    for name in attributes:
        number = charge.quality[name]
        if not (isfinite(number) and number >= 0.0):
            raise ValueError(f"{name!r} of a charge must be at least 0, got {number:g}")
    return charge


def _mixture(charge: Charge) -> None:
    if charge.composition.get("water", 0.0) > 0.0 and charge.temperature > CRITICAL:
        raise ValueError(
            f"there is no liquid water at {charge.temperature:g} degC: above {CRITICAL:g} degC it is a gas"
        )
    for name, share in charge.composition.items():
        if not isfinite(share) or not -1e-9 <= share <= 1.0 + 1e-9:
            raise ValueError(f"the fraction of {name} must be from 0 to 1, got {share:g}")
    if charge.composition and abs(sum(charge.composition.values()) - 1.0) > 1e-6:
        raise ValueError(f"the fractions of a charge must add up to 1, got {sum(charge.composition.values()):.9g}")


def share_of(charge: Charge, name: str) -> float:
    """The mass fraction of a component that a charge must tell.

    Raises:
        ValueError: if it has no such component.
    """
    if name not in charge.composition:
        known = ", ".join(sorted(charge.composition)) or "nothing"
        raise ValueError(f"the charge has no component {name!r}; it has {known}")
    return charge.composition[name]


def amounts(charge: Charge) -> dict[str, float]:
    """Component -> its mass [kg]."""
    return {name: share * charge.mass for name, share in charge.composition.items()}


def recomposed(charge: Charge, parts: Mapping[str, float], temperature: float | None = None) -> Charge:
    """A charge of these masses [kg] of components, with the density and the attributes that it had."""
    mass = sum(parts.values())
    shares = {name: part / mass if mass else 0.0 for name, part in parts.items()}
    volume = charge.volume * mass / charge.mass if charge.mass else 0.0
    return charge.but(mass=mass, volume=volume, temperature=temperature, composition=shares)


def brought(charge: Charge, *then: Charge) -> float:
    """The mass [kg] that has come to a charge by then, at the most.

    >>> brought(Charge(100.0), Charge(120.0), Charge(105.0))
    20.0
    """
    return max(0.0, *(each.mass - charge.mass for each in then))


def added(charge: Charge, masses: Mapping[str, float]) -> Charge:
    """The charge with so much [kg] of some components more, or less; those it has are named if it tells any.

    Raises:
        ValueError: if it must lose what it does not have.

    >>> added(Charge(4.0, composition={"salt": 1.0}), {"water": 1.0}).composition
    {'salt': 0.8, 'water': 0.2}
    """
    mass = charge.mass + sum(masses.values())
    if not charge.composition:
        return replace(charge, mass=mass)
    parts = {name: share * charge.mass / mass for name, share in charge.composition.items()}
    for name, more in masses.items():
        parts[name] = parts.get(name, 0.0) + more / mass
        if parts[name] < -1e-9:
            raise ValueError(f"can't take {-more:g} kg of {name!r} from a charge that does not tell so much of it")
    return replace(charge, mass=mass, composition=parts)


def dried(charge: Charge, moisture: float, temperature: float) -> Charge:
    """The charge with another moisture on a dry basis, which is the water that its mass has lost, or gained."""
    before = charge.quality["moisture"]
    solid = charge.mass / (1.0 + before)
    parts = dict(charge.composition)
    if "water" in parts:
        lost = (before - moisture) * solid
        mass = charge.mass - lost
        parts = {name: share * charge.mass / mass for name, share in parts.items()}
        parts["water"] -= lost / mass
    return charge.but(mass=solid * (1.0 + moisture), temperature=temperature, composition=parts, moisture=moisture)


def remembered(charge: Charge, word: str, usual: float = 0.0) -> float:
    """What a halted charge remembers by a word; for a fresh one what is usual.

    Raises:
        ValueError: if it cannot be.
    """
    number = charge.quality.get(word, usual)
    if not (isfinite(number) and number >= 0.0):
        raise ValueError(f"{word!r} of a charge must be at least 0, got {number:g}")
    return number


def at_a_pace(done: float, whole: float, limit: float) -> tuple[float, Callable[[float], float]]:
    """Hours that are left of work that takes `whole` hours and may take `limit`, and the share of it done by then.

    >>> left, share = at_a_pace(0.5, whole=4.0, limit=3.0)
    >>> left, share(0.5), share(9.0)
    (1.0, 0.625, 0.75)
    """
    last = max(done, min(1.0, limit / whole)) if whole else 1.0
    return (last - done) * whole, lambda after: min(last, done + max(after, 0.0) / whole) if whole else 1.0


def told(charge: Charge, numbers: Mapping[str, float]) -> Charge:
    """The charge with attributes that are told of it, or that it must remember, by words with spaces."""
    return replace(charge, quality={**charge.quality, **numbers})


def forgotten(charge: Charge, *words: str) -> Charge:
    """The charge without what it remembers by some words, and without the hours of its step.

    >>> forgotten(Charge(5.0, quality={"rounds": 3.0, "assay": 0.99}), "rounds").quality
    {'assay': 0.99}
    """
    return forgotten_of(charge, SO_FAR, *words)


def forgotten_of(charge: Charge, *words: str) -> Charge:
    """The charge in the midst of a step, without what it remembers by some words."""
    quality = {**charge.quality}
    for word in words:
        quality.pop(word, None)
    return replace(charge, quality=quality)

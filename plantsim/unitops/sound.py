"""What a unit operation asks of any charge, and what it must remember of a step that has been halted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

from plantsim.contracts import Charge

SO_FAR = "hours so far"  # how long the step has already been worked on this charge [h]
CRITICAL = 373.95  # °C; above it there is no liquid water


def sound(charge: Charge) -> Charge:
    """The charge, if there can be one like it.

    >>> sound(Charge(-1.0))
    Traceback (most recent call last):
    ValueError: the mass of a charge must be a number that is not negative, got -1 kg

    Raises:
        ValueError: if it has a mass, a temperature, a fraction or an attribute that can't be.
    """
    if not isfinite(charge.mass) or charge.mass < 0.0:
        raise ValueError(f"the mass of a charge must be a number that is not negative, got {charge.mass:g} kg")
    if not isfinite(charge.temperature) or charge.temperature < -273.15:
        raise ValueError(f"the temperature of a charge must be a number above -273.15 degC, got {charge.temperature:g}")
    if charge.composition.get("water", 0.0) > 0.0 and charge.temperature > CRITICAL:
        raise ValueError(
            f"there is no liquid water at {charge.temperature:g} degC: above {CRITICAL:g} degC it is a gas"
        )
    for name, share in charge.composition.items():
        if not isfinite(share) or not -1e-9 <= share <= 1.0 + 1e-9:
            raise ValueError(f"the fraction of {name} must be from 0 to 1, got {share:g}")
    if charge.composition and abs(sum(charge.composition.values()) - 1.0) > 1e-6:
        raise ValueError(f"the fractions of a charge must add up to 1, got {sum(charge.composition.values()):.9g}")
    for name, number in charge.quality.items():
        if not isfinite(number):
            raise ValueError(f"{name} must be a finite number, got {number:g}")
    return charge


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


def remembering(charge: Charge, numbers: Mapping[str, float]) -> Charge:
    """The charge in the midst of a step, with what it must remember of it."""
    return replace(charge, quality={**charge.quality, **numbers})


def without(charge: Charge, *names: str) -> Charge:
    """The charge once a step is over, without what it had to remember in it."""
    return replace(charge, quality={name: n for name, n in charge.quality.items() if name not in (SO_FAR, *names)})

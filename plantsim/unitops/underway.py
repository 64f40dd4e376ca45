"""A charge under way: what it must be to go into a model, and what it remembers when a step is halted.

What is remembered is an attribute of its quality, which is there while the step lasts and gone when it is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

from plantsim.contracts import Charge, Flow


def sound(charge: Charge, *attributes: str) -> None:
    """Nothing, if a charge can be: a mass above 0, a temperature, and attributes that are not negative.

    Raises:
        ValueError: if it cannot be.
        KeyError: if an attribute is missing.

    >>> sound(Charge(-5.0))
    Traceback (most recent call last):
        ...
    ValueError: a charge needs a mass of more than 0 kg, got -5 kg
    """
    if not (isfinite(charge.mass) and charge.mass > 0.0):
        raise ValueError(f"a charge needs a mass of more than 0 kg, got {charge.mass:g} kg")
    if not -273.15 <= charge.temperature <= 1000.0:
        raise ValueError(f"a charge can't be {charge.temperature:g} °C warm")
    for name in attributes:
        number = charge.quality[name]
        if not (isfinite(number) and number >= 0.0):
            raise ValueError(f"{name!r} of a charge must be at least 0, got {number:g}")


def remembered(charge: Charge, word: str, usual: float = 0.0) -> float:
    """What a halted charge remembers by a word; for a fresh one what is usual.

    Raises:
        ValueError: if it cannot be.
    """
    if word in charge.quality:
        sound(charge, word)
    return charge.quality.get(word, usual)


def forgotten(charge: Charge, *words: str) -> Charge:
    """The charge without what it remembers by some words.

    >>> forgotten(Charge(5.0, quality={"rounds": 3.0, "assay": 0.99}), "rounds").quality
    {'assay': 0.99}
    """
    return replace(charge, quality={name: number for name, number in charge.quality.items() if name not in words})


def told(charge: Charge, numbers: Mapping[str, float]) -> Charge:
    """The charge with attributes that are told of it, by words with spaces."""
    return replace(charge, quality={**charge.quality, **numbers})


def flow(rates: Sequence[tuple[float, float]]) -> Flow:
    """Rates from hours on, without those that go on as before.

    >>> flow([(0.0, 5.0), (1.0, 5.0), (2.0, 0.0)])
    ((0.0, 5.0), (2.0, 0.0))
    """
    return tuple([each for k, each in enumerate(rates) if k == 0 or each[1] != rates[k - 1][1]])


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

"""Charges that become one: masses and volumes add, and each number is averaged over what it is a share of.

An attribute of quality is per kg, and averaged by mass, unless its name says otherwise (see `PER_LITRE`):

* per litre, such as a titre, it is averaged by volume, and what does not tell it has none of it;
* `moisture` is per kg of what is dry, and averaged by that; what does not tell it has that of its component `water`;
* `viability` is a share of the `cells`, and averaged by their number;
* what does not tell any other attribute does not count in its average.

Temperatures are averaged by mass, and by the attribute `heat capacity` where all tell it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from plantsim.contracts import Charge

PER_LITRE = ("titre", "cells", "substrate", "concentration")
"""An attribute whose last word is one of these is per litre: `titre`, `viable cells`, `salt concentration`."""

Part = tuple[Charge, str]  # what it is, and as which component it counts if it tells no composition


def mixed(parts: Sequence[Part]) -> Charge:
    """What comes of charges that are mixed, with nothing lost and no heat of mixing.

    >>> hot, cold = Charge(30.0, temperature=80.0), Charge(70.0, temperature=20.0)
    >>> mixed([(hot, "p"), (cold, "p")])
    Charge(mass=100.0, volume=0.0, temperature=38.0, composition={}, quality={})
    """
    there = [(charge, name) for charge, name in parts if charge.mass > 0.0]
    if len(there) < 2:
        return there[0][0] if there else parts[0][0]
    charges = [charge for charge, _ in there]
    words = dict.fromkeys(word for each in charges for word in each.quality)
    return Charge(
        fsum(each.mass for each in charges),
        fsum(each.volume for each in charges),
        _average([(each.temperature, _heat(each, charges)) for each in charges]),
        _composition(there),
        {word: _moisture(there) if word == "moisture" else _quality(word, charges) for word in words},
    )


def per_litre(name: str) -> bool:
    """Whether an attribute of this name is per litre.

    >>> per_litre("titre"), per_litre("viable_cells"), per_litre("assay")
    (True, True, False)
    """
    return name.replace("_", " ").split()[-1:] in [[word] for word in PER_LITRE]


def _composition(parts: Sequence[Part]) -> dict[str, float]:
    if not any(charge.composition for charge, _ in parts):
        return {}
    told = [(charge.mass, charge.composition or {name: 1.0}) for charge, name in parts]
    names = dict.fromkeys(name for _, composition in told for name in composition)
    return {name: _average([(composition.get(name, 0.0), mass) for mass, composition in told]) for name in names}


def _moisture(parts: Sequence[Part]) -> float:
    """Water a kg of what is dry; what does not tell it is as wet as its component water says, or its name."""
    wet: list[tuple[float, float]] = []
    for charge, name in parts:
        told = charge.quality.get("moisture")
        share = (charge.composition or {name: 1.0}).get("water", 0.0) if told is None else told / (1.0 + told)
        wet.append((charge.mass * share, charge.mass * (1.0 - share)))
    dry = fsum(each for _, each in wet)
    same = dict.fromkeys(charge.quality.get("moisture", -1.0) for charge, _ in parts)
    return next(iter(same)) if len(same) == 1 or dry <= 0.0 else fsum(each for each, _ in wet) / dry


def _quality(name: str, charges: Sequence[Charge]) -> float:
    """An attribute of what is mixed: averaged by mass if there is no volume, or no cell, to go by."""
    told = [each for each in charges if name in each.quality]
    count = charges if per_litre(name) and all(each.volume for each in told) else told
    weights = [_weight(name, each) for each in count]
    if fsum(weights) <= 0.0:
        weights = [each.mass for each in count]
    return _average([(each.quality.get(name, 0.0), weight) for each, weight in zip(count, weights, strict=True)])


def _weight(name: str, charge: Charge) -> float:
    """How much of that there is of which an attribute is a share."""
    if name == "viability":
        return charge.volume * charge.quality.get("cells", 0.0)
    return charge.volume if per_litre(name) else charge.mass


def _heat(charge: Charge, charges: Sequence[Charge]) -> float:
    """What holds its heat [kg, or J/K if all tell their heat capacity]."""
    return charge.mass * (charge.quality["heat capacity"] if all("heat capacity" in c.quality for c in charges) else 1)


def _average(told: Sequence[tuple[float, float]]) -> float:
    """The mean of (number, weight) ...; numbers that are equal stay what they are."""
    first = told[0][0]
    if all(number == first for number, _ in told):
        return first
    return fsum(number * weight for number, weight in told) / fsum(weight for _, weight in told)

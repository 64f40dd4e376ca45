"""What the operations on liquids ask of a charge, and what they take back from it when they are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

from plantsim.contracts import Charge, Flow


def asked(charge: Charge, name: str, *words: str, missing: float | None = None) -> list[float]:
    """The attributes of a charge by these words, which must not be negative; `missing` is for those it does not tell.

    Raises:
        ValueError: with the name of the operation, the attribute and its number.
    """
    if not (charge.mass > 0.0 and charge.volume > 0.0 and isfinite(charge.mass) and isfinite(charge.volume)):
        raise ValueError(
            f"{name} needs a charge with mass and volume, got {charge.mass:g} kg and {charge.volume:g} L; "
            "give the product's charge a volume"
        )
    told = charge.quality
    found = [told[word] if missing is None else told.get(word, missing) for word in words]
    for word, number in zip(words, found, strict=True):
        if not isfinite(number) or number < 0.0:
            raise ValueError(f"{name} needs a {word!r} that is a number and not negative, got {number:g}")
    return found


def became(charge: Charge, volume: float, quality: Mapping[str, float], **memory: float) -> Charge:
    """The charge of another volume [L], by what came or went at 1 kg/L, and with these attributes of quality."""
    mass = max(0.0, charge.mass + (volume - charge.volume))
    told = {**charge.quality, **quality, **{word.replace("_", " "): number for word, number in memory.items()}}
    return replace(charge, mass=mass, volume=volume, quality=told)


def flow(hours: Sequence[float], amounts: Sequence[float]) -> Flow:
    """A rate, constant between hours, that gives the amounts [their unit] that have come up to each of them."""
    steps = zip(hours, hours[1:], amounts, amounts[1:], strict=False)
    found = [(begin, max(0.0, after - before) / (end - begin)) for begin, end, before, after in steps if end > begin]
    return (*found, (hours[-1], 0.0)) if found else ()

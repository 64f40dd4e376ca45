"""What a halt does to a charge: the usual losses, for the `idle` of a model."""

from __future__ import annotations

from math import exp

from plantsim.contracts import Charge


def cooled(charge: Charge, hours: float, half: float, room: float = 20.0) -> Charge:
    """What has cooled down, or warmed up, towards the room [°C] by Newton's law, half of the way in `half` hours.

    T = Tr + (T0 - Tr) 2^(-t / half)

    >>> cooled(Charge(100.0, temperature=50.0), hours=1.0, half=1.0).temperature
    35.0
    """
    return charge.but(temperature=room + (charge.temperature - room) * 0.5 ** (hours / half))


def lost(charge: Charge, hours: float, loses: float, holds: float, room: float = 20.0) -> Charge:
    """What loses heat [W/K] to the room [°C], of a mass that holds heat [kJ/K].

    T = Tr + (T0 - Tr) exp(-3.6 k t / C)

    >>> round(lost(Charge(100.0, temperature=60.0), hours=2.0, loses=50.0, holds=360.0).temperature, 4)
    34.7152
    """
    return charge.but(temperature=room + (charge.temperature - room) * exp(-3.6 * loses * hours / holds))


def decayed(charge: Charge, hours: float, attribute: str, half: float) -> Charge:
    """What has lost an attribute of its quality by a reaction of first order, such as by hydrolysis.

    >>> decayed(Charge(100.0, quality={"assay": 0.8}), hours=2.0, attribute="assay", half=2.0).quality["assay"]
    0.4
    """
    return charge.but(**{attribute: charge.quality[attribute] * 0.5 ** (hours / half)})

"""Heat through the wall of a stirred vessel: films inside and in the jacket, and an exchanger outside.

1 / U = 1 / hi + x / k + 1 / hj + Rf            Nu = a Re^(2/3) Pr^(1/3) (mu / muw)^0.14
"""

from __future__ import annotations

from math import exp, log, pi, sqrt


def vessel_film(
    tank: float,
    stirrer: float,
    turns: float,
    density: float,
    heat: float,
    conductivity: float,
    viscosity: float,
    at_wall: float,
    factor: float = 0.74,
) -> float:
    """Coefficient [W/m2/K] of a stirred vessel of this diameter [m], by its stirrer's diameter [m] and turns [1/s].

    Density [kg/m3], heat capacity [J/kg/K], conductivity [W/m/K], viscosity [Pa s] in the bulk and at the wall; the
    factor is 0.74 for a paddle (Geankoplis, equation 4.13-1), 0.36 for a turbine, 0.54 for an anchor.
    """
    reynolds, prandtl = stirred(stirrer, turns, density, heat, conductivity, viscosity)
    nusselt: float = factor * reynolds ** (2.0 / 3.0) * prandtl ** (1.0 / 3.0) * (viscosity / at_wall) ** 0.14
    return nusselt * conductivity / tank


def stirred(
    stirrer: float, turns: float, density: float, heat: float, conductivity: float, viscosity: float
) -> tuple[float, float]:
    """Reynolds and Prandtl number in a stirred vessel; figures as in `vessel_film`.

    >>> stirred(0.5, 2.0, 1000.0, 4000.0, 0.5, 0.001)
    (500000.0, 8.0)
    """
    return stirrer**2 * turns * density / viscosity, heat * viscosity / conductivity


def jacket_film(
    flow: float,
    tank: float,
    jacket: float,
    height: float,
    inlet: float,
    density: float,
    heat: float,
    conductivity: float,
    viscosity: float,
    at_wall: float,
) -> float:
    """Coefficient [W/m2/K] of a jacket with a tangential inlet, by Lehrer (VDI Heat Atlas).

    Flow [kg/s]; diameters of tank, jacket and inlet and height [m]; properties as in `vessel_film`.
    """
    gap, stream = (jacket - tank) / 2.0, flow / density
    speed = sqrt(stream / (height * gap) * stream / (pi / 4.0 * inlet**2))
    width = sqrt(8.0 / 3.0) * gap
    reynolds, prandtl = speed * width * density / viscosity, heat * viscosity / conductivity
    nusselt: float = 0.03 * reynolds**0.75 * prandtl / (1.0 + 1.74 * (prandtl - 1.0) / reynolds**0.125)
    found: float = nusselt * (viscosity / at_wall) ** 0.14 * conductivity / width
    return found


def overall(
    inside: float, outside: float, wall: float = 0.0, conductivity: float = 16.0, fouling: float = 0.0
) -> float:
    """U [W/m2/K] from two films, a wall [m] of a conductivity [W/m/K] and a fouling resistance [m2 K/W].

    >>> round(overall(500.0, 500.0), 9)
    250.0
    """
    return 1.0 / (1.0 / inside + wall / conductivity + 1.0 / outside + fouling)


def heated_outside(
    mass: float, heat: float, area: float, circulated: float, hot: float, inlet: float, first: float, last: float
) -> float:
    """Hours that a batch takes from one temperature to another, circulated through a counter-current exchanger.

    Mass and heat capacity of the batch, UA of the exchanger, heat capacities of both streams an hour, temperature of
    the hot inlet; any units that agree.  Kern, Process Heat Transfer, chapter 18.

    Raises:
        ValueError: if the batch would have to come to the temperature of the hot inlet.
    """
    if not first <= last < inlet:
        raise ValueError(f"a batch can't be heated from {first:g} to {last:g} by what enters at {inlet:g}")
    if abs(hot - circulated) < 1e-9 * hot:
        effect = area / (area + circulated)
    else:
        ratio = exp(area * (1.0 / circulated - 1.0 / hot))
        effect = (ratio - 1.0) * hot / (ratio * hot - circulated)
    return mass * heat / (circulated * effect) * log((inlet - first) / (inlet - last))

"""Heat through the wall of a stirred vessel: films inside and in the jacket, and an exchanger outside.

1 / U = 1 / hi + x / k + 1 / hj + Rf            Nu = a Re^(2/3) Pr^(1/3) (mu / muw)^0.14
"""

from __future__ import annotations

from math import exp, log, log10, pi, sqrt

LAMINAR = 2040.0  # Reynolds number from which on flow in a duct is turbulent
GRAVITY = 9.80665  # m/s2


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


def smooth_friction(reynolds: float) -> float:
    """Darcy's friction factor in a smooth duct: 64 / Re, or turbulent, 1 / sqrt(f) = -2 log10(2.51 / (Re sqrt(f))).

    >>> round(smooth_friction(1e5), 5), smooth_friction(1000.0)
    (0.01799, 0.064)
    """
    if reynolds < LAMINAR:
        return 64.0 / reynolds
    root = 8.0  # 1 / sqrt(f)
    for _ in range(60):
        root = -2.0 * log10(2.51 * root / reynolds)
    return 1.0 / root**2


def swirled_film(
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
    density_at_wall: float | None = None,
    rounds: int = 40,
) -> float:
    """Coefficient [W/m2/K] of a jacket with a tangential inlet, by Stein and Schmidt (1993; VDI Heat Atlas).

    Figures as in `jacket_film`; the density at the wall [kg/m3] gives the free convection that helps the flow along.
    The friction is found in `rounds`; published values of the library `ht` are those after five of them.

    The flow goes round at v_x, which friction slows down along the way, and along the vessel at v_z:
    v_x = v ln(1 + c v0 / v) / c, v0 = K3 + sqrt(K3^2 + K4), c = f D H / d^2, K3 = (1 - 1 / c) v / 4, K4 = v^2 / (2 c).
    Nu^3 = 3.66^3 + NuB^3 + NuC^3 + NuD^3, with s = 2 gap / length of the way:
    NuB = 1.62 (Re Pr s)^(1/3), NuC = 0.664 Pr^(1/3) sqrt(Re s), and from Re = 2300 on
    NuD = 0.0115 Pr^(1/3) Re^0.9 (1 - (2300 / Re)^2.5) (1 + s^(2/3)).
    """
    gap, prandtl = (jacket - tank) / 2.0, heat * viscosity / conductivity
    width, way = 2.0 * gap, sqrt((pi / 2.0 * tank) ** 2 + height**2)
    reynolds = 1e5
    for _ in range(rounds):  # friction slows down the flow, on whose Reynolds number it hangs
        speed = _swirl(flow / density, tank, gap, height, inlet, smooth_friction(reynolds))
        reynolds = speed * width * density / viscosity
    if density_at_wall is not None:
        grashof = GRAVITY * density * abs(density - density_at_wall) * width**3 / viscosity**2
        reynolds = sqrt(reynolds**2 + grashof * height / width / 50.0)
    slender, cube = width / way, prandtl ** (1.0 / 3.0)
    parts = [3.66, 1.62 * (reynolds * prandtl * slender) ** (1.0 / 3.0), 0.664 * cube * sqrt(reynolds * slender)]
    if reynolds >= 2300.0:
        parts.append(
            0.0115 * cube * reynolds**0.9 * (1.0 - (2300.0 / reynolds) ** 2.5) * (1.0 + slender ** (2.0 / 3.0))
        )
    nusselt: float = sum([part**3 for part in parts]) ** (1.0 / 3.0)
    found: float = nusselt * (viscosity / at_wall) ** 0.14 * conductivity / width
    return found


def _swirl(stream: float, tank: float, gap: float, height: float, inlet: float, friction: float) -> float:
    """How fast [m/s] a stream [m3/s] from a tangential inlet goes through a jacket."""
    enters, along = stream / (pi / 4.0 * inlet**2), stream / (pi * tank * gap)
    slowed = friction * tank * height / inlet**2
    third, fourth = enters / 4.0 * (1.0 - 1.0 / slowed), enters**2 / (2.0 * slowed)
    first = third + sqrt(third**2 + fourth)
    return sqrt((enters * log(1.0 + slowed * first / enters) / slowed) ** 2 + along**2)


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

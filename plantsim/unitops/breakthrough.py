"""When a column breaks through whose particles fill from outside, by film and pores: a shrinking core, in closed form.

    df/dt = (K/T) X g(f)       dX/dz = -K X g(f)       1/g = (1-f)^(-1/3) - 1 + b
    K = 3 (1-e) De L / (u rp^2)                        b = De / (kf rp)

f: how full a particle is, X: concentration over that of the feed, z: place over length, T: when as much has been fed as
the column can take.  With H(f) = int df/g it follows that H(f at the inlet) = K t/T and df/dz = -K f g(f), so X is f at
the outlet over f at the inlet, until that is full; from then on the front moves on as it is.  What has been lost is
H(f at the outlet) T/K.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan, log, sqrt

EMPTY, FULL = 1e-12, 1.0 - 1e-15


@dataclass(frozen=True, slots=True)
class Core:
    """A column of shrinking cores: its transfer units, and the film's resistance over that of the pores."""

    units: float
    film: float = 0.0

    def held(self, fill: float) -> float:
        """H, the integral of df/g up to a fill."""
        rim: float = (1.0 - fill) ** (2.0 / 3.0)
        return 1.5 * (1.0 - rim) - fill + self.film * fill

    def apart(self, outlet: float, inlet: float) -> float:
        """The transfer units between two fills, the integral of df/(f g)."""
        return _within(outlet) - _within(inlet) + (self.film - 1.0) * log(inlet / outlet)

    def throughput(self, share: float) -> float:
        """What has been fed, over what the column can take, when this share of the feed's concentration comes out."""
        if self.apart(share * FULL, FULL) < self.units:
            return self.held(1.0) / self.units + 1.0 - self.apart(share, FULL) / self.units
        if self.apart(share * EMPTY, EMPTY) >= self.units:  # the film lets so much through from the first drop
            return 0.0
        inlet = _root(lambda fill: self.apart(share * fill, fill) - self.units, EMPTY, FULL)
        return self.held(inlet) / self.units

    def lost(self, throughput: float) -> float:
        """The share of what has been fed that has come out, once so much has been fed over what the column can take."""
        if throughput <= 0.0:
            return 0.0
        full, goal = self.held(FULL), throughput * self.units
        if goal >= full:
            inlet, goal = FULL, max(0.0, self.units - (goal - full))
        else:
            inlet, goal = _root(lambda fill: self.held(fill) - goal, 0.0, FULL), self.units
        if goal <= 0.0:  # full from end to end
            return 1.0 - 1.0 / throughput
        if self.apart(1e-300, inlet) <= goal:
            outlet = 0.0
        else:
            outlet = _root(lambda fill: self.apart(fill, inlet) - goal, 1e-300, inlet)
        return self.held(outlet) / (self.units * throughput)


def core(
    residence: float, void: float, porosity: float, particle: float, diffusivity: float, film: float = float("inf")
) -> Core:
    """A column by its residence time L/u [s], void and particles: porosity, diameter [m], diffusivity, film [m/s]."""
    effective, radius = porosity * diffusivity, particle / 2.0
    return Core(3.0 * (1.0 - void) * effective * residence / radius**2, effective / (film * radius))


def _within(fill: float) -> float:
    """An integral of (1-f)^(-1/3)/f, by f = 1 - r^3."""
    r = (1.0 - fill) ** (1.0 / 3.0)
    if r > 1.0 - 1e-9:  # a nearly empty particle: 1 - r is f/3, lost to rounding
        return log(3.0 / max(fill, 1e-300)) + 0.5 * log(3.0) - sqrt(3.0) * atan(sqrt(3.0))
    return -log(1.0 - r) + 0.5 * log(1.0 + r + r * r) - sqrt(3.0) * atan((2.0 * r + 1.0) / sqrt(3.0))


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(of, low, high, xtol=1e-15, rtol=1e-14))

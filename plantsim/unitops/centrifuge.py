"""A centrifuge that clears a culture of its cells: what settles at g on an area Sigma settles in it.

    tubular   Sigma = w^2 pi b (r2^2 - r1^2) / (2 g ln(2 r2 / (r1 + r2)))
    discs     Sigma = 2 pi w^2 n cot(angle) (r2^3 - r1^3) / (3 g)
    caught    min(1, e Sigma v / q)      v = g d^2 (difference of densities) / (18 mu)

q: flow, e: how much of Sigma counts.  What is caught leaves as a slurry, and takes product with it.  The size of which
half is caught is the cut: there q = 2 v e Sigma.
"""

from __future__ import annotations

from math import log, pi, sqrt, tan
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Positive, PositiveHours, PositiveShare, SquareMetres
from plantsim.unitops.liquid import asked, became
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import forgotten

G = 9.80665
SOLIDS = ("cells", "dead", "debris")


def tubular_sigma(inner: float, outer: float, length: float, rpm: float) -> float:
    """Sigma [m2] of a tubular bowl; radii of the liquid's surface and the wall, and length [m]."""
    w = rpm * pi / 30.0
    return w * w * pi * length * (outer**2 - inner**2) / (2.0 * G * log(2.0 * outer / (inner + outer)))


def disc_sigma(inner: float, outer: float, discs: int, angle: float, rpm: float) -> float:
    """Sigma [m2] of a stack of discs; radii [m], half of the cone's angle [degrees]."""
    w = rpm * pi / 30.0
    return 2.0 * pi * w * w * discs * (outer**3 - inner**3) / (3.0 * G * tan(angle * pi / 180.0))


def cut(flow: float, sigma: float, denser: float, viscosity: float) -> float:
    """The diameter [m] of which half is caught, at a flow [m3/h]; difference of densities [kg/m3], viscosity [Pa s]."""
    return sqrt(flow / 3600.0 * 18.0 * viscosity / (2.0 * sigma * denser * G))


class Centrifugation(Operation):
    """Clarification of a culture in a centrifuge, at a flow."""

    sigma: Annotated[SquareMetres, Field(description="settling area that it is as good as")] = 20_000.0
    counts: Annotated[PositiveShare, Field(description="share of that area that counts")] = 0.4
    flow: Annotated[Positive, Field(description="of the culture [L/h]")] = 700.0
    cell: Annotated[Positive, Field(description="diameter of a cell, living or dead [um]")] = 15.0
    debris: Annotated[Positive, Field(description="diameter of debris [um]")] = 1.0
    denser: Annotated[Positive, Field(description="cells than liquid [kg/m3]")] = 40.0
    viscosity: Annotated[Positive, Field(description="of the liquid [mPa s]")] = 1.0
    packed: Annotated[PositiveShare, Field(description="cells in the slurry, by volume")] = 0.5
    power: Annotated[float, Field(ge=0.0, description="of the motor [kW]")] = 15.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 48.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its cells."""
        return ("cells",)

    def caught(self, diameter: float) -> float:
        """The share of particles of a diameter [um] that is caught."""
        half = cut(self.flow / 1000.0, self.sigma * self.counts, self.denser, self.viscosity / 1000.0) * 1e6
        return min(1.0, 0.5 * (diameter / half) ** 2)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Clarify a charge; its quality tells cells and, if any, dead ones and debris [1e6/mL]."""
        asked(charge, "a centrifuge", "cells")
        found = asked(charge, "a centrifuge", *SOLIDS, "spun", missing=0.0)
        spun, shares = min(found.pop(), 1.0), [self.caught(d) for d in (self.cell, self.cell, self.debris)]
        # of what was there at first, 1e9 of each kind, in a volume of which the slurry takes its part
        first = [n * charge.volume / max(1.0 - s * spun, 1e-12) for n, s in zip(found, shares, strict=True)]
        bodies = [pi / 6.0 * d**3 * 1e-15 * 1e9 for d in (self.cell, self.cell, self.debris)]  # L of 1e9
        slurry = sum(n * s * body for n, s, body in zip(first, shares, bodies, strict=True)) / self.packed
        volume = charge.volume + slurry * spun
        if slurry >= volume:
            raise ValueError(f"a centrifuge can't take {slurry:g} L of slurry out of {volume:g} L; look at 'cells'")
        whole = volume / self.flow
        hours = max(0.0, min(whole, self.at_most) - whole * spun)

        def profile(after: float) -> Charge:
            now = min(1.0, spun + min(after, hours) / whole)
            litres = volume - slurry * now
            told = {word: n * (1.0 - s * now) / litres for word, n, s in zip(SOLIDS, first, shares, strict=True)}
            return became(charge, litres, told, spun=now)

        late = whole > self.at_most
        told = {"slurry": slurry, "yield": 1.0 - slurry / volume, "clarified": shares[0]}
        draws = {"power": ((0.0, self.power), (hours, 0.0))} if hours and self.power else {}
        end = forgotten(profile(hours), "spun")
        return Outcome(hours, end, told, draws, profile, "the end of the culture" if late else "")

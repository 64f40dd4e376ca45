"""Ultrafiltration limited by the gel that forms on the membrane: J = k ln(Cg / C), and all product is kept.

t = 1/A int dV / J,  C = C0 V0 / V                           diafiltration: C / C0 = exp(-S N)
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Positive, PositiveHours, SquareMetres
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path


def area_hours(transfer: float, gel: float, first: float, start: float, end: float) -> float:
    """Area x time [m2 h] from a volume [m3] to a smaller one; transfer [m/h], gel and first concentration [kg/m3]."""

    def slope(volume: float, state: Sequence[float]) -> tuple[float]:
        return (1.0 / (transfer * log(gel / (first * start / (start - volume)))),)

    path = Path([0.0])
    path.follow(slope, start - end)
    return path.last[0]


def washed_out(volumes: float, sieving: float = 1.0) -> float:
    """What is left of a solute after so many volumes of buffer at constant volume.

    >>> round(washed_out(1.0), 3), round(washed_out(2.0), 3)
    (0.368, 0.135)
    """
    return exp(-sieving * volumes)


class Ultrafiltration(Operation):
    """Concentration of a product across a membrane to a concentration, limited by its gel."""

    until: Annotated[Positive, Field(description="concentration of the product at which it stops [g/L]")]
    area: Annotated[SquareMetres, Field(description="of the membrane")] = 10.0
    transfer: Annotated[Positive, Field(description="mass transfer coefficient k [L/m2/h]")] = 30.0
    gel: Annotated[Positive, Field(description="concentration of the gel [g/L]")] = 250.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its titre."""
        return ("titre",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Concentrate a charge; its quality tells the titre [g/L], its volume is needed."""
        titre, volume = charge.quality["titre"], charge.volume
        if volume <= 0.0 or titre <= 0.0:
            raise ValueError("an ultrafiltration needs a volume and a titre")
        if self.until >= self.gel:
            raise ValueError(f"can't be concentrated to {self.until:g} g/L, beyond its gel at {self.gel:g} g/L")
        product, goal = titre * volume, titre * volume / self.until

        def slope(_: float, state: Sequence[float]) -> tuple[float]:
            return (-self.area * self.transfer * max(0.0, log(self.gel * state[0] / product)),)

        path = Path([volume])
        reached = path.follow(slope, self.at_most, [lambda _, state: state[0] - goal]) == 0

        def profile(hours: float) -> Charge:
            (left,) = path.at(hours)
            kept = charge.mass - (volume - left) * min(1.0, charge.mass / volume)
            return charge.but(mass=kept, volume=left, titre=product / left)

        late = "" if reached else f"titre {self.until:g} g/L"
        return Outcome(path.hours, profile(path.hours), profile=profile, late=late)

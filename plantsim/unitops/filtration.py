"""Filtration at constant pressure to a volume of filtrate, by Ruth: t = Kp V^2 / 2 + B V.

    Kp = mu alpha c / (A^2 dP) [s/m6]                     B = mu Rm / (A dP) [s/m3]

mu: viscosity [Pa s], alpha: specific resistance of the cake [m/kg], c: its solid a volume of filtrate [kg/m3], A: area
[m2], dP: pressure [Pa], Rm: resistance of the medium [1/m].  A wash runs at the final rate, or a share of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Positive, PositiveHours, Share, SquareMetres
from plantsim.unitops.model import Operation


def filtration_seconds(kp: float, b: float, volume: float) -> float:
    """How long [s] a volume of filtrate [m3] takes."""
    return kp / 2.0 * volume**2 + b * volume


def wash_seconds(kp: float, b: float, volume: float, wash: float, share: float = 1.0) -> float:
    """How long [s] a volume of wash [m3] takes at a share of the final rate."""
    return wash * (kp * volume + b) / share


def resistances(
    volumes: Sequence[float], seconds: Sequence[float], area: float, pressure: float, solid: float, viscosity: float
) -> tuple[float, float]:
    """Cake [m/kg] and medium [1/m] from a run: the straight line of t / V over V, by least squares."""
    slopes = [time / volume for time, volume in zip(seconds, volumes, strict=True)]
    middle, height = sum(volumes) / len(volumes), sum(slopes) / len(slopes)
    rise = sum((v - middle) * (s - height) for v, s in zip(volumes, slopes, strict=True))
    slope = rise / sum((v - middle) ** 2 for v in volumes)
    cake = 2.0 * slope * area**2 * pressure / (viscosity * solid)
    return cake, (height - slope * middle) * area * pressure / viscosity


class Filtration(Operation):
    """Filtration of a suspension at constant pressure; solid and what stays with it in the cake go on."""

    area: Annotated[SquareMetres, Field(description="of the filter")] = 1.0
    pressure: Annotated[Positive, Field(description="across the cake [bar]")] = 2.0
    viscosity: Annotated[Positive, Field(description="of the filtrate [Pa s]")] = 0.001
    cake: Annotated[Positive, Field(description="specific resistance of the cake [m/kg]")] = 1e11
    medium: Annotated[Positive, Field(description="resistance of the medium [1/m]")] = 1e10
    density: Annotated[Positive, Field(description="of the filtrate [kg/m3]")] = 1000.0
    left: Annotated[Share, Field(description="liquid that stays in the cake, mass fraction of it")] = 0.3
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its solids."""
        return ("solids",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Filter a charge; its quality tells the mass fraction of solids, and so far passed filtrate [kg], if any."""
        solid = charge.mass * charge.quality["solids"]
        gone = charge.quality.get("filtrate", 0.0)
        liquid = charge.mass - solid
        to_go = max(0.0, liquid - solid * self.left / max(1.0 - self.left, 1e-9))
        begin, end = gone / self.density, (gone + to_go) / self.density
        if to_go <= 0.0 or solid <= 0.0:
            return Outcome(0.0, charge, profile=lambda hours: charge)
        force = self.area * self.pressure * 1e5
        kp = self.viscosity * self.cake * solid / end / (self.area * force)
        b = self.viscosity * self.medium / force
        first = filtration_seconds(kp, b, begin)
        hours = (filtration_seconds(kp, b, end) - first) / 3600.0

        def profile(after: float) -> Charge:
            seconds = first + min(after, hours) * 3600.0
            passed = (sqrt(b * b + 2.0 * kp * seconds) - b) / kp * self.density
            mass = charge.mass - (passed - gone)
            return charge.but(mass=mass, solids=solid / mass, filtrate=passed)

        lasts = min(hours, self.at_most)
        after = profile(lasts)
        late = "filtration" if hours > self.at_most else ""
        return Outcome(lasts, after if late else after.but(filtrate=0.0), profile=profile, late=late)

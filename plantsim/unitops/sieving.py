"""Sieving: what passes a screen of granules whose sizes are lognormal, and how long it takes.

    through = Phi(ln(s / d50) / sigma)          sigma = ln(d90 / d50) / 1.2816          t = m / (A q)

s: holes of the screen, A: its area, q: what passes over it [kg/h/m2].  What is through is lognormal up to s.
"""

from __future__ import annotations

from math import exp, inf, log
from statistics import NormalDist
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Kilowatts, Positive, PositiveHours, PositiveMetres, SquareMetres
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import at_a_pace, forgotten, remembered, sound, told

SIEVED = "share sieved"
NORMAL = NormalDist()
TENTH = NORMAL.inv_cdf(0.9)


class Sieving(Operation):
    """Sieving of granules: what is too coarse stays behind."""

    screen: Annotated[PositiveMetres, Field(description="holes of the screen")]
    area: Annotated[SquareMetres, Field(description="of the screen")] = 0.5
    pace: Annotated[Positive, Field(description="what the screen takes [kg/h/m2]")] = 500.0
    spread: Annotated[Positive, Field(description="d90 / d50 of granules that do not tell their d90")] = 2.5
    power: Annotated[Kilowatts, Field(description="of the drive")] = 0.5
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 12.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its size."""
        return ("d50",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Sieve a charge; its quality tells d50 [m], and may tell d90."""
        sound(charge, "d50", empty=False)
        done, size = min(1.0, remembered(charge, SIEVED)), charge.quality["d50"]
        through, d50, d90 = self.through(size, charge.quality.get("d90", size * self.spread))
        whole = charge.mass / (1.0 - (1.0 - through) * done)
        hours, share = at_a_pace(done, whole / (self.area * self.pace), self.at_most)

        def profile(after: float) -> Charge:
            return told(charge.but(mass=whole * (1.0 - (1.0 - through) * share(after))), {SIEVED: share(after)})

        end = forgotten(profile(hours), SIEVED).but(d50=d50, d90=d90)
        draws = {"power": ((0.0, self.power),)} if hours else {}
        return Outcome(hours, end, {"oversize": 1.0 - through}, draws, profile, "sieving" if share(inf) < 1.0 else "")

    def through(self, d50: float, d90: float) -> tuple[float, float, float]:
        """Which share passes, and its d50 and d90 [m].

        Raises:
            ValueError: if the sizes can't be.
        """
        if not 0.0 < d50 < d90:
            raise ValueError(f"sizes need 0 < d50 < d90, got {d50:g} m and {d90:g} m")
        sigma = log(d90 / d50) / TENTH
        share = NORMAL.cdf(log(self.screen / d50) / sigma)
        if share <= 0.0:
            raise ValueError(f"nothing of {d50:g} m passes a screen of {self.screen:g} m")
        half, most = (d50 * exp(sigma * NORMAL.inv_cdf(q * share)) for q in (0.5, 0.9))
        return share, half, most

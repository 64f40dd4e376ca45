"""Formulation: a pool is diluted with a buffer that holds the excipients, to a concentration of the product, and mixed.

V = V0 C0 / C          excipient = (e0 V0 + e (V - V0)) / V
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Hours, Positive, PositiveHours
from plantsim.unitops.liquid import asked, became
from plantsim.unitops.model import Operation
from plantsim.unitops.phases import Phase, drawn, gained, length
from plantsim.unitops.underway import brought, forgotten


class Formulation(Operation):
    """Dilution to a concentration of the product with what the excipients are dissolved in."""

    brings: ClassVar[bool] = True
    until: Annotated[Positive, Field(description="concentration of the product [g/L]")]
    excipient: Annotated[float, Field(ge=0.0, description="in the buffer that is added [g/L]")] = 100.0
    flow: Annotated[Positive, Field(description="at which that is added [L/h]")] = 300.0
    mix: Annotated[Hours, Field(description="mixing, once all of it is in")] = 0.5
    power: Annotated[float, Field(ge=0.0, description="of the agitator [kW]")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 12.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its titre."""
        return ("titre",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Formulate a charge; its quality tells the titre [g/L] and, if any, the `excipient` [g/L]."""
        (titre,) = asked(charge, "a formulation", "titre")
        begun, over, salt = asked(charge, "a formulation", "mixing hours", "pool over", "excipient", missing=0.0)
        volume = charge.volume * over if over else charge.volume
        product, first = titre * charge.volume, salt * charge.volume - self.excipient * (charge.volume - volume)
        more = max(0.0, product / self.until - volume)
        phases = [
            Phase(more / self.flow, {"litres": more}, {"formulation buffer": self.flow, "power": self.power}),
            Phase(self.mix, {"litres": 0.0}, {"power": self.power}),
        ]
        hours = max(0.0, min(length(phases), self.at_most) - begun)

        def profile(after: float) -> Charge:
            now = begun + min(after, hours)
            came = gained(phases, now)["litres"]
            litres = volume + came
            told = {"titre": product / litres, "excipient": (first + self.excipient * came) / litres}
            return became(charge, litres, told, mixing_hours=now, pool_over=volume / litres)

        weak = product / volume < self.until * (1.0 - 1e-9)
        late = f"titre {self.until:g} g/L" if weak or length(phases) > self.at_most else ""
        end = forgotten(profile(hours), "mixing hours", "pool over")
        return Outcome(hours, end, {}, drawn(phases, begun, begun + hours), profile, late, added=brought(charge, end))

"""Inactivation of viruses at low pH: titrate, hold for as long as it takes, neutralise.

dN/dt = -k N        LRV = k t / ln 10        k = k0 10^(s (pH0 - pH)) exp(Ea/R (1/T0 - 1/T))
"""

from __future__ import annotations

from math import exp, log, log10
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Hours, PositiveHours, Share
from plantsim.unitops.idle import Decay
from plantsim.unitops.liquid import asked, became
from plantsim.unitops.model import Operation
from plantsim.unitops.phases import Phase, drawn, gained, length
from plantsim.unitops.underway import brought, forgotten, told

GAS = 8.314462618e-3  # kJ/mol/K


def reduction(rate: float, hours: float) -> float:
    """Powers of ten by which viruses become fewer, at a rate [1/h].

    >>> round(reduction(11.5129, 0.8), 3)
    4.0
    """
    return rate * hours / log(10.0)


class ViralInactivation(Operation):
    """A hold at low pH, until viruses are fewer by so many powers of ten and no shorter than a time."""

    brings: ClassVar[bool] = True
    until: Annotated[float, Field(ge=0.0, description="powers of ten by which viruses become fewer")] = 4.0
    hold: Annotated[Hours, Field(description="at low pH, no shorter")] = 1.0
    ph: Annotated[float, Field(gt=0.0, lt=14.0, description="of the hold")] = 3.5
    temperature: Annotated[Celsius | None, Field(description="of the hold; none: as it comes")] = None
    rate: Annotated[float, Field(gt=0.0, description="k at pH 3.5 and 20 °C [1/h]")] = 15.0
    ph_slope: Annotated[float, Field(ge=0.0, description="powers of ten of k for each pH lower")] = 2.0
    activation: Annotated[float, Field(ge=0.0, description="energy [kJ/mol]")] = 60.0
    titrate: Annotated[Hours, Field(description="to add the acid, and again to add the base")] = 0.25
    acid: Annotated[Share, Field(description="volume added over that of the pool")] = 0.03
    base: Annotated[Share, Field(description="volume added over that of the pool")] = 0.05
    at_most: Annotated[PositiveHours, Field(description="limit of the hold")] = 4.0

    def k(self, celsius: float) -> float:
        """How fast viruses become fewer [1/h]."""
        warm = self.activation / GAS * (1.0 / 293.15 - 1.0 / (celsius + 273.15))
        return self.rate * float(10.0 ** (self.ph_slope * (3.5 - self.ph))) * exp(warm)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Hold a charge; `lrv` of its quality grows by the powers of ten by which viruses become fewer."""
        begun, over, before = asked(charge, "a viral inactivation", "acid hours", "pool over", "lrv", missing=0.0)
        celsius = charge.temperature if self.temperature is None else self.temperature
        volume = charge.volume * over if over else charge.volume
        rate, needed = self.k(celsius), self.until * log(10.0) / self.k(celsius)
        held = self.held(rate)
        phases = self._phases(volume, held)
        hours = length(phases) - begun
        fewer = reduction(rate, gained(phases, begun)["held"])

        def profile(after: float) -> Charge:
            now = begun + min(after, hours)
            got = gained(phases, now)
            litres = volume + got["litres"]
            said = {"lrv": before - fewer + reduction(rate, got["held"])}
            if "titre" in charge.quality:
                said["titre"] = charge.quality["titre"] * charge.volume / litres
            return became(charge, litres, said, acid_hours=now, pool_over=volume / litres).but(temperature=celsius)

        late = f"{self.until:g} powers of ten" if needed > self.at_most * (1.0 + 1e-12) else ""
        end = forgotten(profile(hours), "acid hours", "pool over")
        said = {"LRV": reduction(rate, held)}
        return Outcome(hours, end, said, drawn(phases, begun, begun + hours), profile, late, added=brought(charge, end))

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: at low pH viruses die on, and the hold with them; what decays decays on, too."""
        now = super().rested(charge, hours)
        begun, over = charge.quality.get("acid hours", 0.0), charge.quality.get("pool over", 1.0)
        phases = self._phases(charge.volume * over, self.held(self.k(charge.temperature)))
        at = min(begun + hours, phases[0].hours + phases[1].hours)
        if not phases[0].hours <= begun < at:
            return now
        more = gained(phases, at)["held"] - gained(phases, begun)["held"]
        virus = Decay(rate=self.k(25.0), at=25.0, energy=1000.0 * self.activation)
        fewer = -log10(virus.stays(self.warmth(charge), more))
        return told(now, {"acid hours": at, "lrv": charge.quality.get("lrv", 0.0) + fewer})

    def held(self, rate: float) -> float:
        """How long it is held [h] if viruses become fewer at a rate [1/h]."""
        return min(max(self.hold, self.until * log(10.0) / rate), self.at_most)

    def _phases(self, volume: float, held: float) -> list[Phase]:
        def adding(name: str, share: float) -> Phase:
            rate = share * volume / self.titrate if self.titrate else 0.0
            return Phase(self.titrate, {"litres": share * volume, "held": 0.0}, {name: rate} if rate else {})

        return [adding("acid", self.acid), Phase(held, {"held": held}), adding("base", self.base)]

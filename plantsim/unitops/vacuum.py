"""Drying under vacuum or in a filter dryer, by the heat of its wall: first as fast as that evaporates, later less.

    R = U (Tj - Tb) / r        1 / Tb = 1 / T0 - Rg ln(P / P0) / (M r)        moisture over time as on trays

Tb: temperature at which the solvent boils at the pressure P, by Clausius and Clapeyron from that at 1 atm.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Celsius, Fraction, Kilowatts, Positive, PositiveHours, SquareMetres
from plantsim.unitops.duties import averaged, drawn, pieces, steady
from plantsim.unitops.model import Operation
from plantsim.unitops.tray import TrayDrying
from plantsim.unitops.underway import SO_FAR, amounts, forgotten, recomposed, sound, told

GAS = 8.314462618  # J/mol/K
ATMOSPHERE = 1013.25  # mbar


def boiling_point(pressure: float, at_1_atm: float, evaporation: float, weight: float) -> float:
    """The temperature [°C] at which a solvent boils at a pressure [mbar].

    From its boiling point at 1 atm [°C], heat of evaporation [kJ/kg] and molar mass [g/mol].

    >>> boiling_point(1013.25, 100.0, 2350.0, 18.02)
    100.0
    """
    return 1.0 / (1.0 / (at_1_atm + 273.15) - GAS * log(pressure / ATMOSPHERE) / (weight * evaporation)) - 273.15


class VacuumDrying(Operation):
    """Drying of a wet cake by a warm wall under vacuum, in a filter dryer, a paddle dryer or a cabinet."""

    until: Annotated[Fraction, Field(description="moisture on a dry basis at which it stops")]
    jacket: Annotated[Celsius, Field(description="temperature of the wall")] = 60.0
    pressure: Annotated[Positive, Field(description="in the dryer [mbar]")] = 50.0
    area: Annotated[SquareMetres, Field(description="of the wall that the cake touches")] = 4.0
    transfer: Annotated[Positive, Field(description="U, from the wall into the cake [W/m2/K]")] = 60.0
    boils_at: Annotated[Celsius, Field(description="boiling point of the solvent at 1 atm")] = 100.0
    evaporation: Annotated[Positive, Field(description="its heat of evaporation [kJ/kg]")] = 2350.0
    weight: Annotated[Positive, Field(description="its molar mass [g/mol]")] = 18.02
    critical: Annotated[Fraction, Field(description="moisture from which on the rate falls")] = 0.1
    solvents: Annotated[tuple[str, ...], Field(description="the components that evaporate, alike")] = ("water",)
    equilibrium: Annotated[Fraction, Field(description="moisture at which the rate is 0")] = 0.001
    pump: Annotated[Kilowatts, Field(description="power of pump and stirrer")] = 0.0
    nitrogen: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="that sweeps the cake [m3/h]")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 240.0

    @property
    def rate(self) -> float:
        """What the wall evaporates while the cake is wet [kg/m2/h]; 0 if it is not warmer than what boils."""
        cold = boiling_point(self.pressure, self.boils_at, self.evaporation, self.weight)
        return max(0.0, self.transfer * 3.6 * (self.jacket - cold) / self.evaporation)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Dry a charge; its composition tells the solvents, or its quality the moisture."""
        before = self._moisture(sound(charge))
        passed = charge.quality.get(SO_FAR, 0.0)
        limit = max(1e-9, self.at_most - passed)
        words = {"until": self.until, "area": self.area, "critical": self.critical, "equilibrium": self.equilibrium}
        trays = TrayDrying(**words, rate=max(self.rate, 1e-12), at_most=limit)
        plain = trays(Charge(charge.mass, quality={"moisture": before}), unit, draw)
        inside = plain.profile
        assert inside is not None

        def profile(after: float) -> Charge:
            now = self._dried(charge, before, inside(after).quality["moisture"])
            return told(now, {SO_FAR: passed + min(after, plain.hours)})

        done = forgotten(profile(plain.hours)) if plain.hours > 0.0 else charge.but(moisture=before)
        return Outcome(
            plain.hours, done, {}, self._draws(charge, plain.hours, profile), profile, plain.late, plain.broken
        )

    def _moisture(self, charge: Charge) -> float:
        """Solvent for each kg of what is dry."""
        if any(name in charge.composition for name in self.solvents):
            wet = sum([charge.composition.get(name, 0.0) for name in self.solvents])
            if wet >= 1.0:
                raise ValueError(f"there is nothing but {' and '.join(self.solvents)} to dry")
            return wet / (1.0 - wet)
        moisture = charge.quality["moisture"]
        if moisture < 0.0:
            raise ValueError(f"a moisture can't be negative, got {moisture:g} kg/kg")
        return moisture

    def _dried(self, charge: Charge, before: float, moisture: float) -> Charge:
        """The charge at a moisture; the wall gives as much heat as then evaporates, which tells its temperature."""
        solid = charge.mass / (1.0 + before)
        cold = min(self.jacket, boiling_point(self.pressure, self.boils_at, self.evaporation, self.weight))
        wet = min(1.0, max(0.0, moisture - self.equilibrium) / max(self.critical - self.equilibrium, 1e-12))
        warm, lost = self.jacket - (self.jacket - cold) * wet, (before - moisture) * solid
        if not any(name in charge.composition for name in self.solvents):
            return charge.but(mass=charge.mass - lost, temperature=warm, moisture=moisture)
        rest = moisture / before if before > 0.0 else 1.0
        parts = {name: part * (rest if name in self.solvents else 1.0) for name, part in amounts(charge).items()}
        return recomposed(charge, parts, warm).but(moisture=moisture)

    def _draws(self, charge: Charge, hours: float, profile: Callable[[float], Charge]) -> dict[str, Flow]:
        """Steam for what evaporates, as averages over twelfths; power and nitrogen all the while."""
        if hours <= 0.0:
            return {}

        def steam(time: float) -> float:
            return drawn("steam", (charge.mass - profile(time).mass) * self.evaporation)

        flow = {"steam": averaged(pieces([0.0, hours]), steam)}
        return {**flow, **steady(hours, power=self.pump, nitrogen=self.nitrogen)}

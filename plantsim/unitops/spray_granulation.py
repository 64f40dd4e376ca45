"""Fluid-bed granulation: a binder is sprayed on a bed that warm air dries, and the granules are then dried.

    ms dW/dt = s (1 - x) - w                              w = G e f(X) (Ysat(T) - Yin)            X = W / (1 + b)
    (cs (1 + b) + W cw) ms dT/dt = G (ca + cv Yin) (Tin - T) - w (r0 - (cw - cv) T) + s h (Ts - T)
    d = d0 (M / M0)^(1/3) (N0 / N)^(1/3)                   dN/dt = -B N^2 / 2

W: water, b: binder, both a mass of the dry solid ms; s: spray, x: its solids, h: its heat capacity, Ts its temperature.
Granules grow by layers of binder (M: mass of solid) and by sticking together (N: their number, only while it sprays).
The air and what it takes away are those of fluid-bed drying, with which it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Fraction, KilogramsPerHour, PositiveShare
from plantsim.unitops.fluid_bed import CW, FluidBedDrying
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import added, brought, dried, forgotten, remembered, sound, told

BINDER, WORKED = "binder so far", "hours in the bed"


def layering(spread: float, surface: float, density: float) -> float:
    """By how much [m/h] granules grow across, if so much binder [kg/h] is spread on a surface [m2]: G = 2 m / (rho A).

    >>> layering(1.5, 1000.0, 1500.0)
    2e-06
    """
    return 2.0 * spread / (density * surface)


class FluidBedGranulation(FluidBedDrying):
    """Granulation in a fluid bed: a binder is sprayed, and the granules are dried to a moisture on a dry basis."""

    brings: ClassVar[bool] = True
    binder: Annotated[Fraction, Field(description="solids that are sprayed, a mass of the dry charge")]
    spray: Annotated[KilogramsPerHour, Field(description="flow of the binder solution")] = 12.0
    solids: Annotated[PositiveShare, Field(description="mass fraction of the solution that is no water")] = 0.1
    spray_temperature: Annotated[Celsius, Field(description="of the solution")] = 20.0
    sticking: Annotated[
        float, Field(ge=0.0, allow_inf_nan=False, description="B N0 / 2, at which granules stick together [1/h]")
    ] = 2.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its moisture and its size."""
        return ("moisture", "d50")

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Granulate a charge; its quality tells the moisture [kg/kg dry] and the size d50 [m]."""
        sound(charge, "moisture", "d50", empty=False)
        before, worked = remembered(charge, BINDER), remembered(charge, WORKED)
        solid = charge.mass / (1.0 + charge.quality["moisture"]) / (1.0 + before)  # as it was without any binder
        air, most = self.air_flow * self._luck(draw), max(0.0, self.at_most - worked)
        path, cut = self._sprayed(charge, solid, before, air, most)
        bed, end = self._after(charge, solid, path, path.hours, before), path.hours
        wet = bed.quality["moisture"]
        drying, slow = self._dried(wet, bed.temperature, air * (1.0 + wet) / bed.mass, most - end)

        def profile(hours: float) -> Charge:
            if hours <= end:
                now = self._after(charge, solid, path, hours, before)
            else:
                now = dried(bed, *drying.at(hours - end))
            return told(now, {WORKED: worked + min(hours, end + drying.hours)})

        late = f"binder {self.binder:g} kg/kg" if cut else f"moisture {self.until:g} kg/kg" if slow else ""
        hours = end + drying.hours
        done = forgotten(profile(hours), BINDER, WORKED)
        return Outcome(hours, done, {}, self._draws(air, hours), profile, late, added=brought(charge, bed))

    def _sprayed(self, charge: Charge, solid: float, before: float, air: float, most: float) -> tuple[Path, bool]:
        """Water, temperature over the time of the spray, for each kg of dry charge; whether it is cut off."""
        path, wet = (
            Path([charge.quality["moisture"] * (1.0 + before), charge.temperature]),
            self.spray * (1.0 - self.solids),
        )
        pace = self.spray * self.solids / solid  # binder, 1/h
        lasts = max(0.0, self.binder - before) / pace if before < self.binder * (1.0 - 1e-9) else 0.0
        heat = wet * CW + self.spray * self.solids * self.solid_heat

        def slope(hours: float, state: Sequence[float]) -> tuple[float, float]:
            dry = 1.0 + before + pace * hours
            water, gain = self.exchange(air / solid, state[0] / dry, state[1])
            gain += heat / solid * (self.spray_temperature - state[1])
            return wet / solid - water, gain / (self.solid_heat * dry + state[0] * CW)

        path.follow(slope, min(lasts, most))
        return path, lasts > most

    def _after(self, charge: Charge, solid: float, path: Path, hours: float, before: float) -> Charge:
        """The charge after so many hours of spray."""
        water, warm = path.at(hours)
        pace = self.spray * self.solids / solid
        binder = before + pace * min(hours, path.hours)
        wet = charge.quality["moisture"] * (1.0 + before)
        new = added(charge, {"water": (water - wet) * solid, "binder": (binder - before) * solid})
        grown = (1.0 + binder) / (1.0 + before) * (pace + self.sticking * binder) / (pace + self.sticking * before)
        size = charge.quality["d50"] * grown ** (1.0 / 3.0)
        return told(new.but(temperature=warm), {"moisture": water / (1.0 + binder), "d50": size, BINDER: binder})

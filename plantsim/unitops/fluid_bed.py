"""Fluid-bed drying of granules: heat and mass balance of the bed, first as fast as the air can carry water away.

    dX/dt = -w / ms                                     w = G e f(X) (Ysat(T) - Yin)       [kg/h]
    (cs + X cw) ms dT/dt = G (ca + Yin cv) (Tin - T) - w (r0 - (cw - cv) T)                [kJ/h]

X: moisture [kg/kg dry], T: temperature of the bed, ms: dry mass, G: dry air, e: how near the air comes to saturation,
f: 1 above the critical moisture, then falling on a straight line to 0 at the equilibrium.  So drying is limited by heat
and saturation at first, and by the granules later.  Saturation by Magnus; steam heats the air from the room's to Tin.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log1p, sqrt
from statistics import NormalDist
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Celsius, Fraction, KilogramsPerHour, PositiveHours, Share
from plantsim.unitops.idle import Warmth, lost
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import SO_FAR, dried, forgotten, told

CA, CV, CW, R0 = 1.006, 1.86, 4.187, 2501.0  # kJ/kg/K of air, vapour, water; kJ/kg to evaporate at 0 °C
R_STEAM = 2133.0  # kJ/kg of saturated steam at 4 bar
ATMOSPHERE = 101_325.0  # Pa


def saturation(celsius: float) -> float:
    """Humidity of saturated air [kg/kg dry] at 1 atm, by Magnus.

    >>> round(saturation(30.0), 4)
    0.0271
    """
    pressure = 611.2 * exp(17.62 * celsius / (243.12 + celsius))
    return 0.622 * pressure / max(ATMOSPHERE - pressure, 1.0)


class FluidBedDrying(Operation):
    """Fluid-bed drying to a moisture on a dry basis."""

    until: Annotated[Fraction, Field(description="moisture on a dry basis at which it stops")]
    air_flow: Annotated[KilogramsPerHour, Field(description="dry air through the bed")] = 1500.0
    inlet_temperature: Annotated[Celsius, Field(description="of the air that enters")] = 70.0
    inlet_humidity: Annotated[Fraction, Field(description="of the air that enters")] = 0.008
    room_temperature: Annotated[Celsius, Field(description="from which steam heats the air")] = 20.0
    critical: Annotated[Fraction, Field(description="moisture from which on the rate falls")] = 0.1
    equilibrium: Annotated[Fraction, Field(description="moisture at which the rate is 0")] = 0.005
    saturated: Annotated[Share, Field(description="how near the air comes to saturation")] = 0.9
    solid_heat: Annotated[float, Field(gt=0.0, description="heat capacity of the dry solid [kJ/kg/K]")] = 1.2
    scatter: Annotated[Share, Field(description="coefficient of variation of the air flow from batch to batch")] = 0.0
    loses_heat: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="to the room in a halt [W/K]")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    @property
    def idles(self) -> bool:
        """Whether a halt does anything: the bed may cool down by the heat that it loses."""
        return bool(self.loses_heat) or super().idles

    def warmth(self, charge: Charge) -> Warmth:
        """The temperature [°C] of the bed over the hours of a halt."""
        if not self.loses_heat:
            return super().warmth(charge)
        wet = charge.quality["moisture"]
        holds = charge.mass / (1.0 + wet) * (self.solid_heat + wet * CW)
        return lambda hours: lost(charge, hours, self.loses_heat, holds, self.room_temperature).temperature

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its moisture."""
        return ("moisture",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Dry a charge; its quality tells the moisture."""
        wet = charge.quality["moisture"]
        if wet < 0.0:
            raise ValueError(f"a moisture can't be negative, got {wet:g} kg/kg")
        solid, air = charge.mass / (1.0 + wet), self.air_flow * self._luck(draw)
        passed = charge.quality.get(SO_FAR, 0.0)
        path, late = self._dried(wet, charge.temperature, air / solid, max(0.0, self.at_most - passed))

        def profile(hours: float) -> Charge:
            moisture, temperature = path.at(hours)
            now = dried(charge, moisture, temperature)
            return told(now, {SO_FAR: passed + min(hours, path.hours)})

        said = f"moisture {self.until:g} kg/kg" if late else ""
        return Outcome(path.hours, forgotten(profile(path.hours)), {}, self._draws(air, path.hours), profile, said)

    def _draws(self, air: float, hours: float) -> dict[str, Flow]:
        """Steam [kg/h] that heats a flow of air, if it takes any time."""
        heat = air * (CA + CV * self.inlet_humidity) * (self.inlet_temperature - self.room_temperature)
        return {"steam": ((0.0, max(heat, 0.0) / R_STEAM),)} if hours else {}

    def exchange(self, flow: float, moisture: float, warm: float) -> tuple[float, float]:
        """Water that a flow of air takes from a kg of dry solid [kg/h], and heat that it leaves there [kJ/h]."""
        share = min(1.0, (moisture - self.equilibrium) / max(self.critical - self.equilibrium, 1e-12))
        water = flow * self.saturated * max(share, 0.0) * (saturation(warm) - self.inlet_humidity)
        given = flow * (CA + CV * self.inlet_humidity) * (self.inlet_temperature - warm)
        return water, given - water * (R0 - (CW - CV) * warm)

    def _luck(self, draw: Draw) -> float:
        """The air flow of this batch over the usual one; its mean is 1."""
        if not self.scatter:
            return 1.0
        variance = log1p(self.scatter**2)
        return exp(sqrt(variance) * NormalDist().inv_cdf(draw("air flow")) - variance / 2.0)

    def _dried(self, wet: float, temperature: float, flow: float, most: float) -> tuple[Path, bool]:
        """Moisture and temperature over time, for a flow of air [kg/h a kg of dry solid]; whether it is too slow."""
        path = Path([wet, temperature])

        def slope(_: float, state: Sequence[float]) -> tuple[float, float]:
            water, gain = self.exchange(flow, state[0], state[1])
            return -water, gain / (self.solid_heat + state[0] * CW)

        corner = max(self.critical, self.until)
        if path.follow(slope, most, [lambda _, state: state[0] - corner]) == 0 and corner > self.until:
            end = path.follow(slope, most, [lambda _, state: state[0] - self.until])
        else:
            end = 0 if path.last[0] <= self.until + 1e-9 else -1
        return path, end != 0

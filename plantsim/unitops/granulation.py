"""Wet granulation in a high-shear mixer: dry mixing, a binder liquid that is added, and wet massing.

    S = X rs (1 - e) / (e rl)                      saturation of the pores with liquid
    de/dt = -kc (e - emin)                         once there is liquid: granules are packed
    dln d/dt = kg max(0, S - Sg)                   they grow while they are wet enough
    P = P0 + (P1 - P0) S^n                         power
    ms (cs + X cw) dT/dt = 3600 P + a cw (Tl - T)  all of which, and the liquid, warms them

X: moisture [kg/kg dry], e: porosity within granules, rs, rl: densities, d: size, ms: dry mass, a: liquid [kg/h].  It
ends when the power of the impeller reaches a figure, or after a time of wet massing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import exp, pow
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import (
    Celsius,
    Fraction,
    Hours,
    KilogramsPerHour,
    Kilowatts,
    PerHour,
    Positive,
    PositiveHours,
    PositiveShare,
    Share,
)
from plantsim.unitops.duties import changes
from plantsim.unitops.fluid_bed import CW
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path, Slope
from plantsim.unitops.underway import added, brought, forgotten, remembered, sound, told

WORKED = "hours granulated"
SLICES = 8  # in which the power of a stage is told


class HighShearGranulation(Operation):
    """Wet granulation in a high-shear mixer, until a power or for a time of wet massing."""

    brings: ClassVar[bool] = True
    liquid: Annotated[Fraction, Field(description="that is added, a mass of dry solid")]
    until: Annotated[Kilowatts | None, Field(description="power of the impeller at which it stops; none: by time")] = (
        None
    )
    massing: Annotated[Hours, Field(description="wet massing, after the liquid, if not by power")] = 0.1
    dry_mixing: Annotated[Hours, Field(description="before the liquid")] = 0.05
    spray: Annotated[KilogramsPerHour, Field(description="flow of the liquid")] = 120.0
    spray_temperature: Annotated[Celsius, Field(description="of the liquid")] = 20.0
    porosity: Annotated[PositiveShare, Field(description="within granules, as the liquid comes")] = 0.5
    least_porosity: Annotated[PositiveShare, Field(description="within granules, that is never passed")] = 0.2
    packing: Annotated[PerHour, Field(description="rate at which they are packed")] = 8.0
    grows_from: Annotated[Share, Field(description="saturation from which on granules grow")] = 0.5
    growth: Annotated[PerHour, Field(description="their growth, at a saturation of 1 more than that")] = 20.0
    solid_density: Annotated[Positive, Field(description="of the solid [kg/m3]")] = 1500.0
    liquid_density: Annotated[Positive, Field(description="[kg/m3]")] = 1000.0
    solid_heat: Annotated[Positive, Field(description="heat capacity of the dry solid [kJ/kg/K]")] = 1.2
    idle_power: Annotated[Positive, Field(description="of the impeller on dry powder [W/kg of dry solid]")] = 20.0
    wet_power: Annotated[Positive, Field(description="at saturation [W/kg of dry solid]")] = 120.0
    rise: Annotated[Positive, Field(description="how steeply power rises with saturation, n")] = 2.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 2.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its moisture and its size."""
        return ("moisture", "d50")

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Granulate a charge; its quality tells the moisture [kg/kg dry] and the size d50 [m]."""
        sound(charge, "moisture", "d50", empty=False)
        wet, worked = charge.quality["moisture"], remembered(charge, WORKED)
        solid = charge.mass / (1.0 + wet)
        path, corners, late = self._granulated(charge, solid, worked)

        def profile(hours: float) -> Charge:
            moisture, porosity, growth, warm, _ = path.at(hours)
            new = added(charge, {"water": (moisture - wet) * solid})
            size = charge.quality["d50"] * exp(growth)
            like = {"moisture": moisture, "porosity": porosity, "d50": size}
            memory = {WORKED: worked + min(hours, path.hours), "saturation": self.saturation(moisture, porosity)}
            return told(new.but(temperature=warm), {**like, **memory})

        draws = {"power": self._power(path, corners, solid)} if path.hours else {}
        end = forgotten(profile(path.hours), WORKED)
        return Outcome(path.hours, end, {}, draws, profile, late, added=brought(charge, end))

    def saturation(self, moisture: float, porosity: float) -> float:
        """How full of liquid the pores of granules are."""
        return moisture * self.solid_density * (1.0 - porosity) / (porosity * self.liquid_density)

    def specific_power(self, saturation: float) -> float:
        """Power of the impeller [W/kg of dry solid]."""
        return self.idle_power + (self.wet_power - self.idle_power) * pow(max(0.0, saturation), self.rise)

    def _granulated(self, charge: Charge, solid: float, worked: float) -> tuple[Path, list[float], str]:
        """Moisture, porosity, growth, temperature and work over time; the ends of its stages; what was cut off."""
        begin = charge.quality["porosity"] if WORKED in charge.quality else self.porosity
        path, corners = Path([charge.quality["moisture"], begin, 0.0, charge.temperature, 0.0]), [0.0]
        most = max(0.0, self.at_most - worked)
        for name, end, rate in self._stages(solid):
            by_power = end is None
            until = most if end is None else max(0.0, end - worked)
            stops = [lambda _, state: self._short_of_power(state, solid)] if by_power else []
            reached = path.follow(self._slope(rate, name != "dry mixing"), min(until, most), stops)
            corners.append(path.hours)
            if until > most + 1e-12 or (by_power and reached != 0):
                return path, corners, name
        return path, corners, ""

    def _stages(self, solid: float) -> tuple[tuple[str, float | None, float], ...]:
        """(name, when it ends [h] or None for by power, liquid [kg/h a kg of dry solid]) of each stage."""
        wet = self.dry_mixing + self.liquid * solid / self.spray
        last = f"power {self.until:g} kW" if self.until is not None else "wet massing"
        return (
            ("dry mixing", self.dry_mixing, 0.0),
            ("the liquid", wet, self.spray / solid),
            (last, None if self.until is not None else wet + self.massing, 0.0),
        )

    def _short_of_power(self, state: Sequence[float], solid: float) -> float:
        """How much the power [kW] is below that at which it stops."""
        return (self.until or 0.0) - self.specific_power(self.saturation(state[0], state[1])) * solid / 1000.0

    def _slope(self, rate: float, wet: bool) -> Slope:
        """What changes a stage: `rate` is the liquid that comes, and `wet` whether any has come."""

        def slope(_: float, state: Sequence[float]) -> tuple[float, float, float, float, float]:
            moisture, porosity, _growth, warm, _work = state
            full = self.saturation(moisture, porosity)
            work = 3.6 * self.specific_power(full)  # kJ/h a kg of dry solid
            warming = (work + rate * CW * (self.spray_temperature - warm)) / (self.solid_heat + moisture * CW)
            if not wet:
                return 0.0, 0.0, 0.0, warming, work
            packed = -self.packing * (porosity - self.least_porosity)
            return rate, packed, self.growth * max(0.0, full - self.grows_from), warming, work

        return slope

    def _power(self, path: Path, corners: list[float], solid: float) -> Flow:
        """Mean power [kW] in slices of each stage, so that the energy is that of the solution."""
        rates = []
        for begin, end in pairwise(corners):
            step = (end - begin) / SLICES
            for k in range(SLICES if end > begin else 0):
                work = path.at(begin + (k + 1) * step)[4] - path.at(begin + k * step)[4]
                rates.append((begin + k * step, work * solid / 3600.0 / step))
        return changes(rates)

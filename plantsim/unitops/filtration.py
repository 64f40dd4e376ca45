"""Filtration at constant pressure to a volume of filtrate, by Ruth: t = Kp V^2 / 2 + B V; then a wash that displaces.

    Kp = mu alpha c / (A^2 dP) [s/m6]        B = mu Rm / (A dP) [s/m3]        alpha = alpha0 (dP / 1 bar)^n

mu: viscosity [Pa s], alpha: specific resistance of the cake [m/kg], c: its solid a volume of filtrate [kg/m3], A: area
[m2], dP: pressure [Pa], Rm: resistance of the medium [1/m].  A wash runs at the final rate, or a share of it; of the
liquor in the cake, W volumes of wash leave exp(-W).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Kilowatts, Positive, PositiveHours, PositiveShare, Share, SquareMetres
from plantsim.unitops.duties import steady
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import SO_FAR, amounts, brought, forgotten, recomposed, share_of, sound, told

FILTRATE, WASHED = "filtrate", "washed"  # kg that has passed so far; volumes of wash for each of liquor in the cake


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


def resistance_of_size(size: float, voids: float, density: float) -> float:
    """Specific resistance [m/kg] of a cake of particles of a size [m] and density [kg/m3], by Kozeny.

    >>> f"{resistance_of_size(1e-4, 0.5, 1300.0):.3g}"
    '5.54e+07'
    """
    return 180.0 * (1.0 - voids) / (voids**3 * size**2 * density)


class Filtration(Operation):
    """Filtration of a suspension at constant pressure, and a wash; solid and what stays in the cake go on."""

    brings: ClassVar[bool] = True
    area: Annotated[SquareMetres, Field(description="of the filter")] = 1.0
    pressure: Annotated[Positive, Field(description="across the cake [bar]")] = 2.0
    viscosity: Annotated[Positive, Field(description="of the filtrate [Pa s]")] = 0.001
    cake: Annotated[Positive, Field(description="specific resistance of the cake, at 1 bar if compressible [m/kg]")] = (
        1e11
    )
    compressibility: Annotated[Share, Field(description="n: the resistance goes with the pressure to this power")] = 0.0
    medium: Annotated[Positive, Field(description="resistance of the medium [1/m]")] = 1e10
    density: Annotated[Positive, Field(description="of the filtrate and the wash [kg/m3]")] = 1000.0
    left: Annotated[Share, Field(description="liquid that stays in the cake, mass fraction of it")] = 0.3
    solid: Annotated[str, Field(description="component of the solid; '': all pass as they are in the charge")] = ""
    wash: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="volumes for each of liquor in the cake")] = (
        0.0
    )
    wash_with: Annotated[str, Field(description="component of the wash")] = "wash"
    wash_rate: Annotated[PositiveShare, Field(description="of the wash, a share of the final rate")] = 1.0
    pump: Annotated[Kilowatts, Field(description="power of the pump")] = 0.0
    nitrogen: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="that presses [m3/h]")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its solids."""
        return ("solids",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Filter a charge; its quality tells the mass fraction of solids."""
        solid = sound(charge).mass * charge.quality["solids"]
        if not 0.0 <= solid <= charge.mass:
            raise ValueError(f"solids must be from 0 to 1, got {charge.quality['solids']:g} kg/kg")
        if self.solid and solid > share_of(charge, self.solid) * charge.mass * (1.0 + 1e-9):
            raise ValueError(f"there is more solid than {self.solid}: {solid:g} kg of {charge.mass:g} kg")
        gone, passed = charge.quality.get(FILTRATE, 0.0), charge.quality.get(SO_FAR, 0.0)
        held = solid * self.left / max(1.0 - self.left, 1e-9)
        to_go = max(0.0, charge.mass - solid - held)
        if solid <= 0.0 or (to_go <= 0.0 and not self.wash):
            return Outcome(0.0, forgotten(charge, FILTRATE, WASHED), profile=lambda hours: charge)
        kp, b = self._resistance(solid, gone + to_go)
        first, done = filtration_seconds(kp, b, gone / self.density), charge.quality.get(WASHED, 0.0)
        filters = (filtration_seconds(kp, b, (gone + to_go) / self.density) - first) / 3600.0
        volume = wash_seconds(kp, b, (gone + to_go) / self.density, min(held, charge.mass - solid) / self.density)
        each = volume / self.wash_rate / 3600.0  # hours for each volume of liquor
        whole = filters + max(0.0, self.wash - done) * each
        hours = max(0.0, min(whole, self.at_most - passed))

        def profile(after: float) -> Charge:
            time = min(after, hours)
            seconds = first + min(time, filters) * 3600.0
            out = to_go + gone if time >= filters else (sqrt(b * b + 2.0 * kp * seconds) - b) / kp * self.density
            now = self._drained(charge, solid, out - gone)
            washes = min(self.wash, done + (time - filters) / each) if time > filters and each else done
            now = self._washed(now, solid, washes - done)
            return told(now, {SO_FAR: passed + time, FILTRATE: out, WASHED: washes})

        late = "" if whole <= self.at_most - passed else "filtration" if hours < filters else "wash"
        last = profile(hours)
        if self.solid:
            last = last.but(moisture=last.mass / solid - 1.0)
        said = {"filtrate": charge.mass - last.mass, **self._passed(charge, last)}
        flows = steady(hours, power=self.pump, nitrogen=self.nitrogen)
        return Outcome(
            hours, forgotten(last, FILTRATE, WASHED), said, flows, profile, late, added=brought(charge, last)
        )

    def _resistance(self, solid: float, filtrate: float) -> tuple[float, float]:
        """Kp [s/m6] and B [s/m3] for a mass of solid and of filtrate in all [kg]."""
        force = self.area * self.pressure * 1e5
        alpha = self.cake * self.pressure**self.compressibility
        volume = max(filtrate, 1e-9) / self.density
        return self.viscosity * alpha * solid / volume / (self.area * force), self.viscosity * self.medium / force

    def _drained(self, charge: Charge, solid: float, out: float) -> Charge:
        """The charge without so much filtrate [kg], which has the composition of the liquor."""
        mass = charge.mass - out
        if not charge.composition or not self.solid:
            return charge.but(
                mass=mass, volume=max(0.0, charge.volume - out / self.density * 1000.0), solids=solid / mass
            )
        keep = 1.0 - out / max(charge.mass - solid, 1e-12)
        parts = {name: part * keep for name, part in amounts(charge).items()}
        parts[self.solid] += solid * (1.0 - keep)
        now = recomposed(charge, parts)
        volume = max(0.0, charge.volume - out / self.density * 1000.0)
        return now.but(volume=volume, solids=solid / now.mass)

    def _washed(self, charge: Charge, solid: float, volumes: float) -> Charge:
        """The cake once so many volumes of wash have displaced its liquor."""
        if volumes <= 0.0 or not charge.composition or not self.solid:
            return charge
        stays, liquor = exp(-volumes), charge.mass - solid
        parts = {name: part * stays for name, part in amounts(charge).items()}
        parts[self.solid] += solid * (1.0 - stays)
        parts[self.wash_with] = parts.get(self.wash_with, 0.0) + liquor * (1.0 - stays)
        return recomposed(charge, parts)

    def _passed(self, charge: Charge, last: Charge) -> dict[str, float]:
        """Component -> what of it has left with filtrate and wash [kg]; of the wash itself, less what came in."""
        had, has = amounts(charge), amounts(last)
        return {f"{name} out": had[name] - has[name] for name in had}

"""Primary drying of vials in a freeze dryer: heat through the vial sublimes ice below a cake whose resistance grows.

    dm/dt = Ap (psub(Ts) - P) / Rp      Rp = R0 + A1 L / (1 + A2 L)      psub = 2.698e10 exp(-6144.96 / T) Torr
    Kv Av (Tsh - Tb) = dHs dm/dt        Kv = KC + KP P / (1 + KD P)      Tb = Ts + (L0 - L) dHs dm/dt / (Ap kice)

L: dried length of L0 [cm], Ap and Av: area of product and vial [cm2], Tsh: of the shelf, Ts: where the ice sublimes,
Tb: at the bottom of the vial.  The shelf rises at a rate to where it is held.  A dryer carries no more vapour than
a + b P; what would be more lets the pressure rise to where both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Fraction, Hours, Positive, PositiveHours
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import SO_FAR, forgotten, told

SUBLIMES, ICE_CONDUCTS = 678.0, 0.0059  # cal/g; cal/s/cm/K
ICE, SOLUTE = 0.918, 1.5  # g/mL
KELVIN = 273.15
HALTED = "warmest in a halt"  # °C


def vapour(celsius: float) -> float:
    """Pressure of vapour over ice [Torr]."""
    return 2.698e10 * exp(-6144.96 / (celsius + KELVIN))


class Lyophilisation(Operation):
    """Primary drying of vials until all ice is gone."""

    fill: Annotated[Positive, Field(description="in a vial [mL]")] = 2.0
    solid: Annotated[Fraction, Field(description="solute in the solution [g/mL]")] = 0.05
    product_area: Annotated[Positive, Field(description="of the product in a vial [cm2]")] = 3.14
    vial_area: Annotated[Positive, Field(description="of a vial from outside [cm2]")] = 3.8
    resistance: Annotated[tuple[float, float, float], Field(description="R0, A1, A2 [cm2 Torr h/g; /cm; 1/cm]")] = (
        1.4,
        16.0,
        0.0,
    )
    transfer: Annotated[tuple[float, float, float], Field(description="KC, KP, KD [cal/s/K/cm2; /Torr; 1/Torr]")] = (
        2.75e-4,
        8.93e-4,
        0.46,
    )
    pressure: Annotated[Positive, Field(description="in the chamber [Torr]")] = 0.15
    shelf_at_first: Annotated[Celsius, Field(description="of the shelf as it begins")] = -35.0
    shelf: Annotated[Celsius, Field(description="of the shelf later")] = 20.0
    ramp: Annotated[Positive, Field(description="by which the shelf warms up [K/min]")] = 1.0
    carries: Annotated[
        tuple[float, float] | None,
        Field(description="a, b: vapour that the dryer can carry [kg/h; kg/h/Torr]; none: any"),
    ] = None
    vials: Annotated[int, Field(ge=1, description="in the dryer, of which that is asked")] = 1
    critical: Annotated[Celsius | None, Field(description="below which the product must stay; none: any")] = None
    refreezes: Annotated[Hours, Field(description="after a halt, before the shelf warms up anew")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 96.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Dry a charge of vials; its quality tells the share of ice that is gone and for how long, if it was halted."""
        whole, gone = self.depth, charge.quality.get("dried", 0.0)
        begun = charge.quality.get("drying hours", 0.0)
        water = self._water * (1.0 - gone)
        per_vial = self.fill * self.solid + self._water * (1.0 - gone)  # g

        def slope(time: float, state: Sequence[float]) -> tuple[float]:
            return (self.growth(self.flow(begun + time, min(state[0], whole))[0]),)

        path, passed = Path([gone * whole]), charge.quality.get(SO_FAR, 0.0)
        limit = max(0.0, self.at_most - passed)
        corner = (self.shelf - self.shelf_at_first) / (60.0 * self.ramp) - begun
        ends = [lambda _, state: (whole - state[0]) / whole]
        path.follow(lambda _, __: (0.0,), min(max(-begun, 0.0), limit))  # it is being frozen again
        over = path.follow(slope, min(max(corner, 0.0), limit), ends, 1e-10)
        over = path.follow(slope, limit, ends, 1e-10) if over < 0 else over

        def profile(hours: float) -> Charge:
            share, time = min(1.0, path.at(hours)[0] / whole), begun + min(hours, path.hours)
            left = per_vial - water * (share - gone) / max(1.0 - gone, 1e-12)
            bottom = self.flow(time, min(share, 1.0) * whole)[2]
            now = {**charge.quality, "dried": share, "drying hours": time, SO_FAR: passed + min(hours, path.hours)}
            return replace(charge, mass=charge.mass * left / per_vial, temperature=bottom, quality=now)

        warmest = max(self.flow(begun + at, min(path.at(at)[0], whole))[2] for at in _spread(path.hours))
        warmest = max(warmest, charge.quality.get(HALTED, warmest))
        warm = self.critical is not None and warmest > self.critical
        late, broken = "primary drying" if over != 0 else "", f"product below {self.critical:g} °C" if warm else ""
        end = forgotten(profile(path.hours), "drying hours", HALTED)
        return Outcome(path.hours, end, {"warmest": warmest}, profile=profile, late=late, broken=broken)

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: without vacuum nothing cools the ice, which is as warm as told; then it is frozen again."""
        now = super().rested(charge, hours)
        if self.halt.half is None and not self.refreezes:
            return now
        warmest = max(charge.quality.get(HALTED, now.temperature), charge.temperature, now.temperature)
        return told(now, {HALTED: warmest, "drying hours": -self.refreezes})

    @property
    def idles(self) -> bool:
        """Whether a halt does anything."""
        return bool(self.refreezes) or super().idles

    @property
    def depth(self) -> float:
        """Of the frozen product [cm]."""
        return self.fill / (self.product_area * ICE) * self._swollen

    @property
    def _swollen(self) -> float:
        return 1.0 - self.solid * (1.0 - ICE) / SOLUTE

    @property
    def _water(self) -> float:
        """In a vial [g]."""
        return self.fill * (1.0 - self.solid / SOLUTE)

    def growth(self, flow: float) -> float:
        """By how much the dried length grows [cm/h] while so much sublimes [g/h]."""
        return flow / (1.0 - self.solid / SOLUTE) / (self.product_area * ICE) * self._swollen

    def flow(self, hours: float, dried: float) -> tuple[float, float, float]:
        """What sublimes of a vial [g/h], the temperature of the ice front and that of the bottom [°C]."""
        found = self._flow(hours, dried, self.pressure)
        if self.carries is None or found[0] * self.vials / 1000.0 <= self._carried(self.pressure):
            return found
        from scipy.optimize import brentq

        def more(pressure: float) -> float:
            return self._flow(hours, dried, pressure)[0] * self.vials / 1000.0 - self._carried(pressure)

        return self._flow(hours, dried, float(brentq(more, self.pressure, 10.0, xtol=1e-12)))

    def _carried(self, pressure: float) -> float:
        """The vapour that the dryer can carry [kg/h]."""
        a, b = self.carries or (0.0, 0.0)
        return a + b * pressure

    def _flow(self, hours: float, dried: float, pressure: float) -> tuple[float, float, float]:
        """As `flow`, at a pressure [Torr]; the front's temperature by Newton on its heat balance, which is concave."""
        shelf = min(self.shelf, self.shelf_at_first + 60.0 * self.ramp * max(hours, 0.0))
        r0, a1, a2 = self.resistance
        rp = r0 + a1 * dried / (1.0 + a2 * dried)
        kc, kp, kd = self.transfer
        conducts = (kc + kp * pressure / (1.0 + kd * pressure)) * self.vial_area
        below = (self.depth - dried) / (self.product_area * ICE_CONDUCTS)  # K for each cal/s
        heats, front = self.product_area / rp * SUBLIMES / 3600.0, shelf  # cal/s for each Torr
        for _ in range(60):
            over = vapour(front)
            heat, steep = heats * (over - pressure), heats * over * 6144.96 / (front + KELVIN) ** 2
            balance = conducts * (shelf - front - below * heat) - heat
            step = balance / (conducts * (1.0 + below * steep) + steep)
            front += step
            if abs(step) < 1e-12 * KELVIN:
                break
        heat = heats * (vapour(front) - pressure)
        return max(0.0, heat / SUBLIMES * 3600.0), front, front + below * heat


def _spread(hours: float) -> list[float]:
    """Hours at which the product's temperature is looked at."""
    return [hours * k / 24 for k in range(25)]

"""Freezing on a shelf: a layer cools as a lump until ice forms, a front moves up from the shelf, then the ice cools.

    L rho c dT/dt = U (Ts - T)                              until ice forms, at Tn
    L rho w r ds/dt = (Tf - Ts) / (1/U + s L / k)           from s = c (Tf - Tn) / (w r) to 1

s: share that is frozen, L: depth of the layer, U: heat transfer to the shelf, r: heat of freezing, w: water, k:
conductivity of ice, Tf: where it freezes.  At a steady shelf that is Planck's time:
t = rho w r / (Tf - Ts) (L / U + L^2 / 2k).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Celsius, Positive, PositiveHours, PositiveShare
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import End, Path, Slope
from plantsim.unitops.underway import forgotten, told

DENSITY = 1000.0  # kg/m3
HEAT = 333.6  # kJ/kg, of freezing
LIQUID, ICE = 4.187, 2.05  # kJ/kg/K
CONDUCTS = 2.2 * 3.6  # kJ/h/m/K, of ice


def planck(depth: float, transfer: float, below: float, water: float = 1.0) -> float:
    """How long [h] a layer [m] takes to freeze on a shelf so many K below its freezing point; transfer [W/m2/K].

    >>> round(planck(0.01, 30.0, 35.0), 3)
    0.943
    """
    u = transfer * 3.6
    return DENSITY * water * HEAT / below * (depth / u + depth**2 / (2.0 * CONDUCTS))


class Freezing(Operation):
    """Freezing of a layer, such as vials on shelves, to a temperature."""

    until: Annotated[Celsius, Field(description="at which it is done")] = -40.0
    shelf: Annotated[Celsius, Field(description="to which the shelf is cooled")] = -45.0
    ramp: Annotated[Positive, Field(description="by which it is cooled, from that of the charge [K/min]")] = 0.5
    depth: Annotated[Positive, Field(description="of the layer [mm]")] = 10.0
    transfer: Annotated[Positive, Field(description="of heat to the shelf [W/m2/K]")] = 30.0
    water: Annotated[PositiveShare, Field(description="mass fraction that freezes")] = 0.95
    nucleates: Annotated[Celsius, Field(description="where ice forms at last")] = -10.0
    freezes: Annotated[Celsius, Field(description="where ice and liquid stand side by side")] = -0.5
    room_transfer: Annotated[float, Field(ge=0.0, description="of heat from the room, in a halt [W/m2/K]")] = 0.0
    efficiency: Annotated[Positive, Field(description="heat taken away over power of the refrigeration")] = 1.5
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Freeze a charge; `frozen` of its quality tells the share of its water that is ice."""
        if not self.shelf < self.until <= self.nucleates <= self.freezes:
            raise ValueError(
                f"freezing needs shelf < until <= nucleates <= freezes, got {self.shelf:g}, {self.until:g}, "
                f"{self.nucleates:g} and {self.freezes:g} °C"
            )
        if not charge.mass > 0.0:
            raise ValueError(f"freezing needs a charge with mass, got {charge.mass:g} kg")
        begun, ice = charge.quality.get("freezing hours", 0.0), charge.quality.get("frozen", 0.0)
        first = charge.quality.get("frozen from", charge.temperature)
        path, reached = self._path(charge.temperature, ice, begun, first, max(0.0, self.at_most - begun))

        def profile(hours: float) -> Charge:
            warm, frozen, _ = path.at(hours)
            memory = {"freezing hours": begun + min(hours, path.hours), "frozen from": first}
            now = {**charge.quality, "frozen": min(1.0, frozen), **memory}
            return Charge(charge.mass, charge.volume, warm, charge.composition, now)

        end = forgotten(profile(path.hours), "freezing hours", "frozen from")
        late = "" if reached else f"{self.until:g} °C"
        return Outcome(path.hours, end, {}, self._draws(path, charge.mass), profile, late)

    @property
    def idles(self) -> bool:
        """Whether a halt does anything: without its refrigeration the layer gets heat from the room."""
        return bool(self.room_transfer) or super().idles

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: it warms up to where it freezes, ice melts, and then it warms up to the room."""
        now = super().rested(charge, hours)
        pace, room = self.room_transfer * 3.6 / (DENSITY * self.depth / 1000.0), self.halt.room  # kJ/kg/h/K
        if not pace or room <= self.freezes:
            return now
        warm, ice, left = charge.temperature, charge.quality.get("frozen", 0.0), hours
        if ice > 0.0 and warm < self.freezes:
            warms = ICE / pace * log((room - warm) / (room - self.freezes))
            warm, left = room - (room - warm) * exp(-pace * min(left, warms) / ICE), max(0.0, left - warms)
        if ice > 0.0 and left > 0.0:
            melts = ice * self.water * HEAT / (pace * (room - self.freezes))
            ice, left = ice * max(0.0, 1.0 - left / melts), max(0.0, left - melts)
        if ice <= 0.0:
            warm = room - (room - warm) * exp(-pace * left / LIQUID)
        return told(now.but(temperature=warm), {"frozen": ice})

    def _path(self, warm: float, ice: float, begun: float, first: float, limit: float) -> tuple[Path, bool]:
        """Temperature, share of ice and heat taken away [kJ/kg] over time; whether it got as cold as it should."""
        lump, u, layer = DENSITY * self.depth / 1000.0, self.transfer * 3.6, self.depth / 1000.0

        def shelf(hours: float) -> float:
            return max(self.shelf, first - 60.0 * self.ramp * (begun + hours))

        def cooling(capacity: float) -> Slope:
            def slope(time: float, state: Sequence[float]) -> tuple[float, float, float]:
                heat = u * (shelf(time) - state[0])
                return heat / (lump * capacity), 0.0, -heat / lump

            return slope

        def front(time: float, state: Sequence[float]) -> tuple[float, float, float]:
            heat = (self.freezes - shelf(time)) / (1.0 / u + max(state[1], 0.0) * layer / CONDUCTS)
            return 0.0, heat / (lump * self.water * HEAT), heat / lump

        corner = max(0.0, (first - self.shelf) / (60.0 * self.ramp) - begun)

        def follow(path: Path, slope: Slope, end: End) -> bool:
            at = [end]
            over = path.follow(slope, min(corner, limit), at) if path.hours < corner else -1
            return (path.follow(slope, limit, at) if over < 0 else over) == 0

        path = Path([warm, ice, 0.0])
        if ice <= 0.0:
            if not follow(path, cooling(LIQUID), lambda _, s: s[0] - self.nucleates):
                return path, False
            seed = min(1.0, LIQUID * (self.freezes - self.nucleates) / (self.water * HEAT))
            path.last = [self.freezes, seed, path.last[2]]  # ice forms at once, and warms it up
        if path.last[1] < 1.0 - 1e-12:
            if not follow(path, front, lambda _, s: 1.0 - s[1]):
                return path, False
            path.last = [self.freezes, 1.0, path.last[2]]
        return path, follow(path, cooling(ICE), lambda _, s: s[0] - self.until)

    def _draws(self, path: Path, mass: float) -> dict[str, Flow]:
        """Power of the refrigeration [kW], even over each stretch."""
        if not path.hours:
            return {}
        heats = [path.at(at - 1e-12)[2] if at else 0.0 for at in path.times]
        steps = zip(path.times, path.times[1:], heats, heats[1:], strict=False)
        rates = [(a, max(0.0, (d - c) * mass / 3600.0 / self.efficiency / (b - a))) for a, b, c, d in steps if b > a]
        return {"power": (*rates, (path.hours, 0.0))}

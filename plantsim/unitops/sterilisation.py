"""Sterilisation by saturated steam: heat-up, hold, cool-down, with the minutes at 121.1 °C that it is as good as.

    F0 = int 10^((T - 121.1) / 10) dt

Temperatures rise and fall evenly, so each stretch has a closed form.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Hours, Kilograms, Positive, PositiveHours
from plantsim.unitops.model import Operation
from plantsim.unitops.phases import Phase, drawn, length
from plantsim.unitops.underway import forgotten, told

REFERENCE, Z = 121.1, 10.0  # °C, K
LATENT = 2199.0  # kJ/kg of saturated steam at 121 °C
STEEL, WATER = 0.5, 4.187  # kJ/kg/K


def lethality(celsius: float) -> float:
    """Minutes at 121.1 °C that a minute at a temperature is as good as."""
    return float(10.0 ** ((celsius - REFERENCE) / Z))


def f0(stretches: Iterable[tuple[float, float, float]]) -> float:
    """F0 [min] of stretches: (minutes, °C at first, °C at last), in between evenly.

    >>> round(f0([(20.0, 71.1, 71.1), (20.0, 98.9, 98.9), (33.0, 110.0, 110.0)]), 2)
    2.68
    """
    return sum(_of(*stretch) for stretch in stretches)


def _of(minutes: float, first: float, last: float) -> float:
    low, high = lethality(first), lethality(last)
    if abs(last - first) < 1e-6:
        return minutes * (low + high) / 2.0
    return minutes * (high - low) * Z / (log(10.0) * (last - first))


class Sterilisation(Operation):
    """Steaming of a vessel and what is in it, until an F0 is reached and no shorter than a time, then cooling down."""

    until: Annotated[float, Field(ge=0.0, description="F0 by the end of the hold [min]")] = 15.0
    hold: Annotated[Hours, Field(description="at temperature, no shorter")] = 0.5
    temperature: Annotated[Celsius, Field(description="of the hold")] = 121.5
    heats: Annotated[Positive, Field(description="by which it warms up [K/min]")] = 2.0
    cools: Annotated[Positive, Field(description="by which it cools down [K/min]")] = 1.0
    cooled: Annotated[Celsius, Field(description="at which it is done")] = 40.0
    vessel: Annotated[Kilograms, Field(description="of steel that is heated")] = 1500.0
    loses: Annotated[float, Field(ge=0.0, description="heat at temperature [kW]")] = 5.0
    at_most: Annotated[PositiveHours, Field(description="limit of the hold")] = 4.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Sterilise a charge; `f0` of its quality tells the minutes at 121.1 °C that it is as good as."""
        begun = charge.quality.get("steam hours", 0.0)
        first = charge.quality.get("steamed from", charge.temperature)
        if not max(first, self.cooled) < self.temperature:
            raise ValueError(
                f"a sterilisation at {self.temperature:g} °C must begin and end below it, "
                f"got {first:g} °C and {self.cooled:g} °C"
            )
        stretches, needed = self._stretches(first)
        phases = self._phases(charge.mass, stretches)
        hours = length(phases) - begun

        def profile(after: float) -> Charge:
            now = begun + min(after, hours)
            so_far = list(_until(stretches, now * 60.0))
            memory = {"f0": f0(so_far), "steam hours": now, "steamed from": first}
            return Charge(charge.mass, charge.volume, so_far[-1][2], charge.composition, {**charge.quality, **memory})

        late = f"F0 {self.until:g} min" if needed > self.at_most else ""
        end = forgotten(profile(hours), "steam hours", "steamed from")
        return Outcome(hours, end, {}, drawn(phases, begun, begun + hours), profile, late)

    def _stretches(self, first: float) -> tuple[list[tuple[float, float, float]], float]:
        """Heat-up, hold and cool-down from a first temperature, and the hold [h] that its F0 needs."""
        up = (self.temperature - first) / self.heats
        needed = max(0.0, self.until - _of(up, first, self.temperature)) / lethality(self.temperature) / 60.0
        held = min(max(self.hold, needed), self.at_most)
        down = (self.temperature - self.cooled) / self.cools
        hold = (held * 60.0, self.temperature, self.temperature)
        return [(up, first, self.temperature), hold, (down, self.temperature, self.cooled)], needed

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: what has cooled down is heated up, and the hold begins anew; or it is cool already."""
        now = super().rested(charge, hours)
        if self.halt.half is None or "steam hours" not in now.quality:
            return now
        first, begun = now.quality["steamed from"], now.quality["steam hours"]
        (up, _, _), (held, _, _), (down, _, _) = self._stretches(first)[0]
        if begun * 60.0 < up + held:
            minutes = max(0.0, now.temperature - first) / self.heats
        else:
            minutes = up + held + min(down, (self.temperature - now.temperature) / self.cools)
        return told(now, {"steam hours": minutes / 60.0})

    def _phases(self, mass: float, stretches: list[tuple[float, float, float]]) -> list[Phase]:
        """The steam [kg/h] that heats it, and then makes up for what it loses."""
        up, hold, down = (minutes / 60.0 for minutes, _, _ in stretches)
        heat = (self.vessel * STEEL + mass * WATER) * (stretches[0][2] - stretches[0][1])  # kJ
        loss = self.loses * 3600.0 / LATENT
        return [
            Phase(up, {}, {"clean steam": heat / LATENT / up + loss}),
            Phase(hold, {}, {"clean steam": loss}),
            Phase(down),
        ]


def _until(stretches: list[tuple[float, float, float]], minutes: float) -> Iterable[tuple[float, float, float]]:
    """The stretches up to a time."""
    for long, first, last in stretches:
        part = min(long, max(minutes, 0.0))
        yield part, first, first + (last - first) * (part / long if long else 1.0)
        minutes -= long
        if minutes <= 0.0:
            return

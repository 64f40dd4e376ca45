"""Drying on trays or in a filter or vacuum dryer: a constant rate, then one that falls on a straight line.

    t = ms / (A R) [(X1 - Xc) + (Xc - Xe) ln((Xc - Xe) / (X2 - Xe))]

with R the constant rate [kg/m2/h], A the area, ms the dry mass, Xc the critical and Xe the equilibrium moisture.
"""

from __future__ import annotations

from math import exp, inf, log
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Fraction, Positive, PositiveHours, SquareMetres
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import SO_FAR, dried, forgotten, told


def constant_hours(solid: float, area: float, rate: float, first: float, last: float) -> float:
    """How long [h] a constant rate [kg/m2/h] takes from one moisture to a lower one."""
    return max(0.0, solid / (area * rate) * (first - last))


def falling_hours(
    solid: float, area: float, rate: float, first: float, last: float, critical: float, rest: float = 0.0
) -> float:
    """How long [h] it takes once the rate falls, from one moisture to a lower one; `rest` is that at equilibrium."""
    if last >= first:
        return 0.0
    if last <= rest:
        return inf
    return solid / (area * rate) * (critical - rest) * log((first - rest) / (last - rest))


class TrayDrying(Operation):
    """Drying on trays, in a filter or under vacuum, to a moisture on a dry basis."""

    until: Annotated[Fraction, Field(description="moisture on a dry basis at which it stops")]
    area: Annotated[SquareMetres, Field(description="surface that dries")] = 20.0
    rate: Annotated[Positive, Field(description="while it is wet [kg/m2/h]")] = 1.0
    critical: Annotated[Fraction, Field(description="moisture from which on the rate falls")] = 0.2
    equilibrium: Annotated[Fraction, Field(description="moisture at which the rate is 0")] = 0.01
    temperature: Annotated[Celsius | None, Field(description="of the product at the end; none: as before")] = None
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 240.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its moisture."""
        return ("moisture",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Dry a charge; its quality tells the moisture."""
        wet = charge.quality["moisture"]
        solid = charge.mass / (1.0 + wet)
        fast = constant_hours(solid, self.area, self.rate, wet, max(self.critical, self.until))
        slow = falling_hours(
            solid, self.area, self.rate, min(wet, self.critical), self.until, self.critical, self.equilibrium
        )
        passed = charge.quality.get(SO_FAR, 0.0)
        limit = max(0.0, self.at_most - passed)
        hours = min(fast + slow, limit)
        warm = charge.temperature if self.temperature is None else self.temperature

        def profile(after: float) -> Charge:
            now = dried(charge, self._moisture(wet, solid, min(after, hours), fast), warm)
            return told(now, {SO_FAR: passed + min(after, hours)})

        late = f"moisture {self.until:g} kg/kg" if fast + slow > limit else ""
        return Outcome(hours, forgotten(profile(hours)), profile=profile, late=late)

    def _moisture(self, wet: float, solid: float, hours: float, fast: float) -> float:
        """The moisture after so many hours, of which `fast` are at the constant rate."""
        speed = self.area * self.rate / solid
        if hours <= fast:
            return wet - speed * hours
        begin, width = min(wet, self.critical), self.critical - self.equilibrium
        if width <= 0.0:
            return begin
        return self.equilibrium + (begin - self.equilibrium) * exp(-speed * (hours - fast) / width)

"""Secondary drying of a freeze-dried cake: what water is bound leaves at first order, the faster the warmer the shelf.

dX/dt = -k (X - Xe)          k = k0 exp(Ea/R (1/T0 - 1/T))

T rises evenly from that of the charge to the shelf's.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Fraction, Positive, PositiveHours
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import forgotten

GAS = 8.314462618e-3  # kJ/mol/K


class SecondaryDrying(Operation):
    """Drying of what is bound, to a residual moisture on a dry basis."""

    until: Annotated[Fraction, Field(description="moisture on a dry basis at which it stops")] = 0.01
    first: Annotated[Fraction, Field(description="moisture at first, of a charge that does not tell it")] = 0.2
    equilibrium: Annotated[Fraction, Field(description="moisture that stays")] = 0.002
    shelf: Annotated[Celsius, Field(description="to which it is warmed")] = 25.0
    ramp: Annotated[Positive, Field(description="by which it is warmed [K/min]")] = 0.2
    rate: Annotated[Positive, Field(description="k at 25 °C [1/h]")] = 0.6
    activation: Annotated[float, Field(ge=0.0, description="energy [kJ/mol]")] = 40.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    def k(self, celsius: float) -> float:
        """How fast it dries [1/h]."""
        return self.rate * exp(self.activation / GAS * (1.0 / 298.15 - 1.0 / (celsius + 273.15)))

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Dry a charge; its quality tells the moisture, which the charge then holds."""
        wet, begun = charge.quality.get("moisture", self.first), charge.quality.get("warming hours", 0.0)
        if not wet >= 0.0:
            raise ValueError(f"a moisture can't be negative, got {wet:g} kg/kg")
        start, limit = charge.temperature, max(0.0, self.at_most - begun)
        corner = max(0.0, (self.shelf - start) / (60.0 * self.ramp))

        def warm(hours: float) -> float:
            return min(self.shelf, start + 60.0 * self.ramp * hours) if start < self.shelf else self.shelf

        def slope(time: float, state: Sequence[float]) -> tuple[float]:
            return (-self.k(warm(time)) * (state[0] - self.equilibrium),)

        path, ends = Path([wet]), [lambda _, state: state[0] - self.until]
        over = path.follow(slope, min(corner, limit), ends)
        over = path.follow(slope, limit, ends) if over < 0 else over

        def profile(hours: float) -> Charge:
            at = min(hours, path.hours)
            (left,) = path.at(at)
            told = {**charge.quality, "moisture": left, "warming hours": begun + at}
            mass = charge.mass * (1.0 + left) / (1.0 + wet)
            return Charge(mass, charge.volume, warm(at), charge.composition, told)

        late = "" if over == 0 else f"moisture {self.until:g} kg/kg"
        end = forgotten(profile(path.hours), "warming hours")
        return Outcome(path.hours, end, profile=profile, late=late)

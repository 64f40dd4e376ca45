"""A batch reactor at one temperature: A + B -> C, A + C -> D, each of the second order, with k = k0 exp(-E / R T).

dA/dt = -k1 A B - k2 A C     dB/dt = -k1 A B     dC/dt = k1 A B - k2 A C     dD/dt = k2 A C     [mol/L/h]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Positive, PositiveHours, Share
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path

GAS = 8.314462618  # J/mol/K
PARTS = ("A", "B", "C", "D")


def consecutive(first: float, second: float, start: Sequence[float], hours: float, conversion: float = 1.0) -> Path:
    """Concentrations of A, B, C, D [mol/L] over time, for rates [L/mol/h], until a conversion of A or a time."""

    def slope(_: float, state: Sequence[float]) -> tuple[float, float, float, float]:
        a, b, c, _d = state
        made, lost = first * a * b, second * a * c
        return -made - lost, -made, made - lost, lost

    path, rest = Path(start), start[0] * (1.0 - conversion)
    path.follow(slope, hours, [lambda _, state: state[0] - rest] if conversion < 1.0 else [])
    return path


class ConsecutiveReactions(Operation):
    """A + B -> C, A + C -> D in a stirred batch at one temperature, until A is converted or a time is over."""

    conversion: Annotated[Share, Field(description="of A since its release, at which it stops; 1: at the time limit")]
    temperature: Annotated[Celsius, Field(description="at which it is held")] = 40.0
    first: Annotated[Positive, Field(description="k0 of A + B -> C [L/mol/s]")] = 2.654e4
    first_energy: Annotated[Positive, Field(description="activation energy of A + B -> C [J/mol]")] = 4e4
    second: Annotated[Positive, Field(description="k0 of A + C -> D [L/mol/s]")] = 5.3e2
    second_energy: Annotated[Positive, Field(description="activation energy of A + C -> D [J/mol]")] = 3e4
    weight_a: Annotated[Positive, Field(description="molar mass of A [g/mol]; C = A + B, D = A + C")] = 100.0
    weight_b: Annotated[Positive, Field(description="molar mass of B [g/mol]")] = 50.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """React a charge; its composition tells A and B, its volume is needed."""
        if charge.volume <= 0.0:
            raise ValueError("a reaction needs the volume of the charge; give the product's charge a volume")
        weights = dict(zip(PARTS, (self.weight_a, self.weight_b, *self._made()), strict=True))
        grams = 1000.0 * charge.mass / charge.volume
        start = [charge.composition.get(name, 0.0) * grams / weights[name] for name in PARTS]
        had = charge.quality.get("A at first", start[0])
        goal = 1.0 - had * (1.0 - self.conversion) / start[0] if start[0] > 0.0 else 1.0
        kelvin = self.temperature + 273.15
        rates = [
            3600.0 * k0 * exp(-energy / (GAS * kelvin))
            for k0, energy in ((self.first, self.first_energy), (self.second, self.second_energy))
        ]
        path = consecutive(rates[0], rates[1], start, 0.0 if goal <= 0.0 else self.at_most, goal)

        def profile(hours: float) -> Charge:
            moles = dict(zip(PARTS, path.at(hours), strict=True))
            parts = {name: share for name, share in charge.composition.items() if name not in PARTS}
            parts |= {name: moles[name] * weights[name] / grams for name in PARTS}
            now = charge.but(temperature=self.temperature, composition=parts)
            return replace(now, quality={**now.quality, "A at first": had})

        late = self.conversion < 1.0 and path.hours >= self.at_most
        said = f"conversion {self.conversion:g}" if late else ""
        return Outcome(path.hours, profile(path.hours), profile=profile, late=said)

    def _made(self) -> tuple[float, float]:
        """Molar masses of C and D."""
        return self.weight_a + self.weight_b, 2.0 * self.weight_a + self.weight_b

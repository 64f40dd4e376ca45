"""A batch reactor at one temperature: A + B -> C, A + C -> D, each of the second order, with k = k0 exp(-E / R T).

dA/dt = -k1 A B - k2 A C     dB/dt = -k1 A B     dC/dt = k1 A B - k2 A C     dD/dt = k2 A C     [mol/L/h]
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Celsius, Positive, PositiveHours, Share
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import SO_FAR, forgotten, told

GAS = 8.314462618  # J/mol/K
PARTS = ("A", "B", "C", "D")


def reacting(first: float, second: float, state: Sequence[float]) -> tuple[float, float, float, float]:
    """How fast A, B, C, D [mol/L] become more, for rates [L/mol/h]."""
    a, b, c, _ = state
    made, lost = first * a * b, second * a * c
    return -made - lost, -made, made - lost, lost


def consecutive(first: float, second: float, start: Sequence[float], hours: float, conversion: float = 1.0) -> Path:
    """Concentrations of A, B, C, D [mol/L] over time, for rates [L/mol/h], until a conversion of A or a time."""

    def slope(_: float, state: Sequence[float]) -> Sequence[float]:
        return reacting(first, second, state)

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
        weights, grams, start = self._moles(charge)
        had = charge.quality.get("A at first", start[0])
        goal = 1.0 - had * (1.0 - self.conversion) / start[0] if start[0] > 0.0 else 1.0
        limit = max(0.0, self.at_most - charge.quality.get(SO_FAR, 0.0))
        path = consecutive(*self._rates(self.temperature), start, 0.0 if goal <= 0.0 else limit, goal)

        def profile(hours: float) -> Charge:
            moles = dict(zip(PARTS, path.at(hours), strict=True))
            parts = {name: share for name, share in charge.composition.items() if name not in PARTS}
            parts |= {name: moles[name] * weights[name] / grams for name in PARTS}
            now = charge.but(temperature=self.temperature, composition=parts)
            passed = charge.quality.get(SO_FAR, 0.0) + min(hours, path.hours)
            return told(now, {"A at first": had, SO_FAR: passed})

        late = self.conversion < 1.0 and path.hours >= limit > 0.0
        said = f"conversion {self.conversion:g}" if late else ""
        return Outcome(path.hours, forgotten(profile(path.hours), "A at first"), profile=profile, late=said)

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: it reacts on, as warm as it is then."""
        now, warm = super().rested(charge, hours), self.warmth(charge)
        weights, grams, start = self._moles(charge)
        path = Path(start)

        def slope(at: float, state: Sequence[float]) -> Sequence[float]:
            first, second = self._rates(warm(at))
            return reacting(first, second, state)

        path.follow(slope, hours)
        moles = zip(PARTS, path.last, strict=True)
        return now.but(composition={**now.composition, **{n: each * weights[n] / grams for n, each in moles}})

    def _moles(self, charge: Charge) -> tuple[dict[str, float], float, list[float]]:
        """(molar masses, g a litre, mol a litre) of a charge."""
        weights = dict(zip(PARTS, (self.weight_a, self.weight_b, *self._made()), strict=True))
        grams = 1000.0 * charge.mass / charge.volume
        return weights, grams, [charge.composition.get(name, 0.0) * grams / weights[name] for name in PARTS]

    def _rates(self, celsius: float) -> tuple[float, float]:
        """k of both reactions [L/mol/h]."""
        heat = GAS * (celsius + 273.15)
        first, second = exp(-self.first_energy / heat), exp(-self.second_energy / heat)
        return 3600.0 * self.first * first, 3600.0 * self.second * second

    def _made(self) -> tuple[float, float]:
        """Molar masses of C and D."""
        return self.weight_a + self.weight_b, 2.0 * self.weight_a + self.weight_b

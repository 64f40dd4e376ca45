"""Reactions as they are written on paper: A + 2 B -> C, with a rate by Arrhenius and powers, and a heat.

r = k0 exp(-E / R T) prod c_i^n_i        [mol/L/s]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp
from typing import Annotated

from pydantic import AfterValidator, Field

from plantsim.schema import Declared, Positive

GAS = 8.314462618  # J/mol/K
TERM = re.compile(r"(?:(\d+(?:\.\d+)?)\s*\*?\s+)?(\S+)")


def sides(equation: str) -> tuple[dict[str, float], dict[str, float]]:
    """What an equation uses up and what it makes, in moles.

    >>> sides("A + 2 B -> C")
    ({'A': 1.0, 'B': 2.0}, {'C': 1.0})

    Raises:
        ValueError: if it is not one.
    """
    left, arrow, right = equation.partition("->")
    if not arrow or not left.strip() or not right.strip():
        raise ValueError(f"expected an equation such as 'A + 2 B -> C', got {equation!r}")
    return _terms(left, equation), _terms(right, equation)


def _terms(side: str, equation: str) -> dict[str, float]:
    found = dict[str, float]()
    for part in re.split(r"\s\+\s", f" {side.strip()} "):
        term = TERM.fullmatch(part.strip())
        if term is None:
            raise ValueError(f"can't read {part.strip()!r} in {equation!r}; expected terms such as 'A' or '2 B'")
        found[term[2]] = found.get(term[2], 0.0) + float(term[1] or 1.0)
    return found


def _equation(text: str) -> str:
    sides(text)
    return text


class Reaction(Declared):
    """A reaction and its rate."""

    equation: Annotated[str, AfterValidator(_equation), Field(description="such as A + 2 B -> C")]
    k0: Annotated[Positive, Field(description="rate constant before the exponential [mol, L, s]")]
    energy: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="of activation [J/mol]")] = 0.0
    heat: Annotated[float, Field(allow_inf_nan=False, description="enthalpy [J/mol]; below 0: it gives heat")] = 0.0
    orders: Annotated[dict[str, float], Field(description="component: power; none: what is used up, as written")] = {}

    @property
    def changes(self) -> dict[str, float]:
        """Component -> moles that a mole of this reaction makes of it, or below 0 uses up."""
        used, made = sides(self.equation)
        return {name: made.get(name, 0.0) - used.get(name, 0.0) for name in {**used, **made}}

    @property
    def powers(self) -> dict[str, float]:
        """Component -> power in the rate."""
        return self.orders or sides(self.equation)[0]

    def constant(self, celsius: float) -> float:
        """The rate constant at a temperature [mol, L, h]."""
        return 3600.0 * self.k0 * exp(-self.energy / (GAS * (celsius + 273.15)))


class Scheme:
    """Several reactions, their components numbered, for speed."""

    def __init__(self, reactions: Sequence[Reaction], also: Sequence[str] = ()) -> None:
        names = dict.fromkeys([name for each in reactions for name in (*each.changes, *each.powers)])
        self.reactions, self.names = list(reactions), [*names, *(name for name in also if name not in names)]
        number = {name: k for k, name in enumerate(self.names)}
        self.changes = [[(number[name], change) for name, change in each.changes.items()] for each in reactions]
        self.powers = [[(number[name], power) for name, power in each.powers.items()] for each in reactions]
        self.laws = [
            (3600.0 * each.k0, each.energy / GAS, powers) for each, powers in zip(reactions, self.powers, strict=True)
        ]

    def amounts(self, start: Sequence[float], extents: Sequence[float]) -> list[float]:
        """Moles of each component after so many moles of each reaction."""
        now = list(start)
        for changes, extent in zip(self.changes, extents, strict=False):
            for k, change in changes:
                now[k] += change * extent
        return now

    def rates(self, moles: Sequence[float], volume: float, celsius: float) -> list[float]:
        """Rate of each reaction [mol/L/h]."""
        found, kelvin = [], celsius + 273.15
        for k0, warmth, powers in self.laws:
            rate = k0 * exp(-warmth / kelvin)  # as `constant`, without asking for its fields
            for k, power in powers:
                c = moles[k] / volume
                rate *= 0.0 if c <= 0.0 else c if power == 1.0 else c**power
            found.append(rate)
        return found

    def limit(self, moles: Sequence[float], number: int = 0) -> float:
        """How many moles of a reaction what is there still allows."""
        return min([moles[k] / -change for k, change in self.changes[number] if change < 0.0], default=0.0)

    def unbalanced(self, weights: Mapping[str, float]) -> str:
        """The first equation that makes or loses mass; '' if none does."""
        for each in self.reactions:
            terms = [change * weights[name] for name, change in each.changes.items()]
            if abs(sum(terms)) > 1e-6 * sum(map(abs, terms)):
                return each.equation
        return ""

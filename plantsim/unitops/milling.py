"""Milling through a screen: how much energy a reduction of size takes, how fast, and what comes through.

    E = K (1 / d2 - 1 / d1)   by Rittinger       K ln(d1 / d2)   by Kick       K (1 / sqrt(d2) - 1 / sqrt(d1))   by Bond

E: energy [kJ/kg], d1, d2: size before and after; K follows from one reduction whose energy is known.  The screen lets
through what is smaller than a share of its holes, which is then d90; the rest of the distribution keeps its shape.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Annotated, Literal

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import KilogramsPerHour, Kilowatts, Positive, PositiveHours, PositiveMetres, PositiveShare
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import at_a_pace, forgotten, remembered, sound, told

MILLED = "share milled"
Law = Literal["Rittinger", "Kick", "Bond"]


def extent(law: Law, first: float, last: float) -> float:
    """What the energy of a reduction from one size to another is a multiple of, by a law."""
    if law == "Kick":
        return log(first / last)
    if law == "Bond":
        return 1.0 / sqrt(last) - 1.0 / sqrt(first)
    return 1.0 / last - 1.0 / first


def energy(law: Law, known: float, first: float, last: float, known_first: float, known_last: float) -> float:
    """The energy [kJ/kg] of a reduction, by that `known` of another one.

    >>> round(energy("Rittinger", 13.0, 75.0, 25.0, 50.0, 10.0), 3)
    4.333
    """
    return known * extent(law, first, last) / extent(law, known_first, known_last)


class Milling(Operation):
    """Milling of granules through a screen."""

    screen: Annotated[PositiveMetres, Field(description="holes of the screen")]
    passes: Annotated[PositiveShare, Field(description="d90 of what comes through, as a share of the holes")] = 0.7
    law: Annotated[Law, Field(description="of the energy of size reduction")] = "Kick"
    work: Annotated[Positive, Field(description="energy of a known reduction [kJ/kg]")] = 3.0
    known_from: Annotated[PositiveMetres, Field(description="size before the known reduction")] = 0.002
    known_to: Annotated[PositiveMetres, Field(description="size after the known reduction")] = 0.0005
    spread: Annotated[Positive, Field(description="d90 / d50 of granules that do not tell their d90")] = 2.5
    feed: Annotated[KilogramsPerHour, Field(description="at which granules are fed, if power allows it")] = 200.0
    power: Annotated[Kilowatts, Field(description="of the motor, at most")] = 3.0
    idle_power: Annotated[Kilowatts, Field(description="of it, without granules")] = 0.5
    heat: Annotated[Positive, Field(description="heat capacity of the granules [kJ/kg/K]")] = 1.2
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 12.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its size."""
        return ("d50",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Mill a charge; its quality tells d50 [m], and may tell d90."""
        sound(charge, "d50", empty=False)
        done, size = min(1.0, remembered(charge, MILLED)), charge.quality["d50"]
        coarse = charge.quality.get("d90", size * self.spread)
        fine = min(coarse, self.passes * self.screen)
        spent = energy(self.law, self.work, coarse, fine, self.known_from, self.known_to) if coarse > fine else 0.0
        rate = self.rate(spent)
        hours, share = at_a_pace(done, charge.mass / rate, self.at_most)
        warmth = spent / self.heat

        def profile(after: float) -> Charge:
            now = share(after)
            return told(charge.but(temperature=charge.temperature + (now - done) * warmth), {MILLED: now})

        end = forgotten(profile(hours), MILLED).but(d50=size * fine / coarse if coarse else size, d90=fine)
        draws = {"power": ((0.0, self.idle_power + spent * rate / 3600.0),)} if hours else {}
        return Outcome(hours, end, {"energy": spent}, draws, profile, "milling" if share(inf) < 1.0 else "")

    def rate(self, spent: float) -> float:
        """How much [kg/h] it mills, if a kg takes so much energy [kJ].

        Raises:
            ValueError: if the motor has no power for granules.
        """
        if self.power <= self.idle_power:
            idle = f"a motor of {self.power:g} kW that takes {self.idle_power:g} kW without granules"
            raise ValueError(f"{idle} mills none")
        return min(self.feed, (self.power - self.idle_power) * 3600.0 / spent) if spent else self.feed

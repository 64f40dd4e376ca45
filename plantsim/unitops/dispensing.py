"""Dispensing and charging: so many containers, each to be handled, and what is in them at a rate.

    t = n h + m / r        n = ceil(m / container)        m = a m0 (1 + e)        e = cv z / sqrt(n)

h: handling of a container [h], r: rate [kg/h], a: what is asked for, a kg of the charge m0, e: the error of the sum of
n weighings, each of coefficient of variation cv.  What comes in mixes with what is there at equal heat capacities.
"""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import (
    Celsius,
    Fraction,
    Hours,
    KilogramsPerHour,
    Positive,
    PositiveHours,
    PositiveKilograms,
    Share,
)
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import SO_FAR, amounts, forgotten, recomposed, sound, told

CHARGED = "charged"  # the share of the charge that this step has brought in so far


class Dispensing(Operation):
    """Charging of a solid from containers, or of a liquid through a pipe, at a rate and with an error of weighing."""

    brings: ClassVar[bool] = True
    rate: Annotated[KilogramsPerHour, Field(description="at which it goes in")] = 500.0
    component: Annotated[str, Field(description="what is added; '': all of the charge is what is dispensed")] = ""
    amount: Annotated[Fraction, Field(description="of it, for each kg that is there before")] = 0.0
    temperature: Annotated[Celsius, Field(description="of what is added")] = 20.0
    density: Annotated[Positive, Field(description="of what is added [kg/L]")] = 1.0
    container: Annotated[PositiveKilograms | None, Field(description="what one holds; none: from a pipe")] = None
    handling: Annotated[Hours, Field(description="to fetch, open and put away a container")] = 0.0
    error: Annotated[Share, Field(description="coefficient of variation of one weighing")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Charge it; what has been charged of it so far, if it was halted, stands in its quality."""
        before = self._before(sound(charge))
        asked = before.mass * self.amount if self.component else before.mass
        number = ceil(asked / self.container - 1e-9) if self.container else int(asked > 0.0)
        added = asked * self._weighed(number, draw)
        passed = charge.quality.get(SO_FAR, 0.0)
        each = added / number if number else 0.0
        whole = number * self.handling + added / self.rate
        hours = max(0.0, min(whole, self.at_most) - passed)

        def share(worked: float) -> float:
            lasts = self.handling + each / self.rate
            full = min(int(worked / lasts + 1e-12), number) if lasts else number
            part = max(0.0, worked - full * lasts - self.handling) * self.rate
            return min(1.0, (full * each + part) / added) if added else 1.0

        def profile(after: float) -> Charge:
            worked = passed + min(after, hours)
            now = self._with(before, added, share(worked))
            return told(now, {SO_FAR: worked, CHARGED: 1.0 - before.mass / now.mass if now.mass else 0.0})

        late = "all charged" if whole > self.at_most else ""
        return Outcome(
            hours, forgotten(profile(hours), CHARGED), {"charged": added}, profile=profile, late=late, added=added
        )

    def _weighed(self, number: int, draw: Draw) -> float:
        """What is charged over what was asked for."""
        if not self.error or not self.component or not number:
            return 1.0
        return max(0.0, 1.0 + self.error * NormalDist().inv_cdf(draw("weighing")) / sqrt(number))

    def _before(self, charge: Charge) -> Charge:
        """The charge as it was before any of it came in."""
        gone = charge.mass * charge.quality.get(CHARGED, 0.0)
        if gone <= 0.0:
            return charge
        parts, mass = amounts(charge), charge.mass - gone
        if parts:
            parts[self.component] -= gone
        warm = (charge.temperature * charge.mass - self.temperature * gone) / mass
        volume = max(0.0, charge.volume - gone / self.density) if charge.volume else 0.0
        now = recomposed(charge, parts, warm) if parts else charge.but(mass=mass, temperature=warm)
        return now.but(volume=volume)

    def _with(self, before: Charge, added: float, share: float) -> Charge:
        """The charge with a share of what is added."""
        more = added * share
        if not self.component or more <= 0.0:
            return before
        mass = before.mass + more
        warm = (before.temperature * before.mass + self.temperature * more) / mass
        parts = amounts(before)
        if parts or not before.mass:
            parts[self.component] = parts.get(self.component, 0.0) + more
        now = recomposed(before, parts, warm) if parts else before.but(mass=mass, temperature=warm)
        return now.but(volume=before.volume + more / self.density if before.volume else 0.0)

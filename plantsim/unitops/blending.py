"""Blending in a bin: how even a blend is, over the turns of the bin; it gets better, and then segregates.

    s2 = sR2 + (s02 - sR2) (e^-kN + g (1 - e^-jN))          s02 = p (1 - p)          sR2 = p (1 - p) / n

s2: variance of samples of n particles, p: mass fraction of the active, N: turns, k: mixing a turn, j: segregation a
turn, g: where segregation ends.  The index of Lacey is M = (s02 - s2) / (s02 - sR2).  If it segregates more slowly than
it mixes, j < k, there is a best N: N* = ln(k / (j g)) / (k - j).
"""

from __future__ import annotations

from math import exp, inf, log, sqrt
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Kilowatts, PerHour, Positive, PositiveHours, PositiveShare, Share
from plantsim.unitops.idle import towards
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import forgotten, remembered, sound, told

TURNS, UNDONE = "turns so far", "turns undone"


def lacey(fraction: float, particles: float, variance: float) -> float:
    """The mixing index of Lacey: 0 for what is wholly segregated, 1 for a random mix.

    Raises:
        ValueError: if the fraction is not between 0 and 1, or a sample is of less than two particles.

    >>> round(lacey(0.2, 100, 0.006), 3)
    0.972
    """
    apart, random = variances(fraction, particles)
    return (apart - variance) / (apart - random)


def variances(fraction: float, particles: float) -> tuple[float, float]:
    """Variance of samples of what is wholly segregated, and of a random mix."""
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"the fraction of the active must be between 0 and 1, got {fraction:g}")
    if particles < 2.0:
        raise ValueError(f"a sample must be of 2 particles or more, got {particles:g}")
    return fraction * (1.0 - fraction), fraction * (1.0 - fraction) / particles


class Blending(Operation):
    """Blending in a bin, to a number of turns, for a time, or until samples are alike."""

    until: Annotated[
        PositiveShare | None, Field(description="relative standard deviation of samples at which it stops")
    ] = None
    turns: Annotated[Positive | None, Field(description="turns after which it stops, if not by `until`")] = None
    lasts: Annotated[PositiveHours, Field(description="when it stops, if neither by `until` nor by `turns`")] = 0.25
    speed: Annotated[PerHour, Field(description="turns of the bin")] = 720.0
    active: Annotated[str, Field(description="component whose evenness counts; none: of the fraction below")] = ""
    fraction: Annotated[PositiveShare, Field(description="mass fraction of the active")] = 0.1
    particles: Annotated[Positive, Field(description="particles in a sample")] = 20_000.0
    mixing: Annotated[Positive, Field(description="rate of mixing [1/turn]")] = 0.03
    segregation: Annotated[Positive, Field(description="rate of segregation [1/turn]")] = 0.001
    segregated: Annotated[Share, Field(description="where segregation ends, as a share of the first variance")] = 0.0
    unmixes: Annotated[PositiveHours | None, Field(description="half of the mixing is gone in a halt; none: none")] = (
        None
    )
    power: Annotated[Kilowatts, Field(description="of the drive")] = 2.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 2.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Blend a charge, layered as it was filled; its quality then tells the blend's evenness."""
        sound(charge, empty=False)
        share = charge.composition[self.active] if self.active else self.fraction
        variances(share, self.particles)
        begin, undone = remembered(charge, TURNS), remembered(charge, UNDONE)
        end = self._last_turn(share) + (undone if self.until is not None else 0.0)
        last = max(begin, min(end, self.at_most * self.speed))

        def profile(hours: float) -> Charge:
            turns = min(begin + hours * self.speed, last)
            memory = {TURNS: turns, UNDONE: undone} if undone else {TURNS: turns}
            return told(charge, {**memory, **self.evenness(turns - undone, share)})

        hours = (last - begin) / self.speed
        draws = {"power": ((0.0, self.power),)} if hours else {}
        late = f"blend rsd {self.until:g}" if end > last and self.until else "blending" if end > last else ""
        return Outcome(hours, forgotten(profile(hours), TURNS, UNDONE), {}, draws, profile, late)

    @property
    def idles(self) -> bool:
        """Whether a halt does anything: what is mixed may segregate as it stands."""
        return self.unmixes is not None or super().idles

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: the blend is as even again as after fewer turns."""
        now = super().rested(charge, hours)
        if self.unmixes is None or TURNS not in now.quality:
            return now
        turns, undone = now.quality[TURNS], now.quality.get(UNDONE, 0.0)
        goal = 1.0 - towards(1.0 - self._rest(min(turns - undone, self.best)), 0.0, hours, self.unmixes)
        low, high = 0.0, min(turns - undone, self.best)
        for _ in range(80):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self._rest(middle) > goal else (low, middle)
        share = now.composition[self.active] if self.active else self.fraction
        return told(now, {UNDONE: turns - high, **self.evenness(high, share)})

    @property
    def best(self) -> float:
        """The number of turns after which a blend is most even."""
        pull = self.segregation * self.segregated
        if pull <= 0.0 or self.segregation >= self.mixing:
            return inf
        return log(self.mixing / pull) / (self.mixing - self.segregation)

    def evenness(self, turns: float, fraction: float) -> dict[str, float]:
        """Index of Lacey, and relative standard deviation of samples, after so many turns."""
        apart, random = variances(fraction, self.particles)
        rest = self._rest(turns)
        return {"mixing index": 1.0 - rest, "blend rsd": sqrt(random + (apart - random) * rest) / fraction}

    def _rest(self, turns: float) -> float:
        """What is left of the first variance, beyond that of a random mix."""
        return exp(-self.mixing * turns) + self.segregated * (1.0 - exp(-self.segregation * turns))

    def _last_turn(self, fraction: float) -> float:
        """The turn at which it stops; infinity if it never gets so even."""
        if self.until is None:
            return self.turns if self.turns is not None else self.lasts * self.speed
        low, high = 0.0, min(self.best, 60.0 / self.mixing)
        if self.evenness(high, fraction)["blend rsd"] > self.until:
            return inf
        for _ in range(80):
            middle = (low + high) / 2.0
            even = self.evenness(middle, fraction)["blend rsd"] <= self.until
            low, high = (low, middle) if even else (middle, high)
        return high

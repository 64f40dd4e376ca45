"""Extraction and washing of a liquid by another that does not mix with it.

    cross-current    x_n / x_0 = (1 + E)^-n
    counter-current  (x_n - y_0 / K) / (x_0 - y_0 / K) = (E - 1) / (E^(n+1) - 1)        E = K S / L        (Kremser)

x: solute a kg of carrier, y: a kg of solvent, K = y / x at equilibrium, S: solvent of a stage or of the stream, L:
carrier.  Washes follow one another, each filled, stirred, settled over h / v, and drained; a battery runs at a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Hours, KilogramsPerHour, Kilowatts, Positive, PositiveHours, PositiveMetres
from plantsim.unitops.duties import steady
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import SO_FAR, amounts, brought, forgotten, recomposed, share_of, sound, told

WASHED = "washed"  # washes that are done, or the share of the charge that has gone through the battery


def left_by_washes(factor: float, stages: int) -> float:
    """What of a solute stays after so many fresh portions of an extraction factor E.

    >>> left_by_washes(1.0, 2)
    0.25
    """
    return (1.0 + factor) ** -stages


def left_by_battery(factor: float, stages: int) -> float:
    """What of a solute stays after a counter-current battery of so many stages, by Kremser.

    >>> left_by_battery(1.0, 3)
    0.25
    """
    if abs(factor - 1.0) < 1e-9:
        return 1.0 / (stages + 1.0)
    return (factor - 1.0) / (factor ** (stages + 1) - 1.0)


def leaving(carrier: float, first: float, last: float, solvent: float, entering: float = 0.0) -> float:
    """Mass fraction of solute in the solvent that leaves a counter-current battery.

    By the balance: carrier and solvent without solute [kg/h], mass fractions of solute in what enters and leaves.
    """

    def ratio(share: float) -> float:
        return share / (1.0 - share)

    out = ratio(entering) + carrier / solvent * (ratio(first) - ratio(last))
    return out / (1.0 + out)


def parted(mixture: float, share: float, one: float, other: float) -> tuple[float, float]:
    """How a mixture [kg/h] parts into two liquids, by the balance of a component whose share of each is known.

    A point between the ends of a line, weighed as on a lever; the shares may be those of a single contact or of the
    streams that leave a train.

    >>> parted(100.0, 0.5, 0.2, 0.6)
    (25.0, 75.0)

    Raises:
        ValueError: if the mixture does not lie between the two.
    """
    if not min(one, other) <= share <= max(one, other) or one == other:
        raise ValueError(f"a mixture of {share:g} can't part into liquids of {one:g} and {other:g}")
    second = mixture * (share - one) / (other - one)
    return mixture - second, second


def stages(
    equilibrium: Callable[[float], float], lines: tuple[float, float], first: float, last: float
) -> tuple[int, float]:
    """Whole and fractional number of stages from a first concentration down to a last one, stepped from its end.

    `equilibrium` gives y over x; the operating line is y = a + b x, `lines` = (a, b).
    """
    begin, slope = lines
    x, whole = last, 0
    while x < first:
        before, y = x, equilibrium(x)
        x = (y - begin) / slope
        whole += 1
        if x <= before or whole > 1000:
            raise ValueError("the operating line meets the equilibrium; no number of stages is enough")
    return whole, whole - (x - first) / (x - before) if whole else 0.0


def interpolated(xs: Sequence[float], ys: Sequence[float]) -> Callable[[float], float]:
    """A table as a function, linear between its points and beyond."""

    def of(x: float) -> float:
        k = next((k for k in range(1, len(xs) - 1) if x <= xs[k]), len(xs) - 1)
        return ys[k - 1] + (ys[k] - ys[k - 1]) * (x - xs[k - 1]) / (xs[k] - xs[k - 1])

    return of


class Extraction(Operation):
    """Washes with fresh solvent, or a counter-current battery; what is kept goes on, the other liquid leaves."""

    brings: ClassVar[bool] = True
    partition: Annotated[dict[str, Positive], Field(min_length=1, description="component: y / x at equilibrium")]
    solvent: Annotated[str, Field(description="the liquid that is added")] = "water"
    ratio: Annotated[Positive, Field(description="kg of it for each kg of carrier, each wash or in all")] = 0.5
    stages: Annotated[int, Field(gt=0, description="washes, or stages of the battery")] = 3
    way: Annotated[Literal["washes", "battery"], Field(description="one after another, or counter-current")] = "washes"
    keeps: Annotated[Literal["raffinate", "extract"], Field(description="what goes on")] = "raffinate"
    rate: Annotated[KilogramsPerHour, Field(description="of filling and draining, or of the battery's feed")] = 1000.0
    stirring: Annotated[Hours, Field(description="of a wash")] = 0.5
    height: Annotated[PositiveMetres, Field(description="through which drops settle")] = 1.0
    settling: Annotated[Positive, Field(description="velocity of the drops [m/h]")] = 2.0
    power: Annotated[Kilowatts, Field(description="of the stirrer")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 48.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Extract a charge; its composition tells the solutes."""
        for name in self.partition:
            share_of(sound(charge), name)
        passed, before = charge.quality.get(SO_FAR, 0.0), self._before(charge)
        carrier = before.mass * (1.0 - sum([before.composition[name] for name in self.partition]))
        lasts = 2.0 * self.ratio * carrier / self.rate + self.stirring + self.height / self.settling
        whole = lasts * self.stages if self.way == "washes" else before.mass / self.rate
        hours = max(0.0, min(whole, self.at_most) - passed)

        def done(worked: float) -> float:
            if self.way == "battery":
                return min(1.0, worked / whole) if whole else 1.0
            return float(min(self.stages, int(worked / lasts + 1e-9)))

        def profile(after: float) -> Charge:
            worked = passed + min(after, hours)
            now = self._after(before, carrier, done(worked))
            return told(now, {SO_FAR: worked, WASHED: done(worked)})

        late = "extraction" if whole > self.at_most else ""
        said = {f"{name} left": self._left(name, done(passed + hours)) for name in self.partition}
        last = self._extract(before, carrier, done(passed + hours)) if self.keeps == "extract" else profile(hours)
        return Outcome(
            hours,
            forgotten(last, WASHED),
            said,
            steady(hours, power=self.power),
            profile,
            late,
            added=brought(charge, last),
        )

    def _left(self, name: str, done: float) -> float:
        """What of a solute is left in the carrier, over what was."""
        factor = self.partition[name] * self.ratio
        if self.way == "washes":
            return left_by_washes(factor, round(done))
        return 1.0 - done * (1.0 - left_by_battery(factor, self.stages))

    def _before(self, charge: Charge) -> Charge:
        """The charge as it was before: the solutes back in the raffinate, or the solvent out of both liquids."""
        done, parts = charge.quality.get(WASHED, 0.0), amounts(charge)
        if not done:
            return charge
        if self.keeps == "raffinate":
            return recomposed(
                charge, {n: m / self._left(n, done) if n in self.partition else m for n, m in parts.items()}
            )
        both = charge.mass - sum([parts[name] for name in self.partition])
        parts[self.solvent] -= both * self.ratio * done / (1.0 + self.ratio * done)
        return recomposed(charge, parts)

    def _after(self, before: Charge, carrier: float, done: float) -> Charge:
        """What is in work: the raffinate alone, or with all the solvent if that is what goes on."""
        parts = amounts(before)
        if self.keeps == "extract":
            parts[self.solvent] = parts.get(self.solvent, 0.0) + carrier * self.ratio * done
            return recomposed(before, parts)
        return recomposed(
            before, {n: m * (self._left(n, done) if n in self.partition else 1.0) for n, m in parts.items()}
        )

    def _extract(self, before: Charge, carrier: float, done: float) -> Charge:
        """The solvent with what it has taken up."""
        parts = {
            name: before.composition[name] * before.mass * (1.0 - self._left(name, done)) for name in self.partition
        }
        return recomposed(before, {self.solvent: carrier * self.ratio * done, **parts})

"""A seed train: cells that double in fresh medium, passage by passage, until there are so many times as many.

    N = N0 exp((mu - mud) t)         n = ceil(ln ratio / ln split)         t = ln(ratio) / (mu - mud) + n handling

mu: growth, mud: death [1/h].  At the begin of a passage medium is added until the volume is `split` times what it was,
at the last one only as far as is needed; then the cells grow back to the density that they had at first.
"""

from __future__ import annotations

from math import ceil, exp, log
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Hours, Positive, PositiveHours
from plantsim.unitops.liquid import asked, became
from plantsim.unitops.model import Operation
from plantsim.unitops.phases import Phase, drawn, gained, length
from plantsim.unitops.underway import brought, forgotten


def passages(ratio: float, split: float) -> int:
    """How many passages make so many times as many cells.

    >>> passages(1000.0, 10.0), passages(1001.0, 10.0)
    (3, 4)
    """
    return max(1, ceil(log(ratio) / log(split) - 1e-9))


def growth_hours(ratio: float, growth: float) -> float:
    """How long [h] cells take to become so many times as many, at a net rate of growth [1/h]."""
    return log(ratio) / growth


class SeedTrain(Operation):
    """Passages of a seed train until there are so many times as many cells, at the density that they had at first."""

    brings: ClassVar[bool] = True
    ratio: Annotated[float, Field(gt=1.0, description="cells at the end over cells at first")]
    split: Annotated[float, Field(gt=1.0, description="by which the volume grows at a passage")] = 8.0
    growth: Annotated[Positive, Field(description="specific growth rate [1/h]")] = 0.03
    death: Annotated[float, Field(ge=0.0, description="specific death rate [1/h]")] = 0.001
    handling: Annotated[Hours, Field(description="time in which the medium of a passage is added")] = 1.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 1000.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its cells."""
        return ("cells",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Grow a charge; its quality tells the viable cells and, if any, the dead ones [1e6/mL]."""
        (cells,) = asked(charge, "a seed train", "cells")
        net, begun = self.growth - self.death, charge.quality.get("seed hours", 0.0)
        if net <= 0.0:
            raise ValueError(f"cells that grow by {self.growth:g} 1/h and die by {self.death:g} 1/h become no more")
        times, grown = self._so_far(begun, net)  # volume and cells over those at first
        volume, number = charge.volume / times, cells * charge.volume / grown
        dead = charge.quality.get("dead", 0.0) * charge.volume - self.death * number * (grown - 1.0) / net
        phases = self._phases(volume, net)
        hours = min(length(phases), self.at_most) - begun

        def profile(after: float) -> Charge:
            now = begun + min(after, hours)
            wider, more = self._so_far(now, net)
            litres, alive = volume * wider, number * more
            gone = max(0.0, dead + self.death * number * (more - 1.0) / net)
            quality = {"cells": alive / litres, "dead": gone / litres, "viability": alive / (alive + gone)}
            return became(charge, litres, quality, seed_hours=now)

        late = f"{self.ratio:g} times the cells" if length(phases) > self.at_most else ""
        draws = drawn(phases, begun, begun + hours)
        end = forgotten(profile(hours), "seed hours")
        return Outcome(hours, end, {}, draws, profile, late, added=brought(charge, end))

    def _phases(self, volume: float, net: float) -> list[Phase]:
        """Filling and growing in turns, from a volume [L]."""
        found, left = list[Phase](), self.ratio
        for _ in range(passages(self.ratio, self.split)):
            times = min(self.split, left)
            more = volume * (times - 1.0)
            rate = more / self.handling if self.handling else 0.0
            found.append(Phase(self.handling, {"litres": more}, {"medium": rate} if rate else {}))
            found.append(Phase(log(times) / net, {"growing": log(times) / net}))
            volume, left = volume * times, left / times
        return found

    def _so_far(self, hours: float, net: float) -> tuple[float, float]:
        """Volume and cells over those at first, after so many hours of the train."""
        now = gained(self._phases(1.0, net), hours)
        return 1.0 + now["litres"], exp(net * now["growing"])

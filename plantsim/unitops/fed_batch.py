"""A fed batch of cells on one substrate, by Monod: with the volume V grows what is fed, F at Sf.

mu = mumax S / (Ks + S)     d(XV)/dt = mu X V     d(PV)/dt = Ypx mu X V     d(SV)/dt = F Sf - mu X V / Yxs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Positive, PositiveHours
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import sound


class FedBatch(Operation):
    """A fed batch by Monod, for a time or until a titre."""

    brings: ClassVar[bool] = True
    lasts: Annotated[PositiveHours, Field(description="time after which it is harvested")] = 240.0
    until: Annotated[Positive | None, Field(description="titre at which it is harvested [g/L]; none: by time")] = None
    growth: Annotated[Positive, Field(description="largest specific growth rate [1/h]")] = 0.2
    half: Annotated[Positive, Field(description="substrate at which growth is half of that [g/L]")] = 1.0
    cells_on: Annotated[Positive, Field(description="yield of cells on substrate [g/g]")] = 0.5
    product_on: Annotated[Positive, Field(description="yield of product on cells [g/g]")] = 0.2
    feed: Annotated[Positive, Field(description="flow of the feed [L/h]")] = 0.05
    feed_substrate: Annotated[Positive, Field(description="substrate in the feed [g/L]")] = 10.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its cells, substrate and titre."""
        return ("cells", "substrate", "titre")

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Cultivate a charge; its quality tells cells, substrate and titre [g/L], its volume is needed."""
        volume, grown = charge.volume, charge.quality.get("culture hours", 0.0)
        if volume <= 0.0:
            raise ValueError("a fed batch needs the volume of the charge; give the product's charge a volume")
        cells, substrate, titre = (sound(charge, *self.reads).quality[name] * volume for name in self.reads)

        def slope(_: float, state: Sequence[float]) -> tuple[float, float, float, float]:
            x, _product, s, v = state
            food = max(s, 0.0)
            made = self.growth * food / (self.half * v + food) * x
            return made, self.product_on * made, self.feed * self.feed_substrate - made / self.cells_on, self.feed

        path, goal = Path([cells, titre, substrate, volume]), self.until
        ends = [] if goal is None else [lambda _, state: goal * state[3] - state[1]]
        reached = path.follow(slope, max(0.0, self.lasts - grown), ends) == 0

        def profile(hours: float) -> Charge:
            x, p, s, v = path.at(hours)
            now = {"cells": x / v, "titre": p / v, "substrate": s / v, "culture hours": grown + min(hours, path.hours)}
            return replace(charge, mass=charge.mass + v - volume, volume=v, quality={**charge.quality, **now})

        late = f"titre {goal:g} g/L" if goal is not None and not reached else ""
        return Outcome(path.hours, profile(path.hours), profile=profile, late=late, added=self.feed * path.hours)

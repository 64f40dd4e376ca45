"""Chromatography in cycles: equilibrate, load, wash, elute, strip, each so many column volumes at the residence time.

    cycles = ceil(product / (share DBC V))          hours of a phase = column volumes x residence time / 60

`Chromatography` is told how much a litre of column takes in a cycle; `ProteinA` reckons it from the breakthrough of a
shrinking core.  Volumes are counted from the first drop of feed that enters the column: its hold-up is not taken off,
and what its voids hold at equilibrium is part of what it binds.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Litres, Positive, PositiveHours, PositiveShare
from plantsim.unitops.breakthrough import Core, core
from plantsim.unitops.liquid import asked, became
from plantsim.unitops.model import Operation
from plantsim.unitops.phases import Phase, drawn, gained, length
from plantsim.unitops.underway import brought, forgotten

WASHED = ("cells", "dead", "debris", "viability", "glucose", "glutamine", "lactate", "ammonia")
Volumes = Annotated[float, Field(ge=0.0, description="column volumes")]


def cycles(product: float, capacity: float, column: float, share: float = 0.8) -> int:
    """How often a column [L] must be loaded with a product [g], at a share of its capacity [g/L].

    >>> cycles(4000.0, 40.0, 60.0)
    3
    """
    return max(1, ceil(product / (share * capacity * column) - 1e-9))


class Chromatography(Operation):
    """A column that binds the product, or lets it pass and binds what is foreign, in as many cycles as it takes."""

    brings: ClassVar[bool] = True
    column: Annotated[Litres, Field(description="volume of the column")]
    mode: Annotated[Literal["bind", "pass"], Field(description="what becomes of the product")] = "bind"
    capacity: Annotated[Positive, Field(description="product a litre of column takes in a cycle [g/L]")] = 60.0
    safety: Annotated[PositiveShare, Field(description="share of the capacity that is used")] = 0.8
    residence: Annotated[Positive, Field(description="of the liquid in the empty column [min]")] = 4.0
    equilibrate: Volumes = 5.0
    wash: Volumes = 5.0
    elute: Volumes = 5.0
    strip: Volumes = 4.0
    pool: Annotated[Positive, Field(description="column volumes of the eluate that are collected")] = 3.0
    recovery: Annotated[PositiveShare, Field(description="of the product that was bound, or passed")] = 0.97
    clears: Annotated[float, Field(ge=0.0, description="foreign protein, powers of ten")] = 1.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 72.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its titre."""
        return ("titre",)

    @property
    def takes(self) -> float:
        """What a litre of column takes in a cycle [g/L]."""
        return self.capacity

    def passes(self, load: float) -> float:
        """The share of a load [g/L of column] that breaks through."""
        return 0.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Purify a charge; its quality tells the titre [g/L] and, if any, foreign protein as `hcp` [ng/mg]."""
        titre, over, fed = asked(charge, "chromatography", "titre", "feed over", "feed titre", missing=0.0)
        if "titre" not in charge.quality or titre <= 0.0:
            raise ValueError(f"chromatography needs a 'titre' above 0, got {charge.quality['titre']:g} g/L")
        begun = charge.quality.get("column hours", 0.0)
        volume, fed = (charge.volume * over, fed) if over else (charge.volume, titre)
        phases, number, lost = self._phases(volume, fed)
        hours = min(length(phases), self.at_most) - begun

        def profile(after: float) -> Charge:
            now = begun + min(after, hours)
            got = gained(phases, now)
            litres = volume + got["litres"]
            left = {"titre": (volume * fed + got["grams"]) / litres}
            return became(charge, litres, left, column_hours=now, feed_over=volume / litres, feed_titre=fed)

        late = length(phases) > self.at_most
        end = forgotten(profile(hours), "column hours", "feed over", "feed titre")
        if not late and self.mode == "bind":  # what is not bound has been washed out
            end = forgotten(end, *WASHED)
        if not late and "hcp" in end.quality:
            end = end.but(hcp=end.quality["hcp"] * 10.0**-self.clears)
        told = {"cycles": float(number), "yield": 1.0 - lost / (volume * fed), "product lost": lost}
        draws = drawn(phases, begun, begun + hours)
        return Outcome(hours, end, told, draws, profile, "the last cycle" if late else "", added=brought(charge, end))

    def _phases(self, volume: float, titre: float) -> tuple[list[Phase], int, float]:
        """All phases of all cycles, how many those are, and what product [g] is lost."""
        number = cycles(volume * titre, self.takes, self.column, self.safety)
        load, grams = volume / number, volume * titre / number
        broken = self.passes(grams / self.column)
        lost = grams * (1.0 - (1.0 - broken) * self.recovery)
        return self._cycle(load, lost, grams * broken) * number, number, lost * number

    def _cycle(self, load: float, lost: float, broken: float) -> list[Phase]:
        """The phases of a cycle that loads so much [L]; what was loaded goes to waste once the product is eluted."""
        hour = self.residence / 60.0
        flow = self.column / hour

        def phase(volumes: float, buffer: str, **gains: float) -> Phase:
            return Phase(volumes * hour, {"litres": 0.0, "grams": 0.0, **gains}, {buffer: flow} if volumes else {})

        first = phase(self.equilibrate, "equilibration buffer")
        last = phase(self.strip, "cleaning buffer")
        loading = Phase(load / flow, {"litres": 0.0, "grams": -broken})
        if self.mode == "pass":
            chase = phase(self.wash, "wash buffer", litres=self.wash * self.column)
            return [first, replace(loading, gains={"litres": 0.0, "grams": -lost}), chase, last]
        out = phase(
            max(self.elute, self.pool), "elution buffer", litres=self.pool * self.column - load, grams=broken - lost
        )
        return [first, loading, phase(self.wash, "wash buffer"), out, last]


class ProteinA(Chromatography):
    """Capture on protein A, whose capacity follows from the breakthrough of its particles."""

    capacity: Annotated[Positive, Field(description="product a litre of column binds at equilibrium [g/L]")] = 61.24
    breaks: Annotated[float, Field(gt=0.0, lt=1.0, description="breakthrough up to which it takes product")] = 0.1
    void: Annotated[float, Field(gt=0.0, lt=1.0, description="between the particles")] = 0.34
    porosity: Annotated[PositiveShare, Field(description="of a particle")] = 0.92
    particle: Annotated[Positive, Field(description="diameter of a particle [um]")] = 54.1
    diffusivity: Annotated[Positive, Field(description="of the product in a pore [m2/s]")] = 1.54e-12
    film: Annotated[Positive, Field(description="mass transfer around a particle [m/s]")] = 1.4e-5
    clears: Annotated[float, Field(ge=0.0, description="foreign protein, powers of ten")] = 2.0

    @property
    def core(self) -> Core:
        """Its particles, at its residence time."""
        return core(60.0 * self.residence, self.void, self.porosity, self.particle * 1e-6, self.diffusivity, self.film)

    @property
    def takes(self) -> float:
        """The dynamic capacity [g/L]: fed until this much breaks through, hold-up not taken off."""
        return self.core.throughput(self.breaks) * self.capacity

    def passes(self, load: float) -> float:
        """The share of a load [g/L of column] that breaks through."""
        return self.core.lost(load / self.capacity)

"""Ultrafiltration limited by the gel that forms on the membrane, and diafiltration: J = k ln(Cg / C).

    concentrate   dV/dt = -A J            C = C0 (V0 / V)^R
    diafilter     dn/dt = A J / V         C = C0 exp(-(1 - R) n)      solute = solute0 exp(-S n)

n: volumes of buffer, R: share of the product that is held back, S: sieving of what is small.  First it is concentrated
to where it is diafiltered, then diafiltered, then concentrated to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Positive, PositiveHours, PositiveShare, Share, SquareMetres
from plantsim.unitops.liquid import asked, flow
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path
from plantsim.unitops.underway import brought, forgotten

PIECES = 12  # in which the buffer is told
TOLERANCE = 1e-11  # of the solver: a charge halted anywhere has the same mass to 1e-9


def area_hours(transfer: float, gel: float, first: float, start: float, end: float) -> float:
    """Area x time [m2 h] from a volume [m3] to a smaller one; transfer [m/h], gel and first concentration [kg/m3]."""

    def slope(volume: float, state: Sequence[float]) -> tuple[float]:
        return (1.0 / (transfer * log(gel / (first * start / (start - volume)))),)

    path = Path([0.0])
    path.follow(slope, start - end)
    return path.last[0]


def washed_out(volumes: float, sieving: float = 1.0) -> float:
    """What is left of a solute after so many volumes of buffer at constant volume.

    >>> round(washed_out(1.0), 3), round(washed_out(2.0), 3)
    (0.368, 0.135)
    """
    return exp(-sieving * volumes)


class Ultrafiltration(Operation):
    """Concentration of a product across a membrane, limited by its gel, with a change of its buffer on the way."""

    brings: ClassVar[bool] = True
    until: Annotated[Positive, Field(description="concentration of the product at which it stops [g/L]")]
    area: Annotated[SquareMetres, Field(description="of the membrane")] = 10.0
    transfer: Annotated[Positive, Field(description="mass transfer coefficient k [L/m2/h]")] = 30.0
    gel: Annotated[Positive, Field(description="concentration of the gel [g/L]")] = 250.0
    volumes: Annotated[float, Field(ge=0.0, description="of buffer by which it is diafiltered")] = 0.0
    diafilter_at: Annotated[Positive | None, Field(description="concentration for that [g/L]; none: at the end")] = None
    retains: Annotated[PositiveShare, Field(description="of the product, by the membrane")] = 1.0
    sieving: Annotated[Share, Field(description="of what was dissolved in the old buffer")] = 1.0
    power: Annotated[float, Field(ge=0.0, description="of the pump [kW]")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its titre."""
        return ("titre",)

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Concentrate a charge; its quality tells the titre [g/L], and `old buffer` what is left of that, over all."""
        volume, n0 = charge.volume, charge.quality.get("diavolumes", 0.0)
        if not volume > 0.0 or not charge.quality["titre"] > 0.0:
            raise ValueError("an ultrafiltration needs a volume and a titre")
        (titre, begun) = asked(charge, "an ultrafiltration", "titre", "filtering hours", missing=0.0)
        middle = self.until if self.diafilter_at is None else self.diafilter_at
        if max(self.until, middle) >= self.gel:
            worst = max(self.until, middle)
            raise ValueError(f"can't be concentrated to {worst:g} g/L, beyond its gel at {self.gel:g} g/L")
        path, reached = self._path(volume, titre, n0, min(middle, self.until), max(0.0, self.at_most - begun))

        def profile(hours: float) -> Charge:
            left, n = path.at(hours)
            kept = charge.mass - (volume - left) * min(1.0, charge.mass / volume)
            now = {"titre": self._titre(titre, volume / left, n - n0)}
            if self.volumes:
                now["old buffer"] = charge.quality.get("old buffer", 1.0) * washed_out(n - n0, self.sieving)
            memory = {"diavolumes": n, "filtering hours": begun + min(hours, path.hours)}
            quality = {**charge.quality, **now, **memory}
            return Charge(kept, left, charge.temperature, charge.composition, quality)

        end = forgotten(profile(path.hours), "diavolumes", "filtering hours")
        told = {"yield": end.volume * end.quality["titre"] / (volume * titre)}
        late = "" if reached else f"titre {self.until:g} g/L"
        return Outcome(path.hours, end, told, self._draws(path), profile, late, added=brought(charge, end))

    def _titre(self, first: float, times: float, volumes: float) -> float:
        """The concentration [g/L] in so many times less volume, after so many volumes of buffer."""
        return first * float(times**self.retains) * exp(-(1.0 - self.retains) * volumes)

    def _path(self, volume: float, titre: float, n0: float, middle: float, limit: float) -> tuple[Path, bool]:
        """Volume and volumes of buffer over time, and whether the end was reached."""

        def now(state: Sequence[float]) -> float:
            return self._titre(titre, volume / state[0], state[1] - n0)

        def permeate(state: Sequence[float]) -> float:
            return self.area * self.transfer * max(0.0, log(self.gel / now(state)))

        def concentrating(_: float, state: Sequence[float]) -> tuple[float, float]:
            return -permeate(state), 0.0

        def diafiltering(_: float, state: Sequence[float]) -> tuple[float, float]:
            return 0.0, permeate(state) / state[0]

        path, n = Path([volume, n0]), self.volumes
        if n > n0 + 1e-9:
            if (
                n0 == 0.0
                and now(path.last) < middle * (1.0 - 1e-9)
                and path.follow(concentrating, limit, [lambda _, s: (middle - now(s)) / middle], TOLERANCE) < 0
            ):
                return path, False
            if path.follow(diafiltering, limit, [lambda _, s: n - s[1]], TOLERANCE) < 0:
                return path, False
        goal = self.until
        if now(path.last) >= goal * (1.0 - 1e-9):  # but for rounding
            return path, True
        return path, path.follow(concentrating, limit, [lambda _, s: (goal - now(s)) / goal], TOLERANCE) == 0

    def _draws(self, path: Path) -> dict[str, Flow]:
        """The buffer [L/h], even over each piece of the diafiltration, and the pump's power [kW]."""
        draws: dict[str, Flow] = {}
        for begin, end in zip(path.times, path.times[1:], strict=False):
            (litres, before), (_, after) = path.at(begin), path.at(end - 1e-12)
            if after - before > 1e-9:
                hours = [begin + (end - begin) * k / PIECES for k in range(PIECES + 1)]
                came = [litres * path.at(min(at, end - 1e-12))[1] for at in hours]
                lead: Flow = ((0.0, 0.0),) if begin else ()
                draws["diafiltration buffer"] = (*lead, *flow(hours, came))
        if self.power and path.hours:
            draws["power"] = ((0.0, self.power), (path.hours, 0.0))
        return draws

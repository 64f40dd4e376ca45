"""Depth filtration at a flux, until the filter is so blocked that its pressure is at its limit, then at that pressure.

    R = R0 exp(k v)          J = min(J0, Pmax / R)          k = k0 + k1 (particles)

v: what has passed [L/m2], R: resistance [bar m2 h/L]: intermediate blocking.  Then what it holds is flushed out.
"""

from __future__ import annotations

from math import exp, inf, log
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Positive, PositiveHours, Share, SquareMetres
from plantsim.unitops.centrifuge import SOLIDS
from plantsim.unitops.liquid import asked, became, flow
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import brought, forgotten

BLOCKED = 700.0  # powers of e by which a filter that is blocked for good has become tighter


class DepthFiltration(Operation):
    """Depth filtration of all of a charge, and a flush."""

    brings: ClassVar[bool] = True
    area: Annotated[SquareMetres, Field(description="of the filter")] = 30.0
    flux: Annotated[Positive, Field(description="as long as the pressure allows [L/m2/h]")] = 100.0
    resistance: Annotated[Positive, Field(description="of the new filter [bar m2 h/L]")] = 0.001
    blocks: Annotated[float, Field(ge=0.0, description="k of a clear liquid [m2/L]")] = 0.005
    blocks_by: Annotated[float, Field(ge=0.0, description="k for each 1e6/mL of particles [m2/L]")] = 0.02
    pressure: Annotated[Positive, Field(description="at most [bar]")] = 2.0
    retains: Annotated[Share, Field(description="of the particles")] = 0.99
    flush: Annotated[float, Field(ge=0.0, description="of buffer [L/m2]")] = 5.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 24.0

    def hours(self, passed: float, k: float) -> float:
        """How long [h] it takes until so much has passed [L/m2]; infinity if it is blocked before."""
        free = self.free(k)
        if passed <= free:
            return passed / self.flux
        if k * passed > BLOCKED:
            return inf
        return free / self.flux + self.resistance * (exp(k * passed) - exp(k * free)) / (k * self.pressure)

    def free(self, k: float) -> float:
        """What passes [L/m2] before the pressure is at its limit."""
        room = self.pressure / (self.resistance * self.flux)
        if room <= 1.0:
            raise ValueError(
                f"a depth filter at {self.flux:g} L/m2/h needs {self.flux * self.resistance:g} bar when new, "
                f"which is not under its {self.pressure:g} bar; make the flux less"
            )
        return log(room) / k if k > 0.0 else inf

    def passed(self, hours: float, k: float) -> float:
        """What has passed [L/m2] after so many hours."""
        free = self.free(k)
        if hours <= free / self.flux:
            return hours * self.flux
        more = (hours - free / self.flux) * k * self.pressure / self.resistance
        return log(exp(k * free) + more) / k

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Filter a charge; its quality tells, if any, cells, dead ones and debris [1e6/mL]."""
        *found, begun, over, first = asked(
            charge, "a depth filter", *SOLIDS, "filtered", "filter over", "particles", missing=0.0
        )
        volume, each = charge.volume * over if over else charge.volume, first if over else sum(found)
        k, load = self.blocks + self.blocks_by * each, volume / self.area
        before = min(begun, load)
        kept = [n * charge.volume / (1.0 - self.retains * before / load) for n in found]
        start = self.hours(begun, k)
        whole = self.hours(load + self.flush, k)
        hours = max(0.0, min(whole, self.at_most) - start)

        def profile(after: float) -> Charge:
            now = min(load + self.flush, self.passed(start + min(after, hours), k))
            litres = volume + self.area * max(0.0, now - load)
            through = 1.0 - self.retains * min(now, load) / load
            told = {word: n * through / litres for word, n in zip(SOLIDS, kept, strict=True)}
            if charge.quality.get("titre", 0.0):
                told["titre"] = charge.quality["titre"] * charge.volume / litres
            return became(charge, litres, told, filtered=now, filter_over=volume / litres, particles=each)

        end = forgotten(profile(hours), "filtered", "filter over", "particles")
        last = self.passed(start + hours, k)
        told = {"pressure": min(self.pressure, self.resistance * exp(k * last) * self.flux), "load": load}
        draws = self._flushed(start, hours, k, load)
        late = "all of the liquid" if whole > self.at_most else ""
        return Outcome(hours, end, told, draws, profile, late, added=brought(charge, end))

    def _flushed(self, start: float, hours: float, k: float, load: float) -> dict[str, tuple[tuple[float, float], ...]]:
        """The flush [L/h], even over the time that it takes."""
        begin = max(0.0, self.hours(load, k) - start)
        if not self.flush or begin >= hours:
            return {}
        came = [self.area * (self.passed(start + at, k) - load) for at in (begin, hours)]
        return {"flush buffer": (*(((0.0, 0.0),) if begin else ()), *flow((begin, hours), came))}

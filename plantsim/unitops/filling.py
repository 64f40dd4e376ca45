"""Aseptic filling: vials a minute, what is rejected, and the line's minor stops.

vials = V / fill          rejects = r + 2 (1 - Phi(tolerance / rsd))          hours = vials / speed + stops
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Hours, Positive, PositiveHours, Share
from plantsim.unitops.liquid import asked, became
from plantsim.unitops.minor_stops import stopped
from plantsim.unitops.model import Operation
from plantsim.unitops.phases import Phase, drawn, gained
from plantsim.unitops.underway import forgotten


def out_of_limits(tolerance: float, rsd: float) -> float:
    """The share of fills that are further from the mean than a tolerance; both relative to the mean.

    >>> round(out_of_limits(0.02, 0.01), 4)
    0.0455
    """
    return 2.0 * NormalDist().cdf(-tolerance / rsd) if rsd > 0.0 else 0.0


class Filling(Operation):
    """Filling of all of a charge into vials; what is in good ones goes on."""

    fill: Annotated[Positive, Field(description="of a vial [mL]")] = 10.0
    speed: Annotated[Positive, Field(description="of the line [vials/min]")] = 200.0
    rsd: Annotated[float, Field(ge=0.0, lt=1.0, description="relative standard deviation of a fill")] = 0.005
    tolerance: Annotated[Positive, Field(description="of a fill, relative; beyond it a vial is rejected")] = 0.02
    rejects: Annotated[Share, Field(description="of vials, for other reasons such as stoppers")] = 0.005
    lost: Annotated[float, Field(ge=0.0, description="in the tubes at the end [L]")] = 0.0
    every: Annotated[PositiveHours | None, Field(description="time between minor stops, on average; none: none")] = None
    stop: Annotated[Hours, Field(description="how long one of them is, on average")] = 0.05
    air: Annotated[float, Field(ge=0.0, description="compressed, drawn while it runs [kg/h]")] = 0.0
    power: Annotated[float, Field(ge=0.0, description="drawn while it runs [kW]")] = 0.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 48.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Fill a charge; it is told how many vials are good, and how far their fills spread."""
        begun, over = asked(charge, "a filling", "filling hours", "bulk over", missing=0.0)
        volume = charge.volume * over if over else charge.volume
        if self.lost >= volume:
            raise ValueError(f"a filling of {volume:g} L loses all of it in tubes that hold {self.lost:g} L")
        bad = 1.0 - (1.0 - self.rejects) * (1.0 - out_of_limits(self.tolerance, self.rsd))
        vials = (volume - self.lost) * 1000.0 / self.fill
        run = vials / self.speed / 60.0
        held = stopped(run, self.every, self.stop, draw) if self.every is not None else 0.0
        phases = [Phase(run + held, {"litres": -(volume - self.lost) * bad}, {"power": self.power, "air": self.air})]
        hours = max(0.0, min(run + held, self.at_most) - begun)

        def profile(after: float) -> Charge:
            now = begun + min(after, hours)
            litres = volume + gained(phases, now)["litres"] - (self.lost if now >= run + held else 0.0)
            return became(charge, litres, {}, filling_hours=now, bulk_over=volume / litres)

        late = "the last vial" if run + held > self.at_most else ""
        end = forgotten(profile(hours), "filling hours", "bulk over")
        told = {"vials": vials, "good vials": vials * (1.0 - bad), "fill rsd": self.rsd, "stopped": held}
        return Outcome(hours, end, told, drawn(phases, begun, begun + hours), profile, late)

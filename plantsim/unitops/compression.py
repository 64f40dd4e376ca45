"""Compression of tablets: how fast a press makes them, how even and how hard they are.

    tablets an hour = stations x turns an hour x tablets a station, less minor stops
    Heckel                 ln(1 / (1 - D)) = P / Py + A              D: solid fraction, P: pressure [MPa]
    Kawakita               P / C = P / a + 1 / (a b)                 C: by how much of its volume powder shrinks
    Ryshkewitch, Duckworth sigma = sigma0 e^(-b (1 - D))             F = sigma pi d t / 2 breaks a flat tablet across
    weight                 RSD^2 = least^2 + (k (H - 1) v)^2         H: Hausner ratio of the granules, v: turns a minute

The deviation of contents is that of the blend and that of the weight: RSD^2 = RSD_blend^2 + RSD_weight^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, hypot, inf, pi
from statistics import NormalDist
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Count, Kilowatts, PerHour, Positive, PositiveHours, PositiveKilograms, PositiveMetres, Share
from plantsim.unitops.dosage_units import acceptance_value
from plantsim.unitops.minor_stops import stopped
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import at_a_pace, forgotten, remembered, sound, told

MADE, PACE = "share compressed", "pace of the press"


def heckel(pressure: float, yield_pressure: float, first: float) -> float:
    """Solid fraction under a pressure [MPa], by Heckel."""
    return 1.0 - exp(-(pressure / yield_pressure + first))


def kawakita(pressure: float, a: float, b: float) -> float:
    """By what share of its volume powder shrinks under a pressure [MPa], by Kawakita; at most by a."""
    return a * b * pressure / (1.0 + b * pressure)


def breaking_force(strength: float, diameter: float, thickness: float) -> float:
    """The force [N] that breaks a flat tablet across, from its tensile strength [MPa], diameter and thickness [m].

    >>> round(breaking_force(1.6, 0.0061, 0.0034), 1)
    52.1
    """
    return strength * 1e6 * pi * diameter * thickness / 2.0


class Compression(Operation):
    """Compression of granules to tablets on a rotary press."""

    tablet: Annotated[PositiveKilograms, Field(description="weight of a tablet")]
    stations: Annotated[Count, Field(description="of the turret")] = 40
    per_station: Annotated[Count, Field(description="tablets that a station makes in a turn")] = 1
    speed: Annotated[PerHour, Field(description="turns of the turret")] = 3000.0
    stopped: Annotated[Share, Field(description="share of the time that minor stops take, if they are not drawn")] = 0.0
    stops_every: Annotated[PositiveHours | None, Field(description="run between minor stops; none: not drawn")] = None
    stops_last: Annotated[PositiveHours, Field(description="each on average, with the time until somebody comes")] = (
        0.07
    )
    pressure: Annotated[Positive, Field(description="of the main compression [MPa]")] = 150.0
    yield_pressure: Annotated[Positive, Field(description="Heckel's Py [MPa]")] = 120.0
    first_density: Annotated[Positive, Field(description="Heckel's A")] = 0.6
    strongest: Annotated[Positive, Field(description="tensile strength of a tablet without pores [MPa]")] = 8.0
    pores: Annotated[Positive, Field(description="by which strength falls with the share of pores, b")] = 11.0
    true_density: Annotated[Positive, Field(description="of the solid [kg/m3]")] = 1500.0
    diameter: Annotated[PositiveMetres, Field(description="of a tablet, taken as flat")] = 0.0061
    least_rsd: Annotated[Share, Field(description="relative standard deviation of weight of what flows freely")] = 0.008
    unevenness: Annotated[Share, Field(description="k: more of it by poor flow, for a turn a minute")] = 0.0003
    hausner: Annotated[Positive, Field(description="ratio of granules that do not tell their own")] = 1.25
    weight_limit: Annotated[Share, Field(description="by which a tablet may be off, or is rejected")] = 0.05
    rejects: Annotated[Share, Field(description="share rejected for other faults")] = 0.0
    power: Annotated[Kilowatts, Field(description="of the press and its dust extraction")] = 7.5
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 72.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Compress a charge; its quality may tell `blend rsd`, `assay` and `hausner ratio`."""
        sound(charge, empty=False)
        made = min(1.0, remembered(charge, MADE))
        tablets = self.tablets(charge.quality)
        lost = tablets.pop("rejected")
        whole = charge.mass / (1.0 - lost * made)
        run = whole / self.tablet / self.rate
        pace = remembered(charge, PACE) or run / (run + self._stops(run, draw))
        hours, share = at_a_pace(made, run / pace, self.at_most)

        def profile(after: float) -> Charge:
            now = share(after)
            mass = whole * (1.0 - lost * now)
            return told(charge.but(mass=mass), {MADE: now, PACE: pace, **tablets})

        draws = {"power": ((0.0, self.power),)} if hours else {}
        late = "compression" if share(inf) < 1.0 else ""
        return Outcome(hours, forgotten(profile(hours), MADE, PACE), {"rejected": lost}, draws, profile, late)

    @property
    def rate(self) -> float:
        """Tablets an hour while it runs."""
        return self.stations * self.per_station * self.speed

    def weight_rsd(self, hausner: float) -> float:
        """Relative standard deviation of weight, of granules of a Hausner ratio.

        Raises:
            ValueError: if the ratio is below 1.
        """
        if hausner < 1.0:
            raise ValueError(f"a Hausner ratio is at least 1, got {hausner:g}")
        return hypot(self.least_rsd, self.unevenness * (hausner - 1.0) * self.speed / 60.0)

    def tablets(self, quality: Mapping[str, float]) -> dict[str, float]:
        """What tablets are like that are made of granules of a quality, and what share of them is rejected."""
        weight = self.weight_rsd(quality.get("hausner ratio", self.hausner))
        content, assay = hypot(weight, quality.get("blend rsd", 0.0)), quality.get("assay", 1.0)
        off = 2.0 * NormalDist().cdf(-self.weight_limit / weight) if weight > 0.0 else 0.0
        density = heckel(self.pressure, self.yield_pressure, self.first_density)
        strength = self.strongest * exp(-self.pores * (1.0 - density))
        thickness = self.tablet / (self.true_density * density * pi * self.diameter**2 / 4.0)
        return {
            "weight rsd": weight,
            "content rsd": content,
            "acceptance value": acceptance_value(100.0 * assay, 100.0 * assay * content),
            "solid fraction": density,
            "tensile strength": strength,
            "hardness": breaking_force(strength, self.diameter, thickness),
            "rejected": 1.0 - (1.0 - off) * (1.0 - self.rejects),
        }

    def _stops(self, run: float, draw: Draw) -> float:
        """How long [h] it stops in a run [h]."""
        if self.stops_every is not None:
            return stopped(run, self.stops_every, self.stops_last, draw)
        if self.stopped >= 1.0:
            raise ValueError("a press that always stops makes no tablets; make 'stopped' less than 1")
        return run * self.stopped / (1.0 - self.stopped)

"""A fed batch of animal cells with their metabolites and the oxygen that they breathe.

    mu = mumax G/(Kg+G) Q/(Kq+Q) KIl/(KIl+L) KIa/(KIa+A) O/(Ko+O)      mud = mudmax A^2 / (A^2 + Kda^2)
    qG = mu/Yxg + mg       qQ = mu/Yxq + a1 Q/(a2+Q)       qL = Ylg qG       qA = Yaq qQ

Cells in 1e6/mL (1e9 a litre), glucose G, glutamine Q, lactate L and ammonia A in mmol/L, product in g/L.  Glutamine
decays to ammonia.  Oxygen turns over in seconds and cells in hours, so it is held at a set-point or, beyond what the
sparger gives, stands where qO X O/(Ko+O) = kLa (O* - O).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, sqrt
from typing import Annotated, ClassVar

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Hours, Positive, PositiveHours, Share
from plantsim.unitops.liquid import asked, became, flow
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path, Slope
from plantsim.unitops.underway import brought, forgotten, told

OXYGEN = 32e-6  # kg/mmol
BREATHES = 460e-6  # MJ/mmol of oxygen: the heat of respiration
PIECES = 48  # in which the draws are told
TOTALS = ("cells", "dead", "glucose", "glutamine", "lactate", "ammonia", "titre")


class CellCulture(Operation):
    """A fed batch of animal cells, for a time, until a titre, or until so few of them live."""

    brings: ClassVar[bool] = True
    lasts: Annotated[PositiveHours, Field(description="time after which it is harvested at the latest")] = 336.0
    until: Annotated[Positive | None, Field(description="titre at which it is harvested [g/L]; none: by time")] = None
    viability: Annotated[Share, Field(description="share of living cells at which it is harvested")] = 0.0
    feed: Annotated[float, Field(ge=0.0, description="flow of the feed [L/h]")] = 0.0
    feed_from: Annotated[Hours, Field(description="when that begins")] = 72.0
    feeds: Annotated[
        tuple[tuple[float, float], ...],
        Field(description="in its place: hour and flow [L/h] from then on, as often as it changes"),
    ] = ()
    feed_glucose: Annotated[float, Field(ge=0.0, description="in the feed [mmol/L]")] = 1000.0
    feed_glutamine: Annotated[float, Field(ge=0.0, description="in the feed [mmol/L]")] = 100.0
    growth: Annotated[Positive, Field(description="largest specific growth rate [1/h]")] = 0.04
    half_glucose: Annotated[Positive, Field(description="at which growth is half of that [mmol/L]")] = 0.75
    half_glutamine: Annotated[Positive, Field(description="at which growth is half of that [mmol/L]")] = 0.075
    half_lactate: Annotated[Positive, Field(description="that halves the growth [mmol/L]")] = 171.76
    half_ammonia: Annotated[Positive, Field(description="that halves the growth [mmol/L]")] = 28.48
    death: Annotated[float, Field(ge=0.0, description="largest specific death rate [1/h]")] = 0.01
    deadly_ammonia: Annotated[Positive, Field(description="at which death is half of that [mmol/L]")] = 10.0
    cells_on_glucose: Annotated[Positive, Field(description="yield [1e9 cells/mmol]")] = 0.26
    cells_on_glutamine: Annotated[Positive, Field(description="yield [1e9 cells/mmol]")] = 0.8
    upkeep: Annotated[float, Field(ge=0.0, description="glucose for maintenance [mmol/h/1e9 cells]")] = 4.9e-5
    upkeep_glutamine: Annotated[
        tuple[float, float],
        Field(description="largest for maintenance; where it is half [mmol/h/1e9 cells; mmol/L]"),
    ] = (3.4e-4, 4.0)
    lactate_on: Annotated[float, Field(ge=0.0, le=2.0, description="lactate from glucose [mol/mol]")] = 0.5
    ammonia_on: Annotated[float, Field(ge=0.0, le=2.0, description="ammonia from glutamine [mol/mol]")] = 0.45
    decay: Annotated[float, Field(ge=0.0, description="of glutamine to ammonia [1/h]")] = 1e-3
    product: Annotated[float, Field(ge=0.0, description="made by a cell [pg/h]")] = 0.8
    breath: Annotated[float, Field(ge=0.0, description="oxygen for a cell [pmol/h]")] = 0.3
    kla: Annotated[Positive, Field(description="of the sparger [1/h]")] = 15.0
    saturated: Annotated[Positive, Field(description="oxygen at saturation with what is sparged [mmol/L]")] = 1.0
    oxygen: Annotated[Positive, Field(description="dissolved, at its set-point [mmol/L]")] = 0.08
    half_oxygen: Annotated[Positive, Field(description="at which growth is half [mmol/L]")] = 0.005
    power: Annotated[float, Field(ge=0.0, description="of the agitator [kW/m3]")] = 0.02
    smothered: Annotated[float, Field(ge=0.0, description="death in a halt, once no oxygen is left [1/h]")] = 0.0
    chilled_by: Annotated[Positive, Field(description="by which chilled water warms up [K]")] = 5.0

    @property
    def reads(self) -> tuple[str, ...]:
        """A charge must tell its cells, glucose and glutamine."""
        return ("cells", "glucose", "glutamine")

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Cultivate a charge; its quality tells cells [1e6/mL], glucose and glutamine [mmol/L]."""
        asked(charge, "a cell culture", *self.reads)
        had = asked(charge, "a cell culture", *TOTALS, missing=0.0)
        if had[0] <= 0.0:
            raise ValueError("a cell culture needs living cells, got 0")
        begun, volume = charge.quality.get("culture hours", 0.0), charge.volume
        path = Path([*(number * volume for number in had), volume, 0.0])
        reached = self._grow(path, begun)

        def profile(hours: float) -> Charge:
            *totals, litres, _ = path.at(hours)
            now = {word: max(0.0, total / litres) for word, total in zip(TOTALS, totals, strict=True)}
            now["viability"] = now["cells"] / (now["cells"] + now["dead"])
            return became(charge, litres, now, culture_hours=begun + min(hours, path.hours))

        late = f"titre {self.until:g} g/L" if self.until is not None and reached != 0 else ""
        end = forgotten(profile(path.hours), "culture hours")
        return Outcome(path.hours, end, {}, self._draws(path, begun), profile, late, added=brought(charge, end))

    @property
    def idles(self) -> bool:
        """Whether a halt does anything: nothing is sparged then."""
        return bool(self.smothered) or super().idles

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: once their oxygen is gone, cells die; glutamine decays to ammonia."""
        now = super().rested(charge, hours)
        cells, glutamine = now.quality["cells"], now.quality["glutamine"]
        breath = self.breath * cells  # mmol/L/h
        live = cells * exp(-self.smothered * max(0.0, hours - (self.oxygen / breath if breath else hours)))
        gone = glutamine * (1.0 - exp(-self.decay * hours))
        dead, ammonia = now.quality.get("dead", 0.0) + cells - live, now.quality.get("ammonia", 0.0) + gone
        left = {"cells": live, "dead": dead, "viability": live / (live + dead), "glutamine": glutamine - gone}
        return told(now, {**left, "ammonia": ammonia})

    def _grow(self, path: Path, begun: float) -> int:
        """Go on from corner to corner of the feed to an end point; give which, or -1 for the time."""
        goal, least = self.until, self.viability
        ends = [
            lambda _, s: 1.0 if goal is None else (goal * s[7] - s[6]) / s[7],
            lambda _, s: s[0] / (s[0] + s[1]) - least,
        ]
        corners = [at for at, _ in self._feeds if begun < at < self.lasts]
        for begin, end in pairwise([begun, *corners, max(begun, self.lasts)]):
            rate = self.fed(begin)
            reached = path.follow(self._slope(rate), end - begun, ends, 1e-10)
            if reached >= 0:
                return reached
        return -1

    @property
    def _feeds(self) -> tuple[tuple[float, float], ...]:
        return tuple(sorted(self.feeds)) or ((self.feed_from, self.feed),)

    def fed(self, hours: float) -> float:
        """The flow of the feed [L/h] at an hour of the culture."""
        return next((rate for at, rate in reversed(self._feeds) if at <= hours), 0.0)

    def _slope(self, feed: float) -> Slope:
        glucose, glutamine = feed * self.feed_glucose, feed * self.feed_glutamine
        lactate_on, ammonia_on, decays, rates = self.lactate_on, self.ammonia_on, self.decay, self._rates()
        product = self.product * 1e-3  # pg a cell are mg of 1e9 cells

        def slope(_: float, state: Sequence[float]) -> tuple[float, ...]:
            x, _dead, g, q, lactate, a, _titre, v, _oxygen = state
            x, g, q = x if x > 0.0 else 0.0, g if g > 0.0 else 0.0, q if q > 0.0 else 0.0  # quicker than max
            lactate, a = lactate if lactate > 0.0 else 0.0, a if a > 0.0 else 0.0
            breath, mu, mud, qg, qq = rates(x / v, g / v, q / v, lactate / v, a / v)
            decay, eaten, lost = decays * q, qg * x, mud * x
            made = glutamine - qq * x - decay
            return (mu * x - lost, lost, glucose - eaten, made, lactate_on * eaten, ammonia_on * qq * x + decay,
                    product * x, feed, breath * x)  # fmt: skip

        return slope

    def _rates(self) -> Callable[[float, float, float, float, float], tuple[float, float, float, float, float]]:
        """Of cells, glucose, glutamine, lactate and ammonia a litre, for 1e9 cells and an hour: mmol of oxygen, growth,
        death, mmol of glucose and of glutamine.
        """  # fmt: skip
        half_glucose, half_glutamine, half_oxygen = self.half_glucose, self.half_glutamine, self.half_oxygen
        half_lactate, half_ammonia = self.half_lactate, self.half_ammonia
        growth, most_death, deadly = self.growth * half_lactate * half_ammonia, self.death, self.deadly_ammonia**2
        on_glucose, on_glutamine, upkeep = self.cells_on_glucose, self.cells_on_glutamine, self.upkeep
        (most, half), breath, breathing = self.upkeep_glutamine, self.breath, self.breathing

        def rates(x: float, g: float, q: float, lactate: float, a: float) -> tuple[float, float, float, float, float]:
            air = breathing(x)
            share = air / (half_oxygen + air)
            mu = growth * share * g / (half_glucose + g) * q / (half_glutamine + q)
            mu /= (half_lactate + lactate) * (half_ammonia + a)
            mud = most_death * a * a / (a * a + deadly) if a else 0.0
            eats = mu / on_glucose + upkeep * g / (g + 0.01)  # nothing is taken of what is not there
            return breath * share, mu, mud, eats, mu / on_glutamine + most * q / (half + q)

        return rates

    def breathing(self, cells: float) -> float:
        """The dissolved oxygen [mmol/L] among so many cells [1e6/mL]: the set-point, or what the sparger can hold."""
        demand = self.breath * cells / self.kla
        half = (self.half_oxygen + demand - self.saturated) / 2.0
        root = sqrt(half * half + self.half_oxygen * self.saturated)
        most = self.half_oxygen * self.saturated / (root + half) if half > 0.0 else root - half
        return min(self.oxygen, most)

    def _draws(self, path: Path, begun: float) -> dict[str, Flow]:
        """Oxygen [kg/h], feed [L/h], power [kW] and chilled water [kg/h], as even over each piece as it lasts."""
        if not path.hours:
            return {}
        hours = [path.hours * k / PIECES for k in range(PIECES + 1)]
        corners = [at - begun for at, _ in self._feeds if begun < at < begun + path.hours]
        hours = sorted({*hours, *corners})
        states = [path.at(at) for at in hours]
        gas, litres = [state[8] for state in states], [state[7] for state in states]
        work, heat = [0.0], [0.0]
        for (at, then), (before, after) in zip(pairwise(hours), pairwise(range(len(hours))), strict=True):
            done = self.power * 1e-3 * (litres[before] + litres[after]) / 2.0 * (then - at)  # kWh; the volume is linear
            work.append(work[-1] + done)
            heat.append(heat[-1] + (gas[after] - gas[before]) * BREATHES + done * 3.6)
        found = {
            "oxygen": flow(hours, [each * OXYGEN for each in gas]),
            "feed": flow(hours, litres),
            "power": flow(hours, work),
            "chilled water": flow(hours, [each * 1000.0 / (4.187 * self.chilled_by) for each in heat]),
        }
        return {name: rates for name, rates in found.items() if any(rate for _, rate in rates)}

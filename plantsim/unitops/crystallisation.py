"""Cooling crystallisation by moments: seeds grow, new crystals form, and the liquor gives what they gain.

    d mu_0 / dt = B        d mu_j / dt = j G mu_(j-1)        C = C0 - rho kv mu_3        S = (C - C*) / C*
    G = kg exp(-E / R T) S^g        B = kp S^p + kb S^b kv mu_3        T = T0 - (T0 - T1) (t / tc)^n

Moments of seeds and of new crystals are followed apart, a volume of suspension; C* is a polynomial of the temperature.
In here lengths are in units of 100 um, so that all moments are of one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Celsius, Hours, Positive, PositiveHours, PositiveShare, Share
from plantsim.unitops.duties import averaged, drawn, pieces
from plantsim.unitops.idle import Warmth
from plantsim.unitops.model import Operation
from plantsim.unitops.ode import Path, Slope, State
from plantsim.unitops.underway import SO_FAR, forgotten, share_of, sound, told

GAS = 8.314462618  # J/mol/K
UNIT = 100.0  # um
PER_UNIT_CUBE = UNIT**3 * 1e-12  # mL
FROM = "cooled from"
MEMORY = (FROM, *[f"{kind} moment {j}" for kind in ("seed", "new") for j in range(5)])


def crystals(feed: float, fraction: float, solubility: float, share: float = 1.0, evaporated: float = 0.0) -> float:
    """Mass of crystals [kg] from a feed [kg] of a mass fraction of solute, once it is at equilibrium.

    Solubility [kg for each kg of solvent]; share of the crystal that is solute, below 1 for a hydrate; solvent that has
    evaporated [kg].

    >>> crystals(100.0, 0.5, 0.25)
    37.5

    Raises:
        ValueError: if a hydrate would bind more solvent than there is.
    """
    solvent = feed * (1.0 - fraction) - evaporated
    spare = share - solubility * (1.0 - share)
    if solvent < 0.0 or spare <= 0.0:
        raise ValueError("there is not enough solvent for such crystals")
    return max(0.0, (feed * fraction - solubility * solvent) / spare)


class Crystallisation(Operation):
    """Cooling crystallisation with seeds, growth and nucleation, along a curve of cooling."""

    solute: Annotated[str, Field(description="the component that crystallises")]
    until: Annotated[Celsius, Field(description="temperature to which it is cooled")]
    cooling: Annotated[PositiveHours, Field(description="time of cooling")]
    curve: Annotated[Positive, Field(description="power of time in the cooling; 1: linear, 3: slow at first")] = 1.0
    hold: Annotated[Hours, Field(description="least time at the end of cooling")] = 0.0
    supersaturation: Annotated[PositiveShare | None, Field(description="at which it ends; none: with the hold")] = None
    solubility: Annotated[tuple[float, ...], Field(min_length=1, description="polynomial of degC [g/L]")] = (40.0, 2.0)
    density: Annotated[Positive, Field(description="of the crystals [kg/m3]")] = 1300.0
    shape: Annotated[Positive, Field(description="volume of a crystal over its length cubed")] = 0.52
    growth: Annotated[Positive, Field(description="kg, of a crystal's length [um/h]")] = 1000.0
    growth_power: Annotated[Positive, Field(description="g, of the supersaturation")] = 1.3
    growth_energy: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="of activation [J/mol]")] = 0.0
    primary: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="kp, new crystals [1/mL/h]")] = 0.0
    primary_power: Annotated[Positive, Field(description="p, of the supersaturation")] = 3.0
    secondary: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="kb, new crystals [1/mL/h]")] = 1e8
    secondary_power: Annotated[Positive, Field(description="b, of the supersaturation")] = 1.8
    seed: Annotated[Share, Field(description="of the solute that is put in as crystals")] = 0.02
    seed_size: Annotated[Positive, Field(description="length of a seed [um]")] = 50.0
    heat: Annotated[Positive, Field(description="heat capacity of the suspension [kJ/kg/K]")] = 2.5
    crystal_heat: Annotated[float, Field(allow_inf_nan=False, description="that crystals release [kJ/kg]")] = 100.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 72.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Crystallise a charge; its composition tells the solute, and its volume is needed."""
        if sound(charge).mass <= 0.0 or charge.volume <= 0.0:
            raise ValueError("a crystallisation needs the mass and volume of the charge")
        memory = charge.quality if SO_FAR in charge.quality else {}
        passed, first = memory.get(SO_FAR, 0.0), memory.get(FROM, charge.temperature)
        total = 1000.0 * share_of(charge, self.solute) * charge.mass / charge.volume  # g/L
        path, limit = Path(self._start(memory, total)), max(0.0, self.at_most - passed)
        late = self._grow(path, total, first, passed, limit)

        def profile(hours: float) -> Charge:
            moments, worked = path.at(hours), passed + min(hours, path.hours)
            numbers = dict(zip(MEMORY, (first, *moments), strict=True))
            now = self._seen(charge, moments).but(temperature=self.programme(first, worked))
            return told(now, {SO_FAR: worked, **numbers})

        done, said = forgotten(profile(path.hours), *MEMORY), {}
        if total > 0.0:
            said["yield"] = self._solid(path.last) / total
        return Outcome(path.hours, done, said, self._draws(charge, path, first, passed), profile, late)

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt does: crystals grow on as it goes to the room; the cooling goes on from where it is as warm."""
        now, warm = super().rested(charge, hours), self.warmth(charge)
        if self.halt.half is None or SO_FAR not in charge.quality:
            return now
        memory, path = charge.quality, Path(self._start(charge.quality, 0.0))
        total = 1000.0 * share_of(charge, self.solute) * charge.mass / charge.volume
        path.follow(self._slope(total, warm), hours)
        first, passed = memory[FROM], memory[SO_FAR]
        numbers = dict(zip(MEMORY, (first, *path.last), strict=True))
        if passed < self.cooling or now.temperature > self.until:
            numbers[SO_FAR] = self.when(first, now.temperature)
        return told(self._seen(now, path.last), numbers)

    def when(self, first: float, celsius: float) -> float:
        """The hour of the cooling at which it is as warm as this."""
        if first <= self.until:
            return self.cooling
        part = min(1.0, max(0.0, (first - celsius) / (first - self.until)))
        return float(self.cooling * part ** (1.0 / self.curve))

    def programme(self, first: float, hours: float) -> float:
        """The temperature [°C] so long after the begin at a first one."""
        part: float = min(1.0, hours / self.cooling) ** self.curve
        return first - (first - self.until) * part

    def saturated(self, celsius: float) -> float:
        """Solubility [g/L]."""
        return max(1e-9, sum([c * celsius**k for k, c in enumerate(self.solubility)]))

    def _start(self, memory: Mapping[str, float], total: float) -> list[float]:
        """Moments of seeds and of new crystals, 0 to 4 each."""
        if MEMORY[1] in memory:
            return [memory[name] for name in MEMORY[1:]]
        third, size = self.seed * total / (self.density * self.shape), self.seed_size / UNIT
        return [*[third * size ** (j - 3) for j in range(5)], *[0.0] * 5]

    def _solid(self, moments: State) -> float:
        """Crystals [g/L]."""
        return self.density * self.shape * (moments[3] + moments[8])

    def _excess(self, moments: State, total: float, celsius: float) -> float:
        """Supersaturation, over the solubility."""
        least = self.saturated(celsius)
        return (total - self._solid(moments) - least) / least

    def _slope(self, total: float, warm: Warmth) -> Slope:
        """How the moments change with so much solute [g/L], along a temperature."""

        def slope(hours: float, y: State) -> Sequence[float]:
            celsius = warm(hours)
            excess = max(0.0, self._excess(y, total, celsius))
            pace = exp(-self.growth_energy / (GAS * (celsius + 273.15)))
            speed = self.growth / UNIT * pace * excess**self.growth_power
            birth = self.secondary * excess**self.secondary_power * self.shape * (y[3] + y[8])
            birth = (birth + self.primary * excess**self.primary_power) * PER_UNIT_CUBE
            seeds = [j * speed * y[j - 1] for j in range(1, 5)]
            return 0.0, *seeds, birth, *[j * speed * y[4 + j] for j in range(1, 5)]

        return slope

    def _grow(self, path: Path, total: float, first: float, passed: float, limit: float) -> str:
        """Follow the crystals to the end; what is not reached, or ''."""
        slope = self._slope(total, lambda hours: self.programme(first, passed + hours))
        path.follow(slope, min(self.cooling - passed, limit))
        path.follow(slope, min(self.cooling + self.hold - passed, limit))
        if self.cooling + self.hold - passed > limit:
            return f"cooled to {self.until:g} degC" if self.cooling - passed > limit else "hold"
        goal = self.supersaturation
        if goal is None:
            return ""
        end = path.follow(slope, limit, [lambda _, y: self._excess(y, total, self.until) - goal])
        return f"supersaturation {goal:g}" if end == -1 else ""

    def _seen(self, charge: Charge, y: State) -> Charge:
        """The charge with what can be measured of its crystals."""
        mu = [y[j] + y[5 + j] for j in range(5)]
        if mu[3] <= 1e-15:
            return charge.but(solids=0.0, d43=0.0, d50=0.0, cv=0.0, fines=0.0)
        spread = sqrt(max(0.0, mu[0] * mu[2] / mu[1] ** 2 - 1.0))
        solids = self._solid(y) * charge.volume / charge.mass / 1000.0
        mean = UNIT * mu[4] / mu[3]
        median = mean * 1e-6 / sqrt(1.0 + spread**2)  # of mass, in m, if the lengths are lognormal
        return charge.but(solids=solids, d43=mean, d50=median, cv=spread, fines=y[8] / mu[3])

    def _draws(self, charge: Charge, path: Path, first: float, passed: float) -> dict[str, Flow]:
        """Glycol that takes the heat of cooling and of the crystals."""

        def taken(hours: float) -> float:
            cooled = first - self.programme(first, passed + hours)
            formed = self._solid(path.at(hours)) * charge.volume / 1000.0  # kg
            return drawn("glycol", charge.mass * self.heat * cooled + self.crystal_heat * formed)

        flow = averaged(pieces(path.times), taken)
        return {"glycol": flow} if any(rate > 0.0 for _, rate in flow) else {}

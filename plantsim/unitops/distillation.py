"""Distillation and swap of a solvent, by relative volatilities and the heat that the jacket brings.

    Rayleigh            dn_i / dn_j = (a_i n_i) / (a_j n_j), so n_i = n_i0 exp(-a_i u)      vapour = sum_i n_i0 - n_i
    at constant level   n_i = n_i0 exp(-a_i u), the new solvent takes their place          vapour = int sum_i a_i n_i du
    boil-up             V = U A (Tj - Tb) / r        before: heated, m c dT/dt = U A (Tj - T)

n: mass of a component, a: its relative volatility, 0 for what stays; u: a measure of progress.  Mole and mass fractions
follow the same law.  Put and take: boiled down to a share of the level, filled up with new solvent, again and again.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from math import exp, log
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.schema import Celsius, KilogramsPerHour, Positive, PositiveHours, PositiveShare, Share, SquareMetres
from plantsim.unitops.duties import drawn
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import SO_FAR, amounts, brought, forgotten, recomposed, share_of, sound, told

LEVEL, FILLING = "level", "filling"  # mass when full over mass now; whether it is being filled
FAR = 200.0  # a measure of progress at which nothing volatile is left
Stretch: TypeAlias = tuple[float, float, str, dict[str, float]]  # from, to [h], what is done, components [kg] at first


def rayleigh(alpha: float, moles: float, first: float, last: float) -> tuple[float, float]:
    """What is left of so many moles from a first mole fraction of the lighter down to a last, and the distillate's.

    ln(L0 / L) = 1 / (a - 1) [ln(x0 / x) + a ln((1 - x) / (1 - x0))]

    >>> left, share = rayleigh(2.9, 100.0, 0.6, 0.1)
    >>> round(left, 1), round(share, 2)
    (11.3, 0.66)
    """
    left = moles * exp(-(log(first / last) + alpha * log((1.0 - last) / (1.0 - first))) / (alpha - 1.0))
    return left, (moles * first - left * last) / (moles - left)


def boiled(parts: Mapping[str, float], volatility: Mapping[str, float], u: float) -> dict[str, float]:
    """What is left of each component [kg] at a measure of progress."""
    return {name: mass * exp(-volatility.get(name, 0.0) * u) for name, mass in parts.items()}


def replaced(
    parts: Mapping[str, float], volatility: Mapping[str, float], new: str, u: float
) -> tuple[dict[str, float], float]:
    """The components at constant level [kg], and the vapour so far [kg]."""
    left = {n: m * exp(-volatility.get(n, 0.0) * u) for n, m in parts.items() if n != new}
    gone = sum(parts.values()) - parts.get(new, 0.0) - sum(left.values())
    speed = volatility[new]
    vapour = speed * (sum(parts.values())) * u
    for name, mass in parts.items():
        if name != new:  # a_i n_i of its own, and what it keeps the new solvent from
            a = volatility.get(name, 0.0)
            whole = (1.0 - exp(-a * u)) / a if a > 0.0 else u
            vapour += (a - speed) * mass * whole
    return {**left, new: parts.get(new, 0.0) + gone}, vapour


def _volatile(volatility: dict[str, float]) -> dict[str, float]:
    if not any(volatility.values()):
        raise ValueError("needs a component that is volatile, such as {methanol: 2.5, water: 1}")
    return volatility


class Boiler(Operation):
    """A vessel that boils by its jacket: what the operations below have in common."""

    removes: Annotated[str, Field(description="the component that has to go")]
    until: Annotated[Share, Field(description="mass fraction of it at which it stops")]
    volatility: Annotated[
        dict[str, Annotated[float, Field(ge=0.0, allow_inf_nan=False)]],
        AfterValidator(_volatile),
        Field(description="component: relative volatility; what is not named stays"),
    ]
    boils_at: Annotated[Celsius, Field(description="temperature at which it boils")] = 65.0
    jacket: Annotated[Celsius, Field(description="temperature of the jacket")] = 110.0
    area: Annotated[SquareMetres, Field(description="of the jacket")] = 6.0
    transfer: Annotated[Positive, Field(description="U, through the wall [W/m2/K]")] = 300.0
    evaporation: Annotated[Positive, Field(description="heat of evaporation [kJ/kg]")] = 900.0
    heat: Annotated[Positive, Field(description="heat capacity of the charge [kJ/kg/K]")] = 2.5
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 72.0

    @property
    def wall(self) -> float:
        """U A [kJ/h/K]."""
        return self.transfer * self.area * 3.6

    @property
    def boilup(self) -> float:
        """Vapour [kg/h].

        Raises:
            ValueError: if the jacket is not hotter than what boils.
        """
        if self.jacket <= self.boils_at:
            raise ValueError(f"a jacket at {self.jacket:g} degC can't boil what boils at {self.boils_at:g} degC")
        return self.wall * (self.jacket - self.boils_at) / self.evaporation

    def warm_up(self, charge: Charge) -> float:
        """Time [h] to the boil."""
        if charge.temperature >= self.boils_at:
            return 0.0
        ratio = (self.jacket - charge.temperature) / (self.jacket - self.boils_at)
        return charge.mass * self.heat / self.wall * log(ratio)

    def warmed(self, charge: Charge, hours: float) -> float:
        """The temperature [°C] after so many hours of heating."""
        rest = (self.jacket - charge.temperature) * exp(-self.wall * hours / (charge.mass * self.heat))
        return self.jacket - rest

    @abstractmethod
    def course(self, parts: dict[str, float], charge: Charge) -> tuple[list[Stretch], bool]:
        """What happens one after the other once it boils, from 0 h on; whether the end point is reached."""

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Boil a charge; its composition tells what is volatile."""
        start, parts = share_of(sound(charge), self.removes), amounts(charge)
        if charge.mass <= 0.0:
            raise ValueError("there is nothing to boil in an empty vessel")
        passed, rate = charge.quality.get(SO_FAR, 0.0), self.boilup
        stretches, reached = list[Stretch](), True
        if start > self.until or charge.quality.get(FILLING, 0.0):
            heating = self.warm_up(charge)
            stretches, reached = self.course(parts, charge)
            stretches = [
                (0.0, heating, "heat", parts),
                *[(begin + heating, end + heating, kind, had) for begin, end, kind, had in stretches],
            ]
        whole, limit = stretches[-1][1] if stretches else 0.0, max(0.0, self.at_most - passed)
        hours = min(whole, limit) if reached else limit

        def profile(after: float) -> Charge:
            time = min(after, hours)
            return told(self._at(charge, stretches, time, rate), {SO_FAR: passed + time})

        late = "" if reached and whole <= limit else f"{self.removes} {self.until:g} kg/kg"
        draws = self._draws(charge, stretches, hours, rate)
        end = forgotten(profile(hours), LEVEL, FILLING)
        return Outcome(hours, end, {}, draws, profile, late, added=brought(charge, end))

    def _at(self, charge: Charge, stretches: list[Stretch], time: float, rate: float) -> Charge:
        """The charge at a time."""
        now = [each for each in stretches if each[0] <= time] or [(0.0, 0.0, "heat", amounts(charge))]
        begin, end, kind, had = now[-1]
        worked, hot = max(0.0, min(time, end) - begin), max(charge.temperature, self.boils_at)
        if kind == "heat":
            return charge.but(temperature=self.warmed(charge, worked) if worked else charge.temperature)
        return recomposed(charge, self.inside(kind, had, worked, rate), hot)

    def inside(self, kind: str, had: dict[str, float], worked: float, rate: float) -> dict[str, float]:
        """The components [kg] so long after the begin of a stretch."""
        total = sum(had.values())
        return boiled(had, self.volatility, solved(lambda u: total - _sum(had, self.volatility, u) - worked * rate))

    def _draws(self, charge: Charge, stretches: list[Stretch], hours: float, rate: float) -> dict[str, Flow]:
        """Steam for heating and boiling, chilled water for the condenser."""
        steam, chilled = list[tuple[float, float]](), list[tuple[float, float]]()
        for begin, end, kind, _ in stretches:
            if end <= begin or begin >= hours:
                continue
            boil = rate * self.evaporation if kind in ("boil", "swap") else 0.0
            last = min(end, hours)
            warm = charge.mass * self.heat * (self.warmed(charge, last) - charge.temperature) if kind == "heat" else 0.0
            steam.append((begin, drawn("steam", boil + warm / (last - begin))))
            chilled.append((begin, drawn("chilled water", boil)))
        if stretches and stretches[-1][1] < hours:
            steam.append((stretches[-1][1], 0.0))
            chilled.append((stretches[-1][1], 0.0))
        found = {"steam": tuple(steam), "chilled water": tuple(chilled)}
        return {name: flow for name, flow in found.items() if any(rate for _, rate in flow)}


class Distillation(Boiler):
    """Batch distillation without a column, until a component has gone to a fraction."""

    def course(self, parts: dict[str, float], charge: Charge) -> tuple[list[Stretch], bool]:
        """One stretch of boiling."""
        end = progress(lambda u: self._excess(parts, u))
        vapour = charge.mass - _sum(parts, self.volatility, FAR if end is None else end)
        return [(0.0, vapour / self.boilup, "boil", parts)], end is not None

    def _excess(self, parts: dict[str, float], u: float) -> float:
        left = boiled(parts, self.volatility, u)
        total = sum(left.values())
        return self.until - left[self.removes] / total if total > 0.0 else 0.0


class SolventSwap(Boiler):
    """A solvent is boiled off and another takes its place, at constant level or by put and take."""

    brings: ClassVar[bool] = True
    new: Annotated[str, Field(description="the solvent that comes in, at its boiling point")]
    way: Annotated[Literal["constant level", "put and take"], Field(description="how it comes in")] = "constant level"
    down_to: Annotated[
        PositiveShare, Field(description="of put and take: share of the mass to which it boils down")
    ] = 0.4
    filling: Annotated[KilogramsPerHour, Field(description="rate at which the vessel is filled up")] = 1000.0

    def course(self, parts: dict[str, float], charge: Charge) -> tuple[list[Stretch], bool]:
        """One stretch at constant level, or boiling and filling by turns."""
        if self.new == self.removes:
            raise ValueError(f"{self.new} can't be swapped for itself")
        if self.way == "put and take":
            return self._turns(parts, charge)
        volatility = {self.new: 0.0, **self.volatility}

        def excess(u: float) -> float:
            return self.until - replaced(parts, volatility, self.new, u)[0][self.removes] / charge.mass

        end = progress(excess)
        vapour = replaced(parts, volatility, self.new, FAR if end is None else end)[1]
        return [(0.0, vapour / self.boilup, "swap", parts)], end is not None

    def _turns(self, parts: dict[str, float], charge: Charge) -> tuple[list[Stretch], bool]:
        level = charge.mass * charge.quality.get(LEVEL, 1.0)
        rate, time, found = self.boilup, 0.0, list[Stretch]()
        filling, low = charge.quality.get(FILLING, 0.0) > 0.0, self.down_to * level
        while time < self.at_most:
            mass = sum(parts.values())
            if not filling and mass - low > sum([m for n, m in parts.items() if self.volatility.get(n)]) + 1e-9 * level:
                return found or [(0.0, 0.0, "boil", parts)], False  # it would be dry before
            lasts = (level - mass) / self.filling if filling else max(0.0, mass - low) / rate
            kind = "fill" if filling else "boil"
            found.append((time, time + lasts, kind, parts))
            parts, time, filling = self.inside(kind, parts, lasts, rate), time + lasts, not filling
            if kind == "fill" and parts[self.removes] <= self.until * level:
                return found, True
        return found, False

    def inside(self, kind: str, had: dict[str, float], worked: float, rate: float) -> dict[str, float]:
        """The components [kg] so long after the begin of a stretch."""
        if kind == "fill":
            return {**had, self.new: had.get(self.new, 0.0) + worked * self.filling}
        if kind == "boil":
            return super().inside(kind, had, worked, rate)
        volatility = {self.new: 0.0, **self.volatility}
        u = solved(lambda u: replaced(had, volatility, self.new, u)[1] - worked * rate)
        return replaced(had, volatility, self.new, u)[0]

    def _at(self, charge: Charge, stretches: list[Stretch], time: float, rate: float) -> Charge:
        """As of any boiler, with the level to which it is filled up, and whether it is being filled."""
        now = super()._at(charge, stretches, time, rate)
        if self.way == "constant level":
            return now
        kinds = [kind for begin, _, kind, _ in stretches if begin <= time]
        level = charge.mass * charge.quality.get(LEVEL, 1.0)
        filling = float(bool(kinds) and kinds[-1] == "fill") or float(
            bool(kinds) and kinds[-1] == "heat" and charge.quality.get(FILLING, 0.0)
        )
        return told(now, {LEVEL: level / now.mass, FILLING: filling})


def _sum(parts: Mapping[str, float], volatility: Mapping[str, float], u: float) -> float:
    return sum(boiled(parts, volatility, u).values())


def progress(excess: Callable[[float], float]) -> float | None:
    """The measure of progress at an end point; None if it is never reached."""
    if excess(0.0) >= 0.0:
        return 0.0
    return solved(excess) if excess(FAR) >= 0.0 else None


def solved(of: Callable[[float], float]) -> float:
    """Where a function of the progress rises through zero."""
    from scipy.optimize import brentq

    if of(0.0) >= 0.0:
        return 0.0
    if of(FAR) <= 0.0:
        return FAR
    find: Any = brentq
    return float(find(of, 0.0, FAR, xtol=1e-15, rtol=1e-14))

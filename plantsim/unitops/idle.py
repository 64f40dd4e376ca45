"""What a halt does to a charge, and what it costs to go on from there.

    cools      T = Tr + (T0 - Tr) 2^(-t / half)
    decays     c = c0 exp(-int k dt)         k = k0 exp(Ea / R (1 / T1 - 1 / T))
    drifts     x = xe + (x0 - xe) 2^(-t / half)
    settles    s = min(1, s0 + t / settles)

All of these forget what was before: a halt of two hours is as good as two of one hour each, with no work between.  To
go on, what has cooled down is brought back to where it was and what has settled is stirred up, which takes max(|T0 - T|
/ back, s stirs); a model with a heat balance of its own does without the former.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Annotated, TypeAlias

from pydantic import Field

from plantsim.contracts import Charge
from plantsim.schema import Celsius, Declared, Hours, Measured, PerHour, Positive, PositiveHours
from plantsim.unitops.underway import dried, told

GAS = 8.314462618  # J/mol/K
PIECES = 128  # of a halt in which a rate is integrated over its temperature
WAS, SETTLED = "degC before the halt", "settled"  # what a charge remembers until it goes on
Warmth: TypeAlias = Callable[[float], float]  # hours of a halt -> °C


def cooled(charge: Charge, hours: float, half: float, room: float = 20.0) -> Charge:
    """What has cooled down, or warmed up, towards the room [°C] by Newton's law, half of the way in `half` hours.

    T = Tr + (T0 - Tr) 2^(-t / half)

    >>> cooled(Charge(100.0, temperature=50.0), hours=1.0, half=1.0).temperature
    35.0
    """
    return charge.but(temperature=towards(charge.temperature, room, hours, half))


def lost(charge: Charge, hours: float, loses: float, holds: float, room: float = 20.0) -> Charge:
    """What loses heat [W/K] to the room [°C], of a mass that holds heat [kJ/K].

    T = Tr + (T0 - Tr) exp(-3.6 k t / C)

    >>> round(lost(Charge(100.0, temperature=60.0), hours=2.0, loses=50.0, holds=360.0).temperature, 4)
    34.7152
    """
    return charge.but(temperature=room + (charge.temperature - room) * exp(-3.6 * loses * hours / holds))


def decayed(charge: Charge, hours: float, attribute: str, half: float) -> Charge:
    """What has lost an attribute of its quality by a reaction of first order, such as by hydrolysis.

    >>> decayed(Charge(100.0, quality={"assay": 0.8}), hours=2.0, attribute="assay", half=2.0).quality["assay"]
    0.4
    """
    return told(charge, {attribute: towards(charge.quality[attribute], 0.0, hours, half)})


def towards(first: float, last: float, hours: float, half: float) -> float:
    """A number on its way to another, half of it in `half` hours.

    >>> towards(50.0, 20.0, hours=2.0, half=1.0)
    27.5
    """
    return float(last + (first - last) * 0.5 ** (hours / half))


class Decay(Declared):
    """A reaction of first order, by which one thing in a charge becomes another."""

    into: Annotated[str, Field(description="component or attribute that rises by as much; '': none")] = ""
    rate: Annotated[PerHour, Field(description="k of the first order")]
    at: Annotated[Celsius, Field(description="temperature of that rate")] = 25.0
    energy: Annotated[float, Field(ge=0.0, allow_inf_nan=False, description="of activation [J/mol]")] = 0.0

    def stays(self, warm: Warmth, hours: float) -> float:
        """What stays of it after so many hours at a temperature, by Simpson's rule.

        >>> round(Decay(rate=0.1).stays(lambda hours: 25.0, 10.0), 4)
        0.3679
        """
        if not self.energy:
            return exp(-self.rate * hours)
        step = hours / PIECES
        weights = [1.0, *[4.0 if k % 2 else 2.0 for k in range(1, PIECES)], 1.0]
        return exp(-sum(each * self.k(warm(k * step)) for k, each in enumerate(weights)) * step / 3.0)

    def k(self, celsius: float) -> float:
        """The rate at a temperature [1/h]."""
        return self.rate * exp(self.energy / GAS * (1.0 / (self.at + 273.15) - 1.0 / (celsius + 273.15)))


class Drift(Declared):
    """An attribute that goes to where it is at rest, such as moisture in the air of the room."""

    to: Annotated[Measured, Field(description="number at rest")]
    half: Annotated[PositiveHours, Field(description="time in which half of the way is gone")]


class Halt(Declared):
    """What a halt does to a charge; nothing, unless it is said."""

    half: Annotated[PositiveHours | None, Field(description="time to half of the way to the room; none: as warm")] = (
        None
    )
    room: Annotated[Celsius, Field(description="temperature to which it cools down, or warms up")] = 20.0
    back: Annotated[Positive | None, Field(description="at which it is brought back [K/h]; none: by the model")] = None
    settles: Annotated[PositiveHours | None, Field(description="time in which all has settled; none: it does not")] = (
        None
    )
    stirs: Annotated[Hours, Field(description="time to stir up what has settled, if it is all")] = 0.0
    decays: Annotated[dict[str, Decay], Field(description="component or attribute: by what reaction it goes")] = {}
    drifts: Annotated[dict[str, Drift], Field(description="attribute: where it goes; moisture takes water along")] = {}

    @property
    def acts(self) -> bool:
        """Whether a halt does anything."""
        return bool(self.half or self.settles or self.decays or self.drifts)

    def warmth(self, first: float) -> Warmth:
        """The temperature [°C] over the hours of a halt."""
        half = self.half
        return (lambda hours: first) if half is None else lambda hours: towards(first, self.room, hours, half)

    def after(self, charge: Charge, hours: float, warm: Warmth) -> Charge:
        """What a halt of so many hours makes of a charge, while it is as warm as is told.

        Raises:
            KeyError: if the charge does not tell what decays or drifts.

        >>> Halt(drifts={"moisture": Drift(to=0.04, half=8.0)}).after(
        ...     Charge(102.0, quality={"moisture": 0.02}), 8.0, lambda hours: 20.0).mass
        103.0
        """
        memory = {SETTLED: self._settled(charge, hours)} if self.settles else {}
        if self.back is not None:
            memory[WAS] = charge.quality.get(WAS, charge.temperature)
        for name, decay in self.decays.items():
            charge = turned(charge, name, decay.into, decay.stays(warm, hours))
        for name, drift in self.drifts.items():
            number = towards(charge.quality[name], float(drift.to), hours, drift.half)
            moist = name == "moisture"
            charge = dried(charge, number, charge.temperature) if moist else told(charge, {name: number})
        return told(charge.but(temperature=warm(hours)), memory)

    def _settled(self, charge: Charge, hours: float) -> float:
        return min(1.0, charge.quality.get(SETTLED, 0.0) + (hours / self.settles if self.settles else 0.0))

    def needs(self, charge: Charge) -> float:
        """How long [h] it takes to bring a charge back, and to stir it up."""
        was, back = charge.quality.get(WAS, charge.temperature), self.back
        warming = abs(was - charge.temperature) / back if back else 0.0
        return max(warming, charge.quality.get(SETTLED, 0.0) * self.stirs)

    def on_its_way(self, charge: Charge, hours: float) -> Charge:
        """The charge after so many hours of that."""
        was, pace = charge.quality.get(WAS, charge.temperature), (self.back or 0.0) * hours
        warm = min(was, charge.temperature + pace) if was > charge.temperature else max(was, charge.temperature - pace)
        memory: dict[str, float] = {}
        if SETTLED in charge.quality:
            memory[SETTLED] = max(0.0, charge.quality[SETTLED] - (hours / self.stirs if self.stirs else 1.0))
        return told(charge.but(temperature=warm), memory)


def turned(charge: Charge, name: str, into: str, stays: float) -> Charge:
    """The charge with a share of a component, or of an attribute, left; the rest of it has become another one."""
    if name in charge.composition:
        parts = dict(charge.composition)
        _turn(parts, name, into or name, stays if into else 1.0)
        return charge.but(composition=parts)
    numbers = dict(charge.quality)
    _turn(numbers, name, into, stays)
    return told(charge, numbers)


def _turn(numbers: dict[str, float], name: str, into: str, stays: float) -> None:
    gone = numbers[name] * (1.0 - stays)
    numbers[name] -= gone
    if into:
        numbers[into] = numbers.get(into, 0.0) + gone

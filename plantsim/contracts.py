"""The Protocols that a user's own code may fit, and the small values that are handed to it.  Times are in hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable


@runtime_checkable
class Distribution(Protocol):
    """How long something takes: a quantile function, so that a changed parameter keeps its luck."""

    def quantile(self, u: float) -> float:
        """The time [h] that is not exceeded with probability u in (0, 1)."""
        ...


class Claim(Protocol):
    """A batch that asks for a unit, as a dispatch rule sees it."""

    @property
    def batch(self) -> str: ...
    @property
    def order(self) -> str: ...
    @property
    def product(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def amount(self) -> float:
        """Mass of the batch [kg]."""
        ...

    @property
    def asked(self) -> float:
        """When it asked [h]."""
        ...

    @property
    def due(self) -> float:
        """When its order is due [h], or infinity."""
        ...

    @property
    def hours_to_go(self) -> float:
        """Expected work from this step to the last one [h]."""
        ...


class UnitView(Protocol):
    """A free unit, as a dispatch rule sees it."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def last(self) -> str:
        """Product of the last batch, or '' for a unit as new."""
        ...

    def changeover(self, product: str) -> float:
        """Expected cleaning [h] before a batch of this product may enter."""
        ...


class DispatchRule(Protocol):
    """Who gets a free unit: the feasible pair of claim and unit with the least value; ties end in age and name."""

    def __call__(self, claim: Claim, unit: UnitView, now: float, /) -> object: ...


class Campaign(Protocol):
    """What the plainest cleaning rules look at."""

    @property
    def last(self) -> str:
        """Product of the last batch, or '' for a unit as new."""
        ...

    @property
    def dirty(self) -> bool:
        """Used since the last clean."""
        ...

    @property
    def campaign(self) -> int:
        """Batches since the last major clean."""
        ...


@dataclass(frozen=True, slots=True)
class Cleanliness:
    """An empty unit as a cleaning rule sees it.

    >>> Cleanliness("mill-1", last="powder", dirty=True, campaign=3, dirty_hours=2.0).campaign
    3
    """

    name: str
    last: str = ""  # product of the last batch, or for which it was cleaned since; '' for a unit as new
    dirty: bool = False  # used since the last clean
    campaign: int = 0  # batches since the last major clean
    run_hours: float = 0.0  # worked since then
    mass: float = 0.0  # [kg] worked on since then
    hours: float = 0.0  # passed since then
    dirty_hours: float = 0.0  # since the last batch left it, if it is dirty
    clean_hours: float = 0.0  # since the last clean, if it is clean
    sterile_hours: float = 0.0  # since it was last made sterile, if it is clean
    opened: str = ""  # the maintenance or failure mode that has opened it since the last clean
    new: bool = False  # neither used nor cleaned yet


class CleaningPolicy(Protocol):
    """Which clean is due: the name of one of the rule's cleans, or '' for none."""

    def __call__(self, unit: Cleanliness, product: str, /) -> str:
        """Asked before a batch of this product may enter; '': the next product is not known yet."""
        ...


Draw: TypeAlias = Callable[[str], float]
"""Luck with an address: `draw("rate")` is a uniform number in (0, 1), for this batch and step always the same."""

Flow: TypeAlias = tuple[tuple[float, float], ...]
"""A rate over time, constant between times: ((from h, rate), ...), from 0 h on."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What is in a unit, or goes into it: how much, how warm, of what, and how good.

    >>> wet = Charge(mass=125.0, quality={"moisture": 0.25})
    >>> wet.but(mass=102.0, moisture=0.02).quality
    {'moisture': 0.02}
    """

    mass: float  # kg
    volume: float = 0.0  # L
    temperature: float = 20.0  # °C
    composition: Mapping[str, float] = field(default_factory=dict)  # component -> mass fraction
    quality: Mapping[str, float] = field(default_factory=dict)  # attribute -> its number, such as moisture [kg/kg]

    def but(
        self,
        *,
        mass: float | None = None,
        volume: float | None = None,
        temperature: float | None = None,
        composition: Mapping[str, float] | None = None,
        **quality: float,
    ) -> Charge:
        """The same with some numbers changed; a word that is no field is an attribute of quality."""
        given = {"mass": mass, "volume": volume, "temperature": temperature, "composition": composition}
        changes: dict[str, Any] = {word: value for word, value in given.items() if value is not None}
        return replace(self, **changes, quality={**self.quality, **quality})


@dataclass(frozen=True, slots=True)
class Equipment:
    """A unit as a model sees it."""

    name: str = ""
    kind: str = ""
    volume: float | None = None  # L
    load: float | None = None  # kg
    rate: float | None = None  # kg/h
    design: Mapping[str, float] = field(default_factory=dict)  # figure -> its number, in the layout's words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step makes of a charge, and how long it takes."""

    hours: float
    charge: Charge  # at its end
    quality: Mapping[str, float] = field(default_factory=dict)  # what else is told of it, such as a yield
    draws: Mapping[str, Flow] = field(default_factory=dict)  # utility -> its rate over time
    profile: Callable[[float], Charge] | None = None  # the charge after so many hours
    late: str = ""  # the end point that the time limit cut off; '': it was reached
    broken: str = ""  # the limit that was not kept, such as 'product below -15 °C'; '': all were
    added: float = 0.0  # mass that it brings in itself, such as a feed [kg]: no more may come out than went in and this


class UnitModel(Protocol):
    """How long a step takes, and what comes out: a pure function, so that equal charges have equal outcomes.

    Called on `profile(t)`, it gives the rest: `model(profile(t)).hours == hours - t`.

    A model may also have `idle(charge, hours, unit)`: what a halt of so many hours makes of a charge, such as a colder
    one.  Then it is asked anew as the run goes on, on what `idle` makes of `profile(t)`.
    """

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome: ...

"""The Protocols that a user's own code may fit, and the views that are handed to it.  Times are in hours."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


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

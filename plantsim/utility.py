"""What is made at a rate and drawn at rates: water, steam, air, power, drains; with a tank or without."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from plantsim.schema import Amount, Declared, Drawn, Hours, Names, beside

RATES = {"L": "L/h", "m3": "m3/h", "kg": "kg/h", "kWh": "kW"}  # of a unit of measure: that of its rates
Stock: TypeAlias = tuple[float, float, float]  # the rate at which it is made, the size of the tank, the level at first

if TYPE_CHECKING:  # for a type checker a quantity is what it is in Python: a float
    PositiveRate: TypeAlias = float
    PositiveStock: TypeAlias = float
    AnyStock: TypeAlias = float
else:
    PositiveRate = beside("unit", RATES, above=0.0)
    PositiveStock = beside("unit", {unit: unit for unit in RATES}, above=0.0)
    AnyStock = beside("unit", {unit: unit for unit in RATES})


class Utility(Declared):
    """What is made at a rate, kept in a tank, and drawn at rates: steam, water, air, power, or a drain.

    >>> wfi = Utility(makes=1500.0, tank=6000.0, peak=4000.0)
    >>> wfi.most, Utility(unit="kWh", peak=80.0).most
    (4000.0, 80.0)
    """

    unit: Annotated[Literal["L", "m3", "kg", "kWh"], Field(description="unit of measure; rates are per hour")] = "L"
    makes: Annotated[
        PositiveRate | None, Field(description="rate at which it is made, or a drain emptied; none: that of the peak")
    ] = None
    tank: Annotated[PositiveStock | None, Field(description="size of its tank; none: without a tank")] = None
    peak: Annotated[PositiveRate | None, Field(description="most that is drawn at once; none: any rate")] = None
    least: Annotated[
        AnyStock, Field(description="level below which nobody draws it; of a drain, room that is kept free")
    ] = 0.0
    at_first: Annotated[AnyStock | None, Field(description="level at the start; none: full, a drain empty")] = None
    drain: Annotated[bool, Field(description="a drain: what is drawn flows into its tank, which is emptied")] = False
    patience: Annotated[Hours, Field(description="a claim that has lacked it for longer reserves what comes free")] = (
        4.0
    )
    failures: Annotated[
        Names, Field(description="failure modes of what makes it: none is made until the repair is over")
    ] = ()
    calendar: Annotated[str, Field(description="when it is made; none: always")] = ""

    @model_validator(mode="after")
    def _whole(self) -> Utility:
        if self.tank is None:
            if self.makes is None and self.peak is None:
                raise ValueError("give a peak, or the rate at which it is made")
            if self.least or self.at_first is not None:
                raise ValueError("has no tank, so it has no level: give 'tank', or leave out 'least' and 'at first'")
            return self
        if self.makes is None:
            raise ValueError("a tank needs 'makes', the rate at which it is filled")
        if self.drain and self.at_first is not None and not self.at_first <= self.tank - self.least:
            raise ValueError(
                f"what is in the drain at first, {self.at_first:g} {self.unit}, and what is kept free, {self.least:g} "
                f"{self.unit}, must have room in its tank, {self.tank:g} {self.unit}"
            )
        first = self._there
        if not self.least <= first <= self.tank or self.least == self.tank:
            raise ValueError(
                f"the least level, {self.least:g} {self.unit}, that at first, {first:g} {self.unit}, and the tank, "
                f"{self.tank:g} {self.unit}, must follow one another"
            )
        return self

    @property
    def most(self) -> float:
        """The largest rate at which it can be drawn."""
        peak = inf if self.peak is None else self.peak
        return peak if self.tank is not None else min(peak, inf if self.makes is None else self.makes)

    @property
    def stock(self) -> Stock:
        """What a state knows of it: the rate at which it is made, the size of the tank and its level at first."""
        if self.tank is None or self.makes is None:
            return self.most, 0.0, 0.0
        return self.makes, self.tank, self._there

    @property
    def _there(self) -> float:
        """What can be drawn of a tank at first; of a drain, the room that is left in it."""
        size = self.tank or 0.0
        if self.at_first is None:
            return size
        return size - self.at_first if self.drain else self.at_first

    def carries(self, rate: float, hours: float) -> bool:
        """Whether a full tank from which nobody else draws lasts for so long."""
        makes, size, _ = self.stock
        return rate <= self.most and (rate - makes) * hours <= size - self.least


def said_by_utility(value: Any, info: ValidationInfo) -> Any:
    """{pool: number, utility: rate}: in a file a rate is a text with the unit of measure that its utility says."""
    rates: Mapping[str, str] | None = (info.context or {}).get("rates")
    if rates is None or not isinstance(value, dict):
        return value
    return {name: Drawn(name, each, rates) if _rated(name, each, rates) else each for name, each in value.items()}


def _rated(name: Any, value: Any, rates: Mapping[str, str]) -> bool:
    """Whether it should be read as a rate: of a utility, or of a name that is none but looks so."""
    return name in rates or (isinstance(value, str) and value[:1].isdigit())


Needs = Annotated[dict[str, Amount], BeforeValidator(said_by_utility)]

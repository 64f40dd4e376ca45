"""What a product's batches are made of at their release, with the differences from lot to lot."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from math import exp, log1p, sqrt
from typing import Annotated, Any, ClassVar

from pydantic import (
    BeforeValidator,
    Field,
    SerializationInfo,
    SerializeAsAny,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic import SerializerFunctionWrapHandler as Handler

from plantsim.chance import Streams
from plantsim.contracts import Charge
from plantsim.errors import did_you_mean
from plantsim.laws import normal
from plantsim.schema import Celsius, Declared, KilogramsPerLitre, Litres, Measured, Positive

GRID = 128


def snapped(number: float, digits: int = 9) -> float:
    """A number to so many digits.

    >>> snapped(0.1 + 0.2), snapped(2.0 / 3.0, 3)
    (0.3, 0.667)
    """
    return float(f"{number:.{digits}g}")


def luck(u: float) -> float:
    """A uniform number as the middle of one of 128 equal parts of (0, 1), so that what it leads to occurs again.

    >>> luck(0.5)
    0.50390625
    """
    return (int(u * GRID) + 0.5) / GRID


class Spread(Declared):
    """A number that differs from lot to lot."""

    word: ClassVar[str] = ""

    @model_serializer(mode="wrap")
    def _written(self, fields: Handler, info: SerializationInfo) -> Any:
        written = fields(self)
        return written["value"] if self.word == "always" else {self.word: written}

    @abstractmethod
    def quantile(self, u: float) -> float:
        """The number that is not exceeded with probability u in (0, 1)."""


class Always(Spread):
    """The same number in each lot."""

    word = "always"
    value: Measured

    def quantile(self, u: float) -> float:
        return float(self.value)


class Between(Spread):
    """Any number from `low` to `high`, each as likely as another."""

    word = "uniform"
    low: Measured
    high: Measured

    def quantile(self, u: float) -> float:
        return self.low + u * (self.high - self.low)


class Bell(Spread):
    """A normal distribution of mean and standard deviation `sd`."""

    word = "normal"
    mean: Measured
    sd: Measured

    @model_validator(mode="after")
    def _spread(self) -> Bell:
        if self.sd < 0.0:
            raise ValueError(f"sd must be at least 0, got {float(self.sd):g}; a difference of temperatures is in degC")
        return self

    def quantile(self, u: float) -> float:
        return self.mean + self.sd * normal.inv_cdf(u)


class Skewed(Spread):
    """Skewed numbers of a given mean and coefficient of variation; never negative."""

    word = "lognormal"
    mean: Measured
    cv: Positive

    def quantile(self, u: float) -> float:
        variance = log1p(self.cv * self.cv)
        return float(self.mean) * exp(sqrt(variance) * normal.inv_cdf(u) - variance / 2.0)


SPREADS: dict[str, type[Spread]] = {spread.word: spread for spread in (Always, Between, Bell, Skewed)}


def _spread(value: Any, info: Any) -> Any:
    """A number or a text is the same in each lot; {word: {...}} is the distribution of that name."""
    if isinstance(value, Spread):
        return value
    if not isinstance(value, Mapping):
        return Always.model_validate({"value": value}, context=info.context)
    word = next(iter(value), "")
    if len(value) != 1 or word not in SPREADS:
        raise ValueError(f"there is no distribution {word!r}{did_you_mean(str(word), SPREADS)}")
    return SPREADS[word].model_validate(value[word], context=info.context)


_SCHEMA = {
    "description": "a number such as '0.25 kg/kg', or {distribution: {...}} with one of " + ", ".join(SPREADS),
    "examples": ["0.25 kg/kg"],
    "oneOf": [{"type": ["string", "number"]}, {"type": "object", "minProperties": 1, "maxProperties": 1}],
}
Lots = Annotated[SerializeAsAny[Spread], BeforeValidator(_spread), WithJsonSchema(_SCHEMA)]


class StartingCharge(Declared):
    """What a batch is made of at its release: numbers, or distributions over lots."""

    temperature: Annotated[Celsius, Field(description="of all of it")] = 20.0
    volume: Annotated[Litres | None, Field(description="of a batch; none: not told")] = None
    composition: Annotated[dict[str, Lots], Field(description="component: mass fraction")] = {}
    quality: Annotated[dict[str, Lots], Field(description="attribute: its number, such as moisture: 0.25 kg/kg")] = {}

    def drawn(self, batch: str, mass: float, streams: Streams) -> Charge:
        """The charge of a batch, whose luck hangs on its name alone."""
        parts, quality = _drawn(batch, self.composition, self.quality, streams)
        return Charge(mass, self.volume or 0.0, self.temperature, parts, quality)

    def middle(self, mass: float) -> Charge:
        """The charge in which every number is its median."""
        parts, quality = _medians(self.composition), _medians(self.quality)
        return Charge(mass, self.volume or 0.0, self.temperature, parts, quality)


class LotCharge(Declared):
    """What a lot of a material is made of, for all batches that take of it: numbers, or distributions over lots."""

    temperature: Annotated[Celsius, Field(description="as it is taken")] = 20.0
    density: Annotated[KilogramsPerLitre | None, Field(description="none: it adds no volume to a batch")] = None
    composition: Annotated[dict[str, Lots], Field(description="component: mass fraction; none: it is one itself")] = {}
    quality: Annotated[dict[str, Lots], Field(description="attribute: its number, such as moisture: 0.01 kg/kg")] = {}

    def drawn(self, lot: str, mass: float, streams: Streams) -> Charge:
        """The charge of a lot, whose luck hangs on its name alone."""
        parts, quality = _drawn(lot, self.composition, self.quality, streams)
        return Charge(mass, mass / self.density if self.density else 0.0, self.temperature, parts, quality)

    def middle(self, mass: float = 1.0) -> Charge:
        """The charge in which every number is its median."""
        volume = mass / self.density if self.density else 0.0
        return Charge(mass, volume, self.temperature, _medians(self.composition), _medians(self.quality))


def _medians(laws: Mapping[str, Spread]) -> dict[str, float]:
    return {name: law.quantile(0.5) for name, law in laws.items()}


def _drawn(
    name: str, composition: Mapping[str, Spread], quality: Mapping[str, Spread], streams: Streams
) -> tuple[dict[str, float], dict[str, float]]:
    """Composition and quality of a lot or batch of this name."""

    def of(kind: str, laws: Mapping[str, Spread]) -> dict[str, float]:
        return {word: law.quantile(luck(streams.number(f"{name}/{kind}/{word}"))) for word, law in laws.items()}

    return filled(of("composition", composition), composition), of("quality", quality)


def filled(drawn: dict[str, float], laws: Mapping[str, Spread]) -> dict[str, float]:
    """Fractions that are the same in each lot make room for those that differ, if at their medians they add up to 1."""
    fixed = {name: drawn[name] for name, law in laws.items() if isinstance(law, Always)}
    whole = abs(sum(law.quantile(0.5) for law in laws.values()) - 1.0) < 1e-6
    spare = 1.0 - sum(drawn.values()) + sum(fixed.values())
    if not whole or len(fixed) in (0, len(laws)) or spare < 0.0:
        return drawn
    room = spare / sum(fixed.values()) if any(fixed.values()) else 0.0
    return {name: share * room if name in fixed else share for name, share in drawn.items()}

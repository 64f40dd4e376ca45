"""One declaration a field: unit of measure, bounds, default and words give reading, checking, JSON Schema and docs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    ValidationInfo,
    WithJsonSchema,
)

from plantsim.errors import did_you_mean

Convert = Callable[[str, str], float]
Say = Callable[[float, str], str]
QUANTITY = r"^\s*[-+]?[0-9][0-9.eE+-]*\s*\S+"


class Declared(BaseModel):
    """A frozen value whose fields are declared once; a file writes the spaces that Python can't."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", " "),
    )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy in which some fields are others; what was worked out of the old ones is worked out anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name in [name for name in vars(copied) if name not in type(self).model_fields]:
            del vars(copied)[name]
        return copied


def quantity(unit: str, *, least: float = 0.0, above: float | None = None, most: float | None = None) -> Any:
    """The type of a number with a unit of measure: a float in Python, a text such as '45 min' in a file.

    The context of reading may hold `convert`, (text, unit) -> number, and that of writing `say`, its inverse.
    """

    def read(value: object, info: ValidationInfo) -> float:
        return _within(value, unit, info, least, above, most)

    def write(number: float, info: SerializationInfo) -> Any:
        say: Say | None = (info.context or {}).get("say")
        return say(number, unit) if say else number

    return Annotated[float, BeforeValidator(read), PlainSerializer(write), _as_text(unit)]


def beside(field: str, units: Mapping[str, str], *, least: float = 0.0, above: float | None = None) -> Any:
    """As `quantity`, of a number whose unit of measure follows from a word that stands beside it, in another field."""

    def read(value: object, info: ValidationInfo) -> float:
        unit = units.get(info.data.get(field, ""), next(iter(units.values())))
        return _within(value, unit, info, least, above, None)

    return Annotated[float, BeforeValidator(read), _as_text(next(iter(units.values())))]


def _as_text(unit: str) -> WithJsonSchema:
    pattern = {"type": "string", "pattern": QUANTITY, "examples": [f"10 {unit}"]}
    return WithJsonSchema({**pattern, "description": f"quantity [{unit}]"})


def _within(
    value: object, unit: str, info: ValidationInfo, least: float, above: float | None, most: float | None
) -> float:
    """A number within its bounds."""
    number = _number(value, unit, info)
    if not isfinite(number):
        raise ValueError(f"must be a finite number, got {value!r}")
    if above is not None and number <= above:
        raise ValueError(f"must be more than {above:g} {unit}, got {value!r}")
    if number < least:
        raise ValueError(f"must be at least {least:g} {unit}, got {value!r}")
    if most is not None and number > most:
        raise ValueError(f"must be at most {most:g} {unit}, got {value!r}")
    return number


class Figure(float):
    """A number that knows its unit of measure, such as one that the field it is meant for is not known of yet."""

    __slots__ = ("unit",)
    unit: str

    def __new__(cls, number: float, unit: str) -> Figure:
        """The number, in the unit."""
        figure = super().__new__(cls, number)
        figure.unit = unit
        return figure

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]
        """What makes it anew in another process."""
        return float(self), self.unit


def measured() -> Any:
    """The type of a number of any dimension, in hours, kg, L, °C ...: in a file a text such as '2 m2', or a number."""

    def read(value: object, info: ValidationInfo) -> float:
        convert: Convert | None = (info.context or {}).get("convert")
        if isinstance(value, str) and convert is not None:
            value = convert(value, "any")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise ValueError(f"expected a quantity such as '2 m2', or a finite number, got {value!r}")
        return value if isinstance(value, Figure) else float(value)

    def write(number: float, info: SerializationInfo) -> Any:
        say: Say | None = (info.context or {}).get("say")
        return say(number, number.unit) if say and isinstance(number, Figure) else float(number)

    schema = WithJsonSchema({"type": ["string", "number"], "description": "quantity", "examples": ["2 m2"]})
    return Annotated[Any, PlainValidator(read), PlainSerializer(write), schema]


def _number(value: object, unit: str, info: ValidationInfo) -> float:
    convert: Convert | None = (info.context or {}).get("convert")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        said = str(value).lower() if isinstance(value, bool) else "nothing" if value is None else repr(value)
        raise ValueError(f"expected a quantity such as '10 {unit}', got {said}")
    if convert is None:
        if isinstance(value, str):
            raise ValueError(f"expected a number [{unit}], got the text {value!r}")
        return float(value)
    if not isinstance(value, str):
        raise ValueError(f"a quantity needs its unit of measure, such as '{value} {unit}'")
    return convert(value, unit)


if TYPE_CHECKING:  # for a type checker a quantity is what it is in Python: a float
    Hours: TypeAlias = float
    PositiveHours: TypeAlias = float
    Kilograms: TypeAlias = float
    PositiveKilograms: TypeAlias = float
    Litres: TypeAlias = float
    KilogramsPerHour: TypeAlias = float
    LitresPerHour: TypeAlias = float
    Metres: TypeAlias = float
    PositiveMetres: TypeAlias = float
    MetresPerHour: TypeAlias = float
    Fraction: TypeAlias = float
    Celsius: TypeAlias = float
    SquareMetres: TypeAlias = float
    PerHour: TypeAlias = float
    Kilowatts: TypeAlias = float
    KilogramsPerLitre: TypeAlias = float
    Measured: TypeAlias = float
else:
    Hours = quantity("h")
    PositiveHours = quantity("h", above=0.0)
    Kilograms = quantity("kg")
    PositiveKilograms = quantity("kg", above=0.0)
    Litres = quantity("L", above=0.0)
    KilogramsPerHour = quantity("kg/h", above=0.0)
    LitresPerHour = quantity("L/h", above=0.0)
    Metres = quantity("m", least=float("-inf"))
    PositiveMetres = quantity("m", above=0.0)
    MetresPerHour = quantity("m/h", above=0.0)
    Fraction = quantity("kg/kg")
    Celsius = quantity("degC", least=-273.15)
    SquareMetres = quantity("m2", above=0.0)
    PerHour = quantity("1/h", above=0.0)
    Kilowatts = quantity("kW")
    KilogramsPerLitre = quantity("kg/L", above=0.0)
    Measured = measured()


def _not_a_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"expected a number, got {str(value).lower()}")
    return value


_No = BeforeValidator(_not_a_truth)
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False), _No]
PositiveShare = Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False), _No]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False), _No]
Price = Annotated[float, Field(ge=0.0, allow_inf_nan=False), _No]


class Drawn:
    """What a file says of the need of a utility, or of something that looks so, until it is read as a rate."""

    def __init__(self, name: str, said: Any, rates: Mapping[str, str]) -> None:
        self.name, self.said, self.rates = name, said, rates

    def rate(self, info: ValidationInfo) -> float:
        """The number [the unit of measure of the utility, an hour]."""
        if self.name not in self.rates:
            known = did_you_mean(self.name, self.rates) if self.rates else ""
            raise ValueError(f"expected a number, got {_said(self.said)}: there is no utility {self.name!r}{known}")
        return _number(self.said, self.rates[self.name], info)


def _amount(value: object, info: ValidationInfo) -> float:
    """A number above 0; whole numbers stay whole."""
    number = value.rate(info) if isinstance(value, Drawn) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ValueError(f"expected a number, got {_said(number)}")
    if not isfinite(number) or number <= 0:
        raise ValueError(f"must be more than 0, got {value.said if isinstance(value, Drawn) else number!r}")
    return int(number) if number == int(number) else number


def _said(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "nothing" if value is None else str(value).lower()
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


RATE = {"type": "string", "pattern": QUANTITY, "description": "of a utility, a rate such as 1200 L/h"}
NUMBER = {"type": "number", "exclusiveMinimum": 0}
Amount = Annotated[float, PlainValidator(_amount), WithJsonSchema({"anyOf": [NUMBER, RATE]})]
Count = Annotated[int, Field(ge=1), _No]


def _pieces(value: object) -> object:
    """A name alone: one piece of it."""
    return {value: 1} if isinstance(value, str) else value


Pieces = Annotated[dict[str, Count], BeforeValidator(_pieces, json_schema_input_type=str | dict[str, Count])]
Copies = Annotated[int, Field(ge=1, le=1000), _No]
Whole = Annotated[int, _No]
Name = Annotated[str, Field(min_length=1)]


def _several(value: Any) -> Any:
    """One name alone is a list of one."""
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several, json_schema_input_type=str | list[str])]


def fields(declared: type[Declared]) -> Iterator[tuple[str, str, str, str]]:
    """(word in a file, type, default, words) of each field: the rows of the table in the docs."""
    schema = declared.model_json_schema()
    required = schema.get("required", [])
    for word, field in schema.get("properties", {}).items():
        yield word, _kind(field), "required" if word in required else _usual(field), field.get("description", "")


KINDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "map", "array": "list"}


def _kind(field: dict[str, Any]) -> str:
    branches = [*field.get("anyOf", ()), *(() if "examples" in field else field.get("oneOf", ()))]
    if branches:
        return " or ".join(dict.fromkeys(_kind(each) for each in branches if each.get("type") != "null"))
    if "$ref" in field:
        return "map"
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    kind = field.get("type", "any")
    return f"such as {field['examples'][0]}" if "examples" in field else KINDS.get(kind, kind)


def _usual(field: dict[str, Any]) -> str:
    """The default as a file would say it; nothing if there is none."""
    default = field.get("default")
    if default in (None, "", [], {}) or isinstance(default, dict):
        return ""
    unit = str(field["examples"][0]).split()[-1] if "examples" in field else ""
    return f"{default:g} {unit}" if unit else str(default).lower() if isinstance(default, bool) else str(default)

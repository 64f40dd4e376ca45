"""Units of measure: '20 min' where hours are meant is 1/3, and is written as '20 min' again; the only home of pint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from plantsim.errors import did_you_mean
from plantsim.schema import Figure
from plantsim.utility import RATES

if TYPE_CHECKING:
    from pint import UnitRegistry

QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*", re.ASCII | re.DOTALL)
WORD = r"[a-zA-Zµμ°%][a-zA-Z_µμ°%]*(?:\^?-?[1-9])?"
MEASURE = re.compile(rf"{WORD}(?:\s*[*/·]\s*{WORD}|\s+{WORD})*")

# What is usual, as (times, divided by), so that common files need no pint and 20 min is exactly 20 / 60 h.
USUAL: dict[str, dict[str, tuple[int, int]]] = {
    "h": {
        "ms": (1, 3_600_000), "s": (1, 3600), "min": (1, 60), "h": (1, 1), "hour": (1, 1), "hours": (1, 1),
        "d": (24, 1), "day": (24, 1), "days": (24, 1), "week": (168, 1), "weeks": (168, 1),
    },
    "kg": {"mg": (1, 1_000_000), "g": (1, 1000), "kg": (1, 1), "t": (1000, 1)},
    "L": {"mL": (1, 1000), "L": (1, 1), "m3": (1000, 1)},
    "kg/h": {"g/h": (1, 1000), "kg/h": (1, 1), "kg/min": (60, 1), "t/h": (1000, 1)},
    "L/h": {"mL/min": (60, 1000), "L/h": (1, 1), "L/min": (60, 1), "m3/h": (1000, 1)},
    "m3": {"L": (1, 1000), "m3": (1, 1)},
    "m3/h": {"L/h": (1, 1000), "m3/h": (1, 1), "m3/min": (60, 1)},
    "kWh": {"kWh": (1, 1), "MWh": (1000, 1)},
    "kW": {"W": (1, 1000), "kW": (1, 1), "MW": (1000, 1)},
    "m": {"mm": (1, 1000), "cm": (1, 100), "m": (1, 1)},
    "m/h": {"m/h": (1, 1), "m/min": (60, 1), "m/s": (3600, 1), "km/h": (1000, 1)},
    "kg/kg": {"kg/kg": (1, 1), "g/kg": (1, 1000), "%": (1, 100), "g/g": (1, 1), "kg/t": (1, 1000)},
    "m2": {"m2": (1, 1), "cm2": (1, 10_000)},
    "1/h": {"1/h": (1, 1), "1/min": (60, 1), "1/s": (3600, 1)},
    "pieces": {"piece": (1, 1), "pieces": (1, 1)},
    "bar": {"bar": (1, 1), "mbar": (1, 1000), "Pa": (1, 100_000), "kPa": (1, 100)},
}  # fmt: skip
TEMPERATURES = {"degC": (1.0, 0.0), "°C": (1.0, 0.0), "K": (1.0, -273.15), "degF": (5 / 9, -160 / 9)}
DIMENSIONS = {
    "dimensionless": "a plain number",
    "[time]": "a time",
    "[mass]": "a mass",
    "[length]": "a length",
    "[length] ** 2": "an area",
    "[length] ** 3": "a volume",
    "[mass] / [time]": "a mass flow",
    "[length] ** 3 / [time]": "a volume flow",
    "[length] / [time]": "a speed",
    "1 / [time]": "a rate",
    "[temperature]": "a temperature",
    "[length] ** 2 * [mass] / [time] ** 2": "an energy",
    "[length] ** 2 * [mass] / [time] ** 3": "a power",
    "[mass] / [length] / [time] ** 2": "a pressure",
    "[piece]": "a number of pieces",
}


@lru_cache(maxsize=4096)
def convert(text: str, unit: str) -> float:
    """The number of `unit` that a text says.

    >>> convert("45 min", "h"), convert("0.3 m3", "L"), convert("3 tonnes", "kg")
    (0.75, 300.0, 3000.0)
    """
    found = QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(f"can't read {text!r} as a number with a unit of measure, such as '10 {unit}'")
    number, measure = float(found[1]), found[2]
    if not measure:
        raise ValueError(f"a quantity needs its unit of measure, such as '{text.strip()} {unit}'")
    if unit == "any":
        return _of_any_kind(text, number, measure)
    if unit == "degC" and measure in TEMPERATURES:
        return TEMPERATURES[measure][0] * number + TEMPERATURES[measure][1]
    times, divided = USUAL.get(unit, {}).get(measure) or _by_pint(text, measure, unit)
    if not isfinite(number * times):
        raise ValueError(f"must be a finite number, got {text!r}")
    return number * times / divided


def context_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the reading of a file must know: how to convert, and the unit of measure of the rates of utilities."""
    utilities = values.get("utilities")
    said = utilities.items() if isinstance(utilities, dict) else ()
    units = {name: each.get("unit", "L") if isinstance(each, dict) else "L" for name, each in said}
    return {"convert": convert, "rates": {name: RATES.get(str(unit), "L/h") for name, unit in units.items()}}


def _of_any_kind(text: str, number: float, measure: str) -> Figure:
    """A number in the house's own unit of measure for its dimension."""
    if measure in TEMPERATURES:
        return Figure(convert(text, "degC"), "degC")
    known = [unit for unit, table in USUAL.items() if measure in table]
    for unit in known or USUAL:
        if known or _one(text, measure, unit).check(registry().parse_units(_power(unit))):
            return Figure(convert(text, unit), unit)
    raise ValueError(f"{text!r} is of no kind that is known here; known: {', '.join(USUAL)}, degC")


def _by_pint(text: str, measure: str, unit: str) -> tuple[float, float]:
    """The factor between two units of measure, as (times, divided by)."""
    if MEASURE.fullmatch(measure) is None:
        raise ValueError(f"can't read {text!r} as a number with a unit of measure, such as '10 {unit}'")
    given = _one(text, measure, unit)
    if unit == "degC" and str(given.dimensionality) == "[temperature]":
        raise ValueError(f"write a temperature in {', '.join(TEMPERATURES)}, got {text!r}")
    wanted = registry().parse_units(_power(unit))
    if given.check(wanted):
        return float(given.to(wanted).magnitude), 1
    dimension = str(given.dimensionality)
    what = DIMENSIONS.get(dimension, f"a quantity of {dimension.replace('[', '').replace(']', '')}")
    raise ValueError(f"{text!r} is {what}, expected something like '10 {unit}'")


def _one(text: str, measure: str, unit: str) -> Any:
    """One of a unit of measure, for pint."""
    import pint

    try:
        return registry().Quantity(1, registry().parse_units(_power(measure)))
    except pint.UndefinedUnitError:
        hint = did_you_mean(measure, USUAL.get(unit, {unit: ()}))
        raise ValueError(f"there is no unit of measure {measure!r}{hint}") from None
    except Exception:  # pint raises KeyError, TypeError and more at what it can't read
        raise ValueError(f"can't read {text!r} as a quantity such as '10 {unit}'") from None


def _power(measure: str) -> str:
    """m3 as m^3, which is how pint reads it."""
    return re.sub(r"([^\W\d])(-?\d)", r"\1^\2", measure)


@cache
def registry() -> UnitRegistry[Any]:
    """The units of measure that pint knows; made once, when a unit that is not usual is met."""
    import pint

    known: UnitRegistry[Any] = pint.UnitRegistry()
    known.define("piece = [piece]")
    return known


def say(number: float, unit: str) -> str:
    """A text that `convert` reads as exactly this number: in the unit itself, or where that is shorter in min or s.

    >>> say(1.5, "h"), say(0.75, "h"), say(7 / 6, "h"), say(120.0, "kg/h")
    ('1.5 h', '45 min', '70 min', '120 kg/h')
    """
    said: list[tuple[str, str]] = [(plain(number), unit)]
    if unit == "h" and (number < 1.0 or len(said[0][0]) > 6):
        said += [(plain(round(number * each, 9)), word) for word, each in (("min", 60), ("s", 3600))]
    exact = [each for each in said if convert(" ".join(each), unit) == number]
    figure, word = min(exact, key=lambda each: len(each[0]))
    return f"{figure} {word}"


def plain(number: float) -> str:
    """A number as short as it can be said exactly."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)

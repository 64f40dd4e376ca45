"""Chance: what a file may say a time is, and numbers addressed by name and index.

A number is the hash of its address, consumed by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from struct import Struct
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from plantsim.contracts import Distribution
from plantsim.laws import (
    Bootstrap,
    Constant,
    Empirical,
    Exponential,
    Gamma,
    Geometric,
    Law,
    Lognormal,
    Own,
    Trace,
    Triangular,
    Uniform,
    Weibull,
)

HOUR = 3_600_000  # milliseconds, in which the engine and the record count
_word = Struct("<Q").unpack
BATCH = re.compile(r"/(\d+)")  # its number in its order


def milliseconds(hours: float) -> int:
    """A time [h] as a whole number of milliseconds; never negative.

    >>> milliseconds(1.5)
    5400000
    """
    return int(hours * HOUR + 0.5) if hours > 0.0 else 0


_LAWS = (Constant, Exponential, Uniform, Triangular, Lognormal, Weibull, Gamma, Geometric, Empirical, Trace, Bootstrap)
LAWS: dict[str, type[Law]] = {law.model_fields["law"].default: law for law in _LAWS}
FIRST = {"constant": "value", "exponential": "mean"}  # what {law: one thing} gives, where it is not the times
AnyLaw = Annotated[
    Constant
    | Exponential
    | Uniform
    | Triangular
    | Lognormal
    | Weibull
    | Gamma
    | Geometric
    | Empirical
    | Trace
    | Bootstrap
    | Own,
    Field(discriminator="law"),
]


def _as_law(value: Any) -> Any:
    """A number or a text is a constant; {word: {...}} is the law of that name; else a user's own distribution.

    >>> _as_law({"exponential": 2.0})
    {'law': 'exponential', 'mean': 2.0}
    """
    if isinstance(value, Law):
        return value
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return {"law": "constant", "value": value}
    if isinstance(value, Mapping):
        if "law" in value or len(value) != 1:
            return dict(value)
        ((word, inner),) = value.items()
        return {**inner, "law": word} if isinstance(inner, Mapping) else {"law": word, FIRST.get(word, "times"): inner}
    if isinstance(value, Distribution):
        return Own(distribution=value)
    return value


_SCHEMA = {
    "description": "a time such as '45 min', or {law: {...}} with one of " + ", ".join(LAWS),
    "examples": ["45 min"],
    "oneOf": [
        {"type": "string"},
        {"type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": {"enum": list(LAWS)}},
    ],
}
Duration = Annotated[AnyLaw, BeforeValidator(_as_law), WithJsonSchema(_SCHEMA)]


class Streams:
    """Numbers addressed by name and index: equal addresses give equal numbers, in any order, in any layout.

    `given` tells, for addresses whose time is already running, how many hours have passed; such a time is drawn from
    the rest of its distribution.

    >>> Streams(seed=1).number("march/7/dry", 1) == Streams(seed=1).number("march/7/dry", 1)
    True
    """

    __slots__ = ("given", "prefix")

    def __init__(
        self, seed: int, replication: int = 0, salt: str = "", given: Mapping[str, float] | None = None
    ) -> None:
        self.prefix = f"{seed}/{replication}/{salt}/"
        self.given = dict(given or {})

    def number(self, name: str, k: int = 1) -> float:
        """The uniform number in (0, 1) at this address."""
        (word,) = _word(blake2b(f"{self.prefix}{name}/{k}".encode(), digest_size=8).digest())
        return ((word >> 12) + 0.5) * 2.0**-52  # type: ignore[no-any-return]

    def hours(self, law: Law, name: str, k: int = 1) -> float:
        """A time [h] at this address, longer than what has already passed of it."""
        if self.given and (passed := self.given.get(f"{name}/{k}", 0.0)) > 0.0:
            return law.rest(self.number(name, k), passed)
        if isinstance(law, Trace):
            return law.value(self.number, *_turn(name, k))
        return law.quantile(self.number(name, k))

    def time(self, law: Law, name: str, k: int = 1) -> int:
        """A time [ms] at this address."""
        if self.given or law.recorded:
            hours = self.hours(law, name, k)
        else:  # as `hours` does, without a call: this is drawn for each step of each batch
            (word,) = _word(blake2b(f"{self.prefix}{name}/{k}".encode(), digest_size=8).digest())
            hours = law.quantile(((word >> 12) + 0.5) * 2.0**-52)
        return int(hours * HOUR + 0.5) if hours > 0.0 else 0


def _turn(name: str, k: int) -> tuple[str, int]:
    """(whose sequence it is, which asking of it): of a batch, its order's, and its number there.

    >>> _turn("march/7/dry/run", 1), _turn("mill-1/repair/seal", 4)
    (('march/dry/run', 7), ('mill-1/repair/seal', 4))
    """
    numbered = BATCH.search(name)
    if numbered is None or k != 1:
        return name, k
    return name[: numbered.start()] + name[numbered.end() :], int(numbered[1])

"""Factors: what of a layout is varied, named by its path, and the scenario in which it has another value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from types import UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin

from plantsim.errors import Fault, LayoutError, PlantsimError, did_you_mean
from plantsim.laws import Law
from plantsim.scenario import Scenario
from plantsim.schema import Declared
from plantsim.study.edits import changed, lasting

Value: TypeAlias = Any  # a number, or a level such as the name of a rule
Point: TypeAlias = Mapping[str, Value]  # path -> value


@dataclass(frozen=True)
class Factor:
    """Something that is varied: from `low` to `high`, or over `levels`, which may be words.

    `path` names it as a layout file does, such as `units.press.count`.  A law of times at its end, such as
    `products.x.steps.dry.time`, is given that mean; its spread goes with it.  `whole`: only whole numbers; of a
    scenario that is known by itself.

    Raises:
        PlantsimError: if there is no range and there are no two levels.

    >>> Factor("units.press.count", 1, 4, whole=True).at(0.99)
    4
    >>> Factor("run.dispatch", levels=("first_come", "shortest_first")).at(0.2)
    'first_come'
    """

    path: str
    low: float | None = None
    high: float | None = None
    levels: tuple[Value, ...] = ()
    whole: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))
        if self.levels:
            if self.low is not None or self.high is not None:
                raise PlantsimError(f"{self.path}: give low and high, or levels, not both")
            if len(set(self.levels)) < 2:
                raise PlantsimError(f"{self.path}: needs two levels at least, got {list(self.levels)}")
        elif self.low is None or self.high is None:
            raise PlantsimError(f"{self.path}: give low and high, or levels")
        elif not (isfinite(self.low) and isfinite(self.high) and self.low < self.high):
            raise PlantsimError(f"{self.path}: low must be less than high, got {self.low:g} and {self.high:g}")

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, so that there are values between two of them."""
        return not self.levels or all(isinstance(each, (int, float)) for each in self.levels)

    @property
    def ends(self) -> tuple[Value, Value]:
        """The least value and the greatest; of words the first and the last."""
        if not self.levels:
            return self.at(0.0), self.at(1.0)
        return (min(self.levels), max(self.levels)) if self.numeric else (self.levels[0], self.levels[-1])

    def at(self, share: float) -> Value:
        """The value at a share of the way from low to high; whole numbers and levels have equal parts of it."""
        if self.levels:
            return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]
        low, high = float(self.low or 0.0), float(self.high or 0.0)
        if self.whole:
            first, last = round(low), round(high)
            return min(first + int(share * (last - first + 1)), last)
        return low + share * (high - low)

    def coded(self, value: Value) -> float:
        """A number as -1 at the low end and 1 at the high one."""
        low, high = self.ends
        return 2.0 * (float(value) - float(low)) / (float(high) - float(low)) - 1.0

    def spread(self, number: int) -> list[Value]:
        """So many values, evenly from low to high; of levels all."""
        if self.levels:
            return list(self.levels)
        low, high = float(self.low or 0.0), float(self.high or 0.0)
        values = [low + k * (high - low) / (number - 1) for k in range(number)]
        return list(dict.fromkeys(map(round, values))) if self.whole else values


Factors: TypeAlias = Sequence[Factor] | Mapping[str, Any]


def as_factors(given: Factors) -> list[Factor]:
    """Factors, also said as {path: (low, high)} or {path: [level, level, ...]}.

    Raises:
        PlantsimError: if there is none, or two are of the same path.

    >>> [each.levels for each in as_factors({"units.mill.count": [1, 2, 3]})]
    [(1, 2, 3)]
    """
    if isinstance(given, Mapping):
        given = [_factor(path, said) for path, said in given.items()]
    found = list(given)
    if not found:
        raise PlantsimError("give at least one factor, such as ps.Factor('units.press.count', 1, 4)")
    twice = next((each.path for each in found if sum(other.path == each.path for other in found) > 1), None)
    if twice is not None:
        raise PlantsimError(f"{twice} is named twice; a path is one factor")
    return found


def _factor(path: str, said: Any) -> Factor:
    if isinstance(said, Factor):
        return said
    if isinstance(said, tuple) and len(said) == 2:
        return Factor(path, *said)
    if isinstance(said, list):
        return Factor(path, levels=tuple(said))
    raise PlantsimError(f"{path}: expected (low, high) or a list of levels, got {said!r}")


def fitted_to(scenario: Scenario, factors: Sequence[Factor]) -> list[Factor]:
    """The factors of a scenario, whole where only whole numbers fit; both ends are tried.

    Raises:
        LayoutError: with all that is not there, or does not fit.
    """
    found: list[Factor] = []
    faults: list[Fault] = []
    for each in factors:
        try:
            whole = each.whole or _counts(scenario, each.path)
            one = Factor(each.path, each.low, each.high, each.levels, whole)
            if len(set(one.ends)) < 2:
                raise PlantsimError(f"{one.path}: there is only one whole number from {one.low:g} to {one.high:g}")
            for value in one.levels or one.ends:
                put(scenario, one.path, value).check()
            found.append(one)
        except LayoutError as error:
            faults += error.faults
    if faults:
        raise LayoutError(list(dict.fromkeys(faults)))
    return found


def put_all(scenario: Scenario, point: Point) -> Scenario:
    """A variant in which each path has another value; a law of times may be given another mean, or be another law."""
    return reduce(lambda one, item: put(one, *item), point.items(), scenario)


def put(scenario: Scenario, path: str, value: Value) -> Scenario:
    """A variant in which a path has another value; all other names keep their luck.

    Raises:
        LayoutError: if there is nothing of that path, or the value does not fit it.
    """
    try:
        made: Scenario = _put(scenario, path, "", value)
    except ValueError as error:  # of pydantic, with all its own words
        raise LayoutError([Fault((path,), f"{value!r}: {_first(error)}")]) from None
    return made


def read(scenario: Scenario, path: str) -> Value:
    """What stands at a path; of a law of times its mean.

    >>> from plantsim.layout import read_layout
    >>> read(read_layout("layouts/flow_line.yaml"), "failures.long stop.repair.mean")
    0.25
    """
    here, gone, rest = scenario, "", path
    while rest:
        if isinstance(here, Law) and rest == "mean":
            return here.mean_hours
        word, field, rest = _step(here, rest, gone)
        here = here[word] if isinstance(here, Mapping) else getattr(here, field) if field else here
        gone = f"{gone}.{word}" if gone else word
    return here.mean_hours if isinstance(here, Law) else here


def _put(here: Any, path: str, gone: str, value: Value) -> Any:
    if isinstance(here, Law) and path in ("", "mean") and not isinstance(value, (Law, str)):
        return _lasting(here, float(value))
    if not path:
        return value
    word, field, rest = _step(here, path, gone)
    inside = f"{gone}.{word}" if gone else word
    if isinstance(here, Mapping):
        return {**here, word: _put(here[word], rest, inside, value)}
    if not field:
        return _put(here, rest, inside, value)
    return changed(here, **{field: _put(getattr(here, field), rest, inside, value)})


def _lasting(law: Law, mean: float) -> Law:
    """A law of another mean, and the same luck; of times that are always 0, that time."""
    now = law.mean_hours
    if now > 0.0:
        return lasting(law, mean / now)
    return changed(law, value=mean) if "value" in type(law).model_fields else law


def _step(here: Any, path: str, gone: str) -> tuple[str, str, str]:
    """The next word of a path, the field that it is of ('' of a map, or if a law is named), and the rest."""
    if isinstance(here, Mapping):
        known = {str(word): "" for word in here}
    elif isinstance(here, Declared):
        known = {word: name for name, of in type(here).model_fields.items() for word in (name, of.alias or name)}
        known |= {here.law: ""} if isinstance(here, Law) and hasattr(here, "law") else {}
    else:
        raise LayoutError([Fault((), f"{gone} holds no words of its own, so there is no {path!r} in it")])
    near = [word for word in known if path == word or path.startswith(f"{word}.")]
    if not near:
        word, place = path.partition(".")[0], f" in {gone}" if gone else " in a layout"
        raise LayoutError([Fault((), f"there is no {word!r}{place}{did_you_mean(word, known)}")])
    word = max(near, key=len)
    return word, known[word], path[len(word) + 1 :]


def _counts(scenario: Scenario, path: str) -> bool:
    """Whether only whole numbers fit at a path: by its declaration, since what is not set has no type."""
    head, _, last = path.rpartition(".")
    try:
        here = _at(scenario, head)
    except LayoutError:
        here = None
    field = _field(here, last)
    if field is None:
        value = read(scenario, path)
        return isinstance(value, int) and not isinstance(value, bool)
    return _is_whole(field.annotation)


def _at(here: Any, path: str) -> Any:
    gone = ""
    while path:
        word, field, path = _step(here, path, gone)
        here = here[word] if isinstance(here, Mapping) else getattr(here, field) if field else here
        gone = f"{gone}.{word}" if gone else word
    return here


def _field(here: Any, word: str) -> Any:
    fields = type(here).model_fields.items() if isinstance(here, Declared) else ()
    return next((of for name, of in fields if word in (name, of.alias)), None)


def _is_whole(kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return any(map(_is_whole, get_args(kind)))
    return kind is int or (hasattr(kind, "__metadata__") and _is_whole(get_args(kind)[0]))


def _first(error: Exception) -> str:
    told: Callable[..., Iterable[Mapping[str, Any]]] | None = getattr(error, "errors", None)
    words = [str(each["msg"]) for each in told()] if told is not None else []
    return (words or [str(error)])[0].removeprefix("Value error, ")

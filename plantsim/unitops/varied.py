"""Figures of a model that differ from batch to batch, such as a set point that a controller does not quite hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from plantsim.charge import GRID, SPREADS, Spread
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Figure

if TYPE_CHECKING:
    from plantsim.unitops.model import Operation

ENDS = (0.5 / GRID, 1.0 - 0.5 / GRID)  # the least and the greatest luck that there is


@dataclass(frozen=True)
class Varied:
    """A model some of whose figures are drawn for each batch, through their own quantile functions."""

    model: Operation

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """What the model says with the figures that luck of their names gives."""
        drawn = {word: law.quantile(draw(word)) for word, law in self.model.varies.items()}
        return self.model.on(drawn)(charge, unit, draw)

    def __getattr__(self, name: str) -> Any:
        """What a halt does is asked of the model itself, if it tells it."""
        if name != "idle":
            raise AttributeError(name)
        return self.model.idle


def laws_of(declared: Any, words: Mapping[str, Any], context: Any) -> dict[str, Spread]:
    """Word -> its distribution, of those words of an operation that stand for a number and are given one."""
    fields = {field.alias or name: field for name, field in declared.model_fields.items()}
    return {
        word: SPREADS[next(iter(value))].model_validate(next(iter(value.values())), context=context)
        for word, value in words.items()
        if isinstance(value, Mapping)
        and len(value) == 1
        and next(iter(value)) in SPREADS
        and word in fields
        and _number(fields[word].annotation)
    }


def middle(law: Spread) -> Any:
    """The median of a distribution, as a file would say it."""
    number, first = law.quantile(0.5), next(iter(dict(law).values()))
    return f"{number!r} {first.unit}" if isinstance(first, Figure) else number


def misfits(model: Operation, laws: Mapping[str, Spread]) -> str:
    """Why a model can't have figures that are drawn like this; '' if it can."""
    for word, law in laws.items():
        units = {name: each.unit for name, each in dict(law).items() if isinstance(each, Figure) and name != "cv"}
        if len({*units.values()}) > 1:
            told = ", ".join(f"{name} in {unit}" for name, unit in units.items())
            return f"{word}: expected figures in one unit of measure, got {told}"
        for number in map(law.quantile, ENDS):
            try:
                model.on({word: number})
            except ValidationError as error:
                text = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
                return f"{word}: is at times {number:.4g}, but {text}"
    return ""


def _number(annotation: Any) -> bool:
    """Whether a field is a number, or a number or nothing."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _number(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return any(_number(each) for each in get_args(annotation))
    return annotation is float

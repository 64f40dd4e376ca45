"""The model that a step names: a built-in unit operation with its own words, or a user's own code."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from plantsim.charge import Spread
from plantsim.contracts import Charge, Draw, Equipment, Outcome, UnitModel
from plantsim.errors import did_you_mean
from plantsim.schema import Declared, Figure, Measured
from plantsim.unitops import OPERATIONS, operation
from plantsim.unitops.going_on import GoingOn
from plantsim.unitops.idle import Halt, Warmth
from plantsim.unitops.varied import Varied, laws_of, middle, misfits

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class Operation(Declared):
    """A built-in unit operation: its parameters are fields, and it is called as a model.

    Numbers that differ from batch to batch are fields at their median; `varies` has their distributions.
    """

    model_config = ConfigDict(allow_inf_nan=False)
    halt: Annotated[Halt, Field(description="what a halt does to the charge; nothing, unless it is said")] = Halt()
    brings: ClassVar[bool] = False  # whether it brings in matter of its own: a feed, a buffer, a solvent
    _varies: dict[str, Spread] = PrivateAttr(default_factory=dict)

    @property
    def adds(self) -> bool:
        """Whether more mass may come out than goes in, since it brings in some."""
        return self.brings

    @property
    def idles(self) -> bool:
        """Whether a halt does anything to a charge; else the rest of the time is left after it."""
        return self.halt.acts

    def warmth(self, charge: Charge) -> Warmth:
        """The temperature [°C] of a charge over the hours of a halt."""
        return self.halt.warmth(charge.temperature)

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt of so many hours makes of a charge."""
        return self.halt.after(charge, hours, self.warmth(charge))

    @property
    def idle(self) -> Callable[[Charge, float, Equipment], Charge]:
        """What a halt does, as a model says it to the engine.

        Raises:
            AttributeError: if it does nothing.
        """
        if not self.idles:
            raise AttributeError("idle")
        return lambda charge, hours, unit: self.rested(charge, hours)

    @property
    def varies(self) -> Mapping[str, Spread]:
        """Parameter -> its distribution, of those that are drawn for each batch."""
        return self._varies

    @abstractmethod
    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """The outcome for a charge."""

    @property
    def words(self) -> list[str]:
        """Its parameters, in the words of a file."""
        return [field.alias or name for name, field in type(self).model_fields.items()]

    def misfit(self, word: str, figure: float) -> str:
        """Why a unit can't have this figure; '' if it can, or if it is of no concern."""
        if word not in self.words:
            return ""
        unit = self.measures().get(word)
        if isinstance(figure, Figure) and unit not in (None, figure.unit):
            return f"expected something like '10 {unit}', got {float(figure):g} {figure.unit}"
        try:
            self.on({word: figure})
        except ValidationError as error:
            return error.errors(include_url=False)[0]["msg"].partition(", ")[2]
        return ""

    @classmethod
    def measures(cls) -> dict[str, str]:
        """Parameter -> its unit of measure, of those that have one."""
        fields = cls.model_json_schema().get("properties", {})
        return {word: str(field["examples"][0]).split()[-1] for word, field in fields.items() if "examples" in field}

    def on(self, design: Mapping[str, float]) -> Operation:
        """The operation on a unit whose own figures come before those of the step."""
        words = {field.alias: name for name, field in type(self).model_fields.items()}
        own = {words[word]: float(value) for word, value in design.items() if word in words}
        if not own:
            return self
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        found = type(self)(**{**kept, **own})
        found._varies = {word: law for word, law in self._varies.items() if word not in design}
        return found

    @property
    def reads(self) -> tuple[str, ...]:
        """The attributes of quality that a charge must have for it."""
        return ()


class Own(Declared):
    """A user's own model: a callable, or the dotted path of one; what else is given are its keyword arguments."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Measured] = Field(init=False)
    use: Any

    def made(self) -> UnitModel:
        """The model itself: a class is called with the arguments, a function that is given any gets them each time.

        Raises:
            ImportError, AttributeError: if the path leads nowhere.
        """
        words = {word.replace(" ", "_"): value for word, value in (self.__pydantic_extra__ or {}).items()}
        use = imported(self.use) if isinstance(self.use, str) else self.use
        if isinstance(use, type):
            return use(**words)  # type: ignore[no-any-return]
        if not words:
            return use  # type: ignore[no-any-return]

        def model(charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
            return use(charge, unit, draw, **words)  # type: ignore[no-any-return]

        return update_wrapper(model, use)


def imported(dotted: str) -> Any:
    """What a dotted path such as 'mysite.drying:TrayDrying' names."""
    module, _, name = dotted.rpartition(":")
    return getattr(import_module(module), name)


def path_of(thing: Any) -> Any:
    """The dotted path by which a thing can be imported, or the thing itself if there is none."""
    module, name = getattr(thing, "__module__", ""), getattr(thing, "__qualname__", "<")
    there = getattr(sys.modules.get(module), name, None) is thing and module != "__main__"
    return f"{module}:{name}" if there else thing


def read(value: Any, info: ValidationInfo) -> Any:
    """{use: name, parameter: value ...} as a built-in's own fields, or a user's own code."""
    if value is None or isinstance(value, (Operation, Own)):
        return value
    if isinstance(value, Declared) or not isinstance(value, Mapping):
        if callable(value):
            return Own(use=value)
        raise ValueError("expected a map such as {use: FluidBedDrying, until: 0.02 kg/kg}")
    if not isinstance(value.get("use"), str):
        if callable(value.get("use")):
            return Own.model_validate(dict(value), context=info.context)
        raise ValueError("needs 'use': a built-in such as FluidBedDrying, or a path such as 'mysite.drying:TrayDrying'")
    name, words = value["use"], {word: each for word, each in value.items() if word != "use"}
    if ":" in name:
        return Own.model_validate(dict(value), context=info.context)
    if name not in OPERATIONS:
        raise ValueError(f"there is no unit operation {name!r}{did_you_mean(name, OPERATIONS)}")
    declared: Any = operation(name)
    laws = laws_of(declared, words, info.context)
    middles = {word: middle(law) for word, law in laws.items()}
    try:
        model: Operation = declared.model_validate({**words, **middles}, context=info.context)
    except ValidationError as error:
        found = [_said(each, declared) for each in error.errors(include_url=False)]
        raise ValidationError.from_exception_data(name, found) from None
    if wrong := misfits(model, laws):
        raise ValueError(wrong)
    model._varies = laws
    return model


def playable(model: Operation | Own) -> UnitModel:
    """What is called for the model of a step.

    Raises:
        ImportError, AttributeError: if the path of a user's own leads nowhere.
    """
    if isinstance(model, Own):
        return model.made()
    drawn: UnitModel = Varied(model) if model.varies else model
    return GoingOn(drawn, model.halt) if model.halt.acts else drawn


def _said(error: ErrorDetails, declared: Any) -> InitErrorDetails:
    """A fault of a parameter with its words, which nobody else knows."""
    word, text = str(error["loc"][-1]), error["msg"]
    owner = _inner(declared, error["loc"][:-1])
    fields = {field.alias: field.description for field in owner.model_fields.values()}
    if error["type"] == "extra_forbidden":
        text = f"Value error, unknown word {word!r}{did_you_mean(word, fields)}"
    elif error["type"] == "missing":
        text = f"Value error, {owner.__name__} needs {word!r}: {fields[word]}"
    elif error["type"] != "value_error":
        text = f"Value error, expected a number, got {error['input']!r}" + (
            f": {fields[word]}" if word in fields else ""
        )
    kind = PydanticCustomError("value_error", "{said}", {"said": text})
    loc = error["loc"][:-1] if error["type"] == "missing" else error["loc"]
    return InitErrorDetails(type=kind, loc=loc, input=error["input"])


def _inner(declared: Any, words: Sequence[str | int]) -> Any:
    """The declaration to which words lead, such as that of a reaction in a map; where none is, the last before."""
    for word in words:
        field = next((field for field in declared.model_fields.values() if field.alias == word), None)
        kinds = () if field is None else (field.annotation, *get_args(field.annotation))
        declared = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Declared)), declared)
    return declared


def write(model: Any, info: Any) -> Any:
    """As `read` reads it."""
    if isinstance(model, Own):
        use = model.use if isinstance(model.use, str) else path_of(model.use)
        words = model.model_dump(by_alias=True, context=info.context)
        return {**words, "use": use}
    if model is None:
        return None
    words = model.model_dump(by_alias=True, exclude_defaults=info.exclude_defaults, context=info.context)
    laws = {word: law.model_dump(context=info.context) for word, law in model._varies.items()}
    return {"use": type(model).__name__, **words, **laws}


_SCHEMA = {
    "type": "object",
    "description": "a unit operation and its parameters, such as {use: FluidBedDrying, until: 0.02 kg/kg}",
    "required": ["use"],
    "properties": {"use": {"type": "string", "description": "a built-in by name, or a dotted path to one's own code"}},
}
Model = Annotated[Any, BeforeValidator(read), PlainSerializer(write), WithJsonSchema(_SCHEMA)]

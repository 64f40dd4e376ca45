"""What pydantic finds, said as sentences: the thing, the value, the rule and the mend."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from plantsim.chance import LAWS
from plantsim.errors import did_you_mean
from plantsim.laws import Law
from plantsim.layout.tree import Place
from plantsim.schema import Declared

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Kinds: TypeAlias = list[Any]
LAW = "{exponential: 2 h}"


def sentence(error: ErrorDetails, declared: type[Declared]) -> str:
    """One fault in words; `declared` is what the file as a whole is read as."""
    kind, value = error["type"], error["input"]
    if kind in ("value_error", "assertion_error"):
        return error["msg"].partition(", ")[2]
    if kind == "missing":
        return _missing(error["loc"], declared)
    if kind == "extra_forbidden":
        word, top = str(error["loc"][-1]), ["extends"] if len(error["loc"]) == 1 else []
        return f"unknown word {word!r}{did_you_mean(word, [*words_at(declared, error['loc'][:-1]), *top])}"
    if kind == "literal_error":
        return _unknown(value, literals_at(declared, error["loc"]))
    if kind == "union_tag_invalid":
        word = str(error["ctx"]["tag"])
        return f"there is no law {word!r}{did_you_mean(word, LAWS)}"
    if kind == "union_tag_not_found" or (kind == "model_attributes_type" and _laws(declared, error["loc"])):
        return f"expected a time such as '45 min', or a law such as {LAW}, got {said_as(value)}"
    return _plain(kind, value, error.get("ctx", {}), declared, error["loc"])


def _plain(kind: str, value: Any, limits: dict[str, Any], declared: type[Declared], loc: Place) -> str:
    if kind.startswith(("greater_", "less_")):
        return f"must be {BOUNDS[kind]} {_figure(next(iter(limits.values())))}, got {value!r}"
    if kind in ("too_short", "too_long"):
        bound = limits.get("min_length", limits.get("max_length"))
        return f"expected {'at least' if kind == 'too_short' else 'only'} {_values(bound)}, got {len(value)}"
    if kind.startswith("model_"):
        words = ", ".join(words_at(declared, loc)[:3])
        return f"expected a map with words such as {words}, got {said_as(value)}"
    for start, wanted in WANTED.items():
        if kind.startswith(start):
            mend = "; write it in quotes" if wanted == "a text" and isinstance(value, (int, float)) else ""
            return f"expected {wanted}, got {said_as(value)}{mend}"
    return f"can't be {said_as(value)}"


BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
WANTED = {
    "string_too_short": "a text that is not empty",
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "dict": "a map of names",
    "mapping": "a map of names",
    "tuple": "a list",
    "list": "a list",
}


def _values(number: Any) -> str:
    return f"{number} value" if number == 1 else f"{number} values"


def _figure(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else f"{number:,}"


def said_as(value: Any) -> str:
    """A value as a sentence names it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"a map with {', '.join(map(str, list(value)[:3])) or 'nothing in it'}"
    if isinstance(value, (list, tuple)):
        return "a list"
    return f"the text {value!r}" if isinstance(value, str) else repr(value)


def _unknown(value: Any, words: list[Any]) -> str:
    if isinstance(value, str) and all(isinstance(word, str) for word in words):
        return f"unknown word {value!r}{did_you_mean(value, words)}"
    return f"expected {' or '.join(map(str, words))}, got {said_as(value)}"


def _missing(loc: Place, declared: type[Declared]) -> str:
    """The word that is lacking, with what it means."""
    word = loc[-1]
    if isinstance(word, int):
        sizes = [len(get_args(kind)) for kind in kinds_at(declared, loc[:-1])]
        return f"expected {_values(max(sizes))}, got fewer"
    for kind in kinds_at(declared, loc[:-1]):
        for name, field in getattr(kind, "model_fields", {}).items():
            if word in (name, field.alias) and field.description:
                return f"needs {word!r}: {field.description}"
    return f"needs {word!r}"


# ---- what is declared at a place -------------------------------------------------------------------------------------


def words_at(declared: type[Declared], loc: Place) -> list[str]:
    """The words that may stand in the map at a place."""
    kinds = (kind for kind in kinds_at(declared, loc) if _is(kind, Declared))
    words = (field.alias or name for kind in kinds for name, field in kind.model_fields.items())
    return [word for word in dict.fromkeys(words) if word != "law"]


def literals_at(declared: type[Declared], loc: Place) -> list[Any]:
    """The values that may stand at a place which takes only some."""
    literal: Any = Literal
    return [value for kind in kinds_at(declared, loc) if get_origin(kind) is literal for value in get_args(kind)]


def _laws(declared: type[Declared], loc: Place) -> bool:
    return any(_is(kind, Law) for kind in kinds_at(declared, loc))


def kinds_at(declared: type[Declared], loc: Place) -> Kinds:
    """The types that a place may have; parts of the way that name a branch of a union are passed."""
    if loc and loc[-1] == "[key]":
        maps = [get_args(kind) for kind in kinds_at(declared, loc[:-2])]
        return [key for arguments in maps if len(arguments) == 2 for key in _flat(arguments[0])]
    kinds: Kinds = [declared]
    for part in loc:
        kinds = list(_step(kinds, part)) or kinds
    return kinds


def _step(kinds: Kinds, part: str | int) -> Iterator[Any]:
    for kind in kinds:
        origin: Any = get_origin(kind)
        arguments = get_args(kind)
        if _is(kind, Law) and kind.model_fields["law"].default == part:
            yield kind
        elif _is(kind, Declared):
            for name, field in kind.model_fields.items():
                if part in (name, field.alias):
                    yield from _flat(field.annotation)
        elif origin is dict:
            yield from _flat(arguments[1])
        elif origin in (tuple, list) and isinstance(part, int):
            yield from _flat(arguments[0])


def _flat(annotation: Any) -> Iterator[Any]:
    """The types of a union, without what is annotated."""
    origin: Any = get_origin(annotation)
    if origin is Annotated:
        yield from _flat(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _flat(each)
    else:
        yield annotation


def _is(kind: Any, declared: type) -> bool:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, declared)


def without_follow_ups(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without words that are only missing because they are misspelt."""
    unknown: dict[Place, list[str]] = {}
    for error in errors:
        if error["type"] == "extra_forbidden":
            unknown.setdefault(error["loc"][:-1], []).append(str(error["loc"][-1]))
    return [
        error
        for error in errors
        if error["type"] != "missing" or not meant(str(error["loc"][-1]), unknown.get(error["loc"][:-1], []))
    ]


def meant(word: str, words: list[str]) -> str:
    """The word that was probably meant, or ''."""
    near = get_close_matches(word, words, 1)
    return near[0] if near else ""

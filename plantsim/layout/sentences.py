"""What pydantic finds, said as sentences: the thing, the value, the rule and the mend."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from plantsim.chance import LAWS, Law
from plantsim.errors import did_you_mean
from plantsim.layout.tree import Place
from plantsim.schema import Declared

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Kinds: TypeAlias = list[Any]
LAW = "{lognormal: {mean: 45 min, cv: 0.1}}"


def sentence(error: ErrorDetails, declared: type[Declared]) -> str:
    """One fault in words; `declared` is what the file as a whole is read as."""
    kind, value = error["type"], error["input"]
    if kind in ("value_error", "assertion_error"):
        return error["msg"].partition(", ")[2]
    if kind == "missing":
        return _missing(error["loc"], declared)
    if kind == "extra_forbidden":
        word = str(error["loc"][-1])
        return f"unknown word {word!r}{did_you_mean(word, words_at(declared, error['loc'][:-1]))}"
    if kind == "literal_error":
        return _unknown(value, literals_at(declared, error["loc"]))
    if kind.startswith("union_tag") or (kind == "model_attributes_type" and _laws(declared, error["loc"])):
        return _no_law(value)
    return _plain(kind, value, error.get("ctx", {}), declared, error["loc"])


def _plain(kind: str, value: Any, limits: dict[str, Any], declared: type[Declared], loc: Place) -> str:
    if kind.startswith(("greater_", "less_")):
        return f"must be {BOUNDS[kind]} {_figure(next(iter(limits.values())))}, got {value!r}"
    if kind in ("too_short", "too_long"):
        bound = limits.get("min_length", limits.get("max_length"))
        return f"expected {'at least' if kind == 'too_short' else 'at most'} {bound} of them, got {len(value)}"
    if kind.startswith("model_"):
        words = ", ".join(words_at(declared, loc)[:3])
        return f"expected a map with words such as {words}, got {_said(value)}"
    for start, wanted in WANTED.items():
        if kind.startswith(start):
            return f"expected {wanted}, got {_said(value)}"
    return f"can't be {_said(value)}"


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


def _figure(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else f"{number:,}"


def _said(value: Any) -> str:
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
    return f"expected {' or '.join(map(str, words))}, got {_said(value)}"


def _no_law(value: Any) -> str:
    words = [word for word in value if word != "law"] if isinstance(value, dict) else []
    said = str(value.get("law", words[0] if words else "")) if isinstance(value, dict) else ""
    if said and said not in LAWS and len(words) <= 1:
        return f"there is no law {said!r}{did_you_mean(said, LAWS)}"
    return f"expected a time such as '45 min', or one law such as {LAW}, got {_said(value)}"


def _missing(loc: Place, declared: type[Declared]) -> str:
    """The word that is lacking, with what it means."""
    word = loc[-1]
    if isinstance(word, int):
        return f"lacks its value number {word + 1}"
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
    return [value for kind in kinds_at(declared, loc) if get_origin(kind) is Literal for value in get_args(kind)]


def required(declared: type[Declared], loc: Place) -> bool:
    """Whether the word at a place must be given."""
    kinds = (kind for kind in kinds_at(declared, loc[:-1]) if _is(kind, Declared))
    return any(field.is_required() for kind in kinds for name, field in kind.model_fields.items() if field.alias == loc[-1])


def _laws(declared: type[Declared], loc: Place) -> bool:
    return any(_is(kind, Law) for kind in kinds_at(declared, loc))


def kinds_at(declared: type[Declared], loc: Place) -> Kinds:
    """The types that a place may have; parts of the way that name a branch of a union are passed."""
    if loc and loc[-1] == "[key]":
        maps = (kind for kind in kinds_at(declared, loc[:-2]) if get_origin(kind) is dict)
        return [key for kind in maps for key in _flat(get_args(kind)[0])]
    kinds: Kinds = [declared]
    for part in loc:
        kinds = list(_step(kinds, part)) or kinds
    return kinds


def _step(kinds: Kinds, part: str | int) -> Iterator[Any]:
    for kind in kinds:
        origin, arguments = get_origin(kind), get_args(kind)
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
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _flat(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _flat(each)
    else:
        yield annotation


def _is(kind: Any, declared: type) -> bool:
    return isinstance(kind, type) and get_origin(kind) is None and issubclass(kind, declared)


def meant(word: str, words: list[str]) -> str:
    """The word that was probably meant, or ''."""
    near = get_close_matches(word, words, 1)
    return near[0] if near else ""



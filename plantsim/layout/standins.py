"""Sound values in place of faulty ones, so that the rest of a file can be cross-checked in the same reading.

Nothing is dropped, since what names a dropped thing would then be a fault as well; what can't be told any more, because
a kind, a step or a link is unknown, is left to the next reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

import plantsim.crosscheck as crosscheck
from plantsim.errors import Fault
from plantsim.layout.measure import context_of
from plantsim.layout.sentences import meant, words_at
from plantsim.layout.tree import Place, Table, walked
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SECTIONS = (
    "units",
    "buffers",
    "pools",
    "utilities",
    "calendars",
    "failures",
    "maintenance",
    "cleaning",
    "products",
    "orders",
)
MANY = 100  # faults; with more of them it is not worth while to guess on
UNKNOWN = "?"  # stands for a kind, a unit, a product that isn't known
STEP: dict[str, Any] = {"on": UNKNOWN, "time": "1 h"}
STAND_INS: dict[str, dict[str, Any]] = {
    "units": {"kind": UNKNOWN, "rate": "1 kg/h"},
    "pools": {"count": 1_000_000},
    "utilities": {"peak": "1000000000 L/h"},
    "calendars": {"open": [["0 h", "1 h"]], "period": "1 h"},
    "failures": {"after": "1 h", "repair": "1 h"},
    "maintenance": {"every": "1 h", "lasts": "1 h"},
    "products": {"batch": "1 mg", "steps": {UNKNOWN: STEP}},
    "orders": {"product": UNKNOWN},
}
ON_STEPS = (crosscheck.routes, crosscheck.unasked, crosscheck.unlinked)
ON_KINDS = (*ON_STEPS, crosscheck.able, crosscheck.fitting)


def cross_faults(
    data: Table, values: dict[str, Any], errors: list[ErrorDetails], spoilt: list[Fault]
) -> Iterator[Fault]:
    """What does not fit together in a file with these faults, as far as it can be told; `spoilt`: those of layout."""
    if len(errors) + len(spoilt) > MANY:
        return
    sound: dict[str, Any] = _copied(values)
    doubted: set[crosscheck.Check] = set()
    for error in errors:
        if not _replace(sound, data, error, doubted):
            return
    for fault in spoilt:
        _stand_in(sound, fault.path, doubted)
    try:
        scenario = Scenario.model_validate(sound, context=context_of(sound))
    except ValidationError:
        return
    replaced = [_place(data, error) for error in errors]
    replaced += [fault.path for fault in spoilt if fault.path[0] != "links"]
    for fault in crosscheck.faults(scenario, doubted):
        follows = UNKNOWN in fault.path or repr(UNKNOWN) in fault.text
        if not follows and not any(fault.path[: len(place)] == place for place in replaced):
            yield fault


def _copied(data: Any) -> Any:
    """Plain maps and lists, free to be changed."""
    if isinstance(data, dict):
        return {word: _copied(each) for word, each in data.items()}
    return [_copied(each) for each in data] if isinstance(data, list) else data


def _replace(sound: dict[str, Any], data: Table, error: ErrorDetails, doubted: set[crosscheck.Check]) -> bool:
    """Mend the copy at a fault; False if nothing can be told of the rest."""
    place = _place(data, error)
    if error["type"] == "extra_forbidden":
        return _rename(sound, place, words_at(Scenario, error["loc"][:-1]))
    if not place or (len(place) == 1 and place[0] in SECTIONS):
        return False
    _stand_in(sound, place, doubted)
    return True


def _place(data: Table, error: ErrorDetails) -> Place:
    """Where in the file a fault is; a missing word is where it should be."""
    place = walked(data, tuple(error["loc"]))
    return (*place, error["loc"][-1]) if error["type"] == "missing" else place


def _rename(sound: dict[str, Any], place: Place, words: list[str]) -> bool:
    """An unknown word is taken for the one that was meant, and left out if there is none."""
    here = _at(sound, place[:-1])
    if not isinstance(here, dict) or place[-1] not in here:
        return True
    value, word = here.pop(place[-1]), meant(str(place[-1]), words)
    if word and word not in here:
        here[word] = value
    return True


def _at(tree: Any, place: Place) -> Any:
    for part in place:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _stand_in(sound: dict[str, Any], place: Place, doubted: set[crosscheck.Check]) -> None:
    """Put something sound in the place of a fault."""
    section, name, *rest = (*place, "", "")[: max(2, len(place))]
    if section == "products" or "design" in rest:
        doubted.add(crosscheck.models)
    things = sound.get(section) if isinstance(section, str) else None
    if section == "links":
        doubted.update((crosscheck.routes, crosscheck.unlinked))
        sound["links"] = [pair for pair in things or () if isinstance(pair, list)] if isinstance(things, list) else []
    elif section not in SECTIONS or not isinstance(things, dict) or name == "":
        _leave_out(sound, place[:2])
    elif section == "products" and len(rest) >= 2 and rest[0] == "steps":
        _patch(things[name]["steps"], rest[1], rest[2:], STEP, doubted)
    else:
        _patch(things, name, rest, STAND_INS.get(str(section), {}), doubted)


def _patch(things: Any, name: Any, rest: list[Any], usual: dict[str, Any], doubted: set[crosscheck.Check]) -> None:
    """A thing with something sound in one field, or a sound thing as a whole."""
    thing, field = things.get(name), rest[0] if rest else ""
    if not isinstance(thing, dict) or not field or "open" in usual:
        things[name], lost = deepcopy(usual), set(usual)
        thing = things[name]
    elif field in usual:
        thing[field], lost = deepcopy(usual[field]), {field}
    else:
        thing.pop(field, None)
        lost = set()
        if field == "model":
            thing["time"] = "1 h"
    if "kind" in lost:
        thing["kind"] = str(name)
        doubted.update(ON_KINDS)
    if lost & {"on", "steps"}:
        doubted.update(ON_STEPS)


def _leave_out(sound: dict[str, Any], place: Place) -> None:
    here = _at(sound, place[:-1])
    if isinstance(here, dict):
        here.pop(place[-1], None)

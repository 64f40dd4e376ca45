"""Layout file <-> Scenario: the only reader of YAML, with all faults of a file at once, each with its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

import plantsim.crosscheck as crosscheck
from plantsim.errors import Fault, LayoutError
from plantsim.layout.change import changed, parts
from plantsim.layout.cycles import COUNTED, counted
from plantsim.layout.describe import fields_table, json_schema
from plantsim.layout.measure import context_of
from plantsim.layout.sentences import meant, said_as, sentence, without_follow_ups, words_at
from plantsim.layout.standins import STAND_INS, cross_faults
from plantsim.layout.tree import Items, Place, Table, mark_of, read_extended, walked
from plantsim.layout.week import DATED, RAW, spelled_out
from plantsim.layout.write import to_yaml
from plantsim.plant import chains
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["fields_table", "json_schema", "layout_faults", "read_layout", "to_yaml", "write_layout"]
MOST = 100  # faults that are said of one file
LONG = 400  # letters of a fault


def read_layout(path: str | Path, *changes: str) -> Scenario:
    """The scenario that a layout file says, with changes such as 'units.press.count=3' put into it.

    Raises:
        LayoutError: with all that is wrong in it, each with its line.
    """
    scenario, faults = _read(Path(path), tuple(each for text in changes for each in parts(text)[1]))
    if scenario is None:
        raise LayoutError(faults)
    return scenario


def layout_faults(path: str | Path) -> list[Fault]:
    """All that is wrong with a layout file, in the order of its lines; nothing if it is sound."""
    return _read(Path(path))[1]


def write_layout(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario as a layout file; reading it gives an equal one.

    Raises:
        LayoutError: if it holds a function or a distribution that a file can't name.
    """
    Path(path).write_text(to_yaml(scenario), encoding="utf-8")
    return Path(path)


def _read(path: Path, changes: tuple[str, ...] = ()) -> tuple[Scenario | None, list[Fault]]:
    """The scenario, if nothing is wrong, and else all that is."""
    try:
        data, faults = read_extended(path)
    except LayoutError as error:
        return None, list(error.faults)
    if "study" in data and "layout" in data:
        text = f"this is a study, not a layout: carry it out with 'plantsim study {path.name}'"
        return None, _in_order([_marked(data, path, Fault(("study",), text))], str(path))
    faults += changed(data, changes)
    faults += _misspelt(data)
    values, spoilt, chain_of = _plain_values(data)
    scenario, errors = _validated(values)
    faults += [_marked(data, path, fault) for fault in spoilt]
    faults += [_of_pydantic(data, path, error) for error in errors[: MOST + 1]]
    guessed = cross_faults(data, values, errors, spoilt)
    for fault in guessed if scenario is None or spoilt else crosscheck.faults(scenario):
        place = ("links", chain_of[int(fault.path[1])]) if fault.path[0] == "links" else fault.path
        faults.append(_marked(data, path, Fault(place, fault.text)))
    return (None if faults else scenario), _in_order(faults, str(path))


def _misspelt(data: Table) -> list[Fault]:
    """Sections whose words are misspelt; they are put where they belong, so that what is in them is checked as well."""
    words, faults = words_at(Scenario, ()), list[Fault]()
    for word in [word for word in data if word not in words][:MOST]:
        right = meant(word, words)
        if right and right not in data:
            faults.append(Fault((word,), f"unknown word {word!r}; did you mean {right!r}?", *data.marks[word]))
            data.put(right, data.pop(word), data.marks[word])
    return faults


def _plain_values(data: Table) -> tuple[dict[str, Any], list[Fault], list[int]]:
    """What pydantic is to read: calendars and links spelled out; what is wrong with those; the link of each pair."""
    values: dict[str, Any] = dict(data)
    faults: list[Fault] = []
    pairs: list[Any] = []
    chain_of: list[int] = []
    if isinstance(data.get("calendars"), Table):
        values["calendars"] = {}
        for name, said in data["calendars"].items():
            values["calendars"][name], found = _calendar(said, data.get("start"), ("calendars", name))
            faults += found
    for place, word in COUNTED.items():
        if isinstance(data.get(place), Table):
            read = {name: counted(rule, word, (place, name)) for name, rule in data[place].items()}
            values[place] = {name: rule for name, (rule, _) in read.items()}
            faults += [fault for _, found in read.values() for fault in found]
    if isinstance(data.get("links"), Items):
        for number, link in enumerate(data["links"]):
            try:
                pairs += _pairs(link)
                chain_of += [number] * (len(pairs) - len(chain_of))
            except ValueError as error:
                faults.append(Fault(("links", number), str(error)))
        values["links"] = pairs
    return values, faults, chain_of


def _calendar(said: Any, start: Any, at: Place) -> tuple[Any, list[Fault]]:
    if not isinstance(said, Table):
        text = f"expected a map such as {{days: mon-fri, hours: 06:00-14:00}}, got {said_as(said)}"
        return STAND_INS["calendars"], [Fault(at, text)]
    if said.keys() & RAW and not said.keys() & DATED:
        return said, []
    raw, faults = spelled_out(said, start, at)
    return (STAND_INS["calendars"] if faults else raw), faults


def _pairs(link: Any) -> list[list[str]]:
    """The pairs that 'a -> b -> c' or [a, b] means."""
    pair = isinstance(link, list) and len(link) == 2 and all(isinstance(name, str) for name in link)
    if not pair and not isinstance(link, str):
        raise ValueError(f"expected a link such as 'dryer -> press', got {link!r}")
    return [list(each) for each in chains([link])]


def _validated(values: dict[str, Any]) -> tuple[Scenario | None, list[ErrorDetails]]:
    try:
        return Scenario.model_validate(values, context=context_of(values)), []
    except ValidationError as error:
        return None, without_follow_ups(error.errors(include_url=False)[: 10 * MOST])


def _of_pydantic(data: Table, path: Path, error: ErrorDetails) -> Fault:
    return _marked(data, path, Fault(tuple(error["loc"]), sentence(error, Scenario)))


def _marked(data: Table, path: Path, fault: Fault) -> Fault:
    """A fault with the file and the line in which it stands."""
    place = walked(data, fault.path)
    text = fault.text if len(fault.text) <= LONG else f"{fault.text[:LONG]} ..."
    return Fault(place or fault.path, text, *mark_of(data, place, str(path)))


def _in_order(faults: list[Fault], file: str) -> list[Fault]:
    """Each fault once, by file and line, the first of them if they are very many."""
    once = sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line))
    if len(once) <= MOST:
        return once
    return [*once[:MOST], Fault((), f"and more: these are the first {MOST} faults", file, once[MOST].line)]

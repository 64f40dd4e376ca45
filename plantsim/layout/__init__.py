"""Layout file <-> Scenario: the only reader of YAML, with all faults of a file at once, each with its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from plantsim import crosscheck
from plantsim.errors import Fault, LayoutError
from plantsim.layout.measure import convert
from plantsim.layout.sentences import meant, sentence
from plantsim.layout.standins import cross_faults
from plantsim.layout.tree import Items, Mark, Place, Table, mark_of, read_extended, walked
from plantsim.layout.week import RAW, spelled_out
from plantsim.layout.write import to_yaml
from plantsim.plant import chains
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST = 100  # faults that are said of one file


def read_layout(path: str | Path) -> Scenario:
    """The scenario that a layout file says.

    Raises:
        LayoutError: with all that is wrong in it, each with its line.
    """
    scenario, faults = _read(Path(path))
    if scenario is None:
        raise LayoutError(faults)
    return scenario


def layout_faults(path: str | Path) -> list[Fault]:
    """All that is wrong with a layout file, in the order of its lines; nothing if it is sound."""
    return _read(Path(path))[1]


def write_layout(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario as a layout file.

    Raises:
        LayoutError: if it holds a function or a distribution that a file can't name.
    """
    Path(path).write_text(to_yaml(scenario), encoding="utf-8")
    return Path(path)


def _read(path: Path) -> tuple[Scenario | None, list[Fault]]:
    try:
        data, faults = read_extended(path)
    except LayoutError as error:
        return None, list(error.faults)
    reading = _Reading(data, str(path))
    faults += reading.spell_out()
    scenario = reading.read()
    faults += reading.faults
    return (None if faults else scenario), _ordered(faults)


class _Reading:
    """One file on its way to a scenario, with the faults that are found on it."""

    def __init__(self, data: Table, file: str) -> None:
        self.data, self.file = data, file
        self.faults: list[Fault] = []
        self.spoilt: list[Place] = []  # what could not be spelled out
        self.chain_of: list[int] = []  # of each pair of links, the number of its item in the file

    def mark(self, place: Place) -> Mark:
        return mark_of(self.data, place, self.file)

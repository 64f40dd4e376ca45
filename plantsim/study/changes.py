"""The difference between two layouts: what is added, removed and changed, as a table and as a graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from plantsim.reported import as_json
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    import networkx as nx

Change = Literal["added", "removed", "changed", "same"]
WHOLE = ("plantsim", "name", "start", "links", "run", "report")  # sections whose words are no names of things


class Edit(NamedTuple):
    """One thing that is other: a unit, a link, a recipe ..., and how, word by word."""

    section: str
    name: str
    change: Change
    told: str


@dataclass(frozen=True)
class Difference:
    """What of a second layout is other than in the first.

    >>> from plantsim.plant import Unit
    >>> mill = Scenario(units={"mill": Unit(kind="mill")})
    >>> print(Difference(mill, mill.with_units("mill", 2)))
    units mill-2: added
    units mill: changed (count 1 -> 2)
    """

    first: Scenario
    second: Scenario

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """All that is other, single units and links first."""
        return (*self._singles(), *self._links(), *self._words())

    def _singles(self) -> Iterator[Edit]:
        here, there = (set(each.plant.unit_names) for each in (self.first, self.second))
        for scenario, change, other in ((self.second, "added", here), (self.first, "removed", there)):
            for single in scenario.plant.unit_names:
                if single not in other:
                    yield Edit("units", single, change, "")  # type: ignore[arg-type]

    def _links(self) -> Iterator[Edit]:
        for scenario, change, other in ((self.second, "added", self.first), (self.first, "removed", self.second)):
            for link in scenario.links:
                if link not in other.links:
                    yield Edit("links", " -> ".join(link), change, "")  # type: ignore[arg-type]

    def _words(self) -> Iterator[Edit]:
        old, new = _plain(self.first), _plain(self.second)
        for section in (each for each in new if each not in WHOLE):
            here, there = old[section] or {}, new[section] or {}
            for name in [*here, *(each for each in there if each not in here)]:
                if name not in there or name not in here:
                    yield Edit(section, name, "removed" if name in here else "added", "")
                elif here[name] != there[name]:
                    yield Edit(section, name, "changed", _told(here[name], there[name]))
        for section in ("run", "report"):
            if old[section] != new[section]:
                yield Edit(section, "", "changed", _told(old[section], new[section]))

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """Single units and buffers of both, links as edges, each with its `change`; and in `told` what has changed.

        A single unit counts as changed if what is declared of it has, apart from the number of units.
        """
        import networkx as nx

        old, new = self.first.plant.graph, self.second.plant.graph
        graph: nx.DiGraph[str] = nx.compose(old, new)
        told = {edit.name: edit.told for edit in self.edits if edit.change == "changed" and not _count_only(edit)}
        for node, known in graph.nodes.items():
            change = _change(node in old, node in new, known["group"] in told)
            known.update(change=change, told=told.get(known["group"], "") if change == "changed" else "")
        for (a, b), known in graph.edges.items():
            known["change"] = _change(old.has_edge(a, b), new.has_edge(a, b), False)
        return graph

    def __bool__(self) -> bool:
        return bool(self.edits)

    def __str__(self) -> str:
        lines = (f"{edit.section} {edit.name}".rstrip() + f": {edit.change}" + (f" ({edit.told})" if edit.told else "")
                 for edit in self.edits)  # fmt: skip
        return "\n".join(lines) or "no difference"

    def _repr_html_(self) -> str:
        rows = ("".join(f"<td>{escape(cell)}</td>" for cell in edit) for edit in self.edits)
        head = "".join(f"<th>{word}</th>" for word in ("section", "name", "change", "how"))
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def difference(first: Scenario, second: Scenario) -> Difference:
    """What of a second layout is other than in the first: units, links, and all that is declared."""
    return Difference(first, second)


def _plain(scenario: Scenario) -> dict[str, Any]:
    """The scenario in the words of its file."""
    import json

    return dict(json.loads(as_json(scenario)[0]))


def _told(old: Any, new: Any) -> str:
    return ", ".join(f"{path} {_short(a)} -> {_short(b)}" for path, a, b in _paths("", old, new))


def _paths(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each word that is other, with what it was and what it is."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for word in [*old, *(each for each in new if each not in old)]:
            yield from _paths(f"{path}.{word}".lstrip("."), old.get(word), new.get(word))
    else:
        yield path, old, new


def _short(value: Any) -> str:
    text = "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _count_only(edit: Edit) -> bool:
    return edit.section == "units" and edit.told.startswith("count ") and "," not in edit.told


def _change(before: bool, after: bool, other: bool) -> Change:
    if before and after:
        return "changed" if other else "same"
    return "removed" if before else "added"

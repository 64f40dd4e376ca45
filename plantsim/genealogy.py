"""Genealogy: what each batch was made from and what became of it, as a graph from raw materials to finished lots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import RowTuple

if TYPE_CHECKING:
    import networkx as nx

Edge = tuple[str, str, float, int, str]  # from, to, kg, ms, kind of row


def lineage(rows: Iterable[RowTuple]) -> nx.DiGraph[str]:
    """Batches and lots as nodes, with product and fate; an edge from each to what it went into, with its amount.

    The fate of a lot is released, quarantine, rejected or out of date; an edge says `at_risk` if the lot was in
    quarantine as it was taken.

    A batch that comes back under its own name, as one that was split and joined does, is a node for each of its lives:
    `march/7` as it was released, `march/7 (2)` as it was joined.

    >>> from plantsim.record import Row
    >>> rows = [
    ...     Row(0, "release", "", "march/1", "mix", "powder", 2.0, "", ("march", 1)),
    ...     Row(0, "split", "", "march/1", "press", "powder", 2.0, "split", (("march/1/1", 1.0), ("march/1/2", 1.0))),
    ... ]
    >>> list(lineage(rows).edges(data="amount"))
    [('march/1', 'march/1/1', 1.0), ('march/1', 'march/1/2', 1.0)]
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    lives: dict[str, int] = {}
    lots: dict[str, str] = {}  # lot -> its fate so far
    for row in rows:
        _told(graph, row, lots)
        if row[1] == "release":
            _born(graph, row, row[3], lives)
        elif row[1] in ("done", "scrap"):
            graph.add_node(called(row[3], lives), fate={"done": "done", "scrap": "scrapped"}[row[1]], cause=row[7])
        else:
            for here, there, amount, time, kind in _edges(graph, row, lives, lots):
                risk = {"at_risk": True} if kind == "take" and lots.get(here) == "quarantine" else {}
                graph.add_edge(here, there, amount=amount, time=time, kind=kind, **risk)
    return graph


def _told(graph: nx.DiGraph[str], row: RowTuple, lots: dict[str, str]) -> None:
    """What a row says of the fate of a lot."""
    kind, batch, cause, detail = row[1], row[3], row[7], row[8]
    if kind in ("deliver", "give"):
        lots[detail[0]] = detail[1]
        return
    if kind == "expire":
        lot, fate = detail[0], "quarantine" if detail[1] else "out of date"
    elif kind in ("accept", "reject") and not batch:
        lot, fate = detail[0].rsplit(f"/{cause}", 1)[0], "released" if kind == "accept" else "rejected"
    else:
        return
    lots[lot] = fate
    if lot in graph:
        graph.nodes[lot]["fate"] = fate


def called(name: str, lives: dict[str, int]) -> str:
    """The node of a batch: its name, and which of its lives it is if it has had some before."""
    life = lives.get(name, 1)
    return name if life == 1 else f"{name} ({life})"


def _born(graph: nx.DiGraph[str], row: RowTuple, name: str, lives: dict[str, int]) -> str:
    """The node of a batch that begins, or comes back under its own name."""
    if called(name, lives) in graph:
        lives[name] = lives.get(name, 1) + 1
    node = called(name, lives)
    graph.add_node(node, node="batch", batch=name, product=row[5], time=row[0], fate="in plant")
    return node


def _edges(graph: nx.DiGraph[str], row: RowTuple, lives: dict[str, int], lots: dict[str, str]) -> Iterator[Edge]:
    time, kind, _, batch, _, _, _, cause, detail = row
    if kind == "split":
        here = called(batch, lives)
        graph.add_node(here, fate="split")
        yield from [(here, _born(graph, row, name, lives), amount, time, kind) for name, amount in detail]
    elif kind == "join":
        parts = [(called(name, lives), amount) for name, amount in detail]
        graph.add_nodes_from([name for name, _ in parts], fate="joined")
        there = _born(graph, row, batch, lives)
        yield from [(name, there, amount, time, kind) for name, amount in parts]
    elif kind == "take" and batch:
        for lot, amount in detail:
            graph.add_node(lot, node="lot", material=cause, fate=lots.get(lot, "released"))
            yield lot, called(batch, lives), amount, time, kind
    elif kind == "give":
        graph.add_node(detail[0], node="lot", material=cause, fate=detail[1])
        yield called(batch, lives), detail[0], row[6], time, kind


def family(graph: nx.DiGraph[str], name: str) -> nx.DiGraph[str]:
    """All that went into a batch or a lot, and all that it went into, in whichever of its lives.

    Raises:
        PlantsimError: if nothing is called so, naming the nearest name.
    """
    import networkx as nx

    mine = own(graph, name)
    kin: set[Any] = {*mine}.union(*(nx.ancestors(graph, each) | nx.descendants(graph, each) for each in mine))
    found: nx.DiGraph[str] = nx.DiGraph()
    found.add_nodes_from((node, words) for node, words in graph.nodes(data=True) if node in kin)
    found.add_edges_from((here, there, words) for here, there, words in graph.edges(data=True) if {here, there} <= kin)
    return found


def touched(graph: nx.DiGraph[str], name: str) -> list[str]:
    """The batches and lots into which a batch or a lot has gone: what is in doubt if it is rejected; in order of time.

    Raises:
        PlantsimError: if nothing is called so, naming the nearest name.
    """
    import networkx as nx

    mine = own(graph, name)
    after = set[Any]().union(*(nx.descendants(graph, each) for each in mine))
    return [each for each in graph if each in after and each not in mine]


def own(graph: nx.DiGraph[str], name: str) -> list[str]:
    """The nodes of a batch or lot: all of its lives, or the one that is named."""
    mine = [node for node, batch in graph.nodes(data="batch") if name in (node, batch)]
    if not mine:
        raise PlantsimError(f"there is no batch or lot {name!r}{did_you_mean(name, graph.nodes)}")
    return mine

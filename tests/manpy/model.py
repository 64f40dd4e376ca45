"""A plant model of another simulator's regression suite as it lies in its file, and what is asked of it often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations
from typing import Any

from plantsim.calendars import Calendar
from plantsim.recipe import Order, Product

Node = dict[str, Any]
MACHINES = ("Machine", "MachineJobShop", "BatchScrapMachine", "Assembly", "Dismantle")
KIT = 5  # a frame and the four parts that stand on it
SPLITTERS = ("BatchDecomposition", "BatchDecompositionBlocking", "BatchDecompositionStartTime")
BENCHES = (*MACHINES, *SPLITTERS)
JOINERS = ("BatchReassembly", "BatchReassemblyBlocking")
QUEUES = ("Queue", "QueueJobShop", "LineClearance", "Conveyer")
SOURCES = ("Source", "BatchSource", "NonStarvingEntry")
EXITS = ("Exit", "ExitJobShop")
LONG = 1e4  # [h] longer than any model runs


class NotPlayed(Exception):
    """A model has a feature that is not converted."""


def fixed(law: Any) -> float:
    """The one value of a fixed law [h, or kg]."""
    law = law.get("Fixed", law)
    if "mean" not in law:
        raise NotPlayed(f"random: its numbers are drawn from {', '.join(law)}")
    return float(law["mean"])


def said(node: Node, word: str) -> bool:
    """Whether a flag is set; it may be a number, a text or empty."""
    return bool(float(node.get(word) or 0))


@dataclass
class Model:
    """A model as it lies in its file, with what is asked of it more than once."""

    nodes: dict[str, Node]
    edges: list[tuple[str, str]]
    general: Node
    entities: dict[tuple[str, str], str]  # what goes along an edge, if not all does
    products: dict[str, Product] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)  # station -> the one person who works there

    @classmethod
    def of(cls, file: Node) -> Model:
        """A model from what its file holds."""
        graph = file["graph"]
        edges = [(edge["source"], edge["destination"]) for edge in graph["edge"].values()]
        entities = {
            edge: each.get("data", {}).get("entity", "")
            for edge, each in zip(edges, graph["edge"].values(), strict=True)
        }
        model = cls(graph["node"], edges, file["general"], entities)
        model.crews()
        return model

    def kind(self, name: str) -> str:
        """The class of a node."""
        return str(self.nodes[name]["_class"]).removeprefix("Dream.") if name in self.nodes else ""

    def of_kind(self, *kinds: str) -> dict[str, Node]:
        """The nodes of some classes."""
        return {name: node for name, node in self.nodes.items() if self.kind(name) in kinds}

    def after(self, name: str, *kinds: str) -> list[str]:
        """The nodes of some classes to which edges lead from here."""
        return [there for here, there in self.edges if here == name and self.kind(there) in kinds]

    def before(self, name: str, *kinds: str) -> list[str]:
        """The nodes of some classes from which edges lead to here."""
        return [here for here, there in self.edges if there == name and self.kind(here) in kinds]

    def cuts(self, name: str) -> Node:
        """The interruptions of a node, by their word."""
        return {word: cut for word, cut in self.nodes[name].get("interruptions", {}).items() if cut}

    # ---- where parts go

    def next_machines(self, name: str) -> tuple[str, ...]:
        """The machines to which a part goes from here, at once or through queues and places where parts are joined."""
        found = dict.fromkeys(self.after(name, *BENCHES))
        for queue in self.after(name, *QUEUES, *JOINERS):
            found.update(dict.fromkeys(self.next_machines(queue)))
        return tuple(sorted(found))

    def joiners(self, name: str) -> list[str]:
        """The places where parts are joined between here and the next machines, or the exit."""
        found = self.after(name, *JOINERS)
        return found + [each for queue in self.after(name, *QUEUES) for each in self.joiners(queue)]

    def parts(self, name: str) -> int:
        """Into how many parts a batch is split here, or of how many it is joined."""
        return int(self.nodes[name].get("numberOfSubBatches", 1))

    def stages(self, name: str) -> Iterator[tuple[str, ...]]:
        """The machines that may do each operation of a part that starts from here, one operation after the other."""
        here: tuple[str, ...] = (name,)
        while here := tuple(sorted({there for each in here for there in self.next_machines(each)})):
            yield here

    @cached_property
    def stands(self) -> dict[str, list[Node]]:
        """What stands in each queue and station at first."""
        return {name: node["wip"] for name, node in self.nodes.items() if node.get("wip")}

    @cached_property
    def parts_standing(self) -> dict[str, list[tuple[str, Node]]]:
        """Where the parts of each batch stand that was split before: inside stations first."""
        found: dict[str, list[tuple[str, Node]]] = {}
        for place in sorted(self.stands, key=lambda name: self.kind(name) not in MACHINES):
            for part in self.stands[place]:
                if "parentBatchId" in part:
                    found.setdefault(part["parentBatchId"], []).append((place, part))
        return found

    @cached_property
    def visited(self) -> list[str]:
        """The machines that something comes to."""
        jobs = [job for wip in self.stands.values() for job in wip]
        met = {station for job in jobs for visit in job.get("route", ()) for station in visit["stationIdsList"]}
        met |= {name for place in (*self.stands, *self.of_kind(*SOURCES)) for name in self._from(place)}
        return [name for name in self.of_kind(*BENCHES) if name in met]

    @property
    def parted(self) -> bool:
        """Whether batches are split or joined."""
        parts = any(self.parts(name) > 1 for name in self.of_kind(*SPLITTERS, *JOINERS))
        return parts or any(self.next_machines(name) for name in self.of_kind("Dismantle"))

    @property
    def stations(self) -> list[str]:
        """The machines that something comes to, of which the other simulator tells shares."""
        return [name for name in self.visited if self.kind(name) in MACHINES]

    def _from(self, place: str) -> set[str]:
        return {place, *(name for stage in self.stages(place) for name in stage)}

    # ---- people

    def crew(self, machine: str) -> str:
        """The pool of people who work at a machine: all who may, since plants don't tell like people apart."""
        if machine in self.given:
            return self.given[machine]
        people = self.before(machine, "Operator")
        for pool in self.before(machine, "OperatorPool"):
            people += self.before(pool, "Operator")
        people += [name for name, node in self.of_kind("Operator").items() if machine in node.get("skills", ())]
        return "+".join(sorted(set(people)))

    def crews(self) -> dict[str, list[str]]:
        """The people of each pool."""
        names = dict.fromkeys(filter(None, map(self.crew, self.of_kind(*MACHINES))))
        crews = {name: name.split("+") for name in names}
        people = [each for crew in crews.values() for each in crew]
        if len(people) > len(set(people)):
            return self._own_people()
        return crews

    def _own_people(self) -> dict[str, list[str]]:
        """For each station one of the people who may work there, if each can have its own."""
        able = {name: self.crew(name).split("+") for name in self.of_kind(*MACHINES) if self.crew(name)}
        for people in permutations(self.of_kind("Operator"), len(able)):
            if all(person in able[name] for name, person in zip(able, people, strict=True)):
                self.given = dict(zip(able, people, strict=True))
                return {person: [person] for person in people}
        raise NotPlayed("skills: fewer people than stations, allotted anew every 10 h by a linear programme")


def finishes(cut: Node) -> bool:
    return said({"endUnfinished": 1, **cut}, "endUnfinished")


# ---- when stations and people are there ----------------------------------------------------------------------------


def hours_of(model: Model, name: str) -> Calendar | None:
    """The calendar of a station or of people: their shifts, less their breaks."""
    cuts = model.cuts(name)
    shift = cuts.get("shift", {})
    people = model.kind(name) == "Operator"
    if not shift and not (people and cuts):
        return None
    pattern = [(float(a), float(b)) for a, b in shift.get("shiftPattern", [(0.0, LONG)])]
    period = LONG
    if shift.get("rolling"):
        period = pattern[-1][1] + float(shift["lastOffShiftDuration"])
    closed = [(float(a), float(b)) for a, b in cuts.get("scheduledBreak", {}).get("breakPattern", ())]
    if people and "break" in cuts:
        closed += _breaks(cuts["break"], pattern)
    return Calendar(open=pattern, period=period, closed=closed)


def last_hours(model: Model, name: str) -> Calendar:
    """The shifts of a station, less their last hours, in which it takes nothing."""
    shift = model.cuts(name)["shift"]
    end = float(shift["receiveBeforeEndThreshold"])
    return Calendar(open=[(float(a), float(b) - end) for a, b in shift["shiftPattern"]], period=LONG)


def _breaks(cut: Node, shifts: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Breaks, each so long after the last one; one that falls off shift is put off to so long after the next begins."""
    every, lasts, spare = fixed(cut["TTB"]), fixed(cut["TTR"]), float(cut.get("offShiftAnticipation") or 0)
    at = every
    while at < min(LONG, shifts[-1][1], 2000.0):
        begin, end = next(shift for shift in shifts if at < shift[1])
        if at < begin:
            at = begin + every
        elif end - at <= spare:
            at = end
        else:
            yield at, at + lasts
            at += lasts + every

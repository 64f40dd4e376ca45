"""What the plant is made of: units, buffers, pools, links and their rules; and the graph that they form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plantsim.chance import Duration
from plantsim.crews import who_can
from plantsim.schema import (
    Copies,
    Count,
    Declared,
    Hours,
    KilogramsPerHour,
    Litres,
    Measured,
    Metres,
    Name,
    Names,
    Pieces,
    PositiveHours,
    PositiveKilograms,
    PositiveShare,
    Share,
    Whole,
)
from plantsim.stops import MinorStops
from plantsim.utility import Stock, Utility

if TYPE_CHECKING:
    import networkx as nx

Work = Literal["finish", "pause", "restart", "scrap", "fits"]


class Unit(Declared):
    """Equipment that works on one batch at a time, or on a load of several; `count` numbers its copies: press-1 ..."""

    kind: Annotated[Name, Field(description="what recipes ask for, such as 'tablet press'")]
    count: Annotated[Copies, Field(description="copies that may stand for one another")] = 1
    volume: Annotated[Litres | None, Field(description="working volume")] = None
    load: Annotated[PositiveKilograms | None, Field(description="largest mass that it takes, of all in it")] = None
    holds: Annotated[Count, Field(description="batches of a product that go through a step in it together")] = 1
    together: Annotated[
        bool, Field(description="those in it begin and end together; false: each comes and goes at its own time")
    ] = True
    least: Annotated[Count, Field(description="it begins when so many are there")] = 1
    longest_wait: Annotated[Hours | None, Field(description="it begins with fewer when one has waited for so long")] = (
        None
    )
    rate: Annotated[KilogramsPerHour | None, Field(description="rate of a step that names no time")] = None
    at: Annotated[tuple[Metres, Metres] | None, Field(description="position on the floor plan")] = None
    floor: Annotated[Whole, Field(description="storey on which it stands")] = 0
    area: Annotated[str, Field(description="area in which it stands")] = ""
    cleaning: Annotated[str, Field(description="its cleaning rule")] = ""
    failures: Annotated[Names, Field(description="its failure modes")] = ()
    maintenance: Annotated[Names, Field(description="its planned maintenance")] = ()
    minor_stops: Annotated[
        MinorStops | None, Field(description="short stops while it runs, which lengthen its runs")
    ] = None
    calendar: Annotated[str, Field(description="when it is open; none: always")] = ""
    work: Annotated[Work, Field(description="what becomes of work when its calendar closes")] = "finish"
    locks: Annotated[bool, Field(description="no batch leaves it while it is down or closed")] = False
    mobile: Annotated[bool, Field(description="a container: goes with its batch from step to step, till emptied")] = (
        False
    )
    design: Annotated[
        dict[str, Measured], Field(description="figures of its own, before those of a step's model: air flow: 900 kg/h")
    ] = {}

    @model_validator(mode="after")
    def _enough(self) -> Unit:
        if self.least > self.holds:
            raise ValueError(f"would wait for ever for {self.least} batches: it holds {self.holds}")
        if not self.together and self.holds == 1:
            raise ValueError("holds one batch: 'together: false' needs a 'holds' of more than 1")
        if not self.together and self.least > 1:
            raise ValueError("its batches do not wait for one another: 'least' needs 'together: true'")
        if self.longest_wait is not None and self.least == 1:
            raise ValueError("waits for no second batch: 'longest wait' needs a 'least' of more than 1")
        return self

    @property
    def places(self) -> int:
        """Batches that may be in it at a time, each for itself; 1 if they go together."""
        return 1 if self.together else self.holds


class Buffer(Declared):
    """Places where batches stand between units."""

    places: Annotated[Count | None, Field(description="how many batches it holds; none: any number")] = None
    clearance: Annotated[
        Literal["batch", "product"] | None,
        Field(description="line clearance: it must be empty before another batch, or another product, comes in"),
    ] = None
    at: Annotated[tuple[Metres, Metres] | None, Field(description="position on the floor plan")] = None
    floor: Annotated[Whole, Field(description="storey on which it stands")] = 0
    area: Annotated[str, Field(description="area in which it stands")] = ""


class Pool(Declared):
    """Like things that are lent and come back: a crew, mechanics, a CIP skid, a set of bins."""

    count: Annotated[Count, Field(description="how many there are")]
    calendar: Annotated[str, Field(description="when it is there; none: always")] = ""
    patience: Annotated[Hours, Field(description="a claim that has lacked it for longer reserves what comes free")] = (
        4.0
    )
    skills: Annotated[
        Names, Field(description="what else they can do: names of other pools, or words that needs use")
    ] = ()


def _somebody(pool: str, at_shift_end: str) -> None:
    if at_shift_end != "finish" and not pool:
        raise ValueError(f"'at shift end: {at_shift_end}' is of no use, since nobody is needed: name a pool")


class Failure(Declared):
    """A way to break down: the time to failure on its clock, the repair, who repairs, what becomes of the work."""

    after: Annotated[Duration, Field(description="time to failure")]
    repair: Annotated[Duration, Field(description="time to repair")]
    clock: Annotated[
        Literal["running", "calendar", "cycles"],
        Field(description="hours worked, all hours since the repair, or batches; then 'after: 300 cycles'"),
    ] = "running"
    common: Annotated[
        bool, Field(description="one clock and one repair for all units that name it, also idle ones")
    ] = False
    spare: Annotated[Duration | None, Field(description="time until the spare part is there, before the repair")] = None
    takes: Annotated[
        Pieces, Field(description="spare parts that a repair takes out of store: a material, or material: pieces")
    ] = {}
    renews: Annotated[
        Share, Field(description="part of its age that a repair takes away: 1 is as good as new, 0 as bad as old")
    ] = 1.0
    requalify: Annotated[
        Duration | None, Field(description="after the repair, until the unit may work; nobody is needed")
    ] = None
    pool: Annotated[str, Field(description="who repairs; none: nobody is needed")] = ""
    at_shift_end: Annotated[
        Literal["finish", "pause", "restart", "fits"],
        Field(description="of the repair, as a shift of who does it ends; fits: it begins only if it ends before that"),
    ] = "finish"
    work: Annotated[
        Literal["finish", "pause", "restart", "scrap"],
        Field(description="what becomes of the work in progress; finish: the unit is repaired once it is empty"),
    ] = "pause"
    rate: Annotated[
        PositiveShare, Field(description="of a unit that may finish: the part of its rate at which it works on")
    ] = 1.0
    longest_pause: Annotated[
        PositiveHours | None, Field(description="a batch that stands in the unit for longer is scrapped")
    ] = None
    opens: Annotated[bool, Field(description="the repair opens the product side: a clean is due after it")] = False

    @model_validator(mode="after")
    def _shared(self) -> Failure:
        if self.after.mean_hours <= 0.0:
            raise ValueError(
                "strikes again as soon as it is repaired, so that nothing is ever done: give a longer 'after'"
            )
        if self.common and self.clock != "calendar":
            raise ValueError("a common failure also strikes idle units: give it 'clock: calendar'")
        if self.common and self.work == "finish":
            raise ValueError("a common failure is repaired at once: its work can't finish")
        _somebody(self.pool, self.at_shift_end)
        if self.rate < 1.0 and self.work != "finish":
            raise ValueError("a unit works on at a part of its rate only with 'work: finish'")
        return self


class Maintenance(Declared):
    """Planned work on an empty unit, due a fixed time after the last one."""

    every: Annotated[PositiveHours, Field(description="time from the end of one to the next")]
    lasts: Annotated[Duration, Field(description="how long it takes")]
    clock: Annotated[
        Literal["running", "calendar", "cycles"],
        Field(description="hours worked, all hours, or batches; then 'every: 20 cycles'"),
    ] = "calendar"
    pool: Annotated[str, Field(description="who does it; none: nobody is needed")] = ""
    at_shift_end: Annotated[
        Literal["finish", "pause", "restart", "fits"],
        Field(description="of the work, as a shift of who does it ends; fits: it begins only if it ends before that"),
    ] = "finish"
    takes: Annotated[
        Pieces, Field(description="spare parts that it takes out of store: a material, or material: pieces")
    ] = {}
    opens: Annotated[bool, Field(description="it opens the product side: a clean is due after it")] = False
    window: Annotated[Hours, Field(description="so long before it is due, it is done if nobody wants the unit")] = 0.0
    at_change: Annotated[
        bool, Field(description="within the window, it is also done before a batch of another product")
    ] = False
    requalify: Annotated[Duration | None, Field(description="after it, until the unit may work; nobody is needed")] = (
        None
    )

    @model_validator(mode="after")
    def _before(self) -> Maintenance:
        if self.window >= self.every:
            raise ValueError("the window must be shorter than the time from one maintenance to the next")
        _somebody(self.pool, self.at_shift_end)
        if self.at_change and not self.window:
            raise ValueError("'at change' needs a window within which it may be done early")
        return self

    @property
    def mean_hours(self) -> float:
        """Expected time [h] for which the unit is out."""
        return self.lasts.mean_hours + (self.requalify.mean_hours if self.requalify else 0.0)


def chains(value: Any) -> Any:
    """'a -> b -> c' as the pairs (a, b) and (b, c); pairs stay pairs."""
    if not isinstance(value, (list, tuple)):
        return value
    pairs: list[Any] = []
    for link in value:
        if not isinstance(link, str):
            pairs.append(tuple(link) if isinstance(link, list) else link)
            continue
        names = [name.strip() for name in link.split("->")]
        if len(names) < 2 or not all(names):
            raise ValueError(f"expected a link such as 'dryer -> press', got {link!r}")
        pairs.extend(pairwise(names))
    return tuple(pairs)


def chained(links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Links that go on where the one before ended, as one chain."""
    chains: list[list[str]] = []
    for here, there in links:
        if chains and chains[-1][-1] == here:
            chains[-1].append(there)
        else:
            chains.append([here, there])
    return chains


Links = Annotated[
    tuple[tuple[str, str], ...],
    BeforeValidator(chains, json_schema_input_type=list[str]),
    Field(description="'dryer -> press'; none at all: everything reaches everything"),
]


class Plant(Declared):
    """Units, buffers, pools and utilities with the links between them.

    >>> plant = Plant(units={"mill": Unit(kind="mill"), "press": Unit(kind="tablet press", count=2)})
    >>> list(plant.unit_names)
    ['mill-1', 'press-1', 'press-2']
    >>> plant.units_for("tablet press")
    ('press-1', 'press-2')
    """

    units: dict[str, Unit]
    buffers: dict[str, Buffer] = {}
    pools: dict[str, Pool] = {}
    utilities: dict[str, Utility] = {}
    links: Links = ()

    @property
    def lent(self) -> tuple[str, ...]:
        """Names of all that is claimed for a time and comes back: pools, and rates of utilities."""
        return (*self.pools, *(word for word in self.crews if word not in self.pools), *self.utilities)

    @cached_property
    def crews(self) -> Mapping[str, tuple[str, ...]]:
        """Word that a need may use -> the pools that can fill it, in the order in which they are taken."""
        return who_can({name: pool.skills for name, pool in self.pools.items()})

    def crews_for(self, word: str) -> tuple[str, ...]:
        """The pools that can fill a need; of a utility, itself."""
        return self.crews.get(word, (word,))

    @property
    def stocks(self) -> dict[str, Stock]:
        """What a state knows of each utility (see `Utility.stock`)."""
        return {name: utility.stock for name, utility in self.utilities.items()}

    @cached_property
    def unit_names(self) -> Mapping[str, str]:
        """Name of each single unit -> name in the layout that declares it."""
        return {f"{name}-{k}": name for name, unit in self.units.items() for k in range(1, unit.count + 1)}

    def units_for(self, word: str) -> tuple[str, ...]:
        """The units that `word` means: all of a kind, all of a name, or a single one; empty if there is none."""
        return tuple(
            single for single, name in self.unit_names.items() if word in (single, name, self.units[name].kind)
        )

    def singles(self, word: str) -> tuple[str, ...]:
        """The single units or the buffer that a word in a link means."""
        return (word,) if word in self.buffers else self.units_for(word)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """Single units and buffers as nodes, with what is declared of them; links as edges."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        for single, name in self.unit_names.items():
            graph.add_node(single, **self.units[name].model_dump(include={"kind", "at"}), group=name, node="unit")
        for name, buffer in self.buffers.items():
            graph.add_node(name, kind="buffer", at=buffer.at, group=name, node="buffer")
        graph.add_edges_from(self._edges())
        return graph

    def _edges(self) -> Iterator[tuple[str, str]]:
        for here, there in self.links:
            yield from ((a, b) for a in self.singles(here) for b in self.singles(there) if a != b)

    def reach(self, place: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """(single units that a batch at this place can go to, at once or through one buffer; buffers on the way)."""
        if not self.links or not place:
            through = () if place in self.buffers or not place else tuple(self.buffers)
            return frozenset(self.unit_names), through
        onward = self._onward.get(place, ())
        through = tuple(name for name in onward if name in self.buffers)
        units = {name for name in onward if name not in self.buffers}
        for name in through:
            units.update(each for each in self._onward.get(name, ()) if each not in self.buffers)
        return frozenset(units), through

    def direct(self, place: str, unit: str) -> bool:
        """Whether a batch goes from this place to the unit without a buffer between."""
        return not self.links or not place or unit in self._onward.get(place, ())

    @cached_property
    def _onward(self) -> Mapping[str, tuple[str, ...]]:
        onward: dict[str, dict[str, None]] = {}
        for here, there in self._edges():
            onward.setdefault(here, {})[there] = None
        return {here: tuple(there) for here, there in onward.items()}

"""How batches go from place to place: through pipes or carried by movers; areas, floors and airlocks on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plantsim.plant import Buffer, Links, Plant, Unit
from plantsim.schema import Declared, Hours, Kilograms, KilogramsPerHour, LitresPerHour, MetresPerHour, PositiveMetres
from plantsim.utility import Needs


class Area(Declared):
    """Rooms of one cleanroom grade, in which units and buffers stand."""

    grade: Annotated[str, Field(description="cleanroom grade, such as D; moves between grades are counted")] = ""
    airlock: Annotated[Hours, Field(description="time that each move into it, or out of it, takes")] = 0.0


def _named(value: Any) -> Any:
    """One name alone is one of it."""
    return {value: 1} if isinstance(value, str) else value


class Transfer(Declared):
    """How batches go over some links: through a pipe, or carried by movers; an act of the step to which they go."""

    links: Annotated[Links, Field(description="over which it is, such as 'dryer -> press'")]
    pipe: Annotated[str, Field(description="pool of headers through which it goes, one transfer at a time each")] = ""
    rate: Annotated[KilogramsPerHour | None, Field(description="mass moved in an hour")] = None
    volume_rate: Annotated[
        LitresPerHour | None,
        Field(description="volume moved in an hour, of batches whose volume is known; or give a rate"),
    ] = None
    hold_up: Annotated[Kilograms, Field(description="mass of each batch that stays behind and is lost")] = 0.0
    flush: Annotated[Hours, Field(description="cleaning of the pipe after each batch, while that goes on")] = 0.0
    flush_needs: Annotated[
        Needs,
        BeforeValidator(_named, json_schema_input_type=str | Needs),
        Field(description="pools that this cleaning needs, such as {cip skid: 1}; they are taken with the pipe"),
    ] = {}
    by: Annotated[
        Needs,
        BeforeValidator(_named, json_schema_input_type=str | Needs),
        Field(description="pools that move it: agv, or {operators: 2, bins: 1}"),
    ] = {}
    speed: Annotated[MetresPerHour | None, Field(description="of what moves it, over the distance")] = None
    distance: Annotated[
        PositiveMetres | None, Field(description="way to go; none: along and across, between the positions")
    ] = None
    load: Annotated[Hours, Field(description="time to take it up")] = 0.0
    unload: Annotated[Hours, Field(description="time to set it down")] = 0.0
    lift: Annotated[Hours, Field(description="time for each floor up or down")] = 0.0
    returns: Annotated[bool, Field(description="what moves it is gone for the way back, too")] = False
    flow: Annotated[Literal["clean", "dirty"], Field(description="what goes there")] = "clean"

    @model_validator(mode="after")
    def _whole(self) -> Transfer:
        if not self.links:
            raise ValueError("goes over no link: give links, such as [dryer -> press]")
        if self.rate is not None and self.volume_rate is not None:
            raise ValueError("has a rate by mass and one by volume: leave out one of them")
        if self.flush and not self.pipe:
            raise ValueError("flushes no pipe: name the pool of its headers under 'pipe'")
        if self.flush_needs and not self.flush:
            raise ValueError("needs something for a flush that takes no time: give it one under 'flush'")
        if self.returns and not self.by:
            raise ValueError("nothing comes back: name what moves it under 'by'")
        return self


@dataclass(frozen=True)
class Hop:
    """The way of a batch from a place to a unit, over one link, or two with a buffer between."""

    names: tuple[str, ...]  # of the transfers
    fixed: float  # how long it takes whatever the mass [h]
    per_kg: float  # and for each kg [h]
    held_up: float  # mass that is lost [kg]
    uses: tuple[tuple[str, float, float], ...]  # (pool, number, for how much longer than the move itself [h])
    per_litre: float = 0.0  # how long each litre takes [h]
    through: tuple[Hop, ...] = ()  # of two links: the way into the buffer between them, and the way out

    def hours(self, mass: float, litres: float = 0.0) -> float:
        """How long it takes [h] for a mass [kg] and a volume [L]."""
        return self.fixed + mass * self.per_kg + litres * self.per_litre

    @property
    def legs(self) -> tuple[Hop, ...]:
        """The links that it is made of, each by itself."""
        return self.through or (self,)

    def arrives(self, mass: float) -> float:
        """What comes out of it [kg]."""
        return max(0.0, mass - self.held_up)


class Hops(dict[tuple[str, str, str], Hop | None]):
    """(unit from which it went into a buffer or '', place, unit) -> how a batch goes there; None if that takes nothing.

    Of what was put into a buffer in no time, to wait for others that join it, both ways are gone as it leaves.

    >>> units = {"mill": Unit(kind="mill", at=(0.0, 0.0)), "press": Unit(kind="press", at=(30.0, 30.0))}
    >>> by_cart = Transfer(links=["mill -> press"], by="carts", speed=3600.0, load=0.1)
    >>> hops = Hops(Plant(units=units), {}, {"cart": by_cart})
    >>> round(hops["", "mill-1", "press-1"].hours(100.0) * 3600)
    420
    """

    def __init__(self, plant: Plant, areas: Mapping[str, Area], transfers: Mapping[str, Transfer]) -> None:
        super().__init__()
        self.plant, self.areas, self.transfers = plant, areas, transfers
        self.named: dict[tuple[str, str], str] = {}
        for name, transfer in transfers.items():
            for pair in ends(plant, transfer):
                self.named.setdefault(pair, name)

    def __missing__(self, way: tuple[str, str, str]) -> Hop | None:
        hop = self[way] = self._found(*way)
        return hop

    def _found(self, came: str, place: str, unit: str) -> Hop | None:
        if came:
            return _one_after_the_other(self._leg(came, place), self._leg(place, unit))
        if (place, unit) in self.named or not place or self.plant.direct(place, unit):
            return self._leg(place, unit)
        for buffer in self.plant.reach(place)[1]:
            if unit in self.plant.reach(buffer)[0]:
                return _one_after_the_other(self._leg(place, buffer), self._leg(buffer, unit))
        return None

    def _leg(self, here: str, there: str) -> Hop | None:
        name = self.named.get((here, there))
        if name is None:
            return None
        transfer = self.transfers[name]
        way = self._way(transfer, here, there)
        whole = way + transfer.load + transfer.unload
        movers = [(pool, number, way if transfer.returns else 0.0) for pool, number in sorted(transfer.by.items())]
        needs = {transfer.pipe: 1.0, **transfer.flush_needs} if transfer.pipe else {}
        pipes = [(pool, number, transfer.flush) for pool, number in needs.items()]
        per_kg = 1.0 / transfer.rate if transfer.rate else 0.0
        per_litre = 1.0 / transfer.volume_rate if transfer.volume_rate else 0.0
        return Hop((name,), whole, per_kg, transfer.hold_up, tuple(pipes + movers), per_litre)

    def _way(self, transfer: Transfer, here: str, there: str) -> float:
        """Time between taking up and setting down [h]."""
        a, b = placed(self.plant, here), placed(self.plant, there)
        hours = abs(a.floor - b.floor) * transfer.lift
        if transfer.speed is not None:
            hours += (distance(a, b) if transfer.distance is None else transfer.distance) / transfer.speed
        if a.area != b.area:
            hours += sum(self.areas[name].airlock for name in (a.area, b.area) if name)
        return hours

    def between(self, here: str, there: str) -> str:
        """The transfer by which a batch goes from one place to another, or those one after the other; '' if none."""
        named = self.named.get((here, there))
        hop = None if named is not None else self["", here, there]
        return named or (" + ".join(hop.names) if hop is not None else "")

    def dirty(self, here: str, there: str) -> bool:
        """Whether what goes there is dirty."""
        name = self.named.get((here, there))
        return name is not None and self.transfers[name].flow == "dirty"


def ends(plant: Plant, transfer: Transfer) -> Iterator[tuple[str, str]]:
    """(single unit or buffer, single unit or buffer) of each link of a transfer."""
    for here, there in transfer.links:
        yield from ((a, b) for a in plant.singles(here) for b in plant.singles(there) if a != b)


def placed(plant: Plant, name: str) -> Unit | Buffer:
    """What is declared of a single unit or a buffer."""
    return plant.buffers[name] if name in plant.buffers else plant.units[plant.unit_names[name]]


def distance(a: Unit | Buffer, b: Unit | Buffer) -> float:
    """The way [m] from one place to another, along and across; 0 where a position is not known."""
    if a.at is None or b.at is None:
        return 0.0
    return abs(a.at[0] - b.at[0]) + abs(a.at[1] - b.at[1])


def _one_after_the_other(first: Hop | None, then: Hop | None) -> Hop | None:
    """Two links with a buffer between, where the batch does not stop: what either needs is taken for both."""
    if first is None or then is None:
        return first or then
    uses: dict[str, tuple[float, float]] = {}
    for pool, number, longer in (*first.uses, *then.uses):
        most = uses.get(pool, (0, 0.0))
        uses[pool] = max(most[0], number), max(most[1], longer)
    return Hop(
        (*first.names, *then.names),
        first.fixed + then.fixed,
        first.per_kg + then.per_kg,
        first.held_up + then.held_up,
        tuple((pool, *most) for pool, most in uses.items()),
        first.per_litre + then.per_litre,
        (first, then),
    )

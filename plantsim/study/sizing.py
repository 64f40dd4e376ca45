"""How many units of each kind a plant needs for what is wanted of it, or how large those that there are must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from plantsim.errors import PlantsimError
from plantsim.load import WEEK, Limit, Load
from plantsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Size:
    """What one kind of unit, pool or utility must be."""

    name: str
    of: str  # unit, pool or utility
    count: float  # how many there are, or places in them; of a utility: its rate
    cycle: float  # cycle time: hours between two batches, for as many as there are [h]
    needed: float  # how many are needed for batches as large as they are today; of a utility: its rate
    mass: float | None  # the heaviest load of one, for as many as there are [kg]; None: nothing that holds a batch
    volume: float | None  # what one must have for that [L]


@dataclass(frozen=True)
class Sizing:
    """Two answers to what is wanted: more units for today's batches, or larger batches in today's units."""

    weekly: float  # batches a week that are wanted, each as large as today
    cycle: float  # cycle time of the plant as it is: that of its slowest kind [h]
    batch: float  # mean size of a batch that makes what is wanted at that cycle time [kg]
    fill: float  # part of a volume that is filled
    rows: tuple[Size, ...]

    def __getitem__(self, name: str) -> Size:
        return {each.name: each for each in self.rows}[name]

    def table(self) -> pd.DataFrame:
        """A row each kind of unit, pool and utility, the slowest first."""
        import pandas as pd

        rows = sorted(self.rows, key=lambda each: -each.cycle)
        columns = {
            "of": [each.of for each in rows], "count": [each.count for each in rows],
            "cycle time [h]": [each.cycle for each in rows], "needed": [each.needed for each in rows],
            "or mass [kg]": [each.mass for each in rows], "or volume [L]": [each.volume for each in rows],
        }  # fmt: skip
        return pd.DataFrame(columns, index=pd.Index([each.name for each in rows], name="kind"))

    @property
    def short(self) -> tuple[str, ...]:
        """What there are too few of for what is wanted, what lacks most first."""
        lacking = [each for each in self.rows if each.needed > each.count * (1.0 + 1e-9)]
        return tuple(each.name for each in sorted(lacking, key=lambda each: (-each.needed / each.count, each.name)))

    def says(self) -> list[str]:
        """The answer in sentences."""
        wanted = f"{self.weekly:.4g} batches a week as large as today"
        if self.short:
            more = ", ".join(f"{self[name].needed:.4g} {name} instead of {self[name].count:g}" for name in self.short)
            first = f"{wanted} need {more}"
        else:
            first = f"{wanted} need no more than there is"
        return [first, f"or as many as there are, one batch each {self.cycle:.4g} h: {self.batch:.4g} kg each"]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        rows = self.table().reset_index().astype(object)
        return {
            "batches a week": self.weekly, "cycle time [h]": self.cycle, "batch [kg]": self.batch, "fill": self.fill,
            "short of": list(self.short), "says": self.says(),
            "table": rows.where(rows.notna(), None).to_dict("records"),
        }  # fmt: skip

    def __str__(self) -> str:
        return "\n".join([self.table().to_string(float_format="{:.4g}".format, na_rep=""), *self.says()])

    def _repr_html_(self) -> str:
        table = self.table().to_html(float_format="{:.4g}".format, na_rep="")
        return table + "".join(f"<p>{escape(each)}</p>" for each in self.says())


def size(scenario: Scenario, *, flow: float | None = None, batches: float | None = None, fill: float = 1.0) -> Sizing:
    """How many units of each kind make what is wanted, or how large those that there are must be.

    The cycle time of a kind is t / n: the calendar hours t for which an average batch keeps one of its n units busy,
    cleans and maintenance with them.  That of the plant is the longest of them.  As many are needed as bring each t / n
    down to the hours between two batches that are wanted; or else batches of F times the cycle time make a flow F, and
    a unit that holds the part s of a batch, filled to f, has the volume

        V = F s max(t / n) / f        [L], at the volume a kg that a product tells at its release, or else 1 L/kg

    Units stand in for one another out of phase and nothing waits: the design equations of batch plants (Biegler,
    Grossmann and Westerberg, 1997, chapter 6, from memory).  Hours are those of today's batches, so where they grow
    with the amount, change the layout and ask again.  Failures are left out: what is found is the least.

    Args:
        scenario: the plant, and in the mix of its orders what it makes.
        flow: mass that is wanted of batches at their release [kg/h, calendar].
        batches: or how many of today's batches are wanted [1/week].
        fill: part of a volume that a batch fills, above 0 to 1.

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if not exactly one of flow and batches is given, if a number is out of its range, or if nothing
            limits the plant.

    Example:
        Two kinds of vessels; a flow of 50 kg/h is wanted.

        >>> import plantsim as ps
        >>> plant = ps.Scenario(
        ...     units={"reactor": ps.Unit(kind="reactor"), "dryer": ps.Unit(kind="dryer")},
        ...     products={"salt": ps.Product(batch=200.0, steps={
        ...         "react": ps.Step(on="reactor", time=10.0), "dry": ps.Step(on="dryer", time=3.0)})},
        ...     orders={"year": ps.Order(product="salt")},
        ... )
        >>> found = ps.size(plant, flow=50.0, fill=0.8)
        >>> found.weekly, found["reactor"].needed, found["dryer"].needed
        (42.0, 3.0, 1.0)
        >>> found.cycle, found.batch, found["reactor"].volume
        (10.0, 500.0, 625.0)
    """
    _sound(flow, batches, fill)
    load = Load(scenario.check().without_luck())
    today = sum(share * load.plain.products[name].batch for name, share in load.shares.items())
    today /= sum(load.shares.values())
    weekly = batches if batches is not None else (flow or 0.0) * WEEK / today
    limits = [*load.of_units(), *load.of_pools()]
    most = min((limit.most for limit in limits), default=inf)
    if not 0.0 < most < inf:
        why = "its steps take no time" if most else "something that it needs is never open"
        raise PlantsimError(f"{scenario.name or 'the plant'} has no cycle time: {why}")
    more = weekly / most  # so many times as large
    rows = tuple(_size(load, limit, weekly, more, fill) for limit in limits)
    return Sizing(weekly, WEEK / most, today * more, fill, rows)


def _sound(flow: float | None, batches: float | None, fill: float) -> None:
    if (flow is None) == (batches is None):
        raise PlantsimError("say what is wanted: either flow=... [kg/h] or batches=... [1/week]")
    wanted = flow if flow is not None else batches
    if wanted is None or not 0.0 < wanted < inf:
        raise PlantsimError(f"what is wanted must be a number above 0, not {wanted}")
    if not 0.0 < fill <= 1.0:
        raise PlantsimError(f"fill is a part of a volume: a number above 0 and not above 1, not {fill}")


def _size(load: Load, limit: Limit, weekly: float, more: float, fill: float) -> Size:
    needed = limit.count * weekly / limit.most
    if limit.of != "utility":
        needed = float(ceil(needed - 1e-9))
    loads = list(_loads(load, limit.name)) if limit.of == "unit" else []
    mass = max((each * more for each, _ in loads), default=None)
    volume = max((litres * more / fill for _, litres in loads), default=None)
    return Size(limit.name, limit.of, limit.count, WEEK / limit.most, needed, mass, volume)


def _loads(load: Load, name: str) -> Iterator[tuple[float, float]]:
    """(kg, L) in a unit of a kind at each step that is done in it, as full of today's batches as it can be."""
    for product, visits in load.visits.items():
        recipe = load.plain.products[product]
        for (step, declared), (_, able, _, _) in zip(recipe.steps.items(), visits, strict=True):
            if name in (declared.on, *(load.unit(single).kind for single in able)):
                mass = recipe.masses[step] * max(map(load.places, able))
                yield mass, mass * (recipe.litres_a_kg or 1.0)

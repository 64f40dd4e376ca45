"""Outcomes that are kept: a model is called once for equal inputs, and masses are applied after.

Inputs are taken to twelve digits and luck to one of 128 values, so that batches alike, but for what rounding leaves,
cost one call, and of a component no more than 1e-12 is missed in a step; what is kept is for the mass that it was
called with, of which the mass, the volume and the draws of another batch are a multiple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from plantsim.charge import luck, snapped
from plantsim.contracts import Charge, Draw, Equipment, Outcome, UnitModel
from plantsim.unitops.table import Table

MOST = 20_000
DIGITS = 12  # of the inputs: with nine, twenty steps one after the other would miss a balance by 1e-8


class Cost:
    """What the models of a step on units of a name have cost so far."""

    __slots__ = ("calls", "hits", "seconds", "table")

    def __init__(self, table: Table | None = None) -> None:
        self.calls = self.hits = 0
        self.seconds, self.table = 0.0, table


class Cache:
    """Outcomes by model and inputs; `counts` says how often models were called, and were not, and for how long."""

    def __init__(self) -> None:
        self.costs: dict[Any, Cost] = {}
        self.alike: dict[Any, Any] = {}  # key -> that of an equal model on an equal unit
        self.known: dict[Any, Outcome] = {}
        self.asked: dict[Any, dict[str, None]] = {}  # model -> the luck that it has asked for so far

    @property
    def counts(self) -> dict[str, float]:
        """How often models were called, how often a kept outcome did instead, and seconds in them."""
        costs = self.costs.values()
        calls, hits = sum(each.calls for each in costs), sum(each.hits for each in costs)
        return {"calls": calls, "hits": hits, "seconds": sum(each.seconds for each in costs)}

    @property
    def told(self) -> list[tuple[Any, ...]]:
        """(product, step, unit, calls, hits, seconds, cells of its table, its error) of each model."""
        return [
            (
                *key,
                each.calls,
                each.hits,
                each.seconds,
                *((each.table.cells, each.table.error) if each.table else (0, 0.0)),
            )
            for key, each in self.costs.items()
        ]

    def outcome(self, key: object, model: UnitModel, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        """The outcome for a charge; `key` names model and unit."""
        like = _snapped(charge)
        cost = self.costs.get(key) or self.costs.setdefault(key, Cost())
        key = self.alike.get(key, key)
        asked = self.asked.setdefault(key, {})

        def drawn(name: str) -> float:
            asked[name] = None
            return luck(draw(name))

        inputs = (key, _inputs(like))
        found = self.known.get((inputs, tuple([luck(draw(name)) for name in asked])))
        if found is None:
            found = _made(cost, model, like, unit, drawn)
            if len(self.known) < MOST:
                self.known[inputs, tuple([luck(draw(name)) for name in asked])] = found
        else:
            cost.hits += 1
        if not isinstance(found, Outcome) or not isinstance(found.charge, Charge):
            raise TypeError(f"expected an Outcome with a Charge, got {found!r}")
        times = charge.mass / like.mass if like.mass else 1.0
        return found if times == 1.0 else times_the_mass(found, times)


def _made(cost: Cost, model: UnitModel, like: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """The outcome from a table, or from the model itself; what that costs is counted."""
    begin, table = perf_counter(), cost.table
    before = table.calls if table is not None else 0
    found = table.outcome(like, draw) if table is not None else None
    if table is not None:
        cost.calls += table.calls - before
        cost.hits += found is not None and table.calls == before
    if found is None:
        cost.calls += 1
        found = model(like, unit, draw)
    elif found.profile is not None:
        found = replace(found, profile=_inside(found.hours, model, like, unit, dict(_luck(table, draw))))
    cost.seconds += perf_counter() - begin
    return found


def _luck(table: Table | None, draw: Draw) -> Iterator[tuple[str, float]]:
    return ((name, draw(name)) for name in (table.luck if table is not None else ()))


def _inside(
    hours: float, model: UnitModel, like: Charge, unit: Equipment, told: Mapping[str, float]
) -> Callable[[float], Charge]:
    """The profile of an outcome from a table: that of the model itself, which is called once somebody looks."""
    whole = list[Outcome]()

    def profile(at: float) -> Charge:
        if not whole:
            whole.append(model(like, unit, told.__getitem__))
        inner = whole[0].profile
        if inner is None:
            raise ValueError("the model tells a profile only of some charges")
        return inner(at * whole[0].hours / hours if hours else 0.0)

    return profile


def _snapped(charge: Charge) -> Charge:
    def each(numbers: Mapping[str, float]) -> dict[str, float]:
        return {name: snapped(number, DIGITS) for name, number in numbers.items()}

    return Charge(
        snapped(charge.mass, DIGITS), snapped(charge.volume, DIGITS), snapped(charge.temperature, DIGITS),
        each(charge.composition), each(charge.quality),
    )  # fmt: skip


def _inputs(charge: Charge) -> tuple[object, ...]:
    parts, quality = tuple(charge.composition.items()), tuple(charge.quality.items())
    return charge.mass, charge.volume, charge.temperature, parts, quality


def times_the_mass(found: Outcome, times: float) -> Outcome:
    """The outcome for so many times the mass."""
    inner = found.profile

    def scaled(charge: Charge) -> Charge:
        return charge.but(mass=charge.mass * times, volume=charge.volume * times)

    return Outcome(
        found.hours, scaled(found.charge), found.quality,
        {name: tuple((at, rate * times) for at, rate in flow) for name, flow in found.draws.items()},
        (lambda hours: scaled(inner(hours))) if inner is not None else None, found.late, found.broken,
        found.added * times,
    )  # fmt: skip

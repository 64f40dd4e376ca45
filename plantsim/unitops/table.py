"""A model that is tabulated: called at the corners of a fixed grid, and interpolated between them.

The grid hangs on the recipe alone, not on what has been asked before, so that equal inputs have equal outcomes in any
run.  A cell is taken if what the model says at its middle lies near what its corners say; else it is halved, again and
again.  What is interpolated is intensive: hours, what a kg becomes, draws a kg.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from math import floor
from typing import Any

from plantsim.chance import normal
from plantsim.contracts import Charge, Draw, Equipment, Outcome, UnitModel

WIDE = 0.1  # of a cell, as a share of the usual number
NEAR = 0.0025  # of the hours: the error at the middle of a cell that is taken; elsewhere in it, it may be larger
HALVES = 5
MOST = 4  # inputs that vary, of which one is most often nearly the same
Point = tuple[float, ...]


class Table:
    """A model on a unit, by its inputs: mass, volume a kg, temperature, fractions, quality; luck as normal deviates."""

    def __init__(self, model: UnitModel, unit: Equipment, usual: Charge) -> None:
        self.model, self.unit = model, unit
        self.luck: dict[str, None] = {}
        self.calls = self.cells = 0
        self.error = 0.0  # of the hours, at the middle of cells that are taken: the largest so far
        self.known: dict[Point, Outcome] = {}
        self.taken: dict[tuple[Any, ...], bool] = {}
        self.usual = usual

    def outcome(self, charge: Charge, draw: Draw) -> Outcome | None:
        """What it says of a charge; None, if too much varies, or no cell is small enough."""
        if not self.calls:  # which luck it asks for
            self._call(self.usual, lambda name: self.luck.setdefault(name) or 0.5)
        form, numbers, usual = _form(charge), _numbers(charge), _numbers(self.usual)
        if form != _form(self.usual):
            return None
        at = (*numbers, *[normal.inv_cdf(draw(name)) for name in self.luck])
        origin = (*usual, *[0.0 for _ in self.luck])
        wide = (*[abs(each) * WIDE or WIDE for each in usual], *[1.0 for _ in self.luck])
        if sum(abs(x - o) > 1e-9 * max(abs(o), 1e-9) for x, o in zip(at, origin, strict=True)) > MOST:
            return None
        for k in range(HALVES + 1):
            cell = [_cell(x, o, w / 2**k) for x, o, w in zip(at, origin, wide, strict=True)]
            if self._takes(cell, charge):
                return self._between(cell, at, charge)
        return None

    def _takes(self, cell: list[tuple[float, float]], like: Charge) -> bool:
        """Whether a cell says in its middle what the model says there."""
        key = tuple(cell)
        if key not in self.taken:
            middle = tuple([(low + high) / 2.0 for low, high in cell])
            self.taken[key] = self._near(cell, middle, like)
        return self.taken[key]

    def _near(self, cell: list[tuple[float, float]], middle: Point, like: Charge) -> bool:
        corners = [self._at(corner, like) for corner in product(*[dict.fromkeys(each) for each in cell])]
        if any(_shape(each) != _shape(corners[0]) for each in corners):
            return False
        true = self._at(middle, like)
        said = self._between(cell, middle, like)
        error = abs(said.hours - true.hours) / true.hours if true.hours else abs(said.hours)
        if _shape(true) != _shape(corners[0]) or error > NEAR:
            return False
        self.cells, self.error = self.cells + 1, max(self.error, error)
        return True

    def _at(self, point: Point, like: Charge) -> Outcome:
        found = self.known.get(point)
        if found is None:
            charge, number = _charge(point, like), len(point) - len(self.luck)
            told = dict(zip(self.luck, map(normal.cdf, point[number:]), strict=True))
            found = self.known[point] = self._call(charge, lambda name: _told(told, name))
        return found

    def _call(self, charge: Charge, draw: Callable[[str], float]) -> Outcome:
        self.calls += 1
        return self.model(charge, self.unit, draw)

    def _between(self, cell: list[tuple[float, float]], at: Point, charge: Charge) -> Outcome:
        """The outcome at a point of a cell, from those at its corners."""
        parts = []
        for corner in product(*[dict.fromkeys(each) for each in cell]):
            weight = 1.0
            for (low, high), x, side in zip(cell, at, corner, strict=True):
                if high > low:
                    weight *= (x - low if side == high else high - x) / (high - low)
            if weight:
                before = _charge(corner, charge)
                parts.append((weight, before, self._at(corner, charge)))
        return _mixed(parts, charge)


def _form(charge: Charge) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(charge.composition), tuple(charge.quality)


def _told(told: Mapping[str, float], name: str) -> float:
    if name not in told:
        raise ValueError(f"asks for luck {name!r} only of some charges, so it can't be tabulated; leave out 'tabulate'")
    return told[name]


def _cell(x: float, origin: float, wide: float) -> tuple[float, float]:
    """The ends of the stretch of a grid in which a number lies; of one on the grid, that number twice."""
    k = (x - origin) / wide
    near = round(k)
    if abs(k - near) < 1e-7:
        return (x, x) if abs(x - origin) < 1e-9 * max(abs(origin), 1e-9) else (origin + near * wide,) * 2
    return origin + floor(k) * wide, origin + (floor(k) + 1) * wide


def _numbers(charge: Charge) -> Point:
    a_kg = charge.volume / charge.mass if charge.mass else 0.0
    return (charge.mass, a_kg, charge.temperature, *charge.composition.values(), *charge.quality.values())


def _charge(point: Point, like: Charge) -> Charge:
    mass, a_kg, temperature, *rest = point
    parts = dict(zip(like.composition, rest, strict=False))
    quality = dict(zip(like.quality, rest[len(parts) :], strict=False))
    return Charge(mass, a_kg * mass, temperature, parts, quality)


def _shape(found: Outcome) -> tuple[Any, ...]:
    flows = tuple((name, len(flow)) for name, flow in found.draws.items())
    return tuple(found.charge.composition), tuple(found.charge.quality), flows, bool(found.late), found.broken


def _dry(charge: Charge) -> float:
    """The mass without the water that a moisture on a dry basis tells of."""
    return charge.mass / (1.0 + charge.quality["moisture"]) if "moisture" in charge.quality else charge.mass


def _mixed(parts: list[tuple[float, Charge, Outcome]], charge: Charge) -> Outcome:
    """The weighed mean of outcomes for a charge: of what a kg of it, or of its dry matter, becomes."""

    def mean(of: Callable[[Charge, Outcome], float]) -> float:
        return sum([weight * of(before, found) for weight, before, found in parts])

    first = parts[0][2]
    hours = mean(lambda _, found: found.hours)
    quality = {name: sum(w * found.charge.quality[name] for w, _, found in parts) for name in first.charge.quality}
    wet = 1.0 + quality["moisture"] if "moisture" in quality else 1.0
    mass = _dry(charge) * wet * mean(lambda before, found: _dry(found.charge) / _dry(before))
    a_kg = {
        name: sum(w * found.charge.composition[name] * found.charge.mass / before.mass for w, before, found in parts)
        for name in first.charge.composition
    }
    amounts = {name: each * charge.mass for name, each in a_kg.items()}
    if "water" in amounts:  # what the moisture leaves of it
        amounts["water"] = mass - sum(each for name, each in amounts.items() if name != "water")
    end = Charge(
        mass,
        charge.mass * mean(lambda before, found: found.charge.volume / before.mass),
        mean(lambda _, found: found.charge.temperature),
        {name: each / mass for name, each in amounts.items()} if mass else {},
        quality,
    )
    draws = {name: _flow(name, parts, charge.mass, hours) for name in first.draws}
    told = {name: sum(w * found.quality.get(name, 0.0) for w, _, found in parts) for name in first.quality}
    return Outcome(hours, end, told, draws, None, first.late, first.broken)


def _flow(name: str, parts: list[tuple[float, Charge, Outcome]], mass: float, hours: float) -> tuple[Any, ...]:
    """A rate over time, whose corners lie at the same shares of the time."""
    flow = []
    for k in range(len(parts[0][2].draws[name])):
        at = sum(w * (each.draws[name][k][0] / each.hours if each.hours else 0.0) for w, _, each in parts)
        rate = sum(w * each.draws[name][k][1] / before.mass for w, before, each in parts)
        flow.append((at * hours, rate * mass))
    return tuple(flow)

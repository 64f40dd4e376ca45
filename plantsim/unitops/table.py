"""A model that is tabulated: called at the corners of a fixed grid, and interpolated between them.

The grid hangs on the recipe alone, not on what has been asked before, so that equal inputs have equal outcomes in any
run.  A cell is taken if what the model says at its middle lies near what its corners say: hours, mass, volume, each
attribute and what else is told; else it is halved, again and again.  What is interpolated is intensive: hours, what a
kg becomes, draws a kg.  Attributes of quality that the model does not read are no inputs: they go through as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from math import floor
from typing import Any, TypeAlias

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome, UnitModel
from plantsim.laws import normal
from plantsim.unitops.nominal import amount

WIDE = 0.2  # of a cell that is tried first, as a share of the usual number
DEVIATES = 4.0  # wide is such a cell in luck, as a normal deviate
NEAR = 0.0025  # of each number: the error at the middle of a cell that is taken; elsewhere in it, it may be larger
LEAST = 0.1  # of the largest number at the corners: errors of what is less are shares of that
HALVES = 7
SAME = 2e-5  # of a cell: a number so near to a line of the grid lies on it; what solvers leave is less
MOST = 4  # inputs that vary, of which one is most often nearly the same
Point: TypeAlias = tuple[float, ...]
Cell: TypeAlias = tuple[tuple[float, float], ...]  # the ends of a stretch in each input
Corners: TypeAlias = list[tuple[Point, Charge, Outcome]]
Parts: TypeAlias = list[tuple[float, Charge, Outcome]]  # how much an outcome counts, what went in, what came of it
LEAVE = ", so it can't be tabulated; leave out 'tabulate'"


class Seldom(ValueError):
    """Something is asked for only of some charges."""


class Noted(dict[str, float]):
    """Attributes that note which of them are read one by one; to look over all of them is not to read them."""

    __slots__ = ("read",)

    def __init__(self, told: Mapping[str, float], read: dict[str, None]) -> None:
        super().__init__(told)
        self.read = read

    def __getitem__(self, word: str) -> float:
        self.read[word] = None
        return super().__getitem__(word)

    def __contains__(self, word: object) -> bool:
        self.read[str(word)] = None
        return super().__contains__(word)

    def get(self, word: str, default: Any = None) -> Any:
        """The number of a word, or what is given."""
        self.read[word] = None
        return super().get(word, default)


class Table:
    """A model on a unit, by its inputs: mass, volume a kg, temperature, fractions, quality; luck as normal deviates."""

    def __init__(self, model: UnitModel, unit: Equipment, usual: Charge, by_luck: bool = False) -> None:
        self.model, self.unit = model, unit
        self.luck: dict[str, None] = {}
        self.read: dict[str, None] = {}  # attributes of quality that it reads
        self.scales = False  # whether what comes of twice the charge is twice as much, after as many hours
        self.calls = self.cells = 0
        self.error = 0.0  # of any number, at the middle of cells that are taken: the largest so far
        self.known: dict[Point, Outcome] = {}
        self.taken: dict[Cell, Corners | None] = {}
        self.usual, self.form = usual, _form(usual)
        self.by_luck = by_luck  # whether each charge is looked at by itself
        self.each: dict[tuple[Any, ...], Table] = {}
        self.origin: Point = ()
        self.wide: Point = ()

    def outcome(self, charge: Charge, draw: Draw) -> Outcome | None:
        """What it says of a charge; None, if too much varies, or no cell is small enough."""
        if self.by_luck:
            return self._own(charge, draw)
        if not self.calls:
            self.look()
        if _form(charge) != self.form:
            return None
        at = (*self._numbers(charge), *[normal.inv_cdf(draw(name)) for name in self.luck])
        if sum([abs(x - o) > SAME * w for x, o, w in zip(at, self.origin, self.wide, strict=True)]) > MOST:
            return None
        for k in range(HALVES + 1):
            cell = tuple([_cell(x, o, w / 2**k) for x, o, w in zip(at, self.origin, self.wide, strict=True)])
            corners = self._takes(cell)
            if corners is not None:
                return self._between(corners, cell, at, charge)
        return None

    def _own(self, charge: Charge, draw: Draw) -> Outcome | None:
        """What it says of a charge like which there are many, out of a table of that charge alone."""
        key = (charge.mass, charge.volume, charge.temperature, *charge.composition.items(), *charge.quality.items())
        own = self.each.get(key) or self.each.setdefault(key, Table(self.model, self.unit, charge))
        before = own.calls, own.cells
        if not own.calls:
            own.look(alone=True)
        found = own.outcome(charge, draw)
        self.calls, self.cells = self.calls + own.calls - before[0], self.cells + own.cells - before[1]
        self.error = max(self.error, own.error)
        return found

    def look(self, alone: bool = False) -> None:
        """Find out for which luck the model asks, and what of a charge is no input: its mass, attributes."""
        found = self._call(self.usual, lambda name: self.luck.setdefault(name) or 0.5, first=True)
        if not alone:
            self._inputs(found)
        numbers = self._numbers(self.usual)
        self.origin = (*numbers, *[0.0 for _ in self.luck])
        self.wide = (*[abs(each) * WIDE or WIDE for each in numbers], *[DEVIATES for _ in self.luck])
        self.known[self.origin] = found

    def _inputs(self, found: Outcome) -> None:
        """Whether mass is an input, and which attributes are."""
        more = self._tried(replace(self.usual, mass=self.usual.mass * 2.0, volume=self.usual.volume * 2.0))
        self.scales = more is not None and _doubled(found, more)
        others = {word: number * 1.1 for word, number in self.usual.quality.items() if word not in self.read}
        quality = {**self.usual.quality, **others}
        other = self._tried(replace(self.usual, quality=quality)) if others else found
        if other is None or _passes(found, self.usual.quality) != _passes(other, quality):
            self.read = dict.fromkeys(self.usual.quality)

    def _tried(self, charge: Charge) -> Outcome | None:
        """What the model says with middling luck; None, if it has no answer."""
        try:
            return self._call(charge, lambda name: 0.5)
        except Seldom:
            raise
        except Exception:  # the user's own code may raise anything
            return None

    def _numbers(self, charge: Charge) -> Point:
        """The inputs that a charge is of."""
        a_kg, told = charge.volume / charge.mass if charge.mass else 0.0, charge.quality
        quality = [told[word] for word in self.usual.quality if word in self.read]
        parts = [charge.composition[name] for name in self.usual.composition]
        mass = self.usual.mass if self.scales else charge.mass
        return (mass, a_kg, charge.temperature, *parts, *quality)

    def _charge(self, point: Point) -> Charge:
        """A charge of these inputs; what else is told of it is as usual."""
        mass, a_kg, temperature, *rest = point
        usual = self.usual
        parts = dict(zip(usual.composition, rest, strict=False))
        words = [word for word in usual.quality if word in self.read]
        quality = {**usual.quality, **dict(zip(words, rest[len(parts) :], strict=False))}
        return Charge(mass, a_kg * mass, temperature, parts, quality)

    def _takes(self, cell: Cell) -> Corners | None:
        """The corners of a cell that says in its middle what the model says there; None, if it does not."""
        if cell not in self.taken:
            try:
                self.taken[cell] = self._near(cell)
            except Seldom:
                raise
            except Exception:  # a corner lies where the model has no answer
                self.taken[cell] = None
        return self.taken[cell]

    def _near(self, cell: Cell) -> Corners | None:
        middle = tuple([(low + high) / 2.0 for low, high in cell])
        points = product(*[dict.fromkeys(each) for each in cell])
        corners = [(corner, self._charge(corner), self._at(corner)) for corner in points]
        first, true = corners[0][2], self._at(middle)
        if any(_shape(each) != _shape(first) for each in (true, *[found for *_, found in corners])):
            return None
        said = self._between(corners, cell, middle, self._charge(middle))
        error = _error(said, true, corners)
        if error > NEAR or not _alike(said, true):
            return None
        self.cells, self.error = self.cells + 1, max(self.error, error)
        return corners

    def _at(self, point: Point) -> Outcome:
        found = self.known.get(point)
        if found is None:
            charge, number = self._charge(point), len(point) - len(self.luck)
            told = dict(zip(self.luck, map(normal.cdf, point[number:]), strict=True))
            found = self.known[point] = self._call(charge, lambda name: _told(told, name))
        return found

    def _call(self, charge: Charge, draw: Callable[[str], float], first: bool = False) -> Outcome:
        self.calls += 1
        read: dict[str, None] = {}
        found = self.model(replace(charge, quality=Noted(charge.quality, read)), self.unit, draw)
        if first:
            self.read = {**read}
        if isinstance(found.charge.quality, Noted):  # it is what went in
            found = replace(found, charge=replace(found.charge, quality={**found.charge.quality}))
        for word in read:
            if word not in self.read and word in charge.quality:
                raise Seldom(f"reads {word!r} only of some charges{LEAVE}")
        return found

    def _between(self, corners: Corners, cell: Cell, at: Point, charge: Charge) -> Outcome:
        """The outcome at a point of a cell, from those at its corners."""
        parts = []
        for corner, before, found in corners:
            weight = 1.0
            for (low, high), x, side in zip(cell, at, corner, strict=True):
                if high > low:
                    weight *= (x - low if side == high else high - x) / (high - low)
            if weight:
                parts.append((weight, before, found))
        return _mixed(parts, charge, self._untouched(parts))

    def _untouched(self, parts: Parts) -> list[str]:
        """The attributes that come out of the model as they went in, unread."""
        usual = self.usual.quality
        words = [word for word in parts[0][2].charge.quality if word in usual and word not in self.read]
        return [word for word in words if all(found.charge.quality[word] == usual[word] for *_, found in parts)]


def _form(charge: Charge) -> tuple[list[str], list[str]]:
    return sorted(charge.composition), sorted(charge.quality)


def _told(told: Mapping[str, float], name: str) -> float:
    if name not in told:
        raise Seldom(f"asks for luck {name!r} only of some charges{LEAVE}")
    return told[name]


def _cell(x: float, origin: float, wide: float) -> tuple[float, float]:
    """The ends of the stretch of a grid in which a number lies; of one on the grid, that number twice."""
    k = (x - origin) / wide
    near = round(k)
    if abs(k - near) < SAME:
        return (origin + near * wide,) * 2
    return origin + floor(k) * wide, origin + (floor(k) + 1) * wide


def _shape(found: Outcome) -> tuple[Any, ...]:
    flows = tuple((name, len(flow)) for name, flow in found.draws.items())
    return tuple(found.charge.composition), tuple(found.charge.quality), flows, bool(found.late), found.broken


def _passes(found: Outcome, given: Mapping[str, float]) -> tuple[Any, ...]:
    """All of an outcome; attributes that come out as they went in are told by name only."""
    end = found.charge
    quality = {word: None if given.get(word) == number else number for word, number in end.quality.items()}
    told = (found.hours, dict(found.draws), end.mass, end.volume, end.temperature, dict(end.composition), quality)
    return *told, found.late, found.broken


def _doubled(found: Outcome, more: Outcome) -> bool:
    """Whether an outcome is that of twice the charge, to what rounding leaves."""
    end, twice = found.charge, more.charge
    pairs = [(found.hours, more.hours), (2.0 * end.mass, twice.mass), (2.0 * end.volume, twice.volume)]
    pairs += [(end.temperature, twice.temperature)]
    for was, now in ((end.composition, twice.composition), (end.quality, twice.quality)):
        pairs += [(number, now.get(name, number + 1.0)) for name, number in was.items()]
    for name, flow in found.draws.items():
        pairs += [(2.0 * amount(flow, found.hours), amount(more.draws.get(name, ()), more.hours))]
    return all(abs(a - b) <= 1e-9 * max(abs(a), abs(b)) for a, b in pairs)


def _error(said: Outcome, true: Outcome, corners: Corners) -> float:
    """The largest error of a number of an outcome, as a share of that number."""
    worst, others = 0.0, [_numbers_of(found) for *_, found in corners]
    for name, right in _numbers_of(true).items():
        most = max(abs(each[name]) for each in others)
        size = max(abs(right), LEAST * most) or 1.0
        worst = max(worst, abs(_numbers_of(said)[name] - right) / size)
    return worst


def _numbers_of(found: Outcome) -> dict[str, float]:
    end = found.charge
    return {"hours": found.hours, "mass": end.mass, "volume": end.volume, **_named("", end.quality),
            **_named("told ", found.quality)}  # fmt: skip


def _named(word: str, numbers: Mapping[str, float]) -> dict[str, float]:
    return {f"{word}{name}": number for name, number in numbers.items()}


def _alike(said: Outcome, true: Outcome) -> bool:
    """Whether what is drawn in all is as near as the hours must be."""
    flows = [(amount(said.draws[name], said.hours), amount(true.draws[name], true.hours)) for name in true.draws]
    return all(abs(drawn - right) <= NEAR * abs(right) for drawn, right in flows)


def _dry(charge: Charge) -> float:
    """The mass without the water that a moisture on a dry basis tells of."""
    return charge.mass / (1.0 + charge.quality["moisture"]) if "moisture" in charge.quality else charge.mass


def _mixed(parts: Parts, charge: Charge, untouched: list[str]) -> Outcome:
    """The weighed mean of outcomes for a charge: of what each component of it, or its dry matter, becomes.

    Its profile is that of the first, and tells no more than that there is one.
    """

    def mean(of: Callable[[Charge, Outcome], float]) -> float:
        return sum([weight * of(before, found) for weight, before, found in parts])

    first = parts[0][2]
    hours, times = mean(lambda _, found: found.hours), charge.mass / mean(lambda before, _: before.mass)
    quality = {name: sum([w * found.charge.quality[name] for w, _, found in parts]) for name in first.charge.quality}
    quality |= {name: charge.quality[name] for name in untouched}
    amounts = {name: _amount(name, parts, charge, times) for name in first.charge.composition}
    mass = sum(amounts.values())
    if "moisture" in quality or not amounts:
        wet = 1.0 + quality["moisture"] if "moisture" in quality else 1.0
        stays = mean(lambda _, found: _dry(found.charge)) / mean(lambda before, _: _dry(before))
        mass = _dry(charge) * wet * stays
    if "moisture" in quality and "water" in amounts:  # what the moisture leaves of it
        amounts["water"] = mass - sum(each for name, each in amounts.items() if name != "water")
    end = Charge(
        mass,
        charge.volume * mean(lambda _, found: found.charge.volume) / mean(lambda before, _: before.volume)
        if charge.volume
        else 0.0,
        mean(lambda _, found: found.charge.temperature),
        {name: each / mass for name, each in amounts.items()} if mass else {},
        quality,
    )
    draws = {name: _flow(name, parts, times, hours) for name in first.draws}
    told = {name: sum([w * found.quality.get(name, 0.0) for w, _, found in parts]) for name in first.quality}
    added = times * mean(lambda _, found: found.added)
    return Outcome(hours, end, told, draws, first.profile, first.late, first.broken, added)


def _amount(name: str, parts: Parts, charge: Charge, times: float) -> float:
    """The mass of a component after it [kg]: as a part of what there was of it, so that what stays is balanced."""
    after = sum([w * found.charge.mass * found.charge.composition[name] for w, _, found in parts])
    before = sum([w * each.mass * each.composition.get(name, 0.0) for w, each, _ in parts])
    there = charge.mass * charge.composition.get(name, 0.0)
    return there * after / before if before and there else after * times


def _flow(name: str, parts: Parts, times: float, hours: float) -> Flow:
    """A rate over time, whose corners lie in the mean where they do."""
    flow = []
    for k in range(len(parts[0][2].draws[name])):
        at = sum([w * each.draws[name][k][0] for w, _, each in parts])
        flow.append((min(at, hours), times * sum([w * each.draws[name][k][1] for w, _, each in parts])))
    return tuple(flow)

"""Where the nodes of a map stand, in pixels: on the floor plan or in layers along the flow; and where labels fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from math import hypot
from statistics import fmean
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]  # from x, to x, from y, to y
Pair: TypeAlias = tuple[str, str]

WIDE = 860.0  # px between the outermost nodes
ROW = 84.0  # px between nodes one above the other
APART = 64.0  # px between copies that stand on one spot
LOW, HIGH, TALL = 240.0, 560.0, 1500.0  # px: as the floor has it; at most, to part nodes of a floor plan, or of layers
ROOMY = 400.0  # px: as the floor has it, with areas on it
LETTER, LINE = 7.0, 15.0  # px of a letter of a label, and of a line


def places(given: Mapping[str, Point | None], links: Sequence[Pair], low: float = LOW) -> dict[str, Point]:
    """Name -> place in pixels, given positions on the floor [m] and which names are linked; `low`: how high it may be.

    A name without position stands between its neighbours; if there are none, all stand in layers along the flow.

    >>> places({"mill": None, "press": None}, [("mill", "press")])
    {'mill': (0.0, 0.0), 'press': (860.0, 0.0)}
    """
    floor = _between(given, links)
    spots = {at for at in floor.values() if at is not None}
    if None in floor.values() or 2 * len(spots) < len(floor):
        return _scaled(_layered(list(given), links), TALL)
    return _fanned(_scaled({name: at for name, at in floor.items() if at is not None}, HIGH, low), links)


def _between(given: Mapping[str, Point | None], links: Sequence[Pair]) -> dict[str, Point | None]:
    """What has no position of its own, such as a buffer, stands in the middle of its neighbours that have one."""
    floor = dict(given)
    for name in [name for name, at in given.items() if at is None]:
        near = [at for pair in links if name in pair for at in (given[pair[0]], given[pair[1]]) if at is not None]
        if near:
            floor[name] = (fmean(x for x, _ in near), fmean(y for _, y in near))
    return floor


def _layered(names: Sequence[str], links: Sequence[Pair]) -> dict[str, Point]:
    """Layers from left to right, each name behind all by which it is fed; each layer around the middle."""
    before: dict[str, list[str]] = {name: [] for name in names}
    for here, there in links:
        before[there].append(here)
    at: dict[str, Point] = {}
    for column, layer in enumerate(generations(before)):
        for row, name in enumerate(layer):
            at[name] = (float(column), (len(layer) - 1) / 2.0 - row)
    return {name: at[name] for name in names}


def generations(before: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Layers of a graph, given by what each name is fed; of one with rings, by the links from where things enter.

    >>> generations({"a": [], "b": ["a"], "c": ["a", "b"], "d": []})
    [['a', 'd'], ['b'], ['c']]
    """
    sorter: TopologicalSorter[str] = TopologicalSorter(before)
    try:
        sorter.prepare()
    except CycleError:
        return _waves(before)
    layers: list[list[str]] = []
    order = {name: k for k, name in enumerate(before)}
    while sorter.is_active():
        layers.append(sorted(sorter.get_ready(), key=order.__getitem__))
        sorter.done(*layers[-1])
    return layers


def _waves(before: Mapping[str, Sequence[str]]) -> list[list[str]]:
    left = dict(before)
    wave = [name for name, feeding in left.items() if not feeding]
    waves: list[list[str]] = []
    while left:
        wave = wave or [next(iter(left))]
        waves.append(wave)
        left = {name: feeding for name, feeding in left.items() if name not in wave}
        wave = [name for name, feeding in left.items() if set(feeding) & set(waves[-1])]
    return waves


def _scaled(at: Mapping[str, Point], most: float, least: float = LOW) -> dict[str, Point]:
    """Positions in pixels: as wide as the page, and as high as it takes to part what stands one above the other."""
    left, low = min(x for x, _ in at.values()), min(y for _, y in at.values())
    wide, high = max(x for x, _ in at.values()) - left, max(y for _, y in at.values()) - low
    per = WIDE / wide if wide else 0.0
    gaps = [abs(a[1] - b[1]) for a, b in combinations(at.values(), 2) if abs(a[0] - b[0]) * per < ROW and a[1] != b[1]]
    tall = max(min(least, high * per), min(most, ROW * high / min(gaps)) if gaps else 0.0)
    up = tall / high if high else 0.0
    return {name: ((x - left) * per if wide else WIDE / 2.0, (y - low) * up) for name, (x, y) in at.items()}


def _fanned(at: dict[str, Point], links: Sequence[Pair]) -> dict[str, Point]:
    """Names on one spot, such as copies of a unit, side by side across the flow."""
    spots: dict[Point, list[str]] = {}
    for name, spot in at.items():
        spots.setdefault(spot, []).append(name)
    fanned = dict(at)
    for (x, y), names in spots.items():
        dx, dy = _across(names, at, links)
        for k, name in enumerate(names):
            off = APART * ((len(names) - 1) / 2.0 - k)
            fanned[name] = (x + dx * off, y + dy * off)
    return fanned


def _across(names: Sequence[str], at: Mapping[str, Point], links: Sequence[Pair]) -> Point:
    """The direction across the flow through a spot; upwards where nothing flows."""
    flows = [_direction(at[a], at[b]) for a, b in links if (a in names) != (b in names)]
    x, y = _direction((0.0, 0.0), (sum(x for x, _ in flows), sum(y for _, y in flows)))
    if x == y == 0.0:
        return 0.0, 1.0
    return (-y, x) if x > 0.0 or (x == 0.0 and y < 0.0) else (y, -x)


def _direction(a: Point, b: Point) -> Point:
    long = hypot(b[0] - a[0], b[1] - a[1])
    return ((b[0] - a[0]) / long, (b[1] - a[1]) / long) if long > 1e-9 else (0.0, 0.0)


# ---- labels ----------------------------------------------------------------------------------------------------------


def around(at: Point, wide: float, high: float) -> Box:
    """The box of a size around a point."""
    return at[0] - wide / 2, at[0] + wide / 2, at[1] - high / 2, at[1] + high / 2


def free_spot(at: Point, size: float, lines: Sequence[str], taken: Sequence[Box]) -> tuple[float, float, Box] | None:
    """(shift in x, shift in y, box) of a label that covers nothing: below its node, above or beside it; else None.

    >>> free_spot((0.0, 0.0), 46.0, ["mill"], [])[:2]
    (0.0, -33.5)
    >>> free_spot((0.0, 0.0), 46.0, ["mill"], [(-10.0, 10.0, -50.0, -30.0)])[:2]
    (0.0, 33.5)
    """
    wide, high = LETTER * max(map(len, lines)), LINE * len(lines)
    down, aside = size / 2 + high / 2 + 3, size / 2 + wide / 2 + 6
    for dx, dy in ((0.0, -down), (0.0, down), (aside, 0.0), (-aside, 0.0)):
        box = around((at[0] + dx, at[1] + dy), wide, high)
        if not any(box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in taken):
            return dx, dy, box
    return None

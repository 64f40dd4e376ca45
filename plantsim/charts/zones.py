"""Areas on the map of a plant: outlines with their grade, and what crosses them; where clean and dirty ways meet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeAlias

from plantsim.charts.look import GREY, STRONG, safe
from plantsim.charts.places import LETTER, LINE, Box, Point, around, free_spot

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.scenario import Scenario

Pair: TypeAlias = tuple[str, str]
MARGIN = 44.0  # px between the middle of what stands in an area and its outline
BELOW, ABOVE = 20.0, 24.0  # and for names
SHADES = ("#F4F7FA", "#FBF6EC", "#F1F8F1", "#F8F1F7")
DIRTY = "#A9743A"
LEAST, MORE = 9.0, 12.0  # px: size of a mark of few moves, and how much larger that of the most is


@dataclass(frozen=True)
class Mark:
    """A spot of the map at which moves cross something, and how many."""

    at: Point
    text: str
    told: str
    colour: str
    count: int
    door: frozenset[str] = frozenset()  # the two areas between which it is


def outlines(scenario: Scenario, stands: Mapping[str, Sequence[Point]]) -> tuple[list[dict[str, Any]], list[Any]]:
    """(rectangles below the map, their names with the grade) of the areas in which something stands."""
    shapes, labels = [], []
    for k, (name, area) in enumerate(scenario.areas.items()):
        if not stands.get(name):
            continue
        left, right, low, high = _box(stands[name])
        line = {"color": GREY, "width": 1.2, "dash": "dash"}
        shapes.append({"type": "rect", "x0": left, "x1": right, "y0": low, "y1": high, "layer": "below",
                       "fillcolor": SHADES[k % len(SHADES)], "line": line, "name": f"area {name}"})  # fmt: skip
        text = safe(name) + (f", grade {safe(area.grade)}" if area.grade else "")
        labels.append({"x": left, "y": high, "text": f"<i>{text}</i>", "showarrow": False, "xanchor": "left",
                       "yanchor": "top", "font": {"size": 11, "color": GREY}})  # fmt: skip
    return shapes, labels


def titles(labels: Iterable[Mapping[str, Any]]) -> list[Box]:
    """What the names of areas cover."""
    wide = ((each, LETTER * len(str(each["text"]).removeprefix("<i>").removesuffix("</i>"))) for each in labels)
    return [(each["x"], each["x"] + width, each["y"] - LINE, each["y"]) for each, width in wide]


def _box(points: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - MARGIN, max(xs) + MARGIN, min(ys) - MARGIN - BELOW, max(ys) + MARGIN + ABOVE


def around_areas(stands: Mapping[str, Sequence[Point]], names: Iterable[str]) -> list[Box]:
    """The outlines of areas, so that the map has room for them."""
    return [_box(stands[name]) for name in names if stands.get(name)]


# ---- what crosses ----------------------------------------------------------------------------------------------------


def crossed(
    scenario: Scenario, links: Mapping[Pair, int], at: Mapping[str, Point], area: Mapping[str, str]
) -> list[Mark]:
    """Where something was moved over a link from one area into another: at the outline, red if the grades differ."""
    grades = {name: each.grade for name, each in scenario.areas.items()}
    boxes = {name: _box([at[each] for each in at if area[each] == name]) for name in grades if name in area.values()}
    found = []
    for (here, there), count in links.items():
        pair = area[here], area[there]
        if count and pair[0] != pair[1]:
            told = " → ".join(
                safe(f"{each} ({grades[each]})" if grades.get(each) else each or "outside") for each in pair
            )
            colour = STRONG if grades.get(pair[0], "") != grades.get(pair[1], "") else GREY
            spot = _edge(at[here], at[there], boxes.get(pair[0]), boxes.get(pair[1]))
            found.append(Mark(spot, f"{count:,}", f"{told}: {count:,} moves", colour, count, frozenset(pair)))
    return found


def _edge(here: Point, there: Point, mine: Box | None, other: Box | None) -> Point:
    """Where a way leaves the outline of the area in which it begins, or else enters that in which it ends."""
    ways = ((here, there, mine), (there, here, other))
    for start, end, box in ways:
        share = _leaves(start, end, box) if box is not None else 1.0
        if share < 1.0:
            return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
    return (here[0] + there[0]) / 2.0, (here[1] + there[1]) / 2.0


def _leaves(start: Point, end: Point, box: Box) -> float:
    """The share of a way after which it leaves a box in which it begins; 1 or more if it does not."""
    across, up = end[0] - start[0], end[1] - start[1]
    sides = [((box[1] if across > 0.0 else box[0]) - start[0]) / across] if across else []
    return min([*sides, *([((box[3] if up > 0.0 else box[2]) - start[1]) / up] if up else [])], default=1.0)


def in_turn(crossings: Sequence[Mark], turns: Mapping[frozenset[str], int]) -> Iterator[Mark]:
    """Doors through which clean and dirty things go, amid what crosses there: how often one followed the other."""
    for door, count in turns.items():
        those = [each.at for each in crossings if each.door == door]
        if count and those:
            middle = fmean(x for x, _ in those), fmean(y for _, y in those)
            names = " and ".join(safe(name or "outside") for name in sorted(door))
            told = f"between {names}: clean and dirty follow one another {count:,} times"
            yield Mark(middle, f"{count:,} in turn", told, DIRTY, count)


def meetings(links: Mapping[Pair, int], dirty: Collection[Pair], at: Mapping[str, Point]) -> Iterator[Mark]:
    """Where a way of clean things and one of dirty things cross on the floor, with the moves of each.

    >>> at = {"a": (0.0, 0.0), "b": (10.0, 10.0), "c": (0.0, 10.0), "d": (10.0, 0.0)}
    >>> [(mark.at, mark.text) for mark in meetings({("a", "b"): 5, ("c", "d"): 3}, {("c", "d")}, at)]
    [((5.0, 5.0), '5 × 3')]
    """
    clean = [pair for pair, count in links.items() if count and pair not in dirty]
    foul = [pair for pair, count in links.items() if count and pair in dirty]
    for one, other in product(clean, foul):
        spot = None if {*one} & {*other} else _meet((at[one[0]], at[one[1]]), (at[other[0]], at[other[1]]))
        if spot is not None:
            count, less = links[one], links[other]
            ways = [f"{safe(a)} → {safe(b)}" for a, b in (one, other)]
            told = f"{ways[0]} (clean, {count:,} moves) and {ways[1]} (dirty, {less:,} moves) cross here"
            yield Mark(spot, f"{count:,} × {less:,}", told, DIRTY, min(count, less))


def _meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> Point | None:
    """Where two ways cross, if they do between their ends."""
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    across = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if abs(across) < 1e-9:
        return None
    share = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / across
    part = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / across
    return (ax + share * (bx - ax), ay + share * (by - ay)) if 0.0 < share < 1.0 and 0.0 < part < 1.0 else None


def marks(found: Sequence[Mark], meta: str, symbol: str, taken: list[Box]) -> go.Scatter:
    """Marks on the map, the larger the more moves, with their number where nothing else stands so far."""
    import plotly.graph_objects as go

    most = max(each.count for each in found)
    sizes = [LEAST + MORE * each.count / most for each in found]
    taken += [around(each.at, size, size) for each, size in zip(found, sizes, strict=True)]
    return go.Scatter(
        x=[each.at[0] for each in found], y=[each.at[1] for each in found], mode="markers+text", meta=meta,
        hoverinfo="text", hovertext=[each.told for each in found],
        marker={"symbol": symbol, "size": sizes, "color": "white", "opacity": 1.0,
                "line": {"width": 2, "color": [each.colour for each in found]}},
        text=[f"<b>{each.text}</b>" for each in found],
        textposition=[_beside(each, size, taken) for each, size in zip(found, sizes, strict=True)],
        textfont={"size": 11, "color": [each.colour for each in found]},
    )  # fmt: skip


def _beside(mark: Mark, size: float, taken: list[Box]) -> str:
    """Where the number of a mark stands: below it, above it or beside it, wherever there is room."""
    spot = free_spot(mark.at, size, [mark.text], taken)
    if spot is None:
        return "top center"
    taken.append(spot[2])
    across, up = spot[:2]
    return (
        ("bottom center" if up < 0.0 else "top center")
        if not across
        else "middle right"
        if across > 0.0
        else "middle left"
    )

"""Areas on the map of a plant: outlines with their grade, and marks where what is moved crosses from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plantsim.charts.look import GREY, STRONG, safe
from plantsim.charts.places import Box, Point

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.scenario import Scenario

MARGIN = 44.0  # px between the middle of what stands in an area and its outline
BELOW, ABOVE = 20.0, 24.0  # and for names
SHADES = ("#F4F7FA", "#FBF6EC", "#F1F8F1", "#F8F1F7")
DIRTY = "#A9743A"


@dataclass(frozen=True)
class Crossing:
    """A link of the map that leads from one area into another."""

    at: Point  # where it is marked
    told: str
    grades: bool  # whether the grades differ
    count: int


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


def _box(points: Sequence[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - MARGIN, max(xs) + MARGIN, min(ys) - MARGIN - BELOW, max(ys) + MARGIN + ABOVE


def around_areas(stands: Mapping[str, Sequence[Point]], names: Iterable[str]) -> list[Box]:
    """The outlines of areas, so that the map has room for them."""
    return [_box(stands[name]) for name in names if stands.get(name)]


def crossed(
    scenario: Scenario, links: Mapping[tuple[str, str], int], at: Mapping[str, Point], area: Mapping[str, str]
) -> list[Crossing]:
    """The links over which something was moved from one area into another."""
    grades = {name: each.grade for name, each in scenario.areas.items()}
    found = []
    for (here, there), count in links.items():
        pair = area[here], area[there]
        if count and pair[0] != pair[1]:
            middle = (at[here][0] + at[there][0]) / 2.0, (at[here][1] + at[there][1]) / 2.0
            told = " → ".join(
                safe(f"{each} ({grades[each]})" if grades.get(each) else each or "outside") for each in pair
            )
            found.append(Crossing(middle, told, grades.get(pair[0], "") != grades.get(pair[1], ""), count))
    return found


def marks(crossings: Sequence[Crossing]) -> go.Scatter:
    """Diamonds on the links that cross from one area into another, red where the grades differ."""
    import plotly.graph_objects as go

    return go.Scatter(
        x=[each.at[0] for each in crossings], y=[each.at[1] for each in crossings], mode="markers+text",
        meta="crossings", hoverinfo="text",
        marker={"symbol": "diamond", "size": 13, "color": "white",
                "line": {"width": 2, "color": [STRONG if each.grades else GREY for each in crossings]}},
        text=[f"{each.count:,}" for each in crossings], textposition="middle right",
        textfont={"size": 11, "color": GREY},
        hovertext=[f"{each.told}: {each.count:,} moves" for each in crossings],
    )  # fmt: skip

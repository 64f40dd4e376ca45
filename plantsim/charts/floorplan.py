"""The plant as a map: units coloured by utilisation, buffers by how full they are, links by what went over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import Interval, intervals, number, percent
from plantsim.charts.look import BUSY_SCALE, GREY, INK, STATE_COLOURS, STRONG, figure, hover, ink_on, nothing, safe
from plantsim.charts.places import LOW, ROOMY, Box, Point, around, free_spot, places
from plantsim.charts.zones import DIRTY, around_areas, crossed, in_turn, marks, meetings, outlines, titles
from plantsim.reported import areas

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.results import Results
    from plantsim.study import Trial

FEW, MANY = 3, 40  # copies of a unit that are drawn one by one; units in a plant of which each name is one node
ROUND, SQUARE, GROUP = 46, 30, 56  # px
SIDE, EDGE = 75.0, 10.0  # px around the map, for labels
LONG, LONGEST = 15, 21  # letters of a name on one line; of any line
FAR = 1e6
Links = dict[tuple[str, str], int]


@dataclass
class Node:
    """A single unit, a group of like units, or a buffer, on the map."""

    name: str
    members: tuple[str, ...]
    kind: str
    told: str
    floor: Point | None
    share: Interval  # of a unit, busy; of a buffer, full
    lines: tuple[str, ...] = ()  # below its name
    mark: str = ""
    at: Point = (0.0, 0.0)

    @property
    def buffer(self) -> bool:
        """Whether it is a buffer."""
        return not self.kind

    @property
    def size(self) -> int:
        """How large it is drawn [px]."""
        return SQUARE if self.buffer else GROUP if len(self.members) > 1 else ROUND

    @property
    def ring(self) -> str:
        """The colour of its edge."""
        return STRONG if self.mark.startswith("bottleneck") else INK if self.mark else GREY


def plant_map(run: Results, trial: Trial | None = None) -> go.Figure:
    """The plant's graph: units coloured by the share of calendar hours in which they were busy, buffers by their fill.

    Nodes stand at their position on the floor plan, or else in layers along the flow.  A red ring marks the kind of
    unit that holds back most, a black one the busiest.  Links are as wide as what went over them; dotted: nothing;
    brown: dirty things.  Areas are outlined with their grade; a diamond at the outline, red if the grades differ, says
    how often something crossed from one into another, and a brown circle how often clean and dirty followed one another
    there.  A brown cross says where a clean and a dirty way cross on the floor, with the moves of each.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=48.0, from_=0.0), seed=1)
    >>> [note.text for note in plant_map(run).layout.annotations if "granulator" in note.text]
    ['granulator']
    """
    title = "The plant: share of calendar hours in which units were busy"
    if not run.scenario.units:
        return nothing(title, "there are no units")
    nodes = _nodes(run, trial)
    links = _links(run, {member: node.name for node in nodes for member in node.members})
    spots = places({node.name: node.floor for node in nodes}, list(links), ROOMY if run.scenario.areas else LOW)
    for node in nodes:
        node.at = spots[node.name]
    _mark(run, nodes)
    labels, taken, (left, right, low, high) = _labels(nodes)
    zones = areas(run.scenario)
    area = {node.name: zones[node.members[0]] for node in nodes}
    stands: dict[str, list[Point]] = {}
    for node in nodes:
        stands.setdefault(area[node.name], []).append(node.at)
    for box in around_areas(stands, run.scenario.areas):
        left, right, low, high = min(left, box[0]), max(right, box[1]), min(low, box[2]), max(high, box[3])
    chart = figure(
        title, int(high - low) + 72, showlegend=False, hovermode="closest", margin={"t": 60, "b": 12, "l": 12, "r": 12}
    )
    shapes, named = outlines(run.scenario, stands)
    taken += titles(named)
    dirty, at = _dirty(run, nodes), {node.name: node.at for node in nodes}
    chart.add_traces([*_arrows(nodes, links, dirty), *_dots(nodes), _squares(nodes)])
    crossings = crossed(run.scenario, links, at, area)
    for found, meta, symbol in (
        (crossings, "crossings", "diamond"),
        (list(in_turn(crossings, _turns(run))), "doors", "circle"),
        (list(meetings(links, dirty, at)), "meetings", "x"),
    ):
        if found:
            chart.add_trace(marks(found, meta, symbol, taken))
    chart.update_layout(shapes=[*shapes, *_fills(nodes)], annotations=[*labels, *named])
    chart.update_xaxes(visible=False, range=[left, right])
    return chart.update_yaxes(visible=False, range=[low, high])


# ---- what there is ---------------------------------------------------------------------------------------------------


def _nodes(run: Results, trial: Trial | None) -> list[Node]:
    """A node a unit, or one for all copies of a name if they are many; and one a buffer."""
    copies: dict[str, list[str]] = {}
    for single, name in run.scenario.plant.unit_names.items():
        copies.setdefault(name, []).append(single)
    known = {
        row: each for (table, row, column), each in intervals(trial).items() if (table, column) == ("unit", "busy")
    }
    busy = known or {str(unit): Interval(float(share)) for unit, share in run.utilisation()["busy"].items()}
    crowded = len(run.scenario.plant.unit_names) > MANY
    units = []
    for name, singles in copies.items():
        parts = [singles] if crowded or len(singles) > FEW else [[single] for single in singles]
        units += [_unit(run, name, tuple(part), busy) for part in parts]
    fills: Any = run.buffers().to_dict("index")
    return units + [_buffer(run, name, fills[name]) for name in run.scenario.buffers]


def _unit(run: Results, declared: str, singles: tuple[str, ...], busy: Mapping[str, Interval]) -> Node:
    unit = run.scenario.units[declared]
    shares = [busy.get(single, Interval(0.0)) for single in singles]
    told = [f"{safe(single)}: {each.text(100.0, ' %')} busy" for single, each in zip(singles, shares, strict=True)]
    more = [f"and {len(told) - 12} more"] if len(told) > 12 else []
    share = shares[0] if len(singles) == 1 else Interval(fmean(each.mean for each in shares))
    name = singles[0] if len(singles) == 1 < unit.count else declared
    head = f"<b>{safe(name)}</b>" + (f", {safe(unit.kind)}" if unit.kind != name else "")
    lines = (f"{len(singles)} units",) if len(singles) > 1 else ()
    return Node(name, singles, unit.kind, hover(head, *told[:12], *more), unit.at, share, lines)


def _buffer(run: Results, name: str, fill: Mapping[str, float]) -> Node:
    declared = run.scenario.buffers[name]
    mean, most = (0.0 if each != each else float(each) for each in (fill["mean"], fill["most"]))
    share, of, full = Interval(0.0), "", ""
    if declared.places:
        share, of = Interval(mean / declared.places), f" of {declared.places}"
        full = f"full {percent(fill['share of calendar hours full'])} of the time"
    told = hover(f"<b>{safe(name)}</b>, buffer", f"{number(mean)}{of} batches on average, {most:.0f} at most", full)
    return Node(name, (name,), "", told, declared.at, share, (f"{mean:.1f}{of or ' on average'}",))


def _links(run: Results, home: Mapping[str, str]) -> Links:
    """(from, to) -> batches that went over it in the reported time: the declared links, and what was gone without."""
    links: Links = {}
    for here, there in run.scenario.plant.graph.edges():
        links.setdefault((home[here], home[there]), 0)
    gone = run.moves()
    for pair, count in Counter(zip(gone["from"].map(home), gone["to"].map(home), strict=True)).items():
        links[pair] = links.get(pair, 0) + count
    return {pair: count for pair, count in links.items() if pair[0] != pair[1]}


def _dirty(run: Results, nodes: Sequence[Node]) -> set[tuple[str, str]]:
    """The links over which dirty things go: by the layout, and containers that come back."""
    home = {member: node.name for node in nodes for member in node.members}
    hops, gone = run.scenario.hops, run.moves()
    ways = dict.fromkeys([*hops.named, *zip(gone["from"], gone["to"], strict=True)])
    return {(home[here], home[there]) for here, there in ways if run.dirty(here, there)}


def _turns(run: Results) -> dict[frozenset[str], int]:
    """Of each two areas, how often clean and dirty things followed one another between them."""
    turns: dict[frozenset[str], int] = {}
    counts: Any = run.crossings()["clean and dirty in turn"].to_dict()
    for (here, there), count in counts.items():
        door = frozenset((here, there))
        turns[door] = turns.get(door, 0) + int(count)
    return turns


def _mark(run: Results, nodes: Sequence[Node]) -> None:
    """Say which kind of unit holds back most, and which is busiest."""
    frame = run.bottleneck(by="kind")
    held = frame["sole"] + frame["shifting"]
    shares: dict[str, list[float]] = {}
    for node in nodes:
        shares.setdefault(node.kind, []).extend([node.share.mean] * len(node.members))
    means = {kind: fmean(each) for kind, each in shares.items() if kind}
    words = dict.fromkeys(busiest(means), "busiest")
    if held.max() > 0.0:
        worst = str(held.idxmax())
        words[worst] = "bottleneck, busiest" if worst in words else "bottleneck"
    for node in nodes:
        node.mark = words.get(node.kind, "") if node.kind else ""


def busiest(shares: Mapping[str, float]) -> list[str]:
    """Who is busiest: one, or several that are alike to half a percent; nobody if more than half of all are.

    >>> busiest({"mill": 0.5, "press": 0.80, "packer": 0.7}), busiest({"mill": 0.8, "press": 0.8, "packer": 0.7})
    (['press'], [])
    """
    most = max(shares.values(), default=0.0)
    alike = [name for name, share in shares.items() if share >= most - 0.005]
    return [] if most <= 0.0 or 1 < len(alike) > len(shares) / 2 else sorted(alike, key=lambda name: -shares[name])


# ---- what it looks like ----------------------------------------------------------------------------------------------


def _arrows(nodes: Sequence[Node], links: Links, dirty: Collection[tuple[str, str]]) -> Iterable[go.Scatter]:
    """Arrows, and points in their middle that say what went over them."""
    import plotly.graph_objects as go

    where = {node.name: node for node in nodes}
    most = max(links.values(), default=0) or 1
    wide, shade = (3.3, "#B8C1C9") if len(links) <= MANY else (1.0, "#DDE3E8")
    for (here, there), count in links.items():
        a, b = where[here], where[there]
        yield go.Scatter(
            x=[a.at[0], b.at[0]], y=[a.at[1], b.at[1]], mode="lines+markers", hoverinfo="skip", meta="link",
            line={"color": DIRTY if (here, there) in dirty else shade, "width": 1.0 + wide * count / most,
                  "dash": "solid" if count else "dot"},
            marker={"symbol": "arrow", "angleref": "previous", "color": "#8795A1", "size": [0, 13],
                    "standoff": [0, b.size / 2 + 2], "opacity": 1},
        )  # fmt: skip
    middles = [((where[a].at[0] + where[b].at[0]) / 2.0, (where[a].at[1] + where[b].at[1]) / 2.0) for a, b in links]
    yield go.Scatter(
        x=[x for x, _ in middles], y=[y for _, y in middles], mode="markers", marker={"size": 16, "opacity": 0.0},
        hovertext=[f"{safe(a)} → {safe(b)}: {count:,} batches" for (a, b), count in links.items()], hoverinfo="text",
        meta="link hover",
    )  # fmt: skip


def _dots(nodes: Sequence[Node]) -> Iterable[go.Scatter]:
    """The units: round, as dark as they are busy, with the percentage in them."""
    import plotly.graph_objects as go

    units = [node for node in nodes if not node.buffer]
    shares = [node.share.mean for node in units]
    bar = {"title": {"text": "busy [%]", "side": "right"}, "tickformat": ".0%", "dtick": 0.5, "len": 0.6,
           "thickness": 8, "outlinewidth": 0, "x": 1.0, "tickfont": {"size": 11}}  # fmt: skip
    yield go.Scatter(
        x=[node.at[0] for node in units], y=[node.at[1] for node in units], mode="markers+text", meta="units",
        text=[percent(share) for share in shares], textposition="middle center",
        textfont={"size": 12, "color": [ink_on(_blue(share)) for share in shares]},
        hovertext=[node.told for node in units], hoverinfo="text",
        marker={
            "size": [node.size for node in units], "color": shares, "cmin": 0.0, "cmax": 1.0, "opacity": 1.0,
            "colorscale": [list(each) for each in BUSY_SCALE], "colorbar": bar,
            "line": {"width": [3.5 if node.mark else 1.2 for node in units], "color": [node.ring for node in units]},
        },
    )  # fmt: skip


def _blue(share: float) -> str:
    """The nearest corner of the scale, to choose letters that can be read on it."""
    return min(BUSY_SCALE, key=lambda each: abs(each[0] - share))[1]


def _squares(nodes: Sequence[Node]) -> go.Scatter:
    """The buffers, which `_fills` draws: here they only say what they are."""
    import plotly.graph_objects as go

    stores = [node for node in nodes if node.buffer]
    return go.Scatter(
        x=[node.at[0] for node in stores], y=[node.at[1] for node in stores], mode="markers", meta="buffers",
        marker={"symbol": "square", "size": SQUARE, "opacity": 0.0},
        hovertext=[node.told for node in stores], hoverinfo="text",
    )  # fmt: skip


def _fills(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Squares filled from below as far as the buffer is on average; dotted, if it has any number of places."""
    shapes: list[dict[str, Any]] = []
    half, none = SQUARE / 2, {"width": 0}
    for node in (node for node in nodes if node.buffer):
        spot = {"type": "rect", "xsizemode": "pixel", "ysizemode": "pixel", "xanchor": node.at[0],
                "yanchor": node.at[1], "x0": -half, "x1": half, "y0": -half, "layer": "above"}  # fmt: skip
        full = -half + SQUARE * min(1.0, node.share.mean)
        edge = {"color": GREY, "width": 1.2, "dash": "solid" if "of" in node.lines[0] else "dot"}
        shapes.append({**spot, "y1": half, "fillcolor": "white", "line": none})
        shapes.append({**spot, "y1": full, "fillcolor": STATE_COLOURS["holding"], "line": none})
        shapes.append({**spot, "y1": half, "line": edge})
    return shapes


def _labels(nodes: Sequence[Node]) -> tuple[list[dict[str, Any]], list[Box], Box]:
    """Names below their nodes, or where there is room, else left to the hover text; what is taken; the map's edges."""
    left, right = min(node.at[0] for node in nodes) - SIDE, max(node.at[0] for node in nodes) + SIDE
    walls = [(-FAR, left, -FAR, FAR), (right, FAR, -FAR, FAR)]
    taken = [around(node.at, node.size, node.size) for node in nodes]
    labels: list[dict[str, Any]] = []
    for node in sorted(nodes, key=lambda node: (not node.mark, node.buffer)):
        name = _wrapped(node.name)
        for more in dict.fromkeys(((*node.lines, node.mark), ())):
            below = [line for line in more if line]
            spot = free_spot(node.at, node.size, [*name, *below], [*walls, *taken])
            if spot is not None:
                taken.append(spot[2])
                labels.append(_label(node, name, below, spot[:2]))
                break
    return labels, taken, (left, right, min(box[2] for box in taken) - EDGE, max(box[3] for box in taken) + EDGE)


def _label(node: Node, name: Sequence[str], below: Sequence[str], shift: tuple[float, float]) -> dict[str, Any]:
    head = "<br>".join(map(safe, name))
    lines = [f"<b>{head}</b>" if node.mark else head]
    lines += [f"<span style='color:{node.ring}'>{line}</span>" for line in below]
    font = {"size": 11.5, "color": INK}
    spot = {"x": node.at[0], "y": node.at[1], "xshift": shift[0], "yshift": shift[1], "showarrow": False}
    return {**spot, "text": "<br>".join(lines), "font": font, "align": "center", "bgcolor": "rgba(255,255,255,0.7)"}


def _wrapped(name: str) -> list[str]:
    """A long name on two lines, broken at the space nearest to its middle; of a very long line the beginning."""
    spaces = [k for k, letter in enumerate(name) if letter == " "] if len(name) > LONG else []
    cut = min(spaces, key=lambda k: abs(k - len(name) / 2)) if spaces else len(name)
    lines = [line for line in (name[:cut], name[cut + 1 :]) if line]
    return [line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…" for line in lines]

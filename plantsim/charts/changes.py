"""What another layout has more, less or other, as one graph of both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from plantsim.charts.look import GREY, INK, STRONG, figure, hover, nothing, safe
from plantsim.charts.places import places

if TYPE_CHECKING:
    import networkx as nx
    import plotly.graph_objects as go

    from plantsim.study import Difference

CHANGES = {"added": "#00AA6C", "removed": STRONG, "changed": "#F5C04D", "same": "#EDF0F2"}
"""Colour of what is added, removed, changed, or the same in another layout."""
FEW = 3  # like units of one name that are drawn one by one
Nodes: TypeAlias = dict[str, dict[str, Any]]  # what is written below it -> what is known of it
Links: TypeAlias = dict[tuple[str, str], str]  # from one to another -> change


def difference(found: Difference) -> go.Figure:
    """Two layouts in one graph: units and links that are added, removed, changed, or the same.

    More than three units of a name with the same change are one node.

    >>> from plantsim.plant import Unit
    >>> from plantsim.scenario import Scenario
    >>> from plantsim.study import difference as compared
    >>> mill = Scenario(units={"mill": Unit(kind="mill")})
    >>> [trace.name for trace in difference(compared(mill, mill.with_units("mill", 2))).data]
    ['added', 'same']
    """
    title = "What is added, removed and changed"
    if not found.graph:
        return nothing(title, "there are no units")
    nodes, links = _together(found.graph)
    at = places({name: known["at"] for name, known in nodes.items()}, list(links))
    chart = figure(_title(found), int(180 + max(y for _, y in at.values())), hovermode="closest")
    chart.add_traces([_lines(links, at, change) for change in CHANGES if change in links.values()])
    there = {known["change"] for known in nodes.values()}
    chart.add_traces([_dots(nodes, at, change) for change in CHANGES if change in there])
    chart.update_xaxes(visible=False)
    return chart.update_yaxes(visible=False)


def _title(found: Difference) -> str:
    """How many single units and buffers are added, removed and changed."""
    counts = Counter(known["change"] for _, known in found.graph.nodes.items())
    said = [f"{counts[change]} {change}" for change in CHANGES if change != "same" and counts[change]]
    return f"Units and buffers: {', '.join(said) or 'all the same'}"


def _together(graph: nx.DiGraph[str]) -> tuple[Nodes, Links]:
    """Nodes and links, many like units as one."""
    many = Counter((known["group"], known["change"]) for _, known in graph.nodes.items())
    home, nodes, links = dict[str, str](), Nodes(), Links()
    for name, known in graph.nodes.items():
        number = many[known["group"], known["change"]]
        home[name] = name if number <= FEW else f"{known['group']} ({number} {known['change']})"
        nodes.setdefault(home[name], dict(known))
    order = list(CHANGES)
    for (a, b), known in graph.edges.items():
        pair = home[a], home[b]
        links[pair] = min(links.get(pair, "same"), known["change"], key=order.index)
    return nodes, links


def _lines(links: Links, at: dict[str, tuple[float, float]], change: str) -> go.Scatter:
    import plotly.graph_objects as go

    ends = [(at[a], at[b], (None, None)) for (a, b), each in links.items() if each == change]
    points = [point for each in ends for point in each]
    style = {"color": GREY if change == "same" else CHANGES[change], "width": 1 if change == "same" else 3}
    x, y = [x for x, _ in points], [y for _, y in points]
    return go.Scatter(x=x, y=y, mode="lines", line=style, hoverinfo="skip", showlegend=False)


def _dots(nodes: Nodes, at: dict[str, tuple[float, float]], change: str) -> go.Scatter:
    import plotly.graph_objects as go

    names = [name for name, known in nodes.items() if known["change"] == change]
    told = [hover(f"<b>{safe(name)}</b>: {change}", safe(nodes[name]["told"])) for name in names]
    return go.Scatter(
        x=[at[name][0] for name in names], y=[at[name][1] for name in names], mode="markers+text", name=change,
        text=[safe(name) for name in names], textposition="bottom center", hovertext=told, hoverinfo="text",
        cliponaxis=False,
        marker={"color": CHANGES[change], "size": 22, "line": {"color": INK, "width": 1}},
    )  # fmt: skip

"""Studies: intervals of scenarios, precision over replications, warm-up, and the difference of two layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plantsim.charts.look import CALM, GREY, INK, PRODUCT_COLOURS, STRONG, figure, hover, nothing, row_axis, safe
from plantsim.charts.places import places

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study import Difference, Interval, Selection, Trial, WarmUp

BLUE = PRODUCT_COLOURS[0]
CHANGES = {"added": "#00AA6C", "removed": STRONG, "changed": "#F5C04D", "same": "#EDF0F2"}
"""Colour of what is added, removed, changed, or the same in another layout."""
MAIN = "batches a week [1/week]"


def scenarios(trial: Trial, of: str = MAIN) -> go.Figure:
    """The mean of a figure in each scenario, with its 95 % interval."""
    import plotly.graph_objects as go

    names = list(trial.scenarios)
    found = [trial.interval(("figure", of, ""), name) for name in names]
    bars = {"array": [each.high - each.mean for each in found], "color": INK, "thickness": 1.5}
    chart = figure(f"{of}: means and 95 % intervals of {trial.replications} replications", 120 + 36 * len(names))
    texts = [hover(f"<b>{safe(name)}</b>", f"{each.mean:.4g} ({each.low:.4g} to {each.high:.4g})")
             for name, each in zip(names, found, strict=True)]  # fmt: skip
    chart.add_trace(go.Scatter(
        x=[each.mean for each in found], y=list(range(len(names))), error_x=bars, mode="markers", hovertext=texts,
        hoverinfo="text", marker={"color": BLUE, "size": 9}, showlegend=False,
    ))  # fmt: skip
    chart.update_xaxes(title={"text": of})
    return chart.update_yaxes(row_axis(names), range=[len(names) - 0.5, -0.5])


def selection(found: Selection, most: int = 40) -> go.Figure:
    """The mean of each design with its 95 % interval, and beside it its paired difference to the best.

    Red: the best, and what can't be told apart from it, whose difference reaches 0.  On common luck differences are
    surer than means; theirs are the intervals by which designs were told apart, and all hold together.
    """
    names = [str(name) for name in found.table.index][:most]
    title = f"{safe(found.best)} {'is' if found.settled else 'may be'} the best"
    others = len(found.finalists) - 1
    title += f"; {others} can't be told apart from it" if others else ""
    chart = figure(title, 130 + 30 * len(names))
    first = "the best, and what can't be told apart from it" if others else "the best"
    for word, shade, finalist in ((first, STRONG, True), ("not the best", BLUE, False)):
        rows = [k for k, name in enumerate(names) if (name in found.finalists) is finalist]
        told = {k: _verdict(found, names[k]) for k in rows}
        for panel, known in (("", found.intervals), ("2", found.to_best)):
            there = [(k, known[names[k]], told[k]) for k in rows if names[k] in known]
            axes = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
            chart.add_trace(_whiskered(there, shade, name=word, legendgroup=word, showlegend=not panel, **axes))
    upright = {"type": "line", "xref": "x2", "yref": "paper", "x0": 0.0, "x1": 0.0, "y0": 0.0, "y1": 1.0}
    chart.add_shape(upright, line={"color": GREY, "dash": "dash", "width": 1})
    figure_said = safe(found.figure or "mean")
    axis = {**row_axis(names), "range": [len(names) - 0.5, -0.5]}
    return chart.update_layout(
        xaxis={"domain": [0.0, 0.48], "title": {"text": figure_said}}, yaxis=axis,
        xaxis2={"domain": [0.53, 1.0], "anchor": "y2", "title": {"text": f"{figure_said}, difference to the best"}},
        yaxis2={**axis, "anchor": "x2", "showticklabels": False},
    )  # fmt: skip


def _verdict(found: Selection, name: str) -> str:
    return hover(f"<b>{safe(name)}</b>: {found.told[name]}", f"{found.replications[name]} replications")


def _whiskered(rows: Sequence[tuple[int, Interval, str]], shade: str, **how: Any) -> go.Scatter:
    """Means as dots with their intervals: (row, interval, what is told of it)."""
    import plotly.graph_objects as go

    means = [each.mean for _, each, _ in rows]
    reach = {"type": "data", "array": [each.high - each.mean for _, each, _ in rows], "color": shade, "thickness": 1.5}
    told = [hover(text, f"{each.mean:.4g} ({each.low:.4g} to {each.high:.4g})") for _, each, text in rows]
    dots = {"mode": "markers", "marker": {"color": shade, "size": 9}, "hovertext": told, "hoverinfo": "text"}
    return go.Scatter(x=means, y=[k for k, *_ in rows], error_x=reach, **dots, **how)


def precision(trial: Trial) -> go.Figure:
    """Half the interval over the replications at which it was looked at, beside what was asked for."""
    import plotly.graph_objects as go

    title = "Precision over replications"
    if not trial.looks:
        return nothing(title, "a number of replications was asked for, not a precision")
    numbers = [each.interval.n for each in trial.looks]
    chart = figure(title, 320)
    lines = {"reached": [each.half for each in trial.looks], "asked for": [each.asked for each in trial.looks]}
    for (name, values), shade in zip(lines.items(), (BLUE, GREY), strict=True):
        dash = "solid" if name == "reached" else "dash"
        style = {"color": shade, "dash": dash}
        chart.add_trace(go.Scatter(x=numbers, y=values, name=name, mode="lines+markers", line=style))
    chart.update_xaxes(title={"text": "replications of each scenario"})
    return chart.update_yaxes(title={"text": "half the interval"}, rangemode="tozero")


def warm_up(found: WarmUp) -> go.Figure:
    """The series in which the warm-up was looked for, what is left out, and the mean of the rest."""
    import plotly.graph_objects as go

    doubt = "" if found.trusted else f"; not to be trusted: {found.found.doubt}"
    chart = figure(safe(f"Warm-up: {found.hours:g} h{doubt}"), 320, showlegend=False)
    rest = found.series[found.found.cut :]
    chart.add_trace(go.Scatter(x=found.ends, y=found.series, mode="lines", line={"color": BLUE}))
    if rest:
        chart.add_hline(y=sum(rest) / len(rest), line={"color": CALM, "dash": "dash"})
    if found.hours:
        chart.add_vrect(x0=0.0, x1=found.hours, fillcolor=GREY, opacity=0.2, line={"width": 0})
    chart.update_xaxes(title={"text": "hours"})
    return chart.update_yaxes(title={"text": safe(found.figure)}, rangemode="tozero")


def difference(found: Difference) -> go.Figure:
    """Two layouts in one graph: units and links that are added, removed, changed, or the same.

    >>> from plantsim.plant import Unit
    >>> from plantsim.scenario import Scenario
    >>> from plantsim.study import difference as compared
    >>> mill = Scenario(units={"mill": Unit(kind="mill")})
    >>> [trace.name for trace in difference(compared(mill, mill.with_units("mill", 2))).data]
    ['added', 'same']
    """
    import plotly.graph_objects as go

    title = "What is added, removed and changed"
    if not found.graph:
        return nothing(title, "there are no units")
    at = places({name: known["at"] for name, known in found.graph.nodes.items()}, list(found.graph.edges))
    chart = figure(title, int(180 + max(y for _, y in at.values())), hovermode="closest")
    for change, shade in CHANGES.items():
        pairs = [pair for pair, known in found.graph.edges.items() if known["change"] == change]
        if pairs:
            ends = [(at[a], at[b], (None, None)) for a, b in pairs]
            points = [point for each in ends for point in each]
            style = {"color": GREY if change == "same" else shade, "width": 1 if change == "same" else 3}
            chart.add_trace(go.Scatter(x=[x for x, _ in points], y=[y for _, y in points], mode="lines", line=style,
                                       hoverinfo="skip", showlegend=False))  # fmt: skip
    for change, shade in CHANGES.items():
        names = [name for name, known in found.graph.nodes.items() if known["change"] == change]
        if names:
            told = [hover(f"<b>{safe(name)}</b>: {change}", safe(found.graph.nodes[name]["told"])) for name in names]
            marker = {"color": shade, "size": 22, "line": {"color": INK, "width": 1}}
            chart.add_trace(go.Scatter(
                x=[at[name][0] for name in names], y=[at[name][1] for name in names], mode="markers+text", name=change,
                text=[safe(name) for name in names], textposition="bottom center", hovertext=told, hoverinfo="text",
                marker=marker,
            ))  # fmt: skip
    chart.update_xaxes(visible=False)
    return chart.update_yaxes(visible=False)

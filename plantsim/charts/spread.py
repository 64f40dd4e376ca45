"""What spreads a step: histograms of what goes in and of what comes out, and bars of who explains how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.charts.look import CALM, PRODUCT_COLOURS, figure, safe
from plantsim.errors import PlantsimError, did_you_mean

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.spread import Numbers, StepSpread

MOST = 4  # inputs of which there is a histogram: those that explain most
BINS = 16


def spread(found: StepSpread, output: str = "hours") -> go.Figure:
    """Above, what goes in, those that explain most first, and the output; below, the shares of its variance.

    Raises:
        PlantsimError: if nothing of this name comes out.
    """
    if output not in found.outs:
        raise PlantsimError(f"nothing called {output!r} comes out{did_you_mean(output, found.outs)}")
    total = found.total.get(output, {})
    ranked = sorted(found.drawn, key=lambda name: -total.get(name, 0.0))
    shown = [*((name, found.drawn[name]) for name in ranked[:MOST]), (output, found.outs[output])]
    heading = f"What spreads {safe(found.step)} of {safe(found.product)}: {safe(output)}"
    chart = figure(heading, 420 + 34 * max(1, len(ranked)), bargap=0.3, barmode="group")
    for k, (name, numbers) in enumerate(shown):
        shade = PRODUCT_COLOURS[2] if k == len(shown) - 1 else PRODUCT_COLOURS[0]
        _histogram(chart, k, len(shown), _titled(name, found, output), numbers, shade)
    _bars(chart, len(shown) + 1, found, output, ranked)
    return chart


def _titled(name: str, found: StepSpread, output: str) -> str:
    if name in found.lucky:
        return f"luck: {safe(name)}"
    return f"{safe(name)} [h]" if name == output == "hours" else safe(name)


def _histogram(chart: go.Figure, k: int, number: int, title: str, numbers: Numbers, shade: str) -> None:
    """Panel k of the upper row."""
    import numpy as np
    import plotly.graph_objects as go

    counts, edges = np.histogram(numbers, BINS)
    middles = (edges[:-1] + edges[1:]) / 2.0
    share = [float(each) for each in counts / counts.sum()]
    at, gap = ("" if k == 0 else str(k + 1)), 0.05
    wide = (1.0 - gap * (number - 1)) / number
    chart.add_trace(
        go.Bar(x=[float(each) for each in middles], y=share, width=float(edges[1] - edges[0]) * 0.92, xaxis=f"x{at}",
               yaxis=f"y{at}", marker={"color": shade}, showlegend=False,
               hovertemplate=f"{title}: %{{x:.4g}}<br>%{{y:.0%}} of drawings<extra></extra>")
    )  # fmt: skip
    begin = k * (wide + gap)
    axis: dict[str, Any] = {
        "domain": [begin, begin + wide],
        "anchor": f"y{at}",
        "title": {"text": title},
        "nticks": 5,
        "tickangle": 0,
    }
    rows = {"domain": [0.56, 1.0], "anchor": f"x{at}", "showticklabels": k == 0, "tickformat": ".0%",
            "title": {"text": "share of drawings" if k == 0 else ""}}  # fmt: skip
    chart.update_layout({f"xaxis{at}": axis, f"yaxis{at}": rows})


def _bars(chart: go.Figure, k: int, found: StepSpread, output: str, ranked: list[str]) -> None:
    """The lower panel: first order and total, an input a row."""
    import plotly.graph_objects as go

    rows = [safe(name) for name in ranked]
    orders = (("alone (first order)", found.first, PRODUCT_COLOURS[0]), ("with others (total)", found.total, CALM))
    for word, shares, shade in orders:
        lengths = [max(0.0, shares.get(output, {}).get(name, 0.0)) for name in ranked]
        chart.add_trace(
            go.Bar(x=lengths, y=rows, orientation="h", name=word, marker={"color": shade}, xaxis=f"x{k}", yaxis=f"y{k}",
                   hovertemplate=f"%{{y}}, {word}: %{{x:.0%}}<extra></extra>")
        )  # fmt: skip
    axis = {"domain": [0.0, 1.0], "anchor": f"y{k}", "tickformat": ".0%", "range": [0.0, 1.05],
            "title": {"text": f"share of the variance of {safe(output)}"}}  # fmt: skip
    rows_axis = {"domain": [0.0, 0.34], "anchor": f"x{k}", "autorange": "reversed", "showgrid": False}
    chart.update_layout({f"xaxis{k}": axis, f"yaxis{k}": rows_axis})
    chart.update_layout(legend={"y": 0.35, "x": 1.0, "xanchor": "right", "yanchor": "bottom"})

"""Where the capacity goes, as steps from the nameplate down to what the plant makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.charts.look import CALM, GREY, INK, PRODUCT_COLOURS, STRONG, figure, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.waterfall import Waterfall

WIDE = 46  # px, a row


def waterfall(found: Waterfall) -> go.Figure:
    """From the nameplate down to today's plant, a bar each cause in order; beside it what lifting it alone would bring.

    Whiskers are 95 % intervals of each bar itself; diamonds are fair shares, where they were worked out.
    """
    import plotly.graph_objects as go

    causes = [cause for cause, *_ in found.bars]
    rows = ["nameplate, without losses", *causes, "made today"]
    begins, lengths, reach = [0.0], [found.nameplate], [0.0]
    level = found.nameplate
    for _, _, one in found.bars:
        level -= one.mean
        begins.append(level)
        lengths.append(one.mean)
        reach.append(one.high - one.mean)
    today = found.achieved
    begins, lengths, reach = [*begins, 0.0], [*lengths, today.mean], [*reach, today.high - today.mean]
    name, made = safe(found.scenario.name or "the plant"), f"{today.mean:.4g} of {found.nameplate:.4g} batches a year"
    chart = figure(f"Where the capacity of {name} goes: {made} are made", 150 + WIDE * len(rows), barmode="overlay")
    places = list(range(len(rows)))
    told = [f"{length:+.3g} batches a year" for length in lengths]
    look = {"orientation": "h", "width": 0.42, "offset": -0.44, "hoverinfo": "text"}
    for name, shade, chosen in (
        ("expected without losses, and made", PRODUCT_COLOURS[0], [0, len(rows) - 1]),
        ("lost, in order", STRONG, places[1:-1]),
    ):
        whiskers = {"type": "data", "array": [reach[k] for k in chosen], "color": INK, "thickness": 1.2}
        bars = {
            "x": [lengths[k] for k in chosen],
            "base": [begins[k] for k in chosen],
            "y": chosen,
            "error_x": whiskers,
        }
        chart.add_trace(go.Bar(**bars, **look, name=name, marker={"color": shade}, hovertext=[told[k] for k in chosen]))
    alone = [(place, each) for place, (_, each, _) in enumerate(found.bars, start=1) if each is not None]
    whiskers = {"type": "data", "array": [each.high - each.mean for _, each in alone], "color": INK, "thickness": 1.2}
    bars = {"x": [each.mean for _, each in alone], "base": today.mean, "y": [place for place, _ in alone]}
    look = {"orientation": "h", "width": 0.3, "offset": 0.04, "marker": {"color": CALM, "opacity": 0.65}}
    hint = "%{x:+.3g} batches a year, lifted alone<extra></extra>"
    chart.add_trace(go.Bar(**bars, **look, name="lost, each alone from today", error_x=whiskers, hovertemplate=hint))
    if found.shared:
        _fair(chart, found, today.mean)
    chart.add_vline(x=today.mean, line={"color": GREY, "dash": "dot", "width": 1})
    ticks = {"tickvals": places, "ticktext": [safe(row) for row in rows], "showgrid": False}
    chart.update_yaxes(**ticks, range=[len(rows) - 0.4, -0.6], title=None)
    return chart.update_xaxes(title={"text": "batches a year"}, rangemode="tozero")


def _fair(chart: go.Figure, found: Waterfall, today: float) -> None:
    """Fair shares as diamonds, from today's plant on."""
    import plotly.graph_objects as go

    shares = [(place, found.shapley(cause)) for place, (cause, *_) in enumerate(found.bars, 1) if cause in found.shared]
    whiskers = {"type": "data", "array": [each.high - each.mean for _, each in shares], "color": INK, "thickness": 1.2}
    x, y = [today + each.mean for _, each in shares], [place + 0.19 for place, _ in shares]
    hint = [f"{each.mean:+.3g} batches a year, its fair share" for _, each in shares]
    look = {"mode": "markers", "marker": {"color": INK, "symbol": "diamond", "size": 9}, "hoverinfo": "text"}
    chart.add_trace(go.Scatter(x=x, y=y, name="fair share (Shapley)", error_x=whiskers, hovertext=hint, **look))

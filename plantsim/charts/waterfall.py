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

    Whiskers are 95 % intervals of each bar itself.
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
    shades = [PRODUCT_COLOURS[0], *([STRONG] * len(causes)), PRODUCT_COLOURS[2]]
    chart = figure(f"Where the capacity goes: {safe(found.scenario.name)}", 150 + WIDE * len(rows), barmode="overlay")
    places = list(range(len(rows)))
    whiskers = {"type": "data", "array": reach, "color": INK, "thickness": 1.2}
    told = [f"{length:+.3g} batches a year" for length in lengths]
    chart.add_trace(
        go.Bar(x=lengths, base=begins, y=places, orientation="h", width=0.42, offset=-0.44, name="in order",
               marker={"color": shades}, error_x=whiskers, hovertext=told, hoverinfo="text")
    )  # fmt: skip
    alone = [(place, each) for place, (_, each, _) in enumerate(found.bars, start=1) if each is not None]
    chart.add_trace(
        go.Bar(x=[each.mean for _, each in alone], base=today.mean, y=[place for place, _ in alone], orientation="h",
               width=0.3, offset=0.04, name="alone, from today's plant", marker={"color": CALM, "opacity": 0.65},
               error_x={"type": "data", "array": [each.high - each.mean for _, each in alone], "color": INK},
               hovertemplate="%{x:+.3g} batches a year, lifted alone<extra></extra>")
    )  # fmt: skip
    chart.add_vline(x=today.mean, line={"color": GREY, "dash": "dot", "width": 1})
    ticks = {"tickvals": places, "ticktext": [safe(row) for row in rows], "showgrid": False}
    chart.update_yaxes(**ticks, range=[len(rows) - 0.4, -0.6], title=None)
    return chart.update_xaxes(title={"text": "batches a year"}, rangemode="tozero")

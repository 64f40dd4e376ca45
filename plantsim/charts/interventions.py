"""What interventions would bring, as bars with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.charts.look import CALM, INK, PRODUCT_COLOURS, STRONG, figure, nothing, row_axis

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.bottlenecks import Bottlenecks

HIGH = 26  # px, a bar


def interventions(found: Bottlenecks, most: int = 15) -> go.Figure:
    """What each intervention would bring [batches a year], with 95 % intervals; red: not told apart from the best.

    Pairs are grey: they cost two things.
    """
    import plotly.graph_objects as go

    shown = found.ranked[:most]
    title = "What would bring more batches a year"
    if not shown:
        return nothing(title, "nothing was tried")
    leading = {found.best.name, *found.tied}
    gains = [found.gain(each.name) for each in shown]
    shades = [CALM if each.parts else STRONG if each.name in leading else PRODUCT_COLOURS[0] for each in shown]
    chart = figure(title, 120 + HIGH * len(shown), showlegend=False)
    told = [f"{gain.n} runs, the best with a chance of {found.chances.get(each.name, 0.0):.0%}"
            for each, gain in zip(shown, gains, strict=True)]  # fmt: skip
    reach = [gain.high - gain.mean for gain in gains]
    whiskers = {"type": "data", "array": reach, "color": INK, "thickness": 1.2}
    bars = {"x": [gain.mean for gain in gains], "y": list(range(len(shown))), "orientation": "h", "error_x": whiskers}
    hover = "%{x:+.3g} batches a year<br>%{customdata}<extra></extra>"
    chart.add_trace(go.Bar(**bars, marker={"color": shades}, customdata=told, hovertemplate=hover))
    chart.update_yaxes(**row_axis([each.name for each in shown]))
    return chart.update_xaxes(title={"text": "batches a year more than today"}, zeroline=True)

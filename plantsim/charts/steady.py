"""The steady state of one long run: what was observed, what is left out, and the stretches that make the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.charts.digits import Interval
from plantsim.charts.look import GREY, INK, PRODUCT_COLOURS, STRONG, figure, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.steady import SteadyState


def steady_state(found: SteadyState) -> go.Figure:
    """Observations over the run, the warm-up that is cut off, the mean of each stretch, and the interval of their mean.

    Stretches that wander together instead of scattering say that the run is too short.
    """
    import plotly.graph_objects as go

    own, warm = Interval(*found.interval), found.warm
    doubt = f"<br>not to be trusted: {safe(found.doubt)}" if found.doubt else ""
    head = figure(f"{safe(warm.figure)} in the steady state: {own.text()}{doubt}", 400, hovermode="closest")
    faint = {"color": PRODUCT_COLOURS[0], "width": 1}
    head.add_trace(go.Scatter(x=warm.ends, y=warm.series, mode="lines", name="observed", line=faint, opacity=0.45))
    x, y = _steps(found)
    means = {"color": STRONG, "width": 2.5}
    head.add_trace(go.Scatter(x=x, y=y, mode="lines", name=f"mean of each of {len(y) // 3} stretches", line=means))
    first, last = x[0], warm.ends[-1]
    band = {"x": [first, last, last, first], "y": [own.low, own.low, own.high, own.high]}
    head.add_trace(go.Scatter(**band, mode="lines", line={"width": 0}, fill="toself", fillcolor="rgba(31,41,51,0.28)",
                              hoverinfo="skip", name=f"95 % interval {own.bounds}"))  # fmt: skip
    dash = {"color": INK, "width": 2, "dash": "dash"}
    head.add_trace(go.Scatter(x=[first, last], y=[own.mean, own.mean], mode="lines", name="mean", line=dash))
    if warm.hours:
        head.add_vrect(x0=0.0, x1=warm.hours, fillcolor=GREY, opacity=0.2, line={"width": 0},
                       annotation={"text": "warm-up", "font": {"size": 11, "color": GREY}})  # fmt: skip
    head.update_xaxes(title={"text": "time since the start [h]"}, rangemode="tozero")
    return head.update_yaxes(title={"text": safe(warm.figure)})


def _steps(found: SteadyState) -> tuple[list[float | None], list[float | None]]:
    """The mean of each stretch as a level line over it, with gaps between them."""
    means = [float(each) for each in found.table()[found.warm.figure]]
    long, ends = len(found.series) // len(means), found.warm.ends
    begin = len(ends) - long * len(means)  # the first observation that counts
    x: list[float | None] = []
    y: list[float | None] = []
    for k, mean in enumerate(means):
        before = begin + k * long - 1
        x += [ends[before] if before >= 0 else 0.0, ends[before + long], None]
        y += [mean, mean, None]
    return x, y

"""What is drawn of a utility against what there is, and the level of its tank beneath."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from plantsim.charts.look import (
    CALM,
    GREY,
    STRONG,
    WAIT_COLOURS,
    Clock,
    beginning,
    figure,
    hover,
    mark_warm_up,
    safe,
)
from plantsim.utility import RATES

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results

MOST = 2000  # stretches that are drawn one by one; of more, a few in each pixel
SHADES = 300  # stretches of waiting that are shaded


def demand(run: Results, utility: str) -> go.Figure:
    """What is drawn of a utility over the whole run; dashed: what is made, dotted: the peak; beneath, its level.

    Where the ground is shaded, somebody waits for it; where it is dark, none is made.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.plant import Unit
    >>> from plantsim.recipe import Order, Product
    >>> from plantsim.step import Step
    >>> from plantsim.scenario import Scenario
    >>> from plantsim.utility import Utility
    >>> rinse = Step(on="vessel", time=1.0, needs={"run": {"wfi": 1200.0}})
    >>> plant = Scenario(
    ...     units={"vessel": Unit(kind="vessel", count=2)},
    ...     utilities={"wfi": Utility(makes=600.0, tank=900.0)},
    ...     products={"p": Product(batch=1.0, steps={"rinse": rinse})},
    ...     orders={"o": Order(product="p", batches=2, release={"at_once": True})},
    ... )
    >>> [line.name for line in demand(simulate(plant, horizon=5.0), "wfi").data]
    ['drawn', 'level']
    """
    first, last = beginning(run), run.until
    frame = run.utility(utility, first, last)
    declared = run.scenario.utilities[utility]
    clock, unit, tank = Clock.of(run, first, last), declared.unit, declared.tank
    level = "filled" if declared.drain else "level"
    made = "emptied" if declared.drain else "made"
    stops = "; dark: not made" if len(run.outages(utility)) else ""
    grounds = f"dashed: {made}, dotted: peak; shaded: somebody waits for it{stops}"
    title = f"{safe(utility)}: drawn, and what there is ({grounds})"
    chart = figure(title, 480 if tank else 300, showlegend=False, margin={"t": 48})
    rows = 2 if tank else 1
    chart.set_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    chart.add_trace(_drawn(_thinned(frame), clock, RATES[unit], last), row=1, col=1)
    for rate, dash in ((declared.makes, "dash"), (declared.peak, "dot")):
        if rate is not None:
            chart.add_hline(y=rate, line={"color": STRONG, "width": 1.2, "dash": dash}, row=1, col=1)
    chart.update_yaxes(title={"text": f"drawn [{RATES[unit]}]"}, rangemode="tozero", row=1, col=1)
    if tank:
        chart.add_trace(_level(_thinned(frame), clock, unit, level, tank if declared.drain else -inf), row=2, col=1)
        limits = ((tank, "dash"), (tank - declared.least if declared.drain else declared.least, "dot"))
        for stock, dash in limits:
            chart.add_hline(y=stock, line={"color": GREY, "width": 1, "dash": dash}, row=2, col=1)
        chart.update_yaxes(title={"text": f"{level} [{unit}]"}, rangemode="tozero", row=2, col=1)
    _shade(chart, run, utility, clock)
    _darken(chart, run, utility, clock)
    axis = clock.axis(first, last)
    words = axis.pop("title")
    chart.update_xaxes(axis, showgrid=False)
    chart.update_xaxes(title=words, row=rows, col=1)
    mark_warm_up(chart, run, clock, first)
    return chart


def _drawn(frame: pd.DataFrame, clock: Clock, unit: str, last: float) -> go.Scatter:
    import plotly.graph_objects as go

    rates = frame["drawn"].tolist()
    texts = [
        hover(f"<b>{rate:,.6g} {unit}</b> drawn, {made:,.6g} {unit} made", clock.stretch(start, end))
        for rate, made, start, end in zip(rates, frame["made"], frame["start"], frame["end"], strict=True)
    ]
    return go.Scatter(
        x=clock.at([*frame["start"], last]), y=[*rates, *rates[-1:]], mode="lines", name="drawn", hoverinfo="text",
        hovertext=[*texts, *texts[-1:]], fill="tozeroy", fillcolor="rgba(0,114,178,0.18)",
        line={"shape": "hv", "color": "#0072B2", "width": 1.5},
    )  # fmt: skip


def _level(frame: pd.DataFrame, clock: Clock, unit: str, name: str, full: float) -> go.Scatter:
    """The level as a line with corners; of a drain, how full it is."""
    import plotly.graph_objects as go

    times = [*frame["start"], *frame["end"].iloc[-1:]]
    levels = [*frame["level"], *frame["level at end"].iloc[-1:]]
    shown = [full - each for each in levels] if full > 0 else levels
    texts = [hover(f"<b>{each:,.6g} {unit}</b>", f"at {clock.say(at)}") for at, each in zip(times, shown, strict=True)]
    return go.Scatter(
        x=clock.at(times), y=shown, mode="lines", name=name, hovertext=texts, hoverinfo="text", fill="tozeroy",
        fillcolor="rgba(82,96,109,0.12)", line={"color": CALM, "width": 1.5},
    )  # fmt: skip


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """Of very many stretches those with the largest rate, and with the lowest level, in each pixel."""
    if len(frame) <= MOST:
        return frame
    frame = frame.reset_index(drop=True)
    pixel = ((frame["start"] - frame["start"].iloc[0]) / (frame["end"].iloc[-1]) * (MOST // 4)).astype(int)
    kept = [*frame["drawn"].groupby(pixel).idxmax(), *frame["level"].groupby(pixel).idxmin()]
    kept += [*frame["drawn"].groupby(pixel).idxmin(), len(frame) - 1]
    return frame.loc[sorted(set(kept))]


def _shade(chart: go.Figure, run: Results, utility: str, clock: Clock) -> None:
    """The stretches in which somebody waits, on the ground of the upper chart."""
    spans: list[tuple[float, float]] = []
    for start, end in run.awaited(utility)[["start", "end"]].itertuples(index=False):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    look = {"fillcolor": WAIT_COLOURS["waiting for pool"], "opacity": 0.25, "line_width": 0}
    _grounds(chart, spans, clock, "y domain", look)


def _darken(chart: go.Figure, run: Results, utility: str, clock: Clock) -> None:
    """The stretches in which it is not made, on the ground of the lowest fifth of the upper chart; failures darker."""
    frame = run.outages(utility)
    for shown, opacity in ((frame["cause"] == "closed", 0.2), (frame["cause"] != "closed", 0.45)):
        spans = list(frame[shown][["start", "end"]].itertuples(index=False, name=None))
        _grounds(chart, spans, clock, "y domain", {"fillcolor": STRONG, "opacity": opacity, "line_width": 0}, 0.2)


def _grounds(
    chart: go.Figure, spans: list[tuple[float, float]], clock: Clock, axis: str, look: dict[str, Any], top: float = 1.0
) -> None:
    for start, end in spans[:SHADES]:
        begin, until = clock.at([start, end])
        chart.add_shape(type="rect", x0=begin, x1=until, y0=0, y1=top, yref=axis, xref="x", layer="below", **look)

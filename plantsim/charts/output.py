"""What comes out: batches done over time with the mean and its interval, and how long they took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import floor, log10
from typing import TYPE_CHECKING

from plantsim.charts.digits import Interval, duration, intervals, number
from plantsim.charts.look import INK, Clock, beginning, figure, hover, mark_warm_up, nothing, product_colours, safe

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results
    from plantsim.study import Trial

BINS = 28  # about so many bars of a histogram
OUTLINE = {"color": "white", "width": 0.8}


def throughput(run: Results, trial: Trial | None = None) -> go.Figure:
    """Batches done in each week (or day, or hour, of a short run) by product, and their mean with its 95 % interval.

    The mean and its interval are those of the trial's replications; of a single run, the mean alone.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=24.0 * 21), seed=1)
    >>> throughput(run).layout.yaxis.title.text
    'batches a day [1/day]'
    """
    first, last = beginning(run), run.until
    clock, (word, bucket) = Clock.of(run, first, last), _bucket(run.window[1] - run.window[0])
    edges = _edges(first, run.window[0], last, bucket)
    flows = run.spans("flows")
    chart = figure(f"Batches done in each {word}, by product", 380, barmode="stack", bargap=0.0)
    for name, shade, times in _by_product(run, flows[flows["flow"] == "out"], "time"):
        chart.add_trace(_rates(name, shade, _counted(times, edges), edges, clock, bucket))
    known = intervals(trial).get(("figure", "batches a week [1/week]", ""))
    mean = known or Interval(run.figures()["batches a week [1/week]"])
    chart.add_traces(list(_mean(run, clock, mean.times(bucket / 168.0), word)))
    chart.update_xaxes(clock.axis(first, last), showgrid=False)
    chart.update_yaxes(title={"text": f"batches a {word} [1/{word}]"}, rangemode="tozero", tickformat=",")
    mark_warm_up(chart, run, clock, first)
    return chart


def _bucket(hours: float) -> tuple[str, float]:
    return ("week", 168.0) if hours >= 5 * 168.0 else ("day", 24.0) if hours >= 96.0 else ("hour", 1.0)


def _edges(first: float, origin: float, last: float, bucket: float) -> list[float]:
    """Edges of buckets that start where the report does; the first and the last bucket may be shorter."""
    before, after = int((origin - first) / bucket + 1e-9), int((last - origin) / bucket + 1e-9)
    return sorted({first, *(origin + k * bucket for k in range(-before, after + 1)), last})


def _by_product(run: Results, frame: pd.DataFrame, column: str) -> Iterator[tuple[str, str, list[float]]]:
    """(name, colour, values of a column) of each product, or of many products together."""
    for name, shade, products in product_colours(run.scenario.products):
        yield name, shade, frame.loc[frame["product"].isin(products), column].tolist()


def _counted(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    import numpy as np

    return [int(each) for each in np.histogram(values, bins=list(edges))[0]]


def _rates(name: str, shade: str, made: Sequence[int], edges: Sequence[float], clock: Clock, bucket: float) -> go.Bar:
    """Bars of a product as rates, so that a shorter bucket at an end is as high as a whole one."""
    import plotly.graph_objects as go

    pairs = list(pairwise(edges))
    texts = [
        hover(f"<b>{safe(name)}</b>: {count:,} batches", clock.stretch(*pair))
        for count, pair in zip(made, pairs, strict=True)
    ]
    return go.Bar(
        name=safe(name), x=clock.at((a + b) / 2.0 for a, b in pairs), width=clock.long(b - a for a, b in pairs),
        y=[count * bucket / (b - a) for count, (a, b) in zip(made, pairs, strict=True)],
        marker={"color": shade, "line": OUTLINE}, hovertext=texts, hoverinfo="text",
    )  # fmt: skip


def _mean(run: Results, clock: Clock, mean: Interval, word: str) -> Iterator[go.Scatter]:
    """The mean over the reported time as a line, with its interval as a band."""
    import plotly.graph_objects as go

    x0, x1 = clock.at(run.window)
    says = f"mean {mean.about()} a {word}"
    if mean.sure:
        says = f"mean of {mean.n} runs {mean.about()} a {word}, 95 % interval {mean.range()}"
        yield go.Scatter(
            x=[x0, x1, x1, x0], y=[mean.low, mean.low, mean.high, mean.high], mode="lines", line={"width": 0},
            fill="toself", fillcolor="rgba(31,41,51,0.28)", hoverinfo="skip", showlegend=False, name="95 % interval",
        )  # fmt: skip
    yield go.Scatter(
        x=[x0, x1], y=[mean.mean, mean.mean], mode="lines", line={"color": INK, "width": 2, "dash": "dash"}, name=says,
        hovertext=says, hoverinfo="text",
    )  # fmt: skip


def lead_time(run: Results) -> go.Figure:
    """How long the batches took that were done in the reported time, from release to done, by product.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
    >>> lead_time(run).layout.xaxis.title.text
    'lead time [min]'
    """
    lives, (first, last) = run.spans("lives"), run.window
    done = lives[(lives["fate"] == "done") & (lives["end"] > first) & (lives["end"] <= last)]
    title = "How long batches took, from release to done"
    if done.empty:
        return nothing(title, "no batch was done in the reported time")
    middle = float(done["hours"].median())
    per, word = (24.0, "days") if middle > 72.0 else (1.0, "h") if middle > 1.0 else (1 / 60, "min")
    chart = figure(title, 340, barmode="stack", bargap=0.04)
    edges = _bins(float(done["hours"].min()) / per, float(done["hours"].max()) / per)
    for name, shade, hours in _by_product(run, done, "hours"):
        chart.add_trace(_histogram(name, shade, _counted([each / per for each in hours], edges), edges, word))
    for line, text, value, side in (
        ("dash", "mean", done["hours"].mean(), "right"),
        ("dot", "95 % below", done["hours"].quantile(0.95), "left"),
    ):
        _stake(chart, line, f"{text} {duration(float(value))}", float(value) / per, side)
    chart.update_xaxes(title={"text": f"lead time [{word}]"}, rangemode="tozero")
    return chart.update_yaxes(title={"text": "batches [1]"}, tickformat=",")


def _bins(least: float, most: float) -> list[float]:
    """Edges of bins of a round width.

    >>> _bins(5.8, 13.8)[:3], len(_bins(5.8, 13.8)), _bins(2.0, 2.0)
    ([5.5, 6.0, 6.5], 18, [2.0, 2.005])
    """
    wide = max(most - least, most * 0.05, 1e-6) / BINS
    tens = 10.0 ** floor(log10(wide))
    step = next(times * tens for times in (1.0, 2.0, 2.5, 5.0, 10.0) if times * tens >= wide * 0.9999)
    first = floor(least / step)
    return [round((first + k) * step, 9) for k in range(int(most / step) - first + 2)]


def _histogram(name: str, shade: str, made: Sequence[int], edges: Sequence[float], word: str) -> go.Bar:
    import plotly.graph_objects as go

    pairs = list(pairwise(edges))
    texts = [
        hover(f"<b>{safe(name)}</b>: {count:,} batches", f"{number(a)} to {number(b)} {word}")
        for count, (a, b) in zip(made, pairs, strict=True)
    ]
    return go.Bar(
        name=safe(name), x=[(a + b) / 2.0 for a, b in pairs], y=list(made), width=edges[1] - edges[0],
        marker={"color": shade, "line": OUTLINE}, hovertext=texts, hoverinfo="text",
    )  # fmt: skip


def _stake(chart: go.Figure, line: str, text: str, x: float, side: str) -> None:
    """A vertical line with a text that ends (right) or begins (left) there."""
    chart.add_vline(x=x, line={"color": INK, "width": 1.5, "dash": line})
    chart.add_annotation(
        x=x, y=1.0, yref="paper", yanchor="top", xanchor=side, showarrow=False, text=f" {text} ",
        bgcolor="rgba(255,255,255,0.8)", font={"size": 12},
    )  # fmt: skip

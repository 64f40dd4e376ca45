"""What flows: batches done, batches in the plant and in buffers, how long they take, and what they wait for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import Interval, duration, intervals, number, percent
from plantsim.charts.look import (
    CALM,
    GREY,
    INK,
    STATE_COLOURS,
    WAIT_COLOURS,
    Clock,
    figure,
    hover,
    mark_warm_up,
    nothing,
    product_colours,
    safe,
)

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results
    from plantsim.study import Trial

POINTS = 1000  # about as many as a line has pixels
CAUSES = 14  # rows of the chart of waiting; what is less is summed up
FOR = {"a unit": WAIT_COLOURS["waiting for unit"], "people or pools": WAIT_COLOURS["waiting for pool"],
       "a repair": STATE_COLOURS["down"]}  # fmt: skip


# ---- what comes out --------------------------------------------------------------------------------------------------


def throughput(run: Results, trial: Trial | None = None) -> go.Figure:
    """Batches done in each week (or day, or hour, of a short run) by product, and their mean with its 95 % interval.

    The mean and its interval are those of the trial's replications; of a single run, the mean alone.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=24.0 * 21), seed=1)
    >>> throughput(run).layout.yaxis.title.text
    'batches a day [1/day]'
    """
    first, last = run.start.time / 3.6e6, run.until
    clock, (word, bucket) = Clock.of(run, first, last), _bucket(run.window[1] - run.window[0])
    edges = _edges(first, run.window[0], last, bucket)
    flows = run.spans("flows")
    out = flows[flows["flow"] == "out"]
    chart = figure(f"Batches done in each {word}, by product", 380, barmode="stack", bargap=0.0)
    for product, shade in product_colours(run.scenario.products).items():
        times = out.loc[out["product"] == product, "time"].tolist()
        chart.add_trace(_rate_bars(product, shade, _counted(times, edges), edges, clock, bucket))
    known = intervals(trial).get(("figure", "batches a week [1/week]", ""))
    mean = known or Interval(float(run.throughput().loc["all", "batches a week"]))
    _mean_band(chart, run, clock, mean.times(bucket / 168.0), word)
    chart.update_xaxes(clock.axis(first, last), showgrid=False)
    chart.update_yaxes(title={"text": f"batches a {word} [1/{word}]"}, rangemode="tozero")
    mark_warm_up(chart, run, clock, first)
    return chart


def _bucket(hours: float) -> tuple[str, float]:
    return ("week", 168.0) if hours >= 5 * 168.0 else ("day", 24.0) if hours >= 96.0 else ("hour", 1.0)


def _edges(first: float, origin: float, last: float, bucket: float) -> list[float]:
    """Edges of buckets that start where the report does; the first and the last bucket may be shorter."""
    before, after = int((origin - first) / bucket + 1e-9), int((last - origin) / bucket + 1e-9)
    inner = [origin + k * bucket for k in range(-before, after + 1)]
    return [edge for k, edge in enumerate(sorted({first, *inner, last})) if k == 0 or edge > first]


def _counted(times: Sequence[float], edges: Sequence[float]) -> list[int]:
    import numpy as np

    return [int(each) for each in np.histogram(times, bins=list(edges))[0]]


def _rate_bars(
    product: str, shade: str, made: Sequence[int], edges: Sequence[float], clock: Clock, bucket: float
) -> go.Bar:
    """Bars of a product as rates, so that a shorter bucket at an end is as high as a whole one."""
    import plotly.graph_objects as go

    pairs = list(zip(edges, edges[1:], strict=False))
    texts = [hover(f"<b>{safe(product)}</b>: {count} batches", clock.stretch(*pair))
             for count, pair in zip(made, pairs, strict=True)]  # fmt: skip
    return go.Bar(
        name=safe(product), x=clock.at((a + b) / 2.0 for a, b in pairs), width=clock.long(b - a for a, b in pairs),
        y=[count * bucket / (b - a) for count, (a, b) in zip(made, pairs, strict=True)],
        marker={"color": shade, "line": {"color": "white", "width": 1.0}}, hovertext=texts, hoverinfo="text",
    )  # fmt: skip


def _mean_band(chart: go.Figure, run: Results, clock: Clock, mean: Interval, word: str) -> None:
    """The mean over the reported time as a line, with its interval as a band."""
    import plotly.graph_objects as go

    x0, x1 = clock.at(run.window)
    says = f"mean {mean.about()} a {word}"
    if mean.sure:
        says = f"mean of {mean.n} runs {mean.about()} a {word}, 95 % interval {mean.range()}"
        chart.add_trace(
            go.Scatter(x=[x0, x1, x1, x0], y=[mean.low, mean.low, mean.high, mean.high], fill="toself", mode="lines",
                       line={"width": 0}, fillcolor="rgba(31,41,51,0.28)", hoverinfo="skip", name="95 % interval",
                       showlegend=False, meta="interval")
        )  # fmt: skip
    chart.add_trace(
        go.Scatter(x=[x0, x1], y=[mean.mean] * 2, mode="lines", line={"color": INK, "width": 2, "dash": "dash"}, name=says,
                   hovertext=says, hoverinfo="text")
    )  # fmt: skip


def lead_time(run: Results) -> go.Figure:
    """How long the batches took that were done in the reported time, from release to done, by product."""
    lives = run.spans("lives")
    first, last = run.window
    done = lives[(lives["fate"] == "done") & (lives["end"] > first) & (lives["end"] <= last)]
    title = "How long batches took, from release to done"
    if done.empty:
        return nothing(title, "no batch was done in the reported time")
    import plotly.graph_objects as go

    per, word = (
        (24.0, "days")
        if done["hours"].median() > 72.0
        else (1.0, "h")
        if done["hours"].median() > 1.0
        else (1 / 60, "min")
    )
    chart = figure(title, 340, barmode="stack", bargap=0.04)
    edges = _bins((done["hours"] / per).tolist())
    for product, shade in product_colours(run.scenario.products).items():
        made = _counted((done.loc[done["product"] == product, "hours"] / per).tolist(), edges)
        texts = [f"<b>{safe(product)}</b>: {count} batches<br>{number(a)} to {number(b)} {word}"
                 for count, a, b in zip(made, edges, edges[1:], strict=False)]  # fmt: skip
        chart.add_trace(
            go.Bar(name=safe(product), x=[(a + b) / 2.0 for a, b in zip(edges, edges[1:], strict=False)], y=made,
                   width=edges[1] - edges[0], marker={"color": shade, "line": {"color": "white", "width": 0.6}},
                   hovertext=texts, hoverinfo="text")
        )  # fmt: skip
    _lines(chart, {"mean": float(done["hours"].mean()), "95 % below": float(done["hours"].quantile(0.95))}, per)
    chart.update_xaxes(title={"text": f"lead time [{word}]"}, rangemode="tozero")
    chart.update_yaxes(title={"text": "batches [1]"})
    return chart


def _bins(values: Sequence[float]) -> list[float]:
    """About thirty bins of a round width."""
    import numpy as np

    least, most = min(values), max(values)
    wide = max(most - least, most * 0.05, 1e-9) / 28.0
    step = next(
        m * 10.0 ** int(np.floor(np.log10(wide)))
        for m in (1.0, 2.0, 2.5, 5.0, 10.0)
        if m * 10.0 ** int(np.floor(np.log10(wide))) >= wide * 0.9999
    )
    first = int(least / step)
    return [(first + k) * step for k in range(int(most / step) - first + 2)]


def _lines(chart: go.Figure, at: dict[str, float], per: float) -> None:
    """Vertical lines with words, at times [h]."""
    for k, (word, hours) in enumerate(at.items()):
        chart.add_vline(x=hours / per, line={"color": INK, "width": 1.5, "dash": ("dash", "dot")[k % 2]})
        chart.add_annotation(x=hours / per, y=1.0, yref="paper", yanchor="top", xanchor="left", showarrow=False,
                             text=f" {word} {duration(hours)}", bgcolor="rgba(255,255,255,0.8)", font={"size": 12})  # fmt: skip


# ---- what is in between ----------------------------------------------------------------------------------------------


def wip(run: Results) -> go.Figure:
    """How many batches were in the plant over time, over the whole run."""
    first, last = run.start.time / 3.6e6, run.until
    clock, frame = Clock.of(run, first, last), run.wip(first, last)
    chart = figure("Batches in the plant", 280, showlegend=False, margin={"t": 48})
    chart.add_trace(_steps(frame, clock, "in plant", CALM, last))
    chart.update_xaxes(clock.axis(first, last), showgrid=False)
    chart.update_yaxes(title={"text": "batches [1]"}, rangemode="tozero")
    mark_warm_up(chart, run, clock, first)
    return chart


def buffers(run: Results) -> go.Figure:
    """How many batches stood in each buffer over time, over the whole run; dotted: its places."""
    names = list(run.scenario.buffers)
    if not names:
        return nothing("Batches in each buffer", "the plant has no buffers")
    first, last = run.start.time / 3.6e6, run.until
    clock, frame = Clock.of(run, first, last), run.spans("buffers", first, last)
    chart = figure(
        "Batches in each buffer; dotted: its places", 90 + 110 * len(names), showlegend=False, margin={"t": 48}
    )
    chart.set_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=min(0.3 / len(names), 0.08))
    for k, name in enumerate(names, start=1):
        chart.add_trace(_steps(frame[frame["buffer"] == name], clock, name, CALM, last), row=k, col=1)
        places = run.scenario.buffers[name].places
        if places:
            chart.add_hline(y=places, line={"color": GREY, "width": 1, "dash": "dot"}, row=k, col=1)
        chart.update_yaxes(title={"text": safe(name)}, rangemode="tozero", row=k, col=1)
    axis = clock.axis(first, last)
    chart.update_xaxes(**{key: value for key, value in axis.items() if key != "title"}, showgrid=False)
    chart.update_xaxes(title=axis["title"], row=len(names), col=1)
    return chart


def _steps(frame: pd.DataFrame, clock: Clock, name: str, shade: str, last: float) -> go.Scatter:
    """A number that holds from each start to the next, as a line of steps."""
    import plotly.graph_objects as go

    frame = _thinned(frame)
    times, levels = [*frame["start"], last], [*frame["number"].astype(int)]
    levels = [*levels, levels[-1] if levels else 0]
    texts = [
        f"<b>{safe(name)}</b>: {level}<br>from {clock.say(time)}" for time, level in zip(times, levels, strict=True)
    ]
    return go.Scatter(
        x=clock.at(times), y=levels, mode="lines", name=safe(name), hovertext=texts, hoverinfo="text",
        line={"shape": "hv", "color": shade, "width": 1.5}, fill="tozeroy", fillcolor="rgba(82,96,109,0.12)",
    )  # fmt: skip


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """Of very many steps the first, least, most and last in each pixel: the line looks the same."""
    if len(frame) <= 4 * POINTS:
        return frame
    frame = frame.reset_index(drop=True)
    start = frame["start"]
    pixel = ((start - start.iloc[0]) / (start.iloc[-1] - start.iloc[0]) * (POINTS - 1)).astype(int)
    groups = frame["number"].groupby(pixel)
    rows = pixel.drop_duplicates().index.tolist() + pixel.drop_duplicates(keep="last").index.tolist()
    return frame.loc[sorted({*rows, *groups.idxmin(), *groups.idxmax()})]


# ---- what is waited for ----------------------------------------------------------------------------------------------


def waiting(run: Results, trial: Trial | None = None) -> go.Figure:
    """Hours that batches waited in the reported time, by what for; with a trial, means with their 95 % intervals."""
    rows = _causes(run, trial)
    title = "What batches waited for: batch hours in the reported time"
    if not rows:
        return nothing(title, "no batch waited")
    names = [name for name, _ in rows]
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [safe(name) for name in names], "showgrid": False}
    axis = {**ticks, "range": [len(rows) - 0.5, -0.5]}
    chart = figure(title, 150 + 30 * len(rows), yaxis=axis, barmode="overlay", bargap=0.3)
    total = sum(each.mean for _, each in rows)
    for word, shade in FOR.items():
        mine = [k for k, name in enumerate(names) if _for(run, name) == word]
        if mine:
            chart.add_trace(_wait_bars(word, shade, mine, rows, total))
    chart.update_xaxes(title={"text": "waiting [batch hours]"}, rangemode="tozero", tickformat=",")
    return chart


def _causes(run: Results, trial: Trial | None) -> list[tuple[str, Interval]]:
    """(cause, hours), the longest first; many short ones are summed up in one."""
    known = {row: each for (table, row, _), each in intervals(trial).items() if table == "waiting"}
    one = {str(cause): Interval(float(hours)) for cause, hours in run.waiting(by=("cause",))["hours"].items()}
    rows = sorted((known or one).items(), key=lambda item: -item[1].mean)
    rows = [(name, each) for name, each in rows if each.mean > 0.0]
    if len(rows) <= CAUSES + 1:
        return rows
    rest = rows[CAUSES:]
    return [*rows[:CAUSES], (f"{len(rest)} more causes", Interval(sum(each.mean for _, each in rest)))]


def _for(run: Results, cause: str) -> str:
    """Of what kind a cause is: a unit, people or another pool, or a repair."""
    if cause in run.scenario.pools:
        return "people or pools"
    return "a repair" if cause in run.scenario.failures else "a unit"


def _wait_bars(
    word: str, shade: str, mine: Sequence[int], rows: Sequence[tuple[str, Interval]], total: float
) -> go.Bar:
    import plotly.graph_objects as go

    parts = [rows[k] for k in mine]
    texts = [hover(f"<b>{safe(name)}</b>: {each.about()} batch hours, {percent(each.mean / total)} of all waiting",
                   f"95 % interval {each.range()} h, {each.n} replications" if each.sure else "")
             for name, each in parts]  # fmt: skip
    whiskers: dict[str, Any] = {}
    if any(each.sure for _, each in parts):
        up = [each.high - each.mean if each.sure else 0.0 for _, each in parts]
        down = [each.mean - max(each.low, 0.0) if each.sure else 0.0 for _, each in parts]
        whiskers = {"error_x": {"array": up, "arrayminus": down, "color": INK, "thickness": 1.4, "width": 5}}
    return go.Bar(
        orientation="h", name=f"waiting for {word}", y=list(mine), x=[each.mean for _, each in parts],
        marker={"color": shade}, hovertext=texts, hoverinfo="text", **whiskers,
    )  # fmt: skip

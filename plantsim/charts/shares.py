"""Shares of time: what units do, on the whole and day by day, and who holds the plant back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import Interval, intervals, percent
from plantsim.charts.look import (
    INK,
    STATE_COLOURS,
    STRONG,
    Clock,
    colour_of,
    figure,
    hover,
    in_order,
    ink_on,
    looks,
    mark_warm_up,
    nothing,
    safe,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.kpi import Of
    from plantsim.results import Results
    from plantsim.study import Trial

READABLE = 0.055  # the least share of which the percentage is written into its bar
PERCENT = {"tickformat": ".0%", "rangemode": "tozero"}


def states(run: Results, by: str = "kind", of: Of = "calendar", trial: Trial | None = None) -> go.Figure:
    """Share of calendar, scheduled or available hours that units spent in each state, by unit, name or kind.

    With a trial, the shares of calendar hours by kind are means over its replications, with intervals in the hover.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=48.0), seed=1)
    >>> [trace.name for trace in states(run).data][:2]
    ['busy', 'cleaning']
    """
    frame = run.utilisation(of, by).iloc[:, 1:]
    known = intervals(trial) if of == "calendar" and by == "kind" else {}
    shares = {
        str(state): [known.get(("utilisation", str(row), str(state)), Interval(value)) for row, value in column.items()]
        for state, column in frame.items()
    }
    chart = _stacked_rows(f"What units did: share of {of} hours, by {by}", list(map(str, frame.index)))
    for state in in_order(shares):
        if any(each.mean > 0.0 for each in shares[state]):
            chart.add_trace(_share_bars(state, list(map(str, frame.index)), shares[state]))
    chart.update_xaxes(range=[0, 1], title={"text": f"share of {of} hours [%]"}, **PERCENT)
    return chart


def _stacked_rows(title: str, rows: Sequence[str]) -> go.Figure:
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [safe(name) for name in rows], "showgrid": False}
    axis = {**ticks, "range": [len(rows) - 0.5, -0.5]}
    each = 34 if len(rows) <= 30 else 18
    return figure(title, 145 + each * len(rows), yaxis=axis, barmode="stack", bargap=0.25)


def _share_bars(state: str, rows: Sequence[str], shares: Sequence[Interval]) -> go.Bar:
    import plotly.graph_objects as go

    texts = [
        hover(f"<b>{safe(row)}</b>: {safe(state)} {percent(share.mean, 1)}",
              f"95 % interval {share.range(100.0)} %, {share.n} replications" if share.sure else "")
        for row, share in zip(rows, shares, strict=True)
    ]  # fmt: skip
    return go.Bar(
        orientation="h", name=safe(state), y=list(range(len(rows))), x=[share.mean for share in shares],
        marker={"color": colour_of(state), "line": {"color": "white", "width": 0.6}},
        text=[percent(share.mean) if share.mean >= READABLE else "" for share in shares], textposition="inside",
        insidetextanchor="middle", textangle=0, insidetextfont={"size": 11, "color": ink_on(colour_of(state))}, hovertext=texts, hoverinfo="text",
    )  # fmt: skip


def states_over_time(run: Results, bucket: float = 24.0, only: str = "") -> go.Figure:
    """Share of unit hours in each state, a bar for each `bucket` of hours, over the whole run.

    `only` is a kind, a name or a single unit to look at; none: all units together.
    """
    first, last = run.start.time / 3.6e6, run.until
    clock = Clock.of(run, first, last)
    title = f"What {safe(only) or 'all units'} did over time: share of unit hours in each {_length(bucket)}"
    stays = run.spans("units", first, last)
    if only:
        stays = stays[stays["unit"].isin(run.scenario.plant.units_for(only))]
    if stays.empty:
        return nothing(title, "nothing happened")
    edges = _edges(first, last, bucket)
    parts = {str(state): _within(part, edges) for state, part in stays.groupby(looks(stays))}
    total = sum(parts.values())
    chart = figure(title, 380, barmode="stack", bargap=0.0)
    for state in in_order(parts):
        chart.add_trace(_time_bars(state, parts[state] / total, edges, clock))
    chart.update_xaxes(clock.axis(first, last), showgrid=False)
    chart.update_yaxes(range=[0, 1], title={"text": "share of unit hours [%]"}, **PERCENT)
    mark_warm_up(chart, run, clock, first)
    return chart


def _length(hours: float) -> str:
    return {1.0: "hour", 24.0: "day", 168.0: "week"}.get(hours, f"{hours:g} h")


def _edges(first: float, last: float, bucket: float) -> list[float]:
    """The edges of buckets from first to last [h]; the last bucket may be shorter."""
    number = int((last - first) / bucket - 1e-9)
    return [*(first + k * bucket for k in range(number + 1)), last]


def _within(stays: pd.DataFrame, edges: Sequence[float]) -> np.ndarray[Any, Any]:
    """Hours of stays between each two edges: how many stays run is a function of time, summed up to each edge."""
    import numpy as np

    start, end = stays["start"].to_numpy(float), stays["end"].to_numpy(float)
    begun = [np.sort(start), np.concatenate([[0.0], np.cumsum(np.sort(start))])]
    ended = [np.sort(end), np.concatenate([[0.0], np.cumsum(np.sort(end))])]

    def until(time: float) -> float:
        """Hours up to a time: the sum of (time - start) of all that have begun, less (time - end) of all that ended."""
        sums = []
        for times, total in (begun, ended):
            k = int(np.searchsorted(times, time))
            sums.append(k * time - total[k])
        return float(sums[0] - sums[1])

    return np.clip(np.diff([until(edge) for edge in edges]), 0.0, None)


def _time_bars(state: str, shares: np.ndarray[Any, Any], edges: Sequence[float], clock: Clock) -> go.Bar:
    import plotly.graph_objects as go

    pairs = list(zip(edges, edges[1:], strict=False))
    texts = [f"<b>{safe(state)}</b> {percent(share, 1)}<br>{clock.stretch(*pair)}"
             for share, pair in zip(shares, pairs, strict=True)]  # fmt: skip
    middle = [(a + b) / 2.0 for a, b in pairs]
    return go.Bar(
        name=safe(state), x=clock.at(middle), width=clock.long(b - a for a, b in pairs), y=shares.tolist(),
        marker={"color": colour_of(state), "line": {"width": 0}}, hovertext=texts, hoverinfo="text",
    )  # fmt: skip


def bottleneck(run: Results, by: str = "kind") -> go.Figure:
    """Share of the time in which each unit, name or kind was the momentary bottleneck, beside the share it worked.

    Where the longest bar and the dot farthest to the right are not in one row, the busiest is not what holds back.
    """
    frame = run.bottleneck(by)
    rows = list(map(str, frame.index))
    chart = _stacked_rows(f"What holds back: share of time as momentary bottleneck, by {by}", rows)
    for word, shade, says in (
        ("sole", STRONG, "the bottleneck alone"), ("shifting", "#F2A98F", "while the bottleneck shifts")
    ):  # fmt: skip
        chart.add_trace(_bottleneck_bars(rows, frame[word].tolist(), word, shade, says))
    chart.add_trace(_working_dots(rows, frame))
    chart.update_xaxes(range=[0, 1], title={"text": "share of calendar hours [%]"}, **PERCENT)
    return chart


def _bottleneck_bars(rows: Sequence[str], shares: Sequence[float], word: str, shade: str, says: str) -> go.Bar:
    import plotly.graph_objects as go

    texts = [f"<b>{safe(row)}</b>: {percent(share, 1)} {says}" for row, share in zip(rows, shares, strict=True)]
    return go.Bar(
        orientation="h", name=says, y=list(range(len(rows))), x=list(shares), hovertext=texts, hoverinfo="text",
        marker={"color": shade}, text=[percent(each) if each >= READABLE else "" for each in shares],
        textposition="inside", insidetextanchor="middle", textangle=0, insidetextfont={"size": 11, "color": ink_on(shade)}, meta=word,
    )  # fmt: skip


def _working_dots(rows: Sequence[str], frame: pd.DataFrame) -> go.Scatter:
    import plotly.graph_objects as go

    texts = [hover(f"<b>{safe(row)}</b>: works {percent(each['working'], 1)}", f"active {percent(each['active'], 1)}, "
                   f"blocked {percent(each['blocked'], 1)}, starved {percent(each['starved'], 1)}")
             for row, each in zip(rows, frame.to_dict("records"), strict=True)]  # fmt: skip
    return go.Scatter(
        mode="markers", name="busy", x=frame["working"].tolist(), y=list(range(len(rows))), hovertext=texts, hoverinfo="text",
        marker={"size": 11, "color": STATE_COLOURS["busy"], "line": {"color": "white", "width": 1.5}, "symbol": "diamond"},
        textfont={"color": INK},
    )  # fmt: skip

"""Shares of time: what units do, on the whole and day by day, and who holds the plant back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import Interval, intervals, percent
from plantsim.charts.look import (
    STATE_COLOURS,
    STRONG,
    Clock,
    beginning,
    colour_of,
    figure,
    hover,
    in_order,
    ink_on,
    looks,
    mark_warm_up,
    meant,
    nothing,
    row_axis,
    safe,
)

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.kpi import Of
    from plantsim.results import Results
    from plantsim.study import Trial

READABLE = 0.055  # the least share of which the percentage is written into its bar
SHARES = {"range": [0, 1], "tickformat": ".0%"}
HELD = (("sole", STRONG, "the bottleneck alone"), ("shifting", "#F2A98F", "while the bottleneck shifts"))


def states(run: Results, by: str = "kind", of: Of = "calendar", trial: Trial | None = None) -> go.Figure:
    """Share of calendar, scheduled or available hours that units spent in each state, by unit, name or kind.

    With a trial, the shares of calendar hours by kind are means over its replications, with intervals in the hover.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=48.0, from_=0.0), seed=1)
    >>> [trace.name for trace in states(run).data][:2]
    ['busy', 'cleaning']
    """
    frame = run.utilisation(of, by).iloc[:, 1:]
    known = intervals(trial) if of == "calendar" and by == "kind" else {}
    rows = [str(name) for name in frame.index]
    chart = _stacked(f"What units did: share of {of} hours, by {by}", rows)
    for state in in_order(map(str, frame.columns)):
        pairs = zip(rows, frame[state].tolist(), strict=True)
        shares = [known.get(("utilisation", row, state), Interval(share)) for row, share in pairs]
        if any(each.mean > 0.0 for each in shares):
            chart.add_trace(_parts(state, colour_of(state), rows, shares))
    return chart.update_xaxes(title={"text": f"share of {of} hours [%]"}, **SHARES)


def _stacked(title: str, rows: Sequence[str]) -> go.Figure:
    each = 34 if len(rows) <= 30 else 18
    return figure(title, 145 + each * len(rows), yaxis=row_axis(rows), barmode="stack", bargap=0.25)


def _parts(word: str, shade: str, rows: Sequence[str], shares: Sequence[Interval]) -> go.Bar:
    """The part of each row's bar that is of one colour."""
    import plotly.graph_objects as go

    texts = [
        hover(
            f"<b>{safe(row)}</b>: {safe(word)} {percent(each.mean, 1)}",
            f"95 % interval {each.range(100.0)} %, {each.n} replications" if each.sure else "",
        )
        for row, each in zip(rows, shares, strict=True)
    ]
    return go.Bar(
        orientation="h", name=safe(word), y=list(range(len(rows))), x=[each.mean for each in shares],
        marker={"color": shade, "line": {"color": "white", "width": 0.6}}, hovertext=texts, hoverinfo="text",
        text=[percent(each.mean) if each.mean >= READABLE else "" for each in shares], textposition="inside",
        insidetextanchor="middle", textangle=0, insidetextfont={"size": 11, "color": ink_on(shade)},
    )  # fmt: skip


# ---- over time -------------------------------------------------------------------------------------------------------


def states_over_time(run: Results, bucket: float = 24.0, only: str = "") -> go.Figure:
    """Share of unit hours in each state, a bar for each `bucket` of hours, over the whole run.

    `only` is a kind, a name or a single unit to look at; none: all units together.

    Raises:
        PlantsimError: if nothing is called so.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
    >>> len(states_over_time(run, bucket=1.0, only="m3").data[0].y)
    24
    """
    first, last = beginning(run), run.until
    clock, stays = Clock.of(run, first, last), run.spans("units", first, last)
    length = {1.0: "hour", 24.0: "day", 168.0: "week"}.get(bucket, f"{bucket:g} h")
    title = f"What {safe(only) or 'all units'} did over time: share of unit hours in each {length}"
    stays = stays[stays["unit"].isin(meant(run, [only]))] if only else stays
    if stays.empty:
        return nothing(title, "nothing happened")
    edges = [*(first + k * bucket for k in range(int((last - first) / bucket - 1e-9) + 1)), last]
    chart = figure(title, 380, barmode="stack", bargap=0.0)
    for state, shares in _shares_within(stays, edges).items():
        chart.add_trace(_columns(state, shares, edges, clock))
    chart.update_xaxes(clock.axis(first, last), showgrid=False)
    chart.update_yaxes(title={"text": "share of unit hours [%]"}, **SHARES)
    mark_warm_up(chart, run, clock, first)
    return chart


def _shares_within(stays: pd.DataFrame, edges: Sequence[float]) -> Mapping[str, list[float]]:
    """Share of unit hours in each state between each two edges."""
    hours = {str(state): _hours_within(part, edges) for state, part in stays.groupby(looks(stays))}
    total = [sum(each) for each in zip(*hours.values(), strict=True)]
    return {state: [a / b for a, b in zip(hours[state], total, strict=True)] for state in in_order(hours)}


def _hours_within(stays: pd.DataFrame, edges: Sequence[float]) -> list[float]:
    """Hours of stays between each two edges: those begun, less those ended, summed up to each edge."""
    up_to = [a - b for a, b in zip(_summed(stays["start"], edges), _summed(stays["end"], edges), strict=True)]
    return [max(b - a, 0.0) for a, b in pairwise(up_to)]


def _summed(times: pd.Series[float], edges: Sequence[float]) -> list[float]:
    """Of each edge the sum of (edge - time) over all earlier times."""
    import numpy as np

    ordered = np.sort(times.to_numpy(float))
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    number = np.searchsorted(ordered, list(edges))
    return [float(k * edge - total[k]) for k, edge in zip(number, edges, strict=True)]


def _columns(state: str, shares: Sequence[float], edges: Sequence[float], clock: Clock) -> go.Bar:
    import plotly.graph_objects as go

    pairs = list(pairwise(edges))
    texts = [
        hover(f"<b>{safe(state)}</b> {percent(share, 1)}", clock.stretch(*pair))
        for share, pair in zip(shares, pairs, strict=True)
    ]
    return go.Bar(
        name=safe(state), x=clock.at((a + b) / 2.0 for a, b in pairs), width=clock.long(b - a for a, b in pairs),
        y=list(shares), marker={"color": colour_of(state), "line": {"width": 0}}, hovertext=texts, hoverinfo="text",
    )  # fmt: skip


# ---- what holds back -------------------------------------------------------------------------------------------------


def bottleneck(run: Results, by: str = "kind") -> go.Figure:
    """Share of the time in which each unit, name or kind was the momentary bottleneck, beside the share it worked.

    Where the longest bar and the dot farthest to the right are not in one row, the busiest is not what holds back.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
    >>> [trace.name for trace in bottleneck(run).data]
    ['the bottleneck alone', 'while the bottleneck shifts', 'busy']
    """
    frame = run.bottleneck(by)
    rows = [str(name) for name in frame.index]
    chart = _stacked(f"What holds back: share of time as momentary bottleneck, by {by}", rows)
    for word, shade, says in HELD:
        chart.add_trace(_parts(says, shade, rows, [Interval(share) for share in frame[word].tolist()]))
    chart.add_trace(_dots(rows, frame))
    return chart.update_xaxes(title={"text": "share of calendar hours [%]"}, **SHARES)


def _dots(rows: Sequence[str], frame: pd.DataFrame) -> go.Scatter:
    """How much each row worked."""
    import plotly.graph_objects as go

    shade, edge = STATE_COLOURS["busy"], {"color": "white", "width": 1.5}
    return go.Scatter(
        mode="markers", name="busy", x=frame["working"].tolist(), y=list(range(len(rows))), hoverinfo="text",
        hovertext=list(_worked(rows, frame)), cliponaxis=False,
        marker={"size": 11, "color": shade, "line": edge, "symbol": "diamond"},
    )  # fmt: skip


def _worked(rows: Sequence[str], frame: pd.DataFrame) -> Iterator[str]:
    records: list[Any] = frame.to_dict("records")
    for row, each in zip(rows, records, strict=True):
        parts = ", ".join(f"{word} {percent(each[word], 1)}" for word in ("active", "blocked", "starved"))
        yield hover(f"<b>{safe(row)}</b>: busy {percent(each['working'], 1)}", parts)

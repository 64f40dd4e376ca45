"""What is in between: batches in the plant and in its buffers, and what batches wait for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import Interval, intervals, percent
from plantsim.charts.look import (
    CALM,
    GREY,
    INK,
    STATE_COLOURS,
    WAIT_COLOURS,
    Clock,
    beginning,
    figure,
    hover,
    mark_warm_up,
    nothing,
    row_axis,
    safe,
)

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results
    from plantsim.study import Trial

POINTS = 1000  # about as many as a line has pixels
CAUSES = 14  # rows of the chart of waiting; what is less is summed up
FOR = {
    "a unit": WAIT_COLOURS["waiting for unit"],
    "people or pools": WAIT_COLOURS["waiting for pool"],
    "a utility": "#00AA6C",
    "a repair": STATE_COLOURS["down"],
}


def wip(run: Results) -> go.Figure:
    """How many batches were in the plant over time, over the whole run.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
    >>> wip(run).data[0].y[0]
    1
    """
    first, last = beginning(run), run.until
    clock, frame = Clock.of(run, first, last), run.wip(first, last)
    chart = figure("Batches in the plant", 280, showlegend=False, margin={"t": 48})
    chart.add_trace(_steps(frame, clock, "in plant", last))
    chart.update_xaxes(clock.axis(first, last), showgrid=False)
    chart.update_yaxes(title={"text": "batches [1]"}, rangemode="tozero")
    mark_warm_up(chart, run, clock, first)
    return chart


def buffers(run: Results) -> go.Figure:
    """How many batches stood in each buffer over time, over the whole run; dotted: its places.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
    >>> [line.name for line in buffers(run).data]
    ['b1', 'b2', 'b3', 'b4']
    """
    title, names = "Batches in each buffer; dotted: its places", list(run.scenario.buffers)
    if not names:
        return nothing(title, "the plant has no buffers")
    first, last = beginning(run), run.until
    clock, frame = Clock.of(run, first, last), run.spans("buffers", first, last)
    chart = figure(title, 90 + 110 * len(names), showlegend=False, margin={"t": 48})
    chart.set_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=min(0.3 / len(names), 0.08))
    for k, name in enumerate(names, start=1):
        chart.add_trace(_steps(frame[frame["buffer"] == name], clock, name, last), row=k, col=1)
        if places := run.scenario.buffers[name].places:
            chart.add_hline(y=places, line={"color": GREY, "width": 1, "dash": "dot"}, row=k, col=1)
        chart.update_yaxes(title={"text": f"{safe(name)} [1]"}, rangemode="tozero", row=k, col=1)
    axis = clock.axis(first, last)
    words = axis.pop("title")
    chart.update_xaxes(axis, showgrid=False)
    return chart.update_xaxes(title=words, row=len(names), col=1)


def _steps(frame: pd.DataFrame, clock: Clock, name: str, last: float) -> go.Scatter:
    """A number that holds from each start to the next, as a line of steps."""
    import plotly.graph_objects as go

    frame = _thinned(frame)
    times, levels = frame["start"].tolist(), frame["number"].astype(int).tolist()
    times, levels = [*times, last], [*levels, *levels[-1:]] or [0]
    texts = [f"<b>{safe(name)}</b>: {n}<br>from {clock.say(at)}" for at, n in zip(times, levels, strict=True)]
    return go.Scatter(
        x=clock.at(times), y=levels, mode="lines", name=safe(name), hovertext=texts, hoverinfo="text",
        line={"shape": "hv", "color": CALM, "width": 1.5}, fill="tozeroy", fillcolor="rgba(82,96,109,0.12)",
    )  # fmt: skip


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """Of very many steps the first, least, most and last in each pixel: the line looks the same."""
    if len(frame) <= 4 * POINTS:
        return frame
    frame = frame.reset_index(drop=True)
    start = frame["start"]
    pixel = ((start - start.iloc[0]) / (start.iloc[-1] - start.iloc[0]) * (POINTS - 1)).astype(int)
    number = frame["number"].groupby(pixel)
    ends = [*pixel.drop_duplicates().index, *pixel.drop_duplicates(keep="last").index]
    return frame.loc[sorted({*ends, *number.idxmin(), *number.idxmax()})]


def waiting(run: Results, trial: Trial | None = None) -> go.Figure:
    """Hours that batches waited in the reported time, by what for; with a trial, means with their 95 % intervals.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
    >>> [bar.name for bar in waiting(run).data]
    ['waiting for a unit', 'waiting for a repair']
    """
    rows = _causes(run, trial)
    title = "What batches waited for: batch hours in the reported time"
    if not rows:
        return nothing(title, "no batch waited")
    names = [name for name, _ in rows]
    chart = figure(title, 150 + 30 * len(rows), yaxis=row_axis(names), barmode="overlay", bargap=0.3)
    total = sum(each.mean for _, each in rows)
    for word, shade in FOR.items():
        mine = [k for k, name in enumerate(names) if _for(run, name) == word]
        if mine:
            chart.add_trace(_wait_bars(word, shade, mine, rows, total))
    return chart.update_xaxes(title={"text": "waiting [batch hours]"}, rangemode="tozero", tickformat=",")


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
    if cause in run.scenario.plant.crews:
        return "people or pools"
    if cause in run.scenario.utilities:
        return "a utility"
    return "a repair" if cause in run.scenario.failures else "a unit"


def _wait_bars(
    word: str, shade: str, mine: Sequence[int], rows: Sequence[tuple[str, Interval]], total: float
) -> go.Bar:
    import plotly.graph_objects as go

    parts = [rows[k] for k in mine]
    texts = [
        hover(
            f"<b>{safe(name)}</b>: {each.about()} batch hours, {percent(each.mean / total)} of all waiting",
            f"95 % interval {each.range()} h, {each.n} replications" if each.sure else "",
        )
        for name, each in parts
    ]
    return go.Bar(
        orientation="h", name=f"waiting for {word}", y=list(mine), x=[each.mean for _, each in parts], width=0.7,
        marker={"color": shade}, hovertext=texts, hoverinfo="text", error_x=_whiskers([each for _, each in parts]),
    )  # fmt: skip


def _whiskers(means: Sequence[Interval]) -> dict[str, Any] | None:
    """The intervals as whiskers, which don't go below 0; None if there are none."""
    if not any(each.sure for each in means):
        return None
    up = [each.high - each.mean if each.sure else 0.0 for each in means]
    down = [each.mean - max(each.low, 0.0) if each.sure else 0.0 for each in means]
    return {"type": "data", "array": up, "arrayminus": down, "color": INK, "thickness": 1.4, "width": 5}

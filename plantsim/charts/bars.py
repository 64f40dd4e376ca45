"""Who did what when: the Gantt chart of units or batches, and one life as a strip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from plantsim.charts.look import (
    GREY,
    STATE_COLOURS,
    WAIT_COLOURS,
    WIDE,
    Clock,
    colour_of,
    figure,
    hover,
    in_order,
    ink_on,
    looks,
    nothing,
    product_colours,
    safe,
)

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results

MOST = 6000  # bars; if there are more, those of a kind that touch are drawn as one
STANDS = ("idle",)  # states in which there is nothing to draw
THIN = (
    "down",
    "maintenance",
    "halted",
)  # short and worth seeing: outlined in their own colour, so that they never vanish
LETTER = 7.0  # px a letter in a bar


def gantt(
    run: Results,
    window: tuple[float, float] = (0.0, 168.0),
    by: Literal["unit", "batch"] = "unit",
    colour: Literal["state", "product"] = "state",
    only: Sequence[str] = (),
) -> go.Figure:
    """What each unit (or batch) did in a window [h]: the equipment-occupancy chart; idle time is left blank.

    Args:
        run: the results.
        window: from when to when [h]; what lies outside the run is left out.
        by: a row a unit, or a row a batch.
        colour: of a bar, by its state or by its product.
        only: kinds, names or single units (or batches) to show; none: all.

    >>> from plantsim.record import HOUR, Record
    >>> from plantsim.results import Results
    >>> from plantsim.scenario import Scenario
    >>> len(gantt(Results(Scenario(), Record(until=2 * HOUR))).data)
    0
    """
    from_, to = max(window[0], run.start.time / 3.6e6), min(window[1], run.until)
    clock = Clock.of(run, from_, to)
    title = f"What each {by} did, {clock.say(from_)} to {clock.say(to)}"
    stays = _stays(run, by, from_, to, only)
    if stays.empty:
        return nothing(title, "nothing was worked on")
    rows = _rows(run, stays, by, only)
    stays = _joined(stays, colour) if len(stays) > MOST else stays
    chart = _rowed(title, rows, clock, from_, to)
    for word, shade, part in _coloured(run, stays, colour):
        chart.add_trace(_trace(part, word, shade, rows, clock, by, WIDE / max(to - from_, 1e-9)))
    return chart


def _stays(run: Results, by: str, from_: float, to: float, only: Sequence[str]) -> pd.DataFrame:
    """What is to be drawn: the stays of units (or batches), without those in which nothing is done."""
    frame = run.spans("units" if by == "unit" else "batches", from_, to)
    frame = frame[~frame["state"].isin(STANDS)]
    if only:
        frame = frame[frame[by].isin(_meant(run, only))]
    return frame.assign(many=1, name=frame[by].astype(str), looks=looks(frame))


def _meant(run: Results, words: Sequence[str]) -> list[str]:
    return [each for word in words for each in run.scenario.plant.units_for(word) or (word,)]


def _rows(run: Results, stays: pd.DataFrame, by: str, only: Sequence[str]) -> list[str]:
    """The names of the rows, from the top: all units that are wanted, or the batches that there are."""
    if by == "unit":
        meant = set(_meant(run, only))
        return [name for name in run.scenario.plant.unit_names if not only or name in meant]
    return list(stays.sort_values("start", kind="stable")["name"].unique())


def _joined(stays: pd.DataFrame, colour: str) -> pd.DataFrame:
    """Stays that touch and look alike as one bar; `many` says of how many."""
    new = (stays["name"] != stays["name"].shift()) | (stays["start"] > stays["end"].shift() + 1e-9)
    for column in dict.fromkeys(("looks", colour)):
        texts = stays[column].astype(str)
        new |= texts != texts.shift()
    first = dict.fromkeys(stays.columns, "first") | {"end": "last", "hours": "sum", "many": "sum"}
    return stays.groupby(new.cumsum(), sort=False).agg(first)


def _coloured(run: Results, stays: pd.DataFrame, colour: str) -> list[tuple[str, str, pd.DataFrame]]:
    """(word in the legend, colour, its bars)."""
    if colour == "product":
        shades = product_colours(run.scenario.products)
        held = [(name, shade, stays[stays["product"] == name]) for name, shade in shades.items()]
        none = [("no product", colour_of("closed"), stays[stays["product"] == ""])]
        return [each for each in held + none if len(each[2])]
    parts = [(word, colour_of(word), stays[stays["looks"] == word]) for word in in_order(stays["looks"].unique())]
    return sorted(parts, key=lambda each: each[0] in THIN)


def _rowed(title: str, rows: Sequence[str], clock: Clock, from_: float, to: float) -> go.Figure:
    """An empty chart with a named row for each bar, the first on top."""
    each = 26 if len(rows) <= 40 else 14
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [safe(name) for name in rows], "showgrid": False}
    ends = {"range": [len(rows) - 0.5, -0.5], "tickfont": {"size": 12 if each > 20 else 10}, "title": None}
    axis = {"showgrid": True, **clock.axis(from_, to)}
    return figure(title, 140 + each * len(rows), xaxis=axis, yaxis={**ticks, **ends}, barmode="overlay")


def _trace(part: pd.DataFrame, word: str, shade: str, rows: Sequence[str], clock: Clock, by: str, px: float) -> go.Bar:
    """All bars of a colour as one trace."""
    import plotly.graph_objects as go

    place = {name: k for k, name in enumerate(rows)}
    return go.Bar(
        orientation="h", name=safe(word), y=[place[name] for name in part["name"]], width=0.84,
        base=clock.at(part["start"]), x=clock.long(part["hours"]),
        marker={"color": shade, "line": _outline(part, word, shade, px)},
        text=_labels(part, by, px), textposition="inside", insidetextanchor="middle", textangle=0,
        insidetextfont={"size": 10, "color": ink_on(shade)}, constraintext="none", cliponaxis=True,
        hovertext=[_told(each, clock, by) for each in part.to_dict("records")], hoverinfo="text",
    )  # fmt: skip


def _outline(part: pd.DataFrame, word: str, shade: str, px: float) -> dict[str, Any]:
    """White between bars, unless they are so thin that it would hide them; `px` is px an hour."""
    if word in THIN:
        return {"color": shade, "width": 0.8}
    return {"color": "white", "width": [0.5 if hours * px > 5.0 else 0.0 for hours in part["hours"]]}


def _labels(part: pd.DataFrame, by: str, px: float) -> list[str]:
    """What is written in a bar: the batch (or where the batch is), as far as there is room; `px` is px an hour."""
    names = part["batch" if by == "unit" else "place"].astype(str)
    return [
        _fitting(name, hours * px) if many == 1 else ""
        for name, hours, many in zip(names, part["hours"], part["many"], strict=True)
    ]


def _fitting(name: str, room: float) -> str:
    for text in (name, name.rpartition("/")[2]):
        if len(text) * LETTER + 4.0 <= room:
            return safe(text)
    return ""


def _told(stay: dict[str, Any], clock: Clock, by: str) -> str:
    """A stay in words, as a hover text."""
    many, act = int(stay["many"]), str(stay["act"])
    what = safe(stay["state"]) + (f" ({safe(act)})" if act and act != "run" and many == 1 else "")
    other = str(stay["batch"]) if by == "unit" else str(stay["place"])
    about = [other, str(stay["step"]), str(stay["product"])] if many == 1 else [f"{many} stays, one after the other"]
    return hover(
        f"<b>{safe(stay['name'])}</b>: {what}",
        " · ".join(safe(word) for word in about if word),
        _why(stay) if many == 1 else "",
        clock.stretch(float(stay["start"]), float(stay["end"])),
    )


def _why(stay: dict[str, Any]) -> str:
    """The cause of a stay in words: what it waits for, by what it is down."""
    cause, detail, state = safe(stay["cause"]), safe(stay.get("detail", "")), str(stay["state"])
    if not cause:
        return ""
    if state == "holding" or state in WAIT_COLOURS:
        return f"{detail or ('halted' if state == 'halted' else 'waits')}: {cause}"
    return f"by {cause}" + (f", waits for {detail}" if detail else "") if state in STATE_COLOURS else cause


def story(run: Results, name: str) -> go.Figure:
    """The life of a unit, or of a batch, as a strip; a batch has a row for each place in which it was.

    Raises:
        PlantsimError: if nothing is called so.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=48.0), seed=1)
    >>> story(run, "demand/1").layout.title.text
    'The life of demand/1, from Mon 1 Mar 06:00 to Wed 3 Mar 06:00 (2 days)'
    """
    told = run.story(name)
    unit = name in run.scenario.plant.unit_names
    frame = told.frame.assign(hours=told.frame["end"] - told.frame["start"])
    row = frame["where"].astype(str).where(frame["where"].astype(str) != "", "not yet in the plant")
    frame = frame.assign(name=name if unit else row, looks=looks(frame), many=1)
    from_, to = float(frame["start"].min()), float(frame["end"].max())
    clock = Clock.of(run, from_, to)
    title = f"The life of {safe(name)}, from {clock.stretch(from_, to).replace(' – ', ' to ')}"
    rows = list(dict.fromkeys(frame["name"]))
    chart = _rowed(title, rows, clock, from_, to)
    drawn = frame[~frame["state"].isin(STANDS)]
    drawn = _joined(drawn, "state") if len(drawn) > MOST else drawn
    for word, shade, part in _coloured(run, drawn, "state"):
        chart.add_trace(_strip(part, word, shade, rows, clock))
    return chart


def _strip(part: pd.DataFrame, word: str, shade: str, rows: Sequence[str], clock: Clock) -> go.Bar:
    import plotly.graph_objects as go

    return go.Bar(
        orientation="h", name=safe(word), y=[rows.index(name) for name in part["name"]], width=0.84,
        base=clock.at(part["start"]), x=clock.long(part["hours"]), hoverinfo="text",
        hovertext=[_episode(each, clock) for each in part.to_dict("records")],
        marker={"color": shade, "line": {"color": shade if word in THIN else GREY, "width": 0.4}},
    )  # fmt: skip


def _episode(each: dict[str, Any], clock: Clock) -> str:
    """A stretch of a life in words, as a hover text."""
    many = int(each["many"])
    act = f" ({safe(each['act'])})" if each["act"] and many == 1 else ""
    about = [safe(text) for text in (each["where"], each["step"]) if text and text != each["name"]]
    return hover(
        f"<b>{safe(each['name'])}</b>: {safe(each['state'])}{act}",
        " · ".join(about) if many == 1 else f"{many} stays, one after the other",
        safe(each["cause"]) if many == 1 else "",
        f"held by {safe(each['held by'])}" if each["held by"] and many == 1 else "",
        clock.stretch(float(each["start"]), float(each["end"])),
    )

"""Who did what when: the Gantt chart of units or batches, and one life as a strip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from plantsim.charts.look import (
    STATE_COLOURS,
    WAIT_COLOURS,
    WIDE,
    Clock,
    beginning,
    colour_of,
    figure,
    hover,
    in_order,
    ink_on,
    looks,
    meant,
    nothing,
    product_colours,
    row_axis,
    safe,
)
from plantsim.errors import PlantsimError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results

MOST = 6000  # bars; if there are more, those that touch and look alike are drawn as one
BLANK = ("idle",)  # states in which there is nothing to draw
THIN = ("down", "maintenance", "halted")  # often short, and worth seeing: outlined so that they never vanish
LETTER = 7.0  # px a letter in a bar
By = Literal["unit", "batch"]
Colour = Literal["state", "product"]
Told = Callable[[dict[str, Any]], str]


def gantt(
    run: Results,
    window: tuple[float, float] = (0.0, 168.0),
    by: By = "unit",
    colour: Colour = "state",
    only: Sequence[str] = (),
) -> go.Figure:
    """What each unit (or batch) did in a window [h]: the equipment-occupancy chart; idle time is left blank.

    Args:
        run: the results.
        window: from when to when [h]; what lies outside the run is left out.
        by: a row a unit, or a row a batch.
        colour: of a bar, by its state or by its product.
        only: kinds, names or single units to show (of batches: their names); none: all.

    Raises:
        PlantsimError: if nothing is called so, or the window lies outside the run.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=24.0, from_=0.0), seed=1)
    >>> gantt(run, only=["tablet press"]).layout.title.text
    'What each unit did, Mon 1 Mar 06:00 to Tue 2 Mar 06:00'
    """
    _checked(by, ("unit", "batch"), "rows")
    _checked(colour, ("state", "product"), "colours")
    from_, to = max(window[0], beginning(run)), min(window[1], run.until)
    clock = Clock.of(run, from_, to)
    title = f"What each {by} did, {clock.say(from_)} to {clock.say(to)}"
    stays = _stays(run, by, from_, to, only)
    if stays.empty:
        return nothing(title, "nothing was worked on")
    rows = _rows(run, stays, by, only)
    chart = _rowed(title, rows, clock, from_, to)
    chart.add_traces(_bars(run, rows, stays, colour, clock, partial(_told, clock=clock, by=by)))
    return chart


def _checked(word: str, known: Sequence[str], what: str) -> None:
    if word not in known:
        raise PlantsimError(f"{what} are not by {word!r}{did_you_mean(word, known)}")


def _stays(run: Results, by: By, from_: float, to: float, only: Sequence[str]) -> pd.DataFrame:
    """What is to be drawn: the stays of units (or batches), without those in which nothing is done."""
    frame = run.spans("units" if by == "unit" else "batches", from_, to)
    frame = frame[~frame["state"].isin(BLANK)]
    if only:
        frame = frame[frame[by].isin(meant(run, only) if by == "unit" else list(only))]
    row, text = frame[by].astype(str), frame["batch" if by == "unit" else "place"].astype(str)
    return frame.assign(row=row, text=text, looks=looks(frame), many=1)


def _rows(run: Results, stays: pd.DataFrame, by: By, only: Sequence[str]) -> list[str]:
    """The names of the rows, from the top: all units that are wanted, or the batches that there are."""
    if by == "unit":
        return meant(run, only)
    return [str(name) for name in stays.sort_values("start", kind="stable")["row"].unique()]


def _rowed(title: str, rows: Sequence[str], clock: Clock, from_: float, to: float) -> go.Figure:
    """An empty chart with a row for each name."""
    each, letters = (26, 12) if len(rows) <= 40 else (14, 10)
    axis = {**row_axis(rows), "tickfont": {"size": letters}}
    height = 140 + each * len(rows)
    return figure(title, height, xaxis=clock.axis(from_, to), yaxis=axis, barmode="overlay", showlegend=True)


# ---- bars ------------------------------------------------------------------------------------------------------------


def _bars(
    run: Results, rows: Sequence[str], stays: pd.DataFrame, colour: Colour, clock: Clock, told: Told
) -> list[go.Bar]:
    """A bar for each stay, a trace for each colour."""
    stays = _joined(stays, colour) if len(stays) > MOST else stays
    px = WIDE / max(float(stays["end"].max() - stays["start"].min()), 1e-9)
    return [_trace(part, word, shade, rows, clock, told, px) for word, shade, part in _coloured(run, stays, colour)]


def _joined(stays: pd.DataFrame, colour: Colour) -> pd.DataFrame:
    """Stays that touch and look alike as one bar; `many` says of how many."""
    new = (stays["row"] != stays["row"].shift()) | (stays["start"] > stays["end"].shift() + 1e-9)
    for column in ("looks", "product") if colour == "product" else ("looks",):
        texts = stays[column].astype(str)
        new |= texts != texts.shift()
    first = dict.fromkeys(stays.columns, "first") | {"end": "last", "hours": "sum", "many": "sum"}
    return stays.groupby(new.cumsum(), sort=False).agg(first)


def _coloured(run: Results, stays: pd.DataFrame, colour: Colour) -> list[tuple[str, str, pd.DataFrame]]:
    """(word in the legend, colour, its bars)."""
    if colour == "product":
        parts = [*product_colours(run.scenario.products), ("no product", colour_of("closed"), [""])]
        bars = [(name, shade, stays[stays["product"].isin(products)]) for name, shade, products in parts]
        return [each for each in bars if len(each[2])]
    bars = [(word, colour_of(word), stays[stays["looks"] == word]) for word in in_order(stays["looks"].unique())]
    return sorted(bars, key=lambda each: each[0] in THIN)  # the thin ones on top


def _trace(
    part: pd.DataFrame, word: str, shade: str, rows: Sequence[str], clock: Clock, told: Told, px: float
) -> go.Bar:
    """All bars of a colour as one trace; `px` is px an hour."""
    import plotly.graph_objects as go

    place = {name: k for k, name in enumerate(rows)}
    records: list[Any] = part.to_dict("records")
    return go.Bar(
        orientation="h", name=safe(word), y=[place[name] for name in part["row"]], width=0.84,
        base=clock.at(part["start"]), x=clock.long(part["hours"]), marker=_marker(part, word, shade, px),
        text=[_label(each, px) for each in records], textposition="inside", insidetextanchor="middle", textangle=0,
        insidetextfont={"size": 10, "color": ink_on(shade)}, cliponaxis=True,
        hovertext=[told(each) for each in records], hoverinfo="text",
        customdata=[f"{safe(each.get('batch', ''))}\n{safe(each.get('step', ''))}" for each in records],
    )  # fmt: skip


def _marker(part: pd.DataFrame, word: str, shade: str, px: float) -> dict[str, Any]:
    """White lines between bars, unless the bars are so thin that the lines would hide them."""
    if word in THIN:
        return {"color": shade, "line": {"color": shade, "width": 0.8}}
    widths = [0.5 if hours * px > 5.0 else 0.0 for hours in part["hours"]]
    return {"color": shade, "line": {"color": "white", "width": widths}}


def _label(stay: dict[str, Any], px: float) -> str:
    """What is written in a bar: the batch (or where the batch is), or its number, as there is room."""
    name = str(stay["text"]) if stay["many"] == 1 else ""
    room = float(stay["hours"]) * px - 4.0
    return next((safe(text) for text in (name, name.rpartition("/")[2]) if len(text) * LETTER <= room), "")


def _told(stay: dict[str, Any], clock: Clock, by: By) -> str:
    """A stay in words, as a hover text."""
    head = f"<b>{safe(stay['row'])}</b>: {safe(stay['state'])}"
    when = clock.stretch(float(stay["start"]), float(stay["end"]))
    if stay["many"] > 1:
        return hover(head, f"{stay['many']} stays, one after the other", when)
    act = f" ({safe(stay['act'])})" if stay["act"] not in ("", "run") else ""
    about = (stay["batch" if by == "unit" else "place"], stay["step"], stay["product"])
    return hover(head + act, " · ".join(safe(word) for word in about if word), _why(stay), when)


def _why(stay: dict[str, Any]) -> str:
    """The cause of a stay in words: what it waits for, by what it is down."""
    cause, detail, state = safe(stay["cause"]), safe(stay.get("detail", "")), str(stay["state"])
    if not cause:
        return ""
    if state == "holding" or state in WAIT_COLOURS:
        return f"{detail or ('halted' if state == 'halted' else 'waits for')}: {cause}"
    return f"by {cause}" + (f", waits for {detail}" if detail else "") if state in STATE_COLOURS else cause


# ---- a life ----------------------------------------------------------------------------------------------------------


def story(run: Results, name: str) -> go.Figure:
    """The life of a unit, or of a batch, as a strip; a batch has a row for each place in which it was.

    Raises:
        PlantsimError: if nothing is called so.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> run = simulate(read_layout("layouts/tablets.yaml").replace(horizon=48.0, from_=0.0), seed=1)
    >>> story(run, "press-1").layout.title.text
    'The life of press-1, from Mon 1 Mar 06:00 to Wed 3 Mar 06:00 (48 h)'
    """
    frame = run.story(name).frame
    where = frame["where"].astype(str)
    unit = name in run.scenario.plant.unit_names
    row, text = (name, where) if unit else (where.where(where != "", "not yet in the plant"), frame["step"].astype(str))
    frame = frame.assign(row=row, text=text, looks=looks(frame), many=1, hours=frame["end"] - frame["start"])
    from_, to = float(frame["start"].min()), float(frame["end"].max())
    clock = Clock.of(run, from_, to)
    title = f"The life of {safe(name)}, from {clock.stretch(from_, to).replace(' – ', ' to ')}"
    rows, stays = list(dict.fromkeys(frame["row"])), frame[~frame["state"].isin(BLANK)]
    chart = _rowed(title, rows, clock, from_, to)
    chart.add_traces(_bars(run, rows, stays, "state", clock, partial(_episode, clock=clock)))
    return chart


def _episode(stay: dict[str, Any], clock: Clock) -> str:
    """A stretch of a life in words, as a hover text."""
    if stay["many"] > 1:
        return _told(stay, clock, "unit")
    act = f" ({safe(stay['act'])})" if stay["act"] else ""
    about = [safe(text) for text in (stay["where"], stay["step"]) if text and text != stay["row"]]
    held = f"held by {safe(stay['held by'])}" if stay["held by"] else ""
    when = clock.stretch(float(stay["start"]), float(stay["end"]))
    return hover(
        f"<b>{safe(stay['row'])}</b>: {safe(stay['state'])}{act}", " · ".join(about), safe(stay["cause"]), held, when
    )

"""How all charts look: colours, type, time axes; and names made safe for plotly, which reads some HTML in its texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import duration
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import HOUR
from plantsim.waits import clock

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results

STATE_COLOURS: dict[str, str] = {
    "busy": "#0072B2",
    "transferring": "#9DDCFF",
    "setup": "#1B3A5C",
    "cleaning": "#00AA6C",
    "holding": "#F5C04D",
    "down": "#D1430F",
    "maintenance": "#AA7F98",
    "closed": "#A9BFAF",
    "idle": "#EDF0F2",
}
"""Colour of each state of a unit, in the order in which they are stacked; told apart also with dichromatic eyes."""

HOLDING_COLOURS: dict[str, str] = {
    "holding: blocked": "#F5C04D",
    "holding: lacks pool": "#BB94FA",
    "holding: halted": "#D1C879",
}
"""Colour of a unit that holds a batch, by why: it is done and can't pass on, lacks people or a pool, or is halted."""

WAIT_COLOURS: dict[str, str] = {
    "stored": "#D1C879",
    "waiting for unit": "#F5C04D",
    "waiting for pool": "#BB94FA",
    "halted": "#D1430F",
    "quarantine": "#AA7F98",
}
"""Colour of each state of a batch that isn't worked on."""

PRODUCT_COLOURS = ("#0072B2", "#F5C04D", "#00AA6C", "#BB94FA", "#9DDCFF", "#D1430F", "#1B3A5C", "#AA7F98")
BUSY_SCALE = ((0.0, "#EEF4F9"), (0.25, "#BBD8EC"), (0.5, "#6AAED6"), (0.75, "#2171B5"), (1.0, "#08306B"))
INK, GREY, LINE, STRONG, CALM = "#1F2933", "#5F6C78", "#E3E7EA", "#D1430F", "#52606D"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
UNWANTED = ["sendChartToCloud", "select2d", "lasso2d"]  # a plant's figures are nobody else's
LETTERS, LINE_HIGH = 84, 20  # of a line of a title: how many, and px
WIDE = 1000  # px, about what a chart is wide on a page


def safe(text: object) -> str:
    """A text from a layout such that plotly shows it as it is, tags and templates too.

    >>> safe("<b>mill</b> & co"), safe("%{x}")
    ('&lt;b&gt;mill&lt;/b&gt; &amp; co', '&#37;{x}')
    """
    return escape(str(text), quote=False).replace("%{", "&#37;{")


def colour_of(state: str) -> str:
    """The colour of a state of a unit or a batch; of one that nobody knows, grey."""
    return (STATE_COLOURS | HOLDING_COLOURS | WAIT_COLOURS).get(state, CALM)


def ink_on(shade: str) -> str:
    """The colour of letters that can be read on a colour: the contrast of white on it, or of ink."""
    red, green, blue = (_linear(int(shade[k : k + 2], 16) / 255.0) for k in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.063 else INK


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def in_order(names: Iterable[str]) -> list[str]:
    """States in the order in which they are stacked; unknown ones last.

    >>> in_order(["idle", "brewing", "holding: blocked", "busy"])
    ['busy', 'holding: blocked', 'idle', 'brewing']
    """
    order = list(STATE_COLOURS)
    at = order.index("holding") + 1
    known = [*order[:at], *HOLDING_COLOURS, *order[at:], *WAIT_COLOURS]
    there = list(dict.fromkeys(names))
    return [*(name for name in known if name in there), *(name for name in there if name not in known)]


def looks(stays: pd.DataFrame) -> pd.Series[str]:
    """The word by which each stay of a unit is coloured: its state, and of a unit that holds a batch also why."""
    state = stays["state"].astype(str)
    if "detail" not in stays:
        return state
    why = "holding: " + stays["detail"].astype(str)
    return state.where((state != "holding") | ~why.isin(list(HOLDING_COLOURS)), why)


def product_colours(names: Iterable[str]) -> list[tuple[str, str, list[str]]]:
    """(name, colour, products) of each product in the order of the layout; of very many, the last ones together.

    >>> product_colours(["a", "b"])
    [('a', '#0072B2', ['a']), ('b', '#F5C04D', ['b'])]
    """
    names, most = list(names), len(PRODUCT_COLOURS)
    single = names if len(names) <= most else names[: most - 1]
    parts = [(name, shade, [name]) for name, shade in zip(single, PRODUCT_COLOURS, strict=False)]
    rest = names[len(single) :]
    return [*parts, (f"{len(rest)} other products", CALM, rest)] if rest else parts


def figure(title: str, height: int, **layout: Any) -> go.Figure:
    """An empty chart in the house's style."""
    import plotly.graph_objects as go

    title_font = {"size": 12, "color": GREY}
    axis = {"automargin": True, "gridcolor": LINE, "zeroline": False, "linecolor": LINE, "ticklabelstandoff": 4,
            "exponentformat": "none", "separatethousands": True,
            "title": {"standoff": 8, "font": title_font}}  # fmt: skip
    font = {"family": FONT, "size": 13, "color": INK}
    look = {
        "font": font, "paper_bgcolor": "white", "plot_bgcolor": "white", "xaxis": axis, "yaxis": axis,
        "hoverlabel": {"bgcolor": "white", "bordercolor": GREY, "align": "left", "font": font},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "colorway": PRODUCT_COLOURS, "uniformtext": {"minsize": 9, "mode": "hide"},
        "modebar": {"remove": UNWANTED},
    }  # fmt: skip
    title = wrapped(title)
    more = title.count("<br>")  # lines
    heading = {"text": title, "x": 0, "xanchor": "left", "xref": "container", "y": 1, "yref": "container",
               "yanchor": "top", "pad": {"t": 10 + 6 * more, "l": 10}, "font": {"size": 15}}  # fmt: skip
    margin = {"l": 12, "r": 24, "t": 70 + LINE_HIGH * more, "b": 48}
    height += LINE_HIGH * more
    chart = go.Figure(layout={"template": {"layout": look}, "height": height, "margin": margin, "title": heading})
    return chart.update_layout(**layout)


def wrapped(title: str) -> str:
    """A title in lines that end before the buttons beside it.

    >>> wrapped("short"), wrapped("one " * 30).count("<br>")
    ('short', 1)
    """
    lines = (wrap(each, LETTERS, break_long_words=False) for each in title.split("<br>"))
    return "<br>".join(line for each in lines for line in each)


def nothing(title: str, text: str) -> go.Figure:
    """A chart that says why it is empty."""
    chart = figure(title, 140, xaxis={"visible": False}, yaxis={"visible": False})
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return chart.add_annotation(text=safe(text), showarrow=False, font={"color": GREY}, **place)


def row_axis(names: Sequence[str]) -> dict[str, Any]:
    """The axis of a chart with a named row a bar, the first on top; bars stand at 0, 1, 2 ..."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": [safe(name) for name in names], "showgrid": False}
    return {**ticks, "range": [len(names) - 0.5, -0.5], "title": None}


def meant(run: Results, words: Sequence[str]) -> list[str]:
    """The single units that some words mean, in the order of the layout; all of them if no words are given.

    Raises:
        PlantsimError: if a word means none.
    """
    units = run.scenario.plant.units_for
    for word in words:
        if not units(word):
            known = [*run.scenario.units, *(unit.kind for unit in run.scenario.units.values())]
            raise PlantsimError(f"there is no unit or kind of unit {word!r}{did_you_mean(word, known)}")
    wanted = {each for word in words for each in units(word)}
    return [name for name in run.scenario.plant.unit_names if not words or name in wanted]


def beginning(run: Results) -> float:
    """When a run began [h]: at 0, or where it was resumed."""
    return run.start.time / HOUR


@dataclass(frozen=True)
class Clock:
    """Hours of a run as an axis shows them: as dates if the scenario has a start, else in a unit that suits the length.

    >>> Clock.over("", 0.0, 1344.0).at([36.0]), Clock.over("2027-03-01T06:00", 0.0, 1344.0).say(36.5)
    ([1.5], 'Tue 2 Mar 18:30')
    """

    start: datetime | None
    per: float  # hours that one on the axis is
    word: str

    @classmethod
    def of(cls, run: Results, from_: float, to: float) -> Clock:
        """The clock for a stretch of a run [h]."""
        return cls.over(run.scenario.start, from_, to)

    @classmethod
    def over(cls, start: str, from_: float, to: float) -> Clock:
        """The clock for a stretch [h] of a run that started then."""
        length = to - from_
        per, word = (1 / 60, "minutes") if length <= 1.5 else (1.0, "hours") if length <= 96.0 else (24.0, "days")
        return cls(_hour_0(start), per, word)

    def date(self, hours: float) -> datetime:
        """The date and time of a time [h]; the scenario must have a start."""
        assert self.start is not None
        return self.start + timedelta(hours=hours)

    def at(self, hours: Iterable[float]) -> list[Any]:
        """Where times [h] stand on the axis."""
        if self.start is None:
            return [each / self.per for each in hours]
        return [self.date(each).isoformat(timespec="milliseconds") for each in hours]

    def long(self, hours: Iterable[float]) -> list[float]:
        """How long lengths of time [h] are on the axis; of dates plotly counts milliseconds."""
        if self.start is None:
            return [each / self.per for each in hours]
        return [each * HOUR for each in hours]

    def say(self, hours: float, fine: bool = False) -> str:
        """A time [h] in words; `fine`: with seconds."""
        if self.start is None:
            return f"{hours * 60:.2f} min" if fine and hours < 2.0 else clock(hours)
        then = self.date(hours)
        return f"{then:%a} {then.day} {then:%b} {then:%H:%M}{f':{then:%S}' if fine else ''}"

    def stretch(self, from_: float, to: float) -> str:
        """From when to when, and how long that is."""
        fine = to - from_ < 0.2
        first, last = self.say(from_, fine), self.say(to, fine)
        same = self.start is not None and first.rpartition(" ")[0] == last.rpartition(" ")[0]
        return f"{first} – {last.rpartition(' ')[2] if same else last} ({duration(to - from_)})"

    def axis(self, from_: float, to: float) -> dict[str, Any]:
        """The axis of a stretch of a run [h]."""
        ends = {"range": self.at((from_, to))}
        if self.start is None:
            return {**ends, "title": {"text": f"time since the start [{self.word}]"}}
        return {**ends, **self._ticks(to - from_), "type": "date", "title": {"text": "local time"}}

    def _ticks(self, length: float) -> dict[str, Any]:
        """Ticks at midnight, each day of a short stretch [h], each week of a longer one; else as plotly sets them."""
        days = 1 if 48.0 < length <= 192.0 else 7 if 336.0 < length <= 2184.0 else 0
        if not days or self.start is None:
            stops = [{"dtickrange": [None, 86_399_999], "value": "%H:%M\n%a %-d %b"},
                     {"dtickrange": [86_400_000, None], "value": "%-d %b\n%Y"}]  # fmt: skip
            return {"tickformatstops": stops}
        first = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        form = "%a %-d %b" if days == 1 else "%-d %b\n%Y"
        return {"dtick": days * 86_400_000.0, "tick0": first.isoformat(), "tickformat": form}


def _hour_0(start: str) -> datetime | None:
    """The date and time of hour 0, without its zone; None if the scenario has none."""
    try:
        return datetime.fromisoformat(start).replace(tzinfo=None)
    except ValueError:
        return None


def mark_warm_up(chart: go.Figure, run: Results, clock: Clock, from_: float) -> None:
    """Veil what a chart shows of the time that the report leaves out."""
    first = run.window[0]
    if first <= from_:
        return
    x0, x1 = clock.at((from_, first))
    chart.add_vrect(x0=x0, x1=x1, fillcolor="white", opacity=0.6, line_width=0, layer="above")
    chart.add_vline(x=x1, line={"color": GREY, "width": 1, "dash": "dot"})
    room = (first - from_) / (run.until - from_) > 0.15
    words, side = ("warm-up, not counted", "right") if room else ("◂ warm-up, not counted", "left")
    chart.add_annotation(x=x1, y=1.0, yref="paper", yanchor="top", xanchor=side, showarrow=False, text=words,
                         bgcolor="rgba(255,255,255,0.75)", font={"size": 11, "color": GREY})  # fmt: skip


def hover(*lines: str) -> str:
    """Lines of a hover text, without the empty ones."""
    return "<br>".join(line for line in lines if line)

"""What is known before any run: what each kind of thing has to do at the bound, and how many of each are needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plantsim.charts.digits import number, percent
from plantsim.charts.look import CALM, GREY, LINE, PRODUCT_COLOURS, STRONG, figure, hover, nothing, row_axis, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.explain import Bound, Bounds
    from plantsim.study.sizing import Size, Sizing

HIGH = 34  # px, a row
FULL = 1.0 - 1e-9
_MORE = {"unit": "one more", "pool": "one more", "utility": "a tenth more"}


def bounds(found: Bounds, most: int = 25) -> go.Figure:
    """Time and size utilisation of each kind of unit, pool and utility at the bound on means, the fullest on top.

    Red is what limits; beside each bar stands what one more of it brings [batches a week].
    """
    import plotly.graph_objects as go

    rows = sorted(found.rows, key=lambda each: -each.time)[:most]
    names = [each.name for each in rows]
    if not rows:
        return nothing("What limits the plant", "nothing limits it")
    chart = figure(_limits(found), 130 + HIGH * len(rows), barmode="overlay")
    kinds = (("time in use, where it limits", STRONG, True), ("time in use", PRODUCT_COLOURS[0], False))
    for word, shade, limits in kinds:
        chosen = [k for k, each in enumerate(rows) if (each.time >= FULL) is limits]
        lifted = [-0.2 if rows[k].size is None else -0.4 for k in chosen]  # room for the bar of its size below
        bars = {"x": [rows[k].time for k in chosen], "y": chosen, "orientation": "h", "width": 0.4, "offset": lifted}
        text, told = [_brings(rows[k]) for k in chosen], [_told(rows[k]) for k in chosen]
        look = {"name": word, "marker": {"color": shade}, "textposition": "outside", "cliponaxis": False}
        chart.add_trace(go.Bar(**bars, **look, text=text, hovertext=told, hoverinfo="text"))
    sized = [k for k, each in enumerate(rows) if each.size is not None]
    x, told = [rows[k].size or 0.0 for k in sized], [_told(rows[k]) for k in sized]
    look = {"name": "size in use", "marker": {"color": CALM, "opacity": 0.65}, "width": 0.24, "offset": 0.04}
    chart.add_trace(go.Bar(x=x, y=sized, orientation="h", **look, hovertext=told, hoverinfo="text"))
    chart.add_vline(x=1.0, line={"color": GREY, "width": 1, "dash": "dot"})
    chart.update_yaxes(**row_axis(names))
    axis = {"range": [0.0, 1.32 * max([1.0, *x])], "tickformat": ".0%", "dtick": 0.2}
    return chart.update_xaxes(**axis, title={"text": "in use at the bound, of open hours and of size [%]"})


def _limits(found: Bounds) -> str:
    names = [each.name for each in found.limiting]
    limit = "limits" if len(names) == 1 else "limit"
    return f"{_some(names)} {limit} the plant: {number(found.most)} batches a week at most on means"


def _some(names: Sequence[str]) -> str:
    """Two names, or the first and how many others."""
    return safe(" and ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} others")


def _brings(each: Bound) -> str:
    return f"{_MORE[each.of]}: {each.more:+.3g}/week" if each.more else ""


def _told(each: Bound) -> str:
    size = "" if each.size is None else f"size {percent(each.size)}, time x size {percent(each.product or 0.0)}"
    return hover(f"<b>{safe(each.name)}</b> ({each.of}, {each.count:g})", f"time {percent(each.time)}", size,
                 f"cycle time {each.cycle:.3g} h", safe(_brings(each)))  # fmt: skip


def sizing(found: Sizing, most: int = 25) -> go.Figure:
    """How many of each kind what is wanted takes, beside how many there are; red is what there are too few of.

    Beside the bars: what one must hold if there stay as many as there are and batches grow instead.
    """
    import plotly.graph_objects as go

    rows = sorted(found.rows, key=lambda each: (-each.needed / each.count, each.name))[:most]
    lacking = f"more of {_some(found.short)}" if found.short else "no more than there is"
    chart = figure(f"{number(found.weekly)} batches a week need {lacking}", 130 + HIGH * len(rows), barmode="overlay")
    chart.add_trace(go.Bar(x=[1.0] * len(rows), y=list(range(len(rows))), orientation="h", width=0.72, name="there is",
                           marker={"color": LINE}, hoverinfo="skip"))  # fmt: skip
    for word, shade, short in (("needed, more than there is", STRONG, True), ("needed", PRODUCT_COLOURS[0], False)):
        chosen = [k for k, each in enumerate(rows) if (each.name in found.short) is short]
        bars = {"x": [rows[k].needed / rows[k].count for k in chosen], "y": chosen, "orientation": "h", "width": 0.42}
        chart.add_trace(go.Bar(**bars, name=word, marker={"color": shade}, text=[_many(rows[k]) for k in chosen],
                               textposition="outside", cliponaxis=False, hovertext=[_larger(rows[k]) for k in chosen],
                               hoverinfo="text"))  # fmt: skip
    chart.update_yaxes(**row_axis([each.name for each in rows]))
    top = max([1.0, *(each.needed / each.count for each in rows)])
    return chart.update_xaxes(title={"text": "needed, over what there is [1]"}, range=[0.0, 1.3 * top])


def _many(each: Size) -> str:
    return f"{number(each.needed)} of {each.count:g}"


def _larger(each: Size) -> str:
    mass = "" if each.mass is None else f"or as many as there are, for {number(each.mass)} kg"
    volume = "" if each.volume is None else f"with {number(each.volume)} L"
    return hover(f"<b>{safe(each.name)}</b> ({each.of}): {_many(each)}", f"cycle time {each.cycle:.3g} h", mass, volume)

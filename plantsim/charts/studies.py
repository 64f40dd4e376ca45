"""Studies: intervals of scenarios and of designs, precision over replications, and warm-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from plantsim.charts.look import GREY, INK, PRODUCT_COLOURS, STRONG, figure, hover, nothing, row_axis, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study import Selection, Trial, WarmUp

BLUE = PRODUCT_COLOURS[0]
FIGURE, MAIN = "figure", "batches a week [1/week]"


def scenarios(trial: Trial, of: str = MAIN) -> go.Figure:
    """The mean of a figure in each scenario with its 95 % interval, and the paired differences to the first one.

    On common luck differences are surer than means; their intervals all hold together.  Red: told apart from the first.
    """
    names = list(trial.scenarios)
    found = {name: trial.interval((FIGURE, of, ""), name) for name in names}
    texts = {name: f"<b>{safe(name)}</b>" for name in names}
    if len(names) == 1:
        chart = figure(f"{safe(of)}: mean and 95 % interval of {trial.replications} replications", 156)
        chart.add_trace(_whiskered(names, found, texts, BLUE, names, showlegend=False))
        return chart.update_layout(xaxis={"title": {"text": safe(of)}}, yaxis=row_axis(names))
    table = trial.together(of)
    told = {name: str(table["verdict"][name]) for name in names[1:]}
    ends = zip(table["difference"].tolist(), table["low"].tolist(), table["high"].tolist(), strict=True)
    apart = dict(list(zip(names, ends, strict=True))[1:])
    texts |= {name: hover(texts[name], word) for name, word in told.items()}
    chart = figure(_apart_title(told, names[0], trial.replications), 130 + 32 * len(names))
    chart.add_trace(_whiskered(names, found, texts, BLUE, names, showlegend=False))
    for word, shade, sure in (("told apart", STRONG, True), ("can't be told apart", GREY, False)):
        rows = [name for name in names[1:] if (told[name] in ("more", "less")) is sure]
        look = {"name": f"{word} from {safe(names[0])}", "xaxis": "x2", "yaxis": "y2"}
        chart.add_trace(_whiskered(names, apart, texts, shade, rows, **look))
    return _beside(chart, names, safe(of), f"difference to {safe(names[0])}")


def _apart_title(told: Mapping[str, str], first: str, replications: int) -> str:
    """How many of the others are told apart from the first."""
    sure = [name for name, word in told.items() if word in ("more", "less")]
    if len(told) == 1:
        name, word = next(iter(told.items()))
        said = f"{name}: {word} than {first}" if sure else f"{name} can't be told apart from {first}"
    else:
        said = f"{len(sure)} of {len(told)} can be told apart from {first}"
    return f"{safe(said)}, by {replications} replications"


def _beside(chart: go.Figure, names: Sequence[str], left: str, right: str) -> go.Figure:
    """Two panels with the same rows: means on the left, differences with a line at 0 on the right."""
    upright = {"type": "line", "xref": "x2", "yref": "paper", "x0": 0.0, "x1": 0.0, "y0": 0.0, "y1": 1.0}
    chart.add_shape(upright, line={"color": GREY, "dash": "dash", "width": 1})
    axis = row_axis(names)
    return chart.update_layout(
        xaxis={"domain": [0.0, 0.48], "title": {"text": left}}, yaxis=axis,
        xaxis2={"domain": [0.53, 1.0], "anchor": "y2", "title": {"text": f"{left}, {right}"}},
        yaxis2={**axis, "anchor": "x2", "showticklabels": False},
    )  # fmt: skip


def selection(found: Selection, most: int = 40) -> go.Figure:
    """The mean of each design with its 95 % interval, and beside it its paired difference to the best.

    Red: the best, and what can't be told apart from it, whose difference reaches 0.  On common luck differences are
    surer than means; theirs are the intervals by which designs were told apart, and all hold together.
    """
    names = [str(name) for name in found.table.index][:most]
    title = f"{safe(found.best)} {'is' if found.settled else 'may be'} the best"
    others = len(found.finalists) - 1
    title += f"; {others} can't be told apart from it" if others else ""
    chart = figure(title, 130 + 30 * len(names))
    first = "the best, and what can't be told apart from it" if others else "the best"
    told = {name: _verdict(found, name) for name in names}
    for word, shade, finalist in ((first, STRONG, True), ("not the best", BLUE, False)):
        rows = [name for name in names if (name in found.finalists) is finalist]
        for panel, known in (("", found.intervals), ("2", found.to_best)):
            look = {
                "name": word,
                "legendgroup": word,
                "showlegend": not panel,
                "xaxis": f"x{panel}",
                "yaxis": f"y{panel}",
            }
            chart.add_trace(_whiskered(names, known, told, shade, rows, **look))
    return _beside(chart, names, safe(found.figure or "mean"), "difference to the best")


def _verdict(found: Selection, name: str) -> str:
    return hover(f"<b>{safe(name)}</b>: {found.told[name]}", f"{found.replications[name]} replications")


def _whiskered(
    names: Sequence[str],
    known: Mapping[str, Sequence[float]],
    told: Mapping[str, str],
    shade: str,
    rows: Sequence[str],
    **how: Any,
) -> go.Scatter:
    """Of the rows that are known, means as dots with their intervals, at the place of their name among all names.

    `known`: name -> mean, low end, high end; `told`: name -> what is said of it.
    """
    import plotly.graph_objects as go

    there = {name: known[name] for name in rows if name in known}
    reach = {"type": "data", "array": [high - mean for mean, _, high, *_ in there.values()], "thickness": 1.5}
    texts = [
        hover(told[name], f"{mean:.4g} ({low:.4g} to {high:.4g})") for name, (mean, low, high, *_) in there.items()
    ]
    dots = {"mode": "markers", "marker": {"color": shade, "size": 9}, "hovertext": texts, "hoverinfo": "text"}
    x, y = [each[0] for each in there.values()], [list(names).index(name) for name in there]
    return go.Scatter(x=x, y=y, error_x={**reach, "color": shade}, **dots, **how)


def precision(trial: Trial) -> go.Figure:
    """Half the interval over the replications at which it was looked at, beside what was asked for."""
    import plotly.graph_objects as go

    title = "Precision over replications"
    if not trial.looks:
        return nothing(title, "a number of replications was asked for, not a precision")
    numbers, last = [each.interval.n for each in trial.looks], trial.looks[-1]
    chart = figure(
        f"± {last.half:.3g} after {numbers[-1]} replications of each, where ± {last.asked:.3g} is enough", 320
    )
    reached, asked = [each.half for each in trial.looks], [each.asked for each in trial.looks]
    chart.add_trace(go.Scatter(x=numbers, y=reached, name="reached", mode="lines+markers", line={"color": BLUE}))
    level = {"x": [0, *numbers], "y": [asked[0], *asked], "mode": "lines", "line": {"color": GREY, "dash": "dash"}}
    chart.add_trace(go.Scatter(**level, name="asked for"))
    chart.update_xaxes(title={"text": "replications of each scenario [1]"}, range=[0, 1.05 * numbers[-1]])
    return chart.update_yaxes(title={"text": "half the interval"}, rangemode="tozero")


def warm_up(found: WarmUp) -> go.Figure:
    """The series in which the warm-up was looked for, what is left out, and the mean of the rest."""
    import plotly.graph_objects as go

    doubt = "" if found.trusted else f"; not to be trusted: {found.found.doubt}"
    said = f"the first {found.hours:g} h are left out" if found.hours else "nothing needs to be left out"
    chart = figure(safe(f"Warm-up: {said}{doubt}"), 340)
    rest, name = found.series[found.found.cut :], f"mean of {found.replications} replications"
    chart.add_trace(go.Scatter(x=found.ends, y=found.series, mode="lines", line={"color": BLUE}, name=name))
    if rest:
        mean, ends = sum(rest) / len(rest), [found.hours, found.ends[-1]]
        dash = {"color": INK, "dash": "dash"}
        chart.add_trace(go.Scatter(x=ends, y=[mean, mean], mode="lines", line=dash, name=f"what is left: {mean:.4g}"))
    if found.hours:
        chart.add_vrect(x0=0.0, x1=found.hours, fillcolor=GREY, opacity=0.2, line={"width": 0})
    chart.update_xaxes(title={"text": "time since the start [h]"}, rangemode="tozero")
    return chart.update_yaxes(title={"text": safe(found.figure)}, rangemode="tozero")

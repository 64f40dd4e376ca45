"""What is not known of a figure because data are few, beside what is not known because runs are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.charts.look import CALM, GREY, INK, PRODUCT_COLOURS, STRONG, figure, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.uncertainty import InputUncertainty


def input_uncertainty(found: InputUncertainty) -> go.Figure:
    """Each resampled input with its runs and their mean, the lowest first; beside it half the 95 % interval, by cause.

    Means that rise by more than the runs of one input scatter: the data are few.  Means alike: the rest is luck.
    """
    import plotly.graph_objects as go

    name = safe(found.figure)
    chart = figure(f"{name}: what few data and what luck leave open", 420, hovermode="closest")
    rows = sorted(found.answers.tolist(), key=lambda row: sum(row))
    inputs = list(range(1, len(rows) + 1))
    means = [sum(row) / len(row) for row in rows]
    runs = [(x, each) for x, row in zip(inputs, rows, strict=True) for each in row]
    dots = {"color": PRODUCT_COLOURS[0], "size": 5, "opacity": 0.45}
    x, y = (list(each) for each in zip(*runs, strict=True))
    chart.add_trace(go.Scatter(x=x, y=y, mode="markers", name="a run", marker=dots))
    line = {"color": STRONG, "width": 2.5}
    chart.add_trace(go.Scatter(x=inputs, y=means, mode="lines+markers", name="mean of an input", line=line))
    ends, dashed = [inputs[0], inputs[-1]], {"color": GREY, "dash": "dash", "width": 1}
    chart.add_trace(go.Scatter(x=ends, y=[found.mean] * 2, mode="lines", name="mean of all", line=dashed))
    half, number = found.ranges, found.answers.shape[1]
    words = {"inputs": "few data", "luck": f"luck of {number} runs", "both": "both"}
    bars = {"x": list(words.values()), "y": [half[word] for word in words], "xaxis": "x2", "yaxis": "y2"}
    reach = {"type": "data", "symmetric": False, "color": INK, "thickness": 1.2, **_reach(found, number)}
    shades = {"color": [STRONG, PRODUCT_COLOURS[0], CALM]}
    hover = "%{x}: ± %{y:.3g}<extra></extra>"
    chart.add_trace(go.Bar(**bars, error_y=reach, marker=shades, showlegend=False, hovertemplate=hover))
    title = {"text": f"half of the 95 % interval of {name}", "font": {"size": 11}}
    return chart.update_layout(
        xaxis={"domain": [0.0, 0.6], "title": {"text": "resampled inputs, by their mean"}},
        yaxis={"title": {"text": name}},
        xaxis2={"domain": [0.7, 1.0], "anchor": "y2"},
        yaxis2={"anchor": "x2", "title": title, "rangemode": "tozero"},
    )


def _reach(found: InputUncertainty, number: int) -> dict[str, list[float]]:
    """How unsure the first two bars are themselves; how unsure both are together is not known."""
    widths: dict[str, list[float]] = {"array": [], "arrayminus": []}
    for each, share in ((found.input, 1.96), (found.luck, 1.96 / number**0.5)):
        widths["array"].append(share * (each.high - each.mean))
        widths["arrayminus"].append(share * (each.mean - each.low))
    return {word: [*values, 0.0] for word, values in widths.items()}

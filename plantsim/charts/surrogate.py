"""How good a meta-model is, and what it says: predicted against simulated, residuals, and the effect of each factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.charts.experiments import level
from plantsim.charts.look import GREY, PRODUCT_COLOURS, STRONG, figure, hover, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.surrogate import Surrogate

ACROSS = 3  # panels in a row
ENOUGH = 0.8  # R², below which it is not to be used


def meta_model(found: Surrogate) -> go.Figure:
    """Above, what it says of each point when fitted to the others, against what was simulated, and by how much it errs.

    Below, the figure over each factor, the others at their middle, the widest swing first.
    """
    factors = {each.path: each for each in found.factors}
    paths = [str(path) for path in found.effects().index]
    below = -(-len(paths) // ACROSS)
    doubt = "" if found.r2 >= ENOUGH else ": do not use it"
    title = f"{safe(found.figure)} by a {found.kind}: R² {found.r2:.2f} at points left out{doubt}"
    chart = figure(title, 380 + 230 * below, showlegend=False, hovermode="closest")
    specs = [[{"colspan": 3}, None, None, {"colspan": 3}, None, None]]
    specs += [[{"colspan": 2}, None] * ACROSS for _ in range(below)]
    chart.set_subplots(1 + below, 2 * ACROSS, specs=specs, row_heights=[1.3, *[1.0] * below], horizontal_spacing=0.07,
                       vertical_spacing=0.28 / (1 + below))  # fmt: skip
    _judged(chart, found)
    reach = _reach(found)
    for k, path in enumerate(paths):
        place = {"row": 2 + k // ACROSS, "col": 1 + 2 * (k % ACROSS)}
        _effect(chart, found, path, factors[path].numeric, place)
        chart.update_xaxes(title={"text": safe(path)}, **place)
        chart.update_yaxes(range=reach, title={"text": safe(found.figure) if k % ACROSS == 0 else ""}, **place)
    return chart


def _judged(chart: go.Figure, found: Surrogate) -> None:
    """The upper row: predicted over simulated with the diagonal, and residuals over predicted."""
    import plotly.graph_objects as go

    frame = found.table()
    told = [hover(*(f"{safe(path)} = {_said(value)}" for path, value in at.items())) for at in found.at]
    dots = {"mode": "markers", "marker": {"color": PRODUCT_COLOURS[0], "size": 7, "opacity": 0.7}, "customdata": told}
    hint = "%{x:.4g}, %{y:.4g}<br>%{customdata}<extra></extra>"
    simulated, predicted = frame["simulated"].tolist(), frame["predicted"].tolist()
    ends = [min(simulated + predicted), max(simulated + predicted)]
    line = {"mode": "lines", "line": {"color": GREY, "width": 1, "dash": "dash"}, "hoverinfo": "skip"}
    chart.add_trace(go.Scatter(x=simulated, y=predicted, hovertemplate=hint, **dots), row=1, col=1)
    chart.add_trace(go.Scatter(x=ends, y=ends, **line), row=1, col=1)
    chart.add_trace(go.Scatter(x=predicted, y=frame["residual"].tolist(), hovertemplate=hint, **dots), row=1, col=4)
    chart.add_trace(go.Scatter(x=[min(predicted), max(predicted)], y=[0.0, 0.0], **line), row=1, col=4)
    chart.update_xaxes(title={"text": f"simulated: {safe(found.figure)}"}, row=1, col=1)
    chart.update_yaxes(title={"text": "predicted without that point"}, row=1, col=1)
    chart.update_xaxes(title={"text": f"predicted: {safe(found.figure)}"}, row=1, col=4)
    chart.update_yaxes(title={"text": "simulated less predicted"}, row=1, col=4)


def _effect(chart: go.Figure, found: Surrogate, path: str, numeric: bool, place: dict[str, int]) -> None:
    """One panel below: what the meta-model says over a factor, and the points to which it was fitted."""
    import plotly.graph_objects as go

    factor = next(each for each in found.factors if each.path == path)
    curve = found.effect(factor)
    x = list(curve) if numeric else [level(each) for each in curve]
    seen = [at[path] if numeric else level(at[path]) for at in found.at]
    faint = {"color": PRODUCT_COLOURS[0], "size": 4, "opacity": 0.35}
    answers = [float(each) for each in found.answers]
    chart.add_trace(go.Scatter(x=seen, y=answers, mode="markers", marker=faint), **place)
    line = {"color": STRONG, "width": 2.5}
    mode = "lines" if numeric else "lines+markers"
    chart.add_trace(go.Scatter(x=x, y=list(curve.values()), mode=mode, line=line), **place)
    if not numeric:
        chart.update_xaxes(categoryorder="array", categoryarray=x, **place)


def _reach(found: Surrogate) -> list[float]:
    """One range for all factors, so that a flat line looks flat."""
    values = [float(each) for each in found.answers]
    for each in found.factors:
        values += found.effect(each).values()
    room = 0.05 * ((max(values) - min(values)) or 1.0)
    return [min(values) - room, max(values) + room]


def _said(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else safe(value)

"""Measured times beside the laws that were fitted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.charts.look import GREY, INK, PRODUCT_COLOURS, figure, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.laws import Law
    from plantsim.study.fit import Fit

POINTS = 200


def fitted(found: Fit) -> go.Figure:
    """Shares of times that are no longer than a time, and the quantiles of each law against the measured ones.

    If some lives had not ended, the shares are those of Kaplan and Meier.
    Measured times are dots; where a law fits, its dots in the right panel lie on the diagonal.
    """
    import plotly.graph_objects as go

    times, shares = sorted(found.times), found.shares
    more = f", {len(found.censored)} lives that had not ended" if found.censored else ""
    best = next((f"{safe(each.name)} is taken" for each in found.ranked if each.law is found.law), "no law is likely")
    chart = figure(f"{len(times)} measured times{more}: {best}", 460)
    dots = {"color": INK, "size": 5}
    chart.add_trace(go.Scatter(x=times, y=shares, mode="markers", name="measured", marker=dots))
    for number, each in enumerate(found.ranked):
        shade = PRODUCT_COLOURS[number % len(PRODUCT_COLOURS)]
        name, both = safe(each.name), {"legendgroup": each.name, "name": safe(each.name)}
        x, y = _curve(each.law, times[0], times[-1])
        line = {"color": shade, "width": 3 if each.law is found.law else 1.5}
        chart.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, **both))
        told = f"{name}: %{{x:.3g}} h<br>measured: %{{y:.3g}} h"
        right: dict[str, Any] = {"xaxis": "x2", "yaxis": "y2", "showlegend": False, "hovertemplate": told, **both}
        quantiles, small = [each.law.quantile(share) for share in shares], {"color": shade, "size": 4}
        chart.add_trace(go.Scatter(x=quantiles, y=times, mode="markers", marker=small, **right))
    ends, dotted = [times[0], times[-1]], {"color": GREY, "dash": "dot", "width": 1}
    chart.add_trace(go.Scatter(x=ends, y=ends, mode="lines", xaxis="x2", yaxis="y2", line=dotted, showlegend=False))
    return chart.update_layout(**_axes(times[-1]))


def _curve(law: Law, low: float, high: float) -> tuple[list[float], list[float]]:
    """A law from a little below the least time to a little above the greatest."""
    reach = 0.1 * (high - low)
    x = [max(0.0, low - reach) + k * (high - low + 2 * reach) / (POINTS - 1) for k in range(POINTS)]
    return x, [law.cdf(each) for each in x]


def _axes(most: float) -> dict[str, Any]:
    """Two panels side by side; a law with a long tail does not press the measured times together."""
    share = {"title": {"text": "share of times"}, "range": [-0.02, 1.02], "tickformat": ".0%"}
    return {
        "xaxis": {"domain": [0.0, 0.46], "title": {"text": "time [h]"}},
        "yaxis": share,
        "xaxis2": {"domain": [0.56, 1.0], "anchor": "y2", "title": {"text": "quantile of the law [h]"},
                   "range": [0.0, 1.3 * most]},
        "yaxis2": {"anchor": "x2", "title": {"text": "measured [h]"}, "range": [0.0, 1.05 * most]},
    }  # fmt: skip

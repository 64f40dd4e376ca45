"""What interventions would bring, as bars with their intervals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from plantsim.charts.look import CALM, INK, PRODUCT_COLOURS, STRONG, figure, nothing, row_axis, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.bottlenecks import Bottlenecks
    from plantsim.study.interventions import Intervention

HIGH = 30  # px, a bar


def interventions(found: Bottlenecks, most: int = 15) -> go.Figure:
    """What each intervention would bring [batches a year], with 95 % intervals; red: the best, and not told from it.

    Pairs are grey: they cost two things.
    """

    shown = found.ranked[:most]
    if not shown:
        return nothing("What would bring more batches a year", "nothing was tried")
    chart, leading = figure(_title(found), 130 + HIGH * len(shown)), {found.best.name, *found.tied}
    red = "the best, and what can't be told apart from it" if found.tied else "the best"
    kinds = {
        word: [each for each in shown if _kind(each, leading) == k]
        for k, word in enumerate((red, "less", "two at once"))
    }
    for (word, each), shade in zip(kinds.items(), (STRONG, PRODUCT_COLOURS[0], CALM), strict=True):
        if each:
            chart.add_trace(_bars(found, each, [shown.index(one) for one in each], name=word, marker={"color": shade}))
    rows = row_axis([each.name for each in shown])
    chart.update_yaxes(**{**rows, "ticktext": [text.replace(" and ", "<br>and ") for text in rows["ticktext"]]})
    return chart.update_xaxes(title={"text": "batches a year more than today [1/year]"}, zeroline=True)


def _title(found: Bottlenecks) -> str:
    gain = found.gain(found.best.name)
    if gain.low <= 0.0 <= gain.high:
        return "Nothing can be told to bring more batches a year"
    return f"{safe(found.best.name)} brings most: {gain.mean:+.3g} batches a year ({gain.low:+.3g} to {gain.high:+.3g})"


def _kind(each: Intervention, leading: Collection[str]) -> int:
    """0: one of the best, 1: another, 2: a pair."""
    return 2 if each.parts else 0 if each.name in leading else 1


def _bars(found: Bottlenecks, shown: Sequence[Intervention], rows: Sequence[int], **how: Any) -> go.Bar:
    import plotly.graph_objects as go

    gains = [found.gain(each.name) for each in shown]
    told = [f"{gain.n} runs, the best with a chance of {found.chances.get(each.name, 0.0):.0%}"
            for each, gain in zip(shown, gains, strict=True)]  # fmt: skip
    reach = {"type": "data", "array": [each.high - each.mean for each in gains], "color": INK, "thickness": 1.2}
    hint = "%{x:+.3g} batches a year<br>%{customdata}<extra></extra>"
    return go.Bar(x=[each.mean for each in gains], y=list(rows), orientation="h", width=0.8, error_x=reach,
                  customdata=told, hovertemplate=hint, **how)  # fmt: skip

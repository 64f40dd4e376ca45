"""What a batch and a kg cost, as stacks of the kinds of cost, and by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING

from plantsim.charts.digits import number
from plantsim.charts.look import CALM, PRODUCT_COLOURS, figure, hover, nothing, row_axis, safe

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from plantsim.results import Results

KINDS = ("equipment", "labour", "utilities", "materials", "consumables", "tests")
SHADES = dict(zip(KINDS, PRODUCT_COLOURS, strict=False))
MOST = 12  # names; the others are one bar together
REST = "all others"
HIGH, GAP = 28, 76  # px: a row; between the panels above and the one below


def cost_of_goods(runs: Results | Mapping[str, Results]) -> go.Figure:
    """What a batch and a kg cost, stacked by kind of cost, a row each run; below it the names of the first run.

    >>> from plantsim.engine.simulate import simulate
    >>> from plantsim.layout import read_layout
    >>> plant = read_layout("layouts/flow_line.yaml").replace(horizon=24.0)
    >>> cost_of_goods(simulate(plant, seed=1)).layout.annotations[0].text
    'the layout gives no prices'
    """
    several = dict(runs) if isinstance(runs, Mapping) else {"this run": runs}
    first, title = next(iter(several.values())), "What a batch costs"
    found = {name: run.cost_of_goods() for name, run in several.items()}
    if not any(len(frame) > 1 for frame in found.values()):
        return nothing(title, "the layout gives no prices")
    prices, name = first.scenario.prices, next(iter(found))
    coin = safe(prices.currency if prices is not None else "")
    a_batch, a_kg = (float(found[name][word].tolist()[-1]) for word in ("a batch", "a kg"))  # the last row is all
    if not isfinite(a_batch):
        return nothing(title, "no batch was done in the reported time")
    said = f"A batch costs {number(a_batch)} {coin}, a kg {number(a_kg)} {coin}"
    title = said if len(found) == 1 else f"{title}, and a kg, in {coin}"
    names = _names(found[name], coin)
    above, below = HIGH * len(found), HIGH * len(names.y)  # px
    chart = figure(title, 70 + above + GAP + below + 48, barmode="stack")
    chart.add_traces([*_stacks(found, coin), names])
    whole = above + GAP + below
    upper, left = [1.0 - above / whole, 1.0], "" if len(found) == 1 else f", {safe(name)}"
    rows = row_axis(list(found))
    return chart.update_layout(
        xaxis={"domain": [0.0, 0.48], "title": {"text": f"{coin} a batch"}},
        yaxis={**rows, "domain": upper},
        xaxis2={"domain": [0.53, 1.0], "anchor": "y2", "title": {"text": f"{coin} a kg"}},
        yaxis2={**rows, "domain": upper, "anchor": "x2", "showticklabels": False},
        xaxis3={"domain": [0.0, 1.0], "anchor": "y3", "title": {"text": f"{coin} a batch, by name{left}"}},
        yaxis3={"domain": [0.0, below / whole], "anchor": "x3", "autorange": "reversed", "showgrid": False},
    )


def _stacks(found: Mapping[str, pd.DataFrame], coin: str) -> Iterator[go.Bar]:
    """The two panels above: a row each run, of a batch and of a kg."""
    import plotly.graph_objects as go

    for group in KINDS:
        for panel, word in (("", "a batch"), ("2", "a kg")):
            sums = {name: _group(frame, group, word) for name, frame in found.items()}
            if any(sums.values()):
                told = [hover(f"<b>{group}</b>, {safe(name)}", f"{number(each)} {coin} {word}")
                        for name, each in sums.items()]  # fmt: skip
                yield go.Bar(
                    x=list(sums.values()), y=list(range(len(sums))), orientation="h", name=group, legendgroup=group,
                    showlegend=not panel, marker={"color": SHADES[group], "line": {"color": "white", "width": 0.8}},
                    hovertext=told, hoverinfo="text", xaxis=f"x{panel}", yaxis=f"y{panel}", width=0.7,
                )  # fmt: skip


def _group(frame: pd.DataFrame, group: str, word: str) -> float:
    return float(frame.loc[[each for each in frame.index if each[0] == group], word].sum())


def _names(frame: pd.DataFrame, coin: str) -> go.Bar:
    """The panel below: what costs most, by name."""
    import plotly.graph_objects as go

    costs = zip(frame.index.tolist(), frame["a batch"].tolist(), strict=True)
    rows = [(str(group), str(name), float(each)) for (group, name), each in costs if group != "all"]
    rows.sort(key=lambda row: -row[2])
    if len(rows) > MOST:
        rows = [*rows[: MOST - 1], ("", REST, sum(row[2] for row in rows[MOST - 1 :]))]
    told = [hover(f"<b>{safe(name)}</b> {group}", f"{number(each)} {coin} a batch") for group, name, each in rows]
    return go.Bar(
        x=[row[2] for row in rows], y=[safe(row[1]) for row in rows], orientation="h", showlegend=False, xaxis="x3",
        yaxis="y3", marker={"color": [SHADES.get(row[0], CALM) for row in rows]}, hovertext=told, hoverinfo="text",
    )  # fmt: skip

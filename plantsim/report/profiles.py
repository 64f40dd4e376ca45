"""What happened inside steps with a model: charts that the bars of their batches lead to, and what the models cost."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

import plantsim.charts as charts
from plantsim.charts.digits import duration, number, percent
from plantsim.charts.look import safe
from plantsim.report.page import chart, paragraph, table

if TYPE_CHECKING:
    from plantsim.results import Results

SHOWN = 6  # steps that are looked into
LEADS = """<script>
addEventListener("load", () => {
  const there = %s, bars = document.getElementById("chart-gantt");
  if (bars && bars.on) bars.on("plotly_click", (event) => {
    const place = document.getElementById(there[event.points[0].customdata]);
    if (place) place.scrollIntoView();
  });
});
</script>"""


def profiles(run: Results, first: float, last: float) -> list[str]:
    """Charts of the insides of some steps that began in a window [h], with links to them; nothing without models."""
    shown = _chosen(run, first, last)
    if not shown:
        return [*_costs(run)]
    names = {f"{safe(batch)}\n{safe(step)}": f"profile-{k}" for k, (batch, step) in enumerate(shown)}
    links = ", ".join(
        f'<a href="#profile-{k}">{escape(step)} of {escape(batch)}</a>' for k, (batch, step) in enumerate(shown)
    )
    see = "What happened inside, by the model of the step; a click on the bar of one of these leads there:"
    parts = [f"<h3>Inside steps</h3>{paragraph(see)}<p>{links}</p>"]
    for k, (batch, step) in enumerate(shown):
        figure = charts.profile(run, batch, step)
        alt = f"What changed inside {step} of {batch}: {', '.join(str(trace.name) for trace in figure.data)}"
        parts.append(f'<div id="profile-{k}">{chart(figure, f"profile-{k}", alt)}</div>')
    script = LEADS % json.dumps(names).replace("<", "\\u003c")
    return [*parts, script, *_costs(run)]


def _chosen(run: Results, first: float, last: float) -> list[tuple[str, str]]:
    """(batch, step) of the first of each product and step with a model, in the order in which they began."""
    chosen: dict[tuple[str, str], tuple[str, str]] = {}
    for row in run.record:
        if row[1] == "outcome" and first <= row[0] / 3.6e6 < last:
            chosen.setdefault((row[5], row[4]), (row[3], row[4]))
            if len(chosen) == SHOWN:
                break
    return list(dict.fromkeys(chosen.values()))


def _costs(run: Results) -> list[str]:
    rows = [
        [product, step, unit, number(calls), number(hits), duration(seconds / 3600.0), number(cells),
         percent(error, 2) if cells else ""]
        for product, step, unit, calls, hits, seconds, cells, error in run.costs
    ]  # fmt: skip
    head = ["product", "step", "unit", "calls", "known already", "time in them", "cells of a table", "largest error"]
    about = "of this run; the error is the largest at the middle of a cell"
    return [table("What the models cost", head, rows, about=about, words=3)] if rows else []

"""What happened inside steps with a model: charts that the bars of their batches lead to, and what the models cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from plantsim.charts.digits import duration, number, percent
from plantsim.charts.look import safe
from plantsim.charts.profile import of_stretches
from plantsim.engine.inside import insides
from plantsim.report.page import INSIDES, chart, paragraph, table

if TYPE_CHECKING:
    from plantsim.results import Results

AT_ONCE = 24  # steps that are looked into before it is asked whether the page is full
Pair = tuple[str, str]  # batch and step
LEADS = """<script>
addEventListener("load", () => {
  const there = %s, bars = document.getElementById("chart-gantt");
  if (bars && bars.on) bars.on("plotly_click", (event) => {
    const place = document.getElementById(there[event.points[0].customdata]);
    if (place) place.scrollIntoView();
  });
});
</script>"""


def profiles(run: Results, first: float, last: float, most: int = INSIDES) -> list[str]:
    """Charts of the insides of steps that began in a window [h], of so many bytes at most, with links to them.

    Nothing without models.  First comes one of each product and step, then all as they began, until the page is full.
    """
    wanted = _chosen(run, first, last)
    if not wanted:
        return [*_costs(run)]
    figures = _figures(run, wanted, most)
    names = {f"{safe(batch)}\n{safe(step)}": f"profile-{k}" for k, (batch, step) in enumerate(figures)}
    parts = [f"<h3>Inside steps</h3>{paragraph(_said(len(figures), len(wanted)))}{_links(list(figures))}"]
    parts += [f'<div id="profile-{k}">{drawn}</div>' for k, drawn in enumerate(figures.values())]
    script = LEADS % json.dumps(names).replace("<", "\\u003c")
    return [*parts, script, *_costs(run)]


def _said(shown: int, steps: int) -> str:
    """What is shown, and how to see what is left out."""
    see = "What happened inside, by the model of the step; a click on the bar of one of these leads there."
    if shown == steps:
        return see
    left = f"{shown} of {steps} steps with a model are shown; {steps - shown} are left out to keep the page small:"
    more = (
        "ps.charts.profile(run, batch, step) draws any of them, write_report(run, path, profiles=20_000_000) more here."
    )
    return f"{see} {left} {more}"


def _links(shown: list[Pair]) -> str:
    """Links to the charts, batch after batch."""
    batches: dict[str, list[str]] = {}
    for k, (batch, step) in enumerate(shown):
        batches.setdefault(batch, []).append(f'<a href="#profile-{k}">{escape(step)}</a>')
    return "<p>" + "; ".join(f"{escape(batch)}: {', '.join(steps)}" for batch, steps in batches.items()) + "</p>"


def _figures(run: Results, wanted: list[Pair], most: int) -> dict[Pair, str]:
    """(batch, step) -> its chart as HTML, as many as are no longer than so many bytes, and one at least."""
    found, size = dict[Pair, str](), 0
    for begin in range(0, len(wanted), AT_ONCE):
        for (batch, step), stretches in insides(run, wanted[begin : begin + AT_ONCE]).items():
            figure = of_stretches(run, batch, step, stretches)
            for trace in figure.data:
                trace.x, trace.y = _short(trace.x), _short(trace.y)
            alt = f"What changed inside {step} of {batch}: {', '.join(str(trace.name) for trace in figure.data)}"
            drawn = chart(figure, f"profile-{len(found)}", alt)
            size += len(drawn)
            if found and size > most:
                return found
            found[batch, step] = drawn
    return found


def _short(numbers: Sequence[float] | None) -> list[float]:
    """Five digits of each, which are more than can be seen."""
    return [float(f"{number:.5g}") for number in numbers or ()]


def _chosen(run: Results, first: float, last: float) -> list[Pair]:
    """(batch, step) of all with a model that began in a window: the first of each product and step, then the others."""
    firsts, others = dict[Pair, Pair](), dict[Pair, None]()
    for row in run.record:
        if row[1] == "outcome" and first <= row[0] / 3.6e6 < last:
            firsts.setdefault((row[5], row[4]), (row[3], row[4]))
            others[row[3], row[4]] = None
    return list(dict.fromkeys([*firsts.values(), *others]))


def _costs(run: Results) -> list[str]:
    rows = [
        [product, step, unit, number(calls), number(hits), duration(seconds / 3600.0), number(cells),
         percent(error, 2) if cells else ""]
        for product, step, unit, calls, hits, seconds, cells, error in run.costs
    ]  # fmt: skip
    head = ["product", "step", "unit", "calls", "known already", "time in them", "cells of a table", "largest error"]
    about = "of this run; the error is the largest at the middle of a cell"
    return [table("What the models cost", head, rows, about=about, words=3)] if rows else []

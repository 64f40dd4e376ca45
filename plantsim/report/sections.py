"""The parts of the report: each a heading, a sentence on what to see, a chart or a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from plantsim import charts
from plantsim.charts.digits import NONE, Interval, duration, number, percent
from plantsim.charts.look import Clock
from plantsim.report.inputs import inputs, manifest
from plantsim.report.page import Cell, chart, paragraph, section, table
from plantsim.report.prose import Findings, alt_of, alt_of_numbers, length, listed

if TYPE_CHECKING:
    import pandas as pd

ROWS = 60  # units that are drawn in the Gantt chart
HINTS = {
    "APT": "actual production time", "ASUT": "actual unit setup time", "ADET": "actual unit delay time",
    "ADOT": "actual unit down time", "PDOT": "planned down time", "AUPT": "actual unit processing time: APT + ASUT",
    "AUBT": "actual unit busy time: AUPT + ADET", "PBT": "planned busy time: AUBT + ADOT",
    "POT": "planned operation time: PBT + PDOT", "PQ": "produced quantity", "GQ": "good quantity", "SQ": "scrap quantity",
    "availability": "APT / PBT", "effectiveness": "planned run time / APT", "quality ratio": "GQ / PQ",
    "allocation efficiency": "AUBT / PBT", "utilisation efficiency": "APT / AUBT", "setup rate": "ASUT / AUPT",
    "scrap ratio": "SQ / PQ", "technical efficiency": "APT / (APT + ADET)",
    "OEE": "availability x effectiveness x quality ratio", "NEE": "AUPT / PBT x effectiveness x quality ratio",
    "working": "busy", "active": "neither starved nor blocked nor closed", "blocked": "done, and can't pass on",
    "starved": "empty, nothing comes", "sole": "the momentary bottleneck, alone",
    "shifting": "the momentary bottleneck, together with the next or the one before",
    "active period": "mean time without being starved, blocked or closed",
    "turning point": "where blocked before turns to starved after",
}  # fmt: skip


def key_figures(found: Findings) -> str:
    """The main figures with their intervals."""
    sure = any(value.sure for value in found.figures.values())
    rows = []
    for name, value in found.figures.items():
        if not name.startswith("busy "):
            shown = value.times(100.0) if "[share of" in name else value
            said = name.replace("[share of", "[% of").replace("batches [1]", "batches")
            rows.append([said, shown.about(), *([shown.bounds] if sure else [])])
    first, last = found.run.window
    head = ["figure", "mean", "95 % interval"] if sure else ["figure", "value"]
    about = _of_replications(found) if sure else "of one run"
    return section("figures", "Key figures", table(f"In the reported {length(last - first)}", head, rows, about=about))


def _of_replications(found: Findings) -> str:
    n = max((value.n for value in found.known.values()), default=1)
    return f"mean and 95 % interval of {n} replications"


def plant(found: Findings) -> str:
    """The plant's graph."""
    shares = {name: each.mean for name, each in found.busy_units.items()}
    see = (
        "Circles are units, as dark as they are busy; squares are buffers, filled as far as they are on average. Arrows "
        "are as wide as what went over them. A red ring marks what holds back most."
    )
    figure = charts.plant_map(found.run, found.trial)
    return section(
        "plant", "The plant", paragraph(see), chart(figure, "plant", alt_of(shares, "Units and how busy they are"))
    )


def first_week(found: Findings) -> str:
    """The Gantt chart of the first week."""
    run = found.run
    first = run.start.time / 3.6e6
    last = min(first + 168.0, run.until)
    see = (
        "Idle time is left blank. Point at a bar for its batch, step and cause; drag to zoom, double-click to go back."
    )
    if last <= run.window[0]:
        see += " The plant is still filling: this time is not counted in the figures."
    only = sorted(found.busy_units, key=lambda name: -found.busy_units[name].mean)[:ROWS]
    if len(only) < len(found.busy_units):
        see += f" Of {len(found.busy_units)} units, the {ROWS} busiest are shown."
    else:
        only = []
    figure = charts.gantt(run, (first, last), only=only)
    alt = "Gantt chart: what each unit did in the first " + length(last - first).removeprefix("one ")
    heading = "The first week" if last - first == 168.0 else f"The first {length(last - first)}"
    return section("gantt", heading, paragraph(see), chart(figure, "gantt", alt))


def over_time(found: Findings) -> str:
    """States over time, of all units and of the bottleneck."""
    run = found.run
    whole = run.until - run.start.time / 3.6e6
    bucket = 1.0 if whole < 96.0 else 24.0 if whole <= 26 * 168.0 else 168.0
    parts = [paragraph("Share of all unit hours in each state: does the plant run evenly, and has it settled?")]
    states = {str(state): float(share) for state, share in _mean_states(run.utilisation()).items() if share > 0.0}
    alt = alt_of(states, "States of all units in the reported time")
    parts.append(chart(charts.states_over_time(run, bucket), "states-over-time", alt))
    if found.worst and len(found.busy) > 1:
        alt = f"The same of {found.worst} alone"
        parts.append(chart(charts.states_over_time(run, bucket, found.worst), "bottleneck-over-time", alt))
    return section("time", "States over time", *parts)


def _mean_states(frame: pd.DataFrame) -> pd.Series[float]:
    hours = frame.iloc[:, 0]
    return frame.iloc[:, 1:].mul(hours, axis=0).sum() / hours.sum()


def waiting(found: Findings) -> str:
    """Waiting by cause."""
    total = sum(each.mean for each in found.waits.values())
    if not total:
        return section("waiting", "Where batches wait", paragraph("No batch waited in the reported time."))
    share = percent(found.figures["waiting [share of lead time]"].mean)
    see = f"Batches spent {share} of their time waiting, each hour put down to what was lacking at that time."
    alt = alt_of_numbers(found.waits, "Batch hours of waiting by cause")
    below = "Whiskers: 95 % interval of the mean." if found.known else ""
    figure = charts.waiting(found.run, found.trial)
    return section("waiting", "Where batches wait", paragraph(see), chart(figure, "waiting", alt, below))


def throughput(found: Findings) -> str:
    """What comes out over time, by product, and how long it takes."""
    run = found.run
    made = found.figures["batches a week [1/week]"]
    sure = f", 95 % interval {made.range()}" if made.sure else ""
    see = f"On average {made.about()} batches a week{sure}. Bars show the run with seed {run.seed}, replication {run.replication}."
    alt = f"Batches done over time; the mean is {made.about()} a week{sure}"
    times, out = run.lead_time(), run.throughput()
    rows = [
        [str(product), number(row["batches"]), number(row["kg"]), number(row["batches a week"]), number(row["kg a week"]),
         *(duration(float(times.loc[product, word])) if product in times.index else NONE for word in ("mean", "95%"))]
        for product, row in out.iterrows()
    ]  # fmt: skip
    head = ["product", "batches", "kg", "batches a week", "kg a week", "mean lead time", "95 % at most"]
    parts = [paragraph(see), chart(charts.throughput(run, found.trial), "throughput", alt)]
    parts.append(table("By product", head, rows, about="of this run"))
    if out.loc["all", "batches"] > 0:
        alt = f"Histogram of lead times; the mean is {duration(float(times.loc['all', 'mean']))}"
        parts.append(chart(charts.lead_time(run), "lead-time", alt))
    parts.append(chart(charts.wip(run), "wip", "Number of batches in the plant over time"))
    return section("throughput", "What comes out", *parts)


def bottleneck(found: Findings) -> str:
    """What holds back, as a chart and a table."""
    held = (found.bottleneck["sole"] + found.bottleneck["shifting"]).sort_values(ascending=False, kind="stable")
    most = [f"{kind} {percent(float(share))} of the time" for kind, share in held.items() if share > 0.01][:3]
    see = (
        "At each time the unit that has worked, been cleaned or repaired for longest without a break keeps the others "
        "waiting: it is the momentary bottleneck. While it shifts from one to the next, both count. What is busiest (the "
        "diamonds) need not be it."
    )
    alt = alt_of({str(kind): float(share) for kind, share in held.items()}, "Share of time as momentary bottleneck")
    figure = chart(charts.bottleneck(found.run), "bottleneck", alt)
    head = [str(word) for word in found.bottleneck.columns]
    rows = [[str(kind), *(_told(word, row[word]) for word in head)] for kind, row in found.bottleneck.iterrows()]
    about = "shares of calendar hours, of this run"
    parts = [paragraph(f"Momentary bottleneck: {listed(most)}." if most else ""), paragraph(see), figure]
    parts.append(table("Bottleneck by kind of unit", ["kind", *head], rows, about=about, hints=HINTS))
    return section("bottleneck", "What holds back", *parts)


def _told(word: str, value: Any) -> str | Cell:
    if word == "turning point":
        return "yes" if value else ""
    if word == "active period":
        return duration(float(value))
    return Cell(percent(float(value), 1), share=float(value) if word in ("sole", "shifting") else 0.0)


def utilisation(found: Findings) -> str:
    """Shares of each state by kind of unit, with intervals; and of pools."""
    frame = found.run.utilisation(by="kind").iloc[:, 1:]
    cells = {
        str(kind): {str(state): found.known.get(("utilisation", str(kind), str(state)), Interval(float(share)))
                    for state, share in row.items()}
        for kind, row in frame.iterrows()
    }  # fmt: skip
    states = [str(state) for state in frame.columns if any(row[str(state)].mean > 0.0 for row in cells.values())]
    rows = [[kind, *(_share(row[state]) for state in states)] for kind, row in cells.items()]
    about = "share of calendar hours" + (f", {_of_replications(found)}" if found.known else "")
    alt = alt_of({kind: each.mean for kind, each in found.busy.items()}, "Share of calendar hours busy")
    figure = chart(charts.states(found.run, trial=found.trial), "states", alt)
    see = "Holding: a unit keeps a batch, because it can't pass it on, or because people are lacking, also at night."
    parts = [
        paragraph(see),
        figure,
        table("Utilisation by kind of unit", ["kind", *states], rows, about=about),
        _pools(found),
    ]
    return section("utilisation", "What units and people do", *parts)


def _share(each: Interval) -> Cell:
    if each.mean == 0.0:
        return Cell(NONE)
    return Cell(percent(each.mean, 1), each.range(100.0, 1) if each.sure else "", each.mean)


def _pools(found: Findings) -> str:
    frame = found.run.pools()
    if frame.empty:
        return ""
    rows = [
        [str(name), f"{use['size']:.0f}", number(float(use["mean in use"]), 2), f"{use['most in use']:.0f}",
         Cell(percent(float(use["share in use"]), 1), share=float(use["share in use"])),
         percent(float(use["share of calendar hours all in use"]), 1)]
        for name, use in frame.iterrows()
    ]  # fmt: skip
    head = ["pool", "size", "mean in use", "most in use", "share in use", "all in use"]
    return table(
        "People and other pools", head, rows, about="shares of calendar hours, also those off shift; of this run"
    )


def iso22400(found: Findings) -> str:
    """Time elements and key figures of ISO 22400-2."""
    frame = found.run.iso22400(by="kind")
    shares = [str(word) for word in frame.columns if not str(word).isupper() or word in ("OEE", "NEE")]
    shares = [word for word in shares if word not in ("planned", "throughput a busy hour")]
    hours = [str(word) for word in frame.columns if str(word).isupper() and word not in ("OEE", "NEE")]
    times = [[str(kind), *(number(float(row[word])) for word in hours)] for kind, row in frame.iterrows()]
    rates = [
        [str(kind), *(percent(float(row[word]), 1) for word in shares), number(float(row["throughput a busy hour"]))]
        for kind, row in frame.iterrows()
    ]
    keys = [f"{word}: {HINTS[word]}" for word in hours if word in HINTS]
    return section(
        "iso22400", "ISO 22400",
        table("Key figures by kind of unit", ["kind", *shares, "kg a busy hour"], rates, about="%, of this run", hints=HINTS),
        table("Time elements and quantities", ["kind", *hours], times, about="[h] and [kg], of this run", hints=HINTS),
        paragraph("; ".join(keys) + ".", "under"),
    )  # fmt: skip


def stops(found: Findings) -> str:
    """Breakdowns by unit and failure mode."""
    frame = found.run.stops()
    if frame.empty:
        return section("stops", "Stops", paragraph("Nothing broke down in the reported time."))
    head = [str(word) for word in frame.columns]
    rows = [
        [str(unit), str(cause), number(float(row["stops"])), *(duration(float(row[word])) for word in head[1:])]
        for (unit, cause), row in frame.iterrows()
    ]
    words = [word.replace("hours", "time") for word in head]
    about = "mean times, of this run"
    return section("stops", "Stops", table("Breakdowns", ["unit", "failure", *words], rows, about=about, words=2))


def assumptions(found: Findings) -> str:
    """What the run was made from, and how to make it again."""
    see = "As read back from what was simulated. Words that are not said have their usual value."
    n = max((value.n for value in found.known.values()), default=1)
    return section("inputs", "Inputs", paragraph(see), *inputs(found.run.scenario), manifest(found.run, n))


SECTIONS: tuple[Callable[[Findings], str], ...] = (
    key_figures, plant, first_week, over_time, waiting, throughput, bottleneck, utilisation, iso22400, stops, assumptions
)  # fmt: skip
LINKS = {
    "figures": "Key figures", "plant": "Plant", "gantt": "First week", "time": "Over time", "waiting": "Waiting",
    "throughput": "Throughput", "bottleneck": "Bottleneck", "utilisation": "Utilisation", "iso22400": "ISO 22400",
    "stops": "Stops", "inputs": "Inputs",
}  # fmt: skip


def head(found: Findings, text: str) -> str:
    """The title, when it was run, the answer in words, what to beware of, and links to the parts."""
    run = found.run
    name = run.scenario.name or "A plant without a name"
    warnings = "".join(paragraph(f"Note: {note}.", "note") for note in run.notes())
    links = " ".join(f'<a href="#{name}">{escape(word)}</a>' for name, word in LINKS.items())
    return (
        f'<h1>{escape(name)}</h1><p class="under">{escape(" · ".join(_when(found)))}</p>'
        f'{paragraph(text, "answer")}{warnings}<nav aria-label="Contents">{links}</nav>'
    )


def _when(found: Findings) -> Iterator[str]:
    run = found.run
    first, last = run.start.time / 3.6e6, run.until
    clock = Clock.of(run, first, last)
    if clock.start is not None:
        dates = [f"{each:%-d %B %Y}" for each in map(clock.date, (first, last))]
        yield f"simulated from {dates[0]} to {dates[1]}"
    else:
        yield f"simulated for {length(last - first)}"
    if run.window[0] > first:
        yield f"reported from {clock.say(run.window[0])} on"
    n = max((value.n for value in found.known.values()), default=1)
    yield f"{n} replications" if n > 1 else "one run"
    yield f"seed {run.seed}"

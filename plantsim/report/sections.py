"""The parts of the report: each a heading, a sentence on what to see, a chart or a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import plantsim.charts as charts
from plantsim.charts.digits import NONE, Interval, duration, number, percent
from plantsim.charts.look import Clock, beginning, in_order
from plantsim.report.cleaning import cleaning
from plantsim.report.costs import costs
from plantsim.report.inputs import inputs, manifest
from plantsim.report.page import Cell, chart, paragraph, section, table
from plantsim.report.profiles import profiles
from plantsim.report.prose import Findings, alt_of, alt_of_numbers, length, listed
from plantsim.utility import RATES

if TYPE_CHECKING:
    import pandas as pd

ROWS = 60  # units that are drawn in the Gantt chart
LONG = 24.0  # hours; of waits that were longer, the longest are told
HINTS = {
    "APT": "actual production time", "ASUT": "actual unit setup time", "ADET": "actual unit delay time",
    "ADOT": "actual unit down time", "PDOT": "planned down time", "AUPT": "actual unit processing time: APT + ASUT",
    "AUBT": "actual unit busy time: AUPT + ADET", "PBT": "planned busy time: AUBT + ADOT",
    "POT": "planned operation time: PBT + PDOT", "PQ": "produced quantity", "GQ": "good quantity",
    "SQ": "scrap quantity",
    "availability": "APT / PBT", "effectiveness": "planned run time / APT", "quality ratio": "GQ / PQ",
    "allocation efficiency": "AUBT / PBT", "utilisation efficiency": "APT / AUBT", "setup rate": "ASUT / AUPT",
    "scrap ratio": "SQ / PQ", "technical efficiency": "APT / (APT + ADET)",
    "OEE": "availability x effectiveness x quality", "NEE": "AUPT / PBT x effectiveness x quality",
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
    return f"mean and 95 % interval of {found.replications} replications"


def _records(frame: pd.DataFrame) -> list[tuple[Any, dict[str, Any]]]:
    """(name, its row) of each row."""
    rows: Any = frame.to_dict("index")
    return list(rows.items())


def plant(found: Findings) -> str:
    """The plant's graph."""
    shares = {name: each.mean for name, each in found.busy_units.items()}
    see = (
        "Circles are units, as dark as they are busy; squares are buffers, filled as far as they are on average. "
        "Arrows are as wide as what went over them. A red ring marks what holds back most."
    )
    if found.run.scenario.areas:
        see += (
            " Diamonds count what crosses from one area into another, red if the grades differ; brown circles say how "
            "often clean and dirty followed one another there, brown crosses where their ways meet, with both numbers."
        )
    figure = charts.plant_map(found.run, found.trial)
    alt = alt_of(shares, "Units and how busy they are")
    return section("plant", "The plant", paragraph(see), chart(figure, "plant", alt))


def first_week(found: Findings) -> str:
    """The Gantt chart of the first week."""
    run, units = found.run, found.busy_units
    first = beginning(run)
    last = min(first + 168.0, run.until)
    see = [
        "Idle time is left blank. Point at a bar for its batch, step and cause; drag to zoom, double-click to go back."
    ]
    if last <= run.window[0]:
        see += ["The plant is still filling: this time is not counted in the figures."]
    only = sorted(units, key=lambda name: -units[name].mean)[:ROWS] if len(units) > ROWS else []
    if only:
        see += [f"Of {len(units)} units, the {ROWS} busiest are shown."]
    week = length(last - first).removeprefix("one ")
    alt = f"Gantt chart: what each unit did in the first {week}"
    figure = chart(charts.gantt(run, (first, last), only=only), "gantt", alt)
    return section(
        "gantt", f"The first {week}", paragraph(" ".join(see)), figure, *profiles(run, first, last, found.profiles)
    )


def over_time(found: Findings) -> str:
    """States over time, of all units and of the bottleneck."""
    run = found.run
    whole = run.until - beginning(run)
    bucket = 1.0 if whole < 96.0 else 24.0 if whole <= 26 * 168.0 else 168.0
    parts = [paragraph("Share of all unit hours in each state: does the plant run evenly, and has it settled?")]
    alt = alt_of(_mean_states(run.utilisation()), "States of all units in the reported time")
    parts.append(chart(charts.states_over_time(run, bucket), "states-over-time", alt))
    if found.worst and len(found.busy) > 1:
        alt = f"The same of {found.worst} alone"
        parts.append(chart(charts.states_over_time(run, bucket, found.worst), "bottleneck-over-time", alt))
    return section("time", "States over time", *parts)


def _mean_states(frame: pd.DataFrame) -> dict[str, float]:
    """Share of all unit hours in each state that occurs."""
    hours = frame.iloc[:, 0]
    shares: Any = (frame.iloc[:, 1:].mul(hours, axis=0).sum() / hours.sum()).to_dict()
    return {state: share for state, share in shares.items() if share > 0.0}


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
    shown = chart(figure, "waiting", alt, below)
    return section("waiting", "Where batches wait", paragraph(see), shown, _longest_waits(found))


def _longest_waits(found: Findings) -> str:
    """The longest waits of the run, each with who held up whom, to the root of it."""
    clock = Clock.of(found.run, *found.run.window)
    rows = [
        [
            wait.batch,
            wait.step,
            wait.cause,
            "; ".join(why.links),
            f"{wait.end - wait.start:,.0f} h",
            clock.say(why.hours),
        ]
        for wait, why in found.run.long_waits(LONG, 5).items()
    ]
    head = ["batch", "step", "waited for", "who held up whom, after a day", "how long", "told of"]
    return table("The longest waits", head, rows, about="for one claim, longer than a day", words=4) if rows else ""


def throughput(found: Findings) -> str:
    """What comes out over time, by product, and how long it takes."""
    run, made = found.run, found.figures["batches a week [1/week]"]
    mean = f"{made.about()} batches a week" + (f", 95 % interval {made.range()}" if made.sure else "")
    see = f"On average {mean}. Bars show the run with seed {run.seed}, replication {run.replication}."
    alt = f"Batches done over time; on average {mean}"
    parts = [paragraph(see), chart(charts.throughput(run, found.trial), "throughput", alt), _by_product(found)]
    lead = run.figures()["lead time [h]"]
    if lead == lead:
        alt = f"Histogram of lead times; the mean is {duration(lead)}"
        parts.append(chart(charts.lead_time(run), "lead-time", alt))
    parts.append(chart(charts.wip(run), "wip", "Number of batches in the plant over time"))
    return section("throughput", "What comes out", *parts)


def _by_product(found: Findings) -> str:
    times = dict(_records(found.run.lead_time()))
    none = {"mean": float("nan"), "95%": float("nan")}
    rows = [
        [str(product), *(number(row[word]) for word in ("batches", "kg", "batches a week", "kg a week")),
         *(duration(times.get(product, none)[word]) for word in ("mean", "95%"))]
        for product, row in _records(found.run.throughput())
    ]  # fmt: skip
    head = ["product", "batches", "kg", "batches a week", "kg a week", "mean lead time", "95 % at most"]
    return table("By product", head, rows, about="of this run")


def bottleneck(found: Findings) -> str:
    """What holds back, as a chart and a table."""
    frame = found.bottleneck
    held: Any = (frame["sole"] + frame["shifting"]).sort_values(ascending=False, kind="stable").to_dict()
    most = [f"{kind} {percent(share)}" for kind, share in held.items() if share > 0.01][:3]
    see = (
        "At each time the unit that has worked, been cleaned or repaired for longest without a break keeps the others "
        "waiting: it is the momentary bottleneck. While it shifts from one to the next, both count. What is busiest "
        "(the diamonds) need not be it."
    )
    figure = chart(charts.bottleneck(found.run), "bottleneck", alt_of(held, "Share of time as momentary bottleneck"))
    head = [str(word) for word in frame.columns]
    rows = [[str(kind), *(_told(word, row[word]) for word in head)] for kind, row in _records(frame)]
    about = "shares of calendar hours, of this run"
    shown = table("Bottleneck by kind of unit", ["kind", *head], rows, about=about, hints=HINTS)
    first = paragraph(f"Share of time as momentary bottleneck: {listed(most)}.") if most else ""
    return section("bottleneck", "What holds back", first, paragraph(see), figure, shown)


def _told(word: str, value: Any) -> str | Cell:
    if word == "turning point":
        return "yes" if value else ""
    if word == "active period":
        return duration(float(value))
    return Cell(percent(float(value), 1), share=float(value) if word in ("sole", "shifting") else 0.0)


def utilisation(found: Findings) -> str:
    """Shares of each state by kind of unit, with intervals; and of pools."""
    known = found.known
    cells = {
        str(kind): {
            state: known.get(("utilisation", str(kind), state), Interval(share)) for state, share in row.items()
        }
        for kind, row in _records(found.run.utilisation(by="kind").iloc[:, 1:])
    }
    states = list(dict.fromkeys(state for row in cells.values() for state, each in row.items() if each.mean > 0.0))
    rows: list[list[str | Cell]] = [
        [kind, *(_share(row[state]) for state in in_order(states))] for kind, row in cells.items()
    ]
    about = "share of calendar hours" + (f", {_of_replications(found)}" if known else "")
    alt = alt_of({kind: each.mean for kind, each in found.busy.items()}, "Share of calendar hours busy")
    see = "Holding: a unit keeps a batch, because it can't pass it on, or because people are lacking, also at night."
    figure = chart(charts.states(found.run, trial=found.trial), "states", alt)
    shown = table("Utilisation by kind of unit", ["kind", *in_order(states)], rows, about=about)
    return section(
        "utilisation", "What units and people do", paragraph(see), figure, shown, _pools(found), *_utilities(found)
    )


def _share(each: Interval) -> Cell:
    if each.mean == 0.0:
        return Cell(NONE)
    return Cell(percent(each.mean, 1), each.range(100.0, 1) if each.sure else "", each.mean)


def _pools(found: Findings) -> str:
    rows: list[list[str | Cell]] = [
        [str(name), f"{use['size']:.0f}", number(use["mean in use"], 2), f"{use['most in use']:g}",
         Cell(percent(use["share in use"], 1), share=use["share in use"]),
         percent(use["share of calendar hours all in use"], 1)]
        for name, use in _records(found.run.pools())
    ]  # fmt: skip
    head = ["pool", "size", "mean in use", "most in use", "share in use", "all in use"]
    about = "shares of calendar hours, also those off shift; of this run"
    return table("People and other pools", head, rows, about=about) if rows else ""


def _utilities(found: Findings) -> Iterator[str]:
    """What was drawn of each utility, as a table and a chart each."""
    declared = found.run.scenario.utilities
    rows: list[list[str | Cell]] = [
        [str(name), RATES[declared[str(name)].unit], number(use["makes"]), number(use["mean drawn"]),
         number(use["most drawn"]), percent(use["mean share of makes"], 1),
         f"{number(use['lowest level'])} {declared[str(name)].unit}" if declared[str(name)].tank else NONE,
         duration(use["waiting hours"])]
        for name, use in _records(found.run.utilities())
    ]  # fmt: skip
    head = ["utility", "rates in", "made", "mean drawn", "most drawn", "mean of made", "lowest level", "waited for"]
    if rows:
        yield table(
            "Utilities", head, rows, about="of this run; a mean below what is made may hide peaks above it", words=2
        )
    for name in declared:
        alt = f"Rate drawn of {name} over time, against what is made" + (
            " and its level" if declared[name].tank else ""
        )
        yield chart(charts.demand(found.run, name), f"demand-{list(declared).index(name)}", alt)


def iso22400(found: Findings) -> str:
    """Time elements and key figures of ISO 22400-2."""
    frame = found.run.iso22400(by="kind")
    rates = [word for word in map(str, frame.columns) if word in ("OEE", "NEE") or (word in HINTS and word.islower())]
    sums = [word for word in map(str, frame.columns) if word.isupper() and word not in rates]
    shares = [
        [str(kind), *(percent(row[word], 1) for word in rates), number(row["throughput a busy hour"])]
        for kind, row in _records(frame)
    ]
    times = [[str(kind), *(number(row[word]) for word in sums)] for kind, row in _records(frame)]
    keys = "; ".join(f"{word}: {HINTS[word]}" for word in (*sums, *rates) if word in HINTS)
    head = ["kind", *rates, "kg a busy hour"]
    first = table("Key figures by kind of unit", head, shares, about="of this run", hints=HINTS)
    about = "[h] and [kg], of this run"
    second = table("Time elements and quantities", ["kind", *sums], times, about=about, hints=HINTS)
    return section("iso22400", "ISO 22400", first, second, paragraph(f"{keys}.", "under"))


def stops(found: Findings) -> str:
    """Breakdowns by unit and failure mode."""
    frame = found.run.stops()
    if frame.empty:
        return section("stops", "Stops", paragraph("Nothing broke down in the reported time."))
    head = [str(word) for word in frame.columns]
    rows = [
        [str(unit), str(cause), number(row["stops"]), *(duration(row[word]) for word in head[1:])]
        for (unit, cause), row in _records(frame)
    ]
    words = [word.replace("hours", "time") for word in head]
    about = "mean times, of this run"
    return section("stops", "Stops", table("Breakdowns", ["unit", "failure", *words], rows, about=about, words=2))


def assumptions(found: Findings) -> str:
    """What the run was made from, and how to make it again."""
    see = "As read back from what was simulated. Words that are not said have their usual value."
    made = manifest(found.run, found.replications)
    return section("inputs", "Inputs", paragraph(see), *inputs(found.run.scenario), made)


SECTIONS: tuple[Callable[[Findings], str], ...] = (
    key_figures, plant, first_week, over_time, waiting, throughput, bottleneck, utilisation, iso22400, stops,
    cleaning, costs, assumptions,
)  # fmt: skip
LINKS = {
    "figures": "Key figures", "plant": "Plant", "gantt": "First week", "time": "Over time", "waiting": "Waiting",
    "throughput": "Throughput", "bottleneck": "Bottleneck", "utilisation": "Utilisation", "iso22400": "ISO 22400",
    "stops": "Stops", "cleaning": "Cleaning", "costs": "Costs",
    "inputs": "Inputs",
}  # fmt: skip


def head(found: Findings, text: str) -> str:
    """The title, when it was run, the answer in words, what to beware of, and links to the parts."""
    run = found.run
    name = run.scenario.name or "A plant without a name"
    warnings = "".join(paragraph(f"Note: {note}.", "note") for note in run.notes())
    links = " ".join(f'<a href="#{name}">{escape(word)}</a>' for name, word in LINKS.items()
                     if name != "costs" or run.scenario.prices is not None)  # fmt: skip
    return (
        f'<h1>{escape(name)}</h1><p class="under">{escape(" · ".join(_when(found)))}</p>'
        f'{paragraph(text, "answer")}{warnings}<nav aria-label="Contents">{links}</nav>'
    )


def _when(found: Findings) -> Iterator[str]:
    run = found.run
    first, last = beginning(run), run.until
    clock = Clock.of(run, first, last)
    if clock.start is not None:
        dates = [f"{each.day} {each:%B %Y}" for each in map(clock.date, (first, last))]
        yield f"simulated from {dates[0]} to {dates[1]}"
    else:
        yield f"simulated for {length(last - first)}"
    if run.window[0] > first:
        yield f"reported from {clock.say(run.window[0])} on"
    yield f"{found.replications} replications" if found.replications > 1 else "one run"
    yield f"seed {run.seed}"

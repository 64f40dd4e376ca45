"""What a run was made from, read back from the scenario: products, orders, equipment, rules; and its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from plantsim.calendars import Calendar
from plantsim.chance import LAWS
from plantsim.charts.digits import percent
from plantsim.charts.look import Clock
from plantsim.errors import LayoutError
from plantsim.layout.measure import say
from plantsim.layout.write import to_yaml
from plantsim.plant import chained
from plantsim.recipe import Order
from plantsim.report.page import table

if TYPE_CHECKING:
    from plantsim.results import Results
    from plantsim.scenario import Scenario
    from plantsim.schema import Declared

TABLES = {  # field of a scenario: (caption, what one is called, what goes without saying but is worth it)
    "orders": ("Orders", "order", {"batches": "no end", "release": "as taken"}),
    "units": ("Units", "unit", {"count": "1"}),
    "buffers": ("Buffers", "buffer", {"places": "any number"}),
    "pools": ("People and other pools", "pool", {"calendar": "always"}),
    "utilities": ("Utilities", "utility", {"unit": "L"}),
    "areas": ("Areas", "area", {}),
    "transfers": ("Transfers", "transfer", {"flow": "clean"}),
    "failures": ("Failures", "failure", {"clock": "running"}),
    "maintenance": ("Planned maintenance", "maintenance", {"clock": "calendar"}),
    "cleaning": ("Cleaning rules", "rule", {"when": "before use"}),
}
MOST = 8  # values of a list that are written out


def inputs(scenario: Scenario) -> Iterator[str]:
    """All that was assumed, as tables."""
    for name, product in scenario.products.items():
        about = ", ".join(f"{word} {text}" for word, text in _said(product).items() if word != "steps")
        yield _table(f"Product {name}", product.steps, "step", about)
    for field, (caption, one, usual) in TABLES.items():
        yield _table(caption, getattr(scenario, field), one, usual=usual)
    if scenario.calendars:
        rows = [[name, *_hours(calendar, scenario.start)] for name, calendar in scenario.calendars.items()]
        yield table("Calendars", ["calendar", "open", "closed"], rows, words=3)
    yield _settings(scenario)
    yield _as_written(scenario)


def _table(
    caption: str, things: Mapping[str, Declared], one: str, about: str = "", usual: Mapping[str, str] | None = None
) -> str:
    """Things of a kind: a row each, a column for each word that at least one of them says."""
    if not things:
        return ""
    said = {name: {**(usual or {}), **_said(thing)} for name, thing in things.items()}
    fields = type(next(iter(things.values()))).model_fields
    aliases = {field.alias or word: field.description or "" for word, field in fields.items()}
    words = [word for word in aliases if any(word in row for row in said.values())]
    rows = [[name, *(row.get(word, "") for word in words)] for name, row in said.items()]
    return table(caption, [one, *words], rows, about=about, words=len(words) + 1, hints=aliases)


def _said(thing: Declared) -> dict[str, str]:
    """Word -> value, of all that a thing says beyond what is usual."""
    written = thing.model_dump(by_alias=True, exclude_defaults=True, context={"say": short})
    if isinstance(thing, Order) and len(thing.mix) > 1:
        written["product"] = [f"{percent(share)} {name}" for name, share in thing.mix.items()]
    return {word: text for word, value in written.items() if (text := in_words(value))}


def short(value: float, unit: str) -> str:
    """A quantity as a file says it, with at most six digits.

    >>> short(0.75, "h"), short(7 / 6, "h"), short(0.123456789123, "h")
    ('45 min', '70 min', '7.40741 min')
    """
    exact = say(value, unit)
    if len(exact.split()[0]) <= 8:
        return exact
    value, unit = (value * 60.0, "min") if unit == "h" and value < 1.0 else (value, unit)
    return f"{value:.6g} {unit}"


def in_words(value: Any) -> str:
    """A value as a person would say it.

    >>> in_words({"lognormal": {"mean": "45 min", "cv": 0.1}}), in_words({"run": {"crew": 2}, "charge": {"crew": 1}})
    ('lognormal, mean 45 min, cv 0.1', 'run: 2 crew; charge: 1 crew')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return _map_in_words(value)
    if isinstance(value, (list, tuple)):
        more = f" … ({len(value)} in all)" if len(value) > MOST else ""
        return ", ".join(in_words(each) for each in value[:MOST]) + more
    if isinstance(value, (str, int)):
        return str(value)
    return f"{getattr(value, '__module__', '')}:{getattr(value, '__qualname__', type(value).__qualname__)}"


def _map_in_words(value: Mapping[Any, Any]) -> str:
    first = next(iter(value), "")
    if len(value) == 1 and first in (*LAWS, "own") and isinstance(value[first], Mapping):
        return ", ".join([first, *(f"{word} {in_words(each)}" for word, each in value[first].items())])
    if value and all(isinstance(each, Mapping) for each in value.values()):
        kinds = {in_words(each) for each in value.values()}
        if len(kinds) == 1 and len(value) == 3:
            return kinds.pop()
        return "; ".join(f"{word}: {in_words(each)}" for word, each in value.items())
    return ", ".join(
        f"{each} {word}" if isinstance(each, int) else f"{word} {in_words(each)}" for word, each in value.items()
    )


# ---- calendars -------------------------------------------------------------------------------------------------------


def _hours(calendar: Calendar, start: str) -> list[str]:
    """When a calendar is open, as days and hours if the scenario has a start; and when it is closed."""
    clock = Clock.over(start, 0.0, 1e9)
    weekly = clock.start is not None and calendar.period == 168.0
    merged = _merged(calendar.worked)
    each = f" of each {short(calendar.period, 'h')}"
    text = _weekly(merged, clock) if weekly else ", ".join(f"{a:g} to {b:g} h" for a, b in merged) + each
    total = sum(b - a for a, b in merged)
    closed = "; ".join(clock.stretch(a, b) for a, b in calendar.closed)
    return [f"{text} ({total:g} of {calendar.period:g} h)", closed]


def _merged(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(stretches):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _weekly(stretches: Sequence[tuple[float, float]], clock: Clock) -> str:
    """Stretches of a week as days and times of day: those with the same times of day together."""
    assert clock.start is not None
    days: dict[str, list[int]] = {}
    for begin, end in stretches:
        first, last = (clock.start + timedelta(hours=each) for each in (begin, end))
        till = "24:00" if last.hour == last.minute == 0 and end - begin <= 24.0 else f"{last:%H:%M}"
        over = "" if (last - timedelta(seconds=1)).date() == first.date() else f"{last:%a} "
        days.setdefault(f"{first:%H:%M} – {over}{till}", []).append(first.weekday())
    return ", ".join(f"{_days(sorted(numbers))} {times}" for times, numbers in days.items())


def _days(numbers: Sequence[int]) -> str:
    """Days of the week, 0 for Monday, as 'Mon–Fri' or 'Mon, Wed'."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    if len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(numbers)):
        return f"{names[numbers[0]]}–{names[numbers[-1]]}"
    return ", ".join(names[each] for each in numbers)


# ---- the run ---------------------------------------------------------------------------------------------------------


def _settings(scenario: Scenario) -> str:
    rule = in_words(scenario.run.dispatch)
    said = {
        "start": scenario.start.replace("T", " ") or "none given: times are hours since the start",
        "horizon": short(scenario.run.horizon, "h"),
        "reported from": short(scenario.report.from_, "h"),
        "dispatch": rule.rpartition(":")[2] if rule.startswith("plantsim.") else rule,
        "links": ", ".join(" → ".join(chain) for chain in chained(scenario.links)) or "everything reaches everything",
        "time elements": in_words(scenario.report.elements) or "the usual ones",
    }
    return table("Run", ["setting", "value"], list(said.items()), words=2)


def _as_written(scenario: Scenario) -> str:
    """The scenario as a layout file, folded up; nothing if it holds code that a file can't name."""
    try:
        text = to_yaml(scenario)
    except LayoutError:
        return ""
    return f"<details><summary>All of it as a layout file</summary><pre>{escape(text)}</pre></details>"


def manifest(run: Results, replications: int = 1) -> str:
    """What one needs to make the run again."""
    known = {**run.manifest, "replications": replications}
    rows = [[word, in_words(value)] for word, value in known.items() if value not in ("", [], None)]
    return table("Manifest", ["what", "value"], rows, words=2)

"""The life of a batch or a unit, stretch by stretch: what it did, what it lacked, and who held what was lacking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.long_waits import Wait
from plantsim.record import HOUR
from plantsim.spans import Spans
from plantsim.waits import NOWHERE, WAITS, CrewsFor, Measures, SizeAt, UnitsFor, Why, clock, drawn, itself, lent

if TYPE_CHECKING:
    import pandas as pd

DAY = 24 * HOUR
COLUMNS = ["from", "until", "state", "where", "step", "cause", "held by"]


@dataclass(frozen=True)
class Story:
    """Every stretch of a life; `frame` has a row a stretch, in hours; `waits` says why it waited so long."""

    name: str
    frame: pd.DataFrame
    waits: Mapping[Wait, Why] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = [[_clock(each["start"]), _clock(each["end"]), *_words(each)] for each in self._rows()]
        wide = [max((len(row[k]) for row in rows), default=0) for k in range(6)]
        lines = ["  ".join(word.ljust(width) for word, width in zip(row, [*wide, 0], strict=True)) for row in rows]
        return "\n".join([self.name, *(line.rstrip() for line in lines), *self._whys()])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{word}</th>" for word in COLUMNS)
        cells = ([_clock(each["start"]), _clock(each["end"]), *_words(each)] for each in self._rows())
        rows = ("<tr>" + "".join(f"<td>{escape(word)}</td>" for word in row) + "</tr>" for row in cells)
        whys = "".join(f"<p>{escape(_waited(wait))}</p>{why._repr_html_()}" for wait, why in self.waits.items())
        return f"<table><caption>{escape(self.name)}</caption><tr>{head}</tr>{''.join(rows)}</table>{whys}"

    def _whys(self) -> Iterator[str]:
        for wait, why in self.waits.items():
            yield f"\n{_waited(wait)}"
            yield from (f"  {link}" for link in why.links)

    def _rows(self) -> list[dict[str, object]]:
        return self.frame.to_dict("records")  # type: ignore[return-value]


def _clock(hours: object) -> str:
    return clock(float(str(hours)))


def _words(row: Mapping[str, object]) -> list[str]:
    state = str(row["state"]) + (f" ({row['act']})" if row["act"] else "")
    return [state, *(str(row[word]) for word in COLUMNS[3:])]


def _waited(wait: Wait) -> str:
    """A long wait, as the heading of its chain."""
    return f"it waited {wait.end - wait.start:.4g} h for {wait.cause}, from {clock(wait.start)} to {clock(wait.end)}:"


class Past:
    """What was so at a time: the spans, each thing's own part of a frame cut out once."""

    def __init__(
        self, spans: Spans, units_for: UnitsFor, size_at: SizeAt, crews_for: CrewsFor, measures: Measures
    ) -> None:
        self.spans, self.units_for, self.size_at, self.crews_for = spans, units_for, size_at, crews_for
        self.measures = measures
        self.parts: dict[tuple[str, str], pd.DataFrame] = {}

    def of(self, kind: str, name: str) -> pd.DataFrame:
        """The spans of one thing."""
        if (kind, name) not in self.parts:
            frame = self.spans[kind]
            self.parts[kind, name] = frame[frame.iloc[:, 0] == name]
        return self.parts[kind, name]

    def at(self, kind: str, name: str, time: int) -> pd.DataFrame:
        """Those of its spans that hold at a time [ms]."""
        frame = self.of(kind, name)
        return frame[(frame["start"] <= time) & (frame["end"] > time)]

    def holders(self, lacking: str, time: int) -> str:
        """Who held a pool, or what each unit did that could have been granted, at a time [ms]."""
        if lacking in self.spans.end.pools:
            held: dict[str, float] = {}
            for pool in self.crews_for(lacking):
                uses = self.at("pools", pool, time).groupby("who", observed=True, sort=False)["number"].sum()
                for who, number in uses.items():
                    held[str(who)] = held.get(str(who), 0) + float(number)
            size = self.size_at(lacking, time)
            if lacking not in self.measures:
                return lent(held, size)
            return self._stopped(lacking, time) + drawn(held, size, *self.measures[lacking][1:])
        return ", ".join(f"{unit}: {self.doing(unit, time)}" for unit in self.units_for(lacking))

    def _stopped(self, utility: str, time: int) -> str:
        """Why none of a utility was made at a time [ms]; '' if it was."""
        causes = [str(cause) for cause in self.at("outages", utility, time)["cause"]]
        told = "it is not made now: closed" if causes == ["closed"] else f"it is down by {' and '.join(causes)}"
        return f"{told}; " if causes else ""

    def doing(self, unit: str, time: int) -> str:
        """What a unit did at a time [ms], in words."""
        stays = self.at("units", unit, time)
        if stays.empty:
            return "unknown"
        stay = stays.iloc[0]
        words = str(stay["state"])
        if stay["batch"]:
            words += f" {'with ' if words != 'holding' else ''}{stay['batch']} ({stay['step']})"
        return f"{words}, {stay['cause']}" if words.startswith(("down", "maintenance", "cleaning")) else words


def tell(
    name: str,
    spans: Spans,
    units_for: UnitsFor,
    size_at: SizeAt,
    crews_for: CrewsFor = itself,
    measures: Measures = NOWHERE,
) -> Story:
    """The story of a batch or a unit.

    `units_for` gives the units that the word in a cause means, `size_at` how many of a pool are there at a time
    [ms], `crews_for` the pools that can fill a need, `measures` the units of measure of utilities.

    Raises:
        PlantsimError: if nothing is called so, naming the nearest name.
    """
    past = Past(spans, units_for, size_at, crews_for, measures)
    if name in spans.end.units:
        return Story(name, _of_unit(name, past))
    batches = [str(each) for kind in ("lives", "parts") for each in spans[kind]["batch"]]
    if name in batches:
        return Story(name, _of_batch(name, past))
    hint = did_you_mean(name, [*spans.end.units, *batches])
    raise PlantsimError(f"there is no batch or unit {name!r}{hint}")


def _of_batch(name: str, past: Past) -> pd.DataFrame:
    mine = past.of("batches", name)
    lacks = [str(cause) if state in WAITS else "" for state, cause in zip(mine["state"], mine["cause"], strict=True)]
    return _told(mine.assign(where=mine["place"]), lacks, past)


def _of_unit(name: str, past: Past) -> pd.DataFrame:
    """Of a unit that holds a batch, the cause is what is lacking; of a repair or clean that waits, the detail."""
    mine = past.of("units", name)
    lacks = []
    for state, cause, detail in zip(mine["state"], mine["cause"], mine["detail"], strict=True):
        holding = state == "holding"
        lacks.append("" if holding and detail == "halted" else str(cause if holding else detail))
    return _told(mine.assign(where=mine["batch"]), lacks, past)


def _told(mine: pd.DataFrame, lacks: list[str], past: Past) -> pd.DataFrame:
    """The stretches in hours, with who held what was lacking when each began."""
    held = [past.holders(each, int(at)) if each else "" for each, at in zip(lacks, mine["start"], strict=True)]
    told = mine[["start", "end", "state", "act", "where", "step", "cause"]].copy()
    told["cause"] = [_cause(str(cause), each) for cause, each in zip(told["cause"], lacks, strict=True)]
    told["held by"] = held
    told[["start", "end"]] = told[["start", "end"]] / HOUR
    return told.reset_index(drop=True)


def _cause(cause: str, lacking: str) -> str:
    """Of a repair or clean that waits: what it is, and what it lacks."""
    return f"{cause}, lacks {lacking}" if lacking and cause != lacking else cause

"""Stays in a state, read from the record in one pass: of units, batches, pools, buffers; whole or cut to a window.

Frames hold whole milliseconds, as the record does; `in_hours` gives the same frame in hours.

- units: unit, start, end, state, batch, step, product, act, cause, detail.  The state is the first that applies of
  maintenance, down, closed (unless it works on), then what is done there: busy, transferring, cleaning, holding, idle.
  Of a holding unit, `detail` says whether it is blocked (is done and can't pass on), lacks a pool, or is halted, and
  `cause` what is lacking; of a unit that is down, cleaned or maintained, `cause` says by what and `detail` which pool
  is still awaited for it.
- batches: batch, start, end, state, place, unit, step, product, act, cause.  Waiting for unit, stored, waiting for
  pool, waiting to join, halted, in parts, quarantine (out of its last unit, without a verdict), or the state of its
  unit; `place` is where its material is, `unit` what it was granted.
- pools: pool, start, end, number, who: a batch, or a unit for a job of its own.
- buffers: buffer, start, end, number of batches in it.
- places: unit, start, end, number of batches in it: of units in which batches come and go each at its own time.
- jobs: unit, start (asked for), begun, end, kind (fail, clean, maintain), cause, over (0: not yet at the end).
- cleans: unit, start (asked for), begun, end, clean, cause, over: of units that clean themselves.
- lives: batch, start, end, order, number, product, entered [kg], amount [kg] at the end, fate (done, scrapped, or
  in plant).
- samples: test, start (sample taken), begun, end (verdict), sample, subject (batch or lot), step, material, verdict
  (accept, reject, dropped with its batch, or '' at the end of the record).
- outages: utility, start, end, cause (a failure, or closed): when it was not made.
- parts: batch, start, end, whole (the batch that was released), parent (of which it is a part), entered [kg], amount
  [kg] at the end, fate (done, scrapped, joined, or in plant).  Lives are those of whole batches.
- trips: time, container, from, to: from where it stands (its own name) to the unit in which it is filled, and back from
  where it was emptied.
- flows: time, flow (before: already there at the start; in; through a unit, and more through of one run; added from
  stores; given to them; loss; out; part out: of a batch of which other parts are still in the plant; pooled: into
  another batch; scrap), place, batch, step, product, amount [kg].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.reading import Reading
from plantsim.record import BLOCK, HOUR, Record, no_collection
from plantsim.state import State

if TYPE_CHECKING:
    import pandas as pd

Window: TypeAlias = tuple[int, int]  # from, until [ms]
STAYS = ("units", "batches", "pools", "buffers", "places")  # the frames that can be cut to a window
STATES = ("busy", "transferring", "setup", "cleaning", "holding", "down", "maintenance", "closed", "idle")
TIMES = ("start", "begun", "end", "time")


@dataclass(frozen=True)
class Spans:
    """All frames of a record, from `begun` to `until` [ms], and the state at its end."""

    frames: Mapping[str, pd.DataFrame]
    begun: int
    until: int
    end: State

    def __getitem__(self, kind: str) -> pd.DataFrame:
        if kind not in self.frames:
            raise PlantsimError(f"there are no spans of {kind!r}{did_you_mean(kind, self.frames)}")
        return self.frames[kind]


def read(record: Record, start: State) -> Spans:
    """All frames of a record in one pass, given the state in which it began.

    >>> from plantsim.record import Record, Row
    >>> from plantsim.state import OrderState, State, UnitState
    >>> plan = (((("run", HOUR),), HOUR, (), 0, HOUR, "start"),)
    >>> rows = [
    ...     Row(0, "release", "", "march/1", "grind", "powder", 100.0, "", ("march", 1)),
    ...     Row(0, "grant", "mill-1", "march/1", "grind", "powder", 100.0, "", (plan, ())),
    ...     Row(HOUR, "leave", "mill-1", "march/1", "grind", "powder", 98.0),
    ...     Row(HOUR, "done", "", "march/1", "grind", "powder", 98.0),
    ... ]
    >>> start = State(units={"mill-1": UnitState()}, orders={"march": OrderState()})
    >>> spans = read(Record(rows, until=3 * HOUR), start)
    >>> in_hours(spans["units"])[["unit", "start", "end", "state"]].to_dict("split")["data"]
    [['mill-1', 0.0, 1.0, 'busy'], ['mill-1', 1.0, 3.0, 'idle']]
    """
    with no_collection():
        reading = _read(record, start)
        state, until = reading.state, max(record.until, reading.state.time)
        reading.close(until)
        names: dict[str, Iterable[str]] = {"units": state.units, "jobs": state.units, "cleans": state.units}
        names |= {"pools": state.pools, "buffers": state.buffers, "places": state.units}
        names["outages"] = state.makers
        names["samples"] = sorted(reading.books.tests)
        frames = {kind: sheet.frame(names.get(kind, reading.books.names)) for kind, sheet in reading.sheets.items()}
    state.time = until
    return Spans(frames, start.time, until, state)


def _read(record: Record, start: State) -> Reading:
    reading = Reading(start)
    rows = iter(record)
    while block := list(islice(rows, BLOCK)):
        reading.take(block)
        reading.pack()
    return reading


def unit_spans(record: Record, start: State, cut: Window | None = None) -> pd.DataFrame:
    """What each unit did, whole or cut to a window [ms] (see `read`, which gives all frames for one reading)."""
    return _one("units", record, start, cut)


def batch_spans(record: Record, start: State, cut: Window | None = None) -> pd.DataFrame:
    """What each batch did or waited for, whole or cut to a window [ms]."""
    return _one("batches", record, start, cut)


def pool_uses(record: Record, start: State, cut: Window | None = None) -> pd.DataFrame:
    """Who used how many of each pool, whole or cut to a window [ms]."""
    return _one("pools", record, start, cut)


def buffer_spans(record: Record, start: State, cut: Window | None = None) -> pd.DataFrame:
    """How many batches stood in each buffer, whole or cut to a window [ms]."""
    return _one("buffers", record, start, cut)


def _one(kind: str, record: Record, start: State, cut: Window | None) -> pd.DataFrame:
    frame = read(record, start)[kind]
    return frame if cut is None else window(frame, *cut)


def window(frame: pd.DataFrame, from_ms: int, to_ms: int) -> pd.DataFrame:
    """The part of a frame with start and end that lies within [from, to) [ms].

    >>> import pandas as pd
    >>> window(pd.DataFrame({"start": [0, 5, 9], "end": [5, 9, 12]}), 4, 9).values.tolist()
    [[4, 5], [5, 9]]
    """
    inside = frame[(frame["end"] > from_ms) & (frame["start"] < to_ms)]
    return inside.assign(start=inside["start"].clip(lower=from_ms), end=inside["end"].clip(upper=to_ms))


def within(frame: pd.DataFrame, column: str, cut: Window, begun: int = 0) -> pd.DataFrame:
    """The rows whose time lies in (from, to] [ms]; what happens as the record begins is in the first window.

    >>> import pandas as pd
    >>> within(pd.DataFrame({"time": [0, 4, 9, 12]}), "time", (0, 9))["time"].tolist()
    [0, 4, 9]
    """
    after = frame[column] > cut[0] if cut[0] > begun else frame[column] >= begun
    return frame[after & (frame[column] <= cut[1])]


def in_hours(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame with its times in hours, and how long each stretch is."""
    hours = {name: frame[name] / HOUR for name in TIMES if name in frame}
    if "end" in frame:
        hours["hours"] = (frame["end"] - frame["start"]) / HOUR
    return frame.assign(**hours)


def check_tiling(frame: pd.DataFrame, cut: Window | None = None, names: Iterable[str] | None = None) -> None:
    """Assert that the stays of each thing follow one another without gap or overlap; and fill a window, if given.

    Raises:
        PlantsimError: with the name of the first thing whose stays don't, and when.
    """
    key, start, end = frame.columns[0], frame["start"].to_numpy(), frame["end"].to_numpy()
    codes = frame[key].cat.codes.to_numpy()
    same = codes[1:] == codes[:-1]
    torn = (same & (start[1:] != end[:-1])).nonzero()[0]
    if len(torn):
        at = torn[0]
        text = f"end at {end[at] / HOUR:g} h and go on at {start[at + 1] / HOUR:g} h"
        raise PlantsimError(f"the stays of {key} {frame[key].iloc[at]!r} don't tile: they {text}")
    if cut is not None and cut[1] > cut[0]:
        _check_ends(frame, cut, names)


def _check_ends(frame: pd.DataFrame, cut: Window, names: Iterable[str] | None) -> None:
    key = str(frame.columns[0])
    stretch = frame.groupby(key, observed=True).agg(start=("start", "min"), end=("end", "max"))
    for name in names if names is not None else stretch.index:
        found = (int(stretch["start"][name]), int(stretch["end"][name])) if name in stretch.index else None
        if found != cut:
            text = f"they go from {found[0] / HOUR:g} to {found[1] / HOUR:g} h" if found else "there are none"
            span = f"{cut[0] / HOUR:g} to {cut[1] / HOUR:g} h"
            raise PlantsimError(f"the stays of {key} {name!r} don't fill {span}: {text}")

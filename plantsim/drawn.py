"""The bound with the hours really drawn: no run may make more than they, and the work in process, leave room for.

Three statements.  Each visit of a batch to a unit is at least as long as the acts that it drew there.  The acts that
all visits drew of a unit, as their grants say, fit into the hours in which it may work, as its calendar says.  And of
each kind of unit, pool and utility, the batches that are done in a window are at most

    N x (H - others + first) / (mine + first)

H: what there was in the window [h of units that are open, up and not maintained; h of a pool; amount of a utility];
others: what was drawn of it by cleans, by batches that are not done by its end, by tests; mine and first: what the N
batches drew within the window, and before it.  Of units that holds by how stays are read, which tile the time of each
unit: there the second statement is what a record can fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from plantsim.errors import PlantsimError
from plantsim.record import HOUR, RowTuple
from plantsim.spans import Spans, Window, within

Visit: TypeAlias = tuple[str, str, str]  # batch, step, unit
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
BUSY = ("busy", "transferring", "setup")
WORK = (*BUSY, "cleaning")
AWAY = ("closed", "down", "maintenance")
CHANGED = ("impair", "scrap", "rework")  # the work of a batch goes on by another plan, or not at all
OVER = ("ride", "split", "done")  # a batch has done all that it had to do in its unit
CRUMB = 1e-6  # part of what there was: rates and fractions of a pool are floats


def visits(rows: Iterable[RowTuple]) -> dict[Visit, int]:
    """Visit -> how long [ms] the acts take that it drew, without cleans; of visits that are over and went by plan."""
    drawn: dict[Visit, int] = {}
    now: dict[str, tuple[str, str, Any]] = {}  # batch -> step, unit and plan of its visit
    last: dict[str, tuple[int, Visit, int]] = {}  # batch -> when its last visit was over, and what it drew

    def over(batch: str, time: int) -> None:
        found = now.pop(batch, None)
        if found is not None:
            step, unit, plan = found
            act, ms = plan[0][0][0]
            length = sum([stint[1] for stint in plan]) - (ms if act[:6] == "clean " else 0)
            key = batch, step, unit
            drawn[key] = drawn.get(key, 0) + length
            last[batch] = time, key, length

    for time, kind, unit, batch, step, _, _, cause, detail in rows:
        if kind == "grant":
            if batch in now:
                over(batch, time)
            now[batch] = step, unit, detail[0]
        elif kind == "begin":
            if detail is not None and batch in now and not _as_planned(detail, now[batch][2]):
                del now[batch]
        elif kind == "leave":
            if batch in now and now[batch][1] == unit:
                over(batch, time)
        elif kind in OVER:
            over(batch, time)
        elif kind == "join":
            for name, _ in detail:
                over(name, time)
        elif kind in CHANGED or (kind == "outcome" and cause):
            now.pop(batch, None)
            if kind != "impair" and batch in last and last[batch][0] == time:  # it is taken out in the middle of it
                drawn[last[batch][1]] -= last[batch][2]
    return drawn


def _as_planned(detail: Any, plan: Any) -> bool:
    """Whether a stint that begins with other pools takes as long as was planned."""
    stint = detail[0] if len(detail) == 2 else detail
    return any(stint[0] == each[0] for each in plan)


def check_hours(drew: Mapping[Visit, int], there: Mapping[str, int]) -> None:
    """Assert that the acts which all visits drew of a unit fit into the time for which it may work [ms].

    Raises:
        PlantsimError: naming the unit, and both times.
    """
    total = dict.fromkeys(there, 0)
    for (_, _, unit), length in drew.items():
        total[unit] += length
    for unit, length in total.items():
        if length > there[unit]:
            raise PlantsimError(f"what batches drew of {unit} takes {length / HOUR:g} h, "
                                f"but it may work for no more than {there[unit] / HOUR:g} h")  # fmt: skip


def check_visits(drew: Mapping[Visit, int], spans: Spans) -> None:
    """Assert that each visit took at least as long as the acts that it drew.

    Raises:
        PlantsimError: naming the batch, the unit, and both times.
    """
    stays, names = spans["batches"], ("batch", "step", "unit")
    work = _is(stays["state"], BUSY)
    columns = [stays[name].cat for name in names]
    wide = [max(len(column.categories), 1) for column in columns]
    keys = np.ravel_multi_index([column.codes.to_numpy()[work].astype(np.int64) for column in columns], wide)
    there, place = np.unique(keys, return_inverse=True)
    worked = np.bincount(place, (stays["end"] - stays["start"]).to_numpy()[work], len(there))
    codes = [{name: k for k, name in enumerate(column.categories)} for column in columns]
    found = dict(zip(there.tolist(), worked.tolist(), strict=True))
    for (batch, step, unit), length in drew.items():
        key = (codes[0].get(batch, -1) * wide[1] + codes[1].get(step, -1)) * wide[2] + codes[2].get(unit, -1)
        if found.get(key, 0.0) < length:
            raise PlantsimError(f"{batch} worked in {unit} for {found.get(key, 0.0) / HOUR:g} h at step {step}, "
                                f"but what it drew for that takes {length / HOUR:g} h")  # fmt: skip


def _is(column: pd.Series[str], words: Iterable[str]) -> Flags:
    """Where a column of few words has one of these."""
    told = np.array([word in words for word in column.cat.categories], dtype=bool)
    flags: Flags = told[column.cat.codes.to_numpy()] if len(told) else np.zeros(len(column), dtype=bool)
    return flags


# ---- batches in a window ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Uses:
    """Who used how many of what, from when to when [ms]; of units one, of those that there are."""

    of: Numbers  # of which thing, by its number
    start: Numbers
    end: Numbers
    number: Numbers
    mine: Flags  # by batches that are done in the window, or their parts

    def sums(self, which: Flags, begin: int, until: int, things: int) -> Numbers:
        """Hours x number of each thing within a stretch."""
        hours = (np.minimum(self.end, until) - np.maximum(self.start, begin)).clip(min=0) / HOUR
        return np.bincount(self.of[which], (hours * self.number)[which], things)


def drawn(
    spans: Spans,
    cut: Window,
    groups: Mapping[str, str],
    pools: Mapping[str, tuple[float, Sequence[Window]]],
    utilities: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """Of each kind of unit, pool and utility: what there was, what was drawn of it, and batches at most (see above).

    `groups`: unit -> kind; `pools`: name -> (how many, when they are there [ms]); `utilities`: name -> (rate at which
    it is made, size of its tank).  Amounts are hours, of utilities in their unit of measure.
    """
    kinds, lent_ = list(dict.fromkeys(groups.values())), [*pools, *utilities]
    number, done = len(kinds) + len(lent_), _done(spans, cut)
    units, lent = _units(spans, groups, kinds, done), _lent(spans, lent_, len(kinds), done)
    here, worked = ~_is(spans["units"]["state"], AWAY), _is(spans["units"]["state"], WORK)
    there = units.sums(here, *cut, number)
    for k, (count, stretches) in enumerate(pools.values(), len(kinds)):
        there[k] = _there(lent, lent.of == k, cut, count, stretches)
    for k, (rate, size) in enumerate(utilities.values(), len(kinds) + len(pools)):
        there[k] = rate * (cut[1] - cut[0]) / HOUR + size

    def drew(mine: bool, stretch: Window) -> Numbers:
        """What is drawn within a stretch by batches that are done in the window, or by all others."""
        of_units = units.sums(worked & (units.mine == mine), *stretch, number)
        return of_units + lent.sums(lent.mine == mine, *stretch, number)

    columns = {"mine": drew(True, cut), "others": drew(False, cut), "first": drew(True, (spans.begun, cut[0]))}
    frame = pd.DataFrame({"there": there, **columns}, index=[*kinds, *lent_])
    each = (frame["mine"] + frame["first"]) / max(len(done), 1)
    room = frame["there"] - frame["others"] + frame["first"]
    frame["share"] = (frame["mine"] + frame["others"]) / frame["there"].where(frame["there"] > 0.0)
    frame["most batches"] = room / each.where(each > 0.0)
    return frame


def _units(spans: Spans, groups: Mapping[str, str], kinds: list[str], done: Mapping[str, None]) -> Uses:
    """What units do, by kind: for a batch, or for itself where it cleans itself or is made ready."""
    stays = spans["units"]
    things = np.array([kinds.index(groups[unit]) for unit in stays["unit"].cat.categories] or [0], dtype=np.int64)
    own = _is(stays["cause"], ("",)) | _is(stays["state"], ("transferring",))
    return Uses(things[stays["unit"].cat.codes.to_numpy()], stays["start"].to_numpy(), stays["end"].to_numpy(),
                np.ones(len(stays)), own & _mine(stays["batch"], spans, done))  # fmt: skip


def _lent(spans: Spans, names: list[str], first: int, done: Mapping[str, None]) -> Uses:
    """What is lent of pools and utilities, which are numbered from `first` on; nothing is lent of a skill itself."""
    uses = spans["pools"]
    at = {name: first + k for k, name in enumerate(names)}
    things = np.array([at.get(pool, -1) for pool in uses["pool"].cat.categories] or [0], dtype=np.int64)
    return Uses(things[uses["pool"].cat.codes.to_numpy()], uses["start"].to_numpy(), uses["end"].to_numpy(),
                uses["number"].to_numpy(), _mine(uses["who"], spans, done))  # fmt: skip


def _mine(who: pd.Series[str], spans: Spans, done: Mapping[str, None]) -> Flags:
    parts = spans["parts"]
    return _is(who, {**done, **{part: None for part, whole in zip(parts["batch"], parts["whole"], strict=True)
                                if whole in done}})  # fmt: skip


def _done(spans: Spans, cut: Window) -> dict[str, None]:
    """Batches that are done in a window."""
    lives = spans["lives"]
    return dict.fromkeys(within(lives[lives["fate"] == "done"], "end", cut, spans.begun)["batch"])


def _there(lent: Uses, mine: Flags, cut: Window, count: float, stretches: Sequence[Window]) -> float:
    """Hours of a pool: those in which it is there, and those for which it stayed on longer."""
    edges = np.array([cut[0], *(edge for stretch in stretches for edge in stretch), cut[1]], dtype=float)
    passed = np.concatenate([[0.0], np.cumsum(np.diff(edges) * [0.0, *(1.0, 0.0) * len(stretches)])])
    start, end = lent.start[mine].clip(*cut), lent.end[mine].clip(*cut)
    longer = (end - start - np.interp(end, edges, passed) + np.interp(start, edges, passed)) * lent.number[mine]
    return float(count * passed[-1] + longer.sum()) / HOUR


def check_bound(frame: pd.DataFrame, made: int) -> None:
    """Assert that no more batches were made than what was drawn leaves room for, nor more drawn than there was.

    Raises:
        PlantsimError: naming what there was too little of.
    """
    most = frame["most batches"].fillna(np.inf)
    over = frame[(most < made * (1.0 - CRUMB)) | (frame["share"] > 1.0 + CRUMB)]
    for name, row in over.iterrows():
        text = f"{row['mine'] + row['others']:.6g} were drawn of {row['there']:.6g}, which leaves room for"
        raise PlantsimError(f"{made} batches were made, more than {name} allows: {text} {row['most batches']:.6g}")


def made(spans: Spans, cut: Window) -> int:
    """Batches that left the plant in a window, by what flows out of it."""
    flows = spans["flows"]
    return int(_is(within(flows, "time", cut, spans.begun)["flow"], ("out",)).sum())

"""The waits of a run that lasted longest, of batches on the floor and of those that stood ready, and why they did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from plantsim.record import HOUR, RowTuple
from plantsim.state import State, fold
from plantsim.unfit import ALWAYS, Shifts
from plantsim.waits import NOWHERE, WAITS, CrewsFor, Measures, SizeAt, UnitsFor, Why, itself, why

if TYPE_CHECKING:
    import pandas as pd


class Wait(NamedTuple):
    """A stretch in which a batch waited for one claim; times in hours."""

    batch: str
    step: str
    start: float
    end: float
    cause: str  # what was lacking first


def waits(batches: pd.DataFrame, longer: float, outside: Iterable[Wait] = ()) -> list[Wait]:
    """Waits for one claim that were longer than so many hours, the longest first; `outside`: of those not yet begun.

    >>> import pandas as pd
    >>> stays = {"batch": "m/1", "start": [0, HOUR], "end": [HOUR, 9 * HOUR], "step": "s", "cause": ["press", "crew"]}
    >>> waits(pd.DataFrame(stays).assign(state="waiting for unit"), longer=8.0)
    [Wait(batch='m/1', step='s', start=0.0, end=9.0, cause='press')]
    """
    mine = batches[batches["state"].isin(WAITS)].sort_values(["batch", "start"], kind="stable")
    found: list[Wait] = []
    columns = (mine[word].tolist() for word in ("batch", "step", "start", "end", "cause"))
    for batch, step, start, end, cause in zip(*columns, strict=True):
        last = found[-1] if found else None
        if last and (last.batch, last.step, last.end) == (batch, step, start / HOUR):
            found[-1] = last._replace(end=end / HOUR)
        else:
            found.append(Wait(str(batch), str(step), start / HOUR, end / HOUR, str(cause)))
    long = [wait for wait in (*found, *outside) if wait.end - wait.start > longer]
    return sorted(long, key=lambda wait: (wait.start - wait.end, wait.start, wait.batch))


def outside(rows: Iterable[RowTuple], start: State, until: int) -> list[Wait]:
    """Waits of batches that stood ready, of orders released as taken, and could not be begun for want of something."""
    open_: dict[str, Wait] = {}
    found, number = list[Wait](), {name: each.released for name, each in start.orders.items()}
    for name, each in start.orders.items():
        if each.lacks:
            open_[name] = Wait(f"{name}/{each.released + 1}", "", each.since / HOUR, until / HOUR, each.lacks)
    for time, kind, unit, batch, step, _, _, cause, detail in rows:
        if kind == "wait" and not (unit or batch or isinstance(detail, str)):
            name = detail[0]
            open_.setdefault(name, Wait(f"{name}/{number[name] + 1}", step, time / HOUR, until / HOUR, cause))
        elif kind in ("release", "lost"):
            number[detail[0]] += 1
            if (over := open_.pop(detail[0], None)) is not None:
                found.append(over._replace(end=time / HOUR))
    return [*found, *open_.values()]


def explained(
    found: Iterable[Wait],
    longer: float,
    start: State,
    rows: Iterable[RowTuple],
    units_for: UnitsFor,
    size_at: SizeAt,
    crews_for: CrewsFor = itself,
    measures: Measures = NOWHERE,
    shifts: Shifts = ALWAYS,
) -> dict[Wait, Why]:
    """The chain behind each wait when it had lasted so long; the record is folded once."""
    state, coming, told = start.copy(), iter(rows), dict[Wait, Why]()
    row = next(coming, None)
    for wait in sorted(found, key=lambda wait: wait.start):
        at = round((wait.start + longer) * HOUR)
        due = []
        while row is not None and row[0] <= at:
            due.append(row)
            row = next(coming, None)
        told[wait] = why(wait.batch, fold(state, due, at), units_for, size_at, crews_for, measures, shifts)
    return told

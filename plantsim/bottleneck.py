"""What holds the plant back: active periods (Roser, Nakano and Tanaka 2002), and blocked and starved neighbours.

The busiest unit need not be the bottleneck: it may be the one that is never let down.  A unit is *active* while it is
neither starved (idle), nor blocked (done and unable to pass on), nor closed; a repair and a clean are active, since
they keep the others waiting.  At each time the unit whose active period is the longest is the momentary bottleneck.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

import pandas as pd

from plantsim.record import HOUR
from plantsim.spans import Window, window

Stages = Sequence[tuple[str, Sequence[str]]]  # (name, its units), from the first step to the last
Period = tuple[Any, Any, str]  # start, end, name


# ---- active periods --------------------------------------------------------------------------------------------------


def active_periods(units: pd.DataFrame) -> pd.DataFrame:
    """Stretches in which each unit works or is cleaned, mended or serviced: unit, start, end [ms].

    A unit that is starved, blocked, closed, or waits for people is held back by something else than itself.

    >>> stays = {"unit": "mill-1", "start": [0, 3, 4, 8], "end": [3, 4, 8, 9],
    ...          "state": ["busy", "down", "holding", "busy"], "detail": ["", "", "blocked", ""]}
    >>> active_periods(pd.DataFrame(stays)).values.tolist()
    [['mill-1', 0, 4], ['mill-1', 8, 9]]
    """
    active = ~units["state"].isin(["idle", "closed", "holding"])
    new = (active != active.shift()) | (units["unit"] != units["unit"].shift())
    runs = units[active].groupby(new.cumsum()[active], sort=False)
    frame = runs.agg(unit=("unit", "first"), start=("start", "first"), end=("end", "last"))
    return frame.reset_index(drop=True)


def _blocked(units: pd.DataFrame) -> pd.Series[bool]:
    return (units["state"] == "holding") & (units["detail"] == "blocked")


def momentary(periods: pd.DataFrame, groups: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The momentary bottleneck at each time: start, end, name, kind (sole; shifting: from one to the next).

    Args:
        periods: active periods, as name (of a unit or station), start, end in that order; any times will do.
        groups: name -> group, if units that stand in for one another are to count as one.

    >>> periods = pd.DataFrame({"unit": ["mill-1", "press-1"], "start": [0, 4], "end": [5, 10]})
    >>> momentary(periods).values.tolist()
    [[0, 4, 'mill-1', 'sole'], [4, 5, 'mill-1', 'shifting'], [4, 5, 'press-1', 'shifting'], [5, 10, 'press-1', 'sole']]
    """
    name, start, end = periods.columns[:3]
    rows = sorted(zip(periods[start].tolist(), periods[end].tolist(), periods[name].astype(str), strict=True))
    chosen = [(begin, until, (groups or {}).get(who, who)) for begin, until, who in _longest(rows)]
    return pd.DataFrame(_merged(_pieces(chosen)), columns=["start", "end", "name", "kind"])


def _longest(periods: list[Period]) -> list[Period]:
    """The periods, sorted by start, that at some time are the longest of all that run then."""
    running: list[tuple[Any, int]] = []
    chosen: set[int] = set()
    coming = 0
    for now in sorted({time for begin, end, _ in periods for time in (begin, end)}):
        while coming < len(periods) and periods[coming][0] <= now:
            heappush(running, (periods[coming][0] - periods[coming][1], coming))
            coming += 1
        while running and periods[running[0][1]][1] <= now:
            heappop(running)
        chosen.update(_equals(running, periods, now))
    return [periods[k] for k in sorted(chosen)]


def _equals(running: list[tuple[Any, int]], periods: list[Period], now: Any) -> list[int]:
    """The longest that run now: one, or several of the same length."""
    if not running:
        return []
    longest = running[0][0]
    if any(length == longest for length, _ in running[1:3]):  # of a heap, equals of the first lie next to it
        return [k for length, k in running if length == longest and periods[k][1] > now]
    return [running[0][1]]


def _pieces(periods: list[Period]) -> Iterator[tuple[Any, Any, str, str]]:
    """(start, end, name, kind) of each stretch in which the same bottleneck periods run."""
    running: list[Period] = []
    times = sorted({time for begin, end, _ in periods for time in (begin, end)})
    coming = 0
    for now, until in pairwise(times):
        running = [each for each in running if each[1] > now]
        while coming < len(periods) and periods[coming][0] <= now:
            running.append(periods[coming])
            coming += 1
        names = sorted({name for _, _, name in running})
        yield from ((now, until, name, "sole" if len(names) == 1 else "shifting") for name in names)


def _merged(pieces: Iterator[tuple[Any, Any, str, str]]) -> list[tuple[Any, Any, str, str]]:
    """Pieces that go on from one of the same name and kind made one, in order of time and name."""
    whole: list[tuple[Any, Any, str, str]] = []
    open_: dict[tuple[str, str], int] = {}
    for start, end, name, kind in pieces:
        at = open_.get((name, kind))
        if at is not None and whole[at][1] == start:
            whole[at] = (whole[at][0], end, name, kind)
        else:
            open_[name, kind] = len(whole)
            whole.append((start, end, name, kind))
    return whole


def shares(moments: pd.DataFrame, cut: Window) -> pd.DataFrame:
    """Share of the window in which each unit was the bottleneck, alone and while it shifted.

    >>> moments = momentary(pd.DataFrame({"unit": ["mill-1", "press-1"], "start": [0, 4], "end": [5, 10]}))
    >>> shares(moments, (0, 10)).loc["press-1"].tolist()
    [0.5, 0.1]
    """
    inside = window(moments, *cut)
    length = (inside["end"] - inside["start"]) / (cut[1] - cut[0])
    sums = length.groupby([inside["name"], inside["kind"]]).sum().unstack()
    return sums.reindex(columns=["sole", "shifting"]).fillna(0.0)


# ---- blocked and starved ---------------------------------------------------------------------------------------------


def turning_points(blocked: Sequence[float], starved: Sequence[float]) -> list[int]:
    """Stages of a line at which blocked before turns to starved after, the most severe first (Kuo, Lim, Meerkov 1996).

    Between two stages an arrow points downstream if the first is blocked more than the second is starved, and else
    upstream; a turning point is where no arrow leads away from.

    >>> turning_points([0.31, 0.08, 0.0], [0.0, 0.10, 0.37])
    [1]
    """
    gaps = [b - s for b, s in zip(blocked, starved[1:], strict=False)]
    last = len(blocked) - 1
    points = [k for k in range(last + 1) if (k == 0 or gaps[k - 1] > 0.0) and (k == last or gaps[k] <= 0.0)]
    return sorted(points, key=lambda k: -sum(abs(gap) for gap in gaps[max(k - 1, 0) : k + 1]))


# ---- all of it -------------------------------------------------------------------------------------------------------


def bottleneck(
    units: pd.DataFrame,
    cut: Window,
    groups: Mapping[str, str] | None = None,
    stages: Stages = (),
    awaited: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Of each unit, or group of units: how it works, how long it is the bottleneck, who waits on whom.

    Shares are of calendar hours.  `working` is busy; `active` is all but starved, blocked and closed; `active period`
    is its mean length [h]; `sole` and `shifting` say how long it is the momentary bottleneck; `turning point` marks
    the stage of a line where blocked before turns to starved after.  `frame.attrs["says"]` says it in a sentence.

    Args:
        units: spans of units, of the whole run, so that periods are whole.
        groups: unit -> group.
        stages: the line, if the plant is one: (name, its units) from the first step to the last.
        awaited: hours that batches waited, by what for (see `kpi.waiting`).

    >>> stays = {"unit": ["mill-1", "press-1", "press-1"], "start": [0, 0, 2 * HOUR], "end": [8 * HOUR, 2 * HOUR,
    ...          8 * HOUR], "state": ["busy", "idle", "busy"], "detail": ""}
    >>> bottleneck(pd.DataFrame(stays), (0, 8 * HOUR)).attrs["says"]
    'mill-1 holds back most: it is the momentary bottleneck 100% of the time, 100% alone'
    """
    names = {str(unit): str(unit) for unit in units["unit"].unique()} | dict(groups or {})
    frame = _worked(units, cut, names)
    periods = active_periods(units)
    length = (periods["end"] - periods["start"]) / HOUR
    frame["active period"] = length.groupby(periods["unit"].astype(str).map(names)).mean()
    frame[["sole", "shifting"]] = shares(momentary(periods, names), cut)
    frame = frame.fillna(0.0)
    frame["turning point"] = frame.index.isin(_turning(units, cut, names, stages))
    frame.attrs["says"] = sentence(frame, awaited or {})
    return frame


def _worked(units: pd.DataFrame, cut: Window, names: Mapping[str, str]) -> pd.DataFrame:
    """Mean shares of calendar hours by group."""
    inside = window(units, *cut)
    ms = inside["end"] - inside["start"]
    blocked, idle = _blocked(inside), inside["state"] == "idle"
    parts = {
        "working": inside["state"] == "busy",
        "active": ~(idle | blocked | (inside["state"] == "closed")),
        "blocked": blocked,
        "starved": idle,
    }
    key = inside["unit"].astype(str).map(dict(names))
    sums = {word: ms.where(part, 0).groupby(key, sort=False).sum() for word, part in parts.items()}
    return pd.DataFrame(sums).div(ms.groupby(key, sort=False).sum(), axis=0)


def _turning(units: pd.DataFrame, cut: Window, names: Mapping[str, str], stages: Stages) -> list[str]:
    """Groups of the units of the most severe turning point."""
    if len(stages) < 2:
        return []
    stage_of = {unit: stage for stage, members in stages for unit in members}
    frame = _worked(units[units["unit"].isin(stage_of)], cut, stage_of).reindex([stage for stage, _ in stages])
    points = turning_points(frame["blocked"].tolist(), frame["starved"].tolist())
    return [names[unit] for unit in stages[points[0]][1]] if points else []


def sentence(frame: pd.DataFrame, awaited: Mapping[str, float]) -> str:
    """The busiest and the bottleneck in a sentence, and whether they, and the neighbours, agree."""
    if frame.empty or not frame["working"].max() > 0.0:
        return "nothing worked"
    held = frame["sole"] + frame["shifting"]
    busy, worst = str(frame["working"].idxmax()), str(held.idxmax())
    text = f"{worst} holds back most: it is the momentary bottleneck {held.max():.0%} of the time"
    text += f", {frame['sole'][worst]:.0%} alone"
    if busy != worst:
        text += f"; {busy} works most ({frame['working'][busy]:.0%}), but does not hold back most"
    turning = [str(name) for name in frame.index[frame["turning point"]]]
    if turning and worst not in turning:
        text += f"; blocked and starved neighbours point to {', '.join(turning)} instead"
    if awaited:
        most = max(awaited, key=lambda cause: awaited[cause])
        text += f"; batches wait longest for {most} ({awaited[most]:,.0f} h)"
    return text

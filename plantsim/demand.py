"""What is drawn of a utility, and its level, at all times of a run: read from the uses in a record, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import pandas as pd

from plantsim.errors import PlantsimError
from plantsim.record import HOUR
from plantsim.spans import Spans, Window, window
from plantsim.state import State, TankState, draws, fine, level_at

FINE = 1000
Piece: TypeAlias = tuple[
    int, int, int, int, int
]  # from, until [ms], drawn, level at first, level at last (see `tanks`)


def pieces(
    uses: pd.DataFrame, tank: TankState, begun: int, until: int, stops: Sequence[Window] = ()
) -> Iterator[Piece]:
    """Stretches in which a level rises, falls or stays, one after the other, in the whole numbers of a state.

    `stops` are stretches in which none is made.
    """
    changes: dict[int, int] = {begun: 0, until: 0} | {at: 0 for stop in stops for at in stop}
    for start, end, rate in zip(uses["start"], uses["end"], uses["number"], strict=True):
        changes[int(start)] = changes.get(int(start), 0) + fine(rate)
        changes[int(end)] = changes.get(int(end), 0) - fine(rate)
    level, drawn, times = tank.level, 0, sorted(changes)
    for here, there in pairwise(times):
        drawn += changes[here]
        stopped = any(begin <= here < end for begin, end in stops)
        net = (0 if stopped else tank.makes) - drawn
        full = -(-(tank.size - level) // net) if net > 0 else there - here
        if 0 < full < there - here:  # it is full from here on
            yield here, here + full, drawn, level, tank.size
            here, level = here + full, tank.size
        last = min(tank.size, max(0, level + net * (there - here)))
        yield here, there, drawn, level, last
        level = last


def course(spans: Spans, start: State, name: str, cut: Window) -> pd.DataFrame:
    """Stretches of a utility [ms]: start, end, rate drawn, rate at which it was made, level at both ends.

    Between the ends the level is a straight line; what is made is what is drawn, and what the level rises.
    """
    tank = start.tanks[name]
    now = TankState(
        tank.makes, tank.size, level_at(tank, draws(start.pools[name], tank.since), spans.begun), spans.begun
    )
    uses = spans["pools"]
    whole = pieces(uses[uses["pool"] == name], now, spans.begun, spans.until, _stops(spans, name))
    rows = [_row(*_within(piece, cut)) for piece in whole if piece[1] > cut[0] and piece[0] < cut[1]]
    return pd.DataFrame(rows, columns=["start", "end", "drawn", "made", "level", "level at end"])


def outages(spans: Spans, name: str, cut: Window) -> pd.DataFrame:
    """When a utility was not made, from when to when [ms], and why: a failure, or closed."""
    frame = window(spans["outages"], *cut)
    return frame[frame["utility"] == name].drop(columns="utility").reset_index(drop=True)


def _stops(spans: Spans, name: str) -> list[Window]:
    frame = spans["outages"]
    mine = frame[frame["utility"] == name]
    return [(int(begin), int(end)) for begin, end in zip(mine["start"], mine["end"], strict=True)]


def _within(piece: Piece, cut: Window) -> tuple[int, int, int, float, float]:
    """The part of a stretch that lies in a window."""
    begin, end, drawn, first, last = piece
    slope = (last - first) / (end - begin)
    here, there = max(begin, cut[0]), min(end, cut[1])
    low = first if here == begin else first + slope * (here - begin)
    high = last if there == end else first + slope * (there - begin)
    return here, there, drawn, low, high


def _row(begin: int, end: int, drawn: int, first: float, last: float) -> dict[str, Any]:
    made = drawn + (last - first) / (end - begin)
    stock = FINE * HOUR
    return {
        "start": begin, "end": end, "drawn": drawn / FINE, "made": made / FINE, "level": first / stock,
        "level at end": last / stock,
    }  # fmt: skip


def awaited(spans: Spans, name: str, cut: Window) -> pd.DataFrame:
    """Who waited for a utility, from when to when [ms]: a batch, or a unit with a job of its own."""
    batches, units = window(spans["batches"], *cut), window(spans["units"], *cut)
    mine = batches[
        (batches["cause"] == name) & batches["state"].isin(["waiting for pool", "waiting for unit", "halted"])
    ]
    own = units[(units["detail"] == name) & units["state"].isin(["cleaning", "down", "maintenance"])]
    waits = [frame.iloc[:, :3].set_axis(["who", "start", "end"], axis=1) for frame in (mine, own)]
    return pd.concat([frame.astype({"who": str}) for frame in waits], ignore_index=True).sort_values(
        "start", ignore_index=True
    )


def use(spans: Spans, start: State, most: dict[str, float], cut: Window) -> pd.DataFrame:
    """Of each utility: the mean and the largest rate drawn, shares of what is made and what can be drawn, the lowest
    level, hours at the largest rate, the hours and times that somebody waited for it, and the hours for which it was
    down and the times that it failed.
    """
    rows = {}
    for name, limit in most.items():
        frame, waits, stops = course(spans, start, name, cut), awaited(spans, name, cut), outages(spans, name, cut)
        down = stops[stops["cause"] != "closed"]
        hours = (frame["end"] - frame["start"]) / HOUR
        makes, mean = start.tanks[name].makes / FINE, float((frame["drawn"] * hours).sum() / max(hours.sum(), 1e-9))
        rows[name] = {
            "makes": makes, "mean drawn": mean, "most drawn": float(frame["drawn"].max()),
            "mean share of makes": mean / makes, "lowest level": float(frame[["level", "level at end"]].min().min()),
            "hours at most": float(hours[frame["drawn"] >= limit - 1e-9].sum()),
            "waiting hours": float((waits["end"] - waits["start"]).sum() / HOUR), "waits": len(waits),
            "hours down": float((down["end"] - down["start"]).sum() / HOUR), "failures": len(down),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def check(spans: Spans, start: State, most: dict[str, float]) -> None:
    """Assert that nobody drew more than can be drawn, nor more than is made or was there.

    Raises:
        PlantsimError: naming the utility and when.
    """
    for name, limit in most.items():
        frame = course(spans, start, name, (spans.begun, spans.until))
        bad = frame[(frame["drawn"] > limit + 1e-9) | (frame["made"] > start.tanks[name].makes / FINE + 1e-9)]
        if len(bad):
            at, rate = bad["start"].iloc[0] / HOUR, bad["drawn"].iloc[0]
            raise PlantsimError(f"more is drawn of {name!r} than there is: {rate:g} an hour at {at:g} h")

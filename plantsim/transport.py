"""What was moved, from where to where, and which areas were crossed: read from the stays of batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from plantsim.record import HOUR

if TYPE_CHECKING:
    from plantsim.spans import Window

Named = Callable[[str, str], str]  # (place, place) -> the transfer between them, or ''


def moves(batches: pd.DataFrame, cut: Window, trips: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each move of a batch: time [ms] at which it was over, batch, from, to; in the order of time.

    `trips` are those of containers from where they stand and back, each under its own name in place of a batch.

    >>> stays = {"batch": ["a", "a", "b"], "start": [0, 5, 2], "end": [5, 9, 4], "place": ["mill", "press", "mill"]}
    >>> moves(pd.DataFrame(stays), (0, 9)).values.tolist()
    [[5, 'a', 'mill', 'press']]
    """
    stays = batches[batches["place"] != ""].sort_values(["batch", "start"], kind="stable")
    batch, place = stays["batch"].astype(str), stays["place"].astype(str)
    gone = (batch.shift() == batch) & (place.shift() != place) & (stays["start"] >= cut[0]) & (stays["start"] < cut[1])
    found = pd.DataFrame({"time": stays["start"], "batch": batch, "from": place.shift(), "to": place})[gone]
    if trips is not None and len(trips):
        mine = trips[(trips["time"] >= cut[0]) & (trips["time"] < cut[1])].rename(columns={"container": "batch"})
        found = pd.concat([found, mine[list(found.columns)].astype({"batch": str, "from": str, "to": str})])
    return found.sort_values(["time", "batch"], kind="stable").reset_index(drop=True)


def transport(gone: pd.DataFrame, inside: pd.DataFrame, home: Mapping[str, str], named: Named) -> pd.DataFrame:
    """By transfer and link: how many moves, and the hours of batches that were on their way.

    `inside`: the stays cut to the window; `home`: single unit or buffer -> its name in the layout.
    """
    way = inside[inside["state"] == "transferring"]
    hours = _by_link(way["place"], way["unit"], home, named)
    hours["hours"] = (way["end"] - way["start"]).to_numpy() / HOUR
    number = _by_link(gone["from"], gone["to"], home, named).assign(moves=1)
    keys = ["transfer", "from", "to"]
    frame = pd.DataFrame({"moves": number.groupby(keys)["moves"].sum(), "hours": hours.groupby(keys)["hours"].sum()})
    frame["moves"] = frame["moves"].fillna(0).astype(int)
    return frame.fillna({"hours": 0.0})


def _by_link(here: pd.Series[str], there: pd.Series[str], home: Mapping[str, str], named: Named) -> pd.DataFrame:
    pairs = list(zip(here.astype(str), there.astype(str), strict=True))
    rows = [(named(a, b), home.get(a, a), home.get(b, b)) for a, b in pairs]
    return pd.DataFrame(rows, columns=["transfer", "from", "to"], dtype=str)


def crossings(
    gone: pd.DataFrame, area: Mapping[str, str], grade: Mapping[str, str], dirty: Callable[[str, str], bool]
) -> pd.DataFrame:
    """Moves from one area into another: how many, how many of them change the grade, and how clean meets dirty.

    `clean and dirty in turn` counts the moves through the door between two areas, in either direction, that follow one
    of the other kind.

    >>> gone = pd.DataFrame({"from": ["a", "a", "b"], "to": ["b", "b", "a"]})
    >>> found = crossings(gone, {"a": "hall", "b": "core"}, {"hall": "D", "core": "C"}, lambda here, there: here == "b")
    >>> [*map(str, found.loc[("hall", "core")])], [*map(str, found.loc[("core", "hall")])]
    (['D', 'C', '2', '2', '0', '0'], ['C', 'D', '1', '1', '1', '1'])
    """
    counts: dict[tuple[str, str], list[int]] = {}
    last: dict[frozenset[str], bool] = {}
    for here, there in zip(gone["from"], gone["to"], strict=True):
        pair = area.get(here, ""), area.get(there, "")
        if pair[0] == pair[1]:
            continue
        is_dirty, door = dirty(here, there), frozenset(pair)
        count = counts.setdefault(pair, [0, 0, 0, 0])
        count[0] += 1
        count[1] += grade.get(pair[0], "") != grade.get(pair[1], "")
        count[2] += is_dirty
        count[3] += last.get(door, is_dirty) != is_dirty
        last[door] = is_dirty
    rows = {pair: [grade.get(pair[0], ""), grade.get(pair[1], ""), *count] for pair, count in sorted(counts.items())}
    index = pd.MultiIndex.from_tuples(list(rows), names=["from", "to"]) if rows else None
    columns = ["grade from", "grade to", "moves", "changes of grade", "dirty", "clean and dirty in turn"]
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)

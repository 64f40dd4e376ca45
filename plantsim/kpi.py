"""Key figures: free functions from spans to a frame, each over a window [ms].

A share always says which hours it is a share of: `calendar` (all), `scheduled` (less closed), `available` (less closed,
maintenance and breakdowns).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import HOUR
from plantsim.spans import STATES, Window, window, within

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Of: TypeAlias = Literal["calendar", "scheduled", "available"]
OUTSIDE: dict[str, list[str]] = {
    "calendar": [],
    "scheduled": ["closed"],
    "available": ["closed", "maintenance", "down"],
}
WEEK = 168.0
PERCENTILES = (0.05, 0.5, 0.95)


# ---- what comes out, and when ----------------------------------------------------------------------------------------


def throughput(flows: pd.DataFrame, cut: Window, begun: int = 0) -> pd.DataFrame:
    """Batches and mass [kg] that were done in the window, and per week of 168 h; by product and of all.

    >>> flows = pd.DataFrame({"time": [HOUR, 2 * HOUR], "flow": "out", "product": "powder", "amount": [90.0, 94.0]})
    >>> throughput(flows, (0, 84 * HOUR)).loc["all"].tolist()
    [2.0, 184.0, 4.0, 368.0]
    """
    out = within(flows[flows["flow"].isin(["out", "part out"])], "time", cut, begun)
    whole = (out["flow"] == "out").astype("int64")
    made = pd.DataFrame({"batches": whole, "kg": out["amount"]}).groupby(out["product"].astype(str)).sum()
    made.loc["all"] = made.sum()
    weeks = (cut[1] - cut[0]) / HOUR / WEEK
    return made.assign(**{"batches a week": made["batches"] / weeks, "kg a week": made["kg"] / weeks})


def lead_time(lives: pd.DataFrame, cut: Window, begun: int = 0) -> pd.DataFrame:
    """Hours from release to done, of the batches done in the window; by product and of all.

    >>> lives = pd.DataFrame({"start": [0, 0], "end": [HOUR, 3 * HOUR], "fate": "done", "product": "powder"})
    >>> lead_time(lives, (0, 4 * HOUR)).loc["all", ["batches", "mean", "most"]].tolist()
    [2.0, 2.0, 3.0]
    """
    done = within(lives[lives["fate"] == "done"], "end", cut, begun)
    hours = (done["end"] - done["start"]) / HOUR
    names = done["product"].astype(str)
    parts = {str(name): part for name, part in hours.groupby(names)} | {"all": hours}
    return pd.DataFrame({name: _spread(part) for name, part in parts.items()}).T


def _spread(hours: pd.Series[float]) -> dict[str, float]:
    quantiles = {f"{q:.0%}": float(hours.quantile(q)) for q in PERCENTILES}
    spread = {"mean": hours.mean(), "sd": hours.std(), "least": hours.min(), **quantiles, "most": hours.max()}
    return {"batches": float(len(hours))} | {name: float(value) for name, value in spread.items()}


def wip(lives: pd.DataFrame, cut: Window) -> pd.DataFrame:
    """How many batches are in the plant: start, end [ms], number; a new row where it changes.

    >>> lives = pd.DataFrame({"start": [0, 2], "end": [5, 4]})
    >>> wip(lives, (0, 6)).values.tolist()
    [[0, 2, 1], [2, 4, 2], [4, 5, 1], [5, 6, 0]]
    """
    start, end, number = _course(lives, np.ones(len(lives), dtype=np.int64), cut)
    first = np.flatnonzero(np.diff(number, prepend=-1))
    last = np.append(first[1:], len(number)) - 1
    return pd.DataFrame({"start": start[first], "end": end[last], "number": number[first]})


def _course(stays: pd.DataFrame, amount: Numbers, cut: Window) -> tuple[Numbers, Numbers, Numbers]:
    """What the amounts of stays add up to over a window: from when, until when [ms], and how much."""
    begin, until = stays["start"].to_numpy(), stays["end"].to_numpy()
    inside = (until > cut[0]) & (begin < cut[1])
    times = np.concatenate([np.array(cut, dtype=np.int64), begin[inside].clip(*cut), until[inside].clip(*cut)])
    steps = np.concatenate([np.zeros(2, dtype=amount.dtype), amount[inside], -amount[inside]])
    edges, place = np.unique(times, return_inverse=True)
    sums = np.zeros(len(edges), dtype=amount.dtype)
    np.add.at(sums, place, steps)
    return edges[:-1], edges[1:], np.cumsum(sums)[:-1]


def little(
    lives: pd.DataFrame, batches: pd.DataFrame, cut: Window, parts: pd.DataFrame | None = None
) -> dict[str, float]:
    """Both sides of Little's law, which agree to the millisecond: batches in the plant, summed over time, and the
    time that each one spent in it, summed over batches; a batch in parts counts once, and `parts` names its parts.

    Raises:
        PlantsimError: if they don't agree.

    >>> stays = pd.DataFrame({"batch": ["march/1", "march/2"], "start": [0, HOUR], "end": [2 * HOUR, 4 * HOUR]})
    >>> little(stays, stays, (0, 4 * HOUR))
    {'batch hours': 5.0, 'mean in plant': 1.25}
    """
    number = wip(lives, cut)
    area = int(((number["end"] - number["start"]) * number["number"]).sum())
    stays = batches
    if parts is not None and len(parts):
        stays = stays[~stays["batch"].isin(parts["batch"])]
    times = int(_inside(stays, cut).sum())
    if area != times:
        raise PlantsimError(f"Little's law is broken: {area} ms of batches in the plant, {times} ms of stays")
    span = cut[1] - cut[0]
    return {"batch hours": area / HOUR, "mean in plant": area / span if span else 0.0}


def waiting(batches: pd.DataFrame, cut: Window, by: tuple[str, ...] = ("state", "cause")) -> pd.DataFrame:
    """Hours in which batches were not worked on, by what they waited for; the share is of all their hours in the plant.

    Other columns to group by: step, place, product, batch.

    >>> stays = {"batch": "march/1", "start": [0, HOUR], "end": [HOUR, 4 * HOUR], "state": ["waiting for unit", "busy"]}
    >>> waiting(pd.DataFrame(stays).assign(cause=["press", ""]), (0, 4 * HOUR)).reset_index().values.tolist()
    [['waiting for unit', 'press', 1.0, 1, 0.25]]
    """
    inside = window(batches[batches["state"] != "in parts"], *cut)
    inside = inside.assign(hours=(inside["end"] - inside["start"]) / HOUR)
    waits = ["waiting for unit", "waiting for pool", "waiting to join", "stored", "halted", "quarantine"]
    idle = inside[inside["state"].isin(waits)]
    groups = idle.groupby(list(by), observed=True)
    frame = pd.DataFrame({"hours": groups["hours"].sum(), "batches": groups["batch"].nunique()})
    frame["share"] = frame["hours"] / inside["hours"].sum()
    return frame.sort_values("hours", ascending=False, kind="stable")


def queue_growth(batches: pd.DataFrame, cut: Window) -> tuple[float, float]:
    """Batches that waited before their first step, on average in the first and in the last quarter of the window.

    If that grows, the plant can't keep up with what is released, and its lead time depends on the length of the run.

    >>> stays = {"place": "", "state": "waiting for unit", "start": [0, 6, 6], "end": [1, 8, 8]}
    >>> queue_growth(pd.DataFrame(stays), (0, 8))
    (0.5, 2.0)
    """
    outside = batches[(batches["place"] == "") & (batches["state"] == "waiting for unit")]
    quarter = max((cut[1] - cut[0]) // 4, 1)
    ends = [window(outside, cut[0], cut[0] + quarter), window(outside, cut[1] - quarter, cut[1])]
    first, last = (float((part["end"] - part["start"]).sum()) / quarter for part in ends)
    return first, last


def orders(lives: pd.DataFrame, asked: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """How far each order is: batches asked for, done, scrapped and in the plant, when it was done, and how late [h].

    `asked` gives batches, and when the last is due [h], of each order.  An order is done when all that it asks for has
    left the plant; until then, `done at` and `late` are nan.

    >>> lives = pd.DataFrame({"order": "march", "fate": ["done", "done"], "end": [4 * HOUR, 9 * HOUR]})
    >>> orders(lives, {"march": (2, 8.0)})[["done", "done at", "late"]].loc["march"].tolist()
    [2.0, 9.0, 1.0]
    """
    fates = lives.groupby([lives["order"].astype(str), lives["fate"].astype(str)]).size().unstack(fill_value=0)
    frame = fates.reindex(index=list(asked), columns=["done", "scrapped", "in plant"], fill_value=0)
    frame.insert(0, "batches", [batches for batches, _ in asked.values()])
    last = (lives["end"].groupby(lives["order"].astype(str)).max() / HOUR).reindex(frame.index)
    gone = frame["done"] + frame["scrapped"]
    if "pooled" in fates:  # into another one
        frame.insert(3, "pooled", fates["pooled"].reindex(frame.index, fill_value=0))
        gone = gone + frame["pooled"]
    frame["done at"] = last.where(gone >= frame["batches"])
    frame["due"] = [due for _, due in asked.values()]
    frame["late"] = (frame["done at"] - frame["due"]).clip(lower=0.0)
    return frame


# ---- what units, pools and buffers do --------------------------------------------------------------------------------


def state_hours(units: pd.DataFrame, cut: Window, groups: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Hours in each state, by unit, or by group of units if given (unit: group)."""
    lasts, (unit, names), (state, states) = _inside(units, cut), _numbered(units["unit"]), _numbered(units["state"])
    order = names if groups is None else list(dict.fromkeys(groups.values()))
    if groups is not None:
        place = {name: number for number, name in enumerate(order)}
        unit = np.array([place[groups[name]] if name in groups else -1 for name in names] or [0])[unit]
    met = (lasts > 0) & (unit >= 0)
    cells, wide = unit[met] * len(states) + state[met], len(order) * len(states)
    hours = np.bincount(cells, lasts[met], wide).reshape(len(order), len(states)) / HOUR
    known = [
        *STATES,
        *(each for number, each in enumerate(states) if each not in STATES and (state[met] == number).any()),
    ]
    columns = [hours[:, states.index(each)] if each in states else np.zeros(len(order)) for each in known]
    there = [name for number, name in enumerate(order) if (unit[met] == number).any()]
    frame = pd.DataFrame(np.column_stack(columns), pd.Index(order, name="unit"), pd.Index(known, name="hours"))
    return frame.loc[there]


def _inside(stays: pd.DataFrame, cut: Window) -> Numbers:
    """How much of each stay lies in a window [ms]."""
    lasts = np.minimum(stays["end"].to_numpy(), cut[1]) - np.maximum(stays["start"].to_numpy(), cut[0])
    inside: Numbers = np.maximum(lasts, 0)
    return inside


def _numbered(column: pd.Series[str]) -> tuple[Numbers, list[str]]:
    """A column of few words as numbers, and the words."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), list(column.cat.categories)
    numbers, words = pd.factorize(column)
    return numbers, list(words)


def utilisation(
    units: pd.DataFrame, cut: Window, of: Of = "calendar", groups: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Share of its calendar, scheduled or available hours that each unit, or group of units, spent in each state.

    >>> stays = {"unit": "mill-1", "start": [0, 3, 4], "end": [3, 4, 8], "state": ["busy", "idle", "closed"]}
    >>> utilisation(pd.DataFrame(stays), (0, 8), of="scheduled").loc["mill-1", ["busy", "idle"]].tolist()
    [0.75, 0.25]
    """
    if of not in OUTSIDE:
        raise PlantsimError(f"shares are not of {of!r} hours{did_you_mean(of, OUTSIDE)}")
    return shares(state_hours(units, cut, groups), of)


def shares(hours: pd.DataFrame, of: Of) -> pd.DataFrame:
    """Hours in each state as shares of those that count."""
    inside = hours.drop(columns=OUTSIDE[of])
    base = inside.sum(axis=1)
    parts = inside.div(base.where(base > 0.0, 1.0), axis=0)
    parts.insert(0, f"{of} hours", base)
    parts.columns.name = f"share of {of} hours"
    return parts


def minor_stops(units: pd.DataFrame, cut: Window) -> pd.DataFrame:
    """Hours of minor stops of each unit that has any, and what part they are of its running time with them.

    >>> stays = {"unit": ["press-1"] * 2, "start": [0, 3 * HOUR], "end": [3 * HOUR, 4 * HOUR],
    ...          "act": ["run", "minor stops"]}
    >>> minor_stops(pd.DataFrame(stays), (0, 9 * HOUR)).loc["press-1"].tolist()
    [1.0, 0.25]
    """
    inside = window(units, *cut)
    hours = (inside["end"] - inside["start"]) / HOUR
    acts = hours.groupby([inside["unit"].astype(str), inside["act"].astype(str)], sort=False).sum().unstack()
    both = acts.reindex(columns=["run", "minor stops"]).fillna(0.0)
    frame = pd.DataFrame(
        {"hours": both["minor stops"], "share of running time": both["minor stops"] / both.sum(axis=1)}
    )
    return frame[frame["hours"] > 0.0]


def pool_use(pools: pd.DataFrame, sizes: Mapping[str, int], cut: Window) -> pd.DataFrame:
    """Of each pool: its size, how many were in use on average and at most, and the share of time all of it was in use.

    The shares are of calendar hours, also of a pool that is not always there.

    >>> uses = pd.DataFrame({"pool": "crew", "start": [0, 2], "end": [4, 5], "number": [2, 1]})
    >>> pool_use(uses, {"crew": 3}, (0, 10)).loc["crew"].tolist()[1:3]
    [1.1, 3.0]
    """
    rows = {}
    for name, size in sizes.items():
        number = _level(pools[pools["pool"] == name], cut)
        span = number["end"] - number["start"]
        total = max(int(span.sum()), 1)
        mean = float((span * number["number"]).sum()) / total
        all_in_use = float(span[number["number"] >= size].sum()) / total
        most = float(number["number"].max()) if len(number) else 0
        rows[name] = {"size": size, "mean in use": mean, "most in use": most, "share in use": mean / size,
                      "share of calendar hours all in use": all_in_use}  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def _level(uses: pd.DataFrame, cut: Window) -> pd.DataFrame:
    """How many are in use: start, end [ms], number."""
    start, end, number = _course(uses, uses["number"].to_numpy(), cut)
    return pd.DataFrame({"start": start, "end": end, "number": number.round(9)})


def buffer_use(buffers: pd.DataFrame, places: Mapping[str, int | None], cut: Window) -> pd.DataFrame:
    """Of each buffer, or unit: its places, how many batches it held on average and at most, and how often it was full.

    The shares are of calendar hours.

    >>> stays = pd.DataFrame({"buffer": "store", "start": [0, 5, 8], "end": [5, 8, 10], "number": [0, 1, 2]})
    >>> buffer_use(stays, {"store": 2}, (0, 10)).loc["store"].tolist()
    [2.0, 0.7, 2.0, 0.2]
    """
    inside = window(buffers, *cut)
    inside = inside.assign(ms=inside["end"] - inside["start"])
    rows = {}
    for name, size in places.items():
        stays = inside[inside[inside.columns[0]] == name]
        total = max(int(stays["ms"].sum()), 1)
        full = stays["ms"][stays["number"] >= size].sum() / total if size is not None else 0.0
        mean = float((stays["ms"] * stays["number"]).sum()) / total
        rows[name] = {"places": size, "mean": mean, "most": stays["number"].max(), "share of calendar hours full": full}
    return pd.DataFrame.from_dict(rows, orient="index")


def stops(jobs: pd.DataFrame, units: pd.DataFrame, cut: Window, begun: int = 0) -> pd.DataFrame:
    """Breakdowns by unit and failure mode: how often, the mean time to failure on both clocks, and to repair [h].

    Time to failure: hours worked (busy), and hours not down, over the number of failures.  Time to repair: from the
    failure to the end of its repair, of which some is spent waiting for mechanics; only repairs that are over count.
    """
    fails = within(jobs[jobs["kind"] == "fail"], "start", cut, begun)
    fails = fails.assign(wait=(fails["begun"] - fails["start"]) / HOUR, lasts=(fails["end"] - fails["start"]) / HOUR)
    over = fails[fails["over"] == 1].groupby(["unit", "cause"], observed=True)
    number = fails.groupby(["unit", "cause"], observed=True).size()
    hours = state_hours(units, cut).reindex(number.index.get_level_values(0))
    up = hours.sum(axis=1) - hours["down"]
    frame = pd.DataFrame({"stops": number})
    frame["busy hours a stop"] = hours["busy"].to_numpy() / number.to_numpy()
    frame["up hours a stop"] = up.to_numpy() / number.to_numpy()
    frame["hours to repair"] = over["lasts"].mean()
    frame["of which waiting"] = over["wait"].mean()
    return frame

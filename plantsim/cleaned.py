"""What cleaning cost: cleans by unit and cause, re-cleans, what each phase drew, and what they used up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import nan
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from plantsim.record import HOUR
from plantsim.spans import Spans, Window, window, within

if TYPE_CHECKING:
    from plantsim.state import State, UnitState

AGAIN = ("dirty hold", "clean hold", "sterile hold", "failed verification")  # causes of cleans that are re-cleans
BEGIN = (
    "after ",
    "cut by ",
)  # and how others begin: after a repair or maintenance, and of what was cut and is repeated
Holds: TypeAlias = tuple[float, float, float]  # hours for which a unit may be clean, sterile, dirty
WORK = ("busy", "transferring")
BATCHES = "in batches"
FRAMES = ("units", "batches")  # units beside a step stand in the first alone, and who rides in a load in the second


def cleans(spans: Spans, cut: Window, groups: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Cleans that began in the window, by unit, or group of units if given, and by cause.

    How many, their hours in the window, those of them in which a clean waited for what it needs, and the capacity that
    they cost: the share of the calendar hours of the unit or group, and the batches that it would have let through in
    these hours, hours / (hours in which it worked on batches / number of these batches).
    """
    stays = window(spans["units"], *cut)
    stays = stays[stays["state"].isin(["cleaning", "setup"])]
    words = stays["act"].astype(str).map(lambda act: act.partition(":")[0].removeprefix("clean "))
    named = stays["cause"].astype(str)
    stays = stays.assign(why=named.where(named != "", words), own=named != "")
    stays = stays.assign(hours=(stays["end"] - stays["start"]) / HOUR, waits=stays["detail"].astype(str) != "")
    places = dict(groups) if groups is not None else {name: name for name in spans.end.units}
    size = pd.Series(list(places.values())).value_counts()
    key = [stays["unit"].astype(str).map(places).rename("unit"), stays["why"].rename("cause")]
    frame = pd.DataFrame({"cleans": 0.0, "hours": stays["hours"].groupby(key).sum()})
    frame["of which waiting"] = (stays["hours"] * stays["waits"]).groupby(key).sum()
    hours = (cut[1] - cut[0]) / HOUR * size.reindex(frame.index.get_level_values(0)).to_numpy()
    frame["share of calendar hours"] = frame["hours"] / hours
    own = within(spans["cleans"], "start", cut, spans.begun)
    number = own.groupby([own["unit"].astype(str).map(places), own["cause"].astype(str)]).size()
    before = stays[~stays["own"]].groupby([*key, "batch", "step"], observed=True).size().groupby(level=[0, 1]).size()
    frame["cleans"] = number.add(before, fill_value=0.0).reindex(frame.index, fill_value=0.0)
    rate = batches_an_hour(spans, cut, places)
    frame[BATCHES] = frame["hours"] * rate.reindex(frame.index.get_level_values(0)).to_numpy()
    return frame.sort_index()


def batches_an_hour(spans: Spans, cut: Window, places: Mapping[str, str]) -> pd.Series[float]:
    """Batches that each group of units lets through in an hour in which it works.

    A batch of whose work in the group only a part lies in the window counts as that part; parts of a batch as one.
    """
    both = [spans[kind][["unit", "batch", "start", "end", "state"]] for kind in FRAMES]
    stays = pd.concat([each[each["state"].isin(WORK)] for each in both], ignore_index=True)
    whole = dict(zip(spans["parts"]["batch"].astype(str), spans["parts"]["whole"].astype(str), strict=True))
    names = stays["batch"].astype(str).map(lambda each: whole.get(each, each))
    stays = stays.assign(batch=names, unit=stays["unit"].astype(str).map(places))
    share = _worked(window(stays, *cut), "unit", "batch") / _worked(stays, "unit", "batch")
    units = window(both[0], *cut)
    units = units[units["state"].isin(WORK)].assign(unit=units["unit"].astype(str).map(places))
    return share.groupby(level=0).sum() / _worked(units, "unit")


def _worked(stays: pd.DataFrame, *by: str) -> pd.Series[float]:
    """Hours of stays by unit, or by unit and batch."""
    return ((stays["end"] - stays["start"]) / HOUR).groupby([stays[name] for name in by]).sum()


def recleans(cleans: pd.DataFrame) -> pd.DataFrame:
    """Of a table of `cleans`, those for which no batch is the cause: re-cleans.

    A hold that was over, a verdict that was bad, what a repair or maintenance has opened ("after seal"), and what
    begins anew because a shift end or a lost utility has cut it ("cut by wfi").

    >>> table = pd.DataFrame({"hours": [1.0, 2.0]}, index=pd.MultiIndex.from_product([["m"], ["minor", "clean hold"]]))
    >>> recleans(table)["hours"].to_dict()
    {('m', 'clean hold'): 2.0}
    """
    causes = cleans.index.get_level_values(1).astype(str)
    return cleans[causes.isin(AGAIN) | causes.str.startswith(BEGIN)]


def phases(spans: Spans, cut: Window, utilities: Iterable[str]) -> pd.DataFrame:
    """Each stay of a unit in a phase of a clean [ms], with what it drew of each utility [its own unit of measure]."""
    stays = window(spans["units"], *cut)
    stays = stays[stays["state"].isin(["cleaning", "setup"]) & (stays["detail"].astype(str) == "")]
    found = stays[["unit", "start", "end", "act", "cause"]].astype({"unit": str, "act": str, "cause": str})
    found = found.reset_index(drop=True)
    own = found["cause"] != ""  # else it is the first act of the step of a batch, which draws what it needs
    who = found["unit"].where(own, stays["batch"].astype(str).reset_index(drop=True))
    uses = window(spans["pools"], *cut)[["pool", "start", "end", "number", "who"]].astype({"pool": str, "who": str})
    met = found[["start", "end"]].assign(who=who, stay=found.index).merge(uses, on="who", suffixes=("", " of use"))
    begin, end = met[["start", "start of use"]].max(axis=1), met[["end", "end of use"]].min(axis=1)
    drawn = (met["number"] * (end - begin).clip(lower=0) / HOUR).groupby([met["pool"], met["stay"]]).sum()
    for name in utilities:
        own_part = drawn.get(name, pd.Series(dtype=float))
        found[name] = own_part.reindex(found.index, fill_value=0.0)
    return found


def cleanliness(state: State, holds: Mapping[str, Holds]) -> pd.DataFrame:
    """How clean each unit is at the time of a state [h]: what it is and since when, of which product, and until when.

    A unit is new, clean, expired (a hold is over), in use, dirty or being cleaned.  `holds`: unit -> hours for which it
    may be clean, sterile and dirty.
    """
    rows = {name: _how_clean(state.units[name], *each) for name, each in holds.items()}
    columns = ["is", "since", "product", "clean until", "sterile until", "dirty until"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("unit")


def _how_clean(u: UnitState, clean: float, sterile: float, dirty: float) -> tuple[str, float, str, float, float, float]:
    left, cleaned, steamed = u.left / HOUR, u.cleaned / HOUR, u.sterile / HOUR
    of, ends = u.set_for or u.last, (cleaned + clean, steamed + sterile)
    if "clean" in u.jobs:
        return "being cleaned", u.jobs["clean"].since / HOUR, of, nan, nan, nan
    if u.batch and not u.fresh:
        return "in use", nan, of, nan, nan, nan
    if u.dirty and not u.fresh:
        return "dirty", left, of, nan, nan, left + dirty
    if u.lapsed:
        return "expired", ends[u.lapsed == "sterile hold"], of, *ends, nan
    return "clean" if u.last or u.cleans else "new", cleaned, of, *ends, nan


def consumed(cleans: pd.DataFrame, uses: Mapping[tuple[str, str], Mapping[str, float]]) -> pd.Series[float]:
    """Consumables used up by the cleans and set-ups that have begun, by name; `uses`: (unit, clean) -> {name: number}.

    >>> cleans = pd.DataFrame({"unit": "bag-1", "clean": "setup", "begun": [0, 5], "end": [2, 5], "over": [1, 0]})
    >>> consumed(cleans, {("bag-1", "setup"): {"bag 50 L": 1.0}}).to_dict()
    {'bag 50 L': 1.0}
    """
    begun = cleans[(cleans["over"] == 1) | (cleans["begun"] < cleans["end"])]
    total: dict[str, float] = {}
    for unit, word in zip(begun["unit"].astype(str), begun["clean"].astype(str), strict=True):
        for name, number in uses.get((unit, word), {}).items():
            total[name] = total.get(name, 0.0) + number
    return pd.Series(total, name="used up", dtype="float64")

"""ISO 22400-2: time elements of each unit, and the key figures made of them.

APT production, ASUT set-up, ADET delay within an order, ADOT down (free, but no order runs), PDOT planned downtime;
from them AUPT = APT + ASUT, AUBT = AUPT + ADET (busy with an order), PBT = AUBT + ADOT (planned busy time) and
POT = PBT + PDOT (planned operation time).  What is 'out' is outside POT.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from plantsim.errors import PlantsimError
from plantsim.record import HOUR
from plantsim.spans import Window, window, within

ELEMENTS: dict[str, str] = {
    "busy": "APT",
    "minor stops": "ADET",
    "transferring": "ASUT",
    "setup": "ASUT",
    "cleaning": "ASUT",
    "cleaning empty": "PDOT",
    "holding": "ADET",
    "down": "ADET",
    "down empty": "ADOT",
    "idle": "ADOT",
    "maintenance": "PDOT",
    "closed": "out",
}
"""State -> time element.  'cleaning empty' is the state in a unit that no batch holds; an act, such as 'charge', may
stand here too and goes before the state."""

TIMES = ("APT", "ASUT", "ADET", "ADOT", "PDOT")
Planned = Mapping[tuple[str, str, str], tuple[float, float]]  # (unit, product, step) -> (h a batch, h a kg)


def iso22400(
    units: pd.DataFrame,
    flows: pd.DataFrame,
    cut: Window,
    planned: Planned | None = None,
    changes: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
    begun: int = 0,
) -> pd.DataFrame:
    """Time elements [h], quantities [kg] and key figures of each unit, or group of units, over a window.

    Args:
        units: spans of units.
        flows: flows of mass.
        planned: planned run time of a batch of a step on a unit: hours and hours a kg; without it, there is no
            effectiveness and no OEE.
        changes: states whose time element is not the usual one of `ELEMENTS`.
        groups: unit -> group.

    >>> stays = {"unit": "mill-1", "start": [0, HOUR], "end": [HOUR, 4 * HOUR], "state": ["busy", "idle"], "act": "",
    ...          "batch": ["march/1", ""]}
    >>> flows = {"time": [HOUR], "flow": "through", "place": "mill-1", "product": "powder", "step": "grind",
    ...          "amount": 90.0}
    >>> plan = {("mill-1", "powder", "grind"): (0.0, 0.01)}
    >>> figures = iso22400(pd.DataFrame(stays), pd.DataFrame(flows), (0, 4 * HOUR), plan)
    >>> figures[["availability", "effectiveness", "OEE"]].loc["mill-1"].round(6).tolist()
    [0.25, 0.9, 0.225]
    """
    frame = element_hours(units, cut, changes).join(quantities(flows, cut, planned, begun), how="left").fillna(0.0)
    if planned is None:
        frame["planned"] = float("nan")
    if groups is not None:
        frame = frame.groupby(frame.index.map(dict(groups)), sort=False).sum()
    return indicators(frame)


def element_hours(units: pd.DataFrame, cut: Window, changes: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Hours of each unit in each time element.

    >>> stays = pd.DataFrame({"unit": "mill-1", "start": [0, HOUR], "end": [HOUR, 4 * HOUR], "state": ["busy", "idle"],
    ...                       "act": ["run", ""], "batch": ["march/1", ""]})
    >>> element_hours(stays, (0, 4 * HOUR))[["APT", "ADOT"]].loc["mill-1"].tolist()
    [1.0, 3.0]
    """
    table = ELEMENTS | dict(changes or {})
    inside = window(units, *cut)
    hours = (inside["end"] - inside["start"]) / HOUR
    held = inside["batch"] != ""
    keys = [inside["unit"].astype(str), inside["state"].astype(str), inside["act"].astype(str), held]
    rows = hours.groupby(keys, sort=False).sum()
    words = [_element(table, state, act, with_batch) for _, state, act, with_batch in rows.index]
    sums = rows.groupby([rows.index.get_level_values(0), pd.Index(words)], sort=False).sum().unstack().fillna(0.0)
    return sums.reindex(columns=list(TIMES), fill_value=0.0).rename_axis("unit")


def _element(table: Mapping[str, str], state: str, act: str, held: bool) -> str:
    for word in (act, state if held else f"{state} empty", state):
        if word in table:
            return table[word]
    raise PlantsimError(f"no time element is given for the state {state!r}; name it in report: elements")


def quantities(flows: pd.DataFrame, cut: Window, planned: Planned | None = None, begun: int = 0) -> pd.DataFrame:
    """Mass that each unit produced (PQ), of that good (GQ) and scrapped (SQ) [kg], and its planned run time [h]."""
    inside = within(flows, "time", cut, begun)
    inside = inside.assign(unit=inside["place"].astype(str))
    sums = inside.groupby(["unit", inside["flow"].astype(str)])["amount"].sum().unstack().fillna(0.0)
    through, loss, scrap, more = (
        sums.get(name, pd.Series(0.0, index=sums.index)) for name in ("through", "loss", "scrap", "more through")
    )
    through = through + more  # parts and loads leave one by one
    frame = pd.DataFrame({"PQ": through + loss, "GQ": through - scrap, "SQ": scrap})
    return frame.assign(planned=pd.Series(_planned(inside, planned or {}), dtype=float)).fillna(0.0)


def _planned(flows: pd.DataFrame, planned: Planned) -> dict[str, float]:
    """Planned run time [h] of what each unit made."""
    made = flows[flows["flow"].isin(["through", "more through", "loss"])]
    keys = [made["unit"], made["product"].astype(str), made["step"].astype(str)]
    groups = made.assign(batches=made["flow"] == "through").groupby(keys)[["batches", "amount"]].sum()
    hours: dict[str, float] = {}
    for key, batches, amount in groups.itertuples():
        fixed, by_mass = planned.get(key, (0.0, 0.0))
        hours[key[0]] = hours.get(key[0], 0.0) + batches * fixed + amount * by_mass
    return hours


def indicators(frame: pd.DataFrame) -> pd.DataFrame:
    """The key figures, given columns APT, ASUT, ADET, ADOT, PDOT, planned [h] and PQ, GQ, SQ [one unit of quantity].

    `planned` is PRU PQ, the planned run time of what was made.  Where a figure would divide by nothing it is nan.

    Raises:
        PlantsimError: if an identity of the standard does not hold.

    >>> row = {"APT": 120.0, "ASUT": 16.0, "ADET": 10.0, "ADOT": 14.0, "PDOT": 0.0, "planned": 110.0}
    >>> figures = indicators(pd.DataFrame([row | {"PQ": 10.0, "GQ": 9.0, "SQ": 1.0}])).iloc[0]
    >>> figures[["OEE", "NEE"]].round(6).tolist()
    [0.61875, 0.70125]
    """
    f = frame.copy()
    f["AUPT"] = f["APT"] + f["ASUT"]
    f["AUBT"] = f["AUPT"] + f["ADET"]
    f["PBT"] = f["AUBT"] + f["ADOT"]
    f["POT"] = f["PBT"] + f["PDOT"]
    for name, (above, below) in RATIOS.items():
        f[name] = _over(f[above], f[below])
    f["technical efficiency"] = _over(f["APT"], f["APT"] + f["ADET"])
    f["OEE"] = f["availability"] * f["effectiveness"] * f["quality ratio"]
    f["NEE"] = _over(f["AUPT"], f["PBT"]) * f["effectiveness"] * f["quality ratio"]
    _check(f)
    return f


def _over(above: pd.Series[float], below: pd.Series[float]) -> pd.Series[float]:
    return above / below.where(below > 0.0)


RATIOS = {
    "availability": ("APT", "PBT"),
    "effectiveness": ("planned", "APT"),
    "quality ratio": ("GQ", "PQ"),
    "allocation efficiency": ("AUBT", "PBT"),
    "utilisation efficiency": ("APT", "AUBT"),
    "setup rate": ("ASUT", "AUPT"),
    "scrap ratio": ("SQ", "PQ"),
    "throughput a busy hour": ("PQ", "AUBT"),
}


def _check(f: pd.DataFrame) -> None:
    """What the standard says of its own figures."""
    product = f["allocation efficiency"] * f["utilisation efficiency"]
    broken: dict[str, Any] = {
        "availability = allocation efficiency x utilisation efficiency": (f["availability"] - product).abs() > 1e-9,
        "OEE <= NEE": f["OEE"] > f["NEE"] + 1e-9,
        "AUBT >= AUPT": f["AUBT"] < f["AUPT"] - 1e-9,
    }
    for rule, rows in broken.items():
        if rows.any():
            raise PlantsimError(f"ISO 22400 identity broken for {f.index[rows.argmax()]!r}: {rule}")


def order_indicators(
    units: pd.DataFrame, lives: pd.DataFrame, cut: Window, changes: Mapping[str, str] | None = None, begun: int = 0
) -> pd.DataFrame:
    """Key figures of execution by product, over the whole lives of the batches done in the window.

    AOET: from release to done [h]; throughput rate PQ / AOET [kg/h]; allocation ratio: busy time of units for the order
    over AOET; production process ratio: production over AOET.
    """
    done = within(lives[lives["fate"] == "done"], "end", cut, begun)
    mine = units[units["batch"].isin(done["batch"])]
    whole = (int(mine["start"].min()), int(mine["end"].max())) if len(mine) else cut
    hours = element_hours(mine.assign(unit=mine["product"].astype(str)), whole, changes)
    names = done["product"].astype(str)
    frame = pd.DataFrame({"batches": names.groupby(names).size(), "PQ": done.groupby(names)["amount"].sum()})
    frame["AOET"] = (done["end"] - done["start"]).groupby(names).sum() / HOUR
    frame["AUBT"] = hours["APT"] + hours["ASUT"] + hours["ADET"]
    frame["APT"] = hours["APT"]
    frame["throughput rate"] = frame["PQ"] / frame["AOET"]
    frame["allocation ratio"] = frame["AUBT"] / frame["AOET"]
    frame["production process ratio"] = frame["APT"] / frame["AOET"]
    return frame

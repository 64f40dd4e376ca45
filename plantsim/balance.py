"""Balances: the mass in a window, and what must hold in any run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from plantsim.errors import PlantsimError
from plantsim.kpi import OUTSIDE, little, pool_use, shares, state_hours
from plantsim.spans import Spans, Window, check_tiling, within


def mass_balance(spans: Spans, cut: Window) -> pd.Series[float]:
    """Mass [kg]: in process at first + in = out + loss + scrap + in process at last; `gap` is what is missing.

    What is in process is summed over the batches that are in the plant, the rest over the flows.
    """
    flows = within(spans["flows"], "time", cut, spans.begun)
    sums = flows.groupby("flow", observed=True)["amount"].sum()
    words = ("before", "in", "added", "out", "part out", "given", "loss", "scrap")
    flow = {name: float(sums.get(name, 0.0)) for name in words}
    flow["out"] += flow.pop("part out")
    first = _in_process(spans, cut[0]) if cut[0] > spans.begun else flow["before"]
    last = _in_process(spans, cut[1])
    flow["in"] += flow["added"]
    flow["out"] += flow["given"]
    gap = first + flow["in"] - flow["out"] - flow["loss"] - flow["scrap"] - last
    return pd.Series({"at first": first, **{name: flow[name] for name in ("in", "out", "loss", "scrap")},
                      "at last": last, "gap": gap}, name="kg")  # fmt: skip


def _in_process(spans: Spans, at: int) -> float:
    """Mass of the batches in the plant once all of an instant has happened [kg]."""
    lives, flows = spans["lives"], spans["flows"]
    there = lives[(lives["start"] <= at) & ((lives["end"] > at) | (lives["fate"] == "in plant"))]
    whole = dict(zip(spans["parts"]["batch"], spans["parts"]["whole"], strict=True))
    mine = flows["batch"].map(lambda name: whole.get(name, name)) if whole else flows["batch"]
    theirs = flows[(flows["time"] <= at) & mine.isin(there["batch"])]
    sums = theirs.groupby("flow", observed=True)["amount"].sum()
    come = sum(float(sums.get(name, 0.0)) for name in ("added", "pooled"))
    gone = sum(float(sums.get(name, 0.0)) for name in ("loss", "given", "part out", "scrap"))
    return float(there["entered"].sum()) + come - gone


def invariants(spans: Spans, cut: Window, sizes: Mapping[str, int] | None = None) -> None:
    """Assert what holds in any run: stays tile, shares lie in [0, 1], Little's law, mass in = out, pools not overdrawn.

    Raises:
        PlantsimError: naming what is broken.
    """
    check_tiling(spans["units"], (spans.begun, spans.until), list(spans.end.units))
    check_tiling(spans["batches"])
    little(spans["lives"], spans["batches"], cut, spans["parts"])
    hours = state_hours(spans["units"], cut)
    for of in OUTSIDE:
        _check_shares(shares(hours, of).iloc[:, 1:], of)  # type: ignore[arg-type]
    balance = mass_balance(spans, cut)
    if abs(balance["gap"]) > 1e-9 * max(balance["at first"] + balance["in"], 1.0):
        raise PlantsimError(f"mass is not conserved: {balance['gap']:g} kg are missing of {balance.to_dict()}")
    for name, use in pool_use(spans["pools"], sizes or {}, cut).iterrows():
        if use["most in use"] > use["size"] + 1e-9:
            raise PlantsimError(f"pool {name!r} has {use['size']:g}, but {use['most in use']:g} were in use at once")


def _check_shares(shares: pd.DataFrame, of: str) -> None:
    worst: Any = shares.sum(axis=1)
    if len(shares) and (shares.to_numpy().min() < 0.0 or worst.max() > 1.0 + 1e-9):
        raise PlantsimError(f"shares of {of} hours of {worst.idxmax()!r} add up to {worst.max():g}")

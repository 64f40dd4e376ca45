"""Money and matter: what a window of a run cost, and how much mass, water and energy went into what it made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from plantsim.demand import course
from plantsim.record import HOUR, Record
from plantsim.spans import Spans, Window, within
from plantsim.state import State

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("equipment", "labour", "utilities", "materials", "consumables", "tests")
Line: TypeAlias = tuple[str, str, float, str]  # group, name, how much, of what


@dataclass(frozen=True)
class Tariff:
    """What a thing costs, and how much of it one pays for whatever happens."""

    group: str
    price: float  # of one
    unit: str
    fixed: float | None = None  # how much an hour is paid for; None: what the record says was used


def used(record: Record, spans: Spans, start: State, utilities: Iterable[str], cut: Window) -> Iterator[Line]:
    """What was used up in a window: utilities, materials (less what came back), tests, and what batches began as."""
    for name in utilities:
        frame = course(spans, start, name, cut)
        yield "utilities", name, float((frame["drawn"] * (frame["end"] - frame["start"])).sum() / HOUR), ""
    taken: dict[tuple[str, str], float] = {}
    for key, amount in _taken(record, start, cut):
        taken[key] = taken.get(key, 0.0) + amount
    for (_, name), amount in taken.items():
        yield "materials", name, amount, start.stocks[name].unit if name in start.stocks else "kg"
    for test, number in within(spans["samples"], "begun", cut, spans.begun)["test"].astype(str).value_counts().items():
        yield "tests", str(test), float(number), "sample"


def _taken(record: Record, start: State, cut: Window) -> Iterator[tuple[tuple[str, str], float]]:
    """(kind of row, material or product) -> kg, or pieces, that went in, or less than 0 that came back."""
    of = {lot: name for name, stock in start.stocks.items() for lot in stock.lots}
    for time, kind, _, _, _, product, amount, cause, detail in record:
        if kind in ("deliver", "give"):
            of[detail[0]] = cause
        if not cut[0] <= time < cut[1]:
            continue
        if kind == "take":
            yield from (((kind, of[lot]), mass) for lot, mass in detail)
        elif kind == "give":
            yield (kind, cause), -amount
        elif kind == "release":
            yield (kind, product), amount


def costs(
    lines: Iterable[Line], tariffs: Mapping[str, Tariff], hours: float, made: tuple[float, float]
) -> pd.DataFrame:
    """What a window of so many hours cost, by name: how much of it, its price, the cost, and that a batch and a kg.

    `made`: batches and kg that were done in it.  What has no price is left out.

    >>> tariffs = {"press": Tariff("equipment", 640_000.0, "bought", 1 / 64_000), "wfi": Tariff("utilities", 0.02, "L")}
    >>> frame = costs([("utilities", "wfi", 5000.0, "L")], tariffs, hours=100.0, made=(10.0, 1000.0))
    >>> frame["cost"].to_dict()
    {('equipment', 'press'): 1000.0, ('utilities', 'wfi'): 100.0, ('all', ''): 1100.0}
    >>> float(frame.loc[("all", ""), "a batch"])
    110.0
    """
    import pandas as pd

    amounts = {name: each.fixed * hours for name, each in tariffs.items() if each.fixed is not None}
    for _, name, amount, _ in lines:
        if name in tariffs:
            amounts[name] = amounts.get(name, 0.0) + amount
    named = sorted(amounts, key=lambda name: GROUPS.index(tariffs[name].group))
    rows = {(tariffs[name].group, name): _row(amounts[name], tariffs[name], made) for name in named}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["amount", "of", "price", "cost", "a batch", "a kg"])
    frame.index = pd.MultiIndex.from_tuples(list(rows), names=["group", "name"])
    total = float(frame["cost"].sum())
    frame.loc[("all", ""), :] = [None, "", None, total, *_shared(total, made)]
    return frame


def _row(amount: float, tariff: Tariff, made: tuple[float, float]) -> list[float | str]:
    cost = amount * tariff.price
    return [amount, tariff.unit, tariff.price, cost, *_shared(cost, made)]


def _shared(cost: float, made: tuple[float, float]) -> list[float]:
    return [cost / each if each else float("nan") for each in made]


def matter(
    lines: Iterable[Line], made: tuple[float, float], water: Mapping[str, float], energy: Mapping[str, float]
) -> pd.Series[float]:
    """Mass, water and energy that went in for a kg and a batch of what was made.

    `water`: utility -> L in one of its unit of measure; `energy`: utility -> kWh in one.  Process mass intensity is all
    mass that goes in, water too, over the mass of product (Jimenez-Gonzalez et al., 2011); what comes back counts less.

    >>> drawn = [("utilities", "wfi", 2.0, "m3"), ("utilities", "power", 50.0, "kWh")]
    >>> told = matter([("materials", "sugar", 900.0, "kg"), *drawn], (10.0, 1000.0), {"wfi": 1000.0}, {"power": 1.0})
    >>> told[["process mass intensity [kg/kg]", "water a batch [L]", "energy a batch [kWh]"]].tolist()
    [2.9, 200.0, 5.0]
    """
    import pandas as pd

    batches, kg = made
    solids = sum(amount for group, _, amount, unit in lines if group == "materials" and unit == "kg")
    litres = sum(amount * water.get(name, 0.0) for group, name, amount, _ in lines if group == "utilities")
    power = sum(amount * energy.get(name, 0.0) for group, name, amount, _ in lines if group == "utilities")
    nothing = float("nan")
    return pd.Series(
        {
            "materials in [kg]": solids, "water in [L]": litres, "energy in [kWh]": power, "made [kg]": kg,
            "process mass intensity [kg/kg]": (solids + litres) / kg if kg else nothing,
            "water a batch [L]": litres / batches if batches else nothing,
            "energy a batch [kWh]": power / batches if batches else nothing,
        }
    )  # fmt: skip

"""Bounds on what a plant can make: a linear programme over its orders, with the hours that their batches ask for."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import TypeAlias

from plantsim.errors import PlantsimError
from plantsim.load import Limit, Load
from plantsim.scenario import Scenario

Limits: TypeAlias = dict[str, dict[str, Limit]]
ALL = ("unit", "pool", "utility")
NEVER = 1e-9  # batches a week of an order for which something is never open


def limits_by_order(scenario: Scenario) -> Limits:
    """Order -> name of a kind of unit, pool or utility -> how many batches of that order alone it lets through."""
    plain, found = scenario.without_luck(), Limits()
    for name, order in plain.orders.items():
        load = Load(plain.replace(orders={name: order}))
        found[name] = {each.name: each for each in (*load.of_units(), *load.of_pools())}
    return found


def in_turns(scenario: Scenario) -> tuple[Limits, dict[str, float]]:
    """Limits by order, and the share of each in what is made; beside orders without an end, others don't count.

    Raises:
        PlantsimError: if an order is limited by nothing.
    """
    weights = Load(scenario.without_luck()).weights
    limits = {name: each for name, each in limits_by_order(scenario).items() if weights.get(name)}
    for name, each in limits.items():
        if not any(limit.most < inf for limit in each.values()):
            raise PlantsimError(
                f"order {name!r} has no bound: its steps take no time, and draw nothing that is limited"
            )
    return limits, {name: weights[name] for name in limits}


def expected(scenario: Scenario) -> float | None:
    """Batches a week at most on means; None if nothing limits them, or a model has no answer at the mean."""
    try:
        limits, mix = in_turns(scenario)
    except PlantsimError:
        return None
    return sum(most_at_mix(limits, mix).values()) if limits else None


def most_on_means(limits: Limits, of: tuple[str, ...] = ("unit",)) -> dict[str, float]:
    """Order -> batches a week, such that all orders together make as many as the means allow.

    max sum x_o   subject to   sum_o x_o h_og <= H_g for each g,   x >= 0

    h_og: hours of unit kind, pool or utility g that an average batch of order o asks for; H_g: hours that it has.
    """
    orders, rows = list(limits), _rows(limits, of)
    found = _best([1.0] * len(orders), list(rows.values()), [1.0] * len(rows), [0.0] * len(orders))
    return dict(zip(orders, found, strict=True))


def most_at_mix(
    limits: Limits, mix: Mapping[str, float], more: Mapping[str, float] | None = None, of: tuple[str, ...] = ALL
) -> dict[str, float]:
    """Order -> batches a week on means, if orders take turns; what they leave is used by whoever still can.

    First the largest X with x_o >= m_o X, m_o being the share of order o; then, of these plans, the largest sum of
    x_o.  `more`: name of a kind, pool or utility -> so many times as much of it as there is.
    """
    orders, rows = list(limits), _rows(limits, of)
    there = [(more or {}).get(name, 1.0) for name in rows]
    turns = [[mix[order] if each == order else 0.0 for each in orders] for order in orders]
    short = [[-1.0 if each == order else 0.0 for each in orders] + [mix[order]] for order in orders]
    whole = _best([*[0.0] * len(orders), 1.0], [*([*row, 0.0] for row in rows.values()), *short],
                  [*there, *[0.0] * len(orders)], [0.0] * (len(orders) + 1))[-1]  # fmt: skip
    least = [sum(row) * whole * (1.0 - 1e-12) for row in turns]
    return dict(zip(orders, _best([1.0] * len(orders), list(rows.values()), there, least), strict=True))


def used(limits: Limits, weekly: Mapping[str, float]) -> dict[str, float]:
    """Name of a kind, pool or utility -> the part of its open hours that so many batches a week of each order take."""
    rows = _rows(limits, ALL)
    return {name: sum(share * weekly[order] for share, order in zip(row, limits, strict=True))
            for name, row in rows.items()}  # fmt: skip


def _rows(limits: Limits, of: tuple[str, ...]) -> dict[str, list[float]]:
    """Name -> the part of its week that one batch a week of each order takes."""
    names = dict.fromkeys(name for each in limits.values() for name, limit in each.items() if limit.of in of)
    return {name: [_share(limits[order].get(name)) for order in limits] for name in names}


def _share(limit: Limit | None) -> float:
    """The part of its week that one batch a week takes."""
    return 0.0 if limit is None or limit.most == inf else 1.0 / max(limit.most, NEVER)


def _best(worth: list[float], rows: list[list[float]], there: list[float], least: list[float]) -> list[float]:
    """The x >= least with the largest worth, of which the rows take no more than is there."""
    from scipy.optimize import linprog

    bounds = [(low, None) for low in least]
    found = linprog([-each for each in worth], A_ub=rows or None, b_ub=there or None, bounds=bounds, method="highs")
    if found.x is None:
        raise ArithmeticError(f"the linear programme has no solution: {found.message}")
    return [float(each) for each in found.x]

"""Bounds on what a plant can make: a linear programme over its orders, with the hours that their batches ask for."""

from __future__ import annotations

from plantsim.load import Limit, Load
from plantsim.scenario import Scenario


def limits_by_order(scenario: Scenario) -> dict[str, dict[str, Limit]]:
    """Order -> name of a kind of unit, pool or utility -> how many batches of that order alone it lets through."""
    plain, found = scenario.without_luck(), dict[str, dict[str, Limit]]()
    for name, order in plain.orders.items():
        load = Load(plain.replace(orders={name: order}))
        found[name] = {each.name: each for each in (*load.of_units(), *load.of_pools())}
    return found


def most_on_means(limits: dict[str, dict[str, Limit]], of: tuple[str, ...] = ("unit",)) -> dict[str, float]:
    """Order -> batches a week, such that all orders together make as many as the means allow.

    max sum x_o   subject to   sum_o x_o h_og <= H_g for each g,   x >= 0

    h_og: hours of unit kind, pool or utility g that an average batch of order o asks for; H_g: hours that it has.
    """
    from scipy.optimize import linprog

    orders = list(limits)
    names = dict.fromkeys(name for each in limits.values() for name, limit in each.items() if limit.of in of)
    rows = [[_share(limits[order].get(name)) for order in orders] for name in names]
    found = linprog([-1.0] * len(orders), A_ub=rows, b_ub=[1.0] * len(rows), bounds=(0.0, None), method="highs")
    if found.x is None:
        raise ArithmeticError(f"the linear programme has no solution: {found.message}")
    return dict(zip(orders, map(float, found.x), strict=True))


def _share(limit: Limit | None) -> float:
    """The part of its week that one batch a week takes."""
    return 1.0 / limit.most if limit is not None and limit.most > 0.0 else 0.0

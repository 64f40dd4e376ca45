"""How full units are with batches: the size utilisation that batch engineers lay beside that of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plantsim.load import Load
from plantsim.plant import Unit
from plantsim.recipe import Product
from plantsim.scenario import Scenario
from plantsim.study.bounds import Limits


def sizes(limits: Limits, weekly: Mapping[str, float], plain: Scenario) -> dict[str, float]:
    """Kind of unit -> mean of what is in it at a visit over what it takes: its load [kg], or else its volume [L].

    Volumes only of products that say what volume a batch has; their density is taken to stay.
    """
    found: dict[str, tuple[float, float]] = {}  # kind -> (sum of shares, visits) a week
    for order, number in weekly.items():
        load = Load(plain.replace(orders={order: plain.orders[order]}))
        for product, part in load.shares.items():
            for kind, share in _fills(load, product, limits[order]):
                total, visits = found.get(kind, (0.0, 0.0))
                found[kind] = total + share * part * number, visits + part * number
    return {kind: total / visits for kind, (total, visits) in found.items() if visits}


def _fills(load: Load, product: str, names: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    """(kind, part of what it takes that is in it) of each step of a product that says so."""
    recipe = load.plain.products[product]
    for (name, step), (_, able, _, _) in zip(recipe.steps.items(), load.visits[product], strict=True):
        mass = recipe.masses[name]
        shares = [_share(load.unit(single), mass * load.places(single), recipe) for single in able]
        told = [share for share in shares if share is not None]
        for kind in dict.fromkeys((*(load.unit(single).kind for single in able), step.on)):
            if told and kind in names:
                yield kind, sum(told) / len(told)


def _share(unit: Unit, mass: float, recipe: Product) -> float | None:
    if unit.load is not None:
        return mass / unit.load
    if unit.volume is None or recipe.charge is None or not recipe.charge.volume:
        return None
    return mass * recipe.charge.volume / recipe.batch / unit.volume

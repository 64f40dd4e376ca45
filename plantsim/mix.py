"""The mix: which products the orders of a plant ask for, in which shares and in which sequence."""

from __future__ import annotations

from plantsim.chance import Streams
from plantsim.recipe import Order
from plantsim.scenario import Scenario

MANY = 2000  # batches of an order that are looked at one by one


def weights_of(plain: Scenario) -> dict[str, float]:
    """Share of each order in what is made, by turn of their starts; orders that end count only if all do."""
    orders = {name: order for name, order in plain.orders.items() if order.batches is None} or plain.orders
    if all(order.batches for order in orders.values()):
        sizes = {name: float(order.batches or 0) for name, order in orders.items()}
    elif all(gap(order) for order in orders.values()):
        sizes = {name: 1.0 / gap(order) for name, order in orders.items()}
    else:
        sizes = dict.fromkeys(orders, 1.0)
    total = sum(sizes.values())
    return {name: sizes[name] / total for name in sorted(sizes, key=lambda name: plain.orders[name].start)}


def shares_of(plain: Scenario, weights: dict[str, float]) -> dict[str, float]:
    """Share of each product in what is made."""
    shares: dict[str, float] = {}
    for name, weight in weights.items():
        order = plain.orders[name]
        for product, share in mix_of(name, order).items():
            shares[product] = shares.get(product, 0.0) + weight * share
    return {product: share for product, share in shares.items() if share > 0.0}


def sequence_of(plain: Scenario, weights: dict[str, float]) -> list[str]:
    """Products in the sequence of release: a whole turn of it, or the first MANY of it."""
    lists = {name: _products(name, plain.orders[name]) for name in weights}
    if all(plain.orders[name].batches for name in lists):
        return [product for products in lists.values() for product in products][:MANY]
    turns, asked = Order(product=weights), dict.fromkeys(lists, 0)
    sequence = []
    for k in range(min(MANY, len(lists) * max(map(len, lists.values())))):
        name = turns.product_of("", k + 1, Streams(0))
        sequence.append(lists[name][asked[name] % len(lists[name])])
        asked[name] += 1
    return sequence


def _products(name: str, order: Order) -> list[str]:
    """Products of the batches of an order, one turn of them if it has no end."""
    most = min(order.batches or MANY, MANY)
    if isinstance(order.product, str):
        return [order.product] * (most if order.batches else 1)
    products = [order.product_of(name, k + 1, Streams(0)) for k in range(most)]
    turn = order.campaign * next((n for n in range(1, MANY) if _whole(order.mix, n)), MANY)
    return products if order.batches else products[:turn]


def _whole(mix: dict[str, float], turns: int) -> bool:
    return all(abs(turns * share - round(turns * share)) < 1e-9 for share in mix.values())


def mix_of(name: str, order: Order) -> dict[str, float]:
    """Share of each product in an order: as it comes out, if it has an end."""
    if order.batches is None or order.batches > MANY:
        return order.mix
    products = _products(name, order)
    return {product: products.count(product) / len(products) for product in order.mix}


def gap(order: Order) -> float:
    """Hours a batch, of an order that is released by the clock."""
    return order.release.every.mean_hours / order.release.size if order.release.every is not None else 0.0

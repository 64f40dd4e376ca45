"""What stands in the queues and stations of a model when it begins."""

from __future__ import annotations

from manpy.model import BENCHES, JOINERS, QUEUES, Model, Node, fixed
from manpy.routes import job, line, step_at

from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.step import Step


def standing(model: Model, units: dict[str, Unit], links: list[str]) -> None:
    """What stands in queues and stations at first: an order each, released at once, inside before outside."""
    for place, parts in model.stands.items():
        for number, part in enumerate(parts, 1):
            if "parentBatchId" in part:
                continue
            steps = job(model, part) if "route" in part else _rest(model, place, part)
            if model.kind(place) in QUEUES and model.before(place, *BENCHES, *JOINERS) and "route" not in part:
                queue = (*model.before(place, *JOINERS), place)[0]
                steps = _dock(model, queue, len(parts), units, links) | steps
            product = Product(
                batch=float(part.get("numberOfUnits", 1)), steps=steps, priority=int(_inside(model, place))
            )
            _order(model, f"{place}-{number}", product, part)
    for parent, parts in model.parts_standing.items():
        steps = _side_by_side(model, parts, units, links)
        batch = float(parts[0][1]["numberOfUnits"])  # of its first part; the others say their own
        _order(model, parent, Product(batch=batch, steps=steps, priority=1), {})


def _inside(model: Model, place: str) -> bool:
    return model.kind(place) in BENCHES


def _order(model: Model, name: str, product: Product, part: Node) -> None:
    model.products[name] = product
    due = float(part["dueDate"]) if "dueDate" in part else None
    model.orders[name] = Order(product=name, batches=1, release="at once", due=due)


def _dock(
    model: Model, queue: str, number: int, units: dict[str, Unit], links: list[str], time: float = 0.0
) -> dict[str, Step]:
    """Where what stands in a queue at first comes from, in no time."""
    dock = f"dock {queue}"
    units[dock] = Unit(kind=dock, count=number)
    links += [] if f"{dock} -> {queue}" in links else [f"{dock} -> {queue}"]
    return {dock: Step(on=dock, time=time)}


def _rest(model: Model, place: str, part: Node) -> dict[str, Step]:
    """What is still to be done to a batch that stands somewhere in a line."""
    steps = line(model, place)
    return {place: step_at(model, (place,), _left(model, place, part)), **steps} if _inside(model, place) else steps


def _left(model: Model, place: str, part: Node) -> float | None:
    """What is left [h] of the work that a batch stands in; none: all of it."""
    if "remainingProcessingTime" in part:
        return fixed(part["remainingProcessingTime"])
    if "unitsToProcess" in part:
        return float(part["unitsToProcess"]) * fixed(model.nodes[place]["processingTime"])
    return 0.0 if "parentBatchId" in part else None


def _side_by_side(
    model: Model, parts: list[tuple[str, Node]], units: dict[str, Unit], links: list[str]
) -> dict[str, Step]:
    """The steps of a batch whose parts stand in several places: of each part by itself, then of the whole."""
    steps: dict[str, Step] = {}
    ends: list[str] = []
    whole: dict[str, Step] = {}
    together = all(model.kind(place) in JOINERS for place, _ in parts)
    for number, (place, part) in enumerate(parts, 1):
        if model.kind(place) in JOINERS:
            time = fixed(part["remainingProcessingTime"]) if together and "remainingProcessingTime" in part else 0.0
            mine, rest = _dock(model, place, len(parts), units, links, time), line(model, place)
        else:
            mine, rest = {place: step_at(model, (place,), _left(model, place, part))}, line(model, place)
        alone = list(rest)[: next((k for k, step in enumerate(rest.values()) if step.joins), len(rest))]
        alone = [] if model.kind(place) in JOINERS else alone
        mine |= {name: rest[name] for name in alone}
        whole = {name: step for name, step in rest.items() if name not in alone}
        before: list[str] = []
        for name, step in mine.items():
            first = {"batch": float(part["numberOfUnits"])} if number > 1 and not before else {}
            steps[f"{name} {number}"] = step.model_copy(update={"after": tuple(before), "split": None, **first})
            before = [f"{name} {number}"]
        ends += before
    before = ends
    for name, step in whole.items():
        steps[name] = step.model_copy(update={"after": tuple(before), "joins": None})
        before = [name]
    return steps

"""What will come next to an empty unit, which cleans itself for that: it looks at who waits, who comes, and the orders.

Like units that are empty too take the batches that come before; what nobody can know yet, such as the product of a
batch that is still to be drawn by chance, is not known here either.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.contracts import DispatchRule
from plantsim.engine.chain import product_awaited
from plantsim.engine.journey import by_age
from plantsim.errors import ModelError

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.engine.source import Source

Steps = dict[str, int]  # unit that a batch may still use -> in how many steps


class Coming(NamedTuple):
    """A batch that will want one of these units: the least comes first."""

    key: tuple[Any, ...]
    product: str  # '' if nobody knows yet
    units: Steps


def product_next(machine: Machine, rule: Cleaning, floor: Floor, now: int) -> str:
    """The product of the batch that will come next to a dirty unit; '' if it is not known, or makes no difference."""
    if machine.state.booked:
        return product_awaited(machine, floor)
    pairs = len(floor.steps) > 1 and ("major" in rule.named or rule.between)
    if not machine.state.dirty or (not pairs and rule.policy is None):
        return ""
    ready = [each for each in _like(machine) if not each.state.batch and list(each.state.jobs) == ["clean"]]
    for way in _waiting(machine, floor, now):
        other = next((each for each in ready if way.line is not None and each.name in way.line.able), None)
        if other is None:
            return way.b.product
        ready.remove(other)
    # who comes later finds them all clean, and takes the first
    ready = [each for each in _like(machine) if each.rank < machine.rank and (each in ready or _free(each))]
    for coming in merge(_inside(machine, floor), _ordered(machine, len(ready) + 1, floor, now)):
        other = next((each for each in ready if each.name in coming.units), None)
        if other is None:
            return coming.product
        ready.remove(other)
    return ""


def _like(machine: Machine) -> list[Machine]:
    """The other units of its station."""
    return [] if machine.station is None else [each for each in machine.station.machines if each is not machine]


def _free(machine: Machine) -> bool:
    return machine.station is not None and machine in machine.station.free and not machine.state.batch


# ---- who waits -------------------------------------------------------------------------------------------------------


def worth(rule: DispatchRule, way: Journey, machine: Machine, hours: float) -> Any:
    """What a dispatch rule gives a claim and a unit.

    Raises:
        ModelError: if the rule fails.
    """
    try:
        return rule(way, machine, hours)
    except Exception as error:
        what = getattr(rule, "__name__", rule)
        raise ModelError(f"dispatch rule {what} on {way.batch} and {machine.name}: {error!r}") from error


def _waiting(machine: Machine, floor: Floor, now: int) -> list[Journey]:
    """The claims that could have the unit, in the order in which they would be served."""
    lines = [line for line in machine.station.lines if machine.name in line.able] if machine.station else []
    rule, number = floor.rule, len(_like(machine)) + 1
    if rule is None:
        return sorted((way for line in lines for way in islice(_free_ways(line.claims), number)), key=by_age)
    ways = [way for line in lines for way in _free_ways(line.claims)]
    return sorted(ways, key=lambda way: (worth(rule, way, machine, now / HOUR), way.key))


def _free_ways(claims: Any) -> Iterator[Journey]:
    """The claims that are not booked for a unit of their own."""
    return (way for way in claims if not way.b.booked)


# ---- who is on the way -----------------------------------------------------------------------------------------------


def _inside(machine: Machine, floor: Floor) -> list[Coming]:
    """The batches on the floor that will ask for the unit, the nearest first."""
    found = []
    for way in floor.ways.values():
        if way.line is not None and machine.name in way.line.able and way.line.open is None:
            continue  # it waits here
        units = _still(way, floor)
        if machine.name in units:
            found.append(Coming((0, units[machine.name], way.key), way.b.product, units))
    return sorted(found)


def _still(way: Journey, floor: Floor) -> Steps:
    """The units that a batch on the floor may still use."""
    b = way.b
    asks = floor.steps[b.product][b.step] if b.joins else way.want
    if b.booked:
        return {}
    if asks is not None:
        return units_from(asks, b.product, _able(asks, b.place or b.unit, floor), floor)
    return {} if way.doing is None else _later(way.doing, b.product, [b.unit], floor)


def units_from(step: StepPlan, product: str, able: frozenset[str], floor: Floor) -> Steps:
    """The units that a batch may use from a step on, which it can do in some units."""
    key = product, step.name, able
    if key not in floor.ahead:
        beside = [name for each in step.withs for name in sorted(each.able)]
        here = dict.fromkeys([*sorted(able), *beside], 0)
        floor.ahead[key] = {**_later(step, product, sorted(able), floor), **here}
    return floor.ahead[key]


def _later(step: StepPlan, product: str, places: list[str], floor: Floor) -> Steps:
    """The units that it may use after a step in one of these places."""
    found: Steps = {}
    for after in [each for each, _, _ in step.ways] if step.ways else [step.next] if step.next else []:
        for able in dict.fromkeys(_able(after, place, floor) for place in places):
            for name, steps in units_from(after, product, able, floor).items():
                found[name] = min(found.get(name, steps + 1), steps + 1)
    return found


def _able(step: StepPlan, place: str, floor: Floor) -> frozenset[str]:
    """The units in which a batch from this place can do a step."""
    return frozenset(floor.plant.units_for(step.on)) & floor.plant.reach(place)[0]


# ---- what the orders release next ------------------------------------------------------------------------------------


def _ordered(machine: Machine, number: int, floor: Floor, now: int) -> list[Coming]:
    """The next batches of each order that will ask for the unit, so many at most, in the order of their release."""
    return sorted(each for source in floor.sources.values() for each in _released(source, machine, number, floor, now))


def _released(source: Source, machine: Machine, number: int, floor: Floor, now: int) -> list[Coming]:
    order, found, k = source.order, list[Coming](), source.state.released + 1
    units = {product: _from_release(source, product, floor) for product in order.mix}
    if not any(machine.name in each for each in units.values()):
        return []
    while k <= order.size and len(found) < number:
        if not source.knows(k):
            found.append(Coming((*_when(source, k, "", now), k), "", dict.fromkeys(floor.machines, 0)))
            break
        product = order.product_of(source.name, k, floor.streams)
        if machine.name in units[product]:
            found.append(Coming((*_when(source, k, product, now), k), product, units[product]))
        k += 1 if machine.name in units[product] else order.campaign - (k - 1) % order.campaign
    return found


def _from_release(source: Source, product: str, floor: Floor) -> Steps:
    found: Steps = {}
    for step, _, _ in source.made.begins[product]:
        for name, steps in units_from(step, product, _able(step, "", floor), floor).items():
            found[name] = min(found.get(name, steps), steps)
    return found


def _when(source: Source, k: int, product: str, now: int) -> tuple[Any, ...]:
    """When [ms] a batch of an order is expected, by the mean of its law; and what says who of several comes first."""
    rule, state = source.order.release, source.state
    at = source.start
    if rule.every is not None:
        since = state.last if state.released else source.start - rule.every.mean_hours * HOUR
        at = int(since + rule.every.mean_hours * HOUR * (1 + (k - 1 - state.released) // rule.size))
    recipes = source.made.scenario.products
    return 1, max(at, now), -recipes[product].priority if product else 0, source.rank

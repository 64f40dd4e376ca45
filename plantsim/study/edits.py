"""Edits: a scenario in which one thing is more, faster, or lasts longer; all other names keep their luck."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import gcd
from typing import Any, TypeAlias

from plantsim.calendars import Calendar
from plantsim.contracts import Charge, Draw, Equipment, Outcome, UnitModel
from plantsim.laws import Law, Own
from plantsim.recipe import Order, Release
from plantsim.scenario import Scenario
from plantsim.schema import Declared
from plantsim.step import Step
from plantsim.unitops.model import Operation, playable
from plantsim.unitops.model import Own as OwnModel

Edit: TypeAlias = Callable[[Scenario], Scenario]
ACTS = ("time", "transfer", "charge", "discharge", "phases")
TIMES = ("value", "mean", "low", "mode", "high", "least", "scale", "cycle", "times")  # what of a law is a time


@dataclass(frozen=True)
class Times:
    """A user's own distribution, so many times as long."""

    law: Law
    factor: float

    def quantile(self, u: float) -> float:
        """The time [h] that is not exceeded with probability u."""
        return self.factor * self.law.quantile(u)

    def cdf(self, x: float) -> float:
        """The probability that the time is at most x [h]."""
        return self.law.cdf(x / self.factor)


@dataclass(frozen=True)
class Paced:
    """A model that takes so many times as long, and gives the same."""

    model: UnitModel
    factor: float

    def __getattr__(self, name: str) -> Any:
        """What a halt does to a charge is what it does with the model itself, if that says so."""
        if name != "idle":
            raise AttributeError(name)
        model = self.model
        return (playable(model) if isinstance(model, (Operation, OwnModel)) else model).idle  # type: ignore[attr-defined]

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """The outcome, later or earlier."""
        made = self.model.on(unit.design) if isinstance(self.model, Operation) else self.model
        model: UnitModel = playable(made) if isinstance(made, (Operation, OwnModel)) else made
        found = model(charge, unit, draw)
        inner, factor = found.profile, self.factor
        flows = {name: tuple((at * factor, rate / factor) for at, rate in flow) for name, flow in found.draws.items()}
        profile = (lambda hours: inner(hours / factor)) if inner is not None else None
        return replace(found, hours=found.hours * factor, draws=flows, profile=profile)


def changed(thing: Any, /, **changes: Any) -> Any:
    """A new value of the same type with some fields changed, checked anew."""
    kept = {name: getattr(thing, name) for name in thing.model_fields_set}
    return type(thing)(**{**kept, **changes})


def lasting(law: Law, factor: float) -> Law:
    """A law of times that are all so many times as long, and have the same luck.

    >>> from plantsim.laws import Lognormal
    >>> lasting(Lognormal(mean=2.0, cv=0.3), 0.5).mean_hours
    1.0
    """
    if isinstance(law, Own):
        return Own(distribution=Times(law, factor))
    scaled: dict[str, Any] = {}
    for name in TIMES:
        if name in type(law).model_fields:
            old = getattr(law, name)
            scaled[name] = tuple(each * factor for each in old) if isinstance(old, tuple) else old * factor
    made: Law = changed(law, **scaled)
    return made


def stretched(value: Any, factor: float) -> Any:
    """The same value with each law in it so many times as long."""
    if isinstance(value, Law):
        return lasting(value, factor)
    if isinstance(value, Declared):
        return changed(value, **{name: stretched(getattr(value, name), factor) for name in value.model_fields_set})
    if isinstance(value, Mapping):
        return {name: stretched(each, factor) for name, each in value.items()}
    return tuple(stretched(each, factor) for each in value) if isinstance(value, tuple) else value


def with_steps(scenario: Scenario, change: Callable[[tuple[str, str], Step], Step]) -> Scenario:
    """A variant in which each step of each recipe, named by product and step, is changed."""
    products = {
        name: changed(product, steps={word: change((name, word), step) for word, step in product.steps.items()})
        for name, product in scenario.products.items()
    }
    return scenario.replace(products=products)


def paced(step: Step, factor: float) -> Step:
    """A step whose acts take so many times as long; one with a model gives the same, later or earlier."""
    laws: dict[str, Any] = {name: stretched(law, factor) for name in ACTS if (law := getattr(step, name))}
    if step.model is not None:
        laws["model"] = OwnModel(use=Paced(step.model, factor))
    return changed(step, **laws) if laws else step


def paced_on(word: str, factor: float) -> Edit:
    """The steps on a kind or name of unit take so many times as long; single units keep the rate of their name."""

    def edit(scenario: Scenario) -> Scenario:
        plant = scenario.plant
        singles = plant.units_for(word)
        whole = [name for name in scenario.units if set(plant.units_for(name)) <= set(singles)]
        rates = {name: rate / factor for name in whole if (rate := scenario.units[name].rate)}
        units = {name: changed(scenario.units[name], rate=rate) for name, rate in rates.items()}
        edited = with_steps(scenario, lambda _, step: paced(step, factor) if step.on == word else step)
        return edited.replace(units={**scenario.units, **units})

    return edit


def varied(section: str, names: Iterable[str], change: Callable[[Any], Any]) -> Edit:
    """Some things of a section, each changed."""
    chosen = tuple(names)

    def edit(scenario: Scenario) -> Scenario:
        things: dict[str, Any] = getattr(scenario, section)
        return scenario.replace(**{section: {**things, **{name: change(things[name]) for name in chosen}}})

    return edit


def in_turn(*edits: Edit) -> Edit:
    """Several edits, one after the other."""

    def edit(scenario: Scenario) -> Scenario:
        for each in edits:
            scenario = each(scenario)
        return scenario

    return edit


def longer(calendar: Calendar, hours: float) -> Calendar:
    """A calendar whose open stretches each end so many hours later, as far as the next one begins.

    One that ends with the period goes on at the beginning of the next.

    >>> longer(Calendar(open=((6.0, 14.0), (14.5, 22.0)), period=24.0), 1.0).open
    ((6.0, 14.5), (14.5, 23.0))
    >>> longer(Calendar(open=((16.0, 24.0),), period=24.0), 1.0).open
    ((0.0, 1.0), (16.0, 24.0))
    """
    stretches, period = sorted(calendar.open), calendar.period
    longer_: list[tuple[float, float]] = []
    for number, (begin, end) in enumerate(stretches):
        last = number + 1 == len(stretches)
        then = stretches[0][0] + period if last else stretches[number + 1][0]
        until = max(end, min(end + hours, then))
        longer_.append((begin, min(until, period)))
        if until > period:
            longer_.append((0.0, until - period))
    return changed(calendar, open=tuple(sorted(longer_)))  # type: ignore[no-any-return]


def saturated(scenario: Scenario) -> Scenario:
    """The plant with more orders than it can make, in the same mix, so that what it makes is its capacity.

    Orders without an end that are released as taken, or by work in process, stay as they are.  Those released by the
    clock become one order, released as taken, in the mix of their rates.  Of orders that end, if there are no others,
    one without an end is made in the mix of their numbers of batches, in campaigns that divide all of them.
    """
    endless = {name: order for name, order in scenario.orders.items() if order.batches is None}
    if not endless:
        sizes = {name: float(order.batches or 0) for name, order in scenario.orders.items()}
        campaign = gcd(*(order.batches or 0 for order in scenario.orders.values()))
        return scenario.replace(orders=_one(scenario.orders, sizes, campaign))
    clocked = {name: order for name, order in endless.items() if order.release.every is not None}
    rates = {name: order.release.size / order.release.every.mean_hours for name, order in clocked.items()}  # type: ignore[union-attr]
    kept = {name: changed(order, start=0.0) for name, order in endless.items() if name not in clocked}
    return scenario.replace(orders={**_one(clocked, rates, 1), **kept})


def _one(orders: Mapping[str, Order], weights: Mapping[str, float], campaign: int) -> dict[str, Order]:
    """Orders as one without an end, in the mix of their weights; one alone keeps its campaigns."""
    if not orders:
        return {}
    first = next(iter(orders))
    if len(orders) == 1:
        return {first: changed(orders[first], release=Release(), batches=None, start=0.0, due=None)}
    mix: dict[str, float] = {}
    for name, order in orders.items():
        for product, share in order.mix.items():
            mix[product] = mix.get(product, 0.0) + share * weights[name]
    named = next(iter(mix)) if len(mix) == 1 else mix
    return {first: Order(product=named, campaign=max(1, campaign))}

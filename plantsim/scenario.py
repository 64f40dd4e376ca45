"""A plant with its recipes, orders and policies for a time: the one thing that a run is made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field

from plantsim.errors import Fault, LayoutError, did_you_mean
from plantsim.plant import Buffer, Calendar, Cleaning, Failure, Links, Maintenance, Plant, Pool, Timetable, Unit
from plantsim.recipe import Order, Product, Step
from plantsim.schema import Declared, Hours, PositiveHours

RULES = ("first_come", "least_changeover", "earliest_due", "shortest_first")


class RunPlan(Declared):
    """How far to play and by which rule free units are given."""

    horizon: Annotated[PositiveHours, Field(description="length of the run")] = 8 * 168.0
    dispatch: Annotated[
        Any, Field(description="a rule by name, or a dotted path such as 'mysite.rules:least_slack'")
    ] = "first_come"


class ReportPlan(Declared):
    """Which part of a run is reported, and which time element each state counts as."""

    from_: Annotated[Hours, Field(description="report from here on (warm-up)")] = 0.0
    elements: Annotated[
        dict[str, Literal["APT", "ASUT", "ADET", "ADOT", "PDOT", "out"]],
        Field(description="state: ISO 22400 time element, where it is not the usual one"),
    ] = {}


class Scenario(Declared):
    """What a layout file says, as values: frozen, compared by content, varied by `replace` and `with_...`.

    >>> from plantsim.plant import Unit
    >>> mill = Scenario(
    ...     name="One mill",
    ...     units={"mill": Unit(kind="mill")},
    ...     products={"powder": Product(batch=100.0, steps={"grind": Step(on="mill", time=2.0)})},
    ...     orders={"daily": Order(product="powder", batches=10)},
    ... )
    >>> mill.check() == mill
    True
    >>> mill.with_units("mill", 2).units["mill"].count
    2
    """

    plantsim: Annotated[Literal[1], Field(description="version of the file format")] = 1
    name: str = ""
    start: Annotated[str, Field(description="local date and time at hour 0, such as 2027-03-01T06:00")] = ""
    units: dict[str, Unit] = {}
    buffers: dict[str, Buffer] = {}
    pools: dict[str, Pool] = {}
    links: Links = ()
    calendars: dict[str, Calendar] = {}
    failures: dict[str, Failure] = {}
    maintenance: dict[str, Maintenance] = {}
    cleaning: dict[str, Cleaning] = {}
    products: dict[str, Product] = {}
    orders: dict[str, Order] = {}
    run: RunPlan = RunPlan()
    report: ReportPlan = ReportPlan()

    @cached_property
    def plant(self) -> Plant:
        """The units, buffers, pools and links as a plant."""
        return Plant(units=self.units, buffers=self.buffers, pools=self.pools, links=self.links)

    def check(self) -> Scenario:
        """The scenario itself, if all that it names is there and fits.

        Raises:
            LayoutError: with all faults.
        """
        found = list(faults(self))
        if found:
            raise LayoutError(found)
        return self

    def replace(self, **changes: Any) -> Scenario:
        """A variant in which some fields are others; `horizon`, `dispatch` and `from_` reach into run and report."""
        run = {key: changes.pop(key) for key in ("horizon", "dispatch") if key in changes}
        if run:
            changes["run"] = _changed(changes.get("run", self.run), run)
        if "from_" in changes:
            changes["report"] = _changed(self.report, {"from_": changes.pop("from_")})
        return _changed(self, changes)

    def with_units(self, name: str, count: int) -> Scenario:
        """A variant with so many units of a name; all other names keep their luck."""
        return self.replace(units=_varied(self.units, name, count=count))

    def with_pool(self, name: str, count: int) -> Scenario:
        """A variant with a pool of another size."""
        return self.replace(pools=_varied(self.pools, name, count=count))

    def with_buffer(self, name: str, places: int | None) -> Scenario:
        """A variant with a buffer of another size; None: without limit."""
        return self.replace(buffers=_varied(self.buffers, name, places=places))

    def __str__(self) -> str:
        return "\n".join(f"{word:<10} {text}" for word, text in self._lines())

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(f"<tr><th>{word}</th><td>{escape(text)}</td></tr>" for word, text in self._lines())
        return f"<table>{rows}</table>"

    def _lines(self) -> Iterator[tuple[str, str]]:
        singles = len(self.plant.unit_names)
        yield "plant", f"{self.name or 'without a name'}: {singles} units of {len(self.units)} names"
        places = (f"{name} ({buffer.places or 'any number'})" for name, buffer in self.buffers.items())
        yield "buffers", _listed(places) + f"; links: {len(self.links) or 'everything reaches everything'}"
        yield "pools", _listed(f"{name} ({pool.count})" for name, pool in self.pools.items())
        recipes = (
            f"{name} ({product.batch:g} kg, {len(product.steps)} steps)" for name, product in self.products.items()
        )
        yield "products", _listed(recipes)
        yield "orders", _listed(f"{name} ({order.batches or 'no end'})" for name, order in self.orders.items())
        rule = (
            self.run.dispatch if isinstance(self.run.dispatch, str) else getattr(self.run.dispatch, "__name__", "own")
        )
        yield "run", f"{self.run.horizon:g} h, dispatch {rule}, reported from {self.report.from_:g} h"


def _listed(items: Iterable[str]) -> str:
    words = list(items)
    more = f" and {len(words) - 6} more" if len(words) > 6 else ""
    return ", ".join(words[:6]) + more if words else "none"


def _changed(value: Any, changes: Mapping[str, Any]) -> Any:
    """A new value of the same type, checked anew."""
    kept = {name: getattr(value, name) for name in type(value).model_fields if name in value.model_fields_set}
    return type(value)(**{**kept, **changes})


def _varied(things: Mapping[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    if name not in things:
        raise LayoutError([Fault((name,), f"there is no {name!r}{did_you_mean(name, things)}")])
    return {**things, name: _changed(things[name], changes)}


# ---- cross-checks: what one part of a scenario says of another -------------------------------------------------------


def faults(scenario: Scenario) -> Iterator[Fault]:
    """All that does not fit together, in the order of the file."""
    yield from _names(scenario)
    yield from _plant_words(scenario)
    yield from _links(scenario)
    yield from _calendars(scenario)
    yield from _recipes(scenario)
    yield from _routes(scenario)
    yield from _orders(scenario)
    yield from _unreached(scenario)


def _names(scenario: Scenario) -> Iterator[Fault]:
    """Names are unique over units, buffers and pools, since causes and links use them."""
    seen: dict[str, str] = {}
    for place in ("units", "buffers", "pools"):
        for name in getattr(scenario, place):
            if name in seen:
                yield Fault((place, name), f"the name {name!r} is taken in {seen[name]}; give it another")
            seen.setdefault(name, place)
    if not scenario.units:
        yield Fault(("units",), "a plant needs at least one unit")
    if not scenario.orders:
        yield Fault(("orders",), "nothing is ordered; give at least one order")


def _plant_words(scenario: Scenario) -> Iterator[Fault]:
    for name, unit in scenario.units.items():
        at = ("units", name)
        yield from _unknown((*at, "cleaning"), unit.cleaning, scenario.cleaning, "cleaning rule")
        yield from _unknown((*at, "calendar"), unit.calendar, scenario.calendars, "calendar")
        for each in unit.failures:
            yield from _unknown((*at, "failures"), each, scenario.failures, "failure mode")
        for each in unit.maintenance:
            yield from _unknown((*at, "maintenance"), each, scenario.maintenance, "maintenance")
    for name, pool in scenario.pools.items():
        yield from _unknown(("pools", name, "calendar"), pool.calendar, scenario.calendars, "calendar")
    for place in ("failures", "maintenance"):
        for name, rule in getattr(scenario, place).items():
            yield from _needs(scenario, (place, name, "pool"), {rule.pool: 1} if rule.pool else {})
    for name, cleaning in scenario.cleaning.items():
        yield from _needs(scenario, ("cleaning", name, "needs"), cleaning.needs)


def _unknown(path: tuple[str, ...], word: str, words: Iterable[str], what: str) -> Iterator[Fault]:
    if word and word not in words:
        yield Fault(path, f"there is no {what} {word!r}{did_you_mean(word, words)}")


def _needs(scenario: Scenario, path: tuple[str, ...], needs: Mapping[str, int]) -> Iterator[Fault]:
    for name, count in needs.items():
        yield from _unknown(path, name, scenario.pools, "pool")
        if name in scenario.pools and count > scenario.pools[name].count:
            size = scenario.pools[name].count
            yield Fault(path, f"needs {count} of {name!r}, which has only {size}: nothing would ever begin")


def _links(scenario: Scenario) -> Iterator[Fault]:
    known = [*scenario.units, *scenario.buffers, *(unit.kind for unit in scenario.units.values())]
    for number, pair in enumerate(scenario.links):
        for name in pair:
            if not scenario.plant.singles(name):
                yield Fault(("links", number), f"there is no unit or buffer {name!r}{did_you_mean(name, known)}")


def _calendars(scenario: Scenario) -> Iterator[Fault]:
    for name, calendar in scenario.calendars.items():
        timetable = Timetable(calendar)
        if not timetable.is_open(0) and timetable.change(0) > scenario.run.horizon * 3_600_000:
            yield Fault(("calendars", name), f"never opens within the horizon of {scenario.run.horizon:g} h")


def _recipes(scenario: Scenario) -> Iterator[Fault]:
    kinds = dict.fromkeys(unit.kind for unit in scenario.units.values())
    for product, recipe in scenario.products.items():
        for name, step in recipe.steps.items():
            at = ("products", product, "steps", name)
            able = scenario.plant.units_for(step.on)
            if not able:
                hint = did_you_mean(step.on, [*kinds, *scenario.units])
                yield Fault((*at, "on"), f"no unit can do this step: there is no {step.on!r}{hint}")
            yield from _fitting(scenario, at, recipe, step, able)
            for act, needs in step.needs.items():
                yield from _needs(scenario, (*at, "needs", act), needs)
            yield from _needs(scenario, (*at, "keeps"), step.keeps)


def _fitting(
    scenario: Scenario, at: tuple[str, ...], recipe: Product, step: Step, able: Iterable[str]
) -> Iterator[Fault]:
    units = {name: scenario.units[name] for name in dict.fromkeys(map(scenario.plant.unit_names.__getitem__, able))}
    if units and step.time is None and all(unit.rate is None for unit in units.values()):
        yield Fault(at, f"has no time, and no unit of {step.on!r} has a rate; give one of them")
    loads = [unit.load if unit.load is not None else inf for unit in units.values()]
    if loads and max(loads) < recipe.batch:
        yield Fault(
            (*at, "on"),
            f"no unit can do this step: the batch is {recipe.batch:g} kg, the largest load {max(loads):g} kg",
        )
    for act in ("transfer", "charge", "discharge"):
        if act in step.needs and getattr(step, act) is None:
            yield Fault((*at, "needs", act), f"the step has no {act}; give it a time, such as '{act}: 15 min'")


def _routes(scenario: Scenario) -> Iterator[Fault]:
    """Each step can be reached from each unit of the step before."""
    if not scenario.links or any(True for _ in _links(scenario)):
        return
    plant = scenario.plant
    for product, recipe in scenario.products.items():
        steps = list(recipe.steps.items())
        for (before, first), (name, step) in zip(steps, steps[1:], strict=False):
            able = set(plant.units_for(step.on))
            for unit in plant.units_for(first.on):
                if able and not able & plant.reach(unit)[0] and plant.units_for(step.on) != (unit,):
                    text = f"cannot be reached: no link leads from {unit!r} ({before!r}) to any {step.on!r}"
                    yield Fault(("products", product, "steps", name), text)
                    break


def _orders(scenario: Scenario) -> Iterator[Fault]:
    for name, order in scenario.orders.items():
        for product in order.mix:
            yield from _unknown(("orders", name, "product"), product, scenario.products, "product")
    if isinstance(scenario.run.dispatch, str) and ":" not in scenario.run.dispatch:
        yield from _unknown(("run", "dispatch"), scenario.run.dispatch, RULES, "dispatch rule")
    if scenario.report.from_ >= scenario.run.horizon:
        text = f"must be before the horizon of {scenario.run.horizon:g} h, got {scenario.report.from_:g} h"
        yield Fault(("report", "from"), text)


def _unreached(scenario: Scenario) -> Iterator[Fault]:
    used = {unit for recipe in scenario.products.values() for step in recipe.steps.values()
            for unit in scenario.plant.units_for(step.on)}  # fmt: skip
    for single, name in scenario.plant.unit_names.items():
        if single not in used:
            text = f"no recipe reaches {single!r}: name its kind {scenario.units[name].kind!r} in a step, or remove it"
            yield Fault(("units", name), text)

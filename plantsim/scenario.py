"""A plant with its recipes, orders and policies for a time: the one thing that a run is made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from plantsim.calendars import Calendar
from plantsim.charge import Always, Spread
from plantsim.cleaning import Cleaning
from plantsim.crosscheck import faults
from plantsim.errors import Fault, LayoutError, did_you_mean
from plantsim.laws import Constant, Law
from plantsim.materials import Investigation, Kind, Material, QualityTest
from plantsim.moving import Area, Hops, Transfer
from plantsim.plant import Buffer, Failure, Links, Maintenance, Plant, Pool, Unit
from plantsim.prices import Prices
from plantsim.recipe import Order, Product
from plantsim.schema import Declared, Hours, PositiveHours
from plantsim.unitops.model import Operation, Own
from plantsim.unitops.nominal import Middle
from plantsim.utility import RATES, Utility

if TYPE_CHECKING:
    from plantsim.mean import MeanRun


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
    >>> from plantsim.step import Step
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
    name: Annotated[str, Field(description="what the plant is called")] = ""
    start: Annotated[str, Field(description="local date and time at hour 0, such as 2027-03-01T06:00")] = ""
    units: Annotated[dict[str, Unit], Field(description="equipment, by name")] = {}
    buffers: Annotated[dict[str, Buffer], Field(description="where batches stand between units, by name")] = {}
    pools: Annotated[dict[str, Pool], Field(description="crews and other things that are lent, by name")] = {}
    utilities: Annotated[dict[str, Utility], Field(description="water, steam, power and drains, by name")] = {}
    links: Links = ()
    areas: Annotated[dict[str, Area], Field(description="rooms of one cleanroom grade, by name")] = {}
    transfers: Annotated[dict[str, Transfer], Field(description="how batches go over links, by name")] = {}
    calendars: Annotated[dict[str, Calendar], Field(description="shifts, by name")] = {}
    failures: Annotated[dict[str, Failure], Field(description="failure modes, by name")] = {}
    maintenance: Annotated[dict[str, Maintenance], Field(description="planned maintenance, by name")] = {}
    cleaning: Annotated[dict[str, Cleaning], Field(description="cleaning rules, by name")] = {}
    materials: Annotated[dict[str, Material], Field(description="what steps take out of store, by name")] = {}
    tests: Annotated[dict[str, QualityTest], Field(description="tests of lots and batches, by name")] = {}
    investigations: Annotated[
        dict[Kind, Investigation], Field(description="what deviations are followed by, by kind")
    ] = {}
    products: Annotated[dict[str, Product], Field(description="recipes, by name of the product")] = {}
    orders: Annotated[dict[str, Order], Field(description="what is asked for, by name")] = {}
    prices: Annotated[Prices | None, Field(description="what things cost; none: costs are not told")] = None
    run: Annotated[RunPlan, Field(description="how far to play")] = RunPlan()
    report: Annotated[ReportPlan, Field(description="what to report")] = ReportPlan()

    @cached_property
    def plant(self) -> Plant:
        """The units, buffers, pools, utilities and links as a plant."""
        parts = {name: getattr(self, name) for name in Plant.model_fields}
        return Plant(**parts)

    @cached_property
    def hops(self) -> Hops:
        """How batches go from each place to each unit."""
        return Hops(self.plant, self.areas, self.transfers)

    @property
    def verdicts(self) -> dict[str, QualityTest | Investigation]:
        """Tests and investigations, by what their samples are called."""
        return {**self.tests, **{str(kind): each for kind, each in self.investigations.items()}}

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
        run: dict[str, Any] = {key: changes.pop(key) for key in ("horizon", "dispatch") if key in changes}
        if run:
            changes["run"] = _changed(changes.get("run", self.run), run)
        if "from_" in changes:
            changes["report"] = _changed(self.report, {"from_": changes.pop("from_")})
        changed: Scenario = _changed(self, changes)
        return changed

    def with_units(self, name: str, count: int) -> Scenario:
        """A variant with so many units of a name; all other names keep their luck."""
        return self.replace(units=_varied(self.units, name, count=count))

    def with_pool(self, name: str, count: int) -> Scenario:
        """A variant with a pool of another size."""
        return self.replace(pools=_varied(self.pools, name, count=count))

    def with_utility(self, name: str, **changes: Any) -> Scenario:
        """A variant with another rate, tank or peak of a utility, such as `tank=9000.0`."""
        return self.replace(utilities=_varied(self.utilities, name, **changes))

    def with_buffer(self, name: str, places: int | None) -> Scenario:
        """A variant with a buffer of another size; None: without limit."""
        return self.replace(buffers=_varied(self.buffers, name, places=places))

    def without_luck(self) -> Scenario:
        """A variant in which nothing fails, each time is the mean of its law, and the products of mixes take turns."""
        mean: Scenario = _at_mean(self)
        units = {name: _changed(unit, {"failures": ()}) for name, unit in mean.units.items()}
        utilities = {name: _changed(utility, {"failures": ()}) for name, utility in mean.utilities.items()}
        orders = {name: _changed(order, {"draw": False}) for name, order in mean.orders.items()}
        tests = {name: _changed(test, {"fails": 0.0}) for name, test in mean.tests.items()}
        found = {kind: _changed(each, {"rejects": 0.0}) for kind, each in mean.investigations.items()}
        more = {"tests": tests, "investigations": found, "failures": {}}
        return mean.replace(units=units, utilities=utilities, orders=orders, **more)

    def mean(self) -> MeanRun:
        """What the plant makes at best, without luck and failures: cycle times, what limits it, the makespan."""
        from plantsim.mean import mean_run

        return mean_run(self)

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
        rates = _listed(f"{name} ({_most(each)})" for name, each in self.utilities.items())
        pools = _listed(f"{name} ({pool.count})" for name, pool in self.pools.items())
        yield "pools", pools + (f"; utilities: {rates}" if self.utilities else "")
        recipes = (
            f"{name} ({product.batch:g} kg, {len(product.steps)} steps)" for name, product in self.products.items()
        )
        yield "products", _listed(recipes)
        yield "orders", _listed(f"{name} ({order.batches or 'no end'})" for name, order in self.orders.items())
        rule = (
            self.run.dispatch if isinstance(self.run.dispatch, str) else getattr(self.run.dispatch, "__name__", "own")
        )
        yield "run", f"{self.run.horizon:g} h, dispatch {rule}, reported from {self.report.from_:g} h"


def _most(utility: Utility) -> str:
    """The largest rate at which a utility can be drawn, if there is one."""
    return f"{utility.most:g} {RATES[utility.unit]}" if utility.most < inf else "any rate"


def _listed(items: Iterable[str]) -> str:
    words = list(items)
    more = f" and {len(words) - 6} more" if len(words) > 6 else ""
    return ", ".join(words[:6]) + more if words else "none"


def _changed(value: Any, changes: Mapping[str, Any]) -> Any:
    """A new value of the same type, checked anew."""
    kept = {name: getattr(value, name) for name in type(value).model_fields if name in value.model_fields_set}
    return type(value)(**{**kept, **changes})


def _at_mean(value: Any) -> Any:
    """The value with each law in it replaced by its mean."""
    if isinstance(value, Law):
        return Constant(value=value.mean_hours)
    if isinstance(value, Spread):
        return Always(value=value.quantile(0.5))
    if isinstance(value, Operation):
        return value.on({"scatter": 0.0})
    if isinstance(value, Own):
        return value if isinstance(value.use, Middle) else Own(use=Middle(value))
    if isinstance(value, Declared):
        return _changed(value, {name: _at_mean(getattr(value, name)) for name in value.model_fields_set})
    if isinstance(value, dict):
        return {name: _at_mean(each) for name, each in value.items()}
    return tuple(_at_mean(each) for each in value) if isinstance(value, tuple) else value


def _varied(things: Mapping[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    if name not in things:
        raise LayoutError([Fault((name,), f"there is no {name!r}{did_you_mean(name, things)}")])
    return {**things, name: _changed(things[name], changes)}

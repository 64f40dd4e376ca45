"""Figures of a run: a scenario laid beside its record; each method is a line over a free function."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, Self

import plantsim.demand as demand
import plantsim.drawn as drawn
import plantsim.kpi as kpi
import plantsim.transport as transport
from plantsim.balance import invariants, mass_balance
from plantsim.bottleneck import bottleneck
from plantsim.chance import milliseconds
from plantsim.cleaned import cleanliness, cleans, consumed, phases, recleans
from plantsim.costs import Line, Tariff, costs, matter, used
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.iso22400 import iso22400
from plantsim.record import HOUR, Record
from plantsim.reported import (
    areas,
    consumption,
    groups,
    holds,
    line,
    may_work,
    paid,
    planned,
    stations,
    stretches,
    water_and_energy,
)
from plantsim.scenario import Scenario
from plantsim.spans import STAYS, Spans, Window, in_hours, read, window, within
from plantsim.state import State, fold
from plantsim.supply import lots, verdicts

if TYPE_CHECKING:
    import pandas as pd


class Figures:
    """What a record says in numbers, given what it is a record of.

    Windows are in hours: from where the scenario's report begins (after the warm-up) to the end, unless given.
    """

    def __init__(
        self, scenario: Scenario, record: Record, *, seed: int = 0, replication: int = 0, start: State | None = None
    ) -> None:
        self.scenario, self.record, self.seed, self.replication = scenario, record, seed, replication
        self.start = empty(scenario) if start is None else start
        self.solver: dict[str, float] = {}  # of a run with models: how often they were called, and were not; seconds
        self.played = False  # by the engine, to its end: then no run may exceed its bound
        self.costs: list[tuple[Any, ...]] = []  # the same of each, as `models` says

    @property
    def until(self) -> float:
        """When the run ends [h]."""
        return self.record.until / HOUR

    @property
    def window(self) -> tuple[float, float]:
        """What is reported [h]: from the scenario's `report: from`, or all of a run that ends before that."""
        from_ = max(self.scenario.report.from_, self.start.time / HOUR)
        return (from_ if from_ < self.until else self.start.time / HOUR), self.until

    @cached_property
    def all_spans(self) -> Spans:
        """Every frame of spans [ms], read from the record once; of a run that was played, its bound is asserted.

        Raises:
            PlantsimError: if more batches were made than what they drew leaves room for: a fault of the engine.
        """
        spans = read(self.record, self.start)
        if self.played:
            self._hold_bound(spans)
        return spans

    def cut(self, from_: float | None = None, to: float | None = None) -> Window:
        """A window [h] in whole milliseconds.

        Raises:
            PlantsimError: if nothing of the run lies in it.
        """
        first, last = self.window
        cut = milliseconds(first if from_ is None else from_), milliseconds(last if to is None else to)
        if not self.start.time <= cut[0] < cut[1] <= self.record.until:
            hours = f"{cut[0] / HOUR:g} h to {cut[1] / HOUR:g} h"
            run = f"{self.start.time / HOUR:g} h to {self.until:g} h"
            raise PlantsimError(f"the window from {hours} must lie in the run, which goes from {run}")
        return cut

    def frame(self) -> pd.DataFrame:
        """The record as a data frame."""
        return self.record.frame()

    def spans(self, kind: str = "units", from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Stays of units, batches, buffers, uses of pools [h], cut to the window; or jobs, lives, flows, whole."""
        frame = self.all_spans[kind]
        return in_hours(window(frame, *self.cut(from_, to)) if kind in STAYS else frame)

    def state_at(self, hours: float) -> State:
        """What was so at a time [h]: the fold of the record up to it."""
        at = milliseconds(hours)
        if not self.start.time <= at <= self.record.until:
            raise PlantsimError(f"the run goes from {self.start.time / HOUR:g} h to {self.until:g} h, not {hours:g} h")
        return fold(self.start.copy(), self.record.before(at), at)

    # ---- what was made, and when

    def summary(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """The main figures, each with its unit of measure."""
        import pandas as pd

        rows = [(*name.rstrip("]").split(" [", 1), value) for name, value in self.figures(from_, to).items()]
        return pd.DataFrame(rows, columns=["figure", "unit", "value"]).set_index("figure")[["value", "unit"]]

    def figures(self, from_: float | None = None, to: float | None = None) -> dict[str, float]:
        """The main figures by name and [unit of measure]: what studies compare."""
        made = self.throughput(from_, to).T["all"].to_dict()
        times = self.lead_time(from_, to).T["all"].to_dict()
        cut, read = self.cut(from_, to), self.all_spans
        busy = kpi.utilisation(read["units"], cut, "calendar", groups(self.scenario, "kind"))["busy"]
        lost = self.waiting(from_, to)
        return {
            "batches [1]": float(made["batches"]), "mass [kg]": float(made["kg"]),
            "batches a week [1/week]": float(made["batches a week"]), "mass a week [kg/week]": float(made["kg a week"]),
            "lead time [h]": float(times["mean"]), "lead time, 95 % below [h]": float(times["95%"]),
            "in plant [batches]": kpi.little(read["lives"], read["batches"], cut, read["parts"])["mean in plant"],
            "waiting [share of lead time]": float(lost["share"].sum()),
            **{f"busy {kind} [share of calendar hours]": float(share) for kind, share in busy.items()},
        }  # fmt: skip

    def throughput(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Batches and mass [kg] done, and per week, by product."""
        return kpi.throughput(self.all_spans["flows"], self.cut(from_, to), self.start.time)

    def lead_time(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Hours from release to done, by product."""
        return kpi.lead_time(self.all_spans["lives"], self.cut(from_, to), self.start.time)

    def orders(self) -> pd.DataFrame:
        """How far each order is, and how late [h]."""
        due = {name: inf if order.due is None else order.due for name, order in self.scenario.orders.items()}
        asked = {name: (order.size, due[name]) for name, order in self.scenario.orders.items()}
        return kpi.orders(self.all_spans["lives"], asked)

    def wip(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """How many batches were in the plant, and when [h]."""
        return in_hours(kpi.wip(self.all_spans["lives"], self.cut(from_, to)))

    def waiting(
        self, from_: float | None = None, to: float | None = None, by: tuple[str, ...] = ("state", "cause")
    ) -> pd.DataFrame:
        """Hours that batches waited, by what for, or by step, place, product."""
        return kpi.waiting(self.all_spans["batches"], self.cut(from_, to), by)

    def utilisation(
        self, of: kpi.Of = "calendar", by: str = "unit", from_: float | None = None, to: float | None = None
    ) -> pd.DataFrame:
        """Share of calendar, scheduled or available hours in each state, by unit, name or kind."""
        return kpi.utilisation(self.all_spans["units"], self.cut(from_, to), of, groups(self.scenario, by))

    def iso22400(self, by: str = "unit", from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Time elements and key figures of ISO 22400-2, by unit, name or kind."""
        units, flows = self.all_spans["units"], self.all_spans["flows"]
        changes, plan = self.scenario.report.elements, planned(self.scenario)
        group = groups(self.scenario, by)
        return iso22400(units, flows, self.cut(from_, to), plan, changes, group, self.start.time)

    def bottleneck(self, by: str = "unit", from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """What holds the plant back, by unit, name or kind; `.attrs["says"]` has it in a sentence."""
        cut, group = self.cut(from_, to), groups(self.scenario, by)
        hours = {str(cause): float(each) for cause, each in self.waiting(from_, to, ("cause",))["hours"].items()}
        frame = bottleneck(self.all_spans["units"], cut, group, line(self.scenario), hours)
        if by == "unit":
            frame.insert(0, "kind", [groups(self.scenario, "kind")[name] for name in frame.index])
        return frame

    def pools(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """How many of each pool were in use."""
        sizes = {name: pool.count for name, pool in self.scenario.pools.items()}
        return kpi.pool_use(self.all_spans["pools"], sizes, self.cut(from_, to))

    def minor_stops(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Of each unit that has them: hours of minor stops, and what part of its running time with them that is."""
        return kpi.minor_stops(self.all_spans["units"], self.cut(from_, to))

    def utility(self, name: str, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Stretches [h] of a utility: rates drawn and made, and the level at both ends, which is a line between them.

        Raises:
            PlantsimError: if there is no such utility.
        """
        if name not in self.scenario.utilities:
            raise PlantsimError(f"there is no utility {name!r}{did_you_mean(name, self.scenario.utilities)}")
        return in_hours(demand.course(self.all_spans, self.start, name, self.cut(from_, to)))

    def models(self) -> pd.DataFrame:
        """What each model has cost: calls, hits (what was known already), seconds; of a table its cells and its error.

        The error is the largest of any number, as a share of it, at the middle of the cells; `ps.table_errors` tells
        that of the hours that the run has had.
        """
        import pandas as pd

        columns = ["product", "step", "unit", "calls", "hits", "seconds", "cells", "error"]
        return pd.DataFrame(self.costs, columns=columns)

    def outages(self, utility: str, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """When a utility was not made, from when to when [h], and why: a failure, or closed."""
        return in_hours(demand.outages(self.all_spans, utility, self.cut(from_, to)))

    def awaited(self, utility: str) -> pd.DataFrame:
        """Who waited for a utility, from when to when [h], in the whole run."""
        whole = self.all_spans.begun, self.all_spans.until
        return in_hours(demand.awaited(self.all_spans, utility, whole))

    def utilities(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Of each utility: rates drawn, lowest level, hours at the largest rate, hours waited for it, hours down."""
        most = {name: utility.most for name, utility in self.scenario.utilities.items()}
        return demand.use(self.all_spans, self.start, most, self.cut(from_, to))

    def buffers(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """How many batches stood in each buffer."""
        places = {name: buffer.places for name, buffer in self.scenario.buffers.items()}
        return kpi.buffer_use(self.all_spans["buffers"], places, self.cut(from_, to))

    def places(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """How many batches were in each unit in which they come and go at their own times."""
        names = self.scenario.plant.unit_names
        sizes = {each: self.scenario.units[name].places for each, name in names.items()}
        several: dict[str, int | None] = {name: number for name, number in sizes.items() if number > 1}
        return kpi.buffer_use(self.all_spans["places"], several, self.cut(from_, to)).fillna(0)

    def stops(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Breakdowns by unit and mode: how many, mean time to failure and to repair [h]."""
        return kpi.stops(self.all_spans["jobs"], self.all_spans["units"], self.cut(from_, to), self.start.time)

    def cleans(self, by: str = "unit", from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Cleans by unit, name or kind, and by cause: how many, and what they cost [h, share, batches]."""
        return cleans(self.all_spans, self.cut(from_, to), groups(self.scenario, by))

    def recleans(self, by: str = "kind", from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Of the cleans those for which no batch is the cause: holds that were over, bad verdicts, what was opened."""
        return recleans(self.cleans(by, from_, to))

    def cleanliness(self, hours: float) -> pd.DataFrame:
        """How clean each unit is at a time [h]: since when, of which product, until when it is clean or sterile."""
        return cleanliness(self.state_at(hours), holds(self.scenario))

    def phases(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Each phase of each clean, from when to when [h], and what it drew of each utility [L, kg, m3 or kWh]."""
        return in_hours(phases(self.all_spans, self.cut(from_, to), self.scenario.utilities))

    def moves(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Each move of a batch from one place to another, and when [h] it was over; and of containers without one.

        A container that has a place of its own goes from there to where it is filled, and comes back from where it was
        emptied.
        """
        return in_hours(self._moves(self.cut(from_, to)))

    def _moves(self, cut: Window) -> pd.DataFrame:
        trips = self.all_spans["trips"]
        own = trips[trips["container"].isin(stations(self.scenario))]
        return transport.moves(self.all_spans["batches"], cut, own)

    def dirty(self, here: str, there: str) -> bool:
        """Whether what goes from one place to another is dirty: by the layout, or a container that comes back."""
        return there in stations(self.scenario) or self.scenario.hops.dirty(here, there)

    def transport(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """By transfer and link: how many moves, and hours of batches on their way; '': the step's own, or none."""
        cut, stays = self.cut(from_, to), self.all_spans["batches"]
        gone, home = self._moves(cut), self.scenario.plant.unit_names
        return transport.transport(gone, window(stays, *cut), home, self.scenario.hops.between)

    def crossings(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Moves from one area into another: of them changes of grade, dirty ones, and clean and dirty in turn."""
        grades = {name: area.grade for name, area in self.scenario.areas.items()}
        return transport.crossings(self._moves(self.cut(from_, to)), areas(self.scenario), grades, self.dirty)

    def consumed(self) -> pd.Series[float]:
        """Consumables used up by set-ups and cleans, by name."""
        return consumed(self.all_spans["cleans"], consumption(self.scenario))

    def lots(self) -> pd.DataFrame:
        """Lots of materials: when each came, what was taken of it, by whom, what is left, and what it is now."""
        return lots(self.record, self.start)

    def tests(self) -> pd.DataFrame:
        """Of each test: samples, verdicts, and the mean hours to a verdict."""
        return verdicts(self.all_spans["samples"])

    def cost_of_goods(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """What a window cost, by the prices of the layout: a row each name that has one, and that of all."""
        cut = self.cut(from_, to)
        tariffs = {name: Tariff(*each) for name, each in paid(self.scenario, cut).items()}
        return costs(self._used(cut), tariffs, (cut[1] - cut[0]) / HOUR, self._made(cut))

    def matter(self, from_: float | None = None, to: float | None = None) -> pd.Series[float]:
        """Process mass intensity, water and energy a batch, of utilities that the prices say are water or energy."""
        cut = self.cut(from_, to)
        return matter(self._used(cut), self._made(cut), *water_and_energy(self.scenario))

    def _used(self, cut: Window) -> list[Line]:
        lines = list(used(self.record, self.all_spans, self.start, self.scenario.utilities, cut))
        begun = within(self.all_spans["cleans"], "begun", cut, self.all_spans.begun)
        for name, number in consumed(begun, consumption(self.scenario)).items():
            lines.append(("consumables", str(name), float(number), "1"))
        return lines

    def _made(self, cut: Window) -> tuple[float, float]:
        made = kpi.throughput(self.all_spans["flows"], cut, self.start.time)
        return tuple(made.loc["all", ["batches", "kg"]].astype(float))  # type: ignore[return-value]

    def mass_balance(self, from_: float | None = None, to: float | None = None) -> pd.Series[float]:
        """Mass in, out, lost, scrapped and in process [kg]."""
        return mass_balance(self.all_spans, self.cut(from_, to))

    def check(self) -> Self:
        """The results themselves, if all that must hold in any run does (see `balance`)."""
        sizes = {name: pool.count for name, pool in self.scenario.pools.items()}
        invariants(self.all_spans, self.cut(), sizes)
        demand.check(self.all_spans, self.start, {name: each.most for name, each in self.scenario.utilities.items()})
        if not self.played:
            self._hold_bound(self.all_spans)
        drew = drawn.visits(self.record)
        drawn.check_visits(drew, self.all_spans)
        drawn.check_hours(drew, may_work(self.scenario, (self.all_spans.begun, self.all_spans.until)))
        return self

    def _hold_bound(self, spans: Spans) -> None:
        """Assert that no more was made than there was room for, by the hours drawn and the work in process."""
        if self.window[0] < self.window[1]:
            drawn.check_bound(self._drawn(spans, self.cut()), drawn.made(spans, self.cut()))

    def drawn(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Of each kind of unit, pool and utility: what there was, what was drawn of it, and batches at most.

        No run makes more than its hours, as they were really drawn, and its work in process allow (see `drawn`).
        """
        return self._drawn(self.all_spans, self.cut(from_, to))

    def _drawn(self, spans: Spans, cut: Window) -> pd.DataFrame:
        scenario = self.scenario
        open_ = {
            word: stretches(scenario, word, cut)
            for word in dict.fromkeys(pool.calendar for pool in scenario.pools.values())
        }
        pools = {name: (float(pool.count), open_[pool.calendar]) for name, pool in scenario.pools.items()}
        stocks = {name: utility.stock[:2] for name, utility in scenario.utilities.items()}
        return drawn.drawn(spans, cut, groups(scenario, "kind"), pools, stocks)


def empty(scenario: Scenario) -> State:
    """The plant of a scenario before anything has happened."""
    plant = scenario.plant
    units = {name: each.unit for name, each in scenario.materials.items()}
    return State.empty(plant.unit_names, plant.buffers, plant.lent, scenario.orders, plant.stocks, units)

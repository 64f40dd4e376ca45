"""Results: a scenario laid beside its record; each method is a line over a free function."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from hashlib import sha256
from html import escape
from importlib.metadata import version
from math import inf
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

import plantsim.demand as demand
import plantsim.drawn as drawn
import plantsim.kpi as kpi
import plantsim.transport as transport
from plantsim.bottleneck import bottleneck
from plantsim.chance import milliseconds
from plantsim.cleaned import cleanliness, cleans, consumed, phases, recleans
from plantsim.costs import Line, Tariff, costs, matter, used
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.export import export
from plantsim.genealogy import family, lineage, touched
from plantsim.iso22400 import iso22400
from plantsim.record import HOUR, Record
from plantsim.reported import (
    areas,
    as_json,
    consumption,
    files,
    from_json,
    groups,
    holds,
    line,
    may_work,
    measures,
    paid,
    planned,
    size_at,
    stations,
    stretches,
    water_and_energy,
)
from plantsim.scenario import Scenario
from plantsim.spans import STAYS, Spans, Window, in_hours, read, window, within
from plantsim.state import State, fold
from plantsim.story import Story, tell
from plantsim.supply import lots, verdicts
from plantsim.waits import CrewsFor, Measures, SizeAt, UnitsFor, Wait, Why, explained, waits, why

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

PACKAGES = ("simpy", "numpy", "pandas", "networkx", "plotly")


class Results:
    """What happened in a run, and what it was a run of.

    Windows are in hours: from where the scenario's report begins (after the warm-up) to the end, unless given.

    >>> from plantsim.scenario import Scenario
    >>> run = Results(Scenario(name="Nothing yet"), Record(until=2 * HOUR), seed=1)
    >>> run.until, run.window
    (2.0, (0.0, 2.0))
    """

    def __init__(
        self, scenario: Scenario, record: Record, *, seed: int = 0, replication: int = 0, start: State | None = None
    ) -> None:
        self.scenario, self.record, self.seed, self.replication = scenario, record, seed, replication
        self.start = empty(scenario) if start is None else start
        self.solver: dict[str, float] = {}  # of a run with models: how often they were called, and were not; seconds
        self.costs: list[tuple[Any, ...]] = []  # the same of each, as `models` says

    # ---- what it is

    @property
    def until(self) -> float:
        """When the run ends [h]."""
        return self.record.until / HOUR

    @property
    def window(self) -> tuple[float, float]:
        """What is reported [h]: from the scenario's `report: from`, or all of a run that ends before that."""
        from_ = max(self.scenario.report.from_, self.start.time / HOUR)
        return (from_ if from_ < self.until else self.start.time / HOUR), self.until

    @property
    def manifest(self) -> dict[str, Any]:
        """What one needs to know to make this run again."""
        text, own = as_json(self.scenario)
        return {
            "name": self.scenario.name, "seed": self.seed, "replication": self.replication,
            "from hours": self.start.time / HOUR, "until hours": self.until, "rows": len(self.record),
            "scenario sha256": sha256(text.encode()).hexdigest(), "own code": own,
            **({"files sha256": found} if (found := files(self.scenario)) else {}),
            "python": python_version(), "plantsim": version("pharma-plantsim"),
            **{package: version(package) for package in PACKAGES},
        }  # fmt: skip

    @cached_property
    def all_spans(self) -> Spans:
        """Every frame of spans [ms], read from the record once."""
        return read(self.record, self.start)

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

    # ---- what happened

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

    def story(self, name: str, longer: float = 24.0) -> Story:
        """The life of a batch ('march/7') or a unit ('press-2'): each stretch, its cause, who held what was lacking.

        A wait longer than so many hours is told with its chain: who waited for what held by whom, to its root.
        """
        told = tell(name, self.all_spans, *self._words)
        return replace(told, waits=self.long_waits(longer, batch=name))

    def why(self, name: str, at: float | None = None) -> Why:
        """Why a batch or a unit waits at a time [h], link by link to its root; none: halfway its longest wait."""
        mine = waits(self._stays(name), 0.0) if at is None else []
        at = (mine[0].start + mine[0].end) / 2.0 if mine else self.until if at is None else at
        return why(name, self.state_at(at), *self._words)

    def long_waits(self, longer: float = 24.0, most: int | None = None, batch: str = "") -> dict[Wait, Why]:
        """The waits that were longer than so many hours, the longest first, and why when they had lasted so long."""
        found = waits(self._stays(batch), longer)[:most]
        told = explained(found, longer, self.start, self.record, *self._words) if found else {}
        return {wait: told[wait] for wait in found}

    @property
    def _words(self) -> tuple[UnitsFor, SizeAt, CrewsFor, Measures]:
        """What the words in causes mean: units, how many there are at a time, who can fill a need, units of measure."""
        plant = self.scenario.plant
        return plant.units_for, partial(size_at, self.scenario), plant.crews_for, measures(self.scenario)

    def _stays(self, batch: str) -> pd.DataFrame:
        stays = self.all_spans["batches"]
        return stays[stays["batch"] == batch] if batch else stays

    def genealogy(self, name: str | None = None) -> nx.DiGraph[str]:
        """What was made from what, from raw-material lots to finished ones: all, or the family of one batch or lot."""
        graph = lineage(self.record)
        return graph if name is None else family(graph, name)

    def touched(self, name: str) -> list[str]:
        """What a batch or a lot has gone into: what is in doubt if it is rejected."""
        return touched(lineage(self.record), name)

    # ---- key figures

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

        The error is that of the hours, at the middle of each cell, the largest as a share of them.
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

    def deviations(self) -> pd.DataFrame:
        """Limits that were broken: time [h], unit, batch, step, product, cause."""
        frame = self.record.frame()
        columns = ["hours", "unit", "batch", "step", "product", "cause"]
        return frame[frame["kind"] == "deviation"][columns].reset_index(drop=True)

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
        return kpi.mass_balance(self.all_spans, self.cut(from_, to))

    def check(self) -> Results:
        """The results themselves, if all that must hold in any run does (see `kpi.invariants`)."""
        sizes = {name: pool.count for name, pool in self.scenario.pools.items()}
        kpi.invariants(self.all_spans, self.cut(), sizes)
        demand.check(self.all_spans, self.start, {name: each.most for name, each in self.scenario.utilities.items()})
        drew = drawn.visits(self.record)
        drawn.check_visits(drew, self.all_spans)
        drawn.check_hours(drew, may_work(self.scenario, (self.all_spans.begun, self.all_spans.until)))
        drawn.check_bound(self.drawn(), drawn.made(self.all_spans, self.cut()))
        return self

    def drawn(self, from_: float | None = None, to: float | None = None) -> pd.DataFrame:
        """Of each kind of unit, pool and utility: what there was, what was drawn of it, and batches at most.

        No run makes more than its hours, as they were really drawn, and its work in process allow (see `drawn`).
        """
        cut, scenario = self.cut(from_, to), self.scenario
        open_ = {
            word: stretches(scenario, word, cut)
            for word in dict.fromkeys(pool.calendar for pool in scenario.pools.values())
        }
        pools = {name: (float(pool.count), open_[pool.calendar]) for name, pool in scenario.pools.items()}
        stocks = {name: utility.stock[:2] for name, utility in scenario.utilities.items()}
        return drawn.drawn(self.all_spans, cut, groups(scenario, "kind"), pools, stocks)

    def notes(self, from_: float | None = None, to: float | None = None) -> list[str]:
        """What one should know before reading the throughput as a capacity."""
        first, last = kpi.queue_growth(self.all_spans["batches"], self.cut(from_, to))
        if last > 2.0 * first + 1.0:
            return [f"the queue before the first step grew from {first:.3g} to {last:.3g} batches: "
                    "the plant can't keep up with its orders; this throughput is not a capacity, and lead times depend "
                    "on the length of the run"]  # fmt: skip
        pushed = [name for name, order in self.scenario.orders.items() if order.release.every is not None]
        return [f"{', '.join(pushed)} released by the clock: throughput is that of the orders, not a capacity"] * (
            len(pushed) > 0
        )

    # ---- to and from files

    def export(self, folder: str | Path, formats: Iterable[str] = ("csv", "parquet")) -> list[Path]:
        """Write record and spans as CSV, Parquet or OCEL 2.0."""
        return export(self.record, self.all_spans, folder, formats, self.scenario.start)

    def save(self, folder: str | Path) -> Path:
        """Write record, scenario, figures and manifest into a folder, from which `load` reads them."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.record.save(folder / "record.parquet")
        (folder / "start.json").write_text(self.start.to_json())
        (folder / "scenario.json").write_text(as_json(self.scenario)[0])
        (folder / "kpis.json").write_text(json.dumps(_finite(self.figures()), indent=1))
        (folder / "manifest.json").write_text(json.dumps(self.manifest, indent=1))
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read what `save` wrote."""
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        start = State.from_json((folder / "start.json").read_text())
        scenario = from_json((folder / "scenario.json").read_text())
        record = Record.load(folder / "record.parquet")
        return cls(scenario, record, seed=manifest["seed"], replication=manifest["replication"], start=start)

    # ---- in print

    def __str__(self) -> str:
        return "\n".join(f"{word:<11} {text}" for word, text in self._lines())

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{word}</th><td>{escape(text)}</td></tr>" for word, text in self._lines())
        return f"<table>{rows}</table>"

    def _lines(self) -> list[tuple[str, str]]:
        first, last = self.window
        name = self.scenario.name or "without a name"
        run = f"{name}: {self.until:g} h, seed {self.seed}, replication {self.replication}; {len(self.record)} rows"
        if last <= first:
            return [("run", run)]
        f = self.figures()
        waits = self.waiting(by=("cause",))
        most = f", mostly for {waits.index[0]} ({waits['hours'].iloc[0]:,.0f} h)" if len(waits) else ""
        busy = {word[5:].split(" [")[0]: share for word, share in f.items() if word.startswith("busy ")}
        ranked = sorted(busy.items(), key=lambda item: -item[1])[:4]
        return [
            ("run", f"{run}; reported from {first:g} h"),
            ("made", f"{f['batches [1]']:g} batches, {f['mass [kg]']:,.0f} kg: "
                     f"{f['batches a week [1/week]']:.3g} batches, {f['mass a week [kg/week]']:,.0f} kg a week"
                     + "".join(f" ({note})" for note in self.notes())),
            ("lead time", f"{f['lead time [h]']:.3g} h on average, 95 % below {f['lead time, 95 % below [h]']:.3g} h"),
            ("in plant", f"{f['in plant [batches]']:.3g} batches on average; they wait "
                         f"{f['waiting [share of lead time]']:.0%} of their time{most}"),
            ("busy", ", ".join(f"{kind} {share:.0%}" for kind, share in ranked) + " of calendar hours"),
            ("bottleneck", str(self.bottleneck(by="kind").attrs["says"])),
        ]  # fmt: skip


def empty(scenario: Scenario) -> State:
    """The plant of a scenario before anything has happened."""
    plant = scenario.plant
    units = {name: each.unit for name, each in scenario.materials.items()}
    return State.empty(plant.unit_names, plant.buffers, plant.lent, scenario.orders, plant.stocks, units)


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    """JSON knows no nan."""
    return {name: value if value == value else None for name, value in figures.items()}

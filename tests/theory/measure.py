"""What the theory tests share: one pass over a record, estimates with their intervals, and cases to be judged.

An estimate is the mean over replications, less what chance is known to have added: a *control* is a sum of luck whose
expected value is exactly 0, such as the gaps between arrivals less their mean, or, at each arrival, the work that is
already there times how much longer than usual the new work is (a factor known before times a deviation drawn after).
The regression of a figure on its controls keeps its mean and narrows its interval (Lavenberg and Welch 1981; Henderson
and Glynn 2002).  That would also forgive luck that is drawn from a wrong distribution; so each control is held to
its mean of 0 as each figure is to its exact value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from plantsim.engine.simulate import simulate
from plantsim.laws import Law
from plantsim.plant import Buffer, Failure, Unit
from plantsim.recipe import Order, Product
from plantsim.record import HOUR, RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step

ERRORS = 4.0  # how many standard errors an estimate may be off
INF = float("inf")
STATES = ("working", "blocked", "starved", "down")

MET = (
    "forkjoin2_0.5",
    "mm1_0.5", "mm1_0.8", "mmc_2", "mmc_3", "mg1_D", "mg1_E2", "mg1_T", "mg1_prio_np", "mx_m_1_b4",
    "mm1_breakdown_0.5_1.0", "mm1_breakdown_0.8_2.0", "mg1_odf_0.5", "availability_100_10", "jackson_4",
    "conwip_exp_penny", "repairman_line_10", "repairman_5_1", "repairman_20_3", "closed_bas_2", "hb_balanced_open",
    "line3_states", "line3_bowl", "tpmax", "unrel2_exp_gb_bal", "unrel2_exp_gb_unbal", "unrel2_exp_tdf", "gs_a",
    "gs_a10", "gs_b", "penny_det", "det_line_makespan", "batch_cycle_time", "bulk_b4", "fullbatch_b4",
    "mm1k_3", "polling_2_0.3", "rx_first_order", "cip_rinse", "rtd_tis",
)  # fmt: skip
AWAITED: tuple[str, ...] = ()  # that plantsim can't express yet


TOLD = pytest.StashKey[bool]()  # whether the summary is written


# ---- reading a run ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Visit:
    """A batch at a unit: asked for it, got it, left it [h], and the work [h] drawn for it."""

    batch: str
    product: str
    step: str
    unit: str
    asked: float
    granted: float
    work: float
    left: float = INF

    @property
    def waited(self) -> float:
        """From asking for the unit to getting it [h]."""
        return self.granted - self.asked


@dataclass(slots=True)
class Repair:
    """A breakdown: when it struck, when the repair began and when it was over, and the repair [h] drawn for it."""

    unit: str
    failed: float
    drawn: float
    begun: float = INF
    over: float = INF


@dataclass(slots=True)
class Look:
    """What a record says of the hours from `begin` to `end`."""

    begin: float
    end: float
    visits: list[Visit] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    done: dict[str, float] = field(default_factory=dict)  # batch -> when [h]
    hours: dict[str, dict[str, float]] = field(default_factory=dict)  # unit -> state -> how long [h] within

    @property
    def length(self) -> float:
        """How long it is [h]."""
        return self.end - self.begin

    def within(self, time: float) -> bool:
        """Whether this was then."""
        return self.begin <= time < self.end

    def mean_number(self, stays: Iterable[tuple[float, float]]) -> float:
        """How many stays [from, to) there are at a time, on average."""
        begin, end = self.begin, self.end
        total = sum(min(to, end) - max(since, begin) for since, to in stays if to > begin and since < end)
        return total / self.length

    def rate(self, times: Iterable[float]) -> float:
        """How many of these times fall into an hour."""
        return sum(map(self.within, times)) / self.length

    def share(self, unit: str, state: str) -> float:
        """Share of the time that a unit is in a state."""
        return self.hours[unit].get(state, 0.0) / self.length


class Reader:
    """Reads rows one by one."""

    def __init__(self, units: Iterable[str], begin: float, end: float) -> None:
        self.look = Look(begin, end)
        self.asked: dict[str, float] = {}  # batch -> since when it asks for its next unit
        self.inside: dict[tuple[str, str], Visit] = {}  # (batch, unit) -> the visit
        self.lead: dict[str, Visit] = {}  # unit -> whom it was granted to last
        self.doing: dict[str, str] = {}  # batch -> step that it was granted last
        self.repairs: dict[str, Repair] = {}
        self.now_is = dict.fromkeys(units, "starved")
        self.since = dict.fromkeys(units, 0.0)
        self.look.hours = {unit: {} for unit in units}

    def note(self, unit: str, state: str, now: float) -> None:
        """A unit changes what it does, which a repair hides."""
        self.count(unit, now)
        self.now_is[unit] = state

    def count(self, unit: str, now: float) -> None:
        """Count what a unit has been in up to now."""
        state = "down" if unit in self.repairs else self.now_is[unit]
        spent = min(now, self.look.end) - max(self.since[unit], self.look.begin)
        if spent > 0.0:
            hours = self.look.hours[unit]
            hours[state] = hours.get(state, 0.0) + spent
        self.since[unit] = now

    def take(self, row: RowTuple) -> None:
        """One row."""
        time, kind, unit, batch, step, product, _, _, detail = row
        now = time / HOUR
        if kind == "grant" or kind == "ride":
            work = detail[0][0][1] / HOUR if detail else self.lead[unit].work
            visit = Visit(batch, product, step, unit, self.asked.pop(batch, now), now, work)
            self.look.visits.append(visit)
            self.inside[batch, unit], self.doing[batch] = visit, step
            if kind == "grant":
                self.lead[unit] = visit
                self.note(unit, "working", now)
        elif kind == "leave":
            if unit in self.now_is:
                self.inside.pop((batch, unit)).left = now
                self.note(unit, "starved", now)
        elif kind == "release" or kind == "store":
            self.asked.setdefault(batch, now)
        elif kind == "wait":
            if batch and step != self.doing.get(batch):
                self.asked.setdefault(batch, now)
                if unit in self.now_is:
                    self.note(unit, "blocked", now)
        elif kind == "done":
            self.look.done[batch] = now
            del self.doing[batch]
        else:
            self.take_repair(kind, unit, now, detail)

    def take_repair(self, kind: str, unit: str, now: float, detail: Any) -> None:
        """A row of a breakdown."""
        if kind == "fail":
            self.count(unit, now)
            begun = INF if detail[1] else now
            self.repairs[unit] = Repair(unit, now, detail[0] / HOUR, begun)
            self.look.repairs.append(self.repairs[unit])
        elif kind == "begin" and unit in self.repairs:
            self.repairs[unit].begun = now
        elif kind == "repaired":
            self.count(unit, now)
            self.repairs.pop(unit).over = now


def read(scenario: Scenario, rows: Iterable[RowTuple], begin: float, end: float) -> Look:
    """What the rows say of the hours from `begin` to `end`; units have one failure mode at most."""
    reader = Reader(scenario.plant.unit_names, begin, end)
    take = reader.take
    for row in rows:
        take(row)
    for unit in reader.now_is:
        reader.count(unit, end)
    return reader.look


# ---- estimates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its standard error and the half-width of its 95 % interval."""

    value: float
    error: float
    half: float


def estimate(values: Sequence[float], controls: Sequence[Sequence[float]] = ()) -> Estimate:
    """The mean of values, given one row of controls for each of them."""
    y = np.asarray(values)
    columns = [np.ones(len(y))]
    columns += [each / each.std() for each in np.asarray(controls).T if each.std() > 1e-12]
    x = np.column_stack(columns)
    solution, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    free = len(y) - int(rank)
    variance = float(((y - x @ solution) ** 2).sum()) / free
    error = float(np.sqrt(variance * np.linalg.pinv(x.T @ x)[0, 0]))
    return Estimate(float(solution[0]), error, float(stats.t.ppf(0.975, free)) * error)


Luck = dict[str, float]
Figures = dict[str, float | tuple[float, float]]  # a tuple: a total, and of how many


def mean(values: Iterable[float]) -> tuple[float, float]:
    """Total and number: replications are put together before the one is divided by the other, which has less bias."""
    numbers = list(values)
    return sum(numbers), float(len(numbers))


def together(seen: Sequence[float | tuple[float, float]]) -> list[float]:
    """Values whose mean is the figure: of totals and numbers, the ratio of all, plus what each adds to it."""
    pairs = [each if isinstance(each, tuple) else (each, 1.0) for each in seen]
    ratio = sum(total for total, _ in pairs) / sum(number for _, number in pairs)
    usual = sum(number for _, number in pairs) / len(pairs)
    return [ratio + (total - ratio * number) / usual for total, number in pairs]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A scenario with exact figures and where they are from, how to read them, and how long to run."""

    id: str
    origin: str
    scenario: Scenario
    exact: Mapping[str, float]
    headline: tuple[str, ...]
    figures: Callable[[Look], Figures]
    luck: Callable[[Look], Luck] = lambda look: {}
    begin: float  # end of the warm-up [h]
    end: float
    after: float = 0.0  # so that who came before the end is done [h]
    within: float = 0.01  # the half-width of the headline figures, as a share of them
    runs: int = 32

    def looks(self) -> Iterable[Look]:
        """What is seen in each replication."""
        for k in range(self.runs):
            run = simulate(self.scenario, seed=seed_of(self.id), replication=k, horizon=self.end + self.after)
            yield read(self.scenario, run.record, self.begin, self.end)

    def judge(self) -> None:
        """Compare all figures with their exact values, and all luck with 0."""
        seen = [(self.figures(look), self.luck(look)) for look in self.looks()]
        controls = [list(luck.values()) for _, luck in seen]
        told, faults = [], []
        for name in seen[0][1]:
            luck = estimate([luck[name] for _, luck in seen])
            if abs(luck.value) > ERRORS * luck.error + 1e-9:
                faults.append(f"the luck {name!r} has mean {luck.value:.3g} +- {luck.error:.2g} instead of 0")
        for name, exact in self.exact.items():
            found = estimate(together([figures[name] for figures, _ in seen]), controls)
            told.append(f"{name:<16} {exact:10.6f} {found.value:10.6f} +- {found.half:.6f}")
            if abs(found.value - exact) > ERRORS * found.error + 1e-9:
                faults.append(f"{name} is {found.value:.6g} +- {found.error:.2g}, exact {exact:.6g}")
            if name in self.headline and found.half > self.within * exact:
                faults.append(f"the interval of {name} is {found.half / exact:.2%} wide, above {self.within:.0%}")
        if faults:
            pytest.fail(
                "\n".join([f"{self.id} ({self.origin})", *faults, "figure, exact, found:", *told]), pytrace=False
            )


def seed_of(name: str) -> int:
    """A seed for each name, so that cases don't share their luck."""
    return int.from_bytes(name.encode()) % 1_000_003


def cases(*all_: Case, quick: Sequence[str] = ()) -> pytest.MarkDecorator:
    """A test for each case; `quick` are those, one of a kind, that are run each time, the others when time is."""
    known = {case.id for case in all_}
    assert known.issuperset(quick), f"no case is called so: {sorted({*quick} - known)}"
    marks = [() if not quick or case.id in quick else pytest.mark.long for case in all_]
    params = [pytest.param(case, id=case.id, marks=mark) for case, mark in zip(all_, marks, strict=True)]
    return pytest.mark.parametrize("case", params)


# ---- luck with mean 0 ------------------------------------------------------------------------------------------------


def luck_of_arrivals(look: Look, gap: float, work: float, speed: float = 1.0, product: str = "") -> Luck:
    """Of Poisson arrivals: gaps and work (of all that come together) less their means, alone and times the backlog."""
    batches: dict[float, float] = {}
    visits = [visit for visit in look.visits if product in ("", visit.product)]
    for visit in sorted(visits, key=lambda visit: visit.asked):
        batches[visit.asked] = batches.get(visit.asked, 0.0) + visit.work
    gaps = works = backlog_gaps = backlog_works = backlog = 0.0
    for (now, brought), (then, _) in pairwise(batches.items()):
        longer, more = then - now - gap, brought - work
        if look.within(now):
            gaps += longer
            works += more
            backlog_works += backlog * more
            backlog_gaps += (backlog + brought / speed) * longer
        backlog = max(backlog + brought / speed - (then - now), 0.0)
    sums = {"gaps": gaps, "work": works, "backlog gaps": backlog_gaps, "backlog work": backlog_works}
    return {name: total / look.length for name, total in sums.items()}


def luck_of_work(look: Look, means: Mapping[str, float], waits: bool = False) -> Luck:
    """Work at each unit less its mean; and if asked, that times how long its batch had to wait for it."""
    sums = dict.fromkeys(means, 0.0) | (dict.fromkeys((f"waits {unit}" for unit in means), 0.0) if waits else {})
    for visit in look.visits:
        if visit.unit in means and look.within(visit.granted):
            more = visit.work - means[visit.unit]
            sums[visit.unit] += more
            if waits:
                sums[f"waits {visit.unit}"] += visit.waited * more
    return {f"work {name}": total / look.length for name, total in sums.items()}


def luck_of_failures(look: Look, lives: Mapping[str, float], repairs: Mapping[str, float], state: str) -> Luck:
    """Failures less the hours in a state, in which the clock goes, by their mean life; repairs less their mean."""
    numbers = dict.fromkeys(lives, 0)
    drawn = dict.fromkeys(lives, 0.0)
    for repair in look.repairs:
        if look.within(repair.failed) and repair.unit in lives:
            numbers[repair.unit] += 1
            drawn[repair.unit] += repair.drawn - repairs[repair.unit]
    luck = {f"repair {unit}": total / look.length for unit, total in drawn.items()}
    for unit, life in lives.items():
        hours = look.length - look.hours[unit].get("down", 0.0) if state == "up" else look.hours[unit].get(state, 0.0)
        luck[f"failures {unit}"] = (numbers[unit] - hours / life) / look.length
    return luck


# ---- scenarios -------------------------------------------------------------------------------------------------------


def station(time: Law, release: Any, servers: int = 1, failure: Failure | None = None) -> Scenario:
    """One kind of unit, one product of one step."""
    return Scenario(
        units={"mill": Unit(kind="mill", count=servers, failures=("stop",) if failure else ())},
        failures={"stop": failure} if failure else {},
        products={"powder": Product(batch=1.0, steps={"grind": Step(on="mill", time=time)})},
        orders={"order": Order(product="powder", release=release)},
    )


def line(
    times: Sequence[Law],
    places: Sequence[int | None],
    failures: Sequence[Failure | None] = (),
    release: Any = "as taken",
) -> Scenario:
    """Machines m1, m2 ... in a row with so many places between them; a machine that can't pass on is blocked."""
    machines = [f"m{k}" for k in range(1, len(times) + 1)]
    buffers = {f"b{k}": Buffer(places=number) for k, number in enumerate(places, 1) if number != 0}
    modes = {f"stop {k}": failure for k, failure in enumerate(failures, 1) if failure}
    links = [f"m{k} -> b{k} -> m{k + 1}" if number != 0 else f"m{k} -> m{k + 1}" for k, number in enumerate(places, 1)]
    steps = {f"s{k}": Step(on=f"m{k}", time=time) for k, time in enumerate(times, 1)}
    return Scenario(
        units={
            name: Unit(kind=name, failures=(f"stop {k}",) if f"stop {k}" in modes else ())
            for k, name in enumerate(machines, 1)
        },
        buffers=buffers,
        links=links,
        failures=modes,
        products={"part": Product(batch=1.0, steps=steps)},
        orders={"order": Order(product="part", release=release)},
    )

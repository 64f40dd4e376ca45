"""Queues before one kind of unit, and a network of them, against queueing theory."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from theory.measure import Case, Figures, Look, Luck, Visit, cases, luck_of_arrivals, luck_of_failures, mean, station

from plantsim.laws import Constant, Exponential, Gamma, Law, Triangular
from plantsim.plant import Buffer, Failure, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step

pytestmark = pytest.mark.theory

HOUR_EACH = Exponential(mean=1.0)


def queue_figures(look: Look, servers: int = 1) -> Figures:
    """Waiting and flow times of those who come within the time, and mean numbers over the time."""
    came = [visit for visit in look.visits if look.within(visit.asked)]
    took = [visit.left - visit.granted for visit in came]
    variance = float(np.var(took))
    return {
        "rho": sum(1.0 - look.share(unit, "starved") for unit in look.hours) / servers,
        "P_wait": mean(float(visit.waited > 0.0) for visit in came),
        "Wq": mean(visit.waited for visit in came),
        "W": mean(look.done[visit.batch] - visit.asked for visit in came),
        "Lq": look.mean_number((visit.asked, visit.granted) for visit in look.visits),
        "L": look.mean_number((visit.asked, visit.left) for visit in look.visits),
        "frac_working": look.share("mill-1", "working"),
        "frac_down": look.share("mill-1", "down"),
        "frac_idle": look.share("mill-1", "starved"),
        "availability": 1.0 - look.share("mill-1", "down"),
        "mean_completion": mean(took),
        "var_completion": variance,
        "scv_completion": variance / float(np.mean(took)) ** 2,
    }


# ---- M/M/c and M/G/1 -------------------------------------------------------------------------------------------------


def queue(name: str, origin: str, rate: float, time: Law, exact: Mapping[str, float], *, servers: int = 1,
          size: int = 1, hours: float, within: float) -> Case:  # fmt: skip
    """Poisson arrivals at `rate` [1/h], `size` at a time, before units that take `time`."""
    gap = 1.0 / rate
    return Case(
        id=name,
        origin=origin,
        scenario=station(time, {"every": Exponential(mean=gap), "size": size}, servers),
        exact=exact,
        headline=("Wq",) if "Wq" in exact else ("W",),
        figures=partial(queue_figures, servers=servers),
        luck=partial(luck_of_arrivals, gap=gap, work=size * time.mean_hours, speed=float(servers)),
        begin=600.0,
        end=600.0 + hours,
        after=400.0,
        within=within,
    )


CLOSED, ERLANG_C, PK = "closed form", "Erlang C", "Pollaczek-Khinchine formula"
QUEUES = (
    queue("mm1_0.5", CLOSED, 0.5, HOUR_EACH,
          {"rho": 0.5, "P_wait": 0.5, "Wq": 1.0, "W": 2.0, "Lq": 0.5, "L": 1.0}, hours=20_000.0, within=0.01),
    queue("mm1_0.8", CLOSED, 0.8, HOUR_EACH,
          {"rho": 0.8, "P_wait": 0.8, "Wq": 4.0, "W": 5.0, "Lq": 3.2, "L": 4.0}, hours=5_000.0, within=0.02),
    queue("mmc_2", ERLANG_C, 1.6, HOUR_EACH,
          {"rho": 0.8, "P_wait": 0.7111111111111112, "Wq": 1.7777777777777786, "W": 2.7777777777777786,
           "Lq": 2.844444444444446, "L": 4.4444444444444455}, servers=2, hours=3_000.0, within=0.02),
    queue("mmc_3", ERLANG_C, 2.4, HOUR_EACH,
          {"rho": 0.8, "P_wait": 0.647191011235955, "Wq": 1.0786516853932582, "W": 2.0786516853932584,
           "Lq": 2.5887640449438196, "L": 4.98876404494382}, servers=3, hours=3_000.0, within=0.02),
    queue("mg1_D", PK, 0.8, Constant(value=1.0),
          {"rho": 0.8, "Wq": 2.0, "W": 3.0, "Lq": 1.6, "L": 2.4}, hours=5_000.0, within=0.02),
    queue("mg1_E2", PK, 0.8, Gamma(mean=1.0, cv=0.5**0.5),
          {"rho": 0.8, "Wq": 3.0, "W": 4.0, "Lq": 2.4, "L": 3.2}, hours=5_000.0, within=0.02),
    queue("mg1_T", PK, 0.8, Triangular(low=0.5, mode=1.0, high=1.5),
          {"rho": 0.8, "Wq": 2.0833333333333344, "W": 3.0833333333333344, "Lq": 1.6666666666666676,
           "L": 2.4666666666666677}, hours=5_000.0, within=0.02),
    queue("mx_m_1_b4", "generating function", 0.2, HOUR_EACH,
          {"rho": 0.8, "L": 10.0, "W": 12.5}, size=4, hours=11_000.0, within=0.02),
)  # fmt: skip


# ---- priority, breakdowns --------------------------------------------------------------------------------------------


def priority() -> Case:
    """Two products of one mean time; the hot one is served first, but interrupts nothing."""
    plain = station(HOUR_EACH, {"every": Exponential(mean=1.0 / 0.7)})
    steps = plain.products["powder"].steps
    products = {"hot": Product(batch=1.0, steps=steps, priority=1), "normal": Product(batch=1.0, steps=steps)}
    release = {"every": Exponential(mean=1.0 / 0.7)}
    order = Order(product={"hot": 2.0, "normal": 5.0}, draw=True, release=release)
    return Case(
        id="mg1_prio_np",
        origin="Cobham's formula",
        scenario=plain.replace(products=products, orders={"order": order}),
        exact={"Wq_hot": 0.875, "Wq_normal": 2.916666666666666, "Wq_all": 2.333333333333333},
        headline=("Wq_hot", "Wq_normal", "Wq_all"),
        figures=priority_figures,
        luck=priority_luck,
        begin=600.0,
        end=22_600.0,
        after=400.0,
    )


def priority_figures(look: Look) -> Figures:
    """Mean waits by product."""
    came = [visit for visit in look.visits if look.within(visit.asked)]
    waits = {name: mean(each.waited for each in came if each.product == name) for name in ("hot", "normal")}
    return {"Wq_all": mean(each.waited for each in came), **{f"Wq_{name}": wait for name, wait in waits.items()}}


def priority_luck(look: Look) -> Luck:
    """Arrivals of all, and of the hot ones among themselves; the square of the work, which a hot one finds begun."""
    hot = {f"hot {name}": total for name, total in luck_of_arrivals(look, 5.0, 1.0, product="hot").items()}
    squares = sum(visit.work**2 - 2.0 for visit in look.visits if look.within(visit.granted))
    return luck_of_arrivals(look, 1.0 / 0.7, 1.0) | hot | {"squares": squares / look.length}


def breakdowns(name: str, rate: float, time: Law, failure: Failure, exact: Mapping[str, float], hours: float) -> Case:
    """Poisson arrivals before one unit that breaks down; its work goes on after the repair."""
    calendar = failure.clock == "calendar"
    gap, life, repair = 1.0 / rate, failure.after.mean_hours, failure.repair.mean_hours
    speed = life / (life + repair) if calendar else 1.0 / (1.0 + repair / life)

    def luck(look: Look) -> Luck:
        state = "up" if calendar else "working"
        return {
            **luck_of_arrivals(look, gap, time.mean_hours, speed),
            **luck_of_failures(look, {"mill-1": life}, {"mill-1": repair}, state),
            "backlog repair": backlog_repairs(look, repair),
        }

    return Case(
        id=name,
        origin="generating function, and a CTMC cut off" if calendar else "compound Poisson, Pollaczek-Khinchine",
        scenario=station(time, {"every": Exponential(mean=gap)}, failure=failure),
        exact=exact,
        headline=("W",),
        figures=queue_figures,
        luck=luck,
        begin=600.0,
        end=600.0 + hours,
        after=400.0,
    )


def backlog_repairs(look: Look, mean_repair: float) -> float:
    """Repairs less their mean, times the number of batches at the unit when it failed."""
    came = sorted(visit.asked for visit in look.visits)
    left = sorted(visit.left for visit in look.visits)
    inside = came_by = left_by = 0
    total = 0.0
    for repair in look.repairs:
        while came_by < len(came) and came[came_by] <= repair.failed:
            came_by += 1
        while left_by < len(left) and left[left_by] <= repair.failed:
            left_by += 1
        inside = came_by - left_by
        if look.within(repair.failed):
            total += inside * (repair.drawn - mean_repair)
    return total / look.length


CALENDAR_FIRST = Failure(after=Exponential(mean=10.0), repair=Exponential(mean=2.0), clock="calendar")
CALENDAR_SECOND = Failure(after=Exponential(mean=10.0), repair=Exponential(mean=1.0), clock="calendar")
RUNNING = Failure(after=Exponential(mean=10.0), repair=Exponential(mean=2.0), clock="running")
STOPS = (
    breakdowns("mm1_breakdown_0.5_1.0", 0.5, HOUR_EACH, CALENDAR_FIRST,
               {"availability": 0.8333333333333334, "L": 1.9166666666666665, "W": 3.833333333333333,
                "frac_working": 0.5}, hours=28_000.0),
    breakdowns("mm1_breakdown_0.8_2.0", 0.8, Exponential(mean=0.5), CALENDAR_SECOND,
               {"availability": 0.9090909090909091, "L": 0.9155844155844157, "W": 1.1444805194805197,
                "frac_working": 0.4}, hours=15_000.0),
    breakdowns("mg1_odf_0.5", 0.5, Constant(value=1.0), RUNNING,
               {"mean_completion": 1.2, "rho": 0.6, "Wq": 1.4, "W": 2.6, "Lq": 0.7, "L": 1.3, "frac_working": 0.5,
                "frac_down": 0.1, "frac_idle": 0.4,
                "var_completion": 0.8, "scv_completion": 0.5555555555555556}, hours=23_000.0),
)  # fmt: skip


# ---- a network -------------------------------------------------------------------------------------------------------

STATIONS = {"A": (1.0 / 1.5, 1), "B": (1.0 / 1.4, 1), "C": (1.0 / 0.7, 2), "D": (1.0 / 1.25, 1)}
LOOPS = 5  # 1 batch in a million is reworked more often


def jackson() -> Case:
    """A, B, back to A with probability 0.1, C, D: a product for each number of loops, drawn with its probability."""

    def steps(loops: int) -> dict[str, Step]:
        visits = [f"{station}{k}" for k in range(loops + 1) for station in "AB"] + ["C0", "D0"]
        return {visit: Step(on=visit[0], time=Exponential(mean=STATIONS[visit[0]][0])) for visit in visits}

    products = {f"{loops} loops": Product(batch=1.0, steps=steps(loops)) for loops in range(LOOPS + 1)}
    shares = {f"{loops} loops": 0.9 * 0.1**loops for loops in range(LOOPS + 1)}
    scenario = Scenario(
        units={name: Unit(kind=name, count=count) for name, (_, count) in STATIONS.items()},
        buffers={"floor": Buffer()},
        products=products,
        orders={"order": Order(product=shares, draw=True, release={"every": Exponential(mean=1.0)})},
    )
    loads = {"A": 0.7407407407407408, "B": 0.7936507936507937, "C": 0.7142857142857143, "D": 0.8}
    numbers = {"A": 2.8571428571428577, "B": 3.846153846153848, "C": 2.916666666666667, "D": 4.0}
    visits = {"A": 1.1111111111111112, "B": 1.1111111111111112, "C": 1.0, "D": 1.0}
    return Case(
        id="jackson_4",
        origin="Jackson's product form",
        scenario=scenario,
        exact={
            "cycle_time": 13.619963369963372,
            "L_total": 13.619963369963372,
            **{f"rho {name}": value for name, value in loads.items()},
            **{f"L {name}": value for name, value in numbers.items()},
            **{f"visits {name}": value for name, value in visits.items()},
        },
        headline=("cycle_time", "L_total"),
        figures=network_figures,
        luck=network_luck,
        begin=400.0,
        end=2_400.0,
        after=150.0,
        within=0.02,
        runs=64,
    )


def network_figures(look: Look) -> Figures:
    """Of each station its load, mean number and visits an hour; of all the number and the time from release to done."""
    at: dict[str, list[Visit]] = {name: [visit for visit in look.visits if visit.step[0] == name] for name in STATIONS}
    released = {visit.batch: visit.asked for visit in at["A"] if visit.step == "A0" and look.within(visit.asked)}
    numbers = {name: look.mean_number((each.asked, each.left) for each in visits) for name, visits in at.items()}
    figures: Figures = {f"L {name}": number for name, number in numbers.items()}
    figures["L_total"] = sum(numbers.values())
    figures["cycle_time"] = mean(look.done[batch] - since for batch, since in released.items())
    for name, visits in at.items():
        count = STATIONS[name][1]
        figures[f"rho {name}"] = sum(look.share(f"{name}-{k + 1}", "working") for k in range(count)) / count
        figures[f"visits {name}"] = look.rate(visit.asked for visit in visits)
    return figures


NEXT = {"A": "AB", "B": "BC", "C": "CD", "D": "D"}  # stations whose queues a work at this one changes


def network_luck(look: Look) -> Luck:
    """Gaps between arrivals and work at each station less their means, alone and times the queues that they change."""
    events = [
        (time, kind, visit)
        for visit in look.visits
        for kind, time in enumerate((visit.left, visit.asked, visit.granted))
    ]
    came = sorted(visit.asked for visit in look.visits if visit.step == "A0")
    gaps = {now: then - now for now, then in pairwise(came)}
    luck = dict.fromkeys(["gap", "gap A", *STATIONS, *(a + b for a, after in NEXT.items() for b in after)], 0.0)
    number = dict.fromkeys(STATIONS, 0)
    for time, kind, visit in sorted(events, key=lambda event: event[:2]):
        station = visit.step[0]
        number[station] += (-1, 1, 0)[kind]
        if kind == 1 and visit.step == "A0" and look.within(time) and time in gaps:
            longer = gaps[time] - 1.0
            luck["gap"] += longer
            luck["gap A"] += longer * number["A"]
        if kind == 2 and look.within(time):
            more = visit.work - STATIONS[station][0]
            luck[station] += more
            for other in NEXT[station]:
                luck[station + other] += more * number[other]
    return {name: total / look.length for name, total in luck.items()}


@cases(*QUEUES, priority(), *STOPS, jackson(), quick=("mm1_0.5", "mmc_2", "mg1_D"))
def test_queue(case: Case) -> None:
    """The exact figure is within 4 standard errors of what is found, and that is sharp enough to tell."""
    case.judge()

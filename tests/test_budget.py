"""What a run costs, by counting, which no noisy machine can change: simpy's events, and rows.

One event is for each stint, and one more when a halted one goes on; one for each job of a unit (a repair, a clean,
maintenance); one for each change of a unit's calendar; and one for each time that something comes back to a pool for
which somebody waits.  A batch costs three more, whatever it does: its release, and simpy's two for the beginning and
the end of its process.  An instant at which several things are over costs one more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from plants import fresh, rich, small
from simpy import Event

from plantsim.chance import HOUR, Streams
from plantsim.cleaning import Cleaning
from plantsim.engine.desk import Desk
from plantsim.engine.floor import Floor
from plantsim.engine.simulate import lay
from plantsim.laws import Exponential, Lognormal
from plantsim.layout import read_layout
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.record import Record
from plantsim.scenario import Scenario
from plantsim.step import Step

STORES = ("purchase", "deliver", "take", "give", "expire", "sample", "investigate", "accept", "reject", "hold")
LAYOUTS = Path(__file__).parents[1] / "layouts"


@dataclass
class Cost:
    events: int
    crowded: int  # of the events: settled an instant at which several things were over
    returns: int  # of the events: something came back to a pool for which somebody waited
    kinds: Counter[str]  # of rows
    stints: int
    acts: int
    halts: int

    @property
    def rows(self) -> int:
        return self.kinds.total()

    @property
    def laboratory(self) -> int:
        """What materials and tests write."""
        return sum(self.kinds[kind] for kind in STORES)

    @property
    def jobs(self) -> int:
        return self.kinds["fail"] + self.kinds["clean"] + self.kinds["maintain"]

    @property
    def calendar(self) -> int:
        return self.kinds["close"] + self.kinds["open"]


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> object:
    """A function from a scenario to what its run costs."""
    settled: list[float] = []
    alarms: list[object] = []
    settle, alarm = Floor.settle, Floor.alarm

    def settle_and_count(floor: Floor, event: Event) -> None:
        settled.append(floor.env.now)
        settle(floor, event)

    def alarm_and_count(floor: Floor, delay: int, thing: object) -> None:
        alarms.append(thing)
        alarm(floor, delay, thing)

    monkeypatch.setattr(Floor, "settle", settle_and_count)
    monkeypatch.setattr(Floor, "alarm", alarm_and_count)

    def count(scenario: Scenario, seed: int = 1) -> Cost:
        settled.clear()
        alarms.clear()
        record = Record()
        floor = lay(scenario.check(), fresh(scenario), Streams(seed), record)
        before = next(floor.env._eid)
        floor.env.run(until=int(scenario.run.horizon * HOUR))
        events = next(floor.env._eid) - before - 2  # less simpy's own, for the end of the run
        plans = [row[8][0] for row in record if row[1] == "grant"]
        return Cost(
            events=events,
            crowded=len(settled),
            returns=sum(isinstance(thing, Desk) for thing in alarms),
            kinds=Counter(row[1] for row in record),
            stints=sum(map(len, plans)),
            acts=sum(len(stint[0]) for plan in plans for stint in plan),
            halts=sum(row[1] in ("halt", "fail", "close") and row[3] != "" for row in record),
        )

    return count


def line() -> Scenario:
    """A serial line of ten unreliable machines with five places between each and the next."""
    names = [f"m{k}" for k in range(10)]
    chain = " -> ".join(name for k in range(10) for name in ([f"b{k}"] if k else []) + [f"m{k}"])
    return Scenario(
        units={name: Unit(kind=name, failures=("f",)) for name in names},
        buffers={f"b{k}": Buffer(places=5) for k in range(1, 10)},
        links=[chain],
        failures={"f": Failure(after=Exponential(mean=100.0), repair=Exponential(mean=10.0))},
        products={
            "part": Product(batch=1.0, steps={name: Step(on=name, time=Exponential(mean=1.0)) for name in names})
        },
        orders={"o": Order(product="part")},
        run={"horizon": 1500.0},
    )


def batches() -> Scenario:
    """Six kinds of two units, cleans by product, a crew at the beginning and the end of each step."""
    crew = {"charge": {"crew": 1}, "discharge": {"crew": 1}}
    steps = {
        f"s{k}": Step(on=f"k{k}", time=Lognormal(mean=2.0, cv=0.5, least=3.0), charge=0.25, discharge=0.25, needs=crew)
        for k in range(6)
    }
    return Scenario(
        units={f"k{k}": Unit(kind=f"k{k}", count=2, cleaning="wash") for k in range(6)},
        pools={"crew": Pool(count=4)},
        cleaning={"wash": Cleaning(minor=2.0, major=8.0)},
        products={name: Product(batch=100.0, steps=steps) for name in "ABC"},
        orders={"o": Order(product={"A": 1, "B": 1, "C": 1}, draw=True, release={"every": Exponential(mean=9.0)})},
        run={"horizon": 2000.0},
    )


def queue(number: int) -> Scenario:
    """So many batches that all wait from the beginning, of which ten are made."""
    return small({"a": Step(on="x", time=Exponential(mean=2.0))}, batches=number, run={"horizon": 20.0})


PLANTS = {
    "tablets": lambda: read_layout(LAYOUTS / "tablets.yaml"),
    "two suites": lambda: read_layout(LAYOUTS / "two_suites.yaml").replace(horizon=500.0),
    "rich": rich,
    "line": line,
    "batches": batches,
}


def test_events_of_the_tablet_plant_are_within_the_budget(cost) -> None:  # type: ignore[no-untyped-def]
    """1 a stint, 3 a release, 1 a wait, 2 a failure, 1 a clean, 1 a change of a calendar."""
    c: Cost = cost(PLANTS["tablets"]())
    waits = c.kinds["wait"] + c.kinds["store"]
    assert c.events <= c.stints + 3 * c.kinds["release"] + waits + c.kinds["fail"] + c.jobs + c.calendar


@pytest.mark.parametrize("name", PLANTS)
def test_each_event_has_its_reason(name: str, cost) -> None:  # type: ignore[no-untyped-def]
    """1 a stint that begins or goes on, 3 a release, 1 a job, 1 a change of a calendar, and 1 that opens an order."""
    scenario = PLANTS[name]()
    c: Cost = cost(scenario)
    others = c.stints + c.halts + 3 * c.kinds["release"] + c.jobs + c.calendar + len(scenario.orders)
    others += c.laboratory  # a delivery, a date, a verdict, and what they let go on
    assert c.events - c.crowded - c.returns <= others
    assert c.returns <= c.kinds["begin"] + c.kinds["wait"]
    assert 3 * c.crowded <= c.events  # it takes two others at one instant


@pytest.mark.parametrize("name", PLANTS)
def test_rows_are_within_the_budget(name: str, cost) -> None:  # type: ignore[no-untyped-def]
    """2 an act, 3 a step; and 3 a job of a unit, 1 a change of a calendar."""
    c: Cost = cost(PLANTS[name]())
    assert c.rows <= 2 * c.acts + 3 * c.kinds["grant"] + 3 * c.jobs + c.calendar + 3 * c.laboratory


def test_a_step_that_nothing_disturbs_costs_one_event(cost) -> None:  # type: ignore[no-untyped-def]
    """Besides the three of its batch, which has five steps, and the one that opens the order."""
    steps = {f"s{k}": Step(on=f"u{k}", charge=0.25, time=1.0 + 0.01 * k, discharge=0.25) for k in range(5)}
    c: Cost = cost(small(steps, batches=20, release={"every": Exponential(mean=1.8)}, run={"horizon": 300.0}))
    assert c.kinds["done"] == 20
    assert c.stints == c.kinds["grant"] == 100
    assert c.events - c.crowded <= 100 + 3 * 20 + 1


def test_a_queue_costs_one_row_and_no_decision_later(cost) -> None:  # type: ignore[no-untyped-def]
    """2,000 batches in the queue cost each its release and its wait; the steps cost what they cost without."""
    short: Cost = cost(queue(50))
    long: Cost = cost(queue(2000))
    assert long.kinds["grant"] == short.kinds["grant"]
    assert long.rows - short.rows == 2 * (2000 - 50)
    assert long.events - short.events <= 2000 - 50

"""The two plants of the benchmark as scenarios; `plain_simpy.py` has the same as plain simpy models."""

from __future__ import annotations

from typing import Literal

from plantsim.cleaning import Cleaning
from plantsim.laws import Exponential, Lognormal
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import RunPlan, Scenario
from plantsim.step import Step


def line(machines: int = 10, hours: float = 20_000.0, clock: Literal["running", "calendar"] = "running") -> Scenario:
    """Unreliable machines in a row with buffers of five between; the first is never starved, the last never blocked."""
    names = [f"m{k}" for k in range(machines)]
    chain = names[0] + "".join(f" -> b{k} -> {name}" for k, name in enumerate(names[1:], 1))
    return Scenario(
        units={name: Unit(kind=name, failures=("wear",)) for name in names},
        buffers={f"b{k}": Buffer(places=5) for k in range(1, machines)},
        links=[chain],
        failures={"wear": Failure(after=Exponential(mean=100.0), repair=Exponential(mean=10.0), clock=clock)},
        products={
            "part": Product(batch=1.0, steps={name: Step(on=name, time=Exponential(mean=1.0)) for name in names})
        },
        orders={"parts": Order(product="part")},
        run=RunPlan(horizon=hours),
    )


def batches(gap: float = 9.0, backlog: int = 0, times: int = 1) -> Scenario:
    """Three products, six steps on six kinds of two units, no storage between, changeovers, a crew at start and end."""
    hours = {"A": (4, 5, 3, 4, 5, 3), "B": (3, 4, 5, 3, 4, 5), "C": (5, 3, 4, 5, 3, 4)}
    mix = {"A": 1.0, "B": 1.0, "C": 1.0}
    orders = {"orders": Order(product=mix, draw=True, release=Release(every=Exponential(mean=gap / times)))}
    if backlog:
        orders["backlog"] = Order(product=mix, draw=True, batches=backlog, release=Release(at_once=True))
    crew = {"charge": {"operators": 1}, "discharge": {"operators": 1}}
    return Scenario(
        units={f"k{k}": Unit(kind=f"k{k}", count=2 * times, cleaning="changeover") for k in range(6)},
        pools={"operators": Pool(count=4 * times)},
        cleaning={"changeover": Cleaning(when="before use", minor=2.0, major=8.0)},
        products={
            name: Product(
                batch=100.0,
                steps={
                    f"s{k}": Step(
                        on=f"k{k}",
                        time=Lognormal(mean=2.0, cv=0.5, least=float(floor)),
                        charge=0.25,
                        discharge=0.25,
                        needs=crew,
                    )
                    for k, floor in enumerate(floors)
                },
            )
            for name, floors in hours.items()
        },
        orders=orders,
        run=RunPlan(horizon=8766.0),
    )

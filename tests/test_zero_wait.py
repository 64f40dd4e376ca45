"""Zero wait: `hold: 0 h` after a step; hand-worked cases, and what no run may show."""

from __future__ import annotations

from itertools import pairwise

import pytest
from plants import play, small, state_at, told

from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.laws import Exponential, Lognormal
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.results import Results
from plantsim.scenario import RunPlan, Scenario
from plantsim.step import Step


def line(
    times: dict[str, float], counts: dict[str, int] | None = None, batches: int = 6, hold: float | None = 0.0
) -> Scenario:
    """Steps one after another, each on its own kind of unit."""
    names = list(times)
    steps = {name: Step(on=name, time=hours, hold=hold if name != names[-1] else None) for name, hours in times.items()}
    return Scenario(
        units={name: Unit(kind=name, count=(counts or {}).get(name, 1)) for name in names},
        products={"salt": Product(batch=100.0, steps=steps)},
        orders={"march": Order(product="salt", batches=batches, release=Release(at_once=True))},
        run=RunPlan(horizon=1000.0),
    )


def starts(run: Results, step: str) -> list[float]:
    """When [h] each batch began a step."""
    return [row[0] / HOUR for row in run.record if row[1] == "grant" and row[4] == step]


def test_a_batch_begins_when_the_whole_chain_can_take_it() -> None:
    """2 h, then 5 h, then 3 h: batch k begins at 5 (k - 1), and is 10 h in the plant, waiting only before it begins."""
    run = simulate(line({"react": 2.0, "filter": 5.0, "dry": 3.0}), seed=1).check()
    assert starts(run, "react") == [0, 5, 10, 15, 20, 25]
    assert starts(run, "filter") == [2, 7, 12, 17, 22, 27]
    assert starts(run, "dry") == [7, 12, 17, 22, 27, 32]


def test_without_it_a_batch_begins_at_once_and_waits_inside() -> None:
    """The second is made from 2 h to 4 h and stands in the reactor until the filter is
    free, at 7 h; then the third begins.

    So it goes on, one each 5 h.
    """
    run = simulate(line({"react": 2.0, "filter": 5.0, "dry": 3.0}, hold=None), seed=1).check()
    assert starts(run, "react") == [0, 2, 7, 12, 17, 22]


def test_the_last_step_may_be_the_longest_of_parallel_units() -> None:
    """4, 9 on two units, 5, 12 h on three: the cycle is 5 h, by the third step alone."""
    times, counts = {"a": 4.0, "b": 9.0, "c": 5.0, "d": 12.0}, {"b": 2, "d": 3}
    run = simulate(line(times, counts, batches=12), seed=1).check()
    assert [later - sooner for sooner, later in pairwise(starts(run, "a"))] == [5.0] * 11


def test_a_booked_unit_is_clean_when_its_batch_comes() -> None:
    """The dryer is cleaned for 1 h between batches; the reactor waits for that, the batch does not."""
    scenario = line({"react": 2.0, "dry": 3.0}, batches=3)
    cleaned = scenario.replace(
        units={**scenario.units, "dry": Unit(kind="dry", cleaning="rinse")},
        cleaning={"rinse": Cleaning(when="before use", minor=1.0, major=1.0)},
    )
    run = simulate(cleaned, seed=1).check()
    assert starts(run, "react") == [0, 4, 8]
    assert starts(run, "dry") == [2, 6, 10]
    assert [row[0] / HOUR for row in run.record if row[1] == "cleaned"] == [6, 10]


def test_a_wait_names_the_unit_of_the_chain_that_is_lacking() -> None:
    """Until 2 h the reactor is in use; from then on the filter, to 7 h, lets the second begin no sooner than at 5 h."""
    run = simulate(line({"react": 2.0, "filter": 5.0}, batches=2), seed=1)
    waits = [(row[0] / HOUR, row[3], row[7]) for row in run.record if row[1] == "wait"]
    assert waits == [(0.0, "march/2", "react"), (2.0, "march/2", "filter")]
    assert (starts(run, "react"), starts(run, "filter")) == ([0, 5], [2, 7])


@pytest.mark.parametrize("seed", range(6))
def test_nobody_waits_between_but_for_a_failure(seed: int) -> None:
    """Random times, products and parallel units: with no failure no batch ever waits between the steps of a chain."""
    kinds = {"a": 2, "b": 1, "c": 2}
    steps = {name: Step(on=name, time=Lognormal(mean=4.0, cv=0.6), hold=0.0 if name != "c" else None) for name in kinds}
    scenario = Scenario(
        units={name: Unit(kind=name, count=count, failures=("wear",)) for name, count in kinds.items()},
        failures={"wear": Failure(after=1e6, repair=2.0)},
        products={name: Product(batch=100.0, steps=steps) for name in "XY"},
        orders={name: Order(product=name, release=Release(every=Exponential(mean=9.0))) for name in "XY"},
        run=RunPlan(horizon=1000.0),
    )
    run = simulate(scenario, seed).check()
    held = [row for row in run.record if row[1] == "wait" and row[2]]
    assert len(starts(run, "c")) > 100
    assert not held
    worn = scenario.replace(failures={"wear": Failure(after=Exponential(mean=30.0), repair=2.0)})
    run = simulate(worn, seed).check()
    assert [row for row in run.record if row[1] == "wait" and row[2]]  # late, and said so


def queued(batches: int, bin_: bool) -> Scenario:
    """So many batches before a chain of two units; the first step may keep the one bin, which another unit takes."""
    steps = {"a": Step(on="x", time=1.0, hold=0.0, keeps={"bin": 1} if bin_ else {}), "b": Step(on="y", time=3.0)}
    return Scenario(
        units={"x": Unit(kind="x", count=2), "y": Unit(kind="y"), "z": Unit(kind="z")},
        pools={"bin": Pool(count=1)},
        products={
            "p": Product(batch=1.0, steps=steps),
            "q": Product(batch=1.0, steps={"c": Step(on="z", time=1.0, keeps={"bin": 1})}),
        },
        orders={
            "o": Order(product="p", batches=batches, release=Release(at_once=True)),
            "z": Order(product="q", release=Release(every=2.0)),
        },
        run=RunPlan(horizon=200.0),
    )


@pytest.mark.parametrize("bin_", [False, True])
def test_of_a_line_only_the_next_tells_anew_what_it_lacks(bin_: bool) -> None:
    """A longer queue costs each batch more its release and one wait: all else is as it was."""
    rows = {number: play(queued(number, bin_)) for number in (100, 700)}
    assert len(rows[700]) - len(rows[100]) == 2 * 600
    assert [row for row in rows[700] if row[1] not in ("release", "wait")] == [
        row for row in rows[100] if row[1] not in ("release", "wait")
    ]


def test_a_clean_that_time_makes_due_lets_a_chain_begin() -> None:
    """2 h, then 6 h; from 3 h on the first unit needs 5 h of cleaning before: begun at 3 h, the second is free in time.

    Without the clean it would begin at 6 h, so as to come as the second unit is left.
    """
    steps = {"a": Step(on="x", time=2.0, hold=0.0), "b": Step(on="y", time=6.0)}
    scenario = small(
        steps,
        units={"x": Unit(kind="x", cleaning="wash"), "y": Unit(kind="y")},
        cleaning={"wash": Cleaning(major=5.0, longest_time=3.0)},
    )
    rows = play(scenario)
    assert told(rows, "grant", "cleaned") == [
        "0 grant x-1 o/1",
        "2 grant y-1 o/1",
        "3 grant x-1 o/2",
        "8 cleaned x-1 major",
        "10 grant y-1 o/2",
    ]
    for half in range(24):
        time = half * HOUR // 2
        assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]

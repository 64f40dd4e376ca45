"""A run is the fold of its record: gone on from the state at any time, also from a file, its future is the same."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import fresh, harsh, play, rich, scenarios, small, state_at

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.laws import Exponential, Lognormal, Uniform
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.state import State, fold
from plantsim.step import Step


def zero_wait() -> Scenario:
    """A plant in which a batch may start only when all that follows without waiting is sure to be free."""
    return small(
        {
            "mix": Step(on="mixer", time=Lognormal(mean=3.0, cv=0.4), hold=0.0),
            "dry": Step(on="dryer", time=Uniform(low=2.0, high=5.0), charge=0.5, hold=0.0),
            "fill": Step(on="filler", time=2.0, needs={"run": {"crew": 1}}),
            "pack": Step(on="packer", time=Exponential(mean=3.0)),
        },
        batches=None,
        release={"every": Exponential(mean=4.0)},
        units={
            "mixer": Unit(kind="mixer", count=2, failures=("seal",)),
            "dryer": Unit(kind="dryer", count=2, cleaning="wash"),
            "filler": Unit(kind="filler"),
            "packer": Unit(kind="packer", failures=("seal",)),
        },
        buffers={"store": Buffer(places=2)},
        pools={"crew": Pool(count=1, calendar="days")},
        calendars={"days": Calendar(open=((0.0, 16.0),), period=24.0)},
        failures={"seal": Failure(after=Exponential(mean=30.0), repair=Exponential(mean=2.0))},
        cleaning={"wash": Cleaning(when="at once", minor=0.5)},
        run={"horizon": 200.0},
    )


def after(rows: list[RowTuple], time: int) -> list[RowTuple]:
    """The rows after a time [ms]."""
    return rows[bisect_right(rows, time, key=lambda row: row[0]) :]


def resumed(scenario: Scenario, seed: int, state: State) -> list[RowTuple]:
    return list(simulate(scenario, seed, start=state).record)


def looked_at(rows: list[RowTuple], until: int, chance: random.Random) -> list[int]:
    """Times [ms]: 34 of any, and 17 at which a row stands."""
    return [chance.randrange(until) for _ in range(34)] + [chance.choice(rows)[0] for _ in range(17)]


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_future_of_any_state_is_that_of_the_run(seed: int) -> None:
    """204 times at random and 102 at which a row stands, in all, in a plant with every feature."""
    scenario = rich(240.0)
    rows = list(simulate(scenario, seed).record)
    for time in looked_at(rows, 240 * HOUR, random.Random(seed)):
        assert resumed(scenario, seed, state_at(scenario, rows, time)) == after(rows, time), time / HOUR


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scenario", [zero_wait(), harsh(200.0)], ids=["zero wait", "harsh"])
def test_the_future_is_the_same_in_other_plants(scenario: Scenario, seed: int) -> None:
    rows = list(simulate(scenario, seed).record)
    for time in looked_at(rows, 200 * HOUR, random.Random(seed)):
        assert resumed(scenario, seed, state_at(scenario, rows, time)) == after(rows, time), time / HOUR


def made(**step: Any) -> Product:
    return Product(batch=1.0, steps={"s": Step(**step)})


def after_a_big_claim() -> Scenario:
    """k lacks a hand that it would keep; as one comes back, it is reserved for c, which needs three."""
    return small(
        {},
        units={name: Unit(kind=name) for name in "abck"},
        pools={"crew": Pool(count=3, patience=0.0)},
        products={
            "a": made(on="a", time=10.0, needs={"run": {"crew": 2}}),
            "b": made(on="b", time=2.0, needs={"run": {"crew": 1}}),
            "c": made(on="c", time=1.0, needs={"run": {"crew": 3}}),
            "k": made(on="k", time=1.0, keeps={"crew": 1}),
        },
        orders={
            name: Order(product=name, batches=1, release=Release(at_once=True), start=start)
            for name, start in (("a", 0.0), ("b", 0.0), ("c", 0.5), ("k", 1.0))
        },
        run={"horizon": 15.0},
    )


def before_a_booked_unit() -> Scenario:
    """A batch with zero wait has come to the unit that is booked for it, and lacks a hand that comes back by itself."""
    steps = {"a": Step(on="x", time=1.0, hold=0.0), "b": Step(on="y", time=1.0, keeps={"crew": 1})}
    return small(
        {},
        units={name: Unit(kind=name) for name in "xyz"},
        pools={"crew": Pool(count=1)},
        products={"p": Product(batch=1.0, steps=steps), "z": made(on="z", time=3.0, needs={"run": {"crew": 1}})},
        orders={
            "o": Order(product="p", batches=1, release=Release(at_once=True)),
            "z": Order(product="z", batches=1, release=Release(at_once=True)),
        },
        run={"horizon": 15.0},
    )


def without_two_things() -> Scenario:
    """A batch with zero wait lacks the crew until 6 h, and from 1 h to 4 h the bin too."""
    steps = {"a": Step(on="x", time=1.0, hold=0.0, keeps={"bin": 1, "crew": 1}), "b": Step(on="y", time=1.0)}
    return small(
        {},
        units={name: Unit(kind=name) for name in "xyz"},
        pools={"bin": Pool(count=1), "crew": Pool(count=1, calendar="late")},
        calendars={"late": Calendar(open=((6.0, 24.0),), period=24.0)},
        products={"p": Product(batch=1.0, steps=steps), "z": made(on="z", time=3.0, needs={"run": {"bin": 1}})},
        orders={
            "o": Order(product="p", batches=1, release=Release(at_once=True)),
            "z": Order(product="z", batches=1, release=Release(at_once=True), start=1.0),
        },
        run={"horizon": 15.0},
    )


@pytest.mark.parametrize("plant", [after_a_big_claim, before_a_booked_unit, without_two_things])
def test_who_waits_to_keep_something_waits_for_as_long_after_a_resume(plant: Callable[[], Scenario]) -> None:
    scenario = plant()
    rows = list(simulate(scenario).record)
    for half in range(30):
        time = half * HOUR // 2
        assert resumed(scenario, 1, state_at(scenario, rows, time)) == after(rows, time), time / HOUR


@settings(max_examples=60)
@given(scenarios(), st.randoms(use_true_random=False))
def test_the_future_is_the_same_in_plants_made_up(scenario: Scenario, chance: random.Random) -> None:
    rows = play(scenario)
    if rows:
        until = rows[-1][0]  # also of a run that gets stuck then
        for time in (chance.randrange(until + 1), *(chance.choice(rows)[0] for _ in range(3))):
            time = min(time, until - 1)
            found = play(scenario, start=state_at(scenario, rows, time))
            assert found == after(rows, time), time / HOUR


def test_a_resumed_run_is_resumed() -> None:
    """Three times over, from the rows of each run alone."""
    scenario = rich(240.0)
    rows = list(simulate(scenario, 7).record)
    state, before = fresh(scenario), -1
    for time in (50 * HOUR, 100 * HOUR + 1, rows[-300][0]):
        new = [row for row in resumed(scenario, 7, state) if row[0] <= time]
        assert new == after(rows, before)[: len(new)]
        state = State.from_json(fold(state, new, time).to_json())
        before = time
    assert resumed(scenario, 7, state) == after(rows, before)


def test_a_run_does_not_change_the_state_that_it_starts_from() -> None:
    scenario = rich(120.0)
    state = state_at(scenario, list(simulate(scenario, 1).record), 60 * HOUR)
    text = state.to_json()
    simulate(scenario, 1, start=state)
    assert state.to_json() == text


def test_the_state_after_a_resumed_run_is_that_of_the_whole_run() -> None:
    scenario = rich(240.0)
    rows = list(simulate(scenario, 3).record)
    half = state_at(scenario, rows, 120 * HOUR)
    whole = state_at(scenario, rows, 240 * HOUR)
    assert fold(half.copy(), resumed(scenario, 3, half), 240 * HOUR) == whole


@pytest.mark.parametrize("shuffle", range(10))
@pytest.mark.parametrize("scenario", [rich(120.0), zero_wait(), harsh(120.0)], ids=["rich", "zero wait", "harsh"])
def test_the_order_in_which_things_are_created_changes_no_row(scenario: Scenario, shuffle: int) -> None:
    chance = random.Random(shuffle)

    def shuffled(things: list[Any]) -> list[Any]:
        return chance.sample(things, len(things))

    rows = play(scenario)
    assert play(scenario, arrange=shuffled) == rows
    half = int(scenario.run.horizon * HOUR) // 2
    assert play(scenario, start=state_at(scenario, rows, half), arrange=shuffled) == after(rows, half)

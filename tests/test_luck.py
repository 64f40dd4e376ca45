"""Luck goes with names: what changes in a plant changes no other name's draws, so that variants are compared fairly."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from plants import fresh, rich

from plantsim.contracts import Claim, UnitView
from plantsim.engine.simulate import simulate
from plantsim.laws import Exponential
from plantsim.plant import Unit
from plantsim.recipe import Order
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.state import apply

Draws = dict[tuple[Any, ...], int]


def works(rows: list[RowTuple]) -> Draws:
    """(batch, how often it had gone back, step, act) -> ms of all acts of batches.

    Less the cleans, which depend on who was there before, and the transfers, which depend on the way.
    """
    found: Draws = {}
    back: Counter[str] = Counter()
    for row in rows:
        back[row[3]] += row[1] == "rework"
        if row[1] == "grant":
            for act, ms in [each for stint in row[8][0] for each in stint[0]]:
                if not act.startswith("clean") and act != "transfer":
                    found.setdefault((row[3], back[row[3]], row[4], act), ms)
    return found


def lives(scenario: Scenario, rows: list[RowTuple]) -> tuple[Draws, Draws]:
    """(unit, mode, number) -> ms on its clock that each life lasted; and ms of the repair after it."""
    state = fresh(scenario)
    lasted: Draws = {}
    repairs: Draws = {}
    for row in rows:
        apply(state, row)
        if row[1] == "fail":
            u, mode = state.tended(row[2]), row[7]
            reading = u.ran if scenario.failures[mode].clock == "running" else row[0]
            lasted[row[2], mode, u.lives[mode]] = reading - u.renewed.get(mode, 0)
            repairs[row[2], mode, u.lives[mode]] = row[8][0]
    return lasted, repairs


def gaps(rows: list[RowTuple]) -> Draws:
    """Number of a batch of order 'o' -> ms since the release of the one before it."""
    times = [row[0] for row in rows if row[1] == "release" and row[8][0] == "o"]
    return {(k,): after - before for k, (before, after) in enumerate(pairwise(times))}


def youngest_first(claim: Claim, unit: UnitView, now: float) -> float:
    return -claim.asked


VARIANTS = {
    "a reactor more": lambda plant: plant.with_units("r", 3),
    "two presses more": lambda plant: plant.with_units("p", 5),
    "a press less": lambda plant: plant.with_units("p", 2),
    "a larger crew": lambda plant: plant.with_pool("ops", 7),
    "a larger buffer": lambda plant: plant.with_buffer("cold", None),
    "another rule": lambda plant: plant.replace(dispatch="least_changeover"),
    "a rule of one's own": lambda plant: plant.replace(dispatch=youngest_first),
    "an order more": lambda plant: plant.replace(
        orders={"n": Order(product="C", batches=4, release="at once"), **plant.orders}
    ),
    "a unit of another name": lambda plant: plant.replace(
        units={"z": Unit(kind="reactor", failures=("seal",)), **plant.units}, links=[*plant.links, ("z", "d")]
    ),
    "units in another order": lambda plant: plant.replace(units=dict(reversed(plant.units.items()))),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_changes_no_other_names_luck(name: str) -> None:
    today, variant = rich(400.0), VARIANTS[name](rich(400.0))
    before, after = (list(simulate(plant, 3).record) for plant in (today, variant))
    assert before != after
    both = [(works(before), works(after), 200), (gaps(before), gaps(after), 40)]
    both += [(*pair, 60) for pair in zip(lives(today, before), lives(variant, after), strict=True)]
    for one, other, least in both:
        common = one.keys() & other.keys()
        assert len(common) > least
        assert {key: one[key] for key in common} == {key: other[key] for key in common}


def test_higher_numbers_are_new_and_have_luck_of_their_own() -> None:
    today, variant = rich(400.0), rich(400.0).with_units("r", 3)
    one, other = (lives(plant, list(simulate(plant, 3).record))[0] for plant in (today, variant))
    new = {key: ms for key, ms in other.items() if key[0] == "r-3"}
    assert new
    assert not set(new.values()) & set(one.values())


def test_a_changed_parameter_keeps_its_luck() -> None:
    """Times twice as long are each twice as long, to the rounding of a millisecond."""
    plant = rich(300.0)
    press = plant.products["A"].steps["press"]
    steps = {**plant.products["A"].steps, "press": press.model_copy(update={"time": Exponential(mean=12.0)})}
    slow = plant.replace(products={**plant.products, "A": plant.products["A"].model_copy(update={"steps": steps})})
    one, other = (works(list(simulate(each, 1).record)) for each in (plant, slow))
    common = [key for key in one.keys() & other.keys() if key[2:] == ("press", "run")]
    assert len(common) > 10
    made_of_a = {row[3] for row in simulate(plant, 1).record if row[1] == "release" and row[5] == "A"}
    for key in common:
        times = 2 if key[0] in made_of_a else 1
        assert abs(other[key] - times * one[key]) <= 1


def test_all_luck_is_that_of_seed_and_replication() -> None:
    plant = rich(200.0)
    draws = [works(list(simulate(plant, seed, replication=k).record)) for seed, k in ((1, 0), (1, 1), (2, 0))]
    first = draws[0]
    assert works(list(simulate(plant, 1).record)) == first
    for other in draws[1:]:
        drawn = [key for key in first.keys() & other.keys() if key[2:] == ("react", "run")]
        assert len(drawn) > 10
        assert all(first[key] != other[key] for key in drawn)

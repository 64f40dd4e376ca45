"""Distillation and solvent swap: Rayleigh's textbook case, closed forms, balances."""

from __future__ import annotations

from math import log, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.distillation import Distillation, SolventSwap, rayleigh
from plantsim.unitops.duties import PER_UNIT

POT = Charge(1000.0, 1200.0, 20.0, {"API": 0.1, "methanol": 0.6, "water": 0.3})
RATE = 300.0 * 6.0 * 3.6 * (110.0 - 65.0) / 900.0  # 324 kg/h


def still(**words: Any) -> Distillation:
    return Distillation(**{"removes": "methanol", "until": 0.1, "volatility": {"methanol": 3.0, "water": 1.0}, **words})


def swap(**words: Any) -> SolventSwap:
    volatility = {"methanol": 3.0, "water": 0.5, "toluene": 1.0}
    return SolventSwap(**{"removes": "methanol", "until": 0.02, "new": "toluene", "volatility": volatility, **words})


def added(flow: tuple[tuple[float, float], ...], hours: float) -> float:
    ends = [at for at, _ in flow[1:]] + [hours]
    return sum(rate * (end - at) for (at, rate), end in zip(flow, ends, strict=True))


def test_rayleigh_with_constant_relative_volatility() -> None:
    """R7: Rayleigh at constant volatility, within 0.2 %.

    alpha 2.9, 100 mol with 0.60 to 0.10: 11.3 mol stay, and 88.7 mol with 0.664 are in the receiver.

    A worked example in circulation (Scribd, document 464180724); computed anew: 11.295 mol and 0.6637.
    """
    left, share = rayleigh(2.9, 100.0, 0.6, 0.1)
    assert left == pytest.approx(11.3, rel=2e-3)
    assert 100.0 - left == pytest.approx(88.7, rel=2e-3)
    assert (60.0 - 0.1 * left) / (100.0 - left) == pytest.approx(share, rel=1e-9)  # of what has come over
    assert share == pytest.approx(0.664, rel=2e-3)
    model = still(volatility={"methanol": 2.9, "water": 1.0})
    done = play(model, Charge(100.0, 0.0, 65.0, {"methanol": 0.6, "water": 0.4}))
    assert done.charge.mass == pytest.approx(left, rel=1e-9)
    assert done.charge.composition["methanol"] == pytest.approx(0.1, rel=1e-9)
    assert done.hours == pytest.approx((100.0 - left) / RATE, rel=1e-9)


def test_heating_up_is_a_closed_form() -> None:
    """1000 kg x 2.5 kJ/kg/K over 6480 kJ/h/K, times ln(90 / 45): 0.2674 h; and the steam of it is its heat."""
    found = play(still(until=0.599), POT)
    assert found.profile is not None
    warm = 2500.0 / 6480.0 * log(2.0)
    assert found.profile(warm).temperature == pytest.approx(65.0, abs=1e-9)
    assert found.profile(warm / 2.0).temperature == pytest.approx(110.0 - 90.0 / 2.0**0.5, abs=1e-9)
    assert found.draws["steam"][0][1] * warm * PER_UNIT["steam"] == pytest.approx(1000.0 * 2.5 * 45.0, rel=1e-9)
    evaporated = (POT.mass - found.charge.mass) * 900.0
    assert added(found.draws["steam"], found.hours) * PER_UNIT["steam"] == pytest.approx(
        112_500.0 + evaporated, rel=1e-9
    )
    assert added(found.draws["chilled water"], found.hours) * PER_UNIT["chilled water"] == pytest.approx(evaporated)


def test_a_swap_at_constant_level_is_an_exponential() -> None:
    """Volatilities all alike leave exp(-V / L): from 0.6 of 1000 kg to 0.06 takes 1000 ln 10 kg of vapour."""
    model = swap(until=0.06, volatility={"methanol": 1.0, "toluene": 1.0})
    found = play(model, Charge(1000.0, 0.0, 65.0, {"methanol": 0.6, "toluene": 0.4}))
    assert found.hours * RATE == pytest.approx(1000.0 * log(10.0), rel=1e-9)
    assert found.charge.composition["methanol"] == pytest.approx(0.06, rel=1e-9)
    assert found.charge.mass == pytest.approx(1000.0, rel=1e-9)


def test_put_and_take_goes_in_steps() -> None:
    """Alike in volatility, each turn to 0.4 of the mass leaves 0.4: 0.6, 0.24, 0.096, 0.0384; 600 kg a turn."""
    model = swap(way="put and take", until=0.05, volatility={"methanol": 1.0, "toluene": 1.0}, filling=1200.0)
    found = ends_at_the_same_hour(model, Charge(1000.0, 0.0, 65.0, {"methanol": 0.6, "toluene": 0.4}))
    assert found.charge.composition["methanol"] == pytest.approx(0.0384, rel=1e-9)
    assert found.hours == pytest.approx(3 * (600.0 / RATE + 0.5), rel=1e-9)
    assert len(found.draws["steam"]) == 6
    level = swap(until=0.0384, volatility={"methanol": 1.0, "toluene": 1.0})
    less = play(level, Charge(1000.0, 0.0, 65.0, {"methanol": 0.6, "toluene": 0.4}))
    assert less.hours * RATE == pytest.approx(1000.0 * log(0.6 / 0.0384), rel=1e-9)


@pytest.mark.parametrize(
    "model", [still(), swap(), swap(way="put and take", until=0.01), swap(way="put and take", filling=50.0)]
)
def test_they_are_halted_anywhere(model: Any) -> None:
    found = ends_at_the_same_hour(model, POT)
    assert found.late == ""
    assert found.charge.quality == {}
    assert found.charge.mass * found.charge.composition["API"] == pytest.approx(100.0, rel=1e-9)
    assert found.profile is not None
    for share in (0.02, 0.4, 0.7, 0.99):
        rest = play(model, found.profile(share * found.hours))
        assert share * found.hours + rest.hours == pytest.approx(found.hours, abs=1e-6)


def test_more_surface_boils_faster_and_what_never_ends_is_late() -> None:
    assert play(still(area=12.0), POT).hours == pytest.approx(play(still(), POT).hours / 2.0, rel=1e-9)
    assert play(still(at_most=0.5), POT).late == "methanol 0.1 kg/kg"
    enriched = play(
        still(volatility={"methanol": 1.0, "water": 3.0}, at_most=9.0),
        Charge(100.0, composition={"methanol": 0.6, "water": 0.4}),
    )
    assert (enriched.hours, enriched.late) == (9.0, "methanol 0.1 kg/kg")
    assert play(still(), Charge(100.0, composition={"methanol": 0.1, "water": 0.9})).hours == 0.0
    dry = play(swap(way="put and take", down_to=0.05, at_most=9.0), POT)
    assert (dry.hours, dry.late) == (9.0, "methanol 0.02 kg/kg")


@given(st.floats(0.05, 0.9), st.floats(1.2, 20.0), st.floats(0.05, 0.9), st.floats(0.0, 1.0))
def test_what_boils_is_what_is_gone(first: float, alpha: float, down: float, part: float) -> None:
    """Each component falls with the power of its volatility, halted or not; nothing else goes."""
    start = Charge(800.0, 900.0, 65.0, {"API": 0.1, "methanol": 0.9 * first, "water": 0.9 * (1.0 - first)})
    goal = 0.9 * first * down
    model = still(until=goal, volatility={"methanol": alpha, "water": 1.0}, at_most=1e4)
    found = play(model, start)
    assert found.profile is not None
    now = found.profile(part * found.hours)
    left = {name: now.mass * now.composition[name] / (800.0 * start.composition[name]) for name in start.composition}
    assert left["API"] == pytest.approx(1.0, rel=1e-9)
    assert left["methanol"] == pytest.approx(left["water"] ** alpha, rel=1e-6, abs=1e-9)
    assert 800.0 - now.mass == pytest.approx(part * found.hours * RATE, rel=1e-9, abs=1e-9)
    swapped = play(swap(until=goal, at_most=1e4), start)
    assert swapped.charge.mass == pytest.approx(800.0, rel=1e-9)
    assert sum(swapped.charge.composition.values()) == pytest.approx(1.0, abs=1e-9)


def test_what_can_not_boil_is_told() -> None:
    with pytest.raises(ValueError, match="a jacket at 60 degC can't boil what boils at 65 degC"):
        play(still(jacket=60.0), POT)
    with pytest.raises(ValueError, match="methanol can't be swapped for itself"):
        play(swap(new="methanol"), POT)
    with pytest.raises(ValueError, match="needs a component that is volatile"):
        still(volatility={"methanol": 0.0})
    for charge, said in (
        (Charge(100.0, composition={"water": 1.0}), "the charge has no component 'methanol'; it has water"),
        (Charge(nan, composition={"methanol": 1.0}), "the mass of a charge must be a number"),
        (Charge(0.0, composition={"methanol": 1.0}), "there is nothing to boil in an empty vessel"),
        (
            Charge(1.0, temperature=400.0, composition={"methanol": 0.5, "water": 0.5}),
            "there is no liquid water at 400",
        ),
    ):
        with pytest.raises(ValueError, match=said):
            play(still(), charge)

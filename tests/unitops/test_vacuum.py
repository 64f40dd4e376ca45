"""Drying under vacuum and in a filter dryer."""

from __future__ import annotations

from math import log, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.duties import PER_UNIT
from plantsim.unitops.vacuum import VacuumDrying, boiling_point

CAKE = Charge(130.0, 0.0, 20.0, {"API": 1.0 / 1.3, "water": 0.3 / 1.3}, {"moisture": 0.3})


def dryer(**words: Any) -> VacuumDrying:
    return VacuumDrying(**{"until": 0.01, **words})


def test_water_boils_below_100_degrees_under_vacuum() -> None:
    """Steam tables: 32.9 °C at 50 mbar, 45.8 °C at 100 mbar, 81.3 °C at 500 mbar; one heat for all: 0.4 K."""
    for pressure, celsius in ((50.0, 32.9), (100.0, 45.8), (500.0, 81.3)):
        assert boiling_point(pressure, 100.0, 2350.0, 18.02) == pytest.approx(celsius, abs=0.4)


def test_a_wet_cake_dries_as_its_wall_gives_heat() -> None:
    """From 0.3 to 0.1 at R = U (Tj - Tb) / r on 4 m2, then on a straight line to 0.01; the steam is what evaporates."""
    found = play(dryer(), CAKE)
    rate = 60.0 * 3.6 * (60.0 - boiling_point(50.0, 100.0, 2350.0, 18.02)) / 2350.0 * 4.0
    by_hand = 100.0 / rate * (0.2 + (0.1 - 0.001) * log((0.1 - 0.001) / (0.01 - 0.001)))
    assert found.hours == pytest.approx(by_hand, rel=1e-9)
    ends = [at for at, _ in found.draws["steam"][1:]] + [found.hours]
    steam = sum(flow * (end - at) for (at, flow), end in zip(found.draws["steam"], ends, strict=True))
    assert steam * PER_UNIT["steam"] == pytest.approx(29.0 * 2350.0, rel=1e-9)


def test_it_is_halted_anywhere_and_warms_up_as_it_dries() -> None:
    found = ends_at_the_same_hour(dryer(pump=2.0, nitrogen=1.5), CAKE)
    assert found.charge.mass == pytest.approx(101.0, rel=1e-9)
    assert found.charge.composition["water"] == pytest.approx(1.0 / 101.0, rel=1e-9)
    assert found.draws["power"] == ((0.0, 2.0),) and found.draws["nitrogen"] == ((0.0, 1.5),)
    assert found.charge.quality == {"moisture": pytest.approx(0.01)}
    assert found.profile is not None
    assert found.profile(0.1).temperature == pytest.approx(boiling_point(50.0, 100.0, 2350.0, 18.02))
    assert 50.0 < found.charge.temperature < 60.0


def test_deeper_vacuum_and_more_wall_are_faster_and_a_cold_wall_never_ends() -> None:
    usual = play(dryer(), CAKE).hours
    assert play(dryer(pressure=20.0), CAKE).hours < usual
    assert play(dryer(jacket=70.0), CAKE).hours < usual
    assert play(dryer(area=8.0), CAKE).hours == pytest.approx(usual / 2.0, rel=1e-9)
    cold = play(dryer(jacket=30.0, at_most=9.0), CAKE)
    assert (cold.hours, cold.late) == (9.0, "moisture 0.01 kg/kg")
    assert play(dryer(until=0.0005, at_most=9.0), CAKE).late == "moisture 0.0005 kg/kg"
    half = cold.profile
    assert half is not None
    assert play(dryer(jacket=30.0, at_most=9.0), half(4.0)).hours == pytest.approx(5.0, abs=1e-6)


@given(st.floats(0.02, 1.5), st.floats(1.0, 5000.0), st.floats(0.0, 1.0))
def test_only_the_solvent_goes(moisture: float, solid: float, part: float) -> None:
    share = 1.0 / (1.0 + moisture)
    wet = Charge(solid * (1.0 + moisture), 0.0, 20.0, {"API": share, "water": 1.0 - share}, {"moisture": moisture})
    found = play(dryer(), wet)
    assert found.profile is not None
    now = found.profile(part * found.hours)
    assert now.mass * now.composition["API"] == pytest.approx(solid, rel=1e-9)
    assert now.mass == pytest.approx(solid * (1.0 + now.quality["moisture"]), rel=1e-9)


def test_a_cake_that_can_not_be_is_told() -> None:
    for charge, said in (
        (Charge(10.0, quality={"moisture": -0.1}), "a moisture can't be negative, got -0.1 kg/kg"),
        (Charge(-10.0, quality={"moisture": 0.1}), "must be a number that is not negative, got -10 kg"),
        (Charge(10.0, quality={"moisture": nan}), "moisture must be a finite number, got nan"),
        (Charge(10.0, 0.0, 400.0, {"water": 1.0}), "there is no liquid water at 400 degC"),
        (Charge(10.0, 0.0, 20.0, {"water": 1.0}), "there is nothing but water to dry"),
    ):
        with pytest.raises(ValueError, match=said):
            play(dryer(), charge)
    with pytest.raises(KeyError, match="moisture"):
        play(dryer(), Charge(10.0))

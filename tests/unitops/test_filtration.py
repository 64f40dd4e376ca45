"""Filtration at constant pressure, by Ruth."""

from __future__ import annotations

import pytest
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.filtration import Filtration, filtration_seconds, resistances, wash_seconds


def test_resistances_of_a_measured_run() -> None:
    """Geankoplis, problem 14.2-1: 1.106e11 m/kg and 6.40e10 1/m."""
    volumes = [0.5e-3 * k for k in range(1, 7)]
    cake, medium = resistances(volumes, [17.3, 41.3, 72.0, 108.3, 152.0, 201.7], 0.0439, 46.2e3, 23.47, 8.937e-4)
    assert cake == pytest.approx(1.106e11, rel=0.01)
    assert medium == pytest.approx(6.40e10, rel=0.01)


def test_a_cycle_of_filtration_wash_and_cleaning() -> None:
    """Geankoplis, example 14.2-3: 269.7 s, 194.0 s at a quarter of the final rate, and 20 min make 27.73 min."""
    run, wash = filtration_seconds(37.93, 16.10, 3.37), wash_seconds(37.93, 16.10, 3.37, 0.337, share=0.25)
    assert run == pytest.approx(269.7, rel=1e-3)
    assert wash == pytest.approx(194.0, rel=1e-3)
    assert (run + wash) / 60.0 + 20.0 == pytest.approx(27.73, rel=1e-3)


def test_a_charge_keeps_its_solid_and_is_halted_anywhere() -> None:
    """10 % of 500 kg are solid; with 30 % of liquid in the cake, 71.4 kg stay."""
    found = ends_at_the_same_hour(Filtration(), Charge(500.0, quality={"solids": 0.1}), within=1e-9)
    assert found.charge.mass == pytest.approx(50.0 / 0.7, rel=1e-9)
    assert found.charge.mass * found.charge.quality["solids"] == pytest.approx(50.0, rel=1e-9)
    assert play(Filtration(pressure=4.0), Charge(500.0, quality={"solids": 0.1})).hours < found.hours
    assert play(Filtration(at_most=0.1, area=0.1), Charge(500.0, quality={"solids": 0.1})).late == "filtration"

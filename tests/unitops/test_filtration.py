"""Filtration at constant pressure, by Ruth."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.filtration import (
    Filtration,
    filtration_seconds,
    resistance_of_size,
    resistances,
    wash_seconds,
)


def test_resistances_of_a_measured_run() -> None:
    """R12: Geankoplis, problem 14.2-1, within 1 %: 1.106e11 m/kg and 6.40e10 1/m."""
    volumes = [0.5e-3 * k for k in range(1, 7)]
    cake, medium = resistances(volumes, [17.3, 41.3, 72.0, 108.3, 152.0, 201.7], 0.0439, 46.2e3, 23.47, 8.937e-4)
    assert cake == pytest.approx(1.106e11, rel=0.01)
    assert medium == pytest.approx(6.40e10, rel=0.01)


def test_a_cycle_of_filtration_wash_and_cleaning() -> None:
    """R14: Geankoplis, example 14.2-3, within 0.1 %: 269.7 s, 194.0 s at a quarter of the final rate, and 20 min make
    27.73 min.
    """
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


SLURRY = Charge(500.0, 500.0, 20.0, {"API": 0.12, "imp": 0.01, "S": 0.87}, {"solids": 0.1})


def test_the_mother_liquor_takes_what_is_dissolved_with_it() -> None:
    """450 kg of liquor have 10 kg of API and 5 kg of imp; 21.43 kg of it stay in the cake, 428.57 kg leave."""
    found = ends_at_the_same_hour(Filtration(solid="API"), SLURRY)
    stays = 50.0 * 0.3 / 0.7 / 450.0
    kept = {name: found.charge.mass * share for name, share in found.charge.composition.items()}
    assert kept == pytest.approx({"API": 50.0 + 10.0 * stays, "imp": 5.0 * stays, "S": 435.0 * stays}, rel=1e-9)
    assert found.quality["filtrate"] == pytest.approx(450.0 * (1.0 - stays), rel=1e-9)
    assert found.quality["API out"] == pytest.approx(10.0 * (1.0 - stays), rel=1e-9)
    assert found.charge.quality == pytest.approx({"solids": 0.7, "moisture": 3.0 / 7.0}, rel=1e-9)


def test_a_wash_displaces_the_liquor() -> None:
    """Two volumes leave exp(-2) of the impurity, at the final rate: W held (Kp V + B); halted in the wash, too."""
    model = Filtration(solid="API", wash=2.0, wash_with="heptane", pump=1.1, nitrogen=3.0)
    found, plain = ends_at_the_same_hour(model, SLURRY), play(Filtration(solid="API"), SLURRY)
    was = plain.charge.mass * plain.charge.composition["imp"]
    assert found.charge.mass == pytest.approx(plain.charge.mass, rel=1e-9)
    assert found.charge.mass * found.charge.composition["imp"] == pytest.approx(was * exp(-2.0), rel=1e-9)
    held, force = 50.0 * 0.3 / 0.7, 2e5
    volume = (450.0 - held) / 1000.0
    kp, b = 0.001 * 1e11 * 50.0 / volume / force, 0.001 * 1e10 / force
    wash = 2.0 * held / 1000.0 * (kp * volume + b) / 3600.0
    assert found.hours - plain.hours == pytest.approx(wash, rel=1e-9)
    assert found.profile is not None
    late = plain.hours + 0.3 * wash
    rest = play(model, found.profile(late))
    assert late + rest.hours == pytest.approx(found.hours, abs=1e-9)
    assert rest.charge.composition["imp"] == pytest.approx(found.charge.composition["imp"], rel=1e-9)
    assert found.draws == {"power": ((0.0, 1.1),), "nitrogen": ((0.0, 3.0),)}
    assert play(Filtration(solid="API", wash=2.0, at_most=plain.hours + 0.01 * wash), SLURRY).late == "wash"


def test_a_compressible_cake_gains_less_from_pressure() -> None:
    """With n = 1 the cake's resistance grows as the pressure does: only the medium's share gets shorter."""

    def hours(n: float, pressure: float) -> float:
        return play(Filtration(compressibility=n, pressure=pressure, medium=1.0), SLURRY).hours

    assert hours(0.0, 4.0) == pytest.approx(hours(0.0, 1.0) / 4.0, rel=1e-6)
    assert hours(0.5, 4.0) == pytest.approx(hours(0.5, 1.0) / 2.0, rel=1e-6)
    assert hours(1.0, 4.0) == pytest.approx(hours(1.0, 1.0), rel=1e-6)


@given(st.floats(0.01, 0.6), st.floats(0.0, 0.3), st.floats(0.0, 4.0), st.floats(0.0, 0.6), st.floats(0.0, 1.0))
def test_cake_filtrate_and_wash_add_up(solids: float, more: float, wash: float, left: float, part: float) -> None:
    """No component is lost, whole or halted: what is told to have gone out is what the cake lacks."""
    api = solids + more * (1.0 - solids)
    slurry = Charge(300.0, 300.0, 20.0, {"API": api, "S": 1.0 - api}, {"solids": solids})
    model = Filtration(solid="API", wash=wash, wash_with="S", left=left, at_most=1e6)
    found = play(model, slurry)
    assert found.profile is not None
    rest = play(model, found.profile(part * found.hours))
    assert part * found.hours + rest.hours == pytest.approx(found.hours, rel=1e-9, abs=1e-9)
    cake = found.charge.mass
    assert cake * found.charge.composition["API"] + found.quality.get("API out", 0.0) == pytest.approx(300.0 * api)
    assert sum(found.charge.composition.values()) == pytest.approx(1.0, abs=1e-9)
    assert cake * found.charge.quality["solids"] == pytest.approx(300.0 * solids, rel=1e-9)
    assert rest.charge.composition["API"] == pytest.approx(found.charge.composition["API"], rel=1e-6)


def test_a_suspension_that_can_not_be_is_told() -> None:
    for charge, said in (
        (replace(SLURRY, quality={"solids": 1.5}), "solids must be from 0 to 1, got 1.5 kg/kg"),
        (replace(SLURRY, quality={"solids": 0.3}), "there is more solid than API: 150 kg of 500 kg"),
        (replace(SLURRY, composition={"S": 1.0}), "the charge has no component 'API'; it has S"),
        (replace(SLURRY, mass=-1.0), "must be a number that is not negative, got -1 kg"),
    ):
        with pytest.raises(ValueError, match=said):
            play(Filtration(solid="API"), charge)
    with pytest.raises(KeyError, match="solids"):
        play(Filtration(), Charge(10.0))


def test_kozeny() -> None:
    """180 x 0.6 / (0.4^3 x (50e-6)^2 x 1300) = 5.19e8 m/kg; half the size, four times the resistance."""
    assert resistance_of_size(50e-6, 0.4, 1300.0) == pytest.approx(5.19e8, rel=1e-3)
    assert resistance_of_size(25e-6, 0.4, 1300.0) == pytest.approx(4.0 * resistance_of_size(50e-6, 0.4, 1300.0))

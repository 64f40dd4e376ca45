"""Formulation, filling, freezing and secondary drying."""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play, spent

from plantsim.contracts import Charge, Equipment
from plantsim.unitops.filling import Filling, out_of_limits
from plantsim.unitops.formulation import Formulation
from plantsim.unitops.freezing import Freezing, planck
from plantsim.unitops.secondary_drying import SecondaryDrying

POOL = Charge(90.0, 90.0, quality={"titre": 100.0})


def test_formulation_by_hand() -> None:
    """90 L of 100 g/L to 50 g/L: 90 L of buffer at 300 L/h in 18 min, 30 min of mixing; half of its excipient."""
    found = ends_at_the_same_hour(Formulation(until=50.0), POOL)
    assert found.hours == pytest.approx(0.8, rel=1e-12)
    assert found.charge.quality == pytest.approx({"titre": 50.0, "excipient": 50.0}, rel=1e-12)
    assert found.charge.volume == pytest.approx(180.0, rel=1e-12)
    assert spent(found.draws["formulation buffer"]) == pytest.approx(90.0, rel=1e-12)
    assert play(Formulation(until=120.0), POOL).late == "titre 120 g/L"


@given(st.floats(1.0, 200.0), st.floats(0.5, 100.0), st.floats(0.0, 200.0), st.floats(0.0, 80.0))
def test_product_and_excipient_balance(titre: float, goal: float, excipient: float, salt: float) -> None:
    step = Formulation(until=goal, excipient=excipient, at_most=1e4)
    found = play(step, POOL.but(titre=titre, excipient=salt))
    end, came = found.charge, spent(found.draws.get("formulation buffer", ()))
    assert end.volume * end.quality["titre"] == pytest.approx(90.0 * titre, rel=1e-9)
    assert end.mass == pytest.approx(90.0 + came, rel=1e-9)
    assert end.volume * end.quality["excipient"] == pytest.approx(90.0 * salt + came * excipient, rel=1e-9, abs=1e-9)


def test_filling_by_hand() -> None:
    """180 L in 10 mL at 200 a minute: 18,000 vials in 90 min; of 1 % of spread and 2 % of tolerance 4.55 % are out."""
    assert out_of_limits(0.02, 0.01) == pytest.approx(0.0455, abs=1e-5)
    bulk = Charge(180.0, 180.0)
    found = ends_at_the_same_hour(Filling(rsd=0.01, rejects=0.0), bulk)
    assert found.hours == pytest.approx(1.5, rel=1e-12)
    assert found.quality["good vials"] == pytest.approx(18_000.0 * 0.9545, rel=1e-5)
    assert found.charge.volume == pytest.approx(180.0 * 0.9545, rel=1e-5)
    assert play(Filling(at_most=1.0), bulk).late == "the last vial"
    with pytest.raises(ValueError, match="loses all of it in tubes"):
        play(Filling(lost=200.0), bulk)


def test_stops_of_a_line_are_as_long_as_they_should_be_on_average() -> None:
    """A stop an hour on average, of 0.1 h: of 1.5 h of running 0.15 h, over luck that is spread evenly."""
    line = Filling(every=1.0, stop=0.1)
    held = []
    for k in range(400):
        luck = {"stops": (k + 0.5) / 400, "length of stops": (k * 0.6180339887 + 0.5) % 1.0}
        held.append(line(Charge(180.0, 180.0), Equipment(), luck.__getitem__).quality["stopped"])
    assert sum(held) / 400 == pytest.approx(0.15, rel=0.03)
    ends_at_the_same_hour(line, Charge(180.0, 180.0))


@given(st.floats(0.0, 0.05), st.floats(0.0, 0.3), st.floats(0.0, 5.0), st.floats(1.0, 50.0))
def test_what_is_in_good_vials_goes_on(rsd: float, rejects: float, lost: float, fill: float) -> None:
    found = play(Filling(rsd=rsd, rejects=rejects, lost=lost, fill=fill, at_most=1e4), Charge(180.0, 180.0))
    assert found.charge.volume == pytest.approx(found.quality["good vials"] * fill / 1000.0, rel=1e-9)
    assert found.charge.mass == pytest.approx(found.charge.volume, rel=1e-9)
    assert found.quality["vials"] * fill / 1000.0 + lost == pytest.approx(180.0, rel=1e-9)


def test_freezing_takes_planck_s_time() -> None:
    """At a steady shelf: from where ice forms without undercooling to all ice, rho w r / (Tf - Ts) (L/U + L^2/2k)."""
    step = Freezing(ramp=1e9, nucleates=-0.5, freezes=-0.5, until=-0.6, water=1.0, at_most=99.0)
    whole = play(step, Charge(50.0, temperature=-0.5 + 1e-9))
    ice = DENSE * 2.05 / (30.0 * 3.6) * log(44.5 / 44.4)  # that cools by 0.1 K afterwards
    assert whole.hours == pytest.approx(planck(0.01, 30.0, 44.5) + ice, rel=1e-5)


DENSE = 1000.0 * 0.01  # kg/m2 of a layer of 10 mm


def test_a_lump_cools_on_a_steady_shelf_by_hand() -> None:
    """20 to -10 °C on a shelf of -45 °C: L rho c / U ln(65 / 35) = 10 x 4.187 / 108 x 0.619 = 0.24 h."""
    step = Freezing(ramp=1e9, at_most=99.0)
    found = play(step, Charge(50.0))
    assert found.profile is not None
    cool = DENSE * 4.187 / 108.0 * log(65.0 / 35.0)
    assert found.profile(cool - 1e-6).temperature == pytest.approx(-10.0, abs=1e-3)
    assert found.profile(cool + 1e-6).temperature == pytest.approx(-0.5, abs=1e-3)
    heat = 4.187 * 20.5 + 0.95 * 333.6 + 2.05 * 39.5  # kJ/kg, of which undercooling moves a part
    assert spent(found.draws["power"]) == pytest.approx(50.0 * heat / 3600.0 / 1.5, rel=1e-6)


def test_freezing_is_halted_anywhere_and_deeper_takes_longer() -> None:
    found = ends_at_the_same_hour(Freezing(), Charge(50.0))
    assert found.charge.quality == {"frozen": 1.0}
    assert found.charge.temperature == pytest.approx(-40.0, abs=1e-6)
    assert play(Freezing(depth=20.0), Charge(50.0)).hours > found.hours
    assert play(Freezing(at_most=1.0), Charge(50.0)).late == "-40 °C"
    with pytest.raises(ValueError, match="freezing needs shelf < until"):
        play(Freezing(shelf=-30.0), Charge(50.0))


def test_secondary_drying_in_closed_form() -> None:
    """At 25 °C by k = 0.6 1/h from 0.2 to 0.01 with 0.002 that stays: ln(0.198 / 0.008) / 0.6 = 5.348 h."""
    cake = Charge(12.0, temperature=25.0)
    found = ends_at_the_same_hour(SecondaryDrying(), cake)
    assert found.hours == pytest.approx(log(0.198 / 0.008) / 0.6, rel=1e-6)
    assert found.charge.mass == pytest.approx(10.1, rel=1e-9)
    cold = ends_at_the_same_hour(SecondaryDrying(), Charge(12.0, temperature=-15.0))
    assert found.hours < cold.hours < found.hours + 40.0 / 12.0
    assert play(SecondaryDrying(until=0.001), cake).late == "moisture 0.001 kg/kg"
    assert SecondaryDrying().k(15.0) == pytest.approx(0.6 * exp(40.0 / 8.314462618e-3 * (1 / 298.15 - 1 / 288.15)))
    with pytest.raises(ValueError, match="a moisture can't be negative"):
        play(SecondaryDrying(), cake.but(moisture=-0.1))

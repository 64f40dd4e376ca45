"""Ultrafiltration limited by a gel."""

from __future__ import annotations

from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play, spent

from plantsim.contracts import Charge
from plantsim.unitops.ultrafiltration import Ultrafiltration, area_hours, washed_out


def test_area_and_time_to_concentrate() -> None:
    """R32: gel polarisation, within 1e-4 of the integral.

    k 0.04 m/h, gel 250, from 10 m3 at 20 kg/m3 to 1 m3: 157.73 m2 h exactly, so 39.4 m2 for 4 h.

    The book's 184.4 (Coulson and Richardson, example 8.2) is five points of a trapezoid, 17 % too many.
    """
    assert area_hours(0.04, 250.0, 20.0, 10.0, 1.0) == pytest.approx(157.73, rel=1e-4)


def test_flux_at_both_ends() -> None:
    """R32: the same example, within 0.5 %.

    0.04 ln(250 / 20) = 0.101 m/h at first, 0.04 ln(250 / 200) = 0.0089 m/h at last.
    """
    for titre, flux in ((20.0, 0.101), (200.0, 0.0089)):
        pool = Charge(10_000.0, volume=10_000.0, quality={"titre": titre})
        found = play(Ultrafiltration(until=titre * (1.0 + 1e-6), area=40.0, transfer=40.0), pool)
        passed = (pool.volume - found.charge.volume) / 1000.0  # m3
        assert passed / 40.0 / found.hours == pytest.approx(flux, rel=5e-3)


def test_a_skid_takes_as_long_as_its_area_says_and_is_halted_anywhere() -> None:
    pool = Charge(10_000.0, volume=10_000.0, quality={"titre": 20.0})
    found = ends_at_the_same_hour(Ultrafiltration(until=200.0, area=39.43, transfer=40.0), pool)
    assert found.hours == pytest.approx(4.0, rel=1e-3)
    assert found.charge.volume == pytest.approx(1000.0, rel=1e-7)
    assert found.charge.volume * found.charge.quality["titre"] == pytest.approx(200_000.0, rel=1e-9)
    assert play(Ultrafiltration(until=200.0, at_most=1.0), pool).late == "titre 200 g/L"
    with pytest.raises(ValueError, match="beyond its gel"):
        play(Ultrafiltration(until=260.0), pool)


def test_buffer_washes_out() -> None:
    assert [round(washed_out(volumes), 3) for volumes in (1.0, 2.0)] == [0.368, 0.135]


POOL = Charge(500.0, 500.0, quality={"titre": 10.0})


def test_diafiltration_by_hand() -> None:
    """500 L of 10 g/L to 50 g/L (100 L), 7 volumes, to 100 g/L (50 L); k 30, gel 250, 10 m2.

    At 50 g/L 300 ln 5 = 482.8 L/h pass, so 700 L take 1.4498 h; of the old buffer exp(-7) is left.
    """
    skid = Ultrafiltration(until=100.0, diafilter_at=50.0, volumes=7.0, power=5.0)
    found = ends_at_the_same_hour(skid, POOL)
    there = play(Ultrafiltration(until=50.0), POOL).hours
    rest = play(Ultrafiltration(until=100.0), POOL.but(mass=100.0, volume=100.0, titre=50.0)).hours
    assert found.hours == pytest.approx(there + 1.44979 + rest, rel=1e-5)
    assert found.charge.quality == pytest.approx({"titre": 100.0, "old buffer": exp(-7.0)}, rel=1e-7)
    assert found.charge.mass == pytest.approx(50.0, rel=1e-7)
    assert spent(found.draws["diafiltration buffer"]) == pytest.approx(700.0, rel=1e-6)
    assert spent(found.draws["power"]) == pytest.approx(5.0 * found.hours)
    assert play(Ultrafiltration(until=50.0, volumes=7.0, at_most=1.0), POOL).late == "titre 50 g/L"


@settings(max_examples=25, deadline=None)
@given(st.floats(2.0, 40.0), st.floats(0.0, 12.0), st.floats(0.97, 1.0), st.floats(0.0, 1.0))
def test_product_is_kept_or_passes(titre: float, volumes: float, retains: float, sieving: float) -> None:
    """Of the product stays (V/V0)^(1-R) of concentrating and exp(-(1-R) N) of washing."""
    skid = Ultrafiltration(until=80.0, volumes=volumes, retains=retains, sieving=sieving, at_most=1e4)
    found = play(skid, POOL.but(titre=titre))
    end = found.charge
    product = end.volume * end.quality["titre"] / (500.0 * titre)
    kept = (end.volume / 500.0) ** (1.0 - retains) * exp(-(1.0 - retains) * volumes)
    assert product == pytest.approx(kept, rel=1e-9)
    assert found.quality["yield"] == pytest.approx(product, rel=1e-12)
    assert end.quality.get("old buffer", 1.0) == pytest.approx(exp(-sieving * volumes), rel=1e-6)


def test_more_membrane_is_faster() -> None:
    small, large = (play(Ultrafiltration(until=80.0, area=area, volumes=5.0), POOL).hours for area in (5.0, 20.0))
    assert small == pytest.approx(4.0 * large, rel=1e-6)
    with pytest.raises(ValueError, match="needs a volume and a titre"):
        play(Ultrafiltration(until=80.0), POOL.but(titre=0.0))


def test_a_pool_that_is_there_already_is_only_washed() -> None:
    """Whatever rounding has left of the way to its concentration."""
    for titre in (60.0, 60.0 - 1e-11, 60.0 + 1e-11, 59.9999999, 61.0):
        found = play(Ultrafiltration(until=60.0, volumes=3.0), POOL.but(titre=titre))
        assert found.late == "" and found.quality["yield"] == pytest.approx(1.0, rel=1e-9)
        assert play(Ultrafiltration(until=60.0), POOL.but(titre=titre)).hours < 1e-3

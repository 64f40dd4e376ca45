"""Ultrafiltration limited by a gel."""

from __future__ import annotations

import pytest
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.ultrafiltration import Ultrafiltration, area_hours, washed_out


def test_area_and_time_to_concentrate() -> None:
    """k 0.04 m/h, gel 250, from 10 m3 at 20 kg/m3 to 1 m3: 157.73 m2 h exactly, so 39.4 m2 for 4 h.

    The book's 184.4 (Coulson and Richardson, example 8.2) is five points of a trapezoid, 17 % too many.
    """
    assert area_hours(0.04, 250.0, 20.0, 10.0, 1.0) == pytest.approx(157.73, rel=1e-4)


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

"""Centrifuge and depth filter."""

from __future__ import annotations

from math import exp, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play, spent

from plantsim.contracts import Charge
from plantsim.unitops.centrifuge import Centrifugation, cut, disc_sigma, tubular_sigma
from plantsim.unitops.depth_filter import DepthFiltration

CULTURE = Charge(4000.0, 4000.0, 20.0, quality={"cells": 10.0, "dead": 4.0, "debris": 2.0, "titre": 1.8})


def test_tubular_bowl_of_geankoplis() -> None:
    """R29: Geankoplis, example 14.4-2, within 0.1 %: 0.7468 um, 196.1 m2.

    7.16 and 22.25 mm, 0.197 m, 23000 rpm, 660 kg/m3, 0.1 Pa s, 2.832 L/h.
    """
    sigma = tubular_sigma(0.00716, 0.02225, 0.197, 23_000.0)
    assert sigma == pytest.approx(196.1, rel=1e-3)
    assert cut(0.002832, sigma, 660.0, 0.1) == pytest.approx(0.7468e-6, rel=1e-3)


def test_discs() -> None:
    """2 pi w^2 n cot(45) (r2^3 - r1^3) / 3 g with w = 100/s: 1000 (0.1^3 - 0.05^3) 2 pi 1e4 / 29.42 = 1868.7 m2."""
    assert disc_sigma(0.05, 0.1, 1000, 45.0, 3000.0 / pi) == pytest.approx(1868.7, rel=1e-4)


def test_half_is_caught_at_the_cut() -> None:
    bowl = Centrifugation(sigma=100.0, counts=1.0, flow=1000.0, denser=40.0)
    size = cut(1.0, 100.0, 40.0, 1e-3) * 1e6
    assert bowl.caught(size) == pytest.approx(0.5, rel=1e-12)
    assert bowl.caught(size * 2.0**0.5) == pytest.approx(1.0, rel=1e-12)


def test_a_harvest_by_hand() -> None:
    """4000 L at 700 L/h; 14e6/mL of 15 um, all caught, are 14e9 x 1.767e-12 L = 2.474 % of it; slurry is twice that."""
    found = ends_at_the_same_hour(Centrifugation(), CULTURE)
    assert found.hours == pytest.approx(4000.0 / 700.0, rel=1e-12)
    assert found.quality["clarified"] == 1.0
    debris = 2.0 * 4000.0 * Centrifugation().caught(1.0) * pi / 6.0 * 1e-6
    assert found.quality["slurry"] == pytest.approx(
        2.0 * (14.0 * 4000.0 * pi / 6.0 * 15.0**3 * 1e-6 + debris), rel=1e-9
    )
    assert found.charge.quality["cells"] == 0.0
    assert 0.0 < found.charge.quality["debris"] < 2.1
    assert spent(found.draws["power"]) == pytest.approx(15.0 * found.hours)


@given(st.floats(0.1, 40.0), st.floats(0.0, 20.0), st.floats(0.0, 20.0), st.floats(50.0, 5000.0), st.floats(10.0, 4e4))
def test_cells_and_liquid_balance(cells: float, dead: float, debris: float, flow: float, sigma: float) -> None:
    """Liquid is centrate or slurry; of each kind stays what is not caught."""
    bowl = Centrifugation(flow=flow, sigma=sigma, at_most=1e4)
    found = play(bowl, CULTURE.but(cells=cells, dead=dead, debris=debris))
    litres = found.charge.volume
    assert litres + found.quality["slurry"] == pytest.approx(4000.0, rel=1e-9)
    assert found.charge.mass == pytest.approx(litres, rel=1e-9)
    left = cells * 4000.0 * (1.0 - bowl.caught(15.0))
    assert found.charge.quality["cells"] * litres == pytest.approx(left, rel=1e-9, abs=1e-9)


def test_faster_is_less_clear_and_a_limit_is_told() -> None:
    slow, quick = (play(Centrifugation(flow=flow, sigma=200.0), CULTURE) for flow in (400.0, 4000.0))
    debris = [each.charge.quality["debris"] * each.charge.volume for each in (slow, quick)]
    assert debris[0] < debris[1]
    assert slow.charge.quality["cells"] < quick.charge.quality["cells"]
    assert play(Centrifugation(at_most=1.0), CULTURE).late == "the end of the culture"
    with pytest.raises(ValueError, match="'cells' that is a number and not negative"):
        play(Centrifugation(), CULTURE.but(cells=-2.0))
    with pytest.raises(ValueError, match="slurry out of"):
        play(Centrifugation(), CULTURE.but(cells=900.0))


def test_a_depth_filter_by_hand() -> None:
    """3000 L on 30 m2 and 5 L/m2 of flush, k = 0.025 m2/L: 0.1 bar new, 2 bar after ln 20 / k = 119.8 L/m2.

    So 105 L/m2 pass at 100 L/m2/h in 1.05 h, at last at 0.1 exp(2.625) = 1.38 bar.  Of 1.2 bar at most, it blocks
    after ln 12 / k = 99.40 L/m2 and then takes 0.001 (exp(2.625) - 12) / (0.025 x 1.2) h more.
    """
    pool = Charge(3000.0, 3000.0, 20.0, quality={"debris": 1.0, "titre": 2.0})
    found = ends_at_the_same_hour(DepthFiltration(), pool)
    assert found.hours == pytest.approx(1.05, rel=1e-12)
    assert found.quality["pressure"] == pytest.approx(0.1 * exp(2.625), rel=1e-12)
    assert found.charge.quality["debris"] * found.charge.volume == pytest.approx(30.0, rel=1e-9)
    assert spent(found.draws["flush buffer"]) == pytest.approx(150.0, rel=1e-9)
    blocked = ends_at_the_same_hour(DepthFiltration(pressure=1.2), pool)
    assert blocked.hours == pytest.approx(0.99396 + 0.001 * (exp(2.625) - 12.0) / 0.03, rel=1e-4)
    assert spent(blocked.draws["flush buffer"]) == pytest.approx(150.0, rel=1e-9)
    assert play(DepthFiltration(at_most=0.5), pool).late == "all of the liquid"
    with pytest.raises(ValueError, match="make the flux less"):
        play(DepthFiltration(flux=3000.0), pool)


@given(st.floats(1.0, 100.0), st.floats(0.0, 5.0), st.floats(0.0, 1.0), st.floats(0.0, 20.0))
def test_product_passes_and_particles_stay(area: float, debris: float, retains: float, flush: float) -> None:
    filters = DepthFiltration(area=area, retains=retains, flush=flush, at_most=1e300, blocks_by=1e-3, blocks=1e-4)
    pool = Charge(3000.0, 3000.0, 20.0, quality={"debris": debris, "titre": 2.0})
    found = play(filters, pool)
    litres = found.charge.volume
    assert litres == pytest.approx(3000.0 + area * flush, rel=1e-9)
    assert found.charge.quality["titre"] * litres == pytest.approx(6000.0, rel=1e-9)
    assert found.charge.quality["debris"] * litres == pytest.approx(
        3000.0 * debris * (1.0 - retains), rel=1e-9, abs=1e-9
    )

"""Viral inactivation and sterilisation: what is killed, and how long it takes."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play, spent

from plantsim.contracts import Charge
from plantsim.unitops.sterilisation import Sterilisation, f0
from plantsim.unitops.viral import ViralInactivation

POOL = Charge(500.0, 500.0, 20.0, quality={"titre": 12.0})


def test_hold_and_reduction_by_hand() -> None:
    """k = 15 1/h at pH 3.5 and 20 °C: 4 powers of ten in 4 ln 10 / 15 = 0.614 h, so the 1 h stays; 6.51 powers in it.

    At pH 4 k is a tenth: 6.14 h, more than the 4 h that it may take, in which it makes 2.61 powers.
    """
    found = ends_at_the_same_hour(ViralInactivation(), POOL)
    assert found.hours == pytest.approx(1.5, rel=1e-12)
    assert found.charge.quality["lrv"] == pytest.approx(15.0 / log(10.0), rel=1e-12)
    weak = ends_at_the_same_hour(ViralInactivation(ph=4.0), POOL)
    assert (weak.hours, weak.late) == (4.5, "4 powers of ten")
    assert weak.charge.quality["lrv"] == pytest.approx(6.0 / log(10.0), rel=1e-12)
    slower = ends_at_the_same_hour(ViralInactivation(ph=3.8), POOL)
    assert slower.charge.quality["lrv"] == pytest.approx(4.0, rel=1e-9)
    assert slower.hours == pytest.approx(0.5 + 4.0 * log(10.0) / (15.0 * 10.0**-0.6), rel=1e-9)


@given(st.floats(3.0, 4.5), st.floats(2.0, 40.0), st.floats(0.0, 0.3), st.floats(0.0, 0.3), st.floats(0.0, 9.0))
def test_acid_and_base_are_in_it(ph: float, celsius: float, acid: float, base: float, before: float) -> None:
    step = ViralInactivation(ph=ph, temperature=celsius, acid=acid, base=base)
    found = play(step, POOL.but(lrv=before))
    came = sum(spent(flow) for flow in found.draws.values())
    assert found.charge.mass == pytest.approx(500.0 + came, rel=1e-9)
    assert found.charge.quality["titre"] * found.charge.volume == pytest.approx(6000.0, rel=1e-9)
    assert found.charge.quality["lrv"] == pytest.approx(before + found.quality["LRV"], rel=1e-9, abs=1e-12)


def test_warmer_and_more_acid_is_faster() -> None:
    assert ViralInactivation().k(15.0) < ViralInactivation().k(25.0) < ViralInactivation(ph=3.3).k(25.0)
    with pytest.raises(ValueError, match="needs a charge with mass and volume"):
        play(ViralInactivation(), Charge(0.0))


def test_f0_of_geankoplis() -> None:
    """R37: Geankoplis, example 9.12-1, within 0.5 %: as good as 2.68 min at 121.1 °C.

    20 min at 71.1, 20 min at 98.9 and 33 min at 110.0 °C.
    """
    assert f0([(20.0, 71.1, 71.1), (20.0, 98.9, 98.9), (33.0, 110.0, 110.0)]) == pytest.approx(2.68, rel=5e-3)


def test_a_ramp_is_the_sum_of_its_steps() -> None:
    steps = [(0.01, 100.0 + k * 0.002, 100.0 + k * 0.002) for k in range(10_000)]
    assert f0([(100.0, 100.0, 120.0)]) == pytest.approx(f0(steps), rel=1e-3)


def test_heat_up_hold_and_cool_down_by_hand() -> None:
    """From 21.5 °C by 2 K/min to 121.5 °C in 50 min, 30 min of hold, by 1 K/min to 40 °C in 81.5 min: 161.5 min.

    Heat-up and cool-down come to 10/ln 10 (1/2 + 1/1) 10^0.04 = 7.14 min, less what 21.5 and 40 °C are worth; the hold
    to 30 x 10^0.04 = 32.89 min.  Steam heats 1500 kg of steel by 100 K, 75 MJ, and makes up for 5 kW for 80 min.
    """
    found = ends_at_the_same_hour(Sterilisation(), Charge(1e-9, temperature=21.5))
    assert found.hours == pytest.approx(161.5 / 60.0, rel=1e-9)
    assert found.charge.quality["f0"] == pytest.approx((15.0 / log(10.0) + 30.0) * 10.0**0.04, rel=1e-6)
    assert found.charge.temperature == pytest.approx(40.0, abs=1e-9)
    assert spent(found.draws["clean steam"]) == pytest.approx((75_000.0 + 5.0 * 4800.0) / 2199.0, rel=1e-9)


def test_a_cold_sterilisation_takes_longer_or_is_late() -> None:
    cold = ends_at_the_same_hour(Sterilisation(temperature=115.0), Charge(10.0))
    assert cold.hours > play(Sterilisation(), Charge(10.0)).hours
    assert play(Sterilisation(temperature=95.0), Charge(10.0)).late == "F0 15 min"
    with pytest.raises(ValueError, match="must begin and end below it, got 130 °C and 40 °C"):
        play(Sterilisation(), Charge(10.0, temperature=130.0))

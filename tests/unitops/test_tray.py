"""Drying on trays: the textbook's drying curves, and that it can be halted anywhere."""

from __future__ import annotations

import pytest

from plantsim.contracts import Charge, Equipment, Outcome
from plantsim.unitops.tray import TrayDrying, constant_hours, falling_hours


def dry(model: TrayDrying, charge: Charge) -> Outcome:
    return model(charge, Equipment(), lambda name: 0.5)


def test_constant_and_falling_rate_of_geankoplis() -> None:
    """R16: Geankoplis, examples 9.7-1 and 9.7-2, within 0.5 %: 2.63 h at the constant rate and 4.39 h of falling.

    399 kg on 18.58 m2, 1.51 kg/m2/h, from 0.38 over 0.195 to 0.04.
    """
    assert constant_hours(399.0, 18.58, 1.51, 0.38, 0.195) == pytest.approx(2.63, rel=5e-3)
    assert falling_hours(399.0, 18.58, 1.51, 0.195, 0.04, 0.195) == pytest.approx(4.39, rel=5e-3)
    trays = TrayDrying(until=0.04, area=18.58, rate=1.51, critical=0.195, equilibrium=0.0)
    assert dry(trays, Charge(399.0 * 1.38, quality={"moisture": 0.38})).hours == pytest.approx(2.631 + 4.393, rel=5e-4)


def test_time_scales_as_coulson_and_richardson_say() -> None:
    """R17: Coulson and Richardson, example 16.1, within 0.3 %.

    0.25 to 0.10 in 15 ks, with 0.15 critical and 0.05 at rest; then 0.30 to 0.08 takes 24.0 ks.

    For a unit rate the times are to one another as 15 ks to what is asked for.
    """

    def hours(first: float, last: float) -> float:
        trays = TrayDrying(until=last, area=1.0, rate=1.0, critical=0.15, equilibrium=0.05, at_most=1000.0)
        return dry(trays, Charge(100.0 * (1.0 + first), quality={"moisture": first})).hours

    assert 15.0 * hours(0.30, 0.08) / hours(0.25, 0.10) == pytest.approx(24.0, rel=3e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_halted_charge_is_dry_at_the_same_hour(share: float) -> None:
    trays, wet = TrayDrying(until=0.03), Charge(130.0, quality={"moisture": 0.3})
    whole = dry(trays, wet)
    assert whole.profile is not None
    rest = dry(trays, whole.profile(share * whole.hours))
    assert share * whole.hours + rest.hours == pytest.approx(whole.hours, abs=1e-9)
    assert rest.charge.mass == pytest.approx(103.0, rel=1e-9)


def test_a_moisture_that_is_never_reached_takes_all_the_time_there_is() -> None:
    found = dry(TrayDrying(until=0.005, at_most=9.0), Charge(130.0, quality={"moisture": 0.3}))
    assert (found.hours, found.late) == (9.0, "moisture 0.005 kg/kg")
    assert dry(TrayDrying(until=0.05), Charge(102.0, quality={"moisture": 0.02})).hours == 0.0

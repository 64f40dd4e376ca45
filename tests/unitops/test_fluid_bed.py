"""Fluid-bed drying: its limits, its balances, and that it can be halted anywhere."""

from __future__ import annotations

from math import log

import pytest

from plantsim.contracts import Charge, Equipment, Outcome
from plantsim.unitops.fluid_bed import CA, CV, CW, R0, FluidBedDrying, saturation


def dry(model: FluidBedDrying, charge: Charge, luck: float = 0.5) -> Outcome:
    return model(charge, Equipment(), lambda name: luck)


WET = Charge(125.0, temperature=25.0, quality={"moisture": 0.25})
BED = FluidBedDrying(until=0.02)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_halted_charge_is_dry_at_the_same_hour(share: float) -> None:
    whole = dry(BED, WET)
    assert whole.profile is not None
    rest = dry(BED, whole.profile(share * whole.hours))
    assert share * whole.hours + rest.hours == pytest.approx(whole.hours, abs=1e-6)
    assert rest.charge.mass == pytest.approx(whole.charge.mass, rel=1e-9)


def test_it_stops_at_its_moisture_and_only_water_goes() -> None:
    """100 kg of dry solid are 102 kg at 2 %; of 25 kg of water 2 kg stay, 0.25 / 1.25 = 20 % of the wet mass."""
    wet = WET.but(composition={"lactose": 0.8, "water": 0.2})
    found = dry(BED, wet)
    assert found.charge.quality["moisture"] == pytest.approx(0.02, abs=1e-9)
    assert found.charge.mass == pytest.approx(102.0, rel=1e-9)
    assert found.charge.mass * found.charge.composition["lactose"] == pytest.approx(100.0, rel=1e-9)
    assert found.charge.mass * found.charge.composition["water"] == pytest.approx(2.0, rel=1e-7)


def test_at_one_temperature_it_is_a_constant_rate_and_then_a_falling_one() -> None:
    """So much air that comes so little near saturation that it cools nothing: w = G e (Ysat(70) - Yin), then linear.

    t = 1 / w [(X1 - Xc) + (Xc - Xe) ln((Xc - Xe) / (X2 - Xe))] for 1 kg of dry solid.
    """
    bed = FluidBedDrying(until=0.02, air_flow=1e7, saturated=1e-5)
    rate = 1e7 * 1e-5 * (saturation(70.0) - 0.008)
    hours = 100.0 / rate * ((0.25 - 0.1) + 0.095 * log(0.095 / 0.015))
    assert dry(bed, WET.but(temperature=70.0)).hours == pytest.approx(hours, rel=2e-3)


def test_heat_limits_it_while_it_is_wet() -> None:
    """At rest the heat that the air gives up evaporates water: G c (Tin - T) = w r(T), with w = G e (Ysat(T) - Yin)."""
    found = dry(BED, Charge(1000.0, temperature=29.0, quality={"moisture": 0.25}))
    assert found.profile is not None
    early, later = found.profile(1.0), found.profile(2.0)
    assert early.temperature == pytest.approx(later.temperature, abs=0.05)
    warm = later.temperature
    water = 800.0 * (early.quality["moisture"] - later.quality["moisture"])
    assert water == pytest.approx(1500.0 * 0.9 * (saturation(warm) - 0.008), rel=1e-3)
    heat = 1500.0 * (CA + CV * 0.008) * (70.0 - warm)
    assert heat == pytest.approx(water * (R0 - (CW - CV) * warm), rel=5e-3)


def test_steam_heats_the_air_for_as_long_as_it_dries() -> None:
    """1500 kg/h of air from 20 to 70 °C take 76.6 MJ/h, or 35.9 kg/h of steam."""
    (flow,) = dry(BED, WET).draws["steam"]
    assert flow == (0.0, pytest.approx(1500.0 * (1.006 + 1.86 * 0.008) * 50.0 / 2133.0))


def test_it_takes_longer_for_more_wetter_and_with_less_or_colder_air() -> None:
    hours = dry(BED, WET).hours
    assert dry(BED, Charge(250.0, temperature=25.0, quality={"moisture": 0.25})).hours == pytest.approx(2.0 * hours)
    for slower in (
        dry(BED, WET.but(moisture=0.3)),
        dry(FluidBedDrying(until=0.01), WET),
        dry(FluidBedDrying(until=0.02, air_flow=1200.0), WET),
        dry(FluidBedDrying(until=0.02, inlet_temperature=60.0), WET),
        dry(FluidBedDrying(until=0.02, inlet_humidity=0.015), WET),
        dry(FluidBedDrying(until=0.02, saturated=0.6), WET),
        dry(FluidBedDrying(until=0.02, scatter=0.1), WET, 0.1),
    ):
        assert slower.hours > hours
    assert dry(FluidBedDrying(until=0.02, scatter=0.1), WET, 0.9).hours < hours


def test_a_dry_charge_takes_no_time_and_one_that_can_not_be_dried_all_that_there_is() -> None:
    assert dry(BED, WET.but(moisture=0.01)).hours == 0.0
    never = dry(FluidBedDrying(until=0.004, at_most=5.0), WET)
    assert never.hours == 5.0
    assert never.late == "moisture 0.004 kg/kg"
    assert never.charge.quality["moisture"] == pytest.approx(0.005, abs=1e-4)
    with pytest.raises(ValueError, match="can't be negative"):
        dry(BED, WET.but(moisture=-0.1))

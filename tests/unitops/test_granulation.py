"""Wet granulation in a mixer: liquid, packing, growth, power and heat, and that it can be halted anywhere."""

from __future__ import annotations

from math import exp, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge, Outcome
from plantsim.unitops.fluid_bed import CW
from plantsim.unitops.granulation import HighShearGranulation

POWDER = Charge(100.0, quality={"moisture": 0.0, "d50": 80e-6}, composition={"lactose": 1.0})
MIXER = HighShearGranulation(liquid=0.22)


def work(outcome: Outcome) -> float:
    """Energy that is drawn [kWh]."""
    rates = [*outcome.draws["power"], (outcome.hours, 0.0)]
    return sum(rate * (rates[k + 1][0] - at) for k, (at, rate) in enumerate(rates[:-1]))


def test_times_of_mixing_liquid_and_massing() -> None:
    """0.05 h dry, 22 kg at 120 kg/h in 0.1833 h, 0.1 h of massing: 0.3333 h; 22 of 122 kg are water."""
    made = ends_at_the_same_hour(MIXER, POWDER, within=1e-9)
    assert made.hours == pytest.approx(0.05 + 22.0 / 120.0 + 0.1, rel=1e-9)
    assert made.charge.mass == pytest.approx(122.0, rel=1e-9)
    assert made.charge.composition["water"] == pytest.approx(22.0 / 122.0, rel=1e-9)
    assert made.charge.quality["moisture"] == pytest.approx(0.22, rel=1e-9)
    assert made.late == ""


def test_granules_are_packed_and_fill_with_liquid() -> None:
    """0.2833 h after the first liquid e = 0.2 + 0.3 e^(-8 x 0.2833) = 0.2311, S = 0.33 x 0.7689 / e = 1.098."""
    quality = play(MIXER, POWDER).charge.quality
    porosity = 0.2 + 0.3 * exp(-8.0 * (22.0 / 120.0 + 0.1))
    assert quality["porosity"] == pytest.approx(porosity, rel=1e-7)
    assert quality["saturation"] == pytest.approx(0.22 * 1.5 * (1.0 - porosity) / porosity, rel=1e-6)


def test_growth_in_closed_form() -> None:
    """Packed to the end at once, S = X 1.5 x 0.8 / 0.2 = 6 X: above 0.5 from X = 1/12 on.

    While liquid comes at 1.2 kg/kg/h the integral of 6 X - 0.5 over time is (6 X - 0.5)^2 / (2 x 6 x 1.2), and in 0.1 h
    of massing (6 x 0.22 - 0.5) 0.1.
    """
    mixer = HighShearGranulation(liquid=0.22, porosity=0.2, least_porosity=0.2, growth=5.0)
    end = 6.0 * 0.22 - 0.5
    grown = exp(5.0 * (end**2 / (2.0 * 6.0 * 1.2) + end * 0.1))
    assert play(mixer, POWDER).charge.quality["d50"] == pytest.approx(80e-6 * grown, rel=1e-6)


def test_until_a_power() -> None:
    """Power is (20 + 100 S^2) 100 kg: 12 kW at S = 1, e = 0.33 / 1.33, ln(0.3 / (e - 0.2)) / 8 h after the liquid.

    9 kW is passed before all the liquid is in, so it stops as soon as that is.
    """
    hours = {}
    for power in (9.0, 12.0):
        mixer = HighShearGranulation(liquid=0.22, until=power)
        made = ends_at_the_same_hour(mixer, POWDER)
        assert made.late == ""
        hours[power] = made.hours
    porosity = 0.33 / 1.33
    assert hours[12.0] == pytest.approx(0.05 + log(0.3 / (porosity - 0.2)) / 8.0, rel=1e-6)
    assert hours[9.0] == pytest.approx(0.05 + 22.0 / 120.0, rel=1e-9)
    never = play(HighShearGranulation(liquid=0.05, until=12.0), POWDER)
    assert (never.hours, never.late) == (2.0, "power 12 kW")


def test_all_the_power_and_the_liquid_warm_it() -> None:
    """Adiabatic: (1.2 + 0.22 x 4.187) 100 kg are warmed by the impeller, and by liquid that is warmer than 20 °C."""
    made = play(MIXER, POWDER)
    rise = made.charge.temperature - 20.0
    assert 100.0 * (1.2 + 0.22 * CW) * rise == pytest.approx(3600.0 * work(made), rel=1e-6)
    warm = play(HighShearGranulation(liquid=0.22, spray_temperature=50.0), POWDER)
    heat = 100.0 * (1.2 + 0.22 * CW) * (warm.charge.temperature - 20.0) - 22.0 * CW * 30.0
    assert heat == pytest.approx(3600.0 * work(warm), rel=1e-6)


def test_more_liquid_is_longer_coarser_and_harder_to_turn() -> None:
    usual, wet = play(MIXER, POWDER), play(HighShearGranulation(liquid=0.25), POWDER)
    assert wet.hours > usual.hours
    assert wet.charge.quality["d50"] > usual.charge.quality["d50"]
    assert work(wet) > work(usual)
    assert play(HighShearGranulation(liquid=0.22, spray=240.0), POWDER).hours < usual.hours
    assert play(HighShearGranulation(liquid=0.0), POWDER).charge.quality["d50"] == pytest.approx(80e-6)
    short = ends_at_the_same_hour(HighShearGranulation(liquid=0.22, at_most=0.2), POWDER)
    assert (short.hours, short.late) == (pytest.approx(0.2), "the liquid")


@given(mass=st.floats(5.0, 500.0), liquid=st.floats(0.0, 0.3), wet=st.floats(0.0, 0.1), share=st.floats(0.0, 1.0))
def test_only_the_liquid_is_added(mass: float, liquid: float, wet: float, share: float) -> None:
    """And the heat is that of the work, to the tolerance of the solver."""
    lot = Charge(
        mass, quality={"moisture": wet, "d50": 1e-4}, composition={"lactose": 1 / (1 + wet), "water": wet / (1 + wet)}
    )
    made = play(HighShearGranulation(liquid=liquid, at_most=9.0, growth=1.0), lot)
    assert made.profile is not None
    dry = mass / (1.0 + wet)
    now = made.profile(share * made.hours)
    for charge in (now, made.charge):
        assert charge.mass == pytest.approx(dry * (1.0 + charge.quality["moisture"]), rel=1e-9)
        assert charge.mass * charge.composition["lactose"] == pytest.approx(dry, rel=1e-9)
        assert sum(charge.composition.values()) == pytest.approx(1.0, abs=1e-9)
    assert made.charge.quality["moisture"] == pytest.approx(wet + liquid, abs=1e-9)
    heat = dry * (1.2 + (wet + liquid) * CW) * (made.charge.temperature - 20.0)
    assert heat == pytest.approx(3600.0 * work(made), rel=1e-5)


def test_nonsense_is_told() -> None:
    with pytest.raises(ValueError, match=r"'moisture' of a charge must be at least 0, got -0\.1"):
        play(MIXER, POWDER.but(moisture=-0.1))
    with pytest.raises(ValueError, match="'d50' of a charge must be at least 0, got nan"):
        play(MIXER, POWDER.but(d50=nan))
    with pytest.raises(KeyError, match="d50"):
        play(MIXER, Charge(10.0, quality={"moisture": 0.1}))

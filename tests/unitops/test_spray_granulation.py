"""Granulation in a fluid bed: water and heat of the bed, layers of binder, and that it can be halted anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.fluid_bed import CA, CV, CW, R0, saturation
from plantsim.unitops.spray_granulation import FluidBedGranulation, layering

PARTS = {"lactose": 1 / 1.02, "water": 0.02 / 1.02}
POWDER = Charge(102.0, temperature=25.0, quality={"moisture": 0.02, "d50": 100e-6}, composition=PARTS)
BED = FluidBedGranulation(until=0.02, binder=0.05, spray=40.0)


def test_it_sprays_and_dries_and_only_binder_is_more() -> None:
    """5 % of binder on 100 kg in a solution of 10 % at 40 kg/h: 1.25 h; then dry again: 105 x 1.02 = 107.1 kg."""
    made = ends_at_the_same_hour(BED, POWDER)
    assert made.hours > 1.25
    assert made.charge.mass == pytest.approx(107.1, rel=1e-9)
    assert made.charge.mass * made.charge.composition["lactose"] == pytest.approx(100.0, rel=1e-9)
    assert made.charge.mass * made.charge.composition["binder"] == pytest.approx(5.0, rel=1e-9)
    assert made.charge.mass * made.charge.composition["water"] == pytest.approx(2.1, rel=1e-6)
    assert made.draws["steam"] == ((0.0, pytest.approx(1500.0 * (CA + CV * 0.008) * 50.0 / 2133.0)),)
    assert not {"binder so far", "hours in the bed"} & made.charge.quality.keys()


def test_layers_alone_grow_as_the_third_root_of_the_mass() -> None:
    """d = d0 (M / M0)^(1/3): with 40 % of binder 1.4^(1/3) = 1.1187; G = 2 m / (rho A) over the spray gives as much."""
    bed = FluidBedGranulation(until=0.02, binder=0.4, spray=40.0, solids=0.3, sticking=0.0)
    made = play(bed, POWDER)
    assert made.charge.quality["d50"] == pytest.approx(100e-6 * 1.4 ** (1 / 3), rel=1e-9)
    size, mass, step = 100e-6, 100.0, 40.0 / 12.0 / 20_000
    for _ in range(20_000):  # by small steps: the surface of M kg of balls is 6 M / (rho d)
        size += layering(12.0, 6.0 * (mass + 6.0 * step) / (1500.0 * size), 1500.0) * step
        mass += 12.0 * step
    assert made.charge.quality["d50"] == pytest.approx(size, rel=1e-5)


def test_sticking_together_halves_their_number() -> None:
    """B N0 / 2 = 2 /h for 1.25 h: N0 / N = 1 + 2 x 1.25 = 3.5, and d = d0 (1.05 x 3.5)^(1/3)."""
    assert play(BED, POWDER).charge.quality["d50"] == pytest.approx(100e-6 * (1.05 * 3.5) ** (1 / 3), rel=1e-9)


def test_a_wet_bed_at_rest_takes_what_is_sprayed_and_the_air_pays() -> None:
    """Little air for much spray and a bed above its critical moisture: w = G e (Ysat(T) - Yin) is at a wet bulb.

    The heat that the air gives up evaporates it and warms the cold spray: the bed's temperature no longer moves.
    """
    bed = FluidBedGranulation(until=0.02, binder=0.05, spray=60.0, solids=0.05, critical=0.02, spray_temperature=20.0)
    profile = play(bed, POWDER.but(mass=1020.0)).profile
    assert profile is not None
    early, later = profile(3.0), profile(3.01)
    assert later.temperature == pytest.approx(early.temperature, abs=0.01)
    warm = later.temperature
    water = 1500.0 * 0.9 * (saturation(warm) - 0.008)
    gained = 57.0 - water
    wet = later.mass * later.composition["water"] - early.mass * early.composition["water"]
    assert wet == pytest.approx(gained * 0.01, rel=1e-2)
    heat = 1500.0 * (CA + CV * 0.008) * (70.0 - warm) - (57.0 * CW + 3.0 * 1.2) * (warm - 20.0)
    assert heat == pytest.approx(water * (R0 - (CW - CV) * warm), rel=5e-3)


def test_faster_spray_is_wetter_and_less_air_is_slower() -> None:
    def wettest(**words: float) -> float:
        made = play(FluidBedGranulation(until=0.02, binder=0.05, **words), POWDER)  # type: ignore[arg-type]
        assert made.profile is not None
        return max(made.profile(made.hours * k / 50).quality["moisture"] for k in range(51))

    assert wettest(spray=60.0) > wettest(spray=40.0)
    assert wettest(spray=60.0, air_flow=1200.0) > wettest(spray=60.0)
    slow = FluidBedGranulation(until=0.02, binder=0.05, spray=40.0, air_flow=900.0)
    assert play(slow, POWDER).hours > play(BED, POWDER).hours
    never = play(FluidBedGranulation(until=0.004, binder=0.05, spray=40.0, at_most=4.0), POWDER)
    assert (never.hours, never.late) == (pytest.approx(4.0), "moisture 0.004 kg/kg")
    cut = ends_at_the_same_hour(FluidBedGranulation(until=0.02, binder=0.05, spray=40.0, at_most=1.0), POWDER)
    assert (cut.hours, cut.late) == (pytest.approx(1.0), "binder 0.05 kg/kg")


@settings(max_examples=25)
@given(
    mass=st.floats(20.0, 300.0), spray=st.floats(5.0, 60.0), binder=st.floats(0.0, 0.1), air=st.floats(1000.0, 4000.0),
    share=st.floats(0.0, 1.0),
)  # fmt: skip
def test_mass_and_components_are_balanced(mass: float, spray: float, binder: float, air: float, share: float) -> None:
    bed = FluidBedGranulation(until=0.02, binder=binder, spray=spray, air_flow=air, at_most=200.0)
    lot = POWDER.but(mass=mass)
    made = play(bed, lot)
    assert made.profile is not None
    for charge in (made.profile(share * made.hours), made.charge):
        assert charge.mass * charge.composition["lactose"] == pytest.approx(mass / 1.02, rel=1e-9)
        dry = charge.mass * (charge.composition["lactose"] + charge.composition.get("binder", 0.0))
        assert charge.mass == pytest.approx(dry * (1.0 + charge.quality["moisture"]), rel=1e-9)
        assert sum(charge.composition.values()) == pytest.approx(1.0, abs=1e-9)


def test_nonsense_is_told() -> None:
    with pytest.raises(ValueError, match="more than 0 kg, got -1"):
        play(BED, POWDER.but(mass=-1.0))
    with pytest.raises(KeyError, match="moisture"):
        play(BED, Charge(10.0, quality={"d50": 1e-4}))

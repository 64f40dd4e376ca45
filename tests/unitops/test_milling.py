"""Milling and sieving: energy laws, what a screen lets through, and that they can be halted anywhere."""

from __future__ import annotations

import random
from math import exp, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.milling import Milling, energy
from plantsim.unitops.sieving import TENTH, Sieving

DRY = Charge(110.0, quality={"d50": 0.0008, "d90": 0.002}, composition={"lactose": 0.98, "water": 0.02})


def test_energy_laws_of_coulson_and_richardson() -> None:
    """R20: Coulson and Richardson, example 2.1, within 0.1 %: 50 to 10 mm takes 13 kJ/kg; 75 to 25 mm then 4.333 by
    Rittinger and 8.874 by Kick.

    By Bond 13 (1/5 - 1/sqrt 75) / (1/sqrt 10 - 1/sqrt 50) = 6.286, between the two.
    """
    assert energy("Rittinger", 13.0, 75.0, 25.0, 50.0, 10.0) == pytest.approx(4.333, rel=1e-3)
    assert energy("Kick", 13.0, 75.0, 25.0, 50.0, 10.0) == pytest.approx(8.874, rel=1e-3)
    assert energy("Bond", 13.0, 75.0, 25.0, 50.0, 10.0) == pytest.approx(6.286, rel=1e-3)


def test_feed_or_power_sets_the_time_and_the_energy_warms_it() -> None:
    """2 to 0.7 mm by Kick from 3 kJ/kg for 2 to 0.5 mm: 3 ln(20/7) / ln 4 = 2.272 kJ/kg.

    2.5 kW would do 3,961 kg/h; fed at 200 kg/h, 110 kg take 0.55 h, at 0.5 + 0.126 kW.  A motor with 0.05 kW to spare
    does 79.2 kg/h: 1.389 h.
    """
    made = ends_at_the_same_hour(Milling(screen=0.001), DRY, within=1e-9)
    spent = 3.0 * log(20.0 / 7.0) / log(4.0)
    assert made.hours == pytest.approx(0.55, rel=1e-9)
    assert made.quality["energy"] == pytest.approx(spent, rel=1e-9)
    assert made.draws["power"] == ((0.0, pytest.approx(0.5 + spent * 200.0 / 3600.0)),)
    assert made.charge.temperature == pytest.approx(20.0 + spent / 1.2, rel=1e-9)
    assert made.charge.quality == {"d50": pytest.approx(0.00028), "d90": pytest.approx(0.0007)}
    weak = ends_at_the_same_hour(Milling(screen=0.001, power=0.55), DRY, within=1e-9)
    assert weak.hours == pytest.approx(110.0 * spent / (0.05 * 3600.0), rel=1e-9)


def test_a_finer_screen_takes_more_and_a_coarse_one_nothing() -> None:
    assert play(Milling(screen=0.0005), DRY).quality["energy"] > play(Milling(screen=0.001), DRY).quality["energy"]
    coarse = play(Milling(screen=0.005), DRY)
    assert coarse.quality["energy"] == 0.0
    assert coarse.charge.quality["d50"] == 0.0008
    short = ends_at_the_same_hour(Milling(screen=0.001, at_most=0.3), DRY, within=1e-9)
    assert (short.hours, short.late) == (pytest.approx(0.3), "milling")
    untold = play(Milling(screen=0.001), Charge(10.0, quality={"d50": 0.0008}))
    assert untold.charge.quality["d90"] == pytest.approx(0.0007)


def test_what_passes_a_screen_at_the_median_is_half() -> None:
    """A screen of d50 lets half through; of that the median is the first quartile, d50 e^(-0.6745 sigma)."""
    made = ends_at_the_same_hour(Sieving(screen=0.0008), DRY, within=1e-9)
    sigma = log(2.5) / 1.28155
    assert made.charge.mass == pytest.approx(55.0, rel=1e-9)
    assert made.quality["oversize"] == pytest.approx(0.5, rel=1e-9)
    assert made.charge.quality["d50"] == pytest.approx(0.0008 * exp(-0.67449 * sigma), rel=1e-4)
    assert made.hours == pytest.approx(110.0 / 250.0, rel=1e-9)
    assert play(Sieving(screen=0.002), DRY).charge.mass == pytest.approx(99.0, rel=1e-9)


def test_sizes_that_pass_against_a_drawn_sample() -> None:
    """200,000 granules drawn, weights being sizes of a lognormal: share and quantiles of those below 1 mm."""
    luck, sigma = random.Random(3), log(2.5) / TENTH
    below = sorted(d for d in (0.0008 * exp(luck.gauss(0.0, sigma)) for _ in range(200_000)) if d < 0.001)
    share, d50, d90 = Sieving(screen=0.001).through(0.0008, 0.002)
    assert share == pytest.approx(len(below) / 200_000, abs=4 * 0.5 / 200_000**0.5)
    assert d50 == pytest.approx(below[len(below) // 2], rel=0.01)
    assert d90 == pytest.approx(below[int(0.9 * len(below))], rel=0.01)


@given(
    mass=st.floats(1.0, 1000.0), d50=st.floats(1e-4, 5e-3), spread=st.floats(1.2, 5.0), ratio=st.floats(0.5, 4.0),
    share=st.floats(0.0, 1.0),
)  # fmt: skip
def test_balances_of_mass_components_and_heat(
    mass: float, d50: float, spread: float, ratio: float, share: float
) -> None:
    lot, screen = Charge(mass, quality={"d50": d50, "d90": d50 * spread}, composition=DRY.composition), ratio * d50
    milled = play(Milling(screen=screen, at_most=1e3), lot)
    assert milled.charge.mass == pytest.approx(mass, rel=1e-9)
    assert milled.charge.quality["d90"] <= d50 * spread * (1 + 1e-12)
    ((_, power),) = milled.draws["power"]
    warmed = mass * 1.2 * (milled.charge.temperature - 20.0)
    assert warmed == pytest.approx(3600.0 * (power - 0.5) * milled.hours, rel=1e-9, abs=1e-9)
    sieved = play(Sieving(screen=screen, at_most=1e3), lot)
    assert sieved.profile is not None
    half = sieved.profile(share * sieved.hours)
    assert mass - half.mass == pytest.approx(mass * share * sieved.quality["oversize"], abs=1e-9 * mass)
    for made in (milled, sieved):
        assert made.charge.composition == lot.composition
    assert sieved.charge.quality["d90"] <= screen * (1 + 1e-12)


def test_nonsense_is_told() -> None:
    with pytest.raises(ValueError, match="'d50' of a charge must be at least 0, got nan"):
        play(Milling(screen=0.001), DRY.but(d50=nan))
    with pytest.raises(KeyError, match="d50"):
        play(Milling(screen=0.001), Charge(10.0))
    with pytest.raises(ValueError, match=r"a motor of 0\.4 kW that takes 0\.5 kW without granules mills none"):
        play(Milling(screen=0.001, power=0.4), DRY)
    with pytest.raises(ValueError, match="sizes need 0 < d50 < d90"):
        play(Sieving(screen=0.001), DRY.but(d90=0.0001))
    with pytest.raises(ValueError, match=r"nothing of 0\.0008 m passes a screen of 1e-09 m"):
        play(Sieving(screen=1e-9), DRY)
    with pytest.raises(ValueError, match="more than 0 kg"):
        play(Sieving(screen=0.001), DRY.but(mass=0.0))

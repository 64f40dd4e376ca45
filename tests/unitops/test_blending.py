"""Blending: the index of Lacey, mixing against segregation, and that it can be halted anywhere."""

from __future__ import annotations

from math import exp, log, nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.blending import Blending, lacey

BIN = Charge(120.0, composition={"statin": 0.05, "lactose": 0.95})


def test_lacey_index_of_coulson_and_richardson() -> None:
    """R21: Coulson and Richardson, example 1.3, within 1e-3: p = 0.20, samples of 100, at 30 to 150 s; best at 60 s,
    and segregation after.
    """
    variances = [0.025, 0.006, 0.015, 0.018, 0.019]
    found = [lacey(0.20, 100, each) for each in variances]
    assert found == pytest.approx([0.852, 0.972, 0.915, 0.896, 0.890], abs=1e-3)


def test_variance_decays_as_it_mixes_and_ends_with_that_of_a_random_mix() -> None:
    """p = 0.05, n = 20,000, k = 0.03: after 100 turns (1/n + (1 - 1/n) e^-3) 0.95 / 0.05 is the squared deviation."""
    blended = play(Blending(turns=100.0, active="statin"), BIN)
    assert blended.hours == pytest.approx(100.0 / 720.0)
    rest = 1 / 20_000 + (1 - 1 / 20_000) * exp(-3.0)
    assert blended.charge.quality["blend rsd"] == pytest.approx(sqrt(rest * 0.95 / 0.05), rel=1e-12)
    assert blended.charge.quality["mixing index"] == pytest.approx(1.0 - exp(-3.0), rel=1e-12)
    forever = play(Blending(turns=1e4, active="statin", at_most=20.0), BIN)
    assert forever.charge.quality["blend rsd"] == pytest.approx(sqrt(0.95 / 0.05 / 20_000), rel=1e-9)


def test_until_samples_are_alike() -> None:
    """A squared deviation of 0.05^2 = (1/n + (1 - 1/n) e^-kN) 19 gives N = -ln((0.0025/19 - 1/n) / (1 - 1/n)) / k."""
    whole = ends_at_the_same_hour(Blending(until=0.05, active="statin"), BIN, within=1e-9)
    turns = -log((0.0025 / 19 - 1 / 20_000) / (1 - 1 / 20_000)) / 0.03
    assert whole.hours == pytest.approx(turns / 720.0, rel=1e-9)
    assert whole.charge.quality["blend rsd"] == pytest.approx(0.05, rel=1e-9)
    assert whole.late == ""
    assert whole.draws == {"power": ((0.0, 2.0),)}


def test_there_is_a_best_number_of_turns() -> None:
    """k = 0.03, j = 0.001, g = 0.01: N* = ln(3000) / 0.029 = 276.1 turns; fewer and more are worse."""
    bin_ = Blending(segregated=0.01)
    assert bin_.best == pytest.approx(log(0.03 / 1e-5) / 0.029, rel=1e-12)
    at = [bin_.evenness(bin_.best + more, 0.1)["blend rsd"] for more in (-50.0, -1.0, 0.0, 1.0, 50.0)]
    assert at[2] == min(at)
    assert at[0] > at[1] and at[4] > at[3]
    assert Blending().best == float("inf")


def test_what_is_never_reached_takes_all_the_time_there_is() -> None:
    """Segregation stops it above an RSD of 2 %, however long; and a bin that turns too slowly is stopped too."""
    never = play(Blending(until=0.02, segregated=0.01), BIN)
    assert (never.hours, never.late) == (2.0, "blend rsd 0.02")
    slow = ends_at_the_same_hour(Blending(turns=300.0, speed=60.0), BIN, within=1e-9)
    assert (slow.hours, slow.late) == (2.0, "blending")


def test_time_alone_ends_it_and_halting_changes_nothing() -> None:
    assert ends_at_the_same_hour(Blending(lasts=0.3, segregated=0.01), BIN).hours == pytest.approx(0.3)
    assert "turns so far" not in play(Blending(), BIN).charge.quality


@given(
    mixing=st.floats(0.005, 0.1),
    speed=st.floats(100.0, 2000.0),
    turns=st.floats(1.0, 1000.0),
    share=st.floats(0.0, 1.0),
)
def test_nothing_is_lost_and_faster_is_sooner(mixing: float, speed: float, turns: float, share: float) -> None:
    made = play(Blending(turns=turns, mixing=mixing, speed=speed, segregated=share, at_most=20.0), BIN)
    assert made.charge.mass == pytest.approx(BIN.mass, rel=1e-9)
    assert made.charge.composition == BIN.composition
    assert made.hours == pytest.approx(turns / speed, rel=1e-9)
    assert made.charge.quality["mixing index"] <= 1.0
    without = Blending(mixing=mixing).evenness(turns, 0.1)["blend rsd"]
    assert without <= Blending(mixing=mixing, segregated=share).evenness(turns, 0.1)["blend rsd"] + 1e-12


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        (BIN.but(mass=-1.0), "a charge needs a mass of more than 0 kg, got -1 kg"),
        (BIN.but(mass=nan), "a charge needs a mass of more than 0 kg, got nan kg"),
        (BIN.but(temperature=4000.0), "must be a number from -273.15 to 1000 degC, got 4000"),
        (BIN.but(composition={"statin": 1.0}), "the fraction of the active must be between 0 and 1, got 1"),
        (BIN.but(**{"turns so far": -3.0}), "'turns so far' of a charge must be at least 0, got -3"),
    ],
)
def test_nonsense_is_told(charge: Charge, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        play(Blending(active="statin"), charge)
    with pytest.raises(KeyError, match="statin"):
        play(Blending(active="statin"), Charge(10.0))
    with pytest.raises(ValueError, match="a sample must be of 2 particles or more, got 1"):
        lacey(0.2, 1.0, 0.1)

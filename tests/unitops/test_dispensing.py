"""Dispensing and charging: containers, rates, the error of weighing, and what mixes with what."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge, Equipment
from plantsim.unitops.dispensing import Dispensing

VESSEL = Charge(100.0, 110.0, 20.0, {"S": 1.0})


def test_drums_are_handled_one_by_one() -> None:
    """120 kg in drums of 50 kg are 3 drums: 3 x 0.1 h, and 120 kg at 240 kg/h are 0.5 h; 0.8 h."""
    found = play(Dispensing(container=50.0, handling=0.1, rate=240.0), Charge(120.0))
    assert found.hours == pytest.approx(0.8, rel=1e-12)
    assert found.charge == Charge(120.0)


def test_a_solid_comes_in_and_is_halted_anywhere() -> None:
    """30 kg of A at 60 °C into 100 kg at 20 °C: (100 x 20 + 30 x 60) / 130 = 29.23 °C; 130.2 L are 110 L and 20 L."""
    model = Dispensing(
        component="A", amount=0.3, container=12.0, handling=0.2, rate=60.0, density=1.5, temperature=60.0
    )
    found = ends_at_the_same_hour(model, VESSEL)
    assert found.hours == pytest.approx(3 * 0.2 + 0.5, rel=1e-12)
    assert found.charge.mass * found.charge.composition["A"] == pytest.approx(30.0, rel=1e-12)
    assert found.charge.temperature == pytest.approx(3800.0 / 130.0, rel=1e-12)
    assert found.charge.volume == pytest.approx(130.0, rel=1e-12)
    assert found.charge.quality == {}


def test_the_error_of_a_sum_of_weighings_falls_with_their_number() -> None:
    """A weighing that is 2 % too much (one standard deviation, u = 0.8413) is 1 % too much for the sum of four."""

    def charged(container: float) -> float:
        model = Dispensing(component="A", amount=0.4, container=container, error=0.02)
        return model(VESSEL, Equipment(), lambda name: 0.8413447460685429).charge.mass - 100.0

    assert charged(40.0) == pytest.approx(40.8, rel=1e-9)
    assert charged(10.0) == pytest.approx(40.4, rel=1e-9)
    assert charged(10.0) == pytest.approx(40.0 * (1.0 + 0.02 / 2.0), rel=1e-9)


def test_time_is_over_before_all_is_in() -> None:
    """0.25 h at 100 kg/h are 25 kg."""
    found = play(Dispensing(component="A", amount=0.4, rate=100.0, at_most=0.25), VESSEL)
    assert (found.hours, found.late) == (0.25, "all charged")
    assert found.charge.mass == pytest.approx(125.0, rel=1e-12)


@given(st.floats(1.0, 5000.0), st.floats(0.0, 2.0), st.floats(5.0, 100.0), st.floats(0.0, 0.1), st.floats(0.0, 1.0))
def test_mass_and_heat_are_kept(mass: float, amount: float, container: float, error: float, share: float) -> None:
    """What was there is there still, all else is A; heat content at equal heat capacities adds up, halted or not."""
    model = Dispensing(component="A", amount=amount, container=container, error=error, handling=0.1, temperature=50.0)
    start = Charge(mass, 0.0, 20.0, {"S": 0.7, "A": 0.3})
    found = model(start, Equipment(), lambda name: 0.9)
    assert found.profile is not None
    for now in (found.charge, found.profile(share * found.hours)):
        assert now.mass * now.composition["S"] == pytest.approx(0.7 * mass, rel=1e-9)
        assert now.mass * now.temperature == pytest.approx(20.0 * mass + 50.0 * (now.mass - mass), rel=1e-9)
    rest = model(found.profile(share * found.hours), Equipment(), lambda name: 0.9)
    assert rest.hours == pytest.approx((1.0 - share) * found.hours, abs=1e-9)


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        (Charge(-1.0), "the mass of a charge must be a number that is not negative, got -1 kg"),
        (Charge(nan), "the mass of a charge must be a number that is not negative, got nan kg"),
        (
            Charge(1.0, temperature=nan),
            "a charge must be a number from -273.15 to 1000 degC, got nan",
        ),
        (Charge(1.0, temperature=400.0, composition={"water": 1.0}), "there is no liquid water at 400 degC"),
        (Charge(1.0, composition={"A": 0.5}), "the fractions of a charge must add up to 1, got 0.5"),
        (Charge(1.0, composition={"A": 1.5, "B": -0.5}), "the fraction of A must be from 0 to 1, got 1.5"),
        (Charge(1.0, quality={"assay": nan}), "assay must be a finite number, got nan"),
    ],
)
def test_a_charge_that_can_not_be_is_told(charge: Charge, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        play(Dispensing(), charge)

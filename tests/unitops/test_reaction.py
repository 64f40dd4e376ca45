"""Consecutive reactions in a batch at one temperature."""

from __future__ import annotations

from math import exp

import pytest
from scipy.optimize import minimize_scalar
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.reaction import GAS, ConsecutiveReactions, consecutive


def test_the_best_temperature_of_a_batch() -> None:
    """R5: the batch of Cott and Macchietto, within 0.1 %: C is 6.5126 at most, at 92.46 °C.

    ln k1 = 20.9057 - 1e4 / T, ln k2 = 38.9057 - 1.7e4 / T (per min), 12 of each, after 120 min. The rates are recalled,
    not read; the optimum has been computed twice.
    """

    def made(celsius: float) -> float:
        kelvin = celsius + 273.15
        rates = [60.0 * exp(a - b / kelvin) for a, b in ((20.9057, 1e4), (38.9057, 1.7e4))]
        return consecutive(*rates, [12.0, 12.0, 0.0, 0.0], 2.0).last[2]

    assert made(92.46) == pytest.approx(6.5126, rel=1e-3)
    best = minimize_scalar(lambda celsius: -made(celsius), bounds=(85.0, 100.0), method="bounded").x
    assert best == pytest.approx(92.46, rel=1e-3)


def test_conversion_and_selectivity_of_the_demonstration_set() -> None:
    """After an hour at 40 °C with 0.33 mol/L of each: 99.30 % of A are converted, 55.24 % of that to C."""
    first, second = (3600.0 * k * exp(-e / (GAS * 313.15)) for k, e in ((2.654e4, 4e4), (5.3e2, 3e4)))
    a, b, c, d = consecutive(first, second, [0.33, 0.33, 0.0, 0.0], 1.0).last
    assert 1.0 - a / 0.33 == pytest.approx(0.9930, abs=1e-4)
    assert c / (c + d) == pytest.approx(0.5524, abs=2e-4)
    assert b + c + d == pytest.approx(0.33, rel=1e-9)
    assert a + c + 2.0 * d == pytest.approx(0.33, rel=1e-7)


FLASK = Charge(100.0, volume=100.0, composition={"A": 0.033, "B": 0.0165, "solvent": 0.9505})


def test_it_stops_at_its_conversion_and_is_halted_anywhere() -> None:
    found = ends_at_the_same_hour(ConsecutiveReactions(conversion=0.98), FLASK)
    assert found.charge.composition["A"] == pytest.approx(0.02 * 0.033, rel=1e-7)
    assert sum(found.charge.composition.values()) == pytest.approx(1.0, abs=1e-9)
    assert found.charge.mass == 100.0
    assert play(ConsecutiveReactions(conversion=0.98, temperature=60.0), FLASK).hours < found.hours
    assert play(ConsecutiveReactions(conversion=0.98, at_most=0.1), FLASK).late == "conversion 0.98"
    with pytest.raises(ValueError, match="needs the volume"):
        play(ConsecutiveReactions(conversion=0.9), Charge(100.0, composition={"A": 1.0}))

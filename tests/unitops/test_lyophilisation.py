"""Primary drying in a freeze dryer."""

from __future__ import annotations

import pytest
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.lyophilisation import Lyophilisation


def test_primary_drying_of_the_reference_vial() -> None:
    """LyoPRONTO's case: 6.66 h, at the end -14.77 °C at the bottom; at first -35.858 °C and 0.02088 kg/m2/h."""
    vials = Lyophilisation()
    found = play(vials, Charge(100.0))
    assert found.hours == pytest.approx(6.66, abs=0.05)
    assert found.hours == pytest.approx(6.654, rel=5e-4)
    assert found.charge.temperature == pytest.approx(-14.77, abs=0.05)
    flow, front, _ = vials.flow(0.0, 0.0)
    assert front == pytest.approx(-35.858, abs=0.01)
    assert flow / 1000.0 / 3.14e-4 == pytest.approx(0.02088, rel=5e-3)
    last, _, _ = vials.flow(found.hours, vials.depth)
    assert last / 1000.0 / 3.14e-4 == pytest.approx(0.8945, rel=1e-3)


def test_it_is_halted_anywhere_and_only_ice_goes() -> None:
    """Of 2 mL with 0.05 g/mL of a solute of 1.5 g/mL, 1.9333 g are water: 3.33 % of the mass stay."""
    found = ends_at_the_same_hour(Lyophilisation(), Charge(100.0))
    assert found.charge.mass == pytest.approx(100.0 * (1.0 - 1.0 + 0.05 / 1.5), rel=1e-6)
    assert play(Lyophilisation(shelf=0.0), Charge(100.0)).hours > found.hours
    assert play(Lyophilisation(at_most=2.0), Charge(100.0)).late == "primary drying"

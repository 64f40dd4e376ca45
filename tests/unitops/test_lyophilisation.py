"""Primary drying in a freeze dryer."""

from __future__ import annotations

from pathlib import Path

import pytest
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.lyophilisation import Lyophilisation


def test_primary_drying_of_the_reference_vial() -> None:
    """R34: LyoPRONTO's case, hours within 0.5 % and temperatures within 0.05 K.

    6.66 h, at the end -14.77 °C at the bottom and 0.8945 kg/m2/h; at first -35.858 °C and 0.02088 kg/m2/h.
    """
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
    """2 mL with 0.05 g/mL of a solute of 1.5 g/mL are 1.9333 g of water and 0.1 g of solute: 4.918 % stay."""
    found = ends_at_the_same_hour(Lyophilisation(), Charge(100.0))
    assert found.charge.mass == pytest.approx(100.0 * 0.1 / (1.93333333333 + 0.1), rel=1e-6)
    assert play(Lyophilisation(shelf=0.0), Charge(100.0)).hours > found.hours
    assert play(Lyophilisation(at_most=2.0), Charge(100.0)).late == "primary drying"


@pytest.mark.needs_data
def test_the_whole_reference_run() -> None:
    """R34: all 670 rows of LyoPRONTO's run: front and bottom within 0.05 K, flux within 0.5 %, share dried in 0.2 %."""
    data = Path(__file__).resolve().parents[3] / "shared" / "data"
    file = data / "lyo_lyopronto" / "reference_primary_drying.csv"
    if not file.exists():
        pytest.skip(f"no benchmark data at {file}")
    rows = [[float(cell) for cell in line.split(";")] for line in file.read_text().splitlines()[1:]]
    vials = Lyophilisation()
    found = play(vials, Charge(100.0))
    assert found.profile is not None
    for hours, front, bottom, _, _, flux, percent in rows[:-1:10]:
        dried = found.profile(hours).quality["dried"]
        flow, cold, warm = vials.flow(hours, dried * vials.depth)
        assert (cold, warm) == pytest.approx((front, bottom), abs=0.05)
        assert flow / 1000.0 / 3.14e-4 == pytest.approx(flux, rel=5e-3)
        assert 100.0 * dried == pytest.approx(percent, abs=0.2)


def test_a_dryer_that_is_choked() -> None:
    """398 vials give 0.141 kg/h, which a dryer of -0.182 + 11.7 P can carry; one of 0.3 P can't, and warms up."""
    free, wide = Lyophilisation(), Lyophilisation(carries=(-0.182, 11.7), vials=398)
    assert play(wide, Charge(100.0)).hours == pytest.approx(play(free, Charge(100.0)).hours, rel=1e-9)
    choked = Lyophilisation(carries=(0.0, 0.3), vials=398)
    flow, _, bottom = choked.flow(2.0, 0.1 * choked.depth)
    assert free.flow(2.0, 0.1 * free.depth)[0] * 398.0 / 1000.0 == pytest.approx(0.141, abs=5e-4)
    assert bottom > free.flow(2.0, 0.1 * free.depth)[2]
    pressure = flow * 398.0 / 1000.0 / 0.3  # where the dryer carries what sublimes
    assert pressure > 0.15
    assert Lyophilisation(pressure=pressure).flow(2.0, 0.1 * choked.depth)[0] == pytest.approx(flow, rel=1e-9)


def test_a_product_too_warm_is_told() -> None:
    """At the end it is at -14.77 °C."""
    found = play(Lyophilisation(critical=-14.0), Charge(100.0))
    assert (found.late, found.quality["warmest"]) == ("", pytest.approx(-14.77, abs=0.05))
    warm = play(Lyophilisation(critical=-15.0), Charge(100.0))
    assert (warm.late, warm.broken) == ("", "product below -15 °C")

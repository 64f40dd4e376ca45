"""A seed train: passages, hours, cells and medium."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play, spent

from plantsim.contracts import Charge
from plantsim.unitops.seed_train import SeedTrain, growth_hours, passages

VIAL = Charge(0.05, 0.05, 37.0, quality={"cells": 4.0})


def test_passages_and_hours() -> None:
    """80 L from 50 mL are 1600 times; by 8: ln 1600 / ln 8 = 3.55, so 4 passages; at 0.03 1/h 245.9 h of growth."""
    assert [passages(ratio, 8.0) for ratio in (2.0, 8.0, 8.1, 1600.0, 4096.0)] == [1, 1, 2, 4, 4]
    assert growth_hours(1600.0, 0.03) == pytest.approx(245.93, abs=0.01)
    found = ends_at_the_same_hour(SeedTrain(ratio=1600.0, growth=0.03, death=0.0), VIAL)
    assert found.hours == pytest.approx(log(1600.0) / 0.03 + 4 * 1.0, rel=1e-12)
    assert found.charge.volume == pytest.approx(80.0, rel=1e-12)
    assert found.charge.quality == pytest.approx({"cells": 4.0, "dead": 0.0, "viability": 1.0})


@given(st.floats(1.1, 1e5), st.floats(1.5, 12.0), st.floats(0.015, 0.05), st.floats(0.0, 0.005))
def test_medium_and_cells_balance(ratio: float, split: float, growth: float, death: float) -> None:
    """Mass is the vial's and the medium's; a death for each mud/(mu - mud) cells that came."""
    found = play(SeedTrain(ratio=ratio, split=split, growth=growth, death=death, at_most=1e5), VIAL)
    medium = found.draws["medium"]
    came = spent(medium)
    assert found.charge.mass == pytest.approx(0.05 + came, rel=1e-9)
    assert found.charge.volume * found.charge.quality["cells"] == pytest.approx(0.05 * 4.0 * ratio, rel=1e-9)
    dead = found.charge.volume * found.charge.quality["dead"]
    assert dead == pytest.approx(0.2 * (ratio - 1.0) * death / (growth - death), rel=1e-6, abs=1e-12)


def test_it_is_halted_anywhere_and_may_be_late() -> None:
    found = ends_at_the_same_hour(SeedTrain(ratio=300.0, death=0.002), VIAL.but(dead=0.1))
    assert 0.9 < found.charge.quality["viability"] < 0.98
    short = ends_at_the_same_hour(SeedTrain(ratio=300.0, at_most=100.0), VIAL)
    assert (short.hours, short.late) == (100.0, "300 times the cells")
    assert play(SeedTrain(ratio=300.0, growth=0.02), VIAL).hours > play(SeedTrain(ratio=300.0), VIAL).hours
    with pytest.raises(ValueError, match="become no more"):
        play(SeedTrain(ratio=3.0, growth=0.01, death=0.01), VIAL)
    with pytest.raises(ValueError, match="'cells' that is a number and not negative, got -1"):
        play(SeedTrain(ratio=3.0), VIAL.but(cells=-1.0))

"""A fed batch by Monod."""

from __future__ import annotations

import pytest
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge
from plantsim.unitops.fed_batch import FedBatch

SEED = Charge(1.0, volume=1.0, quality={"cells": 0.05, "substrate": 10.0, "titre": 0.0})


def test_cells_substrate_and_product() -> None:
    """R24: a fed batch by Monod, within 1e-4.

    mumax 0.2, Ks 1, Yxs 0.5, Ypx 0.2, 0.05 L/h at 10 g/L: after 25 h and 50 h.

    The figures are those of notebook 02.07 of jckantor/CBE30338, which only plots; the values are an integration of our
    own, done twice.
    """
    found = ends_at_the_same_hour(FedBatch(lasts=50.0), SEED)
    end = found.charge.quality
    assert (end["cells"], end["titre"], end["substrate"]) == pytest.approx((4.97559, 0.99226, 0.07738), rel=1e-4)
    assert found.charge.volume == pytest.approx(3.5, rel=1e-9)
    assert found.profile is not None
    half = found.profile(25.0).quality
    assert (half["cells"], half["substrate"]) == pytest.approx((1.99183, 6.06078), rel=1e-4)


def test_cells_are_made_of_substrate() -> None:
    """R24: X V - Yxs (S that is gone) stays what it was, within 1e-9 (the case of jckantor/CBE30338)."""
    end = play(FedBatch(lasts=50.0), SEED).charge
    cells, rest = end.quality["cells"] * end.volume, end.quality["substrate"] * end.volume
    assert cells - 0.5 * (10.0 + 50.0 * 0.05 * 10.0 - rest) == pytest.approx(0.05, abs=1e-9)


def test_it_is_harvested_at_its_titre_or_late() -> None:
    found = play(FedBatch(until=0.5), SEED)
    assert found.charge.quality["titre"] == pytest.approx(0.5, rel=1e-6)
    assert play(FedBatch(until=5.0, lasts=40.0), SEED).late == "titre 5 g/L"

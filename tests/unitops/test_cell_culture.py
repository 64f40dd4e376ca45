"""A fed batch of animal cells with metabolites and oxygen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play, spent

from plantsim.contracts import Charge
from plantsim.unitops.cell_culture import OXYGEN, TOTALS, CellCulture

FLASK = Charge(0.3, 0.3, 37.0, quality=dict(zip(TOTALS, (0.172, 0.020, 17.83, 3.74, 0.12, 0.24, 0.0), strict=True)))
VESSEL = Charge(3500.0, 3500.0, 36.5, quality={"cells": 0.5, "glucose": 40.0, "glutamine": 6.0})
SMPL = CellCulture(
    growth=5.0 * (0.0016 * 37.0 - 0.0308), half_glucose=0.75, half_glutamine=0.075, half_ammonia=28.48,
    half_lactate=171.76, deadly_ammonia=1.76, death=0.06, decay=9.6e-3, upkeep=4.9e-5, cells_on_glucose=0.26,
    cells_on_glutamine=0.8, ammonia_on=0.45, lactate_on=2.0, product=0.659, upkeep_glutamine=(3.4e-4, 4.0),
    half_oxygen=1e-12, feed=0.1 / 24.0, feed_from=63.5, feed_glucose=15.0, feed_glutamine=9.3, lasts=200.0,
)  # fmt: skip


def test_volume_grows_by_the_feed() -> None:
    """R27: within 1e-9, 0.30 L and 0.1 L a day from 63.5 h on are 0.30 + (200 - 63.5) 0.1 / 24 = 0.86875 L after 200 h.

    An identity of the set-up of janpeter19/BPL_CHO_Fedbatch (Amribt 2013, figure 5).
    """
    found = play(SMPL, FLASK).charge
    assert found.volume == pytest.approx(0.86875, rel=1e-9)
    assert found.mass == pytest.approx(0.86875, rel=1e-9)


def runge_kutta(
    slope: Callable[[list[float]], list[float]], state: list[float], begin: float, end: float
) -> list[float]:
    steps = round((end - begin) / 0.02)
    h = (end - begin) / steps
    for _ in range(steps):
        one = slope(state)
        two = slope([a + h / 2 * b for a, b in zip(state, one, strict=True)])
        three = slope([a + h / 2 * b for a, b in zip(state, two, strict=True)])
        four = slope([a + h * b for a, b in zip(state, three, strict=True)])
        state = [
            a + h / 6 * (b + 2 * c + 2 * d + e) for a, b, c, d, e in zip(state, one, two, three, four, strict=True)
        ]
    return state


def test_same_as_another_solver_in_concentrations() -> None:
    """The published CHO set of smpl (mab_helpers.py), in its own units, by fixed steps and dilution rates, 120 h."""
    mu_max = 5.0 * (0.0016 * 37.0 - 0.0308)

    def slope(s: Sequence[float], f: float = 0.1 / 24.0) -> list[float]:
        xv, _, g, q, lac, amm, _, v = s  # cells/L, mmol/L, mg/L
        mu = mu_max * g / (0.75 + g) * q / (0.075 + q) * 171.76 / (171.76 + lac) * 28.48 / (28.48 + amm)
        mud = 0.06 / (1.0 + (1.76 / amm) ** 2)
        qg = mu / 2.6e8 + 4.9e-14 * g / (g + 0.01)
        qq = mu / 8e8 + 3.4e-13 * q / (4.0 + q)
        rates = [
            (mu - mud) * xv, mud * xv, f / v * 15.0 - qg * xv, f / v * 9.3 - qq * xv - 9.6e-3 * q,
            2.0 * qg * xv, 0.45 * qq * xv + 9.6e-3 * q, 6.59e-10 * xv,
        ]  # fmt: skip
        return [rate - f / v * c for rate, c in zip(rates, s[:7], strict=True)] + [f]

    first = [0.172e9, 0.020e9, 17.83, 3.74, 0.12, 0.24, 0.0, 0.3]
    xv, xd, g, q, lac, amm, mab, v = runge_kutta(
        slope, runge_kutta(lambda s: slope(s, 0.0), first, 0.0, 63.5), 63.5, 120.0
    )
    found = play(SMPL.model_copy(update={"lasts": 120.0}), FLASK).charge
    mine = [found.quality[word] for word in TOTALS]
    assert [*mine, found.volume] == pytest.approx(
        [xv / 1e9, xd / 1e9, g, q, lac, amm, mab / 1e3, v], rel=1e-5, abs=1e-7
    )


def test_it_is_halted_anywhere_by_time_titre_and_viability() -> None:
    by_time = ends_at_the_same_hour(CellCulture(feed=2.5), VESSEL)
    assert (by_time.hours, by_time.late) == (336.0, "")
    by_titre = ends_at_the_same_hour(CellCulture(feed=2.5, until=1.0), VESSEL)
    assert by_titre.charge.quality["titre"] == pytest.approx(1.0, rel=1e-7)
    by_life = ends_at_the_same_hour(CellCulture(feeds=((60.0, 2.0), (120.0, 3.0)), viability=0.8), VESSEL)
    assert by_life.charge.quality["viability"] == pytest.approx(0.8, rel=1e-7)
    assert "culture hours" not in by_life.charge.quality
    assert play(CellCulture(feed=2.5, until=9.0, lasts=99.0), VESSEL).late == "titre 9 g/L"
    assert play(CellCulture(feed=2.5, until=1.0, viability=0.95), VESSEL).late == "titre 1 g/L"


@settings(max_examples=12, deadline=None)
@given(st.floats(0.1, 3.0), st.floats(0.0, 4.0), st.floats(0.0, 2.0), st.floats(5.0, 60.0), st.floats(0.5, 9.0))
def test_what_is_fed_is_eaten_made_or_still_there(x: float, feed: float, lactate: float, g: float, q: float) -> None:
    """Lactate comes of glucose and ammonia of glutamine, mole by mole; volume and mass of the feed."""
    culture = CellCulture(feed=feed, lactate_on=lactate, decay=0.0, lasts=150.0)
    found = play(culture, VESSEL.but(cells=x, glucose=g, glutamine=q))
    end, litres, fed = found.charge.quality, found.charge.volume, feed * (150.0 - 72.0)
    glucose = g * 3500.0 + fed * 1000.0 - end["glucose"] * litres
    glutamine = q * 3500.0 + fed * 100.0 - end["glutamine"] * litres
    assert litres == pytest.approx(3500.0 + fed, rel=1e-9)
    assert end["lactate"] * litres == pytest.approx(lactate * glucose, rel=1e-9, abs=1e-5)
    assert end["ammonia"] * litres == pytest.approx(0.45 * glutamine, rel=1e-9, abs=1e-5)
    flows = found.draws.get("feed", ((0.0, 0.0),))
    assert spent(flows) == pytest.approx(fed, rel=1e-9, abs=1e-9)


def test_oxygen_is_what_the_cells_breathe() -> None:
    """Of 0.3 pmol/h a cell at growth share O/(Ko+O) = 0.08/0.085; each 0.8 pg of product is an hour of a cell's life.

    So kg of oxygen over kg of product are 0.3 x 32e-6 / (0.8e-3 x 1e-3) x 0.9412 = 11.29, while the set-point is held.
    """
    found = play(CellCulture(feed=2.5), VESSEL)
    product = found.charge.quality["titre"] * found.charge.volume * 1e-3
    made = spent(found.draws["oxygen"])
    assert made / product == pytest.approx(0.3 * OXYGEN / (0.8e-3 * 1e-3) * 0.08 / 0.085, rel=1e-6)
    assert spent(found.draws["chilled water"]) > 0.0


def test_few_bubbles_hold_the_cells_back() -> None:
    """At most kLa O* can be given: the dissolved oxygen is where uptake and transfer are equal."""
    culture = CellCulture(kla=2.0)
    assert culture.breathing(0.1) == 0.08
    least = culture.breathing(8.0)
    assert 0.3 * 8.0 * least / (0.005 + least) == pytest.approx(2.0 * (1.0 - least), rel=1e-9)
    peak = [play(CellCulture(feed=2.5, kla=kla), VESSEL).charge.quality["titre"] for kla in (0.2, 0.5, 15.0)]
    assert peak == sorted(peak) and peak[0] < 0.8 * peak[2]


@pytest.mark.parametrize(("word", "number"), [("cells", 0.0), ("cells", -1.0), ("glucose", nan), ("lactate", inf)])
def test_nonsense_is_told(word: str, number: float) -> None:
    with pytest.raises(ValueError, match="a cell culture needs"):
        play(CellCulture(), VESSEL.but(**{word: number}))


def test_no_volume_is_told() -> None:
    with pytest.raises(ValueError, match="got 1 kg and 0 L; give the product's charge a volume"):
        play(CellCulture(), Charge(1.0, quality=VESSEL.quality))

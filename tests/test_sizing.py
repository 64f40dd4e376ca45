"""How many units, or how large: small plants worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

import plantsim as ps
from plantsim.charge import StartingCharge


def plant(**unit: Any) -> ps.Scenario:
    """A vessel for 6 h, of 2 there are, and an oven for 2 h; A weighs 100 kg and has 2 L/kg, B 60 kg, every other."""
    steps = {"stir": ps.Step(on="vessel", time=6.0), "bake": ps.Step(on="oven", time=2.0)}
    return ps.Scenario(
        units={"vessel": ps.Unit(kind="vessel", count=2, **unit), "oven": ps.Unit(kind="oven")},
        products={
            "A": ps.Product(batch=100.0, steps=steps, charge=StartingCharge(volume=200.0)),
            "B": ps.Product(batch=60.0, steps=steps),
        },
        orders={"a": ps.Order(product="A"), "b": ps.Order(product="B")},
    )


def test_two_products() -> None:
    """Cycle times 6 / 2 and 2 h: 56 batches a week.  140 are wanted, 2.5 as many, each 1.2 h: 5 vessels and 2 ovens.

    Or batches 2.5 times as large: of A 250 kg, 500 L, in a vessel of 625 L if it is filled to 0.8.
    """
    found = ps.size(plant(), batches=140.0, fill=0.8)
    assert (found.cycle, found.batch) == pytest.approx((3.0, 200.0))
    assert (found["vessel"].cycle, found["oven"].cycle) == pytest.approx((3.0, 2.0))
    assert (found["vessel"].needed, found["oven"].needed) == (5.0, 2.0)
    assert (found["vessel"].mass, found["vessel"].volume) == pytest.approx((250.0, 625.0))
    assert ps.size(plant(), flow=140.0 * 80.0 / 168.0, fill=0.8) == found


def test_so_many_as_are_needed_make_it_and_one_less_does_not() -> None:
    """140 a week: 5 vessels and 2 ovens make one each 1.2 h, 4 vessels one each 1.5 h."""
    for vessels, cycle in ((5, 1.2), (4, 1.5)):
        many = plant().with_units("vessel", vessels).with_units("oven", 2)
        done = ps.simulate(many.replace(horizon=606.0), seed=1).figures()["batches [1]"]
        assert done == pytest.approx(600.0 / cycle, abs=vessels)


def test_units_that_hold_several_batches_are_as_large_as_all_of_them() -> None:
    """Two vessels of 3 batches each are 6 places: each 1 h, so the oven limits, 84 a week, and 140 is 5/3 of it."""
    found = ps.size(plant(holds=3), batches=140.0)
    assert (found["vessel"].cycle, found.cycle) == pytest.approx((1.0, 2.0))
    assert (found["vessel"].mass, found["vessel"].volume) == pytest.approx((500.0, 1000.0))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "say what is wanted: either flow=... [kg/h] or batches=... [1/week]"),
        ({"flow": 1.0, "batches": 1.0}, "say what is wanted: either flow=... [kg/h] or batches=... [1/week]"),
        ({"flow": -1.0}, "what is wanted must be a number above 0, not -1.0"),
        ({"batches": 9.0, "fill": 1.5}, "fill is a part of a volume: a number above 0 and not above 1, not 1.5"),
    ],
)
def test_what_is_wanted_is_told(wanted: dict[str, float], said: str) -> None:
    with pytest.raises(ps.PlantsimError) as caught:
        ps.size(plant(), **wanted)
    assert str(caught.value) == said


def test_a_plant_that_takes_no_time_has_no_cycle_time() -> None:
    still = ps.Scenario(
        name="Still",
        units={"m": ps.Unit(kind="m")},
        products={"p": ps.Product(batch=1.0, steps={"s": ps.Step(on="m", time=0.0)})},
        orders={"o": ps.Order(product="p", batches=1)},
    )
    with pytest.raises(ps.PlantsimError) as caught:
        ps.size(still, batches=1.0)
    assert str(caught.value) == "Still has no cycle time: its steps take no time"

"""What tables miss of the hours that a run has had: looked for where its batches lay, not at the middle of cells."""

from __future__ import annotations

from math import pi, sin
from pathlib import Path
from typing import Any

import pytest

from plantsim.charge import StartingCharge
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.checked import table_errors

LAYOUTS = Path(__file__).parents[1] / "layouts"


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("fill_finish", 500.0),
        *[pytest.param(name, 8760.0, marks=pytest.mark.long) for name in ("mab_plant", "api_plant")],
    ],
)
def test_tables_of_the_shipped_plants_miss_less_than_half_a_percent(name: str, hours: float) -> None:
    """Up to eight batches of each step; a step whose hours are on a line in what varies misses nothing."""
    run = simulate(read_layout(LAYOUTS / f"{name}.yaml"), seed=71, horizon=hours)
    found = table_errors(run, batches=8)
    assert found.batches.sum() > 8
    assert 1e-5 < found.largest.max() < 0.005
    assert (found["mean"] <= found.largest).all()


def waves(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """2 h, and a wave that is 0 at each end and each middle of any cell."""
    cell = 0.2 * 2.0
    return Outcome(charge.quality["pace"] + 0.1 * sin(2.0 * pi * (charge.quality["pace"] - 2.0) / cell), charge)


def line(law: Any) -> Scenario:
    step = Step(on="tank", model=waves, tabulate=True)
    recipe = Product(batch=1.0, steps={"do": step}, charge=StartingCharge(quality={"pace": law}))
    return Scenario(units={"t": Unit(kind="tank")}, products={"p": recipe}, run={"horizon": 500.0},
                    orders={"o": Order(product="p", batches=40)})  # fmt: skip


def test_an_error_that_no_middle_of_a_cell_tells_is_told() -> None:
    """The usual pace is 2 and a cell of it 0.4 wide: at its middle the line is right, at a quarter 0.1 h of 2.1 wrong.

    At a pace of 1.9 the line says 1.9 h where the model says 1.8, which is 5.6 % and the worst; some pace lies near it.
    """
    run = simulate(line({"uniform": {"low": 1.85, "high": 2.15}}))
    assert run.models().error.max() == pytest.approx(0.0, abs=1e-9)
    found = table_errors(run, batches=40)
    assert found.batches.tolist() == [40]
    assert 0.05 < found.largest[0] <= 0.1 / 1.8


def test_without_tables_there_is_nothing_to_miss() -> None:
    scenario = line(2.0)
    recipe = scenario.products["p"]
    step = recipe.steps["do"].model_copy(update={"tabulate": False})
    plain = scenario.replace(products={"p": recipe.model_copy(update={"steps": {"do": step}})})
    assert table_errors(simulate(plain)).empty

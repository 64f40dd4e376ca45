"""Figures of a model that are drawn for each batch: set points and sensors that are a little off."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from plantsim.chance import Streams
from plantsim.charge import Bell, StartingCharge, luck
from plantsim.contracts import Charge, Equipment
from plantsim.engine.simulate import simulate
from plantsim.layout import layout_faults, read_layout, to_yaml
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.unitops.fluid_bed import FluidBedDrying
from plantsim.unitops.model import playable

WET = StartingCharge(temperature=25.0, quality={"moisture": 0.25})
ONE = Charge(100.0, temperature=25.0, quality={"moisture": 0.25})


def plant(sd: float = 1.0, batches: int = 3, **design: float) -> Scenario:
    words = {"use": "FluidBedDrying", "until": 0.02, "inlet temperature": {"normal": {"mean": 70.0, "sd": sd}}}
    steps = {"dry": Step(on="bed", model=words)}
    return Scenario(
        units={"bed": Unit(kind="bed", design=design)},
        products={"p": Product(batch=100.0, charge=WET, steps=steps)},
        orders={"o": Order(product="p", batches=batches, release="at once")},
        run={"horizon": 100.0},
    )


def hours(scenario: Scenario) -> list[float]:
    return [row[8][0] for row in simulate(scenario, seed=3).record if row[1] == "outcome"]


def dried(**words: Any) -> float:
    return FluidBedDrying(until=0.02, **words)(ONE, Equipment(), lambda _: 0.5).hours


def test_each_batch_draws_its_own_at_its_address() -> None:
    """The k-th batch dries at the quantile of its own luck, `o/k/dry/model/inlet temperature`, and takes that long."""
    law = Bell(mean=70.0, sd=1.0)
    lucks = [luck(Streams(3).number(f"o/{k}/dry/model/inlet temperature", 1)) for k in (1, 2, 3)]
    assert hours(plant()) == pytest.approx([dried(inlet_temperature=law.quantile(u)) for u in lucks], rel=1e-9)
    assert len({*hours(plant())}) == 3


def test_without_a_spread_it_is_the_model_itself() -> None:
    """sd = 0 gives the hours of the plain figure, to the last digit; and so does a unit with a figure of its own."""
    assert {*hours(plant(sd=0.0))} == {dried(inlet_temperature=70.0)}
    assert {*hours(plant(**{"inlet temperature": 65.0}))} == {dried(inlet_temperature=65.0)}
    (expected,) = plant().products["p"].model_hours.values()
    assert expected == pytest.approx(dried(inlet_temperature=70.0), rel=1e-9)


def test_a_batch_keeps_its_figure_through_a_halt() -> None:
    model = playable(plant().products["p"].steps["dry"].model)
    whole = model(ONE, Equipment(), lambda _: 0.9)
    assert whole.hours < dried(inlet_temperature=70.0)  # it is warmer
    assert whole.profile is not None
    for part in (0.1, 0.5, 0.9):
        rest = model(whole.profile(part * whole.hours), Equipment(), lambda _: 0.9).hours
        assert rest == pytest.approx((1.0 - part) * whole.hours, abs=1e-6)
    assert not hasattr(model, "idle")


LAYOUT = """\
plantsim: 1
units: {bed: {kind: bed}}
products:
  p:
    batch: 100 kg
    charge: {quality: {moisture: 25 %}}
    steps:
      dry: {on: bed, model: {use: FluidBedDrying, until: 2 %, inlet temperature: {normal: {mean: 70 degC, sd: 1 degC}}}}
orders: {o: {product: p, batches: 3}}
run: {horizon: 100 h}
"""


def read(folder: Path, text: str) -> Path:
    path = folder / "plant.yaml"
    path.write_text(text)
    return path


def test_it_is_read_written_and_sent_as_it_is(tmp_path: Path) -> None:
    scenario = read_layout(read(tmp_path, LAYOUT))
    model = scenario.products["p"].steps["dry"].model
    assert (model.inlet_temperature, model.varies) == (70.0, {"inlet temperature": Bell(mean=70.0, sd=1.0)})
    again = read_layout(read(tmp_path, to_yaml(scenario)))
    assert again.products == scenario.products
    assert again.products["p"].steps["dry"].model.varies == model.varies
    assert pickle.loads(pickle.dumps(scenario)).products["p"].steps["dry"].model.varies == model.varies
    plain = read_layout(read(tmp_path, LAYOUT.replace("{normal: {mean: 70 degC, sd: 1 degC}}", "70 degC")))
    assert plain.products != scenario.products


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("{normal: {mean: 70 kg, sd: 1 kg}}", "'70.0 kg' is a mass, expected something like '10 degC'"),
        ("{normal: {mean: 70 degC, sd: 1 %}}",
         "inlet temperature: expected figures in one unit of measure, got mean in degC, sd in kg/kg"),
        ("{normal: {mean: 70 degC, sd: 1 K}}",
         "sd must be at least 0, got -272.15; a difference of temperatures is in degC"),
        ("{uniform: {low: -300 degC, high: 60 degC}}",
         "inlet temperature: is at times -298.6, but must be at least -273.15 degC, got -298.59375"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(tmp_path: Path, new: str, said: str) -> None:
    path = read(tmp_path, LAYOUT.replace("{normal: {mean: 70 degC, sd: 1 degC}}", new))
    (fault,) = layout_faults(path)
    assert said in str(fault)
    assert fault.line == 8


def test_a_distribution_where_no_number_stands_is_none() -> None:
    """The law of a fitted time is a law of times, and stays one."""
    step = Step(on="x", model={"use": "FittedTime", "law": {"lognormal": {"mean": 2.0, "cv": 0.1}}})
    assert step.model.varies == {}
    with pytest.raises(ValidationError, match="there is no unit operation"):
        Step(on="x", model={"use": "FluidBedDry"})

"""What spreads a step: shares of variance against those worked out by hand, and spreads against those of a run."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from plantsim.charge import SPREADS, Between, LotCharge, StartingCharge, snapped
from plantsim.charts import spread as chart
from plantsim.cli import app
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.layout import read_layout, to_yaml
from plantsim.materials import Amount, Material
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.spread import spread
from plantsim.unitops.lyophilisation import Lyophilisation

ROOT = Path(__file__).parents[1]


def brewed(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """a + 2 b + a b hours; its luck tells only of the colour."""
    a, b = charge.quality["a"], charge.quality["b"]
    return Outcome(a + 2.0 * b + a * b, charge.but(colour=draw("colour")))


def plant(charge: StartingCharge, model: Any = brewed, batches: int = 1, **more: Any) -> Scenario:
    steps = {"brew": Step(on="kettle", model=model), "cool": Step(on="cellar", time=1.0)}
    return Scenario(
        name="Brewery",
        units={"kettle": Unit(kind="kettle", count=20), "cellar": Unit(kind="cellar", count=20)},
        products={"ale": Product(batch=10.0, charge=charge, steps=more.pop("steps", steps))},
        orders={"o": Order(product="ale", batches=batches, release="at once")},
        run={"horizon": 10.0 * batches},
        **more,
    )


EVEN = StartingCharge(quality={"a": {"uniform": {"low": 0.0, "high": 1.0}}, "b": Between(low=0.0, high=1.0)})


def test_shares_are_those_worked_out_by_hand() -> None:
    """With x = a - 1/2 and y = b - 1/2, of variance 1/12 each, a + 2 b + a b = 1.75 + 1.5 x + 2.5 y + x y.

    Its variance is 2.25/12 + 6.25/12 + 1/144 = 103/144, of which a alone has 27 parts of 103, b alone 75, and both
    together 1: the totals are 28 and 76 parts.  The colour hangs on the luck alone.
    """
    found = spread(plant(EVEN), "ale", "brew", samples=512)
    assert found.first["hours"] == pytest.approx({"a": 27 / 103, "b": 75 / 103, "brew: colour": 0.0}, abs=0.006)
    assert found.total["hours"] == pytest.approx({"a": 28 / 103, "b": 76 / 103, "brew: colour": 0.0}, abs=0.006)
    assert found.total["hours"]["a"] > found.first["hours"]["a"] + 0.004  # what both do together is seen
    assert found.total["colour"] == pytest.approx({"a": 0.0, "b": 0.0, "brew: colour": 1.0}, abs=0.006)
    mean, sd, *_ = found.table().loc[("comes out", "hours")]
    assert (mean, sd) == (pytest.approx(1.75, abs=0.005), pytest.approx(sqrt(103) / 12, abs=0.005))
    low, middle, high = found.table().loc[("drawn", "a")][["5 %", "median", "95 %"]]
    assert (low, middle, high) == pytest.approx((0.05, 0.5, 0.95), abs=0.01)
    assert found.calls == 1 + (3 + 2) * 512


def test_without_a_spread_of_what_goes_in_there_is_none_in_the_hours() -> None:
    """An input that is always the same explains nothing; if all are, so are the hours: a = 1, b = 0.5 make 2.5 h."""
    alone = spread(
        plant(StartingCharge(quality={"a": 1.0, "b": Between(low=0.0, high=1.0)})), "ale", "brew", samples=64
    )
    assert alone.first["hours"]["b"] == pytest.approx(1.0, abs=0.03)
    none = spread(plant(StartingCharge(quality={"a": 1.0, "b": 0.5}), lambda c, u, d: brewed(c, u, lambda _: 0.5)),
                  "ale", "brew")  # fmt: skip
    assert (none.drawn, none.first, none.calls) == ({}, {}, 2)
    assert none.outs["hours"].tolist() == [2.5]
    assert none.says() == ["'brew' of 'ale' on kettle-1 takes 2.5 h, whatever is drawn"]
    assert "share" not in str(none)


def test_the_spread_is_that_of_a_run() -> None:
    """Mean and standard deviation of the hours of 1,000 batches, within 4 standard errors."""
    run = simulate(plant(EVEN, batches=1000))
    hours = np.array([row[8][0] for row in run.record if row[1] == "outcome"])
    found = spread(plant(EVEN), "ale", "brew", samples=256).outs["hours"]
    assert len(hours) == 1000
    assert abs(hours.mean() - found.mean()) < 4.0 * hours.std() / sqrt(1000)
    assert abs(hours.std() - found.std()) < 4.0 * hours.std() / sqrt(2000)


def test_lots_and_the_luck_of_steps_before_spread_a_step() -> None:
    """Half of the batch is of a lot, whose x is even from 0 to 0.4, so that of the batch is from 0 to 0.2; the step
    before adds an even number from 0 to 0.2; the hours are x: the lot and the luck explain a half each."""

    def steep(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(1.0, charge.but(x=charge.quality["x"] + 0.2 * draw("heat")))

    def boil(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(charge.quality["x"], charge)

    takes = {"malt": Amount(amount=10.0, adds=True)}
    steps = {"steep": Step(on="kettle", model=steep, takes=takes), "boil": Step(on="cellar", model=boil)}
    lots = LotCharge(quality={"x": Between(low=0.0, high=0.4)})
    scenario = plant(
        StartingCharge(quality={"x": 0.0}), steps=steps, materials={"malt": Material(stock=1e6, charge=lots)}
    )
    found = spread(scenario, "ale", "boil", samples=256)
    assert found.first["hours"] == pytest.approx({"malt: x": 0.5, "steep: heat": 0.5}, abs=0.01)
    assert found.arriving["x"] == pytest.approx(found.outs["hours"], rel=1e-9)
    assert found.arriving["mass"][0] == 20.0
    assert found.lucky == {"steep: heat"}


def test_what_inputs_do_together_is_said() -> None:
    """Two even numbers from 0 to 1 have a product of variance 1/9 - 1/16 = 7/144: 3/7 of each alone, 1/7 of both."""

    def squared(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(charge.quality["a"] * charge.quality["b"], charge)

    found = spread(plant(EVEN, squared), "ale", "brew", samples=512)
    assert found.first["hours"] == pytest.approx({"a": 3 / 7, "b": 3 / 7}, abs=0.005)
    assert found.total["hours"] == pytest.approx({"a": 4 / 7, "b": 4 / 7}, abs=0.005)
    assert found.says()[2] == "14% of it comes of inputs together, beyond what each does alone"


def test_who_misses_an_end_point_is_counted() -> None:
    words: dict[str, Any] = {"critical": -15.0, "at_most": 2.0}
    found = spread(plant(StartingCharge(), Lyophilisation(**words)), "ale", "brew")
    said = ["100.0% of batches: primary drying not reached"]
    assert found.says()[1:] == said


@pytest.mark.parametrize(
    ("product", "step", "said"),
    [
        ("ail", "brew", "there is no product 'ail'; did you mean 'ale'?"),
        ("ale", "brwe", "'ale' has no step 'brwe'; did you mean 'brew'?"),
        (
            "ale",
            "cool",
            "step 'cool' of 'ale' has no model, so nothing that goes in spreads it; steps with a model: brew",
        ),
    ],
)
def test_what_is_not_there_is_said(product: str, step: str, said: str) -> None:
    with pytest.raises(PlantsimError) as error:
        spread(plant(EVEN), product, step)
    assert str(error.value) == said


def test_it_is_told_as_text_page_and_chart() -> None:
    found = spread(plant(EVEN), "ale", "brew")
    assert "brew" in str(found) and "of the variance of its hours, b explains 7" in str(found)
    assert found._repr_html_().count("<table") == 2
    figure = chart(found)
    assert [bar.xaxis for bar in figure.data] == ["x", "x2", "x3", "x4", "x5", "x5"]
    assert list(figure.data[-1].y) == ["b", "a", "brew: colour"]
    with pytest.raises(PlantsimError, match="nothing called 'hour' comes out; did you mean 'hours'"):
        chart(found, "hour")


def test_the_command_prints_it_and_writes_the_chart(tmp_path: Path) -> None:
    words = ["spread", str(ROOT / "layouts/api_plant.yaml"), "anilide", "dry", "--samples", "4"]
    page = tmp_path / "chart.html"
    done = CliRunner().invoke(app, [*words, "--out", str(page), "--json"])
    assert done.exit_code == 0 and page.exists()
    told = json.loads(done.stdout)
    found = spread(read_layout(ROOT / "layouts/api_plant.yaml"), "anilide", "dry", samples=4)
    assert told["first order"] == {out: dict(shares) for out, shares in found.first.items()}
    assert told["says"] == found.says()
    rate = "products.anilide.steps.dry.model.transfer={normal: {mean: 60, sd: 3}}"
    more = json.loads(CliRunner().invoke(app, [*words, "--out", str(page), "--json", "--with", rate]).stdout)
    assert [*more["first order"]["hours"]] == ["ester: ester", "dry: jacket", "dry: transfer"]


MAIN = {"tablets": "dry", "api_plant": "dry", "mab_plant": "culture", "fill_finish": "freeze dry"}  # of each plant


def still(folder: Path, name: str) -> Scenario:
    """A shipped plant whose lots, set points and sensors do not differ: each law of theirs is its mean."""
    said = YAML(typ="safe", pure=True).load(to_yaml(read_layout(ROOT / "layouts" / f"{name}.yaml")))
    for recipe in said["products"].values():
        recipe["charge"] = means(recipe["charge"])
        for step in recipe["steps"].values():
            step.update({word: means(step[word]) for word in ("model", "made of") if word in step})
    for material in said.get("materials", {}).values():
        material.update({"charge": means(material["charge"])} if "charge" in material else {})
    (folder / "still.yaml").write_text(json.dumps(said, default=str))
    return read_layout(folder / "still.yaml")


def means(said: Any) -> Any:
    """What is said, with the mean, or the lower end, in the place of each distribution."""
    if isinstance(said, dict):
        law = next(iter(said), "")
        if law in SPREADS and len(said) == 1:
            return said[law].get("mean", said[law].get("low"))
        return {word: means(each) for word, each in said.items()}
    return [means(each) for each in said] if isinstance(said, list) else said


@pytest.mark.parametrize("name", MAIN)
def test_the_hours_of_a_plant_spread_by_what_goes_in_alone(name: str, tmp_path: Path) -> None:
    """As it is the hours of its main step differ from batch to batch; with no spread of inputs no step's hours do."""
    weeks = 12 if name == "mab_plant" else 4
    spread_, none = [
        hours_of(simulate(scenario, seed=5, horizon=weeks * 168.0))
        for scenario in (read_layout(ROOT / "layouts" / f"{name}.yaml"), still(tmp_path, name))
    ]
    assert all(len(hours) > 2 for (_, step), hours in spread_.items() if step == MAIN[name])
    assert {key: len(hours) for key, hours in none.items()} == dict.fromkeys(none, 1)
    assert {step for _, step in none} == {step for _, step in spread_}


def hours_of(run: Results) -> dict[tuple[str, str], set[float]]:
    """(product, step) -> what its model said of its hours, to nine digits."""
    found: dict[tuple[str, str], set[float]] = {}
    for row in run.record:
        if row[1] == "outcome":
            found.setdefault((row[5], row[4]), set()).add(snapped(row[8][0]))
    return found

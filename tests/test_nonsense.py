"""Nonsense in, or out of, a model is an error that names where it was, and loses nothing that happened before."""

from __future__ import annotations

from typing import Any

import pytest
from operations import EXAMPLES
from plants import told

from plantsim.charge import StartingCharge
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import ModelError
from plantsim.plant import Unit
from plantsim.recipe import Order, Product, Step
from plantsim.scenario import Scenario

NAN = float("nan")


class Gives:
    """A step that gives this, whatever comes."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(1.0, charge.but(**self.changes))


def failing(name: str, gives: Any) -> ModelError:
    """What an operation says of what the step before gives; another batch is done before."""
    example = EXAMPLES[name]
    good = {"first": Step(on="tank", time=1.0)}
    bad = {"first": Step(on="tank", model=gives), "do": Step(on="vessel", model=example.model)}
    scenario = Scenario(
        name="One vessel",
        units={"t": Unit(kind="tank"), "v": Unit(kind="vessel")},
        products={"good": Product(batch=1.0, steps=good),
                  "p": Product(batch=example.charge.mass, steps=bad, charge=example.start())},
        orders={"early": Order(product="good", batches=1), "o": Order(product="p", batches=1, start=2.0)},
        run={"horizon": 5000.0},
    )  # fmt: skip
    with pytest.raises(ModelError) as caught:
        simulate(scenario)
    assert told(caught.value.run.record, "done", hide=()) == ["1 done early/1"]
    return caught.value


BROKEN = [
    ({"mass": -1.0}, "gives mass = -1.0, which must be a number that is not negative"),
    ({"volume": NAN}, "gives volume = nan, which must be a number that is not negative"),
    ({"temperature": NAN}, "gives temperature = nan, which must be a finite number"),
    ({"temperature": -400.0}, "gives temperature = -400.0, which is below absolute zero"),
]


@pytest.mark.parametrize(("changes", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_what_can_not_be_is_said_of_the_model_that_gave_it(changes: dict[str, float], said: str) -> None:
    error = failing("FluidBedDrying", Gives(**changes))
    assert str(error).endswith(said)
    assert str(error).startswith("One vessel: step 'first' of 'p', batch o/1 on t-1: ")


HOT = Charge(100.0, 100.0, 400.0, {"water": 1.0})


@pytest.mark.parametrize("name", EXAMPLES)
def test_water_of_400_degrees_is_no_charge(name: str) -> None:
    """What holds liquid water can't be warmer than 374 °C, its critical point; it is said before the model is asked."""
    error = failing(name, Gives(temperature=400.0, composition={"water": 1.0}))
    assert str(error).startswith("One vessel: step 'first' of 'p', batch o/1 on t-1: ")
    assert "gives temperature = 400.0 of what holds water, which is above its critical point, 373.9 °C" in str(error)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if EXAMPLES[name].model.reads])
def test_a_missing_attribute_is_named(name: str) -> None:
    """Of what an operation reads of its charge, the first is taken away by the step before."""

    def forgets(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(1.0, Charge(charge.mass, charge.volume, charge.temperature, charge.composition))

    error = failing(name, forgets)
    word = EXAMPLES[name].model.reads[0]
    assert str(error).startswith("One vessel: step 'do' of 'p', batch o/1 on v-1: ")
    assert f"asks for {word!r}, which the charge does not have" in str(error)


def test_a_starting_charge_that_is_no_number_never_comes_so_far() -> None:
    with pytest.raises(ValueError, match="number"):
        StartingCharge(quality={"moisture": NAN})

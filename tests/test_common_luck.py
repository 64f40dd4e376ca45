"""No intervention changes any other name's luck: neither in what it edits, nor at any address that is drawn."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import pytest

from plantsim.chance import HOUR, Streams
from plantsim.engine.simulate import lay
from plantsim.errors import PlantsimError
from plantsim.laws import Law, Lognormal
from plantsim.layout import read_layout
from plantsim.record import Record
from plantsim.results.figures import empty
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.edits import Edit, changed, in_turn, paced, saturated, stretched, varied, with_steps
from plantsim.study.interventions import KINDS, Intervention, interventions
from plantsim.study.screening import keep_luck, search

LAYOUTS = sorted((Path(__file__).parents[1] / "layouts").glob("*.yaml"))
ENOUGH, LONGEST = 150, 200 * HOUR  # draws of each run that are looked at, and when it ends if it asks for fewer
Address = tuple[str, int]


class EnoughError(Exception):
    """So many addresses were drawn."""


class Noted(Streams):
    """Streams that remember what they gave at each address."""

    __slots__ = ("drawn",)

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.drawn: dict[Address, float] = {}

    def _note(self, name: str, k: int, value: float) -> None:
        self.drawn[name, k] = value
        if len(self.drawn) >= ENOUGH:
            raise EnoughError

    def number(self, name: str, k: int = 1) -> float:
        self._note(name, k, found := super().number(name, k))
        return found

    def time(self, law: Law, name: str, k: int = 1) -> int:
        self._note(name, k, found := super().time(law, name, k))
        return found


def drawn(scenario: Scenario) -> dict[Address, float]:
    """Address -> what is drawn there, of the first so many that a run asks for."""
    streams = Noted()
    with suppress(EnoughError):
        lay(scenario, empty(scenario), streams, Record()).env.run(until=LONGEST)
    return streams.drawn


@cache
def today(path: Path) -> tuple[Scenario, dict[Address, float]]:
    """The plant of a layout under more orders than it can make, and what it draws."""
    plant = with_steps(saturated(read_layout(path)), lambda place, step: timed(step))
    plant = varied("tests", plant.tests, partial(changed, spec={}))(plant)  # which would read what models say
    return plant, drawn(plant)


def timed(step: Step) -> Step:
    """A step that takes a time left to chance, instead of what its model says, which takes long to solve."""
    if step.model is None:
        return step
    kept = {name: getattr(step, name) for name in step.model_fields_set - {"model", "tabulate", "time"}}
    return Step(**kept, time=Lognormal(mean=3.0, cv=0.3))


def words(plant: Scenario, each: Intervention) -> set[str]:
    """What an address has in it that is about what an intervention is on: its names, single units, steps on them."""
    steps = [(word, step) for recipe in plant.products.values() for word, step in recipe.steps.items()]
    singles = [single for single, name in plant.plant.unit_names.items() if name in each.on]
    return {*each.on, *singles, *(word for word, step in steps if step.on in each.on)}


def parts(address: Address) -> set[str]:
    """The names of which an address is made: those between strokes, and the words of each."""
    return {*address[0].split("/"), *address[0].replace("/", " ").split(" ")}


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_what_is_drawn_at_an_address_changes_for_no_other_name(path: Path) -> None:
    """The first and the last intervention of each kind that a shipped layout has, on its own plant."""
    plant, before = today(path)
    for kind in KINDS:
        found = interventions(plant, [kind])
        for each in {each.name: each for each in (*found[:1], *found[-1:])}.values():
            after, about = drawn(each.edit(plant)), words(plant, each)
            common = [address for address in before if address in after]
            assert len(common) > 0.5 * len(before), each.name
            differ = [address for address in common if before[address] != after[address]]
            assert [address for address in differ if not about & parts(address)] == [], each.name


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_no_intervention_changes_what_it_is_not_on(path: Path) -> None:
    plant, _ = today(path)
    tried = interventions(plant)
    assert {each.kind for each in tried} >= {"unit", "time", "repair", "life"}
    keep_luck(plant, [*tried, *(one & other for one, other in pairwise(tried))])


# ---- interventions that do more than they say ------------------------------------------------------------------------


def renamed(plant: Scenario) -> Scenario:
    """A plant whose one order has another name."""
    (order,) = plant.orders.values()
    return plant.replace(orders={"another": order})


def another(plant: Scenario) -> Scenario:
    """A plant that has a press of a new name."""
    return plant.replace(units={**plant.units, "second press": plant.units["press"]})


def sooner(plant: Scenario) -> Scenario:
    """A plant in which the step `dry` is shorter."""
    return with_steps(plant, lambda place, step: paced(step, 0.9) if place == ("statin 20 mg", "dry") else step)


def heavier(plant: Scenario) -> Scenario:
    """A plant whose batches of one product are larger."""
    product = plant.products["statin 20 mg"]
    return plant.replace(products={**plant.products, "statin 20 mg": changed(product, batch=2.0 * product.batch)})


BEYOND: dict[str, tuple[Edit, str]] = {
    "another failure": (varied("failures", ["seal"], partial(stretched, factor=0.9)), "seal"),
    "a unit of a new name": (
        lambda plant: plant.replace(units={**plant.units, "second press": plant.units["press"]}),
        "second press",
    ),
    "units in another order": (lambda plant: plant.replace(units=dict(reversed(plant.units.items()))), "units"),
    "an order by another name": (renamed, "march"),
    "another step": (sooner, "statin 20 mg, dry"),
    "larger batches": (heavier, "statin 20 mg"),
    "a longer run": (lambda plant: plant.replace(horizon=9999.0), "run"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_an_intervention_that_does_more_than_it_says_is_an_error(name: str) -> None:
    """One more press, and something else: it is refused, by name, before anything is run."""
    plant, _ = today(next(path for path in LAYOUTS if path.stem == "tablets"))
    edit, other = BEYOND[name]
    more = next(each for each in interventions(plant, ["unit"]) if each.name == "one more press")
    both = replace(more, edit=in_turn(more.edit, edit))
    with pytest.raises(PlantsimError) as caught:
        search(plant, [both], lambda scenarios, ks: pytest.fail("it was run"), replications=2)
    assert str(caught.value) == (
        f"'one more press' also changes {other!r}, and so its luck: an intervention changes nothing but what it is on, "
        "press, tablet press"
    )

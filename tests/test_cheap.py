"""Models are cheap: what they say is kept, or tabulated once; and a run says what they have cost."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import process_time

import pytest
from operations import EXAMPLES
from plants import play, state_at

from plantsim.charge import StartingCharge, luck
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.laws import Constant
from plantsim.layout import read_layout
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.unitops.compression import Compression
from plantsim.unitops.fluid_bed import FluidBedDrying
from plantsim.unitops.lyophilisation import Lyophilisation
from plantsim.unitops.table import Table
from plantsim.unitops.ultrafiltration import Ultrafiltration

ROOT = Path(__file__).parents[1]
BED = FluidBedDrying(until=0.02, scatter=0.05)
WET = Charge(125.0, temperature=25.0, composition={"statin": 0.04, "lactose": 0.76, "water": 0.2},
             quality={"moisture": 0.25})  # fmt: skip


def test_between_the_corners_of_a_grid_hours_are_right_to_half_a_percent() -> None:
    """Moisture, temperature and air flow vary: a hundred charges that are not on the grid, against the model itself."""
    table, random = Table(BED, Equipment(), WET), Random(1)
    worst = 0.0
    for _ in range(100):
        charge = WET.but(temperature=random.uniform(18, 32), moisture=random.uniform(0.18, 0.32))
        u = luck(random.random())
        found, true = table.outcome(charge, lambda name, u=u: u), BED(charge, Equipment(), lambda name, u=u: u)
        assert found is not None
        worst = max(worst, abs(found.hours / true.hours - 1.0))
        assert found.draws["steam"][0][1] == pytest.approx(true.draws["steam"][0][1], rel=5e-3)
    assert 0.0 < worst < 0.005
    assert 0.0 < table.error < 0.0025
    before = table.calls
    again = [table.outcome(WET.but(moisture=0.2 + k * 1e-4), lambda name: 0.5) for k in range(500)]
    assert None not in again
    assert table.calls - before < 30


def numbers_of(found: Outcome) -> dict[str, float]:
    """All that is told of the end, by name."""
    end = found.charge
    named = {**{f"fraction {word}": each for word, each in end.composition.items()}, **end.quality}
    told = {f"told {word}": number for word, number in found.quality.items()}
    return {"hours": found.hours, "mass": end.mass, "volume": end.volume, **named, **told}


@pytest.mark.parametrize("name", EXAMPLES)
def test_between_the_corners_all_that_is_told_is_right_to_half_a_percent(name: str) -> None:
    """Four charges off the grid, in mass and two attributes: hours, mass, fractions, attributes and what else is told.

    Each by its own size, or by a tenth of the largest of the four if it is less than that.  Of charges that tell both
    the moisture stays, for all that would vary with it is more than is tabulated.
    """
    example, random = EXAMPLES[name], Random(3)
    table, like, pairs = Table(example.model, Equipment(), example.charge), example.charge, []
    words = [word for word in like.quality if word != "moisture" or not like.composition][:2]
    for _ in range(4):
        share = random.uniform(0.9, 1.1)
        charge = like.but(mass=like.mass * share, volume=like.volume * share)
        for word in words:
            charge = charge.but(**{word: like.quality[word] * random.uniform(0.9, 1.1)})
        said = table.outcome(charge, lambda name: 0.5)
        if said is not None:
            pairs.append((numbers_of(said), numbers_of(example.model(charge, Equipment(), lambda name: 0.5))))
    assert len(pairs) > 2
    for word in pairs[0][1]:
        most = max(abs(true[word]) for _, true in pairs)
        for found, true in pairs:
            assert found[word] == pytest.approx(true[word], rel=0.005, abs=0.0005 * most), word


def test_a_tablet_that_fails_its_limit_fails_it_out_of_a_table_too() -> None:
    """The acceptance value has a kink at an assay of 98.5 % and one at 101.5 %: 13.8 at 105 %, which a limit of 15 lets
    pass, is not mistaken for 15.6, which a line through corners at 99 % and 119 % would say.
    """
    model, usual = Compression(tablet=114e-6), Charge(109.44, quality={"blend rsd": 0.04, "assay": 0.99})
    table = Table(model, Equipment(), usual)
    for assay in (0.93, 0.96, 0.985, 1.0, 1.02, 1.05):
        for rsd in (0.04, 0.046):
            charge = usual.but(**{"blend rsd": rsd, "assay": assay})
            found, true = table.outcome(charge, lambda name: 0.5), model(charge, Equipment(), lambda name: 0.5)
            assert found is not None
            value = true.charge.quality["acceptance value"]
            assert found.charge.quality["acceptance value"] == pytest.approx(value, rel=0.005)
            assert table.error <= 0.0025


def test_masses_balance_though_hours_are_interpolated() -> None:
    """What is dry stays, and so does each component but water, to 1e-9: of other masses, and of other compositions."""
    random, plain = Random(2), WET.but(composition={})
    by_mass, by_parts = Table(BED, Equipment(), plain), Table(BED, Equipment(), WET)
    for _ in range(50):
        wet, mass = random.uniform(0.18, 0.32), random.uniform(100.0, 140.0)
        water = wet / (1.0 + wet)
        parts = {"statin": 0.05 * (1.0 - water), "lactose": 0.95 * (1.0 - water), "water": water}
        # with a mass as well, five inputs would vary, which are not tabulated
        for table, charge in ((by_mass, plain.but(mass=mass, moisture=wet)),
                              (by_parts, WET.but(composition=parts, moisture=wet))):  # fmt: skip
            end = table.outcome(charge, lambda name: 0.5)
            assert end is not None
            dry = charge.mass / (1.0 + wet)
            assert end.charge.mass / (1.0 + end.charge.quality["moisture"]) == pytest.approx(dry, rel=1e-9)
            for name in ("statin", "lactose") if charge.composition else ():
                was, now = charge.mass * charge.composition[name], end.charge.mass * end.charge.composition[name]
                assert now == pytest.approx(was, rel=1e-9)


def test_more_than_four_that_vary_are_not_tabulated() -> None:
    table = Table(BED, Equipment(), WET)
    charge = Charge(120.0, 60.0, 26.0, composition=WET.composition, quality={"moisture": 0.2})
    assert table.outcome(charge, lambda name: 0.3) is None
    assert table.outcome(WET.but(mass=120.0, temperature=26.0), lambda name: 0.3) is not None


def test_what_a_model_does_not_read_is_no_input_and_goes_through() -> None:
    """Six attributes vary, of which it reads one; of twice the mass it makes twice as much, so mass is no input."""
    read: dict[str, float] = {"pace": 2.0}
    usual = Charge(10.0, quality={**read, "a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0, "e": 1.0})
    table, random = Table(paced, Equipment(), usual), Random(3)
    for _ in range(50):
        others = {word: random.uniform(0.5, 1.5) for word in "abcde"}
        charge = usual.but(mass=random.uniform(5, 20), pace=random.uniform(1.9, 2.1), **others)
        found, true = table.outcome(charge, lambda name: 0.5), paced(charge, Equipment(), lambda name: 0.5)
        assert found is not None
        assert found.hours == pytest.approx(true.hours, rel=0.0025)
        assert found.charge.mass == pytest.approx(true.charge.mass, rel=1e-9)
        assert {word: found.charge.quality[word] for word in others} == others
    assert table.calls < 15


def paced(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    return Outcome(1.0 / charge.quality["pace"], charge.but(mass=charge.mass * 0.9, done=1.0))


def test_what_is_read_out_of_a_copy_is_an_input_all_the_same() -> None:
    """The model takes its attributes over as a whole before it reads them."""

    def model(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(charge.but(more=0.0).quality["pace"], charge)

    table = Table(model, Equipment(), Charge(1.0, quality={"pace": 2.0}))
    found = table.outcome(Charge(1.0, quality={"pace": 2.5}), lambda name: 0.5)
    assert found is not None and found.hours == pytest.approx(2.5)


def seldom_read(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    return Outcome(1.0 + (charge.quality["b"] if charge.quality["a"] > 1.0 else 0.0), charge)


def test_an_attribute_that_is_read_now_and_then_can_not_be_tabulated() -> None:
    table = Table(seldom_read, Equipment(), Charge(1.0, quality={"a": 1.0, "b": 1.0}))
    with pytest.raises(ValueError, match="reads 'b' only of some charges, so it can't be tabulated"):
        table.outcome(Charge(1.0, quality={"a": 1.2, "b": 1.0}), lambda name: 0.5)


def test_steps_of_one_model_ask_it_once() -> None:
    """Two products alike, one after the other: the second one finds all that is known of the first."""
    scenario = line(physics=True, tabulate=False).replace(run={"horizon": 100.0})
    products = dict.fromkeys("ab", scenario.products["p"])
    orders = {name: Order(product=name, batches=1, release={"at_once": True}) for name in "ab"}
    plain = StartingCharge(volume=500.0, quality={"titre": 10.0, "moisture": 0.25})
    both = {name: each.model_copy(update={"charge": plain}) for name, each in products.items()}
    run = simulate(scenario.replace(products=both, orders=orders))
    assert (run.solver["calls"], run.solver["hits"]) == (3, 3)


def test_what_jumps_is_not_interpolated() -> None:
    """A limit of 1 h that some charges break: on both sides of it, each charge gets what the model says."""
    model = FluidBedDrying(until=0.02, at_most=1.0)
    table = Table(model, Equipment(), WET)
    for k in range(40):
        charge = WET.but(moisture=0.2 + k * 0.0025)
        found, true = table.outcome(charge, lambda name: 0.5), model(charge, Equipment(), lambda name: 0.5)
        assert found is None or bool(found.late) == bool(true.late)


# ---- a year ----------------------------------------------------------------------------------------------------------

LOTS = StartingCharge(volume=500.0, quality={"titre": {"normal": {"mean": 10.0, "sd": 0.5}}, "moisture": {"uniform": {
    "low": 0.22, "high": 0.28}}})  # fmt: skip


def line(physics: bool, tabulate: bool = True) -> Scenario:
    """Four steps, three with a model whose inputs differ from lot to lot: a year of a batch in each 8 h."""
    models = {
        "concentrate": Ultrafiltration(until=100.0),
        "freeze": Lyophilisation(),
        "dry": FluidBedDrying(until=0.02),
    }
    hours = {"concentrate": 0.7, "freeze": 6.7, "dry": 0.2}
    steps = {"weigh": Step(on="booth", time=1.0)}
    for name, model in models.items():
        steps[name] = (
            Step(on=name, model=model, tabulate=tabulate)
            if physics
            else Step(on=name, time=Constant(value=hours[name]))
        )
    kinds = {name: Unit(kind=step.on, count=2) for name, step in steps.items()}
    product = Product(batch=500.0, steps=steps, charge=LOTS)
    return Scenario(units=kinds, products={"p": product}, run={"horizon": 8760.0},
                    orders={"o": Order(product="p", release={"every": Constant(value=4.0)})})  # fmt: skip


def test_a_year_of_physics_costs_little() -> None:
    """On a seed never seen, under 0.1 calls of models a batch step; the run says so, and what the tables miss."""
    run = simulate(line(physics=True), seed=987)
    steps = sum(row[1] == "grant" for row in run.record)
    assert steps > 8000
    assert run.solver["calls"] < 0.1 * steps
    assert run.solver["calls"] + run.solver["hits"] >= sum(row[1] == "outcome" for row in run.record)
    frame = run.models().set_index("step")
    assert frame["calls"].sum() == run.solver["calls"]
    assert (frame["error"] < 0.0025).all()
    assert frame.loc["dry", "cells"] > 0


def shipped(name: str, physics: bool) -> Scenario:
    """A shipped plant as it is, or of the times that its models usually say."""
    plain, products = read_layout(ROOT / "layouts" / f"{name}.yaml"), {}
    for word, product in plain.products.items():
        fixed = {step: {"model": None, "time": Constant(value=hours)} for step, hours in product.model_hours.items()}
        changes = {} if physics else fixed
        steps = {step: each.model_copy(update=changes.get(step, {})) for step, each in product.steps.items()}
        products[word] = product.model_copy(update={"steps": steps})
    units = {word: unit if physics else unit.model_copy(update={"design": {}}) for word, unit in plain.units.items()}
    tests = {word: test if physics else test.model_copy(update={"spec": {}}) for word, test in plain.tests.items()}
    return plain.replace(products=products, units=units, tests=tests, run={"horizon": 8760.0})


@pytest.mark.long
@pytest.mark.parametrize(("name", "most"), [("mab_plant", 3.0), ("fill_finish", 3.0), ("api_plant", 4.0)])
def test_a_year_of_physics_takes_no_more_than_three_times_that_of_fixed_times(name: str, most: float) -> None:
    """CPU time of a plant, the best of three of each, interleaved, on seeds never seen.

    Of active ingredients a year of few steps costs 0.3 s with fixed times; its reactors may make four times of that.
    """
    times: dict[bool, list[float]] = {True: [], False: []}
    for seed in (31, 32, 33):
        for physics in (True, False):
            scenario = shipped(name, physics)
            scenario.check()
            begin = process_time()
            run = simulate(scenario, seed=seed)
            times[physics].append(process_time() - begin)
            if physics:
                assert run.solver["calls"] < 0.1 * sum(row[1] == "grant" for row in run.record)
                assert run.solver["hits"] > 0
    assert min(times[True]) < most * min(times[False])


def test_a_table_depends_on_nothing_that_was_asked_before() -> None:
    """So that a run goes on from any state as it would have."""
    scenario = line(physics=True).replace(run={"horizon": 60.0})
    rows = play(scenario)
    for time in sorted({row[0] for row in rows})[5::25]:
        assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]


@pytest.mark.parametrize("name", EXAMPLES)
def test_without_a_spread_of_inputs_hours_do_not_spread(name: str) -> None:
    """Batches alike take the same time, seed after seed, also out of a table; and cost one call of the model."""
    example = EXAMPLES[name]
    scenario = example.plant(batches=3)
    hours = {row[8][0] for seed in (1, 2) for row in simulate(scenario, seed=seed).record if row[1] == "outcome"}
    assert len(hours) == 1
    run = simulate(scenario, seed=3)
    assert (run.solver["calls"], run.solver["hits"]) == (1, 2)


def seldom(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    return Outcome(draw("a") + (draw("b") if charge.mass > 100.0 else 0.0), charge)


def test_luck_that_is_asked_for_now_and_then_can_not_be_tabulated() -> None:
    table = Table(seldom, Equipment(), Charge(90.0))
    with pytest.raises(ValueError, match="asks for luck 'b' only of some charges, so it can't be tabulated"):
        table.outcome(Charge(120.0), lambda name: 0.5)

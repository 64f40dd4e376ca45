"""What batches are made of as they part, meet and take materials: each rule in a plant worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import small, state_at, told

from plantsim.chance import Streams
from plantsim.charge import LotCharge, StartingCharge
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.inside import inside
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError
from plantsim.materials import Material, QualityTest
from plantsim.plant import Unit
from plantsim.recipe import Product
from plantsim.record import HOUR
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.unitops.mixing import mixed, per_litre

BROTH = StartingCharge(
    volume=100.0, temperature=30.0, quality={"titre": 4.0}, composition={"salt": 0.01, "water": 0.99}
)
BUFFER = StartingCharge(volume=300.0, temperature=10.0, composition={"salt": 0.05, "water": 0.95})


def plant(steps: dict[str, Step], charge: StartingCharge | None = BROTH, **more: Any) -> Scenario:
    """A batch of 100 kg whose steps are each on a unit of its own."""
    products = {"p": Product(batch=100.0, steps=steps, charge=charge)}
    units = {step.on: Unit(kind=step.on, count=4) for step in steps.values()}
    return small(steps, products=products, **{"units": units, "batches": 1, **more})


def charges(run: Results) -> list[tuple[str, float, Any]]:
    return [(row[3], row[6], row[8]) for row in run.record if row[1] == "charge"]


def resumed(scenario: Scenario, run: Results, hours: tuple[float, ...]) -> None:
    """Gone on from any of these times, also through JSON, the rest of the run is the same."""
    rows = list(run.record)
    for time in (int(each * HOUR) for each in hours):
        again = simulate(scenario, start=state_at(scenario, rows, time))
        assert list(again.record) == [row for row in rows if row[0] > time], time / HOUR


# ---- to mix ----------------------------------------------------------------------------------------------------------


def test_attributes_are_averaged_over_what_they_are_a_share_of() -> None:
    """60 kg in 50 L and 40 kg in 150 L.

    Temperature: (60 x 80 + 40 x 30) / 100 = 60 °C.  Assay, by mass: (60 x 0.9 + 40 x 0.4) / 100 = 0.7.  Titre, by
    volume: (50 x 4 + 150 x 0) / 200 = 1, for what tells none has none.  Moisture on what is dry: 60 kg at 0.5 are 20 kg
    of water and 40 kg, 40 kg of which 10 % is water are 4 and 36 kg: 24 / 76.  A size is that of the one that tells it.
    Components: of 60 kg a third is p, and 40 kg are 10 % water and 90 % q.
    """
    one = Charge(
        60.0, 50.0, 80.0, {"p": 1 / 3, "water": 2 / 3}, {"assay": 0.9, "titre": 4.0, "moisture": 0.5, "size": 7.0}
    )
    two = Charge(40.0, 150.0, 30.0, {"water": 0.1, "q": 0.9}, {"assay": 0.4})
    whole = mixed([(one, "p"), (two, "p")])
    assert (whole.mass, whole.volume, whole.temperature) == (100.0, 200.0, pytest.approx(60.0))
    assert whole.composition == pytest.approx({"p": 0.2, "water": 0.44, "q": 0.36})
    assert whole.quality == pytest.approx({"assay": 0.7, "titre": 1.0, "moisture": 24 / 76, "size": 7.0})


def test_heat_is_shared_by_heat_capacity_where_all_tell_it() -> None:
    """60 kg at 80 °C with 2 kJ/kg/K, 40 kg at 20 °C with 4: (120 x 80 + 160 x 20) / 280 = 45.7 °C, with 2.8."""
    one, two = Charge(60.0, 0.0, 80.0, {}, {"heat capacity": 2.0}), Charge(40.0, 0.0, 20.0, {}, {"heat capacity": 4.0})
    whole = mixed([(one, ""), (two, "")])
    assert whole.temperature == pytest.approx(12800 / 280)
    assert whole.quality["heat capacity"] == pytest.approx(2.8)


def test_viability_is_a_share_of_the_cells() -> None:
    """10 L with 8 g/L of cells, 90 % alive, and 30 L with 4 g/L, 50 % alive: (72 + 60) / 200 = 66 %."""
    one = Charge(10.0, 10.0, quality={"cells": 8.0, "viability": 0.9})
    two = Charge(30.0, 30.0, quality={"cells": 4.0, "viability": 0.5})
    assert mixed([(one, ""), (two, "")]).quality == pytest.approx({"cells": 5.0, "viability": 0.66})


def test_what_has_no_composition_counts_as_one_component() -> None:
    """30 kg that are half water and half salt, and 10 kg of film: 15, 15 and 10 kg of 40 kg."""
    whole = mixed([(Charge(30.0, composition={"water": 0.5, "salt": 0.5}), "p"), (Charge(10.0), "film")])
    assert whole.composition == pytest.approx({"water": 0.375, "salt": 0.375, "film": 0.25})
    assert [per_litre(name) for name in ("titre", "salt concentration", "viable_cells", "assay", "purity")] == [
        True, True, True, False, False,
    ]  # fmt: skip


kilograms, numbers = st.floats(1e-3, 1e4), st.floats(0.0, 1e3)
some = st.builds(
    lambda mass, volume, heat, a, b, titre, wet: Charge(
        mass, volume, heat, {"a": a / (a + b), "b": b / (a + b)}, {"titre": titre, "moisture": wet, "assay": a}
    ),
    kilograms, kilograms, st.floats(-20.0, 150.0), kilograms, kilograms, numbers, st.floats(0.0, 20.0),
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(some, min_size=1, max_size=6))
def test_all_that_is_mixed_is_balanced(parts: list[Charge]) -> None:
    """Components, heat, product and water, to 1e-9; and what is mixed at once is what is mixed one after the other."""

    def amounts(each: Charge) -> list[float]:
        dry = each.mass / (1.0 + each.quality["moisture"])
        water = dry * each.quality["moisture"]
        more = [each.quality["titre"] * each.volume, each.quality["assay"] * each.mass, water, dry]
        return [each.mass, each.volume, (each.temperature + 273.15) * each.mass, *more] + [
            share * each.mass for share in each.composition.values()
        ]

    whole = mixed([(each, "") for each in parts])
    want = [sum(each) for each in zip(*map(amounts, parts), strict=True)]
    assert amounts(whole) == pytest.approx(want, rel=1e-9)
    turn = parts[0]
    for each in parts[1:]:
        turn = mixed([(turn, ""), (each, "")])
    assert amounts(turn) == pytest.approx(want, rel=1e-9)
    assert all(min(p.quality[w] for p in parts) <= whole.quality[w] * (1 + 1e-9) for w in whole.quality)


# ---- batches that part and meet --------------------------------------------------------------------------------------


def works(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """A seventh of what is left of A becomes B, an eleventh of the moisture goes, and a tenth of the volume."""
    moisture, solid = charge.quality["moisture"] * 10 / 11, charge.mass / (1.0 + charge.quality["moisture"])
    parts = {name: share * charge.mass for name, share in charge.composition.items()}
    parts["A"], parts["B"] = parts["A"] * 6 / 7, parts["B"] + parts["A"] / 7
    parts["water"] -= solid * (charge.quality["moisture"] - moisture)
    mass, told = solid * (1.0 + moisture), {"moisture": moisture, "titre": charge.quality["titre"] / 0.9}
    shares = {name: part / mass for name, part in parts.items()}
    return Outcome(1.0, Charge(mass, charge.volume * 0.9, charge.temperature, shares, told))


@pytest.mark.parametrize("dry", [0.1 + 0.013777123 * k for k in range(8)])
def test_components_are_balanced_through_models_a_split_and_a_join(dry: float) -> None:
    """Through the record, to 1e-9: 100/3 kg in ten steps, in three parts for six, and joined for six.

    A falls to (6/7)^22 of what it was and B is what it has become, so that A + B stays; C, what is dry and the product
    stay; the moisture, and with it the water, is (10/11)^22 of what it was; fractions add up to 1 in every row.
    """
    wet, number = 0.4 / 0.6, 22
    solids = {"A": dry, "B": 0.5 - dry, "C": 0.1}
    charge = StartingCharge(volume=70.0, quality={"moisture": wet, "titre": 0.7}, composition={**solids, "water": 0.4})
    words = [f"s{k}" for k in range(number)]
    more: dict[str, Any] = {"s10": {"split": 3}, "s16": {"joins": "all"}}
    steps = {word: Step(on=f"v{word}", model=works, **more.get(word, {})) for word in words}
    scenario = plant(steps, charge)
    recipe = scenario.products["p"].model_copy(update={"batch": 100.0 / 3})
    run = simulate(scenario.replace(products={"p": recipe}, run={"horizon": 100.0})).check()
    said = [row for row in run.record if row[1] == "charge"]
    for row in said:
        assert sum(row[8]["composition"].values()) == pytest.approx(1.0, abs=1e-11)
    _, _, _, _, step, _, mass, _, last = said[-1]
    assert step == "s21" and sum(row[4] == "s12" for row in said) == 3
    amounts = {name: share * mass * 3 / 100 for name, share in last["composition"].items()}
    wetter = wet * (10 / 11) ** number
    left = {"A": dry * (6 / 7) ** number, "B": 0.5 - dry * (6 / 7) ** number, "C": 0.1, "water": 0.6 * wetter}
    assert amounts == pytest.approx(left, rel=1e-10)
    assert mass / (1.0 + last["quality"]["moisture"]) == pytest.approx(20.0, rel=1e-10)
    assert last["quality"]["titre"] * last["volume"] * mass == pytest.approx(49.0, rel=1e-10)


def test_parts_are_made_of_what_the_batch_was_and_what_is_joined_is_mixed() -> None:
    """100 kg of broth at 30 °C, 4 g/L in 100 L, and 300 kg of buffer at 10 °C in 300 L meet at 5 h.

    400 kg at (3000 + 3000) / 400 = 15 °C, in 400 L of 1 g/L; salt: 1 + 15 kg of 400, 4 %.  They are split in two: each
    has 200 kg in 200 L, and each is as warm.  The column drives nothing off: 1 h for each g/L.
    """

    def column(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(charge.quality["titre"], charge.but(temperature=25.0))

    steps = {
        "grow": Step(on="bioreactor", time=5.0),
        "buffer": Step(on="tank", time=2.0, after=(), batch=300.0, made_of=BUFFER),
        "dilute": Step(on="vessel", time=1.0, after=("grow", "buffer")),
        "capture": Step(on="column", model=column, split=2),
        "fill": Step(on="filler", time=1.0, joins="all"),
    }
    scenario = plant(steps)
    run = simulate(scenario).check()
    told_of = charges(run)
    assert [each[:2] for each in told_of] == [
        ("o/1", 400.0), ("o/1/grow", 100.0), ("o/1/buffer", 300.0), ("o/1", 400.0), ("o/1/1", 200.0),
        ("o/1/2", 200.0), ("o/1", 400.0),
    ]  # fmt: skip
    mix = told_of[3][2]
    assert (mix["temperature"], mix["volume"]) == pytest.approx((15.0, 1.0))
    assert mix["quality"] == pytest.approx({"titre": 1.0})
    assert mix["composition"] == pytest.approx({"salt": 0.04, "water": 0.96})
    assert told(run.record, "outcome", "done") == ["6 outcome column-1 o/1/1", "6 outcome column-2 o/1/2", "8 done o/1"]
    assert told_of[-1][2]["temperature"] == 25.0
    balance = run.mass_balance()
    assert (balance["in"], balance["out"], balance["gap"]) == pytest.approx((400.0, 400.0, 0.0), abs=1e-9)
    resumed(scenario, run, (0.0, 1.0, 2.0, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5))


def test_a_side_branch_may_begin_later_with_a_batch_of_its_own() -> None:
    """As 100 kg of broth, 4 g/L, are grown, a buffer of 300 kg is begun, which holds none of it; both meet 2 h later.

    The broth goes on whole; the buffer comes in beside it: 400 kg at 15 °C, 1 g/L, 4 % salt, as begun at once.
    """
    steps = {
        "grow": Step(on="bioreactor", time=5.0),
        "keep": Step(on="vessel", time=1.0),
        "buffer": Step(on="tank", time=2.0, after=("grow",), batch=300.0, made_of=BUFFER),
        "dilute": Step(on="mixer", time=1.0, after=("keep", "buffer")),
    }
    scenario = plant(steps)
    run = simulate(scenario).check()
    assert [each[:2] for each in charges(run)] == [("o/1", 100.0), ("o/1/buffer", 300.0), ("o/1", 400.0)]
    assert charges(run)[1][2]["quality"] == {}
    mix = charges(run)[2][2]
    assert (mix["temperature"], mix["volume"]) == pytest.approx((15.0, 1.0))
    assert mix["quality"] == pytest.approx({"titre": 1.0})
    assert mix["composition"] == pytest.approx({"salt": 0.04, "water": 0.96})
    assert scenario.products["p"].masses == {"grow": 100.0, "keep": 100.0, "buffer": 300.0, "dilute": 400.0}
    assert told(run.record, "done") == ["8 done o/1"]
    balance = run.mass_balance()
    assert (balance["in"], balance["out"], balance["gap"]) == pytest.approx((400.0, 400.0, 0.0), abs=1e-9)
    resumed(scenario, run, (0.0, 4.0, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5))


def test_batches_that_are_pooled_are_mixed() -> None:
    """Three batches of 100 kg, each with an assay of its own lot: the pool of 300 kg has their mean."""
    lots = StartingCharge(quality={"assay": {"uniform": {"low": 0.8, "high": 1.0}}})
    steps = {"grow": Step(on="tank", time=1.0), "pool": Step(on="vessel", time=1.0, pools=3)}
    run = simulate(plant(steps, lots, batches=3)).check()
    *each, pool = charges(run)
    assert [(name, mass) for name, mass, _ in (*each, pool)] == [
        ("o/1", 100.0), ("o/2", 100.0), ("o/3", 100.0), ("o/1", 300.0),
    ]  # fmt: skip
    found = [said["quality"]["assay"] for _, _, said in each]
    assert len({*found}) == 3
    assert pool[2]["quality"]["assay"] == pytest.approx(sum(found) / 3, rel=1e-12)


def test_a_side_branch_that_does_not_say_is_made_of_what_the_product_is() -> None:
    """100 and 50 kg of one broth, of 1 L/kg, are 150 kg of it: nothing but the mass changes."""
    steps = {
        "grow": Step(on="bioreactor", time=1.0),
        "seed": Step(on="tank", time=1.0, after=(), batch=50.0),
        "meet": Step(on="vessel", time=1.0, after=("grow", "seed")),
    }
    run = simulate(plant(steps)).check()
    first, last = charges(run)
    assert (first[1], last[1]) == (150.0, 150.0)
    assert first[2] == last[2]
    assert last[2]["volume"] == 1.0


# ---- what steps take and give ----------------------------------------------------------------------------------------

SALT = {"amount": 20.0, "adds": True}


def airing(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """An hour for each tenth of moisture, all of which goes."""
    wet = charge.quality["moisture"]
    return Outcome(10.0 * wet, charge.but(mass=charge.mass / (1.0 + wet), moisture=0.0))


def test_what_a_step_takes_is_part_of_the_batch_at_its_end() -> None:
    """80 kg at 30 °C with 20 kg of salt at 5 °C, of 2 kg/L: 100 kg at 25 °C in 90 L; less 1 kg, then a tenth: 89.1 kg.

    It gives back 0.05 kg for each of the 80 kg that came, made of what was mixed.
    """
    steps = {
        "mix": Step(on="mixer", time=1.0, takes={"salt": SALT}, gives={"dust": 0.05}, startup_loss=1.0, yield_=0.9)
    }
    salt = Material(stock=50.0, charge=LotCharge(temperature=5.0, density=2.0))
    charge = StartingCharge(temperature=30.0, volume=80.0, composition={"water": 1.0})
    scenario = plant(steps, charge, materials={"salt": salt, "dust": Material()})
    scenario = scenario.replace(products={"p": scenario.products["p"].model_copy(update={"batch": 80.0})})
    run = simulate(scenario).check()
    (_, mass, said) = charges(run)[-1]
    assert (mass, said["temperature"], said["volume"]) == pytest.approx((100.0, 25.0, 0.9))
    assert said["composition"] == pytest.approx({"water": 0.8, "salt": 0.2})
    assert [row[6] for row in run.record if row[1] in ("give", "done")] == pytest.approx([4.0, 89.1])
    state = run.state_at(5.0)
    assert state.stocks["dust"].lots["o/1/mix/dust"].charge == said
    balance = run.mass_balance()
    assert balance[["in", "out", "loss", "gap"]].tolist() == pytest.approx([100.0, 93.1, 6.9, 0.0], abs=1e-9)
    resumed(scenario, run, (0.0, 0.5, 1.0))


def test_a_model_is_asked_of_a_batch_with_what_its_step_takes() -> None:
    """100 kg at 25 % moisture are 80 kg dry and 20 kg of water; 20 kg of salt, half of it water on what is dry.

    120 kg of 80 + 13.33 dry and 26.67 of water: a moisture of 0.2857, 2.857 h; 93.33 kg are left, and are split.
    """
    steps = {"dry": Step(on="dryer", model=airing, takes={"salt": SALT}), "pack": Step(on="packer", time=1.0, split=2)}
    salt = Material(stock=50.0, charge=LotCharge(quality={"moisture": 0.5}))
    scenario = plant(steps, StartingCharge(quality={"moisture": 0.25}), materials={"salt": salt})
    run = simulate(scenario).check()
    (outcome,) = [row[8] for row in run.record if row[1] == "outcome"]
    assert outcome[:3] == pytest.approx((10.0 * 80 / 280, 120.0, 280 / 3), rel=1e-9)
    assert sum(row[6] for row in run.record if row[1] == "done") == pytest.approx(280 / 3, rel=1e-9)
    assert inside(run, "o/1", "dry")[0][0].hours == pytest.approx(outcome[0])
    balance = run.mass_balance()
    assert balance[["in", "out", "loss", "gap"]].tolist() == pytest.approx([120.0, 280 / 3, 80 / 3, 0.0], abs=1e-9)
    resumed(scenario, run, (0.0, 1.0, 2.9, 3.5))
    state = run.state_at(1.0)
    for k in range(3):
        ahead = simulate(scenario, replication=k, start=state, luck="ahead")
        assert [row[6] for row in ahead.record if row[1] == "done"] == [
            row[6] for row in run.record if row[1] == "done"
        ]


def test_batches_that_take_of_one_lot_share_it() -> None:
    """Lots of 40 kg are good for two batches each; the assay of a lot is drawn at its name, whoever takes of it."""
    assay = {"uniform": {"low": 0.0, "high": 1.0}}
    salt = Material(stock=40.0, reorder=0.0, order=40.0, delivery=1.0, charge=LotCharge(quality={"assay": assay}))
    steps = {"mix": Step(on="mixer", time=5.0, takes={"salt": SALT})}

    def found(**more: Any) -> list[float]:
        run = simulate(plant(steps, BROTH, materials={"salt": salt}, batches=6, **more))
        return [said["quality"]["assay"] for _, _, said in charges(run) if "assay" in said["quality"]]

    one = found(units={"mixer": Unit(kind="mixer")})
    assert one[0] == one[1] != one[2] == one[3] != one[4] == one[5]
    assert found() == one


def test_what_differs_from_lot_to_lot_leaves_the_others_what_is_left() -> None:
    """97 % with a spread, and 2 % and 1 % of all the rest: what is there of these is 2 to 1; all add up to 1."""
    ester = {"normal": {"mean": 0.97, "sd": 0.008}}
    law = LotCharge(composition={"ester": ester, "water": 0.02, "acid": 0.01})
    lots = [law.drawn(f"lot {k}", 10.0, Streams(1)).composition for k in range(20)]
    assert len({lot["ester"] for lot in lots}) > 10
    for lot in lots:
        assert sum(lot.values()) == pytest.approx(1.0, abs=1e-9)
        assert lot["water"] == pytest.approx(2.0 * lot["acid"], rel=1e-9)
        assert lot["water"] + lot["acid"] == pytest.approx(1.0 - lot["ester"], abs=1e-9)
    short = LotCharge(composition={"ester": ester, "water": 0.02}).drawn("lot", 10.0, Streams(1)).composition
    assert short["water"] == 0.02  # 99 % at the medians: whoever uses it will be told


def test_a_mixture_of_two_lots_takes_of_both() -> None:
    """Of 30 kg in store 20 kg are gone: the second batch takes 10 kg of one lot and 10 kg of the next."""
    assay = {"uniform": {"low": 0.0, "high": 1.0}}
    salt = Material(stock=30.0, reorder=10.0, order=30.0, charge=LotCharge(quality={"assay": assay}))
    steps = {"mix": Step(on="mixer", time=5.0, takes={"salt": SALT})}
    run = simulate(plant(steps, BROTH, materials={"salt": salt}, batches=2, units={"mixer": Unit(kind="mixer")}))
    lots = [row[8][3]["quality"]["assay"] for row in run.record if row[1] == "deliver"]
    found = [said["quality"]["assay"] for _, _, said in charges(run) if "assay" in said["quality"]]
    assert found == pytest.approx([lots[0], (lots[0] + lots[1]) / 2])


def test_a_lot_is_tested_for_what_it_is_made_of() -> None:
    """Half of the lots have less than an assay of 0.9: these are rejected, and no others."""
    assay = {"uniform": {"low": 0.8, "high": 1.0}}
    salt = Material(reorder=0.0, order=40.0, delivery=1.0, test="hplc", charge=LotCharge(quality={"assay": assay}))
    steps = {"mix": Step(on="mixer", time=1.0, takes={"salt": SALT})}
    tests = {"hplc": QualityTest(time=1.0, spec={"assay": {"least": 0.9}})}
    run = simulate(plant(steps, materials={"salt": salt}, tests=tests, batches=12))
    lots = {row[8][0]: row[8][3]["quality"]["assay"] for row in run.record if row[1] == "deliver"}
    verdicts = [(row[1], lots[row[8][0].rsplit("/", 1)[0]]) for row in run.record if row[1] in ("accept", "reject")]
    assert {word for word, _ in verdicts} == {"accept", "reject"}
    assert all((word == "accept") == (number >= 0.9) for word, number in verdicts)


def test_a_step_after_which_batches_part_takes_and_gives() -> None:
    """100 kg take 20 kg and lose a tenth: 108 kg in three parts of 36 kg; 5 kg of what was lost come back."""
    steps = {
        "mix": Step(on="mixer", time=1.0, takes={"salt": SALT}, gives={"dust": 0.05}, yield_=0.9),
        "press": Step(on="press", time=1.0, split=3),
    }
    for charge in (None, BROTH):
        run = simulate(plant(steps, charge, materials={"salt": Material(stock=20.0), "dust": Material()})).check()
        assert [row[6] for row in run.record if row[1] in ("give", "done")] == pytest.approx([5.0, 36.0, 36.0, 36.0])
        balance = run.mass_balance()
        assert balance[["in", "out", "loss", "gap"]].tolist() == pytest.approx([120.0, 113.0, 7.0, 0.0], abs=1e-9)


def test_an_attribute_that_no_lot_has_is_said() -> None:
    """A test that looks at a word which no lot has, and a batch that is made of
    something else and has none of its own.
    """
    salt = Material(stock=1.0, test="hplc", charge=LotCharge(quality={"assay": 0.9}))
    steps = {"mix": Step(on="mixer", time=1.0), "spin": Step(on="mixer", time=1.0, made_of=BUFFER)}
    tests = {"hplc": QualityTest(time=1.0, spec={"asay": {"least": 0.9}})}
    with pytest.raises(LayoutError) as caught:
        plant(steps, materials={"salt": salt}, tests=tests).check()
    assert [str(each) for each in caught.value.faults] == [
        "products.p.steps.spin.made of: says what its batch is made of, but has none of its own: give it one, as side "
        "branches may",
        "materials.salt.test: 'hplc' looks at 'asay', which its lots don't have; did you mean 'assay'?",
    ]

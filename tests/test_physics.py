"""The model inside a step: how long it takes, what comes out, what is told of it, and what becomes of a bad one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import deepcopy
from math import nan
from pathlib import Path
from typing import Any

import pytest
from plants import fresh, small, state_at, told

from plantsim.chance import HOUR
from plantsim.charge import StartingCharge
from plantsim.charts import profile
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, ModelError, PlantsimError
from plantsim.laws import Constant
from plantsim.layout import layout_faults, read_layout, to_yaml
from plantsim.layout.code import code_faults
from plantsim.materials import Material
from plantsim.plant import Failure, Unit
from plantsim.recipe import Order, Product
from plantsim.record import Record
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.state import fold
from plantsim.step import Step
from plantsim.twin import Twin
from plantsim.unitops.fluid_bed import FluidBedDrying
from plantsim.unitops.lyophilisation import Lyophilisation
from plantsim.utility import Utility

WET = StartingCharge(temperature=25.0, quality={"moisture": 0.25})
LOTS = StartingCharge(quality={"moisture": {"uniform": {"low": 0.1, "high": 0.3}}})


def airing(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """A quarter of water on dry goods takes 2 h and a half, and all of it goes."""
    wet = charge.quality["moisture"]
    return Outcome(10.0 * wet, charge.but(mass=charge.mass / (1.0 + wet), moisture=0.0))


def plant(model: Any = airing, charge: StartingCharge | None = WET, batches: int = 2, **more: Any) -> Scenario:
    """100 kg, of which 20 kg are water, are dried, and then packed."""
    steps = {"dry": Step(on="dryer", charge=0.5, model=model), "pack": Step(on="packer", time=1.0)}
    products = {"p": Product(batch=100.0, steps=steps, charge=charge)}
    units = {"dryer": Unit(kind="dryer"), "packer": Unit(kind="packer")}
    return small(steps, products=products, batches=batches, name="Drying", **{"units": units, **more})


# ---- what it does to a plant -----------------------------------------------------------------------------------------


def test_the_model_says_how_long_it_takes_and_what_comes_out() -> None:
    """0.5 h to charge and 2.5 h to dry: batches leave the dryer at 3 h and at 6 h, with 80 kg; packing takes 1 h."""
    run = simulate(plant()).check()
    assert told(run.record, "leave", "done") == [
        "3 leave dryer-1 o/1", "4 leave packer-1 o/1", "4 done o/1", "6 leave dryer-1 o/2", "7 leave packer-1 o/2",
        "7 done o/2",
    ]  # fmt: skip
    made = [row for row in run.record if row[1] == "charge" and row[2]]
    assert [(row[0] / HOUR, row[6], row[8]["quality"]) for row in made] == [
        (3.0, pytest.approx(80.0, abs=1e-9), {"moisture": 0.0}),
        (6.0, pytest.approx(80.0, abs=1e-9), {"moisture": 0.0}),
    ]
    balance = run.mass_balance()
    assert (balance["in"], balance["out"], balance["loss"]) == pytest.approx((200.0, 160.0, 40.0), abs=1e-9)


def test_batches_alike_in_a_load_become_alike_in_one_call_of_the_model() -> None:
    """100 kg each, of which 20 kg are water: both ride for 3 h, in one call of the model, and weigh 80 kg after it."""
    units = {"dryer": Unit(kind="dryer", holds=2), "packer": Unit(kind="packer", count=2)}
    run = simulate(plant(units=units)).check()
    assert told(run.record, "done") == ["4 done o/1", "4 done o/2"]
    assert [row[3] for row in run.record if row[1] == "outcome"] == ["o/1"]
    made = [(row[3], row[6], row[8]["quality"]) for row in run.record if row[1] == "charge" and row[2]]
    dry = {"moisture": 0.0}
    assert made == [("o/1", pytest.approx(80.0), dry), ("o/2", pytest.approx(80.0), dry)]
    balance = run.mass_balance()
    assert (balance["in"], balance["out"], balance["loss"]) == pytest.approx((200.0, 160.0, 40.0), abs=1e-6)
    state = run.state_at(2.0)
    again = simulate(plant(units=units), start=state)
    assert list(again.record) == [row for row in run.record if row[0] > state.time]


def test_a_halted_run_goes_on_with_the_rest_of_its_time() -> None:
    """The seal goes after each hour worked, and its repair takes 0.5 h: at 1.5 h and 3 h; the 2.5 h end at 4 h."""
    seal = {"seal": Failure(after=Constant(value=1.0), repair=Constant(value=0.5))}
    units = {"dryer": Unit(kind="dryer", failures=("seal",)), "packer": Unit(kind="packer")}
    run = simulate(plant(batches=1, failures=seal, units=units))
    assert told(run.record, "fail", "repaired", "leave") == [
        "1.5 fail dryer-1 o/1 seal", "2 repaired dryer-1 seal", "3 fail dryer-1 o/1 seal", "3.5 repaired dryer-1 seal",
        "4 leave dryer-1 o/1", "5 leave packer-1 o/1",
    ]  # fmt: skip


def test_without_a_spread_of_what_goes_in_there_is_none_in_the_hours() -> None:
    def hours(charge: StartingCharge) -> set[float]:
        run = simulate(plant(charge=charge, batches=20))
        return {row[8][0] for row in run.record if row[1] == "outcome"}

    assert hours(WET) == {2.5}
    assert len(hours(LOTS)) > 10
    assert all(1.0 <= each <= 3.0 for each in hours(LOTS))


def test_a_lot_keeps_its_charge_whatever_the_plant() -> None:
    def lots(count: int) -> dict[str, Any]:
        units = {"dryer": Unit(kind="dryer", count=count), "packer": Unit(kind="packer")}
        run = simulate(plant(charge=LOTS, batches=9, units=units))
        return {row[3]: row[8] for row in run.record if row[1] == "charge" and not row[2]}

    assert lots(1) == lots(3)


def test_the_mass_that_enters_is_what_the_steps_before_left() -> None:
    """A mill that loses a tenth gives 90 kg to the dryer, of which a fifth goes: 72 kg."""
    steps = {"mill": Step(on="mill", time=1.0, yield_=0.9), "dry": Step(on="dryer", model=airing)}
    scenario = small(steps, products={"p": Product(batch=100.0, steps=steps, charge=WET)}, batches=1)
    run = simulate(scenario).check()
    (outcome,) = [row for row in run.record if row[1] == "outcome"]
    assert outcome[8][1:3] == (90.0, pytest.approx(72.0, abs=1e-9))
    assert [row[6] for row in run.record if row[1] == "done"] == [pytest.approx(72.0, abs=1e-9)]


def test_a_time_limit_that_comes_first_is_a_deviation() -> None:
    """The bed needs about 1.2 h; at most 0.5 h are allowed, and the granules go on as wet as they are."""
    model = FluidBedDrying(until=0.02, at_most=0.5)
    run = simulate(plant(model, batches=1))
    assert told(run.record, "deviation", "leave") == [
        "1 deviation dryer-1 o/1 moisture 0.02 kg/kg not reached", "1 leave dryer-1 o/1", "2 leave packer-1 o/1",
    ]  # fmt: skip
    made = [row[8]["quality"]["moisture"] for row in run.record if row[1] == "charge"]
    assert made[0] == 0.25
    assert 0.05 < made[1] < 0.2


def test_a_limit_that_was_not_kept_is_a_deviation_that_says_so() -> None:
    """Drying reaches -14.77 °C at the bottom of the vial (tests/unitops/test_lyophilisation.py): too warm by 0.23 K."""

    def causes(model: Lyophilisation) -> list[str]:
        record = simulate(plant(model, StartingCharge(), batches=1)).record
        return [row[7] for row in record if row[1] == "deviation"]

    assert causes(Lyophilisation(critical=-14.0)) == []
    assert causes(Lyophilisation(critical=-15.0)) == ["product below -15 °C: broken"]
    short = Lyophilisation(critical=-40.0, at_most=2.0)
    assert causes(short) == ["primary drying not reached", "product below -40 °C: broken"]


def test_batches_alike_cost_one_call_of_the_model() -> None:
    run = simulate(plant(batches=10))
    assert (run.solver["calls"], run.solver["hits"]) == (1, 9)


def test_zero_wait_knows_how_long_a_model_will_take() -> None:
    """The mixer takes 1 h and may not wait; the dryer is busy until 3 h, so that the second batch begins at 2 h."""
    steps = {"mix": Step(on="mixer", time=1.0, hold=0.0), "dry": Step(on="dryer", model=airing, hold=0.0)}
    steps["pack"] = Step(on="packer", time=3.0)
    products = {"p": Product(batch=100.0, steps=steps, charge=WET.model_copy(update={"quality": WET.quality}))}
    run = simulate(small(steps, products=products))
    grants = [f"{row[0] / HOUR:g} {row[2]} {row[3]}" for row in run.record if row[1] == "grant"]
    assert grants == ["0 mixer-1 o/1", "1 dryer-1 o/1", "3 mixer-1 o/2", "3.5 packer-1 o/1", "4 dryer-1 o/2",
                      "6.5 packer-1 o/2"]  # fmt: skip


def test_what_a_model_says_is_in_the_state_and_in_files(tmp_path: Path) -> None:
    scenario = plant(FluidBedDrying(until=0.02, scatter=0.1), LOTS, batches=4)
    run = simulate(scenario, seed=3)
    assert list(Record.load(run.record.save(tmp_path / "record.parquet"))) == list(run.record)
    for time in (0, HOUR, 2 * HOUR, 3 * HOUR):
        state = fold(fresh(scenario), (row for row in run.record if row[0] <= time), time)
        assert state_at(scenario, run.record, time) == state
        rest = [row for row in run.record if row[0] > time]
        assert list(simulate(scenario, seed=3, start=state).record) == rest


# ---- models that fail ------------------------------------------------------------------------------------------------


def gives(**changes: Any) -> Callable[..., Outcome]:
    """A model that is sound on the first batch."""

    def model(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        found = airing(charge, unit, draw)
        if charge.quality["moisture"] == 0.25:
            return found
        end = found.charge.but(**{word: value for word, value in changes.items() if word != "hours"})
        return Outcome(changes.get("hours", found.hours), end)

    return model


def raises(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    raise ZeroDivisionError("no air")


def forgets(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    return Outcome(charge.quality["moistur"], charge)


MUST = "which must be a number that is not negative"
BAD = [
    (gives(hours=nan), f"gives hours = nan, {MUST}"),
    (gives(hours=-1.0), f"gives hours = -1.0, {MUST}"),
    (gives(mass=-2.0), f"gives mass = -2.0, {MUST}"),
    (gives(temperature=nan), "gives temperature = nan, which must be a finite number"),
    (gives(moisture=nan), "gives moisture = nan, which must be a finite number"),
    (gives(composition={"water": 0.4}), "gives fractions that add up to 0.4 instead of 1"),
    (raises, "raised ZeroDivisionError: no air"),
    (forgets, "asks for 'moistur', which the charge does not have; did you mean 'moisture'?"),
    (lambda charge, unit, draw: 3.0, "raised TypeError: expected an Outcome with a Charge, got 3.0"),
]


@pytest.mark.parametrize(("model", "said"), BAD, ids=[said for _, said in BAD])
def test_a_model_that_fails_is_named_and_loses_nothing_that_happened(model: Any, said: str) -> None:
    """The first batch is sound, the second is not: it enters the dryer at 3 h, when the first one leaves it."""
    good, bad = Product(batch=100.0, steps={"dry": Step(on="dryer", model=airing)}, charge=WET), plant(model)
    products = {"good": good, "p": Product(batch=100.0, steps=bad.products["p"].steps, charge=StartingCharge(
        quality={"moisture": 0.2}))}  # fmt: skip
    orders = {"a": Order(product="good", batches=1), "b": Order(product="p", batches=1, start=1.0)}
    with pytest.raises(ModelError) as caught:
        simulate(bad.replace(products=products, orders=orders))
    where, _, what = str(caught.value).partition(" dryer-1: ")
    assert where == "Drying: step 'dry' of 'p', batch b/1 on"
    assert what.partition(" ")[2] == said
    run = caught.value.run
    assert told(run.record, "done") == ["2.5 done a/1"]
    assert run.until == 2.5


# ---- forecasts and deviations ----------------------------------------------------------------------------------------


def slow(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """From 2 h to 6 h, each time as likely as another."""
    return Outcome(2.0 + 4.0 * draw("air"), charge.but(moisture=draw("air")))


def test_a_forecast_draws_the_rest_of_what_is_in_progress() -> None:
    """Begun at 0.5 h and not over at 4.5 h: it ends from then to 6.5 h, on average at 5.5 h; what comes out fits."""
    scenario = plant(slow, batches=1)
    seed = next(k for k in range(99) if _longer(simulate(scenario, k), 4.1))
    state = simulate(scenario, seed).state_at(4.5)
    ends = []
    for k in range(200):
        run = simulate(scenario, seed, replication=k, start=state, luck="ahead")
        (made,) = [row for row in run.record if row[1] == "charge"]
        ends.append(made[0] / HOUR)
        assert made[8]["quality"]["moisture"] == pytest.approx((ends[-1] - 2.5) / 4.0, abs=1e-6)
    assert 4.5 < min(ends) < 4.7
    assert 6.3 < max(ends) < 6.5
    assert sum(ends) / 200 == pytest.approx(5.5, abs=4 * 2.0 / (12 * 200) ** 0.5)


def _longer(run: Results, hours: float) -> bool:
    return any(row[1] == "outcome" and row[8][0] > hours for row in run.record)


def dryers(**design: float) -> Scenario:
    """Two dryers, of which the second may have figures of its own."""
    step = Step(on="fluid bed", model=FluidBedDrying(until=0.02, scatter=0.03))
    wide = StartingCharge(quality={"moisture": {"uniform": {"low": 0.15, "high": 0.35}}})
    words = {word.replace("_", " "): value for word, value in design.items()}
    return Scenario(
        units={"sound": Unit(kind="fluid bed"), "other": Unit(kind="fluid bed", design=words)},
        products={"p": Product(batch=120.0, steps={"dry": step}, charge=wide)},
        orders={"o": Order(product="p", batches=18)},
        run={"horizon": 30.0},
    )


def test_a_slow_dryer_deviates_and_a_wet_charge_on_a_sound_one_does_not() -> None:
    """Charges differ by more than a factor of two, a dryer with a fifth less air by a quarter: only that is rare."""
    rows = list(simulate(dryers(air_flow=1200.0), seed=2).record)
    found = Twin(dryers()).observe(rows).deviations()
    judged = [row[2] for row in rows if row[1] == "outcome"]
    assert judged.count("sound-1") > 8
    assert set(found["unit"]) == {"other-1"}
    assert len(found) == judged.count("other-1")
    assert (found["took"] > 1.1 * found["expected"]).all()
    assert Twin(dryers(air_flow=1200.0)).observe(rows).deviations().empty


# ---- in a layout -----------------------------------------------------------------------------------------------------

OWN = """
from plantsim.contracts import Outcome


class TrayDrying:
    def __init__(self, until, rate=0.1):
        self.until, self.rate = until, rate

    def __call__(self, charge, unit, draw):
        wet = charge.quality["moisture"]
        return Outcome((wet - self.until) / self.rate, charge.but(moisture=self.until))
"""
LAYOUT = """
plantsim: 1
units: {tray: {kind: dryer}}
products:
  p:
    batch: 100 kg
    charge: {temperature: 20 degC, quality: {moisture: 25 %}}
    steps:
      dry: {on: dryer, model: {use: "NAME:TrayDrying", until: 0.05 kg/kg, rate: 0.1 1/h}}
orders: {o: {product: p, batches: 1}}
"""


def test_a_model_of_ones_own_is_imported_to_run_and_never_by_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 25 % to 5 % at 10 % an hour: 2 h."""
    (tmp_path / "trays_of_mine.py").write_text("raise SystemExit('imported')")
    file = tmp_path / "plant.yaml"
    file.write_text(LAYOUT.replace("NAME", "trays_of_mine"))
    scenario = read_layout(file)
    assert "trays_of_mine:TrayDrying" in to_yaml(scenario)
    (tmp_path / "trays_of_mine.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    assert code_faults(scenario, file) == []
    assert told(simulate(scenario).record, "done") == ["2 done o/1"]
    (tmp_path / "again.yaml").write_text(to_yaml(scenario))
    assert read_layout(tmp_path / "again.yaml") == scenario


def test_a_model_that_is_not_there_is_said_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "no_trays.py").write_text("def TrayDryin(charge, unit, draw): ...")
    file = tmp_path / "plant.yaml"
    file.write_text(LAYOUT.replace("NAME", "no_trays"))
    (fault,) = code_faults(read_layout(file), file)
    said = "products.p.steps.dry.model.use: there is no 'TrayDrying' in 'no_trays'; did you mean 'TrayDryin'?"
    assert str(fault).endswith(f"plant.yaml:9: {said}")
    with pytest.raises(LayoutError, match="can't make the model 'nowhere:TrayDrying': ModuleNotFoundError"):
        simulate(read_layout(_written(tmp_path, LAYOUT.replace("NAME", "nowhere"))))


def _written(folder: Path, text: str) -> Path:
    (folder / "nowhere.yaml").write_text(text)
    return folder / "nowhere.yaml"


DRYER = """plantsim: 1
units: {bed: {kind: dryer, design: {air flow: 900 kg/h}}}
products:
  p:
    batch: 100 kg
    charge: {quality: {moisture: 0.25}}
    steps:
      dry: {on: dryer, model: {use: FluidBedDrying, until: 2 %}}
orders: {o: {product: p, batches: 1}}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("FluidBedDrying", "FluidBedDryin", "8: products.p.steps.dry.model: there is no unit operation "
         "'FluidBedDryin'; did you mean 'FluidBedDrying'?"),
        ("use: FluidBedDrying, ", "", "8: products.p.steps.dry.model: needs 'use': a built-in such as FluidBedDrying, "
         "or a path such as 'mysite.drying:TrayDrying'"),
        (", until: 2 %", "", "8: products.p.steps.dry.model: FluidBedDrying needs 'until': moisture on a dry basis at "
         "which it stops"),
        ("until: 2 %", "until: 2 %, air flw: 2 kg/h", "8: products.p.steps.dry.model.air flw: unknown word 'air flw'; "
         "did you mean 'air flow'?"),
        ("until: 2 %", "until: 2 h", "8: products.p.steps.dry.model.until: '2 h' is a time, expected something like "
         "'10 kg/kg'"),
        ("until: 2 %", "until: 2 %, saturated: wet", "8: products.p.steps.dry.model.saturated: expected a number, got "
         "'wet': how near the air comes to saturation"),
        ("{use: FluidBedDrying, until: 2 %}", "7", "8: products.p.steps.dry.model: expected a map such as "
         "{use: FluidBedDrying, until: 0.02 kg/kg}"),
        ("on: dryer, model", "on: dryer, time: 1 h, model", "8: products.p.steps.dry: give a time or a model, not "
         "both: the model says how long it takes"),
        ("quality: {moisture", "quality: {moistre", "8: products.p.steps.dry.model: reads 'moisture', which the charge "
         "of the product does not have; did you mean 'moistre'?"),
        ("    charge: {quality: {moisture: 0.25}}", "    priority: 0", "8: products.p.steps.dry.model: the model needs "
         "to know what a batch is made of: give the product a charge, such as {quality: {moisture: 0.25}}"),
        ("moisture: 0.25", "moisture: {norml: {mean: 1, sd: 1}}", "6: products.p.charge.quality.moisture: there is no "
         "distribution 'norml'; did you mean 'normal'?"),
        ("air flow: 900 kg/h", "air flw: 900 kg/h", "2: units.bed.design.air flw: no model of a step on it reads "
         "'air flw'; did you mean 'air flow'?"),
        ("air flow: 900 kg/h", "air flow: 900 kg", "2: units.bed.design.air flow: expected something like '10 kg/h', "
         "got 900 kg"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_model_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(DRYER)
    assert layout_faults(file) == []
    assert DRYER.count(old) == 1
    file.write_text(DRYER.replace(old, new))
    assert [str(fault).rpartition("plant.yaml:")[2] for fault in layout_faults(file)] == [said]


# ---- what is expected, and what happened inside ----------------------------------------------------------------------


def test_what_happened_inside_is_drawn_anew_from_the_record() -> None:
    """From 25 to about 45 °C and from a quarter of water to 2 %, with steam all the time."""
    run = simulate(plant(FluidBedDrying(until=0.02, scatter=0.1), LOTS))
    (made,) = [row for row in run.record if row[1] == "charge" and row[2] and row[3] == "o/2"]
    chart = profile(run, "o/2", "dry")
    curves = {trace.name: trace for trace in chart.data}
    assert list(curves) == ["temperature [°C]", "mass [kg]", "moisture", "steam, per hour"]
    assert curves["mass [kg]"].y[-1] == pytest.approx(made[6], rel=1e-9)
    assert curves["moisture"].y[-1] == pytest.approx(0.02, abs=1e-9)
    hours = next(row[8][0] for row in run.record if row[1] == "outcome" and row[3] == "o/2")
    assert curves["moisture"].x[-1] == pytest.approx(60.0 * hours)
    with pytest.raises(PlantsimError, match="no model was called for step 'pack' of batch 'o/2' in this run"):
        profile(run, "o/2", "pack")
    assert not profile(simulate(plant()), "o/1", "dry").data  # this model tells no profile
    piped = plant(FluidBedDrying(until=0.02, scatter=0.1), LOTS).replace(
        utilities={"steam": Utility(unit="kg", peak=500.0)}
    )
    assert profile(simulate(piped), "o/2", "dry").data[-1].name == "steam [kg/h]"


def test_a_forecast_step_can_be_looked_into() -> None:
    scenario = plant(FluidBedDrying(until=0.02, scatter=0.3), LOTS)
    state = simulate(scenario).state_at(0.9)
    run = simulate(scenario, start=state, luck="ahead")
    assert profile(run, "o/2", "dry").data


def test_a_model_is_expected_to_take_what_it_takes_of_the_middle_charge() -> None:
    """20 % of water take 2 h; the mean run has it so, and the charge of each lot is the middle one."""
    scenario = plant(charge=LOTS)
    assert scenario.products["p"].model_hours == {"dry": pytest.approx(2.0)}
    mean = scenario.mean()
    assert mean.lead == pytest.approx(0.5 + 2.0 + 1.0)
    plain = simulate(scenario.without_luck())
    assert {row[8][0] for row in plain.record if row[1] == "outcome"} == {2.0}


def test_a_dryer_with_figures_of_its_own_goes_to_other_processes(tmp_path: Path) -> None:
    """Studies send their scenarios, and what the file says of a unit with its unit of measure, to workers."""
    file = tmp_path / "p.yaml"
    file.write_text(to_yaml(plant(FluidBedDrying(until=0.02), LOTS)))
    scenario = read_layout(file, "units.dryer.design={inlet temperature: 60 degC}")
    again = pickle.loads(pickle.dumps(scenario))
    assert again == deepcopy(scenario) == scenario
    assert to_yaml(again) == to_yaml(scenario)
    assert "60 degC" in to_yaml(again)


def test_the_mean_run_follows_the_mass_that_is_taken_and_dried_away() -> None:
    """80 kg of powder take 20 kg of water in 1 h, which are dried away in 2.5 h; 80 kg at 40 kg/h take 2 h."""
    steps = {
        "mix": Step(on="mixer", time=1.0, takes={"water": {"share": 0.25, "adds": True}}),
        "dry": Step(on="dryer", model=airing),
        "pack": Step(on="packer"),
    }
    units = {"mixer": Unit(kind="mixer"), "dryer": Unit(kind="dryer"), "packer": Unit(kind="packer", rate=40.0)}
    dry = StartingCharge(quality={"moisture": 0.0})
    products = {"p": Product(batch=80.0, steps=steps, charge=dry)}
    assert products["p"].masses == pytest.approx({"mix": 100.0, "dry": 100.0, "pack": 80.0})
    scenario = small(steps, products=products, units=units, materials={"water": Material(stock=100.0)}, batches=2)
    assert scenario.mean().lead == pytest.approx(5.5)
    assert told(simulate(scenario).check().record, "done") == ["5.5 done o/1", "8 done o/2"]

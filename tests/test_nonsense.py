"""Nonsense in, or out of, a model is an error that names where it was, and loses nothing that happened before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from operations import EXAMPLES
from plants import told

from plantsim.calendars import Calendar
from plantsim.chance import Streams
from plantsim.charge import LotCharge, StartingCharge
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.physics import Models
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, ModelError
from plantsim.materials import Material
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.unitops.model import Own
from plantsim.unitops.nonsense import CRITICAL, damp

NAN = float("nan")
SEED = 4  # of which the first lot is drier than 0.2 kg/kg and the second wetter


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
    ({"moisture": -0.05}, "gives moisture = -0.05, which must be at least 0"),
    ({"viability": 1.2}, "gives viability = 1.2, which must be from 0 to 1"),
    ({"titre": -2.0}, "gives titre = -2.0, which must be at least 0"),
    ({"mass": 125000.0},
     "gives mass = 125000.0 out of 125 kg that came in; what it adds itself must be told as 'added'"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_what_can_not_be_is_said_of_the_model_that_gave_it(changes: dict[str, float], said: str) -> None:
    error = failing("FluidBedDrying", Gives(**changes))
    assert str(error) == f"One vessel: step 'first' of 'p', batch o/1 on t-1: Gives {said}"


def brings(charge: Charge, unit: Equipment, draw: Draw, *, kilograms: float, told: float) -> Outcome:
    """A step that adds so much, and tells another amount."""
    return Outcome(1.0, charge.but(mass=charge.mass + kilograms), added=told)


@pytest.mark.parametrize("told", [0.0, 24.9])
def test_a_model_may_not_add_more_than_it_tells(told: float) -> None:
    """25 kg to 125 kg: 24.9 are not enough, 25 are, as the mass of another batch, which is a multiple, may have."""
    words = {"kilograms": 25.0, "told": told}
    error = failing("FluidBedDrying", Own(use=brings, **words))
    more = f" and {told:g} kg that it adds" if told else "; what it adds itself must be told as 'added'"
    where = f"One vessel: step 'first' of 'p', batch o/1 on t-1: {__name__}:brings "
    assert str(error) == f"{where}gives mass = 150.0 out of 125 kg that came in{more}"


def test_what_a_model_tells_that_it_adds_becomes_part_of_the_batch() -> None:
    model = Own(use=brings, kilograms=25.0, told=25.0)
    run = simulate(EXAMPLES["FluidBedDrying"].plant(model, batches=2))
    assert [row[6] for row in run.record if row[1] == "charge"][-2:] == [150.0, 150.0]


class Potent(Gives):
    """A step that declares between what an attribute of its own lies, and another that has limits by its name."""

    bounds = {"potency": (-1.0, 1.5), "viability": (0.0, 100.0)}


def test_bounds_that_a_model_declares_are_kept() -> None:
    """Also instead of those that a name has: a viability in percent."""
    said = "gives potency = 1.6, which must be from -1 to 1.5"
    where = "One vessel: step 'first' of 'p', batch o/1 on t-1: "
    assert str(failing("FluidBedDrying", Potent(potency=1.6))) == f"{where}Potent {said}"
    run = simulate(EXAMPLES["FluidBedDrying"].plant(Potent(potency=-0.9, viability=97.0)))
    assert told(run.record, "done", hide=()) == ["1 done o/1"]


def test_mass_in_the_midst_of_a_step_is_not_made_from_nothing_either() -> None:
    """Nor in a halt, but for the water that the moisture tells of."""
    with pytest.raises(ModelError, match=r"profile after 1 h gives mass = 300\.0 out of 100 kg that came in; what"):
        simulate(midst("halt", lambda charge: charge.but(mass=300.0), tabulate=False), seed=SEED)
    before, after = Charge(110.0, quality={"moisture": 0.1}), Charge(120.0, quality={"moisture": 0.2})
    assert damp(before, after) == pytest.approx(10.0)
    assert damp(after, before) == 0.0


@pytest.mark.parametrize(
    ("hours", "flow", "said"),
    [
        (1e300, (), "gives hours = 1e+300, which is longer than ten years"),
        (NAN, (), "gives hours = nan, which must be a number that is not negative"),
        (1.0, ((NAN, 2.0),), "gives draw of power from nan h on, which must be a finite number"),
        (1.0, ((-1.0, 2.0),), "gives draw of power from -1.0 h on, which must begin at 0 h"),
        (1.0, ((0.5, 2.0),), "gives draw of power from 0.5 h on, which must begin at 0 h"),
        (1.0, ((0.0, 2.0), (0.8, 1.0), (0.4, 0.0)),
         "gives draw of power from 0.4 h on, which comes after that from 0.8 h on: times must rise"),
        (1.0, ((0.0, 2.0), (1.5, 1.0)), "gives draw of power from 1.5 h on, which lies beyond its 1.0 hours"),
        (1.0, ((0.0, -2.0),), "gives draw of power = -2.0, which must be a number that is not negative"),
    ],
)  # fmt: skip
def test_times_that_can_not_be_are_said_of_the_model_that_gave_them(hours: float, flow: Any, said: str) -> None:
    def gives(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(hours, charge, draws={"power": flow} if flow else {})

    error = failing("FluidBedDrying", gives)
    assert str(error) == f"One vessel: step 'first' of 'p', batch o/1 on t-1: gives {said}"


class Cools:
    """A step that leaves what it gets at room temperature, whatever it was."""

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(1.0, Charge(max(0.0, charge.mass) if charge.mass == charge.mass else 0.0))


def cooling(charge: StartingCharge | None = None, **more: Any) -> Scenario:
    recipe = Product(batch=100.0, steps={"cool": Step(on="vessel", model=Cools())}, charge=charge)
    return Scenario(name="One vessel", units={"v": Unit(kind="vessel")}, products={"p": recipe},
                    orders={"o": Order(product="p", batches=1)}, run={"horizon": 50.0}, **more)  # fmt: skip


STEAM = f"temperature = 400.0 of what holds water, which is above its critical point, {CRITICAL} °C"


def test_what_batches_and_lots_are_made_of_is_checked_before_any_run() -> None:
    """Also if the first model would cool it, so that nothing were found in what it gives."""
    scenario = cooling(
        StartingCharge(temperature=400.0, composition={"water": 1.0}),
        materials={
            "wfi": Material(charge=LotCharge(temperature=400.0, composition={"water": 1.0})),
            "buffer": Material(charge=LotCharge(composition={"salt": 0.1, "water": 0.8})),
        },
    )
    with pytest.raises(LayoutError) as caught:
        simulate(scenario)
    assert [(fault.path, fault.text) for fault in caught.value.faults] == [
        (("products", "p", "charge"), f"has {STEAM}"),
        (("materials", "wfi", "charge"), f"has {STEAM}"),
        (("materials", "buffer", "charge"), "has fractions that add up to 0.9 instead of 1"),
    ]


def test_a_lot_that_can_not_be_is_said_before_the_model_is_asked() -> None:
    """Usually it is half water; with this luck it is minus something of it."""
    odd = StartingCharge(composition={"water": {"uniform": {"low": -50.0, "high": 51.0}}, "API": 0.5})
    with pytest.raises(
        ModelError, match=r"^One vessel: step 'cool' of 'p', batch o/1 on v-1: Cools gets fraction of water = -"
    ):
        next(simulate(cooling(odd), seed=seed) for seed in range(1, 9))


@pytest.mark.parametrize("mass", [-1.0, NAN])
def test_a_mass_that_can_not_be_is_said_before_the_model_is_asked(mass: float) -> None:
    streams = Streams(1)
    with pytest.raises(ModelError) as caught:
        Models(cooling()).outcome("o/1", "p", "cool", "v-1", Charge(mass), streams)
    said = f"Cools gets mass = {mass}, which must be a number that is not negative"
    assert str(caught.value) == f"One vessel: step 'cool' of 'p', batch o/1 on v-1: {said}"


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


# ---- what a model tells of the midst of a step -----------------------------------------------------------------------


class Told:
    """A step that takes ten hours for each kg/kg of moisture, and tells this of its midst."""

    def __init__(self, inside: Callable[[Charge], Any]) -> None:
        self.inside = inside

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(10.0 * charge.quality["moisture"], charge, profile=lambda hours: self.inside(charge))


class Idles(Told):
    """Also of a halt."""

    def idle(self, charge: Charge, hours: float, unit: Equipment) -> Charge:
        """Nothing becomes of it."""
        return charge


def midst(where: str, inside: Callable[[Charge], Any], tabulate: bool) -> Scenario:
    """A unit that is shut from 2 h to 4 h halts a batch of 3 h, which goes on, or goes back; or a load of two.

    Of the load, only of the second, which rides and is the wetter one, there is nonsense.
    """
    unit: dict[str, Any] = {"calendar": "shut", "work": "pause"}
    step: dict[str, Any] = {"longest_pause": 0.5, "after_pause": {"rework": "mix"}} if where == "rework" else {}
    unit, amounts, least = ({**unit, "holds": 2, "least": 2}, 2, 0.2) if where == "load" else (unit, 1, 0.0)

    def told(charge: Charge) -> Any:
        return inside(charge) if charge.quality["moisture"] > least else charge

    model = Told(told) if where == "rework" else Idles(told)
    do = Step(on="vessel", model=model, tabulate=tabulate, **step)
    moisture: Any = {"uniform": {"low": 0.1, "high": 0.3}} if where == "load" else 0.3
    recipe = Product(batch=100.0, steps={"mix": Step(on="tank", time=1.0), "do": do},
                     charge=StartingCharge(quality={"moisture": moisture}))  # fmt: skip
    units = {"t": Unit(kind="tank", count=2), "v": Unit(kind="vessel", **unit)}
    return Scenario(name="One vessel", units=units, products={"p": recipe}, run={"horizon": 50.0},
                    calendars={"shut": Calendar(open=((0.0, 2.0), (4.0, 1e5)), period=1e5)},
                    orders={"o": Order(product="p", batches=amounts, release="at once")})  # fmt: skip


MIDST: list[tuple[Callable[[Charge], Any], str]] = [
    (lambda charge: 1 / 0, "raised ZeroDivisionError: division by zero"),
    (lambda charge: charge.quality["moistur"], "asks for 'moistur', which the charge does not have; did you mean"),
    (lambda charge: None, "gives None, where a Charge was expected"),
    (lambda charge: charge.but(moisture=NAN), "gives moisture = nan, which must be a finite number"),
    (lambda charge: charge.but(mass=-5.0), "gives mass = -5.0, which must be a number that is not negative"),
]


@pytest.mark.parametrize("tabulate", [False, True])
@pytest.mark.parametrize(("inside", "said"), MIDST, ids=[said[:12] for _, said in MIDST])
@pytest.mark.parametrize("where", ["halt", "load", "rework"])
def test_nonsense_in_the_midst_of_a_step_loses_nothing(
    where: str, inside: Callable[[Charge], Any], said: str, tabulate: bool
) -> None:
    """The error says when, and in which batch and step; its run holds what was before, also the batch's grant."""
    with pytest.raises(ModelError) as caught:
        simulate(midst(where, inside, tabulate), seed=SEED)
    batch, model = "o/2" if where == "load" else "o/1", "Told" if where == "rework" else "Idles"
    place = f"One vessel: step 'do' of 'p', batch {batch} on v-1: {model} profile after 1 h "
    assert str(caught.value).startswith(place + said)  # granted at 1 h, halted at 2 h
    assert any(row[1:4] == ("grant", "v-1", "o/1") for row in caught.value.run.record)


@pytest.mark.parametrize("tabulate", [False, True])
@pytest.mark.parametrize("where", ["halt", "rework"])
def test_a_model_that_tells_nothing_of_its_midst_may_be_halted(where: str, tabulate: bool) -> None:
    """The rest of its time is left; what goes back is as it was before the step."""
    scenario = midst(where, lambda charge: charge, tabulate)

    class Silent(Idles):
        def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
            return Outcome(10.0 * charge.quality["moisture"], charge)

    recipe = scenario.products["p"]
    step = recipe.steps["do"].model_copy(update={"model": recipe.steps["do"].model.__class__(use=Silent(lambda c: c))})
    silent = recipe.model_copy(update={"steps": {**recipe.steps, "do": step}})
    run = simulate(scenario.replace(products={"p": silent})).check()
    assert told(run.record, "done", hide=()) == [{"halt": "6 done o/1", "rework": "7 done o/1"}[where]]

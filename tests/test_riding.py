"""Who rides in a load with a model keeps what it is made of: the model is asked about each one's own charge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import play, small, state_at

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.charge import LotCharge, StartingCharge
from plantsim.charts import profile
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.inside import inside
from plantsim.engine.simulate import simulate
from plantsim.materials import Material
from plantsim.plant import Unit
from plantsim.recipe import Product
from plantsim.record import RowTuple
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.twin import Twin
from plantsim.unitops.fluid_bed import FluidBedDrying
from plantsim.utility import Utility


class Airing:
    """Loses a tenth of its water in each hour, down to a moisture of 0.1; in a halt it takes up 1 % of its dry mass."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        wet = charge.quality["moisture"]
        hours = max(0.0, (wet - 0.1) * 10.0)

        def inside(at: float) -> Charge:
            return wetter(charge, -0.1 * min(at, hours))

        return Outcome(hours, inside(hours), profile=inside, broken=self.broken)

    def idle(self, charge: Charge, hours: float, unit: Equipment) -> Charge:
        return wetter(charge, 0.01 * hours)


def wetter(charge: Charge, by: float) -> Charge:
    """With so much more water a kg of what is dry."""
    wet = charge.quality["moisture"] + by
    dry = charge.mass / (1.0 + charge.quality["moisture"])
    parts = {"API": 1.0 / (1.0 + wet), "water": wet / (1.0 + wet)}
    return charge.but(mass=dry * (1.0 + wet), composition=parts, moisture=wet)


def load(moisture: tuple[float, float], model: Any = None, **more: Any) -> Scenario:
    """A batch of each of two moistures, 100 kg each, in a dryer for two each of which was made wet just before."""

    def wet(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(0.0, wetter(Charge(100.0, quality={"moisture": 0.0}), 0.0).but(mass=charge.mass))

    def wetted(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        told = moisture[0] if draw("lot") < 0.5 else moisture[1]
        return Outcome(1.0, wetter(wet(charge, unit, draw).charge, told).but(mass=charge.mass))

    steps = {"wet": Step(on="tank", model=wetted), "dry": Step(on="dryer", model=model or Airing())}
    units = {"t": Unit(kind="tank", count=2), "d": Unit(kind="dryer", holds=2, least=2, **more.pop("dryer", {}))}
    products = {"p": Product(batch=100.0, steps=steps, charge=StartingCharge(quality={"moisture": 0.0}))}
    return small({}, units=units, products=products, **more)


def differing(moisture: tuple[float, float], model: Any = None, **more: Any) -> Results:
    """A run in which the batch that leads, o/1, has the first moisture, and o/2 the other."""
    runs = (simulate(load(moisture, model, **more), seed=seed) for seed in range(1, 50))
    return next(run for run in runs if [charges(run, name)[0][2] for name in ("o/1", "o/2")] == [*moisture])


def charges(run: Results, batch: str) -> list[tuple[float, float, float]]:
    """(hour, kg, moisture) of what a batch became."""
    rows = [row for row in run.record if row[1] == "charge" and row[3] == batch and row[2]]
    return [(row[0] / HOUR, row[6], row[8]["quality"]["moisture"]) for row in rows]


def dry(row: RowTuple) -> float:
    return row[6] * row[8]["composition"]["API"]


def deviations(run: Results) -> list[tuple[str, str]]:
    return [(row[3], row[7]) for row in run.record if row[1] == "deviation"]


def test_a_drier_batch_comes_out_with_its_own_dry_mass() -> None:
    """0.272 leads and takes 1.72 h; both leave with 0.1: 100 / 1.272 x 1.1 = 86.4780 kg and 100 / 1.134 x 1.1 kg."""
    run = differing((0.272, 0.134)).check()
    assert charges(run, "o/1")[-1] == pytest.approx((2.72, 100.0 / 1.272 * 1.1, 0.1), rel=1e-8)
    assert charges(run, "o/2")[-1] == pytest.approx((2.72, 100.0 / 1.134 * 1.1, 0.1), rel=1e-8)
    assert deviations(run) == []


def test_a_load_lasts_as_long_as_its_slowest_batch() -> None:
    """0.134 leads and would take 0.34 h; the other needs 1.72 h from 0.272, so both stay in until 2.72 h.

    Who is dry sooner stays at 0.1; of each the dry mass stays, to 1e-9.
    """
    run = differing((0.134, 0.272)).check()
    for name, wet in (("o/1", 0.134), ("o/2", 0.272)):
        assert charges(run, name)[-1] == pytest.approx((2.72, 100.0 / (1.0 + wet) * 1.1, 0.1), rel=1e-8)
        wetted, dried = [row for row in run.record if row[1] == "charge" and row[3] == name and row[2]]
        assert dry(dried) == pytest.approx(dry(wetted), rel=1e-9)
    assert deviations(run) == []
    (told,) = [row[8] for row in run.record if row[1] == "outcome" and row[4] == "dry"]
    assert (told[0], told[6]) == pytest.approx((1.72, 0.34))


def test_of_a_load_with_a_faster_leader_each_is_halted_where_it_stands() -> None:
    """Shut at 2 h for 1 h, when o/1 is at 0.1 since 1.34 h: 0.11 by then, and dry again in 0.1 h; o/2 at 0.172: 0.182.

    That needs 0.82 h from 3 h on.
    """
    shut = {"c": Calendar(open=((0.0, 2.0), (3.0, 1e5)), period=1e5)}
    run = differing((0.134, 0.272), calendars=shut, dryer={"calendar": "c", "work": "pause"}).check()
    for name, wet, end in (("o/1", 0.134, 0.11), ("o/2", 0.272, 0.182)):
        halt, last = charges(run, name)[1:]
        assert halt == pytest.approx((3.0, 100.0 / (1.0 + wet) * (1.0 + end), end), rel=1e-8)
        assert last == pytest.approx((3.82, 100.0 / (1.0 + wet) * 1.1, 0.1), rel=1e-6)
    assert deviations(run) == []


class Heated(Airing):
    """As that, with 12 kW for 100 kg of the batch until it is dry, and 3 kW from then on."""

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        found, each = super().__call__(charge, unit, draw), charge.mass / 100.0
        return replace(found, draws={"power": ((0.0, 12.0 * each), (found.hours, 3.0 * each))})


def test_what_a_load_draws_is_what_its_batches_draw() -> None:
    """From 1 h: 24 kW for 0.34 h, then 3 + 12 kW until 2.72 h: 8.16 + 20.7 = 28.86 kWh."""
    power = Utility(unit="kWh", peak=50.0)
    run = differing((0.134, 0.272), Heated(), utilities={"power": power}).check()
    frame = run.utility("power")
    drawn = [each for each in zip(frame["start"], frame["end"], frame["drawn"], strict=True) if each[2]]
    assert [*drawn[0], *drawn[1]] == pytest.approx([1.0, 1.34, 24.0, 1.34, 2.72, 15.0])
    assert len(drawn) == 2


def test_a_twin_knows_that_a_load_waits_for_its_slowest_batch() -> None:
    """No time is rare; and what is foreseen in the midst of it ends at 2.72 h, too."""
    run = differing((0.134, 0.272))
    twin = Twin(run.scenario).observe([row for row in run.record if row[0] < 2 * HOUR])
    assert twin.deviations().empty
    finishes = twin.forecast(hours=5.0, replications=2).finishes
    assert finishes.to_numpy().tolist() == [[pytest.approx(2.72)] * 2] * 2


def test_a_limit_that_is_not_kept_is_a_deviation_of_each() -> None:
    """The model says that its limit was broken, of the batch that leads and of the one that rides."""
    run = differing((0.272, 0.134), Airing(broken="sieve"))
    assert deviations(run) == [("o/1", "sieve: broken"), ("o/2", "sieve: broken")]


def test_a_halt_is_a_halt_of_each() -> None:
    """Shut at 1.2 h for 1 h: 0.272 to 0.252, then 0.262; 0.134 to 0.114, then 0.124; 1.62 h are left for o/1."""
    shut = {"c": Calendar(open=((0.0, 1.2), (2.2, 1e5)), period=1e5)}
    run = differing((0.272, 0.134), calendars=shut, dryer={"calendar": "c", "work": "pause"}).check()
    for name, wet, end in (("o/1", 0.272, 0.262), ("o/2", 0.134, 0.124)):
        halt, last = charges(run, name)[1:]
        assert halt == pytest.approx((2.2, 100.0 / (1.0 + wet) * (1.0 + end), end), rel=1e-8)
        assert last == pytest.approx((3.82, 100.0 / (1.0 + wet) * 1.1, 0.1), rel=1e-6)
    chart = profile(run, "o/2", "dry")
    (moist,) = [trace for trace in chart.data if trace.name == "moisture"]
    assert (moist.y[0], moist.y[240], moist.y[241], moist.y[-1]) == pytest.approx((0.134, 0.114, 0.124, 0.1))


def test_what_happened_inside_is_told_of_who_rides() -> None:
    """Its own mass: from 100 kg to 100 / 1.134 x 1.1."""
    run = differing((0.272, 0.134))
    ((found, row, hours),) = inside(run, "o/2", "dry")
    assert (row[3], hours) == ("o/1", pytest.approx(0.34))
    assert found.profile is not None
    assert (found.profile(0.0).mass, found.charge.mass) == pytest.approx((100.0, 100.0 / 1.134 * 1.1), rel=1e-8)


@pytest.mark.parametrize("seed", range(1, 7))
def test_each_batch_of_a_load_is_foreseen_with_the_lot_that_it_will_take(seed: int) -> None:
    """Two lots of 10 kg, of moistures that differ by luck: one goes into each batch of 100 kg with 0.15.

    In any order both are dried to 0.1, in 10 h for each kg/kg of the wetter one.
    """
    liquor = Material(stock=10.0, reorder=10.0, order=10.0,
                      charge=LotCharge(quality={"moisture": {"uniform": {"low": 0.5, "high": 3.0}}}))  # fmt: skip
    steps = {"dry": Step(on="dryer", model=Airing(), takes={"liquor": {"share": 0.1, "adds": True}})}
    products = {"p": Product(batch=100.0, steps=steps, charge=StartingCharge(quality={"moisture": 0.15}))}
    units = {"d": Unit(kind="dryer", holds=2, least=2)}
    scenario = small({}, units=units, products=products, materials={"liquor": liquor}, batches=2)
    run = simulate(scenario, seed=seed).check()
    assert sorted(row[8][0][0] for row in run.record if row[1] == "take") == ["liquor/0", "liquor/1"]
    assert deviations(run) == []
    (told,) = [row[8] for row in run.record if row[1] == "outcome"]
    ends = [charges(run, name)[-1] for name in ("o/1", "o/2")]
    assert [moist for _, _, moist in ends] == pytest.approx([0.1, 0.1], abs=1e-9)
    first = [110.0 / (mass / 1.1) - 1.0 for _, mass, _ in ends]  # all that is dry stays
    assert first[0] != pytest.approx(first[1], abs=1e-3)
    assert told[0] == pytest.approx(10.0 * (max(first) - 0.1), rel=1e-6)


@settings(max_examples=12)
@given(st.floats(0.12, 0.4), st.floats(0.12, 0.4), st.integers(1, 99))
def test_no_component_but_water_gets_lost(one: float, other: float, seed: int) -> None:
    """In a bed that dries by heat and mass balances, to 1e-9."""
    run = simulate(load((one, other), FluidBedDrying(until=0.02)), seed=seed)
    for name in ("o/1", "o/2"):
        wet, dried = [row for row in run.record if row[1] == "charge" and row[3] == name and row[2]]
        assert dry(dried) == pytest.approx(dry(wet), rel=1e-9)


@pytest.mark.parametrize("moisture", [(0.272, 0.134), (0.134, 0.272)])
def test_its_future_is_equal_from_any_time_on(moisture: tuple[float, float]) -> None:
    """From the state at each row, and a second later, the rest of the rows is the same, whichever of both leads."""
    shut = {"c": Calendar(open=((0.0, 1.2), (2.2, 1e5)), period=1e5)}
    scenario = load(moisture, calendars=shut, dryer={"calendar": "c", "work": "pause"})
    rows = play(scenario, seed=3)
    for time in sorted({row[0] + more for row in rows for more in (0, 1234)}):
        assert play(scenario, seed=3, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]

"""Money and matter of a run: a plant worked out by hand, line by line."""

from __future__ import annotations

import pytest

from plantsim.calendars import Calendar
from plantsim.cleaning import Clean, Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError
from plantsim.layout.week import spelled_out
from plantsim.materials import Material, QualityTest
from plantsim.plant import Pool, Unit
from plantsim.prices import Prices
from plantsim.recipe import Order, Product
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility


def plant(**prices: object) -> Scenario:
    """A mixer, 4 h a batch, set up anew with a liner for each (1 h); a batch of 100 kg takes 60 kg of sugar into it.

    It starts at 40 kg; an operator is used for 2 h of charging at most, 200 L/h of water and 10 kW for the 4 h.
    """
    step = Step(
        on="mixer", time=4.0, needs={"run": {"operators": 1, "water": 200.0, "power": 10.0}},
        takes={"sugar": {"amount": 60.0, "adds": True}}, tests={"assay": {}},
    )  # fmt: skip
    return Scenario(
        units={"mixer": Unit(kind="mixer", cleaning="bag")},
        pools={"operators": Pool(count=3, calendar="day"), "analyst": Pool(count=1)},
        calendars={"day": Calendar(open=((0.0, 12.0),), period=24.0)},
        utilities={"water": Utility(unit="L", makes=1000.0), "power": Utility(unit="kWh", makes=100.0),
                   "steam": Utility(unit="kg", makes=100.0)},
        cleaning={"bag": Cleaning(cleans={"setup": Clean(time=1.0, consumes={"liner": 2.0})})},
        materials={"sugar": Material(stock=5000.0)},
        tests={"assay": QualityTest(time=0.5, needs={"analyst": 1})},
        products={"syrup": Product(batch=40.0, steps={"mix": step})},
        orders={"all": Order(product="syrup", batches=5)},
        prices=Prices(currency="EUR", life=50_000.0, **prices),
    ).replace(horizon=72.0)  # fmt: skip


EACH = {"mixer": 100_000.0, "operators": 40.0, "water": 0.01, "power": 0.2, "sugar": 2.0, "syrup": 1.0, "liner": 15.0,
        "assay": 120.0}  # fmt: skip


@pytest.fixture(scope="module")
def run() -> Results:
    return simulate(plant(each=EACH, water=("water",), energy={"steam": 0.75}), seed=1)


def test_what_three_days_cost(run: Results) -> None:
    """By hand, for 72 h in which all 5 batches are made (2 fit into the 12 h of a day's shift, 5 in three days).

    Mixer 100,000 / 50,000 h x 72 h = 144; operators 3 x 36 h x 40 = 4,320 whatever they do; water 5 x 800 L x 0.01
    = 40; power 5 x 40 kWh x 0.2 = 40; sugar 5 x 60 kg x 2 = 600, syrup to begin with 5 x 40 kg x 1 = 200; liners 5 x 2
    x 15 = 150; assays 5 x 120 = 600: in all 6,094, of 5 batches 1,218.80 each, of 500 kg 12.188 a kg.
    """
    cost = run.cost_of_goods()["cost"]
    assert cost.to_dict() == pytest.approx(
        {
            ("equipment", "mixer"): 144.0, ("labour", "operators"): 4320.0, ("utilities", "water"): 40.0,
            ("utilities", "power"): 40.0, ("materials", "sugar"): 600.0, ("materials", "syrup"): 200.0,
            ("consumables", "liner"): 150.0, ("tests", "assay"): 600.0, ("all", ""): 6094.0,
        }
    )  # fmt: skip
    total = run.cost_of_goods().loc[("all", "")]
    assert (total["a batch"], total["a kg"]) == pytest.approx((1218.8, 12.188))


def test_what_went_in(run: Results) -> None:
    """Materials 500 kg, water 4,000 L: 4,500 / 500 = 9 kg/kg; 800 L and 40 kWh a batch."""
    told = run.matter()
    assert told["process mass intensity [kg/kg]"] == pytest.approx(9.0)
    assert told["water a batch [L]"] == pytest.approx(800.0)
    assert told["energy a batch [kWh]"] == pytest.approx(40.0)


def test_a_window_has_its_own_costs_and_they_add_up(run: Results) -> None:
    parts = [run.cost_of_goods(0.0, 30.0), run.cost_of_goods(30.0, 72.0)]
    for name, cost in run.cost_of_goods()["cost"].items():
        assert sum(float(part["cost"].get(name, 0.0)) for part in parts) == pytest.approx(cost), name


def test_a_crew_is_paid_for_gowning_and_not_for_a_day_off() -> None:
    """Three crews of 12 h a day for three days, of which the second is closed, and half an hour a day goes for gowning.

    Paid are 3 x 24 h x 40 = 2,880; of the second day nothing, and of 18 to 66 h what is open after 48 h: 3 x 12 h.
    """
    day = Calendar(open=((0.0, 12.0),), period=24.0, closed=((24.0, 48.0),), gowning=0.25, degowning=0.25)
    run = simulate(plant(each={"operators": 40.0}).replace(calendars={"day": day}), seed=1)
    assert run.cost_of_goods()["cost"]["labour", "operators"] == pytest.approx(2880.0)
    assert run.cost_of_goods(24.0, 48.0)["cost"]["labour", "operators"] == 0.0
    assert run.cost_of_goods(18.0, 66.0)["cost"]["labour", "operators"] == pytest.approx(3 * 12 * 40.0)


def test_a_crew_of_days_and_hours_is_paid_for_gowning_too() -> None:
    """Monday to Friday, 06:00-14:00 and 14:00-22:00 with 10:00-10:30 off: 5 x 15.5 h paid, 15 min each less worked."""
    said = {"days": "mon-fri", "hours": ["06:00-14:00", "14:00-22:00"], "breaks": "10:00-10:30", "gowning": "15 min"}
    plain, faults = spelled_out(said, "2027-03-01T06:00", ("calendars", "crew"))
    assert not faults
    hours = {
        word: [[float(each.split()[0]) / 60.0 for each in pair] for pair in plain[word]] for word in ("open", "paid")
    }
    week = Calendar(open=hours["open"], paid=hours["paid"])
    assert sum(end - begin for begin, end in week.present.open) == pytest.approx(77.5)
    assert sum(end - begin for begin, end in week.worked) == pytest.approx(77.5 - 5 * 3 * 0.25)


def test_without_prices_matter_is_told_and_nothing_costs() -> None:
    plain = simulate(plant().replace(prices=None), seed=1)
    assert plain.cost_of_goods()["cost"].to_dict() == {("all", ""): 0.0}
    assert plain.matter()["energy a batch [kWh]"] == pytest.approx(40.0)
    assert plain.matter()["water in [L]"] == 0.0


def test_names_that_are_not_there_are_told() -> None:
    with pytest.raises(LayoutError) as told:
        plant(each={"mixr": 5.0}, water=("watr",)).check()
    assert [fault.text for fault in told.value.faults] == [
        "there is no unit, pool, utility, material or consumable 'mixr'; did you mean 'mixer'?",
        "there is no utility 'watr'; did you mean 'water'?",
    ]

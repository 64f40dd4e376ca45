"""The mean run: cycle times, what limits a plant and the makespan, each against figures worked out by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from plants import hours, rich, small

from plantsim.calendars import Calendar
from plantsim.cleaning import Clean, Cleaning, Phase, Verification
from plantsim.engine.simulate import simulate
from plantsim.laws import Constant, Exponential, Lognormal, Trace, Weibull
from plantsim.load import Limit
from plantsim.materials import QualityTest
from plantsim.mean import MeanRun
from plantsim.plant import Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.step import Step
from plantsim.utility import Utility


def limit(mean: MeanRun, name: str) -> Limit:
    return next(each for each in mean.limits if each.name == name)


def spacing(mean: MeanRun, last: int = 4) -> list[float]:
    """Hours between the last batches that the mean run makes."""
    done = [row[0] / 3_600_000 for row in mean.run.record if row[1] == "done"]
    return [round(b - a, 6) for a, b in pairwise(done)][-last:]


def test_the_cycle_time_of_a_train_is_that_of_its_slowest_stage() -> None:
    """6, 15, 2.5 and 1.5 days on 2, 4, 1 and 1 units: a batch each 3.75 d, so 1 + (330 - 25) // 3.75 = 82 in 330 d."""
    days = {"seed": (6.0, 2), "production": (15.0, 4), "capture": (2.5, 1), "polish": (1.5, 1)}
    plant = small(
        {name: Step(on=name, time=24.0 * each) for name, (each, _) in days.items()},
        batches=None,
        release="as taken",
        units={name: Unit(kind=name, count=count) for name, (_, count) in days.items()},
        run={"horizon": 330.0 * 24.0},
    )
    mean = plant.mean()
    assert (mean.limiting.name, mean.limiting.cycle) == ("production", 90.0)
    assert mean.limiting.most == 168.0 / 90.0
    assert (mean.lead, mean.makespan) == (25.0 * 24.0, None)
    assert mean.run.figures()["batches [1]"] == 82.0
    assert sum(spacing(mean, 4)) == 4 * 90.0  # the four reactors take turns


def test_maintenance_by_batches_and_what_qualifies_the_unit_anew_count_a_batch() -> None:
    """4 h of work and, every 5 batches, 2 h of maintenance and 3 h of qualification: 5 h a batch."""
    plant = small(
        {"s": Step(on="u", time=4.0)},
        batches=None,
        release="as taken",
        units={"u": Unit(kind="u", maintenance=("oil",))},
        maintenance={"oil": Maintenance(every=5.0, lasts=2.0, clock="cycles", requalify=3.0)},
        run={"horizon": 99.0},
    )
    mean = plant.mean()
    assert limit(mean, "u").cycle == 5.0
    assert mean.run.figures()["batches [1]"] == 20.0 == 1 + (99 - 4) // 5


def test_reactors_in_parallel_that_are_loaded_one_after_the_other() -> None:
    """12 h of loading, 36 h of reaction, 12 h of cleaning on five reactors: 60 h / 5 = 12 h, the time of loading."""
    plant = small(
        {"react": Step(on="reactor", charge=12.0, time=36.0, needs={"charge": {"feed": 1}})},
        batches=None,
        release="as taken",
        units={"reactor": Unit(kind="reactor", count=5, cleaning="wash")},
        cleaning={"wash": Cleaning(when="at once", minor=12.0)},
        pools={"feed": Pool(count=1)},
        run={"horizon": 400.0},
    )
    mean = plant.mean()
    assert (limit(mean, "reactor").hours, limit(mean, "reactor").cleaning) == (60.0, 12.0)
    assert (limit(mean, "reactor").cycle, limit(mean, "feed").cycle) == (12.0, 12.0)
    assert spacing(mean) == [12.0] * 4


def cleaned(count: int, **rule: Any) -> Limit:
    """Two products, two batches of each in a row, 4 h a batch; a minor clean of 1 h, a major one of 3 h."""
    product = Product(batch=1.0, steps={"s": Step(on="u", time=4.0)})
    plant = small(
        {},
        units={"u": Unit(kind="u", count=count, cleaning="wash")},
        cleaning={"wash": Cleaning(minor=1.0, major=3.0, **rule)},
        products={"a": product, "b": product},
        orders={"o": Order(product={"a": 1, "b": 1}, campaign=2)},
    )
    return limit(plant.mean(), "u")


def test_cleans_follow_the_sequence_of_the_orders() -> None:
    """a a b b: on one unit each second clean is a major one; two units in turn see a b a b, which are all major."""
    assert (cleaned(1).cleaning, cleaned(1).cycle) == (2.0, 6.0)
    assert (cleaned(2).cleaning, cleaned(2).cycle) == (3.0, 3.5)
    assert cleaned(1, longest_campaign=1).cleaning == 3.0


def test_the_run_keeps_the_cycle_time_with_its_cleans() -> None:
    """One unit, 4 h and cleans of 3 h and 1 h by turns: 12 h for two batches."""
    product = Product(batch=1.0, steps={"s": Step(on="u", time=4.0)})
    plant = small(
        {},
        units={"u": Unit(kind="u", cleaning="wash")},
        cleaning={"wash": Cleaning(minor=1.0, major=3.0)},
        products={"a": product, "b": product},
        orders={"o": Order(product={"a": 1, "b": 1}, campaign=2)},
        run={"horizon": 200.0},
    )
    assert sorted(spacing(plant.mean(), 2)) == [5.0, 7.0]
    assert limit(plant.mean(), "u").cycle == 6.0


def test_people_limit_by_the_hours_that_they_are_there() -> None:
    """A batch needs 2 x 0.5 h and 1 x 2 h: 3 h.  Two people for 40 h a week: 80 / 3 batches; the unit could do 42."""
    plant = small(
        {"s": Step(on="u", charge=0.5, time=2.0, discharge=1.5, needs={"charge": {"crew": 2}, "run": {"crew": 1}})},
        pools={"crew": Pool(count=2, calendar="days")},
        calendars={"days": Calendar(open=tuple((24.0 * day, 24.0 * day + 8.0) for day in range(5)))},
    )
    mean = plant.mean()
    crew = limit(mean, "crew")
    assert (crew.hours, crew.open, crew.most, crew.cycle) == (3.0, 40.0, 80.0 / 3.0, 1.5)
    assert limit(mean, "u").most == 42.0
    assert mean.limiting is crew
    assert mean.says()[0] == (
        "crew limits the plant: 26.7 batches a week at most (cycle time 1.5 h of work, 40 h a week)"
    )


def test_rates_yields_transfers_and_what_is_kept() -> None:
    """100 kg less 10 % is 90 kg: 9 h at 10 kg/h.  The mill is left when its hour of transfer into the press is over."""
    plant = small(
        {
            "grind": Step(on="mill", time=2.0, yield_=0.9, keeps={"bins": 1}),
            "press": Step(on="press", transfer=1.0, keeps={"bins": 2}),
        },
        units={"mill": Unit(kind="mill"), "press": Unit(kind="press", rate=10.0)},
        pools={"bins": Pool(count=4)},
    )
    mean = plant.mean()
    assert [(each.name, each.hours) for each in mean.limits] == [("mill", 3.0), ("press", 10.0), ("bins", 23.0)]
    assert mean.lead == 12.0


def test_units_of_different_rates_share_the_work_as_they_can() -> None:
    """One batch an hour and one in two hours: 1.5 an hour, as 2 units at 4/3 h.  One step only the old one can do."""
    plant = small(
        {"any": Step(on="press"), "own": Step(on="old", time=1.0)},
        units={"new": Unit(kind="press", rate=100.0), "old": Unit(kind="press", rate=50.0)},
    )
    mean = plant.mean()
    assert (limit(mean, "press").visits, limit(mean, "press").cycle) == (2.0, pytest.approx((4.0 / 3.0 + 1.0) / 2.0))
    assert (limit(mean, "old").count, limit(mean, "old").cycle) == (1, 1.0)
    assert mean.makespan is None  # a batch keeps the old one and asks for it
    assert mean.says()[-1] == "without luck the plant is stuck after 2 h: o/2 holds old-1 and waits for old-1"


def test_planned_maintenance_takes_its_hours() -> None:
    """8 h each 160 h from end to start: 1/21 of all hours.  By hours worked: 1 h each 10 h."""
    plant = small(
        {"s": Step(on="u", time=2.0), "t": Step(on="w", time=2.0)},
        units={"u": Unit(kind="u", maintenance=("service",)), "w": Unit(kind="w", maintenance=("oil",))},
        maintenance={
            "service": Maintenance(every=160.0, lasts=8.0),
            "oil": Maintenance(every=10.0, lasts=1.0, clock="running"),
        },
    )
    mean = plant.mean()
    assert limit(mean, "u").open == pytest.approx(160.0)
    assert limit(mean, "w").hours == pytest.approx(2.2)


def test_the_makespan_is_when_the_last_order_is_done() -> None:
    """Three batches through 2 h and then 3 h: 2 + 3 x 3 = 11 h, whatever the horizon."""
    steps = {"a": Step(on="x", time=2.0), "b": Step(on="y", time=Exponential(mean=3.0))}
    assert small(steps, batches=3, run={"horizon": 4.0}).mean().makespan == 11.0
    assert small(steps, batches=3, release={"every": 5.0}, run={"horizon": 4.0}).mean().makespan == 15.0
    assert small(steps, batches=None, release="as taken").mean().makespan is None


def test_several_orders_count_by_what_they_ask() -> None:
    """Three batches of a and one of b; endless ones by the clock count by their rates."""
    products = {name: Product(batch=1.0, steps={"s": Step(on=name, time=1.0)}) for name in ("a", "b")}
    units = {name: Unit(kind=name) for name in products}
    ended = {"o": Order(product="a", batches=3), "n": Order(product="b", batches=1)}
    mean = small({}, units=units, products=products, orders=ended).mean()
    assert (limit(mean, "a").visits, limit(mean, "b").visits) == (0.75, 0.25)
    clocked = {"o": Order(product="a", release={"every": 1.0}), "n": Order(product="b", release={"every": 4.0})}
    mean = small({}, units=units, products=products, orders=clocked).mean()
    assert (limit(mean, "a").visits, limit(mean, "b").visits) == (0.8, 0.2)


def test_without_luck_each_time_is_its_mean_and_nothing_fails() -> None:
    plant = rich()
    plant = plant.replace(orders={**plant.orders, "d": Order(product={"A": 1, "B": 1}, batches=2, draw=True)})
    plain = plant.without_luck()
    assert not plain.orders["d"].draw
    assert plant.failures and not plain.failures
    assert all(not unit.failures for unit in plain.units.values())
    assert plain.products["A"].steps["react"].time == Constant(value=5.0)
    assert plain.orders["o"].release.every == Constant(value=7.0)
    assert plain.cleaning["once"].major == Constant(value=2.0)
    assert plain.maintenance["pm"].lasts == Constant(value=3.0)
    assert plain.check() == plain.without_luck()
    assert (plain.plant.units, plain.run, plain.pools) == (plain.units, plant.run, plant.pools)
    first, second = (list(simulate(plain, seed=seed, horizon=100.0).record) for seed in (1, 2))
    assert first == second


def test_means_of_all_laws() -> None:
    laws = {
        "t": Trace(times=(1.0, 3.0)),
        "l": Lognormal(mean=2.0, cv=1.0, least=1.0),
        "w": Weibull(scale=2.0, shape=1.0),
    }
    plant = small({name: Step(on=name, time=law) for name, law in laws.items()}, batches=1)
    plant = plant.replace(failures={"f": Failure(after=1.0, repair=1.0)})
    assert hours(list(simulate(plant.without_luck()).record), "grant", "o/1") == [0.0, 2.0, 5.0]
    assert plant.mean().makespan == 7.0


def test_it_prints_as_a_table_with_its_answer() -> None:
    mean = small({"s": Step(on="<u>", time=2.0)}, batches=3).mean()
    assert str(mean).splitlines()[-3:] == [
        "<u> limits the plant: 84 batches a week at most (cycle time 2 h of work, 168 h a week)",
        "a batch that never waits takes 2 h",
        "without luck all orders are done after 6 h (the makespan)",
    ]
    assert "&lt;u&gt;" in mean._repr_html_()
    assert mean.to_dict()["limits"][0]["batches a week"] == 84.0


def test_a_utility_limits_by_the_rate_at_which_it_is_made() -> None:
    """600 L/h for 2 h and 300 L in a clean of 1 h: 1500 L a batch; 500 L/h are made, so a batch each 3 h."""
    plant = small(
        {"s": Step(on="u", time=2.0, needs={"run": {"wfi": 600.0}})},
        units={"u": Unit(kind="u", cleaning="wash")},
        cleaning={"wash": Cleaning(minor=1.0, needs={"wfi": 300.0})},
        utilities={"wfi": Utility(makes=500.0, tank=5000.0)},
    )
    wfi = limit(plant.mean(), "wfi")
    assert (wfi.of, wfi.hours, wfi.count, wfi.cycle) == ("utility", 1500.0, 500.0, 3.0)
    assert plant.mean().limiting.name in ("u", "wfi")


def test_a_unit_that_holds_several_counts_its_places_and_a_load_needs_once() -> None:
    """Of 100 kg, three weigh no more than 350 kg: 3 h to load, 24 h, 6 h to clean, so a batch each 33 h / 3 = 11 h.

    The crew is needed for 3 h and 6 h a load, which is 1 h and 2 h a batch; the analyst for 4 h of each test.
    """
    plant = small(
        {"dry": Step(on="f", time=24.0, charge=3.0, needs={"charge": {"crew": 1}}, tests="assay")},
        units={"f": Unit(kind="f", holds=4, load=350.0, cleaning="cip")},
        cleaning={"cip": Cleaning(minor=6.0, needs={"crew": 1})},
        pools={"crew": Pool(count=1), "analyst": Pool(count=1)},
        tests={"assay": QualityTest(time=72.0, hands_on=4.0, needs={"analyst": 1})},
        batches=9,
    )
    mean = plant.mean()
    dryer, crew = limit(mean, "f"), limit(mean, "crew")
    assert (dryer.count, dryer.hours, dryer.cycle) == (3, 33.0, 11.0)
    assert crew.hours == pytest.approx(1.0 + 2.0)
    assert limit(mean, "analyst").hours == 4.0
    assert mean.makespan == pytest.approx(2 * 33.0 + 27.0 + 72.0 + 8.0)  # the last of three waits for the analyst


def test_a_clean_counts_by_what_its_phases_draw() -> None:
    """A skid for the wash and the rinse, 2 h, but not for the verdict; 100 L/h for 1.5 h and 400 L/h for 0.5 h: 350 L.

    With the 4 h of the batch and 3 h for the verdict the unit has a cycle time of 9 h.
    """
    phases = {"wash": Phase(time=1.5, needs={"wfi": 100.0}), "rinse": Phase(time=0.5, needs={"wfi": 400.0})}
    wash = Clean(phases=phases, needs={"skid": 1}, verify=Verification(time=3.0))
    plant = small(
        {"s": Step(on="u", time=4.0)},
        units={"u": Unit(kind="u", cleaning="wet")},
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": wash})},
        pools={"skid": Pool(count=1)},
        utilities={"wfi": Utility(makes=500.0, tank=5000.0)},
    )
    mean = plant.mean()
    assert [limit(mean, name).hours for name in ("u", "skid", "wfi")] == [9.0, 2.0, 350.0]


def test_units_beside_that_of_the_step_count() -> None:
    """A filter is kept for the 3 h of the step and cleaned for 1 h, twice a batch: cycle time 4 h x 2 / 2."""
    plant = small(
        {"harvest": Step(on="tank", time=3.0, with_={"filter": 2})},
        units={"tank": Unit(kind="tank"), "filter": Unit(kind="filter", count=2, cleaning="rinse")},
        cleaning={"rinse": Cleaning(when="at once", minor=1.0)},
    )
    filters = limit(plant.mean(), "filter")
    assert (filters.visits, filters.hours, filters.cleaning, filters.cycle) == (2.0, 4.0, 1.0, 4.0)


def test_steps_side_by_side_take_as_long_as_the_longest_way() -> None:
    """2 h and then 4 h, or 5 h beside the first: the last begins after 5 h and ends after 9 h."""
    steps = {"grow": Step(on="u", time=2.0), "buffer": Step(on="v", time=5.0, after=()),
             "column": Step(on="w", time=4.0, after=("grow", "buffer"))}  # fmt: skip
    assert small(steps).mean().lead == 9.0

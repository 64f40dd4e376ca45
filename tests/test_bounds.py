"""Bounds before any run: plants worked out by hand, what one more of each thing brings, where batches will queue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from operator import truediv
from pathlib import Path

import pytest
from test_interventions import mixers, vessels

from plantsim.calendars import Calendar
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.plant import Buffer, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.record import HOUR
from plantsim.report.prose import Findings, answer
from plantsim.scenario import Scenario
from plantsim.show import summary
from plantsim.step import Step
from plantsim.study import replicate
from plantsim.study.bounds import expected
from plantsim.study.explain import Bound, Bounds, explain
from plantsim.utility import Utility

DAY = 24.0
DESIGN = Path(__file__).parents[2] / "shared/data/batch_plant_design/batch_processing.dat"
missing = pytest.mark.skipif(not DESIGN.exists(), reason="BENCHMARK DATA MISSING: batch_plant_design")


def row(found: Bounds, name: str) -> Bound:
    return next(each for each in found.rows if each.name == name)


def plant(units: dict[str, Unit], steps: dict[str, Step], **more: object) -> Scenario:
    """One product, as much of it as can be made."""
    return Scenario(
        units=units, products={"p": Product(batch=40.0, steps=steps)}, orders={"all": Order(product="p")}, **more
    )


def test_units_in_series_by_hand() -> None:
    """Seed 6 d on 2, culture 15 d on 4, capture 2.5 d, polish 1.5 d: cycle times 3, 3.75, 2.5, 1.5 d.

    A batch every 3.75 d.  In 330 d, the first after 25 d: 1 + floor(305 / 3.75) = 82 batches, as in a run.  A fifth
    culture vessel: 3 d, as the seed's, 3 / 3.75 = 80 % of whose time is used now: 56 / 30 of 168 h a week.
    """
    stages = {"seed": (6.0, 2), "culture": (15.0, 4), "capture": (2.5, 1), "polish": (1.5, 1)}
    line = plant(
        {name: Unit(kind=name, count=count) for name, (_, count) in stages.items()},
        {name: Step(on=name, time=days * DAY) for name, (days, _) in stages.items()},
    ).replace(horizon=330.0 * DAY + 0.001)
    found = explain(line)
    assert found.most == pytest.approx(7.0 / 3.75)
    assert [each.name for each in found.limiting] == ["culture"]
    assert row(found, "culture").cycle == pytest.approx(3.75 * DAY)
    assert row(found, "seed").time == pytest.approx(0.8)
    assert row(found, "culture").price == pytest.approx(7.0 / 15.0)
    assert row(found, "culture").more == pytest.approx(7.0 / 3.0 - 7.0 / 3.75)
    assert found.queue == "batches wait for culture before step culture of p, in seed, which they block"
    assert simulate(line).figures()["batches [1]"] == 82


def test_a_skid_limits_vessels_that_are_cleaned_with_it() -> None:
    """A clean of 6 h a batch: 28 a week; vessels use 16 / 3 of each 6 h; with two skids these limit, at 31.5 a week."""
    found = explain(vessels())
    assert found.most == pytest.approx(28.0)
    assert [each.name for each in found.limiting] == ["cip skid"]
    assert row(found, "vessel").time == pytest.approx(16.0 / 18.0)
    assert row(found, "filler").time == pytest.approx(5.0 / 6.0)
    assert row(found, "cip skid").price == pytest.approx(28.0)
    assert row(found, "cip skid").more == pytest.approx(3.5)
    assert row(found, "vessel").more == row(found, "filler").price == 0.0
    assert found.says()[1:] == [
        "the likely queue: dirty units wait for cip skid: vessel",
        "one more of cip skid brings +3.5 batches a week",
    ]


def test_changes_of_product_count() -> None:
    """2 h and a change of 6 h a batch: 21 a week; the line takes 7 h: 24 a week."""
    found = explain(mixers())
    assert found.most == pytest.approx(21.0)
    assert row(found, "mixer").more == pytest.approx(3.0)
    assert found.says()[1] == "the likely queue: batches wait for mixer before step mix of red, outside the plant"


def pressed(crew: int = 1, places: int | None = 2) -> Scenario:
    """A mill of 5 h, a store, a press of 6 h at which somebody stands who is there for 8 h a day: 9.33 a week."""
    return plant(
        {"mill": Unit(kind="mill", load=80.0), "press": Unit(kind="press", load=50.0)},
        {"grind": Step(on="mill", time=5.0), "press": Step(on="press", time=6.0, needs={"run": {"crew": 1}})},
        pools={"crew": Pool(count=crew, calendar="day")},
        calendars={"day": Calendar(open=((8.0, 16.0),), period=24.0)},
        buffers={"store": Buffer(places=places)},
        links=["mill -> store -> press"],
    )


def test_a_crew_limits_within_its_hours() -> None:
    """56 h a week / 6 h = 9.33; three of them are there for 168 h in all, as long as the press is: a chain."""
    found = explain(pressed())
    assert found.most == pytest.approx(56.0 / 6.0)
    assert row(found, "crew").more == pytest.approx(56.0 / 6.0)
    assert row(found, "crew").price == pytest.approx(56.0 / 6.0)
    assert (
        "at step press of p, once they have their press; who comes after them stands in store, and once" in found.queue
    )
    assert explain(pressed(places=None)).queue.endswith("who comes after them stands in store")
    three = explain(pressed(3))
    assert {each.name for each in three.limiting} == {"crew", "press"}
    assert "one more of one of them alone brings nothing: they limit the plant together, a chain" in three.says()


def test_size_and_time_utilisation_and_their_product() -> None:
    """Batches of 40 kg: half of the mill, 80 % of the press; the mill works 5 / 18 of its time, the press a third."""
    found = explain(pressed())
    assert row(found, "press").size == pytest.approx(0.8)
    assert row(found, "press").product == pytest.approx(0.8 / 3.0)
    assert row(found, "mill").product == pytest.approx(0.5 * 5.0 / 18.0)
    assert row(found, "crew").size is None


def test_volumes_are_used_where_they_are_told() -> None:
    """40 kg that fill 60 L, in a tank of 80 L: three quarters."""
    tank = plant({"tank": Unit(kind="tank", volume=80.0)}, {"stir": Step(on="tank", time=1.0)})
    recipe = tank.products["p"]
    told = tank.replace(products={"p": Product(batch=40.0, steps=recipe.steps, charge={"volume": 60.0})})  # type: ignore[arg-type]
    assert row(explain(told), "tank").size == pytest.approx(0.75)
    assert row(explain(tank), "tank").size is None


def test_a_utility_limits() -> None:
    """A wash of 2 h at 300 L/h, of which 100 L/h are made: 28 a week; a tenth more of it: 2.8 more."""
    found = explain(plant(
        {"washer": Unit(kind="washer")}, {"wash": Step(on="washer", time=2.0, needs={"run": {"water": 300.0}})},
        utilities={"water": Utility(makes=100.0, tank=900.0)},
    ))  # fmt: skip
    assert found.most == pytest.approx(28.0)
    assert row(found, "water").more == pytest.approx(2.8)
    assert row(found, "water").price == pytest.approx(0.28)  # for one L/h
    assert found.says()[1:3] == [
        "the likely queue: batches wait for water at step wash of p, once they have their washer; who comes after them "
        "stands outside the plant",
        "a tenth more of water brings +2.8 batches a week",
    ]


def orders(hours: dict[str, tuple[str, float]], pack: float) -> Scenario:
    """Orders of one product each: a press of its own or not, and a line for all."""
    return Scenario(
        units={kind: Unit(kind=kind) for kind in dict.fromkeys([*(kind for kind, _ in hours.values()), "line"])},
        products={
            name: Product(batch=1.0, steps={"press": Step(on=kind, time=each), "pack": Step(on="line", time=pack)})
            for name, (kind, each) in hours.items()
        },
        orders={name: Order(product=name) for name in hours},
    )


def test_orders_take_turns_and_what_they_leave_is_used() -> None:
    """Presses of 2 h and 4 h: 84 + 42; the line of 1 h has 168.  A press more of either fills it: 42 more.

    The next small part of a press for a would bring 84 for one, of b 42.
    """
    found = explain(orders({"a": ("press a", 2.0), "b": ("press b", 4.0)}, 1.0))
    assert found.weekly == pytest.approx({"a": 84.0, "b": 42.0})
    assert row(found, "line").time == pytest.approx(0.75)
    assert [row(found, name).more for name in ("press a", "press b")] == pytest.approx([42.0, 42.0])
    assert [row(found, name).price for name in ("press a", "press b")] == pytest.approx([84.0, 42.0])
    assert found.says()[1] == "of each order: a 84, b 42"


def test_a_free_choice_of_orders_makes_what_is_quick() -> None:
    """2 h and 6 h on one press: in turns 21 of each; of the quick one alone 84."""
    found = explain(orders({"quick": ("press", 2.0), "slow": ("press", 6.0)}, 1.0))
    assert found.weekly == pytest.approx({"quick": 21.0, "slow": 21.0})
    assert found.free == pytest.approx(84.0)
    assert found.says()[2] == "with a free choice of orders: 84"


def test_a_second_limit_is_told_of() -> None:
    found = explain(plant(
        {"a": Unit(kind="a"), "b": Unit(kind="b")}, {"a": Step(on="a", time=10.0), "b": Step(on="b", time=9.5)},
    ))  # fmt: skip
    assert found.says()[-1] == "a second limit is near: b (95% of its hours); whoever lifts one meets the next, a chain"


def test_orders_by_the_clock_say_how_much_of_the_bound_they_ask_for() -> None:
    mill = plant({"mill": Unit(kind="mill", cleaning="wipe")}, {"grind": Step(on="mill", time=4.0)},
                 cleaning={"wipe": Cleaning(when="at once", minor=2.0)})  # fmt: skip
    pushed = mill.replace(orders={"all": Order(product="p", release={"every": 8.0})})  # type: ignore[arg-type]
    found = explain(pushed)
    assert (found.most, found.asked) == (pytest.approx(28.0), pytest.approx(21.0))
    assert "the orders ask for 21 a week, which is 75% of that" in found.says()
    assert "no queue should grow; the first would be: batches wait for mill before step grind of p" in str(found)


def test_it_is_printed() -> None:
    found = explain(pressed())
    assert "\n".join(found.says()) in str(found)
    assert "<table" in found._repr_html_()
    assert found.to_dict()["table"][0]["at the bound"] == "crew"
    assert list(found.table().index) == ["crew", "press", "mill"]


def test_a_plant_that_nothing_limits_has_no_bound() -> None:
    free = plant({"mill": Unit(kind="mill")}, {"grind": Step(on="mill", time=0.0)})
    with pytest.raises(PlantsimError) as told:
        explain(free)
    assert str(told.value) == "order 'all' has no bound: its steps take no time, and draw nothing that is limited"
    assert expected(free) is None
    assert expected(free.replace(orders={})) is None


def test_the_bound_stands_beside_what_a_run_makes() -> None:
    """A skid that lets 28 batches a week through: the summary and the report say what part of that is made."""
    with ThreadPoolExecutor(1) as pool:
        found = replicate(vessels(), 2, seed=1, executor=pool)
    made = found.interval(("figure", "batches a week [1/week]", "")).mean
    (line,) = [line for line in summary(found) if line[0] == "share of the bound on means, 28 a week"]
    assert line[1] == f"{made / 28.0:.1%}"
    assert 0.99 < made / 28.0 < 1.01
    told = answer(Findings(found.run()))
    assert "The bound on means, without luck and failures, is 28 batches a week: it makes 100 % of that." in told


def published(word: str) -> dict[str, list[float]]:
    """Product -> a figure of each stage, of the plant of ten products and ten stages (Ravemark 1995, by gdplib)."""
    block = DESIGN.read_text().partition(f"param {word} :")[2].partition(";")[0].partition(":=")[2]
    return {row[0]: [float(each) for each in row[1:]] for row in map(str.split, block.strip().splitlines())}


def campaign(product: str, counts: tuple[int, ...], volume: float) -> Scenario:
    """A product alone on stages of units of that volume [L]; a batch is what the stage of largest size factor takes."""
    hours, factors = published("ProcessingTime")[product], published("ProductSizeFactor")[product]
    stages = {f"stage {j}": (hours[j], volume / factors[j], counts[j]) for j in range(len(hours))}
    steps = {name: Step(on=name, time=each) for name, (each, _, _) in stages.items()}
    return Scenario(
        units={name: Unit(kind=name, count=count, load=load) for name, (_, load, count) in stages.items()},
        products={product: Product(batch=volume / max(factors), steps=steps)},
        orders={"campaign": Order(product=product)},
    )


@missing
@pytest.mark.needs_data
@pytest.mark.parametrize("product", ["A", "B", "C", "D", "E", "F", "G", "H", "HH", "HHH"])
def test_published_batch_plant_by_its_textbook_relations(product: str) -> None:
    """Limiting cycle time max t / n; a stage's time utilisation is t / n over that, its size utilisation S / max S.

    Played, 40 batches take the way of one and 39 cycles, within a visit, since batches come to two units in pairs.
    """
    counts = (2, 2, 2, 2, 1, 2, 1, 2, 1, 1)
    hours, factors = published("ProcessingTime")[product], published("ProductSizeFactor")[product]
    plant_ = campaign(product, counts, 3000.0)
    found, cycle = explain(plant_), max(map(truediv, hours, counts))
    assert 168.0 / found.most == pytest.approx(cycle)
    for j, (time, factor) in enumerate(zip(hours, factors, strict=True)):
        stage = row(found, f"stage {j}")
        assert stage.time == pytest.approx(time / counts[j] / cycle)
        assert stage.size == pytest.approx(factor / max(factors))
        assert stage.product == pytest.approx(stage.time * factor / max(factors))
    way, some = sum(hours) + 39.0 * cycle, Order(product=product, batches=40)
    run = simulate(plant_.replace(orders={"campaign": some}), horizon=2.0 * way)
    last = max(each[0] for each in run.record if each[1] == "done") / HOUR
    assert run.orders()["done"].sum() == 40
    assert last == pytest.approx(way, abs=max(hours))

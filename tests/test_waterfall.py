"""Where the capacity goes: a plant worked out by hand, sums, and edits that lift one cause and touch no other luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from plants import rich
from test_luck import lives, works

from plantsim import charts
from plantsim.calendars import Calendar
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.laws import Constant
from plantsim.plant import Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.stops import MinorStops
from plantsim.study.bounds import limits_by_order, most_on_means
from plantsim.study.edits import changed, saturated, with_steps
from plantsim.study.losses import LOSSES, REST, losses
from plantsim.study.waterfall import Waterfall, fall, nameplate, waterfall

YEAR = 365.25  # days


def mill() -> Scenario:
    """A mill, 4 h a batch and 1 h to clean, whose crew is there for 10 h of each day; who is halted goes on next day.

    A day: 2 batches; without cleans 10 / 4 = 2.5; with people day and night 24 / 5 = 4.8; without both 24 / 4 = 6.
    """
    return Scenario(
        units={"mill": Unit(kind="mill", cleaning="wipe", calendar="day", work="pause")},
        calendars={"day": Calendar(open=((0.0, 10.0),), period=24.0)},
        cleaning={"wipe": Cleaning(when="at once", minor=1.0)},
        products={"powder": Product(batch=1.0, steps={"grind": Step(on="mill", time=4.0)})},
        orders={"all": Order(product="powder")},
    ).replace(horizon=24.0 * 105, from_=24.0 * 5)


@pytest.fixture(scope="module")
def found() -> Waterfall:
    with ThreadPoolExecutor(1) as pool:
        return waterfall(mill(), replications=2, shapley=True, executor=pool)


def test_a_plant_by_hand(found: Waterfall) -> None:
    """In order: cleans 0.5, people 3.5 a day; alone 0.5 and 2.8; by Shapley (0.5 + 1.2) / 2 and (2.8 + 3.5) / 2."""
    cleans, people = "changeover and cleaning", "people and shifts"
    assert found.causes == (cleans, people)
    assert found.nameplate == pytest.approx(6.0 * YEAR)
    near = {"abs": 0.02 * YEAR}  # two batches of the 200 and more in the window
    assert found.achieved.mean == pytest.approx(2.0 * YEAR, **near)
    assert found.in_order(cleans).mean == pytest.approx(0.5 * YEAR, **near)
    assert found.in_order(people).mean == pytest.approx(3.5 * YEAR, **near)
    assert found.in_order(REST).mean == pytest.approx(0.0, **near)
    assert found.alone(cleans).mean == pytest.approx(0.5 * YEAR, **near)
    assert found.alone(people).mean == pytest.approx(2.8 * YEAR, **near)
    assert found.shapley(cleans).mean == pytest.approx(0.85 * YEAR, **near)
    assert found.shapley(people).mean == pytest.approx(3.15 * YEAR, **near)


def test_bars_add_up(found: Waterfall) -> None:
    in_order = sum(one.mean for _, _, one in found.bars)
    assert in_order == pytest.approx(found.nameplate - found.achieved.mean, rel=1e-12)
    fair = sum(found.shapley(cause).mean for cause in found.shared)
    whole = found.made[frozenset(found.causes)] - found.made[frozenset()]
    assert fair == pytest.approx(float(whole.mean()), rel=1e-12)


def test_a_cause_that_is_named_twice_is_lifted_once(found: Waterfall) -> None:
    """The bars add up to what is lost: 4 batches a day, not more by what is named again."""
    cleans, people = "changeover and cleaning", "people and shifts"
    with ThreadPoolExecutor(1) as pool:
        twice = waterfall(mill(), [people, cleans, people], replications=2, executor=pool)
    assert twice.causes == (people, cleans)
    assert sum(one.mean for *_, one in twice.bars) == pytest.approx(twice.nameplate - twice.achieved.mean)


def test_it_is_printed_and_drawn(found: Waterfall) -> None:
    said = found.says()
    assert said[0].endswith("its nameplate of 2192 (the expected limit without losses)")
    assert said[1] == "lifted in this order: changeover and cleaning, people and shifts"
    assert "\n".join(said) in str(found)
    assert "<table" in found._repr_html_()
    ends, lost, _, fair = charts.waterfall(found).data
    assert list(fair.x) == [found.achieved.mean + found.shapley(cause).mean for cause in reversed(found.causes)]
    assert list(dict.fromkeys(found.table().columns.get_level_values(0))) == ["in order", "alone", "Shapley"]
    plain = replace(found, shared=())
    assert "Shapley" not in str(plain) and len(charts.waterfall(plain).data) == 3
    assert list(ends.x) == [found.nameplate, found.achieved.mean]
    assert [base + length for base, length in zip(lost.base, lost.x, strict=True)] == pytest.approx(
        [found.nameplate, *lost.base[:-1]]
    )
    assert lost.base[-1] == pytest.approx(found.achieved.mean)


def test_intervals_are_of_paired_differences() -> None:
    """Runs that differ by much, and a cause that brings 5 in each of them: its interval has no width."""

    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        return {(name, k): 100.0 + 10.0 * k + (5.0 if name != "today" else 0.0) for name in scenarios for k in ks}

    plant = saturated(mill())
    told = fall(plant, losses(plant, ["changeover and cleaning"]), values, 4)
    alone = told.alone("changeover and cleaning")
    assert alone.low == pytest.approx(alone.mean) == pytest.approx(alone.high)
    assert told.achieved.high - told.achieved.low > 100.0


def held(plant: Scenario) -> Scenario:
    """The plant with a hold after its step `react`, and minor stops of its packing line."""
    stops = MinorStops(every=Constant(value=5.0), lasts=Constant(value=0.1))
    plant = plant.replace(units={**plant.units, "q": changed(plant.units["q"], minor_stops=stops)})
    return with_steps(plant, lambda place, step: changed(step, hold=20.0) if place == ("A", "react") else step)


@pytest.mark.parametrize("cause", list(LOSSES))
def test_lifting_a_cause_changes_no_other_luck(cause: str) -> None:
    """Acts of batches and lives are those of today's plant; and the plant without it is sound."""
    today = held(rich(200.0))
    (lifted,) = losses(today, [cause])
    variant = lifted.lifted(today).check()
    before, after = (list(simulate(plant, 3).record) for plant in (today, variant))
    one, other = works(before), works(after)
    common = one.keys() & other.keys()
    assert len(common) > 60
    assert {key: one[key] for key in common} == {key: other[key] for key in common}
    for first, then in zip(lives(today, before), lives(variant, after), strict=True):
        assert {key: first[key] for key in first.keys() & then.keys()} == {
            key: then[key] for key in first.keys() & then.keys()
        }


@pytest.mark.long
def test_a_rich_plant_falls_from_its_nameplate() -> None:
    """With all causes lifted it stays below the nameplate, but for what the ends of a run add (3 %)."""
    plant = saturated(held(rich(600.0))).replace(from_=100.0)
    with ThreadPoolExecutor(1) as pool:
        told = waterfall(plant, replications=2, executor=pool)
    assert told.causes == tuple(LOSSES)
    left = told.in_order(REST).mean / told.nameplate
    assert -0.03 < left < 0.5


def test_the_limit_of_two_lines_is_that_of_both() -> None:
    """One press of 2 h for a, one of 4 h for b, and a packing line of 1 h for both: 84 + 42 a week, the line 168."""

    def product(kind: str, hours: float) -> Product:
        return Product(batch=1.0, steps={"press": Step(on=kind, time=hours), "pack": Step(on="line", time=1.0)})

    plant = Scenario(
        units={name: Unit(kind=name) for name in ("press a", "press b", "line")},
        products={"a": product("press a", 2.0), "b": product("press b", 4.0)},
        orders={"for a": Order(product="a"), "for b": Order(product="b")},
    )
    most = most_on_means(limits_by_order(plant))
    assert most == pytest.approx({"for a": 84.0, "for b": 42.0})
    slow = plant.replace(products={**plant.products, "b": product("press b", 0.5)})
    assert sum(most_on_means(limits_by_order(slow)).values()) == pytest.approx(168.0)


def test_pools_that_only_cleans_need_are_skids() -> None:
    plant = mill().replace(
        pools={"skid": Pool(count=1), "crew": Pool(count=1)},
        cleaning={"wipe": Cleaning(minor=1.0, needs={"skid": 1, "crew": 1})},
        products={"powder": Product(batch=1.0, steps={"grind": Step(on="mill", time=4.0, needs={"crew": 1})})},  # type: ignore[dict-item]
    )
    queue, people = losses(plant, ["CIP queue", "people and shifts"])
    assert {name: pool.count for name, pool in queue.lifted(plant).pools.items()} == {"skid": 1001, "crew": 1}
    assert {name: pool.count for name, pool in people.lifted(plant).pools.items()} == {"skid": 1, "crew": 1001}


def test_a_cause_that_is_not_known_is_refused() -> None:
    with pytest.raises(PlantsimError, match="there is no cause 'cleaning'"):
        waterfall(mill(), ["cleaning"])


def test_the_nameplate_keeps_the_mix_of_the_orders() -> None:
    """One reactor, 1 h for a and 9 h for b, as many of each: 10 h for two, so 168 / 5 = 33.6 batches a week."""
    plant = Scenario(
        units={"reactor": Unit(kind="reactor")},
        products={name: Product(batch=1.0, steps={"react": Step(on="reactor", time=hours)})
                  for name, hours in (("a", 1.0), ("b", 9.0))},
        orders={name: Order(product=name, batches=100) for name in ("a", "b")},
    )  # fmt: skip
    assert nameplate(saturated(plant)) == pytest.approx(33.6)


def test_the_queue_for_skids_costs_what_a_second_skid_would_bring() -> None:
    """Three vessels, 10 h and 6 h of a clean on one skid: a batch each 6 h; with skids enough each 16 / 3 h."""
    plant = Scenario(
        units={"vessel": Unit(kind="vessel", count=3, cleaning="cip")},
        pools={"skid": Pool(count=1)},
        cleaning={"cip": Cleaning(when="at once", minor=6.0, needs={"skid": 1})},
        products={"syrup": Product(batch=1.0, steps={"make": Step(on="vessel", time=10.0)})},
        orders={"all": Order(product="syrup")},
    ).replace(horizon=1000.0, from_=100.0)
    with ThreadPoolExecutor(1) as pool:
        told = waterfall(plant, replications=2, executor=pool)
    assert told.causes[:2] == ("CIP queue", "changeover and cleaning")
    more = 24.0 * YEAR * (3.0 / 16.0 - 1.0 / 6.0)
    assert told.in_order("CIP queue").mean == pytest.approx(more, rel=0.06)

"""Steps that need several units at once, worked out by hand; all times are in hours."""

from __future__ import annotations

from typing import Any

import pytest
from plants import fresh, lines, play, small, state_at, told

from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, StuckPlant
from plantsim.plant import Calendar, Failure, Unit
from plantsim.recipe import Order, Product, Release, Step
from plantsim.scenario import Scenario
from plantsim.spans import in_hours, read

ONCE = Release(at_once=True)


def harvest(**more: Any) -> Scenario:
    """Growth of 10 h; then 4 h through a centrifuge and a filter into a pool tank, and 3 h of hold in it."""
    return small(
        {
            "grow": Step(on="bioreactor", time=10.0),
            "harvest": Step(on="pool tank", transfer=4.0, time=0.0, with_={"centrifuge": 1, "filter": 2}),
            "treat": Step(on="pool tank", time=3.0),
        },
        units={
            "bioreactor": Unit(kind="bioreactor", count=2),
            "centrifuge": Unit(kind="centrifuge", cleaning="cip"),
            "filter": Unit(kind="filter", count=2),
            "pool tank": Unit(kind="pool tank", count=2),
        },
        cleaning={"cip": Cleaning(when="at once", minor=1.0)},
        **more,
    )


def test_a_harvest_holds_bioreactor_centrifuge_filters_and_pool_tank_at_once() -> None:
    """Both have grown at 10. The first is harvested from 10 to 14; the centrifuge is cleaned until 15, and the second
    lacks it till then, though a pool tank and both filters are free; its bioreactor is kept until 19."""
    plant = harvest()
    plant = plant.replace(
        products={"p": Product(batch=100.0, steps={**plant.products["p"].steps, "treat": Step(on="hold", time=3.0)})},
        units={**plant.units, "hold": Unit(kind="hold", count=2)},
    )
    rows = play(plant)
    assert told(rows) == lines(
        """
        0 grant bioreactor-1 o/1
        0 grant bioreactor-2 o/2
        10 grant pool tank-1 o/1
        10 wait bioreactor-2 o/2 centrifuge
        14 leave bioreactor-1 o/1
        14 begin pool tank-1 o/1
        14 leave centrifuge-1 o/1
        14 clean centrifuge-1 minor
        14 leave filter-1 o/1
        14 leave filter-2 o/1
        14 grant hold-1 o/1
        14 leave pool tank-1 o/1
        15 cleaned centrifuge-1 minor
        15 grant pool tank-1 o/2
        17 leave hold-1 o/1
        19 leave bioreactor-2 o/2
        19 begin pool tank-1 o/2
        19 leave centrifuge-1 o/2
        19 clean centrifuge-1 minor
        19 leave filter-1 o/2
        19 leave filter-2 o/2
        19 grant hold-1 o/2
        19 leave pool tank-1 o/2
        20 cleaned centrifuge-1 minor
        22 leave hold-1 o/2
        """
    )
    assert next(row for row in rows if row[1] == "grant" and row[2] == "pool tank-1")[8][2] == (
        "centrifuge-1",
        "filter-1",
        "filter-2",
    )
    units = in_hours(read(simulate(plant).record, fresh(plant))["units"])
    stays = units[units["unit"] == "centrifuge-1"][["start", "end", "state", "batch"]].to_dict("split")["data"]
    assert stays == [
        [0.0, 10.0, "idle", ""],
        [10.0, 14.0, "transferring", "o/1"],
        [14.0, 15.0, "cleaning", ""],
        [15.0, 19.0, "transferring", "o/2"],
        [19.0, 20.0, "cleaning", ""],
        [20.0, 100.0, "idle", ""],
    ]


def crossing(**more: Any) -> Scenario:
    """a works on the vessel with the skid, b on the skid with the vessel, 2 h each."""
    return small(
        {},
        units={"vessel": Unit(kind="vessel"), "skid": Unit(kind="skid")},
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="vessel", time=2.0, with_={"skid": 1})}),
            "b": Product(batch=1.0, steps={"s": Step(on="skid", time=2.0, with_={"vessel": 1})}),
        },
        orders={name: Order(product=name, batches=3, release=ONCE) for name in "ab"},
        **more,
    )


def test_vessel_and_skid_asked_for_in_opposite_orders_never_lock() -> None:
    """One after the other, by age and name: six batches of 2 h take 12 h."""
    assert told(play(crossing()), "grant", "done", hide=()) == lines(
        """
        0 grant vessel-1 a/1
        2 done a/1
        2 grant vessel-1 a/2
        4 done a/2
        4 grant vessel-1 a/3
        6 done a/3
        6 grant skid-1 b/1
        8 done b/1
        8 grant skid-1 b/2
        10 done b/2
        10 grant skid-1 b/3
        12 done b/3
        """
    )


def test_what_is_lacking_turns_from_the_unit_to_what_goes_with_it() -> None:
    """x is free from 3 on, but the pump is in use until 5."""
    plant = small(
        {},
        units={name: Unit(kind=name) for name in ("x", "y", "pump")},
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="x", time=3.0)}),
            "b": Product(batch=1.0, steps={"s": Step(on="y", time=5.0, with_={"pump": 1})}),
            "c": Product(batch=1.0, steps={"s": Step(on="x", time=1.0, with_={"pump": 1})}),
        },
        orders={name: Order(product=name, batches=1, release=ONCE) for name in "abc"},
    )
    assert told(play(plant), "wait", "grant") == lines(
        """
        0 grant x-1 a/1
        0 grant y-1 b/1
        0 wait c/1 x
        3 wait c/1 pump
        5 grant x-1 c/1
        """
    )


def test_units_held_by_batches_that_wait_for_one_another_are_told_as_stuck() -> None:
    """Each keeps the unit of its first step, and needs that of the other with a third one."""
    plant = small(
        {},
        units={name: Unit(kind=name) for name in "xyz"},
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="x", time=1.0), "t": Step(on="z", time=1.0, with_={"y": 1})}),
            "b": Product(batch=1.0, steps={"s": Step(on="y", time=2.0), "t": Step(on="z", time=1.0, with_={"x": 1})}),
        },
        orders={name: Order(product=name, batches=1, release=ONCE) for name in "ab"},
    )
    with pytest.raises(StuckPlant) as caught:
        simulate(plant)
    assert str(caught.value) == (
        "the plant is stuck after 2 h: b/1 holds y-1 and waits for x-1; a/1 holds x-1 and waits for y-1"
    )


@pytest.mark.parametrize("plant", [harvest(batches=4), crossing()], ids=["harvest", "crossing"])
def test_a_step_on_several_units_goes_on_after_a_resume(plant: Scenario) -> None:
    rows = play(plant)
    for half in range(60):
        time = half * HOUR // 2
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], half / 2


def faults(scenario: Scenario) -> list[str]:
    with pytest.raises(LayoutError) as caught:
        scenario.check()
    return [str(fault) for fault in caught.value.faults]


def beside(with_: dict[str, Any], hold: float | None = None, **unit: Any) -> Scenario:
    return small(
        {"s": Step(on="x", time=1.0, with_=with_, hold=hold)},
        units={"x": Unit(kind="x"), "pump": Unit(kind="pump", **unit)},
        failures={"seal": Failure(after=5.0, repair=1.0)},
        calendars={"days": Calendar(open=((0.0, 9.0),), period=24.0)},
        cleaning={"wash": Cleaning(minor=1.0)},
    )


def test_what_a_step_can_not_keep_beside_its_unit_is_said() -> None:
    at = "products.p.steps.s.with"
    assert faults(beside({"pump": 1, "pmp": 1})) == [f"{at}: there is no 'pmp'; did you mean 'pump'?"]
    assert faults(beside({"pump": 2})) == [f"{at}: needs 2 of 'pump', of which there are 1"]
    assert faults(beside({"pump": 1, "x": 1})) == [
        f"{at}: 'x' is named twice: a unit is on the step, or with it, once",
    ]
    why = "which a step can't keep beside its own unit ('pump')"
    assert faults(beside({"pump": 1}, failures=("seal",))) == [f"units.pump: has failures, {why}"]
    assert faults(beside({"pump": 1}, calendar="days")) == [f"units.pump: has a calendar, {why}"]
    assert faults(beside({"pump": 1}, holds=2)) == [f"units.pump: holds several batches, {why}"]
    assert faults(beside({"pump": 1}, cleaning="wash")) == [
        f"units.pump: is cleaned by 'wash', which is not only a minor clean at once, {why}"
    ]
    assert faults(beside({"pump": 1}, hold=0.0)) == [
        f"{at}: several units can't be booked ahead: no 'hold: 0 h' with it"
    ]

"""A stock of spare parts, each rule on a plant whose outcome is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plants import fresh, lines, play, small, state_at, told

from plantsim.chance import HOUR
from plantsim.engine.simulate import simulate
from plantsim.laws import Trace
from plantsim.layout import read_layout
from plantsim.layout.write import to_yaml
from plantsim.materials import Material, QualityTest
from plantsim.plant import Failure, Maintenance, Pool, Unit
from plantsim.prices import Prices
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.state import fold
from plantsim.step import Step

KIT: dict[str, Any] = {"unit": "pieces", "delivery": 5.0}
TOLD = ("fail", "begin", "take", "repaired", "purchase", "deliver", "wait", "done")


def worn(kit: Material, *, takes: Any = "kit", batches: int = 1, **more: Any) -> Scenario:
    """A mill whose seal goes after 2 h of work and takes 1 h to mend; a batch is ground for 9 h."""
    rule = {"after": 2.0, "repair": 1.0, **more.pop("rule", {})}
    more.setdefault("units", {"mill": Unit(kind="mill", failures=["seal"])})
    return small(
        {"grind": Step(on="mill", time=9.0)},
        batches=batches,
        failures={"seal": Failure(takes=takes, **rule)},
        materials={"kit": kit},
        **more,
    )


def parts(rows: list[RowTuple], *kinds: str) -> list[str]:
    return told(rows, *(kinds or TOLD))


def test_a_repair_takes_a_part_and_waits_when_there_is_none() -> None:
    """One kit in store; with none left, one is ordered, which comes after 5 h; four seals go within 9 h of work.

    The first seal goes at 2 h: the kit is taken, another one ordered, due at 7 h; works from 3 h.  The second goes at
    5 h: no kit until 7 h, then one is taken and one ordered, due at 12 h; mended at 8 h.  The third goes at 10 h and
    waits for 2 h; mended at 13 h.  The fourth goes at 15 h, waits from 15 h to 17 h, is mended at 18 h; the last of the
    9 h of work are done at 19 h.  Down for 4 h of repairs and 6 h of waiting: 9 + 10 = 19 h.
    """
    rows = play(worn(Material(stock=1, reorder=0, order=1, **KIT), run={"horizon": 20.0}))
    assert parts(rows) == lines("""
        0 deliver kit
        2 fail mill-1 o/1 seal
        2 begin mill-1
        2 take mill-1 kit
        2 purchase kit
        3 repaired mill-1 seal
        5 fail mill-1 o/1 seal
        5 wait mill-1 kit
        7 deliver kit
        7 begin mill-1
        7 take mill-1 kit
        7 purchase kit
        8 repaired mill-1 seal
        10 fail mill-1 o/1 seal
        10 wait mill-1 kit
        12 deliver kit
        12 begin mill-1
        12 take mill-1 kit
        12 purchase kit
        13 repaired mill-1 seal
        15 fail mill-1 o/1 seal
        15 wait mill-1 kit
        17 deliver kit
        17 begin mill-1
        17 take mill-1 kit
        17 purchase kit
        18 repaired mill-1 seal
        19 done o/1
    """)


def test_with_two_in_store_and_orders_of_two_nothing_ever_waits() -> None:
    """Reordered at one: taken at 2 h, two come at 7 h; taken at 5, 8 and 11 h, with 2 + 2 - 3 = 1 there at 8 h.

    Two orders go out: at 2 h, with one left and none on its way, and as the third is taken: 9 + 4 = 13 h.
    """
    rows = play(worn(Material(stock=2, reorder=1, order=2, **KIT), run={"horizon": 20.0}))
    assert parts(rows, "purchase", "wait", "take", "done") == lines("""
        2 take mill-1 kit
        2 purchase kit
        5 take mill-1 kit
        8 take mill-1 kit
        8 purchase kit
        11 take mill-1 kit
        13 done o/1
    """)


def test_without_orders_the_second_repair_waits_for_ever() -> None:
    """One kit, never ordered anew: from 5 h on the mill is down, and the run says why."""
    run = simulate(worn(Material(stock=1, **KIT)), horizon=50.0)
    assert str(run.why("o/1", 30.0)) == (
        "o/1 is halted in mill-1: seal\n"
        "mill-1 is down by seal, and waits for kit: in store nothing; nothing is on its way"
    )
    assert run.spans("units", 0.0, 50.0).query("state == 'down'")["detail"].tolist() == ["", "kit"]


def test_part_and_crew_are_taken_together() -> None:
    """A mechanic is not kept while the kit is still to come, and the kit stays in store until the mechanic comes.

    Two mills fail at 2 h; one mechanic, two kits: mill-2 waits for the mechanic until 3 h with a kit in store.  At 5 h
    mill-1 fails again: the kits that were ordered at 3 h come at 8 h.  At 6 h mill-2 does.  Both are mended then, one
    after the other, by age: from 8 h to 9 h and from 9 h to 10 h.
    """
    scenario = worn(
        Material(stock=2, reorder=0, order=2, **KIT),
        batches=2,
        rule={"pool": "mech"},
        units={"mill": Unit(kind="mill", count=2, failures=["seal"])},
        pools={"mech": Pool(count=1)},
        run={"horizon": 9.5},
    )
    assert parts(play(scenario), "fail", "begin", "take", "wait", "purchase") == lines("""
        2 fail mill-1 o/1 seal
        2 fail mill-2 o/2 seal
        2 begin mill-1
        2 take mill-1 kit
        2 wait mill-2 mech
        3 begin mill-2
        3 take mill-2 kit
        3 purchase kit
        5 fail mill-1 o/1 seal
        5 wait mill-1 kit
        6 fail mill-2 o/2 seal
        6 wait mill-2 kit
        8 begin mill-1
        8 take mill-1 kit
        8 wait mill-2 mech
        9 begin mill-2
        9 take mill-2 kit
        9 purchase kit
    """)


def test_a_part_is_released_by_its_test() -> None:
    """The kit that comes at 7 h is looked at for 1.5 h before the repair that waits for it may take it, at 8.5 h."""
    kit = Material(stock=1, reorder=0, order=1, test="look", **KIT)
    rows = play(worn(kit, tests={"look": QualityTest(time=1.5)}, run={"horizon": 9.0}))
    assert parts(rows, "take", "accept", "begin") == lines("""
        2 begin mill-1
        2 take mill-1 kit
        8.5 accept look
        8.5 begin mill-1
        8.5 take mill-1 kit
    """)


def test_a_common_failure_takes_its_parts_once() -> None:
    """Two fuses for a failure that strikes both mills at 3 h: the second pair comes at 5 h, and mends both at 6 h."""
    scenario = worn(
        Material(stock=1, reorder=1, order=1, **KIT),
        takes={"kit": 2},
        batches=2,
        rule={"after": Trace(times=(3.0, 90.0)), "clock": "calendar", "common": True},
        units={"mill": Unit(kind="mill", count=2, failures=["seal"])},
        run={"horizon": 20.0},
    )
    assert parts(play(scenario), "take", "wait", "begin", "repaired", "done") == lines("""
        3 wait mill-1 kit
        3 wait mill-2 kit
        5 begin mill-1
        5 take mill-1 kit
        5 begin mill-2
        6 repaired mill-1 seal
        6 repaired mill-2 seal
        12 done o/1
        12 done o/2
    """)


def test_maintenance_takes_parts_too() -> None:
    """Filters are changed every two batches of 9 h: at 18 h the only one, at 38 h there is none until 43 h."""
    scenario = small(
        {"grind": Step(on="mill", time=9.0)},
        batches=5,
        units={"mill": Unit(kind="mill", maintenance=["change"])},
        maintenance={"change": Maintenance(every=2.0, lasts=2.0, clock="cycles", takes="filter")},
        materials={"filter": Material(unit="pieces", stock=1, reorder=0, order=1, delivery=25.0)},
        run={"horizon": 50.0},
    )
    assert parts(play(scenario), "maintain", "begin", "take", "wait", "maintained") == lines("""
        0 wait o/2 mill
        0 wait o/3 mill
        0 wait o/4 mill
        0 wait o/5 mill
        18 maintain mill-1 change
        18 begin mill-1
        18 take mill-1 filter
        20 maintained mill-1 change
        38 maintain mill-1 change
        38 wait mill-1 filter
        43 begin mill-1
        43 take mill-1 filter
        45 maintained mill-1 change
    """)


@pytest.mark.parametrize("hour", [1.5, 2.0, 2.5, 5.0, 6.0, 7.0, 7.5, 11.0, 12.0, 16.5])
def test_a_run_goes_on_from_any_state(hour: float) -> None:
    """While a kit is on its way, from 2 h to 7 h, while a repair waits for it, from 5 h on, and as it comes."""
    scenario = worn(Material(stock=1, reorder=0, order=1, **KIT), run={"horizon": 20.0})
    rows = play(scenario)
    time = int(hour * HOUR)
    assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]


def test_a_forecast_waits_for_what_is_on_its_way() -> None:
    """At 6 h a kit is due at 7 h for certain; ahead of that nothing else is luck, so that the rows are the same."""
    scenario = worn(Material(stock=1, reorder=0, order=1, **KIT), run={"horizon": 20.0})
    run = simulate(scenario)
    ahead = simulate(scenario, start=run.state_at(6.0), luck="ahead")
    assert [row for row in run.record if row[0] > 6 * HOUR] == list(ahead.record)


def test_a_file_says_pieces(tmp_path: Path) -> None:
    """What is written is read again as the same; one kit a repair may be said by its
    name alone, and one piece as such.
    """
    scenario = worn(Material(stock=1, reorder=0, order=1, **KIT), takes={"kit": 2})
    text = to_yaml(scenario)
    assert "kit: {unit: pieces, stock: 1 pieces, reorder: 0 pieces, order: 1 pieces, delivery: 5 h}" in text
    (tmp_path / "mill.yaml").write_text(text.replace("takes: {kit: 2}", "takes: kit").replace("1 pieces", "1 piece"))
    assert read_layout(tmp_path / "mill.yaml") == worn(Material(stock=1, reorder=0, order=1, **KIT))


def test_lots_of_parts_are_told_in_pieces() -> None:
    """Until 8 h the kit in store is taken at 2 h, and the one that came at 7 h then: one
    piece each, used up by the mill.

    They belong to nobody's genealogy.
    """
    run = simulate(worn(Material(stock=1, reorder=0, order=1, **KIT)), horizon=8.0)
    assert run.lots()[["lot", "kg", "taken", "left", "status", "batches"]].values.tolist() == [
        ["kit/0", 1.0, 1.0, 0.0, "used up", "mill-1"],
        ["kit/1", 1.0, 1.0, 0.0, "used up", "mill-1"],
    ]
    assert list(run.genealogy("o/1")) == ["o/1"]
    assert fold(fresh(run.scenario), run.record).stocks["kit"].unit == "pieces"


def test_parts_cost_money_but_are_no_mass() -> None:
    """Four kits of 50 a piece go into one batch of 100 kg, of which nothing else is made."""
    kit = Material(stock=1, reorder=0, order=1, **KIT)
    run = simulate(worn(kit, prices=Prices(life=1e4, each={"kit": 50.0})), horizon=20.0)
    assert run.cost_of_goods().loc[("materials", "kit"), ["amount", "of", "cost"]].tolist() == [4.0, "pieces", 200.0]
    assert run.matter()["materials in [kg]"] == 100.0

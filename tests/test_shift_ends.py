"""Repairs and maintenance at the end of a shift: finished, paused, begun anew, or not begun; by hand, in hours.

A unit works for 2 h, fails, and has an hour left; its repair takes 4 h of a mechanic, who is there from 0 to 5 h and
from 10 h on.
"""

from __future__ import annotations

from typing import Any

import pytest
from plants import play, resumes, small, told

from plantsim.calendars import Calendar
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError
from plantsim.laws import Constant
from plantsim.materials import Material
from plantsim.plant import Failure, Maintenance, Pool, Unit
from plantsim.scenario import Scenario
from plantsim.step import Step

LATE = {"late": Calendar(open=((0.0, 5.0), (10.0, 24.0)), period=24.0)}


def failing(word: Any, units: dict[str, Unit] | None = None, **rule: Any) -> Scenario:
    """A batch is worked on for 3 h; its unit fails after 2 h."""
    leak = Failure(**{"after": Constant(value=2.0), "repair": 4.0, "pool": "mechanic", "at_shift_end": word, **rule})
    return small(
        {"s": Step(on="m", time=3.0)} | ({"t": Step(on="n", time=0.0)} if units else {}),
        batches=1,
        units=units or {"m": Unit(kind="m", failures=("leak",))},
        pools={"mechanic": Pool(count=1, calendar="late")},
        calendars=LATE,
        failures={"leak": leak},
        materials={"kit": Material(unit="pieces", stock=1.0)} if "takes" in rule else {},
    )


@pytest.mark.parametrize(
    ("word", "rows"),
    [
        ("finish", ["6 repaired m-1 leak"]),
        ("pause", ["5 halt m-1 mechanic", "10 begin m-1", "11 repaired m-1 leak"]),
        ("restart", ["5 halt m-1 mechanic", "10 begin m-1", "14 repaired m-1 leak"]),
        ("fits", ["2 wait m-1 mechanic", "10 begin m-1", "14 repaired m-1 leak"]),
    ],
)
def test_a_repair_at_the_end_of_a_shift(word: str, rows: list[str]) -> None:
    """Begun at 2 h, 3 of its 4 h are done at 5 h; the last one from 10 h on, or all of it anew; it would not fit."""
    found = resumes(failing(word), hours=16)
    begun = [] if word == "fits" else ["2 begin m-1"]
    assert told(found, "halt", "wait", "begin", "repaired") == begun + rows
    run = simulate(failing(word))
    uses = run.spans("pools")[["start", "end"]].to_numpy().tolist()
    assert uses == {
        "finish": [[2.0, 6.0]],
        "pause": [[2.0, 5.0], [10.0, 11.0]],
        "restart": [[2.0, 5.0], [10.0, 14.0]],
        "fits": [[10.0, 14.0]],
    }[word]  # fmt: skip


def test_a_spare_part_is_taken_once_though_its_repair_halts() -> None:
    """There is one kit: it is taken at 2 h, and the repair goes on at 10 h without another one."""
    rows = resumes(failing("pause", takes={"kit": 1}), hours=16)
    assert told(rows, "take", "repaired") == ["2 take m-1 kit", "11 repaired m-1 leak"]


def test_nobody_is_needed_to_qualify_a_unit_anew() -> None:
    """3 h of repair end with the shift at 5 h; the hour in which it is qualified goes on until 6 h."""
    rows = resumes(failing("pause", repair=3.0, requalify=1.0), hours=16)
    assert told(rows, "halt", "repaired") == ["6 repaired m-1 leak"]


def test_what_is_mended_together_halts_and_goes_on_together() -> None:
    """A storm at 2 h by the calendar, over both units: they work again at 11 h."""
    units = {name: Unit(kind=name, failures=("leak",)) for name in ("m", "n")}
    rows = resumes(failing("pause", units, clock="calendar", common=True), hours=12)
    assert told(rows, "halt", "begin", "repaired")[:8] == [
        "2 begin m-1", "2 begin n-1", "5 halt m-1 mechanic", "5 halt n-1 mechanic", "10 begin m-1", "10 begin n-1",
        "11 repaired m-1 leak", "11 repaired n-1 leak",
    ]  # fmt: skip


@pytest.mark.parametrize(("word", "over"), [("finish", 8.0), ("pause", 13.0), ("restart", 14.0), ("fits", 14.0)])
def test_maintenance_at_the_end_of_a_shift(word: Any, over: float) -> None:
    """Due after 3 h by the calendar, when its unit is empty at 4 h: 1 h of 4 is done at the end of the shift at 5 h."""
    service = Maintenance(every=3.0, lasts=4.0, pool="mechanic", at_shift_end=word)
    plant = failing("finish").replace(
        units={"m": Unit(kind="m", maintenance=("service",))}, maintenance={"service": service}, failures={},
        products={"p": {"batch": 100.0, "steps": {"s": {"on": "m", "time": 4.0}}}},
    )  # fmt: skip
    assert told(resumes(plant, hours=16), "maintained")[:1] == [f"{over:g} maintained m-1 service"]


def test_who_repairs_by_a_skill_may_be_another_one_after_the_halt() -> None:
    """The day fitter works from 2 h to 5 h; the last hour is done by the one of the night, who is there from 6 h on."""
    night = Calendar(open=((6.0, 9.0),), period=24.0)
    pools = {"fitter": Pool(count=1, calendar="late", skills=("mechanic",)),
             "watch": Pool(count=1, calendar="night", skills=("mechanic",))}  # fmt: skip
    plant = failing("pause").replace(pools=pools, calendars={**LATE, "night": night})
    rows = resumes(plant, hours=16)
    assert told(rows, "halt", "begin", "repaired") == [
        "2 begin m-1", "5 halt m-1 fitter", "6 begin m-1", "7 repaired m-1 leak",
    ]  # fmt: skip


def test_what_can_never_be_over_is_an_error() -> None:
    """From 10 h to 5 h of the next day are 19 h on end, into which 20 h never fit."""
    with pytest.raises(LayoutError) as error:
        failing("fits", repair=20.0).check()
    assert str(error.value) == (
        "failures.leak.at shift end: may take 20 h, and 'mechanic' are there for 19 h on end: it would never be over; "
        "give it less time, a longer shift, or 'pause'"
    )


def test_a_shift_end_of_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="since nobody is needed: name a pool"):
        failing("pause", pool="")
    assert told(play(failing("finish", pool="")), "repaired") == ["6 repaired m-1 leak"]

"""Crews: when they are there, what they can do, and who comes; worked out by hand, times in hours."""

from __future__ import annotations

import pytest
from plants import lines, small, told

from plantsim.engine.simulate import simulate
from plantsim.layout.week import spelled_out
from plantsim.plant import Calendar, Pool
from plantsim.recipe import Step

MONDAY = "2027-03-01T00:00"


def opened(**said: object) -> list[list[str]]:
    """The open stretches of Monday, in minutes since midnight."""
    raw, faults = spelled_out({"days": "mon", **said}, MONDAY, ("calendars", "c"))
    assert not faults
    return raw["open"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"hours": "06:00-14:00", "breaks": "10:00-10:30"}, [(360, 600), (630, 840)]),
        ({"hours": "06:00-14:00", "breaks": ["10:00-10:30", "05:00-06:15"]}, [(375, 600), (630, 840)]),
        ({"hours": "06:00-14:00", "gowning": "15 min"}, [(375, 840)]),
        ({"hours": ["06:00-14:00", "14:00-22:00"], "gowning": "9 min"}, [(369, 840), (849, 1320)]),
        ({"hours": "06:00-14:00", "gowning": "9 min", "degowning": "5 min"}, [(369, 835)]),
        ({"hours": "06:00-14:00", "breaks": "10:00-10:30", "gowning": "0.25 h"}, [(375, 600), (645, 840)]),
        ({"hours": "22:00-06:00", "breaks": "02:00-02:30"}, [(1320, 1560), (1590, 1800)]),
        ({"hours": "22:00-06:00", "breaks": ["23:00-23:30", "05:50-07:00"]}, [(1320, 1380), (1410, 1790)]),
    ],
)  # fmt: skip
def test_breaks_and_gowning_are_taken_out_of_the_hours(
    said: dict[str, object], expected: list[tuple[int, int]]
) -> None:
    assert opened(**said) == [[f"{begin} min", f"{end} min"] for begin, end in expected]


def test_work_pauses_in_a_break_and_goes_on_after_it() -> None:
    """There from 0 to 4 h and from 4.5 to 8 h: 5 h of work end at 5.5 h."""
    plant = small(
        {"s": Step(on="m", time=5.0, needs={"run": {"crew": 1}}, work="pause")},
        batches=1,
        pools={"crew": Pool(count=1, calendar="day")},
        calendars={"day": Calendar(open=((0.0, 4.0), (4.5, 8.0)), period=24.0)},
    )
    assert told(list(simulate(plant.check()).record)) == lines(
        """
        0 grant m-1 o/1
        0 begin m-1 o/1
        4 halt m-1 o/1 crew
        4.5 begin m-1 o/1
        5.5 leave m-1 o/1
        """
    )

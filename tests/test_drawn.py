"""No run makes more than the hours really drawn and the work in process allow; a record that says so raises."""

from __future__ import annotations

import pytest

from plantsim import drawn
from plantsim.calendars import Calendar
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.plant import Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.record import HOUR, Record, RowTuple
from plantsim.reported import may_work
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility


def mill() -> Scenario:
    """2 h a batch, 1 h to clean: batches from 0, 3, 6 and 9 h on, in a run of 10 h.

    A batch needs one of a crew for its 2 h, and draws 300 L of water an hour.
    """
    return Scenario(
        units={"mill": Unit(kind="mill", cleaning="wipe")},
        pools={"crew": Pool(count=2), "helper": Pool(count=1, calendar="early")},
        utilities={"water": Utility(makes=200.0, tank=1200.0)},
        calendars={"early": Calendar(open=((0.0, 4.0), (9.0, 24.0)), period=24.0)},
        cleaning={"wipe": Cleaning(when="at once", minor=1.0)},
        products={"powder": Product(batch=1.0, steps={
            "grind": Step(on="mill", time=2.0, needs={"run": {"crew": 1, "water": 300.0}})})},  # type: ignore[dict-item]
        orders={"all": Order(product="powder")},
        run={"horizon": 10.0},
    )  # fmt: skip


def test_a_mill_by_hand() -> None:
    """From 4 to 10 h the 2nd (of 3 to 5 h) and the 3rd (6 to 8 h) are done, the 4th is begun; there are two cleans.

    Mill, of 6 h: 1 + 2 h for those done, 2 + 1 h others, 1 h before: 2 x (6 - 3 + 1) / 4 = 2 batches and no more.
    Crew, of 12 h: 3 h, 1 h, 1 h: 2 x (12 - 1 + 1) / 4 = 6.  Water, of 6 x 200 + 1200 L: 2 x 2400 / 1200 = 4.
    """
    run = simulate(mill()).check()
    frame = run.drawn(4.0, 10.0)
    assert frame.loc["mill"].tolist() == pytest.approx([6.0, 3.0, 3.0, 1.0, 1.0, 2.0])
    assert frame.loc["crew"].tolist() == pytest.approx([12.0, 3.0, 1.0, 1.0, 4.0 / 12.0, 6.0])
    assert frame.loc["water"].tolist() == pytest.approx([2400.0, 900.0, 300.0, 300.0, 0.5, 4.0])
    assert drawn.made(run.all_spans, (4 * HOUR, 10 * HOUR)) == 2


def test_a_pool_has_the_hours_of_its_calendar_and_those_for_which_it_stays_on() -> None:
    """Helpers are there from 0 to 4 h and from 9 h on; who begins at 3 h stays until 5 h: 4 + 1 + 1 h."""
    step = Step(on="mill", time=2.0, needs={"run": {"helper": 1}})  # type: ignore[dict-item]
    plant = mill().replace(products={"powder": Product(batch=1.0, steps={"grind": step})})
    frame = simulate(plant).check().drawn()
    assert frame.loc["helper", "there"] == pytest.approx(6.0)
    assert frame.loc["helper", ["mine", "others"]].tolist() == pytest.approx([4.0, 1.0])  # 0-2, 3-5, then from 9 h on


def tampered(rows: list[RowTuple]) -> Results:
    plant = mill()
    return Results(plant, Record(rows, until=10 * HOUR))


def test_a_stay_that_is_shortened_raises() -> None:
    """The first batch leaves half an hour early."""
    rows = list(simulate(mill()).record)
    moved = [(row[0] - HOUR // 2, *row[1:]) if row[0] == 2 * HOUR else row for row in rows]
    with pytest.raises(PlantsimError) as told:
        tampered(moved).check()
    said = "all/1 worked in mill-1 for 1.5 h at step grind, but what it drew for that takes 2 h"
    assert str(told.value) == said


def test_a_grant_that_is_doubled_raises() -> None:
    rows = list(simulate(mill()).record)
    twice = [each for row in rows for each in ([row] * 2 if row[1] == "grant" and row[3] == "all/1" else [row])]
    with pytest.raises(PlantsimError, match=r"all/1 worked in mill-1 for 2 h at step grind, but .* takes 4 h"):
        drawn.check_visits(drawn.visits(twice), tampered(rows).all_spans)


def test_the_first_figure_of_a_run_that_made_more_than_it_could_raises() -> None:
    """Each batch has two more beside it, and each of these its one of the crew: 3 x (2 + 2 + 2 + 1) = 21 h of 20 h.

    No `check` is asked for; a record from elsewhere, as a twin reads, is told as it is.
    """
    run = simulate(mill())
    rows = [
        each
        for row in run.record
        for each in (row, *([(*row[:3], f"{row[3]}{b}", *row[4:]) for b in "ab"] if row[3] else []))
    ]
    run.record.rows[:] = rows
    with pytest.raises(PlantsimError, match="9 batches were made, more than crew allows: 21 were drawn of 20"):
        run.throughput()
    elsewhere = tampered(rows)
    assert elsewhere.throughput().loc["all", "batches"] == 9.0
    with pytest.raises(PlantsimError):
        elsewhere.check()


def test_batches_that_work_in_one_unit_at_the_same_time_raise() -> None:
    """Three batches of 2 h, each with two more beside it: 18 h of a mill that has 10 h; its stays tile all the same."""
    rows = list(simulate(mill()).record)
    ghosts = [
        (row, *[(*row[:3], f"{row[3]}{beside}", *row[4:]) for beside in "ab"]) if row[3] else (row,) for row in rows
    ]
    drew = drawn.visits([row for each in ghosts for row in each])
    run = tampered(rows)
    drawn.check_hours(drawn.visits(rows), may_work(mill(), (0, 10 * HOUR)))
    drawn.check_bound(run.drawn(), 3)
    with pytest.raises(PlantsimError) as told:
        drawn.check_hours(drew, may_work(mill(), (0, 10 * HOUR)))
    assert str(told.value) == "what batches drew of mill-1 takes 18 h, but it may work for no more than 10 h"


def test_a_unit_that_stops_with_its_calendar_may_work_as_long_as_that_is_open() -> None:
    """Open for 4 h and 1 h of 10 h; a unit that holds two has them twice; one that finishes its work has all 10 h."""
    for more, hours in (({"work": "pause"}, 5), ({"work": "pause", "holds": 2}, 10), ({"work": "finish"}, 10)):
        plant = mill().replace(units={"mill": Unit(kind="mill", calendar="early", **more)})  # type: ignore[arg-type]
        assert may_work(plant, (0, 10 * HOUR)) == {"mill-1": hours * HOUR}


def test_more_batches_than_the_hours_drawn_allow_raise() -> None:
    frame = simulate(mill()).drawn(4.0, 10.0)
    drawn.check_bound(frame, 2)
    with pytest.raises(PlantsimError) as told:
        drawn.check_bound(frame, 3)
    said = "3 batches were made, more than mill allows: 6 were drawn of 6, which leaves room for 2"
    assert str(told.value) == said
    frame.loc["water", "share"] = 1.01
    with pytest.raises(PlantsimError, match="more than water allows: 1200 were drawn of 2400"):
        drawn.check_bound(frame, 2)

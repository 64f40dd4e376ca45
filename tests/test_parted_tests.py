"""Tests of batches that part and meet, and how long parts may wait: each rule in a plant worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, small, state_at, told

from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError
from plantsim.materials import QualityTest
from plantsim.plant import Buffer, Pool, Unit
from plantsim.record import HOUR, RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step

KINDS = ("sample", "accept", "reject", "split", "join", "rework", "hold", "done", "scrap", "deviation")


def plant(steps: dict[str, Step], *, fails: float = 0.0, time: Any = 5.0, **more: Any) -> Scenario:
    """A batch of 100 kg, a unit for each kind of step and two more; its test takes 5 h."""
    units = {step.on: Unit(kind=step.on, count=3) for step in steps.values()}
    tests = {"assay": QualityTest(time=time, fails=fails)}
    return small(steps, **{"batches": 1, "units": units, "tests": tests, **more})


def rows_of(scenario: Scenario, *hours: float) -> list[RowTuple]:
    """The rows of a run whose books close, and that can be gone on with from any of these times."""
    run = simulate(scenario).check()
    rows = list(run.record)
    for time in (int(each * HOUR) for each in hours):
        again = simulate(scenario, start=state_at(scenario, rows, time))
        assert list(again.record) == [row for row in rows if row[0] > time], time / HOUR
    balance = run.mass_balance()
    assert balance["gap"] == pytest.approx(0.0, abs=1e-9)
    return rows


TESTED: dict[str, Any] = {"tests": "assay"}
AT_RISK: dict[str, Any] = {"tests": {"assay": {"at_risk": True}}}


def pressed(
    mix: dict[str, Any], press: dict[str, Any] | None = None, coat: dict[str, Any] | None = None
) -> dict[str, Step]:
    return {
        "mix": Step(on="mixer", time=2.0, **mix),
        "press": Step(on="press", time=3.0, split=2, **(press or {})),
        "coat": Step(on="coater", time=1.0, joins="all", **(coat or {})),
    }


# ---- a batch before it parts -----------------------------------------------------------------------------------------


def test_a_batch_waits_where_it_stands_for_its_verdict_before_it_parts() -> None:
    """Mixed until 2 h, verdict at 7 h: pressed in two parts until 10 h, coated until 11 h; or lost at 7 h."""
    rows = rows_of(plant(pressed(TESTED)), 1.0, 2.0, 4.0, 7.0, 8.0)
    assert told(rows, "wait", *KINDS, hide=()) == lines("""
        2 sample o/1 assay
        2 wait mixer-1 o/1 assay
        7 accept o/1 assay
        7 split mixer-1 o/1 split
        10 join press-1 o/1
        11 done o/1
    """)
    rows = rows_of(plant(pressed(TESTED), fails=1.0), 4.0)
    assert told(rows, "split", "reject", "scrap") == ["7 reject o/1 assay", "7 scrap o/1 assay"]


def test_a_batch_goes_back_before_it_parts() -> None:
    """Mixed until 2 h, rejected at 7 h and mixed again until 9 h, rejected at 14 h and lost;
    a tenth goes each time: 90 kg, and 81 kg.
    """
    mix = {"tests": {"assay": {"rework": "mix"}}, "yield_": 0.9}
    rows = rows_of(plant(pressed(mix), fails=1.0), 3.0, 7.0, 8.0, 10.0)
    assert told(rows, "grant", *KINDS) == lines("""
        0 grant mixer-1 o/1
        2 sample o/1 assay
        7 reject o/1 assay
        7 rework o/1 assay
        7 grant mixer-1 o/1
        9 sample o/1 assay
        14 reject o/1 assay
        14 scrap o/1 assay
    """)
    assert [row[6] for row in rows if row[1] in ("rework", "scrap")] == pytest.approx([90.0, 81.0])


def test_at_risk_all_parts_of_a_batch_are_lost_with_it() -> None:
    """Sampled at 2 h, verdict at 5.5 h.  Pressed from 2 h to 5 h, coated from 5 h to 6 h as one, and lost then.

    With a verdict at 3 h both parts are pressed then, and are lost at 5 h, when that is over; neither is coated.
    """
    rows = rows_of(plant(pressed(AT_RISK), fails=1.0, time=3.5), 2.0, 3.0, 5.0, 5.25, 5.75)
    assert told(rows, "split", "join", "reject", "scrap") == lines("""
        2 split mixer-1 o/1 split
        5 join press-1 o/1
        5.5 reject o/1 assay
        6 scrap o/1 assay
    """)
    rows = rows_of(plant(pressed(AT_RISK), fails=1.0, time=1.0), 2.0, 2.5, 3.0, 4.0)
    assert told(rows, "split", "join", "reject", "scrap") == lines("""
        2 split mixer-1 o/1 split
        3 reject o/1/1 assay
        5 scrap o/1/1 assay
        5 scrap o/1/2 assay
    """)


def test_at_risk_all_parts_wait_for_the_verdict_at_their_end() -> None:
    """Pressed until 5 h in parts that never meet again; both are held until the verdict at 9 h: then done, or lost."""
    steps = dict([*pressed(AT_RISK).items()][:2])
    rows = rows_of(plant(steps, time=7.0), 5.0, 8.0)
    assert told(rows, "hold", "accept", "done", hide=()) == lines("""
        5 hold o/1/1 assay
        5 hold o/1/2 assay
        9 accept o/1/1 assay
        9 done o/1/1
        9 done o/1/2
    """)
    rows = rows_of(plant(steps, time=7.0, fails=1.0), 5.0, 8.0)
    assert told(rows, "scrap") == ["9 scrap o/1/1 assay", "9 scrap o/1/2 assay"]


def test_a_sample_is_tested_as_long_as_one_part_is_left() -> None:
    """The presses pause at 4 h for good; a part that stands longer than 1 h is lost: both, and the test with them."""
    units = {"mixer": Unit(kind="mixer"), "press": Unit(kind="press", count=2, calendar="days", work="pause")}
    steps = dict([*pressed(AT_RISK, {"longest_pause": 1.0}).items()][:2])
    calendars = {"days": {"open": ((0.0, 4.0),), "period": 100.0}}
    rows = rows_of(plant(steps, time=30.0, units=units, calendars=calendars), 3.0, 4.5)
    assert told(rows, "scrap", "accept", "hold") == ["5 scrap o/1/1 longest pause", "5 scrap o/1/2 longest pause"]


# ---- a part, and what has joined -------------------------------------------------------------------------------------


def test_a_part_has_a_test_of_its_own() -> None:
    """Each press is sampled at 5 h; one analyst tests o/1/1 until 10 h and o/1/2 until 15 h: then they are coated."""
    more = {"tests": {"assay": QualityTest(time=5.0, needs={"analyst": 1})}, "pools": {"analyst": Pool(count=1)}}
    rows = rows_of(plant(pressed({}, TESTED), **more), 5.0, 7.0, 12.0, 15.5)
    assert told(rows, "sample", "accept", "join", "done", "wait", hide=()) == lines("""
        5 sample o/1/1 assay
        5 sample o/1/2 assay
        5 wait press-1 o/1/1 assay
        5 wait press-2 o/1/2 assay
        5 wait analyst
        10 accept o/1/1 assay
        10 wait press-1 o/1/1 press
        15 accept o/1/2 assay
        15 join press-2 o/1
        16 done o/1
    """)


def test_a_part_that_fails_is_lost_alone_or_with_the_batch_as_the_step_says_that_joins() -> None:
    """One analyst tests o/1/1 from 5 h to 10 h; it fails and is lost. Then the batch is
    lost, and o/1/2 with it, untested.

    Or the rest goes on: o/1/2 is tested from 10 h to 15 h, and, as all fail, is lost then for itself.
    """
    tests = {"assay": QualityTest(time=5.0, fails=1.0, needs={"analyst": 1})}
    ends = {
        "scrap": ["10 scrap o/1/2 o/1/1"],
        "go on": ["15 reject o/1/2 assay", "15 scrap o/1/2 assay"],
    }
    for lost, end in ends.items():
        more = {"tests": tests, "pools": {"analyst": Pool(count=1)}}
        rows = rows_of(plant(pressed({}, TESTED, {"lost": lost}), **more), 6.0, 11.0)
        found = told(rows, "join", "reject", "scrap", "done", hide=())
        assert found == ["10 reject o/1/1 assay", "10 scrap o/1/1 assay", *end]


def test_a_part_goes_back_alone() -> None:
    """Pressed until 5 h, rejected at 10 h, pressed again until 13 h, and lost at 18 h: both parts, each by itself."""
    press = {"tests": {"assay": {"rework": "press"}}}
    rows = rows_of(plant(pressed({}, press), fails=1.0), 6.0, 10.0, 11.0, 14.0)
    assert told(rows, "rework", "scrap")[:2] == ["10 rework o/1/1 assay", "10 rework o/1/2 assay"]
    assert [row[0] / HOUR for row in rows if row[1] == "scrap"] == [18.0, 18.0]


def test_what_has_joined_is_tested_and_goes_back_as_one() -> None:
    """Coated from 5 h to 6 h, rejected at 11 h, coated again until 12 h, rejected at 17 h and lost."""
    coat = {"tests": {"assay": {"rework": "coat"}}}
    rows = rows_of(plant(pressed({}, {}, coat), fails=1.0), 6.0, 11.0, 11.5, 13.0)
    assert told(rows, "join", "rework", "scrap") == [
        "5 join press-1 o/1", "11 rework o/1 assay", "17 scrap o/1 assay",
    ]  # fmt: skip


def test_batches_that_were_pooled_are_lost_with_one_of_them() -> None:
    """Two batches are mixed until 2 h, at risk until 7 h, and pooled; the pool is spun until 12 h, and lost then."""
    steps = {"mix": Step(on="mixer", time=2.0, **AT_RISK), "spin": Step(on="spinner", time=10.0, pools=2)}
    rows = rows_of(plant(steps, fails=1.0, batches=2), 3.0, 7.0, 9.0)
    assert told(rows, "join", "reject", "scrap", "done", hide=()) == lines("""
        2 join mixer-1 o/1
        7 reject o/1 assay
        7 reject o/1 assay
        12 scrap o/1 assay
    """)


def test_rework_must_lead_to_the_batch_that_was_tested() -> None:
    """Back from at risk, from a part to the whole, or to a step that is not there: each is said before any run."""
    press = {"tests": {"assay": {"rework": "mix"}}}
    mix = {"tests": {"assay": {"rework": "mix", "at_risk": True}}}
    with pytest.raises(LayoutError) as caught:
        plant(pressed(mix, press, {"tests": {"assay": {"rework": "pres"}}})).check()
    assert [str(each) for each in caught.value.faults] == [
        "products.p.steps.mix.tests.rework: at risk, it may have parted or met others by the verdict, and can't go "
        "back: let it wait",
        "products.p.steps.press.tests.rework: the batch parts or meets others after 'mix': go back to a step after "
        "that",
        "products.p.steps.coat.tests.rework: there is no step 'pres' to go back to; did you mean 'press'?",
    ]


# ---- holds of branches -----------------------------------------------------------------------------------------------


def grown(seed: dict[str, Any], media: dict[str, Any], late: float = 20.0) -> dict[str, Step]:
    """Cells are ready at 4 h, the media at 20 h; both together go into the bioreactor."""
    return {
        "seed": Step(on="flask", time=4.0, **seed),
        "media": Step(on="tank", time=late, after=(), batch=50.0, **media),
        "grow": Step(on="bioreactor", time=10.0, after=("seed", "media")),
    }


def test_each_branch_has_its_own_hold() -> None:
    """The media may stand for 2 h, the cells for 48 h: they wait for 16 h, the media not at all, and nothing is lost.

    If the cells may stand for 12 h, they are lost at 16 h, and the media with them; or it is noted at 16 h.
    """
    short, long = {"hold": 2.0, "after_hold": "scrap"}, {"hold": 48.0, "after_hold": "scrap"}
    rows = rows_of(plant(grown(long, short)), 4.0, 10.0, 20.0)
    assert told(rows, "scrap", "done", "deviation", hide=()) == ["30 done o/1"]
    rows = rows_of(plant(grown({"hold": 12.0, "after_hold": "scrap"}, short)), 5.0, 15.0)
    assert told(rows, "scrap", "done", "deviation", hide=())[:1] == ["16 scrap o/1/seed hold"]
    rows = rows_of(plant(grown({"hold": 12.0}, short)), 5.0, 15.0, 17.0)
    assert told(rows, "scrap", "done", "deviation", hide=()) == ["16 deviation flask-1 o/1/seed hold", "30 done o/1"]


def test_what_has_joined_waits_as_long_as_its_oldest_part_may() -> None:
    """One bioreactor is busy until 15 h with another batch: the second one's media are ready at 5 h, its cells at 8 h.

    They meet at 8 h and wait; the media may stand for 6 h, until 11 h, and are lost then with the cells; the cells may
    stand for 3 h, until 11 h, which is noted if that is all that limits them.
    """
    units = {"flask": Unit(kind="flask"), "tank": Unit(kind="tank", count=2), "bioreactor": Unit(kind="bioreactor")}
    buffers = {"cold": Buffer()}

    def rows(seed: dict[str, Any], media: dict[str, Any]) -> list[str]:
        scenario = plant(grown(seed, media, 5.0), units=units, buffers=buffers, batches=2)
        links = ["flask -> cold -> bioreactor", "flask -> bioreactor", "tank -> bioreactor"]
        found = rows_of(scenario.replace(links=links), 6.0, 8.0, 9.0, 12.0)
        return told(found, "join", "scrap", "done", "deviation", hide=())

    scrap = {"hold": 6.0, "after_hold": "scrap"}
    assert rows({}, scrap) == lines("""
        5 join tank-1 o/1
        8 join flask-1 o/2
        11 scrap o/2 hold
        15 done o/1
    """)
    assert rows({"hold": 3.0}, {"hold": 9.0}) == lines("""
        5 join tank-1 o/1
        8 join flask-1 o/2
        11 deviation cold o/2 hold
        14 deviation cold o/2 hold
        15 done o/1
        25 done o/2
    """)


def test_parts_of_a_split_have_the_hold_of_the_step_before() -> None:
    """Mixed until 2 h, in three parts for two presses: the third waits for longer than 2 h, and is lost at 4 h."""
    steps = pressed({"hold": 2.0, "after_hold": "scrap"}, {}, {"lost": "go on"})
    steps["press"] = steps["press"].model_copy(update={"split": 3})
    units = {"mixer": Unit(kind="mixer"), "press": Unit(kind="press", count=2), "coater": Unit(kind="coater")}
    rows = rows_of(plant(steps, units=units), 2.0, 3.0, 4.5)
    assert told(rows, "scrap", "join", "done", hide=()) == ["4 scrap o/1/3 hold", "5 join press-1 o/1", "6 done o/1"]


def test_a_verdict_counts_in_the_hold_of_a_batch_that_parts() -> None:
    """Mixed until 2 h, verdict at 7 h; it may stand for 4 h, until 6 h."""
    rows = rows_of(plant(pressed({**TESTED, "hold": 4.0, "after_hold": "scrap"})), 3.0, 5.0)
    assert told(rows, "scrap", "split") == ["6 scrap o/1 hold"]


@pytest.mark.parametrize(
    ("fails", "after", "end"),
    [
        (0.0, {}, ["7 split mixer-1 o/1 split", "11 done o/1"]),
        (1.0, {}, ["7 scrap o/1 count"]),
        (1.0, {"rework": "mix"}, ["7 rework o/1 count", "14 scrap o/1 count"]),
    ],
)
def test_two_verdicts_may_come_at_one_instant(fails: float, after: dict[str, Any], end: list[str]) -> None:
    """Both at 7 h: it parts once, or, if the second is bad, not at all: it is lost, or mixed anew from 7 h to 9 h.

    Then both verdicts come at 14 h, and it may go back only once.
    """
    scenario = plant(pressed({"tests": {"assay": {}, "count": after}}))
    tests = {"assay": QualityTest(time=5.0), "count": QualityTest(time=5.0, fails=fails)}
    rows = rows_of(scenario.replace(tests=tests), 1.0, 4.0, 7.0, 8.0)
    assert told(rows, "split", "scrap", "rework", "done") == end

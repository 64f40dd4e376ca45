"""Samples that are tested together in a run, on plants worked out by hand, and gone on from each quarter of an hour."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from plants import fresh, lines, play, small, state_at
from plants import resumes as gone_on

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.engine.simulate import simulate
from plantsim.laws import Uniform
from plantsim.load import Load
from plantsim.materials import Investigation, Material, QualityTest, Sampling
from plantsim.mean import mean_run
from plantsim.plant import Buffer, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.state import fold
from plantsim.step import Step

resumes = partial(gone_on, hours=11)


def told_of(rows: list[RowTuple]) -> list[str]:
    """Waits, begins and verdicts of samples: 'hour kind whose cause'."""
    found = []
    for time, kind, unit, batch, _, _, _, cause, detail in rows:
        if kind in ("accept", "reject") or (kind in ("wait", "begin") and not (unit or batch)):
            names = (detail,) if isinstance(detail, str) else (detail[0], *(detail[2] if len(detail) == 3 else ()))
            whose = " + ".join(name.split("/mix/")[0] for name in names)
            found.append(" ".join(filter(None, (f"{time / HOUR:g}", kind, whose, cause * (kind == "wait")))))
    return found


def mixed(batches: int = 5, *, wait: float | None = None, qc: Pool | None = None, **more: Any) -> Scenario:
    """Batch after batch is mixed for 1 h; one analyst tests two or three of them together for 2 h."""
    test = QualityTest(**{"time": 2.0, "needs": {"qc": 1}, "holds": 3, "least": 2, "longest_wait": wait, **more})
    return small(
        {"mix": Step(on="mixer", time=1.0, tests="assay")},
        batches=batches,
        buffers={"store": Buffer()},
        tests={"assay": test},
        pools={"qc": qc or Pool(count=1)},
        calendars={"days": Calendar(open=((6.0, 14.0),), period=24.0)},
        run={"horizon": 60.0},
    )


def test_a_run_begins_when_enough_samples_are_there() -> None:
    """Samples come at 1 h, 2 h ... 5 h.  The first waits for the second: they are tested from 2 h to 4 h.

    The third waits for others, then with the fourth, which comes as the analyst does; the fifth waits for ever.
    """
    rows = resumes(mixed())
    assert told_of(rows) == lines("""
        1 wait o/1 load
        2 begin o/1 + o/2
        3 wait o/3 load
        4 accept o/1
        4 accept o/2
        4 begin o/3 + o/4
        5 wait o/5 load
        6 accept o/3
        6 accept o/4
    """)
    pools = simulate(mixed()).all_spans["pools"]
    assert [(use[0] / HOUR, use[1] / HOUR) for use in pools[["start", "end"]].to_numpy()] == [(2.0, 4.0), (4.0, 6.0)]
    tests = simulate(mixed()).tests().loc["assay"]
    assert (tests["hours to verdict"], tests["of which waiting"]) == (2.5, 0.5)  # (3 + 2 + 3 + 2) / 4


def test_a_run_begins_when_one_has_waited_for_the_longest_time() -> None:
    """The fifth, of 5 h, waits for 2.5 h and is tested alone from 7.5 h to 9.5 h."""
    assert told_of(resumes(mixed(wait=2.5)))[-4:] == lines("""
        6 accept o/3
        6 accept o/4
        7.5 begin o/5
        9.5 accept o/5
    """)


def test_the_oldest_sample_says_how_long_a_run_waits_for_others() -> None:
    """Three are wanted, two come, at 1 h and 2 h: the first has waited for 2.5 h at 3.5 h, when both are tested."""
    assert told_of(resumes(mixed(2, wait=2.5, least=3))) == lines("""
        1 wait o/1 load
        2 wait o/2 load
        3.5 begin o/1 + o/2
        5.5 accept o/1
        5.5 accept o/2
    """)


def test_who_waits_for_the_analyst_takes_along_all_that_have_come_meanwhile() -> None:
    """The analyst comes at 6 h.  From 2 h on a run is due, and all of its samples wait for the analyst, not for others.

    At 6 h the first three are tested together; the two that are left are enough, and wait for the analyst until 8 h.
    """
    assert told_of(resumes(mixed(qc=Pool(count=1, calendar="days")))) == lines("""
        1 wait o/1 load
        2 wait o/1 qc
        2 wait o/2 qc
        3 wait o/3 qc
        4 wait o/4 qc
        5 wait o/5 qc
        6 begin o/1 + o/2 + o/3
        8 accept o/1
        8 accept o/2
        8 accept o/3
        8 begin o/4 + o/5
        10 accept o/4
        10 accept o/5
    """)


def test_what_is_left_of_a_bench_waits_for_others_again() -> None:
    """Of four samples three are tested at 6 h; from then on the fourth waits for others, and is alone at 8 h."""
    rows = told_of(resumes(mixed(4, wait=4.0, qc=Pool(count=1, calendar="days"))))
    assert rows[5:7] == ["6 begin o/1 + o/2 + o/3", "6 wait o/4 load"]
    assert rows[10:] == ["8 begin o/4", "10 accept o/4"]


def test_a_test_that_needs_nobody_waits_for_others_too() -> None:
    """One and two are tested from 2 h on, three and four from 4 h on."""
    rows = resumes(mixed(4, needs={}))
    assert [row for row in told_of(rows) if "begin" in row] == ["2 begin o/1 + o/2", "4 begin o/3 + o/4"]


def test_samples_share_a_run_as_it_comes_if_none_waits_for_others() -> None:
    """The first is tested alone from 1 h to 3 h; those of 2 h and 3 h then together, and those of 4 h and 5 h."""
    rows = resumes(mixed(least=1))
    assert [row for row in told_of(rows) if "begin" in row] == ["1 begin o/1", "3 begin o/2 + o/3", "5 begin o/4 + o/5"]


@pytest.mark.parametrize("hands_on", [None, 3.0])
def test_a_run_goes_on_for_the_others_when_the_batch_of_its_first_sample_is_lost(hands_on: float | None) -> None:
    """A and B are tested together from 1 h 30 min to 5 h 30 min; at 3 h A fails another test, and is lost.

    The analyst is kept for B to the end, or till 4 h 30 min: C, of 4 h, and D wait for that.
    """
    looks = {"A": {"assay": {"at_risk": True}, "look": {"at_risk": True}}}
    whole = small(
        {},
        units={"mixer": Unit(kind="mixer", count=4)},
        products={
            name: Product(batch=100.0, steps={"mix": Step(on="mixer", time=hours, tests=looks.get(name, "assay"))})
            for name, hours in zip("ABCD", (1.0, 1.5, 4.0, 4.0), strict=True)
        },
        orders={name: Order(product=name, batches=1, release="at once") for name in "ABCD"},
        tests={
            "assay": QualityTest(time=4.0, needs={"qc": 1}, hands_on=hands_on, holds=2, least=2),
            "look": QualityTest(time=2.0, fails=1.0),
        },
        pools={"qc": Pool(count=1)},
    )
    rows = resumes(whole)
    begins = 5.5 if hands_on is None else 4.5
    assert told_of(rows) == lines(
        f"""
        1 wait A/1 load
        1.5 begin A/1 + B/1
        3 reject A/1
        4 wait C/1 qc
        4 wait D/1 qc
        {"4.5 begin C/1 + D/1" * (begins == 4.5)}
        5.5 accept B/1
        {"5.5 begin C/1 + D/1" * (begins == 5.5)}
        {begins + 4:g} accept C/1
        {begins + 4:g} accept D/1
    """.replace("\n        \n", "\n")
    )
    found = simulate(whole).all_spans["pools"][["who", "start", "end"]].to_numpy()
    uses = [(who[0], start / HOUR, end / HOUR) for who, start, end in found]
    assert uses[:2] == [("A", 1.5, 3.0), ("B", 3.0, begins)]


def test_a_batch_that_is_lost_leaves_the_bench() -> None:
    """A and B are there at 2 h while the analyst is out; A is lost at 3 h: B waits for others, and is alone at 7 h."""
    looks = {"assay": Sampling(at_risk=True), "look": Sampling(at_risk=True)}
    whole = mixed(1, wait=5.0, qc=Pool(count=1, calendar="days")).replace(
        units={"mixer": Unit(kind="mixer", count=2)},
        products={
            "A": Product(batch=100.0, steps={"mix": Step(on="mixer", time=1.0, tests=looks)}),
            "B": Product(batch=100.0, steps={"mix": Step(on="mixer", time=2.0, tests="assay")}),
        },
        orders={name: Order(product=name, batches=1, release="at once") for name in "AB"},
    )
    whole = whole.replace(tests={**whole.tests, "look": QualityTest(time=2.0, fails=1.0)})
    assert told_of(resumes(whole)) == lines("""
        1 wait A/1 load
        2 wait A/1 qc
        2 wait B/1 qc
        3 reject A/1
        3 wait B/1 load
        7 begin B/1
        9 accept B/1
    """)


def test_a_batch_has_the_verdict_that_it_would_have_had_alone() -> None:
    """Of 40 batches some fail; the same ones, with three samples in a run or one, and each for itself."""

    def rejected(**how: Any) -> list[str]:
        return [row[8][0] for row in play(mixed(40, fails=0.3, **how)) if row[1] == "reject"]

    together, alone = rejected(wait=3.0), rejected(holds=1, least=1, time=1.0)
    assert together == alone
    assert 5 < len(together) < 20


def test_a_sample_that_fails_is_investigated_by_itself() -> None:
    """Both of a run fail at 4 h: each is investigated for 3 h and rejected at 7 h, while the analyst is free."""
    rows = resumes(mixed(2, fails=1.0, investigation=3.0))
    assert [(row[0] / HOUR, row[8][0]) for row in rows if row[1] == "investigate"] == [
        (4.0, "o/1/mix/assay"), (4.0, "o/2/mix/assay"),
    ]  # fmt: skip
    assert told_of(rows)[-2:] == ["7 reject o/1", "7 reject o/2"]


def test_investigations_are_made_one_by_one() -> None:
    """Both of a run fail at 4 h; one investigator has an hour for each: 4 h to 5 h, and 5 h to 6 h."""
    inquiry = {"failed test": Investigation(time=1.0, needs={"qa": 1})}
    rows = resumes(
        mixed(2, fails=1.0).replace(investigations=inquiry, pools={"qc": Pool(count=1), "qa": Pool(count=1)})
    )
    assert told_of(rows)[2:] == ["4 begin o/1", "4 wait o/2 qa", "5 reject o/1", "5 begin o/2", "6 reject o/2"]


def test_all_of_a_run_wait_for_what_its_first_sample_lacks_already() -> None:
    """At 2 h the analyst is out, at 3 h the hood as well: the run lacks the analyst first and last, to 6 h."""
    open_ = {"days": Calendar(open=((6.0, 14.0),), period=24.0), "hood": Calendar(open=((0.0, 3.0), (6.0, 24.0)))}
    pools = {"qc": Pool(count=1, calendar="days"), "hood": Pool(count=1, calendar="hood")}
    rows = resumes(mixed(2, needs={"qc": 1, "hood": 1}).replace(pools=pools, calendars=open_))
    assert told_of(rows)[:4] == ["1 wait o/1 load", "2 wait o/1 qc", "2 wait o/2 qc", "6 begin o/1 + o/2"]


def test_lots_are_tested_together() -> None:
    """Lots of salt and of sugar come at 5 h and 7 h; the run is from 7 h to 9 h, and releases both."""
    stores = {
        name: Material(stock=100.0, reorder=100.0, order=50.0, delivery=hours, test="assay")
        for name, hours in (("salt", 5.0), ("sugar", 7.0))
    }
    takes = {"salt": {"amount": 1.0}, "sugar": {"amount": 1.0}}
    whole = mixed(1).replace(materials=stores)
    step = Step(on="mixer", time=1.0, takes=takes)
    whole = whole.replace(products={"p": Product(batch=100.0, steps={"mix": step})})
    rows = resumes(whole)
    assert told_of(rows) == lines("""
        5 wait salt/1/assay load
        7 begin salt/1/assay + sugar/1/assay
        9 accept salt/1/assay
        9 accept sugar/1/assay
    """)


def test_a_forecast_ends_a_run_for_all_of_it_at_once() -> None:
    """In a run from 2 h on: whatever luck draws of its rest, both have their verdicts at one time, after now."""
    whole = mixed(2, time=Uniform(low=2.0, high=9.0))
    rows = play(whole)
    state = state_at(whole, rows, 3 * HOUR)
    seen = set()
    for number in range(5):
        ahead = simulate(whole, 1, start=state.copy(), luck="ahead", replication=number).record
        ends = [row[0] for row in ahead if row[1] == "accept"]
        assert len(ends) == 2
        assert ends[0] == ends[1] > 3 * HOUR
        seen.add(ends[0])
    assert len(seen) == 5


def test_why_a_batch_waits_names_the_samples_that_are_wanted() -> None:
    """The first batch at 1 h 30 min: its sample waits for a second; at 3 h its verdict is known to come at 4 h."""
    run = simulate(mixed())
    assert str(run.why("o/1", at=1.5).links[0]) == (
        "o/1 waits for assay: its sample waits for a load: more samples are wanted before they are tested together"
    )
    assert run.why("o/1", at=3.0).links[0].endswith("its verdict comes at 0 d 04:00")


def test_the_mean_run_counts_a_full_run_once() -> None:
    """Two hours of the analyst for three batches: 40 minutes each, so that 252 a week may be tested."""
    whole = mixed(12, wait=2.0)
    limits = {limit.name: limit for limit in Load(whole).of_pools()}
    assert limits["qc"].hours == pytest.approx(2.0 / 3.0)
    assert mean_run(whole).limiting.name == "mixer"


def test_the_state_says_who_is_tested_with_whom() -> None:
    """At 3 h, in the run of the first two: one analyst is in use, by the first of them."""
    state = fold(fresh(mixed()), [row for row in play(mixed()) if row[0] <= 3 * HOUR], 3 * HOUR)
    assert [(name, each.ride, each.running) for name, each in state.samples.items()] == [
        ("o/1/mix/assay", "", True), ("o/2/mix/assay", "o/1/mix/assay", True), ("o/3/mix/assay", "", False),
    ]  # fmt: skip
    assert state.pools["qc"] == [(4 * HOUR, 1, "o/1/mix/assay")]

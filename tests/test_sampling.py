"""Which batches and lots are tested, and how deviations are investigated, on plants worked out by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from plants import lines, play, small, told
from plants import resumes as gone_on

from plantsim.chance import HOUR, Streams
from plantsim.cleaning import Clean, Cleaning, Verification
from plantsim.engine.simulate import simulate
from plantsim.laws import Constant, Trace, Uniform
from plantsim.load import Load
from plantsim.materials import Investigation, Material, QualityTest, Sampling
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.prices import Prices
from plantsim.recipe import Order, Product
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step

resumes = partial(gone_on, an_hour=2)


# ---- sampling plans --------------------------------------------------------------------------------------------------


def mixed(plan: dict[str, Any], batches: int = 8, test: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """Batch after batch is mixed for 1 h and tested, or not."""
    steps = {"mix": Step(on="mixer", time=1.0, tests={"assay": plan})}
    more.setdefault("tests", {"assay": QualityTest(time=2.0, **(test or {}))})
    return small(steps, batches=batches, run={"horizon": 200.0}, buffers={"store": Buffer()}, **more)


def whose(rows: list[RowTuple], kind: str = "sample") -> list[int]:
    """The numbers of the batches that are tested."""
    return [int(row[3].split("/")[1]) for row in rows if row[1] == kind]


def test_one_batch_of_so_many_is_tested_the_first_at_first() -> None:
    """Of eight, one in three: the first, the fourth and the seventh; the other five are skipped, and say so.

    One in one is the same as all.
    """
    rows = resumes(mixed({"every": 3}))
    assert whose(rows) == [1, 4, 7]
    assert whose(rows, "skip") == [2, 3, 5, 6, 8]
    assert whose(play(mixed({"every": 1}))) == whose(play(mixed({}))) == [*range(1, 9)]


def test_who_is_not_tested_waits_for_no_verdict() -> None:
    """The first is mixed to 1 h, and done with its verdict at 3 h; the second at 2 h, as it is mixed."""
    assert told(play(mixed({"every": 2}, 2)), "done") == ["2 done o/2", "3 done o/1"]


def test_the_first_batch_of_each_campaign_is_tested() -> None:
    """Campaigns of two of A and three of B by turns, on a unit with a major clean between: 1 of A, 1 of B, and so on.

    A longest campaign of two batches ends one, too: of five of one product the first, the third and the fifth.
    """
    plan = {"first_of_campaign": True}
    steps = {"mix": Step(on="mixer", time=1.0, tests={"assay": plan})}
    products = {name: Product(batch=100.0, steps=steps) for name in "AB"}
    orders = {f"{k}": Order(product=name, batches=number, release="at once", start=10.0 * k)
              for k, (name, number) in enumerate([("A", 2), ("B", 3), ("A", 1)])}  # fmt: skip
    scenario = small(steps, products=products, orders=orders, tests={"assay": QualityTest(time=2.0)})
    rows = resumes(scenario, 30)
    assert [row[3] for row in rows if row[1] == "sample"] == ["0/1", "1/1", "2/1"]
    for rule in (
        Cleaning(major=0.5, longest_campaign=2),
        Cleaning(cleans={"major": Clean(time=0.5)}, longest_campaign=2),
    ):
        cleaned = mixed(plan, 5, units={"m": Unit(kind="mixer", cleaning="wet")}, cleaning={"wet": rule})
        assert whose(resumes(cleaned)) == [1, 3, 5]


def test_a_batch_is_tested_by_luck_that_is_its_own() -> None:
    """Of 200 with a chance of 20 %, those whose number at its address is below 0.2, in any plant."""
    rows = play(mixed({"share": 0.2}, 200, units={"mixer": Unit(kind="mixer", count=4)}))
    luck = [Streams(1).number(f"o/{k}/mix/assay/chosen") for k in range(1, 201)]
    assert sorted(whose(rows)) == [k for k, u in enumerate(luck, 1) if u < 0.2]
    assert 20 <= len(whose(rows)) <= 60


def test_each_that_is_tested_counts_anew() -> None:
    """One in four, and others with a chance of a third: after each sample, three may pass at most."""
    rows = play(mixed({"every": 4, "share": 1 / 3}, 150))
    luck = [Streams(1).number(f"o/{k}/mix/assay/chosen") for k in range(1, 151)]
    expected, passed = [], 3
    for k, u in enumerate(luck, 1):
        if passed == 3 or u < 1 / 3:
            expected.append(k)
        passed = 0 if k in expected else passed + 1
    assert whose(rows) == expected
    usual = Sampling(every=4, share=1 / 3).usual
    assert usual == pytest.approx((1 / 3) / (1 - (2 / 3) ** 4))
    assert abs(len(expected) / 150 - usual) < 4 * (usual * (1 - usual) / 150) ** 0.5


def test_what_has_gone_back_is_tested_in_any_case() -> None:
    """All fail: the first, mixed to 1 h, is tested to 3 h, goes back, is mixed to 4 h
    and tested again, and is lost at 6 h.

    The second, of 2 h, passes untested.
    """
    rows = play(mixed({"every": 5, "rework": "mix"}, 2, {"fails": 1.0}))
    assert told(rows, "sample", "skip", "rework", "scrap", "done") == lines("""
        1 sample o/1 assay
        2 skip o/2 assay
        2 done o/2
        3 rework o/1 assay
        4 sample o/1 assay
        6 scrap o/1 assay
    """)


def test_analysts_are_asked_for_as_often_as_there_are_samples() -> None:
    """A quarter of the batches, 2 h each: half an hour of an analyst a batch."""
    more: dict[str, Any] = {"test": {"needs": {"analysts": 1}}, "pools": {"analysts": Pool(count=1)}}
    limits = {limit.name: limit for limit in Load(mixed({"every": 4}, **more)).of_pools()}
    assert limits["analysts"].hours == pytest.approx(0.5)


def test_one_lot_of_so_many_is_tested() -> None:
    """Lots of 100 kg come at 1, 2, 3 and 4 h, one for each batch: every second one is tested for 5 h.

    The first is released at 6 h, the second as it comes at 2 h, the third at 8 h, the fourth at 4 h.
    """
    salt = Material(
        reorder=300.0, order=100.0, delivery=Trace(times=(1.0, 2.0, 3.0, 4.0, *[50.0] * 4)), test="assay", test_every=2
    )
    steps = {"mix": Step(on="mixer", time=1.0, takes={"salt": {"amount": 100.0}})}
    rows = resumes(small(steps, batches=4, materials={"salt": salt}, tests={"assay": QualityTest(time=5.0)},
                         run={"horizon": 20.0}))  # fmt: skip
    assert [row[8][0] for row in rows if row[1] == "sample"] == ["salt/1/assay", "salt/3/assay"]
    assert told(rows, "grant") == [
        "2 grant mixer-1 o/1", "4 grant mixer-1 o/2", "6 grant mixer-1 o/3", "8 grant mixer-1 o/4",
    ]  # fmt: skip


# ---- deviations that are investigated --------------------------------------------------------------------------------


def held(look: Investigation, batches: int = 2, **more: Any) -> Scenario:
    """Mixed for 2 h, held for 1 h at most, dried for 4 h; one mixer, a store and one dryer."""
    steps = {"mix": Step(on="mixer", time=2.0, hold=1.0), "dry": Step(on="dryer", time=4.0)}
    links = ["mixer -> store -> dryer", "mixer -> dryer"]
    return small(steps, batches=batches, buffers={"store": Buffer()}, links=links,
                 investigations={"hold": look}, **more)  # fmt: skip


def test_a_broken_hold_is_investigated_before_the_batch_is_released() -> None:
    """o/2 waits from 4 h on, breaks its hold at 5 h, and is dried from 6 h to 10 h; the verdict comes at 29 h.

    The only QA officer has 3 h on hand for it, to 8 h: the investigation of o/3, whose hold
    ends at 7 h, begins at 8 h and ends at 32 h.
    """
    rows = resumes(held(Investigation(time=24.0)))
    assert told(rows, "deviation", "sample", "hold", "accept", "done") == lines("""
        5 deviation store o/2 hold
        5 sample o/2 hold
        6 done o/1
        10 hold o/2 hold
        29 accept o/2 hold
        29 done o/2
    """)
    busy = held(Investigation(time=24.0, hands_on=3.0, needs={"qa": 1}), 3, pools={"qa": Pool(count=1)})
    rows = resumes(busy, 40)
    assert told(rows, "sample", "wait", "accept")[2:] == lines("""
        5 sample o/2 hold
        7 sample o/3 hold
        7 wait qa
        29 accept o/2 hold
        32 accept o/3 hold
    """)


def test_a_batch_may_be_rejected_for_a_deviation() -> None:
    """As above: at 29 h the batch is lost; if the verdict comes at 8 h, while it is dried, at the end of that."""
    assert told(resumes(held(Investigation(time=24.0, rejects=1.0))), "reject", "scrap") == [
        "29 reject o/2 hold", "29 scrap o/2 hold",
    ]  # fmt: skip
    assert told(resumes(held(Investigation(time=3.0, rejects=1.0))), "reject", "scrap") == [
        "8 reject o/2 hold", "10 scrap o/2 hold",
    ]  # fmt: skip


def test_a_pause_that_was_too_long_is_investigated() -> None:
    """Dried for 4 h from 0 h; the seal goes at 1 h, and is mended at 7 h: done at 10 h.  Too long at 3 h, to 15 h."""
    step = Step(on="dryer", time=4.0, longest_pause=2.0, after_pause="deviation")
    seal = Failure(after=Trace(times=(1.0, 1000.0)), repair=Constant(value=6.0))
    units = {"dryer": Unit(kind="dryer", failures=("seal",))}
    look = Investigation(time=12.0)
    rows = resumes(small({"dry": step}, batches=1, units=units, failures={"seal": seal},
                         investigations={"longest pause": look}))  # fmt: skip
    assert told(rows, "sample", "hold", "done") == [
        "3 sample o/1 longest pause", "10 hold o/1 longest pause", "15 done o/1",
    ]  # fmt: skip


def washed(look: Investigation, kind: str, **rule: Any) -> Scenario:
    """Three batches of 1 h each on one vessel that is cleaned before use, released at 0 h, 6 h and 8 h."""
    step = Step(on="vessel", time=1.0)
    orders = {f"o{k}": Order(product="p", batches=1, release="at once", start=at)
              for k, at in enumerate((0.0, 6.0, 8.0), 1)}  # fmt: skip
    return small({"mix": step}, orders=orders, units={"v": Unit(kind="vessel", cleaning="wet")},
                 cleaning={"wet": Cleaning(**rule)}, investigations={kind: look})  # fmt: skip


def test_a_dirty_hold_that_is_over_is_investigated_and_holds_who_comes_into_the_unit() -> None:
    """The vessel is dirty from 1 h on, for too long at 4 h; its investigation lasts to 14 h.

    o2 comes at 6 h, after a clean of 1 h is done at 8 h, o3 right after another one at 10 h: both leave it before 14 h
    and are released then.  A rejection is of both.  At 13 h the vessel is dirty for too long again; nobody comes.
    """
    rule: dict[str, Any] = {"minor": 1.0, "major": 1.0, "dirty_hold": 3.0}
    rows = resumes(washed(Investigation(time=10.0), "dirty hold", **rule))
    assert told(rows, "deviation", "sample", "hold", "accept", "done") == lines("""
        1 done o1/1
        4 deviation v-1 dirty hold
        4 sample dirty hold
        8 hold o2/1 dirty hold
        10 hold o3/1 dirty hold
        13 deviation v-1 dirty hold
        13 sample dirty hold
        14 accept dirty hold
        14 done o2/1
        14 done o3/1
        23 accept dirty hold
    """)
    rows = resumes(washed(Investigation(time=10.0, rejects=1.0), "dirty hold", **rule))
    assert told(rows, "reject", "scrap")[:3] == [
        "14 reject dirty hold",
        "14 scrap o2/1 dirty hold",
        "14 scrap o3/1 dirty hold",
    ]
    rows = resumes(washed(Investigation(time=3.5), "dirty hold", **rule))
    assert told(rows, "hold", "done") == ["1 done o1/1", "8 done o2/1", "10 done o3/1"]


def test_a_container_that_was_dirty_for_too_long_holds_what_is_filled_into_it() -> None:
    """Emptied at 2 h, the bin is dirty for too long at 3 h: investigated to 13 h.

    For the batch of 6 h it is washed to 7 h, filled to 8 h, and emptied at 9 h: that batch is released at 13 h.
    """
    steps = {
        "mix": Step(on="mixer", time=1.0, into="bin"),
        "press": Step(on="press", time=1.0, out_of="bin"),
    }
    orders = {f"o{k}": Order(product="p", batches=1, release="at once", start=6.0 * (k - 1)) for k in (1, 2)}
    units = {
        "mixer": Unit(kind="mixer"),
        "press": Unit(kind="press"),
        "bin": Unit(kind="bin", mobile=True, cleaning="wash"),
    }
    wash = Cleaning(minor=1.0, major=1.0, dirty_hold=1.0)
    rows = resumes(small(steps, orders=orders, units=units, cleaning={"wash": wash}, run={"horizon": 20.0},
                         investigations={"dirty hold": Investigation(time=10.0)}), 9)  # fmt: skip
    assert told(rows, "deviation", "empty", "hold", "done")[:6] == lines("""
        2 empty bin-1 o1/1
        2 done o1/1
        3 deviation bin-1 dirty hold
        9 empty bin-1 o2/1
        9 hold o2/1 dirty hold
        10 deviation bin-1 dirty hold
    """)
    assert told(rows, "done") == ["2 done o1/1", "13 done o2/1"]


def test_a_clean_whose_verdict_is_bad_is_investigated() -> None:
    """Before o2 the vessel is cleaned from 6 h to 7 h; its verdict is bad, and it is cleaned again, to 8 h.

    The investigation from 7 h on lasts 10 h: o2, which has the vessel already, is done at 9 h and released at 17 h.
    """
    clean = Clean(time=1.0, verify=Verification(time=0.0, fails=0.5))
    seed = next(seed for seed in range(1, 200) if _verdicts(seed)[:3] == [True, False, False])
    scenario = washed(Investigation(time=10.0), "failed clean", cleans={"minor": clean})
    rows = play(scenario, seed)
    assert told(rows, "unclean", "sample", "hold", "accept", "done") == lines("""
        1 done o1/1
        7 sample failed clean
        7 unclean v-1 minor
        9 hold o2/1 failed clean
        11 hold o3/1 failed clean
        17 accept failed clean
        17 done o2/1
        17 done o3/1
    """)


def _verdicts(seed: int) -> list[bool]:
    return [Streams(seed).number("v-1/verdict minor", k) < 0.5 for k in range(1, 4)]


@pytest.mark.parametrize(("kind", "told_of"), [("end point", "late"), ("limit", "broken")])
def test_what_a_model_says_was_missed_is_investigated(kind: str, told_of: str) -> None:
    """1 h of drying, and 5 h of an investigation from its end on, if it is of that kind."""
    from plantsim.charge import StartingCharge
    from plantsim.contracts import Outcome

    def model(charge: Any, unit: Any, draw: Any) -> Outcome:
        return Outcome(1.0, charge, **{told_of: "moisture 2 %"})

    steps = {"dry": Step(on="dryer", model=model)}
    products = {"p": Product(batch=100.0, steps=steps, charge=StartingCharge())}
    for asked in ("end point", "limit"):
        scenario = small(steps, batches=1, products=products, investigations={asked: Investigation(time=5.0)})
        done = "6 done o/1" if asked == kind else "1 done o/1"
        assert told(resumes(scenario), "done") == [done]


def test_a_failed_test_is_investigated_by_who_is_there_for_it() -> None:
    """Tested from 1 h to 3 h and from 2 h to 4 h; all fail; the only QA officer takes
    5 h each: verdicts at 8 h, 13 h.

    If nobody rejects, both are done. A test with an investigation of its own, of 1 h, keeps that: rejected at 4 h. An
    investigation that rejects all, or does not say, rejects at 8 h.
    """
    look = Investigation(time=5.0, needs={"qa": 1}, rejects=0.0)
    more: dict[str, Any] = {"investigations": {"failed test": look}, "pools": {"qa": Pool(count=1)}}
    rows = resumes(mixed({}, 2, {"fails": 1.0}, **more))
    assert told(rows, "investigate", "wait", "accept", "reject", "done")[1:] == lines("""
        3 investigate o/1 assay
        4 investigate o/2 assay
        4 wait qa
        8 accept o/1 assay
        8 done o/1
        13 accept o/2 assay
        13 done o/2
    """)
    rows = resumes(mixed({}, 1, {"fails": 1.0, "investigation": 1.0}, **more))
    assert told(rows, "reject", "scrap") == ["4 reject o/1 assay", "4 scrap o/1 assay"]
    for rejects in (None, 1.0):
        more["investigations"] = {"failed test": Investigation(time=5.0, rejects=rejects)}
        assert told(resumes(mixed({}, 1, {"fails": 1.0}, **more)), "reject") == ["8 reject o/1 assay"]


def test_a_forecast_draws_what_is_left_of_an_investigation() -> None:
    """Investigations of 0 h to 24 h, of which 12 h have passed: over at 17 h at the earliest and 29 h at the latest."""
    scenario = held(Investigation(time=Uniform(low=0.0, high=24.0), needs={"qa": 1}), pools={"qa": Pool(count=1)})
    runs = (simulate(scenario, seed) for seed in range(1, 40))
    late = next(run for run in runs if next(row[0] for row in run.record if row[1] == "accept") > 17 * HOUR)
    for k in range(20):
        ahead = simulate(scenario, 7, replication=k, start=late.state_at(17.0), luck="ahead").check()
        assert 17 * HOUR <= next(row[0] for row in ahead.record if row[1] == "accept") <= 29 * HOUR


def test_investigations_are_told_with_the_tests() -> None:
    """o/2 breaks its hold at 5 h and is investigated for 24 h: one sample, which nobody lets wait."""
    run = simulate(held(Investigation(time=24.0)))
    assert run.tests().to_dict("index") == {
        "hold": {"samples": 1, "accepted": 1, "rejected": 0, "hours to verdict": 24.0, "of which waiting": 0.0}
    }


def test_an_investigation_may_have_a_price() -> None:
    """One hold is broken, and an investigation costs 500 EUR."""
    scenario = held(Investigation(time=24.0)).replace(prices=Prices(currency="EUR", each={"hold": 500.0}))
    cost = simulate(scenario).cost_of_goods()["cost"]
    assert cost["tests", "hold"] == 500.0

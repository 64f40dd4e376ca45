"""Replications and comparisons: the same on any executor, paired on the same luck, safe to interrupt."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from math import sqrt
from multiprocessing import get_context

import pandas as pd
import pytest
from scipy.stats import t

from plantsim.errors import LayoutError
from plantsim.laws import Exponential, Lognormal
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.results import Results
from plantsim.scenario import RunPlan, Scenario
from plantsim.step import Step
from plantsim.study import FIGURE, compare, replicate

WEEKLY = (FIGURE, "batches a week [1/week]", "")


def line() -> Scenario:
    """A mill and a press with a small store between."""
    return Scenario(
        name="line",
        units={"mill": Unit(kind="mill"), "press": Unit(kind="press")},
        buffers={"store": Buffer(places=2)},
        links=["mill -> store -> press"],
        products={
            "powder": Product(
                batch=100.0,
                steps={
                    "grind": Step(on="mill", time=Lognormal(mean=4.0, cv=0.5)),
                    "press": Step(on="press", time=Exponential(mean=5.0)),
                },
            )
        },
        orders={"march": Order(product="powder")},
        run=RunPlan(horizon=400.0),
    )


def test_results_do_not_depend_on_the_executor() -> None:
    alone = compare({"a": line(), "b": line().with_units("press", 2)}, 4, seed=3)
    with ThreadPoolExecutor(1) as threads, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        for executor in (threads, processes):
            other = compare({"a": line(), "b": line().with_units("press", 2)}, 4, seed=3, executor=executor)
            pd.testing.assert_frame_equal(alone.frame, other.frame)


def test_intervals_are_those_of_student() -> None:
    trial = replicate(line(), 5, seed=2)
    values = trial.values()[WEEKLY]
    half = t.ppf(0.975, 4) * values.std(ddof=1) / sqrt(5)
    interval = trial.interval(WEEKLY)
    assert interval.mean == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert interval.n == 5


def test_differences_are_paired_and_narrower_for_the_common_luck() -> None:
    """The variance of a paired difference is less than that of two independent runs."""
    trial = compare({"one": line(), "two": line().with_units("press", 2)}, 12, seed=1)
    one, two = trial.values("one")[WEEKLY], trial.values("two")[WEEKLY]
    difference = trial.differences("two").loc[[WEEKLY]].iloc[0]
    assert difference["mean"] == pytest.approx((two - one).mean())
    assert difference["low"] > 0.0
    assert (two - one).var() < one.var() + two.var()
    same = compare({"one": line(), "again": line()}, 3)
    assert (same.differences("again")["mean"] == 0.0).all()


def test_a_replication_can_be_run_again() -> None:
    trial = replicate(line(), 3, seed=4)
    for k in range(3):
        assert trial.run(replication=k).figures()[WEEKLY[1]] == trial.values().loc[k, WEEKLY]


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    replicate(line(), 3, progress=told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_an_interrupted_study_keeps_what_is_done_of_all_scenarios() -> None:
    whole = compare({"a": line(), "b": line().with_units("press", 2)}, 3, seed=3)

    def ctrl_c(share: float) -> None:
        if share > 5 / 18:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as threads:
        cut = compare({"a": line(), "b": line().with_units("press", 2)}, 9, 3, executor=threads, progress=ctrl_c)
    assert 1 <= cut.replications <= 3  # six jobs of two scenarios, in any order
    pd.testing.assert_frame_equal(cut.values("a"), whole.values("a").iloc[: cut.replications])


def test_what_can_not_be_compared_is_said() -> None:
    with pytest.raises(ValueError, match="at least one scenario"):
        compare({}, 3)
    with pytest.raises(LayoutError, match="nothing is ordered"):
        replicate(line().replace(orders={}))


def test_a_pushed_plant_is_not_a_capacity() -> None:
    pushed = line().replace(orders={"march": Order(product="powder", release=Release(every=2.0))})
    notes = replicate(pushed, 1).run().notes()
    assert any("can't keep up" in note for note in notes)


def late(run: Results) -> dict[str, float]:
    return {"last done [h]": max(row[0] for row in run.record if row[1] == "done") / 3_600_000}


def test_a_study_keeps_figures_of_ones_own() -> None:
    """Also from the processes of other cores; a run gives the same figure again."""
    trial = compare({"a": line(), "b": line().with_units("press", 2)}, 2, seed=3, also=late)
    key = (FIGURE, "last done [h]", "")
    assert trial.values("b")[key].tolist() == [late(trial.run("b", k))["last done [h]"] for k in range(2)]
    assert trial.difference(key, "b").n == 2
    assert ("last done [h]", "difference") in trial.table(("last done [h]",)).columns

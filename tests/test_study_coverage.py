"""Coverage: intervals hold the truth as often as they say, of plants whose truth is known; MSER-5 of known series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp
from statistics import median

import numpy as np
import pytest

from plantsim.chance import Exponential
from plantsim.engine.simulate import simulate
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product, Release, Step
from plantsim.record import HOUR
from plantsim.results import Results
from plantsim.scenario import RunPlan, Scenario
from plantsim.study import Precision, mser
from plantsim.study.precision import Look, look, looks
from plantsim.study.trial import interval_of

STUDIES = 1000
Read = Callable[[Results, float], dict[str, float]]


def exponential(*units: str) -> Product:
    """A product that takes 1 h on average, exponentially, on each unit."""
    return Product(batch=1.0, steps={f"on {unit}": Step(on=unit, time=Exponential(mean=1.0)) for unit in units})


def queue() -> Scenario:
    """M/M/1: 0.3 jobs an hour, 1 h each."""
    return Scenario(
        units={"server": Unit(kind="server")},
        products={"job": exponential("server")},
        orders={"jobs": Order(product="job", release=Release(every=Exponential(mean=1.0 / 0.3)))},
        run=RunPlan(horizon=220.0),
    )


def two_machines() -> Scenario:
    """Two machines of 1 h with one place between, saturated."""
    return Scenario(
        units={"one": Unit(kind="one"), "two": Unit(kind="two")},
        buffers={"store": Buffer(places=1)},
        links=["one -> store -> two"],
        products={"job": exponential("one", "two")},
        orders={"jobs": Order(product="job")},
        run=RunPlan(horizon=120.0),
    )


def in_plant(run: Results, warm: float) -> dict[str, float]:
    """Jobs in the plant on average, and the share of time in which there are any: the server's utilisation."""
    begin, end = warm * HOUR, run.record.until
    jobs, busy, number, at = 0.0, 0.0, 0, begin
    for time, kind, *_ in run.record:
        if kind in ("release", "done"):
            now = max(float(time), begin)
            jobs, busy, at = jobs + number * (now - at), busy + (number > 0) * (now - at), now
            number += 1 if kind == "release" else -1
    hours = end - begin
    return {"jobs": (jobs + number * (end - at)) / hours, "busy": (busy + (number > 0) * (end - at)) / hours}


def made(run: Results, warm: float) -> dict[str, float]:
    """Jobs done an hour."""
    return {"made": sum(row[1] == "done" and row[0] >= warm * HOUR for row in run.record) / (run.until - warm)}


@pytest.mark.long
@pytest.mark.theory
@pytest.mark.parametrize(
    ("scenario", "read", "truth"),
    [(queue(), in_plant, {"jobs": 0.3 / 0.7, "busy": 0.3}), (two_machines(), made, {"made": 0.75})],
    ids=["M/M/1", "two machines"],
)
def test_intervals_cover_the_truth_in_95_of_100_studies(
    scenario: Scenario, read: Read, truth: dict[str, float]
) -> None:
    """1,000 studies of ten replications each: 93 to 97 % of their 95 % intervals hold the truth.

    L = rho / (1 - rho) and rho of M/M/1; (B + 2) / (B + 3) = 0.75 of two equal exponential machines with B = 1 place
    between (Hunt 1956; K2_B1 of hb_balanced_open).  The truth is a mean over time of the steady state, and so is what a
    run gives after a warm-up of 20 h, several times as long as either plant remembers: short as runs are, there is no
    bias.
    """
    covered = dict.fromkeys(truth, 0)
    for seed in range(STUDIES):
        seen = [read(simulate(scenario, seed, replication=k), 20.0) for k in range(10)]
        for name, value in truth.items():
            interval = interval_of([each[name] for each in seen])
            covered[name] += interval.low <= value <= interval.high
    for name, number in covered.items():
        assert 0.93 <= number / STUDIES <= 0.97, f"{name}: {number}"


def studied(wanted: Precision, values: Sequence[float]) -> Look:
    """What a study with a precision ends with, whose replications give these values."""
    latest: list[Look] = []
    for n in looks(wanted, latest):
        latest[:] = [look(wanted, values[:n], 1.0)]
    return latest[0]


@pytest.mark.parametrize("needed", [5, 15, 25, 40])
def test_an_interval_that_is_looked_at_until_it_is_narrow_covers(needed: int) -> None:
    """2,000 studies of normal figures that need about so many replications: 94 to 97 % cover (standard error 0.5 %).

    The plain interval covers in 93.4 to 94.1 % of them by the same rule of stopping, for 15 or more.
    """
    wanted = Precision(absolute=1.96 / needed**0.5)
    luck, covered = np.random.default_rng(needed), 0
    for _ in range(2000):
        end = studied(wanted, luck.normal(size=500).tolist())
        assert end.narrow
        covered += end.interval.low <= 0.0 <= end.interval.high
    assert 0.945 <= covered / 2000 <= 0.972, covered


def test_mser_by_hand() -> None:
    """Batches of 5 alike: means 9, 1, -1, 1, -1 ... 12 of them.  MSER(1) = 11 x about 1 / 11^2 = 0.09 is the least:
    MSER(0) = (64 + 12) / 144 = 0.53, and MSER(d) grows as 1 / (12 - d) after it."""
    series = [mean for mean in (9.0, *[1.0, -1.0] * 6) for _ in range(5)]
    assert mser(series) == (5, "")
    assert mser(series[:49]).doubt == "49 observations are 9 batches of 5; it takes 10 or more"


def test_mser_finds_a_known_transient() -> None:
    """In 200 series of 500: a level that is 5 too high for 100 is cut off in all, in the middle one with less than 15
    of what is good; a decay from 5 by a time constant of 20, which adds 0.2 to the mean, is cut such that less than a
    third of that is left."""
    steps, decays = [], []
    for seed in range(200):
        noise = [float(each) for each in np.random.default_rng(seed).normal(size=500)]
        steps.append(mser([each + 5.0 * (k < 100) for k, each in enumerate(noise)]))
        decays.append(mser([each + 5.0 * exp(-k / 20) for k, each in enumerate(noise)]))
    assert min(each.cut for each in steps) == 100 and median(each.cut for each in steps) < 115
    left = [sum(5.0 * exp(-k / 20) for k in range(each.cut, 500)) / (500 - each.cut) for each in decays]
    assert max(left) < 0.2 / 3.0 and median(each.cut for each in decays) < 60
    assert sum(each.trusted for each in (*steps, *decays)) >= 380


def test_what_never_settles_is_not_trusted() -> None:
    noise = np.random.default_rng(1).normal(size=500)
    drift = mser([float(each) + k / 20 for k, each in enumerate(noise)])
    assert not drift.trusted and drift.doubt == "the series settles in its last half, if at all: make the runs longer"

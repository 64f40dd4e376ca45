"""Plants without chance, against closed forms: every figure is exact."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from theory.measure import INF, Look, line, read

from plantsim.engine.simulate import simulate
from plantsim.laws import Constant
from plantsim.plant import Buffer, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.sizing import size

pytestmark = pytest.mark.theory


def seen(scenario: Scenario, hours: float, begin: float = 0.0) -> Look:
    """What the run says."""
    return read(scenario, simulate(scenario, horizon=hours).record, begin, hours)


def flow(times: Sequence[float], counts: Sequence[int], *, hold: float | None = None, release: Any = "as taken",
         batches: int | None = None) -> Scenario:  # fmt: skip
    """Stages of so many units each, with room for all between them."""
    steps = {f"s{k}": Step(on=f"m{k}", time=time, hold=hold) for k, time in enumerate(times, 1)}
    return Scenario(
        units={f"m{k}": Unit(kind=f"m{k}", count=count) for k, count in enumerate(counts, 1)},
        buffers={"floor": Buffer()} if hold is None else {},
        products={"part": Product(batch=1.0, steps=steps)},
        orders={"order": Order(product="part", release=release, batches=batches)},
    )


# ---- lines -----------------------------------------------------------------------------------------------------------

# batches in the line, throughput [1/h], time from release to done [h], that over the work in a batch
PENNY = (
    (1, 0.2, 5.0, 1.0),
    (2, 0.4, 5.0, 1.0),
    (3, 0.5, 6.0, 1.2),
    (4, 0.5, 8.0, 1.6),
    (5, 0.5, 10.0, 2.0),
    (6, 0.5, 12.0, 2.4),
    (7, 0.5, 14.0, 2.8),
    (8, 0.5, 16.0, 3.2),
    (9, 0.5, 18.0, 3.6),
    (10, 0.5, 20.0, 4.0),
)


@pytest.mark.parametrize(("wip", "rate", "time", "factor"), PENNY, ids=[f"penny_det:WIP {row[0]}" for row in PENNY])
def test_penny_fab(wip: int, rate: float, time: float, factor: float) -> None:
    """Best case of Hopp and Spearman's penny fab, 1, 2, 1, 1 h a machine (closed form)."""
    work = (1.0, 2.0, 1.0, 1.0)
    look = seen(line([Constant(value=each) for each in work], [None] * 3, release={"wip": wip}), 300.0, begin=100.0)
    released = {visit.batch: visit.asked for visit in look.visits if visit.step == "s1"}
    times = {done - released[batch] for batch, done in look.done.items() if done >= 100.0}
    assert look.rate(look.done.values()) == rate
    assert times == {time}
    assert time / sum(work) == factor


@pytest.mark.parametrize("name", ["det_line_makespan"])
def test_makespan_of_a_line(name: str) -> None:
    """20 batches at once through 3, 5, 2, 4 h: 14 h for the first, then one each 5 h (closed form)."""
    look = seen(flow((3.0, 5.0, 2.0, 4.0), (1, 1, 1, 1), release="at once", batches=20), 1_000.0)
    done = sorted(look.done.values())
    assert (len(done), done[-1]) == (20, 109.0)
    assert {1.0 / (then - now) for now, then in pairwise(done)} == {0.2}


@pytest.mark.parametrize("hold", [None, 0.0], ids=["batch_cycle_time:any wait", "batch_cycle_time:zero wait"])
def test_cycle_time_of_a_batch_plant(hold: float | None) -> None:
    """Stages of 4, 9, 5, 12 h with 1, 2, 1, 3 units: one batch each 5 h, set by the third stage (textbook)."""
    times, counts = (4.0, 9.0, 5.0, 12.0), (1, 2, 1, 3)
    scenario = flow(times, counts, hold=hold, batches=30)
    done = sorted(seen(scenario, 1_000.0).done.values())
    assert len(done) == 30
    assert {then - now for now, then in pairwise(done)} == {5.0}
    look = seen(scenario, 120.0, begin=60.0)
    busy = [
        sum(look.share(f"m{k}-{j + 1}", "working") for j in range(count)) / count for k, count in enumerate(counts, 1)
    ]
    assert busy[2] == max(busy) == 1.0


# ---- batch plants ----------------------------------------------------------------------------------------------------


REACTION, EMPTYING, REACTORS = 36.0, 12.0, 5  # h, h, 1


def reactors() -> Scenario:
    """Five reactors that one feed fills in turn; it never pauses if it takes (36 + 12) / (5 - 1) = 12 h for each."""
    filling = (REACTION + EMPTYING) / (REACTORS - 1)
    react = Step(
        on="reactor", charge=filling, time=REACTION, discharge=EMPTYING, needs={"charge": {"feed": 1}}
    )  # fmt: skip
    return Scenario(
        units={"reactor": Unit(kind="reactor", count=REACTORS)},
        pools={"feed": Pool(count=1)},
        products={"product": Product(batch=100e3, steps={"react": react})},
        orders={"order": Order(product="product")},
    )


def test_reactors_loaded_in_turn() -> None:
    """D4: 12 h loading, 36 h reaction, 12 h emptying in 5 reactors; one is done each 12.0 h (closed form, exact).

    A batch takes 60 h, so the first is done then; the feed never pauses, so the k-th is done at 60 + 12 (k - 1) h:
    95 of them before 1,200 h.
    """
    run = simulate(reactors(), horizon=1_200.0)
    done = sorted(read(reactors(), run.record, 120.0, 1_200.0).done.values())
    charged = sorted(row[0] / 3_600_000 for row in run.record if row[1] == "begin")
    assert done == [60.0 + 12.0 * k for k in range(95)]
    assert {then - now for now, then in pairwise(charged)} == {12.0}


def test_size_of_reactors_loaded_in_turn() -> None:
    """D4: a flow of 10 m3/h, 12 h for each of 5 reactors, 90 % full: 10 x 12 / 0.9 = 133.33 m3 (design equation).

    The layout has batches of 100 t at 1 kg/L, of which 10 x 168 / 100 = 16.8 a week are wanted; 5 reactors let 14
    through, so of that size 6 are needed, and of the one feed 2.
    """
    found = size(reactors(), flow=10_000.0, fill=0.9)
    assert (found.cycle, found.batch, found.weekly) == pytest.approx((12.0, 120e3, 16.8), rel=1e-12)
    assert found["reactor"].volume == pytest.approx(400e3 / 3.0, rel=1e-12)
    assert (found["reactor"].needed, found["feed"].needed) == (6.0, 2.0)


def test_biologics_plant() -> None:
    """D5: stages of 6, 15, 2.5, 1.5 days with 2, 4, 1, 1 units: a batch each 3.75 days, 82 in 330 (closed form)."""
    days = 24.0
    scenario = flow([days * each for each in (6.0, 15.0, 2.5, 1.5)], (2, 4, 1, 1))
    look = seen(scenario, 330.0 * days + 0.001, begin=30.0 * days)
    done = sorted(look.done.values())
    assert done[0] == 25.0 * days
    assert len(done) == 82 == 1 + int((330 - 25) / 3.75)
    assert {then - now for now, then in zip(done, done[4:], strict=False)} == {4 * 3.75 * days}
    bioreactors = [look.share(f"m2-{k}", "working") for k in (1, 2, 3, 4)]
    assert bioreactors == [1.0] * 4
    assert max(look.share(unit, "working") for unit in ("m3-1", "m4-1")) < 1.0
    assert all(visit.left < INF for visit in look.visits if visit.batch in look.done)

"""Forecasts: what is in progress is drawn from the rest of its distribution, all else afresh."""

from __future__ import annotations

from math import sqrt
from statistics import fmean, stdev

import pytest

from plantsim.chance import HOUR
from plantsim.engine.simulate import simulate
from plantsim.laws import Exponential, Law, Lognormal, Weibull
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.state import State
from plantsim.step import Step

FUTURES = 600


def dryer(law: Law, **changes: object) -> Scenario:
    """One dryer that works on batch after batch."""
    fields: dict[str, object] = {
        "units": {"dryer": Unit(kind="dryer")},
        "products": {"powder": Product(batch=100.0, steps={"dry": Step(on="dryer", time=law)})},
        "orders": {"march": Order(product="powder", batches=3)},
    }
    return Scenario(**{**fields, **changes})


def first(run: Results, kind: str) -> float:
    """When [h] the first row of a kind stands."""
    return next(row[0] for row in run.record if row[1] == kind) / HOUR


def futures(scenario: Scenario, state: State, hours: float, count: int = FUTURES) -> list[Results]:
    until = state.time / HOUR + hours
    return [simulate(scenario, seed=5, replication=k, horizon=until, start=state, luck="ahead") for k in range(count)]


def conditional_mean(law: Law, passed: float) -> float:
    """By the midpoint rule over the quantiles that are left: an integral of its own, not of `rest`."""
    low, n = law.cdf(passed), 20_000
    return fmean(law.quantile(low + (1.0 - low) * (k + 0.5) / n) for k in range(n))


def assert_mean(values: list[float], exact: float) -> None:
    error = stdev(values) / sqrt(len(values))
    assert abs(fmean(values) - exact) < 4.0 * error, (fmean(values), exact, error)


def test_a_step_that_is_late_takes_what_such_steps_still_take() -> None:
    """A step 1.5 times its median old ends as the law says of those that got so old, which a naive forecast misses."""
    law = Lognormal(mean=10.0, cv=0.5)
    old = 1.5 * law.quantile(0.5)
    seed = next(seed for seed in range(50) if first(simulate(dryer(law), seed), "done") > old)
    state = simulate(dryer(law), seed).state_at(old)
    ends = [first(run, "done") for run in futures(dryer(law), state, 200.0)]
    assert_mean(ends, conditional_mean(law, old))
    assert min(ends) >= old
    assert conditional_mean(law, old) > 1.3 * law.mean_hours  # far from the mean of new ones, which would be seen


def test_a_seal_near_the_end_of_its_life_fails_soon() -> None:
    life = Weibull(scale=100.0, shape=4.0)
    seal = Failure(after=life, repair=Exponential(mean=2.0))
    plant = dryer(
        Lognormal(mean=1000.0, cv=0.1),
        units={"dryer": Unit(kind="dryer", failures=("seal",))},
        failures={"seal": seal},
    )
    seed = next(seed for seed in range(80) if first(simulate(plant, seed), "fail") > 121.0)
    state = simulate(plant, seed).state_at(120.0)
    strikes = [first(run, "fail") for run in futures(plant, state, 300.0)]
    assert_mean(strikes, conditional_mean(life, 120.0))
    soon = (life.cdf(130.0) - life.cdf(120.0)) / (1.0 - life.cdf(120.0))
    share = fmean(strike <= 130.0 for strike in strikes)
    assert abs(share - soon) < 4.0 * sqrt(soon * (1.0 - soon) / FUTURES)


def test_a_repair_and_a_gap_that_have_begun_go_on() -> None:
    repair, gap = Lognormal(mean=5.0, cv=0.8), Weibull(scale=50.0, shape=3.0)
    plant = dryer(
        Lognormal(mean=400.0, cv=0.1),
        units={"dryer": Unit(kind="dryer", failures=("seal",))},
        failures={"seal": Failure(after=30.0, repair=repair)},
        orders={"march": Order(product="powder", release=Release(every=gap))},
    )
    runs = ((seed, simulate(plant, seed)) for seed in range(100))
    found = (run for _, run in runs if first(run, "repaired") > 37.0 and _second_release(run) > 37.0)
    state = next(found).state_at(36.0)
    ahead = futures(plant, state, 300.0)
    assert_mean([first(run, "repaired") - 30.0 for run in ahead], conditional_mean(repair, 6.0))
    assert_mean([first(run, "release") for run in ahead], conditional_mean(gap, 36.0))


def _second_release(run: Results) -> float:
    return [row[0] for row in run.record if row[1] == "release"][1] / HOUR


def test_a_crew_comes_back_when_the_act_that_uses_it_ends() -> None:
    """The loan of a pool moves with the act that is drawn anew, so that nobody gets a crew twice."""
    step = Step(on="dryer", time=2.0, charge=Lognormal(mean=5.0, cv=0.8), needs={"charge": {"crew": 1}})
    plant = dryer(
        Exponential(mean=1.0),
        units={"dryer": Unit(kind="dryer", count=2)},
        pools={"crew": Pool(count=1)},
        products={"powder": Product(batch=100.0, steps={"dry": step})},
    )
    state = simulate(plant, 3).state_at(1.0)
    for run in futures(plant, state, 100.0, count=100):
        run.check()
        begins = [row for row in run.record if row[1] == "begin"]
        done = [row for row in run.record if row[1] == "done"]
        assert begins[0][0] == done[0][0] - 2 * HOUR  # the next charge begins as the first batch's run does


def test_futures_differ_from_one_another_and_from_the_past() -> None:
    plant = dryer(Lognormal(mean=10.0, cv=0.5))
    run = simulate(plant, 1)
    state = run.state_at(3.0)
    one, other = (first(each, "done") for each in futures(plant, state, 100.0, count=2))
    assert len({one, other, first(run, "done")}) == 3
    assert run.state_at(3.0) == state  # a forecast leaves the state alone


def test_a_forecast_can_itself_be_saved_and_resumed() -> None:
    plant = dryer(
        Lognormal(mean=10.0, cv=0.5),
        units={"dryer": Unit(kind="dryer", failures=("seal",))},
        failures={
            "seal": Failure(after=Weibull(scale=12.0, shape=2.0), repair=Exponential(mean=1.0), clock="calendar")
        },
        orders={"march": Order(product="powder", release=Release(every=Exponential(mean=11.0)))},
    )
    state = simulate(plant, 1).state_at(40.0)
    ahead = simulate(plant, seed=9, replication=2, horizon=300.0, start=state, luck="ahead")
    for at in (47.0, 111.1, 256.5):
        saved = State.from_json(ahead.state_at(at).to_json())
        rest = simulate(plant, seed=9, replication=2, horizon=300.0, start=saved)
        assert list(rest.record) == [row for row in ahead.record if row[0] > at * HOUR]


@pytest.mark.parametrize("luck", ["same", "ahead"])
def test_a_run_from_a_state_reads_as_one(luck: str) -> None:
    """Results of a run that began from a state fold to the same as the state at its end."""
    plant = dryer(Lognormal(mean=10.0, cv=0.5))
    state = simulate(plant, 1).state_at(5.0)
    run = simulate(plant, 1, start=state, luck=luck, horizon=60.0)  # type: ignore[arg-type]
    run.check()
    assert run.state_at(60.0).time == 60 * HOUR

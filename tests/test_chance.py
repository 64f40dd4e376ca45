"""Distributions and the numbers that are addressed by name: quantile, its inverse, mean, and the rest of a time."""

from __future__ import annotations

import random
from bisect import bisect_right
from itertools import pairwise
from math import inf, sqrt
from statistics import mean

import pytest

from plantsim.chance import HOUR, LAWS, Streams, milliseconds
from plantsim.contracts import Distribution
from plantsim.engine.simulate import simulate
from plantsim.laws import (
    Bootstrap,
    Constant,
    Empirical,
    Exponential,
    Gamma,
    Geometric,
    Law,
    Lognormal,
    Own,
    Trace,
    Triangular,
    Uniform,
    Weibull,
)
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step

SMOOTH: list[Law] = [
    Exponential(mean=2.5),
    Uniform(low=1.0, high=4.0),
    Triangular(low=1.0, mode=2.0, high=5.0),
    Triangular(low=1.0, mode=1.0, high=5.0),
    Triangular(low=1.0, mode=5.0, high=5.0),
    Lognormal(mean=3.0, cv=0.4),
    Lognormal(mean=3.0, cv=0.4, least=2.0),
    Weibull(scale=3.0, shape=1.8),
    Weibull(scale=3.0, shape=0.7),
    Gamma(mean=4.0, cv=0.3),
    Gamma(mean=4.0, cv=1.5),
    Empirical(times=(1.0, 2.0, 4.0, 4.5)),
]
STEPPED: list[Law] = [
    Constant(value=2.0),
    Geometric(chance=0.3, cycle=0.5),
    Geometric(chance=0.3, cycle=0.5, before=1),
    Trace(times=(3.0, 1.0, 2.0)),
    Bootstrap(times=(3.0, 1.0, 2.0), block=2),
]


class Squared:
    """A distribution of a user's own, of which only the quantile is known: P(T <= x) = sqrt(x / 4)."""

    def quantile(self, u: float) -> float:
        return 4.0 * u * u

    def __repr__(self) -> str:
        return "4 u^2"


OWN = Own(distribution=Squared())
ALL = [*SMOOTH, *STEPPED, OWN]


def said(law: Law) -> str:
    return f"{type(law).__name__}({', '.join(f'{value}' for name, value in law if name != 'law')})"


def spread(number: int) -> list[float]:
    """So many numbers that lie evenly in (0, 1)."""
    return [(k + 0.5) / number for k in range(number)]


@pytest.mark.parametrize("law", [*SMOOTH, OWN], ids=said)
def test_quantile_and_cdf_undo_each_other(law: Law) -> None:
    for u in (1e-9, 1e-3, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1.0 - 1e-9):
        assert law.cdf(law.quantile(u)) == pytest.approx(u, abs=1e-9)


@pytest.mark.parametrize("law", STEPPED, ids=said)
def test_the_quantile_of_a_stepped_law_is_the_least_time_that_reaches_u(law: Law) -> None:
    for u in (1e-9, 0.01, 0.2, 0.34, 0.5, 0.67, 0.95, 1.0 - 1e-9):
        time = law.quantile(u)
        assert law.cdf(time) >= u - 1e-12
        assert time == 0.0 or law.cdf(time - 1e-6) < u


@pytest.mark.parametrize("law", ALL, ids=said)
def test_cdf_rises_from_0_to_1_and_times_are_not_negative(law: Law) -> None:
    values = [law.cdf(x / 10.0) for x in range(-10, 3000)]
    assert values[0] == 0.0
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1.0, abs=1e-6)
    assert law.quantile(1e-12) >= 0.0


@pytest.mark.parametrize("law", [*SMOOTH, *STEPPED], ids=said)
def test_the_mean_is_the_integral_of_what_is_not_over_yet(law: Law) -> None:
    """E T = integral of P(T > x) dx, by the trapezoidal rule."""
    end, steps = 60.0 if law.quantile(0.9999) < 60.0 else 250.0, 40_000
    survival = [1.0 - law.cdf(end * k / steps) for k in range(steps + 1)]
    integral = (sum(survival) - (survival[0] + survival[-1]) / 2.0) * end / steps
    assert integral == pytest.approx(law.mean_hours, rel=2e-3)


@pytest.mark.parametrize("law", ALL, ids=said)
def test_the_mean_is_that_of_the_quantiles(law: Law) -> None:
    assert mean(map(law.quantile, spread(20_000))) == pytest.approx(law.mean_hours, rel=5e-3)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("law", [law for law in ALL if not isinstance(law, (Constant, Trace))], ids=said)
def test_the_rest_of_a_time_is_that_of_those_which_lasted_as_long(law: Law, share: float) -> None:
    """Against rejection: of 20,000 times, those that are longer than what has passed, as far as 0.01 + 2 / sqrt(n)."""
    passed = law.quantile(share)
    kept = sorted(time for time in map(law.quantile, spread(20_000)) if time > passed)
    found = sorted(law.rest(u, passed) for u in spread(1_000))
    assert min(found) >= passed
    near = 0.01 + 2.0 / sqrt(len(kept)) / 10.0
    for x in sorted({*kept[:: max(1, len(kept) // 50)], *found[::20]}):
        assert bisect_right(found, x + 1e-9) / 1000 == pytest.approx(bisect_right(kept, x + 1e-9) / len(kept), abs=near)


@pytest.mark.parametrize("law", ALL, ids=said)
def test_nothing_lasts_shorter_than_what_has_passed(law: Law) -> None:
    for passed in (0.0, 0.5, 2.0, 5.0, 500.0):
        for u in (1e-9, 0.3, 1.0 - 1e-9):
            assert law.rest(u, passed) >= passed


def test_exponential_times_forget_and_weibull_times_do_not() -> None:
    assert Exponential(mean=2.0).rest(0.5, 7.0) == pytest.approx(7.0 + Exponential(mean=2.0).quantile(0.5))
    assert Weibull(scale=2.0, shape=3.0).rest(0.5, 4.0) - 4.0 < Weibull(scale=2.0, shape=3.0).quantile(0.5)
    assert Weibull(scale=2.0, shape=0.5).rest(0.5, 4.0) - 4.0 > Weibull(scale=2.0, shape=0.5).quantile(0.5)


def test_an_erlang_law_is_the_gamma_law_of_its_cv() -> None:
    """Erlang-2 of mean 2: P(T > x) = e^-x (1 + x)."""
    law = Gamma(mean=2.0, cv=sqrt(0.5))
    for x, p in ((1.0, 0.26424111765711533), (3.0, 0.8008517265285442)):
        assert law.cdf(x) == pytest.approx(p, abs=1e-12)


def test_geometric_counts_whole_cycles() -> None:
    law = Geometric(chance=0.25, cycle=2.0)
    assert [law.quantile(u) for u in (0.1, 0.24, 0.26, 0.43, 0.44)] == [2.0, 2.0, 4.0, 4.0, 6.0]
    assert [law.cdf(x) for x in (1.9, 2.0, 3.9, 4.0)] == pytest.approx([0.0, 0.25, 0.25, 0.4375])
    assert law.mean_hours == 8.0
    from_none = Geometric(chance=0.25, cycle=2.0, before=1)
    assert [from_none.quantile(u) for u in (0.1, 0.26, 0.44)] == [0.0, 2.0, 4.0]
    assert from_none.mean_hours == 6.0


def test_empirical_is_a_straight_line_between_what_was_measured() -> None:
    law = Empirical(times=(4.0, 1.0, 2.0))
    assert [law.quantile(u) for u in (0.0, 0.25, 0.5, 0.75, 1.0)] == [1.0, 1.5, 2.0, 3.0, 4.0]
    assert law.mean_hours == 2.25
    assert Empirical(times=(3.0,)).quantile(0.7) == Empirical(times=(3.0,)).mean_hours == 3.0
    assert Empirical(times=(3.0, 3.0, 3.0)).cdf(3.0) == 1.0
    assert Empirical(times=(1.0, 1.0, 2.0)).cdf(1.0) == 0.5


def test_a_trace_gives_its_values_in_turn_and_begins_again() -> None:
    law, streams = Trace(times=(3.0, 1.0, 2.0)), Streams(1)
    assert [streams.hours(law, "mill/life/seal", k) for k in range(1, 8)] == [3.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    assert [streams.time(law, "mill/life/seal", k) for k in (1, 2)] == [3 * HOUR, HOUR]
    assert [law.quantile(u) for u in (0.1, 0.5, 0.9)] == [1.0, 2.0, 3.0]


def test_the_kth_batch_of_an_order_gets_the_kth_value_of_a_trace() -> None:
    """Four batches follow one another on a mill that was seen to take 1, 2 and 3 h: done after 1, 3, 6 and 7 h."""
    scenario = Scenario(
        units={"mill": Unit(kind="mill")},
        products={"powder": Product(batch=1.0, steps={"mill": Step(on="mill", time=Trace(times=(1.0, 2.0, 3.0)))})},
        orders={"march": Order(product="powder", batches=4)},
    ).replace(horizon=9.0)
    done = [(row[3], row[0] / HOUR) for row in simulate(scenario, seed=1).record if row[1] == "done"]
    assert done == [("march/1", 1.0), ("march/2", 3.0), ("march/3", 6.0), ("march/4", 7.0)]


def test_a_block_bootstrap_keeps_what_follows_one_another_together() -> None:
    """Blocks of 10 out of a cycle of 40: nine of ten are followed by what followed them; of 1: 1 in 40."""
    times = tuple(float(k) for k in range(1, 41))
    for block, share in ((10, 0.9 + 0.1 / 40), (1, 1 / 40)):
        law, streams = Bootstrap(times=times, block=block), Streams(2)
        drawn = [streams.hours(law, "mill/repair/seal", k) for k in range(1, 8001)]
        kept = [after == before % 40 + 1 for before, after in pairwise(drawn)]
        assert mean(kept) == pytest.approx(share, abs=4 * sqrt(share * (1 - share) / len(kept)))
        spread = sqrt((40**2 - 1) / 12 * block / len(drawn))
        assert mean(drawn) == pytest.approx(20.5, abs=4 * spread)
    assert [streams.hours(law, "march/7/dry/run") for _ in range(3)] == [streams.hours(law, "march/7/dry/run")] * 3


def test_every_law_has_a_word_and_fits_the_protocol() -> None:
    assert set(LAWS) == {law.law for law in ALL if not isinstance(law, Own)}  # type: ignore[attr-defined]
    assert all(isinstance(law, Distribution) for law in ALL)
    assert isinstance(Squared(), Distribution)


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (lambda: Uniform(low=3.0, high=2.0), r"low \(3 h\) is above high \(2 h\)"),
        (lambda: Triangular(low=3.0, mode=2.0, high=4.0), "low, mode, high must rise, got 3, 2, 4 h"),
        (lambda: Exponential(mean=0.0), "must be more than 0 h, got 0.0"),
        (lambda: Exponential(mean=inf), "must be a finite number, got inf"),
        (lambda: Constant(value=-1.0), "must be at least 0 h, got -1.0"),
        (lambda: Geometric(chance=1.0, cycle=1.0), "less than 1"),
        (lambda: Empirical(times=()), "at least 1 item"),
        (lambda: Own(distribution=3.0), "expected something with a quantile, got 3.0"),
    ],
)
def test_what_is_no_distribution_is_refused(law: object, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        law()  # type: ignore[operator]


# ---- streams ---------------------------------------------------------------------------------------------------------


def test_numbers_do_not_depend_on_what_was_asked_before() -> None:
    addresses = [(f"march/{k}/dry/run", n) for k in range(1, 30) for n in (1, 2)]
    once = {address: Streams(5).number(*address) for address in addresses}
    streams = Streams(5)
    random.Random(0).shuffle(addresses)
    assert {address: streams.number(*address) for address in addresses + addresses} == once


def test_each_part_of_an_address_gives_other_numbers() -> None:
    numbers = [
        Streams(seed, replication, salt).number(name, k)
        for seed in (1, 2, 11)
        for replication in (0, 1)
        for salt in ("", "ahead")
        for name in ("march/1/dry", "march/1/1/dry", "march/11/dry")
        for k in (1, 2, 11)
    ]
    assert len({*numbers}) == len(numbers) == 108


def test_numbers_are_uniform_and_neighbours_independent() -> None:
    streams, number = Streams(3), 20_000
    numbers = [streams.number("mill/life/seal", k) for k in range(number)]
    assert all(0.0 < u < 1.0 for u in numbers)
    counts = [0] * 20
    for u in numbers:
        counts[int(20 * u)] += 1
    assert sum((n - 1000) ** 2 / 1000 for n in counts) < 43.8  # chi square with 19 degrees, 0.1 %
    assert sum((u - 0.5) * (v - 0.5) for u, v in pairwise(numbers)) / number * 12 == pytest.approx(
        0.0, abs=4 / sqrt(number)
    )


def test_a_time_that_is_running_is_drawn_from_its_rest() -> None:
    law, name = Weibull(scale=10.0, shape=2.0), "mill/life/seal"
    streams = Streams(1, given={f"{name}/2": 9.0})
    assert streams.hours(law, name, 1) == Streams(1).hours(law, name, 1)
    assert streams.hours(law, name, 2) == law.rest(Streams(1).number(name, 2), 9.0) > 9.0


def test_times_are_whole_milliseconds() -> None:
    assert [milliseconds(hours) for hours in (0.0, 1.0, 1.0 / 3.0, 1e-7, 2e-7, -1.0)] == [0, HOUR, 1_200_000, 0, 1, 0]
    law = Exponential(mean=1.0)
    for k in range(1, 200):
        assert Streams(1).time(law, "x", k) == milliseconds(Streams(1).hours(law, "x", k))

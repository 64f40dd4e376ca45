"""Selection keeps its promised probability on a problem with known best; who can't be told apart is named so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from test_study import line

from plantsim import charts
from plantsim.errors import PlantsimError
from plantsim.study import select, selected
from plantsim.study.jobs import Job
from plantsim.study.selection import Rule

MACROS = 200


class Noisy:
    """Designs with known means and normal noise, half of whose variance is common luck."""

    def __init__(self, means: Mapping[str, float], seed: int, most: int = 5000) -> None:
        luck = np.random.default_rng(seed)
        common = luck.normal(size=most)
        self.seen = {name: mean + (common + luck.normal(size=most)) / 2**0.5 for name, mean in means.items()}

    def __call__(self, jobs: Sequence[Job]) -> dict[Job, float]:
        return {(name, k): float(self.seen[name][k]) for name, k in jobs}


ALIKE = {"a": 0.0, "b": 0.0, "best": 0.5, "c": 0.0, "d": 0.0}  # the least favourable: all others just out of the zone
SPREAD = {"best": 0.0, **{f"-{k / 2:g}": -k / 2 for k in range(1, 10)}}


@pytest.mark.parametrize("rule", ["kim-nelson", "ocba"])
@pytest.mark.parametrize("means", [ALIKE, SPREAD], ids=["alike", "spread"])
def test_the_promised_probability_of_correct_selection(rule: Rule, means: Mapping[str, float]) -> None:
    """At least 190 of 200 macro-replications find the best, which is better than all others by the indifference."""
    zone = 0.5 if rule == "kim-nelson" else 0.0
    found = [
        selected(list(means), Noisy(means, seed), 0.95, zone, rule=rule, step=5, most=20_000) for seed in range(MACROS)
    ]
    assert all(each.settled for each in found)
    assert sum(each.best == "best" for each in found) >= 0.95 * MACROS


def test_both_rules_spend_less_than_equal_shares() -> None:
    """In 50 problems less than half of what all ten would cost with as many as the one that got most; the hopeless one
    gets no more than the first ten."""
    for rule, zone in (("kim-nelson", 0.25), ("ocba", 0.0)):
        found = [selected(list(SPREAD), Noisy(SPREAD, seed), 0.95, zone, rule=rule) for seed in range(50)]  # type: ignore[arg-type]
        spent = sum(sum(each.replications.values()) for each in found)
        assert spent < 0.5 * sum(len(SPREAD) * max(each.replications.values()) for each in found)
        assert all(each.replications["-4.5"] == 10 for each in found)


def test_what_can_not_be_told_apart_is_named() -> None:
    """Two that are the same but for noise, and one that is far off."""
    means = {"one": 1.0, "other": 1.0, "far": -3.0}
    found = selected(list(means), Noisy(means, 3), 0.95, 0.5)
    assert {*found.finalists} == {"one", "other"} and found.told["far"] == "not the best"
    assert found.says().endswith(f"; can't be told apart from it: {({'one', 'other'} - {found.best}).pop()}")
    finalists, _, other, _ = charts.selection(found).data
    assert [*finalists.x, *other.x] == [found.means[name] for name in found.table.index]
    assert (len(finalists.x), len(other.x)) == (2, 1) and finalists.marker.color != other.marker.color
    short = selected(list(means), Noisy(means, 3), 0.95, 0.01, most=20)
    assert not short.settled and "but that is not sure after" in short.says()
    least = selected(list(means), Noisy(means, 3), 0.95, 0.5, larger=False)
    assert least.best == "far" and least.means["far"] == pytest.approx(-3.0, abs=1.0)


def test_the_best_of_scenarios() -> None:
    """A second press helps, a second mill does not: it waits for the press anyhow."""
    short = line().replace(horizon=100.0)
    three = {"today": short, "two mills": short.with_units("mill", 2), "two presses": short.with_units("press", 2)}
    with ThreadPoolExecutor(1) as one:
        found = select(three, indifference=25.0, executor=one)
    assert found.best == "two presses" and found.settled
    assert found.table.index[0] == "two presses" and "two presses is the best" in str(found)


def test_a_run_without_a_value_is_told() -> None:
    """No batch of 4 h is done in a run of 1 h, so it has no lead time: scenario, figure and replication are named."""
    short = {name: line().replace(horizon=0.5) for name in ("a", "b")}
    with ThreadPoolExecutor(1) as one, pytest.raises(PlantsimError) as told:
        select(short, "lead time [h]", executor=one, first=2)
    assert str(told.value) == (
        "'lead time [h]' has no value in replication 0 of 'a', in which nothing was done: make runs longer"
    )
    with pytest.raises(PlantsimError, match=r"replication 1 of 'b' gave nan, which can't be compared"):
        selected(["a", "b"], lambda jobs: {job: float("nan") if job == ("b", 1) else 1.0 for job in jobs})


def test_what_makes_no_sense_is_said() -> None:
    with pytest.raises(ValueError, match="needs an indifference"):
        selected(["a", "b"], Noisy({"a": 0.0, "b": 0.0}, 1), 0.95, 0.0)
    with pytest.raises(ValueError, match="two designs or more"):
        selected(["a"], Noisy({"a": 0.0}, 1))

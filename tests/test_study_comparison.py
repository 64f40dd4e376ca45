"""Comparison: intervals that hold together, what common luck removes, and the difference of two layouts as a graph."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from test_study import line

from plantsim.errors import PlantsimError
from plantsim.plant import Unit
from plantsim.scenario import Scenario
from plantsim.study import FIGURE, Trial, difference
from plantsim.study.trial import interval_of

KEY = (FIGURE, "made", "")


def trial(means: list[float], n: int, seed: int) -> Trial:
    """A trial of made-up figures: three quarters of the variance are common luck."""
    luck = np.random.default_rng(seed)
    common = luck.normal(size=n) * sqrt(0.75)
    kept = {}
    for number, mean in enumerate(means):
        own = mean + common + luck.normal(size=n) * 0.5
        kept.update({(f"s{number}", k): {KEY: float(own[k])} for k in range(n)})
    return Trial({f"s{number}": Scenario() for number in range(len(means))}, kept, seed)


def test_differences_together_are_those_of_bonferroni() -> None:
    """Of two others: each interval is one of 97.5 %; common luck removes 1 - var(a - b) / (var a + var b)."""
    made = trial([1.0, 1.0, 4.0], 20, 1)
    table = made.together("made")
    a, b = (np.array(made.series(KEY, name)) for name in ("s0", "s2"))
    half = t.ppf(1 - 0.0125, 19) * (b - a).std(ddof=1) / sqrt(20)
    row = table.loc["s2"]
    assert (row["low"], row["high"]) == pytest.approx(((b - a).mean() - half, (b - a).mean() + half))
    assert row["variance removed"] == pytest.approx(1.0 - (a - b).var(ddof=1) / (a.var(ddof=1) + b.var(ddof=1)))
    assert row["verdict"] == "more" and table.loc["s1", "verdict"] == "can't be told apart"
    assert table.loc["s0", "verdict"] == "" and pd.isna(table.loc["s0", "difference"])


def test_the_common_luck_removes_its_share() -> None:
    """With a correlation of 0.75 it is 75 % of the variance, here within 4 standard errors of 2,000 replications."""
    assert trial([0.0, 0.0], 2000, 5).together("made").loc["s1", "variance removed"] == pytest.approx(0.75, abs=0.04)


def test_intervals_together_cover_together() -> None:
    """In 95 % of 200 trials or more, all intervals hold the truth at once: of differences to the first, to the best."""
    means = [0.0, 0.3, 0.3, -0.2, 0.5]
    first = best = 0
    for seed in range(200):
        made = trial(means, 12, seed)
        table = made.together("made").iloc[1:]
        first += all(row.low <= truth <= row.high for row, truth in zip(table.itertuples(), means[1:], strict=True))
        truths = [mean - max(means[:k] + means[k + 1 :]) for k, mean in enumerate(means)]
        best += all(row.low <= truth <= row.high
                    for row, truth in zip(made.best("made").itertuples(), truths, strict=True))  # fmt: skip
    assert first >= 190 and best >= 190


def test_the_best_is_told_if_it_can_be() -> None:
    far = trial([0.0, 5.0, 0.1], 15, 2).best("made")
    assert far["verdict"].tolist() == ["not the best", "best", "not the best"]
    near = trial([0.0, 0.01, -9.0], 15, 2).best("made")
    assert near["verdict"].tolist() == ["may be the best", "may be the best", "not the best"]
    least = trial([0.0, 5.0, -9.0], 15, 2).best("made", larger=False)
    assert least["verdict"].tolist() == ["not the best", "not the best", "best"]
    assert least.loc["s2", "high"] == 0.0 > least.loc["s2", "low"]
    with pytest.raises(PlantsimError, match="one scenario only"):
        trial([0.0], 5, 1).best("made")


def test_two_that_are_the_same_may_both_be_the_best() -> None:
    """All pairs of the two differ by nothing, to the last digit; the third is far below."""
    made = trial([5.0, 0.0], 15, 2)
    kept = {(name, k): {KEY: made.series(KEY, "s1" if name == "c" else "s0")[k]} for name in "abc" for k in range(15)}
    for larger, words in ((True, ["may be the best"] * 2 + ["not the best"]), (False, ["not the best"] * 2 + ["best"])):
        table = Trial({name: Scenario() for name in "abc"}, kept, 1).best("made", larger=larger)
        assert table["verdict"].tolist() == words
    only = Trial({name: Scenario() for name in "ab"}, {(name, k): kept["a", k] for name in "ab" for k in range(15)}, 1)
    both = only.best("made")
    assert both["verdict"].tolist() == ["may be the best"] * 2
    assert both[["low", "high"]].to_numpy().tolist() == [[0.0, 0.0]] * 2


def test_of_one_replication_no_interval_is_known() -> None:
    """Neither of a mean, nor of a difference, nor of one to the best: means are told, bounds are nan."""
    made = trial([0.0, 5.0], 1, 2)
    assert np.isnan(made.intervals("s0")[["low", "high"]].to_numpy()).all()
    assert np.isnan(interval_of([3.0])[1:3]).all() and interval_of([3.0]).mean == 3.0
    for table in (made.together("made"), made.best("made")):
        assert table.loc["s1", ["low", "high"]].isna().all()
    assert made.best("made")["verdict"].tolist() == ["may be the best"] * 2


def test_the_difference_of_two_layouts_is_a_graph() -> None:
    """A second press, a faster mill, no store: units and links added, removed and changed."""
    today = line()
    wider = today.with_units("press", 2).replace(buffers={}, links=["mill -> press"])
    wider = wider.replace(units={**wider.units, "mill": Unit(kind="mill", volume=300.0)})
    found = difference(today, wider)
    assert dict(found.graph.nodes(data="change")) == {  # type: ignore[comparison-overlap]
        "mill-1": "changed", "press-1": "same", "press-2": "added", "store": "removed"
    }  # fmt: skip
    assert dict(found.graph.nodes(data="told"))["mill-1"] == "volume none -> 300"
    assert {(a, b): change for a, b, change in found.graph.edges(data="change")} == {
        ("mill-1", "store"): "removed", ("store", "press-1"): "removed",
        ("mill-1", "press-1"): "added", ("mill-1", "press-2"): "added",
    }  # fmt: skip
    assert str(found).splitlines() == [
        "units press-2: added",
        "links mill -> press: added",
        "links mill -> store: removed",
        "links store -> press: removed",
        "units mill: changed (volume none -> 300)",
        "units press: changed (count 1 -> 2)",
        "buffers store: removed",
    ]
    assert "<td>press-2</td><td>added</td>" in found._repr_html_()
    assert not difference(today, line()) and str(difference(today, line())) == "no difference"


def test_a_trial_knows_how_its_scenarios_differ() -> None:
    kept = {(name, 0): {KEY: 1.0} for name in ("a", "b")}
    changes = Trial({"a": line(), "b": line().replace(horizon=800.0)}, kept, 1).changes()
    assert {name: str(each) for name, each in changes.items()} == {"b": "run: changed (horizon 400 -> 800)"}

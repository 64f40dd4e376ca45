"""Experiments and sensitivity: effects by hand, indices that are known exactly, and factors of a layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import pi, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plantsim import charts
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, PlantsimError
from plantsim.laws import Lognormal
from plantsim.layout import write_layout
from plantsim.layout.study import levels_of, read_study
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.design import Experiment, cube, experiment, points_of
from plantsim.study.designed import designed
from plantsim.study.factors import Factor, as_factors, put, put_all, read
from plantsim.study.sensitivity import sensitivity

At = Mapping[str, Any]


def two(grind: Any = 2.0, press: Any = 1.0) -> Scenario:
    """A mill and a press in a row; what is slower sets the pace."""
    return Scenario(
        units={"mill": Unit(kind="mill"), "press 1.5": Unit(kind="press")},
        buffers={"store": Buffer(places=3)},
        products={"powder": Product(batch=100.0, steps={"grind": Step(on="mill", time=grind),
                                                         "press": Step(on="press", time=press)})},
        orders={"all": Order(product="powder")},
    ).replace(horizon=167.5)  # fmt: skip


# ---- factors of a layout ---------------------------------------------------------------------------------------------


def test_a_path_reaches_what_a_layout_says() -> None:
    """Names with dots, aliases, laws by their mean: the spread of a law goes with it, so its luck stays."""
    plant = two(grind=Lognormal(mean=2.0, cv=0.3))
    changes = {"units.press 1.5.count": 3, "products.powder.steps.grind.time": 4.0, "orders.all.release.wip": 5,
               "products.powder.steps.press.time.mean": 0.5, "run.horizon": 24.0}  # fmt: skip
    varied = put_all(plant, changes)
    assert varied.units["press 1.5"].count == 3 and varied.units["mill"] == plant.units["mill"]
    assert varied.products["powder"].steps["grind"].time == Lognormal(mean=4.0, cv=0.3)
    assert varied.orders["all"].release.wip == 5 and varied.run.horizon == 24.0
    assert {path: read(varied, path) for path in changes} == changes
    cv = put(plant, "products.powder.steps.grind.time.lognormal.cv", 0.1)
    assert cv.products["powder"].steps["grind"].time == Lognormal(mean=2.0, cv=0.1)


WRONG = """\
there is no 'pres' in units; did you mean 'press 1.5'?
units.mill.count: 0: Input should be greater than or equal to 1
there is no 'plase' in buffers.store; did you mean 'places'?
units.mill.count holds no words of its own, so there is no 'more' in it"""


def test_all_that_is_wrong_with_factors_is_said_at_once() -> None:
    factors = {"units.pres.count": (1, 2), "units.mill.count": (0, 3), "buffers.store.plase": (1, 2),
               "units.mill.count.more": (1, 2)}  # fmt: skip
    with pytest.raises(LayoutError) as caught:
        experiment(two(), factors, runs=2)
    assert str(caught.value) == WRONG


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Factor("a", 2, 1), "a: low must be less than high, got 2 and 1"),
        (lambda: Factor("a"), "a: give low and high, or levels"),
        (lambda: Factor("a", 1, 2, levels=(1, 2)), "a: give low and high, or levels, not both"),
        (lambda: Factor("a", levels=("x",)), "a: needs two levels at least, got ['x']"),
        (lambda: as_factors([]), "give at least one factor, such as ps.Factor('units.press.count', 1, 4)"),
        (lambda: as_factors({"a": 3}), "a: expected (low, high) or a list of levels, got 3"),
        (lambda: as_factors([Factor("a", 1, 2)] * 2), "a is named twice; a path is one factor"),
        (lambda: experiment(two(), {"units.mill.count": (1.1, 1.4)}),
         "units.mill.count: there is only one whole number from 1.1 to 1.4"),
        (lambda: experiment(len, {"a": (0, 1)}, "lsh"), "there is no design 'lsh'; did you mean 'lhs'?"),  # type: ignore[arg-type]
        (lambda: experiment(lambda at: 1.0, {"a": (0, 1)}, runs=1),
         "a design needs two levels and two runs at least, got 2 and 1"),
        (lambda: experiment(lambda at: {"x": 1.0}, {"a": (0, 1)}).values("y"), "there is no figure 'y'; known: x"),
        (lambda: experiment(lambda at: 1.0, dict.fromkeys("abcde", (0, 1)), runs=4).effects(),
         "4 points do not tell 5 effects apart; give more runs"),
        (lambda: experiment(lambda at: 1.0, {"a": (0, 1)}, runs=3).fit(),
         "3 points are too few for a meta-model; give at least 4"),
        (lambda: sensitivity(lambda at: 1.0, {"a": (0, 1)}, "sobol", runs=12),
         "runs of sobol must be a power of two, such as 64, got 12"),
        (lambda: sensitivity(lambda at: 1.0, {"a": (0, 1)}, "sobol", runs=4),
         "the figure is the same at all points, so it depends on none of the factors"),
        (lambda: sensitivity(lambda at: 1.0, {"a": (0, 1)}, "tornada"),  # type: ignore[arg-type]
         "there is no method 'tornada'; did you mean 'tornado'?"),
        (lambda: sensitivity(lambda at: 1.0, {"a": (0, 1)}, base={"b": 1}), "base: 'b' is no factor; known: a"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(PlantsimError) as caught:
        make()
    assert str(caught.value) == said


# ---- designs and effects ---------------------------------------------------------------------------------------------


def test_whole_numbers_have_equal_parts_of_a_design() -> None:
    """Of 60 points of a Latin hypercube over 1, 2, 3 each number has 20; without a scenario it is `whole` that says so.

    Each sixtieth of the range has one point, and a third of them are below 1/3.
    """
    points = points_of("lhs", [Factor("n", 1, 3, whole=True), Factor("x", 0.0, 1.0)], 60)
    assert [sum(point["n"] == n for point in points) for n in (1, 2, 3)] == [20, 20, 20]
    assert sorted(int(point["x"] * 60) for point in points) == list(range(60))
    varied = experiment(two(), {"units.mill.count": (1, 3)}, "factorial", levels=3, replications=1)
    assert [point["units.mill.count"] for point in varied.points] == [1, 2, 3]


def test_a_sobol_design_is_balanced_and_repeats_with_its_seed() -> None:
    """32 points: one in each of the 32 boxes of 4 x 8 and of 8 x 4 (a digital net in base 2)."""
    points = cube("sobol", 2, 30, seed=3)
    assert len(points) == 32 and points == cube("sobol", 2, 30, seed=3) and points != cube("sobol", 2, 30, seed=4)
    for a, b in ((4, 8), (8, 4), (32, 1)):
        assert len({(int(x * a), int(y * b)) for x, y in points}) == 32


def test_factorial_effects_by_hand() -> None:
    """Answers 20, 30, 40, 54 at (-,-), (-,+), (+,-), (+,+), and those of a second run all 2 more.

    A: (40 + 54)/2 - (20 + 30)/2 = 22.  B: (30 + 54)/2 - (20 + 40)/2 = 12.  A x B: half of the effect of A at high B
    less that at low B, (24 - 20)/2 = 2.  The luck of the two runs is common, so that it falls out of all effects.
    """
    answers = {(0, 5): 20.0, (0, 7): 30.0, (1, 5): 40.0, (1, 7): 54.0}
    found = experiment(lambda at, k: answers[at["a"], at["b"]] + 2 * k, {"a": [0, 1], "b": [5, 7]}, "factorial",
                       replications=2)  # fmt: skip
    effects = found.effects()
    assert list(effects.index) == ["a", "b", "a x b"]
    assert effects.to_numpy() == pytest.approx(np.array([[22.0] * 3, [12.0] * 3, [2.0] * 3]))
    assert found.table()["answer"].tolist() == [21.0, 31.0, 41.0, 55.0]
    assert found.frame.shape == (8, 3) and "factorial design: 2 factors, 4 points, 2 runs each" in found._repr_html_()


def test_words_are_levels() -> None:
    """Each word against the first; 10 of the one rule and 13 of the other, and 4 of the number."""
    found = experiment(lambda at: (13.0 if at["rule"] == "b" else 10.0) + 4.0 * at["x"], {"rule": ["a", "b"],
                       "x": (0.0, 1.0)}, "factorial")  # fmt: skip
    assert found.effects()["effect"].to_dict() == pytest.approx({"x": 4.0, "rule: b, not a": 3.0})
    assert found.fit()({"rule": "b", "x": 0.25}) == pytest.approx(14.0)


def test_a_meta_model_gives_back_what_it_was_fitted_to() -> None:
    """A quadratic function is its own meta-model; sin 6x y is met by the Gaussian process and not by the quadratic."""
    parabola = experiment(lambda at: 1.0 - at["a"] ** 2 + 3.0 * at["a"] * at["b"], {"a": (0, 2), "b": (-1, 1)}, runs=16)
    fit = parabola.fit(kind="quadratic")
    assert fit.r2 == pytest.approx(1.0) and fit({"a": 0.7, "b": 0.3}) == pytest.approx(1.0 - 0.49 + 0.63)
    wave = experiment(lambda at: sin(6.0 * at["a"]) * at["b"], {"a": (0, 1), "b": (0, 2)}, "sobol", 32)
    best, plain = wave.fit(), wave.fit(kind="quadratic")
    assert best.kind == "gaussian process" and best.r2 > 0.999 and plain.r2 < 0.8
    assert best({"a": 0.4, "b": 1.5}) == pytest.approx(1.5 * sin(2.4), abs=0.01)


def test_r2_is_of_points_left_out() -> None:
    """Noise that has nothing to do with the factor: the R² of the points is above 0, that of new ones is not."""
    noise = np.random.default_rng(5).normal(size=12)
    numbers = iter(noise)
    found = experiment(lambda at: next(numbers), {"a": (0, 1)}, "sobol", 8)
    fit = found.fit(kind="quadratic")
    x, y = found.points, found.values()[:, 0]
    within = 1.0 - ((y - fit.predict(x)) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    left_out = []
    for k in range(8):
        rest = [n for n in range(8) if n != k]
        slopes = np.polyfit([x[n]["a"] for n in rest], y[rest], 2)
        left_out.append(float(np.polyval(slopes, x[k]["a"])))
    assert fit.r2 == pytest.approx(1.0 - ((y - left_out) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    assert fit.r2 < 0.0 < within


# ---- sensitivity -----------------------------------------------------------------------------------------------------


def ishigami(at: At) -> float:
    """sin a + 7 sin² b + 0.1 c⁴ sin a (Ishigami and Homma, 1990)."""
    return sin(at["a"]) + 7.0 * sin(at["b"]) ** 2 + 0.1 * at["c"] ** 4 * sin(at["a"])


def test_sobol_indices_of_ishigami() -> None:
    """V = 49/8 + pi⁴/50 + pi⁸/1800 + 1/2 = 13.8446; S1 0.3139, 0.4424, 0; ST 0.5576, 0.4424, 0.2437 (closed forms)."""
    frame = sensitivity(ishigami, dict.fromkeys("abc", (-pi, pi)), "sobol", runs=4096).table().loc[list("abc")]
    assert frame["S1"].tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.004)
    assert frame["ST"].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.004)
    assert (frame["S1 ±"] < 0.04).all() and (abs(frame["S1"] - [0.3139, 0.4424, 0.0]) < frame["S1 ±"]).all()


def test_morris_of_a_linear_function() -> None:
    """3 a - b + 0.5 c: over their ranges a brings 3, b of 0 to 2 takes 2, c brings 0.5; nothing depends on another.

    a b besides: the effect of each is the other's value, so sigma is above nothing.
    """
    ranges = {"a": (0, 1), "b": (0, 2), "c": (0, 1)}
    plain = sensitivity(lambda at: 3.0 * at["a"] - at["b"] + 0.5 * at["c"], ranges, "morris").table()
    assert list(plain.index) == ["a", "b", "c"]
    assert plain["mu*"].tolist() == pytest.approx([3.0, 2.0, 0.5])
    assert plain["mu"].tolist() == pytest.approx([3.0, -2.0, 0.5])
    assert plain["sigma"].tolist() == pytest.approx([0.0] * 3, abs=1e-12)
    mixed = sensitivity(lambda at: at["a"] * at["b"] + at["c"], ranges, "morris").table()
    assert mixed["sigma"]["a"] > 0.3 and mixed["sigma"]["c"] == pytest.approx(0.0, abs=1e-12)


def test_a_tornado_by_hand() -> None:
    """10 - 2 a + a b with a from 3 (1..6) and b from 1 (0..4): as it is 7.

    a: 10 - 2 + 1 = 9 at 1, 10 - 12 + 6 = 4 at 6; b: 4 at 0, 10 - 6 + 12 = 16 at 4.  So +2, -3 and -3, +9; b is wider.
    """
    found = sensitivity(lambda at: 10.0 - 2.0 * at["a"] + at["a"] * at["b"], {"a": (1, 6), "b": (0, 4)},
                        base={"a": 3, "b": 1})  # fmt: skip
    assert found.base == 7.0
    assert found.table()[["at low", "at high"]].to_dict("index") == {
        "b": {"at low": -3.0, "at high": 9.0}, "a": {"at low": 2.0, "at high": -3.0},
    }  # fmt: skip


def test_a_tornado_of_a_plant_by_hand() -> None:
    """In 167.5 h a mill of 2 h and a press of 1 h are done with batch k at 2 k + 1 h: 83 batches.

    A mill of 1 h: at k + 1 h, 166; of 4 h: at 4 k + 1 h, 41.  Two mills: the press is at it from 2 h on, and ends one
    at 3, 4 ... 167 h: 165.  A press of 0.5 h: at 2 k + 0.5 h, 83 as before.
    """
    factors = {"products.powder.steps.grind.time": (1.0, 4.0), "units.mill.count": [1, 2],
               "products.powder.steps.press.time.mean": (0.5, 1.0)}  # fmt: skip
    found = sensitivity(two(), factors, figure="batches", replications=1)
    assert found.figure == "batches [1]" and found.base == 83.0
    assert found.table()[["at low", "at high"]].to_dict("index") == {
        "products.powder.steps.grind.time": {"at low": 83.0, "at high": -42.0},
        "units.mill.count": {"at low": 0.0, "at high": 82.0},
        "products.powder.steps.press.time.mean": {"at low": 0.0, "at high": 0.0},
    }


def test_the_same_luck_at_each_point_and_each_run_once() -> None:
    """A point is a run of the scenario that it names; a factor that changes nothing changes no figure, run by run."""
    plant = two(grind=Lognormal(mean=2.0, cv=0.5))
    found = experiment(plant, {"buffers.store.places": (50, 60)}, "factorial", replications=3, seed=9)
    low, high = found.values()
    assert low.tolist() == high.tolist() and len(set(low)) > 1
    alone = simulate(put(plant, "buffers.store.places", 60), 9, replication=2).figures()
    assert found.asked.answer(found.points[1], 2) == alone
    assert found.asked.runs == 6
    found.values("lead time")
    assert found.asked.runs == 6


def test_a_function_may_give_the_scenario_of_a_point() -> None:
    """Two factors that a layout has no one path for: 3 h that are shared out between two machines.

    Of 1 and 2 h: done at 2 k + 1 h, 83; of 1.5 h each: at 1.5 k + 1.5 h, 110; of 2 and 1 h: 83, as above.
    """
    found = experiment(lambda at: two(at["grind"], 3.0 - at["grind"]), {"grind": [1.0, 1.5, 2.0]}, "factorial",
                       replications=2)  # fmt: skip
    assert found.table("batches")["batches [1]"].tolist() == [83.0, 110.0, 83.0]


# ---- in a study file -------------------------------------------------------------------------------------------------

STUDY = """\
study: Places
layout: plant.yaml
scenarios: {today: }
design:
  kind: KIND
  factors:
    products.powder.steps.grind.time: 60 min .. 4 h
    FACTOR
  replications: 1
"""


def written(tmp_path: Path, kind: str, factor: str) -> Path:
    write_layout(two(), tmp_path / "plant.yaml")
    file = tmp_path / "study.yaml"
    file.write_text(STUDY.replace("KIND", kind).replace("FACTOR", factor), encoding="utf-8")
    return file


def test_a_study_file_names_a_design(tmp_path: Path) -> None:
    """The mill of 1 or 4 h, one or two of them, as worked out above: 166 and 41 batches, and with two 165 and 83.

    Two mills of 4 h bring two batches every 4 h from 4 h on, pressed at 5, 6, 9, 10 ... 166 h: 82.
    """
    file = written(tmp_path, "factorial", "units.mill.count: [1, 2]")
    plan, scenarios = read_study(file)
    assert plan.design is not None
    levels, one = levels_of(file, plan, plan.design), ThreadPoolExecutor(1)
    found = designed(plan, plan.design, scenarios["today"], levels, executor=one)
    assert isinstance(found, Experiment)
    assert found.table("batches")["batches [1]"].tolist() == [166.0, 166.0, 41.0, 82.0]
    assert found.points[0] == {"products.powder.steps.grind.time": 1.0, "units.mill.count": 1}


def test_what_is_wrong_with_a_design_has_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, "tornado", "units.mull.count: 1 .. 2")
    plan, _ = read_study(file)
    assert plan.design is not None
    with pytest.raises(LayoutError) as caught:
        levels_of(file, plan, plan.design)
    assert str(caught.value) == (
        f"{file}:8: design.factors.units.mull.count: there is no 'mull' in units; did you mean 'mill'?"
    )
    with pytest.raises(LayoutError, match=r"8: .* expected two ends such as '2 \.\. 8'.*, got 2"):
        read_study(written(tmp_path, "tornado", "units.mill.count: 2"))


# ---- charts ----------------------------------------------------------------------------------------------------------


def test_charts_show_what_the_tables_say() -> None:
    ranges = {"a": (0, 1), "<b>": (0, 2), "c": (0, 1)}
    bent = sensitivity(lambda at: 3.0 * at["a"] - at["<b>"], ranges)
    low, high = charts.tornado(bent).data
    assert list(low.x) == [-1.5, 1.0, 0.0] and list(high.x) == [1.5, -1.0, 0.0]
    assert "&lt;b&gt;" in charts.tornado(bent).layout.yaxis.ticktext[1]
    morris = sensitivity(lambda at: 3.0 * at["a"] - at["<b>"], ranges, "morris")
    assert list(charts.indices(morris).data[0].x) == pytest.approx([3.0, 2.0, 0.0])
    found = experiment(lambda at: 3.0 * at["a"] - at["<b>"], ranges, "factorial")
    drawn = charts.main_effects(found).data
    assert [list(each.y) for each in drawn[1::2]] == [[-1.0, 2.0], [1.5, -0.5], [0.5, 0.5]]

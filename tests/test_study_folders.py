"""Every kind of study goes on from its folder: it ends as the uninterrupted one, and makes only the runs that lack."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from test_study import line

from plantsim import charts
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.study import kept
from plantsim.study.bottlenecks import bottlenecks
from plantsim.study.design import experiment
from plantsim.study.fit import fit
from plantsim.study.jobs import refused
from plantsim.study.optimise import optimise
from plantsim.study.runs import Runs
from plantsim.study.selection import select
from plantsim.study.sensitivity import sensitivity
from plantsim.study.trial import FIGURE, MAIN, Key
from plantsim.study.uncertainty import input_uncertainty
from plantsim.study.waterfall import waterfall

PLANT = line().replace(horizon=60.0)
FACTORS = {"units.mill.count": [1, 2], "products.powder.steps.press.time": (2.0, 4.0)}
TIMES = {"products.powder.steps.press.time": fit([4.1, 6.3, 2.2, 5.9, 3.3, 7.8, 1.4, 5.0], laws=["exponential"])}


def _bottlenecks(**how: Any) -> object:
    found = bottlenecks(PLANT, ["unit"], replications=3, first=2, **how)
    return found.today, found.gains, found.left_out, str(found)


def _waterfall(**how: Any) -> object:
    found = waterfall(PLANT, replications=2, shapley=True, **how)
    return {name: each.tolist() for name, each in found.made.items()}, str(found)


def _experiment(**how: Any) -> object:
    return experiment(PLANT, FACTORS, "lhs", 4, 2, **how).frame.to_dict()


def _sensitivity(method: Any) -> Callable[..., object]:
    return lambda **how: sensitivity(PLANT, FACTORS, method, runs=2, replications=1, **how).frame.to_dict()


def _inputs(**how: Any) -> object:
    return input_uncertainty(PLANT, TIMES, samples=3, replications=2, **how).answers.tolist()


def _optimum(**how: Any) -> object:
    found = optimise(PLANT, FACTORS, budget=16, first=2, **how)
    return found.tried, found.runs_of, found.contenders, str(found)


def _selection(**how: Any) -> object:
    found = select({"today": PLANT, "two": PLANT.with_units("mill", 2)}, first=4, step=2, most=12, **how)
    return found.best, found.replications, found.told, str(found)


STUDIES: dict[str, Callable[..., object]] = {
    "bottlenecks": _bottlenecks, "waterfall": _waterfall, "experiment": _experiment, "tornado": _sensitivity("tornado"),
    "Sobol' indices": _sensitivity("sobol"), "Morris": _sensitivity("morris"), "input uncertainty": _inputs,
    "optimum": _optimum, "selection": _selection,
}  # fmt: skip


class Counting(Executor):
    """Does each job at once, and counts them."""

    def __init__(self) -> None:
        self.jobs = 0

    def submit(self, fn: Any, /, *arguments: Any, **words: Any) -> Future[Any]:
        """Do it."""
        self.jobs += 1
        future: Future[Any] = Future()
        future.set_result(fn(*arguments, **words))
        return future


class Stopping:
    """Ctrl-C as it is told of progress for the third time that anything was done."""

    def __init__(self) -> None:
        self.told = 0

    def __call__(self, *said: Any) -> None:
        self.told += said[-1] > 0.0
        if self.told >= 3:
            raise KeyboardInterrupt


def quick(scenario: Scenario, seed: int, number: int, also: Any = None, only: bool = False) -> dict[Key, float]:
    """A run of which no more is read than what it makes: here it is what is kept that counts, not what is read."""
    rows = simulate(scenario, seed, replication=number).record
    return {(FIGURE, MAIN, ""): sum(row[1] == "done" for row in rows) * 168.0 / scenario.run.horizon}


@pytest.mark.parametrize("kind", STUDIES)
def test_a_study_that_was_stopped_ends_as_the_one_that_was_not(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last digit; of all its runs those in the folder are not made again, and the others once."""
    monkeypatch.setattr("plantsim.study.jobs.replication", quick)
    study, whole, rest, none = STUDIES[kind], Counting(), Counting(), Counting()
    truth = study(executor=whole)
    with pytest.raises(KeyboardInterrupt):
        study(executor=Counting(), folder=tmp_path, progress=Stopping())
    ready = len(Runs({}, 1, tmp_path).kept)
    assert 0 < ready < whole.jobs
    assert repr(study(executor=rest, folder=tmp_path)) == repr(truth)
    assert rest.jobs == whole.jobs - ready
    assert repr(study(executor=none, folder=tmp_path)) == repr(truth)
    assert none.jobs == 0


def test_what_a_folder_can_not_keep_is_told(tmp_path: Path) -> None:
    """Another plant under the same names, a folder of other things, a plain function."""
    experiment(PLANT, FACTORS, "factorial", replications=1, folder=tmp_path, executor=Counting())
    with pytest.raises(PlantsimError, match=r"holds results of another 'units.mill.count=1, products.powder.steps.pre"):
        experiment(PLANT.replace(horizon=61.0), FACTORS, "factorial", replications=1, folder=tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / kept.MANIFEST).write_text('{"rows": 3}')
    with pytest.raises(PlantsimError, match=r"other holds something else than finished runs: choose another folder"):
        bottlenecks(PLANT, ["unit"], folder=tmp_path / "other")
    with pytest.raises(PlantsimError, match="a folder keeps runs of a plant; what a plain function gives is not kept"):
        experiment(lambda at: at["a"], {"a": (0.0, 1.0)}, folder=tmp_path / "third")


def spoilt(at: dict[str, float]) -> float:
    """3 a - b, but nothing where a is 1 and b is 0."""
    if (at["a"], at["b"]) == (1.0, 0.0):
        raise ZeroDivisionError("nothing there")
    return 3.0 * at["a"] - at["b"]


def test_a_point_that_can_not_be_played_is_a_row_with_its_reason() -> None:
    """Of the nine points of 3 x 3 one has no answer: the effects of the others are still 6 and -1; a tornado loses an
    end, Morris the trajectories that come by, an optimum goes round it."""
    factors = {"a": [0.0, 1.0, 2.0], "b": [0.0, 0.5, 1.0]}
    found = experiment(spoilt, factors, "factorial")
    assert found.refused == {3: "ZeroDivisionError: nothing there"}
    assert found.table()["refused"].tolist() == ["", "", "", "ZeroDivisionError: nothing there", *[""] * 5]
    assert found.frame["refused"].notna().sum() == 1
    assert found.effects()["effect"].to_dict() == pytest.approx({"a": 6.0, "b": -1.0})
    assert "seed 1; 1 points can't be played, the first since ZeroDivisionError: nothing there" in str(found)
    assert found.fit().points == 8
    assert len(charts.main_effects(found).data[0].y) == 8
    tornado = sensitivity(spoilt, factors, base={"a": 1.0, "b": 0.5})
    assert tornado.refused == ("ZeroDivisionError: nothing there",)
    assert tornado.table().loc["b", "at high"] == -0.5 and isnan(tornado.table().loc["b", "at low"])
    with pytest.raises(PlantsimError, match="the plant as it is can't be played: ZeroDivisionError: nothing there"):
        sensitivity(spoilt, factors, base={"a": 1.0, "b": 0.0})
    best = optimise(spoilt, {"a": [0.0, 1.0], "b": [0.0, 1.0]}, budget=12)
    assert best.best == {"a": 1.0, "b": 1.0} and list(best.refused) == ["a=1.0, b=0.0"]
    with pytest.raises(PlantsimError, match="none of 2 points can be played: ZeroDivisionError: nothing there"):
        experiment(lambda at: spoilt({"a": 1.0, "b": 0.0}), {"c": [1, 2]}, "factorial")


def test_shares_are_those_of_the_points_that_can_be_played() -> None:
    """f = 2 x + y, refused where x > 0.9: Morris's effects are 2 and 1 in each trajectory that is left."""

    def f(at: dict[str, float]) -> float:
        if at["x"] > 0.9:
            raise ValueError("too much")
        return 2.0 * at["x"] + at["y"]

    found = sensitivity(f, {"x": (0.0, 1.0), "y": (0.0, 1.0)}, "morris", runs=20)
    assert found.refused and set(found.refused) == {"ValueError: too much"}
    assert found.table()["mu"].to_dict() == pytest.approx({"x": 2.0, "y": 1.0})
    shares = sensitivity(f, {"x": (0.0, 1.0), "y": (0.0, 1.0)}, "sobol", runs=256).table()
    assert shares.loc["x", "ST"] > shares.loc["y", "ST"] > 0.1
    with pytest.raises(PlantsimError, match="groups of points each has an answer; two are needed"):
        sensitivity(f, {"x": (0.8, 1.0), "y": (0.0, 1.0)}, "morris", runs=2)


def test_a_plant_that_can_not_be_played_at_a_point_ends_nothing_else() -> None:
    """One scenario is refused before it is played, one run raises: the other two points are played."""

    def plant(at: dict[str, int]) -> Scenario:
        return PLANT.with_units("mill", at["mills"]).replace(horizon=60.0 - 10.0 * at["mills"])

    def also(run: Results) -> dict[str, float]:
        if len(run.scenario.plant.units_for("mill")) == 2:
            raise ValueError("two are one too many")
        return {"mills": float(len(run.scenario.plant.units_for("mill")))}

    found = experiment(plant, {"mills": [1, 2, 3, 6]}, "factorial", replications=1, also=also, executor=Counting(),
                       figure="mills")  # fmt: skip
    assert found.refused[1] == "ValueError: two are one too many" and list(found.refused) == [1, 3]
    assert found.values()[[0, 2], 0].tolist() == [1.0, 3.0]


def test_why_a_run_can_not_be_played_is_kept_too(tmp_path: Path) -> None:
    """Whoever is patient reads it from the folder; whoever is not plays the run again, and is told."""

    def broken(run: Any) -> dict[str, float]:
        raise ValueError("no such luck\nand more")

    patient = Runs({"line": PLANT}, 1, tmp_path, Counting(), broken)
    patient.do([("line", 0)], patient=True)
    again = Runs({"line": PLANT}, 1, tmp_path, one := Counting(), broken)
    again.do([("line", 0)], patient=True)
    assert refused(again.kept["line", 0]) == "ValueError: no such luck" and one.jobs == 0
    with pytest.raises(ValueError, match="no such luck"):
        again.do([("line", 0)])

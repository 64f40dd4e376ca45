"""Each shipped layout runs, and all that must hold of any run holds of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout

LAYOUTS = sorted((Path(__file__).parents[1] / "layouts").glob("*.yaml"))


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_layout_runs_for_weeks_and_reads(path: Path, seed: int) -> None:
    """Three weeks, or one after what is left out: batches are done, some of their time
    is waited, and its tables add up.
    """
    scenario = read_layout(path)
    run = simulate(scenario, seed=seed, horizon=max(3 * 168.0, scenario.report.from_ + 168.0)).check()
    assert run.figures()["batches [1]"] > 0
    assert 0.0 < run.waiting()["share"].sum() < 1.0
    assert 0.0 < run.utilisation()["busy"].max() <= 1.0
    assert run.bottleneck().attrs["says"]
    assert all(run.iso22400()["OEE"].dropna() <= run.iso22400()["NEE"].dropna() + 1e-9)


def test_the_tablet_plant_makes_what_a_second_crew_at_the_presses_lets_it() -> None:
    """What its header says of it: a third press and a second crew help, each for itself, on the same luck."""
    today = read_layout(LAYOUTS[[path.stem for path in LAYOUTS].index("tablets")])
    variants = (today, today.with_units("press", 3), today.with_pool("press crew", 2))
    made = [simulate(each, seed=1).figures()["batches [1]"] for each in variants]
    assert made[0] < min(made[1:])

"""The real plants run for a year, all that must hold of a run holds, and what limits them is what their pages say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout
from plantsim.results import Results
from plantsim.scenario import Scenario

LAYOUTS = Path(__file__).parents[1] / "layouts"


@cache
def layout(name: str) -> Scenario:
    return read_layout(LAYOUTS / f"{name}.yaml")


@cache
def year(name: str) -> Results:
    """A year of a plant, checked."""
    return simulate(layout(name), seed=1).check()


def made(name: str) -> float:
    return year(name).figures()["batches [1]"]


def test_the_antibody_plant_is_limited_by_its_bioreactors() -> None:
    """By the mean run, by the hours that they work, and by the run with luck, which comes within a tenth of it."""
    mean, run = layout("mab_plant").mean(), year("mab_plant")
    assert mean.limiting.name == "bioreactor"
    busy = run.utilisation(by="kind")["busy"]
    assert busy.idxmax() == "bioreactor"
    assert 0.9 * mean.limiting.most < run.figures()["batches a week [1/week]"] < mean.limiting.most
    assert run.utilities().loc["wfi", "waits"] == 0.0


def test_water_sized_on_the_mean_is_enough_on_paper_and_loses_batches_at_its_peaks() -> None:
    """On paper it lasts for more than the bioreactors make; in the run a fifth is missing, lost as it waits."""
    mean = {limit.name: limit.most for limit in layout("mab_plant_mean").mean().limits}
    assert min(mean, key=mean.__getitem__) == "bioreactor"
    run = year("mab_plant_mean")
    wfi = run.utilities().loc["wfi"]
    assert wfi["mean drawn"] < 0.7 * wfi["makes"]
    assert wfi["waits"] > 1000
    assert made("mab_plant_mean") < 0.8 * made("mab_plant")
    lost = [row for row in run.record if row[1] == "scrap" and row[7] == "hold"]
    assert len(lost) > 20 > sum(row[1] == "scrap" for row in year("mab_plant").record)


def test_buffers_are_made_beside_the_train() -> None:
    """As many of each buffer as harvests, but for what is under way and what is lost."""
    granted = [row[4] for row in year("mab_plant").record if row[1] == "grant"]
    for name in ("capture buffer", "cation buffer", "uf buffer"):
        assert abs(granted.count(name) - granted.count("harvest")) <= 3
    cleans = year("mab_plant").cleans().reset_index()
    assert set(cleans["cause"]) >= {"minor", "sterile hold", "after repack", "change of product"}


@cache
def half_a_year(*changes: str) -> Results:
    """Half a year of the active ingredient plant, with changes of its layout."""
    return simulate(read_layout(LAYOUTS / "api_plant.yaml", *changes), seed=1, horizon=26 * 168.0).check()


def test_the_dryer_limits_the_active_ingredient_plant_on_paper() -> None:
    """It works most, too; but a year comes to no more than nine tenths of what it could take."""
    mean, run = layout("api_plant").mean(), year("api_plant")
    assert mean.limiting.name == "vacuum dryer"
    assert run.utilisation(by="kind")["busy"].idxmax() == "vacuum dryer"
    assert run.figures()["batches a week [1/week]"] < 0.9 * mean.limiting.most


def test_changeovers_limit_it_in_fact() -> None:
    """Longer campaigns and faster swabs help more than a second dryer does, on the same luck."""
    made = [
        half_a_year(*changes).figures()["batches [1]"]
        for changes in (
            ("units.dryer.count=2",),
            ("orders.year.campaign=16",),
            ("cleaning.vessel.cleans.major.verify.time=4 h",),
        )
    ]
    assert made[0] < min(made[1:])
    assert half_a_year().figures()["batches [1]"] < min(made[1:])

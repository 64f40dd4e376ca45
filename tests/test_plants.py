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
    """It works most, too; and a year comes to more than five sixths of what it could take."""
    mean, run = layout("api_plant").mean(), year("api_plant")
    assert mean.limiting.name == "vacuum dryer"
    assert run.utilisation(by="kind")["busy"].idxmax() == "vacuum dryer"
    assert 5 / 6 * mean.limiting.most < run.figures()["batches a week [1/week]"] < mean.limiting.most


def test_a_second_dryer_helps_it_most_in_fact() -> None:
    """More than longer campaigns or faster swabs do, on the same luck: vessels change over while a campaign ends."""
    dryer, *others = [
        half_a_year(*changes).figures()["batches [1]"]
        for changes in (
            ("units.dryer.count=2",),
            ("orders.year.campaign=16",),
            ("cleaning.vessel.cleans.major.verify.time=4 h",),
            (),
        )
    ]
    assert dryer > max(others)


def test_no_vessel_is_rinsed_and_then_boiled_out_for_the_next_product() -> None:
    """A clean at a change of product is the first one after a batch, but where another product came than was known."""
    before: dict[str, str] = {}
    twice = changes = 0
    for row in year("api_plant").record:
        if row[1] == "leave":
            before[row[2]] = ""
        elif row[1] == "cleaned":
            before[row[2]] = row[7]
        elif row[1] == "clean" and row[8][2:] and row[8][2] == "change of product":
            changes += 1
            twice += before.get(row[2]) == "minor"
    assert changes > 40
    assert twice <= 0.1 * changes

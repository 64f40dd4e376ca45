"""The first listings that a user types, whole: from a layout to results, comparison and twin."""

from __future__ import annotations

from pathlib import Path

import plotly.io as pio
import pytest

import plantsim as ps

ROOT = Path(__file__).parents[1]


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the project's folder, with charts shown to nobody."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(pio.renderers, "default", "json")


@pytest.mark.usefixtures("at_home")
@pytest.mark.long
def test_from_a_layout_to_a_comparison() -> None:
    scenario = ps.read_layout("layouts/tablets.yaml")
    run = ps.simulate(scenario, seed=1)
    run.summary()
    run.utilisation()
    run.bottleneck()
    run.story("march/7")
    ps.charts.gantt(run, window=(0, 168)).show()

    trial = ps.compare({"today": scenario, "third press": scenario.with_units("press", 3)}, replications=30, seed=7)
    table = trial.table()
    gain = ("batches a week [1/week]", "difference")
    assert table.loc["third press", gain] > 0.0

    def least_slack(claim, unit, now):  # type: ignore[no-untyped-def]
        return claim.due - now - claim.hours_to_go

    ps.compare({"fifo": scenario, "slack": scenario.replace(dispatch=least_slack)}, replications=25).table()


@pytest.mark.usefixtures("at_home")
def test_a_twin() -> None:
    scenario = ps.read_layout("layouts/tablets.yaml")
    rows = [row for row in ps.simulate(scenario, seed=1).record if row[0] <= 500 * 3_600_000]
    twin = ps.Twin(scenario)
    twin.observe(rows)
    twin.state()
    twin.forecast(hours=72, replications=50)
    twin.deviations()


def test_prints_are_short_reports() -> None:
    scenario = ps.read_layout(ROOT / "layouts" / "tablets.yaml")
    run = ps.simulate(scenario, seed=1)
    for thing in (scenario, run):
        assert len(str(thing).splitlines()) == 6
        assert thing._repr_html_().count("<tr>") == 6

"""One batch of a small molecule through all of its unit operations, and through a plant that has them."""

from __future__ import annotations

import pytest
from plants import state_at
from test_resume import after, resumed
from unitops.halting import ends_at_the_same_hour

from plantsim.contracts import Charge, UnitModel
from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout
from plantsim.scenario import Scenario

LAYOUT = """plantsim: 1
name: one amide
units:
  reactor: {kind: reactor, count: 2, failures: seal, work: pause}
  hopper: {kind: hopper}
  washer: {kind: washer}
  still: {kind: still}
  crystalliser: {kind: crystalliser}
  nutsche: {kind: filter, failures: seal, work: pause}
  dryer: {kind: dryer}
failures: {seal: {after: {exponential: 30 h}, repair: {exponential: 3 h}}}
utilities:
  steam: {unit: kg, peak: 5000 kg/h}
  glycol: {peak: 300 m3/h}
  chilled water: {peak: 100 m3/h}
  power: {unit: kWh, peak: 100 kW}
products:
  amide:
    batch: 1500 kg
    charge: {volume: 1750 L, composition: {toluene: 1}}
    steps:
      charge: {on: hopper, model: {use: Dispensing, component: acid, amount: 0.12 kg/kg, container: 25 kg, handling: 6 min, rate: 200 kg/h, error: 0.005}}
      react:
        on: reactor
        model:
          use: Reactor
          reactions:
            main: {equation: acid + amine -> API, k0: 2e5, energy: 5.2e4, heat: -7e4}
            side: {equation: amine + API -> imp, k0: 4e3, energy: 5.5e4, heat: -4e4}
          weights: {acid: 180, amine: 90, API: 270, imp: 360}
          key: acid
          temperature: 55 degC
          conversion: 0.985
          feed: {amine: 0.0625}
          feed time: 2 h
          cooled: 25 degC
          hottest: 65 degC
          stirrer: 3 kW
          area: 8 m2
      wash: {on: washer, model: {use: Extraction, partition: {amine: 3}, ratio: 0.3, stages: 2}}
      swap: {on: still, model: {use: SolventSwap, removes: toluene, until: 0.05, new: ethanol, volatility: {toluene: 1, ethanol: 1.6}, boils at: 78 degC, evaporation: 600, jacket: 120 degC, area: 8 m2}}
      crystallise: {on: crystalliser, model: {use: Crystallisation, solute: API, until: 5 degC, cooling: 8 h, curve: 2, hold: 1 h, supersaturation: 0.05, solubility: [12, 0.6, 0.02]}}
      filter: {on: filter, model: {use: Filtration, solid: API, area: 2 m2, cake: 5.0e9, compressibility: 0.3, wash: 2, wash with: ethanol, left: 0.35}}
      dry: {on: dryer, model: {use: VacuumDrying, until: 0.005 kg/kg, solvents: [ethanol, toluene], boils at: 78 degC, evaporation: 850, weight: 46}}
orders: {all: {product: amide, batches: 6, release: as taken}}
run: {horizon: 3 weeks}
"""  # noqa: E501


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file = tmp_path_factory.mktemp("plant") / "amide.yaml"
    file.write_text(LAYOUT, encoding="utf-8")
    return read_layout(file)


def test_a_batch_is_halted_anywhere_in_any_of_its_steps(scenario: Scenario) -> None:
    """What one step leaves the next takes; dry crystals are less than the API that the acid could give, 270 / 180."""
    charge, hours = Charge(1500.0, 1750.0, 20.0, {"toluene": 1.0}), 0.0
    for step in scenario.products["amide"].steps.values():
        model: UnitModel = step.model
        found = ends_at_the_same_hour(model, charge)
        assert found.late == ""
        assert sum(found.charge.composition.values()) == pytest.approx(1.0, abs=1e-9)
        charge, hours = found.charge, hours + found.hours
    assert set(charge.quality) == {"solids", "d43", "d50", "cv", "fines", "moisture"}
    api = charge.mass * charge.composition["API"]
    assert 0.8 * 180.0 * 1.5 < api < 180.0 * 1.5
    assert charge.composition["imp"] < 0.001
    assert charge.quality["moisture"] == pytest.approx(0.005)
    assert 30.0 < hours < 60.0


def test_a_plant_runs_on_them_through_breakdowns_and_can_be_resumed(scenario: Scenario) -> None:
    """All batches are done with nothing late; their hours differ by what was weighed alone; it goes on from midway."""
    rows = list(simulate(scenario, seed=3).record)
    assert sum(row[1] == "done" for row in rows) == 6
    assert any(row[1] == "fail" for row in rows)
    assert not [row for row in rows if row[1] == "deviation"]
    hours = [row[8][0] for row in rows if row[1] == "outcome" and row[4] == "react"]
    assert max(hours) - min(hours) < 0.5
    middle = rows[len(rows) // 2][0]
    assert resumed(scenario, 3, state_at(scenario, rows, middle)) == after(rows, middle)

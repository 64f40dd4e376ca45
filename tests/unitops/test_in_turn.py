"""Operations one after the other in one unit, by hand and halted anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge, Equipment
from plantsim.errors import LayoutError
from plantsim.layout import read_layout, to_yaml
from plantsim.scenario import Scenario
from plantsim.unitops.filling import Filling
from plantsim.unitops.freezing import Freezing
from plantsim.unitops.in_turn import InTurn
from plantsim.unitops.lyophilisation import Lyophilisation
from plantsim.unitops.secondary_drying import SecondaryDrying
from plantsim.unitops.viral import ViralInactivation

FREEZE = {"freezing": Freezing(), "primary drying": Lyophilisation(), "secondary drying": SecondaryDrying()}


def read_text(text: str, folder: Path) -> Scenario:
    (folder / "plant.yaml").write_text(text)
    return read_layout(folder / "plant.yaml")


def test_what_comes_out_of_one_goes_into_the_next() -> None:
    """As the three by hand, one after the other; power is drawn while it freezes, no longer."""
    charge, hours = Charge(100.0), list[float]()
    for each in FREEZE.values():
        found = play(each, charge)
        charge = found.charge
        hours.append(found.hours)
    whole = play(InTurn(operations=FREEZE), Charge(100.0))
    assert whole.hours == pytest.approx(sum(hours), abs=1e-9)
    assert [whole.quality[f"{name}: hours"] for name in FREEZE] == pytest.approx(hours, abs=1e-9)
    assert (whole.charge.mass, whole.charge.quality["moisture"]) == pytest.approx((charge.mass, 0.01), rel=1e-9)
    power = whole.draws["power"]
    assert max(at for at, rate in power if rate) < hours[0] < max(at for at, _ in power)


def test_it_is_halted_anywhere() -> None:
    ends_at_the_same_hour(InTurn(operations=FREEZE), Charge(100.0))


def test_what_differs_in_one_of_them_is_drawn_by_its_name_and_units_have_figures_for_it(tmp_path: Path) -> None:
    """600 vials a minute of 10 mL are 360 L/h: 180 L in half an hour; a speed even from 300 to 600 is drawn, then."""
    text = """
    units: {line: {kind: line, design: {"filling: fill": 5}}}
    products:
      p:
        batch: 180 kg
        charge: {volume: 180 L}
        steps:
          do:
            on: line
            model:
              use: InTurn
              operations:
                hold: {use: ViralInactivation, hold: 90 min}
                filling: {use: Filling, speed: {uniform: {low: 300, high: 600}}, rejects: 0}
    orders: {o: {product: p, batches: 1}}
    """
    scenario = read_text(text, tmp_path)
    model = scenario.products["p"].steps["do"].model
    assert list(model.varies) == ["filling: speed"]
    assert read_text(to_yaml(scenario), tmp_path).products["p"].steps["do"].model == model
    hours = ViralInactivation(hold=1.5)(Charge(180.0, 180.0), Equipment(), lambda _: 0.5)
    drawn = model.on({"filling: speed": 600.0, "filling: fill": 5.0})(Charge(180.0, 180.0), Equipment(), lambda _: 0.5)
    assert drawn.hours - hours.hours == pytest.approx(hours.charge.volume / 5.0 * 1000.0 / 600.0 / 60.0)
    assert isinstance(model.operations["filling"], Filling)


def test_only_built_in_ones_are_done_in_turn(tmp_path: Path) -> None:
    text = """
    units: {line: {kind: line}}
    products:
      p: {batch: 1 kg, charge: {}, steps: {do: {on: line, model: {use: InTurn, operations: {a: {use: "x:y"}}}}}}
    orders: {o: {product: p}}
    """
    with pytest.raises(LayoutError, match="a: expected a built-in operation, such as"):
        read_text(text, tmp_path)

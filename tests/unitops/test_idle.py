"""What a halt does to what is in a unit: closed forms, worked out by hand."""

from __future__ import annotations

from math import exp, log

import pytest
from operations import EXAMPLES
from test_halts import closing, ends
from unitops.halting import play

from plantsim.contracts import Charge, Equipment
from plantsim.engine.simulate import simulate
from plantsim.unitops.fluid_bed import FluidBedDrying
from plantsim.unitops.reactor import Reactor

UNIT = Equipment()
POT = Charge(1000.0, 1000.0, 60.0, {"A": 0.3, "S": 0.7})


def reactor(heat: float = 0.0, loses: float = 100.0) -> Reactor:
    first = {"main": {"equation": "A -> B", "k0": 1.0, "energy": 0.0, "heat": heat}}
    first["main"]["k0"] = log(2.0) / 3600.0  # half of it in an hour, at any temperature
    return Reactor(reactions=first, weights={"A": 100.0, "B": 100.0}, key="A", temperature=60.0, conversion=0.9,
                   loses_heat=loses)  # fmt: skip


def test_a_bed_cools_down_by_its_heat_loss() -> None:
    """100 kg dry with 0.2 hold 203.74 kJ/K; 50 W/K are 180 kJ/h/K: from 60 °C to 36.53 °C in 1 h."""
    bed = FluidBedDrying(until=0.02, loses_heat=50.0)
    found = bed.idle(Charge(120.0, temperature=60.0, quality={"moisture": 0.2}), 1.0, UNIT)
    assert found.temperature == pytest.approx(20.0 + 40.0 * exp(-180.0 / 203.74), rel=1e-9)
    assert (found.mass, found.quality["moisture"]) == (120.0, 0.2)


def test_a_reactor_cools_down_and_reacts_on() -> None:
    """1000 kg hold 2000 kJ/K, 100 W/K are 360 kJ/h/K: 20 + 40 exp(-0.36) = 47.907 °C after 2 h, with a quarter of A."""
    found = reactor().idle(POT, 2.0, UNIT)
    assert found.temperature == pytest.approx(20.0 + 40.0 * exp(-0.36), rel=1e-8)
    assert found.composition["A"] == pytest.approx(0.3 / 4.0, rel=1e-8)
    assert found.mass == pytest.approx(1000.0, rel=1e-9)


def test_a_reactor_that_is_halted_gets_warmer_by_what_it_releases() -> None:
    """Hardly any loss: half of 3000 mol with 1e5 J/mol are 1.5e5 kJ in 1 h, over 2000 kJ/K: 75 K, from 60 to 135 °C."""
    found = reactor(-1e5, loses=1e-6).idle(POT, 1.0, UNIT)
    assert found.temperature == pytest.approx(135.0, abs=1e-3)
    assert found.quality["hottest"] == pytest.approx(135.0, abs=1e-3)


def test_a_halt_between_goes_on_from_where_it_was() -> None:
    """At one rate, whatever the temperature: an hour halted is an hour reacted, so it ends as if nothing had been."""
    model = reactor()
    whole = play(model, POT)
    assert whole.profile is not None
    half = model.idle(whole.profile(1.0), 1.0, UNIT)
    rest = play(model, half)
    assert 2.0 + rest.hours == pytest.approx(whole.hours, abs=1e-6)
    assert rest.charge.composition["A"] == pytest.approx(0.03, rel=1e-6)


def test_without_losses_none_is_told() -> None:
    assert not hasattr(FluidBedDrying(until=0.02), "idle")
    assert not hasattr(reactor(loses=0.0), "idle")


def test_a_bed_that_has_cooled_down_in_a_halt_takes_longer() -> None:
    """In a run: shut at half of its time for 2 h; without losses it ends 2 h later, with them later than that."""
    example = EXAMPLES["FluidBedDrying"]
    hours = play(example.model, example.charge).hours
    shut = closing((hours / 2.0, hours / 2.0 + 2.0))
    kept, cold = (
        ends(simulate(example.plant(FluidBedDrying(until=0.02, loses_heat=loss), **shut)))[0] for loss in (0.0, 200.0)
    )
    assert kept == pytest.approx(hours + 2.0, abs=1e-6)
    assert hours + 2.005 < cold < hours + 2.5

"""What a halt does to what is in a unit: closed forms, worked out by hand."""

from __future__ import annotations

from math import exp, log
from pathlib import Path
from typing import Any

import pytest
from operations import EXAMPLES
from plants import play as run_of
from plants import state_at
from test_halts import closing, ends
from unitops.halting import play

from plantsim.contracts import Charge, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.layout import layout_faults, read_layout, to_yaml
from plantsim.unitops.blending import Blending
from plantsim.unitops.cell_culture import CellCulture
from plantsim.unitops.coating import PanCoating
from plantsim.unitops.crystallisation import Crystallisation
from plantsim.unitops.distillation import Distillation
from plantsim.unitops.fluid_bed import FluidBedDrying
from plantsim.unitops.formulation import Formulation
from plantsim.unitops.freezing import Freezing
from plantsim.unitops.lyophilisation import Lyophilisation
from plantsim.unitops.model import playable
from plantsim.unitops.reaction import ConsecutiveReactions
from plantsim.unitops.reactor import Reactor
from plantsim.unitops.sterilisation import Sterilisation
from plantsim.unitops.tray import TrayDrying
from plantsim.unitops.viral import ViralInactivation

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


# ---- what any of them may say of a halt ------------------------------------------------------------------------------

ROOM = {"half": 1.0, "room": 20.0}


def later(model: Any, charge: Charge, share: float, hours: float) -> tuple[float, Outcome]:
    """By how much [h] a halt after a share of its time makes it later, beyond its own hours; and how it ends."""
    whole = play(model, charge)
    assert whole.profile is not None
    rest = play(playable(model), model.idle(whole.profile(share * whole.hours), hours, UNIT))
    return share * whole.hours + rest.hours - whole.hours, rest


def test_what_is_kept_at_a_temperature_is_brought_back_to_it() -> None:
    """Trays at 60 °C, halted for 1 h: 40 °C.  20 K at 40 K/h: half an hour later; halted for 2 h: 30 K, 45 min."""
    trays = TrayDrying(until=0.02, temperature=60.0, halt={**ROOM, "back": 40.0})
    wet = Charge(60.0, temperature=60.0, quality={"moisture": 0.3})
    assert later(trays, wet, 0.5, 1.0)[0] == pytest.approx(0.5, abs=1e-9)
    assert later(trays, wet, 0.5, 2.0)[0] == pytest.approx(0.75, abs=1e-9)
    cold = trays.idle(play(trays, wet).profile(0.1), 1.0, UNIT)
    assert cold.temperature == pytest.approx(40.0)
    warming = play(playable(trays), cold)
    assert warming.profile is not None
    assert (warming.profile(0.2).temperature, warming.profile(0.2).quality["moisture"]) == pytest.approx(
        (48.0, cold.quality["moisture"])
    )


def test_what_dries_takes_up_moisture_again() -> None:
    """30 kg of dry solid on 20 m2 lose 2/3 kg/kg/h: from 0.8 to 0.2 in 0.9 h, and in half of that to 0.5.

    In 2 h it comes half of the way from there to 1.3: 0.9, 12 kg of water more, which are dried in 0.6 h.
    """
    trays = TrayDrying(until=0.2, critical=0.2, halt={"drifts": {"moisture": {"to": 1.3, "half": 2.0}}})
    wet = Charge(54.0, composition={"API": 30.0 / 54.0, "water": 24.0 / 54.0}, quality={"moisture": 0.8})
    moist = trays.idle(play(trays, wet).profile(0.45), 2.0, UNIT)
    assert (moist.mass, moist.quality["moisture"]) == pytest.approx((57.0, 0.9))
    assert moist.mass * moist.composition["API"] == pytest.approx(30.0)
    assert later(trays, wet, 0.5, 2.0)[0] == pytest.approx(0.6, abs=1e-9)


def test_what_decays_becomes_something_else() -> None:
    """0.02 1/h for 5 h at 25 °C leave exp(-0.1): of 0.9 of monomer 0.8144, the rest is aggregate; no mass is lost."""
    decays = {"monomer": {"into": "aggregate", "rate": 0.02}, "ester": {"into": "acid", "rate": 0.02}}
    model = Formulation(until=50.0, halt={"decays": decays})
    pool = Charge(90.0, 90.0, 25.0, {"ester": 0.1, "water": 0.9}, {"titre": 100.0, "monomer": 0.9})
    found = model.idle(pool, 5.0, UNIT)
    assert found.quality["monomer"] == pytest.approx(0.9 * exp(-0.1))
    assert found.quality["aggregate"] == pytest.approx(0.9 - 0.9 * exp(-0.1))
    assert found.composition == pytest.approx({"ester": 0.1 * exp(-0.1), "acid": 0.1 - 0.1 * exp(-0.1), "water": 0.9})
    assert found.mass == 90.0
    with pytest.raises(KeyError, match="monomer"):
        model.idle(Charge(90.0), 5.0, UNIT)


def test_it_decays_as_fast_as_it_is_warm() -> None:
    """k is 0.05 1/h at 60 °C and falls with 80 kJ/mol as it cools; the same by another solver."""
    from scipy.integrate import solve_ivp

    warm = {"assay": {"rate": 0.05, "at": 60.0, "energy": 8e4}}
    found = Formulation(until=50.0, halt={**ROOM, "decays": warm}).idle(
        Charge(90.0, temperature=60.0, quality={"assay": 1.0}), 3.0, UNIT
    )

    def slope(time: float, y: list[float]) -> list[float]:
        kelvin = 293.15 + 40.0 * 0.5**time
        return [-0.05 * exp(8e4 / 8.314462618 * (1.0 / 333.15 - 1.0 / kelvin)) * y[0]]

    (end,) = solve_ivp(slope, (0.0, 3.0), [1.0], method="Radau", rtol=1e-10, atol=1e-12).y[:, -1]
    assert found.quality["assay"] == pytest.approx(end, rel=1e-8)
    assert found.temperature == 25.0


def test_nothing_is_drawn_while_it_is_stirred_up() -> None:
    """Half settled, a quarter of an hour: then the drive takes its 2 kW, as before the halt."""
    bins = EXAMPLES["Blending"]
    model = type(bins.model)(**bins.words, halt={"settles": 2.0, "stirs": 0.5})
    whole = play(model, bins.charge)
    _, rest = later(model, bins.charge, 0.5, 1.0)
    assert whole.draws == {"power": ((0.0, 2.0),)}
    assert rest.draws == {"power": ((0.0, 0.0), (0.25, 2.0))}


def test_a_halt_that_is_told_in_a_file_is_played_in_a_run() -> None:
    """Trays at 60 °C shut at half of their time for 1 h: 1 h later, and half an hour for the 20 K that are lost."""
    example = EXAMPLES["TrayDrying"]
    hours = play(example.model, example.charge).hours
    shut = closing((hours / 2.0, hours / 2.0 + 1.0))
    model = type(example.model)(**example.words, temperature=60.0, halt={**ROOM, "back": 40.0})
    run = simulate(example.plant(model, **shut)).check()
    assert ends(run)[0] == pytest.approx(hours + 1.5, abs=1e-6)
    halt = next(row for row in run.record if row[1] == "charge" and row[7] == "halt")
    assert halt[8]["temperature"] == pytest.approx(40.0)


# ---- what is theirs alone --------------------------------------------------------------------------------------------


def test_a_suspension_goes_on_cooling_where_it_is_as_warm() -> None:
    """From 60 to 5 °C at 10 K/h; after 3 h, at 30 °C, 1 h in a room of 20 °C makes 25 °C: half an hour is done.

    After 5 h, at 10 °C, it warms up to 15 °C: half an hour more.  Crystals grow on, and none gets lost.
    """
    words = {"solute": "API", "until": 5.0, "cooling": 5.5, "halt": ROOM}
    model, liquor = Crystallisation(**words), Charge(1000.0, 950.0, 60.0, {"API": 0.14, "S": 0.86})
    early, _ = later(model, liquor, 3.0 / 5.5, 1.0)
    late, rest = later(model, liquor, 5.0 / 5.5, 1.0)
    assert (early, late) == pytest.approx((-0.5, 0.5), abs=1e-9)
    assert rest.charge.temperature == pytest.approx(5.0)
    inside = play(model, liquor).profile
    assert inside is not None
    before = inside(3.0)
    after = model.idle(before, 1.0, UNIT)
    assert after.temperature == pytest.approx(25.0)
    assert after.quality["solids"] > before.quality["solids"] * 1.05
    assert after.composition == before.composition


def test_what_is_mixed_segregates_and_is_turned_again() -> None:
    """exp(-0.03 N) = 0.2: M = 0.8, of which a halt of 1 h leaves 0.4: as after N' of exp(-0.03 N') = 0.6.

    So ln(0.6 / 0.2) / 0.03 = 36.62 turns are lost, which take 36.62 / 720 h.
    """
    bins = Charge(110.0, composition={"statin": 0.05, "lactose": 0.95})
    model = Blending(until=0.05, active="statin", unmixes=1.0)
    turns = log(5.0) / 0.03
    share = turns / 720.0 / play(model, bins).hours
    late, rest = later(model, bins, share, 1.0)
    assert late == pytest.approx(log(3.0) / 0.03 / 720.0, rel=1e-6)
    assert rest.charge.quality["blend rsd"] == pytest.approx(0.05, rel=1e-9)
    by_turns = Blending(turns=100.0, active="statin", unmixes=1.0)
    late, rest = later(by_turns, bins, turns / 100.0, 1.0)
    assert late == pytest.approx(0.0, abs=1e-9)
    assert rest.charge.quality["mixing index"] == pytest.approx(1.0 - exp(-3.0) * 3.0, rel=1e-6)


def test_cells_die_once_their_oxygen_is_gone() -> None:
    """5e6/mL breathe 1.5 mmol/L/h: 0.08 mmol/L last 3.2 min.  Then a tenth an hour dies for 2 h less that."""
    vessel = Charge(3500.0, 3500.0, 36.5, quality={"cells": 5.0, "dead": 1.0, "glucose": 40.0, "glutamine": 6.0})
    model = CellCulture(smothered=0.1, decay=0.01)
    found = model.idle(vessel, 2.0, UNIT).quality
    assert found["cells"] == pytest.approx(5.0 * exp(-0.1 * (2.0 - 0.08 / 1.5)), rel=1e-12)
    assert found["cells"] + found["dead"] == pytest.approx(6.0)
    assert found["viability"] == pytest.approx(found["cells"] / 6.0)
    assert (found["glutamine"], found["ammonia"]) == pytest.approx((6.0 * exp(-0.02), 6.0 - 6.0 * exp(-0.02)))
    assert model.idle(vessel, 0.05, UNIT).quality["cells"] == 5.0


def test_ice_warms_up_melts_and_is_frozen_again() -> None:
    """10 mm with 10 W/m2/K: 3.6 kJ/kg/h/K.  Ice of -40 °C in a room of 20 °C: 2.05 / 3.6 ln(60 / 20.5) = 0.6115 h to
    -0.5 °C; then 0.95 x 333.6 kJ/kg over 3.6 x 20.5 K: 4.2943 h until all has melted; half of it in 2.1472 h.
    """
    model = Freezing(room_transfer=10.0)
    ice = Charge(50.0, temperature=-40.0, quality={"frozen": 1.0, "freezing hours": 9.0, "frozen from": 20.0})
    warms, melts = 2.05 / 3.6 * log(60.0 / 20.5), 0.95 * 333.6 / (3.6 * 20.5)
    assert model.idle(ice, warms / 2.0, UNIT).temperature == pytest.approx(20.0 - 60.0 * (20.5 / 60.0) ** 0.5)
    half = model.idle(ice, warms + melts / 2.0, UNIT)
    assert (half.temperature, half.quality["frozen"]) == pytest.approx((-0.5, 0.5))
    water = model.idle(ice, warms + melts + 1.0, UNIT)
    assert (water.temperature, water.quality["frozen"]) == pytest.approx((20.0 - 20.5 * exp(-3.6 / 4.187), 0.0))
    assert play(model, water).hours > play(model, half).hours > play(model, ice).hours


def test_a_dryer_that_has_lost_its_vacuum_freezes_again_and_tells_how_warm_it_got() -> None:
    """At a shelf that is always as warm, 2 h of freezing are 2 h; 1 h in a room of 20 °C is half of the way there."""
    words = {"shelf": -10.0, "shelf_at_first": -10.0, "critical": -15.0}
    model, vials = Lyophilisation(refreezes=2.0, **words), Charge(100.0, temperature=-40.0)
    late, rest = later(model, vials, 0.5, 1.0)
    assert late == pytest.approx(2.0, abs=1e-6)
    assert (rest.broken, rest.charge.mass) == ("", pytest.approx(play(model, vials).charge.mass, rel=1e-6))
    warm = Lyophilisation(refreezes=2.0, **words, halt=ROOM)
    late, rest = later(warm, vials, 0.5, 1.0)
    assert late == pytest.approx(2.0, abs=1e-6)
    assert rest.broken == "product below -15 °C"
    inside = play(warm, vials).profile
    assert inside is not None
    before = inside(5.0)
    assert rest.quality["warmest"] > -15.0
    assert warm.idle(before, 1.0, UNIT).temperature == pytest.approx((before.temperature + 20.0) / 2.0)


def test_viruses_die_on_in_a_halt_and_product_aggregates() -> None:
    """15 min of acid, a hold of 1 h, 15 min of base: shut for half an hour in the hold it ends at the same hour.

    Shut for 2 h after 30 min, the hold is over by then, and 2 h of 0.03 1/h turn monomer into aggregate.
    """
    model = ViralInactivation(halt={"decays": {"monomer": {"into": "aggregate", "rate": 0.03}}})
    pool = Charge(500.0, 500.0, quality={"titre": 12.0, "monomer": 1.0})
    whole = play(model, pool)
    assert whole.hours == pytest.approx(1.5)
    late, rest = later(model, pool, 1.0 / 3.0, 0.5)
    assert late + 0.5 == pytest.approx(0.0, abs=1e-9)
    assert rest.charge.quality["lrv"] == pytest.approx(whole.charge.quality["lrv"], rel=1e-9)
    late, rest = later(model, pool, 1.0 / 3.0, 2.0)
    assert rest.hours == pytest.approx(0.25)
    assert rest.charge.quality["aggregate"] == pytest.approx(1.0 - exp(-0.06))
    late, rest = later(model, pool, 0.05, 1.0)  # as the acid comes, viruses wait for it
    assert late == pytest.approx(0.0, abs=1e-9)


def test_a_pan_that_has_cooled_down_warms_up_before_it_sprays_on() -> None:
    """Air of 60 °C takes it from where it is back to where it was: ln((Tr - T) / (Tr - T0)) / rate, its own balance."""
    cores = Charge(110.0, composition={"statin": 0.05, "lactose": 0.95})
    pan = PanCoating(gain=0.03, halt=ROOM)
    whole = play(pan, cores)
    assert whole.profile is not None
    before = whole.profile(0.5 * whole.hours)
    late, rest = later(pan, cores, 0.5, 1.0)
    was, now = before.temperature, 20.0 + (before.temperature - 20.0) / 2.0
    goes, rate = pan.rests(110.0, 60.0, 0.0)
    assert late == pytest.approx(
        log((goes - now) / (goes - was)) / rate, rel=0.02
    )  # heat of the film is none of its own
    assert rest.charge.quality["weight gain"] == pytest.approx(0.03)
    assert rest.charge.mass == pytest.approx(whole.charge.mass, rel=1e-9)


def test_a_vessel_that_has_cooled_down_is_steamed_anew() -> None:
    """In the hold, at 121.5 °C, 1 h brings it to 70.75 °C; 50.75 K at 2 K/min are 25.375 min, and all of the hold."""
    model = Sterilisation(halt=ROOM)
    whole = play(model, Charge(1.0, temperature=21.5))
    assert whole.profile is not None
    heats = 100.0 / 2.0 / 60.0
    at = heats + 0.1
    late, rest = later(model, Charge(1.0, temperature=21.5), at / whole.hours, 1.0)
    assert late == pytest.approx(0.1 + 50.75 / 2.0 / 60.0, abs=1e-9)
    assert rest.charge.quality["f0"] == pytest.approx(whole.charge.quality["f0"], rel=1e-9)
    cools = heats + 0.5 + 0.5  # at 91.5 °C, and after the halt at 55.75 °C
    late, _ = later(model, Charge(1.0, temperature=21.5), cools / whole.hours, 1.0)
    assert late == pytest.approx(-35.75 / 60.0, abs=1e-9)


def test_a_still_that_has_cooled_down_is_heated_up_again() -> None:
    """Half of the way from 65 to 20 °C: 42.5 °C; m c / UA ln((110 - 42.5) / (110 - 65)) to the boil."""
    words = {"removes": "methanol", "until": 0.1, "volatility": {"methanol": 3.0, "water": 1.0}}
    pot = Charge(1000.0, 1200.0, 65.0, {"API": 0.1, "methanol": 0.6, "water": 0.3})
    still = Distillation(**words, halt=ROOM)
    whole = play(still, pot)
    assert whole.profile is not None
    mass = whole.profile(0.5 * whole.hours).mass
    late, rest = later(still, pot, 0.5, 1.0)
    assert late == pytest.approx(mass * 2.5 / (300.0 * 6.0 * 3.6) * log(67.5 / 45.0), rel=1e-9)
    assert rest.charge.composition == pytest.approx(dict(whole.charge.composition), rel=1e-6)


def test_reactants_react_on_in_a_halt() -> None:
    """At 40 °C throughout, an hour halted is an hour reacted: it ends an hour of work earlier, with the same charge."""
    flask = Charge(100.0, 100.0, 40.0, {"A": 0.033, "B": 0.0165, "solvent": 0.9505})
    model = ConsecutiveReactions(conversion=0.98, halt={"settles": 1e9})
    whole = play(model, flask)
    hours = 0.25 * whole.hours
    late, rest = later(model, flask, 0.5, hours)
    assert late + hours == pytest.approx(0.0, abs=1e-6)
    assert rest.charge.composition == pytest.approx(dict(whole.charge.composition), rel=1e-6)


def test_a_word_of_a_halt_that_is_wrong_is_said() -> None:
    for words, said in (
        ({"half": 0.0}, "must be more than 0 h"),
        ({"decays": {"assay": {"energy": 1.0}}}, "rate"),
        ({"drifts": {"moisture": {"to": float("nan"), "half": 1.0}}}, "finite number"),
        ({"warms": 1.0}, "warms"),
    ):
        with pytest.raises(ValueError, match=said):
            TrayDrying(until=0.02, halt=words)


LAYOUT = """plantsim: 1
name: one oven
units: {o: {kind: oven}}
products:
  p:
    batch: 60 kg
    charge: {temperature: 60 degC, quality: {moisture: 30 %, assay: 1}}
    steps:
      dry:
        on: oven
        model: {use: TrayDrying, until: 2 %, temperature: 60 degC, halt: {half: 90 min, room: 20 degC, back: 40,
                drifts: {moisture: {to: 35 %, half: 1 d}}, decays: {assay: {into: acid, rate: 0.01 1/h}}}}
orders: {o: {product: p, batches: 2}}
"""


def test_a_file_says_what_a_halt_does_and_reads_it_back(tmp_path: Path) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(LAYOUT, encoding="utf-8")
    scenario = read_layout(file)
    halt = scenario.products["p"].steps["dry"].model.halt
    assert (halt.half, halt.room, halt.drifts["moisture"].to, halt.drifts["moisture"].half) == (1.5, 20.0, 0.35, 24.0)
    assert (halt.decays["assay"].into, halt.decays["assay"].rate) == ("acid", 0.01)
    file.write_text(to_yaml(scenario), encoding="utf-8")
    assert read_layout(file) == scenario


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("half: 90 min", "half: 0 h", "model.halt.half: must be more than 0 h, got '0 h'"),
        ("back: 40", "bak: 40", "model.halt.bak: unknown word 'bak'; did you mean 'back'?"),
        ("to: 35 %, ", "", "model.halt.drifts.moisture: Drift needs 'to': number at rest"),
        ("rate: 0.01 1/h", "rate: 5 min", "decays.assay.rate: '5 min' is a time, expected something like '10 1/h'"),
        ("into: acid, ", "energy: -1, ", "decays.assay.energy: expected a number, got -1: of activation [J/mol]"),
    ],
)  # fmt: skip
def test_what_a_file_says_wrong_of_a_halt_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(LAYOUT.replace(old, new), encoding="utf-8")
    told = "\n".join(f"{'.'.join(map(str, fault.path))}: {fault.text}" for fault in layout_faults(file))
    assert said in told


def test_the_future_is_equal_before_in_and_after_a_halt_that_costs() -> None:
    """Shut twice, the second time while what has cooled down is being brought back."""
    example = EXAMPLES["TrayDrying"]
    hours = play(example.model, example.charge).hours
    halt = {**ROOM, "back": 40.0, "settles": 4.0, "stirs": 2.0, "drifts": {"moisture": {"to": 0.3, "half": 5.0}}}
    model = type(example.model)(**example.words, temperature=60.0, halt=halt)
    shut = closing((hours / 2.0, hours / 2.0 + 1.0), (hours / 2.0 + 1.2, hours / 2.0 + 2.0))
    scenario = example.plant(model, **shut)
    rows = run_of(scenario)
    assert [row[7] for row in rows if row[1] == "outcome"] == ["", "halt", "halt"]
    for time in sorted({row[0] + more for row in rows for more in (0, 1234)}):
        assert run_of(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]

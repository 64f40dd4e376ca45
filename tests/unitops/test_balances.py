"""What no operation may lose, or make, of whatever charge: found by hypothesis, in the midst of it and at its end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitops.halting import play

from plantsim.contracts import Charge, Outcome
from plantsim.unitops import operation
from plantsim.unitops.fluid_bed import CA, CV, CW, R0, FluidBedDrying

FEW = settings(max_examples=10, deadline=None)
PARTS, MASSES = st.floats(0.0, 1.0), st.floats(1.0, 500.0)


def during(found: Outcome, part: float) -> list[Charge]:
    """The charge after a part of the time, and at the end."""
    assert found.profile is not None
    return [found.profile(part * found.hours), found.charge]


@pytest.mark.parametrize("name", ["FluidBedDrying", "TrayDrying"])
@FEW
@given(MASSES, st.floats(0.05, 0.5), PARTS)
def test_a_dryer_keeps_what_is_dry(name: str, solid: float, wet: float, part: float) -> None:
    share = 1.0 / (1.0 + wet)
    parts = {"API": 0.3 * share, "lactose": 0.7 * share, "water": 1.0 - share}
    charge = Charge(solid * (1.0 + wet), temperature=25.0, composition=parts, quality={"moisture": wet})
    for now in during(play(operation(name)(until=0.02), charge), part):
        assert now.mass * now.composition["API"] == pytest.approx(0.3 * solid, rel=1e-9)
        assert now.mass * now.composition["lactose"] == pytest.approx(0.7 * solid, rel=1e-9)
        assert now.mass == pytest.approx(solid * (1.0 + now.quality["moisture"]), rel=1e-9)


@FEW
@given(MASSES, st.floats(0.01, 0.2), PARTS)
def test_primary_drying_takes_no_more_than_the_ice(mass: float, solid: float, part: float) -> None:
    """A mL with s g of a solute of 1.5 g/mL has 1 - s / 1.5 g of water, so that s of s + 1 - s / 1.5 stay."""
    inside, end = during(play(operation("Lyophilisation")(solid=solid), Charge(mass)), part)
    assert end.mass == pytest.approx(mass * solid / (solid + 1.0 - solid / 1.5), rel=1e-6)
    gone = (mass - inside.mass) / (mass - end.mass)
    assert gone == pytest.approx(inside.quality["dried"], abs=1e-6)


@FEW
@given(st.floats(0.01, 1.0), st.floats(0.5, 20.0), st.floats(0.001, 0.2), PARTS)
def test_a_fed_batch_makes_cells_of_substrate_alone(cells: float, substrate: float, feed: float, part: float) -> None:
    start = Charge(1.0, 1.0, quality={"cells": cells, "substrate": substrate, "titre": 0.0})
    found = play(operation("FedBatch")(lasts=30.0, feed=feed), start)
    for now, hours in zip(during(found, part), (part * found.hours, found.hours), strict=True):
        gone = substrate + 10.0 * feed * hours - now.quality["substrate"] * now.volume
        made = now.quality["cells"] * now.volume - cells
        assert made == pytest.approx(0.5 * gone, rel=1e-6, abs=1e-7)
        assert now.quality["titre"] * now.volume == pytest.approx(0.2 * made, rel=1e-6, abs=1e-7)
        assert now.mass == pytest.approx(1.0 + feed * hours, rel=1e-9)


@FEW
@given(st.floats(0.01, 0.1), st.floats(0.01, 0.1), PARTS)
def test_reactions_keep_the_groups_of_a_and_b(a: float, b: float, part: float) -> None:
    """C is A + B and D is A + C: A + C + 2 D and B + C + D stay, of 100, 50, 150 and 250 g/mol."""
    pot = Charge(100.0, 100.0, 40.0, {"A": a, "B": b, "S": 1.0 - a - b})
    for now in during(play(operation("ConsecutiveReactions")(conversion=1.0, at_most=2.0), pot), part):
        mol = {name: now.composition[name] / weight for name, weight in zip("ABCD", (100, 50, 150, 250), strict=True)}
        assert mol["A"] + mol["C"] + 2.0 * mol["D"] == pytest.approx(a / 100.0, rel=1e-8)
        assert mol["B"] + mol["C"] + mol["D"] == pytest.approx(b / 50.0, rel=1e-8)
        assert sum(now.composition.values()) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["Freezing", "Sterilisation"])
@FEW
@given(MASSES, PARTS)
def test_what_is_only_cooled_or_warmed_keeps_its_mass(name: str, mass: float, part: float) -> None:
    charge = Charge(mass, mass, 21.0, {"API": 0.1, "water": 0.9})
    for now in during(play(operation(name)(), charge), part):
        assert (now.mass, now.composition) == (mass, charge.composition)


@FEW
@given(MASSES, PARTS)
def test_secondary_drying_takes_water_alone(mass: float, part: float) -> None:
    """What is gone is what the moisture tells."""
    start = Charge(mass, temperature=25.0)
    found = play(operation("SecondaryDrying")(), start)
    assert found.profile is not None
    first, inside, end = found.profile(0.0), *during(found, part)
    dry = [now.mass / (1.0 + now.quality["moisture"]) for now in (first, inside, end)]
    assert dry == pytest.approx([dry[0]] * 3, rel=1e-9)
    assert end.mass <= inside.mass <= first.mass


# ---- heat ------------------------------------------------------------------------------------------------------------


def drawn(found: Outcome, utility: str) -> float:
    """What is drawn of a utility in all; the last rate goes on to the end."""
    flow = (*found.draws.get(utility, ()), (found.hours, 0.0))
    return sum(rate * (then - at) for (at, rate), (then, _) in pairwise(flow))


@FEW
@given(st.floats(50.0, 200.0), st.floats(0.1, 0.4), st.floats(800.0, 3000.0), st.floats(50.0, 90.0))
def test_a_bed_takes_up_the_heat_that_its_air_gives(solid: float, wet: float, air: float, inlet: float) -> None:
    """What the air has given up has evaporated water and warmed the bed, summed over 400 pieces of the run.

    Of the bed (cs + X cw) T, of the vapour r0 + cv T as it leaves.
    """
    bed = FluidBedDrying(until=0.02, air_flow=air, inlet_temperature=inlet)
    found = play(bed, Charge(solid * (1.0 + wet), temperature=25.0, quality={"moisture": wet}))
    assert found.profile is not None
    states = [found.profile(found.hours * k / 400) for k in range(401)]
    wets, warms = [each.quality["moisture"] for each in states], [each.temperature for each in states]
    given_up = sum(air * (CA + CV * 0.008) * (inlet - (a + b) / 2.0) * found.hours / 400 for a, b in pairwise(warms))
    left = sum(
        (before - after) * solid * (R0 + CV * (a + b) / 2.0)
        for (before, after), (a, b) in zip(pairwise(wets), pairwise(warms), strict=True)
    )
    stored = [solid * (1.2 + CW * wet) * warm for wet, warm in zip(wets, warms, strict=True)]
    assert given_up == pytest.approx(left + stored[-1] - stored[0], rel=1e-3)


@FEW
@given(st.floats(300.0, 3000.0), st.floats(0.3, 0.8), st.floats(0.05, 0.25), st.floats(15.0, 64.0))
def test_steam_heats_a_still_and_boils_it(mass: float, light: float, until: float, warm: float) -> None:
    """2133 kJ a kg of steam: m c (Tb - T), and r for each kg that has boiled off, which chilled water takes up."""
    words = {"removes": "methanol", "until": until, "volatility": {"methanol": 3.0, "water": 1.0}}
    pot = Charge(mass, 0.0, warm, {"API": 0.1, "methanol": 0.9 * light, "water": 0.9 * (1.0 - light)})
    found = play(operation("Distillation")(**words), pot)
    boiled = 900.0 * (mass - found.charge.mass)
    assert 2133.0 * drawn(found, "steam") == pytest.approx(mass * 2.5 * (65.0 - warm) + boiled, rel=1e-9)
    assert 4.187 * 6.0 * drawn(found, "chilled water") == pytest.approx(boiled, rel=1e-9)


@FEW
@given(st.floats(20.0, 500.0), st.floats(0.05, 0.6), st.floats(45.0, 90.0))
def test_steam_dries_under_vacuum(solid: float, wet: float, jacket: float) -> None:
    """2133 kJ a kg of steam are 2350 kJ for each kg that evaporates."""
    share = 1.0 / (1.0 + wet)
    cake = Charge(solid * (1.0 + wet), 0.0, 20.0, {"API": share, "water": 1.0 - share}, {"moisture": wet})
    found = play(operation("VacuumDrying")(until=0.01, jacket=jacket), cake)
    assert 2133.0 * drawn(found, "steam") == pytest.approx(2350.0 * (cake.mass - found.charge.mass), rel=1e-9)


@FEW
@given(st.floats(1.0, 200.0), st.floats(2.0, 40.0), st.floats(3.0, 20.0), st.floats(0.5, 1.0), st.floats(-70.0, -46.0))
def test_cold_takes_the_heat_of_cooling_and_of_freezing(
    mass: float, warm: float, depth: float, water: float, shelf: float
) -> None:
    """4.187 kJ/kg/K down to -10 °C; the ice that forms there warms the layer up to -0.5 °C, by that much of its heat.

    The rest of 333.6 kJ/kg of water, and 2.05 kJ/kg/K down to -40 °C, are taken by the shelf, too.
    """
    found = play(operation("Freezing")(depth=depth, water=water, shelf=shelf), Charge(mass, temperature=warm))
    liquid, ice = 4.187 * (warm + 10.0), 2.05 * (-0.5 + 40.0)
    freezing = water * 333.6 - 4.187 * 9.5
    assert 1.5 * 3600.0 * drawn(found, "power") == pytest.approx(mass * (liquid + freezing + ice), rel=1e-6)


@FEW
@given(st.floats(0.0, 3000.0), st.floats(10.0, 60.0), st.floats(0.0, 20.0))
def test_steam_heats_a_vessel_and_makes_up_for_its_losses(mass: float, warm: float, loses: float) -> None:
    """2199 kJ for each kg: steel and water up to 121.5 °C, and what is lost until it cools down."""
    found = play(operation("Sterilisation")(loses=loses), Charge(mass, temperature=warm))
    cooling = (121.5 - 40.0) / 60.0
    heat = (1500.0 * 0.5 + mass * 4.187) * (121.5 - warm) + loses * 3600.0 * (found.hours - cooling)
    assert 2199.0 * drawn(found, "clean steam") == pytest.approx(heat, rel=1e-9)


@FEW
@given(st.floats(0.05, 0.3), st.floats(-20.0, 20.0), st.floats(0.3, 5.0), st.floats(0.0, 0.95))
def test_heat_through_a_vial_sublimes_its_ice(pressure: float, shelf: float, hours: float, gone: float) -> None:
    """Kv Av (Tsh - Tb) = dHs dm/dt = kice Ap (Tb - Ts) / (L0 - L), in cal/h."""
    model = operation("Lyophilisation")(pressure=pressure, shelf=shelf)
    flow, front, bottom = model.flow(hours, gone * model.depth)
    transfer = 2.75e-4 + 8.93e-4 * pressure / (1.0 + 0.46 * pressure)
    through = transfer * 3.8 * (min(shelf, -35.0 + 60.0 * hours) - bottom) * 3600.0
    along = 0.0059 * 3.14 * (bottom - front) / ((1.0 - gone) * model.depth) * 3600.0
    assert (through, along) == pytest.approx((678.0 * flow, 678.0 * flow), rel=1e-6)


@FEW
@given(st.floats(1.0, 8.0), st.floats(0.01, 0.2), st.floats(0.1, 0.6))
def test_chilled_water_takes_the_heat_of_breath_and_stirrer(cells: float, power: float, breath: float) -> None:
    """460 kJ for each mol of oxygen (32 g), and 3600 kJ for each kWh; chilled water warms up by 5 K."""
    vessel = Charge(3500.0, 3500.0, 36.5, quality={"cells": cells, "glucose": 40.0, "glutamine": 6.0})
    found = play(operation("CellCulture")(lasts=72.0, power=power, breath=breath), vessel)
    heat = 460.0 * drawn(found, "oxygen") / 0.032 + 3600.0 * drawn(found, "power")
    assert 4.187 * 5.0 * drawn(found, "chilled water") == pytest.approx(heat, rel=1e-6)

"""What no operation may lose, or make, of whatever charge: found by hypothesis, in the midst of it and at its end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitops.halting import play

from plantsim.contracts import Charge, Outcome
from plantsim.unitops import operation

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
    """Of 2 mL with a solute of 1.5 g/mL, 2 (1 - s / 1.5) g are water: s / 1.5 of the mass stay."""
    inside, end = during(play(operation("Lyophilisation")(solid=solid), Charge(mass)), part)
    assert end.mass == pytest.approx(mass * solid / 1.5, rel=1e-6)
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

"""A stirred reactor with a jacket: published sets, identities, an independent solver, and balances."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, isclose, log, nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge, Flow
from plantsim.layout import layout_faults, read_layout, to_yaml
from plantsim.unitops.duties import PER_UNIT
from plantsim.unitops.reactor import Reactor
from plantsim.unitops.stoichiometry import Reaction, sides

WEIGHTS = {"A": 100.0, "B": 50.0, "C": 150.0, "D": 250.0}
MAIN: dict[str, Any] = {"equation": "A + B -> C", "k0": 2.654e4, "energy": 4e4}
SIDE: dict[str, Any] = {"equation": "A + C -> D", "k0": 5.3e2, "energy": 3e4}
BOTH = {"main": MAIN, "side": SIDE}
FLASK = Charge(100.0, 100.0, 40.0, {"A": 0.033, "B": 0.0165, "S": 0.9505})
FIRST: dict[str, Any] = {"main": {"equation": "A -> B", "k0": 4e7, "energy": 7.5e4, "heat": -1.2e5}}
POT = Charge(1000.0, 1000.0, 20.0, {"A": 0.3, "S": 0.7})
SAME = {"A": 100.0, "B": 100.0}


def reactor(**words: Any) -> Reactor:
    return Reactor(**{"reactions": BOTH, "weights": WEIGHTS, "key": "A", "temperature": 40.0, **words})


def exothermic(**words: Any) -> Reactor:
    return Reactor(**{"reactions": FIRST, "weights": SAME, "key": "A", "temperature": 60.0, **words})


def moles(charge: Charge, name: str, weight: float) -> float:
    return 1000.0 * charge.mass * charge.composition[name] / weight / charge.volume


def added(flow: Flow, hours: float) -> float:
    ends = [at for at, _ in flow[1:]] + [hours]
    return sum(rate * (end - at) for (at, rate), end in zip(flow, ends, strict=True))


def test_the_demonstration_set_at_one_temperature() -> None:
    """PharmaPy's flowsheet test after an hour at 40 °C: A .002312, B .103639, C .125034, D .101327 mol/L.

    It takes R as 8.314 J/mol/K, which is told here by energies that are as much larger as our R is.
    """
    same = {name: {**each, "energy": each["energy"] * 8.314462618 / 8.314} for name, each in BOTH.items()}
    done = play(reactor(reactions=same, hold=1.0), FLASK).charge
    found = [moles(done, name, weight) for name, weight in WEIGHTS.items()]
    assert found == pytest.approx([0.002312, 0.103639, 0.125034, 0.101327], abs=2e-6)


def test_the_best_temperature_of_a_batch() -> None:
    """R5: the batch of Cott and Macchietto, within 0.1 %: most C, 6.5126, at 92.46 °C.

    ln k1 = 20.9057 - 1e4 / T, ln k2 = 38.9057 - 1.7e4 / T (per min), 12 mol/L each, 120 min. The rates are recalled,
    not read; the optimum has been computed twice.
    """

    def made(celsius: float) -> float:
        k = {"main": (20.9057, 1e4, "A + B -> C"), "side": (38.9057, 1.7e4, "A + C -> D")}
        reactions = {n: {"equation": e, "k0": exp(a) / 60.0, "energy": b * 8.314462618} for n, (a, b, e) in k.items()}
        model = Reactor(
            reactions=reactions, weights={"A": 30.0, "B": 30.0, "C": 60.0, "D": 90.0}, key="A",
            temperature=celsius, hold=2.0,
        )  # fmt: skip
        start = Charge(1000.0, 1000.0, celsius, {"A": 0.36, "B": 0.36, "S": 0.28})
        return moles(play(model, start).charge, "C", 60.0)

    best = made(92.46)
    assert best == pytest.approx(6.5126, rel=1e-3)
    assert best > max(made(91.5), made(93.5))


def test_without_cooling_it_rises_by_the_adiabatic_rise() -> None:
    """3 mol/kg x 120 kJ/mol / 2 kJ/kg/K are 180 K, which MTSR tells at the start: 60 + 180 = 240 °C."""
    alone = {"area": 1e-9, "medium_flow": 1e-9, "jacket": 1e-6}
    found = play(exothermic(hold=40.0, **alone), replace(POT, temperature=60.0))
    assert found.charge.temperature == pytest.approx(240.0, abs=1e-3)
    assert found.quality["mtsr"] == pytest.approx(240.0, abs=1e-3)
    assert found.quality["hottest"] == pytest.approx(found.charge.temperature, abs=1e-6)
    cooled = play(
        exothermic(hold=1.0), replace(POT, temperature=60.0)
    )  # cooling takes from it, so the first is the most
    assert cooled.quality["mtsr"] == pytest.approx(240.0, abs=1e-6)
    assert cooled.quality["hottest"] < 70.0


def test_a_first_order_reaction_held_at_a_temperature() -> None:
    """At steady temperature 98 % take ln 50 / k, without heat; k = 4e7 exp(-75000 / R 333.15) a second."""
    cool = {"main": {**FIRST["main"], "heat": 0.0}}
    found = play(exothermic(reactions=cool, conversion=0.98), replace(POT, temperature=60.0))
    k = 3600.0 * 4e7 * exp(-7.5e4 / (8.314462618 * 333.15))
    assert found.hours == pytest.approx(log(50.0) / k, rel=1e-6)


def test_an_exothermic_batch_against_another_solver() -> None:
    """The same equations, written out by hand and solved by a Runge-Kutta method of order 8: the same hour, 1e-7."""
    from scipy.integrate import solve_ivp

    model = exothermic(conversion=0.98)

    def slope(_: float, y: Any) -> list[float]:
        a, warm, jacket = y
        rate = 3600.0 * 4e7 * exp(-7.5e4 / (8.314462618 * (warm + 273.15))) * a  # mol/kg/h, at 1 kg/L
        inlet = min(max(60.0 + 10.0 * (60.0 - warm), -10.0), 130.0)
        wall = 300.0 * 6.0 * 3.6 * (warm - jacket)
        return [
            -rate,
            (120.0 * rate * 1000.0 - wall) / 2000.0,
            (15000.0 * 3.6 * (inlet - jacket) + wall) / (400.0 * 3.6),
        ]

    def done(_: float, y: Any) -> float:
        return float(y[0]) - 0.06

    done.terminal = True  # type: ignore[attr-defined]
    other: Any = solve_ivp(slope, (0.0, 48.0), [3.0, 20.0, 20.0], "DOP853", events=[done], rtol=1e-11, atol=1e-12)
    found = play(model, POT)
    assert found.hours == pytest.approx(other.t[-1], rel=1e-7)
    assert found.quality["hottest"] == pytest.approx(max(other.y[1]), abs=0.1)
    assert found.quality["hottest"] > 60.5


@pytest.mark.parametrize("words", [{}, {"cooled": 25.0, "temperature": 70.0, "hold": 0.5}, {"gain": 30.0}])
def test_the_worst_is_told_though_the_controller_swings(words: dict[str, Any]) -> None:
    """Heated up it swings about the set point, for minutes in an hour: 4,000 looks at the profile find no higher one.

    The steepest is told apart by differences of those looks, which are right to a hundredth.
    """
    found = play(exothermic(**{"conversion": 0.9, **words}), POT)
    assert found.profile is not None
    hours = [found.hours * k / 4000.0 for k in range(4001)]
    warm = [found.profile(at).temperature for at in hours]
    assert found.quality["hottest"] == pytest.approx(max(warm), abs=5e-3)
    assert found.quality["hottest"] > words.get("temperature", 60.0) + 1.0
    steep = max(abs(b - a) for a, b in pairwise(warm)) / hours[1]
    assert found.quality["steepest"] == pytest.approx(steep, rel=1e-2)


@settings(max_examples=10)
@given(st.floats(0.02, 0.3), st.floats(-1.5e5, 5e4), st.floats(1.0, 20.0), st.floats(0.3, 3.0), st.floats(0.0, 1.0))
def test_mass_components_and_heat_balance(a: float, heat: float, area: float, feed: float, share: float) -> None:
    """What the medium gives, the reaction and the feed bring is what vessel and jacket have more at the end."""
    model = Reactor(
        reactions={"main": {"equation": "A + 2 B -> C", "k0": 0.02, "energy": 2e4, "heat": heat}},
        weights={"A": 100.0, "B": 50.0, "C": 200.0}, key="A", temperature=50.0, hold=0.5, cooled=25.0, at_most=4.0,
        feed={"B": a}, feed_time=feed, feed_temperature=10.0, area=area, stirrer=2.0,
    )  # fmt: skip
    start = Charge(500.0, 550.0, 20.0, {"A": a, "S": 1.0 - a})
    whole = play(model, start)
    assert whole.profile is not None
    now = whole.profile(share * whole.hours)
    end, fed = whole.charge, (whole.charge.mass / 500.0 - 1.0) / a
    for each in (now, end):
        in_so_far = each.mass - 500.0
        part = {name: each.mass * x for name, x in each.composition.items()}
        assert part["S"] == pytest.approx(500.0 * (1.0 - a), rel=1e-9)
        assert part["A"] / 100.0 + part["C"] / 200.0 == pytest.approx(5.0 * a, rel=1e-9)
        assert part["B"] / 50.0 + part["C"] / 100.0 == pytest.approx(in_so_far / 50.0, rel=1e-9, abs=1e-9)
    got = {name: added(flow, whole.hours) * PER_UNIT[name] for name, flow in whole.draws.items() if name in PER_UNIT}
    reacted = 1000.0 * end.mass * end.composition["C"] / 200.0
    brought = got.get("steam", 0.0) - got.get("glycol", 0.0) - heat / 1000.0 * reacted + 2.0 * 3600.0 * whole.hours
    brought += 500.0 * a * fed * 2.0 * 10.0
    jacket = whole.profile(whole.hours).quality["jacket temperature"]
    kept = 2.0 * (end.mass * end.temperature - 500.0 * 20.0) + 400.0 * 3.6 * (jacket - 20.0)
    assert isclose(brought, kept, rel_tol=1e-5, abs_tol=1e-5 * sum(got.values()))


def test_it_is_halted_anywhere() -> None:
    """In heating, feeding, reacting and cooling; and what it must remember is forgotten at its end."""
    batch = exothermic(conversion=0.98, hold=0.5, cooled=25.0)
    assert ends_at_the_same_hour(batch, POT).charge.quality == {}
    semi = reactor(
        reactions={"main": {**MAIN, "heat": -9e4}, "side": SIDE}, feed={"B": 0.016}, conversion=0.97, cooled=20.0
    )
    pot = Charge(1000.0, 1100.0, 20.0, {"A": 0.033, "S": 0.967}, {"assay": 0.99})
    found = ends_at_the_same_hour(semi, pot)
    assert found.charge.mass == pytest.approx(1016.0, rel=1e-12)
    assert found.profile is not None
    for share in (0.02, 0.3, 0.8, 0.95):
        rest = play(semi, found.profile(share * found.hours))
        assert share * found.hours + rest.hours == pytest.approx(found.hours, abs=1e-6)
        assert rest.quality == pytest.approx(found.quality, rel=1e-4)


def test_more_surface_and_warmer_is_faster_and_what_never_ends_is_late() -> None:
    dead = {"main": {**FIRST["main"], "k0": 1e-30}}
    assert play(exothermic(reactions=dead, area=12.0), POT).hours < play(exothermic(reactions=dead), POT).hours
    usual = play(exothermic(conversion=0.9), POT)
    assert play(exothermic(conversion=0.9, temperature=70.0), POT).hours < usual.hours
    warm = replace(POT, temperature=60.0)  # so that no heating up goes beyond the set point, which more surface does
    more, less = (play(exothermic(conversion=0.9, area=area), warm).quality["hottest"] for area in (12.0, 6.0))
    assert 60.0 < more < less - 0.5
    found = play(exothermic(reactions=dead, conversion=0.9, at_most=3.0), POT)
    assert (found.hours, found.late) == (3.0, "conversion 0.9")
    assert play(exothermic(temperature=160.0, at_most=2.0, reactions=dead), POT).late == "set point 160 degC"
    assert play(exothermic(hold=3.0, at_most=2.0), POT).late == "hold"
    assert play(exothermic(cooled=-20.0, at_most=5.0), POT).late == "cooled to -20 degC"


def test_a_slower_feed_leaves_less_to_accumulate() -> None:
    """The faster the feed, the more could still react: MTSR falls with the feed's time, and so does the peak."""
    hot = {"main": {"equation": "A + B -> C", "k0": 2.654e3, "energy": 4e4, "heat": -2e5}}
    pot = Charge(1000.0, 1000.0, 40.0, {"A": 0.1, "S": 0.9})
    words = {"reactions": hot, "feed": {"B": 0.05}, "conversion": 0.95}
    fast, slow = (play(reactor(feed_time=hours, **words), pot) for hours in (0.2, 6.0))
    assert fast.quality["mtsr"] > slow.quality["mtsr"] + 5.0
    assert fast.quality["hottest"] > slow.quality["hottest"]
    assert slow.hours > fast.hours
    told = play(reactor(feed_time=0.2, hottest=41.0, **words), pot)
    assert (told.late, told.broken, told.hours) == ("", "at most 41 degC", fast.hours)
    assert play(reactor(feed_time=0.2, steepest=30.0, **words), pot).broken == "a change of at most 30 K/h"
    both = play(reactor(feed_time=0.2, steepest=30.0, hottest=41.0, **words), pot)
    assert both.broken == "at most 41 degC and a change of at most 30 K/h"


def test_equations_are_read() -> None:
    assert sides("2 A + B -> C + 0.5 D") == ({"A": 2.0, "B": 1.0}, {"C": 1.0, "D": 0.5})
    assert Reaction(equation="A -> 2 A", k0=1.0).changes == {"A": 1.0}
    for wrong in ("A + B", "-> C", "A + B = C", "A B -> C"):
        with pytest.raises(ValueError, match=r"in 'A B -> C'|expected an equation such as"):
            sides(wrong)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"weights": {"A": 100.0, "B": 50.0, "C": 150.0}}, "needs the molar mass of 'D', which reacts"),
        ({"weights": {**WEIGHTS, "D": 200.0}}, "mass is not kept in 'A \\+ C -> D' with these molar masses"),
        ({"reactions": {}}, "needs at least one reaction"),
        ({"temperature": nan}, "must be a finite number"),
    ],
)
def test_a_reactor_that_can_not_be_is_told(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reactor(**words)


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        (replace(FLASK, volume=0.0), "a reaction needs the mass and volume of the charge"),
        (replace(FLASK, composition={"S": 1.0}), "the charge has no component 'A'; it has S"),
        (replace(FLASK, mass=nan), "the mass of a charge must be a number"),
        (
            replace(FLASK, temperature=400.0, composition={"A": 0.5, "water": 0.5}),
            "there is no liquid water at 400 degC",
        ),
    ],
)
def test_a_charge_that_can_not_react_is_told(charge: Charge, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        play(reactor(), charge)
    with pytest.raises(ValueError, match="needs the molar mass of 'X' among its weights"):
        play(reactor(key="X"), FLASK)


LAYOUT = """plantsim: 1
name: one reactor
units: {r: {kind: reactor}}
products:
  p:
    batch: 100 kg
    charge: {volume: 100 L, composition: {A: 0.1, S: 0.9}}
    steps:
      react:
        on: r
        model: {use: Reactor, reactions: {main: {equation: A -> B, k0: 0.001}}, weights: {A: 100, B: 100},
                key: A, temperature: 40 degC, conversion: 0.9, feed time: 30 min}
orders: {o: {product: p, batches: 2}}
"""


def test_a_file_says_its_reactions_and_reads_them_back(tmp_path: Path) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(LAYOUT, encoding="utf-8")
    scenario = read_layout(file)
    assert scenario.products["p"].steps["react"].model.reactions["main"].changes == {"A": -1.0, "B": 1.0}
    file.write_text(to_yaml(scenario), encoding="utf-8")
    assert read_layout(file) == scenario


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("k0: 0.001", "k0: fast", "main.k0: expected a number, got 'fast': rate constant before the exponential"),
        ("k0: 0.001", "k0: 1, hat: 3", "main.hat: unknown word 'hat'; did you mean 'heat'?"),
        ("A -> B, k0: 0.001", "A -> B", "main: Reaction needs 'k0': rate constant before the exponential [mol, L, s]"),
        ("A -> B", "A B", "main.equation: expected an equation such as 'A + 2 B -> C', got 'A B'"),
        ("B: 100}", "B: 90}", "model.weights: mass is not kept in 'A -> B' with these molar masses"),
        ("B: 100}", "B: -1}", "model.weights.B: expected a number, got -1"),
    ],
)
def test_what_a_file_says_wrong_of_a_reaction_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "plant.yaml"
    file.write_text(LAYOUT.replace(old, new), encoding="utf-8")
    told = "\n".join(f"{'.'.join(map(str, fault.path))}: {fault.text}" for fault in layout_faults(file))
    assert said in told

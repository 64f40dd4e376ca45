"""A packaging line: its pace between none and much accumulation, its mass, and that it can be halted anywhere."""

from __future__ import annotations

import random
from math import exp, inf, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitops.halting import ends_at_the_same_hour, play

from plantsim.contracts import Charge, Equipment
from plantsim.layout import layout_faults, read_layout, to_yaml
from plantsim.unitops.packaging import Machine, Packaging

LOT = Charge(109.44)  # 960,000 tablets of 0.114 g, 32,000 packs of 30


def line(**machines: Machine) -> Packaging:
    return Packaging(tablet=114e-6, machines=machines, rejects=0.0)


def usual(**words: float) -> Packaging:
    """Blisters at 6,000 packs/h, which stop; a cartoner 20 % faster and a case packer 40 % faster."""
    machines = {
        "blister": Machine(packs=6000.0, stops_every=0.5, stops_last=0.05),
        "cartoner": Machine(packs=7200.0, stops_every=0.4, stops_last=0.04, covered=0.04),
        "case packer": Machine(packs=8400.0, stops_every=1.0, stops_last=0.1, covered=0.1),
    }
    return Packaging(tablet=114e-6, machines=machines, **words)  # type: ignore[arg-type]


def test_without_stops_the_slowest_machine_sets_the_pace() -> None:
    """32,000 packs at 6,000 an hour: 5 h 20 min, whatever the others could do."""
    plain = line(blister=Machine(packs=6000.0), cartoner=Machine(packs=9000.0))
    assert play(plain, LOT).hours == pytest.approx(32.0 / 6.0, rel=1e-9)
    assert play(plain, LOT).quality == {"packs": pytest.approx(32_000.0), "efficiency": pytest.approx(1.0)}


def test_a_line_without_accumulation_is_that_of_buzacott() -> None:
    """Three machines alike, up for 100 and down for 10: 1 / (1 + 3 x 0.1) = 0.76923."""
    alike = {name: Machine(packs=1000.0, stops_every=100.0, stops_last=10.0) for name in "abc"}
    assert line(**alike).rate == pytest.approx(1000.0 * 0.76923, rel=1e-5)


def test_accumulation_takes_a_stop_as_long_as_it_lasts() -> None:
    """The cartoner's 0.1 of the time and the case packer's 0.1 are felt to 1/e; the blister's 0.1 wholly.

    1 / (1 + 0.1 + 2 x 0.1 / e) = 0.8522; with accumulation without end 1 / 1.1.
    """
    assert usual().rate == pytest.approx(6000.0 / (1.1 + 0.2 / exp(1.0)), rel=1e-12)
    endless = {name: each.model_copy(update={"covered": 1e3}) for name, each in usual().machines.items()}
    assert line(**endless).rate == pytest.approx(6000.0 / 1.1, rel=1e-12)
    weak = {**endless, "cartoner": Machine(packs=6100.0, stops_every=0.4, stops_last=0.08, covered=1e3)}
    assert line(**weak).rate == pytest.approx(6100.0 / 1.2, rel=1e-12)  # it makes no more, with nobody in its way


def fluid(slow: Machine, fast: Machine, hours: float, seed: int) -> float:
    """Packs an hour of a machine that a faster one feeds over a place for `covered` hours; from event to event."""
    luck, now, level, made = random.Random(seed), 0.0, 0.0, 0.0
    machines, room = (fast, slow), fast.covered * slow.packs
    up, left = [True, True], [luck.expovariate(1.0 / each.stops_every) for each in machines if each.stops_every]
    while now < hours:
        first = fast.packs if up[0] else 0.0
        second = slow.packs if up[1] else 0.0
        if level >= room - 1e-9:
            first = min(first, second)
        if level <= 1e-9:
            second = min(first, second)
        runs = (first > 0.0, second > 0.0)  # a machine that is starved or blocked does not fail
        clocks = [left[k] if runs[k] or not up[k] else inf for k in (0, 1)]
        net = first - second
        edge = (room - level) / net if net > 1e-9 else level / -net if net < -1e-9 else inf
        step = min(*clocks, edge)
        made += second * step
        level, now = min(room, max(0.0, level + net * step)), now + step
        for k in (0, 1):
            left[k] -= step if runs[k] or not up[k] else 0.0
            if left[k] <= 1e-12:
                up[k] = not up[k]
                mean = machines[k].stops_every if up[k] else machines[k].stops_last
                left[k] = luck.expovariate(1.0 / (mean or inf))
    return made / now


@pytest.mark.parametrize(("covered", "within"), [(0.0, 0.01), (0.05, 0.02), (0.2, 0.01)])
def test_two_machines_against_a_simulation(covered: float, within: float) -> None:
    """8,000 h of a machine that is 25 % faster than the one it feeds; the accumulation is not always full in time."""
    slow = Machine(packs=6000.0, stops_every=0.5, stops_last=0.05)
    fast = Machine(packs=7500.0, stops_every=0.5, stops_last=0.05, covered=covered)
    seen = fluid(slow, fast, 8000.0, seed=1)
    assert line(fast=fast, slow=slow).rate == pytest.approx(seen, rel=within)


@given(
    mass=st.floats(1.0, 1000.0),
    packs=st.floats(500.0, 20_000.0),
    rejects=st.floats(0.0, 0.2),
    share=st.floats(0.0, 1.0),
)
def test_what_is_rejected_is_all_that_goes(mass: float, packs: float, rejects: float, share: float) -> None:
    plain = Packaging(tablet=114e-6, machines={"blister": Machine(packs=packs)}, rejects=rejects, at_most=1e6)
    lot = Charge(mass, composition={"statin": 0.05, "lactose": 0.95})
    made = play(plain, lot)
    assert made.profile is not None
    assert made.charge.mass == pytest.approx(mass * (1.0 - rejects), rel=1e-9)
    assert made.profile(share * made.hours).mass == pytest.approx(mass * (1.0 - rejects * share), rel=1e-9)
    assert made.charge.composition == lot.composition


def test_halted_it_goes_on_in_the_change_and_in_the_run() -> None:
    """0.75 h of format change, and 32,000 packs; at 10 % it is halted in the change."""
    whole = ends_at_the_same_hour(usual(format_change=0.75), LOT)
    assert whole.hours == pytest.approx(0.75 + 32_000.0 / usual().rate, rel=1e-9)
    assert whole.draws == {"power": ((0.0, 20.0),), "compressed air": ((0.0, 40.0),)}
    short = ends_at_the_same_hour(usual(format_change=0.75, at_most=2.0), LOT)
    assert (short.hours, short.late) == (pytest.approx(2.0), "packaging")


def test_luck_makes_stops_and_a_halted_batch_keeps_its_own() -> None:
    lucky = usual(by_luck=True)
    ends_at_the_same_hour(lucky, LOT)
    good, bad = (lucky(LOT, Equipment(), lambda name, u=u: u).hours for u in (0.02, 0.98))  # type: ignore[misc]
    assert good < play(lucky, LOT).hours < bad
    grid = [(k + 0.5) / 200 for k in range(200)]
    mean = sum(lucky(LOT, Equipment(), lambda name, u=u: (u * 7919.0 + hash_of(name)) % 1.0).hours for u in grid) / 200  # type: ignore[misc]
    assert mean == pytest.approx(play(usual(), LOT).hours, rel=0.02)


def hash_of(name: str) -> float:
    """A number in (0, 1) for a name, the same in every interpreter."""
    return sum(ord(letter) * k for k, letter in enumerate(name, 1)) * 0.6180339887498949 % 1.0


def test_nonsense_is_told() -> None:
    for mass in (-1.0, 0.0, nan):
        with pytest.raises(ValueError, match="more than 0 kg"):
            play(usual(), Charge(mass))
    with pytest.raises(ValueError, match="more than 0"):
        Machine(packs=6000.0, stops_every=0.0)
    with pytest.raises(ValueError, match="at least 1 item"):
        Packaging(tablet=114e-6, machines={})


WRONG = """\
plantsim: 1
units: {line: {kind: line}}
products:
  p:
    batch: 100 kg
    charge: {quality: {assay: 0.99}}
    steps:
      package: {on: line, model: {use: Packaging, tablet: 114 mg, machines: {MACHINES}}}
orders: {o: {product: p}}
""".replace("MACHINES", "blister: {packs: 6000, stops every: 30}, cartoner: {pack: 1}")


def test_a_machine_is_read_from_a_file_and_its_faults_are_named(tmp_path: Path) -> None:
    file = tmp_path / "line.yaml"
    file.write_text(WRONG)
    place = f"{file}:8: products.p.steps.package.model.machines"
    assert [str(each) for each in layout_faults(file)] == [
        f"{place}.blister.stops every: a quantity needs its unit of measure, such as '30 h'",
        f"{place}.cartoner: Machine needs 'packs': an hour, while it runs [1/h]",
        f"{place}.cartoner.pack: unknown word 'pack'; did you mean 'packs'?",
    ]
    file.write_text(WRONG.replace("30}", "30 min}").replace("pack: 1", "packs: 7200"))
    scenario = read_layout(file)
    machines = scenario.products["p"].steps["package"].model.machines
    assert (machines["blister"].stops_every, machines["cartoner"].packs) == (0.5, 7200.0)
    again = tmp_path / "again.yaml"
    again.write_text(to_yaml(scenario))
    assert read_layout(again) == scenario

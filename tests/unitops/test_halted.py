"""Whatever the unit operation: halted anywhere it goes on from its state, later by what the halt cost."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from operations import EXAMPLES, UNTOLD
from unitops.halting import ends_at_the_same_hour, play

import plantsim.unitops
from plantsim.contracts import Charge, Equipment
from plantsim.unitops import OPERATIONS
from plantsim.unitops.distillation import Boiler
from plantsim.unitops.model import Operation, playable

UNIT = Equipment()
GOES_ON = (
    "ConsecutiveReactions",
    "ViralInactivation",
    "CellCulture",
)  # what is in there goes on by itself, also in a halt


def classes() -> list[str]:
    """All unit operations that the folder defines."""
    modules = [
        import_module(f"plantsim.unitops.{path.stem}") for path in Path(plantsim.unitops.__path__[0]).glob("[a-z]*.py")
    ]
    found = [each for module in modules for _, each in inspect.getmembers(module, inspect.isclass)
             if issubclass(each, Operation) and each.__module__ == module.__name__]  # fmt: skip
    return sorted(each.__name__ for each in found if each not in (Operation, Boiler))


def halting(name: str, **words: Any) -> Any:
    """An operation of the examples, with what a halt does to it."""
    example = EXAMPLES[name]
    return type(example.model)(**example.words, halt=words)


def halted(model: Any, charge: Charge, share: float, hours: float) -> Charge:
    """What a halt makes of a charge after a share of its time."""
    whole = play(model, charge)
    assert whole.profile is not None
    found: Charge = model.idle(whole.profile(share * whole.hours), hours, UNIT)
    return found


def test_no_operation_is_forgotten() -> None:
    """One that is added has to be named, and needs an example, on which all that follows here is tested."""
    assert classes() == sorted(OPERATIONS)
    assert sorted([*EXAMPLES, *UNTOLD]) == classes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_halted_anywhere(name: str) -> None:
    """At 10, 50 and 90 %: the same hour to 1e-6, the same mass to 1e-9, the same charge to 1e-6."""
    ends_at_the_same_hour(EXAMPLES[name].model, EXAMPLES[name].charge)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "at_most" in type(EXAMPLES[name].model).model_fields])
def test_its_time_limit_counts_the_hours_before_a_halt(name: str) -> None:
    """Of six tenths of the time that it needs; it is as late, and stops at the same hour, whenever it is halted."""
    example = EXAMPLES[name]
    limit = 0.6 * play(example.model, example.charge).hours
    short = example.model.model_copy(update={"at_most": limit})
    found = ends_at_the_same_hour(short, example.charge)
    if name in ("ViralInactivation", "Sterilisation"):  # it is the hold that they limit
        return
    assert found.late
    assert found.hours == pytest.approx(limit, rel=1e-9)
    assert found.profile is not None
    assert {play(short, found.profile(share * limit)).late for share in (0.1, 0.5, 0.9)} == {found.late}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in GOES_ON])
def test_what_has_settled_is_stirred_up_first(name: str) -> None:
    """All settles in 2 h and is stirred up in half an hour; after 1 h half of it has: 15 min later, the same charge."""
    model, charge = halting(name, settles=2.0, stirs=0.5), EXAMPLES[name].charge
    whole, rest = play(model, charge), play(playable(model), halted(model, charge, 0.5, 1.0))
    assert rest.hours == pytest.approx(0.5 * whole.hours + 0.25, abs=1e-6)
    assert rest.charge.mass == pytest.approx(whole.charge.mass, rel=1e-9)
    assert {**rest.charge.quality} == pytest.approx({**whole.charge.quality}, rel=1e-6, abs=1e-6)
    assert {**rest.charge.composition} == pytest.approx({**whole.charge.composition}, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_short_halts_are_as_good_as_a_long_one(name: str) -> None:
    """With no work between them: an hour and two are three; and the mass of no component is lost."""
    model, charge = halting(name, half=2.0, room=22.0, back=40.0, settles=8.0, stirs=0.4), EXAMPLES[name].charge
    begun = halted(model, charge, 0.4, 0.0)
    long, short = model.idle(begun, 3.0, UNIT), model.idle(model.idle(begun, 1.0, UNIT), 2.0, UNIT)
    assert (short.mass, short.volume, short.temperature) == pytest.approx((long.mass, long.volume, long.temperature))
    assert {**short.quality} == pytest.approx({**long.quality}, rel=1e-6, abs=1e-9)
    assert {**short.composition} == pytest.approx({**long.composition}, rel=1e-6, abs=1e-9)
    assert (long.mass, sum(long.composition.values())) == pytest.approx((begun.mass, sum(begun.composition.values())))


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_may_be_halted_again_as_it_is_brought_back(name: str) -> None:
    """At 10, 50 and 90 % of what is left, with the warming up and the stirring, it ends at the same hour."""
    model, charge = halting(name, half=2.0, room=22.0, back=40.0, settles=8.0, stirs=0.4), EXAMPLES[name].charge
    ends_at_the_same_hour(playable(model), halted(model, charge, 0.4, 3.0))

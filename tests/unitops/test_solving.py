"""What a fresh step costs, counted and not timed, and that it is right all the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from operations import EXAMPLES
from unitops.halting import play

from plantsim.contracts import Outcome
from plantsim.unitops import ode

# name: how often the equations of a standard fresh step were evaluated, and by how many solvers, on scipy 1.17
COSTS = {
    "FluidBedDrying": (456, 2), "Reactor": (717, 1), "Crystallisation": (561, 2), "ConsecutiveReactions": (197, 1),
    "Ultrafiltration": (129, 1), "FedBatch": (401, 1), "CellCulture": (1104, 2), "Freezing": (314, 4),
    "SecondaryDrying": (101, 1), "Lyophilisation": (282, 2), "InTurn": (782, 8), "HighShearGranulation": (297, 3),
    "FluidBedGranulation": (727, 3),
}  # fmt: skip
DEARER = 1.2  # than that is too dear; another version of the solver may take a step more
CLOSER = 100.0  # times


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often equations were evaluated, and how many solvers began."""
    counts, plain = [0, 0], ode._plain

    def counting(slope: ode.Slope) -> Any:
        def one(time: float, state: Sequence[float]) -> Sequence[float]:
            counts[0] += 1
            return slope(time, state)

        counts[1] += 1
        return plain(one)

    monkeypatch.setattr(ode, "_plain", counting)
    return counts


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_fresh_step_evaluates_its_equations_so_often(name: str, counted: list[int]) -> None:
    """A model that is not in the table solves none; one that has become much cheaper should have a smaller budget."""
    play(EXAMPLES[name].model, EXAMPLES[name].charge)
    times, solvers = COSTS.get(name, (0, 0))
    assert times / 1.5 <= counted[0] <= DEARER * times
    assert counted[1] == solvers


def numbers(found: Outcome) -> dict[str, float]:
    """All that is told at the end."""
    end = found.charge
    parts = {f"fraction of {word}": share for word, share in end.composition.items()}
    told = {f"told {word}": number for word, number in found.quality.items()}
    return {"hours": found.hours, "mass": end.mass, "temperature": end.temperature, **parts, **end.quality, **told}


def closer(follow: Callable[..., int], times: float) -> Callable[..., int]:
    """Going on with a tolerance so many times as close."""

    def following(path: ode.Path, slope: ode.Slope, until: float, ends: Any = (), tol: float = 1e-9, **how: Any) -> int:
        return follow(path, slope, until, ends, max(tol / times, 2e-14), **how)

    return following


@pytest.mark.parametrize("name", COSTS)
def test_a_tolerance_a_hundred_times_as_close_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each number to 1e-7 of itself, or of the thousandth part of its unit where it is less than that."""
    example = EXAMPLES[name]
    usual = numbers(play(example.model, example.charge))
    monkeypatch.setattr(ode.Path, "follow", closer(ode.Path.follow, CLOSER))
    true = numbers(play(example.model, example.charge))
    assert true != usual
    assert usual == pytest.approx(true, rel=1e-7, abs=1e-10)

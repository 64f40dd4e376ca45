"""The one door to the solver: pieces that follow one another, and end points that lie at their corners."""

from __future__ import annotations

from math import exp, log

import pytest

from plantsim.unitops.ode import Path


def decaying(rate: float, start: float, corner: float) -> Path:
    """x' = -k x up to a corner."""
    path = Path([start])
    path.follow(lambda _, x: [-rate * x[0]], corner)
    return path


# (rate, start, corner, by how much the end point lies below where the piece begins): scipy alone finds no root
HAIRS = [(2.03, 1.62, 1.97, 1e-16), (4.41, 0.44, 1.93, 1e-16), (4.41, 0.44, 1.93, 2e-16), (4.67, 3.16, 1.41, 1e-16),
         (4.63, 4.17, 1.6, 2e-16), (4.04, 8.17, 1.52, 1e-16), (4.27, 4.13, 0.74, 2e-16), (4.54, 8.27, 1.33, 1e-16),
         (1.0, 2.0, 1.0, 0.0), (1.0, 2.0, 1.0, 1e-15), (1.0, 2.0, 1.0, 1e-12)]  # fmt: skip


@pytest.mark.parametrize(("rate", "start", "corner", "below"), HAIRS)
def test_an_end_point_at_the_start_of_a_piece_is_found(rate: float, start: float, corner: float, below: float) -> None:
    """By the first state of the piece it is still ahead, by the interpolant that begins there it is behind."""
    path = decaying(rate, start, corner)
    goal = path.last[0] * (1.0 - below) * rate
    assert path.follow(lambda _, x: [-rate * x[0]], corner + 5.0, [lambda _, x: x[0] * rate - goal]) == 0
    assert path.hours == pytest.approx(corner, abs=1e-9)
    assert path.at(path.hours)[0] == pytest.approx(start * exp(-rate * corner), rel=1e-5)
    assert path.at(corner / 2.0)[0] == pytest.approx(start * exp(-rate * corner / 2.0), rel=1e-6)


def test_an_end_point_that_has_been_passed_takes_no_time_and_one_at_no_end_takes_all() -> None:
    path = decaying(1.0, 1.0, 1.0)
    assert path.follow(lambda _, x: [-x[0]], 5.0, [lambda _, x: x[0] - 0.5]) == 0
    assert path.hours == 1.0
    assert path.follow(lambda _, x: [-x[0]], 2.0, [lambda _, x: x[0] + 1.0]) == -1
    assert path.hours == 2.0


def test_of_two_end_points_the_first_is_told() -> None:
    """1 falls to 1/2 in ln 2 and to 1/4 in twice that."""
    path = Path([1.0])
    assert path.follow(lambda _, x: [-x[0]], 9.0, [lambda _, x: x[0] - 0.25, lambda _, x: x[0] - 0.5]) == 1
    assert path.hours == pytest.approx(log(2.0), abs=1e-9)


def test_beyond_its_ends_a_path_is_what_it_is_there() -> None:
    path = decaying(1.0, 2.0, 1.0)
    assert path.at(-1.0) == pytest.approx([2.0])
    assert path.at(9.0) == path.last


def test_a_slope_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ArithmeticError, match=r"the solver came to \[nan\] after 1 h"):
        Path([1.0]).follow(lambda _, x: [float("nan")], 1.0)

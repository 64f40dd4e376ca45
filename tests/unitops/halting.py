"""What all models must keep: halted anywhere, a charge is done at the same hour, and none of its mass is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from plantsim.contracts import Charge, Equipment, Flow, Outcome, UnitModel


def play(model: UnitModel, charge: Charge) -> Outcome:
    return model(charge, Equipment(), lambda name: 0.5)


def ends_at_the_same_hour(model: UnitModel, charge: Charge, within: float = 1e-6) -> Outcome:
    """The outcome, once halting at 10, 50 and 90 % is shown to change nothing."""
    whole = play(model, charge)
    assert whole.profile is not None
    assert whole.hours > 0.0
    for share in (0.1, 0.5, 0.9):
        half = whole.profile(share * whole.hours)
        rest = play(model, half)
        assert share * whole.hours + rest.hours == pytest.approx(whole.hours, abs=within)
        end, ended = whole.charge, rest.charge
        assert ended.mass == pytest.approx(end.mass, rel=1e-9)
        assert (ended.volume, ended.temperature) == pytest.approx((end.volume, end.temperature), rel=1e-6, abs=1e-6)
        assert dict(ended.composition) == pytest.approx(dict(end.composition), rel=1e-6, abs=1e-9)
        for name, number in end.quality.items():
            assert ended.quality[name] == pytest.approx(number, rel=1e-6, abs=1e-6), name
    return whole


def spent(flow: Flow) -> float:
    """What a rate comes to, up to its last corner."""
    return sum(rate * (then - at) for (at, rate), (then, _) in pairwise(flow))

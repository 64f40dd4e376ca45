"""How long steps with models are expected to take: a recipe played through with the middle of all luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.unitops.model import Own


def run_hours(batch: float, charge: Any, steps: Mapping[str, Any]) -> dict[str, float]:
    """Step -> hours of its run on a unit without figures of its own, of each step with a model.

    A model that fails on it is expected to take no time: whoever runs it will be told.
    """
    now, hours = charge.middle(batch) if charge is not None else Charge(batch), dict[str, float]()
    for name, step in steps.items():
        if step.model is not None:
            try:
                model = step.model.made() if isinstance(step.model, Own) else step.model
                found = model(now, Equipment(), _middle)
                hours[name], now = float(found.hours), found.charge
            except Exception:  # the user's own code may raise anything
                hours[name] = 0.0
        now = now.but(mass=max(0.0, now.mass - step.startup_loss) * step.yield_)
    return hours


@dataclass(frozen=True)
class Middle:
    """A user's own model that always has middling luck."""

    own: Own

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """The outcome with middling luck."""
        return self.own.made()(charge, unit, _middle)


def _middle(name: str) -> float:
    return 0.5

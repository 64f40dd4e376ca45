"""How long steps with models are expected to take, and of what mass: a recipe played through with middling luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.unitops.model import Own

Expected = tuple[float, float, dict[str, float], Charge]


def expected(batch: float, charge: Any, steps: Mapping[str, Any]) -> dict[str, Expected]:
    """Step -> (hours that its model says of a unit without figures of its own; mass in it [kg]; draws; what comes in).

    A model that fails on it is expected to take no time: whoever runs it will be told.
    """
    now, found = charge.middle(batch) if charge is not None else Charge(batch), dict[str, Expected]()
    for name, step in steps.items():
        added = sum(each.of(now.mass) for each in step.takes.values() if each.adds)
        now, hours = now.but(mass=now.mass + added), 0.0
        mass, draws, before = now.mass, dict[str, float](), now
        if step.model is not None:
            try:
                model = step.model.made() if isinstance(step.model, Own) else step.model
                outcome = model(now, Equipment(), _middle)
                hours, now = float(outcome.hours), outcome.charge
                draws = {utility: amount(flow, hours) for utility, flow in outcome.draws.items()}
            except Exception:  # the user's own code may raise anything
                hours = 0.0
        found[name] = hours, mass, draws, before
        now = now.but(mass=max(0.0, now.mass - step.startup_loss) * step.yield_)
    return found


def amount(flow: Flow, hours: float) -> float:
    """What is drawn at a rate over time, until so many hours.

    >>> amount(((0.0, 10.0), (1.0, 30.0)), 2.0)
    40.0
    """
    ends = [*[at for at, _ in flow[1:]], hours]
    return sum(rate * max(0.0, min(end, hours) - at) for (at, rate), end in zip(flow, ends, strict=False))


@dataclass(frozen=True)
class Middle:
    """A user's own model that always has middling luck."""

    own: Own

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """The outcome with middling luck."""
        return self.own.made()(charge, unit, _middle)


def _middle(name: str) -> float:
    return 0.5

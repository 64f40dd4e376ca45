"""A model whose charge, after a halt, is first brought back to where it was and stirred up, before it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome, UnitModel
from plantsim.unitops.idle import SETTLED, WAS, Halt
from plantsim.unitops.underway import forgotten_of


@dataclass(frozen=True)
class GoingOn:
    """A model that needs so long to go on after a halt."""

    model: UnitModel
    halt: Halt

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """What the model says of the charge once it is ready, later by what that takes."""
        hours = self.halt.needs(charge)
        ready = forgotten_of(self.halt.on_its_way(charge, hours), WAS, SETTLED)
        found = self.model(ready, unit, draw)
        if not hours:
            return found
        inner = found.profile

        def profile(at: float) -> Charge:
            if at < hours or inner is None:
                return self.halt.on_its_way(charge, min(at, hours))
            return inner(at - hours)

        told = None if inner is None else profile
        return replace(found, hours=hours + found.hours, draws=_later(found.draws, hours), profile=told)

    def __getattr__(self, name: str) -> Any:
        """What a halt does is asked of the model itself."""
        if name != "idle":
            raise AttributeError(name)
        return self.model.idle  # type: ignore[attr-defined]


def _later(draws: Mapping[str, Flow], hours: float) -> dict[str, Flow]:
    """Draws that begin so many hours later."""
    return {name: ((0.0, 0.0), *[(at + hours, rate) for at, rate in flow]) for name, flow in draws.items()}

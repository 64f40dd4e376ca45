"""Outcomes that are kept: a model is called once for equal inputs, and masses are applied after.

Inputs are taken to nine digits and luck to one of 128 values, so that batches alike cost one call; what is kept is for
the mass that it was called with, of which the mass, the volume and the draws of another batch are a multiple.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plantsim.charge import luck, snapped
from plantsim.contracts import Charge, Draw, Equipment, Outcome, UnitModel

MOST = 20_000


class Cache:
    """Outcomes by model and inputs; `calls` and `hits` count how often a model was called, and was not."""

    def __init__(self) -> None:
        self.calls = self.hits = 0
        self.known: dict[Any, Outcome] = {}
        self.asked: dict[Any, dict[str, None]] = {}  # model -> the luck that it has asked for so far

    @property
    def counts(self) -> dict[str, int]:
        """How often models were called, and how often a kept outcome did instead."""
        return {"calls": self.calls, "hits": self.hits}

    def outcome(self, key: object, model: UnitModel, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        """The outcome for a charge; `key` names model and unit."""
        like = _snapped(charge)
        asked = self.asked.setdefault(key, {})

        def drawn(name: str) -> float:
            asked[name] = None
            return luck(draw(name))

        inputs = (key, _inputs(like))
        found = self.known.get((inputs, tuple([luck(draw(name)) for name in asked])))
        if found is None:
            self.calls += 1
            found = model(like, unit, drawn)
            if len(self.known) < MOST:
                self.known[inputs, tuple([luck(draw(name)) for name in asked])] = found
        else:
            self.hits += 1
        if not isinstance(found, Outcome) or not isinstance(found.charge, Charge):
            raise TypeError(f"expected an Outcome with a Charge, got {found!r}")
        times = charge.mass / like.mass if like.mass else 1.0
        return found if times == 1.0 else _times(found, times)


def _snapped(charge: Charge) -> Charge:
    def each(numbers: Mapping[str, float]) -> dict[str, float]:
        return {name: snapped(number) for name, number in numbers.items()}

    return Charge(
        snapped(charge.mass), snapped(charge.volume), snapped(charge.temperature),
        each(charge.composition), each(charge.quality),
    )  # fmt: skip


def _inputs(charge: Charge) -> tuple[object, ...]:
    parts, quality = tuple(charge.composition.items()), tuple(charge.quality.items())
    return charge.mass, charge.volume, charge.temperature, parts, quality


def _times(found: Outcome, times: float) -> Outcome:
    """The outcome for so many times the mass."""
    inner = found.profile

    def scaled(charge: Charge) -> Charge:
        return charge.but(mass=charge.mass * times, volume=charge.volume * times)

    return Outcome(
        found.hours, scaled(found.charge), found.quality,
        {name: tuple((at, rate * times) for at, rate in flow) for name, flow in found.draws.items()},
        (lambda hours: scaled(inner(hours))) if inner is not None else None, found.late,
    )  # fmt: skip

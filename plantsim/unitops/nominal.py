"""How long steps with models are expected to take, and of what mass: a recipe played through with middling luck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.unitops.mixing import mixed
from plantsim.unitops.model import Own

Expected = tuple[float, float, dict[str, float], Charge]
Made = dict[str, Charge]


class Chances(Protocol):
    """What a recipe is played through with: what its batches and lots are made of, and what its models say."""

    def start(self, step: str, law: Any, mass: float) -> Charge:
        """What a batch is made of at its release (''), or a side branch that begins with a step."""
        ...

    def lot(self, step: str, material: str, mass: float) -> Charge:
        """What a step takes of a material."""
        ...

    def outcome(self, step: str, model: Any, charge: Charge) -> Outcome:
        """What the model of a step says of what comes in."""
        ...


class Middling:
    """Middling luck, on units without figures of their own.  A model that fails takes no time: who runs it is told."""

    def __init__(self, lots: Mapping[str, Any] | None = None) -> None:
        self.lots = lots or {}  # material -> what its lots are made of, as far as it is known

    def start(self, step: str, law: Any, mass: float) -> Charge:
        """Every number at its median."""
        made: Charge = law.middle(mass)
        return made

    def lot(self, step: str, material: str, mass: float) -> Charge:
        """Every number of a lot at its median; nothing but its mass, if it is not known what that is made of."""
        law = self.lots.get(material)
        made: Charge = law.middle(mass) if law is not None else Charge(mass)
        return made

    def outcome(self, step: str, model: Any, charge: Charge) -> Outcome:
        """With middling luck."""
        try:
            made = model.made() if isinstance(model, Own) else model
            found: Outcome = made(charge, Equipment(), _middle)
            float(found.hours), totals(found), found.charge.mass  # what is no outcome fails here
            return found
        except Exception:  # the user's own code may raise anything
            return Outcome(0.0, charge)


def played(
    batch: float, charge: Any, steps: Mapping[str, Any], chances: Chances
) -> Iterator[tuple[str, Charge, Outcome | None]]:
    """(step, what comes into it with what it takes, what its model says) of a recipe, step after step.

    Of batches that part and meet, what goes the same way is taken together.
    """
    first = chances.start("", charge, batch) if charge is not None else Charge(batch)
    before, made = _before(steps), {"": first}
    for name in _in_order(before):
        step, now = steps[name], _incoming(name, before, steps, made, first, chances)
        taken = ((chances.lot(name, word, each.of(now.mass)), word) for word, each in step.takes.items() if each.adds)
        coming = now = mixed([(now, ""), *taken])
        found = None if step.model is None else chances.outcome(name, step.model, coming)
        yield name, coming, found
        now = coming if found is None else found.charge
        made[name] = now.but(mass=max(0.0, now.mass - step.startup_loss) * step.yield_)


def expected(batch: float, charge: Any, steps: Mapping[str, Any]) -> dict[str, Expected]:
    """Step -> (hours that its model says of a unit without figures; mass in it [kg]; draws; what comes in)."""
    found = dict[str, Expected]()
    for name, coming, outcome in played(batch, charge, steps, Middling()):
        hours, draws = (0.0, {}) if outcome is None else (float(outcome.hours), totals(outcome))
        found[name] = hours, coming.mass, draws, coming
    return {name: found[name] for name in steps}


def usual(batch: float, charge: Any, steps: Mapping[str, Any], lots: Mapping[str, Any]) -> Made:
    """Step -> what usually comes into it, where it is known what lots of materials are made of."""
    return {name: coming for name, coming, _ in played(batch, charge, steps, Middling(lots))}


def _before(steps: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Step -> those that it comes after, or '' for the release; what is not known is not there."""
    before, last = dict[str, tuple[str, ...]](), ""
    for name, step in steps.items():
        told = (last,) if step.after is None else tuple(each for each in step.after if each in steps)
        before[name], last = told or ("",), name
    return before


def _in_order(before: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The steps, each after those that it comes after; in a ring, as they stand."""
    try:
        return [name for name in TopologicalSorter(before).static_order() if name]
    except CycleError:
        return list(before)


def _incoming(
    name: str, before: Mapping[str, tuple[str, ...]], steps: Mapping[str, Any], made: Made, first: Charge,
    chances: Chances,
) -> Charge:  # fmt: skip
    """What comes to a step."""
    if (size := steps[name].batch) is not None:
        own = steps[name].made_of
        return _part(first, size / first.mass) if own is None else chances.start(name, own, size)
    coming = [_part(made.get(each, first), _share(name, each, before, steps)) for each in before[name]]
    return mixed([(each, "") for each in coming])


def _share(name: str, there: str, before: Mapping[str, tuple[str, ...]], steps: Mapping[str, Any]) -> float:
    """The share of a step's mass that goes to another one."""
    beside = [each for each, those in before.items() if there in those and steps[each].batch is None]
    told = {each: steps[each].share for each in beside if steps[each].share is not None}
    share = told.get(name)
    return float(share) if share is not None else (1.0 - sum(told.values())) / (len(beside) - len(told))


def _part(charge: Charge, share: float) -> Charge:
    return charge if share == 1.0 else charge.but(mass=charge.mass * share, volume=charge.volume * share)


def totals(found: Outcome) -> dict[str, float]:
    """Utility -> how much of it a model draws in all."""
    return {utility: amount(flow, float(found.hours)) for utility, flow in found.draws.items()}


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

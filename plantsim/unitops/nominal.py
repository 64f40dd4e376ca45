"""How long steps with models are expected to take, and of what mass: a recipe played through with middling luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.unitops.mixing import mixed
from plantsim.unitops.model import Own

Expected = tuple[float, float, dict[str, float], Charge]
Made = dict[str, Charge]


def expected(batch: float, charge: Any, steps: Mapping[str, Any]) -> dict[str, Expected]:
    """Step -> (hours that its model says of a unit without figures of its own; mass in it [kg]; draws; what comes in).

    Of batches that part and meet, what goes the same way is taken together.  A model that fails on it is expected to
    take no time: whoever runs it will be told.
    """
    first = charge.middle(batch) if charge is not None else Charge(batch)
    before, found, made = _before(steps), dict[str, Expected](), {"": first}
    for name in _in_order(before):
        now, hours = _incoming(name, before, steps, made, first), 0.0
        step = steps[name]
        now = mixed([(now, ""), *((Charge(each.of(now.mass)), word) for word, each in step.takes.items() if each.adds)])
        mass, draws, coming = now.mass, dict[str, float](), now
        if step.model is not None:
            try:
                model = step.model.made() if isinstance(step.model, Own) else step.model
                outcome = model(now, Equipment(), _middle)
                hours, now = float(outcome.hours), outcome.charge
                draws = {utility: amount(flow, hours) for utility, flow in outcome.draws.items()}
            except Exception:  # the user's own code may raise anything
                hours = 0.0
        found[name] = hours, mass, draws, coming
        made[name] = now.but(mass=max(0.0, now.mass - step.startup_loss) * step.yield_)
    return {name: found[name] for name in steps}


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
    name: str, before: Mapping[str, tuple[str, ...]], steps: Mapping[str, Any], made: Made, first: Charge
) -> Charge:
    """What comes to a step."""
    if steps[name].batch is not None:
        own = steps[name].made_of
        return own.middle(steps[name].batch) if own is not None else _part(first, steps[name].batch / first.mass)
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

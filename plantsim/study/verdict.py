"""What a search for bottlenecks says in words, and what the usual measures say beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.study.trial import Interval, interval_of

if TYPE_CHECKING:
    from plantsim.study.bottlenecks import Bottlenecks
    from plantsim.study.interventions import Intervention

TOLD = 5  # names in a sentence
PLACES = ("units", "buffers", "pools", "utilities", "materials", "tests")


def signs(run: Results) -> Iterator[tuple[str, tuple[str, str]]]:
    """Usual sign of a bottleneck, and (what it names, in words)."""
    busy = run.utilisation(by="name")["busy"].sort_values(ascending=False)
    yield "busiest", (str(busy.index[0]), f"busy {busy.iloc[0]:.0%} of calendar hours")
    periods = run.bottleneck(by="name")
    shares = (periods["sole"] + periods["shifting"]).sort_values(ascending=False)
    if len(shares) and shares.iloc[0] > 0.0:
        longest = f"the longest active period for {shares.iloc[0]:.0%} of the time"
        yield "longest active", (str(shares.index[0]), longest)
    waits, known = run.waiting(by=("cause",)), _things(run.scenario)
    named = [str(cause) for cause in waits.index if str(cause) in known]
    if named:
        yield "most waited for", (named[0], f"{waits['hours'][named[0]]:,.0f} batch hours of waiting")


def _things(scenario: Scenario) -> set[str]:
    """All that a cause may name, and that something can be done about."""
    names = {name for place in PLACES for name in getattr(scenario, place)}
    skills = {skill for pool in scenario.pools.values() for skill in pool.skills}
    return names | skills | {unit.kind for unit in scenario.units.values()} | set(scenario.plant.unit_names)


def says(found: Bottlenecks) -> Iterator[str]:
    """The answer: what brings most, what is not told apart from it, chains, costs, and the usual measures."""
    best, gain = found.best, found.gain(found.best.name)
    if _worth(found):
        chance = found.chances[best.name]
        yield f"{best.name} brings most: {_range(gain)} batches a year more, the best with a chance of {chance:.0%}"
        yield from _not_told_apart(found)
    else:
        yield "nothing that was tried alone brings anything worth speaking of"
    yield from _chains(found)
    yield from _cheapest(found)
    yield from _beside(found)
    if found.interrupted:
        yield "it was interrupted: with all the runs that were asked for, this may be told more surely"
    for name, why in found.left_out.items():
        if why.startswith(("not possible", "can't be played")):
            yield f"{name} was left out: {why}"


def _worth(found: Bottlenecks) -> bool:
    """Whether the best brings anything worth speaking of."""
    gain = found.gain(found.best.name)
    return gain.mean > found.least and gain.high > 0.0


def _not_told_apart(found: Bottlenecks) -> Iterator[str]:
    tied = found.tied
    if tied:
        more = f" and {len(tied) - TOLD} more" if len(tied) > TOLD else ""
        yield f"not told apart from it: {', '.join(tied[:TOLD])}{more}"


def _chains(found: Bottlenecks) -> Iterator[str]:
    pair = _chain(found)
    if pair is not None:
        yield f"{pair.name}: {_range(found.gain(pair.name))}, more than one by one: a chain holds the plant back"


def _chain(found: Bottlenecks) -> Intervention | None:
    """The pair that brings most of those that bring more than their two parts one by one."""
    for pair in found.ranked:
        if len(pair.parts) == 2 and all(name in found.gains for name in pair.parts):
            one, other = (np.array(found.gains[name]) for name in pair.parts)
            if interval_of(list(np.array(found.gains[pair.name]) - one - other)).low > 0.0:
                return pair
    return None


def _cheapest(found: Bottlenecks) -> Iterator[str]:
    """What brings one batch more for the least money, of single interventions: of a pair, a part may have no price."""
    prices = found.scenario.prices
    priced = [(cost / found.gain(each.name).mean, each) for each in found.singles
              if found.gain(each.name).low > 0.0 and (cost := found.cost(each))]  # fmt: skip
    if prices is not None and priced:
        least, each = min(priced, key=lambda pair: (pair[0], pair[1].name))
        yield f"one batch more costs least by {each.name}: {least:,.0f} {prices.currency}"


def _beside(found: Bottlenecks) -> Iterator[str]:
    """What the usual measures name; and if that is not what helps, what the best that was tried there brings.

    Where nothing helps alone, that is the chain; they agree with nothing if there is none.
    """
    best = [each for each in found.ranked if _tells(found, each)] if _worth(found) else [_chain(found)]
    helps = {name for each in best if each is not None for name in each.on}
    named: dict[str, list[str]] = {}
    for sign, (name, words) in found.signs.items():
        named.setdefault(name, []).append(f"{sign}: {words}")
    for name, why in named.items():
        if name in helps:
            yield f"the usual measures agree on {name} ({'; '.join(why)})"
            continue
        there = next((each for each in found.singles if name in each.on), None)
        tried = f", where {there.name} brings {_range(found.gain(there.name))}" if there is not None else ""
        differ = "differ and name" if helps else "name"
        yield f"the usual measures {differ} {name} ({'; '.join(why)}){tried}"


def _tells(found: Bottlenecks, each: Intervention) -> bool:
    """Whether it is the best, or not told apart from it."""
    return each is found.best or each.name in found.tied


def _range(gain: Interval) -> str:
    return f"{gain.mean:+.3g} ({gain.low:.3g} to {gain.high:.3g})"

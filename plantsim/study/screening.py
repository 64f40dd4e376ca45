"""Screening: runs go to the interventions that may still matter, and hopeless ones cost few.

After each round those are left out which, by the paired differences of the runs so far, bring nothing worth speaking
of, or less than the third best (one-sided Student's t, shared out over interventions, rounds and both questions by
Bonferroni).  One that has made no difference at all stays for a second round, since what it is about may not have
struck yet.  Pairs are tried too, since a chain may need both; among interventions that bring nothing alone, those on
the busiest units are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import combinations
from typing import TypeAlias

import numpy as np

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.bottlenecks import Bottlenecks
from plantsim.study.interventions import Intervention, forbidden
from plantsim.study.jobs import done
from plantsim.study.trial import FIGURE, interval_of

YEAR = 365.25 / 7.0  # weeks
TODAY = "today"
MADE = (FIGURE, "batches a week [1/week]", "")
KEPT = 3  # the best so many are always gone on with, and tried in pairs
RISK = 0.05  # that one of them is left out that should not be
Values: TypeAlias = Callable[[Mapping[str, Scenario], Sequence[int]], Mapping[tuple[str, int], float]]
Progress: TypeAlias = Callable[[str, float], None] | None


def search(
    plant: Scenario,
    tried: Sequence[Intervention],
    values: Values,
    replications: int,
    first: int = 6,
    seed: int = 1,
    pairs: bool = True,
    progress: Progress = None,
) -> Bottlenecks:
    """As `bottlenecks`, of given interventions, and of what says what a scenario makes in run k [batches a week].

    Raises:
        PlantsimError: if today's plant makes nothing, or can't be played; if no intervention can be tried.
    """
    why = {each.name: forbidden(plant, each) for each in tried}
    sound = [each for each in tried if not why[each.name]]
    left_out = {name: text for name, text in why.items() if text}
    if not sound:
        raise PlantsimError(f"nothing can be tried: {next(iter(left_out.values()))}")
    found = Bottlenecks(plant, sound, [], {each.name: [] for each in sound}, seed, left_out)
    try:
        _in_rounds(found, values, replications, first, progress)
        if pairs:
            _in_pairs(found, values, replications)
    except KeyboardInterrupt:
        if not found.today:
            raise
    if progress is not None:
        progress("done", 1.0)
    return found


def _in_rounds(found: Bottlenecks, values: Values, replications: int, first: int, progress: Progress) -> None:
    """Play those that may still matter, twice as often each round."""
    rounds, alive = list(_rounds(first, replications)), list(found.tried)
    for number, (begin, end) in enumerate(rounds):
        _play(found, alive, range(begin, end), values)
        alive = [each for each in alive if each in found.tried]
        if progress is not None:
            progress(f"round {number + 1}: {len(alive)} interventions", 0.9 * end / replications)
        if end < replications:
            alive = _going_on(found, alive, len(rounds), begin == 0)


def _rounds(first: int, replications: int) -> Iterator[tuple[int, int]]:
    """From which replication to which each round goes."""
    begin, end = 0, min(first, replications)
    while begin < replications:
        yield begin, end
        begin, end = end, min(2 * end, replications)


def _in_pairs(found: Bottlenecks, values: Values, replications: int) -> None:
    """Try the three best in pairs."""
    whole = [each for each in found.tried if len(found.gains[each.name]) == replications]
    couples = [one & other for one, other in combinations(_first(found, whole), 2)]
    found.left_out.update({each.name: why for each in couples if (why := forbidden(found.scenario, each))})
    couples = [each for each in couples if each.name not in found.left_out]
    found.gains.update({each.name: [] for each in couples})
    found.tried += couples
    _play(found, couples, range(replications), values)


def _play(found: Bottlenecks, alive: list[Intervention], ks: range, values: Values) -> None:
    """Run each intervention, and today's plant where that has not run yet; keep what each brings."""
    scenarios = {each.name: each.edit(found.scenario) for each in alive}
    new = ks.stop > len(found.today)
    try:
        made = dict(values({**scenarios, TODAY: found.scenario} if new else scenarios, ks))
    except PlantsimError:  # one of them can't be played: which?
        made = dict(_one_by_one(found, scenarios, ks, values, new))
    if new:
        found.today += [YEAR * made[TODAY, k] for k in ks]
        if not any(found.today):
            raise PlantsimError("the plant makes nothing in a run of this length: give it a longer horizon")
    for each in alive:
        if (each.name, ks.start) in made:
            found.gains[each.name] += [YEAR * made[each.name, k] - found.today[k] for k in ks]
        else:
            found.tried.remove(each)


def _one_by_one(
    found: Bottlenecks, scenarios: Mapping[str, Scenario], ks: range, values: Values, new: bool
) -> Iterator[tuple[tuple[str, int], float]]:
    """Each by itself, so that one which can't be played ends nothing else; today's plant must be played."""
    if new:
        yield from values({TODAY: found.scenario}, ks).items()
    for name, scenario in scenarios.items():
        try:
            yield from values({name: scenario}, ks).items()
        except PlantsimError as error:
            found.left_out[name] = f"can't be played: {str(error).splitlines()[0]}"


def _going_on(found: Bottlenecks, alive: list[Intervention], rounds: int, early: bool) -> list[Intervention]:
    """Those that may still matter; of the others it is kept why they do not."""
    error = RISK / (len(alive) * rounds)  # of both sides and two questions: an interval is told with twice that
    best = _first(found, alive)
    third, kept = np.array(found.gains[best[-1].name]), []
    for each in alive:
        own = np.array(found.gains[each.name])
        if each in best or (early and not own.any()):
            kept.append(each)
        elif interval_of(list(own), error).high < found.least:
            found.left_out[each.name] = "brings nothing worth speaking of"
        elif interval_of(list(own - third), error).high < 0.0:
            found.left_out[each.name] = f"brings less than {best[-1].name}"
        else:
            kept.append(each)
    return kept


def _first(found: Bottlenecks, alive: Sequence[Intervention]) -> list[Intervention]:
    """The best three; of those that bring alike, or nothing worth speaking of, the ones on what is busiest."""
    busy = found.run.utilisation(by="name")["busy"]

    def place(each: Intervention) -> tuple[int, float, str]:
        load = max((float(busy.get(name, 0.0)) for name in each.on), default=0.0)
        return -round(max(float(np.mean(found.gains[each.name])), 0.0) / found.least), -load, each.name

    return sorted(alive, key=place)[:KEPT]


def weekly(seed: int, executor: Executor | None) -> Values:
    """Batches a week of runs of scenarios, over an executor."""

    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        jobs = [(name, k) for k in ks for name in scenarios]
        return {key: kept[MADE] for key, kept in done(scenarios, jobs, seed, executor, None)}

    return values

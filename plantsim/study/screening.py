"""Screening: runs go to the interventions that may still matter, and hopeless ones cost few.

After each round those are left out which, by the paired differences of the runs so far, bring nothing worth speaking
of, or less than the third best (one-sided Student's t, shared out over interventions, rounds and both questions by
Bonferroni).  One that has made no difference at all stays for a second round, since what it is about may not have
struck yet.  Pairs are tried too, since a chain may need both; among interventions that bring nothing alone, those on
the busiest units are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.bottlenecks import Bottlenecks
from plantsim.study.interventions import Intervention, forbidden, meddled
from plantsim.study.jobs import refused
from plantsim.study.runs import Runs
from plantsim.study.trial import FIGURE, interval_of

YEAR = 365.25 / 7.0  # weeks
TODAY = "today"
MADE = (FIGURE, "batches a week [1/week]", "")
KEPT = 3  # the best so many are always gone on with, and tried in pairs
ROUNDS = 0.9  # of all that is to be done, before pairs
RISK = 0.05  # that one of them is left out that should not be
Values: TypeAlias = Callable[[Mapping[str, Scenario], Sequence[int]], Mapping[tuple[str, int], float | str]]


class Told:
    """Who is told what is being done, and how much of all is done, while a stretch of it is."""

    def __init__(self, progress: Callable[[str, float], None] | None = None) -> None:
        self._progress, self._text, self._begin, self._end = progress, "", 0.0, 1.0

    def stretch(self, text: str, begin: float, end: float) -> None:
        """What comes next, and from which share of all to which."""
        self._text, self._begin, self._end = text, begin, end
        self(0.0)

    def __call__(self, share: float) -> None:
        """So much of the stretch is done."""
        if self._progress is not None:
            self._progress(self._text, self._begin + share * (self._end - self._begin))


def search(
    plant: Scenario,
    tried: Sequence[Intervention],
    values: Values,
    replications: int,
    first: int = 6,
    seed: int = 1,
    pairs: bool = True,
    told: Told | None = None,
) -> Bottlenecks:
    """As `bottlenecks`, of given interventions, and of what says what a scenario makes in run k [batches a week].

    Of a run that can't be played it says why.

    Raises:
        PlantsimError: if today's plant makes nothing, or can't be played; if no intervention can be tried; if one
            changes the luck of another name than those that it is on.
    """
    told = told or Told()
    keep_luck(plant, tried)
    why = {each.name: forbidden(plant, each) for each in tried}
    sound = [each for each in tried if not why[each.name]]
    left_out = {name: text for name, text in why.items() if text}
    if not sound:
        raise PlantsimError(f"nothing can be tried: {next(iter(left_out.values()))}")
    found = Bottlenecks(plant, sound, [], {each.name: [] for each in sound}, seed, left_out)
    try:
        _in_rounds(found, values, replications, first, told)
        if pairs:
            told.stretch("pairs", ROUNDS, 1.0)
            _in_pairs(found, values, replications)
    except KeyboardInterrupt:
        if not found.today:
            raise
        found.interrupted = True
    told.stretch("done", 1.0, 1.0)
    return found


def keep_luck(plant: Scenario, tried: Sequence[Intervention]) -> None:
    """Assert that no intervention changes any other name's luck: else its gain would be that of something else, too.

    Raises:
        PlantsimError: naming the intervention and the name.
    """
    for each in tried:
        if name := meddled(plant, each):
            raise PlantsimError(f"{each.name!r} also changes {name!r}, and so its luck: an intervention changes "
                                f"nothing but what it is on, {', '.join(each.on)}")  # fmt: skip


def _in_rounds(found: Bottlenecks, values: Values, replications: int, first: int, told: Told) -> None:
    """Play those that may still matter, twice as often each round."""
    rounds, alive = list(_rounds(first, replications)), list(found.tried)
    for number, (begin, end) in enumerate(rounds):
        share = ROUNDS / replications
        told.stretch(f"round {number + 1}: {len(alive)} interventions", share * begin, share * end)
        _play(found, alive, range(begin, end), values)
        alive = [each for each in alive if each in found.tried]
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
    keep_luck(found.scenario, couples)
    found.left_out.update({each.name: why for each in couples if (why := forbidden(found.scenario, each))})
    couples = [each for each in couples if each.name not in found.left_out]
    found.gains.update({each.name: [] for each in couples})
    found.tried += couples
    _play(found, couples, range(replications), values)


def _play(found: Bottlenecks, alive: list[Intervention], ks: range, values: Values) -> None:
    """Run each intervention, and today's plant where that has not run yet; keep what each brings."""
    scenarios = {each.name: each.edit(found.scenario) for each in alive}
    new = ks.stop > len(found.today)
    made = values({**scenarios, TODAY: found.scenario} if new else scenarios, ks)
    if new:
        found.today += [YEAR * each for each in numbers(made, TODAY, ks)]
        if not any(found.today):
            raise PlantsimError("the plant makes nothing in a run of this length: give it a longer horizon")
    for each in alive:
        try:
            own = numbers(made, each.name, ks)
        except PlantsimError as error:
            found.tried.remove(each)
            found.left_out[each.name] = str(error).partition(": ")[2]
        else:
            found.gains[each.name] += [YEAR * own[k - ks.start] - found.today[k] for k in ks]


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


def numbers(made: Mapping[tuple[str, int], float | str], name: str, ks: Sequence[int]) -> list[float]:
    """What a scenario makes in these runs.

    Raises:
        PlantsimError: if one of them can't be played.
    """
    own = [made[name, k] for k in ks]
    why = next((each for each in own if isinstance(each, str)), None)
    if why is not None:
        raise PlantsimError(f"{name}: can't be played: {why}")
    return [float(each) for each in own]


def weekly(runs: Runs, told: Callable[[float], None] | None = None) -> Values:
    """Batches a week of runs of scenarios; of one that can't be played, why."""

    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float | str]:
        runs.more(scenarios)
        jobs = [(name, k) for k in ks for name in scenarios]
        runs.do(jobs, told, patient=True)
        return {job: refused(runs.kept[job]) or runs.kept[job][MADE] for job in jobs}

    return values

"""The answer in plain words: how much the plant makes, where it waits, and what holds it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from plantsim.charts.digits import Interval, Key, duration, intervals, number, percent
from plantsim.charts.floorplan import busiest
from plantsim.charts.look import beginning
from plantsim.report.page import INSIDES

if TYPE_CHECKING:
    import pandas as pd

    from plantsim.results import Results
    from plantsim.study import Trial

REASONS = {  # of a unit that doesn't work: (state, detail) -> why, in words
    ("holding", "blocked"): "is blocked for want of {}",
    ("holding", "lacks pool"): "lacks {}",
    ("holding", "halted"): "is halted for want of {}",
    ("cleaning", ""): "is cleaned",
    ("down", ""): "is down by {}",
    ("maintenance", ""): "is maintained",
    ("closed", ""): "is closed",
    ("idle", ""): "stands empty",
}
WORTH = 0.03  # the least share of time that is told


@dataclass(frozen=True)
class Findings:
    """What is found in a run, and in its replications if there are any."""

    run: Results
    trial: Trial | None = None
    profiles: int = INSIDES  # bytes for charts of what happened inside steps

    @cached_property
    def known(self) -> dict[Key, Interval]:
        """Means and intervals of the replications."""
        return intervals(self.trial)

    @cached_property
    def figures(self) -> dict[str, Interval]:
        """The main figures by name and [unit of measure]."""
        return {
            name: self.known.get(("figure", name, ""), Interval(value)) for name, value in self.run.figures().items()
        }

    @cached_property
    def waits(self) -> dict[str, Interval]:
        """Batch hours of waiting by cause, the longest first."""
        one = {str(cause): Interval(float(each)) for cause, each in self.run.waiting(by=("cause",))["hours"].items()}
        mean = {row: each for (table, row, _), each in self.known.items() if table == "waiting"}
        return dict(sorted((mean or one).items(), key=lambda item: -item[1].mean))

    @cached_property
    def busy(self) -> dict[str, Interval]:
        """Share of calendar hours in which each kind of unit was busy."""
        shares = self.run.utilisation(by="kind")["busy"]
        return {
            str(kind): self.known.get(("utilisation", str(kind), "busy"), Interval(float(share)))
            for kind, share in shares.items()
        }

    @cached_property
    def busy_units(self) -> dict[str, Interval]:
        """Share of calendar hours in which each unit was busy."""
        shares = self.run.utilisation()["busy"]
        return {
            str(unit): self.known.get(("unit", str(unit), "busy"), Interval(float(share)))
            for unit, share in shares.items()
        }

    @cached_property
    def bottleneck(self) -> pd.DataFrame:
        """What holds back, by kind of unit, in the run."""
        return self.run.bottleneck(by="kind")

    @property
    def turning(self) -> list[str]:
        """The kinds of unit to which blocked and starved neighbours point."""
        points = self.bottleneck["turning point"]
        return [str(kind) for kind, turning in points.items() if turning]

    @property
    def replications(self) -> int:
        """How many runs the means are of."""
        return max((each.n for each in self.known.values()), default=1)

    @cached_property
    def worst(self) -> str:
        """The kind of unit that is the momentary bottleneck most of the time; '' if nothing worked."""
        held = self.bottleneck["sole"] + self.bottleneck["shifting"]
        return str(held.idxmax()) if len(held) and held.max() > 0.0 else ""


def answer(found: Findings) -> str:
    """The whole answer as a paragraph of plain text."""
    return " ".join(sentence for part in (_made, _waited, _held_back, _busiest, _why_not) for sentence in part(found))


def length(hours: float) -> str:
    """A length of a run in words: weeks if they are whole.

    >>> length(1344.0), length(168.0), length(324.0)
    ('8 weeks', 'one week', '13.5 days')
    """
    weeks = hours / 168.0
    if weeks != int(weeks) or weeks == 0:
        return duration(hours)
    return "one week" if weeks == 1 else f"{weeks:.0f} weeks"


def _made(found: Findings) -> Iterator[str]:
    run, figures = found.run, found.figures
    made, mass = figures["batches a week [1/week]"], figures["mass a week [kg/week]"]
    sure = f" (95 % interval {made.range()})" if made.sure else ""
    yield f"The plant makes {made.about()} batches a week{sure}, which is {mass.about()} kg a week."
    whole, first = length(run.until - beginning(run)), run.window[0] - beginning(run)
    less = f", of which the first {length(first).removeprefix('one ')} is left out as warm-up" if first > 0.0 else ""
    if made.sure:
        yield f"That is the mean of {made.n} replications of {whole}{less}."
    else:
        yield f"That is what one run of {whole} gave{less}; how sure it is, only replications can tell."
    yield from _bound(found)


def _bound(found: Findings) -> Iterator[str]:
    """What part of the expected limit it makes."""
    from plantsim.study.bounds import expected

    made, most = found.figures["batches a week [1/week]"].mean, expected(found.run.scenario)
    if most is not None:
        yield (f"The bound on means, without luck and failures, is {number(most)} batches a week: "
               f"it makes {percent(made / most)} of that.")  # fmt: skip


def _waited(found: Findings) -> Iterator[str]:
    figures, waits = found.figures, found.waits
    lead, share = figures["lead time [h]"].mean, figures["waiting [share of lead time]"].mean
    if lead != lead:
        yield "No batch was done in the reported time."
        return
    most = figures["lead time, 95 % below [h]"].mean
    yield f"A batch takes {duration(lead)} from release to done (95 % of them at most {duration(most)})"
    total = sum(each.mean for each in waits.values())
    if share < 0.005 or not total:
        yield "and hardly ever waits."
        return
    first, *rest = [(cause, each.mean / total) for cause, each in list(waits.items())[:3]]
    also = "".join(f", {percent(part)} for {cause}" for cause, part in rest if part >= WORTH)
    yield f"and waits {percent(share)} of that time: {percent(first[1])} of the waiting is for {first[0]}{also}."


def _held_back(found: Findings) -> Iterator[str]:
    if not found.worst:
        yield "Nothing worked in the reported time."
        return
    sole, shifting = (float(found.bottleneck[word].to_dict()[found.worst]) for word in ("sole", "shifting"))
    parts = f"{percent(sole)} alone, {percent(shifting)} while it shifts" if shifting else "always alone"
    share = percent(sole + shifting)
    if found.turning and found.worst not in found.turning:
        yield f"What holds it back is not clear: {found.worst} is the momentary bottleneck {share} of the time"
        yield f"({parts}), but blocked and starved neighbours point to {listed(found.turning)}."
    else:
        yield f"What holds it back most is {found.worst}: the momentary bottleneck {share} of the time ({parts})."


def _busiest(found: Findings) -> Iterator[str]:
    """Where the busiest and the bottleneck are one, and where they are not."""
    if not found.worst:
        return
    tops = busiest({kind: each.mean for kind, each in found.busy.items()})
    unit = max(found.busy_units, key=lambda name: found.busy_units[name].mean)
    share = found.busy_units[unit]
    sure = f" ({share.range(100.0)})" if share.sure else ""
    said = f"{unit} works {share.about(100.0)} % of calendar hours{sure}"
    if not tops:
        yield f"How busy units are would not have told, since most are about equally busy: at the most, {said}."
    elif found.worst in tops:
        yield f"{_capital(found.worst)} is also the busiest: {said}."
    elif set(tops) & set(found.turning):
        yield f"The busiest is {listed(tops)}, too: {said}."
    else:
        yield f"The busiest is another, {listed(tops)}: {said}. What works most need not be what holds back."


def _why_not(found: Findings) -> Iterator[str]:
    """What the bottleneck does while it doesn't work."""
    reasons = [(share, text) for text, share in stands(found.run, found.worst) if share >= WORTH] if found.worst else []
    told = [
        f"{text} ({percent(share)}{'' if k else ' of calendar hours'})" for k, (share, text) in enumerate(reasons[:3])
    ]
    if told:
        yield f"While {found.worst} doesn't work, it {listed(told)}."


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def stands(run: Results, kind: str) -> list[tuple[str, float]]:
    """(why, share of calendar hours) that units of a kind did not work in, the longest first."""
    stays = run.spans("units")
    stays = stays[stays["unit"].isin(run.scenario.plant.units_for(kind))]
    total = float(stays["hours"].sum())
    idle = stays[~stays["state"].isin(["busy", "setup", "transferring"])]
    keys = [idle[column].astype(str) for column in ("state", "detail", "cause")]
    sums: dict[str, float] = {}
    for state, detail, cause, hours in zip(*keys, idle["hours"], strict=True):
        text = _reason(state, detail, cause)
        sums[text] = sums.get(text, 0.0) + hours / total
    return sorted(sums.items(), key=lambda item: -item[1])


def _reason(state: str, detail: str, cause: str) -> str:
    words = REASONS.get((state, detail)) or REASONS.get((state, ""), f"is {state}")
    return words.replace("{}", cause) if cause else words.partition(" by ")[0].partition(" for want")[0]


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def alt_of(shares: Mapping[str, float], what: str) -> str:
    """A chart of shares in a sentence, for those who can't see it."""
    return f"{what}: " + ", ".join(f"{name} {percent(share)}" for name, share in list(shares.items())[:12])


def alt_of_numbers(values: Mapping[str, Interval], what: str) -> str:
    """A chart of numbers in a sentence."""
    return f"{what}: " + ", ".join(f"{name} {number(each.mean)}" for name, each in list(values.items())[:12])

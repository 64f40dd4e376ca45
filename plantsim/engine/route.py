"""Recipes with their names resolved once: what the engine needs to know of a step."""

from __future__ import annotations

from plantsim.chance import HOUR, Constant, Law, Streams
from plantsim.engine.machine import Machine, clean_due, clean_law
from plantsim.recipe import Step
from plantsim.state import Plan, StintPlan, Uses


class StepPlan:
    """A step of a product: its acts, what they use, and the step after it."""

    __slots__ = ("acts", "before", "keeps", "loss", "name", "next", "on", "plain", "share", "step", "togo", "work", "zero")

    def __init__(self, name: str, step: Step, rates: list[float], amount: float, after: StepPlan | None) -> None:
        self.name, self.step, self.on, self.next, self.work = name, step, step.on, after, step.work
        self.keeps = tuple(sorted(step.keeps.items()))
        self.loss, self.share = step.startup_loss, step.yield_
        self.before: StepPlan | None = None
        if after is not None:
            after.before = self
        acts = (("transfer", step.transfer), ("charge", step.charge), ("run", step.time), ("discharge", step.discharge))
        self.acts = [(act, law, tuple(sorted(step.needs.get(act, {}).items()))) for act, law in acts
                     if law is not None or act == "run"]  # fmt: skip
        self.plain = len(self.acts) == 1 and not self.acts[0][2] and step.time is not None
        self.zero = step.hold == 0.0 and after is not None
        mean = step.mean_hours(amount, max(rates, default=0.0) or None)
        self.togo = mean + (after.togo if after else 0.0)

    def out(self, amount: float) -> float:
        """Mass [kg] that comes out of it."""
        return max(0.0, amount - self.loss) * self.share

    def lasts(self, act: str, law: Law | None, address: str, amount: float, machine: Machine, streams: Streams) -> int:
        """How long [ms] an act takes for the batch of this address."""
        if law is None:
            return int(amount / machine.rate * HOUR + 0.5) if machine.rate else 0
        if type(law) is Constant:
            return int(law.value * HOUR + 0.5)
        return streams.time(law, f"{address}/{self.name}/{act}")

    def plan(self, address: str, amount: float, machine: Machine, product: str, streams: Streams) -> Plan:
        """The stints of this step for a batch on this unit: a clean before use, then the acts."""
        if self.plain and machine.cleaning is None:
            act, law, _ = self.acts[0]
            ms = self.lasts(act, law, address, amount, machine, streams)
            return (((("run", ms),), ms, (), 0, ms, "start"),)
        timed = [(act, self.lasts(act, law, address, amount, machine, streams), uses) for act, law, uses in self.acts]
        before = self.clean(address, machine, product, streams)
        return (*before, *stints(timed))

    def clean(self, address: str, machine: Machine, product: str, streams: Streams) -> Plan:
        """The clean that is due before a batch of this product may enter, as a stint of its own."""
        rule = machine.cleaning
        word = clean_due(machine.state, rule, product) if rule else ""
        law = clean_law(rule, word) if rule else None
        if rule is None or law is None:
            return ()
        ms = streams.time(law, f"{address}/{self.name}/clean {word}")
        uses = tuple((pool, number, ms) for pool, number in sorted(rule.needs.items()))
        return ((((f"clean {word}", ms),), ms, uses, 0, 0, ""),)


Timed = tuple[str, int, tuple[tuple[str, int], ...]]


def stints(timed: list[Timed]) -> Plan:
    """Acts that follow one another without a new claim are one stint: each needs no more of any pool than the one before."""
    groups: list[list[Timed]] = []
    for act in timed:
        if groups and groups[-1][-1][0] != "transfer" and _no_more(act[2], groups[-1][-1][2]):
            groups[-1].append(act)
        else:
            groups.append([act])
    return tuple(_stint(group) for group in groups)


def _no_more(uses: tuple[tuple[str, int], ...], before: tuple[tuple[str, int], ...]) -> bool:
    had = dict(before)
    return all(number <= had.get(pool, 0) for pool, number in uses)


def _stint(group: list[Timed]) -> StintPlan:
    ms = sum(each[1] for each in group)
    starts = [sum(each[1] for each in group[:k]) for k in range(len(group))]
    runs = [(start, start + each[1]) for start, each in zip(starts, group, strict=True) if each[0] == "run"]
    begin, end = runs[0] if runs else (0, 0)
    left = "end" if group[0][0] == "transfer" else "start"
    return tuple((each[0], each[1]) for each in group), ms, _uses(group), begin, end, left


def _uses(group: list[Timed]) -> Uses:
    """Each pool with each number of it and how long: those given back earlier are entries of their own."""
    uses: list[tuple[str, int, int]] = []
    for pool in dict.fromkeys(pool for _, _, each in group for pool, _ in each):
        numbers = [dict(each).get(pool, 0) for _, _, each in group] + [0]
        held = 0
        for (_, ms, _), number, after in zip(group, numbers, numbers[1:], strict=False):
            held += ms
            if number > after:
                uses.append((pool, number - after, held))
    return tuple(uses)

"""Recipes with their names resolved once: what the engine needs to know of a step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from plantsim.chance import HOUR, Streams
from plantsim.engine.company import Beside
from plantsim.engine.halting import patience
from plantsim.engine.machine import Machine, clean_law
from plantsim.engine.slowing import Slow
from plantsim.engine.stopping import with_stops
from plantsim.laws import Constant, Law
from plantsim.policies.cleaning import clean_due
from plantsim.procedure import given_back, grouped
from plantsim.state import Plan, StintPlan
from plantsim.step import AROUND, Step

if TYPE_CHECKING:
    from plantsim.engine.meeting import Meet
    from plantsim.engine.parts import Ways
    from plantsim.engine.station import Line
    from plantsim.engine.stock import Stock
    from plantsim.moving import Hops
    from plantsim.state import Takings

Needs = tuple[tuple[str, float], ...]


class Act:
    """One act of a step: its length, a law or a whole number of milliseconds, and the pools it uses.

    One that stands `apart` is a stint of its own: it may be slow, or a model says how long it is.
    """

    __slots__ = ("apart", "law", "ms", "name", "uses")

    def __init__(self, name: str, law: Law | None, uses: Needs, apart: bool = False) -> None:
        self.name, self.law, self.uses, self.apart = name, law, uses, apart
        self.ms = int(law.value * HOUR + 0.5) if type(law) is Constant else None

    def lasts(self, address: str, amount: float, machine: Machine, streams: Streams) -> int:
        """How long [ms] it takes the batch of this address; without a law, the mass by the rate of the unit."""
        if self.ms is not None:
            return self.ms
        if self.law is None:
            return int(amount / machine.rate * HOUR + 0.5) if machine.rate else 0
        return streams.time(self.law, f"{address}/{self.name}")


class StepPlan:
    """A step of a product: its stints, what they use, and the steps around it."""

    __slots__ = (
        "after_hold",
        "after_pause",
        "before",
        "early",
        "empties",
        "gives",
        "halts",
        "hold",
        "hops",
        "keeps",
        "limit",
        "lines",
        "lone",
        "loses",
        "loss",
        "meet",
        "mixes",
        "model",
        "more",
        "name",
        "next",
        "on",
        "onward",
        "own",
        "patience",
        "pauses",
        "risks",
        "share",
        "slows",
        "special",
        "split",
        "stints",
        "takes",
        "tested",
        "tests",
        "togo",
        "ways",
        "withs",
        "zero",
    )

    def __init__(
        self,
        name: str,
        step: Step,
        rates: list[float],
        amount: float,
        after: StepPlan | None,
        utilities: Collection[str] = (),
        run: float = 0.0,
    ) -> None:
        self.name, self.on, self.next, self.pauses = name, step.on, after, step.work
        self.keeps: Needs = tuple(sorted(step.keeps.items()))
        self.loss, self.share = step.startup_loss, step.yield_
        self.model = step.model
        self.withs: tuple[Beside, ...] = ()  # units beside the one it is on
        self.early: frozenset[str] = frozenset()  # containers that are empty as soon as the transfer is over
        self.empties: frozenset[str] = frozenset()  # containers that it leaves empty, if the batch is in them
        self.takes = tuple(step.takes.items())
        self.risks = frozenset(name for name, each in step.takes.items() if each.at_risk)
        self.gives = tuple(step.gives.items())
        self.own = None if step.batch is None or step.made_of is None else (step.batch, step.made_of)
        self.tests = tuple(step.tests.items())
        self.tested = False  # whether some step of its product is tested
        self.special = True  # a batch and its unit alone do not say what a grant is (see `settle`)
        self.onward: StepPlan | None = None  # the next step, if nothing else happens at the end of this one
        self.mixes = False  # what it takes becomes part of a batch of which it is known what it is made of
        self.more = bool(step.keeps or step.takes)  # its claims need more than a unit
        self.loses = step.startup_loss > 0.0 or step.yield_ != 1.0 or bool(step.takes or step.gives)
        self.hops: Hops | None = None  # how batches go to its units, if the layout says so and not the step
        self.lines: Mapping[str, Line] = {}  # place -> where a batch that stands there asks for this step
        self.before: StepPlan | None = None
        self.halts = step.work in ("pause", "restart", "scrap")
        self.patience, self.after_pause = patience(step.longest_pause), step.after_pause
        self.limit = -1  # how long [ms] a batch may stand before it; -1: for ever
        self.hold = -1 if step.hold is None else int(step.hold * HOUR + 0.5)
        self.after_hold = step.after_hold
        if after is not None:
            after.before = self
            after.limit = self.hold
        self.split = step.split
        self.meet: Meet | None = None  # if parts or batches meet for it
        self.ways: Ways = []  # where the batch goes on, unless that is to one step as it is
        acts = [
            Act(act, law, tuple(sorted(step.uses(act).items())), act in step.apart)
            for act in step.acts
            if (law := step.law(act)) is not None or act == "run"
        ]
        # of an act that may be slow: the least share of its rates, and these
        self.slows: dict[str, Slow] = {
            act: (share, {name: rate for name, rate in step.uses(act).items() if name in utilities})
            for act, share in step.slow.items()
        }
        self.stints = [Template(group) for group in grouped(acts)]
        self.lone = self.stints[0].lone if len(self.stints) == 1 else None
        self.zero = step.hold == 0.0 and after is not None
        own = run + step.mean_hours(amount, max(rates, default=0.0) or None)
        self.togo: float = own + (after.togo if after else 0.0)

    @property
    def last(self) -> bool:
        """Whether a batch is done after it."""
        return self.next is None and not self.ways

    def settle(self) -> None:
        """All of it is known: note what is usual, which costs no look at the rest."""
        modelled = self.model is not None
        self.special = modelled or self.zero or self.hops is not None or bool(self.takes or self.withs)
        more = modelled or self.tested or self.mixes or bool(self.withs or self.empties)
        self.onward = None if more else self.next

    def out(self, amount: float) -> float:
        """Mass [kg] that comes out of it; at its end what is known to be mixed with a batch is of its mass already."""
        added = 0.0 if self.mixes else self.adds(amount)
        return max(0.0, amount + added - self.loss) * self.share

    def back(self, amount: float) -> float:
        """Mass [kg] of a batch before it was mixed with what the step has taken."""
        if not self.mixes or self.model is not None:
            return amount
        fixed, share = self.adds(0.0), self.adds(1.0) - self.adds(0.0)
        return (amount - fixed) / (1.0 + share)

    def taking(self, amount: float, stocks: Mapping[str, Stock], before: Sequence[float] = ()) -> Takings:
        """(material, kg, what it is made of) of what a batch of this mass [kg] would take now to become part of it.

        Once others, of masses [kg] `before`, have taken theirs.
        """
        return [
            (name, mass, stocks[name].state.lots[lot].charge)
            for name, each in self.takes
            if each.adds
            for lot, mass in stocks[name].lots_for(
                each.of(amount), sum([each.of(mass) for mass in before]), each.at_risk
            )
        ]

    def adds(self, amount: float, batches: int = 1) -> float:
        """Mass [kg] of what it takes that becomes part of a batch, or of several, of this mass [kg] in all."""
        if not self.takes:
            return 0.0
        return sum([each.of(amount) + each.amount * (batches - 1) for _, each in self.takes if each.adds])

    def asks(self, amount: float) -> Sequence[tuple[str, float]]:
        """(pool or material, how much) that a batch of this mass [kg] needs with its unit."""
        return (*self.keeps, *[(name, each.of(amount)) for name, each in self.takes]) if self.takes else self.keeps

    def plan(
        self, batch: str, amount: float, machine: Machine, product: str, streams: Streams, run: int | None = None
    ) -> Plan:
        """The stints of this step for a batch on this unit: a clean before use, then the acts.

        `run` [ms] is how long the run takes, where a model says so.
        """
        lone = self.lone
        if lone is not None and lone.law is not None and machine.cleaning is None and machine.stops is None:
            ms = streams.time(lone.law, f"{batch}/{self.name}/run")
            return (((("run", ms),), ms, (), 0, ms, "start"),)
        address = f"{batch}/{self.name}"
        acts = tuple([stint.plan(address, amount, machine, streams, run) for stint in self.stints])
        if machine.stops is not None:
            acts = with_stops(acts, machine.stops, address, streams)
        if machine.cleaning is None or machine.washes is not None:
            return acts
        return (*clean_before(machine, address, product, streams), *acts)


def clean_before(machine: Machine, address: str, product: str, streams: Streams) -> Plan:
    """The clean that is due before a batch of this product may enter, as a stint of its own."""
    rule = machine.cleaning
    word = clean_due(machine.state, rule, product) if rule else ""
    law = clean_law(rule, word) if rule and word else None
    if rule is None or law is None:
        return ()
    plan = machine.cleans.get(word)
    if plan is None:
        act = f"clean {word}"
        ms = int(law.value * HOUR + 0.5) if type(law) is Constant else streams.time(law, f"{address}/{act}")
        uses = tuple([(pool, number, ms) for pool, number in sorted(rule.needs.items())])
        plan = ((((act, ms),), ms, uses, 0, 0, ""),)
        if type(law) is Constant:  # always the same
            machine.cleans[word] = plan
    return plan


class Template:
    """A stint in which only lengths are open; most often one length, that of the run."""

    __slots__ = ("acts", "after", "ahead", "at", "before", "fixed", "left", "lone", "uses")

    def __init__(self, acts: list[Act]) -> None:
        self.acts = acts
        self.left = "end" if acts[0].name == "transfer" else "start"
        self.uses = given_back(acts)
        self.lone = acts[0] if len(acts) == 1 and acts[0].name == "run" and not self.uses else None
        self.fixed: StintPlan | None = None
        known = [act.ms for act in acts if act.ms is not None]
        if len(known) == len(acts):
            self.fixed = self.with_lengths(known)
        # of a stint with one open length: which act, the acts around it, and how long those before it take
        self.at = next((k for k, act in enumerate(acts) if act.ms is None), 0)
        self.ahead = tuple([(act.name, act.ms or 0) for act in acts[: self.at]])
        self.after = tuple([(act.name, act.ms or 0) for act in acts[self.at + 1 :]])
        lone = len(known) == len(acts) - 1 and [act.name for act in acts if act.name not in AROUND] == ["run"]
        self.before = sum(ms for _, ms in self.ahead) if lone and acts[self.at].name == "run" else -1

    def plan(
        self, address: str, amount: float, machine: Machine, streams: Streams, run: int | None = None
    ) -> StintPlan:
        """The stint for the batch of this address on a unit; `run` [ms]: the length of the run, if that is known."""
        if self.fixed is not None:
            return self.fixed
        if self.before < 0:
            return self.with_lengths([_lasts(act, address, amount, machine, streams, run) for act in self.acts])
        ms = _lasts(self.acts[self.at], address, amount, machine, streams, run)
        begin = self.before
        if self.after:
            return self.with_lengths([ms if act.ms is None else act.ms for act in self.acts])
        uses = tuple([(pool, number, begin + ms if k == self.at else self._until(k)) for pool, number, k in self.uses])
        return (*self.ahead, ("run", ms)), begin + ms, uses, begin, begin + ms, self.left

    def _until(self, k: int) -> int:
        return sum(ms for _, ms in self.ahead[: k + 1])

    def with_lengths(self, lengths: list[int]) -> StintPlan:
        """The stint whose acts take so long [ms]."""
        ends: list[int] = []
        total = begin = end = 0
        for act, ms in zip(self.acts, lengths, strict=True):
            total += ms
            ends.append(total)
            if act.name not in AROUND:
                begin, end = begin if end else total - ms, total
        acts = tuple([(act.name, ms) for act, ms in zip(self.acts, lengths, strict=True)])
        return acts, total, tuple([(pool, number, ends[k]) for pool, number, k in self.uses]), begin, end, self.left


def _lasts(act: Act, address: str, amount: float, machine: Machine, streams: Streams, run: int | None) -> int:
    if run is not None and act.name == "run":
        return run
    return act.lasts(address, amount, machine, streams)

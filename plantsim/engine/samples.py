"""Samples of lots and batches: a test claims analysts as a stint claims its crew; its verdict comes after its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.chance import Streams
from plantsim.engine.crews import lent_for
from plantsim.engine.journey import Key, natural
from plantsim.errors import ModelError, did_you_mean
from plantsim.laws import Law, normal
from plantsim.materials import Investigation, QualityTest
from plantsim.state import MEANS, alone, begin, sample, wait

if TYPE_CHECKING:
    from plantsim.engine.benches import Bench
    from plantsim.engine.desk import Desk
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.state import BatchState, Uses
    from plantsim.state.things import SampleState

FAILED = "failed test"  # the kind of deviation that is a test gone wrong


class Sample:
    """A test of a lot or a batch that is not over; it claims analysts as a stint claims its crew."""

    __slots__ = ("desk", "key", "name", "rank", "rule", "samples")

    def __init__(self, name: str, floor: Floor) -> None:
        self.samples = floor.state.samples
        state = self.samples[name]
        self.name, self.rule = name, floor.tests[state.test]
        self.rank: tuple[object, ...] = natural(name)
        self.desk: Desk | None = None
        self.key: Key = (0, state.since, self.rank)

    def uses(self) -> Uses:
        """(pool, number, ms) that it needs to begin."""
        return self.samples[self.name].uses

    def begin(self, floor: Floor, now: int) -> None:
        """The pools are there."""
        found = lent_for(self.uses(), floor, now) if floor.parties else None
        bench = self._bench(floor)
        riders = bench.leave(floor) if bench is not None else []
        detail: object = self.name if found is None else (self.name, found[0])
        if riders:
            detail = (self.name, self.uses() if found is None else found[0], tuple([each.name for each in riders]))
        floor.put(begin, (now, "begin", "", "", "", "", 0.0, "", detail))
        for each in (self, *riders):
            each.run(floor, now)

    def _bench(self, floor: Floor) -> Bench | None:
        """Where it waits for others that are tested with it; an investigation is its own."""
        state = floor.state.samples[self.name]
        return None if state.failed else floor.benches.get(state.test)

    def run(self, floor: Floor, now: int) -> None:
        """Set the alarm for its verdict."""
        state = floor.state.samples[self.name]
        floor.alarm(max(state.since + state.left - now, 0), self)

    def let_wait(self, floor: Floor, lacking: str, now: int) -> None:
        """It lacks something: say so, once, also of those that would be tested with it."""
        if (bench := self._bench(floor)) is not None:
            bench.say(lacking, floor, now)
        elif floor.state.samples[self.name].lacks != lacking:
            floor.put(wait, (now, "wait", "", "", "", "", 0.0, lacking, self.name))

    def close(self, floor: Floor, now: int) -> None:
        """The verdict is there, or a failure is to be investigated first."""
        from plantsim.engine.quality import batch_verdict, lot_verdict

        state = floor.state.samples.get(self.name)
        if state is None or state.since + state.left > now:
            return  # its batch is lost, or it has begun anew
        failed = self._failed(state, floor)
        if failed and not state.failed and self._investigate(floor, now):
            return
        verdict = lot_verdict if state.material else batch_verdict
        verdict(self, "reject" if failed else "accept", floor, now)

    def _failed(self, state: SampleState, floor: Floor) -> bool:
        """Whether the test, or the investigation that has followed it, has gone wrong."""
        rule, inquiry = self.rule, floor.tests.get(FAILED)
        if state.failed and self._own is None and isinstance(inquiry, Investigation) and inquiry.rejects is not None:
            return floor.streams.number(f"{self.name}/outcome") < inquiry.rejects
        if state.failed or not all(rule.spec[word].holds(number) for word, number in state.found):
            return True
        return rule.fails > 0.0 and floor.streams.number(f"{self.name}/verdict") < rule.fails

    @property
    def _own(self) -> Law | None:
        """How long an investigation takes that the test itself names."""
        return self.rule.investigation if isinstance(self.rule, QualityTest) else None

    def _investigate(self, floor: Floor, now: int) -> bool:
        """The failure of a test is investigated: as the test says, or else as those of all tests; whether it is."""
        inquiry = floor.tests.get(FAILED)
        law = inquiry.time if self._own is None and inquiry is not None else self._own
        if law is None or not isinstance(self.rule, QualityTest):
            return False
        ms = floor.streams.time(law, f"{self.name}/investigation")
        uses = _uses(inquiry, ms) if self._own is None and inquiry is not None else ()
        self._say("investigate", (self.name, ms, uses) if uses else (self.name, ms), floor, now)
        if uses:
            self.key = (0, now, self.rank)
            floor.claims.append(self)
        else:
            self.run(floor, now)
        return True

    def _say(self, kind: str, detail: tuple[object, ...], floor: Floor, now: int) -> None:
        state = floor.state.samples[self.name]
        b = floor.state.batches.get(state.subject)
        whose = ("", "", "", 0.0) if state.material or b is None else (b.name, b.step, b.product, b.amount)
        floor.put(MEANS[kind], (now, kind, "", *whose, state.test, detail))


def _uses(rule: QualityTest | Investigation, ms: int) -> Uses:
    """(pool, number, ms) that a test or an investigation of so long needs to begin."""
    held = ms if rule.hands_on is None else min(ms, int(rule.hands_on * 3_600_000 + 0.5))
    return tuple([(pool, number, held) for pool, number in sorted(rule.needs.items())])


def send(
    floor: Floor, now: int, test: str, subject: str, *, step: str = "", material: str = "", waits: bool = False
) -> None:
    """Take a sample of a lot, or of a batch after a step: its test begins, or waits for analysts."""
    rule = floor.tests[test]
    b = floor.state.batches.get(subject) if not material else None
    if b is None:
        number = floor.state.stocks[material].lots[subject].tests
        name = f"{subject}/{test}" + (f"/{number + 1}" if number else "")
        whose: tuple[str, str, str, float] = ("", "", "", 0.0)
    else:
        name = f"{b.luck}/{step}/{test}"
        whose = (subject, step, b.product, b.amount)
    found: tuple[tuple[str, float], ...] = ()
    if rule.spec:
        said = floor.state.stocks[material].lots[subject].charge if b is None else b.charge
        found = measured(rule, said, f"{b.name} after {b.step!r}: the batch" if b else "", name, test, floor.streams)
    _begin((name, test, subject, material), whose, floor, now, waits=waits, found=found)


def _begin(
    what: tuple[str, str, str, str],
    whose: tuple[str, str, str, float],
    floor: Floor,
    now: int,
    *,
    waits: bool = False,
    found: tuple[tuple[str, float], ...] = (),
) -> None:
    """The row of a sample (name, test, subject, material) is written: it begins, or asks for who does it."""
    name, test, subject, material = what
    ms = floor.streams.time(floor.tests[test].time, f"{name}/time")
    uses = _uses(floor.tests[test], ms)
    bench = floor.benches.get(test)
    detail = (name, subject, ms, uses, material, waits, found)
    floor.put(sample, (now, "sample", "", *whose, test, detail if bench is None else (*detail, True)))
    each = Sample(name, floor)
    if bench is not None:
        bench.join(each, floor)
    elif uses:
        floor.claims.append(each)
    else:
        each.run(floor, now)


def inquire(kind: str, b: BatchState | None, unit: str, floor: Floor, now: int) -> None:
    """A deviation of a batch, or of a unit, is investigated, if it is of a kind that is, and is not already."""
    if kind not in floor.tests:
        return
    number = floor.state.units[unit].cleans + 1 if unit else 0
    name = f"{unit}/{kind}/{number}" if b is None else f"{b.luck}/{b.step}/{kind}"
    if name not in floor.state.samples:
        whose = ("", "", "", 0.0) if b is None else (b.name, b.step, b.product, b.amount)
        _begin((name, kind, unit if b is None else b.name, ""), whose, floor, now)


def measured(
    rule: QualityTest | Investigation, said: dict[str, Any] | None, whose: str, name: str, test: str, streams: Streams
) -> tuple[tuple[str, float], ...]:
    """(attribute, its number as the test finds it) of a lot, or of a batch called so.

    Raises:
        ModelError: if the batch has no such attribute.
    """
    quality = (said or {}).get("quality", {})
    found = []
    for word, limits in rule.spec.items():
        if word not in quality:
            hint = did_you_mean(word, quality) or "; its product declares no charge with it"
            raise ModelError(f"test {test!r} of {whose} has no attribute {word!r}{hint}")
        wrong = limits.error * normal.inv_cdf(streams.number(f"{name}/{word}")) if limits.error else 0.0
        found.append((word, quality[word] + wrong))
    return tuple(found)


def drop(way: Journey, floor: Floor) -> None:
    """The tests of a batch that is lost are not made any more, unless other parts of it wait for them."""
    gone = alone(floor.state, way.b)
    for desk in floor.desks.values():
        lost = [claim for claim in desk.waiting if type(claim) is Sample and claim.name in gone]
        for claim in lost:
            desk.waiting.remove(claim)
    floor.claims = [claim for claim in floor.claims if not (type(claim) is Sample and claim.name in gone)]
    for bench in floor.benches.values():
        bench.drop(gone, floor)
    floor.give_back([pool for key in gone for pool, _, _ in floor.state.samples[key].uses])


def take_up_sample(floor: Floor, name: str) -> None:
    """A test goes on, or waits on for analysts."""
    each, state = Sample(name, floor), floor.state.samples[name]
    if state.running:
        each.run(floor, floor.state.time)
    elif not state.failed and (bench := floor.benches.get(state.test)) is not None:
        bench.join(each, floor)
    elif (desk := floor.desks.get(state.lacks)) is not None:
        each.desk = desk
        desk.park(each)

"""What verdicts of tests mean: lots are released, batches go on, go back or are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.gate import awaited_test
from plantsim.engine.rework import go_back
from plantsim.engine.samples import Sample, inquire, send
from plantsim.materials import Rework
from plantsim.state import MEANS, deviate, hold, skip, tested

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
    from plantsim.materials import Afterwards, Sampling
    from plantsim.state import BatchState
    from plantsim.state.things import SampleState

REJECTED = "rejected"  # and the material: why a batch is lost, goes back, or deviates, of whose lots one is rejected


def lot_verdict(each: Sample, word: str, floor: Floor, now: int) -> None:
    """A lot may be taken from now on, or is lost; those who have taken of it at risk go on, or as their steps say."""
    state = floor.state.samples[each.name]
    stock = floor.stocks[state.material]
    amount = stock.state.lots[state.subject].amount
    ways = _concerned(each.name, floor)
    risked = [(way, *_risked(way, state.material, floor)) for way in ways if word == "reject"]
    lost = [(way.b.name, step, f"{REJECTED} {state.material}") for way, step, then in risked if then != "deviation"]
    detail = (each.name, stock.lasts(now)) if word == "accept" else (each.name, *lost)
    floor.put(MEANS[word], (now, word, "", "", "", "", amount, state.test, detail))
    if word == "accept":
        stock.released(state.subject, floor, now)
        for way in ways:
            _accepted(way, floor, now)
    else:
        stock.order(floor, now)
        for way, step, then in risked:
            _made_of_rejected(way, step, then, state, floor, now)


def _concerned(sample: str, floor: Floor) -> list[Journey]:
    """The batches that a sample concerns, by name."""
    return sorted((floor.ways[b.name] for b in tested(floor.state, sample)), key=lambda way: way.rank)


def _risked(way: Journey, material: str, floor: Floor) -> tuple[str, Afterwards]:
    """(step that takes of a material at risk, what becomes of a batch whose lot of it is rejected)."""
    plans = floor.steps[way.b.product].values()
    plan = next(each for each in plans if material in each.risks)
    return plan.name, dict(plan.takes)[material].after_reject


def _made_of_rejected(way: Journey, step: str, then: Afterwards, state: SampleState, floor: Floor, now: int) -> None:
    """A lot of which a batch has taken at risk is rejected: that is noted, or the batch is lost or goes back."""
    b, word = way.b, f"{REJECTED} {state.material}"
    if then != "deviation":
        rejected(way, step, word, floor, now)
        return
    row = (now, "deviation", b.place or b.unit, b.name, b.step, b.product, b.amount, word, state.subject)
    floor.put(deviate, row)
    inquire("rejected lot", b, "", floor, now)
    _accepted(way, floor, now)


def after(way: Journey, step: StepPlan, floor: Floor, now: int) -> bool:
    """What the tests of a batch mean at the end of a step: samples are sent; whether the batch goes no further now."""
    b = way.b
    if b.verdict is not None:
        return_or_lose(way, *b.verdict, step, floor, now)
        return True
    for test, sampling in step.tests:
        if sampling.plain or _chosen(b, step.name, test, sampling, floor):
            send(floor, now, test, b.name, step=step.name, waits=not sampling.at_risk)
        else:
            floor.put(skip, (now, "skip", "", b.name, step.name, b.product, b.amount, test, None))
    if not (step.last and b.pending):
        return False
    if way.machine is not None:
        floor.leave_unit(b, way.machine, step, now)
        way.machine = None
    test = floor.state.samples[next(iter(b.pending))].test
    floor.put(hold, (now, "hold", "", b.name, b.step, b.product, b.amount, test, None))
    return True


def _chosen(b: BatchState, step: str, test: str, sampling: Sampling, floor: Floor) -> bool:
    """Whether a batch is tested by a sampling plan; one that has gone back always is."""
    plan = floor.state.samplings.get(f"{b.product}/{step}/{test}")
    if b.reworked:
        return True
    if sampling.every is not None and (plan is None or plan.untested >= sampling.every - 1):
        return True
    campaign = floor.state.units[b.unit].campaigns if b.unit else 0
    if sampling.first_of_campaign and (plan is None or plan.campaigns.get(b.unit) != campaign):
        return True
    return sampling.share is not None and floor.streams.number(f"{b.luck}/{step}/{test}/chosen") < sampling.share


def batch_verdict(each: Sample, word: str, floor: Floor, now: int) -> None:
    """A batch goes on, or is lost: now if it waits, else at the end of the step that it is in; all parts of it.

    So do all batches that have been in a unit since it was investigated.
    """
    state = floor.state.samples[each.name]
    ways = _concerned(each.name, floor)
    test, own = state.test, state.subject not in floor.machines
    whose = [(way.b.name, way.b.step, way.b.product, way.b.amount) for way in ways if own] or [("", "", "", 0.0)]
    floor.put(MEANS[word], (now, word, "", *whose[0], test, (each.name, None)))
    for way in ways:
        if word == "reject":
            rejected(way, state.step, test, floor, now)
        else:
            _accepted(way, floor, now)


def rejected(way: Journey, step: str, test: str, floor: Floor, now: int) -> None:
    """A batch that nothing works on goes back, or is lost."""
    b = way.b
    if b.phase in ("wait", "held"):
        done = floor.steps[b.product][b.step]
        done = done.before or done if b.phase == "wait" else done
        return_or_lose(way, step, test, done if b.unit and not (b.gate or b.joins or b.over) else None, floor, now)


def _accepted(way: Journey, floor: Floor, now: int) -> None:
    b = way.b
    if b.gate:
        if way.doing is not None and all(each[0] is not way for each in floor.coming):  # not by another verdict of now
            floor.coming.append((way, way.doing, b.amount))
    elif b.phase == "held":
        if b.pending:
            following = floor.state.samples[next(iter(b.pending))].test
            if following != b.cause:
                floor.put(hold, (now, "hold", "", b.name, b.step, b.product, b.amount, following, None))
        else:
            floor.finish(way, floor.steps[b.product][b.step], now)
    elif way.line is not None and way.line.open is not None and not awaited_test(way.b, floor):
        line = way.line.open
        way.line.remove(way)
        way.line = line
        line.park(way)
        floor.touched[line.station.rank] = line.station
        floor.unmet.append(way)
    elif way.line is not None and way.line.open is not None:
        floor.unmet.append(way)  # for another verdict now


def return_or_lose(way: Journey, step: str, test: str, done: StepPlan | None, floor: Floor, now: int) -> None:
    """A batch that has failed a test is taken out and goes back to an earlier step, if it may; else it is lost.

    `done` is the step that was done in the unit in which it stands.
    """
    b = way.b
    back, most = _back(floor.steps[b.product][step], test) if step else ("", 0)
    if not back or b.reworked.get(f"{step}/{test}", 0) >= most:
        floor.lose(way, test, now)
        return
    go_back(way, (step, test), back, floor, now, done)


def _back(step: StepPlan, word: str) -> tuple[str, int]:
    """(step to which a batch goes back, how often at most) by what a step says of a test, or of a rejected lot."""
    if word in dict(step.tests):
        sampling = dict(step.tests)[word]
        return sampling.rework, sampling.most
    taken = dict(step.takes).get(word.removeprefix(f"{REJECTED} "))
    after = taken.after_reject if taken is not None else None
    return (after.rework, after.most) if isinstance(after, Rework) else ("", 0)

"""What verdicts of tests mean: lots are released, batches go on, go back or are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.gate import awaited_test
from plantsim.engine.rework import go_back
from plantsim.engine.samples import Sample, send
from plantsim.state import MEANS, hold, skip, tested

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan
    from plantsim.materials import Sampling
    from plantsim.state import BatchState


def lot_verdict(each: Sample, word: str, floor: Floor, now: int) -> None:
    """A lot may be taken from now on, or is lost."""
    state = floor.state.samples[each.name]
    stock = floor.stocks[state.material]
    amount = stock.state.lots[state.subject].amount
    detail = (each.name, stock.lasts(now)) if word == "accept" else (each.name,)
    row = (now, word, "", "", "", "", amount, state.test, detail)
    floor.put(MEANS[word], row)
    if word == "accept":
        stock.released(state.subject, floor, now)
    else:
        stock.order(floor, now)


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
    ways = sorted((floor.ways[b.name] for b in tested(floor.state, each.name)), key=lambda way: way.rank)
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
    sampling = dict(floor.steps[b.product][step].tests).get(test) if step else None
    if sampling is None or not sampling.rework or b.reworked.get(f"{step}/{test}", 0) >= sampling.most:
        floor.lose(way, test, now)
        return
    go_back(way, (step, test), sampling.rework, floor, now, done)

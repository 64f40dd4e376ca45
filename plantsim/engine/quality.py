"""What verdicts of tests mean: lots are released, batches go on, go back or are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.engine.gate import awaited_test
from plantsim.engine.rework import go_back
from plantsim.engine.samples import Sample, send
from plantsim.state import MEANS, hold, tested

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.route import StepPlan


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
        send(floor, now, test, b.name, step=step.name, waits=not sampling.at_risk)
    if not (step.last and b.pending):
        return False
    if way.machine is not None:
        floor.leave_unit(b, way.machine, step, now)
        way.machine = None
    test = floor.state.samples[next(iter(b.pending))].test
    floor.put(hold, (now, "hold", "", b.name, b.step, b.product, b.amount, test, None))
    return True


def batch_verdict(each: Sample, word: str, floor: Floor, now: int) -> None:
    """A batch goes on, or is lost: now if it waits, else at the end of the step that it is in; all parts of it."""
    state = floor.state.samples[each.name]
    ways = sorted((floor.ways[b.name] for b in tested(floor.state, each.name)), key=lambda way: way.rank)
    b, test = ways[0].b, state.test
    floor.put(MEANS[word], (now, word, "", b.name, b.step, b.product, b.amount, test, (each.name, None)))
    for way in ways:
        if word == "reject":
            _rejected(way, state.step, test, floor, now)
        else:
            _accepted(way, floor, now)


def _rejected(way: Journey, step: str, test: str, floor: Floor, now: int) -> None:
    b = way.b
    if b.phase in ("wait", "held"):
        done = floor.steps[b.product][b.step]
        done = done.before or done if b.phase == "wait" else done
        return_or_lose(way, step, test, done if b.unit and not (b.gate or b.joins or b.over) else None, floor, now)


def _accepted(way: Journey, floor: Floor, now: int) -> None:
    b = way.b
    if b.gate:
        if way.doing is not None:
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
    sampling = dict(floor.steps[b.product][step].tests)[test]
    if not sampling.rework or b.reworked.get(f"{step}/{test}", 0) >= sampling.most:
        floor.lose(way, test, now)
        return
    go_back(way, (step, test), sampling.rework, floor, now, done)

"""What rows mean to materials and their lots, and to tests of lots and batches."""

from __future__ import annotations

from typing import Any

from plantsim.record import RowTuple
from plantsim.state.stints import give_back, lend
from plantsim.state.things import BatchState, LotState, SampleState, SamplingState, State, UnitState

DUST = 1e-9  # kg: what rounding may leave of a lot


def purchase(state: State, row: RowTuple) -> None:
    stock = state.stocks[row[7]]
    lot, due = row[8]
    stock.ordered += 1
    stock.coming.append((due, lot, row[6], row[0]))


def deliver(state: State, row: RowTuple) -> None:
    """A lot is in store: of a delivery, of the opening stock, or given by a step."""
    stock = state.stocks[row[7]]
    lot, status, expires, *more = row[8]
    stock.came += 1
    stock.coming = [each for each in stock.coming if each[1] != lot]
    stock.lots[lot] = LotState(row[6], status, expires, charge=more[0] if more else None)


def take(state: State, row: RowTuple) -> None:
    """What becomes part of the batch is remembered, until it is mixed with it; and a verdict that is still to come."""
    lots = state.stocks[row[7]].lots
    for lot, amount in row[8]:
        if row[6]:
            state.batches[row[3]].taken.append((row[7], amount, lots[lot].charge))
        lots[lot].amount -= amount
        if lots[lot].status == "quarantine":  # it stays, be it used up, until its verdict is there
            state.batches[row[3]].pending.setdefault(test_of(state, row[7], lot), False)
        elif lots[lot].amount <= 0.0:
            del lots[lot]


def usable(lot: LotState, *, at_risk: bool = False) -> bool:
    """Whether a step may take of a lot; at risk, of one whose first test is not over, and none that is out of date."""
    return lot.status == "released" or (at_risk and lot.expires < 0 and lot.amount > DUST)


def test_of(state: State, material: str, lot: str) -> str:
    """The sample of a lot that is not released."""
    return next(key for key, each in state.samples.items() if (each.material, each.subject) == (material, lot))


def expire(state: State, row: RowTuple) -> None:
    """A lot is out of date: it waits for a test, or is lost."""
    lots = state.stocks[row[7]].lots
    lot, again = row[8]
    if again:
        lots[lot].status = "quarantine"
    else:
        del lots[lot]


def sample(state: State, row: RowTuple) -> None:
    """A test begins, of a lot or a batch; or an investigation, of a batch, or of a unit and all that are in it."""
    time, _, _, batch, step, product, _, test, detail = row
    key, subject, ms, uses, material, waits, found, *shared = detail
    begins = not (uses or shared)
    state.samples[key] = SampleState(test, subject, step, material, ms, uses, time, begins, found=found)
    if batch:
        b = state.batches[batch]
        b.pending[key] = waits
        plan = state.samplings.setdefault(f"{product}/{step}/{test}", SamplingState())
        plan.untested = 0
        if b.unit in state.units:
            plan.campaigns[b.unit] = state.units[b.unit].campaigns
    elif material:
        state.stocks[material].lots[subject].tests += 1
    else:
        u = state.units[subject]
        u.doubts.append(key)
        for name in (u.batch, *u.riders) if u.batch else ():
            doubt(state.batches[name], u)


def skip(state: State, row: RowTuple) -> None:
    """By the sampling plan a batch is not tested."""
    _, _, _, _, step, product, _, test, _ = row
    state.samplings.setdefault(f"{product}/{step}/{test}", SamplingState()).untested += 1


def doubt(b: BatchState, u: UnitState) -> None:
    """A batch is in a unit that is investigated: it is released with the verdict."""
    for key in u.doubts:
        b.pending.setdefault(key, False)


def begin_sample(state: State, begun: Any, time: int) -> None:
    """The pools that a test lacked are there; if others lend what it uses, the row says who: (sample, uses).

    If others are tested with it, also which: (sample, uses, samples).
    """
    key, *more = (begun,) if isinstance(begun, str) else begun
    each = state.samples[key]
    if more:
        each.uses = more[0]
    each.running, each.since, each.lacks = True, time, ""
    for pool, number, held in each.uses:
        lend(state, pool, (time + held, number, key), time)
    for name in more[1] if len(more) > 1 else ():
        rider = state.samples[name]
        rider.left, rider.uses, rider.ride = each.left, (), key
        rider.running, rider.since, rider.lacks = True, time, ""


def investigate(state: State, row: RowTuple) -> None:
    key, ms, *needed = row[8]
    each = state.samples[key]
    each.uses = needed[0] if needed else ()
    each.left, each.since, each.failed, each.running, each.ride = ms, row[0], True, not each.uses, ""


def accept(state: State, row: RowTuple) -> None:
    key, expires = row[8]
    each = state.samples.pop(key)
    _settled(state, key, each)
    if each.material:
        lots = state.stocks[each.material].lots
        lots[each.subject].status, lots[each.subject].expires = "released", expires
        if lots[each.subject].amount <= 0.0:  # used up at risk
            del lots[each.subject]


def reject(state: State, row: RowTuple) -> None:
    """A lot is lost; a batch is lost, or goes back, when nothing works on it any more.

    Of a lot, the row says which batches that have taken of it at risk, after which step, and why.
    """
    key, *those = row[8]
    each = state.samples.pop(key)
    concerned = _settled(state, key, each)
    if not each.material:
        for b in concerned:
            b.verdict = (each.step, each.test)
        return
    del state.stocks[each.material].lots[each.subject]
    for name, step, why in those:
        state.batches[name].verdict = (step, why)


def _settled(state: State, key: str, each: SampleState) -> list[BatchState]:
    """Nobody waits for this verdict any more; whom it concerns."""
    concerned = tested(state, key)
    for b in concerned:
        del b.pending[key]
    if not each.material and each.subject in state.units:
        state.units[each.subject].doubts.remove(key)
    return concerned


def rework(state: State, row: RowTuple) -> None:
    """A batch that was taken out goes back to an earlier step; it is not tested any further, and booked nowhere."""
    time, _, _, batch, step, _, _, test, _ = row
    b = state.batches[batch]
    untest(state, b, time)
    word = f"{step}/{test}"
    b.reworked[word] = b.reworked.get(word, 0) + 1
    b.verdict, b.phase, b.plan, b.asked, b.gate, b.joins, b.over = None, "wait", (), time, False, False, ()
    b.lost = b.halted = 0
    b.stood = -1
    b.words, b.taken, b.outcome = (), [], None
    if b.booked:
        unbook(state, b)


def unbook(state: State, b: BatchState) -> None:
    """No unit is booked any more for a batch."""
    for u in state.units.values():
        u.booked = [each for each in u.booked if each[2] != b.name]
    b.booked = 0


def tested(state: State, key: str) -> list[BatchState]:
    """Whom a sample concerns: the batch of which it was taken, its parts, or what it has become a part of."""
    return [b for b in state.batches.values() if key in b.pending]


def untest(state: State, b: BatchState, time: int) -> None:
    """Nobody waits for the tests of a batch any more, unless other parts of it do; those of its lots it keeps."""
    for key in alone(state, b):
        _drop(state, key, time)
    b.pending = {key: False for key in b.pending if key in state.samples and state.samples[key].material}


def _drop(state: State, key: str, time: int) -> None:
    """What a sample uses comes back, or stays with those that are tested with it."""
    gone = state.samples.pop(key)
    rest = [] if gone.failed else [name for name, each in state.samples.items() if each.ride == key]
    if not rest:
        give_back(state, key, gone.uses, time)
        return
    heir = rest[0]
    for name in rest:
        state.samples[name].ride = "" if name == heir else heir
    state.samples[heir].uses = gone.uses
    for pool in dict.fromkeys(pool for pool, _, _ in gone.uses):
        uses = state.pools[pool]
        state.pools[pool] = sorted((until, number, heir if who == key else who) for until, number, who in uses)


def alone(state: State, b: BatchState) -> list[str]:
    """The tests and investigations that concern this batch alone."""
    others = [each for each in state.batches.values() if each is not b] if b.pending else []
    samples = {key: state.samples[key] for key in b.pending}
    own = [key for key, each in samples.items() if not (each.material or each.subject in state.units)]
    return [key for key in own if not any(key in each.pending for each in others)]


def hold(state: State, row: RowTuple) -> None:
    """A batch has left its last unit and waits for its verdict."""
    b = state.batches[row[3]]
    b.phase, b.cause = "held", row[7]

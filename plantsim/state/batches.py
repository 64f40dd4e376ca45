"""What rows mean to batches, and to the places that they take."""

from __future__ import annotations

from bisect import insort

from plantsim.record import RowTuple
from plantsim.state.cleans import halt_clean
from plantsim.state.parts import meet, others
from plantsim.state.stints import aged, lend, stop, turn
from plantsim.state.stocks import begin_sample, doubt, unbook, untest
from plantsim.state.things import BatchState, State, UnitState
from plantsim.state.units import begin_job, halt_job


def release(state: State, row: RowTuple) -> None:
    time, _, _, batch, step, product, amount, _, (order, number) = row
    state.batches[batch] = BatchState(batch, order, number, product, amount, time, step, asked=time)
    entry = state.orders[order]
    entry.released += 1
    entry.last = time
    entry.lacks, entry.lasts = "", 0


def lose(state: State, row: RowTuple) -> None:
    """A batch is turned away; its number in the order is used up."""
    entry = state.orders[row[8][0]]
    entry.released += 1
    entry.finished += 1
    entry.last = row[0]


def wait(state: State, row: RowTuple) -> None:
    time, _, _, batch, step, _, _, cause, detail = row
    if not batch:
        _lack(state, row)
        return
    b = state.batches[batch]
    b.lasts, detail = (detail, None) if type(detail) is int else (0, detail)
    if detail is not None:  # it waits for others to join, or for a verdict
        meet(b, detail, row)
    if b.phase == "run":
        turn(state, b, time)
        if step == b.step and detail is None:
            b.stint += 1
            b.left = b.plan[b.stint][1]
    if step != b.step or detail is not None:
        b.step = step
        b.plan = ()
    if b.phase == "ride":
        b.asked = time
    b.phase = "claim" if b.plan else "wait"
    b.cause = cause


def _lack(state: State, row: RowTuple) -> None:
    """A job of a unit lacks something, a sample, or the next batch of an order."""
    time, _, unit, _, _, _, _, cause, detail = row
    if unit:
        state.tended(unit).jobs[detail].lacks = cause
    elif isinstance(detail, str):
        state.samples[detail].lacks = cause
    else:
        entry = state.orders[detail[0]]
        entry.lacks, entry.since, entry.lasts = cause, time, detail[1]


def grant(state: State, row: RowTuple) -> None:
    time, _, unit, batch, step, product, _, _, detail = row
    plan, kept = detail[0], detail[1]
    b = state.batches[batch]
    if b.phase == "run":
        turn(state, b, time)
    asked = b.asked if b.phase == "wait" else time
    if b.unit:
        b.place = b.unit
    b.lasts = 0
    u = state.units[unit]
    if u.batch:  # it has places for several, each for itself
        u.riders.append(b.name)
    else:
        u.batch = b.name
    stint = plan[0]
    if not stint[5]:
        u.before = [u.last, u.campaign]
    u.campaign = 1 if stint[0][0][0] == "clean major" else u.campaign + 1
    if u.campaign == 1 or u.last != product:
        u.campaigns += 1
    u.last = product
    clean, u.dirty = not u.dirty, True
    u.set_for = ""
    u.mass += row[6]
    if u.doubts:
        doubt(b, u)
    if len(detail) > 2:
        _bring(state, b, product, detail[2])
        u.apart = len(detail) > 3
    if kept:
        u.kept = dict(kept)
        for pool, number in kept:
            state.kept[pool] += number
    if b.booked:
        own = next((each for each in u.booked if each[2] == batch), None)
        if own is not None:
            u.booked.remove(own)
            b.booked -= 1
    b.step, b.unit, b.plan, b.stint, b.left, b.cause = step, unit, plan, 0, stint[1], ""
    if b.words:
        b.words = ()
    if b.taken:
        b.taken = []
    if b.over and not b.place:
        b.over = ()
    if stint[2] or u.jobs or _tended(state, b):
        b.phase = "claim"
        b.stood, b.asked = asked, time
        u.fresh = clean and not u.apart
    else:
        b.phase = "run"
        b.since = time
        if not stint[5]:  # a clean, while it stands where it was
            b.stood = asked
        for name in b.withs:
            state.units[name].fresh = False


def _bring(state: State, b: BatchState, product: str, withs: tuple[str, ...]) -> None:
    b.withs = list(withs)
    for name in withs:
        u = state.units[name]
        u.fresh = not u.dirty
        u.batch, u.last, u.set_for, u.dirty = b.name, product, "", True
        doubt(b, u)
        u.campaign += 1
        u.mass += b.amount


def _part(state: State, b: BatchState, place: str, time: int) -> None:
    """A unit beside the one that the step is on is left; the last stint has aged it."""
    b.withs.remove(place)
    u = state.units[place]
    u.batch, u.fresh = "", False
    u.cycles += 1
    u.left = time
    if b.phase == "run":
        u.ran += aged(b, time)


def _tended(state: State, b: BatchState) -> bool:
    """Whether a unit beside its own, or a container, is not ready yet."""
    return any(state.units[name].jobs for name in (*b.withs, *b.containers))


def ride(state: State, row: RowTuple) -> None:
    time, _, unit, batch, step, _, _, _, _ = row
    b = state.batches[batch]
    if b.phase == "run":
        turn(state, b, time)
    if b.unit:
        b.place = b.unit
    state.units[unit].riders.append(batch)
    doubt(b, state.units[unit])
    b.stood = b.asked if b.phase == "wait" else time
    b.step, b.unit, b.plan, b.phase, b.cause = step, unit, (), "ride", ""


def begin(state: State, row: RowTuple) -> None:
    time, _, unit, batch, _, _, _, _, job = row
    if not batch:
        if unit:
            begin_job(state, unit, job, time)
        else:
            begin_sample(state, job, time)
        return
    b = state.batches[batch]
    if b.phase == "run":
        turn(state, b, time)
        b.stint += 1
        stint = b.plan[b.stint]
        b.left = stint[1]
    else:
        b.phase = "run"
        b.lost = 0
        stint = b.plan[b.stint]
        for name in (unit, *b.withs, *b.containers):
            if name in state.units:  # else it is a buffer, into which the batch goes
                state.units[name].fresh = False
    if b.stood >= 0 and stint[5]:
        _moves(b)
    if b.words:
        b.words = ()
    if job is not None:  # it goes more slowly, or faster, than planned, or others than the pools lend what it uses
        if len(job) == 2:
            job, b.words = job
        b.left += job[1] - stint[1]
        b.plan = (*b.plan[: b.stint], job, *b.plan[b.stint + 1 :])
        stint = job
    b.since = time
    b.cause = ""
    worked = stint[1] - b.left
    for pool, number, held in stint[2]:
        if held > worked:
            lend(state, pool, (time + held - worked, number, batch), time)


def leave(state: State, row: RowTuple) -> None:
    time, _, place, batch, _, _, amount, _, _ = row
    b = state.batches[batch]
    if b.withs and place in b.withs:
        _part(state, b, place, time)
        return
    b.amount = amount
    entered = b.stood < 0 or place != b.unit
    if b.place == place:
        b.place = ""
        if b.phase in ("run", "ride"):
            _moves(b)
    elif b.more and place in b.more and place != b.unit:
        b.more.remove(place)
    else:
        if b.phase == "run":  # its last stint in the plant is over
            turn(state, b, time)
            b.phase = "wait"
        elif b.phase == "ride":
            b.phase = "wait"
        b.unit = ""
    u = state.units.get(place)
    if u is None:
        state.buffers[place].remove(batch)
        return
    if u.apart:
        u.cycles += 1
    if u.riders:  # others are still in it, of a load or each for itself
        if u.batch == batch:
            u.batch = u.riders.pop(0)
        else:
            u.riders.remove(batch)
        return
    if entered or u.apart:
        u.cycles += not u.apart
        u.left = time
    else:
        _unentered(u, b)
    u.batch, u.fresh = "", False
    if u.kept:
        for pool, number in u.kept.items():
            state.kept[pool] -= number
        u.kept = {}


def _unentered(u: UnitState, b: BatchState) -> None:
    """What had not begun in the unit leaves it as it was, or as clean as it has been made for it."""
    cleans = bool(b.plan) and not b.plan[0][5]
    if cleans and not b.stint:  # a clean that is not over is none
        u.last, u.campaign = u.before
        return
    u.dirty = not (u.fresh or cleans)
    u.campaign -= 1
    u.mass = max(0.0, u.mass - b.amount)


def _moves(b: BatchState) -> None:
    """It stands no more where it waited for its unit."""
    b.stood = -1
    if b.over:
        b.over = ()


def carry(state: State, row: RowTuple) -> None:
    """It is on its way into a buffer, in which it has its place by now, or asks for what moves it there."""
    time, _, buffer, batch, step, _, _, _, plan = row
    b = state.batches[batch]
    state.buffers[buffer].append(batch)
    if b.phase == "run":
        turn(state, b, time)
    b.stood, b.asked = time if b.phase == "ride" else b.asked, time
    b.place, b.unit, b.step, b.plan, b.stint, b.left, b.cause = b.unit, buffer, step, plan, 0, plan[0][1], ""
    b.phase, b.since = "claim" if plan[0][2] else "run", time


def store(state: State, row: RowTuple) -> None:
    time, _, buffer, batch, step, _, _, cause, detail = row
    b = state.batches[batch]
    if b.unit == buffer:  # it has come
        b.asked, b.stood = b.stood, -1
        b.place, b.unit, b.phase, b.plan, b.cause, b.came = buffer, "", "wait", (), cause, ""
        return
    state.buffers[buffer].append(batch)
    if detail == "more":  # material of a joined batch that stood elsewhere than most of it
        b.more.append(buffer)
        return
    if detail is not None:  # it waits for others to join
        meet(b, detail, row)
    if b.phase == "run":
        turn(state, b, time)
    elif b.phase == "ride":
        b.asked = time
    b.step, b.place, b.phase, b.plan, b.cause = step, buffer, "wait", (), cause
    b.came = b.unit


def finish(state: State, row: RowTuple) -> None:
    """The batch is done or scrapped; it has left its place before."""
    b = state.batches.pop(row[3])
    untest(state, b, row[0])
    if not (b.parent and others(state, b.name, b.parent)):
        state.orders[b.order].finished += 1


def scrap(state: State, row: RowTuple) -> None:
    b = state.batches[row[3]]
    if b.booked:
        unbook(state, b)
    finish(state, row)


def deviate(state: State, row: RowTuple) -> None:
    """The plant goes on as before; that something was not as it should be stands in the row."""


def book(state: State, row: RowTuple) -> None:
    begins, ends = row[8]
    insort(state.units[row[2]].booked, (begins, ends, row[3]))
    state.batches[row[3]].booked += 1


def impair(state: State, row: RowTuple) -> None:
    """The unit works on, as it can: what it has in work goes on by another plan."""
    time, _, unit, batch, _, _, _, mode, (rate, plan) = row
    state.units[unit].impaired[mode] = rate
    if not batch:
        return
    b = state.batches[batch]
    running, used = b.phase == "run", b.plan[b.stint][2]
    if running:
        turn(state, b, time)
        b.since = time
    worked = b.plan[b.stint][1] - b.left
    b.plan, b.left = plan, plan[b.stint][1] - worked
    if running and used != plan[b.stint][2]:
        for pool in dict.fromkeys(pool for pool, _, _ in used):
            state.pools[pool] = [use for use in state.pools[pool] if use[2] != batch]
        for pool, number, held in plan[b.stint][2]:
            if held > worked:
                lend(state, pool, (time + held - worked, number, batch), time)


def halt(state: State, row: RowTuple) -> None:
    if not row[3]:
        (halt_job if isinstance(row[8], tuple) else halt_clean)(state, row)
        return
    b = state.batches[row[3]]
    u = state.units.get(b.unit)  # none: it is on its way into a buffer
    stop(state, b, row[0], "halted" if u is not None and (u.jobs or u.closed) else "claim", row[8])
    b.cause = row[7]

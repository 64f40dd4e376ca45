"""What rows mean to units: what strikes them, what stops them, and their own work."""

from __future__ import annotations

from typing import Any, TypeAlias

from plantsim.record import RowTuple
from plantsim.state.cleans import keep, slow_down
from plantsim.state.stints import lend, stop
from plantsim.state.tanks import advance
from plantsim.state.things import JobState, State, UnitState

Lends: TypeAlias = tuple[tuple[str, float], ...]
Begun: TypeAlias = str | tuple[str, Lends, Lends] | tuple[str, Lends, Lends, int]


def begin_job(state: State, unit: str, name: Begun, time: int) -> None:
    """A job begins or goes on; if others than the pools lend what it needs, the row says who: (job, uses, keeps).

    Of a phase of a clean that is slower than planned, it also says how long it lasts now.
    """
    job = state.tended(unit).jobs[name if isinstance(name, str) else name[0]]
    if not isinstance(name, str):
        words = job.uses
        _, job.uses, keeps, *length = name
        if job.whole:  # if it halts, it asks for the words anew
            job.asks = words
        if keeps:
            job.asks, job.keeps = job.keeps, keeps
        for ms in length:
            slow_down(state, job, ms)
    job.running, job.since, job.lacks = True, time, ""
    if job.phase < job.kept and not job.held:
        keep(state, job)
    for pool, number in job.uses:
        lend(state, pool, (time + job.left - job.after, number, unit), time)


def halt_job(state: State, row: RowTuple) -> None:
    """A repair or a maintenance halts as a shift ends: it gives back whom it uses, and so much is left of it [ms]."""
    time, unit, cause, (name, left) = row[0], row[2], row[7], row[8]
    job = state.tended(unit).jobs[name]
    until = job.since + job.left - job.after
    for pool in dict.fromkeys(pool for pool, _ in job.uses):
        state.pools[pool] = [use for use in state.pools[pool] if use[2] != unit or use[0] != until]
    if job.asks:
        job.uses, job.asks = job.asks, ()
    job.left, job.since, job.running, job.lacks, job.takes = left, time, False, cause, ()


def fail(state: State, row: RowTuple) -> None:
    time, _, unit, batch, _, _, _, mode, detail = row
    left, uses, work, lost, part, leader, after, takes = _filled(detail)
    u = state.tended(unit)
    u.lives[mode] = u.lives.get(mode, 0) + 1
    u.impaired.pop(mode, None)
    if batch:
        stop(state, state.batches[batch], time, "halted", (work, lost))
    own, parts = (uses, takes) if leader in ("", unit) else ((), ())  # who repairs, and with what, is asked for once
    lacks, waits = "spare part" if part else "", bool(uses or part or takes)
    u.jobs[mode] = JobState(
        "fail", left, own, time, not waits, lacks=lacks, after=after, part=part, takes=parts, whole=left
    )
    if unit in state.makers:
        make(state, unit, time)


def _filled(detail: tuple[Any, ...]) -> tuple[int, Lends, str, int, int, str, int, Lends]:
    """What a failure says, with the usual where it says no more."""
    left, uses, work, lost, part, leader, after, takes = detail + (0, 0, "", 0, ())[len(detail) - 3 :]
    return left, uses, work, lost, part, leader, after, takes


def maintain(state: State, row: RowTuple) -> None:
    left, uses, after, takes = row[8] + (0, ())[len(row[8]) - 2 :]
    u = state.units[row[2]]
    u.lives[row[7]] = u.lives.get(row[7], 0) + 1
    u.jobs[row[7]] = JobState("maintain", left, uses, row[0], not (uses or takes), after=after, takes=takes, whole=left)


def renewed(state: State, row: RowTuple) -> None:
    """A repair or a maintenance is over; the clock of it starts again from the reading in the detail."""
    time, _, unit, _, _, _, _, name, reading = row
    u = state.tended(unit)
    del u.jobs[name]
    if isinstance(reading, tuple):
        at, u.worn[name] = reading
        u.renewed[name] = at - u.worn[name]
    else:
        u.renewed[name] = reading
        u.worn.pop(name, None)
    _resume(state, u, time)
    if unit in state.makers:
        make(state, unit, time)


def close(state: State, row: RowTuple) -> None:
    u = state.tended(row[2])
    u.closed = True
    if row[2] in state.makers:
        make(state, row[2], row[0])
    if row[3]:
        stop(state, state.batches[row[3]], row[0], "halted", row[8])


def open_(state: State, row: RowTuple) -> None:
    u = state.tended(row[2])
    u.closed = False
    _resume(state, u, row[0])
    if row[2] in state.makers:
        make(state, row[2], row[0])


def make(state: State, name: str, time: int) -> None:
    """From here on a utility is made, or is not, as what makes it works or is stopped."""
    u, tank = state.makers[name], state.tanks[name]
    advance(state, name, time)
    tank.stopped = bool(u.jobs) or u.closed


def _resume(state: State, u: UnitState, time: int) -> None:
    """A halted stint goes on by itself when nothing stops its unit any more, unless it must claim pools anew."""
    if u.jobs or u.closed or not u.batch:
        return
    for name in (u.batch, *u.riders):
        b = state.batches[name]
        if b.phase != "halted" or state.units[b.unit].closed:
            continue
        if not any(state.units[each].jobs for each in (b.unit, *b.withs, *b.containers)):
            stint = b.plan[b.stint]
            claims = any(held > stint[1] - b.left for _, _, held in stint[2])
            b.phase = "claim" if claims else "run"
            b.lost = b.lost if claims else 0
            b.since = b.asked = time

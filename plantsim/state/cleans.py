"""What rows mean to a unit that cleans itself, phase after phase."""

from __future__ import annotations

from typing import Any

from plantsim.record import RowTuple
from plantsim.state.tanks import advance
from plantsim.state.things import JobState, State


def clean(state: State, row: RowTuple) -> None:
    """A clean of one length is (ms, uses); one with phases adds why, all phases, what is kept, and in how many."""
    left, uses, *rest = row[8]
    why, phases, keeps, kept = rest or ("", (), (), 0)
    running = not (uses or keeps)
    more: dict[str, Any] = {"why": why, "product": row[5], "phases": phases, "keeps": keeps, "kept": kept}
    u = state.units[row[2]]
    waited = u.jobs.get("clean")  # of a clean that becomes another
    more["dirty"] = waited.dirty if waited is not None else u.dirty
    job = JobState("clean", left, uses, row[0], running, row[7], **more)
    u.jobs["clean"] = job


def keep(state: State, job: JobState) -> None:
    job.held = True
    for pool, number in job.keeps:
        state.kept[pool] += number


def let_go(state: State, job: JobState) -> None:
    """It gives back what it keeps."""
    if job.held:
        job.held = False
        for pool, number in job.keeps:
            state.kept[pool] -= number


def phase(state: State, row: RowTuple) -> None:
    """The next phase of a clean begins, or asks for what it needs."""
    job = state.units[row[2]].jobs["clean"]
    job.phase += 1
    _, job.left, job.uses = job.phases[job.phase]
    job.since, job.running = row[0], not job.uses
    if job.phase >= job.kept:
        let_go(state, job)


def slow_down(state: State, job: JobState, length: int) -> None:
    """A phase draws at the rates with which it begins, and lasts so long [ms]."""
    act, whole, uses = job.phases[job.phase]
    rates = {name: rate for name, rate in job.uses if name in state.tanks}
    slower = (act, length, tuple([(name, rates.get(name, number)) for name, number in uses]))
    job.phases = (*job.phases[: job.phase], slower, *job.phases[job.phase + 1 :])
    job.left += length - whole


def halt_clean(state: State, row: RowTuple) -> None:
    """A clean halts, and gives back all that it has; it goes on with the rest of its phase, or from the first."""
    time, unit, cause, again = row[0], row[2], row[7], row[8]
    job = state.units[unit].jobs["clean"]
    over = job.since + job.left
    job.left -= time - job.since if job.running else 0
    lent = job.uses if job.running else ()
    job.uses = job.phases[job.phase][2]  # the next time others may lend it
    job.since, job.running, job.lacks = time, False, cause
    for pool in dict.fromkeys(pool for pool, _ in lent):
        if pool in state.tanks:
            advance(state, pool, time)
        # what its repair uses meanwhile stays with it
        state.pools[pool] = [use for use in state.pools[pool] if use[2] != unit or use[0] != over]
    let_go(state, job)
    if job.asks:
        job.keeps, job.asks = job.asks, ()
    if again:
        job.phase, job.why = 0, f"cut by {cause}"
        _, job.left, job.uses = job.phases[0]


def unclean(state: State, row: RowTuple) -> None:
    """The verdict is bad: the unit is as dirty as before."""
    u = state.units[row[2]]
    let_go(state, u.jobs.pop("clean"))
    u.cleans += 1


def cleaned(state: State, row: RowTuple) -> None:
    """A clean is over; one with phases says in its detail whether it renews, and whether it only sterilises."""
    time, _, unit, _, _, product, _, word, detail = row
    u = state.units[unit]
    let_go(state, u.jobs.pop("clean"))
    u.cleans += 1
    u.sterile, u.lapsed = time, ""
    renews, only_sterile = detail or (word == "major", False)
    if only_sterile:
        return
    b = state.batches.get(u.batch)  # that has the unit already, and waits for its clean
    u.dirty, u.cleaned, u.set_for, u.opened = b is not None, time, product, ""
    u.fresh = u.dirty and not u.apart  # where batches come and go, others may be at work
    if renews:
        u.campaign, u.mass = (1, b.amount) if b else (0, 0.0)
        u.campaigns += b is not None
        u.major_at, u.major_ran = time, u.ran


def lapse(state: State, row: RowTuple) -> None:
    """A hold of a clean unit is over; what is not clean any more is no less so when it is not sterile, either."""
    u = state.units[row[2]]
    u.lapsed = u.lapsed if u.lapsed == "clean hold" else row[7]


def opened(state: State, row: RowTuple) -> None:
    state.units[row[2]].opened = row[7]

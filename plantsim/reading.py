"""One pass over the rows of a record: what everything is doing, and the stays that are over.

`spans` is the door to it.  A stay begins where a row changes what a thing does and ends where the next one does, so
that the stays of a unit tile the run.  Stays of no length are left out: what counts is what is so once all of an
instant has happened.  The state is the fold of the rows, changed by `state.apply` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeAlias

from plantsim.books import Books
from plantsim.errors import PlantsimError
from plantsim.record import BLOCK, HOUR, RowTuple
from plantsim.sheets import COLUMNS, Sheet
from plantsim.state import Acts, BatchState, JobState, PartedState, State, StintPlan, UnitState, apply

FIRST = {"maintain": 0, "fail": 1, "clean": 2}  # which job of a unit names its state

# A unit: (state, batch, step, product, cause, detail, acts of the stint that runs, its origin [ms])
UnitDoing: TypeAlias = tuple[str, str, str, str, str, str, Acts, int]
# A batch: (state, place, unit, step, product, cause, acts of the stint that runs, its origin [ms])
BatchDoing: TypeAlias = tuple[str, str, str, str, str, str, Acts, int]
IDLE: UnitDoing = ("idle", "", "", "", "", "", (), 0)


@cache
def state_of(act: str) -> str:
    """What a unit does in an act, phases of a clean being 'clean major: rinse'."""
    word = act.partition(":")[0]
    return {"transfer": "transferring", "setup": "setup"}.get(word, "cleaning" if act.startswith("clean ") else "busy")


# ---- what a thing does, given the state ------------------------------------------------------------------------------


def unit_doing(state: State, name: str, step: str = "") -> UnitDoing:
    """What a unit does; `step` is the one that its batch was last in there, which a state forgets at its end.

    Maintenance hides all else, a breakdown all but that; a closed unit that still works is not shown as closed.
    """
    u = state.units[name]
    b = _shown(state, u) if u.riders and u.apart else state.batches.get(u.batch)
    if u.jobs:
        return _job_doing(u, b, step)
    if b is None:
        return ("closed", "", "", "", "", "", (), 0) if u.closed else IDLE
    if u.closed and b.phase != "run":
        return ("closed", b.name, step or b.step, b.product, "", "", (), 0)
    if b.unit == name or name in b.withs:
        return _own_doing(state, b, step)
    return _carried(state, b) if name in b.containers else _old_doing(state, b, step)


def _shown(state: State, u: UnitState) -> BatchState | None:
    """Of the batches in a unit each at its own time, one that is worked on, if any is; moves come last."""
    those = [state.batches[name] for name in (u.batch, *u.riders) if name in state.batches]
    run = [b for b in those if b.phase == "run" and state.units.get(b.unit) is u]
    still = [b for b in run if b.plan[b.stint][0][0][0] != "transfer"]
    return next(iter(still or run or those), None)


def _job_doing(u: UnitState, b: BatchState | None, step: str) -> UnitDoing:
    name, job = min(u.jobs.items(), key=lambda item: FIRST[item[1].kind])
    whose = (b.name, step or b.step, b.product) if b else ("", "", "")
    if job.kind == "clean" and u.closed and not job.running:
        return ("closed", *whose, "", "", (), 0)
    if job.kind == "clean":
        act = _act_of(job)
        return (state_of(act), *whose, job.why or job.cause, job.lacks, ((act, -1),), 0)
    return ("maintenance" if job.kind == "maintain" else "down", *whose, name, job.lacks, (), 0)


def _act_of(job: JobState) -> str:
    """The phase of a clean that a unit does, or waits to do."""
    return job.phases[job.phase][0] if job.phases else f"clean {job.cause}"


def _leader(state: State, b: BatchState) -> BatchState:
    """The batch whose stint this one goes through: itself, or the one that leads its load."""
    return state.batches[state.units[b.unit].batch] if b.phase == "ride" else b


def _own_doing(state: State, b: BatchState, step: str) -> UnitDoing:
    """Of the unit that the batch was granted: works, lacks a pool, or is done and keeps the batch."""
    if b.phase == "run":
        stint = b.plan[b.stint]
        return ("", b.name, b.step, b.product, "", "", stint[0], _origin(b, stint))
    if b.phase == "wait":
        return ("holding", b.name, step or b.step, b.product, b.cause, "blocked", (), 0)
    if b.phase == "claim":
        return ("holding", b.name, b.step, b.product, b.cause, "lacks pool", (), 0)
    return ("holding", b.name, b.step, b.product, _halted_by(state, b), "halted", (), 0)


def _old_doing(state: State, b: BatchState, step: str) -> UnitDoing:
    """Of the unit in which the material still is, while the next one is made ready for it."""
    leader = _leader(state, b)
    if leader.phase == "run":
        stint = leader.plan[leader.stint]
        return ("old", b.name, step or b.step, b.product, b.unit, "blocked", stint[0], _origin(leader, stint))
    cause = _halted_by(state, leader) if leader.phase == "halted" else leader.cause
    return ("holding", b.name, step or b.step, b.product, cause, "blocked", (), 0)


def _carried(state: State, b: BatchState) -> UnitDoing:
    """Of a container: what is done to the batch in it, or why it stands."""
    if b.phase in ("wait", "held"):
        return ("holding", b.name, b.step, b.product, b.cause, "blocked", (), 0)
    leader = _leader(state, b)
    if leader.phase == "run":
        stint = leader.plan[leader.stint]
        return ("carried", b.name, b.step, b.product, "", "", stint[0], _origin(leader, stint))
    if leader.phase == "claim":
        return ("holding", b.name, b.step, b.product, leader.cause, "lacks pool", (), 0)
    return ("holding", b.name, b.step, b.product, _halted_by(state, leader), "halted", (), 0)


def batch_doing(state: State, b: BatchState) -> BatchDoing:
    """What a batch does, and where its material is."""
    place = b.place or b.unit
    if b.phase == "ride":
        doing = batch_doing(state, _leader(state, b))
        return (doing[0], place, b.unit, b.step, b.product, *doing[5:])
    if b.phase == "run":
        stint = b.plan[b.stint]
        return ("", place, b.unit, b.step, b.product, "", stint[0], _origin(b, stint))
    if b.phase == "wait":
        word = "stored" if place in state.buffers else "waiting to join" if b.joins else "waiting for unit"
        return (word, place, "", b.step, b.product, b.cause, (), 0)
    if b.phase == "held":
        return ("quarantine", "", "", b.step, b.product, b.cause, (), 0)
    if b.phase == "claim":
        job = state.units[b.unit].jobs.get("clean") if b.unit in state.units else None
        if job is None:
            return ("waiting for pool", place, b.unit, b.step, b.product, b.cause, (), 0)
        if job.running:
            act = _act_of(job)
            return (state_of(act), place, b.unit, b.step, b.product, "", ((act, -1),), 0)
        return ("waiting for pool", place, b.unit, b.step, b.product, job.lacks or b.cause, (), 0)
    return ("halted", place, b.unit, b.step, b.product, _halted_by(state, b), (), 0)


def parted_doing(entry: PartedState) -> BatchDoing:
    """What a batch does that is in parts: they do it."""
    return ("in parts", "", "", "", entry.product, "", (), 0)


def _origin(b: BatchState, stint: StintPlan) -> int:
    """When the stint would have begun had it never halted [ms]."""
    return b.since - (stint[1] - b.left)


def _halted_by(state: State, b: BatchState) -> str:
    """The failure, maintenance or 'closed' that stops a unit of the batch, or the place that its material is in."""
    for place in (b.unit, b.place, *b.withs, *b.containers):
        u = state.units.get(place)
        if u is not None and u.jobs:
            return next(iter(u.jobs))
        if u is not None and u.closed:
            return "closed"
    return b.cause


def _acts(acts: Acts, origin: int, start: int, end: int) -> Iterable[tuple[str, int, int]]:
    """(act, from, until) of the acts of a stint that fall into a stretch [ms]."""
    if len(acts) == 1 and start < end <= origin + acts[0][1]:
        return ((acts[0][0], start, end),)
    return list(_cut_acts(acts, origin, start, end))


def _cut_acts(acts: Acts, origin: int, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for act, ms in acts:
        begin, origin = max(origin, start), origin + ms
        until = min(origin, end)
        if until > begin:
            yield act, begin, until


def _taken(u: UnitState) -> int:
    """Places that are taken in a unit."""
    return len(u.riders) + 1 if u.batch else 0


# ---- the pass --------------------------------------------------------------------------------------------------------


class Reading:
    """What everything is doing now, and the sheets of what is over."""

    def __init__(self, start: State) -> None:
        self.state = state = start.copy()
        self.sheets = {kind: Sheet(columns) for kind, columns in COLUMNS.items()}
        self.units: dict[str, tuple[int, UnitDoing]] = {}
        self.batches: dict[str, tuple[int, BatchDoing]] = {}
        self.buffers = {name: (state.time, len(stored)) for name, stored in state.buffers.items()}
        self.places = {name: (state.time, _taken(u)) for name, u in state.units.items() if u.apart}
        self.began = state.time
        self.put_unit, self.put_batch = self.sheets["units"].rows.append, self.sheets["batches"].rows.append
        self.touched: dict[str, None] = {}
        self.met: dict[str, None] = {}
        self.books = Books(state, self.sheets, self.met)
        for name in state.units:
            self.units[name] = (state.time, unit_doing(state, name))
        for name, b in state.batches.items():
            self.batches[name] = (state.time, batch_doing(state, b))
        for name, entry in state.parted.items():
            self.batches[name] = (state.time, parted_doing(entry))

    def take(self, rows: Iterable[RowTuple]) -> None:
        """Read rows that follow on those before.

        Raises:
            PlantsimError: if one of them is of an earlier time.
        """
        state, enter, touched, met = self.state, self.books.enter, self.touched, self.met
        units, now = state.units, state.time
        for row in rows:
            if row[0] != now:
                if row[0] < now:
                    raise PlantsimError(f"the record goes back in time, from {now / HOUR:g} h to this row: {row!r}")
                self.look(now)
                now = row[0]
            apply(state, row)
            note = enter.get(row[1])
            if note is not None:
                note(row)
            place, batch = row[2], row[3]
            touched[place] = None
            if not batch and place in units:
                batch = units[place].batch
            met[batch] = None

    def look(self, now: int) -> None:
        """All of an instant has happened: begin a new stay of whatever does something else than before."""
        state, touched = self.state, self.touched
        batches, units, buffers, mine = state.batches, self.units, self.buffers, self.batches
        led = [batches[name].unit for name in self.met if name in batches]  # a row may be of a unit beside that one
        for name in (*touched, *led):
            if name in units and state.units[name].riders:
                self.met.update(dict.fromkeys(state.units[name].riders))
        for name in self.met:
            b = batches.get(name)
            if b is not None or name in state.parted:
                if b is None:
                    doing = parted_doing(state.parted[name])
                else:
                    touched[b.unit] = touched[b.place] = None
                    touched.update(dict.fromkeys((*b.more, *b.withs, *b.containers)))
                    doing = batch_doing(state, b)
                stay = mine.get(name)
                if stay is None or doing != stay[1]:
                    if stay is not None and stay[0] < now:
                        self._put_batch(name, now, *stay)
                    mine[name] = (now, doing)
            elif name in mine:
                self._put_batch(name, now, *mine.pop(name))
        for place in touched:
            if place in units:
                self._turn_unit(place, now)
            elif place in buffers:
                self._turn_buffer(place, now)
        touched.clear()
        self.met.clear()

    def pack(self, least: int = BLOCK) -> None:
        """Turn what is over into columns."""
        for sheet in self.sheets.values():
            sheet.pack(least)

    def close(self, until: int) -> None:
        """The record ends: so does every stay."""
        self.look(self.state.time)
        for name, stay in self.units.items():
            self._put_unit(name, until, *stay)
        for name, doing in self.batches.items():
            self._put_batch(name, until, *doing)
        for name, (since, number) in self.buffers.items():
            self._put_buffer(name, until, since, number)
        for name, (since, number) in self.places.items():
            self._put_places(name, until, since, number)
        self.books.close(until)

    def _turn_unit(self, name: str, now: int) -> None:
        since, was = self.units[name]
        if self.state.units[name].apart:
            self._turn_places(name, now)
        doing = unit_doing(self.state, name, self._step(name) if was[1] else "")
        if doing != was:
            self._put_unit(name, now, since, was)
            self.units[name] = (now, doing)

    def _step(self, name: str) -> str:
        """The step that the batch which is shown in a unit was last in there."""
        u = self.state.units[name]
        if not (u.apart and u.riders):
            return self.books.steps[name]
        b = _shown(self.state, u)
        return self.books.within.get((name, b.name), "") if b is not None else ""

    def _turn_places(self, name: str, now: int) -> None:
        since, number = self.places.setdefault(name, (self.began, 0))
        taken = _taken(self.state.units[name])
        if taken != number:
            self._put_places(name, now, since, number)
            self.places[name] = (now, taken)

    def _put_places(self, name: str, now: int, since: int, number: int) -> None:
        if now > since:
            self.sheets["places"].rows.append((name, since, now, number))

    def _put_unit(self, name: str, now: int, since: int, was: UnitDoing) -> None:
        if since == now:
            return
        put = self.put_unit
        state, batch, step, product, cause, detail, acts, origin = was
        if not acts or acts[0][1] < 0:  # of a job its phase alone is known
            act = acts[0][0] if acts else ""
            put((name, since, now, state, batch, step, product, act, cause, detail))
            return
        for act, begin, end in _acts(acts, origin, since, now):
            word = state_of(act)
            if state == "old" and word != "transferring":
                put((name, begin, end, "holding", batch, step, product, "", cause, detail))
            elif state == "carried" and word == "cleaning":  # of the unit that it stands in
                put((name, begin, end, "holding", batch, step, product, "", "", "blocked"))
            else:
                put((name, begin, end, word, batch, step, product, act, cause, ""))

    def _put_batch(self, name: str, now: int, since: int, was: BatchDoing) -> None:
        put = self.put_batch
        state, place, unit, step, product, cause, acts, origin = was
        if not acts or acts[0][1] < 0:
            if since < now:
                put((name, since, now, state, place, unit, step, product, acts[0][0] if acts else "", cause))
            return
        for act, begin, end in _acts(acts, origin, since, now):
            put((name, begin, end, state_of(act), place, unit, step, product, act, cause))

    def _turn_buffer(self, name: str, now: int) -> None:
        since, number = self.buffers[name]
        stored = len(self.state.buffers[name])
        if stored != number:
            self._put_buffer(name, now, since, number)
            self.buffers[name] = (now, stored)

    def _put_buffer(self, name: str, now: int, since: int, number: int) -> None:
        if now > since:
            self.sheets["buffers"].rows.append((name, since, now, number))

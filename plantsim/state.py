"""What is so at a time: the fold of the record, changed by `apply` and by nothing else."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from plantsim.record import RowTuple

Acts: TypeAlias = tuple[tuple[str, int], ...]
Uses: TypeAlias = tuple[tuple[str, int, int], ...]

# A stint: (acts, ms, uses, run from, run until, when the place before is left)
#   acts: ((name, ms), ...); uses: ((pool, number, for how many ms), ...)
#   run from, run until: the part [ms] in which running clocks go
#   left: 'start' or 'end' of this stint, or '' if before or never
StintPlan: TypeAlias = tuple[Acts, int, Uses, int, int, str]
Plan: TypeAlias = tuple[StintPlan, ...]
Use: TypeAlias = tuple[int, int, str]  # (until ms, number, who)


@dataclass(slots=True)
class JobState:
    """A unit's own work: a repair, a clean, a maintenance."""

    kind: str  # fail, clean or maintain
    left: int  # ms
    uses: tuple[tuple[str, int], ...]  # (pool, number)
    since: int  # ms: when it was asked for, or began
    running: bool = False
    cause: str = ""  # of a clean, minor or major
    lacks: str = ""  # the pool that it waits for


@dataclass(slots=True)
class UnitState:
    """A unit: who is in it, what it last made, how old it is, what stops it."""

    batch: str = ""
    last: str = ""  # product
    campaign: int = 0  # batches since the last major clean
    dirty: bool = False  # used since the last clean of any kind
    ran: int = 0  # ms worked
    cleans: int = 0  # cleans of its own so far
    closed: bool = False
    kept: dict[str, int] = field(default_factory=dict)  # pool -> number, until the unit is left
    lives: dict[str, int] = field(default_factory=dict)  # failure or maintenance -> how many so far
    renewed: dict[str, int] = field(default_factory=dict)  # on its clock, ms: when it was last as new
    jobs: dict[str, JobState] = field(default_factory=dict)
    booked: list[tuple[int, int, str]] = field(default_factory=list)  # (from, until, batch)


@dataclass(slots=True)
class BatchState:
    """A batch on the floor: where it stands, what it does or lacks."""

    name: str
    order: str
    number: int
    product: str
    amount: float
    released: int
    step: str = ""  # that it is in, or asks for
    phase: str = "wait"  # wait (for a unit); claim (pools for a stint); run; halted (its unit is stopped)
    unit: str = ""  # that is granted
    place: str = ""  # the unit or buffer in which its material is, while that is not `unit`
    plan: Plan = ()
    stint: int = 0
    left: int = 0  # ms of the stint
    since: int = 0
    asked: int = 0
    cause: str = ""
    booked: int = 0  # units booked for it


@dataclass(slots=True)
class OrderState:
    """How far an order is."""

    released: int = 0
    finished: int = 0  # done or scrapped
    last: int = 0  # when the last batch was released


@dataclass(slots=True)
class State:
    """The plant at a time: units, batches on the floor, buffers, pools in use, orders."""

    time: int = 0
    units: dict[str, UnitState] = field(default_factory=dict)
    batches: dict[str, BatchState] = field(default_factory=dict)
    buffers: dict[str, list[str]] = field(default_factory=dict)
    pools: dict[str, list[Use]] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)  # pool -> number kept over steps
    orders: dict[str, OrderState] = field(default_factory=dict)
    given: dict[str, float] = field(default_factory=dict)  # address -> hours known to have passed of a time drawn
    salt: str = ""  # of the luck since a forecast began

    @classmethod
    def empty(
        cls, units: Iterable[str], buffers: Iterable[str] = (), pools: Iterable[str] = (), orders: Iterable[str] = ()
    ) -> State:
        """The state of a plant in which nothing has happened yet."""
        names = list(pools)
        return cls(
            units={name: UnitState() for name in units},
            buffers={name: [] for name in buffers},
            pools={name: [] for name in names},
            kept=dict.fromkeys(names, 0),
            orders={name: OrderState() for name in orders},
        )

    def to_json(self) -> str:
        """The state as JSON; `from_json` gives an equal one."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> State:
        """Read what `to_json` wrote."""
        raw = json.loads(text)
        return cls(
            time=raw["time"],
            units={name: _unit(each) for name, each in raw["units"].items()},
            batches={
                name: BatchState(**{**each, "plan": _tuples(each["plan"])}) for name, each in raw["batches"].items()
            },
            buffers=raw["buffers"],
            pools={name: [tuple(use) for use in uses] for name, uses in raw["pools"].items()},
            kept=raw["kept"],
            orders={name: OrderState(**each) for name, each in raw["orders"].items()},
            given=raw["given"],
            salt=raw["salt"],
        )

    def copy(self) -> State:
        """A state of its own, equal to this one."""
        return State.from_json(self.to_json())


def _unit(raw: dict[str, Any]) -> UnitState:
    jobs = {name: JobState(**{**job, "uses": _tuples(job["uses"])}) for name, job in raw["jobs"].items()}
    return UnitState(**{**raw, "jobs": jobs, "booked": [tuple(each) for each in raw["booked"]]})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


# ---- what each row means ---------------------------------------------------------------------------------------------


def release(state: State, row: RowTuple) -> None:
    time, _, _, batch, step, product, amount, _, (order, number) = row
    state.batches[batch] = BatchState(batch, order, number, product, amount, time, step, asked=time)
    entry = state.orders[order]
    entry.released += 1
    entry.last = time


def wait(state: State, row: RowTuple) -> None:
    time, _, unit, batch, step, _, _, cause, detail = row
    if not batch:
        state.units[unit].jobs[detail].lacks = cause
        return
    b = state.batches[batch]
    if b.phase == "run":
        _turn(state, b, time)
        if step == b.step:
            b.stint += 1
            b.left = b.plan[b.stint][1]
    if step != b.step:
        b.step = step
        b.plan = ()
    b.phase = "claim" if b.plan else "wait"
    b.cause = cause


def grant(state: State, row: RowTuple) -> None:
    time, _, unit, batch, step, product, _, _, (plan, kept) = row
    b = state.batches[batch]
    if b.phase == "run":
        _turn(state, b, time)
    if b.unit:
        b.place = b.unit
    u = state.units[unit]
    u.batch = b.name
    stint = plan[0]
    u.campaign = 1 if stint[0][0][0] == "clean major" else u.campaign + 1
    u.last = product
    u.dirty = True
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
    if stint[2]:
        b.phase = "claim"
        b.asked = time
    else:
        b.phase = "run"
        b.since = time


def begin(state: State, row: RowTuple) -> None:
    time, _, unit, batch, _, _, _, _, job = row
    if not batch:
        _begin_job(state, unit, job, time)
        return
    b = state.batches[batch]
    if b.phase == "run":
        _turn(state, b, time)
        b.stint += 1
        stint = b.plan[b.stint]
        b.left = stint[1]
    else:
        b.phase = "run"
        stint = b.plan[b.stint]
    b.since = time
    b.cause = ""
    worked = stint[1] - b.left
    for pool, number, held in stint[2]:
        if held > worked:
            _lend(state, pool, (time + held - worked, number, batch), time)


def _begin_job(state: State, unit: str, name: str, time: int) -> None:
    job = state.units[unit].jobs[name]
    job.running, job.since, job.lacks = True, time, ""
    for pool, number in job.uses:
        _lend(state, pool, (time + job.left, number, unit), time)


def _lend(state: State, pool: str, use: Use, time: int) -> None:
    uses = state.pools[pool]
    while uses and uses[0][0] <= time:  # those have come back
        del uses[0]
    insort(uses, use)


def aged(b: BatchState, time: int) -> int:
    """How much [ms] the running clocks of its unit have gone since the batch's stint began or went on."""
    stint = b.plan[b.stint]
    worked = time - b.since
    if stint[3] == 0 and stint[4] == stint[1]:
        return worked
    before = stint[1] - b.left
    return max(0, min(before + worked, stint[4]) - max(before, stint[3]))


def _turn(state: State, b: BatchState, time: int) -> None:
    """The stint that ran is over, or a part of it is worked: the unit has aged by what ran of it."""
    stint = b.plan[b.stint]
    worked = time - b.since
    state.units[b.unit].ran += stint[4] - stint[3] if worked == stint[1] else aged(b, time)
    b.left -= worked
    b.asked = time


def _stop(state: State, b: BatchState, time: int, phase: str) -> None:
    """The stint halts with what is left of it, and gives back what it uses."""
    _turn(state, b, time)
    b.phase = phase
    for pool, _, _ in b.plan[b.stint][2]:
        state.pools[pool] = [use for use in state.pools[pool] if use[2] != b.name]


def leave(state: State, row: RowTuple) -> None:
    time, _, place, batch, _, _, amount, _, _ = row
    b = state.batches[batch]
    b.amount = amount
    if b.place == place:
        b.place = ""
    else:
        if b.phase == "run":  # its last stint in the plant is over
            _turn(state, b, time)
            b.phase = "wait"
        b.unit = ""
    u = state.units.get(place)
    if u is None:
        state.buffers[place].remove(batch)
        return
    u.batch = ""
    if u.kept:
        for pool, number in u.kept.items():
            state.kept[pool] -= number
        u.kept = {}


def store(state: State, row: RowTuple) -> None:
    time, _, buffer, batch, step, _, _, cause, _ = row
    b = state.batches[batch]
    if b.phase == "run":
        _turn(state, b, time)
    state.buffers[buffer].append(batch)
    b.step, b.place, b.phase, b.plan, b.cause = step, buffer, "wait", (), cause


def finish(state: State, row: RowTuple) -> None:
    """The batch is done or scrapped; it has left its place before."""
    b = state.batches.pop(row[3])
    state.orders[b.order].finished += 1


def scrap(state: State, row: RowTuple) -> None:
    b = state.batches[row[3]]
    if b.booked:
        for u in state.units.values():
            u.booked = [each for each in u.booked if each[2] != b.name]
    finish(state, row)


def book(state: State, row: RowTuple) -> None:
    begins, ends = row[8]
    insort(state.units[row[2]].booked, (begins, ends, row[3]))
    state.batches[row[3]].booked += 1


def halt(state: State, row: RowTuple) -> None:
    b = state.batches[row[3]]
    _stop(state, b, row[0], "claim")
    b.cause = row[7]


def fail(state: State, row: RowTuple) -> None:
    time, _, unit, batch, _, _, _, mode, (left, uses, work) = row
    u = state.units[unit]
    u.lives[mode] = u.lives.get(mode, 0) + 1
    if batch:
        b = state.batches[batch]
        _stop(state, b, time, "halted")
        if work == "restart":
            b.left = b.plan[b.stint][1]
    u.jobs[mode] = JobState("fail", left, uses, time, not uses)


def clean(state: State, row: RowTuple) -> None:
    left, uses = row[8]
    state.units[row[2]].jobs["clean"] = JobState("clean", left, uses, row[0], not uses, row[7])


def maintain(state: State, row: RowTuple) -> None:
    left, uses = row[8]
    u = state.units[row[2]]
    u.lives[row[7]] = u.lives.get(row[7], 0) + 1
    u.jobs[row[7]] = JobState("maintain", left, uses, row[0], not uses)


def renewed(state: State, row: RowTuple) -> None:
    """A repair or a maintenance is over; the clock of it starts again from the reading in the detail."""
    time, _, unit, _, _, _, _, name, reading = row
    u = state.units[unit]
    del u.jobs[name]
    u.renewed[name] = reading
    _resume(state, u, time)


def cleaned(state: State, row: RowTuple) -> None:
    u = state.units[row[2]]
    del u.jobs["clean"]
    u.cleans += 1
    u.dirty = False
    if row[7] == "major":
        u.campaign = 0


def close(state: State, row: RowTuple) -> None:
    u = state.units[row[2]]
    u.closed = True
    if row[3]:
        _stop(state, state.batches[row[3]], row[0], "halted")


def open_(state: State, row: RowTuple) -> None:
    u = state.units[row[2]]
    u.closed = False
    _resume(state, u, row[0])


def _resume(state: State, u: UnitState, time: int) -> None:
    """A halted stint goes on by itself when nothing stops its unit any more, unless it must claim pools anew."""
    if u.jobs or u.closed or not u.batch:
        return
    b = state.batches[u.batch]
    if b.phase == "halted" and state.units[b.unit] is u:
        stint = b.plan[b.stint]
        claims = any(held > stint[1] - b.left for _, _, held in stint[2])
        b.phase = "claim" if claims else "run"
        b.since = b.asked = time


MEANS: dict[str, Callable[[State, RowTuple], None]] = {
    "release": release,
    "wait": wait,
    "grant": grant,
    "begin": begin,
    "leave": leave,
    "store": store,
    "book": book,
    "done": finish,
    "scrap": scrap,
    "halt": halt,
    "fail": fail,
    "repaired": renewed,
    "clean": clean,
    "cleaned": cleaned,
    "maintain": maintain,
    "maintained": renewed,
    "close": close,
    "open": open_,
}


def apply(state: State, row: RowTuple) -> None:
    """Change the state as the row says: the only thing in the house that changes a state."""
    state.time = row[0]
    MEANS[row[1]](state, row)


def fold(state: State, rows: Iterable[RowTuple], until: int | None = None) -> State:
    """The state after these rows, at time `until` [ms]; the given state is changed and returned."""
    for row in rows:
        apply(state, row)
    if until is not None:
        state.time = until
    return state

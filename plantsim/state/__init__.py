"""What is so at a time: the fold of the record, changed by `apply` and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from plantsim.record import RowTuple
from plantsim.state.batches import (
    begin,
    book,
    carry,
    deviate,
    finish,
    grant,
    halt,
    impair,
    leave,
    lose,
    release,
    ride,
    scrap,
    store,
    wait,
)
from plantsim.state.charges import charge, outcome
from plantsim.state.cleans import clean, cleaned, lapse, opened, phase, unclean
from plantsim.state.containers import empty, fill
from plantsim.state.parts import join, split
from plantsim.state.stints import aged, ran_since, runs
from plantsim.state.stocks import (
    accept,
    alone,
    deliver,
    expire,
    hold,
    investigate,
    purchase,
    reject,
    rework,
    sample,
    skip,
    take,
    tested,
    usable,
)
from plantsim.state.tanks import TankState, advance, draws, fine, level_at
from plantsim.state.things import (
    Acts,
    BatchState,
    JobState,
    OrderState,
    PartedState,
    Phases,
    Plan,
    State,
    StintPlan,
    StockState,
    Takings,
    UnitState,
    Uses,
)
from plantsim.state.units import close, fail, maintain, make, open_, renewed

__all__ = [
    "MEANS",
    "Acts",
    "BatchState",
    "JobState",
    "OrderState",
    "PartedState",
    "Phases",
    "Plan",
    "State",
    "StintPlan",
    "StockState",
    "Takings",
    "TankState",
    "UnitState",
    "Uses",
    "accept",
    "advance",
    "aged",
    "alone",
    "apply",
    "begin",
    "book",
    "carry",
    "charge",
    "clean",
    "cleaned",
    "close",
    "deliver",
    "deviate",
    "draws",
    "empty",
    "expire",
    "fail",
    "fill",
    "fine",
    "finish",
    "fold",
    "grant",
    "halt",
    "hold",
    "impair",
    "investigate",
    "join",
    "lapse",
    "leave",
    "level_at",
    "lose",
    "maintain",
    "make",
    "open_",
    "opened",
    "outcome",
    "phase",
    "purchase",
    "ran_since",
    "reject",
    "release",
    "renewed",
    "rework",
    "ride",
    "runs",
    "sample",
    "scrap",
    "skip",
    "split",
    "store",
    "take",
    "tested",
    "unclean",
    "usable",
    "wait",
]

MEANS: dict[str, Callable[[State, RowTuple], None]] = {
    "release": release,
    "lost": lose,
    "wait": wait,
    "grant": grant,
    "ride": ride,
    "begin": begin,
    "fill": fill,
    "empty": empty,
    "outcome": outcome,
    "charge": charge,
    "leave": leave,
    "carry": carry,
    "store": store,
    "book": book,
    "done": finish,
    "scrap": scrap,
    "split": split,
    "join": join,
    "halt": halt,
    "deviation": deviate,
    "fail": fail,
    "impair": impair,
    "repaired": renewed,
    "clean": clean,
    "cleaned": cleaned,
    "phase": phase,
    "unclean": unclean,
    "opened": opened,
    "lapse": lapse,
    "maintain": maintain,
    "maintained": renewed,
    "close": close,
    "open": open_,
    "purchase": purchase,
    "deliver": deliver,
    "take": take,
    "give": deliver,
    "expire": expire,
    "sample": sample,
    "skip": skip,
    "investigate": investigate,
    "accept": accept,
    "reject": reject,
    "rework": rework,
    "hold": hold,
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

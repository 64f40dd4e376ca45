"""The record: an append-only list of transitions with causes, from which everything else is read.

A row is a plain tuple `(time, kind, unit, batch, step, product, amount, cause, detail)`:

- time [ms]: whole milliseconds since the start of the run
- kind: one of `MEANING`
- unit: single unit, or buffer, that the row is about; of a batch that waits, where it stands
- batch, step, product: which batch, in or on its way to which step, of which product; or ''
- amount [kg]: mass of the batch
- cause: what was lacking, which failure mode, which clean
- detail: what a fold must know and the other columns can't say

**A row begins a stay; what was before ends with it.** A stint is a chain of acts without a new claim; its acts follow
from the plan in the grant. A stint that uses no pool begins by itself: the first at the grant, a repair at the failure.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

HOUR = 3_600_000
RowTuple: TypeAlias = tuple[int, str, str, str, str, str, float, str, Any]

MEANING: dict[str, tuple[str, str]] = {
    # kind: (what it does to the unit, what it does to the batch)
    "release": ("nothing", "enters the plant and asks for a unit for its first step; detail: (order, number in it)"),
    "lost": ("nothing", "is turned away: too many of its order are in the plant; detail as for release"),
    "wait": (
        "holds the batch that stands in it; of a row without batch: its own job waits; detail: the job; without "
        "a unit, too: a test, its name, or the next batch of an order, (order, as of a batch that does not fit)",
        "waits where it stands; cause: the kind of unit, the pool, the unit, or the step of others that is lacking; "
        "detail: join, if it waits for others to join; how long in ms its step takes, if that does not fit before a "
        "free unit closes",
    ),
    "grant": (
        "takes the batch; busy from now if the first stint uses no pool",
        "has got the unit for this step; detail: (plan, what is kept: (pool, number) ..., units beside it, if any)",
    ),
    "ride": ("takes one more batch, which goes through the acts of the one that leads", "has got a place in the load"),
    "begin": (
        "works on the next stint, or on what is left of a halted one; of a row without batch: on the job in detail, or "
        "(job, who is used, who is kept) if others come than it asked for, also how long in ms a phase of a clean that "
        "is slower than planned lasts; without a unit, too: a test, (sample, who is used, samples in the same run)",
        "has the pools that it lacked; detail: the stint, if it is slower or faster than planned; (stint, words) if "
        "others lend what it uses than the pools of these names",
    ),
    "fill": (
        "of a mobile unit: takes the batch, and goes with it",
        "is in it from now on, until a later step has emptied it; amount: how much",
    ),
    "empty": ("of a mobile unit: has nothing in it, and is dirty", "is in it no more; amount: how much was"),
    "outcome": (
        "nothing",
        "what the model of its step says; detail: (hours, kg in, kg out, charge at its end, causes of "
        "deviations at its end, utility: its rate over time, hours that it needs itself: less than those if it leads a "
        "load that has a slower batch); after a halt also the stint that is left, "
        "and for how long [ms] the run had been worked on since its model was asked before",
    ),
    "charge": ("nothing", "is made of what the detail says: volume a kg, temperature, composition, quality"),
    "leave": ("empty; of a buffer: one place free", "has left it; amount: its mass now"),
    "store": (
        "of a buffer: one place taken",
        "stands in the buffer and waits; cause and detail as of a wait; "
        "detail more: a part of it that stood elsewhere than most",
    ),
    "carry": (
        "of a buffer: a place is kept for it",
        "is on its way into the buffer, or asks for what moves it there; cause: what was lacking; detail: the plan",
    ),
    "book": ("is booked for the batch; detail: (from, until) in ms", "will not have to wait (zero wait)"),
    "split": (
        "holds its parts until the last of them has left",
        "is in parts, which go their own ways; cause: split (step: before which) or fork (step: after which); "
        "amount: what is parted; detail: (part, its mass) ...",
    ),
    "join": (
        "holds the batch that goes on",
        "goes on as one; unit: one of the places in which it stands; detail: (what it was, its mass) ...",
    ),
    "done": ("nothing", "has left the plant; amount: what was made"),
    "scrap": ("nothing", "is lost; amount: what was lost; cause: why"),
    "halt": (
        "holds the batch; of a row without batch: its own clean halts; detail: whether it will begin anew; "
        "or its repair or maintenance; detail: (which, ms of it that are left)",
        "its stint halts at a shift end, or for want of a utility; cause: which; detail: (what becomes of the work, "
        "when the batch is lost in ms), or nothing if it pauses",
    ),
    "deviation": ("has broken a limit; cause: which", "goes on, though something was not as it should be; cause: what"),
    "fail": (
        "breaks down; cause: the failure mode; detail: (repair in ms, its uses, what becomes of the "
        "work, when the batch is lost in ms, when the spare part is there in ms, the unit whose repair mends it "
        "too, the part of the repair in ms that qualifies it, spare parts that it takes); the repair begins at once if "
        "it uses no pool and needs no part; of a utility: none is made until it is repaired",
        "its stint is halted",
    ),
    "impair": (
        "is struck by a failure and works on until it is empty; cause: the failure mode; detail: (rate, plan)",
        "its stint goes on; the plan is the one from now on",
    ),
    "repaired": (
        "works again; detail: reading in ms of its clock, or (reading, age in ms that is left)",
        "a halted stint that uses no pool goes on",
    ),
    "clean": (
        "its own clean; cause: which; product: for which it is made, if that is known; detail: (ms, uses), and of one "
        "with phases (why, all phases, what is kept, in how many); begins at once if it uses no pool",
        "nothing",
    ),
    "phase": ("its clean comes to the next phase, which begins at once if it uses no pool", "nothing"),
    "cleaned": ("is clean; detail of a clean with phases: (counts start anew, it only sterilised)", "nothing"),
    "unclean": ("has been cleaned, but its verification says otherwise", "nothing"),
    "lapse": ("is clean, or sterile, no longer; cause: the hold that is over", "nothing"),
    "opened": ("its product side was opened; cause: the maintenance or failure mode", "nothing"),
    "maintain": (
        "planned maintenance; cause: which; detail: (ms, uses, ms of it that qualify it, spare parts that it takes); "
        "begins at once if it uses no pool and takes no part",
        "nothing",
    ),
    "maintained": ("ready again; detail: reading in ms of its clock", "nothing"),
    "close": ("closed by its calendar", "its stint is halted"),
    "open": ("open again", "a halted stint that uses no pool goes on"),
    "purchase": ("nothing", "nothing; cause: the material that is ordered; detail: (lot, when it comes in ms)"),
    "deliver": (
        "nothing",
        "nothing; cause: the material; detail: (lot, quarantine or released, until when in ms, what it is made of)",
    ),
    "take": (
        "its repair or maintenance takes spare parts; detail: as of a batch",
        "takes a material, its cause; amount: what adds to its mass; detail: ((lot, kg) ...); of a lot in "
        "quarantine: it waits for its verdict at the end",
    ),
    "give": ("nothing", "gives a material, its cause, to the store; amount: how much; detail: as of deliver"),
    "expire": ("nothing", "nothing; cause: the material; detail: (lot, whether it is tested again)"),
    "sample": (
        "nothing",
        "or a lot, is tested, or a deviation of it, or of a unit, is investigated; cause: the test, or the kind of "
        "deviation; detail: (name, of what, ms, uses, material, whether it waits, finding), and True of a test in "
        "which samples share a run; else it begins at once if it uses no pool",
    ),
    "skip": ("nothing", "is not tested, by the sampling plan of the test, its cause"),
    "investigate": (
        "nothing",
        "has failed the test, its cause; detail: (name of the sample, ms to the verdict), and what that uses; "
        "begins at once if it uses no pool",
    ),
    "accept": ("nothing", "or a lot, has passed the test, its cause; detail: (name of the sample, until when in ms)"),
    "reject": (
        "nothing",
        "or a lot, has failed the test, its cause; detail: (name of the sample, and of a lot (batch, step, why) ...: "
        "who took of it at risk, in which step, and is lost or goes back for it)",
    ),
    "rework": (
        "nothing",
        "goes back for the test or limit, its cause, after or in the step; detail: (to which step,)",
    ),
    "hold": ("nothing", "has left its last unit and waits for the verdict of the test, its cause"),
}


class Row(NamedTuple):
    """One transition, with names; the record itself holds plain tuples of the same fields."""

    time: int
    kind: str
    unit: str = ""
    batch: str = ""
    step: str = ""
    product: str = ""
    amount: float = 0.0
    cause: str = ""
    detail: Any = None


COLUMNS = Row._fields
BLOCK = 50_000


class Record:
    """Rows in order of time; long runs keep all but the newest as columns, a block at a time.

    >>> record = Record([Row(0, "release", batch="march/1", detail=["march", 1])])
    >>> len(record), record.until
    (1, 0)
    """

    def __init__(self, rows: Iterable[RowTuple] = (), until: int | None = None) -> None:
        self.rows: list[RowTuple] = list(rows)
        self.blocks: list[pa.RecordBatch] = []
        self.until = until if until is not None else (self.rows[-1][0] if self.rows else 0)

    def __len__(self) -> int:
        packed: int = sum(block.num_rows for block in self.blocks)
        return packed + len(self.rows)

    def __iter__(self) -> Iterator[RowTuple]:
        for block in self.blocks:
            yield from _from_columns(block)
        yield from self.rows

    def pack(self, least: int = BLOCK) -> None:
        """Turn the rows so far into columns, if there are at least so many of them."""
        if len(self.rows) >= least:
            self.blocks.append(_to_columns(self.rows))
            self.rows.clear()

    def before(self, time: int) -> Iterator[RowTuple]:
        """The rows up to and including a time [ms]."""
        for row in self:
            if row[0] > time:
                return
            yield row

    def table(self) -> pa.Table:
        """All rows as an Arrow table; `detail` is JSON."""
        import pyarrow as pa

        blocks = [*self.blocks, _to_columns(self.rows)]
        return pa.Table.from_batches(blocks).unify_dictionaries()

    def frame(self) -> pd.DataFrame:
        """All rows as a data frame, with a column `hours` beside `time` [ms]."""
        frame: pd.DataFrame = self.table().to_pandas()
        frame.insert(0, "hours", frame["time"] / HOUR)
        return frame

    def save(self, path: str | Path) -> Path:
        """Write the record as Parquet; the end of the run is in the file's metadata."""
        import pyarrow.parquet as pq

        table = self.table().replace_schema_metadata({"plantsim.until": str(self.until)})
        pq.write_table(table, path)
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Record:
        """Read a record that `save` wrote."""
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        record = cls(until=int((table.schema.metadata or {}).get(b"plantsim.until", b"0")))
        for block in table.to_batches():
            record.rows.extend(_from_columns(block))
        return record


Sink: TypeAlias = Callable[[Record], None]
MANY = 500_000  # objects that the collector takes a tenth of a second to look at


def _to_columns(rows: list[RowTuple]) -> pa.RecordBatch:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    words = pa.dictionary(pa.int32(), pa.string())
    arrays = [pa.array(columns[0], pa.int64())]
    arrays += [pa.array(column, pa.string()).cast(words) for column in columns[1:6]]
    arrays += [pa.array(columns[6], pa.float64()), pa.array(columns[7], pa.string()).cast(words)]
    details = [None if each is None else json.dumps(each, separators=(",", ":")) for each in columns[8]]
    arrays.append(pa.array(details, pa.string()))
    return pa.RecordBatch.from_arrays(arrays, names=list(COLUMNS))


def _from_columns(block: pa.RecordBatch) -> Iterator[RowTuple]:
    columns = [column.to_pylist() for column in block.columns]
    for *fields, detail in zip(*columns, strict=True):
        yield (*fields, None if detail is None else _tuples(json.loads(detail)))


def _tuples(value: Any) -> Any:
    """Lists, as JSON gives them, as the tuples that were written."""
    if isinstance(value, dict):
        return {word: _tuples(each) for word, each in value.items()}
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


@contextmanager
def no_collection() -> Iterator[None]:
    """Rows and stays are never garbage: pause the collector, which would look at each of them, and restore it after.

    After many, all that lives goes to the oldest generation at once, without a look at each row; after few it doesn't,
    since the collector counts what comes there by itself, and would never look at what was put there.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if on:
            gc.enable()

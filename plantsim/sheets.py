"""Sheets: the rows of a frame on their way into columns, as a record is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from plantsim.record import BLOCK

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

COLUMNS: dict[str, tuple[str, ...]] = {
    "units": ("unit", "start", "end", "state", "batch", "step", "product", "act", "cause", "detail"),
    "batches": ("batch", "start", "end", "state", "place", "unit", "step", "product", "act", "cause"),
    "pools": ("pool", "start", "end", "number", "who"),
    "buffers": ("buffer", "start", "end", "number"),
    "places": ("unit", "start", "end", "number"),
    "jobs": ("unit", "start", "begun", "end", "kind", "cause", "over"),
    "cleans": ("unit", "start", "begun", "end", "clean", "cause", "over"),
    "lives": ("batch", "start", "end", "order", "number", "product", "entered", "amount", "fate"),
    "parts": ("batch", "start", "end", "whole", "parent", "entered", "amount", "fate"),
    "samples": ("test", "start", "begun", "end", "sample", "subject", "step", "material", "found", "verdict"),
    "outages": ("utility", "start", "end", "cause"),
    "trips": ("time", "container", "from", "to"),
    "flows": ("time", "flow", "place", "batch", "step", "product", "amount"),
}
WHOLE = {"start", "end", "begun", "time", "number", "over"}
REAL = {"entered", "amount"}


class Sheet:
    """Rows of one frame; full blocks of them are kept as columns, so that memory stays small."""

    __slots__ = ("blocks", "columns", "rows")

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.rows: list[tuple[Any, ...]] = []
        self.blocks: list[pa.RecordBatch] = []

    def pack(self, least: int = BLOCK) -> None:
        """Turn the rows so far into columns, if there are at least so many of them."""
        if len(self.rows) >= least:
            self.blocks.append(_block(self.columns, self.rows))
            self.rows.clear()

    def frame(self, order: Iterable[str] = ()) -> pd.DataFrame:
        """All rows as a frame, by the first column in the order given, and by start."""
        import pyarrow as pa

        self.pack(0)
        frame: pd.DataFrame = pa.Table.from_batches(self.blocks).unify_dictionaries().to_pandas(use_threads=False)
        return frame if self.columns[0] == "time" else _sorted(frame, list(order))


def _block(columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> pa.RecordBatch:
    import pyarrow as pa

    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = []
    for name, column in zip(columns, values, strict=True):
        kind = pa.int64() if name in WHOLE else pa.float64() if name in REAL else pa.string()
        if (columns[0], name) == ("pool", "number"):  # half a hand
            kind = pa.float64()
        array = pa.array(column, kind)
        arrays.append(array.cast(pa.dictionary(pa.int32(), pa.string())) if kind == pa.string() else array)
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _sorted(frame: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    import numpy as np

    key = frame.columns[0]
    frame[key] = frame[key].cat.set_categories(order)
    places = np.lexsort((frame["start"].to_numpy(), frame[key].cat.codes.to_numpy()))
    return frame.iloc[places].reset_index(drop=True)

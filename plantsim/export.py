"""Record and spans as files: CSV, Parquet, and OCEL 2.0 (an event log with batches, units and orders as objects)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.record import Record, RowTuple
from plantsim.spans import Spans, in_hours

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("csv", "parquet", "ocel")
EPOCH = "2000-01-01T00:00"


def export(
    record: Record, spans: Spans, folder: str | Path, formats: Iterable[str] = ("csv", "parquet"), start: str = ""
) -> list[Path]:
    """Write the record and all spans, a file each; times in hours.  Gives the paths written.

    Args:
        formats: some of csv, parquet, ocel.
        start: local date and time at hour 0, which OCEL needs; none: the year 2000.

    Raises:
        PlantsimError: of a format that is not known.
    """
    folder, formats = Path(folder), list(formats)
    for each in formats:
        if each not in FORMATS:
            raise PlantsimError(f"there is no format {each!r}{did_you_mean(each, FORMATS)}")
    folder.mkdir(parents=True, exist_ok=True)
    frames = {"record": record.frame(), **{kind: in_hours(frame) for kind, frame in spans.frames.items()}}
    written = [_table(frame, folder / f"{name}.{each}") for each in formats if each != "ocel"
               for name, frame in frames.items()]  # fmt: skip
    return [*written, *([ocel(record, spans, folder / "record.jsonocel", start)] if "ocel" in formats else [])]


def _table(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    return path


def ocel(record: Record, spans: Spans, path: str | Path, start: str = "") -> Path:
    """Write the record as an object-centric event log, OCEL 2.0 in JSON, a row an event."""
    noon = datetime.fromisoformat(start or EPOCH)
    kinds = {"batch": {"product": "string", "order": "string"}, "order": {}, "unit": {}, "buffer": {}}
    places: dict[str, Iterable[str]] = {"unit": spans.end.units, "buffer": spans.end.buffers}
    orders = dict(zip(spans["lives"]["batch"].astype(str), spans["lives"]["order"].astype(str), strict=True))
    with Path(path).open("w") as file:
        file.write('{"objectTypes":' + json.dumps(_types(kinds)))
        file.write(',"eventTypes":' + json.dumps(_types(dict.fromkeys(_kinds(record), EVENT))))
        file.write(',"objects":' + json.dumps(list(_objects(spans, places, noon))))
        file.write(',"events":[')
        for number, row in enumerate(record):
            file.write((",\n" if number else "\n") + json.dumps(_event(number, row, orders, noon)))
        file.write("]}")
    return Path(path)


EVENT = {"step": "string", "amount": "float", "cause": "string"}


def _types(kinds: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": word, "type": kind} for word, kind in words.items()]}
        for name, words in kinds.items()
    ]


def _kinds(record: Record) -> list[str]:
    return list(dict.fromkeys(row[1] for row in record))


def _objects(spans: Spans, places: Mapping[str, Iterable[str]], noon: datetime) -> Iterator[dict[str, Any]]:
    lives = spans["lives"]
    for name in dict.fromkeys(lives["order"].astype(str)):
        yield {"id": name, "type": "order"}
    for kind, names in places.items():
        yield from ({"id": name, "type": kind} for name in names)
    for batch, order, product, begin in zip(
        lives["batch"], lives["order"], lives["product"], lives["start"], strict=True
    ):
        words = {"product": str(product), "order": str(order)}
        attributes = [{"name": word, "time": _stamp(noon, begin), "value": value} for word, value in words.items()]
        part_of = [{"objectId": str(order), "qualifier": "batch of"}]
        yield {"id": str(batch), "type": "batch", "attributes": attributes, "relationships": part_of}


def _event(number: int, row: RowTuple, orders: Mapping[str, str], noon: datetime) -> dict[str, Any]:
    time, kind, unit, batch, step, _, amount, cause, _ = row
    whose = {"unit": unit, "batch": batch, "order": orders.get(batch, "")}
    words = {"step": step, "amount": amount, "cause": cause}
    return {
        "id": f"e{number + 1}", "type": kind, "time": _stamp(noon, time),
        "attributes": [{"name": word, "value": value} for word, value in words.items()],
        "relationships": [{"objectId": name, "qualifier": word} for word, name in whose.items() if name],
    }  # fmt: skip


def _stamp(noon: datetime, time: int) -> str:
    return (noon + timedelta(milliseconds=int(time))).isoformat(timespec="milliseconds") + "Z"

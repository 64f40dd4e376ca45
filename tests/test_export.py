"""Files that a run writes, read back."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from plantsim.errors import PlantsimError
from plantsim.export import export
from plantsim.record import COLUMNS, HOUR, Record
from plantsim.spans import Spans, read
from plantsim.state import State

PLAN = (((("run", HOUR),), HOUR, (), 0, HOUR, "start"),)
RECORD = Record(
    [
        (0, "release", "", "a/1", "mill", "powder", 100.0, "", ("a", 1)),
        (0, "grant", "mill-1", "a/1", "mill", "powder", 100.0, "", (PLAN, (("skid", 1),))),
        (HOUR, "leave", "mill-1", "a/1", "mill", "powder", 98.0, "", None),
        (HOUR, "done", "", "a/1", "mill", "powder", 98.0, "", None),
    ],
    until=2 * HOUR,
)


@pytest.fixture
def spans() -> Spans:
    return read(RECORD, State.empty(["mill-1"], ["store"], ["skid"], ["a"]))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_are_in_hours_and_whole(spans: Spans, tmp_path: Path, kind: str) -> None:
    written = export(RECORD, spans, tmp_path / "new", [kind])
    assert {path.stem for path in written} == {"record", *spans.frames}
    read_back = getattr(pd, f"read_{kind}")
    units = read_back(tmp_path / "new" / f"units.{kind}")
    assert units[["unit", "start", "end", "state", "hours"]].values.tolist() == [
        ["mill-1", 0.0, 1.0, "busy", 1.0], ["mill-1", 1.0, 2.0, "idle", 1.0]
    ]  # fmt: skip
    rows = read_back(tmp_path / "new" / f"record.{kind}")
    assert rows["kind"].tolist() == ["release", "grant", "leave", "done"]
    assert set(COLUMNS) < set(rows.columns)


def test_ocel_has_every_object_that_its_events_name(spans: Spans, tmp_path: Path) -> None:
    (path,) = export(RECORD, spans, tmp_path, ["ocel"], start="2027-03-01T06:00")
    log = json.loads(path.read_text())
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}, "as OCEL 2.0 says"
    types = {each["id"]: each["type"] for each in log["objects"]}
    assert types == {"a": "order", "mill-1": "unit", "store": "buffer", "a/1": "batch"}
    assert {each["name"] for each in log["objectTypes"]} == set(types.values())
    assert {each["name"] for each in log["eventTypes"]} == {each["type"] for each in log["events"]}
    for event in log["events"]:
        assert {each["objectId"] for each in event["relationships"]} <= set(types)
    leave = log["events"][2]
    assert leave["time"] == "2027-03-01T07:00:00.000Z"
    assert [each["objectId"] for each in leave["relationships"]] == ["mill-1", "a/1", "a"]
    assert {"name": "amount", "value": 98.0} in leave["attributes"]


def test_ocel_attributes_are_declared(spans: Spans, tmp_path: Path) -> None:
    """Each event and object has only attributes that its type names, as in the standard's own example."""
    (path,) = export(RECORD, spans, tmp_path, ["ocel"])
    log = json.loads(path.read_text())
    for things, types in (("events", "eventTypes"), ("objects", "objectTypes")):
        known = {each["name"]: {word["name"] for word in each["attributes"]} for each in log[types]}
        for each in log[things]:
            assert {word["name"] for word in each.get("attributes", [])} <= known[each["type"]]


def test_an_unknown_format_is_refused_before_anything_is_written(spans: Spans, tmp_path: Path) -> None:
    with pytest.raises(PlantsimError, match="no format 'parkett'; did you mean 'parquet'"):
        export(RECORD, spans, tmp_path / "never", ["csv", "parkett"])
    assert not (tmp_path / "never").exists()

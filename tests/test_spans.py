"""Spans of a record written by hand, with every stretch worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from plantsim.errors import PlantsimError
from plantsim.record import HOUR, Record, RowTuple
from plantsim.spans import (
    Spans,
    batch_spans,
    buffer_spans,
    check_tiling,
    in_hours,
    pool_uses,
    read,
    unit_spans,
    window,
    within,
)
from plantsim.state import State, fold


def h(hours: float) -> int:
    return round(hours * HOUR)


def row(hours: float, kind: str, unit: str = "", batch: str = "", step: str = "", kg: float = 0.0, cause: str = "",
        detail: Any = None) -> RowTuple:  # fmt: skip
    return (h(hours), kind, unit, batch, step, "powder" if batch else "", kg, cause, detail)


def stint(*acts: tuple[str, float], uses: tuple[tuple[str, int, float], ...] = (), left: str = "start") -> Any:
    """A stint of acts [h] whose running clocks go all the time."""
    ms = sum(h(length) for _, length in acts)
    lent = tuple((pool, number, h(length)) for pool, number, length in uses)
    return (tuple((name, h(length)) for name, length in acts), ms, lent, 0, ms, left)


MILLED = (stint(("charge", 1), ("run", 2), uses=(("operators", 2, 1),)),)  # operators for the charge only
PRESSED = (
    stint(("clean minor", 0.25), uses=(("operators", 1, 0.25),), left=""),
    stint(("transfer", 0.5), left="end"),
    stint(("run", 4)),
)
PRESSED_AGAIN = (stint(("run", 3), uses=(("operators", 1, 3),)),)

# a/1: milled, waits a quarter of an hour for the press, which is cleaned before use while the mill still holds the
# batch; the press breaks down at 5 h, and its mechanic is at the dryer until 6 h.  a/2: waits for the mill, is stored,
# waits for an operator, and is halted from 12 to 13 h.  The mill is then cleaned and maintained; the dryer closes.
ROWS = [
    row(0, "release", "", "a/1", "mill", 100.0, "", ("a", 1)),
    row(0, "release", "", "a/2", "mill", 100.0, "", ("a", 2)),
    row(0, "grant", "mill-1", "a/1", "mill", 100.0, "", (MILLED, ())),
    row(0, "begin", "mill-1", "a/1", "mill", 100.0),
    row(0, "wait", "", "a/2", "mill", 100.0, "mill"),
    row(3, "wait", "mill-1", "a/1", "press", 100.0, "press"),
    row(3.25, "grant", "press-1", "a/1", "press", 100.0, "", (PRESSED, (("skid", 1),))),
    row(3.25, "begin", "press-1", "a/1", "press", 100.0),
    row(3.5, "begin", "press-1", "a/1", "press", 100.0),
    row(4, "begin", "press-1", "a/1", "press", 100.0),
    row(4, "leave", "mill-1", "a/1", "press", 99.0),
    row(4, "grant", "mill-1", "a/2", "mill", 100.0, "", (MILLED, ())),
    row(4, "begin", "mill-1", "a/2", "mill", 100.0),
    row(4, "fail", "dryer-1", cause="motor", detail=(h(2), (("mechanics", 1),), "pause")),
    row(4, "begin", "dryer-1", detail="motor"),
    row(5, "fail", "press-1", "a/1", "press", 99.0, "seal", (h(1.5), (("mechanics", 1),), "pause")),
    row(5, "wait", "press-1", cause="mechanics", detail="seal"),
    row(6, "repaired", "dryer-1", cause="motor", detail=h(6)),
    row(6, "begin", "press-1", detail="seal"),
    row(7, "store", "store", "a/2", "press", 100.0, "press"),
    row(7, "leave", "mill-1", "a/2", "press", 100.0),
    row(7, "clean", "mill-1", cause="major", detail=(h(1), ())),
    row(7.5, "repaired", "press-1", cause="seal", detail=h(1)),
    row(8, "cleaned", "mill-1", cause="major"),
    row(9, "maintain", "mill-1", cause="service", detail=(h(1), ())),
    row(10, "maintained", "mill-1", cause="service", detail=h(10)),
    row(10.5, "leave", "press-1", "a/1", "press", 97.0),
    row(10.5, "done", "", "a/1", "press", 97.0),
    row(10.5, "grant", "press-1", "a/2", "press", 100.0, "", (PRESSED_AGAIN, ())),
    row(10.5, "leave", "store", "a/2", "press", 100.0),
    row(10.5, "wait", "press-1", "a/2", "press", 100.0, "operators"),
    row(11, "begin", "press-1", "a/2", "press", 100.0),
    row(12, "halt", "press-1", "a/2", "press", 100.0, "operators"),
    row(12, "close", "dryer-1", cause="calendar"),
    row(13, "begin", "press-1", "a/2", "press", 100.0),
    row(14, "open", "dryer-1", cause="calendar"),
    row(15, "leave", "press-1", "a/2", "press", 98.0),
    row(15, "done", "", "a/2", "press", 98.0),
]
UNTIL = h(16)


def start() -> State:
    return State.empty(["mill-1", "press-1", "dryer-1"], ["store"], ["operators", "mechanics", "skid"], ["a"])


@pytest.fixture(scope="module")
def spans() -> Spans:
    return read(Record(ROWS, until=UNTIL), start())


def listed(frame: pd.DataFrame, first: str, *words: str) -> list[tuple[Any, ...]]:
    """(from, until [h], words ...) of each stretch of one thing."""
    mine = in_hours(frame[frame.iloc[:, 0] == first])
    return [tuple(each) for each in mine[["start", "end", *words]].astype(object).values.tolist()]


def test_mill_works_holds_what_it_made_is_cleaned_and_maintained(spans: Spans) -> None:
    words = ("state", "batch", "step", "act", "cause", "detail")
    assert listed(spans["units"], "mill-1", *words) == [
        (0.0, 1.0, "busy", "a/1", "mill", "charge", "", ""),
        (1.0, 3.0, "busy", "a/1", "mill", "run", "", ""),
        (3.0, 3.25, "holding", "a/1", "mill", "", "press", "blocked"),
        (3.25, 3.5, "holding", "a/1", "mill", "", "press-1", "blocked"),
        (3.5, 4.0, "transferring", "a/1", "mill", "transfer", "press-1", ""),
        (4.0, 5.0, "busy", "a/2", "mill", "charge", "", ""),
        (5.0, 7.0, "busy", "a/2", "mill", "run", "", ""),
        (7.0, 8.0, "cleaning", "", "", "clean major", "major", ""),
        (8.0, 9.0, "idle", "", "", "", "", ""),
        (9.0, 10.0, "maintenance", "", "", "", "service", ""),
        (10.0, 16.0, "idle", "", "", "", "", ""),
    ]


def test_press_is_cleaned_before_use_breaks_down_and_lacks_operators(spans: Spans) -> None:
    assert listed(spans["units"], "press-1", "state", "batch", "act", "cause", "detail") == [
        (0.0, 3.25, "idle", "", "", "", ""),
        (3.25, 3.5, "cleaning", "a/1", "clean minor", "", ""),
        (3.5, 4.0, "transferring", "a/1", "transfer", "", ""),
        (4.0, 5.0, "busy", "a/1", "run", "", ""),
        (5.0, 6.0, "down", "a/1", "", "seal", "mechanics"),
        (6.0, 7.5, "down", "a/1", "", "seal", ""),
        (7.5, 10.5, "busy", "a/1", "run", "", ""),
        (10.5, 11.0, "holding", "a/2", "", "operators", "lacks pool"),
        (11.0, 12.0, "busy", "a/2", "run", "", ""),
        (12.0, 13.0, "holding", "a/2", "", "operators", "lacks pool"),
        (13.0, 15.0, "busy", "a/2", "run", "", ""),
        (15.0, 16.0, "idle", "", "", "", ""),
    ]


def test_empty_unit_is_down_and_closed(spans: Spans) -> None:
    states = [(0.0, 4.0, "idle"), (4.0, 6.0, "down"), (6.0, 12.0, "idle"), (12.0, 14.0, "closed"), (14.0, 16.0, "idle")]
    assert listed(spans["units"], "dryer-1", "state") == states


def test_batches_are_followed_from_release_to_done(spans: Spans) -> None:
    assert listed(spans["batches"], "a/1", "state", "place", "cause") == [
        (0.0, 1.0, "busy", "mill-1", ""),
        (1.0, 3.0, "busy", "mill-1", ""),
        (3.0, 3.25, "waiting for unit", "mill-1", "press"),
        (3.25, 3.5, "cleaning", "mill-1", ""),
        (3.5, 4.0, "transferring", "mill-1", ""),
        (4.0, 5.0, "busy", "press-1", ""),
        (5.0, 7.5, "halted", "press-1", "seal"),
        (7.5, 10.5, "busy", "press-1", ""),
    ]
    assert listed(spans["batches"], "a/2", "state", "place", "cause") == [
        (0.0, 4.0, "waiting for unit", "", "mill"),
        (4.0, 5.0, "busy", "mill-1", ""),
        (5.0, 7.0, "busy", "mill-1", ""),
        (7.0, 10.5, "stored", "store", "press"),
        (10.5, 11.0, "waiting for pool", "press-1", "operators"),
        (11.0, 12.0, "busy", "press-1", ""),
        (12.0, 13.0, "waiting for pool", "press-1", "operators"),
        (13.0, 15.0, "busy", "press-1", ""),
    ]


def test_pools_are_used_in_the_acts_that_need_them(spans: Spans) -> None:
    assert listed(spans["pools"], "operators", "number", "who") == [
        (0.0, 1.0, 2, "a/1"),
        (3.25, 3.5, 1, "a/1"),
        (4.0, 5.0, 2, "a/2"),
        (11.0, 12.0, 1, "a/2"),
        (13.0, 15.0, 1, "a/2"),
    ]
    assert listed(spans["pools"], "mechanics", "number", "who") == [(4.0, 6.0, 1, "dryer-1"), (6.0, 7.5, 1, "press-1")]
    assert listed(spans["pools"], "skid", "number", "who") == [(3.25, 10.5, 1, "a/1")]


def test_buffer_jobs_lives_and_flows(spans: Spans) -> None:
    assert listed(spans["buffers"], "store", "number") == [(0.0, 7.0, 0), (7.0, 10.5, 1), (10.5, 16.0, 0)]
    jobs = in_hours(spans["jobs"])[["unit", "start", "begun", "end", "kind", "cause", "over"]]
    assert jobs.astype(object).values.tolist() == [
        ["mill-1", 7.0, 7.0, 8.0, "clean", "major", 1],
        ["mill-1", 9.0, 9.0, 10.0, "maintain", "service", 1],
        ["press-1", 5.0, 6.0, 7.5, "fail", "seal", 1],
        ["dryer-1", 4.0, 4.0, 6.0, "fail", "motor", 1],
    ]
    lives = in_hours(spans["lives"])[["batch", "start", "end", "entered", "amount", "fate"]]
    assert lives.astype(object).values.tolist() == [
        ["a/1", 0.0, 10.5, 100.0, 97.0, "done"],
        ["a/2", 0.0, 15.0, 100.0, 98.0, "done"],
    ]
    losses = spans["flows"][spans["flows"]["flow"] == "loss"]
    assert losses[["place", "step", "amount"]].astype(object).values.tolist() == [
        ["mill-1", "mill", 1.0], ["press-1", "press", 2.0], ["press-1", "press", 2.0]
    ]  # fmt: skip


def test_stays_tile_the_run_and_any_window(spans: Spans) -> None:
    check_tiling(spans["units"], (0, UNTIL), list(spans.end.units))
    check_tiling(spans["batches"])
    cut = window(spans["units"], h(4.5), h(12.5))
    check_tiling(cut, (h(4.5), h(12.5)), list(spans.end.units))
    assert listed(cut, "mill-1", "state")[0] == (4.5, 5.0, "busy")


@pytest.mark.parametrize(
    ("drop", "cut", "words"),
    [
        (1, None, "stays of unit 'mill-1' don't tile: they end at 1 h and go on at 3 h"),
        (0, (0, UNTIL), "stays of unit 'mill-1' don't fill 0 to 16 h: they go from 1 to 16 h"),
    ],
)
def test_gaps_are_named(spans: Spans, drop: int, cut: Any, words: str) -> None:
    with pytest.raises(PlantsimError, match=words):
        check_tiling(spans["units"].drop(index=drop), cut)


def test_a_unit_without_stays_is_named(spans: Spans) -> None:
    with pytest.raises(PlantsimError, match="'oven-1' don't fill 0 to 16 h: there are none"):
        check_tiling(spans["units"], (0, UNTIL), ["oven-1"])


def test_reading_on_from_a_state_gives_the_rest(spans: Spans) -> None:
    """Whatever the hour at which a record begins, its stays are those of the whole record, cut."""
    for hours in (0.5, 3.1, 3.3, 3.7, 4.5, 5.5, 6.5, 7.2, 9.5, 10.7, 11.5, 12.5):
        at = h(hours)
        begun = fold(start(), [each for each in ROWS if each[0] <= at], at)
        rest = read(Record([each for each in ROWS if each[0] > at], until=UNTIL), begun)
        for kind in ("batches", "pools", "buffers"):
            whole = window(spans[kind], at, UNTIL).astype(object).reset_index(drop=True)
            pd.testing.assert_frame_equal(rest[kind].astype(object), whole)
        whole = window(spans["units"], at, UNTIL).drop(columns="step").astype(object).reset_index(drop=True)
        pd.testing.assert_frame_equal(rest["units"].drop(columns="step").astype(object), whole)


def test_unfinished_stays_end_with_the_record() -> None:
    rows = [each for each in ROWS if each[0] <= h(5.5)]
    spans = read(Record(rows, until=h(5.5)), start())
    assert listed(spans["units"], "press-1", "state")[-1] == (5.0, 5.5, "down")
    assert listed(spans["units"], "mill-1", "act")[-1] == (5.0, 5.5, "run")
    assert listed(spans["pools"], "skid", "who") == [(3.25, 5.5, "a/1")]
    jobs = spans["jobs"].set_index("unit")
    assert jobs["over"].to_dict() == {"press-1": 0, "dryer-1": 0}
    assert jobs["begun"]["press-1"] == jobs["end"]["press-1"], "a repair that waits for mechanics has not begun"
    assert spans["lives"]["fate"].tolist() == ["in plant", "in plant"]


def test_a_halt_gives_back_what_was_used() -> None:
    rows = [
        row(0, "release", "", "a/1", "press", 100.0, "", ("a", 1)),
        row(0, "grant", "press-1", "a/1", "press", 100.0, "", (PRESSED_AGAIN, ())),
        row(0, "begin", "press-1", "a/1", "press", 100.0),
        row(1, "fail", "press-1", "a/1", "press", 100.0, "seal", (h(1), (), "restart")),
        row(2, "repaired", "press-1", cause="seal", detail=h(1)),
        row(2, "begin", "press-1", "a/1", "press", 100.0),
        row(3, "close", "press-1", "a/1", "press", 100.0, "calendar"),
    ]
    spans = read(Record(rows, until=h(4)), start())
    assert listed(spans["pools"], "operators", "who") == [(0.0, 1.0, "a/1"), (2.0, 3.0, "a/1")]
    assert listed(spans["units"], "press-1", "state") == [
        (0.0, 1.0, "busy"), (1.0, 2.0, "down"), (2.0, 3.0, "busy"), (3.0, 4.0, "closed")
    ]  # fmt: skip
    assert listed(spans["batches"], "a/1", "state", "cause") == [
        (0.0, 1.0, "busy", ""), (1.0, 2.0, "halted", "seal"), (2.0, 3.0, "busy", ""), (3.0, 4.0, "halted", "closed")
    ]  # fmt: skip


def test_a_unit_that_works_on_after_closing_is_busy() -> None:
    rows = [
        row(0, "release", "", "a/1", "mill", 100.0, "", ("a", 1)),
        row(0, "grant", "mill-1", "a/1", "mill", 100.0, "", ((stint(("run", 3)),), ())),
        row(1, "close", "mill-1", cause="calendar"),
        row(3, "leave", "mill-1", "a/1", "mill", 100.0),
        row(3, "done", "", "a/1", "mill", 100.0),
    ]
    spans = read(Record(rows, until=h(4)), start())
    assert listed(spans["units"], "mill-1", "state") == [(0.0, 3.0, "busy"), (3.0, 4.0, "closed")]


def test_a_scrapped_batch_is_lost_where_it_was() -> None:
    rows = [
        row(0, "release", "", "a/1", "mill", 100.0, "", ("a", 1)),
        row(0, "grant", "mill-1", "a/1", "mill", 100.0, "", ((stint(("run", 3)),), ())),
        row(2, "fail", "mill-1", "a/1", "mill", 100.0, "seal", (h(1), (), "scrap")),
        row(2, "leave", "mill-1", "a/1", "mill", 100.0),
        row(2, "scrap", "", "a/1", "mill", 100.0, "seal"),
        row(3, "repaired", "mill-1", cause="seal", detail=h(2)),
    ]
    spans = read(Record(rows, until=h(4)), start())
    assert spans["lives"]["fate"].tolist() == ["scrapped"]
    scrap = spans["flows"][spans["flows"]["flow"] == "scrap"]
    assert scrap[["place", "amount"]].values.tolist() == [["mill-1", 100.0]]
    assert listed(spans["batches"], "a/1", "state") == [(0.0, 2.0, "busy")]
    assert listed(spans["units"], "mill-1", "state") == [(0.0, 2.0, "busy"), (2.0, 3.0, "down"), (3.0, 4.0, "idle")]


def test_one_frame_alone_and_an_unknown_one(spans: Spans) -> None:
    record = Record(ROWS, until=UNTIL)
    pd.testing.assert_frame_equal(unit_spans(record, start()), spans["units"])
    assert batch_spans(record, start(), (h(15), UNTIL)).empty
    assert buffer_spans(record, start(), (h(8), h(9)))["number"].tolist() == [1]
    assert len(pool_uses(record, start())) == 8
    with pytest.raises(PlantsimError, match="no spans of 'unit'; did you mean 'units'"):
        spans["unit"]


def test_what_happens_as_the_record_begins_is_in_the_first_window(spans: Spans) -> None:
    flows = spans["flows"]
    halves = [within(flows, "time", cut) for cut in ((0, h(4)), (h(4), UNTIL))]
    assert sum(map(len, halves)) == len(flows)
    assert (halves[0]["flow"] == "in").sum() == 2


def test_an_empty_record_is_an_idle_plant() -> None:
    spans = read(Record(until=h(2)), start())
    assert spans["units"]["state"].unique().tolist() == ["idle"]
    assert all(spans[kind].empty for kind in ("batches", "pools", "jobs", "lives", "flows"))


def test_packed_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch, spans: Spans) -> None:
    monkeypatch.setattr("plantsim.spans.BLOCK", 3)
    monkeypatch.setattr("plantsim.reading.Reading.pack.__defaults__", (1,))
    again = read(Record(ROWS, until=UNTIL), start())
    for kind, frame in spans.frames.items():
        pd.testing.assert_frame_equal(again[kind].astype(object), frame.astype(object))

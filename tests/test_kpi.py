"""Key figures of frames written by hand; expected figures worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from plantsim import balance, kpi
from plantsim import iso22400 as iso
from plantsim.errors import PlantsimError
from plantsim.record import HOUR, Record
from plantsim.spans import Spans, read
from plantsim.state import State


def frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A frame whose times are given in hours."""
    made = pd.DataFrame(rows, columns=columns.split())
    for name in ("start", "begun", "end", "time"):
        if name in made:
            made[name] = (made[name] * HOUR).round().astype("int64")
    return made


# Ten hours of two units.  press-1: 4 busy, 1 cleaned, 2 down, 1 closed, 2 idle.  press-2: 5 busy, 1 holding, 1
# maintenance, 3 idle.
UNITS = frame(
    "unit start end state batch act",
    ("press-1", 0, 4, "busy", "a/1", "run"),
    ("press-1", 4, 5, "cleaning", "", "clean major"),
    ("press-1", 5, 7, "down", "", ""),
    ("press-1", 7, 8, "closed", "", ""),
    ("press-1", 8, 10, "idle", "", ""),
    ("press-2", 0, 1, "busy", "a/2", "charge"),
    ("press-2", 1, 5, "busy", "a/2", "run"),
    ("press-2", 5, 6, "holding", "a/2", ""),
    ("press-2", 6, 7, "maintenance", "", ""),
    ("press-2", 7, 10, "idle", "", ""),
)
TEN = (0, 10 * HOUR)
KINDS = {"press-1": "press", "press-2": "press"}


@pytest.mark.parametrize(
    ("of", "base", "busy"),
    [
        ("calendar", {"press-1": 10.0, "press-2": 10.0}, {"press-1": 0.4, "press-2": 0.5}),
        ("scheduled", {"press-1": 9.0, "press-2": 10.0}, {"press-1": 4 / 9, "press-2": 0.5}),
        ("available", {"press-1": 7.0, "press-2": 9.0}, {"press-1": 4 / 7, "press-2": 5 / 9}),
    ],
)
def test_utilisation_says_of_which_hours(of: Any, base: dict[str, float], busy: dict[str, float]) -> None:
    shares = kpi.utilisation(UNITS, TEN, of)
    assert shares.columns.name == f"share of {of} hours"
    assert shares[f"{of} hours"].to_dict() == base
    assert shares["busy"].to_dict() == pytest.approx(busy)
    assert shares.iloc[:, 1:].sum(axis=1).tolist() == pytest.approx([1.0, 1.0])


def test_utilisation_of_a_group_and_a_window() -> None:
    shares = kpi.utilisation(UNITS, (4 * HOUR, 6 * HOUR), groups=KINDS).loc["press"]
    assert shares["calendar hours"] == 4.0
    assert shares[["busy", "cleaning", "down", "holding"]].tolist() == [0.25, 0.25, 0.25, 0.25]


def test_utilisation_of_other_hours_is_refused() -> None:
    with pytest.raises(PlantsimError, match="not of 'schedule' hours; did you mean 'scheduled'"):
        kpi.utilisation(UNITS, TEN, "schedule")  # type: ignore[arg-type]


LIVES = frame(
    "batch start end order number product entered amount fate",
    ("a/1", 0, 4, "a", 1, "powder", 100.0, 90.0, "done"),
    ("a/2", 1, 7, "a", 2, "powder", 100.0, 95.0, "done"),
    ("b/1", 2, 5, "b", 1, "paste", 50.0, 50.0, "scrapped"),
    ("a/3", 6, 10, "a", 3, "powder", 100.0, 100.0, "in plant"),
)
FLOWS = frame(
    "time flow place batch step product amount",
    (0, "in", "", "a/1", "press", "powder", 100.0),
    (1, "in", "", "a/2", "press", "powder", 100.0),
    (2, "in", "", "b/1", "press", "paste", 50.0),
    (4, "through", "press-1", "a/1", "press", "powder", 90.0),
    (4, "loss", "press-1", "a/1", "press", "powder", 10.0),
    (4, "out", "press-1", "a/1", "press", "powder", 90.0),
    (5, "through", "press-1", "b/1", "press", "paste", 50.0),
    (5, "scrap", "press-1", "b/1", "press", "paste", 50.0),
    (6, "in", "", "a/3", "press", "powder", 100.0),
    (7, "through", "press-2", "a/2", "press", "powder", 95.0),
    (7, "loss", "press-2", "a/2", "press", "powder", 5.0),
    (7, "out", "press-2", "a/2", "press", "powder", 95.0),
)
BATCHES = frame(
    "batch start end state place step product cause",
    ("a/1", 0, 4, "busy", "press-1", "press", "powder", ""),
    ("a/2", 1, 3, "waiting for unit", "", "press", "powder", "press"),
    ("a/2", 3, 4, "waiting for pool", "press-2", "press", "powder", "operators"),
    ("a/2", 4, 7, "busy", "press-2", "press", "powder", ""),
    ("b/1", 2, 5, "waiting for unit", "", "press", "paste", "press"),
    ("a/3", 6, 10, "busy", "press-1", "press", "powder", ""),
)


def test_throughput_counts_what_is_done_in_the_window() -> None:
    made = kpi.throughput(FLOWS, TEN)
    assert made.loc["all"].tolist() == [2.0, 185.0, 2.0 * 16.8, 185.0 * 16.8]
    assert made.index.tolist() == ["powder", "all"]
    assert kpi.throughput(FLOWS, (4 * HOUR, 7 * HOUR)).loc["all", "batches"] == 1.0, "what is done at 4 h was before"


def test_throughput_of_nothing_is_nought() -> None:
    assert kpi.throughput(FLOWS, (8 * HOUR, 9 * HOUR)).loc["all"].tolist() == [0.0, 0.0, 0.0, 0.0]


def test_lead_time_is_of_batches_done() -> None:
    times = kpi.lead_time(LIVES, TEN).loc["all"]
    assert times[["batches", "mean", "least", "50%", "most"]].tolist() == [2.0, 5.0, 4.0, 5.0, 6.0]
    assert times["sd"] == pytest.approx(math.sqrt(2.0))


def test_in_plant_and_little() -> None:
    number = kpi.wip(LIVES, TEN)
    hours = [each / HOUR for each in number["start"]]
    assert list(zip(hours, number["number"], strict=True)) == [(0, 1), (1, 2), (2, 3), (4, 2), (5, 1), (6, 2), (7, 1)]
    assert kpi.little(LIVES, BATCHES, TEN) == {"batch hours": 17.0, "mean in plant": 1.7}
    assert kpi.little(LIVES, BATCHES, (3 * HOUR, 6 * HOUR)) == {"batch hours": 6.0, "mean in plant": 2.0}


def test_little_notices_a_stay_that_is_missing() -> None:
    with pytest.raises(PlantsimError, match="Little's law is broken"):
        kpi.little(LIVES, BATCHES.drop(index=0), TEN)


def test_waiting_by_cause_and_by_step() -> None:
    by_cause = kpi.waiting(BATCHES, TEN)
    assert by_cause["hours"].to_dict() == {
        ("waiting for unit", "press"): 5.0, ("waiting for pool", "operators"): 1.0
    }  # fmt: skip
    assert by_cause["batches"].tolist() == [2, 1]
    assert by_cause["share"].tolist() == pytest.approx([5 / 17, 1 / 17])
    assert kpi.waiting(BATCHES, TEN, by=("product",))["hours"].to_dict() == {"paste": 3.0, "powder": 3.0}


def test_pool_use() -> None:
    uses = frame("pool start end number", ("crew", 0, 4, 2), ("crew", 2, 5, 1), ("skid", 9, 12, 1))
    use = kpi.pool_use(uses, {"crew": 3, "skid": 1, "oven": 2}, TEN)
    assert use["mean in use"].to_dict() == pytest.approx({"crew": 1.1, "skid": 0.1, "oven": 0.0})
    assert use["most in use"].to_dict() == {"crew": 3, "skid": 1, "oven": 0}
    assert use["share of calendar hours all in use"].to_dict() == pytest.approx({"crew": 0.2, "skid": 0.1, "oven": 0.0})


def test_buffer_use() -> None:
    stays = frame("buffer start end number", ("store", 0, 5, 0), ("store", 5, 8, 1), ("store", 8, 10, 2))
    use = kpi.buffer_use(stays, {"store": 2}, TEN).loc["store"]
    assert use[["mean", "most", "share of calendar hours full"]].tolist() == pytest.approx([0.7, 2, 0.2])


def test_stops_by_unit_and_mode() -> None:
    jobs = frame(
        "unit start begun end kind cause over",
        ("press-1", 1, 2, 4, "fail", "seal", 1),
        ("press-1", 8, 8, 9, "fail", "seal", 1),
        ("press-1", 9.5, 10, 10, "fail", "motor", 0),
        ("press-1", 5, 5, 6, "clean", "major", 1),
    )
    stops = kpi.stops(jobs, UNITS, TEN)
    assert stops["stops"].to_dict() == {("press-1", "motor"): 1, ("press-1", "seal"): 2}
    seal = stops.loc[("press-1", "seal")]
    assert seal[["busy hours a stop", "up hours a stop"]].tolist() == [2.0, 4.0]
    assert seal[["hours to repair", "of which waiting"]].tolist() == [2.0, 0.5]
    assert math.isnan(stops.loc[("press-1", "motor"), "hours to repair"])


# ---- ISO 22400 -------------------------------------------------------------------------------------------------------


def test_iso_22400_worked_set() -> None:
    """D7: PBT 160 h, APT 120, ASUT 16, ADET 10, PQ 10, PRU 11 h, GQ 9: figures computed by hand from the formulas."""
    row = {"APT": 120.0, "ASUT": 16.0, "ADET": 10.0, "ADOT": 14.0, "PDOT": 8.0, "planned": 11.0 * 10.0}
    figures = iso.indicators(pd.DataFrame([{**row, "PQ": 10.0, "GQ": 9.0, "SQ": 1.0}])).iloc[0]
    expected = {
        "PBT": 160.0, "POT": 168.0, "AUBT": 146.0, "AUPT": 136.0, "availability": 0.75, "effectiveness": 0.916667,
        "quality ratio": 0.9, "OEE": 0.61875, "NEE": 0.70125, "allocation efficiency": 0.9125,
        "utilisation efficiency": 0.821918, "technical efficiency": 0.923077, "setup rate": 0.117647,
        "scrap ratio": 0.1,
    }  # fmt: skip
    assert figures[list(expected)].to_dict() == pytest.approx(expected, abs=1e-6)


def test_each_state_has_its_time_element() -> None:
    hours = iso.element_hours(UNITS, TEN)
    assert hours.loc["press-1"].to_dict() == {"APT": 4.0, "ASUT": 0.0, "ADET": 0.0, "ADOT": 4.0, "PDOT": 1.0}
    assert hours.loc["press-2"].to_dict() == {"APT": 5.0, "ASUT": 0.0, "ADET": 1.0, "ADOT": 3.0, "PDOT": 1.0}


def test_a_user_changes_what_a_state_or_an_act_counts_as() -> None:
    changes = {"charge": "ASUT", "cleaning empty": "ADOT", "holding": "out"}
    hours = iso.element_hours(UNITS, TEN, changes)
    assert hours.loc["press-2", ["APT", "ASUT", "ADET"]].tolist() == [4.0, 1.0, 0.0]
    assert hours.loc["press-1", ["ADOT", "PDOT"]].tolist() == [5.0, 0.0]


def test_a_state_without_element_is_named() -> None:
    with pytest.raises(PlantsimError, match="no time element is given for the state 'asleep'"):
        iso.element_hours(UNITS.assign(state="asleep"), TEN)


def test_iso_22400_of_units_and_of_their_kind() -> None:
    planned = {("press-1", "powder", "press"): (1.0, 0.02), ("press-2", "powder", "press"): (5.0, 0.0)}
    figures = iso.iso22400(UNITS, FLOWS, TEN, planned)
    assert figures.loc["press-1", ["PQ", "GQ", "SQ", "planned"]].tolist() == [150.0, 90.0, 50.0, 3.0]
    assert figures.loc["press-1", "quality ratio"] == pytest.approx(0.6)
    assert figures.loc["press-1", "OEE"] == pytest.approx(4 / 8 * 3 / 4 * 0.6)
    kind = iso.iso22400(UNITS, FLOWS, TEN, planned, groups=KINDS).loc["press"]
    assert kind[["APT", "PBT", "PQ"]].tolist() == [9.0, 17.0, 250.0]
    assert kind["availability"] == pytest.approx(9 / 17)


def test_without_planned_times_there_is_no_oee() -> None:
    figures = iso.iso22400(UNITS, FLOWS, TEN)
    assert figures["OEE"].isna().all()
    assert figures["availability"].tolist() == pytest.approx([0.5, 5 / 9])


def test_execution_of_orders() -> None:
    units = UNITS.assign(product="powder")
    orders = iso.order_indicators(units, LIVES, TEN).loc["powder"]
    assert orders[["batches", "PQ", "AOET", "AUBT", "APT"]].tolist() == [2.0, 185.0, 10.0, 10.0, 9.0]
    assert orders["throughput rate"] == 18.5
    assert orders["allocation ratio"] == 1.0


# ---- what must always hold -------------------------------------------------------------------------------------------


@pytest.fixture
def spans() -> Spans:
    """A batch of 100 kg that loses 2 kg in the mill by 1 h and leaves; another in the mill from 1 to 3 h."""
    plan = (((("run", HOUR),), HOUR, (), 0, HOUR, "start"),)
    longer = (((("run", 9 * HOUR),), 9 * HOUR, (), 0, 9 * HOUR, "start"),)
    rows = [
        (0, "release", "", "a/1", "mill", "powder", 100.0, "", ("a", 1)),
        (0, "grant", "mill-1", "a/1", "mill", "powder", 100.0, "", (plan, (("skid", 1),))),
        (HOUR, "leave", "mill-1", "a/1", "mill", "powder", 98.0, "", None),
        (HOUR, "done", "", "a/1", "mill", "powder", 98.0, "", None),
        (HOUR, "release", "", "a/2", "mill", "powder", 100.0, "", ("a", 2)),
        (HOUR, "grant", "mill-1", "a/2", "mill", "powder", 100.0, "", (longer, (("skid", 1),))),
    ]
    return read(Record(rows, until=3 * HOUR), State.empty(["mill-1"], pools=["skid"], orders=["a"]))


def test_mass_in_is_mass_out(spans: Spans) -> None:
    whole = balance.mass_balance(spans, (0, 3 * HOUR))
    assert whole.to_dict() == {
        "at first": 0.0, "in": 200.0, "out": 98.0, "loss": 2.0, "scrap": 0.0, "at last": 100.0, "gap": 0.0
    }  # fmt: skip
    later = balance.mass_balance(spans, (HOUR // 2, 2 * HOUR))
    assert later["at first"] == 100.0
    assert later["gap"] == 0.0


def test_sound_spans_pass(spans: Spans) -> None:
    balance.invariants(spans, (0, 3 * HOUR), {"skid": 1})


def _torn(spans: Spans) -> Spans:
    return replace(spans, frames={**spans.frames, "units": spans["units"].iloc[1:]})


def _overlong(spans: Spans) -> Spans:
    batches = spans["batches"].copy()
    batches.loc[0, "end"] += HOUR
    return replace(spans, frames={**spans.frames, "batches": batches})


def _vanished(spans: Spans) -> Spans:
    flows = spans["flows"]
    return replace(spans, frames={**spans.frames, "flows": flows[flows["flow"] != "loss"].copy()})


@pytest.mark.parametrize(
    ("spoil", "sizes", "words"),
    [
        (_torn, {}, "stays of unit 'mill-1' don't fill 0 to 3 h"),
        (_overlong, {}, "Little's law is broken: 10800000 ms of batches in the plant, 14400000 ms of stays"),
        (_vanished, {}, "mass is not conserved: 2 kg are missing"),
        (lambda spans: spans, {"skid": 0.5}, "pool 'skid' has 0.5, but 1 were in use at once"),
    ],
)
def test_what_is_broken_is_named(spans: Spans, spoil: Any, sizes: dict[str, int], words: str) -> None:
    with pytest.raises(PlantsimError, match=words):
        balance.invariants(spoil(spans), (0, 3 * HOUR), sizes)

"""Active periods against a published package's own case, and turning points against exact lines."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from plantsim.bottleneck import active_periods, bottleneck, momentary, shares, turning_points
from plantsim.record import HOUR

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "bottleneck"


def data(name: str) -> Path:
    """A file of the benchmark data; the test is skipped, and says so, if it is not there."""
    if not (DATA / name).exists():
        pytest.skip(f"BENCHMARK DATA MISSING: {DATA / name}")
    return DATA / name


def stays(*rows: tuple[str, float, float, str, str]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["unit", "start", "end", "state", "detail"])
    return made.assign(start=(made["start"] * HOUR).astype("int64"), end=(made["end"] * HOUR).astype("int64"))


# ---- active periods --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "detail", "active"),
    [
        ("busy", "", True), ("transferring", "", True), ("cleaning", "", True), ("down", "", True),
        ("maintenance", "", True), ("holding", "lacks pool", False), ("holding", "halted", False),
        ("holding", "blocked", False), ("idle", "", False), ("closed", "", False),
    ],
)  # fmt: skip
def test_what_is_active(state: str, detail: str, active: bool) -> None:
    assert len(active_periods(stays(("mill-1", 0, 1, state, detail)))) == active


def test_active_stays_that_follow_one_another_are_one_period() -> None:
    frame = active_periods(stays(
        ("mill-1", 0, 1, "busy", ""), ("mill-1", 1, 2, "down", "seal"), ("mill-1", 2, 3, "busy", ""),
        ("mill-1", 3, 4, "idle", ""), ("mill-1", 4, 5, "busy", ""), ("press-1", 5, 6, "busy", ""),
    ))  # fmt: skip
    assert frame.astype(object).values.tolist() == [
        ["mill-1", 0, 3 * HOUR], ["mill-1", 4 * HOUR, 5 * HOUR], ["press-1", 5 * HOUR, 6 * HOUR]
    ]  # fmt: skip


def of(*periods: tuple[str, float, float]) -> list[tuple[float, float, str, str]]:
    frame = momentary(pd.DataFrame(periods, columns=["unit", "start", "end"]))
    return [tuple(each) for each in frame.astype(object).values.tolist()]


def test_nothing_active_nothing_holds_back() -> None:
    assert of() == []
    assert of(("a", 0, 1), ("b", 2, 3)) == [(0, 1, "a", "sole"), (2, 3, "b", "sole")]


def test_a_short_period_within_a_long_one_is_no_bottleneck() -> None:
    assert of(("a", 0, 10), ("b", 3, 5)) == [(0, 10, "a", "sole")]


def test_a_period_that_is_never_the_longest_is_no_bottleneck() -> None:
    """From 8 h on a is the longest until c, which outlasts it, has begun at 9 h; b ends while c runs."""
    moments = of(("a", 0, 10), ("b", 8, 12), ("c", 9, 20))
    assert moments == [(0, 9, "a", "sole"), (9, 10, "a", "shifting"), (9, 10, "c", "shifting"), (10, 20, "c", "sole")]


def test_the_bottleneck_shifts_twice() -> None:
    moments = of(("a", 0, 10), ("b", 9, 14), ("c", 13, 30))
    assert [each for each in moments if each[3] == "sole"] == [(0, 9, "a", "sole"), (10, 13, "b", "sole"),
                                                              (14, 30, "c", "sole")]  # fmt: skip
    assert [each[:3] for each in moments if each[3] == "shifting"] == [
        (9, 10, "a"), (9, 10, "b"), (13, 14, "b"), (13, 14, "c")
    ]  # fmt: skip


def test_units_that_stand_in_for_one_another_count_as_one() -> None:
    periods = pd.DataFrame({"unit": ["press-1", "press-2"], "start": [0, 0], "end": [10, 10]})
    moments = momentary(periods, {"press-1": "press", "press-2": "press"})
    assert moments.values.tolist() == [[0, 10, "press", "sole"]]


@pytest.mark.needs_data
def test_the_case_of_the_active_period_package() -> None:
    """Case shift2 of active-period-method 0.9.0 (MIT): A and B share a shifting bottleneck of exactly 50 minutes.

    The package leaves out the last period of the data, since it observes a station only until its last period
    begins; the one of B from 09:16 to 09:19 is sole by the method and counts here.
    """
    events = pd.read_csv(data("apm_shift2_events.csv"), parse_dates=["timestamp"])
    moments = momentary(_periods(events))
    expected = pd.read_csv(data("apm_shift2_momentary.csv"), parse_dates=["start", "stop"])
    found = sorted(zip(moments["start"], moments["end"], moments["name"], moments["kind"], strict=True))
    known = zip(expected["start"], expected["stop"], expected["station"], expected["bottleneck_type"], strict=True)
    last = (pd.Timestamp("2023-01-01 09:16"), pd.Timestamp("2023-01-01 09:19"), "B", "sole")
    assert found == sorted([*known, last])
    average = pd.read_csv(data("apm_shift2_average.csv"))
    lengths = (moments["end"] - moments["start"])[:-1].groupby([moments["name"], moments["kind"]]).sum()
    for station, kind, length in zip(average["station"], average["bottleneck_type"], average["duration"], strict=True):
        assert lengths[station, kind] == pd.Timedelta(length)


def test_the_same_case_without_the_data() -> None:
    """The active periods of that case in minutes after 08:00."""
    moments = of(("A", 10, 60), ("A", 63, 70), ("B", 0, 5), ("B", 10, 60), ("B", 70, 74), ("B", 76, 79))
    assert moments == [
        (0, 5, "B", "sole"), (10, 60, "A", "shifting"), (10, 60, "B", "shifting"), (63, 70, "A", "sole"),
        (70, 74, "B", "sole"), (76, 79, "B", "sole"),
    ]  # fmt: skip


def _periods(events: pd.DataFrame) -> pd.DataFrame:
    """Active periods of a log of (station, timestamp, active from now on)."""
    rows = []
    for station, part in events.groupby("station"):
        since = None
        for at, active in zip(part["timestamp"], part["status"], strict=True):
            if active and since is None:
                since = at
            elif not active and since is not None:
                rows.append((station, since, at))
                since = None
    return pd.DataFrame(rows, columns=["station", "start", "end"])


def test_shares_are_of_the_window() -> None:
    moments = momentary(pd.DataFrame({"unit": ["a", "b"], "start": [0, 4], "end": [5, 10]}))
    assert shares(moments, (0, 20)).to_dict() == {"sole": {"a": 0.2, "b": 0.25}, "shifting": {"a": 0.05, "b": 0.05}}
    assert shares(moments, (4, 6)).loc["b"].tolist() == [0.5, 0.5]


# ---- blocked and starved ---------------------------------------------------------------------------------------------


@pytest.mark.needs_data
@pytest.mark.parametrize("name", ["bn1", "bn2", "bn3", "bn4_trap"])
def test_turning_points_of_exact_lines(name: str) -> None:
    """Exact states of serial lines (Markov chains); the bottleneck is what throughput depends on most.  In bn4_trap
    the busiest machine is not the bottleneck; in bn2 the two middle ones tie."""
    lines = {line["id"]: line for line in json.loads(data("exact_bottlenecks.json").read_text())}
    line = lines[name]
    blocked, starved = ([state[word] for state in line["states"]] for word in ("blocked", "starved"))
    right = {line["bottleneck_index"]} | ({1, 2} if line["tie"] else set())
    assert turning_points(blocked, starved)[0] in right
    if name == "bn4_trap":
        assert line["highest_utilisation"] not in right


def test_of_several_turning_points_the_most_severe_is_first() -> None:
    assert turning_points([0.5, 0.1, 0.6, 0.0], [0.0, 0.2, 0.3, 0.05]) == [3, 1]
    assert turning_points([0.0], [0.0]) == [0]


# ---- all of it -------------------------------------------------------------------------------------------------------

LINE = stays(
    ("mill-1", 0, 2, "busy", ""), ("mill-1", 2, 8, "holding", "blocked"), ("mill-1", 8, 10, "busy", ""),
    ("press-1", 0, 2, "idle", ""), ("press-1", 2, 4, "busy", ""), ("press-1", 4, 8, "down", ""),
    ("press-1", 8, 10, "busy", ""),
    ("pack-1", 0, 4, "idle", ""), ("pack-1", 4, 9, "busy", ""), ("pack-1", 9, 10, "idle", ""),
)  # fmt: skip
TEN = (0, 10 * HOUR)
STAGES = [("mill", ("mill-1",)), ("press", ("press-1",)), ("pack", ("pack-1",))]


def test_the_busiest_unit_need_not_be_the_bottleneck() -> None:
    """pack works most (5 h of 10), but the press is active from 2 to 10 h, alone but for the mill's last 2 h."""
    frame = bottleneck(LINE, TEN, stages=STAGES, awaited={"press": 6.0})
    assert frame["working"].to_dict() == pytest.approx({"mill-1": 0.4, "press-1": 0.4, "pack-1": 0.5})
    assert frame["active"].to_dict() == pytest.approx({"mill-1": 0.4, "press-1": 0.8, "pack-1": 0.5})
    assert frame["active period"].to_dict() == pytest.approx({"mill-1": 2.0, "press-1": 8.0, "pack-1": 5.0})
    assert frame["sole"].to_dict() == pytest.approx({"mill-1": 0.2, "press-1": 0.8, "pack-1": 0.0})
    assert frame["blocked"].to_dict() == pytest.approx({"mill-1": 0.6, "press-1": 0.0, "pack-1": 0.0})
    assert frame["starved"].to_dict() == pytest.approx({"mill-1": 0.0, "press-1": 0.2, "pack-1": 0.5})
    assert frame.index[frame["turning point"]].tolist() == ["press-1"]
    says = frame.attrs["says"]
    assert says.startswith("press-1 holds back most: it is the momentary bottleneck 80% of the time, 80% alone")
    assert "pack-1 works most (50%), but does not hold back most" in says
    assert "batches wait longest for press (6 h)" in says


def test_a_window_cuts_shares_but_not_periods() -> None:
    frame = bottleneck(LINE, (4 * HOUR, 8 * HOUR), stages=STAGES)
    assert frame.loc["press-1", ["sole", "active period"]].tolist() == [1.0, 8.0]


def test_a_plant_in_which_nothing_happens() -> None:
    frame = bottleneck(stays(("mill-1", 0, 10, "idle", "")), TEN)
    assert frame.attrs["says"] == "nothing worked"
    assert frame.loc["mill-1", ["sole", "shifting", "starved"]].tolist() == [0.0, 0.0, 1.0]


def test_stages_of_several_units_are_judged_by_their_mean() -> None:
    two = pd.concat([LINE, LINE[LINE["unit"] == "press-1"].assign(unit="press-2")], ignore_index=True)
    stages = [STAGES[0], ("press", ("press-1", "press-2")), STAGES[2]]
    frame = bottleneck(two, TEN, stages=stages)
    assert frame.index[frame["turning point"]].tolist() == ["press-1", "press-2"]

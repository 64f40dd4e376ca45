"""Charts: the bars add up to the hours, the means are the trial's, names are shown as they are, colours can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from math import dist
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plantsim.charts as charts
import plantsim.charts.bars as bars
import plantsim.charts.stock as stock
from plantsim.calendars import Calendar
from plantsim.charts.look import HOLDING_COLOURS, PRODUCT_COLOURS, Clock, ink_on
from plantsim.charts.places import places
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.layout import read_layout
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study import Trial, replicate
from plantsim.utility import Utility

TABLETS = Path(__file__).parents[1] / "layouts" / "tablets.yaml"
MS = 3_600_000.0
SCRIPT, IMAGE = "<script>alert(1)</script>", "\"'><img src=x onerror=alert(2)>%{x}"


@pytest.fixture(scope="module")
def run() -> Results:
    return simulate(read_layout(TABLETS).replace(horizon=3 * 168.0), seed=1)


@pytest.fixture(scope="module")
def trial(run: Results) -> Trial:
    with ThreadPoolExecutor(1) as one:
        return replicate(run.scenario, 3, seed=1, executor=one)


def hostile() -> Scenario:
    """A plant in which every name is an attack."""
    return Scenario(
        name=SCRIPT,
        start="2027-03-01T06:00",
        units={SCRIPT: Unit(kind=IMAGE, failures=(IMAGE,)), f"b{IMAGE}": Unit(kind=f"k{SCRIPT}", count=2)},
        buffers={f"s{SCRIPT}": Buffer(places=2)},
        pools={IMAGE: Pool(count=1, calendar=SCRIPT), f"m{SCRIPT}": Pool(count=1)},
        links=((SCRIPT, f"s{SCRIPT}"), (f"s{SCRIPT}", f"b{IMAGE}"), (SCRIPT, f"b{IMAGE}")),
        calendars={SCRIPT: Calendar(open=((0, 16),), period=24)},
        failures={IMAGE: Failure(after={"exponential": {"mean": 5.0}}, repair=1.0, pool=f"m{SCRIPT}")},
        products={
            IMAGE: Product(
                batch=10.0,
                steps={
                    SCRIPT: Step(on=IMAGE, time=1.5, needs={"run": {IMAGE: 1}}),
                    IMAGE: Step(on=f"k{SCRIPT}", time=4.0),
                },
            )
        },
        orders={SCRIPT: Order(product=IMAGE)},
        run={"horizon": 200.0},
        report={"from": 10.0},
    )


CHARTS: dict[str, Callable[[Results], Any]] = {
    "plant_map": charts.plant_map,
    "gantt": charts.gantt,
    "gantt of batches": lambda run: charts.gantt(run, by="batch"),
    "gantt by product": lambda run: charts.gantt(run, colour="product"),
    "states": charts.states,
    "states of units": lambda run: charts.states(run, by="unit", of="scheduled"),
    "states_over_time": charts.states_over_time,
    "bottleneck": charts.bottleneck,
    "throughput": charts.throughput,
    "lead_time": charts.lead_time,
    "wip": charts.wip,
    "buffers": charts.buffers,
    "waiting": charts.waiting,
    "story of a unit": lambda run: charts.story(run, next(iter(run.scenario.plant.unit_names))),
    "story of a batch": lambda run: charts.story(run, str(run.spans("lives")["batch"].iloc[3])),
}


def texts(value: Any) -> Iterator[str]:
    """All texts in a figure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts(each)


# ---- who did what when -----------------------------------------------------------------------------------------------


def watered() -> Results:
    """Four vessels on a loop of 900 L that makes 600 L/h, for two days; with a drain."""
    needs = {"run": {"wfi": 1200.0, "sewer": 3.0}}
    return simulate(
        Scenario(
            start="2027-03-01T06:00",
            units={"reactor": Unit(kind="reactor", count=4), "vessel": Unit(kind="vessel", count=4)},
            utilities={
                "wfi": Utility(makes=600.0, tank=900.0, peak=2400.0, least=100.0),
                "sewer": Utility(unit="m3", makes=2.0, tank=9.0, drain=True),
                "power": Utility(unit="kWh", peak=80.0),
            },
            products={"p": Product(batch=1.0, steps={
                "make": Step(on="reactor", time=3.0, needs={"run": {"power": 20.0}}, discharge=0.5),
                "rinse": Step(on="vessel", time=0.5, needs=needs),
            })},
            orders={"o": Order(product="p")},
            run={"horizon": 48.0},
        )
    )  # fmt: skip


def test_demand_is_drawn_against_what_there_is() -> None:
    """Rates are those of the frame, the level falls from full, a drain is empty at first; made and peak are lines."""
    run = watered()
    chart, frame = charts.demand(run, "wfi"), run.utility("wfi")
    drawn, level = chart.data
    assert list(drawn.y[:-1]) == frame["drawn"].tolist()
    assert list(level.y[:-1]) == frame["level"].tolist()
    assert {shape.y0 for shape in chart.layout.shapes if shape.y0 == shape.y1} == {600.0, 2400.0, 900.0, 100.0}
    assert sum(shape.type == "rect" for shape in chart.layout.shapes) > 0
    assert charts.demand(run, "sewer").data[1].y[0] == 0.0
    assert max(charts.demand(run, "sewer").data[1].y) <= 9.0
    assert [trace.name for trace in charts.demand(run, "power").data] == ["drawn"]


def test_bars_of_the_gantt_stand_in_the_row_of_their_unit(run: Results) -> None:
    chart = charts.gantt(run, window=(100.0, 300.0))
    rows = list(run.scenario.plant.unit_names)
    assert list(chart.layout.yaxis.ticktext) == rows
    busy = run.spans("units", 100.0, 300.0).query("state == 'busy'")
    (trace,) = (each for each in chart.data if each.name == "busy")
    assert [rows[k] for k in trace.y] == busy["unit"].tolist()
    assert trace.base[0] == f"{np.datetime64('2027-03-01T06:00', 'ms') + int(busy['start'].iloc[0] * MS)}"
    assert busy["batch"].iloc[0] in trace.hovertext[0] and busy["step"].iloc[0] in trace.hovertext[0]


def test_a_long_gantt_draws_what_touches_as_one_bar(run: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = charts.gantt(run, window=(0.0, 504.0))
    monkeypatch.setattr(bars, "MOST", 100)
    joined = charts.gantt(run, window=(0.0, 504.0))
    assert len(whole.data) == len(joined.data) < 12
    assert sum(len(trace.x) for trace in joined.data) < sum(len(trace.x) for trace in whole.data)
    for one, other in zip(whole.data, joined.data, strict=True):
        assert one.name == other.name and sum(one.x) == pytest.approx(sum(other.x))


def test_a_gantt_without_dates_counts_days_and_a_short_one_hours(run: Results) -> None:
    plain = Results(run.scenario.replace(start=""), run.record, seed=1)
    days, hours = charts.gantt(plain), charts.gantt(plain, window=(10.0, 34.0))
    assert days.layout.xaxis.title.text == "time since the start [days]" and tuple(days.layout.xaxis.range) == (0, 7)
    assert hours.layout.xaxis.title.text == "time since the start [hours]" and tuple(hours.layout.xaxis.range) == (
        10,
        34,
    )
    assert sum(days.data[0].x) * 24.0 == pytest.approx(sum(charts.gantt(run).data[0].x) / MS)


def test_a_gantt_of_a_kind_has_its_units_only(run: Results) -> None:
    chart = charts.gantt(run, only=["tablet press", "coater"])
    assert list(chart.layout.yaxis.ticktext) == ["press-1", "press-2", "coater-1"]
    with pytest.raises(
        PlantsimError, match=r"there is no unit or kind of unit 'tablet pres'; did you mean 'tablet press'"
    ):
        charts.gantt(run, only=["tablet pres"])


def test_a_gantt_by_product_and_of_batches_adds_up_too(run: Results) -> None:
    products = charts.gantt(run, colour="product")
    assert [trace.name for trace in products.data][:3] == list(run.scenario.products)
    hours = sum(sum(trace.x) for trace in charts.gantt(run).data)
    assert sum(sum(trace.x) for trace in products.data) == pytest.approx(hours)
    batches = charts.gantt(run, window=(0.0, 504.0), by="batch")
    stays = run.spans("batches", 0.0, 504.0)
    assert sum(sum(trace.x) for trace in batches.data) / MS == pytest.approx(stays["hours"].sum())
    with pytest.raises(PlantsimError, match="colours are not by 'stat'; did you mean 'state'"):
        charts.gantt(run, colour="stat")  # type: ignore[arg-type]


def test_a_window_is_cut_to_the_run_and_must_touch_it(run: Results) -> None:
    assert charts.gantt(run, window=(-5.0, 9999.0)).layout.xaxis.range[1].startswith("2027-03-22T06:00")
    with pytest.raises(PlantsimError, match="must lie in the run"):
        charts.gantt(run, window=(600.0, 700.0))


def test_a_story_covers_the_whole_life(run: Results) -> None:
    life = run.spans("lives").iloc[5]
    chart = charts.story(run, str(life["batch"]))
    assert sum(sum(trace.x) for trace in chart.data) / MS == pytest.approx(life["hours"])
    unit = charts.story(run, "press-1")
    assert list(unit.layout.yaxis.ticktext) == ["press-1"]
    with pytest.raises(PlantsimError, match="there is no batch or unit 'press-9'"):
        charts.story(run, "press-9")


# ---- shares ----------------------------------------------------------------------------------------------------------


def test_shares_of_states_are_those_of_the_table(run: Results) -> None:
    chart, table = charts.states(run), run.utilisation(by="kind")
    for trace in chart.data:
        assert list(trace.x) == pytest.approx(table[trace.name].tolist())
        assert trace.marker.color == charts.STATE_COLOURS[trace.name]
    assert np.sum([trace.x for trace in chart.data], axis=0) == pytest.approx(1.0)


def test_shares_of_a_trial_are_its_means_with_intervals(run: Results, trial: Trial) -> None:
    (busy, *_), means = charts.states(run, trial=trial).data, trial.intervals()["mean"]
    kinds = list(run.utilisation(by="kind").index)
    assert list(busy.x) == pytest.approx([means["utilisation", kind, "busy"] for kind in kinds])
    assert all("95 % interval" in text and "3 replications" in text for text in busy.hovertext)


def test_states_over_time_fill_each_day_and_agree_with_the_table(run: Results) -> None:
    chart = charts.states_over_time(run)
    assert np.sum([trace.y for trace in chart.data], axis=0) == pytest.approx(1.0)
    assert {len(trace.y) for trace in chart.data} == {21}
    (busy,) = (trace.y for trace in chart.data if trace.name == "busy")
    shares = run.utilisation()
    assert np.mean(busy[7:]) == pytest.approx(shares["busy"].mean())
    assert "warm-up" in str(chart.layout.annotations)
    press = charts.states_over_time(run, bucket=100.0, only="tablet press")
    assert {len(trace.y) for trace in press.data} == {6}  # the last is 4 h long
    assert np.sum([trace.y for trace in press.data], axis=0) == pytest.approx(1.0)
    with pytest.raises(PlantsimError, match="no unit or kind of unit 'pres'"):
        charts.states_over_time(run, only="pres")


def test_the_bottleneck_has_its_shares_and_what_is_busy_beside_them(run: Results) -> None:
    chart, table = charts.bottleneck(run), run.bottleneck(by="kind")
    sole, shifting, busy = chart.data
    assert list(sole.x) == table["sole"].tolist() and list(shifting.x) == table["shifting"].tolist()
    assert list(busy.x) == table["working"].tolist()


# ---- what flows ------------------------------------------------------------------------------------------------------


def test_bars_of_throughput_add_up_to_the_batches(run: Results) -> None:
    chart = charts.throughput(run)
    rates = [trace for trace in chart.data if trace.type == "bar"]
    assert [trace.name for trace in rates] == list(run.scenario.products)
    made = sum(np.dot(trace.y, trace.width) for trace in rates) / (24.0 * MS)
    assert made == pytest.approx((run.spans("flows")["flow"] == "out").sum())
    assert not [trace for trace in chart.data if trace.name == "95 % interval"]
    (mean,) = (trace for trace in chart.data if trace.name.startswith("mean"))
    assert mean.y[0] * 7 == pytest.approx(run.figures()["batches a week [1/week]"])


def test_the_band_of_throughput_is_the_interval_of_the_trial(run: Results, trial: Trial) -> None:
    (band,) = (trace for trace in charts.throughput(run, trial).data if trace.name == "95 % interval")
    known = trial.intervals().loc[("figure", "batches a week [1/week]", "")]
    assert (min(band.y) * 7, max(band.y) * 7) == pytest.approx((known["low"], known["high"]))


def test_waiting_is_by_cause_with_whiskers_that_do_not_go_below_nothing(run: Results, trial: Trial) -> None:
    hours = {
        row: mean for (table, row, _), mean in trial.intervals()["mean"].items() if table == "waiting" and mean > 0
    }
    chart = charts.waiting(run, trial)
    assert sum(sum(trace.x) for trace in chart.data) == pytest.approx(sum(hours.values()))
    for trace in chart.data:
        assert all(x >= down for x, down in zip(trace.x, trace.error_x.arrayminus, strict=True))
    words = {trace.name: [chart.layout.yaxis.ticktext[k] for k in trace.y] for trace in chart.data}
    assert "tablet press" in words["waiting for a unit"] and "press crew" in words["waiting for people or pools"]
    single = charts.waiting(run)
    assert sum(sum(trace.x) for trace in single.data) == pytest.approx(run.waiting()["hours"].sum())
    assert all(trace.error_x.array is None for trace in single.data)


def test_many_causes_are_summed_up(run: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "CAUSES", 3)
    chart = charts.waiting(run)
    assert len(chart.layout.yaxis.ticktext) == 4 and chart.layout.yaxis.ticktext[-1].endswith("more causes")
    assert sum(sum(trace.x) for trace in chart.data) == pytest.approx(run.waiting()["hours"].sum())


def test_lead_times_are_of_all_batches_done(run: Results) -> None:
    chart = charts.lead_time(run)
    assert sum(sum(trace.y) for trace in chart.data) == run.figures()["batches [1]"]
    assert chart.layout.xaxis.title.text == "lead time [days]"


def test_a_thinned_line_keeps_its_extremes(run: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = charts.wip(run).data[0]
    monkeypatch.setattr(stock, "POINTS", 10)
    thin = charts.wip(run).data[0]
    assert len(thin.x) <= 41 < len(whole.x)
    assert (min(thin.y), max(thin.y), thin.x[-1]) == (min(whole.y), max(whole.y), whole.x[-1])


def test_each_buffer_has_its_line(run: Results) -> None:
    chart = charts.buffers(run)
    assert [trace.name for trace in chart.data] == list(run.scenario.buffers)
    assert max(chart.data[0].y) == run.buffers(0.0)["most"].iloc[0]


# ---- the map ---------------------------------------------------------------------------------------------------------


def test_the_map_has_a_node_a_unit_or_one_for_many(run: Results, trial: Trial) -> None:
    traces = {trace.meta: trace for trace in charts.plant_map(run, trial).data}
    units, means = traces["units"], trial.intervals()["mean"]
    singles = [name for name in run.scenario.plant.unit_names if not name.startswith("laboratory")]
    laboratory = [means["unit", f"laboratory-{k}", "busy"] for k in range(1, 9)]
    expected = [*(means["unit", name, "busy"] for name in singles), sum(laboratory) / 8]
    assert list(units.marker.color) == pytest.approx(expected)
    assert "laboratory-8" in units.hovertext[-1] and len(traces["buffers"].x) == 3


def test_links_of_the_map_are_as_wide_as_what_went_over_them(run: Results) -> None:
    (told,) = (trace.hovertext for trace in charts.plant_map(run).data if trace.meta == "link hover")
    went = {text.split(": ")[0]: int(text.split(": ")[1].split()[0]) for text in told}
    through = run.spans("flows").query("flow == 'through' and step == 'dispense' and time > 168")
    assert went["dispensary → granulator"] == pytest.approx(len(through), abs=1)
    assert went["tablet store → coater"] > 0


def test_no_two_nodes_of_a_map_stand_on_each_other(run: Results) -> None:
    traces = {trace.meta: trace for trace in charts.plant_map(run).data}
    spots = [spot for word in ("units", "buffers") for spot in zip(traces[word].x, traces[word].y, strict=True)]
    assert min(dist(a, b) for a, b in combinations(spots, 2)) > 46.0


def test_units_without_positions_stand_in_layers_also_in_a_ring() -> None:
    line = places(dict.fromkeys("abcd"), [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
    assert [line[name][0] for name in "abcd"] == pytest.approx([0.0, 430.0, 430.0, 860.0])
    assert abs(line["b"][1] - line["c"][1]) >= 80.0
    ring = places(dict.fromkeys("abc"), [("a", "b"), ("b", "c"), ("c", "a")])
    assert len({*ring.values()}) == 3
    between = places({"a": (0.0, 0.0), "s": None, "b": (8.0, 0.0)}, [("a", "s"), ("s", "b")])
    assert between["s"] == pytest.approx((430.0, 0.0))
    assert len({*places(dict.fromkeys("abcdef", (1.0, 1.0)), []).values()}) == 6


def test_a_plant_without_links_shows_what_was_gone() -> None:
    unlinked = hostile().replace(links=(), buffers={})
    (told,) = (
        trace.hovertext for trace in charts.plant_map(simulate(unlinked, seed=1)).data if trace.meta == "link hover"
    )
    assert len(told) == 2 and all(int(text.split(": ")[1].split()[0]) > 0 for text in told)


# ---- names, units of measure, colours --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def attacked() -> Results:
    return simulate(hostile(), seed=1)


@pytest.mark.parametrize("name", CHARTS)
def test_names_are_shown_as_they_are(name: str, attacked: Results) -> None:
    for text in texts(CHARTS[name](attacked).to_dict()):
        assert "<script" not in text and "<img" not in text and "%{x" not in text, text


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_offers_to_send_the_figures_away(name: str, run: Results) -> None:
    assert "sendChartToCloud" in CHARTS[name](run).layout.template.layout.modebar.remove


@pytest.mark.parametrize("name", CHARTS)
def test_axes_have_a_title_with_a_unit_of_measure(name: str, run: Results) -> None:
    layout = CHARTS[name](run).to_dict()["layout"]
    axes = {word: axis for word, axis in layout.items() if word.startswith(("xaxis", "yaxis"))}
    titles = [axis["title"].get("text") or "" for axis in axes.values() if axis.get("title")]
    assert name == "plant_map" or titles
    assert all("[" in text or text == "local time" for text in titles), titles


@pytest.mark.parametrize("name", CHARTS)
def test_a_plant_in_which_nothing_happens_has_charts_that_say_so(name: str) -> None:
    idle = hostile().replace(orders={"late": Order(product=IMAGE, start=100.0)}, horizon=20.0)
    run = simulate(idle, seed=1)
    if not name.startswith("story of a batch"):
        assert CHARTS[name](run).layout.title.text


def test_the_clock_shows_dates_or_a_unit_that_suits() -> None:
    dated, plain, short = (Clock.over(*args) for args in (("2027-03-01T06:00", 0, 9), ("", 0, 999.0), ("", 0, 1.0)))
    assert dated.at([1.5]) == ["2027-03-01T07:30:00.000"] and dated.long([2.0]) == [7_200_000.0]
    assert plain.at([36.0]) == plain.long([36.0]) == [1.5]
    assert short.word == "minutes" and short.at([0.5]) == [30.0]
    assert dated.stretch(0.0, 25.0) == "Mon 1 Mar 06:00 – Tue 2 Mar 07:00 (25 h)"
    assert dated.stretch(0.0, 0.1) == "Mon 1 Mar 06:00:00 – 06:06:00 (6 min)"


DICHROMATS = {  # Machado, Oliveira and Fernandes 2009, severity 1
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "anybody": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


def linear(shade: str) -> Any:
    parts = np.array([int(shade[k : k + 2], 16) for k in (1, 3, 5)]) / 255.0
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def seen(shade: str, eye: str) -> Any:
    """A colour in CIE L*a*b*, as an eye sees it."""
    xyz = np.array(TO_XYZ) @ np.clip(np.array(DICHROMATS[eye]) @ linear(shade), 0.0, 1.0) / [0.95047, 1.0, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    return np.array([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


@pytest.mark.parametrize("eye", DICHROMATS)
def test_states_can_be_told_apart_by_every_eye(eye: str) -> None:
    units = {word: shade for word, shade in {**charts.STATE_COLOURS, **HOLDING_COLOURS}.items() if word != "holding"}
    batches = {"busy": charts.STATE_COLOURS["busy"], **charts.WAIT_COLOURS}
    for palette in (units, batches, dict(zip(PRODUCT_COLOURS, PRODUCT_COLOURS, strict=True))):
        for (one, first), (other, second) in combinations(palette.items(), 2):
            assert dist(seen(first, eye), seen(second, eye)) > 18.0, f"{one} and {other}"


def test_letters_on_bars_can_be_read() -> None:
    for shade in {**charts.STATE_COLOURS, **HOLDING_COLOURS, **charts.WAIT_COLOURS}.values():
        light, dark = sorted((float(linear(each) @ TO_XYZ[1]) for each in (shade, ink_on(shade))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4.0, shade

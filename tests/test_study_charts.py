"""Charts of studies: what is drawn is what the tables say, and what can't be told apart is drawn so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from test_costs import EACH
from test_costs import plant as priced
from typer.testing import CliRunner

import plantsim as ps
from plantsim import charts
from plantsim.charts.look import STRONG
from plantsim.charts.money import KINDS
from plantsim.cli import app
from plantsim.costs import GROUPS
from plantsim.results import Results
from plantsim.study import Selection, selected
from plantsim.study.steady import SteadyState

LAYOUTS = Path(__file__).parents[1] / "layouts"
ALTERNATING = {"low": 1.0, "high": 3.0, "near": 3.0}


def invoked(*words: str) -> str:
    """What a command prints."""
    found = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


# ---- before any run --------------------------------------------------------------------------------------------------


def test_bounds_are_those_of_the_table() -> None:
    """Red is what is in use in all of its open hours; a bar of size stands only where a size is told."""
    found = ps.explain(ps.read_layout(LAYOUTS / "api_plant.yaml"))
    table, chart = found.table(), charts.bounds(found)
    limits, rest, size = chart.data
    names = [str(name) for name in table.index]
    drawn = {names[k]: x for bars in (limits, rest) for k, x in zip(bars.y, bars.x, strict=True)}
    assert drawn == table["time"].to_dict()
    assert [names[k] for k in limits.y] == [each.name for each in found.limiting] == ["vacuum dryer"]
    assert {names[k]: x for k, x in zip(size.y, size.x, strict=True)} == table["size"].dropna().to_dict()
    assert chart.layout.title.text.startswith("vacuum dryer limits the plant: 5.58 batches a week")
    assert limits.text[0] == f"one more: {table['one more']['vacuum dryer']:+.3g}/week"
    assert len(charts.bounds(found, most=3).data[1].x) == 2


def test_sizes_are_those_of_the_table_and_red_where_too_few() -> None:
    found = ps.size(ps.read_layout(LAYOUTS / "api_plant.yaml"), batches=8.0)
    there, short, enough = charts.sizing(found).data
    drawn = {round(x, 9) for bars in (short, enough) for x in bars.x}
    assert drawn == {round(each.needed / each.count, 9) for each in found.rows}
    assert list(short.text) == ["2 of 1", "145 of 110"] and found.short == ("vacuum dryer", "spent solvent")
    assert min(short.x) > 1.0 >= max(enough.x) and {*there.x} == {1.0}
    least = ps.size(ps.read_layout(LAYOUTS / "api_plant.yaml"), batches=1.0)
    assert least.short == () and charts.sizing(least).layout.title.text.endswith("need no more than there is")
    assert "<td>vacuum dryer</td>" not in least._repr_html_() and "vacuum dryer" in least._repr_html_()


def test_sizes_and_bounds_on_the_command_line(tmp_path: Path) -> None:
    """The answer in words, all of it as one document, and a chart if that is asked for."""
    file, out = str(LAYOUTS / "api_plant.yaml"), tmp_path / "size.html"
    said = invoked("size", file, "--batches", "8", "--out", str(out))
    assert "8 batches a week as large as today need 2 vacuum dryer instead of 1, 144.5 spent solvent" in said
    assert out.exists() and str(out) in said.replace("\n", "")
    told = json.loads(invoked("size", file, "--batches", "8", "--json"))
    assert told["short of"] == ["vacuum dryer", "spent solvent"] and "chart" not in told
    assert {row["kind"]: row["needed"] for row in told["table"]}["vacuum dryer"] == 2.0
    drawn = json.loads(invoked("explain", file, "--json", "--out", str(tmp_path / "bounds.html")))["chart"]
    assert "vacuum dryer limits the plant" in Path(drawn).read_text(encoding="utf-8")


# ---- money -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run() -> Results:
    return ps.simulate(priced(each=EACH, water=("water",), energy={"steam": 0.75}), seed=1)


def test_costs_are_stacked_to_what_a_batch_and_a_kg_cost(run: Results) -> None:
    """By hand (tests/test_costs.py): 6,094 for 5 batches of 100 kg; labour is 4,320 of it, materials 800."""
    frame, chart = run.cost_of_goods(), charts.cost_of_goods(run)
    stacks, names = chart.data[:-1], chart.data[-1]
    sums = {axis: sum(trace.x[0] for trace in stacks if trace.yaxis == axis) for axis in ("y", "y2")}
    assert sums["y"] == pytest.approx(6094.0 / 5) and sums["y2"] == pytest.approx(6094.0 / 500)
    labour, materials = (next(t.x[0] for t in stacks if t.name == word) for word in ("labour", "materials"))
    assert (labour, materials) == pytest.approx((864.0, 160.0))
    assert chart.layout.title.text == "A batch costs 1,219 EUR, a kg 12.2 EUR"
    assert dict(zip(names.y, names.x, strict=True)) == pytest.approx(
        {name: value for (group, name), value in frame["a batch"].items() if group != "all"}
    )
    assert list(names.x) == sorted(names.x, reverse=True) and KINDS == GROUPS


def test_runs_beside_one_another_have_a_column_each(run: Results) -> None:
    dear = ps.simulate(priced(each={**EACH, "operators": 80.0}), seed=1)
    chart = charts.cost_of_goods({"today": run, "dear": dear})
    labour = next(trace for trace in chart.data if trace.name == "labour" and trace.yaxis == "y")
    assert list(chart.layout.yaxis.ticktext) == ["today", "dear"]
    assert list(labour.y) == [0, 1] and list(labour.x) == pytest.approx([864.0, 1728.0])
    nothing = charts.cost_of_goods(ps.simulate(priced(each={}), seed=1))
    assert nothing.layout.annotations[0].text == "the layout gives no prices"


def test_the_report_tells_costs_where_there_are_prices(run: Results, tmp_path: Path) -> None:
    """By hand: 1,218.80 a batch, of which labour is 864; without prices there is neither the part nor a link to it."""
    text = ps.write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<section id="costs">' in text and '<a href="#costs">' in text
    part = text.split('<section id="costs">')[1].split("</section>")[0]
    assert "A batch costs 1,219 EUR, a kg 12.2 EUR" in part and "<td>864</td>" in part
    free = ps.write_report(ps.simulate(priced().replace(prices=None), seed=1), tmp_path / "free.html")
    assert "#costs" not in free.read_text(encoding="utf-8")


def test_costs_on_the_command_line(tmp_path: Path) -> None:
    """100,000 written off over 20 years of 8,766 h are 0.5704 an hour."""
    file = tmp_path / "priced.yaml"
    file.write_text(f"extends: {LAYOUTS / 'two_suites.yaml'}\nprices:\n  life: 20 a\n  each: {{press a: 100000}}\n")
    told = json.loads(invoked("costs", str(file), "--weeks", "2", "--json", "--out", str(tmp_path / "costs.html")))
    assert told["currency"] == "EUR" and Path(told["chart"]).exists()
    assert told["costs"][0]["cost"] == pytest.approx(100_000.0 / 175_320.0 * 168.0)  # a week is the warm-up
    assert "press a" in invoked("costs", str(file), "--weeks", "2")
    wrong = CliRunner().invoke(app, ["costs", str(LAYOUTS / "two_suites.yaml")])
    assert wrong.exit_code == 2 and "has no prices; say what things cost" in wrong.output


# ---- selection -------------------------------------------------------------------------------------------------------


def chosen(larger: bool = True) -> Selection:
    """Two that are the same but for noise, and one that is far off, on luck that is partly common."""

    def draw(jobs: Sequence[tuple[str, int]]) -> Mapping[tuple[str, int], float]:
        own = {"low": 0.0, "high": 0.31, "near": 0.27}
        return {(name, k): ALTERNATING[name] + 0.5 * (-1) ** k + 0.2 * (-1) ** int(own[name] * k) for name, k in jobs}

    return selected(list(ALTERNATING), draw, 0.95, 0.05, larger=larger, most=20)


@pytest.mark.parametrize("larger", [True, False])
def test_designs_have_intervals_and_finalists_are_marked(larger: bool) -> None:
    """Red are the best and those whose paired interval reaches 0; the dots and whiskers are those of the table."""
    found = chosen(larger)
    traces = charts.selection(found).data
    names = [str(name) for name in found.table.index]
    for panel, known in (("x", found.intervals), ("x2", found.to_best)):
        drawn = {names[k]: (x, reach) for trace in traces if trace.xaxis == panel
                 for k, x, reach in zip(trace.y, trace.x, trace.error_x.array, strict=True)}  # fmt: skip
        assert drawn == {name: (each.mean, each.high - each.mean) for name, each in known.items()}
    red = {names[k] for trace in traces if trace.marker.color == STRONG for k in trace.y}
    assert red == {*found.finalists} == ({"high", "near"} if larger else {"low"})
    for name, each in found.to_best.items():
        ahead = each.high >= 0.0 if larger else each.low <= 0.0
        assert (name in found.finalists) is ahead
        assert each.mean == pytest.approx(found.means[name] - found.means[found.best])
    assert found.table.loc[names[-1], "to the best"] == found.to_best[names[-1]].mean


def test_scenarios_have_their_paired_differences_beside_them() -> None:
    """Red is what the table tells apart from the first; the intervals are those that hold together."""
    line = ps.read_layout(LAYOUTS / "flow_line.yaml").replace(horizon=10.0, from_=1.0)
    many = {"today": line, "none": line.with_units("m3", 3), "fast": line.with_units("m3", 1).with_buffer("b2", 1)}
    with ThreadPoolExecutor(1) as one:
        trial = ps.compare(many, 4, executor=one)
    table, (means, apart, alike) = trial.together(), charts.scenarios(trial).data
    assert list(means.x) == table["mean"].to_list() and list(means.y) == [0, 1, 2]
    drawn = {list(many)[k]: (x, x + reach) for trace in (apart, alike)
             for k, x, reach in zip(trace.y, trace.x, trace.error_x.array, strict=True)}  # fmt: skip
    assert drawn == {name: pytest.approx(tuple(table.loc[name, ["difference", "high"]])) for name in list(many)[1:]}
    sure = {name for name in list(many)[1:] if table["verdict"][name] in ("more", "less")}
    assert {list(many)[k] for k in apart.y} == sure and apart.marker.color == STRONG != alike.marker.color
    said = f"{len(sure)} of 2 can be told apart from today, by 4 replications"
    assert charts.scenarios(trial).layout.title.text == said
    alone = charts.scenarios(ps.replicate(line, 2, executor=ThreadPoolExecutor(1)))
    assert len(alone.data) == 1 and len(alone.data[0].x) == 1


def test_many_like_units_are_one_node_of_a_difference() -> None:
    """Eight ovens of which nothing changes are one node, a ninth that is added another; their links are joined."""
    steps = {"mix": ps.Step(on="mixer", time=1.0), "dry": ps.Step(on="oven", time=8.0)}
    plant = ps.Scenario(
        units={"mixer": ps.Unit(kind="mixer"), "oven": ps.Unit(kind="oven", count=8)}, links=(("mixer", "oven"),),
        products={"p": ps.Product(batch=1.0, steps=steps)}, orders={"all": ps.Order(product="p")},
    )  # fmt: skip
    chart = charts.difference(ps.difference(plant, plant.with_units("oven", 9)))
    texts = {trace.name: list(trace.text) for trace in chart.data if trace.name}
    assert texts == {"added": ["oven-9"], "same": ["mixer-1", "oven (8 same)"]}
    assert chart.layout.title.text == "Units and buffers: 1 added"
    assert [len(trace.x) for trace in chart.data if not trace.name] == [3, 3]  # a link each, and a gap


# ---- steady state ----------------------------------------------------------------------------------------------------


def test_the_steady_state_is_drawn_with_its_stretches_and_its_interval() -> None:
    line = ps.read_layout(LAYOUTS / "flow_line.yaml").replace(horizon=24.0)
    with ThreadPoolExecutor(1) as one:
        found = ps.steady_state(line, every=0.1, executor=one)
    observed, means, band, mean = charts.steady_state(found).data
    assert list(observed.y) == list(found.warm.series)
    assert list(means.y[::3]) == [float(each) for each in found.table()[found.warm.figure]]
    begin = len(found.warm.series) - len(found.series) // 20 * 20  # the first observation of the first stretch
    assert (means.x[0], means.x[-2]) == (found.warm.ends[begin - 1] if begin else 0.0, 24.0)
    assert (min(band.y), max(band.y), mean.y[0]) == (found.interval.low, found.interval.high, found.interval.mean)
    drawn = charts.steady_state(SteadyState(found.warm)).layout
    assert len(drawn.shapes) == (found.warm.hours > 0.0)


# ---- meta-model ------------------------------------------------------------------------------------------------------


def test_a_meta_model_is_drawn_against_what_was_simulated() -> None:
    """y = 3 a + a² - 2 if the rule is "b": exact for a quadratic, so residuals are 0 and the effects those by hand."""
    factors = [ps.Factor("a", 0.0, 2.0), ps.Factor("rule", levels=("x", "b")), ps.Factor("idle", 0.0, 1.0)]
    found = ps.experiment(lambda at: 3.0 * at["a"] + at["a"] ** 2 - 2.0 * (at["rule"] == "b"), factors, "lhs", 24, 1)
    model = found.fit(kind="quadratic")
    cloud, diagonal, residuals, zero, *effects = charts.meta_model(model).data
    assert list(cloud.x) == list(model.answers) and list(cloud.y) == pytest.approx(list(model.answers))
    assert list(diagonal.x) == list(diagonal.y) and {*zero.y} == {0.0}
    assert list(residuals.y) == pytest.approx([0.0] * 24, abs=1e-9)
    curves = [trace for trace in effects if trace.line.color]
    swings = [max(curve.y) - min(curve.y) for curve in curves]
    assert swings == pytest.approx([10.0, 2.0, 0.0], abs=1e-9)
    assert list(model.effects()["swing"]) == pytest.approx([10.0, 2.0, 0.0], abs=1e-9)
    assert list(model.effects().index) == ["a", "rule", "idle"] and "<td>10</td>" in model._repr_html_()
    assert list(curves[1].x) == ["x", "b"] and list(model.table()["residual"]) == list(residuals.y)
    poor = ps.experiment(lambda at: float(int(at["a"] * 1e6) % 7), [ps.Factor("a", 0.0, 1.0)], "lhs", 12, 1).fit()
    assert poor.r2 < 0.8 and charts.meta_model(poor).layout.title.text.endswith(": do not use it")

"""A layout file says a scenario, and a scenario writes itself back: units of measure, calendars, extends, YAML 1.2."""

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from plantsim.calendars import Calendar, Timetable
from plantsim.cleaning import Cleaning
from plantsim.cli import app
from plantsim.crosscheck import RULES
from plantsim.errors import LayoutError
from plantsim.laws import Constant, Exponential, Trace
from plantsim.layout import fields_table, json_schema, layout_faults, read_layout, to_yaml, write_layout
from plantsim.layout.measure import USUAL, convert, registry, say
from plantsim.layout.tree import read_tree
from plantsim.layout.week import spelled_out
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.policies import dispatch
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import ReportPlan, RunPlan, Scenario
from plantsim.step import Step
from plantsim.utility import Utility

ROOT = Path(__file__).parent.parent
LAYOUTS = sorted((ROOT / "layouts").glob("*.yaml"))
SMALL = (ROOT / "tests" / "bad" / "small.yaml").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "plant.yaml"


def small(**changes) -> Scenario:
    """A scenario with a bit of everything that a file can say."""
    parts = {
        "name": "NO: 'ü' # 12:30",
        "start": "2027-03-01T06:00",
        "units": {
            "m1": Unit(kind="mill", count=2, volume=300.0, load=250.0, rate=1 / 3, at=(-1.5, 2.0), calendar="day"),
            "12:30": Unit(kind="no", cleaning="wet", failures=("seal", "jam"), maintenance=("service",), work="pause"),
        },
        "buffers": {"store": Buffer(places=3), "yes": Buffer()},
        "pools": {"crew": Pool(count=3, calendar="day", patience=0.1)},
        "utilities": {
            "wfi": Utility(makes=1500.0, tank=6000.0, peak=4000.0, least=1 / 3, at_first=10.0, patience=1.0),
            "steam": Utility(unit="kg", peak=80.5),
            "power": Utility(unit="kWh", makes=100.0),
            "sewer": Utility(unit="m3", makes=2.0, tank=10.0, drain=True),
        },
        "links": (("m1", "store"), ("store", "12:30"), ("m1", "12:30"), ("m1", "yes"), ("yes", "12:30")),
        "calendars": {"day": Calendar(open=((0.0, 8.0), (24.0, 32.5)), period=48.0, closed=((100.0, 101.0),))},
        "failures": {
            "seal": Failure(after={"weibull": {"scale": 350.0, "shape": 1.8}}, repair=2.0, pool="crew", work="scrap"),
            "jam": Failure(after=Exponential(mean=1 / 60), repair={"trace": [0.1, 0.2]}, clock="calendar"),
        },
        "maintenance": {"service": Maintenance(every=672.0, lasts={"triangular": {"low": 1, "mode": 2, "high": 4}})},
        "cleaning": {
            "wet": Cleaning(when="at once", minor=0.5, major=4.0, longest_campaign=7, needs={"crew": 1, "wfi": 1200.5})
        },
        "products": {
            "a": Product(
                batch=240.0,
                priority=2,
                steps={
                    "grind": Step(
                        on="mill", time={"uniform": {"low": 1.0, "high": 2.0}}, charge=0.2, needs={"crew": 1}
                    ),
                    "wash": Step(
                        on="no",
                        time=7 / 6,
                        transfer=0.1,
                        needs={"transfer": {"crew": 0.5, "sewer": 1.5}, "run": {"power": 1 / 3, "steam": 7}},
                        keeps={"crew": 1},
                        hold=0.0,
                        work="fits",
                        yield_=0.99,
                        startup_loss=0.8,
                    ),
                },
            ),
            "b": Product(batch=1e-3, steps={"grind": Step(on="m1-2", time=1e-7), "wash": Step(on="12:30", time=1e6)}),
        },
        "orders": {
            "mix": Order(
                product={"a": 2.0, "b": 1.0}, release=Release(every={"gamma": {"mean": 3.0, "cv": 0.5}}, size=2)
            ),
            "once": Order(product="a", batches=5, release=Release(at_once=True), start=12.0, due=300.0),
            "wip": Order(product="b", release=Release(wip=6), campaign=3, draw=True),
        },
        "run": RunPlan(horizon=1000.0, dispatch="least_changeover"),
        "report": ReportPlan(from_=10.0, elements={"cleaning": "PDOT"}),
    }
    return Scenario(**{**parts, **changes})


# ---- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_shipped_layouts_are_sound_and_come_back_equal(path, file):
    scenario = read_layout(path)
    write_layout(scenario, file)
    assert read_layout(file) == scenario
    assert to_yaml(read_layout(file)) == file.read_text(encoding="utf-8")


def test_a_scenario_from_python_comes_back_equal(file):
    scenario = small().check()
    assert read_layout(write_layout(scenario, file)) == scenario


def test_what_is_written_reads_well():
    assert to_yaml(small(units={"m1": Unit(kind="mill", rate=120.0)}, links=(("a", "b"), ("b", "c")))).startswith(
        """plantsim: 1
name: "NO: 'ü' # 12:30"
start: 2027-03-01T06:00
units:
  m1: {kind: mill, rate: 120 kg/h}
"""
    )
    text = to_yaml(small())
    assert "- m1 -> store -> 12:30\n- m1 -> 12:30\n- m1 -> yes -> 12:30\n" in text
    assert "wash: {on: no, time: 70 min, transfer: 6 min," in text
    assert "needs: {crew: 1}}" in text


def test_functions_are_written_by_the_name_under_which_they_can_be_imported(file):
    rule = small(run=RunPlan(dispatch=dispatch.earliest_due))
    assert "dispatch: earliest_due" in to_yaml(rule)
    assert "dispatch: math:hypot" in to_yaml(small(run=RunPlan(dispatch=math.hypot)))
    with pytest.raises(LayoutError, match=r"run\.dispatch: can't be written to a file: <function .*lambda"):
        to_yaml(small(run=RunPlan(dispatch=lambda claim, unit, now: 0)))


def test_a_distribution_of_the_users_own_cannot_be_written():
    class Always:
        def quantile(self, u: float) -> float:
            return 1.0

    with pytest.raises(LayoutError, match=r"failures\.x\.after\.own\.distribution: can't be written to a file"):
        to_yaml(small(failures={"x": Failure(after=Always(), repair=1.0)}))


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), min_size=1)


@given(names.filter(str.strip), st.floats(1e-9, 1e9), st.floats(1e-9, 1e6))
def test_any_name_and_any_number_come_back(tmp_path_factory, name, hours, kg):
    name = name.replace("->", "-")
    scenario = Scenario(
        name=name,
        units={name: Unit(kind=name, load=kg), "x" + name: Unit(kind=name)},
        links=((name, "x" + name),),
        products={name: Product(batch=kg, steps={name: Step(on=name, time=hours)})},
        orders={name: Order(product=name)},
    )
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    assert read_layout(write_layout(scenario, path)) == scenario


# ---- units of measure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("45 min", "h", 0.75),
        ("20 min", "h", 1 / 3),
        ("90 s", "h", 0.025),
        ("8 weeks", "h", 1344.0),
        ("2 d", "h", 48.0),
        ("1.5e1h", "h", 15.0),
        (" .5 h ", "h", 0.5),
        ("-5 h", "h", -5.0),
        ("250 g", "kg", 0.25),
        ("2 t", "kg", 2000.0),
        ("0.3 m3", "L", 300.0),
        ("0.3 m^3", "L", 300.0),
        ("3 gallons", "L", 11.356235352),
        ("2 kg/min", "kg/h", 120.0),
        ("2 kg / s", "kg/h", 7200.0),
        ("6 ft", "m", 1.8288),
        ("25 L/min", "L/h", 1500.0),
        ("1.5 m3/h", "L/h", 1500.0),
        ("1 m3/s", "m3/h", 3600.0),
        ("2 GJ", "kWh", 2000.0 / 3.6),
        ("3600 MJ/h", "kW", 1000.0),
    ],
)
def test_units_of_measure(text, unit, number):
    assert convert(text, unit) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("500 kg", "L", "'500 kg' is a mass, expected something like '10 L'"),
        ("5 m2", "L", "'5 m2' is an area, expected something like '10 L'"),
        ("20 °C", "h", "'20 °C' is a temperature, expected something like '10 h'"),
        ("20 kg", "kg/h", "'20 kg' is a mass, expected something like '10 kg/h'"),
        ("20 kg/h", "h", "'20 kg/h' is a mass flow, expected something like '10 h'"),
        ("5 percent", "kg", "'5 percent' is a plain number, expected something like '10 kg'"),
        ("5 kg s", "kg", "'5 kg s' is a quantity of mass * time, expected something like '10 kg'"),
        ("5 mn", "h", "there is no unit of measure 'mn'; did you mean 'min'?"),
        ("1h 30min", "h", "can't read '1h 30min' as a number with a unit of measure, such as '10 h'"),
        ("2 h*9**9**9", "h", "can't read '2 h*9**9**9' as a number with a unit of measure, such as '10 h'"),
        ("1,5 h", "h", "can't read '1,5 h' as a number with a unit of measure, such as '10 h'"),
        ("five h", "h", "can't read 'five h' as a number with a unit of measure, such as '10 h'"),
        ("5", "h", "a quantity needs its unit of measure, such as '5 h'"),
        ("", "h", "can't read '' as a number with a unit of measure, such as '10 h'"),
        ("1e400 h", "h", "must be a finite number, got '1e400 h'"),
    ],
)
def test_what_is_no_quantity(text, unit, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        convert(text, unit)


def test_usual_units_are_those_of_pint():
    for unit, factors in USUAL.items():
        for measure, (times, divided) in factors.items():
            given_one = registry().Quantity(1.0, _pint(measure))
            assert given_one.to(_pint(unit)).magnitude == pytest.approx(times / divided, rel=1e-12), (measure, unit)


def _pint(measure):
    return measure.replace("m3", "m^3").replace("m2", "m^2")


@given(st.floats(0.0, 1e9))
def test_what_is_said_is_read_as_the_same_number(hours):
    assert convert(say(hours, "h"), "h") == hours


# ---- calendars -------------------------------------------------------------------------------------------------------

MONDAY_6 = "2027-03-01T06:00"


def opens(start: str = MONDAY_6, **said) -> Calendar:
    raw, faults = spelled_out(said, start, ("calendars", "x"))
    assert faults == []
    pairs = {word: [[convert(text, "h") for text in pair] for pair in raw[word]] for word in ("open", "closed")}
    return Calendar(**pairs, period=convert(raw["period"], "h"))


@pytest.mark.parametrize(
    ("said", "stretches"),
    [
        ({"days": "mon-fri", "hours": ["06:00-14:00", "14:00-22:00"]}, [(24 * d, 24 * d + 16) for d in range(5)]),
        ({"days": "daily", "hours": "00:00-24:00"}, [(0, 168)]),
        ({"days": "daily"}, [(0, 168)]),
        ({"days": "mon, Wednesday", "hours": "07:30-16:00"}, [(1.5, 10), (49.5, 58)]),
        ({"days": ["sat", "sun"], "hours": "06:00-24:00"}, [(120, 138), (144, 162)]),
        ({"hours": "22:00-06:00"}, [(24 * d + 16, 24 * d + 24) for d in range(7)]),
        # Monday at 00:00 is the last 6 h of the week that begins on Monday at 06:00
        ({"days": "mon", "hours": "00:00-06:00"}, [(162, 168)]),
        # Sunday's night shift ends on Monday: 2 h are left of this week, and the rest opens the period
        ({"days": "sun", "hours": "22:00-08:00"}, [(0, 2), (160, 168)]),
        ({"days": "fri-mon", "hours": "12:00-13:00"}, [(6, 7), (102, 103), (126, 127), (150, 151)]),
    ],
)
def test_days_and_hours_as_hours_since_the_start(said, stretches):
    assert opens(**said).open == tuple(stretches)


def test_a_start_in_the_middle_of_a_week():
    """From Wednesday, 13:30: the rest of that day, Thursday, Friday, then Monday and Tuesday, and Wednesday morning."""
    calendar = opens("2027-03-03T13:30", days="mon-fri", hours="06:00-22:00")
    assert calendar.open == ((0, 8.5), (16.5, 32.5), (40.5, 56.5), (112.5, 128.5), (136.5, 152.5), (160.5, 168))
    assert opens("2027-03-03T13:30+01:00", days="mon-fri", hours="06:00-22:00") == calendar


def test_closed_dates_are_whole_days_of_wall_time():
    calendar = opens(days="daily", **{"except": ["2027-02-28", "2027-03-01", "2027-03-29"]})
    assert calendar.closed == ((0, 18), (666, 690))
    assert opens(days="daily", **{"except": "2027-03-02"}).closed == ((18, 42),)


def test_the_raw_form_and_the_clock_of_a_calendar(file):
    file.write_text(SMALL.replace("{days: mon-fri, hours: 06:00-22:00}", "{open: [[0 h, 8 h]], period: 1 d}"))
    calendar = read_layout(file).calendars["shifts"]
    assert calendar == Calendar(open=((0.0, 8.0),), period=24.0)
    timetable = Timetable(opens(days="mon-fri", hours="06:00-22:00"))
    hour = 3_600_000
    assert [timetable.is_open(h * hour) for h in (0, 15, 16, 24, 119, 120, 168)] == [1, 1, 0, 1, 0, 0, 1]


# ---- extends ---------------------------------------------------------------------------------------------------------


def child(file: Path, text: str) -> Scenario:
    file.write_text(SMALL)
    path = file.parent / "child.yaml"
    path.write_text(f"extends: {file.name}\n{text}")
    return read_layout(path)


def test_extends_merges_maps_by_word(file):
    scenario = child(file, "name: More\nunits: {press: {count: 3}}\n")
    base = read_layout(file)
    assert scenario == base.replace(
        name="More", units={**base.units, "press": base.with_units("press", 3).units["press"]}
    )


def test_extends_replaces_lists_whole_and_null_removes(file):
    scenario = child(file, "links: [dryer -> press]\nbuffers: {store: null}\nunits: {dryer: {failures: null}}\n")
    assert scenario.links == (("dryer", "press"),)
    assert scenario.buffers == {}
    assert scenario.units["dryer"].failures == ()
    assert scenario.units["dryer"].cleaning == "wet"


def test_extends_replaces_one_law_by_another_and_changes_a_figure_of_the_same(file):
    law = child(file, "failures: {seal: {after: {exponential: {mean: 9 h}}}}\n").failures["seal"].after
    assert law == Exponential(mean=9.0)
    law = child(file, "failures: {seal: {after: {weibull: {scale: 9 h}}}}\n").failures["seal"].after
    assert (law.scale, law.shape) == (9.0, 1.8)
    assert child(file, "failures: {seal: {after: 9 h}}\n").failures["seal"].after == Constant(value=9.0)


def test_extends_chains_over_folders(file):
    child(file, "run: {horizon: 1 week}\nreport: {from: 1 d}\n")
    folder = file.parent / "study"
    folder.mkdir()
    (folder / "grandchild.yaml").write_text("extends: ../child.yaml\npools: {crew: {count: 5}}\n")
    scenario = read_layout(folder / "grandchild.yaml")
    assert (scenario.run.horizon, scenario.pools["crew"].count, scenario.name) == (168.0, 5, "Small")


# ---- YAML 1.2 --------------------------------------------------------------------------------------------------------


def test_yaml_1_2_facts(file):
    file.write_text(
        "site: NO\nyes: no\ntime: 12:30\nfloat: 1e3\nint: 017\nhex: 0x1F\ndate: 2027-12-25\nnull: ~\n"
        "true: TRUE\n1: one\ntext: !!str 5\nbig: .inf\n"
    )
    tree, faults = read_tree(file)
    assert faults == []
    assert dict(tree) == {
        "site": "NO", "yes": "no", "time": "12:30", "float": 1000.0, "int": 17, "hex": 31, "date": "2027-12-25",
        "null": None, "true": True, "1": "one", "text": "5", "big": math.inf,
    }  # fmt: skip
    assert [tree.marks[word].line for word in ("site", "big")] == [1, 12]


def test_anchors_and_merge_keys(file):
    file.write_text(
        "base: &base {kind: press, rate: 5 kg/h}\nother: &other {kind: mill, count: 2}\n"
        "units:\n  a: {<<: *base, count: 3}\n  b: {<<: [*base, *other]}\n  c: *base\n"
    )
    units = read_tree(file)[0]["units"]
    assert units["a"] == {"kind": "press", "rate": "5 kg/h", "count": 3}
    assert units["b"] == {"kind": "press", "rate": "5 kg/h", "count": 2}
    assert units["c"] == {"kind": "press", "rate": "5 kg/h"}
    assert units["a"].marks["kind"].line == 1


def test_law_in_one_word(file):
    file.write_text(SMALL.replace("repair: 2 h", "repair: {trace: [1 h, 30 min]}").replace(
        "{weibull: {scale: 350 h, shape: 1.8}}", "{exponential: 5 d}"))  # fmt: skip
    seal = read_layout(file).failures["seal"]
    assert seal.after == Exponential(mean=120.0)
    assert seal.repair == Trace(times=(1.0, 0.5))


# ---- what a layout may say -------------------------------------------------------------------------------------------


def plain(tree):
    if isinstance(tree, dict):
        return {word: plain(each) for word, each in tree.items()}
    return [plain(each) for each in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("path", [*LAYOUTS, ROOT / "tests" / "bad" / "small.yaml"], ids=lambda path: path.stem)
def test_json_schema_accepts_sound_layouts(path):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(plain(read_tree(path)[0]), json_schema())
    jsonschema.validate(plain(read_tree(path)[0] | {"extends": "other.yaml"}), json_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [("kind: fluid bed", "knd: fluid bed"), ("load: 300 kg", "load: 300"), ("count: 2", "count: 0"),
     ("at once", "now and then"), ("days: mon-fri", "dayz: mon-fri"), ("weibull", "weibul")],
)  # fmt: skip
def test_json_schema_refuses_what_reading_refuses(file, old, new):
    jsonschema = pytest.importorskip("jsonschema")
    file.write_text(SMALL.replace(old, new))
    assert layout_faults(file)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(read_tree(file)[0]), json_schema())


def test_a_written_scenario_fits_the_json_schema(file):
    jsonschema = pytest.importorskip("jsonschema")
    write_layout(small(), file)
    jsonschema.validate(plain(read_tree(file)[0]), json_schema())


def test_schema_command_prints_json():
    result = CliRunner().invoke(app, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json_schema()


def test_docs_have_the_table_of_words():
    page = (ROOT / "docs" / "layout.md").read_text(encoding="utf-8")
    assert page.endswith(fields_table()), "the tables of docs/layout.md must be those of layout.fields_table()"


def test_examples_in_the_docs_are_read(file):
    page = (ROOT / "docs" / "layout.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    variants = [block for block in blocks if "extends" in block]
    parts = [block for block in blocks if block not in variants and not block.startswith("#")]
    assert len(variants) + len(parts) == len(blocks) - 1
    base = {"units": "{mill: {kind: mill}}", "products": "{p: {batch: 1 kg, steps: {s: {on: mill, time: 1 h}}}}",
            "orders": "{o: {product: p}}"}  # fmt: skip
    for part in parts:  # what a part does not say, the base says
        words = [line.partition(":")[0] for line in part.splitlines() if line[:1].isalpha()]
        file.write_text("".join(f"{word}: {text}\n" for word, text in base.items() if word not in words) + part)
        assert read_layout(file).units
    file.write_text(variants[0].replace("tablets.yaml", str(ROOT / "layouts" / "tablets.yaml")))
    assert read_layout(file).units["press"].count == 3
    (model,) = (block for block in blocks if "FluidBedDrying" in block)
    file.write_text(model)
    assert read_layout(file).units["old dryer"].design == {"air flow": 1200.0}


def test_rules_that_a_layout_may_name_are_there():
    class Asked:
        asked, product, due, hours_to_go = 5.0, "a", 80.0, 12.0

    class Free:
        def changeover(self, product: str) -> float:
            return 3.0 if product == "a" else 0.0

    values = {name: getattr(dispatch, name)(Asked(), Free(), 7.0) for name in RULES}
    assert values == {"first_come": 5.0, "least_changeover": 3.0, "earliest_due": 80.0, "shortest_first": 12.0}

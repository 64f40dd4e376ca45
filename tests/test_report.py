"""The report: one file that opens offline, says the answer in words, and shows hostile names as they are."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from types import SimpleNamespace
from typing import Any

import pytest
from operations import EXAMPLES
from test_charts import IMAGE, SCRIPT, TABLETS, hostile

from plantsim.calendars import Calendar
from plantsim.charts.digits import Interval
from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product
from plantsim.report import prose, sections, write_report
from plantsim.report.inputs import inputs
from plantsim.report.profiles import profiles
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study import Trial, replicate

VOID = {"meta", "br", "img", "hr", "input", "link"}
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")


class Page(HTMLParser):
    """What stands in a page: its elements, their nesting, its words without scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words).replace("\xa0", " "))


@pytest.fixture(scope="module")
def run() -> Results:
    return simulate(read_layout(TABLETS).replace(horizon=3 * 168.0), seed=1)


@pytest.fixture(scope="module")
def trial(run: Results) -> Trial:
    with ThreadPoolExecutor(1) as one:
        return replicate(run.scenario, 3, seed=1, executor=one)


@pytest.fixture(scope="module")
def report(run: Results, trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(run, tmp_path_factory.mktemp("report") / "new" / "report.html", trial)


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page(report.read_text())


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(simulate(hostile(), seed=1), tmp_path_factory.mktemp("attacked") / "report.html")


def made_by_us(path: Path) -> str:
    """The page without plotly.js, which is in it once."""
    text = path.read_text()
    parts = re.split(r'<script id="plotly-js">.*?</script>', text, flags=re.DOTALL)
    assert len(parts) == 2
    return "".join(parts)


# ---- one file that opens offline -------------------------------------------------------------------------------------


def test_the_report_is_one_file_that_needs_no_other(report: Path, page: Page) -> None:
    assert [each.name for each in report.parent.iterdir()] == ["report.html"]
    assert report.stat().st_size < 8_000_000
    text = made_by_us(report)
    assert "http:" not in text and "https:" not in text and "plotly.js v" not in text
    assert not [attrs for _, attrs in page.elements if "src" in attrs or not (attrs.get("href") or "#").startswith("#")]
    assert "default-src 'none'" in str(page.all("meta"))


def test_no_chart_offers_to_send_the_figures_away(page: Page) -> None:
    plots = [script for script in page.scripts if "Plotly.newPlot" in script and "plotly.js v" not in script]
    assert len(plots) >= 9
    assert all('"showSendToCloud": false' in plot for plot in plots)


def test_bars_of_steps_with_models_lead_to_what_happened_inside(page: Page) -> None:
    """Of each step one, and more; the script knows their bars, and the charts have the places to which they lead."""
    (script,) = [text for text in page.scripts if "const there = {" in text and len(text) < 9999]
    there = json.loads(script.partition("const there = ")[2].partition(", bars = ")[0])
    assert list(there.values()) == [f"profile-{k}" for k in range(len(there))]
    said = re.search(r"(\d+) of (\d+) steps with a model are shown; (\d+) are left out", page.text)
    assert said is not None
    shown, all_, left = map(int, said.groups())
    assert (shown, all_ - shown) == (len(there), left) and shown > 30
    steps = read_layout(TABLETS).products["statin 5 mg"].steps
    inside = [bar.split("\n")[1] for bar in there]
    assert all(steps[name].model is not None for name in inside)
    (bars,) = [text for text in page.scripts if '"chart-gantt"' in text and "Plotly.newPlot" in text]
    assert all(json.dumps(bar) in bars.replace("\\u002f", "/") for bar in there)
    assert all(f"Inside {name} of" in page.text for name in inside)
    assert {name for name, step in steps.items() if step.model is not None} == {*inside}
    assert "What the models cost" in page.text


@pytest.mark.parametrize(("most", "shown"), [(1, 1), (10**9, 5)])
def test_as_many_steps_are_looked_into_as_there_is_room_for(most: int, shown: int) -> None:
    """Five batches are dried: each has its chart, or the page says how many have none and how to see them."""
    run = simulate(EXAMPLES["FluidBedDrying"].plant(batches=5), seed=1)
    text = "".join(profiles(run, 0.0, 168.0, most))
    assert re.findall(r'<div id="profile-(\d+)">', text) == [str(k) for k in range(shown)]
    assert re.findall(r'<a href="#profile-\d+">(.*?)</a>', text) == ["do"] * shown
    assert [f"Inside do of o/{k} on" in text for k in range(1, 6)] == [k <= shown for k in range(1, 6)]
    rest = "1 of 5 steps with a model are shown; 4 are left out to keep the page small: ps.charts.profile(run, batch"
    assert (rest in text) == (shown == 1)


def test_the_page_is_whole_and_has_its_parts_in_order(page: Page) -> None:
    assert page.open == []
    parts = [attrs["id"] for attrs in page.all("section")]
    assert parts == [part for part in sections.LINKS if part != "costs"]  # these tablets have no prices
    links = [str(attrs["href"]) for attrs in page.all("a")]
    assert [link for link in links if not link.startswith("#profile-")] == [f"#{part}" for part in parts]
    places = [attrs.get("id") for attrs in page.all("div")]
    assert all(link[1:] in places for link in links if link.startswith("#profile-"))
    assert len(page.all("h1")) == 1 and page.all("html") == [{"lang": "en"}]


def test_each_chart_and_table_can_be_heard(page: Page) -> None:
    charts = [attrs for attrs in page.all("div") if attrs.get("role") == "img"]
    assert len(charts) == len(page.all("figure")) == len(page.all("figcaption"))
    assert all(len(attrs["aria-label"] or "") > 20 for attrs in charts)
    assert len(page.all("table")) == len(page.all("caption"))
    assert {attrs.get("scope") for attrs in page.all("th")} == {"col", "row"}


def test_the_same_run_gives_the_same_bytes(run: Results, trial: Trial, report: Path, tmp_path: Path) -> None:
    assert write_report(run, tmp_path / "again.html", trial).read_bytes() == report.read_bytes()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open it in")
@pytest.mark.parametrize("which_one", ["report", "attacked"])
def test_it_opens_in_a_browser_without_complaint(
    which_one: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path: Path = request.getfixturevalue(which_one)
    words = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--enable-logging=stderr"]
    command = [str(CHROMIUM), *words, "--virtual-time-budget=5000", "--dump-dom", f"file://{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert done.stdout.count("plotly-graph-div js-plotly-plot") == made_by_us(path).count("Plotly.newPlot")
    assert "Share chart" not in done.stdout.rpartition("</head>")[2]
    assert "<img" not in done.stdout.rpartition("</script>")[2] and 'src="x"' not in done.stdout


# ---- the answer ------------------------------------------------------------------------------------------------------


def test_the_answer_is_in_the_first_paragraph(page: Page, trial: Trial) -> None:
    made = Interval(*trial.intervals().loc[("figure", "batches a week [1/week]", "")])
    assert f"makes {made.about()} batches a week (95 % interval {made.range()})" in page.text
    assert "mean of 3 replications of 3 weeks, of which the first week is left out as warm-up" in page.text
    assert "of the waiting is for tablet press" in page.text
    assert "press-1 works" in page.text or "press-2 works" in page.text
    assert page.text.index("The plant makes") < page.text.index("In the reported")


def test_key_figures_have_their_intervals(page: Page, trial: Trial) -> None:
    for name in ("batches a week [1/week]", "lead time [h]", "in plant [batches]"):
        value = Interval(*trial.intervals().loc[("figure", name, "")])
        assert f"{name} {value.about()} {value.bounds}" in page.text


def test_one_run_alone_says_that_it_is_not_sure(run: Results, tmp_path: Path) -> None:
    page = Page(write_report(run, tmp_path / "one.html").read_text())
    assert "how sure it is, only replications can tell" in page.text
    assert "95 % interval" not in page.text and not re.search(r"\bnan\b", page.text)


def test_numbers_have_sensible_digits(page: Page) -> None:
    said = page.text.partition("Inputs As read")[0]
    assert not re.search(r"\d\.\d{5,}|\de[-+]\d|\bnan\b|\binf\b", said)


def found(**changes: Any) -> Any:
    """Findings as they might be, of a line of three."""
    busy = {"mill": Interval(0.5), "press": Interval(0.8), "coater": Interval(0.4)}
    return SimpleNamespace(
        worst="mill", turning=[], busy=busy, busy_units={f"{k}-1": v for k, v in busy.items()}, **changes
    )


def test_the_answer_tells_where_busiest_and_bottleneck_disagree() -> None:
    (sentence,) = prose._busiest(found())
    assert sentence.startswith("The busiest is another, press: press-1 works 80 % of calendar hours")
    agree = found()
    agree.worst = "press"
    assert next(prose._busiest(agree)).startswith("Press is also the busiest: press-1 works")
    unclear = found()
    unclear.turning = ["press"]
    assert next(prose._busiest(unclear)).startswith("The busiest is press, too: press-1 works")
    alike = found()
    alike.busy = dict.fromkeys(alike.busy, Interval(0.8))
    assert "most are about equally busy" in next(prose._busiest(alike))


def test_the_answer_says_why_the_bottleneck_does_not_work(run: Results) -> None:
    reasons = dict(prose.stands(run, "tablet press"))
    shares = run.utilisation(by="kind").loc["tablet press"]
    assert sum(reasons.values()) == pytest.approx(1.0 - shares["busy"])
    assert reasons["is cleaned"] == pytest.approx(shares["cleaning"])
    assert {"lacks press crew", "is down by press stop"} <= set(reasons)


def test_a_plant_fed_by_the_clock_has_its_note(tmp_path: Path) -> None:
    run = simulate(_mill(_every(5.0)), seed=1)
    page = Page(write_report(run, tmp_path / "r.html").read_text())
    assert "Note: day released by the clock" in page.text


def _every(hours: float) -> dict[str, Order]:
    return {"day": Order(product="powder", release={"every": hours})}


def _mill(orders: dict[str, Order], **more: Any) -> Scenario:
    return Scenario(
        units={"mill": Unit(kind="mill")},
        products={"powder": Product(batch=100.0, steps={"grind": Step(on="mill", time=2.0)})},
        orders=orders,
        run={"horizon": 60.0},
        **more,
    )


@pytest.mark.parametrize(
    ("orders", "says"),
    [
        ({"late": Order(product="powder", start=59.5)}, "No batch was done in the reported time"),
        ({"never": Order(product="powder", start=100.0)}, "Nothing worked in the reported time"),
        ({"one": Order(product="powder", batches=1)}, "hardly ever waits"),
    ],
)
def test_a_plant_that_hardly_works_has_a_report_too(orders: dict[str, Order], says: str, tmp_path: Path) -> None:
    page = Page(write_report(simulate(_mill(orders), seed=1), tmp_path / "r.html").read_text())
    assert says in page.text and "A plant without a name" in page.text and not page.open


def test_a_run_that_was_resumed_has_a_report_too(run: Results, tmp_path: Path) -> None:
    resumed = simulate(run.scenario, seed=1, start=run.state_at(200.0))
    page = Page(write_report(resumed, tmp_path / "r.html").read_text())
    assert "simulated from 9 March 2027 to 22 March 2027" in page.text


def test_many_units_are_not_all_drawn(run: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "ROWS", 5)
    told = Page(sections.first_week(prose.Findings(run))).text
    assert "Of 18 units, the 5 busiest are shown." in told


# ---- hostile names ---------------------------------------------------------------------------------------------------


def test_hostile_names_are_shown_as_they_are(attacked: Path) -> None:
    page = Page(attacked.read_text())
    assert page.open == []
    assert not page.all("img") and not [attrs for _, attrs in page.elements if "onerror" in attrs]
    scripts = page.all("script")
    assert scripts.count({"id": "plotly-js"}) == 1
    assert len(scripts) == made_by_us(attacked).count("Plotly.newPlot") + 2  # plotly.js, and what prepares for print
    assert SCRIPT in page.text and IMAGE in page.text


def test_hostile_names_stay_within_the_scripts_that_draw(attacked: Path) -> None:
    for script in re.findall(r"<script[^>]*>(.*?)</script>", made_by_us(attacked), flags=re.DOTALL):
        assert "<script" not in script and "<img" not in script


# ---- inputs ----------------------------------------------------------------------------------------------------------


def test_inputs_are_read_back_in_readable_form(page: Page, run: Results) -> None:
    for name, product in run.scenario.products.items():
        assert f"Product {name}" in page.text
        assert all(step in page.text for step in product.steps)
    for text in (
        "lognormal, mean 3 h, cv 0.5",
        "weibull, scale 350 h, shape 1.8",
        "discharge: 1 granulation crew",
        "Mon–Fri 06:00 – 22:00 (80 of 168 h)",
        "50 % statin 5 mg, 30 % statin 10 mg, 20 % statin 20 mg",
        "dispensary → granulator → dryer",
        run.manifest["scenario sha256"],
    ):
        assert text in page.text, text
    assert "name: Film-coated tablets" in page.text


def test_inputs_of_other_calendars_and_of_own_code() -> None:
    nights = Calendar(open=((16, 24), (40, 48)), period=168.0, closed=((0, 30),))
    scenario = _mill(_every(5.0), start="2027-03-01T06:00", calendars={"nights": nights}, buffers={"bins": Buffer()})
    text = Page("".join(inputs(scenario.replace(dispatch=lambda claim, unit, now: 0.0)))).text
    assert "Mon, Tue 22:00 – Tue 06:00" in text or "Mon 22:00 – Tue 06:00, Tue 22:00 – Wed 06:00 (16 of 168 h)" in text
    assert "test_inputs_of_other_calendars_and_of_own_code.<locals>.<lambda>" in text
    assert "any number" in text and "layout file" not in text  # a lambda has no name that a file could say
    short = Calendar(open=((0, 1.5),), period=2.0)
    assert "0 to 1.5 h of each 2 h (1.5 of 2 h)" in Page("".join(inputs(_mill({}, calendars={"c": short})))).text


def test_the_longest_waits_are_told_with_who_held_up_whom(tmp_path: Path) -> None:
    run = simulate(read_layout(TABLETS).replace(horizon=3 * 168.0))
    text = write_report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    wait, why = next(iter(run.long_waits(24.0, 1).items()))
    told = text[text.index("The longest waits") :]
    assert wait.batch in told and why.links[0] in told

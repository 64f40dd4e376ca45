"""Every fault of a layout file has a test that asserts its whole message, with file and line.

tests/bad/small.yaml is sound; tests/bad/faults.txt replaces a piece of it (-) by another (+), and says what is wrong.
"""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from plantsim.cli import app
from plantsim.errors import Fault, LayoutError, PlantsimError, did_you_mean
from plantsim.layout import layout_faults, read_layout

BAD = Path(__file__).parent / "bad"
SMALL = (BAD / "small.yaml").read_text(encoding="utf-8")
JARGON = ("Input should", "pydantic", "http", "Value error", "valid dictionary", "Extra inputs", "discriminator")
ESCAPES = (("\\n", "\n"), ("\\t", "\t"), ("\\0", "\0"))


def cases() -> list[tuple[str, str, list[str]]]:
    """(piece, its replacement, messages without the file) of each block of faults.txt."""
    blocks = (BAD / "faults.txt").read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    found = []
    for block in blocks:
        old, new, *messages = block.split("\n")
        for sign, meant in ESCAPES:
            old, new = old.replace(sign, meant), new.replace(sign, meant)
        found.append((old[2:], new[2:], messages))
    return found


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file in the present folder, so that messages begin with its bare name."""
    monkeypatch.chdir(tmp_path)
    return Path("plant.yaml")


def said(file: Path) -> list[str]:
    return [str(fault) for fault in layout_faults(file)]


def test_small_layout_is_sound(file):
    file.write_text(SMALL)
    assert said(file) == []


@pytest.mark.parametrize(("old", "new", "messages"), cases(), ids=lambda value: value if isinstance(value, str) else "")
def test_fault_is_said_with_its_line_and_mend(file, old, new, messages):
    assert SMALL.count(old) == 1
    file.write_text(SMALL.replace(old, new))
    assert said(file) == [f"plant.yaml:{message}" for message in messages]


def test_all_faults_of_a_file_are_said_at_once_in_the_order_of_its_lines(monkeypatch):
    monkeypatch.chdir(BAD)
    found = said(Path("many.yaml"))
    assert found == (BAD / "many.txt").read_text(encoding="utf-8").splitlines()
    lines = [int(each.split(":")[1]) for each in found]
    assert len(found) == 30
    assert lines == sorted(lines)


def test_no_message_speaks_pydantic():
    text = (BAD / "faults.txt").read_text(encoding="utf-8") + (BAD / "many.txt").read_text(encoding="utf-8")
    assert not any(word in text for word in JARGON)


# ---- what is no layout at all ----------------------------------------------------------------------------------------

LARGE = (
    "is too large for a layout: it may have 20,000 lines, 1,000,000 letters and 100,000 commas, colons and brackets; "
    "data belongs in files of its own"
)
DEEP = "\n".join(" " * k + "a:" for k in range(60))
BOMB = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *(f"a{k}: &a{k} [{f'*a{k - 1}, ' * 9}]" for k in range(1, 9))])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1: is empty; a layout begins with words such as 'units:'"),
        (b"# only a remark\n", "1: is empty; a layout begins with words such as 'units:'"),
        (b"- a\n- b\n", "1: the top of a layout is a map with words such as 'units:', got a list"),
        (b"hello", "1: the top of a layout is a map with words such as 'units:', got 'hello'"),
        (b"a: 1\n\x89PNG\r\n", "2: is not a text in UTF-8: byte 0x89"),
        ("name: x".encode("utf-16"), "1: is not a text in UTF-8: byte 0xff"),
        (b"a: 1\nb: \0\n", "2: is not a text: it holds '\\x00'"),
        ("\n".join(f"word {k}: {k}" for k in range(100_000)).encode(), f"1: {LARGE}"),
        (b"a: " + b"x" * 5_000_000, f"1: {LARGE}"),
        (b"[" * 50_000, "1: is nested too deeply: at most 40 levels"),
        (DEEP.encode(), "42: is nested too deeply, or an anchor holds itself: at most 40 levels"),
        (BOMB.encode(), "1: holds more than 200,000 things once its anchors are followed"),
    ],
    ids=["empty", "remark", "list", "word", "binary", "utf-16", "nul", "lines", "letters", "brackets", "deep", "bomb"],
)  # fmt: skip
def test_what_is_no_layout_is_refused_with_one_sentence_in_time(file, content, message):
    file.write_bytes(content)
    begin = time.process_time()
    found = said(file)
    assert time.process_time() - begin < 5.0
    assert found == [f"plant.yaml:{message}"]


def test_many_unknown_words_are_cut_off_in_time(file):
    file.write_text("units:\n" + "".join(f"  u{k}: {{}}\n" for k in range(6_000)))
    begin = time.process_time()
    found = said(file)
    assert time.process_time() - begin < 5.0
    assert found[0] == "plant.yaml:2: units.u0: needs 'kind': what recipes ask for, such as 'tablet press'"
    assert found[100:] == ["plant.yaml:102: and more: these are the first 100 faults"]


def test_missing_file_folder_and_device(file):
    file.write_text(SMALL)
    assert said(Path("plat.yaml")) == ["plat.yaml:1: there is no such file; did you mean 'plant.yaml'?"]
    assert said(Path("no") / "plant.yaml") == [f"{Path('no') / 'plant.yaml'}:1: there is no such file"]
    assert said(Path()) == [".:1: is a folder; name a layout file in it"]


def test_byte_order_mark_and_json_are_read(file):
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert said(file) == []
    file.write_text(
        '{"units": {"mill": {"kind": "mill"}}, "orders": {"o": {"product": "p"}}, "products":\n {"p": {"batch": 5}}}'
    )
    assert said(file) == [
        "plant.yaml:2: products.p.batch: a quantity needs its unit of measure, such as '5 kg'",
        "plant.yaml:2: products.p: needs 'steps': one after the other, by name",
    ]


SPOILERS = [
    "",
    "null",
    "5",
    "-3 h",
    "{}",
    "[]",
    "x",
    "{a: 1}",
    "true",
    "'",
    "*a",
    "&a x",
    "45 min",
    "own",
    "?",
    "\t",
    "a -> b",
]


@given(st.data())
@settings(max_examples=300)
def test_whatever_is_in_a_file_there_is_a_scenario_or_a_fault_with_a_line(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "spoilt.yaml"
    text = SMALL
    for _ in range(data.draw(st.integers(1, 3))):
        pieces = [match.span() for match in re.finditer(r"[\w.]+( [\w/]+)*|\{[^{}]*\}|\[[^\]]*\]|[:,]", text)]
        begin, end = data.draw(st.sampled_from(pieces))
        text = text[:begin] + data.draw(st.sampled_from(SPOILERS)) + text[end:]
    file.write_text(text)
    for fault in layout_faults(file):
        assert fault.line >= 1
        assert not any(word in fault.text for word in JARGON)


# ---- extends: the line is that of the file in which the value stands -------------------------------------------------


def test_faults_of_an_extended_file_name_it(file, tmp_path):
    file.write_text(SMALL.replace("load: 300 kg", "load: 300"))
    Path("child.yaml").write_text("name: Child\nextends: plant.yaml\nunits:\n  press: {cont: 3}\n")
    assert said(Path("child.yaml")) == [
        "child.yaml:4: units.press.cont: unknown word 'cont'; did you mean 'count'?",
        "plant.yaml:5: units.dryer.load: a quantity needs its unit of measure, such as '300 kg'",
    ]


def test_a_ring_of_extends_is_told(file):
    file.write_text("extends: b.yaml\n")
    Path("b.yaml").write_text("name: b\nextends: plant.yaml\n")
    assert "b.yaml:2: extends: a layout can't extend itself: plant.yaml -> b.yaml -> plant.yaml" in said(file)


# ---- errors as Python sees them --------------------------------------------------------------------------------------


def test_read_layout_raises_all_faults(file):
    file.write_text(SMALL.replace("count: 2", "count: 0").replace("load: 300 kg", "load: 300"))
    with pytest.raises(LayoutError) as caught:
        read_layout(file)
    assert isinstance(caught.value, PlantsimError)
    assert caught.value.faults == tuple(layout_faults(file))
    assert caught.value.faults[1] == Fault(("units", "press", "count"), "must be at least 1, got 0", "plant.yaml", 6)


def test_did_you_mean_names_the_nearest_or_all_if_few():
    assert did_you_mean("mil", ["mill", "press"]) == "; did you mean 'mill'?"
    assert did_you_mean("xyz", ["mill", "press"]) == "; known: mill, press"
    assert did_you_mean("xyz", map(str, range(100))) == ""
    assert did_you_mean("xyz", []) == ""


# ---- the command line ------------------------------------------------------------------------------------------------

run = CliRunner().invoke


def test_check_reports_a_sound_file(file):
    file.write_text(SMALL)
    result = run(app, ["check", "plant.yaml"])
    assert result.exit_code == 0
    assert result.stdout == f"{read_layout(file)}\n"
    assert len(result.stdout.splitlines()) == 6


def test_check_says_a_fault_a_line_and_exits_with_2(file):
    file.write_text(SMALL.replace("load: 300 kg", "load: 300 L").replace("on: fluid bed", "on: fluid bad"))
    Path("good.yaml").write_text(SMALL)
    result = run(app, ["check", "plant.yaml", "good.yaml", "none.yaml"])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "plant.yaml:5: units.dryer.load: '300 L' is a volume, expected something like '10 kg'",
        "plant.yaml:18: products.statin.steps.dry.on: no unit can do this step: there is no 'fluid bad'; "
        "did you mean 'fluid bed'?",
        "none.yaml:1: there is no such file",
    ]
    assert "Small" in result.stdout


def test_check_imports_the_users_own_code_only_when_asked(file, tmp_path):
    file.write_text(SMALL.replace("first_come", "'my_rules:least_slack'"))
    assert run(app, ["check", "plant.yaml"]).exit_code == 0
    result = run(app, ["check", "--import", "plant.yaml"])
    assert result.exit_code == 2
    assert result.stderr == (
        "plant.yaml:21: run.dispatch: can't import 'my_rules:least_slack': "
        "ModuleNotFoundError: No module named 'my_rules'\n"
    )
    Path("my_rules.py").write_text("def least_slak(claim, unit, now):\n    return 0\n")
    result = run(app, ["check", "--import", "plant.yaml"])
    assert result.stderr == (
        "plant.yaml:21: run.dispatch: there is no 'least_slack' in 'my_rules'; did you mean 'least_slak'?\n"
    )


def test_whatever_plantsim_raises_on_purpose_is_a_message_and_exit_code_2(monkeypatch):
    def broken() -> None:
        raise PlantsimError("the plant is on fire")

    monkeypatch.setattr("plantsim.layout.json_schema", broken)
    result = run(app, ["schema"])
    assert (result.exit_code, result.stderr, result.stdout) == (2, "the plant is on fire\n", "")


def test_no_traceback_for_a_wrong_command():
    result = run(app, ["chek"])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_study_that_is_read_as_a_layout_says_so_and_no_more() -> None:
    """Its words mean other things than those of a layout, so that all else would mislead."""
    path = Path(__file__).parents[1] / "layouts" / "studies" / "two_suites.yaml"
    text = "study: this is a study, not a layout: carry it out with 'plantsim study two_suites.yaml'"
    assert [str(fault) for fault in layout_faults(path)] == [f"{path}:1: {text}"]

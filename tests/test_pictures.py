"""Each unit operation has a page that names it, with a picture that the script in docs draws to the byte."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

from plantsim.unitops import OPERATIONS

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {page: page.read_text(encoding="utf-8") for page in sorted((DOCS / "unitops").glob("*.md"))}
DRAW = runpy.run_path(str(DOCS / "draw.py"))
WITHOUT = ("FMU",)  # what happens inside is its file's
DRAWN = sorted({*OPERATIONS} - {*WITHOUT})
CLOSED = (
    "TrayDrying",
    "Compression",
    "Milling",
    "Filling",
    "Dispensing",
    "Formulation",
    "MeasuredTimes",
    "Sterilisation",
)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_page_names_each_operation_and_shows_it(name: str) -> None:
    told = [text for text in PAGES.values() if re.search(rf"\b{name}\b", text)]
    assert told, f"no page in docs/unitops names {name}"
    if name not in WITHOUT:
        assert any(f"![{name}](pictures/{name}.svg)" in text for text in told)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_small_and_has_axes_with_units(name: str) -> None:
    path = DOCS / "unitops" / "pictures" / f"{name}.svg"
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(words) > 8 and path.stat().st_size < 12_000
    assert {name for name in DRAW["OVER_TIME"] if name in DRAW["SWEEPS"]} == set()
    if name in DRAW["OVER_TIME"]:
        assert {each.unit for each in DRAW["OVER_TIME"][name]} <= {*words}
        assert {each.name for each in DRAW["OVER_TIME"][name]} <= {*words}
        assert {"time of the run [h]", "time of the run [min]"} & {*words}


def test_no_picture_is_left_over() -> None:
    assert sorted(path.stem for path in (DOCS / "unitops" / "pictures").glob("*.svg")) == DRAWN
    shown = [each for text in PAGES.values() for each in re.findall(r"\(pictures/(\w+)\.svg\)", text)]
    assert sorted(shown) == DRAWN


@pytest.mark.parametrize("name", CLOSED)
def test_the_script_draws_the_same_bytes_again(name: str) -> None:
    """Those in closed form: run `python docs/draw.py` once a model or the script is changed."""
    path = DOCS / "unitops" / "pictures" / f"{name}.svg"
    assert DRAW["picture"](name) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]), (-36.0, -14.0, [-40.0, -30.0, -20.0, -10.0])]
)
def test_ticks_are_round_and_hold_all(low: float, high: float, said: list[float]) -> None:
    assert DRAW["ticks"](low, high) == pytest.approx(said)


def test_points_lie_where_their_ticks_say() -> None:
    """x from 0 to 10 over y = 2 x: the line goes from the left end of the ground to the right end of the top."""
    text = DRAW["svg"]("line", "x [h]", [0.0, 5.0, 10.0], [("twice", "kg", [0.0, 10.0, 20.0])])
    left, right, ground, top = DRAW["LEFT"], DRAW["WIDE"] - 24, DRAW["GROUND"], DRAW["TOP"]
    middle = f"{(left + right) / 2:.1f} {(ground + top) / 2:.1f}"
    assert f'd="M{left:.1f} {ground:.1f}L{middle}L{right:.1f} {top:.1f}"' in text

"""Models of another simulator's regression suite: exits within one part, shares of time within 0.1 points.

`python tests/manpy/table.py` prints what both say of each model.  Where they differ, the reason is named here; where
the other simulator is plainly wrong, with the numbers worked out by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from manpy.compare import compare, names
from manpy.model import NotPlayed
from manpy.table import DIFFERS, page, rows

NAMES = names()
missing = pytest.mark.skipif(not NAMES, reason="BENCHMARK DATA MISSING: manpy_dream/topologies_open.zip")


def _case(name: str) -> object:
    why = pytest.mark.xfail(strict=True, raises=(AssertionError, NotPlayed), reason=DIFFERS.get(name, ""))
    return pytest.param(name, marks=[why] if name in DIFFERS else [])


@pytest.mark.needs_data
@pytest.mark.parametrize("name", [_case(name) for name in NAMES])
def test_both_simulators_say_the_same(name: str) -> None:
    both = compare(name)
    exits, points, of = both.apart
    assert exits <= 1, f"{both.ours.exits} parts left, the other simulator says {both.theirs.exits}"
    assert points <= 0.1, f"{of} is {points:.3f} points apart"


@missing
@pytest.mark.needs_data
def test_how_many_agree(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = [row[1] for row in rows()]
    with capsys.disabled():
        sys.stdout.write(f"\nother simulator: {verdicts.count('agrees')} of {len(verdicts)} models agree\n")
    assert len(verdicts) == 91 and verdicts.count("agrees") == 91 - len(DIFFERS) >= 75


def test_the_page_says_which_differ_and_why() -> None:
    """Of the names on the page and the reasons here, the tables are made anew, line by line; no data are needed."""
    told = (Path(__file__).parents[1] / "docs" / "other_simulator.md").read_text(encoding="utf-8")
    why = dict(re.findall(r"^\| (\S+) \| (differs|not played) \|", told, re.MULTILINE))
    listed = re.findall(r"^\| (\w+) \| \d+ \| \d+ \| (.+) \|$", told, re.MULTILINE)
    models = [(word, each.split(" ")[0]) for word, which in listed for each in which.split(", ")]
    names = [one if one == word else word + one for word, one in models]
    assert len(names) == 91 and why.keys() == DIFFERS.keys()
    assert "\n".join(page({name: why.get(name, "agrees") for name in names})) in told

"""README and docs say what is so: their Python runs, and their commands print what stands below them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "docs/plants", "docs/unitops")
PAGES = [ROOT / "README.md", *(page for folder in FOLDERS for page in sorted((ROOT / folder).glob("*.md")))]
LONG = ("mab.md: plantsim compare", "api.md: plantsim compare", "fill_finish.md: plantsim compare")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    return [code for word, code in FENCE.findall(page.read_text(encoding="utf-8")) if word == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page follow one another, as a reader would type them."""
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {"__name__": page.stem}
    for code in blocks(page, "python"):
        exec(compile(code, str(page), "exec"), names)  # the project's own pages


def commands() -> list[Any]:
    """(command, what it prints) of the console blocks of all pages."""
    found = []
    for page in PAGES:
        for block in blocks(page, "console"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                if command.startswith("plantsim") and printed.strip():
                    name = f"{page.name}: {command}"
                    marks = [pytest.mark.long] if name.startswith(LONG) else []
                    found.append(pytest.param(command, printed, id=name, marks=marks))
    return found


@pytest.mark.parametrize(("command", "printed"), commands())
def test_a_command_prints_what_the_page_says(command: str, printed: str, tmp_path: Path) -> None:
    """Whole output, but for the folder of the results."""
    words = shlex.split(command)[1:]
    if words[0] in ("run", "study"):
        words += ["--out", str(tmp_path)]
    if words[0] in ("bottlenecks", "waterfall"):
        words += ["--out", str(tmp_path / "chart.html")]
    environment = {**os.environ, "COLUMNS": "118", "NO_COLOR": "1", "TERM": "dumb"}
    call = [sys.executable, "-m", "plantsim.cli", *words]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    said = [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
    for line in filter(None, map(str.rstrip, printed.splitlines())):
        assert line in said, f"{line!r} is not printed by {command}:\n" + "\n".join(said)


def test_the_pages_name_every_public_name() -> None:
    """What `import plantsim as ps` offers is told of somewhere."""
    import plantsim

    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [name for name in plantsim.__all__ if not re.search(rf"\b{name}\b", told)]
    assert not missing

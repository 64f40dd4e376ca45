"""Which published figures the tests hold: run as a script, it lists each row of the reference with its tests."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROW = re.compile(r"R\d+(?=: )")
ROWS = ("R1", "R2", "R3", "R5", "R6", "R7", "R9", "R10", "R12", "R14", "R16", "R17", "R20", "R21", "R22", "R24", "R26",
        "R27", "R29", "R31", "R32", "R34", "R37")  # fmt: skip
NOT_PUBLIC = {"R26": "its values come out of a compiled model whose kinetics are not written down anywhere public"}


def told() -> dict[str, list[tuple[str, str]]]:
    """Row -> (test, docstring) of each test whose first word it is."""
    found: dict[str, list[tuple[str, str]]] = {row: [] for row in ROWS}
    for file in sorted(Path(__file__).parents[1].rglob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            said = (ast.get_docstring(node) or "") if isinstance(node, ast.FunctionDef) else ""
            if row := ROW.match(said):
                found.setdefault(row[0], []).append((f"{file.stem}::{node.name}", said))  # type: ignore[attr-defined]
    return found


def test_every_row_has_a_test_that_says_its_tolerance_or_a_reason() -> None:
    found = told()
    assert [row for row in found if row not in ROWS] == []
    assert [row for row, tests in found.items() if not tests] == list(NOT_PUBLIC)
    silent = [name for tests in found.values() for name, said in tests if not re.search(r"within|exact", said)]
    assert silent == []


if __name__ == "__main__":
    for row, tests in told().items():
        names = ", ".join(name for name, _ in tests) or NOT_PUBLIC.get(row, "no test")
        sys.stdout.write(f"{row:<4} {names}\n")

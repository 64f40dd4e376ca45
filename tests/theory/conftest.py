"""Says at the end how many of the exact cases are met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def cases_of(reports: Iterable[object]) -> list[str]:
    """The cases that these reports are about; the id of a test is its case, or its case: which part of it."""
    names = [getattr(report, "nodeid", "") for report in reports]
    return [name.split("[", 1)[1].rstrip("]").split(":")[0] for name in names if "/theory/" in name and "[" in name]


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Count the cases of which every part is met, and those that wait for a feature."""
    words = ("passed", "xfailed", "failed", "error")
    outcomes = {word: cases_of(terminalreporter.stats.get(word, ())) for word in words}
    if not any(outcomes.values()):
        return
    from theory.measure import AWAITED, MET, TOLD

    if config.stash.get(TOLD, False):
        return
    config.stash[TOLD] = True
    bad = {*outcomes["failed"], *outcomes["error"]}
    met = [case for case in MET if case in outcomes["passed"] and case not in bad]
    awaited = [case for case in AWAITED if case in outcomes["xfailed"]]
    failed = [case for case in (*MET, *AWAITED) if case in bad]
    text = f"theory: {len(met)} of {len(MET) + len(AWAITED)} exact cases met, {len(awaited)} await a feature"
    if failed:
        text += f"; failed: {', '.join(failed)}"
    not_run = len(MET) + len(AWAITED) - len(met) - len(awaited) - len(failed)
    if not_run:
        text += f"; not run: {not_run}"
    terminalreporter.write_line(text)

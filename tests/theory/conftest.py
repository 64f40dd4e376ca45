"""Says at the end how many of the exact cases are met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from theory.measure import AWAITED, MET

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

told = pytest.StashKey[bool]()


def cases_of(reports: Iterable[object]) -> list[str]:
    """The cases that these reports are about; the id of a test is its case, or its case: which part of it."""
    names = [getattr(report, "nodeid", "") for report in reports]
    return [name.split("[", 1)[1].rstrip("]").split(":")[0] for name in names if "/theory/" in name and "[" in name]


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Count the cases of which every part is met, and those that wait for a feature."""
    if config.stash.get(told, False):
        return
    config.stash[told] = True
    outcomes = {
        word: cases_of(terminalreporter.stats.get(word, ())) for word in ("passed", "xfailed", "failed", "error")
    }
    bad = {*outcomes["failed"], *outcomes["error"]}
    met = [case for case in MET if case in outcomes["passed"] and case not in bad]
    awaited = [case for case in AWAITED if case in outcomes["xfailed"]]
    if not (met or awaited or bad):
        return
    whole = len(MET) + len(AWAITED)
    text = f"theory: {len(met)} of {whole} exact cases met, {len(awaited)} await a feature"
    failed = [case for case in (*MET, *AWAITED) if case in bad]
    if failed:
        text += f"; failed: {', '.join(failed)}"
    if len(met) + len(awaited) + len(failed) < whole:
        text += f"; not run: {whole - len(met) - len(awaited) - len(failed)}"
    terminalreporter.write_line(text)

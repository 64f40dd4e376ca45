"""Clocks that count batches: '300 cycles' in a file is the number 300 in a scenario, where other clocks have hours."""

from __future__ import annotations

import re
from typing import Any

from plantsim.errors import Fault
from plantsim.layout.measure import QUANTITY, convert, plain
from plantsim.layout.tree import Place

CYCLES = re.compile(r"(.*\d)\s*cycles?\s*", re.ASCII | re.DOTALL)
COUNTED = {"failures": "after", "maintenance": "every"}


def counted(rule: Any, word: str, at: Place) -> tuple[Any, list[Fault]]:
    """A failure or a maintenance by cycles with its numbers of cycles as hours, and what is wrong with them."""
    if not isinstance(rule, dict) or rule.get("clock") != "cycles" or word not in rule:
        return rule, []
    faults: list[Fault] = []
    return {**rule, word: _hours(rule[word], (*at, word), faults)}, faults


def _hours(value: Any, at: Place, faults: list[Fault]) -> Any:
    if isinstance(value, dict):
        return {word: _hours(each, (*at, word), faults) for word, each in value.items()}
    if isinstance(value, list):
        return [_hours(each, (*at, number), faults) for number, each in enumerate(value)]
    if not isinstance(value, str):
        return value
    found = CYCLES.fullmatch(value)
    if found is None and QUANTITY.fullmatch(value):
        faults.append(Fault(at, f"this clock counts batches: expected something like '300 cycles', got {value!r}"))
        return "1 h"
    return f"{found[1]} h" if found else value


def said_as_cycles(value: Any) -> Any:
    """Hours, as a file says them, as cycles."""
    if isinstance(value, dict):
        return {word: said_as_cycles(each) for word, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [said_as_cycles(each) for each in value]
    return f"{plain(convert(value, 'h'))} cycles" if isinstance(value, str) and QUANTITY.fullmatch(value) else value

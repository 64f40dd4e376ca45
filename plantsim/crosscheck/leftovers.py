"""What is sound, but may leave something standing at the end of an order: said beside a layout, not as a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plantsim.crosscheck.steps import steps_of
from plantsim.errors import Fault

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


def leftovers(scenario: Scenario) -> Iterator[Fault]:
    """Units and tests that wait for several, without a longest wait, of orders that have an end."""
    ending = {name for order in scenario.orders.values() if order.batches is not None for name in order.mix}
    units = dict.fromkeys(
        scenario.plant.unit_names[single]
        for at, _, step in steps_of(scenario)
        if at[1] in ending
        for single in scenario.plant.units_for(step.on)
    )
    for name in units:
        if scenario.units[name].least > 1 and scenario.units[name].longest_wait is None:
            yield _last(("units", name), "batches", scenario.units[name].least)
    tested = dict.fromkeys(test for at, _, step in steps_of(scenario) if at[1] in ending for test in step.tests)
    for name in tested:
        rule = scenario.tests.get(name)
        if rule is not None and rule.least > 1 and rule.longest_wait is None:
            yield _last(("tests", name), "samples", rule.least)


def _last(path: tuple[str, ...], word: str, least: int) -> Fault:
    text = f"waits for {least} {word}, so the last ones of an order may wait for ever: give it a 'longest wait'"
    return Fault(path, text)

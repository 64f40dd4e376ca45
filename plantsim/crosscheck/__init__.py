"""Cross-checks: what one part of a scenario says of another must be there, fit, and be reachable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, TypeAlias

from plantsim.crosscheck.cleans import cleaning
from plantsim.crosscheck.containers import containers
from plantsim.crosscheck.matter import charges, materials, reworks, risks, spares
from plantsim.crosscheck.needs import needs
from plantsim.crosscheck.places import areas, links, routes, transfers, unasked, unlinked
from plantsim.crosscheck.recipes import after, clearance, parts
from plantsim.crosscheck.shifts import mended, shifts
from plantsim.crosscheck.steps import able, company, fitting, holding, models, moving_on, slowing
from plantsim.crosscheck.words import RULES, calendars, contents, names, orders, prices, words
from plantsim.errors import Fault

if TYPE_CHECKING:
    from plantsim.scenario import Scenario

__all__ = ["CHECKS", "RULES", "Check", "able", "faults", "fitting", "models", "routes", "unasked", "unlinked"]

Check: TypeAlias = "Callable[[Scenario], Iterator[Fault]]"
CHECKS: tuple[Check, ...] = (
    areas, transfers, shifts, mended, risks,
    names, reworks, contents, words, cleaning, links, calendars, after, parts, clearance, able, moving_on, fitting,
    models, needs, company, containers, holding, slowing,
    materials, charges, spares, routes, orders, prices, unasked, unlinked,
)  # fmt: skip


def faults(scenario: Scenario, without: Collection[Check] = ()) -> Iterator[Fault]:
    """All that does not fit together, less what some checks would find."""
    for check in CHECKS:
        if check not in without:
            yield from check(scenario)

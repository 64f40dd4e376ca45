"""Losses: what keeps a plant from its nameplate, each as an edit that lifts it and changes nobody else's luck."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from plantsim.cleaning import Cleaning
from plantsim.laws import Constant, Law
from plantsim.recipe import Release
from plantsim.scenario import Scenario
from plantsim.schema import Declared
from plantsim.study.edits import Edit, changed, varied, with_steps
from plantsim.utility import Utility

MANY = 1000  # of a pool: more than anybody needs
ROOM = 30  # containers more
PLENTY = 1e9  # of a utility or a material [its unit of measure an hour, kg]


@dataclass(frozen=True)
class Loss:
    """A cause of lost capacity, and how it is lifted."""

    name: str
    lifted: Edit


def _without_failures(scenario: Scenario) -> Scenario:
    """Nothing breaks down; who repairs has nothing to do."""
    units = varied("units", scenario.units, lambda unit: changed(unit, failures=()))(scenario)
    return varied("utilities", scenario.utilities, lambda utility: changed(utility, failures=()))(units)


def _without_minor_stops(scenario: Scenario) -> Scenario:
    """No unit has minor stops."""
    return varied("units", scenario.units, lambda unit: changed(unit, minor_stops=None))(scenario)


def _without_wip_limit(scenario: Scenario) -> Scenario:
    """As many batches in process as units can take."""
    limited = [name for name, order in scenario.orders.items() if order.release.wip is not None]
    return varied("orders", limited, lambda order: changed(order, release=Release()))(scenario)


def _without_maintenance(scenario: Scenario) -> Scenario:
    """Nothing is maintained."""
    return varied("units", scenario.units, lambda unit: changed(unit, maintenance=()))(scenario)


def _without_cleans(scenario: Scenario) -> Scenario:
    """Cleans and changes of product take no time and nobody; no clean fails."""
    return varied("cleaning", scenario.cleaning, _instant)(scenario)


def _instant(rule: Cleaning) -> Cleaning:
    timeless = _at_once(rule)
    cleans = {
        name: changed(clean, needs={}, phases={word: changed(phase, needs={}) for word, phase in clean.phases.items()},
                      verify=None)
        for name, clean in timeless.cleans.items()
    }  # fmt: skip
    return changed(timeless, needs={}, cleans=cleans)  # type: ignore[no-any-return]


def _with_skids(scenario: Scenario) -> Scenario:
    """Enough of all that only cleans need, such as CIP skids, at all hours."""
    skids = sorted(_of_cleans(scenario) - _of_work(scenario))
    return varied("pools", skids, lambda pool: _enough(changed(pool, calendar="")))(scenario)


def _without_holds(scenario: Scenario) -> Scenario:
    """Batches, and dirty, clean and sterile units, may wait for ever; what may not wait at all still may not."""
    edited = with_steps(scenario, lambda _, step: changed(step, hold=None) if step.hold else step)
    ends = {"dirty_hold": None, "clean_hold": None, "sterile_hold": None}
    return varied("cleaning", scenario.cleaning, lambda rule: changed(rule, **ends))(edited)


def _with_utilities(scenario: Scenario) -> Scenario:
    """As much of each utility as anybody asks for."""
    return scenario.replace(
        utilities={name: Utility(unit=each.unit, makes=PLENTY) for name, each in scenario.utilities.items()}
    )


def _without_laboratory(scenario: Scenario) -> Scenario:
    """The verdict of each test is there at once, and needs nobody."""
    free = {"time": Constant(value=0.0), "needs": {}, "hands_on": None, "investigation": None}
    return varied("tests", scenario.tests, lambda test: changed(test, **free))(scenario.replace(investigations={}))


def _with_materials(scenario: Scenario) -> Scenario:
    """As much of each material as anybody asks for, and it keeps."""
    plenty = {"stock": PLENTY, "reorder": None, "order": None, "retest": None}
    return varied("materials", scenario.materials, lambda each: changed(each, **plenty))(scenario)


def _with_people(scenario: Scenario) -> Scenario:
    """Enough people and other means of work, day and night; units are always open."""
    pools = sorted(set(scenario.pools) - (_of_cleans(scenario) - _of_work(scenario)))
    edited = varied("pools", pools, lambda pool: _enough(changed(pool, calendar="")))(scenario)
    return varied("units", scenario.units, lambda unit: changed(unit, calendar="", work="finish"))(edited)


def _without_rejects(scenario: Scenario) -> Scenario:
    """No batch and no lot fails its test."""
    found = {kind: changed(each, rejects=0.0) for kind, each in scenario.investigations.items()}
    passed = varied("tests", scenario.tests, lambda test: changed(test, fails=0.0, spec={}))
    return passed(scenario.replace(investigations=found))


def _with_room(scenario: Scenario) -> Scenario:
    """Buffers without an end, and containers enough."""
    edited = varied("buffers", scenario.buffers, lambda buffer: changed(buffer, places=None, clearance=None))(scenario)
    mobile = [name for name, unit in scenario.units.items() if unit.mobile]
    return varied("units", mobile, lambda unit: changed(unit, count=min(unit.count + ROOM, 1000)))(edited)


LOSSES: dict[str, Callable[[Scenario], Scenario]] = {
    "CIP queue": _with_skids,
    "changeover and cleaning": _without_cleans,
    "hold expiry": _without_holds,
    "utilities": _with_utilities,
    "QC and release": _without_laboratory,
    "materials": _with_materials,
    "people and shifts": _with_people,
    "breakdowns": _without_failures,
    "minor stops": _without_minor_stops,
    "maintenance": _without_maintenance,
    "rejects": _without_rejects,
    "full buffers": _with_room,
    "work in process": _without_wip_limit,
}
"""Cause -> the plant without it, in the order in which they are lifted one after the other."""
REST = "starvation, blocking and chance"  # what is left once all of them are lifted


def losses(scenario: Scenario, names: Iterable[str] = tuple(LOSSES)) -> list[Loss]:
    """The causes of lost capacity that a plant has at all."""
    return [Loss(name, LOSSES[name]) for name in names if LOSSES[name](scenario) != scenario]


def _enough(pool: Any) -> Any:
    return changed(pool, count=pool.count + MANY)


def _at_once(value: Any) -> Any:
    """The value with each law in it no time at all."""
    if isinstance(value, Law):
        return Constant(value=0.0)
    if isinstance(value, Declared):
        return changed(value, **{name: _at_once(getattr(value, name)) for name in value.model_fields_set})
    return {name: _at_once(each) for name, each in value.items()} if isinstance(value, dict) else value


def _of_cleans(scenario: Scenario) -> set[str]:
    """Pools that cleans need."""
    cleans = [clean for rule in scenario.cleaning.values() for clean in rule.named.values()]
    return _crews(scenario, (name for clean in cleans for name in sorted(clean.users)))


def _of_work(scenario: Scenario) -> set[str]:
    """Pools that steps, moves, tests, repairs or maintenance need."""
    found: list[str] = []
    for recipe in scenario.products.values():
        for step in recipe.steps.values():
            found += [*step.keeps, *(name for act in step.acts for name in step.uses(act))]
    found += [name for test in scenario.tests.values() for name in test.needs]
    found += [name for transfer in scenario.transfers.values() for name in (*transfer.by, transfer.pipe)]
    found += [failure.pool for failure in scenario.failures.values()]
    return _crews(scenario, [*found, *(rule.pool for rule in scenario.maintenance.values())])


def _crews(scenario: Scenario, words: Iterable[str]) -> set[str]:
    """The pools that can fill these needs."""
    crews = scenario.plant.crews_for
    return {pool for word in words for pool in crews(word) if pool in scenario.pools}

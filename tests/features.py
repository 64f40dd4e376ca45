"""Which features a plant that is made up shows, as its record tells; where no row tells it, as it is declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from plantsim.engine.physics import charged
from plantsim.materials import Rework
from plantsim.plant import Failure
from plantsim.procedure import Procedure
from plantsim.recipe import Product
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.step import Step

Rows = list[RowTuple]
Shown = Callable[[Scenario, Rows], bool]
HALTS = ("halt", "fail", "close")


def _row(kind: str, told: Callable[[Scenario, RowTuple], object] = lambda plant, row: True) -> Shown:
    """Some row of this kind of which this is so."""
    return lambda plant, rows: any(row[1] == kind and told(plant, row) for row in rows)


def _fails(told: Callable[[Failure], object]) -> Shown:
    return _row("fail", lambda plant, row: told(plant.failures[row[7]]))


def _mended(told: Callable[[Failure], object]) -> Shown:
    return _row("repaired", lambda plant, row: told(plant.failures[row[7]]))


def _maintained(told: Callable[[Any], object]) -> Shown:
    return _row("maintain", lambda plant, row: told(plant.maintenance[row[7]]))


def _step(told: Callable[[Step], object]) -> Shown:
    """Of some step that was begun."""
    return lambda plant, rows: any(
        row[1] in ("grant", "ride") and told(plant.products[row[5]].steps[row[4]]) for row in rows
    )


def _declared(told: Callable[[Step], object]) -> Shown:
    """Of some step of a recipe."""
    return lambda plant, rows: any(told(step) for product in plant.products.values() for step in product.steps.values())


def _utility(told: Callable[[Any], object]) -> Shown:
    """Of some utility that was drawn."""

    def drawn(plant: Scenario, rows: Rows) -> bool:
        mine = {name for name, utility in plant.utilities.items() if told(utility)}
        acts = [act for row in rows if row[1] == "grant" for act in row[8][0]]
        return any(use[0] in mine for act in acts for use in act[2])

    return drawn


def _halted(word: str) -> Shown:
    """Of some work that was stopped."""

    def stopped(plant: Scenario, row: RowTuple) -> bool:
        said = row[8] if isinstance(row[8], tuple) else ()
        return bool(row[3]) and (said[2:3] if row[1] == "fail" else said[:1] or ("pause",)) == (word,)

    return lambda plant, rows: any(row[1] in HALTS and stopped(plant, row) for row in rows)


def _parting(told: Callable[[Product], object]) -> Shown:
    """Of a product whose batches part or meet."""
    return lambda plant, rows: any(
        told(product) and not Procedure(product).plain for product in plant.products.values()
    )


def _beside(told: Callable[[Any], object]) -> Shown:
    return lambda plant, rows: any(told(unit) for name, unit in plant.units.items() if name == "v" or unit.mobile)


def _acts(word: str) -> Shown:
    """An act of this name, in some step."""
    return _row("grant", lambda plant, row: any(act[0] == word for stint in row[8][0] for act in stint[0]))


def _phases(word: str) -> Shown:
    """A phase of this name, in some clean."""
    return _row("clean", lambda plant, row: len(row[8]) > 2 and any(act.endswith(word) for act, _, _ in row[8][3]))


def _shared_skid(plant: Scenario, rows: Rows) -> bool:
    """Some pool is used in the cleans of two units at least."""
    units: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row[1] == "clean":
            _, uses, *rest = row[8]
            phases, keeps = rest[1:3] if rest else ((), ())
            for name, _ in (*uses, *keeps, *(use for _, _, some in phases for use in some)):
                units[name].add(row[2])
    return any(len(those) > 1 for name, those in units.items() if name in plant.pools)


def _slow_clean(plant: Scenario, rows: Rows) -> bool:
    """Some unit was cleaned whose rule has a phase that may be slow."""
    rules = {unit.cleaning for unit in plant.units.values() if unit.cleaning}
    slow = {
        (rule, word)
        for rule in rules
        for word, clean in plant.cleaning[rule].cleans.items()
        for phase in clean.phases.values()
        if phase.slows
    }
    return _row("clean", lambda plant, row: (plant.units[plant.plant.unit_names[row[2]]].cleaning, row[7]) in slow)(
        plant, rows
    )


FEATURES: dict[str, Shown] = {
    "units that share a pool": lambda plant, rows: bool(plant.pools),
    "skills": lambda plant, rows: any(pool.skills for pool in plant.pools.values()),
    "shifts": lambda plant, rows: any(each.calendar for each in (*plant.units.values(), *plant.pools.values())),
    "work that pauses": _halted("pause"),
    "work that begins anew": _halted("restart"),
    "work that is scrapped": _halted("scrap"),
    "work that is finished": lambda plant, rows: any(
        unit.work == "finish" and unit.calendar for unit in plant.units.values()
    ) or _row("impair")(plant, rows),
    "buffers": _row("store"),
    "a clean that failed": _row("unclean"),
    "line clearance": _row("store", lambda plant, row: plant.buffers[row[2]].clearance),
    "pipes": lambda plant, rows: any(each.pipe for each in plant.transfers.values()),
    "pipes with a rate by volume": lambda plant, rows: any(each.volume_rate for each in plant.transfers.values()),
    "movers": lambda plant, rows: any(each.by for each in plant.transfers.values()),
    "a running clock": _fails(lambda mode: mode.clock == "running"),
    "a calendar clock": _fails(lambda mode: mode.clock == "calendar"),
    "a clock of batches": _fails(lambda mode: mode.clock == "cycles"),
    "a common cause": _fails(lambda mode: mode.common),
    "a degraded rate": _row("impair", lambda plant, row: plant.failures[row[7]].rate < 1.0),
    "imperfect repairs": _mended(lambda mode: 0.0 < mode.renews < 1.0),
    "minimal repairs": _mended(lambda mode: mode.renews == 0.0),
    "spare parts": _row("take", lambda plant, row: not row[3]),
    "maintenance by hours run": _maintained(lambda rule: rule.clock == "running"),
    "maintenance by the calendar": _maintained(lambda rule: rule.clock == "calendar"),
    "maintenance by batches": _maintained(lambda rule: rule.clock == "cycles"),
    "maintenance at a change of product": _maintained(lambda rule: rule.at_change),
    "minor stops": _acts("minor stops"),
    "cleaning": _row("cleaned"),
    "a skid that cleans share": _shared_skid,
    "cleans with phases": _row("phase"),
    "cleans that may be slow": _slow_clean,
    "verified cleans": _phases("verification"),
    "a sterile hold": _row("clean", lambda plant, row: "sterile hold" in row[8]),
    "set-ups": _row("clean", lambda plant, row: row[7] == "setup"),
    "utilities": _utility(lambda utility: True),
    "a tank": _utility(lambda utility: utility.tank is not None),
    "a peak": _utility(lambda utility: utility.peak is not None),
    "utilities that fail": _row("fail", lambda plant, row: row[2] in plant.utilities),
    "utilities that are made by a calendar": _row("close", lambda plant, row: row[2] in plant.utilities),
    "materials": _row("take", lambda plant, row: row[3]),
    "lots that are ordered": _row("deliver", lambda plant, row: row[0] > 0),
    "lots that go out of date": _row("expire"),
    "tests": _row("accept", lambda plant, row: row[3]),
    "tests of lots": _row("sample", lambda plant, row: not row[3]),
    "sampling plans": _step(lambda step: any(not each.plain for each in step.tests.values())),
    "investigated tests": _row("investigate"),
    "investigated deviations": lambda plant, rows: bool(plant.investigations),
    "re-work": _row("rework"),
    "re-work after a pause or a wait": _step(
        lambda step: isinstance(step.after_hold, Rework) or isinstance(step.after_pause, Rework)
    ),
    "splits": _row("split", lambda plant, row: row[7] == "split"),
    "joins": _declared(lambda step: step.joins or (step.after is not None and len(step.after) > 1)),
    "batches that are pooled": _row("join", lambda plant, row: plant.products[row[5]].steps[row[4]].pools),
    "recipes that are a graph": _declared(lambda step: step.after is not None),
    "loads": _row("ride"),
    "batches each for itself": lambda plant, rows: any(not unit.together for unit in plant.units.values()),
    "several units a step": _row("grant", lambda plant, row: len(row[8]) > 2 and row[8][2]),
    "units beside that fail": _beside(lambda unit: unit.failures),
    "units beside that are cleaned": _beside(lambda unit: unit.cleaning),
    "containers": _row("fill"),
    "zero wait": _row("book"),
    "a limited wait": _step(lambda step: step.hold),
    "kept pools": _row("grant", lambda plant, row: row[8][1]),
    "models": _row("outcome"),
    "charges that part or meet": _parting(charged),
    "tests of what parts or meets": _parting(lambda product: any(step.tests for step in product.steps.values())),
    "holds of what parts or meets": _parting(lambda product: any(step.hold for step in product.steps.values())),
    "materials that enter a charge": _step(lambda step: any(each.adds for each in step.takes.values())),
    "losses": _step(lambda step: step.yield_ < 1.0 or step.startup_loss),
}  # fmt: skip

"""The plants that hypothesis makes up for the tests meet the features, and many of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import Phase as Part
from plants import scenarios

from plantsim.engine.physics import charged
from plantsim.materials import Rework
from plantsim.plant import Failure
from plantsim.procedure import Procedure
from plantsim.recipe import Product, Step
from plantsim.scenario import Scenario

PLANTS = 300


def _some_step(told: Callable[[Step], object]) -> Callable[[Scenario], bool]:
    return lambda plant: any(told(step) for product in plant.products.values() for step in product.steps.values())


def _some_failure(told: Callable[[Failure], object]) -> Callable[[Scenario], bool]:
    return lambda plant: any(
        told(plant.failures[mode]) for unit in plant.units.values() for mode in unit.failures if mode in plant.failures
    )


def _parting(told: Callable[[Product], object]) -> Callable[[Scenario], bool]:
    """Of a product whose batches part or meet."""
    return lambda plant: any(told(product) and not Procedure(product).plain for product in plant.products.values())


def _cleans(plant: Scenario) -> bool:
    return any(unit.cleaning for unit in plant.units.values())


FEATURES: dict[str, Callable[[Scenario], bool]] = {
    "units that share a pool": lambda plant: len(plant.units) > 1 and bool(plant.pools),
    "skills": lambda plant: any(pool.skills for pool in plant.pools.values()),
    "shifts": lambda plant: any(each.calendar for each in (*plant.units.values(), *plant.pools.values())),
    "buffers": lambda plant: bool(plant.buffers),
    "a running clock": _some_failure(lambda mode: mode.clock == "running"),
    "a calendar clock": _some_failure(lambda mode: mode.clock == "calendar"),
    "a clock of batches": _some_failure(lambda mode: mode.clock == "cycles"),
    "a common cause": _some_failure(lambda mode: mode.common),
    "spare parts": _some_failure(lambda mode: mode.takes),
    "maintenance": lambda plant: any(unit.maintenance for unit in plant.units.values()),
    "minor stops": lambda plant: any(unit.minor_stops for unit in plant.units.values()),
    "cleaning": _cleans,
    "cleans with phases or limits": lambda plant: _cleans(plant) and any(
        rule.cleans or rule.dirty_hold or rule.clean_hold for rule in plant.cleaning.values()
    ),
    "utilities": lambda plant: bool(plant.utilities),
    "a tank": lambda plant: any(each.tank is not None for each in plant.utilities.values()),
    "utilities that fail": lambda plant: any(each.failures for each in plant.utilities.values()),
    "utilities that are made by a calendar": lambda plant: any(each.calendar for each in plant.utilities.values()),
    "materials": _some_step(lambda step: step.takes),
    "tests": _some_step(lambda step: step.tests),
    "sampling plans": _some_step(lambda step: any(not each.plain for each in step.tests.values())),
    "investigations": lambda plant: bool(plant.investigations),
    "rework of what stands still": _some_step(
        lambda step: isinstance(step.after_hold, Rework) or isinstance(step.after_pause, Rework)
    ),
    "splits": _some_step(lambda step: step.split),
    "joins": _some_step(lambda step: step.joins or (step.after is not None and len(step.after) > 1)),
    "loads": lambda plant: any(unit.holds > 1 and unit.together for unit in plant.units.values()),
    "batches each for itself": lambda plant: any(not unit.together for unit in plant.units.values()),
    "several units a step": _some_step(lambda step: step.with_),
    "units beside that fail": lambda plant: any(
        unit.failures for name, unit in plant.units.items() if name == "v" or unit.mobile
    ),
    "units beside that are cleaned": lambda plant: any(
        unit.cleaning in ("wash", "scrub") for name, unit in plant.units.items() if name == "v" or unit.mobile
    ),
    "zero wait": _some_step(lambda step: step.hold == 0.0),
    "a limited wait": _some_step(lambda step: step.hold),
    "kept pools": _some_step(lambda step: step.keeps),
    "models": _some_step(lambda step: step.model is not None),
    "charges that part or meet": _parting(charged),
    "tests of what parts or meets": _parting(lambda product: any(step.tests for step in product.steps.values())),
    "holds of what parts or meets": _parting(lambda product: any(step.hold for step in product.steps.values())),
    "materials that enter a charge": lambda plant: any(
        charged(product) and any(each.adds for step in product.steps.values() for each in step.takes.values())
        for product in plant.products.values()
    ),
    "losses": _some_step(lambda step: step.yield_ < 1.0 or step.startup_loss),
}  # fmt: skip


def test_made_up_plants_meet_the_features() -> None:
    """Each in a tenth of 300 plants at least, five together in half of them, and up to twelve single units."""
    met: Counter[str] = Counter()
    together: list[int] = []
    sizes: list[int] = []

    @seed(1)
    @settings(max_examples=PLANTS, phases=[Part.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(scenarios())
    def count(plant: Scenario) -> None:
        names = [name for name, there in FEATURES.items() if there(plant)]
        met.update(names)
        together.append(len(names))
        sizes.append(len(plant.plant.unit_names))

    count()
    assert len(together) >= PLANTS
    seldom = {name: met[name] for name in FEATURES if met[name] < len(together) / 10}
    assert not seldom
    assert sum(number >= 5 for number in together) >= len(together) / 2
    assert max(sizes) >= 10

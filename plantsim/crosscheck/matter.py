"""Materials and tests that steps name are there, and batches that fail can go back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plantsim.crosscheck.needs import lent
from plantsim.crosscheck.recipes import procedure_of
from plantsim.crosscheck.steps import steps_of
from plantsim.crosscheck.unknown import unknown
from plantsim.errors import Fault, did_you_mean
from plantsim.materials import Afterwards, Rework
from plantsim.procedure import Procedure
from plantsim.step import Step
from plantsim.unitops.nonsense import no_charge

if TYPE_CHECKING:
    from plantsim.scenario import Scenario


def reworks(scenario: Scenario) -> Iterator[Fault]:
    """A batch that fails, or stands for too long, goes back to a step before, as long as it is still as it was."""
    for product, recipe in scenario.products.items():
        procedure = procedure_of(recipe)
        if procedure is None:
            continue
        for name, step in recipe.steps.items():
            at = ("products", product, "steps", name)
            for each in [each for each in step.tests.values() if each.rework]:
                yield from _back(procedure, (*at, "tests", "rework"), name, each.rework)
                if each.at_risk and not procedure.plain_from(name) and procedure.straight(each.rework, name):
                    text = "at risk, it may have parted or met others by the verdict, and can't go back: let it wait"
                    yield Fault((*at, "tests", "rework"), text)
            for taken, amount in step.takes.items():
                where = (*at, "takes", taken, "after reject")
                yield from _back_at_risk(procedure, where, name, amount.after_reject)
            for word, after in (("after hold", step.after_hold), ("after pause", step.after_pause)):
                if isinstance(after, Rework):
                    yield from _back(procedure, (*at, word, "rework"), name, after.rework)
            yield from _stays_whole(procedure, (*at, "after hold"), name, step)


def _back(procedure: Procedure, at: tuple[str, ...], name: str, back: str) -> Iterator[Fault]:
    before = [each for each in procedure.steps if each == name or each in procedure.upstream[name]]
    if back not in before:
        yield Fault(at, f"there is no step {back!r} to go back to{did_you_mean(back, before)}")
    elif not procedure.straight(back, name):
        yield Fault(at, f"the batch parts or meets others after {back!r}: go back to a step after that")


def _back_at_risk(procedure: Procedure, at: tuple[str, ...], name: str, after: Afterwards) -> Iterator[Fault]:
    """Who goes back for a lot that it has taken at risk has not parted or met others by then."""
    if isinstance(after, Rework):
        yield from _back(procedure, (*at, "rework"), name, after.rework)
        if procedure.straight(after.rework, name) and not procedure.plain_from(name):
            yield Fault(
                at, "the batch may have parted or met others by then, and can't go back: say deviation or scrap"
            )


def risks(scenario: Scenario) -> Iterator[Fault]:
    """What a step takes at risk is of a material that is tested, and a product says the same of it in all its steps."""
    for product, recipe in scenario.products.items():
        said: dict[str, tuple[str, Afterwards]] = {}
        for name, step in recipe.steps.items():
            at = ("products", product, "steps", name)
            for word, each in step.gives.items():
                if each.at_risk:
                    yield Fault((*at, "gives", word, "at risk"), "is a word for what a step takes: leave it out")
            for word, each in [each for each in step.takes.items() if each[1].at_risk]:
                material, (first, then) = scenario.materials.get(word), said.setdefault(word, (name, each.after_reject))
                if material is not None and not material.test:
                    text = f"no lot of {word!r} is tested: give the material a test, or leave it out"
                    yield Fault((*at, "takes", word, "at risk"), text)
                if then != each.after_reject:
                    text = f"{first!r} says something else of {word!r}: say the same in each step of the product"
                    yield Fault((*at, "takes", word, "after reject"), text)


def _stays_whole(procedure: Procedure, at: tuple[str, ...], name: str, step: Step) -> Iterator[Fault]:
    """Who waits for longer than a hold can only go back if it has not met others by then."""
    there = procedure.then[name]
    parts = len(there) > 1 or any(procedure.meets(each) or procedure.steps[each].split for each in there)
    if isinstance(step.after_hold, Rework) and parts:
        yield Fault(at, "the batch may have parted or met others by then, and can't go back: say deviation or scrap")


def materials(scenario: Scenario) -> Iterator[Fault]:
    """Materials and tests that steps name are there; zero wait leaves no time for a verdict."""
    for name, material in scenario.materials.items():
        yield from unknown(("materials", name, "test"), material.test, scenario.tests, "test")
        known = material.charge.quality if material.charge is not None else {}
        for word in scenario.tests[material.test].spec if material.test in scenario.tests else ():
            if word not in known:
                hint = did_you_mean(word, known) or ": give it a charge with it, or a test with 'fails'"
                text = f"{material.test!r} looks at {word!r}, which its lots don't have{hint}"
                yield Fault(("materials", name, "test"), text)
    for name, test in scenario.tests.items():
        yield from lent(scenario, ("tests", name, "needs"), test.needs)
    for kind, each in scenario.investigations.items():
        yield from lent(scenario, ("investigations", kind, "needs"), each.needs)
        if kind in scenario.tests:
            text = f"is called as the investigations of {kind!r} are: give it another name"
            yield Fault(("tests", kind), text)
    for at, _, step in steps_of(scenario):
        for word in ("takes", "gives"):
            for name in getattr(step, word):
                yield from unknown((*at, word, name), name, scenario.materials, "material")
                if name in scenario.materials and scenario.materials[name].unit == "pieces":
                    text = f"{name!r} is counted in pieces, which only repairs and maintenance take: count it in kg"
                    yield Fault((*at, word, name), text)
        for name, sampling in step.tests.items():
            yield from unknown((*at, "tests", name), name, scenario.tests, "test")
            if step.hold == 0.0 and not sampling.at_risk:
                yield Fault(
                    (*at, "tests", name),
                    "zero wait leaves no time for a verdict: say 'at risk: true', or remove 'hold: 0 h'",
                )


def charges(scenario: Scenario) -> Iterator[Fault]:
    """What batches and lots are made of, as they usually are, can be."""
    for product, recipe in scenario.products.items():
        if recipe.charge is not None and (wrong := no_charge(recipe.charge.middle(recipe.batch))):
            yield Fault(("products", product, "charge"), f"has {wrong}")
    for name, material in scenario.materials.items():
        if material.charge is not None and (wrong := no_charge(material.charge.middle())):
            yield Fault(("materials", name, "charge"), f"has {wrong}")


def spares(scenario: Scenario) -> Iterator[Fault]:
    """The spare parts that repairs and maintenance take are there, in pieces, and may ever be as many."""
    for place in ("failures", "maintenance"):
        for mode, rule in getattr(scenario, place).items():
            for name, number in rule.takes.items():
                at = (place, mode, "takes", name)
                yield from unknown(at, name, scenario.materials, "material")
                part = scenario.materials.get(name)
                if part is not None and part.unit != "pieces":
                    yield Fault(at, f"{name!r} is counted in kg: say 'unit: pieces' of it, to take {number} of them")
                elif part is not None and number > part.most:
                    text = f"takes {number} of {name!r}, of which no more than {part.most:g} are ever in store"
                    yield Fault(at, f"{text}: nothing would ever begin; order more at once")

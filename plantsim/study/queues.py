"""Where batches will queue for what limits a plant: read from the recipes and the links, before any run."""

from __future__ import annotations

from collections.abc import Iterable

from plantsim.load import Load
from plantsim.procedure import Procedure
from plantsim.recipe import Product
from plantsim.scenario import Scenario
from plantsim.step import Step


def queue(plain: Scenario, name: str, of: str) -> str:
    """Where batches will wait for a kind of unit, a pool or a utility that limits the plant, in words."""
    if of == "unit":
        return _of_units(plain, name)
    load = Load(plain)
    limit = next(each for each in load.of_pools() if each.name == name)
    if limit.cleaning > 0.5 * limit.hours:
        return f"dirty units wait for {name}: {_listed(_cleaned_with(plain, name))}"
    product, step = max(_drawing(load, name), key=lambda each: each[0])[1:]
    asked = plain.products[product].steps[step]
    first = "" if name in asked.keeps else f"once they have their {asked.on}; who comes after them stands "
    return f"batches wait for {name} at step {step} of {product}, {first}{_place(plain, product, step)}"


def _of_units(plain: Scenario, name: str) -> str:
    """Before the first step that asks for these units."""
    units = set(plain.plant.units_for(name) or name.split(", "))
    for product, recipe in plain.products.items():
        for step in Procedure(recipe).order():
            words = (recipe.steps[step].on, *recipe.steps[step].with_, *recipe.steps[step].into)
            if any(units & set(plain.plant.units_for(word)) for word in words):
                return f"batches wait for {name} before step {step} of {product}, {_place(plain, product, step)}"
    return f"batches wait for {name}"


def _place(plain: Scenario, product: str, step: str) -> str:
    """Where a batch stands that waits to begin a step."""
    recipe = plain.products[product]
    before = Procedure(recipe).before[step]
    if not before:
        return "outside the plant"
    here = dict.fromkeys(single for name in before for single in plain.plant.units_for(recipe.steps[name].on))
    there = plain.plant.units_for(recipe.steps[step].on)
    stores = [name for single in here for name in plain.plant.reach(single)[1] if _leads(plain, name, there)]
    kinds = _listed(dict.fromkeys(recipe.steps[name].on for name in before))
    if not stores:
        return f"in {kinds}, which they block"
    full = any(plain.buffers[name].places is not None for name in stores)
    return f"in {_listed(dict.fromkeys(stores))}" + (f", and once that is full in {kinds}, which they block" * full)


def _leads(plain: Scenario, buffer: str, there: Iterable[str]) -> bool:
    return bool(plain.plant.reach(buffer)[0] & set(there))


def _drawing(load: Load, name: str) -> list[tuple[float, str, str]]:
    """(what it takes of a pool or a utility in a batch, product, step), weighted by the shares of products."""
    return [
        (share * _takes(load, recipe, step, each, name), product, step)
        for product, share in load.shares.items()
        for recipe in (load.plain.products[product],)
        for step, each in recipe.steps.items()
    ]


def _takes(load: Load, recipe: Product, step: str, each: Step, name: str) -> float:
    """Hours (of a pool) or amount (of a utility) of a step, near enough to find the largest."""
    hours = {act: law.mean_hours if (law := each.law(act)) is not None else 0.0 for act in each.acts}
    if "run" in hours:
        rates = [rate for unit in load.plant.units_for(each.on) if (rate := load.unit(unit).rate)]
        by_rate = recipe.masses[step] * len(rates) / sum(rates) if each.by_rate and rates else 0.0
        hours["run"] += recipe.model_hours.get(step, 0.0) + by_rate
    used = sum(each.uses(act).get(name, 0) * length for act, length in hours.items())
    return float(used + each.keeps.get(name, 0) * sum(hours.values()) + recipe.model_draws[step].get(name, 0.0))


def _cleaned_with(plain: Scenario, name: str) -> list[str]:
    """Kinds of unit whose cleans need a pool or a utility."""
    rules = [rule for rule, each in plain.cleaning.items() if any(name in clean.users for clean in each.named.values())]
    return list(dict.fromkeys(unit.kind for unit in plain.units.values() if unit.cleaning in rules))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "some unit"

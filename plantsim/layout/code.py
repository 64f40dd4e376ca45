"""The user's own code that a layout names by dotted path: imported only when asked, never by reading a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from pathlib import Path

from plantsim.errors import Fault, did_you_mean
from plantsim.layout.tree import mark_of, read_extended
from plantsim.scenario import Scenario


def code_faults(scenario: Scenario, path: str | Path) -> list[Fault]:
    """What is wrong with the code that the layout at `path` names; it is installed, or lies in the layout's folder."""
    named = {place: _not_found(dotted, Path(path)) for place, dotted in _dotted(scenario)}
    if not any(named.values()):
        return []
    data = read_extended(Path(path))[0]
    return [Fault(place, text, *mark_of(data, place, str(path))) for place, text in named.items() if text]


def _dotted(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], str]]:
    """(place, dotted path) of the rules and the models that are a user's own."""
    rules: dict[tuple[str, ...], object] = {("run", "dispatch"): scenario.run.dispatch}
    rules |= {("cleaning", name, "policy"): rule.policy for name, rule in scenario.cleaning.items()}
    for place, rule in rules.items():
        if isinstance(rule, str) and ":" in rule:
            yield place, rule
    for product, recipe in scenario.products.items():
        for name, step in recipe.steps.items():
            use = getattr(step.model, "use", "")
            if isinstance(use, str) and ":" in use:
                yield ("products", product, "steps", name, "model", "use"), use


def _not_found(dotted: str, path: Path) -> str:
    module, _, name = dotted.rpartition(":")
    try:
        with _folder(path.resolve().parent):
            there = vars(import_module(module))
    except Exception as error:  # the user's own code may raise anything
        return f"can't import {dotted!r}: {type(error).__name__}: {error}"
    if callable(there.get(name)):
        return ""
    known = [word for word, value in there.items() if callable(value) and not word.startswith("_")]
    return f"there is no {name!r} in {module!r}{did_you_mean(name, known)}"


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Modules in a folder can be imported."""
    sys.path.insert(0, str(folder))
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))

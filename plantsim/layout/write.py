"""A scenario written as a layout file; reading it gives an equal scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any

from plantsim.errors import Fault, LayoutError
from plantsim.layout.cycles import COUNTED, said_as_cycles
from plantsim.layout.measure import say
from plantsim.plant import chained
from plantsim.scenario import Scenario
from plantsim.step import acts_of
from plantsim.utility import RATES

WIDTH = 4096  # a thing a line, however long


def to_yaml(scenario: Scenario) -> str:
    """A scenario as the text of a layout file.

    Raises:
        LayoutError: if it holds a function or a distribution that has no name by which a file could call it.

    >>> from plantsim.plant import Unit
    >>> print(to_yaml(Scenario(name="One mill", units={"mill": Unit(kind="mill", rate=120.0)})), end="")
    plantsim: 1
    name: One mill
    units:
      mill: {kind: mill, rate: 120 kg/h}
    """
    from ruamel.yaml import YAML

    written: dict[str, Any] = scenario.model_dump(by_alias=True, exclude_defaults=True, context={"say": say})
    if "dispatch" in written.get("run", {}):
        written["run"]["dispatch"] = _rule(scenario.run.dispatch)
    for name, rule in written.get("cleaning", {}).items():
        if "policy" in rule:
            rule["policy"] = _rule(scenario.cleaning[name].policy)
    for product in written.get("products", {}).values():
        for step in product["steps"].values():
            _flatten(step)
    _say_rates(written, scenario)
    for place, word in COUNTED.items():
        for rule in written.get(place, {}).values():
            if rule.get("clock") == "cycles":
                rule[word] = said_as_cycles(rule[word])
    found = list(_not_written(written, ()))
    if found:
        raise LayoutError(found)
    if scenario.links:
        written["links"] = _chains(scenario.links)
    for name, rule in written.get("transfers", {}).items():
        rule["links"] = _chains(scenario.transfers[name].links)
    yaml = YAML(typ="rt", pure=True)
    yaml.width, yaml.allow_unicode = WIDTH, True
    text = StringIO()
    yaml.dump(_styled({"plantsim": 1, **written}), text)
    return text.getvalue()


def _flatten(step: dict[str, Any]) -> None:
    """What all acts but the transfer need alike is said once."""
    needs, acts = step.get("needs", {}), acts_of(step)[1:]
    if tuple(needs) == acts and all(each == needs[acts[0]] for each in needs.values()):
        step["needs"] = needs[acts[0]]


def _say_rates(written: dict[str, Any], scenario: Scenario) -> None:
    """The quantities of utilities and materials, and what is drawn, in the unit of measure that each of them says."""
    units = {name: each.unit for name, each in scenario.utilities.items()}
    for name, utility in written.get("utilities", {}).items():
        for word, unit in (("makes", RATES[units[name]]), ("peak", RATES[units[name]])):
            _say(utility, word, unit)
        for word in ("tank", "least", "at first"):
            _say(utility, word, units[name])
    for name, material in written.get("materials", {}).items():
        for word in ("stock", "reorder", "order"):
            _say(material, word, scenario.materials[name].unit)
    steps = [step for product in written.get("products", {}).values() for step in product["steps"].values()]
    rules = [part for rule in written.get("cleaning", {}).values() for part in _drawing(rule)]
    phases = [phase for step in steps for phase in step.get("phases", {}).values()]
    for needs in (each.get("needs", {}) for each in (*rules, *steps, *phases)):
        for needed in (needs, *(each for each in needs.values() if isinstance(each, dict))):
            for name, unit in units.items():
                _say(needed, name, RATES[unit])


def _drawing(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What may draw in a cleaning rule: itself, its cleans, their phases and verifications."""
    yield rule
    for clean in rule.get("cleans", {}).values():
        yield from (clean, *clean.get("phases", {}).values(), clean.get("verify") or {})


def _say(table: dict[str, Any], word: str, unit: str) -> None:
    if isinstance(table.get(word), (int, float)):
        table[word] = say(table[word], unit)


def _rule(rule: Any) -> Any:
    """A dispatch rule by its name, or by the dotted path under which it can be imported."""
    if isinstance(rule, str):
        return rule
    module, name = getattr(rule, "__module__", ""), getattr(rule, "__qualname__", "<")
    if getattr(sys.modules.get(module), name, None) is not rule or module == "__main__":
        return rule
    return name if module == "plantsim.policies.dispatch" else f"{module}:{name}"


def _not_written(value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if isinstance(value, dict):
        for word, each in value.items():
            yield from _not_written(each, (*path, word))
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from _not_written(each, (*path, number))
    elif not isinstance(value, (str, int, float, type(None))):
        yield Fault(path, f"can't be written to a file: {value!r}; put it in a module, and name it by its dotted path")


def _chains(links: Sequence[tuple[str, str]]) -> list[Any]:
    return [piece for chain in chained(links) for piece in _said(chain)]


def _said(chain: list[str]) -> list[Any]:
    if all(name and name == name.strip() and "->" not in name for name in chain):
        return [" -> ".join(chain)]
    return [list(pair) for pair in pairwise(chain)]


def _long(path: tuple[str, ...]) -> bool:
    """Whether the words of a map stand on a line each."""
    if path[:1] == ("products",):
        return len(path) <= 2 or (len(path) == 3 and path[2] == "steps")
    return len(path) <= 1 and path not in (("run",), ("report",))


def _styled(value: Any, path: tuple[str, ...] = ()) -> Any:
    """Maps of maps as blocks, and each thing in them on a line of its own."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        table = CommentedMap({word: _styled(each, (*path, word)) for word, each in value.items()})
        if not _long(path):
            table.fa.set_flow_style()
        return table
    if isinstance(value, (list, tuple)):
        items = CommentedSeq([_styled(each, (*path, "")) for each in value])
        if path != ("links",):
            items.fa.set_flow_style()
        return items
    return value

"""A scenario written as a layout file; reading it gives an equal scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

from plantsim.errors import Fault, LayoutError
from plantsim.layout.measure import say
from plantsim.scenario import Scenario

WIDTH = 118


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
    found = list(_not_written(written, ()))
    if found:
        raise LayoutError(found)
    if scenario.links:
        written["links"] = _chains(scenario.links)
    yaml = YAML(typ="rt", pure=True)
    yaml.width, yaml.allow_unicode = WIDTH, True
    text = StringIO()
    yaml.dump(_styled({"plantsim": 1, **written}), text)
    return text.getvalue()


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


def _chains(links: tuple[tuple[str, str], ...]) -> list[Any]:
    """Links that go on where the last one ended are one chain, as people draw them."""
    chains: list[list[str]] = []
    for here, there in links:
        if chains and chains[-1][-1] == here:
            chains[-1].append(there)
        else:
            chains.append([here, there])
    return [piece for chain in chains for piece in _said(chain)]


def _said(chain: list[str]) -> list[Any]:
    if all(name and name == name.strip() and "->" not in name for name in chain):
        return [" -> ".join(chain)]
    return [list(pair) for pair in zip(chain, chain[1:], strict=False)]


def _styled(value: Any, depth: int = 0) -> Any:
    """Maps of maps as blocks, and each thing in them on a line of its own."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        table = CommentedMap({word: _styled(each, depth + 1) for word, each in value.items()})
        if depth >= 2 and "steps" not in value and not (depth == 3 and all(isinstance(v, dict) for v in value.values())):
            table.fa.set_flow_style()
        return table
    if isinstance(value, (list, tuple)):
        items = CommentedSeq([_styled(each, depth + 1) for each in value])
        if depth > 1:
            items.fa.set_flow_style()
        return items
    return value

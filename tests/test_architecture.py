"""Imports run down: what the plant is on the left, what happened on the right, and the bridge above them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "plantsim"

# from the lowest floor up; errors lies under all, and each room may import what is below it on its side
LEFT = (
    "contracts",
    "schema",
    "laws",
    "chance",
    "charge",
    "unitops",
    "utility",
    "crews",
    "stops",
    "calendars",
    "plant",
    "moving",
    "cleaning",
    "materials",
    "step",
    "recipe",
    "procedure",
    "prices",
    "scenario",
    "policies",
    "reported",
    "layout",
)
RIGHT = (
    "record",
    "genealogy",
    "state",
    "partings",
    "sheets",
    "books",
    "reading",
    "spans",
    "demand",
    "supply",
    "kpi",
    "balance",
    "drawn",
    "transport",
    "cleaned",
    "costs",
    "iso22400",
    "bottleneck",
    "unfit",
    "waits",
    "long_waits",
    "story",
    "export",
)
BRIDGE = (
    "standstill", "results", "engine", "mix", "load", "mean", "study", "schedule", "twin",
    "charts", "report", "show", "cli",
)  # fmt: skip
SAME_ROOM = {"crosscheck": "scenario"}
DOORS = {("scenario", "plantsim.mean")}  # a method that is a line over a room above, which it imports when called
OWNERS = {
    "simpy": ["engine"],
    "networkx": ["plant", "genealogy", "results", "study"],
    "pandas": [*RIGHT, "results", "study", "twin"],
    "pyarrow": ["record", "sheets", "export", "study"],
    "scipy": ["laws", "unitops", "study"],
    "plotly": ["charts", "report"],
    "ruamel": ["layout"],
    "pint": ["layout"],
    "pydantic": [
        "schema",
        "laws",
        "chance",
        "charge",
        "unitops",
        "stops",
        "utility",
        "calendars",
        "plant",
        "moving",
        "cleaning",
        "materials",
        "step",
        "recipe",
        "prices",
        "scenario",
        "layout",
    ],
    "typer": ["cli"],
    "rich": ["cli", "show"],
    "loky": ["study"],
    "distributed": ["study", "cli"],
    "SALib": ["study"],
    "optuna": ["study"],
}


def room_of(module: str) -> str:
    name = module.split(".")[0]
    return SAME_ROOM.get(name, name)


MODULES = {
    path.relative_to(HOUSE).with_suffix("").as_posix().replace("/", "."): ast.parse(path.read_text())
    for path in sorted(HOUSE.rglob("*.py"))
}


def imports(tree: ast.AST, typing_too: bool = True) -> Iterator[str]:
    """All that is imported, wherever it is; on request without what only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import by the whole name"
            yield node.module or ""
        elif typing_too or not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imports(node, typing_too)


def below(upper: str, lower: str) -> bool:
    """Whether a room may import another one."""
    if lower in (upper, "errors"):
        return True
    for side in (LEFT, RIGHT):
        if upper in side:
            return lower in side[: side.index(upper)]
    return lower in (*LEFT, *RIGHT, *BRIDGE[: BRIDGE.index(upper)])


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_down(name: str) -> None:
    room = room_of(name)
    assert room in ("__init__", "errors", *LEFT, *RIGHT, *BRIDGE), f"{name} stands on no floor: say which in this test"
    inside = [each for each in imports(MODULES[name]) if each.split(".")[0] == "plantsim"]
    assert "plantsim" not in inside, f"{name} imports plantsim itself; import from the module that defines the name"
    for each in inside:
        assert room not in ("__init__", "errors"), f"{name} imports {each}: it lies under all"
        if (name, each) in DOORS:
            continue
        assert below(room, room_of(each.partition(".")[2])), f"{name} imports {each}, which is not below it"


@pytest.mark.parametrize("name", MODULES)
def test_each_heavy_library_has_one_owner(name: str) -> None:
    for each in imports(MODULES[name], typing_too=False):
        assert room_of(name) in OWNERS.get(each.split(".")[0], [room_of(name)]), f"{name} imports {each}"


def test_state_knows_the_record_alone() -> None:
    rooms = [tree for name, tree in MODULES.items() if room_of(name) == "state"]
    outside = {each for tree in rooms for each in imports(tree) if not each.startswith("plantsim.state")}
    assert {each for each in outside if each.startswith("plantsim")} == {"plantsim.record"}


# ---- no order of chance ----------------------------------------------------------------------------------------------


def makes_set(node: ast.AST | None, known: frozenset[str] = frozenset()) -> bool:
    """Whether an expression is a set, as far as its text or a declaration in the same file tells."""
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() | ast.Sub() | ast.BitXor(), right=right):
            return makes_set(left, known) or makes_set(right, known)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in known
    return False


def declared_sets(tree: ast.Module) -> frozenset[str]:
    """Names of variables, arguments and attributes that are assigned a set, or said to be one."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation is not None:
            if ast.unparse(node.annotation).split("[")[0] in ("set", "frozenset"):
                names.add(ast.unparse(node.target).split(".")[-1] if isinstance(node, ast.AnnAssign) else node.arg)
        elif isinstance(node, ast.Assign) and makes_set(node.value):
            names.update(ast.unparse(target).split(".")[-1] for target in node.targets)
    return frozenset(names)


def into_no_order(node: ast.AST) -> list[ast.comprehension]:
    """What a set, a sorted list, or a question whether any or all are so is made from: the order is lost anyhow."""
    match node:
        case ast.SetComp(generators=generators):
            return generators
        case ast.Call(
            func=ast.Name(id="set" | "frozenset" | "sorted" | "any" | "all"), args=[ast.GeneratorExp() as inner]
        ):
            return inner.generators
    return []


def walks_over_sets(tree: ast.Module) -> list[int]:
    """Lines in which something goes through a set in the order of its hashes."""
    known = declared_sets(tree)
    found = []
    orderless = {id(each) for node in ast.walk(tree) for each in into_no_order(node)}
    for node in ast.walk(tree):
        if id(node) in orderless:
            continue
        walked = [node.iter] if isinstance(node, (ast.For, ast.comprehension)) else []
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("list", "tuple", "iter", "next", "enumerate"):
            walked = node.args[:1]
        if isinstance(node, ast.Starred):
            walked = [node.value]
        found += [each.lineno for each in walked if makes_set(each, known)]
    return found


@pytest.mark.parametrize("name", [name for name in MODULES if room_of(name) in ("engine", "policies")])
def test_nothing_is_decided_in_the_order_of_a_set(name: str) -> None:
    assert walks_over_sets(MODULES[name]) == []


@pytest.mark.parametrize(
    "text",
    [
        "for x in {1, 2}: pass",
        "[x for x in set(names)]",
        "able = frozenset(a) & b\nfor x in able: pass",
        "def f(able: set[str]): return list(able)",
        "class A:\n def __init__(self, able: frozenset[str]): self.able = able\n def f(self): return [*self.able]",
    ],
)
def test_a_walk_over_a_set_is_seen(text: str) -> None:
    assert walks_over_sets(ast.parse(text))


def test_a_set_that_is_not_walked_over_is_let_be() -> None:
    assert walks_over_sets(ast.parse("for x in sorted({1, 2}): x in {3, 4}")) == []
    assert walks_over_sets(ast.parse("able = {1, 2}\nother = frozenset(x for x in able if x)")) == []

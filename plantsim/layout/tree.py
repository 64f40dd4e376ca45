"""YAML 1.2 as plain maps and lists that remember in which line of which file each thing stands."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from plantsim.errors import Fault, LayoutError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Place: TypeAlias = tuple[str | int, ...]
LINES, LETTERS, SIGNS = 20_000, 1_000_000, 100_000  # more than this is no layout, and would take long to read
DEEP, MANY = 40, 200_000  # levels within one another, and things once all anchors are followed
CORE = "tag:yaml.org,2002:"
TAGS = ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge")
NUMBERS = {".inf": float("inf"), "-.inf": float("-inf"), "+.inf": float("inf"), ".nan": float("nan")}


class Mark(NamedTuple):
    """A line of a file."""

    file: str
    line: int


class Table(dict[str, Any]):
    """A map whose words know their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, Mark] = {}

    def put(self, word: str, value: Any, mark: Mark) -> None:
        """Set a word, with the line in which it stands."""
        self[word] = value
        self.marks[word] = mark


class Items(list[Any]):
    """A list whose items know their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []


def walked(tree: Any, path: Place) -> Place:
    """The part of a path that is there; words of the path that are not there are skipped.

    Pydantic names, besides keys, which branch of a union it took; those words are not in the file.
    """
    found: list[str | int] = []
    for part in path:
        if (isinstance(tree, Table) and part in tree) or (isinstance(tree, Items) and _index(part, tree)):
            tree = tree[part]  # type: ignore[index]
            found.append(part)
    return tuple(found)


def _index(part: str | int, items: Items) -> bool:
    return isinstance(part, int) and 0 <= part < len(items)


def mark_of(tree: Table | Items, path: Place, top: str) -> Mark:
    """The line of the deepest thing on a path; line 1 of the file `top` if there is none."""
    mark, here = Mark(top, 1), tree
    for part in walked(tree, path):
        mark = here.marks[part]  # type: ignore[index]
        here = here[part]  # type: ignore[index]
    return mark


def read_tree(path: Path) -> tuple[Table, list[Fault]]:
    """The map that a file holds, and what is wrong in a way that leaves it readable, such as a word given twice.

    Raises:
        LayoutError: if it can't be read at all.
    """
    text, file = read_text(path), str(path)
    node = _composed(text, file)
    if node is None:
        raise _wrong(file, 1, "is empty; a layout begins with words such as 'units:'")
    tree = _Grower(file)
    try:
        top = tree.grown(node, 0)
    except _Stop as stop:
        raise _wrong(file, stop.line, stop.text) from None
    if not isinstance(top, Table):
        got = "a list" if isinstance(top, Items) else f"{top!r:.40}"
        raise _wrong(file, 1, f"the top of a layout is a map with words such as 'units:', got {got}")
    return top, tree.faults


def read_value(text: str, file: str, line: int) -> Any:
    """The value that a text says, as one would write it after the colon of a layout; its parts know the line.

    Raises:
        LayoutError: if it is no such value.
    """
    _check_size(text, file)
    node = _composed(text, file)
    if node is None:
        return None
    grower = _Grower(file)
    try:
        grown = grower.grown(node, 0)
    except _Stop as stop:
        raise _wrong(file, line, stop.text) from None
    if grower.faults:
        raise LayoutError(grower.faults)
    return grown


def _wrong(file: str, line: int, text: str) -> LayoutError:
    return LayoutError([Fault((), text, file, line)])


def read_text(path: Path) -> str:
    """The text of a file, if it may be a layout at all."""
    file = str(path)
    if path.is_dir():
        raise _wrong(file, 1, "is a folder; name a layout file in it")
    if path.exists() and not path.is_file():
        raise _wrong(file, 1, "is not a file")
    if not path.exists():
        near = {each.stem: each.name for each in sorted(path.parent.glob("*.y*ml"))}
        meant = get_close_matches(path.stem, near, 1)
        hint = f"; did you mean {near[meant[0]]!r}?" if meant else ""
        raise _wrong(file, 1, f"there is no such file{hint}")
    try:
        if path.stat().st_size > 4 * LETTERS:
            raise _wrong(file, 1, _too_large())
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _wrong(file, 1, f"can't be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _wrong(file, line, f"is not a text in UTF-8: byte 0x{error.object[error.start]:02x}") from None
    _check_size(text, file)
    return text


def _check_size(text: str, file: str) -> None:
    signs = sum(map(text.count, ",:[]{}"))
    if text.count("\n") > LINES or len(text) > LETTERS or signs > SIGNS:
        raise _wrong(file, 1, _too_large())


def _too_large() -> str:
    return (
        f"is too large for a layout: it may have {LINES:,} lines, {LETTERS:,} letters and {SIGNS:,} commas, colons and "
        "brackets; data belongs in files of its own"
    )


def _composed(text: str, file: str) -> Node | None:
    """The nodes of a text; nothing is constructed from them here, so that no tag can do anything."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning
    from ruamel.yaml.reader import ReaderError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]
    except MarkedYAMLError as error:
        raise _wrong(file, _line(error), f"is not YAML: {_problem(error)}") from None
    except ReaderError as error:
        sign = text[error.position]
        raise _wrong(file, text.count("\n", 0, error.position) + 1, f"is not a text: it holds {sign!r}") from None
    except RecursionError:
        raise _wrong(file, 1, f"is nested too deeply: at most {DEEP} levels") from None


def _line(error: Any) -> int:
    mark = error.problem_mark or error.context_mark
    return int(mark.line) + 1 if mark else 1


def _problem(error: Any) -> str:
    """What the parser says, with where the thing began that it was in."""
    context, mark = error.context, error.context_mark
    problem = (error.problem or "it can't be parsed").replace("'\\t'", "tab (use spaces)")
    if context and problem.startswith("but "):
        return f"{context}, {problem}"
    if context and mark and "scanning for" not in context:
        return f"{problem} {context} that begins in line {mark.line + 1}"
    return str(problem)


class _Stop(Exception):
    """The tree can't be grown on."""

    def __init__(self, node: Node, text: str) -> None:
        self.line, self.text = node.start_mark.line + 1, text


class _Grower:
    """Turns the nodes of one file into tables, items and plain values, and notes what is wrong on the way."""

    def __init__(self, file: str) -> None:
        self.file, self.count = file, 0
        self.faults: list[Fault] = []
        self.path: list[str | int] = []

    def mark(self, node: Node) -> Mark:
        return Mark(self.file, node.start_mark.line + 1)

    def fault(self, node: Node, text: str, *more: str) -> None:
        self.faults.append(Fault((*self.path, *more), text, *self.mark(node)))

    def grown(self, node: Any, depth: int) -> Any:
        self.count += 1
        if self.count > MANY:
            raise _Stop(node, f"holds more than {MANY:,} things once its anchors are followed")
        if depth > DEEP:
            raise _Stop(node, f"is nested too deeply, or an anchor holds itself: at most {DEEP} levels")
        if str(node.tag).removeprefix(CORE) not in TAGS:
            self.fault(node, f"the tag {str(node.tag).replace(CORE, '!!')!r} is not known here; leave it out")
        kind = node.id
        return (self.table if kind == "mapping" else self.items if kind == "sequence" else self.scalar)(node, depth)

    def table(self, node: MappingNode, depth: int) -> Table:
        table, taken = Table(), Table()
        for key, value in node.value:
            if key.id != "scalar":
                self.fault(key, "a word is expected before the colon, not a list or a map")
            elif key.tag == CORE + "merge":
                self.take(taken, value, depth)
            else:
                if key.value in table:
                    first = table.marks[key.value].line
                    self.fault(key, f"the word {key.value!r} is given twice, first in line {first}", key.value)
                self.path.append(key.value)
                table.put(key.value, self.grown(value, depth + 1), self.mark(key))
                self.path.pop()
        for word in taken:
            if word not in table:
                table.put(word, taken[word], taken.marks[word])
        return table

    def take(self, taken: Table, node: Any, depth: int) -> None:
        """What '<<: *anchor' takes over; earlier anchors win."""
        for each in node.value if node.id == "sequence" else [node]:
            source = self.grown(each, depth + 1)
            if not isinstance(source, Table):
                self.fault(each, "'<<' takes over a map, such as '<<: *anchor'")
                continue
            for word in source:
                if word not in taken:
                    taken.put(word, source[word], source.marks[word])

    def items(self, node: SequenceNode, depth: int) -> Items:
        items = Items()
        for number, each in enumerate(node.value):
            self.path.append(number)
            items.append(self.grown(each, depth + 1))
            items.marks.append(self.mark(each))
            self.path.pop()
        return items

    def scalar(self, node: ScalarNode, depth: int) -> Any:
        return _plain(str(node.tag).removeprefix(CORE), str(node.value))


def _plain(kind: str, text: str) -> Any:
    """The value of a word as YAML 1.2 has it: NO, 12:30 and 2027-12-25 are texts."""
    low = text.lower()
    if kind == "null" and low in ("", "~", "null"):
        return None
    if kind == "bool" and low in ("true", "false"):
        return low == "true"
    try:
        if kind == "int":
            return int(text, 0) if low.startswith(("0x", "0o")) else int(text)
        if kind == "float":
            return NUMBERS[low] if low in NUMBERS else float(text)
    except ValueError:
        pass
    return text


# ---- extends: a layout that says only what differs from another ------------------------------------------------------


def read_extended(path: Path, children: tuple[Path, ...] = ()) -> tuple[Table, list[Fault]]:
    """The map of a file laid over the one that it extends, if it does."""
    table, faults = read_tree(path)
    if "extends" not in table:
        return table, faults
    word, mark = table.pop("extends"), table.marks["extends"]
    text = _not_extended(path, word, children)
    if text:
        return table, [*faults, Fault(("extends",), text, *mark)]
    base_path = path.parent / word
    if not base_path.is_file():
        return table, [*faults, *_at(mark, base_path)]
    base, more = read_extended(base_path, (*children, path))
    return merged(base, table), [*faults, *more]


def _not_extended(path: Path, word: Any, children: tuple[Path, ...]) -> str:
    if not isinstance(word, str) or not word.strip():
        return f"expected the name of a layout file, got {word!r}"
    chain = [each.resolve() for each in (*children, path)]
    if (path.parent / word).resolve() in chain:
        names = " -> ".join(each.name for each in (*chain, path.parent / word))
        return f"a layout can't extend itself: {names}"
    return ""


def _at(mark: Mark, path: Path) -> Iterator[Fault]:
    """Why a file that is extended can't be read, said where it is named."""
    try:
        read_text(path)
    except LayoutError as error:
        for fault in error.faults:
            yield Fault(("extends",), f"{path}: {fault.text}", *mark)


def merged(base: Table, over: Table) -> Table:
    """One map over another: maps merge by word, lists replace whole, null removes."""
    table = Table()
    for word in base:
        table.put(word, base[word], base.marks[word])
    for word, value in over.items():
        old = table.get(word)
        if value is None:
            table.pop(word, None)
        elif isinstance(old, Table) and isinstance(value, Table) and not _other_law(old, value):
            table.put(word, merged(old, value), over.marks[word])
        else:
            table.put(word, value, over.marks[word])
    return table


def _other_law(old: Table, new: Table) -> bool:
    """{lognormal: ...} over {uniform: ...} is another law, not both."""
    from plantsim.chance import LAWS

    return len(old) == len(new) == 1 and LAWS.keys() >= {*old, *new} and old.keys() != new.keys()

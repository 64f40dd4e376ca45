"""A change of a layout in a line, such as 'units.press.count=3': put into what a file says before it is checked."""

from __future__ import annotations

import re

from plantsim.errors import Fault, LayoutError, did_you_mean
from plantsim.layout.sentences import words_at
from plantsim.layout.tree import Mark, Table, read_value
from plantsim.scenario import Scenario

NAMED = ("steps",)  # besides the sections of the top, the maps whose words are names
PLAIN = ("run", "report")  # sections of the top whose words are no names
BETWEEN = re.compile(r",\s*(?=[^,=\[\]{}]+\.[^,=\[\]{}]*=)")  # a comma after which another change follows
WITH = "--with"


def parts(text: str) -> tuple[str, list[str]]:
    """The name that a text gives to its changes (the text itself, unless one stands before a colon), and the changes.

    >>> parts("third press: units.press.count=3, pools.crew.count=2")
    ('third press', ['units.press.count=3', 'pools.crew.count=2'])
    >>> parts("orders.march.release=every 3 h")
    ('orders.march.release=every 3 h', ['orders.march.release=every 3 h'])
    """
    name, colon, rest = text.partition(":")
    if not colon or "=" in name:
        name, rest = text, text
    return name.strip(), [each.strip() for each in BETWEEN.split(rest)]


def changed(data: Table, changes: tuple[str, ...]) -> list[Fault]:
    """Put changes into what a layout says; give what is wrong with them."""
    faults: list[Fault] = []
    for number, change in enumerate(changes, start=1):
        path, sign, text = change.partition("=")
        mark = Mark(WITH, number)
        try:
            wrong = _put(data, path.strip(), text, mark) if sign and path.strip() else _unreadable(change)
        except LayoutError as error:
            wrong = f"{change!r}: {error.faults[0].text}"
        if wrong:
            faults.append(Fault((), wrong, *mark))
    return faults


def _unreadable(change: str) -> str:
    return f"expected a change such as 'units.press.count=3', got {change!r}"


def _put(data: Table, path: str, text: str, mark: Mark) -> str:
    """Set what stands at a path, or remove it if the value is null; '' or why that can't be."""
    here, names, gone = data, False, ""
    while True:
        word, rest = _next(here, path)
        if names and word not in here:
            return f"there is no {word!r} in {gone}{did_you_mean(word, here)}"
        if not gone and word not in words_at(Scenario, ()):
            return f"unknown word {word!r}{did_you_mean(word, words_at(Scenario, ()))}"
        if not rest:
            break
        if word not in here:
            here.put(word, Table(), mark)
        inside = here[word]
        if not isinstance(inside, Table):
            return f"{_joined(gone, word)} holds no words of its own, so there is no {rest!r} in it"
        names = word in NAMED or (not gone and word not in PLAIN)
        here, path, gone = inside, rest, _joined(gone, word)
    value = read_value(text, WITH, mark.line)
    if value is None:
        here.pop(word, None)
    else:
        here.put(word, value, mark)
    return ""


def _joined(gone: str, word: str) -> str:
    return f"{gone}.{word}" if gone else word


def _next(here: Table, path: str) -> tuple[str, str]:
    """The first word of a path, and the rest; names may hold dots, so the longest one that is there counts."""
    known = [word for word in here if path == word or path.startswith(f"{word}.")]
    word = max(known, key=len) if known else path.partition(".")[0]
    return word, path[len(word) + 1 :]

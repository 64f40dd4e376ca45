"""A word that names nothing, and the nearest one that does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plantsim.errors import Fault, did_you_mean


def unknown(path: tuple[str, ...], word: str, known: Iterable[str], what: str) -> Iterator[Fault]:
    if word and word not in known:
        yield Fault(path, f"there is no {what} {word!r}{did_you_mean(word, known)}")

"""What plantsim says when something is wrong: the thing, the value, the rule, the mend and the line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a scenario: where it stands, what is wrong, and in which line of which file."""

    path: tuple[str | int, ...]
    text: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        where = ".".join(str(part) for part in self.path)
        return f"{place}{where}: {self.text}" if where else f"{place}{self.text}"


class PlantsimError(Exception):
    """The root of everything that plantsim raises on purpose."""


class LayoutError(PlantsimError):
    """A layout or scenario is not sound; `faults` holds all that is wrong, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class ModelError(PlantsimError):
    """A model or a user's own code gave something that cannot be; `run` holds what had happened until then."""

    run: Any = None  # Results


class StuckPlant(PlantsimError):
    """The plant can never move again: `ring` names the batches and what each of them holds and waits for."""

    def __init__(self, hours: float, ring: Sequence[str]) -> None:
        self.hours, self.ring = hours, tuple(ring)
        super().__init__(hours, self.ring)  # simpy makes an exception anew from its arguments

    def __str__(self) -> str:
        return f"the plant is stuck after {self.hours:g} h: " + "; ".join(self.ring)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """The end of a sentence that names the nearest known word, or else all of them if they are few.

    >>> did_you_mean("tabelt press", ["tablet press", "mill"])
    "; did you mean 'tablet press'?"
    """
    known = list(dict.fromkeys(words))
    near = get_close_matches(word, known, 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(known)}" if 0 < len(known) <= 24 else ""

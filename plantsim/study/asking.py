"""What is asked of a plant, or of a plain function, at points: the same luck at each point, each run made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from inspect import Parameter, signature
from typing import Any, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.scenario import Scenario
from plantsim.study.factors import Factor, Point, fitted_to, put_all
from plantsim.study.jobs import Also, done
from plantsim.study.trial import FIGURE

Subject: TypeAlias = Scenario | Callable[..., Any]
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Progress: TypeAlias = Callable[[float], None]
Figures: TypeAlias = dict[str, float]
MADE = "batches a week [1/week]"
ANSWER = "answer"


class Asked:
    """A subject and what it has answered so far.

    The subject is a Scenario; or a function of a point that gives a Scenario; or one that gives a number, or {figure:
    number}.  A function that takes (point, k) is noisy: k is the number of the replication.
    """

    def __init__(
        self, subject: Subject, factors: Sequence[Factor], seed: int = 1, *, executor: Executor | None = None,
        also: Also | None = None,
    ) -> None:  # fmt: skip
        self.subject, self.seed, self.executor, self.also = subject, seed, executor, also
        self.factors = fitted_to(subject, factors) if isinstance(subject, Scenario) else list(factors)
        self._answers: dict[tuple[tuple[Any, ...], int], Figures] = {}
        self.noisy = isinstance(subject, Scenario) or _takes_two(subject)
        self._played, self._known = isinstance(subject, Scenario), self.noisy

    @property
    def runs(self) -> int:
        """How many have been made."""
        return len(self._answers)

    @property
    def figures(self) -> list[str]:
        """Names of what is answered; none before something is."""
        return list(dict.fromkeys(name for each in self._answers.values() for name in each))

    def ask(self, points: Sequence[Point], ks: Iterable[int], progress: Progress | None = None) -> None:
        """Make the runs k of each point that have not been made."""
        played = self._told(points[0])
        wanted = {(_key(point), self._k(k)): point for k in ks for point in points}
        left = {key: point for key, point in wanted.items() if key not in self._answers}
        if played and left:
            self._play(left, progress)
            return
        for (key, k), point in left.items():
            made = self.subject(point, k) if self.noisy else self.subject(point)  # type: ignore[operator]
            self._answers[key, k] = _as_figures(made)

    def _play(self, left: dict[tuple[Any, int], Point], progress: Progress | None) -> None:
        scenarios = {str(number): self._scenario(point).check() for number, point in enumerate(left.values())}
        keys = dict(zip(scenarios, left, strict=True))
        jobs = [(name, key[1]) for name, key in keys.items()]
        for number, ((name, _), kept) in enumerate(done(scenarios, jobs, self.seed, self.executor, self.also), 1):
            self._answers[keys[name]] = {key[1]: value for key, value in kept.items() if key[0] == FIGURE}
            if progress is not None:
                progress(number / len(jobs))

    def values(self, figure: str, points: Sequence[Point], ks: Iterable[int]) -> Numbers:
        """A row each point, a column each run k, of one figure; runs not made yet are made."""
        ks = list(ks)
        self.ask(points, ks)
        name = self.named(figure)
        return np.array([[self.answer(point, k).get(name, np.nan) for k in ks] for point in points])

    def answer(self, point: Point, k: int) -> Figures:
        """All figures of one run that has been made."""
        return self._answers[_key(point), self._k(k)]

    def named(self, figure: str = "") -> str:
        """The full name of a figure, which may be said without its unit of measure; '': what is usually asked.

        Raises:
            PlantsimError: if there is no such figure.
        """
        known = self.figures
        if not figure:
            return MADE if MADE in known else known[0]
        found = next((name for name in known if figure in (name, name.partition(" [")[0])), None)
        if found is None:
            raise PlantsimError(f"there is no figure {figure!r}{did_you_mean(figure, known)}")
        return found

    def _k(self, k: int) -> int:
        return k if self.noisy else 0

    def _scenario(self, point: Point) -> Scenario:
        return put_all(self.subject, point) if isinstance(self.subject, Scenario) else self.subject(point)

    def _told(self, first: Point) -> bool:
        """Whether there are scenarios to play: of a function that is known from what it gives at a first point."""
        if not self._known:
            made = self.subject(first)  # type: ignore[operator]
            self._known = True
            if isinstance(made, Scenario):
                self.noisy = self._played = True
            else:
                self._answers[_key(first), 0] = _as_figures(made)
        return self._played


def _key(point: Point) -> tuple[Any, ...]:
    return tuple(sorted(point.items()))


def _takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function asks for the number of the replication, too."""
    asked = [each for each in signature(function).parameters.values() if each.default is Parameter.empty]
    return sum(each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD) for each in asked) >= 2


def _as_figures(made: Any) -> Figures:
    if isinstance(made, Mapping):
        return {str(name): float(value) for name, value in made.items()}
    return {ANSWER: float(made)}

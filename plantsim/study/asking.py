"""What is asked of a plant, or of a plain function, at points: the same luck at each point, each run made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from hashlib import sha256
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from plantsim.errors import PlantsimError, did_you_mean
from plantsim.scenario import Scenario
from plantsim.study.factors import Factor, Point, fitted_to, put_all
from plantsim.study.jobs import Also, Values, reason, refused
from plantsim.study.runs import Progress, Runs
from plantsim.study.trial import FIGURE

Subject: TypeAlias = Scenario | Callable[..., Any]
Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Asking: TypeAlias = tuple[tuple[Any, ...], int]  # a point, and the number of the replication
Figures: TypeAlias = dict[str, float]
MADE = "batches a week [1/week]"
ANSWER = "answer"
LONG = 200  # signs of a name


class Asked:
    """A subject and what it has answered so far; of what can't be played, why.

    The subject is a Scenario; or a function of a point that gives a Scenario; or one that gives a number, or {figure:
    number}.  A function that takes (point, k) is noisy: k is the number of the replication.
    """

    def __init__(
        self, subject: Subject, factors: Sequence[Factor], seed: int = 1, *, folder: str | Path | None = None,
        executor: Executor | None = None, also: Also | None = None,
    ) -> None:  # fmt: skip
        self.subject, self.seed = subject, seed
        self.factors = fitted_to(subject, factors) if isinstance(subject, Scenario) else list(factors)
        self._answers: dict[Asking, Figures] = {}
        self._refused: dict[Asking, str] = {}
        self.noisy = isinstance(subject, Scenario) or _takes_two(subject)
        self._played, self._known = isinstance(subject, Scenario), self.noisy
        self._made, self._kept = Runs({}, seed, folder, executor, also), folder is not None

    @property
    def runs(self) -> int:
        """How many have been made."""
        return len(self._answers)

    @property
    def figures(self) -> list[str]:
        """Names of what is answered; none before something is."""
        return list(dict.fromkeys(name for each in self._answers.values() for name in each))

    def ask(self, points: Sequence[Point], ks: Iterable[int], progress: Progress | None = None) -> None:
        """Make the runs k of each point that have not been made.

        Raises:
            PlantsimError: if nothing that was asked so far can be played.
        """
        played = self._told(points)
        wanted = {(_key(point), self._k(k)): point for k in ks for point in points}
        left = {place: point for place, point in wanted.items() if place not in self._answers}
        if played and left:
            self._play(left, progress)
        for place, point in () if played else left.items():
            self._try(place, point)
        if not self.figures:
            raise PlantsimError(f"none of {len(points)} points can be played: {next(iter(self._refused.values()))}")

    def _play(self, left: dict[Asking, Point], progress: Progress | None) -> None:
        names = {place: called(point) for place, point in left.items()}
        scenarios: dict[str, Scenario] = {}
        for place, point in left.items():
            try:
                if names[place] not in scenarios:
                    scenarios[names[place]] = self._scenario(point).check()
            except Exception as error:
                self._answers[place], self._refused[place] = {}, reason(error)
        self._made.more(scenarios)
        jobs = {(name, place[1]): place for place, name in names.items() if name in scenarios}
        self._made.do(list(jobs), progress, patient=True)
        for job, place in jobs.items():
            self._keep(place, self._made.kept[job])

    def _keep(self, place: Asking, kept: Values) -> None:
        self._answers[place] = {key[1]: value for key, value in kept.items() if key[0] == FIGURE}
        if why := refused(kept):
            self._refused[place] = why

    def _try(self, place: Asking, point: Point) -> Any:
        """What a function gives, which is kept unless it is a scenario; None if it raises."""
        try:
            made = self.subject(point, place[1]) if self.noisy else self.subject(point)  # type: ignore[operator]
            self._answers[place] = {} if isinstance(made, Scenario) else _as_figures(made)
        except Exception as error:
            self._answers[place], self._refused[place] = {}, reason(error)
            return None
        return made

    def refused(self, points: Sequence[Point], ks: Iterable[int]) -> list[str]:
        """Why a run of each point could not be played; '' if all were."""
        numbers = [self._k(k) for k in ks]
        told = [[self._refused.get((_key(point), k), "") for k in numbers] for point in points]
        return [next(filter(None, each), "") for each in told]

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

    def _told(self, points: Sequence[Point]) -> bool:
        """Whether there are scenarios to play: of a function that is known from what it gives at a first point."""
        for point in () if self._known else points:
            place = (_key(point), 0)
            made = self._try(place, point)
            if isinstance(made, Scenario):
                self.noisy = self._played = True
                del self._answers[place]
            if made is not None:
                self._known = True
                break
        if self._kept and self._known and not self._played:
            raise PlantsimError("a folder keeps runs of a plant; what a plain function gives is not kept in one")
        return self._played


def called(point: Point) -> str:
    """A name for a point, which says what is varied; a long one ends in its hash."""
    text = ", ".join(f"{path}={value if isinstance(value, str) else repr(value)}" for path, value in point.items())
    return text if len(text) <= LONG else f"{text[:LONG]}... {sha256(text.encode()).hexdigest()[:16]}"


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

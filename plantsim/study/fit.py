"""Distributions from data: which law fits measured times, how well, and whether it should be believed.

Each law is fitted by maximum likelihood, also to lives that had not ended when they were last seen (right-censored).
Laws are ranked by Akaike's criterion, 2 k - 2 ln L.  How far a law is from the data is the statistic of Anderson and
Darling (1952); how often data of that very law would lie farther off is found by drawing and fitting such data (the
parametric bootstrap, since the tables of the statistic do not hold for fitted parameters: Stephens, 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import exp, isfinite, nan, sqrt
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from plantsim.chance import Streams
from plantsim.laws import Empirical, Exponential, Gamma, Law, Lognormal, Weibull

if TYPE_CHECKING:
    import pandas as pd

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
FEW, LEAST = 20, 5  # times: fewer are told; still fewer are refused
DRAWN = 199  # data sets of a law by which its distance is judged
UNLIKELY = 0.05  # of a law whose own data would lie so far off so seldom, another is taken


@dataclass(frozen=True)
class Candidate:
    """A law with two parameters or one: logarithms of its density and of the chance of a longer time."""

    made: Callable[..., Law]
    start: Callable[[float, float], tuple[float, ...]]  # (mean, coefficient of variation) -> parameters
    density: Callable[..., Numbers]
    longer: Callable[..., Numbers]


def _log_density_lognormal(x: Numbers, mean: float, cv: float) -> Numbers:
    variance = np.log1p(cv * cv)
    z = (np.log(x / mean) + variance / 2.0) / np.sqrt(variance)
    return np.asarray(-np.log(x) - 0.5 * np.log(2.0 * np.pi * variance) - 0.5 * z * z)


def _log_longer_lognormal(x: Numbers, mean: float, cv: float) -> Numbers:
    from scipy.special import log_ndtr

    variance = np.log1p(cv * cv)
    return np.asarray(log_ndtr(-(np.log(x / mean) + variance / 2.0) / np.sqrt(variance)))


def _log_density_gamma(x: Numbers, mean: float, cv: float) -> Numbers:
    from scipy.special import gammaln

    shape, scale = cv**-2, mean * cv**2
    return np.asarray((shape - 1.0) * np.log(x) - x / scale - shape * np.log(scale) - gammaln(shape))


def _log_longer_gamma(x: Numbers, mean: float, cv: float) -> Numbers:
    from scipy.special import gammaincc

    return np.asarray(np.log(np.maximum(gammaincc(cv**-2, x / (mean * cv**2)), 1e-300)))


CANDIDATES: dict[str, Candidate] = {
    "exponential": Candidate(
        lambda mean: Exponential(mean=mean),
        lambda mean, cv: (mean,),
        lambda x, mean: -np.log(mean) - x / mean,
        lambda x, mean: -x / mean,
    ),
    "lognormal": Candidate(
        lambda mean, cv: Lognormal(mean=mean, cv=cv),
        lambda mean, cv: (mean, cv),
        _log_density_lognormal,
        _log_longer_lognormal,
    ),
    "weibull": Candidate(
        lambda scale, shape: Weibull(scale=scale, shape=shape),
        lambda mean, cv: (mean, cv**-1.08),
        lambda x, scale, shape: np.log(shape / scale) + (shape - 1.0) * np.log(x / scale) - (x / scale) ** shape,
        lambda x, scale, shape: -((x / scale) ** shape),
    ),
    "gamma": Candidate(
        lambda mean, cv: Gamma(mean=mean, cv=cv),
        lambda mean, cv: (mean, cv),
        _log_density_gamma,
        _log_longer_gamma,
    ),
}


@dataclass(frozen=True)
class Fitted:
    """A law as it fits the data best."""

    name: str
    law: Law
    likelihood: float  # ln L
    aic: float
    distance: float  # A² of Anderson and Darling; nan if some lives had not ended
    chance: float  # how often data of this law would lie farther off; nan if not judged


class Fit:
    """Measured times, the laws that were fitted to them, and the one to take."""

    def __init__(
        self, times: Sequence[float], laws: Sequence[str] = tuple(CANDIDATES), censored: Sequence[float] = ()
    ) -> None:
        self.times, self.censored, self.laws = _checked(times), _positive(censored, "censored time"), tuple(laws)
        found = [_fitted(name, np.array(self.times), np.array(self.censored)) for name in laws]
        self.ranked = self._judged(sorted(found, key=lambda each: (each.aic, each.name)))

    @property
    def best(self) -> Fitted:
        """The law with the least AIC."""
        return self.ranked[0]

    @property
    def law(self) -> Law:
        """The law to take: the best one that is not unlikely; if there is none, the measured times themselves."""
        likely = [each for each in self.ranked if not each.chance < UNLIKELY]
        return likely[0].law if likely else Empirical(times=self.times)

    @cached_property
    def notes(self) -> list[str]:
        """What one should know before taking the law."""
        return list(_notes(self))

    @property
    def shares(self) -> list[float]:
        """Of each of the sorted times, the share of lives that are no longer: the middle of the step that it makes.

        By Kaplan and Meier (1958), S = product of (1 - 1 / lives still seen); if all ended, that is (k + 1/2) / n.
        """
        times, left, shares = sorted(self.times), 1.0, list[float]()
        for k, time in enumerate(times):
            seen = len(times) - k + sum(each >= time for each in self.censored)
            shares.append(1.0 - left * (1.0 - 0.5 / seen))
            left *= 1.0 - 1.0 / seen
        return shares

    def resampled(self, k: int, seed: int = 1) -> Law:
        """The law that the k-th bootstrap sample of the same data gives: how unsure the input itself is.

        Lives are drawn with whether they had ended.  The kind of law stays; if that is the empirical one, the resampled
        times are.
        """
        times, censored = self._sample(k, seed)
        chosen = next((each.name for each in self.ranked if each.law is self.law), "")
        return _fitted(chosen, np.array(times), np.array(censored)).law if chosen else Empirical(times=times)

    def _sample(self, k: int, seed: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Lives drawn with replacement, ended and not; drawn again while no two ended at different times."""
        streams = Streams(seed)
        lives = [(each, True) for each in self.times] + [(each, False) for each in self.censored]
        n, number = len(lives), 0
        while True:
            drawn = [lives[int(streams.number(f"input/{k}", number + i + 1) * n)] for i in range(n)]
            times = tuple(each for each, ended in drawn if ended)
            if len(set(times)) > 1:
                return times, tuple(each for each, ended in drawn if not ended)
            number += n

    def table(self) -> pd.DataFrame:
        """The laws, best first: mean [h], ln L, AIC and how much it is above the best, A², and its chance."""
        import pandas as pd

        rows = [
            (each.law.mean_hours, each.likelihood, each.aic, each.aic - self.best.aic, each.distance, each.chance)
            for each in self.ranked
        ]
        columns = ["mean [h]", "ln L", "AIC", "above the best", "A²", "chance"]
        return pd.DataFrame(rows, index=pd.Index([each.name for each in self.ranked], name="law"), columns=columns)

    def _judged(self, found: list[Fitted]) -> tuple[Fitted, ...]:
        """The laws from the best on are judged, until one is not unlikely."""
        if self.censored:
            return tuple(found)
        judged = list(found)
        for number, each in enumerate(found):
            judged[number] = _likely(each, np.array(self.times))
            if judged[number].chance >= UNLIKELY:
                break
        return tuple(judged)

    def __str__(self) -> str:
        ended = f", {len(self.censored)} more not ended" if self.censored else ""
        lines = [
            f"{len(self.times)} times{ended}; taken: {_said(self.law)}",
            self.table().round(3).to_string(),
            *self.notes,
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<p>taken: {escape(_said(self.law))}</p>{self.table().round(3).to_html()}{notes}"


def fit(times: Iterable[float], laws: Sequence[str] = tuple(CANDIDATES), censored: Iterable[float] = ()) -> Fit:
    """Which law fits measured times [h]; `censored` are lives [h] that had not ended when they were last seen.

    Raises:
        ValueError: if there are fewer than five times, or one is not a positive number (also one that is censored), or
            a law is not known.

    >>> found = fit([1.2, 0.7, 2.9, 0.4, 1.8, 1.1, 0.9, 3.3, 0.6, 1.5])
    >>> found.best.name, round(found.law.mean_hours, 2)
    ('lognormal', 1.44)
    """
    unknown = [name for name in laws if name not in CANDIDATES]
    if unknown or not laws:
        raise ValueError(f"there is no law {', '.join(unknown) or '(none was named)'}; name of {', '.join(CANDIDATES)}")
    return Fit(tuple(times), laws, tuple(censored))


def _checked(times: Sequence[float]) -> tuple[float, ...]:
    if len(times) < LEAST:
        raise ValueError(f"{len(times)} times are too few to fit a law; give at least {LEAST}, or the time itself")
    numbers = _positive(times, "time")
    if len(set(numbers)) == 1:
        raise ValueError(f"all {len(numbers)} times are {numbers[0]:g} h; give that time itself")
    return numbers


def _positive(times: Sequence[float], called: str) -> tuple[float, ...]:
    numbers = tuple(float(each) for each in times)
    for k, each in enumerate(numbers, 1):
        if not (isfinite(each) and each > 0.0):
            raise ValueError(f"{called} {k} is {each!r}, which must be a positive number of hours; leave it out")
    return numbers


def _fitted(name: str, times: Numbers, censored: Numbers, tol: float = 1e-9) -> Fitted:
    """The parameters of the greatest likelihood, found on their logarithms."""
    from scipy.optimize import minimize

    law, every = CANDIDATES[name], np.concatenate([times, censored])

    def against(words: Numbers) -> float:
        numbers = np.exp(np.clip(words, -50.0, 50.0))
        with np.errstate(all="ignore"):
            ln = float(law.density(times, *numbers).sum())
            ln += float(law.longer(censored, *numbers).sum()) if len(censored) else 0.0
        return -ln if isfinite(ln) else 1e300

    start = np.log(law.start(float(every.mean()), max(float(every.std() / every.mean()), 1e-3)))
    how: Any = {"xatol": tol, "fatol": tol / 10.0, "maxiter": 2000}
    found: Any = minimize(against, start, method="Nelder-Mead", options=how)
    made = law.made(*(exp(each) for each in found.x))
    distance = nan if len(censored) else _distance(law, np.exp(found.x), times)
    return Fitted(name, made, -float(found.fun), 2.0 * len(start) + 2.0 * float(found.fun), distance, nan)


def _distance(law: Candidate, numbers: Numbers, times: Numbers) -> float:
    """A² = -n - 1/n sum (2 i - 1) (ln F(x_i) + ln (1 - F(x_(n+1-i))))."""
    n, longer = len(times), np.minimum(law.longer(np.sort(times), *numbers), -1e-15)
    shorter = np.log(-np.expm1(longer))
    weights = 2.0 * np.arange(1, n + 1) - 1.0
    return float(-n - (weights * (shorter + longer[::-1])).sum() / n)


def _likely(found: Fitted, times: Numbers) -> Fitted:
    """The same with the share of data sets, drawn from the law and fitted anew, that lie farther off."""
    streams = Streams(0, salt="fit")
    none, farther = np.array([]), 0
    for k in range(DRAWN):
        drawn = np.array([found.law.quantile(streams.number(f"{found.name}/{k}", i + 1)) for i in range(len(times))])
        farther += _fitted(found.name, np.maximum(drawn, 1e-12), none, 1e-4).distance >= found.distance
    chance = (farther + 1) / (DRAWN + 1)
    return Fitted(found.name, found.law, found.likelihood, found.aic, found.distance, chance)


def _notes(found: Fit) -> Iterable[str]:
    times = np.array(found.times)
    n = len(times)
    if n < FEW:
        error = times.std(ddof=1) / times.mean() / sqrt(n)
        yield f"only {n} times: their mean is known to about ± {2.0 * error:.0%}, and the law hardly"
    ranks = _ranks(times)
    together = _correlation(ranks[:-1], ranks[1:])
    if together > 2.0 / sqrt(n):
        block = max(2, round(n ** (1.0 / 3.0)) * 2)
        yield (f"each time resembles the one before it (rank correlation {together:.2f}): a law forgets that; take "
               f"{{trace: ...}} or {{bootstrap: {{times: ..., block: {block}}}}}")  # fmt: skip
    drift = _correlation(ranks, np.arange(float(n)))
    if abs(drift) * sqrt(n - 1) > 2.58:
        word = "rise" if drift > 0 else "fall"
        yield f"the times {word} as they go on (rank correlation {drift:.2f}): they are sorted, or not of one law"
    if isinstance(found.law, Empirical):
        yield f"none of {', '.join(found.laws)} is likely (chance below {UNLIKELY:.0%}): the measured times are taken"
    if found.censored:
        yield (f"{len(found.censored)} of {n + len(found.censored)} lives had not ended, so no law was judged: "
               f"{found.best.name} is taken for its AIC alone")  # fmt: skip
    if len(found.censored) > n:
        yield f"{len(found.censored)} of {n + len(found.censored)} lives had not ended: the tail is a guess of the law"


def _ranks(values: Numbers) -> Numbers:
    """Ranks from 1 on; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2.0)[place])


def _correlation(a: Numbers, b: Numbers) -> float:
    """Pearson's; of what is all the same, none."""
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def _said(law: Law) -> str:
    """A law as a file says it, with three digits."""
    if isinstance(law, Empirical):
        return "empirical, the measured times themselves"
    words: dict[str, Any] = dict(law)
    name = words.pop("law")
    said = (f"{word} {value:.3g}{' h' if word in ('mean', 'scale', 'least') else ''}" for word, value in words.items())
    return f"{name}: " + ", ".join(said)

"""Laws of times that are left to chance: each has a quantile, so that a changed parameter keeps its luck."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable
from math import exp, expm1, gamma, log, log1p, sqrt
from statistics import NormalDist
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from plantsim.contracts import Distribution
from plantsim.schema import Declared, Hours, Positive, PositiveHours

normal = NormalDist()
Number: TypeAlias = Callable[[str, int], float]  # the uniform number in (0, 1) at an address


class Law(Declared):
    """A distribution of times [h] with a quantile and a cumulative distribution function."""

    word: ClassVar[str] = ""
    recorded: ClassVar[bool] = False  # values come in an order, so that the k-th asking matters

    @model_serializer(mode="wrap")
    def _written(self, fields: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        """As a file says it, if it is written to one: a time, or {law: {...}}."""
        written = fields(self)
        if not (info.context or {}).get("say"):
            return written
        word = written.pop("law", type(self).model_fields["law"].default)
        return written["value"] if word == "constant" else {word: written}

    @abstractmethod
    def quantile(self, u: float) -> float:
        """The time [h] that is not exceeded with probability u in (0, 1)."""

    @abstractmethod
    def cdf(self, x: float) -> float:
        """The probability that the time is at most x [h]."""

    def rest(self, u: float, passed: float) -> float:
        """The time [h] given that it is longer than `passed`: the quantile of F(passed) + u (1 - F(passed)).

        >>> Uniform(low=0.0, high=2.0).rest(0.5, passed=1.0)
        1.5
        """
        before = self.cdf(passed)
        if before >= 1.0 - 1e-12:
            return passed
        return max(passed, self.quantile(before + u * (1.0 - before)))

    @property
    @abstractmethod
    def mean_hours(self) -> float:
        """The expected time [h]."""


class Constant(Law):
    """Always the same time."""

    law: Literal["constant"] = "constant"
    value: Hours

    def quantile(self, u: float) -> float:
        return self.value

    def cdf(self, x: float) -> float:
        return 1.0 if x >= self.value else 0.0

    @property
    def mean_hours(self) -> float:
        return self.value


class Exponential(Law):
    """Memoryless times of a given mean."""

    law: Literal["exponential"] = "exponential"
    mean: PositiveHours

    def quantile(self, u: float) -> float:
        return -self.mean * log1p(-u)

    def cdf(self, x: float) -> float:
        return -expm1(-x / self.mean) if x > 0.0 else 0.0

    def rest(self, u: float, passed: float) -> float:
        return passed + self.quantile(u)

    @property
    def mean_hours(self) -> float:
        return self.mean


class Uniform(Law):
    """Any time from `low` to `high`, each as likely as another."""

    law: Literal["uniform"] = "uniform"
    low: Hours
    high: Hours

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g} h) is above high ({self.high:g} h)")
        return self

    def quantile(self, u: float) -> float:
        return self.low + u * (self.high - self.low)

    def cdf(self, x: float) -> float:
        if self.high == self.low:
            return 1.0 if x >= self.low else 0.0
        return min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))

    @property
    def mean_hours(self) -> float:
        return (self.low + self.high) / 2.0


class Triangular(Law):
    """From `low` to `high`, most likely `mode`."""

    law: Literal["triangular"] = "triangular"
    low: Hours
    mode: Hours
    high: Hours

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if not self.low <= self.mode <= self.high or self.low == self.high:
            raise ValueError(f"low, mode, high must rise, got {self.low:g}, {self.mode:g}, {self.high:g} h")
        return self

    def quantile(self, u: float) -> float:
        width, left = self.high - self.low, self.mode - self.low
        if u * width < left:
            return self.low + sqrt(u * width * left)
        return self.high - sqrt((1.0 - u) * width * (self.high - self.mode))

    def cdf(self, x: float) -> float:
        if x <= self.low or x >= self.high:
            return 0.0 if x <= self.low else 1.0
        width = self.high - self.low
        if x < self.mode:
            return (x - self.low) ** 2 / (width * (self.mode - self.low))
        return 1.0 - (self.high - x) ** 2 / (width * (self.high - self.mode))

    @property
    def mean_hours(self) -> float:
        return (self.low + self.mode + self.high) / 3.0


class Lognormal(Law):
    """Skewed times of a given mean and coefficient of variation, from `least` on."""

    law: Literal["lognormal"] = "lognormal"
    mean: PositiveHours
    cv: Positive
    least: Hours = 0.0

    def quantile(self, u: float) -> float:
        variance = log1p(self.cv * self.cv)
        return self.least + self.mean * exp(sqrt(variance) * normal.inv_cdf(u) - variance / 2.0)

    def cdf(self, x: float) -> float:
        if x <= self.least:
            return 0.0
        variance = log1p(self.cv * self.cv)
        return normal.cdf((log((x - self.least) / self.mean) + variance / 2.0) / sqrt(variance))

    @property
    def mean_hours(self) -> float:
        return self.least + self.mean


class Weibull(Law):
    """Lives: shape above 1 wears out, below 1 dies young."""

    law: Literal["weibull"] = "weibull"
    scale: PositiveHours
    shape: Positive

    def quantile(self, u: float) -> float:
        life: float = self.scale * (-log1p(-u)) ** (1.0 / self.shape)
        return life

    def cdf(self, x: float) -> float:
        return -expm1(-((x / self.scale) ** self.shape)) if x > 0.0 else 0.0

    def rest(self, u: float, passed: float) -> float:
        spent = (passed / self.scale) ** self.shape
        life: float = self.scale * (spent - log1p(-u)) ** (1.0 / self.shape)
        return life

    @property
    def mean_hours(self) -> float:
        return self.scale * gamma(1.0 + 1.0 / self.shape)


class Gamma(Law):
    """Times of a given mean and coefficient of variation; Erlang-k has cv = 1 / sqrt(k)."""

    law: Literal["gamma"] = "gamma"
    mean: PositiveHours
    cv: Positive

    def quantile(self, u: float) -> float:
        from scipy.special import gammaincinv

        return float(gammaincinv(self.cv**-2, u)) * self.mean * self.cv**2

    def cdf(self, x: float) -> float:
        from scipy.special import gammainc

        return float(gammainc(self.cv**-2, x / (self.mean * self.cv**2))) if x > 0.0 else 0.0

    @property
    def mean_hours(self) -> float:
        return self.mean


class Geometric(Law):
    """A whole number of cycles, 1 more than the failed trials before it: P(n) = chance (1 - chance)^(n - 1).

    `before` cycles of it are not counted, so that `before: 1` gives 0, 1, 2 ... cycles.
    """

    law: Literal["geometric"] = "geometric"
    chance: Annotated[float, Field(gt=0.0, lt=1.0)]
    cycle: PositiveHours
    before: Annotated[int, Field(ge=0, le=1)] = 0

    def quantile(self, u: float) -> float:
        return (int(log1p(-u) / log1p(-self.chance)) + 1 - self.before) * self.cycle

    def cdf(self, x: float) -> float:
        whole = int(x / self.cycle + 1e-9) + self.before
        return -expm1(max(0, whole) * log1p(-self.chance))

    @property
    def mean_hours(self) -> float:
        return (1.0 / self.chance - self.before) * self.cycle


class Empirical(Law):
    """Measured times, each as likely as another; between two of them the quantile is a straight line."""

    law: Literal["empirical"] = "empirical"
    times: Annotated[tuple[Hours, ...], Field(min_length=1), AfterValidator(lambda times: tuple(sorted(times)))]

    def quantile(self, u: float) -> float:
        times = self.times
        place = u * (len(times) - 1)
        low = min(int(place), len(times) - 2) if len(times) > 1 else 0
        high = min(low + 1, len(times) - 1)
        return times[low] + (place - low) * (times[high] - times[low])

    def cdf(self, x: float) -> float:
        times = self.times
        if x < times[0] or x >= times[-1]:
            return 0.0 if x < times[0] else 1.0
        low = bisect_right(times, x) - 1
        gap = times[low + 1] - times[low]
        return (low + (x - times[low]) / gap) / (len(times) - 1)

    @property
    def mean_hours(self) -> float:
        times = self.times
        if len(times) == 1:
            return times[0]
        return (sum(times) - (times[0] + times[-1]) / 2.0) / (len(times) - 1)


class Trace(Law):
    """A recorded sequence: the k-th asking gets the k-th value, and from the last on again the first.

    Of batches, the k-th of an order gets it.
    """

    recorded = True
    law: Literal["trace"] = "trace"
    times: Annotated[tuple[Hours, ...], Field(min_length=1)]

    def quantile(self, u: float) -> float:
        return sorted(self.times)[min(int(u * len(self.times)), len(self.times) - 1)]

    def cdf(self, x: float) -> float:
        return sum(time <= x for time in self.times) / len(self.times)

    def value(self, number: Number, name: str, k: int) -> float:
        """The value [h] of the k-th asking, counted from 1."""
        return self.times[(k - 1) % len(self.times)]

    @property
    def mean_hours(self) -> float:
        return sum(self.times) / len(self.times)


class Bootstrap(Trace):
    """A recorded sequence in blocks drawn from it at random, so that what follows one another stays together.

    Each block begins anywhere and goes on from the last value to the first (the circular block bootstrap of Politis and
    Romano, 1992); blocks of one are independent drawings.
    """

    law: Literal["bootstrap"] = "bootstrap"  # type: ignore[assignment]
    block: Annotated[int, Field(ge=1)] = 1

    def value(self, number: Number, name: str, k: int) -> float:
        """The value [h] of the k-th asking, counted from 1."""
        block, within = divmod(k - 1, self.block)
        begins = int(number(f"{name}/block", block + 1) * len(self.times))
        return self.times[(begins + within) % len(self.times)]


def _with_quantile(value: object) -> object:
    if not isinstance(value, Distribution):
        raise ValueError(f"expected something with a quantile, got {value!r}")
    return value


class Own(Law):
    """A distribution of the user's own: anything with a quantile (see `contracts.Distribution`)."""

    law: Literal["own"] = "own"
    distribution: Annotated[Any, AfterValidator(_with_quantile)]

    def quantile(self, u: float) -> float:
        return float(self.distribution.quantile(u))

    def cdf(self, x: float) -> float:
        """By bisection of the quantile, unless the distribution knows better."""
        if hasattr(self.distribution, "cdf"):
            return float(self.distribution.cdf(x))
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.quantile(min(max(middle, 1e-15), 1 - 1e-15)) <= x else (low, middle)
        return low

    @property
    def mean_hours(self) -> float:
        return sum(self.quantile((k + 0.5) / 400) for k in range(400)) / 400

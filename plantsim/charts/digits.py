"""Numbers as people read them: digits that mean something, hours as minutes or days, means with their interval."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from plantsim.study import Trial

NONE = "–"


def number(value: float, places: int | None = None) -> str:
    """A number with three digits, or with so many decimal places; large whole numbers are written out.

    >>> number(12.4271), number(0.27166), number(8069.19), number(0.0), number(1e-05), number(3.0)
    ('12.4', '0.272', '8,069', '0', '0.00001', '3')
    """
    if not isfinite(value):
        return NONE if value != value else "no limit"
    if places is not None:
        return f"{_whole(value, places):,.{places}f}"
    if value == 0.0 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.{max(0, 2 - floor(log10(abs(value))))}f}" if abs(value) >= 0.001 else _tiny(value)


def _whole(value: float, places: int) -> float:
    """Never a minus before a zero."""
    return 0.0 if abs(value) < 0.5 * 10.0**-places else value


def _tiny(value: float) -> str:
    return f"{value:.{min(12, -floor(log10(abs(value))))}f}"


def percent(share: float, places: int = 0) -> str:
    """A share in percent; what is there, however little, is not called 0.

    >>> percent(0.4477), percent(0.0213, 1), percent(0.0002), percent(0.0), percent(float("nan"))
    ('45 %', '2.1 %', '< 1 %', '0 %', '–')
    """
    if not isfinite(share):
        return NONE
    least = 10.0**-places
    if 0.0 < share * 100.0 < least / 2.0:
        return f"< {least:.{places}f} %"
    return "0 %" if share == 0.0 else f"{_whole(share * 100.0, places):.{places}f} %"


def duration(hours: float) -> str:
    """A length of time in seconds, minutes, hours or days, whichever reads best.

    >>> duration(0.0113), duration(0.0782), duration(3.279), duration(233.6), duration(0.0)
    ('41 s', '4.7 min', '3.3 h', '9.7 days', '0 h')
    """
    if not isfinite(hours) or hours == 0.0:
        return NONE if hours != hours else "0 h" if hours == 0.0 else "no limit"
    for least, times, word in ((72.0, 1 / 24, "days"), (1.0, 1.0, "h"), (1 / 60, 60.0, "min")):
        if hours >= least * 0.9999:
            return f"{_short(hours * times)} {word}"
    return f"{_short(hours * 3600.0)} s"


def _short(value: float) -> str:
    text = f"{value:.1f}" if value < 20.0 else f"{value:,.0f}"
    return text.removesuffix(".0")


class Interval(NamedTuple):
    """A mean and its 95 % interval over n replications; of a single run, the mean alone.

    >>> Interval(12.40714, 12.28779, 12.5265, 20).text()
    '12.41 (12.29 to 12.53)'
    >>> Interval(0.4482, 0.44312, 0.45329, 20).text(100.0, " %")
    '44.8 % (44.3 to 45.3)'
    """

    mean: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 1

    @property
    def sure(self) -> bool:
        """Whether there is an interval."""
        return isfinite(self.low) and isfinite(self.high)

    @property
    def bounds(self) -> str:
        """The interval without its mean, such as '12.29 to 12.53'."""
        return self.range() if self.sure else NONE

    def times(self, factor: float) -> Interval:
        """The same in another unit of measure."""
        return Interval(self.mean * factor, self.low * factor, self.high * factor, self.n)

    def about(self, factor: float = 1.0, unit: str = "") -> str:
        """The mean, with digits that the interval vouches for."""
        return f"{number(self.mean * factor, self._places(factor))}{unit}"

    def range(self, factor: float = 1.0, places: int | None = None) -> str:
        """The interval, with the same digits as the mean unless told; of what can't be negative, it begins at 0."""
        low = max(0.0, self.low) if self.mean >= 0.0 else self.low
        places = self._places(factor) if places is None else places
        return f"{number(low * factor, places)} to {number(self.high * factor, places)}"

    def text(self, factor: float = 1.0, unit: str = "") -> str:
        """Mean and interval."""
        return f"{self.about(factor, unit)} ({self.range(factor)})" if self.sure else self.about(factor, unit)

    def _places(self, factor: float) -> int | None:
        """Decimal places such that the interval's half-width has two digits, or one if it begins with a large one."""
        half = (self.high - self.low) / 2.0 * factor if self.sure else 0.0
        if not half > 1e-6 * abs(self.mean * factor):  # also of nan
            return None
        return max(0, min(4, -floor(log10(half / 3.5)) if half < 3.5e4 else 0))


Key = tuple[str, str, str]


def intervals(trial: Trial | None) -> dict[Key, Interval]:
    """(table, row, column) -> mean and interval of all that a trial has; of no trial, nothing."""
    if trial is None:
        return {}
    frame = trial.intervals()
    columns = (frame[word].tolist() for word in ("mean", "low", "high", "n"))
    return {key: Interval(*each) for key, *each in zip(frame.index, *columns, strict=True)}

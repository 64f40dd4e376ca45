"""Calendars as people say them: days of the week and hours of the day, turned into hours since the start."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any, TypeVar

from plantsim.errors import Fault, did_you_mean
from plantsim.layout.measure import convert
from plantsim.layout.tree import Place

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DATED, RAW = ("days", "hours", "except", "breaks"), ("open", "period", "closed", "paid")
SAID = (*DATED, "gowning", "degowning")  # of which the plain form knows the last two, too
WEEK, DAY = 7 * 24 * 60, 24 * 60  # minutes
HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", re.ASCII)
Stretch = tuple[int, int]
T = TypeVar("T")


def spelled_out(said: dict[str, Any], start: Any, at: Place) -> tuple[dict[str, Any], list[Fault]]:
    """A calendar of days and hours as open stretches [h since start] of a period of a week, and what is wrong with it.

    Times are local wall time, without summer time.

    >>> week = {"days": "mon-fri", "hours": "06:00-22:00", "except": ["2027-03-02"]}
    >>> spelled_out(week, "2027-03-01T06:00", ("calendars", "two shifts"))[0]["closed"]
    [['1080 min', '2520 min']]
    """
    faults = list(_misplaced(said, at))
    if not any(word in said for word in SAID):
        faults.append(Fault(at, "needs 'days' and 'hours', such as {days: mon-fri, hours: 06:00-14:00}, or 'open'"))
    elif start is None or start == "":
        text = "days and hours need the start of the layout: give it, such as 'start: 2027-03-01T06:00'"
        faults.append(Fault(at, text))
    begin = _beginning(start)

    def read(word: str, reader: Callable[[Any], T], usual: str) -> T | None:
        try:
            return reader(said.get(word, usual))
        except ValueError as error:
            faults.append(Fault((*at, word), str(error)))
            return None

    days, hours = read("days", _days, "daily"), read("hours", _hours, "00:00-24:00")
    closed = read("except", lambda value: list(_closed(value, begin)), "")
    breaks = read("breaks", lambda value: _hours(value) if value else [], "")
    on, off = read("gowning", _minutes, "0 min"), read("degowning", _minutes, "0 min")
    if faults or days is None or hours is None or closed is None or breaks is None or on is None or off is None:
        return {}, faults
    there = [piece for each in hours for piece in _without(each, breaks)]
    hours = [(a + on, b - off) for a, b in there if b - a > on + off]
    if not hours:
        return {}, [Fault((*at, "hours"), "never opens: breaks and gowning leave no time")]
    since = begin.weekday() * DAY + begin.hour * 60 + begin.minute

    def weekly(stretches: list[Stretch]) -> list[list[str]]:
        pieces = [piece for day in days for a, b in stretches for piece in _wrapped(day * DAY + a - since, b - a)]
        return _texts(_joined(pieces))

    paid = {"paid": weekly(there)} if on or off else {}
    return {"open": weekly(hours), "period": "168 h", "closed": _texts(closed), **paid}, []


def _misplaced(said: dict[str, Any], at: Place) -> Iterator[Fault]:
    for word in said:
        if word in RAW:
            yield Fault((*at, word), f"give either days and hours or open and period, not {word!r} with days or hours")
        elif word not in SAID:
            yield Fault((*at, word), f"unknown word {word!r}{did_you_mean(word, (*SAID, *RAW))}")


def _beginning(start: Any) -> datetime:
    """The start of the layout; if that is faulty, which is said elsewhere, any Monday."""
    try:
        return datetime.fromisoformat(start).replace(tzinfo=None)
    except (ValueError, TypeError):
        return datetime(2027, 3, 1)


def _days(value: Any) -> list[int]:
    """The days of the week, 0 for Monday, that 'mon-fri', 'mon, wed', 'daily' or a list of such words mean."""
    words = value if isinstance(value, list) else str(value).split(",")
    found: dict[int, None] = {}
    for word in words:
        first, _, last = (part.strip().lower() for part in str(word).partition("-"))
        if first == "daily":
            first, last = "mon", "sun"
        begin = _day(first)
        end = _day(last) if last else begin
        found.update(dict.fromkeys((begin + k) % 7 for k in range((end - begin) % 7 + 1)))
    if not found:
        raise ValueError("never opens: give at least one day")
    return sorted(found)


def _day(word: str) -> int:
    for number, day in enumerate(DAYS):
        if len(word) >= 3 and day.startswith(word):
            return number
    known = [*(day[:3] for day in DAYS), "daily"]
    raise ValueError(f"there is no day {word!r}{did_you_mean(word, known)}")


def _hours(value: Any) -> list[Stretch]:
    """Stretches [minutes since midnight] that '06:00-14:00' or a list of such texts mean; they may pass midnight."""
    texts = value if isinstance(value, list) else [value]
    if not texts:
        raise ValueError("never opens: give at least one stretch such as 06:00-14:00")
    return [_stretch(text) for text in texts]


def _stretch(text: Any) -> Stretch:
    found = HOURS.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"expected hours such as 06:00-14:00, got {text!r}")
    first, first_minute, last, last_minute = map(int, found.groups())
    begin, end = first * 60 + first_minute, last * 60 + last_minute
    if max(first_minute, last_minute) > 59 or begin >= DAY or end > DAY:
        raise ValueError(f"a day has hours from 00:00 to 24:00, got {text!r}")
    if begin == end:
        raise ValueError(f"a stretch must end after it begins, got {text!r}; all day is 00:00-24:00")
    return begin, end if end > begin else end + DAY


def _without(stretch: Stretch, breaks: list[Stretch]) -> list[Stretch]:
    """A stretch of a day, which may end on the next one, less the breaks of either day."""
    left = [stretch]
    for begin, end in sorted((a + day, b + day) for a, b in breaks for day in (-DAY, 0, DAY)):
        cut = [((a, min(b, begin)), (max(a, end), b)) for a, b in left]
        left = [piece for pair in cut for piece in pair if piece[0] < piece[1]]
    return left


def _minutes(value: Any) -> int:
    """A time as whole minutes."""
    if not isinstance(value, str):
        raise ValueError(f"a quantity needs its unit of measure, such as '{value} min'")
    minutes = convert(value, "h") * 60
    if minutes < 0 or abs(minutes - round(minutes)) > 1e-9:
        raise ValueError(f"expected whole minutes such as '15 min', got {value!r}")
    return round(minutes)


def _closed(value: Any, begin: datetime) -> Iterator[Stretch]:
    """The dates on which it is closed, as stretches [minutes since start]; what is before the start is left out."""
    for text in value if isinstance(value, list) else [value] if value else []:
        try:
            day = date.fromisoformat(str(text))
        except ValueError:
            raise ValueError(f"expected a date such as 2027-12-25, got {text!r}") from None
        first = (datetime.combine(day, time()) - begin).total_seconds() // 60
        if first + DAY > 0:
            yield max(0, int(first)), int(first) + DAY


def _wrapped(begin: int, length: int) -> Iterator[Stretch]:
    """A stretch within the week since the start; one that passes its end is two."""
    begin %= WEEK
    if begin + length <= WEEK:
        yield begin, begin + length
    else:
        yield begin, WEEK
        yield 0, begin + length - WEEK


def _joined(pieces: list[Stretch]) -> list[Stretch]:
    """The same time in as few stretches as will do."""
    joined: list[Stretch] = []
    for begin, end in sorted(pieces):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _texts(stretches: list[Stretch]) -> list[list[str]]:
    return [[f"{begin} min", f"{end} min"] for begin, end in stretches]

"""What a plant can make at most on means, what will limit it, and where batches will queue: before any run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from plantsim.load import Limit
from plantsim.mix import gap
from plantsim.scenario import Scenario
from plantsim.study.bounds import ALL, Limits, in_turns, most_at_mix, most_on_means, used
from plantsim.study.queues import queue
from plantsim.study.sizes import sizes

if TYPE_CHECKING:
    import pandas as pd

NEAR = 0.9  # of the hours of a second one, from which on it soon limits, too
SLIGHT = 1e-3  # by so much more of one the shadow price is found: the programme is linear between two limits


_WAYS = {"unit": "one more", "pool": "one more of", "utility": "a tenth more of"}


@dataclass(frozen=True)
class Bound:
    """How much one kind of unit, pool or utility of a plant has to do at its bound."""

    name: str
    of: str  # unit, pool or utility
    count: float  # how many there are, or places in them; of a utility: its rate
    cycle: float  # hours of each of them that an average batch takes, over how many there are [h]
    time: float  # time utilisation: part of its open hours in use at the bound
    size: float | None  # size utilisation: mean mass (or volume) over what it takes; None: not told
    price: float  # shadow price: batches a week that the next small part of one more brings, for one
    more: float  # batches a week that one more brings; of a utility: a tenth more of it

    @property
    def product(self) -> float | None:
        """Time utilisation x size utilisation: the part of its capacity that is used."""
        return None if self.size is None else self.time * self.size


@dataclass(frozen=True)
class Bounds:
    """What a plant is expected to make at most, if nothing ever waits: a bound on means, not on a lucky run."""

    scenario: Scenario
    weekly: dict[str, float]  # order -> batches a week, if orders take turns
    free: float  # batches a week, if the plant could choose which orders to make
    rows: tuple[Bound, ...]
    queue: str  # where batches will queue

    @property
    def most(self) -> float:
        """Batches a week at most, on means."""
        return sum(self.weekly.values())

    @cached_property
    def limiting(self) -> tuple[Bound, ...]:
        """What is in use in all of its open hours at the bound, what brings most first."""
        full = [each for each in self.rows if each.time >= 1.0 - 1e-9]
        return tuple(sorted(full, key=lambda each: (-each.price, -each.more, each.name)))

    @property
    def near(self) -> tuple[Bound, ...]:
        """What is in use in more than nine tenths of its open hours: the next limits."""
        near = [each for each in self.rows if NEAR <= each.time < 1.0 - 1e-9]
        return tuple(sorted(near, key=lambda each: (-each.time, each.name)))

    @property
    def asked(self) -> float | None:
        """Batches a week for which the orders ask, if all are released by the clock."""
        gaps = [gap(order) for order in self.scenario.orders.values()]
        return sum(168.0 / each for each in gaps) if gaps and all(gaps) else None

    def table(self) -> pd.DataFrame:
        """A row each kind of unit, pool and utility, the one with most to do first."""
        import pandas as pd

        rows = sorted(self.rows, key=lambda each: -each.time)
        columns = {
            "of": [each.of for each in rows], "count": [each.count for each in rows],
            "cycle time [h]": [each.cycle for each in rows], "time": [each.time for each in rows],
            "size": [each.size for each in rows], "time x size": [each.product for each in rows],
            "shadow price": [each.price for each in rows], "one more": [each.more for each in rows],
        }  # fmt: skip
        return pd.DataFrame(columns, index=pd.Index([each.name for each in rows], name="at the bound"))

    def says(self) -> list[str]:
        """The answer in sentences."""
        return list(self._said())

    def _said(self) -> Iterator[str]:
        names, many = " and ".join(each.name for each in self.limiting), len(self.limiting) > 1
        yield (f"{names} limit{'' if many else 's'} the plant: {self.most:.3g} batches a week at most on means "
               "(the expected limit, without luck and failures)")  # fmt: skip
        if len(self.weekly) > 1:
            yield "of each order: " + ", ".join(f"{name} {number:.3g}" for name, number in self.weekly.items())
            if self.free > 1.001 * self.most:
                yield f"with a free choice of orders: {self.free:.3g}"
        if self.asked is not None:
            yield f"the orders ask for {self.asked:.3g} a week, which is {self.asked / self.most:.0%} of that"
        if self.asked is None or self.asked > NEAR * self.most:
            yield f"the likely queue: {self.queue}"
        else:
            yield f"no queue should grow; the first would be: {self.queue}"
        yield from self._ways()

    def _ways(self) -> Iterator[str]:
        """What one more of what limits brings, and whether a second limit is near."""
        for each in self.limiting:
            if each.more:
                yield f"{_WAYS[each.of]} {each.name} brings {each.more:+.3g} batches a week"
        if not any(each.more for each in self.limiting):
            yield "one more of one of them alone brings nothing: they limit the plant together, a chain"
        if self.near:
            text = ", ".join(f"{each.name} ({each.time:.0%} of its hours)" for each in self.near)
            yield f"a second limit is near: {text}; whoever lifts one meets the next, a chain"

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        rows = self.table().reset_index().astype(object)
        return {
            "batches a week at most": self.most, "by order": self.weekly, "free choice of orders": self.free,
            "limiting": [each.name for each in self.limiting], "near": [each.name for each in self.near],
            "queue": self.queue, "asked": self.asked, "says": self.says(),
            "table": rows.where(rows.notna(), None).to_dict("records"),
        }  # fmt: skip

    def cells(self) -> list[tuple[str, ...]]:
        """The table as texts, with its head."""
        frame = self.table()
        rows = [(str(name), *(_cell(word, value) for word, value in row.items())) for name, row in frame.iterrows()]
        return [(str(frame.index.name), *map(str, frame.columns)), *rows]

    def __str__(self) -> str:
        rows = self.cells()
        wide = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
        lines = ["  ".join([row[0].ljust(wide[0]), *map(str.rjust, row[1:], wide[1:])]) for row in rows]
        return "\n".join([*lines, *self.says()])

    def _repr_html_(self) -> str:
        head, *body = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in self.cells()]
        rows = "".join(f"<tr>{row}</tr>" for row in (head.replace("td>", "th>"), *body))
        return f"<table>{rows}</table>" + "".join(f"<p>{escape(each)}</p>" for each in self.says())


def _cell(word: Any, value: Any) -> str:
    if value is None or value != value:
        return ""
    if word in ("time", "size", "time x size"):
        return f"{value:.0%}"
    return value if isinstance(value, str) else f"{value:.3g}" if word != "count" else f"{value:g}"


def explain(scenario: Scenario) -> Bounds:
    """What a plant can make at most on means, what limits it, and where batches will queue, before any run.

    Each order is looked at alone, so changes from one order to another cost nothing here; orders take turns.

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if nothing limits an order.
    """
    plain = scenario.check().without_luck()
    limits, mix = in_turns(scenario)
    weekly = most_at_mix(limits, mix)
    share, fills = used(limits, weekly), sizes(limits, weekly, plain)
    rows = tuple(_bound(one, limits, weekly, mix, share, fills) for one in _each(limits))
    first = max(rows, key=lambda row: (round(row.time, 9), row.price, row.more))
    return Bounds(scenario, weekly, sum(most_on_means(limits, ALL).values()), rows,
                  queue(plain, first.name, first.of))  # fmt: skip


def _each(limits: Limits) -> list[Limit]:
    return list({name: limit for each in limits.values() for name, limit in each.items()}.values())


def _bound(
    one: Limit, limits: Limits, weekly: dict[str, float], mix: dict[str, float], share: dict[str, float],
    fills: dict[str, float],
) -> Bound:  # fmt: skip
    """Of one kind, pool or utility: its row."""
    total = sum(weekly.values())

    def brings(factor: float) -> float:
        return sum(most_at_mix(limits, mix, {one.name: factor}).values()) - total

    cycle = sum(weekly[order] * limits[order][one.name].cycle for order in limits if one.name in limits[order]) / total
    slope = brings(1.0 + SLIGHT) / SLIGHT / one.count
    more = brings(1.1 if one.of == "utility" else 1.0 + 1.0 / one.count)
    return Bound(one.name, one.of, one.count, cycle, share[one.name], fills.get(one.name), _clean(slope), _clean(more))


def _clean(value: float) -> float:
    """What is nothing but rounding is nothing."""
    return value if abs(value) > 1e-6 else 0.0

"""The mean run: what a plant makes at best, without luck and failures; the hours of the recipes laid over the units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from typing import Any

from plantsim.engine.simulate import simulate
from plantsim.errors import StuckPlant
from plantsim.load import WEEK, Limit, Load
from plantsim.mix import gap
from plantsim.record import HOUR
from plantsim.results import Results
from plantsim.scenario import Scenario

HEAD = ("visits a batch", "hours a visit", "of it cleaning", "count", "cycle time [h]", "open [h/week]",
        "batches a week")  # fmt: skip


@dataclass(frozen=True)
class MeanRun:
    """What a plant makes at best: no luck, no failures, nobody waits.  `scenario` is the one that is without luck."""

    scenario: Scenario
    limits: tuple[Limit, ...]  # kinds of unit, then pools, as the layout has them
    lead: float  # hours from the first step to the last if a batch never waits, of an average batch
    makespan: float | None  # hours until the last order is done in a run without luck; None: never
    stuck: str = ""  # how batches hold one another up for good in such a run, if they do

    @property
    def limiting(self) -> Limit:
        """What lets the fewest batches through."""
        return min(self.limits, key=lambda limit: (limit.most, limit.name))

    @cached_property
    def run(self) -> Results:
        """The run without luck, in which batches do wait for one another."""
        return simulate(self.scenario)

    def says(self) -> list[str]:
        """The answer in sentences."""
        limit = self.limiting
        cycle = f"cycle time {limit.cycle:.4g} h of work, {limit.open:.4g} h a week"
        told = [f"{limit.name} limits the plant: {limit.most:.3g} batches a week at most ({cycle})"]
        told.append(f"a batch that never waits takes {self.lead:.4g} h")
        if self.makespan is not None:
            told.append(f"without luck all orders are done after {self.makespan:.5g} h (the makespan)")
        return [*told, f"without luck {self.stuck}"] if self.stuck else told

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        limits = [{**asdict(each), "cycle": each.cycle, "batches a week": each.most} for each in self.limits]
        return {
            "limiting": self.limiting.name, "cycle time [h]": self.limiting.cycle,
            "batches a week at most": self.limiting.most, "lead time at least [h]": self.lead,
            "makespan [h]": self.makespan, "stuck": self.stuck, "limits": limits,
        }  # fmt: skip

    def rows(self) -> list[tuple[str, ...]]:
        """The table, as texts: a row each kind of unit and each pool."""
        return [(each.name, *_cells(each)) for each in self.limits]

    def __str__(self) -> str:
        rows = [("", *HEAD), *self.rows()]
        wide = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
        lines = ["  ".join([row[0].ljust(wide[0]), *map(str.rjust, row[1:], wide[1:])]) for row in rows]
        return "\n".join([*lines, *self.says()])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(word)}</th>" for word in ("", *HEAD))
        body = ("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows())
        return f"<table><tr>{head}</tr>{''.join(body)}</table>" + "".join(
            f"<p>{escape(each)}</p>" for each in self.says()
        )


def _cells(limit: Limit) -> Iterator[str]:
    yield f"{limit.visits:.3g}" if limit.of == "unit" else limit.of
    yield from (f"{limit.hours:.4g}", f"{limit.cleaning:.3g}", f"{limit.count:g}", f"{limit.cycle:.4g}")
    yield from (f"{limit.open:.4g}", f"{limit.most:.3g}")


def mean_run(scenario: Scenario) -> MeanRun:
    """What a plant makes at best; the orders say in which shares its products are made, and in which sequence.

    Endless orders count alike, or by their rates if all are released by the clock; beside them, others don't count.

    Raises:
        LayoutError: if the scenario is not sound.
    """
    plain = scenario.check().without_luck()
    load = Load(plain)
    limits = (*load.of_units(), *load.of_pools())
    lead = sum(share * load.way(product) for product, share in load.shares.items())
    try:
        return MeanRun(plain, limits, lead, _makespan(plain, min(limit.most for limit in limits), lead))
    except StuckPlant as error:
        return MeanRun(plain, limits, lead, None, str(error))


def _makespan(plain: Scenario, most: float, lead: float) -> float | None:
    """When the last order is done [h], by a run that is long enough; None if that is never."""
    orders = plain.orders.values()
    if any(order.batches is None for order in orders):
        return None
    released = [order.start + gap(order) * (order.batches or 0) for order in orders]
    hours = max(released) + lead + WEEK + sum(order.batches or 0 for order in orders) * WEEK / max(most, 0.01)
    for _ in range(6):
        run = simulate(plain, horizon=hours)
        end = run.state_at(run.until)
        if not end.batches and all(end.orders[name].released == order.batches for name, order in plain.orders.items()):
            return max(row[0] for row in run.record if row[1] in ("done", "scrap")) / HOUR
        hours *= 2.0
    return None

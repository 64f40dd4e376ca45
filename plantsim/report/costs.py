"""The part of the report that says what a batch costs, and what mass, water and energy it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plantsim.charts as charts
from plantsim.charts.digits import number
from plantsim.report.page import chart, paragraph, section, table

if TYPE_CHECKING:
    from plantsim.report.prose import Findings


def costs(found: Findings) -> str:
    """What a batch and a kg cost in this run, drawn and by name; nothing of a layout without prices."""
    prices, run = found.run.scenario.prices, found.run
    if prices is None:
        return ""
    frame = run.cost_of_goods()
    numbers = frame[["cost", "a batch", "a kg"]].to_numpy(dtype=float)
    rows = [[str(name or "all"), str(group), *map(number, each)]
            for (group, name), each in zip(frame.index.tolist(), numbers, strict=True)]  # fmt: skip
    head = ["name", "kind", f"cost [{prices.currency}]", "a batch", "a kg"]
    see = ("Equipment is written off over its life, people are paid for the hours in which they are there, and what is "
           "used is what the record says; what has no price is left out.")  # fmt: skip
    drawn = chart(charts.cost_of_goods(run), "costs", "what a batch and a kg cost by kind of cost, and by name")
    used = [[str(name), number(float(value))] for name, value in run.matter().items()]
    tables = [
        table("Costs", head, rows, about="of this run", words=2),
        table("Mass, water and energy", ["what", "value"], used, about="of this run"),
    ]
    return section("costs", "What a batch costs", paragraph(see), drawn, *tables)

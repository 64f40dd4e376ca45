"""The part of the report that says what cleaning costs: cleans by cause, and re-cleans, each with its capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.charts.digits import NONE, number, percent
from plantsim.cleaned import BATCHES, recleans
from plantsim.report.page import Cell, paragraph, section, table

if TYPE_CHECKING:
    import pandas as pd

    from plantsim.report.prose import Findings

HEAD = ["kind", "cause", "cleans", "hours", "of which waiting", "of calendar hours", BATCHES]


def cleaning(found: Findings) -> str:
    """Cleans by kind of unit and cause; first those for which no batch is the cause."""
    frame = found.run.cleans(by="kind")
    if frame.empty:
        return section("cleaning", "What cleaning costs", paragraph("Nothing was cleaned in the reported time."))
    again = recleans(frame)
    usual = frame.drop(again.index)
    see = (
        "Capacity is given in batches, too: the hours of cleaning, divided by the hours for which the unit works on a "
        "batch. A re-clean has no batch as its cause, but a hold that was over, a verdict that was bad, a repair or "
        "maintenance that has opened the unit, or that it was cut and begins anew."
    )
    none = "There were no re-cleans: no hold was over, no verdict was bad, nothing was opened or cut."
    tables = [_table("Re-cleans", again) if len(again) else paragraph(none)]
    tables += [_table("Cleans after batches, and between products", usual)] if len(usual) else []
    return section("cleaning", "What cleaning costs", paragraph(see), *tables)


def _table(title: str, frame: pd.DataFrame) -> str:
    rows: Any = frame.sort_values(BATCHES, ascending=False, kind="stable").to_dict("index")
    cells = [_cells(kind, cause, row) for (kind, cause), row in rows.items()]
    return table(title, HEAD, cells, about="of this run", words=2)


def _cells(kind: str, cause: str, row: dict[str, float]) -> list[str | Cell]:
    share, batches = row["share of calendar hours"], row[BATCHES]
    hours = (number(row[word]) for word in ("cleans", "hours", "of which waiting"))
    return [kind, cause, *hours, Cell(percent(share, 1), share=share), number(batches) if batches == batches else NONE]

"""What came into store and went out of it, lot by lot; and what tests took and said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.record import HOUR, Record
from plantsim.state import State

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("lot", "material", "came", "kg", "taken", "left", "status", "batches")


def lots(record: Record, start: State) -> pd.DataFrame:
    """A row a lot: when it came [h], how much [kg, or pieces], what was taken and what is left, and what it is now.

    Batches are those that took of it; of spare parts, the units.

    Its status is released, quarantine, used up, rejected or out of date.
    """
    import pandas as pd

    found: dict[str, list[object]] = {}
    taken: dict[str, float] = {}
    users: dict[str, dict[str, None]] = {}
    for name, stock in start.stocks.items():
        for lot, each in stock.lots.items():
            found[lot] = [lot, name, start.time / HOUR, each.amount, each.status]
    for time, kind, unit, batch, _, _, amount, cause, detail in record:
        if kind in ("deliver", "give"):
            found[detail[0]] = [detail[0], cause, time / HOUR, amount, detail[1]]
        elif kind == "take":
            for lot, mass in detail:
                taken[lot] = taken.get(lot, 0.0) + mass
                users.setdefault(lot, {})[batch or unit] = None
        elif kind in ("accept", "reject") and not batch:
            lot = detail[0].rsplit(f"/{cause}", 1)[0]
            found[lot][4] = "released" if kind == "accept" else "rejected"
        elif kind == "expire":
            found[detail[0]][4] = "quarantine" if detail[1] else "out of date"
    rows = []
    for lot, (*what, mass, status) in found.items():
        used = taken.get(lot, 0.0)
        gone = status in ("rejected", "out of date")
        left = 0.0 if gone else max(0.0, float(str(mass)) - used)
        word = "used up" if status == "released" and left < 1e-9 else status
        rows.append((*what, mass, used, left, word, ", ".join(users.get(lot, ()))))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def verdicts(samples: pd.DataFrame) -> pd.DataFrame:
    """Of each test: how many samples, how many were accepted and rejected, and the mean hours to its verdict.

    Of these hours, `waiting` is the time until the analysts were there.
    """
    frame = samples.assign(
        accepted=samples["verdict"] == "accept",
        rejected=samples["verdict"] == "reject",
        over=(samples["end"] - samples["start"]) / HOUR,
        wait=(samples["begun"] - samples["start"]) / HOUR,
    )
    groups = frame.groupby("test", observed=True, sort=True)
    table = groups.agg(samples=("sample", "size"), accepted=("accepted", "sum"), rejected=("rejected", "sum"))
    known = frame[frame["verdict"].isin(["accept", "reject"])].groupby("test", observed=True)
    table["hours to verdict"] = known["over"].mean()
    table["of which waiting"] = known["wait"].mean()
    return table

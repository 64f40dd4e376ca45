"""What heat and cold cost of a utility: condensing steam, and chilled water or glycol that warms up.

    steam [kg/h] = Q / 2133 kJ/kg    chilled water [L/h] = Q / (4.187 x 6 K)    glycol [L/h] = Q / (3.6 x 5 K)

2133 kJ/kg is the heat of condensation at 4 bar; the rises of temperature are illustrative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from plantsim.contracts import Flow

PER_UNIT = {"steam": 2133.0, "chilled water": 4.187 * 6.0, "glycol": 3.6 * 5.0}  # kJ a kg, a L, a L
PIECES = 12


def drawn(utility: str, heat: float) -> float:
    """How much of a utility [kg/h, L/h] a duty [kJ/h] needs.

    >>> drawn("steam", 2133.0)
    1.0
    """
    return heat / PER_UNIT[utility]


def steady(hours: float, **rates: float) -> dict[str, Flow]:
    """Rates that last for as long as the step does; those that are 0 are left out."""
    return {name.replace("_", " "): ((0.0, rate),) for name, rate in rates.items() if rate > 0.0 and hours > 0.0}


def changes(rates: Sequence[tuple[float, float]]) -> Flow:
    """Rates from hours on, without those that go on as before.

    >>> changes([(0.0, 5.0), (1.0, 5.0), (2.0, 0.0)])
    ((0.0, 5.0), (2.0, 0.0))
    """
    return tuple([each for k, each in enumerate(rates) if k == 0 or each[1] != rates[k - 1][1]])


def pieces(corners: Sequence[float], each: int = PIECES) -> list[float]:
    """Times that cut every stretch between corners into equal parts."""
    times = [corners[0]]
    for begin, end in pairwise(corners):
        if end > begin:
            times += [begin + (end - begin) * k / each for k in range(1, each + 1)]
    return times


def averaged(times: Sequence[float], total: Callable[[float], float]) -> Flow:
    """A rate that is constant between times and adds up to what `total` has come to at each of them."""
    spans = list(pairwise(times))
    return tuple([(begin, max(0.0, (total(end) - total(begin)) / (end - begin))) for begin, end in spans])

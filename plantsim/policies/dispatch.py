"""Who gets a free unit: each rule gives a claim and a unit a value, and the pair with the least is served.

Ties end in who asked first, and then in the name.
"""

from __future__ import annotations

from plantsim.contracts import Claim, UnitView


def first_come(claim: Claim, unit: UnitView, now: float) -> float:
    """The batch that has waited longest."""
    return claim.asked


def least_changeover(claim: Claim, unit: UnitView, now: float) -> float:
    """The batch before which the unit is cleaned for the shortest time."""
    return unit.changeover(claim.product)


def earliest_due(claim: Claim, unit: UnitView, now: float) -> float:
    """The batch of the order that is due first; orders without a due date come last."""
    return claim.due


def shortest_first(claim: Claim, unit: UnitView, now: float) -> float:
    """The batch with the least work to go from this step to its last one."""
    return claim.hours_to_go

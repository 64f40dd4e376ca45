"""Steps that need several units at once: all of them are granted at one instant, or none is.

Nobody holds one of them while he waits for another; so steps that ask for the same units in opposite orders never lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.state import leave

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Station


def lacking(step: StepPlan, station: Station) -> list[str]:
    """The words for which too few units are free."""
    return [word for word, able, number in step.withs if len(_free(able, station)) < number]


def _free(able: frozenset[str], station: Station) -> list[Machine]:
    return [machine for machine in station.free if machine.name in able]


def chosen(step: StepPlan, station: Station) -> list[Machine]:
    """The units that go along, the first of each kind that are free."""
    return [machine for _, able, number in step.withs for machine in _free(able, station)[:number]]


def bring(way: Journey, company: list[Machine]) -> None:
    """They are no longer free: the row of the grant has told of them."""
    for machine in company:
        machine.way = way
        if machine.station is not None:
            machine.station.free.remove(machine)


def part(way: Journey, floor: Floor, now: int) -> None:
    """The step is over, or its batch lost: the units beside its own are left, and tend themselves."""
    b = way.b
    for name in list(b.withs):
        machine = floor.machines[name]
        floor.put(leave, (now, "leave", name, b.name, b.step, b.product, b.amount, "", None))
        machine.way = None
        floor.ready(machine, now)

"""Planned maintenance: when it is due, and when it is done before that since nobody wants the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plantsim.engine.clock import Clock
from plantsim.engine.journey import natural
from plantsim.state import maintain

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.machine import Machine


def begin_maintenance(machine: Machine, clock: Clock, floor: Floor, now: int) -> None:
    """An empty unit is maintained."""
    from plantsim.engine.upkeep import start_job

    after = clock.proof(machine.state, machine.streams)
    length = clock.repair(machine.state, machine.streams) + after
    detail: tuple[Any, ...] = (length, clock.uses, after) if after else (length, clock.uses)
    detail = (length, clock.uses, after, clock.takes) if clock.takes else detail
    floor.put(maintain, (now, "maintain", machine.name, "", "", "", 0.0, clock.name, detail))
    start_job(machine, clock.name, clock, floor, now)


class Chance:
    """A unit that may be maintained before that is due, if nobody has taken it by the end of the instant."""

    __slots__ = ("machine", "rank")

    def __init__(self, machine: Machine) -> None:
        self.machine, self.rank = machine, ("maintenance", natural(machine.name))

    def settle(self, floor: Floor, now: int) -> None:
        """Take the chance."""
        machine, station = self.machine, self.machine.station
        clock = machine.maintenance_near(now)
        if clock is not None and station is not None and machine in station.free and not machine.state.batch:
            begin_maintenance(machine, clock, floor, now)
            floor.down(machine, now)


def opened_first(machine: Machine, product: str, now: int) -> Clock | None:
    """Maintenance at a change of product that opens an empty unit: it comes before the clean, so that one will do."""
    if machine.state.booked or product in ("", machine.state.last):
        return None
    for clock in machine.maintenance:
        near = clock.due(machine.state) - clock.window <= clock.reads(machine.state, now)
        if near and clock.at_change and clock.opens:
            return clock
    return None


def look_for_chance(machine: Machine, floor: Floor, now: int) -> None:
    """A unit is free: if a maintenance of it is near, look at the end of the instant whether it still is."""
    if machine.maintenance_near(now) is not None:
        chance = Chance(machine)
        floor.late[chance.rank] = chance


def keeps_for_change(machine: Machine, product: str, floor: Floor, now: int) -> bool:
    """Whether a unit, before it takes a batch of another product, is maintained first."""
    clock = machine.maintenance_near(now)
    if clock is None or not clock.at_change or machine.state.last in ("", product) or machine.state.batch:
        return False
    look_for_chance(machine, floor, now)
    return True

"""Units beside the one that a step is on: all of them are granted at one instant, or none is.

Nobody holds one of them while he waits for another; so steps that ask for the same units in opposite orders never lock.
Some are left at the end of the step; containers go with the batch until a step has emptied them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from plantsim.state import empty, fill, leave

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.engine.station import Station
    from plantsim.state import BatchState


class Beside(NamedTuple):
    """Units that a step needs with the one that it is on."""

    word: str
    able: frozenset[str]
    number: int  # 0: as many as the mass needs
    size: float = 0.0  # mass [kg] that one takes
    stays: bool = False  # a container: it goes with the batch

    def count(self, mass: float) -> int:
        """How many a batch of this mass [kg] needs."""
        return self.number or max(1, -int(-(mass - 1e-9) // self.size))


def mass_of(way: Journey, step: StepPlan) -> float:
    """Mass [kg] with which a batch comes to the step."""
    return step.before.out(way.b.amount) if way.b.unit and step.before else way.b.amount


def in_all(way: Journey, step: StepPlan) -> float:
    """Mass [kg] with which a batch comes to the step, with what it takes there."""
    mass = mass_of(way, step)
    return mass + step.adds(mass)


def lacking(way: Journey, step: StepPlan, station: Station) -> list[str]:
    """The words for which too few units are free."""
    mass = in_all(way, step)
    return [each.word for each in step.withs if len(_free(each.able, station)) < each.count(mass)]


def _free(able: frozenset[str], station: Station) -> list[Machine]:
    return [machine for machine in station.free if machine.name in able]


def chosen(way: Journey, step: StepPlan, station: Station) -> list[tuple[Beside, list[Machine]]]:
    """The units that go along, the first of each kind that are free."""
    mass = in_all(way, step)
    return [(each, _free(each.able, station)[: each.count(mass)]) for each in step.withs]


def stopped(way: Journey, floor: Floor) -> Machine | None:
    """The first of the units beside the own one of a batch, or of its containers, that can't work now."""
    b = way.b
    machines = [floor.machines[name] for name in (*b.withs, *b.containers)]
    return next((machine for machine in machines if machine.state.jobs), None)


def exposed(way: Journey, machine: Machine) -> bool:
    """Whether a batch is worked on with this unit: it is on it, or has it beside its own, or is in it."""
    return way.machine is machine or machine.name in way.b.withs or machine.name in way.b.containers


def beside(way: Journey, floor: Floor) -> list[Machine]:
    """The units beside the own one of a batch, and its containers, that may fail while it is worked on."""
    machines = [floor.machines[name] for name in (*way.b.withs, *way.b.containers)]
    return [machine for machine in machines if machine.hazards]


def bring(way: Journey, company: list[tuple[Beside, list[Machine]]], floor: Floor, now: int) -> None:
    """They are no longer free: the row of the grant has told of those that stay with the step."""
    b = way.b
    for each, machines in company:
        for machine in machines:
            machine.way = way
            if machine.station is not None:
                machine.station.free.remove(machine)
            if each.stays:
                share = b.amount / len(machines)
                floor.put(fill, (now, "fill", machine.name, b.name, b.step, b.product, share, "", None))


def part(way: Journey, floor: Floor, now: int) -> None:
    """The step is over, or its batch lost: the units beside its own are left, and tend themselves."""
    b = way.b
    for name in list(b.withs):
        machine = floor.machines[name]
        floor.put(leave, (now, "leave", name, b.name, b.step, b.product, b.amount, "", None))
        _free_again(machine, floor, now)


def pour_out(way: Journey, names: list[str], floor: Floor, now: int) -> None:
    """The batch is in these containers no more: they are left dirty, and tend themselves."""
    b = way.b
    share = b.amount / len(names) if names else 0.0
    for name in names:
        machine = floor.machines[name]
        floor.put(empty, (now, "empty", name, b.name, b.step, b.product, share, "", None))
        _free_again(machine, floor, now)


def _free_again(machine: Machine, floor: Floor, now: int) -> None:
    from plantsim.engine.limits import watch_limit

    machine.way = None
    if machine.washes is not None:
        watch_limit(machine, floor, now)
    floor.ready(machine, now)


def filled_since(b: BatchState, step: StepPlan) -> list[str]:
    """The containers that a step to which a batch goes back has filled, or one after it."""
    before, here = [], step.before
    while here is not None:
        before.append(here.name)
        here = here.before
    return [name for name, filled in b.containers.items() if filled not in before]


def emptied(b: BatchState, step: StepPlan, units: frozenset[str]) -> list[str]:
    """Those of the containers that a step has emptied: what it has filled itself stays full."""
    return [name for name, filled in b.containers.items() if name in units and filled != step.name]


def moved_in(way: Journey, step: StepPlan, floor: Floor, now: int) -> None:
    """The transfer is over, by which containers are emptied, also those of all who ride."""
    machine = way.machine
    riders = machine.state.riders if machine is not None and machine.places == 1 else ()
    for each in (way, *(floor.ways[name] for name in riders)):
        pour_out(each, emptied(each.b, step, step.early), floor, now)

"""Plant models of another simulator's regression suite as scenarios: its stations, queues, people and interruptions.

Its unit of time is taken as an hour, a part as 1 kg, a batch as as many kg as it has units.  What a model says that a
scenario can't is `NotPlayed`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from manpy.model import (
    EXITS,
    MACHINES,
    QUEUES,
    SOURCES,
    Model,
    Node,
    NotPlayed,
    finishes,
    fixed,
    hours_of,
    last_hours,
    said,
)

from plantsim.chance import Constant
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release, Step
from plantsim.scenario import Scenario


def scenario(file: Node, horizon: float) -> Scenario:
    """The scenario of a model, to be run so long [h]."""
    model = Model.of(file)
    _refuse(model)
    units = {name: _unit(model, name) for name in model.visited}
    buffers, links = _buffers(model)
    for name in model.of_kind(*SOURCES):
        _from_source(model, name)
    for place in model.stands:
        _standing(model, place, units, links)
    calendars = {name: calendar for name in model.nodes if (calendar := hours_of(model, name)) is not None}
    calendars |= {_last_call(model, name): last_hours(model, name) for name in calendars if _last_call(model, name)}
    return Scenario(
        units=units,
        buffers=buffers,
        links=links,
        pools=_pools(model),
        calendars=calendars,
        failures=dict(_failures(model)),
        maintenance=dict(_maintenance(model)),
        products=model.products,
        orders=model.orders,
        run={"horizon": horizon, "dispatch": Queues(model) if model.of_kind("MachineJobShop") else "first_come"},
    )


def _refuse(model: Model) -> None:
    known = (*MACHINES, *QUEUES, *SOURCES, *EXITS, "Repairman", "Operator", "OperatorPool", "EventGenerator")
    strange = sorted({model.kind(name) for name in model.nodes} - set(known))
    if strange:
        raise NotPlayed(f"not converted: {', '.join(strange)}")
    if model.of_kind("LineClearance"):
        raise NotPlayed("line clearance of a queue")
    if any(node.get("preemption") for node in model.nodes.values()):
        raise NotPlayed("preemption: a critical order stops another's work, which no batch plant does")


# ---- stations ------------------------------------------------------------------------------------------------------


def _unit(model: Model, name: str) -> Unit:
    cuts, node = model.cuts(name), model.nodes[name]
    rate = None
    if model.kind(name) == "BatchScrapMachine":
        rate = 1.0 / fixed(node["processingTime"])
    shift = cuts.get("shift")
    return Unit(
        kind=_group(model, name),
        rate=rate,
        locks=not said(node, "canDeliverOnInterruption"),
        calendar=name if shift else "",
        work="finish" if not shift or said(shift, "endUnfinished") else "pause",
        failures=[mode for mode, _ in _failures(model) if mode.startswith(f"{name} ")],
        maintenance=[each for each, _ in _maintenance(model) if each.startswith(f"{name} ")],
    )


def _group(model: Model, name: str) -> str:
    """The machines that may do the same operation as this one, as the kind of unit."""
    groups = [stage for each in model.nodes for stage in [model.next_machines(each)] if name in stage]
    routes = [
        tuple(op["stationIdsList"]) for wip in model.stands.values() for job in wip for op in job.get("route", ())
    ]
    return "+".join(max([group for group in (*groups, *routes) if name in group], key=len, default=(name,)))


def _failures(model: Model) -> Iterator[tuple[str, Failure]]:
    """What stops a machine in the middle of its work: failures, and breaks that don't wait for its end."""
    for name in model.of_kind(*MACHINES):
        cuts = model.cuts(name)
        if cut := cuts.get("failure"):
            clock = {"working": "running", "onShift": "open"}.get(cut.get("deteriorationType", ""), "calendar")
            if clock == "open":
                raise NotPlayed("a failure clock that runs while a station is on shift")
            pool = "".join(model.before(name, "Repairman"))
            yield f"{name} failure", Failure(after=fixed(cut["TTF"]), repair=fixed(cut["TTR"]), clock=clock, pool=pool)
        if (cut := cuts.get("break")) and not finishes(cut):
            yield f"{name} break", Failure(after=fixed(cut["TTB"]), repair=fixed(cut["TTR"]), clock="calendar")


def _maintenance(model: Model) -> Iterator[tuple[str, Maintenance]]:
    """What waits for the end of a machine's work: periodic maintenance, and breaks."""
    for name in model.of_kind(*MACHINES):
        cuts = model.cuts(name)
        if cut := cuts.get("periodicMaintenance"):
            yield f"{name} failure", Maintenance(every=fixed(cut["TTF"]), lasts=fixed(cut["TTR"]))
        if (cut := cuts.get("break")) and finishes(cut):
            yield f"{name} break", Maintenance(every=fixed(cut["TTB"]), lasts=fixed(cut["TTR"]))


# ---- people --------------------------------------------------------------------------------------------------------


def _pools(model: Model) -> dict[str, Pool]:
    """Repair crews and operators; who asks first is served first."""
    pools = {name: Pool(count=int(node["capacity"]), patience=0.0) for name, node in model.of_kind("Repairman").items()}
    for name, people in model.crews().items():
        calendars = [each for each in people if hours_of(model, each)]
        if calendars and len(people) > 1:
            raise NotPlayed("people of one pool with shifts of their own")
        count = sum(int(model.nodes[each]["capacity"]) for each in people)
        pools[name] = Pool(count=count, calendar="".join(calendars), patience=0.0)
    calls = filter(None, (_last_call(model, name) for name in model.of_kind(*MACHINES)))
    return pools | {call: Pool(count=1, calendar=call) for call in calls}


# ---- queues and the ways between -----------------------------------------------------------------------------------


def _buffers(model: Model) -> tuple[dict[str, Buffer], list[str]]:
    """Queues between stations, and links; a job shop has room for all between any two stations."""
    if model.of_kind("MachineJobShop"):
        return {"floor": Buffer()}, []
    behind = {there for here, there in model.edges if model.kind(here) in MACHINES}
    queues = {name: node for name, node in model.of_kind(*QUEUES).items() if name in behind}
    inside = (*queues, *model.of_kind(*MACHINES))
    links = [f"{here} -> {there}" for here, there in model.edges if here in inside and there in inside]
    return {name: Buffer(places=_places(node)) for name, node in queues.items()}, links


def _places(queue: Node) -> int | None:
    places = int(queue.get("capacity", 1))
    return None if places < 0 else places


# ---- what is made --------------------------------------------------------------------------------------------------


def _from_source(model: Model, name: str) -> None:
    """A source releases its first part at once, then one after each gap; an entry that never starves, as taken."""
    node = model.nodes[name]
    units = float(node.get("batchNumberOfUnits", 1))
    release = Release()
    if model.kind(name) == "NonStarvingEntry":
        entity = node["entityData"]
        units = float(entity.get("numberOfUnits", 1))
    else:
        release = Release(every=Constant(value=fixed(node["interArrivalTime"])))
    steps = {"+".join(stage): _step(model, stage) for stage in model.stages(name)}
    model.products[name] = Product(batch=units, steps=steps)
    model.orders[name] = Order(product=name, release=release)


def _step(model: Model, stage: tuple[str, ...], time: float | None = None, attended: bool | None = None) -> Step:
    """An operation at any of some machines; those that work by the unit of a batch take its mass by their rate."""
    node = model.nodes[stage[0]]
    by_unit = model.kind(stage[0]) == "BatchScrapMachine"
    if time is None and not by_unit:
        time = fixed(node["processingTime"])
    if attended is None:
        attended = "Processing" in node.get("operationType", "")
    crew = model.crew(stage[0]) if attended else ""
    shop = model.kind(stage[0]) == "MachineJobShop"  # a job waits in its queue until station and people are there
    return Step(
        on=stage[0] if len(stage) == 1 else "+".join(stage),
        time=time,
        startup_loss=fixed(node["scrapQuantity"]) if by_unit and node.get("scrapQuantity") else 0.0,
        needs={"run": {crew: 1}} if crew and not shop else {},
        keeps=({crew: 1} if crew and shop else {})
        | ({threshold: 1} if (threshold := _last_call(model, stage[0])) else {}),
        work="finish" if not crew or all(map(finishes, _cuts_of(model, crew))) else "pause",
    )


def _last_call(model: Model, name: str) -> str:
    """The pool without which nothing begins, if a station takes nothing in the last hours of its shifts."""
    return f"{name} before the end" if model.cuts(name).get("shift", {}).get("receiveBeforeEndThreshold") else ""


def _cuts_of(model: Model, crew: str) -> Iterator[Node]:
    for each in crew.split("+"):
        yield from model.cuts(each).values()


def _standing(model: Model, place: str, units: dict[str, Unit], links: list[str]) -> None:
    """What stands in a queue or station when a model begins: an order each, released at once."""
    for number, part in enumerate(model.stands[place], 1):
        name = f"{place}-{number}"
        steps = _job(model, part) if "route" in part else _rest(model, place, part)
        if model.kind(place) in QUEUES and model.before(place, *MACHINES) and "route" not in part:
            dock = f"dock {place}"  # from which it comes into the queue, in no time
            units[dock] = Unit(kind=dock, count=len(model.stands[place]))
            links += [] if f"{dock} -> {place}" in links else [f"{dock} -> {place}"]
            steps = {dock: Step(on=dock, time=0.0), **steps}
        due = float(part["dueDate"]) if "dueDate" in part else None
        model.products[name] = Product(batch=float(part.get("numberOfUnits", 1)), steps=steps)
        model.orders[name] = Order(product=name, batches=1, release="at once", due=due)


def _rest(model: Model, place: str, part: Node) -> dict[str, Step]:
    """What is still to be done to a part that stands somewhere in a line."""
    steps = {"+".join(stage): _step(model, stage) for stage in model.stages(place)}
    if model.kind(place) not in MACHINES:
        return steps
    left = None
    if "remainingProcessingTime" in part:
        left = fixed(part["remainingProcessingTime"])
    elif "unitsToProcess" in part:
        left = float(part["unitsToProcess"]) * fixed(model.nodes[place]["processingTime"])
    return {place: _step(model, (place,), left), **steps}


def _job(model: Model, job: Node) -> dict[str, Step]:
    """The operations of a job of its own route."""
    steps = {}
    for number, visit in enumerate(job["route"]):
        stations = tuple(visit["stationIdsList"])
        if model.kind(stations[0]) in MACHINES:
            attended = bool(visit["operationType"]["Processing"]) if "operationType" in visit else None
            steps[f"{number} {'+'.join(stations)}"] = _step(model, stations, fixed(visit["processingTime"]), attended)
    return steps


class Queues:
    """Which waiting job goes first: by the rule of the queue that it stands in; of units free alike, the last."""

    def __init__(self, model: Model) -> None:
        self.rules: dict[tuple[str, str], str] = {}
        self.rank = {f"{name}-1": number for number, name in enumerate(model.of_kind(*MACHINES))}
        self.priority: dict[str, float] = {}
        for place, jobs in model.stands.items():
            for number, job in enumerate(jobs, 1):
                queue = place
                self.priority[f"{place}-{number}"] = float(job.get("priority", 0))
                for k, visit in enumerate(job["route"]):
                    stations = visit["stationIdsList"]
                    step = f"{k} {'+'.join(stations)}"
                    inside = not k and model.kind(stations[0]) in MACHINES  # it is in its first station already
                    rule = "inside" if inside else model.nodes[queue].get("schedulingRule", "FIFO")
                    self.rules[f"{place}-{number}", step] = rule
                    queue = stations[0] if stations[0] in model.nodes else queue

    def __call__(self, claim: Any, unit: Any, now: float) -> Any:
        """The least goes first."""
        rule, by = self.rules[claim.product, claim.step], (claim.asked, claim.due, -self.rank[unit.name])
        first = {"EDD": claim.due, "MC-Priority-EDD": self.priority[claim.product], "inside": -inf}.get(rule, 0.0)
        return (first, claim.due if rule.endswith("EDD") else 0.0, *by)

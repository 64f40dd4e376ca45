"""Plant models of another simulator's regression suite as scenarios: its stations, queues, people and interruptions.

Its unit of time is taken as an hour, a part as 1 kg, a batch as as many kg as it has units.  What a model says that a
scenario can't is `NotPlayed`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from manpy.model import (
    BENCHES,
    EXITS,
    JOINERS,
    KIT,
    LONG,
    MACHINES,
    QUEUES,
    SOURCES,
    SPLITTERS,
    Model,
    Node,
    NotPlayed,
    finishes,
    fixed,
    hours_of,
    last_hours,
    said,
)
from manpy.routes import last_call, line, step_at
from manpy.standing import standing

from plantsim.laws import Constant, Trace
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step

PARTS = "split" in Step.model_fields  # whether batches can be split and joined


def scenario(file: Node, horizon: float) -> Scenario:
    """The scenario of a model, to be run so long [h]."""
    model = Model.of(file)
    _refuse(model)
    units = {name: _unit(model, name) for name in model.visited}
    units |= {f"{name} out": Unit(kind=f"{name} out") for name in model.of_kind(*JOINERS) if model.after(name, *EXITS)}
    buffers, links = _buffers(model)
    if model.of_kind("Assembly"):
        _kits(model)
    else:
        for name in model.of_kind(*SOURCES):
            _from_source(model, name)
    standing(model, units, links)
    calendars = {name: calendar for name in model.nodes if (calendar := hours_of(model, name)) is not None}
    calendars |= {last_call(model, name): last_hours(model, name) for name in calendars if last_call(model, name)}
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
    known = (
        *MACHINES,
        *QUEUES,
        *SOURCES,
        *EXITS,
        *SPLITTERS,
        *JOINERS,
        "Repairman",
        "Operator",
        "OperatorPool",
        "EventGenerator",
    )
    strange = sorted({model.kind(name) for name in model.nodes} - set(known))
    if strange:
        raise NotPlayed(f"not converted: {', '.join(strange)}")
    if model.parted and not PARTS:
        raise NotPlayed("batches in parts")
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
            clock = "running" if cut.get("deteriorationType") == "working" else "calendar"
            after: float | Trace = fixed(cut["TTF"])
            if cut.get("deteriorationType") == "onShift":
                after = Trace(times=tuple(_lives(model, name, fixed(cut["TTF"]), fixed(cut["TTR"]))))
            pool = "".join(model.before(name, "Repairman"))
            yield f"{name} failure", Failure(after=after, repair=fixed(cut["TTR"]), clock=clock, pool=pool)
        if (cut := cuts.get("break")) and not finishes(cut):
            yield f"{name} break", Failure(after=fixed(cut["TTB"]), repair=fixed(cut["TTR"]), clock="calendar")


def _lives(model: Model, name: str, after: float, repair: float) -> Iterator[float]:
    """Hours of the calendar from each repair to the next failure, of a life that is used up on shift alone."""
    at, left = 0.0, after
    for begin, end in model.cuts(name)["shift"]["shiftPattern"]:
        now = max(float(begin), at)
        while now + left < float(end):
            yield now + left - at
            at = now = now + left + repair
            left = after
        left -= max(0.0, float(end) - now)
    yield LONG


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
    calls = filter(None, (last_call(model, name) for name in model.of_kind(*MACHINES)))
    return pools | {call: Pool(count=1, calendar=call) for call in calls}


# ---- queues and the ways between -----------------------------------------------------------------------------------


def _buffers(model: Model) -> tuple[dict[str, Buffer], list[str]]:
    """Queues between stations, and links; a job shop has room for all between any two stations."""
    if model.of_kind("MachineJobShop"):
        return {"floor": Buffer()}, []
    behind = {there for here, there in model.edges if model.kind(here) in BENCHES}
    queues = {name: _places(node) for name, node in model.of_kind(*QUEUES).items() if name in behind}
    links = [(here, there) for here, there in model.edges if here in (*queues, *model.visited)]
    for name in model.of_kind(*JOINERS):
        queues[name] = model.parts(name)
        links += _behind(model, name, queues)
    known = (*queues, *model.visited, *(f"{name} out" for name in model.of_kind(*JOINERS)))
    cleared = model.of_kind("LineClearance")
    return {
        name: Buffer(places=places, clearance="batch" if name in cleared else None) for name, places in queues.items()
    }, [f"{here} -> {there}" for here, there in dict.fromkeys(links) if here in known and there in known]


def _behind(model: Model, joiner: str, queues: dict[str, int | None]) -> Iterator[tuple[str, str]]:
    """The ways on from where parts are joined; a queue behind it is so many more places there, for whole batches."""
    number = model.parts(joiner)
    for there in model.after(joiner, *BENCHES):
        yield joiner, there
    for queue in model.after(joiner, *QUEUES):
        if model.before(queue, *BENCHES) or len(model.before(queue, *JOINERS)) > 1:
            raise NotPlayed("a queue in which whole batches of several lines meet")
        places = _places(model.nodes[queue])
        queues[joiner] = None if places is None else number * (1 + places)
        for there in model.next_machines(queue):
            yield joiner, there
    if model.after(joiner, *EXITS):
        yield joiner, f"{joiner} out"


def _places(queue: Node) -> int | None:
    if "length" in queue:
        return int(queue["length"])  # of a belt: parts of length 1; they move along it in no time
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
    steps = line(model, name)
    model.products[name] = Product(batch=units, steps=steps)
    model.orders[name] = Order(product=name, release=release)


def _kits(model: Model) -> None:
    """A frame and its parts enter together, when the last of the parts is there; what is dismantled goes two ways."""
    gaps = {node["entity"]: fixed(node["interArrivalTime"]) for node in model.of_kind(*SOURCES).values()}
    frame, part = gaps["Dream.Frame"], gaps["Dream.Part"]
    if frame != part * (KIT - 1):
        raise NotPlayed("frames and parts that come at different rates")
    steps: dict[str, Step] = {}
    name = next(iter(model.of_kind("Assembly")))
    while model.kind(name) != "Dismantle":
        steps[name] = step_at(model, (name,))
        name = model.next_machines(name)[0]
    steps[name] = step_at(model, (name,))
    for there in model.next_machines(name):
        of_frame = model.entities[name, there] == "Frame"
        way = {"share": (1 if of_frame else KIT - 1) / KIT, "split": None if of_frame else KIT - 1, "after": (name,)}
        steps[there] = step_at(model, (there,)).model_copy(update=way)
    model.products["kit"] = Product(batch=KIT, steps=steps)
    model.orders["kit"] = Order(product="kit", release=Release(every=Constant(value=frame)), start=(KIT - 2) * part)


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

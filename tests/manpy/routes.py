"""What is done to a batch on its way through a model, as the steps of a recipe."""

from __future__ import annotations

from collections.abc import Iterator

from manpy.model import MACHINES, SPLITTERS, Model, Node, finishes, fixed

from plantsim.step import Step


def line(model: Model, place: str) -> dict[str, Step]:
    """What is done to a batch that starts from here; between places where it is split and joined, to its parts."""
    steps, here = {}, (place,)
    for stage in model.stages(place):
        steps["+".join(stage)] = _parted(step_at(model, stage), model, here)
        here = stage
    for joiner in model.joiners(here[0]):
        steps[joiner] = Step(on=f"{joiner} out", time=0.0, joins="all" if model.parts(joiner) > 1 else None)
    return steps


def _parted(step: Step, model: Model, here: tuple[str, ...]) -> Step:
    """A step before which a batch is split, or its parts are joined."""
    split = model.parts(here[0]) if model.kind(here[0]) in SPLITTERS else 1
    joins = any(model.parts(each) > 1 for each in model.joiners(here[0]))
    return step.model_copy(update={"split": split if split > 1 else None, "joins": "all" if joins else None})


def step_at(model: Model, stage: tuple[str, ...], time: float | None = None, attended: bool | None = None) -> Step:
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
        | ({threshold: 1} if (threshold := last_call(model, stage[0])) else {}),
        work="finish" if not crew or all(map(finishes, _cuts_of(model, crew))) else "pause",
    )


def last_call(model: Model, name: str) -> str:
    """The pool without which nothing begins, if a station takes nothing in the last hours of its shifts."""
    return f"{name} before the end" if model.cuts(name).get("shift", {}).get("receiveBeforeEndThreshold") else ""


def _cuts_of(model: Model, crew: str) -> Iterator[Node]:
    for each in crew.split("+"):
        yield from model.cuts(each).values()


def job(model: Model, job: Node) -> dict[str, Step]:
    """The operations of a job of its own route."""
    steps = {}
    for number, visit in enumerate(job["route"]):
        stations = tuple(visit["stationIdsList"])
        if model.kind(stations[0]) in MACHINES:
            attended = bool(visit["operationType"]["Processing"]) if "operationType" in visit else None
            steps[f"{number} {'+'.join(stations)}"] = step_at(model, stations, fixed(visit["processingTime"]), attended)
    return steps

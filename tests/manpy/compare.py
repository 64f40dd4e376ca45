"""What the other simulator says of a model, what a run of its scenario says, and how far they are apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from manpy.convert import scenario
from manpy.model import Model, hours_of

from plantsim.calendars import Timetable
from plantsim.engine.simulate import simulate
from plantsim.record import HOUR
from plantsim.results import Results

FOLDER = Path("shared") / "data" / "manpy_dream" / "topologies_open.zip"
ENDLESS = 500.0  # [h] within which every model ends that has no length of its own
WORDS = ("working", "waiting", "blockage", "failure", "break", "off_shift")
Shares = dict[tuple[str, str], float]


@cache
def archive() -> Path | None:
    """Where the models are, if they are there."""
    found = [parent / FOLDER for parent in Path(__file__).resolve().parents]
    return next((path for path in found if path.exists()), None)


def names() -> list[str]:
    """The models that there are."""
    path = archive()
    return (
        sorted(name.removesuffix(".json") for name in ZipFile(path).namelist() if name.endswith(".json"))
        if path
        else []
    )


def _read(name: str) -> Any:
    return json.loads(ZipFile(archive() or "").read(name))


@dataclass(frozen=True)
class Told:
    """How many parts left, and shares of time by station and state [%]."""

    exits: int
    shares: Shares


@dataclass(frozen=True)
class Comparison:
    """What both say of a model."""

    name: str
    theirs: Told
    ours: Told

    @property
    def apart(self) -> tuple[int, float, str]:
        """(exits more or less, the largest difference of a share in points, of what)."""
        differences = {key: abs(self.ours.shares[key] - share) for key, share in self.theirs.shares.items()}
        worst = max(differences, key=lambda key: differences[key])
        return abs(self.ours.exits - self.theirs.exits), differences[worst], " ".join(worst)

    @property
    def agrees(self) -> bool:
        """Exits within one part, shares within 0.1 points."""
        exits, points, _ = self.apart
        return exits <= 1 and points <= 0.1


@cache
def compare(name: str) -> Comparison:
    """Play a model, and lay what it says beside what the other simulator says.

    Raises:
        NotPlayed: if the model has a feature that is not converted.
    """
    model, golden = Model.of(_read(f"{name}.json")), _read(f"{name}.json.result")
    run, end = _played(_read(f"{name}.json"))
    return Comparison(name, _theirs(model, golden), _ours(model, run, end))


# ---- theirs --------------------------------------------------------------------------------------------------------


def _theirs(model: Model, golden: Any) -> Told:
    found = {
        each["id"]: {key: _mean(value) for key, value in each["results"].items()} for each in golden["elementList"]
    }
    out = [found[name] for name in model.of_kind("Exit", "ExitJobShop")]
    exits = sum(each["throughput"] for each in out)
    shares: Shares = {}
    for name in model.stations:
        shares |= {(name, word): found[name].get(f"{word}_ratio", 0.0) for word in WORDS}
    for pool, people in _people(model):
        each = [found[name] for name in people]
        shares[pool, "working"] = _mean([one["working_ratio"] for one in each])
        shares[pool, "away"] = _mean([one["off_shift_ratio"] + one["on_break_ratio"] for one in each])
    return Told(int(exits), shares)


def _mean(value: Any) -> Any:
    return (
        sum(value) / len(value) if isinstance(value, list) and value and isinstance(value[0], (int, float)) else value
    )


def _people(model: Model) -> Iterator[tuple[str, list[str]]]:
    yield from ((name, [name]) for name in model.of_kind("Repairman"))
    yield from model.crews().items()


# ---- ours ----------------------------------------------------------------------------------------------------------


def _played(file: Any) -> tuple[Results, float]:
    """The run of a model, and when it ends [h]: as the model says, or when all has left, or the last part asked for."""
    until = float(file["general"]["maxSimTime"])
    run = simulate(scenario(file, until if until > 0.0 else ENDLESS))
    done = [row[0] / HOUR for row in run.record if row[1] == "done"]
    number = next((cancel.get("number") for cancel in _cancels(file)), None)
    if number is not None:
        return run, done[int(number) - 1]
    return run, until if until > 0.0 else done[-1]


def _cancels(file: Any) -> Iterator[Any]:
    for node in file["graph"]["node"].values():
        if node.get("cancelCondition", {}).get("reason") == "throughput":
            yield node["cancelCondition"]


def _ours(model: Model, run: Results, end: float) -> Told:
    done = [row for row in run.record if row[1] == "done" and row[0] <= round(end * HOUR)]
    exits = round(sum(row[6] for row in done)) if model.of_kind("Assembly") else len(done)
    shares: Shares = {(name, word): 0.0 for name in model.stations for word in WORDS}
    for stay in run.spans("units", 0.0, end).itertuples():
        name = str(stay.unit).removesuffix("-1")
        if name in model.stations:
            for word, hours in _words(model, name, stay):
                shares[name, word] += 100.0 * hours / end
    for pool, people in _people(model):
        shares |= _pool_shares(model, run, pool, people, end)
    return Told(exits, shares)


def _words(model: Model, name: str, stay: Any) -> Iterable[tuple[str, float]]:
    """The other simulator's words for a stay, and how long [h]; a station that is down off shift is off shift."""
    stopped = stay.state in ("down", "maintenance")
    if stopped:
        word = str(stay.cause).removeprefix(f"{name} ")
    elif stay.state == "holding":
        word = "blockage" if stay.detail == "blocked" else "waiting"
    else:
        word = {"idle": "waiting", "closed": "off_shift"}.get(stay.state, "working")
    calendar = hours_of(model, name)
    off = _closed(Timetable(calendar), stay.start, stay.end) if calendar and stopped else 0.0
    return (word, stay.end - stay.start - off), ("off_shift", off)


def _closed(times: Timetable, start: float, end: float) -> float:
    """How much [h] of a stretch a calendar is closed."""
    at, closed = round(start * HOUR), 0
    while at < round(end * HOUR):
        until = min(times.change(at), round(end * HOUR))
        closed += 0 if times.is_open(at) else until - at
        at = until
    return closed / HOUR


def _pool_shares(model: Model, run: Results, pool: str, people: list[str], end: float) -> Shares:
    """A pool's shares of working and of being away, of the hours of so many operators, whatever the capacity of each.

    Who still works after the end of a shift is not away.
    """
    uses = run.spans("pools", 0.0, end)
    uses = uses[uses["pool"] == pool]
    worked = float((uses["hours"] * uses["number"]).sum())
    calendar = hours_of(model, people[0])
    away = 0.0
    if calendar is not None:
        times = Timetable(calendar)
        late = sum(_closed(times, use.start, use.end) * use.number for use in uses.itertuples())
        away = _closed(times, 0.0, end) - late
    total = end / 100.0
    return {(pool, "working"): worked / len(people) / total, (pool, "away"): away / total}

"""What a state is made of: the plant at a time, in values that are changed by rows alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from plantsim.state.tanks import TankState

Acts: TypeAlias = tuple[tuple[str, int], ...]
Uses: TypeAlias = tuple[tuple[str, float, int], ...]

# A stint: (acts, ms, uses, run from, run until, when the place before is left)
#   acts: ((name, ms), ...); uses: ((pool, number, for how many ms), ...)
#   run from, run until: the part [ms] in which running clocks go
#   left: 'start' or 'end' of this stint, or '' if before or never
StintPlan: TypeAlias = tuple[Acts, int, Uses, int, int, str]
Plan: TypeAlias = tuple[StintPlan, ...]
Phases: TypeAlias = tuple[tuple[str, int, tuple[tuple[str, float], ...]], ...]  # of a clean: (act, ms, uses)
Over: TypeAlias = tuple[tuple[str, int], ...]  # (step, ms) ...
Use: TypeAlias = tuple[int, float, str]  # (until ms, number, who)
Takings: TypeAlias = Sequence[tuple[str, float, dict[str, Any] | None]]  # (material, kg, what it is made of) ...


@dataclass(slots=True)
class JobState:
    """A unit's own work: a repair, a clean, a maintenance."""

    kind: str  # fail, clean or maintain
    left: int  # ms
    uses: tuple[tuple[str, float], ...]  # (pool, number)
    since: int  # ms: when it was asked for, or began
    running: bool = False
    cause: str = ""  # of a clean, which: minor, major ...
    lacks: str = ""  # the pool that it waits for
    part: int = 0  # ms: when the spare part for it is there; 0: none is needed
    why: str = ""  # of a clean with phases
    product: str = ""  # for which it is made
    phases: Phases = ()
    phase: int = 0
    keeps: tuple[tuple[str, float], ...] = ()  # (pool, number), from the first of its phases
    kept: int = 0  # in so many phases
    held: bool = False  # whether it has what it keeps
    asks: tuple[tuple[str, float], ...] = ()  # what it asked to keep, if others than the pools lend it
    dirty: bool = False  # whether the unit was dirty when the clean was asked for
    after: int = 0  # ms of it in which the unit is qualified anew and nobody is needed
    takes: tuple[tuple[str, float], ...] = ()  # (material, pieces) that it takes as it begins
    whole: int = 0  # ms: of a repair or a maintenance, how long it takes in all


@dataclass(slots=True)
class UnitState:
    """A unit: who is in it, what it last made, how old it is, what stops it."""

    batch: str = ""  # of a load, the one that leads
    riders: list[str] = field(default_factory=list)  # the others of a load, or other parts of a batch, in it too
    apart: bool = False  # those in it come and go each at its own time
    counted: int = 0  # ms: up to when it is counted what it ran, if they do
    last: str = ""  # product
    before: list[Any] = field(default_factory=list)  # (product, campaign) before the clean in it began, of a plain rule
    campaign: int = 0  # batches since the last major clean
    dirty: bool = False  # used since the last clean of any kind
    ran: int = 0  # ms worked
    cycles: int = 0  # batches that have left it
    cleans: int = 0  # cleans of its own so far
    set_for: str = ""  # product for which it was cleaned since it was last used
    left: int = 0  # ms: when it was last left
    cleaned: int = 0  # ms: when it was last clean
    sterile: int = 0  # ms: when it was last sterile
    fresh: bool = False  # a batch has got it clean, and has not begun in it yet
    lapsed: str = ""  # the hold that is over since its last clean
    campaigns: int = 0  # so far: of batches of one product between major cleans
    doubts: list[str] = field(default_factory=list)  # investigations of it that concern the batches in it
    opened: str = ""  # the maintenance or failure mode that has opened it since the last clean
    mass: float = 0.0  # [kg] since the last major clean
    major_at: int = 0  # ms: when the last major clean was over
    major_ran: int = 0  # ms that it had worked by then
    closed: bool = False
    kept: dict[str, float] = field(default_factory=dict)  # pool -> number, until the unit is left
    lives: dict[str, int] = field(default_factory=dict)  # failure or maintenance -> how many so far
    renewed: dict[str, int] = field(default_factory=dict)  # on its clock, ms: when it was last as new
    worn: dict[str, int] = field(default_factory=dict)  # failure -> age [ms] that its last repair left
    impaired: dict[str, float] = field(default_factory=dict)  # failure with which it works on -> rate
    jobs: dict[str, JobState] = field(default_factory=dict)
    booked: list[tuple[int, int, str]] = field(default_factory=list)  # (from, until, batch)


@dataclass(slots=True)
class BatchState:
    """A batch on the floor: where it stands, what it does or lacks."""

    name: str
    order: str
    number: int
    product: str
    amount: float
    released: int
    step: str = ""  # that it is in, or asks for
    phase: str = "wait"  # wait (for a unit); claim (pools for a stint); run; halted (its unit is stopped); ride
    unit: str = ""  # that is granted
    place: str = ""  # the unit or buffer in which its material is, while that is not `unit`
    plan: Plan = ()
    stint: int = 0
    left: int = 0  # ms of the stint
    since: int = 0
    asked: int = 0
    stood: int = -1  # ms: since when it stands, if it has its unit, which has not begun with it yet; -1: it does not
    cause: str = ""
    booked: int = 0  # units booked for it
    withs: list[str] = field(default_factory=list)  # units of its step beside `unit`
    containers: dict[str, str] = field(default_factory=dict)  # mobile unit that it is in -> step that filled it
    words: tuple[str, ...] = ()  # for which each use of its running stint was asked, if others than the pools lend it
    lost: int = 0  # ms: when it is lost unless its halted stint has gone on; 0: never
    charge: dict[str, Any] | None = None  # what it is made of, as its last charge row says
    outcome: tuple[Any, ...] | None = None  # what the model of its step says
    halted: int = 0  # ms: when its run was last halted; 0 once its model has been asked anew
    taken: list[tuple[str, float, dict[str, Any] | None]] = field(default_factory=list)  # material, kg, what it is
    pending: dict[str, bool] = field(default_factory=dict)  # test of it that is not over -> whether it waits for that
    verdict: tuple[str, str] | None = None  # (step, test) that it failed while it was worked on
    reworked: dict[str, int] = field(default_factory=dict)  # step/test -> how often it went back for it
    parent: str = ""  # the batch that it is a part of
    made: int = 0  # parts into which it has been split so far
    joins: bool = False  # waits for other parts, or other batches, for its next step
    gate: bool = False  # waits for a verdict after its step before it parts or meets others
    over: Over = ()  # of what parts or meets: the steps that it comes from, and when they were over [ms]
    more: list[str] = field(default_factory=list)  # other places in which its material still is
    came: str = ""  # the unit from which it went into the buffer in which it is, or was last
    lasts: int = 0  # ms: how long a step for which it asks takes that does not fit before its unit closes; 0: it fits

    @property
    def luck(self) -> str:
        """Under which name its luck is: steps that are done again have luck of their own."""
        again = sum(self.reworked.values()) if self.reworked else 0
        return f"{self.name}/rework {again}" if again else self.name


@dataclass(slots=True)
class PartedState:
    """A batch that is in parts now, which go their own ways."""

    order: str
    number: int
    product: str
    released: int
    parent: str = ""
    fork: str | None = None  # the step after which steps go side by side, '' for the release; None: it was split
    made: int = 0  # parts into which it has been split so far
    parts: list[str] = field(default_factory=list)  # that are still in the plant


@dataclass(slots=True)
class LotState:
    """A lot of a material in store."""

    amount: float
    status: str  # quarantine or released
    expires: int = -1  # ms; -1: never
    tests: int = 0  # so far
    charge: dict[str, Any] | None = None  # what it is made of


@dataclass(slots=True)
class StockState:
    """A material: its lots in the order in which they came, and what is on its way."""

    lots: dict[str, LotState] = field(default_factory=dict)
    came: int = 0  # lots so far
    ordered: int = 0  # orders so far
    unit: str = "kg"  # or pieces
    coming: list[tuple[int, str, float, int]] = field(default_factory=list)  # (when [ms], lot, kg, ordered [ms])


@dataclass(slots=True)
class SampleState:
    """A test of a lot or a batch that is not over."""

    test: str
    subject: str  # the lot, the batch, or the unit that is investigated
    step: str  # after which the batch is tested, or ''
    material: str  # of a lot, or ''
    left: int  # ms
    uses: Uses
    since: int  # ms: when it was asked for, or began
    running: bool = False
    lacks: str = ""
    failed: bool = False  # its failure is being investigated
    found: tuple[tuple[str, float], ...] = ()  # attribute, its number as the test finds it
    ride: str = ""  # the sample with which it is tested, and whose analysts are its own


@dataclass(slots=True)
class SamplingState:
    """How far a sampling plan is."""

    untested: int = 0  # batches since the last one that was tested
    campaigns: dict[str, int] = field(default_factory=dict)  # unit -> its campaign of which one was tested


@dataclass(slots=True)
class OrderState:
    """How far an order is."""

    released: int = 0
    finished: int = 0  # done or scrapped
    last: int = 0  # when the last batch was released
    lacks: str = ""  # what its next batch, which stands ready before a free unit, waits for
    since: int = 0  # since when [ms] it lacks that
    lasts: int = 0  # ms: how long its first step takes, if that does not fit before its unit closes


@dataclass(slots=True)
class State:
    """The plant at a time: units, batches on the floor, buffers, pools and utilities in use, tanks, orders."""

    time: int = 0
    units: dict[str, UnitState] = field(default_factory=dict)
    batches: dict[str, BatchState] = field(default_factory=dict)
    parted: dict[str, PartedState] = field(default_factory=dict)
    buffers: dict[str, list[str]] = field(default_factory=dict)
    pools: dict[str, list[Use]] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)  # pool -> number kept over steps
    orders: dict[str, OrderState] = field(default_factory=dict)
    tanks: dict[str, TankState] = field(default_factory=dict)  # of each utility
    makers: dict[str, UnitState] = field(default_factory=dict)  # utility -> what makes it: what stops it
    stocks: dict[str, StockState] = field(default_factory=dict)
    samples: dict[str, SampleState] = field(default_factory=dict)
    samplings: dict[str, SamplingState] = field(default_factory=dict)  # product/step/test
    given: dict[str, float] = field(default_factory=dict)  # address -> hours known to have passed of a time drawn
    salt: str = ""  # of the luck since a forecast began

    @classmethod
    def empty(
        cls,
        units: Iterable[str],
        buffers: Iterable[str] = (),
        pools: Iterable[str] = (),
        orders: Iterable[str] = (),
        stocks: Mapping[str, tuple[float, float, float]] | None = None,
        materials: Mapping[str, str] | None = None,
    ) -> State:
        """The state of a plant in which nothing has happened yet.

        `pools` are names of all that is lent, utilities too; `stocks` gives rate, tank and level at first of those.
        `materials` gives their unit of measure, kg or pieces.
        """
        names = list(pools)
        return cls(
            units={name: UnitState() for name in units},
            buffers={name: [] for name in buffers},
            pools={name: [] for name in names},
            kept=dict.fromkeys(names, 0),
            orders={name: OrderState() for name in orders},
            tanks={name: TankState.of(*stock) for name, stock in (stocks or {}).items()},
            makers={name: UnitState() for name in stocks or {}},
            stocks={name: StockState(unit=unit) for name, unit in (materials or {}).items()},
        )

    def tended(self, name: str) -> UnitState:
        """What has jobs of its own: a unit, or what makes a utility."""
        found = self.units.get(name)
        return self.makers[name] if found is None else found

    def to_json(self) -> str:
        """The state as JSON; `from_json` gives an equal one."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> State:
        """Read what `to_json` wrote."""
        raw = json.loads(text)
        return cls(
            time=raw["time"],
            units={name: _unit(each) for name, each in raw["units"].items()},
            batches={
                name: BatchState(
                    **{
                        **each,
                        **{word: _tuples(each[word]) for word in ("plan", "outcome", "words", "over", "verdict")},
                        "taken": _taken(each),
                    }
                )
                for name, each in raw["batches"].items()
            },
            parted={name: PartedState(**each) for name, each in raw["parted"].items()},
            buffers=raw["buffers"],
            pools={name: [tuple(use) for use in uses] for name, uses in raw["pools"].items()},
            kept=raw["kept"],
            orders={name: OrderState(**each) for name, each in raw["orders"].items()},
            tanks={name: TankState(**each) for name, each in raw["tanks"].items()},
            makers={name: _unit(each) for name, each in raw["makers"].items()},
            stocks={name: _stock(each) for name, each in raw["stocks"].items()},
            samples={name: _sample(each) for name, each in raw["samples"].items()},
            samplings={name: SamplingState(**each) for name, each in raw["samplings"].items()},
            given=raw["given"],
            salt=raw["salt"],
        )

    def copy(self) -> State:
        """A state of its own, equal to this one."""
        return State.from_json(self.to_json())


def _unit(raw: dict[str, Any]) -> UnitState:
    jobs = {name: JobState(**{word: _tuples(each) for word, each in job.items()}) for name, job in raw["jobs"].items()}
    return UnitState(**{**raw, "jobs": jobs, "booked": [tuple(each) for each in raw["booked"]]})


def _taken(raw: dict[str, Any]) -> list[Any]:
    return [tuple(each) for each in raw["taken"]]


def _sample(raw: dict[str, Any]) -> SampleState:
    return SampleState(**{**raw, "uses": _tuples(raw["uses"]), "found": _tuples(raw["found"])})


def _stock(raw: dict[str, Any]) -> StockState:
    lots = {name: LotState(**lot) for name, lot in raw["lots"].items()}
    return StockState(**{**raw, "lots": lots, "coming": [tuple(each) for each in raw["coming"]]})


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {word: _tuples(each) for word, each in value.items()}
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value

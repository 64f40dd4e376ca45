"""A step of a recipe: one unit procedure, with its acts, its phases, and what it needs, takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo, model_validator

from plantsim.chance import Duration
from plantsim.charge import StartingCharge
from plantsim.errors import did_you_mean
from plantsim.laws import Law
from plantsim.materials import Afterwards, Amounts, Samplings
from plantsim.plant import Work
from plantsim.schema import (
    Count,
    Declared,
    Hours,
    Kilograms,
    Name,
    PositiveHours,
    PositiveKilograms,
    PositiveShare,
    Share,
)
from plantsim.stops import ACT as STOPS
from plantsim.unitops.model import Model
from plantsim.utility import Needs

ACTS = ("transfer", "charge", "run", "discharge")
AROUND = ("transfer", "charge", "discharge")  # in which a unit does not work


class StepPhase(Declared):
    """A part of a step on its unit, such as heating up, with what it needs."""

    time: Annotated[Duration | None, Field(description="how long it takes; none: of the phase 'run' alone")] = None
    needs: Annotated[Needs, Field(description="pool: number, or utility: rate, in this phase")] = {}
    slows: Annotated[
        PositiveShare | None,
        Field(description="least share of what it draws of utilities at which it begins; it then lasts longer"),
    ] = None


def _phased(value: dict[str, StepPhase]) -> dict[str, StepPhase]:
    """Phases have times and names of their own; 'run' stands where the run comes."""
    for name, phase in value.items():
        if name in ACTS and name != "run":
            raise ValueError(f"{name!r} is an act that each step may have: give it beside 'phases', or another name")
        if name in (STOPS, "setup", "") or name.startswith(("clean ", "transfer")):
            raise ValueError(f"{name!r} is what the record calls something else: give the phase another name")
        if phase.time is None and name != "run":
            raise ValueError(f"{name!r} has no time: only the phase 'run' takes that of its step, model or unit")
    return value


def acts_of(step: Mapping[str, Any]) -> tuple[str, ...]:
    """What a step does, in order: its run comes where the phases name it, else after them, if it has one."""
    phases = tuple(step.get("phases") or ())
    timed = not phases or any(step.get(word) is not None for word in ("time", "model"))
    return (*ACTS[:2], *phases, *(("run",) if timed and "run" not in phases else ()), ACTS[-1])


def _by_act(value: Any, known: ValidationInfo) -> Any:
    """{pool: n} is needed in every act but the transfer; {act: {pool: n}} says which."""
    if isinstance(value, dict) and value and not any(isinstance(each, dict) for each in value.values()):
        return dict.fromkeys(acts_of(known.data)[1:], value)
    return value


def _an_act(value: str, known: ValidationInfo) -> str:
    acts = acts_of(known.data)
    if value not in acts:
        raise ValueError(f"unknown word {value!r}{did_you_mean(value, acts)}")
    return value


Act = Annotated[str, AfterValidator(_an_act)]


def _listed(value: Any) -> Any:
    """A single name may stand for a list of one."""
    return (value,) if isinstance(value, str) else value


def _by_what(value: Any) -> str:
    """Which of the ways to say a split this is."""
    if value == "per unit":
        return "unit"
    return "number" if isinstance(value, int) else "mass"


Split = Annotated[
    Annotated[Count, Tag("number")]
    | Annotated[Literal["per unit"], Tag("unit")]
    | Annotated[PositiveKilograms, Tag("mass")],
    Discriminator(_by_what),
]


Filled = Annotated[Annotated[Count, Tag("number")] | Annotated[PositiveKilograms, Tag("mass")], Discriminator(_by_what)]


def _at_its_end(value: Any) -> Any:
    """'bin' alone is empty at the end of the step."""
    return dict.fromkeys(_listed(value), "end") if isinstance(value, (str, list, tuple)) else value


def _one_of_it(value: Any) -> Any:
    """'bin' alone is one bin."""
    return {value: 1} if isinstance(value, str) else value


class Step(Declared):
    """One unit procedure: transfer, charge, run and discharge on one unit."""

    on: Annotated[str, Field(description="kind of unit, name, or single unit that does it")]
    time: Annotated[Duration | None, Field(description="length of the run; none: batch divided by the unit's rate")] = (
        None
    )
    model: Annotated[Model, Field(description="unit operation that says how long the run is and what comes out")] = None
    tabulate: Annotated[
        bool | Literal["luck"],
        Field(
            description="its model is called on a grid once, and interpolated: for up to four inputs that vary; luck: "
            "over what the model draws alone, for each charge anew, where many batches are alike"
        ),
    ] = False
    transfer: Annotated[Duration | None, Field(description="moving in; the place before is kept until its end")] = None
    charge: Annotated[Duration | None, Field(description="before the run, in the unit")] = None
    discharge: Annotated[Duration | None, Field(description="after the run, in the unit")] = None
    phases: Annotated[
        dict[str, StepPhase],
        AfterValidator(_phased),
        Field(description="between charge and discharge; the run of the step comes after them, or where 'run' is"),
    ] = {}
    needs: Annotated[
        dict[Act, Needs],
        BeforeValidator(_by_act, json_schema_input_type=dict[str, Needs] | Needs),
        Field(description="act or phase: {pool: number, utility: rate}, in that"),
    ] = {}
    slows: Annotated[
        dict[Act, PositiveShare],
        Field(description="act: least share of what it draws of utilities at which it begins; it then lasts longer"),
    ] = {}
    keeps: Annotated[Needs, Field(description="pool: number, kept from the grant of the unit to its leaving")] = {}
    with_: Annotated[Needs, Field(description="kind or name of unit: number, kept with the one that it is on")] = {}
    into: Annotated[
        dict[str, Filled],
        BeforeValidator(_one_of_it, json_schema_input_type=str | dict[str, Filled]),
        Field(description="mobile unit: number that it fills, or the mass that one takes; they stay with the batch"),
    ] = {}
    out_of: Annotated[
        dict[str, Literal["transfer", "end"]],
        BeforeValidator(_at_its_end, json_schema_input_type=str | list[str] | dict[str, Literal["transfer", "end"]]),
        Field(description="mobile unit: when it is empty and left, at the end of the transfer or of the step"),
    ] = {}
    hold: Annotated[Hours | None, Field(description="longest wait after it; 0 h: zero wait; none: any")] = None
    after_hold: Annotated[
        Afterwards, Field(description="of a batch that waits for longer than the hold: also {rework: step, most: 2}")
    ] = "deviation"
    work: Annotated[
        Work, Field(description="at a shift end: finish, pause, restart, scrap, or do not start what does not fit")
    ] = "finish"
    longest_pause: Annotated[
        PositiveHours | None, Field(description="whatever halts it; for so long a batch may stand still in it")
    ] = None
    after_pause: Annotated[
        Afterwards, Field(description="of a batch that stands still for longer: also {rework: step, most: 2}")
    ] = "scrap"
    yield_: Annotated[Share, Field(description="mass out over mass in, after the start-up loss")] = 1.0
    startup_loss: Annotated[Kilograms, Field(description="mass lost in each run before good product comes")] = 0.0
    takes: Annotated[Amounts, Field(description="material: mass a batch, or kg/kg, taken at its start")] = {}
    gives: Annotated[Amounts, Field(description="material: mass that comes back to the store at its end")] = {}
    tests: Annotated[Samplings, Field(description="tests of the batch after it, whose verdict it waits for")] = {}
    after: Annotated[
        tuple[Name, ...] | None,
        BeforeValidator(_listed, json_schema_input_type=str | list[str] | None),
        Field(description="a step, or several that are joined; []: from the release on; none: the step before it"),
    ] = None
    batch: Annotated[PositiveKilograms | None, Field(description="of a side branch: the mass that it begins with")] = (
        None
    )
    made_of: Annotated[
        StartingCharge | None,
        Field(description="of a side branch with a batch of its own; none, at the release: as the product's"),
    ] = None
    share: Annotated[Share | None, Field(description="of the mass of the step before, where steps go side by side")] = (
        None
    )
    split: Annotated[
        Split | None, Field(description="before it: into so many parts, per unit, or parts of this mass")
    ] = None
    joins: Annotated[Literal["all"] | None, Field(description="before it: all parts become one batch again")] = None
    pools: Annotated[Count | None, Field(description="before it: so many batches of the order become one")] = None
    lost: Annotated[
        Literal["scrap", "go on"],
        Field(description="if a part that it joins is lost: scrap the batch, or go on with the others"),
    ] = "scrap"

    @model_validator(mode="after")
    def _timed_once(self) -> Step:
        if self.time is not None and self.model is not None:
            raise ValueError("give a time or a model, not both: the model says how long it takes")
        if "run" in self.phases and self.phases["run"].time is not None and (self.time or self.model):
            raise ValueError("the phase 'run' has a time, and so has the step: give one of them")
        return self

    @property
    def acts(self) -> tuple[str, ...]:
        """What it does, in order: transfer, charge, its phases, the run among or after them, discharge."""
        return acts_of({"phases": self.phases, "time": self.time, "model": self.model})

    def law(self, act: str) -> Law | None:
        """How long an act takes; None: it has none, or is a run that its model or the rate of its unit knows.

        >>> step = Step(on="reactor", time=2.0, charge=0.5, phases={"heat": {"time": 1.0}})
        >>> step.acts, [law.value for act in step.acts if (law := step.law(act))]
        (('transfer', 'charge', 'heat', 'run', 'discharge'), [0.5, 1.0, 2.0])
        """
        phase = self.phases.get(act)
        if phase is not None and phase.time is not None:
            return phase.time
        return self.time if act == "run" else getattr(self, act)

    def uses(self, act: str) -> Needs:
        """Pools and utilities that an act needs: those of its phase, and those that the step says of it."""
        phase = self.phases.get(act)
        return self.needs.get(act, {}) if phase is None else {**self.needs.get(act, {}), **phase.needs}

    def slowest(self, act: str) -> float | None:
        """The least share of its draws at which an act begins; None: it waits for all of them."""
        phase = self.phases.get(act)
        return self.slows.get(act) if phase is None or phase.slows is None else phase.slows

    @property
    def by_rate(self) -> bool:
        """Whether its run takes as long as the rate of its unit says."""
        return "run" in self.acts and self.law("run") is None and self.model is None

    @property
    def apart(self) -> frozenset[str]:
        """Acts that are claimed for by themselves: those that may be slow, and a modelled run among phases."""
        modelled = ("run",) if self.phases and self.model is not None else ()
        return frozenset((*self.slow, *modelled))

    @property
    def slow(self) -> dict[str, float]:
        """Act -> the least share of its draws at which it begins, of those that may be slow."""
        return {act: share for act in self.acts if (share := self.slowest(act)) is not None}

    def mean_hours(self, amount: float, rate: float | None) -> float:
        """Expected length [h] of all its acts for a batch of `amount` [kg] on a unit of `rate` [kg/h]."""
        known = sum(law.mean_hours for act in self.acts if (law := self.law(act)) is not None)
        return known + amount / rate if self.by_rate and rate else known

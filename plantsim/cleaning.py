"""How units are cleaned: cleans with their phases, and the rules that say which clean is due when."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from plantsim.chance import Duration
from plantsim.schema import Count, Declared, Names, Positive, PositiveHours, PositiveKilograms, PositiveShare, Share
from plantsim.utility import Needs


class Phase(Declared):
    """A part of a clean, such as a caustic wash, with what it draws."""

    time: Annotated[Duration, Field(description="how long it takes")]
    needs: Annotated[Needs, Field(description="pool: number, or utility: rate, in this phase")] = {}
    slows: Annotated[
        PositiveShare | None,
        Field(description="least share of what it draws of utilities at which it begins; it then lasts longer"),
    ] = None


class Verification(Declared):
    """A look, a swab or a rinse sample after a clean, with the time until its verdict."""

    time: Annotated[Duration, Field(description="until the verdict is there; the unit waits for it")]
    fails: Annotated[Share, Field(description="share of verdicts after which the clean is repeated")] = 0.0
    needs: Annotated[Needs, Field(description="pool: number, or utility: rate, used for the time on hand")] = {}
    hands_on: Annotated[
        PositiveHours | None, Field(description="how long they are needed, at its start; none: to the verdict")
    ] = None

    @model_validator(mode="after")
    def _whose(self) -> Verification:
        if self.hands_on is not None and not self.needs:
            raise ValueError("'hands on' must say whose hands: give 'needs', such as {analysts: 1}, or leave it out")
        return self

    @property
    def mean_hands_on(self) -> float:
        """Hours for which it needs somebody, as far as they are expected to be.

        >>> Verification(time=4.0, needs={"analysts": 1}, hands_on=0.25).mean_hands_on
        0.25
        """
        return min(self.time.mean_hours, inf if self.hands_on is None else self.hands_on)


class Clean(Declared):
    """A clean by its name: one time, or phases one after the other, and a verification."""

    time: Annotated[Duration | None, Field(description="how long it takes, if it has no phases")] = None
    phases: Annotated[dict[str, Phase], Field(description="one after the other, by name")] = {}
    needs: Annotated[Needs, Field(description="pool: number, kept to the last phase, or utility: rate")] = {}
    verify: Annotated[Verification | None, Field(description="after the last phase; nothing is kept for it")] = None
    renews: Annotated[
        bool | None, Field(description="counts of a campaign start anew; none: of all cleans but 'minor' and 'setup'")
    ] = None
    sterilises: Annotated[bool, Field(description="makes a clean unit sterile again, and does no more")] = False
    work: Annotated[
        Literal["finish", "pause", "restart"],
        Field(description="when a pool that it uses closes: finish, go on later, or repeat it from the first phase"),
    ] = "finish"
    consumes: Annotated[dict[str, Positive], Field(description="consumable: number used up, such as a bag")] = {}

    @model_validator(mode="after")
    def _lasts(self) -> Clean:
        if (self.time is None) == (not self.phases):
            raise ValueError("give a clean either a time or phases")
        if self.verify is not None and "verification" in self.phases:
            raise ValueError("'verification' is what 'verify' is called: call the phase something else")
        return self

    @cached_property
    def washes(self) -> dict[str, Phase]:
        """Its phases, '' if it has none: what is done before the verification."""
        return dict(self.phases) if self.time is None else {"": Phase(time=self.time)}

    @property
    def users(self) -> set[str]:
        """Pools and utilities that it needs in any of its phases, or for its verification."""
        verified = self.verify.needs if self.verify is not None else {}
        return {*self.needs, *verified, *(name for phase in self.phases.values() for name in phase.needs)}

    @cached_property
    def washed_hours(self) -> float:
        """Expected length [h] of its phases."""
        return sum(phase.time.mean_hours for phase in self.washes.values())

    @cached_property
    def mean_hours(self) -> float:
        """Expected length [h], of one that is not repeated."""
        return self.washed_hours + (self.verify.time.mean_hours if self.verify is not None else 0.0)


class Cleaning(Declared):
    """When a unit is cleaned, which clean is due, how long it takes, and what it needs."""

    when: Annotated[
        Literal["at once", "before use", "at campaign end"],
        Field(
            description="as soon as it is empty, for what comes; when the next batch has it; major at once, minor later"
        ),
    ] = "before use"
    minor: Annotated[Duration | None, Field(description="between batches of one product; none: no clean")] = None
    major: Annotated[Duration | None, Field(description="at a change of product or the end of a campaign")] = None
    setup: Annotated[Duration | None, Field(description="single use: set up anew for each batch, and not cleaned")] = (
        None
    )
    cleans: Annotated[
        dict[str, Clean], Field(description="cleans with phases, by name: minor, major, setup, or others")
    ] = {}
    between: Annotated[
        dict[str, dict[str, str]],
        Field(description="product: {next product: name of the clean, or none}; where it says nothing, the usual one"),
    ] = {}
    longest_campaign: Annotated[Count | None, Field(description="batches after which the clean is a major one")] = None
    longest_run: Annotated[PositiveHours | None, Field(description="running hours after which it is a major one")] = (
        None
    )
    longest_time: Annotated[
        PositiveHours | None, Field(description="time since the last major clean after which it is a major one")
    ] = None
    most_mass: Annotated[PositiveKilograms | None, Field(description="mass after which it is a major one")] = None
    dirty_hold: Annotated[
        PositiveHours | None, Field(description="a unit may be dirty for less than this; more is a deviation")
    ] = None
    after_dirty_hold: Annotated[str, Field(description="the clean that is due then")] = "major"
    clean_hold: Annotated[PositiveHours | None, Field(description="a clean unit is clean for so long")] = None
    after_clean_hold: Annotated[str, Field(description="the clean that is due then; none: minor, or else major")] = ""
    sterile_hold: Annotated[
        PositiveHours | None, Field(description="a unit is sterile for so long after its last clean of any kind")
    ] = None
    after_sterile_hold: Annotated[str, Field(description="the clean that is due then; none: as after clean hold")] = ""
    when_expired: Annotated[
        Literal["at once", "before use"],
        Field(description="a unit whose clean or sterile hold is over is cleaned when a batch has it, or each time"),
    ] = "before use"
    after_opening: Annotated[
        str,
        Field(description="the clean that is due when a repair or maintenance has opened the product side; or minor"),
    ] = "major"
    policy: Annotated[
        Any, Field(description="a rule of one's own that says which clean is due: 'mysite.rules:by_hours'")
    ] = None
    turns: Annotated[Names, Field(description="products to which a unit changes over in turn while nothing waits")] = ()
    needs: Annotated[
        Needs, Field(description="pool: number, or utility: rate, throughout a clean that has no phases")
    ] = {}

    @cached_property
    def named(self) -> dict[str, Clean]:
        """All its cleans by name."""
        short = {"minor": self.minor, "major": self.major, "setup": self.setup}
        times = {word: Clean(time=time, needs=self.needs) for word, time in short.items() if time is not None}
        return times | self.cleans

    @cached_property
    def plain(self) -> bool:
        """Whether it knows minor and major cleans and the longest campaign alone."""
        usual = {"when", "minor", "major", "longest_campaign", "needs"}
        return all(getattr(self, name) == field.default for name, field in self._fields() if name not in usual)

    @property
    def waits_for_use(self) -> bool:
        """Whether a unit is cleaned for a batch that has it alone, be it dirty or expired."""
        renewed = self.when_expired == "at once" and (self.clean_hold, self.sterile_hold) != (None, None)
        return self.when == "before use" and not renewed

    @property
    def short(self) -> bool:
        """Whether it knows no more than one minor clean, made at once."""
        return self.plain and self.when == "at once" and self.major is None

    def _fields(self) -> list[tuple[str, Any]]:
        return list(type(self).model_fields.items())

    def renews(self, word: str) -> bool:
        """Whether the counts of a campaign start anew after a clean."""
        renews = self.named[word].renews
        return word not in ("minor", "setup") if renews is None else renews

    @property
    def opening_clean(self) -> str:
        """The clean that is due when the product side was open: as the rule says, or major, or else minor."""
        said = self.after_opening in self.named or "after_opening" in self.model_fields_set
        return self.after_opening if said else "minor"

    def hold_clean(self, word: str) -> str:
        """The clean that a hold names, or else the usual one."""
        return word or ("minor" if "minor" in self.named else "major")

"""How units are cleaned: cleans with their phases, and the rules that say which clean is due when."""

from __future__ import annotations

from functools import cached_property
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
    needs: Annotated[Needs, Field(description="pool: number, or utility: rate, until the verdict is there")] = {}


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
        return self

    @cached_property
    def parts(self) -> dict[str, Phase]:
        """Its phases, '' if it has none, then its verification."""
        parts = dict(self.phases) if self.time is None else {"": Phase(time=self.time)}
        if self.verify is not None:
            parts["verification"] = Phase(time=self.verify.time, needs=self.verify.needs)
        return parts

    @cached_property
    def mean_hours(self) -> float:
        """Expected length [h], of one that is not repeated."""
        return sum(part.time.mean_hours for part in self.parts.values())


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
    after_opening: Annotated[
        str, Field(description="the clean that is due when a repair or maintenance has opened the product side")
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
    def short(self) -> bool:
        """Whether it knows no more than one minor clean, made at once."""
        return self.plain and self.when == "at once" and self.major is None

    def _fields(self) -> list[tuple[str, Any]]:
        return list(type(self).model_fields.items())

    def renews(self, word: str) -> bool:
        """Whether the counts of a campaign start anew after a clean."""
        renews = self.named[word].renews
        return word not in ("minor", "setup") if renews is None else renews

    def hold_clean(self, word: str) -> str:
        """The clean that a hold names, or else the usual one."""
        return word or ("minor" if "minor" in self.named else "major")

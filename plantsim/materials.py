"""Materials with lots, stock and deliveries; what steps take of them; and the tests that release lots and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, model_validator

from plantsim.chance import Duration
from plantsim.charge import LotCharge
from plantsim.laws import Constant
from plantsim.schema import Count, Declared, Fraction, Hours, Kilograms, Measured, PositiveHours, Share, beside
from plantsim.utility import Needs

COUNTED = {"kg": "kg", "pieces": "pieces"}  # of a material: the unit of measure of all that is said of it

if TYPE_CHECKING:  # for a type checker a quantity is what it is in Python: a float
    Stored: TypeAlias = float
    PositiveStored: TypeAlias = float
else:
    Stored = beside("unit", COUNTED)
    PositiveStored = beside("unit", COUNTED, above=0.0)


class Material(Declared):
    """A raw material, an intermediate or a spare part in store: lots of it are delivered, tested, taken, out of date.

    >>> Material(unit="pieces", stock=2, reorder=1, order=2, delivery=504.0).most
    3.0
    """

    unit: Annotated[Literal["kg", "pieces"], Field(description="kg, or pieces that repairs and maintenance take")] = (
        "kg"
    )
    stock: Annotated[Stored, Field(description="in store at the start, as one released lot")] = 0.0
    reorder: Annotated[
        Stored | None, Field(description="order more once what is there and ordered is down to this; none: never")
    ] = None
    order: Annotated[PositiveStored | None, Field(description="how much an order is of, one lot")] = None
    delivery: Annotated[Duration, Field(description="time from order to delivery")] = Constant(value=0.0)
    test: Annotated[str, Field(description="the test that releases a lot; none: released as it comes")] = ""
    test_every: Annotated[
        Count, Field(description="one lot of so many is tested, the first at first; others are released as they come")
    ] = 1
    retest: Annotated[
        PositiveHours | None, Field(description="how long a released lot may be used; then it is tested again, or lost")
    ] = None
    charge: Annotated[LotCharge | None, Field(description="what its lots are made of")] = None

    @model_validator(mode="after")
    def _ordered(self) -> Material:
        if self.reorder is not None and self.order is None:
            raise ValueError(f"says when to reorder, but not how much: give order, such as '500 {self.unit}'")
        if self.order is not None and self.reorder is None:
            raise ValueError(f"says how much to order, but not when: give reorder, such as '100 {self.unit}'")
        return self

    @model_validator(mode="after")
    def _counted(self) -> Material:
        if self.unit == "kg":
            return self
        for word in ("stock", "reorder", "order"):
            number = getattr(self, word)
            if number is not None and number != int(number):
                raise ValueError(f"is counted in pieces: {word!r} must be a whole number of them, got {number:g}")
        if self.charge is not None:
            raise ValueError("is counted in pieces, which have no charge: leave it out, or count it in kg")
        return self

    @property
    def most(self) -> float:
        """How much of it may ever be there at once [kg, or pieces]."""
        return max(self.stock, 0.0 if self.reorder is None or self.order is None else self.reorder + self.order)


class Limits(Declared):
    """Between which numbers an attribute of quality must be found, and how far the test may be wrong."""

    least: Annotated[Measured | None, Field(description="what is below it fails")] = None
    most: Annotated[Measured | None, Field(description="what is above it fails")] = None
    error: Annotated[Measured, Field(description="standard deviation of the assay")] = 0.0

    def holds(self, found: float) -> bool:
        """Whether what was found is within the limits."""
        return not (self.least is not None and found < self.least) and not (self.most is not None and found > self.most)


class QualityTest(Declared):
    """A test of a lot or a batch in the laboratory: a sample, the people and time that it takes, and its verdict."""

    time: Annotated[Duration, Field(description="from the sample to the verdict, once it is begun")]
    needs: Annotated[Needs, Field(description="pool: number, used for the time on hand")] = {}
    hands_on: Annotated[Hours | None, Field(description="how long the pools are needed; none: to the verdict")] = None
    holds: Annotated[Count, Field(description="samples of a run: tested together, with the pools once")] = 1
    least: Annotated[Count, Field(description="a run begins when so many are there")] = 1
    longest_wait: Annotated[Hours | None, Field(description="it begins with fewer when one has waited for so long")] = (
        None
    )
    fails: Annotated[Share, Field(description="share of samples that fail, whatever is found in them")] = 0.0
    spec: Annotated[dict[str, Limits], Field(description="attribute of the batch: its limits")] = {}
    investigation: Annotated[
        Duration | None, Field(description="what a failure is followed by, before the verdict; none: at once")
    ] = None

    @model_validator(mode="after")
    def _enough(self) -> QualityTest:
        if self.least > self.holds:
            raise ValueError(f"would wait for ever for {self.least} samples: a run holds {self.holds}")
        if self.longest_wait is not None and self.least == 1:
            raise ValueError("waits for no second sample: 'longest wait' needs a 'least' of more than 1")
        return self


Kind = Literal[
    "hold", "longest pause", "dirty hold", "failed clean", "end point", "limit", "failed test", "rejected lot"
]


class Investigation(Declared):
    """What a deviation is followed by: until its verdict no batch that it concerns leaves the plant.

    >>> Investigation(time=48.0, rejects=0.1).fails
    0.1
    """

    time: Annotated[Duration, Field(description="from the deviation to the verdict, once it is begun")]
    needs: Annotated[Needs, Field(description="pool: number, used for the time on hand")] = {}
    hands_on: Annotated[Hours | None, Field(description="how long the pools are needed; none: to the verdict")] = None
    rejects: Annotated[
        Share | None,
        Field(description="share after which the batch is rejected; none: after failed tests all, else none"),
    ] = None

    @property
    def spec(self) -> dict[str, Limits]:
        """Nothing is measured in it."""
        return {}

    @property
    def fails(self) -> float:
        """The share of deviations that end with a rejection."""
        return self.rejects or 0.0


class Rework(Declared):
    """The step to which a batch goes back, such as one that has stood still for too long."""

    rework: Annotated[str, Field(description="this step, or one before it")]
    most: Annotated[Count, Field(description="how often it may go back; then it is scrapped")] = 1


def _word_or_map(value: Any) -> str:
    return "map" if isinstance(value, (dict, Rework)) else "word"


Afterwards = Annotated[
    Annotated[Literal["deviation", "scrap"], Tag("word")] | Annotated[Rework, Tag("map")], Discriminator(_word_or_map)
]


def _amount(value: Any, info: ValidationInfo) -> Any:
    """'120 kg' is an amount a batch, '0.6 kg/kg' a share of its mass; in Python, a number is a share."""
    if isinstance(value, str):
        return {"share": value} if "/" in value else {"amount": value}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if (info.context or {}).get("convert"):
            raise ValueError(f"a quantity needs its unit of measure, such as '{value} kg', or '{value} kg/kg'")
        return {"share": value}
    return value


class Amount(Declared):
    """How much of a material a step takes or gives."""

    amount: Annotated[Kilograms, Field(description="for each batch, whatever its mass")] = 0.0
    share: Annotated[Fraction, Field(description="for each kg of the batch")] = 0.0
    adds: Annotated[bool, Field(description="what is taken becomes part of the batch's mass")] = False
    at_risk: Annotated[
        bool, Field(description="also of lots that are still tested; the batch leaves the plant with their verdicts")
    ] = False
    after_reject: Annotated[
        Afterwards, Field(description="of a batch with a lot that is rejected then: also {rework: step, most: 2}")
    ] = "deviation"

    @model_validator(mode="after")
    def _some(self) -> Amount:
        if not {"amount", "share"} & self.model_fields_set:
            raise ValueError("says not how much: give an 'amount', such as '10 kg', or a 'share', such as '0.5 kg/kg'")
        return self

    @model_validator(mode="after")
    def _risked(self) -> Amount:
        if not self.at_risk and self.after_reject != "deviation":
            raise ValueError("'after reject' is of lots that are still tested: say 'at risk: true', or leave it out")
        return self

    def of(self, mass: float) -> float:
        """How much [kg] a batch of this mass [kg] asks for."""
        return self.amount + self.share * mass


Amounts = dict[str, Annotated[Amount, BeforeValidator(_amount, json_schema_input_type=Amount | str)]]


class Sampling(Declared):
    """A test of the batch after a step: whether the next steps wait for it, and what a bad verdict means."""

    at_risk: Annotated[bool, Field(description="the next steps don't wait for the verdict, only the end does")] = False
    rework: Annotated[str, Field(description="the step to which a batch that fails goes back; none: it is lost")] = ""
    most: Annotated[Count, Field(description="how often it may go back")] = 1
    every: Annotated[Count | None, Field(description="one batch of so many is tested, the first at first")] = None
    first_of_campaign: Annotated[bool, Field(description="the first batch of each campaign on its unit is tested")] = (
        False
    )
    share: Annotated[Share | None, Field(description="chance with which a batch is tested")] = None

    @property
    def plain(self) -> bool:
        """Whether every batch is tested."""
        return self.every in (None, 1) and not self.first_of_campaign and self.share is None

    @property
    def usual(self) -> float:
        """The share of batches that are tested in the long run, first ones of campaigns apart.

        Of every n-th, and of the others with a chance of p, each of which counts anew: p / (1 - (1 - p)^n).

        >>> Sampling(every=4).usual, Sampling(share=0.2).usual, Sampling(every=2, share=0.5).usual
        (0.25, 0.2, 0.6666666666666666)
        """
        if self.plain:
            return 1.0
        if not self.share:
            return 1.0 / self.every if self.every else 0.0
        return self.share / (1.0 - (1.0 - self.share) ** self.every) if self.every else self.share


def _sampled(value: Any) -> Any:
    """A name or a list of names, each with the usual sampling, or the map itself."""
    if isinstance(value, str):
        return {value: {}}
    return {test: {} for test in value} if isinstance(value, (list, tuple)) else value


Samplings = Annotated[
    dict[str, Sampling],
    BeforeValidator(_sampled, json_schema_input_type=str | list[str] | dict[str, Sampling]),
]

"""What is made and how: products with their steps, and the orders that ask for them."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from plantsim.chance import Duration, Streams
from plantsim.charge import StartingCharge
from plantsim.contracts import Charge
from plantsim.schema import (
    Count,
    Declared,
    Hours,
    Positive,
    PositiveKilograms,
    Whole,
)
from plantsim.step import Step
from plantsim.unitops.nominal import Expected, expected


def _some(value: dict[str, Step]) -> dict[str, Step]:
    if not value:
        raise ValueError("a recipe needs at least one step")
    return value


class Product(Declared):
    """What is made: the size of a batch and the steps, one after the other unless they say after what."""

    batch: Annotated[PositiveKilograms, Field(description="mass of a batch at its release")]
    steps: Annotated[dict[str, Step], AfterValidator(_some), Field(description="one after the other, by name")]
    priority: Annotated[Whole, Field(description="higher is served first")] = 0
    charge: Annotated[StartingCharge | None, Field(description="what a batch is made of at its release")] = None

    @cached_property
    def model_hours(self) -> dict[str, float]:
        """Step -> expected length [h] of its run, of the steps with a model."""
        return {name: hours for name, (hours, *_) in self._expected.items() if self.steps[name].model is not None}

    @cached_property
    def masses(self) -> dict[str, float]:
        """Step -> expected mass in it [kg], with what it takes and without what models and losses took before."""
        return {name: mass for name, (_, mass, *_) in self._expected.items()}

    @cached_property
    def model_draws(self) -> dict[str, dict[str, float]]:
        """Step -> utility -> how much of it its model is expected to draw; of a run that may be slow, nothing."""
        return {
            name: {} if "run" in self.steps[name].slow else draws for name, (_, _, draws, _) in self._expected.items()
        }

    @property
    def litres_a_kg(self) -> float:
        """The volume of a kg of a batch at its release [L/kg]; 0 if it is not known."""
        return (self.charge.volume or 0.0) / self.batch if self.charge is not None else 0.0

    @cached_property
    def model_charges(self) -> dict[str, Charge]:
        """Step -> what is expected to come into it."""
        return {name: charge for name, (*_, charge) in self._expected.items()}

    @cached_property
    def _expected(self) -> dict[str, Expected]:
        return expected(self.batch, self.charge, self.steps)


class Release(Declared):
    """When batches of an order enter the plant; nothing given: as a first unit can take them."""

    every: Annotated[Duration | None, Field(description="time between releases")] = None
    size: Annotated[Count, Field(description="batches released together")] = 1
    wip: Annotated[Count | None, Field(description="released while fewer than this are in the plant")] = None
    at_once: Annotated[bool, Field(description="all at the start of the order")] = False
    lost_above: Annotated[
        Count | None, Field(description="of every: one that finds so many of the order in the plant is turned away")
    ] = None

    @model_validator(mode="after")
    def _one(self) -> Release:
        if sum((self.every is not None, self.wip is not None, self.at_once)) > 1:
            raise ValueError("give only one of every, wip and at once")
        if self.lost_above is not None and self.every is None:
            raise ValueError("'lost above' turns away what comes by the clock: give 'every', too")
        return self

    @property
    def as_taken(self) -> bool:
        """Whether a batch enters when a first unit can take it."""
        return self.every is None and self.wip is None and not self.at_once


def _release(value: Any) -> Any:
    """'as taken', 'at once', 'every 3 h', 'wip 6' or the fields themselves."""
    if not isinstance(value, str):
        return value
    words = value.split(maxsplit=1)
    match words:
        case ["as", "taken"]:
            return {}
        case ["at", "once"]:
            return {"at once": True}
        case ["every", time]:
            return {"every": time}
        case ["wip", number] if number.isdecimal():
            return {"wip": int(number)}
    raise ValueError(f"expected 'as taken', 'at once', 'every 3 h' or 'wip 6', got {value!r}")


class Order(Declared):
    """So many batches of a product, or of a mix of products in campaigns."""

    product: Annotated[
        Annotated[str, Tag("name")] | Annotated[dict[str, Positive], Tag("mix")],
        Discriminator(lambda value: "mix" if isinstance(value, dict) else "name"),
        Field(description="a product, or shares of a mix"),
    ]
    batches: Annotated[Count | None, Field(description="how many; none: without end")] = None
    release: Annotated[
        Release,
        BeforeValidator(_release, json_schema_input_type=str | Release),
        Field(description="as taken, at once, every 3 h, wip 6"),
    ] = Release()
    start: Annotated[Hours, Field(description="not before this time")] = 0.0
    due: Annotated[Hours | None, Field(description="when the last batch is due")] = None
    campaign: Annotated[Count, Field(description="batches of a mix in a row that are of one product")] = 1
    draw: Annotated[bool, Field(description="draw the products of a mix by chance instead of by turns")] = False

    @model_validator(mode="after")
    def _finite(self) -> Order:
        if self.release.at_once and self.batches is None:
            raise ValueError("an order released at once needs a number of batches")
        if self.product == {}:
            raise ValueError("a mix needs at least one product")
        return self

    @property
    def mix(self) -> dict[str, float]:
        """Share of each product; the shares add up to 1."""
        if isinstance(self.product, str):
            return {self.product: 1.0}
        total = sum(self.product.values())
        return {name: weight / total for name, weight in self.product.items()}

    @property
    def cycle(self) -> int:
        """Number of batches after which its campaigns begin anew."""
        return self.campaign * _cycle(self.mix)

    @property
    def size(self) -> float:
        """Number of batches, or infinity."""
        return inf if self.batches is None else self.batches

    def product_of(self, name: str, k: int, streams: Streams) -> str:
        """Product of batch k = 1, 2 ... of the order called `name`.

        By turns, the campaign goes to the product that is furthest behind its share; by chance, to one drawn.
        """
        if isinstance(self.product, str):
            return self.product
        turn = (k - 1) // self.campaign
        if self.draw:
            return _drawn(self.mix, streams.number(f"{name}/product", turn + 1))
        return _by_turns(self.mix, turn)


def _drawn(mix: dict[str, float], u: float) -> str:
    for product, share in mix.items():
        u -= share
        if u < 0.0:
            return product
    return product


def _by_turns(mix: dict[str, float], turn: int) -> str:
    """The product of a turn: turn n falls to the one whose next turn is due first, at (turns had + 1/2) / share."""
    had = dict.fromkeys(mix, 0)
    for _ in range(turn % _cycle(mix) + 1):
        product = min(mix, key=lambda name: ((had[name] + 0.5) / mix[name], name))
        had[product] += 1
    return product


def _cycle(mix: dict[str, float]) -> int:
    """Turns after which the pattern may begin anew: the least number that gives each share a whole number, or many."""
    for turns in range(len(mix), 1000):
        if all(abs(turns * share - round(turns * share)) < 1e-9 for share in mix.values()):
            return turns
    return 1000

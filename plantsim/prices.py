"""What things cost, in one currency; and which utilities are energy, and which are water."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from plantsim.schema import Declared, Names, PositiveHours, Price

YEAR = 8766.0  # h


class Prices(Declared):
    """What things cost: each name of a layout has one price, whose meaning follows from what it names.

    A unit or a buffer: to buy one, written off evenly over its life.  A pool: an hour of one, for as long as its
    calendar has it there.  A utility: one of its unit of measure.  A material, or a product for what its batches are
    made of at their release: a kg; of a material in pieces, a piece.  A test: a sample.  A consumable: one of it.
    """

    currency: Annotated[str, Field(description="of all prices")] = "EUR"
    life: Annotated[PositiveHours, Field(description="over which equipment is written off")] = 10.0 * YEAR
    each: Annotated[
        dict[str, Price],
        Field(description="name of a unit, buffer, pool, utility, material, product, test or consumable: its price"),
    ] = {}
    water: Annotated[
        Names, Field(description="utilities that are water, in L or m3: they count as mass that goes in")
    ] = ()
    energy: Annotated[
        dict[str, Price], Field(description="utility: kWh in one of its unit of measure; one in kWh counts as it is")
    ] = {}

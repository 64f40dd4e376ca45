"""Minor stops: many short ones while a unit runs, such as a tablet that sticks or a carton that jams."""

from __future__ import annotations

from math import ceil
from typing import Annotated

from pydantic import Field, model_validator

from plantsim.chance import Duration, Streams
from plantsim.schema import Declared

ACT = "minor stops"  # the act in which all of a run are gathered


class MinorStops(Declared):
    """Short stops while a unit runs, which whoever is there mends: they lengthen the run, and are known as it begins.

    >>> from plantsim.chance import Constant, Streams
    >>> stops = MinorStops(every=Constant(value=0.5), lasts=Constant(value=0.05))
    >>> stops.within(3_600_000 * 2, "march/1/press", Streams(1)), stops.mean_hours(2.0)
    (540000, 0.15000000000000002)
    """

    every: Annotated[Duration, Field(description="time run from one to the next")]
    lasts: Annotated[Duration, Field(description="how long one lasts")]

    @model_validator(mode="after")
    def _seldom(self) -> MinorStops:
        if self.every.mean_hours <= 0.0:
            raise ValueError(
                "a unit must run for some time from one stop to the next, got 'every' of 0 h; give a longer time"
            )
        return self

    def within(self, run: int, address: str, streams: Streams) -> int:
        """How long [ms] all stops take together within a run of so long [ms]."""
        stopped, k, ran = 0, 1, self._next(1, address, streams)
        while ran < run:
            stopped += streams.time(self.lasts, f"{address}/stop", k)
            k += 1
            ran += self._next(k, address, streams)
        return stopped

    def _next(self, k: int, address: str, streams: Streams) -> int:
        return max(1, streams.time(self.every, f"{address}/until stop", k))

    def mean_hours(self, run: float) -> float:
        """How long [h] they take together within a run of so long [h], if each is like the mean one."""
        return max(0, ceil(run / self.every.mean_hours - 1e-9) - 1) * self.lasts.mean_hours

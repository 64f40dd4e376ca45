"""A packaging line: machines in a row with accumulation between them, the slowest of which sets the pace (the V).

    line = v / (1 + sum_j l_j r_j e^(-c_j / r_j))     and at most what each machine makes alone, v_j / (1 + l_j r_j)

v: packs an hour of the slowest machine, l_j: stops of machine j a running hour, r_j: how long they last on average,
c_j: for how long the accumulation between it and the slowest one lasts (0 for the slowest itself).  A stop is felt at
the slowest machine if it lasts longer than that, and by as much: for exponential lengths r e^(-c/r) on average.  With
no accumulation this is a line without buffers, 1 / (1 + sum l r); with much of it, the slowest machine alone.
"""

from __future__ import annotations

from math import exp
from typing import Annotated

from pydantic import Field

from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.schema import Count, Declared, Hours, Kilowatts, Positive, PositiveHours, PositiveKilograms, Share
from plantsim.unitops.minor_stops import stopped
from plantsim.unitops.model import Operation
from plantsim.unitops.underway import forgotten, remembered, sound, told

PACKED, PACE, CHANGED = "share packed", "pace of the line", "hours of format change"


class Machine(Declared):
    """A machine of a packaging line."""

    packs: Annotated[Positive, Field(description="an hour, while it runs [1/h]")]
    stops_every: Annotated[PositiveHours | None, Field(description="run between minor stops; none: it never does")] = (
        None
    )
    stops_last: Annotated[PositiveHours, Field(description="each on average")] = 0.05
    covered: Annotated[Hours, Field(description="for how long accumulation between it and the slowest lasts")] = 0.0

    @property
    def felt(self) -> float:
        """Which share of its stops is felt at the slowest machine."""
        return exp(-self.covered / self.stops_last)

    @property
    def alone(self) -> float:
        """Packs an hour that it makes with nobody else in the way."""
        return self.packs / (1.0 + (self.stops_last / self.stops_every if self.stops_every else 0.0))


class Packaging(Operation):
    """Packaging of tablets on a line of machines."""

    tablet: Annotated[PositiveKilograms, Field(description="weight of a tablet")]
    machines: Annotated[dict[str, Machine], Field(min_length=1, description="the line, in its order")]
    in_a_pack: Annotated[Count, Field(description="tablets in a pack")] = 30
    rejects: Annotated[Share, Field(description="share of the tablets that is rejected")] = 0.005
    format_change: Annotated[Hours, Field(description="before the first pack")] = 0.0
    by_luck: Annotated[bool, Field(description="minor stops are drawn, instead of their mean")] = False
    power: Annotated[Kilowatts, Field(description="of the line")] = 20.0
    air: Annotated[Positive, Field(description="compressed air [m3/h]")] = 40.0
    at_most: Annotated[PositiveHours, Field(description="time limit")] = 72.0

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Pack a charge of tablets."""
        sound(charge, empty=False)
        packed, changed = min(1.0, remembered(charge, PACKED)), remembered(charge, CHANGED)
        whole = charge.mass / (1.0 - self.rejects * packed)
        pace = remembered(charge, PACE) or self._pace(whole / self.tablet / self.in_a_pack, draw)
        lasts = whole / self.tablet / self.in_a_pack / pace
        change = max(0.0, self.format_change - changed)
        most = max(0.0, self.at_most - changed - packed * lasts)
        hours = min(change + (1.0 - packed) * lasts, most)

        def profile(after: float) -> Charge:
            spent = min(max(after, 0.0), hours)
            now = min(1.0, packed + max(0.0, spent - change) / lasts)
            memory = {PACKED: now, PACE: pace, CHANGED: changed + min(spent, change)}
            return told(charge.but(mass=whole * (1.0 - self.rejects * now)), memory)

        draws = {"power": ((0.0, self.power),), "compressed air": ((0.0, self.air),)} if hours else {}
        late = "packaging" if hours < change + (1.0 - packed) * lasts else ""
        packs = whole * (1.0 - self.rejects) / self.tablet / self.in_a_pack
        said = {"packs": packs, "efficiency": pace / self.slowest.packs}
        return Outcome(hours, forgotten(profile(hours), PACKED, PACE, CHANGED), said, draws, profile, late)

    @property
    def slowest(self) -> Machine:
        """The machine that sets the pace; of equal ones the first."""
        return min(self.machines.values(), key=lambda machine: machine.packs)

    @property
    def rate(self) -> float:
        """Packs an hour in the long run, with stops."""
        slowest = self.slowest
        lost = sum(
            each.stops_last / each.stops_every * self._felt(each) for each in self.machines.values() if each.stops_every
        )
        return min(slowest.packs / (1.0 + lost), *(each.alone for each in self.machines.values()))

    def _felt(self, machine: Machine) -> float:
        """Which share of its stops is felt at the slowest machine: all, if it is that."""
        return 1.0 if machine is self.slowest else machine.felt

    def _pace(self, packs: float, draw: Draw) -> float:
        """Packs an hour of this batch, with its stops."""
        if not self.by_luck:
            return self.rate
        run = packs / self.slowest.packs
        lost = sum(
            stopped(run, each.stops_every / self._felt(each), each.stops_last, draw, f"stops of {name}")
            for name, each in self.machines.items()
            if each.stops_every
        )
        return min(packs / (run + lost), *(each.alone for each in self.machines.values()))

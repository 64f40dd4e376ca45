"""Operations that are done one after the other in one unit, such as freezing, primary and secondary drying.

hours = sum of those of the operations; what comes out of one goes into the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, field_validator

from plantsim.charge import Spread
from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.unitops.model import Model, Operation, playable
from plantsim.unitops.table import Noted
from plantsim.unitops.underway import forgotten_of

OVER = "operations over"


class InTurn(Operation):
    """Operations one after the other in one unit; a word of one of them is called such as `freezing: shelf`."""

    operations: Annotated[dict[str, Model], Field(min_length=1, description="built-in ones, by name, in their order")]

    @field_validator("operations")
    @classmethod
    def _built_in(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, each in value.items():
            if not isinstance(each, Operation):
                raise ValueError(f"{name}: expected a built-in operation, such as {{use: Freezing}}")
        return value

    @property
    def varies(self) -> Mapping[str, Spread]:
        """Operation and parameter -> its distribution, of those that are drawn for each batch."""
        return {f"{name}: {word}": law for name, each in self.operations.items() for word, law in each.varies.items()}

    @property
    def words(self) -> list[str]:
        """The parameters of its operations, by themselves and by the name of the operation."""
        told = [(name, word) for name, each in self.operations.items() for word in each.words]
        return list(dict.fromkeys([*(word for _, word in told), *(f"{name}: {word}" for name, word in told)]))

    def misfit(self, word: str, figure: float) -> str:
        """Why a unit can't have this figure for any operation that reads it; '' if it can."""
        own = [(each, word.removeprefix(f"{name}: ")) for name, each in self.operations.items()]
        return next(filter(None, (each.misfit(its, figure) for each, its in own)), "")

    def on(self, design: Mapping[str, float]) -> InTurn:
        """The operations on a unit whose own figures come before theirs."""
        found = {}
        for name, each in self.operations.items():
            named = {word.removeprefix(f"{name}: "): figure for word, figure in design.items() if ": " in word}
            found[name] = each.on({**{word: design[word] for word in each.words if word in design}, **named})
        return self.model_copy(update={"operations": found})

    @property
    def reads(self) -> tuple[str, ...]:
        """What the first of them reads."""
        first: Operation = next(iter(self.operations.values()))
        return first.reads

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """Do all that is left to do with a charge."""
        begin, now, found = int(charge.quality.get(OVER, 0.0)), forgotten_of(charge, OVER), list[tuple[str, Outcome]]()
        for name, each in [*self.operations.items()][begin:]:
            if isinstance(charge.quality, Noted):  # so that a table learns what the later ones read
                now = replace(now, quality=Noted(now.quality, charge.quality.read))
            found.append((name, playable(each)(now, unit, _of(name, draw))))
            now = found[-1][1].charge
        return _whole(found, begin)

    @property
    def adds(self) -> bool:
        """Whether any of them brings in matter of its own."""
        return any(each.adds for each in self.operations.values())

    @property
    def idles(self) -> bool:
        """Whether a halt does anything to a charge in any of them."""
        return super().idles or any(each.idles for each in self.operations.values())

    def rested(self, charge: Charge, hours: float) -> Charge:
        """What a halt makes of a charge: what the operation that was halted says, if it does."""
        at = int(charge.quality.get(OVER, 0.0))
        halted: Operation = [*self.operations.values()][at]
        if not halted.idles:
            return super().rested(charge, hours)
        kept = halted.rested(forgotten_of(charge, OVER), hours)
        return replace(kept, quality={**kept.quality, OVER: float(at)})


def _of(name: str, draw: Draw) -> Draw:
    """The luck of an operation."""
    return lambda word: draw(f"{name}: {word}")


def _whole(found: list[tuple[str, Outcome]], begin: int) -> Outcome:
    """The outcomes of operations as that of all of them."""
    starts = [0.0]
    for _, each in found:
        starts.append(starts[-1] + each.hours)

    def profile(hours: float) -> Charge:
        at = next((k for k in range(len(found)) if hours < starts[k + 1]), len(found) - 1)
        inner = found[at][1].profile
        assert inner is not None
        inside = inner(min(hours, starts[-1]) - starts[at])
        return replace(inside, quality={**inside.quality, OVER: float(begin + at)})

    told = {f"{name}: hours": each.hours for name, each in found}
    told |= {f"{name}: {word}": number for name, each in found for word, number in each.quality.items()}
    late, broken = (
        " and ".join(filter(None, said)) for said in zip(*((x.late, x.broken) for _, x in found), strict=True)
    )
    whole = None if any(each.profile is None for _, each in found) else profile
    end = forgotten_of(found[-1][1].charge, OVER)
    return Outcome(
        starts[-1], end, told, _draws(found, starts), whole, late, broken, sum(each.added for _, each in found)
    )


def _draws(found: list[tuple[str, Outcome]], starts: list[float]) -> dict[str, Flow]:
    """What each draws, for as long as it lasts."""
    names = dict.fromkeys(name for _, each in found for name in each.draws)
    draws = dict[str, Flow]()
    for name in names:
        flow: dict[float, float] = {}
        for (_, each), start, end in zip(found, starts, starts[1:], strict=False):
            flow |= {start: 0.0, **{start + at: rate for at, rate in each.draws.get(name, ()) if start + at < end}}
        draws[name] = (*sorted(flow.items()), (starts[-1], 0.0))
    return draws

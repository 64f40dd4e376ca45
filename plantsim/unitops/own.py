"""Times that come from data instead of equations: a table of measured durations, a fitted law, a surrogate.

None of them knows what happens inside: a halted charge remembers how long it has been worked on, and the rest is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from csv import DictReader
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from plantsim.chance import Duration
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.laws import Constant
from plantsim.schema import Measured
from plantsim.unitops.model import Operation, imported
from plantsim.unitops.underway import dried

WORKED = "hours worked"
Gives = Annotated[dict[str, Measured], Field(description="attribute of quality: its number at the end")]


def attribute(charge: Charge, name: str) -> float:
    """What a charge tells by this name: mass, volume, temperature, a fraction, or an attribute of quality.

    Raises:
        KeyError: if it tells no such thing.

    >>> attribute(Charge(100.0, quality={"moisture": 0.25}), "moisture")
    0.25
    """
    if name in ("mass", "volume", "temperature"):
        return float(getattr(charge, name))
    return charge.composition[name] if name in charge.composition else charge.quality[name]


def timed(charge: Charge, hours: float, gives: Mapping[str, float], draws: Mapping[str, Any] | None = None) -> Outcome:
    """The outcome of a step that takes so long [h] in all, of which a halted charge remembers how much is over."""
    done = charge.quality.get(WORKED, 0.0)
    left = max(0.0, hours - done)
    end = ended(charge, gives)

    def profile(at: float) -> Charge:
        return end if at >= left else replace(charge, quality={**charge.quality, WORKED: done + at})

    return Outcome(left, end, draws=draws or {}, profile=profile, added=max(0.0, end.mass - charge.mass))


def ended(charge: Charge, gives: Mapping[str, float]) -> Charge:
    """The charge with other attributes of quality; another moisture is water that its mass has lost, or taken up."""
    quality = {name: number for name, number in charge.quality.items() if name != WORKED}
    end = Charge(charge.mass, charge.volume, charge.temperature, charge.composition, quality)
    if "moisture" in gives and "moisture" in quality:
        end = dried(end, gives["moisture"], end.temperature)
    return replace(end, quality={**end.quality, **gives})


class MeasuredTimes(Operation):
    """Durations from a table, interpolated over one to three attributes of the charge; beyond it, as at its border."""

    table: Annotated[
        tuple[dict[str, Measured], ...], Field(description="rows such as {moisture: 0.2, hours: 1.5}, a whole grid")
    ] = ()
    file: Annotated[str, Field(description="path of a CSV file with such columns, instead of `table`")] = ""
    gives: Gives = {}

    @model_validator(mode="after")
    def _one(self) -> MeasuredTimes:
        if bool(self.table) == bool(self.file):
            raise ValueError("give a table, or the file of one")
        if self.table:
            self.grid  # noqa: B018  (what is wrong with it is said at once)
        return self

    @cached_property
    def grid(self) -> tuple[list[str], list[list[float]], dict[tuple[float, ...], float]]:
        """(attributes, the numbers of each in order, point -> hours).

        Raises:
            ValueError: if there are no hours, no or too many attributes, or points of the grid are missing.
        """
        rows = self._rows()
        names = [name for name in rows[0] if name != "hours"] if rows else []
        if any("hours" not in row or [*row] != [*rows[0]] for row in rows) or not 1 <= len(names) <= 3:
            raise ValueError("each row of the table needs the same one to three attributes, and 'hours'")
        axes = [sorted({row[name] for row in rows}) for name in names]
        points = {tuple(row[name] for name in names): row["hours"] for row in rows}
        lacking = next((point for point in product(*axes) if point not in points), None)
        if lacking is not None:
            said = ", ".join(f"{name}: {number:g}" for name, number in zip(names, lacking, strict=True))
            raise ValueError(f"the table must be a whole grid; it lacks the hours of {{{said}}}")
        return names, axes, points

    def _rows(self) -> list[dict[str, float]]:
        if self.table:
            return [{name: float(number) for name, number in row.items()} for row in self.table]
        lines = StringIO(self._content.decode(), newline="")
        return [{name: float(number) for name, number in row.items()} for row in DictReader(lines)]

    @cached_property
    def _content(self) -> bytes:
        """Of the file, read once, so that its sha256 is that of the table by which times are told."""
        return Path(self.file).read_bytes()

    @property
    def files(self) -> dict[str, str]:
        """The file, and its sha256."""
        return {self.file: sha256(self._content).hexdigest()} if self.file else {}

    @property
    def reads(self) -> tuple[str, ...]:
        """The attributes of its table, but for mass, volume and temperature, which each charge has."""
        known = self.grid[0] if self.table else []
        return tuple(name for name in known if name not in ("mass", "volume", "temperature"))

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """How long it was measured to take of a charge such as this."""
        names, axes, points = self.grid
        sides = [_between(axis, attribute(charge, name)) for name, axis in zip(names, axes, strict=True)]
        hours = 0.0
        for corner in product(*sides):
            weight = 1.0
            for _, share in corner:
                weight *= share
            hours += weight * points[tuple(at for at, _ in corner)] if weight else 0.0
        return timed(charge, hours, self.gives)


def _between(axis: Sequence[float], x: float) -> list[tuple[float, float]]:
    """The neighbours of a number on an axis, with their weights."""
    if x <= axis[0] or len(axis) == 1:
        return [(axis[0], 1.0)]
    k = next((k for k, at in enumerate(axis) if at >= x), 0)
    if not k:
        return [(axis[-1], 1.0)]
    share = (x - axis[k - 1]) / (axis[k] - axis[k - 1])
    return [(axis[k - 1], 1.0 - share), (axis[k], share)]


class FittedTime(Operation):
    """A duration by a law, such as one fitted to records, and what comes out at its end."""

    law: Annotated[Duration, Field(description="of the time that it takes")]
    gives: Gives = {}

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """The time that its luck gives."""
        u = 0.5 if isinstance(self.law, Constant) else draw("time")
        return timed(charge, self.law.quantile(u), self.gives)


class Surrogate(Operation):
    """Anything with `.predict(rows)`, such as a fitted scikit-learn model: from attributes of the charge to hours."""

    predictor: Annotated[str, Field(description="dotted path, such as mysite.models:dryer, of it or of what makes it")]
    inputs: Annotated[tuple[str, ...], Field(description="attributes of the charge, in the order of its columns")]
    outputs: Annotated[tuple[str, ...], Field(description="what it predicts: hours, and attributes of quality")] = (
        "hours",
    )

    @cached_property
    def made(self) -> Any:
        """The object with `.predict`.

        Raises:
            TypeError: if there is none.
        """
        found = imported(self.predictor)
        made = found if hasattr(found, "predict") and not isinstance(found, type) else found()
        if not hasattr(made, "predict"):
            raise TypeError(f"{self.predictor!r} has no .predict")
        return made

    @property
    def reads(self) -> tuple[str, ...]:
        """Its inputs, but for mass, volume and temperature, which each charge has."""
        return tuple(name for name in self.inputs if name not in ("mass", "volume", "temperature"))

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw, /) -> Outcome:
        """What is predicted of a charge."""
        predict: Callable[[list[list[float]]], Any] = self.made.predict
        (found,) = predict([[attribute(charge, name) for name in self.inputs]])
        numbers = [float(each) for each in found] if hasattr(found, "__len__") else [float(found)]
        said = dict(zip(self.outputs, numbers, strict=True))
        return timed(charge, said.pop("hours"), said)

"""One long run, kept in the folder of its study piece by piece, and gone on with from what is there.

A run is gone on with from its record alone: the state of the plant is its fold, and luck goes by address.  So a piece
is the rows since the last one, up to an instant of which everything has happened.  A run that was killed and is called
for again has the same rows, to the last digit, as one that was not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.record import HOUR, Record, RowTuple
from plantsim.results import Results
from plantsim.results.figures import empty
from plantsim.scenario import Scenario
from plantsim.state import fold
from plantsim.study.kept import SECONDS

PIECE = "rows-{:012d}.parquet"  # how many rows are before it


class Pieces:
    """The rows of a run that a folder holds; nothing that is written is ever half there."""

    def __init__(self, path: Path) -> None:
        self.path, self.number, self._written = path, 0, monotonic()
        self.path.mkdir(parents=True, exist_ok=True)

    def read(self) -> list[RowTuple]:
        """The rows of all pieces.

        Raises:
            PlantsimError: if a piece is missing.
        """
        rows: list[RowTuple] = []
        for file in sorted(self.path.glob("rows-*.parquet")):
            if file.name != PIECE.format(len(rows)):
                raise PlantsimError(f"{self.path} lacks the piece {PIECE.format(len(rows))} of its run: "
                                    "choose another folder, or remove the pieces after it")  # fmt: skip
            rows += Record.load(file).rows
        self.number = len(rows)
        return rows

    def add(self, rows: list[RowTuple]) -> None:
        """Keep further rows."""
        half = self.path / f".piece.{os.getpid()}"
        Record(rows).save(half)
        with half.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(half, self.path / PIECE.format(self.number))
        self.number += len(rows)
        self._written = monotonic()

    def due(self) -> bool:
        """Whether the last piece is so long ago that it is worth writing another."""
        return monotonic() - self._written >= SECONDS


def long_run(
    scenario: Scenario, seed: int, folder: str | Path, progress: Callable[[float], None] | None = None
) -> Results:
    """A run of a scenario, whose record is kept in a folder as it comes, and gone on with if it is there in part.

    Raises:
        PlantsimError: if a piece of it is missing.
    """
    pieces = Pieces(Path(folder) / "record")
    rows = pieces.read()
    begun = fold(empty(scenario), rows, rows[-1][0]) if rows else None
    before, share = len(rows), (rows[-1][0] / HOUR / scenario.run.horizon if rows else 0.0)

    def keep(record: Record) -> None:
        """What has come since the last piece; between two stretches of a run all of an instant has happened."""
        new = record.rows[pieces.number - before :]
        if new and pieces.due():
            pieces.add(new)

    def told(done: float) -> None:
        if progress is not None:
            progress(share + (1.0 - share) * done)

    run = simulate(scenario, seed, start=begun, sink=keep, progress=told)
    if rest := run.record.rows[pieces.number - before :]:
        pieces.add(rest)
    whole = Results(scenario, Record([*rows, *run.record.rows], until=run.record.until), seed=seed)
    whole.played = True
    return whole

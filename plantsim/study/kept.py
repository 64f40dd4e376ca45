"""Kept results: one folder a study, a Parquet file a finished block, from which a study goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from plantsim.errors import PlantsimError
from plantsim.reported import as_json, files
from plantsim.scenario import Scenario
from plantsim.study.jobs import Job, Values

MANIFEST = "manifest.json"
BLOCK = "block-*.parquet"
READ = "files sha256"
RUNS, SECONDS = 200, 1.0  # a block is written once it holds so many runs, or is so old


def manifest(scenarios: Mapping[str, Scenario], seed: int, figures: str) -> dict[str, Any]:
    """What the results hang on: the scenarios and the files that they read, the seed, the figures, the version."""
    texts = {name: as_json(scenario) for name, scenario in scenarios.items()}
    return {
        "plantsim": version("pharma-plantsim"), "seed": seed, "figures of one's own": figures,
        "scenarios": {name: {"sha256": sha256(text.encode()).hexdigest(), "own code": own, READ: files(scenarios[name])}
                      for name, (text, own) in texts.items()},
    }  # fmt: skip


class Folder:
    """A folder of finished runs: read what is there, add what is done; nothing that is written is ever half there.

    Raises:
        PlantsimError: if it holds results of something else.
    """

    def __init__(self, path: str | Path, about: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._block: dict[Job, Values] = {}
        self._begun = monotonic()
        self.take(about)

    def take(self, about: Mapping[str, Any]) -> None:
        """Take further scenarios.

        Raises:
            PlantsimError: if what is there is of another study, or of another scenario of that name.
        """
        there = self._manifest()
        if there is not None:
            _agree(self.path, there, about)
        scenarios = {**(there or {"scenarios": {}})["scenarios"], **about["scenarios"]}
        now = {**about, "scenarios": scenarios}
        if now != there:
            _write(self.path / MANIFEST, json.dumps(now, indent=1).encode())

    def _manifest(self) -> dict[str, Any] | None:
        file = self.path / MANIFEST
        if file.exists():
            return _read(file)
        if any(self.path.glob(BLOCK)):
            raise PlantsimError(f"{self.path} has results but no {MANIFEST}: choose another folder")
        return None

    def read(self) -> dict[Job, Values]:
        """All finished runs."""
        from pyarrow.parquet import read_table

        kept: dict[Job, Values] = {}
        for file in sorted(self.path.glob(BLOCK)):
            columns = [read_table(file, partitioning=None)[name].to_pylist() for name in COLUMNS]
            for name, number, table, row, column, value in zip(*columns, strict=True):
                kept.setdefault((name, number), {})[table, row, column] = value
        return kept

    def add(self, job: Job, values: Values) -> None:
        """Keep a run; it is on the disk once its block is."""
        self._block[job] = values
        if len(self._block) >= RUNS or monotonic() - self._begun > SECONDS:
            self.write()

    def write(self) -> None:
        """Write the block, if there is anything in it."""
        if self._block:
            jobs = sorted(self._block)
            name = sha256(repr(jobs).encode()).hexdigest()[:16]
            _write(self.path / BLOCK.replace("*", name), _parquet({job: self._block[job] for job in jobs}))
            self._block = {}
        self._begun = monotonic()


COLUMNS = ("scenario", "replication", "table", "row", "column", "value")


def _parquet(block: Mapping[Job, Values]) -> bytes:
    """A row each value of each run."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    rows = [(*job, *key, value) for job, values in block.items() for key, value in values.items()]
    texts = pa.string()
    types = (texts, pa.int64(), texts, texts, texts, pa.float64())
    columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), types, strict=True)]
    sink = pa.BufferOutputStream()
    write_table(pa.table(dict(zip(COLUMNS, columns, strict=True))), sink)
    return bytes(sink.getvalue())


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, also if the process is killed or the power fails."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    with half.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(half, file)


def _read(file: Path) -> dict[str, Any]:
    """A manifest; nothing, of a file of that name that is none."""
    try:
        there = json.loads(file.read_text())
    except ValueError:
        return {}
    return there if isinstance(there, dict) else {}


def _agree(path: Path, there: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Raise if what is there is of another study, or of none."""
    if "scenarios" not in there:
        raise PlantsimError(f"{path} holds something else than finished runs: choose another folder")
    for word in ("plantsim", "seed", "figures of one's own"):
        if there[word] != about[word]:
            raise PlantsimError(f"{path} holds a study with {word} {there[word]!r}, not {about[word]!r}: "
                                "choose another folder")  # fmt: skip
    for name, scenario in about["scenarios"].items():
        if there["scenarios"].get(name, scenario)["sha256"] != scenario["sha256"]:
            raise PlantsimError(f"{path} holds results of another {name!r}: the scenario has changed since; "
                                "choose another folder, or another name for it")  # fmt: skip
        _same_files(path, name, there["scenarios"].get(name, scenario).get(READ, {}), scenario[READ])


def _same_files(path: Path, name: str, there: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise if a file that a scenario reads has changed."""
    for file, content in now.items():
        if there.get(file) != content:
            raise PlantsimError(f"{path} holds results of {name!r} with another content of {file}: the file has "
                                "changed since; choose another folder, or another name for the scenario")  # fmt: skip

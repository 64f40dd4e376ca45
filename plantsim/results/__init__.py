"""Results: what happened in a run, and what it was a run of: its figures, its stories, and its folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

import plantsim.kpi as kpi
from plantsim.export import export
from plantsim.genealogy import family, lineage, touched
from plantsim.long_waits import Wait, explained, outside, waits
from plantsim.record import HOUR, Record
from plantsim.reported import as_json, files, from_json, measures, shifts, size_at
from plantsim.results.figures import Figures
from plantsim.standstill import Standstill, told
from plantsim.state import State
from plantsim.story import Story, tell
from plantsim.unfit import Shifts
from plantsim.waits import CrewsFor, Measures, SizeAt, UnitsFor, Why, why

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

PACKAGES = ("simpy", "numpy", "pandas", "networkx", "plotly")


class Results(Figures):
    """What happened in a run, and what it was a run of.

    Windows are in hours: from where the scenario's report begins (after the warm-up) to the end, unless given.

    >>> from plantsim.scenario import Scenario
    >>> run = Results(Scenario(name="Nothing yet"), Record(until=2 * HOUR), seed=1)
    >>> run.until, run.window
    (2.0, (0.0, 2.0))
    """

    # ---- what happened, in words

    def story(self, name: str, longer: float = 24.0) -> Story:
        """The life of a batch ('march/7') or a unit ('press-2'): each stretch, its cause, who held what was lacking.

        A wait longer than so many hours is told with its chain: who waited for what held by whom, to its root.
        """
        told = tell(name, self.all_spans, *self._words)
        return replace(told, waits=self.long_waits(longer, batch=name))

    def why(self, name: str, at: float | None = None) -> Why:
        """Why a batch or a unit waits at a time [h], link by link to its root; none: halfway its longest wait."""
        mine = self._waits(name, 0.0) if at is None else []
        at = (mine[0].start + mine[0].end) / 2.0 if mine else self.until if at is None else at
        return why(name, self.state_at(at), *self._words, self._shifts)

    def stuck(self) -> dict[str, Why]:
        """Who waits at the end for what nothing that is scheduled or ordered can ever bring, and why, link by link."""
        end = self.all_spans.end
        return {name: why(name, end, *self._words, self._shifts) for name in Standstill(self.scenario, end).roots}

    def long_waits(self, longer: float = 24.0, most: int | None = None, batch: str = "") -> dict[Wait, Why]:
        """The waits that were longer than so many hours, the longest first, and why when they had lasted so long."""
        found = self._waits(batch, longer)[:most]
        words = *self._words, self._shifts
        told = explained(found, longer, self.start, self.record, *words) if found else {}
        return {wait: told[wait] for wait in found}

    def _waits(self, name: str, longer: float) -> list[Wait]:
        """The waits of all batches, of one, or of an order's next ones, that were longer than so many hours."""
        mine = [wait for wait in self._outside if name in ("", wait.batch, wait.batch.rpartition("/")[0])]
        return waits(self._stays(name), longer, mine)

    @cached_property
    def _outside(self) -> list[Wait]:
        """Waits of batches that stood ready, of orders that are released as taken."""
        taken = any(order.release.as_taken for order in self.scenario.orders.values())
        return outside(self.record, self.start, self.record.until) if taken else []

    @cached_property
    def _shifts(self) -> Shifts:
        """What calendars say, and which steps begin only if they fit."""
        return Shifts(*shifts(self.scenario))

    @property
    def _words(self) -> tuple[UnitsFor, SizeAt, CrewsFor, Measures]:
        """What the words in causes mean: units, how many there are at a time, who can fill a need, units of measure."""
        plant = self.scenario.plant
        return plant.units_for, partial(size_at, self.scenario), plant.crews_for, measures(self.scenario)

    def _stays(self, batch: str) -> pd.DataFrame:
        stays = self.all_spans["batches"]
        return stays[stays["batch"] == batch] if batch else stays

    def genealogy(self, name: str | None = None) -> nx.DiGraph[str]:
        """What was made from what, from raw-material lots to finished ones: all, or the family of one batch or lot."""
        graph = lineage(self.record)
        return graph if name is None else family(graph, name)

    def touched(self, name: str) -> list[str]:
        """What a batch or a lot has gone into: what is in doubt if it is rejected."""
        return touched(lineage(self.record), name)

    def deviations(self) -> pd.DataFrame:
        """Limits that were broken: time [h], unit, batch, step, product, cause."""
        frame = self.record.frame()
        columns = ["hours", "unit", "batch", "step", "product", "cause"]
        return frame[frame["kind"] == "deviation"][columns].reset_index(drop=True)

    def notes(self, from_: float | None = None, to: float | None = None) -> list[str]:
        """Who stands still for ever, and what one should know before reading the throughput as a capacity."""
        return [*told(self.stuck()), *self._of_capacity(from_, to)]

    def _of_capacity(self, from_: float | None, to: float | None) -> list[str]:
        first, last = kpi.queue_growth(self.all_spans["batches"], self.cut(from_, to))
        if last > 2.0 * first + 1.0:
            return [f"the queue before the first step grew from {first:.3g} to {last:.3g} batches: "
                    "the plant can't keep up with its orders; this throughput is not a capacity, and lead times depend "
                    "on the length of the run"]  # fmt: skip
        pushed = [name for name, order in self.scenario.orders.items() if order.release.every is not None]
        return [f"{', '.join(pushed)} released by the clock: throughput is that of the orders, not a capacity"] * (
            len(pushed) > 0
        )

    # ---- to and from files

    @property
    def manifest(self) -> dict[str, Any]:
        """What one needs to know to make this run again."""
        text, own = as_json(self.scenario)
        return {
            "name": self.scenario.name, "seed": self.seed, "replication": self.replication,
            "from hours": self.start.time / HOUR, "until hours": self.until, "rows": len(self.record),
            "scenario sha256": sha256(text.encode()).hexdigest(), "own code": own,
            **({"files sha256": found} if (found := files(self.scenario)) else {}),
            "python": python_version(), "plantsim": version("pharma-plantsim"),
            **{package: version(package) for package in PACKAGES},
        }  # fmt: skip

    def export(self, folder: str | Path, formats: Iterable[str] = ("csv", "parquet")) -> list[Path]:
        """Write record and spans as CSV, Parquet or OCEL 2.0."""
        return export(self.record, self.all_spans, folder, formats, self.scenario.start)

    def save(self, folder: str | Path) -> Path:
        """Write record, scenario, figures and manifest into a folder, from which `load` reads them."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.record.save(folder / "record.parquet")
        (folder / "start.json").write_text(self.start.to_json())
        (folder / "scenario.json").write_text(as_json(self.scenario)[0])
        (folder / "kpis.json").write_text(json.dumps(_finite(self.figures()), indent=1))
        (folder / "manifest.json").write_text(json.dumps(self.manifest, indent=1))
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read what `save` wrote."""
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        start = State.from_json((folder / "start.json").read_text())
        scenario = from_json((folder / "scenario.json").read_text())
        record = Record.load(folder / "record.parquet")
        return cls(scenario, record, seed=manifest["seed"], replication=manifest["replication"], start=start)

    # ---- in print

    def __str__(self) -> str:
        return "\n".join(f"{word:<11} {text}" for word, text in self._lines())

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{word}</th><td>{escape(text)}</td></tr>" for word, text in self._lines())
        return f"<table>{rows}</table>"

    def _lines(self) -> list[tuple[str, str]]:
        first, last = self.window
        name = self.scenario.name or "without a name"
        run = f"{name}: {self.until:g} h, seed {self.seed}, replication {self.replication}; {len(self.record)} rows"
        if last <= first:
            return [("run", run)]
        f = self.figures()
        waits = self.waiting(by=("cause",))
        most = f", mostly for {waits.index[0]} ({waits['hours'].iloc[0]:,.0f} h)" if len(waits) else ""
        busy = {word[5:].split(" [")[0]: share for word, share in f.items() if word.startswith("busy ")}
        ranked = sorted(busy.items(), key=lambda item: -item[1])[:4]
        return [
            ("run", f"{run}; reported from {first:g} h"),
            ("made", f"{f['batches [1]']:g} batches, {f['mass [kg]']:,.0f} kg: "
                     f"{f['batches a week [1/week]']:.3g} batches, {f['mass a week [kg/week]']:,.0f} kg a week"
                     + "".join(f" ({note})" for note in self._of_capacity(None, None))),
            *(("stuck", each.removeprefix("stuck: ")) for each in told(self.stuck())),
            ("lead time", f"{f['lead time [h]']:.3g} h on average, 95 % below {f['lead time, 95 % below [h]']:.3g} h"),
            ("in plant", f"{f['in plant [batches]']:.3g} batches on average; they wait "
                         f"{f['waiting [share of lead time]']:.0%} of their time{most}"),
            ("busy", ", ".join(f"{kind} {share:.0%}" for kind, share in ranked) + " of calendar hours"),
            ("bottleneck", str(self.bottleneck(by="kind").attrs["says"])),
        ]  # fmt: skip


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    """JSON knows no nan."""
    return {name: value if value == value else None for name, value in figures.items()}

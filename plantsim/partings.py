"""Lives of batches, of their parts, of those that are pooled: when they begin and end, and the mass they take along."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import Any

from plantsim.record import RowTuple
from plantsim.state import BatchState, State


class Partings(ABC):
    """Which batches there are, in parts or whole; the part of the books that knows how they part and meet."""

    put: dict[str, Callable[[tuple[Any, ...]], None]]

    def __init__(self, state: State, met: dict[str, None]) -> None:
        self.state, self.met = state, met  # whom this instant concerns
        self.names: list[str] = []  # of batches and parts, by release
        # [released, order, number, product, kg entered, kg now, unit it left, whole batch, batch it is a part of, unit]
        self.lives: dict[str, list[Any]] = {}
        self.steps: dict[str, str] = {}  # unit -> step of the batch in it
        # of a batch in a unit: mass of what its step took that becomes part of it, and that it gave to the stores
        self.added: dict[tuple[str, str], float] = {}
        self.given: dict[tuple[str, str], float] = {}
        self.made: dict[str, float] = {}  # whole batch -> kg of its parts that are done
        self.stood: dict[tuple[str, str], float] = {}  # (unit, batch) -> kg of a joined batch that stand in it

    @abstractmethod
    def _return(self, who: str, now: int, pools: Collection[str] | None = None) -> None:
        """What a batch has used of these pools comes back; none are named: of all."""

    @abstractmethod
    def _drop_samples(self, now: int) -> None:
        """Samples of batches that are no longer there are done with."""

    def _enter(self, b: BatchState, time: int) -> None:
        self.names.append(b.name)
        self.lives[b.name] = [time, b.order, b.number, b.product, b.amount, b.amount, "", b.name, b.parent, b.unit]

    def _put_life(self, name: str, life: list[Any], end: int, fate: str, amount: float) -> None:
        self.put["lives"]((name, life[0], end, life[1], life[2], life[3], life[4], amount, fate))

    def _flow(self, flow: str, row: RowTuple, amount: float, place: str, step: str) -> None:
        self.put["flows"]((row[0], flow, place, row[3], step, row[5], amount))

    def _take_up_parts(self) -> None:
        """Parts that are there at the start belong to a whole batch, which has the mass of all its parts."""
        state = self.state
        for name, entry in state.parted.items():
            self.names.append(name)
            whose = [entry.released, entry.order, entry.number, entry.product]
            self.lives[name] = [*whose, 0.0, 0.0, "", name, entry.parent, ""]
        for name in [*state.parted, *state.batches]:
            whole = self.lives[name][7] = self._whole(name)
            if whole != name and name in state.batches:
                self.lives[whole][4] += state.batches[name].amount
                self.lives[whole][5] += state.batches[name].amount

    def _whole(self, name: str) -> str:
        """The batch that was released, of which this is a part."""
        while parent := (self.state.parted.get(name) or self.state.batches[name]).parent:
            name = parent
        return name

    def _lose(self, time: int, name: str, life: list[Any], amount: float) -> None:
        """What a step has lost of a batch that parts, or comes to where it meets others; and what it took and gave."""
        step = self.steps.get(life[9], "")
        added, given = self.added.pop((life[9], name), 0.0), self.given.pop((life[9], name), 0.0)
        for flow, mass in (("added", added), ("given", given), ("loss", life[5] + added - given - amount)):
            if abs(mass) > (1e-9 if flow == "loss" and not (added or given) else 0.0):
                self.put["flows"]((time, flow, life[9], name, step, life[3], mass))
        life[5:7] = amount, life[9]

    def _meet(self, row: RowTuple) -> None:
        if row[8] in ("join", "gate") and row[3]:
            self._lose(row[0], row[3], self.lives[row[3]], row[6])

    def _split(self, row: RowTuple) -> None:
        time, _, _, name, _, product, amount, _, detail = row
        life = self.lives[name]
        self._lose(time, name, life, amount)
        self._return(name, time, ())
        for part, mass in detail:
            self.names.append(part)
            self.lives[part] = [time, life[1], life[2], product, mass, mass, life[6], life[7], name, life[9]]
            self.met[part] = None

    def _join(self, row: RowTuple) -> None:
        time, _, _, name, step, product, amount, _, detail = row
        for part, mass in detail:
            life = self.lives[part]
            self._lose(time, part, life, mass)
            self._return(part, time, ())
            self.met[part] = None
            self.stood[life[9], name] = mass
            if life[7] != part:
                self._end_part(part, time, "joined")
            elif part != name:
                self.put["flows"]((time, "pooled", "", name, step, product, mass))
                self._put_life(part, self.lives.pop(part), time, "pooled", mass)
        if name not in self.lives:
            b = self.state.batches[name]
            self._enter(b, time)
            self.lives[name][7] = self.lives[b.parent][7]
        self.lives[name][5] = amount

    def _end_part(self, name: str, time: int, fate: str) -> None:
        """A part is over, and with it those of which it was the last part."""
        while name in self.lives:
            life = self.lives[name]
            over = name not in self.state.parted and name not in self.state.batches
            if not over or life[7] == name:
                return
            self.put["parts"]((name, life[0], time, life[7], life[8], life[4], life[5], fate))
            del self.lives[name]
            self.met[name] = None
            name = life[8]

    def _finish_part(self, row: RowTuple, life: list[Any]) -> None:
        """A part is done or scrapped; the batch is done if any of its parts is."""
        time, name, whole = row[0], row[3], life[7]
        done = row[1] == "done"
        if done:
            self.made[whole] = self.made.get(whole, 0.0) + row[6]
        over = whole not in self.state.parted and whole not in self.state.batches
        self.lives[name] = life
        self._flow(("out" if over else "part out") if done else "scrap", row, row[6], life[6], row[4])
        self._return(name, time, ())
        self._drop_samples(time)
        self._end_part(name, time, "done" if done else "scrapped")
        if over:
            made = self.made.pop(whole, None)
            if not done and made is not None:
                self.put["flows"]((time, "out", life[6], whole, row[4], row[5], 0.0))
            fate = "scrapped" if made is None else "done"
            self._put_life(whole, self.lives.pop(whole), time, fate, made or 0.0)
            self.met[whole] = None

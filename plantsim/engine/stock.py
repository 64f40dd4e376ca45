"""A material as the engine sees it: what steps may take of its released lots, and what comes and goes out of date."""

from __future__ import annotations

from bisect import insort
from math import fsum
from typing import TYPE_CHECKING, Any, TypeAlias

from plantsim.chance import milliseconds
from plantsim.engine.desk import NEVER
from plantsim.engine.journey import by_age, natural
from plantsim.engine.physics import written
from plantsim.engine.samples import send
from plantsim.state import State, deliver, expire, purchase, take, usable

if TYPE_CHECKING:
    from plantsim.engine.floor import Floor
    from plantsim.engine.journey import Journey
    from plantsim.engine.machine import Machine
    from plantsim.engine.route import StepPlan
    from plantsim.engine.samples import Sample
    from plantsim.engine.station import Station
    from plantsim.engine.upkeep import Job
    from plantsim.materials import Material
    from plantsim.state import BatchState, StockState, Uses


DUST = 1e-9  # kg: what rounding may leave of a lot


Whose: TypeAlias = tuple[str, str, str, str]  # unit, batch, step, product
NOBODY: Whose = ("", "", "", "")


class Stock:
    """The lots of one material; a claim for a unit lacks it as it lacks a pool."""

    __slots__ = ("fresh", "knock", "name", "patience", "rank", "rule", "state", "stations", "waiting")

    def __init__(self, rank: int, name: str, rule: Material, state: State) -> None:
        self.rank, self.name, self.rule = rank, name, rule
        self.state: StockState = state.stocks[name]
        self.patience, self.knock = NEVER, NEVER
        self.fresh = not (self.state.came or self.state.ordered)
        self.waiting: list[Journey | Job | Sample] = []  # of spare parts: who asks for them, by age
        self.stations: dict[int, Station] = {}  # where a claim for a unit lacks this material

    # ---- what a claim asks of a desk

    def free(self, now: int) -> float:
        """How much [kg, or pieces] is released."""
        return sum([lot.amount for lot in self.state.lots.values() if lot.status == "released"], 0.0)

    def there(self, now: int, at_risk: bool) -> float:
        """How much [kg] a step may take, perhaps also of lots that are still tested."""
        if not at_risk:
            return self.free(now)
        return sum([lot.amount for lot in self.state.lots.values() if usable(lot, at_risk=True)], 0.0)

    def lends(self, uses: Uses, now: int, fits: bool = False) -> bool:
        """Whether the pieces are there that a repair or a maintenance takes."""
        return self.free(now) + DUST >= sum(number for name, number, _ in uses if name == self.name)

    def reserved(self, now: int) -> bool:
        """What steps take, nobody waits for without asking for a unit."""
        return False

    def next_change(self, now: int) -> int:
        """Nothing comes by itself without a row."""
        return NEVER

    # ---- what happens

    def park(self, claim: Journey | Job | Sample) -> None:
        """Let a repair or a maintenance wait here."""
        insort(self.waiting, claim, key=by_age)

    def taken(self, whose: Whose, mass: float, adds: bool, floor: Floor, now: int, *, at_risk: bool = False) -> None:
        """So much [kg, or pieces] is taken of the released lots, the one that goes out of date first at first."""
        lots = self.lots_for(mass, at_risk=at_risk)
        mass = fsum(part for _, part in lots) if adds else 0.0
        floor.put(take, (now, "take", *whose, mass, self.name, tuple(lots)))
        self.order(floor, now)

    def lots_for(self, mass: float, after: float = 0.0, at_risk: bool = False) -> list[tuple[str, float]]:
        """(lot, how much of it [kg]) that make up a mass [kg], as far as there is so much; others take some before."""
        lots, rest = [], mass
        for name in sorted(self.state.lots, key=self._by_date):
            lot = self.state.lots[name]
            if not usable(lot, at_risk=at_risk) or rest <= (0.0 if lot.status == "released" else DUST):
                continue
            there, after = max(0.0, lot.amount - after), max(0.0, after - lot.amount)
            part = there if there <= rest + DUST else rest
            if there > DUST or lot.amount <= DUST:
                lots.append((name, part))
                rest -= part
        return lots

    def _by_date(self, name: str) -> tuple[bool, int, tuple[object, ...]]:
        lot = self.state.lots[name]
        return lot.status != "released", lot.expires if lot.expires >= 0 else NEVER, natural(name)

    def lacked(self, number: float, floor: Floor, now: int) -> None:
        """A claim lacks so much [kg, or pieces]: it is ordered, if less than that is there and on its way."""
        self.order(floor, now, number)

    def order(self, floor: Floor, now: int, asked: float = 0.0) -> None:
        """Order more, until what is there and on its way is above the point at which it is ordered, and is enough."""
        rule, state = self.rule, self.state
        if rule.reorder is None or rule.order is None:
            return
        have = sum([lot.amount for lot in state.lots.values()]) + sum([coming[2] for coming in state.coming])
        while have <= rule.reorder or have + DUST < asked:
            number = state.ordered + 1
            due = now + floor.streams.time(rule.delivery, f"{self.name}/delivery", number)
            lot = f"{self.name}/{number}"
            floor.put(purchase, (now, "purchase", "", "", "", "", rule.order, self.name, (lot, due)))
            Delivery(self, lot).wait(due, floor, now)
            have += rule.order

    def bring(
        self, lot: str, mass: float, floor: Floor, now: int, *, tested: bool, whose: Whose = NOBODY, said: Any = None
    ) -> None:
        """A lot comes into store, from outside or from a step, and is tested or released at once.

        `said`: what it is made of, if the material does not say.
        """
        quarantine = tested and self.rule.test and not self._skips()
        expires = -1 if quarantine else self.lasts(now)
        if self.rule.charge is not None:
            said = written(self.rule.charge.drawn(lot, mass, floor.streams))
        detail: tuple[Any, ...] = (lot, "quarantine" if quarantine else "released", expires)
        detail = detail if said is None else (*detail, said)
        kind = "give" if whose[1] else "deliver"
        floor.put(deliver, (now, kind, *whose, mass, self.name, detail))
        if quarantine:
            send(floor, now, self.rule.test, lot, material=self.name)
            floor.knocked[self.rank] = self  # type: ignore[assignment]  # some may take of it at risk
        else:
            self.released(lot, floor, now)

    def _skips(self) -> bool:
        """Whether the lot that comes now is not tested, by the sampling plan of the material."""
        return (self.state.came - (self.rule.stock > 0.0)) % self.rule.test_every > 0

    def lasts(self, now: int) -> int:
        """Until when [ms] a lot that is released now may be used; -1: without end."""
        return -1 if self.rule.retest is None else now + milliseconds(self.rule.retest)

    def released(self, lot: str, floor: Floor, now: int) -> None:
        """A lot may be taken from now on."""
        there = self.state.lots.get(lot)
        if there is not None and there.expires >= 0:  # it may have been used up at risk
            RetestDate(self, lot).wait(there.expires, floor, now)
        floor.knocked[self.rank] = self  # type: ignore[assignment]


class Delivery:
    """A lot that is on its way."""

    __slots__ = ("lot", "rank", "stock")

    def __init__(self, stock: Stock, lot: str) -> None:
        self.stock, self.lot = stock, lot
        self.rank: tuple[object, ...] = natural(lot)

    def wait(self, due: int, floor: Floor, now: int) -> None:
        """Set the alarm."""
        floor.alarm(max(due - now, 0), self)

    def close(self, floor: Floor, now: int) -> None:
        """It comes."""
        for due, lot, amount, _ in self.stock.state.coming:
            if lot == self.lot and due <= now:
                self.stock.bring(lot, amount, floor, now, tested=True)
                return


class RetestDate:
    """The day on which a lot is out of date."""

    __slots__ = ("lot", "rank", "stock")

    def __init__(self, stock: Stock, lot: str) -> None:
        self.stock, self.lot = stock, lot
        self.rank: tuple[object, ...] = natural(lot)

    def wait(self, due: int, floor: Floor, now: int) -> None:
        """Set the alarm."""
        floor.alarm(max(due - now, 0), self)

    def close(self, floor: Floor, now: int) -> None:
        """It is tested again, or lost, if something of it is left."""
        stock = self.stock
        lot = stock.state.lots.get(self.lot)
        if lot is None or lot.status != "released" or not 0 <= lot.expires <= now:
            return
        again = bool(stock.rule.test)
        floor.put(expire, (now, "expire", "", "", "", "", lot.amount, stock.name, (self.lot, again)))
        if again:
            send(floor, now, stock.rule.test, self.lot, material=stock.name)
        else:
            stock.order(floor, now)


def give(b: BatchState, machine: Machine, step: StepPlan, floor: Floor, now: int) -> None:
    """A step is over: what it gives comes to the stores."""
    for name, each in step.gives:
        mass = each.of(step.back(b.amount))
        if mass > 0.0:
            whose, lot = (machine.name, b.name, step.name, b.product), f"{b.luck}/{step.name}/{name}"
            floor.stocks[name].bring(lot, mass, floor, now, tested=True, whose=whose, said=b.charge)


def open_stocks(floor: Floor) -> None:
    """What is in store at the start of a fresh plant."""
    now = floor.state.time
    for stock in floor.stocks.values():
        if stock.fresh:
            if stock.rule.stock > 0.0:
                stock.bring(f"{stock.name}/0", stock.rule.stock, floor, now, tested=False)
            stock.order(floor, now)


def take_up_stock(floor: Floor, stock: Stock) -> None:
    """What is on its way comes, and lots go out of date, as they would have."""
    now = floor.state.time
    if stock.fresh:
        return
    for due, lot, _, _ in stock.state.coming:
        Delivery(stock, lot).wait(due, floor, now)
    for name, each in stock.state.lots.items():
        if each.status == "released" and each.expires >= 0:
            RetestDate(stock, name).wait(each.expires, floor, now)

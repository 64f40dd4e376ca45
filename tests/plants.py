"""Small plants that the tests share, what they say of a run, and a strategy that makes plants up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from plantsim.calendars import Calendar, Timetable
from plantsim.chance import HOUR, Streams
from plantsim.charge import LotCharge, StartingCharge
from plantsim.cleaning import Clean, Cleaning, Phase, Verification
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import lay, simulate
from plantsim.errors import StuckPlant
from plantsim.laws import Exponential, Gamma, Lognormal, Triangular, Uniform, Weibull
from plantsim.materials import Investigation, Material, QualityTest, Rework
from plantsim.moving import Area, Transfer
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.procedure import Procedure
from plantsim.recipe import Order, Product
from plantsim.record import Record, RowTuple
from plantsim.scenario import Scenario
from plantsim.state import State, Uses, apply, fold
from plantsim.step import Step
from plantsim.stops import MinorStops
from plantsim.utility import Utility

# ---- to make and to play ---------------------------------------------------------------------------------------------


def small(steps: Mapping[str, Step], *, batches: int | None = 2, release: Any = "at once", **more: Any) -> Scenario:
    """A plant for one product 'p' of 100 kg: a unit for each kind that its steps name, unless told otherwise."""
    more.setdefault("units", {step.on: Unit(kind=step.on) for step in steps.values()})
    if steps:
        more.setdefault("products", {"p": Product(batch=100.0, steps=dict(steps))})
    more.setdefault("orders", {"o": Order(product="p", batches=batches, release=release)})
    more.setdefault("run", {"horizon": 100.0})
    return Scenario(**more)


def fresh(scenario: Scenario) -> State:
    """The plant in which nothing has happened yet."""
    plant = scenario.plant
    units = {name: each.unit for name, each in scenario.materials.items()}
    names = (plant.unit_names, plant.buffers, plant.lent, scenario.orders, plant.stocks, units)
    return State.empty(*names)


def play(
    scenario: Scenario, seed: int = 1, *, start: State | None = None, arrange: Callable[[list[Any]], list[Any]] = list
) -> list[RowTuple]:
    """The rows of a run, also of one that gets stuck: its last row is what came before that."""
    scenario.check()
    record = Record()
    try:
        floor = lay(scenario, start or fresh(scenario), Streams(seed), record, arrange)
        floor.env.run(until=int(scenario.run.horizon * HOUR))
    except StuckPlant:
        pass
    return list(record)


def state_at(scenario: Scenario, rows: Iterable[RowTuple], time: int) -> State:
    """The state at a time [ms], written to JSON and read back."""
    state = fold(fresh(scenario), (row for row in rows if row[0] <= time), time)
    return State.from_json(state.to_json())


def resumes(scenario: Scenario, hours: int = 16, an_hour: int = 4) -> list[RowTuple]:
    """The rows of a sound run, which are also those of it gone on from so many times of each hour."""
    simulate(scenario).check()
    rows = play(scenario)
    for k in range(1, an_hour * hours):
        time = k * HOUR // an_hour
        later = [row for row in rows if row[0] > time]
        assert play(scenario, start=state_at(scenario, rows, time)) == later, time / HOUR
    return rows


def told(rows: Iterable[RowTuple], *kinds: str, hide: Iterable[str] = ("release", "done")) -> list[str]:
    """Rows as 'hour kind place batch cause', of some kinds or of all but those that are hidden."""
    return [
        " ".join(filter(None, (f"{row[0] / HOUR:g}", row[1], row[2], row[3], row[7])))
        for row in rows
        if (row[1] in kinds if kinds else row[1] not in hide)
    ]


def lines(text: str) -> list[str]:
    """The lines of a text, without what surrounds them."""
    return [line.strip() for line in text.strip().splitlines()]


def hours(rows: Iterable[RowTuple], kind: str, batch: str) -> list[float]:
    """When [h] rows of a kind are written of a batch."""
    return [row[0] / HOUR for row in rows if row[1] == kind and row[3] == batch]


def outages(scenario: Scenario, rows: Iterable[RowTuple], until: int) -> dict[str, list[tuple[int, int]]]:
    """(from, until) [ms] of each stretch in which a utility was not made, instant by instant."""
    state, found = fresh(scenario), dict[str, list[tuple[int, int]]]((name, []) for name in scenario.utilities)
    since: dict[str, int] = {}
    for row in rows:
        apply(state, row)
        for name, maker in state.makers.items():
            if (maker.jobs or maker.closed) and name not in since:
                since[name] = row[0]
            elif not (maker.jobs or maker.closed) and name in since:
                found[name].append((since.pop(name), row[0]))
    for name, begin in since.items():
        found[name].append((begin, until))
    return found


def made(scenario: Scenario, state: State, name: str, at: int) -> Fraction:
    """The rate at which a utility is made at a time [ms] from the state's on, as far as is known."""
    utility = scenario.utilities[name]
    if state.makers[name].jobs:
        return Fraction(0)
    table = Timetable(scenario.calendars[utility.calendar]) if utility.calendar else None
    return Fraction(str(utility.stock[0])) if table is None or table.is_open(at) else Fraction(0)


def levels(
    scenario: Scenario,
    name: str,
    drawn: list[tuple[int, int, float]],
    until: int,
    stops: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, Fraction]]:
    """(time [ms], level) of a utility at each time at which a draw (from, until, rate) begins or ends: step by step."""
    utility = scenario.utilities[name]
    makes, size, level = (Fraction(str(each)) for each in utility.stock)
    times = sorted({0, until, *(at for begin, end, *_ in (*drawn, *stops) for at in (begin, end) if 0 < at < until)})
    found = [(0, level)]
    for here, there in pairwise(times):
        stopped = any(begin <= here < end for begin, end in stops)
        net = makes * (not stopped) - sum(Fraction(str(rate)) for begin, end, rate in drawn if begin <= here < end)
        level = min(size, level + net * (there - here) / HOUR)
        found.append((there, level))
    return found


def carried(scenario: Scenario, state: State, name: str, uses: Uses, now: int) -> bool:
    """Whether what is to be drawn from now on stays below the peak and leaves the least level, to its last end."""
    utility, tank = scenario.utilities[name], state.tanks[name]
    drawn = [(tank.since, until, rate) for until, rate, _ in state.pools[name] if until > tank.since]
    new = [(now, now + ms, rate) for each, rate, ms in uses if each == name]
    for here in (now, *[end for _, end, _ in drawn + new if end > now]):  # what a model draws may rise later
        rate = sum(rate for begin, end, rate in drawn + new if begin <= here < end)
        if utility.peak is not None and rate > utility.peak:
            return False
    _, size, _ = (Fraction(str(each)) for each in utility.stock)
    level = Fraction(tank.level, 1000 * HOUR)
    changes = {at for begin, end, _ in drawn + new for at in (begin, end) if at > tank.since} | {now}
    if utility.calendar:
        table, at, last = Timetable(scenario.calendars[utility.calendar]), tank.since, max(changes, default=now)
        while (at := table.change(at)) < last:
            changes.add(at)
    times = sorted({tank.since, *changes})
    for here, there in pairwise(times):
        makes = made(scenario, state, name, here)
        net = makes - sum(Fraction(str(rate)) for begin, end, rate in drawn + new if begin <= here < end)
        level = min(size, level + net * (there - here) / HOUR)
        if there > now and level < Fraction(str(utility.least)):
            return False
    return True


def drying(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """A model: 20 % of moisture take from 1 to 3 h, and half of it is driven off."""
    wet = charge.quality.get("moisture", 0.2)
    hours, mass = 5.0 * wet * (1.0 + 2.0 * draw("air")), charge.mass * (1.0 + wet / 2.0) / (1.0 + wet)
    late = "moisture" if hours > 5.0 else ""
    whole = ((0.0, 10.0), (hours / 3.0, 25.0), (hours / 2.0, 5.0))
    heat = tuple(piece for piece in whole if piece[0] < min(hours, 5.0))
    end = charge.but(mass=mass, temperature=40.0, moisture=wet / 2.0)
    return Outcome(min(hours, 5.0), end, draws={"heat": heat}, late=late)


# ---- a plant with every feature --------------------------------------------------------------------------------------


def rich(until: float = 500.0) -> Scenario:
    """Four kinds of unit, two buffers, kept and used pools, shifts, both failure clocks, all cleans, all releases."""
    return Scenario(
        units={
            "r": Unit(kind="reactor", count=2, cleaning="once", failures=("seal", "power"), maintenance=("pm",)),
            "d": Unit(kind="dryer", count=2, cleaning="use", failures=("seal",), maintenance=("oil",)),
            "p": Unit(
                kind="press",
                count=3,
                at=(10.0, 20.0),
                area="clean",
                cleaning="end",
                calendar="days",
                failures=("jam", "wreck"),
                work="pause",
                locks=True,
            ),
            "q": Unit(kind="pack", calendar="days", failures=("seal",), at=(60.0, 0.0), floor=1),
            "t": Unit(kind="chamber", holds=3, least=2, failures=("seal",)),
        },
        buffers={"ibc": Buffer(places=1), "cold": Buffer(places=2, clearance="product"), "rack": Buffer(places=3)},
        links=["r -> d", "d -> ibc -> p", "d -> p", "p -> cold -> q", "p -> q", "q -> rack -> t"],
        pools={
            "ops": Pool(count=4, calendar="days"),
            "mech": Pool(count=1),
            "bins": Pool(count=6),
            "skid": Pool(count=1),
            "header": Pool(count=1),
        },
        areas={"clean": Area(grade="C", airlock=0.1)},
        transfers={
            "powder": Transfer(links=["d -> p", "ibc -> p"], pipe="header", rate=300.0, hold_up=0.5, flush=0.4),
            "carts": Transfer(
                links=["p -> cold -> q", "p -> q"], by="ops", speed=3000.0, distance=70.0, lift=0.1, returns=True
            ),
        },
        utilities={
            "wfi": Utility(makes=300.0, tank=500.0, peak=900.0, least=50.0),
            "steam": Utility(unit="kg", makes=200.0, patience=1.0),
        },
        calendars={"days": Calendar(open=((6.0, 14.0), (14.0, 22.0)), period=24.0, closed=((100.0, 130.0),))},
        failures={
            "seal": Failure(after=Weibull(scale=30.0, shape=1.8), repair=Lognormal(mean=2.0, cv=0.5), pool="mech"),
            "power": Failure(
                after=Exponential(mean=60.0), repair=Exponential(mean=3.0), clock="calendar", work="restart"
            ),
            "jam": Failure(after=Exponential(mean=3.0), repair=Lognormal(mean=0.1, cv=2.0)),
            "wreck": Failure(
                after=Exponential(mean=100.0), repair=Lognormal(mean=5.0, cv=1.0), work="scrap", pool="mech"
            ),
        },
        maintenance={
            "pm": Maintenance(every=90.0, lasts=Uniform(low=2.0, high=4.0), pool="mech"),
            "oil": Maintenance(every=40.0, lasts=1.0, clock="running"),
        },
        cleaning={
            "once": Cleaning(
                when="at once",
                minor=0.5,
                major=Triangular(low=1.0, mode=2.0, high=3.0),
                longest_campaign=4,
                needs={"skid": 1, "ops": 1, "wfi": 350.0},
            ),
            "use": Cleaning(minor=0.5, major=2.0, longest_campaign=5, needs={"skid": 1}),
            "end": Cleaning(when="at campaign end", minor=0.2, major=2.0, longest_campaign=6),
        },
        materials={
            "salt": Material(
                stock=900.0,
                reorder=300.0,
                order=500.0,
                delivery=Lognormal(mean=20.0, cv=0.5),
                test="identity",
                retest=150.0,
            ),
            "film": Material(stock=40.0, reorder=10.0, order=60.0, delivery=5.0, retest=60.0),
            "dust": Material(),
        },
        tests={
            "identity": QualityTest(time=6.0, needs={"ops": 1}, hands_on=1.0, fails=0.2),
            "assay": QualityTest(time=Uniform(low=2.0, high=9.0), fails=0.1, investigation=Exponential(mean=10.0)),
            "count": QualityTest(time=1.0, needs={"ops": 1}),
        },
        products={
            name: Product(batch=batch, priority=priority, steps=_rich_steps(name), charge=_rich_charge(name))
            for name, batch, priority in (("A", 100.0, 0), ("B", 150.0, 1), ("C", 120.0, 0))
        },
        orders={
            "o": Order(product={"A": 2, "B": 1}, campaign=2, release={"every": Exponential(mean=7.0)}),
            "w": Order(product="C", release={"wip": 2}),
            "t": Order(product="A", batches=12, start=40.0),
            "x": Order(product="B", batches=3, release={"at_once": True}, start=77.0),
        },
        run={"horizon": until},
    )


def harsh(until: float = 300.0) -> Scenario:
    """Whatever stops work and units: each word of what becomes of it, longest pauses, holds."""
    modes = ("seal", "power", "clog", "storm", "drift")
    words = dict(zip("abcde", ("finish", "pause", "restart", "scrap", "fits"), strict=True))
    return Scenario(
        units={
            name: Unit(kind=name, count=2, calendar="days", work=word, failures=modes, maintenance=("oil",))
            for name, word in words.items()
        },
        maintenance={"oil": Maintenance(every=30.0, lasts=1.0, window=8.0, pool="mech", requalify=0.5)},
        buffers={"store": Buffer(places=2)},
        links=["a -> b -> c -> store -> d -> e", "c -> d"],
        pools={"ops": Pool(count=3, calendar="shifts"), "mech": Pool(count=1, skills=("ops",))},
        calendars={
            "days": Calendar(open=((0.0, 20.0),), period=24.0),
            "shifts": Calendar(open=((6.0, 14.0), (15.0, 22.0)), period=24.0),
        },
        failures={
            "seal": Failure(
                after=Weibull(scale=20.0, shape=1.8), repair=Lognormal(mean=2.0, cv=0.5), pool="mech", longest_pause=3.0
            ),
            "power": Failure(
                after=Exponential(mean=40.0), repair=Exponential(mean=2.0), clock="calendar", work="restart"
            ),
            "clog": Failure(
                after=Uniform(low=2.0, high=9.0),
                repair=0.5,
                clock="cycles",
                spare=0.5,
                renews=0.5,
                requalify=0.25,
                takes={"kit": 2},
            ),
            "drift": Failure(after=Exponential(mean=25.0), repair=1.0, work="finish", rate=0.5),
            "storm": Failure(
                after=Exponential(mean=60.0),
                repair=1.0,
                clock="calendar",
                common=True,
                pool="mech",
                spare=1.0,
                takes="kit",
            ),
        },
        materials={
            "kit": Material(
                unit="pieces", stock=1, reorder=3, order=4, delivery=Lognormal(mean=6.0, cv=1.0), retest=40.0
            )
        },
        products={
            "p": Product(
                batch=100.0,
                steps={
                    name: Step(
                        on=name,
                        charge=0.5,
                        time=Lognormal(mean=2.0, cv=0.6),
                        needs={"run": {"ops": 1}},
                        work=words["ebcda"[number]],
                        longest_pause=9.0 if number else None,
                        hold=6.0,
                        after_hold="scrap" if number % 2 else "deviation",
                    )
                    for number, name in enumerate(words)
                },
            )
        },
        orders={"o": Order(product="p", release={"every": Exponential(mean=3.0)})},
        run={"horizon": until},
    )


def _rich_charge(product: str) -> StartingCharge | None:
    return StartingCharge(quality={"moisture": {"uniform": {"low": 0.1, "high": 0.3}}}) if product == "B" else None


def _at_risk(product: str) -> Any:
    """0.5 kg/kg, but for A also of lots that are still tested; if one is rejected, a batch of B is lost."""
    if product == "A":
        return 0.5
    return {"share": 0.5, "at_risk": True, "after_reject": "scrap" if product == "B" else "deviation"}


def _rich_steps(product: str) -> dict[str, Step]:
    return {
        "react": Step(
            on="reactor",
            time=Lognormal(mean=5.0, cv=0.3),
            charge=0.5,
            discharge=0.4,
            needs={"charge": {"ops": 2, "wfi": 600.0}, "discharge": {"ops": 1}},
            keeps={"bins": 1},
            takes={"salt": _at_risk(product)},
        ),
        "dry": Step(
            on="dryer",
            time=None if product == "B" else Gamma(mean=4.0, cv=0.3),
            model=drying if product == "B" else None,
            transfer=0.5,
            discharge=0.25,
            needs={"transfer": {"ops": 0.7}, "run": {"steam": 110.0}, "discharge": {"ops": 0.3}},
            yield_=0.99,
            gives={"dust": 0.005},
            tests="count",
        ),
        "press": Step(
            on="press",
            time=Exponential(mean=6.0),
            charge=0.5,
            needs={"charge": {"ops": 1}},
            keeps={"bins": 2},
            startup_loss=1.0,
            work="pause",
            takes={"film": {"amount": 4.0, "adds": True}},
            tests={"assay": {"at_risk": product != "C", "rework": "press" if product == "A" else ""}},
        ),
        "pack": Step(
            on="pack", time=2.0, needs={"run": {"ops": 1, "steam": 120.0}}, work="pause" if product == "A" else "fits"
        ),
        "test": Step(on="chamber", time=Lognormal(mean=3.0, cv=0.3), transfer=0.25, needs={"transfer": {"ops": 1}}),
    }


WET = {"lognormal": {"mean": 0.2, "cv": 0.4}}
LOTS = StartingCharge(quality={"moisture": WET, "titre": 2.0})
BROTH = StartingCharge(volume=90.0, temperature=35.0, composition={"salt": 0.01, "water": 0.99}, quality={"titre": 3.0})
WET_SALT = StartingCharge(volume=80.0, composition={"salt": 0.25, "water": 0.75})
BUFFER = StartingCharge(volume=40.0, temperature=5.0, composition={"salt": 0.1, "water": 0.9})


def parted(until: float = 300.0) -> Scenario:
    """Splits and joins, steps side by side, pools, parts that are lost; few places in buffers, many failures."""
    hours = Lognormal(mean=2.0, cv=0.5)
    tablet = {
        "mix": Step(on="mixer", time=hours, charge=0.5, yield_=0.95, tests={"assay": {"rework": "mix"}}, hold=6.0),
        "press": Step(
            on="press",
            time=hours,
            transfer=0.5,
            split="per unit",
            startup_loss=1.0,
            takes={"wax": {"share": 0.05, "adds": True}},
            tests={"count": {"at_risk": True}},
            hold=8.0,
            after_hold="scrap",
        ),
        "coat": Step(on="coater", model=drying, joins="all", lost="go on", needs={"run": {"crew": 1}}),
        "pack": Step(on="packer", time=1.0, split=30.0, keeps={"bin": 1}),
    }
    protein = {
        "grow": Step(on="mixer", time=hours, hold=7.0, tests={"assay": {"at_risk": True}}),
        "buffer": Step(
            on="tank",
            time=hours,
            after=(),
            batch=40.0,
            yield_=0.9,
            made_of=BUFFER,
            hold=5.0,
            after_hold="scrap",
            tests="count",
        ),
        "column 1": Step(on="coater", model=drying, after=("grow", "buffer"), split=None),
        "column 2": Step(on="press", time=hours, after=("column 1", "buffer")),
        "assay": Step(on="tank", time=1.0, after=("column 2",), share=0.1),
        "fill": Step(on="packer", time=1.0, after=("column 2",), split=2),
        "box": Step(on="packer", time=0.5, after=("assay", "fill"), transfer=0.25),
    }
    harvest = {
        "grow": Step(on="tank", time=hours, yield_=0.9),
        "spin": Step(on="mixer", time=1.0, pools=3, transfer=0.5, tests={"assay": {"rework": "spin"}}),
        "fill": Step(on="packer", model=drying, split=2),
    }
    kinds = {"mixer": 2, "press": 3, "coater": 1, "packer": 2, "tank": 2}
    return Scenario(
        units={name: Unit(kind=name, count=count, failures=("seal", "wreck")) for name, count in kinds.items()},
        buffers={"ibc": Buffer(places=3, clearance="batch"), "cold": Buffer()},
        pools={"crew": Pool(count=1, calendar="days"), "bin": Pool(count=2)},
        calendars={"days": Calendar(open=((6.0, 22.0),), period=24.0)},
        failures={
            "seal": Failure(after=Exponential(mean=20.0), repair=hours),
            "wreck": Failure(after=Exponential(mean=40.0), repair=hours, work="scrap"),
        },
        tests={
            "assay": QualityTest(time=hours, fails=0.1, needs={"crew": 1}),
            "count": QualityTest(time=4.0, fails=0.1, investigation=2.0),
        },
        materials={"wax": Material(stock=50.0, reorder=20.0, order=60.0, charge=LotCharge(quality={"moisture": WET}))},
        products={
            name: Product(batch=100.0, steps=steps, charge=charge)
            for name, steps, charge in (
                ("tablet", tablet, LOTS),
                ("protein", protein, BROTH),
                ("harvest", harvest, LOTS),
            )
        },
        orders={
            "t": Order(product="tablet", release={"wip": 2}),
            "p": Order(product="protein", batches=25, start=5.0),
            "h": Order(product="harvest", release={"every": Exponential(mean=5.0)}, batches=40),
        },
        run={"horizon": until},
    )


# ---- plants made up by hypothesis ------------------------------------------------------------------------------------

whole_hours = st.integers(1, 6).map(float)
times = st.one_of(
    whole_hours,  # so that many things happen at one instant
    st.builds(lambda mean: Exponential(mean=mean), whole_hours),
    st.builds(lambda mean: Lognormal(mean=mean, cv=0.7), whole_hours),
    st.builds(lambda low: Uniform(low=low, high=low + 3.0), whole_hours),
)
acts = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0, 2.0]))
POOLS = ("crew", "skids", "bins")
SKILLS = {  # most can do nothing else, some another's work, some what no pool is called after
    "crew": [(), (), ("skids",), ("craft",), ("bins", "craft")],
    "skids": [(), (), ("crew",), ("crew", "craft")],
    "bins": [(), (), ("craft",)],
}


def _needs(
    pools: Mapping[str, Pool], utilities: Mapping[str, Utility] | None = None
) -> st.SearchStrategy[dict[str, float]]:
    numbers = {name: _number(pool.count) for name, pool in pools.items()}
    if numbers and any("craft" in pool.skills for pool in pools.values()) and utilities is not None:
        crafts = st.sampled_from([{"craft": 1}, {"craft": 0.5}])
        return st.one_of(st.fixed_dictionaries({}, optional=numbers), crafts)
    return st.fixed_dictionaries({}, optional=numbers | {name: _rate(each) for name, each in (utilities or {}).items()})


def _rate(utility: Utility) -> st.SearchStrategy[float]:
    """What the longest act can draw, if its time is not far from the mean; from a tank, more than is made."""
    makes = utility.makes or 0.0
    return st.sampled_from([makes / 2, makes * 0.7, makes, *([makes + 60.0] * 2 if utility.tank else [])])


@st.composite
def _utility(draw: st.DrawFn) -> Utility:
    makes = draw(st.sampled_from([60.0, 100.0]))
    more: dict[str, Any] = {
        "peak": draw(st.sampled_from([None, 2 * makes])),
        "patience": draw(st.sampled_from([0.0, 4.0])),
    }
    if draw(st.booleans()):
        more |= {
            "tank": 600.0,
            "least": draw(st.sampled_from([0.0, 100.0])),
            "at_first": draw(st.sampled_from([None, 150.0])),
        }
    more["calendar"] = "" if more["peak"] else "days"
    more["failures"] = "trip" if more["patience"] else "storm" if more["peak"] else ()
    return Utility(makes=makes, **more)


def _number(most: int) -> st.SearchStrategy[float]:
    """So many of a pool, sometimes a fraction."""
    return st.one_of(st.integers(1, most), st.integers(1, most), st.sampled_from([0.1, 0.3, 0.5, 0.7]))


HEAT = [Utility(unit="kWh", makes=130.0), Utility(unit="kWh", makes=40.0, tank=300.0, peak=130.0)]


@st.composite
def scenarios(draw: st.DrawFn, horizon: float = 120.0) -> Scenario:
    """A small plant with some of all features; some of them get stuck."""
    pools = draw(_pools)
    utilities = draw(st.fixed_dictionaries({}, optional={name: _utility() for name in ("water", "air")}))
    heat = {"heat": HEAT[len(utilities) - 1]} if utilities else {}  # which models draw
    units = _three_to_nine({f"u{k}": draw(_units) for k in range(draw(st.sampled_from([2, 3, 3, 4, 4])))})
    units = {name: unit.model_copy(update={"kind": f"kind {name}"}) for name, unit in units.items()}
    if draw(st.sampled_from([True, False, False, False])):  # else batches may part and meet
        units = {name: draw(_holding(unit)) for name, unit in units.items()}
    buffers = {
        f"b{k}": Buffer(places=draw(st.sampled_from([None, 1, 1, 2, 3])))
        for k in range(1, len(units))
        if draw(st.booleans())
    }
    stores = draw(_materials)
    tests = draw(_tests(pools))
    products = {
        name: draw(_products(units, pools, utilities, stores, tests)) for name in "PQ"[: draw(st.integers(1, 2))]
    }
    units = _not_chained(units, products)
    buffers = {name: draw(_cleared(buffer, int(name[1:]), products)) for name, buffer in buffers.items()}
    number = len(units)
    links = [] if any(_graph(product.steps) for product in products.values()) else draw(_links(number, buffers))
    units, areas, transfers = draw(_moves(units, links, pools, _in_litres(products)))
    units, products = draw(_beside(units, products))
    units, products = draw(_boxed(units, products))
    products = draw(_reworked(products))
    wash = draw(_cleaning(pools, utilities, products))
    return Scenario(
        units=units,
        buffers=buffers,
        links=links,
        areas=areas,
        transfers=transfers,
        pools=pools,
        utilities={**utilities, **heat},
        calendars={"days": Calendar(open=((6.0, 22.0),), period=24.0, closed=((50.0, 75.0),))},
        failures=draw(_failures(pools, all(unit.together for unit in units.values()), "kit" in stores)),
        maintenance={
            "oil": draw(_maintenance(pools, "kit" in stores)),
            "look": Maintenance(every=2.0, lasts=1.0, clock="cycles"),
        },
        cleaning={
            "wash": wash,
            "rinse": draw(_rinsing(pools)),
            "scrub": wash.model_copy(update={"turns": ()}),
        },
        materials=stores,
        tests=tests,
        investigations=draw(_investigations(pools)),
        products=products,
        orders={name: draw(_orders(products)) for name in ("o", "n")[: draw(st.integers(1, 2))]},
        run={"horizon": horizon},
    )


clocks = st.sampled_from(["running", "calendar"])
often = st.sampled_from([True, True, False])
words = st.sampled_from(["finish", "pause", "restart", "scrap", "fits"])
_pools = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            Pool,
            count=st.integers(1, 3),
            calendar=st.sampled_from(["", "days"]),
            patience=st.sampled_from([0.0, 4.0]),
            skills=st.sampled_from(SKILLS[name]),
        )
        for name in POOLS
    },
)
_units = st.builds(
    Unit,
    kind=st.just("kind"),
    count=st.integers(1, 3),
    cleaning=st.sampled_from(["", "wash", "wash"]),
    failures=st.sampled_from([("clog",), ("seal",), ("power", "clog"), ("seal", "power"), ("clog", "storm"), ()]),
    maintenance=st.sampled_from([(), ("oil",)]),
    minor_stops=st.one_of(st.none(), st.none(), st.builds(MinorStops, every=times, lasts=st.just(0.25))),
    calendar=st.sampled_from(["", "", "days"]),
    work=words,
    locks=st.booleans(),
)


def _three_to_nine(units: dict[str, Unit]) -> dict[str, Unit]:
    """Of each kind so many that three to nine stand there in all; with skids and boxes, twelve at most."""
    counts = {name: unit.count for name, unit in units.items()}
    while sum(counts.values()) > 9:
        counts[max(counts, key=lambda name: counts[name])] -= 1
    counts["u0"] += max(0, 3 - sum(counts.values()))
    return {name: unit.model_copy(update={"count": counts[name]}) for name, unit in units.items()}


def _graph(steps: Mapping[str, Step]) -> bool:
    """Whether some of its steps go side by side."""
    return any(step.after is not None for step in steps.values())


def _whole(steps: Mapping[str, Step]) -> bool:
    """Whether batches neither part nor meet, and may wait after each step."""
    parts = any(step.split or step.joins or step.pools or step.hold == 0.0 for step in steps.values())
    return not parts and not _graph(steps)


def _in_litres(products: Mapping[str, Product]) -> bool:
    """Whether the volume of all batches is known."""
    charges = [product.charge for product in products.values()]
    return all(charge is not None and charge.volume for charge in charges)


@st.composite
def _holding(draw: st.DrawFn, unit: Unit) -> Unit:
    """Some units take several batches: loads of them, or such that come and go each at its own time."""
    word = draw(st.sampled_from(["load", "load", "load", "apart", "apart", "apart"]))
    if not word:
        return unit
    holds = draw(st.integers(2, 4))
    if word == "apart":
        load = draw(st.sampled_from([None, None, 200.0]))
        return unit.model_copy(update={"holds": holds, "together": False, "load": load})
    least = draw(st.integers(1, holds))
    wait = draw(st.sampled_from([None, 0.0, 2.0, 5.0])) if least > 1 else None
    load = draw(st.sampled_from([None, None, 200.0]))
    return unit.model_copy(update={"holds": holds, "least": least, "longest_wait": wait, "load": load})


@st.composite
def _cleared(draw: st.DrawFn, buffer: Buffer, number: int, products: Mapping[str, Product]) -> Buffer:
    """Some buffers must be empty before another batch, or product, comes in: none to which a batch may not wait."""
    word = draw(st.sampled_from([None, "batch", "product"]))
    zero = any(list(product.steps.values())[number - 1].hold == 0.0 for product in products.values())
    return buffer if zero else buffer.model_copy(update={"clearance": word})


def _not_chained(units: dict[str, Unit], products: Mapping[str, Product]) -> dict[str, Unit]:
    """Units that several batches may be in together are in no chain with zero wait, and nothing is added in them."""
    none = {"holds": 1, "least": 1, "longest_wait": None, "together": True}
    names = list(units)
    zero = {
        near
        for product in products.values()
        for k, step in enumerate(product.steps.values())
        if step.hold == 0.0 or (units[names[k]].together and any(each.adds for each in step.takes.values()))
        for near in (names[k : k + 2] if step.hold == 0.0 else names[k : k + 1])
    }
    return {name: unit.model_copy(update=none) if name in zero else unit for name, unit in units.items()}


@st.composite
def _beside(
    draw: st.DrawFn, units: dict[str, Unit], products: dict[str, Product]
) -> tuple[dict[str, Unit], dict[str, Product]]:
    """In some plants some steps, of products without zero wait and parts, keep a skid or two beside their unit."""
    able = [name for name, product in products.items() if _whole(product.steps)]
    if not able or not draw(often):
        return units, products
    number = draw(st.integers(1, 2))
    made = dict(products)
    for name in able:
        steps = dict(products[name].steps)
        for word in steps:
            if draw(st.booleans()) or (name, word) == (able[0], "s0"):
                steps[word] = steps[word].model_copy(update={"with_": {"skid unit": draw(st.integers(1, number))}})
        made[name] = products[name].model_copy(update={"steps": steps})
    skid = Unit(
        kind="skid unit",
        count=number,
        maintenance=draw(st.sampled_from([(), ("oil",)])),
        failures=draw(st.sampled_from([(), ("seal",), ("power", "clog"), ("seal", "storm")])),
        cleaning=draw(st.sampled_from(["", "wash", "rinse"])),
    )
    return {**units, "v": skid}, made


@st.composite
def _boxed(
    draw: st.DrawFn, units: dict[str, Unit], products: dict[str, Product]
) -> tuple[dict[str, Unit], dict[str, Product]]:
    """In some plants batches of P, and perhaps of Q, go in boxes from one step to another, perhaps from box to box."""
    names = [*products["P"].steps]
    number = draw(st.integers(1, min(4, 12 - sum(unit.count for unit in units.values()))))
    stretches = [
        (i, j)
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if not any(step.split or step.joins or step.pools for step in [*products["P"].steps.values()][i + 1 : j + 1])
    ]
    if not stretches or not draw(often) or any(_graph(product.steps) for product in products.values()):
        return units, products
    made = dict(products)
    for name in products:
        i, j = draw(st.sampled_from(stretches))
        steps = dict(products[name].steps)
        alone = steps[names[i]].hold != 0.0 and (i == 0 or steps[names[i - 1]].hold != 0.0)
        meets = any(step.split or step.joins or step.pools for step in [*steps.values()][i + 1 : j + 1])
        load = units[f"u{i}"].holds > 1 and units[f"u{i}"].together
        if not alone or meets or load or (name != "P" and draw(st.booleans())):
            continue
        when = draw(st.sampled_from(["end", "transfer"])) if steps[names[j]].transfer is not None else "end"
        into = {"box": draw(st.sampled_from([1000.0, *range(1, number + 1)]))}
        steps[names[i]] = steps[names[i]].model_copy(update={"into": into})
        steps[names[j]] = steps[names[j]].model_copy(update={"out_of": {"box": when}})
        made[name] = made[name].model_copy(update={"steps": steps})
    if made == products:
        return units, products
    box = Unit(
        kind="box",
        count=number,
        mobile=True,
        cleaning=draw(st.sampled_from(["", "rinse", "scrub", "scrub"])),
        maintenance=draw(st.sampled_from([(), ("look",)])),
        failures=draw(st.sampled_from([(), (), ("seal",), ("power", "clog"), ("storm",)])),
    )
    return {**units, "box": box}, made


@st.composite
def _rinsing(draw: st.DrawFn, pools: Mapping[str, Pool]) -> Cleaning:
    """The wash of boxes: in short, or in phases."""
    if draw(st.booleans()):
        return Cleaning(when="at once", minor=draw(times), needs=draw(_needs(pools)))
    phases = {"rinse": Phase(time=draw(times), needs=draw(_needs(pools))), "dry": Phase(time=1.0)}
    return Cleaning(
        when="at once", cleans={"minor": Clean(phases=phases)}, clean_hold=draw(st.sampled_from([None, 9.0]))
    )


@st.composite
def _maintenance(draw: st.DrawFn, pools: Mapping[str, Pool], kits: bool) -> Maintenance:
    window = draw(st.sampled_from([0.0, 1.5, 1.5]))
    clock = draw(st.sampled_from(["running", "running", "calendar", "cycles"]))
    rule = Maintenance(
        every=2.0 if clock == "cycles" else draw(st.sampled_from([10.0, 4.0])),
        lasts=2.0,
        clock=clock,
        pool=draw(st.sampled_from(["", *pools])),
        window=window,
        at_change=window > 0.0 and draw(often),
        requalify=draw(st.sampled_from([None, 1.0])),
        opens=draw(st.booleans()),
        takes=draw(st.sampled_from([{}, "kit"])) if kits else {},
    )
    return _ends(rule, {"running": "pause", "calendar": "finish", "cycles": "restart"}[clock])


@st.composite
def _products(
    draw: st.DrawFn,
    units: Mapping[str, Unit],
    pools: Mapping[str, Pool],
    utilities: Mapping[str, Utility],
    stores: Mapping[str, Material],
    tests: Mapping[str, QualityTest],
) -> Product:
    """A recipe over all kinds in turn."""
    steps = {
        f"s{k}": draw(_steps(f"kind {name}", pools, utilities, unit)) for k, (name, unit) in enumerate(units.items())
    }
    if all(unit.holds == 1 for unit in units.values()):
        graph = len(steps) > 2 and draw(st.sampled_from([True, False, False, False]))
        steps = draw(_side_by_side(steps) if graph else _parted(steps))
    steps = {name: step.model_copy(update=draw(_matter(stores, tests, step.hold))) for name, step in steps.items()}
    charge = draw(st.sampled_from([None, LOTS, WET_SALT, WET_SALT]))
    batch, priority = draw(st.sampled_from([100.0, 70.0])), draw(st.integers(0, 1))
    return Product(batch=batch, steps=steps, priority=priority, charge=charge)


@st.composite
def _parted(draw: st.DrawFn, steps: dict[str, Step]) -> dict[str, Step]:
    """Sometimes batches split and join, or are pooled."""
    again = dict(zip(list(steps)[-2:], ("split", "joins"), strict=False))
    usual = st.sampled_from([again, again, again, *[{"s1": "pools"}] * 5])
    others = st.dictionaries(st.sampled_from([*steps]), st.sampled_from(["split", "joins", "pools"]), max_size=2)
    words = draw(st.one_of(usual, others))  # what splits joins again
    split = False
    for k, (name, step) in enumerate(steps.items()):
        word = words.get(name, "")
        changes: dict[str, object] = {}
        if word == "split":
            split, changes = True, {"split": draw(st.sampled_from([2, 3, "per unit", 30.0]))}
        elif word == "joins" and split:
            split, changes = False, {"joins": "all", "lost": draw(st.sampled_from(["scrap", "go on"]))}
        elif word == "pools" and k and not split:
            changes = {"pools": 2}
        steps[name] = step.model_copy(update=changes)
    names = [*steps]
    for name, then in pairwise(names):
        if (steps[then].split or steps[then].joins or steps[then].pools) and not steps[name].hold:
            steps[name] = steps[name].model_copy(update={"hold": draw(st.sampled_from([None, 4.0, 6.0]))})
    return steps


@st.composite
def _side_by_side(draw: st.DrawFn, steps: dict[str, Step]) -> dict[str, Step]:
    """A branch beside the first step, or two branches after it; what comes last joins them, or one goes its own way."""
    names = [*steps]
    shape = draw(st.sampled_from(["branch", "fork", "fork"]))
    changes: dict[str, dict[str, Any]] = {name: {} for name in names}
    if shape == "branch":
        changes["s1"] = {"after": (), "batch": draw(st.sampled_from([None, 40.0]))}
        changes["s1"] |= {"made_of": BUFFER} if changes["s1"]["batch"] and draw(st.booleans()) else {}
        changes["s2"] = {"after": ("s0", "s1")}
    else:
        changes["s2"] = {"after": ("s0",), "share": draw(st.sampled_from([None, 0.3]))}
        changes |= (
            {"s3": {"after": draw(st.sampled_from([("s1", "s2"), ("s1", "s2"), ("s1",)]))}} if "s3" in steps else {}
        )
    joins = [name for name in names if len(changes[name].get("after") or ()) > 1]
    for name in joins:
        changes[name]["lost"] = draw(st.sampled_from(["scrap", "go on"]))
    if joins == ["s2"] and "s3" in steps:  # what has met parts again
        changes["s3"] = {"split": draw(st.sampled_from([None, 2, "per unit"]))}
    for name in names:
        if not steps[name].hold:
            changes[name]["hold"] = draw(st.sampled_from([None, None, 6.0]))
    return {name: step.model_copy(update=changes[name]) for name, step in steps.items()}


@st.composite
def _steps(draw: st.DrawFn, on: str, pools: Mapping[str, Pool], utilities: Mapping[str, Utility], unit: Unit) -> Step:
    fits = unit.work == "fits"
    others = {act: draw(acts) for act in ("transfer", "charge", "discharge")}
    done = ["run", *(act for act, time in others.items() if time is not None)]
    needs = {act: draw(_needs(pools, utilities)) for act in done if draw(st.booleans())}
    slow = [act for act, needed in needs.items() if any(name in utilities for name in needed) and draw(st.booleans())]
    work = draw(words)
    model = draw(st.sampled_from([None, None, None, drying]))
    time = draw(times) if model is None else None
    slows = {act: draw(st.sampled_from([0.5, 0.7])) for act in slow if work != "fits" and not fits}
    keeps = draw(_needs(pools)) if draw(st.booleans()) and unit.together else {}
    for act, needed in needs.items():  # what a step keeps, it can't need besides, unless there is enough
        needs[act] = {k: n for k, n in needed.items() if k not in keeps or n + keeps[k] <= pools[k].count}
    return Step(
        on=on,
        time=time,
        model=model,
        **others,
        needs=needs,
        slows=slows,
        keeps=keeps,
        work=work,
        longest_pause=draw(st.sampled_from([None, None, 3.0])),
        after_hold=draw(st.sampled_from(["deviation", "scrap"])),
        yield_=draw(st.sampled_from([1.0, 0.9])),
        startup_loss=draw(st.sampled_from([0.0, 2.0])),
        hold=draw(st.sampled_from([None, None, None, None, 5.0, 5.0, 0.0, 0.0])),  # 0: zero wait
    )


@st.composite
def _matter(
    draw: st.DrawFn, stores: Mapping[str, Material], tests: Mapping[str, QualityTest], hold: float | None
) -> dict[str, Any]:
    """What a step takes, gives, and is tested for."""
    amounts = st.sampled_from([0.2, {"amount": 30.0}, {"share": 0.1, "adds": True}, {"amount": 15.0, "adds": True}])
    some = st.fixed_dictionaries({}, optional={name: amounts for name, each in stores.items() if each.unit == "kg"})
    seldom = st.booleans()
    plans = st.sampled_from([{}, {}, {"every": 2}, {"every": 3, "share": 0.3}, {"first_of_campaign": True}])
    tested = {name: {"at_risk": hold == 0.0 or draw(st.booleans()), **draw(plans)} for name in tests if draw(seldom)}
    step = Step(
        on="x", takes=draw(some) if draw(st.booleans()) else {}, gives=draw(some) if draw(seldom) else {}, tests=tested
    )
    return {"takes": step.takes, "gives": step.gives, "tests": step.tests}


@st.composite
def _reworked(draw: st.DrawFn, products: Mapping[str, Product]) -> dict[str, Product]:
    """Batches that fail, or stand still for too long, may go back to a step before."""
    changed: dict[str, Product] = {}
    for name, product in products.items():
        steps, whole = dict(product.steps), Procedure(product)
        for k, (word, step) in enumerate(product.steps.items()):
            if step.tests and draw(often):
                back = draw(st.sampled_from([each for each in list(steps)[: k + 1] if whole.straight(each, word)]))
                tests = {
                    test: each.model_copy(update={"rework": back if not each.at_risk or whole.plain_from(word) else ""})
                    for test, each in step.tests.items()
                }
                steps[word] = step.model_copy(update={"tests": tests})
            after = {"after_pause": step.longest_pause is not None, "after_hold": bool(step.hold)}
            stays = len(whole.then[word]) < 2 and not any(
                whole.meets(each) or whole.steps[each].split for each in whole.then[word]
            )
            for limit in [limit for limit, there in after.items() if there and (stays or limit == "after_pause")]:
                if draw(st.booleans()):
                    back = draw(st.sampled_from([each for each in list(steps)[: k + 1] if whole.straight(each, word)]))
                    most = draw(st.integers(1, 2))
                    steps[word] = steps[word].model_copy(update={limit: Rework(rework=back, most=most)})
        changed[name] = product.model_copy(update={"steps": steps})
    return changed


_materials = st.fixed_dictionaries(
    {},
    optional={
        "salt": st.builds(
            Material,
            stock=st.sampled_from([0.0, 100.0, 250.0]),
            reorder=st.just(60.0),
            order=st.sampled_from([50.0, 120.0]),
            delivery=times,
            test=st.sampled_from(["", "assay"]),
            test_every=st.sampled_from([1, 1, 2]),
            retest=st.sampled_from([None, 15.0, 40.0]),
            charge=st.sampled_from([None, LotCharge(temperature=5.0, density=1.1, quality={"moisture": WET})]),
        ),
        "film": st.builds(
            Material,
            stock=st.sampled_from([200.0, 1e6]),
            charge=st.sampled_from(
                [None, LotCharge(composition={"water": 0.4, "film": 0.6}, quality={"moisture": 0.4})]
            ),
        ),
        "kit": st.builds(
            Material,
            unit=st.just("pieces"),
            stock=st.sampled_from([0, 1, 3]),
            reorder=st.just(1),
            order=st.sampled_from([1, 2]),
            delivery=times,
            test=st.sampled_from(["", "assay"]),
            retest=st.sampled_from([None, 40.0]),
        ),
    },
)


def _investigations(pools: Mapping[str, Pool]) -> st.SearchStrategy[dict[Any, Investigation]]:
    """Half of the plants investigate deviations of some kinds."""
    look = st.builds(
        Investigation,
        time=times,
        needs=_needs(pools),
        hands_on=st.sampled_from([None, 0.5]),
        rejects=st.sampled_from([None, 0.3]),
    )
    kinds = ("hold", "longest pause", "dirty hold", "failed clean", "failed test")
    some = st.fixed_dictionaries({}, optional=dict.fromkeys(kinds, look))
    return st.one_of(st.just({}), some)


def _tests(pools: Mapping[str, Pool]) -> st.SearchStrategy[dict[str, QualityTest]]:
    tests = st.builds(
        QualityTest,
        time=times,
        needs=_needs(pools),
        hands_on=st.sampled_from([None, 0.5]),
        fails=st.sampled_from([0.0, 0.4, 0.6]),
        investigation=st.one_of(st.none(), times),
    )
    return st.fixed_dictionaries({"assay": tests}, optional={"count": tests})


@st.composite
def _links(draw: st.DrawFn, number: int, buffers: Mapping[str, Buffer]) -> list[str]:
    """None at all, or from each unit to the next: straight, through the buffer between, or both."""
    if draw(st.booleans()) or number == 1:
        return []
    links = []
    for k in range(1, number):
        if f"b{k}" in buffers:
            links.append(f"u{k - 1} -> b{k} -> u{k}")
        if f"b{k}" not in buffers or draw(st.booleans()):
            links.append(f"u{k - 1} -> u{k}")
    return links


@st.composite
def _moves(
    draw: st.DrawFn, units: dict[str, Unit], links: list[str], pools: Mapping[str, Pool], litres: bool
) -> tuple[dict[str, Unit], dict[str, Area], dict[str, Transfer]]:
    """Over some links batches go through a pipe, or are carried, some of them up a floor and into a hall."""
    transfers = {}
    for name in sorted(draw(st.sets(st.sampled_from("xyz"), min_size=1))):
        pairs = _every_third(links, units, name)
        if pairs:
            transfers[name] = draw(_transfers(pairs, pools, litres))
    floors, halls = st.integers(0, 1), st.sampled_from(["", "hall"])
    units = {
        name: unit.model_copy(update={"floor": draw(floors), "area": draw(halls)}) if transfers else unit
        for name, unit in units.items()
    }
    return units, {"hall": Area(grade="D", airlock=0.5)} if transfers else {}, transfers


@st.composite
def _transfers(draw: st.DrawFn, pairs: list[tuple[str, str]], pools: Mapping[str, Pool], litres: bool) -> Transfer:
    pipe = draw(st.sampled_from(["", *pools]))
    movers = [pool for pool in pools if pool != pipe]
    by = {draw(st.sampled_from(movers)): draw(st.sampled_from([1, 0.5]))} if movers and draw(st.booleans()) else {}
    return Transfer(
        links=pairs,
        pipe=pipe,
        **draw(st.sampled_from([{}, {"rate": 50.0}, {"rate": 100.0}, *[{"volume_rate": 40.0}] * (9 * litres)])),
        hold_up=draw(st.sampled_from([0.0, 1.5, 1.5 if litres else 80.0])),
        flush=draw(st.sampled_from([0.0, 1.0, 9.0])) if pipe else 0.0,
        by=by,
        distance=draw(st.sampled_from([10.0, 40.0])),
        speed=draw(st.sampled_from([None, 20.0])),
        load=0.25,
        lift=0.5,
        returns=bool(by) and draw(st.booleans()),
    )


def _every_third(links: list[str], units: Mapping[str, Unit], name: str) -> list[tuple[str, str]]:
    chains = links or ([" -> ".join(units)] if len(units) > 1 else [])
    pairs = [pair for chain in chains for pair in pairwise(chain.split(" -> "))]
    return pairs["xyz".index(name) :: 3]


@st.composite
def _failures(draw: st.DrawFn, pools: Mapping[str, Pool], slows: bool, kits: bool) -> dict[str, Failure]:
    takes = st.sampled_from([{}, "kit", {"kit": 2}]) if kits else st.just({})
    parts, shares = st.sampled_from([None, None, 3.0]), st.sampled_from([1.0, 0.5, 0.0])
    work, crew = st.sampled_from(["pause", "restart", "scrap"]), st.sampled_from(["", *pools])
    word = draw(st.sampled_from(["finish", "pause", "restart", "scrap"]))
    seal = Failure(
        after=Weibull(scale=15.0, shape=1.5),
        repair=draw(times),
        clock="running",
        work=word,
        rate=draw(st.sampled_from([1.0, 0.6])) if word == "finish" and slows else 1.0,
        pool=draw(crew),
        longest_pause=draw(st.sampled_from([None, 2.0])),
        spare=draw(parts),
        takes=draw(takes),
        renews=draw(shares),
    )
    power = Failure(
        after=Exponential(mean=20.0),
        repair=draw(times),
        clock="calendar",
        work=draw(work),
        pool=draw(crew),
        renews=draw(shares),
    )
    if draw(often):
        power = power.model_copy(update={"work": "finish", "rate": 0.5 if slows else 1.0})
    clog = Failure(
        after=Uniform(low=0.0, high=4.0), repair=draw(times), clock="cycles", work=draw(work), pool=draw(crew),
        spare=draw(parts), renews=draw(shares), takes=draw(takes),
    )  # fmt: skip
    storm = Failure(
        after=draw(times), repair=draw(times), clock="calendar", work=draw(work), pool=draw(crew), common=True,
        spare=draw(parts), requalify=draw(parts), takes=draw(takes),
    )  # fmt: skip
    trip = storm.model_copy(update={"common": False, "after": Uniform(low=1.0, high=40.0), "requalify": None})
    found = {"seal": seal, "power": power, "clog": clog, "storm": storm, "trip": trip}
    return {name: _ends(rule, SHIFT_ENDS[name]) for name, rule in found.items()}


SHIFT_ENDS = {"seal": "pause", "power": "fits", "clog": "restart", "storm": "pause", "trip": "finish"}


def _ends(rule: Any, word: str) -> Any:
    """The rule with this word for the end of the shift of who does it, if anybody does."""
    return rule.model_copy(update={"at_shift_end": word}) if rule.pool else rule


@st.composite
def _cleaning(
    draw: st.DrawFn, pools: Mapping[str, Pool], utilities: Mapping[str, Utility], products: Mapping[str, Product]
) -> Cleaning:
    """A plain rule, or one with clocks, and cleans with phases."""
    short = {"minor": draw(st.one_of(st.none(), times)), "major": draw(st.one_of(st.none(), times))}
    plain: dict[str, Any] = {
        **short,
        "when": draw(st.sampled_from(["at once", "before use", "at campaign end"])),
        "longest_campaign": draw(st.sampled_from([None, 2, 3])),
        "needs": draw(st.one_of(st.just(dict.fromkeys([*pools][:1], 1)), _needs(pools, utilities))),
    }
    if draw(st.sampled_from([True, False, False, False])):
        return Cleaning(**_alive(plain))
    cleans = draw(_cleans(pools, utilities))
    plain |= {word: None for word in ("minor", "major") if word in cleans}
    words = [word for word in ("minor", "major", "long") if word in cleans or plain.get(word)]
    named = {limit: "long" for limit in ("after_dirty_hold", "after_opening") if "long" in cleans}
    named |= {"after_sterile_hold": "steam"} if "steam" in cleans else {}
    holds = {hold: draw(st.sampled_from([None, 3.0, 10.0])) for hold in HOLDS}
    holds |= {"sterile_hold": 3.0, "clean_hold": None} if "steam" in cleans else {}
    pairs = st.fixed_dictionaries({}, optional={name: st.sampled_from([*words, "none"]) for name in products})
    between = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(products, pairs)))
    holds["when_expired"] = draw(st.sampled_from(["at once", "before use"]))
    mass = draw(st.sampled_from([None, 150.0]))
    turns = draw(st.sampled_from([(), (), tuple(products)]))
    more = {"cleans": cleans, "between": between, "most_mass": mass, "turns": turns}
    return Cleaning(**_alive({**plain, **named, **holds, **more}))


def _alive(words: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a rule but for those that say nothing: cleans of what is set up, limits without a major clean."""
    alive, cleans = dict(words), dict(words.get("cleans", {}))
    if "setup" in cleans:
        alive |= {"minor": None, "major": None}
        alive["cleans"] = cleans = {name: each for name, each in cleans.items() if name not in ("minor", "major")}
        between = words["between"].items()
        alive["between"] = {
            last: {product: name for product, name in following.items() if name not in ("minor", "major")}
            for last, following in between
        }
    if "major" not in cleans and alive["major"] is None:
        alive |= dict.fromkeys(("longest_campaign", "longest_run", "longest_time", "most_mass"))
    return alive


HOLDS = ("longest_run", "longest_time", "dirty_hold", "clean_hold", "sterile_hold")


def _cleans(pools: Mapping[str, Pool], utilities: Mapping[str, Utility]) -> st.SearchStrategy[dict[str, Clean]]:
    """Cleans by name: with phases, set-ups, and steam; what a clean keeps, its phases don't need besides."""
    skilled = any(pool.skills for pool in pools.values())  # what a clean keeps, nobody must lend to a phase of it
    kept = {} if skilled else dict.fromkeys([*pools][:1], 1)
    rest = {name: pool for name, pool in pools.items() if name not in kept}
    slow = st.sampled_from([0.4, 0.6, 0.8, None])  # where water is drawn
    drawn = [_needs({}, {name: each}).filter(bool) for name, each in utilities.items()]
    phase = st.tuples(st.builds(Phase, time=times, needs=st.one_of(*drawn, *drawn, _needs(rest, utilities))), slow).map(
        lambda each: each[0].model_copy(update={"slows": each[1] if {*utilities} & {*each[0].needs} else None})
    )
    fails, hands, people = st.sampled_from([0.0, 0.4, 0.6]), st.sampled_from([0.25, 1.0]), _needs(rest, {}).filter(bool)
    swabs = [st.builds(Verification, time=times, fails=fails, needs=people, hands_on=hands)] if rest else []
    clean = st.builds(
        Clean,
        phases=st.dictionaries(st.sampled_from(["rinse", "wash"]), phase, min_size=1),
        verify=st.one_of(st.none(), st.builds(Verification, time=times, fails=fails), *swabs),
        needs=st.sampled_from([{}, kept, kept]),
        work=st.sampled_from(["finish", "pause", "restart"]),
    )
    steam = st.builds(Clean, time=st.just(2.0), sterilises=st.just(True))
    named = {"minor": clean, "major": clean, "long": clean, "steam": steam}
    return st.fixed_dictionaries({}, optional=named).flatmap(
        lambda some: st.sampled_from([False, False, True]).flatmap(
            lambda single: clean.map(lambda setup: {**some, "setup": setup}) if single else st.just(some)
        )
    )


def _orders(products: Mapping[str, Product]) -> st.SearchStrategy[Order]:
    releases = st.one_of(
        st.just({}),
        st.just({"at_once": True}),
        st.integers(1, 4).map(lambda number: {"wip": number}),
        st.builds(
            lambda gap, size, most: {"every": gap, "size": size, "lost_above": most},
            times,
            st.integers(1, 3),
            st.sampled_from([None, None, 2]),
        ),
    )
    mix = st.just(dict.fromkeys(products, 1.0))
    return st.builds(
        Order,
        product=st.one_of(st.sampled_from(sorted(products)), mix),
        batches=st.integers(4, 12),
        release=releases,
        start=st.sampled_from([0.0, 10.0]),
        due=st.sampled_from([None, 60.0]),
        campaign=st.integers(1, 2),
        draw=st.booleans(),
    )

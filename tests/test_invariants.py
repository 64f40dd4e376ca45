"""What holds in every plant: each test looks at small plants that hypothesis makes up, and at the rich one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby, pairwise, product
from math import ceil, fsum

import pytest
from features import FEATURES
from hypothesis import HealthCheck, given, seed, settings
from plants import carried, fresh, parted, play, rich, scenarios

from plantsim import drawn
from plantsim.calendars import Calendar, Timetable
from plantsim.chance import Streams
from plantsim.contracts import Charge
from plantsim.engine.halting import PAUSE
from plantsim.engine.journey import natural
from plantsim.engine.physics import charge_of, charged
from plantsim.kpi import little, utilisation
from plantsim.plant import Unit
from plantsim.procedure import Procedure, steps_before
from plantsim.recipe import Product
from plantsim.record import COLUMNS, HOUR, MEANING, Record, RowTuple
from plantsim.reported import may_work
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.spans import check_tiling
from plantsim.state import MEANS, BatchState, JobState, State, UnitState, Uses, apply, fold, ran_since
from plantsim.step import Step

CRUMB = 1e-9  # of a pool that is lent in fractions
HALTS = ("halt", "fail", "close", "scrap")  # of a row with a batch: what it uses comes back


Rows = list[RowTuple]
Check = Callable[[Scenario, list[RowTuple]], None]
INVARIANTS: list[Check] = []
PLANTS = 300


def invariant(check: Check) -> Check:
    """Let it be held against every plant that is made up, and those that are rich in features."""
    INVARIANTS.append(check)
    return check


def instants(scenario: Scenario, rows: Rows) -> Iterator[tuple[int, State]]:
    """The state at the end of each instant at which something happens."""
    state = fresh(scenario)
    for time, at_once in groupby(rows, key=lambda row: row[0]):
        yield time, fold(state, at_once)


# ---- rows ------------------------------------------------------------------------------------------------------------


@invariant
def rows_have_a_meaning_and_times_never_go_back(scenario: Scenario, rows: Rows) -> None:
    assert {row[1] for row in rows} <= set(MEANING)
    assert {len(row) for row in rows} <= {len(COLUMNS)}
    assert all(type(row[0]) is int for row in rows)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert not rows or rows[-1][0] < scenario.run.horizon * HOUR


def test_each_kind_of_row_has_one_meaning_in_words_and_in_code() -> None:
    assert set(MEANING) == set(MEANS)


@invariant
def any_record_folds_and_its_state_is_written_and_read_back(scenario: Scenario, rows: Rows) -> None:
    state = fold(fresh(scenario), rows)
    assert State.from_json(state.to_json()) == state


CHANGES = {"leave", "begin", "impair", *HALTS}  # of the plan: who is lent what, or how long it takes
BESIDE = {
    "fill",
    "empty",
    "impair",
    "take",
    "give",
    "sample",
    "skip",
    "investigate",
    "accept",
    "reject",
    "charge",
    "outcome",
    "deviation",
}  # meanwhile
NEXT = {"split", "join", "book", "grant", "ride", "wait", "store", "carry"}  # what may follow a step that is over
STOPS = {"fail", "close", "halt"}
LAWFUL = {  # what may follow what in the life of a batch; a unit that fails or closes with it in it is of its life
    "": {"release", "lost"},
    "lost": set(),
    "ride": NEXT | {"leave", "deviation"},
    "release": {"book", "grant", "ride", "wait", "split"},
    "wait": NEXT | STOPS | {"begin", "leave", "deviation", "scrap"},
    "book": {"book", "grant"},
    "grant": NEXT | STOPS | {"begin", "leave", "deviation"},
    "begin": NEXT | STOPS | {"begin", "leave", "deviation"},
    "leave": NEXT | STOPS | {"begin", "leave", "hold", "done", "scrap", "rework", "deviation"},
    "store": NEXT | {"leave", "deviation"},
    "carry": {"begin", "wait", "store", "deviation", "leave", "halt"},
    "split": NEXT | {"scrap"},
    "join": {"book", "grant", "wait", "store", "carry"},
    "deviation": NEXT | STOPS | {"begin", "leave", "deviation"},
    "halt": NEXT | STOPS | {"begin", "leave", "deviation"},
    "fail": NEXT | STOPS | {"begin", "leave", "deviation"},
    "close": NEXT | STOPS | {"begin", "leave", "deviation"},
    "hold": {"hold", "done", "scrap", "rework"},
    "rework": {"book", "grant", "wait", "ride"},
    "done": set(),
    "scrap": set(),
}


def changes(row: RowTuple) -> tuple[list[str], list[str]]:
    """The batches that end with a split or a join, and those that begin."""
    if row[1] == "split":
        return [row[3]], [name for name, _ in row[8]]
    return ([name for name, _ in row[8]], [row[3]]) if row[1] == "join" else ([], [])


@invariant
def the_rows_of_a_batch_follow_one_another_lawfully(scenario: Scenario, rows: Rows) -> None:
    last: dict[str, str] = defaultdict(str)
    steps: dict[str, list[str]] = defaultdict(list)
    before = {name: steps_before(product) for name, product in scenario.products.items()}
    for row in rows:
        kind, batch = row[1], row[3]
        ended, begun = changes(row)
        for name in ended:
            assert kind in LAWFUL[last.pop(name)], (name, row)
        for name in begun:
            last[name] = kind
            steps[name] = list(dict.fromkeys(step for each in ended for step in steps[each]))
        if batch and not ended and kind not in BESIDE:
            assert kind in LAWFUL[last[batch]], (last[batch], row)
            last[batch] = kind
        if kind == "rework":  # it does again what comes from there on
            steps[batch] = steps[batch][: steps[batch].index(row[8][0])]
        if kind in ("grant", "ride"):
            assert row[4] not in steps[batch]
            missing = {*before[row[5]][row[4]]} - {*steps[batch]}
            may_miss = scenario.products[row[5]].steps[row[4]].lost == "go on"  # parts that were lost
            assert len(missing) < max(1, may_miss * len(before[row[5]][row[4]])), row
            steps[batch].append(row[4])
        if kind == "done":
            assert not any(steps[batch][-1] in those for those in before[row[5]].values())


@invariant
def jobs_begin_after_they_are_asked_for_and_last_as_long_as_drawn(scenario: Scenario, rows: Rows) -> None:
    begun: dict[tuple[str, str], int | None] = {}
    length: dict[tuple[str, str], int] = {}
    whole: dict[tuple[str, str], int] = {}
    washed = {row[2] for row in rows if row[1] == "clean" and len(row[8]) > 2}
    for time, kind, unit, batch, _, _, _, cause, detail in rows:
        word = _name(detail) if kind == "begin" and unit and not batch else detail
        if "clean" in (kind.removesuffix("ed"), word) and unit in washed:
            continue  # in phases: see below
        name = (unit, "clean" if kind in ("clean", "cleaned") else cause)
        if kind in ("fail", "clean", "maintain"):
            assert name not in begun
            length[name], uses = detail[:2]
            whole[name] = length[name]
            part = any((*detail[4:5], *detail[7:8])) if kind == "fail" else any(detail[3:4])  # comes, or is taken
            begun[name] = None if uses or part else time
        elif kind == "halt" and isinstance(detail, tuple) and not batch:  # a shift ends: the rest is left, or all of it
            name, left = (unit, detail[0]), detail[1]
            worked = time - (begun[name] or 0)
            assert begun[name] is not None
            assert left in (length[name] - worked, whole[name]), (time, name)
            begun[name], length[name] = None, left
        elif kind == "begin" and unit and not batch:
            assert begun[unit, word] is None
            begun[unit, word] = time
        elif kind in ("repaired", "cleaned", "maintained"):
            began = begun.pop(name)
            assert began is not None
            assert time == began + length[name]


def _name(detail: str | tuple[str, object]) -> str:
    """The job or sample that begins; others may come than it asked for."""
    return detail if isinstance(detail, str) else detail[0]


def _together(scenario: Scenario, unit: str) -> bool:
    """Whether batches in it begin and end together."""
    return scenario.units[scenario.plant.unit_names[unit]].together


@invariant
def phases_of_cleans_follow_one_another_and_last_as_long_as_drawn(scenario: Scenario, rows: Rows) -> None:
    """Halts and waits apart; a clean that a broken limit replaces has not begun."""
    state = fresh(scenario)
    worked: Counter[str] = Counter()
    for row in rows:
        time, kind, unit = row[:3]
        job = state.units[unit].jobs.get("clean") if unit in state.units and not row[3] else None
        if kind == "halt" and isinstance(row[8], tuple):  # a repair or a maintenance
            job = None
        if job is not None and job.phases and kind in ("phase", "cleaned", "unclean", "halt"):
            assert job.running or (kind == "halt" and job.held)  # what it keeps went while it waited for more
            worked[unit] += time - job.since if job.running else 0
            length = job.phases[job.phase][1]
            assert worked[unit] < length if kind == "halt" else worked[unit] == length, row
            if kind != "halt" or row[8]:
                worked[unit] = 0
            assert kind in ("phase", "halt") or job.phase == len(job.phases) - 1
        elif kind == "clean" and job is not None:
            assert not job.running and not worked[unit]
        apply(state, row)


# ---- places ----------------------------------------------------------------------------------------------------------


@invariant
def a_unit_never_holds_more_batches_or_kilograms_than_it_takes(scenario: Scenario, rows: Rows) -> None:
    inside: dict[str, dict[str, float]] = defaultdict(dict)
    joined: set[str] = set()
    beside: dict[str, int] = defaultdict(int)  # batch -> units of its step beside the one that it is on
    for row in rows:
        unit, batch = row[2], row[3]
        ended, begun = changes(row)
        joined |= {*begun} if row[1] == "join" else set()
        for name, those in inside.items() if ended else ():
            if those.keys() & {*ended}:
                inside[name] = dict.fromkeys([*(each for each in those if each not in ended), *begun], 0.0)
        if batch and row[1] in ("leave", "charge"):  # less comes out of the place before than was expected
            for those in inside.values():
                those.update({batch: row[6]} if batch in those else {})
        if row[1] in ("grant", "ride"):
            assert not inside[unit] or row[1] == "ride" or not _together(scenario, unit), row
            assert inside[unit] or row[1] == "grant", row
            inside[unit][batch] = row[6]
            others = row[8][2] if row[8] and len(row[8]) > 2 else ()
            beside[batch] = len(others)
            for other in others:
                assert not inside[other], row
                inside[other][batch] = row[6]
            needed = scenario.products[row[5]].steps[row[4]].with_
            assert row[1] == "ride" or len(others) == sum(needed.values()), row
            assert batch in joined or [batch in each for each in inside.values()].count(True) <= 2 + len(others), row
            what = scenario.units[scenario.plant.unit_names[unit]]
            assert len(inside[unit]) <= what.holds, row
            assert what.load is None or sum(inside[unit].values()) <= what.load, row
        elif row[1] == "leave" and unit not in scenario.buffers:
            del inside[unit][batch]
        elif row[1] in ("done", "scrap"):
            assert not any(batch in each for each in inside.values()), row


@invariant
def a_container_holds_one_batch_from_the_step_that_fills_it_to_the_one_that_empties_it(
    scenario: Scenario, rows: Rows
) -> None:
    """As many as a step needs are filled as it begins; another empties them, or they are left as it is taken out."""
    inside: dict[str, tuple[str, str]] = {}  # container -> (batch, step that filled it)
    out = {(row[3], row[0]) for row in rows if row[1] in ("scrap", "rework")}
    for (time, kind, batch, name), some in groupby(rows, key=lambda row: (row[0], row[1], row[3], row[4])):
        those = [row[2] for row in some]
        if kind == "fill":
            assert not inside.keys() & {*those}, (time, batch)
            assert len(those) == sum(_filled(scenario.products[_product(rows, batch)].steps[name]).values()), batch
            inside.update(dict.fromkeys(those, (batch, name)))
        elif kind == "empty":
            assert {inside.pop(unit)[0] for unit in those} == {batch}
            step = scenario.products[_product(rows, batch)].steps[name]
            assert step.out_of or (batch, time) in out
        elif kind in ("done", "scrap"):
            assert all(batch != each for each, _ in inside.values()), (time, batch)


def _product(rows: Rows, batch: str) -> str:
    return next(row[5] for row in rows if row[3] == batch)


@invariant
def buffers_stay_within_their_places(scenario: Scenario, rows: Rows) -> None:
    """Who is on his way in has a place by then."""
    state = fresh(scenario)
    for row in rows:
        if row[1] == "leave" and row[2] in scenario.buffers:
            assert row[3] in state.buffers[row[2]], row
        apply(state, row)
        if row[2] in scenario.buffers:
            places = scenario.buffers[row[2]].places
            assert places is None or len(state.buffers[row[2]]) <= places, row


def _clear(scenario: Scenario, state: State, name: str, b: BatchState) -> bool:
    """Whether nothing stands in a buffer that a batch must not meet there."""
    word, inside = scenario.buffers[name].clearance, [state.batches[each] for each in state.buffers[name]]
    if word == "product":
        return {each.product for each in inside} <= {b.product}
    return word is None or {(each.order, each.number) for each in inside} <= {(b.order, b.number)}


@invariant
def in_a_buffer_with_line_clearance_nobody_meets_another_batch_or_product(scenario: Scenario, rows: Rows) -> None:
    state = fresh(scenario)
    for row in rows:
        if row[1] in ("store", "carry"):
            assert _clear(scenario, state, row[2], state.batches[row[3]]), row
        fold(state, [row])


@invariant
def batches_go_along_links(scenario: Scenario, rows: Rows) -> None:
    plant = scenario.plant
    places: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        ended, begun = changes(row)
        stood = list(dict.fromkeys(place for name in ended for place in places.pop(name, [])))
        for name in begun:
            places[name] = list(stood)
        if row[1] in ("grant", "ride"):
            for before in places[row[3]]:
                through = [name for name in plant.reach(before)[1] if name in scenario.buffers]
                assert any(plant.direct(way, row[2]) for way in [before, *through]), row
            places[row[3]] = [row[2]]
        elif row[1] == "rework":  # it was taken out
            places[row[3]] = []
        elif row[1] == "store":
            left = next(place for place in places[row[3]] if plant.direct(place, row[2]))
            places[row[3]] = [place for place in places[row[3]] if place != left] + [row[2]]


# ---- pools -----------------------------------------------------------------------------------------------------------


def _rest(b: BatchState) -> Uses:
    """(pool, number, ms) of what the stint of a batch still needs."""
    stint = b.plan[b.stint]
    worked = stint[1] - b.left
    return tuple((pool, number, held - worked) for pool, number, held in stint[2] if held > worked)


@invariant
def pools_are_never_over_size_nor_lent_when_they_are_away(scenario: Scenario, rows: Rows) -> None:
    state = fresh(scenario)
    tables = {
        name: Timetable(scenario.calendars[pool.calendar]) for name, pool in scenario.pools.items() if pool.calendar
    }
    lent: dict[str, list[tuple[int, float, str]]] = {name: [] for name in scenario.pools}  # (until, number, who)
    for row in rows:
        time, kind, unit, batch, _, _, _, _, detail = row
        b = state.batches.get(batch)
        tests = {**b.pending} if b else {}
        used = [pool for pool, _, _ in b.plan[b.stint][2]] if b and b.plan else []  # a pipe before may still be flushed
        word = detail[0] if isinstance(detail, tuple) else "clean"
        clean = state.tended(unit).jobs[word] if kind == "halt" and not batch else None
        over = clean.since + clean.left - clean.after if clean else 0
        apply(state, row)
        if b and (kind in HALTS or (kind == "impair" and b.phase == "run")):
            lent |= {pool: [use for use in lent[pool] if use[2] != batch] for pool in used if pool in lent}
        if kind in ("done", "scrap", "rework"):
            gone = [key for key in tests if key not in state.samples]
            lent = {pool: [use for use in uses if use[2] not in gone] for pool, uses in lent.items()}
        if clean:  # what a repair of the unit uses meanwhile stays with that
            lent = {pool: [use for use in uses if use[2] != unit or use[0] != over] for pool, uses in lent.items()}
        taken: list[tuple[str, float]] = []
        if kind == "begin" or (kind == "impair" and batch and state.batches[batch].phase == "run"):
            job = state.tended(unit).jobs.get(_name(detail)) if unit and not batch else None
            if not (batch or unit):
                new = state.samples[_name(detail)].uses
            elif job:
                new = tuple((pool, number, job.left - job.after) for pool, number in job.uses)
            else:
                new = _rest(state.batches[batch])
            for pool, number, ms in new:
                if pool in scenario.utilities:
                    continue
                lent[pool].append((time + ms, number, batch or unit or _name(detail)))
                taken.append((pool, number))
            taken += job.keeps if job and job.held else ()
        elif kind == "grant":
            taken += detail[1]
        for pool, _ in taken:
            used = sum(number for until, number, _ in lent[pool] if until > time)
            kept = sum(each.kept.get(pool, 0) for each in state.units.values())
            washes = [job for each in state.units.values() for job in each.jobs.values() if job.held]
            kept += sum(number for job in washes for name, number in job.keeps if name == pool)
            assert kept == pytest.approx(state.kept[pool], abs=CRUMB), row
            assert used + kept <= scenario.pools[pool].count + CRUMB, (pool, row)
            finish = [job for job in _finishing(scenario, state) if job.held and job.phase]
            kept_on = any(pool in dict(job.keeps) for job in finish)  # since before it closed
            goes_on = kind == "impair"  # it has had them since before they closed
            assert pool not in tables or tables[pool].is_open(time) or kept_on or goes_on, (pool, row)
            held = sum(number for until, number, _ in state.pools[pool] if until > time)
            assert used == pytest.approx(held, abs=CRUMB), (pool, row)


def _finishing(scenario: Scenario, state: State) -> list[JobState]:
    """The cleans that finish, whoever of those who do them should go."""
    groups = scenario.plant.unit_names
    jobs = {name: u.jobs["clean"] for name, u in state.units.items() if "clean" in u.jobs}
    rules = {name: scenario.cleaning[scenario.units[groups[name]].cleaning or ""] for name in jobs}
    return [job for name, job in jobs.items() if rules[name].named[job.cause].work == "finish"]


@invariant
def work_that_must_fit_begins_only_if_its_pools_stay(scenario: Scenario, rows: Rows) -> None:
    state = fresh(scenario)
    tables = {
        name: Timetable(scenario.calendars[pool.calendar]) for name, pool in scenario.pools.items() if pool.calendar
    }
    for row in rows:
        apply(state, row)
        carried = row[2] in scenario.buffers  # to where it waits for the step, which is no work of it
        if row[1] == "begin" and row[3] and scenario.products[row[5]].steps[row[4]].work == "fits" and not carried:
            for pool, _, ms in _rest(state.batches[row[3]]):
                assert pool not in tables or tables[pool].change(row[0]) >= row[0] + ms, row


# ---- balances --------------------------------------------------------------------------------------------------------


def _out(step: Step, mass: float, mixed: bool = False) -> float:
    """Mass that comes out of a step, with what it took to become part of the batch, less its losses."""
    added = sum(each.amount + each.share * mass for each in step.takes.values() if each.adds and not mixed)
    return max(0.0, mass + added - step.startup_loss) * step.yield_


def _lossless(step: Step) -> Step:
    return step.model_copy(update={"startup_loss": 0.0, "yield_": 1.0})


def _left_behind(scenario: Scenario, b: BatchState, place: str) -> float:
    """What stays behind of a batch that goes from a place to the unit that it was granted, in it or on its way."""
    if scenario.products[b.product].steps[b.step].transfer is not None:
        return 0.0
    if b.place in scenario.buffers and place in scenario.plant.unit_names and not (b.joins or b.came):
        hop = scenario.hops["", place, b.place]  # it has come there from the unit
        return 0.0 if hop is None else hop.held_up
    if b.place != place or not b.unit:
        return 0.0
    hop = scenario.hops[b.came if place in scenario.buffers else "", place, b.unit]
    return 0.0 if hop is None else hop.held_up


@invariant
def mass_in_is_mass_out_and_lost_and_scrapped_and_in_process(scenario: Scenario, rows: Rows) -> None:
    """Through each step, split and join."""
    state, mass = fresh(scenario), dict[str, float]()
    doing: dict[str, str] = {}  # unit -> step that was last done in it
    own: dict[tuple[str, str], str] = {}  # the same of a batch that is in it for itself
    added: dict[tuple[str, str], float] = defaultdict(float)  # of what the step on a unit took
    total: dict[str, float] = defaultdict(float)
    lost = {(row[3], row[0]) for row in rows if row[1] in ("scrap", "rework")}  # on its way nothing stays behind then
    again = {(row[3], row[0]) for row in rows if row[1] == "rework"}
    shares: dict[tuple[int, str, str, float], list[float]] = {}  # of a batch, in containers

    def lose(name: str, unit: str, amount: float, more: float = 0.0) -> None:
        """All of it comes out, or what the step in this unit leaves of it."""
        recipe = scenario.products[state.batches[name].product]
        word = own.get((unit, name)) or doing.get(unit)
        done = recipe.steps[word] if word else None
        out = _out(done, mass[name], charged(recipe)) if done else mass[name]
        b, lefts = state.batches[name], {0.0}
        if (name, now) in again and Procedure(recipe).plain:  # from the midst of a step nothing is lost
            midst = b.phase in ("halted", "claim", "ride") and b.place != unit
            assert amount == pytest.approx(mass[name] + more if midst else out, abs=1e-9)
            lefts, out = {0.0}, amount
        if unit in b.more:  # a batch that was joined may stand there twice: something stays behind once
            lefts.add(_left_behind(scenario, replace(b, place=unit), unit))
        elif (name, now) not in lost:
            lefts = {_left_behind(scenario, b, unit)}
        assert any(
            amount == pytest.approx(max(0.0, each - left), abs=1e-9) for each in (mass[name], out) for left in lefts
        )
        total["in"] += more
        total["loss"] += mass[name] + more - amount
        mass[name] = amount

    for row in rows:
        now, kind, place, batch, step, product, amount, _, detail = row
        if kind == "release":
            mass[batch] = amount
            assert amount == pytest.approx(_begins_with(scenario.products[product]), abs=1e-9)
            total["in"] += amount
        elif kind in ("grant", "ride"):
            doing[place] = step
            if not _together(scenario, place):
                own[place, batch] = step
        elif kind == "take":
            added[place, batch] += amount
        elif kind == "leave" and (place in doing or place in scenario.buffers):
            lose(batch, place, amount, added.pop((place, batch), 0.0))
            own.pop((place, batch), None)
        elif kind in ("wait", "store") and detail in ("join", "gate"):
            lose(batch, state.batches[batch].unit, amount, added.pop((state.batches[batch].unit, batch), 0.0))
        elif kind in ("split", "join"):
            for name, each in [(batch, amount)] if kind == "split" else detail:
                lose(name, state.batches[name].unit, each, added.pop((state.batches[name].unit, name), 0.0))
                del mass[name]
            assert fsum(each for _, each in detail) == pytest.approx(amount, abs=1e-9)
            mass.update(detail if kind == "split" else {batch: amount})
        elif kind == "charge":  # what was taken is in it
            more = added.pop((place, batch), 0.0)
            total["in"] += more
            total["loss"] += mass[batch] + more - amount
            mass[batch] = amount
        elif kind in ("done", "scrap"):
            assert amount == mass.pop(batch)
            total[kind] += amount
        elif kind in ("fill", "empty"):
            shares.setdefault((row[0], kind, batch, mass[batch]), []).append(amount)
        elif batch and kind not in ("lost", "give"):
            assert amount == mass[batch]
        apply(state, row)
    assert all(fsum(each) == pytest.approx(whole) for (*_, whole), each in shares.items())
    found = total["done"] + total["scrap"] + total["loss"] + sum(mass.values())
    assert found == pytest.approx(total["in"], abs=1e-9)


def _amounts(charge: Charge, name: str = "") -> dict[str, float]:
    """How much [kg, L, kg °C, g] of everything there is in a charge."""
    composition = charge.composition or ({name: 1.0} if name else {})
    found = {word: share * charge.mass for word, share in composition.items()}
    titre = charge.quality.get("titre", 0.0) * charge.volume
    return {**found, "volume": charge.volume, "heat": charge.temperature * charge.mass, "titre": titre}


@invariant
def what_batches_are_made_of_is_balanced_through_splits_joins_and_what_they_take(
    scenario: Scenario, rows: Rows
) -> None:
    """To 1e-9: each component by mass, volume, heat, and what is told per litre; of models, only what went in."""
    state, goes_in = fresh(scenario), dict[str, list[tuple[Charge, str]]]()  # batch -> what is mixed next
    for row in rows:
        kind, name = row[1], row[3]
        if kind == "join" and any(state.batches[each].charge for each, _ in row[8]):
            goes_in[name] = [(charge_of(state.batches[each].charge, mass), row[5]) for each, mass in row[8]]
        elif kind == "charge" and name not in goes_in and state.batches[name].taken and not state.batches[name].outcome:
            b = state.batches[name]
            goes_in[name] = [(charge_of(b.charge, b.amount), row[5])]
            goes_in[name] += [(charge_of(said, mass), material) for material, mass, said in b.taken]
        said = state.batches[name].charge if kind == "split" else None
        apply(state, row)
        if kind == "split":
            assert all(state.batches[part].charge == said for part, _ in row[8])
        elif kind == "charge" and name in goes_in:
            parts = goes_in.pop(name)
            known = any(charge.composition for charge, _ in parts)
            want: Counter[str] = Counter()
            for charge, material in parts:
                want.update(_amounts(charge, material if known else ""))
            found = _amounts(charge_of(row[8], row[6]))
            told = all(charge.volume for charge, _ in parts if "titre" in charge.quality)  # else it is by mass
            for word in {*want, *found} - ({"titre"} if not told else {""}):
                assert found.get(word, 0.0) == pytest.approx(want[word], rel=1e-9, abs=1e-9), word


def _begins_with(product: Product) -> float:
    """The mass [kg] that enters with a batch, all side branches together."""
    return sum(mass for _, _, mass in Procedure(product).parting(""))


@invariant
def what_is_done_has_lost_what_its_recipe_says(scenario: Scenario, rows: Rows) -> None:
    again = {row[3] for row in rows if row[1] == "rework"}
    driven_off = {(row[3], row[4]): row[8][2] / row[8][1] for row in rows if row[1] == "outcome" and row[8][1]}
    state, left = fresh(scenario), dict[tuple[str, str], float]()  # (batch, step) -> kg that stay behind on the way
    into = dict[tuple[str, str], float]()  # of these, on the way into a buffer
    for row in rows:
        if row[1] == "done" and row[3] not in again and Procedure(scenario.products[row[5]]).plain:
            amount = scenario.products[row[5]].batch
            known = charged(scenario.products[row[5]])
            for name, step in scenario.products[row[5]].steps.items():
                amount = max(0.0, amount - left[row[3], name])
                amount = (_out(_lossless(step), amount) if known else amount) * driven_off.get((row[3], name), 1.0)
                amount = _out(step, amount, known)
            assert row[6] == pytest.approx(amount, abs=1e-9), row
        asked = row[1] == "charge" and row[2] and scenario.products[row[5]].steps[row[4]].model is not None
        if asked and (row[3], row[4]) not in driven_off:  # it rides; that is rounded
            driven_off[row[3], row[4]] = row[6] / (state.batches[row[3]].amount or 1.0)
        came = state.batches[row[3]].place if row[1] == "store" else ""  # of what is carried; else it takes no way
        apply(state, row)
        if came:  # on its way into a buffer
            into[row[3], row[4]] = _left_behind(scenario, state.batches[row[3]], came)
        if row[1] in ("grant", "ride"):
            b = state.batches[row[3]]
            out = _left_behind(scenario, b, b.place) if b.place else 0.0
            left[row[3], row[4]] = into.pop((row[3], row[4]), 0.0) + out


@invariant
def littles_law_holds_to_the_millisecond(scenario: Scenario, rows: Rows) -> None:
    """A batch in parts counts once, until the last of them has left."""
    until = int(scenario.run.horizon * HOUR)
    inside, integral, last = 0, 0, 0
    released: dict[str, int] = {}
    gone: dict[str, int] = {}
    state = fresh(scenario)
    for row in rows:
        apply(state, row)
        integral += inside * (row[0] - last)
        last = row[0]
        if row[1] == "release":
            assert row[3] not in released
            released[row[3]] = row[0]
        elif row[1] in ("done", "scrap", "join"):
            out = [name for name in released if name not in gone and not {name} & (state.batches | state.parted).keys()]
            gone.update(dict.fromkeys(out, row[0]))
        inside = len(released) - len(gone)
        assert inside == sum(order.released - order.finished for order in state.orders.values())
    integral += inside * (until - last)
    assert integral == sum(gone.get(batch, until) - time for batch, time in released.items())


# ---- time ------------------------------------------------------------------------------------------------------------


@invariant
def each_stint_is_worked_for_as_long_as_its_plan_says(scenario: Scenario, rows: Rows) -> None:
    """Halts and waits apart, what is lost when a failure restarts the work, and who stood for too long."""
    state = fresh(scenario)
    worked: Counter[str] = Counter()
    for row in rows:
        time, kind, unit, batch = row[:4]
        ended, _ = changes(row)
        for name in ended:
            done = state.batches[name]
            if done.phase == "run":
                worked[name] += time - max(done.since, done.asked)
                assert worked.pop(name) == sum(stint[1] for stint in done.plan), row
        if ended:
            apply(state, row)
            continue
        who = batch or (state.units[unit].batch if unit in state.units else "")
        b = state.batches.get(who)
        step = (b.step, b.unit, b.plan) if b else ("", "", ())
        if b and b.phase == "run":
            worked[who] += time - max(b.since, b.asked)
            b.asked = time  # counted so far
            told = row[8] if isinstance(row[8], tuple) else ()
            if batch and "restart" in (told[:1] if kind in ("halt", "close") else told[2:3]):
                worked[who] -= b.plan[b.stint][1] - b.left + time - b.since
        apply(state, row)
        b = state.batches.get(who)
        over = kind == "done" or (
            b is not None and step[2] and (b.step, b.unit, b.plan) != step and kind not in CHANGES
        )
        if kind == "rework" and row[7] in (PAUSE, "hold"):  # it is taken out in the middle of its plan
            worked.pop(who, None)
        elif over:
            assert worked.pop(who, 0) == sum(stint[1] for stint in step[2]), row


@invariant
def units_fail_when_their_life_is_over(scenario: Scenario, rows: Rows) -> None:
    """After so many hours of work, by the calendar after so many hours, by cycles as the next batch begins."""
    state, streams = fresh(scenario), Streams(1)
    for row in rows:
        known = row[1] == "fail" and row[7] in state.tended(row[2]).impaired  # it has failed before, and worked on
        apply(state, row)
        if row[1] in ("fail", "impair") and not known:
            u, mode = state.tended(row[2]), scenario.failures[row[7]]
            ran = u.ran + ran_since(state, u, row[0]) if u.apart else u.ran
            reading = {"running": ran, "calendar": row[0], "cycles": u.cycles * HOUR}[mode.clock]
            address, age = f"{'common' if mode.common else row[2]}/life/{row[7]}", u.worn.get(row[7], 0)
            k = u.lives.get(row[7], 0) + (row[1] == "impair")
            life = streams.time(mode.after, address, k)
            if age:  # the last repair did not make it new
                life = int(mode.after.rest(streams.number(address, k), age / HOUR) * HOUR + 0.5)
            due = u.renewed.get(row[7], 0) + life
            assert reading == due if mode.clock != "cycles" else reading - due >= 0, row


def _in_plant(state: State, order: str) -> int:
    """How many batches of an order are there: of those whose parts are, one."""
    whole = [b for b in state.batches.values() if b.order == order and not b.parent]
    return len(whole) + sum(entry.order == order and not entry.parent for entry in state.parted.values())


@invariant
def orders_release_as_they_say(scenario: Scenario, rows: Rows) -> None:
    state = fresh(scenario)
    at: dict[str, list[int]] = defaultdict(list)
    granted = {
        ("/".join(row[3].split("/")[:2]), row[0]) for row in rows if row[1] in ("grant", "ride")
    }  # also its parts
    for row in rows:
        owner = row[3].split("/")[0]
        if row[1] in ("release", "lost"):
            most = scenario.orders[owner].release.lost_above
            assert (row[1] == "lost") == (most is not None and _in_plant(state, owner) >= most), row
            at[owner].append(row[0])
            assert row[8] == (owner, len(at[owner]))
            assert row[1] == "lost" or not scenario.orders[owner].release.as_taken or (row[3], row[0]) in granted, row
        apply(state, row)
        wip = scenario.orders[owner].release.wip if owner else None
        assert wip is None or _in_plant(state, owner) <= wip, row
    for name, order in scenario.orders.items():
        gaps = order.release.size if order.release.every is not None else 1
        assert at[name][:1] in ([], [int(order.start * HOUR)]) or order.release.as_taken
        assert len(at[name]) <= order.size
        assert all(len(set(at[name][k : k + gaps])) == 1 for k in range(0, len(at[name]), gaps))
        if order.release.every is not None:
            for k, (before, after) in enumerate(pairwise(at[name][::gaps]), start=1):
                assert after - before == Streams(1).time(order.release.every, f"{name}/gap", k)


# ---- waiting ---------------------------------------------------------------------------------------------------------


@invariant
def every_wait_has_a_cause_that_the_plant_knows(scenario: Scenario, rows: Rows) -> None:
    plant = scenario.plant
    known = {*plant.unit_names, *scenario.units, *(unit.kind for unit in scenario.units.values())}
    known |= {*scenario.plant.lent, *scenario.buffers, *scenario.materials, *scenario.tests, "load"}
    known |= {*map(str, scenario.investigations)}
    steps = {name for product in scenario.products.values() for name in product.steps}
    batches = {row[3] for row in rows}
    for row in rows:
        if row[1] in ("wait", "store", "carry", "halt", "hold"):  # a part halts for good if another one is lost
            cut = {*scenario.failures, "calendar", "hold", "longest pause"}  # what ends a clean before use, too
            causes = batches | known | cut if row[1] == "halt" else known
            assert row[7] in (steps if row[8] == "join" else causes), row


def _open(scenario: Scenario, pool: str, now: int) -> int:
    """How many of a pool are there now."""
    word = scenario.pools[pool].calendar
    return scenario.pools[pool].count if not word or Timetable(scenario.calendars[word]).is_open(now) else 0


def _free(scenario: Scenario, state: State, pool: str, now: int) -> float:
    """How many are free, and a crumb."""
    used = sum(number for until, number, _ in state.pools[pool] if until > now)
    return _open(scenario, pool, now) - used - state.kept[pool] + CRUMB


def _lacking_besides(scenario: Scenario, state: State, b: BatchState, now: int) -> list[str]:
    """What a batch that asks for a unit lacks besides it: verdicts, pools that it must keep, materials."""
    recipe = scenario.products[b.product].steps
    step = recipe[b.step]
    before = recipe[(steps_before(scenario.products[b.product])[b.step] or (b.step,))[0]]
    mass = _out(before, b.amount, charged(scenario.products[b.product])) if b.unit and not b.over else b.amount
    lacking = [state.samples[key].test for key, waits in b.pending.items() if waits]
    lacking += [pool for pool, number in step.keeps.items() if _free(scenario, state, pool, now) < number]
    least = scenario.units[scenario.plant.unit_names[scenario.plant.units_for(step.on)[0]]].least  # of a load
    for name, each in step.takes.items():
        there = sum(lot.amount for lot in state.stocks[name].lots.values() if lot.status == "released")
        lacking += [name] if there < least * (each.amount + each.share * mass) - 1e-9 else []
    return lacking


def _locked(scenario: Scenario, state: State, b: BatchState) -> bool:
    """Whether a batch can't leave the unit that it stands in."""
    if b.unit not in state.units or not scenario.units[scenario.plant.unit_names[b.unit]].locks:
        return False
    return bool(state.units[b.unit].jobs) or state.units[b.unit].closed


def _enterable(scenario: Scenario, state: State, place: str, unit: str, b: BatchState | None = None) -> bool:
    """Whether a batch that stands at a place can go into a unit, as far as place is concerned."""
    u, what = state.units[unit], scenario.units[scenario.plant.unit_names[unit]]
    if u.jobs or u.closed or u.booked or what.work == "fits":
        return False
    if u.batch and not _bears(what, u, state):
        return False
    if scenario.plant.direct(place, unit):
        return True
    for name in scenario.plant.reach(place)[1]:
        places = scenario.buffers[name].places
        room = (places is None or len(state.buffers[name]) < places) and (b is None or _clear(scenario, state, name, b))
        if room and scenario.plant.direct(name, unit):
            return True
    return False


def _bears(what: Unit, u: UnitState, state: State) -> bool:
    """Whether a unit with batches in it takes another one for certain; what a clean or its load say is not asked."""
    if what.cleaning or what.maintenance or what.load or u.impaired or len(u.riders) + 1 >= what.places:
        return False
    return not what.calendar or Timetable(_DAYS).is_open(state.time)


_DAYS = Calendar(open=((6.0, 22.0),), period=24.0, closed=((50.0, 75.0),))  # of the plants made up


def _impatient(scenario: Scenario, state: State, now: int) -> bool:
    """Whether some claim has waited so long that it may reserve what comes free."""
    lent = (*scenario.pools.values(), *scenario.utilities.values())
    least = min((each.patience for each in lent), default=0.0) * HOUR
    asked = [b.asked for b in state.batches.values() if b.phase == "claim"]
    asked += [sample.since for sample in state.samples.values() if not sample.running]
    tended = (*state.units.values(), *state.makers.values())
    asked += [job.since for u in tended for job in u.jobs.values() if not job.running]
    return any(now - at >= least for at in asked)


def _alone(scenario: Scenario, state: State, needed: Mapping[str, float]) -> list[str]:
    """The words for units beside the one that a step is on, of which too few are free."""
    free = {word: [_enterable(scenario, state, "", unit) for unit in scenario.plant.units_for(word)] for word in needed}
    return [word for word, number in needed.items() if sum(free[word]) < number]


def _company(step: Step) -> dict[str, float]:
    """Word -> how many units or containers a step needs beside its own."""
    return {**step.with_, **_filled(step)}


def _filled(step: Step) -> dict[str, float]:
    """Word -> how many containers a step fills; one takes any mass in the plants made up."""
    return {word: each if isinstance(each, int) else 1 for word, each in step.into.items()}


def _short(scenario: Scenario, state: State, b: BatchState, now: int) -> bool:
    """Whether fewer can come for the step of a batch than make a load, more would fit, and none has waited too long."""
    units = scenario.plant.units_for(scenario.products[b.product].steps[b.step].on)
    what = scenario.units[scenario.plant.unit_names[units[0]]]
    asking = [
        each
        for each in state.batches.values()
        if (each.product, each.step, each.phase) == (b.product, b.step, "wait")
        and not any(each.pending.values())
        and any(_enterable(scenario, state, each.place or each.unit, unit, each) for unit in units)
    ]
    tired = what.longest_wait is not None and any(now - each.asked >= what.longest_wait * HOUR for each in asking)
    fits = what.load is None or sum(each.amount for each in asking) + b.amount <= what.load
    return len(asking) < what.least and fits and not tired


@invariant
def no_unit_is_free_for_a_batch_that_waits_for_one(scenario: Scenario, rows: Rows) -> None:
    """At the end of an instant: who waits for a unit finds none that it could enter, or lacks what it must keep."""
    for now, state in instants(scenario, rows):
        for b in [each for each in state.batches.values() if not (each.joins or each.gate)]:
            step = scenario.products[b.product].steps[b.step]
            if b.phase != "wait" or b.booked or step.hold == 0.0 or b.more or _locked(scenario, state, b):
                continue  # with zero wait it may wait for what comes later, or for its own unit
            units = [
                name
                for name in scenario.plant.units_for(step.on)
                if _enterable(scenario, state, b.place or b.unit, name, b)
            ]
            lacking = _lacking_besides(scenario, state, b, now)
            if (
                units
                and not lacking
                and not _short(scenario, state, b, now)
                and not _alone(scenario, state, _company(step))
            ):
                assert step.keeps, (now, b, units)
                assert _impatient(scenario, state, now), (now, b, units)


def _to_come(scenario: Scenario, state: State, b: BatchState) -> bool:
    """Whether the step that is the cause why a batch waits to join is still to be done by one who will join it."""
    procedure = Procedure(scenario.products[b.product])
    before = procedure.upstream[b.cause] | {b.cause}
    if scenario.products[b.product].steps[b.step].pools:
        order = scenario.orders[b.order]
        return state.orders[b.order].released < order.size or any(
            each.order == b.order and each.step in procedure.upstream[b.step] for each in state.batches.values()
        )
    kin = [each for each in state.batches.values() if (each.order, each.number) == (b.order, b.number)]
    return b.cause in procedure.before[b.step] and any(each.step in before for each in kin)


@invariant
def what_a_batch_waits_for_is_lacking(scenario: Scenario, rows: Rows) -> None:
    """At the end of an instant: a pool that is the cause is not free, a kind has no unit that could be entered."""
    for now, state in instants(scenario, rows):
        if _impatient(scenario, state, now):
            continue
        for b in state.batches.values():
            if b.gate:
                assert b.cause in [state.samples[key].test for key, waits in b.pending.items() if waits], (now, b)
            elif b.joins:
                assert _to_come(scenario, state, b), (now, b)
            elif _locked(scenario, state, b):
                assert b.phase != "wait" or b.cause == b.unit, (now, b)
            elif b.phase == "wait" and scenario.products[b.product].steps[b.step].hold != 0.0 and not b.booked:
                step = scenario.products[b.product].steps[b.step]
                if b.cause in _company(step):
                    assert b.cause in _alone(scenario, state, _company(step)), (now, b)
                elif b.cause == "load":
                    assert _short(scenario, state, b, now), (now, b)
                elif b.cause in scenario.buffers:
                    assert state.buffers[b.cause] and not _clear(scenario, state, b.cause, b), (now, b)
                elif b.cause != step.on:
                    assert b.cause in _lacking_besides(scenario, state, b, now), (now, b)
                else:
                    units = scenario.plant.units_for(step.on)
                    free = [name for name in units if _enterable(scenario, state, b.place or b.unit, name, b)]
                    assert not free, (now, b, free)


@invariant
def nobody_is_passed_by_one_who_asked_later(scenario: Scenario, rows: Rows) -> None:
    """Who gets a unit is of higher priority than all who have waited for it, or has asked before them."""
    state = fresh(scenario)
    priority = {name: -product.priority for name, product in scenario.products.items()}
    for now, at_once in groupby(rows, key=lambda row: row[0]):
        waited = {b.name: b.asked for b in state.batches.values() if b.phase == "wait"}
        booked = {b.name for b in state.batches.values() if b.booked}
        new = list(at_once)
        fold(state, new)
        for row in new:
            if row[1] != "grant" or row[3] in booked:
                continue
            winner = (priority[row[5]], waited.get(row[3], now), natural(row[3]))
            for b in state.batches.values():
                step = scenario.products[b.product].steps[b.step]
                if b.joins or b.gate or b.phase != "wait" or b.name not in waited or b.asked == now or step.hold == 0.0:
                    continue
                if step.keeps or _company(step):
                    continue
                if scenario.units[scenario.plant.unit_names[row[2]]].work == "fits":
                    continue  # for the other one there is no time left
                if scenario.units[scenario.plant.unit_names[row[2]]].load is not None and b.amount > row[6]:
                    continue  # the other one may be too heavy
                if scenario.units[scenario.plant.unit_names[row[2]]].least > 1 and b.product != row[5]:
                    continue  # the other one waits for a load of its own
                if step.takes or any(b.pending.values()) or _locked(scenario, state, b):
                    continue
                if row[2] in scenario.plant.units_for(step.on) and scenario.plant.direct(b.place or b.unit, row[2]):
                    assert winner < (priority[b.product], b.asked, natural(b.name)), (row, b)


@invariant
def no_batch_of_an_order_stays_out_if_a_unit_would_take_it(scenario: Scenario, rows: Rows) -> None:
    streams = Streams(1)
    for now, state in instants(scenario, rows):
        for name, order in scenario.orders.items():
            entry = state.orders[name]
            if order.release.as_taken and entry.released < order.size and order.start * HOUR <= now:
                product = scenario.products[order.product_of(name, entry.released + 1, streams)]
                step = next(iter(product.steps.values()))
                if step.hold == 0.0 or step.takes:
                    continue
                if any(_free(scenario, state, pool, now) < n for pool, n in step.keeps.items()):
                    continue
                units = [unit for unit in scenario.plant.units_for(step.on) if _enterable(scenario, state, "", unit)]
                if _alone(scenario, state, _company(step)):
                    continue
                assert not units or (step.keeps and _impatient(scenario, state, now)), (now, name, units)


@invariant
def no_pool_is_free_for_whoever_waits_for_it(scenario: Scenario, rows: Rows) -> None:
    """At the end of an instant: who waits for pools lacks one of them, or one that waits for longer has reserved it."""
    for now, state in instants(scenario, rows):
        impatient = _impatient(scenario, state, now)
        for b in state.batches.values():
            u = state.units.get(b.unit)
            if b.phase != "claim" or (u is not None and (u.jobs or u.closed)) or b.cause == b.unit:
                continue
            if b.cause in {*b.withs, *b.containers, b.place} & state.units.keys():
                assert state.units[b.cause].jobs or state.units[b.cause].closed, (now, b)
                continue
            fits = u is not None and scenario.products[b.product].steps[b.step].work == "fits"
            lacking = _lacking(scenario, state, _rest(b), now, fits)
            step = scenario.products[b.product].steps[b.step]
            if u is not None and step.work in ("pause", "restart", "scrap"):  # it does not finish without whom it keeps
                lacking += [pool for pool in step.keeps if not _open(scenario, pool, now)]
            assert impatient or b.cause in lacking, (now, b, lacking)
        for name, u in (state.units | state.makers).items():
            for word, job in u.jobs.items():
                keeps = job.keeps if job.phase < job.kept and not job.held else ()
                if not job.running and (job.uses or keeps or job.takes) and job.part <= now:
                    uses = tuple((pool, number, job.left - job.after) for pool, number in (*keeps, *job.uses))
                    lacking = _lacking(scenario, state, uses, now, _fits(scenario, job, word))
                    lacking += [part for part, number in job.takes if _pieces(state, part) < number]
                    if job.kind == "clean" and (len(u.jobs) > 1 or u.closed):  # what stops its unit stops it, too
                        lacking += [name, "calendar", *scenario.failures]
                    assert impatient or job.lacks in lacking, (now, name, job)
        for name, sample in state.samples.items():
            if not sample.running:
                lacking = _lacking(scenario, state, sample.uses, now)
                assert impatient or sample.lacks in lacking, (now, name, sample)


def _fits(scenario: Scenario, job: JobState, word: str) -> bool:
    """Whether a repair or a maintenance begins only if it ends with the shift."""
    rules = {"fail": scenario.failures, "maintain": scenario.maintenance}.get(job.kind, {})
    return bool(rules) and rules[word].at_shift_end == "fits"


def _pieces(state: State, part: str) -> float:
    return sum(lot.amount for lot in state.stocks[part].lots.values() if lot.status == "released")


def _lacking(scenario: Scenario, state: State, uses: Uses, now: int, fits: bool = False) -> list[str]:
    """Pools and skills of which too few are free, and utilities that would not carry what is to be drawn."""
    words = dict.fromkeys(word for word, _, _ in uses)
    people = [use for use in uses if use[0] in scenario.plant.crews]
    short = [
        word for word in words if not _manned(scenario, state, [use for use in people if use[0] == word], now, fits)
    ]
    if not short and not _manned(scenario, state, people, now, fits):
        short = [word for word, _, _ in people]
    return short + [
        name for name in words if name in scenario.utilities and not carried(scenario, state, name, uses, now)
    ]


def _manned(scenario: Scenario, state: State, uses: list[tuple[str, float, int]], now: int, fits: bool) -> bool:
    """Whether some way to send people, one by one, leaves no need open; all ways are tried."""
    each = [(word, min(1.0, number - k), ms) for word, number, ms in uses for k in range(ceil(number - CRUMB))]
    able = [
        [pool for pool in scenario.plant.crews[word] if not fits or _leaves(scenario, pool, now) >= now + ms]
        for word, _, ms in each
    ]
    for way in product(*able):
        sent: dict[str, float] = defaultdict(float)
        for pool, (_, number, _) in zip(way, each, strict=True):
            sent[pool] += number
        if all(number <= _free(scenario, state, pool, now) for pool, number in sent.items()):
            return True
    return False


def _leaves(scenario: Scenario, pool: str, now: int) -> int:
    if pool in scenario.utilities:
        return 2**62
    word = scenario.pools[pool].calendar
    return Timetable(scenario.calendars[word]).change(now) if word else 2**62


# ---- what is read from a record --------------------------------------------------------------------------------------


@invariant
def what_is_read_from_a_record_agrees(scenario: Scenario, rows: Rows) -> None:
    """Up to the last row, at which a run may get stuck."""
    until = rows[-1][0] if rows else 0
    if until:
        run = Results(scenario, Record(rows, until=until))
        _spans_tile_the_run_and_shares_are_shares(run, until)
        _no_run_makes_more_than_the_hours_really_drawn_allow(run, rows, until)


def _spans_tile_the_run_and_shares_are_shares(run: Results, until: int) -> None:
    spans = run.all_spans
    check_tiling(spans["units"], (0, until), run.scenario.plant.unit_names)
    check_tiling(spans["batches"])
    shares = utilisation(spans["units"], (0, until)).drop(columns="calendar hours")
    assert ((shares >= 0.0) & (shares <= 1.0)).all(axis=None)
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1.0)
    little(spans["lives"], spans["batches"], (0, until), spans["parts"])
    balance = run.mass_balance()
    assert abs(balance["gap"]) <= 1e-9 * max(1.0, balance["in"])
    made = {name: balance[name] for name in ("out", "loss", "scrap", "at last")}
    assert sum(made.values()) == pytest.approx(balance["in"], rel=1e-9, abs=1e-9)


def _no_run_makes_more_than_the_hours_really_drawn_allow(run: Results, rows: Rows, until: int) -> None:
    """Each visit lasts as long as it drew; and in any window no kind, pool or utility lets fewer batches through."""
    drew = drawn.visits(rows)
    drawn.check_visits(drew, run.all_spans)
    drawn.check_hours(drew, may_work(run.scenario, (0, until)))
    for cut in ((0, until), (until // 3, until), (until // 4, until // 2)):
        frame = run.drawn(cut[0] / HOUR, cut[1] / HOUR)
        drawn.check_bound(frame, drawn.made(run.all_spans, cut))
        assert frame["share"].max() <= 1.0 + drawn.CRUMB


# ---- the plants ------------------------------------------------------------------------------------------------------


@cache
def rows_of(plant: str) -> tuple[Scenario, list[RowTuple]]:
    """A plant that is rich in features, and what happens in it."""
    scenario = {"rich": rich(300.0), "parted": parted(200.0)}[plant]
    return scenario, play(scenario)


@pytest.mark.parametrize("plant", ["rich", "parted"])
@pytest.mark.parametrize("check", INVARIANTS, ids=lambda check: check.__name__)
def test_plants_with_all_features_keep(check: Check, plant: str) -> None:
    check(*rows_of(plant))


def test_plants_made_up_keep_all_of_these_and_meet_the_features() -> None:
    """300 plants of 3 to 12 units: each feature in a tenth of them at least, five together in half of them."""
    met: Counter[str] = Counter()
    together: list[int] = []
    sizes: list[int] = []

    @settings(max_examples=PLANTS // 7 + 1, suppress_health_check=list(HealthCheck))
    @given(scenarios())
    def look(scenario: Scenario) -> None:
        rows = play(scenario)
        for check in INVARIANTS:
            check(scenario, rows)
        shown = [name for name, there in FEATURES.items() if there(scenario, rows)]
        met.update(shown)
        together.append(len(shown))
        sizes.append(len(scenario.plant.unit_names))

    for number in (0, 1, 2, 3, 4, 5, 6):  # hypothesis makes up many plants that are like one before: begin anew
        seed(number)(look)()
    assert len(together) >= PLANTS
    seldom = {name: met[name] for name in FEATURES if met[name] < len(together) / 10}
    assert not seldom
    assert sum(number >= 5 for number in together) >= len(together) / 2
    assert min(sizes) == 3 and max(sizes) == 12

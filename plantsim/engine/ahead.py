"""Forecasts: fresh luck from now on, and what is in progress drawn from the rest of its distribution.

A forecast that draws the whole of a time anew, or keeps the time that the model happened to draw, looks fine and is
wrong: a dryer that has run for twice its usual time is not as good as new, and nobody knows when it will be done.
"""

from __future__ import annotations

from bisect import insort
from itertools import accumulate

from plantsim.chance import HOUR, Streams, milliseconds
from plantsim.cleaning import Cleaning
from plantsim.engine.chances import redrawn
from plantsim.engine.cleanliness import parts, slowness, verified
from plantsim.engine.clock import owner_of
from plantsim.engine.drawn import lent
from plantsim.engine.machine import clean_law
from plantsim.engine.physics import Models, modelled, told
from plantsim.engine.riding import in_all
from plantsim.laws import Law
from plantsim.materials import QualityTest
from plantsim.scenario import Scenario
from plantsim.state import BatchState, JobState, State, StintPlan, UnitState, Uses, advance, aged, ran_since
from plantsim.step import AROUND
from plantsim.stops import ACT


def look_ahead(scenario: Scenario, state: State, seed: int, replication: int) -> tuple[State, Streams]:
    """The state with all that is in progress drawn anew, given what has passed of it; and the luck from here on.

    The state is changed and returned; it tells what was known, so that the forecast itself can be saved and resumed.
    """
    state.salt = f"{state.salt}ahead {state.time}/"
    state.given = {**_lives(scenario, state), **_gaps(scenario, state)}
    streams = Streams(seed, replication, state.salt, state.given)
    models = Models(scenario) if modelled(scenario) else None
    _deliveries(scenario, state, streams)
    for name in state.samples:
        _sample(scenario, state, name, streams)
    for sample in state.samples.values():
        if sample.ride:  # it is over with the one that it is tested with
            sample.left = state.samples[sample.ride].left
    for name in (*state.units, *state.makers):
        _jobs(scenario, state, name, streams)
    for b in state.batches.values():
        if b.plan and not (b.unit in state.units and state.units[b.unit].impaired):
            _stints(scenario, state, b, streams, models)
    return state, streams


def _lives(scenario: Scenario, state: State) -> dict[str, float]:
    """Address of each life in progress -> hours of it that have passed on its clock; what is down begins a new one."""
    given: dict[str, float] = {}
    for name, utility in scenario.utilities.items():
        u = state.makers[name]
        for mode in [mode for mode in utility.failures if mode not in u.jobs]:
            given[_life(name, mode, scenario, u)] = (state.time - u.renewed.get(mode, 0)) / HOUR
    for name, group in scenario.plant.unit_names.items():
        u = state.units[name]
        for mode in [mode for mode in scenario.units[group].failures if mode not in u.jobs]:
            rule = scenario.failures[mode]
            b = state.batches.get(u.batch)
            working = b is not None and b.phase == "run" and name in (b.unit, *b.withs, *b.containers)
            ran = u.ran + (aged(b, state.time) if working and b is not None and not u.apart else 0)
            ran += ran_since(state, u, state.time) if u.apart else 0
            reading = {"running": ran, "calendar": state.time, "cycles": u.cycles * HOUR}[rule.clock]
            given[_life(name, mode, scenario, u)] = (reading - u.renewed.get(mode, 0)) / HOUR
    return given


def _life(name: str, mode: str, scenario: Scenario, u: UnitState) -> str:
    """The address of the life in progress."""
    return f"{owner_of(name, scenario.failures[mode])}/life/{mode}/{u.lives.get(mode, 0) + 1}"


def _gaps(scenario: Scenario, state: State) -> dict[str, float]:
    """Address of each gap between releases in progress -> hours of it that have passed."""
    given: dict[str, float] = {}
    for name, order in scenario.orders.items():
        entry = state.orders[name]
        if order.release.every is not None and entry.released:
            given[f"{name}/gap/{entry.released // order.release.size}"] = (state.time - entry.last) / HOUR
    return given


def _deliveries(scenario: Scenario, state: State, streams: Streams) -> None:
    """What is on its way comes as its law says, given how long ago it was ordered."""
    for name, stock in state.stocks.items():
        law = scenario.materials[name].delivery
        for k, (_, lot, mass, since) in enumerate(stock.coming):
            number = int(lot.rpartition("/")[2])
            due = since + _rest(law, f"{name}/delivery", number, state.time - since, streams)
            stock.coming[k] = (due, lot, mass, since)


def _sample(scenario: Scenario, state: State, name: str, streams: Streams) -> None:
    """A test, or an investigation, takes as long as its law says, given how long it has taken."""
    sample = state.samples[name]
    rule = scenario.verdicts[sample.test]
    passed = state.time - sample.since if sample.running else 0
    law: Law | None = rule.time
    if sample.failed and isinstance(rule, QualityTest):
        inquiry = scenario.investigations.get("failed test")
        law = rule.investigation
        if law is None and inquiry is not None:
            rule, law = inquiry, inquiry.time
    if law is None:
        return
    sample.left = _rest(law, f"{name}/investigation" if sample.failed else f"{name}/time", 1, passed, streams)
    if sample.uses and rule.hands_on is None:
        sample.uses = tuple((pool, number, sample.left) for pool, number, _ in sample.uses)
        if sample.running:
            _lend_anew(state, name, [(pool, number, held - passed) for pool, number, held in sample.uses])


def _jobs(scenario: Scenario, state: State, name: str, streams: Streams) -> None:
    """A repair, clean or maintenance of a unit takes as long as its law says, given how long it has taken."""
    u = state.tended(name)
    for word, job in u.jobs.items():
        law: Law | None
        if job.phases:
            _phases(_rule(scenario, name), state, name, job, streams)
            continue
        if job.kind == "clean":
            law = clean_law(_rule(scenario, name), job.cause)
            address, k = f"{name}/clean {job.cause}", u.cleans + 1
        else:
            law = scenario.failures[word].repair if job.kind == "fail" else scenario.maintenance[word].lasts
            owner = owner_of(name, scenario.failures[word]) if job.kind == "fail" else name
            address, k = f"{owner}/repair/{word}", u.lives.get(word, 0)
            spare = scenario.failures[word].spare if job.kind == "fail" else None
            if spare is not None and job.part > state.time:
                job.part = job.since + _rest(spare, f"{owner}/spare/{word}", k, state.time - job.since, streams)
        passed = state.time - job.since if job.running else 0
        if law is not None and passed < job.left - job.after:
            before = job.whole - job.left if job.whole else 0  # worked before it last halted
            job.left = _rest(law, address, k, before + passed, streams) + job.after - before
            job.whole = job.left + before if job.whole else 0
    running = [job for job in u.jobs.values() if job.running]
    rest = [(job, job.left - job.after - (state.time - job.since)) for job in running]
    _lend_anew(state, name, [(pool, number, ms) for job, ms in rest for pool, number in job.uses])


def _rule(scenario: Scenario, unit: str) -> Cleaning:
    return scenario.cleaning[scenario.units[scenario.plant.unit_names[unit]].cleaning]


def _phases(rule: Cleaning, state: State, name: str, job: JobState, streams: Streams) -> None:
    """The phase that a clean is in and those after it take as long as their laws say."""
    k, passed = state.units[name].cleans + 1, state.time - job.since if job.running else 0
    worked = job.phases[job.phase][1] - job.left
    clean, plan = rule.named[job.cause], list(job.phases)
    for number, (act, law) in enumerate(parts(rule, job.cause)):
        if number == len(clean.washes) and clean.verify is not None:
            so_far = sum(ms for _, ms, _ in plan[number : job.phase]) + (worked + passed if number <= job.phase else 0)
            least = so_far + (job.phase > number)  # that has been waited for: its verdict is still to come
            plan[number:] = verified(clean.verify, act, max(least, _rest(law, f"{name}/{act}", k, so_far, streams)))
        elif number >= job.phase:
            so_far = worked + passed if number == job.phase else 0
            slow = slowness(clean, number, plan[number][2], state.tanks)
            ms = _rest(law, f"{name}/{act}", k, int(so_far / slow), streams)
            plan[number] = (act, ms if slow == 1.0 else max(so_far, int(ms * slow)), plan[number][2])
    job.phases = tuple(plan)
    job.left = plan[job.phase][1] - worked


def _rest(law: Law, address: str, k: int, passed: int, streams: Streams) -> int:
    """The whole time [ms] of something of which so much has passed."""
    u = streams.number(address, k)
    return max(passed, milliseconds(law.rest(u, passed / HOUR) if passed else law.quantile(u)))


def _stints(scenario: Scenario, state: State, b: BatchState, streams: Streams, models: Models | None) -> None:
    """The acts of a step that are not over take as long as their laws say, given how long they have taken."""
    before = b.plan[b.stint][1] - b.left  # worked before the stint last began or went on
    worked = before + (state.time - b.since if b.phase == "run" else 0)
    plan: list[StintPlan] = list(b.plan[: b.stint])
    old = _drawn(scenario, b)
    run = _run(state, models, b, worked, streams) if models is not None and b.outcome is not None else None
    new = _drawn(scenario, b)
    for k, stint in enumerate(b.plan[b.stint :]):
        drawn = bool(old) and set(old) <= set(stint[2])
        if drawn:
            stint = (*stint[:2], tuple(use for use in stint[2] if use not in old), *stint[3:])
        acts, ms, uses, begin, end, left = _stint(scenario, b, stint, worked if k == 0 else 0, streams, run)
        plan.append((acts, ms, (*uses, *new) if drawn else uses, begin, end, left))
    b.plan = tuple(plan)
    stint = b.plan[b.stint]
    b.left = stint[1] - before
    if b.phase == "run":
        _lend_anew(state, b.name, [(pool, number, held - worked) for pool, number, held in stint[2]])


def _drawn(scenario: Scenario, b: BatchState) -> Uses:
    """What the run of a step claims because its model draws it."""
    return () if b.outcome is None else lent(b.outcome[5], milliseconds(b.outcome[0]), scenario.utilities)


def _run(state: State, models: Models, b: BatchState, worked: int, streams: Streams) -> int | None:
    """How long [ms] the run of a step with a model takes, given what has passed of it; None: as its plan says."""
    at = 0
    for act, ms in b.plan[b.stint][0]:
        if act == "run" and at + ms <= worked:
            return None
        if act == "run":
            break
        at += ms
    if all(act != "run" for stint in b.plan[b.stint :] for act, _ in stint[0]):
        return None
    inside = any(act == "run" for act, _ in b.plan[b.stint][0])
    along = [state.batches[name] for name in state.units[b.unit].riders] if b.unit in state.units else []
    passed = max(0, worked - at) if inside else 0
    again = redrawn(models, b, passed, streams, lambda own, k: in_all(own, b, along, models, streams, k))
    if again is None:
        return None
    found, own = again
    b.outcome = told(found, own, b.outcome[1] if b.outcome else b.amount)
    return milliseconds(found.hours)


def _stint(
    scenario: Scenario, b: BatchState, stint: StintPlan, worked: int, streams: Streams, run: int | None = None
) -> StintPlan:
    acts, at = [], 0
    slow = _slowness(scenario, b, stint)
    for act, ms in stint[0]:
        if act == "run" and run is not None:
            acts.append((act, run))
            at += ms
            continue
        law = law_of(scenario, b, act)
        over = at + ms <= worked and worked > 0
        passed = max(0, worked - at)
        if over or law is None:
            drawn = ms
        else:
            drawn = _rest(law, f"{b.luck}/{b.step}/{act}", 1, int(passed / slow), streams)
            drawn = drawn if slow == 1.0 else max(passed, int(drawn * slow))
        acts.append((act, drawn))
        at += ms
    then, now = list(accumulate(ms for _, ms in stint[0])), list(accumulate(ms for _, ms in acts))
    uses = tuple((pool, number, _until(held, then, now)) for pool, number, held in stint[2])
    begin, end = _running(tuple(acts), stint)
    return tuple(acts), now[-1], uses, begin, end, stint[5]


def _until(held: int, then: list[int], now: list[int]) -> int:
    """When [ms] in a stint something comes back that came back at the end of an act, or so long after the last."""
    return now[then.index(held)] if held in then else held + now[-1] - then[-1]


def _slowness(scenario: Scenario, b: BatchState, stint: StintPlan) -> float:
    """How many times longer than at its full rates a stint takes that has begun slowly."""
    step, act = scenario.products[b.product].steps[b.step], stint[0][0][0]
    full = {name: rate for name, rate in step.uses(act).items() if name in scenario.utilities}
    if act not in step.slow or not full:
        return 1.0
    name = next(iter(full))
    return float(full[name] / next(number for each, number, _ in stint[2] if each == name))


def _running(acts: tuple[tuple[str, int], ...], stint: StintPlan) -> tuple[int, int]:
    """The part of a stint in which running clocks go."""
    begin = end = at = 0
    for act, ms in acts:
        if act not in (*AROUND, ACT) and not act.startswith("clean "):
            begin, end = begin if end else at, at + ms
        at += ms
    return (begin, end) if end else (stint[3], stint[4])


def law_of(scenario: Scenario, b: BatchState, act: str) -> Law | None:
    """How long an act of the step that a batch is in takes; None: as long as its plan says."""
    if act.startswith("clean "):
        unit = scenario.units[scenario.plant.unit_names[b.unit]]
        return clean_law(scenario.cleaning[unit.cleaning], act.removeprefix("clean ")) if unit.cleaning else None
    step = scenario.products[b.product].steps[b.step]
    return step.law(act) if act in step.acts else None  # minor stops are known with the run


def _lend_anew(state: State, who: str, uses: list[tuple[str, float, int]]) -> None:
    """What something in progress uses comes back at other times than before."""
    for pool in dict.fromkeys(pool for pool, _, _ in uses):
        if pool in state.tanks:
            advance(state, pool, state.time)
        state.pools[pool] = [use for use in state.pools[pool] if use[2] != who]
    for pool, number, held in uses:
        if held > 0:
            insort(state.pools[pool], (state.time + held, number, who))

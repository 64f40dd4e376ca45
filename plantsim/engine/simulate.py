"""Describe, run, read: a scenario goes in, results come out, and nothing is shared between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal

from plantsim.chance import Streams, milliseconds
from plantsim.contracts import CleaningPolicy, DispatchRule
from plantsim.engine.floor import Floor
from plantsim.engine.outage import watch_level
from plantsim.engine.resolve import Resolved
from plantsim.engine.samples import take_up_sample
from plantsim.engine.stock import open_stocks, take_up_stock
from plantsim.engine.takeup import take_up_batch, take_up_order, take_up_unit
from plantsim.engine.tank import fit
from plantsim.errors import Fault, LayoutError, ModelError
from plantsim.record import Record, Sink, no_collection
from plantsim.results import Results
from plantsim.results.figures import empty
from plantsim.scenario import Scenario
from plantsim.state import State

Progress = Callable[[float], None]
Arrange = Callable[[list[Any]], list[Any]]


def simulate(
    scenario: Scenario,
    seed: int = 1,
    *,
    replication: int = 0,
    horizon: float | None = None,
    start: State | None = None,
    luck: Literal["same", "ahead"] = "same",
    sink: Sink | None = None,
    progress: Progress | None = None,
) -> Results:
    """Play a scenario forward, batch by batch, and give what happened.

    Args:
        scenario: what the plant is; it is not changed.
        seed: with `replication`, all the luck there is: same seed, same record.
        horizon: when it ends [h], counted from hour 0 of the scenario; None: as the scenario says.
        start: a state to go on from, such as `results.state_at(100.0)`; None: an empty plant at hour 0.
        luck: "same" goes on exactly as the run that the state is from; "ahead" draws the future afresh, and what is in
            progress from the rest of its distribution.
        sink: called now and then with the record; `Record.pack` keeps long runs small, and one of your own can save
            what is there so far.
        progress: called now and then with the share that is done.

    Raises:
        LayoutError: if the scenario is not sound.
        ModelError: if a model or a rule of one's own fails; its `run` holds what happened until then.
        StuckPlant: if batches wait for one another in a ring.

    >>> from plantsim.plant import Unit
    >>> from plantsim.recipe import Order, Product
    >>> from plantsim.step import Step
    >>> mill = Scenario(
    ...     units={"mill": Unit(kind="mill")},
    ...     products={"powder": Product(batch=100.0, steps={"grind": Step(on="mill", time=2.0)})},
    ...     orders={"daily": Order(product="powder", batches=10)},
    ... )
    >>> len(simulate(mill, horizon=100.0).record)
    40
    """
    scenario.check()
    until = milliseconds(scenario.run.horizon if horizon is None else horizon)
    state, streams = _beginning(scenario, seed, replication, start, luck)
    begun = None if start is None else state.copy()  # as a forecast has it, not as it was given
    record = Record(until=until)
    floor = lay(scenario, state, streams, record)
    results = Results(scenario, record, seed=seed, replication=replication, start=begun)
    with no_collection(), _nothing_lost(results):
        for done in _stretches(floor, state.time, until):
            if sink is not None:
                sink(record)
            if progress is not None:
                progress(done)
    if floor.models is not None:
        results.solver, results.costs = floor.models.cache.counts, floor.models.cache.told
    floor.fold()
    results.played = True
    return results


@contextmanager
def _nothing_lost(results: Results) -> Iterator[None]:
    """A model that fails takes nothing with it: its error holds the run so far."""
    try:
        yield
    except ModelError as error:
        record = results.record
        record.until = record.rows[-1][0] if record.rows else record.until
        error.run = results
        raise


def _beginning(
    scenario: Scenario, seed: int, replication: int, start: State | None, luck: str
) -> tuple[State, Streams]:
    """The state to begin with, a copy of its own, and the streams of its luck."""
    if start is None:
        return empty(scenario), Streams(seed, replication)
    state = start.copy()
    fit(state, scenario)
    if luck == "same":
        return state, Streams(seed, replication, state.salt, state.given)
    from plantsim.engine.ahead import look_ahead

    return look_ahead(scenario, state, seed, replication)


def lay(scenario: Scenario, state: State, streams: Streams, record: Record, arrange: Arrange = list) -> Floor:
    """A floor on which everything that the state says is in progress goes on.

    `arrange` gives the order in which processes are created, which changes no row.
    """
    made = Resolved(scenario, state, streams, rule_of(scenario))
    for name, policy in policies_of(scenario).items():
        for machine in made.machines.values():
            if scenario.units[machine.group].cleaning == name:
                machine.policy = policy
    floor = Floor(made, record.rows)
    for machine in (*made.machines.values(), *made.makers.values()):
        if not machine.state.batch:
            floor.shut(machine, state.time)  # of a fresh plant: what is closed at first
    open_stocks(floor)
    starts: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
    starts += [(take_up_unit, (floor, machine)) for machine in made.machines.values()]
    starts += [(take_up_unit, (floor, maker)) for maker in made.makers.values()]
    starts += [(take_up_batch, (floor, made, name)) for name in state.batches]
    starts += [(take_up_stock, (floor, stock)) for stock in made.stocks.values()]
    starts += [(take_up_sample, (floor, name)) for name in state.samples]
    starts += [(take_up_order, (floor, source)) for source in made.sources.values()]
    for begin, arguments in arrange(starts):
        begin(*arguments)
    for maker in made.makers.values():
        watch_level(maker, floor, state.time)
    floor.look_round()
    return floor


def _stretches(floor: Floor, begin: int, until: int) -> Iterator[float]:
    """Run, stretch by stretch, and say how far it has come."""
    if until <= begin:
        return
    for k in range(1, 101):
        at = begin + (until - begin) * k // 100
        if at > floor.env.now:
            floor.env.run(until=at)
            yield k / 100
    floor.state.time = until


def rule_of(scenario: Scenario) -> DispatchRule | None:
    """The dispatch rule of a scenario; None: the usual one, by age."""
    rule = scenario.run.dispatch
    if rule == "first_come":
        return None
    return _imported(rule, "plantsim.policies.dispatch", ("run", "dispatch"))  # type: ignore[no-any-return]


def policies_of(scenario: Scenario) -> dict[str, CleaningPolicy]:
    """The cleaning rules that are a user's own."""
    rules = {name: rule.policy for name, rule in scenario.cleaning.items() if rule.policy is not None}
    return {name: _imported(rule, "", ("cleaning", name, "policy")) for name, rule in rules.items()}


def _imported(rule: Any, room: str, path: tuple[str, ...]) -> Any:
    """A rule, or what a dotted path means."""
    if not isinstance(rule, str):
        return rule
    module, _, name = rule.rpartition(":") if ":" in rule else (room, "", rule)
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise LayoutError([Fault(path, f"can't import {rule!r}: {error}")]) from error

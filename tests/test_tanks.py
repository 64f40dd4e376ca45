"""What holds of utilities in every plant: levels and peaks against what was drawn, reckoned anew from the rows."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import wraps

import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from plants import fresh, levels, outages, parted, play, rich, scenarios
from test_invariants import HALTS, instants

from plantsim.chance import HOUR
from plantsim.demand import pieces
from plantsim.record import RowTuple
from plantsim.scenario import Scenario
from plantsim.state import apply, draws, fine, level_at

Drawn = tuple[int, int, float]  # from, until [ms], rate


def made_up(check: Callable[[Scenario, list[RowTuple]], None]) -> Callable[[], None]:
    """Let a check look at the runs of many small plants, of the rich one and of the one with parts."""

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(scenarios())
    @example(rich(300.0))
    @example(parted(200.0))
    def look(scenario: Scenario) -> None:
        check(scenario, play(scenario))

    @wraps(check)
    def test() -> None:
        look()

    del test.__wrapped__
    return test


def drawn(scenario: Scenario, rows: list[RowTuple]) -> dict[str, list[Drawn]]:
    """All that was drawn of each utility: what each stint and job began with, until its end or a halt."""
    state = fresh(scenario)
    found: dict[str, list[tuple[int, int, float, str]]] = {name: [] for name in scenario.utilities}
    for row in rows:
        time, kind, unit, batch, *_, detail = row
        apply(state, row)
        if kind in HALTS and (batch or kind == "halt"):
            halted = batch or unit
            for uses in found.values():
                uses[:] = [(begin, min(end, time), rate, who) if who == halted else (begin, end, rate, who)
                           for begin, end, rate, who in uses]  # fmt: skip
        if kind != "begin":
            continue
        if batch:
            b = state.batches[batch]
            stint = b.plan[b.stint]
            worked = stint[1] - b.left
            new = [(name, rate, held - worked) for name, rate, held in stint[2] if held > worked]
        elif unit:
            job = state.tended(unit).jobs[detail if isinstance(detail, str) else detail[0]]
            new = [(name, rate, job.left) for name, rate in job.uses]
        else:
            key = detail if isinstance(detail, str) else detail[0]
            new = list(state.samples[key].uses)
        for name, rate, ms in new:
            if name in found:
                found[name].append((time, time + ms, rate, batch or unit or str(detail)))
    return {name: [use[:3] for use in uses if use[1] > use[0]] for name, uses in found.items()}


@made_up
def test_levels_stay_between_the_least_and_full(scenario: Scenario, rows: list[RowTuple]) -> None:
    """Of each tank, at each time at which a draw begins or ends, reckoned in fractions from what was drawn."""
    until = int(scenario.run.horizon * HOUR)
    stops = outages(scenario, rows, until)
    for name, uses in drawn(scenario, rows).items():
        utility = scenario.utilities[name]
        for time, level in levels(scenario, name, uses, until, stops[name]):
            assert Fraction(str(utility.least)) <= level <= Fraction(str(utility.tank or 0.0)), (name, time)


@made_up
def test_nobody_draws_above_the_peak(scenario: Scenario, rows: list[RowTuple]) -> None:
    """The rates of all that is drawn of a utility at one time add up to no more than it gives at once."""
    for name, uses in drawn(scenario, rows).items():
        for begin, _, _ in uses:
            assert sum(rate for here, there, rate in uses if here <= begin < there) <= scenario.utilities[name].most


@made_up
def test_the_level_of_the_state_is_that_of_what_was_drawn(scenario: Scenario, rows: list[RowTuple]) -> None:
    """At each instant, and half an hour after it, exactly."""
    uses, stops = drawn(scenario, rows), outages(scenario, rows, int(scenario.run.horizon * HOUR))
    for now, state in instants(scenario, rows):
        for name, tank in state.tanks.items():
            here = [use for use in uses[name] if use[0] <= now]
            for time in (now, now + HOUR // 2):
                reckoned = (
                    levels(scenario, name, here, time, stops[name])[-1][1]
                    if time
                    else Fraction(str(scenario.utilities[name].stock[2]))
                )
                known = level_at(tank, draws(state.pools[name], tank.since), time)
                cut = any(now <= end < time or begin > now for begin, end, _ in uses[name])
                cut = cut or any(now < at < time for stop in stops[name] for at in stop)
                if time == now or not cut:
                    assert known == reckoned * 1000 * HOUR, (name, now)


@made_up
def test_what_is_made_is_what_is_drawn_and_what_the_level_rises(scenario: Scenario, rows: list[RowTuple]) -> None:
    """In whole numbers: of each stretch no less than nothing and no more than is made, and all of them together."""
    until = int(scenario.run.horizon * HOUR)
    stops = outages(scenario, rows, until)
    for name, uses in drawn(scenario, rows).items():
        tank = fresh(scenario).tanks[name]
        frame = pd.DataFrame(uses, columns=["start", "end", "number"])
        found = list(pieces(frame[frame["start"] < until], tank, 0, max(until, *frame["end"], until), stops[name]))
        made = [rate * (end - begin) + last - first for begin, end, rate, first, last in found]
        assert all(0 <= each <= tank.makes * (end - begin) for each, (begin, end, *_) in zip(made, found, strict=True))
        total = sum(fine(rate) * (end - begin) for begin, end, rate in uses)
        assert sum(made) == total + found[-1][4] - tank.level

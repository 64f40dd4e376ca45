"""Minor stops of a run, gathered in an act after it: no event, and no row of their own."""

from __future__ import annotations

from plantsim.chance import Streams
from plantsim.state import Plan, StintPlan
from plantsim.stops import ACT, MinorStops


def with_stops(plan: Plan, stops: MinorStops, address: str, streams: Streams) -> Plan:
    """The plan in which the run takes as much longer as the minor stops within it."""
    return tuple([_stopped(stint, stops, address, streams) for stint in plan])


def _stopped(stint: StintPlan, stops: MinorStops, address: str, streams: Streams) -> StintPlan:
    acts, ms, uses, begins, ends, left = stint
    k = next((k for k, (act, _) in enumerate(acts) if act == "run"), None)
    more = 0 if k is None else stops.within(acts[k][1], address, streams)
    if k is None or not more:
        return stint
    over = sum([length for _, length in acts[: k + 1]])
    held = tuple([(pool, number, until + more if until >= over else until) for pool, number, until in uses])
    later = ends + more if ends > over else ends
    return (*acts[: k + 1], (ACT, more), *acts[k + 1 :]), ms + more, held, begins, later, left

"""What a model draws of the plant's utilities while its step runs: lent as one profile, all of it or none.

A profile is written as draws that begin with the run and end at its corners: a rate that rises later is less than
nothing until then.  So 10 kg/h for 1 h and 30 kg/h for another are (30, 2 h) and (-20, 1 h); what is left of it after
any time is what has not ended yet, and levels are reckoned as if each were a draw of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from plantsim.chance import milliseconds
from plantsim.state import Plan, StintPlan, Uses, fine
from plantsim.state.tanks import FINE

if TYPE_CHECKING:
    from plantsim.contracts import Flow


def lent(flows: Mapping[str, Flow], run: int, utilities: Collection[str]) -> Uses:
    """What a run of so long [ms] claims of the utilities that there are; other names are only told."""
    names = [name for name in sorted(flows) if name in utilities]
    return tuple([(name, rate, until) for name in names for rate, until in _signed(flows[name], run)])


def _signed(flow: Flow, run: int) -> list[tuple[float, int]]:
    """(rate, until [ms]) of a flow over a run: with each end, what is drawn before it and no longer after it."""
    rates = {0: 0}  # from [ms] on; of several at one time the last counts
    rates |= {at: fine(rate) for at, rate in ((milliseconds(hours), rate) for hours, rate in flow) if at < run}
    times = sorted(rates)
    steps = zip(times, [*times[1:], run], strict=True)
    found = [(rates[at] - (rates[until] if until < run else 0), until) for at, until in steps]
    return [(rate / FINE, until) for rate, until in found if rate and until]


def with_draws(plan: Plan, uses: Uses) -> Plan:
    """The plan in which the run claims this, too: as it begins, so that it is in a stint that begins with it."""
    if not uses:
        return plan
    stints = list[StintPlan]()
    for stint in plan:
        if any(act == "run" for act, _ in stint[0]):
            stints += _before_run(stint)
            acts, ms, own, *rest = stints.pop()
            stints.append((acts, ms, (*own, *uses), *rest))  # type: ignore[arg-type]
        else:
            stints.append(stint)
    return tuple(stints)


def _before_run(stint: StintPlan) -> list[StintPlan]:
    """A stint in two, of which the second begins with the run; or as it is, if it does already."""
    acts, ms, uses, begins, ends, left = stint
    if not begins:
        return [stint]
    k = next(k for k, (act, _) in enumerate(acts) if act == "run")
    early = tuple([(pool, number, min(held, begins)) for pool, number, held in uses])
    late = tuple([(pool, number, held - begins) for pool, number, held in uses if held > begins])
    return [(acts[:k], begins, early, 0, 0, left), (acts[k:], ms - begins, late, 0, ends - begins, left)]

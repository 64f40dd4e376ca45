"""Verifications of cleans: who is needed for how long, and what waits for the verdict; each worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, state_at
from test_cleaning import mill, rows, two_mills

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase, Verification
from plantsim.engine.simulate import simulate
from plantsim.laws import Uniform
from plantsim.load import Load
from plantsim.plant import Pool
from plantsim.utility import Utility


def swabbed(verify: Verification, **more: Any) -> Any:
    """Two mills that are done at 1 h and cleaned for 1 h at once, then verified; one operator."""
    clean = Clean(time=1.0, verify=verify, **more)
    return {
        "cleaning": {"wet": Cleaning(when="at once", cleans={"minor": clean})},
        "pools": {"operator": Pool(count=1)},
    }


def test_a_swab_needs_a_hand_for_its_minutes_and_then_waits_for_the_laboratory() -> None:
    """Cleaned from 1 h to 2 h; a swab takes 15 min of the one operator, its verdict comes 4 h after its start.

    He takes those of m-1 from 2 h to 2.25 h and of m-2 to 2.5 h; they are known to be clean at 6 h and at 6.25 h.
    """
    scenario = two_mills(**swabbed(Verification(time=4.0, needs={"operator": 1}, hands_on=0.25)))
    assert rows(scenario, "clean", "phase", "wait", "begin", "cleaned") == lines(
        """
        1 clean m-1 minor
        1 clean m-2 minor
        2 phase m-1 minor
        2 phase m-2 minor
        2 begin m-1
        2 wait m-2 operator
        2.25 phase m-1 minor
        2.25 begin m-2
        2.5 phase m-2 minor
        6 cleaned m-1 minor
        6.25 cleaned m-2 minor
        """
    )
    run = simulate(scenario).check()
    uses = run.spans("pools")
    assert uses[["start", "end", "who"]].to_numpy().tolist() == [[2.0, 2.25, "m-1"], [2.25, 2.5, "m-2"]]
    acts = run.phases()
    own = acts[acts["unit"] == "m-1"][["start", "end", "act"]]
    assert own.to_numpy().tolist() == [
        [1.0, 2.0, "clean minor"],
        [2.0, 2.25, "clean minor: verification"],
        [2.25, 6.0, "clean minor: verdict"],
    ]


@pytest.mark.parametrize("hands_on", [None, 0.5, 3.0])
def test_a_look_needs_its_operator_for_its_minutes(hands_on: float | None) -> None:
    """Half an hour each, one after the other: clean at 2.5 h and 3 h; nobody is needed for longer."""
    scenario = two_mills(**swabbed(Verification(time=0.5, needs={"operator": 1}, hands_on=hands_on)))
    assert rows(scenario, "cleaned") == ["2.5 cleaned m-1 minor", "3 cleaned m-2 minor"]
    assert "verdict" not in " ".join(simulate(scenario).phases()["act"])


@pytest.mark.parametrize(("work", "over"), [("finish", 6.0), ("pause", 14.0), ("restart", 14.0)])
def test_a_shift_end_cuts_the_hand_and_not_the_wait(work: str, over: float) -> None:
    """A swab of 2 h from 2 h on, of 4 h to the verdict; the operator leaves at 3 h and is back at 11 h for the rest.

    That is done at 12 h, and 2 h later the verdict is there, though he has left at 13 h again.
    """
    parts: Any = swabbed(Verification(time=4.0, needs={"operator": 1}, hands_on=2.0), work=work)
    parts["pools"] = {"operator": Pool(count=1, calendar="day")}
    parts["calendars"] = {"day": Calendar(open=((0.0, 3.0), (11.0, 13.0)), period=24.0)}
    scenario = mill(parts["cleaning"]["wet"], ("A", 0), until=24.0, pools=parts["pools"], calendars=parts["calendars"])
    halts = [] if work == "finish" else ["3 halt m-1 operator"]
    assert rows(scenario, "halt", "cleaned") == [*halts, f"{over:g} cleaned m-1 minor"]


def test_a_rinse_sample_draws_water_while_it_is_taken() -> None:
    """15 min at 200 L/h are 50 L; nothing while the verdict is awaited."""
    verify = Verification(time=4.0, needs={"wfi": 200.0}, hands_on=0.25)
    rule = Cleaning(when="at once", cleans={"minor": Clean(phases={"rinse": Phase(time=1.0)}, verify=verify)})
    run = simulate(mill(rule, ("A", 0), until=9.0, utilities={"wfi": Utility(peak=500.0)})).check()
    assert run.phases()["wfi"].tolist() == [0.0, 50.0, 0.0]


def test_a_run_goes_on_from_the_midst_of_a_swab_and_of_the_wait_for_its_verdict() -> None:
    """Taken up again at each of these times, all comes as before; ahead, the verdict of a swab is drawn anew."""
    law = Uniform(low=1.0, high=9.0)
    scenario = two_mills(**swabbed(Verification(time=law, needs={"operator": 1}, hands_on=0.25, fails=0.4)))
    whole = list(simulate(scenario, seed=3).record)
    for hour in (1.5, 2.0, 2.1, 2.25, 2.4, 3.0):
        state = state_at(scenario, whole, int(hour * HOUR))
        later = [row for row in whole if row[0] > hour * HOUR]
        assert list(simulate(scenario, seed=3, start=state).record) == later, hour
    ends = set()
    for seed in range(12):
        ahead = simulate(scenario, seed=seed, start=state_at(scenario, whole, 3 * HOUR), luck="ahead").check()
        ends.add(next(row[0] for row in ahead.record if row[1] in ("cleaned", "unclean") and row[2] == "m-1"))
    assert len(ends) == 12
    assert min(ends) > 3 * HOUR


def test_the_load_of_a_pool_counts_the_time_on_hand() -> None:
    """A batch is followed by a swab of 15 min, of 4 h to the verdict: a quarter of an hour of the operator."""
    hours = {}
    for hands_on in (None, 0.25):
        verify = Verification(time=4.0, needs={"operator": 1}, hands_on=hands_on)
        parts = swabbed(verify)
        scenario = mill(parts["cleaning"]["wet"], ("A", 0), ("A", 5), pools=parts["pools"])
        hours[hands_on] = next(each.hours for each in Load(scenario).of_pools() if each.name == "operator")
    assert hours == {None: pytest.approx(4.0), 0.25: pytest.approx(0.25)}

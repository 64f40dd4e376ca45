"""What models draw is lent by the plant's utilities: profiles that rise and fall, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plants import carried, fresh, lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.contracts import Charge, Draw, Equipment, Flow, Outcome
from plantsim.engine.simulate import simulate
from plantsim.engine.tank import Tank
from plantsim.errors import ModelError
from plantsim.laws import Constant
from plantsim.plant import Failure, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.state import fine
from plantsim.state.stints import lend
from plantsim.step import Step
from plantsim.utility import Utility

RISING: Flow = ((0.0, 10.0), (1.0, 30.0))  # 10 kg/h for an hour, then 30 kg/h


def heats(flow: Flow = RISING, hours: float = 2.0, name: str = "steam") -> Any:
    """A model that draws so over its run."""

    def model(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return Outcome(hours, charge, draws={name: flow})

    return model


def plant(model: Any = None, batches: int = 1, step: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """Vessels that heat, from steam at 200 kg/h unless told otherwise."""
    steps = {"heat": Step(on="vessel", model=model or heats(), **(step or {}))}
    more.setdefault("units", {"v": Unit(kind="vessel", count=batches)})
    more.setdefault("utilities", {"steam": Utility(unit="kg", peak=200.0)})
    return small(steps, batches=batches, **more)


def drawn(scenario: Scenario) -> list[tuple[float, float, float]]:
    """(from [h], until [h], rate) of all that is drawn of steam."""
    frame = simulate(scenario).check().utility("steam")
    return [(s, e, d) for s, e, d in zip(frame["start"], frame["end"], frame["drawn"], strict=True) if d]


def test_a_model_draws_what_it_says_from_when_its_run_begins() -> None:
    """Charged for half an hour, it draws 10 kg/h from 0.5 h on and 30 kg/h from 1.5 h to 2.5 h: 40 kg."""
    scenario = plant(step={"charge": 0.5})
    assert drawn(scenario) == [(0.5, 1.5, 10.0), (1.5, 2.5, 30.0)]
    run = simulate(scenario)
    assert told(run.record, "begin", "leave") == ["0.5 begin v-1 o/1", "2.5 leave v-1 o/1"]
    uses = run.all_spans["pools"]
    assert (uses["number"] * (uses["end"] - uses["start"])).sum() / HOUR == 40.0
    assert set(uses["who"]) == {"o/1"}


def test_needs_and_draws_add() -> None:
    """A jacket needs 5 kg/h for as long as it runs, whatever the model draws: 15 kg/h for 1 h, then 35 kg/h."""
    assert drawn(plant(step={"needs": {"run": {"steam": 5.0}}})) == [(0.0, 1.0, 15.0), (1.0, 2.0, 35.0)]


def test_what_nobody_makes_is_only_told() -> None:
    """No utility is named nitrogen: nobody waits for it, and its profile stands in the outcome."""
    scenario = plant(heats(name="nitrogen"))
    run = simulate(scenario)
    assert told(run.record, "begin", "wait") == []
    assert [row[8][5] for row in run.record if row[1] == "outcome"] == [{"nitrogen": RISING}]


def test_a_profile_waits_until_its_highest_rate_has_room() -> None:
    """50 kg/h at most: 10, then 30 kg/h twice.  The second may begin as the first rises?  At s hours after the first:
    for s = 0 both rise to 60 kg/h; for 0 < s < 2 some of the last hour of one meets that of the other, until s = 1: 30
    and 10 kg/h, then 30 kg/h alone.  So the second begins at 1 h, and the third at 2 h.
    """
    scenario = plant(batches=3, utilities={"steam": Utility(unit="kg", peak=50.0)})
    assert told(play(scenario), "begin", "wait") == lines("""
        0 begin v-1 o/1
        0 wait v-2 o/2 steam
        0 wait v-3 o/3 steam
        1 begin v-2 o/2
        2 begin v-3 o/3
    """)


def test_who_draws_little_finds_room_before_another_rises_and_none_after() -> None:
    """100 kg/h at most.  a draws 10 kg/h for 4 h, then 100 kg/h for 1 h.  b wants 50 kg/h for 3 h: at 0.5 h it ends in
    time; c, from 2 h on, would meet the rise: it waits for its end at 5 h, though 90 kg/h are free when it asks.
    """
    flows: dict[str, tuple[Flow, float]] = {
        "a": (((0.0, 10.0), (4.0, 100.0)), 5.0),
        "b": (((0.0, 50.0),), 3.0),
        "c": (((0.0, 50.0),), 3.0),
    }
    products = {
        name: Product(batch=1.0, steps={"s": Step(on=name, model=heats(flow, hours))})
        for name, (flow, hours) in flows.items()
    }
    orders = {
        name: Order(product=name, batches=1, release="at once", start=at)
        for name, at in (("a", 0.0), ("b", 0.5), ("c", 2.0))
    }
    scenario = small({}, units={name: Unit(kind=name) for name in "abc"}, products=products, orders=orders,
                     utilities={"steam": Utility(unit="kg", peak=100.0)})  # fmt: skip
    assert told(play(scenario), "begin") == ["0 begin a-1 a/1", "0.5 begin b-1 b/1", "5 begin c-1 c/1"]


def test_the_level_carries_a_profile_to_its_end() -> None:
    """100 kg are there, 20 kg/h are made.  10 kg/h for 1 h, 120 kg/h for another: full to 1 h, then 0 kg at 2 h.

    The second, s hours later, must not meet the first's peak (it would need 2 x 120 - 20 kg an hour): its own peak
    begins at s + 1 h and needs the whole tank, which fills at 10 kg/h from 2 h while it draws 10 kg/h, else at 20 kg/h.
    From s to s + 1: 20 (s - 2) + 10 = 100, so that s = 6.5 h.
    """
    scenario = plant(heats(((0.0, 10.0), (1.0, 120.0))), batches=2,
                     utilities={"steam": Utility(unit="kg", makes=20.0, tank=100.0)})  # fmt: skip
    assert told(play(scenario), "begin") == ["0 begin v-1 o/1", "6.5 begin v-2 o/2"]
    frame = simulate(scenario).utility("steam")
    assert frame["level"].min() == 0.0


def test_a_halted_run_gives_back_and_claims_the_rest_of_its_profile() -> None:
    """Closed from 0.5 to 1 h: 10 kg/h from 0 to 0.5 h and from 1 to 1.5 h, then 30 kg/h for 1 h."""
    calendars = {"shift": Calendar(open=((0.0, 0.5), (1.0, 100.0)), period=100.0)}
    scenario = plant(units={"v": Unit(kind="vessel", calendar="shift", work="pause")}, calendars=calendars)
    assert drawn(scenario) == [(0.0, 0.5, 10.0), (1.0, 1.5, 10.0), (1.5, 2.5, 30.0)]


def test_a_load_draws_for_all_that_is_in_it() -> None:
    """Two batches of 100 kg: twice 10, then twice 30 kg/h, though the model is called for one."""
    scenario = small({"heat": Step(on="vessel", model=heats())}, units={"v": Unit(kind="vessel", holds=2)},
                     utilities={"steam": Utility(unit="kg", peak=200.0)})  # fmt: skip
    assert drawn(scenario) == [(0.0, 1.0, 20.0), (1.0, 2.0, 60.0)]


def test_a_capacity_counts_what_models_draw() -> None:
    """40 kg a batch, of 200 kg/h that are made for 168 h a week: 840 batches."""
    (limit,) = [each for each in plant().mean().limits if each.name == "steam"]
    assert limit.hours == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("utility", "said"),
    [
        (Utility(unit="kg", peak=25.0), "draws 30 of 'steam', which gives at most 25 at once"),
        (Utility(unit="kg", makes=25.0), "draws 30 of 'steam', which gives at most 25 at once"),
        (Utility(unit="kg", makes=5.0, tank=20.0), "draws more of 'steam' than a full tank carries to the end"),
    ],
)
def test_what_can_never_be_drawn_is_said_at_once(utility: Utility, said: str) -> None:
    """30 kg/h are drawn from 1 h to 2 h: more than a peak of 25 kg/h, or than 25 kg/h that are made without a tank.

    With 5 kg/h and a full tank of 20 kg, the first hour takes 10 - 5 = 5 kg of it and
    the second 30 - 5 = 25 kg: too much.
    """
    with pytest.raises(ModelError) as caught:
        simulate(plant(utilities={"steam": utility}))
    assert str(caught.value).startswith("a layout without a name: step 'heat' of 'p', batch o/1 on v-1: ")
    assert str(caught.value).endswith(said)


def test_the_future_is_equal_from_any_time() -> None:
    """Two vessels, failures and a tank that runs short: the rest of a run resumed at any row is the rest of the run."""
    seal = {"seal": Failure(after=Constant(value=0.7), repair=Constant(value=0.3), work="pause")}
    units = {"v": Unit(kind="vessel", count=3, failures=("seal",))}
    flow = ((0.0, 0.0), (0.25, 40.0), (0.5, 10.0), (1.5, 70.0))
    scenario = plant(heats(flow), 3, units=units, failures=seal, run={"horizon": 20.0},
                     orders={"o": Order(product="p", batches=9, release="as taken")},
                     utilities={"steam": Utility(unit="kg", makes=30.0, tank=90.0)})  # fmt: skip
    rows = play(scenario)
    assert len(rows) > 60
    assert sum(row[1] == "done" for row in rows) == 9
    for time in sorted({row[0] for row in rows[::4]} | {row[0] + 1234 for row in rows[::6]}):
        state = state_at(scenario, rows, time)
        assert play(scenario, start=state) == [row for row in rows if row[0] > time]


# ---- the first start at which a profile is carried -------------------------------------------------------------------

GRAIN, STEP = 60_000, 5_000  # ms
profiles = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 6)), min_size=1, max_size=3)


def signed(profile: list[tuple[int, int]]) -> list[tuple[float, int]]:
    """(rate, until [ms]) of pieces (minutes, rate)."""
    found, at = [], 0
    for k, (minutes, rate) in enumerate(profile):
        at += minutes * GRAIN
        found.append((float(rate - (profile[k + 1][1] if k + 1 < len(profile) else 0)), at))
    return [each for each in found if each[0]]


@settings(max_examples=60)
@given(st.lists(profiles, max_size=2), profiles, st.integers(1, 6), st.integers(1, 40))
def test_the_first_start_is_the_first_of_all(there: list[Any], claim: Any, makes: int, tank: int) -> None:
    """Against trying every five seconds, with levels reckoned in fractions, of one tank and up to two draws."""
    utility = Utility(unit="kg", makes=float(makes), tank=tank / 40, peak=9.0)
    scenario = plant(utilities={"steam": utility})
    state = fresh(scenario)
    desk = Tank(0, "steam", utility, state)
    for k, each in enumerate(there):
        own = [("steam", rate, until) for rate, until in signed(each)]
        if desk.lends(tuple(own), 0):
            for _, rate, until in own:
                lend(state, "steam", (until, rate, f"b{k}"), 0)
    uses = tuple(("steam", rate, until) for rate, until in signed(claim))
    if not uses:
        return
    first = desk.first([(held, fine(rate)) for _, rate, held in uses], 0)
    seconds = range(0, 20 * GRAIN, STEP)
    tried = next((at for at in seconds if carried(scenario, state, "steam", uses, at)), None)
    if tried is None:
        assert first > 20 * GRAIN - STEP or desk.never(uses)
    else:
        assert tried - STEP < first <= tried
        assert carried(scenario, state, "steam", uses, first)

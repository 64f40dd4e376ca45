"""A clean is cut by the end of a shift and by what stops its unit, and goes on by its word; each worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import play, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.laws import Constant
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step


def mill(work: str, phases: dict[str, float], unit: dict[str, Any], **more: Any) -> Scenario:
    """One batch of an hour, after which the mill is cleaned at once."""
    needs = {"op": 1} if "pools" in more else {}
    clean = Clean(phases={name: Phase(time=hours) for name, hours in phases.items()}, needs=needs, work=work)  # type: ignore[arg-type]
    return Scenario(
        units={"m": Unit(kind="mill", cleaning="wet", **unit)},
        products={"a": Product(batch=100.0, steps={"s": Step(on="mill", time=1.0)})},
        orders={"o": Order(product="a", batches=1, release=Release(at_once=True))},
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": clean})},
        run={"horizon": 60.0},
        **more,
    )


def shift(hours: float) -> dict[str, Calendar]:
    return {"c": Calendar(open=((0.0, hours),), period=24.0)}


def by_crew(work: str) -> Scenario:
    pools = {"op": Pool(count=1, calendar="c")}
    return mill(work, {"p": 1.0, "q": 0.5}, {}, pools=pools, calendars=shift(2.0))


@pytest.mark.parametrize(("work", "ends"), [("finish", 2.5), ("pause", 24.5), ("restart", 25.5)])
def test_a_kept_crew_does_not_work_on_after_a_phase_that_ends_with_its_shift(work: str, ends: float) -> None:
    """Left at 1 h; p takes 1 h and q half an hour; op is there to 2 h, as p ends, and from 24 h on again.

    q is made from 24 h to 24.5 h; or both anew, to 25.5 h; what must finish is made at once, to 2.5 h.
    """
    assert told(play(by_crew(work)), "cleaned") == [f"{ends:g} cleaned m-1 minor"]


def broken(work: str) -> Scenario:
    failure = Failure(after=Constant(value=2.0), clock="calendar", repair=Constant(value=3.0))
    return mill(work, {"rinse": 2.0, "dry": 1.0}, {"failures": ("f",)}, failures={"f": failure}).replace(horizon=9.0)


@pytest.mark.parametrize(("work", "ends"), [("finish", 7.0), ("pause", 7.0), ("restart", None)])
def test_a_breakdown_of_its_unit_cuts_a_clean(work: str, ends: float | None) -> None:
    """Down from 2 to 5 h and from 7 h: of 2 h of rinse 1 h is made before, so 1 + 1 h are left, from 5 h to 7 h.

    What must finish pauses, too, in what is down. Repeated from 5 h on, it takes 3 h, of
    which the next failure leaves 2.
    """
    rows = play(broken(work))
    assert told(rows, "fail", "halt")[:2] == ["2 fail m-1 f", "2 halt m-1 f"]
    assert told(rows, "cleaned") == ([] if ends is None else [f"{ends:g} cleaned m-1 minor"])


def closed(work: str) -> Scenario:
    return mill(work, {"wash": 3.0}, {"calendar": "c"}, calendars=shift(2.0))


@pytest.mark.parametrize(("work", "ends"), [("finish", [4.0]), ("pause", [26.0]), ("restart", [])])
def test_the_closing_of_its_unit_cuts_a_clean_that_need_not_finish(work: str, ends: list[float]) -> None:
    """Open from 0 to 2 h of each day and left at 1 h: 1 h of 3 h is washed, then 2 h from 24 h to 26 h.

    What must finish is made to 4 h; begun anew each day, 3 h never fit.
    """
    assert told(play(closed(work)), "cleaned") == [f"{hour:g} cleaned m-1 minor" for hour in ends]


@pytest.mark.parametrize("plant", [by_crew, broken, closed])
@pytest.mark.parametrize("work", ["finish", "pause", "restart"])
def test_a_clean_that_is_cut_goes_on_after_a_resume(plant: Any, work: str) -> None:
    """From the state at each half hour, the rest of the rows is the same."""
    scenario = plant(work)
    rows = play(scenario)
    for half in range(1, 56):
        time = half * HOUR // 2
        if time < scenario.run.horizon * HOUR:
            assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]

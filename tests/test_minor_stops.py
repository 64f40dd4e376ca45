"""Minor stops: they lengthen a run, cost no event and no row, and are delay in ISO 22400; times in hours."""

from __future__ import annotations

from typing import Any

import pytest
from plants import fresh, hours, lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR, Streams
from plantsim.engine.simulate import lay, simulate
from plantsim.laws import Constant, Exponential
from plantsim.plant import Failure, Pool, Unit
from plantsim.record import Record
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.stops import MinorStops
from plantsim.utility import Utility

STOPS = MinorStops(every=Constant(value=0.5), lasts=Constant(value=0.1))


def press(step: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """A press that stops for 6 min after each 30 min that it has run."""
    unit = Unit(kind="press", minor_stops=STOPS, **more.pop("unit", {}))
    steps = {"press": Step(on="press", **({"time": 2.0} | (step or {})))}
    return small(steps, units={"p": unit}, **more)


def test_stops_within_a_run_lengthen_it() -> None:
    """2 h of run stop at 0.5, 1 and 1.5 h, not at its end: 3 stops of 6 min; the second batch ends at 4.6 h."""
    run = simulate(press()).check()
    assert hours(run.record, "done", "o/1") == [2.3]
    assert hours(run.record, "done", "o/2") == [4.6]
    assert run.minor_stops().loc["p-1"].tolist() == pytest.approx([0.6, 0.6 / 4.6])


def test_they_are_delay_in_iso_22400() -> None:
    """Two runs of 2 h are production, their stops of 0.3 h each are delay: 4 h of 4.6 h that the orders take."""
    figures = simulate(press(), horizon=4.6).iso22400().loc["p-1"]
    assert figures[["APT", "ADET", "ADOT"]].tolist() == pytest.approx([4.0, 0.6, 0.0])
    assert figures["utilisation efficiency"] == pytest.approx(4.0 / 4.6)


def test_crew_stays_for_them_and_the_discharge_comes_after_them() -> None:
    """Charge 0.25 h, run 2 h with 0.3 h of stops, discharge 0.25 h: the crew of charge and run is free at 2.55 h."""
    step = {"charge": 0.25, "discharge": 0.25, "needs": {"charge": {"crew": 1}, "run": {"crew": 1}}}
    run = simulate(press(step, batches=1, pools={"crew": Pool(count=1)})).check()
    use = run.all_spans["pools"]
    assert (use["end"] / HOUR).tolist() == [2.55]
    assert hours(run.record, "done", "o/1") == [2.8]
    acts = run.all_spans["units"]
    assert acts[acts["state"] == "busy"]["act"].tolist() == ["charge", "run", "minor stops", "discharge"]


def test_they_do_not_wear_the_unit() -> None:
    """It fails after 2.5 h run: 2 h in the first batch, which leaves at 2.3 h, and half
    an hour in the second, at 2.8 h.

    Mended at 3.8 h, it goes on with 1.8 h, 0.3 h of stops among them, to 5.6 h.
    """
    plant = press(unit={"failures": ("seal",)}, failures={"seal": Failure(after=2.5, repair=1.0)})
    assert told(simulate(plant, horizon=6.0).record, "fail", "repaired", "leave") == lines(
        """
        2.3 leave p-1 o/1
        2.8 fail p-1 o/2 seal
        3.8 repaired p-1 seal
        5.6 leave p-1 o/2
        """
    )


def test_they_cost_no_event_and_no_row() -> None:
    """Two batches of 2 h with three stops each cost as many events and rows as without."""

    def cost(plant: Scenario) -> tuple[int, int]:
        record = Record()
        floor = lay(plant, fresh(plant), Streams(1), record)
        floor.env.run(until=100 * HOUR)
        return next(floor.env._eid), len(record)

    plain = press()
    plain = plain.replace(units={"p": Unit(kind="press")})
    assert cost(press()) == cost(plain)


def test_luck_of_them_has_its_mean() -> None:
    """Stops at a rate of 4 an hour, 0.05 h each: of 2 h, 8 +- 2.8 stops; over 400 batches 0.4 h +- 4 x 0.007 h each."""
    law = MinorStops(every=Exponential(mean=0.25), lasts=Constant(value=0.05))
    plant = press(batches=400, run={"horizon": 2000.0}).replace(units={"p": Unit(kind="press", minor_stops=law)})
    stopped = simulate(plant).minor_stops().loc["p-1", "hours"]
    assert stopped / 400 == pytest.approx(0.4, abs=4 * 0.05 * (8 / 400) ** 0.5)


def test_the_mean_run_counts_them() -> None:
    """2 h of run and three stops of 6 min: 2.3 h."""
    assert next(iter(press().mean().limits)).hours == pytest.approx(2.3)


def slow_presses(makes: float, **more: Any) -> Scenario:
    """Two presses as above that draw 5 of air an hour, or half of it: 11.5 in 2 h of run and 0.3 h of stops."""
    unit = Unit(kind="press", count=2, minor_stops=STOPS, **more)
    steps = {"press": Step(on="press", time=2.0, needs={"run": {"air": 5.0}}, slows={"run": 0.5})}
    return small(steps, units={"p": unit}, utilities={"air": Utility(makes=makes)})


def test_a_run_that_is_slow_has_as_much_more_of_them() -> None:
    """Of 7.5 the first takes 5, and is done at 2.3 h; the second takes 2.5, and runs for 4 h with 0.6 h of stops."""
    run = simulate(slow_presses(7.5)).check()
    assert [hours(run.record, "done", name) for name in ("o/1", "o/2")] == [[2.3], [4.6]]
    acts = run.all_spans["units"]
    mine = acts[(acts["unit"] == "p-2") & (acts["state"] == "busy")]
    assert list(zip(mine["act"], mine["start"] / HOUR, mine["end"] / HOUR, strict=True)) == [
        ("run", 0.0, 4.0),
        ("minor stops", 4.0, 4.6),
    ]
    frame = run.utility("air")
    assert float((frame["drawn"] * frame["hours"]).sum()) == pytest.approx(2 * 11.5)
    assert run.minor_stops()["hours"].tolist() == pytest.approx([0.3, 0.6])


def test_a_slow_run_with_stops_goes_on_at_full_rate_after_a_halt() -> None:
    """p-2 is closed from 2.3 h to 3 h: half of it is done, the other half takes 1.15 h at the full rate, to 4.15 h.

    From any state it goes on the same.
    """
    calendar = Calendar(open=((0.0, 2.3), (3.0, 100.0)), period=100.0)
    plant = slow_presses(7.5)
    late = Unit(kind="press", minor_stops=STOPS, calendar="gap", work="pause")
    plant = plant.replace(units={"p": Unit(kind="press", minor_stops=STOPS), "q": late}, calendars={"gap": calendar})
    rows = play(plant)
    assert hours(rows, "done", "o/2") == [4.15]
    for hour in (0.0, 1.0, 2.3, 2.5, 3.0, 3.5, 4.0):
        state = state_at(plant, rows, int(hour * HOUR))
        assert play(plant, start=state) == [row for row in rows if row[0] > hour * HOUR], hour


def test_a_unit_must_run_between_two() -> None:
    """A law by which it stops again at once is refused."""
    with pytest.raises(ValueError, match="a unit must run for some time from one stop to the next"):
        MinorStops(every=Constant(value=0.0), lasts=Constant(value=0.1))


def test_a_forecast_of_a_slow_run_keeps_its_stops() -> None:
    """All is certain here: seen at 1 h, the fast one is done at 2.3 h and the slow one at 4.6 h."""
    run = simulate(slow_presses(7.5))
    ahead = simulate(run.scenario, start=run.state_at(1.0), luck="ahead")
    assert [hours(ahead.record, "done", name) for name in ("o/1", "o/2")] == [[2.3], [4.6]]

"""A halted step goes on from its state: without losses as if nothing had been, with them later by what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from operations import EXAMPLES, UNTOLD, Example
from plants import play, small, state_at

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.charge import StartingCharge
from plantsim.charts import profile
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import ModelError
from plantsim.plant import Unit
from plantsim.recipe import Product
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.twin import Twin
from plantsim.unitops import OPERATIONS
from plantsim.unitops.idle import cooled
from plantsim.utility import Utility

HEATING, ROOM = 30.0, 20.0  # K/h; °C


class Heating:
    """From what it is to 80 °C at 30 K/h, with 12 kW; in a halt it cools down to 20 °C, half of the way in an hour."""

    def __init__(self, idle: Callable[..., Charge] | None = None) -> None:
        self.loses = idle or (lambda charge, hours: cooled(charge, hours, half=1.0, room=ROOM))

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        hours = max(0.0, 80.0 - charge.temperature) / HEATING

        def inside(at: float) -> Charge:
            return charge.but(temperature=charge.temperature + HEATING * min(at, hours))

        return Outcome(hours, inside(hours), draws={"power": ((0.0, 12.0),)}, profile=inside)

    def idle(self, charge: Charge, hours: float, unit: Equipment) -> Charge:
        return self.loses(charge, hours)


def closing(*shut: tuple[float, float]) -> dict[str, Any]:
    """A vessel that is shut from time to time."""
    times = [0.0, *[at for each in shut for at in each], 1e5]
    calendar = Calendar(open=tuple(zip(times[::2], times[1::2], strict=True)), period=1e5)
    return {"units": {"v": Unit(kind="vessel", calendar="c", work="pause")}, "calendars": {"c": calendar}}


def heating(model: Any = None, step: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """One batch of 100 kg is heated from 20 to 80 °C."""
    steps = {"heat": Step(on="vessel", model=model or Heating(), **(step or {}))}
    products = {"p": Product(batch=100.0, steps=steps, charge=StartingCharge(temperature=20.0))}
    return small(steps, products=products, batches=1, **more)


def ends(run: Results) -> list[float]:
    """When batches are done [h]."""
    return [row[0] / HOUR for row in run.record if row[1] == "done"]


def test_what_has_cooled_down_is_heated_again() -> None:
    """2 h of heating; shut after 1 h, at 50 °C, for 1 h: down by half of 30 K to 35 °C.  45 K take 1.5 h: 3.5 h."""
    run = simulate(heating(**closing((1.0, 2.0)))).check()
    assert ends(run) == [3.5]
    charges = [(row[0] / HOUR, row[7], row[8]["temperature"]) for row in run.record if row[1] == "charge"]
    assert charges == [(0.0, "", 20.0), (2.0, "halt", 35.0), (3.5, "", 80.0)]
    assert ends(simulate(heating())) == [2.0]


def test_each_halt_costs_anew() -> None:
    """As above, and at 3 h, with 65 °C, for 2 h more: down to 20 + 45 / 4 = 31.25 °C; 48.75 K take 1.625 h from 5 h."""
    assert ends(simulate(heating(**closing((1.0, 2.0), (3.0, 5.0))))) == [6.625]


@pytest.mark.parametrize("needs", [{}, {"run": {"power": 1.0}}])
def test_what_is_heated_again_draws_again(needs: dict[str, Any]) -> None:
    """12 kW from 0 to 1 h and from 2 to 3.5 h: 30 kWh; 1 kW more, if it is needed, for the same 2.5 h."""
    power = Utility(unit="kWh", peak=50.0)
    run = simulate(heating(step={"needs": needs}, utilities={"power": power}, **closing((1.0, 2.0)))).check()
    rate = 12.0 + (1.0 if needs else 0.0)
    frame = run.utility("power")
    drawn = [each for each in zip(frame["start"], frame["end"], frame["drawn"], strict=True) if each[2]]
    assert drawn == [(0.0, 1.0, rate), (2.0, 3.5, rate)]


def test_the_future_is_equal_before_and_after_a_halt() -> None:
    """From the state at each row, and a second later, the rest of the rows is the same."""
    power = Utility(unit="kWh", peak=50.0)
    scenario = heating(utilities={"power": power}, **closing((1.0, 2.0), (3.0, 5.0)))
    rows = play(scenario)
    for time in sorted({row[0] + more for row in rows for more in (0, 1234)}):
        assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]


def test_what_happened_inside_shows_the_halt_as_a_jump() -> None:
    """20 °C at first, 50 °C after 1 h, 35 °C as it goes on, and 80 °C after 2.5 h = 150 min at work."""
    chart = profile(simulate(heating(**closing((1.0, 2.0)))), "o/1", "heat")
    (warm,) = [trace for trace in chart.data if trace.name == "temperature [°C]"]
    assert (warm.x[0], warm.x[-1]) == (0.0, 150.0)  # min
    assert (max(warm.y), warm.y[0], warm.y[240], warm.y[241]) == pytest.approx((80.0, 20.0, 50.0, 35.0))


def test_a_twin_does_not_take_a_halt_for_a_deviation() -> None:
    """A twin that sees what was played, with the halt of 1 h, finds nothing that it did not expect."""
    scenario = heating(**closing((1.0, 2.0)))
    assert Twin(scenario).observe(simulate(scenario).record).deviations().empty


def test_a_halt_that_gives_nonsense_is_a_fault_of_the_model() -> None:
    """A temperature that is no number is said with batch, unit and value."""
    freezes = Heating(lambda charge, hours: charge.but(temperature=float("nan")))
    with pytest.raises(ModelError, match=r"batch o/1 on v-1: .*Heating idle gives temperature = nan, which must be"):
        simulate(heating(freezes, **closing((1.0, 2.0))))


# ---- all operations --------------------------------------------------------------------------------------------------


class Kept:
    """A built-in operation that a halt does nothing to, but which is asked anew after it."""

    def __init__(self, example: Example) -> None:
        self.example = example

    def __call__(self, charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
        return self.example.model(charge, unit, draw)

    def idle(self, charge: Charge, hours: float, unit: Equipment) -> Charge:
        return charge


def test_each_operation_has_an_example() -> None:
    """A new one is added to `operations.WORDS`: what all of them must keep is tested on it."""
    assert [name for name in OPERATIONS if name not in EXAMPLES] == [*UNTOLD]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", EXAMPLES)
def test_without_losses_a_halt_changes_nothing(name: str, share: float) -> None:
    """Halted at a tenth, half, or nine tenths of it for 1 h, each operation ends 1 h later and gives the same."""
    example = EXAMPLES[name]
    plain = simulate(example.plant(Kept(example)))
    hours = next(row[8][0] for row in plain.record if row[1] == "outcome")
    run = simulate(example.plant(Kept(example), **closing((share * hours, share * hours + 1.0))))
    assert [row[7] for row in run.record if row[1] == "outcome"] == ["", "halt"]
    assert ends(run)[0] == pytest.approx(ends(plain)[0] + 1.0, rel=1e-6)
    (told_now, told_then) = ([row for row in each.record if row[1] == "charge"][-1] for each in (run, plain))
    assert told_now[6] == pytest.approx(told_then[6], rel=1e-6)
    assert told_now[8]["temperature"] == pytest.approx(told_then[8]["temperature"], rel=1e-6)
    for kind in ("composition", "quality"):
        assert told_now[8][kind] == pytest.approx(told_then[8][kind], rel=1e-6, abs=1e-9)

"""Batches that stand still for too long and go back to an earlier step, on plants worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, resumes, small, told
from test_halts import closing, ends, heating

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.laws import Constant, Trace
from plantsim.materials import Material, QualityTest, Rework
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility

BACK: dict[str, Any] = {"rework": "mix"}


def dried(lives: tuple[float, ...] = (1.0, 1000.0), then: Any = BACK, batches: int = 1, **more: Any) -> Scenario:
    """Mixed for 2 h, dried for 4 h; the dryer's seal goes after 1 h of work and takes 6 h; a pause may last for 2 h."""
    step = {"on": "dryer", "time": 4.0, "longest_pause": 2.0, "after_pause": then, **more.pop("step", {})}
    more.setdefault("units", {"mixer": Unit(kind="mixer"), "dryer": Unit(kind="dryer", failures=("seal",))})
    return small(
        {"mix": Step(on="mixer", time=2.0), **more.pop("first", {}), "dry": Step(**step), **more.pop("steps", {})},
        batches=batches,
        failures={"seal": Failure(after=Trace(times=lives), repair=Constant(value=6.0))},
        run={"horizon": 40.0},
        **more,
    )


# ---- halted for too long ---------------------------------------------------------------------------------------------


def test_a_batch_that_is_halted_for_too_long_is_done_again_from_an_earlier_step() -> None:
    """Dried from 2 h to 3 h; at 5 h it is taken out, and mixed to 7 h; the dryer is mended at 9 h: dried to 13 h."""
    assert told(resumes(dried()), "grant", "fail", "leave", "rework", "wait", "repaired", hide=()) == lines("""
        0 grant mixer-1 o/1
        2 grant dryer-1 o/1
        2 leave mixer-1 o/1
        3 fail dryer-1 o/1 seal
        5 leave dryer-1 o/1
        5 rework o/1 longest pause
        5 grant mixer-1 o/1
        7 wait mixer-1 o/1 dryer
        9 repaired dryer-1 seal
        9 grant dryer-1 o/1
        9 leave mixer-1 o/1
        13 leave dryer-1 o/1
    """)
    story = str(simulate(dried()).story("o/1")).splitlines()
    assert [line.split("  ")[2:] for line in story[3:5]] == [
        ["halted", "", "", "", "", "", "dryer-1", "dry", "seal"],
        ["busy (run)", "", "", "", "mixer-1", "mix"],
    ]


def test_it_goes_back_only_so_often_and_is_scrapped_then() -> None:
    """Dried from 9 h on, it is halted at 10 h again: scrapped at 12 h; twice allowed, mixed from 12 h to 14 h.

    The second repair is over at 16 h: dried to 20 h.
    """
    assert told(resumes(dried((1.0, 1.0, 1000.0))), "rework", "scrap", "done") == lines("""
        5 rework o/1 longest pause
        12 scrap o/1 longest pause
    """)
    rows = resumes(dried((1.0, 1.0, 1000.0), {**BACK, "most": 2}))
    assert told(rows, "rework", "scrap", "done") == lines("""
        5 rework o/1 longest pause
        12 rework o/1 longest pause
        20 done o/1
    """)


def test_a_failure_may_say_how_long_is_too_long_and_the_step_what_follows() -> None:
    """The seal says 1 h instead of the step's 2 h: taken out at 4 h, mixed to 6 h."""
    scenario = dried()
    seal = scenario.failures["seal"].model_copy(update={"longest_pause": 1.0})
    rows = resumes(scenario.replace(failures={"seal": seal}))
    assert told(rows, "rework", "done") == ["4 rework o/1 longest pause", "13 done o/1"]


@pytest.mark.parametrize(("then", "told_of"), [("scrap", "5 scrap o/1"), ("deviation", "5 deviation dryer-1 o/1")])
def test_or_it_is_scrapped_or_that_is_only_noted(then: str, told_of: str) -> None:
    """Noted, it goes on with the 3 h that are left at 9 h: done at 12 h."""
    rows = resumes(dried(then=then))
    end = ["12 done o/1"] if then == "deviation" else []
    assert told(rows, "rework", "scrap", "deviation", "done") == [f"{told_of} longest pause", *end]


def test_a_step_may_be_done_again_on_another_unit() -> None:
    """The other dryer takes it at 5 h: done at 9 h."""
    units = {
        "mixer": Unit(kind="mixer"),
        "dryer": Unit(kind="dryer", failures=("seal",)),
        "old": Unit(kind="dryer"),
    }
    rows = resumes(dried(then={"rework": "dry"}, units=units))
    assert told(rows, "rework", "grant", "done")[2:] == [
        "5 rework o/1 longest pause", "5 grant old-1 o/1", "9 done o/1",
    ]  # fmt: skip


def halted(how: str) -> Scenario:
    """Mixed to 1 h, dried for 4 h from then on; what it needs is away from 3 h to 9 h; a pause may last for 2 h."""
    away = {"away": Calendar(open=((0.0, 3.0), (9.0, 1000.0)), period=1000.0)}
    step: dict[str, Any] = {"on": "dryer", "time": 4.0, "longest_pause": 2.0, "after_pause": BACK, "work": "pause"}
    more: dict[str, Any] = {"calendars": away, "batches": 1, "run": {"horizon": 40.0}}
    unit: dict[str, Any] = {"kind": "dryer"}
    if how == "crew":
        more["pools"] = {"crew": Pool(count=1, calendar="away")}
        step["needs"] = {"run": {"crew": 1}}
    elif how == "unit":
        unit |= {"calendar": "away", "work": "pause"}
    else:
        more["utilities"] = {"steam": Utility(makes=100.0, failures=("trip",))}
        more["failures"] = {"trip": Failure(after=3.0, repair=6.0, clock="calendar")}
        step["needs"] = {"run": {"steam": 50.0}}
    more["units"] = {"mixer": Unit(kind="mixer"), "dryer": Unit(**unit)}
    return small({"mix": Step(on="mixer", time=1.0), "dry": Step(**step)}, **more)


@pytest.mark.parametrize("how", ["crew", "unit", "steam"])
def test_shift_ends_closed_units_and_lost_utilities_are_pauses_alike(how: str) -> None:
    """Halted at 3 h, it goes back at 5 h, is mixed to 6 h, and waits for the dryer or what that needs until 9 h.

    Of steam, the next trip comes at 12 h, 3 h after the repair: the second pause is over at 14 h, and it is scrapped.
    """
    rows = resumes(halted(how))
    end = "14 scrap o/1 longest pause" if how == "steam" else "13 done o/1"
    assert told(rows, "rework", "done", "scrap") == ["5 rework o/1 longest pause", end]


def test_a_load_goes_back_as_a_whole() -> None:
    """Both batches of the load: mixed from 5 h to 7 h and from 7 h to 9 h; they make one load again, to 13 h."""
    units = {
        "mixer": Unit(kind="mixer", count=2),
        "dryer": Unit(kind="dryer", holds=2, least=2, failures=("seal",)),
    }
    rows = resumes(dried(batches=2, units=units))
    assert told(rows, "rework", "done", "ride") == lines("""
        2 ride dryer-1 o/2
        5 rework o/2 longest pause
        5 rework o/1 longest pause
        9 ride dryer-1 o/2
        13 done o/1
        13 done o/2
    """)


def test_what_was_beside_is_left_and_containers_filled_since_are_poured_out() -> None:
    """The filter beside the dryer is free at 5 h, and so is the bin that the mixer filled: it is washed, 30 min."""
    steps = {
        "mix": Step(on="mixer", time=2.0, into="bin"),
        "dry": Step(on="dryer", time=4.0, longest_pause=2.0, after_pause=BACK, with_={"filter": 1}, out_of="bin"),
    }
    units = {
        "mixer": Unit(kind="mixer"),
        "dryer": Unit(kind="dryer", failures=("seal",)),
        "filter": Unit(kind="filter"),
        "bin": Unit(kind="bin", mobile=True, cleaning="wash"),
    }
    rows = resumes(dried(steps=steps, units=units, cleaning={"wash": Cleaning(when="at once", minor=0.5)}))
    assert told(rows, "rework", "empty", "leave", "cleaned", "fill") == lines("""
        0 fill bin-1 o/1
        2 leave mixer-1 o/1
        5 leave filter-1 o/1
        5 empty bin-1 o/1
        5 leave dryer-1 o/1
        5 rework o/1 longest pause
        5.5 cleaned bin-1 minor
        5.5 fill bin-1 o/1
        9 leave mixer-1 o/1
        13 leave filter-1 o/1
        13 empty bin-1 o/1
        13 leave dryer-1 o/1
        13.5 cleaned bin-1 minor
    """)


def test_what_the_finished_step_has_lost_is_lost_as_the_place_before_is_left() -> None:
    """Mixed to 2 h; the move to the dryer, 1 h, is halted at 2.5 h; at 4.5 h it goes back, out of the mixer.

    The mixer loses 2 kg at its start and half of the rest: 49 kg of 100; 47 / 2 = 23.5 kg as it is left again.
    Mixed anew to 6.5 h; the dryer is mended at 8.5 h: moved to 9.5 h and dried to 13.5 h.
    A tenth is given as salt.
    """
    salt: dict[str, Any] = {"gives": {"salt": 0.1}, "startup_loss": 2.0, "yield_": 0.5}
    first = {"mix": Step(on="mixer", time=2.0, **salt)}
    scenario = dried(first=first, step={"transfer": 1.0}, materials={"salt": Material()})
    trip = Failure(after=Trace(times=(2.5, 1000.0)), repair=Constant(value=6.0), clock="calendar")
    rows = resumes(scenario.replace(failures={"seal": trip}))
    found = [(row[0] / HOUR, row[1], row[2], row[6]) for row in rows if row[1] in ("leave", "rework", "done", "give")]
    assert found == [
        (4.5, "give", "mixer-1", 10.0), (4.5, "leave", "mixer-1", 49.0), (4.5, "leave", "dryer-1", 49.0),
        (4.5, "rework", "", 49.0), (9.5, "give", "mixer-1", 4.9), (9.5, "leave", "mixer-1", 23.5),
        (13.5, "leave", "dryer-1", 23.5), (13.5, "done", "", 23.5),
    ]  # fmt: skip


def test_what_waits_for_too_long_in_its_unit_has_lost_what_its_step_loses() -> None:
    """o/2 waits in the mixer from 4 h on; at 5 h it goes back with 49 kg of 100, and again waits from 7 h to 8 h.

    It is lost then, the second time: the mass that stands in the mixer is scrapped.
    """
    steps = {
        "mix": Step(on="mixer", time=2.0, hold=1.0, after_hold=Rework(rework="mix"), startup_loss=2.0, yield_=0.5),
        "dry": Step(on="dryer", time=9.0),
    }
    rows = resumes(small(steps, run={"horizon": 16.0}))
    assert [(row[0] / HOUR, row[1], row[2], row[6]) for row in rows if row[1] in ("leave", "rework", "scrap")] == [
        (2.0, "leave", "mixer-1", 49.0), (5.0, "leave", "mixer-1", 49.0), (5.0, "rework", "", 49.0),
        (8.0, "leave", "mixer-1", 49.0), (8.0, "scrap", "", 49.0), (11.0, "leave", "dryer-1", 49.0),
    ]  # fmt: skip


def test_what_was_added_before_the_halt_stays_in_the_batch() -> None:
    """5 kg of film are taken at 2 h, and 5 kg more at 9 h: 110 kg are done; what a charge says of it is mixed, too."""
    film: dict[str, Any] = {"takes": {"film": {"amount": 5.0, "adds": True}}}
    scenario = dried(step=film, materials={"film": Material(stock=50.0)})
    rows = resumes(scenario)
    assert [(row[0] // HOUR, row[6]) for row in rows if row[1] in ("rework", "done")] == [(5, 105.0), (13, 110.0)]
    recipe = scenario.products["p"].model_copy(update={"charge": {"composition": {"drug": 1.0}}})
    charged = scenario.replace(products={"p": Product(batch=100.0, steps=recipe.steps, charge=recipe.charge)})
    rows = resumes(charged)
    assert [(row[0] // HOUR, row[6]) for row in rows if row[1] in ("rework", "done")] == [(5, 105.0), (13, 110.0)]
    found = simulate(charged).state_at(8.0).batches["o/1"].charge
    assert found is not None and found["composition"] == pytest.approx({"drug": 100 / 105, "film": 5 / 105})


def test_what_a_model_has_done_until_the_halt_is_done() -> None:
    """Heated from 20 °C for 1 h to 50 °C; shut from 1 h to 4 h; taken out at 2 h, at 35 °C after an hour of cooling.

    The other 45 K are heated from 4 h on, in 1.5 h: done at 5.5 h.
    """
    step = {"longest_pause": 1.0, "after_pause": {"rework": "heat"}}
    run = simulate(heating(step=step, **closing((1.0, 4.0)))).check()
    assert ends(run) == [5.5]
    charges = [(row[0] / HOUR, row[8]["temperature"]) for row in run.record if row[1] == "charge"]
    assert charges == [(0.0, 20.0), (2.0, 35.0), (5.5, 80.0)]
    assert told(run.record, "rework") == ["2 rework o/1 longest pause"]


# ---- waiting for too long --------------------------------------------------------------------------------------------


def held(then: Any, batches: int = 2, **more: Any) -> Scenario:
    """Mixed for 2 h, held for 1 h at most, dried for 4 h; one mixer, a store and one dryer."""
    steps = {
        "mix": Step(on="mixer", time=2.0, hold=1.0, after_hold=then, **more.pop("mix", {})),
        "dry": Step(on="dryer", time=4.0),
    }
    return small(
        steps,
        batches=batches,
        buffers={"store": Buffer()},
        links=["mixer -> store -> dryer", "mixer -> dryer"],
        run={"horizon": 40.0},
        **more,
    )


def test_a_batch_that_waits_for_too_long_is_done_again() -> None:
    """The second batch waits in the store from 4 h on; at 5 h it goes back, is mixed to 7 h, and dried to 11 h."""
    assert told(resumes(held(BACK)), "store", "rework", "grant", "done") == lines("""
        0 grant mixer-1 o/1
        2 grant dryer-1 o/1
        2 grant mixer-1 o/2
        4 store store o/2 dryer
        5 rework o/2 hold
        5 grant mixer-1 o/2
        6 done o/1
        7 grant dryer-1 o/2
        11 done o/2
    """)


def test_it_goes_back_only_so_often() -> None:
    """o/2 is sent back at 5 h, while the mixer is busy with o/3 to 6 h, which finds the dryer free, to 10 h.

    o/2 is mixed from 6 h to 8 h, and waits again: at 9 h it is scrapped.
    """
    assert told(resumes(held(BACK, 3)), "rework", "scrap", "done") == lines("""
        5 rework o/2 hold
        6 done o/1
        9 scrap o/2 hold
        10 done o/3
    """)


def test_a_batch_that_was_sent_back_comes_from_no_step_whose_hold_it_could_break() -> None:
    """Mixed to 2 h, halted at 3 h, back to the dryer at 5 h, which takes it at 9 h: the hold of 1 h was that to 2 h."""
    steps = {"mix": Step(on="mixer", time=2.0, hold=1.0, after_hold="scrap")}
    rows = resumes(dried(then={"rework": "dry"}, first=steps))
    assert told(rows, "rework", "scrap", "done") == ["5 rework o/1 longest pause", "13 done o/1"]


def test_its_tests_are_dropped_as_it_goes_back() -> None:
    """The test at risk of o/2, taken at 4 h, would take 10 h: it is not made any more; the one of 7 h is, to 17 h."""
    more = {"mix": {"tests": {"assay": {"at_risk": True}}}, "tests": {"assay": QualityTest(time=10.0)}}
    rows = resumes(held(BACK, **more))
    assert told(rows, "sample", "accept") == lines("""
        2 sample o/1 assay
        4 sample o/2 assay
        7 sample o/2 assay
        12 accept o/1 assay
        17 accept o/2 assay
    """)
    verdicts = simulate(held(BACK, **more)).spans("samples")["verdict"].tolist()
    assert sorted(verdicts) == ["accept", "accept", "dropped"]


def test_a_unit_that_was_booked_for_it_is_free() -> None:
    """Zero wait: the filler is booked from 7 h on for o/1, whose dryer breaks down at 3 h; at 5 h it goes back.

    The filler is free for the other product, which comes at 6 h, at once; o/1 is dried again from 9 h to 13 h.
    """
    step = {"hold": 0.0}
    steps = {"fill": Step(on="filler", time=1.0)}
    base = dried(then={"rework": "dry"}, step=step, steps=steps, units={
        "mixer": Unit(kind="mixer"), "dryer": Unit(kind="dryer", failures=("seal",)), "filler": Unit(kind="filler"),
    })  # fmt: skip
    other = Product(batch=10.0, steps={"fill": Step(on="filler", time=3.0)})
    orders = {**base.orders, "z": Order(product="q", batches=1, release="at once", start=6.0)}
    scenario = base.replace(products={**base.products, "q": other}, orders=orders)
    assert told(resumes(scenario), "rework", "grant", "done")[2:] == lines("""
        5 rework o/1 longest pause
        6 grant filler-1 z/1
        9 done z/1
        9 grant dryer-1 o/1
        13 grant filler-1 o/1
        14 done o/1
    """)

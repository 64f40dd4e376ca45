"""Containers that go with a batch from the step that fills them to one that empties them; all times are in hours."""

from __future__ import annotations

from typing import Any

import pytest
from plants import fresh, lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, StuckPlant
from plantsim.kpi import utilisation
from plantsim.laws import Exponential, Trace, Uniform
from plantsim.materials import Material, QualityTest
from plantsim.plant import Buffer, Failure, Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.spans import in_hours, read
from plantsim.step import Step

ONCE = Release(at_once=True)
FILL = Step(on="mill", time=2.0, into="bin")  # type: ignore[arg-type]
PRESS = Step(on="press", time=3.0, out_of="bin")  # type: ignore[arg-type]


def bins(count: int = 2, steps: dict[str, Step] | None = None, **more: Any) -> Scenario:
    """A mill fills bins in 2 h, a press empties them in 3 h, a washer washes them in 1.5 h; a store between."""
    kinds = {"mill": Unit(kind="mill"), "press": Unit(kind="press")}
    more.setdefault("units", {**kinds, "bin": Unit(kind="bin", count=count, mobile=True, cleaning="bin wash")})
    more.setdefault("buffers", {"store": Buffer()})
    wash = Cleaning(when="at once", minor=1.5, needs={"washer": 1})
    return small(
        steps or {"grind": FILL, "press": PRESS},
        **{"batches": 3, "cleaning": {"bin wash": wash}, "pools": {"washer": Pool(count=1)}, **more},
    )


def test_an_order_that_is_released_as_taken_says_that_it_lacks_a_bin() -> None:
    """One bin, filled to 2, empty at 5 and clean at 6.5: from 2 on the mill is free and o/2 lacks the bin.

    From 8.5 on o/3 lacks it, which is washed from 11.5 to 13.
    """
    scenario = bins(1, release="as taken")
    run = simulate(scenario).check()
    assert told(run.record, "wait", "fill") == [
        "0 fill bin-1 o/1",
        "2 wait bin",
        "6.5 fill bin-1 o/2",
        "8.5 wait bin",
        "13 fill bin-1 o/3",
    ]
    assert run.why("o", at=4.0).links[0] == "o/2 stands ready, is not begun and waits for bin: bin-1 has o/1"
    assert [(wait.start, wait.end, wait.cause) for wait in run.long_waits(1.0) if wait.batch == "o/3"] == [
        (8.5, 13.0, "bin")
    ]
    rows = list(run.record)
    for hour in (2.0, 3.0, 6.5, 9.0):
        resumed = play(scenario, start=state_at(scenario, rows, int(hour * HOUR)))
        assert resumed == [row for row in rows if row[0] > hour * HOUR]


def test_the_third_batch_waits_until_a_bin_is_washed() -> None:
    """The bins are filled from 0 and from 2.  The first is empty at 5 and clean at 6.5: so long the mill stands still.
    The second, empty at 8, is clean at 9.5; the first once more at 11.5 and 13.  Made at 5, 8 and 11.5."""
    rows = play(bins())
    assert told(rows) == lines(
        """
        0 grant mill-1 o/1
        0 fill bin-1 o/1
        0 wait o/2 mill
        0 wait o/3 mill
        2 grant press-1 o/1
        2 leave mill-1 o/1
        2 grant mill-1 o/2
        2 fill bin-2 o/2
        4 store store o/2 press
        4 leave mill-1 o/2
        4 wait o/3 bin
        5 empty bin-1 o/1
        5 clean bin-1 minor
        5 leave press-1 o/1
        5 begin bin-1
        5 grant press-1 o/2
        5 leave store o/2
        6.5 cleaned bin-1 minor
        6.5 grant mill-1 o/3
        6.5 fill bin-1 o/3
        8 empty bin-2 o/2
        8 clean bin-2 minor
        8 leave press-1 o/2
        8 begin bin-2
        8.5 grant press-1 o/3
        8.5 leave mill-1 o/3
        9.5 cleaned bin-2 minor
        11.5 empty bin-1 o/3
        11.5 clean bin-1 minor
        11.5 leave press-1 o/3
        11.5 begin bin-1
        13 cleaned bin-1 minor
        """
    )


def test_a_bin_is_busy_or_holds_its_batch_from_filling_to_emptying() -> None:
    """The second waits in the store from 4 to 5, and its bin with it: 5 h busy, 1 h holding, 1.5 h cleaned of 20 h."""
    plant = bins(run={"horizon": 20.0})
    run = simulate(plant)
    units = in_hours(read(run.record, fresh(plant))["units"])
    stays = units[units["unit"] == "bin-2"][["start", "end", "state", "batch", "step", "cause"]]
    assert stays.to_dict("split")["data"] == [
        [0.0, 2.0, "idle", "", "", ""],
        [2.0, 4.0, "busy", "o/2", "grind", ""],
        [4.0, 5.0, "holding", "o/2", "press", "press"],
        [5.0, 8.0, "busy", "o/2", "press", ""],
        [8.0, 9.5, "cleaning", "", "", "minor"],
        [9.5, 20.0, "idle", "", "", ""],
    ]
    shares = utilisation(read(run.record, fresh(plant))["units"], (0, 20 * HOUR))
    assert shares.loc["bin-2"][["busy", "holding", "cleaning"]].tolist() == pytest.approx([5 / 20, 1 / 20, 1.5 / 20])
    assert run.why("o/3", 5.5).links[0] == "o/3 waits for bin: bin-1 is cleaned: minor; bin-2 has o/2"
    assert list(run.story("bin-2").frame["where"]) == ["", "o/2", "o/2", "o/2", "", ""]


def test_a_bin_that_is_emptied_is_granted_with_its_unit_or_not_at_all() -> None:
    """Who waits for a bin does not take the mill: b, which asks later and needs none, has it from 2 to 3."""
    plant = bins(
        1,
        products={
            "a": Product(batch=1.0, steps={"grind": FILL, "press": PRESS}),
            "b": Product(batch=1.0, steps={"grind": Step(on="mill", time=1.0)}),
        },
        orders={name: Order(product=name, batches=number, release=ONCE) for name, number in (("a", 2), ("b", 1))},
    )
    assert told(play(plant), "grant", "wait", "fill") == lines(
        """
        0 grant mill-1 a/1
        0 fill bin-1 a/1
        0 wait a/2 mill
        0 wait b/1 mill
        2 grant press-1 a/1
        2 grant mill-1 b/1
        3 wait a/2 bin
        6.5 grant mill-1 a/2
        6.5 fill bin-1 a/2
        8.5 grant press-1 a/2
        """
    )


def test_as_many_drums_as_the_mass_needs_are_emptied_together() -> None:
    """100 kg in drums of 30 kg are 4 of the 5: the second batch waits for the first to be pressed and washed, one drum
    after the other: at 5 + 1.5, 3.0, 4.5 h three are clean beside the fifth."""
    steps = {"grind": FILL.model_copy(update={"into": {"bin": 30.0}}), "press": PRESS}
    rows = play(bins(5, steps, batches=2))
    assert told(rows, "fill", "empty", "cleaned") == lines(
        """
        0 fill bin-1 o/1
        0 fill bin-2 o/1
        0 fill bin-3 o/1
        0 fill bin-4 o/1
        5 empty bin-1 o/1
        5 empty bin-2 o/1
        5 empty bin-3 o/1
        5 empty bin-4 o/1
        6.5 cleaned bin-1 minor
        8 cleaned bin-2 minor
        9.5 cleaned bin-3 minor
        9.5 fill bin-1 o/2
        9.5 fill bin-2 o/2
        9.5 fill bin-3 o/2
        9.5 fill bin-5 o/2
        11 cleaned bin-4 minor
        14.5 empty bin-1 o/2
        14.5 empty bin-2 o/2
        14.5 empty bin-3 o/2
        14.5 empty bin-5 o/2
        16 cleaned bin-1 minor
        17.5 cleaned bin-2 minor
        19 cleaned bin-3 minor
        20.5 cleaned bin-5 minor
        """
    )
    assert {row[6] for row in rows if row[1] in ("fill", "empty")} == {25.0}


def test_drums_are_counted_with_what_the_step_adds() -> None:
    """100 kg and 30 kg of salt are 130 kg, for which drums of 30 kg are 5, with 26 kg in each as they are emptied."""
    salt: Any = {"salt": {"amount": 30.0, "adds": True}}
    steps = {"grind": Step(on="mill", time=2.0, into={"bin": 30.0}, takes=salt), "press": PRESS}  # type: ignore[dict-item]
    rows = play(bins(6, steps, batches=1, materials={"salt": Material(stock=50.0)}))
    assert told(rows, "fill") == [f"0 fill bin-{k} o/1" for k in range(1, 6)]
    assert [(row[0] / HOUR, row[6]) for row in rows if row[1] == "empty"] == [(5.0, 26.0)] * 5


def test_the_transfer_of_a_load_empties_the_bins_of_all_that_ride() -> None:
    """Two bins are filled to 2 h and to 4 h; the press takes both batches at 4 h, and their transfer is over at 4.5 h.

    Both bins are dirty then, and washed one after the other, to 6 h and 7.5 h.
    """
    press = Step(on="press", transfer=0.5, time=3.0, out_of={"bin": "transfer"})
    plant = bins(2, {"grind": FILL, "press": press}, batches=2)
    plant = plant.replace(units={**plant.units, "press": Unit(kind="press", holds=2, least=2)})
    assert told(play(plant), "fill", "ride", "empty", "cleaned") == lines(
        """
        0 fill bin-1 o/1
        2 fill bin-2 o/2
        4 ride press-1 o/2
        4.5 empty bin-1 o/1
        4.5 empty bin-2 o/2
        6 cleaned bin-1 minor
        7.5 cleaned bin-2 minor
        """
    )


def test_a_step_may_pour_from_one_bin_into_another() -> None:
    """Sieved from 2 to 3 out of bin 1 into bin 2, which the press empties at 6."""
    sieve = Step(on="sieve", time=1.0, out_of="bin", into="bin")  # type: ignore[arg-type]
    plant = bins(2, {"grind": FILL, "sieve": sieve, "press": PRESS}, batches=1)
    plant = plant.replace(units={**plant.units, "sieve": Unit(kind="sieve")})
    assert told(play(plant), "fill", "empty", "cleaned") == lines(
        """
        0 fill bin-1 o/1
        2 fill bin-2 o/1
        3 empty bin-1 o/1
        4.5 cleaned bin-1 minor
        6 empty bin-2 o/1
        7.5 cleaned bin-2 minor
        """
    )


def test_the_mean_run_knows_how_long_a_bin_is_away() -> None:
    """2 h on the mill, 3 h on the press, 1.5 h in the washer: 6.5 h a batch, 3.25 h with two bins; with three the press
    is slower, with its 3 h.  Emptied by a transfer of 0.5 h, one bin is away for 4 h."""
    cycles = [{each.name: each.cycle for each in bins(count).mean().limits} for count in (2, 3)]
    assert [cycle["bin"] for cycle in cycles] == pytest.approx([3.25, 6.5 / 3])
    assert cycles[0]["press"] == 3.0
    press = Step(on="press", transfer=0.5, time=3.0, out_of={"bin": "transfer"})
    once = bins(1, {"grind": FILL, "press": press}).mean()
    assert {each.name: each.cycle for each in once.limits}["bin"] == pytest.approx(4.0)


def test_a_bin_may_be_emptied_by_the_transfer() -> None:
    """It takes from 2 to 2.5; then the one bin is washed till 4, and the mill fills it for the second from 4 to 6.
    The press has the first till 5.5; the second moves in from 6 to 6.5."""
    press = Step(on="press", transfer=0.5, time=3.0, out_of={"bin": "transfer"})
    assert told(
        play(bins(1, {"grind": FILL, "press": press}, batches=2)), "grant", "empty", "cleaned", "done", hide=()
    ) == lines(
        """
        0 grant mill-1 o/1
        2 grant press-1 o/1
        2.5 empty bin-1 o/1
        4 cleaned bin-1 minor
        4 grant mill-1 o/2
        5.5 done o/1
        6 grant press-1 o/2
        6.5 empty bin-1 o/2
        8 cleaned bin-1 minor
        9.5 done o/2
        """
    )


def test_the_wash_of_a_bin_may_have_phases() -> None:
    """Rinsed for 0.5 h with the washer, dried for 2 h without it: bins empty at 5 and 8 are clean 2.5 h later."""
    phases = {"rinse": Phase(time=0.5, needs={"washer": 1}), "dry": Phase(time=2.0)}
    plant = bins(cleaning={"bin wash": Cleaning(when="at once", cleans={"minor": Clean(phases=phases)})}, batches=2)
    assert told(play(plant), "clean", "phase", "cleaned") == lines(
        """
        5 clean bin-1 minor
        5.5 phase bin-1 minor
        7.5 cleaned bin-1 minor
        8 clean bin-2 minor
        8.5 phase bin-2 minor
        10.5 cleaned bin-2 minor
        """
    )


def test_a_batch_that_is_lost_leaves_its_bin_to_the_washer() -> None:
    """The press fails at 1 h of its run, at 3, and the batch is scrapped: its bin is clean at 4.5."""
    plant = bins(1, batches=1, failures={"wreck": Failure(after=1.0, repair=50.0, work="scrap")})
    plant = plant.replace(units={**plant.units, "press": Unit(kind="press", failures=("wreck",))})
    assert told(play(plant), "fail", "empty", "scrap", "cleaned") == lines(
        """
        3 fail press-1 o/1 wreck
        3 empty bin-1 o/1
        3 scrap o/1 wreck
        4.5 cleaned bin-1 minor
        """
    )


@pytest.mark.parametrize(
    ("back", "rows"),
    [
        ("sieve", "0 fill bin-1 o/1, 4 rework o/1 assay, 6 empty bin-1 o/1, 6 scrap o/1 assay"),
        (
            "grind",
            "0 fill bin-1 o/1, 4 empty bin-1 o/1, 4 rework o/1 assay, "
            "5.5 fill bin-1 o/1, 9.5 empty bin-1 o/1, 9.5 scrap o/1 assay",
        ),
    ],
)
def test_a_batch_that_goes_back_leaves_the_bins_filled_since(back: str, rows: str) -> None:
    """Sieved from 2 to 3, it has failed at 4.  Sieved again it keeps its bin, and has failed again at 6.  Ground again,
    it leaves it, has it clean at 5.5, is sieved from 7.5 to 8.5, and has failed again at 9.5."""
    sieve = Step(on="sieve", time=1.0, tests={"assay": {"rework": back}})  # type: ignore[dict-item]
    plant = bins(1, {"grind": FILL, "sieve": sieve, "press": PRESS}, batches=1)
    units = {**plant.units, "sieve": Unit(kind="sieve")}
    plant = plant.replace(units=units, tests={"assay": QualityTest(time=1.0, fails=1.0)})
    assert told(play(plant), "fill", "empty", "rework", "scrap") == rows.split(", ")


def test_who_waits_for_bins_that_others_wait_in_is_stuck() -> None:
    """o/1 stands in the store with the only bin and wants the press, in which o's rival waits for a bin of its own."""
    plant = bins(
        1,
        products={
            "a": Product(batch=1.0, steps={"grind": FILL, "press": PRESS}),
            "b": Product(
                batch=1.0,
                steps={
                    "press": Step(on="press", time=1.0),
                    "grind": Step(on="sieve", time=1.0, into="bin"),  # type: ignore[arg-type]
                    "pack": Step(on="pack", time=1.0, out_of="bin"),  # type: ignore[arg-type]
                },
            ),
        },
        buffers={"store": Buffer()},
        links=["mill -> store -> press", "press -> sieve -> pack"],
        orders={name: Order(product=name, batches=1, release=ONCE) for name in "ab"},
    )
    plant = plant.replace(units={**plant.units, "sieve": Unit(kind="sieve"), "pack": Unit(kind="pack")})
    with pytest.raises(StuckPlant) as caught:
        simulate(plant)
    assert str(caught.value) == (
        "the plant is stuck after 2 h: a/1 stands in store, in bin-1, and waits for press-1; "
        "b/1 holds press-1 and waits for bin-1"
    )


def test_one_who_wants_a_second_bin_where_there_is_one_is_stuck() -> None:
    """Ground into the only bin to 2 h, the batch is to be sieved out of it into another one, which never comes."""
    sieve = Step(on="sieve", time=1.0, out_of="bin", into="bin")  # type: ignore[arg-type]
    plant = bins(1, {"grind": FILL, "sieve": sieve, "press": PRESS}, batches=1, buffers={})
    plant = plant.replace(units={**plant.units, "sieve": Unit(kind="sieve")})
    with pytest.raises(StuckPlant) as caught:
        simulate(plant)
    assert str(caught.value) == "the plant is stuck after 2 h: o/1 holds mill-1, in bin-1, and waits for bin-1"


@pytest.mark.parametrize(
    "plant", [bins(), bins(5, {"grind": FILL.model_copy(update={"into": {"bin": 30.0}}), "press": PRESS})]
)
def test_a_plant_with_bins_goes_on_after_a_resume(plant: Scenario) -> None:
    """From the state at each half hour to 25 h, the rest of the rows is the same."""
    rows = play(plant)
    for half in range(50):
        time = half * HOUR // 2
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], half / 2


# ---- what does not fit together --------------------------------------------------------------------------------------


def faults(scenario: Scenario) -> list[str]:
    with pytest.raises(LayoutError) as caught:
        scenario.check()
    return [str(fault) for fault in caught.value.faults]


def way(grind: dict[str, Any], press: dict[str, Any], **bin_: Any) -> Scenario:
    """Grinding and pressing, with more words, and one bin."""
    plant = bins(
        steps={"grind": Step(on="mill", time=2.0, **grind), "press": Step(on="press", time=3.0, **press)},
        failures={"seal": Failure(after=5.0, repair=1.0)},
        maintenance={"oil": Maintenance(every=9.0, lasts=1.0, clock="running")},
        calendars={"days": Calendar(open=((0.0, 9.0),), period=24.0)},
    )
    return plant.replace(units={**plant.units, "bin": Unit(kind="bin", **{"mobile": True, **bin_})})


INTO, OUT = {"into": "bin"}, {"out_of": "bin"}


def test_what_fills_and_what_empties_a_container_is_asked_for() -> None:
    """What is filled must be emptied later, once, by the same batch, and can't be booked for one that may not wait."""
    at = "products.p.steps"
    assert faults(way(INTO, {})) == [f"{at}.grind.into: no later step empties 'bin': say 'out of: bin' in one"]
    unreached = "units.bin: no recipe reaches 'bin': name its kind 'bin' in a step, or remove it"
    assert faults(way({}, OUT)) == [
        f"{at}.press.out of: no step before it fills 'bin': say 'into: bin' in one",
        unreached,
    ]
    assert faults(way(INTO, INTO)) == [
        f"{at}.grind.into: 'press' fills 'bin' again before it is empty: say 'out of: bin' there or before",
        f"{at}.press.into: no later step empties 'bin': say 'out of: bin' in one",
    ]
    assert faults(way(INTO, {**OUT, "split": 2})) == [
        f"{at}.grind.into: batches part or meet before 'press', still in 'bin': empty it before",
        f"{at}.press.out of: no step before it fills 'bin': say 'into: bin' in one",
    ]
    assert faults(way({"into": "bni"}, OUT)) == [
        f"{at}.grind.into: there is no 'bni'; did you mean 'bin'?",
        f"{at}.press.out of: no step before it fills 'bin': say 'into: bin' in one",
    ]
    assert faults(way({**INTO, "hold": 0.0}, OUT)) == [
        f"{at}.grind.into: containers can't be booked ahead: no 'hold: 0 h' before or after it"
    ]


def test_what_the_transfer_empties_is_transferred() -> None:
    """A step without a transfer can't empty a bin by it."""
    assert faults(way(INTO, {"out_of": {"bin": "transfer"}})) == [
        "products.p.steps.press.out of.bin: the step has no transfer; give it a time, such as 'transfer: 15 min'"
    ]


def test_there_are_as_many_containers_as_a_batch_needs() -> None:
    """There is one bin: three are never there, nor four of 30 kg for 100 kg."""
    at = "products.p.steps.grind.into"
    assert faults(way({"into": {"bin": 3}}, OUT)) == [f"{at}: needs 3 of 'bin', of which there are 1"]
    assert faults(way({"into": {"bin": 30.0}}, OUT)) == [f"{at}: needs 4 of 'bin' for 100 kg, of which there are 1"]


def test_what_a_container_can_not_be_is_said() -> None:
    """It has no calendar, no places, no lock, no turns, and no link; it is no unit to
    work on, and what is none can't be filled.
    """
    at, why = "units.bin", "which a container can't: leave it out, or 'mobile: true'"
    assert faults(way(INTO, OUT, calendar="days")) == [f"{at}: has a calendar, {why}"]
    assert faults(way(INTO, OUT, holds=2)) == [f"{at}: holds several batches, {why}"]
    assert faults(way(INTO, OUT, locks=True)) == [f"{at}: locks, {why}"]
    turns = way(INTO, OUT, cleaning="bin wash").replace(cleaning={"bin wash": Cleaning(major=1.0, turns=("p",))})
    assert faults(turns) == [f"{at}: is cleaned by 'bin wash', which changes over in turns, {why}"]
    at = "products.p.steps.grind"
    assert faults(way({**INTO, "with_": {"bin": 1}}, OUT)) == [
        f"{at}.with: 'bin' is mobile, no unit to work on: fill it with 'into: bin'",
    ]
    assert faults(way({**INTO}, OUT, mobile=False)) == [
        f"{at}.into: 'bin' does not go with a batch: say 'mobile: true' of it",
        "products.p.steps.press.out of: 'bin' does not go with a batch: say 'mobile: true' of it",
    ]
    linked = way(INTO, OUT).replace(links=("mill -> press", "press -> bin"))
    assert faults(linked) == ["links.1: 'bin' is mobile: it goes where its batch goes, without a link"]


# ---- what strikes containers, and how they are cleaned ---------------------------------------------------------------


def worn(count: int = 1, batches: int = 2, rule: Cleaning | None = None, **more: Any) -> Scenario:
    """As `bins`, without a washer; a bin that fails, or is cleaned, by what is said."""
    bin_ = Unit(
        kind="bin", count=count, mobile=True, cleaning="scrub" if rule else "",
        failures=tuple(more.get("failures", ())), maintenance=tuple(more.get("maintenance", ())),
    )  # fmt: skip
    units = {"mill": Unit(kind="mill"), "press": Unit(kind="press"), "bin": bin_}
    return bins(units=units, batches=batches, cleaning={"scrub": rule} if rule else {}, pools={}, **more)


def test_a_bin_that_fails_halts_what_is_done_in_it_and_ages_only_meanwhile() -> None:
    """Worked in from 0 h to 2 h (mill) and from 2 h on (press), it leaks after 4 h, at 4 h, and is mended to 5.5 h.

    The press has 1 h of 3 h left: the bin is empty at 6.5 h.
    """
    rows = play(worn(batches=1, failures={"leak": Failure(after=4.0, repair=1.5)}))
    assert told(rows, "fail", "repaired", "empty") == ["4 fail bin-1 o/1 leak", "5.5 repaired bin-1 leak",
                                                       "6.5 empty bin-1 o/1"]  # fmt: skip


def test_a_bin_that_leaks_loses_its_batch_and_is_mended() -> None:
    """It leaks at 4 h, for 1.5 h; o/1 is lost. o/2, which had no bin before, gets it at
    5.5 h and is ground to 7.5 h.
    """
    rows = play(worn(failures={"leak": Failure(after=4.0, repair=1.5, work="scrap")}, run={"horizon": 9.0}))
    assert told(rows, "scrap", "empty", "repaired", "grant") == lines(
        """
        0 grant mill-1 o/1
        2 grant press-1 o/1
        4 empty bin-1 o/1
        4 scrap o/1 leak
        5.5 repaired bin-1 leak
        5.5 grant mill-1 o/2
        7.5 grant press-1 o/2
        """
    )


def test_a_bin_that_fails_while_its_batch_waits_keeps_it_from_its_next_step() -> None:
    """Both bins are out of order from 4.5 to 6; o/2 waits in the store from 4, gets the press at 6.5, after o/1."""
    storm = Failure(after=Trace(times=(4.5, 90.0)), repair=1.5, clock="calendar", common=True)
    rows = play(worn(2, failures={"storm": storm}))
    assert told(rows, "fail", "grant", "begin", "empty")[3:8] == lines(
        """
        4.5 fail bin-1 o/1 storm
        4.5 fail bin-2 storm
        6.5 empty bin-1 o/1
        6.5 grant press-1 o/2
        9.5 empty bin-2 o/2
        """
    )
    late = Failure(after=Trace(times=(4.5, 90.0)), repair=4.0, clock="calendar")
    rows = play(worn(2, failures={"late": late}))  # both stand still to 8.5; the press has half an hour left of o/1
    assert told(rows, "empty") == ["9 empty bin-1 o/1", "12 empty bin-2 o/2"]


def test_a_bin_is_worn_by_batches_and_mended_as_it_is_filled_the_third_time() -> None:
    """A batch has it for 2 + 3 h: to 5 h and to 10 h. It has lasted for two batches: mended from 10 h to 11 h, as
    the third has it, which leaves it at 16 h.
    """
    rows = play(worn(batches=3, failures={"dent": Failure(after=2.0, repair=1.0, clock="cycles")}))
    assert told(rows, "fail", "empty") == ["5 empty bin-1 o/1", "10 empty bin-1 o/2", "10 fail bin-1 o/3 dent",
                                           "16 empty bin-1 o/3"]  # fmt: skip


def test_a_bin_is_maintained_by_hours_worked() -> None:
    """Five hours a batch: after two of them, at 10, for 2 h."""
    rows = play(worn(batches=3, maintenance={"oil": Maintenance(every=8.0, lasts=2.0, clock="running")}))
    assert told(rows, "maintain", "maintained") == ["10 maintain bin-1 oil", "12 maintained bin-1 oil"]


def test_a_bin_is_cleaned_before_use_for_what_comes_next_and_the_mill_waits_for_it() -> None:
    """A minor clean of 0.5 h between batches of a product, a major one of 2 h at its
    change; the mill stands still meanwhile.

    Two of a, one of b, 5 h each in the bin: empty at 5 h, clean at 5.5 h, empty at
    10.5 h, clean at 12.5 h, empty at 17.5 h.
    """
    product = Product(batch=1.0, steps={"grind": FILL, "press": PRESS})
    plant = worn(
        rule=Cleaning(minor=0.5, major=2.0),
        products={"a": product, "b": product},
        orders={"o": Order(product={"a": 1, "b": 1}, campaign=2, batches=3, release=ONCE)},
    )
    assert told(play(plant), "clean", "cleaned", "begin", "empty") == lines(
        """
        5 empty bin-1 o/1
        5 clean bin-1 minor
        5.5 cleaned bin-1 minor
        5.5 begin mill-1 o/2
        10.5 empty bin-1 o/2
        10.5 clean bin-1 major
        12.5 cleaned bin-1 major
        12.5 begin mill-1 o/3
        17.5 empty bin-1 o/3
        """
    )


def test_a_bin_has_major_cleans_at_the_end_of_a_campaign() -> None:
    """A batch has the bin for 5 h, campaigns are of two: a minor clean of 0.5 h at 5 h,
    and a major one of 3 h at 10.5 h.

    So the third batch has it from 13.5 h to 18.5 h, and the fourth, after a minor one, from 19 h to 24 h.
    """
    rows = play(worn(batches=4, rule=Cleaning(when="at once", minor=0.5, major=3.0, longest_campaign=2)))
    assert told(rows, "clean") == ["5 clean bin-1 minor", "10.5 clean bin-1 major", "18.5 clean bin-1 minor",
                                   "24 clean bin-1 major"]  # fmt: skip


def test_bins_that_fail_and_are_cleaned_go_on_after_a_resume() -> None:
    """At each quarter of an hour for 50 h."""
    modes = {
        "leak": Failure(after=Exponential(mean=9.0), repair=1.0, opens=True),
        "power": Failure(after=Exponential(mean=12.0), repair=1.0, clock="calendar", work="scrap"),
        "clog": Failure(after=Uniform(low=1.0, high=4.0), repair=0.5, clock="cycles"),
    }
    rule = Cleaning(minor=0.5, major=1.5, longest_campaign=3, clean_hold=6.0, dirty_hold=4.0)
    plant = worn(3, 30, rule, failures=modes, release={"every": Exponential(mean=2.0)}, run={"horizon": 50.0})
    rows = play(plant)
    assert {row[7] for row in rows if row[1] == "fail"} == {*modes}
    for quarter in range(200):
        time = quarter * HOUR // 4
        assert play(plant, start=state_at(plant, rows, time)) == [row for row in rows if row[0] > time], quarter / 4

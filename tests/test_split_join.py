"""Batches that split, go side by side, join and are pooled: each rule in a plant worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from plants import lines, play, small, told

from plantsim.engine.simulate import simulate
from plantsim.errors import StuckPlant
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.record import HOUR, RowTuple
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step


def at(kind: str, time: float = 1.0, **more: Any) -> Step:
    return Step(on=kind, time=time, **more)


def tablets(presses: int = 2, *, coat: dict[str, Any] | None = None, **press: Any) -> Scenario:
    """Mix for 2 h, press for 3 h in parts, coat for 1 h what is one batch again."""
    steps = {"mix": at("mixer", 2.0), "press": at("press", 3.0, **press)}
    steps["coat"] = at("coater", joins="all", **(coat or {}))
    units = {"mixer": Unit(kind="mixer"), "press": Unit(kind="press", count=presses), "coater": Unit(kind="coater")}
    return small(steps, batches=1, units=units, buffers={"ibc": Buffer(places=2)})


def rows_of(scenario: Scenario) -> list[RowTuple]:
    return list(simulate(scenario).check().record)


def detail(scenario: Scenario, kind: str) -> list[Any]:
    return [(row[3], row[8]) for row in rows_of(scenario) if row[1] == kind]


def stuck(scenario: Scenario) -> str:
    with pytest.raises(StuckPlant) as caught:
        simulate(scenario)
    return str(caught.value)


# ---- split and join --------------------------------------------------------------------------------------------------


def test_a_batch_split_over_its_units_is_one_again_where_it_joins() -> None:
    """Mixed to 2 h; three parts on three presses from 2 h to 5 h; the coater takes all of it at once, to 6 h."""
    plant = tablets(3, split="per unit")
    assert told(rows_of(plant)) == lines(
        """0 grant mixer-1 o/1
        2 split mixer-1 o/1 split
        2 grant press-1 o/1/1
        2 leave mixer-1 o/1/1
        2 grant press-2 o/1/2
        2 leave mixer-1 o/1/2
        2 grant press-3 o/1/3
        2 leave mixer-1 o/1/3
        5 join press-1 o/1
        5 grant coater-1 o/1
        5 leave press-2 o/1
        5 leave press-3 o/1
        5 leave press-1 o/1
        6 leave coater-1 o/1"""
    )


def test_a_unit_is_left_when_the_last_part_has_left_it() -> None:
    """Two presses for three parts: the third stands in the mixer from 2 h to 5 h, and no other batch can enter.

    Those that are pressed stand in the buffer from 5 h to 8 h, and o/2 is mixed from 5 h to 7 h.
    """
    plant = tablets(2, split=3)
    plant = plant.replace(
        orders={"o": plant.orders["o"].model_copy(update={"batches": 2})},
        links=["mixer -> press", "press -> ibc -> coater", "press -> coater"],
    )
    rows = told(rows_of(plant), "grant", "join", "store")
    assert rows[:10] == lines(
        """0 grant mixer-1 o/1
        2 grant press-1 o/1/1
        2 grant press-2 o/1/2
        5 store ibc o/1/1 press
        5 store ibc o/1/2 press
        5 grant press-1 o/1/3
        5 grant mixer-1 o/2
        7 grant press-2 o/2/1
        8 join press-1 o/1
        8 grant coater-1 o/1"""
    )


@pytest.mark.parametrize(
    ("split", "masses"),
    [
        (2, [50.0, 50.0]),
        ("per unit", [50.0, 50.0]),
        (30.0, [25.0, 25.0, 25.0, 25.0]),
        (100.0, [100.0]),
        (99.0, [50.0, 50.0]),
    ],
)
def test_a_split_is_into_equal_parts(split: Any, masses: list[float]) -> None:
    """100 kg in two parts are 2 x 50 kg, as they are in one a press; in parts of 30 kg
    at most 4 x 25 kg, of 99 kg 2 x 50 kg.

    One part of 100 kg is called a part, too, so that its luck stays.
    """
    plant = tablets(2, split=split)
    ((name, parts),) = detail(plant.replace(buffers={"ibc": Buffer()}), "split")
    assert (name, [part for part, _ in parts]) == ("o/1", [f"o/1/{k}" for k in range(1, len(masses) + 1)])
    assert [mass for _, mass in parts] == pytest.approx(masses, abs=1e-9)


def test_mass_is_balanced_through_split_and_join() -> None:
    """100 kg less 10 % in the mixer, less 1 kg on each press: 3 x 29 kg."""
    plant = tablets(3, split=3, startup_loss=1.0)
    steps = plant.products["p"].steps
    steps = {**steps, "mix": steps["mix"].model_copy(update={"yield_": 0.9})}
    run = simulate(plant.replace(products={"p": plant.products["p"].model_copy(update={"steps": steps})})).check()
    assert [row[6] for row in run.record if row[1] in ("split", "join", "done")] == pytest.approx([90.0, 87.0, 87.0])
    balance = run.mass_balance(0.0, 100.0)
    assert balance[["in", "out", "loss"]].tolist() == pytest.approx([100.0, 87.0, 13.0], abs=1e-9)
    assert abs(balance["gap"]) < 1e-9
    for hour in (1.0, 3.0, 5.0, 5.5):
        assert abs(run.mass_balance(0.0, hour)["gap"]) < 1e-9, hour


def test_a_batch_in_parts_counts_once() -> None:
    """Released at 0 h; its parts are done at 5, 5 and 8 h: one batch of 100 kg after 8 h."""
    units = {"mixer": Unit(kind="mixer"), "press": Unit(kind="press", count=2)}
    run = simulate(small({"mix": at("mixer", 2.0), "press": at("press", 3.0, split=3)}, batches=1, units=units)).check()
    assert run.throughput().loc["all", ["batches", "kg"]].tolist() == pytest.approx([1.0, 100.0])
    assert run.lead_time().loc["all", "mean"] == 8.0
    assert run.orders().loc["o", ["done", "in plant", "done at"]].tolist() == [1.0, 0.0, 8.0]
    assert run.wip(0.0, 10.0)[["start", "end", "number"]].to_numpy().tolist() == [[0, 8, 1], [8, 10, 0]]
    assert run.spans("parts")[["batch", "start", "end", "fate"]].to_numpy().tolist() == [
        ["o/1/1", 2.0, 5.0, "done"],
        ["o/1/2", 2.0, 5.0, "done"],
        ["o/1/3", 2.0, 8.0, "done"],
    ]


def test_a_part_has_a_story_and_so_has_the_batch() -> None:
    """Mixed to 2 h, in parts from 2 h to 5 h, each on a press of its own, and coated as one from 5 h to 6 h."""
    run = simulate(tablets(3, split="per unit"))
    assert run.story("o/1").frame[["start", "end", "state"]].to_numpy().tolist() == [
        [0.0, 2.0, "busy"],
        [2.0, 5.0, "in parts"],
        [5.0, 6.0, "busy"],
    ]
    assert run.story("o/1/2").frame[["start", "end", "where"]].to_numpy().tolist() == [[2.0, 5.0, "press-2"]]


def test_an_order_as_taken_sends_parts_as_the_first_is_taken() -> None:
    """Each half is mixed for 1 h, one after the other; the first waits in the store for the second from 1 h to 2 h.

    Then they are one, and packed.
    """
    steps = {"mix": at("mixer", split=2), "pack": at("packer", joins="all")}
    assert told(rows_of(small(steps, release={}, buffers={"store": Buffer()})), hide=())[:9] == lines(
        """0 release o/1
        0 split o/1 split
        0 grant mixer-1 o/1/1
        0 wait o/1/2 mixer
        1 store store o/1/1 mix
        1 leave mixer-1 o/1/1
        1 grant mixer-1 o/1/2
        2 join mixer-1 o/1
        2 grant packer-1 o/1"""
    )


# ---- steps side by side ----------------------------------------------------------------------------------------------


def test_a_side_branch_begins_with_the_batch_and_is_joined() -> None:
    """Buffer of 40 kg, 3 h, half of which is lost; the harvest of 100 kg waits for it from 1 h on."""
    steps = {"grow": at("x"), "buffer": at("y", 3.0, after=(), batch=40.0, yield_=0.5)}
    run = simulate(small({**steps, "column": at("z", after=("grow", "buffer"))}, batches=1)).check()
    assert told(run.record) == lines(
        """0 split o/1 fork
        0 grant x-1 o/1/grow
        0 grant y-1 o/1/buffer
        1 wait x-1 o/1/grow buffer
        3 join y-1 o/1
        3 grant z-1 o/1
        3 leave x-1 o/1
        3 leave y-1 o/1
        4 leave z-1 o/1"""
    )
    assert [row[6] for row in run.record if row[1] in ("release", "join", "done")] == [140.0, 120.0, 120.0]
    assert run.waiting()["hours"].to_dict() == {("waiting to join", "buffer"): 2.0}


def test_one_buffer_feeds_two_columns() -> None:
    """The buffer of 40 kg is ready at 3 h; half of it goes into the first column with
    the 100 kg that have grown to 1 h: 120 kg.

    The other half stays in its tank until the second column takes all there is, at 4 h:
    140 kg, the batch again, to 5 h.
    """
    steps = {
        "grow": at("x"),
        "buffer": at("y", 3.0, after=(), batch=40.0),
        "column 1": at("z", after=("grow", "buffer")),
        "column 2": at("w", after=("column 1", "buffer")),
    }
    plant = small(steps, batches=1)
    assert detail(plant, "join") == [
        ("o/1/column 1", (("o/1/buffer/buffer to column 1", 20.0), ("o/1/grow", 100.0))),
        ("o/1", (("o/1/buffer/buffer to column 2", 20.0), ("o/1/column 1", 120.0))),
    ]
    assert told(rows_of(plant), "leave") == lines(
        """3 leave x-1 o/1/column 1
        3 leave y-1 o/1/column 1
        4 leave y-1 o/1
        4 leave z-1 o/1
        5 leave w-1 o/1"""
    )


def test_steps_side_by_side_share_the_mass() -> None:
    """30 % of 100 kg go to the assay, the rest to the filler: 30 kg and 70 kg."""
    steps = {"mix": at("x"), "assay": at("y", share=0.3), "fill": at("z", 2.0, after=("mix",))}
    parts = detail(small({**steps, "pack": at("w", after=("assay", "fill"))}, batches=1), "split")
    assert [mass for _, mass in parts[0][1]] == pytest.approx([30.0, 70.0], abs=1e-9)


# ---- pools -----------------------------------------------------------------------------------------------------------


def harvests(**more: Any) -> Scenario:
    steps = {"grow": at("x"), "spin": at("z", 2.0, pools=3)}
    return small(steps, batches=4, **{"buffers": {"store": Buffer()}, "release": {}, **more})


def test_batches_of_an_order_are_pooled() -> None:
    """Grown for 1 h each, three harvests of 1, 2 and 3 h are one of 300 kg, spun from 3 h to 5 h.

    No more than one is left to come, of 4 h, which goes on alone, from 5 h to 7 h.
    """
    run = simulate(harvests()).check()
    assert detail(harvests(), "join") == [
        ("o/1", (("o/1", 100.0), ("o/2", 100.0), ("o/3", 100.0))),
        ("o/4", (("o/4", 100.0),)),
    ]
    assert told(run.record, "grant", "done", hide=())[3:] == lines(
        """3 grant z-1 o/1
        3 grant x-1 o/4
        5 done o/1
        5 grant z-1 o/4
        7 done o/4"""
    )
    assert run.orders().loc["o", ["done", "pooled", "done at"]].tolist() == [2.0, 2.0, 7.0]


def test_a_joined_batch_that_waits_leaves_its_units_for_a_buffer() -> None:
    """Both halves are filled at 1 h on the two fillers, for which the batch then asks again, to be boxed until 2 h."""
    steps = {"fill": at("filler", split=2), "box": at("filler", joins="all")}
    plant = small(steps, batches=1, units={"filler": Unit(kind="filler", count=2)}, buffers={"store": Buffer()})
    assert told(rows_of(plant), "join", "store", "grant", "done")[2:] == lines(
        """1 join filler-1 o/1
        1 store store o/1 filler
        1 grant filler-2 o/1
        2 done o/1"""
    )
    assert stuck(plant.replace(buffers={})) == (
        "the plant is stuck after 1 h: o/1 holds filler-1 and waits for filler-1, filler-2"
    )


# ---- what is lost, and what is stuck ---------------------------------------------------------------------------------


def wrecked(lost: str) -> Scenario:
    """The second press breaks down for good after 2 h of work, and what is in it is lost."""
    plant = tablets(1, split=2, coat={"lost": lost})
    wreck = Failure(after=2.0, repair=90.0, work="scrap")
    units = {**plant.units, "old press": Unit(kind="press", failures=("wreck",))}
    return plant.replace(units=units, failures={"wreck": wreck})


def test_a_batch_is_scrapped_that_loses_a_part_of_a_join() -> None:
    """Both halves are pressed from 2 h on; the old press has worked for 2 h at 4 h, and its half is lost.

    So the other one, which has an hour to go, halts at once, at 4 h, and leaves its press.
    """
    assert told(rows_of(wrecked("scrap")))[6:] == lines(
        """4 fail old press-1 o/1/2 wreck
        4 leave old press-1 o/1/2
        4 scrap o/1/2 wreck
        4 halt press-1 o/1/1 o/1/2
        4 leave press-1 o/1/1
        4 scrap o/1/1 o/1/2
        94 repaired old press-1 wreck"""
    )
    assert simulate(wrecked("scrap")).check().orders().loc["o", ["done", "scrapped"]].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("lost", "told_at_the_end"),
    [
        ("scrap", ["3 scrap o/1/a hold", "3 halt y-1 o/1/b o/1/a", "3 scrap o/1/b o/1/a"]),
        ("go on", ["3 scrap o/1/a hold", "10 join y-1 o/1", "11 done o/1"]),
    ],
)
def test_a_part_that_is_lost_while_it_waits_to_be_joined_is_missed(lost: str, told_at_the_end: list[str]) -> None:
    """a is over at 1 h and may wait for 2 h, but b takes 10 h: a is lost at 3 h.

    Then all is scrapped, also what is done for b; or b goes on alone, from 10 h to 11 h.
    """
    steps = {
        "a": at("x", hold=2.0, after_hold="scrap"),
        "b": at("y", 10.0, after=()),
        "c": at("z", after=("a", "b"), lost=lost),
    }
    rows = rows_of(small(steps, batches=1))
    assert told(rows, "scrap", "halt", "join", "done") == told_at_the_end


def test_a_part_is_joined_at_the_instant_at_which_it_begins_to_wait_for_one_that_is_lost() -> None:
    """y fails at 0.5 h, and b is lost if it stands for 0.5 h; at 1 h a is over and waits for b, which is lost then.

    So a goes on alone, from 1 h to 2 h.
    """
    steps = {"a": at("x"), "b": at("y", 3.0, after=()), "c": at("z", after=("a", "b"), lost="go on")}
    units = {"x": Unit(kind="x"), "y": Unit(kind="y", failures=("jam",)), "z": Unit(kind="z")}
    jam = Failure(after=0.5, repair=5.0, clock="running", longest_pause=0.5)
    rows = rows_of(small(steps, batches=1, units=units, failures={"jam": jam}))
    assert told(rows, "scrap", "join", "done") == ["1 scrap o/1/b longest pause", "1 join x-1 o/1", "2 done o/1"]


def test_a_join_may_go_on_with_what_is_left() -> None:
    """One half of 50 kg is lost at 4 h; the other is pressed to 5 h, and is the batch: 50 kg are coated to 6 h."""
    run = simulate(wrecked("go on")).check()
    assert told(run.record)[8:11] == ["4 scrap o/1/2 wreck", "5 join press-1 o/1", "5 grant coater-1 o/1"]
    assert [(row[0] / HOUR, row[6]) for row in run.record if row[1] == "done"] == [(6.0, 50.0)]
    assert run.orders().loc["o", ["done", "scrapped"]].tolist() == [1, 0]


def test_a_part_that_waits_goes_on_when_the_last_other_is_lost() -> None:
    """50 kg at 50 kg/h are pressed from 2 h to 3 h and wait in the buffer; the other
    half, at 10 kg/h, would take 5 h.

    It is lost at 4 h, after 2 h at work: what waits is joined alone then.
    """
    plant = wrecked("go on")
    steps = {**plant.products["p"].steps, "press": Step(on="press", split=2)}
    units = {**plant.units, "press": Unit(kind="press", rate=50.0)}
    units["old press"] = Unit(kind="press", rate=10.0, failures=("wreck",))
    rows = told(
        rows_of(plant.replace(units=units, products={"p": plant.products["p"].model_copy(update={"steps": steps})})),
        "store", "join", "scrap",
    )  # fmt: skip
    assert rows == ["3 store ibc o/1/1 press", "4 scrap o/1/2 wreck", "4 join ibc o/1"]


def test_parts_that_wait_for_one_another_are_stuck() -> None:
    """The first part is pressed from 2 h to 5 h and can't leave the press before the
    other one is, which can't enter it.
    """
    plant = tablets(1, split=2).replace(buffers={})
    assert stuck(plant) == (
        "the plant is stuck after 5 h: o/1/1 holds press-1 and waits for o/1/2; "
        "o/1/2 holds mixer-1 and waits for press-1"
    )


def test_a_pool_that_can_never_be_filled_is_stuck() -> None:
    """Three are wanted: without a store the first stands in x from 1 h on, so that no other can be grown.

    With two in the plant at a time both stand in the store from 2 h on, and no third is let in.
    """
    taken = harvests(buffers={})
    assert stuck(taken) == "the plant is stuck after 1 h: o/1 holds x-1 and waits for more batches to pool"
    assert stuck(harvests(release={"wip": 2})) == "the plant is stuck after 2 h: o/1 stands in store and waits for o/2"


def test_pools_that_a_unit_keeps_come_back_when_the_last_part_has_left() -> None:
    """The bin of the mixer is kept until 5 h, when the third part leaves it; the other batch needs it to begin."""
    plant = tablets(2, split=3)
    steps = dict(plant.products["p"].steps)
    steps["mix"] = at("mixer", 2.0, keeps={"bin": 1})
    run: Results = simulate(
        plant.replace(
            pools={"bin": Pool(count=1)},
            products={"p": plant.products["p"].model_copy(update={"steps": steps})},
            links=["mixer -> press", "press -> ibc -> coater", "press -> coater"],
        )
    ).check()
    assert run.all_spans["pools"][["start", "end", "number"]].to_numpy().tolist() == [[0, 5 * HOUR, 1]]


def test_a_part_that_can_go_aside_later_is_in_no_ring() -> None:
    """Two parts of 1 h each, ground one after the other; the bin holds two parts; the press takes 10 h.

    The first batch is pressed 2-12, the second stands in the bin from 4.  The first part of the third is done at 5 and
    waits in the mill for the other, which waits for the mill: no ring, since at 12 the bin is empty and it goes there.
    """
    steps = {
        "grind": Step(on="mill", time=1.0, split=2),
        "press": Step(on="press", time=10.0, joins="all"),
    }
    more = {"buffers": {"bin": Buffer(places=2)}, "links": ["mill -> bin -> press"]}
    rows = play(small(steps, batches=3, run={"horizon": 40.0}, **more))
    assert [row[0] / HOUR for row in rows if row[1] == "grant" and row[2] == "press-1"] == [2.0, 12.0, 22.0]
    assert [row[0] / HOUR for row in rows if row[1] == "store" and row[3] == "o/3/1"] == [12.0]


def test_a_run_of_which_parts_leave_one_by_one_is_planned_once() -> None:
    """A blend of 2 h that goes to two presses of 3 h: the blender makes one run in 2 h, so its effectiveness is 1."""
    steps = {"blend": Step(on="blender", time=2.0), "press": Step(on="press", time=3.0, split="per unit")}
    units = {"blender": Unit(kind="blender"), "press": Unit(kind="press", count=2)}
    run = simulate(small(steps, batches=1, units=units, run={"horizon": 10.0}))
    figures = run.iso22400()
    assert figures.loc["blender-1", "effectiveness"] == pytest.approx(1.0)
    assert figures.loc["press-1", "effectiveness"] == pytest.approx(1.0)

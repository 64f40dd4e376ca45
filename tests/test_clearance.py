"""Line clearance: a buffer takes another batch, or another product, only when it is empty."""

from __future__ import annotations

import pytest
from plants import hours, lines, play, small, told

from plantsim.engine.simulate import simulate
from plantsim.errors import StuckPlant
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step

ONCE = Release(at_once=True)


def halves(clearance: str | None) -> Scenario:
    """Two batches in halves: mixed in 2 h, each half is pressed in 1 h and coated in 4 h; places between for two."""
    return small(
        {
            "mix": Step(on="mixer", time=2.0),
            "press": Step(on="press", time=1.0, split=2),
            "coat": Step(on="coater", time=4.0),
        },
        buffers={"store": Buffer(places=2, clearance=clearance)},
        links=["mixer -> press -> store -> coater"],
    )


def test_parts_of_the_next_batch_wait_until_those_of_the_last_one_have_left() -> None:
    """o/1 stands in halves in the mixer until the press takes the second one at 3; so o/2 is mixed 3-5, pressed 5-6.

    The coater takes o/1/1 at 3; o/1/2 goes into the store at 4, so that o/2/1 stays in the press from 6 until the
    coater takes o/1/2 at 7.  Then it is stored, and o/2/2 is pressed 7-8 and stored, too: the last is done at 19.
    """
    rows = play(halves("batch"))
    assert told(rows, "store", "grant", "wait", "done")[7:] == lines(
        """
        4 store store o/1/2 coater
        5 grant press-1 o/2/1
        5 wait mixer-1 o/2/2 press
        6 wait press-1 o/2/1 store
        7 done o/1/1
        7 grant coater-1 o/1/2
        7 store store o/2/1 coater
        7 grant press-1 o/2/2
        8 store store o/2/2 coater
        11 done o/1/2
        11 grant coater-1 o/2/1
        15 done o/2/1
        15 grant coater-1 o/2/2
        19 done o/2/2
        """
    )
    assert hours(play(halves(None)), "store", "o/2/1") == [6.0]


def test_the_press_is_blocked_meanwhile_and_the_chain_of_the_wait_leads_to_the_coater() -> None:
    """From 6 h, when o/2/1 is pressed, to 7 h, when the coater is done with o/1/1 and takes o/1/2 out of the store."""
    run = simulate(halves("batch"))
    stays = run.spans("units")
    blocked = stays[(stays["unit"] == "press-1") & (stays["detail"] == "blocked")]
    assert blocked[["start", "end", "cause"]].values.tolist() == [[6.0, 7.0, "store"]]
    assert str(run.why("o/2/1", at=6.5)).splitlines()[0] == (
        "o/2/1 holds press-1 and waits for store: it is not clear before o/1/2 has left"
    )
    assert str(run.why("o/2/1", at=6.5)).splitlines()[-1] == "o/1/1 is in coater-1 (coat) until 0 d 07:00"


def campaigns(clearance: str | None) -> Scenario:
    """Three batches of a come out of x at 1, 2 and 3 h, one of b out of y at 2; c keeps w until 10."""
    return small(
        {},
        units={name: Unit(kind=name) for name in "xyw"},
        buffers={"store": Buffer(places=3, clearance=clearance)},
        links=["x -> store -> w", "y -> store -> w"],
        products={
            "a": Product(batch=1.0, steps={"s": Step(on="x", time=1.0), "t": Step(on="w", time=4.0)}),
            "b": Product(batch=1.0, steps={"s": Step(on="y", time=2.0), "t": Step(on="w", time=4.0)}),
            "c": Product(batch=1.0, steps={"t": Step(on="w", time=10.0)}),
        },
        orders={
            name: Order(product=name, batches=number, release=Release(at_once=True))
            for name, number in (("c", 1), ("a", 3), ("b", 1))
        },
    )


def test_another_product_waits_and_the_same_one_may_pass_it() -> None:
    """a/1, a/2 and a/3 are stored at 1, 2 and 3; b/1 is ready at 2, but comes in only as w has taken all three."""
    rows = play(campaigns("product"))
    assert told(rows, "store", "grant")[5:] == lines(
        """
        2 store store a/2 w
        2 grant x-1 a/3
        3 store store a/3 w
        10 grant w-1 a/1
        14 grant w-1 a/2
        18 grant w-1 a/3
        18 store store b/1 w
        22 grant w-1 b/1
        """
    )
    assert [row for row in told(rows, "wait") if "b/1" in row] == ["2 wait y-1 b/1 store"]


def test_by_batch_each_batch_has_the_buffer_to_itself() -> None:
    """a/1 is stored at 1; a/2 stays in x from 2 until w takes a/1 at 10, is stored then, and b/1 in y waits on.

    Of the two that wait as a/2 leaves at 14, b/1 has asked first, and a/3 (done at 11) comes in as that leaves at 18.
    """
    rows = play(campaigns("batch"))
    assert told(rows, "store") == [
        "1 store store a/1 w",
        "10 store store a/2 w",
        "14 store store b/1 w",
        "18 store store a/3 w",
    ]


def rivals(clearance: str | None) -> Scenario:
    """Halves of a/1 are pressed in 2 h each, before they join; b/1, which is urgent, asks for the press at 2."""
    return small(
        {},
        units={name: Unit(kind=name) for name in ("x", "y", "press", "w")},
        buffers={"store": Buffer(places=2, clearance=clearance)},
        links=["x -> press", "y -> press", "press -> store -> w"],
        products={
            "a": Product(
                batch=1.0,
                steps={
                    "mix": Step(on="x", time=1.0),
                    "press": Step(on="press", time=2.0, split=2),
                    "coat": Step(on="w", time=1.0, joins="all"),
                },
            ),
            "b": Product(
                batch=1.0,
                steps={
                    name: Step(on=on, time=time)
                    for name, on, time in (("m", "y", 2.0), ("p", "press", 1.0), ("c", "w", 9.0))
                },
                priority=1,
            ),
        },
        orders={name: Order(product=name, batches=1, release=Release(at_once=True)) for name in "ab"},
    )


def test_a_half_that_waits_in_the_buffer_for_one_behind_the_next_batch_is_stuck() -> None:
    """a/1/1 is stored at 3, and b/1 gets the press before a/1/2; at 4 it may not follow into the store.

    Without the clearance it goes on through the store at 4, and a/1/2 is pressed 4-6 and joined.
    """
    with pytest.raises(StuckPlant) as caught:
        simulate(rivals("batch"))
    assert str(caught.value) == (
        "the plant is stuck after 4 h: b/1 holds press-1 and waits for store;"
        " a/1/1 stands in store and waits for a/1/2; a/1/2 holds x-1 and waits for press-1"
    )
    assert hours(play(rivals(None)), "done", "a/1") == [14.0]


def test_a_batch_that_may_not_wait_may_go_round_the_buffer() -> None:
    """The press leads to the coater by a link of its own, which is used if the coater is free: at 1 h.

    The coater has o/1 to 3 h, so o/2 is pressed from 2 h to 3 h and goes on at once.
    """
    plant = small(
        {"press": Step(on="press", time=1.0, hold=0.0), "coat": Step(on="coater", time=2.0)},
        buffers={"store": Buffer(clearance="batch")},
        links=["press -> store -> coater", "press -> coater"],
    )
    assert told(play(plant), "grant") == lines(
        "0 grant press-1 o/1\n1 grant coater-1 o/1\n2 grant press-1 o/2\n3 grant coater-1 o/2"
    )


def test_a_load_takes_those_whose_way_it_clears_itself() -> None:
    """o/1 stands in the store from 1, o/2 in the press from 2: together they are the two that the oven wants.

    As the load goes o/1 leaves the store, so that o/2 can go through it.
    """
    plant = small(
        {"press": Step(on="press", time=1.0), "bake": Step(on="oven", time=5.0)},
        units={"press": Unit(kind="press"), "oven": Unit(kind="oven", holds=2, least=2)},
        buffers={"store": Buffer(places=2, clearance="batch")},
        links=["press -> store -> oven"],
    )
    assert told(play(plant), "store", "grant", "ride") == lines(
        """
        0 grant press-1 o/1
        1 store store o/1 load
        1 grant press-1 o/2
        2 grant oven-1 o/1
        2 ride oven-1 o/2
        """
    )

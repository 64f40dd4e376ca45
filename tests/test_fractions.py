"""Half a hand: pools are lent in fractions that add up to whole ones."""

import pytest
from plants import lines, play, small, told

from plantsim.cleaning import Cleaning
from plantsim.engine.simulate import simulate
from plantsim.plant import Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step


def mixers(needs: float, batches: int = 3, **pool: object) -> Scenario:
    """Five mixers whose batches of one hour each need a part of one operator."""
    step = Step(on="mixer", time=1.0, needs={"run": {"crew": needs}})
    units = {"m": Unit(kind="mixer", count=5)}
    return small({"mix": step}, batches=batches, units=units, pools={"crew": Pool(count=1, **pool)})


def test_two_batches_share_one_hand_and_a_third_waits() -> None:
    """Each needs half an operator for 1 h: two begin at 0 h, the third when they are over."""
    assert told(play(mixers(0.5)), "begin", "wait") == lines("""
        0 begin m-1 o/1
        0 begin m-2 o/2
        0 wait m-3 o/3 crew
        1 begin m-3 o/3
    """)


def test_fractions_that_no_float_can_hold_add_up_to_one() -> None:
    """0.1 + 0.2 + 0.7 is more than 1 in floats; three acts that need so much share one operator all the same."""
    products = {
        name: Product(batch=1.0, steps={"s": Step(on="mixer", time=1.0, needs={"run": {"crew": share}})})
        for name, share in (("a", 0.1), ("b", 0.2), ("c", 0.7))
    }
    orders = {name: Order(product=name, batches=1, release={"at_once": True}) for name in products}
    units = {"m": Unit(kind="mixer", count=3)}
    rows = play(small({}, units=units, products=products, orders=orders, pools={"crew": Pool(count=1)}))
    assert 0.1 + 0.2 + 0.7 > 1.0 or 0.7 + 0.2 + 0.1 < 1.0
    assert [row.split()[0] for row in told(rows, "begin")] == ["0", "0", "0"]


def test_what_is_kept_in_fractions_comes_back_whole() -> None:
    """Ten batches, one after the other, keep 0.7 of a bin each; an eleventh needs all of it."""
    keeps = Step(on="mixer", time=1.0, keeps={"bin": 0.7})
    whole = Step(on="tank", time=1.0, needs={"run": {"bin": 1}})
    products = {"a": Product(batch=1.0, steps={"s": keeps}), "b": Product(batch=1.0, steps={"s": whole})}
    orders = {
        "o": Order(product="a", batches=10, release={"at_once": True}),
        "w": Order(product="b", batches=1, release={"at_once": True}, start=10.0),
    }
    units = {"m": Unit(kind="mixer"), "t": Unit(kind="tank")}
    rows = play(small({}, units=units, products=products, orders=orders, pools={"bin": Pool(count=1)}))
    assert told(rows, "begin") == ["10 begin t-1 w/1"]


def test_a_clean_needs_a_part_of_a_crew() -> None:
    """Two units are cleaned at once by one operator, and a third after them: cleans of 2 h, half a hand each."""
    cleaning = {"wash": Cleaning(when="at once", minor=2.0, needs={"crew": 0.5})}
    units = {"m": Unit(kind="mixer", count=3, cleaning="wash")}
    rows = play(small({"mix": Step(on="mixer", time=1.0)}, batches=3, units=units, cleaning=cleaning,
                      pools={"crew": Pool(count=1)}))  # fmt: skip
    assert told(rows, "cleaned") == ["3 cleaned m-1 minor", "3 cleaned m-2 minor", "5 cleaned m-3 minor"]


def test_use_in_fractions_is_counted() -> None:
    """Three batches use half an operator for 1 h each, two of them at once: 1.5 operator hours in 4 h."""
    run = simulate(mixers(0.5), horizon=4.0).check()
    use = run.pools().loc["crew"]
    assert use["mean in use"] == pytest.approx(1.5 / 4.0)
    assert use["most in use"] == 1.0
    assert use["share of calendar hours all in use"] == pytest.approx(0.25)
    assert "(0.5)" in str(run.story("o/3"))

"""An emptied unit cleans itself for what comes next: minor between batches of a campaign, major at its end, once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from plants import lines, play, state_at, told

from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step

PLAIN: dict[str, Any] = {"minor": 0.5, "major": 2.0}
PHASES: dict[str, Any] = {
    "cleans": {"minor": Clean(phases={"rinse": Phase(time=0.5)}), "major": Clean(phases={"boil": Phase(time=2.0)})}
}


def plant(rule: dict[str, Any], order: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """A mill for A and B, of which an order makes campaigns; one hour a step."""
    steps: dict[str, dict[str, Any]] = {"grind": {"on": "mill", "time": 1.0}}
    products = {name: Product(batch=100.0, steps={k: Step(**v) for k, v in steps.items()}) for name in "ab"}
    mix = {"product": {"a": 1, "b": 1}, "campaign": 2, "batches": 4, "release": Release(at_once=True), **(order or {})}
    parts: dict[str, Any] = {"units": {"m": Unit(kind="mill", cleaning="wet")}, "products": products}
    return Scenario(
        **{**parts, "orders": {"o": Order(**mix)}, "cleaning": {"wet": Cleaning(**rule)}, "run": {"horizon": 99.0}}
        | more
    )


def said(scenario: Scenario, *kinds: str) -> list[str]:
    """Cleans and grants of a run, hour by hour."""
    return told(play(scenario), *(kinds or ("clean", "cleaned", "grant", "begin")))


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_at_once_the_major_clean_is_made_in_place_of_the_minor_one(how: dict[str, Any]) -> None:
    """Two of A from 0 h, with half an hour between; B is next at 2.5 h: two hours, and no minor clean beside."""
    assert said(plant({"when": "at once", **how})) == lines(
        """
        0 grant m-1 o/1
        1 clean m-1 minor
        1.5 cleaned m-1 minor
        1.5 grant m-1 o/2
        2.5 clean m-1 major
        4.5 cleaned m-1 major
        4.5 grant m-1 o/3
        5.5 clean m-1 minor
        6 cleaned m-1 minor
        6 grant m-1 o/4
        7 clean m-1 minor
        7.5 cleaned m-1 minor
        """
    )


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_at_campaign_end_the_major_clean_is_made_before_the_next_product_comes(how: dict[str, Any]) -> None:
    """A comes at 0 h and 20 h, the second one to a rinse of half an hour, and leaves at 21.5 h.

    It is known then that B comes at 40 h: the major clean is over at 23.5 h, and B is done at 41 h.
    """
    scenario = plant({"when": "at campaign end", **how}, {"batches": 3, "release": Release(every=20.0)})
    assert said(scenario, "cleaned", "done")[-3:] == ["21.5 done o/2", "23.5 cleaned m-1 major", "41 done o/3"]


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_what_is_drawn_by_chance_is_not_known_before_it_comes(how: dict[str, Any]) -> None:
    """Products are drawn one by one, each 20 h: the unit is cleaned as between batches
    of one product, at once, for 0.5 h.

    That is an hour after the batch has come; if it was another product than the last, 2 h later, after a major clean.
    """
    order = {"batches": 6, "release": Release(every=20.0), "campaign": 1, "draw": True}
    rows = play(plant({"when": "at once", **how}, order))
    minor = [row[0] / HOUR for row in rows if row[1] == "clean" and row[7] == "minor"]
    made = [row[5] for row in rows if row[1] == "release"]
    changed = [False, *(before != after for before, after in pairwise(made))]
    assert {*changed} == {False, True}
    assert minor == [20.0 * k + (3.0 if change else 1.0) for k, change in enumerate(changed)]


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_the_oldest_claim_comes_next_or_the_one_that_a_dispatch_rule_prefers(how: dict[str, Any]) -> None:
    """A works to 1 h; B has come at 0.1 h, and an A at 0.2 h. The oldest comes next: a major clean for B, at 1 h.

    By the least change of product that A is taken first, after a minor one, from 1.5 h to 2.5 h, and then B.
    """
    products = ("a", "b", "a")
    orders = {
        f"o{k}": Order(product=name, batches=1, start=k / 10, release=Release(at_once=True))
        for k, name in enumerate(products)
    }
    rule = {"when": "at once", **how}
    assert said(plant(rule, orders=orders), "clean")[0] == "1 clean m-1 major"
    by_change = plant(rule, orders=orders, run={"horizon": 9.0, "dispatch": "least_changeover"})
    assert said(by_change, "clean", "grant")[:4] == ["0 grant m-1 o0/1", "1 clean m-1 minor", "1.5 grant m-1 o2/1",
                                                     "2.5 clean m-1 major"]  # fmt: skip


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_like_units_do_not_clean_themselves_for_the_same_batch(how: dict[str, Any]) -> None:
    """Three of A, then three of B, on two mills: at 1 h m-1 is rinsed for the last A, to
    1.5 h, and m-2 made ready for B, to 3 h.

    m-1 has that A to 2.5 h, and is made ready for the second B then.
    """
    scenario = plant(
        {"when": "at once", **how},
        {"campaign": 3, "batches": 6},
        units={"m": Unit(kind="mill", count=2, cleaning="wet")},
    )
    assert said(scenario, "clean", "grant")[:7] == lines(
        """
        0 grant m-1 o/1
        0 grant m-2 o/2
        1 clean m-1 minor
        1 clean m-2 major
        1.5 grant m-1 o/3
        2.5 clean m-1 major
        3 grant m-2 o/4
        """
    )


def line(how: dict[str, Any]) -> Scenario:
    """A mill of two hours and a dryer of one, each cleaned at once; as taken, two batches of A, then two of B."""
    steps = {"grind": Step(on="mill", time=2.0), "dry": Step(on="dryer", time=1.0)}
    return plant(
        {"when": "at once", **how},
        {"release": Release()},
        products={name: Product(batch=100.0, steps=steps) for name in "ab"},
        units={"m": Unit(kind="mill", cleaning="wet"), "d": Unit(kind="dryer", cleaning="wet")},
        buffers={"bin": Buffer(places=1)},
    )


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_a_unit_down_the_line_looks_at_who_is_on_the_way_and_then_at_the_orders(how: dict[str, Any]) -> None:
    """The second A leaves the mill at 4.5 h, which is clean for B at 6.5 h; the dryer at 7.5 h, before B comes."""
    assert said(line(how), "clean", "grant")[:11] == lines(
        """
        0 grant m-1 o/1
        2 grant d-1 o/1
        2 clean m-1 minor
        2.5 grant m-1 o/2
        3 clean d-1 minor
        4.5 grant d-1 o/2
        4.5 clean m-1 major
        5.5 clean d-1 major
        6.5 grant m-1 o/3
        8.5 grant d-1 o/3
        8.5 clean m-1 minor
        """
    )


def test_without_a_major_clean_it_is_rinsed_whatever_comes() -> None:
    """Four batches of 1 h, two of A and two of B: half an hour after each, at 1, 2.5, 4 and 5.5 h."""
    cleans = said(plant({"when": "at once", "minor": 0.5}), "clean")
    assert cleans == ["1 clean m-1 minor", "2.5 clean m-1 minor", "4 clean m-1 minor", "5.5 clean m-1 minor"]


@pytest.mark.parametrize("how", [PLAIN, PHASES], ids=["plain", "phases"])
def test_a_resumed_run_looks_ahead_as_the_run_did(how: dict[str, Any]) -> None:
    """From the state at each half hour, the rest of the rows is the same."""
    rows = play(line(how))
    for half in range(1, 24):
        time = half * HOUR // 2
        assert play(line(how), start=state_at(line(how), rows, time)) == [row for row in rows if row[0] > time]

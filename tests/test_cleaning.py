"""Cleanliness: which clean is due and why, in which phases it is done, and what it costs; each worked out by hand."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from plants import lines, play, small, state_at, told

from plantsim.calendars import Calendar
from plantsim.chance import HOUR, Streams
from plantsim.cleaning import Clean, Cleaning, Phase, Verification
from plantsim.contracts import Cleanliness
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, ModelError
from plantsim.plant import Maintenance, Pool, Unit
from plantsim.recipe import Order, Product, Release
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.utility import Utility


def mill(rule: Cleaning, *come: tuple[str, float], until: float = 200.0, **more: Any) -> Scenario:
    """One mill that grinds batches for an hour each: (product, hour at which it comes)."""
    products = {name: Product(batch=100.0, steps={"s": Step(on="mill", time=1.0)}) for name, _ in come}
    orders = {
        f"o{k}": Order(product=name, batches=1, start=hour, release=Release(at_once=True))
        for k, (name, hour) in enumerate(come, 1)
    }
    parts: dict[str, Any] = {"units": {"m": Unit(kind="mill", cleaning="wet")}, "products": products, "orders": orders}
    return Scenario(**{**parts, "cleaning": {"wet": rule}, "run": {"horizon": until}, **more})


def rows(scenario: Scenario, *kinds: str) -> list[str]:
    """What a run says, of some kinds."""
    return told(play(scenario), *(kinds or ("clean", "cleaned", "grant", "deviation")))


def why(scenario: Scenario) -> list[str]:
    """'clean cause' of each clean that the mill does itself, in order."""
    return [f"{row[7]}: {row[8][2]}" for row in play(scenario) if row[1] == "clean"]


def timed(scenario: Scenario) -> list[str]:
    """'hour clean: cause' of each clean that the mill does itself, in order."""
    return [f"{row[0] / HOUR:g} {row[7]}: {row[8][2]}" for row in play(scenario) if row[1] == "clean"]


# ---- which clean is due ----------------------------------------------------------------------------------------------


def test_by_pair_of_products() -> None:
    """A to B takes the long clean of 5 h, B to A none at all, A to A the rinse of half an hour.

    The A of 1 h is rinsed for until 1.5 h; the B of 10 h waits for the long clean until 15 h; the A of 20 h, after B,
    begins at once; that of 30 h, after A, is rinsed for until 30.5 h.
    """
    rule = Cleaning(
        minor=0.5,
        major=2.0,
        cleans={"long": Clean(time=5.0)},
        between={"A": {"B": "long"}, "B": {"A": "none"}},
    )
    scenario = mill(rule, ("A", 0), ("A", 1), ("B", 10), ("A", 20), ("A", 30))
    assert why(scenario) == ["minor: minor", "long: change of product", "minor: minor"]
    assert rows(scenario) == lines(
        """
        0 grant m-1 o1/1
        1 clean m-1 minor
        1 grant m-1 o2/1
        1.5 cleaned m-1 minor
        10 clean m-1 long
        10 grant m-1 o3/1
        15 cleaned m-1 long
        20 grant m-1 o4/1
        30 clean m-1 minor
        30 grant m-1 o5/1
        30.5 cleaned m-1 minor
        """
    )


def counted(**limit: Any) -> Scenario:
    """Four batches of A, five hours apart, by a rule with one limit."""
    return mill(Cleaning(minor=0.5, major=2.0, **limit), ("A", 0), ("A", 5), ("A", 10), ("A", 15))


def test_after_so_many_batches_by_a_rule_with_clocks() -> None:
    """A major clean before the third batch, at 10 h, for two have been made; minor ones at 5 h and 15 h.

    The dirty hold makes it a rule with clocks; it is longer than the run.
    """
    assert timed(counted(longest_campaign=2, dirty_hold=99.0)) == [
        "5 minor: minor",
        "10 major: longest campaign",
        "15 minor: minor",
    ]


def test_after_so_many_running_hours() -> None:
    """Batches of 1 h at 0, 5, 10 and 15 h: 2 h are worked before the third, and 1 h since then before the fourth.

    With a limit of 2 h the major clean is at 10 h; with one of 2.5 h, which 2 h do not reach, at 15 h.
    """
    assert timed(counted(longest_run=2.0)) == ["5 minor: minor", "10 major: longest run", "15 minor: minor"]
    assert timed(counted(longest_run=2.5)) == ["5 minor: minor", "10 minor: minor", "15 major: longest run"]


def test_after_so_much_mass() -> None:
    """Each batch is 100 kg: 200 kg before the third, at 10 h, and 100 kg since then before the fourth, at 15 h."""
    assert timed(counted(most_mass=200.0)) == ["5 minor: minor", "10 major: most mass", "15 minor: minor"]


def test_after_so_long() -> None:
    """8 h have passed when the third comes, at 10 h; its major clean ends at 12 h, and 3 h later 8 h have not."""
    scenario = counted(longest_time=8.0)
    assert why(scenario) == ["minor: minor", "major: longest time", "minor: minor"]
    assert rows(scenario, "cleaned") == ["5.5 cleaned m-1 minor", "12 cleaned m-1 major", "15.5 cleaned m-1 minor"]


@pytest.mark.parametrize(("word", "clean"), [({}, ["minor: after service"]), ({"after_opening": "none"}, [])])
def test_what_opens_a_unit_that_has_no_major_clean_makes_a_minor_one_due(word: Any, clean: list[str]) -> None:
    """Clean from 1.5 h on, serviced from 10 h to 11 h: cleaned for half an hour then, unless the rule says none."""
    scenario = mill(
        Cleaning(when="at once", minor=0.5, dirty_hold=99.0, **word),
        ("A", 0),
        units={"m": Unit(kind="mill", cleaning="wet", maintenance="service")},
        maintenance={"service": Maintenance(every=10.0, lasts=1.0, opens=True)},
        until=15.0,
    )
    assert why(scenario) == ["minor: minor", *clean]


@pytest.mark.parametrize("when", ["at once", "before use", "at campaign end"])
@pytest.mark.parametrize(("opens", "clean"), [(True, "long"), (False, "major")])
def test_what_opens_a_unit_at_a_change_of_product_comes_before_its_clean(when: Any, opens: bool, clean: str) -> None:
    """A is made from 4.5 h to 5.5 h, B waits; the service of an hour, due at 10 h, may be done from 5 h on.

    It opens the unit: from 5.5 h to 6.5 h, then comes the one clean of 3 h, to 9.5 h, and B is done at 10.5 h.
    If it opens nothing it may come before or after the clean of 2 h: B is done at 9.5 h.
    """
    rule = Cleaning(
        when=when, minor=0.5, major=2.0, cleans={"long": Clean(time=3.0)}, after_opening="long", dirty_hold=99.0
    )
    service = Maintenance(every=10.0, lasts=1.0, opens=opens, window=5.0, at_change=True)
    scenario = mill(
        rule,
        ("A", 4.5),
        ("B", 4.75),
        units={"m": Unit(kind="mill", cleaning="wet", maintenance="service")},
        maintenance={"service": service},
        until=11.0,
    )
    found = rows(scenario, "maintain", "clean", "done")
    cleans = [each for each in found if "clean" in each and float(each.split()[0]) < 9.0]
    assert [each.split()[-1] for each in cleans] == [clean]
    assert f"{10.5 if opens else 9.5:g} done o2/1" in found
    if opens:
        assert "5.5 maintain m-1 service" in found
        assert cleans == ["6.5 clean m-1 long"]


def test_of_all_cleans_that_are_due_the_longest_is_made() -> None:
    """A is made from 0 h to 1 h, and B comes at 10 h. Another product asks for the major clean of 2 h, and so does
    the campaign of one batch; dirty since 1 h, the mill breaks its hold of 3 h at 4 h, which asks for the long one
    of 4 h. That alone is made, from 10 h to 14 h.
    """
    rule = Cleaning(
        major=2.0, cleans={"long": Clean(time=4.0)}, longest_campaign=1, dirty_hold=3.0, after_dirty_hold="long"
    )
    scenario = mill(rule, ("A", 0), ("B", 10), until=14.5)
    assert timed(scenario) == ["10 long: dirty hold"]
    assert rows(scenario, "deviation", "cleaned") == ["4 deviation m-1 dirty hold", "14 cleaned m-1 long"]


# ---- holds -----------------------------------------------------------------------------------------------------------


def held(**more: Any) -> Cleaning:
    """Minor cleans of half an hour; a unit that was dirty for 6 h is cleaned for 4 h."""
    return Cleaning(minor=0.5, cleans={"long": Clean(time=4.0)}, dirty_hold=6.0, after_dirty_hold="long", **more)


def test_a_unit_that_is_dirty_for_too_long_is_a_deviation_and_takes_a_longer_clean() -> None:
    """Dirty for 2 h at 3 h, it is cleaned as usual; dirty since 4.5 h, it breaks its limit at 10.5 h.

    The next batch comes at 20 h, and has it from 24 h to 25 h.
    """
    assert rows(
        mill(held(), ("A", 0), ("A", 3), ("A", 20), until=30.0), "clean", "cleaned", "grant", "deviation", "done"
    ) == lines(
        """
        0 grant m-1 o1/1
        1 done o1/1
        3 clean m-1 minor
        3 grant m-1 o2/1
        3.5 cleaned m-1 minor
        4.5 done o2/1
        10.5 deviation m-1 dirty hold
        20 clean m-1 long
        20 grant m-1 o3/1
        24 cleaned m-1 long
        25 done o3/1
        """
    )


def test_a_clean_that_waits_for_too_long_becomes_the_longer_one() -> None:
    """The batch leaves at 1 h, and the minor clean waits for a crew that comes at 10 h;
    at 7 h the mill is dirty for 6 h.

    The long clean of 4 h is made instead. If it needs nobody, it begins then: the mill is clean at 11 h. If it needs
    the crew as well, it waits on, and is made from 10 h to 14 h.
    """
    rule = held(when="at once", needs={"crew": 1})
    scenario = mill(
        rule,
        ("A", 0),
        pools={"crew": Pool(count=1, calendar="late")},
        calendars={"late": Calendar(open=((10.0, 24.0),), period=24.0)},
        until=24.0,
    )
    assert rows(scenario, "clean", "wait", "begin", "cleaned", "deviation") == lines(
        """
        1 clean m-1 minor
        1 wait m-1 crew
        7 deviation m-1 dirty hold
        7 clean m-1 long
        11 cleaned m-1 long
        """
    )
    crewed = rule.model_copy(update={"cleans": {"long": Clean(time=4.0, needs={"crew": 1})}})
    assert rows(scenario.replace(cleaning={"wet": crewed}), "clean", "begin", "cleaned", "deviation") == lines(
        """
        1 clean m-1 minor
        7 deviation m-1 dirty hold
        7 clean m-1 long
        10 begin m-1
        14 cleaned m-1 long
        """
    )


def test_a_clean_that_has_begun_in_time_breaks_no_limit() -> None:
    """Left at 1 h, the mill is cleaned at once, for 8 h, to 9 h: no deviation at 7 h,
    though the limit of 6 h is over then.
    """
    rule = Cleaning(when="at once", minor=8.0, dirty_hold=6.0)
    assert rows(mill(rule, ("A", 0), until=50.0)) == ["0 grant m-1 o1/1", "1 clean m-1 minor", "9 cleaned m-1 minor"]


def test_a_unit_in_use_breaks_no_dirty_hold() -> None:
    """Batches of 5 h with no clean between: left at 5 h, it takes the next one at 7 h, dirty for 2 of 3 h.

    At 8 h it is in use, to 12 h; it breaks its limit at 15 h.
    """
    products = {"A": Product(batch=100.0, steps={"s": Step(on="mill", time=5.0)})}
    scenario = mill(Cleaning(major=2.0, dirty_hold=3.0), ("A", 0), ("A", 7), products=products, until=16.0)
    assert rows(scenario, "clean", "deviation", "done") == [
        "5 done o1/1",
        "12 done o2/1",
        "15 deviation m-1 dirty hold",
    ]


def test_a_clean_unit_is_cleaned_anew_when_its_hold_is_over() -> None:
    """Left at 1 h and clean since 1.5 h, for 10 h: at 11.5 h it is cleaned to 12 h, and 10 h later, at 22 h, again."""
    rule = Cleaning(when="at once", minor=0.5, clean_hold=10.0, when_expired="at once")
    scenario = mill(rule, ("A", 0), until=30.0)
    assert why(scenario) == ["minor: minor", "minor: clean hold", "minor: clean hold"]
    assert rows(scenario, "clean") == ["1 clean m-1 minor", "11.5 clean m-1 minor", "22 clean m-1 minor"]


def test_before_use_an_expired_unit_is_cleaned_for_the_batch_that_gets_it() -> None:
    """As new at 0 h, it is clean for 10 h: the batch of 8 h finds it clean and is done at 9 h.

    That of 12 h does not: it is cleaned for it until 12.5 h, and done at 13.5 h.
    """
    rule = Cleaning(minor=0.5, clean_hold=10.0)
    assert rows(mill(rule, ("A", 8)), "clean", "done") == ["9 done o1/1"]
    assert rows(mill(rule, ("A", 12)), "clean", "grant", "cleaned", "done") == lines(
        """
        12 clean m-1 minor
        12 grant m-1 o1/1
        12.5 cleaned m-1 minor
        13.5 done o1/1
        """
    )
    assert why(mill(rule, ("A", 12))) == ["minor: clean hold"]


def test_an_expired_unit_that_nobody_wants_stays_so_until_it_is_used() -> None:
    """Clean from 1.5 h on, for 10 h: idle for nine holds, it is cleaned once more, for the batch of 100 h.

    That is done at 101.5 h, and the unit clean at 102 h, for 10 h again.
    """
    scenario = mill(Cleaning(when="at once", minor=0.5, clean_hold=10.0), ("A", 0), ("A", 100), until=150.0)
    assert why(scenario) == ["minor: minor", "minor: clean hold", "minor: minor"]
    assert rows(scenario, "clean", "lapse", "done") == lines(
        """
        1 clean m-1 minor
        1 done o1/1
        11.5 lapse m-1 clean hold
        100 clean m-1 minor
        101.5 clean m-1 minor
        101.5 done o2/1
        112 lapse m-1 clean hold
        """
    )


def test_a_unit_that_is_cleaned_before_use_may_be_cleaned_at_once_when_it_expires() -> None:
    """As new at 0 h, clean for 10 h, cleaned to 10.5 h: the batch of 12 h finds it so, and leaves it dirty."""
    rule = Cleaning(minor=0.5, clean_hold=10.0, when_expired="at once")
    assert rows(mill(rule, ("A", 12), until=50.0)) == lines(
        """
        10 clean m-1 minor
        10.5 cleaned m-1 minor
        12 grant m-1 o1/1
        """
    )


def test_a_unit_that_expires_while_it_is_serviced_is_cleaned_after_it_or_before_use() -> None:
    """Clean from 1.5 h on for 10 h, serviced from 10 h to 13 h: at once, it is cleaned then, from 13 h to 13.5 h."""
    service: Any = {
        "units": {"m": Unit(kind="mill", cleaning="wet", maintenance="service")},
        "maintenance": {"service": Maintenance(every=10.0, lasts=3.0)},
    }
    for when, cleans in (("before use", ["1.5 cleaned m-1 minor"]), ("at once", ["13.5 cleaned m-1 minor"])):
        rule = Cleaning(when="at once", minor=0.5, clean_hold=10.0, when_expired=when)
        assert rows(mill(rule, ("A", 0), until=20.0, **service), "cleaned")[-1:] == cleans


def test_a_sterile_unit_is_sterilised_anew_when_its_hold_is_over() -> None:
    """Left at 1 h, it is clean and sterile from 1.5 h on, sterile for 5 h: it is steamed for 1 h at 6.5 h.

    So it is sterile since 7.5 h, then since 13.5 h: steamed at 12.5 h and at 18.5 h. Clean since 1.5 h for 20 h, it is
    washed at 21.5 h, for steam does not wash.
    """
    rule = Cleaning(
        when="at once",
        minor=0.5,
        cleans={"steam": Clean(time=1.0, sterilises=True)},
        sterile_hold=5.0,
        after_sterile_hold="steam",
        clean_hold=20.0,
        when_expired="at once",
    )
    scenario = mill(rule, ("A", 0), until=26.0)
    assert why(scenario) == ["minor: minor", *["steam: sterile hold"] * 3, "minor: clean hold"]
    assert rows(scenario, "clean") == lines(
        """
        1 clean m-1 minor
        6.5 clean m-1 steam
        12.5 clean m-1 steam
        18.5 clean m-1 steam
        21.5 clean m-1 minor
        """
    )


def test_before_use_what_is_neither_clean_nor_sterile_is_washed_and_what_is_only_not_sterile_is_steamed() -> None:
    """As new at 0 h, sterile for 5 h and clean for 10 h.  The batch of 8 h finds it clean, and it is steamed to 9 h.

    That of 14 h finds it neither: it is washed to 14.5 h, which makes it sterile, too.
    """
    rule = Cleaning(
        minor=0.5,
        cleans={"steam": Clean(time=1.0, sterilises=True)},
        clean_hold=10.0,
        sterile_hold=5.0,
        after_sterile_hold="steam",
    )
    for hour, clean in ((8, ["8 clean m-1 steam", "9 cleaned m-1 steam", "10 done o1/1"]),
                        (14, ["14 clean m-1 minor", "14.5 cleaned m-1 minor", "15.5 done o1/1"])):  # fmt: skip
        assert rows(mill(rule, ("A", hour)), "clean", "cleaned", "done") == clean


# ---- opening, verdicts, single use -----------------------------------------------------------------------------------


@pytest.mark.parametrize("opens", [False, True])
def test_maintenance_that_opens_the_product_side_makes_a_clean_due(opens: bool) -> None:
    """A batch to 1 h, a minor clean to 1.5 h; serviced from 10 h to 11 h.

    If that opens it, it is cleaned for 2 h, from 11 h to 13 h, though nothing was made in it; else it stays clean.
    """
    rule = Cleaning(when="at once", minor=0.5, major=2.0, dirty_hold=99.0)
    scenario = mill(
        rule,
        ("A", 0),
        units={"m": Unit(kind="mill", cleaning="wet", maintenance="service")},
        maintenance={"service": Maintenance(every=10.0, lasts=1.0, opens=opens)},
        until=15.0,
    )
    assert why(scenario) == ["minor: minor", "major: after service"][: 1 + opens]
    assert (
        rows(scenario, "clean", "cleaned", "opened")
        == lines(
            """
        1 clean m-1 minor
        1.5 cleaned m-1 minor
        11 opened m-1 service
        11 clean m-1 major
        13 cleaned m-1 major
        """
        )[: 5 if opens else 2]
    )


def verified(fails: float, until: float = 100.0, **more: Any) -> Scenario:
    """A clean of 1 h, and a swab with 2 h until its verdict."""
    swab = Verification(time=2.0, fails=fails)
    rule = Cleaning(when="at once", cleans={"minor": Clean(time=1.0, verify=swab)}, **more)
    return mill(rule, ("A", 0), until=until)


def test_a_verdict_takes_its_time() -> None:
    """Cleaned from 1 h to 2 h, the swab takes 2 h: the mill is known to be clean at 4 h."""
    assert rows(verified(0.0), "clean", "phase", "cleaned") == lines(
        """
        1 clean m-1 minor
        2 phase m-1 minor
        4 cleaned m-1 minor
        """
    )


@pytest.mark.parametrize(("work", "over"), [("finish", 7.0), ("pause", 15.0), ("restart", 15.0)])
@pytest.mark.parametrize("analysts", [True, False])
def test_a_verdict_that_is_awaited_does_not_repeat_the_clean(work: str, over: float, analysts: bool) -> None:
    """Washed from 1 h to 3 h; 4 h to the verdict, with an analyst who is there until 5 h and again from 13 h on.

    He has 2 h left to do then: 15 h, also if the clean itself would be repeated; nobody needed, it is there at 7 h.
    """
    verify = Verification(time=4.0, needs={"analysts": 1} if analysts else {})
    washed: Any = {"phases": {"wash": Phase(time=2.0)}, "verify": verify, "work": work}
    shifts = Calendar(open=((0.0, 5.0), (13.0, 24.0)), period=24.0)
    scenario = mill(
        Cleaning(when="at once", cleans={"minor": Clean(**washed)}),
        ("A", 0),
        until=24.0,
        pools={"analysts": Pool(count=1, calendar="day")},
        calendars={"day": shifts},
    )
    assert rows(scenario, "halt", "phase", "cleaned") == [
        "3 phase m-1 minor",
        *(["5 halt m-1 analysts"] if over > 7.0 and analysts else []),
        f"{over if analysts else 7.0:g} cleaned m-1 minor",
    ]


def test_a_clean_whose_verdict_is_bad_is_repeated() -> None:
    """Cleaned from 1 h to 2 h with a verdict at 4 h; each bad one costs 1 h and 2 h more: verdicts at 4, 7, 10 h and so
    on.

    Verdicts are drawn by address: those below the share of 0.95 are bad, up to the first that is not, and that one ends
    it.
    """
    streams = Streams(1)
    bad = 0
    while streams.number("m-1/verdict minor", bad + 1) < 0.95:
        bad += 1
    assert bad > 0
    scenario = verified(0.95)
    assert why(scenario) == ["minor: minor", *["minor: failed verification"] * bad]
    assert rows(scenario, "unclean", "cleaned") == [
        *(f"{4 + 3 * k} unclean m-1 minor" for k in range(bad)),
        f"{4 + 3 * bad} cleaned m-1 minor",
    ]


def test_so_many_verdicts_are_bad_as_the_share_says() -> None:
    """Of 1,000 batches in a row each but the first is cleaned before, and a share of 0.3 of all cleans is repeated.

    So 999 cleans are followed by 0.3 / 0.7 x 999 = 428 repeats; the repeats of one have a variance of 0.3 / 0.7^2 =
    0.612, so that 4 standard errors are 4 x 0.783 x 999^0.5 = 99.
    """
    steps = {"s": Step(on="m", time=1.0)}
    swab = Verification(time=0.5, fails=0.3)
    scenario = small(
        steps,
        batches=1000,
        units={"m": Unit(kind="m", cleaning="wet")},
        cleaning={"wet": Cleaning(cleans={"minor": Clean(time=0.5, verify=swab)})},
        run={"horizon": 4000.0},
    )
    told = [row[1] for row in play(scenario)]
    assert told.count("cleaned") == 999
    assert told.count("unclean") == pytest.approx(0.3 / 0.7 * 999, abs=4 * 0.783 * 999**0.5)


def test_a_clean_that_is_repeated_goes_through_all_its_phases_again() -> None:
    """Left at 1 h: rinsed with 1,000 L/h to 1.5 h, washed to 2.5 h, and a bad verdict at 4.5 h.

    So it is rinsed again to 5 h and washed to 6 h; the good verdict comes at 8 h.  Two rinses take 500 L each.
    """
    phases = {"rinse": Phase(time=0.5, needs={"wfi": 1000.0}), "wash": Phase(time=1.0)}
    clean = Clean(phases=phases, verify=Verification(time=2.0, fails=0.5))
    rule = Cleaning(when="at once", cleans={"minor": clean})
    scenario = mill(rule, ("A", 0), until=9.0, utilities={"wfi": Utility(peak=2000.0)})
    seed = next(seed for seed in range(1, 99) if [_bad(seed, k) for k in (1, 2)] == [True, False])
    assert told(play(scenario, seed), "clean", "phase", "unclean", "cleaned") == lines(
        """
        1 clean m-1 minor
        1.5 phase m-1 minor
        2.5 phase m-1 minor
        4.5 unclean m-1 minor
        4.5 clean m-1 minor
        5 phase m-1 minor
        6 phase m-1 minor
        8 cleaned m-1 minor
        """
    )
    drawn = simulate(scenario, seed).check().utility("wfi")
    assert [each for each in zip(drawn["start"], drawn["end"], drawn["drawn"], strict=True) if each[2]] == [
        (1.0, 1.5, 1000.0),
        (4.5, 5.0, 1000.0),
    ]


def _bad(seed: int, verdict: int) -> bool:
    return Streams(seed).number("m-1/verdict minor", verdict) < 0.5


def test_single_use_equipment_is_set_up_for_each_batch_and_uses_up_a_bag() -> None:
    """Batches of A at 0 h and 10 h, of B at 20 h: each is set up for in half an hour, and it is never cleaned.

    Three set-ups take a bag and two filters each: 3 bags and 6 filters.
    """
    rule = Cleaning(cleans={"setup": Clean(time=0.5, consumes={"bag 50 L": 1, "filter": 2})})
    scenario = mill(rule, ("A", 0), ("A", 10), ("B", 20), until=30.0)
    assert why(scenario) == ["setup: setup"] * 3
    run = simulate(scenario).check()
    assert run.consumed().to_dict() == {"bag 50 L": 3.0, "filter": 6.0}
    units = run.spans("units")
    assert units[units["state"] == "setup"][["start", "end", "act"]].to_numpy().tolist() == [
        [0.0, 0.5, "setup"],
        [10.0, 10.5, "setup"],
        [20.0, 20.5, "setup"],
    ]


def test_single_use_equipment_that_was_opened_is_set_up_again() -> None:
    """As new it is set up to 0.5 h; left at 1.5 h it is set up at once, to 2 h, with nobody to come before 20 h.

    The service of 10 h opens it: set up again from 11 h to 11.5 h, it is ready for the batch of 20 h.
    """
    scenario = mill(
        Cleaning(when="at once", cleans={"setup": Clean(time=0.5)}),
        ("A", 0),
        ("A", 20),
        units={"m": Unit(kind="mill", cleaning="wet", maintenance="service")},
        maintenance={"service": Maintenance(every=10.0, lasts=1.0, opens=True)},
        until=20.5,
    )
    assert rows(scenario, "opened", "cleaned", "grant") == lines(
        """
        0 grant m-1 o1/1
        0.5 cleaned m-1 setup
        2 cleaned m-1 setup
        11 opened m-1 service
        11.5 cleaned m-1 setup
        20 grant m-1 o2/1
        """
    )


# ---- phases ----------------------------------------------------------------------------------------------------------


def cip(**more: Any) -> Clean:
    """A rinse of half an hour with water, a caustic wash of 1 h, and another rinse; one skid throughout."""
    rinse = Phase(time=0.5, needs={"water": 2})
    phases = {"pre-rinse": rinse, "caustic": Phase(time=1.0), "rinse": rinse}
    return Clean(phases=phases, needs={"skid": 1}, **more)


def two_mills(**more: Any) -> Scenario:
    """Two mills that are left at 1 h, and share a skid; water is a pool of which each rinse needs two."""
    parts: dict[str, Any] = {
        "units": {"m": Unit(kind="mill", count=2, cleaning="wet")},
        "pools": {"skid": Pool(count=1), "water": Pool(count=2)},
        "until": 20.0,
    }
    return mill(Cleaning(when="at once", cleans={"minor": cip()}), ("A", 0), ("A", 0), **{**parts, **more})


def test_each_phase_is_a_stay_with_its_draw_and_the_skid_is_kept_to_the_last() -> None:
    """Both mills are left at 1 h. The first rinses to 1.5 h, washes to 2.5 h and rinses to 3 h, with the skid
    throughout.

    The second waits for the skid until then, and is clean 2 h later, at 5 h. Each rinse takes two of water.
    """
    run = simulate(two_mills()).check()
    units = run.spans("units")
    stays = units[units["state"] == "cleaning"][["unit", "start", "end", "act", "cause", "detail"]]
    assert stays.to_numpy().tolist() == [
        ["m-1", 1.0, 1.5, "clean minor: pre-rinse", "minor", ""],
        ["m-1", 1.5, 2.5, "clean minor: caustic", "minor", ""],
        ["m-1", 2.5, 3.0, "clean minor: rinse", "minor", ""],
        ["m-2", 1.0, 3.0, "clean minor: pre-rinse", "minor", "skid"],
        ["m-2", 3.0, 3.5, "clean minor: pre-rinse", "minor", ""],
        ["m-2", 3.5, 4.5, "clean minor: caustic", "minor", ""],
        ["m-2", 4.5, 5.0, "clean minor: rinse", "minor", ""],
    ]
    pools = run.spans("pools")[["pool", "start", "end", "number", "who"]].to_numpy().tolist()
    assert pools == [
        ["skid", 1.0, 3.0, 1, "m-1"],
        ["skid", 3.0, 5.0, 1, "m-2"],
        ["water", 1.0, 1.5, 2, "m-1"],
        ["water", 2.5, 3.0, 2, "m-1"],
        ["water", 3.0, 3.5, 2, "m-2"],
        ["water", 4.5, 5.0, 2, "m-2"],
    ]


def test_a_clean_has_its_skid_throughout_and_its_crew_for_the_phase_that_needs_them() -> None:
    """Both mills are left at 1 h; the crew, who connect the skid in 15 min, come at 1.5 h; then it washes for 1 h.

    m-1 is connected to 1.75 h and clean at 2.75 h; m-2 has skid and crew then: connected to 3 h, clean at 4 h.
    """
    phases = {"connect": Phase(time=0.25, needs={"crew": 1}), "wash": Phase(time=1.0)}
    clean = Clean(phases=phases, needs={"skid": 1})
    scenario = two_mills(
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": clean})},
        pools={"skid": Pool(count=1), "crew": Pool(count=1, calendar="day")},
        calendars={"day": Calendar(open=((1.5, 24.0),), period=24.0)},
    )
    assert rows(scenario, "begin", "phase", "cleaned") == lines(
        """
        1.5 begin m-1
        1.75 phase m-1 minor
        2.75 cleaned m-1 minor
        2.75 begin m-2
        3 phase m-2 minor
        4 cleaned m-2 minor
        """
    )
    uses = simulate(scenario).check().spans("pools")
    assert sorted(uses[["pool", "start", "end", "who"]].to_numpy().tolist()) == [
        ["crew", 1.5, 1.75, "m-1"],
        ["crew", 2.75, 3.0, "m-2"],
        ["skid", 1.5, 2.75, "m-1"],
        ["skid", 2.75, 4.0, "m-2"],
    ]


def test_a_phase_waits_for_its_water_and_keeps_the_skid() -> None:
    """With two skids both rinse in turn, for there is water for one: the first from 1 h to 1.5 h, the second to 2 h.

    The first washes to 2.5 h and rinses to 3 h; the second washes from 2 h to 3 h, finds the water free, and ends at
    3.5 h.
    """
    scenario = two_mills(pools={"skid": Pool(count=2), "water": Pool(count=2)})
    assert rows(scenario, "wait", "begin", "phase", "cleaned") == lines(
        """
        1 begin m-1
        1 wait m-2 water
        1.5 phase m-1 minor
        1.5 begin m-2
        2 phase m-2 minor
        2.5 phase m-1 minor
        2.5 begin m-1
        3 cleaned m-1 minor
        3 phase m-2 minor
        3 begin m-2
        3.5 cleaned m-2 minor
        """
    )


def test_a_utility_is_drawn_in_each_phase_that_needs_it() -> None:
    """Water is drawn at 1,200 L/h in the two rinses, 0.5 h each, and never by two mills at once: 2,400 are above 2,000
    L/h.

    The first rinses from 1 h to 1.5 h, washes to 2.5 h, rinses to 3 h; the second half an hour later: to 3.5 h.
    """
    rinse = Phase(time=0.5, needs={"wfi": 1200.0})
    clean = Clean(phases={"rinse": rinse, "wash": Phase(time=1.0), "last rinse": rinse})
    scenario = two_mills(
        cleaning={"wet": Cleaning(when="at once", cleans={"minor": clean})},
        pools={},
        utilities={"wfi": Utility(peak=2000.0)},
    )
    assert rows(scenario, "wait", "cleaned") == ["1 wait m-2 wfi", "3 cleaned m-1 minor", "3.5 cleaned m-2 minor"]


@pytest.mark.parametrize("work", ["finish", "pause", "restart"])
def test_a_clean_that_a_shift_end_cuts_goes_on_or_is_repeated(work: Literal["finish", "pause", "restart"]) -> None:
    """Begun at 1 h, of 2 + 2 h; the crew goes from 4 h to 10 h: 1 h is worked of the second phase, and 1 h is left.

    If it must finish, it ends at 5 h: 4 h of the crew. Paused, it goes on at 10 h and ends at 11 h: 3 + 1 h of the
    crew. Repeated from the first phase on, it ends at 14 h: 3 + 4 h of the crew.
    """
    clean = Clean(phases={"wash": Phase(time=2.0), "rinse": Phase(time=2.0)}, needs={"crew": 1}, work=work)
    scenario = mill(
        Cleaning(when="at once", cleans={"minor": clean}),
        ("A", 0),
        pools={"crew": Pool(count=1, calendar="shift")},
        calendars={"shift": Calendar(open=((0.0, 4.0), (10.0, 24.0)), period=24.0)},
        until=24.0,
    )
    ends = {"finish": 5.0, "pause": 11.0, "restart": 14.0}
    assert rows(scenario, "cleaned") == [f"{ends[work]:g} cleaned m-1 minor"]
    run = simulate(scenario).check()
    assert run.pools().loc["crew", "mean in use"] * 24.0 == {"finish": 4.0, "pause": 4.0, "restart": 7.0}[work]


def test_a_batch_waits_only_for_a_clean_that_is_not_done() -> None:
    """The first batch leaves at 1 h, the second comes at 5 h. At once, the clean of 1 h is over at 2 h: begun at 5 h.

    Before use, or as no campaign has ended, it is cleaned from 5 h to 6 h: begun at 6 h.
    """
    for when, start in (("at once", 5.0), ("before use", 6.0), ("at campaign end", 6.0)):
        rule = Cleaning(when=when, cleans={"minor": Clean(phases={"wash": Phase(time=1.0)})})
        run = simulate(mill(rule, ("A", 0), ("A", 5), until=20.0)).check()
        stays = run.spans("batches")
        busy = stays[(stays["batch"] == "o2/1") & (stays["state"] == "busy")]
        assert busy["start"].tolist() == [start]


def test_at_campaign_end_the_clean_that_renews_is_made_at_once_and_the_minor_one_later() -> None:
    """The first batch leaves at 1 h and the second comes at 2 h: the minor clean waits for it, and is made to 2.5 h.

    The campaign of two is over at 3.5 h: the major clean of 2 h begins then, though nothing is to come.
    """
    rule = Cleaning(when="at campaign end", minor=0.5, major=2.0, longest_campaign=2, dirty_hold=99.0)
    assert rows(mill(rule, ("A", 0), ("A", 2), until=20.0)) == lines(
        """
        0 grant m-1 o1/1
        2 clean m-1 minor
        2 grant m-1 o2/1
        2.5 cleaned m-1 minor
        3.5 clean m-1 major
        5.5 cleaned m-1 major
        """
    )


# ---- a rule of one's own ---------------------------------------------------------------------------------------------


def after_three_hours(unit: Cleanliness, product: str) -> str:
    """A major clean once the mill has worked for three hours; no other."""
    return "major" if unit.run_hours >= 3.0 else ""


def test_a_rule_of_ones_own_says_which_clean_is_due() -> None:
    """Five batches of 1 h each, of whatever product, at 0, 5, 10, 15 and 20 h.

    3 h are worked before the fourth: the major clean of 2 h is at 15 h; before the fifth it is 1 h since then.
    """
    rule = Cleaning(minor=0.5, major=2.0, policy=after_three_hours)
    scenario = mill(rule, *(("AB"[k % 2], 5.0 * k) for k in range(5)))
    assert why(scenario) == ["major: after_three_hours"]
    assert rows(scenario, "clean") == ["15 clean m-1 major"]


def test_what_a_rule_of_ones_own_does_wrong_is_told() -> None:
    """It is asked before the second batch, and names a clean that is not there, or
    divides by nought; or it is not found.
    """
    for policy, said in (
        (lambda unit, product: "polish", "there is no clean 'polish'"),
        (lambda unit, product: 1 / 0, "ZeroDivisionError"),
    ):
        with pytest.raises(ModelError, match=said):
            simulate(mill(Cleaning(minor=0.5, policy=policy), ("A", 0), ("A", 5)))
    with pytest.raises(LayoutError, match="can't import 'no_such:rule'"):
        simulate(mill(Cleaning(minor=0.5, policy="no_such:rule"), ("A", 0)))


# ---- what it costs ---------------------------------------------------------------------------------------------------


def changeovers(scenario: Scenario) -> int:
    """How many major cleans there are."""
    return sum(row[1] == "clean" and row[7] == "major" for row in play(scenario))


def test_two_mills_each_for_one_product_are_never_changed_over_and_one_for_both_each_time() -> None:
    """Ten batches, A and B by turns: on one mill each but the first is another product than the one before, 9 changes.

    On a mill for A and a mill for B there is none.
    """
    come = [("AB"[k % 2], 5.0 * k) for k in range(10)]
    rule = Cleaning(minor=0.5, major=2.0, dirty_hold=99.0)
    assert changeovers(mill(rule, *come)) == 9
    own = {name: Product(batch=100.0, steps={"s": Step(on=f"mill {name}", time=1.0)}) for name in "AB"}
    units = {name: Unit(kind=f"mill {name}", cleaning="wet") for name in "AB"}
    assert changeovers(mill(rule, *come, products=own, units=units)) == 0


def test_the_run_says_what_cleaning_costs_by_cause() -> None:
    """In 20 h: a minor clean of 0.5 h at 5 h, a change of product of 2 h at 10 h, neither of which waits.

    That is 0.5 / 20 = 0.025 and 2 / 20 = 0.1 of the calendar; at 1 h a batch, half a batch and two batches.
    """
    rule = Cleaning(minor=0.5, major=2.0, dirty_hold=99.0)
    run = simulate(mill(rule, ("A", 0), ("A", 5), ("B", 10), until=20.0)).check()
    assert run.cleans().reset_index().to_numpy().tolist() == [
        ["m-1", "change of product", 1.0, 2.0, 0.0, 0.1, 2.0],
        ["m-1", "minor", 1.0, 0.5, 0.0, 0.025, 0.5],
    ]
    plain = simulate(mill(Cleaning(minor=0.5, major=2.0), ("A", 0), ("A", 5), ("B", 10), until=20.0))
    assert plain.cleans().reset_index().to_numpy().tolist() == [
        ["m-1", "major", 1.0, 2.0, 0.0, 0.1, 2.0],
        ["m-1", "minor", 1.0, 0.5, 0.0, 0.025, 0.5],
    ]


def test_a_plant_without_cleaning_has_no_cleans() -> None:
    """Its tables of cleans, deviations and consumables are empty, with their columns."""
    run = simulate(small({"s": Step(on="m", time=1.0)}))
    assert list(run.cleans().columns) == [
        "cleans",
        "hours",
        "of which waiting",
        "share of calendar hours",
        "in batches",
    ]
    assert not len(run.cleans()) and not len(run.deviations()) and not len(run.consumed())


def test_hours_in_which_a_clean_waits_are_told_apart_and_shares_are_of_all_units_of_a_kind() -> None:
    """Two mills for 20 h: 2 h of cleaning each, and 2 h in which the second waits for the skid, from 1 h to 3 h.

    6 h of the 40 h of both are 0.15; at 1 h a batch they are 6 batches.
    """
    run = simulate(two_mills()).check()
    assert run.cleans(by="kind").reset_index().to_numpy().tolist() == [["mill", "minor", 2.0, 6.0, 2.0, 0.15, 6.0]]


def test_deviations_are_told() -> None:
    """Left at 1 h, the mill may be dirty for 6 h: the deviation is at 7 h; the clean
    before the batch of 10 h comes after.
    """
    run = simulate(mill(held(), ("A", 0), ("A", 10), until=20.0))
    assert run.deviations().to_numpy().tolist() == [[7.0, "m-1", "", "", "A", "dirty hold"]]


def test_a_dispatch_rule_sees_the_clean_by_pair_of_products() -> None:
    """At 1 h the mill is free, after A. C has come at 0.5 h and B at 0.75 h, but B takes no clean: B goes from 1 h to 2
    h.

    Then C takes the major clean of 2 h, and is done at 5 h.
    """
    rule = Cleaning(major=2.0, between={"A": {"B": "none"}})
    scenario = mill(rule, ("A", 0), ("C", 0.5), ("B", 0.75), run={"horizon": 50.0, "dispatch": "least_changeover"})
    assert rows(scenario, "done") == ["1 done o1/1", "2 done o3/1", "5 done o2/1"]


def test_a_unit_that_takes_turns_changes_over_while_nothing_waits() -> None:
    """Left at 1 h, it is set for B at 2 h, takes the B of 1.5 h as it is, is set for A at 4 h, for B at 5 h, and so on.

    The A of 4.5 h finds it on its way to B: it waits until 5 h, and for the change back until 6 h.
    """
    scenario = mill(Cleaning(major=1.0, turns=("A", "B")), ("A", 0), ("B", 1.5), ("A", 4.5), until=7.5)
    assert rows(scenario, "clean", "cleaned", "grant", "done") == lines(
        """
        0 grant m-1 o1/1
        1 done o1/1
        1 clean m-1 major
        2 cleaned m-1 major
        2 grant m-1 o2/1
        3 done o2/1
        3 clean m-1 major
        4 cleaned m-1 major
        4 clean m-1 major
        5 cleaned m-1 major
        5 clean m-1 major
        5 grant m-1 o3/1
        6 cleaned m-1 major
        7 done o3/1
        7 clean m-1 major
        """
    )


def test_a_unit_that_was_clean_when_its_batch_got_it_breaks_no_dirty_hold() -> None:
    """As new, it is set up for its first batch, which has it at 0 h; it may be dirty for 6 h, but it is not.

    The crew comes at 10 h: set up to 11 h, when the batch begins, without a deviation.
    """
    rule = Cleaning(cleans={"setup": Clean(time=1.0, needs={"crew": 1})}, dirty_hold=6.0)
    scenario = mill(
        rule,
        ("A", 0),
        pools={"crew": Pool(count=1, calendar="late")},
        calendars={"late": Calendar(open=((10.0, 24.0),), period=24.0)},
        until=16.0,
    )
    whole = play(scenario)
    assert told(whole, "clean", "begin", "cleaned", "deviation") == lines(
        """
        0 clean m-1 setup
        10 begin m-1
        11 cleaned m-1 setup
        11 begin m-1 o1/1
        """
    )
    state = state_at(scenario, whole, HOUR)
    assert play(scenario, start=state) == [row for row in whole if row[0] > HOUR]

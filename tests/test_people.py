"""Crews: when they are there, what they can do, and who comes; worked out by hand, times in hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plants import lines, play, resumes, small, told

from plantsim.calendars import Calendar, Timetable
from plantsim.chance import HOUR
from plantsim.cleaning import Clean, Cleaning, Phase
from plantsim.crews import assigned, who_can
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError
from plantsim.laws import Constant
from plantsim.layout import read_layout, write_layout
from plantsim.layout.week import spelled_out
from plantsim.materials import QualityTest
from plantsim.plant import Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step

MONDAY = "2027-03-01T00:00"


def opened(**said: object) -> list[list[str]]:
    """The open stretches of Monday, in minutes since midnight."""
    raw, faults = spelled_out({"days": "mon", **said}, MONDAY, ("calendars", "c"))
    assert not faults
    return raw["open"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"hours": "06:00-14:00", "breaks": "10:00-10:30"}, [(360, 600), (630, 840)]),
        ({"hours": "06:00-14:00", "breaks": ["10:00-10:30", "05:00-06:15"]}, [(375, 600), (630, 840)]),
        ({"hours": "06:00-14:00", "gowning": "15 min"}, [(375, 840)]),
        ({"hours": ["06:00-14:00", "14:00-22:00"], "gowning": "9 min"}, [(369, 840), (849, 1320)]),
        ({"hours": "06:00-14:00", "gowning": "9 min", "degowning": "5 min"}, [(369, 835)]),
        ({"hours": "06:00-14:00", "breaks": "10:00-10:30", "gowning": "0.25 h"}, [(375, 600), (645, 840)]),
        ({"hours": "22:00-06:00", "breaks": "02:00-02:30"}, [(1320, 1560), (1590, 1800)]),
        ({"hours": "22:00-06:00", "breaks": ["23:00-23:30", "05:50-07:00"]}, [(1320, 1380), (1410, 1790)]),
    ],
)  # fmt: skip
def test_breaks_and_gowning_are_taken_out_of_the_hours(
    said: dict[str, object], expected: list[tuple[int, int]]
) -> None:
    """In minutes of Monday: from 6:00 = 360 to 14:00 = 840 less a break from 10:00 = 600 to
    10:30 = 630 leaves 360 to 600 and 630 to 840.

    Gowning of 15 min is lost at the beginning of each stretch, also after a break, and degowning of
    5 min at its end. A night from 22:00 = 1320 to 6:00 = 1800 has its break from 2:00 = 1560 to 1590;
    one beyond its end cuts what it overlaps.
    """
    assert opened(**said) == [[f"{begin} min", f"{end} min"] for begin, end in expected]


def test_work_pauses_in_a_break_and_goes_on_after_it() -> None:
    """There from 0 to 4 h and from 4.5 to 8 h: 5 h of work end at 5.5 h."""
    plant = small(
        {"s": Step(on="m", time=5.0, needs={"run": {"crew": 1}}, work="pause")},
        batches=1,
        pools={"crew": Pool(count=1, calendar="day")},
        calendars={"day": Calendar(open=((0.0, 4.0), (4.5, 8.0)), period=24.0)},
    )
    assert told(list(simulate(plant.check()).record)) == lines(
        """
        0 grant m-1 o/1
        0 begin m-1 o/1
        4 halt m-1 o/1 crew
        4.5 begin m-1 o/1
        5.5 leave m-1 o/1
        """
    )


# ---- skills ----------------------------------------------------------------------------------------------------------


def staffed(needs: dict[str, dict[str, float]], **more: Any) -> Scenario:
    """A batch on a unit of its own for each need, 3 h each, all from 0 h on; what a need asks is said by its name."""
    products = {
        name: Product(batch=1.0, steps={"s": Step(on=name, time=3.0, needs={"run": needs[name]})}) for name in needs
    }
    orders = {name: Order(product=name, batches=1, release={"at_once": True}) for name in needs}
    units = {name: Unit(kind=name) for name in needs}
    return small({}, units=units, products=products, orders=orders, **more)


CLASSIC = {"operators": Pool(count=1), "technicians": Pool(count=1, skills=("operators",))}


def test_a_technician_who_can_also_operate_waits_for_neither() -> None:
    """a takes the operator; b needs one too: the technician comes. c needs a technician and waits 3 h for him.

    Without the skill b waits for the operator, and c begins at once.
    """
    needs = {"a": {"operators": 1}, "b": {"operators": 1}, "c": {"technicians": 1}}
    run = simulate(staffed(needs, pools=CLASSIC)).check()
    assert told(run.record, "begin", "wait") == lines(
        """
        0 begin a-1 a/1
        0 begin b-1 b/1
        0 wait c-1 c/1 technicians
        3 begin c-1 c/1
        """
    )
    lent = [row[8][0][2] for row in run.record if row[1] == "begin" and row[8]]
    assert lent == [(("technicians", 1, 3 * HOUR),)]  # the row says who came, where that is not plain
    assert run.state_at(1.0).batches["b/1"].words == ("operators",)
    assert run.pools()["mean in use"].to_dict() == {
        "operators": pytest.approx(0.03),
        "technicians": pytest.approx(0.06),
    }
    plain = {name: pool.model_copy(update={"skills": ()}) for name, pool in CLASSIC.items()}
    assert told(simulate(staffed(needs, pools=plain)).record, "begin") == [
        "0 begin a-1 a/1", "0 begin c-1 c/1", "3 begin b-1 b/1",
    ]  # fmt: skip


def test_one_need_is_filled_from_two_pools_and_each_gives_back_its_own() -> None:
    """Two operators are asked for where there is one: the technician comes, too; both are back at 3 h for b."""
    needs = {"a": {"operators": 2}, "b": {"operators": 1, "technicians": 1}}
    run = simulate(staffed(needs, pools=CLASSIC)).check()
    assert told(run.record, "begin", "wait") == lines(
        """
        0 begin a-1 a/1
        0 wait b-1 b/1 operators
        3 begin b-1 b/1
        """
    )
    stint, words = next(row[8] for row in run.record if row[8] and row[1] == "begin")
    assert (stint[2], words) == ((("operators", 1, 3 * HOUR), ("technicians", 1, 3 * HOUR)), ("operators", "operators"))
    assert run.pools()["mean in use"].to_dict() == {
        "operators": pytest.approx(0.06),
        "technicians": pytest.approx(0.06),
    }
    assert str(run.why("b/1", at=1.0)) == "\n".join(
        [
            "b/1 holds b-1 and waits for operators: a/1 (2), of 2",
            "a/1 is in a-1 (s) until 0 d 03:00",
        ]
    )


def test_a_skill_is_filled_by_who_can_do_the_least_else() -> None:
    """Both can weigh; the porter can do nothing else and comes first, for a, though the file names him last.

    So the chemist weighs for b, to 3 h, and c, which needs half of him for sampling, waits until then.
    """
    pools = {"chemists": Pool(count=1, skills=("weighing", "sampling")), "porters": Pool(count=1, skills=("weighing",))}
    run = simulate(staffed({"a": {"weighing": 1}, "b": {"weighing": 1}, "c": {"sampling": 0.5}}, pools=pools)).check()
    lent = {row[3]: row[8][0][2][0][:2] for row in run.record if row[1] == "begin"}
    assert lent == {"a/1": ("porters", 1), "b/1": ("chemists", 1), "c/1": ("chemists", 0.5)}
    assert told(run.record, "wait", "begin")[2:] == ["0 wait c-1 c/1 sampling", "3 begin c-1 c/1"]


def test_a_fraction_is_of_one_person() -> None:
    """Three batches need 0.6 of an operator for 3 h: one and one fit, from 0 h on.

    The third would need 0.4 of one and 0.2 of the other: it begins when the first are done, at 3 h.
    """
    run = simulate(staffed({name: {"operators": 0.6} for name in "abc"}, pools=CLASSIC)).check()
    assert told(run.record, "begin") == ["0 begin a-1 a/1", "0 begin b-1 b/1", "3 begin c-1 c/1"]


def test_work_that_one_crew_leaves_another_takes_up() -> None:
    """The technician goes home at 2 h; the operator, free from 2.5 h on, goes on with what is left, 1 h.

    a has the operator for 2.5 h, b the technician from 0 h: it pauses at 2 h and ends at 3.5 h, not on the next day.
    """
    steps = {"a": Step(on="a", time=2.5, needs={"run": {"operators": 1}}),
             "b": Step(on="b", time=3.0, needs={"run": {"operators": 1}}, work="pause")}  # fmt: skip
    plant = small(
        {},
        units={name: Unit(kind=name) for name in steps},
        products={name: Product(batch=1.0, steps={"s": step}) for name, step in steps.items()},
        orders={name: Order(product=name, batches=1, release={"at_once": True}) for name in steps},
        pools={"operators": Pool(count=1), "technicians": Pool(count=1, skills=("operators",), calendar="short")},
        calendars={"short": Calendar(open=((0.0, 2.0),), period=24.0)},
    )
    run = simulate(plant).check()
    assert told(run.record, "begin", "halt", "wait", "leave") == lines(
        """
        0 begin a-1 a/1
        0 begin b-1 b/1
        2 halt b-1 b/1 technicians
        2 wait b-1 b/1 operators
        2.5 leave a-1 a/1
        2.5 begin b-1 b/1
        3.5 leave b-1 b/1
        """
    )


def test_who_has_lost_patience_keeps_all_who_could_come() -> None:
    """b wants two operators, of whom a has one until 3 h; c, from 1 h on, wants the technician for whom b waits.

    With patience c goes first and b waits for it until 4 h; without, b begins at 3 h and c after it, at 6 h.
    """

    def plant(patience: float) -> Scenario:
        needs = {"a": {"operators": 1}, "b": {"operators": 2}, "c": {"technicians": 1}}
        pools = {name: pool.model_copy(update={"patience": patience}) for name, pool in CLASSIC.items()}
        made = staffed(needs, pools=pools)
        late = {name: each.model_copy(update={"start": "abc".index(name) / 2}) for name, each in made.orders.items()}
        return made.replace(orders=late)

    assert told(simulate(plant(9.0)).record, "begin") == ["0 begin a-1 a/1", "1 begin c-1 c/1", "4 begin b-1 b/1"]
    assert told(simulate(plant(0.0)).record, "begin") == ["0 begin a-1 a/1", "3 begin b-1 b/1", "6 begin c-1 c/1"]


def test_cleans_repairs_and_tests_are_done_by_who_can() -> None:
    """The operator works in b until 9 h; meanwhile the technician repairs, cleans and samples as an operator.

    m fails at 1 h and is repaired until 2 h; its batch leaves at 3 h, when it asks for a rinse of 0.5 h, and the sample
    for a look of 1 h: by name the rinse comes first.
    """
    plant = small(
        {},
        units={
            "m": Unit(kind="m", cleaning="wash", failures=("seal",)),
            "b": Unit(kind="b"),
        },
        products={
            "b": Product(batch=1.0, steps={"s": Step(on="b", time=9.0, needs={"run": {"operators": 1}})}),
            "m": Product(batch=1.0, steps={"s": Step(on="m", time=2.0, tests={"look": {}})}),
        },
        orders={name: Order(product=name, batches=1, release={"at_once": True}) for name in "bm"},
        failures={"seal": Failure(after=1.0, repair=1.0, pool="operators", work="pause")},
        cleaning={"wash": Cleaning(when="at once", cleans={"minor": Clean(phases={
            "rinse": Phase(time=0.5, needs={"operators": 1}), "dry": Phase(time=0.25)})})},
        tests={"look": QualityTest(time=1.0, needs={"operators": 1})},
        pools=CLASSIC,
        run={"horizon": 8.0},
    )  # fmt: skip
    run = simulate(plant).check()
    assert told(run.record, "wait") == ["3 wait operators"]
    crew = run.all_spans["pools"]
    mine = crew[crew["pool"] == "technicians"]
    spans = zip(mine["who"], mine["start"], mine["end"], strict=True)
    stays = {(str(who), begin / HOUR, end / HOUR) for who, begin, end in spans}
    assert stays == {("m-1", 1.0, 2.0), ("m-1", 3.0, 3.5), ("m/1/s/look", 3.5, 4.5)}


def test_what_is_kept_is_of_one_pool_and_a_clean_never_waits_for_itself() -> None:
    """A clean that keeps the only technician may not need an operator in a phase, for
    that may be the same technician.
    """
    rinse = Phase(time=1.0, needs={"operators": 1})
    plant = small(
        {"s": Step(on="m", time=1.0, keeps={"weighing": 1})},
        units={"m": Unit(kind="m", cleaning="wash")},
        cleaning={"wash": Cleaning(cleans={"minor": Clean(phases={"rinse": rinse}, needs={"technicians": 1})})},
        pools={"operators": Pool(count=1), "technicians": Pool(count=1, skills=("operators", "weighing"))},
    )
    with pytest.raises(LayoutError) as told:
        plant.check()
    assert [str(fault).partition(": ")[2] for fault in told.value.faults] == [
        "'operators' may be the people whom the clean keeps as 'technicians': name 'technicians' in each phase instead",
        "'weighing' is a skill, and what is kept is of one pool: name a pool that has it",
    ]


def test_the_mean_run_counts_all_who_can() -> None:
    """Of three batches a and b need an operator for 3 h each: 2 h a batch, for which two can come.

    c needs a technician for 3 h: 1 h a batch, for which there is one.
    """
    needs = {"a": {"operators": 1}, "b": {"operators": 1}, "c": {"technicians": 1}}
    limits = {each.name: (each.hours, each.count) for each in staffed(needs, pools=CLASSIC).mean().limits}
    assert (limits["operators"], limits["technicians"]) == ((2.0, 2), (1.0, 1))


def test_gowning_is_lost_in_the_plain_form_as_in_that_of_days_and_hours() -> None:
    """Two shifts from 6 to 14 h and from 14 to 22 h, 0.5 h to gown and 0.25 h to take it off: 5 h of work that pauses.

    It begins at 6.5 h and ends at 11.5 h; the next, from there, pauses from 13.75 to 14.5 h and ends at 17.25 h.
    """
    shifts = Calendar(open=((6.0, 14.0), (14.0, 22.0)), period=24.0, gowning=0.5, degowning=0.25)
    plant = small(
        {"s": Step(on="m", time=5.0, needs={"run": {"crew": 1}}, work="pause")},
        pools={"crew": Pool(count=1, calendar="day")},
        calendars={"day": shifts},
    )
    assert told(list(simulate(plant.check()).record), "begin", "halt", "leave") == lines(
        """
        6.5 begin m-1 o/1
        11.5 leave m-1 o/1
        11.5 begin m-1 o/2
        13.75 halt m-1 o/2 crew
        14.5 begin m-1 o/2
        17.25 leave m-1 o/2
        """
    )


def test_a_file_says_gowning_in_both_forms(tmp_path: Path) -> None:
    """From 0 h to 8 h, with 15 min to gown and 6 min to take it off: there from 0.25 h to 7.9 h, in the plain form
    and in that of hours, and the same once it has been written and read again.
    """
    said = {
        "plain": "{open: [[0 h, 8 h]], period: 24 h, gowning: 15 min, degowning: 6 min}",
        "dated": "{hours: 00:00-08:00, gowning: 15 min, degowning: 6 min}",
    }
    rest = "products: {p: {batch: 1 kg, steps: {s: {on: m, time: 1 h}}}}\norders: {o: {product: p}}\n"
    for form, text in said.items():
        file = tmp_path / f"{form}.yaml"
        file.write_text(f"plantsim: 1\nstart: 2027-03-01\nunits: {{m: {{kind: m}}}}\ncalendars: {{c: {text}}}\n{rest}")
        table = Timetable(read_layout(file).calendars["c"])
        assert [table.change(0) / HOUR, table.change(HOUR) / HOUR] == [0.25, 7.9]
        write_layout(read_layout(file), file)
        assert Timetable(read_layout(file).calendars["c"]).open == table.open


def test_gowning_that_leaves_no_time_is_an_error() -> None:
    """Half an hour of gowning leaves nothing of a stretch from 6 h to 6.5 h."""
    with pytest.raises(ValueError, match=r"never opens: 0\.5 h of gowning leave no time in any open stretch"):
        Calendar(open=((6.0, 6.5),), gowning=0.5)


def test_who_stays_from_one_period_to_the_next_gowns_once() -> None:
    """A night shift from 22 h to 6 h is written as two stretches of a day: one gowning at 22 h, none at midnight."""
    night = Timetable(Calendar(open=((22.0, 24.0), (0.0, 6.0)), period=24.0, gowning=0.5))
    changes = [22 * HOUR + HOUR // 2, 30 * HOUR]
    assert [night.change(12 * HOUR), night.change(changes[0])] == changes


def test_a_pool_that_has_gone_home_owes_nobody() -> None:
    """A clean keeps a hand over the end of its shift, so that 0 - 1 = -1 are free there: of 1 that is asked for the
    other pool, which has 1.5, gives 1, and not 2 to make up for the debt.
    """
    who = who_can({"crew": ["craft"], "bins": ["craft"]})
    assert assigned([("craft", 1, 1)], lambda word, _: who[word], {"crew": -1.0, "bins": 1.5}) == [
        ("bins", 1, 1, "craft")
    ]


@pytest.mark.parametrize("period", [8.0, 24.0, 168.0])
def test_a_holiday_in_years_to_come_is_kept(period: float) -> None:
    """A calendar that is always open, shut for day 8000: it next changes as that day begins, and then as it ends."""
    day = 24 * HOUR
    table = Timetable(Calendar(open=((0.0, period),), period=period, closed=((8000 * 24.0, 8001 * 24.0),)))
    assert table.change(0) == 8000 * day
    assert table.change(8000 * day) == 8001 * day
    assert table.change(8001 * day) == 2**62


def test_a_plant_that_is_shut_for_years_opens_again() -> None:
    """Open for 8 h of each day, shut from day 10 to day 5000: it opens at the beginning of the shift of that day."""
    day, hour = 24 * HOUR, HOUR
    table = Timetable(Calendar(open=((6.0, 14.0),), period=24.0, closed=((240.0, 120_000.0),)))
    assert table.change(9 * day + 14 * hour) == 5000 * day + 6 * hour
    assert table.change(9 * day + 7 * hour) == 9 * day + 14 * hour


# ---- crews that are kept ---------------------------------------------------------------------------------------------


def kept(work: Any, failure: dict[str, Failure] | None = None, **acts: float) -> Scenario:
    """A step keeps a crew that is there from 0 to 3 h and from 10 h on, and needs a hand in its run."""
    step = Step(on="m", keeps={"crew": 1}, needs={"run": {"hand": 1}}, work=work, **acts)  # type: ignore[arg-type]
    return small(
        {"s": step},
        batches=1,
        units={"m": Unit(kind="m", failures=tuple(failure or {}))},
        pools={"crew": Pool(count=1, calendar="late"), "hand": Pool(count=1)},
        calendars={"late": Calendar(open=((0.0, 3.0), (10.0, 24.0)), period=24.0)},
        failures=failure or {},
    )


@pytest.mark.parametrize(("work", "done"), [("finish", 4.0), ("pause", 11.0), ("restart", 13.0)])
def test_work_loses_a_crew_that_it_keeps_at_the_end_of_its_shift(work: str, done: float) -> None:
    """Charged until 1 h, run until 3 h, when the crew goes: 1 h of 3 is left, from 10 h on; begun anew, all 3 h."""
    rows = resumes(kept(work, charge=1.0, time=3.0), hours=14)
    assert [(row[0] / HOUR, row[1], row[7]) for row in rows if row[1] in ("halt", "done")] == [
        *([(3.0, "halt", "crew")] if work != "finish" else []),
        (done, "done", ""),
    ]


def test_work_that_may_not_lose_a_crew_that_it_keeps_is_scrapped() -> None:
    assert told(play(kept("scrap", charge=1.0, time=3.0)), "halt", "scrap") == [
        "3 halt m-1 o/1 crew",
        "3 scrap o/1 crew",
    ]


@pytest.mark.parametrize("work", ["pause", "restart", "scrap"])
def test_no_act_begins_without_a_crew_that_is_kept(work: str) -> None:
    """Charged until 3 h, when the crew goes: the run begins at 10 h, and nothing was halted."""
    rows = resumes(kept(work, charge=3.0, time=1.0), hours=14)
    whole = ["3 wait m-1 o/1 crew", "10 begin m-1 o/1", "11 done o/1"]
    assert told(rows, "halt", "wait", "begin", "done") == whole


def test_what_is_repaired_goes_on_when_the_crew_that_is_kept_is_back() -> None:
    """Run from 0 h, it fails at 2 h and works again at 6 h, when nobody is there: the last hour is from 10 to 11 h."""
    leak = {"leak": Failure(after=Constant(value=2.0), repair=4.0)}  # type: ignore[arg-type]
    rows = resumes(kept("pause", leak, time=3.0), hours=14)
    assert told(rows, "fail", "repaired", "begin", "done") == [
        "0 begin m-1 o/1", "2 fail m-1 o/1 leak", "6 repaired m-1 leak", "10 begin m-1 o/1", "11 done o/1",
    ]  # fmt: skip


def test_who_waits_for_people_says_anew_whom_he_lacks_once_others_have_begun() -> None:
    """Two skids' men, who can do all, and three of the crew; one of each is away until 10 h.

    The heavy step wants three of the crew and one of the skids at 0 h: of the three who are free it could have either,
    not both, so that it lacks the second that it names.  At 1 h the light one takes one of the crew: of the two who are
    left not even the crew's three can be filled.
    """
    uses = {"b": {"skids": 1, "crew": 1}, "a": {"crew": 3, "skids": 1}, "c": {"craft": 1}}
    products = {
        name: Product(
            batch=1.0,
            priority=int(name == "b"),
            steps={name: Step(on=name, time=10.0, needs={"run": dict(sorted(needs.items()))})},
        )
        for name, needs in uses.items()
    }
    plant = Scenario(
        units={name: Unit(kind=name) for name in uses},
        pools={"skids": Pool(count=2, skills=("crew", "craft")), "crew": Pool(count=3, skills=("craft",))},
        products=products,
        orders={name: Order(product=name, batches=1, start=float(name == "c")) for name in uses},
        run={"horizon": 3.0},
    )
    assert told(simulate(plant.check()).record, "begin", "wait") == lines(
        """
        0 begin b-1 b/1
        0 wait a-1 a/1 skids
        1 begin c-1 c/1
        1 wait a-1 a/1 crew
        """
    )

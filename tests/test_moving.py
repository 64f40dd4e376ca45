"""Moving things: pipes with one transfer at a time, movers over distances, floors and airlocks; each rule by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plants import fresh, lines, play, resumes, small, state_at, told

from plantsim.chance import HOUR
from plantsim.charge import StartingCharge
from plantsim.charts.floorplan import plant_map
from plantsim.charts.zones import DIRTY
from plantsim.contracts import Charge, Draw, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import LayoutError, ModelError
from plantsim.laws import Constant
from plantsim.layout import read_layout, to_yaml
from plantsim.moving import Area, Transfer
from plantsim.plant import Buffer, Failure, Pool, Unit
from plantsim.recipe import Order, Product
from plantsim.results import Results
from plantsim.scenario import Scenario
from plantsim.step import Step

STEPS = {"mix": Step(on="tank", time=1.0), "fill": Step(on="filler", time=2.0)}


def piped(transfer: dict[str, Any], steps: dict[str, Step] = STEPS, **more: Any) -> Scenario:
    """Batches of 100 kg go from three tanks through a header to two fillers."""
    more.setdefault("units", {"tank": Unit(kind="tank", count=3), "filler": Unit(kind="filler", count=2)})
    more.setdefault("pools", {"header": Pool(count=1)})
    line = Transfer(**{"links": ["tank -> filler"], "pipe": "header", "rate": 200.0, **transfer})
    return small(steps, transfers={"line": line}, **more)


def carried(transfer: dict[str, Any], places: dict[str, dict[str, Any]], **more: Any) -> Scenario:
    """Batches are carried by one cart from a mill to a press."""
    units = {name: Unit(kind=name, **places.get(name, {})) for name in ("mill", "press")}
    steps = {"mill": Step(on="mill", time=1.0), "press": Step(on="press", time=1.0)}
    carts = Transfer(**{"links": ["mill -> press"], "by": "cart", **transfer})
    return small(steps, units=units, pools={"cart": Pool(count=1)}, transfers={"carts": carts}, **more)


def moved(run: Results, batch: str) -> list[tuple[float, float]]:
    """From when to when [min] a batch was moved."""
    stays = run.check().spans("batches")
    mine = stays[(stays["batch"] == batch) & (stays["state"] == "transferring")]
    return [(round(start * 60, 9), round(end * 60, 9)) for start, end in zip(mine["start"], mine["end"], strict=True)]


# ---- pipes -----------------------------------------------------------------------------------------------------------


def test_two_transfers_that_ask_for_one_header_go_one_after_the_other() -> None:
    """100 kg at 200 kg/h take 30 min: o/1 from 60 to 90 min, o/2 from then to 120 min; its tank is kept until then.

    Each is filled for 2 h: to 3.5 h and to 4 h.
    """
    rows = play(piped({}))
    assert told(rows) == lines("""
        0 grant tank-1 o/1
        0 grant tank-2 o/2
        1 grant filler-1 o/1
        1 grant filler-2 o/2
        1 begin filler-1 o/1
        1 wait filler-2 o/2 header
        1.5 leave tank-1 o/1
        1.5 begin filler-1 o/1
        1.5 begin filler-2 o/2
        2 leave tank-2 o/2
        2 begin filler-2 o/2
        3.5 leave filler-1 o/1
        4 leave filler-2 o/2
    """)


def test_a_header_is_flushed_while_the_batch_goes_on() -> None:
    """30 min and a flush of 15 min: the header is used from 60 to 105 and to 150 min; o/1 is worked from 90 min."""
    run = simulate(piped({"flush": 0.25}), 1).check()
    assert moved(run, "o/1") == [(60.0, 90.0)]
    assert moved(run, "o/2") == [(105.0, 135.0)]
    uses = run.spans("pools")
    assert uses[["who", "start", "end"]].values.tolist() == [["o/1", 1.0, 1.75], ["o/2", 1.75, 2.5]]


def test_a_flush_needs_a_skid_that_others_use() -> None:
    """Two headers, but one skid for a flush of 15 min, taken with the header, so that o/1 has it from 60 to 105 min.

    Then o/2 is moved until 135 min, and its header flushed until 150 min.
    """
    pools = {"header": Pool(count=2), "skid": Pool(count=1)}
    scenario = piped({"flush": 0.25, "flush_needs": {"skid": 1}}, pools=pools)
    run = simulate(scenario, 1).check()
    assert moved(run, "o/1") == [(60.0, 90.0)]
    assert moved(run, "o/2") == [(105.0, 135.0)]
    assert "1 wait filler-2 o/2 skid" in told(run.record)
    assert run.spans("pools").groupby("pool")["end"].max().to_dict() == {"header": 2.5, "skid": 2.5}
    assert {limit.name: limit.hours for limit in scenario.mean().limits}["skid"] == pytest.approx(0.75)
    resumes(scenario, hours=5)


def test_a_flush_outlasts_the_batch() -> None:
    """o/1 is filled in 6 min, and is done at 1.6 h; its flush of an hour lasts from 1.5 to 2.5 h, and o/2 waits."""
    scenario = piped({"flush": 1.0}, {**STEPS, "fill": Step(on="filler", time=0.1)})
    run = simulate(scenario, 1)
    assert moved(run, "o/2") == [(150.0, 180.0)]
    assert run.spans("pools")["end"].tolist() == [2.5, 4.0]
    assert run.why("o/2", at=2.0).links[-1] == "what o/1 uses comes back at 0 d 02:30"
    state = run.state_at(2.0)
    assert list(simulate(scenario, 1, start=state).record) == [row for row in run.record if row[0] > 2 * HOUR]


def test_two_headers_carry_two_transfers_at_a_time() -> None:
    """Both batches go from 60 min, when they are mixed, to 90 min."""
    run = simulate(piped({}, pools={"header": Pool(count=2)}), 1)
    assert moved(run, "o/1") == moved(run, "o/2") == [(60.0, 90.0)]


def test_what_is_held_up_in_the_pipe_is_lost() -> None:
    """Of 100 kg that lose 10 % in the tank 90 kg are pumped in 27 min; 3 kg of them stay in the pipe."""
    steps = {"mix": Step(on="tank", time=1.0, yield_=0.9), "fill": Step(on="filler", time=2.0)}
    run = simulate(piped({"hold_up": 3.0}, steps), 1)
    assert moved(run, "o/1") == [(60.0, 87.0)]
    balance = run.mass_balance()
    assert balance[["in", "out", "loss", "gap"]].tolist() == pytest.approx([200.0, 174.0, 26.0, 0.0])


def test_a_rate_of_the_unit_counts_for_what_arrives() -> None:
    """97 kg of 100 kg arrive; at 97 kg/h they take an hour."""
    units = {"tank": Unit(kind="tank"), "filler": Unit(kind="filler", rate=97.0)}
    steps = {**STEPS, "fill": Step(on="filler")}
    rows = play(piped({"hold_up": 3.0}, steps, units=units, batches=1))
    assert rows[-1][0] == 2.5 * HOUR


def test_a_step_that_says_its_own_transfer_keeps_that() -> None:
    """0.1 h are 6 min: both go from 60 to 66 min, through no header, and leave nothing in a pipe."""
    steps = {**STEPS, "fill": Step(on="filler", time=2.0, transfer=0.1)}
    run = simulate(piped({"hold_up": 3.0}, steps), 1)
    assert moved(run, "o/1") == moved(run, "o/2") == [(60.0, 66.0)]
    assert run.mass_balance()["loss"] == 0.0


def test_a_transfer_comes_after_the_clean_of_its_unit() -> None:
    """o/1 is moved from 60 to 90 min and filled to 210 min, when o/3 finds filler-1 empty.

    Its clean of 12 min is made before o/3 is moved, from 222 to 252 min.
    """
    units = {
        "tank": Unit(kind="tank", count=3),
        "filler": Unit(kind="filler", count=2, cleaning="wash"),
    }
    run = simulate(piped({}, units=units, batches=3, cleaning={"wash": {"minor": 0.2}}), 1)
    assert moved(run, "o/3") == [(222.0, 252.0)]


def test_zero_wait_counts_the_transfer() -> None:
    """The filler is granted at 1 h, for a transfer of 30 min and 2 h of filling: it is free from 3.5 h on.

    The second batch is mixed so that it comes then: from 2.5 h on.
    """
    steps = {"mix": Step(on="tank", time=1.0, hold=0.0), "fill": Step(on="filler", time=2.0)}
    units = {"tank": Unit(kind="tank", count=2), "filler": Unit(kind="filler")}
    rows = play(piped({}, steps, units=units))
    assert told(rows, "grant") == [
        "0 grant tank-1 o/1",
        "1 grant filler-1 o/1",
        "2.5 grant tank-1 o/2",
        "3.5 grant filler-1 o/2",
    ]


# ---- movers ----------------------------------------------------------------------------------------------------------

FAR = {"mill": {"at": (0.0, 0.0)}, "press": {"at": (30.0, 60.0)}}


def test_a_cart_takes_its_distance_by_its_speed() -> None:
    """30 m along and 60 m across at 30 m/min are 3 min; with 2 min to load and 1 min to unload, 6 min."""
    run = simulate(carried({"speed": 1800.0, "load": 2 / 60, "unload": 1 / 60}, FAR), 1)
    assert moved(run, "o/1") == [(60.0, 66.0)]


def test_a_distance_that_is_said_counts_in_place_of_the_positions() -> None:
    """120 m at 30 m/min are 4 min."""
    assert moved(simulate(carried({"speed": 1800.0, "distance": 120.0}, FAR), 1), "o/1") == [(60.0, 64.0)]


def test_floors_and_airlocks_take_their_time() -> None:
    """Two floors at 1.5 min, and the airlocks of both areas, 4 and 2 min; with the way of 3 min, 12 min.

    Within one area, though up two floors, no airlock is passed: 6 min.
    """
    places = {"mill": {**FAR["mill"], "area": "hall"}, "press": {**FAR["press"], "floor": 2, "area": "core"}}
    areas = {"hall": Area(grade="D", airlock=4 / 60), "core": Area(grade="C", airlock=2 / 60)}
    run = simulate(carried({"speed": 1800.0, "lift": 1.5 / 60}, places, areas=areas), 1)
    assert moved(run, "o/1") == [(60.0, 72.0)]
    places["press"]["area"] = "hall"
    run = simulate(carried({"speed": 1800.0, "lift": 1.5 / 60}, places, areas={"hall": areas["hall"]}), 1)
    assert moved(run, "o/1") == [(60.0, 66.0)]


def test_a_mover_that_comes_back_is_gone_for_both_ways() -> None:
    """Loading 2 min and 3 min each way: the cart is away from 60 to 68 min, the batch there at 65 min."""
    scenario = carried({"speed": 1800.0, "load": 2 / 60, "returns": True}, FAR)
    run = simulate(scenario, 1)
    assert moved(run, "o/1") == [(60.0, 65.0)]
    uses = run.spans("pools")
    assert (uses["end"][0] * 60, uses["pool"][0]) == (pytest.approx(68.0), "cart")


def test_a_batch_that_waits_for_its_mover_says_so() -> None:
    """Both mills are done at 1 h; the cart takes 2 h a batch, to 3 h and to 5 h, and each is pressed for 1 h then."""
    scenario = carried({"load": 2.0}, {})
    units = {"mill": Unit(kind="mill", count=2), "press": Unit(kind="press", count=2)}
    rows = play(scenario.replace(units=units))
    assert told(rows, "wait", "begin", "done") == lines("""
        1 begin press-1 o/1
        1 wait press-2 o/2 cart
        3 begin press-1 o/1
        3 begin press-2 o/2
        4 done o/1
        5 begin press-2 o/2
        6 done o/2
    """)


# ---- through buffers -------------------------------------------------------------------------------------------------


def through_store(slow: float = 0.05, hold: float | None = None, word: Any = "deviation", **more: Any) -> Scenario:
    """From a mill through a store to a press: 3 min, and 6 min with 1 kg that is lost, by a cart."""
    into = Transfer(links=["mill -> store"], by="cart", load=slow)
    out = Transfer(links=["store -> press"], by="cart", load=0.1, hold_up=1.0)
    steps = {"mill": Step(on="mill", time=1.0, hold=hold, after_hold=word), "press": Step(on="press", time=2.0)}
    more.setdefault("buffers", {"store": Buffer()})
    pools, transfers = {"cart": Pool(count=1)}, {"in": into, "out": out}
    links = ["mill -> store -> press"]
    return small(steps, links=links, pools=pools, transfers=transfers, **more)


def test_a_batch_goes_into_a_buffer_and_out_of_it_each_in_its_time() -> None:
    """o/1 goes straight through, both ways at once, from 60 to 69 min; its press is free at 189 min.

    o/2 is done at 129 min, keeps its mill while it is carried in for 3 min, stands in the store from 132 min on, and is
    carried out from 189 to 195 min.
    """
    run = simulate(through_store(), 1)
    assert moved(run, "o/1") == [(60.0, 69.0)]
    assert moved(run, "o/2") == [(129.0, 132.0), (189.0, 195.0)]
    assert told(run.record, "carry", "store", "leave") == lines("""
        1.15 leave mill-1 o/1
        2.15 carry store o/2 press
        2.2 store store o/2 press
        2.2 leave mill-1 o/2
        3.15 leave press-1 o/1
        3.25 leave store o/2
        5.25 leave press-1 o/2
    """)
    assert run.mass_balance()[["loss", "gap"]].tolist() == pytest.approx([2.0, 0.0])
    table = run.transport().reset_index()[["transfer", "from", "to", "moves", "hours"]]
    assert table.round(9).to_numpy().tolist() == [
        ["in", "mill", "store", 1, 0.05],
        ["in + out", "mill", "press", 1, 0.15],
        ["out", "store", "press", 1, 0.1],
    ]
    uses = run.spans("pools")
    assert (uses["start"] * 60).round(9).tolist() == [60.0, 129.0, 189.0]


def test_who_is_to_go_into_a_buffer_waits_for_what_carries_him_and_has_his_place_there() -> None:
    """Three mills are done at 60 min, the press is taken until 189 min.  The one cart takes o/1 to it until 69 min, o/2
    into the store until 72 min and o/3 until 75 min, if there are two places.

    With one place o/3 stays in its mill; the place is free again when o/2 is in the press, at 195 min, and then it is
    carried in until 198 min.
    """
    mills = {"mill": Unit(kind="mill", count=3), "press": Unit(kind="press")}
    two = simulate(through_store(units=mills, batches=3, buffers={"store": Buffer(places=2)}), 1).check()
    assert moved(two, "o/2")[0] == (69.0, 72.0)
    assert moved(two, "o/3")[0] == (72.0, 75.0)
    assert two.why("o/3", at=1.1).links[0].startswith("o/3 holds mill-3 and waits for cart: o/1 (1), of 1")
    one = simulate(through_store(units=mills, batches=3, buffers={"store": Buffer(places=1)}), 1).check()
    assert moved(one, "o/3") == [(195.0, 198.0), (315.0, 321.0)]


def test_who_is_on_his_way_into_a_buffer_goes_on_from_any_state() -> None:
    """A load of two, mills that fail, a press that lets them wait; what is under way stands in the state."""
    mills = {"mill": Unit(kind="mill", count=2, failures=("jam",)), "press": Unit(kind="press", failures=("jam",))}
    jam = Failure(after=Constant(value=0.8), repair=0.2, clock="calendar")
    rows = resumes(through_store(units=mills, batches=5, failures={"jam": jam}, slow=1.0), hours=14, an_hour=20)
    assert sum(row[1] == "carry" for row in rows) == 4


def test_who_has_come_into_a_buffer_is_as_old_as_when_he_asked() -> None:
    """As above, with one place: o/3 asks from 60 min on, and is in the store from 198 to 315 min.

    A hold of 200 min is over at 260 min.
    """
    mills = {"mill": Unit(kind="mill", count=3), "press": Unit(kind="press")}
    run = simulate(through_store(units=mills, batches=3, buffers={"store": Buffer(places=1)}, hold=200 / 60), 1)
    late = [row[0] / HOUR for row in run.record if row[1] == "deviation" and row[3] == "o/3"]
    assert late == [pytest.approx(260 / 60)]


def test_what_stays_behind_on_the_way_into_a_buffer_is_lost_there() -> None:
    """2 kg of 100 stay in the pipe to the store, and 1 kg on the way out of it, also of o/1, which goes through."""
    plant = through_store()
    into = plant.transfers["in"].model_copy(update={"hold_up": 2.0})
    run = simulate(plant.replace(transfers={**plant.transfers, "in": into}), 1).check()
    left = [(row[2], row[6]) for row in run.record if row[1] == "leave" and row[3] == "o/2"]
    assert left == [("mill-1", 98.0), ("store", 97.0), ("press-1", 97.0)]
    assert run.mass_balance()["loss"] == pytest.approx(6.0)


def test_a_hold_that_is_over_on_the_way_into_a_buffer() -> None:
    """The way in takes 63 min and the way out 6 min.  o/1 goes both ways, from 60 to 129 min, and is pressed until 249.

    o/2 is milled from 129 to 189 min and on its way in until 252 min.  Its hold of 30 min is over at 219 min, when it
    is scrapped; if that is only noted, it is carried on to the press at once, until 258 min, and is done at 378 min.
    """
    for word, ends in (("scrap", 219.0), ("deviation", 378.0)):
        run = simulate(through_store(slow=1.05, hold=0.5, word=word), 1)
        over = [
            (row[0] * 60 / HOUR, row[1])
            for row in run.check().record
            if row[3] == "o/2" and row[1] in ("scrap", "done")
        ]
        assert over == [(ends, "scrap" if word == "scrap" else "done")]
        assert run.state_at(3.7).buffers["store"] == ([] if word == "scrap" else ["o/2"])
        resumes(through_store(slow=1.05, hold=0.5, word=word), hours=8)


def test_a_halt_after_the_transfer_does_not_end_the_flush() -> None:
    """The filler fails 30 min after the transfer; the flush of 2 h goes on, from 1.5 to 3.5 h."""
    units = {"tank": Unit(kind="tank", count=2), "filler": Unit(kind="filler", count=2, failures=("jam",))}
    failures = {"jam": Failure(after=Constant(value=0.5), repair=0.25)}
    run = simulate(piped({"flush": 2.0}, units=units, failures=failures), 1).check()
    assert run.spans("pools")["end"].tolist()[0] == 3.5
    assert moved(run, "o/2") == [(210.0, 240.0)]


def test_the_mean_run_counts_moves_and_headers() -> None:
    """A batch keeps its tank for 1 h and 30 min, a filler for 30 min and 2 h, the header for 30 and 15 min."""
    limits = {limit.name: limit.hours for limit in piped({"flush": 0.25}).mean().limits}
    assert limits == pytest.approx({"tank": 1.5, "filler": 2.5, "header": 0.75})


def test_the_mean_run_counts_for_each_unit_the_way_on_its_side_of_a_buffer() -> None:
    """Straight through a batch takes 1 h + 3 min + 6 min + 2 h, its cart 9 min.

    A mill is kept no longer than into the store, a press from out of it on, when batches wait there in between.
    """
    mean = through_store().mean()
    hours = {limit.name: limit.hours for limit in mean.limits}
    assert hours == pytest.approx({"mill": 1.05, "press": 2.1, "cart": 0.15})
    assert mean.lead == pytest.approx(3.15)


# ---- what was moved, and what was crossed ----------------------------------------------------------------------------


def crossed() -> Results:
    """Batches of p go from the hall up into the core; those of w, dirty, the same way; 3 and 2 of them."""
    units = {"mill": Unit(kind="mill", area="hall"), "press": Unit(kind="press", area="core"), "bin": Unit(kind="bin")}
    units = {**units, "wash": Unit(kind="wash", area="core")}
    steps = {"mill": Step(on="mill", time=1.0), "press": Step(on="press", time=1.0)}
    waste = {"bin": Step(on="mill", time=0.5), "wash": Step(on="wash", time=0.5), "away": Step(on="bin", time=0.1)}
    products = {"p": Product(batch=100.0, steps=steps), "w": Product(batch=10.0, steps=waste, priority=1)}
    out = {"p": Order(product="p", batches=3), "w": Order(product="w", batches=2, start=0.5)}
    transfers = {
        "carts": Transfer(links=["mill -> press"], load=0.1),
        "bags": Transfer(links=["mill -> wash", "wash -> bin"], load=0.2, flow="dirty"),
    }
    more = {"areas": {"hall": Area(grade="D"), "core": Area(grade="C")}, "transfers": transfers}
    return simulate(small({}, units=units, products=products, orders=out, **more), 1).check()


def test_hours_moved_by_transfer_and_link() -> None:
    """Three moves of 6 min from mill to press are 0.3 h; two of 12 min to the wash, and
    two back from it, 0.4 h each.
    """
    table = crossed().transport()
    assert table.round(9).reset_index().values.tolist() == [
        ["bags", "mill", "wash", 2, 0.4],
        ["bags", "wash", "bin", 2, 0.4],
        ["carts", "mill", "press", 3, 0.3],
    ]


def test_crossings_of_grades_and_of_clean_and_dirty_are_counted() -> None:
    """w goes before p once p/1 has left the mill: a move follows one of the other kind twice.

    From the hall up to the core go 3 + 2 batches, each from D to C, and 2 of them dirty; the 2 of w come out again.
    """
    run = crossed()
    gone = run.moves()
    assert gone["batch"][gone["from"] == "mill-1"].tolist() == ["p/1", "w/1", "w/2", "p/2", "p/3"]
    table = run.crossings()
    assert table.loc[("hall", "core")].tolist() == ["D", "C", 5, 5, 2, 2]
    assert table.loc[("core", "")].tolist() == ["C", "", 2, 2, 2, 0]


def test_the_map_outlines_areas_and_marks_what_crosses_them() -> None:
    """Three batches of p and two of w go up into the core, and these two out again; the links of w are brown."""
    chart = plant_map(crossed())
    names = [note.text for note in chart.layout.annotations]
    assert {"<i>hall, grade D</i>", "<i>core, grade C</i>"} <= set(names)
    assert {shape.name for shape in chart.layout.shapes} == {"area hall", "area core"}
    (marks,) = (trace for trace in chart.data if trace.meta == "crossings")
    assert sorted(marks.text) == ["<b>2</b>", "<b>2</b>", "<b>3</b>"]
    assert sorted(marks.marker.size) == [9.0 + 12.0 * 2 / 3, 9.0 + 12.0 * 2 / 3, 21.0]  # the more, the larger
    told = sorted(marks.hovertext)
    assert told == ["core (C) → outside: 2 moves", "hall (D) → core (C): 2 moves", "hall (D) → core (C): 3 moves"]
    assert sum(trace.meta == "link" and trace.line.color == DIRTY for trace in chart.data) == 2


def floor(**at: tuple[float, float]) -> Results:
    """Three batches are pressed and two dirty bins washed, as above, on a floor; metres, and a scale of 43 px/m."""
    run = crossed()
    units = {name: unit.model_copy(update={"at": at[name]}) for name, unit in run.scenario.units.items()}
    return simulate(run.scenario.replace(units=units), 1)


def spots(run: Results, meta: str) -> list[tuple[float, float, str]]:
    """(x, y, number) of the marks of one kind on the map [px]."""
    for trace in plant_map(run).data:
        if trace.meta == meta:
            found = zip(trace.x, trace.y, trace.text, strict=True)
            return [(round(x, 6), round(y, 6), text[3:-4]) for x, y, text in found]
    return []


def test_a_crossing_is_marked_where_the_way_leaves_its_area() -> None:
    """The mill stands at 0 px, 44 px within the outline of the hall: all that leaves it to the right is counted there.

    What comes out of the wash leaves the core upwards, 68 px above the wash: the bin stands 200 px above it.
    """
    run = floor(mill=(0.0, 0.0), press=(20.0, 0.0), wash=(10.0, 0.0), bin=(10.0, 10.0))
    up = 44.0 + 24.0
    assert sorted(spots(run, "crossings")) == [(44.0, 0.0, "2"), (44.0, 0.0, "3"), (430.0, up, "2")]


def test_clean_and_dirty_through_one_door_are_counted_there() -> None:
    """By turns twice between hall and core (see above), in the middle of what crosses; outside nothing follows."""
    run = floor(mill=(0.0, 0.0), press=(20.0, 0.0), wash=(10.0, 0.0), bin=(10.0, 10.0))
    assert spots(run, "doors") == [(44.0, 0.0, "2 in turn")]
    (doors,) = (trace for trace in plant_map(run).data if trace.meta == "doors")
    assert list(doors.hovertext) == ["between core and hall: clean and dirty follow one another 2 times"]


def test_ways_of_clean_and_dirty_that_cross_on_the_floor_are_marked() -> None:
    """The way from mill to press, 20 m along, is crossed at its middle by that from wash to bin, 10 m across.

    Three went over the one and two over the other.  43 px/m: 430 px along and half of the height of the map.
    """
    run = floor(mill=(0.0, 5.0), press=(20.0, 5.0), wash=(10.0, 0.0), bin=(10.0, 10.0))
    high = max(y for trace in plant_map(run).data if trace.meta == "link" for y in trace.y)
    assert spots(run, "meetings") == [(430.0, round(high / 2.0, 6), "3 × 2")]
    assert spots(floor(mill=(0.0, 5.0), press=(20.0, 5.0), wash=(10.0, 6.0), bin=(10.0, 10.0)), "meetings") == []


def test_containers_go_from_where_they_stand_and_come_back_dirty() -> None:
    """Bins stand in the wash room: two batches, so two clean trips to the mill, at 0 h and 1 h, and two dirty
    ones back from the press, at 2 h and 3 h.

    The mill is in the hall and the press in the core: through the door of wash room and hall only clean ones go, and
    through that of wash room and core only dirty ones. Without a place of their own bins make no trips.
    """
    units = {
        "mill": Unit(kind="mill", area="hall"),
        "press": Unit(kind="press", area="core"),
        "bin": Unit(kind="bin", mobile=True, count=3, area="wash room"),
    }
    steps = {"mill": Step(on="mill", time=1.0, into="bin"), "press": Step(on="press", time=1.0, out_of="bin")}  # type: ignore[arg-type]
    areas = {"hall": Area(grade="D"), "core": Area(grade="C"), "wash room": Area(grade="D")}
    plant = small(steps, units=units, areas=areas)
    run = simulate(plant).check()
    trips = run.moves()[["time", "batch", "from", "to"]]
    assert trips[trips["batch"].str.startswith("bin")].to_numpy().tolist() == [
        [0.0, "bin-1", "bin-1", "mill-1"],
        [1.0, "bin-2", "bin-2", "mill-1"],
        [2.0, "bin-1", "press-1", "bin-1"],
        [3.0, "bin-2", "press-1", "bin-2"],
    ]
    table = run.crossings()
    assert table.loc[("wash room", "hall")].tolist() == ["D", "D", 2, 0, 0, 0]
    assert table.loc[("core", "wash room")].tolist() == ["C", "D", 2, 2, 2, 0]
    assert table.loc[("hall", "core")].tolist() == ["D", "C", 2, 2, 0, 0]
    assert run.transport().loc[("", "press", "bin"), "moves"] == 2
    units["bin"] = Unit(kind="bin", mobile=True, count=3)
    assert not simulate(plant.replace(units=units)).moves()["batch"].str.startswith("bin").any()


def test_clean_and_dirty_bins_through_one_door_take_turns() -> None:
    """Mill and press both in the hall: out clean at 0 h and 1 h, back dirty at 2 h and 3 h, a third out at 2 h.

    At 2 h the third leaves and the first comes back; by name, bin-1 goes first: dirty after clean, clean after dirty,
    and at 3 h dirty again; the last comes back at 4 h.
    """
    units = {
        "mill": Unit(kind="mill", area="hall"),
        "press": Unit(kind="press", area="hall"),
        "bin": Unit(kind="bin", mobile=True, count=3, area="wash room"),
    }
    steps = {"mill": Step(on="mill", time=1.0, into="bin"), "press": Step(on="press", time=1.0, out_of="bin")}  # type: ignore[arg-type]
    areas = {"hall": Area(grade="D"), "wash room": Area(grade="E")}
    run = simulate(small(steps, units=units, areas=areas, batches=3)).check()
    table = run.crossings()
    assert table.loc[("wash room", "hall")].tolist() == ["E", "D", 3, 3, 0, 1]
    assert table.loc[("hall", "wash room")].tolist() == ["D", "E", 3, 3, 3, 2]


def test_moves_within_an_area_cross_nothing() -> None:
    """Tanks and fillers stand in no area: there is nothing to cross."""
    assert simulate(piped({}), 1).crossings().empty


# ---- what it costs, and what is written ------------------------------------------------------------------------------


def test_a_plant_whose_transfers_lie_elsewhere_plays_as_without() -> None:
    """A transfer that no batch takes adds no row and changes no time."""
    plain = small(STEPS, batches=5)
    links = ["filler -> tank"]
    other = plain.replace(transfers={"back": Transfer(links=links, load=1.0)})
    assert play(other) == play(plain)


LAYOUT = """\
plantsim: 1
name: Carts
units:
  mill: {kind: mill, at: [0 m, 0 m], area: hall}
  press: {kind: press, at: [30 m, 60 m], floor: 1, area: core}
pools:
  header: {count: 1}
  cart: {count: 2}
areas:
  hall: {grade: D, airlock: 4 min}
  core: {grade: C}
transfers:
  carts: {links: [mill -> press], pipe: header, rate: 90 kg/h, hold up: 3 kg, flush: 9 min, by: {cart: 1}, speed: 6 m/h}
products:
  p:
    batch: 100 kg
    steps:
      mill: {on: mill, time: 1 h}
      press: {on: press, time: 1 h}
orders:
  o: {product: p, batches: 2}
"""


def test_areas_and_transfers_are_written_as_they_are_read(tmp_path: Path) -> None:
    """The text above comes back as it is; so does one that says one cart by its name alone, and 6 m/h as 0.1 m/min."""
    file = tmp_path / "carts.yaml"
    file.write_text(LAYOUT)
    assert to_yaml(read_layout(file)) == LAYOUT
    file.write_text(LAYOUT.replace("by: {cart: 1}", "by: cart").replace("6 m/h", "0.1 m/min"))
    assert to_yaml(read_layout(file)) == LAYOUT


def test_the_future_is_the_same_while_things_are_moved() -> None:
    """From the state at each row, and within a transfer and a flush, at 1.2 h and 1.6 h,
    the rest of the rows is the same.
    """
    scenario = piped({"flush": 0.25, "hold_up": 3.0}, batches=6)
    rows = play(scenario)
    for time in sorted({row[0] for row in rows} | {int(1.2 * HOUR), int(1.6 * HOUR)}):
        assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time], time
    assert fresh(scenario).pools == {"header": []}


# ---- pipes by volume -------------------------------------------------------------------------------------------------

BROTH = StartingCharge(volume=80.0)


def pumped(charge: StartingCharge | None = BROTH, steps: dict[str, Step] = STEPS, **more: Any) -> Scenario:
    """Batches of 100 kg and 80 L go from a tank to a filler at 160 L/h."""
    more.setdefault("units", {"tank": Unit(kind="tank"), "filler": Unit(kind="filler")})
    line = Transfer(links=["tank -> filler"], volume_rate=160.0, **more.pop("line", {}))
    product = Product(batch=100.0, steps=steps, charge=charge)
    return small({}, transfers={"line": line}, products={"p": product}, **more)


def test_a_pipe_may_have_a_rate_by_volume() -> None:
    """80 L at 160 L/h take 30 min: from 60 min to 90 min; o/2 is mixed from 90 min on and pumped at 210 min.

    The filler is free at 90 + 120 = 210 min.
    """
    run = simulate(pumped())
    assert moved(run, "o/1") == [(60.0, 90.0)]
    assert moved(run, "o/2") == [(210.0, 240.0)]


def test_less_mass_is_less_volume() -> None:
    """A tenth is lost in the mixing: 72 L take 27 min."""
    steps = {**STEPS, "mix": Step(on="tank", time=1.0, yield_=0.9)}
    assert moved(simulate(pumped(steps=steps)), "o/1") == [(60.0, 87.0)]


def thickened(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """Half of the mass and three quarters of the volume are gone after an hour."""
    return Outcome(1.0, charge.but(mass=charge.mass / 2.0, volume=charge.volume / 4.0))


def dried_up(charge: Charge, unit: Equipment, draw: Draw) -> Outcome:
    """Nothing is known of the volume of what is left."""
    return Outcome(1.0, charge.but(volume=0.0))


def test_the_volume_is_what_the_step_before_has_made_of_it() -> None:
    """20 L at 160 L/h take 7.5 min; a plan for a load at its means takes the 80 L of the release."""
    steps = {**STEPS, "mix": Step(on="tank", model=thickened)}
    assert moved(simulate(pumped(steps=steps)), "o/1") == [(60.0, 67.5)]


def test_what_has_lost_its_volume_on_its_way_is_an_error() -> None:
    """A model says nothing of the volume that is left, and the pipe goes by litres: the run stops, and names both."""
    with pytest.raises(ModelError) as error:
        simulate(pumped(steps={**STEPS, "mix": Step(on="tank", model=dried_up)}))
    assert str(error.value) == (
        "batch o/1 of 'p', before step 'fill': is moved by volume (line), and has none by now: "
        "give what it is made of a volume"
    )


@pytest.mark.parametrize("charge", [None, StartingCharge(temperature=5.0)])
def test_without_a_volume_a_rate_by_volume_is_an_error(charge: StartingCharge | None) -> None:
    """A charge that is not declared, or without a volume, can't be pumped by litres: that is said before any run."""
    with pytest.raises(LayoutError) as error:
        pumped(charge).check()
    assert str(error.value) == (
        "transfers.line.volume rate: the volume of batches of 'p' is not known: give their charge a volume, "
        "or a rate by mass"
    )


def test_a_load_is_pumped_together() -> None:
    """Two batches of 80 L go into a freeze dryer in one transfer, of 60 min."""
    units = {"tank": Unit(kind="tank", count=2), "filler": Unit(kind="filler", holds=2, least=2)}
    assert moved(simulate(pumped(units=units)), "o/1") == [(60.0, 120.0)]


def test_the_header_is_known_on_means() -> None:
    """Each batch takes the header for its 30 min and a flush of 15 min."""
    scenario = pumped(pools={"header": Pool(count=1)}, line={"pipe": "header", "flush": 0.25})
    assert {limit.name: limit.hours for limit in scenario.mean().limits}["header"] == 0.75


def test_a_run_by_volume_goes_on_from_any_state() -> None:
    """As o/1 is mixed, 15 min into its transfer, while it is filled, and 15 min into the transfer of o/2."""
    scenario = pumped()
    rows = play(scenario)
    for time in (HOUR, HOUR + 900_000, 2 * HOUR, int(3.75 * HOUR)):
        assert play(scenario, start=state_at(scenario, rows, time)) == [row for row in rows if row[0] > time]


def test_a_transfer_may_be_nothing_but_an_airlock() -> None:
    """3 min out of the one area and 5 min into the other: done on x at 1 h, the batch is on y at 1 h 8 min."""
    plant = small(
        {"a": Step(on="x", time=1.0), "b": Step(on="y", time=1.0)},
        batches=1,
        units={"x": Unit(kind="x", area="wet"), "y": Unit(kind="y", area="core")},
        links=["x -> y"],
        areas={"wet": Area(grade="D", airlock=0.05), "core": Area(grade="C", airlock=5 / 60)},
        transfers={"door": Transfer(links=["x -> y"], by={"cart": 1})},
        pools={"cart": Pool(count=1)},
    )
    assert [row[0] * 60 / HOUR for row in play(plant) if row[1] == "done"] == [60 + 8 + 60]

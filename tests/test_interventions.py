"""The bottleneck by intervention: exact lines, plants whose busiest unit is not it, and luck that nobody else loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import log, sqrt

import numpy as np
import pytest
from plants import rich
from test_luck import lives, works
from theory.test_lines import bottlenecks as exact_lines

from plantsim import charts
from plantsim.calendars import Calendar
from plantsim.charts.look import STRONG
from plantsim.cleaning import Cleaning
from plantsim.contracts import Charge, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.laws import Constant, Exponential, Geometric, Own, Trace
from plantsim.materials import Investigation
from plantsim.plant import Failure, Pool, Unit
from plantsim.prices import Prices
from plantsim.recipe import Order, Product, Release
from plantsim.record import HOUR
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.study.bottlenecks import Bottlenecks, bottlenecks
from plantsim.study.edits import Paced, changed, lasting, longer, saturated, with_steps
from plantsim.study.interventions import KINDS, Intervention, interventions
from plantsim.study.screening import YEAR, search
from plantsim.unitops.fluid_bed import FluidBedDrying

# machine -> elasticity of throughput to its speed, by a Markov chain with the places between the machines
ELASTICITIES = {
    "bn1": (0.2632602575528414, 0.550932629491468, 0.18592827488405983),
    "bn2": (0.2074634381958965, 0.2926208263847338, 0.2926208263847426, 0.20746343819594928),
    "bn3": (0.21275970416226833, 0.5455492486209051, 0.21275970416226186),
    "bn4_trap": (0.5021235629676599, 0.3872148815818344, 0.07588946212610788),
}
BUSIEST = {"bn1": "m2", "bn4_trap": "m2"}


def made(scenario: Scenario, k: int, begin: float, end: float) -> float:
    """Batches a week that are done in a stretch [h] of run k."""
    rows = simulate(scenario, 5, replication=k, horizon=end).record
    return sum(row[1] == "done" and row[0] >= begin * HOUR for row in rows) / (end - begin) * 168.0


def values(begin: float, end: float):  # type: ignore[no-untyped-def]
    def of(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        return {(name, k): made(each, k, begin, end) for name, each in scenarios.items() for k in ks}

    return of


def tried(scenario: Scenario, kinds: Sequence[str], share: float, runs: int, hours: float) -> Bottlenecks:
    plant = saturated(scenario)
    return search(plant, interventions(plant, kinds, share), values(100.0, hours), runs, runs, pairs=False)


@pytest.mark.long
@pytest.mark.theory
@pytest.mark.parametrize("case", exact_lines(), ids=lambda case: case.id)
def test_elasticities_of_exact_lines_are_met(case) -> None:  # type: ignore[no-untyped-def]
    """Steps 4 % shorter make d ln(throughput) / ln(1 / 0.96); within 4 standard errors and 0.01 for the curve.

    The machine of the largest elasticity is the best, or is not told apart from it; in bn2 the two in the middle tie.
    """
    found, share = tried(case.scenario, ["time"], 0.04, 60, 1300.0), 0.04
    today = float(np.mean(found.today))
    for number, exact in enumerate(ELASTICITIES[case.id], start=1):
        gains = np.array(found.gains[f"steps on m{number} 4% shorter"])
        elasticity = log(1.0 + float(gains.mean()) / today) / -log(1.0 - share)
        error = float(gains.std(ddof=1)) / sqrt(len(gains)) / today / share
        assert elasticity == pytest.approx(exact, abs=4.0 * error + 0.01)
    best = {number for number, each in enumerate(ELASTICITIES[case.id], 1) if each > max(ELASTICITIES[case.id]) - 0.02}
    told = {found.best.name, *found.tied}
    assert {f"steps on m{number} 4% shorter" for number in best} <= told
    assert found.best.name in {f"steps on m{number} 4% shorter" for number in best}
    if case.id == "bn2":
        assert len(found.tied) >= 1


def test_the_trap_among_the_lines_is_named_rightly_by_intervention_and_wrongly_by_utilisation() -> None:
    """bn4: m1 fails and holds the line back (elasticity 0.50); m2 works most (72 % of its time) and has 0.39."""
    case = next(each for each in exact_lines() if each.id == "bn4_trap")
    found = tried(case.scenario, ["time"], 0.1, 12, 900.0)
    assert found.best.on[0] == "m1"
    assert found.signs["busiest"][0] == "m2"
    assert any(said.startswith("the usual measures differ and name m2 (busiest: busy 7") for said in found.says())


def vessels() -> Scenario:
    """Three vessels, 10 h a batch and then a clean of 6 h on the one CIP skid; a filler, 5 h a batch.

    The skid lets a batch through every 6 h, the filler every 5 h, the vessels every 16 / 3 = 5.33 h: of each 6 h the
    filler works 5 (83 %), a vessel 10 of 18 (56 %).  A second skid: a batch every 5.33 h; a second filler: nothing.
    """
    return Scenario(
        units={"vessel": Unit(kind="vessel", count=3, cleaning="cip"), "filler": Unit(kind="filler")},
        pools={"cip skid": Pool(count=1)},
        cleaning={"cip": Cleaning(when="at once", minor=6.0, needs={"cip skid": 1})},
        products={"syrup": Product(batch=1.0, steps={"make": Step(on="vessel", time=10.0),
                                                     "fill": Step(on="filler", time=5.0)})},
        orders={"all": Order(product="syrup")},
    ).replace(horizon=2000.0, from_=200.0)  # fmt: skip


def mixers() -> Scenario:
    """A mixer, 2 h a batch, whose products take turns with a change of 6 h; a packing line, 7 h a batch.

    The mixer lets a batch through every 8 h, the line every 7 h: of each 8 h it works 7 (88 %), the mixer 2 (25 %).
    A second mixer: a batch every 7 h; a second line: nothing.
    """
    steps = {"mix": Step(on="mixer", time=2.0), "pack": Step(on="line", time=7.0)}
    return Scenario(
        units={"mixer": Unit(kind="mixer", cleaning="change"), "line": Unit(kind="line")},
        cleaning={"change": Cleaning(major=6.0)},
        products={name: Product(batch=1.0, steps=steps) for name in ("red", "blue")},
        orders={"all": Order(product={"red": 1.0, "blue": 1.0})},
    ).replace(horizon=2000.0, from_=200.0)


@pytest.mark.parametrize(
    ("plant", "best", "every", "then", "busiest"),
    [
        (vessels, "one more of cip skid", 6.0, 16.0 / 3.0, "filler"),
        (mixers, "one more mixer", 8.0, 7.0, "line"),
    ],
    ids=["the limit is the CIP skid", "the limit is the change of product"],
)
def test_the_busiest_unit_is_not_the_bottleneck(plant, best, every, then, busiest) -> None:  # type: ignore[no-untyped-def]
    """By hand, in the plant's docstring; all runs of it are the same, for nothing in it is drawn."""
    with ThreadPoolExecutor(1) as pool:
        found = bottlenecks(plant(), ["unit", "pool"], replications=2, first=2, executor=pool)
    year = YEAR * 168.0
    assert found.today == pytest.approx([year / every] * 2, rel=2e-3)
    assert found.best.name == best
    assert found.gain(best).mean == pytest.approx(year / then - year / every, rel=2e-2)
    assert found.chances[best] == 1.0
    assert found.signs["busiest"][0] == busiest
    assert found.gain(f"one more {busiest}").mean == pytest.approx(0.0, abs=year / every * 2e-3)
    said = found.says()
    assert said[0].startswith(f"{best} brings most: +")
    assert any(f"and name {busiest} (busiest: busy 8" in each for each in said)


def test_a_chain_needs_both() -> None:
    """Two machines of 5 h in a row, then one of 1 h: one more of either brings nothing, of both twice.

    It is found although neither brings anything alone, since both are the busiest.
    """
    steps = {name: Step(on=name, time=1.0 if name == "a" else 5.0) for name in ("a", "y", "z")}
    plant = Scenario(
        units={name: Unit(kind=name) for name in steps},
        products={"p": Product(batch=1.0, steps=steps)},
        orders={"all": Order(product="p")},
    ).replace(horizon=1000.0, from_=100.0)
    with ThreadPoolExecutor(1) as pool:
        found = bottlenecks(plant, ["unit", "place"], replications=2, first=2, executor=pool)
    assert found.gain("one more y").mean == found.gain("one more z").mean == 0.0
    both = found.gain("one more y and one more z")
    assert both.mean == pytest.approx(float(np.mean(found.today)), rel=0.02)
    assert found.says()[0] == "nothing that was tried alone brings anything worth speaking of"
    assert "more than one by one: a chain holds the plant back" in found.says()[1]
    assert any(said.startswith("the usual measures agree on y ") for said in found.says())  # it is one of the chain


def test_hopeless_interventions_cost_few_runs() -> None:
    """Of those that bring nothing most have had no more than the first 6 of 24 runs."""
    asked: list[tuple[str, int]] = []

    def noise(name: str, k: int) -> float:
        return 0.02 * (k * 7919 % 13) + 0.001 * ((3 * k + 7 * len(name) + ord(name[-1])) % 7 - 3)

    def counted(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        asked.extend((name, k) for name in scenarios for k in ks)
        return {(name, k): means.get(name, 10.0) + noise(name, k) for name in scenarios for k in ks}

    means = {"one more m2": 12.0, "one more m3": 11.0}
    plant = exact_lines()[1].scenario
    several = interventions(plant, ["unit", "place", "time"])
    found = search(plant, several, counted, 24, pairs=False)
    assert found.best.name == "one more m2"
    runs = {each.name: len(found.gains[each.name]) for each in several}
    assert runs["one more m2"] == runs["one more m3"] == 24
    assert sum(number <= 12 for number in runs.values()) == len(runs) - 3
    assert sum(number == 6 for number in runs.values()) >= 3
    assert len(asked) == sum(runs.values()) + 24
    assert all("brings nothing" in why or "brings less than" in why for why in found.left_out.values())


def test_the_chance_of_being_best_is_that_of_two_normal_means() -> None:
    """Two of equal gain: 1/2 each; with a gain of 2 standard errors of the difference between them: 97.7 %."""

    def of(shift: float) -> Bottlenecks:
        noise = [100.0 * (-1.0) ** k for k in range(16)]  # far above the rounding of a run to whole batches
        gains = {"one": noise, "other": [shift - each for each in noise]}
        each = [Intervention(name, "unit", (name,), lambda scenario: scenario) for name in gains]
        return Bottlenecks(mixers(), each, [1.0] * 16, gains)

    assert of(0.0).chances["one"] == pytest.approx(0.5, abs=0.02)
    error = 200.0 * sqrt(16 / 15) / 4.0  # of the difference, whose standard deviation is 200
    assert of(2.0 * error).chances["other"] == pytest.approx(0.9772, abs=0.01)


def test_runs_that_make_the_same_whole_number_are_not_without_luck() -> None:
    """A run of 1,800 h makes whole batches: steps of 8,766 / 1,800 = 4.87 a year; a difference of two roundings has the
    standard deviation 4.87 / sqrt(6) = 1.988.  Of two runs, two tried: half = t(1, 0.9875) x 1.988 / sqrt(2) = 35.8
    (t = 25.45); the other brings a batch less in each run, so either may be the best."""
    gains = {"one": [9.74, 9.74], "other": [4.87, 4.87]}
    each = [Intervention(name, "unit", (name,), lambda scenario: scenario) for name in gains]
    plant = with_steps(mixers(), lambda _, step: changed(step, time=Exponential(mean=2.0)))
    found = Bottlenecks(plant, each, [1000.0, 1000.0], gains)
    gain = found.gain("one")
    assert found.rounding == pytest.approx(4.87 / sqrt(6.0))
    assert (gain.low, gain.high) == pytest.approx((9.74 - 35.8, 9.74 + 35.8), abs=0.05)
    assert 0.5 < found.chances["one"] < 0.95 and found.tied == ["other"]
    assert Bottlenecks(mixers(), each, [1000.0, 1000.0], gains).gain("one") == (9.74, 9.74, 9.74, 2)  # without luck


def test_investigations_of_deviations_are_shortened_too() -> None:
    """A tenth of 48 h; how many batches are rejected, and who is needed, stays."""
    look = Investigation(time=48.0, needs={"qa": 1}, rejects=0.1)
    plant = mixers().replace(pools={"qa": Pool(count=1)}, investigations={"dirty hold": look})
    (each,) = interventions(plant, ["test"])
    assert each.name == "investigation of dirty hold 10% shorter"
    (shorter,) = each.edit(plant).investigations.values()
    assert shorter.time.mean_hours == pytest.approx(43.2)
    assert (shorter.needs, shorter.rejects) == (look.needs, look.rejects)


def held(plant: Scenario) -> Scenario:
    """The plant with a hold after its step `react`."""
    return with_steps(plant, lambda place, step: changed(step, hold=20.0) if place == ("A", "react") else step)


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_intervention_changes_any_other_names_luck(kind: str) -> None:
    """Acts of batches, lives and repairs are those of today's plant, but for what the intervention itself is about."""
    today, tried = held(rich(200.0)), 0
    rows = list(simulate(today, 3).record)
    acts, (lasted, mended) = works(rows), lives(today, rows)
    for each in interventions(today, [kind]):
        variant = each.edit(today)
        after = list(simulate(variant, 3).record)
        now, (lasts, mends) = works(after), lives(variant, after)
        tried += 1
        own = {key for key in acts if kind == "time" and _on(today, key[2], each.on)}
        common = (acts.keys() & now.keys()) - own
        assert len(common) > 60
        assert {key: acts[key] for key in common} == {key: now[key] for key in common}
        struck = kind in ("life", "repair")
        others = {key for key in lasted.keys() & lasts.keys() if not (struck and key[1] == each.on[0])}
        assert {key: lasted[key] for key in others} == {key: lasts[key] for key in others}
        both = {key for key in mended.keys() & mends.keys() if not (struck and key[1] == each.on[0])}
        assert {key: mended[key] for key in both} == {key: mends[key] for key in both}
    assert tried > 0


def _on(scenario: Scenario, step: object, words: Sequence[str]) -> bool:
    return any(recipe.steps[str(step)].on in words for recipe in scenario.products.values() if step in recipe.steps)


def test_times_are_shorter_with_the_same_luck() -> None:
    own = Own(distribution=Exponential(mean=4.0))
    for law in (Constant(value=2.0), Geometric(chance=0.3, cycle=0.5), Trace(times=(1.0, 3.0)), own):
        half = lasting(law, 0.5)
        assert [half.quantile(u) for u in (0.2, 0.5, 0.9)] == pytest.approx(
            [0.5 * law.quantile(u) for u in (0.2, 0.5, 0.9)]
        )
        assert half.cdf(1.0) == pytest.approx(law.cdf(2.0))


def test_a_model_is_paced_and_gives_the_same() -> None:
    wet, bed = Charge(120.0, quality={"moisture": 0.2}), FluidBedDrying(until=0.02)
    whole = bed(wet, Equipment(), lambda name: 0.5)
    half = Paced(bed, 0.5)(wet, Equipment(), lambda name: 0.5)
    assert half.hours == pytest.approx(0.5 * whole.hours)
    assert half.charge == whole.charge
    assert half.profile is not None and whole.profile is not None
    assert half.profile(0.25 * whole.hours) == whole.profile(0.5 * whole.hours)
    drawn = [sum(rate for _, rate in flow) for flow in (half.draws["steam"], whole.draws["steam"])]
    assert drawn[0] == pytest.approx(2.0 * drawn[1])


def test_shifts_are_longer_as_far_as_there_is_room() -> None:
    assert longer(Calendar(open=((6.0, 14.0),), period=24.0), 1.0).open == ((6.0, 15.0),)
    assert longer(Calendar(open=((0.0, 24.0),), period=24.0), 1.0).open == ((0.0, 24.0),)
    late = Calendar(open=((6.0, 14.0), (16.0, 24.0)), period=24.0)
    assert longer(late, 1.0).open == ((0.0, 1.0), (6.0, 15.0), (16.0, 24.0))
    assert longer(Calendar(open=((0.0, 14.0), (14.0, 23.5)), period=24.0), 1.0).open == ((0.0, 14.0), (14.0, 24.0))


def test_a_plant_is_asked_for_more_than_it_can_make() -> None:
    """Released as taken and without end, in the mix of what was asked for: 3 batches of red to 1 of blue."""
    plant = mixers().replace(
        orders={
            "march": Order(product="red", batches=6, release=Release(at_once=True)),
            "april": Order(product="blue", batches=2, start=50.0, due=90.0),
        }
    )
    assert saturated(plant).orders == {"march": Order(product={"red": 6.0, "blue": 2.0}, campaign=2)}
    endless = plant.replace(
        orders={**plant.orders, "on": Order(product="red", release=Release(every=Constant(value=5.0)))}
    )
    assert saturated(endless).orders == {"on": Order(product="red")}
    kept = plant.replace(orders={"on": Order(product="red", release=Release(wip=4))})
    assert saturated(kept).orders == kept.orders
    rare = Order(product="blue", release=Release(every=Constant(value=15.0)))
    often = Order(product="red", release=Release(every=Constant(value=5.0)))
    both = plant.replace(orders={"on": often, "off": rare})
    mix = saturated(both).orders["on"].mix
    assert mix == pytest.approx({"red": 0.75, "blue": 0.25})


def test_a_kind_that_is_not_known_is_refused() -> None:
    with pytest.raises(PlantsimError, match="there is no kind of intervention 'units'; did you mean 'unit'"):
        interventions(mixers(), ["units"])


def test_it_is_printed() -> None:
    with ThreadPoolExecutor(1) as pool:
        found = bottlenecks(mixers(), ["unit"], replications=2, first=2, executor=pool)
    assert str(found).splitlines()[0] == "plant: 1096 batches a year at most with what there is"
    assert "<table" in found._repr_html_()
    chart = charts.interventions(found)
    assert [trace.name for trace in chart.data] == ["the best", "less", "two at once"]
    for trace in chart.data:
        names = [found.ranked[k].name for k in trace.y]
        assert list(trace.x) == [found.gain(name).mean for name in names]
        assert (trace.marker.color == STRONG) is (set(names) <= {found.best.name, *found.tied})
    assert sum(len(trace.y) for trace in chart.data) == len(found.ranked)
    assert chart.layout.title.text.startswith(f"{found.best.name} brings most")


def test_what_one_more_batch_costs_is_told_where_there_are_prices() -> None:
    """A mixer of 657,450 EUR over 10 years is 65,745 a year and brings 1252.3 - 1095.8 = 156.5 batches: 420 each."""
    plant = mixers().replace(prices=Prices(each={"mixer": 657_450.0}))
    with ThreadPoolExecutor(1) as pool:
        found = bottlenecks(plant, ["unit"], replications=2, first=2, executor=pool)
    row = found.table().loc["one more mixer"]
    assert row["cost a year"] == pytest.approx(65_745.0)
    assert row["cost of one more"] == pytest.approx(420.0, rel=0.02)
    assert any(said.startswith("one batch more costs least by one more mixer: 42") for said in found.says())


def two_at_once() -> Scenario:
    """Two units of 4 h in a row, one batch in process: 8 h a batch; with two in process, 4 h."""
    steps = {"first": Step(on="mix and fill", time=4.0), "then": Step(on="press", time=4.0)}
    return Scenario(
        units={"mix and fill": Unit(kind="mix and fill"), "press": Unit(kind="press")},
        links=("mix and fill -> press",),
        products={"p": Product(batch=1.0, steps=steps)},
        orders={"all": Order(product="p", release=Release(wip=1))},
    ).replace(horizon=800.0, from_=80.0)


def test_a_limit_on_work_in_process_is_found() -> None:
    with ThreadPoolExecutor(1) as pool:
        found = bottlenecks(two_at_once(), ["wip", "unit"], replications=2, first=2, executor=pool)
    assert found.best.name == "one more batch of all in process"
    assert found.gain(found.best.name).mean == pytest.approx(float(np.mean(found.today)), rel=0.02)


def test_what_the_layout_forbids_is_told_and_not_tried() -> None:
    """A link names press-1 alone: a second press could not be reached, which the layout's own rules say."""
    plant = two_at_once().replace(links=("mix and fill -> press-1",))
    with ThreadPoolExecutor(1) as pool:
        found = bottlenecks(plant, ["wip", "unit"], replications=2, first=2, executor=pool)
    assert found.left_out["one more press"].startswith("not possible: no recipe reaches 'press-2'")
    assert found.says()[-1].startswith("one more press was left out: not possible")


def test_one_that_cannot_be_played_ends_nothing_else() -> None:
    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float | str]:
        return {(name, k): "stuck at 3 h" if name == "one more press" and k == 1 else 10.0 + (name != "today")
                for name in scenarios for k in ks}  # fmt: skip

    plant = two_at_once()
    found = search(plant, interventions(plant, ["unit", "wip"]), values, 4, 2, pairs=False)
    assert found.left_out == {"one more press": "can't be played: stuck at 3 h"}
    assert len(found.tried) == 2 and len(found.today) == 4


def test_one_that_has_not_mattered_yet_stays_for_a_second_round() -> None:
    """A failure that strikes in run 7 only: its repair made no difference in the first 6 runs, and is not left out."""

    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        return {(name, k): 10.0 + (9.0 if name == "late" and k >= 6 else 0.0) for name in scenarios for k in ks}

    each = [Intervention(name, "repair", (name,), lambda scenario: scenario) for name in ("a", "b", "c", "d", "late")]
    found = search(mixers(), each, values, 24, pairs=False)
    assert len(found.gains["late"]) == 24


def test_an_interrupted_search_gives_what_there_is() -> None:
    def values(scenarios: Mapping[str, Scenario], ks: Sequence[int]) -> dict[tuple[str, int], float]:
        if ks.start:
            raise KeyboardInterrupt
        return {(name, k): 10.0 + k % 2 for name in scenarios for k in ks}

    plant = two_at_once()
    found = search(plant, interventions(plant, ["unit"]), values, 24, 6)
    assert len(found.today) == 6 and found.interrupted
    assert found.says()[-1] == "it was interrupted: with all the runs that were asked for, this may be told more surely"
    assert found.says()[0] == "nothing that was tried alone brings anything worth speaking of"
    measures = [said for said in found.says() if said.startswith("the usual measures")]
    assert measures and all(said.startswith("the usual measures name ") for said in measures)  # they agree with nothing


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"kinds": ["test"]}, "there is nothing to try: the plant has nothing of test"),
        ({"kinds": ["unit"], "replications": 1}, "one run tells nothing of chance: give at least 2, got 1"),
        ({"kinds": ["unit"], "first": 0}, "one run tells nothing of chance: give at least 2, got 0"),
    ],
)
def test_what_cannot_be_searched_is_told(words: dict[str, object], text: str) -> None:
    with pytest.raises(PlantsimError) as told:
        bottlenecks(mixers(), **words)  # type: ignore[arg-type]
    assert str(told.value) == text


def test_a_plant_that_makes_nothing_is_told() -> None:
    plant = saturated(two_at_once())
    with pytest.raises(PlantsimError, match="the plant makes nothing in a run of this length"):
        search(plant, interventions(plant, ["unit"]), lambda scenarios, ks: dict.fromkeys(
            ((name, k) for name in scenarios for k in ks), 0.0), 4, 2)  # fmt: skip


def test_lives_in_cycles_are_longer_by_whole_cycles() -> None:
    """5 cycles can't be 10 % longer: 6 are 20 % later, and it says so."""
    rule = Failure(after=Constant(value=5.0), repair=1.0, clock="cycles")
    units = {"mix and fill": Unit(kind="mix and fill", failures=("clog",)), "press": Unit(kind="press")}
    plant = two_at_once().replace(failures={"clog": rule}, units=units)
    (later,) = interventions(plant, ["life"])
    assert later.name == "clog 20% later"
    assert later.edit(plant).failures["clog"].after == Constant(value=6.0)


def test_a_paced_model_keeps_what_a_halt_does() -> None:
    class Cooling:
        def __call__(self, charge: Charge, unit: Equipment, draw: object, /) -> Outcome:
            return Outcome(2.0, charge)

        def idle(self, charge: Charge, hours: float, unit: Equipment) -> Charge:
            return charge.but(temperature=charge.temperature - hours)

    warm = Charge(1.0, temperature=50.0)
    assert Paced(Cooling(), 0.5).idle(warm, 3.0, Equipment()).temperature == 47.0
    assert not hasattr(Paced(FluidBedDrying(until=0.02), 0.5), "nothing")

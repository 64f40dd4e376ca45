"""Loops with a fixed number of batches, against mean value analysis and a Markov chain."""

from __future__ import annotations

from functools import partial

import pytest
from theory.measure import Case, Figures, Look, cases, line, luck_of_work, mean

from plantsim.laws import Exponential
from plantsim.plant import Buffer, Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step

pytestmark = pytest.mark.theory

MVA = "mean value analysis"


def loop_figures(look: Look) -> Figures:
    """Throughput, time from release to done, and of each station its mean number and its load."""
    first = {visit.batch: visit.asked for visit in look.visits if visit.step == "s1"}
    came = [batch for batch, since in first.items() if look.within(since)]
    figures: Figures = {
        "TH": look.rate(look.done.values()),
        "CT": mean(look.done[batch] - first[batch] for batch in came),
    }
    for number in range(1, 1 + len({visit.step for visit in look.visits})):
        visits = [visit for visit in look.visits if visit.step == f"s{number}"]
        figures[f"Q{number}"] = look.mean_number((visit.asked, visit.left) for visit in visits)
        figures[f"util{number}"] = look.share(f"m{number}-1", "working")
        figures[f"resp{number}"] = mean(visit.left - visit.asked for visit in visits if look.within(visit.asked))
    return figures


# ---- CONWIP: the penny fab of Hopp and Spearman with exponential times -----------------------------------------------

TIMES = (1.0, 2.0, 1.0, 1.0)
TH_BY_WIP = (
    0.2, 0.3125, 0.38095238095238093, 0.4242424242424243, 0.45205479452054786, 0.46995708154506444, 0.481404958677686,
    0.4886420999495204, 0.49315409509584257, 0.4959259259259259,
)  # fmt: skip
AT_TEN = {
    "CT": 20.16430171769978,
    "Q1": 0.9646913580246912, "Q2": 7.105925925925924, "Q3": 0.9646913580246912, "Q4": 0.9646913580246912,
    "util1": 0.4959259259259259, "util2": 0.9918518518518518, "util3": 0.4959259259259259, "util4": 0.4959259259259259,
}  # fmt: skip


def conwip(wip: int) -> Case:
    """A line with room for all between its machines, and so many batches in it."""
    scenario = line([Exponential(mean=time) for time in TIMES], [None] * 3, release={"wip": wip})
    exact = {"TH": TH_BY_WIP[wip - 1]}
    return Case(
        id=f"conwip_exp_penny:WIP {wip}",
        origin=MVA,
        scenario=scenario,
        exact=exact | AT_TEN if wip == len(TH_BY_WIP) else exact | {"CT": wip / exact["TH"]},
        headline=("TH", "CT"),
        figures=loop_figures,
        luck=partial(luck_of_work, means={f"m{k}-1": time for k, time in enumerate(TIMES, 1)}),
        begin=200.0,
        end=2_200.0,
        after=200.0,
    )


# ---- machines that wait for one repairman, as batches that go round --------------------------------------------------


def repairman_line() -> Case:
    """Ten batches: each thinks 1 h and again with probability 0.7, so 1 / 0.3 h in all, then takes 1.5 h at one unit.

    A geometric number of exponential times is exponential; ten units are as many as batches can think.
    """
    scenario = Scenario(
        units={"m1": Unit(kind="m1", count=10), "m2": Unit(kind="m2")},
        buffers={"floor": Buffer()},
        products={"part": Product(batch=1.0, steps={"s1": Step(on="m1", time=Exponential(mean=1.0 / 0.3)),
                                                    "s2": Step(on="m2", time=Exponential(mean=1.5))})},
        orders={"order": Order(product="part", release={"wip": 10})},
    )  # fmt: skip
    return Case(
        id="repairman_line_10",
        origin=MVA + "; a CTMC elsewhere gives the same",
        scenario=scenario,
        exact={
            "TH": 0.6666081969310239,
            "Q2": 7.777972676896587,
            "Q1": 2.222027323103413,
            "util2": 0.9999122953965358,
            "resp2": 11.667982351110211,
        },
        headline=("TH", "resp2"),
        figures=loop_figures,
        luck=partial(luck_of_work, means={"m2-1": 1.5, **{f"m1-{k}": 1.0 / 0.3 for k in range(1, 11)}}),
        begin=300.0,
        end=4_300.0,
        after=200.0,
    )


def blocking_loop() -> Case:
    """Two batches, and no place between machine 1 and machine 2: who is done at 1 while 2 works blocks 1."""
    return Case(
        id="closed_bas_2",
        origin="continuous-time Markov chain, solved numerically",
        scenario=line([Exponential(mean=1.0), Exponential(mean=1.25)], [0], release={"wip": 2}),
        exact={
            "TH": 0.5901639344262295,
            "util1": 0.5901639344262295,
            "blocked": 0.40983606557377045,
            "counting blocked at 2": 1.1475409836065573,
            "not counting blocked at 1": 0.8524590163934427,
            "physically at 1": 1.2622950819672132,
            "physically at 2": 0.7377049180327868,
        },
        headline=("TH",),
        figures=blocking_figures,
        luck=partial(luck_of_work, means={"m1-1": 1.0, "m2-1": 1.25}),
        begin=200.0,
        end=4_200.0,
        after=200.0,
    )


def blocking_figures(look: Look) -> Figures:
    """Numbers at both machines, with a blocked batch counted where it would like to be, or where it is."""
    first = [visit for visit in look.visits if visit.step == "s1"]
    second = {visit.batch: visit for visit in look.visits if visit.step == "s2"}
    done = ((visit.asked, second[visit.batch].asked if visit.batch in second else look.end) for visit in first)
    return loop_figures(look) | {
        "blocked": look.share("m1-1", "blocked"),
        "counting blocked at 2": look.mean_number((visit.asked, visit.left) for visit in second.values()),
        "not counting blocked at 1": look.mean_number(done),
        "physically at 1": look.mean_number((visit.asked, visit.left) for visit in first),
        "physically at 2": look.mean_number((visit.granted, visit.left) for visit in second.values()),
    }


@cases(
    *(conwip(wip) for wip in range(1, 11)),
    repairman_line(),
    blocking_loop(),
    quick=("conwip_exp_penny:WIP 10", "closed_bas_2"),
)
def test_loop(case: Case) -> None:
    """Throughput, times and numbers are the exact ones."""
    case.judge()

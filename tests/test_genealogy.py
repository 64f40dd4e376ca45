"""Who is made of whom: from what is released to what is done, through splits, joins and pools."""

from __future__ import annotations

import pytest
from plants import parted, small
from test_split_join import at, harvests, tablets

from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.genealogy import lineage
from plantsim.plant import Buffer
from plantsim.record import Row


def test_a_batch_that_is_split_and_joined_has_two_lives() -> None:
    """100 kg part into two halves of 50 kg, which are joined to one of 100 kg: four
    links of 50 kg, and one batch done.
    """
    graph = simulate(tablets(2, split=2)).genealogy()
    assert [(*edge, amount) for *edge, amount in graph.edges(data="amount")] == [
        ("o/1", "o/1/1", 50.0),
        ("o/1", "o/1/2", 50.0),
        ("o/1/1", "o/1 (2)", 50.0),
        ("o/1/2", "o/1 (2)", 50.0),
    ]
    assert dict(graph.nodes(data="fate")) == {"o/1": "split", "o/1/1": "joined", "o/1/2": "joined", "o/1 (2)": "done"}


def test_a_rejected_part_shows_what_it_touched() -> None:
    """Four harvests of 100 kg are pooled by twos, and each pool parts into two halves.

    o/2 has gone into the pool of o/1, and so into both of its halves; a half has touched nothing; o/4 has gone into the
    other pool. The second half of that one is made of o/3 and o/4.
    """
    steps = {"grow": at("x"), "spin": at("z", 2.0, pools=2), "fill": at("w", split=2)}
    run = simulate(small(steps, batches=4, buffers={"store": Buffer()}))
    assert run.touched("o/2") == ["o/1 (2)", "o/1/1", "o/1/2"]
    assert run.touched("o/1/1") == []
    assert run.touched("o/4") == ["o/3 (2)", "o/3/1", "o/3/2"]
    assert list(run.genealogy("o/3/2")) == ["o/3", "o/4", "o/3 (2)", "o/3/2"]


def test_side_branches_go_in() -> None:
    """The buffer, 40 kg, parts from the batch as it begins, and goes into what is joined for the column."""
    steps = {"grow": at("x"), "buffer": at("y", after=(), batch=40.0), "column": at("z", after=("grow", "buffer"))}
    graph = simulate(small(steps, batches=1)).genealogy("o/1/buffer")
    assert list(graph.edges) == [("o/1", "o/1/buffer"), ("o/1/buffer", "o/1 (2)")]


def test_lots_that_are_taken_and_given_are_nodes() -> None:
    """1.5 kg of starch go into a batch, and half a kg of waste comes out of it: two links, and a node for each lot."""
    rows = [
        Row(0, "release", "", "m/1", "mix", "p", 2.0, "", ("m", 1)),
        Row(0, "take", "mixer-1", "m/1", "mix", "p", 2.0, "starch", (("starch/7", 1.5),)),
        Row(1, "give", "mixer-1", "m/1", "mix", "p", 0.5, "waste", ("waste/1", "released", -1)),
        Row(2, "done", "", "m/1", "mix", "p", 2.0),
    ]
    graph = lineage(rows)
    assert sorted(graph.edges(data="amount"), reverse=True) == [("starch/7", "m/1", 1.5), ("m/1", "waste/1", 0.5)]
    assert graph.nodes["starch/7"] == {"node": "lot", "material": "starch", "fate": "released"}


def test_amounts_that_go_in_are_those_that_come_out() -> None:
    """Through each join and split of a plant full of them: to 1e-9."""
    graph = simulate(parted(200.0)).genealogy()
    joined = [row for row in simulate(parted(200.0)).record if row[1] == "join"]
    into = {node: sum(amount for *_, amount in graph.in_edges(node, "amount")) for node in graph}
    assert len(joined) > 50
    ends = [node for node in graph if any(kind == "join" for *_, kind in graph.in_edges(node, "kind"))]
    found = sorted(into[node] for node in ends)
    assert found == pytest.approx(sorted(row[6] for row in joined), abs=1e-9)


def test_a_name_that_is_not_there_is_said() -> None:
    """There are four harvests: asked for the ninth, it names one that is there."""
    with pytest.raises(PlantsimError, match=r"there is no batch or lot 'o/9'; did you mean"):
        simulate(harvests()).genealogy("o/9")

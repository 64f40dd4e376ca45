"""The table of all models, and why some differ."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from manpy.compare import compare, names
from manpy.convert import PARTS
from manpy.model import NotPlayed

TIE = "by hand: a life of so many hours worked that ends with the work itself strikes as the next work begins; "
LEFT_OUT = "left out: "
ALLOTTED = LEFT_OUT + "people are allotted anew every 10 h by a linear programme; here by age"
PREEMPTION = LEFT_OUT + "a critical order stops another's work, which no batch plant does"
AWAITED = "awaited: batches in parts"

DIFFERS = {
    "FailureAndShift1": "by hand: 10 parts leave by 5, 10 more wait by 10, so that it works all of 10-15 and 20 more"
    " leave: 30 x 0.25 h = 37.5 %.  It loses the last one, whose end, the end of the shift and a failure are at one"
    " instant, and counts its 0.25 h as waiting",
    "OperatorBreak1": "by hand: breaks 40-45 and 85-90, in the second of which he works on until 87: 5 + 3 h away.  It"
    " says 10 h, which would have let the part of 90 wait, but no part waited in its own figures (3.176 h inside)",
    "FailureWorkingTime1": TIE + "14 parts make 7 h at 13.5, the repair lasts 14-18 and 4 parts follow until 20: 9 h",
    "FailureWorkingTime2": TIE + "10 parts make 5 h",
    "DeliverOnInterruptionTopology01": "by hand: the work of the 36th part ends at 60, as its station fails: it is"
    " done and passes on at 61.25, when the queue has room.  There the failure strikes first and it stays until 65:"
    " 7 parts less in 1440 h",
    "Topology07": "by hand: where a failure strikes as the work ends, there the turn of a part counts from the repair,"
    " as in DeliverOnInterruptionTopology01; and of parts done at one instant there that of M2 goes first, here by"
    " name: with both as there, a plain simulation gives its figures exactly",
    "Topology63": LEFT_OUT + "its numbers are random",
    "DummyDecomposition1": LEFT_OUT + "a batch is split only when those before it have been joined and have left",
    "RoutingQueue01": LEFT_OUT + "all parts of a batch go to the same of two machines",
    "Topology78": LEFT_OUT + "a queue in which whole batches of several lines meet, behind places that gather parts",
    **dict.fromkeys(("SkilledOperator05", "SkilledOperator07", "SkilledOperator08"), ALLOTTED),
    **dict.fromkeys(("Topology34", "Topology35", "Topology69"), PREEMPTION),
}
IN_PARTS = (
    "BatchBlocking01", "Topology14", "Topology22", "Topology23", "Topology25", "WipInBatchDecomposition3",
    "WipInBatchReassembly1", "WipInBatchReassembly3", "WipInBatchReassembly4",
)  # fmt: skip
if not PARTS:
    DIFFERS |= dict.fromkeys(IN_PARTS, AWAITED)


def rows() -> Iterator[tuple[str, str, str, str, str, str]]:
    """(model, verdict, exits there, here, the largest difference, why it differs) of each model."""
    for name in names():
        try:
            both = compare(name)
        except NotPlayed as reason:
            yield name, "not played", "", "", "", DIFFERS.get(name, str(reason))
            continue
        _, points, of = both.apart
        verdict = "agrees" if both.agrees else "differs"
        yield name, verdict, str(both.theirs.exits), str(both.ours.exits), f"{points:.3f} {of}", DIFFERS.get(name, "")


def table() -> Iterator[str]:
    """The table as lines, the count last."""
    found = list(rows())
    yield f"{'model':<32} {'verdict':<11} exits: theirs, ours; largest difference [points]; why"
    for name, verdict, theirs, ours, worst, why in found:
        yield f"{name:<32} {verdict:<11} {theirs:>5} {ours:>5}  {worst:<24} {why}".rstrip()
    agree = sum(verdict == "agrees" for _, verdict, *_ in found)
    yield f"{agree} of {len(found)} agree"


def group(name: str) -> str:
    """What models that are numbered have in common: their name without its number."""
    return name.rstrip("0123456789")


def page(verdicts: Mapping[str, str]) -> Iterator[str]:
    """The tables of docs/other_simulator.md: models by group, then each that differs with its reason."""
    groups: dict[str, list[str]] = {}
    for name in verdicts:
        groups.setdefault(group(name), []).append(name)
    yield from ("| models | number | agree | which |", "|---|---|---|---|")
    for word, each in groups.items():
        agree = sum(verdicts[name] == "agrees" for name in each)
        which = ", ".join(f"{name.removeprefix(word) or name}{_mark(verdicts[name])}" for name in each)
        yield f"| {word} | {len(each)} | {agree} | {which} |"
    agree = sum(verdict == "agrees" for verdict in verdicts.values())
    yield from (f"| all | {len(verdicts)} | {agree} | |", "", "| model | verdict | why |", "|---|---|---|")
    yield from (f"| {name} | {verdict} | {DIFFERS[name]} |" for name, verdict in verdicts.items() if name in DIFFERS)


def _mark(verdict: str) -> str:
    return "" if verdict == "agrees" else f" ({verdict})"


if __name__ == "__main__":
    lines = page({row[0]: row[1] for row in rows()}) if "--page" in sys.argv else table()
    print("\n".join(lines))

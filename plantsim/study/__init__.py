"""Studies: how much, how sure, and what a change brings on the same luck."""

from plantsim.study.changes import Difference, difference
from plantsim.study.cluster import dask
from plantsim.study.jobs import Also, measures
from plantsim.study.precision import Precision
from plantsim.study.replicate import compare, replicate
from plantsim.study.runs import Progress
from plantsim.study.selection import Selection, select, selected
from plantsim.study.trial import FIGURE, Interval, Key, Trial
from plantsim.study.warmup import WarmUp, mser, warm_up

__all__ = [
    "FIGURE",
    "Also",
    "Difference",
    "Interval",
    "Key",
    "Precision",
    "Progress",
    "Selection",
    "Trial",
    "WarmUp",
    "compare",
    "dask",
    "difference",
    "measures",
    "mser",
    "replicate",
    "select",
    "selected",
    "warm_up",
]

"""Studies: how much, how sure, and what a change brings on the same luck."""

from plantsim.study.jobs import Also, measures
from plantsim.study.replicate import Progress, compare, replicate
from plantsim.study.trial import FIGURE, Interval, Key, Trial

__all__ = ["FIGURE", "Also", "Interval", "Key", "Progress", "Trial", "compare", "measures", "replicate"]

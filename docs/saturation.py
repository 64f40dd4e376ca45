"""How often 95 % intervals hold the true mean wait of a queue near saturation: `python docs/saturation.py`, a minute.

Jobs come at random to one server that has work for 80 % of its time (M/M/1), and wait rho / (1 - rho) = 4 service times
on average.  A study is some runs of some jobs each, after a warm-up; a job's wait follows from that of the job before,
Lindley's max(0, wait + service - gap), so that thousands of studies are made without a plant.
"""

from __future__ import annotations

import sys
from typing import Any, TypeAlias

import numpy as np

from plantsim.study.trial import interval_of

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
RHO, STUDIES = 0.8, 1000  # the share of time with work; studies a row
TRUTH = RHO / (1.0 - RHO)
ROWS = ((0, 20, 400), (400, 20, 400), (400, 50, 400), (400, 20, 2000), (400, 20, 8000))
# jobs that are left out, runs of a study, jobs of a run


def means(warm: int, runs: int, jobs: int, studies: int, seed: int = 1) -> Numbers:
    """The mean wait in each run of each study, in service times: a row each study, a column each run."""
    luck = np.random.default_rng(seed)
    wait, total = np.zeros((studies, runs)), np.zeros((studies, runs))
    for number in range(warm + jobs):
        wait = np.maximum(0.0, wait + luck.exponential(1.0, wait.shape) - luck.exponential(1.0 / RHO, wait.shape))
        total += wait * (number >= warm)
    return total / jobs


def coverage(warm: int, runs: int, jobs: int, studies: int = STUDIES) -> tuple[float, float]:
    """Share of studies whose interval holds the truth: Student's, and Willink's (`skewed`)."""
    made = means(warm, runs, jobs, studies).tolist()
    return tuple(
        sum((own := interval_of(each, skewed=skewed)).low <= TRUTH <= own.high for each in made) / studies
        for skewed in (False, True)
    )  # type: ignore[return-value]


def main() -> None:
    """Print a row each."""
    write = sys.stdout.write
    write("| jobs left out | runs of a study | jobs of a run | Student | skewed |\n|---|---|---|---|---|\n")
    for warm, runs, jobs in ROWS:
        student, skewed = coverage(warm, runs, jobs)
        write(f"| {warm} | {runs} | {jobs:,} | {student:.1%} | {skewed:.1%} |\n")


if __name__ == "__main__":
    main()

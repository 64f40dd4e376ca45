"""Input uncertainty: how much of what one does not know comes from few data, and how much from luck.

A law that was fitted to measured times is itself a guess: other times of the same process would have given another.
So the plant is played with laws fitted to bootstrap samples of the data (Fit.resampled), each with the same luck.  With
inputs i = 1 .. n and runs k = 1 .. m of common luck the answers are split as a two-way layout with random effects,

    y_ik = mean + a_i + b_k + e_ik,      s²(input) = (M_a - M_e) / m,      s²(luck of one run) = s²(b) + s²(e)

M: mean squares of rows, columns and rest.  Interval of s²(input): Williams (1962) and Tukey (1951), with the mean
square of the rest as the error; of the luck: Graybill and Wang (1980).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from html import escape
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from plantsim.errors import PlantsimError
from plantsim.scenario import Scenario
from plantsim.study.asking import Asked, Numbers, Subject
from plantsim.study.design import not_played
from plantsim.study.factors import put, read
from plantsim.study.fit import Fit
from plantsim.study.jobs import Also
from plantsim.study.runs import Progress
from plantsim.study.trial import Interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class InputUncertainty:
    """What is not known of a figure: because the data are few, and because the runs are."""

    figure: str
    answers: Numbers  # a row each resampled input, a column each run
    input: Interval  # standard deviation over inputs, with its 95 % interval; n: how many
    luck: Interval  # standard deviation of one run over luck, with its 95 % interval; n: how many
    seed: int
    refused: tuple[str, ...] = ()  # of each resampled input with which the plant can't be played, why

    @property
    def mean(self) -> float:
        """The figure over all inputs and runs."""
        return float(self.answers.mean())

    @property
    def ranges(self) -> dict[str, float]:
        """Half of the 95 % interval of the figure: from inputs, from luck of so many runs, and from both.

        More runs make the second less, only more data the first.
        """
        inputs = 1.96 * self.input.mean
        luck = 1.96 * self.luck.mean / sqrt(self.answers.shape[1])
        return {"inputs": inputs, "luck": luck, "both": sqrt(inputs**2 + luck**2)}

    def table(self) -> pd.DataFrame:
        """Standard deviations over inputs and luck with their 95 % intervals, and what they are of the figure."""
        import pandas as pd

        words = {"inputs: other data": self.input, "luck: one run": self.luck}
        rows = [(each.mean, each.low, each.high, each.mean / self.mean if self.mean else np.nan, each.n)
                for each in words.values()]  # fmt: skip
        columns = ["standard deviation", "low", "high", "share of the figure", "number"]
        return pd.DataFrame(rows, index=pd.Index(list(words), name="what comes from"), columns=columns)

    def says(self) -> str:
        """What to do about it, in a sentence."""
        half = self.ranges
        more = "more data would tell more than more runs" if half["inputs"] > half["luck"] else \
            "more runs would tell more than more data"  # fmt: skip
        return (f"{self.figure}: {self.mean:.4g} ± {half['both']:.2g}, of which ± {half['inputs']:.2g} because the "
                f"data are few and ± {half['luck']:.2g} by luck of {self.answers.shape[1]} runs: {more}"
                f"{not_played(self.refused, 'inputs')}")  # fmt: skip

    def __str__(self) -> str:
        return f"{self.says()}\n{self.table().round(4).to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.says())}</p>{self.table().round(4).to_html()}"


def input_uncertainty(
    subject: Subject,
    fits: Mapping[str, Fit],
    figure: str = "",
    samples: int = 20,
    replications: int = 5,
    *,
    seed: int = 1,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    also: Also | None = None,
) -> InputUncertainty:
    """How unsure a figure is because laws were fitted to few data, beside the noise between replications.

    `fits`: {path: fit}, such as {"products.x.steps.dry.time": ps.fit(times)}.  The plant is played with `samples`
    resampled inputs, each with the same `replications`; all laws are resampled together, independently of one another.
    The subject may also be a function of {path: law}, or of ({path: law}, k).  Inputs with which it can't be played are
    left out.  A `folder` keeps what is finished: the same call goes on from what is there.

    Raises:
        LayoutError: if there is nothing of a path, or no law fits there.
        PlantsimError: if there are too few samples or replications, or the folder holds another study.
    """
    if not fits or samples < 3 or replications < 2:
        raise PlantsimError(f"give a fit at least, 3 samples and 2 replications, got {len(fits)}, {samples} and "
                            f"{replications}")  # fmt: skip
    if isinstance(subject, Scenario):
        for path, each in fits.items():
            read(put(subject, path, each.law).check(), path)
    asked = Asked(subject, [], seed, folder=folder, executor=executor, also=also)
    points = [
        {path: each.resampled(number, seed + place) for place, (path, each) in enumerate(fits.items())}
        for number in range(samples)
    ]
    asked.ask(points, range(replications), progress)
    answers = asked.values(figure, points, range(replications))
    why = tuple(filter(None, asked.refused(points, range(replications))))
    answers = answers[np.isfinite(answers).all(axis=1)]
    if len(answers) < 3:
        raise PlantsimError(f"{len(answers)} of {samples} inputs have an answer; three are needed{not_played(why)}")
    inputs, luck = split(answers)
    return InputUncertainty(asked.named(figure), answers, inputs, luck, seed, why)


def split(answers: Numbers) -> tuple[Interval, Interval]:
    """Standard deviations over rows and over the luck of one run, with 95 % intervals (see above)."""
    n, m = answers.shape
    rows, columns, mean = answers.mean(axis=1), answers.mean(axis=0), float(answers.mean())
    of_rows = m * float(((rows - mean) ** 2).sum()) / (n - 1)
    of_columns = n * float(((columns - mean) ** 2).sum()) / (m - 1)
    rest = float(((answers - rows[:, None] - columns[None, :] + mean) ** 2).sum()) / ((n - 1) * (m - 1))
    return _over_rows(of_rows, rest, n, m), _of_luck(of_columns, rest, n, m)


def _over_rows(of_rows: float, rest: float, n: int, m: int) -> Interval:
    """s² = (M_a - M_e) / m; its ends: (n - 1) (M_a - F M_e) / (m chi²), F and chi² at either end."""
    from scipy.special import chdtri, fdtri

    ends = []
    for p in (0.975, 0.025):
        chi = float(chdtri(n - 1, 1.0 - p))
        f = float(fdtri(n - 1, (n - 1) * (m - 1), p))
        ends.append((n - 1) * (of_rows - f * rest) / (m * chi))
    low, high = (sqrt(max(each, 0.0)) for each in ends)
    return Interval(sqrt(max((of_rows - rest) / m, 0.0)), low, high, n)


def _of_luck(of_columns: float, rest: float, n: int, m: int) -> Interval:
    """s² = M_b / n + (n - 1) M_e / n; each end is as far off as those of its two parts together (Graybill and Wang)."""
    from scipy.special import chdtri

    parts = ((of_columns / n, m - 1), ((n - 1) * rest / n, (n - 1) * (m - 1)))
    variance = sum(part for part, _ in parts)
    below, above = (
        sqrt(sum((part * (degrees / float(chdtri(degrees, p)) - 1.0)) ** 2 for part, degrees in parts))
        for p in (0.025, 0.975)
    )
    return Interval(sqrt(variance), sqrt(max(variance - below, 0.0)), sqrt(variance + above), m)

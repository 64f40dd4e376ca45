"""The model fed with what the real plant does: where it stands, what comes next, what deviates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING

from plantsim.chance import HOUR
from plantsim.engine.ahead import law_of
from plantsim.engine.chances import judge
from plantsim.engine.physics import Models, modelled
from plantsim.engine.simulate import simulate
from plantsim.errors import PlantsimError
from plantsim.laws import Law
from plantsim.record import MEANING, Record, RowTuple
from plantsim.results import Results
from plantsim.results.figures import empty
from plantsim.scenario import Scenario
from plantsim.state import State, apply, fold

if TYPE_CHECKING:
    import pandas as pd

RARE = 0.005  # a time in either tail of this probability is a deviation


class Twin:
    """A scenario and what has been observed of its plant, in rows of the record.

    >>> from plantsim.engine.simulate import simulate
    >>> twin = Twin(scenario)  # doctest: +SKIP
    >>> twin.observe(rows)  # doctest: +SKIP
    >>> print(twin.forecast(hours=72, replications=50))  # doctest: +SKIP
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario.check()
        self._begin = empty(scenario)
        self._now = self._begin.copy()
        self._rows: list[RowTuple] = []
        self._models = Models(scenario) if modelled(scenario) else None

    def observe(self, rows: Iterable[RowTuple], until: float | None = None) -> Twin:
        """Take in what has happened, in order of time, and that nothing else has until a time [h].

        Raises:
            PlantsimError: if a row can't follow what was observed before; the rows before it are kept.
        """
        for row in rows:
            self._take(tuple(row))
        if until is not None:
            self._now.time = max(self._now.time, int(until * HOUR))
        return self

    def _take(self, row: RowTuple) -> None:
        if row[1] not in MEANING:
            raise PlantsimError(f"row {len(self._rows)}: unknown kind {row[1]!r}")
        if row[0] < self._now.time:
            raise PlantsimError(f"row {len(self._rows)} is of {row[0] / HOUR:g} h, before {self._now.time / HOUR:g} h")
        now = self._now.time
        try:
            apply(self._now, row)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            self._now = fold(self._begin.copy(), self._rows, now)  # as it was before
            raise PlantsimError(
                f"row {len(self._rows)} can't follow what came before: {row[:6]} ({error!r})"
            ) from error
        self._rows.append(row)

    def state(self) -> State:
        """What is so now; a copy."""
        return self._now.copy()

    def so_far(self) -> Results:
        """What was observed, as the results of a run."""
        return Results(self.scenario, Record(self._rows, until=self._now.time))

    def forecast(
        self, hours: float = 72.0, replications: int = 50, seed: int = 1, executor: Executor | None = None
    ) -> Forecast:
        """What comes next: fresh luck, and what is in progress from the rest of its distribution."""
        until = self._now.time / HOUR + hours
        runs = [
            simulate(self.scenario, seed, replication=k, horizon=until, start=self._now, luck="ahead")
            for k in range(replications)
        ]
        return Forecast(runs, self._now)

    def deviations(self) -> pd.DataFrame:
        """Acts whose time is rare, rarest first, with what was expected [h] and how likely that is.

        The run of a step with a model is judged by what the model says of its own charge, on its own unit.
        """
        import pandas as pd

        rows = [each for each in self._timed() if each[-1] < 2 * RARE]
        columns = ["hours", "batch", "step", "unit", "act", "took", "expected", "probability"]
        return pd.DataFrame(rows, columns=columns).sort_values("probability", ignore_index=True)

    def _timed(self) -> Iterator[tuple[float, str, str, str, str, float, float, float]]:
        state, models = self._begin.copy(), self._models
        for row in self._rows:
            apply(state, row)
            if row[1] == "outcome" and models is not None:
                b = state.batches[row[3]]
                ms = next((ms for stint in b.plan for act, ms in stint[0] if act == "run"), 0)
                waited = row[8][0] - row[8][6]  # of a load, for a batch that needs longer than the one that leads
                expected, likely = judge(models, b, row[8][1], ms / HOUR - waited)
                yield row[0] / HOUR, b.name, b.step, b.unit, "run", ms / HOUR, expected, likely
            if row[1] != "grant":
                continue
            b = state.batches[row[3]]
            for stint in b.plan:
                for act, ms in stint[0]:
                    law = law_of(self.scenario, b, act)
                    if law is not None:
                        took = ms / HOUR
                        yield row[0] / HOUR, b.name, b.step, b.unit, act, took, law.mean_hours, _tail(law, took)


def _tail(law: Law, hours: float) -> float:
    """How likely a time is that is as rare as this one, on either side."""
    below = law.cdf(hours)
    reached = law.cdf(hours * (1 - 1e-9) - 1e-9)  # of a constant, the time itself is not rare
    return 1.0 if below - reached > 1e-6 else 2.0 * min(below, 1.0 - below)


class Forecast:
    """Futures from one state."""

    def __init__(self, runs: list[Results], start: State) -> None:
        self.runs, self.start = runs, start

    @cached_property
    def finishes(self) -> pd.DataFrame:
        """When [h] each batch is done, a row each batch and a column each future; missing: not within the horizon."""
        import pandas as pd

        columns = {
            k: {row[3]: row[0] / HOUR for row in run.record if row[1] == "done"} for k, run in enumerate(self.runs)
        }
        return pd.DataFrame(columns).sort_index()

    def batches(self) -> pd.DataFrame:
        """For each batch that is in the plant: when it will be done [h], and how likely it is within the horizon."""
        inside = self.finishes.reindex(list(self.start.batches))
        table = inside.quantile([0.1, 0.5, 0.9], axis=1).T
        table.columns = ["10 % by", "50 % by", "90 % by"]
        return table.assign(likely=inside.notna().mean(axis=1))

    def done(self) -> pd.Series[int]:
        """How many batches are done in each future."""
        return self.finishes.notna().sum()

    def __str__(self) -> str:
        low, mid, high = self.done().quantile([0.05, 0.5, 0.95])
        until = self.runs[0].until
        head = f"{len(self.runs)} futures from {self.start.time / HOUR:g} h to {until:g} h: {mid:g} batches done"
        return f"{head} (90 % of futures: {low:g} to {high:g})\n{self.batches().round(1).to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{len(self.runs)} futures</p>" + self.batches().round(2).to_html()

"""What tables missed in a run: the models themselves asked again, of batches spread over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.chance import Streams
from plantsim.engine.physics import OWN, Models, entered
from plantsim.scenario import Scenario
from plantsim.state import apply

if TYPE_CHECKING:
    import pandas as pd

    from plantsim.results import Results

Asked = dict[tuple[str, str], list[tuple[float, float]]]  # (product, step) -> hours that a table said, and its model


def table_errors(run: Results, batches: int = 20) -> pd.DataFrame:
    """Of each step that is tabulated the largest and the mean error of its hours, as a share, in so many batches.

    The batches are spread evenly over the run; of each the model itself is asked, so that it costs as much.

    >>> import plantsim as ps
    >>> from plantsim.unitops.tray import TrayDrying
    >>> dry = ps.Step(on="dryer", model=TrayDrying(until=0.02), tabulate=True)
    >>> wet = {"quality": {"moisture": {"uniform": {"low": 0.2, "high": 0.3}}}}
    >>> plant = ps.Scenario(
    ...     units={"dryer": ps.Unit(kind="dryer")},
    ...     products={"powder": ps.Product(batch=60.0, steps={"dry": dry}, charge=wet)},
    ...     orders={"daily": ps.Order(product="powder", batches=40)},
    ... )
    >>> found = table_errors(ps.simulate(plant, horizon=2000.0), batches=10)
    >>> found.batches.tolist(), bool(found.largest.max() < 0.005)
    ([10], True)
    """
    import pandas as pd

    rows = []
    for (product, step), pairs in _asked(run, batches).items():
        errors = [abs(said - true) / true if true else abs(said) for said, true in pairs]
        rows.append((product, step, len(errors), max(errors), sum(errors) / len(errors)))
    return pd.DataFrame(rows, columns=["product", "step", "batches", "largest", "mean"])


def _asked(run: Results, batches: int) -> Asked:
    """Hours by the tables and by the models of the batches that are looked at."""
    tabled = {
        (name, step) for name, product in run.scenario.products.items()
        for step, each in product.steps.items() if each.tabulate
    }  # fmt: skip
    told: dict[tuple[str, str], list[int]] = {}
    for k, row in enumerate(run.record):
        if row[1] == "outcome" and not row[7] and (row[5], row[4]) in tabled:
            told.setdefault((row[5], row[4]), []).append(k)
    chosen = {key: frozenset(rows[:: max(1, -(-len(rows) // batches))]) for key, rows in told.items()}
    models, streams = Models(_plain(run.scenario)), Streams(run.seed, run.replication, run.start.salt, run.start.given)
    found: Asked = {}
    state = run.start.copy()
    for k, row in enumerate(run.record):
        apply(state, row)
        if k in chosen.get((row[5], row[4]), ()):
            b = state.batches[row[3]]
            true = models.outcome(b.luck, b.product, b.step, b.unit, entered(b, row[8][1]), streams)
            found.setdefault((row[5], row[4]), []).append((row[8][OWN], true.hours))
    return found


def _plain(scenario: Scenario) -> Scenario:
    """The same without tables."""
    products = {}
    for name, product in scenario.products.items():
        steps = {step: each.model_copy(update={"tabulate": False}) for step, each in product.steps.items()}
        products[name] = product.model_copy(update={"steps": steps})
    return scenario.replace(products=products)

"""What spreads the hours and the product of a step: draws of what goes in, and the share that each of them explains.

Inputs are what differs from batch to batch: numbers of the charges of the product and of lots, figures of models that
are drawn, and the luck for which models ask; each is drawn on its own, through its own quantile function, as in a run.
Shares of variance of an output f, from two samples A, B and A with column i of B (Saltelli et al., 2010; Jansen, 1999):

    first  Si = mean(f(B) (f(ABi) - f(A))) / V        what would go if input i did not vary
    total  Ti = mean((f(A) - f(ABi))^2) / (2 V)       what would be left if it alone did, with all that it does together
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log2
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from plantsim.charge import luck
from plantsim.contracts import Charge, Outcome
from plantsim.engine.physics import missed
from plantsim.errors import PlantsimError, did_you_mean
from plantsim.scenario import Scenario
from plantsim.study.drawn import Said, Way

if TYPE_CHECKING:
    import pandas as pd

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Told: TypeAlias = Mapping[str, Numbers]
SAME = 1e-9  # a spread smaller than this part of the numbers is none
WORDS = ("mean", "sd", "5 %", "median", "95 %")


@dataclass(frozen=True)
class StepSpread:
    """The spread of what goes into a step and of what comes out, and the share of it that each input explains."""

    product: str
    step: str
    unit: str  # the kind of unit on which it was asked, by its first name
    drawn: Told  # input -> its numbers, drawing by drawing
    lucky: frozenset[str]  # those inputs that are the luck of a model, a number from 0 to 1 without a unit
    arriving: Told  # mass, temperature, component or attribute of the charge as it comes to the step
    outs: Told  # hours [h], mass [kg], attributes of what comes out, and what else the model tells
    first: Mapping[str, Mapping[str, float]]  # output -> input -> share of its variance
    total: Mapping[str, Mapping[str, float]]
    missed: Mapping[str, float]  # an end point or a limit -> share of batches that miss it
    calls: int  # of the recipe up to the step

    def table(self) -> pd.DataFrame:
        """A row each number that goes in, arrives at the step or comes out: mean, standard deviation and quantiles."""
        import pandas as pd

        parts = {"drawn": self._figures(self.drawn), "arrives": self.arriving, "comes out": self.outs}
        rows = [((part, name), _five(each)) for part, told in parts.items() for name, each in told.items()]
        index = pd.MultiIndex.from_tuples([key for key, _ in rows], names=["", ""])
        return pd.DataFrame([row for _, row in rows], index=index, columns=list(WORDS))

    def shares(self) -> pd.DataFrame:
        """A row each input: its share of the variance of each output that has any; first order, and total."""
        import pandas as pd

        columns = [(name, word) for name in self.first for word in ("first", "total")]
        rows = [[of[out][each] for out in self.first for of in (self.first, self.total)] for each in self.drawn]
        names = pd.Index(list(self.drawn), name="share of variance")
        return pd.DataFrame(rows, index=names, columns=pd.MultiIndex.from_tuples(columns, names=["", ""]))

    def to_dict(self) -> dict[str, Any]:
        """All of it but the drawings as plain values."""
        figures = [{"part": part, "name": name, **row} for (part, name), row in
                   zip(self.table().index, self.table().to_dict("records"), strict=True)]  # fmt: skip
        return {"figures": figures, "first order": self.first, "total": self.total, "missed": self.missed,
                "says": self.says()}  # fmt: skip

    def says(self) -> list[str]:
        """The answer in sentences."""
        hours = self.outs["hours"]
        mean, sd, low, _, high = _five(hours)
        told = [f"{self.step!r} of {self.product!r} on {self.unit} takes {mean:.4g} h "
                f"(sd {sd:.3g} h; nine in ten from {low:.4g} to {high:.4g} h)"]  # fmt: skip
        if "hours" in self.first:
            told.append(f"of the variance of its hours, {_ranked(self.first['hours'])}")
            beyond = min(1.0 - sum(self.first["hours"].values()), sum(self.total["hours"].values()) - 1.0)
            if beyond > 0.02:  # less may be the samples'
                told.append(f"{beyond:.0%} of it comes of inputs together, beyond what each does alone")
        else:
            told[0] = f"{self.step!r} of {self.product!r} on {self.unit} takes {mean:.4g} h, whatever is drawn"
        return [*told, *(f"{share:.1%} of batches: {what}" for what, share in self.missed.items())]

    def __str__(self) -> str:
        table = self.table()
        differs = (table["sd"] > 0.0) | (table.index == ("comes out", "hours"))
        parts = [table[differs].map("{:.4g}".format).to_string(sparsify=True)]
        if self.first:
            parts.append(self.shares().map("{:.0%}".format).to_string(sparsify=True))
        return "\n\n".join([*parts, "\n".join(self.says())])

    def _repr_html_(self) -> str:
        shares = self.shares().map("{:.0%}".format).to_html() if self.first else ""
        said = "".join(f"<p>{escape(each)}</p>" for each in self.says())
        return self.table().map("{:.4g}".format).to_html() + shares + said

    def _figures(self, told: Told) -> Told:
        return {name: each for name, each in told.items() if name not in self.lucky}


def spread(scenario: Scenario, product: str, step: str, *, samples: int = 128, seed: int = 1) -> StepSpread:
    """What differs in what goes into a step with a model, what comes of it, and what explains how much of that.

    `samples`: base of the samples, rounded up to a power of two; the recipe is played up to the step for as many times
    that as there are inputs, and two more.

    >>> from plantsim.layout import read_layout
    >>> found = spread(read_layout("layouts/tablets.yaml"), "statin 5 mg", "dry", samples=16)
    >>> round(found.total["hours"]["moisture"], 2)
    1.0

    Raises:
        LayoutError: if the scenario is not sound.
        PlantsimError: if there is no such product or step, or the step has no model.
        ModelError: if a model fails.
    """
    _known(scenario.check(), product, step)
    way, rows = Way(scenario, product, step), 2 ** ceil(log2(max(samples, 2)))
    way.said({})  # for the names of what is drawn
    known = -1
    while known != len(way.inputs):  # a model may ask for luck that it did not ask for before
        known = len(way.inputs)
        names = [name for name, law in way.inputs.items() if law is None or law.quantile(0.99) > law.quantile(0.01)]
        lucks = _lucks(names, rows, seed) if names else np.empty((1, 1, 0))
        said = [[way.said(dict(zip(names, row, strict=True))) for row in block] for block in lucks]
    return _found(way, names, lucks, said)


def _known(scenario: Scenario, product: str, step: str) -> None:
    if product not in scenario.products:
        raise PlantsimError(f"there is no product {product!r}{did_you_mean(product, scenario.products)}")
    recipe = scenario.products[product]
    if step not in recipe.steps:
        raise PlantsimError(f"{product!r} has no step {step!r}{did_you_mean(step, recipe.steps)}")
    if recipe.steps[step].model is None:
        others = ", ".join(name for name, each in recipe.steps.items() if each.model is not None)
        raise PlantsimError(f"step {step!r} of {product!r} has no model, so nothing that goes in spreads it; "
                            f"steps with a model: {others or 'none'}")  # fmt: skip


def _lucks(names: Sequence[str], rows: int, seed: int) -> Numbers:
    """Blocks of rows of luck, a column each input: A, B, and A with one column after the other of B."""
    from scipy.stats import qmc

    drawn = qmc.Sobol(2 * len(names), rng=np.random.default_rng(seed)).random(rows)
    a, b = drawn[:, : len(names)], drawn[:, len(names) :]
    mixed = [np.where(np.arange(len(names)) == k, b, a) for k in range(len(names))]
    return np.array([a, b, *mixed])


def _found(way: Way, names: Sequence[str], lucks: Numbers, said: Sequence[Sequence[Said]]) -> StepSpread:
    outs = _columns([[_outputs(found) for _, found in block] for block in said])
    arriving = _columns([[_attributes(charge) for charge, _ in block] for block in said[:2]])
    first, total = dict[str, dict[str, float]](), dict[str, dict[str, float]]()
    for out, numbers in outs.items():
        if _spreads(numbers):
            first[out], total[out] = _shares(names, numbers)
    each = [found for block in said[:2] for _, found in block]
    causes = Counter(what for found in each for what in missed(found))
    return StepSpread(
        way.product, way.step, way.unit, _drawn(way, names, lucks[:2]),
        frozenset(name for name in names if way.inputs[name] is None),
        {name: block.ravel() for name, block in arriving.items()},
        {name: block[:2].ravel() for name, block in outs.items()},
        first, total, {what: number / len(each) for what, number in sorted(causes.items())}, way.calls,
    )  # fmt: skip


def _drawn(way: Way, names: Sequence[str], lucks: Numbers) -> Told:
    """Input -> its numbers; of what is the luck of a model, that luck."""
    laws = [way.inputs[name] for name in names]
    columns = [lucks[..., k].ravel() for k in range(len(names))]
    return {
        name: np.array([luck(u) if law is None else law.quantile(luck(u)) for u in column])
        for name, law, column in zip(names, laws, columns, strict=True)
    }


def _attributes(charge: Charge) -> dict[str, float]:
    """What a charge is, as numbers by name."""
    told = {"mass": charge.mass, "volume": charge.volume, "temperature": charge.temperature}
    return {**told, **charge.composition, **charge.quality}


def _outputs(found: Outcome) -> dict[str, float]:
    return {"hours": found.hours, **_attributes(found.charge), **found.quality}


def _columns(rows: Sequence[Sequence[Mapping[str, float]]]) -> dict[str, Numbers]:
    """Name -> its numbers, block by block, of those names that all rows have; what is never told is 0."""
    names = [name for name in rows[0][0] if all(name in row for block in rows for row in block)]
    found = {name: np.array([[row[name] for row in block] for block in rows]) for name in names}
    return {name: numbers for name, numbers in found.items() if name == "hours" or numbers.any()}


def _spreads(numbers: Numbers) -> bool:
    return float(np.ptp(numbers)) > SAME * float(np.abs(numbers).max())


def _shares(names: Sequence[str], numbers: Numbers) -> tuple[dict[str, float], dict[str, float]]:
    """Input -> its share of the variance of an output, first order and total; a lone input explains all of it."""
    if len(names) == 1:
        return {names[0]: 1.0}, {names[0]: 1.0}
    centred = numbers - numbers[:2].mean()
    a, b, *mixed = centred
    variance = float(centred[:2].var())
    first = {name: float((b * (each - a)).mean()) / variance for name, each in zip(names, mixed, strict=True)}
    total = {name: float(((a - each) ** 2).mean()) / variance / 2.0 for name, each in zip(names, mixed, strict=True)}
    return first, total


def _five(numbers: Numbers) -> tuple[float, ...]:
    """Mean, standard deviation, and the numbers that 5, 50 and 95 % of the drawings stay below."""
    low, middle, high = np.quantile(numbers, (0.05, 0.5, 0.95))
    sd = float(numbers.std(ddof=1)) if _spreads(numbers) else 0.0
    return float(numbers.mean()), sd, float(low), float(middle), float(high)


def _ranked(shares: Mapping[str, float]) -> str:
    """Who explains how much, the most first; who explains next to nothing is left out."""
    ranked = sorted(shares.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} explains {share:.0%}" for name, share in ranked if share >= 0.005)

"""A batch that is played through its recipe up to a step, with each number that is drawn on the way held by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plantsim.charge import LotCharge, Spread, StartingCharge, filled, luck
from plantsim.contracts import Charge, Distribution, Outcome
from plantsim.engine.physics import Models
from plantsim.procedure import Procedure
from plantsim.scenario import Scenario
from plantsim.unitops.model import Operation
from plantsim.unitops.nominal import played

Said = tuple[Charge, Outcome]


class Way:
    """The steps of a product up to one of them, each on the first unit that does it; `inputs` are what they have drawn.

    An input without a law is the luck of a model: a number from 0 to 1.
    """

    def __init__(self, scenario: Scenario, product: str, step: str) -> None:
        self.scenario, self.product, self.step = scenario, product, step
        self.recipe, self.models = scenario.products[product], Models(scenario)
        self.upstream = {*Procedure(self.recipe).upstream[step], step}
        self.inputs: dict[str, Distribution | None] = {}
        self.luck: Mapping[str, float] = {}
        self.calls = 0

    @property
    def unit(self) -> str:
        """The single unit on which the step is asked."""
        return self._unit(self.step)

    def said(self, given: Mapping[str, float]) -> Said:
        """What comes to the step and what its model says, with this luck of inputs; that of others is middling."""
        self.luck, self.calls = given, self.calls + 1
        way = played(self.recipe.batch, self.recipe.charge, self.recipe.steps, self)
        coming, found = next((coming, found) for name, coming, found in way if name == self.step)
        assert found is not None  # it has a model
        return coming, found

    def start(self, step: str, law: StartingCharge, mass: float) -> Charge:
        """What a batch, or a side branch that begins with a step, is made of."""
        if step and step not in self.upstream:
            return law.middle(mass)
        parts, quality = self._of(f"{step}: " if step else "", law)
        return Charge(mass, law.volume or 0.0, law.temperature, parts, quality)

    def lot(self, step: str, material: str, mass: float) -> Charge:
        """What is taken of a lot of a material."""
        law = self.scenario.materials[material].charge if material in self.scenario.materials else None
        if law is None or step not in self.upstream:
            return Charge(mass)
        parts, quality = self._of(f"{material}: ", law)
        return Charge(mass, mass / law.density if law.density else 0.0, law.temperature, parts, quality)

    def outcome(self, step: str, model: Any, charge: Charge) -> Outcome:
        """What a model says on the first unit that does the step; of what does not lead to the wanted step, nothing."""
        if step not in self.upstream:
            return Outcome(0.0, charge)

        def draw(name: str) -> float:
            law = model.varies.get(name) if isinstance(model, Operation) else None
            return self._number(f"{step}: {name}", law)

        return self.models.said("any", self.product, step, self._unit(step), charge, draw)

    def _of(self, whose: str, law: StartingCharge | LotCharge) -> tuple[dict[str, float], dict[str, float]]:
        """Composition and quality, each number drawn through its own law, as in a run."""

        def of(laws: Mapping[str, Spread]) -> dict[str, float]:
            return {name: each.quantile(self._number(f"{whose}{name}", each)) for name, each in laws.items()}

        return filled(of(law.composition), law.composition), of(law.quality)

    def _number(self, name: str, law: Distribution | None) -> float:
        self.inputs.setdefault(name, law)
        return luck(self.luck.get(name, 0.5))

    def _unit(self, step: str) -> str:
        return self.scenario.plant.units_for(self.recipe.steps[step].on)[0]

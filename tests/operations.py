"""Of each built-in unit operation a model and a charge: for the tests and the benchmark of them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plantsim.charge import StartingCharge
from plantsim.contracts import Charge
from plantsim.plant import Unit
from plantsim.recipe import Order, Product
from plantsim.scenario import Scenario
from plantsim.step import Step
from plantsim.unitops import OPERATIONS, operation

FLASK = Charge(100.0, 100.0, 40.0, {"A": 0.033, "B": 0.0165, "solvent": 0.9505})
WEIGHTS = {"A": 100.0, "B": 50.0, "C": 150.0}
VESSEL = Charge(3500.0, 3500.0, 36.5, quality={"cells": 0.5, "glucose": 40.0, "glutamine": 6.0})
SEED = Charge(1.0, 1.0, quality={"cells": 0.05, "substrate": 10.0, "titre": 0.0})
POOL = Charge(3800.0, 3800.0, 20.0, quality={"titre": 1.8, "hcp": 100_000.0})
CORES = Charge(110.0, composition={"statin": 0.05, "lactose": 0.95})
POWDER = Charge(110.0, composition={"lactose": 0.98, "water": 0.02}, quality={"d50": 0.0008, "d90": 0.002})
WORDS: dict[str, tuple[dict[str, Any], Charge]] = {
    "FluidBedDrying": ({"until": 0.02}, Charge(125.0, temperature=25.0, quality={"moisture": 0.25})),
    "Dispensing": ({"component": "A", "amount": 0.3, "container": 12.0, "handling": 0.2, "rate": 60.0},
                   Charge(100.0, 110.0, composition={"S": 1.0})),
    "Reactor": ({"reactions": {"main": {"equation": "A + B -> C", "k0": 2.654e4, "energy": 4e4}}, "weights": WEIGHTS,
                 "key": "A", "temperature": 50.0, "conversion": 0.9}, FLASK),
    "TrayDrying": ({"until": 0.02, "area": 20.0}, Charge(60.0, quality={"moisture": 0.3})),
    "VacuumDrying": ({"until": 0.01},
                     Charge(130.0, 0.0, 20.0, {"API": 1.0 / 1.3, "water": 0.3 / 1.3}, {"moisture": 0.3})),
    "Filtration": ({}, Charge(500.0, quality={"solids": 0.1})),
    "ConsecutiveReactions": ({"conversion": 0.98}, FLASK),
    "Ultrafiltration": ({"until": 100.0}, Charge(500.0, 500.0, quality={"titre": 10.0})),
    "FedBatch": ({"lasts": 50.0}, SEED),
    "SeedTrain": ({"ratio": 1600.0}, Charge(0.05, 0.05, 37.0, quality={"cells": 4.0})),
    "CellCulture": ({"feed": 2.5}, VESSEL),
    "Chromatography": ({"column": 60.0}, POOL),
    "ProteinA": ({"column": 40.0}, POOL),
    "Lyophilisation": ({}, Charge(100.0, temperature=-40.0)),
    "Blending": ({"until": 0.05, "active": "statin"}, CORES),
    "Compression": ({"tablet": 114e-6}, Charge(109.44, quality={"blend rsd": 0.02, "assay": 0.99})),
    "PanCoating": ({"gain": 0.03}, CORES),
    "Crystallisation": ({"solute": "API", "until": 5.0, "cooling": 6.0, "hold": 0.5},
                        Charge(1000.0, 950.0, 60.0, {"API": 0.14, "S": 0.86})),
    "Extraction": ({"power": 3.0, "ratio": 0.5, "partition": {"salt": 4.0}},
                   Charge(1000.0, 1100.0, 25.0, {"API": 0.1, "salt": 0.02, "toluene": 0.88})),
    "Distillation": ({"removes": "methanol", "until": 0.1, "volatility": {"methanol": 3.0, "water": 1.0}},
                     Charge(1000.0, 1200.0, composition={"API": 0.1, "methanol": 0.6, "water": 0.3})),
    "SolventSwap": ({"new": "toluene", "filling": 1200.0, "volatility": {"methanol": 1.0, "toluene": 1.0},
                     "until": 0.05, "way": "put and take", "removes": "methanol"},
                    Charge(1000.0, 0.0, 65.0, {"methanol": 0.6, "toluene": 0.4})),
    "Centrifugation": ({}, Charge(4000.0, 4000.0, quality={"cells": 10.0, "dead": 4.0, "debris": 2.0, "titre": 1.8})),
    "DepthFiltration": ({}, Charge(3000.0, 3000.0, quality={"debris": 1.0, "titre": 2.0})),
    "ViralInactivation": ({}, Charge(500.0, 500.0, quality={"titre": 12.0})),
    "Formulation": ({"until": 50.0}, Charge(90.0, 90.0, quality={"titre": 100.0})),
    "Filling": ({"rsd": 0.01, "rejects": 0.0}, Charge(180.0, 180.0)),
    "Freezing": ({}, Charge(50.0)),
    "SecondaryDrying": ({}, Charge(12.0, temperature=25.0)),
    "Sterilisation": ({}, Charge(1.0, temperature=21.5)),
    "InTurn": ({"operations": {"freezing": {"use": "Freezing"}, "primary drying": {"use": "Lyophilisation"},
                               "secondary drying": {"use": "SecondaryDrying"}}}, Charge(100.0)),
    "Packaging": ({"tablet": 114e-6, "machines": {"blister": {"packs": 6000.0, "stops_every": 0.5, "stops_last": 0.05}},
                   "format_change": 0.75}, Charge(109.44)),
    "Milling": ({"screen": 0.001}, POWDER),
    "Sieving": ({"screen": 0.0008}, POWDER),
    "HighShearGranulation": ({"liquid": 0.22}, Charge(100.0, composition={"lactose": 1.0},
                                                      quality={"moisture": 0.0, "d50": 8e-05})),
    "FluidBedGranulation": ({"until": 0.02, "binder": 0.05, "spray": 40.0},
                            Charge(102.0, temperature=25.0, composition={"lactose": 1.0 / 1.02, "water": 0.02 / 1.02},
                                   quality={"moisture": 0.02, "d50": 1e-4})),
    "MeasuredTimes": ({"table": ({"moisture": 0.2, "hours": 1.0}, {"moisture": 0.3, "hours": 2.0}),
                       "gives": {"moisture": 0.02}}, Charge(125.0, quality={"moisture": 0.25})),
    "FittedTime": ({"law": 2.0}, Charge(100.0)),
    "Surrogate": ({"predictor": "operations:straight", "inputs": ("mass",)}, Charge(100.0)),
}  # fmt: skip
UNTOLD = ("FMU",)  # its file is made by its own test


class straight:  # noqa: N801  (as a fitted model that was saved in a module)
    """Predicts an hour for 50 kg."""

    def predict(self, rows: list[list[float]]) -> list[float]:
        return [row[0] / 50.0 for row in rows]


@dataclass(frozen=True)
class Example:
    """A built-in operation with its words, and a charge."""

    name: str
    words: dict[str, Any]
    charge: Charge

    @property
    def model(self) -> Any:
        """The operation itself."""
        return operation(self.name)(**self.words)

    def plant(self, model: Any = None, batches: int = 1, start: StartingCharge | None = None, **more: Any) -> Scenario:
        """A plant of one vessel in which it is done, with each batch made of the charge."""
        step = Step(on="vessel", model=self.model if model is None else model)
        recipe = Product(batch=self.charge.mass, steps={"do": step}, charge=start or self.start())
        more.setdefault("units", {"v": Unit(kind="vessel")})
        more.setdefault("orders", {"o": Order(product="p", batches=batches, release="at once")})
        return Scenario(products={"p": recipe}, run={"horizon": 5000.0}, name="One vessel", **more)

    def start(self) -> StartingCharge:
        """The charge as a recipe says it."""
        like = self.charge
        return StartingCharge(temperature=like.temperature, volume=like.volume or None, composition=like.composition,
                              quality=like.quality)  # fmt: skip


EXAMPLES = {name: Example(name, *WORDS[name]) for name in OPERATIONS if name in WORDS}

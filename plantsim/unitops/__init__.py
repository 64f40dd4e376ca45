"""Unit operations: how long a step takes and what comes out, by its physics; one file each, pure functions of a charge.

A built-in is named by the name of its class; its module is loaded when it is first named.
"""

from __future__ import annotations

from importlib import import_module

# name -> the module that defines it
OPERATIONS = {
    "FluidBedDrying": "fluid_bed",
    "Dispensing": "dispensing",
    "Reactor": "reactor",
    "Crystallisation": "crystallisation",
    "Extraction": "extraction",
    "Distillation": "distillation",
    "SolventSwap": "distillation",
    "VacuumDrying": "vacuum",
    "TrayDrying": "tray",
    "Filtration": "filtration",
    "ConsecutiveReactions": "reaction",
    "Ultrafiltration": "ultrafiltration",
    "FedBatch": "fed_batch",
    "SeedTrain": "seed_train",
    "CellCulture": "cell_culture",
    "Centrifugation": "centrifuge",
    "DepthFiltration": "depth_filter",
    "Chromatography": "chromatography",
    "ProteinA": "chromatography",
    "ViralInactivation": "viral",
    "Formulation": "formulation",
    "Filling": "filling",
    "Freezing": "freezing",
    "SecondaryDrying": "secondary_drying",
    "Sterilisation": "sterilisation",
    "Lyophilisation": "lyophilisation",
    "InTurn": "in_turn",
    "Blending": "blending",
    "Compression": "compression",
    "PanCoating": "coating",
    "Packaging": "packaging",
    "Milling": "milling",
    "Sieving": "sieving",
    "HighShearGranulation": "granulation",
    "FluidBedGranulation": "spray_granulation",
    "MeasuredTimes": "own",
    "FittedTime": "own",
    "Surrogate": "own",
    "FMU": "fmu",
}


def operation(name: str) -> type:
    """The class of a built-in unit operation.

    >>> operation("FluidBedDrying").__name__
    'FluidBedDrying'
    """
    found: type = getattr(import_module(f"plantsim.unitops.{OPERATIONS[name]}"), name)
    return found

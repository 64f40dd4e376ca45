"""A digital twin of a pharmaceutical plant: from one layout file to throughput, utilisation and bottleneck."""

from __future__ import annotations

from typing import Any

# name -> the module that defines it; a module is loaded when one of its names is first used
_HOME = {
    **dict.fromkeys(
        ("Bootstrap", "Constant", "Empirical", "Exponential", "Gamma", "Geometric", "Lognormal", "Trace", "Triangular",
         "Uniform", "Weibull"), "laws",
    ),
    **dict.fromkeys(("Clean", "Cleaning", "Phase", "Verification"), "cleaning"),
    **dict.fromkeys(("Charge", "Equipment", "Outcome"), "contracts"),
    **dict.fromkeys(("Fault", "LayoutError", "ModelError", "PlantsimError", "StuckPlant"), "errors"),
    **dict.fromkeys(("read_layout", "write_layout"), "layout"),
    "Calendar": "calendars",
    **dict.fromkeys(("Buffer", "Failure", "Maintenance", "Plant", "Pool", "Unit"), "plant"),
    "Step": "step",
    **dict.fromkeys(("Order", "Product", "Release"), "recipe"),
    **dict.fromkeys(("Record", "Row"), "record"),
    **dict.fromkeys(("ReportPlan", "RunPlan", "Scenario"), "scenario"),
    **dict.fromkeys(("Bottlenecks", "bottlenecks"), "study.bottlenecks"),
    **dict.fromkeys(("Bounds", "explain"), "study.explain"),
    **dict.fromkeys(("Experiment", "experiment"), "study.design"),
    "Factor": "study.factors",
    **dict.fromkeys(("Fit", "fit"), "study.fit"),
    **dict.fromkeys(("InputUncertainty", "input_uncertainty"), "study.uncertainty"),
    **dict.fromkeys(("Optimisation", "optimise"), "study.optimise"),
    **dict.fromkeys(("Sensitivity", "sensitivity"), "study.sensitivity"),
    **dict.fromkeys(("Size", "Sizing", "size"), "study.sizing"),
    **dict.fromkeys(("StepSpread", "spread"), "study.spread"),
    **dict.fromkeys(("SteadyState", "steady_state"), "study.steady"),
    **dict.fromkeys(("Waterfall", "waterfall"), "study.waterfall"),
    **dict.fromkeys(
        ("Difference", "Precision", "Selection", "Trial", "WarmUp", "compare", "difference", "replicate", "select",
         "warm_up"), "study",
    ),
    **dict.fromkeys(("Forecast", "Twin"), "twin"),
    "Prices": "prices", "Results": "results", "StartingCharge": "charge", "State": "state",
    "simulate": "engine.simulate", "table_errors": "study.checked", "write_report": "report",
}  # fmt: skip
_ROOMS = ("charts",)

__all__ = [*_HOME, *_ROOMS]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _ROOMS:
        return import_module(f"plantsim.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'plantsim' has no attribute {name!r}")
    value = getattr(import_module(f"plantsim.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

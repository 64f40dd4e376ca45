"""plantsim: a digital twin of a pharmaceutical plant, from one layout file to throughput, utilisation and bottleneck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plantsim.charts as charts
    from plantsim.chance import (
        Constant,
        Empirical,
        Exponential,
        Gamma,
        Geometric,
        Lognormal,
        Trace,
        Triangular,
        Uniform,
        Weibull,
    )
    from plantsim.engine.simulate import simulate
    from plantsim.errors import Fault, LayoutError, ModelError, PlantsimError, StuckPlant
    from plantsim.layout import read_layout, write_layout
    from plantsim.plant import Buffer, Calendar, Cleaning, Failure, Maintenance, Plant, Pool, Unit
    from plantsim.recipe import Order, Product, Release, Step
    from plantsim.record import Record, Row
    from plantsim.report import write_report
    from plantsim.results import Results
    from plantsim.scenario import ReportPlan, RunPlan, Scenario
    from plantsim.state import State
    from plantsim.study import Trial, compare, replicate
    from plantsim.twin import Forecast, Twin

# name -> the module that defines it; a module is loaded when one of its names is first used
_HOME = {
    **dict.fromkeys(
        ("Constant", "Empirical", "Exponential", "Gamma", "Geometric", "Lognormal", "Trace", "Triangular", "Uniform",
         "Weibull"), "chance",
    ),
    **dict.fromkeys(("Fault", "LayoutError", "ModelError", "PlantsimError", "StuckPlant"), "errors"),
    **dict.fromkeys(("read_layout", "write_layout"), "layout"),
    **dict.fromkeys(("Buffer", "Calendar", "Cleaning", "Failure", "Maintenance", "Plant", "Pool", "Unit"), "plant"),
    **dict.fromkeys(("Order", "Product", "Release", "Step"), "recipe"),
    **dict.fromkeys(("Record", "Row"), "record"),
    **dict.fromkeys(("ReportPlan", "RunPlan", "Scenario"), "scenario"),
    **dict.fromkeys(("Trial", "compare", "replicate"), "study"),
    **dict.fromkeys(("Forecast", "Twin"), "twin"),
    "Results": "results", "State": "state", "simulate": "engine.simulate", "write_report": "report",
}  # fmt: skip
_ROOMS = ("charts",)

__all__ = [*_HOME, *_ROOMS]  # noqa: PLE0604


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

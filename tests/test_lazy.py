"""Importing plantsim loads none of the heavy libraries, and next to nothing of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

import plantsim

HEAVY = (
    "pandas",
    "plotly",
    "scipy",
    "pint",
    "typer",
    "simpy",
    "numpy",
    "networkx",
    "pyarrow",
    "ruamel",
    "rich",
    "loky",
)


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in a fresh interpreter."""
    code = f"import sys; before = {{*sys.modules}}\n{statement}\nprint(*({{*sys.modules}} - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    loaded = loaded_by("import plantsim")
    assert "plantsim" in loaded
    assert not loaded & {*HEAVY, "pydantic"}
    assert len(loaded) < 40  # which takes a few milliseconds


def test_describing_a_plant_loads_neither_engine_nor_figures() -> None:
    names = (
        "Unit",
        "Buffer",
        "Pool",
        "Step",
        "Product",
        "Order",
        "Scenario",
        "Exponential",
        "Lognormal",
        "LayoutError",
    )
    loaded = loaded_by("import plantsim as ps\n" + "\n".join(f"ps.{name}" for name in names))
    assert "pydantic" in loaded
    assert not loaded & {"pandas", "plotly", "scipy", "pint", "typer", "simpy", "pyarrow", "loky"}


def test_a_run_loads_neither_charts_nor_layout_files() -> None:
    code = """
import plantsim as ps
mill = ps.Scenario(
    units={"mill": ps.Unit(kind="mill")},
    products={"powder": ps.Product(batch=100.0, steps={"grind": ps.Step(on="mill", time=2.0)})},
    orders={"daily": ps.Order(product="powder", batches=10)},
)
run = ps.simulate(mill, horizon=100.0)
run.figures()  # which asserts that no more was made than what was drawn leaves room for
"""
    loaded = loaded_by(code)
    assert "simpy" in loaded
    assert not loaded & {"plotly", "scipy", "pint", "ruamel", "typer", "loky"}


@pytest.mark.parametrize("name", vars(plantsim)["__all__"])
def test_each_name_is_there(name: str) -> None:
    assert getattr(plantsim, name) is not None
    assert name in dir(plantsim)


def test_an_unknown_name_is_none() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'simulates'"):
        plantsim.simulates  # type: ignore[attr-defined]  # noqa: B018

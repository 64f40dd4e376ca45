"""Models of one's own: tables, laws, surrogates and FMUs, each in a layout that runs."""

from __future__ import annotations

from math import log
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from unitops.halting import ends_at_the_same_hour

from plantsim.chance import HOUR
from plantsim.contracts import Charge, Equipment, Outcome
from plantsim.engine.simulate import simulate
from plantsim.layout import read_layout, to_yaml
from plantsim.unitops.fmu import FMU
from plantsim.unitops.own import FittedTime, MeasuredTimes, Surrogate

HEAD = """
plantsim: 1
units: {dryer: {kind: dryer}}
products:
  p:
    batch: 125 kg
    charge: {quality: {moisture: 25 %}}
    steps:
      dry: {on: dryer, model: MODEL}
orders: {o: {product: p, batches: 1}}
run: {horizon: 100 h}
"""


def play(model: Any, charge: Charge, u: float = 0.5) -> Outcome:
    return model(charge, Equipment(), lambda name: u)


def ends(folder: Path, model: str) -> tuple[float, float, dict[str, Any]]:
    """(when the batch of a layout is done [h], its mass, the manifest), of a layout that is read as it is written."""
    file = folder / "plant.yaml"
    file.write_text(HEAD.replace("MODEL", model))
    scenario = read_layout(file)
    (folder / "again.yaml").write_text(to_yaml(scenario))
    assert read_layout(folder / "again.yaml") == scenario
    run = simulate(scenario)
    (done,) = [row for row in run.record if row[1] == "done"]
    return done[0] / HOUR, done[6], run.manifest


def test_a_table_of_measured_times(tmp_path: Path) -> None:
    """1 h at 20 % and 2 h at 30 %: 1.5 h at 25 %; of 125 kg with 25 kg of water 102 kg are left with 2 %."""
    table = (
        "{use: MeasuredTimes, table: [{moisture: 20 %, hours: 1}, {moisture: 30 %, hours: 2}], gives: {moisture: 2 %}}"
    )
    assert ends(tmp_path, table)[:2] == (1.5, pytest.approx(102.0))
    (tmp_path / "times.csv").write_text("moisture,mass,hours\n0.2,100,1\n0.2,200,2\n0.3,100,3\n0.3,200,4\n")
    by_file = f"{{use: MeasuredTimes, file: {tmp_path / 'times.csv'}}}"
    assert ends(tmp_path, by_file)[0] == pytest.approx(2.25)  # half way in moisture, a quarter in mass


@given(st.floats(0.0, 0.5), st.floats(50.0, 300.0), st.floats(0.0, 60.0))
def test_a_plane_is_interpolated_exactly_and_its_border_goes_on(wet: float, mass: float, warm: float) -> None:
    """hours = 1 + 10 X + m / 100 + T / 50 on a grid of 2 x 3 x 2."""
    grid = [(x, m, t) for x in (0.1, 0.3) for m in (100.0, 150.0, 200.0) for t in (20.0, 40.0)]

    def plane(x: float, m: float, t: float) -> float:
        return 1.0 + 10.0 * x + m / 100.0 + t / 50.0

    rows = tuple({"moisture": x, "mass": m, "temperature": t, "hours": plane(x, m, t)} for x, m, t in grid)
    found = play(MeasuredTimes(table=rows), Charge(mass, 0.0, warm, quality={"moisture": wet})).hours
    inside = plane(min(max(wet, 0.1), 0.3), min(max(mass, 100.0), 200.0), min(max(warm, 20.0), 40.0))
    assert found == pytest.approx(inside, rel=1e-12)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (({"a": 1.0, "b": 1.0, "hours": 1.0}, {"a": 2.0, "b": 2.0, "hours": 1.0}),
         r"the table must be a whole grid; it lacks the hours of \{a: 1, b: 2\}"),
        (({"hours": 1.0},), "each row of the table needs the same one to three attributes, and 'hours'"),
        ((), "give a table, or the file of one"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said(rows: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MeasuredTimes(table=rows)


def test_a_fitted_law(tmp_path: Path) -> None:
    """The median of an exponential time of mean 2 h is 2 ln 2; halted after an hour, the rest is left."""
    model = FittedTime(law={"exponential": 2.0})  # type: ignore[arg-type]
    whole = play(model, Charge(1.0))
    assert whole.hours == pytest.approx(2.0 * log(2.0))
    assert whole.profile is not None
    assert play(model, whole.profile(1.0)).hours == pytest.approx(whole.hours - 1.0, abs=1e-12)
    done, mass, _ = ends(tmp_path, "{use: FittedTime, law: {uniform: {low: 2 h, high: 3 h}}, gives: {moisture: 2 %}}")
    assert 2.0 < done < 3.0
    assert mass == pytest.approx(102.0)


def test_a_surrogate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours are 4 X + m / 250 and what is left is X / 10: 1.5 h and 2.5 % of 125 kg with 25 %."""
    (tmp_path / "my_fit.py").write_text(
        dedent("""
        class Fitted:
            def predict(self, rows):
                return [[4 * wet + mass / 250, wet / 10] for wet, mass in rows]


        dryer = Fitted()
    """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    model = '{use: Surrogate, predictor: "my_fit:dryer", inputs: [moisture, mass], outputs: [hours, moisture]}'
    assert ends(tmp_path, model)[:2] == (1.5, pytest.approx(102.5))
    assert Surrogate(predictor="my_fit:Fitted", inputs=("moisture",)).made is not None
    with pytest.raises(TypeError, match=r"'math:pi' has no .predict|not callable"):
        play(Surrogate(predictor="math:pi", inputs=("mass",)), Charge(1.0))


SLAVE = '''
from pythonfmu import Fmi2Causality, Fmi2Slave, Fmi2Variability, Real


class Dryer(Fmi2Slave):
    """dX/dt = -X / 3600 s."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.wet = 0.0
        self.left = 0.0
        self.register_variable(Real("wet", causality=Fmi2Causality.parameter, variability=Fmi2Variability.tunable))
        self.register_variable(Real("left", causality=Fmi2Causality.output))

    def exit_initialization_mode(self):
        self.left = self.wet

    def do_step(self, now, step):
        from math import exp

        self.left *= exp(-step / 3600.0)
        return True
'''


def test_a_functional_mock_up_unit(tmp_path: Path) -> None:
    """dX/dt = -X / 1 h from 25 % to 5 %: ln 5 h, to the error of a straight line in a step of 30 s; one FMU a call."""
    pytest.importorskip("fmpy")
    builder = pytest.importorskip("pythonfmu.builder").FmuBuilder
    (tmp_path / "dryer.py").write_text(SLAVE)
    file = builder.build_FMU(tmp_path / "dryer.py", dest=tmp_path)
    model = f"{{use: FMU, path: {file}, sets: {{wet: moisture}}, stops: left, until: 0.05, gives: {{moisture: left}}}}"
    done, mass, manifest = ends(tmp_path, model)
    assert done == pytest.approx(log(5.0), rel=1e-5)
    assert mass == pytest.approx(105.0, rel=1e-6)
    (told,) = manifest["files sha256"].items()
    assert told[0] == str(file)
    assert len(told[1]) == 64
    words = {"sets": {"wet": "moisture"}, "stops": "left", "until": 0.05, "gives": {"moisture": "left"}}
    fine = FMU(path=str(file), steps=1200, **words)
    ends_at_the_same_hour(fine, Charge(125.0, quality={"moisture": 0.25}))

"""Of each unit operation: what makes it faster, what never ends, and figures and charges that can't be."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from operations import EXAMPLES
from unitops.halting import play

from plantsim.chance import Streams
from plantsim.contracts import Charge
from plantsim.engine.physics import Models
from plantsim.errors import ModelError

# of each operation: figures that make it faster, each by itself, with what they are then
FASTER: dict[str, dict[str, Any]] = {
    "FluidBedDrying": {"air_flow": 3000.0, "inlet_temperature": 90.0, "inlet_humidity": 0.004, "until": 0.04},
    "Dispensing": {"rate": 120.0, "container": 40.0, "handling": 0.1},
    "Reactor": {"area": 12.0, "transfer": 600.0, "temperature": 60.0, "conversion": 0.8},
    "Crystallisation": {"cooling": 3.0, "hold": 0.1},
    "Extraction": {"rate": 3000.0, "settling": 4.0, "height": 0.5, "stages": 2},
    "Distillation": {"area": 12.0, "transfer": 600.0, "jacket": 130.0, "until": 0.2},
    "SolventSwap": {"area": 12.0, "filling": 2400.0, "until": 0.2},
    "VacuumDrying": {"area": 8.0, "pressure": 20.0, "jacket": 70.0, "until": 0.02},
    "TrayDrying": {"area": 40.0, "rate": 2.0, "until": 0.05},
    "Filtration": {"area": 2.0, "pressure": 4.0, "viscosity": 0.0005, "cake": 5e10, "medium": 1e9},
    "ConsecutiveReactions": {"temperature": 50.0, "first": 1e5, "conversion": 0.9},
    "Ultrafiltration": {"area": 20.0, "transfer": 60.0, "gel": 400.0, "until": 50.0},
    "FedBatch": {"lasts": 40.0},
    "SeedTrain": {"growth": 0.04, "death": 0.0, "handling": 0.5, "ratio": 800.0},
    "CellCulture": {"lasts": 240.0},
    "Centrifugation": {"flow": 2000.0},
    "DepthFiltration": {"area": 60.0, "flux": 150.0, "flush": 0.0},
    "Chromatography": {"column": 120.0, "residence": 2.0, "capacity": 120.0, "wash": 1.0},
    "ProteinA": {"column": 80.0, "particle": 40.0, "wash": 1.0},
    "ViralInactivation": {"hold": 0.8, "titrate": 0.1},
    "Formulation": {"flow": 600.0, "mix": 0.1},
    "Filling": {"speed": 400.0, "fill": 20.0},
    "Freezing": {"depth": 5.0, "transfer": 60.0, "shelf": -60.0, "until": -30.0},
    "SecondaryDrying": {"shelf": 40.0, "rate": 1.2, "until": 0.02},
    "Sterilisation": {"heats": 4.0, "cools": 2.0, "hold": 0.45, "cooled": 60.0},
    "Lyophilisation": {"shelf": 30.0, "fill": 1.0, "product_area": 6.28, "resistance": (1.0, 8.0, 0.0)},
    "Blending": {"speed": 1440.0, "mixing": 0.06, "until": 0.1},
    "Compression": {"speed": 6000.0, "stations": 80, "tablet": 228e-6},
    "PanCoating": {"spray": 14.0, "solids": 0.2, "sticks": 1.0, "gain": 0.02, "drying": 0.0},
    "InTurn": {"operations": {"freezing": {"use": "Freezing"}, "primary drying": {"use": "Lyophilisation", "fill": 1.0},
                              "secondary drying": {"use": "SecondaryDrying"}}},
    "Packaging": {"format_change": 0.0, "in_a_pack": 60},
    "Milling": {"feed": 400.0},
    "Sieving": {"area": 1.0, "pace": 1000.0},
    "HighShearGranulation": {"spray": 240.0, "massing": 0.05, "dry_mixing": 0.01},
    "FluidBedGranulation": {"spray": 60.0, "binder": 0.03, "air_flow": 3000.0},
    "MeasuredTimes": {"table": ({"moisture": 0.2, "hours": 0.5}, {"moisture": 0.3, "hours": 1.0})},
    "FittedTime": {"law": 1.0},
    "Surrogate": {"predictor": "unitops.test_limits:fast"},
}  # fmt: skip
# figures with which an operation would never end, or hardly
NEVER: dict[str, dict[str, Any]] = {
    "FluidBedDrying": {"until": 0.004},
    "Dispensing": {"rate": 1e-6},
    "Reactor": {"reactions": {"main": {"equation": "A + B -> C", "k0": 1e-30}}},
    "Crystallisation": {"growth": 1e-9, "secondary": 0.0, "supersaturation": 0.01},
    "Extraction": {"rate": 1e-6},
    "Distillation": {"area": 1e-9},
    "SolventSwap": {"area": 1e-9},
    "VacuumDrying": {"jacket": 20.0},
    "TrayDrying": {"until": 0.01, "equilibrium": 0.01},
    "Filtration": {"area": 1e-6},
    "ConsecutiveReactions": {"first": 1e-30, "second": 1e-30},
    "Ultrafiltration": {"area": 1e-9},
    "SeedTrain": {"growth": 0.0010001},
    "Centrifugation": {"flow": 1e-6},
    "DepthFiltration": {"area": 0.01},
    "Chromatography": {"residence": 1e6},
    "ProteinA": {"residence": 1e6},
    "Formulation": {"flow": 1e-9},
    "Filling": {"speed": 1e-6},
    "Freezing": {"transfer": 1e-9},
    "SecondaryDrying": {"until": 0.001},
    "Lyophilisation": {"resistance": (1e9, 0.0, 0.0)},
    "Blending": {"until": 1e-6},
    "Compression": {"speed": 1e-6},
    "PanCoating": {"spray": 1e-9},
    "Packaging": {"machines": {"blister": {"packs": 1e-6}}},
    "Milling": {"feed": 1e-9},
    "Sieving": {"pace": 1e-9},
    "HighShearGranulation": {"until": 1e6},
    "FluidBedGranulation": {"until": 0.004},
}
ITS_HOLD = ("ViralInactivation", "Sterilisation")  # `at most` is a limit of the hold alone
NO_LIMIT = ("FedBatch", "CellCulture", "MeasuredTimes", "FittedTime", "Surrogate")  # of which the time is given
ITS_PARTS = ("InTurn",)  # which have limits of their own


class fast:  # noqa: N801  (as a fitted model that was saved in a module)
    """Predicts an hour for 100 kg."""

    def predict(self, rows: list[list[float]]) -> list[float]:
        return [row[0] / 100.0 for row in rows]


def varied(name: str, **words: Any) -> Any:
    example = EXAMPLES[name]
    return type(example.model)(**{**example.words, **words})


def test_none_is_forgotten() -> None:
    assert sorted(FASTER) == sorted(EXAMPLES)
    assert sorted([*NEVER, *ITS_HOLD, *ITS_PARTS, *NO_LIMIT]) == sorted(EXAMPLES)


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in FASTER.items() for word in words])
def test_more_of_what_drives_it_is_faster(name: str, word: str) -> None:
    """More surface, heat, speed or pressure, or a nearer end point: fewer hours."""
    charge = EXAMPLES[name].charge
    usual, found = play(EXAMPLES[name].model, charge), play(varied(name, **{word: FASTER[name][word]}), charge)
    assert 0.0 < found.hours < usual.hours * (1.0 - 1e-6)
    assert not found.late


@pytest.mark.parametrize("name", NEVER)
def test_what_never_ends_stops_at_its_limit_and_says_so(name: str) -> None:
    found = play(varied(name, **NEVER[name], at_most=30.0), EXAMPLES[name].charge)
    assert found.hours == pytest.approx(30.0, rel=1e-9)
    assert found.late


@pytest.mark.parametrize("name", ITS_HOLD)
def test_a_hold_that_is_too_weak_stops_at_its_limit_and_says_so(name: str) -> None:
    usual, found = (
        play(EXAMPLES[name].model, EXAMPLES[name].charge),
        play(varied(name, until=1e6), EXAMPLES[name].charge),
    )
    assert found.late
    assert usual.hours < found.hours < usual.hours + 5.0


@pytest.mark.parametrize("name", EXAMPLES)
def test_more_of_a_charge_never_takes_less_time(name: str) -> None:
    """Twice the mass, of the same kind."""
    charge = EXAMPLES[name].charge
    twice = charge.but(mass=2.0 * charge.mass, volume=2.0 * charge.volume)
    assert play(EXAMPLES[name].model, twice).hours >= play(EXAMPLES[name].model, charge).hours * (1.0 - 1e-9)


def figures(name: str) -> list[str]:
    """The figures of an operation that are a number."""
    model = EXAMPLES[name].model
    return [word for word in type(model).model_fields if type(getattr(model, word)) is float]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_no_figure_is_endless_or_no_number(name: str, bad: float) -> None:
    for word in figures(name):
        with pytest.raises(ValueError, match=r"finite|greater|at least|at most|less|more than"):
            varied(name, **{word: bad})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_charge_that_can_not_be_is_told_with_layout_step_unit_batch_and_value(name: str) -> None:
    """Before the operation is asked: a negative mass, and what is no number in any place of a charge."""
    example = EXAMPLES[name]
    models, where = Models(example.plant()), f"One vessel: step 'do' of 'p', batch o/1 on v-1: {name} gets "
    bad: list[tuple[Charge, str]] = [
        (example.charge.but(mass=-1.0), "mass = -1.0"),
        (example.charge.but(mass=nan), "mass = nan"),
        (example.charge.but(volume=nan), "volume = nan"),
        (example.charge.but(temperature=nan), "temperature = nan"),
        *[
            (example.charge.but(composition={word: nan}), f"fraction of {word} = nan")
            for word in example.charge.composition
        ],
    ]
    for charge, said in bad:
        with pytest.raises(ModelError) as caught:
            models.outcome("o/1", "p", "do", "v-1", charge, Streams(1))
        assert str(caught.value).startswith(where + said)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if EXAMPLES[name].model.reads])
def test_an_attribute_that_can_not_be_is_told(name: str) -> None:
    """One that the operation reads is no number, or less than nothing."""
    example = EXAMPLES[name]
    models = Models(example.plant())
    for word in example.model.reads:
        for number in (nan, -1.0):
            charge = Charge(example.charge.mass, example.charge.volume, example.charge.temperature,
                            example.charge.composition, {**example.charge.quality, word: number})  # fmt: skip
            with pytest.raises(ModelError, match=r"^One vessel: step 'do' of 'p', batch o/1 on v-1: "):
                models.outcome("o/1", "p", "do", "v-1", charge, Streams(1))

"""Draws a picture for each unit operation: what changes over its run, or what it gives for one of its words.

    python docs/draw.py

writes docs/unitops/pictures/NAME.svg of the examples in tests/operations.py; the same bytes each time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from operations import EXAMPLES, Example  # noqa: E402  (the folder of the examples is on the path only now)

from plantsim.contracts import Charge, Equipment, Outcome  # noqa: E402
from plantsim.laws import Lognormal  # noqa: E402
from plantsim.unitops.own import attribute  # noqa: E402

PICTURES = Path(__file__).parent / "unitops" / "pictures"
WIDE, HIGH, LEFT, RIGHT, TOP, BOTTOM = 640, 270, 64, 64, 40, 46  # px
INK, GREY, LINE, SHADES = "#1F2933", "#5F6C78", "#E3E7EA", ("#0072B2", "#D1430F", "#00805A")
POINTS, GROUND = 160, HIGH - BOTTOM
Line = tuple[str, str, list[float]]  # name, unit of measure, numbers
CAKE = Charge(130.0, 0.0, 20.0, {"API": 1.0 / 1.3, "water": 0.3 / 1.3}, {"moisture": 0.3})
MORE = {"VacuumDrying": Example("VacuumDrying", {"until": 0.01}, CAKE)}


@dataclass(frozen=True)
class Curve:
    """A number over another one; those of one unit of measure share an axis."""

    name: str
    unit: str
    of: Callable[[Charge], float]


def read(word: str, unit: str, name: str = "", times: float = 1.0) -> Curve:
    """An attribute of the charge, in so many times its unit."""

    def of(charge: Charge) -> float:
        there = word in ("mass", "volume", "temperature") or word in charge.composition or word in charge.quality
        return attribute(charge, word) * times if there else 0.0  # a component that is still to come

    return Curve(name or word, unit, of)


WARM, MASS, VOLUME = read("temperature", "°C"), read("mass", "kg"), read("volume", "L")
WET, TITRE = read("moisture", "kg/kg dry"), read("titre", "g/L")
OVER_TIME: dict[str, tuple[Curve, ...]] = {
    "FluidBedDrying": (WET, WARM),
    "Dispensing": (MASS, read("A", "kg/kg", "fraction of A")),
    "Reactor": (read("A", "kg/kg"), read("C", "kg/kg"), WARM),
    "TrayDrying": (WET,),
    "VacuumDrying": (WET, WARM),
    "Filtration": (read("filtrate", "kg"), read("solids", "kg/kg")),
    "ConsecutiveReactions": tuple(read(word, "kg/kg") for word in "ACD"),
    "Ultrafiltration": (VOLUME, TITRE),
    "FedBatch": (read("cells", "g/L"), read("substrate", "g/L"), VOLUME),
    "SeedTrain": (read("cells", "1e6/mL"), VOLUME),
    "CellCulture": (read("cells", "1e6/mL"), TITRE),
    "Chromatography": (VOLUME, TITRE),
    "ProteinA": (VOLUME, TITRE),
    "Lyophilisation": (WARM, read("dried", "share", "ice that is gone")),
    "Blending": (read("blend rsd", "rsd"), read("mixing index", "index")),
    "PanCoating": (WARM, read("weight gain", "kg/kg")),
    "Crystallisation": (WARM, read("solids", "kg/kg")),
    "Extraction": (read("salt", "kg/kg"),),
    "Distillation": (read("methanol", "kg/kg"), read("water", "kg/kg"), WARM),
    "SolventSwap": (read("methanol", "kg/kg"), read("toluene", "kg/kg"), MASS),
    "Centrifugation": (read("cells", "1e6/mL"), read("debris", "1e6/mL")),
    "DepthFiltration": (read("filtered", "L/m2"), read("debris", "1e6/mL")),
    "ViralInactivation": (read("lrv", "powers of ten", "virus killed"), VOLUME),
    "Formulation": (TITRE, VOLUME),
    "Freezing": (WARM, read("frozen", "share")),
    "SecondaryDrying": (WET,),
    "Sterilisation": (WARM, read("f0", "min", "F0")),
    "InTurn": (WARM, MASS),
    "Packaging": (read("share packed", "share"),),
    "HighShearGranulation": (read("saturation", "share", "saturation of pores"), read("d50", "mm", times=1000.0)),
    "FluidBedGranulation": (WET, read("d50", "mm", times=1000.0)),
}


@dataclass(frozen=True)
class Sweep:
    """What an operation gives over one of its words, or over what comes in."""

    axis: str
    first: float
    last: float
    asked: Callable[[Example, float], Outcome]
    curves: tuple[tuple[str, str, Callable[[Outcome], float]], ...]


def run(example: Example, charge: Charge | None = None, luck: float = 0.5, **words: Any) -> Outcome:
    """The outcome of an example with other words, charge or luck."""
    model = Example(example.name, {**example.words, **words}, example.charge).model
    found: Outcome = model(charge or example.charge, Equipment(), lambda _: luck)
    return found


HOURS = ("time", "h", lambda found: found.hours)
SWEEPS: dict[str, Sweep] = {
    "Compression": Sweep(
        "pressure [MPa]", 50.0, 300.0, lambda each, x: run(each, pressure=x),
        (("solid fraction", "share", lambda found: found.charge.quality["solid fraction"]),
         ("hardness", "N", lambda found: found.charge.quality["hardness"])),
    ),
    "Filling": Sweep("vials a minute", 50.0, 400.0, lambda each, x: run(each, speed=x), (HOURS,)),
    "Milling": Sweep(
        "holes of the screen [mm]", 0.5, 3.0, lambda each, x: run(each, screen=x / 1000.0),
        (("d50 after it", "mm", lambda found: 1000.0 * found.charge.quality["d50"]),
         ("temperature after it", "°C", lambda found: found.charge.temperature)),
    ),
    "Sieving": Sweep(
        "openings of the sieve [mm]", 0.2, 2.5, lambda each, x: run(each, screen=x / 1000.0),
        (("what passes", "kg", lambda found: found.charge.mass),),
    ),
    "MeasuredTimes": Sweep(
        "moisture that comes in [kg/kg]", 0.2, 0.3, lambda each, x: run(each, each.charge.but(moisture=x)), (HOURS,)
    ),
    "FittedTime": Sweep(
        "luck, from 0 to 1", 0.01, 0.99, lambda each, x: run(each, luck=x, law=Lognormal(mean=2.0, cv=0.3)), (HOURS,)
    ),
    "Surrogate": Sweep("mass [kg]", 20.0, 200.0, lambda each, x: run(each, each.charge.but(mass=x)), (HOURS,)),
}  # fmt: skip


def picture(name: str) -> str:
    """The picture of an operation, as the text of an SVG."""
    example = EXAMPLES.get(name) or MORE[name]
    if name in SWEEPS:
        sweep = SWEEPS[name]
        xs = [sweep.first + (sweep.last - sweep.first) * k / POINTS for k in range(POINTS + 1)]
        outcomes = [sweep.asked(example, x) for x in xs]
        lines = [(word, unit, [of(each) for each in outcomes]) for word, unit, of in sweep.curves]
        return svg(name, sweep.axis, xs, lines)
    found = run(example)
    assert found.profile is not None
    at = [found.hours * k / POINTS for k in range(POINTS)] + [found.hours * (1.0 - 1e-9)]
    charges = [found.profile(each) for each in at]
    lines = [(each.name, each.unit, [each.of(charge) for charge in charges]) for each in OVER_TIME[name]]
    assert all(len({*ys}) > 1 for _, _, ys in lines), name
    per, word = (60.0, "min") if found.hours < 3.0 else (1.0, "h")
    return svg(name, f"time of the run [{word}]", [each * per for each in at], lines)


# ---- lines as SVG ----------------------------------------------------------------------------------------------------


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers that hold all from low to high between the first and the last."""
    size = max(high - low, abs(high) * 1e-6, 1e-12) / 4.0
    power = 10.0 ** floor(log10(size))
    step = next(each * power for each in (1.0, 2.0, 2.5, 5.0, 10.0) if each * power >= size * 0.999)
    first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


@dataclass(frozen=True)
class Frame:
    """Where numbers lie in the picture: those of each unit of measure on a scale of its own, the first on the left."""

    xs: Sequence[float]
    lines: Sequence[Line]

    @property
    def units(self) -> list[str]:
        """The units of measure, at most two."""
        return list(dict.fromkeys(unit for _, unit, _ in self.lines))

    @property
    def right(self) -> int:
        """Where the axis of x ends [px]."""
        return WIDE - (RIGHT if len(self.units) > 1 else 24)

    def scale(self, unit: str) -> list[float]:
        """The ticks of a unit."""
        return ticks(*_range([y for _, of, ys in self.lines if of == unit for y in ys]))

    def across(self, x: float) -> float:
        """Where a number of the axis below lies [px]."""
        return LEFT + (x - self.xs[0]) / (self.xs[-1] - self.xs[0]) * (self.right - LEFT)

    def up(self, y: float, scale: list[float]) -> float:
        """Where a number of a scale lies [px]."""
        return GROUND - (y - scale[0]) / (scale[-1] - scale[0]) * (GROUND - TOP)


def svg(title: str, axis: str, xs: Sequence[float], lines: Sequence[Line]) -> str:
    """Lines over one axis, those of the first unit of measure with the axis on the left, of a second on the right."""
    frame = Frame(xs, lines)
    assert len(frame.units) < 3, title
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}" '
            f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">')  # fmt: skip
    ground = f'<rect width="{WIDE}" height="{HIGH}" fill="#FFFFFF"/>'
    title_below = _text((LEFT + frame.right) / 2.0, HIGH - 8.0, axis, "middle", GREY)
    parts = [head, f"<title>{escape(title)}</title>", ground, *_upright(frame), *_below(frame), title_below]
    return "\n".join([*parts, *_drawn(frame), "</svg>", ""])


def _upright(frame: Frame) -> Iterator[str]:
    """The axes of what is drawn, in the colour of their line if they have but one."""
    for k, unit in enumerate(frame.units):
        scale, own = frame.scale(unit), [SHADES[n] for n, line in enumerate(frame.lines) if line[1] == unit]
        place, anchor = (LEFT - 8, "end") if k == 0 else (frame.right + 8, "start")
        shade = own[0] if len(own) == 1 and len(frame.lines) > 1 else GREY
        for y in scale:
            if k == 0:
                yield f'<path d="M{LEFT} {frame.up(y, scale):.1f}H{frame.right}" stroke="{LINE}"/>'
            yield _text(place, frame.up(y, scale) + 4.0, f"{y:.6g}", anchor, shade)
        yield _text(place, TOP - 14, unit, anchor, shade)


def _below(frame: Frame) -> Iterator[str]:
    """The ticks of the axis below."""
    first, last = frame.xs[0], frame.xs[-1]
    for x in ticks(first, last):
        if first - 1e-9 <= x <= last * (1.0 + 1e-6):
            yield f'<path d="M{frame.across(x):.1f} {GROUND}v5" stroke="{GREY}"/>'
            yield _text(frame.across(x), GROUND + 18.0, f"{x:.6g}", "middle", GREY)


def _drawn(frame: Frame) -> Iterator[str]:
    """The lines, and above them their names."""
    begin = float(LEFT)
    for (name, unit, ys), shade in zip(frame.lines, SHADES, strict=False):
        scale = frame.scale(unit)
        points = (f"{frame.across(x):.1f} {frame.up(y, scale):.1f}" for x, y in zip(frame.xs, ys, strict=True))
        yield f'<path d="M{"L".join(points)}" fill="none" stroke="{shade}" stroke-width="2" stroke-linejoin="round"/>'
        yield f'<path d="M{begin:.0f} {TOP - 30}h18" stroke="{shade}" stroke-width="3"/>'
        yield _text(begin + 24.0, TOP - 26.0, name, "start", INK)
        begin += 44.0 + 6.6 * len(name)


def _range(ys: Sequence[float]) -> tuple[float, float]:
    """What an axis must hold: from 0 on, if that is not far below."""
    low, high = min(ys), max(ys)
    return (0.0, high) if 0.0 <= low < 0.5 * high else (low, high)


def _text(x: float, y: float, text: str, anchor: str, shade: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{shade}">{escape(text)}</text>'


def main() -> None:
    """Write them all."""
    PICTURES.mkdir(exist_ok=True)
    for name in (*OVER_TIME, *SWEEPS):
        (PICTURES / f"{name}.svg").write_text(picture(name), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What happened inside a step with a model: temperature, moisture and whatever else changed, and what was drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from plantsim.charts.look import GREY, INK, PRODUCT_COLOURS, figure, nothing, safe
from plantsim.contracts import Charge, Flow
from plantsim.engine.inside import Inside, inside

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.results import Results

POINTS = 241
HIGH = 150  # px, a panel
Curves = dict[str, list[float]]


def profile(run: Results, batch: str, step: str) -> go.Figure:
    """Temperature, mass and whatever else of a batch changed in a step with a model, and what it drew, over time.

    The time is that of the run of the step: halts are left out, and what they did is a jump.

    Raises:
        PlantsimError: if no model was called for that batch and step in this run.
    """
    return of_stretches(run, batch, step, inside(run, batch, step))


def of_stretches(run: Results, batch: str, step: str, stretches: Sequence[Inside]) -> go.Figure:
    """The profile of a batch's step out of the stretches that were found of it."""
    whole, unit = sum(hours for _, _, hours in stretches), stretches[-1][1][2]
    title = f"Inside {safe(step)} of {safe(batch)} on {safe(unit)}"
    if any(found.profile is None for found, _, _ in stretches) or whole <= 0.0:
        return nothing(title, "the model tells no profile" if whole > 0.0 else "it took no time")
    per, word = (1 / 60, "min") if whole < 3.0 else (1.0, "h")
    times, charges, steps = list[float](), list[Charge](), dict[str, list[float]]()
    for found, _, worked in stretches:
        hours = [worked * k / (POINTS - 1) for k in range(POINTS)]
        charges += [found.profile(each) for each in hours] if found.profile is not None else []
        for name, flow in found.draws.items():
            steps.setdefault(_rate(run, name), [0.0] * len(times)).extend(_drawn(flow, hours))
        times += [(times[-1] if times else 0.0) + each for each in hours]
    return _panels(title, [each / per for each in times], word, _curves(charges, found.charge), steps)


def _rate(run: Results, utility: str) -> str:
    """A draw with its unit of measure, which the plant knows if it has the utility."""
    known = run.scenario.utilities.get(utility)
    return f"{utility}, per hour" if known is None else f"{utility} [{known.unit}/h]"


def _curves(charges: list[Charge], end: Charge) -> Curves:
    """Name with unit of measure -> its values, of all that changes; what only a halt must remember is left out."""
    read: dict[str, Callable[[Charge], float]] = {
        "temperature [°C]": lambda charge: charge.temperature,
        "mass [kg]": lambda charge: charge.mass,
        "volume [L]": lambda charge: charge.volume,
    }
    curves = {name: [of(charge) for charge in charges] for name, of in read.items()}
    curves |= _each("", [{name: charge.quality.get(name, 0.0) for name in end.quality} for charge in charges])
    curves |= _each("fraction of ", [charge.composition for charge in charges])
    return {name: values for name, values in curves.items() if _changes(values)}


def _changes(values: list[float]) -> bool:
    """Whether there is something to see, beyond rounding.

    >>> _changes([109.304012, 109.304010]), _changes([0.0, 1e-7])
    (False, True)
    """
    return max(values) - min(values) > max(1e-6 * max(map(abs, values)), 1e-9)


def _each(prefix: str, maps: list[Mapping[str, float]]) -> Curves:
    return {f"{prefix}{name}": [each.get(name, 0.0) for each in maps] for name in maps[-1]}


def _drawn(flow: Flow, hours: list[float]) -> list[float]:
    """The rate at each time."""
    return [next((rate for at, rate in reversed(flow) if at <= each), 0.0) for each in hours]


def _panels(title: str, times: list[float], word: str, curves: Curves, steps: Curves) -> go.Figure:
    """A panel a curve, one below the other, with one axis of time."""
    import plotly.graph_objects as go

    whole = {**curves, **steps}
    number, gap = max(1, len(whole)), 0.18
    chart = figure(title, 110 + HIGH * number, showlegend=False)
    chart.update_layout(hovermode="x unified")
    for k, (name, values) in enumerate(whole.items()):
        shade, axis = PRODUCT_COLOURS[k % len(PRODUCT_COLOURS)], f"y{k + 1 if k else ''}"
        line = {"color": GREY if name in steps else shade, "width": 2, "shape": "hv" if name in steps else "linear"}
        chart.add_trace(go.Scatter(x=times, y=values, name=safe(name), yaxis=axis, mode="lines", line=line))
        top = 1.0 - k / number
        place = {"domain": [top - (1.0 - gap) / number, top], "title": None, "anchor": "x", "zeroline": False,
                 "rangemode": "tozero" if name in steps else "normal"}  # fmt: skip
        chart.update_layout({f"yaxis{k + 1 if k else ''}": place})
        chart.add_annotation(
            x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom", showarrow=False,
            text=safe(name), font={"size": 12, "color": INK},
        )  # fmt: skip
    last = f"y{number if number > 1 else ''}"
    chart.update_xaxes(title={"text": f"time of the run [{word}]"}, anchor=last, range=[times[0], times[-1]])
    return chart

"""What a figure depends on: main effects, tornado and indices of sensitivity; and what was tried to better it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plantsim.charts.look import GREY, INK, PRODUCT_COLOURS, STRONG, figure, row_axis, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from plantsim.study.design import Experiment
    from plantsim.study.optimise import Optimisation
    from plantsim.study.sensitivity import Sensitivity

_MORRIS = {"mu*": "mean size of a change (mu*)", "sigma": "how much it hangs on the others (sigma)"}
HIGH = 34  # px, a row
ACROSS = 3  # panels in a row


def tornado(found: Sensitivity) -> go.Figure:
    """What a figure is more or less with each factor at its low and high end, with 95 % intervals; the widest on top.

    It is drawn of a sensitivity by the method "tornado".
    """
    import plotly.graph_objects as go

    frame, base = found.table(), found.base or 0.0
    chart = figure(f"{safe(found.figure)}, one factor at a time", 150 + HIGH * len(frame), barmode="overlay")
    for end, shade, lift in (("low", PRODUCT_COLOURS[0], -0.4), ("high", PRODUCT_COLOURS[1], 0.0)):
        change = frame[f"at {end}"]
        reach = {"type": "data", "array": (frame[f"at {end}, to"] - change).fillna(0.0), "color": INK, "thickness": 1.2}
        told = [f"{safe(name)} = {safe(_said(value))}" for name, value in frame[end].items()]
        bars = {"x": change, "y": list(range(len(frame))), "orientation": "h", "name": f"{end} end", "error_x": reach,
                "width": 0.4, "offset": lift}  # fmt: skip
        hover = "%{customdata}<br>%{x:+.4g}<extra></extra>"
        chart.add_trace(go.Bar(**bars, marker={"color": shade}, customdata=told, hovertemplate=hover))
    names = [f"{name} ({_said(low)} … {_said(high)})" for name, low, high in frame[["low", "high"]].itertuples()]
    chart.update_yaxes(**row_axis(names))
    chart.add_vline(x=0.0, line={"color": GREY, "width": 1})
    return chart.update_xaxes(title={"text": f"change of {safe(found.figure)}, from {base:.4g}"})


def indices(found: Sensitivity) -> go.Figure:
    """Sobol' or Morris indices with their 95 % intervals, the factor that matters most on top.

    It is drawn of a sensitivity by the method "sobol" or "morris".
    """
    import plotly.graph_objects as go

    frame = found.table()
    shown = {"S1": "alone", "ST": "with the others"} if found.method == "sobol" else _MORRIS
    chart = figure(f"What {safe(found.figure)} depends on", 150 + 50 * len(frame), barmode="group")
    for (word, name), shade in zip(shown.items(), PRODUCT_COLOURS, strict=False):
        reach = {"type": "data", "array": frame.get(f"{word} ±"), "color": INK, "thickness": 1.2}
        bars = {"x": frame[word], "y": list(range(len(frame))), "orientation": "h", "name": name, "error_x": reach}
        chart.add_trace(go.Bar(**bars, marker={"color": shade}, hovertemplate="%{x:.3f}<extra></extra>"))
    title = "share of the variance" if found.method == "sobol" else f"change of {safe(found.figure)} over the range"
    chart.update_yaxes(**row_axis([str(name) for name in frame.index]))
    return chart.update_xaxes(title={"text": title})


def main_effects(found: Experiment, of: str = "") -> go.Figure:
    """The figure over each factor: a dot a point of the design, and the mean at each value or in each fifth of a range.

    A factor whose line is flat does nothing by itself.
    """
    import plotly.graph_objects as go

    answers, name = found.values(of).mean(axis=1), found.asked.named(of or found.figure)
    whole = [number for number, each in enumerate(answers) if each == each]  # what can't be played has no answer
    points, answers = [found.points[number] for number in whole], answers[whole]
    rows = -(-len(found.factors) // ACROSS)
    chart = figure(f"{safe(name)} over each factor", 110 + 240 * rows, showlegend=False)
    chart.set_subplots(rows, min(ACROSS, len(found.factors)), shared_yaxes=True, vertical_spacing=0.3 / rows,
                       horizontal_spacing=0.04)  # fmt: skip
    for number, each in enumerate(found.factors):
        place = {"row": number // ACROSS + 1, "col": number % ACROSS + 1}
        x = [point[each.path] if each.numeric else level(point[each.path]) for point in points]
        dots = {"color": PRODUCT_COLOURS[0], "size": 5, "opacity": 0.45}
        chart.add_trace(go.Scatter(x=x, y=answers, mode="markers", marker=dots), **place)
        means = _means(x, [float(one) for one in answers])
        line = {"color": STRONG, "width": 2.5}
        chart.add_trace(go.Scatter(x=list(means), y=list(means.values()), mode="lines+markers", line=line), **place)
        chart.update_xaxes(title={"text": safe(each.path)}, **place)
        if not each.numeric:
            chart.update_xaxes(categoryorder="array", categoryarray=[level(one) for one in each.levels], **place)
    return chart.update_yaxes(title={"text": safe(name)}, col=1)


def level(value: object) -> str:
    """A word that a factor may be, a line a word, so that long ones do not run into one another."""
    return safe(value).replace(" ", "<br>")


def _means(x: list[float | str], y: list[float]) -> dict[float | str, float]:
    """The mean at each value; of many numbers in each fifth of their range, at the middle of it."""
    values = list(dict.fromkeys(x))
    numbers = [each for each in values if not isinstance(each, str)]
    if len(values) > 8 and numbers:
        low, wide = min(numbers), (max(numbers) - min(numbers)) / 5.0
        x = [low + wide * (min(int((float(each) - low) / wide), 4) + 0.5) for each in x]
    groups: dict[float | str, list[float]] = {}
    for each, value in zip(x, y, strict=True):
        groups.setdefault(each, []).append(value)
    ordered = sorted(groups) if numbers else list(groups)
    return {each: sum(groups[each]) / len(groups[each]) for each in ordered}


def _said(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)


def pareto(found: Optimisation) -> go.Figure:
    """The points of an optimisation: the first two objectives against each other, with the front as a line.

    Of one objective: what each point made in the order in which they were tried, and the best so far.
    """
    import plotly.graph_objects as go

    names = list(found.objectives)
    means = {name: [found.interval(each, name).mean for each in range(len(found.tried))] for name in names}
    chart = figure(_found(found), 460)
    if len(names) == 1:
        return _in_turn(chart, found, names[0], means[names[0]])
    one, other = names[:2]
    words = {"no longer": GREY, "contenders": PRODUCT_COLOURS[0], "front": STRONG}
    kind = ["front" if n in found.front else "contenders" if n in found.contenders else "no longer"
            for n in range(len(found.tried))]  # fmt: skip
    for word, shade in words.items():
        chosen = sorted((n for n, each in enumerate(kind) if each == word), key=lambda n: means[one][n])
        told = ["<br>".join(f"{safe(path)} = {safe(_said(value))}" for path, value in found.point(n).items())
                for n in chosen]  # fmt: skip
        front = word == "front"
        dots = {"color": shade, "size": 9 if front else 6, "opacity": 1.0 if front else 0.5}
        line: dict[str, object] = {"color": shade, "shape": "linear", "width": 1.5}
        x, y = ([means[name][n] for n in chosen] for name in (one, other))
        reach = [_reach(found, chosen, name) if front else None for name in (one, other)]
        mode = "lines+markers" if front and len(names) == 2 else "markers"
        chart.add_trace(go.Scatter(x=x, y=y, name=word, mode=mode, marker=dots, line=line, error_x=reach[0],
                                   error_y=reach[1], customdata=told,
                                   hovertemplate="%{customdata}<br>%{x:.4g}, %{y:.4g}<extra></extra>"))  # fmt: skip
    chart.update_xaxes(title={"text": _aim(found, one)})
    return chart.update_yaxes(title={"text": _aim(found, other)})


def _found(found: Optimisation) -> str:
    """What was found, as a title."""
    many = len(found.tried)
    if len(found.objectives) > 1:
        return f"{len(found.front)} of {many} points are better than every other one in something"
    at = ", ".join(f"{path} = {_said(value)}" for path, value in found.point(found.front[0]).items())
    others = len(found.contenders) - 1
    alike = f"; {others} can't be told apart from it" if others else ""
    return safe(f"The best of {many} points: {at}{alike}")


def _aim(found: Optimisation, name: str) -> str:
    return f"{safe(name)}, {'more' if found.objectives[name] == 'max' else 'less'} is better"


def _reach(found: Optimisation, numbers: list[int], name: str) -> dict[str, object]:
    intervals = [found.interval(each, name) for each in numbers]
    reach = [each.high - each.mean if each.n > 1 else 0.0 for each in intervals]
    return {"type": "data", "array": reach, "color": INK, "thickness": 1}


def _in_turn(chart: go.Figure, found: Optimisation, name: str, means: list[float]) -> go.Figure:
    import plotly.graph_objects as go

    best = max if found.objectives[name] == "max" else min
    so_far = [best(means[: n + 1]) for n in range(len(means))]
    turns = list(range(1, len(means) + 1))
    dots = {"color": [STRONG if n in found.front else PRODUCT_COLOURS[0] for n in range(len(means))], "size": 6}
    reach = _reach(found, list(range(len(means))), name) | {"color": GREY}
    chart.add_trace(go.Scatter(x=turns, y=means, mode="markers", name="a point", marker=dots, error_y=reach))
    chart.add_trace(
        go.Scatter(x=turns, y=so_far, mode="lines", name="best so far", line={"color": GREY, "shape": "hv"})
    )
    chart.update_xaxes(title={"text": "points tried"})
    return chart.update_yaxes(title={"text": _aim(found, name)})

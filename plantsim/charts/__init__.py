"""Charts: plotly figures as functions of results.

`plant_map`, `gantt`, `story`, `states`, `states_over_time`, `bottleneck`, `throughput`, `lead_time`, `wip`,
`buffers`, `demand`, `cost_of_goods`, `fitted`, `interventions`, `profile`, `spread`, `waiting` and `waterfall`, before
any run `bounds` and `sizing`, of studies `scenarios`, `selection`, `precision`, `warm_up`, `steady_state` and
`difference`, and of experiments `main_effects`, `meta_model`, `tornado`, `indices`, `pareto` and `input_uncertainty`,
each give a `plotly.graph_objects.Figure`. Times are dates where there is
a start, else hours or days; names from a layout are shown as they are, whatever is in them.

>>> from plantsim.engine.simulate import simulate
>>> from plantsim.layout import read_layout
>>> run = simulate(read_layout("layouts/flow_line.yaml").replace(horizon=24.0), seed=1)
>>> [bar.name for bar in gantt(run, window=(0, 24)).data]
['busy', 'holding: blocked', 'down']
"""

from plantsim.charts.bars import gantt, story
from plantsim.charts.bounds import bounds, sizing
from plantsim.charts.changes import difference
from plantsim.charts.demand import demand
from plantsim.charts.experiments import indices, main_effects, pareto, tornado
from plantsim.charts.fitted import fitted
from plantsim.charts.floorplan import plant_map
from plantsim.charts.interventions import interventions
from plantsim.charts.look import STATE_COLOURS, WAIT_COLOURS
from plantsim.charts.money import cost_of_goods
from plantsim.charts.output import lead_time, throughput
from plantsim.charts.profile import profile
from plantsim.charts.shares import bottleneck, states, states_over_time
from plantsim.charts.spread import spread
from plantsim.charts.steady import steady_state
from plantsim.charts.stock import buffers, waiting, wip
from plantsim.charts.studies import precision, scenarios, selection, warm_up
from plantsim.charts.surrogate import meta_model
from plantsim.charts.unsure import input_uncertainty
from plantsim.charts.waterfall import waterfall

__all__ = [
    "STATE_COLOURS",
    "WAIT_COLOURS",
    "bottleneck",
    "bounds",
    "buffers",
    "cost_of_goods",
    "demand",
    "difference",
    "fitted",
    "gantt",
    "indices",
    "input_uncertainty",
    "interventions",
    "lead_time",
    "main_effects",
    "meta_model",
    "pareto",
    "plant_map",
    "precision",
    "profile",
    "scenarios",
    "selection",
    "sizing",
    "spread",
    "states",
    "states_over_time",
    "steady_state",
    "story",
    "throughput",
    "tornado",
    "waiting",
    "warm_up",
    "waterfall",
    "wip",
]

"""Charts: plotly figures as functions of results.

`plant_map`, `gantt`, `story`, `states`, `states_over_time`, `bottleneck`, `throughput`, `lead_time`, `wip`, `buffers` and
`waiting` each give a `plotly.graph_objects.Figure`.  Times are dates where the scenario has a start, else hours or days.
"""

from plantsim.charts.bars import gantt, story
from plantsim.charts.floorplan import plant_map
from plantsim.charts.flow import buffers, lead_time, throughput, waiting, wip
from plantsim.charts.look import STATE_COLOURS, WAIT_COLOURS
from plantsim.charts.shares import bottleneck, states, states_over_time

__all__ = [
    "STATE_COLOURS",
    "WAIT_COLOURS",
    "bottleneck",
    "buffers",
    "gantt",
    "lead_time",
    "plant_map",
    "states",
    "states_over_time",
    "story",
    "throughput",
    "waiting",
    "wip",
]

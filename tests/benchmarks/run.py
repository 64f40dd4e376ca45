"""plantsim beside plain simpy models of the same plants, interleaved in one run, on CPU time.

`make bench` prints, for a line of ten machines and for a batch plant, what a part-move or a step costs with the whole
record kept, as a ratio to an idiomatic simpy model that keeps none; where the time goes; and how the cost grows with
the horizon, the size of the plant and the queue.  Each figure is the median of fresh processes; read the ratios.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import plants

HERE = Path(__file__).parent
PAIRS = 5
ROOMS = {
    "rows and their meaning": ("state/batches.py", "state/units.py", "state/stints.py", "record.py"),
    "draws": ("chance.py",),
    "plans and stints": ("route.py", "stints.py"),
    "decisions": ("floor.py", "matching.py", "lending.py", "station.py", "desk.py", "chain.py", "stuck.py"),
    "units, jobs and orders": ("machine.py", "upkeep.py", "source.py", "journey.py", "resolve.py"),
    "simpy": ("core.py", "events.py"),
}


def one(what: str) -> dict[str, float]:
    """Run one measurement in this process."""
    return MEASURES[what]()


def fresh(what: str) -> dict[str, float]:
    """Run one measurement in a fresh process."""
    done = subprocess.run([sys.executable, __file__, what], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def timed(run: Callable[[], Any], count: Callable[[Any], int]) -> dict[str, float]:
    """Microseconds of CPU for each thing counted."""
    begin = time.process_time()
    result = run()
    seconds = time.process_time() - begin
    number = count(result)
    return {"us": 1e6 * seconds / number, "count": number, "seconds": seconds}


def grants(results: Any) -> int:
    """Steps begun, as the record counts them."""
    return sum(row[1] == "grant" for row in results.record)


def simulated(scenario: Any) -> dict[str, float]:
    """The cost of a step of a scenario."""
    from plantsim.engine.simulate import simulate

    scenario.check()
    return timed(lambda: simulate(scenario, seed=1), grants)


def plain_line() -> dict[str, float]:
    """The plain simpy model of the line."""
    import plain_simpy

    return timed(plain_simpy.line, lambda result: result.moves)


def plain_batches() -> dict[str, float]:
    """The plain simpy model of the batch plant."""
    import plain_simpy

    return timed(plain_simpy.batch_plant, lambda result: result.steps)


def parts_an_hour(clock: str) -> dict[str, float]:
    """Throughput of the line by the clock of its failures."""
    from plantsim.engine.simulate import simulate

    runs = [simulate(plants.line(clock=clock), seed=1, replication=k) for k in range(4)]
    done = [sum(row[1] == "done" for row in run.record) / run.until for run in runs]
    return {"parts an hour": sum(done) / len(done)}


def ten_years() -> dict[str, float]:
    """The largest memory [MB] of a process that runs the tablet plant for ten years."""
    from plantsim.engine.simulate import simulate
    from plantsim.layout import read_layout
    from plantsim.record import Record

    layout = read_layout(HERE.parents[1] / "layouts" / "tablets.yaml")
    results = simulate(layout, seed=1, horizon=10 * 8766.0, sink=Record.pack)
    return {"MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "rows": len(results.record)}


def where() -> dict[str, float]:
    """Share of the time in each room, by cProfile, of the line and the batch plant together."""
    import cProfile
    import pstats

    from plantsim.engine.simulate import simulate

    profile = cProfile.Profile()
    for scenario in (plants.line(hours=4000.0), plants.batches()):
        scenario.check()
        profile.runcall(simulate, scenario, seed=1)
    spent: dict[str, float] = {}
    for (file, _, _), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        room = next((room for room, files in ROOMS.items() if file.endswith(files)), "builtins and others")
        spent[room] = spent.get(room, 0.0) + own
    total = sum(spent.values())
    return {room: seconds / total for room, seconds in sorted(spent.items(), key=lambda item: -item[1])}


def models() -> dict[str, float]:
    """Milliseconds of each built-in model anew, the best of five, and once what it says is kept."""
    sys.path.insert(0, str(HERE.parent))
    from operations import EXAMPLES

    from plantsim.contracts import Equipment
    from plantsim.unitops.cache import Cache

    found: dict[str, float] = {}
    for name, example in EXAMPLES.items():
        model, cache = example.model, Cache()

        def plain(model: Any = model, charge: Any = example.charge) -> None:
            model(charge, Equipment(), lambda word: 0.5)

        def kept(cache: Any = cache, model: Any = model, charge: Any = example.charge) -> None:
            cache.outcome("it", model, charge, Equipment(), lambda word: 0.5)

        kept()
        for word, run, times in (("cold", plain, 5), ("warm", kept, 200)):
            found[f"{name}, {word}"] = 1e3 * min(_seconds(run) for _ in range(times))
    return found


def _seconds(run: Callable[[], None]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    "line": lambda: simulated(plants.line()),
    "line, plain simpy": plain_line,
    "batches": lambda: simulated(plants.batches()),
    "batches, plain simpy": plain_batches,
    "running clock": lambda: parts_an_hour("running"),
    "calendar clock": lambda: parts_an_hour("calendar"),
    "line, a tenth of the horizon": lambda: simulated(plants.line(hours=2000.0)),
    "line, ten times the horizon": lambda: simulated(plants.line(hours=200_000.0)),
    "line of a hundred machines": lambda: simulated(plants.line(machines=100, hours=2000.0)),
    "batches, 20 units a kind": lambda: simulated(plants.batches(times=10)),
    "batches, 2,000 orders queued": lambda: simulated(plants.batches(backlog=2000)),
    "batches, no queue": lambda: simulated(plants.batches(gap=16.0)),
    "ten years of tablets": ten_years,
    "models": models,
    "where": where,
}


def paired(what: str, plain: str, each: str, aim: float) -> None:
    """Print the ratio of interleaved pairs."""
    pairs = [(fresh(what)["us"], fresh(plain)["us"]) for _ in range(PAIRS)]
    ours, theirs = median(a for a, _ in pairs), median(b for _, b in pairs)
    ratios = sorted(a / b for a, b in pairs)
    print(f"{what:<10} {ours:6.1f} us a {each}, plain simpy without a record {theirs:5.1f}: ratio {median(ratios):.2f} "
          f"({ratios[0]:.2f} to {ratios[-1]:.2f}; aim {aim})")  # fmt: skip


def growth(what: str, base: str) -> None:
    """Print how the cost of a step changes from one plant to another."""
    pairs = [(fresh(what)["us"], fresh(base)["us"]) for _ in range(3)]
    print(f"{what:<32} {median(a / b for a, b in pairs):5.2f} times the cost a step of: {base}")


def main() -> None:
    """Print all."""
    paired("line", "line, plain simpy", "part-move", 2.0)
    paired("batches", "batches, plain simpy", "step", 1.2)
    print("\nwhere it goes (by profile): " + ", ".join(f"{room} {share:.0%}" for room, share in fresh("where").items()))
    print()
    growth("line, ten times the horizon", "line")
    growth("line of a hundred machines", "line, a tenth of the horizon")
    growth("batches, 20 units a kind", "batches")
    growth("batches, 2,000 orders queued", "batches, no queue")
    for clock in ("running clock", "calendar clock"):
        print(f"line, failures on the {clock}: {fresh(clock)['parts an hour']:.3f} parts an hour")
    costs = fresh("models")
    for name in dict.fromkeys(each.rpartition(", ")[0] for each in costs):
        print(f"{name:<24} {costs[f'{name}, cold']:8.3f} ms cold, {1e3 * costs[f'{name}, warm']:6.1f} us warm")
    memory = fresh("ten years of tablets")
    print(f"ten years of the tablet plant: {memory['MB']:.0f} MB at most, {memory['rows']:,.0f} rows")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(sys.argv[1])))
    else:
        main()

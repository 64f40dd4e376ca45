"""Studies: replications a second on one core and on two, and what the study layer costs beside a plain loop.

Read the ratios.  The loop runs, checks and reads each replication as a study does; the study besides asks for the jobs,
keeps the results in a folder and makes the intervals.  Interleaved pairs; CPU time for the cost, wall time for cores.
Processes begin together, each once it has made a run: else one that still imports is measured beside one that works.
The CPU of the parent beside that of the runs is what can't be shared out; that ratio holds on a busy machine, too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from statistics import median
from tempfile import TemporaryDirectory

import plants

from plantsim.engine.simulate import simulate
from plantsim.study import measures, replicate

SCENARIO = plants.batches().replace(horizon=2000.0)
REPLICATIONS, PAIRS, ON_CORES = 16, 5, 32


def seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """What it takes by a clock."""
    begin = clock()
    work()
    return clock() - begin


def loop() -> None:
    """Replications one after the other, without a study."""
    for k in range(REPLICATIONS):
        measures(simulate(SCENARIO, 1, replication=k).check())


def studied() -> None:
    """The same replications as a study in this process, kept in a folder, with its table."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as one:
        replicate(SCENARIO, REPLICATIONS, folder=folder, executor=one).intervals()


def ready(others: Barrier) -> None:
    """A process makes a run, and waits until the others have made theirs."""
    measures(simulate(SCENARIO, 2).check())
    others.wait()


def on(cores: int) -> tuple[float, float]:
    """Replications a second on so many processes that are ready, and CPU seconds of the parent for them all."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(cores, spawn, ready, (spawn.Barrier(cores),)) as pool:
        replicate(SCENARIO, cores, seed=2, executor=pool)
        begin = time.process_time()
        wall = seconds(lambda: replicate(SCENARIO, ON_CORES, executor=pool), time.perf_counter)
        return ON_CORES / wall, time.process_time() - begin


def bound() -> float:
    """Share of the CPU of a run, and of reading its spans, that asserting its bound takes."""
    run = simulate(SCENARIO, 1)
    rest = seconds(lambda: simulate(SCENARIO, 1).all_spans, time.process_time)
    run.all_spans  # noqa: B018  (they are read, and the bound is asserted)
    return seconds(lambda: run._hold_bound(run.all_spans), time.process_time) / rest


def main() -> None:
    """Print all of it."""
    loop()
    studied()
    pairs = [(seconds(studied, time.process_time), seconds(loop, time.process_time)) for _ in range(PAIRS)]
    ratios = sorted(study / plain for study, plain in pairs)
    print(f"study layer: {median(ratios):.3f} times the CPU of a loop that runs, checks and reads each replication "
          f"({ratios[0]:.3f} to {ratios[-1]:.3f}; aim 1.05)")  # fmt: skip
    print(f"the bound that no run may exceed: {median(bound() for _ in range(PAIRS)):.1%} of a run and its spans")
    pairs_of = [(on(1), on(2)) for _ in range(3)]
    one, two, ratio = (median(each) for each in zip(*((a, b, b / a) for (a, _), (b, _) in pairs_of), strict=True))
    alone = median(cpu for _, (_, cpu) in pairs_of) / ON_CORES * REPLICATIONS / median(plain for _, plain in pairs)
    most = 2.0 / (1.0 + alone)
    print(f"the parent takes {alone:.2%} of the CPU of the runs, so that two cores could give {most:.2f} times as much")
    print(f"replications a second: {one:.2f} on one core, {two:.2f} on two: ratio {ratio:.2f} "
          f"(aim 1.8 on two idle cores; load here {os.getloadavg()[0]:.1f})")  # fmt: skip


if __name__ == "__main__":
    main()

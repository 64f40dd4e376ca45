"""Bigger than one machine: a Dask cluster gives the same, also if a worker is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from test_study import line

from plantsim.errors import PlantsimError
from plantsim.results import Results
from plantsim.study import compare, dask, replicate


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of Dask, which says that it has lost a worker
def test_a_cluster_that_loses_a_worker_gives_the_complete_and_same_result() -> None:
    """A LocalCluster of two worker processes; one is killed by SIGKILL once a quarter is done."""
    distributed = pytest.importorskip("distributed")
    scenarios = {"a": line(), "b": line().with_units("press", 2)}
    alone = compare(scenarios, 10, seed=3)
    killed: list[int] = []
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:

        def kill(share: float) -> None:
            if share >= 0.25 and not killed:
                worker = next(iter(cluster.workers.values()))
                killed.append(worker.process.process.pid)  # the nanny's process
                os.kill(killed[0], signal.SIGKILL)

        with dask(cluster.scheduler_address) as executor:
            other = compare(scenarios, 10, seed=3, executor=executor, progress=kill)
    assert killed and not Path(f"/proc/{killed[0]}/fd/0").exists()
    pd.testing.assert_frame_equal(alone.frame, other.frame, check_exact=True)


def test_no_scheduler_is_a_sentence() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(PlantsimError, match="there is no Dask scheduler at tcpp://nowhere:1"), dask("tcpp://nowhere:1"):
        pass


class Losing(Executor):
    """Loses every second job, or all of them, as a pool does whose processes are killed."""

    def __init__(self, always: bool = False) -> None:
        self.always, self.asked = always, 0

    def submit(self, fn: Any, /, *arguments: Any, **words: Any) -> Future[Any]:
        """Do it at once, or lose it."""
        future: Future[Any] = Future()
        self.asked += 1
        if self.always or self.asked % 2:
            future.set_exception(BrokenExecutor("a worker was terminated"))
        else:
            future.set_result(fn(*arguments, **words))
        return future


def test_lost_jobs_are_done_again_but_not_for_ever() -> None:
    losing, hopeless = Losing(), Losing(always=True)
    pd.testing.assert_frame_equal(replicate(line(), 3, executor=losing).frame, replicate(line(), 3).frame)
    assert losing.asked == 3 + 2 + 1
    with pytest.raises(PlantsimError, match="replication 0 of 'line': its worker was lost 3 times in a row"):
        replicate(line(), 2, executor=hopeless)
    assert hopeless.asked == 6


def dies(run: Results) -> dict[str, float]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def test_a_broken_pool_is_a_sentence() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(PlantsimError, match="the executor is broken and takes no more runs"),
    ):
        replicate(line(), 2, executor=pool, also=dies)


def test_a_script_without_a_guard_gets_a_sentence(tmp_path: Path) -> None:
    """By spawn, each process reads the script anew, and would begin the study in it."""
    script = tmp_path / "study.py"
    script.write_text(f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from plantsim.study import replicate
from test_study import line
replicate(line(), 2, executor=ProcessPoolExecutor(1, mp_context=get_context("spawn")))
""")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'a script must do its work below if __name__ == "__main__":' in done.stderr.strip().splitlines()[-1]

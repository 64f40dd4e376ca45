"""A cluster: Dask's executor at an address, where the extra `dask` is installed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from plantsim.errors import PlantsimError


@contextmanager
def dask(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster as an executor, such as `with dask("tcp://10.0.0.5:8786") as executor:`.

    Raises:
        PlantsimError: if Dask is not installed, or nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise PlantsimError("a Dask cluster needs Dask: pip install 'pharma-plantsim[dask]'") from error
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise PlantsimError(f"there is no Dask scheduler at {address}: {error}") from error
    with client:
        yield client.get_executor()  # type: ignore[no-untyped-call]

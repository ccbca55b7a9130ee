"""The workers of a batch: processes of this machine, or those of a Dask cluster.

    batch.run -> Workers.executor -> batch.read_content in a worker

Both kinds are an executor of `concurrent.futures`, so `batch` need not know which.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process

from digitlib.batch.tables import MISSING
from digitlib.errors import DigitError

CONNECT_SECONDS = 10

# They would fill the screen when a connection is lost; `batch` says it in one sentence.
NOISY_LOGGERS = ("distributed", "distributed.client", "tornado.application")


@dataclass(frozen=True)
class Workers:
    """A group of workers.

    Attributes:
        executor: gives them work.
        count: how many of them read at the same time.
        check: raises if no answer can arrive any more and `executor` does not notice.
    """

    executor: Executor
    count: int
    check: Callable[[], None] = lambda: None


@contextmanager
def on_this_machine(count: int) -> Iterator[Workers]:
    """Start new processes: they are spawned, as a fork with threads may hang."""
    spawn = get_context("spawn")
    executor = ProcessPoolExecutor(count, mp_context=spawn, initializer=_start)
    try:
        yield Workers(executor, count)
    finally:
        executor.shutdown(cancel_futures=True)


@contextmanager
def on_cluster(address: str) -> Iterator[Workers]:
    """Use the workers of the Dask cluster whose scheduler has this address.

    Raises:
        DigitError: Dask is not installed, nobody answers, or there are no workers.
    """
    try:
        import dask
        from distributed import Client
    except ModuleNotFoundError as error:
        raise DigitError(MISSING.format("distributed")) from error
    # Dask warns about tasks as large as a picture, but only a few are pending.
    settings = {"distributed.admin.large-graph-warning-threshold": "1GB"}
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(settings), _connect(Client, address) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise DigitError(
                f"The cluster at {address} has no workers: start one on each machine"
                f" with `dask worker {address}`."
            )
        executor = client.get_executor(pure=False)
        yield Workers(executor, threads, lambda: _check_connection(client))


def _connect(client, address: str):
    try:
        return client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise DigitError(
            f"No Dask scheduler answers at {address}: start one with `dask scheduler`,"
            " and use the address that it prints, such as tcp://10.0.0.5:8786."
        ) from error


def _check_connection(client) -> None:
    """Raise if the scheduler is gone: Dask's executor would wait forever."""
    if client.status != "running":
        raise ConnectionError(f"the client is {client.status}")


def _start() -> None:
    """Leave Ctrl-C to the parent process, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None  # this runs in a worker
    connection.wait([parent.sentinel])
    os._exit(1)

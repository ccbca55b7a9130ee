"""Workers that are not available are reported in a message."""

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from digitlib.batch import workers
from digitlib.errors import DigitError


def test_scheduler_that_does_not_answer_is_reported(monkeypatch):
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(DigitError, match="No Dask scheduler answers"):
            workers.on_cluster(address).__enter__()


def test_cluster_without_workers_is_reported(monkeypatch):
    # `test_batch` reads with a real cluster. Starting one here as well failed once in
    # a run of all tests: the thread of Dask's event loop did not start within 10 s.
    client = nullcontext(SimpleNamespace(nthreads=dict))
    monkeypatch.setattr(workers, "_connect", lambda kind, address: client)
    with pytest.raises(DigitError, match="has no workers"):
        workers.on_cluster("tcp://10.0.0.5:8786").__enter__()


def test_missing_package_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DigitError, match=r"distributed .*\n.*pip install"):
        workers.on_cluster("tcp://127.0.0.1:9").__enter__()

"""Workers that are not available are reported in a message."""

import sys

import pytest

from digitlib.batch import workers
from digitlib.errors import DigitError


def test_scheduler_that_does_not_answer_is_reported(monkeypatch):
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(DigitError, match="No Dask scheduler answers"):
            workers.on_cluster(address).__enter__()


def test_cluster_without_workers_is_reported():
    from distributed import LocalCluster

    reported = pytest.raises(DigitError, match="has no workers")
    own = LocalCluster(n_workers=0, processes=False, dashboard_address=":0")
    with own, reported:
        workers.on_cluster(own.scheduler_address).__enter__()


def test_missing_package_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DigitError, match=r"distributed .*\n.*pip install"):
        workers.on_cluster("tcp://127.0.0.1:9").__enter__()

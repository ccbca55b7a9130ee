"""Which kernels the dashboard's server ends; all else is in browser/."""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from digitlib.dashboard import limits
from digitlib.dashboard.pool import LocalKernel, WaitingKernels
from tests.apart import apart

LONG_AGO = datetime.now(UTC) - timedelta(hours=1)


class Kernels(WaitingKernels):
    """One kernel that has been idle for an hour; what is ended is listed."""

    def __init__(self):
        super().__init__(cull_idle_timeout=120)
        spec = SimpleNamespace(metadata={})
        state = {"execution_state": "idle", "last_activity": LONG_AGO}
        state |= {"kernel_spec": spec, "kernel_name": ""}
        self._kernels["one"] = SimpleNamespace(**state)
        self.ended = []

    async def shutdown_kernel(self, kernel_id):
        self.ended.append(kernel_id)

    def wait(self):
        """Let it be one that waits for a visitor."""
        ready = asyncio.Future()
        ready.set_result({"kernel_id": "one"})
        self._pools = {"notebook": [ready]}


@pytest.fixture
def kernels():
    return Kernels()


def test_a_kernel_that_nobody_uses_is_ended(kernels):
    apart(asyncio.run, kernels.cull_kernels())
    assert kernels.ended == ["one"]


def test_the_visitor_who_is_given_one_that_waited_long_has_time_to_reach_it(kernels):
    async def come():
        kernels.wait()
        await kernels.cull_kernels()
        kernels._pools.clear()  # a page is on its way to a visitor
        await kernels.cull_kernels()

    apart(asyncio.run, come())
    assert kernels.ended == []


def test_a_kernel_knows_what_a_page_is_told_of_its_errors():
    told = "Something went wrong."
    kernels = WaitingKernels(traceback_replacement_message=told)
    assert LocalKernel(parent=kernels).traceback_replacement_message == told


@pytest.mark.limit("UNREAD_BYTES")
@pytest.mark.parametrize(("count", "kept"), [(3, 3), (100, 0)])
def test_what_a_page_misses_is_kept_for_it_up_to_a_limit(kernels, count, kept):
    told = []
    stream = SimpleNamespace(on_recv=told.append)
    kernels.start_buffering("one", "key", {"iopub": stream})
    for _ in range(count):
        told[-1]([bytes(limits.UNREAD_BYTES // 10)])
    assert len(kernels.get_buffer("one", "key")["buffer"]) == kept


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels have ports")
@pytest.mark.parametrize(
    ("folder", "transport"), [("/tmp", "ipc"), ("/" + 60 * "x", "tcp")]
)
def test_a_kernel_needs_no_port_where_its_files_have_short_names(
    monkeypatch, folder, transport
):
    monkeypatch.setattr(tempfile, "tempdir", folder)
    assert LocalKernel().transport == transport

"""What many tests share: drawings with known answers, and a machine's cores."""

import os

import psutil
import pytest

from digitlib.errors import DataError
from digitlib.reading import ink
from digitlib.training import data

# Strokes of an unmistakable 7 and 1, on a pad of 280 pixels.
SEVEN = [[(80, 70), (140, 68), (200, 70), (170, 130), (145, 180), (130, 225)]]
ONE = [[(140, 50), (138, 140), (136, 230)]]


@pytest.fixture
def seven():
    """A 7 as `digitlib.reading.ink` draws it."""
    return ink.draw(SEVEN)


@pytest.fixture
def seven_strokes():
    """The strokes of that 7."""
    return SEVEN


@pytest.fixture
def one():
    """A 1 as `digitlib.reading.ink` draws it."""
    return ink.draw(ONE)


@pytest.fixture(scope="session")
def mnist():
    """MNIST itself; a test that needs it is skipped where it cannot be had."""
    try:
        return data.load_mnist()
    except DataError as error:
        pytest.skip(f"needs MNIST's 60,000 digits: {error}")


# --- On several cores: `pytest -n auto`, with pytest-xdist ----------------------------

MEMORY = 3e9  # bytes for each worker: a lesson needs one, its worker and a browser too
LONGEST_FIRST = (  # so that no worker is left with it in the end
    "test_outputs_are_those_committed[03_training]",
    "test_notebooks.py::test_outputs_are_those_committed",
    "test_notebooks.py::test_runs_on_the_sample_too",
    "training/test_recipe.py",
    "training/test_torch.py",
    "browser/",
    "training/",
    "workshop/",
)

workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if workers > 1:  # this one's libraries and processes take no more than its share
    share = str(max(1, (os.cpu_count() or 1) // workers))
    for name in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM", "OPENBLAS_NUM"):
        os.environ.setdefault(f"{name}_THREADS", share)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One worker for each core, as far as there is memory."""
    fit = int(psutil.virtual_memory().available / MEMORY)
    return max(1, min(os.cpu_count() or 1, fit))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests stay together, as they share a server; lessons go one by one."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            of_a_lesson = any(name in nodeid for name in LONGEST_FIRST[:3])
            return nodeid if of_a_lesson else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(config, items):
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item):
    places = [i for i, name in enumerate(LONGEST_FIRST) if name in item.nodeid]
    return places[0] if places else len(LONGEST_FIRST)

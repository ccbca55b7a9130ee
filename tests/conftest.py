"""What many tests share: drawings with known answers."""

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

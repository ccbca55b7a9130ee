"""The network that knows more counts more."""

import numpy as np
import pytest

from digitlib.reading import load_model
from digitlib.reading.line_network import load_line
from digitlib.reading.predict import Model
from digitlib.training import hands
from digitlib.training.line_weights import fit_weights


@pytest.fixture(scope="module")
def material():
    random = np.random.default_rng(0)
    made = {"made": hands.make_hands(random)[:4], "printed": hands.print_hands()[:1]}
    return hands.make_material(made, random)


def unsure(strips):
    """The line network, less sure than it is, so that the other can help."""
    logits = load_line()(strips)
    noise = np.random.default_rng(int(strips.shape[2])).normal(0, 3, logits.shape)
    return (logits + noise).astype(np.float32)


def test_a_network_that_always_says_the_same_counts_for_little(material):
    always = np.eye(10, dtype=np.float32)[:1] * 0.9
    stubborn = Model("stubborn", lambda glyphs: always.repeat(len(glyphs), axis=0))
    _, good = fit_weights(unsure, load_model(), material, n=60)
    line, poor = fit_weights(unsure, stubborn, material, n=60)
    assert abs(poor) < 0.3 * line
    assert abs(poor) < good

"""The page measures with MNIST's own digits."""

import numpy as np

from digitlib.web.sample import SAMPLE, draw_sample


def test_the_sample_is_drawn_from_mnist(mnist):
    with np.load(SAMPLE) as sample:
        for name, values in draw_sample().items():
            assert np.array_equal(sample[name], values)

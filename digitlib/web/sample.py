"""A few of MNIST's test digits, with which the page measures what it was taught.

`python -m digitlib.web.sample` writes web/python/mnist_sample.npz, which is in the
repository: MNIST's licence, CC BY-SA 3.0, allows that (Y. LeCun, C. Cortes, C. Burges).
"""

import numpy as np

from digitlib.training import data
from digitlib.web.parts import PAGE

SAMPLE = PAGE / "python" / "mnist_sample.npz"
DIGITS = 300


def draw_sample() -> dict[str, np.ndarray]:
    """Draw digits at random; the same each time."""
    _, (images, labels) = data.load_mnist()
    chosen = np.random.default_rng(0).permutation(len(labels))[:DIGITS]
    return {
        "images": images[chosen].reshape(-1, 28, 28).astype(np.uint8),
        "labels": labels[chosen].astype(np.uint8),
    }


if __name__ == "__main__":
    digits = draw_sample()
    np.savez_compressed(SAMPLE, images=digits["images"], labels=digits["labels"])

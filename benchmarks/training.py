"""Measure the seconds until a network reads 99 % of MNIST's validation digits.

Ours is `lenet` with its recipe, and the baseline is Keras' own example (`comparison`).
Both train once on the same 55,000 digits and are validated after every epoch.
"""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks import comparison
from benchmarks.table import Row
from digitlib.reading import to_glyphs
from digitlib.training import data, keras, recipe

GOAL = 0.99  # validation accuracy
EXAMPLE = "Keras' own MNIST example"


class Goal(keras.callbacks.Callback):
    """Records when a network reaches the goal, and then stops the training."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = float("nan")

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Stop if the goal is reached."""
        if (logs or {})["val_accuracy"] >= GOAL:
            self.seconds = time.perf_counter() - self.started
            self.model.stop_training = True


def rows() -> Iterator[Row]:
    """Train both, which needs MNIST and some minutes."""
    training, _ = data.load_mnist()
    what = f"lenet: training to {GOAL:.0%} of validation"
    yield Row(what, "s", [ours(*training)], [plain(*training)], EXAMPLE)


def ours(images: np.ndarray, labels: np.ndarray, epochs: int | None = None) -> float:
    """Measure the seconds of our recipe, for at most its own number of epochs."""
    goal = Goal()
    epochs = epochs or recipe.RECIPES["lenet"].epochs
    recipe.train("lenet", images, labels, epochs=epochs, progress=goal)
    return goal.seconds


def plain(images: np.ndarray, labels: np.ndarray, epochs: int | None = None) -> float:
    """Measure the seconds of the example, for at most its own number of epochs."""
    goal = Goal()
    keras.utils.set_random_seed(0)
    training, validation = data.split_validation(images, labels)
    network = comparison.build()
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(
        *(to_glyphs(training[0]), training[1]),
        batch_size=comparison.BATCH_SIZE,
        epochs=epochs or comparison.EPOCHS,
        validation_data=(to_glyphs(validation[0]), validation[1]),
        callbacks=[goal],
        verbose=0,
    )
    return goal.seconds

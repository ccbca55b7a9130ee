"""How long until a network reads 99 % of MNIST's validation digits: seconds, once.

Ours is `lenet` with its recipe, the plain way Keras' own example (`comparison`). Both
learn from the same 55,000 digits, and are looked at after every epoch.
"""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks import comparison
from benchmarks.table import Row
from digitlib.reading import to_glyphs
from digitlib.training import data, keras, recipe

GOAL = 0.99
EXAMPLE = "Keras' own MNIST example"


class Goal(keras.callbacks.Callback):
    """Notes when a network has reached the goal, and ends the training then."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = float("nan")

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Look at the clock."""
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Stop where it is reached."""
        if (logs or {})["val_accuracy"] >= GOAL:
            self.seconds = time.perf_counter() - self.started
            self.model.stop_training = True


def rows() -> Iterator[Row]:
    """Train both; needs MNIST, and some minutes."""
    training, _ = data.load_mnist()
    what = f"lenet: training to {GOAL:.0%} of validation"
    yield Row(what, "s", [ours(*training)], [plain(*training)], EXAMPLE)


def ours(images: np.ndarray, labels: np.ndarray, epochs: int | None = None) -> float:
    """Seconds of our recipe, with its own number of epochs as the most."""
    goal = Goal()
    epochs = epochs or recipe.RECIPES["lenet"].epochs
    recipe.train("lenet", images, labels, epochs=epochs, progress=goal)
    return goal.seconds


def plain(images: np.ndarray, labels: np.ndarray, epochs: int | None = None) -> float:
    """Seconds of the example, with its own number of epochs as the most."""
    goal = Goal()
    keras.utils.set_random_seed(0)
    learning, validation = data.split_validation(images, labels)
    network = comparison.build()
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(
        *(to_glyphs(learning[0]), learning[1]),
        batch_size=comparison.BATCH_SIZE,
        epochs=epochs or comparison.EPOCHS,
        validation_data=(to_glyphs(validation[0]), validation[1]),
        callbacks=[goal],
        verbose=0,
    )
    return goal.seconds

"""Measure a baseline as we measure our networks: Keras's own MNIST example.

`python -m benchmarks.comparison [FOLDER]` trains it as its author describes
(F. Chollet, "Simple MNIST convnet": 15 epochs, Adam, no augmentation). It reads
pictures with it as most programs of this kind do (grey, inverted if dark on light,
shrunk to 28 x 28), and writes `models/comparison.json`, from which the README's
comparison is taken. FOLDER is that of `python -m digitlib evaluate --pictures`.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from digitlib.evaluation import report
from digitlib.reading import Digit, Model, Reading, manifest, to_glyphs
from digitlib.reading.picture import Source
from digitlib.reading.preprocess import SIDE
from digitlib.training import data, keras

EPOCHS, BATCH_SIZE = 15, 128
NAME = "keras_example"


class Plain(Model):
    """A baseline that reads a whole picture as one digit, whatever is on it."""

    def __init__(self, network: keras.Model):
        super().__init__(NAME, lambda glyphs: np.asarray(network(glyphs)), 0.0)

    def read(self, source: Source) -> Reading:
        """Shrink the picture and predict its digit; nothing is ever rejected."""
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        image = file if isinstance(file, Image.Image) else Image.open(file)
        glyph = shrink(image)
        (probabilities,) = self.probabilities(glyph[None])
        label, confidence = str(probabilities.argmax()), float(probabilities.max())
        box = (0, 0, *image.size)
        return Reading.of(Digit(label, confidence, probabilities, box, glyph))


def shrink(image: Image.Image) -> np.ndarray:
    """Shrink a picture to (28, 28, 1) float32, light on dark, and nothing else."""
    pixels = np.asarray(image.convert("L").resize((SIDE, SIDE)), np.float32) / 255
    return (1 - pixels if pixels.mean() > 0.5 else pixels)[..., None]


def build() -> keras.Model:
    """Build the example's network, which has about 35,000 parameters."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def main(pictures: Path | None) -> None:
    """Train the baseline, measure it as `report` does, and write the figures."""
    keras.utils.set_random_seed(0)
    (images, labels), _ = data.load_mnist()
    network = build()
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(
        *(to_glyphs(images), labels),
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        validation_split=0.1,
        verbose=2,
    )
    model = Plain(network)
    metrics = report.measure(model, report.predict(model), pictures)
    report.print_table(metrics)
    manifest.write_json(manifest.MODELS / "comparison.json", {NAME: metrics})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)

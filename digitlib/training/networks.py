"""Build the three networks, from small to large; each improves on the one before.

All take glyphs, (n, 28, 28, 1) float32 in [0, 1], and return ten probabilities,
(n, 10); `cnn` returns an eleventh, that the glyph is not a digit. Augmentation is not
part of a network, so the saved network is exactly the one that reads.
"""

from digitlib.reading.predict import CLASSES
from digitlib.training.backend import keras

layers = keras.layers

INPUT_SHAPE = (28, 28, 1)


def build_mlp() -> keras.Model:
    """Build two hidden layers of 16: small enough to draw, with 13,002 parameters."""
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Flatten(),  # (n, 784)
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(CLASSES, activation="softmax", dtype="float32"),
        ],
        name="mlp",
    )


def build_lenet() -> keras.Model:
    """Build two convolutions with pooling, which show why neighbouring pixels help.

    After Y. LeCun et al., "Gradient-based learning applied to document recognition"
    (1998), with max-pooling, ReLU and dropout in place of their 1998 counterparts.
    """
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            layers.Conv2D(16, 5, activation="relu"),  # (n, 24, 24, 16)
            layers.MaxPooling2D(),  # (n, 12, 12, 16)
            layers.Conv2D(32, 5, activation="relu"),  # (n, 8, 8, 32)
            layers.MaxPooling2D(),  # (n, 4, 4, 32)
            layers.Flatten(),  # (n, 512)
            layers.Dropout(0.25),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES, activation="softmax", dtype="float32"),
        ],
        name="lenet",
    )


def build_cnn() -> keras.Model:
    """Build three convolution stages with batch normalisation: the default network.

    The first stage has only one convolution, a wide one: at 28x28 a second one would
    take three times the training time of all the rest. Little dropout is needed,
    because augmentation never shows a digit twice alike.
    """
    return keras.Sequential(
        [
            keras.Input(INPUT_SHAPE),
            *_convolution(32, 5),
            layers.MaxPooling2D(),  # (n, 14, 14, 32)
            *_convolution(64),
            *_convolution(64),
            layers.MaxPooling2D(),  # (n, 7, 7, 64)
            *_convolution(128),
            *_convolution(128),
            layers.MaxPooling2D(),  # (n, 3, 3, 128)
            layers.Flatten(),  # (n, 1152)
            layers.Dropout(0.2),
            layers.Dense(128, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            # The last one is NOT_A_DIGIT.
            layers.Dense(CLASSES + 1, activation="softmax", dtype="float32"),
        ],
        name="cnn",
    )


def _convolution(filters: int, side: int = 3) -> list[keras.Layer]:
    return [
        layers.Conv2D(filters, side, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.Activation("relu"),
    ]


NETWORKS = {"mlp": build_mlp, "lenet": build_lenet, "cnn": build_cnn}
